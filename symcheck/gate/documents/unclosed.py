"""Marks that open a formula which nothing closes: what follows them is no formula to any renderer, and the
author never sees it checked.

A formula ends in its paragraph: TeX stops at a blank line inside of one, Markdown ends the block there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from symcheck.latex.plain_words import COMMANDS

BLANK = re.compile(r"\n[ \t]*\n")
_BLANK_QUOTED = re.compile(r"\n[ \t>]*\n")
_OPENING = re.compile(r"\\begin\{(?P<name>[a-z]+\*?)\}|(?<!\\)\\\\?[(\[]|(?<![\\$])\$\$?(?!\$)")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]", "\\\\(": "\\\\)", "\\\\[": "\\\\]"}
ENVIRONMENTS = frozenset(
    f"{name}{star}"
    for name in ("equation", "align", "gather", "multline", "eqnarray", "flalign", "alignat")
    for star in ("", "*")
)


def until_blank(text: str, start: int, *, quoted: bool = False) -> int:
    """Where the paragraph in which ``start`` lies ends; ``quoted``: a line may begin with ``>``."""
    blank = (_BLANK_QUOTED if quoted else BLANK).search(text, start)
    return blank.start() if blank is not None else len(text)


def is_tex(text: str) -> bool:
    """Whether a command of mathematics stands in it, beyond doubt: a lone mark may be money or a shell's."""
    return _last_command(text, 0, len(text)) >= 0


def _last_command(text: str, start: int, stop: int) -> int:
    found = (m.start() for m in _COMMAND.finditer(text, start, stop) if m[1] in COMMANDS)
    return max(found, default=-1)


def openings(
    text: str, taken: Iterable[tuple[int, int]], raw: str, begins: int
) -> Iterator[tuple[int, int, str]]:
    """The marks in the block ``text``, outside the spans ``taken``, that open a formula and leave it open:
    where each begins and ends, and what should close it.

    ``raw`` is the whole text, in which the block begins at ``begins``: a parser may have ended the block
    (a line of the formula that begins like a list) before a renderer would.  The time is linear.
    """
    spans = sorted(taken)
    last: dict[str, int] = {}  # where each closing mark stands last, in the paragraph or in the whole text
    stop = command = -1  # where the paragraph ends, and its last command begins
    for m in _OPENING.finditer(text):
        at = begins + m.start()
        k = bisect_right(spans, (m.start(), len(text)))
        if any(start < m.end() and m.start() < end for start, end in spans[max(k - 1, 0) : k + 1]):
            continue
        name = m["name"]
        if name is not None:
            closing = f"\\end{{{name}}}"
            if name in ENVIRONMENTS and last.setdefault(closing, raw.rfind(closing)) < at:
                yield *m.span(), closing
            continue
        if at >= stop:
            stop = until_blank(raw, at, quoted=True)
            last = {mark: where for mark, where in last.items() if mark.startswith("\\end")}
            command = _last_command(raw, at, stop)
        closing = CLOSING[m.group()]
        if closing not in last:
            last[closing] = raw.rfind(closing, begins, stop)
        if last[closing] < begins + m.end() <= command:
            yield *m.span(), closing
