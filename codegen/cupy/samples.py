"""Arguments for every kernel of the catalog: which sizes and types exercise which schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.cupy.capability import supported
from codegen.ir import BATCH, Argument, Gather, Kind, OneHot, Program
from codegen.pipeline import KernelPrograms

Array = npt.NDArray[Any]

__all__ = ["DTYPES", "Sample", "arguments", "few_samples", "functions", "samples", "small_samples"]

DTYPES = ("float32", "float16", "bfloat16", "float64")


def dtype_of(name: str) -> Any:
    """The NumPy dtype of that name; bfloat16 comes from ``ml_dtypes``."""
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


@dataclass(frozen=True)
class Sample:
    """One call: ``rows`` rows of ``n`` places (elementwise kernels: rows * n places)."""

    dtype: str
    rows: int
    n: int
    offset: int = 0  # numbers by which arrays start off a 16-byte boundary


def functions(kernels: Iterable[KernelPrograms]) -> list[tuple[KernelPrograms, Program]]:
    """Every function of the package: kernel and program."""
    return [(k, p) for k in supported(kernels) for p in (k.forward, k.backward) if p is not None]


def samples(program: Program) -> tuple[Sample, ...]:
    """Odd sizes, tails, each schedule (a short row, a long row), each type, an unaligned start."""
    if program.is_elementwise:
        sizes = [Sample("float32", 1, n) for n in (1, 3, 1027)]
        return (*sizes, Sample("float32", 1, 1027, 1), *(Sample(d, 1, 1027) for d in DTYPES[1:]))
    rows = [
        Sample("float32", *size) for size in ((3, 1), (5, 33), (70, 24), (2, 2052), (3, 1201), (3, 24, 1))
    ]
    rows += [Sample("float16", 3, 31), Sample("float16", 2, 4104), Sample("float64", 2, 2051)]
    return (*rows, *(Sample(dtype, 3, 24) for dtype in DTYPES[1:]))


def small_samples(program: Program) -> tuple[Sample, ...]:
    """What the checks of the host harness afford: each schedule once, with a tail and unaligned."""
    if program.is_elementwise:
        return (Sample("float32", 1, 263), Sample("float32", 1, 263, 1), Sample("float16", 1, 263))
    sizes = [("float32", 5, 33), ("float32", 70, 24), ("float32", 2, 2052), ("float16", 3, 40)]
    return tuple(Sample(*size) for size in sizes)


def few_samples(program: Program) -> tuple[Sample, ...]:
    """The widest float32 instance of each schedule."""
    sizes = ((1, 264),) if program.is_elementwise else ((70, 24), (2, 2052))
    return tuple(Sample("float32", *size) for size in sizes)


def arguments(kernel: KernelPrograms, program: Program, sample: Sample) -> dict[str, Any]:
    """The arguments of one call, the same ones each time; scalars keep their defaults."""
    rng = np.random.default_rng([sample.rows, sample.n, sample.offset])
    positive = {i.name for i in kernel.kernel.inputs if getattr(_label(i.symbol), "is_positive", False)}
    indices = _indices(program)
    within = {i.name: i.within for i in kernel.kernel.inputs if i.within is not None}
    found: dict[str, Any] = {}
    for argument in program.arguments:
        shape = _shape(argument, sample)
        if argument.is_scalar:
            if argument.default is None:
                found[argument.name] = float(rng.uniform(0.5, 1.5))
        elif argument.kind is Kind.INTEGER:
            found[argument.name] = rng.integers(0, sample.n if argument.name in indices else 4096, shape)
        else:
            if argument.name in within:
                low, high = within[argument.name]
                values = low + (high - low) * rng.uniform(0.01, 0.99, shape)
            elif argument.name in positive:
                values = rng.exponential(0.5, shape)
            else:
                values = rng.standard_normal(shape) * 2
            found[argument.name] = _placed(values.astype(dtype_of(sample.dtype)), sample.offset)
    if arrange := _ARRANGED.get(kernel.kernel.name):
        arrange(found)
    if kernel.kernel.axis != -1:
        found["axis"] = -1
    return found


def _every_other_row_is_wrong(found: dict[str, Any]) -> None:
    """In rows 0, 2, ... the positive is the farther one, so that the hinge is open there; else the nearer."""
    anchor, positive, negative = (found[n].astype(float) for n in ("anchor", "positive", "negative"))
    farther = ((anchor - positive) ** 2).sum(-1) > ((anchor - negative) ** 2).sum(-1)
    swapped = farther != (np.arange(len(farther)) % 2 == 0)
    found["positive"][swapped], found["negative"][swapped] = negative[swapped], positive[swapped]


_ARRANGED: dict[str, Callable[[dict[str, Any]], None]] = {"triplet_loss": _every_other_row_is_wrong}
"""Kernels that are constant on most of the arguments drawn: what makes some of them tell, in place."""


def _label(symbol: Any) -> Any:
    return getattr(symbol, "label", symbol)


def _shape(argument: Argument, sample: Sample) -> tuple[int, ...]:
    sizes = {BATCH: sample.rows}
    axes = tuple(sizes.get(a, sample.n) for a in argument.axes)
    return axes + argument.literal


def _indices(program: Program) -> set[str]:
    """The arguments that name a place on the row axis."""
    found = set()
    for value in program.values:
        if isinstance(value.node, Gather | OneHot):
            load = program.values[value.node.index].node
            found.add(getattr(load, "argument", ""))
    return found


def _placed(values: Array, offset: int) -> Array:
    """The same values in memory that starts ``offset`` numbers behind a 64-byte boundary."""
    room = np.empty(values.size * values.itemsize + 64 + offset * values.itemsize, np.uint8)
    start = -room.ctypes.data % 64 + offset * values.itemsize
    placed = room[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    placed[...] = values
    return placed
