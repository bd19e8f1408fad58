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
from ._driver import Argument, Array, Body, Constants, Kernel, Law, Number, ndarray

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
    Body(_sgd_step),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.gd.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.5)
    """
    if type(param) is ndarray and type(grad) is ndarray:
        key = param.dtype, param.shape, grad.dtype, grad.shape
        plan = _SGD_STEP.plans.get(key) or _SGD_STEP.plan(key, param, grad)
        if plan is not None:
            found = plan.one(out, (lr,), param, grad)
            if found is not None:
                return found
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
    Body(_momentum_step, scratch=1),
    arguments=(
        Argument("param"),
        Argument("grad"),
        Argument("velocity"),
        Argument("lr", "scalar"),
        Argument("momentum", "scalar"),
    ),
    results=(Argument("param"), Argument("velocity")),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.momentum.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.0 (1.5)
    """
    if type(param) is ndarray and type(grad) is ndarray and type(velocity) is ndarray:
        key = param.dtype, param.shape, grad.dtype, grad.shape, velocity.dtype, velocity.shape
        plan = _MOMENTUM_STEP.plans.get(key) or _MOMENTUM_STEP.plan(key, param, grad, velocity)
        if plan is not None:
            found = plan.several(out, (lr, momentum), param, grad, velocity)
            if found is not None:
                return found
    return _MOMENTUM_STEP.several(param, grad, velocity, lr, momentum, out=out)


def _adam_step(
    constants: Constants,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    beta1: Array,
    k: Array,
    beta2: Array,
    k5: Array,
    k13: Array,
    k14: Array,
    param_result: Array,
    exp_avg_result: Array,
    exp_avg_sq_result: Array,
    a: Array,
) -> None:
    np.multiply(beta1, exp_avg, exp_avg_result)
    np.multiply(grad, k, exp_avg_sq_result)
    np.add(exp_avg_result, exp_avg_sq_result, exp_avg_result)
    np.multiply(beta2, exp_avg_sq, exp_avg_sq_result)
    np.square(grad, param_result)
    np.multiply(param_result, k5, param_result)
    np.add(exp_avg_sq_result, param_result, exp_avg_sq_result)
    np.multiply(k13, exp_avg_result, param_result)
    np.sqrt(exp_avg_sq_result, a)
    np.add(k14, a, a)
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
    k5 = np.subtract(1.0, beta2)
    k6 = np.log(beta2)
    k7 = np.multiply(step, k6)
    k8 = np.expm1(k7)
    k9 = np.negative(k8)
    k10 = np.divide(lr, k4)
    k11 = np.sqrt(k9)
    k12 = np.multiply(k11, k10)
    k13 = np.negative(k12)
    k14 = np.multiply(eps, k11)
    return beta1, k, beta2, k5, k13, k14


