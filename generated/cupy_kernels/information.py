"""Information theory.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, Numbers, Out, RowKernel

__all__ = [
    "cross_entropy_probs",
    "cross_entropy_probs_vjp",
    "entropy",
    "entropy_vjp",
    "kl_divergence",
    "kl_divergence_vjp",
    "perplexity",
    "perplexity_vjp",
]


def entropy(p: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Entropy.

        output = -Sum(log(p[i])*p[i], (i, 1, n))

    Args:
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
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
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.2 ulp of the largest of the row
        float16: 0.17 ulp of the largest of the row
        bfloat16: 0.38 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _ENTROPY.one(
        {"p": p},
        {},
        axis=axis,
        out=out,
    )


_ENTROPY = RowKernel(
    name="entropy",
    arrays=(Array("p"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("p",),
    text="""\
// entropy:
// what is computed at a place and for a row.  The schedules below say when.
struct entropy_row {
  struct Element {
    real p;
  };
  struct Row {
    real v7;
  };

  template <int V, typename P_p>
  static __device__ __forceinline__ void load_p(
      Element (&e)[V], const P_p p, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
    }
  }

  struct Fold1 {
    Sum v6;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v6) {
    const bool v2 = e.p == R(0.0);
    const real v3 = e.p + real(v2);
    const real v4 = log(v3);
    const real v5 = e.p * v4;
    v6 = v5;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v7 = -f.v6.s;
    r.v7 = v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) entropy_held(
    const T* __restrict__ p, T* __restrict__ output, const long long rows, const int n) {
  using F = entropy_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p(e[step], Once<T>{p}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v6_at[k]);
      }
      fold1.v6.add_pack(v6_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v7);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) entropy_block(
    const T* __restrict__ p, T* __restrict__ output, const long long rows, const int n) {
  using F = entropy_row;
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
          if (i < n) F::load_p(e[turn], p, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v6_at[k]);
            }
            fold1.v6.add_pack(v6_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v7);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) entropy_staged(
    const T* __restrict__ p, T* __restrict__ output, const long long rows, const int n) {
  using F = entropy_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> p_staged;
  p_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    p_staged.template fetch<V>(p + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    p_staged.row(p + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_p(e[turn], p_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v6_at[k]);
            }
            fold1.v6.add_pack(v6_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            p_staged.template fetch<V>(p + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
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
__global__ void PASS_BOUNDS(512) entropy_split(
    const T* __restrict__ p, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = entropy_row;
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
          if (i < end) F::load_p(e[turn], p, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v6_at[k]);
            }
            fold1.v6.add_pack(v6_at);
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
    output[row] = T(r.v7);
  }
}
""",
)


def entropy_vjp(g: Any, p: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Entropy: vector-Jacobian product.

        output = -Sum(log(p[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
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
    Domain: p >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.95 ulp of the largest of the row
        float16: 0.45 ulp of the largest of the row
        bfloat16: 0.34 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _ENTROPY_VJP.one(
        {"g": g, "p": p},
        {},
        axis=axis,
        out=out,
    )


_ENTROPY_VJP = RowKernel(
    name="entropy_vjp",
    arrays=(Array("g", "row"), Array("p")),
    outputs=(Out("p"),),
    held=1,
    folded=0,
    passes=0,
    roomy=True,
    text="""\
// entropy_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct entropy_vjp_row {
  struct Element {
    real p;
  };
  struct Row {
    real g;
    real v2;
  };

  template <int V, typename P_p>
  static __device__ __forceinline__ void load_p(
      Element (&e)[V], const P_p p, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v2 = -r.g;
    r.v2 = v2;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* p_out) {
    const real v3 = log(e.p);
    const real v5 = v3 + R(1.0);
    const real v6 = r.v2 * v5;
    p_out[0] = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) entropy_vjp_held(
    const T* __restrict__ p, const T* __restrict__ g, T* __restrict__ p_out, const long long rows,
    const int n) {
  using F = entropy_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p(e[step], Once<T>{p}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real p_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, p_out_at + k);
      }
      store_pack(p_out + base + i, p_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) entropy_vjp_block(
    const T* __restrict__ p, const T* __restrict__ g, T* __restrict__ p_out, const long long rows,
    const int n) {
  using F = entropy_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_p(e[turn], p, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real p_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, p_out_at + k);
          }
          store_pack(p_out + base + i, p_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) entropy_vjp_split(
    const T* __restrict__ p, const T* __restrict__ g, T* __restrict__ p_out, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = entropy_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_p(e[turn], p, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real p_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, p_out_at + k);
        }
        store_pack(p_out + base + i, p_out_at);
      }
    }
  }
}
""",
)


def cross_entropy_probs(p: Any, q: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Cross-entropy.

        output = -Sum(log(q[i])*p[i], (i, 1, n))

    Args:
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
        q: float16, bfloat16, float32 or float64, shape (..., n); probabilities of the model.
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
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.35 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.44 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CROSS_ENTROPY_PROBS.one(
        {"p": p, "q": q},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY_PROBS = RowKernel(
    name="cross_entropy_probs",
    arrays=(Array("p"), Array("q")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("p", "q"),
    text="""\
