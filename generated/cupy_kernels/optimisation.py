"""Optimisation.

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
    "adam_step",
    "adamw_step",
    "clip_by_norm",
    "clip_by_norm_vjp",
    "cosine_schedule",
    "dropout",
    "dropout_vjp",
    "l1_penalty",
    "l1_penalty_vjp",
    "l2_penalty",
    "l2_penalty_vjp",
    "momentum_step",
    "sgd_step",
    "warmup_cosine_schedule",
]


def sgd_step(param: Any, grad: Any, lr: float, *, out: Any = None) -> Any:
    """Gradient descent.

        param = -grad*lr + param

    Args:
        param: float16, bfloat16, float32 or float64, shape (...).
        grad: float16, bfloat16, float32 or float64, shape (...).
        lr: a number; learning rate.
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
    Sources and proofs: symcheck show opt.gd.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.5 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 0.0 ulp max(1, k) (arguments up to 8)
        float32: 0.0 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 0.0 ulp max(1, k) (arguments up to 64)
    """
    return _SGD_STEP.one(
        {"param": param, "grad": grad},
        {"lr": lr},
        out=out,
    )


_SGD_STEP = ElementwiseKernel(
    name="sgd_step",
    arrays=(Array("param"), Array("grad")),
    outputs=(Out("param"),),
    numbers=Numbers(given=("lr",)),
    text="""\
// sgd_step:
// the function of one place, and the loop over packs of V places and those left over.
struct sgd_step_map {
  real lr;
  __device__ __forceinline__ void operator()(const real param, const real grad, real& param_out) const {
    const real v3 = lr * grad;
    const real v4 = param - v3;
    param_out = v4;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) sgd_step_flat(
    const T* param, const T* grad, const real lr, T* param_out, const long long size) {
  const sgd_step_map map{lr};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real param_at[V];
    load_pack_once(param + i, param_at);
    real grad_at[V];
    load_pack_once(grad + i, grad_at);
    real param_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(param_at[k], grad_at[k], param_out_at[k]);
    }
    store_pack(param_out + i, param_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real param_out_at;
    map(real(param[i]), real(grad[i]), param_out_at);
    param_out[i] = T(param_out_at);
  }
}
""",
)


def momentum_step(
    param: Any,
    grad: Any,
    velocity: Any,
    lr: float,
    momentum: float = 0.9,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Gradient descent with momentum.

        param = -grad*lr - momentum*velocity + param
        velocity = grad*lr + momentum*velocity

    Args:
        param: float16, bfloat16, float32 or float64, shape (...).
        grad: float16, bfloat16, float32 or float64, shape (...).
        velocity: float16, bfloat16, float32 or float64, shape (...).
        lr: a number; learning rate.
        momentum: a number.
        out: where to put the results.

    Returns:
        A tuple: that of param (shape (...)), that of velocity (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Sources and proofs: symcheck show opt.momentum.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 0.9 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.0 ulp max(1, k) (arguments up to 8)
        float32: 0.81 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _MOMENTUM_STEP.several(
        {"param": param, "grad": grad, "velocity": velocity},
        {"lr": lr, "momentum": momentum},
        out=out,
    )


_MOMENTUM_STEP = ElementwiseKernel(
    name="momentum_step",
    arrays=(Array("param"), Array("grad"), Array("velocity")),
    outputs=(Out("param"), Out("velocity")),
    numbers=Numbers(given=("lr", "momentum")),
    text="""\
