"""Information theory.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import information as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

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


_ENTROPY_C = CompiledKernel(
    numpy_kernels._ENTROPY,
    numpy_kernels.entropy,
    ("p",),
    FUNCTIONS,
    r"""/* entropy: row by row. */
SYMCHECK_EXPORT int symcheck_entropy(
const int64_t *const sizes, const double *const numbers, const size_t p_object, const size_t output_object)
    {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const p = entries(p_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const p_at = p_begin + start;
      real s6 = 0;
#pragma omp simd reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = p_at[i];
        const bool v2 = e0 == (real)0.0;
        const real v3 = e0 + (v2 ? (real)1 : (real)0);
        const real v4 = CHOOSE(op_log, v3)(v3);
        const real v5 = e0 * v4;
        s6 += v5;
      }
      add_exactly(&f6, &lost6, s6);
    }
    f6 = with_lost(f6, lost6);
    const double v6 = f6;
    const double v7 = -v6;
    output[row] = (real)(v7);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    if type(p) is ndarray and axis == -1:
        key = p.dtype, p.shape
        plan = _ENTROPY_C.plans.get(key) or _ENTROPY_C.plan(key, p)
        if plan is not None:
            found = plan.one(out, (), p)
            if found is not None:
                return found
    return _ENTROPY_C.one(p, axis=axis, out=out)


