# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Kernels over several axes: checks, blocks of one axis, contractions as products of matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, prod
from typing import Any

import numpy as np

from ._checks import (
    BLOCK_BYTES,
    DOUBLE,
    HALF,
    SINGLE,
    Array,
    are_apart,
    as_arrays,
    as_results,
    require_places,
)
from ._scratch import STORE
from ._spec import REMEMBERED, Constants, HasConstants
from ._state import BOUNDED, QUIET, enter, leave
from ._tiles import TileBody, Tiles, tile_sizes

__all__ = ["Tensor", "TensorKernel"]


def _never(out: Any, scalars: tuple[Any, ...], *given: Array) -> None:
    """For layouts that always take the general way."""


LARGE = 1 << 17  # bytes; smaller arrays come without page faults


@dataclass(frozen=True)
class Tensor:
    """An argument or result: its axes by name, "*" for all leading ones.  ``kind``: array, cotangent (of
    exactly the forward shape), integer or scalar.  ``place``: its numbers name entries of that axis."""

    name: str
    axes: tuple[str, ...] = ()
    kind: str = "array"
    place: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What follows from the dtypes and shapes of the arguments, found once for each.

    ``named``: the arguments that name places, and how many there are.  ``several(out, (), *given)`` gives the
    results and ``one`` a single one where the body takes all arguments as they are in one go, ``None`` where
    the call takes the general way: for several blocks, scalars or half precision, or because of ``out`` or of
    what came out."""

    sizes: dict[str, int]
    batch: tuple[int, ...]
    dtype: np.dtype[Any]
    shapes: list[tuple[int, ...]]
    empty: bool
    named: tuple[tuple[int, str, int], ...]
    several: Callable[..., tuple[Array, ...] | None]

    def one(self, out: Array | None, scalars: tuple[Any, ...], *given: Array) -> Array | None:
        found = self.several(None if out is None else (out,), scalars, *given)
        return None if found is None else found[0]


@dataclass(frozen=True)
class TensorKernel(HasConstants):
    """``body(constants, *inputs, *places, *scalars, *results, *rooms)`` on whole arrays, or on blocks of an
    axis; ``rooms`` is how many buffers the body has its values in.

    ``inputs`` are (argument, the axes under which the body reads it).  ``block``: the axis of the blocks,
    ``limit``: an axis of which a block needs no more than the entries up to its own end, ``sums``:
    results that the body adds to, ``derived``: axes of results as long as the sum of others, less one for
    each but the first, ``tiles``: bodies for parts of rows that are too long to hold.

    Single precision that overflows anywhere is computed again in double precision.  NumPy does not see the
    flags that other threads of BLAS raise, so where there may be some, a result that is not finite counts:
    in large ``products`` of matrices.

    With a ``limit``, a weight of 0 times NaN or an infinity at a place beyond a row's own would make the row
    NaN.  Where a result is not finite because of arguments, rows of blocks with such arguments go alone,
    each up to its own end.
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
    tiles: Tiles | None = None
    rooms: int = 0
    products: bool = True
    _typed: dict[str, Constants] = field(default_factory=dict, compare=False)
    plans: dict[tuple[Any, ...], Layout] = field(default_factory=dict, compare=False)

    def plan(self, key: tuple[Any, ...], *arrays: Array) -> Layout:
        """The layout of arguments of dtypes and shapes not in ``plans`` yet."""
        values, layout = self._read(arrays)
        if all(x is y for x, y in zip(values, arrays, strict=True)):
            if len(self.plans) >= REMEMBERED:
                self.plans.clear()
            self.plans[key] = layout
        return layout

    def one(self, *given: Any, out: Array | None = None) -> Array:
        """Runs a kernel with one result."""
        (result,) = self._run(given, None if out is None else (out,))
        return result

    def several(self, *given: Any, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results."""
        return tuple(self._run(given, out))

    def _run(self, given: tuple[Any, ...], out: Sequence[Array] | None) -> Sequence[Array]:
        found, layout = self._read(given)
        for at, name, count in layout.named:
            require_places(self.name, name, found[at], count)
        dtype = layout.dtype
        if out is None:
            results = [np.empty(shape, dtype) for shape in layout.shapes]
        else:
            results = as_results(self.name, layout.shapes, dtype, out)
            found = [
                x.copy() if isinstance(x, np.ndarray) and any(_share(x, y) for y in results) else x
                for x in found
            ]
        sizes, batch = layout.sizes, layout.batch
        values = dict(zip((a.name for a in self.arguments), found, strict=True))
        work = SINGLE if dtype == HALF else dtype
        for r, x in zip(self.results, results, strict=True):
            if r.name in self.sums or (self.tiles and r.name in self.tiles.sums) or layout.empty:
                x.fill(0)
        if layout.empty:
            return results
        if work != SINGLE or not self._computed(BOUNDED[0], values, sizes, batch, work, results):
            self._computed(QUIET[0], values, sizes, batch, DOUBLE, results)
        if self.limit and not (_are_finite(results) or _are_finite(values.values())):
            for x in results:
                x.fill(0)
            self._computed(QUIET[0], values, sizes, batch, DOUBLE, results, alone=True)
        return results

    def _computed(
        self,
        state: Any,
        values: dict[str, Any],
        sizes: dict[str, int],
        batch: tuple[int, ...],
        work: np.dtype[Any],
        results: list[Array],
        alone: bool = False,
    ) -> bool:
        """Writes the results, computed in ``work``; False where a flag was raised that ``state`` watches."""
        arrays = [a.name for a in self.arguments if a.kind not in ("scalar", "integer")]
        values = {**values, **{name: values[name].astype(work, copy=False) for name in arrays}}
        targets = [x if x.dtype == work else np.zeros(x.shape, work) for x in results]
        token = enter(state)
        try:
            self._compute(values, sizes, batch, work, targets, alone)
        except FloatingPointError:
            return False
        finally:
            leave(token)
        for x, target in zip(results, targets, strict=True):
            if x is not target:
                with np.errstate(all="ignore"):
                    x[...] = target
        return state is QUIET[0] or not (
            self.products and _is_shared(sizes, batch) and _is_lost(results, values)
        )

    def _read(self, given: tuple[Any, ...]) -> tuple[Sequence[Any], Layout]:
        """The arguments, checked, and their layout."""
        found, dtype = as_arrays(self.name, self.arguments, given)
        return found, self._layout(dict(zip((a.name for a in self.arguments), found, strict=True)), dtype)

    def _layout(self, values: dict[str, Any], dtype: np.dtype[Any]) -> Layout:
        sizes, batch = self._sizes(values)
        empty = 0 in (*sizes.values(), *batch)
        at = {a.name: i for i, a in enumerate(self.arguments)}
        scalars = any(a.kind == "scalar" for a in self.arguments)
        short = not (empty or scalars or dtype == HALF)
        held = 0
        if short and self.block:
            held = self._held_at_once(values, sizes, batch, dtype)
            short = 0 < held <= BLOCK_BYTES
        shapes = [self._shape(r, sizes, batch) for r in self.results]
        named = tuple((at[a.name], a.name, sizes[a.place]) for a in self.arguments if a.place)
        layout = Layout(sizes, batch, dtype, shapes, empty, named, _never)
        return replace(layout, several=self._short(layout, held)) if short else layout

    def _short(self, layout: Layout, held: int) -> Callable[..., tuple[Array, ...] | None]:
        """The body on the arguments as they are; ``held``: the bytes of each of its rooms."""
        sizes, batch, named = layout.sizes, layout.batch, layout.named
        dtype, shapes = layout.dtype, layout.shapes
        at = {a.name: i for i, a in enumerate(self.arguments)}
        order = tuple(at[n] for n, _ in self.inputs)
        places = tuple(np.arange(sizes[_length(n)]) for n in self.places)
        sums = [i for i, r in enumerate(self.results) if r.name in self.sums]
        roomy, no_rooms = held >= LARGE, (None,) * self.rooms
        body, constants = self.body, self.constants_of(dtype)
        state = BOUNDED[0] if dtype == SINGLE else QUIET[0]
        looked_at = bool(self.limit) or (dtype == SINGLE and self.products and _is_shared(sizes, batch))
        ndarray, empty, share = np.ndarray, np.empty, np.may_share_memory
        limit, rooms, kernel = self.limit, self.rooms, self.name

        def several(
            out: Sequence[Array] | None, scalars: tuple[Any, ...], *given: Array
        ) -> tuple[Array, ...] | None:
            for i, name, count in named:
                require_places(kernel, name, given[i], count)
            results: Sequence[Array]
            if out is None:
                results = [empty(shape, dtype) for shape in shapes]
            elif len(out) != len(shapes):
                return None
            else:
                for x, shape in zip(out, shapes):  # noqa: B905 - of one length, and to say so takes time
                    if type(x) is not ndarray or x.dtype is not dtype or x.shape != shape:
                        return None
                    if not x.flags.writeable:
                        return None
                    apart = x.base is None
                    for y in given:
                        if x is y or (not (apart and y.base is None) and share(x, y)):
                            return None
                if not are_apart(out):
                    return None
                results = out
            for i in sums:
                results[i].fill(0)
            own = STORE.raw(rooms, held) if roomy else no_rooms
            token = enter(state)
            try:
                body(constants, *[given[i] for i in order], *places, *results, *own)
            except FloatingPointError:
                return None
            finally:
                leave(token)
            if looked_at and not _are_finite(results) and (limit or _are_finite(given)):
                return None
            return tuple(results)

        return several

    def _held_at_once(
        self, values: dict[str, Any], sizes: dict[str, int], batch: tuple[int, ...], work: np.dtype[Any]
    ) -> int:
        """The bytes of a matrix of all leading axes together; 0 where they broadcast or there are several
        blocks."""
        for a in self.arguments:
            x = values[a.name]
            if "*" in a.axes and x.shape[: x.ndim - len(a.axes) + 1] != batch:
                return 0
        part, tiles = next(self._blocks(sizes, work))
        if tiles is not None or part[self.block].stop < sizes[_length(self.block)]:
            return 0
        return prod(batch) * self._held(part, sizes) * work.itemsize

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
        alone: bool,
    ) -> None:
        constants = self.constants_of(work)
        scalars = [values[a.name] for a in self.arguments if a.kind == "scalar"]
        found = self.numbers(*map(np.float64, scalars)) if self.numbers else scalars
        numbers = [np.asarray(x, work) for x in found]
        axes = {a.name: a.axes for a in self.arguments}
        if not self.block:
            places = [np.arange(sizes[_length(n)]) for n in self.places]
            self.body(constants, *[values[n] for n, _ in self.inputs], *places, *numbers, *results)
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
            parts = self._apart(at, sizes, work) if alone else self._blocks(sizes, work)
            for part, tiles in parts:
                if tiles is not None:
                    self._by_tiles(tiles, part, at, sizes, work, outs)
                    continue
                inputs = [_part(at[n], named, part) for n, named in self.inputs]
                places = [np.arange(sizes[_length(n)])[part.get(n, slice(None))] for n in self.places]
                views = [_part(x, r.axes, part) for r, x in zip(self.results, outs, strict=True)]
                held = self._held(part, sizes) * work.itemsize
                rooms = STORE.raw(self.rooms, held) if held >= LARGE else [None] * self.rooms
                self.body(constants, *inputs, *places, *numbers, *views, *rooms)

    def _blocks(
        self, sizes: dict[str, int], work: np.dtype[Any]
    ) -> Iterator[tuple[dict[str, slice], Tiles | None]]:
        """Slices of the block's axis (and of the limited one), with the tiles where rows are done by them:
        where too few whole rows stay in cache, and a tile has less than all keys."""
        length, area = sizes[_length(self.block)], self._area(sizes, work)
        start = 0
        while start < length:
            rows, tiles = min(max(area // max(sizes.values()), 16), 256), None
            if self.tiles is not None:
                tall, keys = tile_sizes(area)
                reach = min(start + tall, length) if self.limit else sizes[_length(self.tiles.axis)]
                rows = min(max(BLOCK_BYTES // (work.itemsize * reach), 16), 256)
                if self.tiles.are_better(min(rows, length)) and reach > keys:
                    rows, tiles = tall, self.tiles
            part = {self.block: slice(start, start := min(start + rows, length))}
            if self.limit:
                part[self.limit] = slice(0, start)
            yield part, tiles

    def _apart(
        self, at: dict[str, Array], sizes: dict[str, int], work: np.dtype[Any]
    ) -> Iterator[tuple[dict[str, slice], Tiles | None]]:
        """The blocks, row by row where an argument is not finite within the block: whatever is beyond the
        end of a row is left out."""
        limited = [(a.name, a.axes) for a in self.arguments if self.block in a.axes]
        for part, tiles in self._blocks(sizes, work):
            rows = part[self.block]
            if _are_finite(_part(at[n], axes, {self.block: rows}) for n, axes in limited):
                yield part, tiles
                continue
            for row in range(rows.start, rows.stop):
                yield {self.block: slice(row, row + 1), self.limit: slice(0, row + 1)}, None

    def _held(self, part: dict[str, slice], sizes: dict[str, int]) -> int:
        """How many entries a matrix of a block has."""
        lengths = {**sizes, **({_length(self.limit): part[self.limit].stop} if self.limit else {})}
        rows = part[self.block].stop - part[self.block].start
        return int(rows * max(lengths.values()) * self._beside(sizes))

    def _area(self, sizes: dict[str, int], work: np.dtype[Any]) -> int:
        """How many entries of a matrix stay in cache."""
        return BLOCK_BYTES // (work.itemsize * self._beside(sizes))

    def _beside(self, sizes: dict[str, int]) -> int:
        return prod(sizes[_length(n)] for n in self.tiles.beside) if self.tiles else 1

    def _by_tiles(
        self,
        tiles: Tiles,
        block: dict[str, slice],
        at: dict[str, Array],
        sizes: dict[str, int],
        work: np.dtype[Any],
        outs: list[Array],
    ) -> None:
        """One block of rows, for which the keys are folded tile by tile and then gone through again."""

        def run(one: TileBody, part: dict[str, slice], state: dict[str, Array]) -> Any:
            inputs = [state[n] if n in state else _part(at[n], named, part) for n, named in one.inputs]
            places = [np.arange(sizes[_length(n)])[part.get(n, slice(None))] for n in one.places]
            views = [
                _part(x, r.axes, part)
                for r, x in zip(self.results, outs, strict=True)
                if r.name in one.results
            ]
            rooms = STORE.raw(one.rooms, BLOCK_BYTES)
            return one.body(one.constants_of(work), *inputs, *places, *views, *rooms)

        _, keys = tile_sizes(self._area(sizes, work))
        end = block[self.limit].stop if self.limit else sizes[_length(tiles.axis)]
        parts = [{**block, tiles.axis: slice(s, min(s + keys, end))} for s in range(0, end, keys)]
        state: dict[str, Array] = {}
        for part in parts:
            found = dict(zip(tiles.state, run(tiles.fold, part, {}), strict=True))
            state = tiles.merged(state, found) if state else found
        if tiles.again is not None:
            for part in parts:
                run(tiles.again, part, state)
        if tiles.finish is not None:
            run(tiles.finish, block, state)


ALONE = 1 << 18  # multiplications in a product that OpenBLAS does not share among threads


def _is_shared(sizes: dict[str, int], batch: tuple[int, ...]) -> bool:
    """Whether a product of matrices of these sizes may be shared among threads; leading axes, if they are no
    stack of products, are rows of one."""
    return prod(sorted((*sizes.values(), prod(batch)))[-3:]) > ALONE


def _is_lost(results: list[Array], values: dict[str, Any]) -> bool:
    """Whether a result is not finite though the arguments are."""
    return not _are_finite(results) and _are_finite(values.values())


def _are_finite(arrays: Iterable[Array]) -> bool:
    """A finite sum of squares says it in half the time; another one may have overflowed."""
    return all(isfinite(np.vdot(x, x)) or np.isfinite(x).all() for x in arrays)


def _share(x: Array, y: Array) -> bool:
    """Whether two arrays may share memory; two that own theirs do not, unless they are one."""
    return x is y or ((x.base is not None or y.base is not None) and np.may_share_memory(x, y))


def _length(axis: str) -> str:
    return axis.rstrip("'")


def _part(x: Array, axes: tuple[str, ...], part: dict[str, slice]) -> Array:
    return x[tuple(part.get(n, slice(None)) for n in axes if n != "*")]
