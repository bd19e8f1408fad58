"""Language models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel
from ._tensors import Fused, Product, Read, Tensor, TensorKernel

__all__ = [
    "dequantize",
    "lora_linear",
    "lora_linear_vjp",
    "nll_loss",
    "nll_loss_vjp",
    "quantize",
    "rope",
    "rope_vjp",
    "sinusoidal_encoding",
    "softmax_temperature",
    "softmax_temperature_vjp",
]


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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show llm.rope.

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
    held=2,
    folded=0,
    passes=0,
    guarded=True,
    text="""\
// rope:
// what is computed at a place and for a row.  The schedules below say when.
struct rope_row {
  struct Element {
    real input[2];
    real frequencies;
  };
  struct Row {
    long long positions;
  };

  template <int V, typename P_input, typename P_frequencies>
  static __device__ __forceinline__ void load_input_frequencies(
      Element (&e)[V], const P_input input, const P_frequencies frequencies, const long long base,
      const int i) {
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

  template <int V, typename P_input>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const P_input input, const long long base, const int i) {
    real input_at[V * 2];
    load_pack(input + (base + i) * 2, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input[0] = input_at[k * 2];
      e[k].input[1] = input_at[k * 2 + 1];
    }
  }

  template <int V, typename P_frequencies>
  static __device__ __forceinline__ void load_frequencies(
      Element (&e)[V], const P_frequencies frequencies, const long long base, const int i) {
    real frequencies_at[V];
    load_pack(frequencies + i, frequencies_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].frequencies = frequencies_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const SinCos a4 = op_sincosprod(real(r.positions), e.frequencies);
    const real v4 = a4.sine;
    const real v5 = e.input[1] * v4;
    const real v6 = a4.cosine;
    const real v7 = v6 * e.input[0];
    const real v8 = v7 - v5;
    const real v9 = e.input[0] * v4;
    const real v10 = v6 * e.input[1];
    const real v11 = v9 + v10;
    output[0] = v8;
    output[1] = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rope_held(
    const T* __restrict__ input, const T* __restrict__ frequencies,
    const long long* __restrict__ positions, T* __restrict__ output, const long long rows, const int n) {
  using F = rope_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input(e[step], Once<T>{input}, base, i);
  }
  F::Row r;
  r.positions = positions[row];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_frequencies(e[step], frequencies, base, i);
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
__global__ void PASS_BOUNDS(512) rope_block(
    const T* __restrict__ input, const T* __restrict__ frequencies,
    const long long* __restrict__ positions, T* __restrict__ output, const long long rows, const int n) {
  using F = rope_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.positions = positions[row];
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input_frequencies(e[turn], input, frequencies, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V * 2];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k * 2);
          }
          store_pack(output + (base + i) * 2, output_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) rope_split(
    const T* __restrict__ input, const T* __restrict__ frequencies,
    const long long* __restrict__ positions, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = rope_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.positions = positions[row];
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input_frequencies(e[turn], input, frequencies, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real output_at[V * 2];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, output_at + k * 2);
        }
        store_pack(output + (base + i) * 2, output_at);
      }
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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show llm.rope.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.9 ulp of the largest of the row
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
    held=2,
    folded=0,
    passes=0,
    guarded=True,
    text="""\
// rope_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct rope_vjp_row {
  struct Element {
    real g[2];
    real frequencies;
  };
  struct Row {
    long long positions;
  };

  template <int V, typename P_g, typename P_frequencies>
  static __device__ __forceinline__ void load_g_frequencies(
      Element (&e)[V], const P_g g, const P_frequencies frequencies, const long long base, const int i) {
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

  template <int V, typename P_g>
  static __device__ __forceinline__ void load_g(
      Element (&e)[V], const P_g g, const long long base, const int i) {
    real g_at[V * 2];
    load_pack(g + (base + i) * 2, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g[0] = g_at[k * 2];
      e[k].g[1] = g_at[k * 2 + 1];
    }
  }

  template <int V, typename P_frequencies>
  static __device__ __forceinline__ void load_frequencies(
      Element (&e)[V], const P_frequencies frequencies, const long long base, const int i) {
    real frequencies_at[V];
    load_pack(frequencies + i, frequencies_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].frequencies = frequencies_at[k];
    }
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const SinCos a2 = op_sincosprod(real(r.positions), e.frequencies);
    const real v2 = a2.sine;
    const real v3 = a2.cosine;
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

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rope_vjp_held(
    const T* __restrict__ g, const T* __restrict__ frequencies, const long long* __restrict__ positions,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = rope_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_g(e[step], Once<T>{g}, base, i);
  }
  F::Row r;
  r.positions = positions[row];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_frequencies(e[step], frequencies, base, i);
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
__global__ void PASS_BOUNDS(512) rope_vjp_block(
    const T* __restrict__ g, const T* __restrict__ frequencies, const long long* __restrict__ positions,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = rope_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.positions = positions[row];
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_frequencies(e[turn], g, frequencies, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V * 2];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k * 2);
          }
          store_pack(input_out + (base + i) * 2, input_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) rope_vjp_split(
    const T* __restrict__ g, const T* __restrict__ frequencies, const long long* __restrict__ positions,
    T* __restrict__ input_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = rope_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.positions = positions[row];
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g_frequencies(e[turn], g, frequencies, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V * 2];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k * 2);
        }
        store_pack(input_out + (base + i) * 2, input_out_at);
      }
    }
  }
}
""",
)


