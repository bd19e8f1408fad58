# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Discrete procedures of the sheet: what sorts, counts and merges has no formula to derive code from.

Written by hand in the generator (``codegen/numpy/runtime/procedures.py``) and held against their definitions
by ``tests/codegen/test_numpy_procedures.py``.
"""

# ruff: noqa: A002

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["bpe_merge", "bpe_pair", "conv_output_size", "top_k", "top_p"]

Array = npt.NDArray[Any]
_DTYPES = (np.float16, np.float32, np.float64)


def _logits(name: str, x: npt.ArrayLike) -> Array:
    array = np.asarray(x)
    if array.dtype not in _DTYPES:
        raise TypeError(f"{name}: input has dtype {array.dtype}, expected float16, float32 or float64")
    if array.ndim < 1:
        raise ValueError(f"{name}: input has shape {array.shape}, expected (..., n)")
    return array


def top_k(input: npt.ArrayLike, k: int) -> Array:
    """Logits with all but the k largest of each row set to minus infinity.

    Of equal ones those that stand first are kept, so exactly k remain (all, if a row has no more); softmax of
    the result renormalises.  NaN counts as largest.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        k: how many are kept, >= 1.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` has another dtype, or ``k`` is no integer.
        ValueError: ``k`` is less than 1, or ``input`` has no axis.
    """
    x = _logits("top_k", input)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"top_k: k is {type(k).__name__}, expected an integer")
    if k < 1:
        raise ValueError(f"top_k: k is {k}, expected at least 1")
    if k >= x.shape[-1]:
        return x.copy()
    rank = np.where(np.isnan(x), np.inf, x) if np.isnan(x).any() else x
    least = np.partition(rank, -k, -1)[..., -k, None]
    kept = rank >= least
    more = np.count_nonzero(kept, -1) > k
    if more.any():  # several are equal to the least: of them the first ones
        some, equal = rank[more] > least[more], rank[more] == least[more]
        wanted = k - np.count_nonzero(some, -1)
        kept[more] = some | (equal & (np.cumsum(equal, -1) <= wanted[..., None]))
    return np.where(kept, x, x.dtype.type(-np.inf))


def top_p(input: npt.ArrayLike, p: float) -> Array:
    """Logits outside the smallest set of largest probabilities with a sum of p or more set to -inf.

    Of equal ones those that stand first come first; at least one is kept in each row.  Sums are in double
    precision.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        p: the mass to keep, 0 < p <= 1.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` has another dtype.
        ValueError: ``p`` lies outside (0, 1], or ``input`` has no axis.
    """
    x = _logits("top_p", input)
    if not 0 < p <= 1:
        raise ValueError(f"top_p: p is {p}, expected 0 < p <= 1")
    if not x.size:
        return x.copy()
    order = np.argsort(-x, axis=-1, kind="stable")
    ranked = np.take_along_axis(x, order, -1).astype(np.float64)
    with np.errstate(all="ignore"):
        weights = np.exp(ranked - ranked[..., :1])
        mass = np.cumsum(weights, -1)
        before = (mass - weights) / mass[..., -1:]
        kept = (before < p) & (weights > 0)
    kept[..., 0] = True
    found = np.full_like(x, -np.inf)
    np.put_along_axis(found, order, np.where(kept, ranked, -np.inf).astype(x.dtype), -1)
    return found


def bpe_pair(ids: npt.ArrayLike) -> tuple[int, int, int]:
    """The most frequent pair of neighbours, and how often it stands there.

    Of equally frequent pairs the smallest is taken.  Overlapping occurrences count ("aaa" holds "aa" twice).

    Args:
        ids: integers, shape (n,), n >= 2; the corpus as symbols.

    Returns:
        The two symbols and the count.

    Raises:
        TypeError: ``ids`` are no integers.
        ValueError: ``ids`` has another shape, or fewer than two entries.
    """
    x = _symbols("bpe_pair", ids)
    if x.size < 2:
        raise ValueError(f"bpe_pair: ids has {x.size} entries, expected at least 2")
    symbols, ranks = np.unique(x, return_inverse=True)
    codes = ranks[:-1] * symbols.size + ranks[1:]  # in the order of the pairs
    pairs = symbols.size**2
    if pairs <= 4 * x.size:
        counts = np.bincount(codes, minlength=pairs)
        best = most = int(np.argmax(counts))
    else:
        found, counts = np.unique(codes, return_counts=True)
        most = int(np.argmax(counts))
        best = int(found[most])
    left, right = divmod(best, symbols.size)
    return int(symbols[left]), int(symbols[right]), int(counts[most])


def bpe_merge(ids: npt.ArrayLike, left: int, right: int, new: int) -> Array:
    """One merge of byte-pair encoding: every pair (left, right), from the left, becomes the symbol ``new``.

    The result is shorter by exactly the number of pairs merged; of overlapping pairs the first is.

    Args:
        ids: integers, shape (n,); the corpus as symbols.
        left, right: the pair.
        new: the symbol that stands for it.

    Returns:
        An array of the dtype of ``ids``.

    Raises:
        TypeError: ``ids`` are no integers.
        ValueError: ``ids`` has another shape.
    """
    x = _symbols("bpe_merge", ids)
    starts = np.flatnonzero((x[:-1] == left) & (x[1:] == right))
    if left == right and starts.size:
        # within a run of neighbouring starts every second one is taken
        run = np.cumsum(np.r_[True, np.diff(starts) != 1])
        first = np.r_[0, np.flatnonzero(np.diff(run)) + 1][run - 1]
        starts = starts[(np.arange(starts.size) - first) % 2 == 0]
    found = x.copy()
    found[starts] = new
    return np.delete(found, starts + 1)


def _symbols(name: str, ids: npt.ArrayLike) -> Array:
    x = np.asarray(ids)
    if x.dtype.kind not in "iu":
        raise TypeError(f"{name}: ids has dtype {x.dtype}, expected integers")
    if x.ndim != 1:
        raise ValueError(f"{name}: ids has shape {x.shape}, expected (n,)")
    return x


def conv_output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """floor((size + 2 padding - kernel) / stride) + 1: how many places a kernel of a convolution has.

    0 where the kernel is longer than the padded input: the formula holds for size + 2 padding >= kernel.

    Args:
        size: length of the input, >= 0.
        kernel: length of the kernel, >= 1.
        stride: step between places, >= 1.
        padding: entries added at each end, >= 0.

    Returns:
        The number of places.

    Raises:
        ValueError: an argument is out of range.
    """
    bounds = (("size", size, 0), ("kernel", kernel, 1), ("stride", stride, 1), ("padding", padding, 0))
    for name, value, least in bounds:
        if value < least:
            raise ValueError(f"conv_output_size: {name} is {value}, expected at least {least}")
    room = size + 2 * padding - kernel
    return room // stride + 1 if room >= 0 else 0
