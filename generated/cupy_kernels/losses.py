"""Losses.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_vjp",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_vjp",
    "contrastive_loss",
    "contrastive_loss_vjp",
    "cross_entropy",
    "cross_entropy_soft",
    "cross_entropy_soft_vjp",
    "cross_entropy_vjp",
    "focal_loss",
    "focal_loss_vjp",
    "focal_loss_with_logits",
    "focal_loss_with_logits_vjp",
    "huber_loss",
    "huber_loss_vjp",
    "l1_loss",
    "l1_loss_vjp",
    "mse_loss",
    "mse_loss_vjp",
    "triplet_loss",
    "triplet_loss_vjp",
]


def cross_entropy(input: Any, target: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Cross-entropy loss (cross_entropy).

        output = log(Sum(exp(input[k]), (k, 1, n))) - input[target]

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        target: integers, shape (...); index of the target class.
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
    An index outside the axis gives NaN.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.18 ulp of the largest of the row
        float16: 0.36 ulp of the largest of the row
        bfloat16: 0.21 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _CROSS_ENTROPY.one(
        {"input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY = RowKernel(
    name="cross_entropy",
    arrays=(Array("input"), Array("target", "row", integer=True)),
    outputs=(Out("output", "row"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    text="""\
// cross_entropy:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_row {
  struct Element {
    real input;
  };
  struct Row {
    long long target;
    real v5;
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

  static __device__ __forceinline__ real pick_v5(const Element& e, const Row& r, const int i) {
    return e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = log1p(f.v1.r);
    const real v6 = f.v1.m - r.v5;
    const real v7 = v6 + v3;
    r.v7 = v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_held(
    const T* __restrict__ input, const long long* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_row;
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
  r.target = target[row];
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
  {
    const long long place = r.target;
    r.v5 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v5 = F::pick_v5(picked[0], r, int(place));
    }
  }
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v7);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cross_entropy_block(
    const T* __restrict__ input, const long long* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.target = target[row];
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
    {
      const long long place = r.target;
      r.v5 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v5 = F::pick_v5(picked[0], r, int(place));
      }
    }
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v7);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cross_entropy_staged(
    const T* __restrict__ input, const long long* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_row;
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
    r.target = target[row];
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
    {
      const long long place = r.target;
      r.v5 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v5 = F::pick_v5(picked[0], r, int(place));
      }
    }
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v7);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cross_entropy_split(
    const T* __restrict__ input, const long long* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = cross_entropy_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.target = target[row];
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
  {
    const long long place = r.target;
    r.v5 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v5 = F::pick_v5(picked[0], r, int(place));
    }
  }
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v7);
  }
}
""",
)


def cross_entropy_vjp(g: Any, input: Any, target: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Cross-entropy loss (cross_entropy): vector-Jacobian product.

        output = log(Sum(exp(input[k]), (k, 1, n))) - input[target]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        target: integers, shape (...); index of the target class.
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
    An index outside the axis gives NaN.
    Domain: all logits; targets from 0 to n - 1.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.32 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CROSS_ENTROPY_VJP.one(
        {"g": g, "input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY_VJP = RowKernel(
    name="cross_entropy_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("target", "row", integer=True)),
    outputs=(Out("input"),),
    held=1,
    folded=3,
    passes=1,
    guarded=True,
    staged=("input",),
    text="""\
// cross_entropy_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_vjp_row {
  struct Element {
    real input;
    real k8;
  };
  struct Row {
    real g;
    long long target;
    real v6;
    real v9;
    real v14;
    real v16;
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
    const real v6 = op_finite_or_zero(f.v1.m);
    r.v6 = v6;
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
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    const real v10 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v11 = v10 * v8;
    v12 = v11;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v12) {
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    const real v10 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v11 = v10 * v8;
    e.k8 = v8;
    v12 = v11;
  }

  static __device__ __forceinline__ real pick_v9(const Element& e, const Row& r, const int i) {
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    return v8;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v13 = r.v9 + f.v12.s;
    const real v14 = op_div(r.g, v13);
    const real v16 = v14 * f.v12.s;
    r.v14 = v14;
    r.v16 = v16;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    const real v10 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v11 = v10 * v8;
    const real v15 = r.v14 * v11;
    const real v17 = r.v16 * v5;
    const real v18 = v15 - v17;
    input_out[0] = v18;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v10 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v11 = v10 * e.k8;
    const real v15 = r.v14 * v11;
    const real v17 = r.v16 * v5;
    const real v18 = v15 - v17;
    input_out[0] = v18;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct cross_entropy_vjp_again {
  struct Element {
    real input;
  };
  struct Row {
    real g;
    long long target;
    real v6;
    real v9;
    real v19;
    real v21;
    real v23;
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
    MaxSumExp v15;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v15.combine(b.v15);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v15.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v15) {
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const bool v12 = v5 == R(1.0);
    const real v14 = v12 ? (-infinity()) : e.input;
    v1 = e.input;
    v15 = v14;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = op_finite_or_zero(f.v1.m);
    const real v17 = f.v15.m - v6;
    const real v18 = op_exp(v17);
    const real v19 = f.v15.s * v18;
    r.v6 = v6;
    r.v19 = v19;
  }

  static __device__ __forceinline__ real pick_v9(const Element& e, const Row& r, const int i) {
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    return v8;
  }

  static __device__ __forceinline__ void finish2(Row& r) {
    const real v20 = r.v9 + r.v19;
    const real v21 = op_div(r.g, v20);
    const real v23 = v21 * r.v19;
    r.v21 = v21;
    r.v23 = v23;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v7 = e.input - r.v6;
    const real v8 = op_exp(v7);
    const real v10 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v11 = v10 * v8;
    const real v22 = r.v21 * v11;
    const real v24 = r.v23 * v5;
    const real v25 = v22 - v24;
    input_out[0] = v25;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = cross_entropy_vjp_row;
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
  r.target = target[row];
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
      real v12_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v12_at[k]);
      }
      fold2.v12.add_pack(v12_at);
    }
  }
  combine_lanes<LANES>(fold2);
  {
    const long long place = r.target;
    r.v9 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v9 = F::pick_v9(picked[0], r, int(place));
    }
  }
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
__global__ void PASS_BOUNDS(512) cross_entropy_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = cross_entropy_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.target = target[row];
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
        real v15_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v15_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v15_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v15_at[k]);
            }
            fold1.v1.add_pack(v1_at);
#pragma unroll
            for (int k = 0; k < V; ++k) v15_all[turn * V + k] = v15_at[k];
          }
        }
        fold1.v15.add_pack(v15_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    {
      const long long place = r.target;
      r.v9 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v9 = F::pick_v9(picked[0], r, int(place));
      }
    }
    F::finish2(r);
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
__global__ void PASS_BOUNDS(THREADS) cross_entropy_vjp_staged(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = cross_entropy_vjp_row;
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
    r.target = target[row];
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
    {
      const long long place = r.target;
      r.v9 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v9 = F::pick_v9(picked[0], r, int(place));
      }
    }
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
__global__ void PASS_BOUNDS(512) cross_entropy_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    T* __restrict__ input_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = cross_entropy_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.target = target[row];
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
        real v15_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v15_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
            real v15_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v15_at[k]);
            }
            fold1.v1.add_pack(v1_at);
#pragma unroll
            for (int k = 0; k < V; ++k) v15_all[turn * V + k] = v15_at[k];
          }
        }
        fold1.v15.add_pack(v15_all);
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
  {
    const long long place = r.target;
    r.v9 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v9 = F::pick_v9(picked[0], r, int(place));
    }
  }
  F::finish2(r);
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