def sinusoidal_encoding(positions: Any, frequencies: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Sinusoidal position code.

        output[c, a] = sin(positions*frequencies[c])*KroneckerDelta(1, a) +
            cos(positions*frequencies[c])*KroneckerDelta(2, a)

    Args:
        positions: integers, shape (...); position of each row.
        frequencies: float16, bfloat16, float32 or float64, shape (h,); angle per position of each pair,
            such as 10000 ** (-arange(h) / h).
        axis: the axis of length h.
        out: where to put the result.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show llm.sinusoidal.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _SINUSOIDAL_ENCODING.one(
        {"positions": positions, "frequencies": frequencies},
        {},
        axis=axis,
        out=out,
    )


_SINUSOIDAL_ENCODING = RowKernel(
    name="sinusoidal_encoding",
    arrays=(Array("positions", "row", integer=True), Array("frequencies", "shared")),
    outputs=(Out("output", literal=(2,)),),
    held=0,
    folded=0,
    passes=0,
    text="""\
// sinusoidal_encoding:
// what is computed at a place and for a row.  The schedules below say when.
struct sinusoidal_encoding_row {
  struct Element {
    real frequencies;
  };
  struct Row {
    long long positions;
  };

  template <int V, typename P_frequencies>
  static __device__ __forceinline__ void load_frequencies(
      Element (&e)[V], const P_frequencies frequencies, const long long base, const int i) {
    real frequencies_at[V];
    load_pack(frequencies + i, frequencies_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].frequencies = frequencies_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const SinCos a2 = op_sincosprod(real(r.positions), e.frequencies);
    const real v2 = a2.sine;
    const real v3 = a2.cosine;
    output[0] = v2;
    output[1] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) sinusoidal_encoding_held(
    const T* __restrict__ frequencies, const long long* __restrict__ positions, T* __restrict__ output,
    const long long rows, const int n) {
  using F = sinusoidal_encoding_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
  F::Row r;
  r.positions = positions[row];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_frequencies(e[step], frequencies, base, i);
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
__global__ void PASS_BOUNDS(512) sinusoidal_encoding_block(
    const T* __restrict__ frequencies, const long long* __restrict__ positions, T* __restrict__ output,
    const long long rows, const int n) {
  using F = sinusoidal_encoding_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.positions = positions[row];
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_frequencies(e[turn], frequencies, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real output_at[V * 2];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, output_at + k * 2);
          }
          store_pack(output + (base + i) * 2, output_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) sinusoidal_encoding_split(
    const T* __restrict__ frequencies, const long long* __restrict__ positions, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = sinusoidal_encoding_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.positions = positions[row];
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_frequencies(e[turn], frequencies, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real output_at[V * 2];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, output_at + k * 2);
        }
        store_pack(output + (base + i) * 2, output_at);
      }
    }
  }
}
""",
)


def nll_loss(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Negative log-likelihood of a language model.

        output = -Sum(input[k], (k, 1, n))/n

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); log-probabilities of the tokens
            that came.
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
    Sources and proofs: symcheck show llm.nll.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.18 ulp of the largest of the row
        bfloat16: 0.49 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _NLL_LOSS.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


def _nll_loss_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_NLL_LOSS = RowKernel(
    name="nll_loss",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_nll_loss_numbers),
    text="""\
// nll_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct nll_loss_row {
  struct Element {
    real input;
  };
  struct Row {
    real size_n;
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
    Sum v1;
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
    const real v3 = op_div(f.v1.s, r.size_n);
    const real v4 = -v3;
    r.v4 = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) nll_loss_held(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = nll_loss_row;
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
  r.size_n = size_n;
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
  if (lane == 0 && mine) {
    output[row] = T(r.v4);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) nll_loss_block(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = nll_loss_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
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
    if (threadIdx.x == 0) {
      output[row] = T(r.v4);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) nll_loss_staged(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = nll_loss_row;
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
    r.size_n = size_n;
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
__global__ void PASS_BOUNDS(512) nll_loss_split(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = nll_loss_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.size_n = size_n;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
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
    leave_part(fold1, partial + 0 * rows * parts * 1, left + part,
               1);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 1, left, parts,
                1);
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v4);
  }
}
""",
)


