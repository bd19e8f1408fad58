"""The short way through a kernel of rows whose axis is the first of a matrix: rows that stand side by side.

The body gets transposed views, and scratch that lies as they do.  NumPy's innermost loops then run across the
rows, and nothing is copied to bring the axis last.  Blocks are of neighbouring rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .checks import Array
from .plans import Plan, layouts
from .scratch import STORE
from .spec import Argument, Spec

__all__ = ["ColumnPlan", "column_plan"]

LEAST = 64  # rows side by side in a block: less of each line of the array would cost more than it saves


class ColumnPlan(Plan):
    """How a kernel runs along the first axis of matrices of one layout."""

    def __init__(self, spec: Spec, lead: Array, inputs: Sequence[tuple[Argument, str]]) -> None:
        super().__init__(spec, lead, inputs)
        self.step = max(self.step, LEAST)
        self.single = self.count <= 2 * self.step
        self.shapes = tuple(self.shape[::-1] if k == "whole" else self.shape[:-1] for k in self.kinds)
        self.several = self._by_blocks

    def stretch(self) -> int:
        return self.count

    def _by_blocks(
        self, out: Sequence[Array] | None, scalars: tuple[Any, ...], *arrays: Array
    ) -> tuple[Array, ...] | None:
        out = self.results(out, arrays)
        if out is None:
            return None
        columns = [x.T if x.ndim == 2 else x[:, None] for x in arrays]
        views = [x.T if kind == "whole" else x[:, None] for kind, x in zip(self.kinds, out, strict=True)]
        self._run(columns, views, scalars)
        return tuple(out)

    def _scratch(self, key: Any, shape: tuple[int, ...]) -> Sequence[Array]:
        count = self.body.scratch
        found = STORE.views.get(key) or STORE.make(key, count, shape[::-1], self.dtype) if count else ()
        return [x.T for x in found]

    def fresh(self, count: int, shape: tuple[int, ...]) -> list[Array]:
        return [np.empty(shape[::-1], self.dtype).T for _ in range(count)]


def column_plan(spec: Spec, arrays: Sequence[Array]) -> ColumnPlan | None:
    """The plan for matrices, one entry of each row after the other, and vectors of one number for each row;
    ``None`` where there is none."""
    found = layouts(spec, [x.T for x in arrays])
    if found is None or found[0].ndim != 2 or any(how == "shared" for _, how in found[1]):
        return None
    return ColumnPlan(spec, *found)
