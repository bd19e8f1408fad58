"""Attention.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Out

__all__ = ["residual", "residual_vjp"]


def residual(input: Any, branch: Any, *, out: Any = None) -> Any:
    """Residual connection.

        output = branch + input

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        branch: float16, bfloat16, float32 or float64, shape (...); Sublayer(input).
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
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _RESIDUAL.one(
        {"input": input, "branch": branch},
        {},
        out=out,
    )


_RESIDUAL = ElementwiseKernel(
    name="residual",
    arrays=(Array("input"), Array("branch")),
    outputs=(Out("output"),),
    text="""\
// residual:
// the function of one place, and the loop over packs of V places and those left over.
struct residual_map {
  __device__ __forceinline__ void operator()(const real input, const real branch, real& output) const {
    const real v2 = input + branch;
    output = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(256, 1) residual_flat(
    const T* input, const T* branch, T* output, const long long size) {
  const residual_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real branch_at[V];
    load_pack_once(branch + i, branch_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], branch_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(branch[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def residual_vjp(g: Any, input: Any, branch: Any, *, out: Sequence[Any] | None = None) -> tuple[Any, ...]:
    """Residual connection: vector-Jacobian product.

        output = branch + input
        result = d(sum of g * output) / d(input, branch)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        branch: float16, bfloat16, float32 or float64, shape (...); Sublayer(input).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (...)), that of branch (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.
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
    return _RESIDUAL_VJP.several(
        {"g": g, "input": input, "branch": branch},
        {},
        out=out,
    )


_RESIDUAL_VJP = ElementwiseKernel(
    name="residual_vjp",
    arrays=(Array("g"), Array("input", used=False), Array("branch", used=False)),
    outputs=(Out("input"), Out("branch")),
    text="""\
// residual_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct residual_vjp_map {
  __device__ __forceinline__ void operator()(const real g, real& input_out, real& branch_out) const {
    input_out = g;
    branch_out = g;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(256, 1) residual_vjp_flat(
    const T* g, T* input_out, T* branch_out, const long long size) {
  const residual_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_out_at[V];
    real branch_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_out_at[k], branch_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
    store_pack(branch_out + i, branch_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    real branch_out_at;
    map(real(g[i]), input_out_at, branch_out_at);
    input_out[i] = T(input_out_at);
    branch_out[i] = T(branch_out_at);
  }
}
""",
)
