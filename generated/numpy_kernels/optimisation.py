"""Optimisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Constants, Kernel, Law, Number

__all__ = [
    "adam_step",
    "adamw_step",
    "clip_by_norm",
    "clip_by_norm_vjp",
    "cosine_schedule",
    "dropout",
    "dropout_vjp",
    "l1_penalty",
    "l1_penalty_vjp",
    "l2_penalty",
    "l2_penalty_vjp",
    "momentum_step",
    "sgd_step",
    "warmup_cosine_schedule",
]


def _sgd_step(constants: Constants, param: Array, grad: Array, lr: Array, out: Array) -> None:
    np.multiply(lr, grad, out)
    np.subtract(param, out, out)


_SGD_STEP = Kernel(
    "sgd_step",
    _sgd_step,
    arguments=(Argument("param"), Argument("grad"), Argument("lr", "scalar")),
    results=(Argument("param"),),
)


def sgd_step(param: ArrayLike, grad: ArrayLike, lr: float, *, out: Array | None = None) -> Array:
    """Gradient descent.

        param = -grad*lr + param

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        lr: a number; learning rate.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.5)
    """
    return _SGD_STEP.one(param, grad, lr, out=out)


def _momentum_step(
    constants: Constants,
    param: Array,
    grad: Array,
    velocity: Array,
    lr: Array,
    momentum: Array,
    param_result: Array,
    velocity_result: Array,
    a: Array,
) -> None:
    np.multiply(lr, grad, velocity_result)
    np.subtract(param, velocity_result, param_result)
    np.multiply(momentum, velocity, a)
    np.subtract(param_result, a, param_result)
    np.add(velocity_result, a, velocity_result)


_MOMENTUM_STEP = Kernel(
    "momentum_step",
    _momentum_step,
    arguments=(
        Argument("param"),
        Argument("grad"),
        Argument("velocity"),
        Argument("lr", "scalar"),
        Argument("momentum", "scalar"),
    ),
    results=(Argument("param"), Argument("velocity")),
    scratch=1,
)


def momentum_step(
    param: ArrayLike,
    grad: ArrayLike,
    velocity: ArrayLike,
    lr: float,
    momentum: float = 0.9,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Gradient descent with momentum.

        param = -grad*lr - momentum*velocity + param
        velocity = grad*lr + momentum*velocity

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        velocity: float16, float32 or float64, shape (...).
        lr: a number; learning rate.
        momentum: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), velocity (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.0 (1.5)
    """
    return _MOMENTUM_STEP.several(param, grad, velocity, lr, momentum, out=out)


def _adam_step(
    constants: Constants,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    lr: Array,
    beta1: Array,
    k: Array,
    k5: Array,
    eps: Array,
    beta2: Array,
    k6: Array,
    k10: Array,
    param_result: Array,
    exp_avg_result: Array,
    exp_avg_sq_result: Array,
    a: Array,
) -> None:
    np.multiply(beta1, exp_avg, exp_avg_result)
    np.multiply(grad, k, param_result)
    np.add(exp_avg_result, param_result, exp_avg_result)
    np.multiply(lr, exp_avg_result, param_result)
    np.multiply(beta2, exp_avg_sq, exp_avg_sq_result)
    np.square(grad, a)
    np.multiply(a, k6, a)
    np.add(exp_avg_sq_result, a, exp_avg_sq_result)
    np.divide(exp_avg_sq_result, k10, a)
    np.sqrt(a, a)
    np.add(eps, a, a)
    np.multiply(k5, a, a)
    np.divide(param_result, a, param_result)
    np.subtract(param, param_result, param_result)


def _adam_step_numbers(
    step: Number,
    lr: Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
) -> tuple[Number, ...]:
    k = np.subtract(1.0, beta1)
    k2 = np.log(beta1)
    k3 = np.multiply(step, k2)
    k4 = np.expm1(k3)
    k5 = np.negative(k4)
    k6 = np.subtract(1.0, beta2)
    k7 = np.log(beta2)
    k8 = np.multiply(step, k7)
    k9 = np.expm1(k8)
    k10 = np.negative(k9)
    return lr, beta1, k, k5, eps, beta2, k6, k10


_ADAM_STEP = Kernel(
    "adam_step",
    _adam_step,
    arguments=(
        Argument("param"),
        Argument("grad"),
        Argument("exp_avg"),
        Argument("exp_avg_sq"),
        Argument("step", "scalar"),
        Argument("lr", "scalar"),
        Argument("beta1", "scalar"),
        Argument("beta2", "scalar"),
        Argument("eps", "scalar"),
    ),
    results=(Argument("param"), Argument("exp_avg"), Argument("exp_avg_sq")),
    numbers=_adam_step_numbers,
    scratch=1,
)


