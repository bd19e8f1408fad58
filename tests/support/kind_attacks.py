"""Attempts to have something false accepted by the kinds of derivation that are more than equations.

Each returns True if it got through."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy as sp

from formulas.language import Partial, real
from formulas.schema import Claim, Relation, Segment
from symcheck.prover import CheckError, Proof, check, prove, prove_lowered, prove_statement
from symcheck.prover.derivation import Derivation, Equation, Line
from symcheck.prover.kinds.absurd import Absurd
from symcheck.prover.kinds.induction import Induction
from symcheck.prover.kinds.limiting import Hopital, Limiting
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.kinds.squeezed import Squeezed
from symcheck.prover.kinds.summed import Summed
from symcheck.prover.kinds.taylor import Taylor
from symcheck.terms import term as tm
from symcheck.terms.statement import Approach, Fact, Statement
from symcheck.terms.term import Index

x, a, b = real("x"), real("a"), real("b")
X, Y, A, B, N = (tm.var(name) for name in ("x", "y", "a", "b", "N"))
I = Index("i", "n")  # noqa: E741
RING = Equation(())
NATURAL = {"N": frozenset({0, 1})}


def accepted(goal: Statement, derivation: Derivation) -> bool:
    try:
        check(goal, derivation)
    except CheckError:
        return False
    return True


def shown(lhs: sp.Expr, rhs: sp.Expr) -> Derivation:
    """A true equation's derivation, as part of a forged one."""
    found = prove_statement(lhs, rhs)
    assert isinstance(found, Proof)
    return found.derivation


def _natural(lhs: tm.Term, rhs: tm.Term, relation: Relation = Relation.EQ, *facts: Fact) -> Statement:
    return Statement(lhs, rhs, relation, facts, NATURAL, frozenset({"N"}))


def _between_the_integers() -> bool:
    """N (N - 1) >= 0 holds for natural numbers only: x = 1/2."""
    below = Statement(tm.ZERO, N * (N - 1), Relation.LE, signs=NATURAL)
    return accepted(below, Induction("N", Signed(tm.ZERO, RING), Signed(N * N + N, RING)))


def _about_an_assumed_number() -> bool:
    """Under N = 2, a step from N = 0 starts from a contradiction: N = 0 would follow."""
    two, half = tm.num(2), tm.num(Fraction(1, 2))
    step = Equation((
        Line(N, two, "fact", "0"),
        Line(N, tm.ZERO, "fact", "1"),
        Line(two, N, "sym", uses=(((), 0),)),
        Line(two, tm.ZERO, "chain", uses=(((), 2), ((), 1))),
        Line(N + tm.mul(half, two), tm.ZERO, "within", uses=(((0,), 1), ((1, 1), 3))),
    ))  # fmt: skip
    goal = _natural(N, tm.ZERO, Relation.EQ, Fact("equal", N, two))
    return accepted(goal, Induction("N", RING, step))


def _without_a_base() -> bool:
    """N = N + 1 is hereditary."""
    step = Equation((Line(N, N + 1, "fact", "0"), Line(N + 1, N + 2, "within", uses=(((0,), 0),))))
    return accepted(_natural(N, N + 1), Induction("N", RING, step))


def _without_a_step() -> bool:
    """N = 0 holds at 0."""
    return accepted(_natural(N, tm.ZERO), Induction("N", RING, RING))


def _summand_of_a_fixed_index() -> bool:
    """v[i] = 1 for one i does not make the sum of v the length."""
    one = Fact("equal", tm.var("v", I), tm.ONE)
    k = Index("k", "n")
    every = Statement(tm.sum_over(k, tm.var("v", k)), tm.sum_over(k, tm.ONE), facts=(one,))
    inside = Equation((
        Line(tm.var("v", I), tm.ONE, "fact", "0"),
        Line(tm.var("v", I) - 1, tm.ZERO, "within", uses=(((0,), 0),)),
    ))  # fmt: skip
    return accepted(every, Summed(I, tm.var("v", I) - 1, RING, inside))


def _summands_that_are_not_zero() -> bool:
    k = Index("k", "n")
    return accepted(Statement(tm.sum_over(k, tm.var("v", k)), tm.ZERO), Summed(k, tm.var("v", k), RING, RING))


def _outside_something_else() -> bool:
    k = Index("k", "n")
    return accepted(Statement(X, Y), Summed(k, tm.ZERO, RING, RING))


def _no_contradiction() -> bool:
    return accepted(Statement(X, Y), Absurd(X, X, RING))


def _contradiction_that_is_not_shown() -> bool:
    return accepted(Statement(X, Y), Absurd(tm.ONE, tm.ZERO, RING))


def _rising_where_it_falls() -> bool:
    """x > 0 says nothing of what lies between a and b: b >= a does not give b^2 >= a^2."""
    claim = Claim(
        name="c", lhs=a**2, rhs=b**2, relation=Relation.LE, hypotheses=(sp.Ge(b - a, 0), sp.Gt(x, 0)),
        certificate=Segment(x=x, f=x**2, start=a, end=b, slope=2 * x),
    )  # fmt: skip
    try:
        return isinstance(prove(claim), Proof)
    except CheckError:
        return False


