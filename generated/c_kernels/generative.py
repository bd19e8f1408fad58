"""Generative models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numpy_kernels import generative as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

__all__ = [
    "ddpm_jump",
    "ddpm_loss",
    "ddpm_loss_vjp",
    "ddpm_step",
    "gaussian_kl",
    "gaussian_kl_vjp",
    "reparametrize",
    "reparametrize_vjp",
]


_GAUSSIAN_KL_C = CompiledKernel(
    numpy_kernels._GAUSSIAN_KL,
    numpy_kernels.gaussian_kl,
    ("loc", "log_variance"),
    FUNCTIONS,
    r"""/* gaussian_kl: row by row. */
SYMCHECK_EXPORT int symcheck_gaussian_kl(
const int64_t *const sizes, const double *const numbers, const size_t loc_object, const size_t
    log_variance_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const loc = entries(loc_object, head);
  const real *const log_variance = entries(log_variance_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(loc_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(log_variance_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(loc, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(log_variance, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const loc_begin = loc + row * n;
    const real *const log_variance_begin = log_variance + row * n;
    double f5 = 0, lost5 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const loc_at = loc_begin + start;
      const real *const log_variance_at = log_variance_begin + start;
      real s5 = 0;
#pragma omp simd reduction(+ : s5)
      for (int i = 0; i < count; ++i) {
        const real e0 = log_variance_at[i];
        const real e2 = loc_at[i];
        const real v1 = CHOOSE(op_expgap, e0)(e0);
        const real v3 = e2 * e2;
        const real v4 = v1 + v3;
        s5 += v4;
      }
      add_exactly(&f5, &lost5, s5);
    }
    f5 = with_lost(f5, lost5);
    const double v5 = f5;
    const double v7 = (double)0.5 * v5;
    output[row] = (real)(v7);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def gaussian_kl(
    loc: ArrayLike,
    log_variance: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Evidence lower bound.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2

    Args:
        loc: float16, float32 or float64, shape (..., n); mean.
        log_variance: float16, float32 or float64, shape (..., n); logarithm of the variance.
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
    Sources and proofs: symcheck show gen.elbo.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (0.5)
    """
    if type(loc) is ndarray and type(log_variance) is ndarray and axis == -1:
        key = loc.dtype, loc.shape, log_variance.dtype, log_variance.shape
        plan = _GAUSSIAN_KL_C.plans.get(key) or _GAUSSIAN_KL_C.plan(key, loc, log_variance)
        if plan is not None:
            found = plan.one(out, (), loc, log_variance)
            if found is not None:
                return found
    return _GAUSSIAN_KL_C.one(loc, log_variance, axis=axis, out=out)


_GAUSSIAN_KL_VJP_C = CompiledKernel(
    numpy_kernels._GAUSSIAN_KL_VJP,
    numpy_kernels.gaussian_kl_vjp,
    ("g", "loc", "log_variance"),
    FUNCTIONS,
    r"""/* gaussian_kl_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_gaussian_kl_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t loc_object,
    const size_t log_variance_object, const size_t loc_out_object, const size_t log_variance_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const loc = entries(loc_object, head);
  const real *const log_variance = entries(log_variance_object, head);
  real *const loc_out = entries(loc_out_object, head);
  real *const log_variance_out = entries(log_variance_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(loc_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(log_variance_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(loc_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), loc_out, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(loc, rows * n * 1 * (int64_t)sizeof(real), loc_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(log_variance, rows * n * 1 * (int64_t)sizeof(real), loc_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_plain(log_variance_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), log_variance_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(loc, rows * n * 1 * (int64_t)sizeof(real), log_variance_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(log_variance, rows * n * 1 * (int64_t)sizeof(real), log_variance_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real)
      > cache;
  const bool streamed = LINES && beyond && (void *)loc_out != (void *)g && (void *)loc_out != (void *)loc &&
      (void *)loc_out != (void *)log_variance && (void *)log_variance_out != (void *)g && (void
      *)log_variance_out != (void *)loc && (void *)log_variance_out != (void *)log_variance;
  real loc_out_piece[PIECE * 1] __attribute__((aligned(64)));
  real log_variance_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const loc_begin = loc + row * n;
    const real *const log_variance_begin = log_variance + row * n;
    const double g_row = g[row];
    const double v4 = (double)0.5 * g_row;
    const real u3 = (real)g_row;
    const real u4 = (real)v4;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const loc_at = loc_begin + start;
      const real *const log_variance_at = log_variance_begin + start;
      real *const loc_out_at = streamed ? loc_out_piece : loc_out + row * n + start;
      real *const log_variance_out_at = streamed ? log_variance_out_piece : log_variance_out + row * n +
          start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = log_variance_at[i];
        const real e1 = loc_at[i];
        const real v5 = u3 * e1;
        const real v6 = CHOOSE(op_expm1, e0)(e0);
        const real v7 = u4 * v6;
        loc_out_at[i] = v5;
        log_variance_out_at[i] = v7;
      }
      if (streamed) stream(loc_out + row * n + start, loc_out_piece, count * 1 * (int64_t)sizeof(real));
      if (streamed) stream(log_variance_out + row * n + start, log_variance_out_piece, count * 1 *
          (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def gaussian_kl_vjp(
    g: ArrayLike,
    loc: ArrayLike,
    log_variance: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Evidence lower bound: vector-Jacobian product.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2
        result = d(sum of g * output) / d(loc, log_variance)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        loc: float16, float32 or float64, shape (..., n); mean.
        log_variance: float16, float32 or float64, shape (..., n); logarithm of the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of loc (shape (..., n)), that of log_variance (shape (...,
    n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.elbo.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(loc) is ndarray and type(log_variance) is ndarray and axis == -1:
        key = g.dtype, g.shape, loc.dtype, loc.shape, log_variance.dtype, log_variance.shape
        plan = _GAUSSIAN_KL_VJP_C.plans.get(key) or _GAUSSIAN_KL_VJP_C.plan(key, g, loc, log_variance)
        if plan is not None:
            found = plan.several(out, (), g, loc, log_variance)
            if found is not None:
                return found
    return _GAUSSIAN_KL_VJP_C.several(g, loc, log_variance, axis=axis, out=out)


_REPARAMETRIZE_C = CompiledKernel(
    numpy_kernels._REPARAMETRIZE,
    numpy_kernels.reparametrize,
    ("loc", "scale", "noise"),
    FUNCTIONS,
    r"""/* reparametrize: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_reparametrize(
const int64_t *const sizes, const double *const numbers, const size_t loc_object, const size_t scale_object,
    const size_t noise_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const loc = entries(loc_object, head);
  const real *const scale = entries(scale_object, head);
  const real *const noise = entries(noise_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(loc_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(scale_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(loc, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(scale, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(noise, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void
      *)loc && (void *)output != (void *)scale && (void *)output != (void *)noise;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const loc_at = loc + start;
    const real *const scale_at = scale + start;
    const real *const noise_at = noise + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = loc_at[i];
      const real e1 = noise_at[i];
      const real e2 = scale_at[i];
      const real v3 = e1 * e2;
      const real v4 = e0 + v3;
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


def reparametrize(loc: ArrayLike, scale: ArrayLike, noise: ArrayLike, *, out: Array | None = None) -> Array:
    """Reparameterisation.

        output = loc + noise*scale

    Args:
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation.
        noise: float16, float32 or float64, shape (...); standard normal.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.reparam.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(loc) is ndarray and type(scale) is ndarray and type(noise) is ndarray:
        key = loc.dtype, loc.shape, scale.dtype, scale.shape, noise.dtype, noise.shape
        plan = _REPARAMETRIZE_C.plans.get(key) or _REPARAMETRIZE_C.plan(key, loc, scale, noise)
        if plan is not None:
            found = plan.one(out, (), loc, scale, noise)
            if found is not None:
                return found
    return _REPARAMETRIZE_C.one(loc, scale, noise, out=out)


_REPARAMETRIZE_VJP_C = CompiledKernel(
    numpy_kernels._REPARAMETRIZE_VJP,
    numpy_kernels.reparametrize_vjp,
    ("g", "noise"),
    FUNCTIONS,
    r"""/* reparametrize_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_reparametrize_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t noise_object,
    const size_t loc_out_object, const size_t scale_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const noise = entries(noise_object, head);
  real *const loc_out = entries(loc_out_object, head);
  real *const scale_out = entries(scale_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(loc_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(noise, size * 1 * (int64_t)sizeof(real), loc_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_plain(scale_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(noise, size * 1 * (int64_t)sizeof(real), scale_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)loc_out != (void *)g
      && (void *)loc_out != (void *)noise && (void *)scale_out != (void *)g && (void *)scale_out != (void
      *)noise;
  const int64_t piece = streamed ? PIECE : size;
  real loc_out_piece[PIECE] __attribute__((aligned(64)));
  real scale_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const noise_at = noise + start;
    real *const loc_out_at = streamed ? loc_out_piece : loc_out + start;
    real *const scale_out_at = streamed ? scale_out_piece : scale_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = noise_at[i];
      const real e1 = g_at[i];
      const real v2 = e1 * e0;
      loc_out_at[i] = e1;
      scale_out_at[i] = v2;
    }
    if (streamed) stream(loc_out + start, loc_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(scale_out + start, scale_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def reparametrize_vjp(
    g: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    noise: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Reparameterisation: vector-Jacobian product.

        output = loc + noise*scale
        result = d(sum of g * output) / d(loc, scale)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        loc: float16, float32 or float64, shape (...); mean.
        scale: float16, float32 or float64, shape (...); standard deviation.
        noise: float16, float32 or float64, shape (...); standard normal.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of loc (shape (...)), that of scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.reparam.
    Treated as constants, without a cotangent: noise (drawn, not learned).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(loc) is ndarray and type(scale) is ndarray and type(noise) is ndarray:
        key = g.dtype, g.shape, loc.dtype, loc.shape, scale.dtype, scale.shape, noise.dtype, noise.shape
        plan = _REPARAMETRIZE_VJP_C.plans.get(key) or _REPARAMETRIZE_VJP_C.plan(key, g, loc, scale, noise)
        if plan is not None:
            found = plan.several(out, (), g, loc, scale, noise)
            if found is not None:
                return found
    return _REPARAMETRIZE_VJP_C.several(g, loc, scale, noise, out=out)


def _ddpm_step_numbers(beta: Any) -> tuple[Any, ...]:
    k1 = np.sqrt(beta)
    k6 = 1.0 - beta
    k7 = np.sqrt(k6)
    return (k1, k7)


_DDPM_STEP_C = CompiledKernel(
    numpy_kernels._DDPM_STEP,
    numpy_kernels.ddpm_step,
    ("input", "noise"),
    FUNCTIONS,
    r"""/* ddpm_step: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_ddpm_step(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    noise_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k1 = (real)numbers[0];
  const real k7 = (real)numbers[1];
  const real *const input = entries(input_object, head);
  const real *const noise = entries(noise_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(noise, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)noise;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const noise_at = noise + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e2 = noise_at[i];
      const real e4 = input_at[i];
      const real v3 = k1 * e2;
      const real v8 = e4 * k7;
      const real v9 = v3 + v8;
      output_at[i] = v9;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("beta",), compute=_ddpm_step_numbers),
)


def ddpm_step(input: ArrayLike, noise: ArrayLike, beta: float = 0.02, *, out: Array | None = None) -> Array:
    """Forward process of a diffusion model.

        output = sqrt(beta)*noise + input*sqrt(1 - beta)

    Args:
        input: float16, float32 or float64, shape (...).
        noise: float16, float32 or float64, shape (...); standard normal.
        beta: a number; share of the noise.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.ddpm_forward.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and type(noise) is ndarray:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_STEP_C.plans.get(key) or _DDPM_STEP_C.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (beta,), input, noise)
            if found is not None:
                return found
    return _DDPM_STEP_C.one(input, noise, beta, out=out)


def _ddpm_jump_numbers(alpha_bar: Any) -> tuple[Any, ...]:
    k3 = 1.0 - alpha_bar
    k4 = np.sqrt(k3)
    k6 = np.sqrt(alpha_bar)
    return (k4, k6)


_DDPM_JUMP_C = CompiledKernel(
    numpy_kernels._DDPM_JUMP,
    numpy_kernels.ddpm_jump,
    ("input", "noise"),
    FUNCTIONS,
    r"""/* ddpm_jump: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_ddpm_jump(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    noise_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k4 = (real)numbers[0];
  const real k6 = (real)numbers[1];
  const real *const input = entries(input_object, head);
  const real *const noise = entries(noise_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(noise, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)noise;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const noise_at = noise + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = noise_at[i];
      const real e7 = input_at[i];
      const real v5 = e0 * k4;
      const real v8 = k6 * e7;
      const real v9 = v5 + v8;
      output_at[i] = v9;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("alpha_bar",), compute=_ddpm_jump_numbers),
)


def ddpm_jump(
    input: ArrayLike,
    noise: ArrayLike,
    alpha_bar: float = 0.5,
    *,
    out: Array | None = None,
) -> Array:
    """Direct jump to a step of the forward process.

        output = sqrt(alpha_bar)*input + noise*sqrt(1 - alpha_bar)

    Args:
        input: float16, float32 or float64, shape (...); the clean example.
        noise: float16, float32 or float64, shape (...); standard normal.
        alpha_bar: a number; product of 1 - beta over the steps.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show gen.ddpm_jump.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and type(noise) is ndarray:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_JUMP_C.plans.get(key) or _DDPM_JUMP_C.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (alpha_bar,), input, noise)
            if found is not None:
                return found
    return _DDPM_JUMP_C.one(input, noise, alpha_bar, out=out)


_DDPM_LOSS_C = CompiledKernel(
    numpy_kernels._DDPM_LOSS,
    numpy_kernels.ddpm_loss,
    ("input", "noise"),
    FUNCTIONS,
    r"""/* ddpm_loss: row by row. */
SYMCHECK_EXPORT int symcheck_ddpm_loss(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    noise_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  const real *const noise = entries(noise_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(noise, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const noise_begin = noise + row * n;
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      const real *const noise_at = noise_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = noise_at[i];
        const real v2 = e0 - e1;
        const real v3 = v2 * v2;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    output[row] = (real)(v4);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def ddpm_loss(input: ArrayLike, noise: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Training loss of a diffusion model.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.0)
        float64: 1.5 (0.5)
    """
    if type(input) is ndarray and type(noise) is ndarray and axis == -1:
        key = input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_LOSS_C.plans.get(key) or _DDPM_LOSS_C.plan(key, input, noise)
        if plan is not None:
            found = plan.one(out, (), input, noise)
            if found is not None:
                return found
    return _DDPM_LOSS_C.one(input, noise, axis=axis, out=out)


_DDPM_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._DDPM_LOSS_VJP,
    numpy_kernels.ddpm_loss_vjp,
    ("g", "input", "noise"),
    FUNCTIONS,
    r"""/* ddpm_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_ddpm_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t noise_object, const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const noise = entries(noise_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(noise_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(noise, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)noise;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const noise_begin = noise + row * n;
    const double g_row = g[row];
    const double v5 = (double)2.0 * g_row;
    const real u5 = (real)v5;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const noise_at = noise_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e1 = noise_at[i];
        const real v2 = e0 - e1;
        const real v6 = u5 * v2;
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


def ddpm_loss_vjp(
    g: ArrayLike,
    input: ArrayLike,
    noise: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Training loss of a diffusion model: vector-Jacobian product.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.
    Treated as constants, without a cotangent: noise (the target, which was drawn).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(noise) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, noise.dtype, noise.shape
        plan = _DDPM_LOSS_VJP_C.plans.get(key) or _DDPM_LOSS_VJP_C.plan(key, g, input, noise)
        if plan is not None:
            found = plan.one(out, (), g, input, noise)
            if found is not None:
                return found
    return _DDPM_LOSS_VJP_C.one(g, input, noise, axis=axis, out=out)
