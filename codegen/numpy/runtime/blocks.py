"""The general way through a kernel: any shapes, strides, axes and dtypes, in blocks that stay in cache.

Arguments are checked, brought into the form ``(rows, n)`` (elementwise kernels: ``(entries,)``), and the
bodies run over blocks of about 512 KiB per array.  float16 is computed in float32.  Floating-point warnings
are off while a body runs: NaN and infinities are results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bodies import run_block, scratch_count
from .checks import BLOCK_BYTES, HALF, SINGLE, Array, as_arrays, as_results, require_places
from .spec import Argument, Spec
from .state import QUIET, enter, leave

__all__ = ["checked", "in_general"]

Checked = tuple[list[Any], np.dtype[Any], tuple[int, ...], int, list[Array]]


def checked(kernel: Spec, given: tuple[Any, ...], axis: int, out: Sequence[Array] | None) -> Checked:
    """The arguments with their rows last, the dtype, the leading shape, the length of a row, and the results;
    ``TypeError`` or ``ValueError`` where something does not fit."""
    arrays, dtype = as_arrays(kernel.name, kernel.arguments, given)
    if kernel.rows:
        arrays = [_rows_last(kernel, a, x, axis) for a, x in zip(kernel.arguments, arrays, strict=True)]
    batch, n = _shape(kernel, arrays, axis)
    shapes = [_result_shape(r, batch, n, axis) for r in kernel.results]
    return arrays, dtype, batch, n, as_results(kernel.name, shapes, dtype, out)


def in_general(kernel: Spec, given: tuple[Any, ...], axis: int, out: Sequence[Array] | None) -> list[Array]:
    arrays, dtype, batch, n, results = checked(kernel, given, axis, out)
    size = math.prod(batch)
    if size and (n or not any(r.row for r in kernel.results)):
        work = SINGLE if dtype == HALF else dtype
        token = enter(QUIET[0])
        try:
            _compute(kernel, arrays, batch, n, work, results, axis)
        finally:
            leave(token)
    else:
        for argument, result in zip(kernel.results, results, strict=True):
            if argument.kind == "shared" or not argument.row:  # a sum of nothing
                result.fill(0)
    return results


def _rows_last(kernel: Spec, argument: Argument, x: Any, axis: int) -> Any:
    """``x`` with the axis of the rows last (before axes of fixed size)."""
    if not argument.row or argument.kind == "shared":
        return x
    axes = x.ndim - len(argument.literal)
    if axes < 1 or x.shape[axes:] != argument.literal:
        tail = "".join(f", {s}" for s in argument.literal)
        raise ValueError(f"{kernel.name}: {argument.name} has shape {x.shape}, expected (..., n{tail})")
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise TypeError(f"{kernel.name}: axis is {axis!r}, expected an integer")
    if not -axes <= axis < axes:
        raise ValueError(f"{kernel.name}: axis {axis} is out of range for {argument.name} of shape {x.shape}")
    place = axis % axes
    return x if place == axes - 1 else np.moveaxis(x, place, axes - 1)


def _batch(argument: Argument, x: Any) -> tuple[int, ...]:
    inner = int(argument.row) + len(argument.literal)
    return tuple(x.shape[: x.ndim - inner])


def _shape(kernel: Spec, arrays: list[Any], axis: int) -> tuple[tuple[int, ...], int]:
    """The common leading shape and the length of the rows; ``ValueError`` if the arguments disagree."""
    batch: tuple[int, ...] = ()
    n, first = -1, ""
    for argument, x in zip(kernel.arguments, arrays, strict=True):
        if argument.kind in ("scalar", "cotangent"):
            continue
        if argument.row:
            length_here = x.shape[x.ndim - 1 - len(argument.literal)] if x.ndim else -1
            if argument.kind == "shared" and x.ndim != 1 + len(argument.literal):
                raise ValueError(f"{kernel.name}: {argument.name} has shape {x.shape}, expected (n,)")
            if n == -1:
                n, first = length_here, argument.name
            elif length_here != n:
                raise ValueError(
                    f"{kernel.name}: {argument.name} has {length_here} entries along the axis, "
                    f"expected {n} like {first}"
                )
        if argument.kind != "shared":
            own = _batch(argument, x)
            if own != batch:
                try:
                    batch = np.broadcast_shapes(batch, own)
                except ValueError:
                    raise ValueError(
                        f"{kernel.name}: {argument.name} has shape {x.shape}, whose leading axes {own} "
                        f"do not broadcast with {batch}"
                    ) from None
    for argument, x in zip(kernel.arguments, arrays, strict=True):
        if argument.kind == "cotangent":
            wanted = (*batch, *((n,) if argument.row else ()), *argument.literal)
            if x.shape != wanted:
                place = axis % (len(batch) + 1) if argument.row else 0
                given = (
                    np.moveaxis(x, len(batch), place).shape
                    if argument.row and x.ndim > len(batch)
                    else x.shape
                )
                expected = (*batch[:place], n, *batch[place:]) if argument.row else batch
                raise ValueError(
                    f"{kernel.name}: {argument.name} has shape {given}, "
                    f"expected {(*expected, *argument.literal)} like the forward result"
                )
        if argument.name in kernel.cotangents and argument.kind != "shared" and _batch(argument, x) != batch:
            raise ValueError(
                f"{kernel.name}: {argument.name} has shape {x.shape}, expected the leading axes {batch}: "
                "a cotangent is not summed over broadcast axes"
            )
        if argument.place:
            require_places(kernel.name, argument.name, x, n)
    return batch, max(n, 0)


def _result_shape(result: Argument, batch: tuple[int, ...], n: int, axis: int) -> tuple[int, ...]:
    if result.kind == "shared":
        return (n, *result.literal)
    if not result.row:
        return (*batch, *result.literal)
    place = axis % (len(batch) + 1)
    return (*batch[:place], n, *batch[place:], *result.literal)


def _compute(
    kernel: Spec,
    arrays: list[Any],
    batch: tuple[int, ...],
    n: int,
    work: np.dtype[Any],
    results: list[Array],
    axis: int,
) -> None:
    arguments = [a for a in kernel.arguments if a.kind != "scalar"]
    scalars = [x for a, x in zip(kernel.arguments, arrays, strict=True) if a.kind == "scalar"]
    arrays = [x for a, x in zip(kernel.arguments, arrays, strict=True) if a.kind != "scalar"]
    for result in results:
        arrays = [_apart(x, result) for x in arrays]
    if kernel.tables is not None:
        arguments, arrays = _with_tables(kernel, arguments, arrays, work)
    period = _period(arguments, arrays, batch)
    grid = (math.prod(batch) // period, period) if period else (math.prod(batch),)
    inputs = [_input(a, x, batch, grid, n, work, kernel.rows) for a, x in zip(arguments, arrays, strict=True)]
    outputs = [
        _output(kernel, r, x, grid, n, work, axis) for r, x in zip(kernel.results, results, strict=True)
    ]
    inner = (n,) if kernel.rows else ()
    scratch: dict[tuple[int, ...], list[Array]] = {}
    step = max(1, BLOCK_BYTES // work.itemsize // max(1, n if kernel.rows else 1))
    for where in _blocks(grid, step):
        shape = tuple(s.stop - s.start for s in where)
        if shape not in scratch:
            scratch = {shape: [np.empty((*shape, *inner), work) for _ in range(scratch_count(kernel))]}
        views = [o.block(where) for o in outputs]
        given = [i.block(where) for i in inputs]
        run_block(kernel, given, scalars, work, views, scratch[shape], n if kernel.rows else 0)
        for o, view in zip(outputs, views, strict=True):
            o.store(where, view)
    for o in outputs:
        o.finish()


def _apart(x: Any, result: Array) -> Any:
    """``x``, or a copy of it where ``result`` lies over it: results double as scratch space."""
    if isinstance(x, np.ndarray) and np.may_share_memory(x, result):
        return x.copy()
    return x


def _with_tables(
    kernel: Spec, given: Sequence[Argument], arrays: list[Any], work: np.dtype[Any]
) -> tuple[list[Argument], list[Any]]:
    assert kernel.tables is not None
    taken, arguments, rest = [], [], []
    for argument, x in zip(given, arrays, strict=True):
        if argument.name in kernel.table_of:
            # a row value stands before the axis n, a shared vector along it
            column = argument.kind != "shared" and not argument.row
            taken.append(x[..., None] if column else x)
        else:
            arguments.append(argument)
            rest.append(x)
    for table in kernel.tables(work, *taken):
        arguments.append(Argument("table", "array", row=True))
        rest.append(table)
    return arguments, rest


def _period(arguments: Sequence[Argument], arrays: list[Any], batch: tuple[int, ...]) -> int:
    """P if some arguments hold P rows that repeat over the leading axes, all of them the same P; else 0."""
    found = 0
    for argument, x in zip(arguments, arrays, strict=True):
        period = 0 if argument.kind in ("scalar", "shared") else _repeats(_batch(argument, x), batch)
        if period and found not in (0, period):
            return 0
        found = period or found
    return found


def _repeats(own: tuple[int, ...], batch: tuple[int, ...]) -> int:
    """P if an argument with leading axes ``own`` holds P rows that repeat to fill ``batch``; else 0."""
    rows = math.prod(own)
    if rows == math.prod(batch):
        return 0
    own = own[next((i for i, s in enumerate(own) if s != 1), len(own)) :]
    return rows if own == batch[len(batch) - len(own) :] else 0


@dataclass
class _Input:
    array: Any
    whole: bool
    repeated: bool = False
    stage: np.dtype[Any] | None = None

    def block(self, where: tuple[slice, ...]) -> Any:
        if self.whole:
            return self.array
        view = self.array[:, where[-1]] if self.repeated else self.array[where]
        return view if self.stage is None else np.ascontiguousarray(view, self.stage)


def _input(
    argument: Argument,
    x: Any,
    batch: tuple[int, ...],
    grid: tuple[int, ...],
    n: int,
    work: np.dtype[Any],
    rows: bool,
) -> _Input:
    if argument.kind == "scalar":
        return _Input(np.asarray(x, work), True)
    if argument.kind == "shared":
        return _Input(x.astype(work, copy=False)[None], True)
    own = _batch(argument, x)
    inner = (*(((n if argument.row else 1),) if rows else ()), *argument.literal)
    repeated = len(grid) == 2 and _repeats(own, batch) == grid[1]
    if math.prod(own) != math.prod(batch) and not repeated:
        x = np.broadcast_to(x, (*batch, *x.shape[len(own) :]))
    x = x.reshape(*((1, grid[1]) if repeated else grid), *inner)
    kind = np.dtype(np.intp) if argument.kind == "integer" else work
    plain = x.dtype == kind and (x.flags.c_contiguous or (x.ndim > 1 and x.strides[-1] == x.itemsize))
    return _Input(x, False, repeated, None if plain else kind)


@dataclass
class _Output:
    array: Array
    flat: Array
    work: np.dtype[Any]
    direct: bool
    total: Array | None = None

    def block(self, where: tuple[slice, ...]) -> Array:
        if self.total is not None:
            return self.total
        view = self.flat[where]
        return view if self.direct else np.empty(view.shape, self.work)

    def store(self, where: tuple[slice, ...], view: Array) -> None:
        if self.total is None and not self.direct:
            self.flat[where] = view

    def finish(self) -> None:
        if self.total is not None:
            self.array[...] = self.total
        elif not np.shares_memory(self.flat, self.array):
            self.array[...] = self.flat.reshape(self.array.shape)


def _output(
    kernel: Spec,
    result: Argument,
    array: Array,
    grid: tuple[int, ...],
    n: int,
    work: np.dtype[Any],
    axis: int,
) -> _Output:
    if result.kind == "shared":
        return _Output(array, array, work, True, np.zeros(array.shape, np.float64))
    moved = array
    if result.row:
        axes = array.ndim - len(result.literal)
        moved = np.moveaxis(array, axis % axes, axes - 1)
    inner = ((n,) if result.row else (1,)) if kernel.rows else ()
    flat = moved.reshape(*grid, *inner, *result.literal)
    direct = flat.dtype == work and (
        flat.flags.c_contiguous or (flat.ndim > 1 and flat.strides[-1] == flat.itemsize)
    )
    return _Output(moved, flat, work, direct)


def _blocks(grid: tuple[int, ...], step: int) -> Iterator[tuple[slice, ...]]:
    """The grid of rows in blocks of at most ``step`` rows; in one piece up to two blocks."""
    if math.prod(grid) <= 2 * step:
        yield tuple(slice(0, g) for g in grid)
    elif len(grid) == 1:
        for start in range(0, grid[0], step):
            yield (slice(start, min(start + step, grid[0])),)
    else:
        outer = max(1, step // grid[1])
        for start in range(0, grid[0], outer):
            for at in range(0, grid[1], step):
                yield slice(start, min(start + outer, grid[0])), slice(at, min(at + step, grid[1]))
