"""Moduli, maxima and cases: proved by cases, under sums summand by summand, and only where that is right."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from sympy import Abs, Max, Min, Piecewise

from formulas.language import Partial, dim, index, positive, real, tensor, total
from formulas.schema import Relation
from symcheck.prover import CheckError, Open, Proof, check, prove_statement
from symcheck.prover.derivation import Equation
from symcheck.prover.kinds.absurd import Absurd
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.summed import Summed
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement, statement
from symcheck.terms.term import Index

n, m = dim("n"), dim("m")
i, j, k, l = index("i j k l")  # noqa: E741
x, y = tensor("x", n), tensor("y", n)
A = tensor("A", n, m)
a, b, c = real("a"), real("b"), real("c")
d = positive("d")


def eq(lhs: sp.Expr, rhs: sp.Expr) -> sp.Basic:
    return sp.Eq(lhs, rhs, evaluate=False)


def norm1(of: sp.IndexedBase) -> sp.Expr:
    return total(Abs(of[i]), (i, n))


off = (sp.Ne(x[k], y[k]),)
TRUE = {
    "modulus_of_product": (Abs(a * b * c), Abs(a) * Abs(b) * Abs(c), ()),
    "modulus_of_scaled_difference": (Abs(3 * a - 3 * b), 3 * Abs(b - a), ()),
    "modulus_of_factored_sum": (Abs(a * b + a * c), Abs(a) * Abs(b + c), ()),
    "square_under_a_sum": (total(Abs(x[i]) ** 2, (i, n)), total(x[i] ** 2, (i, n)), ()),
    "sign_times_value": (total(sp.sign(x[i]) * x[i], (i, n)), norm1(x), ()),
    "parts_under_a_sum": (total(Max(x[i], 0) + Max(-x[i], 0), (i, n)), norm1(x), ()),
    "two_sums": (
        total(Abs(A[i, j]), (i, n), (j, m)),
        total(Max(A[i, j], 0) + Max(-A[i, j], 0), (i, n), (j, m)),
        (),
    ),
    "share_of_what_is_outside": (total(Max(x[i], a), (i, n)) - n * a, total(Max(x[i] - a, 0), (i, n)), ()),
    "derivative_of_modulus_under_a_sum": (
        Partial(total(Abs(x[i] - y[i]), (i, n)), x[j]),
        sp.sign(x[j] - y[j]),
        off,
    ),
    "derivative_of_a_branch": (
        Partial(Piecewise((a**2, Abs(a) <= d), (d * Abs(a), True)), a),
        Piecewise((2 * a, Abs(a) <= d), (d * sp.sign(a), True)),
        (sp.Ne(Abs(a), d),),
    ),
    "kink_that_another_branch_hides": (
        Partial(Piecewise((a**2, Abs(a) < d), (Abs(a), True)), a),
        2 * a,
        (Abs(a) < d,),
    ),
    "contradictory_branch": (a**2, d * Abs(a), (eq(Abs(a), d),)),
    "causal_weights": (
        sp.Sum(sp.exp(x[k]) / sp.Sum(sp.exp(x[l]), (l, 1, i)), (k, 1, i)),
        sp.Integer(1),
        (),
    ),
    "nothing_from_later": (Partial(sp.Sum(x[k] ** 2, (k, 1, i)), x[j]), sp.Integer(0), (sp.Gt(j, i),)),
    "share_of_an_earlier_one": (Partial(sp.Sum(x[k] ** 2, (k, 1, i)), x[j]), 2 * x[j], (sp.Le(j, i),)),
    "entries_apart": (Partial(x[i], x[j]), sp.Integer(0), (sp.Ne(i, j),)),
    "root_of_product": (
        sp.sqrt(a**2 * total(x[i] ** 2, (i, n))),
        Abs(a) * sp.sqrt(total(x[i] ** 2, (i, n))),
        (),
    ),
    "clip": (Min(Max(a, -d), d), Max(Min(a, d), -d), ()),
}
FALSE = {
    "modulus_is_additive": (Abs(a + b), Abs(a) + Abs(b), ()),
    "modulus_of_sum": (Abs(total(x[i], (i, n))), norm1(x), ()),
    "derivative_of_modulus_at_a_kink": (Partial(norm1(x), x[j]), sp.sign(x[j]), ()),
    "one_index_away_from_its_kink": (
        Partial(norm1(x), x[k]) + x[j],
        sp.sign(x[k]) + x[j],
        (sp.Ne(x[j], 0),),
    ),
    "derivative_at_the_edge_of_a_case": (
        Partial(Piecewise((a**2, a <= d), (d**2, True)), a),
        Piecewise((2 * a, a <= d), (0, True)),
        (),
    ),
    "jump_in_the_test": (
        Partial(Piecewise((a, sp.sign(a) + 2 > 0), (-a, True)), a),
        sp.Integer(1),
        (),
    ),
    "nothing_from_earlier": (Partial(sp.Sum(x[k] ** 2, (k, 1, i)), x[j]), sp.Integer(0), (sp.Ge(j, i),)),
    "a_test_that_moves": (Partial(Piecewise((a, b > 0), (-a, True)), b), sp.Integer(0), ()),
    "entries_perhaps_apart": (Partial(x[i], x[j]), sp.Integer(0), (sp.Le(i, j),)),
    "root_of_product_of_either_sign": (sp.sqrt(a * b), sp.sqrt(a) * sp.sqrt(b), (a * b > 0,)),
    "square_of_sign": (sp.sign(a) ** 2, sp.Integer(1), ()),
    "maximum_of_sums": (
        Max(total(x[i], (i, n)), total(y[i], (i, n))),
        total(Max(x[i], y[i]), (i, n)),
        (),
    ),
}


@pytest.mark.parametrize("name", sorted(TRUE))
def test_it_is_proved(name: str) -> None:
    lhs, rhs, hypotheses = TRUE[name]
    found = prove_statement(lhs, rhs, Relation.EQ, hypotheses)
    assert isinstance(found, Proof), found
    assert isinstance(prove_statement(lhs, rhs + d, Relation.EQ, hypotheses), Open)


@pytest.mark.parametrize("name", sorted(FALSE))
def test_it_is_not_proved(name: str) -> None:
    lhs, rhs, hypotheses = FALSE[name]
    assert isinstance(prove_statement(lhs, rhs, Relation.EQ, hypotheses), Open)


@pytest.mark.parametrize(
    "larger, smaller",
    [
        (sp.Integer(1), sp.sign(a)),
        (sp.sign(a), sp.Integer(-1)),
        (sp.Integer(2), sp.cos(a) + 1),
        (Piecewise((a**2, a > 0), (d, True)), sp.Integer(0)),
        (a**2 + 2, 1 + (1 - a**2)),
    ],
)
def test_signs_that_show(larger: sp.Expr, smaller: sp.Expr) -> None:
    assert isinstance(prove_statement(larger, smaller, Relation.GE), Proof)


@pytest.mark.parametrize(
    "larger, smaller",
    [
        (sp.sign(a), sp.Integer(0)),
        (sp.Integer(2), sp.sign(a) + 2),
        (sp.cos(a), sp.Integer(0)),
        (Piecewise((a, b > 0), (d, True)), sp.Integer(0)),
        (a**2 + 2, 1 + (2 - a**2)),
        (a, 2 * a - (a + d) + 1),
    ],
)
def test_signs_that_do_not_show(larger: sp.Expr, smaller: sp.Expr) -> None:
    assert isinstance(prove_statement(larger, smaller, Relation.GE), Open)


def test_a_sum_is_positive_by_a_summand_that_is_there() -> None:
    """Each row of a causal mask has its own entry; a count of positive entries may be 0."""
    own = sp.Sum(sp.exp(x[k]), (k, 1, i))
    counted = total(Piecewise((1, x[k] > 0), (0, True)), (k, n))
    assert isinstance(prove_statement(own, sp.Integer(0), Relation.GT), Proof)
    assert isinstance(prove_statement(counted, sp.Integer(0), Relation.GT), Open)
    assert isinstance(prove_statement(counted + x[i] - x[i], x[j] - x[j], Relation.GT), Open)


def _goal(lhs: sp.Expr, rhs: sp.Expr, *hypotheses: sp.Basic) -> Statement:
    return statement(lhs, rhs, Relation.EQ, hypotheses)


def test_nothing_is_absurd_whose_signs_agree() -> None:
    goal = _goal(a, b, a >= 0)
    zero = tm.num(0)
    for left, right in ((tm.var("a"), tm.var("a")), (zero, zero), (tm.var("a"), zero)):
        with pytest.raises(CheckError):
            check(goal, Absurd(left, right, Equation(())))


def test_an_absurdity_has_to_be_shown() -> None:
    goal = _goal(a, b, d > 1)
    with pytest.raises(CheckError):
        check(goal, Absurd(tm.var("d"), tm.num(0), Equation(())))


def test_an_absurdity_is_defined() -> None:
    """1/a = 1/a is no contradiction where a is 0, and neither is log of what may be negative."""
    goal = _goal(a, b)
    inverse = tm.power(tm.var("a"), -1)
    with pytest.raises(CheckError, match="defined"):
        check(goal, Absurd(inverse * tm.var("a"), tm.num(0), Equation(())))


def test_a_branch_is_absurd_only_under_its_own_facts() -> None:
    lhs, rhs, hypotheses = TRUE["contradictory_branch"]
    found = prove_statement(lhs, rhs, Relation.EQ, hypotheses)
    assert isinstance(found, Proof) and isinstance(found.derivation, Cases)
    absurd = next(p for p in found.derivation.parts() if isinstance(p, Absurd))
    with pytest.raises(CheckError):
        check(_goal(lhs, rhs, *hypotheses), absurd)


def _summed() -> tuple[Statement, Summed]:
    goal = _goal(total(sp.sign(x[i]) * x[i], (i, n)), norm1(x))
    found = prove_statement(*TRUE["sign_times_value"][:2])
    assert isinstance(found, Proof) and isinstance(found.derivation, Summed)
    check(goal, found.derivation)
    return goal, found.derivation


def test_each_summand_has_to_vanish() -> None:
    goal, d = _summed()
    for wrong in (
        replace(d, summand=d.summand + tm.num(1)),
        replace(d, summand=tm.num(0)),
        replace(d, inside=Equation(())),
        replace(d, index=Index("v1", "m")),
        replace(d, index=Index("#1", "n")),
        replace(d, index=Index("!1", "n")),
    ):
        with pytest.raises(CheckError):
            check(goal, wrong)


def test_a_summand_shown_for_one_index_is_not_shown_for_all() -> None:
    """x[j] = 0 for the j of the claim does not make sum_j x[j] vanish."""
    j_ = Index("j", "n")
    xj = tm.var("x", j_)
    fact = Fact("equal", xj, tm.ZERO)
    goal = Statement(
        tm.add(tm.sum_over(Index("%1", "n"), tm.var("x", Index("%1", "n"))), xj), xj, facts=(fact,)
    )
    single = prove_statement(x[j], sp.Integer(0), Relation.EQ, (eq(x[j], 0),))
    assert isinstance(single, Proof)
    with pytest.raises(CheckError):
        check(goal, Summed(j_, xj, Equation(()), single.derivation))