_ADAM_STEP = Kernel(
    "adam_step",
    Body(_adam_step, scratch=1, numbers=_adam_step_numbers),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adam.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.0)
        float64: 3.0 (2.0)
    """
    if (
        type(param) is ndarray
        and type(grad) is ndarray
        and type(exp_avg) is ndarray
        and type(exp_avg_sq) is ndarray
    ):
        key = (
            param.dtype,
            param.shape,
            grad.dtype,
            grad.shape,
            exp_avg.dtype,
            exp_avg.shape,
            exp_avg_sq.dtype,
            exp_avg_sq.shape,
        )
        plan = _ADAM_STEP.plans.get(key) or _ADAM_STEP.plan(key, param, grad, exp_avg, exp_avg_sq)
        if plan is not None:
            found = plan.several(out, (step, lr, beta1, beta2, eps), param, grad, exp_avg, exp_avg_sq)
            if found is not None:
                return found
    return _ADAM_STEP.several(param, grad, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, out=out)


def _adamw_step(
    constants: Constants,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    k2: Array,
    beta1: Array,
    k3: Array,
    beta2: Array,
    k7: Array,
    k15: Array,
    k16: Array,
    param_result: Array,
    exp_avg_result: Array,
    exp_avg_sq_result: Array,
    a: Array,
    b: Array,
) -> None:
    np.multiply(k2, param, param_result)
    np.multiply(beta1, exp_avg, exp_avg_result)
    np.multiply(grad, k3, exp_avg_sq_result)
    np.add(exp_avg_result, exp_avg_sq_result, exp_avg_result)
    np.multiply(beta2, exp_avg_sq, exp_avg_sq_result)
    np.square(grad, a)
    np.multiply(a, k7, a)
    np.add(exp_avg_sq_result, a, exp_avg_sq_result)
    np.multiply(k15, exp_avg_result, a)
    np.sqrt(exp_avg_sq_result, b)
    np.add(k16, b, b)
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
    k2 = np.subtract(1.0, k)
    k3 = np.subtract(1.0, beta1)
    k4 = np.log(beta1)
    k5 = np.multiply(step, k4)
    k6 = np.expm1(k5)
    k7 = np.subtract(1.0, beta2)
    k8 = np.log(beta2)
    k9 = np.multiply(step, k8)
    k10 = np.expm1(k9)
    k11 = np.negative(k10)
    k12 = np.divide(lr, k6)
    k13 = np.sqrt(k11)
    k14 = np.multiply(k13, k12)
    k15 = np.negative(k14)
    k16 = np.multiply(eps, k13)
    return k2, beta1, k3, beta2, k7, k15, k16


_ADAMW_STEP = Kernel(
    "adamw_step",
    Body(_adamw_step, scratch=2, numbers=_adamw_step_numbers),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adamw.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.0)
        float64: 3.5 (2.5)
    """
    if (
        type(param) is ndarray
        and type(grad) is ndarray
        and type(exp_avg) is ndarray
        and type(exp_avg_sq) is ndarray
    ):
        key = (
            param.dtype,
            param.shape,
            grad.dtype,
            grad.shape,
            exp_avg.dtype,
            exp_avg.shape,
            exp_avg_sq.dtype,
            exp_avg_sq.shape,
        )
        plan = _ADAMW_STEP.plans.get(key) or _ADAMW_STEP.plan(key, param, grad, exp_avg, exp_avg_sq)
        if plan is not None:
            found = plan.several(
                out,
                (step, lr, beta1, beta2, eps, weight_decay),
                param,
                grad,
                exp_avg,
                exp_avg_sq,
            )
            if found is not None:
                return found
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
    one, zero = constants
    np.multiply(max_norm, input, a)
    total = rt.row_dot(input, input)
    r = np.sqrt(total)
    r2 = np.divide(one, r)
    np.multiply(a, r2, a)
    holds = np.less_equal(r, max_norm)
    np.copyto(out, a)
    np.copyto(out, input, where=np.not_equal(holds, zero))


