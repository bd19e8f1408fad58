"""Activation functions.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, ndarray

__all__ = [
    "gelu",
    "gelu_sigmoid",
    "gelu_sigmoid_vjp",
    "gelu_tanh",
    "gelu_tanh_vjp",
    "gelu_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "log_sigmoid",
    "log_sigmoid_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "logsumexp",
    "logsumexp_vjp",
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "silu",
    "silu_vjp",
    "softmax",
    "softmax_vjp",
    "softplus",
    "softplus_vjp",
    "tanh",
    "tanh_vjp",
]


def _relu(constants: Constants, input: Array, out: Array) -> None:
    zero, infinity = constants
    rt.clip(input, zero, infinity, out)


_RELU = Kernel(
    "relu",
    Body(_relu, constants=(0.0, float("inf"))),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
)


def relu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Rectified linear unit.

        output = Max(0, input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _RELU.plans.get(key) or _RELU.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _RELU.one(input, out=out)


def _relu_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    zero, = constants
    np.less(zero, input, out, casting="unsafe")
    np.multiply(g, out, out)


_RELU_VJP = Kernel(
    "relu_vjp",
    Body(_relu_vjp, constants=(0.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    cotangents=("input",),
)


def relu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Rectified linear unit: vector-Jacobian product.

        output = Max(0, input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _RELU_VJP.plans.get(key) or _RELU_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _RELU_VJP.one(g, input, out=out)


def _leaky_relu(constants: Constants, input: Array, negative_slope: Array, out: Array) -> None:
    rt.leaky(input, negative_slope, out)


_LEAKY_RELU = Kernel(
    "leaky_relu",
    Body(_leaky_relu),
    arguments=(Argument("input"), Argument("negative_slope", "scalar")),
    results=(Argument("output"),),
)


def leaky_relu(input: ArrayLike, negative_slope: float = 0.01, *, out: Array | None = None) -> Array:
    """Leaky ReLU.

        output = Piecewise((input, input > 0), (input*negative_slope, True))

    Args:
        input: float16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _LEAKY_RELU.plans.get(key) or _LEAKY_RELU.plan(key, input)
        if plan is not None:
            found = plan.one(out, (negative_slope,), input)
            if found is not None:
                return found
    return _LEAKY_RELU.one(input, negative_slope, out=out)


def _leaky_relu_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    negative_slope: Array,
    out: Array,
    a: Array,
) -> None:
    zero, one = constants
    np.less(zero, input, out, casting="unsafe")
    np.subtract(one, out, a)
    np.multiply(negative_slope, a, a)
    np.add(out, a, out)
    np.multiply(g, out, out)


_LEAKY_RELU_VJP = Kernel(
    "leaky_relu_vjp",
    Body(_leaky_relu_vjp, constants=(0.0, 1.0), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("negative_slope", "scalar")),
    results=(Argument("input"),),
    cotangents=("input",),
)


def leaky_relu_vjp(
    g: ArrayLike,
    input: ArrayLike,
    negative_slope: float = 0.01,
    *,
    out: Array | None = None,
) -> Array:
    """Leaky ReLU: vector-Jacobian product.

        output = Piecewise((input, input > 0), (input*negative_slope, True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.
    Treated as constants, without a cotangent: negative_slope (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LEAKY_RELU_VJP.plans.get(key) or _LEAKY_RELU_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (negative_slope,), g, input)
            if found is not None:
                return found
    return _LEAKY_RELU_VJP.one(g, input, negative_slope, out=out)


def _silu(constants: Constants, input: Array, out: Array, a: Array, b: Array) -> None:
    zero, one = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, input, b, casting="unsafe")
    np.maximum(b, a, out=b)
    np.add(a, one, a)
    np.divide(b, a, a)
    np.equal(b, zero, b, casting="unsafe")
    np.multiply(input, a, a)
    np.copyto(out, a)
    np.copyto(out, zero, where=np.not_equal(b, zero))


def _silu_quick(constants: Constants, input: Array, out: Array) -> None:
    np.negative(input, out)
    rt.one_plus_exp(out, out)
    np.divide(input, out, out)


_SILU = Kernel(
    "silu",
    Body(_silu, constants=(0.0, 1.0), scratch=2),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_silu_quick),),
)


def silu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """SiLU (Swish).

        output = input*sigmoid(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SILU.plans.get(key) or _SILU.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SILU.one(input, out=out)


def _silu_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
) -> None:
    one, zero, two = constants
    np.absolute(input, a)
    np.subtract(one, a, out)
    np.negative(a, b)
    np.exp(b, b)
    np.add(b, one, c)
    np.divide(b, c, c)
    np.equal(b, zero, b, casting="unsafe")
    np.multiply(a, c, a)
    np.copyto(d, a)
    np.copyto(d, zero, where=np.not_equal(b, zero))
    np.add(out, d, out)
    np.multiply(out, c, out)
    np.copyto(c, out)
    np.copyto(c, zero, where=np.not_equal(b, zero))
    np.less_equal(zero, input, out, casting="unsafe")
    np.multiply(two, out, b)
    np.subtract(b, one, b)
    np.multiply(b, c, b)
    np.subtract(out, b, out)
    np.multiply(g, out, out)


