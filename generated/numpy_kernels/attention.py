"""Attention.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _contractions as tn
from . import _functions as rt
from ._driver import Argument, Array, Body, Constants, Kernel, ndarray
from ._tensors import Tensor, TensorKernel
from ._tiles import TileBody, Tiles

__all__ = [
    "causal_attention",
    "causal_attention_vjp",
    "feed_forward",
    "feed_forward_vjp",
    "multihead_attention",
    "multihead_attention_vjp",
    "residual",
    "residual_vjp",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_vjp",
    "swiglu",
    "swiglu_vjp",
]


def _scaled_dot_product_attention(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    out: Array,
    room0: Array,
    room1: Array,
) -> None:
    t2 = tn.contract("*ab,*cb->*ac", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t7 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t8 = rt.finite_or_zero(t7)
    np.subtract(t2, t8[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t11 = tn.contract("*ac,*cd->*ad", t2, value, room=room1)
    t12 = np.add.reduce(t2, axis=-1)
    np.divide(t11, t12[..., :, None], out=out)


def _scaled_dot_product_attention_fold(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    room0: Array,
    room1: Array,
) -> tuple[Array, ...]:
    t2 = tn.contract("*ab,*cb->*ac", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t7 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t8 = rt.finite_or_zero(t7)
    np.subtract(t2, t8[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t11 = tn.contract("*ac,*cd->*ad", t2, value, room=room1)
    t12 = np.add.reduce(t2, axis=-1)
    return t7, t11.copy(), t12


def _scaled_dot_product_attention_finish(constants: Constants, sum13: Array, mass: Array, out: Array) -> None:
    np.divide(sum13, mass[..., :, None], out=out)


_SCALED_DOT_PRODUCT_ATTENTION = TensorKernel(
    "scaled_dot_product_attention",
    _scaled_dot_product_attention,
    arguments=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "m", "d")),
        Tensor("value", ("*", "m", "e")),
    ),
    results=(Tensor("output", ("*", "n", "e")),),
    inputs=(("key", ("*", "m", "d")), ("query", ("*", "n", "d")), ("value", ("*", "m", "e"))),
    rooms=2,
    block="n",
    tiles=Tiles(
        "m",
        state=("top", "sum13", "mass"),
        fold=TileBody(
            _scaled_dot_product_attention_fold,
            inputs=(("key", ("*", "m", "d")), ("query", ("*", "n", "d")), ("value", ("*", "m", "e"))),
            rooms=2,
        ),
        finish=TileBody(
            _scaled_dot_product_attention_finish,
            inputs=(("sum13", ("*", "n", "e")), ("mass", ("*", "n"))),
            results=("output",),
        ),
    ),
)


def scaled_dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Scaled dot-product attention.

        output[i, r] = Sum(exp(Sum(key[j, c]*query[i, c], (c, 1, d))/sqrt(d))*value[j,
            r]/Sum(exp(Sum(key[t, c]*query[i, c], (c, 1, d))/sqrt(d)), (t, 1, m)), (j, 1, m))

    Args:
        query: float16, float32 or float64, shape (..., n, d).
        key: float16, float32 or float64, shape (..., m, d).
        value: float16, float32 or float64, shape (..., m, e).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n, e) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.sdpa.
    Stable by the proved claims act.softmax/weighted_mean_shift, attn.sdpa/merge_of_blocks,
    attn.sdpa/merged_mass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.0 (1.5)
    """
    if type(query) is ndarray and type(key) is ndarray and type(value) is ndarray:
        layout = query.dtype, query.shape, key.dtype, key.shape, value.dtype, value.shape
        plan = _SCALED_DOT_PRODUCT_ATTENTION.plans.get(layout)
        if plan is None:
            plan = _SCALED_DOT_PRODUCT_ATTENTION.plan(layout, query, key, value)
        if plan is not None:
            found = plan.one(out, (), query, key, value)
            if found is not None:
                return found
    return _SCALED_DOT_PRODUCT_ATTENTION.one(query, key, value, out=out)


