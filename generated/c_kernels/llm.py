"""Language models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numpy_kernels import llm as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

__all__ = [
    "dequantize",
    "nll_loss",
    "nll_loss_vjp",
    "quantize",
    "softmax_temperature",
    "softmax_temperature_vjp",
]


_NLL_LOSS_C = CompiledKernel(
    numpy_kernels._NLL_LOSS,
    numpy_kernels.nll_loss,
    ("input",),
    FUNCTIONS,
    r"""/* nll_loss: row by row. */
SYMCHECK_EXPORT int symcheck_nll_loss(
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
    const double v4 = -v3;
    output[row] = (real)(v4);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers((), sized=True),
)


def nll_loss(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Negative log-likelihood of a language model.

        output = -Sum(input[k], (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens that came.
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
    Sources and proofs: symcheck show llm.nll.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _NLL_LOSS_C.plans.get(key) or _NLL_LOSS_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _NLL_LOSS_C.one(input, axis=axis, out=out)


def _nll_loss_vjp_numbers(size_n: Any) -> tuple[Any, ...]:
    k3 = np.divide((-1.0), size_n)
    return (k3,)


_NLL_LOSS_VJP_C = CompiledKernel(
    numpy_kernels._NLL_LOSS_VJP,
    numpy_kernels.nll_loss_vjp,
    ("g",),
    FUNCTIONS,
    r"""/* nll_loss_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_nll_loss_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t
    input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double k3 = numbers[0];
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
    const double v4 = k3 * g_row;
    const real u4 = (real)v4;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        input_out_at[i] = u4;
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
    Numbers((), sized=True, compute=_nll_loss_vjp_numbers),
)


def nll_loss_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Negative log-likelihood of a language model: vector-Jacobian product.

        output = -Sum(input[k], (k, 1, n))/n
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens that came.
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
    Sources and proofs: symcheck show llm.nll.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _NLL_LOSS_VJP_C.plans.get(key) or _NLL_LOSS_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _NLL_LOSS_VJP_C.one(g, input, axis=axis, out=out)


_SOFTMAX_TEMPERATURE_C = CompiledKernel(
    numpy_kernels._SOFTMAX_TEMPERATURE,
    numpy_kernels.softmax_temperature,
    ("input",),
    FUNCTIONS,
    r"""/* softmax_temperature: row by row. */
SYMCHECK_EXPORT int symcheck_softmax_temperature(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double temperature = numbers[0];
  const real u1 = (real)temperature;
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 2);
  if (memory == NULL) return 3;
  real *const kept2 = (real *)(memory + 0 * n);
  real *const kept6 = (real *)(memory + 1 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
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
    const double v4 = CHOOSE(op_finite_or_zero, (real)1)((real)v3);
    const real u4 = (real)v4;
    double f7 = 0, lost7 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      real *const kept2_at = kept2 + start;
      real *const kept6_at = kept6 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s7 = 0;
#pragma omp simd reduction(+ : s7)
      for (int i = 0; i < count; ++i) {
        const real k2 = kept2_at[i];
        const real v5 = k2 - u4;
        const real v6 = CHOOSE(op_exp_below, v5)(v5);
        kept6_at[i] = v6;
        s7 += v6;
      }
      add_exactly(&f7, &lost7, s7);
    }
    f7 = with_lost(f7, lost7);
    const double v7 = f7;
    const real u7 = (real)v7;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const kept6_at = kept6 + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real k6 = kept6_at[i];
        const real v8 = k6 / u7;
        output_at[i] = v8;
      }
      if (streamed) stream(output + row * n + start, output_piece, count * 1 * (int64_t)sizeof(real));
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


def softmax_temperature(
    input: ArrayLike,
    temperature: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Temperature.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
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
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claim act.softmax/shift_invariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.0 (3.0)
        float64: 3.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SOFTMAX_TEMPERATURE_C.plans.get(key) or _SOFTMAX_TEMPERATURE_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (temperature,), input)
            if found is not None:
                return found
    return _SOFTMAX_TEMPERATURE_C.one(input, temperature, axis=axis, out=out)


_SOFTMAX_TEMPERATURE_VJP_C = CompiledKernel(
    numpy_kernels._SOFTMAX_TEMPERATURE_VJP,
    numpy_kernels.softmax_temperature_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* softmax_temperature_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_softmax_temperature_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double temperature = numbers[0];
  const real u1 = (real)temperature;
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n
      * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 2);
  if (memory == NULL) return 3;
  real *const kept2 = (real *)(memory + 0 * n);
  real *const kept6 = (real *)(memory + 1 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
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
    const double v4 = CHOOSE(op_finite_or_zero, (real)1)((real)v3);
    const real u4 = (real)v4;
    double f7 = 0, lost7 = 0;
    real m16 = -INFINITY;
    word top16 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      real *const kept2_at = kept2 + start;
      real *const kept6_at = kept6 + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s7 = 0;
#pragma omp simd reduction(+ : s7) reduction(max : m16) reduction(max : top16)
      for (int i = 0; i < count; ++i) {
        const real e9 = g_at[i];
        const real k2 = kept2_at[i];
        const real v5 = k2 - u4;
        const real v6 = CHOOSE(op_exp_below, v5)(v5);
        const bool v13 = v6 == (real)1.0;
        const real v15 = v13 ? e9 : (-(real)INFINITY);
        kept6_at[i] = v6;
        s7 += v6;
        m16 = v15 > m16 ? v15 : m16;
        const word w16 = magnitude(v15);
        top16 = w16 > top16 ? w16 : top16;
      }
      add_exactly(&f7, &lost7, s7);
    }
    f7 = with_lost(f7, lost7);
    const double f16 = top16 > magnitude((real)INFINITY) ? NAN : m16;
    const double v7 = f7;
    const double v16 = f16;
    const bool v12 = v7 <= (double)2.0;
    const double v18 = v12 ? v16 : (double)0.0;
    const real u7 = (real)v7;
    const real u18 = (real)v18;
    double f21 = 0, lost21 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      real *const kept6_at = kept6 + start;
      real s21 = 0;
#pragma omp simd reduction(+ : s21)
      for (int i = 0; i < count; ++i) {
        const real e9 = g_at[i];
        const real k6 = kept6_at[i];
        const real v19 = e9 - u18;
        const real v20 = k6 * v19;
        s21 += v20;
      }
      add_exactly(&f21, &lost21, s21);
    }
    f21 = with_lost(f21, lost21);
    const double v21 = f21;
    const double v22 = v21 / v7;
    const real u22 = (real)v22;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      real *const kept6_at = kept6 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e9 = g_at[i];
        const real k6 = kept6_at[i];
        const real v8 = k6 / u7;
        const real v19 = e9 - u18;
        const real v23 = v19 - u22;
        const real v24 = v8 / u1;
        const real v25 = v24 * v23;
        input_out_at[i] = v25;
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


def softmax_temperature_vjp(
    g: ArrayLike,
    input: ArrayLike,
    temperature: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Temperature: vector-Jacobian product.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
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
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Treated as constants, without a cotangent: temperature (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.0)
        float64: 3.0 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTMAX_TEMPERATURE_VJP_C.plans.get(key) or _SOFTMAX_TEMPERATURE_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (temperature,), g, input)
            if found is not None:
                return found
    return _SOFTMAX_TEMPERATURE_VJP_C.one(g, input, temperature, axis=axis, out=out)


_QUANTIZE_C = CompiledKernel(
    numpy_kernels._QUANTIZE,
    numpy_kernels.quantize,
    ("input",),
    FUNCTIONS,
    r"""/* quantize: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_quantize(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real scale = (real)numbers[0];
  const real zero_point = (real)numbers[1];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = input_at[i];
      const real v3 = e1 / scale;
      const real v4 = CHOOSE(op_rint, v3)(v3);
      const real v5 = zero_point + v4;
      output_at[i] = v5;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("scale", "zero_point")),
)


def quantize(
    input: ArrayLike,
    scale: float = 0.1,
    zero_point: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Uniform quantisation (quantize).

        output = zero_point + nearest(input/scale)

    Args:
        input: float16, float32 or float64, shape (...).
        scale: a number; width of a step.
        zero_point: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.quantize.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _QUANTIZE_C.plans.get(key) or _QUANTIZE_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (scale, zero_point), input)
            if found is not None:
                return found
    return _QUANTIZE_C.one(input, scale, zero_point, out=out)


_DEQUANTIZE_C = CompiledKernel(
    numpy_kernels._DEQUANTIZE,
    numpy_kernels.dequantize,
    ("input",),
    FUNCTIONS,
    r"""/* dequantize: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_dequantize(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real scale = (real)numbers[0];
  const real zero_point = (real)numbers[1];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = input_at[i];
      const real v3 = e1 - zero_point;
      const real v4 = scale * v3;
      output_at[i] = v4;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("scale", "zero_point")),
)


def dequantize(
    input: ArrayLike,
    scale: float = 0.1,
    zero_point: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Uniform quantisation (dequantize).

        output = scale*(input - zero_point)

    Args:
        input: float16, float32 or float64, shape (...); quantised values.
        scale: a number; width of a step.
        zero_point: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.quantize.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _DEQUANTIZE_C.plans.get(key) or _DEQUANTIZE_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (scale, zero_point), input)
            if found is not None:
                return found
    return _DEQUANTIZE_C.one(input, scale, zero_point, out=out)
