"""Inequalities by the sign of a derivative between two points, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from sympy import exp, log

from formulas.language import Partial, dim, index, positive, real, sigmoid, smooth, tensor, total
from formulas.schema import Claim, Relation, Segment
from symcheck.prover import CheckError, Open, Proof, check, prove
from symcheck.prover.derivation import Equation
from symcheck.prover.kinds.taylor import Taylor
from symcheck.terms import term as tm
from symcheck.terms.statement import of_claim
from symcheck.terms.term import Index

n = dim("n")
i, j, k = index("i j k")
v = tensor("v", n)
x, y, u = real("x"), real("y"), real("u")
a, b, s = positive("a"), positive("b"), positive("s")
f, df = smooth("f"), smooth("f'")
SIGMOID = Segment(x=u, f=sigmoid(u), start=x, end=y, slope=sigmoid(u) * (1 - sigmoid(u)))
EXP = Segment(x=u, f=exp(u), start=x, end=y, slope=exp(u), curvature=exp(u))
IDENTITY = Equation(())


def claim(lhs: sp.Expr, rhs: sp.Expr, relation: Relation, certificate: Segment, *given: sp.Basic) -> Claim:
    return Claim(name="c", lhs=lhs, rhs=rhs, relation=relation, certificate=certificate, hypotheses=given)


PROVED = [
    claim(sigmoid(y), sigmoid(x), Relation.GE, SIGMOID, y >= x),
    claim(sigmoid(y), sigmoid(x), Relation.GT, SIGMOID, y > x),
    claim(exp(y), exp(x) * (1 + y - x), Relation.GE, EXP),
    claim(exp(y), exp(x) * (1 + y - x), Relation.GT, EXP, sp.Ne(y, x)),
    claim(
        log(a),
        log(b) + (a - b) / b,
        Relation.LE,
        Segment(x=s, f=-log(s), start=b, end=a, slope=-1 / s, curvature=1 / s**2),
    ),
    claim(y**3, x**3, Relation.GE, Segment(x=u, f=u**3, start=x, end=y, slope=3 * u**2), y >= x),
]
NOT_PROVED = [
    claim(sigmoid(y), sigmoid(x), Relation.GE, SIGMOID),
    claim(sigmoid(y), sigmoid(x), Relation.GT, SIGMOID, y >= x),
    claim(sigmoid(y), sigmoid(x), Relation.GE, SIGMOID, y <= x),
    claim(exp(y), exp(x) * (1 + y - x), Relation.GT, EXP),
    claim(exp(y), exp(x) * (1 + y - x) + 1, Relation.GE, EXP),
    claim(y**2, x**2, Relation.GE, Segment(x=u, f=u**2, start=x, end=y, slope=2 * u), y >= x),
    claim(f(y), f(x), Relation.GE, Segment(x=u, f=f(u), start=x, end=y, slope=df(u)), y >= x),
    claim(1 / x, 1 / y, Relation.GE, Segment(x=u, f=-1 / u, start=x, end=y, slope=u**-2), y >= x),
    claim(-1 / a, -1 / b, Relation.GE, Segment(x=s, f=-1 / s, start=b, end=a, slope=s**-2)),
    claim(
        sp.sign(y), sp.sign(x), Relation.LE, Segment(x=u, f=-sp.sign(u), start=x, end=y, slope=sp.S.Zero),
        y >= x,
    ),
]  # fmt: skip


@pytest.mark.parametrize("stated", PROVED, ids=lambda c: f"{c.lhs}{c.relation}{c.rhs}")
def test_inequalities_that_are_proved(stated: Claim) -> None:
    found = prove(stated)
    assert isinstance(found, Proof), found
    turned = {Relation.GE: Relation.LE, Relation.LE: Relation.GE, Relation.GT: Relation.LT}
    with pytest.raises(CheckError):
        check(replace(found.statement, relation=turned[stated.relation]), found.derivation)


@pytest.mark.parametrize("stated", NOT_PROVED, ids=lambda c: f"{c.lhs}{c.relation}{c.rhs}")
def test_what_does_not_follow_is_not_proved(stated: Claim) -> None:
    assert isinstance(prove(stated), Open)


def _proof() -> tuple[Proof, Taylor]:
    found = prove(PROVED[0])
    assert isinstance(found, Proof)
    assert isinstance(found.derivation, Taylor)
    return found, found.derivation


def test_corrupted_derivations_are_refused() -> None:
    found, d = _proof()
    slope = tm.partial(d.f, d.x)
    for bad in (
        replace(d, start=d.end, end=d.start),
        replace(d, slope=d.slope + 1),
        replace(d, slope=slope, first=IDENTITY),
        replace(d, f=d.f * 2),
        replace(d, x=tm.var("x")),
        replace(d, x=tm.num(1)),
        replace(d, curvature=d.slope),
    ):
        with pytest.raises(CheckError):
            check(found.statement, bad)


def test_a_variable_of_the_statement_is_refused() -> None:
    """Were x the variable, x >= x0 would be assumed of the x that the statement holds for all of."""
    stated = claim(x**2, sp.S.Zero, Relation.GE, Segment(x=x, f=x**2, start=sp.S.Zero, end=x, slope=2 * x))
    goal = of_claim(stated)
    with pytest.raises(CheckError, match="variable of its own"):
        check(
            goal,
            Taylor(tm.var("x"), goal.lhs, tm.ZERO, tm.var("x"), IDENTITY, goal.lhs, IDENTITY, None, None),
        )


def test_the_ends_lie_where_the_variable_does() -> None:
    """-1/s rises for s > 0, but not from -1 to 1."""
    stated = claim(
        -1 / y, -1 / x, Relation.GE, Segment(x=s, f=-1 / s, start=x, end=y, slope=s**-2),
        y >= x, sp.Ne(x, 0), sp.Ne(y, 0),
    )  # fmt: skip
    assert isinstance(prove(stated), Open)


def test_ends_are_not_captured_by_a_sum() -> None:
    stated = claim(
        total(v[i], (i, n)),
        n * v[j],
        Relation.GE,
        Segment(x=u, f=n * u, start=v[j], end=v[j], slope=sp.Integer(1) * n),
    )
    goal = of_claim(stated)
    J = Index("j", "n")
    summed = tm.sum_over(J, tm.var("u"))
    for start, end in ((tm.var("v", J), tm.ZERO), (tm.ZERO, tm.var("v", J))):
        d = Taylor(tm.var("u"), summed, start, end, IDENTITY, tm.dim("n"), IDENTITY, None, None)
        with pytest.raises(CheckError, match="binds"):
            check(goal, d)


def test_partial_of_an_unknown_is_no_slope() -> None:
    stated = claim(
        f(y), f(x), Relation.GE, Segment(x=u, f=f(u), start=x, end=y, slope=Partial(f(u), u)), y >= x
    )
    assert isinstance(prove(stated), Open)