def cross_entropy_soft(input: Any, target: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Cross-entropy loss (cross_entropy_soft).

        output = Sum((log(Sum(exp(input[k]), (k, 1, n))) - input[i])*target[i], (i, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        target: float16, bfloat16, float32 or float64, shape (..., n); weights of the classes.
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
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.9 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 0.33 ulp of the largest of the row
        float64: 1.6 ulp of the largest of the row
    """
    return _CROSS_ENTROPY_SOFT.one(
        {"input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY_SOFT = RowKernel(
    name="cross_entropy_soft",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=2,
    passes=2,
    staged=("input", "target"),
    text="""\
// cross_entropy_soft:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_soft_row {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real v1;
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

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
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
    r.v1 = f.v1.m;
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v11;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v11.combine(b.v11);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v11.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v11) {
    const real v4 = r.v1 - e.input;
    const real v5 = v4 + r.v3;
    const bool v8 = e.target == R(0.0);
    const real v9 = v5 * e.target;
    const real v10 = v8 ? R(0.0) : v9;
    v11 = v10;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    r.v11 = f.v11.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_soft_held(
    const T* __restrict__ input, const T* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_soft_row;
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
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
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
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v11_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v11_at[k]);
      }
      fold2.v11.add_pack(v11_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v11);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cross_entropy_soft_block(
    const T* __restrict__ input, const T* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_soft_row;
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
          if (i < n) F::load_input_target(e[turn], input, target, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v11_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v11_at[k]);
            }
            fold2.v11.add_pack(v11_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v11);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cross_entropy_soft_staged(
    const T* __restrict__ input, const T* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n) {
  using F = cross_entropy_soft_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> target_staged;
  target_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    target_staged.template fetch<V>(target + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    target_staged.row(target + base);
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
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_target(e[turn], input_staged, target_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v11_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v11_at[k]);
            }
            fold2.v11.add_pack(v11_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            input_staged.template fetch<V>(input + next + i, i);
            target_staged.template fetch<V>(target + next + i, i);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v11);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cross_entropy_soft_split(
    const T* __restrict__ input, const T* __restrict__ target, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = cross_entropy_soft_row;
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
          if (i < end) F::load_input_target(e[turn], input, target, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v11_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v11_at[k]);
            }
            fold2.v11.add_pack(v11_at);
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
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v11);
  }
}
""",
)


def cross_entropy_soft_vjp(
    g: Any,
    input: Any,
    target: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Cross-entropy loss (cross_entropy_soft): vector-Jacobian product.

        output = Sum((log(Sum(exp(input[k]), (k, 1, n))) - input[i])*target[i], (i, 1, n))
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        target: float16, bfloat16, float32 or float64, shape (..., n); weights of the classes.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show loss.cross_entropy.
    Stable by the proved claims act.logsumexp/shift.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.95 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.49 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CROSS_ENTROPY_SOFT_VJP.several(
        {"g": g, "input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY_SOFT_VJP = RowKernel(
    name="cross_entropy_soft_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("target")),
    outputs=(Out("input"), Out("target")),
    held=2,
    folded=5,
    passes=1,
    roomy=True,
    staged=("input", "target"),
    text="""\
// cross_entropy_soft_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_soft_vjp_row {
  struct Element {
    real input;
    real target;
    real k12;
  };
  struct Row {
    real g;
    real v1;
    real v3;
    real v9;
    real v10;
    real v14;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
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
    MaxRest v1;
    Sum v9;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v9.combine(b.v9);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v9.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v9) {
    v1 = e.input;
    v9 = e.target;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = log1p(f.v1.r);
    const real v10 = op_finite_or_zero(f.v1.m);
    r.v1 = f.v1.m;
    r.v9 = f.v9.s;
    r.v3 = v3;
    r.v10 = v10;
  }

  struct Fold2 {
    Sum v13;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v13.combine(b.v13);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v13.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v13) {
    const real v11 = e.input - r.v10;
    const real v12 = op_exp(v11);
    v13 = v12;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v13) {
    const real v11 = e.input - r.v10;
    const real v12 = op_exp(v11);
    e.k12 = v12;
    v13 = v12;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v14 = op_div(r.v9, f.v13.s);
    r.v14 = v14;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out, real* target_out) {
    const real v4 = r.v1 - e.input;
    const real v5 = v4 + r.v3;
    const real v8 = r.g * v5;
    const real v11 = e.input - r.v10;
    const real v12 = op_exp(v11);
    const real v15 = r.v14 * v12;
    const real v16 = v15 - e.target;
    const real v17 = r.g * v16;
    input_out[0] = v17;
    target_out[0] = v8;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out, real* target_out) {
    const real v4 = r.v1 - e.input;
    const real v5 = v4 + r.v3;
    const real v8 = r.g * v5;
    const real v15 = r.v14 * e.k12;
    const real v16 = v15 - e.target;
    const real v17 = r.g * v16;
    input_out[0] = v17;
    target_out[0] = v8;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct cross_entropy_soft_vjp_again {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real g;
    real v1;
    real v3;
    real v10;
    real v18;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
    }
  }

  struct Fold1 {
    MaxSumExp v1;
    MaxRest v2;
    Sum v9;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v2.combine(b.v2);
      v9.combine(b.v9);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v2.over_lanes(count);
      v9.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v2, real& v9) {
    v1 = e.input;
    v2 = e.input;
    v9 = e.target;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = log1p(f.v2.r);
    const real v10 = op_finite_or_zero(f.v1.m);
    const real v15 = f.v1.m - v10;
    const real v16 = op_exp(v15);
    const real v17 = f.v1.s * v16;
    const real v18 = op_div(f.v9.s, v17);
    r.v1 = f.v1.m;
    r.v3 = v3;
    r.v10 = v10;
    r.v18 = v18;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out, real* target_out) {
    const real v4 = r.v1 - e.input;
    const real v5 = v4 + r.v3;
    const real v8 = r.g * v5;
    const real v11 = e.input - r.v10;
    const real v12 = op_exp(v11);
    const real v19 = r.v18 * v12;
    const real v20 = v19 - e.target;
    const real v21 = r.g * v20;
    input_out[0] = v21;
    target_out[0] = v8;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_soft_vjp_held(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    T* __restrict__ input_out, T* __restrict__ target_out, const long long rows, const int n) {
  using F = cross_entropy_soft_vjp_row;
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
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::Fold1 fold1;
  real v1_all[STEPS * V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) v1_all[step * V + k] = e[step][k].input;
    if (FULL || i < n) {
      real v1_at[V];
      real v9_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k], v9_at[k]);
      }
#pragma unroll
      for (int k = 0; k < V; ++k) v1_all[step * V + k] = v1_at[k];
      fold1.v9.add_pack(v9_at);
    }
  }
  fold1.v1.add_pack(v1_all);
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v13_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v13_at[k]);
      }
      fold2.v13.add_pack(v13_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
      real target_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, input_out_at + k, target_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
      store_pack(target_out + base + i, target_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cross_entropy_soft_vjp_block(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    T* __restrict__ input_out, T* __restrict__ target_out, const long long rows, const int n) {
  using F = cross_entropy_soft_vjp_again;
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
          if (i < n) F::load_input_target(e[turn], input, target, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v2_at[V];
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v2_at[k], v9_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
            fold1.v9.add_pack(v9_at);
          }
        }
        fold1.v1.add_pack(v1_all);
        fold1.v2.add_pack(v2_all);
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
        if (i < n) F::load_input_target(e[turn], input, target, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
          real target_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
          store_pack(target_out + base + i, target_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cross_entropy_soft_vjp_staged(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    T* __restrict__ input_out, T* __restrict__ target_out, const long long rows, const int n) {
  using F = cross_entropy_soft_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> target_staged;
  target_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    target_staged.template fetch<V>(target + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    target_staged.row(target + base);
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
          if (i < n) F::load_input_target(e[turn], input_staged, target_staged, 0, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v9_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
            fold1.v9.add_pack(v9_at);
          }
        }
        fold1.v1.add_pack(v1_all);
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
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v13_at[k]);
            }
            fold2.v13.add_pack(v13_at);
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
        if (i < n) F::load_input_target(e[turn], input_staged, target_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
          real target_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
          store_pack(target_out + base + i, target_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          input_staged.template fetch<V>(input + next + i, i);
          target_staged.template fetch<V>(target + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cross_entropy_soft_vjp_split(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    T* __restrict__ input_out, T* __restrict__ target_out, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = cross_entropy_soft_vjp_again;
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
          if (i < end) F::load_input_target(e[turn], input, target, base, i);
        }
        real v1_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v1_all[k] = -infinity();
        real v2_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v2_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
            real v2_at[V];
            real v9_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v2_at[k], v9_at[k]);
            }
#pragma unroll
            for (int k = 0; k < V; ++k) v1_all[turn * V + k] = v1_at[k];
#pragma unroll
            for (int k = 0; k < V; ++k) v2_all[turn * V + k] = v2_at[k];
            fold1.v9.add_pack(v9_at);
          }
        }
        fold1.v1.add_pack(v1_all);
        fold1.v2.add_pack(v2_all);
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 5, left + part,
               5);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 5, left, parts,
                5);
  F::finish1(fold1, r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input_target(e[turn], input, target, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
        real target_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
        store_pack(target_out + base + i, target_out_at);
      }
    }
  }
}
""",
)


def binary_cross_entropy(input: Any, target: Any, *, out: Any = None) -> Any:
    """Binary cross-entropy (binary_cross_entropy).

        output = -target*log(input) - (1 - target)*log(1 - input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); probability.
        target: float16, bfloat16, float32 or float64, shape (...); from 0 to 1.
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
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.5 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _BINARY_CROSS_ENTROPY.one(
        {"input": input, "target": target},
        {},
        out=out,
    )


