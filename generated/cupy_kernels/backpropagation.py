"""Backpropagation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from typing import Any

from ._runtime import Array, ElementwiseKernel, Out

__all__ = ["he_variance", "xavier_variance"]


def xavier_variance(fan_in: Any, fan_out: Any, *, out: Any = None) -> Any:
    """Xavier initialisation.

        output = 2/(fan_in + fan_out)

    Args:
        fan_in: float16, bfloat16, float32 or float64, shape (...).
        fan_out: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.5 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _XAVIER_VARIANCE.one(
        {"fan_in": fan_in, "fan_out": fan_out},
        {},
        out=out,
    )


_XAVIER_VARIANCE = ElementwiseKernel(
    name="xavier_variance",
    arrays=(Array("fan_in"), Array("fan_out")),
    outputs=(Out("output"),),
    text="""\
// xavier_variance:
// the function of one place, and the loop over packs of V places and those left over.
struct xavier_variance_map {
  __device__ __forceinline__ void operator()(const real fan_in, const real fan_out, real& output) const {
    const real v3 = fan_in + fan_out;
    const real v4 = R(2.0) / v3;
    output = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(256, 1) xavier_variance_flat(
    const T* fan_in, const T* fan_out, T* output, const long long size) {
  const xavier_variance_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real fan_in_at[V];
    load_pack_once(fan_in + i, fan_in_at);
    real fan_out_at[V];
    load_pack_once(fan_out + i, fan_out_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(fan_in_at[k], fan_out_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(fan_in[i]), real(fan_out[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def he_variance(fan_in: Any, *, out: Any = None) -> Any:
    """He initialisation.

        output = 2/fan_in

    Args:
        fan_in: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the result.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.5 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HE_VARIANCE.one(
        {"fan_in": fan_in},
        {},
        out=out,
    )


_HE_VARIANCE = ElementwiseKernel(
    name="he_variance",
    arrays=(Array("fan_in"),),
    outputs=(Out("output"),),
    text="""\
// he_variance:
// the function of one place, and the loop over packs of V places and those left over.
struct he_variance_map {
  __device__ __forceinline__ void operator()(const real fan_in, real& output) const {
    const real v2 = R(2.0) / fan_in;
    output = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(256, 1) he_variance_flat(
    const T* fan_in, T* output, const long long size) {
  const he_variance_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real fan_in_at[V];
    load_pack_once(fan_in + i, fan_in_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(fan_in_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(fan_in[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)
