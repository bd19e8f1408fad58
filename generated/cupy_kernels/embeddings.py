"""Embeddings and similarity.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, Out, RowKernel

__all__ = ["euclidean_distance", "euclidean_distance_vjp"]


def euclidean_distance(x1: Any, x2: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Similarity and distance of embeddings.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))

    Args:
        x1: float16, bfloat16, float32 or float64, shape (..., n).
        x2: float16, bfloat16, float32 or float64, shape (..., n).
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
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Domain: all vectors; the cotangent of two equal ones is NaN.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.24 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 0.37 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _EUCLIDEAN_DISTANCE.one(
        {"x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_EUCLIDEAN_DISTANCE = RowKernel(
    name="euclidean_distance",
    arrays=(Array("x1"), Array("x2")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    text="""\
// euclidean_distance: what is computed at a place and for a row.  The schedules below say when.
struct euclidean_distance_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real v5;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const T* x1, const T* x2, const long long base, const int i) {
    real x1_at[V];
    load_pack(x1 + base + i, x1_at);
    real x2_at[V];
    load_pack(x2 + base + i, x2_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].x1 = x1_at[k];
      e[k].x2 = x2_at[k];
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
    const real v2 = e.x1 - e.x2;
    const real v3 = v2 * v2;
    f.v4.add(v3);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = sqrt(f.v4.s);
    r.v5 = v5;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) euclidean_distance_warp(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = euclidean_distance_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_x1_x2(e[step], x1, x2, base, i);
  }
  F::Row r;
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
  if (lane == 0) {
    output[row] = T(r.v5);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) euclidean_distance_block(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = euclidean_distance_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_x1_x2(e, x1, x2, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v5);
    }
  }
}
""",
)


def euclidean_distance_vjp(
    g: Any,
    x1: Any,
    x2: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Similarity and distance of embeddings: vector-Jacobian product.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))
        result = d(sum of g * output) / d(x1, x2)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        x1: float16, bfloat16, float32 or float64, shape (..., n).
        x2: float16, bfloat16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of x1 (shape (..., n)), that of x2 (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Domain: all vectors; the cotangent of two equal ones is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.88 ulp of the largest of the row
        float16: 0.41 ulp of the largest of the row
        bfloat16: 0.43 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _EUCLIDEAN_DISTANCE_VJP.several(
        {"g": g, "x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_EUCLIDEAN_DISTANCE_VJP = RowKernel(
    name="euclidean_distance_vjp",
    arrays=(Array("g", "row"), Array("x1"), Array("x2")),
    outputs=(Out("x1"), Out("x2")),
    held=2,
    folded=1,
    text="""\
// euclidean_distance_vjp: what is computed at a place and for a row.  The schedules below say when.
struct euclidean_distance_vjp_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real g;
    real v7;
    real v9;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const T* x1, const T* x2, const long long base, const int i) {
    real x1_at[V];
    load_pack(x1 + base + i, x1_at);
    real x2_at[V];
    load_pack(x2 + base + i, x2_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].x1 = x1_at[k];
      e[k].x2 = x2_at[k];
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
    const real v2 = e.x1 - e.x2;
    const real v3 = v2 * v2;
    f.v4.add(v3);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = sqrt(f.v4.s);
    const real v7 = r.g / v5;
    const real v9 = -v7;
    r.v7 = v7;
    r.v9 = v9;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* x1_out, real* x2_out) {
    const real v2 = e.x1 - e.x2;
    const real v8 = r.v7 * v2;
    const real v10 = r.v9 * v2;
    x1_out[0] = v8;
    x2_out[0] = v10;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) euclidean_distance_vjp_warp(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = euclidean_distance_vjp_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_x1_x2(e[step], x1, x2, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
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
      real x1_out_at[V];
      real x2_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, x1_out_at + k, x2_out_at + k);
      }
      store_pack(x1_out + base + i, x1_out_at);
      store_pack(x2_out + base + i, x2_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) euclidean_distance_vjp_block(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = euclidean_distance_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_x1_x2(e, x1, x2, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_x1_x2(e, x1, x2, base, i);
      real x1_out_at[V];
      real x2_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[k], r, i + k, x1_out_at + k, x2_out_at + k);
      }
      store_pack(x1_out + base + i, x1_out_at);
      store_pack(x2_out + base + i, x2_out_at);
    }
  }
}
""",
)
