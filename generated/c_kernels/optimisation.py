"""Optimisation.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numpy_kernels import optimisation as numpy_kernels
from ._driver import Array, CompiledKernel, Numbers, ndarray
from ._functions import FUNCTIONS

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


_SGD_STEP_C = CompiledKernel(
    numpy_kernels._SGD_STEP,
    numpy_kernels.sgd_step,
    ("param", "grad"),
    FUNCTIONS,
    r"""/* sgd_step: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_sgd_step(
const int64_t *const sizes, const double *const numbers, const size_t param_object, const size_t
    grad_object, const size_t param_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real lr = (real)numbers[0];
  const real *const param = entries(param_object, head);
  const real *const grad = entries(grad_object, head);
  real *const param_out = entries(param_out_object, head);
  if (!is_plain(param_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(grad_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(param_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)param_out != (void *)param && (void *)param_out !=
      (void *)grad;
  const int64_t piece = streamed ? PIECE : size;
  real param_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const param_at = param + start;
    const real *const grad_at = grad + start;
    real *const param_out_at = streamed ? param_out_piece : param_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = param_at[i];
      const real e2 = grad_at[i];
      const real v3 = lr * e2;
      const real v4 = e0 - v3;
      param_out_at[i] = v4;
    }
    if (streamed) stream(param_out + start, param_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("lr",)),
)


def sgd_step(param: ArrayLike, grad: ArrayLike, lr: float, *, out: Array | None = None) -> Array:
    """Gradient descent.

        param = -grad*lr + param

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        lr: a number; learning rate.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.gd.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.5 (1.5)
    """
    if type(param) is ndarray and type(grad) is ndarray:
        key = param.dtype, param.shape, grad.dtype, grad.shape
        plan = _SGD_STEP_C.plans.get(key) or _SGD_STEP_C.plan(key, param, grad)
        if plan is not None:
            found = plan.one(out, (lr,), param, grad)
            if found is not None:
                return found
    return _SGD_STEP_C.one(param, grad, lr, out=out)


_MOMENTUM_STEP_C = CompiledKernel(
    numpy_kernels._MOMENTUM_STEP,
    numpy_kernels.momentum_step,
    ("param", "grad", "velocity"),
    FUNCTIONS,
    r"""/* momentum_step: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_momentum_step(
const int64_t *const sizes, const double *const numbers, const size_t param_object, const size_t
    grad_object, const size_t velocity_object, const size_t param_out_object, const size_t
    velocity_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real lr = (real)numbers[0];
  const real momentum = (real)numbers[1];
  const real *const param = entries(param_object, head);
  const real *const grad = entries(grad_object, head);
  const real *const velocity = entries(velocity_object, head);
  real *const param_out = entries(param_out_object, head);
  real *const velocity_out = entries(velocity_out_object, head);
  if (!is_plain(param_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(grad_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(velocity_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(param_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(velocity, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(velocity_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), velocity_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), velocity_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(velocity, size * 1 * (int64_t)sizeof(real), velocity_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) >
      cache && (void *)param_out != (void *)param && (void *)param_out != (void *)grad && (void *)param_out
      != (void *)velocity && (void *)velocity_out != (void *)param && (void *)velocity_out != (void *)grad
      && (void *)velocity_out != (void *)velocity;
  const int64_t piece = streamed ? PIECE : size;
  real param_out_piece[PIECE] __attribute__((aligned(64)));
  real velocity_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const param_at = param + start;
    const real *const grad_at = grad + start;
    const real *const velocity_at = velocity + start;
    real *const param_out_at = streamed ? param_out_piece : param_out + start;
    real *const velocity_out_at = streamed ? velocity_out_piece : velocity_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = param_at[i];
      const real e2 = grad_at[i];
      const real e6 = velocity_at[i];
      const real v3 = lr * e2;
      const real v4 = e0 - v3;
      const real v7 = momentum * e6;
      const real v8 = v4 - v7;
      const real v9 = v3 + v7;
      param_out_at[i] = v8;
      velocity_out_at[i] = v9;
    }
    if (streamed) stream(param_out + start, param_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(velocity_out + start, velocity_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("lr", "momentum")),
)


def momentum_step(
    param: ArrayLike,
    grad: ArrayLike,
    velocity: ArrayLike,
    lr: float,
    momentum: float = 0.9,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Gradient descent with momentum.

        param = -grad*lr - momentum*velocity + param
        velocity = grad*lr + momentum*velocity

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        velocity: float16, float32 or float64, shape (...).
        lr: a number; learning rate.
        momentum: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), velocity (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.momentum.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (1.5)
        float64: 2.0 (1.5)
    """
    if type(param) is ndarray and type(grad) is ndarray and type(velocity) is ndarray:
        key = param.dtype, param.shape, grad.dtype, grad.shape, velocity.dtype, velocity.shape
        plan = _MOMENTUM_STEP_C.plans.get(key) or _MOMENTUM_STEP_C.plan(key, param, grad, velocity)
        if plan is not None:
            found = plan.several(out, (lr, momentum), param, grad, velocity)
            if found is not None:
                return found
    return _MOMENTUM_STEP_C.several(param, grad, velocity, lr, momentum, out=out)


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


_ADAM_STEP_C = CompiledKernel(
    numpy_kernels._ADAM_STEP,
    numpy_kernels.adam_step,
    ("param", "grad", "exp_avg", "exp_avg_sq"),
    FUNCTIONS,
    r"""/* adam_step: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_adam_step(
const int64_t *const sizes, const double *const numbers, const size_t param_object, const size_t
    grad_object, const size_t exp_avg_object, const size_t exp_avg_sq_object, const size_t param_out_object,
    const size_t exp_avg_out_object, const size_t exp_avg_sq_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real lr = (real)numbers[0];
  const real beta1 = (real)numbers[1];
  const real beta2 = (real)numbers[2];
  const real eps = (real)numbers[3];
  const real k7 = (real)numbers[4];
  const real k15 = (real)numbers[5];
  const real k21 = (real)numbers[6];
  const real k27 = (real)numbers[7];
  const real *const param = entries(param_object, head);
  const real *const grad = entries(grad_object, head);
  const real *const exp_avg = entries(exp_avg_object, head);
  const real *const exp_avg_sq = entries(exp_avg_sq_object, head);
  real *const param_out = entries(param_out_object, head);
  real *const exp_avg_out = entries(exp_avg_out_object, head);
  real *const exp_avg_sq_out = entries(exp_avg_sq_out_object, head);
  if (!is_plain(param_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(grad_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(exp_avg_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(exp_avg_sq_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(param_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(exp_avg_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(exp_avg_sq_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 *
      (int64_t)sizeof(real), true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) +
      size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)param_out !=
      (void *)param && (void *)param_out != (void *)grad && (void *)param_out != (void *)exp_avg && (void
      *)param_out != (void *)exp_avg_sq && (void *)exp_avg_out != (void *)param && (void *)exp_avg_out !=
      (void *)grad && (void *)exp_avg_out != (void *)exp_avg && (void *)exp_avg_out != (void *)exp_avg_sq &&
      (void *)exp_avg_sq_out != (void *)param && (void *)exp_avg_sq_out != (void *)grad && (void
      *)exp_avg_sq_out != (void *)exp_avg && (void *)exp_avg_sq_out != (void *)exp_avg_sq;
  const int64_t piece = streamed ? PIECE : size;
  real param_out_piece[PIECE] __attribute__((aligned(64)));
  real exp_avg_out_piece[PIECE] __attribute__((aligned(64)));
  real exp_avg_sq_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const param_at = param + start;
    const real *const grad_at = grad + start;
    const real *const exp_avg_at = exp_avg + start;
    const real *const exp_avg_sq_at = exp_avg_sq + start;
    real *const param_out_at = streamed ? param_out_piece : param_out + start;
    real *const exp_avg_out_at = streamed ? exp_avg_out_piece : exp_avg_out + start;
    real *const exp_avg_sq_out_at = streamed ? exp_avg_sq_out_piece : exp_avg_sq_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = param_at[i];
      const real e3 = exp_avg_at[i];
      const real e5 = grad_at[i];
      const real e18 = exp_avg_sq_at[i];
      const real v4 = beta1 * e3;
      const real v8 = e5 * k7;
      const real v9 = v4 + v8;
      const real v10 = lr * v9;
      const real v19 = beta2 * e18;
      const real v20 = e5 * e5;
      const real v22 = v20 * k21;
      const real v23 = v19 + v22;
      const real v28 = v23 / k27;
      const real v29 = CHOOSE(op_sqrt, v28)(v28);
      const real v30 = eps + v29;
      const real v31 = k15 * v30;
      const real v32 = v10 / v31;
      const real v33 = e0 - v32;
      param_out_at[i] = v33;
      exp_avg_out_at[i] = v9;
      exp_avg_sq_out_at[i] = v23;
    }
    if (streamed) stream(param_out + start, param_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(exp_avg_out + start, exp_avg_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(exp_avg_sq_out + start, exp_avg_sq_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("step", "lr", "beta1", "beta2", "eps"), compute=_adam_step_numbers),
)


def adam_step(
    param: ArrayLike,
    grad: ArrayLike,
    exp_avg: ArrayLike,
    exp_avg_sq: ArrayLike,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Adam.

        param = -lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps + sqrt((beta2*exp_avg_sq
            + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        exp_avg: float16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), exp_avg (shape (...)), exp_avg_sq (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adam.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.0 (2.0)
        float64: 4.0 (2.5)
    """
    if (
        type(param) is ndarray
        and type(grad) is ndarray
        and type(exp_avg) is ndarray
        and type(exp_avg_sq) is ndarray
    ):
        key = (
            param.dtype,
            param.shape,
            grad.dtype,
            grad.shape,
            exp_avg.dtype,
            exp_avg.shape,
            exp_avg_sq.dtype,
            exp_avg_sq.shape,
        )
        plan = _ADAM_STEP_C.plans.get(key) or _ADAM_STEP_C.plan(key, param, grad, exp_avg, exp_avg_sq)
        if plan is not None:
            found = plan.several(out, (step, lr, beta1, beta2, eps), param, grad, exp_avg, exp_avg_sq)
            if found is not None:
                return found
    return _ADAM_STEP_C.several(param, grad, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, out=out)


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


_ADAMW_STEP_C = CompiledKernel(
    numpy_kernels._ADAMW_STEP,
    numpy_kernels.adamw_step,
    ("param", "grad", "exp_avg", "exp_avg_sq"),
    FUNCTIONS,
    r"""/* adamw_step: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_adamw_step(
const int64_t *const sizes, const double *const numbers, const size_t param_object, const size_t
    grad_object, const size_t exp_avg_object, const size_t exp_avg_sq_object, const size_t param_out_object,
    const size_t exp_avg_out_object, const size_t exp_avg_sq_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real lr = (real)numbers[0];
  const real beta1 = (real)numbers[1];
  const real beta2 = (real)numbers[2];
  const real eps = (real)numbers[3];
  const real k3 = (real)numbers[4];
  const real k11 = (real)numbers[5];
  const real k19 = (real)numbers[6];
  const real k25 = (real)numbers[7];
  const real k31 = (real)numbers[8];
  const real *const param = entries(param_object, head);
  const real *const grad = entries(grad_object, head);
  const real *const exp_avg = entries(exp_avg_object, head);
  const real *const exp_avg_sq = entries(exp_avg_sq_object, head);
  real *const param_out = entries(param_out_object, head);
  real *const exp_avg_out = entries(exp_avg_out_object, head);
  real *const exp_avg_sq_out = entries(exp_avg_sq_out_object, head);
  if (!is_plain(param_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(grad_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(exp_avg_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(exp_avg_sq_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(param_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), param_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(exp_avg_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), exp_avg_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_plain(exp_avg_sq_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(param, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(grad, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 * (int64_t)sizeof(real),
      true)) return OTHERWISE;
  if (!is_apart(exp_avg_sq, size * 1 * (int64_t)sizeof(real), exp_avg_sq_out, size * 1 *
      (int64_t)sizeof(real), true)) return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) +
      size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache && (void *)param_out !=
      (void *)param && (void *)param_out != (void *)grad && (void *)param_out != (void *)exp_avg && (void
      *)param_out != (void *)exp_avg_sq && (void *)exp_avg_out != (void *)param && (void *)exp_avg_out !=
      (void *)grad && (void *)exp_avg_out != (void *)exp_avg && (void *)exp_avg_out != (void *)exp_avg_sq &&
      (void *)exp_avg_sq_out != (void *)param && (void *)exp_avg_sq_out != (void *)grad && (void
      *)exp_avg_sq_out != (void *)exp_avg && (void *)exp_avg_sq_out != (void *)exp_avg_sq;
  const int64_t piece = streamed ? PIECE : size;
  real param_out_piece[PIECE] __attribute__((aligned(64)));
  real exp_avg_out_piece[PIECE] __attribute__((aligned(64)));
  real exp_avg_sq_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const param_at = param + start;
    const real *const grad_at = grad + start;
    const real *const exp_avg_at = exp_avg + start;
    const real *const exp_avg_sq_at = exp_avg_sq + start;
    real *const param_out_at = streamed ? param_out_piece : param_out + start;
    real *const exp_avg_out_at = streamed ? exp_avg_out_piece : exp_avg_out + start;
    real *const exp_avg_sq_out_at = streamed ? exp_avg_sq_out_piece : exp_avg_sq_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = param_at[i];
      const real e7 = exp_avg_at[i];
      const real e9 = grad_at[i];
      const real e22 = exp_avg_sq_at[i];
      const real v4 = k3 * e0;
      const real v5 = e0 - v4;
      const real v8 = beta1 * e7;
      const real v12 = e9 * k11;
      const real v13 = v8 + v12;
      const real v14 = lr * v13;
      const real v23 = beta2 * e22;
      const real v24 = e9 * e9;
      const real v26 = v24 * k25;
      const real v27 = v23 + v26;
      const real v32 = v27 / k31;
      const real v33 = CHOOSE(op_sqrt, v32)(v32);
      const real v34 = eps + v33;
      const real v35 = k19 * v34;
      const real v36 = v14 / v35;
      const real v37 = v5 - v36;
      param_out_at[i] = v37;
      exp_avg_out_at[i] = v13;
      exp_avg_sq_out_at[i] = v27;
    }
    if (streamed) stream(param_out + start, param_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(exp_avg_out + start, exp_avg_out_piece, count * (int64_t)sizeof(real));
    if (streamed) stream(exp_avg_sq_out + start, exp_avg_sq_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("step", "lr", "beta1", "beta2", "eps", "weight_decay"), compute=_adamw_step_numbers),
)


def adamw_step(
    param: ArrayLike,
    grad: ArrayLike,
    exp_avg: ArrayLike,
    exp_avg_sq: ArrayLike,
    step: float,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.01,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """AdamW.

        param = -lr*param*weight_decay - lr*(beta1*exp_avg + grad*(1 - beta1))/((1 - beta1**step)*(eps +
            sqrt((beta2*exp_avg_sq + grad**2*(1 - beta2))/(1 - beta2**step)))) + param
        exp_avg = beta1*exp_avg + grad*(1 - beta1)
        exp_avg_sq = beta2*exp_avg_sq + grad**2*(1 - beta2)

    Args:
        param: float16, float32 or float64, shape (...).
        grad: float16, float32 or float64, shape (...).
        exp_avg: float16, float32 or float64, shape (...); first moment.
        exp_avg_sq: float16, float32 or float64, shape (...); second moment.
        step: a number; number of this step, from 1.
        lr: a number; learning rate.
        beta1: a number.
        beta2: a number.
        eps: a number.
        weight_decay: a number.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple: param (shape (...)), exp_avg (shape (...)), exp_avg_sq (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: second moments >= 0.
    Sources and proofs: symcheck show opt.adamw.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.0 (2.0)
        float64: 4.0 (2.5)
    """
    if (
        type(param) is ndarray
        and type(grad) is ndarray
        and type(exp_avg) is ndarray
        and type(exp_avg_sq) is ndarray
    ):
        key = (
            param.dtype,
            param.shape,
            grad.dtype,
            grad.shape,
            exp_avg.dtype,
            exp_avg.shape,
            exp_avg_sq.dtype,
            exp_avg_sq.shape,
        )
        plan = _ADAMW_STEP_C.plans.get(key) or _ADAMW_STEP_C.plan(key, param, grad, exp_avg, exp_avg_sq)
        if plan is not None:
            found = plan.several(
                out,
                (step, lr, beta1, beta2, eps, weight_decay),
                param,
                grad,
                exp_avg,
                exp_avg_sq,
            )
            if found is not None:
                return found
    return _ADAMW_STEP_C.several(
        param,
        grad,
        exp_avg,
        exp_avg_sq,
        step,
        lr,
        beta1,
        beta2,
        eps,
        weight_decay,
        out=out,
    )


_CLIP_BY_NORM_C = CompiledKernel(
    numpy_kernels._CLIP_BY_NORM,
    numpy_kernels.clip_by_norm,
    ("input",),
    FUNCTIONS,
    r"""/* clip_by_norm: row by row. */
