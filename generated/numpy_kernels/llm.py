"""Language models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _contractions as tn
from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, Law, Number, ndarray
from ._tensors import Tensor, TensorKernel

__all__ = [
    "dequantize",
    "lora_linear",
    "lora_linear_vjp",
    "nll_loss",
    "nll_loss_vjp",
    "quantize",
    "rope",
    "rope_vjp",
    "sinusoidal_encoding",
    "softmax_temperature",
    "softmax_temperature_vjp",
]


def _rope(
    constants: Constants,
    input: Array,
    cosine: Array,
    sine: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    np.multiply(input[..., 1], sine, a)
    np.multiply(cosine, input[..., 0], b)
    np.subtract(b, a, out[..., 0])
    np.multiply(input[..., 0], sine, a)
    np.multiply(cosine, input[..., 1], b)
    np.add(a, b, out[..., 1])


def _rope_tables(work: np.dtype[Any], positions: Array, frequencies: Array) -> tuple[Array, ...]:
    return rt.turn(positions, frequencies, work)


_ROPE = Kernel(
    "rope",
    Body(_rope, scratch=2),
    arguments=(
        Argument("input", row=True, literal=(2,)),
        Argument("positions", "integer"),
        Argument("frequencies", "shared", row=True),
    ),
    results=(Argument("output", row=True, literal=(2,)),),
    rows=True,
    tables=_rope_tables,
    table_of=("positions", "frequencies"),
)


def rope(
    input: ArrayLike,
    positions: ArrayLike,
    frequencies: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Rotary position embedding.

        output[c, a] = (-KroneckerDelta(1, a)*input[c, 2] + KroneckerDelta(2, a)*input[c,
            1])*sin(positions*frequencies[c]) + cos(positions*frequencies[c])*input[c, a]

    Args:
        input: float16, float32 or float64, shape (..., h, 2); pairs of features, shape (..., h, 2).
        positions: integers, shape (...); position of each row.
        frequencies: float16, float32 or float64, shape (h,); angle per position of each pair, shape
            (h,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.rope.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 0.5 (0.5)
    """
    return _ROPE.one(input, positions, frequencies, out=out)


def _rope_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    cosine: Array,
    sine: Array,
    out: Array,
    a: Array,
    b: Array,
    c: Array,
    d: Array,
) -> None:
    np.multiply(g[..., 1], cosine, a)
    np.multiply(g[..., 1], sine, b)
    np.multiply(g[..., 0], cosine, c)
    np.multiply(g[..., 0], sine, d)
    np.subtract(a, d, out[..., 1])
    np.add(b, c, out[..., 0])


def _rope_vjp_tables(work: np.dtype[Any], positions: Array, frequencies: Array) -> tuple[Array, ...]:
    return rt.turn(positions, frequencies, work)


_ROPE_VJP = Kernel(
    "rope_vjp",
    Body(_rope_vjp, scratch=4),
    arguments=(
        Argument("g", "cotangent", row=True, literal=(2,)),
        Argument("input", row=True, literal=(2,)),
        Argument("positions", "integer"),
        Argument("frequencies", "shared", row=True),
    ),
    results=(Argument("input", row=True, literal=(2,)),),
    rows=True,
    tables=_rope_vjp_tables,
    table_of=("positions", "frequencies"),
    cotangents=("input",),
)


