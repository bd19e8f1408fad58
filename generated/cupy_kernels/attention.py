"""Attention.

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
    "causal_attention",
    "causal_attention_vjp",
    "feed_forward",
    "feed_forward_vjp",
    "multihead_attention",
    "multihead_attention_vjp",
    "residual",
    "residual_vjp",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_vjp",
    "swiglu",
    "swiglu_vjp",
]


def scaled_dot_product_attention(query: Any, key: Any, value: Any, *, out: Any = None) -> Any:
    """Scaled dot-product attention.

        output[i, r] = Sum(exp(Sum(key[j, c]*query[i, c], (c, 1, d))/sqrt(d))*value[j,
            r]/Sum(exp(Sum(key[t, c]*query[i, c], (c, 1, d))/sqrt(d)), (t, 1, m)), (j, 1, m))

    Args:
        query: float16, bfloat16, float32 or float64, shape (..., n, d).
        key: float16, bfloat16, float32 or float64, shape (..., m, d).
        value: float16, bfloat16, float32 or float64, shape (..., m, e).
        out: where to put the result.

    Returns:
        An array of shape (..., n, e) and the dtype of the arguments.

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
    Sources and proofs: symcheck show attn.sdpa.
    Stable by the proved claims act.softmax/weighted_mean_shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.6 ulp of the largest of the row
        float16: 0.52 ulp of the largest of the row
        bfloat16: 0.6 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _SCALED_DOT_PRODUCT_ATTENTION.one(
        {"query": query, "key": key, "value": value},
        {},
        out=out,
    )


def _scaled_dot_product_attention_numbers(size_d: Any) -> tuple[Any, ...]:
    k4 = np.sqrt(size_d)
    return (k4,)