_BINARY_CROSS_ENTROPY = ElementwiseKernel(
    name="binary_cross_entropy",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output"),),
    text="""\
// binary_cross_entropy:
// the function of one place, and the loop over packs of V places and those left over.
struct binary_cross_entropy_map {
  __device__ __forceinline__ void operator()(const real input, const real target, real& output) const {
    const real v2 = log(input);
    const bool v4 = target == R(0.0);
    const real v5 = target * v2;
    const real v6 = v4 ? R(0.0) : v5;
    const real v8 = R(1.0) - target;
    const real v9 = -input;
    const real v10 = log1p(v9);
    const bool v11 = v8 == R(0.0);
    const real v12 = v8 * v10;
    const real v13 = v11 ? R(0.0) : v12;
    const real v14 = v6 + v13;
    const real v15 = -v14;
    output = v15;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) binary_cross_entropy_flat(
    const T* input, const T* target, T* output, const long long size) {
  const binary_cross_entropy_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], target_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(target[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def binary_cross_entropy_vjp(g: Any, input: Any, target: Any, *, out: Any = None) -> Any:
    """Binary cross-entropy (binary_cross_entropy): vector-Jacobian product.

        output = -target*log(input) - (1 - target)*log(1 - input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...); probability.
        target: float16, bfloat16, float32 or float64, shape (...); from 0 to 1.
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
    Domain: probabilities between 0 and 1.
    Sources and proofs: symcheck show loss.bce.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.59 ulp max(1, k) (arguments up to 8)
        float16: 0.21 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.21 ulp max(1, k) (arguments up to 8)
        float64: 0.59 ulp max(1, k) (arguments up to 8)
        float32: 0.59 ulp max(1, k) (arguments up to 64)
        float16: 0.21 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.21 ulp max(1, k) (arguments up to 64)
        float64: 0.59 ulp max(1, k) (arguments up to 64)
    """
    return _BINARY_CROSS_ENTROPY_VJP.one(
        {"g": g, "input": input, "target": target},
        {},
        out=out,
    )


_BINARY_CROSS_ENTROPY_VJP = ElementwiseKernel(
    name="binary_cross_entropy_vjp",
    arrays=(Array("g"), Array("input"), Array("target")),
    outputs=(Out("input"),),
    text="""\
// binary_cross_entropy_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct binary_cross_entropy_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real input, const real target, real& input_out) const {
    const real v3 = R(1.0) - target;
    const real v5 = R(1.0) - input;
    const bool v7 = v3 == R(0.0);
    const real v8 = op_div(v3, v5);
    const real v9 = v7 ? R(0.0) : v8;
    const bool v10 = target == R(0.0);
    const real v11 = op_div(target, input);
    const real v12 = v10 ? R(0.0) : v11;
    const real v13 = v9 - v12;
    const real v14 = g * v13;
    input_out = v14;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) binary_cross_entropy_vjp_flat(
    const T* g, const T* input, const T* target, T* input_out, const long long size) {
  const binary_cross_entropy_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], target_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), real(target[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def binary_cross_entropy_with_logits(input: Any, target: Any, *, out: Any = None) -> Any:
    """Binary cross-entropy (binary_cross_entropy_with_logits).

        output = target*softplus(-input) + (1 - target)*softplus(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); logit.
        target: float16, bfloat16, float32 or float64, shape (...); from 0 to 1.
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
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claims act.softplus/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.1 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.71 ulp max(1, k) (arguments up to 64)
        float16: 0.46 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.44 ulp max(1, k) (arguments up to 64)
        float64: 0.96 ulp max(1, k) (arguments up to 64)
    """
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS.one(
        {"input": input, "target": target},
        {},
        out=out,
    )


_BINARY_CROSS_ENTROPY_WITH_LOGITS = ElementwiseKernel(
    name="binary_cross_entropy_with_logits",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output"),),
    text="""\
// binary_cross_entropy_with_logits:
// the function of one place, and the loop over packs of V places and those left over.
struct binary_cross_entropy_with_logits_map {
  __device__ __forceinline__ void operator()(const real input, const real target, real& output) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const real v5 = log1p(v4);
    const real v7 = op_min(input, R(0.0));
    const real v8 = v5 - v7;
    const bool v9 = target == R(0.0);
    const real v10 = target * v8;
    const real v11 = v9 ? R(0.0) : v10;
    const real v13 = R(1.0) - target;
    const real v14 = op_max(input, R(0.0));
    const real v15 = v5 + v14;
    const bool v16 = v13 == R(0.0);
    const real v17 = v13 * v15;
    const real v18 = v16 ? R(0.0) : v17;
    const real v19 = v11 + v18;
    output = v19;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) binary_cross_entropy_with_logits_flat(
    const T* input, const T* target, T* output, const long long size) {
  const binary_cross_entropy_with_logits_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], target_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(target[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def binary_cross_entropy_with_logits_vjp(g: Any, input: Any, target: Any, *, out: Any = None) -> Any:
    """Binary cross-entropy (binary_cross_entropy_with_logits): vector-Jacobian product.

        output = target*softplus(-input) + (1 - target)*softplus(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...); logit.
        target: float16, bfloat16, float32 or float64, shape (...); from 0 to 1.
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
    Sources and proofs: symcheck show loss.bce.
    Stable by the proved claims act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.89 ulp max(1, k) (arguments up to 8)
        float16: 0.44 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.32 ulp max(1, k) (arguments up to 8)
        float64: 1.2 ulp max(1, k) (arguments up to 8)
        float32: 0.75 ulp max(1, k) (arguments up to 64)
        float16: 0.45 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.38 ulp max(1, k) (arguments up to 64)
        float64: 1.5 ulp max(1, k) (arguments up to 64)
    """
    return _BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP.one(
        {"g": g, "input": input, "target": target},
        {},
        out=out,
    )


_BINARY_CROSS_ENTROPY_WITH_LOGITS_VJP = ElementwiseKernel(
    name="binary_cross_entropy_with_logits_vjp",
    arrays=(Array("g"), Array("input"), Array("target")),
    outputs=(Out("input"),),
    text="""\
// binary_cross_entropy_with_logits_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct binary_cross_entropy_with_logits_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real input, const real target, real& input_out) const {
    const real v3 = R(1.0) - target;
    const real v5 = fabs(input);
    const real v6 = -v5;
    const real v7 = op_exp(v6);
    const bool v9 = R(0.0) <= input;
    const real v10 = v9 ? R(1.0) : v7;
    const real v11 = v7 + R(1.0);
    const real v12 = op_div_moderate(v10, v11);
    const bool v13 = input <= R(0.0);
    const real v14 = v13 ? R(1.0) : v7;
    const real v15 = op_div_moderate(v14, v11);
    const real v16 = v3 * v12;
    const real v17 = target * v15;
    const real v18 = v16 - v17;
    const real v19 = g * v18;
    input_out = v19;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) binary_cross_entropy_with_logits_vjp_flat(
    const T* g, const T* input, const T* target, T* input_out, const long long size) {
  const binary_cross_entropy_with_logits_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], target_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(input[i]), real(target[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)


def focal_loss(input: Any, alpha: float = 0.25, gamma: float = 2.0, *, out: Any = None) -> Any:
    """Focal loss (focal_loss).

        output = -alpha*(1 - input)**gamma*log(input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); probability.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
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
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.71 ulp max(1, k) (arguments up to 8)
        float16: 0.4 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.71 ulp max(1, k) (arguments up to 64)
        float16: 0.4 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _FOCAL_LOSS.one(
        {"input": input},
        {"alpha": alpha, "gamma": gamma},
        out=out,
    )


_FOCAL_LOSS = ElementwiseKernel(
    name="focal_loss",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("alpha", "gamma")),
    text="""\
// focal_loss:
// the function of one place, and the loop over packs of V places and those left over.
struct focal_loss_map {
  real alpha;
  real gamma_;
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v3 = R(1.0) - input;
    const real v5 = pow(v3, gamma_);
    const real v6 = log(input);
    const real v7 = alpha * v5;
    const real v8 = v7 * v6;
    const real v9 = -v8;
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) focal_loss_flat(
    const T* input, const real alpha, const real gamma_, T* output, const long long size) {
  const focal_loss_map map{alpha, gamma_};
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


def focal_loss_vjp(g: Any, input: Any, alpha: float = 0.25, gamma: float = 2.0, *, out: Any = None) -> Any:
    """Focal loss (focal_loss): vector-Jacobian product.

        output = -alpha*(1 - input)**gamma*log(input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...); probability.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
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
    Domain: probabilities of the true class, between 0 and 1.
    Sources and proofs: symcheck show loss.focal.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.55 ulp max(1, k) (arguments up to 8)
        float16: 0.23 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.24 ulp max(1, k) (arguments up to 8)
        float64: 0.52 ulp max(1, k) (arguments up to 8)
        float32: 0.55 ulp max(1, k) (arguments up to 64)
        float16: 0.23 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.24 ulp max(1, k) (arguments up to 64)
        float64: 0.52 ulp max(1, k) (arguments up to 64)
    """
    return _FOCAL_LOSS_VJP.one(
        {"g": g, "input": input},
        {"alpha": alpha, "gamma": gamma},
        out=out,
    )


def _focal_loss_vjp_numbers(alpha: Any, gamma: Any) -> tuple[Any, ...]:
    k8 = gamma - 1.0
    return (alpha, gamma, k8)


_FOCAL_LOSS_VJP = ElementwiseKernel(
    name="focal_loss_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    numbers=Numbers(given=("alpha", "gamma", "k8"), compute=_focal_loss_vjp_numbers),
    text="""\
// focal_loss_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct focal_loss_vjp_map {
  real alpha;
  real gamma_;
  real k8;
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v3 = R(1.0) - input;
    const real v5 = pow(v3, gamma_);
    const real v6 = log(input);
    const real v9 = pow(v3, k8);
    const real v10 = gamma_ * v9;
    const real v11 = v6 * v10;
    const real v12 = op_div(v5, input);
    const real v13 = v11 - v12;
    const real v14 = alpha * g;
    const real v15 = v13 * v14;
    input_out = v15;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) focal_loss_vjp_flat(
    const T* g, const T* input, const real alpha, const real gamma_, const real k8, T* input_out,
    const long long size) {
  const focal_loss_vjp_map map{alpha, gamma_, k8};
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


def focal_loss_with_logits(input: Any, alpha: float = 0.25, gamma: float = 2.0, *, out: Any = None) -> Any:
    """Focal loss (focal_loss_with_logits).

        output = alpha*sigmoid(-input)**gamma*softplus(-input)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); logit of the true class.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
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
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 3.1 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 3.0 ulp max(1, k) (arguments up to 8)
        float32: 2.2 ulp max(1, k) (arguments up to 64)
        float16: 0.46 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.07 ulp max(1, k) (arguments up to 64)
        float64: 2.0 ulp max(1, k) (arguments up to 64)
    """
    return _FOCAL_LOSS_WITH_LOGITS.one(
        {"input": input},
        {"alpha": alpha, "gamma": gamma},
        out=out,
    )


_FOCAL_LOSS_WITH_LOGITS = ElementwiseKernel(
    name="focal_loss_with_logits",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("alpha", "gamma")),
    text="""\
// focal_loss_with_logits:
// the function of one place, and the loop over packs of V places and those left over.
struct focal_loss_with_logits_map {
  real alpha;
  real gamma_;
  __device__ __forceinline__ void operator()(const real input, real& output) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const bool v6 = input <= R(0.0);
    const real v8 = v6 ? R(1.0) : v4;
    const real v9 = v4 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const real v12 = pow(v10, gamma_);
    const real v13 = log1p(v4);
    const real v14 = op_min(input, R(0.0));
    const real v15 = v13 - v14;
    const real v16 = alpha * v12;
    const real v17 = v16 * v15;
    output = v17;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) focal_loss_with_logits_flat(
    const T* input, const real alpha, const real gamma_, T* output, const long long size) {
  const focal_loss_with_logits_map map{alpha, gamma_};
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


def focal_loss_with_logits_vjp(
    g: Any,
    input: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    *,
    out: Any = None,
) -> Any:
    """Focal loss (focal_loss_with_logits): vector-Jacobian product.

        output = alpha*sigmoid(-input)**gamma*softplus(-input)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...); logit of the true class.
        alpha: a number; weight of the class.
        gamma: a number; focus on hard examples.
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
    Sources and proofs: symcheck show loss.focal.
    Stable by the proved claims act.sigmoid/stable_form, act.softplus/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 3.4 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 8)
        float64: 4.7 ulp max(1, k) (arguments up to 8)
        float32: 3.1 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 64)
        float64: 4.0 ulp max(1, k) (arguments up to 64)
    """
    return _FOCAL_LOSS_WITH_LOGITS_VJP.one(
        {"g": g, "input": input},
        {"alpha": alpha, "gamma": gamma},
        out=out,
    )


def _focal_loss_with_logits_vjp_numbers(alpha: Any, gamma: Any) -> tuple[Any, ...]:
    k17 = gamma - 1.0
    return (alpha, gamma, k17)


_FOCAL_LOSS_WITH_LOGITS_VJP = ElementwiseKernel(
    name="focal_loss_with_logits_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    numbers=Numbers(given=("alpha", "gamma", "k17"), compute=_focal_loss_with_logits_vjp_numbers),
    text="""\
// focal_loss_with_logits_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct focal_loss_with_logits_vjp_map {
  real alpha;
  real gamma_;
  real k17;
  __device__ __forceinline__ void operator()(const real g, const real input, real& input_out) const {
    const real v2 = fabs(input);
    const real v3 = -v2;
    const real v4 = op_exp(v3);
    const bool v6 = input <= R(0.0);
    const real v8 = v6 ? R(1.0) : v4;
    const real v9 = v4 + R(1.0);
    const real v10 = op_div_moderate(v8, v9);
    const real v12 = pow(v10, gamma_);
    const real v13 = log1p(v4);
    const real v14 = op_min(input, R(0.0));
    const real v15 = v13 - v14;
    const real v18 = pow(v10, k17);
    const real v19 = gamma_ * v18;
    const real v20 = v9 * v9;
    const real v21 = op_div_moderate(v4, v20);
    const real v22 = v10 * v12;
    const real v23 = v15 * v19;
    const bool v24 = v4 == R(0.0);
    const real v25 = v23 * v21;
    const real v26 = v24 ? R(0.0) : v25;
    const real v27 = v22 + v26;
    const real v28 = alpha * g;
    const real v29 = v27 * v28;
    const real v30 = -v29;
    input_out = v30;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) focal_loss_with_logits_vjp_flat(
    const T* g, const T* input, const real alpha, const real gamma_, const real k17, T* input_out,
    const long long size) {
  const focal_loss_with_logits_vjp_map map{alpha, gamma_, k17};
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


def mse_loss(input: Any, target: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Mean squared error.

        output = Sum((input[k] - target[k])**2, (k, 1, n))/n

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        target: float16, bfloat16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show loss.mse.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.41 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.22 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _MSE_LOSS.one(
        {"input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


def _mse_loss_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_MSE_LOSS = RowKernel(
    name="mse_loss",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("input", "target"),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_mse_loss_numbers),
    text="""\
// mse_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct mse_loss_row {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real size_n;
    real v6;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
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
    const real v2 = e.input - e.target;
    const real v3 = v2 * v2;
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = op_div(f.v4.s, r.size_n);
    r.v6 = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mse_loss_held(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = mse_loss_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
  }
  F::Row r;
  r.size_n = size_n;
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
    output[row] = T(r.v6);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mse_loss_block(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = mse_loss_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_target(e[turn], input, target, base, i);
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
      output[row] = T(r.v6);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) mse_loss_staged(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = mse_loss_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> target_staged;
  target_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    target_staged.template fetch<V>(target + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    target_staged.row(target + base);
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_target(e[turn], input_staged, target_staged, 0, i);
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
            input_staged.template fetch<V>(input + next + i, i);
            target_staged.template fetch<V>(target + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v6);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mse_loss_split(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mse_loss_row;
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
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input_target(e[turn], input, target, base, i);
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
    output[row] = T(r.v6);
  }
}
""",
)


def mse_loss_vjp(
    g: Any,
    input: Any,
    target: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Mean squared error: vector-Jacobian product.

        output = Sum((input[k] - target[k])**2, (k, 1, n))/n
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        target: float16, bfloat16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show loss.mse.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.67 ulp of the largest of the row
        float16: 0.42 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _MSE_LOSS_VJP.several(
        {"g": g, "input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


def _mse_loss_vjp_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_MSE_LOSS_VJP = RowKernel(
    name="mse_loss_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("target")),
    outputs=(Out("input"), Out("target")),
    held=2,
    folded=0,
    passes=0,
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_mse_loss_vjp_numbers),
    text="""\
// mse_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct mse_loss_vjp_row {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real g;
    real size_n;
    real v7;
    real v9;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v5 = op_div(r.g, r.size_n);
    const real v7 = R(2.0) * v5;
    const real v9 = -v7;
    r.v7 = v7;
    r.v9 = v9;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out, real* target_out) {
    const real v2 = e.input - e.target;
    const real v8 = r.v7 * v2;
    const real v10 = r.v9 * v2;
    input_out[0] = v8;
    target_out[0] = v10;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mse_loss_vjp_held(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n) {
  using F = mse_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  r.size_n = size_n;
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
      real target_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k, target_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
      store_pack(target_out + base + i, target_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mse_loss_vjp_block(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n) {
  using F = mse_loss_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.size_n = size_n;
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input_target(e[turn], input, target, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
          real target_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
          store_pack(target_out + base + i, target_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mse_loss_vjp_split(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mse_loss_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.size_n = size_n;
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input_target(e[turn], input, target, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
        real target_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
        store_pack(target_out + base + i, target_out_at);
      }
    }
  }
}
""",
)


def l1_loss(input: Any, target: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Mean absolute error.

        output = Sum(Abs(input[k] - target[k]), (k, 1, n))/n

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        target: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.34 ulp of the largest of the row
        float16: 0.17 ulp of the largest of the row
        bfloat16: 0.25 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_LOSS.one(
        {"input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


def _l1_loss_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_L1_LOSS = RowKernel(
    name="l1_loss",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("input", "target"),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_l1_loss_numbers),
    text="""\
// l1_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_loss_row {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real size_n;
    real v6;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
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
    const real v2 = e.input - e.target;
    const real v3 = fabs(v2);
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = op_div(f.v4.s, r.size_n);
    r.v6 = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l1_loss_held(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = l1_loss_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
  }
  F::Row r;
  r.size_n = size_n;
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
    output[row] = T(r.v6);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l1_loss_block(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = l1_loss_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_target(e[turn], input, target, base, i);
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
      output[row] = T(r.v6);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) l1_loss_staged(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = l1_loss_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> target_staged;
  target_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    target_staged.template fetch<V>(target + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    target_staged.row(target + base);
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_target(e[turn], input_staged, target_staged, 0, i);
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
            input_staged.template fetch<V>(input + next + i, i);
            target_staged.template fetch<V>(target + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v6);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_loss_split(
    const T* __restrict__ input, const T* __restrict__ target, const real size_n, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_loss_row;
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
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input_target(e[turn], input, target, base, i);
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
    output[row] = T(r.v6);
  }
}
""",
)


def l1_loss_vjp(
    g: Any,
    input: Any,
    target: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Mean absolute error: vector-Jacobian product.

        output = Sum(Abs(input[k] - target[k]), (k, 1, n))/n
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        target: float16, bfloat16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of target (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals; the cotangent of a residual 0 is 0.
    Sources and proofs: symcheck show loss.mae.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.34 ulp of the largest of the row
        float16: 0.34 ulp of the largest of the row
        bfloat16: 0.34 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_LOSS_VJP.several(
        {"g": g, "input": input, "target": target},
        {},
        axis=axis,
        out=out,
    )


def _l1_loss_vjp_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_L1_LOSS_VJP = RowKernel(
    name="l1_loss_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("target")),
    outputs=(Out("input"), Out("target")),
    held=2,
    folded=0,
    passes=0,
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_l1_loss_vjp_numbers),
    text="""\
// l1_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_loss_vjp_row {
  struct Element {
    real input;
    real target;
  };
  struct Row {
    real g;
    real size_n;
    real v5;
    real v11;
  };

  template <int V, typename P_input, typename P_target>
  static __device__ __forceinline__ void load_input_target(
      Element (&e)[V], const P_input input, const P_target target, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real target_at[V];
    load_pack(target + base + i, target_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].target = target_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v5 = op_div(r.g, r.size_n);
    const real v11 = -v5;
    r.v5 = v5;
    r.v11 = v11;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out, real* target_out) {
    const real v2 = e.input - e.target;
    const bool v7 = R(0.0) < v2;
    const bool v8 = v2 < R(0.0);
    const real v9 = real(v7) - real(v8);
    const real v10 = r.v5 * v9;
    const real v12 = r.v11 * v9;
    input_out[0] = v10;
    target_out[0] = v12;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l1_loss_vjp_held(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n) {
  using F = l1_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_target(e[step], Once<T>{input}, Once<T>{target}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  r.size_n = size_n;
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real input_out_at[V];
      real target_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k, target_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
      store_pack(target_out + base + i, target_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l1_loss_vjp_block(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n) {
  using F = l1_loss_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.size_n = size_n;
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input_target(e[turn], input, target, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real input_out_at[V];
          real target_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
          }
          store_pack(input_out + base + i, input_out_at);
          store_pack(target_out + base + i, target_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_loss_vjp_split(
    const T* __restrict__ input, const T* __restrict__ target, const T* __restrict__ g,
    const real size_n, T* __restrict__ input_out, T* __restrict__ target_out, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_loss_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.size_n = size_n;
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input_target(e[turn], input, target, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real input_out_at[V];
        real target_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, input_out_at + k, target_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
        store_pack(target_out + base + i, target_out_at);
      }
    }
  }
}
""",
)


def huber_loss(input: Any, target: Any, delta: float = 1.0, *, out: Any = None) -> Any:
    """Huber loss.

        output = (Abs(input - target) - Min(delta, Abs(input - target))/2)*Min(delta, Abs(input -
            target))

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        target: float16, bfloat16, float32 or float64, shape (...).
        delta: a number; where it turns linear.
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
    Sources and proofs: symcheck show loss.huber.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.25 ulp max(1, k) (arguments up to 8)
        float16: 0.45 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HUBER_LOSS.one(
        {"input": input, "target": target},
        {"delta": delta},
        out=out,
    )


_HUBER_LOSS = ElementwiseKernel(
    name="huber_loss",
    arrays=(Array("input"), Array("target")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("delta",)),
    text="""\
// huber_loss:
// the function of one place, and the loop over packs of V places and those left over.
struct huber_loss_map {
  real delta;
  __device__ __forceinline__ void operator()(const real input, const real target, real& output) const {
    const real v2 = target - input;
    const real v4 = fabs(v2);
    const real v5 = op_min(delta, v4);
    const real v7 = R(0.5) * v5;
    const real v8 = v4 - v7;
    const real v9 = v8 * v5;
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) huber_loss_flat(
    const T* input, const T* target, const real delta, T* output, const long long size) {
  const huber_loss_map map{delta};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], target_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(target[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def huber_loss_vjp(
    g: Any,
    input: Any,
    target: Any,
    delta: float = 1.0,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Huber loss: vector-Jacobian product.

        output = (Abs(input - target) - Min(delta, Abs(input - target))/2)*Min(delta, Abs(input -
            target))
        result = d(sum of g * output) / d(input, target)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        target: float16, bfloat16, float32 or float64, shape (...).
        delta: a number; where it turns linear.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (...)), that of target (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show loss.huber.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.13 ulp max(1, k) (arguments up to 8)
        float16: 0.24 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.0 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.01 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HUBER_LOSS_VJP.several(
        {"g": g, "input": input, "target": target},
        {"delta": delta},
        out=out,
    )


def _huber_loss_vjp_numbers(delta: Any) -> tuple[Any, ...]:
    k5 = -delta
    return (delta, k5)


_HUBER_LOSS_VJP = ElementwiseKernel(
    name="huber_loss_vjp",
    arrays=(Array("g"), Array("input"), Array("target")),
    outputs=(Out("input"), Out("target")),
    numbers=Numbers(given=("delta", "k5"), compute=_huber_loss_vjp_numbers),
    text="""\
// huber_loss_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct huber_loss_vjp_map {
  real delta;
  real k5;
  __device__ __forceinline__ void operator()(
      const real g, const real input, const real target, real& input_out, real& target_out) const {
    const real v2 = target - input;
    const real v6 = op_min(v2, delta);
    const real v7 = op_max(k5, v6);
    const real v8 = g * v7;
    const real v9 = -v8;
    input_out = v9;
    target_out = v8;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) huber_loss_vjp_flat(
    const T* g, const T* input, const T* target, const real delta, const real k5, T* input_out,
    T* target_out, const long long size) {
  const huber_loss_vjp_map map{delta, k5};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real target_at[V];
    load_pack_once(target + i, target_at);
    real input_out_at[V];
    real target_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], target_at[k], input_out_at[k], target_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
    store_pack(target_out + i, target_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    real target_out_at;
    map(real(g[i]), real(input[i]), real(target[i]), input_out_at, target_out_at);
    input_out[i] = T(input_out_at);
    target_out[i] = T(target_out_at);
  }
}
""",
)


def contrastive_loss(
    input: Any,
    target: Any,
    temperature: float = 0.07,
    *,
    axis: int = -1,
    out: Any = None,
) -> Any:
    """Contrastive loss.

        output = log(Sum(exp(input[k]/temperature), (k, 1, n))) - input[target]/temperature

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); similarities of one example with
            all candidates.
        target: integers, shape (...); index of the matching example.
        temperature: a number.
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
    An index outside the axis gives NaN.
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claims act.logsumexp/shift.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.96 ulp of the largest of the row
        float16: 0.22 ulp of the largest of the row
        bfloat16: 0.22 ulp of the largest of the row
        float64: 0.5 ulp of the largest of the row
    """
    return _CONTRASTIVE_LOSS.one(
        {"input": input, "target": target},
        {"temperature": temperature},
        axis=axis,
        out=out,
    )


_CONTRASTIVE_LOSS = RowKernel(
    name="contrastive_loss",
    arrays=(Array("input"), Array("target", "row", integer=True)),
    outputs=(Out("output", "row"),),
    held=1,
    folded=2,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("temperature",)),
    text="""\
// contrastive_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct contrastive_loss_row {
  struct Element {
    real input;
  };
  struct Row {
    long long target;
    real temperature;
    real v7;
    real v9;
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
    MaxRest v3;
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

  static __device__ __forceinline__ real pick_v7(const Element& e, const Row& r, const int i) {
    const real v2 = op_div(e.input, r.temperature);
    return v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = log1p(f.v3.r);
    const real v8 = f.v3.m - r.v7;
    const real v9 = v8 + v5;
    r.v9 = v9;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) contrastive_loss_held(
    const T* __restrict__ input, const long long* __restrict__ target, const real temperature,
    T* __restrict__ output, const long long rows, const int n) {
  using F = contrastive_loss_row;
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
  r.target = target[row];
  r.temperature = temperature;
  F::Fold1 fold1;
  real v3_all[STEPS * V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
#pragma unroll
    for (int k = 0; k < V; ++k) v3_all[step * V + k] = -infinity();
    if (FULL || i < n) {
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k]);
      }
#pragma unroll
      for (int k = 0; k < V; ++k) v3_all[step * V + k] = v3_at[k];
    }
  }
  fold1.v3.add_pack(v3_all);
  combine_lanes<LANES>(fold1);
  {
    const long long place = r.target;
    r.v7 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v7 = F::pick_v7(picked[0], r, int(place));
    }
  }
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v9);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) contrastive_loss_block(
    const T* __restrict__ input, const long long* __restrict__ target, const real temperature,
    T* __restrict__ output, const long long rows, const int n) {
  using F = contrastive_loss_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.target = target[row];
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
    {
      const long long place = r.target;
      r.v7 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v7 = F::pick_v7(picked[0], r, int(place));
      }
    }
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v9);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) contrastive_loss_staged(
    const T* __restrict__ input, const long long* __restrict__ target, const real temperature,
    T* __restrict__ output, const long long rows, const int n) {
  using F = contrastive_loss_row;
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
    r.target = target[row];
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
    {
      const long long place = r.target;
      r.v7 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v7 = F::pick_v7(picked[0], r, int(place));
      }
    }
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v9);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) contrastive_loss_split(
    const T* __restrict__ input, const long long* __restrict__ target, const real temperature,
    T* __restrict__ output, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = contrastive_loss_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.target = target[row];
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
  {
    const long long place = r.target;
    r.v7 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v7 = F::pick_v7(picked[0], r, int(place));
    }
  }
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v9);
  }
}
""",
)


def contrastive_loss_vjp(
    g: Any,
    input: Any,
    target: Any,
    temperature: float = 0.07,
    *,
    axis: int = -1,
    out: Any = None,
) -> Any:
    """Contrastive loss: vector-Jacobian product.

        output = log(Sum(exp(input[k]/temperature), (k, 1, n))) - input[target]/temperature
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); similarities of one example with
            all candidates.
        target: integers, shape (...); index of the matching example.
        temperature: a number.
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
    An index outside the axis gives NaN.
    Domain: targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself.
    Sources and proofs: symcheck show loss.contrastive.
    Stable by the proved claims act.logsumexp/shift, loss.cross_entropy/gradient_by_the_others.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 2.1 ulp of the largest of the row
        float16: 0.29 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 1.5 ulp of the largest of the row
    """
    return _CONTRASTIVE_LOSS_VJP.one(
        {"g": g, "input": input, "target": target},
        {"temperature": temperature},
        axis=axis,
        out=out,
    )


_CONTRASTIVE_LOSS_VJP = RowKernel(
    name="contrastive_loss_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("target", "row", integer=True)),
    outputs=(Out("input"),),
    held=1,
    folded=3,
    passes=1,
    roomy=True,
    staged=("input",),
    numbers=Numbers(given=("temperature",)),
    text="""\
// contrastive_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct contrastive_loss_vjp_row {
  struct Element {
    real input;
    real k2;
    real k10;
  };
  struct Row {
    real g;
    long long target;
    real temperature;
    real v8;
    real v11;
    real v16;
    real v18;
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
    const real v8 = op_finite_or_zero(f.v3.m);
    r.v8 = v8;
  }

  struct Fold2 {
    Sum v14;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v14.combine(b.v14);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v14.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v14) {
    const real v2 = op_div(e.input, r.temperature);
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v9 = v2 - r.v8;
    const real v10 = op_exp(v9);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * v10;
    v14 = v13;
  }

  static __device__ __forceinline__ void lift2_held(Element& e, const Row& r, const int i, real& v14) {
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v9 = e.k2 - r.v8;
    const real v10 = op_exp(v9);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * v10;
    e.k10 = v10;
    v14 = v13;
  }

  static __device__ __forceinline__ real pick_v11(const Element& e, const Row& r, const int i) {
    const real v2 = op_div(e.input, r.temperature);
    const real v9 = v2 - r.v8;
    const real v10 = op_exp(v9);
    return v10;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v15 = r.v11 + f.v14.s;
    const real v16 = op_div(r.g, v15);
    const real v18 = v16 * f.v14.s;
    r.v16 = v16;
    r.v18 = v18;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = op_div(e.input, r.temperature);
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v9 = v2 - r.v8;
    const real v10 = op_exp(v9);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * v10;
    const real v17 = r.v16 * v13;
    const real v19 = r.v18 * v7;
    const real v20 = v17 - v19;
    const real v21 = op_div(v20, r.temperature);
    input_out[0] = v21;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * e.k10;
    const real v17 = r.v16 * v13;
    const real v19 = r.v18 * v7;
    const real v20 = v17 - v19;
    const real v21 = op_div(v20, r.temperature);
    input_out[0] = v21;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct contrastive_loss_vjp_again {
  struct Element {
    real input;
    real k2;
  };
  struct Row {
    real g;
    long long target;
    real temperature;
    real v8;
    real v11;
    real v21;
    real v23;
    real v25;
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
    MaxSumExp v17;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v17.combine(b.v17);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v17.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v17) {
    const real v2 = op_div(e.input, r.temperature);
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const bool v14 = v7 == R(1.0);
    const real v16 = v14 ? (-infinity()) : v2;
    v3 = v2;
    v17 = v16;
  }

  static __device__ __forceinline__ void lift1_held(
      Element& e, const Row& r, const int i, real& v3, real& v17) {
    const real v2 = op_div(e.input, r.temperature);
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const bool v14 = v7 == R(1.0);
    const real v16 = v14 ? (-infinity()) : v2;
    e.k2 = v2;
    v3 = v2;
    v17 = v16;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v8 = op_finite_or_zero(f.v3.m);
    const real v19 = f.v17.m - v8;
    const real v20 = op_exp(v19);
    const real v21 = f.v17.s * v20;
    r.v8 = v8;
    r.v21 = v21;
  }

  static __device__ __forceinline__ real pick_v11(const Element& e, const Row& r, const int i) {
    const real v2 = op_div(e.input, r.temperature);
    const real v9 = v2 - r.v8;
    const real v10 = op_exp(v9);
    return v10;
  }

  static __device__ __forceinline__ void finish2(Row& r) {
    const real v22 = r.v11 + r.v21;
    const real v23 = op_div(r.g, v22);
    const real v25 = v23 * r.v21;
    r.v23 = v23;
    r.v25 = v25;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = op_div(e.input, r.temperature);
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v9 = v2 - r.v8;
    const real v10 = op_exp(v9);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * v10;
    const real v24 = r.v23 * v13;
    const real v26 = r.v25 * v7;
    const real v27 = v24 - v26;
    const real v28 = op_div(v27, r.temperature);
    input_out[0] = v28;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v7 = i == op_place(r.target) ? R(1.0) : R(0.0);
    const real v9 = e.k2 - r.v8;
    const real v10 = op_exp(v9);
    const real v12 = i == op_place(r.target) ? R(0.0) : R(1.0);
    const real v13 = v12 * v10;
    const real v24 = r.v23 * v13;
    const real v26 = r.v25 * v7;
    const real v27 = v24 - v26;
    const real v28 = op_div(v27, r.temperature);
    input_out[0] = v28;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) contrastive_loss_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    const real temperature, T* __restrict__ input_out, const long long rows, const int n) {
  using F = contrastive_loss_vjp_row;
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
  r.target = target[row];
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
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2_held(e[step][k], r, i + k, v14_at[k]);
      }
      fold2.v14.add_pack(v14_at);
    }
  }
  combine_lanes<LANES>(fold2);
  {
    const long long place = r.target;
    r.v11 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v11 = F::pick_v11(picked[0], r, int(place));
    }
  }
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
__global__ void PASS_BOUNDS(512) contrastive_loss_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    const real temperature, T* __restrict__ input_out, const long long rows, const int n) {
  using F = contrastive_loss_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.target = target[row];
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
        real v17_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v17_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v3_at[V];
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v17_at[k]);
            }
            fold1.v3.add_pack(v3_at);
