"""Losses.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from ..numpy_kernels import losses as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

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


_CROSS_ENTROPY_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY,
    numpy_kernels.cross_entropy,
    ("input", "target"),
    FUNCTIONS,
    r"""/* cross_entropy: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const int64_t *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(target, rows * 1 * (int64_t)sizeof(int64_t), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(int64_t) + rows * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  for (int64_t row = 0; row < rows; ++row)
  if (target[row] < 0 || target[row] >= n) return 2;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const int64_t target_row = target[row];
    real m1 = -INFINITY;
    word top1 = 0;
    for (int64_t start = 0; start < n; start += LONG) {
      const int count = (int)(n - start < LONG ? n - start : LONG);
      const real *const input_at = input_begin + start;
#pragma omp simd reduction(max : m1) reduction(max : top1)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        m1 = e0 > m1 ? e0 : m1;
        const word w1 = magnitude(e0);
        top1 = w1 > top1 ? w1 : top1;
      }
    }
    const double f1 = top1 > magnitude((real)INFINITY) ? NAN : m1;
    double v16;
    {
      const int64_t i = target_row;
      const real *const input_at = input_begin;
      const real e0 = input_at[i];
      v16 = e0;
    }
    const double v1 = f1;
    const double v2 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const double v17 = v1 - v16;
    const real u1 = (real)v1;
    const real u2 = (real)v2;
    double f9 = 0, lost9 = 0;
    double f11 = 0, lost11 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s9 = 0;
      real s11 = 0;
#pragma omp simd reduction(+ : s9) reduction(+ : s11)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v3 = e0 - u2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v5 = e0 == u1;
        const real v8 = v5 ? (real)0.0 : v4;
        const real v10 = v5 ? (real)1.0 : (real)0.0;
        s9 += v8;
        s11 += v10;
      }
      add_exactly(&f9, &lost9, s9);
      add_exactly(&f11, &lost11, s11);
    }
    f9 = with_lost(f9, lost9);
    f11 = with_lost(f11, lost11);
    const double v9 = f9;
    const double v11 = f11;
    const double v12 = v11 - (double)1.0;
    const double v13 = v9 + v12;
    const double v14 = CHOOSE(op_log1p, v13)(v13);
    const double v18 = v17 + v14;
    output[row] = (real)(v18);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_C.plans.get(key) or _CROSS_ENTROPY_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_C.one(input, target, axis=axis, out=out)


_CROSS_ENTROPY_VJP_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY_VJP,
    numpy_kernels.cross_entropy_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* cross_entropy_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const int64_t *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * 1 * (int64_t)sizeof(int64_t), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1 *
      (int64_t)sizeof(int64_t) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)target;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  for (int64_t row = 0; row < rows; ++row)
  if (target[row] < 0 || target[row] >= n) return 2;
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept7 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    const int64_t target_row = target[row];
    real m1 = -INFINITY;
    word top1 = 0;
    for (int64_t start = 0; start < n; start += LONG) {
      const int count = (int)(n - start < LONG ? n - start : LONG);
      const real *const input_at = input_begin + start;
#pragma omp simd reduction(max : m1) reduction(max : top1)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        m1 = e0 > m1 ? e0 : m1;
        const word w1 = magnitude(e0);
        top1 = w1 > top1 ? w1 : top1;
      }
    }
    const double f1 = top1 > magnitude((real)INFINITY) ? NAN : m1;
    const double v1 = f1;
    const double v5 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u5 = (real)v5;
    double f12 = 0, lost12 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real *const kept7_at = kept7 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      const int at_target_row = target_row >= start && target_row < start + count ? (int)(target_row -
          start) : -1;
      real s12 = 0;
#pragma omp simd reduction(+ : s12)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v4 = (i == at_target_row) ? (real)1 : (real)0;
        const real v6 = e0 - u5;
        const real v7 = CHOOSE(op_exp_below, v6)(v6);
        const bool v10 = (real)0.0 < v4;
        const real v11 = v10 ? (real)0.0 : v7;
        kept7_at[i] = v7;
        s12 += v11;
      }
      add_exactly(&f12, &lost12, s12);
    }
    f12 = with_lost(f12, lost12);
    double v8;
    {
      const int64_t i = target_row;
      const real *const input_at = input_begin;
      const real e0 = input_at[i];
      const real v6 = e0 - u5;
      const real v7 = CHOOSE(op_exp_below, v6)(v6);
      v8 = v7;
    }
    const double v12 = f12;
    const double v13 = v8 + v12;
    const double v14 = g_row / v13;
    const double v17 = v14 * v12;
    const real u14 = (real)v14;
    const real u17 = (real)v17;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const kept7_at = kept7 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      const int at_target_row = target_row >= start && target_row < start + count ? (int)(target_row -
          start) : -1;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real k7 = kept7_at[i];
        const real v4 = (i == at_target_row) ? (real)1 : (real)0;
        const bool v10 = (real)0.0 < v4;
        const real v11 = v10 ? (real)0.0 : k7;
        const real v15 = u14 * v11;
        const real v16 = v10 ? (real)0.0 : v15;
        const real v18 = v10 ? u17 : (real)0.0;
        const real v19 = v16 - v18;
        input_out_at[i] = v19;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_VJP_C.plans.get(key) or _CROSS_ENTROPY_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_VJP_C.one(g, input, target, axis=axis, out=out)


_CROSS_ENTROPY_SOFT_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY_SOFT,
    numpy_kernels.cross_entropy_soft,
    ("input", "target"),
    FUNCTIONS,
    r"""/* cross_entropy_soft: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy_soft(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    real m1 = -INFINITY;
    word top1 = 0;
    for (int64_t start = 0; start < n; start += LONG) {
      const int count = (int)(n - start < LONG ? n - start : LONG);
      const real *const input_at = input_begin + start;
#pragma omp simd reduction(max : m1) reduction(max : top1)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        m1 = e0 > m1 ? e0 : m1;
        const word w1 = magnitude(e0);
        top1 = w1 > top1 ? w1 : top1;
      }
    }
    const double f1 = top1 > magnitude((real)INFINITY) ? NAN : m1;
    const double v1 = f1;
    const double v2 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u1 = (real)v1;
    const real u2 = (real)v2;
    double f9 = 0, lost9 = 0;
    double f11 = 0, lost11 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(target_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s9 = 0;
      real s11 = 0;
#pragma omp simd reduction(+ : s9) reduction(+ : s11)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v3 = e0 - u2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v5 = e0 == u1;
        const real v8 = v5 ? (real)0.0 : v4;
        const real v10 = v5 ? (real)1.0 : (real)0.0;
        s9 += v8;
        s11 += v10;
      }
      add_exactly(&f9, &lost9, s9);
      add_exactly(&f11, &lost11, s11);
    }
    f9 = with_lost(f9, lost9);
    f11 = with_lost(f11, lost11);
    const double v9 = f9;
    const double v11 = f11;
    const double v12 = v11 - (double)1.0;
    const double v13 = v9 + v12;
    const double v14 = CHOOSE(op_log1p, v13)(v13);
    const real u14 = (real)v14;
    double f21 = 0, lost21 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real s21 = 0;
#pragma omp simd reduction(+ : s21)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e17 = target_at[i];
        const real v15 = u1 - e0;
        const real v16 = v15 + u14;
        const bool v18 = e17 == (real)0.0;
        const real v19 = v16 * e17;
        const real v20 = v18 ? (real)0.0 : v19;
        s21 += v20;
      }
      add_exactly(&f21, &lost21, s21);
    }
    f21 = with_lost(f21, lost21);
    const double v21 = f21;
    output[row] = (real)(v21);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (0.5)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_SOFT_C.plans.get(key) or _CROSS_ENTROPY_SOFT_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_SOFT_C.one(input, target, axis=axis, out=out)


_CROSS_ENTROPY_SOFT_VJP_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY_SOFT_VJP,
    numpy_kernels.cross_entropy_soft_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* cross_entropy_soft_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy_soft_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object, const size_t target_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const target_out = entries(target_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(target_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)target && (void *)target_out != (void *)g && (void
      *)target_out != (void *)input && (void *)target_out != (void *)target;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real target_out_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept4 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    const double g_row = g[row];
    const real u18 = (real)g_row;
    real m1 = -INFINITY;
    word top1 = 0;
    double f20 = 0, lost20 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real s20 = 0;
#pragma omp simd reduction(max : m1) reduction(max : top1) reduction(+ : s20)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e17 = target_at[i];
        m1 = e0 > m1 ? e0 : m1;
        const word w1 = magnitude(e0);
        top1 = w1 > top1 ? w1 : top1;
        s20 += e17;
      }
      add_exactly(&f20, &lost20, s20);
    }
    f20 = with_lost(f20, lost20);
    const double f1 = top1 > magnitude((real)INFINITY) ? NAN : m1;
    const double v1 = f1;
    const double v20 = f20;
    const double v2 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u1 = (real)v1;
    const real u2 = (real)v2;
    double f9 = 0, lost9 = 0;
    double f11 = 0, lost11 = 0;
    double f21 = 0, lost21 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real *const kept4_at = kept4 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(target_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s9 = 0;
      real s11 = 0;
      real s21 = 0;
#pragma omp simd reduction(+ : s9) reduction(+ : s11) reduction(+ : s21)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v3 = e0 - u2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v5 = e0 == u1;
        const real v8 = v5 ? (real)0.0 : v4;
        const real v10 = v5 ? (real)1.0 : (real)0.0;
        kept4_at[i] = v4;
        s9 += v8;
        s11 += v10;
        s21 += v4;
      }
      add_exactly(&f9, &lost9, s9);
      add_exactly(&f11, &lost11, s11);
      add_exactly(&f21, &lost21, s21);
    }
    f9 = with_lost(f9, lost9);
    f11 = with_lost(f11, lost11);
    f21 = with_lost(f21, lost21);
    const double v9 = f9;
    const double v11 = f11;
    const double v21 = f21;
    const double v12 = v11 - (double)1.0;
    const double v13 = v9 + v12;
    const double v14 = CHOOSE(op_log1p, v13)(v13);
    const double v22 = v20 / v21;
    const real u14 = (real)v14;
    const real u22 = (real)v22;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real *const kept4_at = kept4 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      real *const target_out_at = streamed ? target_out_piece : target_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e17 = target_at[i];
        const real k4 = kept4_at[i];
        const real v15 = u1 - e0;
        const real v16 = v15 + u14;
        const real v19 = u18 * v16;
        const real v23 = u22 * k4;
        const real v24 = v23 - e17;
        const real v25 = u18 * v24;
        input_out_at[i] = v25;
        target_out_at[i] = v19;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(target_out + row * n + start, target_out_piece, count * 1 *
          (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CROSS_ENTROPY_SOFT_VJP_C.plans.get(
            key,
        ) or _CROSS_ENTROPY_SOFT_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _CROSS_ENTROPY_SOFT_VJP_C.several(g, input, target, axis=axis, out=out)


_BINARY_CROSS_ENTROPY_C = CompiledKernel(
    numpy_kernels._BINARY_CROSS_ENTROPY,
    numpy_kernels.binary_cross_entropy,
    ("input", "target"),
    FUNCTIONS,
    r"""/* binary_cross_entropy: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_binary_cross_entropy(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)target;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real v2 = CHOOSE(op_log, e1)(e1);
      const bool v4 = e0 == (real)0.0;
      const real v5 = e0 * v2;
      const real v6 = v4 ? (real)0.0 : v5;
      const real v8 = (real)1.0 - e0;
      const real v9 = -e1;
      const real v10 = CHOOSE(op_log1p, v9)(v9);
      const bool v11 = v8 == (real)0.0;
      const real v12 = v8 * v10;
      const real v13 = v11 ? (real)0.0 : v12;
      const real v14 = v6 + v13;
      const real v15 = -v14;
      output_at[i] = v15;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.0 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_C.plans.get(key) or _BINARY_CROSS_ENTROPY_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_C.one(input, target, out=out)


_BINARY_CROSS_ENTROPY_VJP_C = CompiledKernel(
    numpy_kernels._BINARY_CROSS_ENTROPY_VJP,
    numpy_kernels.binary_cross_entropy_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* binary_cross_entropy_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_binary_cross_entropy_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void
      *)g && (void *)input_out != (void *)input && (void *)input_out != (void *)target;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real e4 = g_at[i];
      const real v3 = (real)1.0 - e0;
      const real v5 = (real)1.0 - e1;
      const bool v7 = v3 == (real)0.0;
      const real v8 = v3 / v5;
      const real v9 = v7 ? (real)0.0 : v8;
      const bool v10 = e0 == (real)0.0;
      const real v11 = e0 / e1;
      const real v12 = v10 ? (real)0.0 : v11;
      const real v13 = v9 - v12;
      const real v14 = e4 * v13;
      input_out_at[i] = v14;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.
    Treated as constants, without a cotangent: target (labels).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_VJP_C.plans.get(
            key,
        ) or _BINARY_CROSS_ENTROPY_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_VJP_C.one(g, input, target, out=out)


_BINARY_CROSS_ENTROPY_WITH_LOGITS_C = CompiledKernel(
    numpy_kernels._BINARY_CROSS_ENTROPY_WITH_LOGITS,
    numpy_kernels.binary_cross_entropy_with_logits,
    ("input", "target"),
    FUNCTIONS,
    r"""/* binary_cross_entropy_with_logits: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_binary_cross_entropy_with_logits(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)target;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real v2 = CHOOSE(op_abs, e1)(e1);
      const real v3 = -v2;
      const real v4 = CHOOSE(op_exp_below, v3)(v3);
      const real v5 = CHOOSE(op_log1p_unit, v4)(v4);
      const bool v7 = (real)0.0 < e1;
      const real v8 = (v7 ? (real)1 : (real)0) - e0;
      const bool v9 = v8 == (real)0.0;
      const real v10 = e1 * v8;
      const real v11 = v9 ? (real)0.0 : v10;
      const real v12 = v5 + v11;
      output_at[i] = v12;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 2.0 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS_C.plans.get(
            key,
        ) or _BINARY_CROSS_ENTROPY_WITH_LOGITS_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS_C.one(input, target, out=out)


_BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP_C = CompiledKernel(
    numpy_kernels._BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP,
    numpy_kernels.binary_cross_entropy_with_logits_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* binary_cross_entropy_with_logits_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_binary_cross_entropy_with_logits_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void
      *)g && (void *)input_out != (void *)input && (void *)input_out != (void *)target;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real e4 = g_at[i];
      const real v3 = (real)1.0 - e0;
      const real v5 = CHOOSE(op_abs, e1)(e1);
      const real v6 = -v5;
      const real v7 = CHOOSE(op_exp_below, v6)(v6);
      const bool v9 = (real)0.0 <= e1;
      const real v10 = v9 ? (real)1.0 : v7;
      const real v11 = v7 + (real)1.0;
      const real v12 = v10 / v11;
      const bool v13 = e1 <= (real)0.0;
      const real v14 = v13 ? (real)1.0 : v7;
      const real v15 = v14 / v11;
      const real v16 = v3 * v12;
      const real v17 = e0 * v15;
      const real v18 = v16 - v17;
      const real v19 = e4 * v18;
      input_out_at[i] = v19;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight target,
    or 1 less it.
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claim act.sigmoid/stable_form.
    Treated as constants, without a cotangent: target (labels).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP_C.plans.get(
            key,
        ) or _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (), g, input, target)
            if found is not None:
                return found
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP_C.one(g, input, target, out=out)


_FOCAL_LOSS_C = CompiledKernel(
    numpy_kernels._FOCAL_LOSS,
    numpy_kernels.focal_loss,
    ("input",),
    FUNCTIONS,
    r"""/* focal_loss: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_focal_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real alpha = (real)numbers[0];
  const real gamma_ = (real)numbers[1];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache
      && (void *)output != (void *)input;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    real *const output_at = streamed ? output_piece : output + start;
    if (gamma_ == (real)2.0) {
      const real gamma_ = (real)2.0;
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real v3 = (real)1.0 - e2;
        const real v5 = CHOOSE_2(op_pow, v3, gamma_)(v3, gamma_);
        const real v6 = CHOOSE(op_log, e2)(e2);
        const real v7 = alpha * v5;
        const real v8 = v7 * v6;
        const real v9 = -v8;
        output_at[i] = v9;
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real v3 = (real)1.0 - e2;
        const real v5 = CHOOSE_2(op_pow, v3, gamma_)(v3, gamma_);
        const real v6 = CHOOSE(op_log, e2)(e2);
        const real v7 = alpha * v5;
        const real v8 = v7 * v6;
        const real v9 = -v8;
        output_at[i] = v9;
      }
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("alpha", "gamma")),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.5 (3.5)
        float64: 3.0 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _FOCAL_LOSS_C.plans.get(key) or _FOCAL_LOSS_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), input)
            if found is not None:
                return found
    return _FOCAL_LOSS_C.one(input, alpha, gamma, out=out)


def _focal_loss_vjp_numbers(alpha: Any, gamma: Any) -> tuple[Any, ...]:
    k8 = gamma - 1.0
    return (alpha, gamma, k8)


_FOCAL_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._FOCAL_LOSS_VJP,
    numpy_kernels.focal_loss_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* focal_loss_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_focal_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real alpha = (real)numbers[0];
  const real gamma_ = (real)numbers[1];
  const real k8 = (real)numbers[2];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    if (gamma_ == (real)2.0 && k8 == (real)1.0) {
      const real gamma_ = (real)2.0, k8 = (real)1.0;
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real e7 = g_at[i];
        const real v3 = (real)1.0 - e2;
        const real v5 = CHOOSE_2(op_pow, v3, gamma_)(v3, gamma_);
        const real v6 = CHOOSE(op_log, e2)(e2);
        const real v9 = CHOOSE_2(op_pow, v3, k8)(v3, k8);
        const real v10 = gamma_ * v9;
        const real v11 = v6 * v10;
        const real v12 = v5 / e2;
        const real v13 = v11 - v12;
        const real v14 = alpha * e7;
        const real v15 = v13 * v14;
        input_out_at[i] = v15;
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real e7 = g_at[i];
        const real v3 = (real)1.0 - e2;
        const real v5 = CHOOSE_2(op_pow, v3, gamma_)(v3, gamma_);
        const real v6 = CHOOSE(op_log, e2)(e2);
        const real v9 = CHOOSE_2(op_pow, v3, k8)(v3, k8);
        const real v10 = gamma_ * v9;
        const real v11 = v6 * v10;
        const real v12 = v5 / e2;
        const real v13 = v11 - v12;
        const real v14 = alpha * e7;
        const real v15 = v13 * v14;
        input_out_at[i] = v15;
      }
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("alpha", "gamma"), compute=_focal_loss_vjp_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.
    Treated as constants, without a cotangent: alpha, gamma (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.0 (2.5)
        float64: 2.5 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _FOCAL_LOSS_VJP_C.plans.get(key) or _FOCAL_LOSS_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), g, input)
            if found is not None:
                return found
    return _FOCAL_LOSS_VJP_C.one(g, input, alpha, gamma, out=out)


_FOCAL_LOSS_WITH_LOGITS_C = CompiledKernel(
    numpy_kernels._FOCAL_LOSS_WITH_LOGITS,
    numpy_kernels.focal_loss_with_logits,
    ("input",),
    FUNCTIONS,
    r"""/* focal_loss_with_logits: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_focal_loss_with_logits(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real alpha = (real)numbers[0];
  const real gamma_ = (real)numbers[1];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache
      && (void *)output != (void *)input;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    real *const output_at = streamed ? output_piece : output + start;
    if (gamma_ == (real)2.0) {
      const real gamma_ = (real)2.0;
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v2 = CHOOSE(op_abs, e1)(e1);
        const real v3 = -v2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v6 = e1 <= (real)0.0;
        const real v8 = v6 ? (real)1.0 : v4;
        const real v9 = v4 + (real)1.0;
        const real v10 = v8 / v9;
        const real v12 = CHOOSE_2(op_pow, v10, gamma_)(v10, gamma_);
        const real v13 = CHOOSE(op_log1p_unit, v4)(v4);
        const real v14 = CHOOSE_2(op_min, e1, (real)0.0)(e1, (real)0.0);
        const real v15 = v13 - v14;
        const real v16 = alpha * v12;
        const real v17 = v16 * v15;
        output_at[i] = v17;
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v2 = CHOOSE(op_abs, e1)(e1);
        const real v3 = -v2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v6 = e1 <= (real)0.0;
        const real v8 = v6 ? (real)1.0 : v4;
        const real v9 = v4 + (real)1.0;
        const real v10 = v8 / v9;
        const real v12 = CHOOSE_2(op_pow, v10, gamma_)(v10, gamma_);
        const real v13 = CHOOSE(op_log1p_unit, v4)(v4);
        const real v14 = CHOOSE_2(op_min, e1, (real)0.0)(e1, (real)0.0);
        const real v15 = v13 - v14;
        const real v16 = alpha * v12;
        const real v17 = v16 * v15;
        output_at[i] = v17;
      }
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("alpha", "gamma")),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 5.5 (5.0): the power gamma = 2 doubles the error of the probability
        float64: 4.5 (4.0): the power gamma = 2 doubles the error of the probability
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _FOCAL_LOSS_WITH_LOGITS_C.plans.get(key) or _FOCAL_LOSS_WITH_LOGITS_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), input)
            if found is not None:
                return found
    return _FOCAL_LOSS_WITH_LOGITS_C.one(input, alpha, gamma, out=out)


def _focal_loss_with_logits_vjp_numbers(alpha: Any, gamma: Any) -> tuple[Any, ...]:
    k17 = gamma - 1.0
    return (alpha, gamma, k17)


_FOCAL_LOSS_WITH_LOGITS_VJP_C = CompiledKernel(
    numpy_kernels._FOCAL_LOSS_WITH_LOGITS_VJP,
    numpy_kernels.focal_loss_with_logits_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* focal_loss_with_logits_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_focal_loss_with_logits_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real alpha = (real)numbers[0];
  const real gamma_ = (real)numbers[1];
  const real k17 = (real)numbers[2];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    if (gamma_ == (real)2.0 && k17 == (real)1.0) {
      const real gamma_ = (real)2.0, k17 = (real)1.0;
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e16 = g_at[i];
        const real v2 = CHOOSE(op_abs, e1)(e1);
        const real v3 = -v2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v6 = e1 <= (real)0.0;
        const real v8 = v6 ? (real)1.0 : v4;
        const real v9 = v4 + (real)1.0;
        const real v10 = v8 / v9;
        const real v12 = CHOOSE_2(op_pow, v10, gamma_)(v10, gamma_);
        const real v13 = CHOOSE(op_log1p_unit, v4)(v4);
        const real v14 = CHOOSE_2(op_min, e1, (real)0.0)(e1, (real)0.0);
        const real v15 = v13 - v14;
        const real v18 = CHOOSE_2(op_pow, v10, k17)(v10, k17);
        const real v19 = gamma_ * v18;
        const real v20 = v9 * v9;
        const real v21 = v4 / v20;
        const real v22 = v10 * v12;
        const real v23 = v15 * v19;
        const bool v24 = v4 == (real)0.0;
        const real v25 = v23 * v21;
        const real v26 = v24 ? (real)0.0 : v25;
        const real v27 = v22 + v26;
        const real v28 = alpha * e16;
        const real v29 = v27 * v28;
        const real v30 = -v29;
        input_out_at[i] = v30;
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e16 = g_at[i];
        const real v2 = CHOOSE(op_abs, e1)(e1);
        const real v3 = -v2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v6 = e1 <= (real)0.0;
        const real v8 = v6 ? (real)1.0 : v4;
        const real v9 = v4 + (real)1.0;
        const real v10 = v8 / v9;
        const real v12 = CHOOSE_2(op_pow, v10, gamma_)(v10, gamma_);
        const real v13 = CHOOSE(op_log1p_unit, v4)(v4);
        const real v14 = CHOOSE_2(op_min, e1, (real)0.0)(e1, (real)0.0);
        const real v15 = v13 - v14;
        const real v18 = CHOOSE_2(op_pow, v10, k17)(v10, k17);
        const real v19 = gamma_ * v18;
        const real v20 = v9 * v9;
        const real v21 = v4 / v20;
        const real v22 = v10 * v12;
        const real v23 = v15 * v19;
        const bool v24 = v4 == (real)0.0;
        const real v25 = v23 * v21;
        const real v26 = v24 ? (real)0.0 : v25;
        const real v27 = v22 + v26;
        const real v28 = alpha * e16;
        const real v29 = v27 * v28;
        const real v30 = -v29;
        input_out_at[i] = v30;
      }
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("alpha", "gamma"), compute=_focal_loss_with_logits_vjp_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form,
    act.sigmoid/slope_stable_form.
    Treated as constants, without a cotangent: alpha, gamma (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 6.0 (5.5): the power gamma = 2 doubles the error of the probability
        float64: 4.5 (4.5): the power gamma = 2 doubles the error of the probability
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _FOCAL_LOSS_WITH_LOGITS_VJP_C.plans.get(
            key,
        ) or _FOCAL_LOSS_WITH_LOGITS_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (alpha, gamma), g, input)
            if found is not None:
                return found
    return _FOCAL_LOSS_WITH_LOGITS_VJP_C.one(g, input, alpha, gamma, out=out)


_MSE_LOSS_C = CompiledKernel(
    numpy_kernels._MSE_LOSS,
    numpy_kernels.mse_loss,
    ("input", "target"),
    FUNCTIONS,
    r"""/* mse_loss: row by row. */
