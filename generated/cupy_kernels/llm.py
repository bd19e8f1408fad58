"""Language models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

from ._runtime import Array, Out, RowKernel

__all__ = ["rope", "rope_vjp"]


def rope(input: Any, positions: Any, frequencies: Any, *, out: Any = None) -> Any:
    """Rotary position embedding.

        output[c, a] = (-KroneckerDelta(1, a)*input[c, 2] + KroneckerDelta(2, a)*input[c,
            1])*sin(positions*frequencies[c]) + cos(positions*frequencies[c])*input[c, a]

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., h, 2); pairs of features, shape (...,
            h, 2).
        positions: integers, shape (...); position of each row.
        frequencies: float16, bfloat16, float32 or float64, shape (h,); angle per position of each pair,
            shape (h,).
        out: where to put the result.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.89 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.49 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _ROPE.one(
        {"input": input, "positions": positions, "frequencies": frequencies},
        {},
        out=out,
    )


_ROPE = RowKernel(
    name="rope",
    arrays=(
        Array("input", literal=(2,)),
        Array("positions", "row", integer=True),
        Array("frequencies", "shared"),
    ),
    outputs=(Out("output", literal=(2,)),),
    held=3,
    folded=0,
    text="""\
// rope: what is computed at a place and for a row.  The schedules below say when.
struct rope_row {
  struct Element {
    real input[2];
    real frequencies;
  };
  struct Row {
    long long positions;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_input_frequencies(
      Element (&e)[V], const T* input, const T* frequencies, const long long base, const int i) {
    real input_at[V * 2];
    load_pack(input + (base + i) * 2, input_at);
    real frequencies_at[V];
    load_pack(frequencies + i, frequencies_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input[0] = input_at[k * 2];
      e[k].input[1] = input_at[k * 2 + 1];
      e[k].frequencies = frequencies_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v4 = op_sinprod(real(r.positions), e.frequencies);
    const real v5 = e.input[1] * v4;
    const real v6 = op_cosprod(real(r.positions), e.frequencies);
    const real v7 = v6 * e.input[0];
    const real v8 = v7 - v5;
    const real v9 = e.input[0] * v4;
    const real v10 = v6 * e.input[1];
    const real v11 = v9 + v10;
    output[0] = v8;
    output[1] = v11;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) rope_warp(
    const T* __restrict__ input, const T* __restrict__ frequencies,
    const long long* __restrict__ positions, T* __restrict__ output, const long long rows, const int n) {
  using F = rope_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_input_frequencies(e[step], input, frequencies, base, i);
  }
  F::Row r;
  r.positions = positions[row];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
      real output_at[V * 2];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, output_at + k * 2);
      }
      store_pack(output + (base + i) * 2, output_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) rope_block(
    const T* __restrict__ input, const T* __restrict__ frequencies,
    const long long* __restrict__ positions, T* __restrict__ output, const long long rows, const int n) {
  using F = rope_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.positions = positions[row];
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_frequencies(e, input, frequencies, base, i);
      real output_at[V * 2];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[k], r, i + k, output_at + k * 2);
      }
      store_pack(output + (base + i) * 2, output_at);
    }
  }
}
""",
)


def rope_vjp(g: Any, input: Any, positions: Any, frequencies: Any, *, out: Any = None) -> Any:
    """Rotary position embedding: vector-Jacobian product.

        output[c, a] = (-KroneckerDelta(1, a)*input[c, 2] + KroneckerDelta(2, a)*input[c,
            1])*sin(positions*frequencies[c]) + cos(positions*frequencies[c])*input[c, a]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., h, 2); cotangent, of the shape of the
            forward result.
        input: float16, bfloat16, float32 or float64, shape (..., h, 2); pairs of features, shape (...,
            h, 2).
        positions: integers, shape (...); position of each row.
        frequencies: float16, bfloat16, float32 or float64, shape (h,); angle per position of each pair,
            shape (h,).
        out: where to put the result.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.5 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _ROPE_VJP.one(
        {"g": g, "input": input, "positions": positions, "frequencies": frequencies},
        {},
        out=out,
    )


_ROPE_VJP = RowKernel(
    name="rope_vjp",
    arrays=(
        Array("g", literal=(2,)),
        Array("input", literal=(2,), used=False),
        Array("positions", "row", integer=True),
        Array("frequencies", "shared"),
    ),
    outputs=(Out("input", literal=(2,)),),
    held=3,
    folded=0,
    text="""\
// rope_vjp: what is computed at a place and for a row.  The schedules below say when.
struct rope_vjp_row {
  struct Element {
    real g[2];
    real frequencies;
  };
  struct Row {
    long long positions;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_g_frequencies(
      Element (&e)[V], const T* g, const T* frequencies, const long long base, const int i) {
    real g_at[V * 2];
    load_pack(g + (base + i) * 2, g_at);
    real frequencies_at[V];
    load_pack(frequencies + i, frequencies_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g[0] = g_at[k * 2];
      e[k].g[1] = g_at[k * 2 + 1];
      e[k].frequencies = frequencies_at[k];
    }
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = op_sinprod(real(r.positions), e.frequencies);
    const real v3 = op_cosprod(real(r.positions), e.frequencies);
    const real v6 = e.g[1] * v3;
    const real v7 = e.g[1] * v2;
    const real v8 = e.g[0] * v3;
    const real v9 = e.g[0] * v2;
    const real v10 = v6 - v9;
    const real v11 = v7 + v8;
    input_out[0] = v11;
    input_out[1] = v10;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) rope_vjp_warp(
    const T* __restrict__ g, const T* __restrict__ frequencies, const long long* __restrict__ positions,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = rope_vjp_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_g_frequencies(e[step], g, frequencies, base, i);
  }
  F::Row r;
  r.positions = positions[row];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
      real input_out_at[V * 2];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k * 2);
      }
      store_pack(input_out + (base + i) * 2, input_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) rope_vjp_block(
    const T* __restrict__ g, const T* __restrict__ frequencies, const long long* __restrict__ positions,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = rope_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.positions = positions[row];
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_g_frequencies(e, g, frequencies, base, i);
      real input_out_at[V * 2];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[k], r, i + k, input_out_at + k * 2);
      }
      store_pack(input_out + (base + i) * 2, input_out_at);
    }
  }
}
""",
)
