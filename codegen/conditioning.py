"""Errors in units of the last place, and the condition numbers that they are judged by.

The *condition number* k of a result f is the sum over all arguments x of |x df/dx| / |f|, where a subnormal x
counts as the least normal number, because its last place is that of the latter.  Rounding the arguments alone
moves the result by up to k / 2 ulp, and no algorithm in the working precision can be asked to undo a
cancellation that k reports.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import flint
import numpy as np
import numpy.typing as npt
from flint import arb

from codegen.passes.differentiate import COTANGENT
from codegen.reference import NotEvaluated, Row, cotangent, forward, gradients
from formulas.schema import Kernel

__all__ = ["condition", "cotangent_of", "forward_condition", "results_of", "single_results", "ulps"]

Array = npt.NDArray[Any]


def ulps(got: Array, true: Array) -> Array:
    """|got - true| in units of the last place of ``true`` in the dtype of ``got``.

    Infinite where only one of them is finite.  Where ``true`` is beyond the range of the dtype, the infinity
    of its sign and NaN (two intermediate values beyond the range that cancel) are no errors.
    """
    info = np.finfo(got.dtype)
    found = np.empty(got.shape)
    with flint.ctx.workprec(256):
        for at in np.ndindex(*got.shape):
            found[at] = _ulps(float(got[at]), true.item(at), info)
    return found


def _ulps(got: float, true: arb, info: Any) -> float:
    if not true.is_finite():
        return 0.0 if not math.isfinite(got) else math.inf
    if abs(true) > float(info.max):
        return 0.0 if math.isnan(got) or got == math.copysign(math.inf, float(true.mid())) else math.inf
    if not math.isfinite(got):
        return math.inf
    exponent = math.frexp(abs(float(true.mid())))[1] - 1 if true != 0 else info.minexp
    unit = arb(2) ** (max(exponent, int(info.minexp)) - int(info.nmant))
    return float((abs(arb(got) - true) / unit).mid())


def condition(compute: Callable[[Mapping[str, Any]], Array], row: Row, names: Iterable[str]) -> Array:
    """The condition numbers of ``compute(row)`` by differences in balls."""
    with flint.ctx.workprec(256):
        base = compute(row)
        total = np.zeros(base.shape)
        step = arb(2) ** -40
        for name in names:
            values = np.asarray(row[name])
            for at in np.ndindex(*values.shape):
                moved = np.empty(values.shape, object)
                for other in np.ndindex(*values.shape):
                    moved[other] = arb(float(values[other]))
                changed = _moved(compute, row, name, moved, at, step)
                size = _size(values[at], values.dtype) / abs(float(values[at])) if values[at] else 0.0
                for place in np.ndindex(*base.shape):
                    total[place] += size * _relative(changed, base, place, step)
        return total


def _moved(
    compute: Callable[[Mapping[str, Any]], Array],
    row: Row,
    name: str,
    values: Array,
    at: tuple[int, ...],
    step: arb,
) -> Array:
    """``compute`` with one entry larger by ``step``, or less where nothing larger has a value."""
    entry = values[at]
    for factor in (1 + step, 1 - step):
        values[at] = entry * factor
        with contextlib.suppress(NotEvaluated):
            return compute({**row, name: values if values.shape else values[()]})
    raise NotEvaluated(f"no value beside {name} = {entry}")


def forward_condition(kernel: Kernel, row: Row, names: Sequence[str]) -> Array:
    """The condition numbers of the output, from its true slopes."""
    dtype = np.asarray(row[names[0]]).dtype if names else np.dtype(np.float64)
    slopes = [(n, gradients(kernel, row, n)) for n in names]
    true = forward(kernel, row)
    found = np.zeros(true.shape)
    for at in np.ndindex(*true.shape):
        total = sum(
            (
                abs(s) * _size(x, dtype)
                for n, g in slopes
                for entry, s in g[at].items()
                if (x := float(np.asarray(row[n])[entry]))
            ),
            arb(0),
        )
        value: arb = abs(true.item(at))
        found[at] = float((total / value).mid()) if value != 0 else (math.inf if total != 0 else 0.0)
    return found


def _size(value: Any, dtype: np.dtype[Any]) -> float:
    """|value|, at least the least normal number: its last place is as large as that of ``value``."""
    return max(abs(float(value)), float(np.finfo(dtype).tiny)) if dtype.kind == "f" else abs(float(value))


def _relative(changed: Array, base: Array, place: tuple[int, ...], step: arb) -> float:
    before: arb = base[place]
    difference: arb = changed[place] - before
    if before == 0:
        return 0.0 if difference == 0 else math.inf
    ratio = abs(difference / (before * step))
    return float(ratio.mid()) if ratio.is_finite() else math.inf


def results_of(found: Any) -> tuple[Array, ...]:
    """What a function gave, one result or several, as arrays."""
    return tuple(np.asarray(part) for part in (found if isinstance(found, tuple) else (found,)))


def single_results(kernel: Kernel) -> list[Kernel]:
    """For each result of ``kernel`` the kernel of that result alone."""
    return [replace(kernel, output=r.output, axes=r.axes, more=(), wrt=()) for r in kernel.results]


def cotangent_of(kernel: Kernel, name: str) -> Callable[[Mapping[str, Any]], Array]:
    """The true cotangent of the argument ``name`` as a function of a row and the cotangent of the result."""

    def compute(full: Mapping[str, Any]) -> Array:
        row = {key: value for key, value in full.items() if key != COTANGENT}
        return cotangent(kernel, row, np.asarray(full[COTANGENT]), name)

    return compute
