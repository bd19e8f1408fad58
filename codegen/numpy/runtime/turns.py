"""The cosine and the sine of a product, however large it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["cos_product", "sin_product", "turn"]

Array = npt.NDArray[Any]


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a b as an unevaluated sum of two doubles (Veltkamp and Dekker)."""
    product = a * b

    def halves(x: Array) -> tuple[Array, Array]:
        unit = np.where(np.abs(x) > 2.0**990, 2.0**60, 1.0)  # so that no part overflows
        scaled = x / unit * 134217729.0
        high = (scaled - (scaled - x / unit)) * unit
        return high, x - high

    (a_high, a_low), (b_high, b_low) = halves(a), halves(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


# pi/2 in three parts, of which the first two have 33 bits: their products with a number below 2**20 are exact
_RIGHT_ANGLE = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
ANGLES = 8192  # at a time, so that what is made of them stays in the cache
_QUARTERS = 1.6e6  # below 2**20 right angles


def _turn_single(angle: Array) -> tuple[Array, Array]:
    """The cosine and the sine of angles in double precision, as single precision holds them.

    NumPy has vector instructions for those of single precision alone, which are some forty times as fast: the
    angle is brought within half a right angle of 0 in double precision (Cody and Waite), and the quarter in
    which it lay says which of the two values is which, and its sign."""
    if not angle.size or not np.abs(angle).max() < _QUARTERS:
        return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    cosine, sine = np.empty(angle.shape, np.float32), np.empty(angle.shape, np.float32)
    flat = angle.reshape(-1)
    cosines, sines = (x.view(np.uint32).reshape(-1) for x in (cosine, sine))
    for at in range(0, flat.size, ANGLES):
        rest = flat[at : at + ANGLES]
        quarters = np.multiply(rest, 2 / np.pi)
        np.rint(quarters, quarters)
        for part in _RIGHT_ANGLE:
            rest = rest - quarters * part
        reduced = rest.astype(np.float32)
        across, along = np.cos(reduced).view(np.uint32), np.sin(reduced).view(np.uint32)
        quarter = quarters.astype(np.int32).view(np.uint32)
        swapped = np.negative(quarter & 1)  # all bits where the two change places
        swapped &= across ^ along
        sines[at : at + ANGLES] = along ^ swapped ^ ((quarter & 2) << 30)  # with its sign
        quarter += 1
        cosines[at : at + ANGLES] = across ^ swapped ^ ((quarter & 2) << 30)
    return cosine, sine


def turn(a: Array, b: Array, work: np.dtype[Any]) -> tuple[Array, Array]:
    """cos(a b) and sin(a b).  The product is exact for single precision, in two parts for double."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    with np.errstate(all="ignore"):
        if work == np.float32:
            return _turn_single(a * b)
        angle, rest = _two_product(a, b)
        cosine, sine = np.cos(angle), np.sin(angle)
        if (np.abs(rest) < 2.0**-27).all():
            return cosine - rest * sine, sine + rest * cosine
        across, along = np.sin(rest), np.cos(rest)
        return cosine * along - sine * across, sine * along + cosine * across


def cos_product(a: Array, b: Array, work: np.dtype[Any]) -> Array:
    """cos(a b), as accurate as ``work`` holds it, however large the product is."""
    return turn(a, b, work)[0]


def sin_product(a: Array, b: Array, work: np.dtype[Any]) -> Array:
    """sin(a b), as accurate as ``work`` holds it, however large the product is."""
    return turn(a, b, work)[1]
