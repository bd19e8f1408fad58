"""What the text of a statement needs to be defined."""

from __future__ import annotations

from symcheck.prover.canonical import Canonical
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Kind, Statement
from symcheck.terms.term import Term


def undefined(goal: Statement) -> list[Fact]:
    """What the statement's own text needs and the facts do not show: non-zero denominators, positive
    arguments of logarithms and bases of real powers.  A claim must carry what it needs."""
    return [fact for fact, _ in _missing(goal)]


def at_defined_points(goal: Statement) -> Statement | None:
    """The statement at the points where all of its text is defined; ``None`` if no fact says which these
    are, because something is needed only in a branch or in the range of a sum."""
    missing = _missing(goal)
    return goal.given(*[fact for fact, _ in missing]) if all(always for _, always in missing) else None


def _missing(goal: Statement) -> list[tuple[Fact, bool]]:
    """What is needed and does not show, each with whether it is needed everywhere."""
    missing: list[tuple[Fact, bool]] = []
    for t, where in ((goal.lhs, goal.nearby), (goal.rhs, goal)):
        _undefined(t, _Setting(where, Canonical()), missing)
    return missing


class _Setting:
    """The facts at hand, and the signs under them."""

    def __init__(self, goal: Statement, same: Canonical) -> None:
        self.goal = goal
        self.signs = Signs(same, goal)

    def given(self, fact: Fact) -> _Setting:
        return _Setting(self.goal.given(fact), self.signs.canonical)


def _undefined(t: Term, at: _Setting, missing: list[tuple[Fact, bool]], always: bool = True) -> None:
    if t.op == "fn" and t.args[0].startswith("if_"):
        _undefined_branches(t, at, missing, always)
        return
    if t.op == "fold":
        # the body is needed only at the integers of the range
        i, body = t.binding
        fresh = tm.fresh_index(i.size)
        within = Fact("nonnegative", tm.sub(t.args[2], tm.value_of(fresh)))
        everywhere = always and i.size != tm.ENDLESS
        _undefined(tm.rename(body, {i: fresh}), at.given(within), missing, everywhere)
        _undefined(t.args[2], at, missing, always)
        return
    if t.op in ("fn", "pow"):
        needed = _needs(t, at.signs)
        if needed is not None:
            kind, of = needed
            if not getattr(at.signs, kind)(of):
                bound = tuple(sorted(of.free - at.goal.free))
                missing.append((Fact(kind, of, tm.ZERO, bound), always))
    for c in t.children:
        _undefined(c, at, missing, always)


def _needs(t: Term, signs: Signs) -> tuple[Kind, Term] | None:
    """The sign that the outermost operation of ``t`` needs of its argument."""
    if t.op == "fn" and t.args[0] == "log":
        return "positive", t.args[1]
    if t.op != "pow":
        return None
    base, exponent = t.args
    e = tm.number(exponent)
    if e is None:
        if not signs.integer(exponent):
            return "positive", base
        return None if signs.nonnegative(exponent) else ("nonzero", base)
    if e.denominator != 1:
        return ("positive" if e < 0 else "nonnegative"), base
    return ("nonzero", base) if e < 0 else None


def _undefined_branches(t: Term, at: _Setting, missing: list[tuple[Fact, bool]], always: bool) -> None:
    """Each branch needs to be defined only where it is taken."""
    test, then, other = t.args[1:]
    kind = t.args[0].removeprefix("if_")
    otherwise = {
        "positive": Fact("nonnegative", tm.neg(test)),
        "nonnegative": Fact("positive", tm.neg(test)),
        "nonzero": Fact("equal", test, tm.ZERO),
    }
    _undefined(test, at, missing, always)
    _undefined(then, at.given(Fact(kind, test)), missing, always=False)
    _undefined(other, at.given(otherwise[kind]), missing, always=False)
