"""What the kernels of this package share: argument checks, choice of schedule, launches.

Kernels, copies and matrix products are queued on CuPy's current stream, and no function takes another: call
it under ``with stream:``.  Calls can be captured in a CUDA graph, but for those of functions whose docstring
says that they cannot.  Results given as ``out`` and arrays for intermediate results are then the graph's as
long as it is replayed: capture with a memory pool of its own (``cupy.cuda.using_allocator``), or CuPy gives
their memory to others.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from ._device import DEVICE, HEADS
from ._driver import get_driver, get_plans

# storage type of an array, and the head that says in which type its values are computed and summed
_TYPES = {
    "float16": ("__half", "narrow"),
    "bfloat16": ("__nv_bfloat16", "narrow"),
    "float32": ("float", "float"),
    "float64": ("double", "double"),
}
_ALONE_THREADS = 1024
_BLOCK_THREADS = 512
_COLUMN_GROUPS = 512
_COLUMN_REALS = 16
_COLUMN_ROWS = 16
_COLUMN_THREADS = 128
_COLUMN_THREADS_TOTAL = 131072
_FETCHED_REALS = 64
_FEW_PLACES = 64
_FEW_THREADS = 256
_FEWEST_THREADS = 128
_FLAT_BLOCKS = 1048576
_FLAT_THREADS = 128
_GUARDED_ON_A_WARP = ('layer_norm', 'rms_norm', 'causal_attention_1')
_GUARDED_STEPS = 8
_HELD_LANES = (8, 16, 32, 64, 128, 256, 512, 1024)
_HELD_LANES_MANY = 256
_HELD_REALS = 32
_HELD_REALS_FEW = 16
_HELD_STEPS = 8
_HELD_STEPS_IN_PART = 4
_HELD_SUMS_REALS = 40
_HELD_THREADS = 128
_LAG_GROUPS = 1024
_LAG_STEPS = 8
_LAG_THREADS = 256
_LAGS = 16
_LARGEST_GRID = 2147483647
_LARGEST_ROW = 1073741824
_PACK_BYTES = 16
_SCRATCH_BYTES = 2048
_SLIDE_PLACES = 4
_SLIDE_SPAN = 128
_SLIDE_THREADS = 128
_SPLIT_PART = 16384
_SPLIT_PARTS = 64
_SPLIT_PLACES = 65536
_SPLIT_ROWS = 64
_STAGED_BLOCKS = 1056
_STAGED_BYTES = 225280
_STAGED_COLUMNS_BYTES = 225280
_STAGED_COLUMNS_PLACES = 1024
_STAGED_COLUMNS_THREADS_TOTAL = 262144
_STAGED_FEW_REALS = 16
_STAGED_KEPT = 8
_STAGED_LANES = (64, 128, 256, 512)
_STAGED_LOADS = 4
_STAGED_SLOTS = 132
_STAGED_STEPS = 8
_STAGED_STEPS_MOST = 16
_STAGED_SUMS_REALS = 64
_STAGED_THREADS = 512
_TOTAL_SLICES = 16


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
    """A result.  ``role``: "element", "row" or "column" (summed over all rows).  ``wide``: in the type of
    sums, for other kernels to read."""

    name: str
    role: str = "element"
    literal: tuple[int, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Numbers:
    """The numbers that kernels take, by name: scalar arguments, or what ``compute`` makes in double
    precision of the scalar arguments and the lengths of the axes ``sizes``."""

    given: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    compute: Callable[..., tuple[Any, ...]] | None = None


class Call:
    """The arguments of one call, checked one by one."""

    def __init__(
        self,
        kernel: str,
        arrays: Sequence[Array],
        values: Mapping[str, Any],
        recording: Recording | None = None,
    ) -> None:
        self.driver = get_driver()
        self.recording = recording
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
        self.real_dtype = np.dtype("f8" if self.real == "double" else "f4")

    def _checked(self, array: Array, value: Any) -> Any:
        where = f"{self.kernel}: {array.name}"
        if not isinstance(value, self.xp.ndarray):
            raise TypeError(f"{where} is {type(value).__name__}, expected a {self.xp.__name__} array")
        if not value.dtype.isnative:
            raise TypeError(f"{where} has dtype {value.dtype}, expected the byte order of this machine")
        if array.integer:
            if value.dtype.kind not in "iu":
                raise TypeError(f"{where} has dtype {value.dtype}, expected integers")
            return value.astype(np.int64, copy=False)
        if value.dtype.name not in _TYPES:
            raise TypeError(f"{where} has dtype {value.dtype}, expected one of {', '.join(_TYPES)}")
        return value

    def numbers(self, spec: Numbers, scalars: Mapping[str, Any], sizes: Sequence[int]) -> dict[str, Any]:
        """The numbers as the kernel takes them, rounded once: CuPy would make a Python float a double."""
        numbers = _numbers(self.kernel, spec, scalars, sizes, self.real_dtype)
        if self.recording is not None:
            self.recording.numbers(numbers, sizes, self.real_dtype)
        return numbers

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
        if array.flags.c_contiguous:
            return array
        made = self.empty(shape, array.dtype)
        self.copy(array, made)
        return made

    def copy(self, source: Any, target: Any) -> None:
        """Puts the numbers of an array into another, in its type."""
        if self.recording is not None:
            self.recording.copy(source, target)
        target[...] = source

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
        kernel = self.driver.kernel(_source(self.real, text), name, shared)
        if self.recording is not None:
            self.recording.launch(kernel, tuple(grid), (block,), args, shared)
        kernel(tuple(grid), (block,), tuple(args), shared_mem=shared)

    def matmul(
        self, left: Any, right: Any, out: Any, scale: Sequence[Factor], numbers: Mapping[str, Any]
    ) -> None:
        """out = scale * left @ right for each pair of a stack of matrices."""
        if self.recording is not None:
            self.recording.matmul(left, right, out, scale)
        self.driver.matmul(left, right, out, _product(scale, numbers))

    def empty(self, shape: int | tuple[int, ...], dtype: Any) -> Any:
        """A new array for an intermediate result."""
        array = self.xp.empty(shape, dtype)
        if self.recording is not None:
            self.recording.new(array)
        return array

    def places_along(self, n: int) -> Any:
        """0, 1, ..., n - 1."""
        array = self.xp.arange(n, dtype=self.real_dtype)
        if self.recording is not None:
            self.recording.new(array, counted=True)
        return array

    def results(self, shapes: Sequence[tuple[int, ...]], out: Sequence[Any] | None) -> list[Any]:
        """New arrays, or those of ``out`` if they fit."""
        if out is None:
            return [self.empty(shape, self.dtype) for shape in shapes]
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
            for j in range(i):
                if np.shares_memory(self._place(out[j]), self._place(array)):
                    raise ValueError(
                        f"{self.kernel}: out[{j}] and out[{i}] share memory, expected one for each result"
                    )
        return list(out)

    def _place(self, array: Any) -> Any:
        """Where the numbers of ``array`` lie, for NumPy, which does not read them; CuPy's own
        ``shares_memory`` asks the GPU, and while a graph is captured no call may."""
        interface = {
            "shape": array.shape,
            "strides": array.strides,
            "typestr": f"|V{array.dtype.itemsize}",
            "data": (self.driver.address(array), True),
            "version": 3,
        }
        return np.asarray(SimpleNamespace(__array_interface__=interface))

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


Factor = tuple[str, str | float]
"""("mul" or "div", a constant or a number's name)"""


def _product(factors: Sequence[Factor], numbers: Mapping[str, Any]) -> float:
    scale = 1.0
    for op, by in factors:
        number = float(numbers[by] if isinstance(by, str) else by)
        scale = scale * number if op == "mul" else scale / number
    return scale


def _numbers(
    kernel: str, spec: Numbers, scalars: Mapping[str, Any], sizes: Sequence[int], real: Any
) -> dict[str, Any]:
    values = [_scalar(kernel, name, value) for name, value in scalars.items()]
    with np.errstate(all="ignore"):
        if spec.compute is not None:
            values = list(spec.compute(*values, *[np.float64(size) for size in sizes]))
        return dict(zip(spec.given, map(real.type, values), strict=True))


def _scalar(kernel: str, name: str, value: Any) -> Any:
    if not isinstance(value, (str, bytes)):  # of which float would make something
        try:
            return np.float64(float(value))  # of None, float64 would make NaN
        except OverflowError:
            raise ValueError(f"{kernel}: {name} is beyond the range of float64") from None
        except (TypeError, ValueError):
            pass
    raise TypeError(f"{kernel}: {name} is {type(value).__name__}, expected one real number")


class Recording:
    """What a call does with its arrays, so that the next call with arrays that lie alike can do it at once.

    It is kept if kernels, products and copies read and write nothing but arguments, results and new arrays:
    a call that sorts an argument first, say, is made in full each time.
    """

    def __init__(self, driver: Any, arrays: Sequence[Any]) -> None:
        self._address = driver.address
        self._slots = {driver.address(array): slot for slot, array in reversed([*enumerate(arrays)])}
        self._count = len(arrays)
        self._alive: list[Any] = []  # or their memory would be given away, and an address be two arrays
        self._new: list[tuple[tuple[int, ...], Any, bool]] = []
        self._launches: list[Launch | Multiplication | Copy] = []
        self._numbers: dict[int, str] = {}
        self._sizes: Sequence[int] = ()
        self._real: Any = None
        self._whole = True

    def new(self, array: Any, *, counted: bool = False) -> None:
        """``counted``: it holds 0, 1, ...; if not, nothing that counts."""
        self._alive.append(array)
        if self._address(array) in self._slots or not array.size:
            self._whole = False
        self._slots[self._address(array)] = self._count + len(self._new)
        self._new.append((array.shape, array.dtype, counted))

    def numbers(self, numbers: Mapping[str, Any], sizes: Sequence[int], real: Any) -> None:
        self._numbers = {id(number): name for name, number in numbers.items()}
        self._alive.extend(numbers.values())
        self._sizes, self._real = sizes, real

    def launch(
        self, kernel: Any, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any], shared: int
    ) -> None:
        slots, numbers, template = [], [], list(args)
        for place, value in enumerate(args):
            if id(value) in self._numbers:
                numbers.append((place, self._numbers[id(value)]))
            elif not isinstance(value, np.generic):
                slot = self._slots.get(self._address(value))
                if slot is None:
                    self._whole = False
                    return
                slots.append((place, slot))
                template[place] = None
        self._launches.append(Launch(kernel, grid, block, template, tuple(slots), tuple(numbers), shared))

    def matmul(self, left: Any, right: Any, out: Any, scale: Sequence[Factor]) -> None:
        one, other, result = (self._view(array) for array in (left, right, out))
        if one is None or other is None or result is None:
            self._whole = False
        else:
            self._launches.append(Multiplication(one, other, result, tuple(scale)))

    def copy(self, source: Any, target: Any) -> None:
        one, other = self._view(source), self._view(target)
        if one is None or other is None:
            self._whole = False
        else:
            self._launches.append(Copy(one, other))

    def _view(self, array: Any) -> View | None:
        slot = self._slots.get(self._address(array))
        return None if slot is None else View(slot, array.shape, array.strides)

    def plan(self) -> Plan | None:
        """None: it has to be done in full each time."""
        if not self._whole or not self._launches:
            return None
        return Plan(tuple(self._new), tuple(self._launches), tuple(self._sizes), self._real)