def _scaled_dot_product_attention_vjp(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
) -> None:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t7 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t8 = rt.finite_or_zero(t7)
    np.subtract(t2, t8[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t11 = np.add.reduce(t2, axis=-1)
    t13 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t14 = np.divide(g, t11[..., :, None], out=tn.in_room(room2, g))
    t23 = rt.at_largest(t2, t13, t11)
    np.subtract(t13, t23[..., :, None], out=t13)
    t25 = np.multiply(t2, t13, out=tn.in_room(room3, t2))
    t26 = np.add.reduce(t25, axis=-1)
    np.divide(t26, t11, out=t26)
    np.subtract(t13, t26[..., :, None], out=t13)
    t29 = np.divide(t13, t11[..., :, None], out=tn.in_room(room3, t13))
    np.multiply(t2, t13, out=t13)
    t31 = tn.contract("*ad,*ab->*db", t2, t14, room=room4)
    t32 = tn.contract("*ad,*dc->*ac", t13, key, room=room2)
    np.divide(t32, t4, out=t32)
    np.divide(t32, t11[..., :, None], out=query_result)
    np.multiply(t2, t29, out=t2)
    t36 = tn.contract("*ad,*ac->*dc", t2, query, room=room1)
    np.divide(t36, t4, out=t36)
    np.add(key_result, t36, key_result)
    np.add(value_result, t31, value_result)


def _scaled_dot_product_attention_vjp_fold(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    room0: Array,
    room1: Array,
) -> tuple[Array, ...]:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t7 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t8 = rt.finite_or_zero(t7)
    np.subtract(t2, t8[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t11 = np.add.reduce(t2, axis=-1)
    t13 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t22 = rt.at_largest(t2, t13, t11)
    np.subtract(t13, t22[..., :, None], out=t13)
    np.multiply(t2, t13, out=t2)
    t25 = np.add.reduce(t2, axis=-1)
    return t7, t11, t22, t25


def _scaled_dot_product_attention_vjp_again(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    top: Array,
    mass: Array,
    g: Array,
    origin: Array,
    sum28: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
) -> None:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t8 = rt.finite_or_zero(top)
    np.subtract(t2, t8[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t13 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t14 = np.divide(g, mass[..., :, None], out=tn.in_room(room2, g))
    np.subtract(t13, origin[..., :, None], out=t13)
    t18 = np.divide(sum28, mass)
    np.subtract(t13, t18[..., :, None], out=t13)
    t20 = np.divide(t13, mass[..., :, None], out=tn.in_room(room3, t13))
    np.multiply(t2, t13, out=t13)
    t22 = tn.contract("*ad,*ab->*db", t2, t14, room=room4)
    t23 = tn.contract("*ad,*dc->*ac", t13, key, room=room2)
    np.divide(t23, t4, out=t23)
    np.divide(t23, mass[..., :, None], out=t23)
    np.multiply(t2, t20, out=t2)
    t27 = tn.contract("*ad,*ac->*dc", t2, query, room=room1)
    np.divide(t27, t4, out=t27)
    np.add(query_result, t23, query_result)
    np.add(key_result, t27, key_result)
    np.add(value_result, t22, value_result)


_SCALED_DOT_PRODUCT_ATTENTION_VJP = TensorKernel(
    "scaled_dot_product_attention_vjp",
    _scaled_dot_product_attention_vjp,
    arguments=(
        Tensor("g", ("*", "n", "e"), kind="cotangent"),
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "m", "d")),
        Tensor("value", ("*", "m", "e")),
    ),
    results=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "m", "d")),
        Tensor("value", ("*", "m", "e")),
    ),
    inputs=(
        ("key", ("*", "m", "d")),
        ("query", ("*", "n", "d")),
        ("value", ("*", "m", "e")),
        ("g", ("*", "n", "e")),
    ),
    rooms=5,
    block="n",
    sums=("key", "value"),
    cotangents=("query", "key", "value"),
    tiles=Tiles(
        "m",
        state=("top", "mass", "origin", "sum28"),
        fold=TileBody(
            _scaled_dot_product_attention_vjp_fold,
            inputs=(
                ("key", ("*", "m", "d")),
                ("query", ("*", "n", "d")),
                ("value", ("*", "m", "e")),
                ("g", ("*", "n", "e")),
            ),
            rooms=2,
        ),
        again=TileBody(
            _scaled_dot_product_attention_vjp_again,
            inputs=(
                ("key", ("*", "m", "d")),
                ("query", ("*", "n", "d")),
                ("value", ("*", "m", "e")),
                ("top", ("*", "n")),
                ("mass", ("*", "n")),
                ("g", ("*", "n", "e")),
                ("origin", ("*", "n")),
                ("sum28", ("*", "n")),
            ),
            rooms=5,
            results=("query", "key", "value"),
        ),
        relative=("sum28",),
        sums=("key", "value", "query"),
    ),
)


def scaled_dot_product_attention_vjp(
    g: ArrayLike,
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Scaled dot-product attention: vector-Jacobian product.

        output[i, r] = Sum(exp(Sum(key[j, c]*query[i, c], (c, 1, d))/sqrt(d))*value[j,
            r]/Sum(exp(Sum(key[t, c]*query[i, c], (c, 1, d))/sqrt(d)), (t, 1, m)), (j, 1, m))
        result = d(sum of g * output) / d(query, key, value)

    Args:
        g: float16, float32 or float64, shape (..., n, e); cotangent, of the shape of the forward
            result.
        query: float16, float32 or float64, shape (..., n, d).
        key: float16, float32 or float64, shape (..., m, d).
        value: float16, float32 or float64, shape (..., m, e).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of query (shape (..., n, d)), that of key (shape (..., m,
    d)), that of value (shape (..., m, e)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.sdpa.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift,
    attn.sdpa/merge_of_blocks, attn.sdpa/merged_mass.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (1.5)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(query) is ndarray and type(key) is ndarray and type(value) is ndarray:
        layout = g.dtype, g.shape, query.dtype, query.shape, key.dtype, key.shape, value.dtype, value.shape
        plan = _SCALED_DOT_PRODUCT_ATTENTION_VJP.plans.get(layout)
        if plan is None:
            plan = _SCALED_DOT_PRODUCT_ATTENTION_VJP.plan(layout, g, query, key, value)
        if plan is not None:
            found = plan.several(out, (), g, query, key, value)
            if found is not None:
                return found
    return _SCALED_DOT_PRODUCT_ATTENTION_VJP.several(g, query, key, value, out=out)


def _causal_attention(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    at_n_: Array,
    at_n: Array,
    out: Array,
    room0: Array,
    room1: Array,
) -> None:
    t2 = tn.contract("*ab,*db->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    tn.mask_beyond(t2, at_n_, at_n)
    t14 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t15 = rt.finite_or_zero(t14)
    np.subtract(t2, t15[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t18 = tn.contract("*ad,*dc->*ac", t2, value, room=room1)
    t19 = np.add.reduce(t2, axis=-1)
    np.divide(t18, t19[..., :, None], out=out)


def _causal_attention_fold(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    at_n_: Array,
    at_n: Array,
    room0: Array,
    room1: Array,
) -> tuple[Array, ...]:
    t2 = tn.contract("*ab,*db->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    tn.mask_beyond(t2, at_n_, at_n)
    t14 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t15 = rt.finite_or_zero(t14)
    np.subtract(t2, t15[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t18 = tn.contract("*ad,*dc->*ac", t2, value, room=room1)
    t19 = np.add.reduce(t2, axis=-1)
    return t14, t18.copy(), t19


def _causal_attention_finish(constants: Constants, sum20: Array, mass: Array, out: Array) -> None:
    np.divide(sum20, mass[..., :, None], out=out)


_CAUSAL_ATTENTION = TensorKernel(
    "causal_attention",
    _causal_attention,
    arguments=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "n", "d")),
        Tensor("value", ("*", "n", "e")),
    ),
    results=(Tensor("output", ("*", "n", "e")),),
    inputs=(("key", ("*", "n'", "d")), ("query", ("*", "n", "d")), ("value", ("*", "n'", "e"))),
    rooms=2,
    places=("n'", "n"),
    block="n",
    limit="n'",
    tiles=Tiles(
        "n'",
        state=("top", "sum20", "mass"),
        fold=TileBody(
            _causal_attention_fold,
            inputs=(("key", ("*", "n'", "d")), ("query", ("*", "n", "d")), ("value", ("*", "n'", "e"))),
            rooms=2,
            places=("n'", "n"),
        ),
        finish=TileBody(
            _causal_attention_finish,
            inputs=(("sum20", ("*", "n", "e")), ("mass", ("*", "n"))),
            results=("output",),
        ),
    ),
)


def causal_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Causal mask.

        output[i, r] = Sum(exp(causal_mask(j, i) + Sum(key[j, c]*query[i, c], (c, 1,
            d))/sqrt(d))*value[j, r]/Sum(exp(causal_mask(t, i) + Sum(key[t, c]*query[i, c], (c, 1,
            d))/sqrt(d)), (t, 1, n)), (j, 1, n))

    Args:
        query: float16, float32 or float64, shape (..., n, d).
        key: float16, float32 or float64, shape (..., n, d).
        value: float16, float32 or float64, shape (..., n, e).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n, e) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.causal.
    Stable by the proved claims act.softmax/weighted_mean_shift, attn.sdpa/merge_of_blocks,
    attn.sdpa/merged_mass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(query) is ndarray and type(key) is ndarray and type(value) is ndarray:
        layout = query.dtype, query.shape, key.dtype, key.shape, value.dtype, value.shape
        plan = _CAUSAL_ATTENTION.plans.get(layout) or _CAUSAL_ATTENTION.plan(layout, query, key, value)
        if plan is not None:
            found = plan.one(out, (), query, key, value)
            if found is not None:
                return found
    return _CAUSAL_ATTENTION.one(query, key, value, out=out)


def _causal_attention_vjp(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    at_n_: Array,
    at_n: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
) -> None:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    tn.mask_beyond(t2, at_n_, at_n)
    t14 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t15 = rt.finite_or_zero(t14)
    np.subtract(t2, t15[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t18 = np.add.reduce(t2, axis=-1)
    t20 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t21 = np.divide(g, t18[..., :, None], out=tn.in_room(room2, g))
    t28 = rt.at_largest(t2, t20, t18)
    np.subtract(t20, t28[..., :, None], out=t20)
    t30 = np.multiply(t2, t20, out=tn.in_room(room3, t2))
    t31 = np.add.reduce(t30, axis=-1)
    np.divide(t31, t18, out=t31)
    np.subtract(t20, t31[..., :, None], out=t20)
    t34 = np.divide(t20, t18[..., :, None], out=tn.in_room(room3, t20))
    np.multiply(t2, t20, out=t20)
    t36 = tn.contract("*ad,*ab->*db", t2, t21, room=room4)
    t37 = tn.contract("*ad,*dc->*ac", t20, key, room=room2)
    np.divide(t37, t4, out=t37)
    np.divide(t37, t18[..., :, None], out=query_result)
    np.multiply(t2, t34, out=t2)
    t41 = tn.contract("*ad,*ac->*dc", t2, query, room=room1)
    np.divide(t41, t4, out=t41)
    np.add(key_result, t41, key_result)
    np.add(value_result, t36, value_result)


def _causal_attention_vjp_fold(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    at_n_: Array,
    at_n: Array,
    room0: Array,
    room1: Array,
) -> tuple[Array, ...]:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    tn.mask_beyond(t2, at_n_, at_n)
    t14 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t15 = rt.finite_or_zero(t14)
    np.subtract(t2, t15[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t18 = np.add.reduce(t2, axis=-1)
    t20 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t27 = rt.at_largest(t2, t20, t18)
    np.subtract(t20, t27[..., :, None], out=t20)
    np.multiply(t2, t20, out=t2)
    t30 = np.add.reduce(t2, axis=-1)
    return t14, t18, t27, t30


def _causal_attention_vjp_again(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    top: Array,
    mass: Array,
    g: Array,
    origin: Array,
    sum33: Array,
    at_n_: Array,
    at_n: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
) -> None:
    t2 = tn.contract("*ac,*dc->*ad", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    tn.mask_beyond(t2, at_n_, at_n)
    t15 = rt.finite_or_zero(top)
    np.subtract(t2, t15[..., :, None], out=t2)
    np.exp(t2, out=t2)
    t20 = tn.contract("*ab,*db->*ad", g, value, room=room1)
    t21 = np.divide(g, mass[..., :, None], out=tn.in_room(room2, g))
    np.subtract(t20, origin[..., :, None], out=t20)
    t25 = np.divide(sum33, mass)
    np.subtract(t20, t25[..., :, None], out=t20)
    t27 = np.divide(t20, mass[..., :, None], out=tn.in_room(room3, t20))
    np.multiply(t2, t20, out=t20)
    t29 = tn.contract("*ad,*ab->*db", t2, t21, room=room4)
    t30 = tn.contract("*ad,*dc->*ac", t20, key, room=room2)
    np.divide(t30, t4, out=t30)
    np.divide(t30, mass[..., :, None], out=t30)
    np.multiply(t2, t27, out=t2)
    t34 = tn.contract("*ad,*ac->*dc", t2, query, room=room1)
    np.divide(t34, t4, out=t34)
    np.add(query_result, t30, query_result)
    np.add(key_result, t34, key_result)
    np.add(value_result, t29, value_result)


_CAUSAL_ATTENTION_VJP = TensorKernel(
    "causal_attention_vjp",
    _causal_attention_vjp,
    arguments=(
        Tensor("g", ("*", "n", "e"), kind="cotangent"),
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "n", "d")),
        Tensor("value", ("*", "n", "e")),
    ),
    results=(
        Tensor("query", ("*", "n", "d")),
        Tensor("key", ("*", "n'", "d")),
        Tensor("value", ("*", "n'", "e")),
    ),
    inputs=(
        ("key", ("*", "n'", "d")),
        ("query", ("*", "n", "d")),
        ("value", ("*", "n'", "e")),
        ("g", ("*", "n", "e")),
    ),
    rooms=5,
    places=("n'", "n"),
    block="n",
    limit="n'",
    sums=("key", "value"),
    cotangents=("query", "key", "value"),
    tiles=Tiles(
        "n'",
        state=("top", "mass", "origin", "sum33"),
        fold=TileBody(
            _causal_attention_vjp_fold,
            inputs=(
                ("key", ("*", "n'", "d")),
                ("query", ("*", "n", "d")),
                ("value", ("*", "n'", "e")),
                ("g", ("*", "n", "e")),
            ),
            rooms=2,
            places=("n'", "n"),
        ),
        again=TileBody(
            _causal_attention_vjp_again,
            inputs=(
                ("key", ("*", "n'", "d")),
                ("query", ("*", "n", "d")),
                ("value", ("*", "n'", "e")),
                ("top", ("*", "n")),
                ("mass", ("*", "n")),
                ("g", ("*", "n", "e")),
                ("origin", ("*", "n")),
                ("sum33", ("*", "n")),
            ),
            rooms=5,
            places=("n'", "n"),
            results=("query", "key", "value"),
        ),
        relative=("sum33",),
        sums=("key", "value", "query"),
    ),
)


def causal_attention_vjp(
    g: ArrayLike,
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Causal mask: vector-Jacobian product.

        output[i, r] = Sum(exp(causal_mask(j, i) + Sum(key[j, c]*query[i, c], (c, 1,
            d))/sqrt(d))*value[j, r]/Sum(exp(causal_mask(t, i) + Sum(key[t, c]*query[i, c], (c, 1,
            d))/sqrt(d)), (t, 1, n)), (j, 1, n))
        result = d(sum of g * output) / d(query, key, value)

    Args:
        g: float16, float32 or float64, shape (..., n, e); cotangent, of the shape of the forward
            result.
        query: float16, float32 or float64, shape (..., n, d).
        key: float16, float32 or float64, shape (..., n, d).
        value: float16, float32 or float64, shape (..., n, e).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of query (shape (..., n, d)), that of key (shape (..., n,
    d)), that of value (shape (..., n, e)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.causal.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift,
    attn.sdpa/merge_of_blocks, attn.sdpa/merged_mass.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 1.0 (1.0)
    """
    if type(g) is ndarray and type(query) is ndarray and type(key) is ndarray and type(value) is ndarray:
        layout = g.dtype, g.shape, query.dtype, query.shape, key.dtype, key.shape, value.dtype, value.shape
        plan = _CAUSAL_ATTENTION_VJP.plans.get(layout)
        if plan is None:
            plan = _CAUSAL_ATTENTION_VJP.plan(layout, g, query, key, value)
        if plan is not None:
            found = plan.several(out, (), g, query, key, value)
            if found is not None:
                return found
    return _CAUSAL_ATTENTION_VJP.several(g, query, key, value, out=out)


def _multihead_attention(
    constants: Constants,
    out_weight: Array,
    key: Array,
    query: Array,
    value: Array,
    out: Array,
    room0: Array,
    room1: Array,
) -> None:
    t3 = tn.contract("*abc,*adc->*abd", query, key, room=room0)
    t5 = np.sqrt(tn.size(key, -1))
    np.divide(t3, t5, out=t3)
    t8 = np.maximum.reduce(t3, axis=-1, initial=-np.inf)
    t9 = rt.finite_or_zero(t8)
    np.subtract(t3, t9[..., :, :, None], out=t3)
    np.exp(t3, out=t3)
    t12 = tn.contract("*abd,*ade->*abe", t3, value, room=room1)
    t13 = np.add.reduce(t3, axis=-1)
    np.divide(t12, t13[..., :, :, None], out=t12)
    tn.contract("*abe,aef->*bf", t12, out_weight, out)


def _multihead_attention_fold(
    constants: Constants,
    key: Array,
    query: Array,
    value: Array,
    room0: Array,
    room1: Array,
) -> tuple[Array, ...]:
    t2 = tn.contract("*abc,*adc->*abd", query, key, room=room0)
    t4 = np.sqrt(tn.size(key, -1))
    np.divide(t2, t4, out=t2)
    t7 = np.maximum.reduce(t2, axis=-1, initial=-np.inf)
    t8 = rt.finite_or_zero(t7)
    np.subtract(t2, t8[..., :, :, None], out=t2)
    np.exp(t2, out=t2)
    t11 = tn.contract("*abd,*ade->*abe", t2, value, room=room1)
    t12 = np.add.reduce(t2, axis=-1)
    return t7, t11.copy(), t12


def _multihead_attention_finish(
    constants: Constants,
    out_weight: Array,
    sum14: Array,
    mass: Array,
    out: Array,
    room0: Array,
) -> None:
    t3 = np.divide(sum14, mass[..., :, :, None], out=tn.in_room(room0, sum14))
    tn.contract("*abe,aef->*bf", t3, out_weight, out)


_MULTIHEAD_ATTENTION = TensorKernel(
    "multihead_attention",
    _multihead_attention,
    arguments=(
        Tensor("query", ("*", "h", "n", "d")),
        Tensor("key", ("*", "h", "m", "d")),
        Tensor("value", ("*", "h", "m", "e")),
        Tensor("out_weight", ("h", "e", "k")),
    ),
    results=(Tensor("output", ("*", "n", "k")),),
    inputs=(
        ("out_weight", ("h", "e", "k")),
        ("key", ("*", "h", "m", "d")),
        ("query", ("*", "h", "n", "d")),
        ("value", ("*", "h", "m", "e")),
    ),
    rooms=2,
    block="n",
    tiles=Tiles(
        "m",
        state=("top", "sum14", "mass"),
        fold=TileBody(
            _multihead_attention_fold,
            inputs=(
                ("key", ("*", "h", "m", "d")),
                ("query", ("*", "h", "n", "d")),
                ("value", ("*", "h", "m", "e")),
            ),
            rooms=2,
        ),
        finish=TileBody(
            _multihead_attention_finish,
            inputs=(
                ("out_weight", ("h", "e", "k")),
                ("sum14", ("*", "h", "n", "e")),
                ("mass", ("*", "h", "n")),
            ),
            rooms=1,
            results=("output",),
        ),
        beside=("h",),
    ),
)


def multihead_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    out_weight: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Multi-head attention.

        output[i, u] = Sum(out_weight[s, r, u]*Sum(exp(Sum(key[s, j, c]*query[s, i, c], (c, 1,
            d))/sqrt(d))*value[s, j, r]/Sum(exp(Sum(key[s, t, c]*query[s, i, c], (c, 1, d))/sqrt(d)),
            (t, 1, m)), (j, 1, m)), (s, 1, h), (r, 1, e))

    Args:
        query: float16, float32 or float64, shape (..., h, n, d); projected queries, head by head.
        key: float16, float32 or float64, shape (..., h, m, d); projected keys.
        value: float16, float32 or float64, shape (..., h, m, e); projected values.
        out_weight: float16, float32 or float64, shape (h, e, k); output projection, its rows by head:
            the heads side by side times W_O.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., n, k) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.multihead.
    Stable by the proved claims act.softmax/weighted_mean_shift, attn.sdpa/merge_of_blocks,
    attn.sdpa/merged_mass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 1.0 (0.5)
    """
    if (
        type(query) is ndarray
        and type(key) is ndarray
        and type(value) is ndarray
        and type(out_weight) is ndarray
    ):
        layout = (
            query.dtype,
            query.shape,
            key.dtype,
            key.shape,
            value.dtype,
            value.shape,
            out_weight.dtype,
            out_weight.shape,
        )
        plan = _MULTIHEAD_ATTENTION.plans.get(layout)
        if plan is None:
            plan = _MULTIHEAD_ATTENTION.plan(layout, query, key, value, out_weight)
        if plan is not None:
            found = plan.one(out, (), query, key, value, out_weight)
            if found is not None:
                return found
    return _MULTIHEAD_ATTENTION.one(query, key, value, out_weight, out=out)


def _multihead_attention_vjp(
    constants: Constants,
    out_weight: Array,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    out_weight_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
    room5: Array,
) -> None:
    t3 = tn.contract("*cad,*ced->*cae", query, key, room=room0)
    t5 = np.sqrt(tn.size(key, -1))
    np.divide(t3, t5, out=t3)
    t8 = np.maximum.reduce(t3, axis=-1, initial=-np.inf)
    t9 = rt.finite_or_zero(t8)
    np.subtract(t3, t9[..., :, :, None], out=t3)
    np.exp(t3, out=t3)
    t12 = tn.contract("*cae,*cef->*caf", t3, value, room=room1)
    t13 = np.add.reduce(t3, axis=-1)
    np.divide(t12, t13[..., :, :, None], out=t12)
    t16 = tn.contract("*ab,cfb->*acf", g, out_weight, room=room2)
    t17 = tn.contract("*acf,*cef->*cae", t16, value, room=room3)
    np.divide(t16, tn.arranged(t13, (-1, -2))[..., :, :, None], out=t16)
    t27 = rt.at_largest(t3, t17, t13)
    np.subtract(t17, t27[..., :, :, None], out=t17)
    t29 = np.multiply(t3, t17, out=tn.in_room(room4, t3))
    t30 = np.add.reduce(t29, axis=-1)
    np.divide(t30, t13, out=t30)
    np.subtract(t17, t30[..., :, :, None], out=t17)
    t33 = np.divide(t17, t13[..., :, :, None], out=tn.in_room(room4, t17))
    np.multiply(t3, t17, out=t17)
    t35 = tn.contract("*cae,*acf->*cef", t3, t16, room=room5)
    t36 = tn.contract("*cae,*ced->*cad", t17, key, room=room2)
    np.divide(t36, t5, out=t36)
    np.divide(t36, t13[..., :, :, None], out=query_result)
    np.multiply(t3, t33, out=t3)
    t40 = tn.contract("*cae,*cad->*ced", t3, query, room=room2)
    np.divide(t40, t5, out=t40)
    t42 = tn.contract("*caf,*ab->cfb", t12, g, room=room0)
    np.add(key_result, t40, key_result)
    np.add(value_result, t35, value_result)
    np.add(out_weight_result, t42, out_weight_result)


def _multihead_attention_vjp_fold(
    constants: Constants,
    out_weight: Array,
    key: Array,
    query: Array,
    value: Array,
    g: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
) -> tuple[Array, ...]:
    t3 = tn.contract("*cad,*ced->*cae", query, key, room=room0)
    t5 = np.sqrt(tn.size(key, -1))
    np.divide(t3, t5, out=t3)
    t8 = np.maximum.reduce(t3, axis=-1, initial=-np.inf)
    t9 = rt.finite_or_zero(t8)
    np.subtract(t3, t9[..., :, :, None], out=t3)
    np.exp(t3, out=t3)
    t12 = tn.contract("*cae,*cef->*caf", t3, value, room=room1)
    t13 = np.add.reduce(t3, axis=-1)
    t15 = tn.contract("*ab,cfb->*acf", g, out_weight, room=room2)
    t16 = tn.contract("*acf,*cef->*cae", t15, value, room=room3)
    t25 = rt.at_largest(t3, t16, t13)
    np.subtract(t16, t25[..., :, :, None], out=t16)
    np.multiply(t3, t16, out=t3)
    t28 = np.add.reduce(t3, axis=-1)
    return t8, t12.copy(), t13, t25, t28


def _multihead_attention_vjp_again(
    constants: Constants,
    out_weight: Array,
    key: Array,
    query: Array,
    value: Array,
    top: Array,
    mass: Array,
    g: Array,
    origin: Array,
    sum34: Array,
    query_result: Array,
    key_result: Array,
    value_result: Array,
    room0: Array,
    room1: Array,
    room2: Array,
    room3: Array,
    room4: Array,
) -> None:
    t3 = tn.contract("*cad,*ced->*cae", query, key, room=room0)
    t5 = np.sqrt(tn.size(key, -1))
    np.divide(t3, t5, out=t3)
    t9 = rt.finite_or_zero(top)
    np.subtract(t3, t9[..., :, :, None], out=t3)
    np.exp(t3, out=t3)
    t14 = tn.contract("*ab,cfb->*acf", g, out_weight, room=room1)
    t15 = tn.contract("*acf,*cef->*cae", t14, value, room=room2)
    np.divide(t14, tn.arranged(mass, (-1, -2))[..., :, :, None], out=t14)
    np.subtract(t15, origin[..., :, :, None], out=t15)
    t20 = np.divide(sum34, mass, out=tn.in_room(room3, sum34))
    np.subtract(t15, t20[..., :, :, None], out=t15)
    t22 = np.divide(t15, mass[..., :, :, None], out=tn.in_room(room3, t15))
    np.multiply(t3, t15, out=t15)
    t24 = tn.contract("*cae,*acf->*cef", t3, t14, room=room4)
    t25 = tn.contract("*cae,*ced->*cad", t15, key, room=room1)
    np.divide(t25, t5, out=t25)
    np.divide(t25, mass[..., :, :, None], out=t25)
    np.multiply(t3, t22, out=t3)
    t29 = tn.contract("*cae,*cad->*ced", t3, query, room=room2)
    np.divide(t29, t5, out=t29)
    np.add(query_result, t25, query_result)
    np.add(key_result, t29, key_result)
    np.add(value_result, t24, value_result)


def _multihead_attention_vjp_finish(
    constants: Constants,
    sum14: Array,
    mass: Array,
    g: Array,
    out: Array,
    room0: Array,
    room1: Array,
) -> None:
    t2 = np.divide(sum14, mass[..., :, :, None], out=tn.in_room(room0, sum14))
    t4 = tn.contract("*caf,*ab->cfb", t2, g, room=room1)
    np.add(out, t4, out)


_MULTIHEAD_ATTENTION_VJP = TensorKernel(
    "multihead_attention_vjp",
    _multihead_attention_vjp,
    arguments=(
        Tensor("g", ("*", "n", "k"), kind="cotangent"),
        Tensor("query", ("*", "h", "n", "d")),
        Tensor("key", ("*", "h", "m", "d")),
        Tensor("value", ("*", "h", "m", "e")),
        Tensor("out_weight", ("h", "e", "k")),
    ),
    results=(
        Tensor("query", ("*", "h", "n", "d")),
        Tensor("key", ("*", "h", "m", "d")),
        Tensor("value", ("*", "h", "m", "e")),
        Tensor("out_weight", ("h", "e", "k")),
    ),
    inputs=(
        ("out_weight", ("h", "e", "k")),
        ("key", ("*", "h", "m", "d")),
        ("query", ("*", "h", "n", "d")),
        ("value", ("*", "h", "m", "e")),
        ("g", ("*", "n", "k")),
    ),
    rooms=6,
    block="n",
    sums=("key", "value", "out_weight"),
    cotangents=("query", "key", "value", "out_weight"),
    tiles=Tiles(
        "m",
        state=("top", "sum14", "mass", "origin", "sum34"),
        fold=TileBody(
            _multihead_attention_vjp_fold,
            inputs=(
                ("out_weight", ("h", "e", "k")),
                ("key", ("*", "h", "m", "d")),
                ("query", ("*", "h", "n", "d")),
                ("value", ("*", "h", "m", "e")),
                ("g", ("*", "n", "k")),
            ),
            rooms=4,
        ),
        again=TileBody(
            _multihead_attention_vjp_again,
            inputs=(
                ("out_weight", ("h", "e", "k")),
                ("key", ("*", "h", "m", "d")),
                ("query", ("*", "h", "n", "d")),
                ("value", ("*", "h", "m", "e")),
                ("top", ("*", "h", "n")),
                ("mass", ("*", "h", "n")),
                ("g", ("*", "n", "k")),
                ("origin", ("*", "h", "n")),
                ("sum34", ("*", "h", "n")),
            ),
            rooms=5,
            results=("query", "key", "value"),
        ),
        finish=TileBody(
            _multihead_attention_vjp_finish,
            inputs=(("sum14", ("*", "h", "n", "e")), ("mass", ("*", "h", "n")), ("g", ("*", "n", "k"))),
            rooms=2,
            results=("out_weight",),
        ),
        relative=("sum34",),
        sums=("key", "value", "out_weight", "query"),
        beside=("h",),
    ),
)


def multihead_attention_vjp(
    g: ArrayLike,
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    out_weight: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Multi-head attention: vector-Jacobian product.

        output[i, u] = Sum(out_weight[s, r, u]*Sum(exp(Sum(key[s, j, c]*query[s, i, c], (c, 1,
            d))/sqrt(d))*value[s, j, r]/Sum(exp(Sum(key[s, t, c]*query[s, i, c], (c, 1, d))/sqrt(d)),
            (t, 1, m)), (j, 1, m)), (s, 1, h), (r, 1, e))
        result = d(sum of g * output) / d(query, key, value, out_weight)

    Args:
        g: float16, float32 or float64, shape (..., n, k); cotangent, of the shape of the forward
            result.
        query: float16, float32 or float64, shape (..., h, n, d); projected queries, head by head.
        key: float16, float32 or float64, shape (..., h, m, d); projected keys.
        value: float16, float32 or float64, shape (..., h, m, e); projected values.
        out_weight: float16, float32 or float64, shape (h, e, k); output projection, its rows by head:
            the heads side by side times W_O.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of query (shape (..., h, n, d)), that of key (shape (...,
    h, m, d)), that of value (shape (..., h, m, e)), that of out_weight (shape (h, e, k)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.multihead.
    Stable by the proved claims act.softmax/weighted_mean_shift, act.softmax/cotangent_shift,
    attn.sdpa/merge_of_blocks, attn.sdpa/merged_mass.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (1.5)
        float64: 0.5 (1.0)
    """
    if (
        type(g) is ndarray
        and type(query) is ndarray
        and type(key) is ndarray
        and type(value) is ndarray
        and type(out_weight) is ndarray
    ):
        layout = (
            g.dtype,
            g.shape,
            query.dtype,
            query.shape,
            key.dtype,
            key.shape,
            value.dtype,
            value.shape,
            out_weight.dtype,
            out_weight.shape,
        )
        plan = _MULTIHEAD_ATTENTION_VJP.plans.get(layout)
        if plan is None:
            plan = _MULTIHEAD_ATTENTION_VJP.plan(layout, g, query, key, value, out_weight)
        if plan is not None:
            found = plan.several(out, (), g, query, key, value, out_weight)
            if found is not None:
                return found
    return _MULTIHEAD_ATTENTION_VJP.several(g, query, key, value, out_weight, out=out)


def _feed_forward(
    constants: Constants,
    bias2: Array,
    weight2: Array,
    bias1: Array,
    weight1: Array,
    input: Array,
    out: Array,
) -> None:
    zero, = constants
    t5 = tn.contract("*a,ab->*b", input, weight1)
    np.add(bias1, t5, out=t5)
    np.maximum(t5, zero, out=t5)
    t9 = tn.contract("*b,ba->*a", t5, weight2)
    np.add(bias2, t9, out=out)


_FEED_FORWARD = TensorKernel(
    "feed_forward",
    _feed_forward,
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("weight1", ("d", "h")),
        Tensor("bias1", ("h",)),
        Tensor("weight2", ("h", "d")),
        Tensor("bias2", ("d",)),
    ),
    results=(Tensor("output", ("*", "d")),),
    inputs=(
        ("bias2", ("d",)),
        ("weight2", ("h", "d")),
        ("bias1", ("h",)),
        ("weight1", ("d", "h")),
        ("input", ("*", "d")),
    ),
    constants=(0.0,),
)


def feed_forward(
    input: ArrayLike,
    weight1: ArrayLike,
    bias1: ArrayLike,
    weight2: ArrayLike,
    bias2: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """Feed-forward network.

        output[r] = bias2[r] + Sum(weight2[s, r]*Max(0, bias1[s] + Sum(input[c]*weight1[c, s], (c, 1,
            d))), (s, 1, h))

    Args:
        input: float16, float32 or float64, shape (..., d).
        weight1: float16, float32 or float64, shape (d, h).
        bias1: float16, float32 or float64, shape (h,).
        weight2: float16, float32 or float64, shape (h, d).
        bias2: float16, float32 or float64, shape (d,).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 before ReLU is 0.
    Sources and proofs: symcheck show attn.ffn.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 0.5 (0.5)
    """
    if (
        type(input) is ndarray
        and type(weight1) is ndarray
        and type(bias1) is ndarray
        and type(weight2) is ndarray
        and type(bias2) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            weight1.dtype,
            weight1.shape,
            bias1.dtype,
            bias1.shape,
            weight2.dtype,
            weight2.shape,
            bias2.dtype,
            bias2.shape,
        )
        plan = _FEED_FORWARD.plans.get(key) or _FEED_FORWARD.plan(key, input, weight1, bias1, weight2, bias2)
        if plan is not None:
            found = plan.one(out, (), input, weight1, bias1, weight2, bias2)
            if found is not None:
                return found
    return _FEED_FORWARD.one(input, weight1, bias1, weight2, bias2, out=out)


def _feed_forward_vjp(
    constants: Constants,
    weight2: Array,
    bias1: Array,
    weight1: Array,
    input: Array,
    g: Array,
    input_result: Array,
    weight1_result: Array,
    bias1_result: Array,
    weight2_result: Array,
    bias2_result: Array,
) -> None:
    zero, = constants
    t4 = tn.contract("*a,ab->*b", input, weight1)
    np.add(bias1, t4, out=t4)
    t7 = np.maximum(t4, zero)
    t9 = tn.contract("*a,ba->*b", g, weight2)
    t10 = np.less(zero, t4)
    np.multiply(t9, t10, out=t9)
    tn.contract("*b,ab->*a", t9, weight1, input_result)
    tn.contract("*a,*b->ab", input, t9, weight1_result)
    t14 = tn.sum_leading(t9, 1)
    tn.contract("*b,*a->ba", t7, g, weight2_result)
    t16 = tn.sum_leading(g, 1)
    np.copyto(bias1_result, t14)
    np.copyto(bias2_result, t16)


_FEED_FORWARD_VJP = TensorKernel(
    "feed_forward_vjp",
    _feed_forward_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
        Tensor("input", ("*", "d")),
        Tensor("weight1", ("d", "h")),
        Tensor("bias1", ("h",)),
        Tensor("weight2", ("h", "d")),
        Tensor("bias2", ("d",)),
    ),
    results=(
        Tensor("input", ("*", "d")),
        Tensor("weight1", ("d", "h")),
        Tensor("bias1", ("h",)),
        Tensor("weight2", ("h", "d")),
        Tensor("bias2", ("d",)),
    ),
    inputs=(
        ("weight2", ("h", "d")),
        ("bias1", ("h",)),
        ("weight1", ("d", "h")),
        ("input", ("*", "d")),
        ("g", ("*", "d")),
    ),
    constants=(0.0,),
    cotangents=("input", "weight1", "bias1", "weight2", "bias2"),
)


def feed_forward_vjp(
    g: ArrayLike,
    input: ArrayLike,
    weight1: ArrayLike,
    bias1: ArrayLike,
    weight2: ArrayLike,
    bias2: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Feed-forward network: vector-Jacobian product.

        output[r] = bias2[r] + Sum(weight2[s, r]*Max(0, bias1[s] + Sum(input[c]*weight1[c, s], (c, 1,
            d))), (s, 1, h))
        result = d(sum of g * output) / d(input, weight1, bias1, weight2, bias2)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., d).
        weight1: float16, float32 or float64, shape (d, h).
        bias1: float16, float32 or float64, shape (h,).
        weight2: float16, float32 or float64, shape (h, d).
        bias2: float16, float32 or float64, shape (d,).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., d)), that of weight1 (shape (d, h)),
    that of bias1 (shape (h,)), that of weight2 (shape (h, d)), that of bias2 (shape (d,)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all reals; the cotangent at 0 before ReLU is 0.
    Sources and proofs: symcheck show attn.ffn.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 0.5 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(weight1) is ndarray
        and type(bias1) is ndarray
        and type(weight2) is ndarray
        and type(bias2) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            weight1.dtype,
            weight1.shape,
            bias1.dtype,
            bias1.shape,
            weight2.dtype,
            weight2.shape,
            bias2.dtype,
            bias2.shape,
        )
        plan = _FEED_FORWARD_VJP.plans.get(key)
        if plan is None:
            plan = _FEED_FORWARD_VJP.plan(key, g, input, weight1, bias1, weight2, bias2)
        if plan is not None:
            found = plan.several(out, (), g, input, weight1, bias1, weight2, bias2)
            if found is not None:
                return found
    return _FEED_FORWARD_VJP.several(g, input, weight1, bias1, weight2, bias2, out=out)


def _swiglu(
    constants: Constants,
    gate_weight: Array,
    input: Array,
    down_weight: Array,
    up_weight: Array,
    out: Array,
) -> None:
    zero, one = constants
    t2 = tn.contract("*a,ab->*b", input, gate_weight)
    t3 = np.absolute(t2)
    np.negative(t3, out=t3)
    np.exp(t3, out=t3)
    t7 = np.less_equal(zero, t2)
    t9 = np.maximum(t7, t3)
    np.add(t3, one, out=t3)
    np.divide(t9, t3, out=t9)
    t14 = tn.contract("*a,ab->*b", input, up_weight)
    np.multiply(t2, t9, out=t2)
    np.multiply(t2, t14, out=t2)
    tn.contract("*b,ba->*a", t2, down_weight, out)


_SWIGLU = TensorKernel(
    "swiglu",
    _swiglu,
    arguments=(
        Tensor("input", ("*", "d")),
        Tensor("gate_weight", ("d", "h")),
        Tensor("up_weight", ("d", "h")),
        Tensor("down_weight", ("h", "d")),
    ),
    results=(Tensor("output", ("*", "d")),),
    inputs=(
        ("gate_weight", ("d", "h")),
        ("input", ("*", "d")),
        ("down_weight", ("h", "d")),
        ("up_weight", ("d", "h")),
    ),
    constants=(0.0, 1.0),
)


def swiglu(
    input: ArrayLike,
    gate_weight: ArrayLike,
    up_weight: ArrayLike,
    down_weight: ArrayLike,
    *,
    out: Array | None = None,
) -> Array:
    """SwiGLU feed-forward network.

        output[r] = Sum(sigmoid(Sum(gate_weight[c, s]*input[c], (c, 1, d)))*down_weight[s,
            r]*Sum(gate_weight[c, s]*input[c], (c, 1, d))*Sum(input[t]*up_weight[t, s], (t, 1, d)), (s,
            1, h))

    Args:
        input: float16, float32 or float64, shape (..., d).
        gate_weight: float16, float32 or float64, shape (d, h).
        up_weight: float16, float32 or float64, shape (d, h).
        down_weight: float16, float32 or float64, shape (h, d).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.swiglu.
    Stable by the proved claim act.sigmoid/stable_form.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (0.5)
        float64: 0.5 (0.5)
    """
    if (
        type(input) is ndarray
        and type(gate_weight) is ndarray
        and type(up_weight) is ndarray
        and type(down_weight) is ndarray
    ):
        key = (
            input.dtype,
            input.shape,
            gate_weight.dtype,
            gate_weight.shape,
            up_weight.dtype,
            up_weight.shape,
            down_weight.dtype,
            down_weight.shape,
        )
        plan = _SWIGLU.plans.get(key) or _SWIGLU.plan(key, input, gate_weight, up_weight, down_weight)
        if plan is not None:
            found = plan.one(out, (), input, gate_weight, up_weight, down_weight)
            if found is not None:
                return found
    return _SWIGLU.one(input, gate_weight, up_weight, down_weight, out=out)


def _swiglu_vjp(
    constants: Constants,
    gate_weight: Array,
    input: Array,
    down_weight: Array,
    up_weight: Array,
    g: Array,
    input_result: Array,
    gate_weight_result: Array,
    up_weight_result: Array,
    down_weight_result: Array,
) -> None:
    zero, one, two = constants
    t2 = tn.contract("*a,ab->*b", input, gate_weight)
    t3 = np.absolute(t2)
    t4 = np.negative(t3)
    np.exp(t4, out=t4)
    t7 = np.less_equal(zero, t2)
    t9 = np.maximum(t7, t4)
    t10 = np.add(t4, one)
    np.divide(t9, t10, out=t9)
    t14 = tn.contract("*a,ab->*b", input, up_weight)
    t16 = tn.contract("*a,ba->*b", g, down_weight)
    np.multiply(t2, t9, out=t2)
    t18 = np.multiply(t2, t16)
    tn.contract("*a,*b->ab", input, t18, up_weight_result)
    np.multiply(t2, t14, out=t2)
    tn.contract("*b,*a->ba", t2, g, down_weight_result)
    t22 = np.subtract(one, t3)
    np.divide(t4, t10, out=t4)
    np.multiply(t3, t4, out=t3)
    np.add(t22, t3, out=t22)
    np.multiply(t22, t4, out=t22)
    t28 = np.multiply(two, t7)
    np.subtract(t28, one, out=t28)
    np.multiply(t28, t22, out=t28)
    np.subtract(t7, t28, out=t28)
    np.multiply(t14, t16, out=t14)
    t33 = tn.contract("*b,ab->*a", t18, up_weight)
    np.multiply(t14, t28, out=t14)
    t35 = tn.contract("*b,ab->*a", t14, gate_weight)
    np.add(t33, t35, out=input_result)
    tn.contract("*a,*b->ab", input, t14, gate_weight_result)


_SWIGLU_VJP = TensorKernel(
    "swiglu_vjp",
    _swiglu_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
        Tensor("input", ("*", "d")),
        Tensor("gate_weight", ("d", "h")),
        Tensor("up_weight", ("d", "h")),
        Tensor("down_weight", ("h", "d")),
    ),
    results=(
        Tensor("input", ("*", "d")),
        Tensor("gate_weight", ("d", "h")),
        Tensor("up_weight", ("d", "h")),
        Tensor("down_weight", ("h", "d")),
    ),
    inputs=(
        ("gate_weight", ("d", "h")),
        ("input", ("*", "d")),
        ("down_weight", ("h", "d")),
        ("up_weight", ("d", "h")),
        ("g", ("*", "d")),
    ),
    constants=(0.0, 1.0, 2.0),
    cotangents=("input", "gate_weight", "up_weight", "down_weight"),
)


def swiglu_vjp(
    g: ArrayLike,
    input: ArrayLike,
    gate_weight: ArrayLike,
    up_weight: ArrayLike,
    down_weight: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """SwiGLU feed-forward network: vector-Jacobian product.

        output[r] = Sum(sigmoid(Sum(gate_weight[c, s]*input[c], (c, 1, d)))*down_weight[s,
            r]*Sum(gate_weight[c, s]*input[c], (c, 1, d))*Sum(input[t]*up_weight[t, s], (t, 1, d)), (s,
            1, h))
        result = d(sum of g * output) / d(input, gate_weight, up_weight, down_weight)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., d).
        gate_weight: float16, float32 or float64, shape (d, h).
        up_weight: float16, float32 or float64, shape (d, h).
        down_weight: float16, float32 or float64, shape (h, d).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (..., d)), that of gate_weight (shape (d,
    h)), that of up_weight (shape (d, h)), that of down_weight (shape (h, d)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.swiglu.
    Stable by the proved claims act.silu/slope_by_magnitude, act.sigmoid/stable_form.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (0.5)
        float64: 2.0 (0.5)
    """
    if (
        type(g) is ndarray
        and type(input) is ndarray
        and type(gate_weight) is ndarray
        and type(up_weight) is ndarray
        and type(down_weight) is ndarray
    ):
        key = (
            g.dtype,
            g.shape,
            input.dtype,
            input.shape,
            gate_weight.dtype,
            gate_weight.shape,
            up_weight.dtype,
            up_weight.shape,
            down_weight.dtype,
            down_weight.shape,
        )
        plan = _SWIGLU_VJP.plans.get(key)
        if plan is None:
            plan = _SWIGLU_VJP.plan(key, g, input, gate_weight, up_weight, down_weight)
        if plan is not None:
            found = plan.several(out, (), g, input, gate_weight, up_weight, down_weight)
            if found is not None:
                return found
    return _SWIGLU_VJP.several(g, input, gate_weight, up_weight, down_weight, out=out)


def _residual(constants: Constants, input: Array, branch: Array, out: Array) -> None:
    np.add(input, branch, out)


_RESIDUAL = Kernel(
    "residual",
    Body(_residual),
    arguments=(Argument("input"), Argument("branch")),
    results=(Argument("output"),),
)


def residual(input: ArrayLike, branch: ArrayLike, *, out: Array | None = None) -> Array:
    """Residual connection.

        output = branch + input

    Args:
        input: float16, float32 or float64, shape (...).
        branch: float16, float32 or float64, shape (...); Sublayer(input).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.residual.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(branch) is ndarray:
        key = input.dtype, input.shape, branch.dtype, branch.shape
        plan = _RESIDUAL.plans.get(key) or _RESIDUAL.plan(key, input, branch)
        if plan is not None:
            found = plan.one(out, (), input, branch)
            if found is not None:
                return found
    return _RESIDUAL.one(input, branch, out=out)


def _residual_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    branch: Array,
    input_result: Array,
    branch_result: Array,
) -> None:
    np.copyto(input_result, g)
    np.copyto(branch_result, g)


_RESIDUAL_VJP = Kernel(
    "residual_vjp",
    Body(_residual_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("branch")),
    results=(Argument("input"), Argument("branch")),
    cotangents=("input", "branch"),
)


def residual_vjp(
    g: ArrayLike,
    input: ArrayLike,
    branch: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Residual connection: vector-Jacobian product.

        output = branch + input
        result = d(sum of g * output) / d(input, branch)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        branch: float16, float32 or float64, shape (...); Sublayer(input).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of branch (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show attn.residual.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(branch) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, branch.dtype, branch.shape
        plan = _RESIDUAL_VJP.plans.get(key) or _RESIDUAL_VJP.plan(key, g, input, branch)
        if plan is not None:
            found = plan.several(out, (), g, input, branch)
            if found is not None:
                return found
    return _RESIDUAL_VJP.several(g, input, branch, out=out)