// cross_entropy_probs:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_probs_row {
  struct Element {
    real p;
    real q;
  };
  struct Row {
    real v8;
  };

  template <int V, typename P_p, typename P_q>
  static __device__ __forceinline__ void load_p_q(
      Element (&e)[V], const P_p p, const P_q q, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
    real q_at[V];
    load_pack(q + base + i, q_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
      e[k].q = q_at[k];
    }
  }

  struct Fold1 {
    Sum v7;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v7.combine(b.v7);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v7.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v7) {
    const bool v3 = e.p == R(0.0);
    const real v4 = e.q + real(v3);
    const real v5 = log(v4);
    const real v6 = e.p * v5;
    v7 = v6;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v8 = -f.v7.s;
    r.v8 = v8;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_probs_held(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cross_entropy_probs_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p_q(e[step], Once<T>{p}, Once<T>{q}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v7_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v7_at[k]);
      }
      fold1.v7.add_pack(v7_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v8);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cross_entropy_probs_block(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cross_entropy_probs_row;
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
          if (i < n) F::load_p_q(e[turn], p, q, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v7_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v7_at[k]);
            }
            fold1.v7.add_pack(v7_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v8);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) cross_entropy_probs_staged(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = cross_entropy_probs_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> p_staged;
  p_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> q_staged;
  q_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    p_staged.template fetch<V>(p + base + i, i);
    q_staged.template fetch<V>(q + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    p_staged.row(p + base);
    q_staged.row(q + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_p_q(e[turn], p_staged, q_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v7_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v7_at[k]);
            }
            fold1.v7.add_pack(v7_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            p_staged.template fetch<V>(p + next + i, i);
            q_staged.template fetch<V>(q + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v8);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cross_entropy_probs_split(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = cross_entropy_probs_row;
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
          if (i < end) F::load_p_q(e[turn], p, q, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v7_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v7_at[k]);
            }
            fold1.v7.add_pack(v7_at);
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
    output[row] = T(r.v8);
  }
}
""",
)


def cross_entropy_probs_vjp(
    g: Any,
    p: Any,
    q: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Cross-entropy: vector-Jacobian product.

        output = -Sum(log(q[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p, q)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
        q: float16, bfloat16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of p (shape (..., n)), that of q (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: p, q >= 0, where 0 log 0 is 0.
    Sources and proofs: symcheck show info.cross_entropy.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.0 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CROSS_ENTROPY_PROBS_VJP.several(
        {"g": g, "p": p, "q": q},
        {},
        axis=axis,
        out=out,
    )


_CROSS_ENTROPY_PROBS_VJP = RowKernel(
    name="cross_entropy_probs_vjp",
    arrays=(Array("g", "row"), Array("p"), Array("q")),
    outputs=(Out("p"), Out("q")),
    held=2,
    folded=0,
    passes=0,
    text="""\
// cross_entropy_probs_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct cross_entropy_probs_vjp_row {
  struct Element {
    real p;
    real q;
  };
  struct Row {
    real g;
    real v3;
  };

  template <int V, typename P_p, typename P_q>
  static __device__ __forceinline__ void load_p_q(
      Element (&e)[V], const P_p p, const P_q q, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
    real q_at[V];
    load_pack(q + base + i, q_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
      e[k].q = q_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v3 = -r.g;
    r.v3 = v3;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* p_out, real* q_out) {
    const real v4 = log(e.q);
    const real v5 = r.v3 * v4;
    const bool v7 = e.p == R(0.0);
    const real v8 = op_div(e.p, e.q);
    const real v9 = v7 ? R(0.0) : v8;
    const real v10 = r.v3 * v9;
    p_out[0] = v5;
    q_out[0] = v10;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) cross_entropy_probs_vjp_held(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n) {
  using F = cross_entropy_probs_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p_q(e[step], Once<T>{p}, Once<T>{q}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real p_out_at[V];
      real q_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, p_out_at + k, q_out_at + k);
      }
      store_pack(p_out + base + i, p_out_at);
      store_pack(q_out + base + i, q_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) cross_entropy_probs_vjp_block(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n) {
  using F = cross_entropy_probs_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_p_q(e[turn], p, q, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real p_out_at[V];
          real q_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, p_out_at + k, q_out_at + k);
          }
          store_pack(p_out + base + i, p_out_at);
          store_pack(q_out + base + i, q_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) cross_entropy_probs_vjp_split(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = cross_entropy_probs_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_p_q(e[turn], p, q, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real p_out_at[V];
        real q_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, p_out_at + k, q_out_at + k);
        }
        store_pack(p_out + base + i, p_out_at);
        store_pack(q_out + base + i, q_out_at);
      }
    }
  }
}
""",
)


def kl_divergence(p: Any, q: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Kullback-Leibler divergence.

        output = Sum(log(p[i]/q[i])*p[i], (i, 1, n))

    Args:
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
        q: float16, bfloat16, float32 or float64, shape (..., n); probabilities of the model.
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
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.26 ulp of the largest of the row
        float16: 0.4 ulp of the largest of the row
        bfloat16: 0.22 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _KL_DIVERGENCE.one(
        {"p": p, "q": q},
        {},
        axis=axis,
        out=out,
    )


_KL_DIVERGENCE = RowKernel(
    name="kl_divergence",
    arrays=(Array("p"), Array("q")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("p", "q"),
    text="""\
