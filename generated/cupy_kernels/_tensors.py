"""Functions over several axes: products of matrices, and fused kernels between them.

Arrays are known by name and axes; "*" stands for all leading axes together.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._runtime import Array, Call, ElementwiseKernel, Factor, Numbers, Out, PlannedKernel, RowKernel

__all__ = ["Fused", "Lags", "Pick", "Product", "Read", "Scatter", "Slide", "Tensor", "TensorKernel"]

Axes = tuple[str, ...]
_NO_NUMBERS = Numbers()
_THREADS = 128
_LARGEST_ROW = 1073741824
_LARGEST_GRID = 2147483647
_SLIDE_THREADS = 128
_SLIDE_PLACES = 4
_SLIDE_SPAN = 128
_LAGS = 16
_LAG_THREADS = 256
_LAG_STEPS = 8
_LAG_GROUPS = 1024


@dataclass(frozen=True)
class Tensor:
    """An array argument, or a result: ``value`` is then the name under which the steps leave it."""

    name: str
    axes: Axes
    integer: bool = False
    value: Read | None = None


@dataclass(frozen=True)
class Read:
    """An array of an earlier step and its axes; "@n" are the places along n.  An axis that stands twice is a
    diagonal."""

    name: str
    axes: Axes


class _Run:
    """The arrays of one call, by name."""

    def __init__(self, call: Call, sizes: Mapping[str, int], numbers: Mapping[str, Any]) -> None:
        self.call = call
        self.xp = call.xp
        self.sizes = sizes
        self.numbers = numbers
        self.arrays: dict[str, Any] = {}
        self.given: dict[str, Any] = {}

    def size(self, axis: str) -> int:
        return self.sizes[axis.rstrip("'")]

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(self.size(a) for a in axes)

    def view(self, read: Read, order: Axes) -> Any:
        """The array with its axes in this order, and an axis of length 1 for each that it lacks."""
        if read.name.startswith("@") and read.name not in self.arrays:
            self.arrays[read.name] = self.call.places_along(self.size(read.axes[0]))
        array, axes = self.arrays[read.name], list(read.axes)
        for axis in [a for a in axes if axes.count(a) > 1]:
            if axes.count(axis) > 1:
                one, other = (i for i, a in enumerate(axes) if a == axis)
                array = self.xp.diagonal(array, axis1=one, axis2=other)
                axes = [a for a in axes if a != axis] + [axis]
        array = array.transpose([axes.index(a) for a in order if a in axes])
        return array[tuple(slice(None) if a in axes else None for a in order)]

    def narrow(self, array: Any) -> Any:
        """The array in the type of the arguments."""
        if array.dtype == self.call.dtype:
            return array
        made = self.call.empty(array.shape, self.call.dtype)
        self.call.copy(array, made)
        return made

    def new(self, name: str, axes: Axes, *, wide: bool) -> Any:
        """Where a step writes: an array of the caller's if it is that result and lies as it must."""
        if name in self.given:
            array = self.given[name]
        else:
            array = self.call.empty(self.shape(axes), self.call.real_dtype if wide else self.call.dtype)
        self.arrays[name] = array
        return array


@dataclass(frozen=True)
class Product:
    """``result``: the sum over the axes ``over`` of left times right; ``scale``: ("mul" or "div", a constant
    or a number's name) for each factor of the whole."""

    result: str
    axes: Axes
    left: Read
    right: Read
    over: Axes
    scale: tuple[Factor, ...] = ()
    wide: bool = False

    def run(self, run: _Run) -> None:
        both = tuple(a for a in self.left.axes if a in self.right.axes and a not in self.over)
        own = [
            tuple(dict.fromkeys(a for a in read.axes if a not in both and a not in self.over))
            for read in (self.left, self.right)
        ]
        both, rows, columns = (tuple(a for a in self.axes if a in group) for group in (both, *own))
        count = [math.prod(run.shape(axes)) for axes in (both, rows, self.over, columns)]
        batch, m, k, n = count
        left = run.view(self.left, (*both, *rows, *self.over)).reshape(batch, m, k)
        right = run.view(self.right, (*both, *self.over, *columns)).reshape(batch, k, n)
        left, right = (run.narrow(x) for x in (left, right))
        if max(m, n, k) > 2**31 - 1:
            raise ValueError(f"{run.call.kernel}: {max(m, n, k)} rows or columns, at most {2**31 - 1}")
        out = run.new(self.result, self.axes, wide=self.wide)
        run.call.matmul(left, right, out.reshape(batch, m, n), self.scale, run.numbers)


@dataclass(frozen=True)
class Fused:
    """One kernel over rows (the axes ``batch``) along ``row``."""

    batch: Axes
    row: str
    reads: tuple[Read, ...]
    writes: tuple[Read, ...]
    kernel: RowKernel | ElementwiseKernel

    def run(self, run: _Run) -> None:
        orders = {"element": (*self.batch, self.row), "row": self.batch, "shared": (self.row,)}
        inputs = [
            run.call.spread(run.view(read, orders[array.role]), run.shape(orders[array.role]))
            for read, array in zip(self.reads, self.kernel.arrays, strict=True)
        ]
        targets = [
            run.new(write.name, write.axes, wide=out.wide)
            for write, out in zip(self.writes, self.kernel.outputs, strict=True)
        ]
        numbers = {name: run.numbers[name] for name in self.kernel.numbers.given}
        rows = math.prod(run.shape(self.batch))
        self.kernel.launch(run.call, inputs, numbers, targets, rows, run.size(self.row))