// momentum_step:
// the function of one place, and the loop over packs of V places and those left over.
struct momentum_step_map {
  real lr;
  real momentum;
  __device__ __forceinline__ void operator()(
      const real param, const real grad, const real velocity, real& param_out, real& velocity_out) const {
    const real v3 = lr * grad;
    const real v4 = param - v3;
    const real v7 = momentum * velocity;
    const real v8 = v4 - v7;
    const real v9 = v3 + v7;
    param_out = v8;
    velocity_out = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(3, 128)) momentum_step_flat(
    const T* param, const T* grad, const T* velocity, const real lr, const real momentum, T* param_out,
    T* velocity_out, const long long size) {
  const momentum_step_map map{lr, momentum};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real param_at[V];
    load_pack_once(param + i, param_at);
    real grad_at[V];
    load_pack_once(grad + i, grad_at);
    real velocity_at[V];
    load_pack_once(velocity + i, velocity_at);
    real param_out_at[V];
    real velocity_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(param_at[k], grad_at[k], velocity_at[k], param_out_at[k], velocity_out_at[k]);
    }
    store_pack(param_out + i, param_out_at);
    store_pack(velocity_out + i, velocity_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real param_out_at;
    real velocity_out_at;
    map(real(param[i]), real(grad[i]), real(velocity[i]), param_out_at, velocity_out_at);
    param_out[i] = T(param_out_at);
    velocity_out[i] = T(velocity_out_at);
  }
}
""",
)


def adam_step(
    param: Any,
    grad: Any,
    exp_avg: Any,
    exp_avg_sq: Any,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Adam.

        param = -lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps + sqrt((beta2*exp_avg_sq
            + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, bfloat16, float32 or float64, shape (...).
        grad: float16, bfloat16, float32 or float64, shape (...).
        exp_avg: float16, bfloat16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, bfloat16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        out: where to put the results.

    Returns:
        A tuple: that of param (shape (...)), that of exp_avg (shape (...)), that of exp_avg_sq (shape
            (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adam.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.5 ulp max(1, k) (arguments up to 8)
        float16: 0.51 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 1.3 ulp max(1, k) (arguments up to 64)
        float16: 0.49 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _ADAM_STEP.several(
        {"param": param, "grad": grad, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq},
        {"step": step, "lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps},
        out=out,
    )


def _adam_step_numbers(step: Any, lr: Any, beta1: Any, beta2: Any, eps: Any) -> tuple[Any, ...]:
    k7 = 1.0 - beta1
    k12 = np.log(beta1)
    k13 = step * k12
    k14 = np.expm1(k13)
    k15 = -k14
    k21 = 1.0 - beta2
    k24 = np.log(beta2)
    k25 = step * k24
    k26 = np.expm1(k25)
    k27 = -k26
    return (lr, beta1, beta2, eps, k7, k15, k21, k27)


_ADAM_STEP = ElementwiseKernel(
    name="adam_step",
    arrays=(Array("param"), Array("grad"), Array("exp_avg"), Array("exp_avg_sq")),
    outputs=(Out("param"), Out("exp_avg"), Out("exp_avg_sq")),
    numbers=Numbers(
        given=("lr", "beta1", "beta2", "eps", "k7", "k15", "k21", "k27"),
        compute=_adam_step_numbers,
    ),
    text="""\
