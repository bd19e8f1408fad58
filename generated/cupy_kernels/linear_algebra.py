"""Linear algebra.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Out, RowKernel
from ._tensors import Fused, Read, Tensor, TensorKernel

__all__ = [
    "cosine_similarity",
    "cosine_similarity_vjp",
    "dot",
    "dot_vjp",
    "hadamard",
    "hadamard_vjp",
    "l1_norm",
    "l1_norm_vjp",
    "l2_norm",
    "l2_norm_vjp",
    "projection",
    "trace",
]


def dot(x1: Any, x2: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Dot product.

        output = Sum(x1[k]*x2[k], (k, 1, n))

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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show linalg.dot.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.19 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _DOT.one(
        {"x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_DOT = RowKernel(
    name="dot",
    arrays=(Array("x1"), Array("x2")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("x1", "x2"),
    text="""\
// dot:
// what is computed at a place and for a row.  The schedules below say when.
struct dot_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real v3;
  };

  template <int V, typename P_x1, typename P_x2>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const P_x1 x1, const P_x2 x2, const long long base, const int i) {
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
    Sum v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    const real v2 = e.x1 * e.x2;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v3 = f.v3.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) dot_held(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = dot_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_x1_x2(e[step], Once<T>{x1}, Once<T>{x2}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k]);
      }
      fold1.v3.add_pack(v3_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v3);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) dot_block(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = dot_row;
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
          if (i < n) F::load_x1_x2(e[turn], x1, x2, base, i);
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
    if (threadIdx.x == 0) {
      output[row] = T(r.v3);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) dot_staged(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = dot_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> x1_staged;
  x1_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> x2_staged;
  x2_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    x1_staged.template fetch<V>(x1 + base + i, i);
    x2_staged.template fetch<V>(x2 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    x1_staged.row(x1 + base);
    x2_staged.row(x2 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_x1_x2(e[turn], x1_staged, x2_staged, 0, i);
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            x1_staged.template fetch<V>(x1 + next + i, i);
            x2_staged.template fetch<V>(x2 + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v3);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) dot_split(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = dot_row;
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
          if (i < end) F::load_x1_x2(e[turn], x1, x2, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
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
    leave_part(fold1, partial + 0 * rows * parts * 1, left + part,
               1);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 1, left, parts,
                1);
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v3);
  }
}
""",
)


def dot_vjp(g: Any, x1: Any, x2: Any, *, axis: int = -1, out: Sequence[Any] | None = None) -> tuple[Any, ...]:
    """Dot product: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))
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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show linalg.dot.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.48 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _DOT_VJP.several(
        {"g": g, "x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_DOT_VJP = RowKernel(
    name="dot_vjp",
    arrays=(Array("g", "row"), Array("x1"), Array("x2")),
    outputs=(Out("x1"), Out("x2")),
    held=2,
    folded=0,
    passes=0,
    text="""\
// dot_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct dot_vjp_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real g;
  };

  template <int V, typename P_x1, typename P_x2>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const P_x1 x1, const P_x2 x2, const long long base, const int i) {
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

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* x1_out, real* x2_out) {
    const real v3 = r.g * e.x2;
    const real v4 = r.g * e.x1;
    x1_out[0] = v3;
    x2_out[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) dot_vjp_held(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = dot_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_x1_x2(e[step], Once<T>{x1}, Once<T>{x2}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
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
__global__ void PASS_BOUNDS(512) dot_vjp_block(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = dot_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_x1_x2(e[turn], x1, x2, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real x1_out_at[V];
          real x2_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, x1_out_at + k, x2_out_at + k);
          }
          store_pack(x1_out + base + i, x1_out_at);
          store_pack(x2_out + base + i, x2_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) dot_vjp_split(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = dot_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_x1_x2(e[turn], x1, x2, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real x1_out_at[V];
        real x2_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, x1_out_at + k, x2_out_at + k);
        }
        store_pack(x1_out + base + i, x1_out_at);
        store_pack(x2_out + base + i, x2_out_at);
      }
    }
  }
}
""",
)


def cosine_similarity(x1: Any, x2: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Cosine similarity.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))

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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.33 ulp of the largest of the row
        float16: 0.29 ulp of the largest of the row
        bfloat16: 0.22 ulp of the largest of the row
        float64: 0.5 ulp of the largest of the row
    """
    return _COSINE_SIMILARITY.one(
        {"x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_COSINE_SIMILARITY = RowKernel(
    name="cosine_similarity",
    arrays=(Array("x1"), Array("x2")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=3,
    passes=1,
    staged=("x1", "x2"),
    text="""\
