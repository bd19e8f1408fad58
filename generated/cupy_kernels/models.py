"""Other models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Out, RowKernel
from ._tensors import Fused, Lags, Product, Read, Slide, Tensor, TensorKernel

__all__ = [
    "convolve",
    "convolve_vjp",
    "gcn_layer",
    "gcn_layer_vjp",
    "lstm_cell_state",
    "lstm_cell_state_vjp",
    "lstm_hidden",
    "lstm_hidden_vjp",
    "rnn_cell",
    "rnn_cell_vjp",
]


def convolve(input: Any, kernel: Any, *, out: Any = None) -> Any:
    """Convolution.

        output[t] = Sum(KroneckerDelta(i + j, t + 1)*input[i]*kernel[j], (i, 1, n), (j, 1, m))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        kernel: float16, bfloat16, float32 or float64, shape (m,); the same for all rows.
        out: where to put the result.

    Returns:
        An array of shape (..., m + n - 1) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals; the result has every place at which the two overlap, n + m - 1 of them.
    Sources and proofs: symcheck show model.conv.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.5 ulp of the largest of the row
        bfloat16: 0.46 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _CONVOLVE.one(
        {"input": input, "kernel": kernel},
        {},
        out=out,
    )


_CONVOLVE = TensorKernel(
    name="convolve",
    arguments=(Tensor("input", ("*", "n")), Tensor("kernel", ("m",))),
    results=(Tensor("output", ("*", "m + n - 1"), value=Read("t2", ("*", "m + n - 1"))),),
    derived=(("m + n - 1", ("m", "n")),),
    steps=(
        Slide(
            "t2",
            ("*", "m + n - 1"),
            Read("input", ("*", "n")),
            Read("kernel", ("m",)),
            turned=True,
            name="convolve_1",
            text="""\
// convolve_1: rows that slide along each other.
// At each place of a row the sum over q of values[place + q - shift] times the q-th of taps, counted from the
// end where they are turned (a convolution).  Each thread has 4 places of a row, and 128 taps at a time
// are in shared memory.  No term is made of what lies outside of a row: an infinite tap times the 0 beside a
// row would be NaN.  Numbers are fetched one by one: a window begins `shift` places before a multiple of
// anything, and the sectors that a warp takes are whole all the same.
template <bool INSIDE>
__device__ __forceinline__ void convolve_1_steps(
    real* window, real* factors, const int count, const int first, const int n, real (&sums)[4]) {
  real here[4], next[4], by[4];
  load_pack(Staged<real>{window}, here);
  for (int q = 0; q < count; q += 4) {
    load_pack(Staged<real>{window + q + 4}, next);
    load_pack(Staged<real>{factors + q}, by);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (q + j < count) {
#pragma unroll
        for (int k = 0; k < 4; ++k) {
          const real value = j + k < 4 ? here[(j + k) % 4] : next[(j + k) % 4];
          const int at = first + q + j + k;
          const real sum = fma(by[j], value, sums[k]);
          sums[k] = INSIDE || (0 <= at && at < n) ? sum : sums[k];
        }
      }
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) here[k] = next[k];
  }
}

template <typename T>
__global__ void __launch_bounds__(128, 1) convolve_1(
    const T* __restrict__ values, const T* __restrict__ taps, T* __restrict__ out, const long long rows,
    const int n, const int m, const int length, const int values_row, const int taps_row, const int shift,
    const int turned) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  const int places = blockDim.x * 4;
  real* const factors = reinterpret_cast<real*>(shared_bytes);
  real* const window = factors + 128;  // as many places as the block has, and a span
  const long long tiles = (length - 1) / places + 1;
  for (long long tile = blockIdx.x; tile < rows * tiles; tile += gridDim.x) {
    const long long row = tile / tiles;
    const int first = int(tile - row * tiles) * places;
    const T* const from = values + row * values_row;
    const T* const by = taps + row * taps_row;
    real sums[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) sums[k] = R(0.0);
    for (int q = 0; q < m; q += 128) {
      const int count = m - q < 128 ? m - q : 128;
      const int wide = places + (count + 3) / 4 * 4;
      const int begin = first + q - shift, end = begin + wide;
      __syncthreads();
      for (int k = threadIdx.x; k < wide; k += blockDim.x) {
        const int i = begin + k;
        window[k] = 0 <= i && i < n ? real(from[i]) : R(0.0);
      }
      for (int k = threadIdx.x; k < 128; k += blockDim.x)
        factors[k] = k < count ? real(by[turned ? m - 1 - q - k : q + k]) : R(0.0);
      __syncthreads();
      const int own = threadIdx.x * 4;
      if (0 <= begin && end <= n)
        convolve_1_steps<true>(window + own, factors, count, begin + own, n, sums);
      else
        convolve_1_steps<false>(window + own, factors, count, begin + own, n, sums);
    }
    // by turns, so that neighbouring threads write neighbouring places
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 4; ++k) window[threadIdx.x * 4 + k] = sums[k];
    __syncthreads();
    for (int k = threadIdx.x; k < places && first + k < length; k += blockDim.x)
      out[row * length + first + k] = T(window[k]);
  }
}
""",
        ),
    ),
)


def convolve_vjp(g: Any, input: Any, kernel: Any, *, out: Sequence[Any] | None = None) -> tuple[Any, ...]:
    """Convolution: vector-Jacobian product.

        output[t] = Sum(KroneckerDelta(i + j, t + 1)*input[i]*kernel[j], (i, 1, n), (j, 1, m))
        result = d(sum of g * output) / d(input, kernel)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., m + n - 1); cotangent, of the shape of the
            forward result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        kernel: float16, bfloat16, float32 or float64, shape (m,); the same for all rows.
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n)), that of kernel (shape (m,)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: all reals; the result has every place at which the two overlap, n + m - 1 of them.
    Sources and proofs: symcheck show model.conv.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.34 ulp of the largest of the row
        bfloat16: 0.42 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _CONVOLVE_VJP.several(
        {"g": g, "input": input, "kernel": kernel},
        {},
        out=out,
    )


_CONVOLVE_VJP = TensorKernel(
    name="convolve_vjp",
    arguments=(Tensor("g", ("*", "m + n - 1")), Tensor("input", ("*", "n")), Tensor("kernel", ("m",))),
    results=(
        Tensor("input", ("*", "n"), value=Read("t3", ("*", "n"))),
        Tensor("kernel", ("m",), value=Read("t5", ("m",))),
    ),
    derived=(("m + n - 1", ("m", "n")),),
    cotangents=("g",),
    steps=(
        Slide(
            "t3",
            ("*", "n"),
            Read("g", ("*", "m + n - 1")),
            Read("kernel", ("m",)),
            turned=False,
            name="convolve_vjp_1",
            text="""\
// convolve_vjp_1: rows that slide along each other.
// At each place of a row the sum over q of values[place + q - shift] times the q-th of taps, counted from the
// end where they are turned (a convolution).  Each thread has 4 places of a row, and 128 taps at a time
// are in shared memory.  No term is made of what lies outside of a row: an infinite tap times the 0 beside a
// row would be NaN.  Numbers are fetched one by one: a window begins `shift` places before a multiple of
// anything, and the sectors that a warp takes are whole all the same.
template <bool INSIDE>
__device__ __forceinline__ void convolve_vjp_1_steps(
    real* window, real* factors, const int count, const int first, const int n, real (&sums)[4]) {
  real here[4], next[4], by[4];
  load_pack(Staged<real>{window}, here);
  for (int q = 0; q < count; q += 4) {
    load_pack(Staged<real>{window + q + 4}, next);
    load_pack(Staged<real>{factors + q}, by);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (q + j < count) {
#pragma unroll
        for (int k = 0; k < 4; ++k) {
          const real value = j + k < 4 ? here[(j + k) % 4] : next[(j + k) % 4];
          const int at = first + q + j + k;
          const real sum = fma(by[j], value, sums[k]);
          sums[k] = INSIDE || (0 <= at && at < n) ? sum : sums[k];
        }
      }
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) here[k] = next[k];
  }
}

template <typename T>
__global__ void __launch_bounds__(128, 1) convolve_vjp_1(
    const T* __restrict__ values, const T* __restrict__ taps, T* __restrict__ out, const long long rows,
    const int n, const int m, const int length, const int values_row, const int taps_row, const int shift,
    const int turned) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  const int places = blockDim.x * 4;
  real* const factors = reinterpret_cast<real*>(shared_bytes);
  real* const window = factors + 128;  // as many places as the block has, and a span
  const long long tiles = (length - 1) / places + 1;
  for (long long tile = blockIdx.x; tile < rows * tiles; tile += gridDim.x) {
    const long long row = tile / tiles;
    const int first = int(tile - row * tiles) * places;
    const T* const from = values + row * values_row;
    const T* const by = taps + row * taps_row;
    real sums[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) sums[k] = R(0.0);
    for (int q = 0; q < m; q += 128) {
      const int count = m - q < 128 ? m - q : 128;
      const int wide = places + (count + 3) / 4 * 4;
      const int begin = first + q - shift, end = begin + wide;
      __syncthreads();
      for (int k = threadIdx.x; k < wide; k += blockDim.x) {
        const int i = begin + k;
        window[k] = 0 <= i && i < n ? real(from[i]) : R(0.0);
      }
      for (int k = threadIdx.x; k < 128; k += blockDim.x)
        factors[k] = k < count ? real(by[turned ? m - 1 - q - k : q + k]) : R(0.0);
      __syncthreads();
      const int own = threadIdx.x * 4;
      if (0 <= begin && end <= n)
        convolve_vjp_1_steps<true>(window + own, factors, count, begin + own, n, sums);
      else
        convolve_vjp_1_steps<false>(window + own, factors, count, begin + own, n, sums);
    }
    // by turns, so that neighbouring threads write neighbouring places
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 4; ++k) window[threadIdx.x * 4 + k] = sums[k];
    __syncthreads();
    for (int k = threadIdx.x; k < places && first + k < length; k += blockDim.x)
      out[row * length + first + k] = T(window[k]);
  }
}
""",
        ),
        Lags(
            "t5",
            ("m",),
            Read("g", ("*", "m + n - 1")),
            Read("input", ("*", "n")),
            name="convolve_vjp_2",
            text="""\
// convolve_vjp_2: at place j the sum over all rows and places i of sliding[i + j] values[i].
// convolve_vjp_2_partial: `groups` groups of threads take the places by turns, those of all rows
// one after another; a block sums for 16 places of the result.
template <typename T>
__global__ void __launch_bounds__(256, 1) convolve_vjp_2_partial(
    const T* __restrict__ sliding, const T* __restrict__ values, real* __restrict__ partial,
    const long long rows, const int n, const int m, const int sliding_row, const int values_row,
    const int groups) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  real* const warps = reinterpret_cast<real*>(shared_bytes);
  const int first = int(blockIdx.x / groups) * 16;
  const int group = int(blockIdx.x % groups);
  real sums[16];
#pragma unroll
  for (int j = 0; j < 16; ++j) sums[j] = R(0.0);
  const long long step = (long long)groups * blockDim.x;
  const long long start = (long long)group * blockDim.x + threadIdx.x;
  const long long rows_on = step / n;
  const int on = int(step - rows_on * n);
  long long row = start / n;
  int i = int(start - row * n);
  while (row < rows) {
    const real value = real(values[row * values_row + i]);
    const T* const at = sliding + row * sliding_row + i + first;
#pragma unroll
    for (int j = 0; j < 16; ++j)
      if (first + j < m) sums[j] = fma(value, real(at[j]), sums[j]);
    row += rows_on;
    i += on;
    if (i >= n) {
      i -= n;
      ++row;
    }
  }
#pragma unroll
  for (int j = 0; j < 16; ++j) {
    Sum sum;
    sum.s = sums[j];
    combine_warp(sum);
    if ((threadIdx.x & 31) == 0) warps[(threadIdx.x >> 5) * 16 + j] = sum.s;
  }
  __syncthreads();
  if (threadIdx.x < 16 && first + int(threadIdx.x) < m) {
    real sum = R(0.0);
    for (int warp = 0; warp < int(blockDim.x >> 5); ++warp) sum += warps[warp * 16 + threadIdx.x];
    partial[(long long)group * m + first + threadIdx.x] = sum;
  }
}

