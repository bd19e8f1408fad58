"""Kernels over several axes: checks, blocks of one axis, contractions as products of matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .checks import BLOCK_BYTES, HALF, SINGLE, Array, as_arrays, as_results, require_places
from .state import QUIET, enter, leave

__all__ = ["Tensor", "TensorKernel"]


@dataclass(frozen=True)
class Tensor:
    """An argument or result: its axes by name, "*" for all leading ones.  ``kind``: array, cotangent (of
    exactly the forward shape), integer or scalar.  ``place``: its numbers name entries of that axis."""

    name: str
    axes: tuple[str, ...] = ()
    kind: str = "array"
    place: str = ""


@dataclass(frozen=True)
class TensorKernel:
    """``body(constants, *inputs, *places, *scalars, *results)`` on whole arrays, or on blocks of an axis.

    ``inputs`` are (argument, the axes under which the body reads it).  ``block``: the axis of the blocks,
    ``limit``: an axis of which a block needs no more than the entries up to its own end, ``sums``:
    results that the body adds to, ``derived``: axes of results as long as the sum of others, less one for
    each but the first.
    """

    name: str
    body: Callable[..., None]
    arguments: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    inputs: tuple[tuple[str, tuple[str, ...]], ...]
    constants: tuple[float, ...] = ()
    numbers: Callable[..., tuple[Any, ...]] | None = None
    places: tuple[str, ...] = ()
    block: str = ""
    limit: str = ""
    sums: tuple[str, ...] = ()
    derived: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cotangents: tuple[str, ...] = ()
    _constants: dict[np.dtype[Any], tuple[Array, ...]] = field(default_factory=dict, compare=False)

    def one(self, *given: Any, out: Array | None = None) -> Array:
        """Runs a kernel with one result."""
        (result,) = self._run(given, None if out is None else (out,))
        return result

    def several(self, *given: Any, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results."""
        return tuple(self._run(given, out))

    def _run(self, given: tuple[Any, ...], out: Sequence[Array] | None) -> list[Array]:
        found, dtype = as_arrays(self.name, self.arguments, given)
        values = dict(zip((a.name for a in self.arguments), found, strict=True))
        sizes, batch = self._sizes(values)
        results = as_results(self.name, [self._shape(r, sizes, batch) for r in self.results], dtype, out)
        work = SINGLE if dtype == HALF else dtype
        for r, x in zip(self.results, results, strict=True):
            for name, value in values.items():
                if isinstance(value, np.ndarray) and np.may_share_memory(value, x):
                    values[name] = value.copy()
            if r.name in self.sums or 0 in (*sizes.values(), *batch):
                x.fill(0)
        if 0 in batch or 0 in sizes.values():
            return results
        for a in self.arguments:
            if a.kind not in ("scalar", "integer"):
                values[a.name] = values[a.name].astype(work, copy=False)
        targets = [x if x.dtype == work else np.zeros(x.shape, work) for x in results]
        token = enter(QUIET[0])
        try:
            self._compute(values, sizes, batch, work, targets)
            for x, target in zip(results, targets, strict=True):
                if x is not target:
                    x[...] = target
        finally:
            leave(token)
        return results

    def _sizes(self, values: dict[str, Any]) -> tuple[dict[str, int], tuple[int, ...]]:
        sizes: dict[str, int] = {}
        source: dict[str, str] = {}
        batch: tuple[int, ...] = ()
        for a in self.arguments:
            if a.kind in ("scalar", "cotangent"):
                continue
            x = values[a.name]
            inner = [n for n in a.axes if n != "*"]
            leading = x.ndim - len(inner)
            expected = (
                f"({', '.join('...' if n == '*' else n for n in a.axes)}{',' if len(a.axes) == 1 else ''})"
            )
            if leading < 0 or (leading and "*" not in a.axes):
                raise ValueError(f"{self.name}: {a.name} has shape {x.shape}, expected {expected}")
            for n, length in zip(inner, x.shape[leading:], strict=True):
                known = sizes.setdefault(_length(n), length)
                if known != length:
                    raise ValueError(
                        f"{self.name}: {a.name} has shape {x.shape}, expected {expected} with "
                        f"{_length(n)} = {known} like {source[_length(n)]}"
                    )
                source.setdefault(_length(n), a.name)
            try:
                batch = np.broadcast_shapes(batch, x.shape[:leading])
            except ValueError:
                raise ValueError(
                    f"{self.name}: {a.name} has shape {x.shape}, whose leading axes do not broadcast "
                    f"with {batch}"
                ) from None
        for axis, parts in self.derived:
            lengths = [sizes[n] for n in parts]
            sizes[axis] = sum(lengths) - len(parts) + 1 if all(lengths) else 0
        for a in self.arguments:
            if a.kind == "cotangent" or (a.name in self.cotangents and "*" in a.axes):
                wanted = self._shape(a, sizes, batch)
                if values[a.name].shape != wanted:
                    reason = (
                        "like the forward result"
                        if a.kind == "cotangent"
                        else ("(a cotangent is not summed over broadcast axes)")
                    )
                    raise ValueError(
                        f"{self.name}: {a.name} has shape {values[a.name].shape}, expected {wanted} {reason}"
                    )
            if a.place:
                require_places(self.name, a.name, values[a.name], sizes[a.place])
        return sizes, batch

    @staticmethod
    def _shape(t: Tensor, sizes: dict[str, int], batch: tuple[int, ...]) -> tuple[int, ...]:
        inner = tuple(sizes[_length(n)] for n in t.axes if n != "*")
        return (*batch, *inner) if "*" in t.axes else inner

    def _compute(
        self,
        values: dict[str, Any],
        sizes: dict[str, int],
        batch: tuple[int, ...],
        work: np.dtype[Any],
        results: list[Array],
    ) -> None:
        if work not in self._constants:
            self._constants[work] = tuple(np.asarray(c, work) for c in self.constants)
        scalars = [values[a.name] for a in self.arguments if a.kind == "scalar"]
        found = self.numbers(*map(np.float64, scalars)) if self.numbers else scalars
        numbers = [np.asarray(x, work) for x in found]
        axes = {a.name: a.axes for a in self.arguments}
        if not self.block:
            places = [np.arange(sizes[_length(n)]) for n in self.places]
            self.body(
                self._constants[work], *[values[n] for n, _ in self.inputs], *places, *numbers, *results
            )
            return
        whole = {
            n: np.broadcast_to(x, (*batch, *x.shape[x.ndim - sum(m != "*" for m in axes[n]) :]))
            if "*" in axes[n]
            else x
            for n, x in values.items()
            if isinstance(x, np.ndarray)
        }
        for index in np.ndindex(*batch):
            at = {n: x[index] if "*" in axes[n] else x for n, x in whole.items()}
            outs = [x[index] if "*" in r.axes else x for r, x in zip(self.results, results, strict=True)]
            for part in self._blocks(sizes, work):
                inputs = [_part(at[n], named, part) for n, named in self.inputs]
                places = [np.arange(sizes[_length(n)])[part.get(n, slice(None))] for n in self.places]
                views = [_part(x, r.axes, part) for r, x in zip(self.results, outs, strict=True)]
                self.body(self._constants[work], *inputs, *places, *numbers, *views)

    def _blocks(self, sizes: dict[str, int], work: np.dtype[Any]) -> Iterator[dict[str, slice]]:
        """Slices of the block's axis (and of the limited one), so that a matrix of it stays in cache."""
        length = sizes[_length(self.block)]
        widest = max(sizes.values())
        step = min(max(BLOCK_BYTES // (work.itemsize * widest), 16), 256)
        for start in range(0, length, step):
            stop = min(start + step, length)
            part = {self.block: slice(start, stop)}
            if self.limit:
                part[self.limit] = slice(0, stop)
            yield part


def _length(axis: str) -> str:
    return axis.rstrip("'")


def _part(x: Array, axes: tuple[str, ...], part: dict[str, slice]) -> Array:
    return x[tuple(part.get(n, slice(None)) for n in axes if n != "*")]
