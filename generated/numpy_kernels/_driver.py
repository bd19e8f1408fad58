# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""What every kernel of this package shares: argument checks, and blocks that stay in cache.

A kernel is a *body*, straight-line ufunc code on one block, and a ``Kernel`` that says what the body
takes.  Calling it checks the arguments, brings them into the form ``(rows, n)`` (elementwise kernels:
``(entries,)``) and runs the body over blocks of about 512 KiB per array.  float16 is computed in
float32.  Floating-point warnings are off while a body runs: NaN and infinities are results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Argument", "Array", "Constants", "Kernel", "Law", "Number"]

Array = npt.NDArray[Any]
Constants = tuple[Array, ...]
Number = Any  # a float64 number, or one for each row

BLOCK_BYTES = 512 * 1024
_HALF = np.dtype(np.float16)
_SINGLE = np.dtype(np.float32)
_DOUBLE = np.dtype(np.float64)
_DTYPES = (_HALF, _SINGLE, _DOUBLE)


@dataclass(frozen=True)
class Argument:
    """``kind``: array, cotangent (of exactly the shape of the forward result), shared (one vector for all
    rows), integer or scalar.  ``row``: has the axis n.  ``literal``: trailing axes of fixed size.
    ``place``: its numbers name entries of the axis n."""

    name: str
    kind: str = "array"
    row: bool = False
    literal: tuple[int, ...] = ()
    place: bool = False


