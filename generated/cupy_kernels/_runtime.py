"""What the kernels of this package share: argument checks, choice of schedule, launches.

A *driver* stands between the launch code and the machine.  ``CupyDriver`` is the one in use unless
``set_driver`` puts another in its place; a driver has

``xp``       the array namespace (CuPy, or NumPy under a test harness)
``kernel``   ``(source, expression) -> callable(grid, block, args, shared_mem=...)``
``address``  ``(array) -> int``, on which the width of memory accesses depends

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ._device import DEVICE, HEADS

INSTALL = (
    "running a CUDA kernel needs CuPy: pip install cupy-cuda13x (for driver 580 or newer) or cupy-cuda12x; "
    "importing the kernels, and the NumPy kernels, need neither CuPy nor a GPU"
)

# storage type of an array, and the type in which its values are computed and summed
_TYPES = {
    "float16": ("__half", "float"),
    "bfloat16": ("__nv_bfloat16", "float"),
    "float32": ("float", "float"),
    "float64": ("double", "double"),
}
_BLOCK_THREADS = 256
_COLUMN_GROUPS = 512
_COLUMN_ROWS = 32
_COLUMN_THREADS = 128
_FLAT_BLOCKS = 1048576
_FLAT_THREADS = 256
_LARGEST_GRID = 2147483647
_LARGEST_ROW = 1073741824
_PACK_BYTES = 16
_WARP_REALS = 64
_WARP_ROWS = 4
_WARP_STEPS = 16


class Driver(Protocol):
    """See the module's docstring."""

    xp: Any

    def kernel(self, source: str, expression: str) -> Callable[..., None]: ...

    def address(self, array: Any) -> int: ...


class CupyDriver:
    """Runs kernels on the current device and stream of CuPy; each is compiled when first used."""

    def __init__(self) -> None:
        try:
            import cupy
        except ImportError as error:
            raise ImportError(INSTALL) from error
        self.xp: Any = cupy
        self._kernels: dict[tuple[int, str, str], Callable[..., None]] = {}

    def kernel(self, source: str, expression: str) -> Callable[..., None]:
        key = (self.xp.cuda.Device().id, source, expression)
        if key not in self._kernels:
            module = self.xp.RawModule(code=source, options=("--std=c++17",), name_expressions=(expression,))
            self._kernels[key] = module.get_function(expression)
        return self._kernels[key]

    def address(self, array: Any) -> int:
        return int(array.data.ptr)


_state: dict[str, Driver] = {}


def set_driver(driver: Driver | None) -> None:
    """Launch through ``driver`` from now on; ``None`` returns to CuPy."""
    _state.pop("driver", None)
    if driver is not None:
        _state["driver"] = driver


def get_driver() -> Driver:
    """The driver in use; ``ImportError`` saying what to install if it is CuPy and CuPy is missing."""
    if "driver" not in _state:
        _state["driver"] = CupyDriver()
    return _state["driver"]


@dataclass(frozen=True)
class Array:
    """An array argument.  ``role``: "element" varies along the row, "row" has one number for each row,
    "shared" is the same for all rows; elementwise kernels know "element" only.  ``literal``: trailing
    axes of fixed size.  ``used``: the kernel reads it; one that it does not read is checked all the same."""

    name: str
    role: str = "element"
    literal: tuple[int, ...] = ()
    integer: bool = False
    used: bool = True


@dataclass(frozen=True)
class Out:
    """A result.  ``role``: "element", "row" or "column" (summed over all rows)."""

    name: str
    role: str = "element"
    literal: tuple[int, ...] = ()


@dataclass(frozen=True)
class Numbers:
    """The numbers that kernels take, by name: scalar arguments, or what ``compute`` makes in double
    precision of the scalar arguments and the lengths of the axes ``sizes``."""

    given: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    compute: Callable[..., tuple[Any, ...]] | None = None


