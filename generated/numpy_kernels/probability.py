"""Probability and statistics.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _contractions as tn
from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, Law, ndarray
from ._tensors import Tensor, TensorKernel

__all__ = [
    "correlation",
    "covariance",
    "gaussian_log_prob",
    "gaussian_log_prob_vjp",
    "mvn_log_prob",
    "mvn_log_prob_vjp",
    "variance",
]


def _gaussian_log_prob(
    constants: Constants,
    input: Array,
    loc: Array,
    scale: Array,
    out: Array,
    a: Array,
) -> None:
    half, c1 = constants
    np.subtract(input, loc, out)
    np.divide(out, scale, out)
    np.square(out, out)
    np.multiply(half, out, out)
    np.log(scale, a)
    np.add(out, a, out)
    np.add(out, c1, out)
    np.negative(out, out)


_GAUSSIAN_LOG_PROB = Kernel(
    "gaussian_log_prob",
    Body(_gaussian_log_prob, constants=(0.5, 0.9189385332046728), scratch=1),
    arguments=(Argument("input"), Argument("loc"), Argument("scale")),
    results=(Argument("output"),),
)


def gaussian_log_prob(
    input: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Gaussian law.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)

    Args:
        input: float16, float32 or float64, shape (...).
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation, > 0.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.gaussian.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and type(loc) is ndarray and type(scale) is ndarray:
        key = input.dtype, input.shape, loc.dtype, loc.shape, scale.dtype, scale.shape
        plan = _GAUSSIAN_LOG_PROB.plans.get(key) or _GAUSSIAN_LOG_PROB.plan(key, input, loc, scale)
        if plan is not None:
            found = plan.one(out, (), input, loc, scale)
            if found is not None:
                return found
    return _GAUSSIAN_LOG_PROB.one(input, loc, scale, out=out)


def _gaussian_log_prob_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    loc: Array,
    scale: Array,
    input_result: Array,
    loc_result: Array,
    scale_result: Array,
) -> None:
    one, = constants
    np.subtract(input, loc, loc_result)
    np.divide(loc_result, scale, loc_result)
    np.square(loc_result, scale_result)
    np.multiply(loc_result, g, loc_result)
    np.subtract(scale_result, one, scale_result)
    np.multiply(g, scale_result, scale_result)
    np.divide(scale_result, scale, scale_result)
    np.divide(loc_result, scale, loc_result)
    np.negative(loc_result, input_result)


_GAUSSIAN_LOG_PROB_VJP = Kernel(
    "gaussian_log_prob_vjp",
    Body(_gaussian_log_prob_vjp, constants=(1.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("loc"), Argument("scale")),
    results=(Argument("input"), Argument("loc"), Argument("scale")),
    cotangents=("input", "loc", "scale"),
)


def gaussian_log_prob_vjp(
    g: ArrayLike,
    input: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Gaussian law: vector-Jacobian product.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)
        result = d(sum of g * output) / d(input, loc, scale)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation, > 0.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of loc (shape (...)), that of
    scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.gaussian.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(loc) is ndarray and type(scale) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, loc.dtype, loc.shape, scale.dtype, scale.shape
        plan = _GAUSSIAN_LOG_PROB_VJP.plans.get(key) or _GAUSSIAN_LOG_PROB_VJP.plan(key, g, input, loc, scale)
        if plan is not None:
            found = plan.several(out, (), g, input, loc, scale)
            if found is not None:
                return found
    return _GAUSSIAN_LOG_PROB_VJP.several(g, input, loc, scale, out=out)


def _mvn_log_prob(
    constants: Constants,
    precision_tril: Array,
    input: Array,
    loc: Array,
    precision_tril_: Array,
    out: Array,
) -> None:
    c0, half = constants
    t1 = np.log(tn.diagonal(precision_tril))
    t2 = np.add.reduce(t1, axis=-1)
    t5 = np.multiply(c0, tn.size(t1, -1))
    t6 = np.subtract(t2, t5)
    t9 = np.subtract(input, loc)
    t11 = tn.contract("*b,ba->*a", t9, precision_tril_)
    np.square(t11, out=t11)
    t13 = np.add.reduce(t11, axis=-1)
    t15 = np.multiply(half, t13)
    np.subtract(t6, t15, out=out)


_MVN_LOG_PROB = TensorKernel(
    "mvn_log_prob",
    _mvn_log_prob,
    arguments=(Tensor("input", ("*", "n")), Tensor("loc", ("n",)), Tensor("precision_tril", ("n", "n"))),
    results=(Tensor("output", ("*",)),),
    inputs=(
        ("precision_tril", ("n", "n")),
        ("input", ("*", "n'")),
        ("loc", ("n'",)),
        ("precision_tril", ("n'", "n")),
    ),
    constants=(0.9189385332046728, 0.5),
)


def mvn_log_prob(
    input: ArrayLike,
    loc: ArrayLike,
    precision_tril: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Multivariate Gaussian law.

        output = -n*log(2*pi)/2 + Sum(log(precision_tril[k, k]), (k, 1, n)) - Sum(Sum((input[i] -
            loc[i])*precision_tril[i, j], (i, 1, n))**2, (j, 1, n))/2

    Args:
        input: float16, float32 or float64, shape (..., n).
        loc: float16, float32 or float64, shape (n,); mean.
        precision_tril: float16, float32 or float64, shape (n, n); lower triangular, with L times its
            transpose the inverse of the covariance.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.mvn.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and type(loc) is ndarray and type(precision_tril) is ndarray:
        key = input.dtype, input.shape, loc.dtype, loc.shape, precision_tril.dtype, precision_tril.shape
        plan = _MVN_LOG_PROB.plans.get(key) or _MVN_LOG_PROB.plan(key, input, loc, precision_tril)
        if plan is not None:
            found = plan.one(out, (), input, loc, precision_tril)
            if found is not None:
                return found
    return _MVN_LOG_PROB.one(input, loc, precision_tril, out=out)


def _mvn_log_prob_vjp(
    constants: Constants,
    input: Array,
    loc: Array,
    precision_tril: Array,
    g: Array,
    input_result: Array,
    loc_result: Array,
) -> None:
    t2 = np.subtract(input, loc)
    t4 = tn.contract("*b,ba->*a", t2, precision_tril)
    t6 = tn.contract("*a,ba->*b", t4, precision_tril)
    np.multiply(g[..., None], t6, out=t6)
    t8 = tn.sum_leading(t6, 1)
    np.negative(t6, out=input_result)
    np.copyto(loc_result, t8)


_MVN_LOG_PROB_VJP = TensorKernel(
    "mvn_log_prob_vjp",
    _mvn_log_prob_vjp,
    arguments=(
        Tensor("g", ("*",), kind="cotangent"),
        Tensor("input", ("*", "n")),
        Tensor("loc", ("n",)),
        Tensor("precision_tril", ("n", "n")),
    ),
    results=(Tensor("input", ("*", "n'")), Tensor("loc", ("n'",))),
    inputs=(("input", ("*", "n'")), ("loc", ("n'",)), ("precision_tril", ("n'", "n")), ("g", ("*",))),
    cotangents=("input", "loc"),
)


def mvn_log_prob_vjp(
    g: ArrayLike,
    input: ArrayLike,
    loc: ArrayLike,
    precision_tril: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Multivariate Gaussian law: vector-Jacobian product.

        output = -n*log(2*pi)/2 + Sum(log(precision_tril[k, k]), (k, 1, n)) - Sum(Sum((input[i] -
            loc[i])*precision_tril[i, j], (i, 1, n))**2, (j, 1, n))/2
        result = d(sum of g * output) / d(input, loc)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        loc: float16, float32 or float64, shape (n,); mean.
        precision_tril: float16, float32 or float64, shape (n, n); lower triangular, with L times its
            transpose the inverse of the covariance.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of loc (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.mvn.
    Treated as constants, without a cotangent: precision_tril (its upper half is 0 by convention, which
    the formula does not know).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (0.5)
        float64: 3.0 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(loc) is ndarray
        and type(precision_tril) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            loc.dtype,
            loc.shape,
            precision_tril.dtype,
            precision_tril.shape,
        )
        plan = _MVN_LOG_PROB_VJP.plans.get(key) or _MVN_LOG_PROB_VJP.plan(key, g, input, loc, precision_tril)
        if plan is not None:
            found = plan.several(out, (), g, input, loc, precision_tril)
            if found is not None:
                return found
    return _MVN_LOG_PROB_VJP.several(g, input, loc, precision_tril, out=out)


def _variance(constants: Constants, input: Array, out: Array, a: Array) -> None:
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.subtract(input, r, a)
    total2 = rt.row_dot(a, a)
    np.divide(total2, n, out)


_VARIANCE = Kernel(
    "variance",
    Body(_variance, scratch=1),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 2),)),),
    columns=True,
)


def variance(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Variance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.variance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _VARIANCE.plans.get(key) or _VARIANCE.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _VARIANCE.one(input, axis=axis, out=out)


def _covariance(constants: Constants, input: Array, other: Array, out: Array, a: Array, b: Array) -> None:
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.subtract(input, r, a)
    total2 = rt.row_sum(other)
    r2 = np.divide(total2, n)
    np.subtract(other, r2, b)
    total3 = rt.row_dot(a, b)
    np.divide(total3, n, out)


_COVARIANCE = Kernel(
    "covariance",
    Body(_covariance, scratch=2),
    arguments=(Argument("input", row=True), Argument("other", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 1),)), Law((("other", 1),), (("output", 1),))),
    columns=True,
)


def covariance(input: ArrayLike, other: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Covariance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
        other: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.covariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 1.5 (0.5)
    """
    if type(input) is ndarray and type(other) is ndarray and axis == -1:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _COVARIANCE.plans.get(key) or _COVARIANCE.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _COVARIANCE.one(input, other, axis=axis, out=out)


