"""Normalisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, Law, ndarray

__all__ = ["batch_norm", "batch_norm_vjp", "layer_norm", "layer_norm_vjp", "rms_norm", "rms_norm_vjp"]


def _layer_norm(
    constants: Constants,
    input: Array,
    weight: Array,
    bias: Array,
    eps: Array,
    out: Array,
) -> None:
    one, = constants
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.subtract(input, r, out)
    total2 = rt.row_dot(out, out)
    r2 = np.divide(total2, n)
    r3 = np.add(eps, r2)
    r4 = np.sqrt(r3)
    r5 = np.divide(one, r4)
    np.multiply(out, r5, out)
    np.multiply(weight, out, out)
    np.add(out, bias, out)


_LAYER_NORM = Kernel(
    "layer_norm",
    Body(_layer_norm, constants=(1.0,)),
    arguments=(
        Argument("input", row=True),
        Argument("weight", "shared", row=True),
        Argument("bias", "shared", row=True),
        Argument("eps", "scalar"),
    ),
    results=(Argument("output", row=True),),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), ()),),
)


def layer_norm(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """LayerNorm.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LAYER_NORM.plans.get(key) or _LAYER_NORM.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight, bias)
            if found is not None:
                return found
    return _LAYER_NORM.one(input, weight, bias, eps, axis=axis, out=out)


def _layer_norm_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    weight: Array,
    bias: Array,
    eps: Array,
    input_result: Array,
    weight_result: Array,
    bias_result: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    total = rt.row_sum(input)
    n = rt.length(g)
    r = np.divide(total, n)
    np.subtract(input, r, a)
    total2 = rt.row_dot(a, a)
    r2 = np.divide(total2, n)
    r3 = np.add(eps, r2)
    r4 = np.sqrt(r3)
    r5 = np.divide(one, r4)
    np.multiply(a, r5, b)
    rt.column_sum(g, bias_result)
    np.multiply(g, weight, input_result)
    total3 = rt.row_dot(a, input_result)
    np.multiply(b, g, a)
    rt.column_sum(a, weight_result)
    r6 = np.divide(total3, n)
    r7 = np.divide(r6, r4)
    np.multiply(r7, b, b)
    np.subtract(input_result, b, input_result)
    total4 = rt.row_sum(input_result)
    r8 = np.divide(total4, n)
    np.subtract(input_result, r8, input_result)
    np.multiply(input_result, r5, input_result)


_LAYER_NORM_VJP = Kernel(
    "layer_norm_vjp",
    Body(_layer_norm_vjp, constants=(1.0,), scratch=2),
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("weight", "shared", row=True),
        Argument("bias", "shared", row=True),
        Argument("eps", "scalar"),
    ),
    results=(
        Argument("input", row=True),
        Argument("weight", "shared", row=True),
        Argument("bias", "shared", row=True),
    ),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), (("input", -1),)),),
    cotangents=("input", "weight", "bias"),
)


def layer_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """LayerNorm: vector-Jacobian product.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (n,)),
    that of bias (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (2.0)
        float64: 2.0 (1.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
        and type(bias) is ndarray
        and axis == -1
    ):
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LAYER_NORM_VJP.plans.get(key) or _LAYER_NORM_VJP.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight, bias)
            if found is not None:
                return found
    return _LAYER_NORM_VJP.several(g, input, weight, bias, eps, axis=axis, out=out)


def _batch_norm(
    constants: Constants,
    input: Array,
    weight: Array,
    bias: Array,
    eps: Array,
    out: Array,
    a: Array,
) -> None:
    one, = constants
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.subtract(input, r, a)
    np.multiply(weight, a, out)
    total2 = rt.row_dot(a, a)
    r2 = np.divide(total2, n)
    r3 = np.add(eps, r2)
    r4 = np.sqrt(r3)
    r5 = np.divide(one, r4)
    np.multiply(out, r5, out)
    np.add(bias, out, out)


_BATCH_NORM = Kernel(
    "batch_norm",
    Body(_batch_norm, constants=(1.0,), scratch=1),
    arguments=(Argument("input", row=True), Argument("weight"), Argument("bias"), Argument("eps", "scalar")),
    results=(Argument("output", row=True),),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), ()),),
    columns=True,
)


def batch_norm(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Array | None = None,
) -> Array:
    """BatchNorm.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, float32 or float64, shape (...); gain of each feature.
        bias: float16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _BATCH_NORM.plans.get(key) or _BATCH_NORM.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight, bias)
            if found is not None:
                return found
    return _BATCH_NORM.one(input, weight, bias, eps, axis=axis, out=out)