#pragma unroll
            for (int k = 0; k < V; ++k) v17_all[turn * V + k] = v17_at[k];
          }
        }
        fold1.v17.add_pack(v17_all);
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    {
      const long long place = r.target;
      r.v11 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v11 = F::pick_v11(picked[0], r, int(place));
      }
    }
    F::finish2(r);
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
__global__ void PASS_BOUNDS(THREADS) contrastive_loss_vjp_staged(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    const real temperature, T* __restrict__ input_out, const long long rows, const int n) {
  using F = contrastive_loss_vjp_row;
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
    r.target = target[row];
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
            real v14_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v14_at[k]);
            }
            fold2.v14.add_pack(v14_at);
          }
        }
      }
    }
    combine_block(fold2);
    {
      const long long place = r.target;
      r.v11 = not_a_number();
      if (0 <= place && place < n) {
        F::Element picked[1];
        F::load_input(picked, input, base, int(place));
        r.v11 = F::pick_v11(picked[0], r, int(place));
      }
    }
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
__global__ void PASS_BOUNDS(512) contrastive_loss_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, const long long* __restrict__ target,
    const real temperature, T* __restrict__ input_out, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = contrastive_loss_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.target = target[row];
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
        real v17_all[TURNS * V];
#pragma unroll
        for (int k = 0; k < TURNS * V; ++k) v17_all[k] = -infinity();
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v17_at[k]);
            }
            fold1.v3.add_pack(v3_at);
