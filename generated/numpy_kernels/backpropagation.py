"""Backpropagation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _contractions as tn
from ._driver import Argument, Array, Body, Constants, Kernel, ndarray
from ._tensors import Tensor, TensorKernel

__all__ = ["dense_sigmoid", "dense_sigmoid_vjp", "he_variance", "linear", "linear_vjp", "xavier_variance"]


def _linear(constants: Constants, bias: Array, weight: Array, input: Array, out: Array) -> None:
    t3 = tn.contract("*a,ba->*b", input, weight)
    np.add(bias, t3, out=out)


_LINEAR = TensorKernel(
    "linear",
    _linear,
    arguments=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    results=(Tensor("output", ("*", "n")),),
    inputs=(("bias", ("n",)), ("weight", ("n", "m")), ("input", ("*", "m"))),
)


def linear(input: ArrayLike, weight: ArrayLike, bias: ArrayLike, *, out: Array | None = None) -> Array:
    """Gradients of weights and biases.

        output[i] = bias[i] + Sum(input[j]*weight[i, j], (j, 1, m))

    Args:
        input: float16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, float32 or float64, shape (n, m).
        bias: float16, float32 or float64, shape (n,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.weights.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 1.0 (0.5)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LINEAR.plans.get(key) or _LINEAR.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (), input, weight, bias)
            if found is not None:
                return found
    return _LINEAR.one(input, weight, bias, out=out)


def _linear_vjp(
    constants: Constants,
    weight: Array,
    input: Array,
    g: Array,
    input_result: Array,
    weight_result: Array,
    bias_result: Array,
) -> None:
    tn.contract("*a,ab->*b", g, weight, input_result)
    tn.contract("*a,*b->ab", g, input, weight_result)
    t5 = tn.sum_leading(g, 1)
    np.copyto(bias_result, t5)


_LINEAR_VJP = TensorKernel(
    "linear_vjp",
    _linear_vjp,
    arguments=(
        Tensor("g", ("*", "n"), kind="cotangent"),
        Tensor("input", ("*", "m")),
        Tensor("weight", ("n", "m")),
        Tensor("bias", ("n",)),
    ),
    results=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    inputs=(("weight", ("n", "m")), ("input", ("*", "m")), ("g", ("*", "n"))),
    cotangents=("input", "weight", "bias"),
)


def linear_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Gradients of weights and biases: vector-Jacobian product.

        output[i] = bias[i] + Sum(input[j]*weight[i, j], (j, 1, m))
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, float32 or float64, shape (n, m).
        bias: float16, float32 or float64, shape (n,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., m)), that of weight (shape (n, m)),
    that of bias (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.weights.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LINEAR_VJP.plans.get(key) or _LINEAR_VJP.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (), g, input, weight, bias)
            if found is not None:
                return found
    return _LINEAR_VJP.several(g, input, weight, bias, out=out)


def _dense_sigmoid(constants: Constants, bias: Array, weight: Array, input: Array, out: Array) -> None:
    zero, one = constants
    t3 = tn.contract("*a,ba->*b", input, weight)
    np.add(bias, t3, out=t3)
    t5 = np.absolute(t3)
    np.negative(t5, out=t5)
    np.exp(t5, out=t5)
    t9 = np.less_equal(zero, t3)
    t11 = np.maximum(t9, t5)
    np.add(t5, one, out=t5)
    np.divide(t11, t5, out=out)


_DENSE_SIGMOID = TensorKernel(
    "dense_sigmoid",
    _dense_sigmoid,
    arguments=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    results=(Tensor("output", ("*", "n")),),
    inputs=(("bias", ("n",)), ("weight", ("n", "m")), ("input", ("*", "m"))),
    constants=(0.0, 1.0),
)


