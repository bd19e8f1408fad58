"""Errors on long rows: ``python -m codegen.long_rows`` writes the tables.

Kernels along one axis get rows of 1,024 and of 50,257 places.  Where there are several axes each in turn is
1,024 long, the others ``FEW``; where all rows share an argument, whose cotangent is a sum over them, there
are 65,536 rows besides.  The true values are those of ``codegen.wide``, in extended precision.  The first and
the last result of each sort and ``SAMPLED`` between them are looked at, those whose true value is known to an
eighth of a unit (float64 differs from it by no more than 2^11 times that, and it is not below the last place
of the largest) and that are well conditioned: a
condition number of at most ``WELL``, from the slopes of what was evaluated, as in ``codegen.conditioning``.
"""

from __future__ import annotations

import functools
import importlib
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from codegen.conditioning import results_of
from codegen.ir import BATCH, Program, overlapping
from codegen.lower import argument, lower
from codegen.passes.differentiate import COTANGENT, differentiate
from codegen.passes.simplify import RULES
from codegen.regions import Array, Region, along_an_axis, drawn, has_one_axis, lengths
from codegen.wide import Evaluation, Wide, slopes_of
from formulas.kernels import every_kernel
from formulas.schema import Kernel

__all__ = ["EXCEPTIONS", "Long", "above", "cases", "chosen", "long_table", "measured"]

HERE = Path(__file__).parent
TABLES = {"numpy": HERE / "long_table.json", "c": HERE / "c" / "long_table.json"}
DTYPES = ("float32", "float64")
LENGTHS = (1024, 50257)
MANY = 65536
SIDE = 64  # of a square matrix
FEW = 3
ROWS = 2
SAMPLED = 6
WELL = 4.0
MANTISSA = 64  # bits of the reference
BITS = 11  # by which that is longer than the mantissa of float64
TARGET_ULP = 4.0
SLOW = frozenset({"causal_attention", "multihead_attention"})
"""The slopes of the backward passes of these take minutes."""


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_normal(shape)


