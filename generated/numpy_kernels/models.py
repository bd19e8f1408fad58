"""Other models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _contractions as tn
from ._driver import Array, Constants, ndarray
from ._tensors import Tensor, TensorKernel

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


def _convolve(constants: Constants, kernel: Array, input: Array, out: Array) -> None:
    np.copyto(out, tn.convolve(input, kernel))


_CONVOLVE = TensorKernel(
    "convolve",
    _convolve,
    arguments=(Tensor("input", ("*", "n")), Tensor("kernel", ("m",))),
    results=(Tensor("output", ("*", "m + n - 1")),),
    inputs=(("kernel", ("m",)), ("input", ("*", "n"))),
    derived=(("m + n - 1", ("m", "n")),),
    products=False,
)


def convolve(input: ArrayLike, kernel: ArrayLike, *, out: Array | None = None) -> Array:
    """Convolution.

        output[t] = Sum(KroneckerDelta(i + j, t + 1)*input[i]*kernel[j], (i, 1, n), (j, 1, m))

    Args:
        input: float16, float32 or float64, shape (..., n).
        kernel: float16, float32 or float64, shape (m,); the same for all rows.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., m + n - 1) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the result has every place at which the two overlap, n + m - 1 of them.
    Sources and proofs: symcheck show model.conv.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(kernel) is ndarray:
        key = input.dtype, input.shape, kernel.dtype, kernel.shape
        plan = _CONVOLVE.plans.get(key) or _CONVOLVE.plan(key, input, kernel)
        if plan is not None:
            found = plan.one(out, (), input, kernel)
            if found is not None:
                return found
    return _CONVOLVE.one(input, kernel, out=out)


def _convolve_vjp(
    constants: Constants,
    kernel: Array,
    input: Array,
    g: Array,
    input_result: Array,
    kernel_result: Array,
) -> None:
    np.copyto(input_result, tn.correlate(g, kernel))
    t4 = tn.correlate(g, input)
    t5 = tn.sum_leading(t4, 1)
    np.copyto(kernel_result, t5)


_CONVOLVE_VJP = TensorKernel(
    "convolve_vjp",
    _convolve_vjp,
    arguments=(
        Tensor("g", ("*", "m + n - 1"), kind="cotangent"),
        Tensor("input", ("*", "n")),
        Tensor("kernel", ("m",)),
    ),
    results=(Tensor("input", ("*", "n")), Tensor("kernel", ("m",))),
    inputs=(("kernel", ("m",)), ("input", ("*", "n")), ("g", ("*", "m + n - 1"))),
    derived=(("m + n - 1", ("m", "n")),),
    cotangents=("input", "kernel"),
    products=False,
)


