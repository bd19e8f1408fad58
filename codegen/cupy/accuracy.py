"""Errors of the CUDA kernels, run on the host harness, against balls of 50 digits.

``python -m codegen.cupy.accuracy [NAME ...]`` measures all kernels (or the named) and writes
``accuracy_table.json``, from which docstrings are made.  The harness has glibc's elementary functions: the
device's are 1 to 5 ulp away, so these figures speak of the formulas, the order of the sums and the
conversions.

An elementwise result is judged as the NumPy kernels are (``codegen.accuracy``): in ulp of itself, divided by
its condition number k where that is over 1.  Where a difference cancels, rounding the arguments alone moves
it by k / 2 ulp, and no algorithm can undo that.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.conditioning import condition, single_results
from codegen.cupy.harness import HostDriver
from codegen.cupy.report import build_all, requests
from codegen.cupy.samples import DTYPES, Sample, arguments, functions, measured_samples
from codegen.cupy.tables import TABLE, Bound, table
from codegen.cupy.ulps import dtype_of, errors
from codegen.ir import BATCH, Program
from codegen.pipeline import KernelPrograms
from codegen.reference import cotangent, forward

Array = npt.NDArray[Any]

ULP, ROW_ULP = "ulp max(1, k)", "ulp of the largest of the row"
REGIONS = {"arguments up to 8": (-14, 3), "arguments up to 64": (3, 6)}
"""Where elementwise kernels are measured: powers of 2 between which the magnitudes lie."""
# 2.75 divided by the default step of 0.1 is within rounding of a tie, where the result jumps by 1; this step
# is a number of all types, and so the quotients that are ties are exact
_SCALARS = {"quantize": {"scale": 13 / 128}}


def truth(kernel: KernelPrograms, program: Program, given: Mapping[str, Any]) -> list[Array]:
    """The results for these arguments in float64, rounded once from the balls."""
    backward = program is kernel.backward
    found = [list(_row_results(kernel, program, row, backward)) for row in _rows(kernel, program, given)]
    results = []
    for i, output in enumerate(program.outputs):
        rows = np.stack([np.asarray(r[i], float) for r in found])
        results.append(rows if output.axes[:1] == (BATCH,) else rows.sum(0))
    return results


def _rows(kernel: KernelPrograms, program: Program, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    batched = {a.name for a in program.arguments if a.axes[:1] == (BATCH,)}
    defaults = {a.name: a.default for a in program.arguments if a.is_scalar}
    count = next(len(given[a]) for a in batched)
    for i in range(count):
        row = {
            name: (value[i] if name in batched else value) for name, value in {**defaults, **given}.items()
        }
        yield {name: _exact(value) for name, value in row.items()}


def _exact(value: Any) -> Any:
    """float64 holds every number of the narrower types."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "iu" else value.astype(float)
    return int(value) if isinstance(value, np.integer) else float(value)


def _row_results(
    kernel: KernelPrograms, program: Program, row: Mapping[str, Any], backward: bool
) -> Iterator[Array]:
    inputs = {i.name: row[i.name] for i in kernel.kernel.inputs}
    if not backward:
        for one in single_results(kernel.kernel):
            yield _floats(forward(one, inputs))
        return
    for output in program.outputs:
        yield _floats(cotangent(kernel.kernel, inputs, np.asarray(row["g"]), output.name))


def _floats(balls: Array) -> Array:
    return np.vectorize(lambda ball: float(ball.mid()), otypes=[float])(balls)


def measure(
    package: ModuleType, kernels: Sequence[KernelPrograms], dtypes: Iterable[str] = DTYPES
) -> list[Bound]:
    """The largest error of every function in every dtype and region, on the driver that is set."""
    found = []
    for kernel, program in functions(kernels):
        for where, given in cases(kernel, program):
            wanted = truth(kernel, program, given)
            judge = condition_numbers(kernel, program, given)
            for dtype in dtypes:
                worst = largest_error(package, program, dtype, given, wanted, judge)
                unit = ULP if program.is_elementwise else ROW_ULP
                found.append(Bound(program.name, dtype, where, _up(worst), unit))
    return found


Conditions = Callable[[int, int], float]
"""The condition number of one result (which, at which place), or of none: rows are judged as a whole."""


def condition_numbers(
    kernel: KernelPrograms, program: Program, given: Mapping[str, Any]
) -> Conditions | None:
    """The condition numbers of an elementwise kernel, each computed when it is asked for and once."""
    if not program.is_elementwise:
        return None
    backward = program is kernel.backward
    inputs = [i.name for i in kernel.kernel.inputs]
    arrays = [a.name for a in program.arguments if not a.is_scalar]

    def compute(which: int, row: Mapping[str, Any]) -> Array:
        plain = {name: row[name] for name in inputs}
        if backward:
            return cotangent(kernel.kernel, plain, np.asarray(row["g"]), program.outputs[which].name)
        return forward(single_results(kernel.kernel)[which], plain)

    @functools.cache
    def at(which: int, place: int) -> float:
        (row,) = itertools.islice(_rows(kernel, program, given), place, place + 1)
        return float(condition(functools.partial(compute, which), row, arrays).reshape(-1)[0])

    return at


