"""Probability and statistics.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel
from ._tensors import Fused, Product, Read, Tensor, TensorKernel

__all__ = [
    "correlation",
    "covariance",
    "gaussian_log_prob",
    "gaussian_log_prob_vjp",
    "mvn_log_prob",
    "mvn_log_prob_vjp",
    "variance",
]


def gaussian_log_prob(input: Any, loc: Any, scale: Any, *, out: Any = None) -> Any:
    """Gaussian law.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        loc: float16, bfloat16, float32 or float64, shape (...); mean.
        scale: float16, bfloat16, float32 or float64, shape (...); standard deviation, > 0.
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
    Sources and proofs: symcheck show prob.gaussian.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.7 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.2 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.5 ulp max(1, k) (arguments up to 64)
    """
    return _GAUSSIAN_LOG_PROB.one(
        {"input": input, "loc": loc, "scale": scale},
        {},
        out=out,
    )


_GAUSSIAN_LOG_PROB = ElementwiseKernel(
    name="gaussian_log_prob",
    arrays=(Array("input"), Array("loc"), Array("scale")),
    outputs=(Out("output"),),
    text="""\
// gaussian_log_prob:
// the function of one place, and the loop over packs of V places and those left over.
struct gaussian_log_prob_map {
  __device__ __forceinline__ void operator()(
      const real input, const real loc, const real scale, real& output) const {
    const real v2 = input - loc;
    const real v5 = op_div(v2, scale);
    const real v6 = v5 * v5;
    const real v7 = R(0.5) * v6;
    const real v8 = log(scale);
    const real v10 = v7 + v8;
    const real v11 = v10 + R(0.9189385332046728);
    const real v12 = -v11;
    output = v12;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) gaussian_log_prob_flat(
    const T* input, const T* loc, const T* scale, T* output, const long long size) {
  const gaussian_log_prob_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real loc_at[V];
    load_pack_once(loc + i, loc_at);
    real scale_at[V];
    load_pack_once(scale + i, scale_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], loc_at[k], scale_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(loc[i]), real(scale[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def gaussian_log_prob_vjp(
    g: Any,
    input: Any,
    loc: Any,
    scale: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Gaussian law: vector-Jacobian product.

        output = -log(scale) - log(2*pi)/2 - (input - loc)**2/(2*scale**2)
        result = d(sum of g * output) / d(input, loc, scale)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        loc: float16, bfloat16, float32 or float64, shape (...); mean.
        scale: float16, bfloat16, float32 or float64, shape (...); standard deviation, > 0.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (...)), that of loc (shape (...)), that of scale (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show prob.gaussian.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.57 ulp max(1, k) (arguments up to 8)
        float16: 0.25 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.25 ulp max(1, k) (arguments up to 8)
        float64: 0.51 ulp max(1, k) (arguments up to 8)
        float32: 0.54 ulp max(1, k) (arguments up to 64)
        float16: 0.22 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.24 ulp max(1, k) (arguments up to 64)
        float64: 0.5 ulp max(1, k) (arguments up to 64)
    """
    return _GAUSSIAN_LOG_PROB_VJP.several(
        {"g": g, "input": input, "loc": loc, "scale": scale},
        {},
        out=out,
    )


_GAUSSIAN_LOG_PROB_VJP = ElementwiseKernel(
    name="gaussian_log_prob_vjp",
    arrays=(Array("g"), Array("input"), Array("loc"), Array("scale")),
    outputs=(Out("input"), Out("loc"), Out("scale")),
    text="""\
// gaussian_log_prob_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct gaussian_log_prob_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real input, const real loc, const real scale, real& input_out,
      real& loc_out, real& scale_out) const {
    const real v2 = input - loc;
    const real v4 = op_div(v2, scale);
    const real v5 = v4 * v4;
    const real v8 = v4 * g;
    const real v9 = v5 - R(1.0);
    const real v10 = g * v9;
    const real v11 = op_div(v10, scale);
    const real v12 = op_div(v8, scale);
    const real v13 = -v12;
    input_out = v13;
    loc_out = v12;
    scale_out = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(4, 128)) gaussian_log_prob_vjp_flat(
    const T* g, const T* input, const T* loc, const T* scale, T* input_out, T* loc_out, T* scale_out,
    const long long size) {
  const gaussian_log_prob_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real input_at[V];
    load_pack_once(input + i, input_at);
    real loc_at[V];
    load_pack_once(loc + i, loc_at);
    real scale_at[V];
    load_pack_once(scale + i, scale_at);
    real input_out_at[V];
    real loc_out_at[V];
    real scale_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], input_at[k], loc_at[k], scale_at[k], input_out_at[k], loc_out_at[k], scale_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
    store_pack(loc_out + i, loc_out_at);
    store_pack(scale_out + i, scale_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    real loc_out_at;
    real scale_out_at;
    map(real(g[i]), real(input[i]), real(loc[i]), real(scale[i]), input_out_at, loc_out_at, scale_out_at);
    input_out[i] = T(input_out_at);
    loc_out[i] = T(loc_out_at);
    scale_out[i] = T(scale_out_at);
  }
}
""",
)


def mvn_log_prob(input: Any, loc: Any, precision_tril: Any, *, out: Any = None) -> Any:
    """Multivariate Gaussian law.

        output = -n*log(2*pi)/2 + Sum(log(precision_tril[k, k]), (k, 1, n)) - Sum(Sum((input[i] -
            loc[i])*precision_tril[i, j], (i, 1, n))**2, (j, 1, n))/2

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        loc: float16, bfloat16, float32 or float64, shape (n,); mean.
        precision_tril: float16, bfloat16, float32 or float64, shape (n, n); lower triangular, with L
            times its transpose the inverse of the covariance.
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
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show prob.mvn.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.81 ulp of the largest of the row
        float16: 0.42 ulp of the largest of the row
        bfloat16: 0.18 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _MVN_LOG_PROB.one(
        {"input": input, "loc": loc, "precision_tril": precision_tril},
        {},
        out=out,
    )


def _mvn_log_prob_numbers(size_n: Any) -> tuple[Any, ...]:
    k5 = 0.9189385332046728 * size_n
    return (k5,)


_MVN_LOG_PROB = TensorKernel(
    name="mvn_log_prob",
    arguments=(Tensor("input", ("*", "n")), Tensor("loc", ("n",)), Tensor("precision_tril", ("n", "n"))),
    results=(Tensor("output", ("*",), value=Read("t16", ("*",))),),
    numbers=Numbers(given=("k5",), sizes=("n",), compute=_mvn_log_prob_numbers),
    steps=(
        Fused(
            batch=("*",),
            row="n'",
            reads=(Read("input", ("*", "n'")), Read("loc", ("n'",))),
            writes=(Read("t9", ("*", "n'")),),
            kernel=RowKernel(
                name="mvn_log_prob_1",
                arrays=(Array("input"), Array("loc", "shared")),
                outputs=(Out("t9"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// mvn_log_prob_1:
// what is computed at a place and for a row.  The schedules below say when.
struct mvn_log_prob_1_row {
  struct Element {
    real input;
    real loc;
  };
  struct Row {
  };

  template <int V, typename P_input, typename P_loc>
  static __device__ __forceinline__ void load_input_loc(
      Element (&e)[V], const P_input input, const P_loc loc, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real loc_at[V];
    load_pack(loc + i, loc_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].loc = loc_at[k];
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

  template <int V, typename P_loc>
  static __device__ __forceinline__ void load_loc(
      Element (&e)[V], const P_loc loc, const long long base, const int i) {
    real loc_at[V];
    load_pack(loc + i, loc_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].loc = loc_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t9) {
    const real v2 = e.input - e.loc;
    t9[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_1_held(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t9, const long long rows,
    const int n) {
  using F = mvn_log_prob_1_row;
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_loc(e[step], loc, base, i);
      real t9_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t9_at + k);
      }
      store_pack(t9 + base + i, t9_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mvn_log_prob_1_block(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t9, const long long rows,
    const int n) {
  using F = mvn_log_prob_1_row;
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
        if (i < n) F::load_input_loc(e[turn], input, loc, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t9_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t9_at + k);
          }
          store_pack(t9 + base + i, t9_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mvn_log_prob_1_split(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t9, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mvn_log_prob_1_row;
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
      if (i < end) F::load_input_loc(e[turn], input, loc, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t9_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t9_at + k);
        }
        store_pack(t9 + base + i, t9_at);
      }
    }
  }
}
""",
            ),
        ),
        Fused(
            batch=(),
            row="n",
            reads=(Read("precision_tril", ("n", "n")),),
            writes=(Read("t2", ()),),
            kernel=RowKernel(
                name="mvn_log_prob_2",
                arrays=(Array("precision_tril"),),
                outputs=(Out("t2", "row", wide=True),),
                held=1,
                folded=1,
                passes=1,
                staged=("precision_tril",),
                text="""\
// mvn_log_prob_2:
// what is computed at a place and for a row.  The schedules below say when.
struct mvn_log_prob_2_row {
  struct Element {
    real precision_tril;
  };
  struct Row {
    real v2;
  };

  template <int V, typename P_precision_tril>
  static __device__ __forceinline__ void load_precision_tril(
      Element (&e)[V], const P_precision_tril precision_tril, const long long base, const int i) {
    real precision_tril_at[V];
    load_pack(precision_tril + base + i, precision_tril_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].precision_tril = precision_tril_at[k];
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
    const real v1 = log(e.precision_tril);
    v2 = v1;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v2 = f.v2.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_2_held(
    const T* __restrict__ precision_tril, real* __restrict__ t2, const long long rows, const int n) {
  using F = mvn_log_prob_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_precision_tril(e[step], Once<T>{precision_tril}, base, i);
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
    t2[row] = r.v2;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mvn_log_prob_2_block(
    const T* __restrict__ precision_tril, real* __restrict__ t2, const long long rows, const int n) {
  using F = mvn_log_prob_2_row;
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
          if (i < n) F::load_precision_tril(e[turn], precision_tril, base, i);
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
      t2[row] = r.v2;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) mvn_log_prob_2_staged(
    const T* __restrict__ precision_tril, real* __restrict__ t2, const long long rows, const int n) {
  using F = mvn_log_prob_2_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> precision_tril_staged;
  precision_tril_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    precision_tril_staged.template fetch<V>(precision_tril + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    precision_tril_staged.row(precision_tril + base);
    F::Row r;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_precision_tril(e[turn], precision_tril_staged, 0, i);
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
            precision_tril_staged.template fetch<V>(precision_tril + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      t2[row] = r.v2;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mvn_log_prob_2_split(
    const T* __restrict__ precision_tril, real* __restrict__ t2, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = mvn_log_prob_2_row;
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
          if (i < end) F::load_precision_tril(e[turn], precision_tril, base, i);
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
    t2[row] = r.v2;
  }
}
""",
            ),
        ),
        Product(
            "t11",
            ("*", "n"),
            Read("t9", ("*", "n'")),
            Read("precision_tril", ("n'", "n")),
            over=("n'",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("t2", ()), Read("t11", ("*", "n"))),
            writes=(Read("t16", ("*",)),),
            kernel=RowKernel(
                name="mvn_log_prob_3",
                arrays=(Array("t2", "row"), Array("t11")),
                outputs=(Out("t16", "row"),),
                held=1,
                folded=1,
                passes=1,
                staged=("t11",),
                numbers=Numbers(given=("k5",)),
                text="""\
// mvn_log_prob_3:
// what is computed at a place and for a row.  The schedules below say when.
struct mvn_log_prob_3_row {
  struct Element {
    real t11;
  };
  struct Row {
    real t2;
    real k5;
    real v3;
    real v8;
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
    const real v3 = r.t2 - r.k5;
    r.v3 = v3;
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
    const real v4 = e.t11 * e.t11;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v7 = R(0.5) * f.v5.s;
    const real v8 = r.v3 - v7;
    r.v8 = v8;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_3_held(
    const real* __restrict__ t11, const real* __restrict__ t2, const real k5, T* __restrict__ t16,
    const long long rows, const int n) {
  using F = mvn_log_prob_3_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t11(e[step], Once<real>{t11}, base, i);
  }
  F::Row r;
  r.t2 = t2[row];
  r.k5 = k5;
  F::start(r);
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
    t16[row] = T(r.v8);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mvn_log_prob_3_block(
    const real* __restrict__ t11, const real* __restrict__ t2, const real k5, T* __restrict__ t16,
    const long long rows, const int n) {
  using F = mvn_log_prob_3_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t2 = t2[row];
    r.k5 = k5;
    F::start(r);
    F::Fold1 fold1;
    {
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
      t16[row] = T(r.v8);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) mvn_log_prob_3_staged(
    const real* __restrict__ t11, const real* __restrict__ t2, const real k5, T* __restrict__ t16,
    const long long rows, const int n) {
  using F = mvn_log_prob_3_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<real, (KEPT > 0)> t11_staged;
  t11_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    t11_staged.template fetch<V>(t11 + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    t11_staged.row(t11 + base);
    F::Row r;
    r.t2 = t2[row];
    r.k5 = k5;
    F::start(r);
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_t11(e[turn], t11_staged, 0, i);
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
            t11_staged.template fetch<V>(t11 + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      t16[row] = T(r.v8);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mvn_log_prob_3_split(
    const real* __restrict__ t11, const real* __restrict__ t2, const real k5, T* __restrict__ t16,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mvn_log_prob_3_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t2 = t2[row];
  r.k5 = k5;
  F::start(r);
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
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
    t16[row] = T(r.v8);
  }
}
""",
            ),
        ),
    ),
)


def mvn_log_prob_vjp(
    g: Any,
    input: Any,
    loc: Any,
    precision_tril: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Multivariate Gaussian law: vector-Jacobian product.

        output = -n*log(2*pi)/2 + Sum(log(precision_tril[k, k]), (k, 1, n)) - Sum(Sum((input[i] -
            loc[i])*precision_tril[i, j], (i, 1, n))**2, (j, 1, n))/2
        result = d(sum of g * output) / d(input, loc)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        loc: float16, bfloat16, float32 or float64, shape (n,); mean.
        precision_tril: float16, bfloat16, float32 or float64, shape (n, n); lower triangular, with L
            times its transpose the inverse of the covariance.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of loc (shape (n,)).

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
    Sources and proofs: symcheck show prob.mvn.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.96 ulp of the largest of the row
        float16: 0.43 ulp of the largest of the row
        bfloat16: 0.33 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _MVN_LOG_PROB_VJP.several(
        {"g": g, "input": input, "loc": loc, "precision_tril": precision_tril},
        {},
        out=out,
    )


_MVN_LOG_PROB_VJP = TensorKernel(
    name="mvn_log_prob_vjp",
    arguments=(
        Tensor("g", ("*",)),
        Tensor("input", ("*", "n")),
        Tensor("loc", ("n",)),
        Tensor("precision_tril", ("n", "n")),
    ),
    results=(
        Tensor("input", ("*", "n'"), value=Read("t9", ("*", "n'"))),
        Tensor("loc", ("n'",), value=Read("t8", ("n'",))),
    ),
    cotangents=("g",),
    steps=(
        Fused(
            batch=("*",),
            row="n'",
            reads=(Read("input", ("*", "n'")), Read("loc", ("n'",))),
            writes=(Read("t2", ("*", "n'")),),
            kernel=RowKernel(
                name="mvn_log_prob_vjp_1",
                arrays=(Array("input"), Array("loc", "shared")),
                outputs=(Out("t2"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// mvn_log_prob_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct mvn_log_prob_vjp_1_row {
  struct Element {
    real input;
    real loc;
  };
  struct Row {
  };

  template <int V, typename P_input, typename P_loc>
  static __device__ __forceinline__ void load_input_loc(
      Element (&e)[V], const P_input input, const P_loc loc, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real loc_at[V];
    load_pack(loc + i, loc_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].loc = loc_at[k];
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

  template <int V, typename P_loc>
  static __device__ __forceinline__ void load_loc(
      Element (&e)[V], const P_loc loc, const long long base, const int i) {
    real loc_at[V];
    load_pack(loc + i, loc_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].loc = loc_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t2) {
    const real v2 = e.input - e.loc;
    t2[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_vjp_1_held(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t2, const long long rows,
    const int n) {
  using F = mvn_log_prob_vjp_1_row;
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_loc(e[step], loc, base, i);
      real t2_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t2_at + k);
      }
      store_pack(t2 + base + i, t2_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mvn_log_prob_vjp_1_block(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t2, const long long rows,
    const int n) {
  using F = mvn_log_prob_vjp_1_row;
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
        if (i < n) F::load_input_loc(e[turn], input, loc, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t2_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t2_at + k);
          }
          store_pack(t2 + base + i, t2_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mvn_log_prob_vjp_1_split(
    const T* __restrict__ input, const T* __restrict__ loc, T* __restrict__ t2, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mvn_log_prob_vjp_1_row;
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
      if (i < end) F::load_input_loc(e[turn], input, loc, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t2_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t2_at + k);
        }
        store_pack(t2 + base + i, t2_at);
      }
    }
  }
}
""",
            ),
        ),
        Product("t4", ("*", "n"), Read("t2", ("*", "n'")), Read("precision_tril", ("n'", "n")), over=("n'",)),
        Product(
            "t6",
            ("*", "n'"),
            Read("t4", ("*", "n")),
            Read("precision_tril", ("n'", "n")),
            over=("n",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="n'",
            reads=(Read("g", ("*",)), Read("t6", ("*", "n'"))),
            writes=(Read("t9", ("*", "n'")), Read("t8", ("n'",))),
            kernel=RowKernel(
                name="mvn_log_prob_vjp_2",
                arrays=(Array("g", "row"), Array("t6")),
                outputs=(Out("t9"), Out("t8", "column")),
                held=1,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("t6", "g"),
                text="""\
// mvn_log_prob_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct mvn_log_prob_vjp_2_row {
  struct Element {
    real t6;
  };
  struct Row {
    real g;
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

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t9) {
    const real v2 = r.g * e.t6;
    const real v4 = -v2;
    t9[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_vjp_2_held(
    const real* __restrict__ t6, const T* __restrict__ g, T* __restrict__ t9, const long long rows,
    const int n) {
  using F = mvn_log_prob_vjp_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t6(e[step], Once<real>{t6}, base, i);
  }
  F::Row r;
  r.g = real(g[row]);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t9_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t9_at + k);
      }
      store_pack(t9 + base + i, t9_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) mvn_log_prob_vjp_2_block(
    const real* __restrict__ t6, const T* __restrict__ g, T* __restrict__ t9, const long long rows,
    const int n) {
  using F = mvn_log_prob_vjp_2_row;
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
        if (i < n) F::load_t6(e[turn], t6, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t9_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t9_at + k);
          }
          store_pack(t9 + base + i, t9_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) mvn_log_prob_vjp_2_split(
    const real* __restrict__ t6, const T* __restrict__ g, T* __restrict__ t9, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = mvn_log_prob_vjp_2_row;
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
      if (i < end) F::load_t6(e[turn], t6, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t9_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t9_at + k);
        }
        store_pack(t9 + base + i, t9_at);
      }
    }
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct mvn_log_prob_vjp_2_columns {
  struct Row {
    real g;
  };
  struct Sums {
    Sum v3;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v2 = r.g * e.t6;
    f.v3.add(v2);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) mvn_log_prob_vjp_2_held_columns(
    const real* __restrict__ t6, const T* __restrict__ g, T* __restrict__ t9, const long long rows,
    const int n, real* __restrict__ v3_partial, const long long group) {
  using F = mvn_log_prob_vjp_2_row;
  using G = mvn_log_prob_vjp_2_columns;
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
      if (FULL || i < n) F::load_t6(e[step], Once<real>{t6}, base, i);
    }
    F::Row r;
    r.g = real(g[row]);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        real t9_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t9_at + k);
        }
        store_pack(t9 + base + i, t9_at);
      }
    }
    if (mine) {
      G::Row q;
      q.g = r.g;
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
      real v3_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v3_at[k] = sums[step][k].v3.s;
      store_pack(v3_partial + own * n + i, v3_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) mvn_log_prob_vjp_2_columns_partial(
    const real* __restrict__ t6, const T* __restrict__ g, real* __restrict__ v3_partial,
    const long long rows, const int n, const long long group) {
  using F = mvn_log_prob_vjp_2_row;
  using G = mvn_log_prob_vjp_2_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    r.g = real(g[row]);
    F::Element e[V];
    F::load_t6(e, t6, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v3_partial[place + k] = sums[k].v3.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) mvn_log_prob_vjp_2_columns_total(
    const real* __restrict__ v3_partial, T* __restrict__ t8, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v3 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v3 += v3_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v3;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v3 += slices[0][other][lane];
  }
  t8[i] = T(sum_v3);
}
""",
            ),
        ),
    ),
)


def variance(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Variance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n

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
    Sources and proofs: symcheck show prob.variance.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.58 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.32 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _VARIANCE.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


def _variance_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_VARIANCE = RowKernel(
    name="variance",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=3,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_variance_numbers),
    text="""\
// variance:
// what is computed at a place and for a row.  The schedules below say when.
struct variance_row {
  struct Element {
    real input;
  };
  struct Row {
    real size_n;
    real v3;
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
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v6;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v6) {
    const real v4 = e.input - r.v3;
    const real v5 = v4 * v4;
    v6 = v5;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v7 = op_div(f.v6.s, r.size_n);
    r.v7 = v7;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct variance_again {
  struct Element {
    real input;
  };
  struct Row {
    real size_n;
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
    Moments v2;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v2) {
    v2 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_div(f.v2.q, r.size_n);
    r.v3 = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) variance_held(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = variance_row;
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
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v6_at[k]);
      }
      fold2.v6.add_pack(v6_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v7);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) variance_block(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = variance_again;
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
__global__ void PASS_BOUNDS(THREADS) variance_staged(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = variance_row;
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
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v6_at[k]);
            }
            fold2.v6.add_pack(v6_at);
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
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v7);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) variance_split(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = variance_again;
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
    leave_part(fold1, partial + 0 * rows * parts * 3, left + part,
               3);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 3, left, parts,
                3);
  F::finish1(fold1, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v3);
  }
}
""",
)


def covariance(input: Any, other: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Covariance.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/n

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        other: float16, bfloat16, float32 or float64, shape (..., n).
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
    Sources and proofs: symcheck show prob.covariance.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.34 ulp of the largest of the row
        bfloat16: 0.21 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _COVARIANCE.one(
        {"input": input, "other": other},
        {},
        axis=axis,
        out=out,
    )


def _covariance_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_COVARIANCE = RowKernel(
    name="covariance",
    arrays=(Array("input"), Array("other")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=2,
    passes=2,
    staged=("input", "other"),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_covariance_numbers),
    text="""\
// covariance:
// what is computed at a place and for a row.  The schedules below say when.
struct covariance_row {
  struct Element {
    real input;
    real other;
  };
  struct Row {
    real size_n;
    real v3;
    real v7;
    real v11;
  };

  template <int V, typename P_input, typename P_other>
  static __device__ __forceinline__ void load_input_other(
      Element (&e)[V], const P_input input, const P_other other, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real other_at[V];
    load_pack(other + base + i, other_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].other = other_at[k];
    }
  }

  struct Fold1 {
    Sum v1;
    Sum v6;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v6) {
    v1 = e.input;
    v6 = e.other;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_div(f.v1.s, r.size_n);
    const real v7 = op_div(f.v6.s, r.size_n);
    r.v3 = v3;
    r.v7 = v7;
  }

  struct Fold2 {
    Sum v10;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v10.combine(b.v10);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v10.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v10) {
    const real v4 = e.input - r.v3;
    const real v8 = e.other - r.v7;
    const real v9 = v4 * v8;
    v10 = v9;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v11 = op_div(f.v10.s, r.size_n);
    r.v11 = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) covariance_held(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = covariance_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_other(e[step], Once<T>{input}, Once<T>{other}, base, i);
  }
  F::Row r;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k], v6_at[k]);
      }
      fold1.v1.add_pack(v1_at);
      fold1.v6.add_pack(v6_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v10_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v10_at[k]);
      }
      fold2.v10.add_pack(v10_at);
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
__global__ void PASS_BOUNDS(512) covariance_block(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = covariance_row;
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
          if (i < n) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v6_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v6.add_pack(v6_at);
          }
        }
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
          if (i < n) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v10_at[k]);
            }
            fold2.v10.add_pack(v10_at);
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
__global__ void PASS_BOUNDS(THREADS) covariance_staged(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = covariance_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> other_staged;
  other_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    other_staged.template fetch<V>(other + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    other_staged.row(other + base);
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
          if (i < n) F::load_input_other(e[turn], input_staged, other_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v6_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v6.add_pack(v6_at);
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
          if (i < n) F::load_input_other(e[turn], input_staged, other_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v10_at[k]);
            }
            fold2.v10.add_pack(v10_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            input_staged.template fetch<V>(input + next + i, i);
            other_staged.template fetch<V>(other + next + i, i);
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
__global__ void PASS_BOUNDS(512) covariance_split(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = covariance_row;
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
          if (i < end) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v6_at[k]);
            }
            fold1.v1.add_pack(v1_at);
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
  F::Fold2 fold2;
  if constexpr (PHASE == 2) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 2);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v10_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v10_at[k]);
            }
            fold2.v10.add_pack(v10_at);
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


def correlation(input: Any, other: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Correlation.

        output = Sum((input[k] - Sum(input[m], (m, 1, n))/n)*(other[k] - Sum(other[m], (m, 1, n))/n),
            (k, 1, n))/(sqrt(Sum((input[k] - Sum(input[m], (m, 1, n))/n)**2, (k, 1,
            n)))*sqrt(Sum((other[k] - Sum(other[m], (m, 1, n))/n)**2, (k, 1, n))))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        other: float16, bfloat16, float32 or float64, shape (..., n).
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
    Domain: variables that are not constant.
    Sources and proofs: symcheck show prob.correlation.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.11 ulp of the largest of the row
        bfloat16: 0.25 ulp of the largest of the row
        float64: 0.13 ulp of the largest of the row
    """
    return _CORRELATION.one(
        {"input": input, "other": other},
        {},
        axis=axis,
        out=out,
    )


def _correlation_numbers(size_n: Any) -> tuple[Any, ...]:
    return (size_n,)


_CORRELATION = RowKernel(
    name="correlation",
    arrays=(Array("input"), Array("other")),
    outputs=(Out("output", "row"),),
    held=2,
    folded=6,
    passes=2,
    staged=("input", "other"),
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_correlation_numbers),
    text="""\
// correlation:
// what is computed at a place and for a row.  The schedules below say when.
struct correlation_row {
  struct Element {
    real input;
    real other;
  };
  struct Row {
    real size_n;
    real v3;
    real v7;
    real v18;
  };

  template <int V, typename P_input, typename P_other>
  static __device__ __forceinline__ void load_input_other(
      Element (&e)[V], const P_input input, const P_other other, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real other_at[V];
    load_pack(other + base + i, other_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].other = other_at[k];
    }
  }

  struct Fold1 {
    Sum v1;
    Sum v6;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v6.combine(b.v6);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v6.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v6) {
    v1 = e.input;
    v6 = e.other;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = op_div(f.v1.s, r.size_n);
    const real v7 = op_div(f.v6.s, r.size_n);
    r.v3 = v3;
    r.v7 = v7;
  }

  struct Fold2 {
    Sum v10;
    Sum v12;
    Sum v15;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v10.combine(b.v10);
      v12.combine(b.v12);
      v15.combine(b.v15);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v10.over_lanes(count);
      v12.over_lanes(count);
      v15.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v10, real& v12, real& v15) {
    const real v4 = e.input - r.v3;
    const real v8 = e.other - r.v7;
    const real v9 = v4 * v8;
    const real v11 = v4 * v4;
    const real v14 = v8 * v8;
    v10 = v9;
    v12 = v11;
    v15 = v14;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v13 = sqrt(f.v12.s);
    const real v16 = sqrt(f.v15.s);
    const real v17 = v13 * v16;
    const real v18 = op_div(f.v10.s, v17);
    r.v18 = v18;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct correlation_again {
  struct Element {
    real input;
    real other;
  };
  struct Row {
    real size_n;
    real v1;
    real v4;
    real v12;
    real v13;
  };

  template <int V, typename P_input, typename P_other>
  static __device__ __forceinline__ void load_input_other(
      Element (&e)[V], const P_input input, const P_other other, const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real other_at[V];
    load_pack(other + base + i, other_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].other = other_at[k];
    }
  }

  struct Fold1 {
    Moments v1;
    Moments v4;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v1.combine(b.v1);
      v4.combine(b.v4);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v1.over_lanes(count);
      v4.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v1, real& v4) {
    v1 = e.input;
    v4 = e.other;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v9 = sqrt(f.v1.q);
    const real v11 = sqrt(f.v4.q);
    const real v12 = v9 * v11;
    r.v1 = f.v1.m;
    r.v4 = f.v4.m;
    r.v12 = v12;
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
    const real v2 = e.input - r.v1;
    const real v5 = e.other - r.v4;
    const real v6 = v2 * v5;
    v7 = v6;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v13 = op_div(f.v7.s, r.v12);
    r.v13 = v13;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) correlation_held(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = correlation_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_input_other(e[step], Once<T>{input}, Once<T>{other}, base, i);
  }
  F::Row r;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v1_at[V];
      real v6_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v1_at[k], v6_at[k]);
      }
      fold1.v1.add_pack(v1_at);
      fold1.v6.add_pack(v6_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v10_at[V];
      real v12_at[V];
      real v15_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v10_at[k], v12_at[k], v15_at[k]);
      }
      fold2.v10.add_pack(v10_at);
      fold2.v12.add_pack(v12_at);
      fold2.v15.add_pack(v15_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  if (lane == 0 && mine) {
    output[row] = T(r.v18);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) correlation_block(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = correlation_again;
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
          if (i < n) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v4_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v4.add_pack(v4_at);
          }
        }
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
          if (i < n) F::load_input_other(e[turn], input, other, base, i);
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
    if (threadIdx.x == 0) {
      output[row] = T(r.v13);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) correlation_staged(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = correlation_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> other_staged;
  other_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    other_staged.template fetch<V>(other + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    input_staged.row(input + base);
    other_staged.row(other + base);
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
          if (i < n) F::load_input_other(e[turn], input_staged, other_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v1_at[V];
            real v6_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v6_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v6.add_pack(v6_at);
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
          if (i < n) F::load_input_other(e[turn], input_staged, other_staged, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v10_at[V];
            real v12_at[V];
            real v15_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v10_at[k], v12_at[k], v15_at[k]);
            }
            fold2.v10.add_pack(v10_at);
            fold2.v12.add_pack(v12_at);
            fold2.v15.add_pack(v15_at);
          }
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (more && i < n) {
            input_staged.template fetch<V>(input + next + i, i);
            other_staged.template fetch<V>(other + next + i, i);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v18);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) correlation_split(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = correlation_again;
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
          if (i < end) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v1_at[V];
            real v4_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v1_at[k], v4_at[k]);
            }
            fold1.v1.add_pack(v1_at);
            fold1.v4.add_pack(v4_at);
          }
        }
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 6, left + part,
               6);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 6, left, parts,
                6);
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
          if (i < end) F::load_input_other(e[turn], input, other, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
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
    leave_part(fold2, partial + 1 * rows * parts * 6, left + part,
               6);
    return;
  }
  combine_parts(fold2, partial + 1 * rows * parts * 6, left, parts,
                6);
  F::finish2(fold2, r);
  if (part == 0 && threadIdx.x == 0) {
    output[row] = T(r.v13);
  }
}
""",
)