def adam_step(
    param: ArrayLike,
    grad: ArrayLike,
    exp_avg: ArrayLike,
    exp_avg_sq: ArrayLike,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Adam.

        param = -lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps + sqrt((beta2*exp_avg_sq
            + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        exp_avg: float16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), exp_avg (shape (...)), exp_avg_sq (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: second moments >= 0.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.0)
        float64: 4.0 (2.5)
    """
    return _ADAM_STEP.several(param, grad, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, out=out)


def _adamw_step(
    constants: Constants,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    lr: Array,
    k: Array,
    beta1: Array,
    k2: Array,
    k6: Array,
    eps: Array,
    beta2: Array,
    k7: Array,
    k11: Array,
    param_result: Array,
    exp_avg_result: Array,
    exp_avg_sq_result: Array,
    a: Array,
    b: Array,
) -> None:
    np.multiply(k, param, param_result)
    np.subtract(param, param_result, param_result)
    np.multiply(beta1, exp_avg, exp_avg_result)
    np.multiply(grad, k2, a)
    np.add(exp_avg_result, a, exp_avg_result)
    np.multiply(lr, exp_avg_result, a)
    np.multiply(beta2, exp_avg_sq, exp_avg_sq_result)
    np.square(grad, b)
    np.multiply(b, k7, b)
    np.add(exp_avg_sq_result, b, exp_avg_sq_result)
    np.divide(exp_avg_sq_result, k11, b)
    np.sqrt(b, b)
    np.add(eps, b, b)
    np.multiply(k6, b, b)
    np.divide(a, b, a)
    np.subtract(param_result, a, param_result)


def _adamw_step_numbers(
    step: Number,
    lr: Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
    weight_decay: Number,
) -> tuple[Number, ...]:
    k = np.multiply(weight_decay, lr)
    k2 = np.subtract(1.0, beta1)
    k3 = np.log(beta1)
    k4 = np.multiply(step, k3)
    k5 = np.expm1(k4)
    k6 = np.negative(k5)
    k7 = np.subtract(1.0, beta2)
    k8 = np.log(beta2)
    k9 = np.multiply(step, k8)
    k10 = np.expm1(k9)
    k11 = np.negative(k10)
    return lr, k, beta1, k2, k6, eps, beta2, k7, k11


_ADAMW_STEP = Kernel(
    "adamw_step",
    _adamw_step,
    arguments=(
        Argument("param"),
        Argument("grad"),
        Argument("exp_avg"),
        Argument("exp_avg_sq"),
        Argument("step", "scalar"),
        Argument("lr", "scalar"),
        Argument("beta1", "scalar"),
        Argument("beta2", "scalar"),
        Argument("eps", "scalar"),
        Argument("weight_decay", "scalar"),
    ),
    results=(Argument("param"), Argument("exp_avg"), Argument("exp_avg_sq")),
    numbers=_adamw_step_numbers,
    scratch=2,
)


def adamw_step(
    param: ArrayLike,
    grad: ArrayLike,
    exp_avg: ArrayLike,
    exp_avg_sq: ArrayLike,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.01,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """AdamW.

        param = -lr*param*weight_decay - lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps +
            sqrt((beta2*exp_avg_sq + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        exp_avg: float16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        weight_decay: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), exp_avg (shape (...)), exp_avg_sq (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: second moments >= 0.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.0)
        float64: 4.0 (2.5)
    """
    return _ADAMW_STEP.several(
        param,
        grad,
        exp_avg,
        exp_avg_sq,
        step,
        lr,
        beta1,
        beta2,
        eps,
        weight_decay,
        out=out,
    )


def _clip_by_norm(constants: Constants, input: Array, max_norm: Array, out: Array, a: Array) -> None:
    zero, = constants
    np.multiply(max_norm, input, a)
    np.square(input, out)
    total = rt.row_sum(out)
    r = np.sqrt(total)
    np.divide(a, r, a)
    holds = np.less_equal(r, max_norm)
    np.copyto(out, a)
    np.copyto(out, input, where=np.not_equal(holds, zero))


_CLIP_BY_NORM = Kernel(
    "clip_by_norm",
    _clip_by_norm,
    arguments=(Argument("input", row=True), Argument("max_norm", "scalar")),
    results=(Argument("output", row=True),),
    constants=(0.0,),
    scratch=1,
    rows=True,
    laws=(Law((("input", 1), ("max_norm", 1)), (("output", 1),)),),
)


def clip_by_norm(
    input: ArrayLike,
    max_norm: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Gradient clipping by norm.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))

    Args:
        input: float16, float32 or float64, shape (..., n).
        max_norm: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 1.5 (1.0)
    """
    return _CLIP_BY_NORM.one(input, max_norm, axis=axis, out=out)


def _clip_by_norm_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    max_norm: Array,
    out: Array,
    a: Array,
) -> None:
    one, zero = constants
    np.square(input, out)
    total = rt.row_sum(out)
    r = np.sqrt(total)
    holds = np.less_equal(r, max_norm)
    np.multiply(g, holds, out)
    chosen = np.where(holds, zero, one)
    np.multiply(input, g, a)
    total2 = rt.row_sum(a)
    r2 = np.square(r)
    r3 = np.divide(total2, r2)
    np.multiply(r3, input, a)
    np.subtract(g, a, a)
    r4 = np.multiply(max_norm, chosen)
    r5 = np.divide(r4, r)
    np.multiply(r5, a, a)
    np.add(out, a, out)


_CLIP_BY_NORM_VJP = Kernel(
    "clip_by_norm_vjp",
    _clip_by_norm_vjp,
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("max_norm", "scalar"),
    ),
    results=(Argument("input", row=True),),
    constants=(1.0, 0.0),
    scratch=1,
    rows=True,
    laws=(Law((("input", 1), ("max_norm", 1)), ()),),
    cotangents=("input",),
)


def clip_by_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    max_norm: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Gradient clipping by norm: vector-Jacobian product.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        max_norm: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.5)
        float32: 0.0 (1.5)
        float64: 0.0 (1.5)
    """
    return _CLIP_BY_NORM_VJP.one(g, input, max_norm, axis=axis, out=out)


def _cosine_schedule(
    constants: Constants,
    step: Array,
    lr_min: Array,
    k: Array,
    k2: Array,
    out: Array,
) -> None:
    np.multiply(k2, step, out)
    np.cos(out, out)
    np.square(out, out)
    np.multiply(k, out, out)
    np.add(lr_min, out, out)


def _cosine_schedule_numbers(total: Number, lr_max: Number, lr_min: Number) -> tuple[Number, ...]:
    k = np.subtract(lr_max, lr_min)
    k2 = np.divide(1.5707963267948966, total)
    return lr_min, k, k2


_COSINE_SCHEDULE = Kernel(
    "cosine_schedule",
    _cosine_schedule,
    arguments=(
        Argument("step"),
        Argument("total", "scalar"),
        Argument("lr_max", "scalar"),
        Argument("lr_min", "scalar"),
    ),
    results=(Argument("output"),),
    numbers=_cosine_schedule_numbers,
)


def cosine_schedule(
    step: ArrayLike,
    total: float = 100.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Cosine annealing.

        output = lr_min + (lr_max - lr_min)*cos(pi*step/(2*total))**2

    Args:
        step: float16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        lr_max: a number.
        lr_min: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: steps from 0 to total.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (2.5)
        float64: 3.5 (2.0)
    """
    return _COSINE_SCHEDULE.one(step, total, lr_max, lr_min, out=out)


