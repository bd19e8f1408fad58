"""Embeddings and similarity.

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
from ._driver import Argument, Array, Body, Constants, Kernel, Law, ndarray
from ._tensors import Tensor, TensorKernel

__all__ = ["embedding", "embedding_vjp", "euclidean_distance", "euclidean_distance_vjp"]


def _embedding(constants: Constants, input: Array, weight: Array, out: Array) -> None:
    weight.take(input, -2, out, "clip")


_EMBEDDING = TensorKernel(
    "embedding",
    _embedding,
    arguments=(Tensor("input", ("*",), kind="integer", place="v"), Tensor("weight", ("v", "d"))),
    results=(Tensor("output", ("*", "d")),),
    inputs=(("input", ("*",)), ("weight", ("v", "d"))),
    products=False,
)


def embedding(input: ArrayLike, weight: ArrayLike, *, out: Array | None = None) -> Array:
    """Embedding lookup.

        output[c] = weight[input, c]

    Args:
        input: integers, shape (...), counted from 0; index of a row.
        weight: float16, float32 or float64, shape (v, d); one row for each symbol.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (..., d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show embed.lookup.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(input) is ndarray and type(weight) is ndarray:
        key = input.dtype, input.shape, weight.dtype, weight.shape
        plan = _EMBEDDING.plans.get(key) or _EMBEDDING.plan(key, input, weight)
        if plan is not None:
            found = plan.one(out, (), input, weight)
            if found is not None:
                return found
    return _EMBEDDING.one(input, weight, out=out)


def _embedding_vjp(constants: Constants, input: Array, g: Array, weight: Array, out: Array) -> None:
    tn.scatter(input, g, tn.size(weight, -2), out)


_EMBEDDING_VJP = TensorKernel(
    "embedding_vjp",
    _embedding_vjp,
    arguments=(
        Tensor("g", ("*", "d"), kind="cotangent"),
        Tensor("input", ("*",), kind="integer", place="v"),
        Tensor("weight", ("v", "d")),
    ),
    results=(Tensor("weight", ("v", "d")),),
    inputs=(("input", ("*",)), ("g", ("*", "d")), ("weight", ("v", "d"))),
    cotangents=("weight",),
    products=False,
)


def embedding_vjp(g: ArrayLike, input: ArrayLike, weight: ArrayLike, *, out: Array | None = None) -> Array:
    """Embedding lookup: vector-Jacobian product.

        output[c] = weight[input, c]
        result = d(sum of g * output) / d(weight)

    Args:
        g: float16, float32 or float64, shape (..., d); cotangent, of the shape of the forward result.
        input: integers, shape (...), counted from 0; index of a row.
        weight: float16, float32 or float64, shape (v, d); one row for each symbol.
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (v, d) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show embed.lookup.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and type(weight) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, weight.dtype, weight.shape
        plan = _EMBEDDING_VJP.plans.get(key) or _EMBEDDING_VJP.plan(key, g, input, weight)
        if plan is not None:
            found = plan.one(out, (), g, input, weight)
            if found is not None:
                return found
    return _EMBEDDING_VJP.one(g, input, weight, out=out)


def _euclidean_distance(constants: Constants, x1: Array, x2: Array, out: Array, a: Array) -> None:
    np.subtract(x1, x2, a)
    total = rt.row_dot(a, a)
    np.sqrt(total, out)


_EUCLIDEAN_DISTANCE = Kernel(
    "euclidean_distance",
    Body(_euclidean_distance, scratch=1),
    arguments=(Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("x1", 1), ("x2", 1)), (("output", 1),)),),
    columns=True,
)


def euclidean_distance(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Similarity and distance of embeddings.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))

    Args:
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
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
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (0.5)
        float64: 1.0 (1.0)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _EUCLIDEAN_DISTANCE.plans.get(key) or _EUCLIDEAN_DISTANCE.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _EUCLIDEAN_DISTANCE.one(x1, x2, axis=axis, out=out)


def _euclidean_distance_vjp(
    constants: Constants,
    g: Array,
    x1: Array,
    x2: Array,
    x1_result: Array,
    x2_result: Array,
) -> None:
    np.subtract(x1, x2, x2_result)
    total = rt.row_dot(x2_result, x2_result)
    r = np.sqrt(total)
    r2 = np.divide(g, r)
    np.multiply(r2, x2_result, x1_result)
    r3 = np.negative(r2)
    np.multiply(r3, x2_result, x2_result)


_EUCLIDEAN_DISTANCE_VJP = Kernel(
    "euclidean_distance_vjp",
    Body(_euclidean_distance_vjp),
    arguments=(Argument("g", "cotangent"), Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("x1", row=True), Argument("x2", row=True)),
    rows=True,
    laws=(Law((("x1", 1), ("x2", 1)), ()),),
    cotangents=("x1", "x2"),
    columns=True,
)


def euclidean_distance_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Similarity and distance of embeddings: vector-Jacobian product.

        output = sqrt(Sum((x1[k] - x2[k])**2, (k, 1, n)))
        result = d(sum of g * output) / d(x1, x2)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        x1: float16, float32 or float64, shape (..., n).
        x2: float16, float32 or float64, shape (..., n).
        axis: the axis of length n.
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of x1 (shape (..., n)), that of x2 (shape (..., n)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Domain: all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0).
    Sources and proofs: symcheck show embed.metrics.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 2.5 (1.0)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _EUCLIDEAN_DISTANCE_VJP.plans.get(key) or _EUCLIDEAN_DISTANCE_VJP.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _EUCLIDEAN_DISTANCE_VJP.several(g, x1, x2, axis=axis, out=out)
