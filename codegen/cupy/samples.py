"""Arguments for every kernel of the catalog: which sizes and types exercise which schedule."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.cupy import inside
from codegen.cupy.capability import kernel_plan, supported
from codegen.cupy.forced import forced
from codegen.cupy.tensor_steps import Fused, TensorPlan
from codegen.cupy.ulps import dtype_of
from codegen.ir import BATCH, Gather, Kind, OneHot, Program, Reduce, length_of, overlapping
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms

Array = npt.NDArray[Any]

__all__ = [
    "DTYPES",
    "Sample",
    "arguments",
    "call",
    "few_samples",
    "functions",
    "measured_samples",
    "samples",
    "small_samples",
    "widest_samples",
]

DTYPES = ("float32", "float16", "bfloat16", "float64")


@dataclass(frozen=True)
class Sample:
    """One call: ``rows`` rows of ``n`` places (elementwise kernels: rows * n places)."""

    dtype: str
    rows: int
    n: int
    offset: int = 0  # numbers by which arrays start off a 16-byte boundary
    tier: str = ""  # the schedule, where it is not that of the size (``codegen.cupy.forced``)
    lengths: tuple[int, ...] = ()  # of the axes in turn, where they are not n, n + 2, ...


def call(package: ModuleType, program: Program, given: Mapping[str, Any], sample: Sample) -> Any:
    """The function of ``package`` on ``given``, by the schedule of ``sample``."""
    with forced(package, sample.tier):
        return getattr(package, program.name)(**given)


def functions(kernels: Iterable[KernelPrograms]) -> list[tuple[KernelPrograms, Program]]:
    """Every function of the package: kernel and program."""
    return [(k, p) for k in supported(kernels) for p in (k.forward, k.backward) if p is not None]


def samples(program: Program) -> tuple[Sample, ...]:
    """Odd sizes, tails, each schedule (a short row, a long row), each type, an unaligned start."""
    if is_tensor(program):
        some = [Sample("float32", 2, 5), Sample("float32", 3, 33), Sample("float32", 2, 8, 1)]
        some += [Sample(dtype, 2, 12) for dtype in DTYPES[1:]]
        if any(map(overlapping, program.row_axes)):  # several blocks for a row, several spans of taps
            some += [Sample("float32", 3, 0, lengths=(1201, 150)), Sample("float16", 70, 0, lengths=(40, 61))]
        return (*some, *_long_inside(program, 647, _LONG_INSIDE))
    if program.is_elementwise:
        plain = [Sample("float32", 1, n) for n in (1, 3, 1027)]
        return (*plain, Sample("float32", 1, 1027, 1), *(Sample(d, 1, 1027) for d in DTYPES[1:]))
    rows = [Sample("float32", *size) for size in _ROWS]
    rows += [Sample("float32", rows, 1199 + rows, tier=tier) for tier, rows in _long(program).items()]
    rows += [Sample("float16", 3, 31), Sample("float16", 2, 4104), Sample("float64", 2, 2051)]
    rows += [Sample(dtype, 3, 24) for dtype in DTYPES[1:]] + [Sample("float16", 2, 2056, tier="staged")]
    if _sums_rows(program):
        tiers = ("staged_columns", "fetched_columns")
        rows += [Sample(dtype, 37, n, tier=tier) for tier in tiers for dtype, n in _STAGED_COLUMNS]
        rows += [Sample("float32", 37, n, tier="columns_in_part") for n in _IN_PART]
    return tuple(rows)


_ROWS = (
    (3, 1), (5, 33), (70, 24), (9, 64), (2, 1020), (2, 1024), (2, 2048), (2, 2052), (1, 12004), (3, 24, 1)
)  # fmt: skip
_STAGED_COLUMNS = (("float32", 1203), ("float16", 2048), ("float64", 1026), ("float64", 1024))
_IN_PART = (1203, 2403)  # with few packs for each thread and with many


def _long(program: Program) -> dict[str, int]:
    """The schedules of long rows, and how many rows show them (three one after another for a block)."""
    return {"staged": 5, "staged_alone": 6, "block": 3, "split": 2} | (
        {"staged_in_part": 5} if _has_several_rows(program) else {}
    )


_LONG_INSIDE = (("float16", "staged", 5, 656), ("bfloat16", "block", 5, 656), ("float64", "block", 5, 645))
"""More of rows within functions over several axes: a type, a schedule, how many rows and how long."""
_SQUARE = {"split_short": 36, "staged_alone": 12}
"""Schedule -> how long rows are where there are as many of them: two parts of a row, two blocks of 1024."""
_SQUARE_ELSE = {"float32": 132}
_SQUARE_OTHER_TYPE = 68
"""The same by type for the other schedules: packs for two warps, in 16 bits for one."""


@functools.cache
def _rows_inside(program: Program) -> tuple[Fused, ...]:
    """The kernels along rows that are steps of a function over several axes."""
    plan = kernel_plan(program)
    assert isinstance(plan, TensorPlan)
    return tuple(s for s in plan.steps if isinstance(s, Fused) and not s.plan.program.is_elementwise)


def _long_inside(
    program: Program, n: int, more: Iterable[tuple[str, str, int, int]] = (), leave_out: Container[str] = ()
) -> Iterator[Sample]:
    """Rows of ``n`` places and more within a function over several axes: held, and by each schedule."""
    steps = _rows_inside(program)
    if not steps:
        return
    programs = [step.plan.program for step in steps]
    folds = any(isinstance(v.node, Reduce) and v.node.axis != BATCH for p in programs for v in p.values)
    # several groups of rows for a sum over all of them, which then cancels nowhere
    tiers = dict.fromkeys(("", "block", "split"), 37 if any(map(_sums_rows, programs)) else 5)
    if folds:
        tiers |= {"staged": 5, "staged_alone": 6}
        tiers |= {"staged_in_part": 5} if any(map(_has_several_rows, programs)) else {}
    few = any(set(step.batch) - {BATCH} for step in steps)
    axes = dict.fromkeys(length_of(a) for a in program.row_axes)
    plain = [a for a in axes if not overlapping(a)]
    chosen = [("float32", t, rows, n + rows) for t, rows in tiers.items() if t not in leave_out]
    square = any({length_of(step.row)} & set(map(length_of, step.batch)) for step in steps)
    for dtype, tier, rows, long in (*chosen, *more):
        if square:
            tier = "split_short" if tier == "split" else tier
            long = _SQUARE.get(tier, _SQUARE_ELSE.get(dtype, _SQUARE_OTHER_TYPE))
        lengths = tuple(inside.axis_lengths(steps, plain, long).values())
        yield Sample(dtype, 1 if few else rows, long, tier=tier, lengths=lengths)


def _has_several_rows(program: Program) -> bool:
    """Whether it reads several arrays that vary along the row."""
    return sum(len(a.axes) == 2 for a in program.arguments) > 1


def _sums_rows(program: Program) -> bool:
    """Whether a result is a sum over all rows."""
    return any(isinstance(v.node, Reduce) and v.node.axis == BATCH for v in program.values)


def measured_samples(program: Program) -> tuple[Sample, ...]:
    """Where errors are measured: few places, as the truth is computed to 50 digits."""
    if is_tensor(program):  # the balls sum over all axes together
        return tuple(Sample(dtype, 2, 0, lengths=(3, 2)) for dtype in DTYPES)
    rows, n = (1, 180) if program.is_elementwise else (4, 24)
    return tuple(Sample(dtype, rows, n) for dtype in DTYPES)


def small_samples(program: Program) -> tuple[Sample, ...]:
    """What the checks of the host harness afford: each schedule once, with a tail and unaligned."""
    if is_tensor(program):
        long = any(map(overlapping, program.row_axes))
        more = (Sample("float32", 2, 0, lengths=(530, 131)),) if long else ()
        inside_ = _long_inside(program, 256, leave_out=("", "staged_alone"))
        return (Sample("float32", 2, 5), Sample("float16", 2, 8), *more, *inside_)
    if program.is_elementwise:
        return (Sample("float32", 1, 263), Sample("float32", 1, 263, 1), Sample("float16", 1, 263))
    sizes = [("float32", 5, 33), ("float32", 70, 24), ("float32", 2, 1028), ("float16", 3, 64)]
    forced = [
        Sample("float32", rows, 260, tier=tier)
        for tier, rows in _long(program).items()
        if tier != "staged_alone"
    ]
    if _sums_rows(program):
        tiers = ("staged_columns", "fetched_columns", "columns_in_part")
        forced += [Sample("float32", 35, 260, tier=tier) for tier in tiers]
    return (*(Sample(*size) for size in sizes), *forced)


def few_samples(program: Program) -> tuple[Sample, ...]:
    """Wide instances of the schedules in float32 and bfloat16; where much is held of each place, only shorter
    rows are."""
    if is_tensor(program):
        few = (Sample("float32", 2, 12), Sample("bfloat16", 2, 16))
        return (*few, *_long_inside(program, 647, leave_out=("", "split", "staged_alone", "staged_in_part")))
    if program.is_elementwise:
        return (Sample("float32", 1, 264), Sample("bfloat16", 1, 264))
    arrays = sum(not a.is_scalar and a.kind is not Kind.INTEGER for a in program.arguments)
    held = 516 if arrays > 2 or _sums_rows(program) else 2052
    rows = [Sample("float32", 2, held), Sample("float32", 2, 2052, tier="block")]
    rows += [Sample("float32", 3, 2052, tier="staged_alone"), Sample("bfloat16", 2, held - 4)]
    if _sums_rows(program):
        tiers = {"staged_columns": 2052, "fetched_columns": 2052, "columns_in_part": _IN_PART[0]}
        rows += [Sample("float32", 37, n, tier=tier) for tier, n in tiers.items()]
    return tuple(rows)


def widest_samples(program: Program) -> tuple[Sample, ...]:
    """Instances with so many registers that only some architectures get them."""
    rows = not is_tensor(program) and not program.is_elementwise and _sums_rows(program)
    return (Sample("float32", 37, _IN_PART[1], tier="columns_in_part"),) if rows else ()


def arguments(kernel: KernelPrograms, program: Program, sample: Sample) -> dict[str, Any]:
    """The arguments of one call, the same ones each time; scalars keep their defaults."""
    rng = np.random.default_rng([sample.rows, sample.n, sample.offset])
    positive = {i.name for i in kernel.kernel.inputs if getattr(_label(i.symbol), "is_positive", False)}
    indices = _indices(program)
    lengths = axis_lengths(program, sample)
    within = {i.name: i.within for i in kernel.kernel.inputs if i.within is not None}
    found: dict[str, Any] = {}
    for argument in program.arguments:
        shape = tuple(lengths[length_of(a)] for a in argument.axes) + argument.literal
        if argument.is_scalar:
            if argument.default is None:
                found[argument.name] = float(rng.uniform(0.5, 1.5))
        elif argument.kind is Kind.INTEGER:
            axis = indices.get(argument.name)
            found[argument.name] = rng.integers(0, lengths[axis] if axis else 4096, shape)
        else:
            if argument.name in within:
                low, high = within[argument.name]
                values = low + (high - low) * rng.uniform(0.01, 0.99, shape)
            elif argument.name in positive:
                values = rng.exponential(0.5, shape)
            else:
                values = rng.standard_normal(shape) * (_spread(shape) if is_tensor(program) else 2)
            found[argument.name] = _placed(values.astype(dtype_of(sample.dtype)), sample.offset)
    if arrange := _ARRANGED.get(kernel.kernel.name):
        arrange(found)
    if kernel.kernel.axis != -1:
        found["axis"] = -1
    return found


def _spread(shape: Sequence[int]) -> float:
    """Under which sums of products stay where functions of them are neither flat nor cut off."""
    return 0.5 * min(1.0, (64 / max(shape)) ** 0.25)


def _every_other_row_is_wrong(found: dict[str, Any]) -> None:
    """In rows 0, 2, ... the positive is the farther one, so that the hinge is open there; else the nearer."""
    anchor, positive, negative = (found[n].astype(float) for n in ("anchor", "positive", "negative"))
    farther = ((anchor - positive) ** 2).sum(-1) > ((anchor - negative) ** 2).sum(-1)
    swapped = farther != (np.arange(len(farther)) % 2 == 0)
    found["positive"][swapped], found["negative"][swapped] = negative[swapped], positive[swapped]


def _not_across(found: dict[str, Any]) -> None:
    """Vectors drawn apart are nearly orthogonal, and their product cancels by the root of their length."""
    found["input"][...] = (found["input"].astype(float) + found["onto"].astype(float)).astype(
        found["input"].dtype
    )


_ARRANGED: dict[str, Callable[[dict[str, Any]], None]] = {
    "triplet_loss": _every_other_row_is_wrong,
    "projection": _not_across,
}
"""Kernels that are constant on most of the arguments drawn, or ill-conditioned: what makes them tell, in
place."""


def _label(symbol: Any) -> Any:
    return getattr(symbol, "label", symbol)


def axis_lengths(program: Program, sample: Sample) -> dict[str, int]:
    """The length of each axis; those of one program differ, so that none is taken for another."""
    axes = dict.fromkeys(length_of(a) for a in program.row_axes)
    turns = sample.lengths or tuple(sample.n + 2 * i for i in range(len(axes)))
    plain = [a for a in axes if not overlapping(a)]
    found = {BATCH: sample.rows} | {a: turns[i % len(turns)] for i, a in enumerate(plain)}
    for axis in axes:
        parts = [found[a] for a in overlapping(axis)]
        found.setdefault(axis, sum(parts) - len(parts) + 1)
    return found


def _indices(program: Program) -> dict[str, str]:
    """The arguments that name a place on an axis, and that axis."""
    found = {}
    for value in program.values:
        if isinstance(value.node, Gather | OneHot):
            load = program.values[value.node.index].node
            found[getattr(load, "argument", "")] = length_of(value.node.axis)
    return found


def _placed(values: Array, offset: int) -> Array:
    """The same values in memory that starts ``offset`` numbers behind a 64-byte boundary."""
    room = np.empty(values.size * values.itemsize + 64 + offset * values.itemsize, np.uint8)
    start = -room.ctypes.data % 64 + offset * values.itemsize
    placed = room[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    placed[...] = values
    return placed