// cosine_similarity:
// what is computed at a place and for a row.  The schedules below say when.
struct cosine_similarity_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real v11;
  };

  template <int V, typename P_x1, typename P_x2>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const P_x1 x1, const P_x2 x2, const long long base, const int i) {
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
    Sum v3;
    Sum v5;
    Sum v8;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v5.combine(b.v5);
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v5.over_lanes(count);
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v5, real& v8) {
    const real v2 = e.x1 * e.x2;
    const real v4 = e.x1 * e.x1;
    const real v7 = e.x2 * e.x2;
    v3 = v2;
    v5 = v4;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = sqrt(f.v5.s);
    const real v9 = sqrt(f.v8.s);
    const real v10 = v6 * v9;
    const real v11 = op_div(f.v3.s, v10);
    r.v11 = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cosine_similarity_held(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cosine_similarity_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_x1_x2(e[step], Once<T>{x1}, Once<T>{x2}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
      real v5_at[V];
      real v8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
      }
      fold1.v3.add_pack(v3_at);
      fold1.v5.add_pack(v5_at);
      fold1.v8.add_pack(v8_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v11);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cosine_similarity_block(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cosine_similarity_row;
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
          if (i < n) F::load_x1_x2(e[turn], x1, x2, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v11);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cosine_similarity_staged(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cosine_similarity_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> x1_staged;
  x1_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> x2_staged;
  x2_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    x1_staged.template fetch<V>(x1 + base + i, i);
    x2_staged.template fetch<V>(x2 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    x1_staged.row(x1 + base);
    x2_staged.row(x2 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_x1_x2(e[turn], x1_staged, x2_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            x1_staged.template fetch<V>(x1 + next + i, i);
            x2_staged.template fetch<V>(x2 + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v11);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cosine_similarity_split(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = cosine_similarity_row;
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
          if (i < end) F::load_x1_x2(e[turn], x1, x2, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
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
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v11);
  }
}
""",
)


def cosine_similarity_vjp(
    g: Any,
    x1: Any,
    x2: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Cosine similarity: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))
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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.9 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 3.0 ulp of the largest of the row
    """
    return _COSINE_SIMILARITY_VJP.several(
        {"g": g, "x1": x1, "x2": x2},
        {},
        axis=axis,
        out=out,
    )


_COSINE_SIMILARITY_VJP = RowKernel(
    name="cosine_similarity_vjp",
    arrays=(Array("g", "row"), Array("x1"), Array("x2")),
    outputs=(Out("x1"), Out("x2")),
    held=2,
    folded=3,
    passes=1,
    staged=("x1", "x2"),
    text="""\
// cosine_similarity_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct cosine_similarity_vjp_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real g;
    real v13;
    real v15;
    real v19;
  };

  template <int V, typename P_x1, typename P_x2>
  static __device__ __forceinline__ void load_x1_x2(
      Element (&e)[V], const P_x1 x1, const P_x2 x2, const long long base, const int i) {
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
    Sum v3;
    Sum v5;
    Sum v8;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v5.combine(b.v5);
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v5.over_lanes(count);
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v5, real& v8) {
    const real v2 = e.x1 * e.x2;
    const real v4 = e.x1 * e.x1;
    const real v7 = e.x2 * e.x2;
    v3 = v2;
    v5 = v4;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = sqrt(f.v5.s);
    const real v9 = sqrt(f.v8.s);
    const real v10 = v6 * v9;
    const real v12 = v6 * v6;
    const real v13 = op_div(r.g, v10);
    const real v14 = v9 * v9;
    const real v15 = op_div(f.v3.s, v14);
    const real v19 = op_div(f.v3.s, v12);
    r.v13 = v13;
    r.v15 = v15;
    r.v19 = v19;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* x1_out, real* x2_out) {
    const real v16 = r.v15 * e.x2;
    const real v17 = e.x1 - v16;
    const real v18 = r.v13 * v17;
    const real v20 = r.v19 * e.x1;
    const real v21 = e.x2 - v20;
    const real v22 = r.v13 * v21;
    x1_out[0] = v22;
    x2_out[0] = v18;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cosine_similarity_vjp_held(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = cosine_similarity_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_x1_x2(e[step], Once<T>{x1}, Once<T>{x2}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
      real v5_at[V];
      real v8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
      }
      fold1.v3.add_pack(v3_at);
      fold1.v5.add_pack(v5_at);
      fold1.v8.add_pack(v8_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
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
__global__ void PASS_BOUNDS(512) cosine_similarity_vjp_block(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = cosine_similarity_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_x1_x2(e[turn], x1, x2, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
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
        if (i < n) F::load_x1_x2(e[turn], x1, x2, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real x1_out_at[V];
          real x2_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, x1_out_at + k, x2_out_at + k);
          }
          store_pack(x1_out + base + i, x1_out_at);
          store_pack(x2_out + base + i, x2_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cosine_similarity_vjp_staged(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = cosine_similarity_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> x1_staged;
  x1_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> x2_staged;
  x2_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    x1_staged.template fetch<V>(x1 + base + i, i);
    x2_staged.template fetch<V>(x2 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    x1_staged.row(x1 + base);
    x2_staged.row(x2 + base);
    F::Row r;
    r.g = real(g[row]);
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_x1_x2(e[turn], x1_staged, x2_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_x1_x2(e[turn], x1_staged, x2_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real x1_out_at[V];
          real x2_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, x1_out_at + k, x2_out_at + k);
          }
          store_pack(x1_out + base + i, x1_out_at);
          store_pack(x2_out + base + i, x2_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          x1_staged.template fetch<V>(x1 + next + i, i);
          x2_staged.template fetch<V>(x2 + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cosine_similarity_vjp_split(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = cosine_similarity_vjp_row;
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
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_x1_x2(e[turn], x1, x2, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
            real v5_at[V];
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v5_at[k], v8_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v5.add_pack(v5_at);
            fold1.v8.add_pack(v8_at);
          }
        }
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
      if (i < end) F::load_x1_x2(e[turn], x1, x2, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real x1_out_at[V];
        real x2_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, x1_out_at + k, x2_out_at + k);
        }
        store_pack(x1_out + base + i, x1_out_at);
        store_pack(x2_out + base + i, x2_out_at);
      }
    }
  }
}
""",
)


def l2_norm(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Euclidean norm.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.39 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.48 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L2_NORM.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_L2_NORM = RowKernel(
    name="l2_norm",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    text="""\
// l2_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct l2_norm_row {
  struct Element {
    real input;
  };
  struct Row {
    real v3;
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
    Sum v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    const real v1 = e.input * e.input;
    v2 = v1;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = sqrt(f.v2.s);
    r.v3 = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l2_norm_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l2_norm_row;
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
      real v2_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v2_at[k]);
      }
      fold1.v2.add_pack(v2_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v3);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l2_norm_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l2_norm_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v3);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) l2_norm_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l2_norm_row;
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
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
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
      output[row] = T(r.v3);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l2_norm_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = l2_norm_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
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
    output[row] = T(r.v3);
  }
}
""",
)


def l2_norm_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Euclidean norm: vector-Jacobian product.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _L2_NORM_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_L2_NORM_VJP = RowKernel(
    name="l2_norm_vjp",
    arrays=(Array("g", "row"), Array("input")),
    outputs=(Out("input"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    text="""\
// l2_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct l2_norm_vjp_row {
  struct Element {
    real input;
  };
  struct Row {
    real g;
    real v5;
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
    Sum v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    const real v1 = e.input * e.input;
    v2 = v1;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = sqrt(f.v2.s);
    const real v5 = op_div(r.g, v3);
    r.v5 = v5;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v6 = r.v5 * e.input;
    input_out[0] = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l2_norm_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l2_norm_vjp_row;
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
      real v2_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v2_at[k]);
      }
      fold1.v2.add_pack(v2_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
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
__global__ void PASS_BOUNDS(512) l2_norm_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l2_norm_vjp_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
          }
        }
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
__global__ void PASS_BOUNDS(THREADS) l2_norm_vjp_staged(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l2_norm_vjp_row;
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
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
          }
        }
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
__global__ void PASS_BOUNDS(512) l2_norm_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l2_norm_vjp_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
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


def l1_norm(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """L1 norm.

        output = Sum(Abs(input[k]), (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.38 ulp of the largest of the row
        bfloat16: 0.46 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_NORM.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_L1_NORM = RowKernel(
    name="l1_norm",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    text="""\
// l1_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_norm_row {
  struct Element {
    real input;
  };
  struct Row {
    real v2;
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
    Sum v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    const real v1 = fabs(e.input);
    v2 = v1;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v2 = f.v2.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l1_norm_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l1_norm_row;
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
      real v2_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v2_at[k]);
      }
      fold1.v2.add_pack(v2_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v2);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l1_norm_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l1_norm_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v2);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) l1_norm_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = l1_norm_row;
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
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
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
      output[row] = T(r.v2);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_norm_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_norm_row;
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
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
            fold1.v2.add_pack(v2_at);
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
    output[row] = T(r.v2);
  }
}
""",
)


def l1_norm_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """L1 norm: vector-Jacobian product.

        output = Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.0 ulp of the largest of the row
        bfloat16: 0.0 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_NORM_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_L1_NORM_VJP = RowKernel(
    name="l1_norm_vjp",
    arrays=(Array("g", "row"), Array("input")),
    outputs=(Out("input"),),
    held=1,
    folded=0,
    passes=0,
    roomy=True,
    text="""\
// l1_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_norm_vjp_row {
  struct Element {
    real input;
  };
  struct Row {
    real g;
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

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const bool v3 = R(0.0) < e.input;
    const bool v4 = e.input < R(0.0);
    const real v5 = real(v3) - real(v4);
    const real v6 = r.g * v5;
    input_out[0] = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) l1_norm_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l1_norm_vjp_row;
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
  r.g = real(g[row]);
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
__global__ void PASS_BOUNDS(512) l1_norm_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l1_norm_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
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

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_norm_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_norm_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
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


def projection(input: Any, onto: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Projection onto a line.

        output[i] = onto[i]*Sum(input[k]*onto[k], (k, 1, n))/Sum(onto[k]**2, (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); the vector that is projected.
        onto: float16, bfloat16, float32 or float64, shape (..., n); the direction, not 0.
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
    Sources and proofs: symcheck show linalg.projection.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.69 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 0.43 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _PROJECTION.one(
        {"input": input, "onto": onto},
        {},
        axis=axis,
        out=out,
    )


_PROJECTION = RowKernel(
    name="projection",
    arrays=(Array("input"), Array("onto")),
    outputs=(Out("output"),),
    held=2,
    folded=2,
    passes=1,
    staged=("onto", "input"),
    text="""\
// projection:
// what is computed at a place and for a row.  The schedules below say when.
struct projection_row {
  struct Element {
    real input;
    real onto;
  };
  struct Row {
    real v3;
    real v6;
    Divisor d6;
  };

  template <int V, typename P_input, typename P_onto>
  static __device__ __forceinline__ void load_input_onto(
      Element (&e)[V], const P_input input, const P_onto onto, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real onto_at[V];
    load_pack(onto + base + i, onto_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].onto = onto_at[k];
    }
  }

  template <int V, typename P_onto>
  static __device__ __forceinline__ void load_onto(
      Element (&e)[V], const P_onto onto, const long long base, const int i) {
    real onto_at[V];
    load_pack(onto + base + i, onto_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].onto = onto_at[k];
    }
  }

  struct Fold1 {
    Sum v3;
    Sum v6;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v6) {
    const real v2 = e.input * e.onto;
    const real v5 = e.onto * e.onto;
    v3 = v2;
    v6 = v5;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v3 = f.v3.s;
    r.v6 = f.v6.s;
    r.d6 = divisor(r.v6);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v4 = e.onto * r.v3;
    const real v7 = op_over(v4, r.d6);
    output[0] = v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) projection_held(
    const T* __restrict__ input, const T* __restrict__ onto, T* __restrict__ output,
    const long long rows, const int n) {
  using F = projection_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_onto(e[step], Once<T>{input}, Once<T>{onto}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k], v6_at[k]);
      }
      fold1.v3.add_pack(v3_at);
      fold1.v6.add_pack(v6_at);
    }
  }
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
__global__ void PASS_BOUNDS(512) projection_block(
    const T* __restrict__ input, const T* __restrict__ onto, T* __restrict__ output,
    const long long rows, const int n) {
  using F = projection_row;
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
          if (i < n) F::load_input_onto(e[turn], input, onto, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v6_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v6.add_pack(v6_at);
          }
        }
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
        if (i < n) F::load_onto(e[turn], onto, base, i);
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
__global__ void PASS_BOUNDS(THREADS) projection_staged(
    const T* __restrict__ input, const T* __restrict__ onto, T* __restrict__ output,
    const long long rows, const int n) {
  using F = projection_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> onto_staged;
  onto_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    onto_staged.template fetch<V>(onto + base + i, i);
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    onto_staged.row(onto + base);
    input_staged.row(input + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_onto(e[turn], input_staged, onto_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v6_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v6.add_pack(v6_at);
          }
        }
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
        if (i < n) F::load_onto(e[turn], onto_staged, 0, i);
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
          onto_staged.template fetch<V>(onto + next + i, i);
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
__global__ void PASS_BOUNDS(512) projection_split(
    const T* __restrict__ input, const T* __restrict__ onto, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = projection_row;
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
          if (i < end) F::load_input_onto(e[turn], input, onto, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v6_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v6.add_pack(v6_at);
          }
        }
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
      if (i < end) F::load_onto(e[turn], onto, base, i);
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


def trace(input: Any, *, out: Any = None) -> Any:
    """Trace.

        output = Sum(input[k, k], (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n, n).
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
    Sources and proofs: symcheck show linalg.trace.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.0 ulp of the largest of the row
        bfloat16: 0.13 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _TRACE.one(
        {"input": input},
        {},
        out=out,
    )


_TRACE = TensorKernel(
    name="trace",
    arguments=(Tensor("input", ("*", "n", "n")),),
    results=(Tensor("output", ("*",), value=Read("t1", ("*",))),),
    steps=(
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("input", ("*", "n", "n")),),
            writes=(Read("t1", ("*",)),),
            kernel=RowKernel(
                name="trace_1",
                arrays=(Array("input"),),
                outputs=(Out("t1", "row"),),
                held=1,
                folded=1,
                passes=1,
                staged=("input",),
                text="""\
// trace_1:
// what is computed at a place and for a row.  The schedules below say when.
struct trace_1_row {
  struct Element {
    real input;
  };
  struct Row {
    real v1;
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
    r.v1 = f.v1.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) trace_1_held(
    const T* __restrict__ input, T* __restrict__ t1, const long long rows, const int n) {
  using F = trace_1_row;
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
  if (lane == 0 && mine) {
    t1[row] = T(r.v1);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) trace_1_block(
    const T* __restrict__ input, T* __restrict__ t1, const long long rows, const int n) {
  using F = trace_1_row;
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
      t1[row] = T(r.v1);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) trace_1_staged(
    const T* __restrict__ input, T* __restrict__ t1, const long long rows, const int n) {
  using F = trace_1_row;
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
      t1[row] = T(r.v1);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) trace_1_split(
    const T* __restrict__ input, T* __restrict__ t1, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = trace_1_row;
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
    t1[row] = T(r.v1);
  }
}
""",
            ),
        ),
    ),
)


def hadamard(input: Any, other: Any, *, out: Any = None) -> Any:
    """Hadamard product.

        output = input*other

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        other: float16, bfloat16, float32 or float64, shape (...).
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
    Sources and proofs: symcheck show linalg.hadamard.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.25 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.25 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HADAMARD.one(
        {"input": input, "other": other},
        {},
        out=out,
    )


_HADAMARD = ElementwiseKernel(
    name="hadamard",
    arrays=(Array("input"), Array("other")),
    outputs=(Out("output"),),
    text="""\
// hadamard:
// the function of one place, and the loop over packs of V places and those left over.
struct hadamard_map {
  __device__ __forceinline__ void operator()(const real input, const real other, real& output) const {
    const real v2 = input * other;
    output = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) hadamard_flat(
    const T* input, const T* other, T* output, const long long size) {
  const hadamard_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real other_at[V];
    load_pack_once(other + i, other_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], other_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(other[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def hadamard_vjp(g: Any, input: Any, other: Any, *, out: Sequence[Any] | None = None) -> tuple[Any, ...]:
    """Hadamard product: vector-Jacobian product.

        output = input*other
        result = d(sum of g * output) / d(input, other)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        other: float16, bfloat16, float32 or float64, shape (...).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (...)), that of other (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show linalg.hadamard.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.0 ulp max(1, k) (arguments up to 8)
        float16: 0.25 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.25 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HADAMARD_VJP.several(
        {"g": g, "input": input, "other": other},
        {},
        out=out,
    )


_HADAMARD_VJP = ElementwiseKernel(
    name="hadamard_vjp",
    arrays=(Array("g"), Array("input"), Array("other")),
    outputs=(Out("input"), Out("other")),
    text="""\
// hadamard_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct hadamard_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real input, const real other, real& input_out, real& other_out) const {
    const real v3 = g * other;
    const real v4 = g * input;
    input_out = v3;
    other_out = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) hadamard_vjp_flat(
    const T* g, const T* input, const T* other, T* input_out, T* other_out, const long long size) {
  const hadamard_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real other_at[V];
    load_pack_once(other + i, other_at);
    real input_out_at[V];
    real other_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], other_at[k], input_out_at[k], other_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
    store_pack(other_out + i, other_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    real other_out_at;
    map(real(g[i]), real(input[i]), real(other[i]), input_out_at, other_out_at);
    input_out[i] = T(input_out_at);
    other_out[i] = T(other_out_at);
  }
}
""",
)
