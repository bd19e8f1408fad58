"""Sums and products over ranges of integers, sequences, induction: what is proved and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from formulas.language import Expr, Frac, Partial, delta, dim, index, natural, real, sequence, tensor
from formulas.schema import Relation
from symcheck.prover import CheckError, Open, Proof, check, prove_statement
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.kinds.induction import Induction
from symcheck.refute.falsify import falsify_statement
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement, statement
from symcheck.terms.term import ENDLESS, Index, Term

t, s, u = natural("t"), natural("s"), natural("u")
n = dim("n")
i, j, k, l, a, b = index("i j k l a b")  # noqa: E741
x, y, gamma = real("x"), real("y"), real("gamma")
f, g, h, v, w = (sequence(name) for name in "fghvw")
z = tensor("z", n)
S, P = sp.Sum, sp.Product
T = tm.var("t")
NATURAL = {"signs": {"t": frozenset({0, 1})}, "integers": frozenset({"t"})}
M, A, X, Y = sequence("M", n, n), tensor("A", n, n), tensor("X", n, n), tensor("Y", n, n)
lam = tensor("lam", n)
K, Q = Index("k", ENDLESS), Index("q", ENDLESS)

TRUE: dict[str, tuple[Expr, Expr, tuple[sp.Basic, ...]]] = {
    "geometric sum": (S(gamma**k, (k, 0, t - 1)) * (1 - gamma), 1 - gamma**t, ()),
    "first numbers": (S(k, (k, 1, t)), t * (t + 1) / 2, ()),
    "first squares": (S(k**2, (k, 1, t)), t * (t + 1) * (2 * t + 1) / 6, ()),
    "telescoping": (S(v[k + 1] - v[k], (k, 0, t - 1)), v[t] - v[0], ()),
    "last member": (S(v[k], (k, 1, t + 1)), S(v[k], (k, 1, t)) + v[t + 1], ()),
    "read from the end": (S(v[t - k], (k, 0, t)), S(v[k], (k, 0, t)), ()),
    "range of none": (S(v[k], (k, 1, -t)), sp.S.Zero, ()),
    "product of powers": (P(gamma**2 * v[k], (k, 1, t)), gamma ** (2 * t) * P(v[k], (k, 1, t)), ()),
    "convolution commutes": (S(f[k] * g[t - k], (k, 0, t)), S(g[k] * f[t - k], (k, 0, t)), ()),
    "convolution associates": (
        S(S(f[l] * g[k - l], (l, 0, k)) * h[t - k], (k, 0, t)),
        S(f[k] * S(g[l] * h[t - k - l], (l, 0, t - k)), (k, 0, t)),
        (),
    ),
    "even and odd steps": (
        S(v[k], (k, 1, 2 * t)),
        S(v[2 * k - 1] + v[2 * k], (k, 1, t)),
        (),
    ),
    "a recurrence unrolled": (
        v[t],
        S(gamma**k * g[t - k], (k, 0, t - 1)),
        (sp.Eq(v[0], 0), sp.Eq(v[s + 1], gamma * v[s] + g[s + 1])),
    ),
    "the same from the other end": (
        v[t],
        S(gamma ** (t - k) * g[k], (k, 1, t)),
        (sp.Eq(v[0], 0), sp.Eq(v[s + 1], gamma * v[s] + g[s + 1])),
    ),
    "a power of a diagonalised matrix": (
        M[t, i, j],
        S(X[i, k] * lam[k] ** t * Y[k, j], (k, 1, n)),
        (
            sp.Eq(M[0, a, b], delta(a, b)),
            sp.Eq(M[s + 1, a, b], S(M[s, a, k] * A[k, b], (k, 1, n))),
            sp.Eq(A[a, b], S(X[a, k] * lam[k] * Y[k, b], (k, 1, n))),
            sp.Eq(S(X[a, k] * Y[k, b], (k, 1, n)), delta(a, b)),
            sp.Eq(S(Y[a, k] * X[k, b], (k, 1, n)), delta(a, b)),
        ),
    ),
}

FALSE: dict[str, tuple[Expr, Expr, tuple[sp.Basic, ...]]] = {
    "geometric sum, one too many": (S(gamma**k, (k, 0, t)) * (1 - gamma), 1 - gamma**t, ()),
    "first numbers": (S(k, (k, 1, t)), t**2 / 2, ()),
    "telescoping": (S(v[k + 1] - v[k], (k, 0, t - 1)), v[t] - v[1], ()),
    "Karr's convention": (S(sp.S.One, (k, 1, -t)), -t, ()),
    "cross-correlation commutes": (S(f[k] * g[t + k], (k, 0, t)), S(g[k] * f[t + k], (k, 0, t)), ()),
    "a product is linear": (P(2 * v[k], (k, 1, t)), 2 * P(v[k], (k, 1, t)), ()),
    "a product of sums": (P(v[k] + w[k], (k, 1, t)), P(v[k], (k, 1, t)) + P(w[k], (k, 1, t)), ()),
    "a sum of products": (S(v[k] * w[k], (k, 1, t)), S(v[k], (k, 1, t)) * S(w[k], (k, 1, t)), ()),
    "a recurrence before its start": (v[t], gamma * v[t - 1], (sp.Eq(v[s + 1], gamma * v[s]),)),
    "a base that is missing": (v[t], sp.S.Zero, (sp.Eq(v[s + 1], gamma * v[s]),)),
    "the wrong base": (v[t], gamma**t, (sp.Eq(v[0], 2), sp.Eq(v[s + 1], gamma * v[s]))),
    "an index and a number": (S(k * z[k], (k, 1, n)), n * S(z[k], (k, 1, n)), ()),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_statements_about_ranges_are_proved_and_survive(name: str) -> None:
    lhs, rhs, given = TRUE[name]
    found = prove_statement(lhs, rhs, hypotheses=given)
    assert isinstance(found, Proof), found.reason
    sample = falsify_statement(lhs, rhs, Relation.EQ, given, seconds=10)
    assert sample.counterexample is None
    assert sample.points >= 5


@pytest.mark.parametrize("name", FALSE)
def test_false_statements_about_ranges_are_refuted(name: str) -> None:
    lhs, rhs, given = FALSE[name]
    assert isinstance(prove_statement(lhs, rhs, hypotheses=given), Open)
    assert falsify_statement(lhs, rhs, Relation.EQ, given, seconds=10).counterexample is not None


def test_inequalities_by_induction() -> None:
    falling = (sp.Eq(v[s + 1], v[s] - w[s] ** 2),)
    assert isinstance(prove_statement(v[t], v[0], Relation.LE, falling), Proof)
    assert isinstance(prove_statement(v[t], v[0], Relation.LT, falling), Open)
    assert isinstance(prove_statement(v[t], v[1], Relation.LE, falling), Open)


def _induction() -> tuple[Statement, Induction]:
    goal = statement(S(k, (k, 1, t)), t * (t + 1) / 2)
    found = prove_statement(S(k, (k, 1, t)), t * (t + 1) / 2)
    assert isinstance(found, Proof)
    assert isinstance(found.derivation, Induction)
    return goal, found.derivation


def _refused(goal: Statement, d: Induction | Equation) -> None:
    with pytest.raises(CheckError):
        check(goal, d)


def test_an_induction_needs_its_base_and_its_step() -> None:
    goal, d = _induction()
    check(goal, d)
    _refused(goal, replace(d, base=d.step))
    _refused(goal, replace(d, step=d.base))
    _refused(goal, replace(d, step=Equation(())))
    _refused(goal, replace(d, base=Equation(())))
    shifted = statement(S(k, (k, 1, t)), t * (t + 1) / 2 + 1)
    _refused(shifted, d)


def test_induction_is_over_a_natural_number_of_which_nothing_is_assumed() -> None:
    goal, d = _induction()
    _refused(replace(goal, integers=frozenset()), d)
    _refused(replace(goal, signs={"t": frozenset({-1, 0, 1})}), d)
    _refused(goal.given(Fact("positive", T)), d)
    _refused(goal, replace(d, on="n"))


def test_the_induction_hypothesis_is_about_one_step_only() -> None:
    """v[t] = 0 for the t at hand does not say v[t + 1] = 0."""
    goal = Statement(
        tm.var("v", T), tm.ZERO, facts=(Fact("equal", tm.var("v", tm.ZERO), tm.ZERO),), **NATURAL
    )
    base = Equation((Line(tm.var("v", tm.ZERO), tm.ZERO, "fact", "0"),))
    step = Line(tm.var("v", T + 1), tm.ZERO, "fact", "1")
    _refused(goal, Induction("t", base, Equation((step,))))


def test_the_induction_hypothesis_fixes_the_indices_of_which_facts_speak() -> None:
    """From u[i] = 0 nothing follows for u[j]."""
    at_i, at_j = tm.var("u", Index("i", "n")), tm.var("u", Index("j", "n"))
    goal = Statement(at_i * T, tm.ZERO, facts=(Fact("equal", at_i, tm.ZERO),), **NATURAL)
    line = Line(at_j * T, tm.ZERO, "fact", "1", Substitution(indices={"i": Index("j", "n")}))
    base = Equation((Line(at_i * tm.ZERO, tm.ZERO, "within"),))
    _refused(goal, Induction("t", base, Equation((line,))))


def _recurrence() -> Statement:
    fact = Fact("equal", tm.var("v", tm.value_of(K)), tm.var("v", tm.value_of(K) - 1), (K,))
    return Statement(tm.var("v", T), tm.var("v", T - 1), facts=(fact,), **NATURAL)


@pytest.mark.parametrize("step", [T, T - 1, tm.ZERO, -T])
def test_a_hypothesis_about_every_step_holds_from_its_first(step: Term) -> None:
    goal = _recurrence()
    lhs, rhs = tm.var("v", step), tm.var("v", step - 1)
    line = Line(lhs, rhs, "fact", "0", Substitution({"k": ((), step)}))
    _refused(Statement(lhs, rhs, facts=goal.facts, **NATURAL), Equation((line,)))
    later = T + 1
    fine = Line(tm.var("v", later), tm.var("v", T), "fact", "0", Substitution({"k": ((), later)}))
    check(Statement(fine.lhs, fine.rhs, facts=goal.facts, **NATURAL), Equation((fine,)))


def test_a_hypothesis_about_every_step_says_nothing_between_steps() -> None:
    half = T + 1 + tm.power(tm.num(2), -1)
    line = Line(tm.var("v", half), tm.var("v", half - 1), "fact", "0", Substitution({"k": ((), half)}))
    _refused(Statement(line.lhs, line.rhs, facts=_recurrence().facts, **NATURAL), Equation((line,)))


def test_a_range_is_split_only_where_both_parts_are_natural() -> None:
    body = tm.var("v", tm.value_of(K))
    negative = Substitution({"f": ((K,), body), "a": ((), T + 1), "b": ((), tm.num(-1))})
    whole = tm.fold("sum", K, T, body)
    rest = tm.fold("sum", K, T + 1, body) + tm.fold("sum", K, tm.num(-1), tm.var("v", T + 1 + tm.value_of(K)))
    _refused(Statement(whole, rest, **NATURAL), Equation((Line(whole, rest, "rule", "sum.split", negative),)))


def test_a_term_put_for_an_integer_is_not_captured() -> None:
    """In the sum over k of f(k) at q = k the outer k is meant."""
    inner = tm.fold("sum", K, T, tm.value_of(K) * tm.value_of(Q))
    placed = tm.place(inner, {Q: tm.value_of(K)})
    assert placed.free == {K}
    same = Canonical()
    assert not same.same(placed, tm.fold("sum", K, T, tm.value_of(K) ** 2))
    assert same.same(placed, tm.value_of(K) * tm.fold("sum", Q, T, tm.value_of(Q)))


def test_the_end_of_a_range_is_outside_of_it() -> None:
    same = Canonical()
    nested = tm.fold("sum", K, T, tm.fold("sum", K, tm.value_of(K), tm.value_of(K)))
    apart = tm.fold("sum", Q, T, tm.fold("sum", K, tm.value_of(Q), tm.value_of(K)))
    assert same.same(nested, apart)
    assert not same.same(nested, tm.fold("sum", Q, T, tm.fold("sum", K, tm.value_of(K), tm.value_of(Q))))


@pytest.mark.parametrize(
    "term",
    [
        tm.sum_over(K, tm.ONE),
        tm.var("v", K),
        tm.delta(K, Q),
        tm.fold("max", K, T, tm.ONE),
        tm.fold("sum", Index("i", "n"), tm.dim("n"), tm.ONE),
        tm.fold("prod", Index("i", "n"), T, tm.ONE),
        Term("dim", ENDLESS),
        Term("ord", Index("#1", "n")),
        tm.partial(T, T + 1),
    ],
)
def test_terms_that_mean_nothing_are_refused(term: Term) -> None:
    _refused(Statement(term + tm.dim("n"), term + tm.dim("n"), **NATURAL), Equation(()))


def test_the_sine_is_signed_between_zero_and_pi_only() -> None:
    zero = sp.S.Zero
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GE, [x >= 0, x <= sp.pi]), Proof)
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GT, [x > 0, x < sp.pi]), Proof)
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GT, [x >= 0, x <= sp.pi]), Open)
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GE, [x >= 0]), Open)
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GE, [x <= sp.pi]), Open)
    assert isinstance(prove_statement(sp.sin(x), zero, Relation.GE, [x >= 0, x <= 2 * sp.pi]), Open)


def test_whole_numbers_leave_a_floor_and_nothing_else_does() -> None:
    assert isinstance(prove_statement(sp.floor(x + n, evaluate=False), sp.floor(x) + n), Proof)
    assert isinstance(prove_statement(sp.floor(x), x), Open)
    assert isinstance(prove_statement(sp.floor(x + y, evaluate=False), sp.floor(x) + sp.floor(y)), Open)
    assert isinstance(prove_statement(sp.floor(x), x, Relation.LE), Open)  # needs its certificate
    assert isinstance(prove_statement(Frac(x), sp.S.One, Relation.LT), Proof)
    assert isinstance(prove_statement(Frac(x), sp.S.Zero, Relation.GT), Open)


def test_what_jumps_at_integers_has_no_derivative() -> None:
    """Not even formally: where x is an integer there is none."""
    assert isinstance(prove_statement(Partial(sp.floor(x), x), sp.S.Zero), Open)
    assert isinstance(prove_statement(Partial(Frac(x), x), sp.S.One), Open)
    assert isinstance(prove_statement(Partial(0 * sp.floor(y) + x * sp.floor(x), x), sp.floor(x)), Open)


def test_sizes_and_indices_are_at_least_one() -> None:
    assert isinstance(prove_statement(n + 1, sp.S.One, Relation.GT), Proof)
    assert isinstance(prove_statement(n, sp.S.One, Relation.GE), Proof)
    assert isinstance(prove_statement(n, sp.S.One, Relation.GT), Open)
    assert isinstance(prove_statement(t, sp.S.One, Relation.GE), Open)
