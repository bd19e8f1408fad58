"""Probability and statistics.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel

__all__ = ["correlation", "covariance", "gaussian_log_prob", "gaussian_log_prob_vjp", "variance"]


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
    last one, and inf * 0 is NaN. Leading axes broadcast.

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
    const real v5 = v2 / scale;
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
__global__ void __launch_bounds__(256, 1) gaussian_log_prob_flat(
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
    last one, and inf * 0 is NaN. Leading axes broadcast.
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
    const real v4 = v2 / scale;
    const real v5 = v4 * v4;
    const real v8 = v4 * g;
    const real v9 = v5 - R(1.0);
    const real v10 = g * v9;
    const real v11 = v10 / scale;
    const real v12 = v8 / scale;
    const real v13 = -v12;
    input_out = v13;
    loc_out = v12;
    scale_out = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(256, 1) gaussian_log_prob_vjp_flat(
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
    last one, and inf * 0 is NaN. Leading axes broadcast.

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
    folded=1,
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_variance_numbers),
    text="""\
// variance: what is computed at a place and for a row.  The schedules below say when.
struct variance_row {
  struct Element {
    real input;
  };
  struct Row {
    real size_n;
    real v3;
    real v7;
  };

  template <typename T, int V>
  static __device__ __forceinline__ void load_input(
      Element (&e)[V], const T* input, const long long base, const int i) {
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
    __device__ __forceinline__ Fold1 other(const int lane) const {
      Fold1 b;
      b.v1 = v1.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, Fold1& f) {
    f.v1.add(e.input);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = f.v1.s / r.size_n;
    r.v3 = v3;
  }

  struct Fold2 {
    Sum v6;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v6.combine(b.v6);
    }
    __device__ __forceinline__ Fold2 other(const int lane) const {
      Fold2 b;
      b.v6 = v6.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, Fold2& f) {
    const real v4 = e.input - r.v3;
    const real v5 = v4 * v4;
    f.v6.add(v5);
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v7 = f.v6.s / r.size_n;
    r.v7 = v7;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) variance_warp(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = variance_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_input(e[step], input, base, i);
  }
  F::Row r;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[step][k], r, i + k, fold1);
    }
  }
  combine_warp(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[step][k], r, i + k, fold2);
    }
  }
  combine_warp(fold2);
  F::finish2(fold2, r);
  if (lane == 0) {
    output[row] = T(r.v7);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) variance_block(
    const T* __restrict__ input, const real size_n, T* __restrict__ output, const long long rows,
    const int n) {
  using F = variance_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input(e, input, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input(e, input, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[k], r, i + k, fold2);
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v7);
    }
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
    last one, and inf * 0 is NaN. Leading axes broadcast.

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
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_covariance_numbers),
    text="""\
// covariance: what is computed at a place and for a row.  The schedules below say when.
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

  template <typename T, int V>
  static __device__ __forceinline__ void load_input_other(
      Element (&e)[V], const T* input, const T* other, const long long base, const int i) {
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
    __device__ __forceinline__ Fold1 other(const int lane) const {
      Fold1 b;
      b.v1 = v1.other(lane);
      b.v6 = v6.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, Fold1& f) {
    f.v1.add(e.input);
    f.v6.add(e.other);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = f.v1.s / r.size_n;
    const real v7 = f.v6.s / r.size_n;
    r.v3 = v3;
    r.v7 = v7;
  }

  struct Fold2 {
    Sum v10;
    __device__ __forceinline__ void combine(const Fold2& b) {
      v10.combine(b.v10);
    }
    __device__ __forceinline__ Fold2 other(const int lane) const {
      Fold2 b;
      b.v10 = v10.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, Fold2& f) {
    const real v4 = e.input - r.v3;
    const real v8 = e.other - r.v7;
    const real v9 = v4 * v8;
    f.v10.add(v9);
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v11 = f.v10.s / r.size_n;
    r.v11 = v11;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) covariance_warp(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = covariance_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_input_other(e[step], input, other, base, i);
  }
  F::Row r;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[step][k], r, i + k, fold1);
    }
  }
  combine_warp(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[step][k], r, i + k, fold2);
    }
  }
  combine_warp(fold2);
  F::finish2(fold2, r);
  if (lane == 0) {
    output[row] = T(r.v11);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) covariance_block(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = covariance_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_other(e, input, other, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_other(e, input, other, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[k], r, i + k, fold2);
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v11);
    }
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
    last one, and inf * 0 is NaN. Leading axes broadcast.
    Domain: variables that are not constant.

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
    folded=3,
    numbers=Numbers(given=("size_n",), sizes=("n",), compute=_correlation_numbers),
    text="""\
