"""Alignment.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._runtime import Array, ElementwiseKernel, Numbers, Out, RowKernel

__all__ = [
    "bradley_terry",
    "bradley_terry_vjp",
    "dpo_loss",
    "dpo_loss_vjp",
    "ppo_objective",
    "ppo_objective_vjp",
    "sft_loss",
    "sft_loss_vjp",
]


def bradley_terry(chosen: Any, rejected: Any, *, out: Any = None) -> Any:
    """Bradley-Terry preference model.

        output = sigmoid(chosen - rejected)

    Args:
        chosen: float16, bfloat16, float32 or float64, shape (...); reward of the preferred answer.
        rejected: float16, bfloat16, float32 or float64, shape (...); reward of the other.
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
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claims act.sigmoid/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.3 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.2 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.49 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _BRADLEY_TERRY.one(
        {"chosen": chosen, "rejected": rejected},
        {},
        out=out,
    )


_BRADLEY_TERRY = ElementwiseKernel(
    name="bradley_terry",
    arrays=(Array("chosen"), Array("rejected")),
    outputs=(Out("output"),),
    text="""\
// bradley_terry:
// the function of one place, and the loop over packs of V places and those left over.
struct bradley_terry_map {
  __device__ __forceinline__ void operator()(const real chosen, const real rejected, real& output) const {
    const real v2 = chosen - rejected;
    const real v3 = fabs(v2);
    const real v4 = -v3;
    const real v5 = op_exp(v4);
    const bool v7 = R(0.0) <= v2;
    const real v9 = v7 ? R(1.0) : v5;
    const real v10 = v5 + R(1.0);
    const real v11 = op_div_moderate(v9, v10);
    output = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) bradley_terry_flat(
    const T* chosen, const T* rejected, T* output, const long long size) {
  const bradley_terry_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real chosen_at[V];
    load_pack_once(chosen + i, chosen_at);
    real rejected_at[V];
    load_pack_once(rejected + i, rejected_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(chosen_at[k], rejected_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(chosen[i]), real(rejected[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def bradley_terry_vjp(
    g: Any,
    chosen: Any,
    rejected: Any,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Bradley-Terry preference model: vector-Jacobian product.

        output = sigmoid(chosen - rejected)
        result = d(sum of g * output) / d(chosen, rejected)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        chosen: float16, bfloat16, float32 or float64, shape (...); reward of the preferred answer.
        rejected: float16, bfloat16, float32 or float64, shape (...); reward of the other.
        out: where to put the results.

    Returns:
        A tuple: that of chosen (shape (...)), that of rejected (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show align.bradley_terry.
    Stable by the proved claims act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.7 ulp max(1, k) (arguments up to 8)
        float16: 0.46 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.48 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 0.14 ulp max(1, k) (arguments up to 64)
        float16: 0.07 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.09 ulp max(1, k) (arguments up to 64)
        float64: 0.25 ulp max(1, k) (arguments up to 64)
    """
    return _BRADLEY_TERRY_VJP.several(
        {"g": g, "chosen": chosen, "rejected": rejected},
        {},
        out=out,
    )


_BRADLEY_TERRY_VJP = ElementwiseKernel(
    name="bradley_terry_vjp",
    arrays=(Array("g"), Array("chosen"), Array("rejected")),
    outputs=(Out("chosen"), Out("rejected")),
    text="""\
// bradley_terry_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct bradley_terry_vjp_map {
  __device__ __forceinline__ void operator()(
      const real g, const real chosen, const real rejected, real& chosen_out, real& rejected_out) const {
    const real v2 = chosen - rejected;
    const real v4 = fabs(v2);
    const real v5 = -v4;
    const real v6 = op_exp(v5);
    const real v8 = v6 + R(1.0);
    const real v9 = v8 * v8;
    const real v10 = op_div_moderate(v6, v9);
    const real v11 = g * v10;
    const real v12 = -v11;
    chosen_out = v11;
    rejected_out = v12;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) bradley_terry_vjp_flat(
    const T* g, const T* chosen, const T* rejected, T* chosen_out, T* rejected_out, const long long size) {
  const bradley_terry_vjp_map map;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real chosen_at[V];
    load_pack_once(chosen + i, chosen_at);
    real rejected_at[V];
    load_pack_once(rejected + i, rejected_at);
    real chosen_out_at[V];
    real rejected_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], chosen_at[k], rejected_at[k], chosen_out_at[k], rejected_out_at[k]);
    }
    store_pack(chosen_out + i, chosen_out_at);
    store_pack(rejected_out + i, rejected_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real chosen_out_at;
    real rejected_out_at;
    map(real(g[i]), real(chosen[i]), real(rejected[i]), chosen_out_at, rejected_out_at);
    chosen_out[i] = T(chosen_out_at);
    rejected_out[i] = T(rejected_out_at);
  }
}
""",
)


def ppo_objective(ratio: Any, advantage: Any, clip: float = 0.2, *, out: Any = None) -> Any:
    """Clipped policy objective (PPO).

        output = Min(advantage*ratio, advantage*Max(1 - clip, Min(ratio, clip + 1)))

    Args:
        ratio: float16, bfloat16, float32 or float64, shape (...); probability of the action, new over
            old, > 0.
        advantage: float16, bfloat16, float32 or float64, shape (...).
        clip: a number.
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
    Sources and proofs: symcheck show align.ppo.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.0 ulp max(1, k) (arguments up to 8)
        float16: 0.41 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.41 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 1.0 ulp max(1, k) (arguments up to 64)
        float16: 0.41 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.41 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _PPO_OBJECTIVE.one(
        {"ratio": ratio, "advantage": advantage},
        {"clip": clip},
        out=out,
    )


def _ppo_objective_numbers(clip: Any) -> tuple[Any, ...]:
    k5 = 1.0 - clip
    k6 = clip + 1.0
    return (k5, k6)


_PPO_OBJECTIVE = ElementwiseKernel(
    name="ppo_objective",
    arrays=(Array("ratio"), Array("advantage")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("k5", "k6"), compute=_ppo_objective_numbers),
    text="""\
// ppo_objective:
// the function of one place, and the loop over packs of V places and those left over.
struct ppo_objective_map {
  real k5;
  real k6;
  __device__ __forceinline__ void operator()(const real ratio, const real advantage, real& output) const {
    const real v2 = advantage * ratio;
    const real v7 = op_min(ratio, k6);
    const real v8 = op_max(k5, v7);
    const real v9 = advantage * v8;
    const real v10 = op_min(v2, v9);
    output = v10;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) ppo_objective_flat(
    const T* ratio, const T* advantage, const real k5, const real k6, T* output, const long long size) {
  const ppo_objective_map map{k5, k6};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real ratio_at[V];
    load_pack_once(ratio + i, ratio_at);
    real advantage_at[V];
    load_pack_once(advantage + i, advantage_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(ratio_at[k], advantage_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(ratio[i]), real(advantage[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def ppo_objective_vjp(g: Any, ratio: Any, advantage: Any, clip: float = 0.2, *, out: Any = None) -> Any:
    """Clipped policy objective (PPO): vector-Jacobian product.

        output = Min(advantage*ratio, advantage*Max(1 - clip, Min(ratio, clip + 1)))
        result = d(sum of g * output) / d(ratio)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        ratio: float16, bfloat16, float32 or float64, shape (...); probability of the action, new over
            old, > 0.
        advantage: float16, bfloat16, float32 or float64, shape (...).
        clip: a number.
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
    Sources and proofs: symcheck show align.ppo.
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
    return _PPO_OBJECTIVE_VJP.one(
        {"g": g, "ratio": ratio, "advantage": advantage},
        {"clip": clip},
        out=out,
    )


def _ppo_objective_vjp_numbers(clip: Any) -> tuple[Any, ...]:
    k5 = 1.0 - clip
    k6 = clip + 1.0
    return (k5, k6)


_PPO_OBJECTIVE_VJP = ElementwiseKernel(
    name="ppo_objective_vjp",
    arrays=(Array("g"), Array("ratio"), Array("advantage")),
    outputs=(Out("ratio"),),
    numbers=Numbers(given=("k5", "k6"), compute=_ppo_objective_vjp_numbers),
    text="""\
// ppo_objective_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct ppo_objective_vjp_map {
  real k5;
  real k6;
  __device__ __forceinline__ void operator()(
      const real g, const real ratio, const real advantage, real& ratio_out) const {
    const real v2 = advantage * ratio;
    const real v7 = op_min(ratio, k6);
    const real v8 = op_max(k5, v7);
    const real v9 = advantage * v8;
    const bool v12 = v2 < v9;
    const bool v13 = v2 <= v9;
    const real v14 = real(v12) + real(v13);
    const real v15 = R(0.5) * v14;
    const bool v16 = v9 < v2;
    const bool v17 = v9 <= v2;
    const real v18 = real(v16) + real(v17);
    const real v19 = R(0.5) * v18;
    const bool v20 = k5 < v7;
    const bool v21 = ratio < k6;
    const real v22 = advantage * g;
    const real v23 = v19 * real(v20);
    const real v24 = v23 * real(v21);
    const real v25 = v24 + v15;
    const real v26 = v22 * v25;
    ratio_out = v26;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) ppo_objective_vjp_flat(
    const T* g, const T* ratio, const T* advantage, const real k5, const real k6, T* ratio_out,
    const long long size) {
  const ppo_objective_vjp_map map{k5, k6};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real ratio_at[V];
    load_pack_once(ratio + i, ratio_at);
    real advantage_at[V];
    load_pack_once(advantage + i, advantage_at);
    real ratio_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], ratio_at[k], advantage_at[k], ratio_out_at[k]);
    }
    store_pack(ratio_out + i, ratio_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real ratio_out_at;
    map(real(g[i]), real(ratio[i]), real(advantage[i]), ratio_out_at);
    ratio_out[i] = T(ratio_out_at);
  }
}
""",
)


def dpo_loss(
    chosen: Any,
    rejected: Any,
    chosen_ref: Any,
    rejected_ref: Any,
    beta: float = 0.1,
    *,
    out: Any = None,
) -> Any:
    """Direct preference optimisation (DPO).

        output = softplus(-beta*(chosen - chosen_ref - rejected + rejected_ref))

    Args:
        chosen: float16, bfloat16, float32 or float64, shape (...); log-probability of the preferred
            answer.
        rejected: float16, bfloat16, float32 or float64, shape (...); log-probability of the other.
        chosen_ref: float16, bfloat16, float32 or float64, shape (...); the same under the reference.
        rejected_ref: float16, bfloat16, float32 or float64, shape (...); the same under the reference.
        beta: a number.
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
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claims act.softplus/stable_form.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.1 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.72 ulp max(1, k) (arguments up to 64)
        float16: 0.42 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.41 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _DPO_LOSS.one(
        {"chosen": chosen, "rejected": rejected, "chosen_ref": chosen_ref, "rejected_ref": rejected_ref},
        {"beta": beta},
        out=out,
    )


_DPO_LOSS = ElementwiseKernel(
    name="dpo_loss",
    arrays=(Array("chosen"), Array("rejected"), Array("chosen_ref"), Array("rejected_ref")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("beta",)),
    text="""\
// dpo_loss:
// the function of one place, and the loop over packs of V places and those left over.
struct dpo_loss_map {
  real beta;
  __device__ __forceinline__ void operator()(
      const real chosen, const real rejected, const real chosen_ref, const real rejected_ref,
      real& output) const {
    const real v3 = rejected_ref + chosen;
    const real v5 = v3 - rejected;
    const real v7 = v5 - chosen_ref;
    const real v8 = beta * v7;
    const real v9 = fabs(v8);
    const real v10 = -v9;
    const real v11 = op_exp(v10);
    const real v12 = log1p(v11);
    const real v14 = op_min(v8, R(0.0));
    const real v15 = v12 - v14;
    output = v15;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(4, 128)) dpo_loss_flat(
    const T* chosen, const T* rejected, const T* chosen_ref, const T* rejected_ref, const real beta,
    T* output, const long long size) {
  const dpo_loss_map map{beta};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real chosen_at[V];
    load_pack_once(chosen + i, chosen_at);
    real rejected_at[V];
    load_pack_once(rejected + i, rejected_at);
    real chosen_ref_at[V];
    load_pack_once(chosen_ref + i, chosen_ref_at);
    real rejected_ref_at[V];
    load_pack_once(rejected_ref + i, rejected_ref_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(chosen_at[k], rejected_at[k], chosen_ref_at[k], rejected_ref_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(chosen[i]), real(rejected[i]), real(chosen_ref[i]), real(rejected_ref[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def dpo_loss_vjp(
    g: Any,
    chosen: Any,
    rejected: Any,
    chosen_ref: Any,
    rejected_ref: Any,
    beta: float = 0.1,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Direct preference optimisation (DPO): vector-Jacobian product.

        output = softplus(-beta*(chosen - chosen_ref - rejected + rejected_ref))
        result = d(sum of g * output) / d(chosen, rejected)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        chosen: float16, bfloat16, float32 or float64, shape (...); log-probability of the preferred
            answer.
        rejected: float16, bfloat16, float32 or float64, shape (...); log-probability of the other.
        chosen_ref: float16, bfloat16, float32 or float64, shape (...); the same under the reference.
        rejected_ref: float16, bfloat16, float32 or float64, shape (...); the same under the reference.
        beta: a number.
        out: where to put the results.

    Returns:
        A tuple: that of chosen (shape (...)), that of rejected (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show align.dpo.
    Stable by the proved claims act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.3 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.47 ulp max(1, k) (arguments up to 8)
        float64: 1.7 ulp max(1, k) (arguments up to 8)
        float32: 1.8 ulp max(1, k) (arguments up to 64)
        float16: 0.49 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 2.0 ulp max(1, k) (arguments up to 64)
    """
    return _DPO_LOSS_VJP.several(
        {
            "g": g,
            "chosen": chosen,
            "rejected": rejected,
            "chosen_ref": chosen_ref,
            "rejected_ref": rejected_ref,
        },
        {"beta": beta},
        out=out,
    )


def _dpo_loss_vjp_numbers(beta: Any) -> tuple[Any, ...]:
    k20 = -beta
    return (beta, k20)


_DPO_LOSS_VJP = ElementwiseKernel(
    name="dpo_loss_vjp",
    arrays=(Array("g"), Array("chosen"), Array("rejected"), Array("chosen_ref"), Array("rejected_ref")),
    outputs=(Out("chosen"), Out("rejected")),
    numbers=Numbers(given=("beta", "k20"), compute=_dpo_loss_vjp_numbers),
    text="""\
// dpo_loss_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct dpo_loss_vjp_map {
  real beta;
  real k20;
  __device__ __forceinline__ void operator()(
      const real g, const real chosen, const real rejected, const real chosen_ref,
      const real rejected_ref, real& chosen_out, real& rejected_out) const {
    const real v3 = rejected_ref + chosen;
    const real v5 = v3 - rejected;
    const real v7 = v5 - chosen_ref;
    const real v8 = beta * v7;
    const real v10 = fabs(v8);
    const real v11 = -v10;
    const real v12 = op_exp(v11);
    const bool v14 = v8 <= R(0.0);
    const real v16 = v14 ? R(1.0) : v12;
    const real v17 = v12 + R(1.0);
    const real v18 = op_div_moderate(v16, v17);
    const real v19 = g * v18;
    const real v21 = k20 * v19;
    const real v22 = beta * v19;
    chosen_out = v21;
    rejected_out = v22;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(5, 128)) dpo_loss_vjp_flat(
    const T* g, const T* chosen, const T* rejected, const T* chosen_ref, const T* rejected_ref,
    const real beta, const real k20, T* chosen_out, T* rejected_out, const long long size) {
  const dpo_loss_vjp_map map{beta, k20};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real chosen_at[V];
    load_pack_once(chosen + i, chosen_at);
    real rejected_at[V];
    load_pack_once(rejected + i, rejected_at);
    real chosen_ref_at[V];
    load_pack_once(chosen_ref + i, chosen_ref_at);
    real rejected_ref_at[V];
    load_pack_once(rejected_ref + i, rejected_ref_at);
    real chosen_out_at[V];
    real rejected_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(
          g_at[k], chosen_at[k], rejected_at[k], chosen_ref_at[k], rejected_ref_at[k], chosen_out_at[k],
          rejected_out_at[k]);
    }
    store_pack(chosen_out + i, chosen_out_at);
    store_pack(rejected_out + i, rejected_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real chosen_out_at;
    real rejected_out_at;
    map(
        real(g[i]), real(chosen[i]), real(rejected[i]), real(chosen_ref[i]), real(rejected_ref[i]),
        chosen_out_at, rejected_out_at);
    chosen_out[i] = T(chosen_out_at);
    rejected_out[i] = T(rejected_out_at);
  }
}
""",
)


def sft_loss(input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Supervised fine-tuning loss.

        output = -Sum(input[k], (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); log-probabilities of the tokens of
            the answer.
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
    Sources and proofs: symcheck show align.sft.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.26 ulp of the largest of the row
        bfloat16: 0.27 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _SFT_LOSS.one(
        {"input": input},
        {},
        axis=axis,
        out=out,
    )


_SFT_LOSS = RowKernel(
    name="sft_loss",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    text="""\
// sft_loss:
// what is computed at a place and for a row.  The schedules below say when.
struct sft_loss_row {
  struct Element {
    real input;
  };
  struct Row {
    real v2;
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
    const real v2 = -f.v1.s;
    r.v2 = v2;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) sft_loss_held(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = sft_loss_row;
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
    output[row] = T(r.v2);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) sft_loss_block(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = sft_loss_row;
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
      output[row] = T(r.v2);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) sft_loss_staged(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n) {
  using F = sft_loss_row;
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
    F::finish1(fold1, r);
    if (threadIdx.x == 0) {
      output[row] = T(r.v2);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) sft_loss_split(
    const T* __restrict__ input, T* __restrict__ output, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = sft_loss_row;
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
    output[row] = T(r.v2);
  }
}
""",
)


def sft_loss_vjp(g: Any, input: Any, *, axis: int = -1, out: Any = None) -> Any:
    """Supervised fine-tuning loss: vector-Jacobian product.

        output = -Sum(input[k], (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n); log-probabilities of the tokens of
            the answer.
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
    Sources and proofs: symcheck show align.sft.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.0 ulp of the largest of the row
        float16: 0.0 ulp of the largest of the row
        bfloat16: 0.0 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _SFT_LOSS_VJP.one(
        {"g": g, "input": input},
        {},
        axis=axis,
        out=out,
    )


_SFT_LOSS_VJP = RowKernel(
    name="sft_loss_vjp",
    arrays=(Array("g", "row"), Array("input", used=False)),
    outputs=(Out("input"),),
    held=0,
    folded=0,
    passes=0,
    text="""\
// sft_loss_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct sft_loss_vjp_row {
  struct Element {
  };
  struct Row {
    real g;
    real v1;
  };

  static __device__ __forceinline__ void start(Row& r) {
    const real v1 = -r.g;
    r.v1 = v1;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    input_out[0] = r.v1;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) sft_loss_vjp_held(
    const T* __restrict__ g, T* __restrict__ input_out, const long long rows, const int n) {
  using F = sft_loss_vjp_row;
  const int lane = threadIdx.x % LANES;
  const long long own = (long long)blockIdx.x * (blockDim.x / LANES) + threadIdx.x / LANES;
  if (LANES <= 32 && own - (threadIdx.x & 31) / LANES >= rows) return;  // no thread of the warp has a row
  const bool mine = own < rows;
  const long long row = mine ? own : rows - 1, base = row * n;
  F::Element e[STEPS][V];
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
__global__ void PASS_BOUNDS(512) sft_loss_vjp_block(
    const T* __restrict__ g, T* __restrict__ input_out, const long long rows, const int n) {
  using F = sft_loss_vjp_row;
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
__global__ void PASS_BOUNDS(512) sft_loss_vjp_split(
    const T* __restrict__ g, T* __restrict__ input_out, const long long rows, const int n,
    real* __restrict__ partial, const int parts, const int part_places) {
  using F = sft_loss_vjp_row;
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
