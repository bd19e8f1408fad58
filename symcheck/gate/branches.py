"""Functions written in cases: whether the cases leave a gap, and whether they meet with a jump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import sympy as sp

from symcheck.latex import Context, Presentation, Span, interpret, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node, walk

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
INFINITE = Fraction(10**12)


@dataclass(frozen=True)
class Interval:
    """Values of one variable; bounds that are missing are at plus and minus ``INFINITE``."""

    low: Fraction
    high: Fraction
    low_closed: bool = False
    high_closed: bool = False

    def meets(self, other: Interval) -> Interval:
        """The part that both have."""
        low = max((self.low, not self.low_closed), (other.low, not other.low_closed))
        high = min((self.high, self.high_closed), (other.high, other.high_closed))
        return Interval(low[0], high[0], not low[1], high[1])


LINE = Interval(-INFINITE, INFINITE)


def gaps(presentation: Presentation) -> Iterator[tuple[Span, Fraction, Fraction]]:
    """Cases that reach from minus to plus infinity and leave out an interval in between."""
    for node in cases_in(presentation):
        found = [_interval(condition) for _, condition in node.rows]
        if len(found) < 2 or any(f is None for f in found):
            continue
        if len({name for f in found if f is not None for name in [f[0]]}) != 1:
            continue
        pieces = sorted((f[1] for f in found if f is not None), key=lambda i: i.low)
        if pieces[0].low > -INFINITE or max(p.high for p in pieces) < INFINITE:
            continue
        end = pieces[0].high
        for piece in pieces[1:]:
            if piece.low > end:
                yield node.span, end, piece.low
                break
            end = max(end, piece.high)


def jumps(presentation: Presentation) -> Iterator[tuple[Span, str, str, str]]:
    """Places where two cases meet with different values: span, place, value before, value behind.

    Steps between constants are what authors want; of a function that varies a jump is rarer.
    """
    nodes = list(cases_in(presentation))
    if len(nodes) != 1:
        return
    sides = [s for sentence in interpret(presentation, Context()).sentences for s in sentence.sides]
    for expr in (s.expr for s in sides if isinstance(s.expr, sp.Expr)):
        for piece in expr.atoms(sp.Piecewise):
            for place, one, two in _jumps(piece):
                yield nodes[0].span, str(place), str(one), str(two)
                return


def cases_in(presentation: Presentation) -> Iterator[tree.Cases]:
    for statement in presentation.statements:
        for side in statement.sides:
            yield from (n for n in walk(side) if isinstance(n, tree.Cases))


def _interval(condition: Node | None) -> tuple[str, Interval] | None:
    """``-1 \\leq x < 1`` as an interval of x; ``None`` if it says anything else."""
    if isinstance(condition, tree.Delimited) and len(condition.items) == 1 and condition.opening in ("(", ""):
        condition = condition.items[0]
    if not isinstance(condition, tree.Relation) or len(condition.sides) > 3:
        return None
    names = {plain_name(s) for s in condition.sides if _number(s) is None}
    if len(names) != 1 or None in names:
        return None
    (name,) = names
    out = LINE
    for left, operator, right in zip(condition.sides, condition.operators, condition.sides[1:], strict=False):
        found = _half(left, operator, right)
        if found is None:
            return None
        out = out.meets(found)
    return (name or "", out) if out.low <= out.high else None


def _half(left: Node, operator: str, right: Node) -> Interval | None:
    if operator not in _TURNED:
        return None
    bound = _number(right)
    if bound is None:
        bound, operator = _number(left), _TURNED[operator]
    if bound is None or (_number(left) is not None and _number(right) is not None):
        return None
    match operator:
        case "<" | "<=":
            return Interval(-INFINITE, bound, False, operator == "<=")
        case ">" | ">=":
            return Interval(bound, INFINITE, operator == ">=", False)
    return Interval(bound, bound, True, True)


def _number(node: Node) -> Fraction | None:
    match node:
        case tree.Number(text=text) if text.replace(".", "", 1).isdigit() and len(text) < 12:
            return Fraction(text)
        case tree.Sum(terms=(inner,), signs=("-" | "+" as sign,)):
            value = _number(inner)
            return None if value is None else -value if sign == "-" else value
        case tree.Symbol(name="infty"):
            return INFINITE
        case tree.Fraction():
            above, below = _number(node.numerator), _number(node.denominator)
            return above / below if above is not None and below else None
    return None


def _jumps(piece: sp.Piecewise) -> Iterator[tuple[sp.Expr, sp.Expr, sp.Expr]]:
    """Two neighbouring cases ``x < c`` and ``x >= c`` (or what is left) with different values at c."""
    rows = list(piece.args)
    for (one, condition), (two, other) in pairwise(rows):
        if not isinstance(condition, sp.Lt | sp.Le | sp.Gt | sp.Ge):
            continue
        variable, place = condition.lhs, condition.rhs
        if not isinstance(variable, sp.Symbol) or variable in place.free_symbols:
            continue
        complement = other == sp.true or (
            isinstance(other, sp.core.relational.Relational)
            and place in other.args
            and variable in other.args
        )
        if not complement or len(rows) > 2:
            continue
        if not (one.has(variable) or two.has(variable)):
            continue
        before, behind = one.xreplace({variable: place}), two.xreplace({variable: place})
        apart = sp.expand(before - behind)
        if apart.is_number and apart.is_nonzero and apart.is_finite:
            yield place, before, behind