def largest_error(
    package: ModuleType,
    program: Program,
    dtype: str,
    given: Mapping[str, Any],
    wanted: Sequence[Array],
    conditions: Conditions | None = None,
) -> float:
    """The largest error of one call, NaN and infinities where they do not belong included."""
    typed = {name: _typed(value, dtype) for name, value in given.items()}
    results = getattr(package, program.name)(**typed)
    results = results if isinstance(results, tuple) else (results,)
    worst = 0.0
    for which, (got, right) in enumerate(zip(results, wanted, strict=True)):
        error = errors(dtype, got, right, by_row=not program.is_elementwise)
        error = np.where(np.isnan(error), np.inf, error).reshape(-1)
        worst = max(
            worst, _judged(error, None if conditions is None else functools.partial(conditions, which))
        )
    return worst


def _judged(error: Array, condition_at: Callable[[int], float] | None) -> float:
    """The largest of the errors, each divided by its condition number; few of these have to be known."""
    if condition_at is None:
        return float(error.max())
    worst = 0.0
    for place in np.argsort(-error, kind="stable"):
        if error[place] <= worst:
            break
        if np.isinf(error[place]):
            return float("inf")
        worst = max(worst, float(error[place]) / max(1.0, condition_at(int(place))))
    return worst


def _typed(value: Any, dtype: str) -> Any:
    return (
        value.astype(dtype_of(dtype)) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
    )


def _exact_in_all(values: Array) -> Array:
    """Rounded to numbers that each of the four types holds, so that one truth serves them all."""
    return values.astype(dtype_of("bfloat16")).astype(np.float16).astype(np.float64)


def cases(kernel: KernelPrograms, program: Program) -> Iterator[tuple[str, dict[str, Any]]]:
    """Region and arguments in float64: elementwise kernels by region, rows of 24 places, short matrices."""
    (sample,) = (s for s in measured_samples(program) if s.dtype == "float64")
    if not program.is_elementwise:
        given = arguments(kernel, program, sample)
        yield (
            "",
            {
                n: _exact_in_all(v) if np.asarray(v).dtype.kind == "f" and np.ndim(v) else v
                for n, v in given.items()
            },
        )
        return
    within = {i.name: i.within for i in kernel.kernel.inputs}
    count = sample.n
    for where, (low, high) in REGIONS.items():
        turn = 0
        rng = np.random.default_rng(7)
        given = arguments(kernel, program, Sample("float64", 1, 1)) | _SCALARS.get(program.name, {})
        magnitudes = np.concatenate(
            [np.exp2(rng.uniform(low, high, count // 2)), rng.uniform(2.0**low, 2.0**high, count // 2)]
        )
        values = _exact_in_all(magnitudes * rng.choice([-1.0, 1.0], count))
        for argument in program.arguments:
            if argument.name == "g":
                given["g"] = _exact_in_all(rng.uniform(0.5, 2.0, count))
            elif argument.is_scalar and argument.default is None:
                given[argument.name] = float(_exact_in_all(np.asarray(given[argument.name])))
            elif argument.axes:
                bounds = within.get(argument.name)
                if bounds is not None:
                    low_, high_ = bounds
                    drawn = low_ + (high_ - low_) * rng.uniform(0.01, 0.99, count)
                else:
                    drawn = np.roll(values, turn)
                    drawn = np.abs(drawn) if argument.positive else drawn
                    turn += 17
                given[argument.name] = _exact_in_all(drawn)
        yield where, given


def _up(worst: float) -> float:
    """Rounded up, so that a repeated measurement on another machine agrees."""
    digits = 2 if worst < 1 else 1
    return float(np.ceil(worst * 10**digits) / 10**digits)


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names``, all if there are none, and writes the table."""
    generate = importlib.import_module("codegen.generate")
    package = importlib.import_module("generated.cupy_kernels")
    known = generate.kernel_programs()
    kernels = [k for k in known if not names or k.kernel.name in names]
    package.set_driver(build_all(HostDriver(), requests(package, kernels, measured_samples)))
    found = measure(package, kernels)
    measured = {b.function for b in found}
    order = [p.name for _, p in functions(known)]
    kept = [b for b in table() if b.function not in measured and b.function in order] if names else []
    rows = [asdict(b) for b in sorted([*kept, *found], key=lambda b: order.index(b.function))]
    TABLE.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} bounds written to {TABLE}")


if __name__ == "__main__":
    main(sys.argv[1:])
