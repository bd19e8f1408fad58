# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""The short way through a kernel: contiguous arrays of one dtype that need no broadcasting.

Most calls are of this kind.  What such a call needs is found once for each layout of the arguments and kept:
a ``Plan``.  A call then looks its plan up, makes the result, and runs the body on scratch arrays that each
thread keeps, block by block where the arrays are large.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from ._bodies import run_block, scratch_count
from ._checks import (
    BLOCK_BYTES,
    DOUBLE,
    SINGLE,
    Array,
    are_apart,
    real_number,
    require_places,
)
from ._scratch import STORE
from ._spec import Argument, Spec
from ._state import BOUNDED, LAWFUL, QUIET, STRICT, WATCHED, buffer_for, enter, leave

__all__ = ["Plan", "layouts", "plan_for"]


def block_bytes(arrays: int, rows: bool) -> int:
    """The bytes of each of ``arrays`` in a block.

    Few arrays make few passes, and the calls of a block count for more than what the next cache costs; where
    there are rows, a block has short calls besides."""
    if arrays <= FEW:
        return 4 * BLOCK_BYTES
    return 2 * BLOCK_BYTES if rows else BLOCK_BYTES // 2


FEW = 3


Several = Callable[..., tuple[Array, ...] | None]


class Plan:
    """How a kernel runs on arguments of one layout.

    ``one(out, scalars, *arrays)`` gives the result of a kernel that has one, ``several`` the results of one
    that has more; ``None`` where ``out`` or an argument takes the general way.
    """

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
        self.body = (*spec.quick, spec.body)[0]
        self.constants = self.body.constants_of(self.dtype)
        self.raises = bool(spec.quick or spec.laws or lead.dtype == SINGLE)
        states = BOUNDED if lead.dtype == SINGLE else QUIET
        if spec.quick:
            states = STRICT if spec.laws else WATCHED
        elif spec.laws:
            states = LAWFUL
        self.state = states[buffer_for(self.stretch())]
        arrays = sum(how == "whole" for _, how in inputs) + self.kinds.count("whole") + self.body.scratch
        self.step = max(1, block_bytes(arrays, rows) // self.dtype.itemsize // max(1, self.n))
        self.single = self.count <= 2 * self.step
        self.memo: dict[tuple[Any, ...], list[Array]] = {}
        plain = self.single and len(self.kinds) == 1 and self.kinds != ("shared",)
        lean = plain and self.whole and not self.body.scratch and self.kinds == ("whole",)
        lean = lean and len(self.inputs) <= 2 and sum(a.kind == "scalar" for a in spec.arguments) <= 1
        make = _lean if lean else _one_block
        self.one: Callable[..., Array | None] = make(self) if plain else self._one
        self.several: Several = _several_of_one_block(self) if self.single else self._by_blocks

    def stretch(self) -> int:
        """How many entries lie one after the other in what NumPy's innermost loop runs over."""
        return self.n

    def _one(self, out: Array | None, scalars: tuple[Any, ...], *arrays: Array) -> Array | None:
        found = self.several(None if out is None else (out,), scalars, *arrays)
        return None if found is None else found[0]

    def _by_blocks(
        self, out: Sequence[Array] | None, scalars: tuple[Any, ...], *arrays: Array
    ) -> tuple[Array, ...] | None:
        out = self.results(out, arrays)
        if out is None:
            return None
        inputs = list(arrays) if self.whole else self.views_of(arrays)
        views: list[Any] = []
        for kind, x in zip(self.kinds, out, strict=True):
            views.append(np.zeros(self.n) if kind == "shared" else x[..., None] if kind == "row" else x)
        self._run(inputs, views, scalars)
        for kind, x, view in zip(self.kinds, out, views, strict=True):
            if kind == "shared":
                x[...] = view
        return tuple(out)

    def results(self, out: Sequence[Array] | None, arrays: Sequence[Array]) -> Sequence[Array] | None:
        """``out`` or new arrays; ``None`` where it or an argument takes the general way."""
        for x in arrays:
            if not x.flags.c_contiguous:
                return None
        if out is None:
            return [np.empty(shape, self.dtype) for shape in self.shapes]
        return out if self.take(out, arrays) else None

    def views_of(self, arrays: Sequence[Array]) -> list[Any]:
        """The arguments as the body takes them, checked if they name places."""
        found: list[Any] = []
        for (argument, how), x in zip(self.inputs, arrays, strict=True):
            if argument.place:
                require_places(self.spec.name, argument.name, x, self.n)
            found.append(x[..., None] if how == "row" else x)
        return found

    def _run(self, inputs: list[Any], views: list[Any], scalars: tuple[Any, ...]) -> None:
        """The body on each block.  Where it raises a flag the block is computed again with care, and after
        ``PATIENCE`` such blocks the rest of the call is, too."""
        run, constants = self.body.run, self.constants
        numbers: Sequence[Any] = ()
        if scalars:
            try:
                numbers = self.memo.get(scalars) or self.numbers(scalars)
            except TypeError:  # an array, perhaps with one entry
                numbers = self.numbers(scalars)
        parts: Iterable[_Part]
        if self.single:
            parts = ((self.shape, ((*inputs, *numbers, *views, *self._scratch(self, self.shape)),)),)
        else:
            parts = self._parts(inputs, numbers, views)
        shared = [i for i, k in enumerate(self.kinds) if k == "shared"] if self.raises else []
        first = len(inputs) + len(numbers)
        failed = 0
        token = enter(self.state)
        try:
            for shape, blocks in parts:
                for block in blocks:
                    before = [views[i].copy() for i in shared] if shared else shared
                    if failed < PATIENCE:
                        try:
                            run(constants, *block)
                            continue
                        except FloatingPointError:
                            failed += bool(self.spec.quick)
                    for i, saved in zip(shared, before, strict=True):
                        views[i][...] = saved
                    given, targets = block[: len(inputs)], block[first : first + len(views)]
                    self.again(list(given), scalars, list(targets), shape)
        finally:
            leave(token)

    def _parts(self, inputs: list[Any], numbers: Sequence[Any], views: list[Any]) -> Iterator[_Part]:
        """The full blocks, then what is left over: what the body gets in each.

        NumPy cuts an array along its first axis when it is iterated over, for a fraction of what slices
        cost: with those a block of 32 KiB would take longer to cut out than to add up."""
        left = self.count % self.step
        for start, stop, size in ((0, self.count - left, self.step), (self.count - left, self.count, left)):
            if start == stop:
                continue
            shape = (size, self.n) if self.spec.rows else (size,)

            def cut(x: Array, how: str, at: slice = slice(start, stop), size: int = size) -> Iterable[Array]:
                if how == "shared":
                    return repeat(x)
                inner = x.shape[-1:] if self.spec.rows else ()
                return x.reshape(self.count, *inner)[at].reshape(-1, size, *inner)

            arrays = [cut(x, how) for (_, how), x in zip(self.inputs, inputs, strict=True)]
            results = [cut(x, kind) for kind, x in zip(self.kinds, views, strict=True)]
            scratch = self._scratch((self, size), shape)
            yield shape, zip(*arrays, *map(repeat, numbers), *results, *map(repeat, scratch), strict=False)

    def _scratch(self, key: Any, shape: tuple[int, ...]) -> Sequence[Array]:
        if not self.body.scratch:
            return ()
        return STORE.views.get(key) or STORE.make(key, self.body.scratch, shape, self.dtype)

    def again(
        self, arrays: list[Any], scalars: tuple[Any, ...], targets: list[Any], shape: tuple[int, ...]
    ) -> None:
        """From the start, with every body and law of the kernel; scratch is new, for it is rarely needed."""
        scratch = self.fresh(scratch_count(self.spec), shape)
        checked = self.checked(scalars)
        run_block(self.spec, arrays, checked, self.dtype, targets, scratch, self.n, first=1)

    def fresh(self, count: int, shape: tuple[int, ...]) -> list[Array]:
        """New arrays that lie as scratch does."""
        return [np.empty(shape, self.dtype) for _ in range(count)]

    def numbers(self, scalars: tuple[Any, ...]) -> list[Array]:
        """What the body gets of the scalar arguments."""
        checked = self.checked(scalars)
        found = self.body.numbers_of(checked, self.dtype)
        if 0 not in checked and all(type(x) is float for x in scalars):  # 0 and -0 are one key
            self.memo = {scalars: found}
        return found

    def checked(self, scalars: tuple[Any, ...]) -> tuple[Any, ...]:
        for value in scalars:
            if type(value) is not float:
                names = [a.name for a in self.spec.arguments if a.kind == "scalar"]
                found = zip(names, scalars, strict=True)
                return tuple(real_number(self.spec.name, name, x) for name, x in found)
        return scalars

    def take(self, out: Sequence[Any], arrays: Sequence[Array]) -> bool:
        """Whether the results can be written to ``out`` as it is: ``takes`` for each, in one go."""
        if len(out) != len(self.shapes):
            return False
        own = True
        for x, shape in zip(out, self.shapes, strict=True):
            if type(x) is not np.ndarray or x.dtype is not self.dtype or x.shape != shape:
                return False
            if not x.flags.carray:
                return False
            own = own and x.base is None
        if len(out) > 1 and not are_apart(out):
            return False
        for y in arrays:
            own = own and y.base is None
        if own:  # no two of them share memory unless they are one
            places = {id(x) for x in out}
            return not any(id(y) in places for y in arrays)
        return not any(np.may_share_memory(x, y) for x in out for y in arrays)


PATIENCE = 2
_Part = tuple[tuple[int, ...], Iterable[tuple[Any, ...]]]  # shape of blocks, and for each what the body gets


def _one_block(plan: Plan) -> Callable[..., Array | None]:
    """``Plan.one`` for arrays of one block and one result: nothing is looked up twice."""
    shape, dtype, state = plan.shapes[0], plan.dtype, plan.state
    run, constants = plan.body.run, plan.constants
    whole, column, count, rows = plan.whole, plan.kinds == ("row",), plan.body.scratch, plan.spec.rows
    ndarray, empty, share, store = np.ndarray, np.empty, np.may_share_memory, STORE

    def one(out: Array | None, scalars: tuple[Any, ...], *arrays: Array) -> Array | None:
        if out is None:
            out = empty(shape, dtype)
        elif type(out) is not ndarray or out.dtype is not dtype or out.shape != shape or not out.flags.carray:
            return None
        else:  # results double as scratch space, so they must lie apart
            own = out.base is None
            for x in arrays:
                if x is out or (not (own and x.base is None) and share(x, out)):
                    return None
        given: Sequence[Any] = arrays
        if rows:
            for x in arrays:
                if not x.flags.c_contiguous:
                    return None
            if not whole:
                given = plan.views_of(arrays)
        numbers: Sequence[Any] = ()
        if scalars:
            try:
                numbers = plan.memo.get(scalars) or plan.numbers(scalars)
            except TypeError:  # an array, perhaps with one entry
                numbers = plan.numbers(scalars)
        view = out[..., None] if column else out
        token = enter(state)
        try:
            if count:
                scratch = store.views.get(plan) or store.make(plan, count, plan.shape, dtype)
                run(constants, *given, *numbers, view, *scratch)
            else:
                run(constants, *given, *numbers, view)
        except FloatingPointError:
            plan.again(list(given), scalars, [view], plan.shape)
        finally:
            leave(token)
        return out

    return one


def _several_of_one_block(plan: Plan) -> Several:
    """``Plan.several`` for arrays of one block."""
    shape, shapes, dtype, state = plan.shape, plan.shapes, plan.dtype, plan.state
    run, constants, scratched, n = plan.body.run, plan.constants, plan.body.scratch, plan.n
    whole, rows = plan.whole, plan.spec.rows
    columns = [i for i, kind in enumerate(plan.kinds) if kind == "row"]
    shared = [i for i, kind in enumerate(plan.kinds) if kind == "shared"]
    ndarray, empty, zeros, share, store = np.ndarray, np.empty, np.zeros, np.may_share_memory, STORE

    def several(
        out: Sequence[Array] | None, scalars: tuple[Any, ...], *arrays: Array
    ) -> tuple[Array, ...] | None:
        if out is None:
            found: Sequence[Array] = [empty(s, dtype) for s in shapes]
        else:
            if len(out) != len(shapes):
                return None
            found, own = out, True
            for x, s in zip(out, shapes):  # noqa: B905 - of one length, and to say so takes time
                if type(x) is not ndarray or x.dtype is not dtype or x.shape != s or not x.flags.carray:
                    return None
                own = own and x.base is None
            if not are_apart(found):
                return None
            for x in arrays:
                apart = own and x.base is None  # two arrays of their own share memory only if they are one
                for y in found:
                    if x is y or (not apart and share(x, y)):
                        return None
        given: Sequence[Any] = arrays
        if rows:
            for x in arrays:
                if not x.flags.c_contiguous:
                    return None
            if not whole:
                given = plan.views_of(arrays)
        numbers: Sequence[Any] = ()
        if scalars:
            try:
                numbers = plan.memo.get(scalars) or plan.numbers(scalars)
            except TypeError:  # an array, perhaps with one entry
                numbers = plan.numbers(scalars)
        views: Sequence[Any] = found
        if columns or shared:
            views = list(found)
            for i in columns:
                views[i] = found[i][..., None]
            for i in shared:
                views[i] = zeros(n)
        scratch: Sequence[Array] = ()
        if scratched:
            scratch = store.views.get(plan) or store.make(plan, scratched, shape, dtype)
        token = enter(state)
        try:
            run(constants, *given, *numbers, *views, *scratch)
        except FloatingPointError:
            for i in shared:
                views[i].fill(0)
            plan.again(list(given), scalars, list(views), shape)
        finally:
            leave(token)
        for i in shared:
            found[i][...] = views[i]
        return tuple(found)

    return several


def _lean(plan: Plan) -> Callable[..., Array | None]:
    """The same for one or two whole arrays, at most one number and no scratch, spelled out: packing and
    unpacking arguments would take as long as one operation on a small array.

    The number of the last call is known by the object: to hash it costs as much as two of the checks."""
    shape, dtype, state, rows = plan.shape, plan.dtype, plan.state, plan.spec.rows
    run, constants = plan.body.run, plan.constants
    ndarray, empty, share = np.ndarray, np.empty, np.may_share_memory
    last: tuple[Any, list[Array]] = (object(), [])

    def one(out: Array | None, scalars: tuple[Any, ...], x: Array, y: Array | None = None) -> Array | None:
        nonlocal last
        if out is None:
            out = empty(shape, dtype)
        else:
            if type(out) is not ndarray or out.dtype is not dtype or out.shape != shape:
                return None
            if out is x or out is y or ((out.base is not None or x.base is not None) and share(x, out)):
                return None
            if y is not None and (out.base is not None or y.base is not None) and share(y, out):
                return None
        if rows and not (x.flags.c_contiguous and out.flags.carray and (y is None or y.flags.c_contiguous)):
            return None
        token = enter(state)
        try:
            if not scalars:
                if y is None:
                    run(constants, x, out)
                else:
                    run(constants, x, y, out)
                return out
            given, numbers = last
            if scalars[0] is not given:
                numbers = plan.numbers(scalars)
                if type(scalars[0]) is float:
                    last = (scalars[0], numbers)
            if len(numbers) == 1:
                if y is None:
                    run(constants, x, numbers[0], out)
                else:
                    run(constants, x, y, numbers[0], out)
            else:
                run(constants, *([x] if y is None else [x, y]), *numbers, out)
        except FloatingPointError:
            plan.again([x] if y is None else [x, y], scalars, [out], shape)
        except ValueError:
            if out.flags.writeable:
                raise
            return None
        finally:
            leave(token)
        return out

    return one


def _kind(result: Argument, rows: bool) -> str:
    if result.kind == "shared":
        return "shared"
    return "whole" if result.row or not rows else "row"


def plan_for(spec: Spec, arrays: Sequence[Array]) -> Plan | None:
    """The plan for arguments like ``arrays`` (the scalars left out), or ``None`` where there is none."""
    found = layouts(spec, arrays)
    return None if found is None else Plan(spec, *found)


def layouts(spec: Spec, arrays: Sequence[Array]) -> tuple[Array, list[tuple[Argument, str]]] | None:
    """The first of the full arrays, and how each argument lies beside it; ``None`` where one does not fit."""
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
        if not (how and fits and x.dtype.isnative):
            return None
        inputs.append((argument, how))
    return lead, inputs


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