@dataclass(frozen=True)
class Law:
    """Scaling the named arguments of a row by s**degree scales its named results by s**degree, the others
    not at all."""

    arguments: tuple[tuple[str, int], ...]
    results: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Kernel:
    """``body(constants, *arrays, *scalars, *results, *scratch)`` and what it takes.  ``numbers`` computes the
    scalars from the scalar arguments, in double precision; without it they are these arguments.

    ``tables`` turns the arguments named in ``table_of`` into further inputs of the body, computed once
    on their own shape.  Where an argument is named there, the body itself does not get it.
    """

    name: str
    body: Callable[..., None]
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]
    constants: tuple[float, ...] = ()
    scratch: int = 0
    rows: bool = False
    numbers: Callable[..., tuple[Number, ...]] | None = None
    tables: Callable[..., tuple[Array, ...]] | None = None
    table_of: tuple[str, ...] = ()
    cotangents: tuple[str, ...] = ()
    laws: tuple[Law, ...] = ()
    lead: int = -1
    kinds: tuple[tuple[str, bool, bool], ...] = ()
    result_kinds: tuple[tuple[str, bool, bool], ...] = ()
    shares: bool = False
    plain: bool = False
    _constants: dict[str, tuple[Array, ...]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """What the direct way of calling looks up: ``lead``, the first argument that has every axis, and
        of each argument and result its kind, whether it has every axis, and whether it names places."""

        def kinds(listed: tuple[Argument, ...]) -> tuple[tuple[str, bool, bool], ...]:
            return tuple((a.kind, a.kind != "shared" and (a.row or not self.rows), a.place) for a in listed)

        object.__setattr__(self, "kinds", kinds(self.arguments))
        object.__setattr__(self, "result_kinds", kinds(self.results))
        object.__setattr__(self, "shares", any(r.kind == "shared" for r in self.results))
        alike = all(kind in ("array", "cotangent") for kind, _, _ in self.kinds)
        object.__setattr__(
            self, "plain", alike and not self.rows and not self.laws and len(self.results) == 1
        )
        if self.tables is None and not any(a.literal for a in self.arguments):
            full = (
                i
                for i, a in enumerate(self.arguments)
                if a.kind in ("array", "cotangent") and a.row == self.rows
            )
            object.__setattr__(self, "lead", next(full, -1))

    def constants_of(self, dtype: np.dtype[Any]) -> tuple[Array, ...]:
        """The constants as 0-d arrays of ``dtype``: a Python float would be converted at every use."""
        found = self._constants.get(dtype.char)
        if found is None:
            found = tuple(np.asarray(c, dtype) for c in self.constants)
            self._constants[dtype.char] = found
        return found

    def one(self, *given: Any, axis: int = -1, out: Array | None = None) -> Array:
        """Runs a kernel with one result."""
        if self.plain:
            result = _elementwise(self, given, out)
            if result is not None:
                return result
        found = _at_once(self, given, axis, None if out is None else (out,))
        if found is None:
            found = _in_general(self, given, axis, None if out is None else (out,))
        return found[0]

    def several(self, *given: Any, axis: int = -1, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results."""
        found = _at_once(self, given, axis, out) if out is None or len(out) == len(self.results) else None
        return tuple(_in_general(self, given, axis, out) if found is None else found)


def _elementwise(kernel: Kernel, given: tuple[Any, ...], out: Array | None) -> Array | None:
    """``_at_once`` for the simplest kernels, whose arithmetic is shorter than a dozen checks."""
    first = given[0]
    if type(first) is not np.ndarray:
        return None
    dtype, shape = first.dtype, first.shape
    if (dtype is not _SINGLE and dtype is not _DOUBLE) or not 0 < first.nbytes <= 2 * BLOCK_BYTES:
        return None
    for x in given:
        if type(x) is not np.ndarray or x.dtype is not dtype or x.shape != shape or not x.flags.c_contiguous:
            return None
    if out is None:
        out = np.empty(shape, dtype)
    elif type(out) is not np.ndarray or out.dtype is not dtype or out.shape != shape or not out.flags.carray:
        return None
    else:
        for x in given:
            if np.may_share_memory(x, out):
                return None
    with np.errstate(all="ignore"):
        constants = kernel.constants_of(dtype)
        if kernel.scratch == 0:
            kernel.body(constants, *given, out)
        elif kernel.scratch == 1:
            kernel.body(constants, *given, out, np.empty(shape, dtype))
        else:
            kernel.body(constants, *given, out, *[np.empty(shape, dtype) for _ in range(kernel.scratch)])
    return out


def _at_once(
    kernel: Kernel, given: tuple[Any, ...], axis: int, out: Sequence[Array] | None
) -> list[Array] | None:
    """The results where all arguments are small, plain and of fitting shape; else ``None``.

    Most calls are of this kind, and the general way costs more than their arithmetic."""
    lead = given[kernel.lead] if kernel.lead >= 0 else None
    if type(lead) is not np.ndarray:
        return None
    dtype, shape = lead.dtype, lead.shape
    if (dtype is not _SINGLE and dtype is not _DOUBLE) or not 0 < lead.nbytes <= 2 * BLOCK_BYTES:
        return None
    rows = kernel.rows
    if rows and axis != -1 and axis != len(shape) - 1:
        return None
    inputs: list[Any] = []
    scalars: list[Any] = []
    for (kind, whole, place), argument, x in zip(kernel.kinds, kernel.arguments, given, strict=True):
        if kind == "scalar":
            scalars.append(_scalar(kernel, argument, x))
            continue
        if type(x) is not np.ndarray or not x.flags.c_contiguous:
            return None
        if kind == "integer":
            if x.dtype.kind not in "iu" or x.shape != (shape[:-1] if rows else shape):
                return None
            if place:
                _require_places(kernel, argument, x, shape[-1])
            inputs.append(x[..., None] if rows else x)
        elif x.dtype is not dtype:
            return None
        elif whole:
            if x.shape != shape:
                return None
            inputs.append(x)
        elif kind == "shared":
            if x.shape != shape[-1:]:
                return None
            inputs.append(x)
        else:
            if x.shape != shape[:-1]:
                return None
            inputs.append(x[..., None])
    views: list[Array] = []
    results: list[Array] = []
    for at, (kind, whole, _) in enumerate(kernel.result_kinds):
        size = shape if whole else shape[-1:] if kind == "shared" else shape[:-1]
        if out is None:
            x = np.empty(size, dtype)
        else:
            x = out[at]
            if (
                type(x) is not np.ndarray
                or x.dtype is not dtype
                or x.shape != size
                or not x.flags.carray
                or any(np.may_share_memory(x, i) for i in inputs)
            ):
                return None
        results.append(x)
        views.append(np.zeros(size) if kind == "shared" else x if whole else x[..., None])
    scratch = [np.empty(shape, dtype) for _ in range(kernel.scratch)]
    with np.errstate(all="ignore"):
        if scalars or kernel.laws:
            _block(kernel, kernel.constants_of(dtype), inputs, scalars, dtype, views, scratch)
        else:
            kernel.body(kernel.constants_of(dtype), *inputs, *views, *scratch)
        if kernel.shares:
            for x, view, (kind, _, _) in zip(results, views, kernel.result_kinds, strict=True):
                if kind == "shared":
                    x[...] = view
    return results


def _in_general(
    kernel: Kernel, given: tuple[Any, ...], axis: int, out: Sequence[Array] | None
) -> list[Array]:
    arrays, dtype = _checked(kernel, given)
    if kernel.rows:
        arrays = [_rows_last(kernel, a, x, axis) for a, x in zip(kernel.arguments, arrays, strict=True)]
    batch, n = _shape(kernel, arrays, axis)
    results = _results(kernel, batch, n, dtype, axis, out)
    size = math.prod(batch)
    if size and (n or not any(r.row for r in kernel.results)):
        work = _SINGLE if dtype == _HALF else dtype
        with np.errstate(all="ignore"):
            _compute(kernel, arrays, batch, n, work, results, axis)
    elif not size:
        for argument, result in zip(kernel.results, results, strict=True):
            if argument.kind == "shared":
                result.fill(0)
    return results


def _checked(kernel: Kernel, given: tuple[Any, ...]) -> tuple[list[Any], np.dtype[Any]]:
    """Arguments as arrays of one floating dtype (scalars as floats), or ``TypeError``."""
    arrays: list[Any] = []
    dtype: np.dtype[Any] | None = None
    first = ""
    for argument, value in zip(kernel.arguments, given, strict=True):
        if argument.kind == "scalar":
            arrays.append(_scalar(kernel, argument, value))
            continue
        array = np.asarray(value)
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if argument.kind == "integer":
            if array.dtype.kind not in "iu":
                raise TypeError(f"{kernel.name}: {argument.name} has dtype {array.dtype}, expected integers")
        elif array.dtype not in _DTYPES:
            raise TypeError(
                f"{kernel.name}: {argument.name} has dtype {array.dtype}, expected float16, "
                "float32 or float64"
            )
        elif dtype is None:
            dtype, first = array.dtype, argument.name
        elif array.dtype != dtype:
            raise TypeError(
                f"{kernel.name}: {argument.name} has dtype {array.dtype}, expected {dtype} like {first}"
            )
        arrays.append(array)
    assert dtype is not None
    return arrays, dtype


def _scalar(kernel: Kernel, argument: Argument, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"{kernel.name}: {argument.name} is {type(value).__name__}, expected one real number"
        ) from None


def _rows_last(kernel: Kernel, argument: Argument, x: Any, axis: int) -> Any:
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


def _require_places(kernel: Kernel, argument: Argument, x: Array, n: int) -> None:
    if x.size and (int(x.min()) < 0 or int(x.max()) >= n):
        worst = int(x.min()) if int(x.min()) < 0 else int(x.max())
        raise ValueError(f"{kernel.name}: {argument.name} holds {worst}, expected 0 <= {argument.name} < {n}")


def _batch(argument: Argument, x: Any) -> tuple[int, ...]:
    inner = int(argument.row) + len(argument.literal)
    return tuple(x.shape[: x.ndim - inner])


def _shape(kernel: Kernel, arrays: list[Any], axis: int) -> tuple[tuple[int, ...], int]:
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
            _require_places(kernel, argument, x, n)
    return batch, max(n, 0)


def _results(
    kernel: Kernel,
    batch: tuple[int, ...],
    n: int,
    dtype: np.dtype[Any],
    axis: int,
    out: Sequence[Array] | None,
) -> list[Array]:
    shapes = [_result_shape(r, batch, n, axis) for r in kernel.results]
    if out is None:
        return [np.empty(shape, dtype) for shape in shapes]
    given = list(out)
    if len(given) != len(shapes):
        raise ValueError(f"{kernel.name}: out has {len(given)} arrays, expected {len(shapes)}")
    for i, (array, shape) in enumerate(zip(given, shapes, strict=True)):
        name = "out" if len(shapes) == 1 else f"out[{i}]"
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{kernel.name}: {name} is {type(array).__name__}, expected an array")
        if array.dtype != dtype:
            raise TypeError(f"{kernel.name}: {name} has dtype {array.dtype}, expected {dtype}")
        if array.shape != shape:
            raise ValueError(f"{kernel.name}: {name} has shape {array.shape}, expected {shape}")
        if not array.flags.writeable:
            raise ValueError(f"{kernel.name}: {name} is read-only, expected an array to write to")
    return given


def _result_shape(result: Argument, batch: tuple[int, ...], n: int, axis: int) -> tuple[int, ...]:
    if result.kind == "shared":
        return (n, *result.literal)
    if not result.row:
        return (*batch, *result.literal)
    place = axis % (len(batch) + 1)
    return (*batch[:place], n, *batch[place:], *result.literal)


def _compute(
    kernel: Kernel,
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
    constants = kernel.constants_of(work)
    scratch: dict[tuple[int, ...], list[Array]] = {}
    step = max(1, BLOCK_BYTES // work.itemsize // max(1, n if kernel.rows else 1))
    for where in _blocks(grid, step):
        shape = tuple(s.stop - s.start for s in where)
        if shape not in scratch:
            scratch = {shape: [np.empty((*shape, *inner), work) for _ in range(kernel.scratch)]}
        views = [o.block(where) for o in outputs]
        _block(kernel, constants, [i.block(where) for i in inputs], scalars, work, views, scratch[shape])
        for o, view in zip(outputs, views, strict=True):
            o.store(where, view)
    for o in outputs:
        o.finish()


def _block(
    kernel: Kernel,
    constants: Constants,
    inputs: list[Any],
    scalars: list[Any],
    dtype: np.dtype[Any],
    views: list[Array],
    scratch: list[Array],
) -> None:
    """Runs the body on one block.  Where an intermediate value overflows or underflows, and the kernel has
    a scaling law, the rows are scaled by powers of two and computed again."""
    numbers = _numbers(kernel, scalars, dtype) if scalars else ()
    if not kernel.laws:
        kernel.body(constants, *inputs, *numbers, *views, *scratch)
        return
    before = [v.copy() if r.kind == "shared" else v for r, v in zip(kernel.results, views, strict=True)]
    try:
        with np.errstate(over="raise", under="raise"):
            kernel.body(constants, *inputs, *numbers, *views, *scratch)
    except FloatingPointError:
        for view, saved in zip(views, before, strict=True):
            if view is not saved:
                view[...] = saved
        _scaled_block(kernel, constants, inputs, scalars, dtype, views, scratch)


def _numbers(kernel: Kernel, scalars: list[Any], dtype: np.dtype[Any]) -> list[Array]:
    found = kernel.numbers(*map(np.float64, scalars)) if kernel.numbers else scalars
    return [np.asarray(x, dtype) for x in found]


def _scaled_block(
    kernel: Kernel,
    constants: Constants,
    inputs: list[Any],
    scalars: list[Any],
    dtype: np.dtype[Any],
    views: list[Array],
    scratch: list[Array],
) -> None:
    values = dict(zip((a.name for a in kernel.arguments if a.kind != "scalar"), inputs, strict=True))
    values |= zip((a.name for a in kernel.arguments if a.kind == "scalar"), scalars, strict=True)
    scales = [(law, _scale(law, values, dtype)) for law in kernel.laws]
    for law, exponent in scales:
        for name, degree in law.arguments:
            values[name] = np.ldexp(values[name], degree * exponent)
    arrays = [values[a.name] for a in kernel.arguments if a.kind != "scalar"]
    numbers = [values[a.name] for a in kernel.arguments if a.kind == "scalar"]
    kernel.body(constants, *arrays, *_numbers(kernel, numbers, dtype), *views, *scratch)
    for law, exponent in scales:
        degrees = dict(law.results)
        for result, view in zip(kernel.results, views, strict=True):
            if result.name in degrees:
                np.ldexp(view, -degrees[result.name] * exponent, view)


def _scale(law: Law, values: dict[str, Any], dtype: np.dtype[Any]) -> Any:
    """For each row the exponent of the power of two that brings the largest of its arguments to about 1."""
    largest: Any = 0.0
    for name, degree in law.arguments:
        x = np.abs(np.asarray(values[name], dtype))
        top = np.max(x, -1, keepdims=True, initial=0) if x.ndim else x
        largest = np.maximum(largest, top if degree == 1 else top ** dtype.type(1 / degree))
    usable = np.isfinite(largest) & (largest > 0)
    limit = np.finfo(dtype).maxexp - 2
    exponent = -np.frexp(np.where(usable, largest, 1))[1]
    return np.clip(exponent, -limit, limit)


def _apart(x: Any, result: Array) -> Any:
    """``x``, or a copy of it where ``result`` lies over it: results double as scratch space."""
    if isinstance(x, np.ndarray) and np.may_share_memory(x, result):
        return x.copy()
    return x


def _with_tables(
    kernel: Kernel, given: Sequence[Argument], arrays: list[Any], work: np.dtype[Any]
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
    kernel: Kernel,
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
