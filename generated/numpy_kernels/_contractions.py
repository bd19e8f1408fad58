# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""What bodies over several axes call: contractions as products of matrices, and axes in another order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from ._functions import by_pairs

__all__ = [
    "arranged",
    "contract",
    "convolve",
    "correlate",
    "diagonal",
    "mask_beyond",
    "scatter",
    "size",
    "sum_leading",
]

Array = npt.NDArray[Any]
TOGETHER = 16  # rows that are added one after another
LONG = 1024  # products that BLAS may add without halving
TAPS = 8  # products of a convolution that are added one after another
DOTS = range(32, 513)  # taps of rows that NumPy's dot products are for: few, each of which is a call,
FEW_ROWS = 16
MANY_PRODUCTS = 2**14  # or such that one has this many products; more taps would be large sums


@lru_cache(maxsize=256)
def _plan(spec: str) -> tuple[Any, ...]:
    """How a contraction becomes one product of matrices: orders of axes, and how many of each sort."""
    inputs, result = spec.split("->")
    one, other = inputs.split(",")
    leading = one.startswith("*"), other.startswith("*"), result.startswith("*")
    a, b, c = (t.lstrip("*") for t in (one, other, result))
    shared = [x for x in a if x in b and x in c]
    summed = [x for x in a if x in b and x not in c]
    rows = [x for x in a if x not in b]
    columns = [x for x in b if x not in a]
    order_a = tuple(a.index(x) - len(a) for x in (*shared, *rows, *summed))
    order_b = tuple(b.index(x) - len(b) for x in (*shared, *summed, *columns))
    made = [*shared, *rows, *columns]
    order_c = tuple(made.index(x) - len(made) for x in c)
    return leading, order_a, order_b, order_c, len(shared), len(rows), len(summed), len(columns)


@lru_cache(maxsize=256)
def _one_product(
    spec: str, in_a: int, in_b: int
) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None] | None:
    """How the axes of ``a`` and ``b``, of which there are so many, are put in order to be the factors of one
    product of matrices that is the result as it is (``None``: they are), where there is one."""
    (lead_a, lead_b, lead_c), order_a, order_b, order_c, shared, rows, summed, columns = _plan(spec)
    if (lead_a and lead_b and not lead_c) or _is_vector(lead_a, lead_b, shared, rows):
        return None
    if rows > 1 or summed != 1 or columns != 1 or not _in_order(order_c):
        return None
    return _order_of(order_a, in_a), _order_of(order_b, in_b)


@lru_cache(maxsize=256)
def _in_order(order: tuple[int, ...]) -> bool:
    return order == tuple(range(-len(order), 0))


@lru_cache(maxsize=256)
def _order_of(order: tuple[int, ...], count: int) -> tuple[int, ...] | None:
    """What ``transpose`` is given to bring the last of ``count`` axes in order."""
    return None if _in_order(order) else (*range(count - len(order)), *(count + i for i in order))


def _one_leading(x: Array, inner: int, other: Array, others: int) -> Array:
    """``x`` with all its leading axes, broadcast with those of ``other``, as one."""
    lead, kept = x.shape[: x.ndim - inner], x.shape[x.ndim - inner :]
    beside = other.shape[: other.ndim - others]
    if lead != beside:
        x = np.broadcast_to(x, (*np.broadcast_shapes(lead, beside), *kept))
    return x.reshape(-1, *kept)


def _is_vector(lead_a: bool, lead_b: bool, shared: int, rows: int) -> bool:
    """Whether the first factor has no rows; its leading axes are, if they are its own alone."""
    return rows == 0 and (shared > 0 or not lead_a or lead_b)


def contract(spec: str, a: Array, b: Array, out: Array | None = None, room: Array | None = None) -> Array:
    """The sum over the axes that the result lacks of the products of ``a`` and ``b``, as ``numpy.einsum``
    spells it with one letter for each axis and "*" for all leading ones, by products of matrices.  ``room``:
    bytes for the result, if they are enough."""
    moves = _one_product(spec, a.ndim, b.ndim)
    if moves is not None:
        x = a if moves[0] is None else a.transpose(moves[0])
        y = b if moves[1] is None else b.transpose(moves[1])
        if out is None and room is not None:
            out = _carved(room, _product_shape(x, y), a.dtype)
        return _product(x, y, out)
    leading, order_a, order_b, order_c, shared, rows, summed, columns = _plan(spec)
    in_a, in_b, in_c = leading
    if in_a and in_b and not in_c:  # the leading axes are summed too: they become one, as any other
        one = _one_leading(a, len(order_a), b, len(order_b))
        other = _one_leading(b, len(order_b), a, len(order_a))
        return contract(spec.replace("*", "+"), one, other, out, room)
    x = _joined(arranged(a, order_a), (rows, summed))
    y = _joined(arranged(b, order_b), (summed, columns))
    vector = _is_vector(in_a, in_b, shared, rows)
    x = x[..., None, :] if vector else x
    y = y if columns else y[..., None]
    straight = _in_order(order_c) and rows <= 1 and columns == 1 and not vector
    if out is not None and straight:
        return _product(x, y, out)
    product = _product(x, y, None if room is None else _carved(room, _product_shape(x, y), a.dtype))
    product = product if columns else product[..., 0]
    if vector:
        product = product[..., 0, :] if columns else product[..., 0]
    product = _parted(product, a, b, order_a, order_b, shared, rows, summed, columns)
    product = arranged(product, order_c)
    if out is None:
        return product
    out[...] = product
    return out


