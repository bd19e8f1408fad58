"""Embeddings and similarity.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import embeddings as numpy_kernels
from ._driver import Array, CompiledKernel, ndarray
from ._functions import FUNCTIONS

__all__ = ["euclidean_distance", "euclidean_distance_vjp"]


_EUCLIDEAN_DISTANCE_C = CompiledKernel(
    numpy_kernels._EUCLIDEAN_DISTANCE,
    numpy_kernels.euclidean_distance,
    ("x1", "x2"),
    FUNCTIONS,
    r"""/* euclidean_distance: row by row. */
SYMCHECK_EXPORT int symcheck_euclidean_distance(
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
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v2 = e0 - e1;
        const real v3 = v2 * v2;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v5 = CHOOSE(op_sqrt, v4)(v4);
    output[row] = (real)(v5);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def euclidean_distance(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Similarity and distance of embeddings.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))

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
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.0 (1.0)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _EUCLIDEAN_DISTANCE_C.plans.get(key) or _EUCLIDEAN_DISTANCE_C.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _EUCLIDEAN_DISTANCE_C.one(x1, x2, axis=axis, out=out)


_EUCLIDEAN_DISTANCE_VJP_C = CompiledKernel(
    numpy_kernels._EUCLIDEAN_DISTANCE_VJP,
    numpy_kernels.euclidean_distance_vjp,
    ("g", "x1", "x2"),
    FUNCTIONS,
    r"""/* euclidean_distance_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_euclidean_distance_vjp(
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
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const x1_at = x1_begin + start;
      const real *const x2_at = x2_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e0 = x1_at[i];
        const real e1 = x2_at[i];
        const real v2 = e0 - e1;
        const real v3 = v2 * v2;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v5 = CHOOSE(op_sqrt, v4)(v4);
    const double v7 = g_row / v5;
    const double v9 = -v7;
    const real u7 = (real)v7;
    const real u9 = (real)v9;
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
        const real v2 = e0 - e1;
        const real v8 = u7 * v2;
        const real v10 = u9 * v2;
        x1_out_at[i] = v8;
        x2_out_at[i] = v10;
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


def euclidean_distance_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Similarity and distance of embeddings: vector-Jacobian product.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))
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
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (1.0)
        float64: 2.5 (1.0)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _EUCLIDEAN_DISTANCE_VJP_C.plans.get(key) or _EUCLIDEAN_DISTANCE_VJP_C.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _EUCLIDEAN_DISTANCE_VJP_C.several(g, x1, x2, axis=axis, out=out)
