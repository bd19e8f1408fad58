"""Linear algebra.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import linear_algebra as numpy_kernels
from ._driver import Array, CompiledKernel, ndarray
from ._functions import FUNCTIONS

__all__ = [
    "cosine_similarity",
    "cosine_similarity_vjp",
    "dot",
    "dot_vjp",
    "hadamard",
    "hadamard_vjp",
    "l1_norm",
    "l1_norm_vjp",
    "l2_norm",
    "l2_norm_vjp",
    "projection",
]


_DOT_C = CompiledKernel(
    numpy_kernels._DOT,
    numpy_kernels.dot,
    ("x1", "x2"),
    FUNCTIONS,
    r"""/* dot: row by row. */
SYMCHECK_EXPORT int symcheck_dot(
const int64_t *const sizes, const double *const numbers, const size_t x1_object, const size_t x2_object,
    const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const x1 = entries(x1_object, head);
  const real *const x2 = entries(x2_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(x1_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x2_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const x1_begin = x1 + row * n;
    const real *const x2_begin = x2 + row * n;
    double f3 = 0, lost3 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real s3 = 0;
#pragma omp simd reduction(+ : s3)
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v2 = e0 * e1;
        s3 += v2;
      }
      add_exactly(&f3, &lost3, s3);
    }
    f3 = with_lost(f3, lost3);
    const double v3 = f3;
    output[row] = (real)(v3);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def dot(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Dot product.

        output = Sum(x1[k]*x2[k], (k, 1, n))

    Args:
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show linalg.dot.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.0 (0.5)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _DOT_C.plans.get(key) or _DOT_C.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _DOT_C.one(x1, x2, axis=axis, out=out)


_DOT_VJP_C = CompiledKernel(
    numpy_kernels._DOT_VJP,
    numpy_kernels.dot_vjp,
    ("g", "x1", "x2"),
    FUNCTIONS,
    r"""/* dot_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_dot_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t x1_object,
    const size_t x2_object, const size_t x1_out_object, const size_t x2_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const x1 = entries(x1_object, head);
  const real *const x2 = entries(x2_object, head);
  real *const x1_out = entries(x1_out_object, head);
  real *const x2_out = entries(x2_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x1_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x2_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x1_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(x2_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)x1_out != (void *)g && (void *)x1_out != (void *)x1 &&
      (void *)x1_out != (void *)x2 && (void *)x2_out != (void *)g && (void *)x2_out != (void *)x1 && (void
      *)x2_out != (void *)x2;
  real x1_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real x2_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const x1_begin = x1 + row * n;
    const real *const x2_begin = x2 + row * n;
    const double g_row = g[row];
    const real u2 = (real)g_row;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real *const x1_out_at = streamed ? x1_out_piece : x1_out + row * n + start;
      real *const x2_out_at = streamed ? x2_out_piece : x2_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v3 = u2 * e1;
        const real v4 = u2 * e0;
        x1_out_at[i] = v3;
        x2_out_at[i] = v4;
      }
      if (streamed) stream(x1_out + row * n + start, x1_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(x2_out + row * n + start, x2_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def dot_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Dot product: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))
        result = d(sum of g * output) / d(x1, x2)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of x1 (shape (..., n)), that of x2 (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.dot.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _DOT_VJP_C.plans.get(key) or _DOT_VJP_C.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _DOT_VJP_C.several(g, x1, x2, axis=axis, out=out)


_COSINE_SIMILARITY_C = CompiledKernel(
    numpy_kernels._COSINE_SIMILARITY,
    numpy_kernels.cosine_similarity,
    ("x1", "x2"),
    FUNCTIONS,
    r"""/* cosine_similarity: row by row. */
SYMCHECK_EXPORT int symcheck_cosine_similarity(
const int64_t *const sizes, const double *const numbers, const size_t x1_object, const size_t x2_object,
    const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const x1 = entries(x1_object, head);
  const real *const x2 = entries(x2_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(x1_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x2_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const x1_begin = x1 + row * n;
    const real *const x2_begin = x2 + row * n;
    double f3 = 0, lost3 = 0;
    double f5 = 0, lost5 = 0;
    double f8 = 0, lost8 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real s3 = 0;
      real s5 = 0;
      real s8 = 0;
#pragma omp simd reduction(+ : s3) reduction(+ : s5) reduction(+ : s8)
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v2 = e0 * e1;
        const real v4 = e0 * e0;
        const real v7 = e1 * e1;
        s3 += v2;
        s5 += v4;
        s8 += v7;
      }
      add_exactly(&f3, &lost3, s3);
      add_exactly(&f5, &lost5, s5);
      add_exactly(&f8, &lost8, s8);
    }
    f3 = with_lost(f3, lost3);
    f5 = with_lost(f5, lost5);
    f8 = with_lost(f8, lost8);
    const double v3 = f3;
    const double v5 = f5;
    const double v8 = f8;
    const double v6 = CHOOSE(op_sqrt, v5)(v5);
    const double v9 = CHOOSE(op_sqrt, v8)(v8);
    const double v10 = v6 * v9;
    const double v11 = v3 / v10;
    output[row] = (real)(v11);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def cosine_similarity(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Cosine similarity.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))

    Args:
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
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
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 3.0 (3.0)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _COSINE_SIMILARITY_C.plans.get(key) or _COSINE_SIMILARITY_C.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _COSINE_SIMILARITY_C.one(x1, x2, axis=axis, out=out)


_COSINE_SIMILARITY_VJP_C = CompiledKernel(
    numpy_kernels._COSINE_SIMILARITY_VJP,
    numpy_kernels.cosine_similarity_vjp,
    ("g", "x1", "x2"),
    FUNCTIONS,
    r"""/* cosine_similarity_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_cosine_similarity_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t x1_object,
    const size_t x2_object, const size_t x1_out_object, const size_t x2_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const x1 = entries(x1_object, head);
  const real *const x2 = entries(x2_object, head);
  real *const x1_out = entries(x1_out_object, head);
  real *const x2_out = entries(x2_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x1_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x2_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(x1_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), x1_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(x2_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(x1, rows * n * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(x2, rows * n * 1 * (int64_t)sizeof(real), x2_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)x1_out != (void *)g && (void *)x1_out != (void *)x1 &&
      (void *)x1_out != (void *)x2 && (void *)x2_out != (void *)g && (void *)x2_out != (void *)x1 && (void
      *)x2_out != (void *)x2;
  real x1_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real x2_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const x1_begin = x1 + row * n;
    const real *const x2_begin = x2 + row * n;
    const double g_row = g[row];
    double f3 = 0, lost3 = 0;
    double f5 = 0, lost5 = 0;
    double f8 = 0, lost8 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real s3 = 0;
      real s5 = 0;
      real s8 = 0;
#pragma omp simd reduction(+ : s3) reduction(+ : s5) reduction(+ : s8)
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v2 = e0 * e1;
        const real v4 = e0 * e0;
        const real v7 = e1 * e1;
        s3 += v2;
        s5 += v4;
        s8 += v7;
      }
      add_exactly(&f3, &lost3, s3);
      add_exactly(&f5, &lost5, s5);
      add_exactly(&f8, &lost8, s8);
    }
    f3 = with_lost(f3, lost3);
    f5 = with_lost(f5, lost5);
    f8 = with_lost(f8, lost8);
    const double v3 = f3;
    const double v5 = f5;
    const double v8 = f8;
    const double v6 = CHOOSE(op_sqrt, v5)(v5);
    const double v9 = CHOOSE(op_sqrt, v8)(v8);
    const double v10 = v6 * v9;
    const double v12 = v6 * v6;
    const double v13 = g_row / v10;
    const double v14 = v9 * v9;
    const double v15 = v3 / v14;
    const double v19 = v3 / v12;
    const real u13 = (real)v13;
    const real u15 = (real)v15;
    const real u19 = (real)v19;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real *const x1_out_at = streamed ? x1_out_piece : x1_out + row * n + start;
      real *const x2_out_at = streamed ? x2_out_piece : x2_out + row * n + start;
      if (ahead) {
        prefetch(x1_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(x2_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v16 = u15 * e1;
        const real v17 = e0 - v16;
        const real v18 = u13 * v17;
        const real v20 = u19 * e0;
        const real v21 = e1 - v20;
        const real v22 = u13 * v21;
        x1_out_at[i] = v22;
        x2_out_at[i] = v18;
      }
      if (streamed) stream(x1_out + row * n + start, x1_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(x2_out + row * n + start, x2_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def cosine_similarity_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Cosine similarity: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))
        result = d(sum of g * output) / d(x1, x2)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of x1 (shape (..., n)), that of x2 (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.0)
        float64: 2.5 (1.0)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _COSINE_SIMILARITY_VJP_C.plans.get(key) or _COSINE_SIMILARITY_VJP_C.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _COSINE_SIMILARITY_VJP_C.several(g, x1, x2, axis=axis, out=out)


_L2_NORM_C = CompiledKernel(
    numpy_kernels._L2_NORM,
    numpy_kernels.l2_norm,
    ("input",),
    FUNCTIONS,
    r"""/* l2_norm: row by row. */
SYMCHECK_EXPORT int symcheck_l2_norm(
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
    double f2 = 0, lost2 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s2 = 0;
#pragma omp simd reduction(+ : s2)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v1 = e0 * e0;
        s2 += v1;
      }
      add_exactly(&f2, &lost2, s2);
    }
    f2 = with_lost(f2, lost2);
    const double v2 = f2;
    const double v3 = CHOOSE(op_sqrt, v2)(v2);
    output[row] = (real)(v3);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def l2_norm(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Euclidean norm.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))

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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L2_NORM_C.plans.get(key) or _L2_NORM_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _L2_NORM_C.one(input, axis=axis, out=out)


_L2_NORM_VJP_C = CompiledKernel(
    numpy_kernels._L2_NORM_VJP,
    numpy_kernels.l2_norm_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* l2_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_l2_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    double f2 = 0, lost2 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s2 = 0;
#pragma omp simd reduction(+ : s2)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v1 = e0 * e0;
        s2 += v1;
      }
      add_exactly(&f2, &lost2, s2);
    }
    f2 = with_lost(f2, lost2);
    const double v2 = f2;
    const double v3 = CHOOSE(op_sqrt, v2)(v2);
    const double v5 = g_row / v3;
    const real u5 = (real)v5;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v6 = u5 * e0;
        input_out_at[i] = v6;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def l2_norm_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Euclidean norm: vector-Jacobian product.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (0.5)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L2_NORM_VJP_C.plans.get(key) or _L2_NORM_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _L2_NORM_VJP_C.one(g, input, axis=axis, out=out)


_L1_NORM_C = CompiledKernel(
    numpy_kernels._L1_NORM,
    numpy_kernels.l1_norm,
    ("input",),
    FUNCTIONS,
    r"""/* l1_norm: row by row. */
SYMCHECK_EXPORT int symcheck_l1_norm(
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
    double f2 = 0, lost2 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s2 = 0;
#pragma omp simd reduction(+ : s2)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v1 = CHOOSE(op_abs, e0)(e0);
        s2 += v1;
      }
      add_exactly(&f2, &lost2, s2);
    }
    f2 = with_lost(f2, lost2);
    const double v2 = f2;
    output[row] = (real)(v2);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def l1_norm(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 norm.

        output = Sum(Abs(input[k]), (k, 1, n))

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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L1_NORM_C.plans.get(key) or _L1_NORM_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _L1_NORM_C.one(input, axis=axis, out=out)


_L1_NORM_VJP_C = CompiledKernel(
    numpy_kernels._L1_NORM_VJP,
    numpy_kernels.l1_norm_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* l1_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_l1_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    const real u1 = (real)g_row;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const bool v3 = (real)0.0 < e0;
        const bool v4 = e0 < (real)0.0;
        const real v5 = (v3 ? (real)1 : (real)0) - (v4 ? (real)1 : (real)0);
        const real v6 = u1 * v5;
        input_out_at[i] = v6;
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


def l1_norm_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 norm: vector-Jacobian product.

        output = Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L1_NORM_VJP_C.plans.get(key) or _L1_NORM_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _L1_NORM_VJP_C.one(g, input, axis=axis, out=out)


_PROJECTION_C = CompiledKernel(
    numpy_kernels._PROJECTION,
    numpy_kernels.projection,
    ("input", "onto"),
    FUNCTIONS,
    r"""/* projection: row by row. */
SYMCHECK_EXPORT int symcheck_projection(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    onto_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const onto = entries(onto_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(onto_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(onto, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n
      * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input && (void *)output != (void
      *)onto;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const onto_begin = onto + row * n;
    double f3 = 0, lost3 = 0;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const onto_at = onto_begin + start;
      real s3 = 0;
      real s6 = 0;
#pragma omp simd reduction(+ : s3) reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = onto_at[i];
        const real e1 = input_at[i];
        const real v2 = e1 * e0;
        const real v5 = e0 * e0;
        s3 += v2;
        s6 += v5;
      }
      add_exactly(&f3, &lost3, s3);
      add_exactly(&f6, &lost6, s6);
    }
    f3 = with_lost(f3, lost3);
    f6 = with_lost(f6, lost6);
    const double v3 = f3;
    const double v6 = f6;
    const real u3 = (real)v3;
    const real u6 = (real)v6;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const onto_at = onto_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(onto_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = onto_at[i];
        const real v4 = e0 * u3;
        const real v7 = v4 / u6;
        output_at[i] = v7;
      }
      if (streamed) stream(output + row * n + start, output_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def projection(input: ArrayLike, onto: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Projection onto a line.

        output[i] = onto[i]*Sum(input[k]*onto[k], (k, 1, n))/Sum(onto[k]**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); the vector that is projected.
        onto: float16, float32 or float64, shape (..., n); the direction, not 0.
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
    Sources and proofs: symcheck show linalg.projection.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.5 (1.5)
        float64: 2.5 (1.0)
    """
    if type(input) is ndarray and type(onto) is ndarray and axis == -1:
        key = input.dtype, input.shape, onto.dtype, onto.shape
        plan = _PROJECTION_C.plans.get(key) or _PROJECTION_C.plan(key, input, onto)
        if plan is not None:
            found = plan.one(out, (), input, onto)
            if found is not None:
                return found
    return _PROJECTION_C.one(input, onto, axis=axis, out=out)


_HADAMARD_C = CompiledKernel(
    numpy_kernels._HADAMARD,
    numpy_kernels.hadamard,
    ("input", "other"),
    FUNCTIONS,
    r"""/* hadamard: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_hadamard(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    other_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const other = entries(other_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(other_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(other, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)other;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const other_at = other + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = other_at[i];
      const real v2 = e0 * e1;
      output_at[i] = v2;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def hadamard(input: ArrayLike, other: ArrayLike, *, out: Array | None = None) -> Array:
    """Hadamard product.

        output = input*other

    Args:
        input: float16, float32 or float64, shape (...).
        other: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.hadamard.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(other) is ndarray:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _HADAMARD_C.plans.get(key) or _HADAMARD_C.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _HADAMARD_C.one(input, other, out=out)


_HADAMARD_VJP_C = CompiledKernel(
    numpy_kernels._HADAMARD_VJP,
    numpy_kernels.hadamard_vjp,
    ("g", "input", "other"),
    FUNCTIONS,
    r"""/* hadamard_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_hadamard_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t other_object, const size_t input_out_object, const size_t other_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const other = entries(other_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const other_out = entries(other_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(other_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(other, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_plain(other_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), other_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), other_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(other, size * 1 * (int64_t)sizeof(real), other_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) >
      cache && (void *)input_out != (void *)g && (void *)input_out != (void *)input && (void *)input_out !=
      (void *)other && (void *)other_out != (void *)g && (void *)other_out != (void *)input && (void
      *)other_out != (void *)other;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  real other_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const input_at = input + start;
    const real *const other_at = other + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    real *const other_out_at = streamed ? other_out_piece : other_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = other_at[i];
      const real e2 = g_at[i];
      const real v3 = e2 * e1;
      const real v4 = e2 * e0;
      input_out_at[i] = v3;
      other_out_at[i] = v4;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(other_out + start, other_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def hadamard_vjp(
    g: ArrayLike,
    input: ArrayLike,
    other: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Hadamard product: vector-Jacobian product.

        output = input*other
        result = d(sum of g * output) / d(input, other)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        other: float16, float32 or float64, shape (...).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of other (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.hadamard.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(other) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, other.dtype, other.shape
        plan = _HADAMARD_VJP_C.plans.get(key) or _HADAMARD_VJP_C.plan(key, g, input, other)
        if plan is not None:
            found = plan.several(out, (), g, input, other)
            if found is not None:
                return found
    return _HADAMARD_VJP_C.several(g, input, other, out=out)