@dataclass(frozen=True)
class Launch:
    """``slots`` and ``numbers``: at which places of ``template`` which arrays and numbers go."""

    kernel: Callable[..., None]
    grid: tuple[int, ...]
    block: tuple[int, ...]
    template: list[Any]
    slots: tuple[tuple[int, int], ...]
    numbers: tuple[tuple[int, str], ...]
    shared: int

    def run(self, driver: Any, arrays: list[Any], numbers: Mapping[str, Any]) -> None:
        args = self.template[:]
        for place, slot in self.slots:
            args[place] = arrays[slot]
        for place, name in self.numbers:
            args[place] = numbers[name]
        self.kernel(self.grid, self.block, tuple(args), shared_mem=self.shared)


@dataclass(frozen=True)
class View:
    """Numbers in the memory of an array, from its beginning."""

    slot: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, xp: Any, arrays: list[Any]) -> Any:
        array = arrays[self.slot]
        if array.shape == self.shape and array.strides == self.strides:
            return array
        return xp.lib.stride_tricks.as_strided(array, self.shape, self.strides)


@dataclass(frozen=True)
class Multiplication:
    """A product of two stacks of matrices."""

    left: View
    right: View
    out: View
    scale: tuple[Factor, ...]

    def run(self, driver: Any, arrays: list[Any], numbers: Mapping[str, Any]) -> None:
        left, right, out = (view.of(driver.xp, arrays) for view in (self.left, self.right, self.out))
        driver.matmul(left, right, out, _product(self.scale, numbers))


