"""Errors of the NumPy kernels in ulp against the symbolic form, by how well conditioned each result is.

The reference is ``Kernel.output`` and its true partial derivatives in balls of at least 170 bits, 50 digits
(``codegen.reference``); arguments are the rounded numbers that the kernel gets (``codegen.regions``), so the
figures are errors of the kernel and not of its input.

An error is judged against the condition number k of the result (``codegen.conditioning``).  A result with
k <= 2 is called well conditioned: for these ``worst`` is in plain ulp; ``scaled`` is the worst
error / max(1, k) over all results.  Some functions have hardly a result with k <= 2: with four factors k is
4.  For these the bound is the first of ``WELL_CONDITIONED`` that ``LEAST`` results meet; the plain error
counts all the same.

``python -m codegen.accuracy`` measures on each kind of processor that this one can play
(``codegen.processors``) and writes ``accuracy_table.json``, a line for each.  Docstrings state the worst of
these, and measurements of a kind that this processor cannot play stay.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from codegen.conditioning import condition, cotangent_of, forward_condition, results_of, single_results, ulps
from codegen.passes.differentiate import COTANGENT
from codegen.processors import playable, played
from codegen.reference import forward
from codegen.regions import ELEMENTWISE, ROWS, SEVERAL_AXES, Region, along_an_axis, lengths, rows
from codegen.tables import TABLES, Bound, measurements, table
from formulas.kernels import every_kernel
from formulas.schema import Kernel

Array = npt.NDArray[Any]
WELL_CONDITIONED = (2.0, 4.0, 8.0, 16.0)
LEAST = 3  # well-conditioned results, of which something is said
TARGET_ULP = 4.0
DTYPES = ("float16", "float32", "float64")
CALLS = 5  # in each region, for the table
PER_ROW = 20  # numbers drawn for an elementwise kernel where another gets one row

_TURNING = "near x = -1 or -2 the two terms of the slope cancel by a factor of three"
_SILU = "its two terms cancel by three; the form of 2.5 ulp takes 1.5 times as long"
_POWER = "the power gamma = 2 doubles the error of the probability"
_MILLS = "near |x| = 1 two polynomials, an exponential and their products round"
_ARGUMENT = "the roundings of the exponential's argument u count |u| times"
EXCEPTIONS: Mapping[tuple[str, str], tuple[float, str]] = {
    ("silu_vjp", "float32"): (5.5, _SILU),
    ("silu_vjp", "float64"): (4.5, _SILU),
    ("gelu", "float32"): (5.5, _MILLS),
    ("gelu", "float64"): (4.5, _MILLS),
    ("gelu_vjp", "float32"): (7.5, _MILLS),
    ("gelu_vjp", "float64"): (6.0, _TURNING),
    ("gelu_tanh_vjp", "float32"): (9.0, _ARGUMENT),
    ("gelu_tanh_vjp", "float64"): (6.0, _ARGUMENT),
    ("focal_loss_with_logits", "float32"): (6.5, _POWER),
    ("focal_loss_with_logits", "float64"): (4.5, _POWER),
    ("focal_loss_with_logits_vjp", "float32"): (7.5, _POWER),
    ("focal_loss_with_logits_vjp", "float64"): (6.0, _POWER),
}
"""(function, dtype) -> (bound in ulp on well-conditioned results, reason) where it is not ``TARGET_ULP``."""


@dataclass(frozen=True)
class Measured:
    """One function in one dtype over all regions; errors in ulp as the module says.  ``well`` of the
    ``points`` have a condition number of at most ``within``."""

    function: str
    dtype: str
    worst: float
    mean: float
    scaled: float
    points: int
    where: str
    well: int
    within: float = WELL_CONDITIONED[0]

    @property
    def holds(self) -> bool:
        """``worst``, of at least ``LEAST`` results, within the target or the stated exception."""
        bound, _ = EXCEPTIONS.get((self.function, self.dtype), (TARGET_ULP, ""))
        return self.well >= LEAST and self.worst <= bound


@dataclass(frozen=True)
class Result:
    """One number: its error in ulp, its condition number and the region of its arguments.  ``defined``:
    there is a true value, be it infinite."""

    error: float
    condition: float
    region: str
    defined: bool = True

    @property
    def scaled(self) -> float:
        """The error over the condition number; NaN where that is infinite and the result not exact, so that
        nothing is said of it.  A result that is not finite where the true value is has an infinite error."""
        if self.error in (0.0, math.inf):
            return self.error
        return self.error / max(1.0, self.condition) if math.isfinite(self.condition) else math.nan


def _results(error: Array, conditions: Array, region: str, true: Array) -> list[Result]:
    return [
        Result(float(e), float(k), region, not _is_nan(t))
        for e, k, t in zip(error.ravel(), conditions.ravel(), true.ravel(), strict=True)
    ]


def _is_nan(x: arb) -> bool:
    return not (x.is_finite() or x == arb.pos_inf() or x == arb.neg_inf())


def _measured(results: Sequence[Result], function: str, dtype: str) -> Measured:
    for within in WELL_CONDITIONED:
        well = [r for r in results if r.condition <= within]
        if len(well) >= LEAST:
            break
    worst = max(well, key=lambda r: (r.error, r.region), default=Result(0.0, 0.0, ""))
    counted = [r for r in results if math.isfinite(r.condition)]
    return Measured(
        function=function,
        dtype=dtype,
        worst=worst.error,
        mean=sum(r.error for r in well) / max(1, len(well)),
        scaled=max((r.error / max(1.0, r.condition) for r in counted), default=0.0),
        points=len(results),
        where=worst.region,
        well=len(well),
        within=within,
    )


def measure_kernel(
    kernel: Kernel, dtype: str, count: int, package: Any, regions: Sequence[Region] = ()
) -> list[Measured]:
    """The errors of ``kernel`` and its backward pass in ``dtype``, ``count`` calls in each region."""
    return _measured_by(kernel, dtype, count, {"": package}, regions)[""]


def _measured_by(
    kernel: Kernel, dtype: str, count: int, packages: Mapping[str, Any], regions: Sequence[Region] = ()
) -> dict[str, list[Measured]]:
    """Package by package the errors of ``kernel`` and its backward pass."""
    found: dict[str, list[Measured]] = {who: [] for who in packages}
    for (who, function), listed in results(kernel, dtype, count, packages, regions).items():
        found[who].append(_measured(listed, function, dtype))
    return found


def results(
    kernel: Kernel, dtype: str, count: int, packages: Mapping[str, Any], regions: Sequence[Region] = ()
) -> dict[tuple[str, str], list[Result]]:
    """(package, function) -> each result of ``kernel`` and its backward pass, on the same arguments for all
    packages; a function that a package lacks is left out."""
    along = along_an_axis(kernel)
    chosen = regions or (ROWS if along else ELEMENTWISE)
    count = count if along else count * PER_ROW
    if len(lengths(kernel)) > 1:  # the reference sums over several axes: few points, each of many numbers
        chosen, count = regions or SEVERAL_AXES, min(count, 1)
    reals = [i.name for i in kernel.inputs if i.role not in ("scalar", "integer")]
    called = {
        (who, name): getattr(package, name)
        for who, package in packages.items()
        for name in (kernel.name, *([f"{kernel.name}_vjp"] if kernel.wrt else []))
        if hasattr(package, name)
    }
    forwards = {who: f for (who, name), f in called.items() if name == kernel.name}
    backwards = {who: f for (who, name), f in called.items() if name != kernel.name}
    sums: dict[tuple[str, str], list[Result]] = {key: [] for key in called}
    for region in chosen:
        for row in rows(kernel, region, dtype, count):
            given = [row[i.name] for i in kernel.inputs]
            singles = single_results(kernel)
            parts = {who: results_of(f(*given)) for who, f in forwards.items()}
            for at, one in enumerate(singles if parts else []):
                true, k = forward(one, row), forward_condition(one, row, reals)
                for who, found in parts.items():
                    error = ulps(found[at].reshape(true.shape).astype(dtype), true)
                    sums[who, kernel.name] += _results(error, k, region.name, true)
            if not backwards:
                continue
            shape = forward(singles[0], row).shape
            g = np.random.default_rng(len(region.name)).standard_normal(shape).astype(dtype)
            parts = {who: results_of(f(g, *given)) for who, f in backwards.items()}
            for at, name in enumerate(kernel.wrt):
                compute, full = cotangent_of(kernel, name), {**row, COTANGENT: g}
                true, k = compute(full), condition(compute, full, [*reals, COTANGENT])
                for who, found in parts.items():
                    error = ulps(found[at].reshape(true.shape).astype(dtype), true)
                    sums[who, f"{kernel.name}_vjp"] += _results(error, k, region.name, true)
    return sums


def measure(
    names: Sequence[str] | None = None, dtypes: Sequence[str] = DTYPES, count: int = CALLS
) -> list[Measured]:
    """The errors of the kernels ``names`` (of all) as shipped in ``generated.numpy_kernels``."""
    package = importlib.import_module("generated.numpy_kernels")
    kernels = [k for k in every_kernel() if names is None or k.name in names]
    return [m for k in kernels for dtype in dtypes for m in measure_kernel(k, dtype, count, package)]


@dataclass(frozen=True)
class TargetRow:
    """One line of the summary: a target, how many functions it has, and their worst errors."""

    target: str
    functions: int
    dtype: str
    worst_ulp: float
    function: str


def worst_ulp_by_target(measured: Iterable[Bound] | None = None) -> list[TargetRow]:
    """Kernels by target with their worst error in ulp on well-conditioned results, dtype by dtype.

    From the committed table, or from ``measured`` (``as_bounds(measure())``).
    """
    found: dict[tuple[str, str], list[Bound]] = {}
    for bound in table() if measured is None else measured:
        found.setdefault((bound.target, bound.dtype), []).append(bound)
    lines = []
    for (target, dtype), listed in sorted(found.items()):
        worst = max(listed, key=lambda b: b.worst)
        lines.append(TargetRow(target, len(listed), dtype, worst.worst, worst.function))
    return lines


def as_bounds(
    measured: Iterable[Measured],
    target: str = "numpy",
    exceptions: Mapping[tuple[str, str], tuple[float, str]] = EXCEPTIONS,
    processor: str = "",
) -> list[Bound]:
    """Measurements as lines of the table, errors rounded up to a half."""
    return [
        Bound(
            target=target,
            function=m.function,
            dtype=m.dtype,
            worst=_up(m.worst),
            mean=_up(m.mean),
            scaled=_up(m.scaled),
            reason=exceptions.get((m.function, m.dtype), (0.0, ""))[1],
            within=m.within,
            processor=processor,
        )
        for m in measured
    ]


def of_something(measured: Iterable[Measured]) -> list[Measured]:
    """``measured``; ``ValueError`` for one in which fewer than ``LEAST`` results are well conditioned."""
    found = list(measured)
    for m in found:
        if m.well < LEAST:
            raise ValueError(f"{m.function} ({m.dtype}): {m.well} of {m.points} results are well conditioned")
    return found


def exceeds(m: Measured, bound: Bound, factor: float = 1.0, more: float = 0.0) -> bool:
    """Whether ``m`` shows an error above ``factor`` times ``bound`` and ``more``.

    Fewer results may be worse conditioned; then only errors over the condition number compare."""
    plain = m.within <= bound.within and m.worst > factor * bound.worst + more
    return plain or m.scaled > factor * bound.scaled + more


def _up(value: float) -> float:
    """Rounded up to a half: the last tenths depend on the build of NumPy."""
    return math.ceil(2 * value) / 2


def write_table(bounds: Iterable[Bound], target: str = "numpy") -> None:
    """Writes the ``accuracy_table.json`` of a target."""
    ordered = sorted(bounds, key=lambda b: (b.target, b.function, b.dtype, b.processor))
    lines = ",\n".join("  " + json.dumps(asdict(b)) for b in ordered)
    TABLES[target].write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    measurements.cache_clear()
    table.cache_clear()


def replaced(kept: Iterable[Bound], found: Sequence[Bound]) -> list[Bound]:
    """``kept`` with ``found`` instead of what is there of the same functions on the same processors."""
    again = {(b.function, b.processor) for b in found}
    return [*(b for b in kept if (b.function, b.processor) not in again), *found]


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names`` (without names: those of which the table lacks something; "all")."""
    from codegen.dense import with_dense  # which is written in terms of this module

    functions = {n for k in every_kernel() for n in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))}
    on = {n: {b.processor for b in measurements() if b.function == n} for n in functions}
    lacking = [n for n in functions if not on[n].issuperset(kind.name for kind in playable())]
    wanted = functions if "all" in names else {*(names or lacking)}
    kept = [b for b in measurements() if b.function in functions]
    with played() as packages:
        for kernel in (k for k in every_kernel() if wanted & {k.name, f"{k.name}_vjp"}):
            by_dtype = [_measured_by(kernel, dtype, CALLS, packages) for dtype in DTYPES]
            for processor, package in packages.items():
                found = with_dense([m for by in by_dtype for m in by[processor]], package)
                kept = replaced(kept, as_bounds(of_something(found), processor=processor))
            write_table(kept)


if __name__ == "__main__":
    main(sys.argv[1:])
