"""Values near a point: enclosures that hold on a whole punctured neighbourhood, so that they bound limits.

A germ stands for a function of w on ``0 < w <= WIDTH``, written
``exp(sum_m a_m / w^m) * w^b * (c_0 + c_1 w + ... + c_{N-1} w^{N-1} + R w^N)``
with exact a_m and b, and balls c_k and R (R holds for every such w).  A limit for x -> a is the limit of
the germ with x = a + w or a - w, one for x -> oo that with x = 1/w.  Everything is rigorous; what cannot be
decided raises ``Undecided``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp
from flint import arb, arb_series, ctx, fmpq

from symcheck.refute.values import Plain, Undecided, Undefined

TERMS: Final = 6
"""Powers of w that are kept."""
WIDTH_BITS: Final = 160
BITS: Final = 512


def _width() -> arb:
    return arb(2) ** -WIDTH_BITS


def _up_to(bound: arb) -> arb:
    """A ball around the numbers between 0 and ``bound``."""
    return bound * arb(0.5, 0.5)


def _is_zero(c: Plain) -> bool:
    return bool(c == 0)


@dataclass(frozen=True)
class Germ:
    """See the module.  ``growth`` maps m to a_m, without zeros; a_0 keeps factors such as e^2 exact, so that
    differences of exponentials cancel."""

    growth: Mapping[int, Any]
    power: Any
    terms: tuple[Plain, ...]
    rest: arb

    @property
    def exact_zero(self) -> bool:
        return all(map(_is_zero, self.terms)) and _is_zero(self.rest)

    @property
    def ball(self) -> arb:
        """A ball around the values of the series, without growth and power."""
        w = _up_to(_width())
        out = self.rest
        for c in reversed(self.terms):
            out = out * w + arb(c)
        return out

    def settled(self) -> Germ:
        """With the constant factor exp(a_0) among the terms."""
        if 0 not in self.growth:
            return self
        factor = arb(self.growth[0]).exp()
        growth = {m: a for m, a in self.growth.items() if m}
        return Germ(
            growth,
            self.power,
            tuple(c if _is_zero(c) else factor * c for c in self.terms),
            self.rest * factor,
        )

    def stripped(self) -> Germ:
        """Without exact zeros in front."""
        terms, power = self.terms, self.power
        while terms and _is_zero(terms[0]):
            terms, power = terms[1:], power + 1
        return Germ(self.growth, power, terms, self.rest)

    def sign(self) -> int:
        """The sign near the point."""
        if self.exact_zero:
            return 0
        ball = self.stripped().ball
        if ball > 0:
            return 1
        if ball < 0:
            return -1
        raise Undecided("the sign near the point")


def constant(c: Plain) -> Germ:
    return Germ({}, fmpq(0), (c, *[fmpq(0)] * (TERMS - 1)), arb(0))


def variable(power: int, scale: int = 1) -> Germ:
    """``scale * w**power``."""
    return Germ({}, fmpq(power), (fmpq(scale), *[fmpq(0)] * (TERMS - 1)), arb(0))


def negative(g: Germ) -> Germ:
    return Germ(g.growth, g.power, tuple(-c for c in g.terms), -g.rest)


def times(f: Germ, g: Germ) -> Germ:
    growth = {m: f.growth.get(m, fmpq(0)) + g.growth.get(m, fmpq(0)) for m in {*f.growth, *g.growth}}
    n = min(len(f.terms), len(g.terms))
    terms: list[Plain] = [fmpq(0)] * n
    for i, a in enumerate(f.terms[:n]):
        for j, b in enumerate(g.terms[: n - i]):
            terms[i + j] = terms[i + j] + a * b
    # what is left is (f - its first n terms) g + (its first n terms) (g - ...), over w^n
    tail_f, tail_g = _tail(f, n), _tail(g, n)
    high = arb(0)
    w = _up_to(_width())
    for i, a in enumerate(f.terms[:n]):
        for j, b in enumerate(g.terms[:n]):
            if i + j >= n:
                high += arb(a) * arb(b) * w ** (i + j - n)
    rest = high + tail_f * g.ball + (f.ball - tail_f * w**n) * tail_g
    return Germ({m: a for m, a in growth.items() if a != 0}, f.power + g.power, tuple(terms), rest)


def _tail(g: Germ, n: int) -> arb:
    """What is left after n terms, over w^n."""
    w = _up_to(_width())
    out = g.rest
    for c in reversed(g.terms[n:]):
        out = out * w + arb(c)
    return out


def plus(f: Germ, g: Germ) -> Germ:
    f, g = f.stripped(), g.stripped()
    if f.exact_zero:
        return g
    if g.exact_zero:
        return f
    if f.growth.get(0) != g.growth.get(0):
        f, g = f.settled(), g.settled()
    ahead = _compare(f.growth, g.growth)
    if ahead < 0 or (ahead == 0 and g.power < f.power):
        f, g = g, f
    if ahead != 0:
        n = len(f.terms)
        lag = {m: g.growth.get(m, fmpq(0)) - f.growth.get(m, fmpq(0)) for m in {*f.growth, *g.growth}}
        small = _vanishing(lag, g.power - f.power - n) * g.ball
        return Germ(f.growth, f.power, f.terms, f.rest + small)
    shift = g.power - f.power
    whole = int(shift.p // shift.q)
    if shift.q == 1:
        moved = Germ(g.growth, f.power, (*[fmpq(0)] * whole, *g.terms), g.rest)
        n = min(len(f.terms), len(moved.terms))
        terms = tuple(a + b for a, b in zip(f.terms[:n], moved.terms[:n], strict=True))
        return Germ(f.growth, f.power, terms, _tail(f, n) + _tail(moved, n)).stripped()
    n = min(len(f.terms), whole)
    part = _up_to((_width().log() * (arb(shift) - n)).exp())
    return Germ(f.growth, f.power, f.terms[:n], _tail(f, n) + part * g.ball)


def _compare(f: Mapping[int, Any], g: Mapping[int, Any]) -> int:
    """Which grows faster, by the highest power of 1/w in which they differ."""
    for m in sorted({*f, *g} - {0}, reverse=True):
        d = f.get(m, fmpq(0)) - g.get(m, fmpq(0))
        if d != 0:
            return 1 if d > 0 else -1
    return 0


def _vanishing(growth: Mapping[int, Any], power: Any) -> arb:
    """A ball around exp(sum a_m / w^m) w^power on the whole neighbourhood, for growth that leads to 0."""
    lead = max(m for m, a in growth.items() if a != 0)
    width = _width()
    slowest = -arb(growth[lead])
    for m, a in growth.items():
        if m != lead and a != 0:
            slowest -= abs(arb(a)) * width ** (lead - m)
    order = max(arb(0), -arb(power))
    # exp(-s / w^m) w^-k rises while w^m < m s / k
    if not slowest > 0 or not width**lead * order < lead * slowest:
        raise Undecided("the neighbourhood is too wide")
    return _up_to((-slowest / width**lead + arb(power) * width.log()).exp())


def compose(series: Callable[[arb_series], arb_series], at: Germ) -> Germ:
    """A smooth function of a germ that tends to a number, given how it acts on power series."""
    at = at.settled()
    if at.growth or at.power < 0 or at.power.q != 1:
        at = bounded(at)
    whole = int(at.power.p)
    terms = (*[fmpq(0)] * whole, *at.terms)[:TERMS]
    shifted = Germ({}, fmpq(0), (*[fmpq(0)] * whole, *at.terms), at.rest)
    inner = Germ({}, fmpq(0), terms, _tail(shifted, len(terms)))
    if not terms:
        return Germ({}, fmpq(0), (), _coefficients(series, inner.ball, 1)[0])
    n = len(terms)
    centre = arb(terms[0])
    outer = _coefficients(series, centre, n)
    last = _coefficients(series, inner.ball, n + 1)[n]
    step = Germ({}, fmpq(0), (fmpq(0), *terms[1:]), inner.rest)
    out = constant(outer[0])
    out = Germ({}, fmpq(0), out.terms[:n], arb(0))
    power = step
    for k in range(1, n):
        out = plus_flat(out, scaled(power, outer[k]))
        power = times(power, step)
    # Taylor's remainder: last * step^n, and step^n is of order w^n
    return plus_flat(out, Germ({}, fmpq(0), tuple([fmpq(0)] * n), last * _tail(power, n)))


def plus_flat(f: Germ, g: Germ) -> Germ:
    """Sum of germs without growth and power, zeros in front kept."""
    n = min(len(f.terms), len(g.terms))
    terms = tuple(a + b for a, b in zip(f.terms[:n], g.terms[:n], strict=True))
    return Germ({}, fmpq(0), terms, _tail(f, n) + _tail(g, n))


def scaled(g: Germ, c: Plain) -> Germ:
    return Germ(g.growth, g.power, tuple(a * c for a in g.terms), g.rest * arb(c))


def bounded(g: Germ) -> Germ:
    """A germ that tends to 0, or that is kept as one ball; raises ``Undecided`` for one that grows."""
    g = g.settled()
    if g.exact_zero:
        return constant(fmpq(0))
    if g.growth:
        if _compare(g.growth, {}) > 0:
            raise Undecided("a function of what grows")
        small = _vanishing(g.growth, g.power - TERMS) * g.ball
        return Germ({}, fmpq(0), tuple([fmpq(0)] * TERMS), small)
    if g.power < 0:
        raise Undecided("a function of what grows")
    part = _up_to((_width().log() * arb(g.power)).exp()) if g.power > 0 else arb(1)
    return Germ({}, fmpq(0), (), part * g.ball)


def _coefficients(series: Callable[[arb_series], arb_series], at: arb, count: int) -> list[arb]:
    cap, ctx.cap = ctx.cap, count
    try:
        found = series(arb_series([at, 1], count) if count > 1 else arb_series([at], 1))
        out = [found[k] for k in range(count)]
    finally:
        ctx.cap = cap
    if not all(c.is_finite() for c in out):
        raise Undecided("a function near the edge of its domain")
    return out


def exponential(g: Germ) -> Germ:
    g = g.settled().stripped()
    if g.exact_zero:
        return constant(fmpq(1))
    if not g.growth and g.power == 0 and g.terms and type(g.terms[0]) is fmpq:
        out = exponential(Germ({}, g.power, (fmpq(0), *g.terms[1:]), g.rest))
        return Germ({0: g.terms[0]}, out.power, out.terms, out.rest)
    if not g.growth and g.power < 0:
        return _large_exponential(g)
    if g.growth and _compare(g.growth, {}) > 0:
        raise Undecided("an exponential of what grows exponentially")
    out = compose(lambda s: s.exp(), g)
    if out.terms and not g.growth and g.power > 0:
        out = Germ(out.growth, out.power, (fmpq(1), *out.terms[1:]), out.rest)
    return out


def _large_exponential(g: Germ) -> Germ:
    growth: dict[int, Any] = {}
    k = 0
    if g.power.q == 1:
        while k < len(g.terms) and g.power + k < 0 and type(g.terms[k]) is fmpq:
            if g.terms[k] != 0:
                growth[int(-(g.power + k).p)] = g.terms[k]
            k += 1
        if k < len(g.terms) and g.power + k == 0:
            out = exponential(Germ({}, fmpq(0), g.terms[k:], g.rest))
            return Germ({**growth, **out.growth}, out.power, out.terms, out.rest)
    return _tiny(g) if g.sign() < 0 else _too_large()


def _too_large() -> Germ:
    raise Undecided("an exponential whose growth is not known exactly")


def _tiny(g: Germ) -> Germ:
    """The exponential of what tends to minus infinity like a power of 1/w: below every power of w."""
    order, slowest, width = -arb(g.power), -g.ball, _width()
    steep = slowest * (-order * width.log()).exp()
    # exp(-s w^-o) w^-k rises while o s w^-o > k
    if not slowest > 0 or not order * steep > TERMS:
        raise Undecided("the neighbourhood is too wide")
    bound = (-steep - TERMS * width.log()).exp()
    return Germ({}, fmpq(0), tuple([fmpq(0)] * TERMS), _up_to(bound))


def logarithm(g: Germ) -> Germ:
    g = g.stripped()
    if g.sign() <= 0:
        raise Undefined("logarithm near the point")
    flat = compose(lambda s: s.log(), Germ({}, fmpq(0), g.terms, g.rest))
    if g.terms and g.terms[0] == 1:
        flat = Germ({}, fmpq(0), (fmpq(0), *flat.terms[1:]), flat.rest)
    if g.power != 0 and not set(g.growth) - {0}:
        raise Undecided("a logarithm that grows")
    out = flat
    for m, a in g.growth.items():
        out = plus(out, Germ({}, fmpq(-m), (a, *[fmpq(0)] * (TERMS - 1)), arb(0)))
    if g.power != 0:
        # w |log w| is at most its value at the width
        width = _width()
        small = arb(g.power) * -_up_to(-width * width.log())
        out = plus(out, Germ({}, fmpq(-1), (), small))
    return out


def powered(g: Germ, r: Any) -> Germ:
    """``g ** r`` for an exact rational r."""
    if r.q == 1 and 0 <= r.p <= 12:
        out = constant(fmpq(1))
        for _ in range(int(r.p)):
            out = times(out, g)
        return out
    g = g.stripped()
    sign = g.sign()
    if sign == 0:
        if r > 0:
            return g
        raise Undefined("division by 0")
    if sign < 0 and r.q != 1:
        raise Undefined("a root of a negative number")
    flat = Germ({}, fmpq(0), g.terms, g.rest)
    if sign < 0:
        flat = negative(flat)
    out = compose(lambda s: (s.log() * arb_series([arb(r)])).exp(), flat)
    if out.terms and g.terms and g.terms[0] in (1, -1):
        out = Germ({}, fmpq(0), (fmpq(1), *out.terms[1:]), out.rest)
    elif out.terms and g.terms and type(g.terms[0]) is fmpq and r.q == 1:
        out = Germ({}, fmpq(0), (abs(g.terms[0]) ** int(r.p), *out.terms[1:]), out.rest)
    if sign < 0 and int(r.p) % 2:
        out = negative(out)
    growth = {m: a * r for m, a in g.growth.items()}
    return Germ(growth, out.power + g.power * r, out.terms, out.rest)


def error_function(g: Germ) -> Germ:
    g = g.settled().stripped()
    if not g.exact_zero and (g.power < 0 or _compare(g.growth, {}) > 0):
        sign = g.sign()
        gap = exponential(negative(times(g, g)))  # 1 - erf(y) <= exp(-y^2) for y >= 0
        small = gap if not gap.growth and gap.power == 0 else bounded(gap)
        one = Germ({}, fmpq(0), (fmpq(sign), *[fmpq(0)] * (TERMS - 1)), arb(0))
        return plus(one, Germ({}, fmpq(0), small.terms, _up_to(arb(small.rest.upper())) * -sign))
    return compose(lambda s: s.erf(), g)


def limit(g: Germ) -> Plain | int:
    """The limit as w -> 0: a number, or ``1`` and ``-1`` (as ``int``) for the infinities."""
    g = g.settled().stripped()
    if g.exact_zero or _compare(g.growth, {}) < 0:
        return fmpq(0)
    if g.growth or g.power < 0:
        return g.sign()
    if g.power > 0:
        return fmpq(0)
    return g.terms[0] if g.terms else g.ball


def sine(g: Germ) -> Germ:
    return compose(lambda s: s.sin(), g)


def cosine(g: Germ) -> Germ:
    return compose(lambda s: s.cos(), g)


def absolute(g: Germ) -> Germ:
    return negative(g) if g.sign() < 0 else g


def larger(f: Germ, g: Germ) -> Germ:
    return f if plus(f, negative(g)).sign() >= 0 else g


def smaller(f: Germ, g: Germ) -> Germ:
    return negative(larger(negative(f), negative(g)))


FUNCTIONS: Final[Mapping[type[sp.Basic], Callable[[Germ], Germ]]] = {
    sp.exp: exponential, sp.log: logarithm, sp.erf: error_function, sp.sin: sine, sp.cos: cosine,
    sp.Abs: absolute,
}  # fmt: skip