SYMCHECK_EXPORT int symcheck_clip_by_norm(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double max_norm = numbers[0];
  const real u0 = (real)max_norm;
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)output != (void *)input;
  real output_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    double f4 = 0, lost4 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s4 = 0;
#pragma omp simd reduction(+ : s4)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v3 = e1 * e1;
        s4 += v3;
      }
      add_exactly(&f4, &lost4, s4);
    }
    f4 = with_lost(f4, lost4);
    const double v4 = f4;
    const double v5 = CHOOSE(op_sqrt, v4)(v4);
    const bool v7 = v5 <= max_norm;
    const real u5 = (real)v5;
    const bool u7 = v7;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const output_at = streamed ? output_piece : output + row * n + start;
      if (ahead) {
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v2 = u0 * e1;
        const real v6 = v2 / u5;
        const real v8 = u7 ? e1 : v6;
        output_at[i] = v8;
      }
      if (streamed) stream(output + row * n + start, output_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("max_norm",)),
)


def clip_by_norm(
    input: ArrayLike,
    max_norm: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Gradient clipping by norm.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))

    Args:
        input: float16, float32 or float64, shape (..., n).
        max_norm: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.clip.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _CLIP_BY_NORM_C.plans.get(key) or _CLIP_BY_NORM_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (max_norm,), input)
            if found is not None:
                return found
    return _CLIP_BY_NORM_C.one(input, max_norm, axis=axis, out=out)


