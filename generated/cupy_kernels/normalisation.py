"""Normalisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, Numbers, Out, RowKernel

__all__ = ["batch_norm", "batch_norm_vjp", "layer_norm", "layer_norm_vjp", "rms_norm", "rms_norm_vjp"]


def layer_norm(
    input: Any,
    weight: Any,
    bias: Any,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Any = None,
) -> Any:
    """LayerNorm.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: float16, bfloat16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, bfloat16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
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
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.1 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.35 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _LAYER_NORM.one(
        {"input": input, "weight": weight, "bias": bias},
        {"eps": eps},
        axis=axis,
        out=out,
    )


def _layer_norm_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_LAYER_NORM = RowKernel(
    name="layer_norm",
    arrays=(Array("input"), Array("weight", "shared"), Array("bias", "shared")),
    outputs=(Out("output"),),
    held=1,
    folded=3,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_layer_norm_numbers),
    text="""\
// layer_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct layer_norm_row {
  struct Element {
    real input;
    real weight;
    real bias;
  };
  struct Row {
    real eps;
    real size_n;
    real v3;
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

  template <int V, typename P_input, typename P_weight, typename P_bias>
  static __device__ __forceinline__ void load_input_weight_bias(
      Element (&e)[V], const P_input input, const P_weight weight, const P_bias bias,
      const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real weight_at[V];
    load_pack(weight + i, weight_at);
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].weight = weight_at[k];
      e[k].bias = bias_at[k];
    }
  }

  template <int V, typename P_weight, typename P_bias>
  static __device__ __forceinline__ void load_weight_bias(
      Element (&e)[V], const P_weight weight, const P_bias bias, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
      e[k].bias = bias_at[k];
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
    Sum v8;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, real& v8) {
    const real v4 = e.input - r.v3;
    const real v7 = v4 * v4;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v9 = op_div(f.v8.s, r.size_n);
    const real v10 = r.eps + v9;
    const real v11 = sqrt(v10);
    r.v11 = v11;
    r.d11 = divisor(r.v11);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v4 = e.input - r.v3;
    const real v12 = op_times(v4, r.d11);
    const real v13 = e.weight * v12;
    const real v15 = v13 + e.bias;
    output[0] = v15;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct layer_norm_again {
  struct Element {
    real input;
    real weight;
    real bias;
  };
  struct Row {
    real eps;
    real size_n;
    real v2;
    real v9;
    Divisor d9;
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

  template <int V, typename P_input, typename P_weight, typename P_bias>
  static __device__ __forceinline__ void load_input_weight_bias(
      Element (&e)[V], const P_input input, const P_weight weight, const P_bias bias,
      const long long base, const int i) {
    real input_at[V];
    load_pack(input + base + i, input_at);
    real weight_at[V];
    load_pack(weight + i, weight_at);
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].input = input_at[k];
      e[k].weight = weight_at[k];
      e[k].bias = bias_at[k];
    }
  }

  template <int V, typename P_weight, typename P_bias>
  static __device__ __forceinline__ void load_weight_bias(
      Element (&e)[V], const P_weight weight, const P_bias bias, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
      e[k].bias = bias_at[k];
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
    const real v7 = op_div(f.v2.q, r.size_n);
    const real v8 = r.eps + v7;
    const real v9 = sqrt(v8);
    r.v2 = f.v2.m;
    r.v9 = v9;
    r.d9 = divisor(r.v9);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v3 = e.input - r.v2;
    const real v10 = op_times(v3, r.d9);
    const real v11 = e.weight * v10;
    const real v13 = v11 + e.bias;
    output[0] = v13;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) layer_norm_held(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = layer_norm_row;
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
  r.eps = eps;
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
      real v8_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v8_at[k]);
      }
      fold2.v8.add_pack(v8_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_weight_bias(e[step], weight, bias, base, i);
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
__global__ void PASS_BOUNDS(512) layer_norm_block(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = layer_norm_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
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
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input_weight_bias(e[turn], input, weight, bias, base, i);
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
__global__ void PASS_BOUNDS(THREADS) layer_norm_staged(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = layer_norm_row;
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
    r.eps = eps;
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
            real v8_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v8_at[k]);
            }
            fold2.v8.add_pack(v8_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_input_weight_bias(e[turn], input_staged, weight, bias, 0, i);
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
__global__ void PASS_BOUNDS(512) layer_norm_split(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = layer_norm_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.eps = eps;
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
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_input_weight_bias(e[turn], input, weight, bias, base, i);
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


def layer_norm_vjp(
    g: Any,
    input: Any,
    weight: Any,
    bias: Any,
    eps: float = 1e-05,
    *,
    axis: int = -1,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """LayerNorm: vector-Jacobian product.

        output[i] = bias[i] + (input[i] - Sum(input[m], (m, 1, n))/n)*weight[i]/sqrt(eps + Sum((input[k]
            - Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: float16, bfloat16, float32 or float64, shape (n,); gain of each feature.
        bias: float16, bfloat16, float32 or float64, shape (n,); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of weight (shape (n,)), that of bias (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: every input; for eps = 0 every row that is not constant.
    Sources and proofs: symcheck show norm.layer.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.2 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.48 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _LAYER_NORM_VJP.several(
        {"g": g, "input": input, "weight": weight, "bias": bias},
        {"eps": eps},
        axis=axis,
        out=out,
    )


def _layer_norm_vjp_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_LAYER_NORM_VJP = RowKernel(
    name="layer_norm_vjp",
    arrays=(Array("g"), Array("input"), Array("weight", "shared"), Array("bias", "shared", used=False)),
    outputs=(Out("input"), Out("weight", "column"), Out("bias", "column")),
    held=2,
    folded=4,
    passes=2,
    staged=("input", "g"),
    saved=2,
    sums=2,
    columns=("g", "input"),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_layer_norm_vjp_numbers),
    text="""\
// layer_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct layer_norm_vjp_row {
  struct Element {
    real g;
    real input;
    real weight;
    real k12;
  };
  struct Row {
    real eps;
    real size_n;
    real v3;
    real v11;
    real v21;
    real v25;
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

  template <int V, typename P_g, typename P_input, typename P_weight>
  static __device__ __forceinline__ void load_g_input_weight(
      Element (&e)[V], const P_g g, const P_input input, const P_weight weight, const long long base,
      const int i) {
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

  template <int V, typename P_weight>
  static __device__ __forceinline__ void load_weight(
      Element (&e)[V], const P_weight weight, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
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
    Sum v8;
    Sum v17;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v8.combine(b.v8);
      v17.combine(b.v17);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
      v17.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v8, real& v17) {
    const real v4 = e.input - r.v3;
    const real v7 = v4 * v4;
    const real v15 = e.g * e.weight;
    const real v16 = v4 * v15;
    v8 = v7;
    v17 = v16;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v9 = op_div(f.v8.s, r.size_n);
    const real v10 = r.eps + v9;
    const real v11 = sqrt(v10);
    const real v20 = op_div(f.v17.s, r.size_n);
    const real v21 = op_div(v20, v11);
    r.v11 = v11;
    r.v21 = v21;
    r.d11 = divisor(r.v11);
  }

  struct Fold3 {
    Sum v24;
    __device__ __forceinline__ void combine(const Fold3& b) {
      v24.combine(b.v24);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v24.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift3(const Element& e, const Row& r, const int i, real& v24) {
    const real v4 = e.input - r.v3;
    const real v12 = op_times(v4, r.d11);
    const real v15 = e.g * e.weight;
    const real v22 = r.v21 * v12;
    const real v23 = v15 - v22;
    v24 = v23;
  }

  static __device__ __forceinline__ void lift3_held(Element& e, const Row& r, const int i, real& v24) {
    const real v4 = e.input - r.v3;
    const real v12 = op_times(v4, r.d11);
    const real v15 = e.g * e.weight;
    const real v22 = r.v21 * v12;
    const real v23 = v15 - v22;
    e.k12 = v12;
    v24 = v23;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v25 = op_div(f.v24.s, r.size_n);
    r.v25 = v25;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v4 = e.input - r.v3;
    const real v12 = op_times(v4, r.d11);
    const real v15 = e.g * e.weight;
    const real v22 = r.v21 * v12;
    const real v23 = v15 - v22;
    const real v26 = v23 - r.v25;
    const real v27 = op_times(v26, r.d11);
    input_out[0] = v27;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v15 = e.g * e.weight;
    const real v22 = r.v21 * e.k12;
    const real v23 = v15 - v22;
    const real v26 = v23 - r.v25;
    const real v27 = op_times(v26, r.d11);
    input_out[0] = v27;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct layer_norm_vjp_again {
  struct Element {
    real g;
    real input;
    real weight;
    real k10;
  };
  struct Row {
    real eps;
    real size_n;
    real v2;
    real v9;
    real v19;
    real v24;
    real v26;
    Divisor d9;
  };

  template <int V, typename P_g, typename P_input, typename P_weight>
  static __device__ __forceinline__ void load_g_input_weight(
      Element (&e)[V], const P_g g, const P_input input, const P_weight weight, const long long base,
      const int i) {
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

  template <int V, typename P_weight>
  static __device__ __forceinline__ void load_weight(
      Element (&e)[V], const P_weight weight, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
    }
  }

  struct Fold1 {
    Moments v2;
    Sum v24;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
      v24.combine(b.v24);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
      v24.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v2, real& v24) {
    const real v13 = e.g * e.weight;
    v2 = e.input;
    v24 = v13;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v7 = op_div(f.v2.q, r.size_n);
    const real v8 = r.eps + v7;
    const real v9 = sqrt(v8);
    r.v2 = f.v2.m;
    r.v24 = f.v24.s;
    r.v9 = v9;
    r.d9 = divisor(r.v9);
  }

  struct Fold2 {
    Sum v15;
    Sum v22;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v15.combine(b.v15);
      v22.combine(b.v22);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v15.over_lanes(count);
      v22.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v15, real& v22) {
    const real v3 = e.input - r.v2;
    const real v10 = op_times(v3, r.d9);
    const real v13 = e.g * e.weight;
    const real v14 = v3 * v13;
    v15 = v14;
    v22 = v10;
  }

  static __device__ __forceinline__ void lift2_held(
      Element& e, const Row& r, const int i, real& v15, real& v22) {
    const real v3 = e.input - r.v2;
    const real v10 = op_times(v3, r.d9);
    const real v13 = e.g * e.weight;
    const real v14 = v3 * v13;
    e.k10 = v10;
    v15 = v14;
    v22 = v10;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v18 = op_div(f.v15.s, r.size_n);
    const real v19 = op_div(v18, r.v9);
    const real v23 = v19 * f.v22.s;
    const real v25 = r.v24 - v23;
    const real v26 = op_div(v25, r.size_n);
    r.v19 = v19;
    r.v26 = v26;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v3 = e.input - r.v2;
    const real v10 = op_times(v3, r.d9);
    const real v13 = e.g * e.weight;
    const real v20 = r.v19 * v10;
    const real v21 = v13 - v20;
    const real v27 = v21 - r.v26;
    const real v28 = op_times(v27, r.d9);
    input_out[0] = v28;
  }

  static __device__ __forceinline__ void store_held(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v13 = e.g * e.weight;
    const real v20 = r.v19 * e.k10;
    const real v21 = v13 - v20;
    const real v27 = v21 - r.v26;
    const real v28 = op_times(v27, r.d9);
    input_out[0] = v28;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) layer_norm_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v3_rows,
    real* __restrict__ v11_rows, const long long rows, const int n) {
  using F = layer_norm_vjp_row;
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
  r.eps = eps;
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
      F::load_weight(e[step], weight, base, i);
      real v8_at[V];
      real v17_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v8_at[k], v17_at[k]);
      }
      fold2.v8.add_pack(v8_at);
      fold2.v17.add_pack(v17_at);
    }
  }
  combine_lanes<LANES>(fold2);
  F::finish2(fold2, r);
  F::Fold3 fold3;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      F::load_weight(e[step], weight, base, i);
      real v24_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift3_held(e[step][k], r, i + k, v24_at[k]);
      }
      fold3.v24.add_pack(v24_at);
    }
  }
  combine_lanes<LANES>(fold3);
  F::finish3(fold3, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_weight(e[step], weight, base, i);
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store_held(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
  if (lane == 0 && mine) {
    v3_rows[row] = r.v3;
    v11_rows[row] = r.v11;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) layer_norm_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v2_rows, real* __restrict__ v9_rows,
    const long long rows, const int n) {
  using F = layer_norm_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
            real v24_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k], v24_at[k]);
            }
            fold1.v2.add_pack(v2_at);
            fold1.v24.add_pack(v24_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v15_at[V];
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v15_at[k], v22_at[k]);
            }
            fold2.v15.add_pack(v15_at);
            fold2.v22.add_pack(v22_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    constexpr int TURNS = packs_at_once<T>(V * 3);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input_weight(e[turn], g, input, weight, base, i);
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
    if (threadIdx.x == 0) {
      v2_rows[row] = r.v2;
      v9_rows[row] = r.v9;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) layer_norm_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v3_rows,
    real* __restrict__ v11_rows, const long long rows, const int n) {
  using F = layer_norm_vjp_row;
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
    r.eps = eps;
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
      constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v8_at[V];
            real v17_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v8_at[k], v17_at[k]);
            }
            fold2.v8.add_pack(v8_at);
            fold2.v17.add_pack(v17_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    F::Fold3 fold3;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v24_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift3(e[turn][k], r, i + k, v24_at[k]);
            }
            fold3.v24.add_pack(v24_at);
          }
        }
      }
    }
    combine_block(fold3);
    F::finish3(fold3, r);
    constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
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
    if (threadIdx.x == 0) {
      v3_rows[row] = r.v3;
      v11_rows[row] = r.v11;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) layer_norm_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v2_rows, real* __restrict__ v9_rows,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = layer_norm_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.eps = eps;
  r.size_n = size_n;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v2_at[V];
            real v24_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k], v24_at[k]);
            }
            fold1.v2.add_pack(v2_at);
            fold1.v24.add_pack(v24_at);
          }
        }
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 4, left + part,
               4);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 4, left, parts,
                4);
  F::finish1(fold1, r);
  F::Fold2 fold2;
  if constexpr (PHASE == 2) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v15_at[V];
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v15_at[k], v22_at[k]);
            }
            fold2.v15.add_pack(v15_at);
            fold2.v22.add_pack(v22_at);
          }
        }
      }
    }
combine_block(fold2);
    leave_part(fold2, partial + 1 * rows * parts * 4, left + part,
               4);
    return;
  }
  combine_parts(fold2, partial + 1 * rows * parts * 4, left, parts,
                4);
  F::finish2(fold2, r);
  constexpr int TURNS = packs_at_once<T>(V * 3);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_g_input_weight(e[turn], g, input, weight, base, i);
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
  if (part == 0 && threadIdx.x == 0) {
    v2_rows[row] = r.v2;
    v9_rows[row] = r.v9;
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct layer_norm_vjp_columns {
  struct Row {
    real v3;
    real v11;
    Divisor d11;
  };
  struct Sums {
    Sum v14;
    Sum v19;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v4 = e.input - r.v3;
    const real v12 = op_times(v4, r.d11);
    const real v18 = v12 * e.g;
    f.v14.add(e.g);
    f.v19.add(v18);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) layer_norm_vjp_held_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v3_rows,
    real* __restrict__ v11_rows, const long long rows, const int n, real* __restrict__ v14_partial,
    real* __restrict__ v19_partial, const long long group) {
  using F = layer_norm_vjp_row;
  using G = layer_norm_vjp_columns;
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
      if (FULL || i < n) F::load_g_input(e[step], Once<T>{g}, Once<T>{input}, base, i);
    }
    F::Row r;
    r.eps = eps;
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
        F::load_weight(e[step], weight, base, i);
        real v8_at[V];
        real v17_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift2(e[step][k], r, i + k, v8_at[k], v17_at[k]);
        }
        fold2.v8.add_pack(v8_at);
        fold2.v17.add_pack(v17_at);
      }
    }
    combine_lanes<LANES>(fold2);
    F::finish2(fold2, r);
    F::Fold3 fold3;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) {
        F::load_weight(e[step], weight, base, i);
        real v24_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift3_held(e[step][k], r, i + k, v24_at[k]);
        }
        fold3.v24.add_pack(v24_at);
      }
    }
    combine_lanes<LANES>(fold3);
    F::finish3(fold3, r);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_weight(e[step], weight, base, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store_held(e[step][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
    if (lane == 0 && mine) {
      v3_rows[row] = r.v3;
      v11_rows[row] = r.v11;
    }
    if (mine) {
      G::Row q;
      q.v3 = r.v3;
      q.v11 = r.v11;
      q.d11 = divisor(q.v11);
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
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v14_at[k] = sums[step][k].v14.s;
      store_pack(v14_partial + own * n + i, v14_at);
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v19_at[k] = sums[step][k].v19.s;
      store_pack(v19_partial + own * n + i, v19_at);
    }
  }
}

// The same, and while a row is worked on in registers the next one is on its way to shared memory.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void __launch_bounds__(LANES, 512 / LANES) layer_norm_vjp_fetched_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v3_rows,
    real* __restrict__ v11_rows, const long long rows, const int n, real* __restrict__ v14_partial,
    real* __restrict__ v19_partial, const long long group) {
  using F = layer_norm_vjp_row;
  using G = layer_norm_vjp_columns;
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T> g_staged;
  g_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  const int lane = threadIdx.x;
  const long long begin = blockIdx.x * group, end = min(begin + group, rows);
  long long base = begin * n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    g_staged.template fetch<V>(g + base + i, i);
  }
  G::Sums sums[STEPS][V];
  for (long long row = begin; row < end; ++row) {
    const long long next = base + n;
    const bool more = row + 1 < end;
    fetched();
    F::Element e[STEPS][V];
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) F::load_g_input(e[step], g_staged, input_staged, 0, i);
    }
    if (more) {
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          input_staged.template fetch<V>(input + next + i, i);
          g_staged.template fetch<V>(g + next + i, i);
        }
      }
    }
    F::Row r;
    r.eps = eps;
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
        F::load_weight(e[step], weight, base, i);
        real v8_at[V];
        real v17_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift2(e[step][k], r, i + k, v8_at[k], v17_at[k]);
        }
        fold2.v8.add_pack(v8_at);
        fold2.v17.add_pack(v17_at);
      }
    }
    combine_lanes<LANES>(fold2);
    F::finish2(fold2, r);
    F::Fold3 fold3;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) {
        F::load_weight(e[step], weight, base, i);
        real v24_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift3_held(e[step][k], r, i + k, v24_at[k]);
        }
        fold3.v24.add_pack(v24_at);
      }
    }
    combine_lanes<LANES>(fold3);
    F::finish3(fold3, r);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && true) {
        F::load_weight(e[step], weight, base, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store_held(e[step][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
    if (lane == 0 && true) {
      v3_rows[row] = r.v3;
      v11_rows[row] = r.v11;
    }
    {
      G::Row q;
      q.v3 = r.v3;
      q.v11 = r.v11;
      q.d11 = divisor(q.v11);
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
#pragma unroll
          for (int k = 0; k < V; ++k) G::lift(e[step][k], q, i + k, sums[step][k]);
        }
      }
    }
    base = next;
  }
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v14_at[k] = sums[step][k].v14.s;
      store_pack(v14_partial + blockIdx.x * (long long)n + i, v14_at);
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v19_at[k] = sums[step][k].v19.s;
      store_pack(v19_partial + blockIdx.x * (long long)n + i, v19_at);
    }
  }
}

// A group of rows for a block, one row after another, the first KEPT arrays in shared memory, its sums in
// registers: each thread has STEPS packs of V places.
template <typename T, int V, int STEPS, int LANES, int KEPT>
__global__ void __launch_bounds__(LANES, 512 / LANES) layer_norm_vjp_staged_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v2_rows, real* __restrict__ v9_rows,
    const long long rows, const int n, real* __restrict__ v14_partial, real* __restrict__ v19_partial,
    const long long group) {
  using F = layer_norm_vjp_again;
  using G = layer_norm_vjp_columns;
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  const long long begin = blockIdx.x * group, end = min(begin + group, rows);
  long long base = begin * n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    input_staged.template fetch<V>(input + base + i, i);
    g_staged.template fetch<V>(g + base + i, i);
  }
  G::Sums sums[STEPS][V];
  for (long long row = begin; row < end; ++row) {
    const long long next = base + n;
    const bool more = row + 1 < end;
    fetched();
    input_staged.row(input + base);
    g_staged.row(g + base);
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = 1;
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v2_at[V];
            real v24_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k], v24_at[k]);
            }
            fold1.v2.add_pack(v2_at);
            fold1.v24.add_pack(v24_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    {
      constexpr int TURNS = 1;
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v15_at[V];
            real v22_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v15_at[k], v22_at[k]);
            }
            fold2.v15.add_pack(v15_at);
            fold2.v22.add_pack(v22_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    G::Row q;
    q.v3 = r.v2;
    q.v11 = r.v9;
    q.d11 = divisor(q.v11);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = first + step * stride;
      if (i < n) {
        F::Element e[V];
        F::load_g_input_weight(e, g_staged, input_staged, weight, 0, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
#pragma unroll
        for (int k = 0; k < V; ++k) G::lift(e[k], q, i + k, sums[step][k]);
        if (more) {
          input_staged.template fetch<V>(input + next + i, i);
          g_staged.template fetch<V>(g + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      v2_rows[row] = r.v2;
      v9_rows[row] = r.v9;
    }
    base = next;
  }
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = first + step * stride;
    if (i < n) {
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v14_at[k] = sums[step][k].v14.s;
      store_pack(v14_partial + blockIdx.x * (long long)n + i, v14_at);
      real v19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v19_at[k] = sums[step][k].v19.s;
      store_pack(v19_partial + blockIdx.x * (long long)n + i, v19_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) layer_norm_vjp_columns_partial(
    const T* __restrict__ g, const T* __restrict__ input, const real* __restrict__ v3_rows,
    const real* __restrict__ v11_rows, real* __restrict__ v14_partial, real* __restrict__ v19_partial,
    const long long rows, const int n, const long long group) {
  using F = layer_norm_vjp_row;
  using G = layer_norm_vjp_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    r.v3 = v3_rows[row];
    r.v11 = v11_rows[row];
    r.d11 = divisor(r.v11);
    F::Element e[V];
    F::load_g_input(e, g, input, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v14_partial[place + k] = sums[k].v14.s;
    v19_partial[place + k] = sums[k].v19.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) layer_norm_vjp_columns_total(
    const real* __restrict__ v14_partial, const real* __restrict__ v19_partial,
    T* __restrict__ weight_out, T* __restrict__ bias_out, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v14 = R(0.0);
  real sum_v19 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v14 += v14_partial[(long long)group * n + i];
      sum_v19 += v19_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v14;
  slices[1][slice][lane] = sum_v19;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v14 += slices[0][other][lane];
    sum_v19 += slices[1][other][lane];
  }
  weight_out[i] = T(sum_v19);
  bias_out[i] = T(sum_v14);
}
""",
)


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Any = None,
) -> Any:
    """BatchNorm.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, bfloat16, float32 or float64, shape (...); gain of each feature.
        bias: float16, bfloat16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
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
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.97 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.49 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _BATCH_NORM.one(
        {"input": input, "weight": weight, "bias": bias},
        {"eps": eps},
        axis=axis,
        out=out,
    )


def _batch_norm_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_BATCH_NORM = RowKernel(
    name="batch_norm",
    arrays=(Array("input"), Array("weight", "row"), Array("bias", "row")),
    outputs=(Out("output"),),
    held=1,
    folded=3,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_batch_norm_numbers),
    text="""\
// batch_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct batch_norm_row {
  struct Element {
    real input;
  };
  struct Row {
    real weight;
    real bias;
    real eps;
    real size_n;
    real v5;
    real v13;
    Divisor d13;
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
    Sum v3;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v3) {
    v3 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v5 = op_div(f.v3.s, r.size_n);
    r.v5 = v5;
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
    const real v6 = e.input - r.v5;
    const real v9 = v6 * v6;
    v10 = v9;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v11 = op_div(f.v10.s, r.size_n);
    const real v12 = r.eps + v11;
    const real v13 = sqrt(v12);
    r.v13 = v13;
    r.d13 = divisor(r.v13);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v6 = e.input - r.v5;
    const real v7 = r.weight * v6;
    const real v14 = op_times(v7, r.d13);
    const real v15 = r.bias + v14;
    output[0] = v15;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct batch_norm_again {
  struct Element {
    real input;
  };
  struct Row {
    real weight;
    real bias;
    real eps;
    real size_n;
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
    Moments v4;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v4.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v4) {
    v4 = e.input;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v9 = op_div(f.v4.q, r.size_n);
    const real v10 = r.eps + v9;
    const real v11 = sqrt(v10);
    r.v4 = f.v4.m;
    r.v11 = v11;
    r.d11 = divisor(r.v11);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v5 = e.input - r.v4;
    const real v6 = r.weight * v5;
    const real v12 = op_times(v6, r.d11);
    const real v13 = r.bias + v12;
    output[0] = v13;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) batch_norm_held(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = batch_norm_row;
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
  r.weight = real(weight[row]);
  r.bias = real(bias[row]);
  r.eps = eps;
  r.size_n = size_n;
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
__global__ void PASS_BOUNDS(512) batch_norm_block(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = batch_norm_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.weight = real(weight[row]);
    r.bias = real(bias[row]);
    r.eps = eps;
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
__global__ void PASS_BOUNDS(THREADS) batch_norm_staged(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n) {
  using F = batch_norm_row;
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
    r.weight = real(weight[row]);
    r.bias = real(bias[row]);
    r.eps = eps;
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
__global__ void PASS_BOUNDS(512) batch_norm_split(
    const T* __restrict__ input, const T* __restrict__ weight, const T* __restrict__ bias,
    const real eps, const real size_n, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = batch_norm_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.weight = real(weight[row]);
  r.bias = real(bias[row]);
  r.eps = eps;
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
    leave_part(fold1, partial + 0 * rows * parts * 3, left + part,
               3);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 3, left, parts,
                3);
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


def batch_norm_vjp(
    g: Any,
    input: Any,
    weight: Any,
    bias: Any,
    eps: float = 1e-05,
    *,
    axis: int = 0,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """BatchNorm: vector-Jacobian product.

        output[i] = bias + weight*(input[i] - Sum(input[m], (m, 1, n))/n)/sqrt(eps + Sum((input[k] -
            Sum(input[m], (m, 1, n))/n)**2, (k, 1, n))/n)
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); the axis is that of the examples.
        weight: float16, bfloat16, float32 or float64, shape (...); gain of each feature.
        bias: float16, bfloat16, float32 or float64, shape (...); shift of each feature.
        eps: a number; added to the variance.
        axis: the axis of length n.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of weight (shape (...)), that of bias (shape
            (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: every input; for eps = 0 every feature that is not constant.
    Sources and proofs: symcheck show norm.batch.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.3 ulp of the largest of the row
        float16: 0.46 ulp of the largest of the row
        bfloat16: 0.49 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _BATCH_NORM_VJP.several(
        {"g": g, "input": input, "weight": weight, "bias": bias},
        {"eps": eps},
        axis=axis,
        out=out,
    )


def _batch_norm_vjp_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_BATCH_NORM_VJP = RowKernel(
    name="batch_norm_vjp",
    arrays=(Array("g"), Array("input"), Array("weight", "row"), Array("bias", "row", used=False)),
    outputs=(Out("input"), Out("weight", "row"), Out("bias", "row")),
    held=2,
    folded=4,
    passes=2,
    staged=("g", "input"),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_batch_norm_vjp_numbers),
    text="""\
// batch_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct batch_norm_vjp_row {
  struct Element {
    real g;
    real input;
  };
  struct Row {
    real weight;
    real eps;
    real size_n;
    real v4;
    real v17;
    real v20;
    real v22;
    real v25;
    real v26;
  };

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
    Sum v2;
    Sum v26;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v2.combine(b.v2);
      v26.combine(b.v26);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v2.over_lanes(count);
      v26.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v2, real& v26) {
    v2 = e.input;
    v26 = e.g;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = op_div(f.v2.s, r.size_n);
    r.v26 = f.v26.s;
    r.v4 = v4;
  }

  struct Fold2 {
    Sum v8;
    Sum v14;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v8.combine(b.v8);
      v14.combine(b.v14);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
      v14.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v8, real& v14) {
    const real v5 = e.input - r.v4;
    const real v7 = v5 * v5;
    const real v13 = v5 * e.g;
    v8 = v7;
    v14 = v13;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v9 = op_div(f.v8.s, r.size_n);
    const real v10 = r.eps + v9;
    const real v11 = sqrt(v10);
    const real v15 = v11 * v11;
    const real v16 = op_div(f.v14.s, r.size_n);
    const real v17 = op_div(v16, v15);
    const real v20 = op_div(r.weight, v11);
    const real v25 = op_div(f.v14.s, v11);
    r.v17 = v17;
    r.v20 = v20;
    r.v25 = v25;
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
    const real v5 = e.input - r.v4;
    const real v18 = r.v17 * v5;
    const real v19 = e.g - v18;
    v21 = v19;
  }

  static __device__ __forceinline__ void finish3(const Fold3& f, Row& r) {
    const real v22 = op_div(f.v21.s, r.size_n);
    r.v22 = v22;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v5 = e.input - r.v4;
    const real v18 = r.v17 * v5;
    const real v19 = e.g - v18;
    const real v23 = v19 - r.v22;
    const real v24 = r.v20 * v23;
    input_out[0] = v24;
  }
};

// The same with fewer folds one after another, where each of them reads the row again.
struct batch_norm_vjp_again {
  struct Element {
    real g;
    real input;
  };
  struct Row {
    real weight;
    real eps;
    real size_n;
    real v3;
    real v9;
    real v13;
    real v15;
    real v18;
    real v21;
    real v23;
    real v26;
  };

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
    Moments v3;
    Sum v21;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v21.combine(b.v21);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v21.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v21) {
    v3 = e.input;
    v21 = e.g;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v7 = op_div(f.v3.q, r.size_n);
    const real v8 = r.eps + v7;
    const real v9 = sqrt(v8);
    const real v13 = v9 * v9;
    const real v18 = op_div(r.weight, v9);
    r.v3 = f.v3.m;
    r.v21 = f.v21.s;
    r.v9 = v9;
    r.v13 = v13;
    r.v18 = v18;
  }

  struct Fold2 {
    Sum v12;
    Sum v19;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v12.combine(b.v12);
      v19.combine(b.v19);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v12.over_lanes(count);
      v19.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift2(
      const Element& e, const Row& r, const int i, real& v12, real& v19) {
    const real v4 = e.input - r.v3;
    const real v11 = v4 * e.g;
    v12 = v11;
    v19 = v4;
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v14 = op_div(f.v12.s, r.size_n);
    const real v15 = op_div(v14, r.v13);
    const real v20 = v15 * f.v19.s;
    const real v22 = r.v21 - v20;
    const real v23 = op_div(v22, r.size_n);
    const real v26 = op_div(f.v12.s, r.v9);
    r.v15 = v15;
    r.v23 = v23;
    r.v26 = v26;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v4 = e.input - r.v3;
    const real v16 = r.v15 * v4;
    const real v17 = e.g - v16;
    const real v24 = v17 - r.v23;
    const real v25 = r.v18 * v24;
    input_out[0] = v25;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) batch_norm_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, T* __restrict__ weight_out, T* __restrict__ bias_out,
    const long long rows, const int n) {
  using F = batch_norm_vjp_row;
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
  r.weight = real(weight[row]);
  r.eps = eps;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v2_at[V];
      real v26_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v2_at[k], v26_at[k]);
      }
      fold1.v2.add_pack(v2_at);
      fold1.v26.add_pack(v26_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v8_at[V];
      real v14_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift2(e[step][k], r, i + k, v8_at[k], v14_at[k]);
      }
      fold2.v8.add_pack(v8_at);
      fold2.v14.add_pack(v14_at);
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
        F::lift3(e[step][k], r, i + k, v21_at[k]);
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
        F::store(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
  if (lane == 0 && mine) {
    weight_out[row] = T(r.v25);
    bias_out[row] = T(r.v26);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) batch_norm_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, T* __restrict__ weight_out, T* __restrict__ bias_out,
    const long long rows, const int n) {
  using F = batch_norm_vjp_again;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.weight = real(weight[row]);
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
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
            real v3_at[V];
            real v21_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v21_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v21.add_pack(v21_at);
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
          if (i < n) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v12_at[V];
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v12_at[k], v19_at[k]);
            }
            fold2.v12.add_pack(v12_at);
            fold2.v19.add_pack(v19_at);
          }
        }
      }
    }
    combine_block(fold2);
    F::finish2(fold2, r);
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
    if (threadIdx.x == 0) {
      weight_out[row] = T(r.v26);
      bias_out[row] = T(r.v21);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) batch_norm_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, T* __restrict__ weight_out, T* __restrict__ bias_out,
    const long long rows, const int n) {
  using F = batch_norm_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    g_staged.template fetch<V>(g + base + i, i);
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    g_staged.row(g + base);
    input_staged.row(input + base);
    F::Row r;
    r.weight = real(weight[row]);
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
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
            real v2_at[V];
            real v26_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v2_at[k], v26_at[k]);
            }
            fold1.v2.add_pack(v2_at);
            fold1.v26.add_pack(v26_at);
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
            real v8_at[V];
            real v14_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v8_at[k], v14_at[k]);
            }
            fold2.v8.add_pack(v8_at);
            fold2.v14.add_pack(v14_at);
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
          g_staged.template fetch<V>(g + next + i, i);
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      weight_out[row] = T(r.v25);
      bias_out[row] = T(r.v26);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) batch_norm_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, T* __restrict__ weight_out, T* __restrict__ bias_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = batch_norm_vjp_again;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.weight = real(weight[row]);
  r.eps = eps;
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
          if (i < end) F::load_g_input(e[turn], g, input, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v3_at[V];
            real v21_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v21_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v21.add_pack(v21_at);
          }
        }
      }
    }