#pragma unroll
            for (int k = 0; k < V; ++k) v17_all[turn * V + k] = v17_at[k];
          }
        }
        fold1.v17.add_pack(v17_all);
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
  {
    const long long place = r.target;
    r.v11 = not_a_number();
    if (0 <= place && place < n) {
      F::Element picked[1];
      F::load_input(picked, input, base, int(place));
      r.v11 = F::pick_v11(picked[0], r, int(place));
    }
  }
  F::finish2(r);
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


def triplet_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    *,
    axis: int = -1,
    out: Any = None,
) -> Any:
    """Triplet loss.

        output = Max(0, margin - Sum((anchor[k] - negative[k])**2, (k, 1, n)) + Sum((anchor[k] -
            positive[k])**2, (k, 1, n)))

    Args:
        anchor: float16, bfloat16, float32 or float64, shape (..., n).
        positive: float16, bfloat16, float32 or float64, shape (..., n).
        negative: float16, bfloat16, float32 or float64, shape (..., n).
        margin: a number.
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
    Sources and proofs: symcheck show loss.triplet.

    Error, at most as measured against 50 digits on the host harness:
        float32: 5.0 ulp of the largest of the row
        float16: 0.24 ulp of the largest of the row
        bfloat16: 0.03 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _TRIPLET_LOSS.one(
        {"anchor": anchor, "positive": positive, "negative": negative},
        {"margin": margin},
        axis=axis,
        out=out,
    )


_TRIPLET_LOSS = RowKernel(
    name="triplet_loss",
    arrays=(Array("anchor"), Array("positive"), Array("negative")),
    outputs=(Out("output", "row"),),
    held=3,
    folded=2,
    passes=1,
    staged=("anchor", "positive", "negative"),
    numbers=Numbers(given=("margin",)),
    text="""\