_ENTROPY_VJP_C = CompiledKernel(
    numpy_kernels._ENTROPY_VJP,
    numpy_kernels.entropy_vjp,
    ("g", "p"),
    FUNCTIONS,
    r"""/* entropy_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_entropy_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t p_object, const
    size_t p_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const p = entries(p_object, head);
  real *const p_out = entries(p_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)p_out != (void *)g && (void *)p_out != (void *)p;
  real p_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    const double g_row = g[row];
    const double v2 = -g_row;
    const real u2 = (real)v2;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const p_at = p_begin + start;
      real *const p_out_at = streamed ? p_out_piece : p_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = p_at[i];
        const real v3 = CHOOSE(op_log, e0)(e0);
        const real v5 = v3 + (real)1.0;
        const real v6 = u2 * v5;
        p_out_at[i] = v6;
      }
      if (streamed) stream(p_out + row * n + start, p_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (1.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape
        plan = _ENTROPY_VJP_C.plans.get(key) or _ENTROPY_VJP_C.plan(key, g, p)
        if plan is not None:
            found = plan.one(out, (), g, p)
            if found is not None:
                return found
    return _ENTROPY_VJP_C.one(g, p, axis=axis, out=out)


_CROSS_ENTROPY_PROBS_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY_PROBS,
    numpy_kernels.cross_entropy_probs,
    ("p", "q"),
    FUNCTIONS,
    r"""/* cross_entropy_probs: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy_probs(
const int64_t *const sizes, const double *const numbers, const size_t p_object, const size_t q_object, const
    size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const p = entries(p_object, head);
  const real *const q = entries(q_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(q_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    const real *const q_begin = q + row * n;
    double f7 = 0, lost7 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const p_at = p_begin + start;
      const real *const q_at = q_begin + start;
      real s7 = 0;
#pragma omp simd reduction(+ : s7)
      for (int i = 0; i < count; ++i) {
        const real e0 = q_at[i];
        const real e1 = p_at[i];
        const bool v3 = e1 == (real)0.0;
        const real v4 = e0 + (v3 ? (real)1 : (real)0);
        const real v5 = CHOOSE(op_log, v4)(v4);
        const real v6 = e1 * v5;
        s7 += v6;
      }
      add_exactly(&f7, &lost7, s7);
    }
    f7 = with_lost(f7, lost7);
    const double v7 = f7;
    const double v8 = -v7;
    output[row] = (real)(v8);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = p.dtype, p.shape, q.dtype, q.shape
        plan = _CROSS_ENTROPY_PROBS_C.plans.get(key) or _CROSS_ENTROPY_PROBS_C.plan(key, p, q)
        if plan is not None:
            found = plan.one(out, (), p, q)
            if found is not None:
                return found
    return _CROSS_ENTROPY_PROBS_C.one(p, q, axis=axis, out=out)


_CROSS_ENTROPY_PROBS_VJP_C = CompiledKernel(
    numpy_kernels._CROSS_ENTROPY_PROBS_VJP,
    numpy_kernels.cross_entropy_probs_vjp,
    ("g", "p", "q"),
    FUNCTIONS,
    r"""/* cross_entropy_probs_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_cross_entropy_probs_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t p_object, const
    size_t q_object, const size_t p_out_object, const size_t q_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const p = entries(p_object, head);
  const real *const q = entries(q_object, head);
  real *const p_out = entries(p_out_object, head);
  real *const q_out = entries(q_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(q_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(q_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)p_out != (void *)g && (void *)p_out != (void *)p && (void
      *)p_out != (void *)q && (void *)q_out != (void *)g && (void *)q_out != (void *)p && (void *)q_out !=
      (void *)q;
  real p_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real q_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    const real *const q_begin = q + row * n;
    const double g_row = g[row];
    const double v3 = -g_row;
    const real u3 = (real)v3;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const p_at = p_begin + start;
      const real *const q_at = q_begin + start;
      real *const p_out_at = streamed ? p_out_piece : p_out + row * n + start;
      real *const q_out_at = streamed ? q_out_piece : q_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = q_at[i];
        const real e1 = p_at[i];
        const real v4 = CHOOSE(op_log, e0)(e0);
        const real v5 = u3 * v4;
        const bool v7 = e1 == (real)0.0;
        const real v8 = e1 / e0;
        const real v9 = v7 ? (real)0.0 : v8;
        const real v10 = u3 * v9;
        p_out_at[i] = v5;
        q_out_at[i] = v10;
      }
      if (streamed) stream(p_out + row * n + start, p_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(q_out + row * n + start, q_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape, q.dtype, q.shape
        plan = _CROSS_ENTROPY_PROBS_VJP_C.plans.get(key) or _CROSS_ENTROPY_PROBS_VJP_C.plan(key, g, p, q)
        if plan is not None:
            found = plan.several(out, (), g, p, q)
            if found is not None:
                return found
    return _CROSS_ENTROPY_PROBS_VJP_C.several(g, p, q, axis=axis, out=out)


_KL_DIVERGENCE_C = CompiledKernel(
    numpy_kernels._KL_DIVERGENCE,
    numpy_kernels.kl_divergence,
    ("p", "q"),
    FUNCTIONS,
    r"""/* kl_divergence: row by row. */
SYMCHECK_EXPORT int symcheck_kl_divergence(
const int64_t *const sizes, const double *const numbers, const size_t p_object, const size_t q_object, const
    size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const p = entries(p_object, head);
  const real *const q = entries(q_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(q_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    const real *const q_begin = q + row * n;
    double f8 = 0, lost8 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const p_at = p_begin + start;
      const real *const q_at = q_begin + start;
      real s8 = 0;
#pragma omp simd reduction(+ : s8)
      for (int i = 0; i < count; ++i) {
        const real e0 = p_at[i];
        const real e1 = q_at[i];
        const bool v3 = e0 == (real)0.0;
        const real v4 = e0 + (v3 ? (real)1 : (real)0);
        const real v5 = e1 + (v3 ? (real)1 : (real)0);
        const real v6 = CHOOSE_2(op_log_quotient, v4, v5)(v4, v5);
        const real v7 = e0 * v6;
        s8 += v7;
      }
      add_exactly(&f8, &lost8, s8);
    }
    f8 = with_lost(f8, lost8);
    const double v8 = f8;
    output[row] = (real)(v8);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (1.0)
        float64: 2.0 (1.5)
    """
    if type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = p.dtype, p.shape, q.dtype, q.shape
        plan = _KL_DIVERGENCE_C.plans.get(key) or _KL_DIVERGENCE_C.plan(key, p, q)
        if plan is not None:
            found = plan.one(out, (), p, q)
            if found is not None:
                return found
    return _KL_DIVERGENCE_C.one(p, q, axis=axis, out=out)


_KL_DIVERGENCE_VJP_C = CompiledKernel(
    numpy_kernels._KL_DIVERGENCE_VJP,
    numpy_kernels.kl_divergence_vjp,
    ("g", "p", "q"),
    FUNCTIONS,
    r"""/* kl_divergence_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_kl_divergence_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t p_object, const
    size_t q_object, const size_t p_out_object, const size_t q_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const p = entries(p_object, head);
  const real *const q = entries(q_object, head);
  real *const p_out = entries(p_out_object, head);
  real *const q_out = entries(q_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(q_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(p_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), p_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(q_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(p, rows * n * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(q, rows * n * 1 * (int64_t)sizeof(real), q_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)p_out != (void *)g && (void *)p_out != (void *)p && (void
      *)p_out != (void *)q && (void *)q_out != (void *)g && (void *)q_out != (void *)p && (void *)q_out !=
      (void *)q;
  real p_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real q_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const p_begin = p + row * n;
    const real *const q_begin = q + row * n;
    const double g_row = g[row];
    const double v11 = -g_row;
    const real u2 = (real)g_row;
    const real u11 = (real)v11;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const p_at = p_begin + start;
      const real *const q_at = q_begin + start;
      real *const p_out_at = streamed ? p_out_piece : p_out + row * n + start;
      real *const q_out_at = streamed ? q_out_piece : q_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = p_at[i];
        const real e1 = q_at[i];
        const bool v4 = e0 == (real)0.0;
        const real v5 = e0 / e1;
        const real v6 = v4 ? (real)0.0 : v5;
        const real v8 = CHOOSE_2(op_log_quotient, e0, e1)(e0, e1);
        const real v9 = v8 + (real)1.0;
        const real v10 = u2 * v9;
        const real v12 = u11 * v6;
        p_out_at[i] = v10;
        q_out_at[i] = v12;
      }
      if (streamed) stream(p_out + row * n + start, p_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(q_out + row * n + start, q_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight p, or 1
    less it.
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(p) is ndarray and type(q) is ndarray and axis == -1:
        key = g.dtype, g.shape, p.dtype, p.shape, q.dtype, q.shape
        plan = _KL_DIVERGENCE_VJP_C.plans.get(key) or _KL_DIVERGENCE_VJP_C.plan(key, g, p, q)
        if plan is not None:
            found = plan.several(out, (), g, p, q)
            if found is not None:
                return found
    return _KL_DIVERGENCE_VJP_C.several(g, p, q, axis=axis, out=out)


_PERPLEXITY_C = CompiledKernel(
    numpy_kernels._PERPLEXITY,
    numpy_kernels.perplexity,
    ("nll",),
    FUNCTIONS,
    r"""/* perplexity: row by row. */
SYMCHECK_EXPORT int symcheck_perplexity(
const int64_t *const sizes, const double *const numbers, const size_t nll_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_T = numbers[0];
  const real *const nll = entries(nll_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(nll_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(nll, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const nll_begin = nll + row * n;
    double f1 = 0, lost1 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const nll_at = nll_begin + start;
      real s1 = 0;
#pragma omp simd reduction(+ : s1)
      for (int i = 0; i < count; ++i) {
        const real e0 = nll_at[i];
        s1 += e0;
      }
      add_exactly(&f1, &lost1, s1);
    }
    f1 = with_lost(f1, lost1);
    const double v1 = f1;
    const double v3 = v1 / size_T;
    const double v4 = CHOOSE(op_exp, v3)(v3);
    output[row] = (real)(v4);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show info.perplexity.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 2.0 (2.0)
    """
    if type(nll) is ndarray and axis == -1:
        key = nll.dtype, nll.shape
        plan = _PERPLEXITY_C.plans.get(key) or _PERPLEXITY_C.plan(key, nll)
        if plan is not None:
            found = plan.one(out, (), nll)
            if found is not None:
                return found
    return _PERPLEXITY_C.one(nll, axis=axis, out=out)


_PERPLEXITY_VJP_C = CompiledKernel(
    numpy_kernels._PERPLEXITY_VJP,
    numpy_kernels.perplexity_vjp,
    ("g", "nll"),
    FUNCTIONS,
    r"""/* perplexity_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_perplexity_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t nll_object,
    const size_t nll_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_T = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const nll = entries(nll_object, head);
  real *const nll_out = entries(nll_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(nll_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(nll_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), nll_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(nll, rows * n * 1 * (int64_t)sizeof(real), nll_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)nll_out != (void *)g && (void *)nll_out != (void *)nll;
  real nll_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const nll_begin = nll + row * n;
    const double g_row = g[row];
    double f1 = 0, lost1 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const nll_at = nll_begin + start;
      real s1 = 0;
#pragma omp simd reduction(+ : s1)
      for (int i = 0; i < count; ++i) {
        const real e0 = nll_at[i];
        s1 += e0;
      }
      add_exactly(&f1, &lost1, s1);
    }
    f1 = with_lost(f1, lost1);
    const double v1 = f1;
    const double v3 = v1 / size_T;
    const double v4 = CHOOSE(op_exp, v3)(v3);
    const double v6 = g_row * v4;
    const double v7 = v6 / size_T;
    const real u7 = (real)v7;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const nll_out_at = streamed ? nll_out_piece : nll_out + row * n + start;
      if (ahead) {
        prefetch(nll_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        nll_out_at[i] = u7;
      }
      if (streamed) stream(nll_out + row * n + start, nll_out_piece, count * 1 * (int64_t)sizeof(real));
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

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show info.perplexity.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 2.0 (1.5)
    """
    if type(g) is ndarray and type(nll) is ndarray and axis == -1:
        key = g.dtype, g.shape, nll.dtype, nll.shape
        plan = _PERPLEXITY_VJP_C.plans.get(key) or _PERPLEXITY_VJP_C.plan(key, g, nll)
        if plan is not None:
            found = plan.one(out, (), g, nll)
            if found is not None:
                return found
    return _PERPLEXITY_VJP_C.one(g, nll, axis=axis, out=out)
