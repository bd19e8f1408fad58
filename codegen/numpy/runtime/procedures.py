"""Discrete procedures of the sheet: what sorts, counts and merges has no formula to derive code from.

Written by hand in the generator (``codegen/numpy/runtime/procedures.py``) and held against their definitions
by ``tests/codegen/test_numpy_procedures.py``.
"""

# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .checks import as_results, real_number

__all__ = ["bpe_merge", "bpe_pair", "conv_output_size", "top_k", "top_p"]

Array = npt.NDArray[Any]
_BITS: dict[np.dtype[Any], tuple[np.dtype[Any], Any]] = {
    np.dtype(f"f{size}"): (np.dtype(f"i{size}"), np.asarray(-np.inf, f"f{size}").view(f"i{size}"))
    for size in (2, 4, 8)
}  # of the dtypes of logits: the integers as long, and -inf read as one


def top_k(input: npt.ArrayLike, k: int, *, axis: int = -1, out: Array | None = None) -> Array:
    """Logits with all but the k largest of each row set to minus infinity.

    Of equal ones those that stand first are kept, so exactly k remain (all, if a row has no more); softmax of
    the result renormalises.  NaN counts as largest, like infinity.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        k: how many are kept, >= 1.
        axis: the axis of length n.
        out: where to put the result; may be the argument.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` or ``out`` has another dtype, ``k`` or ``axis`` is no integer.
        ValueError: ``k`` is less than 1, or shapes or axis do not fit.

    Sources and proofs: symcheck show llm.top_k.

    Error: none.  Entries are compared and copied, nothing is rounded.
    """
    x, result = _rows("top_k", input, axis, out)
    _integer("top_k", "k", k, 1)

    def largest(rows: Array, found: Array) -> None:
        ranks = _ranks(rows)
        # to sort short rows takes less time than to part them
        ordered = np.sort(ranks, -1) if rows.shape[-1] <= SHORT else np.partition(ranks, -k, -1)
        _keep(rows, ranks, ordered[:, -k, None], k, found)

    if k < x.shape[axis]:
        return _by_blocks(largest, x, axis, result)
    result[...] = x
    return result


def top_p(input: npt.ArrayLike, p: float, *, axis: int = -1, out: Array | None = None) -> Array:
    """Logits outside the smallest set of largest probabilities with a sum of p or more set to -inf.

    Of equal ones those that stand first come first; at least one is kept in each row.  Where a row holds NaN
    or infinity, the first of these is.

    Args:
        input: float16, float32 or float64, shape (..., n); logits.
        p: the mass to keep, 0 < p <= 1.
        axis: the axis of length n.
        out: where to put the result; may be the argument.

    Returns:
        An array of the shape and dtype of ``input``.

    Raises:
        TypeError: ``input`` or ``out`` has another dtype, ``p`` is no real number, ``axis`` no integer.
        ValueError: ``p`` lies outside (0, 1], or shapes or axis do not fit.

    Sources and proofs: symcheck show llm.top_p.

    Error: none in what is kept.  Where the set ends is decided by sums of n exponentials in float64: it may
    be another only if p lies within n 2^-52 of the mass of one of the sets, and what adds less than 2^-53
    of the whole counts as nothing.
    """
    x, result = _rows("top_p", input, axis, out)
    mass = real_number("top_p", "p", p)
    if not 0 < mass <= 1:
        raise ValueError(f"top_p: p is {p}, expected 0 < p <= 1")

    def smallest_set(rows: Array, found: Array) -> None:
        ranks = _ranks(rows)
        descending = np.sort(ranks, -1)[:, ::-1]
        sums = np.subtract(descending, descending[:, :1], dtype=np.float64)
        np.exp(sums, sums)
        np.add.accumulate(sums, -1, out=sums)
        below = sums[:, :-1] < mass * sums[:, -1:]
        count = 1 + np.add.reduce(below, -1, np.intp, keepdims=True)
        _keep(rows, ranks, np.take_along_axis(descending, count - 1, -1), count, found)

    with np.errstate(all="ignore"):
        return _by_blocks(smallest_set, x, axis, result)


SHORT, BLOCK = 4096, 1 << 16  # entries


