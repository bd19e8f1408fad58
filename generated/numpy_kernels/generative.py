"""Generative models.

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
    "ddpm_jump",
    "ddpm_loss",
    "ddpm_loss_vjp",
    "ddpm_step",
    "gaussian_kl",
    "gaussian_kl_vjp",
    "reparametrize",
    "reparametrize_vjp",
]


def _gaussian_kl(
    constants: Constants,
    loc: Array,
    log_variance: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    half, = constants
    rt.exp_gap(log_variance, a, b, c)
    np.square(loc, c)
    np.add(a, c, a)
    total = rt.row_sum(a)
    np.multiply(half, total, out)


def _gaussian_kl_quick(
    constants: Constants,
    loc: Array,
    log_variance: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    c0, half = constants
    np.square(loc, a)
    np.expm1(log_variance, b)
    np.subtract(b, log_variance, b)
    np.add(b, a, b)
    total = rt.row_sum(b)
    n = rt.length(loc)
    r = np.multiply(c0, n)
    r2 = np.subtract(total, r)
    rt.watch(r2)
    np.multiply(half, total, out)


_GAUSSIAN_KL = Kernel(
    "gaussian_kl",
    Body(_gaussian_kl, constants=(0.5,), scratch=3),
    arguments=(Argument("loc", row=True), Argument("log_variance", row=True)),
    results=(Argument("output"),),
    quick=(Body(_gaussian_kl_quick, constants=(0.25, 0.5), scratch=2),),
    rows=True,
)


def gaussian_kl(
    loc: ArrayLike,
    log_variance: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Evidence lower bound.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2

    Args:
        loc: float16, float32 or float64, shape (..., n); mean.
        log_variance: float16, float32 or float64, shape (..., n); logarithm of the variance.
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
    Sources and proofs: symcheck show gen.elbo.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 1.5 (1.0)
    """
    if type(loc) is ndarray and type(log_variance) is ndarray and axis == -1:
        key = loc.dtype, loc.shape, log_variance.dtype, log_variance.shape
        plan = _GAUSSIAN_KL.plans.get(key) or _GAUSSIAN_KL.plan(key, loc, log_variance)
        if plan is not None:
            found = plan.one(out, (), loc, log_variance)
            if found is not None:
                return found
    return _GAUSSIAN_KL.one(loc, log_variance, axis=axis, out=out)


def _gaussian_kl_vjp(
    constants: Constants,
    g: Array,
    loc: Array,
    log_variance: Array,
    loc_result: Array,
    log_variance_result: Array,
) -> None:
    half, = constants
    r = np.multiply(half, g)
    np.multiply(g, loc, loc_result)
    np.expm1(log_variance, log_variance_result)
    np.multiply(r, log_variance_result, log_variance_result)


_GAUSSIAN_KL_VJP = Kernel(
    "gaussian_kl_vjp",
    Body(_gaussian_kl_vjp, constants=(0.5,)),
    arguments=(Argument("g", "cotangent"), Argument("loc", row=True), Argument("log_variance", row=True)),
    results=(Argument("loc", row=True), Argument("log_variance", row=True)),
    rows=True,
    cotangents=("loc", "log_variance"),
    columns=True,
)


