"""Activation functions.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from numpy.typing import ArrayLike

from ..numpy_kernels import activations as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

__all__ = [
    "gelu",
    "gelu_sigmoid",
    "gelu_sigmoid_vjp",
    "gelu_tanh",
    "gelu_tanh_vjp",
    "gelu_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "log_sigmoid",
    "log_sigmoid_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "logsumexp",
    "logsumexp_vjp",
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "silu",
    "silu_vjp",
    "softmax",
    "softmax_vjp",
    "softplus",
    "softplus_vjp",
    "tanh",
    "tanh_vjp",
]


_RELU_C = CompiledKernel(
    numpy_kernels._RELU,
    numpy_kernels.relu,
    ("input",),
    FUNCTIONS,
    r"""/* relu: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_relu(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v2 = CHOOSE_2(op_max, e0, (real)0.0)(e0, (real)0.0);
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


def relu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Rectified linear unit.

        output = Max(0, input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _RELU_C.plans.get(key) or _RELU_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _RELU_C.one(input, out=out)


_RELU_VJP_C = CompiledKernel(
    numpy_kernels._RELU_VJP,
    numpy_kernels.relu_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* relu_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_relu_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e2 = g_at[i];
      const bool v3 = (real)0.0 < e0;
      const real v4 = e2 * (v3 ? (real)1 : (real)0);
      input_out_at[i] = v4;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def relu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Rectified linear unit: vector-Jacobian product.

        output = Max(0, input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _RELU_VJP_C.plans.get(key) or _RELU_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _RELU_VJP_C.one(g, input, out=out)


_LEAKY_RELU_C = CompiledKernel(
    numpy_kernels._LEAKY_RELU,
    numpy_kernels.leaky_relu,
    ("input",),
    FUNCTIONS,
    r"""/* leaky_relu: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_leaky_relu(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real negative_slope = (real)numbers[0];
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
      const bool v3 = (real)0.0 < e1;
      const real v5 = v3 ? (real)1.0 : negative_slope;
      const real v6 = e1 * v5;
      output_at[i] = v6;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("negative_slope",)),
)


def leaky_relu(input: ArrayLike, negative_slope: float = 0.01, *, out: Array | None = None) -> Array:
    """Leaky ReLU.

        output = Piecewise((input, input > 0), (input*negative_slope, True))

    Args:
        input: float16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _LEAKY_RELU_C.plans.get(key) or _LEAKY_RELU_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (negative_slope,), input)
            if found is not None:
                return found
    return _LEAKY_RELU_C.one(input, negative_slope, out=out)


_LEAKY_RELU_VJP_C = CompiledKernel(
    numpy_kernels._LEAKY_RELU_VJP,
    numpy_kernels.leaky_relu_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* leaky_relu_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_leaky_relu_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real negative_slope = (real)numbers[0];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e1 = input_at[i];
      const real e6 = g_at[i];
      const bool v3 = (real)0.0 < e1;
      const real v5 = v3 ? (real)1.0 : negative_slope;
      const real v7 = e6 * v5;
      input_out_at[i] = v7;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("negative_slope",)),
)


def leaky_relu_vjp(
    g: ArrayLike,
    input: ArrayLike,
    negative_slope: float = 0.01,
    *,
    out: Array | None = None,
) -> Array:
    """Leaky ReLU: vector-Jacobian product.

        output = Piecewise((input, input > 0), (input*negative_slope, True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.
    Treated as constants, without a cotangent: negative_slope (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LEAKY_RELU_VJP_C.plans.get(key) or _LEAKY_RELU_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (negative_slope,), g, input)
            if found is not None:
                return found
    return _LEAKY_RELU_VJP_C.one(g, input, negative_slope, out=out)


_SILU_C = CompiledKernel(
    numpy_kernels._SILU,
    numpy_kernels.silu,
    ("input",),
    FUNCTIONS,
    r"""/* silu: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_silu(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_abs, e0)(e0);
      const real v2 = -v1;
      const real v3 = CHOOSE(op_exp_below, v2)(v2);
      const bool v5 = (real)0.0 <= e0;
      const real v7 = v5 ? (real)1.0 : v3;
      const real v8 = v3 + (real)1.0;
      const real v9 = v7 / v8;
      const bool v10 = v7 == (real)0.0;
      const real v11 = e0 * v9;
      const real v12 = v10 ? (real)0.0 : v11;
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


def silu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """SiLU (Swish).

        output = input*sigmoid(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.0 (3.0)
        float64: 2.5 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SILU_C.plans.get(key) or _SILU_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SILU_C.one(input, out=out)


_SILU_VJP_C = CompiledKernel(
    numpy_kernels._SILU_VJP,
    numpy_kernels.silu_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* silu_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_silu_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = g_at[i];
      const real v3 = CHOOSE(op_abs, e0)(e0);
      const real v4 = (real)1.0 - v3;
      const real v5 = -v3;
      const real v6 = CHOOSE(op_exp_below, v5)(v5);
      const real v7 = v6 + (real)1.0;
      const real v8 = v6 / v7;
      const bool v10 = v6 == (real)0.0;
      const real v11 = v3 * v8;
      const real v12 = v10 ? (real)0.0 : v11;
      const real v13 = v4 + v12;
      const real v14 = v13 * v8;
      const real v15 = v10 ? (real)0.0 : v14;
      const bool v16 = (real)0.0 <= e0;
      const real v17 = (real)1.0 - v15;
      const real v18 = v16 ? v17 : v15;
      const real v19 = e1 * v18;
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


def silu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """SiLU (Swish): vector-Jacobian product.

        output = input*sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claim act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.5 (3.5)
        float64: 2.5 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SILU_VJP_C.plans.get(key) or _SILU_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SILU_VJP_C.one(g, input, out=out)


_GELU_C = CompiledKernel(
    numpy_kernels._GELU,
    numpy_kernels.gelu,
    ("input",),
    FUNCTIONS,
    r"""/* gelu: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v2 = CHOOSE_2(op_max, e0, (real)0.0)(e0, (real)0.0);
      const real v3 = CHOOSE(op_abs, e0)(e0);
      const real v4 = CHOOSE(op_gauss, e0)(e0);
      const real v5 = CHOOSE(op_mills, v3)(v3);
      const real v7 = CHOOSE_2(op_min, v3, (real)64.0)(v3, (real)64.0);
      const real v8 = v5 * v7;
      const real v9 = v4 * v8;
      const real v10 = v2 - v9;
      output_at[i] = v10;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU.

        output = input*Phi(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-51 (float64) and 2^-25 (float32).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claim act.gelu/tail_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 4.0 (3.5)
        float64: 4.0 (3.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU_C.plans.get(key) or _GELU_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU_C.one(input, out=out)


_GELU_VJP_C = CompiledKernel(
    numpy_kernels._GELU_VJP,
    numpy_kernels.gelu_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* gelu_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e10 = g_at[i];
      const real v1 = CHOOSE(op_abs, e0)(e0);
      const real v2 = CHOOSE(op_gauss, e0)(e0);
      const real v3 = CHOOSE(op_mills, v1)(v1);
      const real v4 = v2 * v3;
      const bool v6 = (real)0.0 < e0;
      const real v8 = (real)1.0 - v4;
      const real v9 = v6 ? v8 : v4;
      const real v12 = (real)0.3989422804014327 * v2;
      const bool v13 = v2 == (real)0.0;
      const real v14 = e0 * v12;
      const real v15 = v13 ? (real)0.0 : v14;
      const real v16 = v9 + v15;
      const real v17 = e10 * v16;
      input_out_at[i] = v17;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU: vector-Jacobian product.

        output = input*Phi(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-51 (float64) and 2^-25 (float32).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claim act.gelu/cdf_by_tail.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 6.0 (5.0): near |x| = 1 two polynomials, an exponential and their products round
        float64: 6.0 (5.0): near x = -1 or -2 the two terms of the slope cancel by a factor of three
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_VJP_C.plans.get(key) or _GELU_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_VJP_C.one(g, input, out=out)


_GELU_SIGMOID_C = CompiledKernel(
    numpy_kernels._GELU_SIGMOID,
    numpy_kernels.gelu_sigmoid,
    ("input",),
    FUNCTIONS,
    r"""/* gelu_sigmoid: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu_sigmoid(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v2 = (real)1.702 * e0;
      const real v3 = CHOOSE(op_abs, v2)(v2);
      const real v4 = -v3;
      const real v5 = CHOOSE(op_exp_below, v4)(v4);
      const bool v7 = (real)0.0 <= v2;
      const real v9 = v7 ? (real)1.0 : v5;
      const real v10 = v5 + (real)1.0;
      const real v11 = v9 / v10;
      const bool v12 = v9 == (real)0.0;
      const real v13 = e0 * v11;
      const real v14 = v12 ? (real)0.0 : v13;
      output_at[i] = v14;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu_sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, logistic form.

        output = input*sigmoid(851*input/500)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 4.5 (3.5): the exponential's argument u is rounded before it counts |u| times
        float64: 4.0 (3.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU_SIGMOID_C.plans.get(key) or _GELU_SIGMOID_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU_SIGMOID_C.one(input, out=out)


_GELU_SIGMOID_VJP_C = CompiledKernel(
    numpy_kernels._GELU_SIGMOID_VJP,
    numpy_kernels.gelu_sigmoid_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* gelu_sigmoid_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu_sigmoid_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e3 = g_at[i];
      const real v2 = (real)1.702 * e0;
      const real v5 = CHOOSE(op_abs, v2)(v2);
      const real v6 = (real)1.0 - v5;
      const real v7 = -v5;
      const real v8 = CHOOSE(op_exp_below, v7)(v7);
      const real v9 = v8 + (real)1.0;
      const real v10 = v8 / v9;
      const bool v12 = v8 == (real)0.0;
      const real v13 = v5 * v10;
      const real v14 = v12 ? (real)0.0 : v13;
      const real v15 = v6 + v14;
      const real v16 = v15 * v10;
      const real v17 = v12 ? (real)0.0 : v16;
      const bool v18 = (real)0.0 <= v2;
      const real v19 = (real)1.0 - v17;
      const real v20 = v18 ? v19 : v17;
      const real v21 = e3 * v20;
      input_out_at[i] = v21;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu_sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, logistic form: vector-Jacobian product.

        output = input*sigmoid(851*input/500)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claim act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 4.0 (4.0)
        float64: 3.0 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_SIGMOID_VJP_C.plans.get(key) or _GELU_SIGMOID_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_SIGMOID_VJP_C.one(g, input, out=out)


_GELU_TANH_C = CompiledKernel(
    numpy_kernels._GELU_TANH,
    numpy_kernels.gelu_tanh,
    ("input",),
    FUNCTIONS,
    r"""/* gelu_tanh: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu_tanh(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_max, e0)(CHOOSE(op_min, e0)(e0, 32.0f), -32.0f);
      const real v2 = v1 * v1;
      const real v4 = (real)2.0 * v1;
      const real v7 = (real)0.07135481627260025 * v2;
      const real v8 = (real)0.4042308783942692 - v7;
      const real v9 = v1 * v8;
      const real v10 = v4 - v9;
      const real v11 = CHOOSE(op_abs, v10)(v10);
      const real v12 = -v11;
      const real v13 = CHOOSE(op_exp_below, v12)(v12);
      const bool v15 = (real)0.0 <= v10;
      const real v17 = v15 ? (real)1.0 : v13;
      const real v18 = v13 + (real)1.0;
      const real v19 = v17 / v18;
      const bool v20 = v17 == (real)0.0;
      const real v21 = e0 * v19;
      const real v22 = v20 ? (real)0.0 : v21;
      output_at[i] = v22;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu_tanh(input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, tanh form.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 4.5 (3.5): the exponential's argument u is rounded before it counts |u| times
        float64: 3.5 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _GELU_TANH_C.plans.get(key) or _GELU_TANH_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _GELU_TANH_C.one(input, out=out)


_GELU_TANH_VJP_C = CompiledKernel(
    numpy_kernels._GELU_TANH_VJP,
    numpy_kernels.gelu_tanh_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* gelu_tanh_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_gelu_tanh_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e20 = g_at[i];
      const real v1 = CHOOSE(op_max, e0)(CHOOSE(op_min, e0)(e0, 32.0f), -32.0f);
      const real v2 = v1 * v1;
      const real v5 = (real)2.0 * v1;
      const real v8 = (real)0.07135481627260025 * v2;
      const real v9 = (real)0.4042308783942692 - v8;
      const real v10 = v1 * v9;
      const real v11 = v5 - v10;
      const real v12 = CHOOSE(op_abs, v11)(v11);
      const real v13 = -v12;
      const real v14 = CHOOSE(op_exp_below, v13)(v13);
      const bool v16 = (real)0.0 <= v11;
      const real v18 = v16 ? (real)1.0 : v14;
      const real v19 = v14 + (real)1.0;
      const real v21 = v19 * v19;
      const real v23 = (real)0.21406444881780073 * v2;
      const real v24 = (real)1.5957691216057308 + v23;
      const real v25 = v18 * v19;
      const bool v26 = v14 == (real)0.0;
      const real v27 = e0 * v14;
      const real v28 = v26 ? (real)0.0 : v27;
      const real v29 = v24 * v28;
      const real v30 = v25 + v29;
      const real v31 = v30 / v21;
      const real v32 = e20 * v31;
      input_out_at[i] = v32;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def gelu_tanh_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """GELU, tanh form: vector-Jacobian product.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 8.5 (8.5): the roundings of the exponential's argument u count |u| times
        float64: 7.5 (5.0): the roundings of the exponential's argument u count |u| times
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _GELU_TANH_VJP_C.plans.get(key) or _GELU_TANH_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _GELU_TANH_VJP_C.one(g, input, out=out)


_SIGMOID_C = CompiledKernel(
    numpy_kernels._SIGMOID,
    numpy_kernels.sigmoid,
    ("input",),
    FUNCTIONS,
    r"""/* sigmoid: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_sigmoid(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_abs, e0)(e0);
      const real v2 = -v1;
      const real v3 = CHOOSE(op_exp_below, v2)(v2);
      const bool v5 = (real)0.0 <= e0;
      const real v7 = v5 ? (real)1.0 : v3;
      const real v8 = v3 + (real)1.0;
      const real v9 = v7 / v8;
      output_at[i] = v9;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Logistic sigmoid.

        output = sigmoid(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.0)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SIGMOID_C.plans.get(key) or _SIGMOID_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SIGMOID_C.one(input, out=out)


_SIGMOID_VJP_C = CompiledKernel(
    numpy_kernels._SIGMOID_VJP,
    numpy_kernels.sigmoid_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* sigmoid_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_sigmoid_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = g_at[i];
      const real v2 = CHOOSE(op_abs, e0)(e0);
      const real v3 = -v2;
      const real v4 = CHOOSE(op_exp_below, v3)(v3);
      const real v6 = v4 + (real)1.0;
      const real v7 = v6 * v6;
      const real v8 = v4 / v7;
      const real v9 = e1 * v8;
      input_out_at[i] = v9;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Logistic sigmoid: vector-Jacobian product.

        output = sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claim act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 4.0 (3.0)
        float64: 3.0 (3.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SIGMOID_VJP_C.plans.get(key) or _SIGMOID_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SIGMOID_VJP_C.one(g, input, out=out)


_TANH_C = CompiledKernel(
    numpy_kernels._TANH,
    numpy_kernels.tanh,
    ("input",),
    FUNCTIONS,
    r"""/* tanh: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_tanh(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_tanh, e0)(e0);
      output_at[i] = v1;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def tanh(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Hyperbolic tangent.

        output = tanh(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.tanh.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.5)
        float64: 2.5 (2.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _TANH_C.plans.get(key) or _TANH_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _TANH_C.one(input, out=out)


_TANH_VJP_C = CompiledKernel(
    numpy_kernels._TANH_VJP,
    numpy_kernels.tanh_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* tanh_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_tanh_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = g_at[i];
      const real v3 = (real)2.0 * e0;
      const real v4 = CHOOSE(op_abs, v3)(v3);
      const real v5 = -v4;
      const real v6 = CHOOSE(op_exp_below, v5)(v5);
      const real v8 = v6 + (real)1.0;
      const real v9 = v8 * v8;
      const real v10 = v6 / v9;
      const real v12 = (real)4.0 * e1;
      const real v13 = v12 * v10;
      input_out_at[i] = v13;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def tanh_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Hyperbolic tangent: vector-Jacobian product.

        output = tanh(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.tanh.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.5 (3.0)
        float64: 3.0 (2.5)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _TANH_VJP_C.plans.get(key) or _TANH_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _TANH_VJP_C.one(g, input, out=out)


_SOFTPLUS_C = CompiledKernel(
    numpy_kernels._SOFTPLUS,
    numpy_kernels.softplus,
    ("input",),
    FUNCTIONS,
    r"""/* softplus: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_softplus(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_abs, e0)(e0);
      const real v2 = -v1;
      const real v3 = CHOOSE(op_exp_below, v2)(v2);
      const real v4 = CHOOSE(op_log1p_unit, v3)(v3);
      const real v6 = CHOOSE_2(op_max, e0, (real)0.0)(e0, (real)0.0);
      const real v7 = v4 + v6;
      output_at[i] = v7;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def softplus(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Softplus.

        output = softplus(input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _SOFTPLUS_C.plans.get(key) or _SOFTPLUS_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SOFTPLUS_C.one(input, out=out)


_SOFTPLUS_VJP_C = CompiledKernel(
    numpy_kernels._SOFTPLUS_VJP,
    numpy_kernels.softplus_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* softplus_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_softplus_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = g_at[i];
      const real v2 = CHOOSE(op_abs, e0)(e0);
      const real v3 = -v2;
      const real v4 = CHOOSE(op_exp_below, v3)(v3);
      const bool v6 = (real)0.0 <= e0;
      const real v8 = v6 ? (real)1.0 : v4;
      const real v9 = v4 + (real)1.0;
      const real v10 = v8 / v9;
      const real v11 = e1 * v10;
      input_out_at[i] = v11;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def softplus_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Softplus: vector-Jacobian product.

        output = softplus(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claim act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.0)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTPLUS_VJP_C.plans.get(key) or _SOFTPLUS_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SOFTPLUS_VJP_C.one(g, input, out=out)


_LOG_SIGMOID_C = CompiledKernel(
    numpy_kernels._LOG_SIGMOID,
    numpy_kernels.log_sigmoid,
    ("input",),
    FUNCTIONS,
    r"""/* log_sigmoid: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_log_sigmoid(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
      const real e0 = input_at[i];
      const real v1 = CHOOSE(op_abs, e0)(e0);
      const real v2 = -v1;
      const real v3 = CHOOSE(op_exp_below, v2)(v2);
      const real v4 = CHOOSE(op_log1p_unit, v3)(v3);
      const real v6 = CHOOSE_2(op_min, e0, (real)0.0)(e0, (real)0.0);
      const real v7 = v6 - v4;
      output_at[i] = v7;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def log_sigmoid(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Log-sigmoid.

        output = -softplus(-input)

    Args:
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claim act.softplus/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _LOG_SIGMOID_C.plans.get(key) or _LOG_SIGMOID_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOG_SIGMOID_C.one(input, out=out)


_LOG_SIGMOID_VJP_C = CompiledKernel(
    numpy_kernels._LOG_SIGMOID_VJP,
    numpy_kernels.log_sigmoid_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* log_sigmoid_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_log_sigmoid_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
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
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = input_at[i];
      const real e1 = g_at[i];
      const real v2 = CHOOSE(op_abs, e0)(e0);
      const real v3 = -v2;
      const real v4 = CHOOSE(op_exp_below, v3)(v3);
      const bool v6 = e0 <= (real)0.0;
      const real v8 = v6 ? (real)1.0 : v4;
      const real v9 = v4 + (real)1.0;
      const real v10 = v8 / v9;
      const real v11 = e1 * v10;
      input_out_at[i] = v11;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def log_sigmoid_vjp(g: ArrayLike, input: ArrayLike, *, out: Array | None = None) -> Array:
    """Log-sigmoid: vector-Jacobian product.

        output = -softplus(-input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claim act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.0)
        float64: 2.0 (2.0)
    """
    if type(g) is ndarray and type(input) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOG_SIGMOID_VJP_C.plans.get(key) or _LOG_SIGMOID_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOG_SIGMOID_VJP_C.one(g, input, out=out)


_SOFTMAX_C = CompiledKernel(
    numpy_kernels._SOFTMAX,
    numpy_kernels.softmax,
    ("input",),
    FUNCTIONS,
    r"""/* softmax: row by row. */