_CLIP_BY_NORM_VJP_C = CompiledKernel(
    numpy_kernels._CLIP_BY_NORM_VJP,
    numpy_kernels.clip_by_norm_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* clip_by_norm_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_clip_by_norm_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double max_norm = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n
      * 1 * (int64_t)sizeof(real) > cache;
  const bool ahead = beyond && n * (1 * (int64_t)sizeof(real) + 1 * (int64_t)sizeof(real)) <= AHEAD;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const g_begin = g + row * n;
    const real *const input_begin = input + row * n;
    double f3 = 0, lost3 = 0;
    double f12 = 0, lost12 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real s3 = 0;
      real s12 = 0;
#pragma omp simd reduction(+ : s3) reduction(+ : s12)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e6 = g_at[i];
        const real v2 = e1 * e1;
        const real v11 = e1 * e6;
        s3 += v2;
        s12 += v11;
      }
      add_exactly(&f3, &lost3, s3);
      add_exactly(&f12, &lost12, s12);
    }
    f3 = with_lost(f3, lost3);
    f12 = with_lost(f12, lost12);
    const double v3 = f3;
    const double v12 = f12;
    const double v4 = CHOOSE(op_sqrt, v3)(v3);
    const bool v5 = v4 <= max_norm;
    const double v10 = v5 ? (double)0.0 : (double)1.0;
    const double v13 = v4 * v4;
    const double v14 = v12 / v13;
    const double v17 = max_norm * v10;
    const double v18 = v17 / v4;
    const double v19 = v5 ? (double)0.0 : v18;
    const bool u5 = v5;
    const real u14 = (real)v14;
    const real u19 = (real)v19;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const g_at = g_begin + start;
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
      if (ahead) {
        prefetch(g_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
        prefetch(input_begin + (n + start) * 1, count * 1 * (int64_t)sizeof(real));
      }
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real e6 = g_at[i];
        const real v9 = e6 * (u5 ? (real)1 : (real)0);
        const real v15 = u14 * e1;
        const real v16 = e6 - v15;
        const real v20 = u19 * v16;
        const real v21 = u5 ? (real)0.0 : v20;
        const real v22 = v9 + v21;
        input_out_at[i] = v22;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("max_norm",)),
)