// A warp for each place of the result.
template <typename T>
__global__ void __launch_bounds__(256, 1) convolve_vjp_2_total(
    const real* __restrict__ partial, T* __restrict__ out, const int m, const int groups) {
  const long long j = ((long long)blockIdx.x * blockDim.x + threadIdx.x) >> 5;
  if (j >= m) return;
  Sum sum;
  for (int group = threadIdx.x & 31; group < groups; group += 32) sum.s += partial[(long long)group * m + j];
  combine_warp(sum);
  if ((threadIdx.x & 31) == 0) out[j] = T(sum.s);
}
""",
        ),
    ),
)


def rnn_cell(
    input: Any,
    hidden: Any,
    input_weight: Any,
    hidden_weight: Any,
    bias: Any,
    *,
    out: Any = None,
) -> Any:
    """Recurrent network.

        output[i] = tanh(bias[i] + Sum(hidden[j]*hidden_weight[i, j], (j, 1, d)) +
            Sum(input[c]*input_weight[i, c], (c, 1, e)))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., e).
        hidden: float16, bfloat16, float32 or float64, shape (..., d).
        input_weight: float16, bfloat16, float32 or float64, shape (d, e).
        hidden_weight: float16, bfloat16, float32 or float64, shape (d, d).
        bias: float16, bfloat16, float32 or float64, shape (d,).
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
    Sources and proofs: symcheck show model.rnn.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.86 ulp of the largest of the row
        float16: 0.08 ulp of the largest of the row
        bfloat16: 0.39 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _RNN_CELL.one(
        {
            "input": input,
            "hidden": hidden,
            "input_weight": input_weight,
            "hidden_weight": hidden_weight,
            "bias": bias,
        },
        {},
        out=out,
    )