def _warmup_cosine_schedule(
    constants: Constants,
    step: Array,
    lr_min: Array,
    k: Array,
    warmup: Array,
    k5: Array,
    k6: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    zero, = constants
    np.subtract(step, warmup, a)
    np.multiply(k5, a, a)
    np.cos(a, a)
    np.square(a, a)
    np.multiply(k, a, a)
    np.add(lr_min, a, a)
    np.less(step, warmup, b, casting="unsafe")
    np.multiply(k6, step, c)
    np.copyto(out, a)
    np.copyto(out, c, where=np.not_equal(b, zero))


def _warmup_cosine_schedule_numbers(
    total: Number,
    warmup: Number,
    lr_max: Number,
    lr_min: Number,
) -> tuple[Number, ...]:
    k = np.subtract(lr_max, lr_min)
    k2 = np.multiply(2.0, total)
    k3 = np.multiply(2.0, warmup)
    k4 = np.subtract(k2, k3)
    k5 = np.divide(3.141592653589793, k4)
    k6 = np.divide(lr_max, warmup)
    return lr_min, k, warmup, k5, k6


_WARMUP_COSINE_SCHEDULE = Kernel(
    "warmup_cosine_schedule",
    _warmup_cosine_schedule,
    arguments=(
        Argument("step"),
        Argument("total", "scalar"),
        Argument("warmup", "scalar"),
        Argument("lr_max", "scalar"),
        Argument("lr_min", "scalar"),
    ),
    results=(Argument("output"),),
    constants=(0.0,),
    numbers=_warmup_cosine_schedule_numbers,
    scratch=3,
)


def warmup_cosine_schedule(
    step: ArrayLike,
    total: float = 100.0,
    warmup: float = 10.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Warm-up and cosine decay.

        output = Piecewise((lr_max*step/warmup, step < warmup), (lr_min + (lr_max - lr_min)*cos(pi*(step
            - warmup)/(2*total - 2*warmup))**2, True))

    Args:
        step: float16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        warmup: a number; steps of warm-up.
        lr_max: a number.
        lr_min: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Domain: steps from 0 to total.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    return _WARMUP_COSINE_SCHEDULE.one(step, total, warmup, lr_max, lr_min, out=out)


def _l2_penalty(constants: Constants, input: Array, weight: Array, out: Array, a: Array) -> None:
    np.square(input, a)
    total = rt.row_sum(a)
    np.multiply(weight, total, out)


_L2_PENALTY = Kernel(
    "l2_penalty",
    _l2_penalty,
    arguments=(Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("output"),),
    scratch=1,
    rows=True,
    laws=(Law((("input", 1),), (("output", 2),)),),
)


def l2_penalty(input: ArrayLike, weight: float = 0.01, *, axis: int = -1, out: Array | None = None) -> Array:
    """L2 penalty.

        output = weight*Sum(input[k]**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    return _L2_PENALTY.one(input, weight, axis=axis, out=out)


def _l2_penalty_vjp(constants: Constants, g: Array, input: Array, weight: Array, out: Array) -> None:
    two, = constants
    r = np.multiply(g, weight)
    r2 = np.multiply(two, r)
    np.multiply(r2, input, out)


_L2_PENALTY_VJP = Kernel(
    "l2_penalty_vjp",
    _l2_penalty_vjp,
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("input", row=True),),
    constants=(2.0,),
    rows=True,
    cotangents=("input",),
)


def l2_penalty_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: float = 0.01,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """L2 penalty: vector-Jacobian product.

        output = weight*Sum(input[k]**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.0 (0.5)
    """
    return _L2_PENALTY_VJP.one(g, input, weight, axis=axis, out=out)


def _l1_penalty(constants: Constants, input: Array, weight: Array, out: Array, a: Array) -> None:
    np.absolute(input, a)
    total = rt.row_sum(a)
    np.multiply(weight, total, out)


_L1_PENALTY = Kernel(
    "l1_penalty",
    _l1_penalty,
    arguments=(Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("output"),),
    scratch=1,
    rows=True,
)


def l1_penalty(input: ArrayLike, weight: float = 0.01, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 penalty.

        output = weight*Sum(Abs(input[k]), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    return _L1_PENALTY.one(input, weight, axis=axis, out=out)


def _l1_penalty_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    weight: Array,
    out: Array,
    a: Array,
) -> None:
    zero, = constants
    r = np.multiply(g, weight)
    np.less(zero, input, out, casting="unsafe")
    np.less(input, zero, a, casting="unsafe")
    np.subtract(out, a, out)
    np.multiply(r, out, out)


_L1_PENALTY_VJP = Kernel(
    "l1_penalty_vjp",
    _l1_penalty_vjp,
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("input", row=True),),
    constants=(0.0,),
    scratch=1,
    rows=True,
    cotangents=("input",),
)


def l1_penalty_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: float = 0.01,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """L1 penalty: vector-Jacobian product.

        output = weight*Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    return _L1_PENALTY_VJP.one(g, input, weight, axis=axis, out=out)


def _dropout(constants: Constants, input: Array, mask: Array, k: Array, out: Array) -> None:
    np.multiply(mask, input, out)
    np.divide(out, k, out)


def _dropout_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    return k,


_DROPOUT = Kernel(
    "dropout",
    _dropout,
    arguments=(Argument("input"), Argument("mask"), Argument("p", "scalar")),
    results=(Argument("output"),),
    numbers=_dropout_numbers,
)


def dropout(input: ArrayLike, mask: ArrayLike, p: float = 0.5, *, out: Array | None = None) -> Array:
    """Dropout.

        output = input*mask/(1 - p)

    Args:
        input: float16, float32 or float64, shape (...).
        mask: float16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    return _DROPOUT.one(input, mask, p, out=out)


def _dropout_vjp(constants: Constants, g: Array, input: Array, mask: Array, k: Array, out: Array) -> None:
    np.divide(g, k, out)
    np.multiply(mask, out, out)


def _dropout_vjp_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    return k,


_DROPOUT_VJP = Kernel(
    "dropout_vjp",
    _dropout_vjp,
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("mask"), Argument("p", "scalar")),
    results=(Argument("input"),),
    numbers=_dropout_vjp_numbers,
    cotangents=("input",),
)


def dropout_vjp(
    g: ArrayLike,
    input: ArrayLike,
    mask: ArrayLike,
    p: float = 0.5,
    *,
    out: Array | None = None,
) -> Array:
    """Dropout: vector-Jacobian product.

        output = input*mask/(1 - p)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        mask: float16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    return _DROPOUT_VJP.one(g, input, mask, p, out=out)