class _Call:
    """The arguments of one call, checked one by one."""

    def __init__(self, kernel: str, arrays: Sequence[Array], values: Mapping[str, Any]) -> None:
        self.driver = get_driver()
        self.xp = self.driver.xp
        self.kernel = kernel
        self.arrays: dict[str, Any] = {}
        first = next(a.name for a in arrays if not a.integer)
        for array in arrays:
            value = self._checked(array, values[array.name])
            if not array.integer and array.name != first and value.dtype != self.arrays[first].dtype:
                raise TypeError(
                    f"{kernel}: {array.name} has dtype {value.dtype}, "
                    f"expected {self.arrays[first].dtype} like {first}"
                )
            self.arrays[array.name] = value
        self.dtype = self.arrays[first].dtype
        self.storage, self.real = _TYPES[self.dtype.name]
        self.real_dtype = np.dtype("f4" if self.real == "float" else "f8")

    def _checked(self, array: Array, value: Any) -> Any:
        where = f"{self.kernel}: {array.name}"
        if not isinstance(value, self.xp.ndarray):
            raise TypeError(f"{where} is {type(value).__name__}, expected a {self.xp.__name__} array")
        if array.integer:
            if value.dtype.kind not in "iu":
                raise TypeError(f"{where} has dtype {value.dtype}, expected integers")
            return value.astype(np.int64, copy=False)
        if value.dtype.name not in _TYPES:
            raise TypeError(f"{where} has dtype {value.dtype}, expected one of {', '.join(_TYPES)}")
        return value

    def numbers(self, spec: Numbers, scalars: Mapping[str, Any], sizes: Sequence[int]) -> dict[str, Any]:
        """The numbers as the kernel takes them, rounded once: CuPy would make a Python float a double."""
        values = [self._scalar(name, value) for name, value in scalars.items()]
        with np.errstate(all="ignore"):
            if spec.compute is not None:
                values = list(spec.compute(*values, *[np.float64(size) for size in sizes]))
            return dict(zip(spec.given, map(self.real_dtype.type, values), strict=True))

    def _scalar(self, name: str, value: Any) -> Any:
        try:
            return np.float64(value)
        except (TypeError, ValueError):
            raise TypeError(
                f"{self.kernel}: {name} is {type(value).__name__}, expected one real number"
            ) from None

    def batch(self, shapes: Mapping[str, tuple[int, ...]], cotangents: Sequence[str]) -> tuple[int, ...]:
        """The leading shape to which the arrays broadcast."""
        common: tuple[int, ...] = ()
        for name, shape in shapes.items():
            try:
                common = np.broadcast_shapes(common, shape)
            except ValueError:
                raise ValueError(
                    f"{self.kernel}: {name} has leading shape {shape}, which does not broadcast with {common}"
                ) from None
        for name in cotangents:
            if name in shapes and shapes[name] != common:
                raise ValueError(
                    f"{self.kernel}: {name} has leading shape {shapes[name]}, expected {common}: "
                    "a cotangent is not summed over broadcast axes"
                )
        return common

    def spread(self, array: Any, shape: tuple[int, ...]) -> Any:
        """``array`` in C order with the whole ``shape``; itself where it is that already."""
        if array.shape != shape:
            array = self.xp.broadcast_to(array, shape)
        return self.xp.ascontiguousarray(array)

    def places(self, arrays: Sequence[Any], row: int, numbers: int) -> int:
        """How many places of ``numbers`` numbers one access holds: a power of two for which each row of
        ``row`` places (0: there is one row only) begins at a multiple of the access."""
        size = int(self.dtype.itemsize) * numbers
        places = _PACK_BYTES // size
        if places < 1:
            raise ValueError(f"{self.kernel}: {numbers} numbers of {self.dtype} do not fit into one access")
        addresses = [self.driver.address(a) for a in arrays]
        while places > 1 and (row % places or any(a % (places * size) for a in addresses)):
            places //= 2
        return places

    def launch(
        self, text: str, name: str, grid: Sequence[int], block: int, args: Sequence[Any], shared: int = 0
    ) -> None:
        kernel = self.driver.kernel(_source(self.real, text), name)
        kernel(tuple(grid), (block,), tuple(args), shared_mem=shared)

    def results(self, shapes: Sequence[tuple[int, ...]], out: Sequence[Any] | None) -> list[Any]:
        """New arrays, or those of ``out`` if they fit."""
        if out is None:
            return [self.xp.empty(shape, self.dtype) for shape in shapes]
        if len(out) != len(shapes):
            raise ValueError(f"{self.kernel}: out has {len(out)} arrays, expected {len(shapes)}")
        for i, (array, shape) in enumerate(zip(out, shapes, strict=True)):
            name = f"{self.kernel}: out" if len(shapes) == 1 else f"{self.kernel}: out[{i}]"
            if not isinstance(array, self.xp.ndarray):
                raise TypeError(f"{name} is {type(array).__name__}, expected a {self.xp.__name__} array")
            if array.dtype != self.dtype:
                raise TypeError(f"{name} has dtype {array.dtype}, expected {self.dtype}")
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
        return list(out)

    def aligned(self, array: Any, numbers: int) -> bool:
        """Whether one place of ``numbers`` numbers can be accessed at once."""
        width = int(array.dtype.itemsize) * numbers
        return self.driver.address(array) % width == 0

    def target(self, result: Any, inputs: Sequence[Any], *, in_place: bool, numbers: int = 1) -> Any:
        """Where the kernel writes: ``result``, or a new array if it is strided, badly aligned or lies
        over an input."""
        apart = all(
            not self.xp.may_share_memory(result, array)
            or (in_place and self.driver.address(result) == self.driver.address(array))
            for array in inputs
        )
        fits = apart and result.flags.c_contiguous and self.aligned(result, numbers)
        return result if fits else self.xp.empty(result.shape, self.dtype)


