"""Generative models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel

__all__ = [
    "ddpm_jump",
    "ddpm_loss",
    "ddpm_loss_vjp",
    "ddpm_step",
    "gaussian_kl",
    "gaussian_kl_vjp",
    "reparametrize",
    "reparametrize_vjp",
]


def gaussian_kl(loc: Any, log_variance: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Evidence lower bound.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2

    Args:
        loc: float16, bfloat16, float32 or float64, shape (..., n); mean.
        log_variance: float16, bfloat16, float32 or float64, shape (..., n); logarithm of the variance.
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
    Sources and proofs: symcheck show gen.elbo.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.79 ulp of the largest of the row
        float16: 0.34 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _GAUSSIAN_KL.one(
        {"loc": loc, "log_variance": log_variance},
        {},
        axis=axis,
        out=out,
    )


_GAUSSIAN_KL = RowKernel(
    name="gaussian_kl",
    arrays=(Array("loc"), Array("log_variance")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("loc", "log_variance"),
    text="""\
// gaussian_kl:
// what is computed at a place and for a row.  The schedules below say when.
struct gaussian_kl_row {
  struct Element {
    real loc;
    real log_variance;
  };
  struct Row {
    real v7;
  };

  template <int V, typename P_loc, typename P_log_variance>
  static __device__ __forceinline__ void load_loc_log_variance(
      Element (&e)[V], const P_loc loc, const P_log_variance log_variance, const long long base,
      const int i) {
    real loc_at[V];
    load_pack(loc + base + i, loc_at);
    real log_variance_at[V];
    load_pack(log_variance + base + i, log_variance_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].loc = loc_at[k];
      e[k].log_variance = log_variance_at[k];
    }
  }

  struct Fold1 {
    Sum v5;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v5.combine(b.v5);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v5.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v5) {
    const real v1 = op_expgap(e.log_variance);
    const real v3 = e.loc * e.loc;
    const real v4 = v1 + v3;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v7 = R(0.5) * f.v5.s;
    r.v7 = v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gaussian_kl_held(
    const T* __restrict__ loc, const T* __restrict__ log_variance, T* __restrict__ output,
    const long long rows, const int n) {
  using F = gaussian_kl_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_loc_log_variance(e[step], Once<T>{loc}, Once<T>{log_variance}, base, i);
  }
  F::Row r;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v5_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v5_at[k]);
      }
      fold1.v5.add_pack(v5_at);
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
__global__ void PASS_BOUNDS(512) gaussian_kl_block(
    const T* __restrict__ loc, const T* __restrict__ log_variance, T* __restrict__ output,
    const long long rows, const int n) {
  using F = gaussian_kl_row;
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
          if (i < n) F::load_loc_log_variance(e[turn], loc, log_variance, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k]);
            }
            fold1.v5.add_pack(v5_at);
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
__global__ void PASS_BOUNDS(THREADS) gaussian_kl_staged(
    const T* __restrict__ loc, const T* __restrict__ log_variance, T* __restrict__ output,
    const long long rows, const int n) {
  using F = gaussian_kl_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> loc_staged;
  loc_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> log_variance_staged;
  log_variance_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    loc_staged.template fetch<V>(loc + base + i, i);
    log_variance_staged.template fetch<V>(log_variance + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    loc_staged.row(loc + base);
    log_variance_staged.row(log_variance + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_loc_log_variance(e[turn], loc_staged, log_variance_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v5_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k]);
            }
            fold1.v5.add_pack(v5_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            loc_staged.template fetch<V>(loc + next + i, i);
            log_variance_staged.template fetch<V>(log_variance + next + i, i);
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
__global__ void PASS_BOUNDS(512) gaussian_kl_split(
    const T* __restrict__ loc, const T* __restrict__ log_variance, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gaussian_kl_row;
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
          if (i < end) F::load_loc_log_variance(e[turn], loc, log_variance, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v5_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v5_at[k]);
            }
            fold1.v5.add_pack(v5_at);
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


def gaussian_kl_vjp(
    g: Any,
    loc: Any,
    log_variance: Any,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Evidence lower bound: vector-Jacobian product.

        output = Sum(ExpGap(log_variance[k]) + loc[k]**2, (k, 1, n))/2
        result = d(sum of g * output) / d(loc, log_variance)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        loc: float16, bfloat16, float32 or float64, shape (..., n); mean.
        log_variance: float16, bfloat16, float32 or float64, shape (..., n); logarithm of the variance.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of loc (shape (..., n)), that of log_variance (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show gen.elbo.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.28 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.46 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _GAUSSIAN_KL_VJP.several(
        {"g": g, "loc": loc, "log_variance": log_variance},
        {},
        axis=axis,
        out=out,
    )


_GAUSSIAN_KL_VJP = RowKernel(
    name="gaussian_kl_vjp",
    arrays=(Array("g", "row"), Array("loc"), Array("log_variance")),
    outputs=(Out("loc"), Out("log_variance")),
    held=2,
    folded=0,
    passes=0,
    guarded=True,
    text="""\
// gaussian_kl_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct gaussian_kl_vjp_row {
  struct Element {
    real loc;
    real log_variance;
  };
  struct Row {
    real g;
    real v4;
  };

  template <int V, typename P_loc, typename P_log_variance>
  static __device__ __forceinline__ void load_loc_log_variance(
      Element (&e)[V], const P_loc loc, const P_log_variance log_variance, const long long base,
      const int i) {
    real loc_at[V];
    load_pack(loc + base + i, loc_at);
    real log_variance_at[V];
    load_pack(log_variance + base + i, log_variance_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].loc = loc_at[k];
      e[k].log_variance = log_variance_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v4 = R(0.5) * r.g;
    r.v4 = v4;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* loc_out, real* log_variance_out) {
    const real v5 = r.g * e.loc;
    const real v6 = expm1(e.log_variance);
    const real v7 = r.v4 * v6;
    loc_out[0] = v5;
    log_variance_out[0] = v7;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gaussian_kl_vjp_held(
    const T* __restrict__ loc, const T* __restrict__ log_variance, const T* __restrict__ g,
    T* __restrict__ loc_out, T* __restrict__ log_variance_out, const long long rows, const int n) {
  using F = gaussian_kl_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_loc_log_variance(e[step], Once<T>{loc}, Once<T>{log_variance}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real loc_out_at[V];
      real log_variance_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, loc_out_at + k, log_variance_out_at + k);
      }
      store_pack(loc_out + base + i, loc_out_at);
      store_pack(log_variance_out + base + i, log_variance_out_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gaussian_kl_vjp_block(
    const T* __restrict__ loc, const T* __restrict__ log_variance, const T* __restrict__ g,
    T* __restrict__ loc_out, T* __restrict__ log_variance_out, const long long rows, const int n) {
  using F = gaussian_kl_vjp_row;
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
        if (i < n) F::load_loc_log_variance(e[turn], loc, log_variance, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real loc_out_at[V];
          real log_variance_out_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, loc_out_at + k, log_variance_out_at + k);
          }
          store_pack(loc_out + base + i, loc_out_at);
          store_pack(log_variance_out + base + i, log_variance_out_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gaussian_kl_vjp_split(
    const T* __restrict__ loc, const T* __restrict__ log_variance, const T* __restrict__ g,
    T* __restrict__ loc_out, T* __restrict__ log_variance_out, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = gaussian_kl_vjp_row;
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
      if (i < end) F::load_loc_log_variance(e[turn], loc, log_variance, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real loc_out_at[V];
        real log_variance_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, loc_out_at + k, log_variance_out_at + k);
        }
        store_pack(loc_out + base + i, loc_out_at);
        store_pack(log_variance_out + base + i, log_variance_out_at);
      }
    }
  }
}
""",
)


def reparametrize(loc: Any, scale: Any, noise: Any, *, out: Any = None) -> Any:
    """Reparameterisation.

        output = loc + noise*scale

    Args:
        loc: float16, bfloat16, float32 or float64, shape (...); mean.
        scale: float16, bfloat16, float32 or float64, shape (...); standard deviation.
        noise: float16, bfloat16, float32 or float64, shape (...); standard normal.
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
    Sources and proofs: symcheck show gen.reparam.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.29 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.26 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _REPARAMETRIZE.one(
        {"loc": loc, "scale": scale, "noise": noise},
        {},
        out=out,
    )


_REPARAMETRIZE = ElementwiseKernel(
    name="reparametrize",
    arrays=(Array("loc"), Array("scale"), Array("noise")),
    outputs=(Out("output"),),
    text="""\
// reparametrize:
// the function of one place, and the loop over packs of V places and those left over.
struct reparametrize_map {
  __device__ __forceinline__ void operator()(
      const real loc, const real scale, const real noise, real& output) const {
    const real v3 = noise * scale;
    const real v4 = loc + v3;
    output = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) reparametrize_flat(
    const T* loc, const T* scale, const T* noise, T* output, const long long size) {
  const reparametrize_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real loc_at[V];
    load_pack_once(loc + i, loc_at);
    real scale_at[V];
    load_pack_once(scale + i, scale_at);
    real noise_at[V];
    load_pack_once(noise + i, noise_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(loc_at[k], scale_at[k], noise_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(loc[i]), real(scale[i]), real(noise[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def reparametrize_vjp(
    g: Any,
    loc: Any,
    scale: Any,
    noise: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Reparameterisation: vector-Jacobian product.

        output = loc + noise*scale
        result = d(sum of g * output) / d(loc, scale)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        loc: float16, bfloat16, float32 or float64, shape (...); mean.
        scale: float16, bfloat16, float32 or float64, shape (...); standard deviation.
        noise: float16, bfloat16, float32 or float64, shape (...); standard normal.
        out: where to put the results.

    Returns:
        A tuple: that of loc (shape (...)), that of scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show gen.reparam.
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
    return _REPARAMETRIZE_VJP.several(
        {"g": g, "loc": loc, "scale": scale, "noise": noise},
        {},
        out=out,
    )


_REPARAMETRIZE_VJP = ElementwiseKernel(
    name="reparametrize_vjp",
    arrays=(Array("g"), Array("loc", used=False), Array("scale", used=False), Array("noise")),
    outputs=(Out("loc"), Out("scale")),
    text="""\
// reparametrize_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct reparametrize_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real noise, real& loc_out, real& scale_out) const {
    const real v2 = g * noise;
    loc_out = g;
    scale_out = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) reparametrize_vjp_flat(
    const T* g, const T* noise, T* loc_out, T* scale_out, const long long size) {
  const reparametrize_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real noise_at[V];
    load_pack_once(noise + i, noise_at);
    real loc_out_at[V];
    real scale_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], noise_at[k], loc_out_at[k], scale_out_at[k]);
    }
    store_pack(loc_out + i, loc_out_at);
    store_pack(scale_out + i, scale_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real loc_out_at;
    real scale_out_at;
    map(real(g[i]), real(noise[i]), loc_out_at, scale_out_at);
    loc_out[i] = T(loc_out_at);
    scale_out[i] = T(scale_out_at);
  }
}
""",
)


def ddpm_step(input: Any, noise: Any, beta: float = 0.02, *, out: Any = None) -> Any:
    """Forward process of a diffusion model.

        output = sqrt(beta)*noise + input*sqrt(1 - beta)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        noise: float16, bfloat16, float32 or float64, shape (...); standard normal.
        beta: a number; share of the noise.
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
    Sources and proofs: symcheck show gen.ddpm_forward.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.3 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.1 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.4 ulp max(1, k) (arguments up to 64)
    """
    return _DDPM_STEP.one(
        {"input": input, "noise": noise},
        {"beta": beta},
        out=out,
    )


def _ddpm_step_numbers(beta: Any) -> tuple[Any, ...]:
    k1 = np.sqrt(beta)
    k6 = 1.0 - beta
    k7 = np.sqrt(k6)
    return (k1, k7)


_DDPM_STEP = ElementwiseKernel(
    name="ddpm_step",
    arrays=(Array("input"), Array("noise")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("k1", "k7"), compute=_ddpm_step_numbers),
    text="""\
// ddpm_step:
// the function of one place, and the loop over packs of V places and those left over.
struct ddpm_step_map {
  real k1;
  real k7;
  __device__ __forceinline__ void operator()(const real input, const real noise, real& output) const {
    const real v3 = k1 * noise;
    const real v8 = input * k7;
    const real v9 = v3 + v8;
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) ddpm_step_flat(
    const T* input, const T* noise, const real k1, const real k7, T* output, const long long size) {
  const ddpm_step_map map{k1, k7};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real noise_at[V];
    load_pack_once(noise + i, noise_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], noise_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(noise[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def ddpm_jump(input: Any, noise: Any, alpha_bar: float = 0.5, *, out: Any = None) -> Any:
    """Direct jump to a step of the forward process.

        output = sqrt(alpha_bar)*input + noise*sqrt(1 - alpha_bar)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...); the clean example.
        noise: float16, bfloat16, float32 or float64, shape (...); standard normal.
        alpha_bar: a number; product of 1 - beta over the steps.
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
    Sources and proofs: symcheck show gen.ddpm_jump.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.2 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.4 ulp max(1, k) (arguments up to 8)
        float32: 1.4 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 64)
        float64: 2.0 ulp max(1, k) (arguments up to 64)
    """
    return _DDPM_JUMP.one(
        {"input": input, "noise": noise},
        {"alpha_bar": alpha_bar},
        out=out,
    )


def _ddpm_jump_numbers(alpha_bar: Any) -> tuple[Any, ...]:
    k3 = 1.0 - alpha_bar
    k4 = np.sqrt(k3)
    k6 = np.sqrt(alpha_bar)
    return (k4, k6)


_DDPM_JUMP = ElementwiseKernel(
    name="ddpm_jump",
    arrays=(Array("input"), Array("noise")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("k4", "k6"), compute=_ddpm_jump_numbers),
    text="""\
// ddpm_jump:
// the function of one place, and the loop over packs of V places and those left over.
struct ddpm_jump_map {
  real k4;
  real k6;
  __device__ __forceinline__ void operator()(const real input, const real noise, real& output) const {
    const real v5 = noise * k4;
    const real v8 = k6 * input;
    const real v9 = v5 + v8;
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) ddpm_jump_flat(
    const T* input, const T* noise, const real k4, const real k6, T* output, const long long size) {
  const ddpm_jump_map map{k4, k6};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real noise_at[V];
    load_pack_once(noise + i, noise_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], noise_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(noise[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def ddpm_loss(input: Any, noise: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Training loss of a diffusion model.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, bfloat16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.54 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.43 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _DDPM_LOSS.one(
        {"input": input, "noise": noise},
        {},
        axis=axis,
        out=out,
    )


_DDPM_LOSS = RowKernel(
    name="ddpm_loss",
    arrays=(Array("input"), Array("noise")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=1,
    passes=1,
    staged=("input", "noise"),
    text="""\
// ddpm_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct ddpm_loss_row {
  struct Element {
    real input;
    real noise;
  };
  struct Row {
    real v4;
  };

  template <int V, typename P_input, typename P_noise>
  static __device__ __forceinline__ void load_input_noise(
      Element (&e)[V], const P_input input, const P_noise noise, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real noise_at[V];
    load_pack(noise + base + i, noise_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].noise = noise_at[k];
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
    const real v2 = e.input - e.noise;
    const real v3 = v2 * v2;
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v4 = f.v4.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) ddpm_loss_held(
    const T* __restrict__ input, const T* __restrict__ noise, T* __restrict__ output,
    const long long rows, const int n) {
  using F = ddpm_loss_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_noise(e[step], Once<T>{input}, Once<T>{noise}, base, i);
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
    output[row] = T(r.v4);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) ddpm_loss_block(
    const T* __restrict__ input, const T* __restrict__ noise, T* __restrict__ output,
    const long long rows, const int n) {
  using F = ddpm_loss_row;
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
          if (i < n) F::load_input_noise(e[turn], input, noise, base, i);
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
      output[row] = T(r.v4);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) ddpm_loss_staged(
    const T* __restrict__ input, const T* __restrict__ noise, T* __restrict__ output,
    const long long rows, const int n) {
  using F = ddpm_loss_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> noise_staged;
  noise_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    noise_staged.template fetch<V>(noise + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    noise_staged.row(noise + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 2 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_input_noise(e[turn], input_staged, noise_staged, 0, i);
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
            noise_staged.template fetch<V>(noise + next + i, i);
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
__global__ void PASS_BOUNDS(512) ddpm_loss_split(
    const T* __restrict__ input, const T* __restrict__ noise, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = ddpm_loss_row;
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
          if (i < end) F::load_input_noise(e[turn], input, noise, base, i);
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
    output[row] = T(r.v4);
  }
}
""",
)


def ddpm_loss_vjp(g: Any, input: Any, noise: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Training loss of a diffusion model: vector-Jacobian product.

        output = Sum((input[k] - noise[k])**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); predicted noise.
        noise: float16, bfloat16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show gen.ddpm_loss.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.41 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _DDPM_LOSS_VJP.one(
        {"g": g, "input": input, "noise": noise},
        {},
        axis=axis,
        out=out,
    )


_DDPM_LOSS_VJP = RowKernel(
    name="ddpm_loss_vjp",
    arrays=(Array("g", "row"), Array("input"), Array("noise")),
    outputs=(Out("input"),),
    held=2,
    folded=0,
    passes=0,
    text="""\
// ddpm_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct ddpm_loss_vjp_row {
  struct Element {
    real input;
    real noise;
  };
  struct Row {
    real g;
    real v5;
  };

  template <int V, typename P_input, typename P_noise>
  static __device__ __forceinline__ void load_input_noise(
      Element (&e)[V], const P_input input, const P_noise noise, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real noise_at[V];
    load_pack(noise + base + i, noise_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].noise = noise_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v5 = R(2.0) * r.g;
    r.v5 = v5;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v2 = e.input - e.noise;
    const real v6 = r.v5 * v2;
    input_out[0] = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) ddpm_loss_vjp_held(
    const T* __restrict__ input, const T* __restrict__ noise, const T* __restrict__ g,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = ddpm_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_noise(e[step], Once<T>{input}, Once<T>{noise}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
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
__global__ void PASS_BOUNDS(512) ddpm_loss_vjp_block(
    const T* __restrict__ input, const T* __restrict__ noise, const T* __restrict__ g,
    T* __restrict__ input_out, const long long rows, const int n) {
  using F = ddpm_loss_vjp_row;
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
        if (i < n) F::load_input_noise(e[turn], input, noise, base, i);
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
__global__ void PASS_BOUNDS(512) ddpm_loss_vjp_split(
    const T* __restrict__ input, const T* __restrict__ noise, const T* __restrict__ g,
    T* __restrict__ input_out, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = ddpm_loss_vjp_row;
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
      if (i < end) F::load_input_noise(e[turn], input, noise, base, i);
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
