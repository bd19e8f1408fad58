"""Hypotheses for all values of a scalar: met only by functions of which they are true, and used only so."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import fmpq

from formulas.check import ShapeError
from formulas.check_entries import check_claim
from formulas.language import Everywhere, positive, real, smooth
from formulas.schema import Claim, Relation, Segment
from symcheck.prover import Open, Proof, prove
from symcheck.refute.everywhere import holds
from symcheck.refute.falsify import falsify

u, x, y, s = real("u"), real("x"), real("y"), positive("s")
f, df, ddf = smooth("f"), smooth("f'"), smooth("f''")

CASES = [
    (sp.Ge, u**2, 0, u, True),
    (sp.Gt, u**2, 0, u, False),
    (sp.Gt, u**2 + 1, 0, u, True),
    (sp.Ge, u**3, 0, u, False),
    (sp.Ge, s**3, 0, s, True),
    (sp.Ge, s**2 - s, 0, s, False),
    (sp.Ge, (u - 1) ** 2 * (u + 2) ** 2, 0, u, True),
    (sp.Ge, (u - 1) ** 2 * (u + 2), 0, u, False),
    (sp.Le, u, 3, u, False),
    (sp.Le, -(u**2), 3, u, True),
    (sp.Eq, (u + 1) ** 2 - u**2 - 2 * u, 1, u, True),
    (sp.Eq, u**2, u, u, False),
    (sp.Ne, u**2 + 1, 0, u, True),
    (sp.Ne, u, 5, u, False),
    (sp.Ge, s * (s + 1), 0, s, True),
    (sp.Le, -s, 0, s, True),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_polynomials_are_decided_by_their_roots(case: tuple[type, sp.Expr, sp.Expr, sp.Symbol, bool]) -> None:
    kind, left, right, variable, expected = case
    relation = kind(left, right, evaluate=False)
    difference = relation.lhs - relation.rhs

    def gap(value: fmpq) -> fmpq:
        found = difference.xreplace({variable: sp.Rational(int(value.p), int(value.q))})
        return fmpq(int(found.p), int(found.q))

    assert holds(relation, variable, gap) is expected


def _rising(*given: sp.Basic) -> Claim:
    return Claim(
        name="c",
        lhs=f(y),
        rhs=f(x),
        relation=Relation.GE,
        hypotheses=given,
        certificate=Segment(x=u, f=f(u), start=x, end=y, slope=df(u)),
    )


def test_a_hypothesis_for_all_values_is_used_between_the_ends() -> None:
    stated = _rising(Everywhere(u, df(u) >= 0), y >= x)
    assert isinstance(prove(stated), Proof)
    found = falsify(stated)
    assert found.counterexample is None
    assert found.points >= 40


@pytest.mark.parametrize(
    "given",
    [
        (Everywhere(u, df(u) >= 0),),
        (Everywhere(u, ddf(u) >= 0), y >= x),
        (df(x) >= 0, df(y) >= 0, y >= x),
        (df(u) >= 0, y >= x),
    ],
    ids=str,
)
def test_less_is_not_enough(given: tuple[sp.Basic, ...]) -> None:
    """The last one says it of one u only, which is not that between the ends."""
    stated = _rising(*given)
    assert isinstance(prove(stated), Open)
    assert falsify(stated).counterexample is not None


def test_the_variable_stands_nowhere_else() -> None:
    bad = Claim(name="c", lhs=f(u), rhs=f(x), hypotheses=(Everywhere(u, df(u) >= 0),))
    with pytest.raises(ShapeError, match="all values"):
        check_claim(bad)
