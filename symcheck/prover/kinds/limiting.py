"""Limits: read off a form of the left side, or by l'Hopital's rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.limits import Limit, Limits
from symcheck.prover.report import CheckError, Unshown
from symcheck.prover.sign_tables import ANY, NONNEGATIVE, NONZERO, POSITIVE
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.statement import Approach, Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Limiting(Derivation):
    """Near the point the left side equals ``form``, whose limit is read, and that equals the right side."""

    form: Term
    near: Derivation
    final: Derivation

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"near the point the left side is {plain(self.form)}:"
        yield self.near
        yield "whose limit, read off term by term, is the right side:"
        yield self.final


@dataclass(frozen=True)
class Hopital(Derivation):
    """Near the point the left side equals ``top / bottom``; both tend to 0, or both to an infinity; and the
    quotient of their derivatives tends to the right side."""

    top: Term
    bottom: Term
    near: Derivation
    zeros: tuple[Derivation, ...]
    top_slope: Term
    bottom_slope: Term
    slopes: tuple[Derivation, Derivation]
    rest: Derivation

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"near the point the left side is the quotient of {plain(self.top)} and {plain(self.bottom)}:"
        yield self.near
        if self.zeros:
            yield "both of which tend to 0:"
            yield from self.zeros
        else:
            yield "both of which tend to an infinity;"
        yield f"their derivatives are {plain(self.top_slope)}:"
        yield self.slopes[0]
        yield f"and {plain(self.bottom_slope)}:"
        yield self.slopes[1]
        yield "and the quotient of these tends to the right side (l'Hopital):"
        yield self.rest


def check_limiting(goal: Statement, d: Limiting, checker: Checker) -> None:
    """The form equals the left side near the point, and its limit the right side."""
    require_approach(goal, checker)
    _near(goal, goal.lhs, d.form, d.near, checker)
    found = _read(goal, d.form, checker)
    if not found.finite or found.value is None:
        raise CheckError(f"{d.form} has no finite limit")
    checker.show(goal.equation(found.value, goal.rhs), d.final)


def check_hopital(goal: Statement, d: Hopital, checker: Checker) -> None:
    """The hypotheses of l'Hopital's rule, and the limit of the quotient of the derivatives."""
    approach = require_approach(goal, checker)
    checker.require_form(goal, d.top, d.bottom, d.top_slope, d.bottom_slope)
    _near(goal, goal.lhs, d.top * tm.power(d.bottom, -1), d.near, checker)
    limits = [_read(goal, part, checker) for part in (d.top, d.bottom)]
    if all(limit.finite for limit in limits):
        for limit, zero in zip(limits, d.zeros, strict=True):
            assert limit.value is not None
            checker.show(goal.equation(limit.value, tm.ZERO), zero)
    elif any(limit.finite or limit.value is not None for limit in limits):
        raise CheckError("top and bottom must both tend to 0 or both to an infinity")
    near = goal.nearby
    parts = ((d.top, d.top_slope), (d.bottom, d.bottom_slope))
    for (part, slope), proof in zip(parts, d.slopes, strict=True):
        if any(s.op == "d" for s in tm.subterms(slope)):
            raise CheckError(f"the derivative {slope} is not worked out")
        checker.require_defined(near.equation(part, slope))
        checker.show(near.equation(tm.partial(part, approach.x), slope), proof)
    checker.require_sign(near, d.bottom_slope, NONZERO)
    quotient = d.top_slope * tm.power(d.bottom_slope, -1)
    checker.show(replace(goal, lhs=quotient, certificate=None), d.rest)


def require_approach(goal: Statement, checker: Checker) -> Approach:
    """The goal is a limit, and what is said near its point is said of some values: it is not empty there."""
    approach = goal.approach
    if goal.relation is not Relation.TENDS or approach is None:
        raise CheckError("only a limit is shown by a limit")
    x = approach.x
    if x.op != "var" or len(x.args) != 1 or x.args[0] in goal.integers:
        raise Unshown(f"{x} is not a real variable")
    name = x.args[0]
    beside = [goal.rhs, *(t for f in goal.facts for t in (f.left, f.right))]
    beside += [approach.to] if approach.to is not None else []
    if name in goal.laws.names or any(name in tm.names(t) for t in beside):
        raise Unshown(f"hypotheses, laws, point and limit must not depend on {x}")
    sign = goal.signs.get(name, ANY)
    if sign == ANY or (approach.to is None and approach.side in sign and 0 not in {approach.side}):
        return approach
    if approach.to is None or not sign <= NONNEGATIVE:
        raise Unshown(f"{x} does not take values near the point")
    checker.require_sign(goal, approach.to, NONNEGATIVE if approach.side > 0 else POSITIVE)
    return approach


def _near(goal: Statement, lhs: Term, form: Term, proof: Derivation, checker: Checker) -> None:
    near = goal.nearby
    checker.require_form(goal, form)
    checker.require_defined(near.equation(form, form))
    checker.show(near.equation(lhs, form), proof)


def _read(goal: Statement, form: Term, checker: Checker) -> Limit:
    assert goal.approach is not None
    if goal.approach.to is not None:
        checker.require_no_capture(form, goal.approach.to.free)
    signs = checker.signs(goal.nearby)
    found = Limits(goal.approach, signs).of(form)
    checker.report.steps += 1
    checker.report.facts |= signs.used & set(goal.facts)
    checker.report.lemmas |= signs.lemmas
    return found
