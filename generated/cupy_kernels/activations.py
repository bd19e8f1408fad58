"""Activation functions.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel

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


def relu(input: Any, *, out: Any = None) -> Any:
    """Rectified linear unit.

        output = Max(0, input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.0 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.0 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.0 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _RELU.one(
        {"input": input},
        {},
        out=out,
    )


_RELU = ElementwiseKernel(
    name="relu",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// relu:
// the function of one place, and the loop over packs of V places and those left over.
struct relu_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v2 = op_max(input, R(0.0));
    output = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) relu_flat(
    const T* input, T* output, const long long size) {
  const relu_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def relu_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """Rectified linear unit: vector-Jacobian product.

        output = Max(0, input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals; the cotangent at 0 is 0.
    Sources and proofs: symcheck show act.relu.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.0 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.0 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.0 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _RELU_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_RELU_VJP = ElementwiseKernel(
    name="relu_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// relu_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct relu_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const bool v3 = R(0.0) < input;
    const real v4 = g * real(v3);
    input_out = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) relu_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const relu_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def leaky_relu(input: Any, negative_slope: float = 0.01, *, out: Any = None) -> Any:
    """Leaky ReLU.

        output = Piecewise((input, input > 0), (input*negative_slope, True))

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.76 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.84 ulp max(1, k) (arguments up to 64)
        float16: 0.49 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _LEAKY_RELU.one(
        {"input": input},
        {"negative_slope": negative_slope},
        out=out,
    )


_LEAKY_RELU = ElementwiseKernel(
    name="leaky_relu",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("negative_slope",)),
    text="""\
// leaky_relu:
// the function of one place, and the loop over packs of V places and those left over.
struct leaky_relu_map {
  real negative_slope;
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const bool v3 = R(0.0) < input;
    const real v5 = v3 ? R(1.0) : negative_slope;
    const real v6 = input * v5;
    output = v6;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) leaky_relu_flat(
    const T* input, const real negative_slope, T* output, const long long size) {
  const leaky_relu_map map{negative_slope};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def leaky_relu_vjp(g: Any, input: Any, negative_slope: float = 0.01, *, out: Any = None) -> Any:
    """Leaky ReLU: vector-Jacobian product.

        output = Piecewise((input, input > 0), (input*negative_slope, True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        negative_slope: a number; factor for negative input.
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals and every slope; the cotangent at 0 takes the slope for negative input.
    Sources and proofs: symcheck show act.leaky_relu.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.81 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.81 ulp max(1, k) (arguments up to 64)
        float16: 0.49 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _LEAKY_RELU_VJP.one(
        {"g": g, "input": input},
        {"negative_slope": negative_slope},
        out=out,
    )


_LEAKY_RELU_VJP = ElementwiseKernel(
    name="leaky_relu_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    numbers=Numbers(given=("negative_slope",)),
    text="""\
// leaky_relu_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct leaky_relu_vjp_map {
  real negative_slope;
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const bool v3 = R(0.0) < input;
    const real v5 = v3 ? R(1.0) : negative_slope;
    const real v7 = g * v5;
    input_out = v7;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) leaky_relu_vjp_flat(
    const T* g, const T* input, const real negative_slope, T* input_out, const long long size) {
  const leaky_relu_vjp_map map{negative_slope};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def silu(input: Any, *, out: Any = None) -> Any:
    """SiLU (Swish).

        output = input*sigmoid(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.3 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.94 ulp max(1, k) (arguments up to 64)
        float16: 0.33 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.05 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _SILU.one(
        {"input": input},
        {},
        out=out,
    )


_SILU = ElementwiseKernel(
    name="silu",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// silu:
// the function of one place, and the loop over packs of V places and those left over.
struct silu_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v1 = fabs(input);
    const real v2 = -v1;
    const real v3 = op_exp(v2);
    const bool v5 = R(0.0) <= input;
    const real v7 = v5 ? R(1.0) : v3;
    const real v8 = v3 + R(1.0);
    const real v9 = op_div_moderate(v7, v8);
    const bool v10 = v7 == R(0.0);
    const real v11 = input * v9;
    const real v12 = v10 ? R(0.0) : v11;
    output = v12;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) silu_flat(
    const T* input, T* output, const long long size) {
  const silu_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def silu_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """SiLU (Swish): vector-Jacobian product.

        output = input*sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.silu.
    Stable by the proved claims act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.3 ulp max(1, k) (arguments up to 64)
        float16: 0.42 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.39 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _SILU_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_SILU_VJP = ElementwiseKernel(
    name="silu_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// silu_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct silu_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v3 = fabs(input);
    const real v4 = R(1.0) - v3;
    const real v5 = -v3;
    const real v6 = op_exp(v5);
    const real v7 = v6 + R(1.0);
    const real v8 = op_div_moderate(v6, v7);
    const bool v10 = v6 == R(0.0);
    const real v11 = v3 * v8;
    const real v12 = v10 ? R(0.0) : v11;
    const real v13 = v4 + v12;
    const real v14 = v13 * v8;
    const real v15 = v10 ? R(0.0) : v14;
    const bool v16 = R(0.0) <= input;
    const real v17 = R(1.0) - v15;
    const real v18 = v16 ? v17 : v15;
    const real v19 = g * v18;
    input_out = v19;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) silu_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const silu_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def gelu(input: Any, *, out: Any = None) -> Any:
    """GELU.

        output = input*Phi(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-25 (float32; float64 calls CUDA's normcdf, the shorter form of 16 bits is
    checked for every number).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claims act.gelu/tail_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.9 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.04 ulp max(1, k) (arguments up to 64)
        float16: 0.01 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 0.02 ulp max(1, k) (arguments up to 64)
    """
    return _GELU.one(
        {"input": input},
        {},
        out=out,
    )


_GELU = ElementwiseKernel(
    name="gelu",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// gelu:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v2 = op_max(input, R(0.0));
    const real v3 = fabs(input);
    const real v4 = op_tail(v3);
    const bool v5 = v4 == R(0.0);
    const real v6 = v3 * v4;
    const real v7 = v5 ? R(0.0) : v6;
    const real v8 = v2 - v7;
    output = v8;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) gelu_flat(
    const T* input, T* output, const long long size) {
  const gelu_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def gelu_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """GELU: vector-Jacobian product.

        output = input*Phi(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is
    proved to be at most 2^-25 (float32; float64 calls CUDA's normcdf, the shorter form of 16 bits is
    checked for every number).
    Sources and proofs: symcheck show act.gelu.
    Stable by the proved claims act.gelu/cdf_by_tail.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.8 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.47 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.02 ulp max(1, k) (arguments up to 64)
        float16: 0.01 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _GELU_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_GELU_VJP = ElementwiseKernel(
    name="gelu_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// gelu_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v1 = fabs(input);
    const real v2 = op_tail(v1);
    const bool v4 = R(0.0) < input;
    const real v6 = R(1.0) - v2;
    const real v7 = v4 ? v6 : v2;
    const real v9 = op_gauss(input);
    const real v11 = R(0.3989422804014327) * v9;
    const bool v12 = v9 == R(0.0);
    const real v13 = input * v11;
    const real v14 = v12 ? R(0.0) : v13;
    const real v15 = v7 + v14;
    const real v16 = g * v15;
    input_out = v16;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) gelu_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const gelu_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def gelu_sigmoid(input: Any, *, out: Any = None) -> Any:
    """GELU, logistic form.

        output = input*sigmoid(851*input/500)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.2 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 0.87 ulp max(1, k) (arguments up to 64)
        float16: 0.03 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.03 ulp max(1, k) (arguments up to 64)
        float64: 1.1 ulp max(1, k) (arguments up to 64)
    """
    return _GELU_SIGMOID.one(
        {"input": input},
        {},
        out=out,
    )


_GELU_SIGMOID = ElementwiseKernel(
    name="gelu_sigmoid",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// gelu_sigmoid:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_sigmoid_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v2 = R(1.702) * input;
    const real v3 = fabs(v2);
    const real v4 = -v3;
    const real v5 = op_exp(v4);
    const bool v7 = R(0.0) <= v2;
    const real v9 = v7 ? R(1.0) : v5;
    const real v10 = v5 + R(1.0);
    const real v11 = op_div_moderate(v9, v10);
    const bool v12 = v9 == R(0.0);
    const real v13 = input * v11;
    const real v14 = v12 ? R(0.0) : v13;
    output = v14;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) gelu_sigmoid_flat(
    const T* input, T* output, const long long size) {
  const gelu_sigmoid_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def gelu_sigmoid_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """GELU, logistic form: vector-Jacobian product.

        output = input*sigmoid(851*input/500)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.gelu_sigmoid.
    Stable by the proved claims act.silu/slope_by_magnitude.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.3 ulp max(1, k) (arguments up to 8)
        float16: 0.48 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.03 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.03 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _GELU_SIGMOID_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_GELU_SIGMOID_VJP = ElementwiseKernel(
    name="gelu_sigmoid_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// gelu_sigmoid_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_sigmoid_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = R(1.702) * input;
    const real v5 = fabs(v2);
    const real v6 = R(1.0) - v5;
    const real v7 = -v5;
    const real v8 = op_exp(v7);
    const real v9 = v8 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const bool v12 = v8 == R(0.0);
    const real v13 = v5 * v10;
    const real v14 = v12 ? R(0.0) : v13;
    const real v15 = v6 + v14;
    const real v16 = v15 * v10;
    const real v17 = v12 ? R(0.0) : v16;
    const bool v18 = R(0.0) <= v2;
    const real v19 = R(1.0) - v17;
    const real v20 = v18 ? v19 : v17;
    const real v21 = g * v20;
    input_out = v21;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) gelu_sigmoid_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const gelu_sigmoid_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def gelu_tanh(input: Any, *, out: Any = None) -> Any:
    """GELU, tanh form.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.55 ulp max(1, k) (arguments up to 64)
        float16: 0.01 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 0.29 ulp max(1, k) (arguments up to 64)
    """
    return _GELU_TANH.one(
        {"input": input},
        {},
        out=out,
    )


_GELU_TANH = ElementwiseKernel(
    name="gelu_tanh",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// gelu_tanh:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_tanh_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v2 = op_min(op_max(input, R(-32.0)), R(32.0));
    const real v3 = v2 * v2;
    const real v4 = v2 * v3;
    const real v5 = R(0.044715) * v4;
    const real v6 = v2 + v5;
    const real v8 = R(1.5957691216057308) * v6;
    const real v9 = fabs(v8);
    const real v10 = -v9;
    const real v11 = op_exp(v10);
    const bool v13 = R(0.0) <= v8;
    const real v15 = v13 ? R(1.0) : v11;
    const real v16 = v11 + R(1.0);
    const real v17 = op_div_moderate(v15, v16);
    const bool v18 = v15 == R(0.0);
    const real v19 = input * v17;
    const real v20 = v18 ? R(0.0) : v19;
    output = v20;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) gelu_tanh_flat(
    const T* input, T* output, const long long size) {
  const gelu_tanh_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def gelu_tanh_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """GELU, tanh form: vector-Jacobian product.

        output = input*(tanh(sqrt(2)*(8943*input**3/200000 + input)/sqrt(pi)) + 1)/2
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: finite input; the cotangent needs a finite cube of it.
    Sources and proofs: symcheck show act.gelu_tanh.
    Stable by the proved claims act.gelu_tanh/as_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.9 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 8)
        float64: 2.7 ulp max(1, k) (arguments up to 8)
        float32: 0.44 ulp max(1, k) (arguments up to 64)
        float16: 0.01 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 0.31 ulp max(1, k) (arguments up to 64)
    """
    return _GELU_TANH_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_GELU_TANH_VJP = ElementwiseKernel(
    name="gelu_tanh_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// gelu_tanh_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct gelu_tanh_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = op_min(op_max(input, R(-32.0)), R(32.0));
    const real v3 = v2 * v2;
    const real v4 = v2 * v3;
    const real v5 = R(0.044715) * v4;
    const real v6 = v2 + v5;
    const real v8 = R(1.5957691216057308) * v6;
    const real v9 = fabs(v8);
    const real v10 = -v9;
    const real v11 = op_exp(v10);
    const bool v13 = R(0.0) <= v8;
    const real v15 = v13 ? R(1.0) : v11;
    const real v16 = v11 + R(1.0);
    const real v18 = v16 * v16;
    const real v20 = R(0.21406444881780073) * v3;
    const real v21 = R(1.5957691216057308) + v20;
    const real v22 = v15 * v16;
    const bool v23 = v11 == R(0.0);
    const real v24 = input * v11;
    const real v25 = v23 ? R(0.0) : v24;
    const real v26 = v21 * v25;
    const real v27 = v22 + v26;
    const real v28 = op_div_moderate(v27, v18);
    const real v29 = g * v28;
    input_out = v29;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) gelu_tanh_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const gelu_tanh_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def sigmoid(input: Any, *, out: Any = None) -> Any:
    """Logistic sigmoid.

        output = sigmoid(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 0.97 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.09 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _SIGMOID.one(
        {"input": input},
        {},
        out=out,
    )


_SIGMOID = ElementwiseKernel(
    name="sigmoid",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// sigmoid:
// the function of one place, and the loop over packs of V places and those left over.
struct sigmoid_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v1 = fabs(input);
    const real v2 = -v1;
    const real v3 = op_exp(v2);
    const bool v5 = R(0.0) <= input;
    const real v7 = v5 ? R(1.0) : v3;
    const real v8 = v3 + R(1.0);
    const real v9 = op_div_moderate(v7, v8);
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) sigmoid_flat(
    const T* input, T* output, const long long size) {
  const sigmoid_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def sigmoid_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """Logistic sigmoid: vector-Jacobian product.

        output = sigmoid(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.sigmoid.
    Stable by the proved claims act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.7 ulp max(1, k) (arguments up to 8)
        float16: 0.48 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.47 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 0.31 ulp max(1, k) (arguments up to 64)
        float16: 0.05 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.06 ulp max(1, k) (arguments up to 64)
        float64: 0.26 ulp max(1, k) (arguments up to 64)
    """
    return _SIGMOID_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_SIGMOID_VJP = ElementwiseKernel(
    name="sigmoid_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// sigmoid_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct sigmoid_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const real v6 = v4 + R(1.0);
    const real v7 = v6 * v6;
    const real v8 = op_div_moderate(v4, v7);
    const real v9 = g * v8;
    input_out = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) sigmoid_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const sigmoid_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def tanh(input: Any, *, out: Any = None) -> Any:
    """Hyperbolic tangent.

        output = tanh(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.tanh.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.6 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.46 ulp max(1, k) (arguments up to 64)
        float16: 0.01 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _TANH.one(
        {"input": input},
        {},
        out=out,
    )


_TANH = ElementwiseKernel(
    name="tanh",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// tanh:
// the function of one place, and the loop over packs of V places and those left over.
struct tanh_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v1 = tanh(input);
    output = v1;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) tanh_flat(
    const T* input, T* output, const long long size) {
  const tanh_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def tanh_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """Hyperbolic tangent: vector-Jacobian product.

        output = tanh(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.tanh.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 2.2 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 0.09 ulp max(1, k) (arguments up to 64)
        float16: 0.03 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.03 ulp max(1, k) (arguments up to 64)
        float64: 0.1 ulp max(1, k) (arguments up to 64)
    """
    return _TANH_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_TANH_VJP = ElementwiseKernel(
    name="tanh_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// tanh_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct tanh_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v3 = R(2.0) * input;
    const real v4 = fabs(v3);
    const real v5 = -v4;
    const real v6 = op_exp(v5);
    const real v8 = v6 + R(1.0);
    const real v9 = v8 * v8;
    const real v10 = op_div_moderate(v6, v9);
    const real v12 = R(4.0) * g;
    const real v13 = v12 * v10;
    input_out = v13;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) tanh_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const tanh_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def softplus(input: Any, *, out: Any = None) -> Any:
    """Softplus.

        output = softplus(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claims act.softplus/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.74 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.49 ulp max(1, k) (arguments up to 64)
        float16: 0.05 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.04 ulp max(1, k) (arguments up to 64)
        float64: 0.13 ulp max(1, k) (arguments up to 64)
    """
    return _SOFTPLUS.one(
        {"input": input},
        {},
        out=out,
    )


_SOFTPLUS = ElementwiseKernel(
    name="softplus",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// softplus:
// the function of one place, and the loop over packs of V places and those left over.
struct softplus_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v1 = fabs(input);
    const real v2 = -v1;
    const real v3 = op_exp(v2);
    const real v4 = log1p(v3);
    const real v6 = op_max(input, R(0.0));
    const real v7 = v4 + v6;
    output = v7;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) softplus_flat(
    const T* input, T* output, const long long size) {
  const softplus_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def softplus_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """Softplus: vector-Jacobian product.

        output = softplus(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.softplus.
    Stable by the proved claims act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.4 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.43 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.06 ulp max(1, k) (arguments up to 64)
        float64: 2.0 ulp max(1, k) (arguments up to 64)
    """
    return _SOFTPLUS_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_SOFTPLUS_VJP = ElementwiseKernel(
    name="softplus_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// softplus_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct softplus_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const bool v6 = R(0.0) <= input;
    const real v8 = v6 ? R(1.0) : v4;
    const real v9 = v4 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const real v11 = g * v10;
    input_out = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) softplus_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const softplus_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def log_sigmoid(input: Any, *, out: Any = None) -> Any:
    """Log-sigmoid.

        output = -softplus(-input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claims act.softplus/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.96 ulp max(1, k) (arguments up to 8)
        float16: 0.51 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.49 ulp max(1, k) (arguments up to 64)
        float16: 0.06 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.05 ulp max(1, k) (arguments up to 64)
        float64: 0.13 ulp max(1, k) (arguments up to 64)
    """
    return _LOG_SIGMOID.one(
        {"input": input},
        {},
        out=out,
    )


_LOG_SIGMOID = ElementwiseKernel(
    name="log_sigmoid",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    text="""\
// log_sigmoid:
// the function of one place, and the loop over packs of V places and those left over.
struct log_sigmoid_map {
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v1 = fabs(input);
    const real v2 = -v1;
    const real v3 = op_exp(v2);
    const real v4 = log1p(v3);
    const real v6 = op_min(input, R(0.0));
    const real v7 = v6 - v4;
    output = v7;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) log_sigmoid_flat(
    const T* input, T* output, const long long size) {
  const log_sigmoid_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def log_sigmoid_vjp(g: Any, input: Any, *, out: Any = None) -> Any:
    """Log-sigmoid: vector-Jacobian product.

        output = -softplus(-input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.log_sigmoid.
    Stable by the proved claims act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.47 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.06 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _LOG_SIGMOID_VJP.one(
        {"g": g, "input": input},
        {},
        out=out,
    )


_LOG_SIGMOID_VJP = ElementwiseKernel(
    name="log_sigmoid_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    text="""\
// log_sigmoid_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct log_sigmoid_vjp_map {
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const bool v6 = input <= R(0.0);
    const real v8 = v6 ? R(1.0) : v4;
    const real v9 = v4 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const real v11 = g * v10;
    input_out = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) log_sigmoid_vjp_flat(
    const T* g, const T* input, T* input_out, const long long size) {
  const log_sigmoid_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def softmax(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Softmax.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claims act.softmax/shift_invariance.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.88 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.45 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _SOFTMAX.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_SOFTMAX = RowKernel(
    name="softmax",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    text="""\
// softmax:
// what is computed at a place and for a row.  The schedules below say when.
struct softmax_row {
  struct Element {
    real input;
    real k4;
  };
  struct Row {
    real v2;
    real v5;
    Divisor d5;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    Max v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    r.v2 = v2;
  }

  struct Fold2 {
    Sum v5;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v5.combine(b.v5);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v5.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v5) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    v5 = v4;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v5) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    e.k4 = v4;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v5 = f.v5.s;
    r.d5 = divisor(r.v5);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v6 = op_times(v4, r.d5);
    output[0] = v6;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* output) {
    const real v6 = op_times(e.k4, r.d5);
    output[0] = v6;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct softmax_again {
  struct Element {
    real input;
  };
  struct Row {
    real v2;
    real v9;
    Divisor d9;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    const real v7 = f.v1.m - v2;
    const real v8 = op_exp(v7);
    const real v9 = f.v1.s * v8;
    r.v2 = v2;
    r.v9 = v9;
    r.d9 = divisor(r.v9);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v10 = op_over(v4, r.d9);
    output[0] = v10;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) softmax_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = softmax_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input(e[step], Once<T>{input}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k]);
      }
      fold1.v1.add_pack(v1_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v5_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v5_at[k]);
      }
      fold2.v5.add_pack(v5_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real output_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, output_at + k);
      }
      store_pack(output + base + i, output_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) softmax_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = softmax_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k);
          }
          store_pack(output + base + i, output_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) softmax_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = softmax_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
            fold1.v1.add_pack(v1_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v5_at[k]);
            }
            fold2.v5.add_pack(v5_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k);
          }
          store_pack(output + base + i, output_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) softmax_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = softmax_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 2, left, parts,
                2);
  F::finish1(fold1, r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input(e[turn], input, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real output_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, output_at + k);
        }
        store_pack(output + base + i, output_at);
      }
    }
  }
}
""",
)


def softmax_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Softmax: vector-Jacobian product.

        output[i] = exp(input[i])/Sum(exp(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.softmax.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.7 ulp of the largest of the row
        float16: 0.35 ulp of the largest of the row
        bfloat16: 0.42 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _SOFTMAX_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_SOFTMAX_VJP = RowKernel(
    name="softmax_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    held=2,
    folded=2,
    passes=3,
    staged=("input", "g"),
    text="""\
// softmax_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct softmax_vjp_row {
  struct Element {
    real g;
    real input;
    real k4;
  };
  struct Row {
    real v2;
    real v5;
    real v16;
    real v20;
    Divisor d5;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  template <int V, typename P_g, typename P_input>
  static __device__ __forceinline__ void load_g_input(
      Element (&e)[V], const P_g g, const P_input input, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    Max v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    r.v2 = v2;
  }

  struct Fold2 {
    Sum v5;
    Max v14;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v5.combine(b.v5);
      v14.combine(b.v14);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v5.over_lanes(count);
      v14.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v5, real& v14) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const bool v11 = v4 == R(1.0);
    const real v13 = v11 ? e.g : (-infinity());
    v5 = v4;
    v14 = v13;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v5, real& v14) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const bool v11 = v4 == R(1.0);
    const real v13 = v11 ? e.g : (-infinity());
    e.k4 = v4;
    v5 = v4;
    v14 = v13;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const bool v10 = f.v5.s <= R(2.0);
    const real v16 = v10 ? f.v14.m : R(0.0);
    r.v5 = f.v5.s;
    r.v16 = v16;
    r.d5 = divisor(r.v5);
  }

  struct Fold3 {
    Sum v19;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v19.combine(b.v19);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v19.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v19) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v17 = e.g - r.v16;
    const real v18 = v4 * v17;
    v19 = v18;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v19) {
    const real v17 = e.g - r.v16;
    const real v18 = e.k4 * v17;
    v19 = v18;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v20 = op_div(f.v19.s, r.v5);
    r.v20 = v20;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v6 = op_times(v4, r.d5);
    const real v17 = e.g - r.v16;
    const real v21 = v17 - r.v20;
    const real v22 = v6 * v21;
    input_out[0] = v22;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v6 = op_times(e.k4, r.d5);
    const real v17 = e.g - r.v16;
    const real v21 = v17 - r.v20;
    const real v22 = v6 * v21;
    input_out[0] = v22;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct softmax_vjp_again {
  struct Element {
    real g;
    real input;
    real k4;
  };
  struct Row {
    real v2;
    real v9;
    bool v14;
    real v20;
    real v24;
    Divisor d9;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  template <int V, typename P_g, typename P_input>
  static __device__ __forceinline__ void load_g_input(
      Element (&e)[V], const P_g g, const P_input input, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    const real v7 = f.v1.m - v2;
    const real v8 = op_exp(v7);
    const real v9 = f.v1.s * v8;
    const bool v14 = v9 <= R(2.0);
    r.v2 = v2;
    r.v9 = v9;
    r.v14 = v14;
    r.d9 = divisor(r.v9);
  }

  struct Fold2 {
    Max v18;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v18.combine(b.v18);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v18.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v18) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const bool v15 = v4 == R(1.0);
    const real v17 = v15 ? e.g : (-infinity());
    v18 = v17;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v18) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const bool v15 = v4 == R(1.0);
    const real v17 = v15 ? e.g : (-infinity());
    e.k4 = v4;
    v18 = v17;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v20 = r.v14 ? f.v18.m : R(0.0);
    r.v20 = v20;
  }

  struct Fold3 {
    Sum v23;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v23.combine(b.v23);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v23.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v23) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v21 = e.g - r.v20;
    const real v22 = v4 * v21;
    v23 = v22;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v23) {
    const real v21 = e.g - r.v20;
    const real v22 = e.k4 * v21;
    v23 = v22;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v24 = op_div(f.v23.s, r.v9);
    r.v24 = v24;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v3 = e.input - r.v2;
    const real v4 = op_exp(v3);
    const real v10 = op_over(v4, r.d9);
    const real v21 = e.g - r.v20;
    const real v25 = v21 - r.v24;
    const real v26 = v10 * v25;
    input_out[0] = v26;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v10 = op_over(e.k4, r.d9);
    const real v21 = e.g - r.v20;
    const real v25 = v21 - r.v24;
    const real v26 = v10 * v25;
    input_out[0] = v26;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) softmax_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = softmax_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_g_input(e[step], Once<T>{g}, Once<T>{input}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k]);
      }
      fold1.v1.add_pack(v1_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v5_at[V];
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v5_at[k], v14_at[k]);
      }
      fold2.v5.add_pack(v5_at);
      fold2.v14.add_pack(v14_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v19_at[k]);
      }
      fold3.v19.add_pack(v19_at);
    }
  }
  combine_lanes<LANES>(fold3);
  F::finish3(fold3, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) softmax_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = softmax_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v18_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v18_at[k]);
            }
            fold2.v18.add_pack(v18_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    F::Fold3 fold3;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v23_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v23_at[k]);
            }
            fold3.v23.add_pack(v23_at);
          }
        }
      }
    }
    combine_block(fold3);
    F::finish3(fold3, r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input(e[turn], g, input, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) softmax_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = softmax_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    g_staged.template fetch<V>(g + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    g_staged.row(g + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
            fold1.v1.add_pack(v1_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g_staged, input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
            real v14_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v5_at[k], v14_at[k]);
            }
            fold2.v5.add_pack(v5_at);
            fold2.v14.add_pack(v14_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    F::Fold3 fold3;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g_staged, input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v19_at[k]);
            }
            fold3.v19.add_pack(v19_at);
          }
        }
      }
    }
    combine_block(fold3);
    F::finish3(fold3, r);
    constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input(e[turn], g_staged, input_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
          g_staged.template fetch<V>(g + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) softmax_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = softmax_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 2, left, parts,
                2);
  F::finish1(fold1, r);
  F::Fold2 fold2;
  if constexpr (PHASE == 2) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v18_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v18_at[k]);
            }
            fold2.v18.add_pack(v18_at);
          }
        }
      }
    }
combine_block(fold2);
    leave_part(fold2, partial + 1 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold2, partial + 1 * rows * parts * 2, left, parts,
                2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
  if constexpr (PHASE == 3) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v23_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v23_at[k]);
            }
            fold3.v23.add_pack(v23_at);
          }
        }
      }
    }
combine_block(fold3);
    leave_part(fold3, partial + 2 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold3, partial + 2 * rows * parts * 2, left, parts,
                2);
  F::finish3(fold3, r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g_input(e[turn], g, input, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
  }
}
""",
)


def logsumexp(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Log-sum-exp.

        output = log(Sum(exp(input[k]), (k, 1, n)))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claims act.logsumexp/shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.42 ulp of the largest of the row
        float16: 0.38 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _LOGSUMEXP.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_LOGSUMEXP = RowKernel(
    name="logsumexp",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    text="""\
// logsumexp:
// what is computed at a place and for a row.  The schedules below say when.
struct logsumexp_row {
  struct Element {
    real input;
  };
  struct Row {
    real v4;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxRest v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = log1p(f.v1.r);
    const real v4 = v3 + f.v1.m;
    r.v4 = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) logsumexp_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = logsumexp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) e[step][k].input = -infinity();
    if (FULL || i < n) F::load_input(e[step], Once<T>{input}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
  real v1_all[STEPS * V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) v1_all[step * V + k] = e[step][k].input;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k]);
      }
#pragma unroll
      for (int k = 0; k < V; ++k) v1_all[step * V + k] = v1_at[k];
    }
  }
  fold1.v1.add_pack(v1_all);
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v4);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) logsumexp_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = logsumexp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v4);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) logsumexp_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = logsumexp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            input_staged.template fetch<V>(input + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v4);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) logsumexp_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = logsumexp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 2, left, parts,
                2);
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v4);
  }
}
""",
)


def logsumexp_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Log-sum-exp: vector-Jacobian product.

        output = log(Sum(exp(input[k]), (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.logsumexp.
    Stable by the proved claims act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.54 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _LOGSUMEXP_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_LOGSUMEXP_VJP = RowKernel(
    name="logsumexp_vjp",
    arrays=(Array("g", "row"), Array("input")),
    outputs=(Out("input"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    text="""\
// logsumexp_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct logsumexp_vjp_row {
  struct Element {
    real input;
    real k5;
  };
  struct Row {
    real g;
    real v3;
    real v7;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    Max v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v1.m);
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v6;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v6) {
    const real v4 = e.input - r.v3;
    const real v5 = op_exp(v4);
    v6 = v5;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v6) {
    const real v4 = e.input - r.v3;
    const real v5 = op_exp(v4);
    e.k5 = v5;
    v6 = v5;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v7 = op_div(r.g, f.v6.s);
    r.v7 = v7;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v4 = e.input - r.v3;
    const real v5 = op_exp(v4);
    const real v8 = r.v7 * v5;
    input_out[0] = v8;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v8 = r.v7 * e.k5;
    input_out[0] = v8;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct logsumexp_vjp_again {
  struct Element {
    real input;
  };
  struct Row {
    real g;
    real v3;
    real v11;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v1.m);
    const real v8 = f.v1.m - v3;
    const real v9 = op_exp(v8);
    const real v10 = f.v1.s * v9;
    const real v11 = op_div(r.g, v10);
    r.v3 = v3;
    r.v11 = v11;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v4 = e.input - r.v3;
    const real v5 = op_exp(v4);
    const real v12 = r.v11 * v5;
    input_out[0] = v12;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) logsumexp_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = logsumexp_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input(e[step], Once<T>{input}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k]);
      }
      fold1.v1.add_pack(v1_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v6_at[k]);
      }
      fold2.v6.add_pack(v6_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) logsumexp_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = logsumexp_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) logsumexp_vjp_staged(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = logsumexp_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    F::Row r;
    r.g = real(g[row]);
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
            fold1.v1.add_pack(v1_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v6_at[k]);
            }
            fold2.v6.add_pack(v6_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) logsumexp_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = logsumexp_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 2, left, parts,
                2);
  F::finish1(fold1, r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input(e[turn], input, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
  }
}
""",
)


def log_softmax(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Log-softmax.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claims act.logsumexp/shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.3 ulp of the largest of the row
        float16: 0.39 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 0.5 ulp of the largest of the row
    """
    return _LOG_SOFTMAX.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_LOG_SOFTMAX = RowKernel(
    name="log_softmax",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    text="""\
// log_softmax:
// what is computed at a place and for a row.  The schedules below say when.
struct log_softmax_row {
  struct Element {
    real input;
  };
  struct Row {
    real v1;
    real v4;
  };

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxRest v1;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v1) {
    v1 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = log1p(f.v1.r);
    r.v1 = f.v1.m;
    r.v4 = v4;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v2 = e.input - r.v1;
    const real v5 = v2 - r.v4;
    output[0] = v5;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) log_softmax_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = log_softmax_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) e[step][k].input = -infinity();
    if (FULL || i < n) F::load_input(e[step], Once<T>{input}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
  real v1_all[STEPS * V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) v1_all[step * V + k] = e[step][k].input;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k]);
      }
#pragma unroll
      for (int k = 0; k < V; ++k) v1_all[step * V + k] = v1_at[k];
    }
  }
  fold1.v1.add_pack(v1_all);
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real output_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, output_at + k);
      }
      store_pack(output + base + i, output_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) log_softmax_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = log_softmax_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k);
          }
          store_pack(output + base + i, output_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) log_softmax_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = log_softmax_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input(e[turn], input_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k);
          }
          store_pack(output + base + i, output_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) log_softmax_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = log_softmax_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input(e[turn], input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 2, left + part,
               2);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 2, left, parts,
                2);
  F::finish1(fold1, r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input(e[turn], input, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real output_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, output_at + k);
        }
        store_pack(output + base + i, output_at);
      }
    }
  }
}
""",
)


def log_softmax_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Log-softmax: vector-Jacobian product.

        output[i] = -log(Sum(exp(input[k]), (k, 1, n))) + input[i]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        axis: the axis of length n.
        out: where to put the result.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show act.log_softmax.
    Stable by the proved claims act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 2.0 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.44 ulp of the largest of the row
        float64: 0.25 ulp of the largest of the row
    """
    return _LOG_SOFTMAX_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_LOG_SOFTMAX_VJP = RowKernel(
    name="log_softmax_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    held=2,
    folded=3,
    passes=1,
    staged=("input", "g"),
    text="""\
// log_softmax_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct log_softmax_vjp_row {
  struct Element {
    real g;
    real input;
    real k6;
  };
  struct Row {
    real v3;
    real v4;
    real v8;
  };

  template <int V, typename P_g, typename P_input>
  static __device__ __forceinline__ void load_g_input(
      Element (&e)[V], const P_g g, const P_input input, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
      e[k].input = input_at[k];
    }
  }

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    Max v1;
    Sum v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v3) {
    v1 = e.input;
    v3 = e.g;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v1.m);
    r.v3 = f.v3.s;
    r.v4 = v4;
  }

  struct Fold2 {
    Sum v7;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v7.combine(b.v7);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v7.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v7) {
    const real v5 = e.input - r.v4;
    const real v6 = op_exp(v5);
    v7 = v6;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v7) {
    const real v5 = e.input - r.v4;
    const real v6 = op_exp(v5);
    e.k6 = v6;
    v7 = v6;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v8 = op_div(r.v3, f.v7.s);
    r.v8 = v8;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = e.input - r.v4;
    const real v6 = op_exp(v5);
    const real v9 = r.v8 * v6;
    const real v10 = e.g - v9;
    input_out[0] = v10;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v9 = r.v8 * e.k6;
    const real v10 = e.g - v9;
    input_out[0] = v10;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct log_softmax_vjp_again {
  struct Element {
    real g;
    real input;
  };
  struct Row {
    real v4;
    real v12;
  };

  template <int V, typename P_g, typename P_input>
  static __device__ __forceinline__ void load_g_input(
      Element (&e)[V], const P_g g, const P_input input, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
      e[k].input = input_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v1;
    Sum v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v3) {
    v1 = e.input;
    v3 = e.g;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v1.m);
    const real v9 = f.v1.m - v4;
    const real v10 = op_exp(v9);
    const real v11 = f.v1.s * v10;
    const real v12 = op_div(f.v3.s, v11);
    r.v4 = v4;
    r.v12 = v12;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = e.input - r.v4;
    const real v6 = op_exp(v5);
    const real v13 = r.v12 * v6;
    const real v14 = e.g - v13;
    input_out[0] = v14;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) log_softmax_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = log_softmax_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_g_input(e[step], Once<T>{g}, Once<T>{input}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k], v3_at[k]);
      }
      fold1.v1.add_pack(v1_at);
      fold1.v3.add_pack(v3_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v7_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v7_at[k]);
      }
      fold2.v7.add_pack(v7_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) log_softmax_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = log_softmax_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g, input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
            fold1.v3.add_pack(v3_at);
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input(e[turn], g, input, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) log_softmax_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = log_softmax_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    g_staged.template fetch<V>(g + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    g_staged.row(g + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input(e[turn], g_staged, input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v3_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v3.add_pack(v3_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input(e[turn], input_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v7_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v7_at[k]);
            }
            fold2.v7.add_pack(v7_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input(e[turn], g_staged, input_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
          g_staged.template fetch<V>(g + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) log_softmax_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = log_softmax_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input(e[turn], g, input, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
            fold1.v3.add_pack(v3_at);
          }
        }
        fold1.v1.add_pack(v1_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 3, left + part,
               3);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 3, left, parts,
                3);
  F::finish1(fold1, r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g_input(e[turn], g, input, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
  }
}
""",
)