def dense_sigmoid(input: ArrayLike, weight: ArrayLike, bias: ArrayLike, *, out: Array | None = None) -> Array:
    """Backpropagated error.

        output[i] = sigmoid(bias[i] + Sum(input[j]*weight[i, j], (j, 1, m)))

    Args:
        input: float16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, float32 or float64, shape (n, m).
        bias: float16, float32 or float64, shape (n,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.delta.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _DENSE_SIGMOID.plans.get(key) or _DENSE_SIGMOID.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (), input, weight, bias)
            if found is not None:
                return found
    return _DENSE_SIGMOID.one(input, weight, bias, out=out)


def _dense_sigmoid_vjp(
    constants: Constants,
    bias: Array,
    weight: Array,
    input: Array,
    g: Array,
    input_result: Array,
    weight_result: Array,
    bias_result: Array,
) -> None:
    one, = constants
    t3 = tn.contract("*b,ab->*a", input, weight)
    np.add(bias, t3, out=t3)
    np.absolute(t3, out=t3)
    np.negative(t3, out=t3)
    np.exp(t3, out=t3)
    t10 = np.add(t3, one)
    np.square(t10, out=t10)
    np.divide(t3, t10, out=t3)
    np.multiply(g, t3, out=t3)
    tn.contract("*a,ab->*b", t3, weight, input_result)
    tn.contract("*a,*b->ab", t3, input, weight_result)
    t16 = tn.sum_leading(t3, 1)
    np.copyto(bias_result, t16)


_DENSE_SIGMOID_VJP = TensorKernel(
    "dense_sigmoid_vjp",
    _dense_sigmoid_vjp,
    arguments=(
        Tensor("g", ("*", "n"), kind="cotangent"),
        Tensor("input", ("*", "m")),
        Tensor("weight", ("n", "m")),
        Tensor("bias", ("n",)),
    ),
    results=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    inputs=(("bias", ("n",)), ("weight", ("n", "m")), ("input", ("*", "m")), ("g", ("*", "n"))),
    constants=(1.0,),
    cotangents=("input", "weight", "bias"),
)


def dense_sigmoid_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Backpropagated error: vector-Jacobian product.

        output[i] = sigmoid(bias[i] + Sum(input[j]*weight[i, j], (j, 1, m)))
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, float32 or float64, shape (n, m).
        bias: float16, float32 or float64, shape (n,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., m)), that of weight (shape (n, m)),
    that of bias (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.delta.
    Stable by the proved claim act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (0.5)
        float64: 2.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _DENSE_SIGMOID_VJP.plans.get(key) or _DENSE_SIGMOID_VJP.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (), g, input, weight, bias)
            if found is not None:
                return found
    return _DENSE_SIGMOID_VJP.several(g, input, weight, bias, out=out)


def _xavier_variance(constants: Constants, fan_in: Array, fan_out: Array, out: Array) -> None:
    two, = constants
    np.add(fan_in, fan_out, out)
    np.divide(two, out, out)


_XAVIER_VARIANCE = Kernel(
    "xavier_variance",
    Body(_xavier_variance, constants=(2.0,)),
    arguments=(Argument("fan_in"), Argument("fan_out")),
    results=(Argument("output"),),
)


def xavier_variance(fan_in: ArrayLike, fan_out: ArrayLike, *, out: Array | None = None) -> Array:
    """Xavier initialisation.

        output = 2/(fan_in + fan_out)

    Args:
        fan_in: float16, float32 or float64, shape (...).
        fan_out: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.xavier.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(fan_in) is ndarray and type(fan_out) is ndarray:
        key = fan_in.dtype, fan_in.shape, fan_out.dtype, fan_out.shape
        plan = _XAVIER_VARIANCE.plans.get(key) or _XAVIER_VARIANCE.plan(key, fan_in, fan_out)
        if plan is not None:
            found = plan.one(out, (), fan_in, fan_out)
            if found is not None:
                return found
    return _XAVIER_VARIANCE.one(fan_in, fan_out, out=out)


def _he_variance(constants: Constants, fan_in: Array, out: Array) -> None:
    two, = constants
    np.divide(two, fan_in, out)


_HE_VARIANCE = Kernel(
    "he_variance",
    Body(_he_variance, constants=(2.0,)),
    arguments=(Argument("fan_in"),),
    results=(Argument("output"),),
)


def he_variance(fan_in: ArrayLike, *, out: Array | None = None) -> Array:
    """He initialisation.

        output = 2/fan_in

    Args:
        fan_in: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.he.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(fan_in) is ndarray:
        key = fan_in.dtype, fan_in.shape
        plan = _HE_VARIANCE.plans.get(key) or _HE_VARIANCE.plan(key, fan_in)
        if plan is not None:
            found = plan.one(out, (), fan_in)
            if found is not None:
                return found
    return _HE_VARIANCE.one(fan_in, out=out)
