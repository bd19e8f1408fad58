"""Alignment.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from ..numpy_kernels import alignment as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

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


_BRADLEY_TERRY_C = CompiledKernel(
    numpy_kernels._BRADLEY_TERRY,
    numpy_kernels.bradley_terry,
    ("chosen", "rejected"),
    FUNCTIONS,
    r"""/* bradley_terry: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_bradley_terry(
const int64_t *const sizes, const double *const numbers, const size_t chosen_object, const size_t
    rejected_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const chosen = entries(chosen_object, head);
  const real *const rejected = entries(rejected_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(chosen_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)chosen && (void *)output != (void
      *)rejected;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const chosen_at = chosen + start;
    const real *const rejected_at = rejected + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = chosen_at[i];
      const real e1 = rejected_at[i];
      const real v2 = e0 - e1;
      const real v3 = CHOOSE(op_abs, v2)(v2);
      const real v4 = -v3;
      const real v5 = CHOOSE(op_exp_below, v4)(v4);
      const bool v7 = (real)0.0 <= v2;
      const real v9 = v7 ? (real)1.0 : v5;
      const real v10 = v5 + (real)1.0;
      const real v11 = v9 / v10;
      output_at[i] = v11;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(chosen) is ndarray and type(rejected) is ndarray:
        key = chosen.dtype, chosen.shape, rejected.dtype, rejected.shape
        plan = _BRADLEY_TERRY_C.plans.get(key) or _BRADLEY_TERRY_C.plan(key, chosen, rejected)
        if plan is not None:
            found = plan.one(out, (), chosen, rejected)
            if found is not None:
                return found
    return _BRADLEY_TERRY_C.one(chosen, rejected, out=out)


_BRADLEY_TERRY_VJP_C = CompiledKernel(
    numpy_kernels._BRADLEY_TERRY_VJP,
    numpy_kernels.bradley_terry_vjp,
    ("g", "chosen", "rejected"),
    FUNCTIONS,
    r"""/* bradley_terry_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_bradley_terry_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t chosen_object,
    const size_t rejected_object, const size_t chosen_out_object, const size_t rejected_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const chosen = entries(chosen_object, head);
  const real *const rejected = entries(rejected_object, head);
  real *const chosen_out = entries(chosen_out_object, head);
  real *const rejected_out = entries(rejected_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(rejected_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) >
      cache && (void *)chosen_out != (void *)g && (void *)chosen_out != (void *)chosen && (void *)chosen_out
      != (void *)rejected && (void *)rejected_out != (void *)g && (void *)rejected_out != (void *)chosen &&
      (void *)rejected_out != (void *)rejected;
  const int64_t piece = streamed ? PIECE : size;
  real chosen_out_piece[PIECE] __attribute__((aligned(64)));
  real rejected_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const chosen_at = chosen + start;
    const real *const rejected_at = rejected + start;
    real *const chosen_out_at = streamed ? chosen_out_piece : chosen_out + start;
    real *const rejected_out_at = streamed ? rejected_out_piece : rejected_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = chosen_at[i];
      const real e1 = rejected_at[i];
      const real e3 = g_at[i];
      const real v2 = e0 - e1;
      const real v4 = CHOOSE(op_abs, v2)(v2);
      const real v5 = -v4;
      const real v6 = CHOOSE(op_exp_below, v5)(v5);
      const real v8 = v6 + (real)1.0;
      const real v9 = v8 * v8;
      const real v10 = v6 / v9;
      const real v11 = e3 * v10;
      const real v12 = -v11;
      chosen_out_at[i] = v11;
      rejected_out_at[i] = v12;
    }
    if (streamed) stream(chosen_out + start, chosen_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(rejected_out + start, rejected_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claim act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(chosen) is ndarray and type(rejected) is ndarray:
        key = g.dtype, g.shape, chosen.dtype, chosen.shape, rejected.dtype, rejected.shape
        plan = _BRADLEY_TERRY_VJP_C.plans.get(key) or _BRADLEY_TERRY_VJP_C.plan(key, g, chosen, rejected)
        if plan is not None:
            found = plan.several(out, (), g, chosen, rejected)
            if found is not None:
                return found
    return _BRADLEY_TERRY_VJP_C.several(g, chosen, rejected, out=out)


def _ppo_objective_numbers(clip: Any) -> tuple[Any, ...]:
    k5 = 1.0 - clip
    k6 = clip + 1.0
    return (k5, k6)


_PPO_OBJECTIVE_C = CompiledKernel(
    numpy_kernels._PPO_OBJECTIVE,
    numpy_kernels.ppo_objective,
    ("ratio", "advantage"),
    FUNCTIONS,
    r"""/* ppo_objective: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_ppo_objective(
const int64_t *const sizes, const double *const numbers, const size_t ratio_object, const size_t
    advantage_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k5 = (real)numbers[0];
  const real k6 = (real)numbers[1];
  const real *const ratio = entries(ratio_object, head);
  const real *const advantage = entries(advantage_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(ratio_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(advantage_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(ratio, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(advantage, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)ratio && (void *)output != (void
      *)advantage;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const ratio_at = ratio + start;
    const real *const advantage_at = advantage + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = advantage_at[i];
      const real e1 = ratio_at[i];
      const real v2 = e0 * e1;
      const real v7 = CHOOSE_2(op_min, e1, k6)(e1, k6);
      const real v8 = CHOOSE_2(op_max, k5, v7)(k5, v7);
      const real v9 = e0 * v8;
      const real v10 = CHOOSE_2(op_min, v2, v9)(v2, v9);
      output_at[i] = v10;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("clip",), compute=_ppo_objective_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.ppo.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(ratio) is ndarray and type(advantage) is ndarray:
        key = ratio.dtype, ratio.shape, advantage.dtype, advantage.shape
        plan = _PPO_OBJECTIVE_C.plans.get(key) or _PPO_OBJECTIVE_C.plan(key, ratio, advantage)
        if plan is not None:
            found = plan.one(out, (clip,), ratio, advantage)
            if found is not None:
                return found
    return _PPO_OBJECTIVE_C.one(ratio, advantage, clip, out=out)


def _ppo_objective_vjp_numbers(clip: Any) -> tuple[Any, ...]:
    k5 = 1.0 - clip
    k6 = clip + 1.0
    return (k5, k6)


_PPO_OBJECTIVE_VJP_C = CompiledKernel(
    numpy_kernels._PPO_OBJECTIVE_VJP,
    numpy_kernels.ppo_objective_vjp,
    ("g", "ratio", "advantage"),
    FUNCTIONS,
    r"""/* ppo_objective_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_ppo_objective_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t ratio_object,
    const size_t advantage_object, const size_t ratio_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k5 = (real)numbers[0];
  const real k6 = (real)numbers[1];
  const real *const g = entries(g_object, head);
  const real *const ratio = entries(ratio_object, head);
  const real *const advantage = entries(advantage_object, head);
  real *const ratio_out = entries(ratio_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(ratio_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(advantage_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(ratio_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), ratio_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(ratio, size * 1 * (int64_t)sizeof(real), ratio_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(advantage, size * 1 * (int64_t)sizeof(real), ratio_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)ratio_out != (void
      *)g && (void *)ratio_out != (void *)ratio && (void *)ratio_out != (void *)advantage;
  const int64_t piece = streamed ? PIECE : size;
  real ratio_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const ratio_at = ratio + start;
    const real *const advantage_at = advantage + start;
    real *const ratio_out_at = streamed ? ratio_out_piece : ratio_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = advantage_at[i];
      const real e1 = ratio_at[i];
      const real e10 = g_at[i];
      const real v2 = e0 * e1;
      const real v7 = CHOOSE_2(op_min, e1, k6)(e1, k6);
      const real v8 = CHOOSE_2(op_max, k5, v7)(k5, v7);
      const real v9 = e0 * v8;
      const bool v12 = v2 < v9;
      const bool v13 = v2 <= v9;
      const real v14 = (v12 ? (real)1 : (real)0) + (v13 ? (real)1 : (real)0);
      const real v15 = (real)0.5 * v14;
      const bool v16 = v9 < v2;
      const bool v17 = v9 <= v2;
      const real v18 = (v16 ? (real)1 : (real)0) + (v17 ? (real)1 : (real)0);
      const real v19 = (real)0.5 * v18;
      const bool v20 = k5 < v7;
      const bool v21 = e1 < k6;
      const real v22 = e0 * e10;
      const real v23 = v19 * (v20 ? (real)1 : (real)0);
      const real v24 = v23 * (v21 ? (real)1 : (real)0);
      const real v25 = v24 + v15;
      const real v26 = v22 * v25;
      ratio_out_at[i] = v26;
    }
    if (streamed) stream(ratio_out + start, ratio_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("clip",), compute=_ppo_objective_vjp_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.ppo.
    Treated as constants, without a cotangent: advantage (an estimate that the objective takes as
    given); clip (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(ratio) is ndarray and type(advantage) is ndarray:
        key = g.dtype, g.shape, ratio.dtype, ratio.shape, advantage.dtype, advantage.shape
        plan = _PPO_OBJECTIVE_VJP_C.plans.get(key) or _PPO_OBJECTIVE_VJP_C.plan(key, g, ratio, advantage)
        if plan is not None:
            found = plan.one(out, (clip,), g, ratio, advantage)
            if found is not None:
                return found
    return _PPO_OBJECTIVE_VJP_C.one(g, ratio, advantage, clip, out=out)


_DPO_LOSS_C = CompiledKernel(
    numpy_kernels._DPO_LOSS,
    numpy_kernels.dpo_loss,
    ("chosen", "rejected", "chosen_ref", "rejected_ref"),
    FUNCTIONS,
    r"""/* dpo_loss: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_dpo_loss(
const int64_t *const sizes, const double *const numbers, const size_t chosen_object, const size_t
    rejected_object, const size_t chosen_ref_object, const size_t rejected_ref_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real beta = (real)numbers[0];
  const real *const chosen = entries(chosen_object, head);
  const real *const rejected = entries(rejected_object, head);
  const real *const chosen_ref = entries(chosen_ref_object, head);
  const real *const rejected_ref = entries(rejected_ref_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(chosen_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_ref_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_ref_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(chosen_ref, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected_ref, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) >
      cache && (void *)output != (void *)chosen && (void *)output != (void *)rejected && (void *)output !=
      (void *)chosen_ref && (void *)output != (void *)rejected_ref;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const chosen_at = chosen + start;
    const real *const rejected_at = rejected + start;
    const real *const chosen_ref_at = chosen_ref + start;
    const real *const rejected_ref_at = rejected_ref + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = rejected_ref_at[i];
      const real e2 = chosen_at[i];
      const real e4 = rejected_at[i];
      const real e6 = chosen_ref_at[i];
      const real v3 = e1 + e2;
      const real v5 = v3 - e4;
      const real v7 = v5 - e6;
      const real v8 = beta * v7;
      const real v9 = CHOOSE(op_abs, v8)(v8);
      const real v10 = -v9;
      const real v11 = CHOOSE(op_exp_below, v10)(v10);
      const real v12 = CHOOSE(op_log1p_unit, v11)(v11);
      const real v14 = CHOOSE_2(op_min, v8, (real)0.0)(v8, (real)0.0);
      const real v15 = v12 - v14;
      output_at[i] = v15;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("beta",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (1.5)
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
        plan = _DPO_LOSS_C.plans.get(key) or _DPO_LOSS_C.plan(key, chosen, rejected, chosen_ref, rejected_ref)
        if plan is not None:
            found = plan.one(out, (beta,), chosen, rejected, chosen_ref, rejected_ref)
            if found is not None:
                return found
    return _DPO_LOSS_C.one(chosen, rejected, chosen_ref, rejected_ref, beta, out=out)


def _dpo_loss_vjp_numbers(beta: Any) -> tuple[Any, ...]:
    k20 = -beta
    return (beta, k20)


_DPO_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._DPO_LOSS_VJP,
    numpy_kernels.dpo_loss_vjp,
    ("g", "chosen", "rejected", "chosen_ref", "rejected_ref"),
    FUNCTIONS,
    r"""/* dpo_loss_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_dpo_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t chosen_object,
    const size_t rejected_object, const size_t chosen_ref_object, const size_t rejected_ref_object, const
    size_t chosen_out_object, const size_t rejected_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real beta = (real)numbers[0];
  const real k20 = (real)numbers[1];
  const real *const g = entries(g_object, head);
  const real *const chosen = entries(chosen_object, head);
  const real *const rejected = entries(rejected_object, head);
  const real *const chosen_ref = entries(chosen_ref_object, head);
  const real *const rejected_ref = entries(rejected_ref_object, head);
  real *const chosen_out = entries(chosen_out_object, head);
  real *const rejected_out = entries(rejected_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_ref_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(rejected_ref_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(chosen_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(chosen_ref, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected_ref, size * 1 * (int64_t)sizeof(real), chosen_out, size * 1 *
      (int64_t)sizeof(real), true)) return OTHERWISE;
  if (!is_plain(rejected_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(chosen, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(rejected, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(chosen_ref, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 *
      (int64_t)sizeof(real), true)) return OTHERWISE;
  if (!is_apart(rejected_ref, size * 1 * (int64_t)sizeof(real), rejected_out, size * 1 *
      (int64_t)sizeof(real), true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) +
      size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)chosen_out !=
      (void *)g && (void *)chosen_out != (void *)chosen && (void *)chosen_out != (void *)rejected && (void
      *)chosen_out != (void *)chosen_ref && (void *)chosen_out != (void *)rejected_ref && (void
      *)rejected_out != (void *)g && (void *)rejected_out != (void *)chosen && (void *)rejected_out != (void
      *)rejected && (void *)rejected_out != (void *)chosen_ref && (void *)rejected_out != (void
      *)rejected_ref;
  const int64_t piece = streamed ? PIECE : size;
  real chosen_out_piece[PIECE] __attribute__((aligned(64)));
  real rejected_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const chosen_at = chosen + start;
    const real *const rejected_at = rejected + start;
    const real *const chosen_ref_at = chosen_ref + start;
    const real *const rejected_ref_at = rejected_ref + start;
    real *const chosen_out_at = streamed ? chosen_out_piece : chosen_out + start;
    real *const rejected_out_at = streamed ? rejected_out_piece : rejected_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = rejected_ref_at[i];
      const real e2 = chosen_at[i];
      const real e4 = rejected_at[i];
      const real e6 = chosen_ref_at[i];
      const real e9 = g_at[i];
      const real v3 = e1 + e2;
      const real v5 = v3 - e4;
      const real v7 = v5 - e6;
      const real v8 = beta * v7;
      const real v10 = CHOOSE(op_abs, v8)(v8);
      const real v11 = -v10;
      const real v12 = CHOOSE(op_exp_below, v11)(v11);
      const bool v14 = v8 <= (real)0.0;
      const real v16 = v14 ? (real)1.0 : v12;
      const real v17 = v12 + (real)1.0;
      const real v18 = v16 / v17;
      const real v19 = e9 * v18;
      const real v21 = k20 * v19;
      const real v22 = beta * v19;
      chosen_out_at[i] = v21;
      rejected_out_at[i] = v22;
    }
    if (streamed) stream(chosen_out + start, chosen_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(rejected_out + start, rejected_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("beta",), compute=_dpo_loss_vjp_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claim act.sigmoid/stable_form.
    Treated as constants, without a cotangent: chosen_ref, rejected_ref (the reference is frozen); beta
    (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.0)
        float64: 2.5 (2.5)
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
        plan = _DPO_LOSS_VJP_C.plans.get(
            key,
        ) or _DPO_LOSS_VJP_C.plan(key, g, chosen, rejected, chosen_ref, rejected_ref)
        if plan is not None:
            found = plan.several(out, (beta,), g, chosen, rejected, chosen_ref, rejected_ref)
            if found is not None:
                return found
    return _DPO_LOSS_VJP_C.several(g, chosen, rejected, chosen_ref, rejected_ref, beta, out=out)


_SFT_LOSS_C = CompiledKernel(
    numpy_kernels._SFT_LOSS,
    numpy_kernels.sft_loss,
    ("input",),
    FUNCTIONS,
    r"""/* sft_loss: row by row. */
SYMCHECK_EXPORT int symcheck_sft_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    double f1 = 0, lost1 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s1 = 0;
#pragma omp simd reduction(+ : s1)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        s1 += e0;
      }
      add_exactly(&f1, &lost1, s1);
    }
    f1 = with_lost(f1, lost1);
    const double v1 = f1;
    const double v2 = -v1;
    output[row] = (real)(v2);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.sft.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 2.0 (1.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SFT_LOSS_C.plans.get(key) or _SFT_LOSS_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SFT_LOSS_C.one(input, axis=axis, out=out)


_SFT_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._SFT_LOSS_VJP,
    numpy_kernels.sft_loss_vjp,
    ("g",),
    FUNCTIONS,
    r"""/* sft_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_sft_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t
    input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const double g_row = g[row];
    const double v1 = -g_row;
    const real u1 = (real)v1;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        input_out_at[i] = u1;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show align.sft.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SFT_LOSS_VJP_C.plans.get(key) or _SFT_LOSS_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SFT_LOSS_VJP_C.one(g, input, axis=axis, out=out)