// triplet_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct triplet_loss_row {
  struct Element {
    real anchor;
    real positive;
    real negative;
  };
  struct Row {
    real margin;
    real v13;
  };

  template <int V, typename P_anchor, typename P_positive, typename P_negative>
  static __device__ __forceinline__ void load_anchor_positive_negative(
      Element (&e)[V], const P_anchor anchor, const P_positive positive, const P_negative negative,
      const long long base, const int i) {
    real anchor_at[V];
    load_pack(anchor + base + i, anchor_at);
    real positive_at[V];
    load_pack(positive + base + i, positive_at);
    real negative_at[V];
    load_pack(negative + base + i, negative_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].anchor = anchor_at[k];
      e[k].positive = positive_at[k];
      e[k].negative = negative_at[k];
    }
  }

  struct Fold1 {
    Sum v5;
    Sum v10;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v5.combine(b.v5);
      v10.combine(b.v10);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v5.over_lanes(count);
      v10.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v5, real& v10) {
    const real v3 = e.anchor - e.positive;
    const real v4 = v3 * v3;
    const real v8 = e.anchor - e.negative;
    const real v9 = v8 * v8;
    v5 = v4;
    v10 = v9;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = r.margin + f.v5.s;
    const real v11 = v6 - f.v10.s;
    const real v13 = op_max(v11, R(0.0));
    r.v13 = v13;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) triplet_loss_held(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const real margin, T* __restrict__ output, const long long rows, const int n) {
  using F = triplet_loss_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_anchor_positive_negative(
      e[step], Once<T>{anchor}, Once<T>{positive}, Once<T>{negative}, base, i);
  }
  F::Row r;
  r.margin = margin;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v5_at[V];
      real v10_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v5_at[k], v10_at[k]);
      }
      fold1.v5.add_pack(v5_at);
      fold1.v10.add_pack(v10_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v13);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) triplet_loss_block(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const real margin, T* __restrict__ output, const long long rows, const int n) {
  using F = triplet_loss_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.margin = margin;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v13);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) triplet_loss_staged(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const real margin, T* __restrict__ output, const long long rows, const int n) {
  using F = triplet_loss_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> anchor_staged;
  anchor_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> positive_staged;
  positive_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 2)> negative_staged;
  negative_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    anchor_staged.template fetch<V>(anchor + base + i, i);
    positive_staged.template fetch<V>(positive + base + i, i);
    negative_staged.template fetch<V>(negative + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    anchor_staged.row(anchor + base);
    positive_staged.row(positive + base);
    negative_staged.row(negative + base);
    F::Row r;
    r.margin = margin;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_anchor_positive_negative(
          e[turn], anchor_staged, positive_staged, negative_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            anchor_staged.template fetch<V>(anchor + next + i, i);
            positive_staged.template fetch<V>(positive + next + i, i);
            negative_staged.template fetch<V>(negative + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v13);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) triplet_loss_split(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const real margin, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = triplet_loss_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.margin = margin;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
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
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v13);
  }
}
""",
)


def triplet_loss_vjp(
    g: Any,
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Triplet loss: vector-Jacobian product.

        output = Max(0, margin - Sum((anchor[k] - negative[k])**2, (k, 1, n)) + Sum((anchor[k] -
            positive[k])**2, (k, 1, n)))
        result = d(sum of g * output) / d(anchor, positive, negative)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        anchor: float16, bfloat16, float32 or float64, shape (..., n).
        positive: float16, bfloat16, float32 or float64, shape (..., n).
        negative: float16, bfloat16, float32 or float64, shape (..., n).
        margin: a number.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of anchor (shape (..., n)), that of positive (shape (..., n)), that of negative
            (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show loss.triplet.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _TRIPLET_LOSS_VJP.several(
        {"g": g, "anchor": anchor, "positive": positive, "negative": negative},
        {"margin": margin},
        axis=axis,
        out=out,
    )


_TRIPLET_LOSS_VJP = RowKernel(
    name="triplet_loss_vjp",
    arrays=(Array("g", "row"), Array("anchor"), Array("positive"), Array("negative")),
    outputs=(Out("anchor"), Out("positive"), Out("negative")),
    held=3,
    folded=2,
    passes=1,
    staged=("anchor", "positive", "negative"),
    numbers=Numbers(given=("margin",)),
    text="""\
