"""Information theory.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, ndarray

__all__ = [
    "cross_entropy_probs",
    "cross_entropy_probs_vjp",
    "entropy",
    "entropy_vjp",
    "kl_divergence",
    "kl_divergence_vjp",
    "perplexity",
    "perplexity_vjp",
]


def _entropy(constants: Constants, p: Array, out: Array, a: Array) -> None:
    zero, = constants
    np.equal(p, zero, a, casting="unsafe")
    np.add(p, a, a)
    np.log(a, a)
    total = rt.row_dot(p, a)
    np.negative(total, out)


def _entropy_quick(constants: Constants, p: Array, out: Array, a: Array) -> None:
    np.log(p, a)
    total = rt.row_dot(p, a)
    np.negative(total, out)


_ENTROPY = Kernel(
    "entropy",
    Body(_entropy, constants=(0.0,), scratch=1),
    arguments=(Argument("p", row=True),),
    results=(Argument("output"),),
    quick=(Body(_entropy_quick, scratch=1),),
    rows=True,
    columns=True,
)


def entropy(p: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Entropy.

        output = -Sum(log(p[i])*p[i], (i, 1, n))

    Args:
        p: float16, float32 or float64, shape (..., n); probabilities.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 2.5 (2.5)
    """
    if type(p) is ndarray and axis == -1:
        key = p.dtype, p.shape
        plan = _ENTROPY.plans.get(key) or _ENTROPY.plan(key, p)
        if plan is not None:
            found = plan.one(out, (), p)
            if found is not None:
                return found
    return _ENTROPY.one(p, axis=axis, out=out)


def _entropy_vjp(constants: Constants, g: Array, p: Array, out: Array) -> None:
    one, = constants
    r = np.negative(g)
    np.log(p, out)
    np.add(out, one, out)
    np.multiply(r, out, out)


_ENTROPY_VJP = Kernel(
    "entropy_vjp",
    Body(_entropy_vjp, constants=(1.0,)),
    arguments=(Argument("g", "cotangent"), Argument("p", row=True)),
    results=(Argument("p", row=True),),
    rows=True,
    cotangents=("p",),
    columns=True,
)


