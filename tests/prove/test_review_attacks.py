"""False statements and forged derivations that an independent review once got accepted."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from formulas.language import Partial, delta, dim, index, natural, real, tensor, total
from formulas.schema import Relation
from symcheck.prove import CheckError, Open, Proof, check, prove_statement
from symcheck.prove.derivation import Equation, Line, Substitution
from symcheck.prove.kinds.cases import Cases
from symcheck.prove.kinds.signed import Signed
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

n, N, x, y = dim("n"), natural("N"), real("x"), real("y")
i, j, k = index("i j k")
A, z = tensor("A", n, n), tensor("z", n)
NONZERO = sp.Piecewise((1, sp.Ne(x, 0)), (0, True))
UP, DOWN = sp.Piecewise((1, x > 0), (0, True)), sp.Piecewise((1, -x > 0), (0, True))


def odd_index(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (Partial(x * NONZERO, x), NONZERO),
        (Partial(x * UP + x * DOWN, x), UP + DOWN),
        (Partial(x * sp.Abs(y) * sp.Abs(x), x), sp.Abs(y) * sp.Abs(x)),
        (Partial(sp.Abs(x) + x - sp.Max(x, -x), x), sp.S.One),
        (total(A[k, odd_index("%1")], (k, n)), total(A[k, k], (k, n))),
        (total(A[k, odd_index("bound1")], (k, n)), total(A[k, k], (k, n))),
        (delta(odd_index("#1"), odd_index("#2")) * z[odd_index("#1")], sp.S.Zero),
        (z[odd_index("~1")], z[odd_index("!1")]),
        (sp.Abs(x) + sp.Symbol("x", positive=True), x + sp.Symbol("x", positive=True)),
    ],
)
def test_a_false_equation_stays_open(lhs: sp.Expr, rhs: sp.Expr) -> None:
    assert isinstance(prove_statement(lhs, rhs), Open)


@pytest.mark.parametrize("size", [N, sp.Integer(0), sp.Integer(-5), n - 1, real("r")])
def test_a_sum_that_may_be_empty_is_not_a_sum_over_an_axis(size: sp.Expr) -> None:
    positive = sp.Sum(sp.exp(y), (k, 1, size))
    found = prove_statement(sp.S.Zero, positive, Relation.LT)
    assert isinstance(found, Open)


def test_a_sum_over_no_integers_is_zero() -> None:
    """By the convention of empty sums, not by that of Karr, which SymPy's ``doit`` follows."""
    assert isinstance(prove_statement(sp.Sum(sp.exp(y), (k, 1, sp.Integer(-5))), sp.S.Zero), Proof)
    assert isinstance(prove_statement(sp.Sum(k, (k, 1, sp.Integer(-3))), sp.Integer(3)), Open)


def test_summands_that_are_not_zero_may_add_up_to_zero() -> None:
    found = prove_statement(
        total(z[k], (k, n)) / total(z[i], (i, n)), sp.S.One, Relation.EQ, [sp.Ne(z[j], 0)]
    )
    assert isinstance(found, Open)
    assert "not defined" in found.reason


X = tm.var("x")
TRIVIAL = Statement(X, X)


def empty_axis() -> Equation:
    line = Line(
        tm.sum_over(Index("%1", "0"), tm.ONE), tm.ZERO, "rule", "sum.one", Substitution(sizes={"?n": "0"})
    )
    return Equation((line,))


def constant_outside() -> Equation:
    two = Index("#2", "n")
    lhs = tm.sum_over(Index("%1", "n"), tm.delta(Index("%1", "n"), two))
    subst = Substitution({"f": ((Index("p", "n"),), tm.ONE)}, {"?j": two}, {"?n": "n"})
    return Equation((Line(lhs, tm.ONE, "rule", "sum.delta", subst),))


def floating_number() -> Equation:
    return Equation((Line(Term("num", 1e20), Term("num", 1e20), "within"),))


def unknown_node() -> Equation:
    return Equation((Line(Term("zzz"), Term("zzz"), "within"),))


def too_many_parts() -> Equation:
    return Equation((Line(Term("pow", X, X, X), Term("pow", X, X, X), "within"),))


def hidden_name() -> Equation:
    i0 = Index("\x001", "n")
    return Equation((Line(tm.var("v", i0), tm.var("v", i0), "within"),))


@pytest.mark.parametrize(
    "forged", [empty_axis, constant_outside, floating_number, unknown_node, too_many_parts, hidden_name]
)
def test_a_forged_line_is_refused(forged: object) -> None:
    goal = Statement(tm.var("v", Index("i", "n")), tm.var("v", Index("i", "n")))
    with pytest.raises(CheckError):
        check(goal, forged())  # type: ignore[operator]


@pytest.mark.parametrize("nonsense", [None, 3, Cases("x", {}), Cases(X, {}), Signed("c", Equation(()))])  # type: ignore[arg-type]
def test_what_is_no_derivation_is_refused(nonsense: object) -> None:
    with pytest.raises(CheckError):
        check(TRIVIAL, nonsense)  # type: ignore[arg-type]


def test_a_sum_is_not_differentiated_by_a_fact_about_one_index() -> None:
    """log v_k is differentiable at the one k of which v_k > 0 is known, not for all."""
    goal = Statement(tm.var("v", Index("k", "n")), tm.var("v", Index("k", "n")))
    of, by = Index("k", "n"), tm.var("v", Index("k", "n"))
    body = tm.fn("log", tm.var("v", of))
    subst = Substitution({"f": ((of,), body), "x": ((), by)}, {"?i": of}, {"?n": "n"})
    inner = Index("%1", "n")
    lhs = tm.partial(tm.sum_over(inner, tm.rename(body, {of: inner})), by)
    rhs = tm.sum_over(inner, tm.partial(tm.rename(body, {of: inner}), by))
    with pytest.raises(CheckError):
        check(goal, Equation((Line(lhs, rhs, "rule", "diff.sum", subst),)))


def test_numbers_in_lines_are_fractions() -> None:
    assert type(tm.num(Fraction(1, 2)).args[0]) is Fraction
