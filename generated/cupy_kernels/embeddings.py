"""Embeddings and similarity.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, Out, RowKernel
from ._tensors import Pick, Read, Scatter, Tensor, TensorKernel

__all__ = ["embedding", "embedding_vjp", "euclidean_distance", "euclidean_distance_vjp"]


def embedding(input: Any, weight: Any, *, out: Any = None) -> Any:
    """Embedding lookup.

        output[c] = weight[input, c]

    Args:
        input: integers, shape (...); index of a row.
        weight: float16, bfloat16, float32 or float64, shape (v, d); one row for each symbol.
        out: where to put the result.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show embed.lookup.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.0 ulp of the largest of the row
        bfloat16: 0.0 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _EMBEDDING.one(
        {"input": input, "weight": weight},
        {},
        out=out,
    )


_EMBEDDING = TensorKernel(
    name="embedding",
    arguments=(Tensor("input", ("*",), integer=True), Tensor("weight", ("v", "d"))),
    results=(Tensor("output", ("*", "d"), value=Read("t2", ("*", "d"))),),
    steps=(
        Pick(
            "t2",
            ("*", "d"),
            Read("weight", ("v", "d")),
            Read("input", ("*",)),
            name="embedding_1",
            text="""\
// embedding_1: rows of a table; NaN where an index names none.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) embedding_1(
    const T* __restrict__ table, const long long* __restrict__ index, T* __restrict__ out,
    const long long rows, const int n, const long long entries) {
  const int packs = n / V;
  const long long place = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long row = place / packs;
  if (row >= rows) return;
  const int i = int(place - row * packs) * V;
  const long long entry = index[row];
  real found[V];
  if (0 <= entry && entry < entries) {
    load_pack(table + entry * n + i, found);
  } else {
#pragma unroll
    for (int k = 0; k < V; ++k) found[k] = not_a_number();
  }
  store_pack(out + row * n + i, found);
}
""",
        ),
    ),
)


def embedding_vjp(g: Any, input: Any, weight: Any, *, out: Any = None) -> Any:
    """Embedding lookup: vector-Jacobian product.

        output[c] = weight[input, c]
        result = d(sum of g * output) / d(weight)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: integers, shape (...); index of a row.
        weight: float16, bfloat16, float32 or float64, shape (v, d); one row for each symbol.
        out: where to put the result.

    Returns:
        An array of shape (v, d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Cannot be captured in a CUDA graph: what goes to one place is put side by side by CuPy's sort of the
    indices, which waits for the device.
    Sources and proofs: symcheck show embed.lookup.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.0 ulp of the largest of the row
        bfloat16: 0.0 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _EMBEDDING_VJP.one(
        {"g": g, "input": input, "weight": weight},
        {},
        out=out,
    )


_EMBEDDING_VJP = TensorKernel(
    name="embedding_vjp",
    arguments=(Tensor("g", ("*", "d")), Tensor("input", ("*",), integer=True), Tensor("weight", ("v", "d"))),
    results=(Tensor("weight", ("v", "d"), value=Read("t3", ("v", "d"))),),
    cotangents=("g",),
    steps=(
        Scatter(
            "t3",
            ("v", "d"),
            Read("input", ("*",)),
            Read("g", ("*", "d")),
            name="embedding_vjp_1",
            text="""\
// embedding_vjp_1: the sum of the rows that go to each entry, in their order.
// keys are entry * rows + row, sorted.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) embedding_vjp_1(
    const long long* __restrict__ keys, const T* __restrict__ values, T* __restrict__ out,
    const long long rows, const int n, const long long entries) {
  const int packs = n / V;
  const long long place = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long entry = place / packs;
  if (entry >= entries) return;
  const int i = int(place - entry * packs) * V;
  const long long wanted = entry * rows;
  long long first = 0, count = rows;
  while (count > 0) {
    const long long half = count >> 1;
    const bool before = keys[first + half] < wanted;
    first = before ? first + half + 1 : first;
    count = before ? count - half - 1 : half;
  }
  real sums[V];
#pragma unroll
  for (int k = 0; k < V; ++k) sums[k] = R(0.0);
  for (; first < rows && keys[first] - wanted < rows; ++first) {
    real row[V];
    load_pack(values + (keys[first] - wanted) * n + i, row);
#pragma unroll
    for (int k = 0; k < V; ++k) sums[k] += row[k];
  }
  store_pack(out + entry * n + i, sums);
}
""",
        ),
    ),
)


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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.

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
    passes=1,
    staged=("x1", "x2"),
    text="""\
// euclidean_distance:
// what is computed at a place and for a row.  The schedules below say when.
struct euclidean_distance_row {
  struct Element {
    real x1;
    real x2;
  };
  struct Row {
    real v5;
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
    Sum v4;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v4.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v4) {
    const real v2 = e.x1 - e.x2;
    const real v3 = v2 * v2;
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = sqrt(f.v4.s);
    r.v5 = v5;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) euclidean_distance_held(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = euclidean_distance_row;
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
      real v4_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v4_at[k]);
      }
      fold1.v4.add_pack(v4_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v5);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) euclidean_distance_block(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = euclidean_distance_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v5);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) euclidean_distance_staged(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n) {
  using F = euclidean_distance_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
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
      output[row] = T(r.v5);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) euclidean_distance_split(
    const T* __restrict__ x1, const T* __restrict__ x2, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = euclidean_distance_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
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
    output[row] = T(r.v5);
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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.
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
    passes=1,
    staged=("x1", "x2"),
    text="""\
// euclidean_distance_vjp:
// what is computed at a place and for a row.  The schedules below say when.
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
    Sum v4;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v4.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v4) {
    const real v2 = e.x1 - e.x2;
    const real v3 = v2 * v2;
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = sqrt(f.v4.s);
    const real v7 = op_div(r.g, v5);
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

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) euclidean_distance_vjp_held(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = euclidean_distance_vjp_row;
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
      real v4_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v4_at[k]);
      }
      fold1.v4.add_pack(v4_at);
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
__global__ void PASS_BOUNDS(512) euclidean_distance_vjp_block(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = euclidean_distance_vjp_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
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
__global__ void PASS_BOUNDS(THREADS) euclidean_distance_vjp_staged(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n) {
  using F = euclidean_distance_vjp_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
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
__global__ void PASS_BOUNDS(512) euclidean_distance_vjp_split(
    const T* __restrict__ x1, const T* __restrict__ x2, const T* __restrict__ g, T* __restrict__ x1_out,
    T* __restrict__ x2_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = euclidean_distance_vjp_row;
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
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k]);
            }
            fold1.v4.add_pack(v4_at);
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
