"""Functions at the shapes for which they have schedules, in every type, against the NumPy kernels.

Rows come from five that differ, one after another.  So five rows are computed in float64, and every later
turn of a loop over rows must give the bits of the first; no grid of a schedule is a multiple of five, so a
block that computes a wrong row gives other bits.

Functions over several axes have kernels along rows among their steps: the axes along which these lie are
long, and all results are computed in float64.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from codegen.cupy import inside
from codegen.cupy.forced import forced
from codegen.cupy.gpu.checks import UNARY_BITS, dtypes, kernel_of, several, typed
from codegen.cupy.gpu.vectors import Vector
from codegen.cupy.ulps import dtype_of, errors

DIFFERENT = 5
NARROW = 0.6  # ulp of 16 bits: once rounded, and what sums in float32 add
NARROW_PRODUCT = 4.0  # and where factors of products are rounded too


@dataclass(frozen=True)
class Shape:
    """``rows`` rows, a multiple of ``DIFFERENT``, of ``places`` places or, where that is 0, ``size`` bytes.
    ``tier``: the schedule, where it is not that of the size.  ``kind``: the kernels that have it."""

    rows: int
    places: int = 0
    size: int = 0
    tier: str = ""
    kind: str = "rows"

    def length(self, dtype: str) -> int:
        """The places of a row."""
        return self.places or self.size // dtype_of(dtype).itemsize


BLOCKS = 120_000  # bytes of a row that has an SM to itself, fewer places than are split in each type
SHARED = 40_000  # and of one of several
SHAPES = (
    *(Shape(5, n) for n in (7, 33, 64, 264, 2048, 2052, 6004)),
    Shape(2 * 1056 + 28, size=SHARED),  # beyond the blocks that share the rows, and beyond the SMs
    Shape(300, size=BLOCKS),
    Shape(65, size=2 * BLOCKS),  # no room for it in shared memory, and too many rows to split them
    Shape(5, 70004),
    *(Shape(5, 2052, tier=tier) for tier in ("staged", "staged_alone", "staged_in_part", "block", "split")),
)
"""Parts of a warp, a warp, blocks, packs full and not, shared memory, passes, several blocks for a row; then
with so few blocks that each has several rows."""
COLUMNS = (
    *(Shape(320, n, kind="sums") for n in (264, 2052)),
    *(Shape(35, n, tier=t, kind="sums") for t in ("staged_columns", "fetched_columns") for n in (1026, 2052)),
    *(Shape(35, n, tier="columns_in_part", kind="sums") for n in (516, 1024)),
)
"""Sums over all rows, with several rows in a group and several groups."""
INSIDE = (
    *(Shape(5, 1032, tier=tier, kind="inside") for tier in ("", "split")),
    *(Shape(5, n, tier="block", kind="inside") for n in (528, 515)),
)
INSIDE_STAGED = tuple(
    Shape(5, 528, tier=tier, kind="inside") for tier in ("staged", "staged_alone", "staged_in_part")
)
INSIDE_SUMS = (
    Shape(320, 264, kind="inside"),
    Shape(35, 528, tier="block", kind="inside"),
)
"""Rows within functions over several axes, those that are folded, and those with sums over all of them."""
FLAT = (Shape(5, 2052, tier="flat", kind="flat"), Shape(5, 411, tier="flat", kind="flat"))
"""Functions of one place, with so few blocks that each goes round: with packs and without."""


def shapes_of(kernel: Any) -> tuple[Shape, ...]:
    """The shapes for which a kernel has schedules."""
    match type(kernel).__name__:
        case "ElementwiseKernel":
            return FLAT
        case "RowKernel":
            return (*SHAPES, *COLUMNS) if kernel.sums else SHAPES
    rows = [step.kernel for step in _along_rows(kernel)]
    return (
        *(INSIDE if rows else ()),
        *(INSIDE_STAGED if any(k.staged for k in rows) else ()),
        *(INSIDE_SUMS if any(k.sums for k in rows) else ()),
    )


def _along_rows(kernel: Any) -> list[Any]:
    """The steps of a function over several axes that are kernels along rows."""
    steps = getattr(kernel, "steps", ())
    return [s for s in steps if type(getattr(s, "kernel", None)).__name__ == "RowKernel"]


def schedules(
    package: ModuleType, cupy: Any, vectors: Sequence[Vector], shapes: Iterable[Shape] | None = None
) -> int:
    """The functions of ``vectors`` (of each the first) at the shapes for their schedules, or those of them
    among ``shapes``, in every type; how many calls were compared."""
    compared = 0
    asked = None if shapes is None else frozenset(shapes)
    for vector in {v.function: v for v in reversed(vectors)}.values():
        kernel = kernel_of(package, vector.function)
        for shape in shapes_of(kernel):
            if asked is None or shape in asked:
                for dtype in dtypes():
                    _compare(package, cupy, vector, shape, dtype)
                    compared += 1
    assert compared
    return compared


def call(package: ModuleType, xp: Any, vector: Vector, shape: Shape, dtype: str) -> tuple[Any, ...]:
    """The results at a shape, on the arrays of ``xp``."""
    kernel = kernel_of(package, vector.function)
    n = shape.length(dtype)
    if _along_rows(kernel):
        given = drawn(kernel, vector.given, shape.rows, n)
        arguments = {name: xp.asarray(value) for name, value in typed(given, dtype).items()}
    else:
        given = typed(different(kernel, vector.given, n), dtype)
        arguments = _repeated(xp, kernel, given, shape.rows // DIFFERENT)
    with forced(package, shape.tier):
        return several(getattr(package, vector.function)(**arguments))


def _compare(package: ModuleType, cupy: Any, vector: Vector, shape: Shape, dtype: str) -> None:
    peer = getattr(importlib.import_module("generated.numpy_kernels"), vector.function)
    kernel, n, times = kernel_of(package, vector.function), shape.length(dtype), shape.rows // DIFFERENT
    within = bool(_along_rows(kernel))
    given = drawn(kernel, vector.given, shape.rows, n) if within else different(kernel, vector.given, n)
    with np.errstate(all="ignore"):
        wanted = several(peer(**given))
    got = call(package, cupy, vector, shape, dtype)
    where = (vector.function, dtype, shape, n)
    for spec, result, right in zip(kernel.outputs, got, wanted, strict=True):
        if getattr(spec, "role", "element") == "column":
            right = right * times
        elif not within:
            same = _bits(result).reshape(times, -1)
            assert bool((same == same[:1]).all()), (*where, "rows that are alike have other bits")
            result = result[:DIFFERENT]
        error = errors(dtype, cupy.asnumpy(result), right, by_row=True)
        worst = float(np.where(np.isnan(error), np.inf, error).max())
        limit = 96 + (n + shape.rows) ** 0.5
        if dtype in UNARY_BITS:
            limit = NARROW_PRODUCT if within else NARROW
        assert worst <= limit, (*where, worst)


def drawn(kernel: Any, given: Mapping[str, Any], rows: int, n: int) -> dict[str, Any]:
    """Arguments of a function over several axes with long rows: signs and powers of 2 drawn from the numbers
    given, eight bits at random, or few numbers would be rounded alike and their errors add up.  What has a
    long axis is smaller by a power of 2, so that sums of products stay where functions of them are neither
    flat nor cut off."""
    steps = _along_rows(kernel)
    sizes = inside.axis_lengths(steps, (a for t in kernel.arguments for a in t.axes if a != "*"), n)
    sizes["*"] = 1 if any(set(step.batch) - {"*"} for step in steps) else rows
    rng = np.random.default_rng(n)
    found = dict(given)
    for spec in kernel.arguments:
        shape = tuple(sizes[axis.rstrip("'")] for axis in spec.axes)
        smaller = 2.0 ** -round(max(np.log2(max(shape) / 33), 0) / 4)
        some, power = np.frexp(rng.choice(np.asarray(given[spec.name]).reshape(-1), shape))
        found[spec.name] = np.ldexp(np.sign(some) * rng.integers(128, 256, shape), power - 8) * smaller
    return found


def different(kernel: Any, given: Mapping[str, Any], n: int) -> dict[str, Any]:
    """The arguments repeated to five rows of ``n`` places: rows that would be repeated begin elsewhere."""
    found = dict(given)
    for spec in kernel.arrays:
        array = np.asarray(given[spec.name])
        turn, place = np.arange(DIFFERENT), np.arange(n)
        if type(kernel).__name__ == "ElementwiseKernel":
            size = len(array.reshape(-1))
            array = array.reshape(-1)[(17 * turn[:, None] + place) % size]
        elif spec.role == "shared":
            array = array[place % len(array)]
        elif spec.role == "row":
            array = array[turn % len(array)]
        else:
            begin = 7 * (turn // len(array))
            array = array[(turn % len(array))[:, None], (begin[:, None] + place) % array.shape[1]]
        found[spec.name] = array % n if spec.integer else array
    return found


def _repeated(cupy: Any, kernel: Any, given: Mapping[str, Any], times: int) -> dict[str, Any]:
    """The arguments on the GPU, their rows so many times."""
    found = dict(given)
    for spec in kernel.arrays:
        array = cupy.asarray(given[spec.name])
        if spec.role != "shared":
            whole = (times * DIFFERENT, *array.shape[1:])
            array = cupy.ascontiguousarray(cupy.broadcast_to(array, (times, *array.shape))).reshape(whole)
        found[spec.name] = array
    return found


def _bits(array: Any) -> Any:
    return array.view(np.dtype(f"u{array.dtype.itemsize}"))