def nll_loss_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Negative log-likelihood of a language model: vector-Jacobian product.

        output = -Sum(input[k], (k, 1, n))/n
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); log-probabilities of the tokens
            that came.
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
    Sources and proofs: symcheck show llm.nll.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.67 ulp of the largest of the row
        float16: 0.34 ulp of the largest of the row
        bfloat16: 0.34 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _NLL_LOSS_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


def _nll_loss_vjp_numbers(size_n: Any) -> tuple[Any, ...]:
    k3 = np.divide((-1.0), size_n)
    return (k3,)


_NLL_LOSS_VJP = RowKernel(
    name="nll_loss_vjp",
    arrays=(Array("g", "row"), Array("input", used=False)),
    outputs=(Out("input"),),
    held=0,
    folded=0,
    passes=0,
    numbers=Numbers(given=("k3",), sizes=("n",), compute=_nll_loss_vjp_numbers),
    text="""\
// nll_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct nll_loss_vjp_row {
  struct Element {
  };
  struct Row {
    real g;
    real k3;
    real v4;
  };

  static __device__ __forceinline__ void start(Row& r) {
    const real v4 = r.k3 * r.g;
    r.v4 = v4;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    input_out[0] = r.v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) nll_loss_vjp_held(
    const T* __restrict__ g, const real k3, T* __restrict__ input_out, const long long rows, const int n) {
  using F = nll_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
  F::Row r;
  r.g = real(g[row]);
  r.k3 = k3;
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) nll_loss_vjp_block(
    const T* __restrict__ g, const real k3, T* __restrict__ input_out, const long long rows, const int n) {
  using F = nll_loss_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.k3 = k3;
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
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

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) nll_loss_vjp_split(
    const T* __restrict__ g, const real k3, T* __restrict__ input_out, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = nll_loss_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.k3 = k3;
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
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


def softmax_temperature(input: Any, temperature: float = 1.0, *, axis: int = -1, out: Any = None) -> Any:
    """Temperature.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
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
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claims act.softmax/shift_invariance.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.88 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.45 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _SOFTMAX_TEMPERATURE.one(
        {"input": input},
        {"temperature": temperature},
        axis=axis,
        out=out,
    )


_SOFTMAX_TEMPERATURE = RowKernel(
    name="softmax_temperature",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("temperature",)),
    text="""\
// softmax_temperature:
// what is computed at a place and for a row.  The schedules below say when.
struct softmax_temperature_row {
  struct Element {
    real input;
    real k2;
    real k6;
  };
  struct Row {
    real temperature;
    real v4;
    real v7;
    Divisor d7;
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
    Max v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    v3 = v2;
  }

  static __device__ __forceinline__ void lift1_held(Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    e.k2 = v2;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v3.m);
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
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    v7 = v6;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v7) {
    const real v5 = e.k2 - r.v4;
    const real v6 = op_exp(v5);
    e.k6 = v6;
    v7 = v6;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v7 = f.v7.s;
    r.d7 = divisor(r.v7);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v8 = op_times(v6, r.d7);
    output[0] = v8;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* output) {
    const real v8 = op_times(e.k6, r.d7);
    output[0] = v8;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct softmax_temperature_again {
  struct Element {
    real input;
    real k2;
  };
  struct Row {
    real temperature;
    real v4;
    real v11;
    Divisor d11;
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
    MaxSumExp v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    v3 = v2;
  }

  static __device__ __forceinline__ void lift1_held(Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    e.k2 = v2;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v3.m);
    const real v9 = f.v3.m - v4;
    const real v10 = op_exp(v9);
    const real v11 = f.v3.s * v10;
    r.v4 = v4;
    r.v11 = v11;
    r.d11 = divisor(r.v11);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v12 = op_over(v6, r.d11);
    output[0] = v12;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* output) {
    const real v5 = e.k2 - r.v4;
    const real v6 = op_exp(v5);
    const real v12 = op_over(v6, r.d11);
    output[0] = v12;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) softmax_temperature_held(
    const T* __restrict__ input, const real temperature, T* __restrict__ output, const long long rows,
    const int n) {
  using F = softmax_temperature_row;
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
  r.temperature = temperature;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1_held(e[step][k], r, i + k, v3_at[k]);
      }
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
__global__ void PASS_BOUNDS(512) softmax_temperature_block(
    const T* __restrict__ input, const real temperature, T* __restrict__ output, const long long rows,
    const int n) {
  using F = softmax_temperature_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.temperature = temperature;
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
        real v3_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v3_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v3_all[turn * V + k] = v3_at[k];
          }
        }
        fold1.v3.add_pack(v3_all);
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
__global__ void PASS_BOUNDS(THREADS) softmax_temperature_staged(
    const T* __restrict__ input, const real temperature, T* __restrict__ output, const long long rows,
    const int n) {
  using F = softmax_temperature_row;
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
    r.temperature = temperature;
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
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
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
__global__ void PASS_BOUNDS(512) softmax_temperature_split(
    const T* __restrict__ input, const real temperature, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = softmax_temperature_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.temperature = temperature;
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
        real v3_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v3_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v3_all[turn * V + k] = v3_at[k];
          }
        }
        fold1.v3.add_pack(v3_all);
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


def softmax_temperature_vjp(
    g: Any,
    input: Any,
    temperature: float = 1.0,
    *,
    axis: int = -1,
    out: Any = None,
) -> Any:
    """Temperature: vector-Jacobian product.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
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
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.7 ulp of the largest of the row
        float16: 0.35 ulp of the largest of the row
        bfloat16: 0.42 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _SOFTMAX_TEMPERATURE_VJP.one(
        {"g": g, "input": input},
        {"temperature": temperature},
        axis=axis,
        out=out,
    )


_SOFTMAX_TEMPERATURE_VJP = RowKernel(
    name="softmax_temperature_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    held=2,
    folded=2,
    passes=3,
    staged=("input", "g"),
    numbers=Numbers(given=("temperature",)),
    text="""\
// softmax_temperature_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct softmax_temperature_vjp_row {
  struct Element {
    real g;
    real input;
    real k2;
    real k6;
  };
  struct Row {
    real temperature;
    real v4;
    real v7;
    real v18;
    real v22;
    Divisor d7;
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
    Max v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    v3 = v2;
  }

  static __device__ __forceinline__ void lift1_held(Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    e.k2 = v2;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v3.m);
    r.v4 = v4;
  }

  struct Fold2 {
    Sum v7;
    Max v16;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v7.combine(b.v7);
      v16.combine(b.v16);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v7.over_lanes(count);
      v16.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v7, real& v16) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const bool v13 = v6 == R(1.0);
    const real v15 = v13 ? e.g : (-infinity());
    v7 = v6;
    v16 = v15;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v7, real& v16) {
    const real v5 = e.k2 - r.v4;
    const real v6 = op_exp(v5);
    const bool v13 = v6 == R(1.0);
    const real v15 = v13 ? e.g : (-infinity());
    e.k6 = v6;
    v7 = v6;
    v16 = v15;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const bool v12 = f.v7.s <= R(2.0);
    const real v18 = v12 ? f.v16.m : R(0.0);
    r.v7 = f.v7.s;
    r.v18 = v18;
    r.d7 = divisor(r.v7);
  }

  struct Fold3 {
    Sum v21;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v21.combine(b.v21);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v21.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v21) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v19 = e.g - r.v18;
    const real v20 = v6 * v19;
    v21 = v20;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v21) {
    const real v19 = e.g - r.v18;
    const real v20 = e.k6 * v19;
    v21 = v20;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v22 = op_div(f.v21.s, r.v7);
    r.v22 = v22;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v8 = op_times(v6, r.d7);
    const real v19 = e.g - r.v18;
    const real v23 = v19 - r.v22;
    const real v24 = op_div(v8, r.temperature);
    const real v25 = v24 * v23;
    input_out[0] = v25;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v8 = op_times(e.k6, r.d7);
    const real v19 = e.g - r.v18;
    const real v23 = v19 - r.v22;
    const real v24 = op_div(v8, r.temperature);
    const real v25 = v24 * v23;
    input_out[0] = v25;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct softmax_temperature_vjp_again {
  struct Element {
    real g;
    real input;
    real k2;
    real k6;
  };
  struct Row {
    real temperature;
    real v4;
    real v11;
    bool v16;
    real v22;
    real v26;
    Divisor d11;
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
    MaxSumExp v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    v3 = v2;
  }

  static __device__ __forceinline__ void lift1_held(Element& e, const Row& r, const int i, real& v3) {
    const real v2 = op_div(e.input, r.temperature);
    e.k2 = v2;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_finite_or_zero(f.v3.m);
    const real v9 = f.v3.m - v4;
    const real v10 = op_exp(v9);
    const real v11 = f.v3.s * v10;
    const bool v16 = v11 <= R(2.0);
    r.v4 = v4;
    r.v11 = v11;
    r.v16 = v16;
    r.d11 = divisor(r.v11);
  }

  struct Fold2 {
    Max v20;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v20.combine(b.v20);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v20.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v20) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const bool v17 = v6 == R(1.0);
    const real v19 = v17 ? e.g : (-infinity());
    v20 = v19;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v20) {
    const real v5 = e.k2 - r.v4;
    const real v6 = op_exp(v5);
    const bool v17 = v6 == R(1.0);
    const real v19 = v17 ? e.g : (-infinity());
    e.k6 = v6;
    v20 = v19;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v22 = r.v16 ? f.v20.m : R(0.0);
    r.v22 = v22;
  }

  struct Fold3 {
    Sum v25;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v25.combine(b.v25);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v25.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v25) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v23 = e.g - r.v22;
    const real v24 = v6 * v23;
    v25 = v24;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v25) {
    const real v23 = e.g - r.v22;
    const real v24 = e.k6 * v23;
    v25 = v24;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v26 = op_div(f.v25.s, r.v11);
    r.v26 = v26;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = op_div(e.input, r.temperature);
    const real v5 = v2 - r.v4;
    const real v6 = op_exp(v5);
    const real v12 = op_over(v6, r.d11);
    const real v23 = e.g - r.v22;
    const real v27 = v23 - r.v26;
    const real v28 = op_div(v12, r.temperature);
    const real v29 = v28 * v27;
    input_out[0] = v29;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v12 = op_over(e.k6, r.d11);
    const real v23 = e.g - r.v22;
    const real v27 = v23 - r.v26;
    const real v28 = op_div(v12, r.temperature);
    const real v29 = v28 * v27;
    input_out[0] = v29;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) softmax_temperature_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, const real temperature,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = softmax_temperature_vjp_row;
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
  r.temperature = temperature;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1_held(e[step][k], r, i + k, v3_at[k]);
      }
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
      real v16_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v7_at[k], v16_at[k]);
      }
      fold2.v7.add_pack(v7_at);
      fold2.v16.add_pack(v16_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v21_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v21_at[k]);
      }
      fold3.v21.add_pack(v21_at);
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
__global__ void PASS_BOUNDS(512) softmax_temperature_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const real temperature,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = softmax_temperature_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.temperature = temperature;
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
        real v3_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v3_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v3_all[turn * V + k] = v3_at[k];
          }
        }
        fold1.v3.add_pack(v3_all);
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
            real v20_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v20_at[k]);
            }
            fold2.v20.add_pack(v20_at);
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
            real v25_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v25_at[k]);
            }
            fold3.v25.add_pack(v25_at);
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
__global__ void PASS_BOUNDS(THREADS) softmax_temperature_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, const real temperature,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = softmax_temperature_vjp_row;
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
    r.temperature = temperature;
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
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
            fold1.v3.add_pack(v3_at);
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
            real v7_at[V];
            real v16_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v7_at[k], v16_at[k]);
            }
            fold2.v7.add_pack(v7_at);
            fold2.v16.add_pack(v16_at);
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
            real v21_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v21_at[k]);
            }
            fold3.v21.add_pack(v21_at);
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
__global__ void PASS_BOUNDS(512) softmax_temperature_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, const real temperature,
    T* __restrict__ input_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = softmax_temperature_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.temperature = temperature;
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
        real v3_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v3_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v3_all[turn * V + k] = v3_at[k];
          }
        }
        fold1.v3.add_pack(v3_all);
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
            real v20_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v20_at[k]);
            }
            fold2.v20.add_pack(v20_at);
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
            real v25_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v25_at[k]);
            }
            fold3.v25.add_pack(v25_at);
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


def lora_linear(input: Any, weight: Any, lora_a: Any, lora_b: Any, *, out: Any = None) -> Any:
    """Low-rank adaptation.

        output[p] = Sum(input[c]*weight[p, c], (c, 1, d)) + Sum(lora_b[p, a]*Sum(input[t]*lora_a[a, t],
            (t, 1, d)), (a, 1, r))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., d).
        weight: float16, bfloat16, float32 or float64, shape (e, d); frozen weight.
        lora_a: float16, bfloat16, float32 or float64, shape (r, d); first factor of the update.
        lora_b: float16, bfloat16, float32 or float64, shape (e, r); second factor of the update.
        out: where to put the result.

    Returns:
        An array of shape (..., e) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show llm.lora.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.5 ulp of the largest of the row
        float16: 0.37 ulp of the largest of the row
        bfloat16: 0.34 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _LORA_LINEAR.one(
        {"input": input, "weight": weight, "lora_a": lora_a, "lora_b": lora_b},
        {},
        out=out,
    )


_LORA_LINEAR = TensorKernel(
    name="lora_linear",
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("weight", ("e", "d")),
        Tensor("lora_a", ("r", "d")),
        Tensor("lora_b", ("e", "r")),
    ),
    results=(Tensor("output", ("*", "e"), value=Read("t7", ("*", "e"))),),
    steps=(
        Product("t3", ("*", "r"), Read("input", ("*", "d")), Read("lora_a", ("r", "d")), over=("d",)),
        Product("t4", ("*", "e"), Read("t3", ("*", "r")), Read("lora_b", ("e", "r")), over=("r",), wide=True),
        Product(
            "t6",
            ("*", "e"),
            Read("input", ("*", "d")),
            Read("weight", ("e", "d")),
            over=("d",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="e",
            reads=(Read("t4", ("*", "e")), Read("t6", ("*", "e"))),
            writes=(Read("t7", ("*", "e")),),
            kernel=ElementwiseKernel(
                name="lora_linear_1",
                arrays=(Array("t4"), Array("t6")),
                outputs=(Out("t7"),),
                text="""\
// lora_linear_1:
// the function of one place, and the loop over packs of V places and those left over.
struct lora_linear_1_map {
  __device__ __forceinline__ void operator()(const real t4, const real t6, real& t7) const {
    const real v2 = t4 + t6;
    t7 = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) lora_linear_1_flat(
    const real* t4, const real* t6, T* t7, const long long size) {
  const lora_linear_1_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t4_at[V];
    load_pack_once(t4 + i, t4_at);
    real t6_at[V];
    load_pack_once(t6 + i, t6_at);
    real t7_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t4_at[k], t6_at[k], t7_at[k]);
    }
    store_pack(t7 + i, t7_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t7_at;
    map(t4[i], t6[i], t7_at);
    t7[i] = T(t7_at);
  }
}
""",
            ),
        ),
    ),
)


def lora_linear_vjp(
    g: Any,
    input: Any,
    weight: Any,
    lora_a: Any,
    lora_b: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Low-rank adaptation: vector-Jacobian product.

        output[p] = Sum(input[c]*weight[p, c], (c, 1, d)) + Sum(lora_b[p, a]*Sum(input[t]*lora_a[a, t],
            (t, 1, d)), (a, 1, r))
        result = d(sum of g * output) / d(input, lora_a, lora_b)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., e); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., d).
        weight: float16, bfloat16, float32 or float64, shape (e, d); frozen weight.
        lora_a: float16, bfloat16, float32 or float64, shape (r, d); first factor of the update.
        lora_b: float16, bfloat16, float32 or float64, shape (e, r); second factor of the update.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., d)), that of lora_a (shape (r, d)), that of lora_b (shape
            (e, r)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show llm.lora.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.63 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 2.3 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _LORA_LINEAR_VJP.several(
        {"g": g, "input": input, "weight": weight, "lora_a": lora_a, "lora_b": lora_b},
        {},
        out=out,
    )


_LORA_LINEAR_VJP = TensorKernel(
    name="lora_linear_vjp",
    arguments=(
        Tensor("g", ("*", "e")),
        Tensor("input", ("*", "d")),
        Tensor("weight", ("e", "d")),
        Tensor("lora_a", ("r", "d")),
        Tensor("lora_b", ("e", "r")),
    ),
    results=(
        Tensor("input", ("*", "d"), value=Read("t9", ("*", "d"))),
        Tensor("lora_a", ("r", "d"), value=Read("t10", ("r", "d"))),
        Tensor("lora_b", ("e", "r"), value=Read("t11", ("e", "r"))),
    ),
    cotangents=("g",),
    steps=(
        Product("t3", ("*", "r"), Read("input", ("*", "d")), Read("lora_a", ("r", "d")), over=("d",)),
        Product("t6", ("*", "r"), Read("g", ("*", "e")), Read("lora_b", ("e", "r")), over=("e",)),
        Product("t7", ("*", "d"), Read("g", ("*", "e")), Read("weight", ("e", "d")), over=("e",), wide=True),
        Product("t8", ("*", "d"), Read("t6", ("*", "r")), Read("lora_a", ("r", "d")), over=("r",), wide=True),
        Product("t10", ("r", "d"), Read("t6", ("*", "r")), Read("input", ("*", "d")), over=("*",)),
        Product("t11", ("e", "r"), Read("g", ("*", "e")), Read("t3", ("*", "r")), over=("*",)),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("t7", ("*", "d")), Read("t8", ("*", "d"))),
            writes=(Read("t9", ("*", "d")),),
            kernel=ElementwiseKernel(
                name="lora_linear_vjp_1",
                arrays=(Array("t7"), Array("t8")),
                outputs=(Out("t9"),),
                text="""\
// lora_linear_vjp_1:
// the function of one place, and the loop over packs of V places and those left over.
struct lora_linear_vjp_1_map {
  __device__ __forceinline__ void operator()(const real t7, const real t8, real& t9) const {
    const real v2 = t7 + t8;
    t9 = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) lora_linear_vjp_1_flat(
    const real* t7, const real* t8, T* t9, const long long size) {
  const lora_linear_vjp_1_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t7_at[V];
    load_pack_once(t7 + i, t7_at);
    real t8_at[V];
    load_pack_once(t8 + i, t8_at);
    real t9_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t7_at[k], t8_at[k], t9_at[k]);
    }
    store_pack(t9 + i, t9_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t9_at;
    map(t7[i], t8[i], t9_at);
    t9[i] = T(t9_at);
  }
}
""",
            ),
        ),
    ),
)


