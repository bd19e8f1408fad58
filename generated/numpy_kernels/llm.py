"""Language models.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _functions as rt
from ._driver import Argument, Array, Constants, Kernel

__all__ = ["rope", "rope_vjp"]


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
    _rope,
    arguments=(
        Argument("input", row=True, literal=(2,)),
        Argument("positions", "integer"),
        Argument("frequencies", "shared", row=True),
    ),
    results=(Argument("output", row=True, literal=(2,)),),
    scratch=2,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.0 (1.0)
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
    _rope_vjp,
    arguments=(
        Argument("g", "cotangent", row=True, literal=(2,)),
        Argument("input", row=True, literal=(2,)),
        Argument("positions", "integer"),
        Argument("frequencies", "shared", row=True),
    ),
    results=(Argument("input", row=True, literal=(2,)),),
    scratch=4,
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
    comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN.
    Derived in reverse mode from the stable form of the forward pass.

    Error in ulp as measured, where the result is well conditioned (and over all results, in ulp
    times their condition number):
        float16: 0.5 (0.5)
        float32: 1.5 (1.0)
        float64: 1.5 (1.0)
    """
    return _ROPE_VJP.one(g, input, positions, frequencies, out=out)