SYMCHECK_EXPORT int symcheck_mse_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = target_at[i];
        const real v2 = e0 - e1;
        const real v3 = v2 * v2;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v6 = v4 / size_n;
    output[row] = (real)(v6);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.mse.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _MSE_LOSS_C.plans.get(key) or _MSE_LOSS_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _MSE_LOSS_C.one(input, target, axis=axis, out=out)


_MSE_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._MSE_LOSS_VJP,
    numpy_kernels.mse_loss_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* mse_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_mse_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object, const size_t target_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const target_out = entries(target_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(target_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)target && (void *)target_out != (void *)g && (void
      *)target_out != (void *)input && (void *)target_out != (void *)target;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real target_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    const double g_row = g[row];
    const double v5 = g_row / size_n;
    const double v7 = (double)2.0 * v5;
    const double v9 = -v7;
    const real u7 = (real)v7;
    const real u9 = (real)v9;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      real *const target_out_at = streamed ? target_out_piece : target_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = target_at[i];
        const real v2 = e0 - e1;
        const real v8 = u7 * v2;
        const real v10 = u9 * v2;
        input_out_at[i] = v8;
        target_out_at[i] = v10;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(target_out + row * n + start, target_out_piece, count * 1 *
          (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.mse.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _MSE_LOSS_VJP_C.plans.get(key) or _MSE_LOSS_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _MSE_LOSS_VJP_C.several(g, input, target, axis=axis, out=out)


_L1_LOSS_C = CompiledKernel(
    numpy_kernels._L1_LOSS,
    numpy_kernels.l1_loss,
    ("input", "target"),
    FUNCTIONS,
    r"""/* l1_loss: row by row. */
SYMCHECK_EXPORT int symcheck_l1_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = target_at[i];
        const real v2 = e0 - e1;
        const real v3 = CHOOSE(op_abs, v2)(v2);
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v6 = v4 / size_n;
    output[row] = (real)(v6);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _L1_LOSS_C.plans.get(key) or _L1_LOSS_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (), input, target)
            if found is not None:
                return found
    return _L1_LOSS_C.one(input, target, axis=axis, out=out)


_L1_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._L1_LOSS_VJP,
    numpy_kernels.l1_loss_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* l1_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_l1_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object, const size_t target_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const target_out = entries(target_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(target_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * n * 1 * (int64_t)sizeof(real), target_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)target && (void *)target_out != (void *)g && (void
      *)target_out != (void *)input && (void *)target_out != (void *)target;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real target_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const target_begin = target + row * n;
    const double g_row = g[row];
    const double v5 = g_row / size_n;
    const double v11 = -v5;
    const real u5 = (real)v5;
    const real u11 = (real)v11;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const target_at = target_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      real *const target_out_at = streamed ? target_out_piece : target_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = target_at[i];
        const real v2 = e0 - e1;
        const bool v7 = (real)0.0 < v2;
        const bool v8 = v2 < (real)0.0;
        const real v9 = (v7 ? (real)1 : (real)0) - (v8 ? (real)1 : (real)0);
        const real v10 = u5 * v9;
        const real v12 = u11 * v9;
        input_out_at[i] = v10;
        target_out_at[i] = v12;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(target_out + row * n + start, target_out_piece, count * 1 *
          (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _L1_LOSS_VJP_C.plans.get(key) or _L1_LOSS_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (), g, input, target)
            if found is not None:
                return found
    return _L1_LOSS_VJP_C.several(g, input, target, axis=axis, out=out)


_HUBER_LOSS_C = CompiledKernel(
    numpy_kernels._HUBER_LOSS,
    numpy_kernels.huber_loss,
    ("input", "target"),
    FUNCTIONS,
    r"""/* huber_loss: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_huber_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real delta = (real)numbers[0];
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)target;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real v2 = e0 - e1;
      const real v4 = CHOOSE(op_abs, v2)(v2);
      const real v5 = CHOOSE_2(op_min, delta, v4)(delta, v4);
      const real v7 = (real)0.5 * v5;
      const real v8 = v4 - v7;
      const real v9 = v8 * v5;
      output_at[i] = v9;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("delta",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.huber.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(target) is ndarray:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _HUBER_LOSS_C.plans.get(key) or _HUBER_LOSS_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (delta,), input, target)
            if found is not None:
                return found
    return _HUBER_LOSS_C.one(input, target, delta, out=out)


def _huber_loss_vjp_numbers(delta: Any) -> tuple[Any, ...]:
    k5 = -delta
    return (delta, k5)


_HUBER_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._HUBER_LOSS_VJP,
    numpy_kernels.huber_loss_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* huber_loss_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_huber_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object, const size_t target_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real delta = (real)numbers[0];
  const real k5 = (real)numbers[1];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const target_out = entries(target_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(target_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), target_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), target_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(target, size * 1 * (int64_t)sizeof(real), target_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) >
      cache && (void *)input_out != (void *)g && (void *)input_out != (void *)input && (void *)input_out !=
      (void *)target && (void *)target_out != (void *)g && (void *)target_out != (void *)input && (void
      *)target_out != (void *)target;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  real target_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    const real *const target_at = target + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    real *const target_out_at = streamed ? target_out_piece : target_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = target_at[i];
      const real e1 = input_at[i];
      const real e4 = g_at[i];
      const real v2 = e0 - e1;
      const real v6 = CHOOSE_2(op_min, v2, delta)(v2, delta);
      const real v7 = CHOOSE_2(op_max, k5, v6)(k5, v6);
      const real v8 = e4 * v7;
      const real v9 = -v8;
      input_out_at[i] = v9;
      target_out_at[i] = v8;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(target_out + start, target_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("delta",), compute=_huber_loss_vjp_numbers),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.huber.
    Treated as constants, without a cotangent: delta (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _HUBER_LOSS_VJP_C.plans.get(key) or _HUBER_LOSS_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.several(out, (delta,), g, input, target)
            if found is not None:
                return found
    return _HUBER_LOSS_VJP_C.several(g, input, target, delta, out=out)


_CONTRASTIVE_LOSS_C = CompiledKernel(
    numpy_kernels._CONTRASTIVE_LOSS,
    numpy_kernels.contrastive_loss,
    ("input", "target"),
    FUNCTIONS,
    r"""/* contrastive_loss: row by row. */
SYMCHECK_EXPORT int symcheck_contrastive_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    target_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double temperature = numbers[0];
  const real u1 = (real)temperature;
  const real *const input = entries(input_object, head);
  const int64_t *const target = entries(target_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(target, rows * 1 * (int64_t)sizeof(int64_t), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(int64_t) + rows * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  for (int64_t row = 0; row < rows; ++row)
  if (target[row] < 0 || target[row] >= n) return 2;
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept2 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const int64_t target_row = target[row];
    real m3 = -INFINITY;
    word top3 = 0;
    for (int64_t start = 0; start < n; start += LONG) {
      const int count = (int)(n - start < LONG ? n - start : LONG);
      const real *const input_at = input_begin + start;
      real *const kept2_at = kept2 + start;
#pragma omp simd reduction(max : m3) reduction(max : top3)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v2 = e0 / u1;
        kept2_at[i] = v2;
        m3 = v2 > m3 ? v2 : m3;
        const word w3 = magnitude(v2);
        top3 = w3 > top3 ? w3 : top3;
      }
    }
    const double f3 = top3 > magnitude((real)INFINITY) ? NAN : m3;
    double v18;
    {
      const int64_t i = target_row;
      const real *const input_at = input_begin;
      const real e0 = input_at[i];
      const real v2 = e0 / u1;
      v18 = v2;
    }
    const double v3 = f3;
    const double v4 = CHOOSE(op_finite_or_zero, (real)1)((real)v3);
    const double v19 = v3 - v18;
    const real u3 = (real)v3;
    const real u4 = (real)v4;
    double f11 = 0, lost11 = 0;
    double f13 = 0, lost13 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      real *const kept2_at = kept2 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s11 = 0;
      real s13 = 0;
#pragma omp simd reduction(+ : s11) reduction(+ : s13)
      for (int i = 0; i < count; ++i) {
        const real k2 = kept2_at[i];
        const real v5 = k2 - u4;
        const real v6 = CHOOSE(op_exp_below, v5)(v5);
        const bool v7 = k2 == u3;
        const real v10 = v7 ? (real)0.0 : v6;
        const real v12 = v7 ? (real)1.0 : (real)0.0;
        s11 += v10;
        s13 += v12;
      }
      add_exactly(&f11, &lost11, s11);
      add_exactly(&f13, &lost13, s13);
    }
    f11 = with_lost(f11, lost11);
    f13 = with_lost(f13, lost13);
    const double v11 = f11;
    const double v13 = f13;
    const double v14 = v13 - (double)1.0;
    const double v15 = v11 + v14;
    const double v16 = CHOOSE(op_log1p, v15)(v15);
    const double v20 = v19 + v16;
    output[row] = (real)(v20);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
    Numbers(("temperature",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = input.dtype, input.shape, target.dtype, target.shape
        plan = _CONTRASTIVE_LOSS_C.plans.get(key) or _CONTRASTIVE_LOSS_C.plan(key, input, target)
        if plan is not None:
            found = plan.one(out, (temperature,), input, target)
            if found is not None:
                return found
    return _CONTRASTIVE_LOSS_C.one(input, target, temperature, axis=axis, out=out)


_CONTRASTIVE_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._CONTRASTIVE_LOSS_VJP,
    numpy_kernels.contrastive_loss_vjp,
    ("g", "input", "target"),
    FUNCTIONS,
    r"""/* contrastive_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_contrastive_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t target_object, const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double temperature = numbers[0];
  const real u1 = (real)temperature;
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const int64_t *const target = entries(target_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(target_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(target, rows * 1 * (int64_t)sizeof(int64_t), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1 *
      (int64_t)sizeof(int64_t) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)target;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  for (int64_t row = 0; row < rows; ++row)
  if (target[row] < 0 || target[row] >= n) return 2;
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 2);
  if (memory == NULL) return 3;
  real *const kept2 = (real *)(memory + 0 * n);
  real *const kept9 = (real *)(memory + 1 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    const int64_t target_row = target[row];
    real m3 = -INFINITY;
    word top3 = 0;
    for (int64_t start = 0; start < n; start += LONG) {
      const int count = (int)(n - start < LONG ? n - start : LONG);
      const real *const input_at = input_begin + start;
      real *const kept2_at = kept2 + start;
#pragma omp simd reduction(max : m3) reduction(max : top3)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v2 = e0 / u1;
        kept2_at[i] = v2;
        m3 = v2 > m3 ? v2 : m3;
        const word w3 = magnitude(v2);
        top3 = w3 > top3 ? w3 : top3;
      }
    }
    const double f3 = top3 > magnitude((real)INFINITY) ? NAN : m3;
    const double v3 = f3;
    const double v7 = CHOOSE(op_finite_or_zero, (real)1)((real)v3);
    const real u7 = (real)v7;
    double f14 = 0, lost14 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      real *const kept2_at = kept2 + start;
      real *const kept9_at = kept9 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      const int at_target_row = target_row >= start && target_row < start + count ? (int)(target_row -
          start) : -1;
      real s14 = 0;
#pragma omp simd reduction(+ : s14)
      for (int i = 0; i < count; ++i) {
        const real k2 = kept2_at[i];
        const real v6 = (i == at_target_row) ? (real)1 : (real)0;
        const real v8 = k2 - u7;
        const real v9 = CHOOSE(op_exp_below, v8)(v8);
        const bool v12 = (real)0.0 < v6;
        const real v13 = v12 ? (real)0.0 : v9;
        kept9_at[i] = v9;
        s14 += v13;
      }
      add_exactly(&f14, &lost14, s14);
    }
    f14 = with_lost(f14, lost14);
    double v10;
    {
      const int64_t i = target_row;
      const real *const input_at = input_begin;
      const real e0 = input_at[i];
      const real v2 = e0 / u1;
      const real v8 = v2 - u7;
      const real v9 = CHOOSE(op_exp_below, v8)(v8);
      v10 = v9;
    }
    const double v14 = f14;
    const double v15 = v10 + v14;
    const double v16 = g_row / v15;
    const double v19 = v16 * v14;
    const real u16 = (real)v16;
    const real u19 = (real)v19;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const kept9_at = kept9 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      const int at_target_row = target_row >= start && target_row < start + count ? (int)(target_row -
          start) : -1;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real k9 = kept9_at[i];
        const real v6 = (i == at_target_row) ? (real)1 : (real)0;
        const bool v12 = (real)0.0 < v6;
        const real v13 = v12 ? (real)0.0 : k9;
        const real v17 = u16 * v13;
        const real v18 = v12 ? (real)0.0 : v17;
        const real v20 = v12 ? u19 : (real)0.0;
        const real v21 = v18 - v20;
        const real v22 = v21 / u1;
        input_out_at[i] = v22;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
    Numbers(("temperature",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Treated as constants, without a cotangent: temperature (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 2.5 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(target) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, target.dtype, target.shape
        plan = _CONTRASTIVE_LOSS_VJP_C.plans.get(key) or _CONTRASTIVE_LOSS_VJP_C.plan(key, g, input, target)
        if plan is not None:
            found = plan.one(out, (temperature,), g, input, target)
            if found is not None:
                return found
    return _CONTRASTIVE_LOSS_VJP_C.one(g, input, target, temperature, axis=axis, out=out)


_TRIPLET_LOSS_C = CompiledKernel(
    numpy_kernels._TRIPLET_LOSS,
    numpy_kernels.triplet_loss,
    ("anchor", "positive", "negative"),
    FUNCTIONS,
    r"""/* triplet_loss: row by row. */
SYMCHECK_EXPORT int symcheck_triplet_loss(
const int64_t *const sizes, const double *const numbers, const size_t anchor_object, const size_t
    positive_object, const size_t negative_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double margin = numbers[0];
  const real *const anchor = entries(anchor_object, head);
  const real *const positive = entries(positive_object, head);
  const real *const negative = entries(negative_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(anchor_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(positive_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(negative_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(anchor, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(positive, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(negative, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n
      * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const anchor_begin = anchor + row * n;
    const real *const positive_begin = positive + row * n;
    const real *const negative_begin = negative + row * n;
    double f5 = 0, lost5 = 0;
    double f10 = 0, lost10 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const anchor_at = anchor_begin + start;
      const real *const positive_at = positive_begin + start;
      const real *const negative_at = negative_begin + start;
      real s5 = 0;
      real s10 = 0;
#pragma omp simd reduction(+ : s5) reduction(+ : s10)
      for (int i = 0; i < count; ++i) {
        const real e1 = anchor_at[i];
        const real e2 = positive_at[i];
        const real e7 = negative_at[i];
        const real v3 = e1 - e2;
        const real v4 = v3 * v3;
        const real v8 = e1 - e7;
        const real v9 = v8 * v8;
        s5 += v4;
        s10 += v9;
      }
      add_exactly(&f5, &lost5, s5);
      add_exactly(&f10, &lost10, s10);
    }
    f5 = with_lost(f5, lost5);
    f10 = with_lost(f10, lost10);
    const double v5 = f5;
    const double v10 = f10;
    const double v6 = margin + v5;
    const double v11 = v6 - v10;
    const double v13 = CHOOSE_2(op_max, v11, (double)0.0)(v11, (double)0.0);
    output[row] = (real)(v13);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("margin",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.triplet.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (1.0)
        float64: 1.5 (1.5)
    """
    if type(anchor) is ndarray and type(positive) is ndarray and type(negative) is ndarray and axis == -1:
        key = anchor.dtype, anchor.shape, positive.dtype, positive.shape, negative.dtype, negative.shape
        plan = _TRIPLET_LOSS_C.plans.get(key) or _TRIPLET_LOSS_C.plan(key, anchor, positive, negative)
        if plan is not None:
            found = plan.one(out, (margin,), anchor, positive, negative)
            if found is not None:
                return found
    return _TRIPLET_LOSS_C.one(anchor, positive, negative, margin, axis=axis, out=out)


_TRIPLET_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._TRIPLET_LOSS_VJP,
    numpy_kernels.triplet_loss_vjp,
    ("g", "anchor", "positive", "negative"),
    FUNCTIONS,
    r"""/* triplet_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_triplet_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t anchor_object,
    const size_t positive_object, const size_t negative_object, const size_t anchor_out_object, const size_t
    positive_out_object, const size_t negative_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double margin = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const anchor = entries(anchor_object, head);
  const real *const positive = entries(positive_object, head);
  const real *const negative = entries(negative_object, head);
  real *const anchor_out = entries(anchor_out_object, head);
  real *const positive_out = entries(positive_out_object, head);
  real *const negative_out = entries(negative_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(anchor_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(positive_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(negative_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(anchor_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), anchor_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(anchor, rows * n * 1 * (int64_t)sizeof(real), anchor_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(positive, rows * n * 1 * (int64_t)sizeof(real), anchor_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(negative, rows * n * 1 * (int64_t)sizeof(real), anchor_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(positive_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), positive_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(anchor, rows * n * 1 * (int64_t)sizeof(real), positive_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(positive, rows * n * 1 * (int64_t)sizeof(real), positive_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(negative, rows * n * 1 * (int64_t)sizeof(real), positive_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(negative_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), negative_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(anchor, rows * n * 1 * (int64_t)sizeof(real), negative_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(positive, rows * n * 1 * (int64_t)sizeof(real), negative_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(negative, rows * n * 1 * (int64_t)sizeof(real), negative_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real) + 1 *
      (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)anchor_out != (void *)g && (void *)anchor_out != (void
      *)anchor && (void *)anchor_out != (void *)positive && (void *)anchor_out != (void *)negative && (void
      *)positive_out != (void *)g && (void *)positive_out != (void *)anchor && (void *)positive_out != (void
      *)positive && (void *)positive_out != (void *)negative && (void *)negative_out != (void *)g && (void
      *)negative_out != (void *)anchor && (void *)negative_out != (void *)positive && (void *)negative_out
      != (void *)negative;
  real anchor_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real positive_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real negative_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const anchor_begin = anchor + row * n;
    const real *const positive_begin = positive + row * n;
    const real *const negative_begin = negative + row * n;
    const double g_row = g[row];
    double f5 = 0, lost5 = 0;
    double f10 = 0, lost10 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const anchor_at = anchor_begin + start;
      const real *const positive_at = positive_begin + start;
      const real *const negative_at = negative_begin + start;
      real s5 = 0;
      real s10 = 0;
#pragma omp simd reduction(+ : s5) reduction(+ : s10)
      for (int i = 0; i < count; ++i) {
        const real e1 = anchor_at[i];
        const real e2 = positive_at[i];
        const real e7 = negative_at[i];
        const real v3 = e1 - e2;
        const real v4 = v3 * v3;
        const real v8 = e1 - e7;
        const real v9 = v8 * v8;
        s5 += v4;
        s10 += v9;
      }
      add_exactly(&f5, &lost5, s5);
      add_exactly(&f10, &lost10, s10);
    }
    f5 = with_lost(f5, lost5);
    f10 = with_lost(f10, lost10);
    const double v5 = f5;
    const double v10 = f10;
    const double v6 = margin + v5;
    const double v11 = v6 - v10;
    const bool v14 = (double)0.0 < v11;
    const double v15 = g_row * (v14 ? (double)1 : (double)0);
    const double v18 = (double)2.0 * v15;
    const double v19 = -v18;
    const real u15 = (real)v15;
    const real u18 = (real)v18;
    const real u19 = (real)v19;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const anchor_at = anchor_begin + start;
      const real *const positive_at = positive_begin + start;
      const real *const negative_at = negative_begin + start;
      real *const anchor_out_at = streamed ? anchor_out_piece : anchor_out + row * n + start;
      real *const positive_out_at = streamed ? positive_out_piece : positive_out + row * n + start;
      real *const negative_out_at = streamed ? negative_out_piece : negative_out + row * n + start;
      if (ahead) {
        prefetch(anchor_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(positive_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(negative_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = anchor_at[i];
        const real e2 = positive_at[i];
        const real e7 = negative_at[i];
        const real v3 = e1 - e2;
        const real v8 = e1 - e7;
        const real v17 = (real)2.0 * v8;
        const real v20 = u18 * v8;
        const real v21 = (real)2.0 * v3;
        const real v22 = u19 * v3;
        const real v23 = v21 - v17;
        const real v24 = u15 * v23;
        anchor_out_at[i] = v24;
        positive_out_at[i] = v22;
        negative_out_at[i] = v20;
      }
      if (streamed) stream(anchor_out + row * n + start, anchor_out_piece, count * 1 *
          (int64_t)sizeof(real));
      if (streamed) stream(positive_out + row * n + start, positive_out_piece, count * 1 *
          (int64_t)sizeof(real));
      if (streamed) stream(negative_out + row * n + start, negative_out_piece, count * 1 *
          (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("margin",)),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show loss.triplet.
    Treated as constants, without a cotangent: margin (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
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
        plan = _TRIPLET_LOSS_VJP_C.plans.get(
            key,
        ) or _TRIPLET_LOSS_VJP_C.plan(key, g, anchor, positive, negative)
        if plan is not None:
            found = plan.several(out, (margin,), g, anchor, positive, negative)
            if found is not None:
                return found
    return _TRIPLET_LOSS_VJP_C.several(g, anchor, positive, negative, margin, axis=axis, out=out)
