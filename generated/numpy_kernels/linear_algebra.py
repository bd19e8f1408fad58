"""Linear algebra.

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

__all__ = [
    "cosine_similarity",
    "cosine_similarity_vjp",
    "dot",
    "dot_vjp",
    "hadamard",
    "hadamard_vjp",
    "l1_norm",
    "l1_norm_vjp",
    "l2_norm",
    "l2_norm_vjp",
    "projection",
    "trace",
]


def _dot(constants: Constants, x1: Array, x2: Array, out: Array) -> None:
    total = rt.row_dot(x1, x2)
    np.copyto(out, total)


_DOT = Kernel(
    "dot",
    Body(_dot),
    arguments=(Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("output"),),
    rows=True,
    columns=True,
)


def dot(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Dot product.

        output = Sum(x1[k]*x2[k], (k, 1, n))

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
    Sources and proofs: symcheck show linalg.dot.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.5)
        float32: 0.5 (0.5)
        float64: 1.0 (1.0)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _DOT.plans.get(key) or _DOT.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _DOT.one(x1, x2, axis=axis, out=out)


def _dot_vjp(
    constants: Constants,
    g: Array,
    x1: Array,
    x2: Array,
    x1_result: Array,
    x2_result: Array,
) -> None:
    np.multiply(g, x2, x1_result)
    np.multiply(g, x1, x2_result)


_DOT_VJP = Kernel(
    "dot_vjp",
    Body(_dot_vjp),
    arguments=(Argument("g", "cotangent"), Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("x1", row=True), Argument("x2", row=True)),
    rows=True,
    cotangents=("x1", "x2"),
    columns=True,
)


def dot_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Dot product: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))
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
    Sources and proofs: symcheck show linalg.dot.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _DOT_VJP.plans.get(key) or _DOT_VJP.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _DOT_VJP.several(g, x1, x2, axis=axis, out=out)


def _cosine_similarity(constants: Constants, x1: Array, x2: Array, out: Array) -> None:
    total = rt.row_dot(x1, x2)
    total2 = rt.row_dot(x1, x1)
    r = np.sqrt(total2)
    total3 = rt.row_dot(x2, x2)
    r2 = np.sqrt(total3)
    r3 = np.multiply(r, r2)
    np.divide(total, r3, out)


_COSINE_SIMILARITY = Kernel(
    "cosine_similarity",
    Body(_cosine_similarity),
    arguments=(Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("x1", 1),), ()), Law((("x2", 1),), ())),
    columns=True,
)


def cosine_similarity(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Cosine similarity.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))

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
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.5 (2.5)
        float64: 1.5 (1.5)
    """
    if type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _COSINE_SIMILARITY.plans.get(key) or _COSINE_SIMILARITY.plan(key, x1, x2)
        if plan is not None:
            found = plan.one(out, (), x1, x2)
            if found is not None:
                return found
    return _COSINE_SIMILARITY.one(x1, x2, axis=axis, out=out)


def _cosine_similarity_vjp(
    constants: Constants,
    g: Array,
    x1: Array,
    x2: Array,
    x1_result: Array,
    x2_result: Array,
) -> None:
    total = rt.row_dot(x1, x2)
    total2 = rt.row_dot(x1, x1)
    r = np.sqrt(total2)
    total3 = rt.row_dot(x2, x2)
    r2 = np.sqrt(total3)
    r3 = np.multiply(r, r2)
    r4 = np.square(r)
    r5 = np.divide(g, r3)
    r6 = np.square(r2)
    r7 = np.divide(total, r6)
    np.multiply(r7, x2, x2_result)
    np.subtract(x1, x2_result, x2_result)
    np.multiply(r5, x2_result, x2_result)
    r8 = np.divide(total, r4)
    np.multiply(r8, x1, x1_result)
    np.subtract(x2, x1_result, x1_result)
    np.multiply(r5, x1_result, x1_result)


_COSINE_SIMILARITY_VJP = Kernel(
    "cosine_similarity_vjp",
    Body(_cosine_similarity_vjp),
    arguments=(Argument("g", "cotangent"), Argument("x1", row=True), Argument("x2", row=True)),
    results=(Argument("x1", row=True), Argument("x2", row=True)),
    rows=True,
    laws=(Law((("x1", 1),), (("x1", -1),)), Law((("x2", 1),), (("x2", -1),))),
    cotangents=("x1", "x2"),
    columns=True,
)