def quantize(input: Any, scale: float = 0.1, zero_point: float = 0.0, *, out: Any = None) -> Any:
    """Uniform quantisation (quantize).

        output = zero_point + nearest(input/scale)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        scale: a number; width of a step.
        zero_point: a number.
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
    Sources and proofs: symcheck show llm.quantize.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.0 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.0 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _QUANTIZE.one(
        {"input": input},
        {"scale": scale, "zero_point": zero_point},
        out=out,
    )


_QUANTIZE = ElementwiseKernel(
    name="quantize",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("scale", "zero_point")),
    text="""\
// quantize:
// the function of one place, and the loop over packs of V places and those left over.
struct quantize_map {
  real scale;
  real zero_point;
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v3 = op_div(input, scale);
    const real v4 = rint(v3);
    const real v5 = zero_point + v4;
    output = v5;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) quantize_flat(
    const T* input, const real scale, const real zero_point, T* output, const long long size) {
  const quantize_map map{scale, zero_point};
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


def dequantize(input: Any, scale: float = 0.1, zero_point: float = 0.0, *, out: Any = None) -> Any:
    """Uniform quantisation (dequantize).

        output = scale*(input - zero_point)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); quantised values.
        scale: a number; width of a step.
        zero_point: a number.
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
    Sources and proofs: symcheck show llm.quantize.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.6 ulp max(1, k) (arguments up to 8)
        float16: 0.41 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.41 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.6 ulp max(1, k) (arguments up to 64)
        float16: 0.41 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.41 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _DEQUANTIZE.one(
        {"input": input},
        {"scale": scale, "zero_point": zero_point},
        out=out,
    )


_DEQUANTIZE = ElementwiseKernel(
    name="dequantize",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("scale", "zero_point")),
    text="""\
// dequantize:
// the function of one place, and the loop over packs of V places and those left over.
struct dequantize_map {
  real scale;
  real zero_point;
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v3 = input - zero_point;
    const real v4 = scale * v3;
    output = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) dequantize_flat(
    const T* input, const real scale, const real zero_point, T* output, const long long size) {
  const dequantize_map map{scale, zero_point};
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