_RNN_CELL = TensorKernel(
    name="rnn_cell",
    arguments=(
        Tensor("input", ("*", "e")),
        Tensor("hidden", ("*", "d")),
        Tensor("input_weight", ("d", "e")),
        Tensor("hidden_weight", ("d", "d")),
        Tensor("bias", ("d",)),
    ),
    results=(Tensor("output", ("*", "d"), value=Read("t9", ("*", "d"))),),
    steps=(
        Product(
            "t3",
            ("*", "d"),
            Read("input", ("*", "e")),
            Read("input_weight", ("d", "e")),
            over=("e",),
            wide=True,
        ),
        Product(
            "t6",
            ("*", "d"),
            Read("hidden", ("*", "d'")),
            Read("hidden_weight", ("d", "d'")),
            over=("d'",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("bias", ("d",)), Read("t3", ("*", "d")), Read("t6", ("*", "d"))),
            writes=(Read("t9", ("*", "d")),),
            kernel=RowKernel(
                name="rnn_cell_1",
                arrays=(Array("bias", "shared"), Array("t3"), Array("t6")),
                outputs=(Out("t9"),),
                held=2,
                folded=0,
                passes=0,
                text="""\
// rnn_cell_1:
// what is computed at a place and for a row.  The schedules below say when.
struct rnn_cell_1_row {
  struct Element {
    real bias;
    real t3;
    real t6;
  };
  struct Row {
  };

  template <int V, typename P_bias, typename P_t3, typename P_t6>
  static __device__ __forceinline__ void load_bias_t3_t6(
      Element (&e)[V], const P_bias bias, const P_t3 t3, const P_t6 t6, const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
      e[k].t3 = t3_at[k];
      e[k].t6 = t6_at[k];
    }
  }

  template <int V, typename P_t3, typename P_t6>
  static __device__ __forceinline__ void load_t3_t6(
      Element (&e)[V], const P_t3 t3, const P_t6 t6, const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
      e[k].t6 = t6_at[k];
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

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t9) {
    const real v3 = e.bias + e.t3;
    const real v4 = v3 + e.t6;
    const real v5 = tanh(v4);
    t9[0] = v5;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rnn_cell_1_held(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    T* __restrict__ t9, const long long rows, const int n) {
  using F = rnn_cell_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3_t6(e[step], Once<real>{t3}, Once<real>{t6}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias(e[step], bias, base, i);
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
__global__ void PASS_BOUNDS(512) rnn_cell_1_block(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    T* __restrict__ t9, const long long rows, const int n) {
  using F = rnn_cell_1_row;
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
        if (i < n) F::load_bias_t3_t6(e[turn], bias, t3, t6, base, i);
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
__global__ void PASS_BOUNDS(512) rnn_cell_1_split(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    T* __restrict__ t9, const long long rows, const int n, real* __restrict__ partial, const int parts,
    const int part_places) {
  using F = rnn_cell_1_row;
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
      if (i < end) F::load_bias_t3_t6(e[turn], bias, t3, t6, base, i);
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
    ),
)


def rnn_cell_vjp(
    g: Any,
    input: Any,
    hidden: Any,
    input_weight: Any,
    hidden_weight: Any,
    bias: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Recurrent network: vector-Jacobian product.

        output[i] = tanh(bias[i] + Sum(hidden[j]*hidden_weight[i, j], (j, 1, d)) +
            Sum(input[c]*input_weight[i, c], (c, 1, e)))
        result = d(sum of g * output) / d(input, hidden, input_weight, hidden_weight, bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., e).
        hidden: float16, bfloat16, float32 or float64, shape (..., d).
        input_weight: float16, bfloat16, float32 or float64, shape (d, e).
        hidden_weight: float16, bfloat16, float32 or float64, shape (d, d).
        bias: float16, bfloat16, float32 or float64, shape (d,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., e)), that of hidden (shape (..., d)), that of input_weight
            (shape (d, e)), that of hidden_weight (shape (d, d)), that of bias (shape (d,)).

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
    Sources and proofs: symcheck show model.rnn.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 3.7 ulp of the largest of the row
        float16: 0.76 ulp of the largest of the row
        bfloat16: 1.3 ulp of the largest of the row
        float64: 3.0 ulp of the largest of the row
    """
    return _RNN_CELL_VJP.several(
        {
            "g": g,
            "input": input,
            "hidden": hidden,
            "input_weight": input_weight,
            "hidden_weight": hidden_weight,
            "bias": bias,
        },
        {},
        out=out,
    )


_RNN_CELL_VJP = TensorKernel(
    name="rnn_cell_vjp",
    arguments=(
        Tensor("g", ("*", "d")),
        Tensor("input", ("*", "e")),
        Tensor("hidden", ("*", "d")),
        Tensor("input_weight", ("d", "e")),
        Tensor("hidden_weight", ("d", "d")),
        Tensor("bias", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "e"), value=Read("t26", ("*", "e"))),
        Tensor("hidden", ("*", "d'"), value=Read("t22", ("*", "d'"))),
        Tensor("input_weight", ("d", "e"), value=Read("t28", ("d", "e"))),
        Tensor("hidden_weight", ("d", "d'"), value=Read("t24", ("d", "d'"))),
        Tensor("bias", ("d",), value=Read("t30", ("d",))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t3",
            ("*", "d"),
            Read("input", ("*", "e")),
            Read("input_weight", ("d", "e")),
            over=("e",),
            wide=True,
        ),
        Product(
            "t6",
            ("*", "d"),
            Read("hidden", ("*", "d'")),
            Read("hidden_weight", ("d", "d'")),
            over=("d'",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(
                Read("bias", ("d",)),
                Read("t3", ("*", "d")),
                Read("t6", ("*", "d")),
                Read("g", ("*", "d")),
            ),
            writes=(Read("t30", ("d",)), Read("t20", ("*", "d"))),
            kernel=RowKernel(
                name="rnn_cell_vjp_1",
                arrays=(Array("bias", "shared"), Array("t3"), Array("t6"), Array("g")),
                outputs=(Out("t30", "column"), Out("t20")),
                held=3,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("bias", "t3", "t6", "g"),
                text="""\
// rnn_cell_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct rnn_cell_vjp_1_row {
  struct Element {
    real bias;
    real t3;
    real t6;
    real g;
  };
  struct Row {
  };

  template <int V, typename P_bias, typename P_t3, typename P_t6, typename P_g>
  static __device__ __forceinline__ void load_bias_t3_t6_g(
      Element (&e)[V], const P_bias bias, const P_t3 t3, const P_t6 t6, const P_g g,
      const long long base, const int i) {
    real bias_at[V];
    load_pack(bias + i, bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].bias = bias_at[k];
      e[k].t3 = t3_at[k];
      e[k].t6 = t6_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_t3, typename P_t6, typename P_g>
  static __device__ __forceinline__ void load_t3_t6_g(
      Element (&e)[V], const P_t3 t3, const P_t6 t6, const P_g g, const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t6_at[V];
    load_pack(t6 + base + i, t6_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
      e[k].t6 = t6_at[k];
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

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t20) {
    const real v4 = e.bias + e.t3;
    const real v5 = v4 + e.t6;
    const real v7 = R(2.0) * v5;
    const real v8 = fabs(v7);
    const real v9 = -v8;
    const real v10 = op_exp(v9);
    const real v12 = v10 + R(1.0);
    const real v13 = v12 * v12;
    const real v14 = op_div_moderate(v10, v13);
    const real v16 = e.g * v14;
    t20[0] = v16;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) rnn_cell_vjp_1_held(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    const T* __restrict__ g, T* __restrict__ t20, const long long rows, const int n) {
  using F = rnn_cell_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3_t6_g(e[step], Once<real>{t3}, Once<real>{t6}, Once<T>{g}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_bias(e[step], bias, base, i);
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
__global__ void PASS_BOUNDS(512) rnn_cell_vjp_1_block(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    const T* __restrict__ g, T* __restrict__ t20, const long long rows, const int n) {
  using F = rnn_cell_vjp_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 4);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_bias_t3_t6_g(e[turn], bias, t3, t6, g, base, i);
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
__global__ void PASS_BOUNDS(512) rnn_cell_vjp_1_split(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    const T* __restrict__ g, T* __restrict__ t20, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = rnn_cell_vjp_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 4);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_bias_t3_t6_g(e[turn], bias, t3, t6, g, base, i);
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

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct rnn_cell_vjp_1_columns {
  struct Row {
  };
  struct Sums {
    Sum v17;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v4 = e.bias + e.t3;
    const real v5 = v4 + e.t6;
    const real v7 = R(2.0) * v5;
    const real v8 = fabs(v7);
    const real v9 = -v8;
    const real v10 = op_exp(v9);
    const real v12 = v10 + R(1.0);
    const real v13 = v12 * v12;
    const real v14 = op_div_moderate(v10, v13);
    const real v16 = e.g * v14;
    f.v17.add(v16);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) rnn_cell_vjp_1_held_columns(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    const T* __restrict__ g, T* __restrict__ t20, const long long rows, const int n,
    real* __restrict__ v17_partial, const long long group) {
  using F = rnn_cell_vjp_1_row;
  using G = rnn_cell_vjp_1_columns;
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
      if (FULL || i < n) F::load_t3_t6_g(e[step], Once<real>{t3}, Once<real>{t6}, Once<T>{g}, base, i);
    }
    F::Row r;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_bias(e[step], bias, base, i);
        real t20_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t20_at + k);
        }
        store_pack(t20 + base + i, t20_at);
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
      real v17_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v17_at[k] = sums[step][k].v17.s;
      store_pack(v17_partial + own * n + i, v17_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) rnn_cell_vjp_1_columns_partial(
    const T* __restrict__ bias, const real* __restrict__ t3, const real* __restrict__ t6,
    const T* __restrict__ g, real* __restrict__ v17_partial, const long long rows, const int n,
    const long long group) {
  using F = rnn_cell_vjp_1_row;
  using G = rnn_cell_vjp_1_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_bias_t3_t6_g(e, bias, t3, t6, g, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v17_partial[place + k] = sums[k].v17.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) rnn_cell_vjp_1_columns_total(
    const real* __restrict__ v17_partial, T* __restrict__ t30, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v17 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v17 += v17_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v17;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v17 += slices[0][other][lane];
  }
  const real v18 = R(4.0) * sum_v17;
  t30[i] = T(v18);
}
""",
            ),
        ),
        Product(
            "t22",
            ("*", "d'"),
            Read("t20", ("*", "d")),
            Read("hidden_weight", ("d", "d'")),
            over=("d",),
            scale=(("mul", 4.0),),
        ),
        Product(
            "t24",
            ("d", "d'"),
            Read("t20", ("*", "d")),
            Read("hidden", ("*", "d'")),
            over=("*",),
            scale=(("mul", 4.0),),
        ),
        Product(
            "t26",
            ("*", "e"),
            Read("t20", ("*", "d")),
            Read("input_weight", ("d", "e")),
            over=("d",),
            scale=(("mul", 4.0),),
        ),
        Product(
            "t28",
            ("d", "e"),
            Read("t20", ("*", "d")),
            Read("input", ("*", "e")),
            over=("*",),
            scale=(("mul", 4.0),),
        ),
    ),
)


def lstm_cell_state(
    input: Any,
    cell: Any,
    forget_weight: Any,
    forget_bias: Any,
    input_weight: Any,
    input_bias: Any,
    cell_weight: Any,
    cell_bias: Any,
    *,
    out: Any = None,
) -> Any:
    """Long short-term memory (lstm_cell_state).

        output[i] = tanh(cell_bias[i] + Sum(cell_weight[i, j]*input[j], (j, 1,
            k)))*sigmoid(input_bias[i] + Sum(input[j]*input_weight[i, j], (j, 1, k))) +
            sigmoid(forget_bias[i] + Sum(forget_weight[i, j]*input[j], (j, 1, k)))*cell[i]

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., k); hidden state and input, one behind
            the other.
        cell: float16, bfloat16, float32 or float64, shape (..., d); cell state before the step.
        forget_weight: float16, bfloat16, float32 or float64, shape (d, k).
        forget_bias: float16, bfloat16, float32 or float64, shape (d,).
        input_weight: float16, bfloat16, float32 or float64, shape (d, k).
        input_bias: float16, bfloat16, float32 or float64, shape (d,).
        cell_weight: float16, bfloat16, float32 or float64, shape (d, k).
        cell_bias: float16, bfloat16, float32 or float64, shape (d,).
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
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.63 ulp of the largest of the row
        float16: 0.49 ulp of the largest of the row
        bfloat16: 0.32 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _LSTM_CELL_STATE.one(
        {
            "input": input,
            "cell": cell,
            "forget_weight": forget_weight,
            "forget_bias": forget_bias,
            "input_weight": input_weight,
            "input_bias": input_bias,
            "cell_weight": cell_weight,
            "cell_bias": cell_bias,
        },
        {},
        out=out,
    )


_LSTM_CELL_STATE = TensorKernel(
    name="lstm_cell_state",
    arguments=(
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("forget_weight", ("d", "k")),
        Tensor("forget_bias", ("d",)),
        Tensor("input_weight", ("d", "k")),
        Tensor("input_bias", ("d",)),
        Tensor("cell_weight", ("d", "k")),
        Tensor("cell_bias", ("d",)),
    ),
    results=(Tensor("output", ("*", "d"), value=Read("t33", ("*", "d"))),),
    steps=(
        Product(
            "t3",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("cell_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Product(
            "t8",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("input_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Product(
            "t22",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("forget_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(
                Read("cell_bias", ("d",)),
                Read("t3", ("*", "d")),
                Read("input_bias", ("d",)),
                Read("t8", ("*", "d")),
                Read("forget_bias", ("d",)),
                Read("t22", ("*", "d")),
                Read("cell", ("*", "d")),
            ),
            writes=(Read("t33", ("*", "d")),),
            kernel=RowKernel(
                name="lstm_cell_state_1",
                arrays=(
                    Array("cell_bias", "shared"),
                    Array("t3"),
                    Array("input_bias", "shared"),
                    Array("t8"),
                    Array("forget_bias", "shared"),
                    Array("t22"),
                    Array("cell"),
                ),
                outputs=(Out("t33"),),
                held=4,
                folded=0,
                passes=0,
                text="""\
// lstm_cell_state_1:
// what is computed at a place and for a row.  The schedules below say when.
struct lstm_cell_state_1_row {
  struct Element {
    real cell_bias;
    real t3;
    real input_bias;
    real t8;
    real forget_bias;
    real t22;
    real cell;
  };
  struct Row {
  };

  template <
      int V, typename P_cell_bias, typename P_t3, typename P_input_bias, typename P_t8,
      typename P_forget_bias, typename P_t22, typename P_cell>
  static __device__ __forceinline__ void load_cell_bias_t3_input_bias_t8_forget_bias_t22_cell(
      Element (&e)[V], const P_cell_bias cell_bias, const P_t3 t3, const P_input_bias input_bias,
      const P_t8 t8, const P_forget_bias forget_bias, const P_t22 t22, const P_cell cell,
      const long long base, const int i) {
    real cell_bias_at[V];
    load_pack(cell_bias + i, cell_bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real input_bias_at[V];
    load_pack(input_bias + i, input_bias_at);
    real t8_at[V];
    load_pack(t8 + base + i, t8_at);
    real forget_bias_at[V];
    load_pack(forget_bias + i, forget_bias_at);
    real t22_at[V];
    load_pack(t22 + base + i, t22_at);
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell_bias = cell_bias_at[k];
      e[k].t3 = t3_at[k];
      e[k].input_bias = input_bias_at[k];
      e[k].t8 = t8_at[k];
      e[k].forget_bias = forget_bias_at[k];
      e[k].t22 = t22_at[k];
      e[k].cell = cell_at[k];
    }
  }

  template <int V, typename P_t3, typename P_t8, typename P_t22, typename P_cell>
  static __device__ __forceinline__ void load_t3_t8_t22_cell(
      Element (&e)[V], const P_t3 t3, const P_t8 t8, const P_t22 t22, const P_cell cell,
      const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t8_at[V];
    load_pack(t8 + base + i, t8_at);
    real t22_at[V];
    load_pack(t22 + base + i, t22_at);
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
      e[k].t8 = t8_at[k];
      e[k].t22 = t22_at[k];
      e[k].cell = cell_at[k];
    }
  }

  template <int V, typename P_cell_bias, typename P_input_bias, typename P_forget_bias>
  static __device__ __forceinline__ void load_cell_bias_input_bias_forget_bias(
      Element (&e)[V], const P_cell_bias cell_bias, const P_input_bias input_bias,
      const P_forget_bias forget_bias, const long long base, const int i) {
    real cell_bias_at[V];
    load_pack(cell_bias + i, cell_bias_at);
    real input_bias_at[V];
    load_pack(input_bias + i, input_bias_at);
    real forget_bias_at[V];
    load_pack(forget_bias + i, forget_bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell_bias = cell_bias_at[k];
      e[k].input_bias = input_bias_at[k];
      e[k].forget_bias = forget_bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t33) {
    const real v7 = e.cell_bias + e.t3;
    const real v8 = tanh(v7);
    const real v9 = e.input_bias + e.t8;
    const real v10 = fabs(v9);
    const real v11 = -v10;
    const real v12 = op_exp(v11);
    const bool v14 = R(0.0) <= v9;
    const real v16 = v14 ? R(1.0) : v12;
    const real v17 = v12 + R(1.0);
    const real v18 = op_div_moderate(v16, v17);
    const real v19 = v8 * v18;
    const real v20 = e.forget_bias + e.t22;
    const real v21 = fabs(v20);
    const real v22 = -v21;
    const real v23 = op_exp(v22);
    const bool v24 = R(0.0) <= v20;
    const real v25 = v24 ? R(1.0) : v23;
    const real v26 = v23 + R(1.0);
    const real v27 = op_div_moderate(v25, v26);
    const real v28 = v27 * e.cell;
    const real v29 = v19 + v28;
    t33[0] = v29;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) lstm_cell_state_1_held(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t22,
    const T* __restrict__ cell, T* __restrict__ t33, const long long rows, const int n) {
  using F = lstm_cell_state_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3_t8_t22_cell(
      e[step], Once<real>{t3}, Once<real>{t8}, Once<real>{t22}, Once<T>{cell}, base,
      i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_cell_bias_input_bias_forget_bias(
      e[step], cell_bias, input_bias, forget_bias, base, i);
      real t33_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t33_at + k);
      }
      store_pack(t33 + base + i, t33_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) lstm_cell_state_1_block(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t22,
    const T* __restrict__ cell, T* __restrict__ t33, const long long rows, const int n) {
  using F = lstm_cell_state_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 7);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_cell_bias_t3_input_bias_t8_forget_bias_t22_cell(
        e[turn], cell_bias, t3, input_bias, t8, forget_bias, t22, cell, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t33_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t33_at + k);
          }
          store_pack(t33 + base + i, t33_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) lstm_cell_state_1_split(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t22,
    const T* __restrict__ cell, T* __restrict__ t33, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = lstm_cell_state_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 7);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_cell_bias_t3_input_bias_t8_forget_bias_t22_cell(
      e[turn], cell_bias, t3, input_bias, t8, forget_bias, t22, cell, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t33_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t33_at + k);
        }
        store_pack(t33 + base + i, t33_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def lstm_cell_state_vjp(
    g: Any,
    input: Any,
    cell: Any,
    forget_weight: Any,
    forget_bias: Any,
    input_weight: Any,
    input_bias: Any,
    cell_weight: Any,
    cell_bias: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Long short-term memory (lstm_cell_state): vector-Jacobian product.

        output[i] = tanh(cell_bias[i] + Sum(cell_weight[i, j]*input[j], (j, 1,
            k)))*sigmoid(input_bias[i] + Sum(input[j]*input_weight[i, j], (j, 1, k))) +
            sigmoid(forget_bias[i] + Sum(forget_weight[i, j]*input[j], (j, 1, k)))*cell[i]
        result = d(sum of g * output) / d(input, cell, forget_weight, forget_bias, input_weight,
            input_bias, cell_weight, cell_bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., k); hidden state and input, one behind
            the other.
        cell: float16, bfloat16, float32 or float64, shape (..., d); cell state before the step.
        forget_weight: float16, bfloat16, float32 or float64, shape (d, k).
        forget_bias: float16, bfloat16, float32 or float64, shape (d,).
        input_weight: float16, bfloat16, float32 or float64, shape (d, k).
        input_bias: float16, bfloat16, float32 or float64, shape (d,).
        cell_weight: float16, bfloat16, float32 or float64, shape (d, k).
        cell_bias: float16, bfloat16, float32 or float64, shape (d,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., k)), that of cell (shape (..., d)), that of forget_weight
            (shape (d, k)), that of forget_bias (shape (d,)), that of input_weight (shape (d, k)), that
            of input_bias (shape (d,)), that of cell_weight (shape (d, k)), that of cell_bias (shape
            (d,)).

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
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.9 ulp of the largest of the row
        float16: 0.53 ulp of the largest of the row
        bfloat16: 0.78 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _LSTM_CELL_STATE_VJP.several(
        {
            "g": g,
            "input": input,
            "cell": cell,
            "forget_weight": forget_weight,
            "forget_bias": forget_bias,
            "input_weight": input_weight,
            "input_bias": input_bias,
            "cell_weight": cell_weight,
            "cell_bias": cell_bias,
        },
        {},
        out=out,
    )


_LSTM_CELL_STATE_VJP = TensorKernel(
    name="lstm_cell_state_vjp",
    arguments=(
        Tensor("g", ("*", "d")),
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("forget_weight", ("d", "k")),
        Tensor("forget_bias", ("d",)),
        Tensor("input_weight", ("d", "k")),
        Tensor("input_bias", ("d",)),
        Tensor("cell_weight", ("d", "k")),
        Tensor("cell_bias", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "k"), value=Read("t66", ("*", "k"))),
        Tensor("cell", ("*", "d"), value=Read("t33", ("*", "d"))),
        Tensor("forget_weight", ("d", "k"), value=Read("t39", ("d", "k"))),
        Tensor("forget_bias", ("d",), value=Read("t40", ("d",))),
        Tensor("input_weight", ("d", "k"), value=Read("t48", ("d", "k"))),
        Tensor("input_bias", ("d",), value=Read("t49", ("d",))),
        Tensor("cell_weight", ("d", "k"), value=Read("t68", ("d", "k"))),
        Tensor("cell_bias", ("d",), value=Read("t71", ("d",))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t3",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("cell_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Product(
            "t8",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("input_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Product(
            "t21",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("forget_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(
                Read("cell_bias", ("d",)),
                Read("t3", ("*", "d")),
                Read("input_bias", ("d",)),
                Read("t8", ("*", "d")),
                Read("forget_bias", ("d",)),
                Read("t21", ("*", "d")),
                Read("cell", ("*", "d")),
                Read("g", ("*", "d")),
            ),
            writes=(
                Read("t33", ("*", "d")),
                Read("t40", ("d",)),
                Read("t49", ("d",)),
                Read("t71", ("d",)),
                Read("t38", ("*", "d")),
                Read("t47", ("*", "d")),
                Read("t62", ("*", "d")),
            ),
            kernel=RowKernel(
                name="lstm_cell_state_vjp_1",
                arrays=(
                    Array("cell_bias", "shared"),
                    Array("t3"),
                    Array("input_bias", "shared"),
                    Array("t8"),
                    Array("forget_bias", "shared"),
                    Array("t21"),
                    Array("cell"),
                    Array("g"),
                ),
                outputs=(
                    Out("t33"),
                    Out("t40", "column"),
                    Out("t49", "column"),
                    Out("t71", "column"),
                    Out("t38"),
                    Out("t47"),
                    Out("t62"),
                ),
                held=5,
                folded=0,
                passes=0,
                saved=0,
                sums=3,
                columns=("cell_bias", "t3", "input_bias", "t8", "forget_bias", "t21", "cell", "g"),
                text="""\
// lstm_cell_state_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct lstm_cell_state_vjp_1_row {
  struct Element {
    real cell_bias;
    real t3;
    real input_bias;
    real t8;
    real forget_bias;
    real t21;
    real cell;
    real g;
  };
  struct Row {
  };

  template <
      int V, typename P_cell_bias, typename P_t3, typename P_input_bias, typename P_t8,
      typename P_forget_bias, typename P_t21, typename P_cell, typename P_g>
  static __device__ __forceinline__ void load_cell_bias_t3_input_bias_t8_forget_bias_t21_cell_g(
      Element (&e)[V], const P_cell_bias cell_bias, const P_t3 t3, const P_input_bias input_bias,
      const P_t8 t8, const P_forget_bias forget_bias, const P_t21 t21, const P_cell cell, const P_g g,
      const long long base, const int i) {
    real cell_bias_at[V];
    load_pack(cell_bias + i, cell_bias_at);
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real input_bias_at[V];
    load_pack(input_bias + i, input_bias_at);
    real t8_at[V];
    load_pack(t8 + base + i, t8_at);
    real forget_bias_at[V];
    load_pack(forget_bias + i, forget_bias_at);
    real t21_at[V];
    load_pack(t21 + base + i, t21_at);
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell_bias = cell_bias_at[k];
      e[k].t3 = t3_at[k];
      e[k].input_bias = input_bias_at[k];
      e[k].t8 = t8_at[k];
      e[k].forget_bias = forget_bias_at[k];
      e[k].t21 = t21_at[k];
      e[k].cell = cell_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_t3, typename P_t8, typename P_t21, typename P_cell, typename P_g>
  static __device__ __forceinline__ void load_t3_t8_t21_cell_g(
      Element (&e)[V], const P_t3 t3, const P_t8 t8, const P_t21 t21, const P_cell cell, const P_g g,
      const long long base, const int i) {
    real t3_at[V];
    load_pack(t3 + base + i, t3_at);
    real t8_at[V];
    load_pack(t8 + base + i, t8_at);
    real t21_at[V];
    load_pack(t21 + base + i, t21_at);
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t3 = t3_at[k];
      e[k].t8 = t8_at[k];
      e[k].t21 = t21_at[k];
      e[k].cell = cell_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_cell_bias, typename P_input_bias, typename P_forget_bias>
  static __device__ __forceinline__ void load_cell_bias_input_bias_forget_bias(
      Element (&e)[V], const P_cell_bias cell_bias, const P_input_bias input_bias,
      const P_forget_bias forget_bias, const long long base, const int i) {
    real cell_bias_at[V];
    load_pack(cell_bias + i, cell_bias_at);
    real input_bias_at[V];
    load_pack(input_bias + i, input_bias_at);
    real forget_bias_at[V];
    load_pack(forget_bias + i, forget_bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell_bias = cell_bias_at[k];
      e[k].input_bias = input_bias_at[k];
      e[k].forget_bias = forget_bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t33, real* t38, real* t47, real* t62) {
    const real v8 = e.cell_bias + e.t3;
    const real v9 = tanh(v8);
    const real v10 = e.input_bias + e.t8;
    const real v11 = fabs(v10);
    const real v12 = -v11;
    const real v13 = op_exp(v12);
    const bool v15 = R(0.0) <= v10;
    const real v17 = v15 ? R(1.0) : v13;
    const real v18 = v13 + R(1.0);
    const real v19 = op_div_moderate(v17, v18);
    const real v20 = e.forget_bias + e.t21;
    const real v21 = fabs(v20);
    const real v22 = -v21;
    const real v23 = op_exp(v22);
    const bool v24 = R(0.0) <= v20;
    const real v25 = v24 ? R(1.0) : v23;
    const real v26 = v23 + R(1.0);
    const real v27 = op_div_moderate(v25, v26);
    const real v29 = e.g * v27;
    const real v30 = v26 * v26;
    const real v31 = op_div_moderate(v23, v30);
    const real v33 = e.cell * e.g;
    const real v34 = v33 * v31;
    const real v38 = v18 * v18;
    const real v39 = op_div_moderate(v13, v38);
    const real v41 = v9 * e.g;
    const real v42 = v41 * v39;
    const real v45 = R(2.0) * v8;
    const real v46 = fabs(v45);
    const real v47 = -v46;
    const real v48 = op_exp(v47);
    const real v49 = v48 + R(1.0);
    const real v50 = v49 * v49;
    const real v51 = op_div_moderate(v48, v50);
    const real v53 = v19 * e.g;
    const real v54 = v53 * v51;
    t33[0] = v29;
    t38[0] = v34;
    t47[0] = v42;
    t62[0] = v54;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) lstm_cell_state_vjp_1_held(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t21,
    const T* __restrict__ cell, const T* __restrict__ g, T* __restrict__ t33, T* __restrict__ t38,
    T* __restrict__ t47, T* __restrict__ t62, const long long rows, const int n) {
  using F = lstm_cell_state_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t3_t8_t21_cell_g(
      e[step], Once<real>{t3}, Once<real>{t8}, Once<real>{t21}, Once<T>{cell},
      Once<T>{g}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_cell_bias_input_bias_forget_bias(
      e[step], cell_bias, input_bias, forget_bias, base, i);
      real t33_at[V];
      real t38_at[V];
      real t47_at[V];
      real t62_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t33_at + k, t38_at + k, t47_at + k, t62_at + k);
      }
      store_pack(t33 + base + i, t33_at);
      store_pack(t38 + base + i, t38_at);
      store_pack(t47 + base + i, t47_at);
      store_pack(t62 + base + i, t62_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) lstm_cell_state_vjp_1_block(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t21,
    const T* __restrict__ cell, const T* __restrict__ g, T* __restrict__ t33, T* __restrict__ t38,
    T* __restrict__ t47, T* __restrict__ t62, const long long rows, const int n) {
  using F = lstm_cell_state_vjp_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 8);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_cell_bias_t3_input_bias_t8_forget_bias_t21_cell_g(
        e[turn], cell_bias, t3, input_bias, t8, forget_bias, t21, cell, g, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t33_at[V];
          real t38_at[V];
          real t47_at[V];
          real t62_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t33_at + k, t38_at + k, t47_at + k, t62_at + k);
          }
          store_pack(t33 + base + i, t33_at);
          store_pack(t38 + base + i, t38_at);
          store_pack(t47 + base + i, t47_at);
          store_pack(t62 + base + i, t62_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) lstm_cell_state_vjp_1_split(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t21,
    const T* __restrict__ cell, const T* __restrict__ g, T* __restrict__ t33, T* __restrict__ t38,
    T* __restrict__ t47, T* __restrict__ t62, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = lstm_cell_state_vjp_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 8);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_cell_bias_t3_input_bias_t8_forget_bias_t21_cell_g(
      e[turn], cell_bias, t3, input_bias, t8, forget_bias, t21, cell, g, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t33_at[V];
        real t38_at[V];
        real t47_at[V];
        real t62_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t33_at + k, t38_at + k, t47_at + k, t62_at + k);
        }
        store_pack(t33 + base + i, t33_at);
        store_pack(t38 + base + i, t38_at);
        store_pack(t47 + base + i, t47_at);
        store_pack(t62 + base + i, t62_at);
      }
    }
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct lstm_cell_state_vjp_1_columns {
  struct Row {
  };
  struct Sums {
    Sum v35;
    Sum v43;
    Sum v56;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v8 = e.cell_bias + e.t3;
    const real v9 = tanh(v8);
    const real v10 = e.input_bias + e.t8;
    const real v11 = fabs(v10);
    const real v12 = -v11;
    const real v13 = op_exp(v12);
    const bool v15 = R(0.0) <= v10;
    const real v17 = v15 ? R(1.0) : v13;
    const real v18 = v13 + R(1.0);
    const real v19 = op_div_moderate(v17, v18);
    const real v20 = e.forget_bias + e.t21;
    const real v21 = fabs(v20);
    const real v22 = -v21;
    const real v23 = op_exp(v22);
    const real v26 = v23 + R(1.0);
    const real v28 = e.g * e.cell;
    const real v30 = v26 * v26;
    const real v31 = op_div_moderate(v23, v30);
    const real v32 = v28 * v31;
    const real v36 = e.g * v19;
    const real v37 = e.g * v9;
    const real v38 = v18 * v18;
    const real v39 = op_div_moderate(v13, v38);
    const real v40 = v37 * v39;
    const real v45 = R(2.0) * v8;
    const real v46 = fabs(v45);
    const real v47 = -v46;
    const real v48 = op_exp(v47);
    const real v49 = v48 + R(1.0);
    const real v50 = v49 * v49;
    const real v51 = op_div_moderate(v48, v50);
    const real v55 = v36 * v51;
    f.v35.add(v32);
    f.v43.add(v40);
    f.v56.add(v55);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) lstm_cell_state_vjp_1_held_columns(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t21,
    const T* __restrict__ cell, const T* __restrict__ g, T* __restrict__ t33, T* __restrict__ t38,
    T* __restrict__ t47, T* __restrict__ t62, const long long rows, const int n,
    real* __restrict__ v35_partial, real* __restrict__ v43_partial, real* __restrict__ v56_partial,
    const long long group) {
  using F = lstm_cell_state_vjp_1_row;
  using G = lstm_cell_state_vjp_1_columns;
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
      if (FULL || i < n) F::load_t3_t8_t21_cell_g(
        e[step], Once<real>{t3}, Once<real>{t8}, Once<real>{t21}, Once<T>{cell},
        Once<T>{g}, base, i);
    }
    F::Row r;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_cell_bias_input_bias_forget_bias(
        e[step], cell_bias, input_bias, forget_bias, base, i);
        real t33_at[V];
        real t38_at[V];
        real t47_at[V];
        real t62_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t33_at + k, t38_at + k, t47_at + k, t62_at + k);
        }
        store_pack(t33 + base + i, t33_at);
        store_pack(t38 + base + i, t38_at);
        store_pack(t47 + base + i, t47_at);
        store_pack(t62 + base + i, t62_at);
      }
    }
    if (mine) {
      G::Row q;
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          F::load_cell_bias_input_bias_forget_bias(
    e[step], cell_bias, input_bias, forget_bias, base, i);
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
      real v35_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v35_at[k] = sums[step][k].v35.s;
      store_pack(v35_partial + own * n + i, v35_at);
      real v43_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v43_at[k] = sums[step][k].v43.s;
      store_pack(v43_partial + own * n + i, v43_at);
      real v56_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v56_at[k] = sums[step][k].v56.s;
      store_pack(v56_partial + own * n + i, v56_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) lstm_cell_state_vjp_1_columns_partial(
    const T* __restrict__ cell_bias, const real* __restrict__ t3, const T* __restrict__ input_bias,
    const real* __restrict__ t8, const T* __restrict__ forget_bias, const real* __restrict__ t21,
    const T* __restrict__ cell, const T* __restrict__ g, real* __restrict__ v35_partial,
    real* __restrict__ v43_partial, real* __restrict__ v56_partial, const long long rows, const int n,
    const long long group) {
  using F = lstm_cell_state_vjp_1_row;
  using G = lstm_cell_state_vjp_1_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_cell_bias_t3_input_bias_t8_forget_bias_t21_cell_g(
        e, cell_bias, t3, input_bias, t8, forget_bias, t21, cell, g, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v35_partial[place + k] = sums[k].v35.s;
    v43_partial[place + k] = sums[k].v43.s;
    v56_partial[place + k] = sums[k].v56.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) lstm_cell_state_vjp_1_columns_total(
    const real* __restrict__ v35_partial, const real* __restrict__ v43_partial,
    const real* __restrict__ v56_partial, T* __restrict__ t40, T* __restrict__ t49, T* __restrict__ t71,
    const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v35 = R(0.0);
  real sum_v43 = R(0.0);
  real sum_v56 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v35 += v35_partial[(long long)group * n + i];
      sum_v43 += v43_partial[(long long)group * n + i];
      sum_v56 += v56_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v35;
  slices[1][slice][lane] = sum_v43;
  slices[2][slice][lane] = sum_v56;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v35 += slices[0][other][lane];
    sum_v43 += slices[1][other][lane];
    sum_v56 += slices[2][other][lane];
  }
  const real v57 = R(4.0) * sum_v56;
  t40[i] = T(sum_v35);
  t49[i] = T(sum_v43);
  t71[i] = T(v57);
}
""",
            ),
        ),
        Product("t39", ("d", "k"), Read("t38", ("*", "d")), Read("input", ("*", "k")), over=("*",)),
        Product("t48", ("d", "k"), Read("t47", ("*", "d")), Read("input", ("*", "k")), over=("*",)),
        Product(
            "t59",
            ("*", "k"),
            Read("t38", ("*", "d")),
            Read("forget_weight", ("d", "k")),
            over=("d",),
            wide=True,
        ),
        Product(
            "t60",
            ("*", "k"),
            Read("t47", ("*", "d")),
            Read("input_weight", ("d", "k")),
            over=("d",),
            wide=True,
        ),
        Product(
            "t64",
            ("*", "k"),
            Read("t62", ("*", "d")),
            Read("cell_weight", ("d", "k")),
            over=("d",),
            scale=(("mul", 4.0),),
            wide=True,
        ),
        Product(
            "t68",
            ("d", "k"),
            Read("t62", ("*", "d")),
            Read("input", ("*", "k")),
            over=("*",),
            scale=(("mul", 4.0),),
        ),
        Fused(
            batch=("*",),
            row="k",
            reads=(Read("t59", ("*", "k")), Read("t60", ("*", "k")), Read("t64", ("*", "k"))),
            writes=(Read("t66", ("*", "k")),),
            kernel=ElementwiseKernel(
                name="lstm_cell_state_vjp_2",
                arrays=(Array("t59"), Array("t60"), Array("t64")),
                outputs=(Out("t66"),),
                text="""\
// lstm_cell_state_vjp_2:
// the function of one place, and the loop over packs of V places and those left over.
struct lstm_cell_state_vjp_2_map {
  __device__ __forceinline__ void operator()(
      const real t59, const real t60, const real t64, real& t66) const {
    const real v3 = t59 + t60;
    const real v4 = v3 + t64;
    t66 = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) lstm_cell_state_vjp_2_flat(
    const real* t59, const real* t60, const real* t64, T* t66, const long long size) {
  const lstm_cell_state_vjp_2_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real t59_at[V];
    load_pack_once(t59 + i, t59_at);
    real t60_at[V];
    load_pack_once(t60 + i, t60_at);
    real t64_at[V];
    load_pack_once(t64 + i, t64_at);
    real t66_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(t59_at[k], t60_at[k], t64_at[k], t66_at[k]);
    }
    store_pack(t66 + i, t66_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real t66_at;
    map(t59[i], t60[i], t64[i], t66_at);
    t66[i] = T(t66_at);
  }
}
""",
            ),
        ),
    ),
)


def lstm_hidden(input: Any, cell: Any, output_weight: Any, output_bias: Any, *, out: Any = None) -> Any:
    """Long short-term memory (lstm_hidden).

        output[i] = tanh(cell[i])*sigmoid(output_bias[i] + Sum(input[j]*output_weight[i, j], (j, 1, k)))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., k); hidden state and input, one behind
            the other.
        cell: float16, bfloat16, float32 or float64, shape (..., d); cell state after the step.
        output_weight: float16, bfloat16, float32 or float64, shape (d, k).
        output_bias: float16, bfloat16, float32 or float64, shape (d,).
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
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.4 ulp of the largest of the row
        float16: 0.22 ulp of the largest of the row
        bfloat16: 0.39 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _LSTM_HIDDEN.one(
        {"input": input, "cell": cell, "output_weight": output_weight, "output_bias": output_bias},
        {},
        out=out,
    )


_LSTM_HIDDEN = TensorKernel(
    name="lstm_hidden",
    arguments=(
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("output_weight", ("d", "k")),
        Tensor("output_bias", ("d",)),
    ),
    results=(Tensor("output", ("*", "d"), value=Read("t16", ("*", "d"))),),
    steps=(
        Product(
            "t5",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("output_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(Read("cell", ("*", "d")), Read("output_bias", ("d",)), Read("t5", ("*", "d"))),
            writes=(Read("t16", ("*", "d")),),
            kernel=RowKernel(
                name="lstm_hidden_1",
                arrays=(Array("cell"), Array("output_bias", "shared"), Array("t5")),
                outputs=(Out("t16"),),
                held=2,
                folded=0,
                passes=0,
                text="""\
// lstm_hidden_1:
// what is computed at a place and for a row.  The schedules below say when.
struct lstm_hidden_1_row {
  struct Element {
    real cell;
    real output_bias;
    real t5;
  };
  struct Row {
  };

  template <int V, typename P_cell, typename P_output_bias, typename P_t5>
  static __device__ __forceinline__ void load_cell_output_bias_t5(
      Element (&e)[V], const P_cell cell, const P_output_bias output_bias, const P_t5 t5,
      const long long base, const int i) {
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real output_bias_at[V];
    load_pack(output_bias + i, output_bias_at);
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell = cell_at[k];
      e[k].output_bias = output_bias_at[k];
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_cell, typename P_t5>
  static __device__ __forceinline__ void load_cell_t5(
      Element (&e)[V], const P_cell cell, const P_t5 t5, const long long base, const int i) {
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell = cell_at[k];
      e[k].t5 = t5_at[k];
    }
  }

  template <int V, typename P_output_bias>
  static __device__ __forceinline__ void load_output_bias(
      Element (&e)[V], const P_output_bias output_bias, const long long base, const int i) {
    real output_bias_at[V];
    load_pack(output_bias + i, output_bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].output_bias = output_bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t16) {
    const real v3 = tanh(e.cell);
    const real v4 = e.output_bias + e.t5;
    const real v5 = fabs(v4);
    const real v6 = -v5;
    const real v7 = op_exp(v6);
    const bool v9 = R(0.0) <= v4;
    const real v11 = v9 ? R(1.0) : v7;
    const real v12 = v7 + R(1.0);
    const real v13 = op_div_moderate(v11, v12);
    const real v14 = v3 * v13;
    t16[0] = v14;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) lstm_hidden_1_held(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    T* __restrict__ t16, const long long rows, const int n) {
  using F = lstm_hidden_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_cell_t5(e[step], Once<T>{cell}, Once<real>{t5}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_output_bias(e[step], output_bias, base, i);
      real t16_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t16_at + k);
      }
      store_pack(t16 + base + i, t16_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) lstm_hidden_1_block(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    T* __restrict__ t16, const long long rows, const int n) {
  using F = lstm_hidden_1_row;
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
        if (i < n) F::load_cell_output_bias_t5(e[turn], cell, output_bias, t5, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t16_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t16_at + k);
          }
          store_pack(t16 + base + i, t16_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) lstm_hidden_1_split(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    T* __restrict__ t16, const long long rows, const int n, real* __restrict__ partial, const int parts,
    const int part_places) {
  using F = lstm_hidden_1_row;
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
      if (i < end) F::load_cell_output_bias_t5(e[turn], cell, output_bias, t5, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t16_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t16_at + k);
        }
        store_pack(t16 + base + i, t16_at);
      }
    }
  }
}
""",
            ),
        ),
    ),
)


def lstm_hidden_vjp(
    g: Any,
    input: Any,
    cell: Any,
    output_weight: Any,
    output_bias: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Long short-term memory (lstm_hidden): vector-Jacobian product.

        output[i] = tanh(cell[i])*sigmoid(output_bias[i] + Sum(input[j]*output_weight[i, j], (j, 1, k)))
        result = d(sum of g * output) / d(input, cell, output_weight, output_bias)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., d); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., k); hidden state and input, one behind
            the other.
        cell: float16, bfloat16, float32 or float64, shape (..., d); cell state after the step.
        output_weight: float16, bfloat16, float32 or float64, shape (d, k).
        output_bias: float16, bfloat16, float32 or float64, shape (d,).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., k)), that of cell (shape (..., d)), that of output_weight
            (shape (d, k)), that of output_bias (shape (d,)).

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
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.7 ulp of the largest of the row
        float16: 0.61 ulp of the largest of the row
        bfloat16: 0.65 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _LSTM_HIDDEN_VJP.several(
        {"g": g, "input": input, "cell": cell, "output_weight": output_weight, "output_bias": output_bias},
        {},
        out=out,
    )


_LSTM_HIDDEN_VJP = TensorKernel(
    name="lstm_hidden_vjp",
    arguments=(
        Tensor("g", ("*", "d")),
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("output_weight", ("d", "k")),
        Tensor("output_bias", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "k"), value=Read("t24", ("*", "k"))),
        Tensor("cell", ("*", "d"), value=Read("t37", ("*", "d"))),
        Tensor("output_weight", ("d", "k"), value=Read("t25", ("d", "k"))),
        Tensor("output_bias", ("d",), value=Read("t26", ("d",))),
    ),
    cotangents=("g",),
    steps=(
        Product(
            "t5",
            ("*", "d"),
            Read("input", ("*", "k")),
            Read("output_weight", ("d", "k")),
            over=("k",),
            wide=True,
        ),
        Fused(
            batch=("*",),
            row="d",
            reads=(
                Read("cell", ("*", "d")),
                Read("output_bias", ("d",)),
                Read("t5", ("*", "d")),
                Read("g", ("*", "d")),
            ),
            writes=(Read("t37", ("*", "d")), Read("t26", ("d",)), Read("t23", ("*", "d"))),
            kernel=RowKernel(
                name="lstm_hidden_vjp_1",
                arrays=(Array("cell"), Array("output_bias", "shared"), Array("t5"), Array("g")),
                outputs=(Out("t37"), Out("t26", "column"), Out("t23")),
                held=3,
                folded=0,
                passes=0,
                saved=0,
                sums=1,
                columns=("cell", "output_bias", "t5", "g"),
                text="""\
// lstm_hidden_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct lstm_hidden_vjp_1_row {
  struct Element {
    real cell;
    real output_bias;
    real t5;
    real g;
  };
  struct Row {
  };

  template <int V, typename P_cell, typename P_output_bias, typename P_t5, typename P_g>
  static __device__ __forceinline__ void load_cell_output_bias_t5_g(
      Element (&e)[V], const P_cell cell, const P_output_bias output_bias, const P_t5 t5, const P_g g,
      const long long base, const int i) {
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real output_bias_at[V];
    load_pack(output_bias + i, output_bias_at);
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell = cell_at[k];
      e[k].output_bias = output_bias_at[k];
      e[k].t5 = t5_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_cell, typename P_t5, typename P_g>
  static __device__ __forceinline__ void load_cell_t5_g(
      Element (&e)[V], const P_cell cell, const P_t5 t5, const P_g g, const long long base, const int i) {
    real cell_at[V];
    load_pack(cell + base + i, cell_at);
    real t5_at[V];
    load_pack(t5 + base + i, t5_at);
    real g_at[V];
    load_pack(g + base + i, g_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].cell = cell_at[k];
      e[k].t5 = t5_at[k];
      e[k].g = g_at[k];
    }
  }

  template <int V, typename P_output_bias>
  static __device__ __forceinline__ void load_output_bias(
      Element (&e)[V], const P_output_bias output_bias, const long long base, const int i) {
    real output_bias_at[V];
    load_pack(output_bias + i, output_bias_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].output_bias = output_bias_at[k];
    }
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* t37, real* t23) {
    const real v4 = tanh(e.cell);
    const real v5 = e.output_bias + e.t5;
    const real v6 = fabs(v5);
    const real v7 = -v6;
    const real v8 = op_exp(v7);
    const bool v10 = R(0.0) <= v5;
    const real v12 = v10 ? R(1.0) : v8;
    const real v13 = v8 + R(1.0);
    const real v14 = op_div_moderate(v12, v13);
    const real v15 = e.g * v14;
    const real v17 = v13 * v13;
    const real v18 = op_div_moderate(v8, v17);
    const real v20 = v4 * e.g;
    const real v21 = v20 * v18;
    const real v24 = R(2.0) * e.cell;
    const real v25 = fabs(v24);
    const real v26 = -v25;
    const real v27 = op_exp(v26);
    const real v28 = v27 + R(1.0);
    const real v29 = v28 * v28;
    const real v30 = op_div_moderate(v27, v29);
    const real v32 = R(4.0) * v15;
    const real v33 = v32 * v30;
    t37[0] = v33;
    t23[0] = v21;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) lstm_hidden_vjp_1_held(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    const T* __restrict__ g, T* __restrict__ t37, T* __restrict__ t23, const long long rows, const int n) {
  using F = lstm_hidden_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_cell_t5_g(e[step], Once<T>{cell}, Once<real>{t5}, Once<T>{g}, base, i);
  }
  F::Row r;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      F::load_output_bias(e[step], output_bias, base, i);
      real t37_at[V];
      real t23_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t37_at + k, t23_at + k);
      }
      store_pack(t37 + base + i, t37_at);
      store_pack(t23 + base + i, t23_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) lstm_hidden_vjp_1_block(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    const T* __restrict__ g, T* __restrict__ t37, T* __restrict__ t23, const long long rows, const int n) {
  using F = lstm_hidden_vjp_1_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    constexpr int TURNS = packs_at_once<T>(V * 4);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_cell_output_bias_t5_g(e[turn], cell, output_bias, t5, g, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t37_at[V];
          real t23_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t37_at + k, t23_at + k);
          }
          store_pack(t37 + base + i, t37_at);
          store_pack(t23 + base + i, t23_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) lstm_hidden_vjp_1_split(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    const T* __restrict__ g, T* __restrict__ t37, T* __restrict__ t23, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = lstm_hidden_vjp_1_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  constexpr int TURNS = packs_at_once<T>(V * 4);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_cell_output_bias_t5_g(e[turn], cell, output_bias, t5, g, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t37_at[V];
        real t23_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t37_at + k, t23_at + k);
        }
        store_pack(t37 + base + i, t37_at);
        store_pack(t23 + base + i, t23_at);
      }
    }
  }
}

