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
from ._driver import Argument, Array, Body, Constants, Kernel, Law, Number, ndarray

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_vjp",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_vjp",
    "contrastive_loss",
    "contrastive_loss_vjp",
    "cross_entropy",
    "cross_entropy_soft",
    "cross_entropy_soft_vjp",
    "cross_entropy_vjp",
    "focal_loss",
    "focal_loss_vjp",
    "focal_loss_with_logits",
    "focal_loss_with_logits_vjp",
    "huber_loss",
    "huber_loss_vjp",
    "l1_loss",
    "l1_loss_vjp",
    "mse_loss",
    "mse_loss_vjp",
    "triplet_loss",
    "triplet_loss_vjp",
]


def _cross_entropy(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    top, rest = rt.max_and_rest(input, a)
    r = np.log1p(rest)
    picked = rt.pick(input, target)
    r2 = np.subtract(top, picked)
    np.add(r2, r, out)


def _cross_entropy_quick(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    top, rest = rt.top_and_rest(input, a)
    r = np.log1p(rest)
    picked = rt.pick(input, target)
    r2 = np.subtract(top, picked)
    np.add(r2, r, out)


_CROSS_ENTROPY = Kernel(
    "cross_entropy",
    Body(_cross_entropy, scratch=1),
    arguments=(Argument("input", row=True), Argument("target", "integer", place=True)),
    results=(Argument("output"),),
    quick=(Body(_cross_entropy_quick, scratch=1),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY.plans.get(key) or _CROSS_ENTROPY.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
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


def _cross_entropy_vjp_quick(constants: Constants, g: Array, input: Array, target: Array, out: Array) -> None:
    one, half, c2 = constants
    np.exp(input, out)
    picked = rt.pick(out, target)
    rt.clear_at(out, target)
    total = rt.row_sum(out)
    r = np.add(picked, total)
    r2 = np.subtract(r, half)
    rt.watch(r2)
    r3 = np.divide(g, r)
    r4 = np.absolute(r3)
    r5 = np.multiply(c2, r4)
    r6 = np.subtract(r5, one)
    r7 = np.absolute(g)
    r8 = np.multiply(r6, r7)
    rt.watch(r8)
    np.multiply(r3, out, out)
    r9 = np.multiply(r3, total)
    rt.add_at(out, target, -r9)


_CROSS_ENTROPY_VJP = Kernel(
    "cross_entropy_vjp",
    Body(_cross_entropy_vjp),
    arguments=(
        Argument("g", "cotangent"),
        Argument("input", row=True),
        Argument("target", "integer", place=True),
    ),
    results=(Argument("input", row=True),),
    quick=(Body(_cross_entropy_vjp_quick, constants=(1.0, 0.5, 1.2676506002282294e+30)),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.5 (2.5)
        float64: 3.0 (3.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_VJP.plans.get(key) or _CROSS_ENTROPY_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_VJP.one(g, input, target, axis=axis, out=out)


def _cross_entropy_soft(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    zero, = constants
    top, rest = rt.max_and_rest(input, a)
    r = np.log1p(rest)
    np.subtract(top, input, a)
    np.add(a, r, a)
    np.equal(target, zero, b, casting="unsafe")
    np.multiply(a, target, a)
    np.copyto(c, a)
    np.copyto(c, zero, where=np.not_equal(b, zero))
    total = rt.row_sum(c)
    np.copyto(out, total)


def _cross_entropy_soft_quick(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
) -> None:
    top, rest = rt.top_and_rest(input, a)
    r = np.log1p(rest)
    np.subtract(top, input, a)
    np.add(a, r, a)
    total = rt.row_dot(a, target)
    np.copyto(out, total)


_CROSS_ENTROPY_SOFT = Kernel(
    "cross_entropy_soft",
    Body(_cross_entropy_soft, constants=(0.0,), scratch=3),
    arguments=(Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("output"),),
    quick=(Body(_cross_entropy_soft_quick, scratch=1),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 3.0 (2.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_SOFT.plans.get(key) or _CROSS_ENTROPY_SOFT.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
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
    total = rt.row_sum(target)
    np.multiply(g, target_result, target_result)
    shift = rt.finite_or_zero(top)
    np.subtract(input, shift, input_result)
    np.exp(input_result, input_result)
    total2 = rt.row_sum(input_result)
    r2 = np.divide(total, total2)
    np.multiply(r2, input_result, input_result)
    np.subtract(input_result, target, input_result)
    np.multiply(g, input_result, input_result)


def _cross_entropy_soft_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    input_result: Array,
    target_result: Array,
) -> None:
    half, c1, one = constants
    top, rest = rt.top_and_rest(input, target_result)
    r = np.log1p(rest)
    np.subtract(top, input, target_result)
    np.add(target_result, r, target_result)
    total = rt.row_sum(target)
    np.multiply(g, target_result, target_result)
    np.exp(input, input_result)
    total2 = rt.row_sum(input_result)
    r2 = np.subtract(total2, half)
    rt.watch(r2)
    r3 = np.divide(total, total2)
    r4 = np.absolute(r3)
    r5 = np.multiply(c1, r4)
    r6 = np.subtract(r5, one)
    r7 = np.absolute(total)
    r8 = np.multiply(r6, r7)
    rt.watch(r8)
    np.multiply(r3, input_result, input_result)
    np.subtract(input_result, target, input_result)
    np.multiply(g, input_result, input_result)


_CROSS_ENTROPY_SOFT_VJP = Kernel(
    "cross_entropy_soft_vjp",
    Body(_cross_entropy_soft_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("input", row=True), Argument("target", row=True)),
    quick=(Body(_cross_entropy_soft_vjp_quick, constants=(0.5, 1.2676506002282294e+30, 1.0)),),
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_SOFT_VJP.plans.get(key) or _CROSS_ENTROPY_SOFT_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_SOFT_VJP.several(g, input, target, axis=axis, out=out)


def _binary_cross_entropy(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    zero, one = constants
    np.log(input, a)
    np.equal(target, zero, b, casting="unsafe")
    np.multiply(target, a, a)
    np.copyto(out, a)
    np.copyto(out, zero, where=np.not_equal(b, zero))
    np.subtract(one, target, a)
    np.negative(input, b)
    np.log1p(b, b)
    np.equal(a, zero, c, casting="unsafe")
    np.multiply(a, b, a)
    np.copyto(b, a)
    np.copyto(b, zero, where=np.not_equal(c, zero))
    np.add(out, b, out)
    np.negative(out, out)


def _binary_cross_entropy_quick(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    np.log(input, out)
    np.multiply(target, out, out)
    np.subtract(one, target, a)
    np.negative(input, b)
    np.log1p(b, b)
    np.multiply(a, b, a)
    np.add(out, a, out)
    np.negative(out, out)


_BINARY_CROSS_ENTROPY = Kernel(
    "binary_cross_entropy",
    Body(_binary_cross_entropy, constants=(0.0, 1.0), scratch=3),
    arguments=(Argument("input"), Argument("target")),
    results=(Argument("output"),),
    quick=(Body(_binary_cross_entropy_quick, constants=(1.0,), scratch=2),),
)


def binary_cross_entropy(input: ArrayLike, target: ArrayLike, *, out: Array | None = None) -> Array:
    """Binary cross-entropy (binary_cross_entropy).

        output = -target*log(input) - (1 - target)*log(1 - input)

    Args:
        input: float16, float32 or float64, shape (...); probability.
        target: float16, float32 or float64, shape (...); from 0 to 1.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.0 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY.plans.get(key) or _BINARY_CROSS_ENTROPY.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY.one(input, target, out=out)


def _binary_cross_entropy_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    one, zero = constants
    np.subtract(one, target, a)
    np.subtract(one, input, out)
    np.equal(a, zero, b, casting="unsafe")
    np.divide(a, out, a)
    np.copyto(out, a)
    np.copyto(out, zero, where=np.not_equal(b, zero))
    np.equal(target, zero, a, casting="unsafe")
    np.divide(target, input, b)
    np.copyto(c, b)
    np.copyto(c, zero, where=np.not_equal(a, zero))
    np.subtract(out, c, out)
    np.multiply(g, out, out)


def _binary_cross_entropy_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
) -> None:
    one, = constants
    np.subtract(one, target, out)
    np.subtract(one, input, a)
    np.divide(out, a, out)
    np.divide(target, input, a)
    np.subtract(out, a, out)
    np.multiply(g, out, out)


_BINARY_CROSS_ENTROPY_VJP = Kernel(
    "binary_cross_entropy_vjp",
    Body(_binary_cross_entropy_vjp, constants=(1.0, 0.0), scratch=3),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("target")),
    results=(Argument("input"),),
    quick=(Body(_binary_cross_entropy_vjp_quick, constants=(1.0,), scratch=1),),
    cotangents=("input",),
)


def binary_cross_entropy_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Binary cross-entropy (binary_cross_entropy): vector-Jacobian product.

        output = -target*log(input) - (1 - target)*log(1 - input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...); probability.
        target: float16, float32 or float64, shape (...); from 0 to 1.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.
    Treated as constants, without a cotangent: target (labels).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_VJP.plans.get(key)
        if plan is None:
            plan = _BINARY_CROSS_ENTROPY_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_VJP.one(g, input, target, out=out)


def _binary_cross_entropy_with_logits(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    zero, = constants
    np.absolute(input, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
    np.less(zero, input, a, casting="unsafe")
    np.subtract(a, target, a)
    np.equal(a, zero, b, casting="unsafe")
    np.multiply(input, a, a)
    np.copyto(c, a)
    np.copyto(c, zero, where=np.not_equal(b, zero))
    np.add(out, c, out)


def _binary_cross_entropy_with_logits_quick(
    constants: Constants,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
) -> None:
    zero, = constants
    np.absolute(input, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
    np.less(zero, input, a, casting="unsafe")
    np.subtract(a, target, a)
    np.multiply(input, a, a)
    np.add(out, a, out)


_BINARY_CROSS_ENTROPY_WITH_LOGITS = Kernel(
    "binary_cross_entropy_with_logits",
    Body(_binary_cross_entropy_with_logits, constants=(0.0,), scratch=3),
    arguments=(Argument("input"), Argument("target")),
    results=(Argument("output"),),
    quick=(Body(_binary_cross_entropy_with_logits_quick, constants=(0.0,), scratch=1),),
)


def binary_cross_entropy_with_logits(
    input: ArrayLike,
    target: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Binary cross-entropy (binary_cross_entropy_with_logits).

        output = target*softplus(-input) + (1 - target)*softplus(input)

    Args:
        input: float16, float32 or float64, shape (...); logit.
        target: float16, float32 or float64, shape (...); from 0 to 1.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 2.0 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS.plans.get(key)
        if plan is None:
            plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS.one(input, target, out=out)


def _binary_cross_entropy_with_logits_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
) -> None:
    one, zero = constants
    np.subtract(one, target, out)
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, input, b, casting="unsafe")
    np.maximum(b, a, out=b)
    np.add(a, one, c)
    np.divide(b, c, b)
    np.less_equal(input, zero, d, casting="unsafe")
    np.maximum(d, a, out=d)
    np.divide(d, c, d)
    np.multiply(out, b, out)
    np.multiply(target, d, d)
    np.subtract(out, d, out)
    np.multiply(g, out, out)


def _binary_cross_entropy_with_logits_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    np.negative(input, a)
    np.subtract(one, target, out)
    rt.one_plus_exp(a, a)
    rt.one_plus_exp(input, b)
    np.divide(out, a, out)
    np.divide(target, b, b)
    np.subtract(out, b, out)
    np.multiply(g, out, out)


_BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP = Kernel(
    "binary_cross_entropy_with_logits_vjp",
    Body(_binary_cross_entropy_with_logits_vjp, constants=(1.0, 0.0), scratch=4),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("target")),
    results=(Argument("input"),),
    quick=(Body(_binary_cross_entropy_with_logits_vjp_quick, constants=(1.0,), scratch=2),),
    cotangents=("input",),
)


def binary_cross_entropy_with_logits_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Binary cross-entropy (binary_cross_entropy_with_logits): vector-Jacobian product.

        output = target*softplus(-input) + (1 - target)*softplus(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...); logit.
        target: float16, float32 or float64, shape (...); from 0 to 1.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claim act.sigmoid/stable_form.
    Treated as constants, without a cotangent: target (labels).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.0)
        float64: 3.0 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP.plans.get(key)
        if plan is None:
            plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP.one(g, input, target, out=out)


def _focal_loss(constants: Constants, input: Array, alpha: Array, gamma: Array, out: Array, a: Array) -> None:
    one, = constants
    np.subtract(one, input, out)
    np.power(out, gamma, out)
    np.log(input, a)
    np.multiply(alpha, out, out)
    np.multiply(out, a, out)
    np.negative(out, out)


_FOCAL_LOSS = Kernel(
    "focal_loss",
    Body(_focal_loss, constants=(1.0,), scratch=1),
    arguments=(Argument("input"), Argument("alpha", "scalar"), Argument("gamma", "scalar")),
    results=(Argument("output"),),
)


def focal_loss(
    input: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    *,
    out: Array | None = None,
) -> Array:
    """Focal loss (focal_loss).

        output = -alpha*(1 - input)**gamma*log(input)

    Args:
        input: float16, float32 or float64, shape (...); probability.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 4.0 (3.5)
        float64: 3.0 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _FOCAL_LOSS.plans.get(key) or _FOCAL_LOSS.plan(key, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), input)
            if found is not None:
                return found
    return _FOCAL_LOSS.one(input, alpha, gamma, out=out)


def _focal_loss_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    alpha: Array,
    gamma: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    np.subtract(one, input, a)
    np.power(a, gamma, b)
    np.log(input, out)
    np.power(a, k, a)
    np.multiply(gamma, a, a)
    np.multiply(out, a, out)
    np.divide(b, input, b)
    np.subtract(out, b, out)
    np.multiply(alpha, g, b)
    np.multiply(out, b, out)


def _focal_loss_vjp_numbers(alpha: Number, gamma: Number) -> tuple[Number, ...]:
    k = np.subtract(gamma, 1.0)
    return alpha, gamma, k


_FOCAL_LOSS_VJP = Kernel(
    "focal_loss_vjp",
    Body(_focal_loss_vjp, constants=(1.0,), scratch=2, numbers=_focal_loss_vjp_numbers),
    arguments=(
        Argument("g", "cotangent"),
        Argument("input"),
        Argument("alpha", "scalar"),
        Argument("gamma", "scalar"),
    ),
    results=(Argument("input"),),
    cotangents=("input",),
)


def focal_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    *,
    out: Array | None = None,
) -> Array:
    """Focal loss (focal_loss): vector-Jacobian product.

        output = -alpha*(1 - input)**gamma*log(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...); probability.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.
    Treated as constants, without a cotangent: alpha, gamma (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.5)
        float64: 2.5 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _FOCAL_LOSS_VJP.plans.get(key) or _FOCAL_LOSS_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), g, input)
            if found is not None:
                return found
    return _FOCAL_LOSS_VJP.one(g, input, alpha, gamma, out=out)


def _focal_loss_with_logits(
    constants: Constants,
    input: Array,
    alpha: Array,
    gamma: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    zero, one, minus_infinity = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(input, zero, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, b)
    np.divide(out, b, out)
    np.power(out, gamma, out)
    np.log1p(a, a)
    rt.clip(input, minus_infinity, zero, b)
    np.subtract(a, b, a)
    np.multiply(alpha, out, out)
    np.multiply(out, a, out)


def _focal_loss_with_logits_quick(
    constants: Constants,
    input: Array,
    alpha: Array,
    gamma: Array,
    out: Array,
    a: Array,
) -> None:
    one, = constants
    np.negative(input, a)
    rt.one_plus_exp(input, out)
    np.divide(one, out, out)
    np.power(out, gamma, out)
    np.exp(a, a)
    np.log1p(a, a)
    np.multiply(alpha, out, out)
    np.multiply(out, a, out)


_FOCAL_LOSS_WITH_LOGITS = Kernel(
    "focal_loss_with_logits",
    Body(_focal_loss_with_logits, constants=(0.0, 1.0, float("-inf")), scratch=2),
    arguments=(Argument("input"), Argument("alpha", "scalar"), Argument("gamma", "scalar")),
    results=(Argument("output"),),
    quick=(Body(_focal_loss_with_logits_quick, constants=(1.0,), scratch=1),),
)


def focal_loss_with_logits(
    input: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    *,
    out: Array | None = None,
) -> Array:
    """Focal loss (focal_loss_with_logits).

        output = alpha*sigmoid(-input)**gamma*softplus(-input)

    Args:
        input: float16, float32 or float64, shape (...); logit of the true class.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 6.5 (6.0): the power gamma = 2 doubles the error of the probability
        float64: 4.5 (4.5): the power gamma = 2 doubles the error of the probability
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _FOCAL_LOSS_WITH_LOGITS.plans.get(key) or _FOCAL_LOSS_WITH_LOGITS.plan(key, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), input)
            if found is not None:
                return found
    return _FOCAL_LOSS_WITH_LOGITS.one(input, alpha, gamma, out=out)


def _focal_loss_with_logits_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    alpha: Array,
    gamma: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
    e: Array,
) -> None:
    zero, one, minus_infinity = constants
    np.absolute(input, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(input, zero, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, b)
    np.divide(out, b, out)
    np.power(out, gamma, c)
    np.log1p(a, d)
    rt.clip(input, minus_infinity, zero, e)
    np.subtract(d, e, d)
    np.power(out, k, e)
    np.multiply(gamma, e, e)
    np.square(b, b)
    np.divide(a, b, b)
    np.multiply(out, c, out)
    np.multiply(d, e, d)
    np.equal(a, zero, a, casting="unsafe")
    np.multiply(d, b, d)
    np.copyto(b, d)
    np.copyto(b, zero, where=np.not_equal(a, zero))
    np.add(out, b, out)
    np.multiply(alpha, g, b)
    np.multiply(out, b, out)
    np.negative(out, out)


def _focal_loss_with_logits_vjp_numbers(alpha: Number, gamma: Number) -> tuple[Number, ...]:
    k = np.subtract(gamma, 1.0)
    return alpha, gamma, k


def _focal_loss_with_logits_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    alpha: Array,
    gamma: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
    e: Array,
) -> None:
    one, = constants
    np.negative(input, a)
    np.exp(input, b)
    np.add(b, one, c)
    np.divide(one, c, d)
    np.power(d, gamma, out)
    np.exp(a, a)
    np.log1p(a, a)
    np.power(d, k, d)
    np.multiply(gamma, d, d)
    np.square(c, e)
    np.multiply(a, d, a)
    np.multiply(out, c, out)
    np.multiply(a, b, a)
    np.add(out, a, out)
    np.divide(out, e, out)
    np.multiply(alpha, g, e)
    np.multiply(out, e, out)
    np.negative(out, out)


def _focal_loss_with_logits_vjp_quick_numbers(alpha: Number, gamma: Number) -> tuple[Number, ...]:
    k = np.subtract(gamma, 1.0)
    return alpha, gamma, k


_FOCAL_LOSS_WITH_LOGITS_VJP = Kernel(
    "focal_loss_with_logits_vjp",
    Body(
        _focal_loss_with_logits_vjp,
        constants=(0.0, 1.0, float("-inf")),
        scratch=5,
        numbers=_focal_loss_with_logits_vjp_numbers,
    ),
    arguments=(
        Argument("g", "cotangent"),
        Argument("input"),
        Argument("alpha", "scalar"),
        Argument("gamma", "scalar"),
    ),
    results=(Argument("input"),),
    quick=(
        Body(
            _focal_loss_with_logits_vjp_quick,
            constants=(1.0,),
            scratch=5,
            numbers=_focal_loss_with_logits_vjp_quick_numbers,
        ),
    ),
    cotangents=("input",),
)


def focal_loss_with_logits_vjp(
    g: ArrayLike,
    input: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    *,
    out: Array | None = None,
) -> Array:
    """Focal loss (focal_loss_with_logits): vector-Jacobian product.

        output = alpha*sigmoid(-input)**gamma*softplus(-input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...); logit of the true class.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form,
    act.sigmoid/slope_stable_form.
    Treated as constants, without a cotangent: alpha, gamma (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 7.5 (7.5): the power gamma = 2 doubles the error of the probability
        float64: 6.0 (6.0): the power gamma = 2 doubles the error of the probability
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _FOCAL_LOSS_WITH_LOGITS_VJP.plans.get(key) or _FOCAL_LOSS_WITH_LOGITS_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), g, input)
            if found is not None:
                return found
    return _FOCAL_LOSS_WITH_LOGITS_VJP.one(g, input, alpha, gamma, out=out)


def _mse_loss(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    np.subtract(input, target, a)
    total = rt.row_dot(a, a)
    n = rt.length(input)
    np.divide(total, n, out)


_MSE_LOSS = Kernel(
    "mse_loss",
    Body(_mse_loss, scratch=1),
    arguments=(Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1), ("target", 1)), (("output", 2),)),),
    columns=True,
)


def mse_loss(input: ArrayLike, target: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Mean squared error.

        output = Sum((input[k] - target[k])**2, (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
        target: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show loss.mse.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _MSE_LOSS.plans.get(key) or _MSE_LOSS.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _MSE_LOSS.one(input, target, axis=axis, out=out)


def _mse_loss_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    input_result: Array,
    target_result: Array,
) -> None:
    two, = constants
    np.subtract(input, target, target_result)
    n = rt.length(input)
    r = np.divide(g, n)
    r2 = np.multiply(two, r)
    np.multiply(r2, target_result, input_result)
    r3 = np.negative(r2)
    np.multiply(r3, target_result, target_result)


_MSE_LOSS_VJP = Kernel(
    "mse_loss_vjp",
    Body(_mse_loss_vjp, constants=(2.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("input", row=True), Argument("target", row=True)),
    rows=True,
    cotangents=("input", "target"),
    columns=True,
)


def mse_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Mean squared error: vector-Jacobian product.

        output = Sum((input[k] - target[k])**2, (k, 1, n))/n
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        target: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.mse.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _MSE_LOSS_VJP.plans.get(key) or _MSE_LOSS_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _MSE_LOSS_VJP.several(g, input, target, axis=axis, out=out)


def _l1_loss(constants: Constants, input: Array, target: Array, out: Array, a: Array) -> None:
    np.subtract(input, target, a)
    np.absolute(a, a)
    total = rt.row_sum(a)
    n = rt.length(input)
    np.divide(total, n, out)


_L1_LOSS = Kernel(
    "l1_loss",
    Body(_l1_loss, scratch=1),
    arguments=(Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1), ("target", 1)), (("output", 1),)),),
    columns=True,
)


def l1_loss(input: ArrayLike, target: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Mean absolute error.

        output = Sum(Abs(input[k] - target[k]), (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
        target: float16, float32 or float64, shape (..., n).
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
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _L1_LOSS.plans.get(key) or _L1_LOSS.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _L1_LOSS.one(input, target, axis=axis, out=out)


def _l1_loss_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    input_result: Array,
    target_result: Array,
) -> None:
    zero, = constants
    np.subtract(input, target, input_result)
    n = rt.length(input)
    r = np.divide(g, n)
    np.less(zero, input_result, target_result, casting="unsafe")
    np.less(input_result, zero, input_result, casting="unsafe")
    np.subtract(target_result, input_result, target_result)
    np.multiply(r, target_result, input_result)
    r2 = np.negative(r)
    np.multiply(r2, target_result, target_result)


_L1_LOSS_VJP = Kernel(
    "l1_loss_vjp",
    Body(_l1_loss_vjp, constants=(0.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True), Argument("target", row=True)),
    results=(Argument("input", row=True), Argument("target", row=True)),
    rows=True,
    cotangents=("input", "target"),
    columns=True,
)


def l1_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Mean absolute error: vector-Jacobian product.

        output = Sum(Abs(input[k] - target[k]), (k, 1, n))/n
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        target: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _L1_LOSS_VJP.plans.get(key) or _L1_LOSS_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _L1_LOSS_VJP.several(g, input, target, axis=axis, out=out)


def _huber_loss(
    constants: Constants,
    input: Array,
    target: Array,
    delta: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    half, = constants
    np.subtract(target, input, out)
    rt.band(out, delta, a)
    np.multiply(half, a, b)
    np.subtract(out, b, out)
    np.multiply(out, a, out)


_HUBER_LOSS = Kernel(
    "huber_loss",
    Body(_huber_loss, constants=(0.5,), scratch=2),
    arguments=(Argument("input"), Argument("target"), Argument("delta", "scalar")),
    results=(Argument("output"),),
)


def huber_loss(input: ArrayLike, target: ArrayLike, delta: float = 1.0, *, out: Array | None = None) -> Array:
    """Huber loss.

        output = (Abs(input - target) - Min(delta, Abs(input - target))/2)*Min(delta, Abs(input -
            target))

    Args:
        input: float16, float32 or float64, shape (...).
        target: float16, float32 or float64, shape (...).
        delta: a number; where it turns linear.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.huber.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _HUBER_LOSS.plans.get(key) or _HUBER_LOSS.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (delta,), input, target)
            if found is not None:
                return found
    return _HUBER_LOSS.one(input, target, delta, out=out)


def _huber_loss_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    delta: Array,
    k: Array,
    input_result: Array,
    target_result: Array,
) -> None:
    minus_infinity, infinity = constants
    np.subtract(target, input, target_result)
    rt.clip(target_result, minus_infinity, delta, target_result)
    rt.clip(target_result, k, infinity, target_result)
    np.multiply(g, target_result, target_result)
    np.negative(target_result, input_result)


def _huber_loss_vjp_numbers(delta: Number) -> tuple[Number, ...]:
    k = np.negative(delta)
    return delta, k


_HUBER_LOSS_VJP = Kernel(
    "huber_loss_vjp",
    Body(_huber_loss_vjp, constants=(float("-inf"), float("inf")), numbers=_huber_loss_vjp_numbers),
    arguments=(
        Argument("g", "cotangent"),
        Argument("input"),
        Argument("target"),
        Argument("delta", "scalar"),
    ),
    results=(Argument("input"), Argument("target")),
    cotangents=("input", "target"),
)


def huber_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    delta: float = 1.0,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Huber loss: vector-Jacobian product.

        output = (Abs(input - target) - Min(delta, Abs(input - target))/2)*Min(delta, Abs(input -
            target))
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        target: float16, float32 or float64, shape (...).
        delta: a number; where it turns linear.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of target (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.huber.
    Treated as constants, without a cotangent: delta (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _HUBER_LOSS_VJP.plans.get(key) or _HUBER_LOSS_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (delta,), g, input, target)
            if found is not None:
                return found
    return _HUBER_LOSS_VJP.several(g, input, target, delta, out=out)


def _contrastive_loss(
    constants: Constants,
    input: Array,
    target: Array,
    temperature: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    np.divide(input, temperature, a)
    top, rest = rt.max_and_rest(a, b)
    r = np.log1p(rest)
    picked = rt.pick(a, target)
    r2 = np.subtract(top, picked)
    np.add(r2, r, out)


def _contrastive_loss_quick(
    constants: Constants,
    input: Array,
    target: Array,
    temperature: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    np.divide(input, temperature, a)
    top, rest = rt.top_and_rest(a, b)
    r = np.log1p(rest)
    picked = rt.pick(a, target)
    r2 = np.subtract(top, picked)
    np.add(r2, r, out)


_CONTRASTIVE_LOSS = Kernel(
    "contrastive_loss",
    Body(_contrastive_loss, scratch=2),
    arguments=(
        Argument("input", row=True),
        Argument("target", "integer", place=True),
        Argument("temperature", "scalar"),
    ),
    results=(Argument("output"),),
    quick=(Body(_contrastive_loss_quick, scratch=2),),
    rows=True,
)


def contrastive_loss(
    input: ArrayLike,
    target: ArrayLike,
    temperature: float = 0.07,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Contrastive loss.

        output = log(Sum(exp(input[k]/temperature), (k, 1, n))) - input[target]/temperature

    Args:
        input: float16, float32 or float64, shape (..., n); similarities of one example with all
            candidates.
        target: integers, shape (...), counted from 0; index of the matching example.
        temperature: a number.
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
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CONTRASTIVE_LOSS.plans.get(key) or _CONTRASTIVE_LOSS.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (temperature,), input, target)
            if found is not None:
                return found
    return _CONTRASTIVE_LOSS.one(input, target, temperature, axis=axis, out=out)


def _contrastive_loss_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    temperature: Array,
    out: Array,
) -> None:
    np.divide(input, temperature, out)
    top = rt.row_max(out)
    shift = rt.finite_or_zero(top)
    np.subtract(out, shift, out)
    np.exp(out, out)
    picked = rt.pick(out, target)
    rt.clear_at(out, target)
    total = rt.row_sum(out)
    r = np.add(picked, total)
    r2 = np.divide(g, r)
    np.multiply(r2, out, out)
    r3 = np.multiply(r2, total)
    rt.add_at(out, target, -r3)
    np.divide(out, temperature, out)


def _contrastive_loss_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    target: Array,
    temperature: Array,
    out: Array,
) -> None:
    one, half, c2 = constants
    np.divide(input, temperature, out)
    np.exp(out, out)
    picked = rt.pick(out, target)
    rt.clear_at(out, target)
    total = rt.row_sum(out)
    r = np.add(picked, total)
    r2 = np.subtract(r, half)
    rt.watch(r2)
    r3 = np.divide(g, r)
    r4 = np.absolute(r3)
    r5 = np.multiply(c2, r4)
    r6 = np.subtract(r5, one)
    r7 = np.absolute(g)
    r8 = np.multiply(r6, r7)
    rt.watch(r8)
    np.multiply(r3, out, out)
    r9 = np.multiply(r3, total)
    rt.add_at(out, target, -r9)
    np.divide(out, temperature, out)


_CONTRASTIVE_LOSS_VJP = Kernel(
    "contrastive_loss_vjp",
    Body(_contrastive_loss_vjp),
    arguments=(
        Argument("g", "cotangent"),
        Argument("input", row=True),
        Argument("target", "integer", place=True),
        Argument("temperature", "scalar"),
    ),
    results=(Argument("input", row=True),),
    quick=(Body(_contrastive_loss_vjp_quick, constants=(1.0, 0.5, 1.2676506002282294e+30)),),
    rows=True,
    cotangents=("input",),
)


def contrastive_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    target: ArrayLike,
    temperature: float = 0.07,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Contrastive loss: vector-Jacobian product.

        output = log(Sum(exp(input[k]/temperature), (k, 1, n))) - input[target]/temperature
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); similarities of one example with all
            candidates.
        target: integers, shape (...), counted from 0; index of the matching example.
        temperature: a number.
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
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Treated as constants, without a cotangent: temperature (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CONTRASTIVE_LOSS_VJP.plans.get(key) or _CONTRASTIVE_LOSS_VJP.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (temperature,), g, input, target)
            if found is not None:
                return found
    return _CONTRASTIVE_LOSS_VJP.one(g, input, target, temperature, axis=axis, out=out)


def _triplet_loss(
    constants: Constants,
    anchor: Array,
    positive: Array,
    negative: Array,
    margin: Array,
    out: Array,
    a: Array,
) -> None:
    zero, = constants
    np.subtract(anchor, positive, a)
    total = rt.row_dot(a, a)
    r = np.add(margin, total)
    np.subtract(anchor, negative, a)
    total2 = rt.row_dot(a, a)
    r2 = np.subtract(r, total2)
    np.maximum(r2, zero, out=out)


_TRIPLET_LOSS = Kernel(
    "triplet_loss",
    Body(_triplet_loss, constants=(0.0,), scratch=1),
    arguments=(
        Argument("anchor", row=True),
        Argument("positive", row=True),
        Argument("negative", row=True),
        Argument("margin", "scalar"),
    ),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("anchor", 1), ("positive", 1), ("negative", 1), ("margin", 2)), (("output", 2),)),),
    columns=True,
)


def triplet_loss(
    anchor: ArrayLike,
    positive: ArrayLike,
    negative: ArrayLike,
    margin: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Triplet loss.

        output = Max(0, margin - Sum((anchor[k] - negative[k])**2, (k, 1, n)) + Sum((anchor[k] -
            positive[k])**2, (k, 1, n)))

    Args:
        anchor: float16, float32 or float64, shape (..., n).
        positive: float16, float32 or float64, shape (..., n).
        negative: float16, float32 or float64, shape (..., n).
        margin: a number.
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
    Sources and proofs: symcheck show loss.triplet.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    if type(anchor) is ndarray and type(positive) is ndarray and type(negative) is ndarray and axis == -1:
        key = anchor.dtype, anchor.shape, positive.dtype, positive.shape, negative.dtype, negative.shape
        plan = _TRIPLET_LOSS.plans.get(key) or _TRIPLET_LOSS.plan(key, anchor, positive, negative)
        if plan is not None:
            found = plan.one(out, (margin,), anchor, positive, negative)
            if found is not None:
                return found
    return _TRIPLET_LOSS.one(anchor, positive, negative, margin, axis=axis, out=out)


def _triplet_loss_vjp(
    constants: Constants,
    g: Array,
    anchor: Array,
    positive: Array,
    negative: Array,
    margin: Array,
    anchor_result: Array,
    positive_result: Array,
    negative_result: Array,
    a: Array,
) -> None:
    zero, two = constants
    np.subtract(anchor, positive, positive_result)
    total = rt.row_dot(positive_result, positive_result)
    r = np.add(margin, total)
    np.subtract(anchor, negative, negative_result)
    total2 = rt.row_dot(negative_result, negative_result)
    r2 = np.subtract(r, total2)
    holds = np.less(zero, r2)
    r3 = np.multiply(g, holds)
    np.multiply(two, negative_result, a)
    r4 = np.multiply(two, r3)
    r5 = np.negative(r4)
    np.multiply(r4, negative_result, negative_result)
    np.multiply(two, positive_result, anchor_result)
    np.multiply(r5, positive_result, positive_result)
    np.subtract(anchor_result, a, anchor_result)
    np.multiply(r3, anchor_result, anchor_result)


_TRIPLET_LOSS_VJP = Kernel(
    "triplet_loss_vjp",
    Body(_triplet_loss_vjp, constants=(0.0, 2.0), scratch=1),
    arguments=(
        Argument("g", "cotangent"),
        Argument("anchor", row=True),
        Argument("positive", row=True),
        Argument("negative", row=True),
        Argument("margin", "scalar"),
    ),
    results=(Argument("anchor", row=True), Argument("positive", row=True), Argument("negative", row=True)),
    rows=True,
    laws=(
        Law(
            (("anchor", 1), ("positive", 1), ("negative", 1), ("margin", 2)),
            (("anchor", 1), ("positive", 1), ("negative", 1)),
        ),
    ),
    cotangents=("anchor", "positive", "negative"),
    columns=True,
)


def triplet_loss_vjp(
    g: ArrayLike,
    anchor: ArrayLike,
    positive: ArrayLike,
    negative: ArrayLike,
    margin: float = 1.0,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Triplet loss: vector-Jacobian product.

        output = Max(0, margin - Sum((anchor[k] - negative[k])**2, (k, 1, n)) + Sum((anchor[k] -
            positive[k])**2, (k, 1, n)))
        result = d(sum of g * output) / d(anchor, positive, negative)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        anchor: float16, float32 or float64, shape (..., n).
        positive: float16, float32 or float64, shape (..., n).
        negative: float16, float32 or float64, shape (..., n).
        margin: a number.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of anchor (shape (..., n)), that of positive (shape (...,
    n)), that of negative (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.triplet.
    Treated as constants, without a cotangent: margin (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if (
        type(g) is ndarray
        and type(anchor) is ndarray
        and type(positive) is ndarray
        and type(negative) is ndarray
        and axis == -1
    ):
        key = (
            g.dtype,
            g.shape,
            anchor.dtype,
            anchor.shape,
            positive.dtype,
            positive.shape,
            negative.dtype,
            negative.shape,
        )
        plan = _TRIPLET_LOSS_VJP.plans.get(key) or _TRIPLET_LOSS_VJP.plan(key, g, anchor, positive, negative)
        if plan is not None:
            found = plan.several(out, (margin,), g, anchor, positive, negative)
            if found is not None:
                return found
    return _TRIPLET_LOSS_VJP.several(g, anchor, positive, negative, margin, axis=axis, out=out)
