"""Kernels along rows that are steps of functions over several axes: how long their rows are made.

A function is given by its steps, as the generator plans them or as the package runs them: both have
``batch``, the axes that number the rows, and ``row``, that along which these lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

__all__ = ["Step", "axis_lengths"]

SHORT = 5


class Step(Protocol):
    """A kernel along rows."""

    @property
    def batch(self) -> tuple[str, ...]: ...

    @property
    def row(self) -> str: ...


def axis_lengths(steps: Sequence[Step], axes: Iterable[str], n: int) -> dict[str, int]:
    """The length of each axis: those along which rows lie are long, ``n`` or a little more, the others short;
    no two are alike."""
    rows = {_plain(step.row) for step in steps}
    return {
        axis: (n if axis in rows else SHORT) + 2 * turn
        for turn, axis in enumerate(dict.fromkeys(map(_plain, axes)))
    }


def _plain(axis: str) -> str:
    return axis.rstrip("'")
