"""What sorts has no formula to derive a kernel from: written by hand with CuPy's own functions.

Written in the generator (``codegen/cupy/templates/procedures.py.j2``) and held against the NumPy package.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

import numpy as np

from ._driver import get_driver

__all__ = ["top_k", "top_p"]

_DTYPES = ("float16", "float32", "float64")


def _logits(name: str, x: Any) -> Any:
    xp = get_driver().xp
    if not isinstance(x, xp.ndarray):
        raise TypeError(f"{name}: input is {type(x).__name__}, expected a {xp.__name__} array")
    if x.dtype.name not in _DTYPES:
        raise TypeError(f"{name}: input has dtype {x.dtype}, expected float16, float32 or float64")
    if x.ndim < 1:
        raise ValueError(f"{name}: input has shape {x.shape}, expected (..., n)")
    return x


def _largest(x: Any, ranks: Any, count: Any, descending: Any) -> Any:
    """``x`` where it is one of the ``count`` largest of its row, else -inf; of equal ones the first are kept.
    ``ranks`` orders ``x``, ``descending`` is that in order."""
    xp = get_driver().xp
    least = xp.take_along_axis(descending, count - 1, -1)
    above, equal = ranks > least, ranks == least
    room = count - above.sum(-1, keepdims=True)
    kept = above | (equal & (xp.cumsum(equal, -1) <= room))
    return xp.where(kept, x, x.dtype.type(-np.inf))


def top_k(input: Any, k: int) -> Any:
    """Logits with all but the k largest of each row set to minus infinity.

    Of equal ones those that stand first are kept, so exactly k remain (all, if a row has no more); softmax of
    the result renormalises.  NaN counts as largest.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        k: how many are kept, >= 1.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` has another dtype or is no CuPy array, or ``k`` is no integer.
        ValueError: ``k`` is less than 1, or ``input`` has no axis.
    """
    x = _logits("top_k", input)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"top_k: k is {type(k).__name__}, expected an integer")
    if k < 1:
        raise ValueError(f"top_k: k is {k}, expected at least 1")
    if k >= x.shape[-1] or not x.size:
        return x.copy()
    xp = get_driver().xp
    ranks = xp.where(xp.isnan(x), x.dtype.type(np.inf), x)
    count = xp.zeros((*x.shape[:-1], 1), np.int64) + int(k)
    return _largest(x, ranks, count, xp.sort(ranks, axis=-1)[..., ::-1])


def top_p(input: Any, p: float) -> Any:
    """Logits outside the smallest set of largest probabilities with a sum of p or more set to -inf.

    Of equal ones those that stand first come first; at least one is kept in each row.  Sums are in double
    precision.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        p: the mass to keep, 0 < p <= 1.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` has another dtype or is no CuPy array.
        ValueError: ``p`` lies outside (0, 1], or ``input`` has no axis.
    """
    x = _logits("top_p", input)
    if not 0 < p <= 1:
        raise ValueError(f"top_p: p is {p}, expected 0 < p <= 1")
    if not x.size:
        return x.copy()
    xp = get_driver().xp
    descending = xp.sort(x, axis=-1)[..., ::-1]
    ranked = descending.astype(np.float64)
    weights = xp.exp(ranked - ranked[..., :1])
    mass = xp.cumsum(weights, -1)
    before = (mass - weights) / mass[..., -1:]
    count = ((before < p) & (weights > 0)).sum(-1, keepdims=True)
    return _largest(x, x, xp.where(count > 1, count, 1), descending)