combine_block(fold1);
    leave_part(fold1, partial + 0 * rows * parts * 4, left + part,
               4);
    return;
  }
  combine_parts(fold1, partial + 0 * rows * parts * 4, left, parts,
                4);
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
            real v12_at[V];
            real v19_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift2(e[turn][k], r, i + k, v12_at[k], v19_at[k]);
            }
            fold2.v12.add_pack(v12_at);
            fold2.v19.add_pack(v19_at);
          }
        }
      }
    }
combine_block(fold2);
    leave_part(fold2, partial + 1 * rows * parts * 4, left + part,
               4);
    return;
  }
  combine_parts(fold2, partial + 1 * rows * parts * 4, left, parts,
                4);
  F::finish2(fold2, r);
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
  if (part == 0 && threadIdx.x == 0) {
    weight_out[row] = T(r.v26);
    bias_out[row] = T(r.v21);
  }
}
""",
)


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
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.5 ulp of the largest of the row
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


def _rms_norm_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_RMS_NORM = RowKernel(
    name="rms_norm",
    arrays=(Array("input"), Array("weight", "shared")),
    outputs=(Out("output"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_rms_norm_numbers),
    text="""\
// rms_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct rms_norm_row {
  struct Element {
    real input;
    real weight;
  };
  struct Row {
    real eps;
    real size_n;
    real v8;
    Divisor d8;
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

  template <int V, typename P_input, typename P_weight>
  static __device__ __forceinline__ void load_input_weight(
      Element (&e)[V], const P_input input, const P_weight weight, const long long base, const int i) {
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

  template <int V, typename P_weight>
  static __device__ __forceinline__ void load_weight(
      Element (&e)[V], const P_weight weight, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
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
    const real v3 = e.input * e.input;
    v4 = v3;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = op_div(f.v4.s, r.size_n);
    const real v7 = r.eps + v6;
    const real v8 = sqrt(v7);
    r.v8 = v8;
    r.d8 = divisor(r.v8);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v9 = op_times(e.input, r.d8);
    const real v10 = e.weight * v9;
    output[0] = v10;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rms_norm_held(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, const real size_n,
    T* __restrict__ output, const long long rows, const int n) {
  using F = rms_norm_row;
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
  r.eps = eps;
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_weight(e[step], weight, base, i);
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
__global__ void PASS_BOUNDS(512) rms_norm_block(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, const real size_n,
    T* __restrict__ output, const long long rows, const int n) {
  using F = rms_norm_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
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
        if (i < n) F::load_input_weight(e[turn], input, weight, base, i);
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
__global__ void PASS_BOUNDS(THREADS) rms_norm_staged(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, const real size_n,
    T* __restrict__ output, const long long rows, const int n) {
  using F = rms_norm_row;
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
    r.eps = eps;
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
        if (i < n) F::load_input_weight(e[turn], input_staged, weight, 0, i);
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
__global__ void PASS_BOUNDS(512) rms_norm_split(
    const T* __restrict__ input, const T* __restrict__ weight, const real eps, const real size_n,
    T* __restrict__ output, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = rms_norm_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.eps = eps;
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
      if (i < end) F::load_input_weight(e[turn], input, weight, base, i);
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
        A tuple: that of input (shape (..., n)), that of weight (shape (n,)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: every input; for eps = 0 every row but the row of zeros.
    Sources and proofs: symcheck show norm.rms.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.98 ulp of the largest of the row
        float16: 0.45 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 1.5 ulp of the largest of the row
    """
    return _RMS_NORM_VJP.several(
        {"g": g, "input": input, "weight": weight},
        {"eps": eps},
        axis=axis,
        out=out,
    )


def _rms_norm_vjp_numbers(eps: Any, size_n: Any) -> tuple[Any, ...]:
    return (eps, size_n)


_RMS_NORM_VJP = RowKernel(
    name="rms_norm_vjp",
    arrays=(Array("g"), Array("input"), Array("weight", "shared")),
    outputs=(Out("input"), Out("weight", "column")),
    held=2,
    folded=2,
    passes=1,
    staged=("g", "input"),
    saved=1,
    sums=1,
    columns=("g", "input"),
    numbers=Numbers(given=("eps", "size_n"), sizes=("n",), compute=_rms_norm_vjp_numbers),
    text="""\
// rms_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct rms_norm_vjp_row {
  struct Element {
    real g;
    real input;
    real weight;
  };
  struct Row {
    real eps;
    real size_n;
    real v8;
    real v15;
    Divisor d8;
  };

  template <int V, typename P_g, typename P_input, typename P_weight>
  static __device__ __forceinline__ void load_g_input_weight(
      Element (&e)[V], const P_g g, const P_input input, const P_weight weight, const long long base,
      const int i) {
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

  template <int V, typename P_weight>
  static __device__ __forceinline__ void load_weight(
      Element (&e)[V], const P_weight weight, const long long base, const int i) {
    real weight_at[V];
    load_pack(weight + i, weight_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].weight = weight_at[k];
    }
  }

  struct Fold1 {
    Sum v4;
    Sum v13;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v4.combine(b.v4);
      v13.combine(b.v13);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v4.over_lanes(count);
      v13.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v4, real& v13) {
    const real v3 = e.input * e.input;
    const real v11 = e.g * e.weight;
    const real v12 = e.input * v11;
    v4 = v3;
    v13 = v12;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v6 = op_div(f.v4.s, r.size_n);
    const real v7 = r.eps + v6;
    const real v8 = sqrt(v7);
    const real v14 = op_div(f.v13.s, r.size_n);
    const real v15 = op_div(v14, v8);
    r.v8 = v8;
    r.v15 = v15;
    r.d8 = divisor(r.v8);
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v9 = op_times(e.input, r.d8);
    const real v11 = e.g * e.weight;
    const real v16 = r.v15 * v9;
    const real v17 = v11 - v16;
    const real v18 = op_times(v17, r.d8);
    input_out[0] = v18;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rms_norm_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n) {
  using F = rms_norm_vjp_row;
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
  r.eps = eps;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      F::load_weight(e[step], weight, base, i);
      real v4_at[V];
      real v13_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v4_at[k], v13_at[k]);
      }
      fold1.v4.add_pack(v4_at);
      fold1.v13.add_pack(v13_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_weight(e[step], weight, base, i);
      real input_out_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, input_out_at + k);
      }
      store_pack(input_out + base + i, input_out_at);
    }
  }
  if (lane == 0 && mine) {
    v8_rows[row] = r.v8;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) rms_norm_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n) {
  using F = rms_norm_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v4_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k], v13_at[k]);
            }
            fold1.v4.add_pack(v4_at);
            fold1.v13.add_pack(v13_at);
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
        if (i < n) F::load_g_input_weight(e[turn], g, input, weight, base, i);
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
    if (threadIdx.x == 0) {
      v8_rows[row] = r.v8;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) rms_norm_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n) {
  using F = rms_norm_vjp_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    g_staged.template fetch<V>(g + base + i, i);
    input_staged.template fetch<V>(input + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    g_staged.row(g + base);
    input_staged.row(input + base);
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = packs_at_once<T>(V * 3 * SHARE);
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v4_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k], v13_at[k]);
            }
            fold1.v4.add_pack(v4_at);
            fold1.v13.add_pack(v13_at);
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
        if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
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
          g_staged.template fetch<V>(g + next + i, i);
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      v8_rows[row] = r.v8;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) rms_norm_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = rms_norm_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.eps = eps;
  r.size_n = size_n;
  F::Fold1 fold1;
  if constexpr (PHASE == 1) {
    {
      constexpr int TURNS = packs_at_once<T>(V * 3);
      for (int start = first; start < end; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) F::load_g_input_weight(e[turn], g, input, weight, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
            real v4_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k], v13_at[k]);
            }
            fold1.v4.add_pack(v4_at);
            fold1.v13.add_pack(v13_at);
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
      if (i < end) F::load_g_input_weight(e[turn], g, input, weight, base, i);
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
  if (part == 0 && threadIdx.x == 0) {
    v8_rows[row] = r.v8;
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct rms_norm_vjp_columns {
  struct Row {
    real v8;
    Divisor d8;
  };
  struct Sums {
    Sum v20;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v9 = op_times(e.input, r.d8);
    const real v19 = v9 * e.g;
    f.v20.add(v19);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) rms_norm_vjp_held_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n, real* __restrict__ v20_partial, const long long group) {
  using F = rms_norm_vjp_row;
  using G = rms_norm_vjp_columns;
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
      if (FULL || i < n) F::load_g_input(e[step], Once<T>{g}, Once<T>{input}, base, i);
    }
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) {
        F::load_weight(e[step], weight, base, i);
        real v4_at[V];
        real v13_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift1(e[step][k], r, i + k, v4_at[k], v13_at[k]);
        }
        fold1.v4.add_pack(v4_at);
        fold1.v13.add_pack(v13_at);
      }
    }
    combine_lanes<LANES>(fold1);
    F::finish1(fold1, r);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_weight(e[step], weight, base, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
    if (lane == 0 && mine) {
      v8_rows[row] = r.v8;
    }
    if (mine) {
      G::Row q;
      q.v8 = r.v8;
      q.d8 = divisor(q.v8);
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
      real v20_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v20_at[k] = sums[step][k].v20.s;
      store_pack(v20_partial + own * n + i, v20_at);
    }
  }
}