@dataclass(frozen=True)
class Copy:
    """What has to lie in another way, or be of another type."""

    source: View
    target: View

    def run(self, driver: Any, arrays: list[Any], numbers: Mapping[str, Any]) -> None:
        self.target.of(driver.xp, arrays)[...] = self.source.of(driver.xp, arrays)


@dataclass
class Plan:
    """A call to be made again: new arrays (results first, unless they were given), then launches,
    products and copies."""

    new: tuple[tuple[tuple[int, ...], Any, bool], ...]
    launches: tuple[Launch | Multiplication | Copy, ...]
    sizes: tuple[int, ...]
    real: Any
    latest: tuple[tuple[Any, ...], dict[str, Any]] | None = None  # scalars, and the numbers made of them

    def run(self, driver: Any, arrays: list[Any], numbers: Mapping[str, Any]) -> None:
        empty = driver.xp.empty
        for shape, dtype, counted in self.new:
            arrays.append(driver.xp.arange(shape[0], dtype=dtype) if counted else empty(shape, dtype))
        for launch in self.launches:
            launch.run(driver, arrays, numbers)


class Kernel:
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


class PlannedKernel(Kernel):
    """A kernel whose calls are alike for arrays of the same types, shapes and alignments in C order."""

    name: str
    arrays: tuple[Array, ...]
    outputs: tuple[Out, ...]
    numbers: Numbers

    def _run(
        self, values: Mapping[str, Any], scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        if type(axis) is not int:
            axis = _integer(self.name, axis)
        driver, plans = get_driver(), get_plans()
        arrays = [*values.values()] if out is None else [*values.values(), *out]
        key = _key(driver, arrays)
        if key is None:
            return self._in_full(Call(self.name, self.arrays, values), scalars, axis, out)
        key = (self.name, axis, out is None, key)
        plan = plans.get(key)
        if plan is not None:
            plan.run(driver, arrays, self._again(plan, scalars))
            return arrays[len(values) : len(values) + len(self.outputs)]
        recording = Recording(driver, arrays)
        call = Call(self.name, self.arrays, values, recording)
        results = self._in_full(call, scalars, axis, out)
        plan = recording.plan()
        if plan is not None:
            if len(plans) >= _MOST_PLANS:
                plans.clear()
            plans[key] = plan
        return results

    def _again(self, plan: Plan, scalars: Mapping[str, Any]) -> Mapping[str, Any]:
        """The numbers, made once for scalars that stay as they were."""
        if not self.numbers.given:
            return _NO_NUMBERS
        given = tuple(scalars.values())
        plain = all(type(value) is float or type(value) is int for value in given)
        if plan.latest is not None and plain and plan.latest[0] == given:
            return plan.latest[1]
        numbers = _numbers(self.name, self.numbers, scalars, plan.sizes, plan.real)
        if plain:
            plan.latest = given, numbers
        return numbers

    def _in_full(
        self, call: Call, scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        raise NotImplementedError


def _integer(kernel: str, axis: Any) -> int:
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise TypeError(f"{kernel}: axis is {axis!r}, expected an integer")
    return int(axis)


_NO_NUMBERS: Mapping[str, Any] = {}
_MOST_PLANS = 4096


def _key(driver: Any, arrays: Sequence[Any]) -> tuple[Any, ...] | None:
    """What a plan depends on; None if there can be none: something is no array, is not in C order, is empty,
    is of foreign byte order, or lies partly over another."""
    found = []
    places: list[tuple[int, int]] = []
    try:
        for array in arrays:
            if not array.flags.c_contiguous or not array.dtype.isnative:
                return None
            at, size = driver.address(array), array.nbytes
            same = 0
            for other, (start, length) in enumerate(places, 1):
                if at < start + length and start < at + size:
                    if at != start or size != length:
                        return None
                    same = other
            if not size:
                return None
            places.append((at, size))
            found.append((array.shape, array.dtype.num, at % _PACK_BYTES, same))
    except AttributeError:
        return None
    return (driver.device(), *found)


@dataclass(frozen=True)
class ElementwiseKernel(PlannedKernel):
    """``text`` holds ``NAME_flat<T, V>``: a scalar function, V places at a time."""

    name: str
    text: str
    arrays: tuple[Array, ...]
    outputs: tuple[Out, ...]
    numbers: Numbers = Numbers()

    def _in_full(
        self, call: Call, scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
        numbers = call.numbers(self.numbers, scalars, ())
        shapes = {name: array.shape for name, array in call.arrays.items()}
        shape = call.batch(shapes, [o.name for o in self.outputs])
        results = call.results([shape] * len(self.outputs), out)
        inputs = [call.spread(call.arrays[a.name], shape) for a in self.arrays if a.used]
        targets = [call.target(r, inputs, in_place=len(results) == 1) for r in results]
        self.launch(call, inputs, numbers, targets, math.prod(shape), 1)
        return _copied(results, targets)

    def launch(
        self,
        call: Call,
        inputs: Sequence[Any],
        numbers: Mapping[str, Any],
        targets: Sequence[Any],
        rows: int,
        n: int,
    ) -> None:
        """Computes ``rows`` times ``n`` places; arrays lie in C order."""
        size = rows * n
        if size:
            v = call.places([*inputs, *targets], 0, 1)
            blocks = min(-(-size // (v * _FLAT_THREADS)), _FLAT_BLOCKS)
            arguments = [*inputs, *numbers.values(), *targets, np.int64(size)]
            name = f"{self.name}_flat<{call.storage}, {v}>"
            call.launch(self.text, name, (blocks,), _FLAT_THREADS, arguments)


@dataclass(frozen=True)
class RowKernel(PlannedKernel):
    """``text`` holds the schedules of a kernel along one axis: ``NAME_held<T, V, STEPS, LANES, FULL>``
    (registers), ``NAME_staged<T, V, THREADS, KEPT>`` (shared memory), ``NAME_block<T, V>`` (read again in
    each pass), ``NAME_split<T, V, PHASE>`` (several blocks for a row); for sums over all rows also
    ``NAME_held_columns`` and ``NAME_fetched_columns<T, V, STEPS, LANES, FULL>``,
    ``NAME_staged_columns<T, V, STEPS, LANES, KEPT>``, ``NAME_columns_partial<T, V>`` and
    ``NAME_columns_total<T>``.

    ``held``    numbers that a thread holds for one place
    ``folded``  numbers in the largest partial result, ``passes`` how many folds there are one after another
    ``staged``  arguments that go to shared memory, first those that the most passes read
    ``guarded`` no instance of it is for rows that fill the packs of their threads
    ``roomy``   a thread needs more than 64 registers, so no row has 1024 of them
    ``saved``   numbers of each row that the sums over all rows read back, ``sums`` how many sums there
                are, ``columns`` the arguments that they read
    """

    name: str
    text: str
    arrays: tuple[Array, ...]
    outputs: tuple[Out, ...]
    held: int
    folded: int
    passes: int
    staged: tuple[str, ...] = ()
    guarded: bool = False
    roomy: bool = False
    saved: int = 0
    sums: int = 0
    columns: tuple[str, ...] = ()
    numbers: Numbers = Numbers()

    def _in_full(
        self, call: Call, scalars: Mapping[str, Any], axis: int, out: Sequence[Any] | None
    ) -> list[Any]:
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
            self.launch(call, list(inputs.values()), numbers, targets, rows, n)
        _copied(views, targets)
        return results

    def _axis_last(self, call: Call, spec: Array | Out, axis: int, array: Any = None) -> Any:
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

    def launch(
        self,
        call: Call,
        given: Sequence[Any],
        numbers: Mapping[str, Any],
        targets: Sequence[Any],
        rows: int,
        n: int,
    ) -> None:
        """Computes ``rows`` rows of ``n`` places; arrays (those that are used, in order) lie in C order."""
        inputs = dict(zip([a.name for a in self.arrays if a.used], given, strict=True))

        def written(role: str) -> list[Any]:
            return [t for o, t in zip(self.outputs, targets, strict=True) if o.role == role]

        along = [inputs[a.name] for a in self.arrays if a.used and a.role != "row"]
        uniform = [inputs[a.name] for a in self.arrays if a.used and a.role == "row"]
        v = call.places([*along, *written("element")], n, self._of_a_place)
        saved = [call.empty(rows, call.real_dtype) for _ in range(self.saved)]
        results = [*written("element"), *written("row"), *saved]
        arguments = [*along, *uniform, *numbers.values(), *results, np.int64(rows), np.int32(n)]
        wide = call.real_dtype.itemsize // 4
        fits = self.sums and results
        if fits and self._staged_columns(call, arguments, rows, n, v, inputs, written("column")):
            return
        if fits:
            reals, most = (self.held + self.sums) * wide, _HELD_SUMS_REALS
            held = _held(n, v, self._steps(call, v), reals, most, most // 2, _BLOCK_THREADS)
            if held is not None:
                self._held_columns(call, arguments, rows, n, v, held, written("column"))
                return
        if results:
            self._rows(call, arguments, rows, n, v, inputs)
        if self.sums:
            read = [inputs[name] if name in inputs else numbers[name] for name in self.columns]
            self._columns(call, [*read, *saved], rows, n, v, written("column"))

    @functools.cached_property
    def _of_a_place(self) -> int:
        """The most numbers that an array has at a place."""
        literals = [a.literal for a in self.arrays] + [o.literal for o in self.outputs]
        return max(map(math.prod, literals))

    def _held_columns(
        self,
        call: Call,
        arguments: Sequence[Any],
        rows: int,
        n: int,
        v: int,
        held: tuple[int, int],
        targets: Sequence[Any],
    ) -> None:
        """Rows and the sums over them in one pass."""
        steps, lanes = held
        group, groups = _groups(rows, _COLUMN_THREADS_TOTAL // lanes)
        partial = [call.empty((groups, n), call.real_dtype) for _ in range(self.sums)]
        threads = _HELD_THREADS if lanes <= 32 else lanes
        full = self._full(call, n, v, held, summed=True)
        name = f"{self.name}_held_columns<{call.storage}, {v}, {steps}, {lanes}, {full}>"
        blocks = -(-groups // (threads // lanes))
        call.launch(
            self.text,
            name,
            (blocks,),
            threads,
            [*arguments, *partial, np.int64(group)],
            self._shared(call, threads),
        )
        self._total(call, partial, targets, groups, n)

    def _staged_columns(
        self,
        call: Call,
        arguments: Sequence[Any],
        rows: int,
        n: int,
        v: int,
        inputs: Mapping[str, Any],
        targets: Sequence[Any],
    ) -> bool:
        """The same with a row in shared memory, or the arrays of it that fit; whether one does."""
        room = min(_STAGED_COLUMNS_BYTES, call.driver.shared_limit()) - _SCRATCH_BYTES
        kept, row = self._kept(inputs, rows, room)
        if not kept or n < _STAGED_COLUMNS_PLACES:
            return False
        wide = call.real_dtype.itemsize // 4
        taken = None
        if kept == len(self.staged):
            fetched = ((_FETCHED_REALS, _STAGED_STEPS),)
            taken = _lanes(n, v, (self.held + self.sums) * wide, self.sums, fetched)
        if taken is not None:
            sizes = f"{taken[0]}, {taken[1]}, {self._full(call, n, v, taken, summed=True)}"
            name = f"{self.name}_fetched_columns<{call.storage}, {v}, {sizes}>"
        else:
            limits = [(_STAGED_FEW_REALS, _STAGED_STEPS), (_STAGED_SUMS_REALS, _STAGED_STEPS)]
            if call.driver.shared_limit() >= _STAGED_COLUMNS_BYTES:  # before 9.0 so many sums would spill
                limits.append((_STAGED_SUMS_REALS, _STAGED_STEPS_MOST))
            taken = _lanes(n, v, self.sums * wide, self.sums, limits)
            if taken is None:
                return False
            if taken[0] > _STAGED_STEPS and taken[0] * v == _STAGED_SUMS_REALS:  # two would spill
                kept, row = self._kept(inputs, rows, room, 1)
            name = f"{self.name}_staged_columns<{call.storage}, {v}, {taken[0]}, {taken[1]}, {kept}>"
        lanes = taken[1]
        group, groups = _groups(rows, _STAGED_COLUMNS_THREADS_TOTAL // lanes)
        partial = [call.empty((groups, n), call.real_dtype) for _ in range(self.sums)]
        arguments = [*arguments, *partial, np.int64(group)]
        call.launch(self.text, name, (groups,), lanes, arguments, _SCRATCH_BYTES + row)
        self._total(call, partial, targets, groups, n)
        return True

    def _full(self, call: Call, n: int, v: int, taken: tuple[int, int], *, summed: bool = False) -> str:
        """Whether a row fills the packs of its threads, as a template argument.  Never where such an instance
        would spill (``Tiers``), and for whole packs alone: what is read one by one is not made quicker."""
        steps, lanes = taken
        on_a_warp = lanes == 32 and steps >= _GUARDED_STEPS and self.name in _GUARDED_ON_A_WARP
        alone = bool(self.sums) and lanes == _ALONE_THREADS
        spills = self.guarded or on_a_warp or alone or (summed and call.storage == "double")
        fills = n == steps * lanes * v and self._whole(call, v)
        return "true" if fills and not spills else "false"

    def _whole(self, call: Call, v: int) -> bool:
        """Whether an access is a whole pack."""
        return v == max(_PACK_BYTES // (int(call.dtype.itemsize) * self._of_a_place), 1)

    def _steps(self, call: Call, v: int) -> int:
        """The most packs for each thread in registers."""
        return _HELD_STEPS if self._whole(call, v) else _HELD_STEPS_IN_PART

    def _kept(
        self, inputs: Mapping[str, Any], rows: int, room: int, most: int | None = None
    ) -> tuple[int, int]:
        """How many arrays have a row in so many bytes of shared memory, in turn, and what these take."""
        kept = taken = 0
        for name in self.staged[: _STAGED_KEPT if most is None else most]:
            more = -(-(inputs[name].nbytes // rows) // 16) * 16
            if taken + more > room:
                break
            kept, taken = kept + 1, taken + more
        return kept, taken

    def _columns(
        self, call: Call, read: Sequence[Any], rows: int, n: int, v: int, targets: Sequence[Any]
    ) -> None:
        """Sums over the rows, which are read once more."""
        while v * self.sums > _COLUMN_REALS and v > 1:
            v //= 2
        group, groups = _groups(rows, _COLUMN_GROUPS)
        partial = [call.empty((groups, n), call.real_dtype) for _ in range(self.sums)]
        arguments = [*read, *partial, np.int64(rows), np.int32(n), np.int64(group)]
        name = f"{self.name}_columns_partial<{call.storage}, {v}>"
        call.launch(self.text, name, (-(-n // (v * _COLUMN_THREADS)), groups), _COLUMN_THREADS, arguments)
        self._total(call, partial, targets, groups, n)

    def _total(
        self, call: Call, partial: Sequence[Any], targets: Sequence[Any], groups: int, n: int
    ) -> None:
        arguments = [*partial, *targets, np.int32(groups), np.int32(n)]
        name = f"{self.name}_columns_total<{call.storage}>"
        shared = self.sums * _TOTAL_SLICES * 33 * call.real_dtype.itemsize
        call.launch(self.text, name, (-(-n // 32),), 32 * _TOTAL_SLICES, arguments, shared)

    def _shared(self, call: Call, threads: int) -> int:
        """Shared memory for the combination of warps."""
        size: int = threads // 32 * self.folded * call.real_dtype.itemsize
        return size

    def _rows(
        self,
        call: Call,
        arguments: Sequence[Any],
        rows: int,
        n: int,
        v: int,
        inputs: Mapping[str, Any],
    ) -> None:
        """Chooses the schedule."""
        wide = call.real_dtype.itemsize // 4
        stores = any(o.role == "element" for o in self.outputs)
        held = self._in_registers(call, n, v, stores)
        if held is not None:
            steps, lanes = held
            threads = _HELD_THREADS if lanes <= 32 else lanes
            name = f"{self.name}_held<{call.storage}, {v}, {steps}, {lanes}, {self._full(call, n, v, held)}>"
            blocks = -(-rows // (threads // lanes))
            call.launch(self.text, name, (blocks,), threads, arguments, self._shared(call, threads))
            return
        if rows < _SPLIT_ROWS and n >= _SPLIT_PLACES:
            self._split(call, arguments, rows, n, v)
            return
        few = wide == 1 and (self.passes + stores < 2 or n <= _FEW_THREADS * _FEW_PLACES)
        room = min(_STAGED_BYTES, call.driver.shared_limit() - _SCRATCH_BYTES)
        kept, row = self._kept(inputs, rows, room) if stores else (0, 0)
        if kept:
            alone = 2 * (_SCRATCH_BYTES + row) > _STAGED_BYTES  # on its SM
            many = alone and wide == 1 and self._whole(call, v)
            threads = _ALONE_THREADS if many else _FEW_THREADS if few and not alone else _STAGED_THREADS
            name = f"{self.name}_staged<{call.storage}, {v}, {threads}, {kept}>"
            grid = (min(rows, _STAGED_SLOTS if alone else _STAGED_BLOCKS),)
            call.launch(self.text, name, grid, threads, arguments, _SCRATCH_BYTES + row)
        else:
            fewest = not stores or n <= _FEWEST_THREADS * _FEW_PLACES
            threads = (_FEWEST_THREADS if fewest else _FEW_THREADS) if few else _BLOCK_THREADS
            name = f"{self.name}_block<{call.storage}, {v}>"
            grid = (min(rows, _LARGEST_GRID),)
            call.launch(self.text, name, grid, threads, arguments, self._shared(call, threads))

    def _in_registers(self, call: Call, n: int, v: int, stores: bool) -> tuple[int, int] | None:
        """``_held`` for a row without sums over all rows."""
        wide = call.real_dtype.itemsize // 4
        narrow = wide == 1 and call.storage != "float"
        many = _HELD_REALS_FEW if wide > 1 or (narrow and self.guarded and self.folded) else _HELD_REALS
        threads = _BLOCK_THREADS
        if narrow and not self.passes and n >= _FEWEST_THREADS * v:
            return None
        if not stores:
            threads = _FEW_THREADS if narrow else _BLOCK_THREADS
        elif call.storage == "float" and not self.roomy:
            threads = _ALONE_THREADS
        return _held(n, v, self._steps(call, v), self.held * wide, _HELD_REALS, many, threads)

    def _split(self, call: Call, arguments: Sequence[Any], rows: int, n: int, v: int) -> None:
        """Few long rows: several blocks for each, and a launch for each fold and for the results."""
        places = max(_SPLIT_PART, -(-n // (_SPLIT_PARTS * v)) * v)
        parts = -(-n // places)
        partial = call.empty((max(self.passes, 1), rows, parts, max(self.folded, 1)), call.real_dtype)
        arguments = [*arguments, partial, np.int32(parts), np.int32(places)]
        shared = self._shared(call, _BLOCK_THREADS)
        for phase in range(1, self.passes + 2):
            name = f"{self.name}_split<{call.storage}, {v}, {phase}>"
            call.launch(self.text, name, (rows * parts,), _BLOCK_THREADS, arguments, shared)


def _held(
    n: int, v: int, longest: int, reals: int, most: int, many: int, threads: int
) -> tuple[int, int] | None:
    """Packs for each thread (at most ``longest``) and threads for each row (at most ``threads``), or None if
    a row does not fit in registers; ``reals`` are the 4-byte words of one place (where there are none, one),
    ``most`` those that a thread may have, ``many`` those that each of more than ``_HELD_LANES_MANY`` may."""
    for lanes in _HELD_LANES:
        if lanes > threads:
            break
        steps = _power_of_two(-(-n // (lanes * v)))
        here = most if lanes <= _HELD_LANES_MANY else many
        few = lanes >= 32 and steps <= longest
        if (steps == 1 and lanes < 128) or (few and steps * v * max(reals, 1) <= here):
            return steps, lanes
    return None


def _lanes(
    n: int, v: int, reals: int, sums: int, limits: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """The same for a row in shared memory: ``reals`` are the words of a place in registers, of which a thread
    may have so many, and packs for all sums; the first pair of limits that can be kept counts."""
    for most, longest in limits:
        for lanes in _STAGED_LANES:
            steps = _power_of_two(-(-n // (lanes * v)))
            if steps * sums <= longest and steps * v * reals <= most:
                return steps, lanes
    return None


def _groups(rows: int, most: int) -> tuple[int, int]:
    """Rows for each group, and groups: functions of the number of rows alone, so that a sum is the same on
    every device."""
    groups = min(-(-rows // _COLUMN_ROWS), most)
    group = -(-rows // groups)
    return group, -(-rows // group)


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