SYMCHECK_EXPORT int symcheck_softmax(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept4 = (real *)(memory + 0 * n);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
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
    const real u2 = (real)v2;
    double f5 = 0, lost5 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real *const kept4_at = kept4 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s5 = 0;
#pragma omp simd reduction(+ : s5)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v3 = e0 - u2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        kept4_at[i] = v4;
        s5 += v4;
      }
      add_exactly(&f5, &lost5, s5);
    }
    f5 = with_lost(f5, lost5);
    const double v5 = f5;
    const real u5 = (real)v5;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const kept4_at = kept4 + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real k4 = kept4_at[i];
        const real v6 = k4 / u5;
        output_at[i] = v6;
      }
      if (streamed) stream(output + row * n + start, output_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  free(memory);
  (void)numbers;
  return 0;
}
""",
)


def softmax(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Softmax.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claim act.softmax/shift_invariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.5 (2.5)
        float64: 3.0 (2.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SOFTMAX_C.plans.get(key) or _SOFTMAX_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _SOFTMAX_C.one(input, axis=axis, out=out)


_SOFTMAX_VJP_C = CompiledKernel(
    numpy_kernels._SOFTMAX_VJP,
    numpy_kernels.softmax_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* softmax_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_softmax_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
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
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept4 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
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
    const real u2 = (real)v2;
    double f5 = 0, lost5 = 0;
    real m14 = -INFINITY;
    word top14 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real *const kept4_at = kept4 + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s5 = 0;
#pragma omp simd reduction(+ : s5) reduction(max : m14) reduction(max : top14)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e7 = g_at[i];
        const real v3 = e0 - u2;
        const real v4 = CHOOSE(op_exp_below, v3)(v3);
        const bool v11 = v4 == (real)1.0;
        const real v13 = v11 ? e7 : (-(real)INFINITY);
        kept4_at[i] = v4;
        s5 += v4;
        m14 = v13 > m14 ? v13 : m14;
        const word w14 = magnitude(v13);
        top14 = w14 > top14 ? w14 : top14;
      }
      add_exactly(&f5, &lost5, s5);
    }
    f5 = with_lost(f5, lost5);
    const double f14 = top14 > magnitude((real)INFINITY) ? NAN : m14;
    const double v5 = f5;
    const double v14 = f14;
    const bool v10 = v5 <= (double)2.0;
    const double v16 = v10 ? v14 : (double)0.0;
    const real u5 = (real)v5;
    const real u16 = (real)v16;
    double f19 = 0, lost19 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      real *const kept4_at = kept4 + start;
      real s19 = 0;
#pragma omp simd reduction(+ : s19)
      for (int i = 0; i < count; ++i) {
        const real e7 = g_at[i];
        const real k4 = kept4_at[i];
        const real v17 = e7 - u16;
        const real v18 = k4 * v17;
        s19 += v18;
      }
      add_exactly(&f19, &lost19, s19);
    }
    f19 = with_lost(f19, lost19);
    const double v19 = f19;
    const double v20 = v19 / v5;
    const real u20 = (real)v20;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      real *const kept4_at = kept4 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e7 = g_at[i];
        const real k4 = kept4_at[i];
        const real v6 = k4 / u5;
        const real v17 = e7 - u16;
        const real v21 = v17 - u20;
        const real v22 = v6 * v21;
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
)


def softmax_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Softmax: vector-Jacobian product.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 2.0 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTMAX_VJP_C.plans.get(key) or _SOFTMAX_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _SOFTMAX_VJP_C.one(g, input, axis=axis, out=out)


_LOGSUMEXP_C = CompiledKernel(
    numpy_kernels._LOGSUMEXP,
    numpy_kernels.logsumexp,
    ("input",),
    FUNCTIONS,
    r"""/* logsumexp: row by row. */