_CLIP_BY_NORM = Kernel(
    "clip_by_norm",
    Body(_clip_by_norm, constants=(1.0, 0.0), scratch=1),
    arguments=(Argument("input", row=True), Argument("max_norm", "scalar")),
    results=(Argument("output", row=True),),
    rows=True,
    laws=(Law((("input", 1), ("max_norm", 1)), (("output", 1),)),),
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.clip.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _CLIP_BY_NORM.plans.get(key) or _CLIP_BY_NORM.plan(key, input)
        if plan is not None:
            found = plan.one(out, (max_norm,), input)
            if found is not None:
                return found
    return _CLIP_BY_NORM.one(input, max_norm, axis=axis, out=out)


def _clip_by_norm_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    max_norm: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    one, zero = constants
    total = rt.row_dot(input, input)
    r = np.sqrt(total)
    holds = np.less_equal(r, max_norm)
    np.multiply(g, holds, out)
    chosen = np.where(holds, zero, one)
    total2 = rt.row_dot(input, g)
    r2 = np.square(r)
    r3 = np.divide(total2, r2)
    np.multiply(r3, input, a)
    np.subtract(g, a, a)
    r4 = np.multiply(max_norm, chosen)
    r5 = np.divide(r4, r)
    chosen2 = np.where(holds, zero, r5)
    np.multiply(chosen2, a, a)
    np.copyto(b, a)
    np.copyto(b, zero, where=np.not_equal(holds, zero))
    np.add(out, b, out)


def _clip_by_norm_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    max_norm: Array,
    out: Array,
    a: Array,
) -> None:
    one, zero = constants
    total = rt.row_dot(input, input)
    r = np.sqrt(total)
    holds = np.less_equal(r, max_norm)
    np.multiply(g, holds, out)
    chosen = np.where(holds, zero, one)
    total2 = rt.row_dot(input, g)
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
    Body(_clip_by_norm_vjp, constants=(1.0, 0.0), scratch=2),
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("max_norm", "scalar"),
    ),
    results=(Argument("input", row=True),),
    quick=(Body(_clip_by_norm_vjp_quick, constants=(1.0, 0.0), scratch=1),),
    rows=True,
    laws=(Law((("input", 1), ("max_norm", 1)), ()),),
    cotangents=("input",),
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.clip.
    Treated as constants, without a cotangent: max_norm (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.5)
        float32: 0.0 (1.0)
        float64: 0.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _CLIP_BY_NORM_VJP.plans.get(key) or _CLIP_BY_NORM_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (max_norm,), g, input)
            if found is not None:
                return found
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
    Body(_cosine_schedule, numbers=_cosine_schedule_numbers),
    arguments=(
        Argument("step"),
        Argument("total", "scalar"),
        Argument("lr_max", "scalar"),
        Argument("lr_min", "scalar"),
    ),
    results=(Argument("output"),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (2.5)
        float64: 3.5 (2.0)
    """
    if type(step) is ndarray:
        key = step.dtype, step.shape
        plan = _COSINE_SCHEDULE.plans.get(key) or _COSINE_SCHEDULE.plan(key, step)
        if plan is not None:
            found = plan.one(out, (total, lr_max, lr_min), step)
            if found is not None:
                return found
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
    Body(_warmup_cosine_schedule, constants=(0.0,), scratch=3, numbers=_warmup_cosine_schedule_numbers),
    arguments=(
        Argument("step"),
        Argument("total", "scalar"),
        Argument("warmup", "scalar"),
        Argument("lr_max", "scalar"),
        Argument("lr_min", "scalar"),
    ),
    results=(Argument("output"),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.warmup_cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if type(step) is ndarray:
        key = step.dtype, step.shape
        plan = _WARMUP_COSINE_SCHEDULE.plans.get(key) or _WARMUP_COSINE_SCHEDULE.plan(key, step)
        if plan is not None:
            found = plan.one(out, (total, warmup, lr_max, lr_min), step)
            if found is not None:
                return found
    return _WARMUP_COSINE_SCHEDULE.one(step, total, warmup, lr_max, lr_min, out=out)


def _l2_penalty(constants: Constants, input: Array, weight: Array, out: Array) -> None:
    total = rt.row_dot(input, input)
    np.multiply(weight, total, out)


_L2_PENALTY = Kernel(
    "l2_penalty",
    Body(_l2_penalty),
    arguments=(Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 2),)),),
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l2.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L2_PENALTY.plans.get(key) or _L2_PENALTY.plan(key, input)
        if plan is not None:
            found = plan.one(out, (weight,), input)
            if found is not None:
                return found
    return _L2_PENALTY.one(input, weight, axis=axis, out=out)


def _l2_penalty_vjp(constants: Constants, g: Array, input: Array, k: Array, out: Array) -> None:
    r = np.multiply(k, g)
    np.multiply(r, input, out)


def _l2_penalty_vjp_numbers(weight: Number) -> tuple[Number, ...]:
    k = np.multiply(2.0, weight)
    return k,


_L2_PENALTY_VJP = Kernel(
    "l2_penalty_vjp",
    Body(_l2_penalty_vjp, numbers=_l2_penalty_vjp_numbers),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l2.
    Treated as constants, without a cotangent: weight (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.0 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L2_PENALTY_VJP.plans.get(key) or _L2_PENALTY_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (weight,), g, input)
            if found is not None:
                return found
    return _L2_PENALTY_VJP.one(g, input, weight, axis=axis, out=out)


def _l1_penalty(constants: Constants, input: Array, weight: Array, out: Array, a: Array) -> None:
    np.absolute(input, a)
    total = rt.row_sum(a)
    np.multiply(weight, total, out)


_L1_PENALTY = Kernel(
    "l1_penalty",
    Body(_l1_penalty, scratch=1),
    arguments=(Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("output"),),
    rows=True,
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l1.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L1_PENALTY.plans.get(key) or _L1_PENALTY.plan(key, input)
        if plan is not None:
            found = plan.one(out, (weight,), input)
            if found is not None:
                return found
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
    Body(_l1_penalty_vjp, constants=(0.0,), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("weight", "scalar")),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l1.
    Treated as constants, without a cotangent: weight (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L1_PENALTY_VJP.plans.get(key) or _L1_PENALTY_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (weight,), g, input)
            if found is not None:
                return found
    return _L1_PENALTY_VJP.one(g, input, weight, axis=axis, out=out)


def _dropout(
    constants: Constants,
    input: Array,
    mask: Array,
    k2: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    zero, = constants
    np.equal(mask, zero, a, casting="unsafe")
    np.multiply(mask, input, b)
    np.copyto(out, b)
    np.copyto(out, zero, where=np.not_equal(a, zero))
    np.multiply(k2, out, out)


def _dropout_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    k2 = np.divide(1.0, k)
    return k2,


def _dropout_quick(constants: Constants, input: Array, mask: Array, k2: Array, out: Array) -> None:
    np.multiply(mask, input, out)
    np.multiply(k2, out, out)


def _dropout_quick_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    k2 = np.divide(1.0, k)
    return k2,


_DROPOUT = Kernel(
    "dropout",
    Body(_dropout, constants=(0.0,), scratch=2, numbers=_dropout_numbers),
    arguments=(Argument("input"), Argument("mask"), Argument("p", "scalar")),
    results=(Argument("output"),),
    quick=(Body(_dropout_quick, numbers=_dropout_quick_numbers),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight mask, or
    1 less it.
    Sources and proofs: symcheck show opt.dropout.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(mask) is ndarray:
        key = input.dtype, input.shape, mask.dtype, mask.shape
        plan = _DROPOUT.plans.get(key) or _DROPOUT.plan(key, input, mask)
        if plan is not None:
            found = plan.one(out, (p,), input, mask)
            if found is not None:
                return found
    return _DROPOUT.one(input, mask, p, out=out)


def _dropout_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    mask: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    zero, = constants
    np.divide(g, k, a)
    np.equal(mask, zero, b, casting="unsafe")
    np.multiply(mask, a, a)
    np.copyto(out, a)
    np.copyto(out, zero, where=np.not_equal(b, zero))


def _dropout_vjp_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    return k,


def _dropout_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    mask: Array,
    k: Array,
    out: Array,
) -> None:
    np.divide(g, k, out)
    np.multiply(mask, out, out)


def _dropout_vjp_quick_numbers(p: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, p)
    return k,


_DROPOUT_VJP = Kernel(
    "dropout_vjp",
    Body(_dropout_vjp, constants=(0.0,), scratch=2, numbers=_dropout_vjp_numbers),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("mask"), Argument("p", "scalar")),
    results=(Argument("input"),),
    quick=(Body(_dropout_vjp_quick, numbers=_dropout_vjp_quick_numbers),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight mask, or
    1 less it.
    Sources and proofs: symcheck show opt.dropout.
    Treated as constants, without a cotangent: mask (drawn, not learned); p (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(mask) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, mask.dtype, mask.shape
        plan = _DROPOUT_VJP.plans.get(key) or _DROPOUT_VJP.plan(key, g, input, mask)
        if plan is not None:
            found = plan.one(out, (p,), g, input, mask)
            if found is not None:
                return found
    return _DROPOUT_VJP.one(g, input, mask, p, out=out)