// correlation: what is computed at a place and for a row.  The schedules below say when.
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

  template <typename T, int V>
  static __device__ __forceinline__ void load_input_other(
      Element (&e)[V], const T* input, const T* other, const long long base, const int i) {
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
    __device__ __forceinline__ Fold1 other(const int lane) const {
      Fold1 b;
      b.v1 = v1.other(lane);
      b.v6 = v6.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift1(const Element& e, const Row& r, const int i, Fold1& f) {
    f.v1.add(e.input);
    f.v6.add(e.other);
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v3 = f.v1.s / r.size_n;
    const real v7 = f.v6.s / r.size_n;
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
    __device__ __forceinline__ Fold2 other(const int lane) const {
      Fold2 b;
      b.v10 = v10.other(lane);
      b.v12 = v12.other(lane);
      b.v15 = v15.other(lane);
      return b;
    }
  };

  static __device__ __forceinline__ void lift2(const Element& e, const Row& r, const int i, Fold2& f) {
    const real v4 = e.input - r.v3;
    const real v8 = e.other - r.v7;
    const real v9 = v4 * v8;
    const real v11 = v4 * v4;
    const real v14 = v8 * v8;
    f.v10.add(v9);
    f.v12.add(v11);
    f.v15.add(v14);
  }

  static __device__ __forceinline__ void finish2(const Fold2& f, Row& r) {
    const real v13 = sqrt(f.v12.s);
    const real v16 = sqrt(f.v15.s);
    const real v17 = v13 * v16;
    const real v18 = f.v10.s / v17;
    r.v18 = v18;
  }
};

// A warp for each row, which stays in registers: each lane holds STEPS packs of V places.
template <typename T, int V, int STEPS>
__global__ void __launch_bounds__(128, 1) correlation_warp(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = correlation_row;
  const int lane = threadIdx.x & 31;
  const long long row = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (row >= rows) return;
  const long long base = row * n;
  F::Element e[STEPS][V];
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) F::load_input_other(e[step], input, other, base, i);
  }
  F::Row r;
  r.size_n = size_n;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[step][k], r, i + k, fold1);
    }
  }
  combine_warp(fold1);
  F::finish1(fold1, r);
  F::Fold2 fold2;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * 32 + lane) * V;
    if (i < n) {
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[step][k], r, i + k, fold2);
    }
  }
  combine_warp(fold2);
  F::finish2(fold2, r);
  if (lane == 0) {
    output[row] = T(r.v18);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void __launch_bounds__(256, 1) correlation_block(
    const T* __restrict__ input, const T* __restrict__ other, const real size_n, T* __restrict__ output,
    const long long rows, const int n) {
  using F = correlation_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.size_n = size_n;
    F::Fold1 fold1;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_other(e, input, other, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift1(e[k], r, i + k, fold1);
    }
    combine_block(fold1);
    F::finish1(fold1, r);
    F::Fold2 fold2;
    for (int i = first; i < n; i += stride) {
      F::Element e[V];
      F::load_input_other(e, input, other, base, i);
#pragma unroll
      for (int k = 0; k < V; ++k) F::lift2(e[k], r, i + k, fold2);
    }
    combine_block(fold2);
    F::finish2(fold2, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v18);
    }
  }
}
""",
)