def gaussian_kl_vjp(
    g: ArrayLike,
    loc: ArrayLike,
    log_variance: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Evidence lower bound: vector-Jacobian product.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2
        result = d(sum of g * output) / d(loc, log_variance)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        loc: float16, float32 or float64, shape (..., n); mean.
        log_variance: float16, float32 or float64, shape (..., n); logarithm of the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of loc (shape (..., n)), that of log_variance (shape (...,
    n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.elbo.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(loc) is ndarray and type(log_variance) is ndarray and axis == -1:
        key = g.dtype, g.shape, loc.dtype, loc.shape, log_variance.dtype, log_variance.shape
        plan = _GAUSSIAN_KL_VJP.plans.get(key) or _GAUSSIAN_KL_VJP.plan(key, g, loc, log_variance)
        if plan is not None:
            found = plan.several(out, (), g, loc, log_variance)
            if found is not None:
                return found
    return _GAUSSIAN_KL_VJP.several(g, loc, log_variance, axis=axis, out=out)


def _reparametrize(constants: Constants, loc: Array, scale: Array, noise: Array, out: Array) -> None:
    np.multiply(noise, scale, out)
    np.add(loc, out, out)


_REPARAMETRIZE = Kernel(
    "reparametrize",
    Body(_reparametrize),
    arguments=(Argument("loc"), Argument("scale"), Argument("noise")),
    results=(Argument("output"),),
)


def reparametrize(loc: ArrayLike, scale: ArrayLike, noise: ArrayLike, *, out: Array | None = None) -> Array:
    """Reparameterisation.

        output = loc + noise*scale

    Args:
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation.
        noise: float16, float32 or float64, shape (...); standard normal.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.reparam.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(loc) is ndarray and type(scale) is ndarray and type(noise) is ndarray:
        key = loc.dtype, loc.shape, scale.dtype, scale.shape, noise.dtype, noise.shape
        plan = _REPARAMETRIZE.plans.get(key) or _REPARAMETRIZE.plan(key, loc, scale, noise)
        if plan is not None:
            found = plan.one(out, (), loc, scale, noise)
            if found is not None:
                return found
    return _REPARAMETRIZE.one(loc, scale, noise, out=out)


def _reparametrize_vjp(
    constants: Constants,
    g: Array,
    loc: Array,
    scale: Array,
    noise: Array,
    loc_result: Array,
    scale_result: Array,
) -> None:
    np.multiply(g, noise, scale_result)
    np.copyto(loc_result, g)


_REPARAMETRIZE_VJP = Kernel(
    "reparametrize_vjp",
    Body(_reparametrize_vjp),
    arguments=(Argument("g", "cotangent"), Argument("loc"), Argument("scale"), Argument("noise")),
    results=(Argument("loc"), Argument("scale")),
    cotangents=("loc", "scale"),
)


def reparametrize_vjp(
    g: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    noise: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Reparameterisation: vector-Jacobian product.

        output = loc + noise*scale
        result = d(sum of g * output) / d(loc, scale)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation.
        noise: float16, float32 or float64, shape (...); standard normal.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of loc (shape (...)), that of scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.reparam.
    Treated as constants, without a cotangent: noise (drawn, not learned).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(loc) is ndarray and type(scale) is ndarray and type(noise) is ndarray:
        key = g.dtype, g.shape, loc.dtype, loc.shape, scale.dtype, scale.shape, noise.dtype, noise.shape
        plan = _REPARAMETRIZE_VJP.plans.get(key) or _REPARAMETRIZE_VJP.plan(key, g, loc, scale, noise)
        if plan is not None:
            found = plan.several(out, (), g, loc, scale, noise)
            if found is not None:
                return found
    return _REPARAMETRIZE_VJP.several(g, loc, scale, noise, out=out)


def _ddpm_step(
    constants: Constants,
    input: Array,
    noise: Array,
    k: Array,
    k3: Array,
    out: Array,
    a: Array,
) -> None:
    np.multiply(k, noise, out)
    np.multiply(input, k3, a)
    np.add(out, a, out)


def _ddpm_step_numbers(beta: Number) -> tuple[Number, ...]:
    k = np.sqrt(beta)
    k2 = np.subtract(1.0, beta)
    k3 = np.sqrt(k2)
    return k, k3


_DDPM_STEP = Kernel(
    "ddpm_step",
    Body(_ddpm_step, scratch=1, numbers=_ddpm_step_numbers),
    arguments=(Argument("input"), Argument("noise"), Argument("beta", "scalar")),
    results=(Argument("output"),),
)


def ddpm_step(input: ArrayLike, noise: ArrayLike, beta: float = 0.02, *, out: Array | None = None) -> Array:
    """Forward process of a diffusion model.

        output = sqrt(beta)*noise + input*sqrt(1 - beta)

    Args:
        input: float16, float32 or float64, shape (...).
        noise: float16, float32 or float64, shape (...); standard normal.
        beta: a number; share of the noise.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.ddpm_forward.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and type(noise) is ndarray:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_STEP.plans.get(key) or _DDPM_STEP.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (beta,), input, noise)
            if found is not None:
                return found
    return _DDPM_STEP.one(input, noise, beta, out=out)


def _ddpm_jump(
    constants: Constants,
    input: Array,
    noise: Array,
    k2: Array,
    k3: Array,
    out: Array,
    a: Array,
) -> None:
    np.multiply(noise, k2, out)
    np.multiply(k3, input, a)
    np.add(out, a, out)


def _ddpm_jump_numbers(alpha_bar: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, alpha_bar)
    k2 = np.sqrt(k)
    k3 = np.sqrt(alpha_bar)
    return k2, k3


_DDPM_JUMP = Kernel(
    "ddpm_jump",
    Body(_ddpm_jump, scratch=1, numbers=_ddpm_jump_numbers),
    arguments=(Argument("input"), Argument("noise"), Argument("alpha_bar", "scalar")),
    results=(Argument("output"),),
)


def ddpm_jump(
    input: ArrayLike,
    noise: ArrayLike,
    alpha_bar: float = 0.5,
    *,
    out: Array | None = None,
) -> Array:
    """Direct jump to a step of the forward process.

        output = sqrt(alpha_bar)*input + noise*sqrt(1 - alpha_bar)

    Args:
        input: float16, float32 or float64, shape (...); the clean example.
        noise: float16, float32 or float64, shape (...); standard normal.
        alpha_bar: a number; product of 1 - beta over the steps.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.ddpm_jump.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and type(noise) is ndarray:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_JUMP.plans.get(key) or _DDPM_JUMP.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (alpha_bar,), input, noise)
            if found is not None:
                return found
    return _DDPM_JUMP.one(input, noise, alpha_bar, out=out)


def _ddpm_loss(constants: Constants, input: Array, noise: Array, out: Array, a: Array) -> None:
    np.subtract(input, noise, a)
    total = rt.row_dot(a, a)
    np.copyto(out, total)


_DDPM_LOSS = Kernel(
    "ddpm_loss",
    Body(_ddpm_loss, scratch=1),
    arguments=(Argument("input", row=True), Argument("noise", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1), ("noise", 1)), (("output", 2),)),),
    columns=True,
)


def ddpm_loss(input: ArrayLike, noise: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Training loss of a diffusion model.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(input) is ndarray and type(noise) is ndarray and axis == -1:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_LOSS.plans.get(key) or _DDPM_LOSS.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (), input, noise)
            if found is not None:
                return found
    return _DDPM_LOSS.one(input, noise, axis=axis, out=out)


def _ddpm_loss_vjp(constants: Constants, g: Array, input: Array, noise: Array, out: Array) -> None:
    two, = constants
    np.subtract(input, noise, out)
    r = np.multiply(two, g)
    np.multiply(r, out, out)


_DDPM_LOSS_VJP = Kernel(
    "ddpm_loss_vjp",
    Body(_ddpm_loss_vjp, constants=(2.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("noise", row=True)),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def ddpm_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    noise: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Training loss of a diffusion model: vector-Jacobian product.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.
    Treated as constants, without a cotangent: noise (the target, which was drawn).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(noise) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_LOSS_VJP.plans.get(key) or _DDPM_LOSS_VJP.plan(key, g, input, noise)
        if plan is not None:
            found = plan.one(out, (), g, input, noise)
            if found is not None:
                return found
    return _DDPM_LOSS_VJP.one(g, input, noise, axis=axis, out=out)
