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

_INFINITY = {"float16": 0x7C00, "bfloat16": 0x7F80, "float32": 0x7F800000, "float64": 0x7FF0000000000000}


def top_k(input: Any, k: int, *, axis: int = -1, out: Any = None) -> Any:
    """Logits with all but the k largest of each row set to minus infinity.

    Of equal ones those that stand first are kept, so exactly k remain (all, if a row has no more); softmax of
    the result renormalises.  NaN counts as largest, like infinity.

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        k: how many are kept, >= 1.
        axis: the axis of length n.
        out: where to put the result; may be the argument.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` or ``out`` has another dtype or is no CuPy array, ``k`` or ``axis`` is no
            integer.
        ValueError: ``k`` is less than 1, or shapes or axis do not fit.

    Runs on the current stream.  Cannot be captured in a CUDA graph: CuPy's sort waits for the device.
    Sources and proofs: symcheck show llm.top_k.

    Error: 0 ulp in every type.  Entries are compared as integers and copied, nothing is rounded; float32
    subnormals count as what they are, although CuPy's kernels flush them to 0.
    """
    x, result = _rows("top_k", input, axis, out)
    k = _integer("top_k", "k", k)
    if k < 1:
        raise ValueError(f"top_k: k is {k}, expected at least 1")
    if k >= x.shape[axis] or not x.size:
        if result is not x:
            result[...] = x
        return result
    ranks = _ranks(x, axis)
    least = get_driver().xp.sort(ranks, axis=-1)[..., -k][..., None]
    return _keep(x, axis, ranks, least, k, result)


def top_p(input: Any, p: float, *, axis: int = -1, out: Any = None) -> Any:
    """Logits outside the smallest set of largest probabilities with a sum of p or more set to -inf.

    Of equal ones those that stand first come first; at least one is kept in each row.  Where a row holds NaN
    or infinity, the first of these is.

    Args:
        input: float16, bfloat16, float32 or float64, shape (..., n); logits.
        p: the mass to keep, 0 < p <= 1.
        axis: the axis of length n.
        out: where to put the result; may be the argument.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` or ``out`` has another dtype or is no CuPy array, ``p`` is no real number,
            ``axis`` no integer.
        ValueError: ``p`` lies outside (0, 1], or shapes or axis do not fit.

    Runs on the current stream.  Cannot be captured in a CUDA graph: CuPy's sort waits for the device.
    Sources and proofs: symcheck show llm.top_p.

    Error: 0 ulp in what is kept, in every type.  Where the set ends is decided by sums of n exponentials in
    float64: it may be another only if p lies within n 2^-52 of the mass of one of the sets, and what adds
    less than 2^-53 of the whole counts as nothing.  Entries are compared as integers; in the exponentials
    float32 subnormals may count as 0 (CuPy compiles with flush-to-zero), which is less than that.
    """
    x, result = _rows("top_p", input, axis, out)
    try:
        mass = float(p)
    except (TypeError, ValueError):
        raise TypeError(f"top_p: p is {type(p).__name__}, expected one real number") from None
    if not 0 < mass <= 1:
        raise ValueError(f"top_p: p is {p}, expected 0 < p <= 1")
    if not x.size:
        return result
    xp = get_driver().xp
    ranks = _ranks(x, axis)
    descending = xp.sort(ranks, axis=-1)[..., ::-1]
    logits = _numbers(descending, x.dtype)
    with np.errstate(all="ignore"):
        sums = xp.cumsum(xp.exp(logits - logits[..., :1]), -1)
    count = 1 + (sums[..., :-1] < mass * sums[..., -1:]).sum(-1, keepdims=True)
    return _keep(x, axis, ranks, xp.take_along_axis(descending, count - 1, -1), count, result)


def _rows(name: str, x: Any, axis: Any, out: Any) -> tuple[Any, Any]:
    """The logits and where the result goes."""
    xp = get_driver().xp
    for which, array in (("input", x), ("out", x if out is None else out)):
        if not isinstance(array, xp.ndarray):
            raise TypeError(f"{name}: {which} is {type(array).__name__}, expected a {xp.__name__} array")
    if x.dtype.name not in _INFINITY:
        raise TypeError(f"{name}: input has dtype {x.dtype}, expected one of {', '.join(_INFINITY)}")
    if not x.dtype.isnative:
        raise TypeError(f"{name}: input has dtype {x.dtype}, expected the byte order of this machine")
    if x.ndim < 1:
        raise ValueError(f"{name}: input has shape {x.shape}, expected (..., n)")
    if not -x.ndim <= _integer(name, "axis", axis) < x.ndim:
        raise ValueError(f"{name}: axis {axis} is out of range for input of shape {x.shape}")
    if out is None:
        return x, xp.empty(x.shape, x.dtype)
    if out.dtype != x.dtype:
        raise TypeError(f"{name}: out has dtype {out.dtype}, expected {x.dtype}")
    if out.shape != x.shape:
        raise ValueError(f"{name}: out has shape {out.shape}, expected {x.shape}")
    return x, out


def _integer(function: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{function}: {name} is {type(value).__name__}, expected an integer")
    return int(value)


def _ranks(x: Any, axis: int) -> Any:
    """Integers in the order of the numbers of each row, which lies along the last axis: 0 for both zeros,
    that of infinity for NaN.  CuPy's comparisons take all float32 subnormals for 0, those of integers not."""
    xp = get_driver().xp
    bits = xp.moveaxis(x, axis, -1).view(f"i{x.dtype.itemsize}")
    most = bits.dtype.type(_INFINITY[x.dtype.name])
    ranks = xp.where(bits < 0, np.iinfo(bits.dtype).min - bits, bits)
    return xp.where((ranks > most) | (ranks < -most), most, ranks)


def _numbers(ranks: Any, dtype: Any) -> Any:
    """The numbers of which these are the ranks, in float64."""
    bits = get_driver().xp.where(ranks < 0, np.iinfo(ranks.dtype).min - ranks, ranks)
    if dtype.name == "bfloat16":  # the upper half of a float32
        return (bits.view("u2").astype("u4") << 16).view("f4").astype("f8")
    return bits.view(dtype).astype("f8")


def _keep(x: Any, axis: int, ranks: Any, least: Any, count: Any, result: Any) -> Any:
    """``result``: ``x`` where its rank is one of the ``count`` largest of the row, of which ``least`` is the
    last, else -inf; of equal ones the first are kept."""
    xp = get_driver().xp
    above, equal = ranks > least, ranks == least
    room = count - above.sum(-1, keepdims=True)
    kept = xp.moveaxis(above | (equal & (xp.cumsum(equal, -1) <= room)), -1, axis)
    bits = x.view(f"i{x.dtype.itemsize}")
    nothing = bits.dtype.type(_INFINITY[x.dtype.name] + np.iinfo(bits.dtype).min)
    result.view(bits.dtype)[...] = xp.where(kept, bits, nothing)
    return result
