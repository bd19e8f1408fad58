"""Random index expressions, and their values: rational numbers exactly, others in balls of Arb.

The evaluator is written against the meaning of terms only.  Derivatives are exact: numbers carry a slope."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

SIZES = ("n", "m")
FREE = (Index("i", "n"), Index("j", "n"), Index("k", "m"))
TENSORS = {"x": ("n",), "A": ("n", "n"), "B": ("n", "m"), "s": (), "p": ("n",), "r": ()}
POSITIVE = ("p", "r")
SIGNS = {name: frozenset({1}) for name in POSITIVE}
BITS = 192
Entry = tuple[str, tuple[int, ...]]
Where = dict[Index, int]


class Unsettled(Exception):
    """There is no value here (a pole, a kink), or balls do not settle which one."""


class Drawn:
    """Draws terms.  What stands under a logarithm, a root or a fraction is visibly positive."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def term(self, scope: tuple[Index, ...] = FREE, depth: int = 4) -> Term:
        if depth <= 0 or self.rng.random() < 0.15:
            return self._leaf(scope)
        kind = self.rng.choice(
            (
                "add",
                "add",
                "mul",
                "mul",
                "mul",
                "power",
                "sum",
                "sum",
                "sum",
                "d",
                "fold",
                "fn",
                "fn",
                "quotient",
            )
        )
        return getattr(self, f"_{kind}")(scope, depth - 1)

    def positive(self, scope: tuple[Index, ...], depth: int) -> Term:
        kind = self.rng.choice(("p", "r", "size", "exp", "square", "add", "mul", "sum", "number"))
        if depth <= 0 and kind not in ("p", "r", "size", "number"):
            kind = "p"
        match kind:
            case "p":
                return self._entry("p", scope)
            case "r":
                return tm.var("r")
            case "size":
                return tm.dim(self.rng.choice(SIZES))
            case "number":
                return tm.num(Fraction(self.rng.randint(1, 3), self.rng.randint(1, 2)))
            case "exp":
                return tm.fn("exp", self.term(scope, min(depth - 1, 1)))
            case "square":
                return self.term(scope, depth - 1) ** 2 + 1
            case "add":
                return self.positive(scope, depth - 1) + self.positive(scope, depth - 1)
            case "mul":
                return self.positive(scope, depth - 1) * self.positive(scope, depth - 1)
        i, inner = self._bound(scope)
        return tm.sum_over(i, self.positive(inner, depth - 1))

    def _leaf(self, scope: tuple[Index, ...]) -> Term:
        match self.rng.choice(("entry", "entry", "entry", "entry", "number", "size", "delta", "ord")):
            case "number":
                return tm.num(Fraction(self.rng.randint(-3, 3), self.rng.randint(1, 2)))
            case "size":
                return tm.dim(self.rng.choice(SIZES))
            case "ord":
                return tm.value_of(self.rng.choice(scope))
            case "delta":
                i = self.rng.choice([v for v in scope if v.size in SIZES])
                return tm.delta(i, self.rng.choice([v for v in scope if v.size == i.size]))
        return self._entry(self.rng.choice(sorted(TENSORS)), scope)

    def _entry(self, name: str, scope: tuple[Index, ...]) -> Term:
        axes = [self.rng.choice([v for v in scope if v.size == size]) for size in TENSORS[name]]
        return tm.var(name, *axes)

    def _bound(self, scope: tuple[Index, ...]) -> tuple[Index, tuple[Index, ...]]:
        """A new index and what is in scope under its binder; it may hide one of the same name, but the free
        ones are always there."""
        i = Index(self.rng.choice(("u", "v", "w")), self.rng.choice(SIZES))
        return i, (*[v for v in scope if v.name != i.name], i)

    def _add(self, scope: tuple[Index, ...], depth: int) -> Term:
        return self.term(scope, depth) + self.term(scope, depth)

    def _mul(self, scope: tuple[Index, ...], depth: int) -> Term:
        return self.term(scope, depth) * self.term(scope, depth)

    def _power(self, scope: tuple[Index, ...], depth: int) -> Term:
        if self.rng.random() < 0.5:
            return tm.power(self.term(scope, depth), self.rng.randint(0, 3))
        e = self.rng.choice((Fraction(-1), Fraction(-2), Fraction(1, 2), Fraction(-1, 2), Fraction(2, 3)))
        return tm.power(self.positive(scope, depth), e)

    def _quotient(self, scope: tuple[Index, ...], depth: int) -> Term:
        return self.term(scope, depth) * tm.power(self.positive(scope, depth), -1)

    def _sum(self, scope: tuple[Index, ...], depth: int) -> Term:
        i, inner = self._bound(scope)
        return tm.sum_over(i, self.term(inner, depth))

    def _fold(self, scope: tuple[Index, ...], depth: int) -> Term:
        i = Index(self.rng.choice(("u", "v", "w")), tm.ENDLESS)
        inner = (*[v for v in scope if v.name != i.name], i)
        n, m = tm.dim("n"), tm.dim("m")
        ends = [n, m - 1, tm.num(self.rng.randint(-1, 3)), n + 1, n + 1 - tm.value_of(FREE[0])]
        ends += [tm.value_of(v) for v in scope]
        join = self.rng.choice(("sum", "sum", "prod"))
        return tm.fold(join, i, self.rng.choice(ends), self.term(inner, min(depth, 2)))

    def _d(self, scope: tuple[Index, ...], depth: int) -> Term:
        by = self._entry(self.rng.choice(("x", "s", "A", "p", "r")), scope)
        return tm.partial(self.term(scope, depth), by)

    def _fn(self, scope: tuple[Index, ...], depth: int) -> Term:
        match self.rng.choice(
            ("exp", "log", "sigmoid", "tanh", "abs", "max", "min", "if", "sign", "cos", "sin")
        ):
            case "log":
                return tm.fn("log", self.positive(scope, depth))
            case "if":
                name = self.rng.choice(("if_positive", "if_nonnegative", "if_nonzero"))
                return tm.fn(name, *(self.term(scope, min(depth, 1)) for _ in range(3)))
            case "max" | "min" as name:
                return tm.fn(name, self.term(scope, depth - 1), self.term(scope, depth - 1))
            case name:
                return tm.fn(name, self.term(scope, min(depth, 2)))


