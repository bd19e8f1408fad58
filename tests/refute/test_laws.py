"""Expectations are evaluated under laws that meet the hypotheses and nothing more."""

from __future__ import annotations

import flint
import pytest
import sympy as sp
from flint import fmpq

from formulas.chance import (
    Bernoulli,
    Covariance,
    Cumulants,
    E,
    Gaussian,
    Independent,
    Law,
    Moments,
    Symmetric,
    Variance,
    random,
)
from formulas.check import ShapeError, check_law
from formulas.language import delta, dim, index, positive, real, tensor, total
from formulas.schema import Relation
from symcheck.prover import Open, prove_statement
from symcheck.refute.falsify import falsify_statement
from symcheck.refute.laws import NODES, Impossible, degree, factored

d = dim("d")
i, j, k, l, a, b = index("i j k l a b")  # noqa: E741
X, Y, Z = random("X"), random("Y"), random("Z")
q, key, m = random("q", d), random("key", d), random("m", d)
C = tensor("C", d, d)
c, mu, s, p = real("c"), real("mu"), positive("s"), positive("p")
dot = total(q[i] * key[i], (i, d))
unit = (Moments(q[a], 0, q[b], delta(a, b)), Moments(key[a], 0, key[b], delta(a, b)))
bell = Gaussian(X, mu, X, s**2)
vector = Gaussian(q[a], 0, q[b], C[a, b])

TRUE = [
    (Variance(c * X + mu), c**2 * Variance(X), ()),
    (Covariance(X, Y), E(X * Y) - E(X) * E(Y), ()),
    (E(X * Y * Z), E(X) * E(Y) * E(Z), (Independent(X, Y, Z),)),
    (Variance(dot), d, (*unit, Independent(q, key))),
    (E((X - mu) ** 6), 15 * s**6, (bell,)),
    (E(q[i] * q[j] * q[k] * q[l]), C[i, j] * C[k, l] + C[i, k] * C[j, l] + C[i, l] * C[j, k], (vector,)),
    (E(X**3 * Y**2), sp.S.Zero, (Symmetric(X), Independent(X, Y))),
    (Variance(m[i]), p * (1 - p), (Bernoulli(m[a], p), p < 1)),
    (E(m[i] ** 5), p, (Bernoulli(m[a], p), p < 1)),
]  # fmt: skip


@pytest.mark.parametrize(("lhs", "rhs", "hypotheses"), TRUE)
def test_a_true_statement_survives(lhs: sp.Expr, rhs: sp.Expr, hypotheses: tuple[sp.Basic, ...]) -> None:
    found = falsify_statement(lhs, rhs, hypotheses=hypotheses, seconds=20)
    assert found.counterexample is None
    assert found.points >= 20, found.reason


CUMULANTS = Cumulants(q[a], mu, p, c, s)
"""The fourth cumulant is positive here, so that such laws exist if the third is small."""

TRUE += [
    (E(q[i] * q[j]), mu**2 + p * delta(i, j), (CUMULANTS,)),
    (E((q[i] - mu) ** 3), c, (CUMULANTS,)),
    (E((q[i] - mu) ** 4), s + 3 * p**2, (CUMULANTS,)),
    (Variance(total(q[i] ** 2, (i, d))), 2 * d * p**2 + d * s, (Cumulants(q[a], 0, p, c, s),)),
    (E(X**3), mu**3 + 3 * mu * p, (Cumulants(X, mu, p, 0),)),
]

FALSE = [
    (E((q[i] - mu) ** 3), sp.S.Zero, (CUMULANTS,)),
    (E((q[i] - mu) ** 4), 3 * p**2, (CUMULANTS,)),
    (E((q[i] - mu) ** 4), s, (CUMULANTS,)),
    (E(q[i] ** 2 * q[j] ** 2), E(q[i] ** 2) * E(q[j] ** 2), (CUMULANTS,)),
    (Variance(total(q[i] ** 2, (i, d))), 2 * d * p**2, (Cumulants(q[a], 0, p, c, s),)),
    (E(X**4), 3 * p**2, (Cumulants(X, 0, p, 0),)),
    (Variance(c * X), c * Variance(X), ()),
    (E(X * Y), E(X) * E(Y), ()),
    (E(X * Y), E(X) * E(Y), (Independent(X, Z), Independent(Y, Z))),
    (E(X**2), E(X) ** 2, ()),
    (Variance(dot), d, unit),
    (Variance(dot), d, (unit[0], Independent(q, key))),
    (Variance(dot), d**2, (*unit, Independent(q, key))),
    (E(q[i] * q[j] * q[k]), sp.S.Zero, (unit[0],)),
    (E(q[i] ** 2 * q[j] ** 2), 1 + 2 * delta(i, j), (unit[0],)),
    (E((X - mu) ** 6), 14 * s**6, (bell,)),
    (E((X - mu) ** 4), s**4, (bell,)),
    (E(X**2 * Y), sp.S.Zero, (Symmetric(X), Independent(X, Y))),
    (E(X * Y), sp.S.Zero, (Symmetric(X),)),
    (E(m[i] * m[j]), p**2, (Bernoulli(m[a], p), p < 1)),
    (E(m[i] * m[j]), p, (Bernoulli(m[a], p), p < 1)),
]  # fmt: skip