def cosine_similarity_vjp(
    g: ArrayLike,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    axis: int = -1,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Cosine similarity: vector-Jacobian product.

        output = Sum(x1[k]*x2[k], (k, 1, n))/(sqrt(Sum(x1[k]**2, (k, 1, n)))*sqrt(Sum(x2[k]**2, (k, 1,
            n))))
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
    Domain: vectors other than 0.
    Sources and proofs: symcheck show linalg.cosine.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 3.0 (1.0)
        float64: 3.5 (1.5)
    """
    if type(g) is ndarray and type(x1) is ndarray and type(x2) is ndarray and axis == -1:
        key = g.dtype, g.shape, x1.dtype, x1.shape, x2.dtype, x2.shape
        plan = _COSINE_SIMILARITY_VJP.plans.get(key) or _COSINE_SIMILARITY_VJP.plan(key, g, x1, x2)
        if plan is not None:
            found = plan.several(out, (), g, x1, x2)
            if found is not None:
                return found
    return _COSINE_SIMILARITY_VJP.several(g, x1, x2, axis=axis, out=out)


def _l2_norm(constants: Constants, input: Array, out: Array) -> None:
    total = rt.row_dot(input, input)
    np.sqrt(total, out)


_L2_NORM = Kernel(
    "l2_norm",
    Body(_l2_norm),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 1),)),),
    columns=True,
)


def l2_norm(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Euclidean norm.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))

    Args:
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L2_NORM.plans.get(key) or _L2_NORM.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _L2_NORM.one(input, axis=axis, out=out)


def _l2_norm_vjp(constants: Constants, g: Array, input: Array, out: Array) -> None:
    total = rt.row_dot(input, input)
    r = np.sqrt(total)
    r2 = np.divide(g, r)
    np.multiply(r2, input, out)


_L2_NORM_VJP = Kernel(
    "l2_norm_vjp",
    Body(_l2_norm_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    rows=True,
    laws=(Law((("input", 1),), ()),),
    cotangents=("input",),
    columns=True,
)


def l2_norm_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Euclidean norm: vector-Jacobian product.

        output = sqrt(Sum(input[k]**2, (k, 1, n)))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0).
    Sources and proofs: symcheck show linalg.l2_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.0 (1.0)
        float64: 1.5 (1.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L2_NORM_VJP.plans.get(key) or _L2_NORM_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _L2_NORM_VJP.one(g, input, axis=axis, out=out)


def _l1_norm(constants: Constants, input: Array, out: Array, a: Array) -> None:
    np.absolute(input, a)
    total = rt.row_sum(a)
    np.copyto(out, total)


_L1_NORM = Kernel(
    "l1_norm",
    Body(_l1_norm, scratch=1),
    arguments=(Argument("input", row=True),),
    results=(Argument("output"),),
    rows=True,
    columns=True,
)


def l1_norm(input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 norm.

        output = Sum(Abs(input[k]), (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 1.0 (1.0)
    """
    if type(input) is ndarray and axis == -1:
        key = input.dtype, input.shape
        plan = _L1_NORM.plans.get(key) or _L1_NORM.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _L1_NORM.one(input, axis=axis, out=out)


def _l1_norm_vjp(constants: Constants, g: Array, input: Array, out: Array, a: Array) -> None:
    zero, = constants
    np.less(zero, input, out, casting="unsafe")
    np.less(input, zero, a, casting="unsafe")
    np.subtract(out, a, out)
    np.multiply(g, out, out)


_L1_NORM_VJP = Kernel(
    "l1_norm_vjp",
    Body(_l1_norm_vjp, constants=(0.0,), scratch=1),
    arguments=(Argument("g", "cotangent"), Argument("input", row=True)),
    results=(Argument("input", row=True),),
    rows=True,
    cotangents=("input",),
    columns=True,
)


def l1_norm_vjp(g: ArrayLike, input: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """L1 norm: vector-Jacobian product.

        output = Sum(Abs(input[k]), (k, 1, n))
        result = d(sum of g * output) / d(input)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (..., n).
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
    Domain: every vector; the cotangent of an entry 0 is 0.
    Sources and proofs: symcheck show linalg.l1_norm.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.0 (0.0)
        float32: 0.0 (0.0)
        float64: 0.0 (0.0)
    """
    if type(g) is ndarray and type(input) is ndarray and axis == -1:
        key = g.dtype, g.shape, input.dtype, input.shape
        plan = _L1_NORM_VJP.plans.get(key) or _L1_NORM_VJP.plan(key, g, input)
        if plan is not None:
            found = plan.one(out, (), g, input)
            if found is not None:
                return found
    return _L1_NORM_VJP.one(g, input, axis=axis, out=out)


def _projection(constants: Constants, input: Array, onto: Array, out: Array) -> None:
    total = rt.row_dot(input, onto)
    np.multiply(onto, total, out)
    total2 = rt.row_dot(onto, onto)
    np.divide(out, total2, out)


_PROJECTION = Kernel(
    "projection",
    Body(_projection),
    arguments=(Argument("input", row=True), Argument("onto", row=True)),
    results=(Argument("output", row=True),),
    rows=True,
    laws=(Law((("input", 1),), (("output", 1),)), Law((("onto", 1),), ())),
    columns=True,
)


def projection(input: ArrayLike, onto: ArrayLike, *, axis: int = -1, out: Array | None = None) -> Array:
    """Projection onto a line.

        output[i] = onto[i]*Sum(input[k]*onto[k], (k, 1, n))/Sum(onto[k]**2, (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n); the vector that is projected.
        onto: float16, float32 or float64, shape (..., n); the direction, not 0.
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
    Sources and proofs: symcheck show linalg.projection.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 2.0 (1.0)
        float64: 2.5 (1.0)
    """
    if type(input) is ndarray and type(onto) is ndarray and axis == -1:
        key = input.dtype, input.shape, onto.dtype, onto.shape
        plan = _PROJECTION.plans.get(key) or _PROJECTION.plan(key, input, onto)
        if plan is not None:
            found = plan.one(out, (), input, onto)
            if found is not None:
                return found
    return _PROJECTION.one(input, onto, axis=axis, out=out)


def _trace(constants: Constants, input: Array, out: Array) -> None:
    np.add.reduce(tn.diagonal(input), axis=-1, out=out)


_TRACE = TensorKernel(
    "trace",
    _trace,
    arguments=(Tensor("input", ("*", "n", "n")),),
    results=(Tensor("output", ("*",)),),
    inputs=(("input", ("*", "n", "n")),),
    products=False,
)


def trace(input: ArrayLike, *, out: Array | None = None) -> Array:
    """Trace.

        output = Sum(input[k, k], (k, 1, n))

    Args:
        input: float16, float32 or float64, shape (..., n, n).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.trace.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray:
        key = input.dtype, input.shape
        plan = _TRACE.plans.get(key) or _TRACE.plan(key, input)
        if plan is not None:
            found = plan.one(out, (), input)
            if found is not None:
                return found
    return _TRACE.one(input, out=out)


def _hadamard(constants: Constants, input: Array, other: Array, out: Array) -> None:
    np.multiply(input, other, out)


_HADAMARD = Kernel(
    "hadamard",
    Body(_hadamard),
    arguments=(Argument("input"), Argument("other")),
    results=(Argument("output"),),
)


def hadamard(input: ArrayLike, other: ArrayLike, *, out: Array | None = None) -> Array:
    """Hadamard product.

        output = input*other

    Args:
        input: float16, float32 or float64, shape (...).
        other: float16, float32 or float64, shape (...).
        out: where to put the result; may be an argument.

    Returns:
        An array of shape (...) and the dtype of the arguments.

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.hadamard.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(input) is ndarray and type(other) is ndarray:
        key = input.dtype, input.shape, other.dtype, other.shape
        plan = _HADAMARD.plans.get(key) or _HADAMARD.plan(key, input, other)
        if plan is not None:
            found = plan.one(out, (), input, other)
            if found is not None:
                return found
    return _HADAMARD.one(input, other, out=out)


def _hadamard_vjp(
    constants: Constants,
    g: Array,
    input: Array,
    other: Array,
    input_result: Array,
    other_result: Array,
) -> None:
    np.multiply(g, other, input_result)
    np.multiply(g, input, other_result)


_HADAMARD_VJP = Kernel(
    "hadamard_vjp",
    Body(_hadamard_vjp),
    arguments=(Argument("g", "cotangent"), Argument("input"), Argument("other")),
    results=(Argument("input"), Argument("other")),
    cotangents=("input", "other"),
)


def hadamard_vjp(
    g: ArrayLike,
    input: ArrayLike,
    other: ArrayLike,
    *,
    out: Sequence[Array] | None = None,
) -> tuple[Array, ...]:
    """Hadamard product: vector-Jacobian product.

        output = input*other
        result = d(sum of g * output) / d(input, other)

    Args:
        g: float16, float32 or float64, shape (...); cotangent, of the shape of the forward result.
        input: float16, float32 or float64, shape (...).
        other: float16, float32 or float64, shape (...).
        out: a sequence of arrays where to put the results; may be arguments.

    Returns:
        A tuple of cotangents: that of input (shape (...)), that of other (shape (...)).

    Raises:
        TypeError: an argument or out has another dtype than those above.
        ValueError: shapes, axis or an index do not fit.

    float16 is computed in float32. NaN and infinities go through IEEE arithmetic of the stable form: a
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, but
    0 where the 0 is an exponential that has decayed or a case that does not hold.
    Sources and proofs: symcheck show linalg.hadamard.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 0.5 (0.5)
        float64: 0.5 (0.5)
    """
    if type(g) is ndarray and type(input) is ndarray and type(other) is ndarray:
        key = g.dtype, g.shape, input.dtype, input.shape, other.dtype, other.shape
        plan = _HADAMARD_VJP.plans.get(key) or _HADAMARD_VJP.plan(key, g, input, other)
        if plan is not None:
            found = plan.several(out, (), g, input, other)
            if found is not None:
                return found
    return _HADAMARD_VJP.several(g, input, other, out=out)
