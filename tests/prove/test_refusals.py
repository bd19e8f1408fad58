"""What is wrong with a derivation by its form is refused for that reason, before anything is compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formulas import get
from formulas.schema import Relation
from symcheck.prover import CheckError, Proof, check, prove
from symcheck.prover.derivation import Derivation, Equation, Line, Substitution
from symcheck.prover.kinds.absurd import Absurd
from symcheck.prover.kinds.bounded import Bounded
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.summed import Summed
from symcheck.prover.kinds.taylor import Taylor
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index

G, J, K, M = Index("i", "n"), Index("j", "n"), Index("k", "n"), Index("k", "m")
X, T = tm.var("x"), tm.var("t")
V = tm.sum_over(G, tm.var("v", G))
W = tm.sum_over(M, tm.var("w", M))
SAME = Statement(V, V)
BELOW = Statement(V, V, Relation.LE)
RING = Equation(())


def entry(i: Index) -> tm.Term:
    return tm.var("v", i)


def taylor(f: tm.Term = T) -> Taylor:
    return Taylor(T, f, X, X, RING, tm.ONE, RING, None, None)


def line(reason: str, **parts: object) -> Equation:
    return Equation((Line(V, V, reason, **parts),))


def bounded() -> tuple[Statement, Bounded]:
    found = prove(get("act.gelu").claim("tanh_error"))
    assert isinstance(found, Proof) and isinstance(found.derivation, Bounded)
    return found.statement, found.derivation


BOUND, BOXES = bounded()
OF_EACH = Statement(V + W, V + W, facts=(Fact("equal", entry(G), tm.ZERO, (G,)),))

REFUSED: dict[str, tuple[Statement, Derivation, str]] = {
    "cases at one index": (SAME, Cases(entry(J), dict.fromkeys((-1, 0, 1), RING)), "whose indices the goal"),
    "contradiction at one index": (SAME, Absurd(entry(J), entry(J), RING), "about indices that the goal"),
    "summand at one index": (SAME, Summed(J, entry(J) * entry(K), RING, RING), "a summand with indices"),
    "sums of an inequality": (BELOW, Summed(J, tm.ZERO, RING, RING), "an inequality is not shown by"),
    "Taylor for an equation": (SAME, taylor(), "shows an inequality here"),
    "Taylor at one index": (BELOW, taylor(entry(J) * T), "an index that the statement does not have"),
    "Taylor from 0 on": (
        replace(Statement(V + X, V + X, Relation.LE), signs={"t": frozenset({0, 1})}),
        taylor(),
        "must range over all numbers",
    ),
    "bound of an equation": (SAME, BOXES, "a bound on the line is about"),
    "bound without a certificate": (replace(BOUND, certificate=None), BOXES, "needs its certificate"),
    "bound of two variables": (
        replace(BOUND, lhs=tm.fn("abs", BOUND.lhs.args[1] + tm.var("y"))),
        BOXES,
        "a function of x alone",
    ),
    "unknown reason": (SAME, line("because"), "unknown reason because"),
    "positions within one another": (
        SAME,
        Equation((Line(V, V, "within"), Line(V, V, "within", uses=(((), 0), ((1,), 0))))),
        "two positions overlap",
    ),
    "hypothesis at an index of another range": (
        OF_EACH,
        line("fact", name="0", subst=Substitution(indices={"i": M})),
        "an index of another range",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_for_that(name: str) -> None:
    goal, derivation, why = REFUSED[name]
    with pytest.raises(CheckError, match=why):
        check(goal, derivation)
