"""A derivative exists where its body is rewritten, all around the point, to one without a kink."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Abs, Max, Min

from formulas.language import Partial, positive, real
from formulas.schema import Relation
from symcheck.prover import Open, Proof, prove_statement

x, y, eps = real("x"), real("y"), positive("eps")
TIED = Min(x, Max(x, y))


def test_arguments_that_coincide_all_around_leave_no_kink() -> None:
    assert isinstance(prove_statement(Partial(TIED, x), sp.S.One, Relation.EQ, (y < x,)), Proof)


@pytest.mark.parametrize("hypotheses", [(), (y <= x,), (sp.Eq(y, x, evaluate=False),), (x < y,)])
def test_what_holds_only_on_an_edge_does_not_smooth_a_kink(hypotheses: tuple[sp.Basic, ...]) -> None:
    claimed = Partial(Max(x, y), x)
    for slope in (sp.S.One, sp.Rational(1, 2)):
        assert isinstance(prove_statement(claimed, slope, Relation.EQ, hypotheses), Open)


def test_a_modulus_is_not_differentiated_at_its_kink() -> None:
    assert isinstance(prove_statement(Partial(Abs(x), x), sp.S.One, Relation.EQ, (x >= 0,)), Open)
    assert isinstance(prove_statement(Partial(Abs(x), x), sp.S.One, Relation.EQ, (x > 0,)), Proof)


def test_like_terms_are_collected_before_a_sign_is_read() -> None:
    assert isinstance(prove_statement(1 - eps, 1 + eps, Relation.LT), Proof)
    assert isinstance(prove_statement(1 + eps, 1 - eps, Relation.LE), Open)
    assert isinstance(prove_statement(x - eps, y + eps, Relation.LT, (x < y,)), Proof)
    assert isinstance(prove_statement(x + eps, y, Relation.LT, (x < y,)), Open)
    assert isinstance(prove_statement(x, y - eps, Relation.LE, (x <= y,)), Open)


def test_an_inequality_with_branches_is_shown_by_cases() -> None:
    assert isinstance(prove_statement(Min(x, y), x, Relation.LE), Proof)
    assert isinstance(prove_statement(Max(x, y), x, Relation.GE), Proof)
    assert isinstance(prove_statement(Min(x, y), x, Relation.LT), Open)
