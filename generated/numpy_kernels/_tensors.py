# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Kernels over several axes: checks, blocks of one axis, contractions as products of matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Tensor", "TensorKernel", "arranged", "contract", "diagonal", "scatter", "size", "sum_leading"]

Array = npt.NDArray[Any]
BLOCK_BYTES = 512 * 1024
_HALF, _SINGLE, _DOUBLE = (np.dtype(t) for t in (np.float16, np.float32, np.float64))


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
    results that the body adds to.
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
        values, dtype = self._checked(given)
        sizes, batch = self._sizes(values)
        results = self._results(sizes, batch, dtype, out)
        work = _SINGLE if dtype == _HALF else dtype
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
        with np.errstate(all="ignore"):
            self._compute(values, sizes, batch, work, targets)
            for x, target in zip(results, targets, strict=True):
                if x is not target:
                    x[...] = target
        return results

    def _checked(self, given: tuple[Any, ...]) -> tuple[dict[str, Any], np.dtype[Any]]:
        values: dict[str, Any] = {}
        dtype: np.dtype[Any] | None = None
        first = ""
        for a, x in zip(self.arguments, given, strict=True):
            if a.kind == "scalar":
                try:
                    values[a.name] = float(x)
                except (TypeError, ValueError):
                    raise TypeError(
                        f"{self.name}: {a.name} is {type(x).__name__}, expected one real number"
                    ) from None
                continue
            array = np.asarray(x)
            if not array.dtype.isnative:
                array = array.astype(array.dtype.newbyteorder("="))
            if a.kind == "integer":
                if array.dtype.kind not in "iu":
                    raise TypeError(f"{self.name}: {a.name} has dtype {array.dtype}, expected integers")
            elif array.dtype not in (_HALF, _SINGLE, _DOUBLE):
                raise TypeError(
                    f"{self.name}: {a.name} has dtype {array.dtype}, expected float16, float32 or float64"
                )
            elif dtype is None:
                dtype, first = array.dtype, a.name
            elif array.dtype != dtype:
                raise TypeError(
                    f"{self.name}: {a.name} has dtype {array.dtype}, expected {dtype} like {first}"
                )
            values[a.name] = array
        assert dtype is not None
        return values, dtype

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
            if a.place and values[a.name].size:
                low, high = int(values[a.name].min()), int(values[a.name].max())
                if low < 0 or high >= sizes[a.place]:
                    raise ValueError(
                        f"{self.name}: {a.name} holds {low if low < 0 else high}, "
                        f"expected 0 <= {a.name} < {sizes[a.place]}"
                    )
        return sizes, batch

    @staticmethod
    def _shape(t: Tensor, sizes: dict[str, int], batch: tuple[int, ...]) -> tuple[int, ...]:
        inner = tuple(sizes[_length(n)] for n in t.axes if n != "*")
        return (*batch, *inner) if "*" in t.axes else inner

    def _results(
        self,
        sizes: dict[str, int],
        batch: tuple[int, ...],
        dtype: np.dtype[Any],
        out: Sequence[Array] | None,
    ) -> list[Array]:
        shapes = [self._shape(r, sizes, batch) for r in self.results]
        if out is None:
            return [np.empty(s, dtype) for s in shapes]
        given = list(out)
        if len(given) != len(shapes):
            raise ValueError(f"{self.name}: out has {len(given)} arrays, expected {len(shapes)}")
        for i, (array, shape) in enumerate(zip(given, shapes, strict=True)):
            name = "out" if len(shapes) == 1 else f"out[{i}]"
            if not isinstance(array, np.ndarray):
                raise TypeError(f"{self.name}: {name} is {type(array).__name__}, expected an array")
            if array.dtype != dtype:
                raise TypeError(f"{self.name}: {name} has dtype {array.dtype}, expected {dtype}")
            if array.shape != shape:
                raise ValueError(f"{self.name}: {name} has shape {array.shape}, expected {shape}")
            if not array.flags.writeable:
                raise ValueError(f"{self.name}: {name} is read-only, expected an array to write to")
        return given

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


@lru_cache(maxsize=256)
def _plan(spec: str) -> tuple[Any, ...]:
    """How a contraction becomes one product of matrices: orders of axes, and how many of each sort."""
    inputs, result = spec.split("->")
    one, other = inputs.split(",")
    leading = one.startswith("*"), other.startswith("*"), result.startswith("*")
    a, b, c = (t.lstrip("*") for t in (one, other, result))
    shared = [x for x in a if x in b and x in c]
    summed = [x for x in a if x in b and x not in c]
    rows = [x for x in a if x not in b]
    columns = [x for x in b if x not in a]
    order_a = tuple(a.index(x) - len(a) for x in (*shared, *rows, *summed))
    order_b = tuple(b.index(x) - len(b) for x in (*shared, *summed, *columns))
    made = [*shared, *rows, *columns]
    order_c = tuple(made.index(x) - len(made) for x in c)
    return leading, order_a, order_b, order_c, len(shared), len(rows), len(summed), len(columns)


