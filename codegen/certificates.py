"""Proofs of the bounds that approximations state: Mills' ratio of the normal law, tanh, and power series.

R(t) = (1 - Phi(t)) exp(t t / 2) solves R' = t R - c with c = 1 / sqrt(2 pi).  Let a = P / Q be the
approximation and r = a' - t a + c.  The error e = a - R solves e' = t e + r, so going back from the end T

    e(t) = k(t, T) e(T) - integral of k(t, s) r(s) ds,    R(t) = k(t, T) R(T) + c integral of k(t, s) ds,

with k(t, s) = exp((t t - s s) / 2) > 0.  Hence |r| <= eps c on [0, T] and |e(T)| <= eps R(T) give
|e| <= eps R on [0, T].  The first is two polynomial inequalities, shown in exact fractions by the signs of
Bernstein coefficients; the second is one evaluation in ball arithmetic.  Rounding is not part of it: the
coefficients are the rounded ones, the evaluation is exact.

For a polynomial in place of a function that its Taylor series represents, the difference of the two is a
polynomial and a rest with a bound, so the same signs show the error (``show_series``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_poly, ctx, fmpq, fmpq_poly

BOXES = 4000  # a polynomial that needs more is taken for one that is not positive


class NotShown(ValueError):
    """A bound that the proof does not reach; the message says which part fails."""


def show_mills(above: Sequence[float], below: Sequence[float], end: float, bits: float) -> int:
    """Proves |P / Q - R| <= 2^-bits R on [0, end] and returns the number of boxes that it took.

    ``above`` and ``below`` are the coefficients of P and Q, the constant first.  Raises ``NotShown``.
    """
    p, q = (fmpq_poly([_exact(c) for c in poly]) for poly in (above, below))
    if any(c <= 0 for c in (*above, *below)):
        raise NotShown("a coefficient is not positive, so the denominator may vanish")
    eps = _exact(2.0**-bits)
    t = fmpq_poly([0, 1])
    slope = p.derivative() * q - p * q.derivative() - t * p * q  # (a' - t a) Q^2
    low, high = _density_at_0()
    boxes = _positive(slope + low * (1 + eps) * q * q, end)
    boxes += _positive(-slope - high * (1 - eps) * q * q, end)
    with ctx.workprec(300):
        x = arb(end)
        true = (x / arb(2).sqrt()).erfc() * (x * x / 2).exp() / 2
        found = _at(above, x) / _at(below, x)
        if not abs(found / true - 1) <= arb(2) ** -arb(bits):
            raise NotShown(f"at the end {end} the error is {abs(found / true - 1)}")
    return boxes


def show_mills_by_series(above: Sequence[float], below: Sequence[float], end: float, bits: float) -> int:
    """Proves |P / Q - R| <= 2^-bits R on [0, end] and returns the number of boxes; raises ``NotShown``.

    For approximations of low degree, whose slope is less exact than their value, so that ``show_mills`` does
    not reach their bound.  On each box P - k Q R, for k = 1 - eps and 1 + eps, is its Taylor polynomial at
    the middle and a remainder; the coefficients of R follow from R' = t R - c.  All in ball arithmetic.
    """
    if any(c <= 0 for c in below):
        raise NotShown("a coefficient is not positive, so the denominator may vanish")
    p, q = (arb_poly([arb(c) for c in poly]) for poly in (above, below))
    _show_boxes(p, q, _mills_series, (0.0, end), bits)
    return BOXES


def show_tanh(above: Sequence[float], below: Sequence[float], end: float, bits: float) -> int:
    """Proves that h / (1 + h h / 4) is within a factor 1 ± 2^-bits of tanh(x) for 0 < x <= ``end``, where
    h = x - x z P / Q and z = x x; returns the number of boxes, raises ``NotShown``.

    That is x N / D with N = A Q, D = Q Q + z A A / 4, A = Q - z P.  Up to x = 1 / 4 two partial sums of the
    series of tanh(x) / x enclose it (it is a sum of 2 / (z + c) with c > 0, so they do for every z > 0); then
    Taylor polynomials on boxes.
    """
    if any(c <= 0 for c in below):
        raise NotShown("a coefficient is not positive, so the denominator may vanish")
    p, q = (fmpq_poly([_exact(c) for c in poly]) for poly in (above, below))
    z = fmpq_poly([0, 1])
    a = q - z * p
    n, d = a * q, q * q + z * a * a / 4
    eps = _exact(2.0**-bits)
    odd = _tanh_series(fmpq(0), 2 * SUMMANDS)[1::2]
    most, least = fmpq_poly(odd[:SUMMANDS]), fmpq_poly(odd[: SUMMANDS - 1])
    boxes = _positive(n - (1 - eps) * d * most, SMALL_X**2)
    boxes += _positive((1 + eps) * d * least - n, SMALL_X**2)
    square, x = fmpq_poly([0, 0, 1]), fmpq_poly([0, 1])
    _show_boxes(arb_poly(x * n(square)), arb_poly(d(square)), _tanh_series, (SMALL_X, end), bits)
    return boxes + BOXES


def _show_boxes(
    p: arb_poly,
    q: arb_poly,
    series: Callable[[arb, int], list[arb]],
    between: tuple[float, float],
    bits: float,
) -> None:
    """Shows |P / Q - f| <= 2^-bits f on an interval for f with the Taylor coefficients ``series``."""
    low, end = between
    with ctx.workprec(200):
        half = (arb(end) - low) / (2 * BOXES)
        eps = arb(2) ** -arb(bits)
        for at in range(BOXES):
            middle = low + half * (2 * at + 1)
            near, around = series(middle, TERMS), series(middle + half * arb(0, 1), TERMS)
            for k, sign in ((1 - eps, 1), (1 + eps, -1)):
                terms = _difference(p, q, middle, near, k)[:TERMS]
                terms.append(_difference(p, q, middle + half * arb(0, 1), around, k)[TERMS])
                if not sign * _at_ball(terms, half * arb(0, 1)) >= 0:
                    raise NotShown(f"near {float(middle.mid())} the error exceeds the bound")


TERMS = 5
SUMMANDS = 9  # of the series of tanh; the last of an odd number is positive
SMALL_X = 0.25


def _mills_series(at: arb, terms: int) -> list[arb]:
    """The Taylor coefficients of R at ``at``, up to the one of degree ``terms``."""
    found = [(at / arb(2).sqrt()).erfc() * (at * at / 2).exp() / 2]
    found.append(at * found[0] - 1 / (2 * arb.pi()).sqrt())
    for k in range(1, terms):
        found.append((at * found[k] + found[k - 1]) / (k + 1))
    return found


def _tanh_series(at: Any, terms: int) -> list[Any]:
    """The Taylor coefficients of tanh at ``at``, a ball or 0, by tanh' = 1 - tanh tanh."""
    found = [at.tanh() if isinstance(at, arb) else at]
    for k in range(terms):
        square = sum((found[i] * found[k - i] for i in range(k + 1)), found[0] * 0)
        found.append((int(k == 0) - square) / (k + 1))
    return found


