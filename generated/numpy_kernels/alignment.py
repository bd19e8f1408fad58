"""Alignment.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, Number, ndarray

__all__ = [
    "bradley_terry",
    "bradley_terry_vjp",
    "dpo_loss",
    "dpo_loss_vjp",
    "ppo_objective",
    "ppo_objective_vjp",
    "sft_loss",
    "sft_loss_vjp",
]


def _bradley_terry(constants: Constants, chosen: Array, rejected: Array, out: Array, a: Array) -> None:
    zero, one = constants
    np.subtract(chosen, rejected, out)
    np.absolute(out, a)
    np.negative(a, a)
    np.exp(a, a)
    np.less_equal(zero, out, out, casting="unsafe")
    np.maximum(out, a, out=out)
    np.add(a, one, a)
    np.divide(out, a, out)


def _bradley_terry_quick(constants: Constants, chosen: Array, rejected: Array, out: Array) -> None:
    one, = constants
    np.subtract(rejected, chosen, out)
    rt.one_plus_exp(out, out)
    np.divide(one, out, out)


_BRADLEY_TERRY = Kernel(
    "bradley_terry",
    Body(_bradley_terry, constants=(0.0, 1.0), scratch=1),
    arguments=(Argument("chosen"), Argument("rejected")),
    results=(Argument("output"),),
    quick=(Body(_bradley_terry_quick, constants=(1.0,)),),
)


def bradley_terry(chosen: ArrayLike, rejected: ArrayLike, *, out: Array | None = None) -> Array:
    """Bradley-Terry preference model.

        output = sigmoid(chosen - rejected)

    Args:
        chosen: float16, float32 or float64, shape (...); reward of the preferred answer.
        rejected: float16, float32 or float64, shape (...); reward of the other.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (3.0)
        float64: 2.0 (2.0)
    """
    if type(chosen) is ndarray and type(rejected) is ndarray:
        key = chosen.dtype, chosen.shape, rejected.dtype, rejected.shape
        plan = _BRADLEY_TERRY.plans.get(key) or _BRADLEY_TERRY.plan(key, chosen, rejected)
        if plan is not None:
            found = plan.one(out, (), chosen, rejected)
            if found is not None:
                return found
    return _BRADLEY_TERRY.one(chosen, rejected, out=out)


def _bradley_terry_vjp(
    constants: Constants,
    g: Array,
    chosen: Array,
    rejected: Array,
    chosen_result: Array,
    rejected_result: Array,
) -> None:
    one, = constants
    np.subtract(chosen, rejected, chosen_result)
    np.absolute(chosen_result, chosen_result)
    np.negative(chosen_result, chosen_result)
    np.exp(chosen_result, chosen_result)
    np.add(chosen_result, one, rejected_result)
    np.square(rejected_result, rejected_result)
    np.divide(chosen_result, rejected_result, chosen_result)
    np.multiply(g, chosen_result, chosen_result)
    np.negative(chosen_result, rejected_result)


def _bradley_terry_vjp_quick(
    constants: Constants,
    g: Array,
    chosen: Array,
    rejected: Array,
    chosen_result: Array,
    rejected_result: Array,
) -> None:
    one, = constants
    np.subtract(rejected, chosen, chosen_result)
    np.exp(chosen_result, chosen_result)
    np.add(chosen_result, one, rejected_result)
    np.square(rejected_result, rejected_result)
    np.divide(chosen_result, rejected_result, chosen_result)
    np.multiply(g, chosen_result, chosen_result)
    np.negative(chosen_result, rejected_result)


_BRADLEY_TERRY_VJP = Kernel(
    "bradley_terry_vjp",
    Body(_bradley_terry_vjp, constants=(1.0,)),
    arguments=(Argument("g", "cotangent"), Argument("chosen"), Argument("rejected")),
    results=(Argument("chosen"), Argument("rejected")),
    quick=(Body(_bradley_terry_vjp_quick, constants=(1.0,)),),
    cotangents=("chosen", "rejected"),
)


def bradley_terry_vjp(
    g: ArrayLike,
    chosen: ArrayLike,
    rejected: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Bradley-Terry preference model: vector-Jacobian product.

        output = sigmoid(chosen - rejected)
        result = d(sum of g * output) / d(chosen, rejected)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        chosen: float16, float32 or float64, shape (...); reward of the preferred answer.
        rejected: float16, float32 or float64, shape (...); reward of the other.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of chosen (shape (...)), that of rejected (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claim act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (2.0)
        float64: 2.5 (2.5)
    """
    if type(g) is ndarray and type(chosen) is ndarray and type(rejected) is ndarray:
        key = g.dtype, g.shape, chosen.dtype, chosen.shape, rejected.dtype, rejected.shape
        plan = _BRADLEY_TERRY_VJP.plans.get(key) or _BRADLEY_TERRY_VJP.plan(key, g, chosen, rejected)
        if plan is not None:
            found = plan.several(out, (), g, chosen, rejected)
            if found is not None:
                return found
    return _BRADLEY_TERRY_VJP.several(g, chosen, rejected, out=out)