def rope_vjp(
    g: ArrayLike,
    input: ArrayLike,
    positions: ArrayLike,
    frequencies: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Rotary position embedding: vector-Jacobian product.

        output[c, a] = (-KroneckerDelta(1, a)*input[c, 2] + KroneckerDelta(2, a)*input[c,
            1])*sin(positions*frequencies[c]) + cos(positions*frequencies[c])*input[c, a]
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., h, 2); cotangent, of the shape of the forward
            result.
        input: float16, float32 or float64, shape (..., h, 2); pairs of features, shape (..., h, 2).
        positions: integers, shape (...); position of each row.
        frequencies: float16, float32 or float64, shape (h,); angle per position of each pair, shape
            (h,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.rope.
    Treated as constants, without a cotangent: frequencies (fixed by the encoding).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    return _ROPE_VJP.one(g, input, positions, frequencies, out=out)


def _sinusoidal_encoding(constants: Constants, cosine: Array, sine: Array, out: Array) -> None:
    np.copyto(out[..., 0], sine)
    np.copyto(out[..., 1], cosine)


def _sinusoidal_encoding_tables(
    work: np.dtype[Any],
    positions: Array,
    frequencies: Array,
) -> tuple[Array, ...]:
    return rt.turn(positions, frequencies, work)


_SINUSOIDAL_ENCODING = Kernel(
    "sinusoidal_encoding",
    Body(_sinusoidal_encoding),
    arguments=(Argument("positions", "integer"), Argument("frequencies", "shared", row=True)),
    results=(Argument("output", row=True, literal=(2,)),),
    rows=True,
    tables=_sinusoidal_encoding_tables,
    table_of=("positions", "frequencies"),
)


def sinusoidal_encoding(
    positions: ArrayLike,
    frequencies: ArrayLike,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Sinusoidal position code.

        output[c, a] = sin(positions*frequencies[c])*KroneckerDelta(1, a) +
            cos(positions*frequencies[c])*KroneckerDelta(2, a)

    Args:
        positions: integers, shape (...); position of each row.
        frequencies: float16, float32 or float64, shape (h,); angle per position of each pair, such as
            10000 ** (-arange(h) / h).
        axis: the axis of length h.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., h, 2) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.sinusoidal.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.5)
        float64: 1.0 (1.0)
    """
    return _SINUSOIDAL_ENCODING.one(positions, frequencies, axis=axis, out=out)


def _nll_loss(constants: Constants, input: Array, out: Array) -> None:
    total = rt.row_sum(input)
    n = rt.length(input)
    r = np.divide(total, n)
    np.negative(r, out)


_NLL_LOSS = Kernel(
    "nll_loss",
    Body(_nll_loss),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 1),)),),
    columns=True,
)


def nll_loss(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Negative log-likelihood of a language model.

        output = -Sum(input[k], (k, 1, n))/n

    Args:
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens that came.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.nll.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _NLL_LOSS.plans.get(key) or _NLL_LOSS.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _NLL_LOSS.one(input, axis=axis, out=out)


def _nll_loss_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    c0, = constants
    n = rt.length(input)
    r = np.divide(c0, n)
    r2 = np.multiply(r, g)
    np.copyto(out, r2)


_NLL_LOSS_VJP = Kernel(
    "nll_loss_vjp",
    Body(_nll_loss_vjp, constants=(-1.0,)),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def nll_loss_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Negative log-likelihood of a language model: vector-Jacobian product.

        output = -Sum(input[k], (k, 1, n))/n
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); log-probabilities of the tokens that came.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.nll.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _NLL_LOSS_VJP.plans.get(key) or _NLL_LOSS_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _NLL_LOSS_VJP.one(g, input, axis=axis, out=out)


def _softmax_temperature(constants: Constants, input: Array, temperature: Array, out: Array) -> None:
    one, = constants
    np.divide(input, temperature, out)
    top = rt.row_max(out)
    shift = rt.finite_or_zero(top)
    np.subtract(out, shift, out)
    np.exp(out, out)
    total = rt.row_sum(out)
    r = np.divide(one, total)
    np.multiply(out, r, out)


def _softmax_temperature_quick(constants: Constants, input: Array, temperature: Array, out: Array) -> None:
    half, one = constants
    np.divide(input, temperature, out)
    np.exp(out, out)
    total = rt.row_sum(out)
    r = np.subtract(total, half)
    rt.watch(r)
    r2 = np.divide(one, total)
    np.multiply(out, r2, out)


_SOFTMAX_TEMPERATURE = Kernel(
    "softmax_temperature",
    Body(_softmax_temperature, constants=(1.0,)),
    arguments=(Argument("input", row=True), Argument("temperature", "scalar")),
    results=(Argument("output", row=True),),
    quick=(Body(_softmax_temperature_quick, constants=(0.5, 1.0)),),
    rows=True,
    columns=True,
)


def softmax_temperature(
    input: ArrayLike,
    temperature: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Temperature.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claim act.softmax/shift_invariance.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (2.0)
        float64: 2.0 (2.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _SOFTMAX_TEMPERATURE.plans.get(key) or _SOFTMAX_TEMPERATURE.plan(key, input)
        if plan is not None:
            found = plan.one(out, (temperature,), input)
            if found is not None:
                return found
    return _SOFTMAX_TEMPERATURE.one(input, temperature, axis=axis, out=out)


def _softmax_temperature_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    temperature: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    one, = constants
    np.divide(input, temperature, a)
    top = rt.row_max(a)
    shift = rt.finite_or_zero(top)
    np.subtract(a, shift, a)
    np.exp(a, a)
    total = rt.row_sum(a)
    r = np.divide(one, total)
    np.multiply(a, r, out)
    moved = rt.from_largest(a, g, total, b)
    total2 = rt.row_dot(a, moved)
    r2 = np.divide(total2, total)
    np.subtract(moved, r2, b)
    np.multiply(k, out, out)
    np.multiply(out, b, out)


def _softmax_temperature_vjp_numbers(temperature: Number) -> tuple[Number, ...]:
    k = np.divide(1.0, temperature)
    return temperature, k


def _softmax_temperature_vjp_quick(
    constants: Constants,
    g: Array,
    input: Array,
    temperature: Array,
    k: Array,
    out: Array,
    a: Array,
    b: Array,
) -> None:
    half, one = constants
    np.divide(input, temperature, a)
    np.exp(a, a)
    total = rt.row_sum(a)
    r = np.subtract(total, half)
    rt.watch(r)
    r2 = np.divide(one, total)
    np.multiply(a, r2, out)
    moved = rt.from_largest(a, g, total, b)
    total2 = rt.row_dot(a, moved)
    r3 = np.divide(total2, total)
    np.subtract(moved, r3, b)
    np.multiply(k, out, out)
    np.multiply(out, b, out)


def _softmax_temperature_vjp_quick_numbers(temperature: Number) -> tuple[Number, ...]:
    k = np.divide(1.0, temperature)
    return temperature, k


_SOFTMAX_TEMPERATURE_VJP = Kernel(
    "softmax_temperature_vjp",
    Body(_softmax_temperature_vjp, constants=(1.0,), scratch=2, numbers=_softmax_temperature_vjp_numbers),
    arguments=(
        Argument("g", "cotangent", row=True),
        Argument("input", row=True),
        Argument("temperature", "scalar"),
    ),
    results=(Argument("input", row=True),),
    quick=(
        Body(
            _softmax_temperature_vjp_quick,
            constants=(0.5, 1.0),
            scratch=2,
            numbers=_softmax_temperature_vjp_quick_numbers,
        ),
    ),
    rows=True,
    cotangents=("input",),
)


def softmax_temperature_vjp(
    g: ArrayLike,
    input: ArrayLike,
    temperature: float = 1.0,
    *,
    axis: int = -1,
    out: Array | None = None,
) -> Array:
    """Temperature: vector-Jacobian product.

        output[i] = exp(input[i]/temperature)/Sum(exp(input[k]/temperature), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (..., n); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n); logits.
        temperature: a number; > 0.
        axis: the axis of length n.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.temperature.
    Stable by the proved claims act.softmax/shift_invariance, act.softmax/cotangent_shift.
    Treated as constants, without a cotangent: temperature (numbers of the call).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.5)
        float64: 2.5 (1.5)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _SOFTMAX_TEMPERATURE_VJP.plans.get(key) or _SOFTMAX_TEMPERATURE_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (temperature,), g, input)
            if found is not None:
                return found
    return _SOFTMAX_TEMPERATURE_VJP.one(g, input, temperature, axis=axis, out=out)


