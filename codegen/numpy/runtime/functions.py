"""Row operations and special functions that NumPy has no ufunc for."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from .turns import cos_product, sin_product, turn

__all__ = [
    "add_at", "at_largest", "band", "by_pairs", "clear_at", "clip", "column_sum", "cos_product", "exp_gap",
    "finite_or_zero", "from_largest", "gauss", "leaky", "length", "max_and_rest", "mills", "one_plus_exp",
    "pick", "row_dot", "row_max", "row_sum", "shifted_and_rest", "sin_product", "tail_moment", "top_and_rest",
    "turn", "watch",
]  # fmt: skip

Array = npt.NDArray[Any]
# the ufunc behind np.clip: three times as fast as np.maximum against a number, and no wrapper
clip: Any = import_module(f"numpy.{'_core' if hasattr(np, '_core') else 'core'}.umath").clip
_SINGLE = np.dtype(np.float32)
_DOUBLE = np.dtype(np.float64)
_RANGE = {t: (np.asarray(np.finfo(t).min, t), np.asarray(np.finfo(t).max, t)) for t in (_SINGLE, _DOUBLE)}


def length(x: Array) -> Array:
    """The number of entries of a row, as a number of the dtype of ``x``."""
    return np.asarray(x.shape[-1], x.dtype)


def row_max(x: Array) -> Array:
    """The maximum of each row, NaN if one entry is; minus infinity for rows of length 0."""
    if x.flags.c_contiguous and x.size:  # the place first, which NumPy finds sooner than the value
        return _at(x, x.argmax(-1))
    # with an initial value NumPy need not copy the first column, which costs as much as the rest
    top: Array = np.maximum.reduce(x, axis=-1, keepdims=True, initial=-np.inf)
    return top


def row_sum(x: Array) -> Array:
    """The sum of each row: in single precision by inner products with ones, else by pairs."""
    if x.strides[-1] != x.itemsize and x.ndim == 2:
        return _sum_of_parts(x.T)[:, None]
    if x.itemsize == 4 and _dot is not None:
        return row_dot(x, _ones(min(x.shape[-1], CHUNK)))
    total: Array = np.add.reduce(x, axis=-1, keepdims=True)
    return total


def row_dot(x: Array, y: Array) -> Array:
    """The inner product of each row of ``x`` with that of ``y``, or with ``y`` if it holds ``CHUNK`` ones.

    In parts of ``CHUNK`` entries, whose sums are added by pairs: more accurate than one long product, and
    BLAS starts no threads for it."""
    if x.strides[-1] != x.itemsize and x.ndim == y.ndim == 2:
        return _sum_of_parts(np.multiply(x.T, y.T))[:, None]  # einsum would raise no flags
    if _dot is None:
        total: Array = np.add.reduce(x * y, axis=-1, keepdims=True)
        return total
    n = x.shape[-1]
    if n <= CHUNK:
        column: Array = _dot(x, y)[..., None]
        return column
    whole = n - n % CHUNK
    parts = (*x.shape[:-1], whole // CHUNK, CHUNK)
    same = y.ndim == x.ndim
    head = _dot(x[..., :whole].reshape(parts), y[..., :whole].reshape(parts) if same else y)
    found: Array = np.add.reduce(head, axis=-1, keepdims=True)
    if whole < n:
        found += _dot(x[..., whole:], y[..., whole:] if same else y[: n - whole])[..., None]
    return found


CHUNK = 2048
_dot: Any = getattr(np, "vecdot", None)


@lru_cache(maxsize=64)
def _ones(n: int) -> Array:
    return np.ones(n, _SINGLE)


def finite_or_zero(x: Array) -> Array:
    """``x`` moved into the finite range: a shift that makes no NaN of an infinite maximum."""
    low, high = _RANGE[x.dtype]
    found: Array = clip(x, low, high)
    return found


def _starts(rows: int, n: int) -> Array:
    """Where each row starts in the flat array."""
    return _few_starts(rows, n) if rows <= 4096 else np.arange(0, rows * n, n)


@lru_cache(maxsize=32)
def _few_starts(rows: int, n: int) -> Array:
    return np.arange(0, rows * n, n)


def _flat_places(x: Array, at: Array) -> Array:
    places: Array = _starts(math.prod(x.shape[:-1]), x.shape[-1]) + at.reshape(-1)
    return places


def _at(x: Array, at: Array) -> Array:
    """Entry ``at`` of each row of ``x``, as a column."""
    found: Array = x.reshape(-1).take(_flat_places(x, at)).reshape(*x.shape[:-1], 1)
    return found


def pick(x: Array, at: Array) -> Array:
    """Entry ``at`` of each row."""
    if at.shape[:-1] != x.shape[:-1]:
        at = np.broadcast_to(at, (*x.shape[:-1], 1))
    return _at(x, at)


def _places(x: Array, at: Array) -> Array:
    return _flat_places(x, at if at.shape[:-1] == x.shape[:-1] else np.broadcast_to(at, (*x.shape[:-1], 1)))


def add_at(x: Array, at: Array, amount: Array | float) -> None:
    """Adds ``amount`` at entry ``at`` of each row of the block ``x``, in place."""
    places, shape = _places(x, at), (*x.shape[:-1], 1)
    more = np.asarray(amount, x.dtype)
    if more.shape != shape:
        more = np.broadcast_to(more, shape)
    if x.flags.c_contiguous:
        x.reshape(-1)[places] += more.reshape(-1)
    else:
        at = np.broadcast_to(at, shape)
        np.put_along_axis(x, at, np.take_along_axis(x, at, -1) + more, -1)


def clear_at(x: Array, at: Array) -> None:
    """Sets entry ``at`` of each row of the block ``x`` to 0, in place."""
    _clear(x, _places(x, at))


def _clear(x: Array, places: Array) -> None:
    """Sets entries of the flat array to 0, in place: ``reshape`` copies what is not in C order."""
    (x.reshape(-1) if x.flags.c_contiguous else x.flat)[places] = 0


def from_largest(e: Array, g: Array, total: Array, out: Array) -> Array:
    """``g`` less its entry where ``e`` is largest, in rows where that is at least half of ``total``: ``g``
    itself where there is no such row, else ``out``."""
    if e.shape[-1] == 0:
        return g
    places, holds = _largest(e, total)
    if not holds.any():
        return g
    base = np.where(holds, g.reshape(-1).take(places), _ZERO[g.dtype])
    np.subtract(g, base.reshape(total.shape), out)
    return out


def at_largest(e: Array, g: Array, total: Array) -> Array:
    """The entry of ``g`` where ``e`` is largest in its row, if that is at least half of ``total``, else 0."""
    places, holds = _largest(e, total)
    return np.where(holds, g.reshape(-1).take(places), _ZERO[g.dtype]).reshape(total.shape)


def _largest(e: Array, total: Array) -> tuple[Array, Array]:
    """Where the largest entry of each row is in the flat array, and whether it is half of ``total``."""
    places = _flat_places(e, e.argmax(-1))
    share = e.reshape(-1).take(places)
    np.add(share, share, share)
    return places, np.greater_equal(share, total.reshape(-1))


_ZERO = {t: np.zeros((), t) for t in (_SINGLE, _DOUBLE)}


def max_and_rest(x: Array, e: Array) -> tuple[Array, Array]:
    """The maximum m of each row, and the sum of exp(x - m) without one place where x = m.

    ``e`` is scratch of the shape of ``x``.  An infinite m counts as 0 in the exponent.
    """
    if x.shape[-1] == 0:
        return row_max(x), np.full((*x.shape[:-1], 1), -1.0, x.dtype)
    places = _flat_places(x, x.argmax(-1))
    top: Array = x.reshape(-1).take(places).reshape(*x.shape[:-1], 1)
    np.subtract(x, finite_or_zero(top), e)
    np.exp(e, e)
    _clear(e, places)
    return top, row_sum(e)


def top_and_rest(x: Array, e: Array) -> tuple[Array, Array]:
    """``max_and_rest`` by exponentials of ``x`` itself, which saves a pass and the rounding of x - m.

    An overflow raises the flag that starts the careful body, and so does an exp(m) below 1/2: beside a larger
    one, an exponential that underflows does not count."""
    if x.shape[-1] == 0:
        return max_and_rest(x, e)
    places = _flat_places(x, x.argmax(-1))
    top: Array = x.reshape(-1).take(places).reshape(*x.shape[:-1], 1)
    np.exp(x, e)
    largest = e.reshape(-1).take(places)
    watch(largest - 0.5)
    _clear(e, places)
    return top, row_sum(e) / largest.reshape(top.shape)


def watch(margin: Array) -> None:
    """Raises the flag of an invalid operation where ``margin`` is negative; ``margin`` is used up."""
    np.sqrt(margin, margin)


def shifted_and_rest(x: Array, shifted: Array, e: Array) -> tuple[Array, Array]:
    """The same, and x - m in ``shifted``."""
    if x.shape[-1] == 0:
        return max_and_rest(x, e)
    places = _flat_places(x, x.argmax(-1))
    top: Array = x.reshape(-1).take(places).reshape(*x.shape[:-1], 1)
    np.subtract(x, top, shifted)
    np.exp(shifted, e)
    _clear(e, places)
    return top, row_sum(e)


@lru_cache
def _eight_ones(dtype: np.dtype[Any]) -> Array:
    return np.ones(8, dtype)


def column_sum(x: Array, total: Array) -> None:
    """Adds the sum over all rows of the block ``x`` to ``total``: eight by eight, then by pairs."""
    n = x.shape[-1]
    x = x.reshape(-1, n)
    parts, rest = _sums_of_eight(x)
    total += np.add.reduce(by_pairs(parts), 0, np.float64)
    if len(rest):
        total += np.add.reduce(rest, 0, np.float64)


def _sums_of_eight(x: Array) -> tuple[Array, Array]:
    """The sums of eight rows each, and the rows that are left over."""
    count, n = x.shape
    whole = count - count % 8
    groups = x[:whole].reshape(whole // 8, 8, n)
    small = n <= 1024  # a product so small starts no threads in BLAS
    return np.matmul(_eight_ones(x.dtype), groups) if small else np.add.reduce(groups, 1), x[whole:]


def by_pairs(parts: Array) -> Array:
    """At most eight rows of the same sum, added by pairs in place."""
    rows = parts.shape[0]
    while rows > 8:
        half = rows // 2
        np.add(parts[:half], parts[rows - half : rows], parts[:half])
        rows -= half
    return parts[:rows]


def _sum_of_parts(x: Array) -> Array:
    """The sum over all rows: eight by eight, then by pairs."""
    parts, rest = _sums_of_eight(x)
    total: Array = np.add.reduce(by_pairs(parts), 0)
    if len(rest):
        total += np.add.reduce(rest, 0)
    return total


# Mills' ratio (1 - Phi(t)) exp(t t / 2) as P(t) / Q(t), all coefficients positive, so nothing cancels.
# Proved for exact evaluation (codegen/certificates.py): a relative error of at most 2^-25 on [0, 14.5] with
# the coefficients of single precision, of at most 2^-51 on [0, 38.6] with those of double, where 500 points
# stay below 2^-53.8.  Beyond these ends exp(-t t / 2) is 0.
MILLS_SINGLE = (
    (0.49999999995834401, 0.50728660682940505, 0.25035019328994367, 0.071215005530581957,
     0.01162222712953368, 0.000887350704623330),
    (1.0, 1.812457766523817, 1.4468325777084400, 0.65656728871837038, 0.18073944482962624,
     0.029132414261303580, 0.0022242611834511),
)  # fmt: skip
MILLS_DOUBLE = (
    (0.5, 0.8163819199970009, 0.6615024111324111, 0.34330859567989325,
     0.12513230283474394, 0.03330513645922077, 0.006544109688220013, 0.0009380476806660696,
     9.417274938739038e-05, 6.01484378145128e-06, 1.8749843353215238e-07),
    (1.0, 2.4306484007968674, 2.76238165400082, 1.9413161840012847,
     0.9394789334325905, 0.32959639531408524, 0.08580478009439169, 0.016638766460186822,
     0.002366413817155553, 0.00023652606518341157, 1.5076977490129528e-05, 4.699888749404709e-07),
)  # fmt: skip

# The same in single precision for t <= NEAR: an error of at most 2^-23.9, by fewer operations.
NEAR = 5.5
_MILLS_NEAR_SINGLE = (
    (15.026286125183105, 9.957406997680664, 3.0887389183044434, 0.39865830540657043),
    (30.052574157714844, 43.893211364746094, 26.173742294311523, 7.723944664001465, 1.0),
)


def _as(dtype: np.dtype[Any], coefficients: tuple[float, ...]) -> tuple[Array, ...]:
    return tuple(np.asarray(c, dtype) for c in reversed(coefficients))


_MILLS: dict[np.dtype[Any], tuple[tuple[Array, ...], tuple[Array, ...], Array]] = {
    _SINGLE: (_as(_SINGLE, MILLS_SINGLE[0]), _as(_SINGLE, MILLS_SINGLE[1]), np.asarray(14.5, _SINGLE)),
    _DOUBLE: (_as(_DOUBLE, MILLS_DOUBLE[0]), _as(_DOUBLE, MILLS_DOUBLE[1]), np.asarray(38.6, _DOUBLE)),
}
_MILLS_NEAR = (_as(_SINGLE, _MILLS_NEAR_SINGLE[0]), _as(_SINGLE, _MILLS_NEAR_SINGLE[1]))


def _horner(coefficients: tuple[Array, ...], t: Array, out: Array) -> None:
    if coefficients[0] == 1:
        np.add(t, coefficients[1], out)
        np.multiply(out, t, out)
        coefficients = coefficients[1:]
    else:
        np.multiply(t, coefficients[0], out)
    for c in coefficients[1:-1]:
        np.add(out, c, out)
        np.multiply(out, t, out)
    np.add(out, coefficients[-1], out)


def mills(t: Array, out: Array, a: Array, b: Array) -> None:
    """(1 - Phi(t)) exp(t t / 2) for t >= 0; ``a`` and ``b`` are scratch.  Constant beyond the range in
    which exp(-t t / 2) is not 0."""
    if t.dtype == _SINGLE and t.size and np.maximum.reduce(t, axis=None) <= NEAR:
        _horner(_MILLS_NEAR[0], t, b)
        _horner(_MILLS_NEAR[1], t, out)
    else:
        above, below, end = _MILLS[t.dtype]
        np.minimum(t, end, out=a)
        _horner(above, a, b)
        _horner(below, a, out)
    np.divide(b, out, out)


def tail_moment(x: Array, out: Array, a: Array, b: Array, c: Array, d: Array) -> None:
    """|x| (1 - Phi(|x|)); the others are scratch.

    In single precision up to ``NEAR`` it is t P(t) / (Q(t) exp(t t / 2)): with the exponential in the
    divisor its exponent is positive, and 1 + expm1 has a smaller error then than exp, and takes less time.
    """
    np.absolute(x, a)
    if x.dtype == _SINGLE and x.size and np.maximum.reduce(a, axis=None) <= NEAR:
        above, below = _MILLS_NEAR
        np.square(a, out)
        np.multiply(out, _HALF_SINGLE, out)
        np.expm1(out, out)
        np.add(out, _ONE_SINGLE, out)
        _horner(below, a, b)
        np.multiply(out, b, out)
        _horner(above, a, b)
        np.multiply(a, b, b)
        np.divide(b, out, out)
        return
    gauss(x, out, b, c)
    mills(a, b, c, d)
    clip(a, _ZERO[a.dtype], _GONE[a.dtype], a)  # infinity times 0 is no number
    np.multiply(b, a, b)
    np.multiply(out, b, out)


def gauss(x: Array, out: Array, a: Array, b: Array) -> None:
    """exp(-x x / 2) without the rounding of x x where it counts: an error of it is multiplied by x x / 2.

    Single precision takes the rounded square of numbers up to ``NEAR``, where that costs as much as moving
    x by half a unit in the last place; beyond, it squares in double.  Double splits x into a part with an
    exact square and a rest.
    """
    if x.dtype == _SINGLE:
        np.square(x, out)
        if x.size and np.maximum.reduce(out, axis=None) <= NEAR * NEAR:
            np.multiply(out, _MINUS_HALF_SINGLE, out)
            np.exp(out, out)
            return
        wide = x.astype(np.float64)
        np.multiply(wide, wide, wide)
        np.multiply(wide, _MINUS_HALF, wide)
        np.exp(wide, wide)
        np.copyto(out, wide, "same_kind")
        return
    clip(x, -_GAUSS_END, _GAUSS_END, out)
    np.add(out, _SPLIT, a)
    np.subtract(a, _SPLIT, a)
    np.add(out, a, b)
    np.subtract(out, a, out)
    np.multiply(out, b, out)
    np.multiply(out, _MINUS_HALF, out)
    np.exp(out, out)
    np.multiply(a, a, a)
    np.multiply(a, _MINUS_HALF, a)
    np.exp(a, a)
    np.multiply(out, a, out)


_HALF_SINGLE, _ONE_SINGLE = np.asarray(0.5, np.float32), np.asarray(1, np.float32)
_GONE = {t: np.asarray(64, t) for t in (_SINGLE, _DOUBLE)}  # beyond it 1 - Phi is 0
_MINUS_HALF_SINGLE = np.asarray(-0.5, np.float32)
_MINUS_HALF = np.asarray(-0.5)
_GAUSS_END = np.asarray(40.0)
_SPLIT = np.asarray(1.5 * 2.0**32)  # adding it rounds to a multiple of 2^-20, whose square is exact


def one_plus_exp(x: Array, out: Array) -> None:
    """1 + exp(x): in single precision by expm1, which is shorter there and rounds once less near 0.

    exp2 would take half the time of exp, and be as accurate.  But with NumPy 2.4 on Zen 4 it takes twice as
    long as exp in each process where the loader puts NumPy at one of four addresses modulo 8 MiB."""
    if x.itemsize == 4:
        np.expm1(x, out)
        np.add(out, _TWO, out)
    else:
        np.exp(x, out)
        np.add(out, _ONE, out)


def leaky(x: Array, slope: Array, out: Array) -> None:
    """x where it is positive, else slope times x; 0 at minus infinity for a slope of 0."""
    if slope == 0:
        clip(x, slope, np.inf, out)
        return
    np.multiply(x, slope, out)
    (np.maximum if slope <= 1 else np.minimum)(x, out, out=out)


def band(x: Array, bound: Array, out: Array) -> None:
    """``x`` moved into -bound..bound."""
    clip(x, -bound, bound, out)


_TWO, _ONE = np.asarray(2, np.float32), np.asarray(1, np.float64)


def exp_gap(x: Array, out: Array, a: Array, b: Array) -> None:
    """exp(x) - 1 - x; ``a`` and ``b`` are scratch.  Near 0, where that cancels, by its Taylor series; single
    precision takes the difference in double, and two terms of the series where even that cancels.

    The two forms are put together by products with 0 and 1: a copy of some entries takes as long as thirty
    operations on all.  No product is infinity times 0, for each form is finite where the other one counts."""
    if x.dtype == _SINGLE:
        wide = x.astype(np.float64)
        np.expm1(wide, wide)
        np.subtract(wide, x, wide)
        np.copyto(out, wide, "same_kind")
        np.absolute(x, a)
        small = a < _SMALL_GAP
        if small.any():
            near = x[small]
            out[small] = np.square(near) * (_HALF_SINGLE + near * _SIXTH)
        return
    np.expm1(x, a)
    np.subtract(a, x, a)
    clip(x, -1.0, 1.0, out)
    _horner(_EXP_GAP, out, b)
    np.multiply(out, out, out)
    np.multiply(out, b, out)
    np.absolute(x, b)
    np.multiply(a, b >= 1, a)
    np.multiply(out, b < 1, out)
    np.add(out, a, out)


_SMALL_GAP, _SIXTH = np.asarray(2.0**-13, np.float32), np.asarray(1 / 6, np.float32)
_EXP_GAP = tuple(np.asarray(1 / math.factorial(k)) for k in range(21, 1, -1))