// Sums over the rows in a fixed order: first over the rows of a group, then over the groups.
struct lstm_hidden_vjp_1_columns {
  struct Row {
  };
  struct Sums {
    Sum v22;
  };

  template <typename Element>
  static __device__ __forceinline__ void lift(const Element& e, const Row& r, const int i, Sums& f) {
    const real v4 = tanh(e.cell);
    const real v5 = e.output_bias + e.t5;
    const real v6 = fabs(v5);
    const real v7 = -v6;
    const real v8 = op_exp(v7);
    const real v13 = v8 + R(1.0);
    const real v16 = e.g * v4;
    const real v17 = v13 * v13;
    const real v18 = op_div_moderate(v8, v17);
    const real v19 = v16 * v18;
    f.v22.add(v19);
  }
};

// A group of rows for LANES threads, one row after another in registers, its sums beside it.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void COLUMN_BOUNDS(LANES > 128 ? LANES : 128) lstm_hidden_vjp_1_held_columns(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    const T* __restrict__ g, T* __restrict__ t37, T* __restrict__ t23, const long long rows, const int n,
    real* __restrict__ v22_partial, const long long group) {
  using F = lstm_hidden_vjp_1_row;
  using G = lstm_hidden_vjp_1_columns;
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
      if (FULL || i < n) F::load_cell_t5_g(e[step], Once<T>{cell}, Once<real>{t5}, Once<T>{g}, base, i);
    }
    F::Row r;
