"""Texts of strangers on a terminal or in the log of a CI run, where control characters are orders.

An escape sequence repaints the screen, and a line that begins with ``::`` is an order to GitHub's runner.
"""

from __future__ import annotations

import re
import unicodedata

_ORDERS = re.compile(r"^(\s*)(?=::|##\[)", re.MULTILINE)
_HARMLESS = frozenset("\n\u200c\u200d")  # joiners of scripts and emoji


def on_one_line(text: str) -> str:
    """``text``, such as the name of a file, without line ends and control characters."""
    return plain(text.replace("\n", "\N{REPLACEMENT CHARACTER}"))


def printable(text: str) -> str:
    """``text`` with each control character replaced by one that shows, and no line that gives orders."""
    return _ORDERS.sub(lambda m: (m[1][:-1] if m[1] else "") + "|", plain(text))


def plain(text: str) -> str:
    """``text`` with each control character but the line end replaced by one that shows."""
    return "".join(
        " " if c == "\t" else c if c in _HARMLESS or not _controls(c) else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def _controls(c: str) -> bool:
    return unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
