"""Tactics for limits, and for inequalities by Taylor's theorem.  They search and are not believed.

``equal`` is the tactic by which equations are shown.
"""

from __future__ import annotations

from dataclasses import replace

from formulas.schema import Relation
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds.limiting import Hopital, Limiting
from symcheck.prover.kinds.squeezed import Squeezed
from symcheck.prover.kinds.taylor import Taylor
from symcheck.prover.limits import Limit, Limits
from symcheck.prover.normalise import Normaliser
from symcheck.prover.recorder import Recorder
from symcheck.prover.report import Refused
from symcheck.prover.search import Search, Tactic
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Between, Ratio, Statement, Stretch
from symcheck.terms.term import Term

MAX_HOPITAL = 3


def limit(goal: Statement, search: Search, equal: Tactic) -> Derivation | None:
    """A limit: read off the left side or the form given, else by l'Hopital's rule."""
    if goal.relation is not Relation.TENDS or goal.approach is None:
        return None
    if isinstance(goal.certificate, Ratio):
        return _hopital(goal, goal.certificate, search, equal, MAX_HOPITAL)
    if isinstance(goal.certificate, Between):
        return _squeezed(goal, goal.certificate, search, equal)
    given = goal.certificate if isinstance(goal.certificate, Term) else None
    for form in [given] if given is not None else [goal.lhs, _normal(goal, goal.lhs, search)]:
        found = _by_form(goal, form, search, equal)
        if found is not None:
            return found
    return None


def _normal(goal: Statement, t: Term, search: Search) -> Term:
    return Normaliser(goal.nearby, Recorder(), search.budget).norm(t)[0].term


def _read(goal: Statement, form: Term, search: Search) -> Limit | None:
    assert goal.approach is not None
    try:
        return Limits(goal.approach, Signs(Canonical(), goal.nearby)).of(form)
    except Refused as error:
        search.reason = str(error)
        return None


def _by_form(goal: Statement, form: Term, search: Search, equal: Tactic) -> Derivation | None:
    found = _read(goal, form, search)
    if found is None or not found.finite or found.value is None:
        return None
    near = equal(goal.nearby.equation(goal.lhs, form), search)
    final = equal(goal.equation(found.value, goal.rhs), search) if near is not None else None
    return Limiting(form, near, final) if near is not None and final is not None else None


def _squeezed(goal: Statement, b: Between, search: Search, equal: Tactic) -> Derivation | None:
    differences = tm.sub(b.above, goal.lhs), tm.sub(goal.lhs, b.below)
    equations = [
        equal(goal.nearby.equation(difference, gap), search)
        for difference, gap in zip(differences, b.gaps, strict=True)
    ]
    ends = [limit(replace(goal, lhs=end, certificate=None), search, equal) for end in (b.below, b.above)]
    upper, lower = equations
    low, high = ends
    if upper is None or lower is None or low is None or high is None:
        return None
    return Squeezed(b.below, b.above, b.gaps, (upper, lower), (low, high))


def _hopital(goal: Statement, ratio: Ratio, search: Search, equal: Tactic, depth: int) -> Derivation | None:
    approach, nearby = goal.approach, goal.nearby
    assert approach is not None
    top, bottom = ratio.top, ratio.bottom
    limits = [_read(goal, part, search) for part in (top, bottom)]
    near = equal(nearby.equation(goal.lhs, top * tm.power(bottom, -1)), search)
    if near is None or limits[0] is None or limits[1] is None:
        return None
    zeros: list[Derivation] = []
    for found in limits:
        if found is not None and found.finite and found.value is not None:
            zero = equal(goal.equation(found.value, tm.ZERO), search)
            if zero is None:
                return None
            zeros.append(zero)
    slopes = [_normal(goal, tm.partial(part, approach.x), search) for part in (top, bottom)]
    proofs = [
        equal(nearby.equation(tm.partial(part, approach.x), slope), search)
        for part, slope in zip((top, bottom), slopes, strict=True)
    ]
    quotient = slopes[0] * tm.power(slopes[1], -1)
    beyond = replace(goal, lhs=quotient, certificate=None)
    rest = limit(beyond, search, equal)
    if rest is None and depth > 1:
        again = replace(beyond, certificate=Ratio(slopes[0], slopes[1]))
        rest = _hopital(again, Ratio(slopes[0], slopes[1]), search, equal, depth - 1)
    if rest is None or proofs[0] is None or proofs[1] is None:
        return None
    return Hopital(top, bottom, near, tuple(zeros), slopes[0], slopes[1], (proofs[0], proofs[1]), rest)


def taylor(goal: Statement, search: Search, equal: Tactic) -> Derivation | None:
    """An inequality by its ``Segment``: the sign of the last derivative between two points."""
    s = goal.certificate
    if not isinstance(s, Stretch) or goal.relation in (Relation.EQ, Relation.TENDS):
        return None
    gain = tm.replace_var(s.f, s.x, s.end) - tm.replace_var(s.f, s.x, s.start)
    if s.curvature is not None:
        gain = gain - tm.replace_var(s.slope, s.x, s.start) * (s.end - s.start)
    difference = equal(goal.equation(goal.difference, gain), search)
    first = equal(goal.equation(tm.partial(s.f, s.x), s.slope), search) if difference else None
    if difference is None or first is None:
        return None
    second = None
    if s.curvature is not None:
        second = equal(goal.equation(tm.partial(s.slope, s.x), s.curvature), search)
        if second is None:
            return None
    return Taylor(s.x, s.f, s.start, s.end, difference, s.slope, first, s.curvature, second)
