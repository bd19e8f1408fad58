"""Backpropagation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..numpy_kernels import backpropagation as numpy_kernels
from ._driver import Array, CompiledKernel, ndarray
from ._functions import FUNCTIONS

__all__ = ["he_variance", "xavier_variance"]


_XAVIER_VARIANCE_C = CompiledKernel(
    numpy_kernels._XAVIER_VARIANCE,
    numpy_kernels.xavier_variance,
    ("fan_in", "fan_out"),
    FUNCTIONS,
    r"""/* xavier_variance: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_xavier_variance(
const int64_t *const sizes, const double *const numbers, const size_t fan_in_object, const size_t
    fan_out_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const fan_in = entries(fan_in_object, head);
  const real *const fan_out = entries(fan_out_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(fan_in_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(fan_out_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(fan_in, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(fan_out, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)fan_in && (void *)output != (void
      *)fan_out;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const fan_in_at = fan_in + start;
    const real *const fan_out_at = fan_out + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = fan_in_at[i];
      const real e2 = fan_out_at[i];
      const real v3 = e1 + e2;
      const real v4 = (real)2.0 / v3;
      output_at[i] = v4;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def xavier_variance(fan_in: ArrayLike, fan_out: ArrayLike, *, out: Array | None = None) -> Array:
    """Xavier initialisation.

        output = 2/(fan_in + fan_out)

    Args:
        fan_in: float16, float32 or float64, shape (...).
        fan_out: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.xavier.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(fan_in) is ndarray and type(fan_out) is ndarray:
        key = fan_in.dtype, fan_in.shape, fan_out.dtype, fan_out.shape
        plan = _XAVIER_VARIANCE_C.plans.get(key) or _XAVIER_VARIANCE_C.plan(key, fan_in, fan_out)
        if plan is not None:
            found = plan.one(out, (), fan_in, fan_out)
            if found is not None:
                return found
    return _XAVIER_VARIANCE_C.one(fan_in, fan_out, out=out)


_HE_VARIANCE_C = CompiledKernel(
    numpy_kernels._HE_VARIANCE,
    numpy_kernels.he_variance,
    ("fan_in",),
    FUNCTIONS,
    r"""/* he_variance: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_he_variance(
const int64_t *const sizes, const double *const numbers, const size_t fan_in_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const fan_in = entries(fan_in_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(fan_in_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(fan_in, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache
      && (void *)output != (void *)fan_in;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const fan_in_at = fan_in + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = fan_in_at[i];
      const real v2 = (real)2.0 / e1;
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


def he_variance(fan_in: ArrayLike, *, out: Array | None = None) -> Array:
    """He initialisation.

        output = 2/fan_in

    Args:
        fan_in: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show bp.he.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(fan_in) is ndarray:
        key = fan_in.dtype, fan_in.shape
        plan = _HE_VARIANCE_C.plans.get(key) or _HE_VARIANCE_C.plan(key, fan_in)
        if plan is not None:
            found = plan.one(out, (), fan_in)
            if found is not None:
                return found
    return _HE_VARIANCE_C.one(fan_in, out=out)