@pytest.mark.parametrize(("lhs", "rhs", "hypotheses"), FALSE)
def test_a_false_statement_has_a_counterexample(
    lhs: sp.Expr, rhs: sp.Expr, hypotheses: tuple[sp.Basic, ...]
) -> None:
    found = falsify_statement(lhs, rhs, hypotheses=hypotheses, seconds=20)
    assert found.counterexample is not None, found.reason


def test_a_counterexample_names_the_outcomes() -> None:
    found = falsify_statement(E(X**2), E(X) ** 2)
    assert found.counterexample is not None
    assert "X = " in found.counterexample.text
    assert "with probability" in found.counterexample.text


def test_an_inequality_of_means() -> None:
    assert falsify_statement(E(X) ** 2, E(X**2), Relation.LE).counterexample is None
    assert falsify_statement(E(X) ** 2, E(X**2), Relation.GE).counterexample is not None


def test_laws_that_contradict_each_other_are_vacuous() -> None:
    impossible = (Moments(X, mu, X, -(s**2)),)
    assert falsify_statement(E(X), mu, hypotheses=impossible).vacuous


def test_no_expectation_under_a_gaussian_law_of_what_is_no_polynomial() -> None:
    found = falsify_statement(E(sp.exp(X)), sp.exp(mu), hypotheses=(bell,))
    assert found.points == 0
    assert "no polynomial" in found.reason


@pytest.mark.parametrize("order", sorted(NODES))
def test_nodes_have_the_moments_of_the_normal_law(order: int) -> None:
    double_factorial = {0: 1, 2: 1, 4: 3, 6: 15, 8: 105}
    for power in range(order + 1):
        moment = sum((w * fmpq(x) ** power for w, x in NODES[order]), fmpq(0))
        assert moment == double_factorial.get(power, 0)


def test_degrees_are_of_what_is_averaged() -> None:
    assert degree(E(X**3 * Y) + X**9, X) == 3
    assert degree(Variance(X**2), X) == 4
    assert degree(E(total(q[i] ** 2, (i, d)) ** 3), q.label) == 6
    assert degree(E(1 / X), X) is None


def test_a_matrix_that_is_no_covariance_is_refused() -> None:
    with pytest.raises(Impossible):
        factored([[fmpq(1), fmpq(2)], [fmpq(2), fmpq(1)]])
    with pytest.raises(Impossible):
        factored([[fmpq(1), fmpq(1, 2)], [fmpq(1, 3), fmpq(1)]])


def test_a_hypothesis_about_outcomes_holds_at_each() -> None:
    below = (Y - X >= 0,)
    assert falsify_statement(E(X), E(Y), Relation.LE, below).counterexample is None
    assert falsify_statement(E(X) + 1, E(Y), Relation.LE, below).counterexample is not None


def test_cumulants_are_summed_over_partitions() -> None:
    """The fourth moment about 0 has a term for each of the 15 partitions of four entries."""
    *_, fourth = CUMULANTS.equations()
    at_one = fourth.rhs.replace(sp.KroneckerDelta, lambda *_: sp.S.One)
    assert at_one == mu**4 + 6 * mu**2 * p + 3 * p**2 + 4 * mu * c + s
    assert at_one.subs(dict.fromkeys((mu, p, c, s), 1)) == sp.bell(4)


@pytest.mark.parametrize(
    "law", [Cumulants(q[a], q[a], p), Cumulants(q[a]), Cumulants(q[i], mu, C[i, i]), Cumulants(mu, 0, 1)]
)
def test_cumulants_that_are_ill_formed(law: Cumulants) -> None:
    with pytest.raises(ShapeError):
        check_law(law, E(q[k]), sp.S.Zero)


@pytest.mark.parametrize("bits", [53, 192, 400])
def test_the_precision_that_others_left_does_not_matter(bits: int) -> None:
    lhs, rhs, hypotheses = TRUE[9]
    with flint.ctx.workprec(bits):
        found = falsify_statement(lhs, rhs, hypotheses=hypotheses, seconds=20)
    assert found.counterexample is None and found.points >= 20, found.reason


@pytest.mark.parametrize(
    "law",
    [Gaussian(X, Y, X, 1), Moments(X, 0, X, Y), Bernoulli(X, Y), Cumulants(q[k], 0, Y), Gaussian(X, X, X, 1)],
    ids=str,
)
def test_moments_are_no_random_quantities(law: Law) -> None:
    """E X = Y at every outcome makes Y a constant: who writes it means a law given Y, which this is not."""
    with pytest.raises(ShapeError, match="same at all outcomes"):
        check_law(law)
    found = prove_statement(E(X**2), Y**2 + 1, Relation.EQ, (law,))
    assert isinstance(found, Open)


def test_moments_may_be_moments_of_others() -> None:
    assert check_law(Gaussian(X, E(Y), X, Variance(Y))) == {}