// kl_divergence:
// what is computed at a place and for a row.  The schedules below say when.
struct kl_divergence_row {
  struct Element {
    real p;
    real q;
  };
  struct Row {
    real v19;
  };

  template <int V, typename P_p, typename P_q>
  static __device__ __forceinline__ void load_p_q(
      Element (&e)[V], const P_p p, const P_q q, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
    real q_at[V];
    load_pack(q + base + i, q_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
      e[k].q = q_at[k];
    }
  }

  struct Fold1 {
    Sum v19;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v19.combine(b.v19);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v19.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v19) {
    const bool v3 = e.p == R(0.0);
    const real v4 = e.p + real(v3);
    const real v5 = e.q + real(v3);
    const real v6 = op_div(v4, v5);
    const real v8 = v4 - v5;
    const real v9 = op_div(v8, v5);
    const real v11 = op_max(v9, (-R(0.5)));
    const real v12 = log1p(v11);
    const real v13 = op_min(v6, R(0.5));
    const real v15 = R(2.0) * v13;
    const real v16 = log(v15);
    const real v17 = v12 + v16;
    const real v18 = e.p * v17;
    v19 = v18;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v19 = f.v19.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) kl_divergence_held(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = kl_divergence_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p_q(e[step], Once<T>{p}, Once<T>{q}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v19_at[k]);
      }
      fold1.v19.add_pack(v19_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v19);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) kl_divergence_block(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = kl_divergence_row;
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
          if (i < n) F::load_p_q(e[turn], p, q, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v19_at[k]);
            }
            fold1.v19.add_pack(v19_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v19);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) kl_divergence_staged(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n) {
  using F = kl_divergence_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> p_staged;
  p_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> q_staged;
  q_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    p_staged.template fetch<V>(p + base + i, i);
    q_staged.template fetch<V>(q + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    p_staged.row(p + base);
    q_staged.row(q + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_p_q(e[turn], p_staged, q_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v19_at[k]);
            }
            fold1.v19.add_pack(v19_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            p_staged.template fetch<V>(p + next + i, i);
            q_staged.template fetch<V>(q + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v19);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) kl_divergence_split(
    const T* __restrict__ p, const T* __restrict__ q, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = kl_divergence_row;
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
          if (i < end) F::load_p_q(e[turn], p, q, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v19_at[k]);
            }
            fold1.v19.add_pack(v19_at);
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
    output[row] = T(r.v19);
  }
}
""",
)


def kl_divergence_vjp(
    g: Any,
    p: Any,
    q: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Kullback-Leibler divergence: vector-Jacobian product.

        output = Sum(log(p[i]/q[i])*p[i], (i, 1, n))
        result = d(sum of g * output) / d(p, q)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        p: float16, bfloat16, float32 or float64, shape (..., n); probabilities.
        q: float16, bfloat16, float32 or float64, shape (..., n); probabilities of the model.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of p (shape (..., n)), that of q (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0.
    Sources and proofs: symcheck show info.kl.
    Stable by the proved claims info.kl/log_ratio_split, info.kl/ratio_less_one.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.2 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.46 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _KL_DIVERGENCE_VJP.several(
        {"g": g, "p": p, "q": q},
        {},
        axis=axis,
        out=out,
    )


_KL_DIVERGENCE_VJP = RowKernel(
    name="kl_divergence_vjp",
    arrays=(Array("g", "row"), Array("p"), Array("q")),
    outputs=(Out("p"), Out("q")),
    held=2,
    folded=0,
    passes=0,
    text="""\