def _difference(p: arb_poly, q: arb_poly, at: arb, series: list[arb], k: arb) -> list[arb]:
    """The Taylor coefficients of P - k Q R at ``at``, up to the one of degree TERMS."""
    moved = arb_poly([at, 1])
    left, factor = p(moved), q(moved)
    right = factor * arb_poly(series) * arb_poly([k])
    return [left[i] - right[i] for i in range(TERMS + 1)]


def _at_ball(coefficients: Sequence[arb], x: arb) -> arb:
    total = arb(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def show_series(
    found: Sequence[Fraction],
    true: Sequence[Fraction],
    rest: Fraction,
    between: tuple[float, float],
    bits: float,
) -> int:
    """Proves |found - f| <= 2^-bits f for ``between[0]`` <= x <= ``between[1]``, where |f - true| <=
    ``rest``.

    ``found`` and ``true`` are coefficients, the constant first; the interval holds 0.  Returns the number of
    boxes that it took; raises ``NotShown``.
    """
    low, high = between
    if not low <= 0 < high:
        raise NotShown(f"the interval from {low} to {high} does not hold 0")
    eps, slack = _exact(2.0**-bits), fmpq(rest.numerator, rest.denominator)
    p, q = (fmpq_poly([fmpq(c.numerator, c.denominator) for c in poly]) for poly in (found, true))
    allowed = eps * (q - slack) - slack
    boxes = 0
    for difference in (p - q, q - p):
        room = allowed - difference
        boxes += _positive(room, high)
        if low < 0:
            boxes += _positive(room(fmpq_poly([0, -1])), -low)
    return boxes


def _exact(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def _at(coefficients: Sequence[float], x: arb) -> arb:
    return _at_ball([arb(c) for c in coefficients], x)


def _density_at_0() -> tuple[fmpq, fmpq]:
    """Fractions around 1 / sqrt(2 pi), 2^-200 apart."""
    with ctx.workprec(400):
        scaled = (arb(2) ** 200 / (2 * arb.pi()).sqrt()).floor().unique_fmpz()
    if scaled is None:
        raise NotShown("1 / sqrt(2 pi) was not enclosed")
    return fmpq(scaled, 2**200), fmpq(scaled + 1, 2**200)


def _positive(poly: fmpq_poly, end: float) -> int:
    """Shows that ``poly`` >= 0 on [0, end]; the number of boxes."""
    width = Fraction(*end.as_integer_ratio())
    scaled = [Fraction(int(c.p), int(c.q)) * width**k for k, c in enumerate(poly.coeffs())]
    pending, boxes = [_bernstein(scaled)], 0
    while pending:
        box = pending.pop()
        boxes += 1
        if min(box) >= 0:
            continue
        if box[0] < 0 or box[-1] < 0 or boxes > BOXES:
            raise NotShown("the residual of the differential equation exceeds the bound")
        pending += _halves(box)
    return boxes


def _bernstein(coefficients: Sequence[Fraction]) -> list[Fraction]:
    """The Bernstein coefficients on [0, 1] of a polynomial given by its powers."""
    n = len(coefficients) - 1
    ratios = [Fraction(1)]
    for k in range(n):
        ratios.append(ratios[-1] * Fraction(n - k, k + 1))  # n over k
    scaled = [c / r for c, r in zip(coefficients, ratios, strict=True)]
    for step in range(1, n + 1):
        for k in range(n, step - 1, -1):
            scaled[k] += scaled[k - 1]
    return scaled


def _halves(box: list[Fraction]) -> list[list[Fraction]]:
    """The coefficients on both halves of a box, by de Casteljau's scheme."""
    left, right, row = [box[0]], [box[-1]], box
    while len(row) > 1:
        row = [(a + b) / 2 for a, b in itertools.pairwise(row)]
        left.append(row[0])
        right.append(row[-1])
    return [left, right[::-1]]


__all__ = ["NotShown", "show_mills", "show_mills_by_series", "show_series", "show_tanh"]