class _Kernel:
    """One result, or several as a tuple."""

    def one(
        self, values: Mapping[str, Any], scalars: Mapping[str, Any], *, axis: int = -1, out: Any = None
    ) -> Any:
        (result,) = self._run(values, scalars, axis, None if out is None else (out,))
        return result

    def several(
        self,
        values: Mapping[str, Any],
        scalars: Mapping[str, Any],
        *,
        axis: int = -1,
        out: Sequence[Any] | None = None,
    ) -> tuple[Any, ...]:
        return tuple(self._run(values, scalars, axis, out))

    def _run(
        self, values: Mapping[str, Any], scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class ElementwiseKernel(_Kernel):
    """``text`` holds ``NAME_flat<T, V>``: a scalar function, V places at a time."""

    name: str
    text: str
    arrays: tuple[Array, ...]
    outputs: tuple[Out, ...]
    numbers: Numbers = Numbers()

    def _run(
        self, values: Mapping[str, Any], scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        call = _Call(self.name, self.arrays, values)
        numbers = call.numbers(self.numbers, scalars, ())
        shapes = {name: array.shape for name, array in call.arrays.items()}
        shape = call.batch(shapes, [o.name for o in self.outputs])
        results = call.results([shape] * len(self.outputs), out)
        inputs = [call.spread(call.arrays[a.name], shape) for a in self.arrays if a.used]
        targets = [call.target(r, inputs, in_place=len(results) == 1) for r in results]
        size = math.prod(shape)
        if size:
            v = call.places([*inputs, *targets], 0, 1)
            blocks = min(-(-size // (v * _FLAT_THREADS)), _FLAT_BLOCKS)
            arguments = [*inputs, *numbers.values(), *targets, np.int64(size)]
            name = f"{self.name}_flat<{call.storage}, {v}>"
            call.launch(self.text, name, (blocks,), _FLAT_THREADS, arguments)
        return _copied(results, targets)


@dataclass(frozen=True)
class RowKernel(_Kernel):
    """``text`` holds the schedules of a kernel along one axis: ``NAME_warp<T, V, STEPS>`` (a warp for
    each row, which stays in registers) and ``NAME_block<T, V>`` (a block for each row, which is read
    again in each pass); for sums over all rows also ``NAME_columns_partial<T, V>`` and
    ``NAME_columns_total<T>``.

    ``held``    numbers that a lane holds for one place
    ``folded``  numbers in the largest partial result
    ``saved``   numbers of each row that the sums over all rows read back, ``sums`` how many sums there
                are, ``columns`` the arguments that they read
    """

    name: str
    text: str
    arrays: tuple[Array, ...]
    outputs: tuple[Out, ...]
    held: int
    folded: int
    saved: int = 0
    sums: int = 0
    columns: tuple[str, ...] = ()
    numbers: Numbers = Numbers()

    def _run(
        self, values: Mapping[str, Any], scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        call = _Call(self.name, self.arrays, values)
        last = {a.name: self._axis_last(call, a, axis) for a in self.arrays}
        n = self._length(last)
        numbers = call.numbers(self.numbers, scalars, [n] * len(self.numbers.sizes))
        leading = {a.name: self._leading(a, last[a.name]) for a in self.arrays if a.role != "shared"}
        batch = call.batch(leading, [o.name for o in self.outputs])
        shapes = {"element": (*batch, n), "row": batch, "column": (n,)}
        shapes["shared"] = (n,)
        inputs = {
            a.name: call.spread(last[a.name], shapes[a.role] + a.literal) for a in self.arrays if a.used
        }
        place = axis % (len(batch) + 1)
        moved = {**shapes, "element": (*batch[:place], n, *batch[place:])}
        results = call.results([moved[o.role] + o.literal for o in self.outputs], out)
        views = [self._axis_last(call, o, axis, r) for o, r in zip(self.outputs, results, strict=True)]
        inputs |= {
            a.name: inputs[a.name].copy()
            for a in self.arrays
            if a.used and not call.aligned(inputs[a.name], math.prod(a.literal))
        }
        targets = [
            call.target(v, list(inputs.values()), in_place=False, numbers=math.prod(o.literal))
            for o, v in zip(self.outputs, views, strict=True)
        ]
        rows = math.prod(batch)
        if n == 0 and rows and any(o.role == "row" for o in self.outputs):
            raise ValueError(f"{self.name}: the row axis is empty")
        if rows == 0:
            for spec, target in zip(self.outputs, targets, strict=True):
                if spec.role == "column":
                    target[...] = 0
        elif n:
            self._launch(call, inputs, numbers, targets, rows, n)
        _copied(views, targets)
        return results

    def _axis_last(self, call: _Call, spec: Array | Out, axis: int, array: Any = None) -> Any:
        """The array with the row axis last, before axes of fixed size."""
        array = call.arrays[spec.name] if array is None else array
        axes = array.ndim - len(spec.literal)
        wanted = {"element": "(..., n", "row": "(...", "shared": "(n", "column": "(n"}[spec.role]
        fits = axes >= (spec.role != "row") and array.shape[axes:] == spec.literal
        if not fits or (spec.role == "shared" and axes != 1):
            tail = "".join(f", {size}" for size in spec.literal)
            raise ValueError(f"{self.name}: {spec.name} has shape {array.shape}, expected {wanted}{tail})")
        if spec.role != "element":
            return array
        if not -axes <= axis < axes:
            raise ValueError(
                f"{self.name}: axis {axis} is out of range for {spec.name} of shape {array.shape}"
            )
        return array if axis % axes == axes - 1 else call.xp.moveaxis(array, axis % axes, axes - 1)

    def _length(self, arrays: Mapping[str, Any]) -> int:
        n, first = -1, ""
        for spec in self.arrays:
            if spec.role == "row":
                continue
            array = arrays[spec.name]
            here = array.shape[array.ndim - len(spec.literal) - 1]
            if n == -1:
                n, first = here, spec.name
            elif here != n:
                raise ValueError(
                    f"{self.name}: {spec.name} has {here} entries along the axis, expected {n} like {first}"
                )
        if n > _LARGEST_ROW:
            raise ValueError(f"{self.name}: {first} has {n} entries along the axis, at most {_LARGEST_ROW}")
        return n

    @staticmethod
    def _leading(spec: Array, array: Any) -> tuple[int, ...]:
        shape: tuple[int, ...] = array.shape
        return shape[: len(shape) - len(spec.literal) - (spec.role == "element")]

    def _launch(
        self,
        call: _Call,
        inputs: Mapping[str, Any],
        numbers: Mapping[str, Any],
        targets: Sequence[Any],
        rows: int,
        n: int,
    ) -> None:
        def written(role: str) -> list[Any]:
            return [t for o, t in zip(self.outputs, targets, strict=True) if o.role == role]

        along = [inputs[a.name] for a in self.arrays if a.used and a.role != "row"]
        uniform = [inputs[a.name] for a in self.arrays if a.used and a.role == "row"]
        literals = [a.literal for a in self.arrays] + [o.literal for o in self.outputs]
        per_place = max(math.prod(literal) for literal in literals)
        v = call.places([*along, *written("element")], n, per_place)
        saved = [call.xp.empty(rows, call.real_dtype) for _ in range(self.saved)]
        results = [*written("element"), *written("row"), *saved]
        if results:
            arguments = [*along, *uniform, *numbers.values(), *results, np.int64(rows), np.int32(n)]
            self._rows(call, arguments, rows, n, v)
        if not self.sums:
            return
        # the groups depend on the number of rows only: the sum is the same on every device
        groups = min(-(-rows // _COLUMN_ROWS), _COLUMN_GROUPS)
        group = -(-rows // groups)
        groups = -(-rows // group)
        partial = [call.xp.empty((groups, n), call.real_dtype) for _ in range(self.sums)]
        read = [inputs[name] if name in inputs else numbers[name] for name in self.columns]
        arguments = [*read, *saved, *partial, np.int64(rows), np.int32(n), np.int64(group)]
        name = f"{self.name}_columns_partial<{call.storage}, {v}>"
        call.launch(self.text, name, (-(-n // (v * _COLUMN_THREADS)), groups), _COLUMN_THREADS, arguments)
        arguments = [*partial, *written("column"), np.int32(groups), np.int32(n)]
        name = f"{self.name}_columns_total<{call.storage}>"
        call.launch(self.text, name, (-(-n // _COLUMN_THREADS),), _COLUMN_THREADS, arguments)

    def _rows(self, call: _Call, arguments: Sequence[Any], rows: int, n: int, v: int) -> None:
        """Chooses the schedule."""
        steps = _power_of_two(-(-n // (32 * v)))
        held = steps * v * self.held * (call.real_dtype.itemsize // 4)
        if steps <= _WARP_STEPS and held <= _WARP_REALS:
            name = f"{self.name}_warp<{call.storage}, {v}, {steps}>"
            call.launch(self.text, name, (-(-rows // _WARP_ROWS),), 32 * _WARP_ROWS, arguments)
        else:
            name = f"{self.name}_block<{call.storage}, {v}>"
            shared = _BLOCK_THREADS // 32 * self.folded * call.real_dtype.itemsize
            call.launch(self.text, name, (min(rows, _LARGEST_GRID),), _BLOCK_THREADS, arguments, shared)


@functools.cache
def _source(real: str, text: str) -> str:
    return HEADS[real] + DEVICE + text


def _power_of_two(count: int) -> int:
    power: int = 1 << (count - 1).bit_length()
    return power


def _copied(results: list[Any], targets: Sequence[Any]) -> list[Any]:
    for result, target in zip(results, targets, strict=True):
        if result is not target:
            result[...] = target
    return results