def _rows(name: str, given: npt.ArrayLike, axis: int, out: Array | None) -> tuple[Array, Array]:
    """The logits and where the result goes."""
    x = np.asarray(given)
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    if x.dtype not in _BITS:
        raise TypeError(f"{name}: input has dtype {x.dtype}, expected float16, float32 or float64")
    if x.ndim < 1:
        raise ValueError(f"{name}: input has shape {x.shape}, expected (..., n)")
    _integer(name, "axis", axis)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{name}: axis {axis} is out of range for input of shape {x.shape}")
    (result,) = as_results(name, [x.shape], x.dtype, None if out is None else (out,))
    return x, result


def _integer(function: str, name: str, value: Any, least: int | None = None) -> None:
    """``TypeError`` or ``ValueError`` unless ``value`` is an integer, and no less than ``least``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{function}: {name} is {type(value).__name__}, expected an integer")
    if least is not None and value < least:
        raise ValueError(f"{function}: {name} is {value}, expected at least {least}")


def _by_blocks(step: Callable[[Array, Array], None], x: Array, axis: int, result: Array) -> Array:
    """``result``, with ``step`` done to so many rows at once as stay in the cache."""
    n = x.shape[axis]
    rows, target = (x, result) if axis == -1 else (np.moveaxis(a, axis, -1) for a in (x, result))
    if not rows.flags.c_contiguous or np.may_share_memory(x, result):
        rows = rows.copy()
    found = target if target.flags.c_contiguous else np.empty(rows.shape, rows.dtype)
    if rows.size:
        given, places = rows.reshape(-1, n), found.reshape(-1, n)
        size = max(1, BLOCK // n)
        for start in range(0, len(given), size):
            step(given[start : start + size], places[start : start + size])
    if found is not target:
        target[...] = found
    return result


def _ranks(x: Array) -> Array:
    """``x`` with infinity for NaN, so that all of it can be compared."""
    if not np.isnan(np.maximum.reduce(x, axis=None)):
        return x
    return np.where(np.isnan(x), x.dtype.type(np.inf), x)


def _keep(x: Array, ranks: Array, least: Array, count: Array | int, result: Array) -> None:
    """``x`` where its rank is one of the ``count`` largest of the row, of which ``least`` is the last, else
    -inf; of equal ones the first are kept."""
    kept = ranks >= least
    many = np.count_nonzero(kept)
    if many > (count.sum() if isinstance(count, np.ndarray) else count * len(x)):
        above, equal = ranks > least, ranks == least
        room = count - np.add.reduce(above, -1, np.intp, keepdims=True)
        kept = above | (equal & (np.add.accumulate(equal, -1, np.intp) <= room))
    # where(kept, x, -inf) by bits: a choice that is irregular takes ten times as long
    integers, infinity = _BITS[x.dtype]
    bits = np.bitwise_xor(x.view(integers), infinity)
    np.bitwise_and(bits, np.negative(kept.view(np.int8)).astype(integers), bits)
    np.bitwise_xor(bits, infinity, result.view(integers))


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

    Sources and proofs: symcheck show llm.bpe.

    Error: none, all are integers.
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
        TypeError: ``ids``, ``left``, ``right`` or ``new`` are no integers.
        ValueError: ``ids`` has another shape, or their dtype does not hold ``new``.

    How long the result is, its entries decide: there is no ``out``.
    Sources and proofs: symcheck show llm.bpe.

    Error: none, all are integers.
    """
    x = _symbols("bpe_merge", ids)
    for name, value in (("left", left), ("right", right), ("new", new)):
        _integer("bpe_merge", name, value)
    if not np.iinfo(x.dtype).min <= new <= np.iinfo(x.dtype).max:
        raise ValueError(f"bpe_merge: new is {new}, which ids of dtype {x.dtype} do not hold")
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
        TypeError: an argument is no integer.
        ValueError: an argument is out of range.

    Sources and proofs: symcheck show model.conv_size.

    Error: none, all are integers.
    """
    bounds = (("size", size, 0), ("kernel", kernel, 1), ("stride", stride, 1), ("padding", padding, 0))
    for name, value, least in bounds:
        _integer("conv_output_size", name, value, least)
    room = size + 2 * padding - kernel
    return room // stride + 1 if room >= 0 else 0