@dataclass(frozen=True)
class Pick:
    """``result``: the rows of a table that an index names; NaN where it names none."""

    result: str
    axes: Axes
    table: Read
    index: Read
    name: str
    text: str

    def run(self, run: _Run) -> None:
        table = run.call.spread(run.arrays[self.table.name], run.shape(self.table.axes))
        out = run.new(self.result, self.axes, wide=False)
        entries, n = table.shape
        rows = out.shape[0]
        v = run.call.places([table, out], n, 1)
        arguments = [table, run.arrays[self.index.name], out, np.int64(rows), np.int32(n), np.int64(entries)]
        blocks = -(-rows * (n // v) // _THREADS)
        run.call.launch(self.text, f"{self.name}<{run.call.storage}, {v}>", (blocks,), _THREADS, arguments)


@dataclass(frozen=True)
class Scatter:
    """``result``: for each entry of its first axis the sum, in the order of the rows, of the rows that an
    index sends there; what is sent nowhere is left out."""

    result: str
    axes: Axes
    index: Read
    values: Read
    name: str
    text: str

    def run(self, run: _Run) -> None:
        values = run.call.spread(run.arrays[self.values.name], run.arrays[self.values.name].shape)
        out = run.new(self.result, self.axes, wide=False)
        rows, n = values.shape
        entries = out.shape[0]
        index = run.arrays[self.index.name]
        inside = (index >= 0) & (index < entries)
        keys = run.xp.where(inside, index, entries) * rows + run.xp.arange(rows, dtype=np.int64)
        keys = run.xp.sort(keys)
        v = run.call.places([values, out], n, 1)
        arguments = [keys, values, out, np.int64(rows), np.int32(n), np.int64(entries)]
        blocks = -(-entries * (n // v) // _THREADS)
        run.call.launch(self.text, f"{self.name}<{run.call.storage}, {v}>", (blocks,), _THREADS, arguments)


def _rows_along(run: _Run, read: Read) -> tuple[Any, np.int32, int]:
    """A row, or one for each place of the leading axes: the array in C order, from one row to the next, and
    the length."""
    array = run.xp.ascontiguousarray(run.view(read, ("*", next(a for a in read.axes if a != "*"))))
    rows, n = array.shape
    if n > _LARGEST_ROW:
        raise ValueError(f"{run.call.kernel}: a row of {n} places, at most {_LARGEST_ROW}")
    return array, np.int32(n if rows > 1 else 0), n


@dataclass(frozen=True)
class Slide:
    """``result``: at each place of its last axis the sum of the row ``taps`` times the places of ``values``
    from there on; ``turned``: a convolution, where the places of both add up to that of the result."""

    result: str
    axes: Axes
    values: Read
    taps: Read
    turned: bool
    name: str
    text: str

    def run(self, run: _Run) -> None:
        values, values_row, n = _rows_along(run, self.values)
        taps, taps_row, m = _rows_along(run, self.taps)
        out = run.new(self.result, self.axes, wide=False)
        length = out.shape[-1]
        if length > _LARGEST_ROW:
            raise ValueError(f"{run.call.kernel}: a row of {length} places, at most {_LARGEST_ROW}")
        rows = out.size // length
        threads = min(_SLIDE_THREADS, -(-length // (32 * _SLIDE_PLACES)) * 32)
        blocks = min(rows * -(-length // (threads * _SLIDE_PLACES)), _LARGEST_GRID)
        sizes = [np.int64(rows), np.int32(n), np.int32(m), np.int32(length), values_row, taps_row]
        shift = np.int32(m - 1 if self.turned else 0)
        arguments = [values, taps, out, *sizes, shift, np.int32(self.turned)]
        shared = (threads * _SLIDE_PLACES + 2 * _SLIDE_SPAN) * int(np.dtype(run.call.real_dtype).itemsize)
        name = f"{self.name}<{run.call.storage}>"
        run.call.launch(self.text, name, (blocks,), threads, arguments, shared)


@dataclass(frozen=True)
class Lags:
    """``result``: for each distance the sum over all rows of ``sliding`` so far ahead of ``values``."""

    result: str
    axes: Axes
    sliding: Read
    values: Read
    name: str
    text: str

    def run(self, run: _Run) -> None:
        sliding, sliding_row, _ = _rows_along(run, self.sliding)
        values, values_row, n = _rows_along(run, self.values)
        out = run.new(self.result, self.axes, wide=False)
        m, rows = out.shape[-1], max(len(sliding), len(values))
        groups = min(-(-rows * n // (_LAG_THREADS * _LAG_STEPS)), _LAG_GROUPS)
        partial = run.call.empty((groups, m), run.call.real_dtype)
        sizes = [np.int64(rows), np.int32(n), np.int32(m), sliding_row, values_row, np.int32(groups)]
        name = f"{self.name}_partial<{run.call.storage}>"
        blocks = groups * -(-m // _LAGS)
        shared = _LAG_THREADS // 32 * _LAGS * int(np.dtype(run.call.real_dtype).itemsize)
        arguments = [sliding, values, partial, *sizes]
        run.call.launch(self.text, name, (blocks,), _LAG_THREADS, arguments, shared)
        name = f"{self.name}_total<{run.call.storage}>"
        blocks = -(-m * 32 // _LAG_THREADS)
        arguments = [partial, out, np.int32(m), np.int32(groups)]
        run.call.launch(self.text, name, (blocks,), _LAG_THREADS, arguments)


@dataclass(frozen=True)
class TensorKernel(PlannedKernel):
    """Steps from arguments to results.  ``derived``: axes as long as the sum of others, less one for each but
    the first."""

    name: str
    arguments: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    steps: tuple[Product | Fused | Pick | Scatter | Slide | Lags, ...]
    numbers: Numbers = _NO_NUMBERS
    derived: tuple[tuple[str, Axes], ...] = ()
    cotangents: tuple[str, ...] = ()
    arrays: tuple[Array, ...] = field(init=False)
    outputs: tuple[Out, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arrays", tuple(Array(a.name, integer=a.integer) for a in self.arguments))
        object.__setattr__(self, "outputs", tuple(Out(r.name) for r in self.results))

    def _in_full(
        self, call: Call, scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        sizes: dict[str, int] = {}
        leading: dict[str, tuple[int, ...]] = {}
        for spec in self.arguments:
            self._measure(spec, call.arrays[spec.name], sizes, leading)
        for longer, parts in self.derived:
            length = sum(sizes[a] for a in parts) - len(parts) + 1
            if sizes.setdefault(longer, length) != length:
                raise ValueError(
                    f"{self.name}: the axis {longer} has length {sizes[longer]}, expected {length}"
                )
        batch = call.batch(leading, self.cotangents)
        sizes["*"] = math.prod(batch)
        shapes = [self._whole(batch, r.axes, sizes) for r in self.results]
        results = call.results(shapes, out)
        if sizes["*"] == 0:
            for spec, result in zip(self.results, results, strict=True):
                if spec.axes[:1] != ("*",):
                    result[...] = 0
            return results
        run = _Run(call, sizes, call.numbers(self.numbers, scalars, [sizes[a] for a in self.numbers.sizes]))
        for spec in self.arguments:
            array = call.arrays[spec.name]
            if spec.axes[:1] == ("*",):
                rest = run.shape(spec.axes[1:])
                if array.shape != (*batch, *rest):
                    array = call.xp.broadcast_to(array, (*batch, *rest))
                array = array.reshape(sizes["*"], *rest)
            run.arrays[spec.name] = array
        self._offer(run, results)
        for step in self.steps:
            step.run(run)
        for spec, result in zip(self.results, results, strict=True):
            assert spec.value is not None
            made = run.arrays[spec.value.name]
            if made is not run.given.get(spec.value.name):
                call.copy(run.view(spec.value, spec.axes).reshape(result.shape), result)
        return results

    def _offer(self, run: _Run, results: Sequence[Any]) -> None:
        """Lets the steps write results where they belong, if they lie right and apart from the arguments."""
        for spec, result in zip(self.results, results, strict=True):
            value = spec.value
            assert value is not None
            apart = not any(run.xp.may_share_memory(result, a) for a in run.call.arrays.values())
            if value.axes == spec.axes and result.flags.c_contiguous and apart:
                run.given[value.name] = result.reshape(run.shape(value.axes))

    def _measure(
        self, spec: Tensor, array: Any, sizes: dict[str, int], leading: dict[str, tuple[int, ...]]
    ) -> None:
        axes = [a for a in spec.axes if a != "*"]
        many = array.ndim - len(axes)
        wanted = ", ".join(["..."] * (len(axes) < len(spec.axes)) + [a.rstrip("'") for a in axes])
        if many < 0 or (many and len(axes) == len(spec.axes)):
            raise ValueError(f"{self.name}: {spec.name} has shape {array.shape}, expected ({wanted})")
        for axis, length in zip(axes, array.shape[many:], strict=True):
            known = sizes.setdefault(axis.rstrip("'"), int(length))
            if known != length or not length:
                fits = f"with {axis} = {known}" if known else "no axis of length 0"
                raise ValueError(
                    f"{self.name}: {spec.name} has shape {array.shape}, expected ({wanted}) {fits}"
                )
        if len(axes) < len(spec.axes):
            leading[spec.name] = array.shape[:many]

    @staticmethod
    def _whole(batch: tuple[int, ...], axes: Axes, sizes: Mapping[str, int]) -> tuple[int, ...]:
        rest = tuple(sizes[a.rstrip("'")] for a in axes if a != "*")
        return (*batch, *rest) if axes[:1] == ("*",) else rest