// The same, and while a row is worked on in registers the next one is on its way to shared memory.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void __launch_bounds__(LANES, 512 / LANES) rms_norm_vjp_fetched_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n, real* __restrict__ v20_partial, const long long group) {
  using F = rms_norm_vjp_row;
  using G = rms_norm_vjp_columns;
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T> g_staged;
  g_staged.take(free_bytes, (long long)n);
  Staged<T> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  const int lane = threadIdx.x;
  const long long begin = blockIdx.x * group, end = min(begin + group, rows);
  long long base = begin * n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    g_staged.template fetch<V>(g + base + i, i);
    input_staged.template fetch<V>(input + base + i, i);
  }
  G::Sums sums[STEPS][V];
  for (long long row = begin; row < end; ++row) {
    const long long next = base + n;
    const bool more = row + 1 < end;
    fetched();
    F::Element e[STEPS][V];
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) F::load_g_input(e[step], g_staged, input_staged, 0, i);
    }
    if (more) {
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          g_staged.template fetch<V>(g + next + i, i);
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if (FULL || i < n) {
        F::load_weight(e[step], weight, base, i);
        real v4_at[V];
        real v13_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::lift1(e[step][k], r, i + k, v4_at[k], v13_at[k]);
        }
        fold1.v4.add_pack(v4_at);
        fold1.v13.add_pack(v13_at);
      }
    }
    combine_lanes<LANES>(fold1);
    F::finish1(fold1, r);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && true) {
        F::load_weight(e[step], weight, base, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
      }
    }
    if (lane == 0 && true) {
      v8_rows[row] = r.v8;
    }
    {
      G::Row q;
      q.v8 = r.v8;
      q.d8 = divisor(q.v8);
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
#pragma unroll
          for (int k = 0; k < V; ++k) G::lift(e[step][k], q, i + k, sums[step][k]);
        }
      }
    }
    base = next;
  }
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v20_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v20_at[k] = sums[step][k].v20.s;
      store_pack(v20_partial + blockIdx.x * (long long)n + i, v20_at);
    }
  }
}

