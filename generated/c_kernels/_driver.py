# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Compiled kernels as the generated modules call them.

A call with contiguous arrays of one layout looks up what was found for that layout: the sizes, and the
function in the shared object, which is built when it is first needed.  All else is brought into that form
by the checks of the NumPy kernels.  What C does not do (float16, empty arrays, no compiler, sums that
overflow and have to be scaled) the NumPy kernel of the same name does.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..numpy_kernels._blocks import checked
from ..numpy_kernels._checks import Array, are_apart, real_number
from ..numpy_kernels._spec import REMEMBERED, Argument, Spec
from ._build import NotBuilt, library, say_once

__all__ = ["Array", "CompiledKernel", "Numbers", "ndarray"]

ndarray = np.ndarray
_PLACE = np.dtype(np.int64)
_REALS = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
_HEAD = '#define SYMCHECK_EXPORT __attribute__((visibility("default")))\ntypedef {real} real;\n'
_UNSEEN = object()


def _largest_cache() -> int:
    """The bytes of the largest cache of this machine, 32 MiB where nothing says it."""
    found = []
    for place in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        with contextlib.suppress(OSError, ValueError):
            found.append(int(place.read_text(encoding="ascii").strip().removesuffix("K")) << 10)
    return max(found, default=1 << 25)


CACHE = _largest_cache()
"""A call that moves more than this writes its results past the caches."""
OTHERWISE = 5  # what C returns where an array is not contiguous, or a result lies over an argument


@dataclass(frozen=True)
class Numbers:
    """The numbers that a kernel takes: the scalar arguments ``given``, and the length of a row if it is
    ``sized``, or what ``compute`` makes of these in double precision."""

    given: tuple[str, ...] = ()
    sized: bool = False
    compute: Callable[..., tuple[Any, ...]] | None = None

    def of(self, scalars: dict[str, Any], n: int) -> ctypes.Array[ctypes.c_double]:
        values: Sequence[Any] = [np.float64(scalars[name]) for name in self.given]
        values = [*values, np.float64(n)] if self.sized else values
        if self.compute is not None:
            with np.errstate(all="ignore"):
                values = self.compute(*values)
        return (ctypes.c_double * max(1, len(values)))(*map(float, values))


# An array is handed over as the address of its object, which costs a tenth of asking NumPy for its entries.
# By NumPy's C interface the address of the entries follows the header of the object, and the flags are 48
# bytes on.
_HEADER = object.__basicsize__
_FLAGS_AT = 48


def _objects_are_as_declared() -> bool:
    frozen = np.arange(6.0).reshape(2, 3)
    frozen.flags.writeable = False
    for array in (np.ones(3), np.ones((4, 5), np.float32)[1:], np.ones((2, 3))[:, :1], frozen):
        entries = ctypes.c_void_p.from_address(id(array) + _HEADER).value
        flags = ctypes.c_int.from_address(id(array) + _HEADER + _FLAGS_AT).value
        if entries != array.__array_interface__["data"][0] or flags & 0x501 != array.flags.num & 0x501:
            return False
    return True


_DIRECT = np.dtype(np.intp).itemsize == 8 and _objects_are_as_declared()


