"""Numbers of the falsifier: exact rationals, balls of real numbers, and dual numbers over them.

A *plain* value is an ``fmpq`` (exact) or an ``arb`` (a ball that surely holds the true value).  A ``Dual``
carries a slope along one direction; duals nest, the derivative taken first having the highest level.

No decision is guessed.  What has no value raises ``Undefined``; a ball that is too wide to decide raises
``Undecided``; a comparison that a derivative meets exactly at a tie raises ``Kink``, upon which the
derivative is taken from either side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from flint import arb, fmpq

Plain: TypeAlias = Any
"""``fmpq | arb``: python-flint carries no annotations."""
Value: TypeAlias = Any
"""``fmpq | arb | Dual``."""

ZERO: Final = fmpq(0)
ONE: Final = fmpq(1)
HALF: Final = fmpq(1, 2)
EXACT_BITS: Final = 1024
"""Rationals longer than this are continued as balls."""


class Undefined(ArithmeticError):
    """The expression has no real value (or no derivative) at this point."""


class Undecided(ArithmeticError):
    """Balls of this precision do not tell which case holds."""


class Unsupported(ValueError):
    """The expression holds something that the evaluator does not know."""


class Kink(Exception):
    """A two-sided derivative meets a tie; ``level`` is the derivative's."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.level = level


class Dual:
    """``real + slope * e`` with an infinitesimal e.

    ``level`` orders nested derivatives; an even one means e of either sign, an odd one means e > 0.
    """

    __slots__ = ("level", "real", "slope")

    def __init__(self, real: Value, slope: Value, level: int) -> None:
        self.real = real
        self.slope = slope
        self.level = level

    def __repr__(self) -> str:
        return f"Dual({self.real}, {self.slope}, {self.level})"


def bottom(v: Value) -> Plain:
    """The plain value under all duals."""
    while type(v) is Dual:
        v = v.real
    return v


def part(v: Value, level: int) -> tuple[Value, Value]:
    """Real part and slope of ``v`` with respect to ``level``."""
    if type(v) is Dual and v.level == level:
        return v.real, v.slope
    return v, ZERO


def tidy(v: Value) -> Value:
    """``v`` with overlong rationals replaced by balls."""
    if type(v) is fmpq:
        return arb(v) if v.height_bits() > EXACT_BITS else v
    if type(v) is Dual:
        return Dual(tidy(v.real), tidy(v.slope), v.level)
    return v


def is_zero(v: Value) -> bool:
    """Whether ``v`` is a plain exact zero (``fmpq.is_zero`` says False of every number)."""
    return type(v) is not Dual and bool(v == 0)


def sign(v: Value) -> int:
    """-1, 0 or 1; 0 only for a plain exact zero."""
    kind = type(v)
    if kind is fmpq:
        p = v.p
        return (p > 0) - (p < 0)
    if kind is arb:
        if v > 0:
            return 1
        if v < 0:
            return -1
        if v.is_zero():
            return 0
        raise Undecided("the sign of a ball around 0")
    found = sign(v.real)
    if found:
        return found
    if not v.level & 1:
        raise Kink(v.level)
    found = sign(v.slope)
    if found:
        return found
    raise Undecided("a tie to first order")


def add(x: Value, y: Value) -> Value:
    if type(x) is Dual:
        if type(y) is Dual:
            if x.level == y.level:
                return Dual(add(x.real, y.real), add(x.slope, y.slope), x.level)
            if x.level < y.level:
                x, y = y, x
        return Dual(add(x.real, y), x.slope, x.level)
    if type(y) is Dual:
        return Dual(add(x, y.real), y.slope, y.level)
    return x + y


def mul(x: Value, y: Value) -> Value:
    if type(x) is Dual:
        if type(y) is Dual:
            if x.level == y.level:
                slope = add(mul(x.real, y.slope), mul(x.slope, y.real))
                return Dual(mul(x.real, y.real), slope, x.level)
            if x.level < y.level:
                x, y = y, x
        elif y == 0:
            return ZERO
        return Dual(mul(x.real, y), mul(x.slope, y), x.level)
    if type(y) is Dual:
        return ZERO if x == 0 else Dual(mul(x, y.real), mul(x, y.slope), y.level)
    return x * y


def neg(x: Value) -> Value:
    return Dual(neg(x.real), neg(x.slope), x.level) if type(x) is Dual else -x


def sub(x: Value, y: Value) -> Value:
    return add(x, neg(y))


def _nothing_here(v: Value, what: str) -> ArithmeticError:
    """The error for a value outside the domain of ``what``.

    On one side of a point a value is only a limit: that the limit is outside proves nothing."""
    while type(v) is Dual:
        if v.level & 1:
            return Undecided(f"{what}, in a one-sided limit")
        v = v.real
    return Undefined(what)


