"""Probability and statistics.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import probability as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

__all__ = ["correlation", "covariance", "gaussian_log_prob", "gaussian_log_prob_vjp", "variance"]


_GAUSSIAN_LOG_PROB_C = CompiledKernel(
    numpy_kernels._GAUSSIAN_LOG_PROB,
    numpy_kernels.gaussian_log_prob,
    ("input", "loc", "scale"),
    FUNCTIONS,
    r"""/* gaussian_log_prob: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gaussian_log_prob(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t loc_object,
    const size_t scale_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const loc = entries(loc_object, head);
  const real *const scale = entries(scale_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(loc_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(scale_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(loc, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(scale, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void
      *)input && (void *)output != (void *)loc && (void *)output != (void *)scale;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const loc_at = loc + start;
    const real *const scale_at = scale + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = loc_at[i];
      const real e4 = scale_at[i];
      const real v2 = e0 - e1;
      const real v5 = v2 / e4;
      const real v6 = v5 * v5;
      const real v7 = (real)0.5 * v6;
      const real v8 = CHOOSE(op_log, e4)(e4);
      const real v10 = v7 + v8;
      const real v11 = v10 + (real)0.9189385332046728;
      const real v12 = -v11;
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


def gaussian_log_prob(
    input: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Gaussian law.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)

    Args:
        input: float16, float32 or float64, shape (...).
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation, > 0.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.gaussian.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and type(loc) is ndarray and type(scale) is ndarray:
        key = input.dtype, input.shape, loc.dtype, loc.shape, scale.dtype, scale.shape
        plan = _GAUSSIAN_LOG_PROB_C.plans.get(key) or _GAUSSIAN_LOG_PROB_C.plan(key, input, loc, scale)
        if plan is not None:
            found = plan.one(out, (), input, loc, scale)
            if found is not None:
                return found
    return _GAUSSIAN_LOG_PROB_C.one(input, loc, scale, out=out)


_GAUSSIAN_LOG_PROB_VJP_C = CompiledKernel(
    numpy_kernels._GAUSSIAN_LOG_PROB_VJP,
    numpy_kernels.gaussian_log_prob_vjp,
    ("g", "input", "loc", "scale"),
    FUNCTIONS,
    r"""/* gaussian_log_prob_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gaussian_log_prob_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t loc_object, const size_t scale_object, const size_t input_out_object, const size_t
    loc_out_object, const size_t scale_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const loc = entries(loc_object, head);
  const real *const scale = entries(scale_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const loc_out = entries(loc_out_object, head);
  real *const scale_out = entries(scale_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(loc_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(scale_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(loc, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(scale, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_plain(loc_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(loc, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(scale, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_plain(scale_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(loc, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(scale, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) +
      size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)input_out !=
      (void *)g && (void *)input_out != (void *)input && (void *)input_out != (void *)loc && (void
      *)input_out != (void *)scale && (void *)loc_out != (void *)g && (void *)loc_out != (void *)input &&
      (void *)loc_out != (void *)loc && (void *)loc_out != (void *)scale && (void *)scale_out != (void *)g
      && (void *)scale_out != (void *)input && (void *)scale_out != (void *)loc && (void *)scale_out !=
      (void *)scale;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  real loc_out_piece[PIECE] __attribute__((aligned(64)));
  real scale_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    const real *const loc_at = loc + start;
    const real *const scale_at = scale + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    real *const loc_out_at = streamed ? loc_out_piece : loc_out + start;
    real *const scale_out_at = streamed ? scale_out_piece : scale_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = loc_at[i];
      const real e3 = scale_at[i];
      const real e6 = g_at[i];
      const real v2 = e0 - e1;
      const real v4 = v2 / e3;
      const real v5 = v4 * v4;
      const real v8 = v4 * e6;
      const real v9 = v5 - (real)1.0;
      const real v10 = e6 * v9;
      const real v11 = v10 / e3;
      const real v12 = v8 / e3;
      const real v13 = -v12;
      input_out_at[i] = v13;
      loc_out_at[i] = v12;
      scale_out_at[i] = v11;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(loc_out + start, loc_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(scale_out + start, scale_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gaussian_log_prob_vjp(
    g: ArrayLike,
    input: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Gaussian law: vector-Jacobian product.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)
        result = d(sum of g * output) / d(input, loc, scale)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation, > 0.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of loc (shape (...)), that of
    scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show prob.gaussian.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.0)
        float64: 2.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(loc) is ndarray and type(scale) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, loc.dtype, loc.shape, scale.dtype, scale.shape
        plan = _GAUSSIAN_LOG_PROB_VJP_C.plans.get(
            key,
        ) or _GAUSSIAN_LOG_PROB_VJP_C.plan(key, g, input, loc, scale)
        if plan is not None:
            found = plan.several(out, (), g, input, loc, scale)
            if found is not None:
                return found
    return _GAUSSIAN_LOG_PROB_VJP_C.several(g, input, loc, scale, out=out)


_VARIANCE_C = CompiledKernel(
    numpy_kernels._VARIANCE,
    numpy_kernels.variance,
    ("input",),
    FUNCTIONS,
    r"""/* variance: row by row. */
