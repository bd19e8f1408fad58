"""Attention.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import attention as numpy_kernels
from ._driver import Array, CompiledKernel, ndarray
from ._functions import FUNCTIONS

__all__ = ["residual", "residual_vjp"]


_RESIDUAL_C = CompiledKernel(
    numpy_kernels._RESIDUAL,
    numpy_kernels.residual,
    ("input", "branch"),
    FUNCTIONS,
    r"""/* residual: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_residual(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    branch_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const branch = entries(branch_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(branch_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(branch, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)branch;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const branch_at = branch + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = branch_at[i];
      const real v2 = e0 + e1;
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


def residual(input: ArrayLike, branch: ArrayLike, *, out: Array | None = None) -> Array:
    """Residual connection.

        output = branch + input

    Args:
        input: float16, float32 or float64, shape (...).
        branch: float16, float32 or float64, shape (...); Sublayer(input).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.residual.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(branch) is ndarray:
        key = input.dtype, input.shape, branch.dtype, branch.shape
        plan = _RESIDUAL_C.plans.get(key) or _RESIDUAL_C.plan(key, input, branch)
        if plan is not None:
            found = plan.one(out, (), input, branch)
            if found is not None:
                return found
    return _RESIDUAL_C.one(input, branch, out=out)


_RESIDUAL_VJP_C = CompiledKernel(
    numpy_kernels._RESIDUAL_VJP,
    numpy_kernels.residual_vjp,
    ("g",),
    FUNCTIONS,
    r"""/* residual_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_residual_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t
    input_out_object, const size_t branch_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const branch_out = entries(branch_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_plain(branch_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), branch_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void *)g && (void *)branch_out != (void
      *)g;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  real branch_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
    real *const branch_out_at = streamed ? branch_out_piece : branch_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = g_at[i];
      input_out_at[i] = e0;
      branch_out_at[i] = e0;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(branch_out + start, branch_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def residual_vjp(
    g: ArrayLike,
    input: ArrayLike,
    branch: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Residual connection: vector-Jacobian product.

        output = branch + input
        result = d(sum of g * output) / d(input, branch)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        branch: float16, float32 or float64, shape (...); Sublayer(input).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of branch (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.residual.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(branch) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, branch.dtype, branch.shape
        plan = _RESIDUAL_VJP_C.plans.get(key) or _RESIDUAL_VJP_C.plan(key, g, input, branch)
        if plan is not None:
            found = plan.several(out, (), g, input, branch)
            if found is not None:
                return found
    return _RESIDUAL_VJP_C.several(g, input, branch, out=out)