def inverse(x: Value) -> Value:
    at = bottom(x)
    if sign(at) == 0:
        raise _nothing_here(x, "division by 0")
    if type(x) is Dual:
        i = inverse(x.real)
        return Dual(i, neg(mul(x.slope, mul(i, i))), x.level)
    return 1 / x


def power_integer(x: Value, n: int) -> Value:
    if n == 0:
        return ONE
    if n < 0:
        return inverse(power_integer(x, -n))
    if type(x) is Dual:
        slope = mul(mul(fmpq(n), power_integer(x.real, n - 1)), x.slope)
        return Dual(power_integer(x.real, n), slope, x.level)
    if type(x) is fmpq and x.height_bits() * n > 4 * EXACT_BITS:
        x = arb(x)
    return x**n


def power_rational(x: Value, q: Any) -> Value:
    """x**q for an exact rational q; a root of a negative number has no (real) value."""
    if q.q == 1:
        return power_integer(x, int(q.p))
    if type(x) is Dual:
        if type(x.real) is not Dual and sign(x.real) == 0:
            return _power_at_zero(x, q)
        slope = mul(mul(q, power_rational(x.real, q - 1)), x.slope)
        return Dual(power_rational(x.real, q), slope, x.level)
    s = sign(x)
    if s < 0:
        raise Undefined("a root of a negative number")
    if s == 0:
        if q > 0:
            return ZERO
        raise Undefined("a negative power of 0")
    if q.q == 2:
        root = _square_root(x)
        return power_integer(root, int(q.p))
    return (arb(x).log() * q).exp()


def _square_root(x: Plain) -> Plain:
    if type(x) is fmpq:
        if x.p.is_square() and x.q.is_square():
            return fmpq(x.p.isqrt(), x.q.isqrt())
        x = arb(x)
    return x.sqrt()


def _power_at_zero(x: Dual, q: Any) -> Value:
    if q < 0:
        raise _nothing_here(x, "a negative power of 0")
    if not x.level & 1:
        raise Kink(x.level)
    way = sign(x.slope)
    if way < 0:
        raise Undefined("a root of a negative number")
    if way > 0 and q > 1:
        return Dual(ZERO, ZERO, x.level)
    raise Undecided("the slope of a root at 0")


def power(x: Value, e: Value) -> Value:
    if type(e) is fmpq:
        return power_rational(x, e)
    s = sign(bottom(x))
    if s > 0:
        return apply(EXP, mul(e, apply(LOG, x)))
    if s < 0:
        raise _nothing_here(x, "a real power of a negative number")
    if type(x) is not Dual and sign(bottom(e)) > 0:
        return ZERO
    raise Undecided("a power of 0")


@dataclass(frozen=True)
class Smooth:
    """A real function that is smooth inside its domain.

    ``slope(x, y)`` is the derivative at x where the value is y; ``exact`` lists rational points with a
    rational value; ``inside`` is -1 outside the domain, 0 on its edge, 1 inside; where the edge belongs to
    the domain, ``edges`` names it and the side (1: above, -1: below) on which the domain lies.
    """

    name: str
    ball: Callable[[Any], Any]
    slope: Callable[[Value, Value], Value]
    exact: Mapping[Any, Any] = field(default_factory=dict)
    inside: Callable[[Plain], int] | None = None
    edges: Mapping[Any, int] = field(default_factory=dict)


def apply(f: Smooth, x: Value) -> Value:
    """f(x)."""
    if type(x) is Dual:
        if f.inside is not None and type(x.real) is not Dual:
            if type(x.real) is fmpq and x.real in f.edges:
                raise _off_edge(x, f)
            if f.inside(x.real) <= 0:
                raise _nothing_here(x, f"{f.name} outside its domain")
        y = apply(f, x.real)
        return Dual(y, mul(f.slope(x.real, y), x.slope), x.level)
    if type(x) is fmpq:
        if x in f.exact:
            return f.exact[x]
        if f.inside is not None and x not in f.edges and f.inside(x) <= 0:
            raise Undefined(f"{f.name} outside its domain")
        return f.ball(arb(x))
    if f.inside is not None and f.inside(x) <= 0:
        raise Undefined(f"{f.name} outside its domain")
    return f.ball(x)


def _off_edge(x: Dual, f: Smooth) -> Exception:
    if not x.level & 1:
        return Kink(x.level)
    if sign(x.slope) * f.edges[x.real] < 0:
        return Undefined(f"{f.name} outside its domain")
    return Undecided(f"the slope of {f.name} on the edge of its domain")


def _gauss(x: Value) -> Value:
    return apply(EXP, neg(mul(x, x)))


def _above_branch_point(x: Plain) -> int:
    return sign(arb(x) + arb(-1).exp())


def _within_one(x: Plain) -> int:
    return sign(1 - x * x)