def _correlation(constants: Constants, input: Array, other: Array, out: Array, a: Array, b: Array) -> None:
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.subtract(input, r, a)
    total2 = rt.row_sum(other)
    r2 = np.divide(total2, n)
    np.subtract(other, r2, b)
    total3 = rt.row_dot(a, b)
    total4 = rt.row_dot(a, a)
    r3 = np.sqrt(total4)
    total5 = rt.row_dot(b, b)
    r4 = np.sqrt(total5)
    r5 = np.multiply(r3, r4)
    np.divide(total3, r5, out)


_CORRELATION = Kernel(
    "correlation",
    Body(_correlation, scratch=2),
    arguments=(Argument("input", row=True), Argument("other", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), ()), Law((("other", 1),), ())),
    columns=True,
)


def correlation(input: ArrayLike, other: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Correlation.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/(sqrt(Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1,
            n)))*sqrt(Sum((other[k] - Sum(other[m], (m, 1, n))/n)**2, (k, 1, n))))

    Args:
        input: float16, float32 or float64, shape (..., n).
        other: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: variables that are not constant.
    Sources and proofs: symcheck show prob.correlation.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 2.5 (1.0)
    """
    if type(input) is ndarray and type(other) is ndarray and axis == -1:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _CORRELATION.plans.get(key) or _CORRELATION.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _CORRELATION.one(input, other, axis=axis, out=out)
