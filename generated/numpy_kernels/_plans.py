# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""The short way through a kernel: contiguous arrays of one dtype that need no broadcasting.

Most calls are of this kind.  What such a call needs is found once for each layout of the arguments and kept:
a ``Plan``.  A call then looks its plan up, makes the result, and runs the body on scratch arrays that each
thread keeps, block by block where the arrays are large.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._bodies import run_block, scratch_count
from ._checks import BLOCK_BYTES, DOUBLE, SINGLE, Array, real_number, require_places
from ._spec import Argument, Spec
from ._state import LAWFUL, QUIET, STRICT, WATCHED, buffer_for, enter, leave

__all__ = ["Plan", "plan_for"]

_ALIGNMENT = 64
_KEPT_VIEWS = 256


class _Store(threading.local):
    """The scratch arrays of a thread: buffers of two blocks, and views of them by plan and size of block."""

    def __init__(self) -> None:
        self.buffers: list[Array] = []
        self.views: dict[Any, list[Array]] = {}

    def make(self, key: Any, count: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> list[Array]:
        """``count`` arrays, remembered under ``key``; new ones where a block is larger than two."""
        size = math.prod(shape) * dtype.itemsize
        if size > 2 * BLOCK_BYTES:
            return [np.empty(shape, dtype) for _ in range(count)]
        while len(self.buffers) < count:
            raw = np.empty(2 * BLOCK_BYTES + _ALIGNMENT, np.uint8)
            start = -raw.__array_interface__["data"][0] % _ALIGNMENT
            self.buffers.append(raw[start : start + 2 * BLOCK_BYTES])
        views = [b[:size].view(dtype).reshape(shape) for b in self.buffers[:count]]
        if len(self.views) >= _KEPT_VIEWS:
            self.views.clear()
        self.views[key] = views
        return views


_STORE = _Store()


class Plan:
    """How a kernel runs on arguments of one layout."""

    def __init__(self, spec: Spec, lead: Array, inputs: Sequence[tuple[Argument, str]]) -> None:
        self.spec = spec
        self.dtype, self.shape = lead.dtype, lead.shape
        self.inputs = tuple(inputs)
        self.whole = all(how == "whole" for _, how in inputs)
        rows = spec.rows
        self.n = self.shape[-1] if rows else 0
        self.count = math.prod(self.shape[:-1]) if rows else lead.size
        self.kinds = tuple(_kind(r, rows) for r in spec.results)
        by_kind = {"whole": self.shape, "shared": self.shape[-1:], "row": self.shape[:-1]}
        self.shapes = tuple(by_kind[k] for k in self.kinds)
        self.body = spec.quick or spec.body
        self.constants = self.body.constants_of(self.dtype)
        states = QUIET
        if spec.quick is not None:
            states = STRICT if spec.laws else WATCHED
        elif spec.laws:
            states = LAWFUL
        self.state = states[buffer_for(self.n)]
        self.step = max(1, BLOCK_BYTES // self.dtype.itemsize // max(1, self.n))
        self.single = self.count <= 2 * self.step
        self.memo: dict[tuple[Any, ...], list[Array]] = {}
        self.plain = self.single and len(self.kinds) == 1 and self.kinds != ("shared",)
        self.column = self.kinds == ("row",)

    def one(self, out: Array | None, scalars: tuple[Any, ...], *arrays: Array) -> Array | None:
        """The result, or ``None`` where ``out`` or an argument takes the general way."""
        if not self.plain:
            found = self.several(None if out is None else (out,), scalars, *arrays)
            return None if found is None else found[0]
        if out is None:
            out = np.empty(self.shapes[0], self.dtype)
        elif not self._takes(out, self.shapes[0], arrays):
            return None
        given: Sequence[Any] = arrays if self.whole else self._views(arrays)
        view = out[..., None] if self.column else out
        body = self.body
        numbers = self._numbers(scalars) if scalars else ()
        scratch: Sequence[Array] = ()
        if body.scratch:
            scratch = _STORE.views.get(self) or _STORE.make(self, body.scratch, self.shape, self.dtype)
        token = enter(self.state)
        try:
            body.run(self.constants, *given, *numbers, view, *scratch)
        except FloatingPointError:
            self._again(list(given), scalars, [view])
        finally:
            leave(token)
        return out

    def several(
        self, out: Sequence[Array] | None, scalars: tuple[Any, ...], *arrays: Array
    ) -> tuple[Array, ...] | None:
        """The results, or ``None`` where ``out`` or an argument takes the general way."""
        if out is None:
            out = [np.empty(shape, self.dtype) for shape in self.shapes]
        elif not self._take(out, arrays):
            return None
        n = self.n
        if scalars:
            scalars = self._checked(scalars)
        inputs = self._views(arrays)
        views: list[Any] = []
        for kind, x in zip(self.kinds, out, strict=True):
            views.append(np.zeros(n) if kind == "shared" else x[..., None] if kind == "row" else x)
        if self.single:
            self._block(self, inputs, scalars, views, self.shape)
        else:
            self._blocks(inputs, scalars, views)
        for kind, x, view in zip(self.kinds, out, views, strict=True):
            if kind == "shared":
                x[...] = view
        return tuple(out)

    def _views(self, arrays: Sequence[Array]) -> list[Any]:
        """The arguments as the body takes them, checked if they name places."""
        found: list[Any] = []
        for (argument, how), x in zip(self.inputs, arrays, strict=True):
            if argument.place:
                require_places(self.spec.name, argument.name, x, self.n)
            found.append(x[..., None] if how == "row" else x)
        return found

    def _blocks(self, inputs: list[Any], scalars: tuple[Any, ...], views: list[Any]) -> None:
        inner = (self.n,) if self.spec.rows else ()
        split = [how != "shared" for _, how in self.inputs]
        flat = [
            x.reshape(self.count, *x.shape[-1:] if inner else ()) if s else x
            for x, s in zip(inputs, split, strict=True)
        ]
        targets = [
            v if k == "shared" else v.reshape(self.count, *v.shape[-1:] if inner else ())
            for v, k in zip(views, self.kinds, strict=True)
        ]
        step = self.step
        for start in range(0, self.count, step):
            part = slice(start, start + step)
            size = min(step, self.count - start)
            self._block(
                (self, size),
                [x[part] if s else x for x, s in zip(flat, split, strict=True)],
                scalars,
                [v if k == "shared" else v[part] for v, k in zip(targets, self.kinds, strict=True)],
                (size, *inner),
            )

    def _block(
        self,
        key: Any,
        inputs: list[Any],
        scalars: tuple[Any, ...],
        views: list[Any],
        shape: tuple[int, ...],
    ) -> None:
        count = scratch_count(self.spec)
        scratch: list[Array] = []
        if count:
            scratch = _STORE.views.get(key) or _STORE.make(key, count, shape, self.dtype)
        run_block(self.spec, inputs, scalars, self.dtype, views, scratch, self.n)

    def _again(self, arrays: list[Array], scalars: tuple[Any, ...], out: list[Array]) -> None:
        """From the start, with every body and law of the kernel; scratch is new, for it is rarely needed."""
        count = scratch_count(self.spec)
        scratch = [np.empty(self.shape, self.dtype) for _ in range(count)]
        run_block(self.spec, arrays, scalars, self.dtype, out, scratch, self.n, quick=False)

    def _numbers(self, scalars: tuple[Any, ...]) -> list[Array]:
        try:
            known = self.memo.get(scalars)
        except TypeError:  # an array, perhaps with one entry
            known = None
        if known is None:
            checked = self._checked(scalars)
            known = self.body.numbers_of(checked, self.dtype)
            if 0 not in checked:  # 0 and -0 are one key
                self.memo = {checked: known}
        return known

    def _checked(self, scalars: tuple[Any, ...]) -> tuple[Any, ...]:
        for value in scalars:
            if type(value) is not float and type(value) is not int:
                names = [a.name for a in self.spec.arguments if a.kind == "scalar"]
                found = zip(names, scalars, strict=True)
                return tuple(real_number(self.spec.name, name, x) for name, x in found)
        return scalars

    def _take(self, out: Sequence[Any], arrays: Sequence[Array]) -> bool:
        fits = len(out) == len(self.shapes)
        return fits and all(self._takes(x, s, arrays) for x, s in zip(out, self.shapes, strict=True))

    def _takes(self, out: Any, shape: tuple[int, ...], arrays: Sequence[Array]) -> bool:
        """Whether ``out`` can be written as it is: results double as scratch space, so it must lie apart."""
        if type(out) is not np.ndarray or out.dtype is not self.dtype or out.shape != shape:
            return False
        if not out.flags.carray:
            return False
        own = out.base is None
        for x in arrays:
            if x is out or (not (own and x.base is None) and np.may_share_memory(x, out)):
                return False
        return True


def _kind(result: Argument, rows: bool) -> str:
    if result.kind == "shared":
        return "shared"
    return "whole" if result.row or not rows else "row"


def plan_for(spec: Spec, arrays: Sequence[Array]) -> Plan | None:
    """The plan for arguments like ``arrays`` (the scalars left out), or ``None`` where there is none."""
    arguments = [a for a in spec.arguments if a.kind != "scalar"]
    if spec.tables is not None or any(a.literal for a in arguments):
        return None
    full = (x for a, x in zip(arguments, arrays, strict=True) if _is_full(a, spec.rows))
    lead = next(full, None)
    if lead is None or not lead.size or not lead.ndim or lead.dtype not in (SINGLE, DOUBLE):
        return None
    inputs = []
    for argument, x in zip(arguments, arrays, strict=True):
        how = _layout(argument, spec.rows, x.shape, lead.shape)
        fits = x.dtype.kind in "iu" if argument.kind == "integer" else x.dtype is lead.dtype
        if not (how and fits and x.dtype.isnative and x.flags.c_contiguous):
            return None
        inputs.append((argument, how))
    return Plan(spec, lead, inputs)


def _is_full(argument: Argument, rows: bool) -> bool:
    return argument.kind in ("array", "cotangent") and argument.row == rows


def _layout(argument: Argument, rows: bool, shape: tuple[int, ...], whole: tuple[int, ...]) -> str:
    """How an argument lies beside the full ones: whole, row, shared; empty if it does not fit."""
    if argument.kind == "shared":
        return "shared" if shape == whole[-1:] else ""
    if argument.kind == "integer" and rows:
        return "row" if shape == whole[:-1] else ""
    if argument.row or not rows:
        return "whole" if shape == whole else ""
    return "row" if shape == whole[:-1] else ""