// A group of rows for a block, one row after another, the first KEPT arrays in shared memory, its sums in
// registers: each thread has STEPS packs of V places.
template <typename T, int V, int STEPS, int LANES, int KEPT>
__global__ void __launch_bounds__(LANES, 512 / LANES) rms_norm_vjp_staged_columns(
    const T* __restrict__ g, const T* __restrict__ input, const T* __restrict__ weight, const real eps,
    const real size_n, T* __restrict__ input_out, real* __restrict__ v8_rows, const long long rows,
    const int n, real* __restrict__ v20_partial, const long long group) {
  using F = rms_norm_vjp_row;
  using G = rms_norm_vjp_columns;
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> g_staged;
  g_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> input_staged;
  input_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  const long long begin = blockIdx.x * group, end = min(begin + group, rows);
  long long base = begin * n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    g_staged.template fetch<V>(g + base + i, i);
    input_staged.template fetch<V>(input + base + i, i);
  }
  G::Sums sums[STEPS][V];
  for (long long row = begin; row < end; ++row) {
    const long long next = base + n;
    const bool more = row + 1 < end;
    fetched();
    g_staged.row(g + base);
    input_staged.row(input + base);
    F::Row r;
    r.eps = eps;
    r.size_n = size_n;
    F::Fold1 fold1;
    {
      constexpr int TURNS = 1;
      for (int start = first; start < n; start += TURNS * stride) {
        F::Element e[TURNS][V];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) F::load_g_input_weight(e[turn], g_staged, input_staged, weight, 0, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < n) {
            real v4_at[V];
            real v13_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v4_at[k], v13_at[k]);
            }
            fold1.v4.add_pack(v4_at);
            fold1.v13.add_pack(v13_at);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    G::Row q;
    q.v8 = r.v8;
    q.d8 = divisor(q.v8);
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = first + step * stride;
      if (i < n) {
        F::Element e[V];
        F::load_g_input_weight(e, g_staged, input_staged, weight, 0, i);
        real input_out_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[k], r, i + k, input_out_at + k);
        }
        store_pack(input_out + base + i, input_out_at);
#pragma unroll
        for (int k = 0; k < V; ++k) G::lift(e[k], q, i + k, sums[step][k]);
        if (more) {
          g_staged.template fetch<V>(g + next + i, i);
          input_staged.template fetch<V>(input + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      v8_rows[row] = r.v8;
    }
    base = next;
  }
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = first + step * stride;
    if (i < n) {
      real v20_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v20_at[k] = sums[step][k].v20.s;
      store_pack(v20_partial + blockIdx.x * (long long)n + i, v20_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
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
    r.v8 = v8_rows[row];
    r.d8 = divisor(r.v8);
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

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) rms_norm_vjp_columns_total(
    const real* __restrict__ v20_partial, T* __restrict__ weight_out, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v20 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v20 += v20_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v20;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v20 += slices[0][other][lane];
  }
  weight_out[i] = T(sum_v20);
}
""",
)