def _batch_norm_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    weight: Array,
    bias: Array,
    eps: Array,
    input_result: Array,
    weight_result: Array,
    bias_result: Array,
) -> None:
    total = rt.row_sum(input)
    n = rt.length(g)
    r = np.divide(total, n)
    np.subtract(input, r, input_result)
    total2 = rt.row_dot(input_result, input_result)
    r2 = np.divide(total2, n)
    r3 = np.add(eps, r2)
    r4 = np.sqrt(r3)
    total3 = rt.row_sum(g)
    total4 = rt.row_dot(input_result, g)
    r5 = np.square(r4)
    r6 = np.divide(total4, n)
    r7 = np.divide(r6, r5)
    np.multiply(r7, input_result, input_result)
    np.subtract(g, input_result, input_result)
    total5 = rt.row_sum(input_result)
    r8 = np.divide(weight, r4)
    r9 = np.divide(total5, n)
    np.subtract(input_result, r9, input_result)
    np.multiply(r8, input_result, input_result)
    np.divide(total4, r4, weight_result)
    np.copyto(bias_result, total3)


_BATCH_NORM_VJP = Kernel(
    "batch_norm_vjp",
    Body(_batch_norm_vjp),
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("weight"),
        Argument("bias"),
        Argument("eps", "scalar"),
    ),
    results=(Argument("input", row=True), Argument("weight"), Argument("bias")),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), (("input", -1),)),),
    cotangents=("input", "weight", "bias"),
    columns=True,
)


def batch_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """BatchNorm: vector-Jacobian product.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, float32 or float64, shape (...); gain of each feature.
        bias: float16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (...)),
    that of bias (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.5)
        float64: 1.5 (2.0)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
        and type(bias) is ndarray
        and axis == -1
    ):
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _BATCH_NORM_VJP.plans.get(key) or _BATCH_NORM_VJP.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight, bias)
            if found is not None:
                return found
    return _BATCH_NORM_VJP.several(g, input, weight, bias, eps, axis=axis, out=out)


def _rms_norm(constants: Constants, input: Array, weight: Array, eps: Array, out: Array) -> None:
    one, = constants
    total = rt.row_dot(input, input)
    n = rt.length(input)
    r = np.divide(total, n)
    r2 = np.add(eps, r)
    r3 = np.sqrt(r2)
    r4 = np.divide(one, r3)
    np.multiply(input, r4, out)
    np.multiply(weight, out, out)


_RMS_NORM = Kernel(
    "rms_norm",
    Body(_rms_norm, constants=(1.0,)),
    arguments=(
        Argument("input", row=True),
        Argument("weight", "shared", row=True),
        Argument("eps", "scalar"),
    ),
    results=(Argument("output", row=True),),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), ()),),
)


def rms_norm(
    input: ArrayLike,
    weight: ArrayLike,
    eps: float = 1e-06,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """RMSNorm.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape
        plan = _RMS_NORM.plans.get(key) or _RMS_NORM.plan(key, input, weight)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight)
            if found is not None:
                return found
    return _RMS_NORM.one(input, weight, eps, axis=axis, out=out)


def _rms_norm_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    weight: Array,
    eps: Array,
    input_result: Array,
    weight_result: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    total = rt.row_dot(input, input)
    n = rt.length(g)
    r = np.divide(total, n)
    r2 = np.add(eps, r)
    r3 = np.sqrt(r2)
    r4 = np.divide(one, r3)
    np.multiply(input, r4, a)
    np.multiply(g, weight, input_result)
    total2 = rt.row_dot(input, input_result)
    r5 = np.divide(total2, n)
    r6 = np.divide(r5, r3)
    np.multiply(r6, a, b)
    np.subtract(input_result, b, input_result)
    np.multiply(input_result, r4, input_result)
    np.multiply(a, g, a)
    rt.column_sum(a, weight_result)


_RMS_NORM_VJP = Kernel(
    "rms_norm_vjp",
    Body(_rms_norm_vjp, constants=(1.0,), scratch=2),
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("weight", "shared", row=True),
        Argument("eps", "scalar"),
    ),
    results=(Argument("input", row=True), Argument("weight", "shared", row=True)),
    rows=True,
    laws=(Law((("input", 1), ("eps", 2)), (("input", -1),)),),
    cotangents=("input", "weight"),
)


def rms_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    eps: float = 1e-06,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """RMSNorm: vector-Jacobian product.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(weight) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape
        plan = _RMS_NORM_VJP.plans.get(key) or _RMS_NORM_VJP.plan(key, g, input, weight)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight)
            if found is not None:
                return found
    return _RMS_NORM_VJP.several(g, input, weight, eps, axis=axis, out=out)