SYMCHECK_EXPORT int symcheck_logsumexp(
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
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
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
    const double v15 = v14 + v1;
    output[row] = (real)(v15);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
)


def logsumexp(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-sum-exp.

        output = log(Sum(exp(input[k]), (k, 1, n)))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _LOGSUMEXP_C.plans.get(key) or _LOGSUMEXP_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOGSUMEXP_C.one(input, axis=axis, out=out)


_LOGSUMEXP_VJP_C = CompiledKernel(
    numpy_kernels._LOGSUMEXP_VJP,
    numpy_kernels.logsumexp_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* logsumexp_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_logsumexp_vjp(
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
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept5 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
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
    const double v3 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u3 = (real)v3;
    double f6 = 0, lost6 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real *const kept5_at = kept5 + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s6 = 0;
#pragma omp simd reduction(+ : s6)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v4 = e0 - u3;
        const real v5 = CHOOSE(op_exp_below, v4)(v4);
        kept5_at[i] = v5;
        s6 += v5;
      }
      add_exactly(&f6, &lost6, s6);
    }
    f6 = with_lost(f6, lost6);
    const double v6 = f6;
    const double v7 = g_row / v6;
    const real u7 = (real)v7;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      real *const kept5_at = kept5 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real k5 = kept5_at[i];
        const real v8 = u7 * k5;
        input_out_at[i] = v8;
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


def logsumexp_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-sum-exp: vector-Jacobian product.

        output = log(Sum(exp(input[k]), (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 1.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOGSUMEXP_VJP_C.plans.get(key) or _LOGSUMEXP_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOGSUMEXP_VJP_C.one(g, input, axis=axis, out=out)


_LOG_SOFTMAX_C = CompiledKernel(
    numpy_kernels._LOG_SOFTMAX,
    numpy_kernels.log_softmax,
    ("input",),
    FUNCTIONS,
    r"""/* log_softmax: row by row. */
SYMCHECK_EXPORT int symcheck_log_softmax(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
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
    const double v3 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u1 = (real)v1;
    const real u3 = (real)v3;
    double f10 = 0, lost10 = 0;
    double f12 = 0, lost12 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s10 = 0;
      real s12 = 0;
#pragma omp simd reduction(+ : s10) reduction(+ : s12)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v4 = e0 - u3;
        const real v5 = CHOOSE(op_exp_below, v4)(v4);
        const bool v6 = e0 == u1;
        const real v9 = v6 ? (real)0.0 : v5;
        const real v11 = v6 ? (real)1.0 : (real)0.0;
        s10 += v9;
        s12 += v11;
      }
      add_exactly(&f10, &lost10, s10);
      add_exactly(&f12, &lost12, s12);
    }
    f10 = with_lost(f10, lost10);
    f12 = with_lost(f12, lost12);
    const double v10 = f10;
    const double v12 = f12;
    const double v13 = v12 - (double)1.0;
    const double v14 = v10 + v13;
    const double v15 = CHOOSE(op_log1p, v14)(v14);
    const real u15 = (real)v15;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v2 = e0 - u1;
        const real v16 = v2 - u15;
        output_at[i] = v16;
      }
      if (streamed) stream(output + row * n + start, output_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
)


def log_softmax(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-softmax.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claim act.logsumexp/shift.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.0 (1.0)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _LOG_SOFTMAX_C.plans.get(key) or _LOG_SOFTMAX_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _LOG_SOFTMAX_C.one(input, axis=axis, out=out)


_LOG_SOFTMAX_VJP_C = CompiledKernel(
    numpy_kernels._LOG_SOFTMAX_VJP,
    numpy_kernels.log_softmax_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* log_softmax_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_log_softmax_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
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
  double *const memory = calloc((size_t)n + 8, sizeof(double) * 1);
  if (memory == NULL) return 3;
  real *const kept6 = (real *)(memory + 0 * n);
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
    real m1 = -INFINITY;
    word top1 = 0;
    double f3 = 0, lost3 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real s3 = 0;
#pragma omp simd reduction(max : m1) reduction(max : top1) reduction(+ : s3)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real e2 = g_at[i];
        m1 = e0 > m1 ? e0 : m1;
        const word w1 = magnitude(e0);
        top1 = w1 > top1 ? w1 : top1;
        s3 += e2;
      }
      add_exactly(&f3, &lost3, s3);
    }
    f3 = with_lost(f3, lost3);
    const double f1 = top1 > magnitude((real)INFINITY) ? NAN : m1;
    const double v1 = f1;
    const double v3 = f3;
    const double v4 = CHOOSE(op_finite_or_zero, (real)1)((real)v1);
    const real u4 = (real)v4;
    double f7 = 0, lost7 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real *const kept6_at = kept6 + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
      real s7 = 0;
#pragma omp simd reduction(+ : s7)
      for (int i = 0; i < count; ++i) {
        const real e0 = input_at[i];
        const real v5 = e0 - u4;
        const real v6 = CHOOSE(op_exp_below, v5)(v5);
        kept6_at[i] = v6;
        s7 += v6;
      }
      add_exactly(&f7, &lost7, s7);
    }
    f7 = with_lost(f7, lost7);
    const double v7 = f7;
    const double v8 = v3 / v7;
    const real u8 = (real)v8;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      real *const kept6_at = kept6 + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e2 = g_at[i];
        const real k6 = kept6_at[i];
        const real v9 = u8 * k6;
        const real v10 = e2 - v9;
        input_out_at[i] = v10;
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


def log_softmax_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Log-softmax: vector-Jacobian product.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
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
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claim act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _LOG_SOFTMAX_VJP_C.plans.get(key) or _LOG_SOFTMAX_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _LOG_SOFTMAX_VJP_C.one(g, input, axis=axis, out=out)