SYMCHECK_EXPORT int symcheck_variance(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
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
    const double v3 = v1 / size_n;
    const real u3 = (real)v3;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s6 = 0;
#pragma omp simd reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v4 = e0 - u3;
        const real v5 = v4 * v4;
        s6 += v5;
      }
      add_exactly(&f6, &lost6, s6);
    }
    f6 = with_lost(f6, lost6);
    const double v6 = f6;
    const double v7 = v6 / size_n;
    output[row] = (real)(v7);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
)


def variance(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Variance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show prob.variance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 2.5 (1.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _VARIANCE_C.plans.get(key) or _VARIANCE_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _VARIANCE_C.one(input, axis=axis, out=out)


_COVARIANCE_C = CompiledKernel(
    numpy_kernels._COVARIANCE,
    numpy_kernels.covariance,
    ("input", "other"),
    FUNCTIONS,
    r"""/* covariance: row by row. */
SYMCHECK_EXPORT int symcheck_covariance(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    other_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const input = entries(input_object, head);
  const real *const other = entries(other_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(other_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(other, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const other_begin = other + row * n;
    double f1 = 0, lost1 = 0;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const other_at = other_begin + start;
      real s1 = 0;
      real s6 = 0;
#pragma omp simd reduction(+ : s1) reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = other_at[i];
        s1 += e0;
        s6 += e5;
      }
      add_exactly(&f1, &lost1, s1);
      add_exactly(&f6, &lost6, s6);
    }
    f1 = with_lost(f1, lost1);
    f6 = with_lost(f6, lost6);
    const double v1 = f1;
    const double v6 = f6;
    const double v3 = v1 / size_n;
    const double v7 = v6 / size_n;
    const real u3 = (real)v3;
    const real u7 = (real)v7;
    double f10 = 0, lost10 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const other_at = other_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(other_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s10 = 0;
#pragma omp simd reduction(+ : s10)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = other_at[i];
        const real v4 = e0 - u3;
        const real v8 = e5 - u7;
        const real v9 = v4 * v8;
        s10 += v9;
      }
      add_exactly(&f10, &lost10, s10);
    }
    f10 = with_lost(f10, lost10);
    const double v10 = f10;
    const double v11 = v10 / size_n;
    output[row] = (real)(v11);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
)


def covariance(input: ArrayLike, other: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Covariance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n).
        other: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show prob.covariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.5 (0.5)
    """
    if type(input) is ndarray and type(other) is ndarray and axis == -1:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _COVARIANCE_C.plans.get(key) or _COVARIANCE_C.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _COVARIANCE_C.one(input, other, axis=axis, out=out)


_CORRELATION_C = CompiledKernel(
    numpy_kernels._CORRELATION,
    numpy_kernels.correlation,
    ("input", "other"),
    FUNCTIONS,
    r"""/* correlation: row by row. */
SYMCHECK_EXPORT int symcheck_correlation(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    other_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double size_n = numbers[0];
  const real *const input = entries(input_object, head);
  const real *const other = entries(other_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(other_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(other, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const other_begin = other + row * n;
    double f1 = 0, lost1 = 0;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const other_at = other_begin + start;
      real s1 = 0;
      real s6 = 0;
#pragma omp simd reduction(+ : s1) reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = other_at[i];
        s1 += e0;
        s6 += e5;
      }
      add_exactly(&f1, &lost1, s1);
      add_exactly(&f6, &lost6, s6);
    }
    f1 = with_lost(f1, lost1);
    f6 = with_lost(f6, lost6);
    const double v1 = f1;
    const double v6 = f6;
    const double v3 = v1 / size_n;
    const double v7 = v6 / size_n;
    const real u3 = (real)v3;
    const real u7 = (real)v7;
    double f10 = 0, lost10 = 0;
    double f12 = 0, lost12 = 0;
    double f15 = 0, lost15 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const other_at = other_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(other_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s10 = 0;
      real s12 = 0;
      real s15 = 0;
#pragma omp simd reduction(+ : s10) reduction(+ : s12) reduction(+ : s15)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = other_at[i];
        const real v4 = e0 - u3;
        const real v8 = e5 - u7;
        const real v9 = v4 * v8;
        const real v11 = v4 * v4;
        const real v14 = v8 * v8;
        s10 += v9;
        s12 += v11;
        s15 += v14;
      }
      add_exactly(&f10, &lost10, s10);
      add_exactly(&f12, &lost12, s12);
      add_exactly(&f15, &lost15, s15);
    }
    f10 = with_lost(f10, lost10);
    f12 = with_lost(f12, lost12);
    f15 = with_lost(f15, lost15);
    const double v10 = f10;
    const double v12 = f12;
    const double v15 = f15;
    const double v13 = CHOOSE(op_sqrt, v12)(v12);
    const double v16 = CHOOSE(op_sqrt, v15)(v15);
    const double v17 = v13 * v16;
    const double v18 = v10 / v17;
    output[row] = (real)(v18);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
)


def correlation(input: ArrayLike, other: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Correlation.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/(sqrt(Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1,
            n)))*sqrt(Sum((other[k] - Sum(other[m], (m, 1, n))/n)**2, (k, 1, n))))

    Args:
        input: float16, float32 or float64, shape (..., n).
        other: float16, float32 or float64, shape (..., n).
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
    Domain: variables that are not constant.
    Sources and proofs: symcheck show prob.correlation.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.5 (0.5)
    """
    if type(input) is ndarray and type(other) is ndarray and axis == -1:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _CORRELATION_C.plans.get(key) or _CORRELATION_C.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _CORRELATION_C.one(input, other, axis=axis, out=out)