def _silu_vjp_quick(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    one, = constants
    np.exp(input, out)
    np.add(out, one, a)
    np.divide(out, a, out)
    np.divide(input, a, a)
    np.add(one, a, a)
    np.multiply(out, a, out)
    np.multiply(g, out, out)


_SILU_VJP = Kernel(
    "silu_vjp",
    Body(_silu_vjp, constants=(1.0, 0.0, 2.0), scratch=4),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_silu_vjp_quick, constants=(1.0,), scratch=1),),
    cotangents=("input",),
)


def silu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """SiLU (Swish): vector-Jacobian product.

        output = input*sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claim act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 5.5 (5.5): its two terms cancel by three; the form of 2.5 ulp takes 1.5 times as long
        float64: 4.5 (4.0): its two terms cancel by three; the form of 2.5 ulp takes 1.5 times as long
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SILU_VJP.plans.get(key) or _SILU_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SILU_VJP.one(g, input, out=out)


def _gelu(
    constants: Constants,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
    e: Array,
) -> None:
    zero, infinity = constants
    rt.clip(input, zero, infinity, out)
    rt.tail_moment(input, a, b, c, d, e)
    np.subtract(out, a, out)


_GELU = Kernel(
    "gelu",
    Body(_gelu, constants=(0.0, float("inf")), scratch=5),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
)


def gelu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU.

        output = input*Phi(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-51 (float64), 2^-25 (float16 and float32; 2^-23.9 in an array whose numbers
    are all at most 5.5 in size).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claim act.gelu/tail_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 5.5 (5.0): near |x| = 1 two polynomials, an exponential and their products round
        float64: 4.5 (3.5): near |x| = 1 two polynomials, an exponential and their products round
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU.plans.get(key) or _GELU.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU.one(input, out=out)


def _gelu_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
) -> None:
    zero, c1 = constants
    np.absolute(input, out)
    rt.gauss(input, a, b, c)
    rt.mills(out, c, b, d)
    np.multiply(a, c, c)
    np.less(zero, input, out, casting="unsafe")
    np.subtract(out, c, out)
    np.absolute(out, out)
    np.multiply(c1, a, c)
    np.equal(a, zero, a, casting="unsafe")
    np.multiply(input, c, c)
    np.copyto(d, c)
    np.copyto(d, zero, where=np.not_equal(a, zero))
    np.add(out, d, out)
    np.multiply(g, out, out)


def _gelu_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
) -> None:
    zero, c1 = constants
    np.absolute(input, out)
    rt.gauss(input, a, b, c)
    rt.mills(out, c, b, d)
    np.multiply(a, c, c)
    np.less(zero, input, out, casting="unsafe")
    np.subtract(out, c, out)
    np.absolute(out, out)
    np.multiply(c1, a, a)
    np.multiply(input, a, a)
    np.add(out, a, out)
    np.multiply(g, out, out)


_GELU_VJP = Kernel(
    "gelu_vjp",
    Body(_gelu_vjp, constants=(0.0, 0.3989422804014327), scratch=4),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_gelu_vjp_quick, constants=(0.0, 0.3989422804014327), scratch=4),),
    cotangents=("input",),
)


def gelu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU: vector-Jacobian product.

        output = input*Phi(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-51 (float64), 2^-25 (float16 and float32; 2^-23.9 in an array whose numbers
    are all at most 5.5 in size).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claim act.gelu/cdf_by_tail.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 1.0 (0.5)
        float32: 7.5 (7.0): near |x| = 1 two polynomials, an exponential and their products round
        float64: 6.0 (5.5): near x = -1 or -2 the two terms of the slope cancel by a factor of three
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_VJP.plans.get(key) or _GELU_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_VJP.one(g, input, out=out)


def _gelu_sigmoid(constants: Constants, input: Array, out: Array, a: Array, b: Array) -> None:
    c0, zero, one = constants
    np.multiply(c0, input, a)
    np.absolute(a, b)
    np.negative(b, b)
    np.exp(b, b)
    np.less_equal(zero, a, a, casting="unsafe")
    np.maximum(a, b, out=a)
    np.add(b, one, b)
    np.divide(a, b, b)
    np.equal(a, zero, a, casting="unsafe")
    np.multiply(input, b, b)
    np.copyto(out, b)
    np.copyto(out, zero, where=np.not_equal(a, zero))


def _gelu_sigmoid_quick(constants: Constants, input: Array, out: Array) -> None:
    c0, = constants
    np.multiply(c0, input, out)
    rt.one_plus_exp(out, out)
    np.divide(input, out, out)


_GELU_SIGMOID = Kernel(
    "gelu_sigmoid",
    Body(_gelu_sigmoid, constants=(1.702, 0.0, 1.0), scratch=2),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_gelu_sigmoid_quick, constants=(-1.702,)),),
)


def gelu_sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, logistic form.

        output = input*sigmoid(851*input/500)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (3.0)
        float64: 3.0 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU_SIGMOID.plans.get(key) or _GELU_SIGMOID.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU_SIGMOID.one(input, out=out)


def _gelu_sigmoid_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
    e: Array,
) -> None:
    c0, one, zero, two = constants
    np.multiply(c0, input, out)
    np.absolute(out, a)
    np.subtract(one, a, b)
    np.negative(a, c)
    np.exp(c, c)
    np.add(c, one, d)
    np.divide(c, d, d)
    np.equal(c, zero, c, casting="unsafe")
    np.multiply(a, d, a)
    np.copyto(e, a)
    np.copyto(e, zero, where=np.not_equal(c, zero))
    np.add(b, e, b)
    np.multiply(b, d, b)
    np.copyto(d, b)
    np.copyto(d, zero, where=np.not_equal(c, zero))
    np.less_equal(zero, out, out, casting="unsafe")
    np.multiply(two, out, b)
    np.subtract(b, one, b)
    np.multiply(b, d, b)
    np.subtract(out, b, out)
    np.multiply(g, out, out)


def _gelu_sigmoid_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    c0, one, zero, two = constants
    np.multiply(c0, input, out)
    np.absolute(out, a)
    np.subtract(one, a, b)
    rt.one_plus_exp(a, c)
    np.divide(a, c, a)
    np.add(b, a, b)
    np.divide(b, c, b)
    np.less_equal(zero, out, out, casting="unsafe")
    np.multiply(two, out, c)
    np.subtract(c, one, c)
    np.multiply(c, b, c)
    np.subtract(out, c, out)
    np.multiply(g, out, out)


_GELU_SIGMOID_VJP = Kernel(
    "gelu_sigmoid_vjp",
    Body(_gelu_sigmoid_vjp, constants=(1.702, 1.0, 0.0, 2.0), scratch=5),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_gelu_sigmoid_vjp_quick, constants=(1.702, 1.0, 0.0, 2.0), scratch=3),),
    cotangents=("input",),
)


def gelu_sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, logistic form: vector-Jacobian product.

        output = input*sigmoid(851*input/500)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claim act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (3.5)
        float64: 3.0 (3.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_SIGMOID_VJP.plans.get(key) or _GELU_SIGMOID_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_SIGMOID_VJP.one(g, input, out=out)


def _gelu_tanh(constants: Constants, input: Array, out: Array, a: Array, b: Array) -> None:
    c0, c1, two, c3, c4, zero, one = constants
    rt.clip(input, c0, c1, a)
    np.square(a, out)
    np.multiply(two, a, b)
    np.multiply(c4, out, out)
    np.subtract(c3, out, out)
    np.multiply(a, out, a)
    np.subtract(b, a, b)
    np.absolute(b, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, b, b, casting="unsafe")
    np.maximum(b, a, out=b)
    np.add(a, one, a)
    np.divide(b, a, a)
    np.equal(b, zero, b, casting="unsafe")
    np.multiply(input, a, a)
    np.copyto(out, a)
    np.copyto(out, zero, where=np.not_equal(b, zero))


def _gelu_tanh_quick(constants: Constants, input: Array, out: Array, a: Array) -> None:
    two, c1, c2 = constants
    np.square(input, out)
    np.multiply(two, input, a)
    np.multiply(c2, out, out)
    np.subtract(c1, out, out)
    np.multiply(input, out, out)
    np.subtract(out, a, out)
    rt.one_plus_exp(out, out)
    np.divide(input, out, out)


_GELU_TANH = Kernel(
    "gelu_tanh",
    Body(
        _gelu_tanh,
        constants=(-32.0, 32.0, 2.0, 0.4042308783942692, 0.07135481627260025, 0.0, 1.0),
        scratch=2,
    ),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_gelu_tanh_quick, constants=(2.0, 0.4042308783942692, 0.07135481627260025), scratch=1),),
)


def gelu_tanh(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, tanh form.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 4.0 (2.5)
        float64: 3.5 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU_TANH.plans.get(key) or _GELU_TANH.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU_TANH.one(input, out=out)


def _gelu_tanh_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
    e: Array,
) -> None:
    c0, c1, c2, two, c4, c5, zero, one, c8 = constants
    rt.clip(input, c0, c1, a)
    np.square(a, b)
    np.multiply(two, a, out)
    np.multiply(c5, b, c)
    np.subtract(c4, c, c)
    np.multiply(a, c, a)
    np.subtract(out, a, out)
    np.absolute(out, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, out, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, c)
    np.square(c, d)
    np.multiply(c8, b, b)
    np.add(c2, b, b)
    np.multiply(out, c, out)
    np.equal(a, zero, c, casting="unsafe")
    np.multiply(input, a, a)
    np.copyto(e, a)
    np.copyto(e, zero, where=np.not_equal(c, zero))
    np.multiply(b, e, b)
    np.add(out, b, out)
    np.divide(out, d, out)
    np.multiply(g, out, out)


def _gelu_tanh_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    c0, two, c2, c3, one, c5 = constants
    np.square(input, a)
    np.multiply(two, input, out)
    np.multiply(c3, a, b)
    np.subtract(c2, b, b)
    np.multiply(input, b, b)
    np.subtract(b, out, b)
    np.exp(b, b)
    np.add(b, one, out)
    np.square(out, c)
    np.multiply(c5, a, a)
    np.add(c0, a, a)
    np.multiply(input, b, b)
    np.multiply(a, b, a)
    np.add(out, a, out)
    np.divide(out, c, out)
    np.multiply(g, out, out)


_GELU_TANH_VJP = Kernel(
    "gelu_tanh_vjp",
    Body(
        _gelu_tanh_vjp,
        constants=(
            -32.0,
            32.0,
            1.5957691216057308,
            2.0,
            0.4042308783942692,
            0.07135481627260025,
            0.0,
            1.0,
            0.21406444881780073,
        ),
        scratch=5,
    ),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(
        Body(
            _gelu_tanh_vjp_quick,
            constants=(
                1.5957691216057308,
                2.0,
                0.4042308783942692,
                0.07135481627260025,
                1.0,
                0.21406444881780073,
            ),
            scratch=3,
        ),
    ),
    cotangents=("input",),
)


def gelu_tanh_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, tanh form: vector-Jacobian product.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 9.0 (8.0): the roundings of the exponential's argument u count |u| times
        float64: 6.0 (5.0): the roundings of the exponential's argument u count |u| times
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_TANH_VJP.plans.get(key) or _GELU_TANH_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_TANH_VJP.one(g, input, out=out)


def _sigmoid(constants: Constants, input: Array, out: Array, a: Array) -> None:
    zero, one = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, input, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, a)
    np.divide(out, a, out)


def _sigmoid_quick(constants: Constants, input: Array, out: Array) -> None:
    one, = constants
    np.negative(input, out)
    rt.one_plus_exp(out, out)
    np.divide(one, out, out)


_SIGMOID = Kernel(
    "sigmoid",
    Body(_sigmoid, constants=(0.0, 1.0), scratch=1),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_sigmoid_quick, constants=(1.0,)),),
)


def sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Logistic sigmoid.

        output = sigmoid(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SIGMOID.plans.get(key) or _SIGMOID.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SIGMOID.one(input, out=out)


def _sigmoid_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    one, = constants
    np.absolute(input, out)
    np.negative(out, out)
    np.exp(out, out)
    np.add(out, one, a)
    np.square(a, a)
    np.divide(out, a, out)
    np.multiply(g, out, out)


def _sigmoid_vjp_quick(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    one, = constants
    np.negative(input, out)
    np.exp(out, out)
    np.add(out, one, a)
    np.square(a, a)
    np.divide(out, a, out)
    np.multiply(g, out, out)


_SIGMOID_VJP = Kernel(
    "sigmoid_vjp",
    Body(_sigmoid_vjp, constants=(1.0,), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_sigmoid_vjp_quick, constants=(1.0,), scratch=1),),
    cotangents=("input",),
)


def sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Logistic sigmoid: vector-Jacobian product.

        output = sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claim act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 4.0 (3.5)
        float64: 3.5 (3.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SIGMOID_VJP.plans.get(key) or _SIGMOID_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SIGMOID_VJP.one(g, input, out=out)


def _tanh(constants: Constants, input: Array, out: Array) -> None:
    np.tanh(input, out)


_TANH = Kernel("tanh", Body(_tanh), arguments=(Argument("input"),), results=(Argument("output"),))


def tanh(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Hyperbolic tangent.

        output = tanh(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.tanh.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _TANH.plans.get(key) or _TANH.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _TANH.one(input, out=out)


def _tanh_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    two, one, c2 = constants
    np.multiply(two, input, a)
    np.absolute(a, a)
    np.negative(a, a)
    np.exp(a, a)
    np.add(a, one, out)
    np.square(out, out)
    np.divide(a, out, a)
    np.multiply(c2, g, out)
    np.multiply(out, a, out)


def _tanh_vjp_quick(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    c0, one, c2 = constants
    np.multiply(c0, input, a)
    np.exp(a, a)
    np.add(a, one, out)
    np.square(out, out)
    np.divide(a, out, a)
    np.multiply(c2, g, out)
    np.multiply(out, a, out)


_TANH_VJP = Kernel(
    "tanh_vjp",
    Body(_tanh_vjp, constants=(2.0, 1.0, 4.0), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_tanh_vjp_quick, constants=(-2.0, 1.0, 4.0), scratch=1),),
    cotangents=("input",),
)


def tanh_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Hyperbolic tangent: vector-Jacobian product.

        output = tanh(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.tanh.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 4.0 (3.5)
        float64: 3.0 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _TANH_VJP.plans.get(key) or _TANH_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _TANH_VJP.one(g, input, out=out)


def _softplus(constants: Constants, input: Array, out: Array, a: Array) -> None:
    zero, infinity = constants
    np.absolute(input, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
    rt.clip(input, zero, infinity, a)
    np.add(out, a, out)


def _softplus_quick(constants: Constants, input: Array, out: Array) -> None:
    np.exp(input, out)
    np.log1p(out, out)


_SOFTPLUS = Kernel(
    "softplus",
    Body(_softplus, constants=(0.0, float("inf")), scratch=1),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_softplus_quick),),
)


def softplus(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Softplus.

        output = softplus(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (3.5)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SOFTPLUS.plans.get(key) or _SOFTPLUS.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SOFTPLUS.one(input, out=out)


def _softplus_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    zero, one = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, input, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, a)
    np.divide(out, a, out)
    np.multiply(g, out, out)


def _softplus_vjp_quick(constants: Constants, g: Array, input: Array, out: Array) -> None:
    np.negative(input, out)
    rt.one_plus_exp(out, out)
    np.divide(g, out, out)


_SOFTPLUS_VJP = Kernel(
    "softplus_vjp",
    Body(_softplus_vjp, constants=(0.0, 1.0), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_softplus_vjp_quick),),
    cotangents=("input",),
)


def softplus_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Softplus: vector-Jacobian product.

        output = softplus(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claim act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTPLUS_VJP.plans.get(key) or _SOFTPLUS_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SOFTPLUS_VJP.one(g, input, out=out)


def _log_sigmoid(constants: Constants, input: Array, out: Array, a: Array) -> None:
    zero, minus_infinity = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.log1p(a, a)
    rt.clip(input, minus_infinity, zero, out)
    np.subtract(out, a, out)


def _log_sigmoid_quick(constants: Constants, input: Array, out: Array) -> None:
    np.negative(input, out)
    np.exp(out, out)
    np.log1p(out, out)
    np.negative(out, out)


_LOG_SIGMOID = Kernel(
    "log_sigmoid",
    Body(_log_sigmoid, constants=(0.0, float("-inf")), scratch=1),
    arguments=(Argument("input"),),
    results=(Argument("output"),),
    quick=(Body(_log_sigmoid_quick),),
)


def log_sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Log-sigmoid.

        output = -softplus(-input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (3.5)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _LOG_SIGMOID.plans.get(key) or _LOG_SIGMOID.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOG_SIGMOID.one(input, out=out)


def _log_sigmoid_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    zero, one = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(input, zero, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, a)
    np.divide(out, a, out)
    np.multiply(g, out, out)


def _log_sigmoid_vjp_quick(constants: Constants, g: Array, input: Array, out: Array) -> None:
    rt.one_plus_exp(input, out)
    np.divide(g, out, out)


_LOG_SIGMOID_VJP = Kernel(
    "log_sigmoid_vjp",
    Body(_log_sigmoid_vjp, constants=(0.0, 1.0), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input")),
    results=(Argument("input"),),
    quick=(Body(_log_sigmoid_vjp_quick),),
    cotangents=("input",),
)


def log_sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Log-sigmoid: vector-Jacobian product.

        output = -softplus(-input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOG_SIGMOID_VJP.plans.get(key) or _LOG_SIGMOID_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOG_SIGMOID_VJP.one(g, input, out=out)


def _softmax(constants: Constants, input: Array, out: Array) -> None:
    one, = constants
    top = rt.row_max(input)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, out)
    np.exp(out, out)
    total = rt.row_sum(out)
    r = np.divide(one, total)
    np.multiply(out, r, out)


def _softmax_quick(constants: Constants, input: Array, out: Array) -> None:
    half, one = constants
    np.exp(input, out)
    total = rt.row_sum(out)
    r = np.subtract(total, half)
    rt.watch(r)
    r2 = np.divide(one, total)
    np.multiply(out, r2, out)


_SOFTMAX = Kernel(
    "softmax",
    Body(_softmax, constants=(1.0,)),
    arguments=(Argument("input", row=True),),
    results=(Argument("output", row=True),),
    quick=(Body(_softmax_quick, constants=(0.5, 1.0)),),
    rows=True,
    columns=True,
)


def softmax(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Softmax.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claim act.softmax/shift_invariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.0)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SOFTMAX.plans.get(key) or _SOFTMAX.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SOFTMAX.one(input, axis=axis, out=out)


def _softmax_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array, b: Array) -> None:
    one, = constants
    top = rt.row_max(input)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, a)
    np.exp(a, a)
    total = rt.row_sum(a)
    r = np.divide(one, total)
    np.multiply(a, r, out)
    moved = rt.from_largest(a, g, total, b)
    total2 = rt.row_dot(a, moved)
    r2 = np.divide(total2, total)
    np.subtract(moved, r2, b)
    np.multiply(out, b, out)


def _softmax_vjp_quick(constants: Constants, g: Array, input: Array, out: Array, a: Array, b: Array) -> None:
    half, one = constants
    np.exp(input, a)
    total = rt.row_sum(a)
    r = np.subtract(total, half)
    rt.watch(r)
    r2 = np.divide(one, total)
    np.multiply(a, r2, out)
    moved = rt.from_largest(a, g, total, b)
    total2 = rt.row_dot(a, moved)
    r3 = np.divide(total2, total)
    np.subtract(moved, r3, b)
    np.multiply(out, b, out)


_SOFTMAX_VJP = Kernel(
    "softmax_vjp",
    Body(_softmax_vjp, constants=(1.0,), scratch=2),
    arguments=(Argument("g", "cotangent", row=True), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    quick=(Body(_softmax_vjp_quick, constants=(0.5, 1.0), scratch=2),),
    rows=True,
    cotangents=("input",),
)


def softmax_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Softmax: vector-Jacobian product.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTMAX_VJP.plans.get(key) or _SOFTMAX_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SOFTMAX_VJP.one(g, input, axis=axis, out=out)


def _logsumexp(constants: Constants, input: Array, out: Array, a: Array) -> None:
    top, rest = rt.max_and_rest(input, a)
    r = np.log1p(rest)
    np.add(r, top, out)


def _logsumexp_quick(constants: Constants, input: Array, out: Array, a: Array) -> None:
    top, rest = rt.top_and_rest(input, a)
    r = np.log1p(rest)
    np.add(r, top, out)


_LOGSUMEXP = Kernel(
    "logsumexp",
    Body(_logsumexp, scratch=1),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    quick=(Body(_logsumexp_quick, scratch=1),),
    rows=True,
)


def logsumexp(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-sum-exp.

        output = log(Sum(exp(input[k]), (k, 1, n)))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _LOGSUMEXP.plans.get(key) or _LOGSUMEXP.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOGSUMEXP.one(input, axis=axis, out=out)


def _logsumexp_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    top = rt.row_max(input)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, out)
    np.exp(out, out)
    total = rt.row_sum(out)
    r = np.divide(g, total)
    np.multiply(r, out, out)


def _logsumexp_vjp_quick(constants: Constants, g: Array, input: Array, out: Array) -> None:
    half, c1, one = constants
    np.exp(input, out)
    total = rt.row_sum(out)
    r = np.subtract(total, half)
    rt.watch(r)
    r2 = np.divide(g, total)
    r3 = np.absolute(r2)
    r4 = np.multiply(c1, r3)
    r5 = np.subtract(r4, one)
    r6 = np.absolute(g)
    r7 = np.multiply(r5, r6)
    rt.watch(r7)
    np.multiply(r2, out, out)


_LOGSUMEXP_VJP = Kernel(
    "logsumexp_vjp",
    Body(_logsumexp_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    quick=(Body(_logsumexp_vjp_quick, constants=(0.5, 1.2676506002282294e+30, 1.0)),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def logsumexp_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-sum-exp: vector-Jacobian product.

        output = log(Sum(exp(input[k]), (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 1.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOGSUMEXP_VJP.plans.get(key) or _LOGSUMEXP_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOGSUMEXP_VJP.one(g, input, axis=axis, out=out)


def _log_softmax(constants: Constants, input: Array, out: Array) -> None:
    top, rest = rt.max_and_rest(input, out)
    np.subtract(input, top, out)
    r = np.log1p(rest)
    np.subtract(out, r, out)


def _log_softmax_quick(constants: Constants, input: Array, out: Array, a: Array) -> None:
    _, rest = rt.shifted_and_rest(input, out, a)
    r = np.log1p(rest)
    np.subtract(out, r, out)


_LOG_SOFTMAX = Kernel(
    "log_softmax",
    Body(_log_softmax),
    arguments=(Argument("input", row=True),),
    results=(Argument("output", row=True),),
    quick=(Body(_log_softmax_quick, scratch=1),),
    rows=True,
)


def log_softmax(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-softmax.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _LOG_SOFTMAX.plans.get(key) or _LOG_SOFTMAX.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOG_SOFTMAX.one(input, axis=axis, out=out)


def _log_softmax_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    top = rt.row_max(input)
    total = rt.row_sum(g)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, out)
    np.exp(out, out)
    total2 = rt.row_sum(out)
    r = np.divide(total, total2)
    np.multiply(r, out, out)
    np.subtract(g, out, out)


def _log_softmax_vjp_quick(constants: Constants, g: Array, input: Array, out: Array) -> None:
    half, c1, one = constants
    total = rt.row_sum(g)
    np.exp(input, out)
    total2 = rt.row_sum(out)
    r = np.subtract(total2, half)
    rt.watch(r)
    r2 = np.divide(total, total2)
    r3 = np.absolute(r2)
    r4 = np.multiply(c1, r3)
    r5 = np.subtract(r4, one)
    r6 = np.absolute(total)
    r7 = np.multiply(r5, r6)
    rt.watch(r7)
    np.multiply(r2, out, out)
    np.subtract(g, out, out)


_LOG_SOFTMAX_VJP = Kernel(
    "log_softmax_vjp",
    Body(_log_softmax_vjp),
    arguments=(Argument("g", "cotangent", row=True), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    quick=(Body(_log_softmax_vjp_quick, constants=(0.5, 1.2676506002282294e+30, 1.0)),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def log_softmax_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-softmax: vector-Jacobian product.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOG_SOFTMAX_VJP.plans.get(key) or _LOG_SOFTMAX_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOG_SOFTMAX_VJP.one(g, input, axis=axis, out=out)