// kl_divergence_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct kl_divergence_vjp_row {
  struct Element {
    real p;
    real q;
  };
  struct Row {
    real g;
    real v21;
  };

  template <int V, typename P_p, typename P_q>
  static __device__ __forceinline__ void load_p_q(
      Element (&e)[V], const P_p p, const P_q q, const long long base, const int i) {
    real p_at[V];
    load_pack(p + base + i, p_at);
    real q_at[V];
    load_pack(q + base + i, q_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].p = p_at[k];
      e[k].q = q_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v21 = -r.g;
    r.v21 = v21;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* p_out, real* q_out) {
    const bool v4 = e.p == R(0.0);
    const real v5 = op_div(e.p, e.q);
    const real v6 = v4 ? R(0.0) : v5;
    const real v8 = e.p - e.q;
    const real v9 = op_div(v8, e.q);
    const real v11 = op_max(v9, (-R(0.5)));
    const real v13 = log1p(v11);
    const real v14 = op_min(v6, R(0.5));
    const real v16 = R(2.0) * v14;
    const real v17 = log(v16);
    const real v18 = v13 + v17;
    const real v19 = v18 + R(1.0);
    const real v20 = r.g * v19;
    const real v22 = r.v21 * v6;
    p_out[0] = v20;
    q_out[0] = v22;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) kl_divergence_vjp_held(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n) {
  using F = kl_divergence_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_p_q(e[step], Once<T>{p}, Once<T>{q}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real p_out_at[V];
      real q_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, p_out_at + k, q_out_at + k);
      }
      store_pack(p_out + base + i, p_out_at);
      store_pack(q_out + base + i, q_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) kl_divergence_vjp_block(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n) {
  using F = kl_divergence_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 2);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_p_q(e[turn], p, q, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real p_out_at[V];
          real q_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, p_out_at + k, q_out_at + k);
          }
          store_pack(p_out + base + i, p_out_at);
          store_pack(q_out + base + i, q_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) kl_divergence_vjp_split(
    const T* __restrict__ p, const T* __restrict__ q, const T* __restrict__ g, T* __restrict__ p_out,
    T* __restrict__ q_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = kl_divergence_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 2);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_p_q(e[turn], p, q, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real p_out_at[V];
        real q_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, p_out_at + k, q_out_at + k);
        }
        store_pack(p_out + base + i, p_out_at);
        store_pack(q_out + base + i, q_out_at);
      }
    }
  }
}
""",
)


def perplexity(nll: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Perplexity.

        output = exp(Sum(nll[s], (s, 1, T))/T)

    Args:
        nll: float16, bfloat16, float32 or float64, shape (..., T); negative log-likelihood of each
            token.
        axis: the axis of length T.
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
    Sources and proofs: symcheck show info.perplexity.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.28 ulp of the largest of the row
        float16: 0.43 ulp of the largest of the row
        bfloat16: 0.18 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _PERPLEXITY.one(
        {"nll": nll},
        {},
        axis=axis,
        out=out,
    )


def _perplexity_numbers(size_T: Any) -> tuple[Any, ...]:
    return (size_T,)


_PERPLEXITY = RowKernel(
    name="perplexity",
    arrays=(Array("nll"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("nll",),
    numbers=Numbers(given=("size_T",), sizes=("T",), compute=_perplexity_numbers),
    text="""\
// perplexity:
// what is computed at a place and for a row.  The schedules below say when.
struct perplexity_row {
  struct Element {
    real nll;
  };
  struct Row {
    real size_T;
    real v4;
  };