_SCALED_DOT_PRODUCT_ATTENTION = TensorKernel(
    name="scaled_dot_product_attention",
    arguments=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "m", "d")),
        Tensor("value", ("*", "m", "e")),
    ),
    results=(Tensor("output", ("*", "n", "e"), value=Read("t13", ("*", "n", "e"))),),
    numbers=Numbers(given=("k4",), sizes=("d",), compute=_scaled_dot_product_attention_numbers),
    steps=(
        Product(
            "t5",
            ("*", "n", "m"),
            Read("query", ("*", "n", "d")),
            Read("key", ("*", "m", "d")),
            over=("d",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="m",
            reads=(Read("t5", ("*", "n", "m")),),
            writes=(Read("t10", ("*", "n", "m")), Read("t12", ("*", "n"))),
            kernel=RowKernel(
                name="scaled_dot_product_attention_1",
                arrays=(Array("t5"),),
                outputs=(Out("t10"), Out("t12", "row", wide=True)),
                held=1,
                folded=2,
                passes=1,
                staged=("t5",),
                text="""\
// scaled_dot_product_attention_1:
// what is computed at a place and for a row.  The schedules below say when.
struct scaled_dot_product_attention_1_row {
  struct Element {
    real t5;
    real k4;
  };
  struct Row {
    real v2;
    real v5;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
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
    v1 = e.t5;
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
    const real v3 = e.t5 - r.v2;
    const real v4 = op_exp(v3);
    v5 = v4;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v5) {
    const real v3 = e.t5 - r.v2;
    const real v4 = op_exp(v3);
    e.k4 = v4;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v5 = f.v5.s;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t10) {
    const real v3 = e.t5 - r.v2;
    const real v4 = op_exp(v3);
    t10[0] = v4;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t10) {
    t10[0] = e.k4;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct scaled_dot_product_attention_1_again {
  struct Element {
    real t5;
  };
  struct Row {
    real v2;
    real v9;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
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
    v1 = e.t5;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    const real v7 = f.v1.m - v2;
    const real v8 = op_exp(v7);
    const real v9 = f.v1.s * v8;
    r.v2 = v2;
    r.v9 = v9;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t10) {
    const real v3 = e.t5 - r.v2;
    const real v4 = op_exp(v3);
    t10[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) scaled_dot_product_attention_1_held(
    const real* __restrict__ t5, T* __restrict__ t10, real* __restrict__ t12, const long long rows,
    const int n) {
  using F = scaled_dot_product_attention_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t5(e[step], Once<real>{t5}, base, i);
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
      real t10_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t10_at + k);
      }
      store_pack(t10 + base + i, t10_at);
    }
  }
  if (lane == 0 && mine) {
    t12[row] = r.v5;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_1_block(
    const real* __restrict__ t5, T* __restrict__ t10, real* __restrict__ t12, const long long rows,
    const int n) {
  using F = scaled_dot_product_attention_1_again;
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
          if (i < n) F::load_t5(e[turn], t5, base, i);
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
        if (i < n) F::load_t5(e[turn], t5, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t10_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t10_at + k);
          }
          store_pack(t10 + base + i, t10_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t12[row] = r.v9;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) scaled_dot_product_attention_1_staged(
    const real* __restrict__ t5, T* __restrict__ t10, real* __restrict__ t12, const long long rows,
    const int n) {
  using F = scaled_dot_product_attention_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t5_staged;
  t5_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t5_staged.template fetch<V>(t5 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t5_staged.row(t5 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
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
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
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
        if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t10_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t10_at + k);
          }
          store_pack(t10 + base + i, t10_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t5_staged.template fetch<V>(t5 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t12[row] = r.v5;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_1_split(
    const real* __restrict__ t5, T* __restrict__ t10, real* __restrict__ t12, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = scaled_dot_product_attention_1_again;
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
          if (i < end) F::load_t5(e[turn], t5, base, i);
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
      if (i < end) F::load_t5(e[turn], t5, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t10_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t10_at + k);
        }
        store_pack(t10 + base + i, t10_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t12[row] = r.v9;
  }
}
""",
            ),
        ),
        Product(
            "t11",
            ("*", "n", "e"),
            Read("t10", ("*", "n", "m")),
            Read("value", ("*", "m", "e")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="e",
            reads=(Read("t11", ("*", "n", "e")), Read("t12", ("*", "n"))),
            writes=(Read("t13", ("*", "n", "e")),),
            kernel=RowKernel(
                name="scaled_dot_product_attention_2",
                arrays=(Array("t11"), Array("t12", "row")),
                outputs=(Out("t13"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// scaled_dot_product_attention_2:
// what is computed at a place and for a row.  The schedules below say when.
struct scaled_dot_product_attention_2_row {
  struct Element {
    real t11;
  };
  struct Row {
    real t12;
    Divisor d1;
  };

  template <int V, typename P_t11>
  static __device__ __forceinline__ void load_t11(
      Element (&e)[V], const P_t11 t11, const long long base, const int i) {
    real t11_at[V];
    load_pack(t11 + base + i, t11_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t11 = t11_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d1 = divisor(r.t12);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t13) {
    const real v2 = op_over(e.t11, r.d1);
    t13[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) scaled_dot_product_attention_2_held(
    const real* __restrict__ t11, const real* __restrict__ t12, T* __restrict__ t13,
    const long long rows, const int n) {
  using F = scaled_dot_product_attention_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t11(e[step], Once<real>{t11}, base, i);
  }
  F::Row r;
  r.t12 = t12[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t13_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t13_at + k);
      }
      store_pack(t13 + base + i, t13_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_2_block(
    const real* __restrict__ t11, const real* __restrict__ t12, T* __restrict__ t13,
    const long long rows, const int n) {
  using F = scaled_dot_product_attention_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t12 = t12[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t11(e[turn], t11, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t13_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t13_at + k);
          }
          store_pack(t13 + base + i, t13_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_2_split(
    const real* __restrict__ t11, const real* __restrict__ t12, T* __restrict__ t13,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = scaled_dot_product_attention_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t12 = t12[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t11(e[turn], t11, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t13_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t13_at + k);
        }
        store_pack(t13 + base + i, t13_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def scaled_dot_product_attention_vjp(
    g: Any,
    query: Any,
    key: Any,
    value: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Scaled dot-product attention: vector-Jacobian product.

        output[i, r] = Sum(exp(Sum(key[j, c]*query[i, c], (c, 1, d))/sqrt(d))*value[j,
            r]/Sum(exp(Sum(key[t, c]*query[i, c], (c, 1, d))/sqrt(d)), (t, 1, m)), (j, 1, m))
        result = d(sum of g * output) / d(query, key, value)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n, e); cotangent, of the shape of the
            forward result.
        query: float16, bfloat16, float32 or float64, shape (..., n, d).
        key: float16, bfloat16, float32 or float64, shape (..., m, d).
        value: float16, bfloat16, float32 or float64, shape (..., m, e).
        out: where to put the results.

    Returns:
        A tuple: that of query (shape (..., n, d)), that of key (shape (..., m, d)), that of value
            (shape (..., m, e)).

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
    Sources and proofs: symcheck show attn.sdpa.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 2.5 ulp of the largest of the row
        float16: 1.6 ulp of the largest of the row
        bfloat16: 0.76 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _SCALED_DOT_PRODUCT_ATTENTION_VJP.several(
        {"g": g, "query": query, "key": key, "value": value},
        {},
        out=out,
    )


def _scaled_dot_product_attention_vjp_numbers(size_d: Any) -> tuple[Any, ...]:
    k4 = np.sqrt(size_d)
    return (k4,)


_SCALED_DOT_PRODUCT_ATTENTION_VJP = TensorKernel(
    name="scaled_dot_product_attention_vjp",
    arguments=(
        Tensor("g", ("*", "n", "e")),
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "m", "d")),
        Tensor("value", ("*", "m", "e")),
    ),
    results=(
        Tensor("query", ("*", "n", "d"), value=Read("t34", ("*", "n", "d"))),
        Tensor("key", ("*", "m", "d"), value=Read("t37", ("*", "m", "d"))),
        Tensor("value", ("*", "m", "e"), value=Read("t31", ("*", "m", "e"))),
    ),
    cotangents=("g",),
    numbers=Numbers(given=("k4",), sizes=("d",), compute=_scaled_dot_product_attention_vjp_numbers),
    steps=(
        Product(
            "t5",
            ("*", "n", "m"),
            Read("query", ("*", "n", "d")),
            Read("key", ("*", "m", "d")),
            over=("d",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Product(
            "t13",
            ("*", "n", "m"),
            Read("g", ("*", "n", "e")),
            Read("value", ("*", "m", "e")),
            over=("e",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="m",
            reads=(Read("t5", ("*", "n", "m")), Read("t13", ("*", "n", "m"))),
            writes=(
                Read("t10", ("*", "n", "m")),
                Read("t30", ("*", "n", "m")),
                Read("t35", ("*", "n", "m")),
                Read("t11", ("*", "n")),
            ),
            kernel=RowKernel(
                name="scaled_dot_product_attention_vjp_1",
                arrays=(Array("t5"), Array("t13")),
                outputs=(Out("t10"), Out("t30"), Out("t35"), Out("t11", "row", wide=True)),
                held=2,
                folded=2,
                passes=3,
                staged=("t5", "t13"),
                text="""\
// scaled_dot_product_attention_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct scaled_dot_product_attention_vjp_1_row {
  struct Element {
    real t5;
    real t13;
    real k5;
  };
  struct Row {
    real v3;
    real v6;
    real v15;
    real v19;
    Divisor d6;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_t5, typename P_t13>
  static __device__ __forceinline__ void load_t5_t13(
      Element (&e)[V], const P_t5 t5, const P_t13 t13, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real t13_at[V];
    load_pack(t13 + base + i, t13_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
      e[k].t13 = t13_at[k];
    }
  }

  struct Fold1 {
    Max v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    v2 = e.t5;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v2.m);
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v6;
    Max v13;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v6.combine(b.v6);
      v13.combine(b.v13);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v6.over_lanes(count);
      v13.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v6, real& v13) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const bool v10 = v5 == R(1.0);
    const real v12 = v10 ? e.t13 : (-infinity());
    v6 = v5;
    v13 = v12;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v6, real& v13) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const bool v10 = v5 == R(1.0);
    const real v12 = v10 ? e.t13 : (-infinity());
    e.k5 = v5;
    v6 = v5;
    v13 = v12;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const bool v8 = f.v6.s <= R(2.0);
    const real v15 = v8 ? f.v13.m : R(0.0);
    r.v6 = f.v6.s;
    r.v15 = v15;
    r.d6 = divisor(r.v6);
  }

  struct Fold3 {
    Sum v18;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v18.combine(b.v18);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v18.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v18) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const real v16 = e.t13 - r.v15;
    const real v17 = v5 * v16;
    v18 = v17;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v18) {
    const real v16 = e.t13 - r.v15;
    const real v17 = e.k5 * v16;
    v18 = v17;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v19 = op_div(f.v18.s, r.v6);
    r.v19 = v19;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t10, real* t30, real* t35) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const real v16 = e.t13 - r.v15;
    const real v20 = v16 - r.v19;
    const real v21 = op_times(v20, r.d6);
    const real v22 = v5 * v20;
    const real v23 = v5 * v21;
    t10[0] = v5;
    t30[0] = v22;
    t35[0] = v23;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t10, real* t30, real* t35) {
    const real v16 = e.t13 - r.v15;
    const real v20 = v16 - r.v19;
    const real v21 = op_times(v20, r.d6);
    const real v22 = e.k5 * v20;
    const real v23 = e.k5 * v21;
    t10[0] = e.k5;
    t30[0] = v22;
    t35[0] = v23;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct scaled_dot_product_attention_vjp_1_again {
  struct Element {
    real t5;
    real t13;
    real k5;
  };
  struct Row {
    real v3;
    real v10;
    bool v12;
    real v19;
    real v23;
    Divisor d10;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_t5, typename P_t13>
  static __device__ __forceinline__ void load_t5_t13(
      Element (&e)[V], const P_t5 t5, const P_t13 t13, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real t13_at[V];
    load_pack(t13 + base + i, t13_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
      e[k].t13 = t13_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    v2 = e.t5;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v2.m);
    const real v8 = f.v2.m - v3;
    const real v9 = op_exp(v8);
    const real v10 = f.v2.s * v9;
    const bool v12 = v10 <= R(2.0);
    r.v3 = v3;
    r.v10 = v10;
    r.v12 = v12;
    r.d10 = divisor(r.v10);
  }

  struct Fold2 {
    Max v17;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v17.combine(b.v17);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v17.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v17) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const bool v14 = v5 == R(1.0);
    const real v16 = v14 ? e.t13 : (-infinity());
    v17 = v16;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v17) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const bool v14 = v5 == R(1.0);
    const real v16 = v14 ? e.t13 : (-infinity());
    e.k5 = v5;
    v17 = v16;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v19 = r.v12 ? f.v17.m : R(0.0);
    r.v19 = v19;
  }

  struct Fold3 {
    Sum v22;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v22.combine(b.v22);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v22.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v22) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const real v20 = e.t13 - r.v19;
    const real v21 = v5 * v20;
    v22 = v21;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v22) {
    const real v20 = e.t13 - r.v19;
    const real v21 = e.k5 * v20;
    v22 = v21;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v23 = op_div(f.v22.s, r.v10);
    r.v23 = v23;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t10, real* t30, real* t35) {
    const real v4 = e.t5 - r.v3;
    const real v5 = op_exp(v4);
    const real v20 = e.t13 - r.v19;
    const real v24 = v20 - r.v23;
    const real v25 = op_over(v24, r.d10);
    const real v26 = v5 * v24;
    const real v27 = v5 * v25;
    t10[0] = v5;
    t30[0] = v26;
    t35[0] = v27;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t10, real* t30, real* t35) {
    const real v20 = e.t13 - r.v19;
    const real v24 = v20 - r.v23;
    const real v25 = op_over(v24, r.d10);
    const real v26 = e.k5 * v24;
    const real v27 = e.k5 * v25;
    t10[0] = e.k5;
    t30[0] = v26;
    t35[0] = v27;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) scaled_dot_product_attention_vjp_1_held(
    const real* __restrict__ t5, const real* __restrict__ t13, T* __restrict__ t10, T* __restrict__ t30,
    T* __restrict__ t35, real* __restrict__ t11, const long long rows, const int n) {
  using F = scaled_dot_product_attention_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t5_t13(e[step], Once<real>{t5}, Once<real>{t13}, base, i);
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
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v6_at[V];
      real v13_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v6_at[k], v13_at[k]);
      }
      fold2.v6.add_pack(v6_at);
      fold2.v13.add_pack(v13_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v18_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v18_at[k]);
      }
      fold3.v18.add_pack(v18_at);
    }
  }
  combine_lanes<LANES>(fold3);
  F::finish3(fold3, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t10_at[V];
      real t30_at[V];
      real t35_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t10_at + k, t30_at + k, t35_at + k);
      }
      store_pack(t10 + base + i, t10_at);
      store_pack(t30 + base + i, t30_at);
      store_pack(t35 + base + i, t35_at);
    }
  }
  if (lane == 0 && mine) {
    t11[row] = r.v6;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_1_block(
    const real* __restrict__ t5, const real* __restrict__ t13, T* __restrict__ t10, T* __restrict__ t30,
    T* __restrict__ t35, real* __restrict__ t11, const long long rows, const int n) {
  using F = scaled_dot_product_attention_vjp_1_again;
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
          if (i < n) F::load_t5(e[turn], t5, base, i);
        }
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
          }
        }
        fold1.v2.add_pack(v2_all);
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
          if (i < n) F::load_t5_t13(e[turn], t5, t13, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v17_at[k]);
            }
            fold2.v17.add_pack(v17_at);
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
          if (i < n) F::load_t5_t13(e[turn], t5, t13, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v22_at[k]);
            }
            fold3.v22.add_pack(v22_at);
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
        if (i < n) F::load_t5_t13(e[turn], t5, t13, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t10_at[V];
          real t30_at[V];
          real t35_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t10_at + k, t30_at + k, t35_at + k);
          }
          store_pack(t10 + base + i, t10_at);
          store_pack(t30 + base + i, t30_at);
          store_pack(t35 + base + i, t35_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t11[row] = r.v10;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) scaled_dot_product_attention_vjp_1_staged(
    const real* __restrict__ t5, const real* __restrict__ t13, T* __restrict__ t10, T* __restrict__ t30,
    T* __restrict__ t35, real* __restrict__ t11, const long long rows, const int n) {
  using F = scaled_dot_product_attention_vjp_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t5_staged;
  t5_staged.take(free_bytes, (long long)n);
  Staged<real, (KEPT > 1)> t13_staged;
  t13_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t5_staged.template fetch<V>(t5 + base + i, i);
    t13_staged.template fetch<V>(t13 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t5_staged.row(t5 + base);
    t13_staged.row(t13 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
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
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5_t13(e[turn], t5_staged, t13_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v6_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v6_at[k], v13_at[k]);
            }
            fold2.v6.add_pack(v6_at);
            fold2.v13.add_pack(v13_at);
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
          if (i < n) F::load_t5_t13(e[turn], t5_staged, t13_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v18_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v18_at[k]);
            }
            fold3.v18.add_pack(v18_at);
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
        if (i < n) F::load_t5_t13(e[turn], t5_staged, t13_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t10_at[V];
          real t30_at[V];
          real t35_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t10_at + k, t30_at + k, t35_at + k);
          }
          store_pack(t10 + base + i, t10_at);
          store_pack(t30 + base + i, t30_at);
          store_pack(t35 + base + i, t35_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t5_staged.template fetch<V>(t5 + next + i, i);
          t13_staged.template fetch<V>(t13 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t11[row] = r.v6;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_1_split(
    const real* __restrict__ t5, const real* __restrict__ t13, T* __restrict__ t10, T* __restrict__ t30,
    T* __restrict__ t35, real* __restrict__ t11, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = scaled_dot_product_attention_vjp_1_again;
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
          if (i < end) F::load_t5(e[turn], t5, base, i);
        }
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
          }
        }
        fold1.v2.add_pack(v2_all);
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
          if (i < end) F::load_t5_t13(e[turn], t5, t13, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v17_at[k]);
            }
            fold2.v17.add_pack(v17_at);
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
          if (i < end) F::load_t5_t13(e[turn], t5, t13, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v22_at[k]);
            }
            fold3.v22.add_pack(v22_at);
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
      if (i < end) F::load_t5_t13(e[turn], t5, t13, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t10_at[V];
        real t30_at[V];
        real t35_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t10_at + k, t30_at + k, t35_at + k);
        }
        store_pack(t10 + base + i, t10_at);
        store_pack(t30 + base + i, t30_at);
        store_pack(t35 + base + i, t35_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t11[row] = r.v10;
  }
}
""",
            ),
        ),
        Product(
            "t33",
            ("*", "n", "d"),
            Read("t30", ("*", "n", "m")),
            Read("key", ("*", "m", "d")),
            over=("m",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Product(
            "t37",
            ("*", "m", "d"),
            Read("t35", ("*", "n", "m")),
            Read("query", ("*", "n", "d")),
            over=("n",),
            scale=(("div", "k4"),),
        ),
        Fused(
            batch=("*", "n"),
            row="d",
            reads=(Read("t11", ("*", "n")), Read("t33", ("*", "n", "d"))),
            writes=(Read("t34", ("*", "n", "d")),),
            kernel=RowKernel(
                name="scaled_dot_product_attention_vjp_2",
                arrays=(Array("t11", "row"), Array("t33")),
                outputs=(Out("t34"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// scaled_dot_product_attention_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct scaled_dot_product_attention_vjp_2_row {
  struct Element {
    real t33;
  };
  struct Row {
    real t11;
    Divisor d0;
  };

  template <int V, typename P_t33>
  static __device__ __forceinline__ void load_t33(
      Element (&e)[V], const P_t33 t33, const long long base, const int i) {
    real t33_at[V];
    load_pack(t33 + base + i, t33_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t33 = t33_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d0 = divisor(r.t11);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t34) {
    const real v2 = op_over(e.t33, r.d0);
    t34[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) scaled_dot_product_attention_vjp_2_held(
    const real* __restrict__ t33, const real* __restrict__ t11, T* __restrict__ t34,
    const long long rows, const int n) {
  using F = scaled_dot_product_attention_vjp_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t33(e[step], Once<real>{t33}, base, i);
  }
  F::Row r;
  r.t11 = t11[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t34_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t34_at + k);
      }
      store_pack(t34 + base + i, t34_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_2_block(
    const real* __restrict__ t33, const real* __restrict__ t11, T* __restrict__ t34,
    const long long rows, const int n) {
  using F = scaled_dot_product_attention_vjp_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t11 = t11[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t33(e[turn], t33, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t34_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t34_at + k);
          }
          store_pack(t34 + base + i, t34_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_2_split(
    const real* __restrict__ t33, const real* __restrict__ t11, T* __restrict__ t34,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = scaled_dot_product_attention_vjp_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t11 = t11[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t33(e[turn], t33, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t34_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t34_at + k);
        }
        store_pack(t34 + base + i, t34_at);
      }
    }
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n"),
            row="e",
            reads=(Read("t11", ("*", "n")), Read("g", ("*", "n", "e"))),
            writes=(Read("t14", ("*", "n", "e")),),
            kernel=RowKernel(
                name="scaled_dot_product_attention_vjp_3",
                arrays=(Array("t11", "row"), Array("g")),
                outputs=(Out("t14"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// scaled_dot_product_attention_vjp_3:
// what is computed at a place and for a row.  The schedules below say when.
struct scaled_dot_product_attention_vjp_3_row {
  struct Element {
    real g;
  };
  struct Row {
    real t11;
    Divisor d0;
  };

  template <int V, typename P_g>
  static __device__ __forceinline__ void load_g(
      Element (&e)[V], const P_g g, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d0 = divisor(r.t11);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t14) {
    const real v2 = op_over(e.g, r.d0);
    t14[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) scaled_dot_product_attention_vjp_3_held(
    const T* __restrict__ g, const real* __restrict__ t11, T* __restrict__ t14, const long long rows,
    const int n) {
  using F = scaled_dot_product_attention_vjp_3_row;
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
  r.t11 = t11[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t14_at + k);
      }
      store_pack(t14 + base + i, t14_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_3_block(
    const T* __restrict__ g, const real* __restrict__ t11, T* __restrict__ t14, const long long rows,
    const int n) {
  using F = scaled_dot_product_attention_vjp_3_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t11 = t11[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g(e[turn], g, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t14_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t14_at + k);
          }
          store_pack(t14 + base + i, t14_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) scaled_dot_product_attention_vjp_3_split(
    const T* __restrict__ g, const real* __restrict__ t11, T* __restrict__ t14, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = scaled_dot_product_attention_vjp_3_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t11 = t11[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g(e[turn], g, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t14_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t14_at + k);
        }
        store_pack(t14 + base + i, t14_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t31",
            ("*", "m", "e"),
            Read("t10", ("*", "n", "m")),
            Read("t14", ("*", "n", "e")),
            over=("n",),
        ),
    ),
)


def causal_attention(query: Any, key: Any, value: Any, *, out: Any = None) -> Any:
    """Causal mask.

        output[i, r] = Sum(exp(causal_mask(j, i) + Sum(key[j, c]*query[i, c], (c, 1,
            d))/sqrt(d))*value[j, r]/Sum(exp(causal_mask(t, i) + Sum(key[t, c]*query[i, c], (c, 1,
            d))/sqrt(d)), (t, 1, n)), (j, 1, n))

    Args:
        query: float16, bfloat16, float32 or float64, shape (..., n, d).
        key: float16, bfloat16, float32 or float64, shape (..., n, d).
        value: float16, bfloat16, float32 or float64, shape (..., n, e).
        out: where to put the result.

    Returns:
        An array of shape (..., n, e) and the dtype of the arguments.

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
    Sources and proofs: symcheck show attn.causal.
    Stable by the proved claims act.softmax/weighted_mean_shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.37 ulp of the largest of the row
        bfloat16: 0.27 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CAUSAL_ATTENTION.one(
        {"query": query, "key": key, "value": value},
        {},
        out=out,
    )


def _causal_attention_numbers(size_d: Any) -> tuple[Any, ...]:
    k4 = np.sqrt(size_d)
    return (k4,)


_CAUSAL_ATTENTION = TensorKernel(
    name="causal_attention",
    arguments=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "n", "d")),
        Tensor("value", ("*", "n", "e")),
    ),
    results=(Tensor("output", ("*", "n", "e"), value=Read("t20", ("*", "n", "e"))),),
    numbers=Numbers(given=("k4",), sizes=("d",), compute=_causal_attention_numbers),
    steps=(
        Product(
            "t5",
            ("*", "n", "n'"),
            Read("query", ("*", "n", "d")),
            Read("key", ("*", "n'", "d")),
            over=("d",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="n'",
            reads=(Read("t5", ("*", "n", "n'")), Read("@n", ("n",))),
            writes=(Read("t17", ("*", "n", "n'")), Read("t19", ("*", "n"))),
            kernel=RowKernel(
                name="causal_attention_1",
                arrays=(Array("t5"), Array("n", "row")),
                outputs=(Out("t17"), Out("t19", "row", wide=True)),
                held=1,
                folded=2,
                passes=1,
                staged=("t5",),
                text="""\
// causal_attention_1:
// what is computed at a place and for a row.  The schedules below say when.
struct causal_attention_1_row {
  struct Element {
    real t5;
    real k11;
  };
  struct Row {
    real n_;
    real v9;
    real v12;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  struct Fold1 {
    Max v8;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v8) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v9 = op_finite_or_zero(f.v8.m);
    r.v9 = v9;
  }

  struct Fold2 {
    Sum v12;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v12.combine(b.v12);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v12.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v12) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    const real v10 = v7 - r.v9;
    const real v11 = op_exp(v10);
    v12 = v11;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v12) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    const real v10 = v7 - r.v9;
    const real v11 = op_exp(v10);
    e.k11 = v11;
    v12 = v11;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v12 = f.v12.s;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t17) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    const real v10 = v7 - r.v9;
    const real v11 = op_exp(v10);
    t17[0] = v11;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t17) {
    t17[0] = e.k11;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct causal_attention_1_again {
  struct Element {
    real t5;
  };
  struct Row {
    real n_;
    real v9;
    real v16;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v8;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v8) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v9 = op_finite_or_zero(f.v8.m);
    const real v14 = f.v8.m - v9;
    const real v15 = op_exp(v14);
    const real v16 = f.v8.s * v15;
    r.v9 = v9;
    r.v16 = v16;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t17) {
    const real v2 = real(i);
    const bool v5 = v2 <= r.n_;
    const real v6 = v5 ? R(0.0) : (-infinity());
    const real v7 = e.t5 + v6;
    const real v10 = v7 - r.v9;
    const real v11 = op_exp(v10);
    t17[0] = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) causal_attention_1_held(
    const real* __restrict__ t5, const real* __restrict__ n_, T* __restrict__ t17,
    real* __restrict__ t19, const long long rows, const int n) {
  using F = causal_attention_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t5(e[step], Once<real>{t5}, base, i);
  }
  F::Row r;
  r.n_ = n_[row];
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v8_at[k]);
      }
      fold1.v8.add_pack(v8_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v12_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v12_at[k]);
      }
      fold2.v12.add_pack(v12_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t17_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t17_at + k);
      }
      store_pack(t17 + base + i, t17_at);
    }
  }
  if (lane == 0 && mine) {
    t19[row] = r.v12;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) causal_attention_1_block(
    const real* __restrict__ t5, const real* __restrict__ n_, T* __restrict__ t17,
    real* __restrict__ t19, const long long rows, const int n) {
  using F = causal_attention_1_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.n_ = n_[row];
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5, base, i);
        }
        real v8_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v8_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v8_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v8_all[turn * V + k] = v8_at[k];
          }
        }
        fold1.v8.add_pack(v8_all);
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
        if (i < n) F::load_t5(e[turn], t5, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t17_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t17_at + k);
          }
          store_pack(t17 + base + i, t17_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t19[row] = r.v16;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) causal_attention_1_staged(
    const real* __restrict__ t5, const real* __restrict__ n_, T* __restrict__ t17,
    real* __restrict__ t19, const long long rows, const int n) {
  using F = causal_attention_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t5_staged;
  t5_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t5_staged.template fetch<V>(t5 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t5_staged.row(t5 + base);
    F::Row r;
    r.n_ = n_[row];
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v8_at[k]);
            }
            fold1.v8.add_pack(v8_at);
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
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v12_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v12_at[k]);
            }
            fold2.v12.add_pack(v12_at);
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
        if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t17_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t17_at + k);
          }
          store_pack(t17 + base + i, t17_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t5_staged.template fetch<V>(t5 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t19[row] = r.v12;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) causal_attention_1_split(
    const real* __restrict__ t5, const real* __restrict__ n_, T* __restrict__ t17,
    real* __restrict__ t19, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = causal_attention_1_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.n_ = n_[row];
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_t5(e[turn], t5, base, i);
        }
        real v8_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v8_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v8_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v8_all[turn * V + k] = v8_at[k];
          }
        }
        fold1.v8.add_pack(v8_all);
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
      if (i < end) F::load_t5(e[turn], t5, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t17_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t17_at + k);
        }
        store_pack(t17 + base + i, t17_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t19[row] = r.v16;
  }
}
""",
            ),
        ),
        Product(
            "t18",
            ("*", "n", "e"),
            Read("t17", ("*", "n", "n'")),
            Read("value", ("*", "n'", "e")),
            over=("n'",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="e",
            reads=(Read("t18", ("*", "n", "e")), Read("t19", ("*", "n"))),
            writes=(Read("t20", ("*", "n", "e")),),
            kernel=RowKernel(
                name="causal_attention_2",
                arrays=(Array("t18"), Array("t19", "row")),
                outputs=(Out("t20"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// causal_attention_2:
// what is computed at a place and for a row.  The schedules below say when.
struct causal_attention_2_row {
  struct Element {
    real t18;
  };
  struct Row {
    real t19;
    Divisor d1;
  };

  template <int V, typename P_t18>
  static __device__ __forceinline__ void load_t18(
      Element (&e)[V], const P_t18 t18, const long long base, const int i) {
    real t18_at[V];
    load_pack(t18 + base + i, t18_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t18 = t18_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d1 = divisor(r.t19);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t20) {
    const real v2 = op_over(e.t18, r.d1);
    t20[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) causal_attention_2_held(
    const real* __restrict__ t18, const real* __restrict__ t19, T* __restrict__ t20,
    const long long rows, const int n) {
  using F = causal_attention_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t18(e[step], Once<real>{t18}, base, i);
  }
  F::Row r;
  r.t19 = t19[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t20_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t20_at + k);
      }
      store_pack(t20 + base + i, t20_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) causal_attention_2_block(
    const real* __restrict__ t18, const real* __restrict__ t19, T* __restrict__ t20,
    const long long rows, const int n) {
  using F = causal_attention_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t19 = t19[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t18(e[turn], t18, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t20_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t20_at + k);
          }
          store_pack(t20 + base + i, t20_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) causal_attention_2_split(
    const real* __restrict__ t18, const real* __restrict__ t19, T* __restrict__ t20,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = causal_attention_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t19 = t19[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t18(e[turn], t18, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t20_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t20_at + k);
        }
        store_pack(t20 + base + i, t20_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def causal_attention_vjp(
    g: Any,
    query: Any,
    key: Any,
    value: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Causal mask: vector-Jacobian product.

        output[i, r] = Sum(exp(causal_mask(j, i) + Sum(key[j, c]*query[i, c], (c, 1,
            d))/sqrt(d))*value[j, r]/Sum(exp(causal_mask(t, i) + Sum(key[t, c]*query[i, c], (c, 1,
            d))/sqrt(d)), (t, 1, n)), (j, 1, n))
        result = d(sum of g * output) / d(query, key, value)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n, e); cotangent, of the shape of the
            forward result.
        query: float16, bfloat16, float32 or float64, shape (..., n, d).
        key: float16, bfloat16, float32 or float64, shape (..., n, d).
        value: float16, bfloat16, float32 or float64, shape (..., n, e).
        out: where to put the results.

    Returns:
        A tuple: that of query (shape (..., n, d)), that of key (shape (..., n, d)), that of value
            (shape (..., n, e)).

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
    Sources and proofs: symcheck show attn.causal.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.5 ulp of the largest of the row
        float16: 0.81 ulp of the largest of the row
        bfloat16: 0.39 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _CAUSAL_ATTENTION_VJP.several(
        {"g": g, "query": query, "key": key, "value": value},
        {},
        out=out,
    )


def _causal_attention_vjp_numbers(size_d: Any) -> tuple[Any, ...]:
    k4 = np.sqrt(size_d)
    return (k4,)


_CAUSAL_ATTENTION_VJP = TensorKernel(
    name="causal_attention_vjp",
    arguments=(
        Tensor("g", ("*", "n", "e")),
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "n", "d")),
        Tensor("value", ("*", "n", "e")),
    ),
    results=(
        Tensor("query", ("*", "n", "d"), value=Read("t39", ("*", "n", "d"))),
        Tensor("key", ("*", "n'", "d"), value=Read("t42", ("*", "n'", "d"))),
        Tensor("value", ("*", "n'", "e"), value=Read("t36", ("*", "n'", "e"))),
    ),
    cotangents=("g",),
    numbers=Numbers(given=("k4",), sizes=("d",), compute=_causal_attention_vjp_numbers),
    steps=(
        Product(
            "t5",
            ("*", "n", "n'"),
            Read("query", ("*", "n", "d")),
            Read("key", ("*", "n'", "d")),
            over=("d",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Product(
            "t20",
            ("*", "n", "n'"),
            Read("g", ("*", "n", "e")),
            Read("value", ("*", "n'", "e")),
            over=("e",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="n'",
            reads=(Read("t5", ("*", "n", "n'")), Read("@n", ("n",)), Read("t20", ("*", "n", "n'"))),
            writes=(
                Read("t17", ("*", "n", "n'")),
                Read("t35", ("*", "n", "n'")),
                Read("t40", ("*", "n", "n'")),
                Read("t18", ("*", "n")),
            ),
            kernel=RowKernel(
                name="causal_attention_vjp_1",
                arrays=(Array("t5"), Array("n", "row"), Array("t20")),
                outputs=(Out("t17"), Out("t35"), Out("t40"), Out("t18", "row", wide=True)),
                held=2,
                folded=2,
                passes=3,
                staged=("t5", "t20"),
                text="""\
// causal_attention_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct causal_attention_vjp_1_row {
  struct Element {
    real t5;
    real t20;
    real k12;
  };
  struct Row {
    real n_;
    real v10;
    real v13;
    real v20;
    real v24;
    Divisor d13;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_t5, typename P_t20>
  static __device__ __forceinline__ void load_t5_t20(
      Element (&e)[V], const P_t5 t5, const P_t20 t20, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real t20_at[V];
    load_pack(t20 + base + i, t20_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
      e[k].t20 = t20_at[k];
    }
  }

  struct Fold1 {
    Max v9;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v9.combine(b.v9);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v9.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v9) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    v9 = v8;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v10 = op_finite_or_zero(f.v9.m);
    r.v10 = v10;
  }

  struct Fold2 {
    Sum v13;
    Max v19;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v13.combine(b.v13);
      v19.combine(b.v19);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v13.over_lanes(count);
      v19.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v13, real& v19) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const bool v17 = v12 == R(1.0);
    const real v18 = v17 ? e.t20 : (-infinity());
    v13 = v12;
    v19 = v18;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v13, real& v19) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const bool v17 = v12 == R(1.0);
    const real v18 = v17 ? e.t20 : (-infinity());
    e.k12 = v12;
    v13 = v12;
    v19 = v18;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const bool v15 = f.v13.s <= R(2.0);
    const real v20 = v15 ? f.v19.m : R(0.0);
    r.v13 = f.v13.s;
    r.v20 = v20;
    r.d13 = divisor(r.v13);
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
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const real v21 = e.t20 - r.v20;
    const real v22 = v12 * v21;
    v23 = v22;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v23) {
    const real v21 = e.t20 - r.v20;
    const real v22 = e.k12 * v21;
    v23 = v22;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v24 = op_div(f.v23.s, r.v13);
    r.v24 = v24;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t17, real* t35, real* t40) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const real v21 = e.t20 - r.v20;
    const real v25 = v21 - r.v24;
    const real v26 = op_times(v25, r.d13);
    const real v27 = v12 * v25;
    const real v28 = v12 * v26;
    t17[0] = v12;
    t35[0] = v27;
    t40[0] = v28;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t17, real* t35, real* t40) {
    const real v21 = e.t20 - r.v20;
    const real v25 = v21 - r.v24;
    const real v26 = op_times(v25, r.d13);
    const real v27 = e.k12 * v25;
    const real v28 = e.k12 * v26;
    t17[0] = e.k12;
    t35[0] = v27;
    t40[0] = v28;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct causal_attention_vjp_1_again {
  struct Element {
    real t5;
    real t20;
    real k12;
  };
  struct Row {
    real n_;
    real v10;
    real v17;
    bool v19;
    real v24;
    real v28;
    Divisor d17;
  };

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_t5, typename P_t20>
  static __device__ __forceinline__ void load_t5_t20(
      Element (&e)[V], const P_t5 t5, const P_t20 t20, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real t20_at[V];
    load_pack(t20 + base + i, t20_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
      e[k].t20 = t20_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v9;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v9.combine(b.v9);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v9.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v9) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    v9 = v8;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v10 = op_finite_or_zero(f.v9.m);
    const real v15 = f.v9.m - v10;
    const real v16 = op_exp(v15);
    const real v17 = f.v9.s * v16;
    const bool v19 = v17 <= R(2.0);
    r.v10 = v10;
    r.v17 = v17;
    r.v19 = v19;
    r.d17 = divisor(r.v17);
  }

  struct Fold2 {
    Max v23;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v23.combine(b.v23);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v23.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v23) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const bool v21 = v12 == R(1.0);
    const real v22 = v21 ? e.t20 : (-infinity());
    v23 = v22;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v23) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const bool v21 = v12 == R(1.0);
    const real v22 = v21 ? e.t20 : (-infinity());
    e.k12 = v12;
    v23 = v22;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v24 = r.v19 ? f.v23.m : R(0.0);
    r.v24 = v24;
  }

  struct Fold3 {
    Sum v27;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v27.combine(b.v27);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v27.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v27) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const real v25 = e.t20 - r.v24;
    const real v26 = v12 * v25;
    v27 = v26;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v27) {
    const real v25 = e.t20 - r.v24;
    const real v26 = e.k12 * v25;
    v27 = v26;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v28 = op_div(f.v27.s, r.v17);
    r.v28 = v28;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t17, real* t35, real* t40) {
    const real v3 = real(i);
    const bool v6 = v3 <= r.n_;
    const real v7 = v6 ? R(0.0) : (-infinity());
    const real v8 = e.t5 + v7;
    const real v11 = v8 - r.v10;
    const real v12 = op_exp(v11);
    const real v25 = e.t20 - r.v24;
    const real v29 = v25 - r.v28;
    const real v30 = op_over(v29, r.d17);
    const real v31 = v12 * v29;
    const real v32 = v12 * v30;
    t17[0] = v12;
    t35[0] = v31;
    t40[0] = v32;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t17, real* t35, real* t40) {
    const real v25 = e.t20 - r.v24;
    const real v29 = v25 - r.v28;
    const real v30 = op_over(v29, r.d17);
    const real v31 = e.k12 * v29;
    const real v32 = e.k12 * v30;
    t17[0] = e.k12;
    t35[0] = v31;
    t40[0] = v32;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) causal_attention_vjp_1_held(
    const real* __restrict__ t5, const real* __restrict__ t20, const real* __restrict__ n_,
    T* __restrict__ t17, T* __restrict__ t35, T* __restrict__ t40, real* __restrict__ t18,
    const long long rows, const int n) {
  using F = causal_attention_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t5_t20(e[step], Once<real>{t5}, Once<real>{t20}, base, i);
  }
  F::Row r;
  r.n_ = n_[row];
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v9_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v9_at[k]);
      }
      fold1.v9.add_pack(v9_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v13_at[V];
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v13_at[k], v19_at[k]);
      }
      fold2.v13.add_pack(v13_at);
      fold2.v19.add_pack(v19_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v23_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v23_at[k]);
      }
      fold3.v23.add_pack(v23_at);
    }
  }
  combine_lanes<LANES>(fold3);
  F::finish3(fold3, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t17_at[V];
      real t35_at[V];
      real t40_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t17_at + k, t35_at + k, t40_at + k);
      }
      store_pack(t17 + base + i, t17_at);
      store_pack(t35 + base + i, t35_at);
      store_pack(t40 + base + i, t40_at);
    }
  }
  if (lane == 0 && mine) {
    t18[row] = r.v13;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_1_block(
    const real* __restrict__ t5, const real* __restrict__ t20, const real* __restrict__ n_,
    T* __restrict__ t17, T* __restrict__ t35, T* __restrict__ t40, real* __restrict__ t18,
    const long long rows, const int n) {
  using F = causal_attention_vjp_1_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.n_ = n_[row];
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5, base, i);
        }
        real v9_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v9_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v9_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v9_all[turn * V + k] = v9_at[k];
          }
        }
        fold1.v9.add_pack(v9_all);
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
          if (i < n) F::load_t5_t20(e[turn], t5, t20, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v23_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v23_at[k]);
            }
            fold2.v23.add_pack(v23_at);
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
          if (i < n) F::load_t5_t20(e[turn], t5, t20, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v27_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v27_at[k]);
            }
            fold3.v27.add_pack(v27_at);
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
        if (i < n) F::load_t5_t20(e[turn], t5, t20, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t17_at[V];
          real t35_at[V];
          real t40_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t17_at + k, t35_at + k, t40_at + k);
          }
          store_pack(t17 + base + i, t17_at);
          store_pack(t35 + base + i, t35_at);
          store_pack(t40 + base + i, t40_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t18[row] = r.v17;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) causal_attention_vjp_1_staged(
    const real* __restrict__ t5, const real* __restrict__ t20, const real* __restrict__ n_,
    T* __restrict__ t17, T* __restrict__ t35, T* __restrict__ t40, real* __restrict__ t18,
    const long long rows, const int n) {
  using F = causal_attention_vjp_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t5_staged;
  t5_staged.take(free_bytes, (long long)n);
  Staged<real, (KEPT > 1)> t20_staged;
  t20_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t5_staged.template fetch<V>(t5 + base + i, i);
    t20_staged.template fetch<V>(t20 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t5_staged.row(t5 + base);
    t20_staged.row(t20 + base);
    F::Row r;
    r.n_ = n_[row];
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t5(e[turn], t5_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v9_at[k]);
            }
            fold1.v9.add_pack(v9_at);
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
          if (i < n) F::load_t5_t20(e[turn], t5_staged, t20_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v13_at[V];
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v13_at[k], v19_at[k]);
            }
            fold2.v13.add_pack(v13_at);
            fold2.v19.add_pack(v19_at);
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
          if (i < n) F::load_t5_t20(e[turn], t5_staged, t20_staged, 0, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t5_t20(e[turn], t5_staged, t20_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t17_at[V];
          real t35_at[V];
          real t40_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t17_at + k, t35_at + k, t40_at + k);
          }
          store_pack(t17 + base + i, t17_at);
          store_pack(t35 + base + i, t35_at);
          store_pack(t40 + base + i, t40_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t5_staged.template fetch<V>(t5 + next + i, i);
          t20_staged.template fetch<V>(t20 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t18[row] = r.v13;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_1_split(
    const real* __restrict__ t5, const real* __restrict__ t20, const real* __restrict__ n_,
    T* __restrict__ t17, T* __restrict__ t35, T* __restrict__ t40, real* __restrict__ t18,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = causal_attention_vjp_1_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.n_ = n_[row];
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_t5(e[turn], t5, base, i);
        }
        real v9_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v9_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v9_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v9_all[turn * V + k] = v9_at[k];
          }
        }
        fold1.v9.add_pack(v9_all);
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
          if (i < end) F::load_t5_t20(e[turn], t5, t20, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v23_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v23_at[k]);
            }
            fold2.v23.add_pack(v23_at);
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
          if (i < end) F::load_t5_t20(e[turn], t5, t20, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v27_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v27_at[k]);
            }
            fold3.v27.add_pack(v27_at);
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
      if (i < end) F::load_t5_t20(e[turn], t5, t20, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t17_at[V];
        real t35_at[V];
        real t40_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t17_at + k, t35_at + k, t40_at + k);
        }
        store_pack(t17 + base + i, t17_at);
        store_pack(t35 + base + i, t35_at);
        store_pack(t40 + base + i, t40_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t18[row] = r.v17;
  }
}
""",
            ),
        ),
        Product(
            "t38",
            ("*", "n", "d"),
            Read("t35", ("*", "n", "n'")),
            Read("key", ("*", "n'", "d")),
            over=("n'",),
            scale=(("div", "k4"),),
            wide=True,
        ),
        Product(
            "t42",
            ("*", "n'", "d"),
            Read("t40", ("*", "n", "n'")),
            Read("query", ("*", "n", "d")),
            over=("n",),
            scale=(("div", "k4"),),
        ),
        Fused(
            batch=("*", "n"),
            row="d",
            reads=(Read("t18", ("*", "n")), Read("t38", ("*", "n", "d"))),
            writes=(Read("t39", ("*", "n", "d")),),
            kernel=RowKernel(
                name="causal_attention_vjp_2",
                arrays=(Array("t18", "row"), Array("t38")),
                outputs=(Out("t39"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// causal_attention_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct causal_attention_vjp_2_row {
  struct Element {
    real t38;
  };
  struct Row {
    real t18;
    Divisor d0;
  };

  template <int V, typename P_t38>
  static __device__ __forceinline__ void load_t38(
      Element (&e)[V], const P_t38 t38, const long long base, const int i) {
    real t38_at[V];
    load_pack(t38 + base + i, t38_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t38 = t38_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d0 = divisor(r.t18);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t39) {
    const real v2 = op_over(e.t38, r.d0);
    t39[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) causal_attention_vjp_2_held(
    const real* __restrict__ t38, const real* __restrict__ t18, T* __restrict__ t39,
    const long long rows, const int n) {
  using F = causal_attention_vjp_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t38(e[step], Once<real>{t38}, base, i);
  }
  F::Row r;
  r.t18 = t18[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t39_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t39_at + k);
      }
      store_pack(t39 + base + i, t39_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_2_block(
    const real* __restrict__ t38, const real* __restrict__ t18, T* __restrict__ t39,
    const long long rows, const int n) {
  using F = causal_attention_vjp_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t18 = t18[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t38(e[turn], t38, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t39_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t39_at + k);
          }
          store_pack(t39 + base + i, t39_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_2_split(
    const real* __restrict__ t38, const real* __restrict__ t18, T* __restrict__ t39,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = causal_attention_vjp_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t18 = t18[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t38(e[turn], t38, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t39_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t39_at + k);
        }
        store_pack(t39 + base + i, t39_at);
      }
    }
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n"),
            row="e",
            reads=(Read("t18", ("*", "n")), Read("g", ("*", "n", "e"))),
            writes=(Read("t21", ("*", "n", "e")),),
            kernel=RowKernel(
                name="causal_attention_vjp_3",
                arrays=(Array("t18", "row"), Array("g")),
                outputs=(Out("t21"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// causal_attention_vjp_3:
// what is computed at a place and for a row.  The schedules below say when.
struct causal_attention_vjp_3_row {
  struct Element {
    real g;
  };
  struct Row {
    real t18;
    Divisor d0;
  };

  template <int V, typename P_g>
  static __device__ __forceinline__ void load_g(
      Element (&e)[V], const P_g g, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d0 = divisor(r.t18);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t21) {
    const real v2 = op_over(e.g, r.d0);
    t21[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) causal_attention_vjp_3_held(
    const T* __restrict__ g, const real* __restrict__ t18, T* __restrict__ t21, const long long rows,
    const int n) {
  using F = causal_attention_vjp_3_row;
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
  r.t18 = t18[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t21_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t21_at + k);
      }
      store_pack(t21 + base + i, t21_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_3_block(
    const T* __restrict__ g, const real* __restrict__ t18, T* __restrict__ t21, const long long rows,
    const int n) {
  using F = causal_attention_vjp_3_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t18 = t18[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g(e[turn], g, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t21_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t21_at + k);
          }
          store_pack(t21 + base + i, t21_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) causal_attention_vjp_3_split(
    const T* __restrict__ g, const real* __restrict__ t18, T* __restrict__ t21, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = causal_attention_vjp_3_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t18 = t18[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g(e[turn], g, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t21_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t21_at + k);
        }
        store_pack(t21 + base + i, t21_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t36",
            ("*", "n'", "e"),
            Read("t17", ("*", "n", "n'")),
            Read("t21", ("*", "n", "e")),
            over=("n",),
        ),
    ),
)


def multihead_attention(query: Any, key: Any, value: Any, out_weight: Any, *, out: Any = None) -> Any:
    """Multi-head attention.

        output[i, u] = Sum(out_weight[s, r, u]*Sum(exp(Sum(key[s, j, c]*query[s, i, c], (c, 1,
            d))/sqrt(d))*value[s, j, r]/Sum(exp(Sum(key[s, t, c]*query[s, i, c], (c, 1, d))/sqrt(d)),
            (t, 1, m)), (j, 1, m)), (s, 1, h), (r, 1, e))

    Args:
        query: float16, bfloat16, float32 or float64, shape (..., h, n, d); projected queries, head by
            head.
        key: float16, bfloat16, float32 or float64, shape (..., h, m, d); projected keys.
        value: float16, bfloat16, float32 or float64, shape (..., h, m, e); projected values.
        out_weight: float16, bfloat16, float32 or float64, shape (h, e, k); output projection, its rows
            by head: the heads side by side times W_O.
        out: where to put the result.

    Returns:
        An array of shape (..., n, k) and the dtype of the arguments.

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
    Sources and proofs: symcheck show attn.multihead.
    Stable by the proved claims act.softmax/weighted_mean_shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 1.4 ulp of the largest of the row
        bfloat16: 0.64 ulp of the largest of the row
        float64: 1.5 ulp of the largest of the row
    """
    return _MULTIHEAD_ATTENTION.one(
        {"query": query, "key": key, "value": value, "out_weight": out_weight},
        {},
        out=out,
    )


def _multihead_attention_numbers(size_d: Any) -> tuple[Any, ...]:
    k5 = np.sqrt(size_d)
    return (k5,)


_MULTIHEAD_ATTENTION = TensorKernel(
    name="multihead_attention",
    arguments=(
        Tensor("query", ("*", "h", "n", "d")),
        Tensor("key", ("*", "h", "m", "d")),
        Tensor("value", ("*", "h", "m", "e")),
        Tensor("out_weight", ("h", "e", "k")),
    ),
    results=(Tensor("output", ("*", "n", "k"), value=Read("t15", ("*", "n", "k"))),),
    numbers=Numbers(given=("k5",), sizes=("d",), compute=_multihead_attention_numbers),
    steps=(
        Product(
            "t6",
            ("*", "h", "n", "m"),
            Read("query", ("*", "h", "n", "d")),
            Read("key", ("*", "h", "m", "d")),
            over=("d",),
            scale=(("div", "k5"),),
            wide=True,
        ),
        Fused(
            batch=("*", "n", "h"),
            row="m",
            reads=(Read("t6", ("*", "h", "n", "m")),),
            writes=(Read("t11", ("*", "n", "h", "m")), Read("t13", ("*", "n", "h"))),
            kernel=RowKernel(
                name="multihead_attention_1",
                arrays=(Array("t6"),),
                outputs=(Out("t11"), Out("t13", "row", wide=True)),
                held=1,
                folded=2,
                passes=1,
                staged=("t6",),
                text="""\