#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int i = (step * LANES + lane) * V;
      if ((FULL || i < n) && mine) {
        F::load_output_bias(e[step], output_bias, base, i);
        real t37_at[V];
        real t23_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[step][k], r, i + k, t37_at + k, t23_at + k);
        }
        store_pack(t37 + base + i, t37_at);
        store_pack(t23 + base + i, t23_at);
      }
    }
    if (mine) {
      G::Row q;
#pragma unroll
      for (int step = 0; step < STEPS; ++step) {
        const int i = (step * LANES + lane) * V;
        if (FULL || i < n) {
          F::load_output_bias(e[step], output_bias, base, i);
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
      real v22_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) v22_at[k] = sums[step][k].v22.s;
      store_pack(v22_partial + own * n + i, v22_at);
    }
  }
}

// A group of rows and V places for each thread, where a row is too long for that.
template <typename T, int V>
__global__ void __launch_bounds__(128, 1) lstm_hidden_vjp_1_columns_partial(
    const T* __restrict__ cell, const T* __restrict__ output_bias, const real* __restrict__ t5,
    const T* __restrict__ g, real* __restrict__ v22_partial, const long long rows, const int n,
    const long long group) {
  using F = lstm_hidden_vjp_1_row;
  using G = lstm_hidden_vjp_1_columns;
  const int i = (blockIdx.x * blockDim.x + threadIdx.x) * V;
  if (i >= n) return;
  const long long begin = blockIdx.y * group, end = min(begin + group, rows);
  G::Sums sums[V];
  for (long long row = begin; row < end; ++row) {
    const long long base = row * n;
    G::Row r;
    F::Element e[V];
    F::load_cell_output_bias_t5_g(e, cell, output_bias, t5, g, base, i);
#pragma unroll
    for (int k = 0; k < V; ++k) G::lift(e[k], r, i + k, sums[k]);
  }
  const long long place = (long long)blockIdx.y * n + i;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    v22_partial[place + k] = sums[k].v22.s;
  }
}