def clip_by_norm_vjp(
    g: ArrayLike,
    input: ArrayLike,
    max_norm: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Gradient clipping by norm: vector-Jacobian product.

        output[i] = Piecewise((input[i], max_norm >= sqrt(Sum(input[k]**2, (k, 1, n)))),
            (max_norm*input[i]/sqrt(Sum(input[k]**2, (k, 1, n))), True))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        max_norm: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.clip.
    Treated as constants, without a cotangent: max_norm (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.0 (1.0)
        float64: 0.0 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _CLIP_BY_NORM_VJP_C.plans.get(key) or _CLIP_BY_NORM_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (max_norm,), g, input)
            if found is not None:
                return found
    return _CLIP_BY_NORM_VJP_C.one(g, input, max_norm, axis=axis, out=out)


def _cosine_schedule_numbers(total: Any, lr_max: Any, lr_min: Any) -> tuple[Any, ...]:
    k2 = lr_max - lr_min
    k6 = np.divide(1.5707963267948966, total)
    return (lr_min, k2, k6)


_COSINE_SCHEDULE_C = CompiledKernel(
    numpy_kernels._COSINE_SCHEDULE,
    numpy_kernels.cosine_schedule,
    ("step",),
    FUNCTIONS,
    r"""/* cosine_schedule: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_cosine_schedule(
const int64_t *const sizes, const double *const numbers, const size_t step_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real lr_min = (real)numbers[0];
  const real k2 = (real)numbers[1];
  const real k6 = (real)numbers[2];
  const real *const step = entries(step_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(step_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(step, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache
      && (void *)output != (void *)step;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const step_at = step + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e3 = step_at[i];
      const real v7 = k6 * e3;
      const real v8 = CHOOSE(op_cos, v7)(v7);
      const real v9 = v8 * v8;
      const real v10 = k2 * v9;
      const real v11 = lr_min + v10;
      output_at[i] = v11;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("total", "lr_max", "lr_min"), compute=_cosine_schedule_numbers),
)


def cosine_schedule(
    step: ArrayLike,
    total: float = 100.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Cosine annealing.

        output = lr_min + (lr_max - lr_min)*cos(pi*step/(2*total))**2

    Args:
        step: float16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        lr_max: a number.
        lr_min: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 3.5 (2.5)
        float64: 3.5 (2.0)
    """
    if type(step) is ndarray:
        key = step.dtype, step.shape
        plan = _COSINE_SCHEDULE_C.plans.get(key) or _COSINE_SCHEDULE_C.plan(key, step)
        if plan is not None:
            found = plan.one(out, (total, lr_max, lr_min), step)
            if found is not None:
                return found
    return _COSINE_SCHEDULE_C.one(step, total, lr_max, lr_min, out=out)


def _warmup_cosine_schedule_numbers(total: Any, warmup: Any, lr_max: Any, lr_min: Any) -> tuple[Any, ...]:
    k2 = lr_max - lr_min
    k9 = 2.0 * total
    k10 = 2.0 * warmup
    k11 = k9 - k10
    k12 = np.divide(3.141592653589793, k11)
    k19 = np.divide(lr_max, warmup)
    return (warmup, lr_min, k2, k12, k19)


_WARMUP_COSINE_SCHEDULE_C = CompiledKernel(
    numpy_kernels._WARMUP_COSINE_SCHEDULE,
    numpy_kernels.warmup_cosine_schedule,
    ("step",),
    FUNCTIONS,
    r"""/* warmup_cosine_schedule: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_warmup_cosine_schedule(
const int64_t *const sizes, const double *const numbers, const size_t step_object, const size_t
    output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real warmup = (real)numbers[0];
  const real lr_min = (real)numbers[1];
  const real k2 = (real)numbers[2];
  const real k12 = (real)numbers[3];
  const real k19 = (real)numbers[4];
  const real *const step = entries(step_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(step_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(step, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) > cache
      && (void *)output != (void *)step;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const step_at = step + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e3 = step_at[i];
      const real v5 = e3 - warmup;
      const real v13 = k12 * v5;
      const real v14 = CHOOSE(op_cos, v13)(v13);
      const real v15 = v14 * v14;
      const real v16 = k2 * v15;
      const real v17 = lr_min + v16;
      const bool v18 = e3 < warmup;
      const real v20 = k19 * e3;
      const real v21 = v18 ? v20 : v17;
      output_at[i] = v21;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("total", "warmup", "lr_max", "lr_min"), compute=_warmup_cosine_schedule_numbers),
)


def warmup_cosine_schedule(
    step: ArrayLike,
    total: float = 100.0,
    warmup: float = 10.0,
    lr_max: float = 0.001,
    lr_min: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Warm-up and cosine decay.

        output = Piecewise((lr_max*step/warmup, step < warmup), (lr_min + (lr_max - lr_min)*cos(pi*(step
            - warmup)/(2*total - 2*warmup))**2, True))

    Args:
        step: float16, float32 or float64, shape (...); number of the step, from 0.
        total: a number; number of steps.
        warmup: a number; steps of warm-up.
        lr_max: a number.
        lr_min: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: steps from 0 to total.
    Sources and proofs: symcheck show opt.warmup_cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if type(step) is ndarray:
        key = step.dtype, step.shape
        plan = _WARMUP_COSINE_SCHEDULE_C.plans.get(key) or _WARMUP_COSINE_SCHEDULE_C.plan(key, step)
        if plan is not None:
            found = plan.one(out, (total, warmup, lr_max, lr_min), step)
            if found is not None:
                return found
    return _WARMUP_COSINE_SCHEDULE_C.one(step, total, warmup, lr_max, lr_min, out=out)


_L2_PENALTY_C = CompiledKernel(
    numpy_kernels._L2_PENALTY,
    numpy_kernels.l2_penalty,
    ("input",),
    FUNCTIONS,
    r"""/* l2_penalty: row by row. */
SYMCHECK_EXPORT int symcheck_l2_penalty(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double weight = numbers[0];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    double f3 = 0, lost3 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s3 = 0;
#pragma omp simd reduction(+ : s3)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v2 = e1 * e1;
        s3 += v2;
      }
      add_exactly(&f3, &lost3, s3);
    }
    f3 = with_lost(f3, lost3);
    const double v3 = f3;
    const double v4 = weight * v3;
    output[row] = (real)(v4);
  }
  const int lost = fetestexcept(FE_OVERFLOW | FE_UNDERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("weight",)),
)


