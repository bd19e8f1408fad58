# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""The floating-point state in which bodies run: which flags are ignored, which raise, and the buffer size.

NumPy keeps it in a context variable.  ``np.errstate`` sets it too, for seven times the price, which is that
of two passes over a small array; so the variable is set directly where this NumPy has it under that name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["BOUNDED", "LAWFUL", "QUIET", "STRICT", "WATCHED", "buffer_for", "enter", "leave"]

_FLAGS: dict[str, dict[str, Any]] = {
    "quiet": {"all": "ignore"},
    # what a body of single precision may raise, so that it is run in double precision
    "bounded": {"under": "ignore", "over": "raise", "divide": "ignore", "invalid": "ignore"},
    # what a quick body may raise, so that the careful one takes over
    "watched": {"under": "ignore", "over": "raise", "divide": "raise", "invalid": "raise"},
    # what a kernel with a scaling law may raise, so that its rows are scaled
    "lawful": {"under": "raise", "over": "raise", "divide": "ignore", "invalid": "ignore"},
    "strict": {"under": "raise", "over": "raise", "divide": "raise", "invalid": "raise"},
}
# Operands that broadcast along rows are copied into NumPy's buffers unless a row fills the buffer, which
# doubles the time of the operation; buffers that are too short slow down mixed dtypes.
_BUFFERS = (8192, 1024, 512)


class _Managers:
    """The same by ``np.errstate`` and ``np.setbufsize``."""

    def __init__(self, flags: dict[str, Any], buffer: int) -> None:
        self.flags, self.buffer = flags, buffer

    @staticmethod
    def enter(state: _Managers) -> tuple[Any, int]:
        manager = np.errstate(**state.flags)
        manager.__enter__()
        return manager, np.setbufsize(state.buffer)

    @staticmethod
    def leave(token: tuple[Any, int]) -> None:
        manager, buffer = token
        np.setbufsize(buffer)
        manager.__exit__(None, None, None)


def _of_this_numpy() -> tuple[Any, Any, Any]:
    """How a state is entered, left and made."""
    try:
        from numpy._core.umath import _extobj_contextvar, _make_extobj

        def make(flags: dict[str, Any], buffer: int) -> Any:
            return _make_extobj(**flags, bufsize=buffer)

        make(_FLAGS["quiet"], _BUFFERS[0])
    except (ImportError, TypeError):
        return _Managers.enter, _Managers.leave, _Managers
    return _extobj_contextvar.set, _extobj_contextvar.reset, make


enter, leave, _make = _of_this_numpy()

_STATES = {name: tuple(_make(flags, b) for b in _BUFFERS) for name, flags in _FLAGS.items()}
QUIET: tuple[Any, ...] = _STATES["quiet"]
BOUNDED: tuple[Any, ...] = _STATES["bounded"]
WATCHED: tuple[Any, ...] = _STATES["watched"]
LAWFUL: tuple[Any, ...] = _STATES["lawful"]
STRICT: tuple[Any, ...] = _STATES["strict"]


def buffer_for(n: int) -> int:
    """Which of the states of each kind suits rows of ``n`` entries."""
    return 1 if n >= 1024 else 2 if n >= 512 else 0
