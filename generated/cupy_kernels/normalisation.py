"""Normalisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, Out, RowKernel

__all__ = ["rms_norm", "rms_norm_vjp"]


def rms_norm(input: Any, weight: Any, eps: float = 1e-06, *, axis: int = -1, out: Any = None) -> Any:
    """RMSNorm.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: float16, bfloat16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
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
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Domain: every input; for eps = 0 every row but the row of zeros.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.84 ulp of the largest of the row
        float16: 0.41 ulp of the largest of the row
        bfloat16: 0.42 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _RMS_NORM.one(
        {"input": input, "weight": weight},
        {"eps": eps},
        axis=axis,
        out=out,
    )


_RMS_NORM = RowKernel(
    name="rms_norm",
    arrays=(Array("input"), Array("weight", "shared")),
    outputs=(Out("output"),),
    held=2,
    folded=1,
    text="""\
// rms_norm: what is computed at a place and for a row.  The schedules below say when.
struct rms_norm_row {
  struct Element {
    real input;
    real weight;
  };
  struct Row {
    real eps;
    int size;
    real v8;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const T* input, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
    }
  }

  template <typename T, int V>
  static __device__ __forceinline__ void load_input_weight(
      Element (&e)[V], const T* input, const T* weight, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].weight = weight_at[k];
    }
  }

  struct Fold1 {
    Sum v4;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
    }
    __device__ __forceinline__ Fold1 other(const int lane) const {
      Fold1 b;
      b.v4 = v4.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, Fold1& f) {
    const real v3 = e.input * e.input;
    f.v4.add(v3);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = f.v4.s / real(r.size);
    const real v7 = r.eps + v6;
    const real v8 = sqrt(v7);
    r.v8 = v8;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v9 = e.input / r.v8;
    const real v10 = e.weight * v9;
    output[0] = v10;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) rms_norm_warp(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, T* __restrict__ output,
    const long long rows, const int n) {
  using F = rms_norm_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_input_weight(e[step], input, weight, base, i);
  }
  F::Row r;
  r.eps = eps;
  r.size = n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[step][k], r, i + k, fold1);
    }
  }
  combine_warp(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
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
__global__ void __launch_bounds__(256, 1) rms_norm_block(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, T* __restrict__ output,
    const long long rows, const int n) {
  using F = rms_norm_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
    r.size = n;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input(e, input, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_weight(e, input, weight, base, i);
      real output_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[k], r, i + k, output_at + k);
      }
      store_pack(output + base + i, output_at);
    }
  }
}
""",
)


def rms_norm_vjp(
    g: Any,
    input: Any,
    weight: Any,
    eps: float = 1e-06,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """RMSNorm: vector-Jacobian product.

        output[i] = input[i]*weight[i]/sqrt(eps + Sum(input[k]**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: float16, bfloat16, float32 or float64, shape (n,); gain of each feature.
        eps: a number; added to the mean square.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of weight (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.79 ulp of the largest of the row
        float16: 0.45 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _RMS_NORM_VJP.several(
        {"g": g, "input": input, "weight": weight},
        {"eps": eps},
        axis=axis,
        out=out,
    )


_RMS_NORM_VJP = RowKernel(
    name="rms_norm_vjp",
    arrays=(Array("g"), Array("input"), Array("weight", "shared")),
    outputs=(Out("input"), Out("weight", "column")),
    held=3,
    folded=2,
    saved=1,
    sums=1,
    columns=("g", "input"),
    text="""\
// rms_norm_vjp: what is computed at a place and for a row.  The schedules below say when.
struct rms_norm_vjp_row {
  struct Element {
    real g;
    real input;
    real weight;
  };
  struct Row {
    real eps;
    int size;
    real v8;
    real v15;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_g_input_weight(
      Element (&e)[V], const T* g, const T* input, const T* weight, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
    real input_at[V];
    load_pack(input + base + i, input_at);
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
      e[k].input = input_at[k];
      e[k].weight = weight_at[k];
    }
  }

  template <typename T, int V>
  static __device__ __forceinline__ void load_g_input(
      Element (&e)[V], const T* g, const T* input, const long long base, const int i) {
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
    Sum v4;
    Sum v13;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
      v13.combine(b.v13);
    }
    __device__ __forceinline__ Fold1 other(const int lane) const {
      Fold1 b;
      b.v4 = v4.other(lane);
      b.v13 = v13.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, Fold1& f) {
    const real v3 = e.input * e.input;
    const real v11 = e.g * e.weight;
    const real v12 = e.input * v11;
    f.v4.add(v3);
    f.v13.add(v12);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = f.v4.s / real(r.size);
    const real v7 = r.eps + v6;
    const real v8 = sqrt(v7);
    const real v14 = f.v13.s / real(r.size);
    const real v15 = v14 / v8;
    r.v8 = v8;
    r.v15 = v15;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v9 = e.input / r.v8;
    const real v11 = e.g * e.weight;
    const real v16 = r.v15 * v9;
    const real v17 = v11 - v16;
    const real v18 = v17 / r.v8;
    input_out[0] = v18;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) rms_norm_vjp_warp(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows, const int n) {
  using F = rms_norm_vjp_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_g_input_weight(e[step], g, input, weight, base, i);
  }
  F::Row r;
  r.eps = eps;
  r.size = n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[step][k], r, i + k, fold1);
    }
  }
  combine_warp(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
  if (lane == 0) {
    v8_rows[row] = r.v8;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) rms_norm_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows, const int n) {
  using F = rms_norm_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
    r.size = n;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_g_input_weight(e, g, input, weight, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_g_input_weight(e, g, input, weight, base, i);
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
    if (threadIdx.x == 0) {
      v8_rows[row] = r.v8;
    }
  }
}

// Sums over the rows in a fixed order: each thread adds up its places of one group of rows ...
struct rms_norm_vjp_columns {
  struct Row {
    int size;
    real v8;
  };
  struct Sums {
    Sum v20;
  };

  static __device__ __forceinline__ void lift(
      const rms_norm_vjp_row::Element& e, const Row& r, const int i, Sums& f) {
    const real v9 = e.input / r.v8;
    const real v19 = v9 * e.g;
    f.v20.add(v19);
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, 1) rms_norm_vjp_columns_partial(
    const T* __restrict__ g, const T* __restrict__ input, const real* __restrict__ v8_rows,
    real* __restrict__ v20_partial, const long long rows, const int n, const long long group) {
  using F = rms_norm_vjp_row;
  using G = rms_norm_vjp_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    r.size = n;
    r.v8 = v8_rows[row];
    F::Element e[V];
    F::load_g_input(e, g, input, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v20_partial[place + k] = sums[k].v20.s;
  }
}

// ... and then one thread for each place adds up the groups.
template <typename T>
__global__ void __launch_bounds__(128, 1) rms_norm_vjp_columns_total(
    const real* __restrict__ v20_partial, T* __restrict__ weight_out, const int groups, const int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  real sum_v20 = R(0.0);
  for (int group = 0; group < groups; ++group) {
    sum_v20 += v20_partial[(long long)group * n + i];
  }
  weight_out[i] = T(sum_v20);
}
""",
)