def convolve_vjp(
    g: ArrayLike,
    input: ArrayLike,
    kernel: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Convolution: vector-Jacobian product.

        output[t] = Sum(KroneckerDelta(i + j, t + 1)*input[i]*kernel[j], (i, 1, n), (j, 1, m))
        result = d(sum of g * output) / d(input, kernel)

    Args:
        g: float16, float32 or float64, shape (..., m + n - 1); cotangent, of the shape of the forward
            result.
        input: float16, float32 or float64, shape (..., n).
        kernel: float16, float32 or float64, shape (m,); the same for all rows.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n)), that of kernel (shape (m,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the result has every place at which the two overlap, n + m - 1 of them.
    Sources and proofs: symcheck show model.conv.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(kernel) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, kernel.dtype, kernel.shape
        plan = _CONVOLVE_VJP.plans.get(key) or _CONVOLVE_VJP.plan(key, g, input, kernel)
        if plan is not None:
            found = plan.several(out, (), g, input, kernel)
            if found is not None:
                return found
    return _CONVOLVE_VJP.several(g, input, kernel, out=out)


def _rnn_cell(
    constants: Constants,
    bias: Array,
    input_weight: Array,
    input: Array,
    hidden_weight: Array,
    hidden: Array,
    out: Array,
) -> None:
    t3 = tn.contract("*a,ba->*b", input, input_weight)
    t6 = tn.contract("*c,bc->*b", hidden, hidden_weight)
    np.add(bias, t3, out=t3)
    np.add(t3, t6, out=t3)
    np.tanh(t3, out=out)


_RNN_CELL = TensorKernel(
    "rnn_cell",
    _rnn_cell,
    arguments=(
        Tensor("input", ("*", "e")),
        Tensor("hidden", ("*", "d")),
        Tensor("input_weight", ("d", "e")),
        Tensor("hidden_weight", ("d", "d")),
        Tensor("bias", ("d",)),
    ),
    results=(Tensor("output", ("*", "d")),),
    inputs=(
        ("bias", ("d",)),
        ("input_weight", ("d", "e")),
        ("input", ("*", "e")),
        ("hidden_weight", ("d", "d'")),
        ("hidden", ("*", "d'")),
    ),
)


def rnn_cell(
    input: ArrayLike,
    hidden: ArrayLike,
    input_weight: ArrayLike,
    hidden_weight: ArrayLike,
    bias: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Recurrent network.

        output[i] = tanh(bias[i] + Sum(hidden[j]*hidden_weight[i, j], (j, 1, d)) +
            Sum(input[c]*input_weight[i, c], (c, 1, e)))

    Args:
        input: float16, float32 or float64, shape (..., e).
        hidden: float16, float32 or float64, shape (..., d).
        input_weight: float16, float32 or float64, shape (d, e).
        hidden_weight: float16, float32 or float64, shape (d, d).
        bias: float16, float32 or float64, shape (d,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.rnn.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 0.5 (0.5)
    """
    if (
        type(input) is ndarray
        and type(hidden) is ndarray
        and type(input_weight) is ndarray
        and type(hidden_weight) is ndarray
        and type(bias) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            hidden.dtype,
            hidden.shape,
            input_weight.dtype,
            input_weight.shape,
            hidden_weight.dtype,
            hidden_weight.shape,
            bias.dtype,
            bias.shape,
        )
        plan = _RNN_CELL.plans.get(key)
        if plan is None:
            plan = _RNN_CELL.plan(key, input, hidden, input_weight, hidden_weight, bias)
        if plan is not None:
            found = plan.one(out, (), input, hidden, input_weight, hidden_weight, bias)
            if found is not None:
                return found
    return _RNN_CELL.one(input, hidden, input_weight, hidden_weight, bias, out=out)


def _rnn_cell_vjp(
    constants: Constants,
    bias: Array,
    input_weight: Array,
    input: Array,
    hidden_weight: Array,
    hidden: Array,
    g: Array,
    input_result: Array,
    hidden_result: Array,
    input_weight_result: Array,
    hidden_weight_result: Array,
    bias_result: Array,
) -> None:
    two, one, c2 = constants
    t3 = tn.contract("*b,ab->*a", input, input_weight)
    t6 = tn.contract("*c,ac->*a", hidden, hidden_weight)
    np.add(bias, t3, out=t3)
    np.add(t3, t6, out=t3)
    np.multiply(two, t3, out=t3)
    np.absolute(t3, out=t3)
    np.negative(t3, out=t3)
    np.exp(t3, out=t3)
    t16 = np.add(t3, one)
    np.square(t16, out=t16)
    np.divide(t3, t16, out=t3)
    np.multiply(g, t3, out=t3)
    t21 = tn.contract("*a,ac->*c", t3, hidden_weight)
    np.multiply(c2, t21, out=hidden_result)
    t23 = tn.contract("*a,*c->ac", t3, hidden)
    np.multiply(c2, t23, out=hidden_weight_result)
    t25 = tn.contract("*a,ab->*b", t3, input_weight)
    np.multiply(c2, t25, out=input_result)
    t27 = tn.contract("*a,*b->ab", t3, input)
    np.multiply(c2, t27, out=input_weight_result)
    t29 = tn.sum_leading(t3, 1)
    np.multiply(c2, t29, out=bias_result)


_RNN_CELL_VJP = TensorKernel(
    "rnn_cell_vjp",
    _rnn_cell_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
        Tensor("input", ("*", "e")),
        Tensor("hidden", ("*", "d")),
        Tensor("input_weight", ("d", "e")),
        Tensor("hidden_weight", ("d", "d")),
        Tensor("bias", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "e")),
        Tensor("hidden", ("*", "d'")),
        Tensor("input_weight", ("d", "e")),
        Tensor("hidden_weight", ("d", "d'")),
        Tensor("bias", ("d",)),
    ),
    inputs=(
        ("bias", ("d",)),
        ("input_weight", ("d", "e")),
        ("input", ("*", "e")),
        ("hidden_weight", ("d", "d'")),
        ("hidden", ("*", "d'")),
        ("g", ("*", "d")),
    ),
    constants=(2.0, 1.0, 4.0),
    cotangents=("input", "hidden", "input_weight", "hidden_weight", "bias"),
)


def rnn_cell_vjp(
    g: ArrayLike,
    input: ArrayLike,
    hidden: ArrayLike,
    input_weight: ArrayLike,
    hidden_weight: ArrayLike,
    bias: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Recurrent network: vector-Jacobian product.

        output[i] = tanh(bias[i] + Sum(hidden[j]*hidden_weight[i, j], (j, 1, d)) +
            Sum(input[c]*input_weight[i, c], (c, 1, e)))
        result = d(sum of g * output) / d(input, hidden, input_weight, hidden_weight, bias)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., e).
        hidden: float16, float32 or float64, shape (..., d).
        input_weight: float16, float32 or float64, shape (d, e).
        hidden_weight: float16, float32 or float64, shape (d, d).
        bias: float16, float32 or float64, shape (d,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., e)), that of hidden (shape (..., d)),
    that of input_weight (shape (d, e)), that of hidden_weight (shape (d, d)), that of bias (shape
    (d,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.rnn.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 2.0 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(hidden) is ndarray
        and type(input_weight) is ndarray
        and type(hidden_weight) is ndarray
        and type(bias) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            hidden.dtype,
            hidden.shape,
            input_weight.dtype,
            input_weight.shape,
            hidden_weight.dtype,
            hidden_weight.shape,
            bias.dtype,
            bias.shape,
        )
        plan = _RNN_CELL_VJP.plans.get(key)
        if plan is None:
            plan = _RNN_CELL_VJP.plan(key, g, input, hidden, input_weight, hidden_weight, bias)
        if plan is not None:
            found = plan.several(out, (), g, input, hidden, input_weight, hidden_weight, bias)
            if found is not None:
                return found
    return _RNN_CELL_VJP.several(g, input, hidden, input_weight, hidden_weight, bias, out=out)


def _lstm_cell_state(
    constants: Constants,
    cell_bias: Array,
    cell_weight: Array,
    input: Array,
    input_bias: Array,
    input_weight: Array,
    forget_bias: Array,
    forget_weight: Array,
    cell: Array,
    out: Array,
) -> None:
    zero, one = constants
    t3 = tn.contract("*a,ba->*b", input, cell_weight)
    np.add(cell_bias, t3, out=t3)
    np.tanh(t3, out=t3)
    t8 = tn.contract("*a,ba->*b", input, input_weight)
    np.add(input_bias, t8, out=t8)
    t10 = np.absolute(t8)
    np.negative(t10, out=t10)
    np.exp(t10, out=t10)
    t14 = np.less_equal(zero, t8)
    t16 = np.maximum(t14, t10)
    np.add(t10, one, out=t10)
    np.divide(t16, t10, out=t16)
    np.multiply(t3, t16, out=t3)
    t22 = tn.contract("*a,ba->*b", input, forget_weight)
    np.add(forget_bias, t22, out=t22)
    t24 = np.absolute(t22)
    np.negative(t24, out=t24)
    np.exp(t24, out=t24)
    t27 = np.less_equal(zero, t22)
    t28 = np.maximum(t27, t24)
    np.add(t24, one, out=t24)
    np.divide(t28, t24, out=t28)
    np.multiply(t28, cell, out=t28)
    np.add(t3, t28, out=out)


_LSTM_CELL_STATE = TensorKernel(
    "lstm_cell_state",
    _lstm_cell_state,
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
    results=(Tensor("output", ("*", "d")),),
    inputs=(
        ("cell_bias", ("d",)),
        ("cell_weight", ("d", "k")),
        ("input", ("*", "k")),
        ("input_bias", ("d",)),
        ("input_weight", ("d", "k")),
        ("forget_bias", ("d",)),
        ("forget_weight", ("d", "k")),
        ("cell", ("*", "d")),
    ),
    constants=(0.0, 1.0),
)


def lstm_cell_state(
    input: ArrayLike,
    cell: ArrayLike,
    forget_weight: ArrayLike,
    forget_bias: ArrayLike,
    input_weight: ArrayLike,
    input_bias: ArrayLike,
    cell_weight: ArrayLike,
    cell_bias: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Long short-term memory (lstm_cell_state).

        output[i] = tanh(cell_bias[i] + Sum(cell_weight[i, j]*input[j], (j, 1,
            k)))*sigmoid(input_bias[i] + Sum(input[j]*input_weight[i, j], (j, 1, k))) +
            sigmoid(forget_bias[i] + Sum(forget_weight[i, j]*input[j], (j, 1, k)))*cell[i]

    Args:
        input: float16, float32 or float64, shape (..., k); hidden state and input, one behind the
            other.
        cell: float16, float32 or float64, shape (..., d); cell state before the step.
        forget_weight: float16, float32 or float64, shape (d, k).
        forget_bias: float16, float32 or float64, shape (d,).
        input_weight: float16, float32 or float64, shape (d, k).
        input_bias: float16, float32 or float64, shape (d,).
        cell_weight: float16, float32 or float64, shape (d, k).
        cell_bias: float16, float32 or float64, shape (d,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if (
        type(input) is ndarray
        and type(cell) is ndarray
        and type(forget_weight) is ndarray
        and type(forget_bias) is ndarray
        and type(input_weight) is ndarray
        and type(input_bias) is ndarray
        and type(cell_weight) is ndarray
        and type(cell_bias) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            cell.dtype,
            cell.shape,
            forget_weight.dtype,
            forget_weight.shape,
            forget_bias.dtype,
            forget_bias.shape,
            input_weight.dtype,
            input_weight.shape,
            input_bias.dtype,
            input_bias.shape,
            cell_weight.dtype,
            cell_weight.shape,
            cell_bias.dtype,
            cell_bias.shape,
        )
        plan = _LSTM_CELL_STATE.plans.get(key)
        if plan is None:
            plan = _LSTM_CELL_STATE.plan(
                key,
                input,
                cell,
                forget_weight,
                forget_bias,
                input_weight,
                input_bias,
                cell_weight,
                cell_bias,
            )
        if plan is not None:
            found = plan.one(
                out,
                (),
                input,
                cell,
                forget_weight,
                forget_bias,
                input_weight,
                input_bias,
                cell_weight,
                cell_bias,
            )
            if found is not None:
                return found
    return _LSTM_CELL_STATE.one(
        input,
        cell,
        forget_weight,
        forget_bias,
        input_weight,
        input_bias,
        cell_weight,
        cell_bias,
        out=out,
    )


def _lstm_cell_state_vjp(
    constants: Constants,
    cell_bias: Array,
    cell_weight: Array,
    input: Array,
    input_bias: Array,
    input_weight: Array,
    forget_bias: Array,
    forget_weight: Array,
    cell: Array,
    g: Array,
    input_result: Array,
    cell_result: Array,
    forget_weight_result: Array,
    forget_bias_result: Array,
    input_weight_result: Array,
    input_bias_result: Array,
    cell_weight_result: Array,
    cell_bias_result: Array,
) -> None:
    zero, one, two, c3 = constants
    t3 = tn.contract("*b,ab->*a", input, cell_weight)
    np.add(cell_bias, t3, out=t3)
    t5 = np.tanh(t3)
    t8 = tn.contract("*b,ab->*a", input, input_weight)
    np.add(input_bias, t8, out=t8)
    t10 = np.absolute(t8)
    np.negative(t10, out=t10)
    np.exp(t10, out=t10)
    t14 = np.less_equal(zero, t8)
    t16 = np.maximum(t14, t10)
    t17 = np.add(t10, one)
    np.divide(t16, t17, out=t16)
    t21 = tn.contract("*b,ab->*a", input, forget_weight)
    np.add(forget_bias, t21, out=t21)
    t23 = np.absolute(t21)
    np.negative(t23, out=t23)
    np.exp(t23, out=t23)
    t26 = np.less_equal(zero, t21)
    t27 = np.maximum(t26, t23)
    t28 = np.add(t23, one)
    np.divide(t27, t28, out=t27)
    t32 = np.multiply(g, cell)
    np.multiply(g, t27, out=cell_result)
    np.square(t28, out=t28)
    np.divide(t23, t28, out=t23)
    np.multiply(t32, t23, out=t32)
    t37 = np.multiply(cell, g)
    np.multiply(t37, t23, out=t37)
    tn.contract("*a,*b->ab", t37, input, forget_weight_result)
    t40 = tn.sum_leading(t32, 1)
    t41 = np.multiply(g, t16)
    t42 = np.multiply(g, t5)
    np.square(t17, out=t17)
    np.divide(t10, t17, out=t10)
    np.multiply(t42, t10, out=t42)
    np.multiply(t5, g, out=t5)
    np.multiply(t5, t10, out=t5)
    tn.contract("*a,*b->ab", t5, input, input_weight_result)
    t49 = tn.sum_leading(t42, 1)
    np.multiply(two, t3, out=t3)
    np.absolute(t3, out=t3)
    np.negative(t3, out=t3)
    np.exp(t3, out=t3)
    t55 = np.add(t3, one)
    np.square(t55, out=t55)
    np.divide(t3, t55, out=t3)
    t59 = tn.contract("*a,ab->*b", t37, forget_weight)
    t60 = tn.contract("*a,ab->*b", t5, input_weight)
    np.multiply(t16, g, out=t16)
    np.multiply(t16, t3, out=t16)
    t63 = tn.contract("*a,ab->*b", t16, cell_weight)
    np.multiply(c3, t63, out=t63)
    np.add(t59, t60, out=t59)
    np.add(t59, t63, out=input_result)
    t67 = tn.contract("*a,*b->ab", t16, input)
    np.multiply(c3, t67, out=cell_weight_result)
    np.multiply(t41, t3, out=t41)
    t70 = tn.sum_leading(t41, 1)
    np.multiply(c3, t70, out=cell_bias_result)
    np.copyto(forget_bias_result, t40)
    np.copyto(input_bias_result, t49)


_LSTM_CELL_STATE_VJP = TensorKernel(
    "lstm_cell_state_vjp",
    _lstm_cell_state_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
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
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("forget_weight", ("d", "k")),
        Tensor("forget_bias", ("d",)),
        Tensor("input_weight", ("d", "k")),
        Tensor("input_bias", ("d",)),
        Tensor("cell_weight", ("d", "k")),
        Tensor("cell_bias", ("d",)),
    ),
    inputs=(
        ("cell_bias", ("d",)),
        ("cell_weight", ("d", "k")),
        ("input", ("*", "k")),
        ("input_bias", ("d",)),
        ("input_weight", ("d", "k")),
        ("forget_bias", ("d",)),
        ("forget_weight", ("d", "k")),
        ("cell", ("*", "d")),
        ("g", ("*", "d")),
    ),
    constants=(0.0, 1.0, 2.0, 4.0),
    cotangents=(
        "input",
        "cell",
        "forget_weight",
        "forget_bias",
        "input_weight",
        "input_bias",
        "cell_weight",
        "cell_bias",
    ),
)


def lstm_cell_state_vjp(
    g: ArrayLike,
    input: ArrayLike,
    cell: ArrayLike,
    forget_weight: ArrayLike,
    forget_bias: ArrayLike,
    input_weight: ArrayLike,
    input_bias: ArrayLike,
    cell_weight: ArrayLike,
    cell_bias: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Long short-term memory (lstm_cell_state): vector-Jacobian product.

        output[i] = tanh(cell_bias[i] + Sum(cell_weight[i, j]*input[j], (j, 1,
            k)))*sigmoid(input_bias[i] + Sum(input[j]*input_weight[i, j], (j, 1, k))) +
            sigmoid(forget_bias[i] + Sum(forget_weight[i, j]*input[j], (j, 1, k)))*cell[i]
        result = d(sum of g * output) / d(input, cell, forget_weight, forget_bias, input_weight,
            input_bias, cell_weight, cell_bias)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., k); hidden state and input, one behind the
            other.
        cell: float16, float32 or float64, shape (..., d); cell state before the step.
        forget_weight: float16, float32 or float64, shape (d, k).
        forget_bias: float16, float32 or float64, shape (d,).
        input_weight: float16, float32 or float64, shape (d, k).
        input_bias: float16, float32 or float64, shape (d,).
        cell_weight: float16, float32 or float64, shape (d, k).
        cell_bias: float16, float32 or float64, shape (d,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., k)), that of cell (shape (..., d)),
    that of forget_weight (shape (d, k)), that of forget_bias (shape (d,)), that of input_weight (shape
    (d, k)), that of input_bias (shape (d,)), that of cell_weight (shape (d, k)), that of cell_bias
    (shape (d,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.5)
        float64: 0.5 (1.0)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(cell) is ndarray
        and type(forget_weight) is ndarray
        and type(forget_bias) is ndarray
        and type(input_weight) is ndarray
        and type(input_bias) is ndarray
        and type(cell_weight) is ndarray
        and type(cell_bias) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            cell.dtype,
            cell.shape,
            forget_weight.dtype,
            forget_weight.shape,
            forget_bias.dtype,
            forget_bias.shape,
            input_weight.dtype,
            input_weight.shape,
            input_bias.dtype,
            input_bias.shape,
            cell_weight.dtype,
            cell_weight.shape,
            cell_bias.dtype,
            cell_bias.shape,
        )
        plan = _LSTM_CELL_STATE_VJP.plans.get(key)
        if plan is None:
            plan = _LSTM_CELL_STATE_VJP.plan(
                key,
                g,
                input,
                cell,
                forget_weight,
                forget_bias,
                input_weight,
                input_bias,
                cell_weight,
                cell_bias,
            )
        if plan is not None:
            found = plan.several(
                out,
                (),
                g,
                input,
                cell,
                forget_weight,
                forget_bias,
                input_weight,
                input_bias,
                cell_weight,
                cell_bias,
            )
            if found is not None:
                return found
    return _LSTM_CELL_STATE_VJP.several(
        g,
        input,
        cell,
        forget_weight,
        forget_bias,
        input_weight,
        input_bias,
        cell_weight,
        cell_bias,
        out=out,
    )


def _lstm_hidden(
    constants: Constants,
    cell: Array,
    output_bias: Array,
    output_weight: Array,
    input: Array,
    out: Array,
) -> None:
    zero, one = constants
    t1 = np.tanh(cell)
    t5 = tn.contract("*a,ba->*b", input, output_weight)
    np.add(output_bias, t5, out=t5)
    t7 = np.absolute(t5)
    np.negative(t7, out=t7)
    np.exp(t7, out=t7)
    t11 = np.less_equal(zero, t5)
    t13 = np.maximum(t11, t7)
    np.add(t7, one, out=t7)
    np.divide(t13, t7, out=t13)
    np.multiply(t1, t13, out=out)


_LSTM_HIDDEN = TensorKernel(
    "lstm_hidden",
    _lstm_hidden,
    arguments=(
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("output_weight", ("d", "k")),
        Tensor("output_bias", ("d",)),
    ),
    results=(Tensor("output", ("*", "d")),),
    inputs=(
        ("cell", ("*", "d")),
        ("output_bias", ("d",)),
        ("output_weight", ("d", "k")),
        ("input", ("*", "k")),
    ),
    constants=(0.0, 1.0),
)


def lstm_hidden(
    input: ArrayLike,
    cell: ArrayLike,
    output_weight: ArrayLike,
    output_bias: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Long short-term memory (lstm_hidden).

        output[i] = tanh(cell[i])*sigmoid(output_bias[i] + Sum(input[j]*output_weight[i, j], (j, 1, k)))

    Args:
        input: float16, float32 or float64, shape (..., k); hidden state and input, one behind the
            other.
        cell: float16, float32 or float64, shape (..., d); cell state after the step.
        output_weight: float16, float32 or float64, shape (d, k).
        output_bias: float16, float32 or float64, shape (d,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 1.0 (1.0)
    """
    if (
        type(input) is ndarray
        and type(cell) is ndarray
        and type(output_weight) is ndarray
        and type(output_bias) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            cell.dtype,
            cell.shape,
            output_weight.dtype,
            output_weight.shape,
            output_bias.dtype,
            output_bias.shape,
        )
        plan = _LSTM_HIDDEN.plans.get(key) or _LSTM_HIDDEN.plan(key, input, cell, output_weight, output_bias)
        if plan is not None:
            found = plan.one(out, (), input, cell, output_weight, output_bias)
            if found is not None:
                return found
    return _LSTM_HIDDEN.one(input, cell, output_weight, output_bias, out=out)


def _lstm_hidden_vjp(
    constants: Constants,
    cell: Array,
    output_bias: Array,
    output_weight: Array,
    input: Array,
    g: Array,
    input_result: Array,
    cell_result: Array,
    output_weight_result: Array,
    output_bias_result: Array,
) -> None:
    zero, one, two, c3 = constants
    t1 = np.tanh(cell)
    t5 = tn.contract("*b,ab->*a", input, output_weight)
    np.add(output_bias, t5, out=t5)
    t7 = np.absolute(t5)
    np.negative(t7, out=t7)
    np.exp(t7, out=t7)
    t11 = np.less_equal(zero, t5)
    t13 = np.maximum(t11, t7)
    t14 = np.add(t7, one)
    np.divide(t13, t14, out=t13)
    np.multiply(g, t13, out=t13)
    t18 = np.multiply(g, t1)
    np.square(t14, out=t14)
    np.divide(t7, t14, out=t7)
    np.multiply(t18, t7, out=t18)
    np.multiply(t1, g, out=t1)
    np.multiply(t1, t7, out=t1)
    tn.contract("*a,ab->*b", t1, output_weight, input_result)
    tn.contract("*a,*b->ab", t1, input, output_weight_result)
    t26 = tn.sum_leading(t18, 1)
    t28 = np.multiply(two, cell)
    np.absolute(t28, out=t28)
    np.negative(t28, out=t28)
    np.exp(t28, out=t28)
    t32 = np.add(t28, one)
    np.square(t32, out=t32)
    np.divide(t28, t32, out=t28)
    np.multiply(c3, t13, out=t13)
    np.multiply(t13, t28, out=cell_result)
    np.copyto(output_bias_result, t26)


_LSTM_HIDDEN_VJP = TensorKernel(
    "lstm_hidden_vjp",
    _lstm_hidden_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("output_weight", ("d", "k")),
        Tensor("output_bias", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "k")),
        Tensor("cell", ("*", "d")),
        Tensor("output_weight", ("d", "k")),
        Tensor("output_bias", ("d",)),
    ),
    inputs=(
        ("cell", ("*", "d")),
        ("output_bias", ("d",)),
        ("output_weight", ("d", "k")),
        ("input", ("*", "k")),
        ("g", ("*", "d")),
    ),
    constants=(0.0, 1.0, 2.0, 4.0),
    cotangents=("input", "cell", "output_weight", "output_bias"),
)


def lstm_hidden_vjp(
    g: ArrayLike,
    input: ArrayLike,
    cell: ArrayLike,
    output_weight: ArrayLike,
    output_bias: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Long short-term memory (lstm_hidden): vector-Jacobian product.

        output[i] = tanh(cell[i])*sigmoid(output_bias[i] + Sum(input[j]*output_weight[i, j], (j, 1, k)))
        result = d(sum of g * output) / d(input, cell, output_weight, output_bias)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., k); hidden state and input, one behind the
            other.
        cell: float16, float32 or float64, shape (..., d); cell state after the step.
        output_weight: float16, float32 or float64, shape (d, k).
        output_bias: float16, float32 or float64, shape (d,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., k)), that of cell (shape (..., d)),
    that of output_weight (shape (d, k)), that of output_bias (shape (d,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.lstm.
    Stable by the proved claims act.tanh/slope_by_sigmoid, act.sigmoid/stable_form,
    act.sigmoid/slope_stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 1.5 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(cell) is ndarray
        and type(output_weight) is ndarray
        and type(output_bias) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            cell.dtype,
            cell.shape,
            output_weight.dtype,
            output_weight.shape,
            output_bias.dtype,
            output_bias.shape,
        )
        plan = _LSTM_HIDDEN_VJP.plans.get(key)
        if plan is None:
            plan = _LSTM_HIDDEN_VJP.plan(key, g, input, cell, output_weight, output_bias)
        if plan is not None:
            found = plan.several(out, (), g, input, cell, output_weight, output_bias)
            if found is not None:
                return found
    return _LSTM_HIDDEN_VJP.several(g, input, cell, output_weight, output_bias, out=out)


def _gcn_layer(
    constants: Constants,
    adjacency: Array,
    weight: Array,
    input: Array,
    adjacency_: Array,
    at_n: Array,
    at_n_: Array,
    out: Array,
) -> None:
    t2 = np.equal(at_n[:, None], at_n_[None, :])
    t4 = np.add(t2, adjacency)
    t7 = tn.contract("*db,bc->*dc", input, weight)
    t8 = np.add.reduce(t4, axis=-1)
    np.sqrt(t8, out=t8)
    t10 = np.equal(at_n_[:, None], at_n[None, :])
    t12 = np.add(t10, adjacency_)
    t13 = np.add.reduce(t12, axis=-1)
    np.sqrt(t13, out=t13)
    np.divide(t7, t13[..., :, None], out=t7)
    t16 = tn.contract("*ad,*dc->*ac", t4, t7)
    np.divide(t16, t8[..., :, None], out=out)


_GCN_LAYER = TensorKernel(
    "gcn_layer",
    _gcn_layer,
    arguments=(
        Tensor("adjacency", ("*", "n", "n")),
        Tensor("input", ("*", "n", "m")),
        Tensor("weight", ("m", "k")),
    ),
    results=(Tensor("output", ("*", "n", "k")),),
    inputs=(
        ("adjacency", ("*", "n", "n'")),
        ("weight", ("m", "k")),
        ("input", ("*", "n'", "m")),
        ("adjacency", ("*", "n'", "n")),
    ),
    places=("n", "n'"),
)


def gcn_layer(
    adjacency: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Graph convolutional network.

        output[i, r] = Sum((KroneckerDelta(i, j) + adjacency[i, j])*Sum(input[j, c]*weight[c, r], (c, 1,
            m))/(sqrt(Sum(KroneckerDelta(i, t) + adjacency[i, t], (t, 1, n)))*sqrt(Sum(KroneckerDelta(j,
            s) + adjacency[j, s], (s, 1, n)))), (j, 1, n))

    Args:
        adjacency: float16, float32 or float64, shape (..., n, n); symmetric, without loops, entries >=
            0.
        input: float16, float32 or float64, shape (..., n, m); features of each node.
        weight: float16, float32 or float64, shape (m, k).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n, k) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.gcn.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 3.5 (1.5)
    """
    if type(adjacency) is ndarray and type(input) is ndarray and type(weight) is ndarray:
        key = adjacency.dtype, adjacency.shape, input.dtype, input.shape, weight.dtype, weight.shape
        plan = _GCN_LAYER.plans.get(key) or _GCN_LAYER.plan(key, adjacency, input, weight)
        if plan is not None:
            found = plan.one(out, (), adjacency, input, weight)
            if found is not None:
                return found
    return _GCN_LAYER.one(adjacency, input, weight, out=out)


def _gcn_layer_vjp(
    constants: Constants,
    adjacency: Array,
    weight: Array,
    input: Array,
    adjacency_: Array,
    g: Array,
    at_n: Array,
    at_n_: Array,
    input_result: Array,
    weight_result: Array,
) -> None:
    t2 = np.equal(at_n[:, None], at_n_[None, :])
    t4 = np.add(t2, adjacency)
    t7 = np.add.reduce(t4, axis=-1)
    np.sqrt(t7, out=t7)
    t9 = np.equal(at_n_[:, None], at_n[None, :])
    t11 = np.add(t9, adjacency_)
    t12 = np.add.reduce(t11, axis=-1)
    np.sqrt(t12, out=t12)
    t15 = np.divide(g, t7[..., :, None])
    t16 = tn.contract("*ad,*ab->*db", t4, t15)
    t17 = np.divide(t16, t12[..., :, None])
    t18 = tn.contract("*db,cb->*dc", t16, weight)
    np.divide(t18, t12[..., :, None], out=input_result)
    tn.contract("*dc,*db->cb", input, t17, weight_result)


_GCN_LAYER_VJP = TensorKernel(
    "gcn_layer_vjp",
    _gcn_layer_vjp,
    arguments=(
        Tensor("g", ("*", "n", "k"), kind="cotangent"),
        Tensor("adjacency", ("*", "n", "n")),
        Tensor("input", ("*", "n", "m")),
        Tensor("weight", ("m", "k")),
    ),
    results=(Tensor("input", ("*", "n'", "m")), Tensor("weight", ("m", "k"))),
    inputs=(
        ("adjacency", ("*", "n", "n'")),
        ("weight", ("m", "k")),
        ("input", ("*", "n'", "m")),
        ("adjacency", ("*", "n'", "n")),
        ("g", ("*", "n", "k")),
    ),
    places=("n", "n'"),
    cotangents=("input", "weight"),
)


def gcn_layer_vjp(
    g: ArrayLike,
    adjacency: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Graph convolutional network: vector-Jacobian product.

        output[i, r] = Sum((KroneckerDelta(i, j) + adjacency[i, j])*Sum(input[j, c]*weight[c, r], (c, 1,
            m))/(sqrt(Sum(KroneckerDelta(i, t) + adjacency[i, t], (t, 1, n)))*sqrt(Sum(KroneckerDelta(j,
            s) + adjacency[j, s], (s, 1, n)))), (j, 1, n))
        result = d(sum of g * output) / d(input, weight)

    Args:
        g: float16, float32 or float64, shape (..., n, k); cotangent, of the shape of the forward
            result.
        adjacency: float16, float32 or float64, shape (..., n, n); symmetric, without loops, entries >=
            0.
        input: float16, float32 or float64, shape (..., n, m); features of each node.
        weight: float16, float32 or float64, shape (m, k).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., n, m)), that of weight (shape (m,
    k)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show model.gcn.
    Treated as constants, without a cotangent: adjacency (the graph is given).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (0.5)
        float64: 2.0 (1.0)
    """
    if (
        type(g) is ndarray
        and type(adjacency) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            adjacency.dtype,
            adjacency.shape,
            input.dtype,
            input.shape,
            weight.dtype,
            weight.shape,
        )
        plan = _GCN_LAYER_VJP.plans.get(key) or _GCN_LAYER_VJP.plan(key, g, adjacency, input, weight)
        if plan is not None:
            found = plan.several(out, (), g, adjacency, input, weight)
            if found is not None:
                return found
    return _GCN_LAYER_VJP.several(g, adjacency, input, weight, out=out)
