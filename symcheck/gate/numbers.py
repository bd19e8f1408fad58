"""Worked numbers: sides that consist of numbers alone, computed with balls that hold what is written.

A decimal stands for every number that rounds to it, so that rounded intermediate results are no errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb, fmpq

from symcheck.latex import Presentation, Span, tree
from symcheck.latex.tree import Node

_SUFFIXES = {"K": 10**3, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_FACTOR_WORDS = frozenset({"GB", "MB", "KB", "TB", "B", "T", "M", "K", "bits", "bytes", "FLOPs", "ms", "s"})
MAX_EXPONENT = 400
MAX_DIGITS = 40


@dataclass(frozen=True)
class Reading:
    """How to take what is not settled: the base of ``log``, and letters behind numbers (``67\\text{B}``)."""

    base: int = 0
    multiply: bool = False


READINGS = tuple(Reading(base, multiply) for base in (0, 2, 10) for multiply in (False, True))


class NoNumber(Exception):
    """The side is not made of numbers alone."""


@dataclass(frozen=True)
class Off:
    """A relation between numbers that is false, with both values."""

    span: Span
    left: str
    right: str


def wrong_numbers(presentation: Presentation, before: Node | None = None) -> Iterator[Off]:
    """Relations between numbers that are false however they are read.

    ``before`` is what a formula that begins with a sign goes on from; then only its first relation counts."""
    if "mod" in presentation.text:
        return
    for statement in presentation.statements[: 1 if before is not None else None]:
        sides = statement.sides
        if before is not None:
            if not sides or not isinstance(sides[0], tree.Missing):
                return
            sides = (before, sides[1])
        links = zip(sides, statement.operators, sides[1:], strict=False)
        for left, operator, right in links:
            if operator not in ("=", "~~") or isinstance(left, tree.Number) or _bits(left, right):
                continue
            values = [_values(left, right, reading) for reading in READINGS]
            if any(v is None or _agree(*v, operator, right) for v in values):
                continue
            one, other = next(v for v in values if v is not None)
            if isinstance(left, tree.Symbol) and not (one * arb(1, 0.1)).overlaps(other):
                continue  # the letter of a constant, as which it has no such value: a parameter
            span = right.span if before is not None else left.span | right.span
            yield Off(span, _shown(one), _shown(other))


def _bits(*sides: Node) -> bool:
    """Numbers that may be bits, which add otherwise (1 + 1 = 0)."""
    return all(n.text in "01" for side in sides for n in tree.walk(side) if isinstance(n, tree.Number))


def _values(left: Node, right: Node, reading: Reading) -> tuple[arb, arb] | None:
    try:
        return value(left, reading), value(right, reading)
    except NoNumber:
        return None


def _agree(one: arb, other: arb, operator: str, right: Node) -> bool:
    if any((one * scale).overlaps(other) or one.overlaps(other * scale) for scale in _SCALES):
        return True  # the unit behind the formula, or a prefix of it, is not part of it
    apart = abs(one - other)
    if apart < 1e-6 * abs(one):
        return True
    if operator == "~~":
        loose = arb(1, 0.8) if _is_order(right) else arb(1, 0.25)
        return bool((one * loose).overlaps(other) or one.overlaps(other * loose))
    # a result is often rounded to a whole number
    rounded = isinstance(right, tree.Number) and not one.contains_integer() and bool(abs(one) > 9)
    return rounded and bool((one + arb(0, 0.5)).overlaps(other))


_ROUNDED = arb(1, 0.04)
_SCALES = (arb(1), *(_ROUNDED * base**k for base in (1000, 1024) for k in (1, 2, 3, 4)))


def _is_order(node: Node) -> bool:
    """A power of ten that gives an order of magnitude."""
    return isinstance(node, tree.Power) and isinstance(node.base, tree.Number) and node.base.text == "10"


def value(node: Node, reading: Reading) -> arb:
    """The ball of a side; raises ``NoNumber``."""
    match node:
        case tree.Number():
            return _number(node.text)
        case tree.Symbol(name="pi"):
            return arb.pi()
        case tree.Symbol(name="e"):
            return arb(1).exp()
        case tree.Delimited(items=(inner,), opening="(" | "[" | "" | "{"):
            return value(inner, reading)
        case tree.Sum(terms=terms, signs=signs) if set(signs) <= {"+", "-", ""}:
            total = arb(0)
            for term, sign in zip(terms, signs, strict=True):
                part = value(term, reading)
                total = total - part if sign == "-" else total + part
            return total
        case tree.Product(factors=factors, operators=operators) if set(operators) <= {"", "cdot", "times"}:
            return _product(factors, reading)
        case tree.Fraction():
            below = value(node.denominator, reading)
            if below.contains(0):
                raise NoNumber
            return value(node.numerator, reading) / below
        case tree.Power():
            return _power(value(node.base, reading), node.exponent, reading)
        case tree.Root():
            inside = value(node.radicand, reading)
            degree = 2 if node.degree is None else _whole(node.degree)
            if not inside > 0:
                raise NoNumber
            return inside.root(degree)
        case tree.Call(function=tree.Symbol(name=name), arguments=tree.Delimited(items=(inner,))):
            return _function(name, value(inner, reading), reading)
        case tree.Call(
            function=tree.Subscript(base=tree.Symbol(name="log"), items=(tree.Number(text=base),)),
            arguments=tree.Delimited(items=(inner,)),
        ):
            return _function("log", value(inner, reading), replace(reading, base=int(Fraction(base))))
    raise NoNumber


def _number(text: str) -> arb:
    mantissa, _, exponent = text.partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or (exponent and abs(int(exponent)) > MAX_EXPONENT):
        raise NoNumber
    exact = Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
    ball = arb(fmpq(exact.numerator, exact.denominator))
    if "." in mantissa:
        places = len(mantissa.split(".")[1]) - int(exponent or 0)
        ball += arb(0, 0.51 * 10.0**-places)
    return ball


def _product(factors: tuple[Node, ...], reading: Reading) -> arb:
    out = arb(1)
    for at, factor in enumerate(factors):
        name = factor.name if isinstance(factor, tree.Symbol) else ""
        if at and name == "%":
            out /= 100
        elif at and name in _FACTOR_WORDS and isinstance(factors[at - 1], tree.Number):
            if reading.multiply and name in _SUFFIXES:
                out = (out + arb(0, 0.51)) * _SUFFIXES[name]
        else:
            out *= value(factor, reading)
    return out


def _whole(node: Node) -> int:
    if isinstance(node, tree.Number) and node.text.isdigit() and 0 < len(node.text) < 3:
        return max(int(node.text), 1)
    raise NoNumber


def _power(base: arb, exponent: Node, reading: Reading) -> arb:
    power = value(exponent, reading)
    if abs(power) > MAX_EXPONENT:
        raise NoNumber
    whole = power.unique_fmpz()
    if whole is not None and (not base.contains(0) or whole > 0):
        return base ** int(whole)
    if not base > 0:
        raise NoNumber
    return base**power


def _function(name: str, inside: arb, reading: Reading) -> arb:
    if name in ("log", "ln", "lg"):
        if not inside > 0:
            raise NoNumber
        base = 0 if name == "ln" else reading.base
        return inside.log() / arb(base).log() if base > 1 else inside.log()
    if abs(inside) > MAX_EXPONENT:
        raise NoNumber
    match name:
        case "exp":
            return inside.exp()
        case "sin":
            return inside.sin()
        case "cos":
            return inside.cos()
        case "tanh":
            return inside.tanh()
    raise NoNumber


def _shown(ball: arb) -> str:
    return str(arb(ball.mid()).str(6, radius=False))
