"""An inequality between values of one function, by the sign of its first or second derivative between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError, Unshown
from symcheck.prover.sign_tables import ANY, NONNEGATIVE, NONZERO, POSITIVE
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.statement import JUMPS, Fact, Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Taylor(Derivation):
    """``larger - smaller`` is what f gains from ``start`` to ``end``, over its tangent at ``start`` if
    there is a ``curvature``; the last derivative is shown by its sign between them."""

    x: Term
    f: Term
    start: Term
    end: Term
    difference: Derivation
    slope: Term
    first: Derivation
    curvature: Term | None
    second: Derivation | None

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        gain = f"what {plain(self.f)} gains from {plain(self.x)} = {plain(self.start)} to {plain(self.end)}"
        yield f"larger side - smaller side is {gain}{', over its tangent' if self.curvature else ''}:"
        yield self.difference
        yield f"its derivative is {plain(self.slope)}:"
        yield self.first
        if self.curvature is not None and self.second is not None:
            yield f"the second derivative is {plain(self.curvature)}:"
            yield self.second
        yield "whose sign shows between the two (Taylor's theorem)"


def check(goal: Statement, d: Taylor, checker: Checker) -> None:
    """The difference, the derivatives for every x, and the sign of the last one between the ends."""
    if goal.relation in (Relation.EQ, Relation.TENDS):
        raise CheckError("Taylor's theorem shows an inequality here")
    convex = d.curvature is not None
    last = d.curvature if d.curvature is not None else d.slope
    checker.require_form(goal, d.f, d.start, d.end, d.slope, last)
    if goal.laws.random & (tm.names(d.x) | tm.names(d.start) | tm.names(d.end)):
        raise CheckError("Taylor's theorem in a random quantity: an expectation would bind it")
    _require_variable(goal, d, checker)
    for t in (d.f, d.slope, last):
        checker.require_no_capture(t, d.start.free | d.end.free)
        if any(s.op == "d" or (s.op == "fn" and s.args[0] in JUMPS) for s in tm.subterms(t)):
            raise Unshown(f"{t} is not worked out, or may jump")
        checker.require_defined(goal.equation(t, t))
    at = {where: tm.replace_var(d.f, d.x, where) for where in (d.start, d.end)}
    for where in (d.start, d.end):
        checker.require_defined(goal.equation(where, at[where]))
    gain = at[d.end] - at[d.start]
    if convex:
        gain = gain - tm.replace_var(d.slope, d.x, d.start) * (d.end - d.start)
    checker.show(goal.equation(goal.difference, gain), d.difference)
    checker.show(goal.equation(tm.partial(d.f, d.x), d.slope), d.first)
    if convex:
        if d.second is None:
            raise CheckError("the second derivative is not shown")
        checker.show(goal.equation(tm.partial(d.slope, d.x), last), d.second)
        between = [Fact("positive", (d.x - d.start) * (d.end - d.x))]
    else:
        between = [Fact("positive", d.x - d.start), Fact("positive", d.end - d.x)]
    strict = goal.relation in (Relation.LT, Relation.GT)
    checker.require_sign(goal.given(*between), last, POSITIVE if strict else NONNEGATIVE)
    if strict:
        checker.require_sign(goal, d.end - d.start, NONZERO if convex else POSITIVE)
    elif not convex:
        checker.require_sign(goal, d.end - d.start, NONNEGATIVE)


def _require_variable(goal: Statement, d: Taylor, checker: Checker) -> None:
    """x is a real variable of which nothing is said, and both ends lie where it does."""
    if d.x.op != "var" or len(d.x.args) != 1 or d.x.args[0] in goal.integers:
        raise Unshown(f"{d.x} is not a real variable")
    name = d.x.args[0]
    about = [t for f in goal.facts if name not in f.everywhere for t in (f.left, f.right)]
    beside = [goal.lhs, goal.rhs, d.start, d.end, *about]
    if name in goal.laws.names or any(name in tm.names(t) for t in beside):
        raise Unshown(f"{d.x} stands in the statement: the function needs a variable of its own")
    if (d.f.free | d.slope.free) - goal.free:
        raise Unshown("the function has an index that the statement does not have")
    sign = goal.signs.get(name, ANY)
    if sign == ANY:
        return
    if sign != POSITIVE:
        raise Unshown(f"{d.x} must range over all numbers or over the positive ones")
    checker.require_sign(goal, d.start, sign)
    checker.require_sign(goal, d.end, sign)