def _ppo_objective(
    constants: Constants,
    ratio: Array,
    advantage: Array,
    k: Array,
    k2: Array,
    out: Array,
    a: Array,
) -> None:
    minus_infinity, infinity = constants
    np.multiply(advantage, ratio, out)
    rt.clip(ratio, minus_infinity, k2, a)
    rt.clip(a, k, infinity, a)
    np.multiply(advantage, a, a)
    np.minimum(out, a, out=out)


def _ppo_objective_numbers(clip: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, clip)
    k2 = np.add(clip, 1.0)
    return k, k2


_PPO_OBJECTIVE = Kernel(
    "ppo_objective",
    Body(_ppo_objective, constants=(float("-inf"), float("inf")), scratch=1, numbers=_ppo_objective_numbers),
    arguments=(Argument("ratio"), Argument("advantage"), Argument("clip", "scalar")),
    results=(Argument("output"),),
)


def ppo_objective(
    ratio: ArrayLike,
    advantage: ArrayLike,
    clip: float = 0.2,
    *,
    out: Array | None = None,
) -> Array:
    """Clipped policy objective (PPO).

        output = Min(advantage*ratio, advantage*Max(1 - clip, Min(ratio, clip + 1)))

    Args:
        ratio: float16, float32 or float64, shape (...); probability of the action, new over old, > 0.
        advantage: float16, float32 or float64, shape (...).
        clip: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.ppo.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(ratio) is ndarray and type(advantage) is ndarray:
        key = ratio.dtype, ratio.shape, advantage.dtype, advantage.shape
        plan = _PPO_OBJECTIVE.plans.get(key) or _PPO_OBJECTIVE.plan(key, ratio, advantage)
        if plan is not None:
            found = plan.one(out, (clip,), ratio, advantage)
            if found is not None:
                return found
    return _PPO_OBJECTIVE.one(ratio, advantage, clip, out=out)


def _ppo_objective_vjp(
    constants: Constants,
    g: Array,
    ratio: Array,
    advantage: Array,
    k: Array,
    k2: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
) -> None:
    minus_infinity, infinity, half = constants
    np.multiply(advantage, ratio, a)
    rt.clip(ratio, minus_infinity, k2, out)
    rt.clip(out, k, infinity, out)
    np.multiply(advantage, out, out)
    np.less(a, out, b, casting="unsafe")
    np.less_equal(a, out, a, casting="unsafe")
    np.add(b, a, b)
    np.multiply(half, b, b)
    np.less(ratio, k2, a, casting="unsafe")
    np.multiply(advantage, g, out)
    np.less(k, ratio, c, casting="unsafe")
    np.multiply(c, a, c)
    np.maximum(c, b, out=c)
    np.multiply(out, c, out)


def _ppo_objective_vjp_numbers(clip: Number) -> tuple[Number, ...]:
    k = np.subtract(1.0, clip)
    k2 = np.add(clip, 1.0)
    return k, k2


_PPO_OBJECTIVE_VJP = Kernel(
    "ppo_objective_vjp",
    Body(
        _ppo_objective_vjp,
        constants=(float("-inf"), float("inf"), 0.5),
        scratch=3,
        numbers=_ppo_objective_vjp_numbers,
    ),
    arguments=(
        Argument("g", "cotangent"),
        Argument("ratio"),
        Argument("advantage"),
        Argument("clip", "scalar"),
    ),
    results=(Argument("ratio"),),
    cotangents=("ratio",),
)


def ppo_objective_vjp(
    g: ArrayLike,
    ratio: ArrayLike,
    advantage: ArrayLike,
    clip: float = 0.2,
    *,
    out: Array | None = None,
) -> Array:
    """Clipped policy objective (PPO): vector-Jacobian product.

        output = Min(advantage*ratio, advantage*Max(1 - clip, Min(ratio, clip + 1)))
        result = d(sum of g * output) / d(ratio)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        ratio: float16, float32 or float64, shape (...); probability of the action, new over old, > 0.
        advantage: float16, float32 or float64, shape (...).
        clip: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.ppo.
    Treated as constants, without a cotangent: advantage (an estimate that the objective takes as
    given); clip (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(ratio) is ndarray and type(advantage) is ndarray:
        key = g.dtype, g.shape, ratio.dtype, ratio.shape, advantage.dtype, advantage.shape
        plan = _PPO_OBJECTIVE_VJP.plans.get(key) or _PPO_OBJECTIVE_VJP.plan(key, g, ratio, advantage)
        if plan is not None:
            found = plan.one(out, (clip,), g, ratio, advantage)
            if found is not None:
                return found
    return _PPO_OBJECTIVE_VJP.one(g, ratio, advantage, clip, out=out)


def _dpo_loss(
    constants: Constants,
    chosen: Array,
    rejected: Array,
    chosen_ref: Array,
    rejected_ref: Array,
    beta: Array,
    out: Array,
    a: Array,
) -> None:
    zero, minus_infinity = constants
    np.add(rejected_ref, chosen, a)
    np.subtract(a, rejected, a)
    np.subtract(a, chosen_ref, a)
    np.multiply(beta, a, a)
    np.absolute(a, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
    rt.clip(a, minus_infinity, zero, a)
    np.subtract(out, a, out)


def _dpo_loss_quick(
    constants: Constants,
    chosen: Array,
    rejected: Array,
    chosen_ref: Array,
    rejected_ref: Array,
    beta: Array,
    out: Array,
) -> None:
    np.add(rejected_ref, chosen, out)
    np.subtract(out, rejected, out)
    np.subtract(out, chosen_ref, out)
    np.multiply(beta, out, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)


_DPO_LOSS = Kernel(
    "dpo_loss",
    Body(_dpo_loss, constants=(0.0, float("-inf")), scratch=1),
    arguments=(
        Argument("chosen"),
        Argument("rejected"),
        Argument("chosen_ref"),
        Argument("rejected_ref"),
        Argument("beta", "scalar"),
    ),
    results=(Argument("output"),),
    quick=(Body(_dpo_loss_quick),),
)


def dpo_loss(
    chosen: ArrayLike,
    rejected: ArrayLike,
    chosen_ref: ArrayLike,
    rejected_ref: ArrayLike,
    beta: float = 0.1,
    *,
    out: Array | None = None,
) -> Array:
    """Direct preference optimisation (DPO).

        output = softplus(-beta*(chosen - chosen_ref - rejected + rejected_ref))

    Args:
        chosen: float16, float32 or float64, shape (...); log-probability of the preferred answer.
        rejected: float16, float32 or float64, shape (...); log-probability of the other.
        chosen_ref: float16, float32 or float64, shape (...); the same under the reference.
        rejected_ref: float16, float32 or float64, shape (...); the same under the reference.
        beta: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.0)
        float64: 2.0 (1.5)
    """
    if (
        type(chosen) is ndarray
        and type(rejected) is ndarray
        and type(chosen_ref) is ndarray
        and type(rejected_ref) is ndarray
    ):
        key = (
            chosen.dtype,
            chosen.shape,
            rejected.dtype,
            rejected.shape,
            chosen_ref.dtype,
            chosen_ref.shape,
            rejected_ref.dtype,
            rejected_ref.shape,
        )
        plan = _DPO_LOSS.plans.get(key) or _DPO_LOSS.plan(key, chosen, rejected, chosen_ref, rejected_ref)
        if plan is not None:
            found = plan.one(out, (beta,), chosen, rejected, chosen_ref, rejected_ref)
            if found is not None:
                return found
    return _DPO_LOSS.one(chosen, rejected, chosen_ref, rejected_ref, beta, out=out)


def _dpo_loss_vjp(
    constants: Constants,
    g: Array,
    chosen: Array,
    rejected: Array,
    chosen_ref: Array,
    rejected_ref: Array,
    beta: Array,
    k: Array,
    chosen_result: Array,
    rejected_result: Array,
) -> None:
    zero, one = constants
    np.add(rejected_ref, chosen, rejected_result)
    np.subtract(rejected_result, rejected, rejected_result)
    np.subtract(rejected_result, chosen_ref, rejected_result)
    np.multiply(beta, rejected_result, rejected_result)
    np.absolute(rejected_result, chosen_result)
    np.negative(chosen_result, chosen_result)
    np.exp(chosen_result, chosen_result)
    np.less_equal(rejected_result, zero, rejected_result, casting="unsafe")
    np.maximum(rejected_result, chosen_result, out=rejected_result)
    np.add(chosen_result, one, chosen_result)
    np.divide(rejected_result, chosen_result, rejected_result)
    np.multiply(g, rejected_result, rejected_result)
    np.multiply(k, rejected_result, chosen_result)
    np.multiply(beta, rejected_result, rejected_result)


def _dpo_loss_vjp_numbers(beta: Number) -> tuple[Number, ...]:
    k = np.negative(beta)
    return beta, k


def _dpo_loss_vjp_quick(
    constants: Constants,
    g: Array,
    chosen: Array,
    rejected: Array,
    chosen_ref: Array,
    rejected_ref: Array,
    beta: Array,
    k: Array,
    chosen_result: Array,
    rejected_result: Array,
) -> None:
    np.add(rejected_ref, chosen, rejected_result)
    np.subtract(rejected_result, rejected, rejected_result)
    np.subtract(rejected_result, chosen_ref, rejected_result)
    np.multiply(beta, rejected_result, rejected_result)
    rt.one_plus_exp(rejected_result, rejected_result)
    np.divide(g, rejected_result, rejected_result)
    np.multiply(k, rejected_result, chosen_result)
    np.multiply(beta, rejected_result, rejected_result)


def _dpo_loss_vjp_quick_numbers(beta: Number) -> tuple[Number, ...]:
    k = np.negative(beta)
    return beta, k


_DPO_LOSS_VJP = Kernel(
    "dpo_loss_vjp",
    Body(_dpo_loss_vjp, constants=(0.0, 1.0), numbers=_dpo_loss_vjp_numbers),
    arguments=(
        Argument("g", "cotangent"),
        Argument("chosen"),
        Argument("rejected"),
        Argument("chosen_ref"),
        Argument("rejected_ref"),
        Argument("beta", "scalar"),
    ),
    results=(Argument("chosen"), Argument("rejected")),
    quick=(Body(_dpo_loss_vjp_quick, numbers=_dpo_loss_vjp_quick_numbers),),
    cotangents=("chosen", "rejected"),
)


def dpo_loss_vjp(
    g: ArrayLike,
    chosen: ArrayLike,
    rejected: ArrayLike,
    chosen_ref: ArrayLike,
    rejected_ref: ArrayLike,
    beta: float = 0.1,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Direct preference optimisation (DPO): vector-Jacobian product.

        output = softplus(-beta*(chosen - chosen_ref - rejected + rejected_ref))
        result = d(sum of g * output) / d(chosen, rejected)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        chosen: float16, float32 or float64, shape (...); log-probability of the preferred answer.
        rejected: float16, float32 or float64, shape (...); log-probability of the other.
        chosen_ref: float16, float32 or float64, shape (...); the same under the reference.
        rejected_ref: float16, float32 or float64, shape (...); the same under the reference.
        beta: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of chosen (shape (...)), that of rejected (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claim act.sigmoid/stable_form.
    Treated as constants, without a cotangent: chosen_ref, rejected_ref (the reference is frozen); beta
    (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 2.5 (2.0)
    """
    if (
        type(g) is ndarray
        and type(chosen) is ndarray
        and type(rejected) is ndarray
        and type(chosen_ref) is ndarray
        and type(rejected_ref) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            chosen.dtype,
            chosen.shape,
            rejected.dtype,
            rejected.shape,
            chosen_ref.dtype,
            chosen_ref.shape,
            rejected_ref.dtype,
            rejected_ref.shape,
        )
        plan = _DPO_LOSS_VJP.plans.get(key)
        if plan is None:
            plan = _DPO_LOSS_VJP.plan(key, g, chosen, rejected, chosen_ref, rejected_ref)
        if plan is not None:
            found = plan.several(out, (beta,), g, chosen, rejected, chosen_ref, rejected_ref)
            if found is not None:
                return found
    return _DPO_LOSS_VJP.several(g, chosen, rejected, chosen_ref, rejected_ref, beta, out=out)


def _sft_loss(constants: Constants, input: Array, out: Array) -> None:
    total = rt.row_sum(input)
    np.negative(total, out)


_SFT_LOSS = Kernel(
    "sft_loss",
    Body(_sft_loss),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    rows=True,
    columns=True,
)


def sft_loss(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Supervised fine-tuning loss.

        output = -Sum(input[k], (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens of the
            answer.
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
    Sources and proofs: symcheck show align.sft.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SFT_LOSS.plans.get(key) or _SFT_LOSS.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SFT_LOSS.one(input, axis=axis, out=out)


def _sft_loss_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    r = np.negative(g)
    np.copyto(out, r)


_SFT_LOSS_VJP = Kernel(
    "sft_loss_vjp",
    Body(_sft_loss_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def sft_loss_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Supervised fine-tuning loss: vector-Jacobian product.

        output = -Sum(input[k], (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens of the
            answer.
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
    Sources and proofs: symcheck show align.sft.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SFT_LOSS_VJP.plans.get(key) or _SFT_LOSS_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SFT_LOSS_VJP.one(g, input, axis=axis, out=out)