// triplet_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct triplet_loss_vjp_row {
  struct Element {
    real anchor;
    real positive;
    real negative;
  };
  struct Row {
    real g;
    real margin;
    real v15;
    real v18;
    real v19;
  };

  template <int V, typename P_anchor, typename P_positive, typename P_negative>
  static __device__ __forceinline__ void load_anchor_positive_negative(
      Element (&e)[V], const P_anchor anchor, const P_positive positive, const P_negative negative,
      const long long base, const int i) {
    real anchor_at[V];
    load_pack(anchor + base + i, anchor_at);
    real positive_at[V];
    load_pack(positive + base + i, positive_at);
    real negative_at[V];
    load_pack(negative + base + i, negative_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].anchor = anchor_at[k];
      e[k].positive = positive_at[k];
      e[k].negative = negative_at[k];
    }
  }

  struct Fold1 {
    Sum v5;
    Sum v10;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v5.combine(b.v5);
      v10.combine(b.v10);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v5.over_lanes(count);
      v10.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v5, real& v10) {
    const real v3 = e.anchor - e.positive;
    const real v4 = v3 * v3;
    const real v8 = e.anchor - e.negative;
    const real v9 = v8 * v8;
    v5 = v4;
    v10 = v9;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = r.margin + f.v5.s;
    const real v11 = v6 - f.v10.s;
    const bool v14 = R(0.0) < v11;
    const real v15 = r.g * real(v14);
    const real v18 = R(2.0) * v15;
    const real v19 = -v18;
    r.v15 = v15;
    r.v18 = v18;
    r.v19 = v19;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* anchor_out, real* positive_out,
      real* negative_out) {
    const real v3 = e.anchor - e.positive;
    const real v8 = e.anchor - e.negative;
    const real v17 = R(2.0) * v8;
    const real v20 = r.v18 * v8;
    const real v21 = R(2.0) * v3;
    const real v22 = r.v19 * v3;
    const real v23 = v21 - v17;
    const real v24 = r.v15 * v23;
    anchor_out[0] = v24;
    positive_out[0] = v22;
    negative_out[0] = v20;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) triplet_loss_vjp_held(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const T* __restrict__ g, const real margin, T* __restrict__ anchor_out, T* __restrict__ positive_out,
    T* __restrict__ negative_out, const long long rows, const int n) {
  using F = triplet_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_anchor_positive_negative(
      e[step], Once<T>{anchor}, Once<T>{positive}, Once<T>{negative}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  r.margin = margin;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v5_at[V];
      real v10_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v5_at[k], v10_at[k]);
      }
      fold1.v5.add_pack(v5_at);
      fold1.v10.add_pack(v10_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real anchor_out_at[V];
      real positive_out_at[V];
      real negative_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, anchor_out_at + k, positive_out_at + k, negative_out_at + k);
      }
      store_pack(anchor_out + base + i, anchor_out_at);
      store_pack(positive_out + base + i, positive_out_at);
      store_pack(negative_out + base + i, negative_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) triplet_loss_vjp_block(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const T* __restrict__ g, const real margin, T* __restrict__ anchor_out, T* __restrict__ positive_out,
    T* __restrict__ negative_out, const long long rows, const int n) {
  using F = triplet_loss_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.margin = margin;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real anchor_out_at[V];
          real positive_out_at[V];
          real negative_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, anchor_out_at + k, positive_out_at + k, negative_out_at + k);
          }
          store_pack(anchor_out + base + i, anchor_out_at);
          store_pack(positive_out + base + i, positive_out_at);
          store_pack(negative_out + base + i, negative_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) triplet_loss_vjp_staged(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const T* __restrict__ g, const real margin, T* __restrict__ anchor_out, T* __restrict__ positive_out,
    T* __restrict__ negative_out, const long long rows, const int n) {
  using F = triplet_loss_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> anchor_staged;
  anchor_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> positive_staged;
  positive_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 2)> negative_staged;
  negative_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    anchor_staged.template fetch<V>(anchor + base + i, i);
    positive_staged.template fetch<V>(positive + base + i, i);
    negative_staged.template fetch<V>(negative + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    anchor_staged.row(anchor + base);
    positive_staged.row(positive + base);
    negative_staged.row(negative + base);
    F::Row r;
    r.g = real(g[row]);
    r.margin = margin;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_anchor_positive_negative(
          e[turn], anchor_staged, positive_staged, negative_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_anchor_positive_negative(
        e[turn], anchor_staged, positive_staged, negative_staged, 0, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real anchor_out_at[V];
          real positive_out_at[V];
          real negative_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, anchor_out_at + k, positive_out_at + k, negative_out_at + k);
          }
          store_pack(anchor_out + base + i, anchor_out_at);
          store_pack(positive_out + base + i, positive_out_at);
          store_pack(negative_out + base + i, negative_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          anchor_staged.template fetch<V>(anchor + next + i, i);
          positive_staged.template fetch<V>(positive + next + i, i);
          negative_staged.template fetch<V>(negative + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) triplet_loss_vjp_split(
    const T* __restrict__ anchor, const T* __restrict__ positive, const T* __restrict__ negative,
    const T* __restrict__ g, const real margin, T* __restrict__ anchor_out, T* __restrict__ positive_out,
    T* __restrict__ negative_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = triplet_loss_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.margin = margin;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v5_at[V];
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k], v10_at[k]);
            }
            fold1.v5.add_pack(v5_at);
            fold1.v10.add_pack(v10_at);
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
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_anchor_positive_negative(e[turn], anchor, positive, negative, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real anchor_out_at[V];
        real positive_out_at[V];
        real negative_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, anchor_out_at + k, positive_out_at + k, negative_out_at + k);
        }
        store_pack(anchor_out + base + i, anchor_out_at);
        store_pack(positive_out + base + i, positive_out_at);
        store_pack(negative_out + base + i, negative_out_at);
      }
    }
  }
}
""",
)