// The groups: 16 slices of them side by side, then these one after another.
template <typename T>
__global__ void __launch_bounds__(512, 1) lstm_hidden_vjp_1_columns_total(
    const real* __restrict__ v22_partial, T* __restrict__ t26, const int groups, const int n) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  using Slices = real[16][33];
  Slices* const slices = reinterpret_cast<Slices*>(shared_bytes);  // one for each sum
  const int lane = threadIdx.x & 31, slice = threadIdx.x >> 5;
  const int i = blockIdx.x * 32 + lane;
  const int length = (groups + 15) / 16;
  const int begin = slice * length, end = min(begin + length, groups);
  real sum_v22 = R(0.0);
  if (i < n) {
#pragma unroll 4
    for (int group = begin; group < end; ++group) {
      sum_v22 += v22_partial[(long long)group * n + i];
    }
  }
  slices[0][slice][lane] = sum_v22;
  __syncthreads();
  if (slice > 0 || i >= n) return;
  for (int other = 1; other < 16; ++other) {
    sum_v22 += slices[0][other][lane];
  }
  t26[i] = T(sum_v22);
}
""",
            ),
        ),
        Product("t24", ("*", "k"), Read("t23", ("*", "d")), Read("output_weight", ("d", "k")), over=("d",)),
        Product("t25", ("d", "k"), Read("t23", ("*", "d")), Read("input", ("*", "k")), over=("*",)),
    ),
)


def gcn_layer(adjacency: Any, input: Any, weight: Any, *, out: Any = None) -> Any:
    """Graph convolutional network.

        output[i, r] = Sum((KroneckerDelta(i, j) + adjacency[i, j])*Sum(input[j, c]*weight[c, r], (c, 1,
            m))/(sqrt(Sum(KroneckerDelta(i, t) + adjacency[i, t], (t, 1, n)))*sqrt(Sum(KroneckerDelta(j,
            s) + adjacency[j, s], (s, 1, n)))), (j, 1, n))

    Args:
        adjacency: float16, bfloat16, float32 or float64, shape (..., n, n); symmetric, without loops,
            entries >= 0.
        input: float16, bfloat16, float32 or float64, shape (..., n, m); features of each node.
        weight: float16, bfloat16, float32 or float64, shape (m, k).
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
    Sources and proofs: symcheck show model.gcn.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.7 ulp of the largest of the row
        float16: 0.69 ulp of the largest of the row
        bfloat16: 0.48 ulp of the largest of the row
        float64: 0.5 ulp of the largest of the row
    """
    return _GCN_LAYER.one(
        {"adjacency": adjacency, "input": input, "weight": weight},
        {},
        out=out,
    )


_GCN_LAYER = TensorKernel(
    name="gcn_layer",
    arguments=(
        Tensor("adjacency", ("*", "n", "n")),
        Tensor("input", ("*", "n", "m")),
        Tensor("weight", ("m", "k")),
    ),
    results=(Tensor("output", ("*", "n", "k"), value=Read("t17", ("*", "n", "k"))),),
    steps=(
        Product(
            "t7",
            ("*", "n'", "k"),
            Read("input", ("*", "n'", "m")),
            Read("weight", ("m", "k")),
            over=("m",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="n'",
            reads=(Read("@n", ("n",)), Read("adjacency", ("*", "n", "n'"))),
            writes=(Read("t4", ("*", "n", "n'")), Read("t8", ("*", "n"))),
            kernel=RowKernel(
                name="gcn_layer_1",
                arrays=(Array("n", "row"), Array("adjacency")),
                outputs=(Out("t4"), Out("t8", "row", wide=True)),
                held=1,
                folded=1,
                passes=1,
                staged=("adjacency",),
                text="""\