def l2_penalty(input: ArrayLike, weight: float = 0.01, *, axis: int = -1, out: Array | None = None) -> Array:
    """L2 penalty.

        output = weight*Sum(input[k]**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l2.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 3.0 (1.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L2_PENALTY_C.plans.get(key) or _L2_PENALTY_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (weight,), input)
            if found is not None:
                return found
    return _L2_PENALTY_C.one(input, weight, axis=axis, out=out)


_L2_PENALTY_VJP_C = CompiledKernel(
    numpy_kernels._L2_PENALTY_VJP,
    numpy_kernels.l2_penalty_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* l2_penalty_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_l2_penalty_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double weight = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    const double v3 = g_row * weight;
    const double v5 = (double)2.0 * v3;
    const real u5 = (real)v5;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v6 = u5 * e1;
        input_out_at[i] = v6;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("weight",)),
)


def l2_penalty_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: float = 0.01,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """L2 penalty: vector-Jacobian product.

        output = weight*Sum(input[k]**2, (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l2.
    Treated as constants, without a cotangent: weight (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.0)
        float64: 1.0 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L2_PENALTY_VJP_C.plans.get(key) or _L2_PENALTY_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (weight,), g, input)
            if found is not None:
                return found
    return _L2_PENALTY_VJP_C.one(g, input, weight, axis=axis, out=out)


_L1_PENALTY_C = CompiledKernel(
    numpy_kernels._L1_PENALTY,
    numpy_kernels.l1_penalty,
    ("input",),
    FUNCTIONS,
    r"""/* l1_penalty: row by row. */
SYMCHECK_EXPORT int symcheck_l1_penalty(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    output_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double weight = numbers[0];
  const real *const input = entries(input_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), output, rows * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  const bool beyond = rows * n * 1 * (int64_t)sizeof(real) + rows * 1 * (int64_t)sizeof(real) > cache;
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    double f3 = 0, lost3 = 0;
    for (int64_t start = 0; start < n; start += CHUNK) {
      const int count = (int)(n - start < CHUNK ? n - start : CHUNK);
      const real *const input_at = input_begin + start;
      real s3 = 0;
#pragma omp simd reduction(+ : s3)
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const real v2 = CHOOSE(op_abs, e1)(e1);
        s3 += v2;
      }
      add_exactly(&f3, &lost3, s3);
    }
    f3 = with_lost(f3, lost3);
    const double v3 = f3;
    const double v4 = weight * v3;
    output[row] = (real)(v4);
  }
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("weight",)),
)


def l1_penalty(input: ArrayLike, weight: float = 0.01, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 penalty.

        output = weight*Sum(Abs(input[k]), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l1.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 1.5 (1.5)
        float64: 1.5 (1.5)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L1_PENALTY_C.plans.get(key) or _L1_PENALTY_C.plan(key, input)
        if plan is not None:
            found = plan.one(out, (weight,), input)
            if found is not None:
                return found
    return _L1_PENALTY_C.one(input, weight, axis=axis, out=out)


_L1_PENALTY_VJP_C = CompiledKernel(
    numpy_kernels._L1_PENALTY_VJP,
    numpy_kernels.l1_penalty_vjp,
    ("g", "input"),
    FUNCTIONS,
    r"""/* l1_penalty_vjp: row by row. */
SYMCHECK_EXPORT int symcheck_l1_penalty_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t input_object,
    const size_t input_out_object) {
  const int64_t rows = sizes[0], n = sizes[1], head = sizes[2], cache = sizes[3];
  const double weight = numbers[0];
  const real *const g = entries(g_object, head);
  const real *const input = entries(input_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, rows * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 * (int64_t)sizeof(real),
      false)) return OTHERWISE;
  if (!is_apart(input, rows * n * 1 * (int64_t)sizeof(real), input_out, rows * n * 1 *
      (int64_t)sizeof(real), false)) return OTHERWISE;
  const bool beyond = rows * 1 * (int64_t)sizeof(real) + rows * n * 1 * (int64_t)sizeof(real) + rows * n * 1
      * (int64_t)sizeof(real) > cache;
  const bool streamed = LINES && beyond && (void *)input_out != (void *)g && (void *)input_out != (void
      *)input;
  real input_out_piece[PIECE * 1] __attribute__((aligned(64)));
  fenv_t before;
  feholdexcept(&before);
  for (int64_t row = 0; row < rows; ++row) {
    const real *const input_begin = input + row * n;
    const double g_row = g[row];
    const double v3 = g_row * weight;
    const real u3 = (real)v3;
    for (int64_t start = 0; start < n; start += (streamed ? PIECE : LONG)) {
      const int count = (int)(n - start < (streamed ? PIECE : LONG) ? n - start : (streamed ? PIECE :
          LONG));
      const real *const input_at = input_begin + start;
      real *const input_out_at = streamed ? input_out_piece : input_out + row * n + start;
#pragma omp simd
      for (int i = 0; i < count; ++i) {
        const real e1 = input_at[i];
        const bool v5 = (real)0.0 < e1;
        const bool v6 = e1 < (real)0.0;
        const real v7 = (v5 ? (real)1 : (real)0) - (v6 ? (real)1 : (real)0);
        const real v8 = u3 * v7;
        input_out_at[i] = v8;
      }
      if (streamed) stream(input_out + row * n + start, input_out_piece, count * 1 * (int64_t)sizeof(real));
    }
  }
  if (streamed) streamed_all();
  const int lost = fetestexcept(FE_OVERFLOW);
  fesetenv(&before);
  return lost != 0;
}
""",
    Numbers(("weight",)),
)


def l1_penalty_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: float = 0.01,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """L1 penalty: vector-Jacobian product.

        output = weight*Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
        weight: a number.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show opt.l1.
    Treated as constants, without a cotangent: weight (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L1_PENALTY_VJP_C.plans.get(key) or _L1_PENALTY_VJP_C.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (weight,), g, input)
            if found is not None:
                return found
    return _L1_PENALTY_VJP_C.one(g, input, weight, axis=axis, out=out)


