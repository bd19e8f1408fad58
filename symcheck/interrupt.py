"""Being stopped, in one way: Ctrl-C and SIGTERM both arrive as ``KeyboardInterrupt``, so that what is done
is kept and the exit status tells."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


def exit_status(stopped: KeyboardInterrupt) -> int:
    """128 and the number of the signal, as shells say it."""
    return 128 + (signal.SIGTERM if isinstance(stopped, Terminated) else signal.SIGINT)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, SIGTERM raises ``Terminated``.  Only the main thread can ask for this; elsewhere it is as if
    nothing were asked."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