def entropy_vjp(g: ArrayLike, p: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Entropy: vector-Jacobian product.

        output = -Sum(log(p[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        p: float16, float32 or float64, shape (..., n); probabilities.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (1.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape
        plan = _ENTROPY_VJP.plans.get(key) or _ENTROPY_VJP.plan(key, g, p)
        if plan is not None:
            found = plan.one(out, (), g, p)
            if found is not None:
                return found
    return _ENTROPY_VJP.one(g, p, axis=axis, out=out)


def _cross_entropy_probs(constants: Constants, p: Array, q: Array, out: Array, a: Array) -> None:
    zero, = constants
    np.equal(p, zero, a, casting="unsafe")
    np.add(q, a, a)
    np.log(a, a)
    total = rt.row_dot(p, a)
    np.negative(total, out)


def _cross_entropy_probs_quick(constants: Constants, p: Array, q: Array, out: Array, a: Array) -> None:
    np.log(q, a)
    total = rt.row_dot(p, a)
    np.negative(total, out)


_CROSS_ENTROPY_PROBS = Kernel(
    "cross_entropy_probs",
    Body(_cross_entropy_probs, constants=(0.0,), scratch=1),
    arguments=(Argument("p", row=True), Argument("q", row=True)),
    results=(Argument("output"),),
    quick=(Body(_cross_entropy_probs_quick, scratch=1),),
    rows=True,
    columns=True,
)


def cross_entropy_probs(p: ArrayLike, q: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Cross-entropy.

        output = -Sum(log(q[i])*p[i], (i, 1, n))

    Args:
        p: float16, float32 or float64, shape (..., n); probabilities.
        q: float16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    if type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = p.dtype, p.shape, q.dtype, q.shape
        plan = _CROSS_ENTROPY_PROBS.plans.get(key) or _CROSS_ENTROPY_PROBS.plan(key, p, q)
        if plan is not None:
            found = plan.one(out, (), p, q)
            if found is not None:
                return found
    return _CROSS_ENTROPY_PROBS.one(p, q, axis=axis, out=out)


def _cross_entropy_probs_vjp(
    constants: Constants,
    g: Array,
    p: Array,
    q: Array,
    p_result: Array,
    q_result: Array,
    a: Array,
    b: Array,
) -> None:
    zero, = constants
    r = np.negative(g)
    np.log(q, p_result)
    np.multiply(r, p_result, p_result)
    np.equal(p, zero, a, casting="unsafe")
    np.divide(p, q, b)
    np.copyto(q_result, b)
    np.copyto(q_result, zero, where=np.not_equal(a, zero))
    np.multiply(r, q_result, q_result)


def _cross_entropy_probs_vjp_quick(
    constants: Constants,
    g: Array,
    p: Array,
    q: Array,
    p_result: Array,
    q_result: Array,
) -> None:
    r = np.negative(g)
    np.log(q, p_result)
    np.multiply(r, p_result, p_result)
    np.divide(p, q, q_result)
    np.multiply(r, q_result, q_result)


_CROSS_ENTROPY_PROBS_VJP = Kernel(
    "cross_entropy_probs_vjp",
    Body(_cross_entropy_probs_vjp, constants=(0.0,), scratch=2),
    arguments=(Argument("g", "cotangent"), Argument("p", row=True), Argument("q", row=True)),
    results=(Argument("p", row=True), Argument("q", row=True)),
    quick=(Body(_cross_entropy_probs_vjp_quick),),
    rows=True,
    cotangents=("p", "q"),
    columns=True,
)


def cross_entropy_probs_vjp(
    g: ArrayLike,
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Cross-entropy: vector-Jacobian product.

        output = -Sum(log(q[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p, q)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        p: float16, float32 or float64, shape (..., n); probabilities.
        q: float16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of p (shape (..., n)), that of q (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape, q.dtype, q.shape
        plan = _CROSS_ENTROPY_PROBS_VJP.plans.get(key) or _CROSS_ENTROPY_PROBS_VJP.plan(key, g, p, q)
        if plan is not None:
            found = plan.several(out, (), g, p, q)
            if found is not None:
                return found
    return _CROSS_ENTROPY_PROBS_VJP.several(g, p, q, axis=axis, out=out)


def _kl_divergence(
    constants: Constants,
    p: Array,
    q: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    zero, half, minus_half, infinity, minus_infinity, two = constants
    np.equal(p, zero, a, casting="unsafe")
    np.add(p, a, b)
    np.add(q, a, a)
    np.divide(b, a, c)
    np.subtract(b, a, b)
    np.divide(b, a, b)
    rt.clip(b, minus_half, infinity, b)
    np.log1p(b, b)
    rt.clip(c, minus_infinity, half, c)
    np.multiply(two, c, c)
    np.log(c, c)
    np.add(b, c, b)
    total = rt.row_dot(p, b)
    np.copyto(out, total)


def _kl_divergence_quickest(constants: Constants, p: Array, q: Array, out: Array, a: Array) -> None:
    c0, = constants
    np.divide(p, q, a)
    np.log(a, a)
    total = rt.row_dot(p, a)
    r = np.subtract(total, c0)
    rt.watch(r)
    np.copyto(out, total)


def _kl_divergence_quick(constants: Constants, p: Array, q: Array, out: Array, a: Array) -> None:
    np.subtract(p, q, a)
    total = rt.row_sum(a)
    np.divide(a, q, a)
    np.log1p(a, a)
    total2 = rt.row_dot(p, a)
    r = np.absolute(total)
    r2 = np.subtract(total2, r)
    rt.watch(r2)
    np.copyto(out, total2)


_KL_DIVERGENCE = Kernel(
    "kl_divergence",
    Body(_kl_divergence, constants=(0.0, 0.5, -0.5, float("inf"), float("-inf"), 2.0), scratch=3),
    arguments=(Argument("p", row=True), Argument("q", row=True)),
    results=(Argument("output"),),
    quick=(
        Body(_kl_divergence_quickest, constants=(0.00390625,), scratch=1),
        Body(_kl_divergence_quick, scratch=1),
    ),
    rows=True,
    columns=True,
)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Kullback-Leibler divergence.

        output = Sum(log(p[i]/q[i])*p[i], (i, 1, n))

    Args:
        p: float16, float32 or float64, shape (..., n); probabilities.
        q: float16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 2.0 (1.5)
    """
    if type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = p.dtype, p.shape, q.dtype, q.shape
        plan = _KL_DIVERGENCE.plans.get(key) or _KL_DIVERGENCE.plan(key, p, q)
        if plan is not None:
            found = plan.one(out, (), p, q)
            if found is not None:
                return found
    return _KL_DIVERGENCE.one(p, q, axis=axis, out=out)


def _kl_divergence_vjp(
    constants: Constants,
    g: Array,
    p: Array,
    q: Array,
    p_result: Array,
    q_result: Array,
    a: Array,
) -> None:
    zero, half, minus_half, infinity, one, minus_infinity, two = constants
    np.equal(p, zero, a, casting="unsafe")
    np.divide(p, q, p_result)
    np.copyto(q_result, p_result)
    np.copyto(q_result, zero, where=np.not_equal(a, zero))
    np.subtract(p, q, p_result)
    np.divide(p_result, q, p_result)
    rt.clip(p_result, minus_half, infinity, p_result)
    np.log1p(p_result, p_result)
    rt.clip(q_result, minus_infinity, half, a)
    np.multiply(two, a, a)
    np.log(a, a)
    np.add(p_result, a, p_result)
    np.add(p_result, one, p_result)
    np.multiply(g, p_result, p_result)
    r = np.negative(g)
    np.multiply(r, q_result, q_result)


def _kl_divergence_vjp_quick(
    constants: Constants,
    g: Array,
    p: Array,
    q: Array,
    p_result: Array,
    q_result: Array,
) -> None:
    one, = constants
    np.divide(p, q, q_result)
    np.log(q_result, p_result)
    np.add(p_result, one, p_result)
    np.multiply(g, p_result, p_result)
    r = np.negative(g)
    np.multiply(r, q_result, q_result)


_KL_DIVERGENCE_VJP = Kernel(
    "kl_divergence_vjp",
    Body(_kl_divergence_vjp, constants=(0.0, 0.5, -0.5, float("inf"), 1.0, float("-inf"), 2.0), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("p", row=True), Argument("q", row=True)),
    results=(Argument("p", row=True), Argument("q", row=True)),
    quick=(Body(_kl_divergence_vjp_quick, constants=(1.0,)),),
    rows=True,
    cotangents=("p", "q"),
    columns=True,
)


def kl_divergence_vjp(
    g: ArrayLike,
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Kullback-Leibler divergence: vector-Jacobian product.

        output = Sum(log(p[i]/q[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p, q)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        p: float16, float32 or float64, shape (..., n); probabilities.
        q: float16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of p (shape (..., n)), that of q (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape, q.dtype, q.shape
        plan = _KL_DIVERGENCE_VJP.plans.get(key) or _KL_DIVERGENCE_VJP.plan(key, g, p, q)
        if plan is not None:
            found = plan.several(out, (), g, p, q)
            if found is not None:
                return found
    return _KL_DIVERGENCE_VJP.several(g, p, q, axis=axis, out=out)


def _perplexity(constants: Constants, nll: Array, out: Array) -> None:
    total = rt.row_sum(nll)
    n = rt.length(nll)
    r = np.divide(total, n)
    np.exp(r, out)


_PERPLEXITY = Kernel(
    "perplexity",
    Body(_perplexity),
    arguments=(Argument("nll", row=True),),
    results=(Argument("output"),),
    rows=True,
    columns=True,
)


def perplexity(nll: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Perplexity.

        output = exp(Sum(nll[s], (s, 1, T))/T)

    Args:
        nll: float16, float32 or float64, shape (..., T); negative log-likelihood of each token.
        axis: the axis of length T.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show info.perplexity.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 0.5 (1.0)
    """
    if type(nll) is ndarray and axis == -1:
        key = nll.dtype, nll.shape
        plan = _PERPLEXITY.plans.get(key) or _PERPLEXITY.plan(key, nll)
        if plan is not None:
            found = plan.one(out, (), nll)
            if found is not None:
                return found
    return _PERPLEXITY.one(nll, axis=axis, out=out)


def _perplexity_vjp(constants: Constants, g: Array, nll: Array, out: Array) -> None:
    total = rt.row_sum(nll)
    n = rt.length(nll)
    r = np.divide(total, n)
    r2 = np.exp(r)
    r3 = np.multiply(g, r2)
    r4 = np.divide(r3, n)
    np.copyto(out, r4)


_PERPLEXITY_VJP = Kernel(
    "perplexity_vjp",
    Body(_perplexity_vjp),
    arguments=(Argument("g", "cotangent"), Argument("nll", row=True)),
    results=(Argument("nll", row=True),),
    rows=True,
    cotangents=("nll",),
    columns=True,
)


def perplexity_vjp(g: ArrayLike, nll: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Perplexity: vector-Jacobian product.

        output = exp(Sum(nll[s], (s, 1, T))/T)
        result = d(sum of g * output) / d(nll)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        nll: float16, float32 or float64, shape (..., T); negative log-likelihood of each token.
        axis: the axis of length T.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., T) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show info.perplexity.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 1.0 (1.5)
    """
    if type(g) is ndarray and type(nll) is ndarray and axis == -1:
        key = g.dtype, g.shape, nll.dtype, nll.shape
        plan = _PERPLEXITY_VJP.plans.get(key) or _PERPLEXITY_VJP.plan(key, g, nll)
        if plan is not None:
            found = plan.one(out, (), g, nll)
            if found is not None:
                return found
    return _PERPLEXITY_VJP.one(g, nll, axis=axis, out=out)