class Number:
    """A value with a slope, in numbers that may carry one themselves."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: Any) -> Number:
        v, s = _parts(other)
        return Number(self.value + v, self.slope + s)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Number:
        v, s = _parts(other)
        return Number(self.value * v, self.slope * v + self.value * s)

    __rmul__ = __mul__

    def __neg__(self) -> Number:
        return Number(-self.value, -self.slope)


def _parts(x: Any) -> tuple[Any, Any]:
    return (x.value, x.slope) if isinstance(x, Number) else (x, ZERO)


ZERO, ONE = fmpq(0), fmpq(1)


def _plain(x: Any) -> Any:
    while isinstance(x, Number):
        x = x.value
    return x


def _sign(x: Any) -> int:
    plain = _plain(x)
    if type(plain) is fmpq:
        found = (plain > 0) - (plain < 0)
    elif plain > 0:
        found = 1
    elif plain < 0:
        found = -1
    else:
        raise Unsettled
    if found == 0 and isinstance(x, Number):
        raise Unsettled  # at a kink
    return found


def _power(x: Any, e: Fraction) -> Any:
    if isinstance(x, Number):
        if e == 0:
            return ONE
        return Number(
            _power(x.value, e), _power(x.value, e - 1) * (x.slope * fmpq(e.numerator, e.denominator))
        )
    if type(x) is fmpq and e.denominator == 1:
        if x == 0 and e < 0:
            raise Unsettled
        return x ** int(e)
    x = arb(x)
    if e.denominator == 1:
        return x ** int(e)
    if not x > 0:
        raise Unsettled
    return x ** arb(fmpq(e.numerator, e.denominator))


_SLOPES = {
    "exp": lambda x: _function("exp", x),
    "log": lambda x: _power(x, Fraction(-1)),
    "sin": lambda x: _function("cos", x),
    "cos": lambda x: -_function("sin", x),
    "sigmoid": lambda x: _function("sigmoid", x) * _function("sigmoid", -x),
    "tanh": lambda x: ONE + -_power(_function("tanh", x), Fraction(2)),
}


def _function(name: str, x: Any) -> Any:
    if isinstance(x, Number):
        return Number(_function(name, x.value), x.slope * _SLOPES[name](x.value))
    if x == 0 and name in ("exp", "cos", "sin", "tanh"):
        return ONE if name in ("exp", "cos") else ZERO
    x = arb(x)
    if name == "sigmoid":
        found = 1 / (1 + (-x).exp())
    elif name == "log":
        if not x > 0:
            raise Unsettled
        found = x.log()
    elif name in _SLOPES:
        found = getattr(x, name)()
    else:
        raise Unsettled
    if not found.is_finite():
        raise Unsettled
    return found


class Point:
    """Sizes, and values of the tensors and of the free indices."""

    def __init__(self, rng: random.Random, sizes: Mapping[str, int]) -> None:
        self.sizes = dict(sizes)
        self.at: Where = {v: rng.randint(1, sizes[v.size]) for v in FREE}
        self.data: dict[Entry, Any] = {}
        for name, axes in TENSORS.items():
            for where in itertools.product(*(range(1, sizes[a] + 1) for a in axes)):
                top = rng.randint(1, 5) if name in POSITIVE else rng.randint(-4, 4)
                self.data[name, where] = fmpq(top, rng.randint(1, 3))

    def value(self, t: Term) -> Any:
        """Raises ``Unsettled``."""
        ctx.prec = BITS
        return self._value(t, dict(self.at), ())

    def _value(self, t: Term, at: Where, by: tuple[Entry, ...]) -> Any:
        """``by``: the variables of the derivatives around, the outermost first."""
        match t.op:
            case "num":
                return fmpq(t.args[0].numerator, t.args[0].denominator)
            case "dim":
                return fmpq(self.sizes[t.args[0]])
            case "ord":
                return fmpq(self._index(t.args[0], at))
            case "delta":
                i, j = t.args
                return ONE if self._index(i, at) == self._index(j, at) else ZERO
            case "var":
                entry = self._entry(t, at)
                found = self.data[entry]
                for variable in by:
                    found = Number(found, ONE if variable == entry else ZERO)
                return found
            case "add":
                return sum((self._value(a, at, by) for a in t.args), ZERO)
            case "mul":
                product: Any = ONE
                for a in t.args:
                    product = product * self._value(a, at, by)
                return product
            case "pow":
                e = _plain(self._value(t.args[1], at, ()))
                varied = {name for name, _ in by} & tm.names(t.args[1])
                if type(e) is not fmpq or varied:
                    raise Unsettled
                return _power(self._value(t.args[0], at, by), Fraction(int(e.p), int(e.q)))
            case "sum":
                i, body = t.args
                size = self.sizes[i.size] if i.size in self.sizes else int(i.size)
                return sum((self._value(body, {**at, i: k}, by) for k in range(1, size + 1)), ZERO)
            case "fold":
                join, i, high, body = t.args
                parts = [self._value(body, {**at, i: k}, by) for k in range(1, self._whole(high, at) + 1)]
                out: Any = ONE if join == "prod" else ZERO
                for part in parts:
                    out = out * part if join == "prod" else out + part
                return out
            case "d":
                found = self._value(t.args[0], at, (*by, self._entry(t.args[1], at)))
                return found.slope if isinstance(found, Number) else ZERO
            case "fn":
                return _head(t.args[0], [self._value(a, at, by) for a in t.args[1:]])
        raise AssertionError(t.op)

    def _index(self, i: Index, at: Where) -> int:
        return int(i.name[1:]) if i.constant else at[i]

    def _entry(self, t: Term, at: Where) -> Entry:
        return t.args[0], tuple(self._index(i, at) for i in t.args[1:])

    def _whole(self, t: Term, at: Where) -> int:
        found = self._value(t, at, ())
        if type(found) is not fmpq or found.q != 1:
            raise Unsettled
        return int(found.p)


def _head(name: str, args: list[Any]) -> Any:
    match name:
        case "abs":
            return args[0] if _sign(args[0]) >= 0 else -args[0]
        case "sign":
            return fmpq(_sign(args[0]))
        case "max":
            return args[0] if _sign(args[0] + -args[1]) >= 0 else args[1]
        case "min":
            return args[1] if _sign(args[0] + -args[1]) >= 0 else args[0]
        case "if_positive":
            return args[1] if _sign(args[0]) > 0 else args[2]
        case "if_nonnegative":
            return args[1] if _sign(args[0]) >= 0 else args[2]
        case "if_nonzero":
            return args[1] if _sign(args[0]) else args[2]
    return _function(name, args[0])


def agree(a: Any, b: Any) -> bool:
    """Whether two values are the same: exactly, or as balls that meet.  Raises ``Unsettled`` if the balls are
    too wide to tell."""
    if type(a) is fmpq and type(b) is fmpq:
        return bool(a == b)
    d = arb(a) - arb(b)
    if not d.is_finite() or d.rad() > (1 + abs(arb(a).mid())) * arb(2) ** -60:
        raise Unsettled
    return bool(d.contains(0))
