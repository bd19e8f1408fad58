"""Losses.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Constants, Kernel

__all__ = ["cross_entropy", "cross_entropy_soft", "cross_entropy_soft_vjp", "cross_entropy_vjp"]


def _cross_entropy(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    top, rest = rt.max_and_rest(input, a)
    r = np.log1p(rest)
    picked = rt.pick(input, target)
    r2 = np.subtract(top, picked)
    np.add(r2, r, out)


_CROSS_ENTROPY = Kernel(
    "cross_entropy",
    _cross_entropy,
    arguments=(Argument("input", row=True), Argument("target", "integer", place=True)),
    results=(Argument("output"),),
    scratch=1,
    rows=True,
)


def cross_entropy(input: ArrayLike, target: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Cross-entropy loss (cross_entropy).

        output = log(Sum(exp(input[k]), (k, 1, n))) - input[target]

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        target: integers, shape (...), counted from 0; index of the target class.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: all logits; targets from 0 to n - 1.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    return _CROSS_ENTROPY.one(input, target, axis=axis, out=out)


def _cross_entropy_vjp(constants: Constants, g: Array, input: Array, target: Array, out: Array) -> None:
    top = rt.row_max(input)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, out)
    np.exp(out, out)
    picked = rt.pick(out, target)
    rt.clear_at(out, target)
    total = rt.row_sum(out)
    r = np.add(picked, total)
    r2 = np.divide(g, r)
    np.multiply(r2, out, out)
    r3 = np.multiply(r2, total)
    rt.add_at(out, target, -r3)


_CROSS_ENTROPY_VJP = Kernel(
    "cross_entropy_vjp",
    _cross_entropy_vjp,
    arguments=(
        Argument("g", "cotangent"),
        Argument("input", row=True),
        Argument("target", "integer", place=True),
    ),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
)


def cross_entropy_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Cross-entropy loss (cross_entropy): vector-Jacobian product.

        output = log(Sum(exp(input[k]), (k, 1, n))) - input[target]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
        target: integers, shape (...), counted from 0; index of the target class.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: all logits; targets from 0 to n - 1.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.0)
        float64: 2.0 (2.0)
    """
    return _CROSS_ENTROPY_VJP.one(g, input, target, axis=axis, out=out)


def _cross_entropy_soft(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    top, rest = rt.max_and_rest(input, a)
    r = np.log1p(rest)
    np.subtract(top, input, a)
    np.add(a, r, a)
    np.multiply(a, target, a)
    total = rt.row_sum(a)
    np.copyto(out, total)


_CROSS_ENTROPY_SOFT = Kernel(
    "cross_entropy_soft",
    _cross_entropy_soft,
    arguments=(Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("output"),),
    scratch=1,
    rows=True,
)


def cross_entropy_soft(
    input: ArrayLike,
    target: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Cross-entropy loss (cross_entropy_soft).

        output = Sum((log(Sum(exp(input[k]), (k, 1, n))) - input[i])*target[i], (i, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        target: float16, float32 or float64, shape (..., n); weights of the classes.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.0 (1.0)
    """
    return _CROSS_ENTROPY_SOFT.one(input, target, axis=axis, out=out)


def _cross_entropy_soft_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    input_result: Array,
    target_result: Array,
) -> None:
    top, rest = rt.max_and_rest(input, target_result)
    r = np.log1p(rest)
    np.subtract(top, input, target_result)
    np.add(target_result, r, target_result)
    np.multiply(g, target_result, target_result)
    total = rt.row_sum(target)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, input_result)
    np.exp(input_result, input_result)
    total2 = rt.row_sum(input_result)
    r2 = np.divide(total, total2)
    np.multiply(r2, input_result, input_result)
    np.subtract(input_result, target, input_result)
    np.multiply(g, input_result, input_result)


_CROSS_ENTROPY_SOFT_VJP = Kernel(
    "cross_entropy_soft_vjp",
    _cross_entropy_soft_vjp,
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("input", row=True), Argument("target", row=True)),
    rows=True,
    cotangents=("input", "target"),
)


def cross_entropy_soft_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Cross-entropy loss (cross_entropy_soft): vector-Jacobian product.

        output = Sum((log(Sum(exp(input[k]), (k, 1, n))) - input[i])*target[i], (i, 1, n))
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
        target: float16, float32 or float64, shape (..., n); weights of the classes.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 2.5 (2.5)
    """
    return _CROSS_ENTROPY_SOFT_VJP.several(g, input, target, axis=axis, out=out)