def _wrong_slope() -> bool:
    """-x with the slope 1: a >= b from b >= a."""
    ordered = Fact("nonnegative", B - A)
    goal = Statement(B, A, Relation.LE, (ordered,))
    forged = Taylor(X, tm.neg(X), A, B, RING, tm.ONE, RING, None, None)
    return accepted(goal, forged)


def _wrong_gain() -> bool:
    """x rises, but what is claimed is no gain of it."""
    ordered = Fact("nonnegative", B - A)
    goal = Statement(B, A, Relation.LE, (ordered,))
    return accepted(goal, Taylor(X, X, A, B, RING, tm.ONE, shown(Partial(x, x), sp.S.One), None, None))


def _ends_in_the_wrong_order() -> bool:
    goal = Statement(A, B, Relation.LE)
    return accepted(goal, Taylor(X, X, A, B, RING, tm.ONE, shown(Partial(x, x), sp.S.One), None, None))


def _limit(lhs: tm.Term, rhs: tm.Term, to: tm.Term | None = None) -> Statement:
    return Statement(lhs, rhs, Relation.TENDS, approach=Approach(X, to, 1 if to is None else 0))


def _limit_of_something_else() -> bool:
    """x tends to infinity; 0 does not."""
    return accepted(_limit(X, tm.ZERO), Limiting(tm.ZERO, RING, RING))


def _infinite_limit() -> bool:
    return accepted(_limit(X, tm.ZERO), Limiting(X, RING, RING))


def _another_limit() -> bool:
    return accepted(_limit(X, tm.ONE, tm.ZERO), Limiting(X, RING, RING))


def _quotient_that_is_determined() -> bool:
    """(2 + x^2) / (1 + x^2) tends to 2 at 0, and the quotient of the slopes is 1."""
    top, bottom, slope = X**2 + 2, X**2 + 1, 2 * X
    slopes = (shown(Partial(x**2 + 2, x), 2 * x), shown(Partial(x**2 + 1, x), 2 * x))
    goal = _limit(top * tm.power(bottom, -1), tm.ONE, tm.ZERO)
    one = prove_lowered(goal.nearby.equation(slope * tm.power(slope, -1), tm.ONE), 1000)
    assert isinstance(one, Proof)
    rest = Limiting(tm.ONE, one.derivation, RING)
    return accepted(goal, Hopital(top, bottom, RING, (RING, RING), slope, slope, slopes, rest))


def _squeezed(below: tm.Term, above: tm.Term, ends: tuple[Derivation, Derivation]) -> bool:
    """1 - x tends to 1 at 0, and not to 2."""
    goal = _limit(tm.sub(tm.ONE, X), tm.num(2), tm.ZERO)
    gaps = tm.sub(above, goal.lhs), tm.sub(goal.lhs, below)
    return accepted(goal, Squeezed(below, above, gaps, (RING, RING), ends))


def _nothing_between() -> bool:
    """Between 2 and 2, as if that showed."""
    two = Limiting(tm.num(2), RING, RING)
    return _squeezed(tm.num(2), tm.num(2), (two, two))


def _gaps_of_something_else() -> bool:
    """2 - 1 is 1, which is above 0, but the left side is not 1."""
    goal = _limit(tm.sub(tm.num(3), X), tm.num(2), tm.ZERO)
    two = Limiting(tm.num(2), RING, RING)
    return accepted(goal, Squeezed(tm.num(2), tm.num(2), (tm.ONE, tm.ONE), (RING, RING), (two, two)))


def _ends_apart() -> bool:
    """1 lies between 0 and 2, which have other limits."""
    goal = _limit(tm.ONE, tm.num(2), tm.ZERO)
    ends = Limiting(tm.ZERO, RING, RING), Limiting(tm.num(2), RING, RING)
    return accepted(goal, Squeezed(tm.ZERO, tm.num(2), (tm.ONE, tm.ONE), (RING, RING), ends))


ATTACKS: dict[str, Callable[[], bool]] = {
    "induction over a real number": _between_the_integers,
    "induction over a number that is assumed": _about_an_assumed_number,
    "induction without a base": _without_a_base,
    "induction without a step": _without_a_step,
    "a sum over an index of the claim": _summand_of_a_fixed_index,
    "summands that are not 0": _summands_that_are_not_zero,
    "a sum of something else": _outside_something_else,
    "a contradiction that is none": _no_contradiction,
    "a contradiction that is not shown": _contradiction_that_is_not_shown,
    "a slope with the sign of another point": _rising_where_it_falls,
    "a slope that is not the derivative": _wrong_slope,
    "a gain of something else": _wrong_gain,
    "a segment whose ends are not ordered": _ends_in_the_wrong_order,
    "a limit of something else": _limit_of_something_else,
    "a limit that is infinite": _infinite_limit,
    "another limit": _another_limit,
    "l'Hopital where nothing is indeterminate": _quotient_that_is_determined,
    "a squeeze of what is not between": _nothing_between,
    "a squeeze of something else": _gaps_of_something_else,
    "a squeeze between different limits": _ends_apart,
}
