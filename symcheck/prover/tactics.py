"""Ways of finding a derivation, tried in order.  A tactic searches and is not believed.

Each takes a statement and a ``Search`` and returns a derivation or None.  A new proof method is one
function in ``TACTICS`` (and, where it needs a new kind of derivation, one module in ``kinds``).
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import partial
from math import ceil

from formulas.schema import Relation
from symcheck.prover import analysis, templates
from symcheck.prover.branches import MAX_CASE_DEPTH, by_cases, open_branches, split
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Derivation, Equation
from symcheck.prover.enclosure import Enclosure, Undefined
from symcheck.prover.inverses import by_an_inverse
from symcheck.prover.kinds import induction
from symcheck.prover.kinds.bounded import Bounded
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.induction import Induction
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.normalise import Normaliser
from symcheck.prover.recorder import Recorder
from symcheck.prover.search import Search, Tactic
from symcheck.prover.sign_tables import NONNEGATIVE, POSITIVE
from symcheck.prover.signs import Signs
from symcheck.terms import statement as st
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Term

MAX_BOXES = 5_000


def normal_forms(goal: Statement, search: Search) -> Derivation | None:
    """Both sides have the same index normal form; where a branch is open, by cases on its sign."""
    if goal.relation is not Relation.EQ:
        return None
    ranged = any(s.op == "fold" for side in (goal.lhs, goal.rhs) for s in tm.subterms(side))
    for peel in ("none", "last", "first") if ranged else ("none",):
        found = by_cases(goal, search, peel=peel)
        if found is not None:
            return found
    return None


def step_functions(goal: Statement, search: Search) -> Derivation | None:
    """Normal forms in which kinks under a sum, where no case distinction reaches them, are step functions."""
    kinks = ("max", "min", "abs")
    sides = itertools.chain(tm.subterms(goal.lhs), tm.subterms(goal.rhs))
    if goal.relation is not Relation.EQ or not any(t.op == "fn" and t.args[0] in kinks for t in sides):
        return None
    return by_cases(goal, search, MAX_CASE_DEPTH, steps=True)


def inverses(goal: Statement, search: Search) -> Derivation | None:
    """Both sides multiplied by a matrix that a hypothesis says to be invertible."""
    return by_an_inverse(goal, search.budget) if goal.relation is Relation.EQ else None


def visible_sign(goal: Statement, search: Search) -> Derivation | None:
    """An inequality by its certificate: difference = certificate, whose sign shows."""
    if goal.relation in (Relation.EQ, Relation.TENDS) or not isinstance(goal.certificate, Term):
        return None
    return _by_certificate(goal, goal.certificate, search)


def visible_difference(goal: Statement, search: Search) -> Derivation | None:
    """An inequality whose difference, as it stands or in normal form, has a visible sign; where a branch
    is open, by cases on its sign."""
    if goal.relation in (Relation.EQ, Relation.TENDS) or isinstance(goal.certificate, st.Line):
        return None
    return _difference_by_cases(goal, search, 0)


def _difference_by_cases(goal: Statement, search: Search, depth: int) -> Derivation | None:
    normal = Normaliser(goal, Recorder(), search.budget)
    wanted = POSITIVE if goal.relation in (Relation.LT, Relation.GT) else NONNEGATIVE
    for candidate in (goal.difference, normal.norm(goal.difference)[0].term):
        if Signs(Canonical(), goal).sign(candidate) <= wanted:
            return _by_certificate(goal, candidate, search)
    on = next(iter(open_branches(goal, normal)), None) if depth < MAX_CASE_DEPTH else None
    return None if on is None else split(goal, on, search, depth, _difference_by_cases)


def combined_templates(goal: Statement, search: Search) -> Derivation | None:
    """An inequality of which no certificate was given: one found among combinations of squares and gaps."""
    if goal.certificate is not None:
        return None
    certificate = templates.combination(goal, search)
    return None if certificate is None else _by_certificate(goal, certificate, search)


def _by_certificate(goal: Statement, certificate: Term, search: Search) -> Derivation | None:
    equation = normal_forms(goal.equation(goal.difference, certificate), search)
    return Signed(certificate, equation) if equation is not None else None


def by_induction(goal: Statement, search: Search) -> Derivation | None:
    """Over a natural number of the claim that no hypothesis mentions."""
    for name in sorted(goal.integers & (tm.names(goal.lhs) | tm.names(goal.rhs))):
        if induction.possible(goal, name) is not None:
            continue
        base = _first(induction.at(goal, name, tm.ZERO), search)
        if base is None:
            search.reason = f"{name} = 0: {search.reason}"
            continue
        step = induction.at(goal, name, tm.var(name) + 1).given(induction.hypothesis(goal))
        found = _first(step, search)
        if found is not None:
            return Induction(name, base, found)
        search.reason = f"from {name} to {name} + 1: {search.reason}"
    return None


def _first(goal: Statement, search: Search) -> Derivation | None:
    for tactic in (normal_forms, visible_sign, visible_difference):
        found = tactic(goal, search)
        if found is not None:
            return found
    return None


def line_bound(goal: Statement, search: Search) -> Derivation | None:
    """``|f| <= c`` on the whole line: boxes that are bisected until they show it, and the tail."""
    line = goal.certificate
    if not isinstance(line, st.Line) or goal.lhs.op != "fn" or goal.lhs.args[0] != "abs":
        return None
    f, x = goal.lhs.args[1], line.x
    beyond = Fact("nonnegative", tm.sub(x, line.until))
    parts = [
        normal_forms(goal.equation(tm.replace_var(f, x, tm.neg(x)), f), search),
        normal_forms(goal.equation(tm.sub(line.majorant, f), line.gaps[0], beyond), search),
        normal_forms(goal.equation(tm.add(line.majorant, f), line.gaps[1], beyond), search),
        normal_forms(goal.equation(tm.neg(tm.partial(line.majorant, x)), line.fall, beyond), search),
    ]
    even, below, above, fall = parts
    until = Fraction(ceil(float(Enclosure(64).value(line.until).upper()) * 16), 16)
    boxes = _bisect(f, x, goal.rhs, until, search)
    if even is None or below is None or above is None or fall is None or boxes is None:
        return None
    return Bounded(even, boxes, below, above, fall)


def _bisect(
    f: Term, x: Term, bound: Term, until: Fraction, search: Search
) -> tuple[tuple[str, str], ...] | None:
    enclosure = Enclosure(128)
    limit = enclosure.value(bound)
    done: list[tuple[str, str]] = []
    todo = [(Fraction(0), until)]
    while todo:
        low, high = todo.pop()
        try:
            value = abs(enclosure.over(f, x, low, high))
            shown = bool(value <= limit)
            hopeless = bool(value > limit)
        except Undefined:
            shown = hopeless = False
        if shown:
            done.append((str(low), str(high)))
        elif hopeless or len(done) + len(todo) > MAX_BOXES:
            search.reason = f"|f| <= {bound} does not show near {float(low):.6g}"
            return None
        else:
            middle = (low + high) / 2
            todo += [(middle, high), (low, middle)]
    return tuple(done)


TACTICS: dict[str, Tactic] = {
    "index-normal-form": normal_forms,
    "step-functions": step_functions,
    "inverse": inverses,
    "visible-sign": visible_sign,
    "visible-difference": visible_difference,
    "line-bound": line_bound,
    "templates": combined_templates,
    "taylor": partial(analysis.taylor, equal=normal_forms),
    "limit": partial(analysis.limit, equal=normal_forms),
    "induction": by_induction,
}


def method_of(d: Derivation, name: str) -> str:
    """The published name of the method, with the case split where there was one."""
    return f"{name}, cases" if isinstance(d, Cases) else name


__all__ = ["TACTICS", "Equation", "Search", "method_of"]