def contract(spec: str, a: Array, b: Array, out: Array | None = None) -> Array:
    """The sum over the axes that the result lacks of the products of ``a`` and ``b``, as ``numpy.einsum``
    spells it with one letter for each axis and "*" for all leading ones, by products of matrices."""
    leading, order_a, order_b, order_c, shared, rows, summed, columns = _plan(spec)
    in_a, in_b, in_c = leading
    if in_a and in_b and not in_c:  # the leading axes are summed too: one of them, and one more sum
        lead_a, lead_b = a.shape[: a.ndim - len(order_a)], b.shape[: b.ndim - len(order_b)]
        lead = np.broadcast_shapes(lead_a, lead_b)
        a = np.broadcast_to(a, (*lead, *a.shape[len(lead_a) :])).reshape(-1, *a.shape[len(lead_a) :])
        b = np.broadcast_to(b, (*lead, *b.shape[len(lead_b) :])).reshape(-1, *b.shape[len(lead_b) :])
        left = tuple(i for i in order_a[: shared + rows])
        right = tuple(i for i in order_b[shared + summed :])
        order_a = (*left, -a.ndim, *order_a[shared + rows :])
        order_b = (*order_b[:shared], -b.ndim, *order_b[shared : shared + summed], *right)
        summed += 1
    x = _joined(arranged(a, order_a), (rows, summed))
    y = _joined(arranged(b, order_b), (summed, columns))
    # rows that are the leading axes of the first factor alone stay where they are
    vector = rows == 0 and (shared > 0 or not in_a or in_b)
    x = x[..., None, :] if vector else x
    y = y if columns else y[..., None]
    straight = order_c == tuple(range(-len(order_c), 0)) and rows <= 1 and columns == 1 and not vector
    if out is not None and straight:
        return np.matmul(x, y, out=out)
    product = np.matmul(x, y)
    product = product if columns else product[..., 0]
    if vector:
        product = product[..., 0, :] if columns else product[..., 0]
    product = _parted(product, a, b, order_a, order_b, shared, rows, summed, columns)
    product = arranged(product, order_c)
    if out is None:
        return product
    out[...] = product
    return out


def _joined(x: Array, counts: tuple[int, int]) -> Array:
    """The last axes of ``x`` in two groups, each joined to one axis (an empty group has none)."""
    first, second = counts
    if first <= 1 and second <= 1:
        return x
    shape = x.shape[: x.ndim - first - second]
    parts = x.shape[x.ndim - first - second :]
    groups = [parts[:first], parts[first:]]
    return x.reshape(*shape, *[int(np.prod(g)) for g in groups if g])


def _parted(
    product: Array,
    a: Array,
    b: Array,
    order_a: tuple[int, ...],
    order_b: tuple[int, ...],
    shared: int,
    rows: int,
    summed: int,
    columns: int,
) -> Array:
    """Groups of axes that were joined, apart again."""
    if rows <= 1 and columns <= 1:
        return product
    up = [a.shape[i] for i in order_a[shared : shared + rows]]
    across = [b.shape[i] for i in order_b[shared + summed :]]
    lead = product.shape[: product.ndim - bool(rows) - bool(columns)]
    return product.reshape(*lead, *up, *across)


def arranged(x: Array, order: tuple[int, ...]) -> Array:
    """``x`` with its last axes in another order, given by their places counted from the end."""
    count = len(order)
    if order == tuple(range(-count, 0)):
        return x
    return x.transpose(*range(x.ndim - count), *(x.ndim + i for i in order))


def diagonal(x: Array) -> Array:
    """The diagonal of the last two axes."""
    return np.diagonal(x, axis1=-2, axis2=-1)


def size(x: Array, axis: int) -> Array:
    """The length of an axis as a number of the dtype of ``x``."""
    return np.asarray(x.shape[axis], x.dtype)


def sum_leading(x: Array, inner: int) -> Array:
    """The sum over all axes but the last ``inner``; in double precision where there are many terms."""
    axes = tuple(range(x.ndim - inner))
    total: Array = np.add.reduce(x, axis=axes, dtype=np.float64).astype(x.dtype)
    return total


def scatter(index: Array, x: Array, length: Array, out: Array | None = None) -> Array:
    """A zero array of ``length`` rows to which row i of ``x`` is added at ``index[i]``."""
    flat = x.reshape(index.size, -1)
    places = index.reshape(-1)
    total = np.zeros((int(length), flat.shape[1]), np.float64)
    order = np.argsort(places, kind="stable")
    places = places[order]
    starts = np.flatnonzero(np.r_[True, places[1:] != places[:-1]]) if places.size else places
    if places.size:
        total[places[starts]] = np.add.reduceat(flat[order].astype(np.float64), starts, axis=0)
    found = total.reshape(int(length), *x.shape[index.ndim :])
    if out is None:
        return found.astype(x.dtype)
    out[...] = found
    return out
