"""Normalisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ..numpy_kernels import normalisation as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

__all__ = ["batch_norm", "batch_norm_vjp", "layer_norm", "layer_norm_vjp", "rms_norm", "rms_norm_vjp"]


_LAYER_NORM_C = CompiledKernel(
    numpy_kernels._LAYER_NORM,
    numpy_kernels.layer_norm,
    ("input", "weight", "bias"),
    FUNCTIONS,
    r"""/* layer_norm: row by row. */
SYMCHECK_EXPORT int symcheck_layer_norm(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    weight_object, const size_t bias_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  const real *const bias = entries(bias_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(bias_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(bias, n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + n * 1 * (int64_t)sizeof(real) + n * 1 *
      (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input && (void *)output != (void
      *)weight && (void *)output != (void *)bias;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const weight_begin = weight;
    const real *const bias_begin = bias;
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
    double f8 = 0, lost8 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s8 = 0;
#pragma omp simd reduction(+ : s8)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v4 = e0 - u3;
        const real v7 = v4 * v4;
        s8 += v7;
      }
      add_exactly(&f8, &lost8, s8);
    }
    f8 = with_lost(f8, lost8);
    const double v8 = f8;
    const double v9 = v8 / size_n;
    const double v10 = eps + v9;
    const double v11 = CHOOSE(op_sqrt, v10)(v10);
    const real u11 = (real)v11;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      const real *const bias_at = bias_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = weight_at[i];
        const real e14 = bias_at[i];
        const real v4 = e0 - u3;
        const real v12 = v4 / u11;
        const real v13 = e5 * v12;
        const real v15 = v13 + e14;
        output_at[i] = v15;
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
    Numbers(("eps",), sized=True),
)


def layer_norm(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """LayerNorm.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
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
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LAYER_NORM_C.plans.get(key) or _LAYER_NORM_C.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight, bias)
            if found is not None:
                return found
    return _LAYER_NORM_C.one(input, weight, bias, eps, axis=axis, out=out)


_LAYER_NORM_VJP_C = CompiledKernel(
    numpy_kernels._LAYER_NORM_VJP,
    numpy_kernels.layer_norm_vjp,
    ("g", "input", "weight"),
    FUNCTIONS,
    r"""/* layer_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_layer_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t weight_object, const size_t input_out_object, const size_t weight_out_object, const size_t
    bias_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const weight_out = entries(weight_out_object, head);
  real *const bias_out = entries(bias_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(weight_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_plain(bias_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), bias_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), bias_out, n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), bias_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + n * 1 *
      (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + n * 1 * (int64_t)sizeof(real) + n * 1 *
      (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)weight;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 7);
  if (memory == NULL) return 3;
  double *const total14 = memory + 0 * n;
  real *const part14 = (real *)(memory + 2 * n);
  double *const lost14 = memory + 4 * n;
  double *const total19 = memory + 1 * n;
  real *const part19 = (real *)(memory + 3 * n);
  double *const lost19 = memory + 5 * n;
  real *const kept12 = (real *)(memory + 6 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
    const real *const weight_begin = weight;
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
    double f8 = 0, lost8 = 0;
    double f17 = 0, lost17 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s8 = 0;
      real s17 = 0;
#pragma omp simd reduction(+ : s8) reduction(+ : s17)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = weight_at[i];
        const real e13 = g_at[i];
        const real v4 = e0 - u3;
        const real v7 = v4 * v4;
        const real v15 = e13 * e5;
        const real v16 = v4 * v15;
        s8 += v7;
        s17 += v16;
      }
      add_exactly(&f8, &lost8, s8);
      add_exactly(&f17, &lost17, s17);
    }
    f8 = with_lost(f8, lost8);
    f17 = with_lost(f17, lost17);
    const double v8 = f8;
    const double v17 = f17;
    const double v9 = v8 / size_n;
    const double v10 = eps + v9;
    const double v11 = CHOOSE(op_sqrt, v10)(v10);
    const double v20 = v17 / size_n;
    const double v21 = v20 / v11;
    const real u11 = (real)v11;
    const real u21 = (real)v21;
    double f24 = 0, lost24 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      real *const kept12_at = kept12 + start;
      real s24 = 0;
#pragma omp simd reduction(+ : s24)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e5 = weight_at[i];
        const real e13 = g_at[i];
        const real v4 = e0 - u3;
        const real v12 = v4 / u11;
        const real v15 = e13 * e5;
        const real v22 = u21 * v12;
        const real v23 = v15 - v22;
        kept12_at[i] = v12;
        s24 += v23;
      }
      add_exactly(&f24, &lost24, s24);
    }
    f24 = with_lost(f24, lost24);
    const double v24 = f24;
    const double v25 = v24 / size_n;
    const real u25 = (real)v25;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      const real *const weight_at = weight_begin + start;
      real *const kept12_at = kept12 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      real *const restrict part14_at = part14 + start;
      real *const restrict part19_at = part19 + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e5 = weight_at[i];
        const real e13 = g_at[i];
        const real k12 = kept12_at[i];
        const real v15 = e13 * e5;
        const real v18 = k12 * e13;
        const real v22 = u21 * k12;
        const real v23 = v15 - v22;
        const real v26 = v23 - u25;
        const real v27 = v26 / u11;
        input_out_at[i] = v27;
        part14_at[i] += e13;
        part19_at[i] += v18;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
    if (row % ROWS == ROWS - 1 || row == rows - 1) {
      for (int64_t i = 0; i < n; ++i) {
        add_exactly(&total14[i], &lost14[i], part14[i]);
        part14[i] = 0;
      }
      for (int64_t i = 0; i < n; ++i) {
        add_exactly(&total19[i], &lost19[i], part19[i]);
        part19[i] = 0;
      }
    }
  }
  for (int64_t i = 0; i < n; ++i) {
    total14[i] = with_lost(total14[i], lost14[i]);
    total19[i] = with_lost(total19[i], lost19[i]);
    weight_out[i] = (real)(total19[i]);
    bias_out[i] = (real)(total14[i]);
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
    Numbers(("eps",), sized=True),
)


def layer_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """LayerNorm: vector-Jacobian product.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (n,)),
    that of bias (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (2.0)
        float64: 2.0 (1.0)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
        and type(bias) is ndarray
        and axis == -1
    ):
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _LAYER_NORM_VJP_C.plans.get(key) or _LAYER_NORM_VJP_C.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight, bias)
            if found is not None:
                return found
    return _LAYER_NORM_VJP_C.several(g, input, weight, bias, eps, axis=axis, out=out)


_BATCH_NORM_C = CompiledKernel(
    numpy_kernels._BATCH_NORM,
    numpy_kernels.batch_norm,
    ("input", "weight", "bias"),
    FUNCTIONS,
    r"""/* batch_norm: row by row. */
SYMCHECK_EXPORT int symcheck_batch_norm(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    weight_object, const size_t bias_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  const real *const bias = entries(bias_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(bias_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, rows * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(bias, rows * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) + rows * 1 *
      (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input && (void *)output != (void
      *)weight && (void *)output != (void *)bias;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double weight_row = weight[row];
    const double bias_row = bias[row];
    const real u0 = (real)bias_row;
    const real u1 = (real)weight_row;
    double f3 = 0, lost3 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s3 = 0;
#pragma omp simd reduction(+ : s3)
      for (int i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        s3 += e2;
      }
      add_exactly(&f3, &lost3, s3);
    }
    f3 = with_lost(f3, lost3);
    const double v3 = f3;
    const double v5 = v3 / size_n;
    const real u5 = (real)v5;
    double f10 = 0, lost10 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s10 = 0;
#pragma omp simd reduction(+ : s10)
      for (int i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real v6 = e2 - u5;
        const real v9 = v6 * v6;
        s10 += v9;
      }
      add_exactly(&f10, &lost10, s10);
    }
    f10 = with_lost(f10, lost10);
    const double v10 = f10;
    const double v11 = v10 / size_n;
    const double v12 = eps + v11;
    const double v13 = CHOOSE(op_sqrt, v12)(v12);
    const real u13 = (real)v13;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e2 = input_at[i];
        const real v6 = e2 - u5;
        const real v7 = u1 * v6;
        const real v14 = v7 / u13;
        const real v15 = u0 + v14;
        output_at[i] = v15;
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
    Numbers(("eps",), sized=True),
)


def batch_norm(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Array | None = None,
) -> Array:
    """BatchNorm.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, float32 or float64, shape (...); gain of each feature.
        bias: float16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
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
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and type(bias) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _BATCH_NORM_C.plans.get(key) or _BATCH_NORM_C.plan(key, input, weight, bias)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight, bias)
            if found is not None:
                return found
    return _BATCH_NORM_C.one(input, weight, bias, eps, axis=axis, out=out)


_BATCH_NORM_VJP_C = CompiledKernel(
    numpy_kernels._BATCH_NORM_VJP,
    numpy_kernels.batch_norm_vjp,
    ("g", "input", "weight"),
    FUNCTIONS,
    r"""/* batch_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_batch_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t weight_object, const size_t input_out_object, const size_t weight_out_object, const size_t
    bias_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const weight_out = entries(weight_out_object, head);
  real *const bias_out = entries(bias_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(weight, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(weight_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), weight_out, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), weight_out, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, rows * 1 * (int64_t)sizeof(real), weight_out, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(bias_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), bias_out, rows * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), bias_out, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, rows * 1 * (int64_t)sizeof(real), bias_out, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1
      * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) +
      rows * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)weight;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
    const double weight_row = weight[row];
    double f2 = 0, lost2 = 0;
    double f26 = 0, lost26 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real s2 = 0;
      real s26 = 0;
#pragma omp simd reduction(+ : s2) reduction(+ : s26)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e12 = g_at[i];
        s2 += e1;
        s26 += e12;
      }
      add_exactly(&f2, &lost2, s2);
      add_exactly(&f26, &lost26, s26);
    }
    f2 = with_lost(f2, lost2);
    f26 = with_lost(f26, lost26);
    const double v2 = f2;
    const double v26 = f26;
    const double v4 = v2 / size_n;
    const real u4 = (real)v4;
    double f8 = 0, lost8 = 0;
    double f14 = 0, lost14 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s8 = 0;
      real s14 = 0;
#pragma omp simd reduction(+ : s8) reduction(+ : s14)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e12 = g_at[i];
        const real v5 = e1 - u4;
        const real v7 = v5 * v5;
        const real v13 = v5 * e12;
        s8 += v7;
        s14 += v13;
      }
      add_exactly(&f8, &lost8, s8);
      add_exactly(&f14, &lost14, s14);
    }
    f8 = with_lost(f8, lost8);
    f14 = with_lost(f14, lost14);
    const double v8 = f8;
    const double v14 = f14;
    const double v9 = v8 / size_n;
    const double v10 = eps + v9;
    const double v11 = CHOOSE(op_sqrt, v10)(v10);
    const double v15 = v11 * v11;
    const double v16 = v14 / size_n;
    const double v17 = v16 / v15;
    const double v20 = weight_row / v11;
    const double v25 = v14 / v11;
    const real u17 = (real)v17;
    const real u20 = (real)v20;
    double f21 = 0, lost21 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real s21 = 0;
#pragma omp simd reduction(+ : s21)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e12 = g_at[i];
        const real v5 = e1 - u4;
        const real v18 = u17 * v5;
        const real v19 = e12 - v18;
        s21 += v19;
      }
      add_exactly(&f21, &lost21, s21);
    }
    f21 = with_lost(f21, lost21);
    const double v21 = f21;
    const double v22 = v21 / size_n;
    const real u22 = (real)v22;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e12 = g_at[i];
        const real v5 = e1 - u4;
        const real v18 = u17 * v5;
        const real v19 = e12 - v18;
        const real v23 = v19 - u22;
        const real v24 = u20 * v23;
        input_out_at[i] = v24;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
    weight_out[row] = (real)(v25);
    bias_out[row] = (real)(v26);
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("eps",), sized=True),
)


def batch_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """BatchNorm: vector-Jacobian product.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, float32 or float64, shape (...); gain of each feature.
        bias: float16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (...)),
    that of bias (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (3.5)
        float64: 1.5 (2.0)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
        and type(bias) is ndarray
        and axis == -1
    ):
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape, bias.dtype, bias.shape
        plan = _BATCH_NORM_VJP_C.plans.get(key) or _BATCH_NORM_VJP_C.plan(key, g, input, weight, bias)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight, bias)
            if found is not None:
                return found
    return _BATCH_NORM_VJP_C.several(g, input, weight, bias, eps, axis=axis, out=out)


_RMS_NORM_C = CompiledKernel(
    numpy_kernels._RMS_NORM,
    numpy_kernels.rms_norm,
    ("input", "weight"),
    FUNCTIONS,
    r"""/* rms_norm: row by row. */
SYMCHECK_EXPORT int symcheck_rms_norm(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    weight_object, const size_t output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + n * 1 * (int64_t)sizeof(real) + rows * n * 1 *
      (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input && (void *)output != (void
      *)weight;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const real *const weight_begin = weight;
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v3 = e1 * e1;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v6 = v4 / size_n;
    const double v7 = eps + v6;
    const double v8 = CHOOSE(op_sqrt, v7)(v7);
    const real u8 = (real)v8;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = weight_at[i];
        const real e1 = input_at[i];
        const real v9 = e1 / u8;
        const real v10 = e0 * v9;
        output_at[i] = v10;
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
    Numbers(("eps",), sized=True),
)


def rms_norm(
    input: ArrayLike,
    weight: ArrayLike,
    eps: float = 1e-06,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """RMSNorm.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
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
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and type(weight) is ndarray and axis == -1:
        key = input.dtype, input.shape, weight.dtype, weight.shape
        plan = _RMS_NORM_C.plans.get(key) or _RMS_NORM_C.plan(key, input, weight)
        if plan is not None:
            found = plan.one(out, (eps,), input, weight)
            if found is not None:
                return found
    return _RMS_NORM_C.one(input, weight, eps, axis=axis, out=out)


_RMS_NORM_VJP_C = CompiledKernel(
    numpy_kernels._RMS_NORM_VJP,
    numpy_kernels.rms_norm_vjp,
    ("g", "input", "weight"),
    FUNCTIONS,
    r"""/* rms_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_rms_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t weight_object, const size_t input_out_object, const size_t weight_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double eps = numbers[0];
  const double size_n = numbers[1];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  const real *const weight = entries(weight_object, head);
  real *const input_out = entries(input_out_object, head);
  real *const weight_out = entries(weight_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(weight_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_plain(weight_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(weight, n * 1 * (int64_t)sizeof(real), weight_out, n * 1 * (int64_t)sizeof(real), false))
      return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + n * 1 *
      (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input && (void *)input_out != (void *)weight;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 3);
  if (memory == NULL) return 3;
  double *const total20 = memory + 0 * n;
  real *const part20 = (real *)(memory + 1 * n);
  double *const lost20 = memory + 2 * n;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
    const real *const weight_begin = weight;
    double f4 = 0, lost4 = 0;
    double f13 = 0, lost13 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      real s4 = 0;
      real s13 = 0;
#pragma omp simd reduction(+ : s4) reduction(+ : s13)
      for (int i = 0; i < count; ++i) {
        const real e0 = weight_at[i];
        const real e1 = input_at[i];
        const real e10 = g_at[i];
        const real v3 = e1 * e1;
        const real v11 = e10 * e0;
        const real v12 = e1 * v11;
        s4 += v3;
        s13 += v12;
      }
      add_exactly(&f4, &lost4, s4);
      add_exactly(&f13, &lost13, s13);
    }
    f4 = with_lost(f4, lost4);
    f13 = with_lost(f13, lost13);
    const double v4 = f4;
    const double v13 = f13;
    const double v6 = v4 / size_n;
    const double v7 = eps + v6;
    const double v8 = CHOOSE(op_sqrt, v7)(v7);
    const double v14 = v13 / size_n;
    const double v15 = v14 / v8;
    const real u8 = (real)v8;
    const real u15 = (real)v15;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      const real *const weight_at = weight_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      real *const restrict part20_at = part20 + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = weight_at[i];
        const real e1 = input_at[i];
        const real e10 = g_at[i];
        const real v9 = e1 / u8;
        const real v11 = e10 * e0;
        const real v16 = u15 * v9;
        const real v17 = v11 - v16;
        const real v18 = v17 / u8;
        const real v19 = v9 * e10;
        input_out_at[i] = v18;
        part20_at[i] += v19;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
    if (row % ROWS == ROWS - 1 || row == rows - 1) {
      for (int64_t i = 0; i < n; ++i) {
        add_exactly(&total20[i], &lost20[i], part20[i]);
        part20[i] = 0;
      }
    }
  }
  for (int64_t i = 0; i < n; ++i) {
    total20[i] = with_lost(total20[i], lost20[i]);
    weight_out[i] = (real)(total20[i]);
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  free(memory);
  return lost != 0;
}
""",
    Numbers(("eps",), sized=True),
)


def rms_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    eps: float = 1e-06,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """RMSNorm: vector-Jacobian product.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: float16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.
    Treated as constants, without a cotangent: eps (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(weight) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape
        plan = _RMS_NORM_VJP_C.plans.get(key) or _RMS_NORM_VJP_C.plan(key, g, input, weight)
        if plan is not None:
            found = plan.several(out, (eps,), g, input, weight)
            if found is not None:
                return found
    return _RMS_NORM_VJP_C.several(g, input, weight, eps, axis=axis, out=out)
