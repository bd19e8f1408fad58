"""Cells of a "Range" column: the interval in which the function of the row has its values.

A value outside of the interval refutes it, and so does a bound that the catalog proves of the function and
that the interval leaves room beyond.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from formulas.check import ShapeError
from formulas.schema import Relation
from symcheck.gate.decide import SEARCH_SECONDS, proved, value_at
from symcheck.gate.derivative import RowFunction, row_function
from symcheck.gate.documents import Passage
from symcheck.gate.identify import Candidate
from symcheck.gate.renaming import Signature
from symcheck.latex import Context, interpret, parse
from symcheck.refute.falsify import falsify_statement

HEADERS = frozenset({"range", "output range", "image", "range of values"})
POINTS = 24
_INTERVAL = re.compile(r"\\?(?:left)?\s*([\[(])([^\[\]()]+?),([^\[\]()]+?)(?:\\right)?\s*([\])])")


@dataclass(frozen=True)
class Bound:
    """One end of an interval; ``relation`` is what values have to it."""

    value: sp.Expr
    relation: Relation
    reached: bool


@dataclass(frozen=True)
class RangeOutcome:
    """``counterexample`` if the interval is wrong; else whether it is shown that all values lie in it."""

    counterexample: str | None = None
    shown: bool = False


def range_of(passage: Passage, context: Context, candidates: Sequence[Candidate]) -> RangeOutcome | None:
    """What becomes of a cell that gives the range of the function of its row; ``None`` if this is no such
    cell, or not understood."""
    if passage.header not in HEADERS or not passage.fills_cell:
        return None
    bounds = _bounds(passage.latex)
    function = row_function(passage, context, candidates) if bounds is not None else None
    if bounds is None or function is None:
        return None
    for bound, other in (bounds, bounds[::-1]):
        found = _outside(function, bound) or _beyond(function, bound, other)
        if found is not None:
            return RangeOutcome(found)
    return RangeOutcome(shown=all(_holds(function, b) for b in bounds))


def _bounds(latex: str) -> tuple[Bound, Bound] | None:
    match = _INTERVAL.fullmatch(latex.strip())
    if match is None:
        return None
    low, high = _number(match[2]), _number(match[3])
    if low is None or high is None:
        return None
    low, high = low - _rounded(match[2]), high + _rounded(match[3])
    return (
        Bound(low, Relation.GE, match[1] == "["),
        Bound(high, Relation.LE, match[4] == "]"),
    )


def _number(latex: str) -> sp.Expr | None:
    """A number, or plus or minus infinity."""
    plain = re.sub(r"[\s{}+]", "", latex)
    if plain in ("\\infty", "-\\infty"):
        return sp.oo if plain == "\\infty" else -sp.oo
    for sentence in interpret(parse(latex), Context()).sentences:
        expr = sentence.sides[0].expr
        if len(sentence.sides) == 1 and isinstance(expr, sp.Expr) and expr.is_number and expr.is_finite:
            return expr
    return None


def _rounded(latex: str) -> sp.Expr:
    """What a decimal may be off by."""
    digits = re.search(r"\.(\d+)", latex)
    return sp.Rational(1, 10 ** len(digits[1])) if digits is not None else sp.Integer(0)


def _outside(function: RowFunction, bound: Bound) -> str | None:
    """A point where the function has a value on the wrong side of a bound, for sizes from 2 on."""
    if bound.value.is_infinite:
        return None
    try:
        signature = Signature.of(function.expr)
    except ShapeError:
        return None
    sizes = {size for tensor in signature.tensors for size in tensor.shape or () if size.is_Symbol}
    several = [sp.Ge(size, 2, evaluate=False) for size in sorted(sizes, key=str)]
    strict = {Relation.GE: Relation.GT, Relation.LE: Relation.LT}[bound.relation]
    relation = bound.relation if bound.reached else strict
    seen = falsify_statement(
        function.expr, bound.value, relation, several, points=POINTS, seconds=SEARCH_SECONDS
    )
    return value_at(seen)


def _beyond(function: RowFunction, bound: Bound, other: Bound) -> str | None:
    """A bound that is proved of the function, if the interval reaches well beyond it."""
    if bound.value.is_infinite:
        limit = sp.Integer(0) if bound.relation is Relation.GE else sp.Integer(2)
        if (
            other.value.is_finite
            and (other.value - limit) * (1 if bound.relation is Relation.GE else -1) <= 0
        ):
            return None
    elif other.value.is_infinite:
        limit = bound.value + (1 if bound.relation is Relation.GE else -1)
    else:
        limit = bound.value + (other.value - bound.value) / 4
    if not proved(function.expr, limit, bound.relation):
        return None
    return f"no value is {'below' if bound.relation is Relation.GE else 'above'} {limit}"


def _holds(function: RowFunction, bound: Bound) -> bool:
    return bool(bound.value.is_infinite) or proved(function.expr, bound.value, bound.relation)