  template <int V, typename P_nll>
  static __device__ __forceinline__ void load_nll(
      Element (&e)[V], const P_nll nll, const long long base, const int i) {
    real nll_at[V];
    load_pack(nll + base + i, nll_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].nll = nll_at[k];
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
    v1 = e.nll;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_div(f.v1.s, r.size_T);
    const real v4 = op_exp(v3);
    r.v4 = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) perplexity_held(
    const T* __restrict__ nll, const real size_T, T* __restrict__ output, const long long rows,
    const int n) {
  using F = perplexity_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_nll(e[step], Once<T>{nll}, base, i);
  }
  F::Row r;
  r.size_T = size_T;
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
__global__ void PASS_BOUNDS(512) perplexity_block(
    const T* __restrict__ nll, const real size_T, T* __restrict__ output, const long long rows,
    const int n) {
  using F = perplexity_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_T = size_T;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_nll(e[turn], nll, base, i);
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
__global__ void PASS_BOUNDS(THREADS) perplexity_staged(
    const T* __restrict__ nll, const real size_T, T* __restrict__ output, const long long rows,
    const int n) {
  using F = perplexity_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> nll_staged;
  nll_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    nll_staged.template fetch<V>(nll + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    nll_staged.row(nll + base);
    F::Row r;
    r.size_T = size_T;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_nll(e[turn], nll_staged, 0, i);
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
            nll_staged.template fetch<V>(nll + next + i, i);
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
__global__ void PASS_BOUNDS(512) perplexity_split(
    const T* __restrict__ nll, const real size_T, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = perplexity_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.size_T = size_T;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_nll(e[turn], nll, base, i);
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


def perplexity_vjp(g: Any, nll: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Perplexity: vector-Jacobian product.

        output = exp(Sum(nll[s], (s, 1, T))/T)
        result = d(sum of g * output) / d(nll)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        nll: float16, bfloat16, float32 or float64, shape (..., T); negative log-likelihood of each
            token.
        axis: the axis of length T.
        out: where to put the result.

    Returns:
        An array of shape (..., T) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show info.perplexity.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.78 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 0.37 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _PERPLEXITY_VJP.one(
        {"g": g, "nll": nll},
        {},
        axis=axis,
        out=out,
    )


def _perplexity_vjp_numbers(size_T: Any) -> tuple[Any, ...]:
    return (size_T,)


_PERPLEXITY_VJP = RowKernel(
    name="perplexity_vjp",
    arrays=(Array("g", "row"), Array("nll")),
    outputs=(Out("nll"),),
    held=1,
    folded=1,
    passes=1,
    staged=("nll",),
    numbers=Numbers(given=("size_T",), sizes=("T",), compute=_perplexity_vjp_numbers),
    text="""\
// perplexity_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct perplexity_vjp_row {
  struct Element {
    real nll;
  };
  struct Row {
    real g;
    real size_T;
    real v7;
  };

  template <int V, typename P_nll>
  static __device__ __forceinline__ void load_nll(
      Element (&e)[V], const P_nll nll, const long long base, const int i) {
    real nll_at[V];
    load_pack(nll + base + i, nll_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].nll = nll_at[k];
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
    v1 = e.nll;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_div(f.v1.s, r.size_T);
    const real v4 = op_exp(v3);
    const real v6 = r.g * v4;
    const real v7 = op_div(v6, r.size_T);
    r.v7 = v7;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* nll_out) {
    nll_out[0] = r.v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) perplexity_vjp_held(
    const T* __restrict__ nll, const T* __restrict__ g, const real size_T, T* __restrict__ nll_out,
    const long long rows, const int n) {
  using F = perplexity_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_nll(e[step], Once<T>{nll}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  r.size_T = size_T;
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real nll_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, nll_out_at + k);
      }
      store_pack(nll_out + base + i, nll_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) perplexity_vjp_block(
    const T* __restrict__ nll, const T* __restrict__ g, const real size_T, T* __restrict__ nll_out,
    const long long rows, const int n) {
  using F = perplexity_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.size_T = size_T;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_nll(e[turn], nll, base, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real nll_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, nll_out_at + k);
          }
          store_pack(nll_out + base + i, nll_out_at);
        }
      }
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) perplexity_vjp_staged(
    const T* __restrict__ nll, const T* __restrict__ g, const real size_T, T* __restrict__ nll_out,
    const long long rows, const int n) {
  using F = perplexity_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> nll_staged;
  nll_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    nll_staged.template fetch<V>(nll + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    nll_staged.row(nll + base);
    F::Row r;
    r.g = real(g[row]);
    r.size_T = size_T;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_nll(e[turn], nll_staged, 0, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real nll_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, nll_out_at + k);
          }
          store_pack(nll_out + base + i, nll_out_at);
        }
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          nll_staged.template fetch<V>(nll + next + i, i);
        }
      }
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) perplexity_vjp_split(
    const T* __restrict__ nll, const T* __restrict__ g, const real size_T, T* __restrict__ nll_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = perplexity_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.size_T = size_T;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 1);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_nll(e[turn], nll, base, i);
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
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real nll_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, nll_out_at + k);
        }
        store_pack(nll_out + base + i, nll_out_at);
      }
    }
  }
}
""",
)