EXP = Smooth("exp", lambda x: x.exp(), lambda x, y: y, {ZERO: ONE})
LOG = Smooth("log", lambda x: x.log(), lambda x, y: inverse(x), {ONE: ZERO}, inside=sign)
SIN: Smooth = Smooth("sin", lambda x: x.sin(), lambda x, y: apply(COS, x), {ZERO: ZERO})
COS: Smooth = Smooth("cos", lambda x: x.cos(), lambda x, y: neg(apply(SIN, x)), {ZERO: ONE})
SINH: Smooth = Smooth("sinh", lambda x: x.sinh(), lambda x, y: apply(COSH, x), {ZERO: ZERO})
COSH: Smooth = Smooth("cosh", lambda x: x.cosh(), lambda x, y: apply(SINH, x), {ZERO: ONE})
TANH = Smooth("tanh", lambda x: x.tanh(), lambda x, y: sub(ONE, mul(y, y)), {ZERO: ZERO})
ATAN = Smooth("atan", lambda x: x.atan(), lambda x, y: inverse(add(ONE, mul(x, x))), {ZERO: ZERO})
ASIN = Smooth(
    "asin",
    lambda x: x.asin(),
    lambda x, y: power_rational(sub(ONE, mul(x, x)), -HALF),
    {ZERO: ZERO},
    inside=_within_one,
    edges={ONE: -1, -ONE: 1},
)
ACOS = Smooth(
    "acos",
    lambda x: x.acos(),
    lambda x, y: neg(power_rational(sub(ONE, mul(x, x)), -HALF)),
    {ONE: ZERO},
    inside=_within_one,
    edges={ONE: -1, -ONE: 1},
)
ERF = Smooth("erf", lambda x: x.erf(), lambda x, y: mul(2 / arb.pi().sqrt(), _gauss(x)), {ZERO: ZERO})
ERFC = Smooth("erfc", lambda x: x.erfc(), lambda x, y: mul(-2 / arb.pi().sqrt(), _gauss(x)), {ZERO: ONE})
LAMBERT = Smooth(
    "LambertW",
    lambda x: x.lambertw(),
    lambda x, y: inverse(mul(apply(EXP, y), add(ONE, y))),
    {ZERO: ZERO},
    inside=_above_branch_point,
)


def absolute(x: Value) -> Value:
    if _flat_zero(x):
        return Dual(ZERO, ZERO, x.level)
    return neg(x) if sign(x) < 0 else x


def maximum(x: Value, y: Value) -> Value:
    d = sub(x, y)
    if _flat_zero(d):
        return x if type(x) is Dual else y
    return x if sign(d) >= 0 else y


def minimum(x: Value, y: Value) -> Value:
    return neg(maximum(neg(x), neg(y)))


def _flat_zero(d: Value) -> bool:
    """A zero whose first derivative is zero too: a tie there leaves no kink."""
    return type(d) is Dual and is_zero(d.real) and is_zero(d.slope)


def whole_part(x: Value, up: bool) -> Value:
    """floor(x), or ceiling(x) with ``up``; a plain value."""
    at = bottom(x)
    if type(at) is fmpq:
        low = at.ceil() if up else at.floor()
        if type(x) is Dual and at == low:
            side = sign(sub(x, at))  # a kink, or the side from which a whole number is approached
            return fmpq(low) + (side if (side > 0) == up else 0)
        return fmpq(low)
    found = (at.ceil() if up else at.floor()).unique_fmpz()
    if found is None:
        raise Undecided("a ball around a whole number")
    return fmpq(found)


def same(x: Value, y: Value) -> bool | None:
    """Whether two values are equal: ``None`` if balls do not tell.

    Balls that agree in midpoint and radius come from the same computation and count as equal.
    """
    if type(x) is Dual or type(y) is Dual:
        level = max(v.level for v in (x, y) if type(v) is Dual)
        (a, da), (b, db) = part(x, level), part(y, level)
        answers = same(a, b), same(da, db)
        return False if False in answers else None if None in answers else True
    if type(x) is fmpq and type(y) is fmpq:
        return bool(x == y)
    x, y = arb(x), arb(y)
    if not x.overlaps(y):
        return False
    if bool(x.mid() == y.mid()) and bool(x.rad() == y.rad()) and bool(x.is_finite()):
        return True
    return None


def same_to(x: Plain, y: Plain, bits: int) -> bool:
    """Whether ``x`` and ``y`` are equal: as rationals, or as balls to so many bits (of 1 + abs(x))."""
    if type(x) is fmpq and type(y) is fmpq:
        return bool(x == y)
    d = arb(x) - arb(y)
    if not d.is_finite() or not d.contains(0):
        return False
    return bool(arb(d.rad()) < (1 + abs(arb(x).mid())) * arb(2) ** -bits)