// multihead_attention_1:
// what is computed at a place and for a row.  The schedules below say when.
struct multihead_attention_1_row {
  struct Element {
    real t6;
    real k4;
  };
  struct Row {
    real v2;
    real v5;
  };

  template <int V, typename P_t6>
  static __device__ __forceinline__ void load_t6(
      Element (&e)[V], const P_t6 t6, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
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
    v1 = e.t6;
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
    const real v3 = e.t6 - r.v2;
    const real v4 = op_exp(v3);
    v5 = v4;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v5) {
    const real v3 = e.t6 - r.v2;
    const real v4 = op_exp(v3);
    e.k4 = v4;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v5 = f.v5.s;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t11) {
    const real v3 = e.t6 - r.v2;
    const real v4 = op_exp(v3);
    t11[0] = v4;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t11) {
    t11[0] = e.k4;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct multihead_attention_1_again {
  struct Element {
    real t6;
  };
  struct Row {
    real v2;
    real v9;
  };

  template <int V, typename P_t6>
  static __device__ __forceinline__ void load_t6(
      Element (&e)[V], const P_t6 t6, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
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
    v1 = e.t6;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v2 = op_finite_or_zero(f.v1.m);
    const real v7 = f.v1.m - v2;
    const real v8 = op_exp(v7);
    const real v9 = f.v1.s * v8;
    r.v2 = v2;
    r.v9 = v9;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t11) {
    const real v3 = e.t6 - r.v2;
    const real v4 = op_exp(v3);
    t11[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) multihead_attention_1_held(
    const real* __restrict__ t6, T* __restrict__ t11, real* __restrict__ t13, const long long rows,
    const int n) {
  using F = multihead_attention_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t6(e[step], Once<real>{t6}, base, i);
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
      real t11_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t11_at + k);
      }
      store_pack(t11 + base + i, t11_at);
    }
  }
  if (lane == 0 && mine) {
    t13[row] = r.v5;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) multihead_attention_1_block(
    const real* __restrict__ t6, T* __restrict__ t11, real* __restrict__ t13, const long long rows,
    const int n) {
  using F = multihead_attention_1_again;
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
          if (i < n) F::load_t6(e[turn], t6, base, i);
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
        if (i < n) F::load_t6(e[turn], t6, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t11_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t11_at + k);
          }
          store_pack(t11 + base + i, t11_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t13[row] = r.v9;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) multihead_attention_1_staged(
    const real* __restrict__ t6, T* __restrict__ t11, real* __restrict__ t13, const long long rows,
    const int n) {
  using F = multihead_attention_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t6_staged;
  t6_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t6_staged.template fetch<V>(t6 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t6_staged.row(t6 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t6(e[turn], t6_staged, 0, i);
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
          if (i < n) F::load_t6(e[turn], t6_staged, 0, i);
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
        if (i < n) F::load_t6(e[turn], t6_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t11_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t11_at + k);
          }
          store_pack(t11 + base + i, t11_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t6_staged.template fetch<V>(t6 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t13[row] = r.v5;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) multihead_attention_1_split(
    const real* __restrict__ t6, T* __restrict__ t11, real* __restrict__ t13, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = multihead_attention_1_again;
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
          if (i < end) F::load_t6(e[turn], t6, base, i);
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
      if (i < end) F::load_t6(e[turn], t6, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t11_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t11_at + k);
        }
        store_pack(t11 + base + i, t11_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t13[row] = r.v9;
  }
}
""",
            ),
        ),
        Product(
            "t12",
            ("*", "h", "n", "e"),
            Read("t11", ("*", "n", "h", "m")),
            Read("value", ("*", "h", "m", "e")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*", "n", "h"),
            row="e",
            reads=(Read("t12", ("*", "h", "n", "e")), Read("t13", ("*", "n", "h"))),
            writes=(Read("t14", ("*", "n", "h", "e")),),
            kernel=RowKernel(
                name="multihead_attention_2",
                arrays=(Array("t12"), Array("t13", "row")),
                outputs=(Out("t14"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// multihead_attention_2:
// what is computed at a place and for a row.  The schedules below say when.
struct multihead_attention_2_row {
  struct Element {
    real t12;
  };
  struct Row {
    real t13;
    Divisor d1;
  };

  template <int V, typename P_t12>
  static __device__ __forceinline__ void load_t12(
      Element (&e)[V], const P_t12 t12, const long long base, const int i) {
    real t12_at[V];
    load_pack(t12 + base + i, t12_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t12 = t12_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d1 = divisor(r.t13);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t14) {
    const real v2 = op_over(e.t12, r.d1);
    t14[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) multihead_attention_2_held(
    const real* __restrict__ t12, const real* __restrict__ t13, T* __restrict__ t14,
    const long long rows, const int n) {
  using F = multihead_attention_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t12(e[step], Once<real>{t12}, base, i);
  }
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t14_at + k);
      }
      store_pack(t14 + base + i, t14_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) multihead_attention_2_block(
    const real* __restrict__ t12, const real* __restrict__ t13, T* __restrict__ t14,
    const long long rows, const int n) {
  using F = multihead_attention_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t13 = t13[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t12(e[turn], t12, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t14_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t14_at + k);
          }
          store_pack(t14 + base + i, t14_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) multihead_attention_2_split(
    const real* __restrict__ t12, const real* __restrict__ t13, T* __restrict__ t14,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = multihead_attention_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t12(e[turn], t12, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t14_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t14_at + k);
        }
        store_pack(t14 + base + i, t14_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t15",
            ("*", "n", "k"),
            Read("t14", ("*", "n", "h", "e")),
            Read("out_weight", ("h", "e", "k")),
            over=("h", "e"),
        ),
    ),
)


def multihead_attention_vjp(
    g: Any,
    query: Any,
    key: Any,
    value: Any,
    out_weight: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Multi-head attention: vector-Jacobian product.

        output[i, u] = Sum(out_weight[s, r, u]*Sum(exp(Sum(key[s, j, c]*query[s, i, c], (c, 1,
            d))/sqrt(d))*value[s, j, r]/Sum(exp(Sum(key[s, t, c]*query[s, i, c], (c, 1, d))/sqrt(d)),
            (t, 1, m)), (j, 1, m)), (s, 1, h), (r, 1, e))
        result = d(sum of g * output) / d(query, key, value, out_weight)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n, k); cotangent, of the shape of the
            forward result.
        query: float16, bfloat16, float32 or float64, shape (..., h, n, d); projected queries, head by
            head.
        key: float16, bfloat16, float32 or float64, shape (..., h, m, d); projected keys.
        value: float16, bfloat16, float32 or float64, shape (..., h, m, e); projected values.
        out_weight: float16, bfloat16, float32 or float64, shape (h, e, k); output projection, its rows
            by head: the heads side by side times W_O.
        out: where to put the results.

    Returns:
        A tuple: that of query (shape (..., h, n, d)), that of key (shape (..., h, m, d)), that of value
            (shape (..., h, m, e)), that of out_weight (shape (h, e, k)).

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
    Sources and proofs: symcheck show attn.multihead.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 4.5 ulp of the largest of the row
        float16: 1.5 ulp of the largest of the row
        bfloat16: 2.4 ulp of the largest of the row
        float64: 3.0 ulp of the largest of the row
    """
    return _MULTIHEAD_ATTENTION_VJP.several(
        {"g": g, "query": query, "key": key, "value": value, "out_weight": out_weight},
        {},
        out=out,
    )


def _multihead_attention_vjp_numbers(size_d: Any) -> tuple[Any, ...]:
    k5 = np.sqrt(size_d)
    return (k5,)


_MULTIHEAD_ATTENTION_VJP = TensorKernel(
    name="multihead_attention_vjp",
    arguments=(
        Tensor("g", ("*", "n", "k")),
        Tensor("query", ("*", "h", "n", "d")),
        Tensor("key", ("*", "h", "m", "d")),
        Tensor("value", ("*", "h", "m", "e")),
        Tensor("out_weight", ("h", "e", "k")),
    ),
    results=(
        Tensor("query", ("*", "h", "n", "d"), value=Read("t38", ("*", "h", "n", "d"))),
        Tensor("key", ("*", "h", "m", "d"), value=Read("t41", ("*", "h", "m", "d"))),
        Tensor("value", ("*", "h", "m", "e"), value=Read("t35", ("*", "h", "m", "e"))),
        Tensor("out_weight", ("h", "e", "k"), value=Read("t42", ("h", "e", "k"))),
    ),
    cotangents=("g",),
    numbers=Numbers(given=("k5",), sizes=("d",), compute=_multihead_attention_vjp_numbers),
    steps=(
        Product(
            "t6",
            ("*", "h", "n", "m"),
            Read("query", ("*", "h", "n", "d")),
            Read("key", ("*", "h", "m", "d")),
            over=("d",),
            scale=(("div", "k5"),),
            wide=True,
        ),
        Product(
            "t16",
            ("*", "n", "h", "e"),
            Read("g", ("*", "n", "k")),
            Read("out_weight", ("h", "e", "k")),
            over=("k",),
        ),
        Product(
            "t17",
            ("*", "h", "n", "m"),
            Read("t16", ("*", "n", "h", "e")),
            Read("value", ("*", "h", "m", "e")),
            over=("e",),
            wide=True,
        ),
        Fused(
            batch=("*", "h", "n"),
            row="m",
            reads=(Read("t6", ("*", "h", "n", "m")), Read("t17", ("*", "h", "n", "m"))),
            writes=(
                Read("t11", ("*", "h", "n", "m")),
                Read("t34", ("*", "h", "n", "m")),
                Read("t39", ("*", "h", "n", "m")),
                Read("t13", ("*", "h", "n")),
            ),
            kernel=RowKernel(
                name="multihead_attention_vjp_1",
                arrays=(Array("t6"), Array("t17")),
                outputs=(Out("t11"), Out("t34"), Out("t39"), Out("t13", "row", wide=True)),
                held=2,
                folded=2,
                passes=3,
                staged=("t6", "t17"),
                text="""\
// multihead_attention_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct multihead_attention_vjp_1_row {
  struct Element {
    real t6;
    real t17;
    real k5;
  };
  struct Row {
    real v3;
    real v6;
    real v15;
    real v19;
    Divisor d6;
  };

  template <int V, typename P_t6>
  static __device__ __forceinline__ void load_t6(
      Element (&e)[V], const P_t6 t6, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
    }
  }

  template <int V, typename P_t6, typename P_t17>
  static __device__ __forceinline__ void load_t6_t17(
      Element (&e)[V], const P_t6 t6, const P_t17 t17, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
    real t17_at[V];
    load_pack(t17 + base + i, t17_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
      e[k].t17 = t17_at[k];
    }
  }

  struct Fold1 {
    Max v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    v2 = e.t6;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v2.m);
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v6;
    Max v13;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v6.combine(b.v6);
      v13.combine(b.v13);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v6.over_lanes(count);
      v13.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v6, real& v13) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const bool v10 = v5 == R(1.0);
    const real v12 = v10 ? e.t17 : (-infinity());
    v6 = v5;
    v13 = v12;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v6, real& v13) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const bool v10 = v5 == R(1.0);
    const real v12 = v10 ? e.t17 : (-infinity());
    e.k5 = v5;
    v6 = v5;
    v13 = v12;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const bool v8 = f.v6.s <= R(2.0);
    const real v15 = v8 ? f.v13.m : R(0.0);
    r.v6 = f.v6.s;
    r.v15 = v15;
    r.d6 = divisor(r.v6);
  }

  struct Fold3 {
    Sum v18;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v18.combine(b.v18);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v18.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v18) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const real v16 = e.t17 - r.v15;
    const real v17 = v5 * v16;
    v18 = v17;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v18) {
    const real v16 = e.t17 - r.v15;
    const real v17 = e.k5 * v16;
    v18 = v17;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v19 = op_div(f.v18.s, r.v6);
    r.v19 = v19;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t11, real* t34, real* t39) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const real v16 = e.t17 - r.v15;
    const real v20 = v16 - r.v19;
    const real v21 = op_times(v20, r.d6);
    const real v22 = v5 * v20;
    const real v23 = v5 * v21;
    t11[0] = v5;
    t34[0] = v22;
    t39[0] = v23;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t11, real* t34, real* t39) {
    const real v16 = e.t17 - r.v15;
    const real v20 = v16 - r.v19;
    const real v21 = op_times(v20, r.d6);
    const real v22 = e.k5 * v20;
    const real v23 = e.k5 * v21;
    t11[0] = e.k5;
    t34[0] = v22;
    t39[0] = v23;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct multihead_attention_vjp_1_again {
  struct Element {
    real t6;
    real t17;
    real k5;
  };
  struct Row {
    real v3;
    real v10;
    bool v12;
    real v19;
    real v23;
    Divisor d10;
  };

  template <int V, typename P_t6>
  static __device__ __forceinline__ void load_t6(
      Element (&e)[V], const P_t6 t6, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
    }
  }

  template <int V, typename P_t6, typename P_t17>
  static __device__ __forceinline__ void load_t6_t17(
      Element (&e)[V], const P_t6 t6, const P_t17 t17, const long long base, const int i) {
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
    real t17_at[V];
    load_pack(t17 + base + i, t17_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t6 = t6_at[k];
      e[k].t17 = t17_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    v2 = e.t6;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_finite_or_zero(f.v2.m);
    const real v8 = f.v2.m - v3;
    const real v9 = op_exp(v8);
    const real v10 = f.v2.s * v9;
    const bool v12 = v10 <= R(2.0);
    r.v3 = v3;
    r.v10 = v10;
    r.v12 = v12;
    r.d10 = divisor(r.v10);
  }

  struct Fold2 {
    Max v17;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v17.combine(b.v17);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v17.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v17) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const bool v14 = v5 == R(1.0);
    const real v16 = v14 ? e.t17 : (-infinity());
    v17 = v16;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v17) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const bool v14 = v5 == R(1.0);
    const real v16 = v14 ? e.t17 : (-infinity());
    e.k5 = v5;
    v17 = v16;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v19 = r.v12 ? f.v17.m : R(0.0);
    r.v19 = v19;
  }

  struct Fold3 {
    Sum v22;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v22.combine(b.v22);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v22.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v22) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const real v20 = e.t17 - r.v19;
    const real v21 = v5 * v20;
    v22 = v21;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v22) {
    const real v20 = e.t17 - r.v19;
    const real v21 = e.k5 * v20;
    v22 = v21;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v23 = op_div(f.v22.s, r.v10);
    r.v23 = v23;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t11, real* t34, real* t39) {
    const real v4 = e.t6 - r.v3;
    const real v5 = op_exp(v4);
    const real v20 = e.t17 - r.v19;
    const real v24 = v20 - r.v23;
    const real v25 = op_over(v24, r.d10);
    const real v26 = v5 * v24;
    const real v27 = v5 * v25;
    t11[0] = v5;
    t34[0] = v26;
    t39[0] = v27;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* t11, real* t34, real* t39) {
    const real v20 = e.t17 - r.v19;
    const real v24 = v20 - r.v23;
    const real v25 = op_over(v24, r.d10);
    const real v26 = e.k5 * v24;
    const real v27 = e.k5 * v25;
    t11[0] = e.k5;
    t34[0] = v26;
    t39[0] = v27;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) multihead_attention_vjp_1_held(
    const real* __restrict__ t6, const real* __restrict__ t17, T* __restrict__ t11, T* __restrict__ t34,
    T* __restrict__ t39, real* __restrict__ t13, const long long rows, const int n) {
  using F = multihead_attention_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t6_t17(e[step], Once<real>{t6}, Once<real>{t17}, base, i);
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
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v6_at[V];
      real v13_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v6_at[k], v13_at[k]);
      }
      fold2.v6.add_pack(v6_at);
      fold2.v13.add_pack(v13_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v18_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v18_at[k]);
      }
      fold3.v18.add_pack(v18_at);
    }
  }
  combine_lanes<LANES>(fold3);
  F::finish3(fold3, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t11_at[V];
      real t34_at[V];
      real t39_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, t11_at + k, t34_at + k, t39_at + k);
      }
      store_pack(t11 + base + i, t11_at);
      store_pack(t34 + base + i, t34_at);
      store_pack(t39 + base + i, t39_at);
    }
  }
  if (lane == 0 && mine) {
    t13[row] = r.v6;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_1_block(
    const real* __restrict__ t6, const real* __restrict__ t17, T* __restrict__ t11, T* __restrict__ t34,
    T* __restrict__ t39, real* __restrict__ t13, const long long rows, const int n) {
  using F = multihead_attention_vjp_1_again;
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
          if (i < n) F::load_t6(e[turn], t6, base, i);
        }
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
          }
        }
        fold1.v2.add_pack(v2_all);
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
          if (i < n) F::load_t6_t17(e[turn], t6, t17, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v17_at[k]);
            }
            fold2.v17.add_pack(v17_at);
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
          if (i < n) F::load_t6_t17(e[turn], t6, t17, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v22_at[k]);
            }
            fold3.v22.add_pack(v22_at);
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
        if (i < n) F::load_t6_t17(e[turn], t6, t17, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t11_at[V];
          real t34_at[V];
          real t39_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t11_at + k, t34_at + k, t39_at + k);
          }
          store_pack(t11 + base + i, t11_at);
          store_pack(t34 + base + i, t34_at);
          store_pack(t39 + base + i, t39_at);
        }
      }
    }
    if (threadIdx.x == 0) {
      t13[row] = r.v10;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) multihead_attention_vjp_1_staged(
    const real* __restrict__ t6, const real* __restrict__ t17, T* __restrict__ t11, T* __restrict__ t34,
    T* __restrict__ t39, real* __restrict__ t13, const long long rows, const int n) {
  using F = multihead_attention_vjp_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t6_staged;
  t6_staged.take(free_bytes, (long long)n);
  Staged<real, (KEPT > 1)> t17_staged;
  t17_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t6_staged.template fetch<V>(t6 + base + i, i);
    t17_staged.template fetch<V>(t17 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t6_staged.row(t6 + base);
    t17_staged.row(t17 + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t6(e[turn], t6_staged, 0, i);
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
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t6_t17(e[turn], t6_staged, t17_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v6_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v6_at[k], v13_at[k]);
            }
            fold2.v6.add_pack(v6_at);
            fold2.v13.add_pack(v13_at);
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
          if (i < n) F::load_t6_t17(e[turn], t6_staged, t17_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v18_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v18_at[k]);
            }
            fold3.v18.add_pack(v18_at);
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
        if (i < n) F::load_t6_t17(e[turn], t6_staged, t17_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t11_at[V];
          real t34_at[V];
          real t39_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t11_at + k, t34_at + k, t39_at + k);
          }
          store_pack(t11 + base + i, t11_at);
          store_pack(t34 + base + i, t34_at);
          store_pack(t39 + base + i, t39_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          t6_staged.template fetch<V>(t6 + next + i, i);
          t17_staged.template fetch<V>(t17 + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t13[row] = r.v6;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_1_split(
    const real* __restrict__ t6, const real* __restrict__ t17, T* __restrict__ t11, T* __restrict__ t34,
    T* __restrict__ t39, real* __restrict__ t13, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = multihead_attention_vjp_1_again;
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
          if (i < end) F::load_t6(e[turn], t6, base, i);
        }
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
          }
        }
        fold1.v2.add_pack(v2_all);
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
          if (i < end) F::load_t6_t17(e[turn], t6, t17, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v17_at[k]);
            }
            fold2.v17.add_pack(v17_at);
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
          if (i < end) F::load_t6_t17(e[turn], t6, t17, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v22_at[k]);
            }
            fold3.v22.add_pack(v22_at);
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
      if (i < end) F::load_t6_t17(e[turn], t6, t17, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t11_at[V];
        real t34_at[V];
        real t39_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t11_at + k, t34_at + k, t39_at + k);
        }
        store_pack(t11 + base + i, t11_at);
        store_pack(t34 + base + i, t34_at);
        store_pack(t39 + base + i, t39_at);
      }
    }
  }
  if (part == 0 && threadIdx.x == 0) {
    t13[row] = r.v10;
  }
}
""",
            ),
        ),
        Product(
            "t12",
            ("*", "h", "n", "e"),
            Read("t11", ("*", "h", "n", "m")),
            Read("value", ("*", "h", "m", "e")),
            over=("m",),
            wide=True,
        ),
        Product(
            "t37",
            ("*", "h", "n", "d"),
            Read("t34", ("*", "h", "n", "m")),
            Read("key", ("*", "h", "m", "d")),
            over=("m",),
            scale=(("div", "k5"),),
            wide=True,
        ),
        Product(
            "t41",
            ("*", "h", "m", "d"),
            Read("t39", ("*", "h", "n", "m")),
            Read("query", ("*", "h", "n", "d")),
            over=("n",),
            scale=(("div", "k5"),),
        ),
        Fused(
            batch=("*", "h", "n"),
            row="d",
            reads=(Read("t13", ("*", "h", "n")), Read("t37", ("*", "h", "n", "d"))),
            writes=(Read("t38", ("*", "h", "n", "d")),),
            kernel=RowKernel(
                name="multihead_attention_vjp_2",
                arrays=(Array("t13", "row"), Array("t37")),
                outputs=(Out("t38"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// multihead_attention_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct multihead_attention_vjp_2_row {
  struct Element {
    real t37;
  };
  struct Row {
    real t13;
    Divisor d0;
  };

  template <int V, typename P_t37>
  static __device__ __forceinline__ void load_t37(
      Element (&e)[V], const P_t37 t37, const long long base, const int i) {
    real t37_at[V];
    load_pack(t37 + base + i, t37_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t37 = t37_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d0 = divisor(r.t13);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t38) {
    const real v2 = op_over(e.t37, r.d0);
    t38[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) multihead_attention_vjp_2_held(
    const real* __restrict__ t37, const real* __restrict__ t13, T* __restrict__ t38,
    const long long rows, const int n) {
  using F = multihead_attention_vjp_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t37(e[step], Once<real>{t37}, base, i);
  }
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t38_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t38_at + k);
      }
      store_pack(t38 + base + i, t38_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_2_block(
    const real* __restrict__ t37, const real* __restrict__ t13, T* __restrict__ t38,
    const long long rows, const int n) {
  using F = multihead_attention_vjp_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t13 = t13[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t37(e[turn], t37, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t38_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t38_at + k);
          }
          store_pack(t38 + base + i, t38_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_2_split(
    const real* __restrict__ t37, const real* __restrict__ t13, T* __restrict__ t38,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = multihead_attention_vjp_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t37(e[turn], t37, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t38_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t38_at + k);
        }
        store_pack(t38 + base + i, t38_at);
      }
    }
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "h", "n"),
            row="e",
            reads=(
                Read("t12", ("*", "h", "n", "e")),
                Read("t13", ("*", "h", "n")),
                Read("t16", ("*", "n", "h", "e")),
            ),
            writes=(Read("t18", ("*", "h", "n", "e")), Read("t14", ("*", "h", "n", "e"))),
            kernel=RowKernel(
                name="multihead_attention_vjp_3",
                arrays=(Array("t12"), Array("t13", "row"), Array("t16")),
                outputs=(Out("t18"), Out("t14")),
                held=2,
                folded=0,
                passes=0,
                text="""\
// multihead_attention_vjp_3:
// what is computed at a place and for a row.  The schedules below say when.
struct multihead_attention_vjp_3_row {
  struct Element {
    real t12;
    real t16;
  };
  struct Row {
    real t13;
    Divisor d1;
  };

  template <int V, typename P_t12, typename P_t16>
  static __device__ __forceinline__ void load_t12_t16(
      Element (&e)[V], const P_t12 t12, const P_t16 t16, const long long base, const int i) {
    real t12_at[V];
    load_pack(t12 + base + i, t12_at);
    real t16_at[V];
    load_pack(t16 + base + i, t16_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t12 = t12_at[k];
      e[k].t16 = t16_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    r.d1 = divisor(r.t13);
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t18, real* t14) {
    const real v3 = op_over(e.t12, r.d1);
    const real v4 = op_over(e.t16, r.d1);
    t18[0] = v4;
    t14[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) multihead_attention_vjp_3_held(
    const real* __restrict__ t12, const T* __restrict__ t16, const real* __restrict__ t13,
    T* __restrict__ t18, T* __restrict__ t14, const long long rows, const int n) {
  using F = multihead_attention_vjp_3_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t12_t16(e[step], Once<real>{t12}, Once<T>{t16}, base, i);
  }
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t18_at[V];
      real t14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t18_at + k, t14_at + k);
      }
      store_pack(t18 + base + i, t18_at);
      store_pack(t14 + base + i, t14_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_3_block(
    const real* __restrict__ t12, const T* __restrict__ t16, const real* __restrict__ t13,
    T* __restrict__ t18, T* __restrict__ t14, const long long rows, const int n) {
  using F = multihead_attention_vjp_3_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t13 = t13[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t12_t16(e[turn], t12, t16, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t18_at[V];
          real t14_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t18_at + k, t14_at + k);
          }
          store_pack(t18 + base + i, t18_at);
          store_pack(t14 + base + i, t14_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) multihead_attention_vjp_3_split(
    const real* __restrict__ t12, const T* __restrict__ t16, const real* __restrict__ t13,
    T* __restrict__ t18, T* __restrict__ t14, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = multihead_attention_vjp_3_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t12_t16(e[turn], t12, t16, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t18_at[V];
        real t14_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t18_at + k, t14_at + k);
        }
        store_pack(t18 + base + i, t18_at);
        store_pack(t14 + base + i, t14_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t35",
            ("*", "h", "m", "e"),
            Read("t11", ("*", "h", "n", "m")),
            Read("t18", ("*", "h", "n", "e")),
            over=("n",),
        ),
        Product(
            "t42",
            ("h", "e", "k"),
            Read("t14", ("*", "h", "n", "e")),
            Read("g", ("*", "n", "k")),
            over=("n", "*"),
        ),
    ),
)


def feed_forward(input: Any, weight1: Any, bias1: Any, weight2: Any, bias2: Any, *, out: Any = None) -> Any:
    """Feed-forward network.

        output[r] = bias2[r] + Sum(weight2[s, r]*Max(0, bias1[s] + Sum(input[c]*weight1[c, s], (c, 1,
            d))), (s, 1, h))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., d).
        weight1: float16, bfloat16, float32 or float64, shape (d, h).
        bias1: float16, bfloat16, float32 or float64, shape (h,).
        weight2: float16, bfloat16, float32 or float64, shape (h, d).
        bias2: float16, bfloat16, float32 or float64, shape (d,).
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
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Domain: all reals; the cotangent at 0 before ReLU is 0.
    Sources and proofs: symcheck show attn.ffn.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.19 ulp of the largest of the row
        bfloat16: 0.11 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _FEED_FORWARD.one(
        {"input": input, "weight1": weight1, "bias1": bias1, "weight2": weight2, "bias2": bias2},
        {},
        out=out,
    )


_FEED_FORWARD = TensorKernel(
    name="feed_forward",
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("weight1", ("d", "h")),
        Tensor("bias1", ("h",)),
        Tensor("weight2", ("h", "d")),
        Tensor("bias2", ("d",)),
    ),
    results=(Tensor("output", ("*", "d"), value=Read("t10", ("*", "d"))),),
    steps=(
        Product(
            "t5",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("weight1", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="h",
            reads=(Read("bias1", ("h",)), Read("t5", ("*", "h"))),
            writes=(Read("t8", ("*", "h")),),
            kernel=RowKernel(
                name="feed_forward_1",
                arrays=(Array("bias1", "shared"), Array("t5")),
                outputs=(Out("t8"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// feed_forward_1:
// what is computed at a place and for a row.  The schedules below say when.
struct feed_forward_1_row {
  struct Element {
    real bias1;
    real t5;
  };
  struct Row {
  };

  template <int V, typename P_bias1, typename P_t5>
  static __device__ __forceinline__ void load_bias1_t5(
      Element (&e)[V], const P_bias1 bias1, const P_t5 t5, const long long base, const int i) {
    real bias1_at[V];
    load_pack(bias1 + i, bias1_at);
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias1 = bias1_at[k];
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_t5>
  static __device__ __forceinline__ void load_t5(
      Element (&e)[V], const P_t5 t5, const long long base, const int i) {
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_bias1>
  static __device__ __forceinline__ void load_bias1(
      Element (&e)[V], const P_bias1 bias1, const long long base, const int i) {
    real bias1_at[V];
    load_pack(bias1 + i, bias1_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias1 = bias1_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t8) {
    const real v2 = e.bias1 + e.t5;
    const real v4 = op_max(v2, R(0.0));
    t8[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) feed_forward_1_held(
    const T* __restrict__ bias1, const real* __restrict__ t5, T* __restrict__ t8, const long long rows,
    const int n) {
  using F = feed_forward_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t5(e[step], Once<real>{t5}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias1(e[step], bias1, base, i);
      real t8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t8_at + k);
      }
      store_pack(t8 + base + i, t8_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) feed_forward_1_block(
    const T* __restrict__ bias1, const real* __restrict__ t5, T* __restrict__ t8, const long long rows,
    const int n) {
  using F = feed_forward_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_bias1_t5(e[turn], bias1, t5, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t8_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t8_at + k);
          }
          store_pack(t8 + base + i, t8_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) feed_forward_1_split(
    const T* __restrict__ bias1, const real* __restrict__ t5, T* __restrict__ t8, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = feed_forward_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_bias1_t5(e[turn], bias1, t5, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t8_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t8_at + k);
        }
        store_pack(t8 + base + i, t8_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t9",
            ("*", "d"),
            Read("t8", ("*", "h")),
            Read("weight2", ("h", "d")),
            over=("h",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("bias2", ("d",)), Read("t9", ("*", "d"))),
            writes=(Read("t10", ("*", "d")),),
            kernel=RowKernel(
                name="feed_forward_2",
                arrays=(Array("bias2", "shared"), Array("t9")),
                outputs=(Out("t10"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// feed_forward_2:
// what is computed at a place and for a row.  The schedules below say when.
struct feed_forward_2_row {
  struct Element {
    real bias2;
    real t9;
  };
  struct Row {
  };

  template <int V, typename P_bias2, typename P_t9>
  static __device__ __forceinline__ void load_bias2_t9(
      Element (&e)[V], const P_bias2 bias2, const P_t9 t9, const long long base, const int i) {
    real bias2_at[V];
    load_pack(bias2 + i, bias2_at);
    real t9_at[V];
    load_pack(t9 + base + i, t9_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias2 = bias2_at[k];
      e[k].t9 = t9_at[k];
    }
  }

  template <int V, typename P_t9>
  static __device__ __forceinline__ void load_t9(
      Element (&e)[V], const P_t9 t9, const long long base, const int i) {
    real t9_at[V];
    load_pack(t9 + base + i, t9_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t9 = t9_at[k];
    }
  }

  template <int V, typename P_bias2>
  static __device__ __forceinline__ void load_bias2(
      Element (&e)[V], const P_bias2 bias2, const long long base, const int i) {
    real bias2_at[V];
    load_pack(bias2 + i, bias2_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias2 = bias2_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t10) {
    const real v2 = e.bias2 + e.t9;
    t10[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) feed_forward_2_held(
    const T* __restrict__ bias2, const real* __restrict__ t9, T* __restrict__ t10, const long long rows,
    const int n) {
  using F = feed_forward_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t9(e[step], Once<real>{t9}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias2(e[step], bias2, base, i);
      real t10_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t10_at + k);
      }
      store_pack(t10 + base + i, t10_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) feed_forward_2_block(
    const T* __restrict__ bias2, const real* __restrict__ t9, T* __restrict__ t10, const long long rows,
    const int n) {
  using F = feed_forward_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_bias2_t9(e[turn], bias2, t9, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t10_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t10_at + k);
          }
          store_pack(t10 + base + i, t10_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) feed_forward_2_split(
    const T* __restrict__ bias2, const real* __restrict__ t9, T* __restrict__ t10, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = feed_forward_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_bias2_t9(e[turn], bias2, t9, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t10_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t10_at + k);
        }
        store_pack(t10 + base + i, t10_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def feed_forward_vjp(
    g: Any,
    input: Any,
    weight1: Any,
    bias1: Any,
    weight2: Any,
    bias2: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Feed-forward network: vector-Jacobian product.

        output[r] = bias2[r] + Sum(weight2[s, r]*Max(0, bias1[s] + Sum(input[c]*weight1[c, s], (c, 1,
            d))), (s, 1, h))
        result = d(sum of g * output) / d(input, weight1, bias1, weight2, bias2)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., d).
        weight1: float16, bfloat16, float32 or float64, shape (d, h).
        bias1: float16, bfloat16, float32 or float64, shape (h,).
        weight2: float16, bfloat16, float32 or float64, shape (h, d).
        bias2: float16, bfloat16, float32 or float64, shape (d,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., d)), that of weight1 (shape (d, h)), that of bias1 (shape
            (h,)), that of weight2 (shape (h, d)), that of bias2 (shape (d,)).

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
    Domain: all reals; the cotangent at 0 before ReLU is 0.
    Sources and proofs: symcheck show attn.ffn.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.5 ulp of the largest of the row
        float16: 0.42 ulp of the largest of the row
        bfloat16: 0.9 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _FEED_FORWARD_VJP.several(
        {"g": g, "input": input, "weight1": weight1, "bias1": bias1, "weight2": weight2, "bias2": bias2},
        {},
        out=out,
    )


_FEED_FORWARD_VJP = TensorKernel(
    name="feed_forward_vjp",
    arguments=(
        Tensor("g", ("*", "d")),
        Tensor("input", ("*", "d")),
        Tensor("weight1", ("d", "h")),
        Tensor("bias1", ("h",)),
        Tensor("weight2", ("h", "d")),
        Tensor("bias2", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "d"), value=Read("t12", ("*", "d"))),
        Tensor("weight1", ("d", "h"), value=Read("t13", ("d", "h"))),
        Tensor("bias1", ("h",), value=Read("t14", ("h",))),
        Tensor("weight2", ("h", "d"), value=Read("t15", ("h", "d"))),
        Tensor("bias2", ("d",), value=Read("t16", ("d",))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t4",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("weight1", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Product("t9", ("*", "h"), Read("g", ("*", "d")), Read("weight2", ("h", "d")), over=("d",), wide=True),
        Fused(
            batch=("*",),
            row="h",
            reads=(Read("bias1", ("h",)), Read("t4", ("*", "h")), Read("t9", ("*", "h"))),
            writes=(Read("t14", ("h",)), Read("t11", ("*", "h")), Read("t7", ("*", "h"))),
            kernel=RowKernel(
                name="feed_forward_vjp_1",
                arrays=(Array("bias1", "shared"), Array("t4"), Array("t9")),
                outputs=(Out("t14", "column"), Out("t11"), Out("t7")),
                held=2,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("bias1", "t4", "t9"),
                text="""\
// feed_forward_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct feed_forward_vjp_1_row {
  struct Element {
    real bias1;
    real t4;
    real t9;
  };
  struct Row {
  };

  template <int V, typename P_bias1, typename P_t4, typename P_t9>
  static __device__ __forceinline__ void load_bias1_t4_t9(
      Element (&e)[V], const P_bias1 bias1, const P_t4 t4, const P_t9 t9, const long long base,
      const int i) {
    real bias1_at[V];
    load_pack(bias1 + i, bias1_at);
    real t4_at[V];
    load_pack(t4 + base + i, t4_at);
    real t9_at[V];
    load_pack(t9 + base + i, t9_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias1 = bias1_at[k];
      e[k].t4 = t4_at[k];
      e[k].t9 = t9_at[k];
    }
  }

  template <int V, typename P_t4, typename P_t9>
  static __device__ __forceinline__ void load_t4_t9(
      Element (&e)[V], const P_t4 t4, const P_t9 t9, const long long base, const int i) {
    real t4_at[V];
    load_pack(t4 + base + i, t4_at);
    real t9_at[V];
    load_pack(t9 + base + i, t9_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t4 = t4_at[k];
      e[k].t9 = t9_at[k];
    }
  }

  template <int V, typename P_bias1>
  static __device__ __forceinline__ void load_bias1(
      Element (&e)[V], const P_bias1 bias1, const long long base, const int i) {
    real bias1_at[V];
    load_pack(bias1 + i, bias1_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias1 = bias1_at[k];
    }
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t11, real* t7) {
    const real v3 = e.bias1 + e.t4;
    const real v5 = op_max(v3, R(0.0));
    const bool v6 = R(0.0) < v3;
    const real v7 = e.t9 * real(v6);
    t11[0] = v7;
    t7[0] = v5;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) feed_forward_vjp_1_held(
    const T* __restrict__ bias1, const real* __restrict__ t4, const real* __restrict__ t9,
    T* __restrict__ t11, T* __restrict__ t7, const long long rows, const int n) {
  using F = feed_forward_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t4_t9(e[step], Once<real>{t4}, Once<real>{t9}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias1(e[step], bias1, base, i);
      real t11_at[V];
      real t7_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t11_at + k, t7_at + k);
      }
      store_pack(t11 + base + i, t11_at);
      store_pack(t7 + base + i, t7_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) feed_forward_vjp_1_block(
    const T* __restrict__ bias1, const real* __restrict__ t4, const real* __restrict__ t9,
    T* __restrict__ t11, T* __restrict__ t7, const long long rows, const int n) {
  using F = feed_forward_vjp_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_bias1_t4_t9(e[turn], bias1, t4, t9, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t11_at[V];
          real t7_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t11_at + k, t7_at + k);
          }
          store_pack(t11 + base + i, t11_at);
          store_pack(t7 + base + i, t7_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) feed_forward_vjp_1_split(
    const T* __restrict__ bias1, const real* __restrict__ t4, const real* __restrict__ t9,
    T* __restrict__ t11, T* __restrict__ t7, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = feed_forward_vjp_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_bias1_t4_t9(e[turn], bias1, t4, t9, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t11_at[V];
        real t7_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t11_at + k, t7_at + k);
        }
        store_pack(t11 + base + i, t11_at);
        store_pack(t7 + base + i, t7_at);
      }
    }
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct feed_forward_vjp_1_columns {
  struct Row {
  };
  struct Sums {
    Sum v8;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v3 = e.bias1 + e.t4;
    const bool v6 = R(0.0) < v3;
    const real v7 = e.t9 * real(v6);
    f.v8.add(v7);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) feed_forward_vjp_1_held_columns(
    const T* __restrict__ bias1, const real* __restrict__ t4, const real* __restrict__ t9,
    T* __restrict__ t11, T* __restrict__ t7, const long long rows, const int n,
    real* __restrict__ v8_partial, const long long group) {
  using F = feed_forward_vjp_1_row;
  using G = feed_forward_vjp_1_columns;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  const long long begin = own * group;
  G::Sums sums[STEPS][V];
  for (long long turn = 0; turn < group; ++turn) {
    const bool mine = begin + turn < rows;
    const long long row = mine ? begin + turn : rows - 1, base = row * n;
    F::Element e[STEPS][V];
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) F::load_t4_t9(e[step], Once<real>{t4}, Once<real>{t9}, base, i);
    }
    F::Row r;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_bias1(e[step], bias1, base, i);
        real t11_at[V];
        real t7_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t11_at + k, t7_at + k);
        }
        store_pack(t11 + base + i, t11_at);
        store_pack(t7 + base + i, t7_at);
      }
    }
    if (mine) {
      G::Row q;
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          F::load_bias1(e[step], bias1, base, i);
#pragma unroll
          for (int k = 0; k < V; ++k) G::lift(e[step][k], q, i + k, sums[step][k]);
        }
      }
    }
  }
  if (begin >= rows) return;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v8_at[k] = sums[step][k].v8.s;
      store_pack(v8_partial + own * n + i, v8_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) feed_forward_vjp_1_columns_partial(
    const T* __restrict__ bias1, const real* __restrict__ t4, const real* __restrict__ t9,
    real* __restrict__ v8_partial, const long long rows, const int n, const long long group) {
  using F = feed_forward_vjp_1_row;
  using G = feed_forward_vjp_1_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_bias1_t4_t9(e, bias1, t4, t9, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v8_partial[place + k] = sums[k].v8.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) feed_forward_vjp_1_columns_total(
    const real* __restrict__ v8_partial, T* __restrict__ t14, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v8 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v8 += v8_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v8;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v8 += slices[0][other][lane];
  }
  t14[i] = T(sum_v8);
}
""",
            ),
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("g", ("*", "d")),),
            writes=(Read("t16", ("d",)),),
            kernel=RowKernel(
                name="feed_forward_vjp_2",
                arrays=(Array("g"),),
                outputs=(Out("t16", "column"),),
                held=1,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("g",),
                text="""\
// feed_forward_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct feed_forward_vjp_2_row {
  struct Element {
    real g;
  };
  struct Row {
  };

  template <int V, typename P_g>
  static __device__ __forceinline__ void load_g(
      Element (&e)[V], const P_g g, const long long base, const int i) {
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].g = g_at[k];
    }
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) feed_forward_vjp_2_held(
    const T* __restrict__ g, const long long rows, const int n) {
  using F = feed_forward_vjp_2_row;
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
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) feed_forward_vjp_2_block(
    const T* __restrict__ g, const long long rows, const int n) {
  using F = feed_forward_vjp_2_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) feed_forward_vjp_2_split(
    const T* __restrict__ g, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = feed_forward_vjp_2_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct feed_forward_vjp_2_columns {
  struct Row {
  };
  struct Sums {
    Sum v1;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    f.v1.add(e.g);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) feed_forward_vjp_2_held_columns(
    const T* __restrict__ g, const long long rows, const int n, real* __restrict__ v1_partial,
    const long long group) {
  using F = feed_forward_vjp_2_row;
  using G = feed_forward_vjp_2_columns;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  const long long begin = own * group;
  G::Sums sums[STEPS][V];
  for (long long turn = 0; turn < group; ++turn) {
    const bool mine = begin + turn < rows;
    const long long row = mine ? begin + turn : rows - 1, base = row * n;
    F::Element e[STEPS][V];
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) F::load_g(e[step], Once<T>{g}, base, i);
    }
    F::Row r;
    if (mine) {
      G::Row q;
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
#pragma unroll
          for (int k = 0; k < V; ++k) G::lift(e[step][k], q, i + k, sums[step][k]);
        }
      }
    }
  }
  if (begin >= rows) return;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v1_at[k] = sums[step][k].v1.s;
      store_pack(v1_partial + own * n + i, v1_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) feed_forward_vjp_2_columns_partial(
    const T* __restrict__ g, real* __restrict__ v1_partial, const long long rows, const int n,
    const long long group) {
  using F = feed_forward_vjp_2_row;
  using G = feed_forward_vjp_2_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_g(e, g, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v1_partial[place + k] = sums[k].v1.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) feed_forward_vjp_2_columns_total(
    const real* __restrict__ v1_partial, T* __restrict__ t16, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v1 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v1 += v1_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v1;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v1 += slices[0][other][lane];
  }
  t16[i] = T(sum_v1);
}
""",
            ),
        ),
        Product("t12", ("*", "d"), Read("t11", ("*", "h")), Read("weight1", ("d", "h")), over=("h",)),
        Product("t13", ("d", "h"), Read("input", ("*", "d")), Read("t11", ("*", "h")), over=("*",)),
        Product("t15", ("h", "d"), Read("t7", ("*", "h")), Read("g", ("*", "d")), over=("*",)),
    ),
)


def swiglu(input: Any, gate_weight: Any, up_weight: Any, down_weight: Any, *, out: Any = None) -> Any:
    """SwiGLU feed-forward network.

        output[r] = Sum(sigmoid(Sum(gate_weight[c, s]*input[c], (c, 1, d)))*down_weight[s,
            r]*Sum(gate_weight[c, s]*input[c], (c, 1, d))*Sum(input[t]*up_weight[t, s], (t, 1, d)), (s,
            1, h))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., d).
        gate_weight: float16, bfloat16, float32 or float64, shape (d, h).
        up_weight: float16, bfloat16, float32 or float64, shape (d, h).
        down_weight: float16, bfloat16, float32 or float64, shape (h, d).
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
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show attn.swiglu.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.2 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.19 ulp of the largest of the row
        float64: 0.07 ulp of the largest of the row
    """
    return _SWIGLU.one(
        {"input": input, "gate_weight": gate_weight, "up_weight": up_weight, "down_weight": down_weight},
        {},
        out=out,
    )


_SWIGLU = TensorKernel(
    name="swiglu",
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("gate_weight", ("d", "h")),
        Tensor("up_weight", ("d", "h")),
        Tensor("down_weight", ("h", "d")),
    ),
    results=(Tensor("output", ("*", "d"), value=Read("t17", ("*", "d"))),),
    steps=(
        Product(
            "t2",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("gate_weight", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Product(
            "t14",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("up_weight", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="h",
            reads=(Read("t2", ("*", "h")), Read("t14", ("*", "h"))),
            writes=(Read("t16", ("*", "h")),),
            kernel=ElementwiseKernel(
                name="swiglu_1",
                arrays=(Array("t2"), Array("t14")),
                outputs=(Out("t16"),),
                text="""\
// swiglu_1:
// the function of one place, and the loop over packs of V places and those left over.
struct swiglu_1_map {
  __device__ __forceinline__ void operator()(const real t2, const real t14, real& t16) const {
    const real v2 = fabs(t2);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const bool v6 = R(0.0) <= t2;
    const real v8 = v6 ? R(1.0) : v4;
    const real v9 = v4 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const real v11 = t2 * v10;
    const real v12 = v11 * t14;
    t16 = v12;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) swiglu_1_flat(
    const real* t2, const real* t14, T* t16, const long long size) {
  const swiglu_1_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t2_at[V];
    load_pack_once(t2 + i, t2_at);
    real t14_at[V];
    load_pack_once(t14 + i, t14_at);
    real t16_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t2_at[k], t14_at[k], t16_at[k]);
    }
    store_pack(t16 + i, t16_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t16_at;
    map(t2[i], t14[i], t16_at);
    t16[i] = T(t16_at);
  }
}
""",
            ),
        ),
        Product("t17", ("*", "d"), Read("t16", ("*", "h")), Read("down_weight", ("h", "d")), over=("h",)),
    ),
)


def swiglu_vjp(
    g: Any,
    input: Any,
    gate_weight: Any,
    up_weight: Any,
    down_weight: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """SwiGLU feed-forward network: vector-Jacobian product.

        output[r] = Sum(sigmoid(Sum(gate_weight[c, s]*input[c], (c, 1, d)))*down_weight[s,
            r]*Sum(gate_weight[c, s]*input[c], (c, 1, d))*Sum(input[t]*up_weight[t, s], (t, 1, d)), (s,
            1, h))
        result = d(sum of g * output) / d(input, gate_weight, up_weight, down_weight)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., d).
        gate_weight: float16, bfloat16, float32 or float64, shape (d, h).
        up_weight: float16, bfloat16, float32 or float64, shape (d, h).
        down_weight: float16, bfloat16, float32 or float64, shape (h, d).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., d)), that of gate_weight (shape (d, h)), that of up_weight
            (shape (d, h)), that of down_weight (shape (h, d)).

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
    Sources and proofs: symcheck show attn.swiglu.
    Stable by the proved claims act.silu/slope_by_magnitude, act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.96 ulp of the largest of the row
        float16: 0.93 ulp of the largest of the row
        bfloat16: 0.97 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _SWIGLU_VJP.several(
        {
            "g": g,
            "input": input,
            "gate_weight": gate_weight,
            "up_weight": up_weight,
            "down_weight": down_weight,
        },
        {},
        out=out,
    )


_SWIGLU_VJP = TensorKernel(
    name="swiglu_vjp",
    arguments=(
        Tensor("g", ("*", "d")),
        Tensor("input", ("*", "d")),
        Tensor("gate_weight", ("d", "h")),
        Tensor("up_weight", ("d", "h")),
        Tensor("down_weight", ("h", "d")),
    ),
    results=(
        Tensor("input", ("*", "d"), value=Read("t33", ("*", "d"))),
        Tensor("gate_weight", ("d", "h"), value=Read("t34", ("d", "h"))),
        Tensor("up_weight", ("d", "h"), value=Read("t19", ("d", "h"))),
        Tensor("down_weight", ("h", "d"), value=Read("t21", ("h", "d"))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t2",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("gate_weight", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Product(
            "t14",
            ("*", "h"),
            Read("input", ("*", "d")),
            Read("up_weight", ("d", "h")),
            over=("d",),
            wide=True,
        ),
        Product(
            "t16",
            ("*", "h"),
            Read("g", ("*", "d")),
            Read("down_weight", ("h", "d")),
            over=("d",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="h",
            reads=(Read("t2", ("*", "h")), Read("t14", ("*", "h")), Read("t16", ("*", "h"))),
            writes=(Read("t18", ("*", "h")), Read("t20", ("*", "h")), Read("t31", ("*", "h"))),
            kernel=ElementwiseKernel(
                name="swiglu_vjp_1",
                arrays=(Array("t2"), Array("t14"), Array("t16")),
                outputs=(Out("t18"), Out("t20"), Out("t31")),
                text="""\
// swiglu_vjp_1:
// the function of one place, and the loop over packs of V places and those left over.
struct swiglu_vjp_1_map {
  __device__ __forceinline__ void operator()(
      const real t2, const real t14, const real t16, real& t18, real& t20, real& t31) const {
    const real v3 = fabs(t2);
    const real v4 = -v3;
    const real v5 = op_exp(v4);
    const bool v7 = R(0.0) <= t2;
    const real v9 = v7 ? R(1.0) : v5;
    const real v10 = v5 + R(1.0);
    const real v11 = op_div_moderate(v9, v10);
    const real v12 = t2 * v11;
    const real v13 = v12 * t16;
    const real v14 = v12 * t14;
    const real v15 = R(1.0) - v3;
    const real v16 = op_div_moderate(v5, v10);
    const real v17 = v3 * v16;
    const real v18 = v15 + v17;
    const real v19 = v18 * v16;
    const real v20 = R(1.0) - v19;
    const real v21 = v7 ? v20 : v19;
    const real v22 = t14 * t16;
    const real v23 = v22 * v21;
    t18 = v13;
    t20 = v14;
    t31 = v23;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) swiglu_vjp_1_flat(
    const real* t2, const real* t14, const real* t16, T* t18, T* t20, T* t31, const long long size) {
  const swiglu_vjp_1_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t2_at[V];
    load_pack_once(t2 + i, t2_at);
    real t14_at[V];
    load_pack_once(t14 + i, t14_at);
    real t16_at[V];
    load_pack_once(t16 + i, t16_at);
    real t18_at[V];
    real t20_at[V];
    real t31_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t2_at[k], t14_at[k], t16_at[k], t18_at[k], t20_at[k], t31_at[k]);
    }
    store_pack(t18 + i, t18_at);
    store_pack(t20 + i, t20_at);
    store_pack(t31 + i, t31_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t18_at;
    real t20_at;
    real t31_at;
    map(t2[i], t14[i], t16[i], t18_at, t20_at, t31_at);
    t18[i] = T(t18_at);
    t20[i] = T(t20_at);
    t31[i] = T(t31_at);
  }
}
""",
            ),
        ),
        Product("t19", ("d", "h"), Read("input", ("*", "d")), Read("t18", ("*", "h")), over=("*",)),
        Product("t21", ("h", "d"), Read("t20", ("*", "h")), Read("g", ("*", "d")), over=("*",)),
        Product(
            "t30",
            ("*", "d"),
            Read("t18", ("*", "h")),
            Read("up_weight", ("d", "h")),
            over=("h",),
            wide=True,
        ),
        Product(
            "t32",
            ("*", "d"),
            Read("t31", ("*", "h")),
            Read("gate_weight", ("d", "h")),
            over=("h",),
            wide=True,
        ),
        Product("t34", ("d", "h"), Read("input", ("*", "d")), Read("t31", ("*", "h")), over=("*",)),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("t30", ("*", "d")), Read("t32", ("*", "d"))),
            writes=(Read("t33", ("*", "d")),),
            kernel=ElementwiseKernel(
                name="swiglu_vjp_2",
                arrays=(Array("t30"), Array("t32")),
                outputs=(Out("t33"),),
                text="""\
// swiglu_vjp_2:
// the function of one place, and the loop over packs of V places and those left over.
struct swiglu_vjp_2_map {
  __device__ __forceinline__ void operator()(const real t30, const real t32, real& t33) const {
    const real v2 = t30 + t32;
    t33 = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) swiglu_vjp_2_flat(
    const real* t30, const real* t32, T* t33, const long long size) {
  const swiglu_vjp_2_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t30_at[V];
    load_pack_once(t30 + i, t30_at);
    real t32_at[V];
    load_pack_once(t32 + i, t32_at);
    real t33_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t30_at[k], t32_at[k], t33_at[k]);
    }
    store_pack(t33 + i, t33_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t33_at;
    map(t30[i], t32[i], t33_at);
    t33[i] = T(t33_at);
  }
}
""",
            ),
        ),
    ),
)


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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show attn.residual.

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
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) residual_flat(
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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show attn.residual.
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
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) residual_vjp_flat(
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
