"""Long rows tile by tile: what is kept of a softmax over some keys, and how two such states become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

import numpy as np

from .checks import Array
from .functions import finite_or_zero
from .spec import Constants, HasConstants

__all__ = ["TileBody", "Tiles", "tile_sizes"]

LEAST_ROWS = 64  # with fewer rows at a time products of matrices lose more than the merge of tiles costs
LEAST_ROWS_TWICE = 20  # ... and more than to make the scores of each tile twice
STEP = 32  # tiles are as long as products of matrices like it


@dataclass(frozen=True)
class TileBody(HasConstants):
    """``body(constants, *inputs, *places, *results, *rooms)``, as of a ``TensorKernel``; ``results`` by
    name."""

    body: Callable[..., Any]
    inputs: tuple[tuple[str, tuple[str, ...]], ...]
    constants: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    rooms: int = 0
    _typed: dict[str, Constants] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Tiles:
    """The bodies for tiles of ``axis``.

    ``fold`` returns the ``state`` of a tile: the maximum ``top`` of the scores, the sum ``mass`` of their
    exponentials relative to it, sums weighted by these, of which those in ``relative`` are taken from the
    entry ``origin``.  With the state of all tiles, ``again`` runs for each tile and ``finish`` once; they
    add to the results ``sums``.  ``beside``: axes that a tile has whole."""

    axis: str
    state: tuple[str, ...]
    fold: TileBody
    again: TileBody | None = None
    finish: TileBody | None = None
    relative: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def are_better(self, rows: int) -> bool:
        """Whether tiles take less time than blocks of as many whole rows."""
        return rows < (LEAST_ROWS if self.again is None else LEAST_ROWS_TWICE)

    def merged(self, a: dict[str, Array], b: dict[str, Array]) -> dict[str, Array]:
        """The state of two sets of keys, by the proved online-softmax merge: sums are taken to the common
        maximum, and to the origin of the larger one if its weight is at least half of all."""
        top = np.maximum(a["top"], b["top"])
        shift = finite_or_zero(top)
        x, y = np.exp(a["top"] - shift), np.exp(b["top"] - shift)
        found = {"top": top, "mass": x * a["mass"] + y * b["mass"]}
        if "origin" in a:
            larger = np.where(a["top"] >= b["top"], a["origin"], b["origin"])
            origin = found["origin"] = np.where(found["mass"] <= 2, larger, 0).astype(top.dtype, copy=False)
            for name in self.relative:
                for s in (a, b):
                    s[name] = s[name] + s["mass"] * (s["origin"] - origin)
        for name in self.state:
            if name not in found:
                one, other = _scaled(a[name], x), _scaled(b[name], y)
                found[name] = np.add(one, other, out=one)
        return found


def _scaled(total: Array, by: Array) -> Array:
    """``total`` times one number for each of its rows, in place."""
    return np.multiply(total, by.reshape(*by.shape, *(1,) * (total.ndim - by.ndim)), out=total)


def tile_sizes(area: int) -> tuple[int, int]:
    """How many rows and how many keys a tile of about ``area`` entries has."""
    rows = min(max(isqrt(area // 2) // STEP * STEP, STEP), 256)
    return rows, max(area // rows // STEP * STEP, STEP)