def _positive(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(0.5, 2, shape)


def _shares(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    x = rng.uniform(0.5, 2, shape)
    return np.asarray(x / x.sum(-1, keepdims=True)) if shape else x


REGIONS = (Region("normal", _normal, _shares), Region("1/2 < x < 2", _positive, _positive))
"""Sums of numbers of one sign are well conditioned; those of normal ones are where little cancels."""

_BY_BLAS = (
    "two products of matrices, of 1,024 terms each, which BLAS adds one after another; by parts of 64 terms "
    "the error would be 3.0 in float32, for a pass over the results each"
)
EXCEPTIONS: Mapping[tuple[str, str, str], str] = {
    ("numpy", dtype, "gcn_layer_vjp"): _BY_BLAS for dtype in DTYPES
}
"""(target, dtype, function) -> why its error on long rows is above ``TARGET_ULP``."""


@dataclass(frozen=True)
class Long:
    """The error of a function on long rows: the worst and the mean in ulp over ``results`` that are well
    conditioned, and where the worst is (the lengths of the axes, and the region)."""

    worst: float
    mean: float
    results: int
    where: str


def cases(kernel: Kernel) -> Iterator[dict[str, int]]:
    """The lengths of the axes, the number of rows among them, of each sort of call."""
    axes = list(lengths(kernel))
    if len(axes) == 1:
        square = any(len([a for a in argument(i).axes if a != BATCH]) > 1 for i in kernel.inputs)
        yield from ({BATCH: ROWS, axes[0]: n} for n in ((SIDE,) if square else LENGTHS))
    else:
        yield from ({BATCH: ROWS, **{b: LENGTHS[0] if a == b else FEW for b in axes}} for a in axes)
        if any(overlapping(a) for a in lower(kernel).row_axes):  # as long as both together
            yield {BATCH: ROWS, **dict.fromkeys(axes, LENGTHS[0])}
    if any(BATCH not in argument(i).axes for i in kernel.inputs if i.role == "array"):
        yield {BATCH: MANY, **dict.fromkeys(axes, FEW)}


def chosen(target: str = "numpy") -> list[Kernel]:
    """The kernels that work along an axis; in C those along one, the others being NumPy's.  Of causal and
    multi-head attention the forward passes alone (``SLOW``)."""
    found = [k for k in every_kernel() if along_an_axis(k) and (target == "numpy" or has_one_axis(k))]
    return [replace(k, wrt=()) if k.name in SLOW else k for k in found]


def measured(kernel: Kernel, package: Any, dtype: str) -> dict[str, Long]:
    """Function -> its error on long rows; functions without a well-conditioned result are left out."""
    errors: dict[str, list[tuple[float, str]]] = {}
    forward = lower(kernel)
    for sizes in cases(kernel):
        for region in REGIONS:
            where = ", ".join(f"{'rows' if a == BATCH else a} = {n}" for a, n in sizes.items() if n > FEW)
            where += f", {region.name}"
            rng = np.random.default_rng([*where.encode(), *kernel.name.encode()])
            given = drawn(kernel, region, dtype, rng, sizes)
            g = partial(region.draw, rng)
            for function, found in _errors(kernel, forward, package, given, sizes[BATCH], g, rng):
                errors.setdefault(function, []).extend((e, where) for e in found)
    return {
        f: Long(max(listed)[0], sum(e for e, _ in listed) / len(listed), len(listed), max(listed)[1])
        for f, listed in errors.items()
        if listed
    }


def _errors(
    kernel: Kernel,
    forward: Program,
    package: Any,
    given: Mapping[str, Any],
    rows: int,
    cotangent: Callable[[tuple[int, ...]], Array],
    rng: np.random.Generator,
) -> Iterator[tuple[str, list[float]]]:
    axis = {} if kernel.axis == -1 else {"axis": -1}
    arrays = [i.name for i in kernel.inputs if i.role == "array"]
    values = results_of(getattr(package, kernel.name)(*given.values(), **axis))
    yield kernel.name, list(_of(forward, values, given, rows, arrays, rng))
    if kernel.wrt:
        g = np.asarray(cotangent(values[0].shape)).astype(values[0].dtype)
        values = results_of(getattr(package, f"{kernel.name}_vjp")(g, *given.values(), **axis))
        backward = differentiate(forward, kernel.wrt, RULES)
        full = {COTANGENT: g, **given}
        yield f"{kernel.name}_vjp", list(_of(backward, values, full, rows, [COTANGENT, *arrays], rng))


def _of(
    program: Program,
    values: Sequence[Array],
    given: Mapping[str, Any],
    rows: int,
    reals: Sequence[str],
    rng: np.random.Generator,
) -> Iterator[float]:
    """The errors of those results sampled that are well conditioned."""
    true = Evaluation(program, given, rows).outputs()
    rounded = Evaluation(program, given, rows, np.float64).outputs()
    for at, (found, right) in enumerate(zip(values, true, strict=True)):
        slopes = slopes_of(program, at, reals)
        unknown = np.abs(right - rounded[at]) * 2.0**-BITS  # of the true values
        least = (
            np.abs(right).max() * 2.0**-MANTISSA
        )  # less may be what is left where all cancels (1 - tanh^2)
        for place in _sampled(right.shape, rng):
            value = right[place]
            if not unknown[place] <= np.spacing(np.abs(value).astype(found.dtype)) / 8:
                continue
            if abs(value) < least:
                continue
            unit = np.zeros(right.shape, Wide)
            unit[place] = 1
            if condition(slopes, unit, given, rows, reals) <= WELL * float(abs(value)):
                yield _ulps(found.reshape(right.shape)[place], value)


def condition(
    slopes: Program, unit: Array, given: Mapping[str, Any], rows: int, reals: Sequence[str]
) -> float:
    """The sum of |x df/dx| over all entries of the arguments ``reals``, of the result where ``unit`` is 1."""
    named = {f"{COTANGENT}_" if n == COTANGENT else n: x for n, x in given.items()}
    found = Evaluation(slopes, {COTANGENT: unit, **named}, rows).outputs()
    total = sum(float(np.abs(_sized(given[n]) * s).sum()) for n, s in zip(reals, found, strict=True))
    return total if math.isfinite(total) else math.inf


def _sized(x: Any) -> Array:
    """|x|, at least the least normal number, whose last place is that of less."""
    x = np.asarray(x)
    return np.maximum(np.abs(x.astype(Wide)), np.finfo(x.dtype).tiny)


def _sampled(shape: tuple[int, ...], rng: np.random.Generator) -> list[tuple[int, ...]]:
    size = math.prod(shape)
    flat = {0, size - 1, *map(int, rng.integers(0, size, SAMPLED))}
    return [tuple(map(int, np.unravel_index(f, shape))) for f in sorted(flat)]


def _ulps(found: Any, true: Any) -> float:
    info = np.finfo(found.dtype)
    exponent = math.frexp(abs(float(true)))[1] - 1 if true != 0 else int(info.minexp)
    unit = Wide(2) ** (max(exponent, int(info.minexp)) - int(info.nmant))
    error = float(abs(Wide(found) - true) / unit)
    return math.inf if math.isnan(error) else error


@functools.cache
def long_table(target: str = "numpy") -> dict[str, dict[str, Long]]:
    """The committed table of a target: function -> dtype -> error."""
    found = json.loads(TABLES[target].read_text(encoding="utf-8"))
    return {f: {d: Long(**row) for d, row in by_dtype.items()} for f, by_dtype in found.items()}


def above(target: str) -> set[tuple[str, str, str]]:
    """(target, dtype, function) of which a table says that the error is above ``TARGET_ULP``."""
    return {
        (target, dtype, f)
        for f, found in long_table(target).items()
        for dtype, row in found.items()
        if not row.worst <= TARGET_ULP
    }


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names``, without names all, and writes the tables (of the targets among
    ``names``, if there are)."""
    for target in [n for n in names if n in TABLES] or list(TABLES):
        package = importlib.import_module(f"generated.{target}_kernels")
        wanted = [n for n in names if n not in TABLES]
        found = {f: dict(rows) for f, rows in long_table(target).items()} if wanted else {}
        for kernel in chosen(target):
            for dtype in DTYPES if not wanted or kernel.name in wanted else ():
                for function, row in measured(kernel, package, dtype).items():
                    found.setdefault(function, {})[dtype] = row
        _write(TABLES[target], found)


def _write(place: Path, found: Mapping[str, Mapping[str, Long]]) -> None:
    """Errors rounded up to a tenth."""
    lines = []
    for function in sorted(found):
        row = {
            dtype: {**asdict(x), "worst": math.ceil(10 * x.worst) / 10, "mean": math.ceil(10 * x.mean) / 10}
            for dtype, x in found[function].items()
        }
        lines.append(f"  {json.dumps(function)}: {json.dumps(row)}")
    place.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