def _product(x: Array, y: Array, out: Array | None = None) -> Array:
    """The product of matrices; a long sum by halves, since BLAS adds blocks of it one after another."""
    if x.shape[-1] <= LONG:
        return np.matmul(x, y, out=out)
    half = x.shape[-1] // 2
    total = _product(x[..., :half], y[..., :half, :], out)
    total += _product(x[..., half:], y[..., half:, :])
    return total


def _product_shape(x: Array, y: Array) -> tuple[int, ...]:
    if x.ndim == y.ndim == 2:
        return x.shape[0], y.shape[1]
    return (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-1])


def _carved(room: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array in the bytes of ``room``, a new one if they are too few."""
    size = prod(shape) * dtype.itemsize
    return room[:size].view(dtype).reshape(shape) if size <= room.size else np.empty(shape, dtype)


def in_room(room: Array | None, x: Array) -> Array | None:
    """An array like ``x`` in the bytes of ``room``, a new one if they are too few; None without a room."""
    return None if room is None else _carved(room, x.shape, x.dtype)


def _joined(x: Array, counts: tuple[int, int]) -> Array:
    """The last axes of ``x`` in two groups, each joined to one axis (an empty group has none)."""
    first, second = counts
    if first <= 1 and second <= 1:
        return x
    shape = x.shape[: x.ndim - first - second]
    parts = x.shape[x.ndim - first - second :]
    groups = [parts[:first], parts[first:]]
    return x.reshape(*shape, *[int(np.prod(g)) for g in groups if g])


def _parted(
    product: Array,
    a: Array,
    b: Array,
    order_a: tuple[int, ...],
    order_b: tuple[int, ...],
    shared: int,
    rows: int,
    summed: int,
    columns: int,
) -> Array:
    """Groups of axes that were joined, apart again."""
    if rows <= 1 and columns <= 1:
        return product
    up = [a.shape[i] for i in order_a[shared : shared + rows]]
    across = [b.shape[i] for i in order_b[shared + summed :]]
    lead = product.shape[: product.ndim - bool(rows) - bool(columns)]
    return product.reshape(*lead, *up, *across)


def arranged(x: Array, order: tuple[int, ...]) -> Array:
    """``x`` with its last axes in another order, given by their places counted from the end."""
    moved = _order_of(order, x.ndim)
    return x if moved is None else x.transpose(moved)


def mask_beyond(x: Array, columns: Array, rows: Array) -> Array:
    """Sets -inf in place where the place of the column is beyond that of the row; places ascend."""
    first = int(np.searchsorted(columns, rows[0], side="right"))
    if first < columns.size:
        beyond = np.greater(columns[first:], rows[:, None])
        np.copyto(x[..., first:], -np.inf, where=beyond)
    return x


def diagonal(x: Array) -> Array:
    """The diagonal of the last two axes."""
    return x.diagonal(0, -2, -1)


def size(x: Array, axis: int) -> Array:
    """The length of an axis as a number of the dtype of ``x``."""
    return np.asarray(x.shape[axis], x.dtype)


def sum_leading(x: Array, inner: int) -> Array:
    """The sum over all axes but the last ``inner``, in double precision; of doubles by pairs."""
    lead, kept = x.shape[: x.ndim - inner], x.shape[x.ndim - inner :]
    rows = x.reshape(prod(lead), *kept)
    if x.dtype == np.float32 or len(rows) <= TOGETHER:
        once: Array = np.add.reduce(rows, axis=0, dtype=np.float64)
        return once.astype(x.dtype)
    # NumPy adds row after row along a first axis; by pairs, the error stays small
    groups = len(rows) // TOGETHER
    whole = rows[: groups * TOGETHER].reshape(groups, TOGETHER, *kept)
    total: Array = np.add.reduce(by_pairs(np.add.reduce(whole, axis=1, dtype=np.float64)), axis=0)
    total += np.add.reduce(rows[groups * TOGETHER :], axis=0, dtype=np.float64)
    return total.astype(x.dtype)


def scatter(index: Array, x: Array, length: Array, out: Array | None = None) -> Array:
    """A zero array of ``length`` rows to which row i of ``x`` is added at ``index[i]``, what meets in one row
    in double precision."""
    shape = (int(length), *x.shape[index.ndim :])
    found = out if out is not None and out.flags.c_contiguous else np.empty(shape, x.dtype)
    found.fill(0)
    if x.size:
        _scatter(index.reshape(-1), x.reshape(index.size, -1), found.reshape(shape[0], -1))
    if out is None or found is out:
        return found
    out[...] = found
    return out


def _scatter(index: Array, x: Array, rows: Array) -> None:
    """Rows of ``x`` that nothing else meets are copied, the others added up."""
    order = index.argsort(kind="stable")
    places = index[order]
    first = np.ones(places.size, bool)
    np.not_equal(places[1:], places[:-1], first[1:])
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=places.size)
    single, several = starts[counts == 1], counts > 1
    few = max(1, PART_BYTES // (x.shape[1] * x.itemsize))
    for start in range(0, single.size, few):
        at = single[start : start + few]
        rows[places[at]] = x.take(order[at], axis=0)
    if not several.any():
        return
    if x.shape[1] < WIDE:
        meeting = x[order[np.repeat(several, counts)]].astype(np.float64)
        counts = counts[several]
        rows[places[starts[several]]] = np.add.reduceat(meeting, np.cumsum(counts) - counts, axis=0)
        return
    for start, count in zip(starts[several].tolist(), counts[several].tolist(), strict=True):
        rows[places[start]] = sum_leading(x[order[start : start + count]], 1)


WIDE = 256  # entries of a row that is added by itself: a call takes as long as to add as many in a buffer


def convolve(a: Array, b: Array) -> Array:
    """At place t the sum over i of a[i] b[t - i], along the last axis."""
    if b.shape[-1] > a.shape[-1]:
        a, b = b, a
    n, m = a.shape[-1], b.shape[-1]
    lead = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    total: Array = np.zeros((*lead, n + m - 1), a.dtype)
    for x, y, found in _in_cache(a, b, total):
        _add_convolution(x, y, found)
    return total


def _add_convolution(x: Array, y: Array, total: Array) -> None:
    """Adds the convolution to ``total``: of many taps the halves, whose sums keep small errors."""
    n, m = x.shape[-1], y.shape[-1]
    if _by_dots(n, m, total):
        for one, other, found in _row_by_row(x, y, total):
            found += np.convolve(one, other)
        return
    if m > TAPS:
        half = m // 2
        _add_convolution(x, y[..., :half], total[..., : n + half - 1])
        rest = np.zeros((*total.shape[:-1], n + m - half - 1), total.dtype)
        _add_convolution(x, y[..., half:], rest)
        total[..., half:] += rest
        return
    product = np.empty((*total.shape[:-1], n), total.dtype)
    for j in range(m):
        np.multiply(x, y[..., j : j + 1], product)
        total[..., j : j + n] += product


def correlate(g: Array, b: Array) -> Array:
    """At place i the sum over j of g[i + j] b[j], along the last axis."""
    n = g.shape[-1] - b.shape[-1] + 1
    lead = np.broadcast_shapes(g.shape[:-1], b.shape[:-1])
    total: Array = np.zeros((*lead, n), g.dtype)
    for x, y, found in _in_cache(g, b, total):
        _add_correlation(x, y, found)
    return total


def _add_correlation(x: Array, y: Array, total: Array) -> None:
    """Adds the correlation to ``total``, in the same way; sums of long rows for few places."""
    n, m = total.shape[-1], y.shape[-1]
    if _by_dots(n, m, total):
        for one, other, found in _row_by_row(x, y, total):
            found += np.correlate(one, other)
    elif n <= m and (n < DOTS.start or m in DOTS):
        product = np.empty((*total.shape[:-1], m), total.dtype)
        for i in range(n):
            np.multiply(x[..., i : i + m], y, product)
            total[..., i] += np.add.reduce(product, axis=-1)
    elif m > TAPS:
        half = m // 2
        _add_correlation(x[..., : n + half - 1], y[..., :half], total)
        rest = np.zeros_like(total)
        _add_correlation(x[..., half:], y[..., half:], rest)
        total += rest
    else:
        product = np.empty_like(total)
        for j in range(m):
            np.multiply(x[..., j : j + n], y[..., j : j + 1], product)
            total += product


def _by_dots(n: int, m: int, total: Array) -> bool:
    """Whether a call for each row is quicker than passes over all of them."""
    return m in DOTS and (prod(total.shape[:-1]) <= FEW_ROWS or n * m >= MANY_PRODUCTS)


def _row_by_row(x: Array, y: Array, total: Array) -> Iterator[tuple[Array, Array, Array]]:
    """The arrays row by row."""
    lead = total.shape[:-1]
    x, y = (a if a.shape[:-1] == lead else np.broadcast_to(a, (*lead, a.shape[-1])) for a in (x, y))
    for row in np.ndindex(lead):
        yield x[row], y[row], total[row]


def _in_cache(a: Array, b: Array, total: Array) -> Iterator[tuple[Array, Array, Array]]:
    """The arrays by parts of the first axis of ``total`` that stay in cache while they are added up."""
    lead = total.shape[:-1]
    longest = prod(lead[1:]) * max(a.shape[-1], total.shape[-1]) * total.itemsize
    rows = max(1, PART_BYTES // max(1, longest))
    if not lead or lead[0] <= rows:
        yield a, b, total
        return
    for start in range(0, lead[0], rows):
        at = slice(start, start + rows)
        x, y = (z[at] if z.shape[:1] == lead[:1] and z.ndim == total.ndim else z for z in (a, b))
        yield x, y, total[at]


PART_BYTES = 128 * 1024