def _dropout_numbers(p: Any) -> tuple[Any, ...]:
    k8 = 1.0 - p
    return (k8,)


_DROPOUT_C = CompiledKernel(
    numpy_kernels._DROPOUT,
    numpy_kernels.dropout,
    ("input", "mask"),
    FUNCTIONS,
    r"""/* dropout: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_dropout(
const int64_t *const sizes, const double *const numbers, const size_t input_object, const size_t
    mask_object, const size_t output_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k8 = (real)numbers[0];
  const real *const input = entries(input_object, head);
  const real *const mask = entries(mask_object, head);
  real *const output = entries(output_object, head);
  if (!is_plain(input_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(mask_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(output_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(input, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(mask, size * 1 * (int64_t)sizeof(real), output, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)output != (void *)input && (void *)output != (void
      *)mask;
  const int64_t piece = streamed ? PIECE : size;
  real output_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const input_at = input + start;
    const real *const mask_at = mask + start;
    real *const output_at = streamed ? output_piece : output + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = mask_at[i];
      const real e1 = input_at[i];
      const bool v3 = e0 == (real)0.0;
      const real v4 = e0 * e1;
      const real v5 = v3 ? (real)0.0 : v4;
      const real v9 = v5 / k8;
      output_at[i] = v9;
    }
    if (streamed) stream(output + start, output_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("p",), compute=_dropout_numbers),
)


def dropout(input: ArrayLike, mask: ArrayLike, p: float = 0.5, *, out: Array | None = None) -> Array:
    """Dropout.

        output = input*mask/(1 - p)

    Args:
        input: float16, float32 or float64, shape (...).
        mask: float16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight mask, or
    1 less it.
    Sources and proofs: symcheck show opt.dropout.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(mask) is ndarray:
        key = input.dtype, input.shape, mask.dtype, mask.shape
        plan = _DROPOUT_C.plans.get(key) or _DROPOUT_C.plan(key, input, mask)
        if plan is not None:
            found = plan.one(out, (p,), input, mask)
            if found is not None:
                return found
    return _DROPOUT_C.one(input, mask, p, out=out)


def _dropout_vjp_numbers(p: Any) -> tuple[Any, ...]:
    k3 = 1.0 - p
    return (k3,)


_DROPOUT_VJP_C = CompiledKernel(
    numpy_kernels._DROPOUT_VJP,
    numpy_kernels.dropout_vjp,
    ("g", "mask"),
    FUNCTIONS,
    r"""/* dropout_vjp: one loop over all entries. */
SYMCHECK_EXPORT int symcheck_dropout_vjp(
const int64_t *const sizes, const double *const numbers, const size_t g_object, const size_t mask_object,
    const size_t input_out_object) {
  const int64_t size = sizes[0], head = sizes[2], cache = sizes[3];
  const real k3 = (real)numbers[0];
  const real *const g = entries(g_object, head);
  const real *const mask = entries(mask_object, head);
  real *const input_out = entries(input_out_object, head);
  if (!is_plain(g_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(mask_object, head, READABLE)) return OTHERWISE;
  if (!is_plain(input_out_object, head, WRITABLE)) return OTHERWISE;
  if (!is_apart(g, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  if (!is_apart(mask, size * 1 * (int64_t)sizeof(real), input_out, size * 1 * (int64_t)sizeof(real), true))
      return OTHERWISE;
  const bool streamed = LINES && size * 1 * (int64_t)sizeof(real) + size * 1 * (int64_t)sizeof(real) + size
      * 1 * (int64_t)sizeof(real) > cache && (void *)input_out != (void *)g && (void *)input_out != (void
      *)mask;
  const int64_t piece = streamed ? PIECE : size;
  real input_out_piece[PIECE] __attribute__((aligned(64)));
  for (int64_t start = 0; start < size; start += piece) {
    const int64_t count = size - start < piece ? size - start : piece;
    const real *const g_at = g + start;
    const real *const mask_at = mask + start;
    real *const input_out_at = streamed ? input_out_piece : input_out + start;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real e0 = mask_at[i];
      const real e4 = g_at[i];
      const real v5 = e4 / k3;
      const bool v7 = e0 == (real)0.0;
      const real v8 = e0 * v5;
      const real v9 = v7 ? (real)0.0 : v8;
      input_out_at[i] = v9;
    }
    if (streamed) stream(input_out + start, input_out_piece, count * (int64_t)sizeof(real));
  }
  if (streamed) streamed_all();
  (void)numbers;
  return 0;
}
""",
    Numbers(("p",), compute=_dropout_vjp_numbers),
)


def dropout_vjp(
    g: ArrayLike,
    input: ArrayLike,
    mask: ArrayLike,
    p: float = 0.5,
    *,
    out: Array | None = None,
) -> Array:
    """Dropout: vector-Jacobian product.

        output = input*mask/(1 - p)
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        mask: float16, float32 or float64, shape (...); 1 where an entry is kept, else 0.
        p: a number; probability of dropping.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed by NumPy. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold or the weight mask, or
    1 less it.
    Sources and proofs: symcheck show opt.dropout.
    Treated as constants, without a cotangent: mask (drawn, not learned); p (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(mask) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, mask.dtype, mask.shape
        plan = _DROPOUT_VJP_C.plans.get(key) or _DROPOUT_VJP_C.plan(key, g, input, mask)
        if plan is not None:
            found = plan.one(out, (p,), g, input, mask)
            if found is not None:
                return found
    return _DROPOUT_VJP_C.one(g, input, mask, p, out=out)
