"""Backpropagation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Out, RowKernel
from ._tensors import Fused, Product, Read, Tensor, TensorKernel

__all__ = ["dense_sigmoid", "dense_sigmoid_vjp", "he_variance", "linear", "linear_vjp", "xavier_variance"]


def linear(input: Any, weight: Any, bias: Any, *, out: Any = None) -> Any:
    """Gradients of weights and biases.

        output[i] = bias[i] + Sum(input[j]*weight[i, j], (j, 1, m))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, bfloat16, float32 or float64, shape (n, m).
        bias: float16, bfloat16, float32 or float64, shape (n,).
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
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show bp.weights.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.35 ulp of the largest of the row
        bfloat16: 0.34 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _LINEAR.one(
        {"input": input, "weight": weight, "bias": bias},
        {},
        out=out,
    )


_LINEAR = TensorKernel(
    name="linear",
    arguments=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    results=(Tensor("output", ("*", "n"), value=Read("t4", ("*", "n"))),),
    steps=(
        Product(
            "t3",
            ("*", "n"),
            Read("input", ("*", "m")),
            Read("weight", ("n", "m")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("bias", ("n",)), Read("t3", ("*", "n"))),
            writes=(Read("t4", ("*", "n")),),
            kernel=RowKernel(
                name="linear_1",
                arrays=(Array("bias", "shared"), Array("t3")),
                outputs=(Out("t4"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// linear_1:
// what is computed at a place and for a row.  The schedules below say when.
struct linear_1_row {
  struct Element {
    real bias;
    real t3;
  };
  struct Row {
  };

  template <int V, typename P_bias, typename P_t3>
  static __device__ __forceinline__ void load_bias_t3(
      Element (&e)[V], const P_bias bias, const P_t3 t3, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
      e[k].t3 = t3_at[k];
    }
  }

  template <int V, typename P_t3>
  static __device__ __forceinline__ void load_t3(
      Element (&e)[V], const P_t3 t3, const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
    }
  }

  template <int V, typename P_bias>
  static __device__ __forceinline__ void load_bias(
      Element (&e)[V], const P_bias bias, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t4) {
    const real v2 = e.bias + e.t3;
    t4[0] = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) linear_1_held(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t4, const long long rows,
    const int n) {
  using F = linear_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3(e[step], Once<real>{t3}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias(e[step], bias, base, i);
      real t4_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t4_at + k);
      }
      store_pack(t4 + base + i, t4_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) linear_1_block(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t4, const long long rows,
    const int n) {
  using F = linear_1_row;
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
        if (i < n) F::load_bias_t3(e[turn], bias, t3, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t4_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t4_at + k);
          }
          store_pack(t4 + base + i, t4_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) linear_1_split(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t4, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = linear_1_row;
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
      if (i < end) F::load_bias_t3(e[turn], bias, t3, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t4_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t4_at + k);
        }
        store_pack(t4 + base + i, t4_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def linear_vjp(
    g: Any,
    input: Any,
    weight: Any,
    bias: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Gradients of weights and biases: vector-Jacobian product.

        output[i] = bias[i] + Sum(input[j]*weight[i, j], (j, 1, m))
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, bfloat16, float32 or float64, shape (n, m).
        bias: float16, bfloat16, float32 or float64, shape (n,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., m)), that of weight (shape (n, m)), that of bias (shape
            (n,)).

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
    Sources and proofs: symcheck show bp.weights.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.44 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _LINEAR_VJP.several(
        {"g": g, "input": input, "weight": weight, "bias": bias},
        {},
        out=out,
    )


_LINEAR_VJP = TensorKernel(
    name="linear_vjp",
    arguments=(
        Tensor("g", ("*", "n")),
        Tensor("input", ("*", "m")),
        Tensor("weight", ("n", "m")),
        Tensor("bias", ("n",)),
    ),
    results=(
        Tensor("input", ("*", "m"), value=Read("t3", ("*", "m"))),
        Tensor("weight", ("n", "m"), value=Read("t4", ("n", "m"))),
        Tensor("bias", ("n",), value=Read("t5", ("n",))),
    ),
    cotangents=("g",),
    steps=(
        Product("t3", ("*", "m"), Read("g", ("*", "n")), Read("weight", ("n", "m")), over=("n",)),
        Product("t4", ("n", "m"), Read("g", ("*", "n")), Read("input", ("*", "m")), over=("*",)),
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("g", ("*", "n")),),
            writes=(Read("t5", ("n",)),),
            kernel=RowKernel(
                name="linear_vjp_1",
                arrays=(Array("g"),),
                outputs=(Out("t5", "column"),),
                held=1,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("g",),
                text="""\
// linear_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct linear_vjp_1_row {
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
__global__ void BOUNDS(LANES > 128 ? LANES : 128) linear_vjp_1_held(
    const T* __restrict__ g, const long long rows, const int n) {
  using F = linear_vjp_1_row;
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
__global__ void PASS_BOUNDS(512) linear_vjp_1_block(
    const T* __restrict__ g, const long long rows, const int n) {
  using F = linear_vjp_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) linear_vjp_1_split(
    const T* __restrict__ g, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = linear_vjp_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct linear_vjp_1_columns {
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
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) linear_vjp_1_held_columns(
    const T* __restrict__ g, const long long rows, const int n, real* __restrict__ v1_partial,
    const long long group) {
  using F = linear_vjp_1_row;
  using G = linear_vjp_1_columns;
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
__global__ void __launch_bounds__(128, 1) linear_vjp_1_columns_partial(
    const T* __restrict__ g, real* __restrict__ v1_partial, const long long rows, const int n,
    const long long group) {
  using F = linear_vjp_1_row;
  using G = linear_vjp_1_columns;
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
__global__ void __launch_bounds__(512, 1) linear_vjp_1_columns_total(
    const real* __restrict__ v1_partial, T* __restrict__ t5, const int groups, const int n) {
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
  t5[i] = T(sum_v1);
}
""",
            ),
        ),
    ),
)


def dense_sigmoid(input: Any, weight: Any, bias: Any, *, out: Any = None) -> Any:
    """Backpropagated error.

        output[i] = sigmoid(bias[i] + Sum(input[j]*weight[i, j], (j, 1, m)))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, bfloat16, float32 or float64, shape (n, m).
        bias: float16, bfloat16, float32 or float64, shape (n,).
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
    Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors of
    16 bits are rounded to that once more, sums are kept in float32.
    Sources and proofs: symcheck show bp.delta.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.43 ulp of the largest of the row
        float16: 0.42 ulp of the largest of the row
        bfloat16: 0.47 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _DENSE_SIGMOID.one(
        {"input": input, "weight": weight, "bias": bias},
        {},
        out=out,
    )


_DENSE_SIGMOID = TensorKernel(
    name="dense_sigmoid",
    arguments=(Tensor("input", ("*", "m")), Tensor("weight", ("n", "m")), Tensor("bias", ("n",))),
    results=(Tensor("output", ("*", "n"), value=Read("t13", ("*", "n"))),),
    steps=(
        Product(
            "t3",
            ("*", "n"),
            Read("input", ("*", "m")),
            Read("weight", ("n", "m")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("bias", ("n",)), Read("t3", ("*", "n"))),
            writes=(Read("t13", ("*", "n")),),
            kernel=RowKernel(
                name="dense_sigmoid_1",
                arrays=(Array("bias", "shared"), Array("t3")),
                outputs=(Out("t13"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// dense_sigmoid_1:
// what is computed at a place and for a row.  The schedules below say when.
struct dense_sigmoid_1_row {
  struct Element {
    real bias;
    real t3;
  };
  struct Row {
  };

  template <int V, typename P_bias, typename P_t3>
  static __device__ __forceinline__ void load_bias_t3(
      Element (&e)[V], const P_bias bias, const P_t3 t3, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
      e[k].t3 = t3_at[k];
    }
  }

  template <int V, typename P_t3>
  static __device__ __forceinline__ void load_t3(
      Element (&e)[V], const P_t3 t3, const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
    }
  }

  template <int V, typename P_bias>
  static __device__ __forceinline__ void load_bias(
      Element (&e)[V], const P_bias bias, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t13) {
    const real v2 = e.bias + e.t3;
    const real v3 = fabs(v2);
    const real v4 = -v3;
    const real v5 = op_exp(v4);
    const bool v7 = R(0.0) <= v2;
    const real v9 = v7 ? R(1.0) : v5;
    const real v10 = v5 + R(1.0);
    const real v11 = op_div_moderate(v9, v10);
    t13[0] = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) dense_sigmoid_1_held(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t13, const long long rows,
    const int n) {
  using F = dense_sigmoid_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3(e[step], Once<real>{t3}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias(e[step], bias, base, i);
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
__global__ void PASS_BOUNDS(512) dense_sigmoid_1_block(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t13, const long long rows,
    const int n) {
  using F = dense_sigmoid_1_row;
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
        if (i < n) F::load_bias_t3(e[turn], bias, t3, base, i);
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
__global__ void PASS_BOUNDS(512) dense_sigmoid_1_split(
    const T* __restrict__ bias, const real* __restrict__ t3, T* __restrict__ t13, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = dense_sigmoid_1_row;
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
      if (i < end) F::load_bias_t3(e[turn], bias, t3, base, i);
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


def dense_sigmoid_vjp(
    g: Any,
    input: Any,
    weight: Any,
    bias: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Backpropagated error: vector-Jacobian product.

        output[i] = sigmoid(bias[i] + Sum(input[j]*weight[i, j], (j, 1, m)))
        result = d(sum of g * output) / d(input, weight, bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., m); activations of the layer below.
        weight: float16, bfloat16, float32 or float64, shape (n, m).
        bias: float16, bfloat16, float32 or float64, shape (n,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., m)), that of weight (shape (n, m)), that of bias (shape
            (n,)).

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
    Sources and proofs: symcheck show bp.delta.
    Stable by the proved claims act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.3 ulp of the largest of the row
        float16: 0.54 ulp of the largest of the row
        bfloat16: 0.92 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _DENSE_SIGMOID_VJP.several(
        {"g": g, "input": input, "weight": weight, "bias": bias},
        {},
        out=out,
    )


_DENSE_SIGMOID_VJP = TensorKernel(
    name="dense_sigmoid_vjp",
    arguments=(
        Tensor("g", ("*", "n")),
        Tensor("input", ("*", "m")),
        Tensor("weight", ("n", "m")),
        Tensor("bias", ("n",)),
    ),
    results=(
        Tensor("input", ("*", "m"), value=Read("t14", ("*", "m"))),
        Tensor("weight", ("n", "m"), value=Read("t15", ("n", "m"))),
        Tensor("bias", ("n",), value=Read("t16", ("n",))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t3",
            ("*", "n"),
            Read("input", ("*", "m")),
            Read("weight", ("n", "m")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="n",
            reads=(Read("bias", ("n",)), Read("t3", ("*", "n")), Read("g", ("*", "n"))),
            writes=(Read("t16", ("n",)), Read("t13", ("*", "n"))),
            kernel=RowKernel(
                name="dense_sigmoid_vjp_1",
                arrays=(Array("bias", "shared"), Array("t3"), Array("g")),
                outputs=(Out("t16", "column"), Out("t13")),
                held=2,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("bias", "t3", "g"),
                text="""\
// dense_sigmoid_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct dense_sigmoid_vjp_1_row {
  struct Element {
    real bias;
    real t3;
    real g;
  };
  struct Row {
  };

  template <int V, typename P_bias, typename P_t3, typename P_g>
  static __device__ __forceinline__ void load_bias_t3_g(
      Element (&e)[V], const P_bias bias, const P_t3 t3, const P_g g, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
      e[k].t3 = t3_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_t3, typename P_g>
  static __device__ __forceinline__ void load_t3_g(
      Element (&e)[V], const P_t3 t3, const P_g g, const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_bias>
  static __device__ __forceinline__ void load_bias(
      Element (&e)[V], const P_bias bias, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t13) {
    const real v3 = e.bias + e.t3;
    const real v4 = fabs(v3);
    const real v5 = -v4;
    const real v6 = op_exp(v5);
    const real v8 = v6 + R(1.0);
    const real v9 = v8 * v8;
    const real v10 = op_div_moderate(v6, v9);
    const real v11 = e.g * v10;
    t13[0] = v11;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) dense_sigmoid_vjp_1_held(
    const T* __restrict__ bias, const real* __restrict__ t3, const T* __restrict__ g,
    T* __restrict__ t13, const long long rows, const int n) {
  using F = dense_sigmoid_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3_g(e[step], Once<real>{t3}, Once<T>{g}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias(e[step], bias, base, i);
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
__global__ void PASS_BOUNDS(512) dense_sigmoid_vjp_1_block(
    const T* __restrict__ bias, const real* __restrict__ t3, const T* __restrict__ g,
    T* __restrict__ t13, const long long rows, const int n) {
  using F = dense_sigmoid_vjp_1_row;
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
        if (i < n) F::load_bias_t3_g(e[turn], bias, t3, g, base, i);
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
__global__ void PASS_BOUNDS(512) dense_sigmoid_vjp_1_split(
    const T* __restrict__ bias, const real* __restrict__ t3, const T* __restrict__ g,
    T* __restrict__ t13, const long long rows, const int n, real* __restrict__ partial, const int parts,
    const int part_places) {
  using F = dense_sigmoid_vjp_1_row;
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
      if (i < end) F::load_bias_t3_g(e[turn], bias, t3, g, base, i);
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

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct dense_sigmoid_vjp_1_columns {
  struct Row {
  };
  struct Sums {
    Sum v12;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v3 = e.bias + e.t3;
    const real v4 = fabs(v3);
    const real v5 = -v4;
    const real v6 = op_exp(v5);
    const real v8 = v6 + R(1.0);
    const real v9 = v8 * v8;
    const real v10 = op_div_moderate(v6, v9);
    const real v11 = e.g * v10;
    f.v12.add(v11);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) dense_sigmoid_vjp_1_held_columns(
    const T* __restrict__ bias, const real* __restrict__ t3, const T* __restrict__ g,
    T* __restrict__ t13, const long long rows, const int n, real* __restrict__ v12_partial,
    const long long group) {
  using F = dense_sigmoid_vjp_1_row;
  using G = dense_sigmoid_vjp_1_columns;
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
      if (FULL || i < n) F::load_t3_g(e[step], Once<real>{t3}, Once<T>{g}, base, i);
    }
    F::Row r;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_bias(e[step], bias, base, i);
        real t13_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t13_at + k);
        }
        store_pack(t13 + base + i, t13_at);
      }
    }
    if (mine) {
      G::Row q;
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          F::load_bias(e[step], bias, base, i);
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
      real v12_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v12_at[k] = sums[step][k].v12.s;
      store_pack(v12_partial + own * n + i, v12_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) dense_sigmoid_vjp_1_columns_partial(
    const T* __restrict__ bias, const real* __restrict__ t3, const T* __restrict__ g,
    real* __restrict__ v12_partial, const long long rows, const int n, const long long group) {
  using F = dense_sigmoid_vjp_1_row;
  using G = dense_sigmoid_vjp_1_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_bias_t3_g(e, bias, t3, g, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v12_partial[place + k] = sums[k].v12.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) dense_sigmoid_vjp_1_columns_total(
    const real* __restrict__ v12_partial, T* __restrict__ t16, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v12 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v12 += v12_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v12;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v12 += slices[0][other][lane];
  }
  t16[i] = T(sum_v12);
}
""",
            ),
        ),
        Product("t14", ("*", "m"), Read("t13", ("*", "n")), Read("weight", ("n", "m")), over=("n",)),
        Product("t15", ("n", "m"), Read("t13", ("*", "n")), Read("input", ("*", "m")), over=("*",)),
    ),
)


def xavier_variance(fan_in: Any, fan_out: Any, *, out: Any = None) -> Any:
    """Xavier initialisation.

        output = 2/(fan_in + fan_out)

    Args:
        fan_in: float16, bfloat16, float32 or float64, shape (...).
        fan_out: float16, bfloat16, float32 or float64, shape (...).
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
    Sources and proofs: symcheck show bp.xavier.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.5 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _XAVIER_VARIANCE.one(
        {"fan_in": fan_in, "fan_out": fan_out},
        {},
        out=out,
    )


_XAVIER_VARIANCE = ElementwiseKernel(
    name="xavier_variance",
    arrays=(Array("fan_in"), Array("fan_out")),
    outputs=(Out("output"),),
    text="""\
// xavier_variance:
// the function of one place, and the loop over packs of V places and those left over.
struct xavier_variance_map {
  __device__ __forceinline__ void operator()(const real fan_in, const real fan_out, real& output) const {
    const real v3 = fan_in + fan_out;
    const real v4 = op_div(R(2.0), v3);
    output = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) xavier_variance_flat(
    const T* fan_in, const T* fan_out, T* output, const long long size) {
  const xavier_variance_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real fan_in_at[V];
    load_pack_once(fan_in + i, fan_in_at);
    real fan_out_at[V];
    load_pack_once(fan_out + i, fan_out_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(fan_in_at[k], fan_out_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(fan_in[i]), real(fan_out[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def he_variance(fan_in: Any, *, out: Any = None) -> Any:
    """He initialisation.

        output = 2/fan_in

    Args:
        fan_in: float16, bfloat16, float32 or float64, shape (...).
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
    Sources and proofs: symcheck show bp.he.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.5 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _HE_VARIANCE.one(
        {"fan_in": fan_in},
        {},
        out=out,
    )


_HE_VARIANCE = ElementwiseKernel(
    name="he_variance",
    arrays=(Array("fan_in"),),
    outputs=(Out("output"),),
    text="""\
// he_variance:
// the function of one place, and the loop over packs of V places and those left over.
struct he_variance_map {
  __device__ __forceinline__ void operator()(const real fan_in, real& output) const {
    const real v2 = op_div(R(2.0), fan_in);
    output = v2;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) he_variance_flat(
    const T* fan_in, T* output, const long long size) {
  const he_variance_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real fan_in_at[V];
    load_pack_once(fan_in + i, fan_in_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(fan_in_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(fan_in[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)