// adam_step:
// the function of one place, and the loop over packs of V places and those left over.
struct adam_step_map {
  real lr;
  real beta1;
  real beta2;
  real eps;
  real k7;
  real k15;
  real k21;
  real k27;
  __device__ __forceinline__ void operator()(
      const real param, const real grad, const real exp_avg, const real exp_avg_sq,
      real& param_out, real& exp_avg_out, real& exp_avg_sq_out) const {
    const real v4 = beta1 * exp_avg;
    const real v8 = grad * k7;
    const real v9 = v4 + v8;
    const real v10 = lr * v9;
    const real v19 = beta2 * exp_avg_sq;
    const real v20 = grad * grad;
    const real v22 = v20 * k21;
    const real v23 = v19 + v22;
    const real v28 = op_div(v23, k27);
    const real v29 = sqrt(v28);
    const real v30 = eps + v29;
    const real v31 = k15 * v30;
    const real v32 = op_div(v10, v31);
    const real v33 = param - v32;
    param_out = v33;
    exp_avg_out = v9;
    exp_avg_sq_out = v23;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(4, 128)) adam_step_flat(
    const T* param, const T* grad, const T* exp_avg, const T* exp_avg_sq, const real lr,
    const real beta1, const real beta2, const real eps, const real k7, const real k15, const real k21,
    const real k27, T* param_out, T* exp_avg_out, T* exp_avg_sq_out, const long long size) {
  const adam_step_map map{lr, beta1, beta2, eps, k7, k15, k21, k27};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real param_at[V];
    load_pack_once(param + i, param_at);
    real grad_at[V];
    load_pack_once(grad + i, grad_at);
    real exp_avg_at[V];
    load_pack_once(exp_avg + i, exp_avg_at);
    real exp_avg_sq_at[V];
    load_pack_once(exp_avg_sq + i, exp_avg_sq_at);
    real param_out_at[V];
    real exp_avg_out_at[V];
    real exp_avg_sq_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(
          param_at[k], grad_at[k], exp_avg_at[k], exp_avg_sq_at[k], param_out_at[k], exp_avg_out_at[k],
          exp_avg_sq_out_at[k]);
    }
    store_pack(param_out + i, param_out_at);
    store_pack(exp_avg_out + i, exp_avg_out_at);
    store_pack(exp_avg_sq_out + i, exp_avg_sq_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real param_out_at;
    real exp_avg_out_at;
    real exp_avg_sq_out_at;
    map(
        real(param[i]), real(grad[i]), real(exp_avg[i]), real(exp_avg_sq[i]), param_out_at,
        exp_avg_out_at, exp_avg_sq_out_at);
    param_out[i] = T(param_out_at);
    exp_avg_out[i] = T(exp_avg_out_at);
    exp_avg_sq_out[i] = T(exp_avg_sq_out_at);
  }
}
""",
)


def adamw_step(
    param: Any,
    grad: Any,
    exp_avg: Any,
    exp_avg_sq: Any,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.01,
    *,
    out: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """AdamW.

        param = -lr*param*weight_decay - lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps +
            sqrt((beta2*exp_avg_sq + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, bfloat16, float32 or float64, shape (...).
        grad: float16, bfloat16, float32 or float64, shape (...).
        exp_avg: float16, bfloat16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, bfloat16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        weight_decay: a number.
        out: where to put the results.

    Returns:
        A tuple: that of param (shape (...)), that of exp_avg (shape (...)), that of exp_avg_sq (shape
            (...)).

    Raises:
        TypeError: an argument or out has another dtype than above, or is no CuPy array.
        ValueError: shapes or axis do not fit.

    Computed and summed in float32 (float64 for float64), in the same order on every device; float32
    subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE
    arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the
    last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that
    does not hold. Leading axes broadcast.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adamw.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 1.6 ulp max(1, k) (arguments up to 8)
        float16: 0.51 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 1.3 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.0 ulp max(1, k) (arguments up to 64)
    """
    return _ADAMW_STEP.several(
        {"param": param, "grad": grad, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq},
        {"step": step, "lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay},
        out=out,
    )


def _adamw_step_numbers(
    step: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    eps: Any,
    weight_decay: Any,
) -> tuple[Any, ...]:
    k3 = weight_decay * lr
    k11 = 1.0 - beta1
    k16 = np.log(beta1)
    k17 = step * k16
    k18 = np.expm1(k17)
    k19 = -k18
    k25 = 1.0 - beta2
    k28 = np.log(beta2)
    k29 = step * k28
    k30 = np.expm1(k29)
    k31 = -k30
    return (lr, beta1, beta2, eps, k3, k11, k19, k25, k31)


_ADAMW_STEP = ElementwiseKernel(
    name="adamw_step",
    arrays=(Array("param"), Array("grad"), Array("exp_avg"), Array("exp_avg_sq")),
    outputs=(Out("param"), Out("exp_avg"), Out("exp_avg_sq")),
    numbers=Numbers(
        given=("lr", "beta1", "beta2", "eps", "k3", "k11", "k19", "k25", "k31"),
        compute=_adamw_step_numbers,
    ),
    text="""\
// adamw_step:
// the function of one place, and the loop over packs of V places and those left over.
struct adamw_step_map {
  real lr;
  real beta1;
  real beta2;
  real eps;
  real k3;
  real k11;
  real k19;
  real k25;
  real k31;
  __device__ __forceinline__ void operator()(
      const real param, const real grad, const real exp_avg, const real exp_avg_sq,
      real& param_out, real& exp_avg_out, real& exp_avg_sq_out) const {
    const real v4 = k3 * param;
    const real v5 = param - v4;
    const real v8 = beta1 * exp_avg;
    const real v12 = grad * k11;
    const real v13 = v8 + v12;
    const real v14 = lr * v13;
    const real v23 = beta2 * exp_avg_sq;
    const real v24 = grad * grad;
    const real v26 = v24 * k25;
    const real v27 = v23 + v26;
    const real v32 = op_div(v27, k31);
    const real v33 = sqrt(v32);
    const real v34 = eps + v33;
    const real v35 = k19 * v34;
    const real v36 = op_div(v14, v35);
    const real v37 = v5 - v36;
    param_out = v37;
    exp_avg_out = v13;
    exp_avg_sq_out = v27;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(4, 128)) adamw_step_flat(
    const T* param, const T* grad, const T* exp_avg, const T* exp_avg_sq, const real lr,
    const real beta1, const real beta2, const real eps, const real k3, const real k11, const real k19,
    const real k25, const real k31, T* param_out, T* exp_avg_out, T* exp_avg_sq_out, const long long size) {
  const adamw_step_map map{lr, beta1, beta2, eps, k3, k11, k19, k25, k31};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real param_at[V];
    load_pack_once(param + i, param_at);
    real grad_at[V];
    load_pack_once(grad + i, grad_at);
    real exp_avg_at[V];
    load_pack_once(exp_avg + i, exp_avg_at);
    real exp_avg_sq_at[V];
    load_pack_once(exp_avg_sq + i, exp_avg_sq_at);
    real param_out_at[V];
    real exp_avg_out_at[V];
    real exp_avg_sq_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(
          param_at[k], grad_at[k], exp_avg_at[k], exp_avg_sq_at[k], param_out_at[k], exp_avg_out_at[k],
          exp_avg_sq_out_at[k]);
    }
    store_pack(param_out + i, param_out_at);
    store_pack(exp_avg_out + i, exp_avg_out_at);
    store_pack(exp_avg_sq_out + i, exp_avg_sq_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real param_out_at;
    real exp_avg_out_at;
    real exp_avg_sq_out_at;
    map(
        real(param[i]), real(grad[i]), real(exp_avg[i]), real(exp_avg_sq[i]), param_out_at,
        exp_avg_out_at, exp_avg_sq_out_at);
    param_out[i] = T(param_out_at);
    exp_avg_out[i] = T(exp_avg_out_at);
    exp_avg_sq_out[i] = T(exp_avg_sq_out_at);
  }
}
""",
)


def clip_by_norm(input: Any, max_norm: float = 1.0, *, axis: int = -1, out: Any = None) -> Any:
    """Gradient clipping by norm.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        max_norm: a number.
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
    Sources and proofs: symcheck show opt.clip.

    Error, at most as measured against 50 digits on the host harness:
        float32: 1.2 ulp of the largest of the row
        float16: 0.48 ulp of the largest of the row
        bfloat16: 0.46 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CLIP_BY_NORM.one(
        {"input": input},
        {"max_norm": max_norm},
        axis=axis,
        out=out,
    )


_CLIP_BY_NORM = RowKernel(
    name="clip_by_norm",
    arrays=(Array("input"),),
    outputs=(Out("output"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("max_norm",)),
    text="""\
// clip_by_norm:
// what is computed at a place and for a row.  The schedules below say when.
struct clip_by_norm_row {
  struct Element {
    real input;
  };
  struct Row {
    real max_norm;
    real v5;
    bool v7;
    Divisor d5;
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
    const real v5 = sqrt(f.v4.s);
    const bool v7 = v5 <= r.max_norm;
    r.v5 = v5;
    r.v7 = v7;
    r.d5 = divisor(r.v5);
  }

  static __device__ __forceinline__ void store(const Element& e, const Row& r, const int i, real* output) {
    const real v2 = r.max_norm * e.input;
    const real v6 = op_times(v2, r.d5);
    const real v8 = r.v7 ? e.input : v6;
    output[0] = v8;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) clip_by_norm_held(
    const T* __restrict__ input, const real max_norm, T* __restrict__ output, const long long rows,
    const int n) {
  using F = clip_by_norm_row;
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
  r.max_norm = max_norm;
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
__global__ void PASS_BOUNDS(512) clip_by_norm_block(
    const T* __restrict__ input, const real max_norm, T* __restrict__ output, const long long rows,
    const int n) {
  using F = clip_by_norm_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.max_norm = max_norm;
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
__global__ void PASS_BOUNDS(THREADS) clip_by_norm_staged(
    const T* __restrict__ input, const real max_norm, T* __restrict__ output, const long long rows,
    const int n) {
  using F = clip_by_norm_row;
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
    r.max_norm = max_norm;
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
__global__ void PASS_BOUNDS(512) clip_by_norm_split(
    const T* __restrict__ input, const real max_norm, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = clip_by_norm_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.max_norm = max_norm;
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


def clip_by_norm_vjp(g: Any, input: Any, max_norm: float = 1.0, *, axis: int = -1, out: Any = None) -> Any:
    """Gradient clipping by norm: vector-Jacobian product.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (..., n); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        max_norm: a number.
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
    Sources and proofs: symcheck show opt.clip.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.92 ulp of the largest of the row
        float16: 0.47 ulp of the largest of the row
        bfloat16: 0.43 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _CLIP_BY_NORM_VJP.one(
        {"g": g, "input": input},
        {"max_norm": max_norm},
        axis=axis,
        out=out,
    )


_CLIP_BY_NORM_VJP = RowKernel(
    name="clip_by_norm_vjp",
    arrays=(Array("g"), Array("input")),
    outputs=(Out("input"),),
    held=2,
    folded=2,
    passes=1,
    staged=("g", "input"),
    numbers=Numbers(given=("max_norm",)),
    text="""\
// clip_by_norm_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct clip_by_norm_vjp_row {
  struct Element {
    real g;
    real input;
  };
  struct Row {
    real max_norm;
    bool v5;
    real v14;
    real v19;
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
    Sum v3;
    Sum v12;
    __device__ __forceinline__ void combine(const Fold1& b) {
      v3.combine(b.v3);
      v12.combine(b.v12);
    }
    __device__ __forceinline__ void over_lanes(const int count) {
      v3.over_lanes(count);
      v12.over_lanes(count);
    }
  };

  static __device__ __forceinline__ void lift1(
      const Element& e, const Row& r, const int i, real& v3, real& v12) {
    const real v2 = e.input * e.input;
    const real v11 = e.input * e.g;
    v3 = v2;
    v12 = v11;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = sqrt(f.v3.s);
    const bool v5 = v4 <= r.max_norm;
    const real v10 = v5 ? R(0.0) : R(1.0);
    const real v13 = v4 * v4;
    const real v14 = op_div(f.v12.s, v13);
    const real v17 = r.max_norm * v10;
    const real v18 = op_div(v17, v4);
    const real v19 = v5 ? R(0.0) : v18;
    r.v5 = v5;
    r.v14 = v14;
    r.v19 = v19;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v9 = e.g * real(r.v5);
    const real v15 = r.v14 * e.input;
    const real v16 = e.g - v15;
    const real v20 = r.v19 * v16;
    const real v21 = r.v5 ? R(0.0) : v20;
    const real v22 = v9 + v21;
    input_out[0] = v22;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) clip_by_norm_vjp_held(
    const T* __restrict__ g, const T* __restrict__ input, const real max_norm, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = clip_by_norm_vjp_row;
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
  r.max_norm = max_norm;
  F::Fold1 fold1;
#pragma unroll
  for (int step = 0; step < STEPS; ++step) {
    const int i = (step * LANES + lane) * V;
    if (FULL || i < n) {
      real v3_at[V];
      real v12_at[V];
#pragma unroll
      for (int k = 0; k < V; ++k) {
        F::lift1(e[step][k], r, i + k, v3_at[k], v12_at[k]);
      }
      fold1.v3.add_pack(v3_at);
      fold1.v12.add_pack(v12_at);
    }
  }
  combine_lanes<LANES>(fold1);
  F::finish1(fold1, r);
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
__global__ void PASS_BOUNDS(512) clip_by_norm_vjp_block(
    const T* __restrict__ g, const T* __restrict__ input, const real max_norm, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = clip_by_norm_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.max_norm = max_norm;
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
            real v12_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v12_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v12.add_pack(v12_at);
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
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) clip_by_norm_vjp_staged(
    const T* __restrict__ g, const T* __restrict__ input, const real max_norm, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = clip_by_norm_vjp_row;
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
    r.max_norm = max_norm;
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
            real v3_at[V];
            real v12_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v12_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v12.add_pack(v12_at);
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
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) clip_by_norm_vjp_split(
    const T* __restrict__ g, const T* __restrict__ input, const real max_norm, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = clip_by_norm_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.max_norm = max_norm;
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
            real v12_at[V];
#pragma unroll
            for (int k = 0; k < V; ++k) {
              F::lift1(e[turn][k], r, i + k, v3_at[k], v12_at[k]);
            }
            fold1.v3.add_pack(v3_at);
            fold1.v12.add_pack(v12_at);
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
}
""",
)


def cosine_schedule(
    step: Any,
    total: float = 100.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Any = None,
) -> Any:
    """Cosine annealing.

        output = lr_min + (lr_max - lr_min)*cos(pi*step/(2*total))**2

    Args:
        step: float16, bfloat16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        lr_max: a number.
        lr_min: a number.
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
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.cosine.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 2.5 ulp max(1, k) (arguments up to 8)
        float16: 0.49 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 1.7 ulp max(1, k) (arguments up to 8)
        float32: 2.5 ulp max(1, k) (arguments up to 64)
        float16: 0.49 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 1.7 ulp max(1, k) (arguments up to 64)
    """
    return _COSINE_SCHEDULE.one(
        {"step": step},
        {"total": total, "lr_max": lr_max, "lr_min": lr_min},
        out=out,
    )


def _cosine_schedule_numbers(total: Any, lr_max: Any, lr_min: Any) -> tuple[Any, ...]:
    k2 = lr_max - lr_min
    k6 = np.divide(1.5707963267948966, total)
    return (lr_min, k2, k6)


_COSINE_SCHEDULE = ElementwiseKernel(
    name="cosine_schedule",
    arrays=(Array("step"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("lr_min", "k2", "k6"), compute=_cosine_schedule_numbers),
    text="""\
// cosine_schedule:
// the function of one place, and the loop over packs of V places and those left over.
struct cosine_schedule_map {
  real lr_min;
  real k2;
  real k6;
  __device__ __forceinline__ void operator()(const real step, real& output) const {
    const real v7 = k6 * step;
    const SinCos a8 = op_sincos(v7);
    const real v8 = a8.cosine;
    const real v9 = v8 * v8;
    const real v10 = k2 * v9;
    const real v11 = lr_min + v10;
    output = v11;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) cosine_schedule_flat(
    const T* step, const real lr_min, const real k2, const real k6, T* output, const long long size) {
  const cosine_schedule_map map{lr_min, k2, k6};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real step_at[V];
    load_pack_once(step + i, step_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(step_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(step[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def warmup_cosine_schedule(
    step: Any,
    total: float = 100.0,
    warmup: float = 10.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Any = None,
) -> Any:
    """Warm-up and cosine decay.

        output = Piecewise((lr_max*step/warmup, step < warmup), (lr_min + (lr_max - lr_min)*cos(pi*(step
            - warmup)/(2*total - 2*warmup))**2, True))

    Args:
        step: float16, bfloat16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        warmup: a number; steps of warm-up.
        lr_max: a number.
        lr_min: a number.
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
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.warmup_cosine.

    Error, at most as measured against 50 digits on the host harness, k its condition number:
        float32: 2.6 ulp max(1, k) (arguments up to 8)
        float16: 0.5 ulp max(1, k) (arguments up to 8)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 8)
        float64: 2.0 ulp max(1, k) (arguments up to 8)
        float32: 2.6 ulp max(1, k) (arguments up to 64)
        float16: 0.5 ulp max(1, k) (arguments up to 64)
        bfloat16: 0.5 ulp max(1, k) (arguments up to 64)
        float64: 2.0 ulp max(1, k) (arguments up to 64)
    """
    return _WARMUP_COSINE_SCHEDULE.one(
        {"step": step},
        {"total": total, "warmup": warmup, "lr_max": lr_max, "lr_min": lr_min},
        out=out,
    )


def _warmup_cosine_schedule_numbers(total: Any, warmup: Any, lr_max: Any, lr_min: Any) -> tuple[Any, ...]:
    k2 = lr_max - lr_min
    k9 = 2.0 * total
    k10 = 2.0 * warmup
    k11 = k9 - k10
    k12 = np.divide(3.141592653589793, k11)
    k19 = np.divide(lr_max, warmup)
    return (warmup, lr_min, k2, k12, k19)


_WARMUP_COSINE_SCHEDULE = ElementwiseKernel(
    name="warmup_cosine_schedule",
    arrays=(Array("step"),),
    outputs=(Out("output"),),
    numbers=Numbers(given=("warmup", "lr_min", "k2", "k12", "k19"), compute=_warmup_cosine_schedule_numbers),
    text="""\
// warmup_cosine_schedule:
// the function of one place, and the loop over packs of V places and those left over.
struct warmup_cosine_schedule_map {
  real warmup;
  real lr_min;
  real k2;
  real k12;
  real k19;
  __device__ __forceinline__ void operator()(const real step, real& output) const {
    const real v5 = step - warmup;
    const real v13 = k12 * v5;
    const SinCos a14 = op_sincos(v13);
    const real v14 = a14.cosine;
    const real v15 = v14 * v14;
    const real v16 = k2 * v15;
    const real v17 = lr_min + v16;
    const bool v18 = step < warmup;
    const real v20 = k19 * step;
    const real v21 = v18 ? v20 : v17;
    output = v21;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(1, 128)) warmup_cosine_schedule_flat(
    const T* step, const real warmup, const real lr_min, const real k2, const real k12, const real k19,
    T* output, const long long size) {
  const warmup_cosine_schedule_map map{warmup, lr_min, k2, k12, k19};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real step_at[V];
    load_pack_once(step + i, step_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(step_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(step[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def l2_penalty(input: Any, weight: float = 0.01, *, axis: int = -1, out: Any = None) -> Any:
    """L2 penalty.

        output = weight*Sum(input[k]**2, (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: a number.
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
    Sources and proofs: symcheck show opt.l2.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.41 ulp of the largest of the row
        float16: 0.4 ulp of the largest of the row
        bfloat16: 0.5 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L2_PENALTY.one(
        {"input": input},
        {"weight": weight},
        axis=axis,
        out=out,
    )


_L2_PENALTY = RowKernel(
    name="l2_penalty",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("weight",)),
    text="""\
// l2_penalty:
// what is computed at a place and for a row.  The schedules below say when.
struct l2_penalty_row {
  struct Element {
    real input;
  };
  struct Row {
    real weight;
    real v4;
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
    const real v2 = e.input * e.input;
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = r.weight * f.v3.s;
    r.v4 = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l2_penalty_held(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l2_penalty_row;
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
  r.weight = weight;
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
  if (lane == 0 && mine) {
    output[row] = T(r.v4);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l2_penalty_block(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l2_penalty_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.weight = weight;
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
    if (threadIdx.x == 0) {
      output[row] = T(r.v4);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) l2_penalty_staged(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l2_penalty_row;
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
    r.weight = weight;
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
      output[row] = T(r.v4);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l2_penalty_split(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l2_penalty_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.weight = weight;
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


def l2_penalty_vjp(g: Any, input: Any, weight: float = 0.01, *, axis: int = -1, out: Any = None) -> Any:
    """L2 penalty: vector-Jacobian product.

        output = weight*Sum(input[k]**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: a number.
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
    Sources and proofs: symcheck show opt.l2.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.57 ulp of the largest of the row
        float16: 0.45 ulp of the largest of the row
        bfloat16: 0.48 ulp of the largest of the row
        float64: 1.0 ulp of the largest of the row
    """
    return _L2_PENALTY_VJP.one(
        {"g": g, "input": input},
        {"weight": weight},
        axis=axis,
        out=out,
    )


_L2_PENALTY_VJP = RowKernel(
    name="l2_penalty_vjp",
    arrays=(Array("g", "row"), Array("input")),
    outputs=(Out("input"),),
    held=1,
    folded=0,
    passes=0,
    roomy=True,
    numbers=Numbers(given=("weight",)),
    text="""\
// l2_penalty_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct l2_penalty_vjp_row {
  struct Element {
    real input;
  };
  struct Row {
    real g;
    real weight;
    real v5;
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

  static __device__ __forceinline__ void start(Row& r) {
    const real v3 = r.g * r.weight;
    const real v5 = R(2.0) * v3;
    r.v5 = v5;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const real v6 = r.v5 * e.input;
    input_out[0] = v6;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) l2_penalty_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l2_penalty_vjp_row;
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
  r.g = real(g[row]);
  r.weight = weight;
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
__global__ void PASS_BOUNDS(512) l2_penalty_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l2_penalty_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.weight = weight;
    F::start(r);
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

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l2_penalty_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l2_penalty_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.weight = weight;
  F::start(r);
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


def l1_penalty(input: Any, weight: float = 0.01, *, axis: int = -1, out: Any = None) -> Any:
    """L1 penalty.

        output = weight*Sum(Abs(input[k]), (k, 1, n))

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: a number.
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
    Sources and proofs: symcheck show opt.l1.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.44 ulp of the largest of the row
        float16: 0.44 ulp of the largest of the row
        bfloat16: 0.45 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_PENALTY.one(
        {"input": input},
        {"weight": weight},
        axis=axis,
        out=out,
    )


_L1_PENALTY = RowKernel(
    name="l1_penalty",
    arrays=(Array("input"),),
    outputs=(Out("output", "row"),),
    held=1,
    folded=1,
    passes=1,
    staged=("input",),
    numbers=Numbers(given=("weight",)),
    text="""\
// l1_penalty:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_penalty_row {
  struct Element {
    real input;
  };
  struct Row {
    real weight;
    real v4;
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
    const real v2 = fabs(e.input);
    v3 = v2;
  }

  static __device__ __forceinline__ void finish1(const Fold1& f, Row& r) {
    const real v4 = r.weight * f.v3.s;
    r.v4 = v4;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void BOUNDS(LANES > 128 ? LANES : 128) l1_penalty_held(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l1_penalty_row;
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
  r.weight = weight;
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
  if (lane == 0 && mine) {
    output[row] = T(r.v4);
  }
}

// A block for each row, which is read again in each pass.
template <typename T, int V>
__global__ void PASS_BOUNDS(512) l1_penalty_block(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l1_penalty_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.weight = weight;
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
    if (threadIdx.x == 0) {
      output[row] = T(r.v4);
    }
  }
}

// A block of THREADS for some rows, one after another, the first KEPT arrays in shared memory: each thread
// keeps there what it will read again.
template <typename T, int V, int THREADS, int KEPT>
__global__ void PASS_BOUNDS(THREADS) l1_penalty_staged(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n) {
  using F = l1_penalty_row;
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
    r.weight = weight;
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
      output[row] = T(r.v4);
    }
    base = next;
  }
}

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_penalty_split(
    const T* __restrict__ input, const real weight, T* __restrict__ output, const long long rows,
    const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_penalty_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.weight = weight;
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


def l1_penalty_vjp(g: Any, input: Any, weight: float = 0.01, *, axis: int = -1, out: Any = None) -> Any:
    """L1 penalty: vector-Jacobian product.

        output = weight*Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (..., n).
        weight: a number.
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
    Sources and proofs: symcheck show opt.l1.
    Derived in reverse mode from the stable form of the forward pass.

    Error, at most as measured against 50 digits on the host harness:
        float32: 0.52 ulp of the largest of the row
        float16: 0.45 ulp of the largest of the row
        bfloat16: 0.32 ulp of the largest of the row
        float64: 0.0 ulp of the largest of the row
    """
    return _L1_PENALTY_VJP.one(
        {"g": g, "input": input},
        {"weight": weight},
        axis=axis,
        out=out,
    )


_L1_PENALTY_VJP = RowKernel(
    name="l1_penalty_vjp",
    arrays=(Array("g", "row"), Array("input")),
    outputs=(Out("input"),),
    held=1,
    folded=0,
    passes=0,
    roomy=True,
    numbers=Numbers(given=("weight",)),
    text="""\
// l1_penalty_vjp:
// what is computed at a place and for a row.  The schedules below say when.
struct l1_penalty_vjp_row {
  struct Element {
    real input;
  };
  struct Row {
    real g;
    real weight;
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

  static __device__ __forceinline__ void start(Row& r) {
    const real v3 = r.g * r.weight;
    r.v3 = v3;
  }

  static __device__ __forceinline__ void store(
      const Element& e, const Row& r, const int i, real* input_out) {
    const bool v5 = R(0.0) < e.input;
    const bool v6 = e.input < R(0.0);
    const real v7 = real(v5) - real(v6);
    const real v8 = r.v3 * v7;
    input_out[0] = v8;
  }
};

// LANES threads for each row, which stays in registers: each holds STEPS packs of V places.  FULL: all of
// them are places of the row, so that nothing depends on its length.
template <typename T, int V, int STEPS, int LANES, bool FULL>
__global__ void ROOMY_BOUNDS(LANES > 128 ? LANES : 128) l1_penalty_vjp_held(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l1_penalty_vjp_row;
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
  r.g = real(g[row]);
  r.weight = weight;
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
__global__ void PASS_BOUNDS(512) l1_penalty_vjp_block(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n) {
  using F = l1_penalty_vjp_row;
  const int first = threadIdx.x * V, stride = blockDim.x * V;
  for (long long row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long base = row * n;
    F::Row r;
    r.g = real(g[row]);
    r.weight = weight;
    F::start(r);
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

// A row for several blocks: phase s + 1 combines what the blocks left in phases 1 to s, in the order of the
// parts, and leaves its own part of fold s + 1; the last phase stores.
template <typename T, int V, int PHASE>
__global__ void PASS_BOUNDS(512) l1_penalty_vjp_split(
    const T* __restrict__ input, const T* __restrict__ g, const real weight, T* __restrict__ input_out,
    const long long rows, const int n, real* __restrict__ partial, const int parts, const int part_places) {
  using F = l1_penalty_vjp_row;
  const long long row = blockIdx.x / parts, base = row * n;
  const int part = int(blockIdx.x - row * parts);
  const int begin = part * part_places, end = min(begin + part_places, n);
  const int first = begin + threadIdx.x * V, stride = blockDim.x * V;
  const long long left = (long long)row * parts;
  F::Row r;
  r.g = real(g[row]);
  r.weight = weight;
  F::start(r);
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


def dropout(input: Any, mask: Any, p: float = 0.5, *, out: Any = None) -> Any:
    """Dropout.

        output = input*mask/(1 - p)

    Args:
        input: float16, bfloat16, float32 or float64, shape (...).
        mask: float16, bfloat16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
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
    Sources and proofs: symcheck show opt.dropout.

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
    return _DROPOUT.one(
        {"input": input, "mask": mask},
        {"p": p},
        out=out,
    )


def _dropout_numbers(p: Any) -> tuple[Any, ...]:
    k8 = 1.0 - p
    return (k8,)


_DROPOUT = ElementwiseKernel(
    name="dropout",
    arrays=(Array("input"), Array("mask")),
    outputs=(Out("output"),),
    numbers=Numbers(given=("k8",), compute=_dropout_numbers),
    text="""\
// dropout:
// the function of one place, and the loop over packs of V places and those left over.
struct dropout_map {
  real k8;
  __device__ __forceinline__ void operator()(const real input, const real mask, real& output) const {
    const bool v3 = mask == R(0.0);
    const real v4 = mask * input;
    const real v5 = v3 ? R(0.0) : v4;
    const real v9 = op_div(v5, k8);
    output = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) dropout_flat(
    const T* input, const T* mask, const real k8, T* output, const long long size) {
  const dropout_map map{k8};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real input_at[V];
    load_pack_once(input + i, input_at);
    real mask_at[V];
    load_pack_once(mask + i, mask_at);
    real output_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(input_at[k], mask_at[k], output_at[k]);
    }
    store_pack(output + i, output_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real output_at;
    map(real(input[i]), real(mask[i]), output_at);
    output[i] = T(output_at);
  }
}
""",
)


def dropout_vjp(g: Any, input: Any, mask: Any, p: float = 0.5, *, out: Any = None) -> Any:
    """Dropout: vector-Jacobian product.

        output = input*mask/(1 - p)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, bfloat16, float32 or float64, shape (...); cotangent, of the shape of the forward
            result.
        input: float16, bfloat16, float32 or float64, shape (...).
        mask: float16, bfloat16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
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
    Sources and proofs: symcheck show opt.dropout.
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
    return _DROPOUT_VJP.one(
        {"g": g, "input": input, "mask": mask},
        {"p": p},
        out=out,
    )


def _dropout_vjp_numbers(p: Any) -> tuple[Any, ...]:
    k3 = 1.0 - p
    return (k3,)


_DROPOUT_VJP = ElementwiseKernel(
    name="dropout_vjp",
    arrays=(Array("g"), Array("input", used=False), Array("mask")),
    outputs=(Out("input"),),
    numbers=Numbers(given=("k3",), compute=_dropout_vjp_numbers),
    text="""\
// dropout_vjp:
// the function of one place, and the loop over packs of V places and those left over.
struct dropout_vjp_map {
  real k3;
  __device__ __forceinline__ void operator()(const real g, const real mask, real& input_out) const {
    const real v5 = op_div(g, k3);
    const bool v7 = mask == R(0.0);
    const real v8 = mask * v5;
    const real v9 = v7 ? R(0.0) : v8;
    input_out = v9;
  }
};

template <typename T, int V>
__global__ void __launch_bounds__(128, flat_blocks(2, 128)) dropout_vjp_flat(
    const T* g, const T* mask, const real k3, T* input_out, const long long size) {
  const dropout_vjp_map map{k3};
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long packs = size / V;
  for (long long pack = thread; pack < packs; pack += threads) {
    const long long i = pack * V;
    real g_at[V];
    load_pack_once(g + i, g_at);
    real mask_at[V];
    load_pack_once(mask + i, mask_at);
    real input_out_at[V];
#pragma unroll
    for (int k = 0; k < V; ++k) {
      map(g_at[k], mask_at[k], input_out_at[k]);
    }
    store_pack(input_out + i, input_out_at);
  }
  for (long long i = packs * V + thread; i < size; i += threads) {
    real input_out_at;
    map(real(g[i]), real(mask[i]), input_out_at);
    input_out[i] = T(input_out_at);
  }
}
""",
)
