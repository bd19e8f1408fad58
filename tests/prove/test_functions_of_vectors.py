"""Undefined functions of vectors: the chain rule for any number of coordinates, and what is refused."""

from __future__ import annotations

import pytest
import sympy as sp

from formulas.check import ShapeError, index_ranges
from formulas.language import Field, Partial, dim, index, real, tensor, total
from formulas.schema import Approach, Claim, Quotient, Relation
from symcheck.prover import CheckError, Open, Proof, check, prove, prove_statement
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.form import IllFormed, well_formed
from symcheck.prover.signs import Signs
from symcheck.refute.falsify import falsify_statement
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement, statement
from symcheck.terms.term import Index

n, m, p = dim("n"), dim("m"), dim("p")
i, j, k, l = index("i j k l")  # noqa: E741
x, v, y = tensor("x", n), tensor("v", n), tensor("y", m)
t = real("t")
f, g, outer, square = Field("f", n), Field("g", n, m), Field("outer", m, p), Field("square", n, n)
I, J, K = Index("i", "n"), Index("j", "n"), Index("k", "n")  # noqa: E741


def X(at: sp.Symbol) -> sp.Expr:
    return x[at]


def G(at: sp.Symbol) -> sp.Expr:
    return g(X, out=at)


def line(at: sp.Symbol) -> sp.Expr:
    return x[at] + t * v[at]


TRUE = [
    (Partial(f(X), x[j]), f(X, by=(j,))),
    (Partial(Partial(f(X), x[i]), x[j]), Partial(Partial(f(X), x[j]), x[i])),
    (Partial(Partial(square(X, out=i), x[j]), x[k]), Partial(Partial(square(X, out=i), x[k]), x[j])),
    (Partial(f(line), t), total(f(line, by=(j,)) * v[j], (j, n))),
    (Partial(Partial(f(line), t), t), total(f(line, by=(j, k)) * v[j] * v[k], (j, n), (k, n))),
    (
        Partial(outer(G, out=i), x[j]),
        total(outer(G, out=i, by=(k,)) * Partial(g(X, out=k), x[j]), (k, m)),
    ),
    (Partial(f(lambda at: 2 * x[at]), x[j]), 2 * f(lambda at: 2 * x[at], by=(j,))),
]
FALSE = [
    (Partial(f(X), x[j]), f(X)),
    (Partial(square(X, out=i), x[j]), Partial(square(X, out=j), x[i])),
    (Partial(outer(G, out=i), x[j]), total(outer(G, out=i, by=(k,)), (k, m))),
    (Partial(f(line), t), total(f(X, by=(j,)) * v[j], (j, n))),
    (f(X, by=(j,)), f(X, by=(i,))),
    (f(lambda at: 2 * x[at]), 2 * f(X)),
    (square(X, out=i), square(X, out=j)),
]


@pytest.mark.parametrize("case", TRUE, ids=lambda c: str(c[0])[:60])
def test_what_holds_is_proved_and_survives(case: tuple[sp.Expr, sp.Expr]) -> None:
    assert isinstance(prove_statement(*case), Proof)
    found = falsify_statement(*case, seconds=8.0)
    assert found.counterexample is None
    assert found.points >= 10


@pytest.mark.parametrize("case", FALSE, ids=lambda c: str(c[0])[:60])
def test_what_fails_is_refuted_and_not_proved(case: tuple[sp.Expr, sp.Expr]) -> None:
    assert isinstance(prove_statement(*case), Open)
    assert falsify_statement(*case, seconds=8.0).counterexample is not None


def test_taylors_expansion_to_second_order_for_any_number_of_coordinates() -> None:
    above = f(line) - f(X) - t * total(f(X, by=(j,)) * v[j], (j, n))
    stated = Claim(
        name="c",
        lhs=above / t**2,
        rhs=total(f(X, by=(i, j)) * v[i] * v[j], (i, n), (j, n)) / 2,
        relation=Relation.TENDS,
        approach=Approach(x=t, to=sp.S.Zero),
        certificate=Quotient(top=above, bottom=t**2),
    )
    assert isinstance(prove(stated), Proof)


def test_indices_of_functions_are_checked() -> None:
    with pytest.raises(ShapeError):
        index_ranges(f(lambda at: y[at]))
    with pytest.raises(ShapeError):
        index_ranges(g(X, out=i) + x[i])
    with pytest.raises(ValueError):
        g(X)


def _vector(body: tm.Term) -> tm.Term:
    return tm.vector(K, body)


def test_a_vector_is_no_number() -> None:
    vector = _vector(tm.var("x", K))
    for bad in (vector + 1, tm.fn("exp", vector), tm.fn("f", tm.ONE, vector), tm.sum_over(J, vector)):
        with pytest.raises(IllFormed):
            well_formed(Statement(bad, bad))


def test_bound_entries_are_alike_under_any_name_and_no_others() -> None:
    same = Canonical().same
    a, b = tm.fn("f", _vector(tm.var("x", K))), tm.fn("f", tm.vector(J, tm.var("x", J)))
    assert same(a, b)
    assert not same(a, tm.fn("f", _vector(tm.var("x", J))))
    assert not same(tm.fn("f", _vector(tm.var("x", K))), tm.fn("f", _vector(tm.var("v", K))))
    assert tm.rename(tm.fn("f", _vector(tm.var("y", K, J))), {J: K}).free == {K}


def test_the_rule_for_functions_of_a_number_is_not_for_vectors() -> None:
    by = tm.var("x", J)
    applied = tm.fn("f", _vector(tm.var("x", K)))
    lhs = tm.partial(applied, by)
    rhs = tm.fn("f'", applied.args[1]) * tm.partial(applied.args[1], by)
    subst = Substitution({"u": ((), applied.args[1]), "x": ((), by)}, functions={"?f": "f"})
    with pytest.raises(CheckError):
        check(Statement(lhs, rhs), Equation((Line(lhs, rhs, "rule", "diff.function", subst),)))


def test_components_do_not_change_places_with_coordinates() -> None:
    """g_i by x_j is not g_j by x_i: only the coordinates of a second derivative commute."""
    vector = _vector(tm.var("x", K))
    lhs = tm.fn("g''", vector, tm.value_of(I), tm.value_of(J))
    rhs = tm.fn("g''", vector, tm.value_of(J), tm.value_of(I))
    goal = Statement(
        tm.fn("g'", vector, tm.value_of(I), tm.value_of(J)),
        tm.fn("g'", vector, tm.value_of(J), tm.value_of(I)),
    )
    subst = Substitution({"u": ((K,), tm.var("x", K))}, {"?s0": I, "?s1": J}, {"?m": "n"}, {"?f": "g"})
    check(Statement(lhs, rhs), Equation((Line(lhs, rhs, "rule", "field.symmetric0", subst),)))
    with pytest.raises(CheckError):
        check(goal, Equation((Line(goal.lhs, goal.rhs, "rule", "field.symmetric0", subst),)))


def test_a_vector_with_a_kink_has_no_derivative_by_rule() -> None:
    bent = f(lambda at: sp.Abs(x[at]))
    assert isinstance(prove_statement(Partial(bent, x[j]), f(lambda at: sp.Abs(x[at]), by=(j,))), Open)
    goal = statement(bent, bent)
    assert not Signs(Canonical(), goal).smooth(goal.lhs, "x")