def _lora_linear(
    constants: Constants,
    lora_b: Array,
    lora_a: Array,
    input: Array,
    weight: Array,
    out: Array,
) -> None:
    t3 = tn.contract("*a,ca->*c", input, lora_a)
    t4 = tn.contract("*c,bc->*b", t3, lora_b)
    t6 = tn.contract("*a,ba->*b", input, weight)
    np.add(t4, t6, out=out)


_LORA_LINEAR = TensorKernel(
    "lora_linear",
    _lora_linear,
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("weight", ("e", "d")),
        Tensor("lora_a", ("r", "d")),
        Tensor("lora_b", ("e", "r")),
    ),
    results=(Tensor("output", ("*", "e")),),
    inputs=(("lora_b", ("e", "r")), ("lora_a", ("r", "d")), ("input", ("*", "d")), ("weight", ("e", "d"))),
)


def lora_linear(
    input: ArrayLike,
    weight: ArrayLike,
    lora_a: ArrayLike,
    lora_b: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Low-rank adaptation.

        output[p] = Sum(input[c]*weight[p, c], (c, 1, d)) + Sum(lora_b[p, a]*Sum(input[t]*lora_a[a, t],
            (t, 1, d)), (a, 1, r))

    Args:
        input: float16, float32 or float64, shape (..., d).
        weight: float16, float32 or float64, shape (e, d); frozen weight.
        lora_a: float16, float32 or float64, shape (r, d); first factor of the update.
        lora_b: float16, float32 or float64, shape (e, r); second factor of the update.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., e) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.lora.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 2.0 (1.0)
    """
    if (
        type(input) is ndarray
        and type(weight) is ndarray
        and type(lora_a) is ndarray
        and type(lora_b) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            weight.dtype,
            weight.shape,
            lora_a.dtype,
            lora_a.shape,
            lora_b.dtype,
            lora_b.shape,
        )
        plan = _LORA_LINEAR.plans.get(key) or _LORA_LINEAR.plan(key, input, weight, lora_a, lora_b)
        if plan is not None:
            found = plan.one(out, (), input, weight, lora_a, lora_b)
            if found is not None:
                return found
    return _LORA_LINEAR.one(input, weight, lora_a, lora_b, out=out)


def _lora_linear_vjp(
    constants: Constants,
    lora_b: Array,
    lora_a: Array,
    input: Array,
    weight: Array,
    g: Array,
    input_result: Array,
    lora_a_result: Array,
    lora_b_result: Array,
) -> None:
    t3 = tn.contract("*b,cb->*c", input, lora_a)
    t6 = tn.contract("*a,ac->*c", g, lora_b)
    t7 = tn.contract("*a,ab->*b", g, weight)
    t8 = tn.contract("*c,cb->*b", t6, lora_a)
    np.add(t7, t8, out=input_result)
    tn.contract("*c,*b->cb", t6, input, lora_a_result)
    tn.contract("*a,*c->ac", g, t3, lora_b_result)


_LORA_LINEAR_VJP = TensorKernel(
    "lora_linear_vjp",
    _lora_linear_vjp,
    arguments=(
        Tensor("g", ("*", "e"), kind="cotangent"),
        Tensor("input", ("*", "d")),
        Tensor("weight", ("e", "d")),
        Tensor("lora_a", ("r", "d")),
        Tensor("lora_b", ("e", "r")),
    ),
    results=(Tensor("input", ("*", "d")), Tensor("lora_a", ("r", "d")), Tensor("lora_b", ("e", "r"))),
    inputs=(
        ("lora_b", ("e", "r")),
        ("lora_a", ("r", "d")),
        ("input", ("*", "d")),
        ("weight", ("e", "d")),
        ("g", ("*", "e")),
    ),
    cotangents=("input", "lora_a", "lora_b"),
)


def lora_linear_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    lora_a: ArrayLike,
    lora_b: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Low-rank adaptation: vector-Jacobian product.

        output[p] = Sum(input[c]*weight[p, c], (c, 1, d)) + Sum(lora_b[p, a]*Sum(input[t]*lora_a[a, t],
            (t, 1, d)), (a, 1, r))
        result = d(sum of g * output) / d(input, lora_a, lora_b)

    Args:
        g: float16, float32 or float64, shape (..., e); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., d).
        weight: float16, float32 or float64, shape (e, d); frozen weight.
        lora_a: float16, float32 or float64, shape (r, d); first factor of the update.
        lora_b: float16, float32 or float64, shape (e, r); second factor of the update.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., d)), that of lora_a (shape (r, d)),
    that of lora_b (shape (e, r)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.lora.
    Treated as constants, without a cotangent: weight (frozen, which is what the method is for).
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (0.5)
        float64: 1.0 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight) is ndarray
        and type(lora_a) is ndarray
        and type(lora_b) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            weight.dtype,
            weight.shape,
            lora_a.dtype,
            lora_a.shape,
            lora_b.dtype,
            lora_b.shape,
        )
        plan = _LORA_LINEAR_VJP.plans.get(key) or _LORA_LINEAR_VJP.plan(key, g, input, weight, lora_a, lora_b)
        if plan is not None:
            found = plan.several(out, (), g, input, weight, lora_a, lora_b)
            if found is not None:
                return found
    return _LORA_LINEAR_VJP.several(g, input, weight, lora_a, lora_b, out=out)


def _quantize(constants: Constants, input: Array, scale: Array, zero_point: Array, out: Array) -> None:
    np.divide(input, scale, out)
    np.rint(out, out)
    np.add(zero_point, out, out)


_QUANTIZE = Kernel(
    "quantize",
    Body(_quantize),
    arguments=(Argument("input"), Argument("scale", "scalar"), Argument("zero_point", "scalar")),
    results=(Argument("output"),),
)


def quantize(
    input: ArrayLike,
    scale: float = 0.1,
    zero_point: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Uniform quantisation (quantize).

        output = zero_point + nearest(input/scale)

    Args:
        input: float16, float32 or float64, shape (...).
        scale: a number; width of a step.
        zero_point: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.quantize.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _QUANTIZE.plans.get(key) or _QUANTIZE.plan(key, input)
        if plan is not None:
            found = plan.one(out, (scale, zero_point), input)
            if found is not None:
                return found
    return _QUANTIZE.one(input, scale, zero_point, out=out)


def _dequantize(constants: Constants, input: Array, scale: Array, zero_point: Array, out: Array) -> None:
    np.subtract(input, zero_point, out)
    np.multiply(scale, out, out)


_DEQUANTIZE = Kernel(
    "dequantize",
    Body(_dequantize),
    arguments=(Argument("input"), Argument("scale", "scalar"), Argument("zero_point", "scalar")),
    results=(Argument("output"),),
)


def dequantize(
    input: ArrayLike,
    scale: float = 0.1,
    zero_point: float = 0.0,
    *,
    out: Array | None = None,
) -> Array:
    """Uniform quantisation (dequantize).

        output = scale*(input - zero_point)

    Args:
        input: float16, float32 or float64, shape (...); quantised values.
        scale: a number; width of a step.
        zero_point: a number.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show llm.quantize.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _DEQUANTIZE.plans.get(key) or _DEQUANTIZE.plan(key, input)
        if plan is not None:
            found = plan.one(out, (scale, zero_point), input)
            if found is not None:
                return found
    return _DEQUANTIZE.one(input, scale, zero_point, out=out)