// gcn_layer_1:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_1_row {
  struct Element {
    real adjacency;
  };
  struct Row {
    real n_;
    real v5;
  };

  template <int V, typename P_adjacency>
  static __device__ __forceinline__ void load_adjacency(
      Element (&e)[V], const P_adjacency adjacency, const long long base, const int i) {
    real adjacency_at[V];
    load_pack(adjacency + base + i, adjacency_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency = adjacency_at[k];
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
    const real v2 = real(i);
    const bool v3 = r.n_ == v2;
    const real v4 = real(v3) + e.adjacency;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v5 = f.v5.s;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t4) {
    const real v2 = real(i);
    const bool v3 = r.n_ == v2;
    const real v4 = real(v3) + e.adjacency;
    t4[0] = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_1_held(
    const T* __restrict__ adjacency, const real* __restrict__ n_, T* __restrict__ t4,
    real* __restrict__ t8, const long long rows, const int n) {
  using F = gcn_layer_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_adjacency(e[step], Once<T>{adjacency}, base, i);
  }
  F::Row r;
  r.n_ = n_[row];
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t4_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t4_at + k);
      }
      store_pack(t4 + base + i, t4_at);
    }
  }
  if (lane == 0 && mine) {
    t8[row] = r.v5;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_1_block(
    const T* __restrict__ adjacency, const real* __restrict__ n_, T* __restrict__ t4,
    real* __restrict__ t8, const long long rows, const int n) {
  using F = gcn_layer_1_row;
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
          if (i < n) F::load_adjacency(e[turn], adjacency, base, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_adjacency(e[turn], adjacency, base, i);
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
    if (threadIdx.x == 0) {
      t8[row] = r.v5;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) gcn_layer_1_staged(
    const T* __restrict__ adjacency, const real* __restrict__ n_, T* __restrict__ t4,
    real* __restrict__ t8, const long long rows, const int n) {
  using F = gcn_layer_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> adjacency_staged;
  adjacency_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    adjacency_staged.template fetch<V>(adjacency + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    adjacency_staged.row(adjacency + base);
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
          if (i < n) F::load_adjacency(e[turn], adjacency_staged, 0, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_adjacency(e[turn], adjacency_staged, 0, i);
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
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          adjacency_staged.template fetch<V>(adjacency + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t8[row] = r.v5;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_1_split(
    const T* __restrict__ adjacency, const real* __restrict__ n_, T* __restrict__ t4,
    real* __restrict__ t8, const long long rows, const int n, real* __restrict__ partial,
    const int parts, const int part_places) {
  using F = gcn_layer_1_row;
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
          if (i < end) F::load_adjacency(e[turn], adjacency, base, i);
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
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_adjacency(e[turn], adjacency, base, i);
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
  if (part == 0 && threadIdx.x == 0) {
    t8[row] = r.v5;
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n'"),
            row="n",
            reads=(Read("@n'", ("n'",)), Read("adjacency", ("*", "n'", "n"))),
            writes=(Read("t13", ("*", "n'")),),
            kernel=RowKernel(
                name="gcn_layer_2",
                arrays=(Array("n_", "row"), Array("adjacency")),
                outputs=(Out("t13", "row", wide=True),),
                held=1,
                folded=1,
                passes=1,
                staged=("adjacency",),
                text="""\
// gcn_layer_2:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_2_row {
  struct Element {
    real adjacency;
  };
  struct Row {
    real n_;
    real v5;
  };

  template <int V, typename P_adjacency>
  static __device__ __forceinline__ void load_adjacency(
      Element (&e)[V], const P_adjacency adjacency, const long long base, const int i) {
    real adjacency_at[V];
    load_pack(adjacency + base + i, adjacency_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency = adjacency_at[k];
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
    const real v2 = real(i);
    const bool v3 = r.n_ == v2;
    const real v4 = real(v3) + e.adjacency;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v5 = f.v5.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_2_held(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t13,
    const long long rows, const int n) {
  using F = gcn_layer_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_adjacency(e[step], Once<T>{adjacency}, base, i);
  }
  F::Row r;
  r.n_ = n_[row];
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
    t13[row] = r.v5;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_2_block(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t13,
    const long long rows, const int n) {
  using F = gcn_layer_2_row;
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
          if (i < n) F::load_adjacency(e[turn], adjacency, base, i);
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
      t13[row] = r.v5;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) gcn_layer_2_staged(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t13,
    const long long rows, const int n) {
  using F = gcn_layer_2_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> adjacency_staged;
  adjacency_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    adjacency_staged.template fetch<V>(adjacency + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    adjacency_staged.row(adjacency + base);
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
          if (i < n) F::load_adjacency(e[turn], adjacency_staged, 0, i);
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
            adjacency_staged.template fetch<V>(adjacency + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      t13[row] = r.v5;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_2_split(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t13,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_2_row;
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
          if (i < end) F::load_adjacency(e[turn], adjacency, base, i);
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
    t13[row] = r.v5;
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n'"),
            row="k",
            reads=(Read("t7", ("*", "n'", "k")), Read("t13", ("*", "n'"))),
            writes=(Read("t15", ("*", "n'", "k")),),
            kernel=RowKernel(
                name="gcn_layer_3",
                arrays=(Array("t7"), Array("t13", "row")),
                outputs=(Out("t15"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// gcn_layer_3:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_3_row {
  struct Element {
    real t7;
  };
  struct Row {
    real t13;
    real v2;
    Divisor d2;
  };

  template <int V, typename P_t7>
  static __device__ __forceinline__ void load_t7(
      Element (&e)[V], const P_t7 t7, const long long base, const int i) {
    real t7_at[V];
    load_pack(t7 + base + i, t7_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t7 = t7_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v2 = sqrt(r.t13);
    r.v2 = v2;
    r.d2 = divisor(r.v2);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t15) {
    const real v3 = op_times(e.t7, r.d2);
    t15[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_3_held(
    const real* __restrict__ t7, const real* __restrict__ t13, T* __restrict__ t15, const long long rows,
    const int n) {
  using F = gcn_layer_3_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t7(e[step], Once<real>{t7}, base, i);
  }
  F::Row r;
  r.t13 = t13[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t15_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t15_at + k);
      }
      store_pack(t15 + base + i, t15_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_3_block(
    const real* __restrict__ t7, const real* __restrict__ t13, T* __restrict__ t15, const long long rows,
    const int n) {
  using F = gcn_layer_3_row;
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
        if (i < n) F::load_t7(e[turn], t7, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t15_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t15_at + k);
          }
          store_pack(t15 + base + i, t15_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_3_split(
    const real* __restrict__ t7, const real* __restrict__ t13, T* __restrict__ t15, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_3_row;
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
      if (i < end) F::load_t7(e[turn], t7, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t15_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t15_at + k);
        }
        store_pack(t15 + base + i, t15_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t16",
            ("*", "n", "k"),
            Read("t4", ("*", "n", "n'")),
            Read("t15", ("*", "n'", "k")),
            over=("n'",),
            wide=True,
        ),
        Fused(
            batch=("*", "n"),
            row="k",
            reads=(Read("t8", ("*", "n")), Read("t16", ("*", "n", "k"))),
            writes=(Read("t17", ("*", "n", "k")),),
            kernel=RowKernel(
                name="gcn_layer_4",
                arrays=(Array("t8", "row"), Array("t16")),
                outputs=(Out("t17"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// gcn_layer_4:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_4_row {
  struct Element {
    real t16;
  };
  struct Row {
    real t8;
    real v2;
    Divisor d2;
  };

  template <int V, typename P_t16>
  static __device__ __forceinline__ void load_t16(
      Element (&e)[V], const P_t16 t16, const long long base, const int i) {
    real t16_at[V];
    load_pack(t16 + base + i, t16_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t16 = t16_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v2 = sqrt(r.t8);
    r.v2 = v2;
    r.d2 = divisor(r.v2);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t17) {
    const real v3 = op_times(e.t16, r.d2);
    t17[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_4_held(
    const real* __restrict__ t16, const real* __restrict__ t8, T* __restrict__ t17, const long long rows,
    const int n) {
  using F = gcn_layer_4_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t16(e[step], Once<real>{t16}, base, i);
  }
  F::Row r;
  r.t8 = t8[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t17_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t17_at + k);
      }
      store_pack(t17 + base + i, t17_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_4_block(
    const real* __restrict__ t16, const real* __restrict__ t8, T* __restrict__ t17, const long long rows,
    const int n) {
  using F = gcn_layer_4_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t8 = t8[row];
    F::start(r);
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_t16(e[turn], t16, base, i);
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
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_4_split(
    const real* __restrict__ t16, const real* __restrict__ t8, T* __restrict__ t17, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_4_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t8 = t8[row];
  F::start(r);
  constexpr int TURNS = packs_at_once<T>(V * 1);
  for (int start = first; start < end; start += TURNS * stride) {
    F::Element e[TURNS][V];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) F::load_t16(e[turn], t16, base, i);
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
}
""",
            ),
        ),
    ),
)


def gcn_layer_vjp(
    g: Any,
    adjacency: Any,
    input: Any,
    weight: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Graph convolutional network: vector-Jacobian product.

        output[i, r] = Sum((KroneckerDelta(i, j) + adjacency[i, j])*Sum(input[j, c]*weight[c, r], (c, 1,
            m))/(sqrt(Sum(KroneckerDelta(i, t) + adjacency[i, t], (t, 1, n)))*sqrt(Sum(KroneckerDelta(j,
            s) + adjacency[j, s], (s, 1, n)))), (j, 1, n))
        result = d(sum of g * output) / d(input, weight)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n, k); cotangent, of the shape of the
            forward result.
        adjacency: float16, bfloat16, float32 or float64, shape (..., n, n); symmetric, without loops,
            entries >= 0.
        input: float16, bfloat16, float32 or float64, shape (..., n, m); features of each node.
        weight: float16, bfloat16, float32 or float64, shape (m, k).
        out: where to put the results.

    Returns:
        A tuple: that of input (shape (..., n, m)), that of weight (shape (m, k)).

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
    Sources and proofs: symcheck show model.gcn.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 3.0 ulp of the largest of the row
        float16: 0.53 ulp of the largest of the row
        bfloat16: 2.2 ulp of the largest of the row
        float64: 2.0 ulp of the largest of the row
    """
    return _GCN_LAYER_VJP.several(
        {"g": g, "adjacency": adjacency, "input": input, "weight": weight},
        {},
        out=out,
    )


_GCN_LAYER_VJP = TensorKernel(
    name="gcn_layer_vjp",
    arguments=(
        Tensor("g", ("*", "n", "k")),
        Tensor("adjacency", ("*", "n", "n")),
        Tensor("input", ("*", "n", "m")),
        Tensor("weight", ("m", "k")),
    ),
    results=(
        Tensor("input", ("*", "n'", "m"), value=Read("t19", ("*", "n'", "m"))),
        Tensor("weight", ("m", "k"), value=Read("t20", ("m", "k"))),
    ),
    cotangents=("g",),
    steps=(
        Fused(
            batch=("*", "n'"),
            row="n",
            reads=(
                Read("@n'", ("n'",)),
                Read("adjacency", ("*", "n", "n'")),
                Read("adjacency", ("*", "n'", "n")),
            ),
            writes=(Read("t4", ("*", "n'", "n")), Read("t12", ("*", "n'"))),
            kernel=RowKernel(
                name="gcn_layer_vjp_1",
                arrays=(Array("n_", "row"), Array("adjacency"), Array("adjacency_")),
                outputs=(Out("t4"), Out("t12", "row", wide=True)),
                held=2,
                folded=1,
                passes=1,
                staged=("adjacency", "adjacency_"),
                text="""\
// gcn_layer_vjp_1:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_vjp_1_row {
  struct Element {
    real adjacency;
    real adjacency_;
  };
  struct Row {
    real n_;
    real v8;
  };

  template <int V, typename P_adjacency_>
  static __device__ __forceinline__ void load_adjacency_(
      Element (&e)[V], const P_adjacency_ adjacency_, const long long base, const int i) {
    real adjacency__at[V];
    load_pack(adjacency_ + base + i, adjacency__at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency_ = adjacency__at[k];
    }
  }

  template <int V, typename P_adjacency>
  static __device__ __forceinline__ void load_adjacency(
      Element (&e)[V], const P_adjacency adjacency, const long long base, const int i) {
    real adjacency_at[V];
    load_pack(adjacency + base + i, adjacency_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency = adjacency_at[k];
    }
  }

  template <int V, typename P_adjacency, typename P_adjacency_>
  static __device__ __forceinline__ void load_adjacency_adjacency_(
      Element (&e)[V], const P_adjacency adjacency, const P_adjacency_ adjacency_, const long long base,
      const int i) {
    real adjacency_at[V];
    load_pack(adjacency + base + i, adjacency_at);
    real adjacency__at[V];
    load_pack(adjacency_ + base + i, adjacency__at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency = adjacency_at[k];
      e[k].adjacency_ = adjacency__at[k];
    }
  }

  struct Fold1 {
    Sum v8;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v8.combine(b.v8);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v8.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, real& v8) {
    const real v3 = real(i);
    const bool v6 = r.n_ == v3;
    const real v7 = real(v6) + e.adjacency_;
    v8 = v7;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v8 = f.v8.s;
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t4) {
    const real v3 = real(i);
    const bool v4 = v3 == r.n_;
    const real v5 = real(v4) + e.adjacency;
    t4[0] = v5;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_vjp_1_held(
    const T* __restrict__ adjacency, const T* __restrict__ adjacency_, const real* __restrict__ n_,
    T* __restrict__ t4, real* __restrict__ t12, const long long rows, const int n) {
  using F = gcn_layer_vjp_1_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_adjacency_adjacency_(
      e[step], Once<T>{adjacency}, Once<T>{adjacency_}, base, i);
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
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t4_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t4_at + k);
      }
      store_pack(t4 + base + i, t4_at);
    }
  }
  if (lane == 0 && mine) {
    t12[row] = r.v8;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_1_block(
    const T* __restrict__ adjacency, const T* __restrict__ adjacency_, const real* __restrict__ n_,
    T* __restrict__ t4, real* __restrict__ t12, const long long rows, const int n) {
  using F = gcn_layer_vjp_1_row;
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
          if (i < n) F::load_adjacency_(e[turn], adjacency_, base, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_adjacency(e[turn], adjacency, base, i);
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
    if (threadIdx.x == 0) {
      t12[row] = r.v8;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) gcn_layer_vjp_1_staged(
    const T* __restrict__ adjacency, const T* __restrict__ adjacency_, const real* __restrict__ n_,
    T* __restrict__ t4, real* __restrict__ t12, const long long rows, const int n) {
  using F = gcn_layer_vjp_1_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> adjacency_staged;
  adjacency_staged.take(free_bytes, (long long)n);
  Staged<T, (KEPT > 1)> adjacency__staged;
  adjacency__staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    adjacency_staged.template fetch<V>(adjacency + base + i, i);
    adjacency__staged.template fetch<V>(adjacency_ + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    adjacency_staged.row(adjacency + base);
    adjacency__staged.row(adjacency_ + base);
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
          if (i < n) F::load_adjacency_(e[turn], adjacency__staged, 0, i);
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
    constexpr int TURNS = packs_at_once<T>(V * 1 * SHARE);
    for (int start = first; start < n; start += TURNS * stride) {
      F::Element e[TURNS][V];
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) F::load_adjacency(e[turn], adjacency_staged, 0, i);
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
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (more && i < n) {
          adjacency_staged.template fetch<V>(adjacency + next + i, i);
          adjacency__staged.template fetch<V>(adjacency_ + next + i, i);
        }
      }
    }
    if (threadIdx.x == 0) {
      t12[row] = r.v8;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_1_split(
    const T* __restrict__ adjacency, const T* __restrict__ adjacency_, const real* __restrict__ n_,
    T* __restrict__ t4, real* __restrict__ t12, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_vjp_1_row;
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
          if (i < end) F::load_adjacency_(e[turn], adjacency_, base, i);
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
          const int i = start + turn * stride;
          if (i < end) {
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
      if (i < end) F::load_adjacency(e[turn], adjacency, base, i);
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
  if (part == 0 && threadIdx.x == 0) {
    t12[row] = r.v8;
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n"),
            row="n'",
            reads=(Read("@n", ("n",)), Read("adjacency", ("*", "n", "n'"))),
            writes=(Read("t7", ("*", "n")),),
            kernel=RowKernel(
                name="gcn_layer_vjp_2",
                arrays=(Array("n", "row"), Array("adjacency")),
                outputs=(Out("t7", "row", wide=True),),
                held=1,
                folded=1,
                passes=1,
                staged=("adjacency",),
                text="""\
// gcn_layer_vjp_2:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_vjp_2_row {
  struct Element {
    real adjacency;
  };
  struct Row {
    real n_;
    real v5;
  };

  template <int V, typename P_adjacency>
  static __device__ __forceinline__ void load_adjacency(
      Element (&e)[V], const P_adjacency adjacency, const long long base, const int i) {
    real adjacency_at[V];
    load_pack(adjacency + base + i, adjacency_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].adjacency = adjacency_at[k];
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
    const real v2 = real(i);
    const bool v3 = r.n_ == v2;
    const real v4 = real(v3) + e.adjacency;
    v5 = v4;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    r.v5 = f.v5.s;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_vjp_2_held(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t7,
    const long long rows, const int n) {
  using F = gcn_layer_vjp_2_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = LANES > 32 || own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_adjacency(e[step], Once<T>{adjacency}, base, i);
  }
  F::Row r;
  r.n_ = n_[row];
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
    t7[row] = r.v5;
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_2_block(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t7,
    const long long rows, const int n) {
  using F = gcn_layer_vjp_2_row;
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
          if (i < n) F::load_adjacency(e[turn], adjacency, base, i);
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
      t7[row] = r.v5;
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) gcn_layer_vjp_2_staged(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t7,
    const long long rows, const int n) {
  using F = gcn_layer_vjp_2_row;
  constexpr int SHARE = THREADS > 512 ? 2 : 1;  // of the registers
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  unsigned char* free_bytes = shared_bytes + 2048;
  Staged<T, (KEPT > 0)> adjacency_staged;
  adjacency_staged.take(free_bytes, (long long)n);
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  long long base = blockIdx.x * (long long)n;
#pragma unroll 4
  for (int i = first; i < n; i += stride) {
    adjacency_staged.template fetch<V>(adjacency + base + i, i);
  }
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long next = base + gridDim.x * (long long)n;
    const bool more = row + gridDim.x < rows;
    fetched();
    adjacency_staged.row(adjacency + base);
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
          if (i < n) F::load_adjacency(e[turn], adjacency_staged, 0, i);
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
            adjacency_staged.template fetch<V>(adjacency + next + i, i);
          }
        }
      }
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      t7[row] = r.v5;
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_2_split(
    const T* __restrict__ adjacency, const real* __restrict__ n_, real* __restrict__ t7,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_vjp_2_row;
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
          if (i < end) F::load_adjacency(e[turn], adjacency, base, i);
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
    t7[row] = r.v5;
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n"),
            row="k",
            reads=(Read("t7", ("*", "n")), Read("g", ("*", "n", "k"))),
            writes=(Read("t15", ("*", "n", "k")),),
            kernel=RowKernel(
                name="gcn_layer_vjp_3",
                arrays=(Array("t7", "row"), Array("g")),
                outputs=(Out("t15"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// gcn_layer_vjp_3:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_vjp_3_row {
  struct Element {
    real g;
  };
  struct Row {
    real t7;
    real v2;
    Divisor d2;
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
    const real v2 = sqrt(r.t7);
    r.v2 = v2;
    r.d2 = divisor(r.v2);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t15) {
    const real v3 = op_times(e.g, r.d2);
    t15[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_vjp_3_held(
    const T* __restrict__ g, const real* __restrict__ t7, T* __restrict__ t15, const long long rows,
    const int n) {
  using F = gcn_layer_vjp_3_row;
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
  r.t7 = t7[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t15_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t15_at + k);
      }
      store_pack(t15 + base + i, t15_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_3_block(
    const T* __restrict__ g, const real* __restrict__ t7, T* __restrict__ t15, const long long rows,
    const int n) {
  using F = gcn_layer_vjp_3_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.t7 = t7[row];
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
          real t15_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t15_at + k);
          }
          store_pack(t15 + base + i, t15_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_3_split(
    const T* __restrict__ g, const real* __restrict__ t7, T* __restrict__ t15, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_vjp_3_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.t7 = t7[row];
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
        real t15_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t15_at + k);
        }
        store_pack(t15 + base + i, t15_at);
      }
    }
  }
}
""",
            ),
        ),
        Product(
            "t16",
            ("*", "n'", "k"),
            Read("t4", ("*", "n'", "n")),
            Read("t15", ("*", "n", "k")),
            over=("n",),
        ),
        Product(
            "t18",
            ("*", "n'", "m"),
            Read("t16", ("*", "n'", "k")),
            Read("weight", ("m", "k")),
            over=("k",),
            wide=True,
        ),
        Fused(
            batch=("*", "n'"),
            row="m",
            reads=(Read("t12", ("*", "n'")), Read("t18", ("*", "n'", "m"))),
            writes=(Read("t19", ("*", "n'", "m")),),
            kernel=RowKernel(
                name="gcn_layer_vjp_4",
                arrays=(Array("t12", "row"), Array("t18")),
                outputs=(Out("t19"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// gcn_layer_vjp_4:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_vjp_4_row {
  struct Element {
    real t18;
  };
  struct Row {
    real t12;
    real v2;
    Divisor d2;
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
    const real v2 = sqrt(r.t12);
    r.v2 = v2;
    r.d2 = divisor(r.v2);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t19) {
    const real v3 = op_times(e.t18, r.d2);
    t19[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_vjp_4_held(
    const real* __restrict__ t18, const real* __restrict__ t12, T* __restrict__ t19,
    const long long rows, const int n) {
  using F = gcn_layer_vjp_4_row;
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
  r.t12 = t12[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t19_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t19_at + k);
      }
      store_pack(t19 + base + i, t19_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_4_block(
    const real* __restrict__ t18, const real* __restrict__ t12, T* __restrict__ t19,
    const long long rows, const int n) {
  using F = gcn_layer_vjp_4_row;
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
        if (i < n) F::load_t18(e[turn], t18, base, i);
      }
#pragma unroll
      for (int turn = 0; turn < TURNS; ++turn) {
        const int i = start + turn * stride;
        if (i < n) {
          real t19_at[V];
#pragma unroll
          for (int k = 0; k < V; ++k) {
            F::store(e[turn][k], r, i + k, t19_at + k);
          }
          store_pack(t19 + base + i, t19_at);
        }
      }
    }
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_4_split(
    const real* __restrict__ t18, const real* __restrict__ t12, T* __restrict__ t19,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_vjp_4_row;
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
      if (i < end) F::load_t18(e[turn], t18, base, i);
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
      const int i = start + turn * stride;
      if (i < end) {
        real t19_at[V];
#pragma unroll
        for (int k = 0; k < V; ++k) {
          F::store(e[turn][k], r, i + k, t19_at + k);
        }
        store_pack(t19 + base + i, t19_at);
      }
    }
  }
}
""",
            ),
        ),
        Fused(
            batch=("*", "n'"),
            row="k",
            reads=(Read("t12", ("*", "n'")), Read("t16", ("*", "n'", "k"))),
            writes=(Read("t17", ("*", "n'", "k")),),
            kernel=RowKernel(
                name="gcn_layer_vjp_5",
                arrays=(Array("t12", "row"), Array("t16")),
                outputs=(Out("t17"),),
                held=1,
                folded=0,
                passes=0,
                text="""\
// gcn_layer_vjp_5:
// what is computed at a place and for a row.  The schedules below say when.
struct gcn_layer_vjp_5_row {
  struct Element {
    real t16;
  };
  struct Row {
    real t12;
    real v2;
    Divisor d2;
  };

  template <int V, typename P_t16>
  static __device__ __forceinline__ void load_t16(
      Element (&e)[V], const P_t16 t16, const long long base, const int i) {
    real t16_at[V];
    load_pack(t16 + base + i, t16_at);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      e[k].t16 = t16_at[k];
    }
  }

  static __device__ __forceinline__ void start(Row& r) {
    const real v2 = sqrt(r.t12);
    r.v2 = v2;
    r.d2 = divisor(r.v2);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* t17) {
    const real v3 = op_times(e.t16, r.d2);
    t17[0] = v3;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) gcn_layer_vjp_5_held(
    const T* __restrict__ t16, const real* __restrict__ t12, T* __restrict__ t17, const long long rows,
    const int n) {
  using F = gcn_layer_vjp_5_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) F::load_t16(e[step], Once<T>{t16}, base, i);
  }
  F::Row r;
  r.t12 = t12[row];
  F::start(r);
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if ((FULL || i < n) && mine) {
      real t17_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::store(e[step][k], r, i + k, t17_at + k);
      }
      store_pack(t17 + base + i, t17_at);
    }
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_5_block(
    const T* __restrict__ t16, const real* __restrict__ t12, T* __restrict__ t17, const long long rows,
    const int n) {
  using F = gcn_layer_vjp_5_row;
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
        if (i < n) F::load_t16(e[turn], t16, base, i);
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
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) gcn_layer_vjp_5_split(
    const T* __restrict__ t16, const real* __restrict__ t12, T* __restrict__ t17, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = gcn_layer_vjp_5_row;
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
      if (i < end) F::load_t16(e[turn], t16, base, i);
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
}
""",
            ),
        ),
        Product(
            "t20",
            ("m", "k"),
            Read("input", ("*", "n'", "m")),
            Read("t17", ("*", "n'", "k")),
            over=("n'", "*"),
        ),
    ),
)