@dataclass(frozen=True)
class CompiledKernel:
    """``numpy``: the function of the same name that does what this one does not; ``spec``: its arguments and
    results.  ``reads``: the arrays that the C ``text`` takes, after ``functions`` and before the results."""

    spec: Spec
    numpy: Callable[..., Any]
    reads: tuple[str, ...]
    functions: str
    text: str
    numbers: Numbers = Numbers()
    plans: dict[tuple[Any, ...], CompiledPlan | None] = field(default_factory=dict, init=False, compare=False)
    loaded: dict[str, Any] = field(default_factory=dict, init=False, compare=False)

    def function(self, dtype: np.dtype[Any]) -> Any:
        """The compiled function for ``dtype``, or ``None`` after saying why there is none."""
        found = self.loaded.get(dtype.char, _UNSEEN)
        if found is _UNSEEN:
            try:
                found = self._build(_REALS[dtype])
            except NotBuilt as error:
                say_once(str(error), _level_of_the_caller())
                found = None
            self.loaded[dtype.char] = found
        return found

    def _build(self, real: str) -> Any:
        built = library(_HEAD.format(real=real) + self.functions + self.text)
        function = getattr(built, f"symcheck_{self.spec.name}")
        function.argtypes = [ctypes.c_size_t] * (2 + len(self.reads) + len(self.spec.results))
        function.restype = ctypes.c_int
        return function

    def plan(self, key: tuple[Any, ...], *arrays: Array) -> CompiledPlan | None:
        """The plan for a layout not in ``plans`` yet."""
        found: Any = self.plans.get(key, _UNSEEN)
        if found is _UNSEEN:
            if len(self.plans) >= REMEMBERED:
                self.plans.clear()
            found = self.plans[key] = self._new_plan(arrays) if _DIRECT else None
        plan: CompiledPlan | None = found
        return plan

    def _new_plan(self, arrays: Sequence[Array]) -> CompiledPlan | None:
        arguments = [a for a in self.spec.arguments if a.kind != "scalar"]
        lead = next((x for a, x in zip(arguments, arrays, strict=True) if _leads(a, self.spec.rows)), None)
        if lead is None or not lead.size or not lead.ndim or lead.dtype not in _REALS:
            return None
        for argument, x in zip(arguments, arrays, strict=True):
            kind = _PLACE if argument.kind == "integer" else lead.dtype
            if x.dtype != kind or x.shape != _shape_beside(argument, lead.shape, self.spec.rows):
                return None
        function = self.function(lead.dtype)
        return None if function is None else CompiledPlan(self, lead, function)

    def one(self, *given: Any, axis: int = -1, out: Array | None = None) -> Array:
        """Runs a kernel with one result, the general way."""
        found = self._in_general(given, axis, None if out is None else (out,))
        if found is not None:
            return found[0]
        result: Array = self._by_numpy(given, axis, out)
        return result

    def several(self, *given: Any, axis: int = -1, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results, the general way."""
        found = self._in_general(given, axis, out)
        if found is not None:
            return tuple(found)
        results: tuple[Array, ...] = self._by_numpy(given, axis, out)
        return results

    def _by_numpy(self, given: tuple[Any, ...], axis: int, out: Any) -> Any:
        return self.numpy(*given, out=out) if axis == -1 else self.numpy(*given, axis=axis, out=out)

    def _in_general(
        self, given: tuple[Any, ...], axis: int, out: Sequence[Array] | None
    ) -> Sequence[Array] | None:
        arrays, dtype, batch, n, results = checked(self.spec, given, axis, out)
        if dtype not in _REALS or not math.prod(batch) or (self.spec.rows and not n):
            return None
        function = self.function(dtype)
        if function is None:
            return None
        named = dict(zip((a.name for a in self.spec.arguments), arrays, strict=True))
        kinds = {a.name: a for a in self.spec.arguments}
        inputs = [_spread(kinds[name], named[name], batch, dtype) for name in self.reads]
        pairs = list(zip(self.spec.results, results, strict=True))
        targets = [_target(r, x, axis, inputs) for r, x in pairs]
        scalars = {a.name: named[a.name] for a in self.spec.arguments if a.kind == "scalar"}
        numbers = self.numbers.of(scalars, n)
        entries = [ctypes.c_void_p(x.__array_interface__["data"][0]) for x in (*inputs, *targets)]
        sizes = (ctypes.c_int64 * 4)(math.prod(batch), n, 0, CACHE)
        if function(ctypes.addressof(sizes), ctypes.addressof(numbers), *map(ctypes.addressof, entries)):
            return None
        for (result, x), made in zip(pairs, targets, strict=True):
            if made is not x:
                _moved(result, x, axis)[...] = made
        return results


def _level_of_the_caller() -> int:
    """The stacklevel, for a function called from here, of the line that called a kernel: the modules between
    hold the class above."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("CompiledKernel") is CompiledKernel:
        frame, level = frame.f_back, level + 1
    return level


def _leads(argument: Argument, rows: bool) -> bool:
    return argument.kind in ("array", "cotangent") and argument.row == rows and not argument.literal


def _shape_beside(argument: Argument, whole: tuple[int, ...], rows: bool) -> tuple[int, ...] | None:
    """The shape of an argument beside full ones of shape ``whole``, nothing broadcast."""
    if argument.literal:
        return None
    if argument.kind == "shared":
        return whole[-1:]
    return whole if argument.row or not rows else whole[:-1]


def _spread(argument: Argument, x: Any, batch: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """``x`` in C order over all leading axes."""
    kind = _PLACE if argument.kind == "integer" else dtype
    if argument.kind != "shared":
        inner = x.shape[x.ndim - int(argument.row) - len(argument.literal) :]
        x = np.broadcast_to(x, (*batch, *inner))
    found: Array = np.require(x, kind, ["C", "A"])
    return found


def _moved(result: Argument, x: Array, axis: int) -> Array:
    """``x`` with the axis of the rows last (before axes of fixed size)."""
    if not result.row or result.kind == "shared":
        return x
    axes = x.ndim - len(result.literal)
    return np.moveaxis(x, axis % axes, axes - 1)


def _target(result: Argument, x: Array, axis: int, inputs: Sequence[Array]) -> Array:
    """Where C writes: ``x`` itself, or a new array where ``x`` lies otherwise or over an argument."""
    moved = _moved(result, x, axis)
    apart = moved.flags.carray and not any(np.may_share_memory(x, i) for i in inputs)
    return x if apart and moved.strides == x.strides else np.empty(moved.shape, x.dtype)


Addressed = tuple[int, Any]  # where numbers stand, and the object that holds them


class CompiledPlan:
    """How a kernel runs on arguments of one dtype and shape each."""

    def __init__(self, kernel: CompiledKernel, lead: Array, function: Any) -> None:
        self.kernel, self.function, self.dtype = kernel, function, lead.dtype
        rows = kernel.spec.rows
        self.n = lead.shape[-1] if rows else 0
        self.sizes = (ctypes.c_int64 * 4)(
            math.prod(lead.shape[:-1]) if rows else lead.size, self.n, _HEADER, CACHE
        )
        self.sizes_at = ctypes.addressof(self.sizes)
        shapes = [_shape_beside(r, lead.shape, rows) for r in kernel.spec.results]
        self.shapes = [s for s in shapes if s is not None]
        self.shape = self.shapes[0]
        names = [a.name for a in kernel.spec.arguments if a.kind != "scalar"]
        self.read = tuple(names.index(name) for name in kernel.reads)
        self.every = self.read == tuple(range(len(names)))
        self.known: dict[tuple[Any, ...], Addressed] = {}
        names = [a.name for a in kernel.spec.arguments if a.kind == "scalar"]
        self.scalars = names if kernel.numbers.given else []
        if not self.scalars:  # whatever the scalar arguments are
            numbers = kernel.numbers.of({}, self.n)
            self.known[()] = ctypes.addressof(numbers), numbers
        self.one: Callable[..., Array | None] = (
            _without_lookups(self) if self.every and len(self.read) <= 2 else self._one
        )

    def _one(self, out: Array | None, scalars: tuple[Any, ...], *arrays: Array) -> Array | None:
        """The result, or ``None`` where an array takes the general way."""
        if out is None:
            out = np.empty(self.shape, self.dtype)
        elif type(out) is not ndarray or out.dtype is not self.dtype or out.shape != self.shape:
            return None
        read = [id(arrays[i]) for i in self.read]
        numbers = self.numbers_of(scalars)
        status = self.function(self.sizes_at, numbers[0], *read, id(out))
        return out if not status else self.otherwise(status, scalars, arrays, out)

    def several(
        self, out: Sequence[Array] | None, scalars: tuple[Any, ...], *arrays: Array
    ) -> tuple[Array, ...] | None:
        """The results, or ``None`` where an array takes the general way."""
        if out is None:
            out = [np.empty(shape, self.dtype) for shape in self.shapes]
        elif (
            len(out) != len(self.shapes)
            or not all(
                type(x) is ndarray and x.dtype == self.dtype and x.shape == shape
                for x, shape in zip(out, self.shapes, strict=True)
            )
            or not are_apart(out)
        ):
            return None
        read = [arrays[i] for i in self.read]
        numbers = self.numbers_of(scalars)
        status = self.function(self.sizes_at, numbers[0], *map(id, read), *map(id, out))
        if status:
            found: tuple[Array, ...] | None = self.otherwise(status, scalars, arrays, out)
            return found
        return tuple(out)

    def numbers_of(self, scalars: tuple[Any, ...]) -> Addressed:
        """The numbers that C gets, remembered for the last few scalar arguments.  Who calls holds them while
        C runs: they may be forgotten meanwhile."""
        if not self.scalars:
            return self.known[()]
        try:
            return self.known[scalars]
        except (KeyError, TypeError):  # not seen before, or an array, perhaps with one entry
            return self._new_numbers(scalars)

    def _new_numbers(self, scalars: tuple[Any, ...]) -> Addressed:
        name = self.kernel.spec.name
        given = {n: real_number(name, n, x) for n, x in zip(self.scalars, scalars, strict=True)}
        numbers = self.kernel.numbers.of(given, self.n)
        found = ctypes.addressof(numbers), numbers
        if 0 not in given.values() and all(type(x) is float for x in scalars):  # 0 and -0 are one key
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[scalars] = found
        return found

    def otherwise(self, status: int, scalars: tuple[Any, ...], arrays: Sequence[Array], out: Any) -> Any:
        """What C left: ``None`` for the general way, or the NumPy kernel, which knows what to do about
        overflow and what to say of a wrong index."""
        if status == OTHERWISE:
            return None
        rest, numbers = iter(arrays), iter(scalars)
        arguments = self.kernel.spec.arguments
        given = [next(numbers) if a.kind == "scalar" else next(rest) for a in arguments]
        return self.kernel.numpy(*given, out=out)


def _without_lookups(plan: CompiledPlan) -> Callable[..., Array | None]:
    """``CompiledPlan.one`` for one or two arrays: what is looked up once need not be in a call."""
    function, sizes_at, numbers_of = plan.function, plan.sizes_at, plan.numbers_of
    fixed = None if plan.scalars else numbers_of(())
    shape, dtype, empty, kind = plan.shape, plan.dtype, np.empty, ndarray

    def one(out: Array | None, scalars: tuple[Any, ...], x: Array) -> Array | None:
        if out is None:
            out = empty(shape, dtype)
        elif type(out) is not kind or out.dtype is not dtype or out.shape != shape:
            return None
        numbers = fixed or numbers_of(scalars)
        status = function(sizes_at, numbers[0], id(x), id(out))
        return out if not status else plan.otherwise(status, scalars, (x,), out)

    def two(out: Array | None, scalars: tuple[Any, ...], x: Array, y: Array) -> Array | None:
        if out is None:
            out = empty(shape, dtype)
        elif type(out) is not kind or out.dtype is not dtype or out.shape != shape:
            return None
        numbers = fixed or numbers_of(scalars)
        status = function(sizes_at, numbers[0], id(x), id(y), id(out))
        return out if not status else plan.otherwise(status, scalars, (x, y), out)

    return one if len(plan.read) == 1 else two
