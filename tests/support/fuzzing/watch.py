"""What is seen to while an input is processed: its time, and that nothing of it is run, opened or sent.

Python tells an audit hook of every ``exec``, ``compile``, ``open``, import of a module that is not loaded,
process, socket and foreign call.  While an input is being processed none of these has any business: all
modules are loaded before.  The hook writes down what it sees and raises, so that no harm is done even if
the exception is swallowed.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FORBIDDEN = (
    "exec", "compile", "open", "import", "os.", "subprocess.", "socket.", "pickle.", "marshal.", "ctypes.",
    "shutil.", "tempfile.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "sqlite3.", "code.",
    "pty.", "mmap.", "glob.", "signal.", "syslog.", "builtins.input",
)  # fmt: skip

_FROM_NUMBERS = "sympy/polys/monomials.py"
"""Writes functions for monomials in so many variables; the number is all that it is given."""

_allowed: frozenset[str] | None = None  # of the input that is processed now, if one is
_seen: list[str] = []
_installed = False


class Evaluated(AssertionError):
    """Something that only running the input, or touching the system, can cause."""


class TooSlow(BaseException):
    """The input took more processor time than it may: no ``except Exception`` gets in the way."""


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _allowed is None or not event.startswith(FORBIDDEN):
        return
    if event in ("compile", "exec") and sys._getframe(1).f_code.co_filename.endswith(_FROM_NUMBERS):
        return
    what = f"{event} {', '.join(map(repr, arguments))[:200]}"
    if not _allowed.isdisjoint((event, what)):
        return
    _seen.append(what)
    raise Evaluated(_seen[-1])


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def install() -> None:
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True


@contextmanager
def watching(seconds: float, allowed: frozenset[str] = frozenset()) -> Iterator[None]:
    """Raises ``TooSlow`` after ``seconds`` of processor time (of this process, so that a busy machine does
    not matter) and ``Evaluated`` for an event that is not ``allowed``, by its name or with arguments."""
    global _allowed
    install()
    before = signal.signal(signal.SIGPROF, _stop)
    _seen.clear()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    _allowed = allowed
    try:
        yield
    finally:
        _allowed = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if _seen:
        raise Evaluated(_seen[0])


def processor_time() -> float:
    return time.process_time()
