"""Data that meet a hypothesis by construction do meet it, and are not all alike."""

from __future__ import annotations

import random

import pytest
import sympy as sp
from flint import fmpq, fmpq_mat

from formulas.language import delta, dim, index, tensor, total
from formulas.schema import Relation
from symcheck.refute import recipes
from symcheck.refute.falsify import falsify_statement
from symcheck.refute.laws import Impossible
from symcheck.refute.problem import problem

n, m = dim("n"), dim("m")
i, j, k, p, q = index("i j k p q")
W, x = tensor("W", m, n), tensor("x", n)


def _matrix(found: recipes.Entries, height: int, width: int) -> fmpq_mat:
    return fmpq_mat(height, width, [found[r + 1, c + 1] for r in range(height) for c in range(width)])


def _unit(size: int) -> fmpq_mat:
    return fmpq_mat(size, size, [int(r == c) for r in range(size) for c in range(size)])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (4, 2), (5, 3), (4, 4)])
def test_columns_are_orthonormal(height: int, width: int) -> None:
    seen = set()
    for seed in range(12):
        found = _matrix(recipes.columns((height, width), random.Random(seed)), height, width)
        assert found.transpose() * found == _unit(width)
        seen.add(str(found))
    assert len(seen) >= 2


def test_rows_are_orthonormal() -> None:
    found = _matrix(recipes.rows((2, 4), random.Random(1)), 2, 4)
    assert found * found.transpose() == _unit(2)


def test_more_columns_than_rows_are_impossible() -> None:
    with pytest.raises(Impossible):
        recipes.columns((2, 3), random.Random(0))


def test_correlations_have_ones_on_the_diagonal() -> None:
    found = recipes.correlations((3, 3), random.Random(2))
    assert all(found[r, r] == 1 for r in (1, 2, 3))
    assert any(found[r, c] != fmpq(int(r == c)) for r in (1, 2, 3) for c in (1, 2, 3))


@pytest.mark.parametrize(
    ("given", "norm", "holds"),
    [
        (sp.Eq(total(W[k, p] * W[k, q], (k, m)), delta(p, q), evaluate=False), 1, True),
        (sp.Eq(total(W[k, p] * W[k, q], (k, m)), delta(p, q), evaluate=False), 2, False),
        (sp.Eq(total(W[p, k] * W[q, k], (k, n)), delta(p, q), evaluate=False), 1, False),
    ],
)
def test_orthonormality_is_met_and_used(given: sp.Basic, norm: int, holds: bool) -> None:
    """Orthonormal columns keep the norm; orthonormal rows alone do not."""
    left = total(total(W[i, j] * x[j], (j, n)) ** 2, (i, m))
    found = falsify_statement(left, norm * total(x[i] ** 2, (i, n)), hypotheses=(given,), seconds=20)
    assert (found.counterexample is None) == holds
    assert found.counterexample is not None or found.points >= 20


@pytest.mark.parametrize(("size", "height"), [(1, 1), (2, 2), (3, 3), (2, 4)])
def test_inverses_are_inverse(size: int, height: int) -> None:
    """A (size x height) and B (height x size) with A B = I: inverses, or a left inverse of a tall B."""
    a, b = recipes.inverses([(size, height), (height, size)], random.Random(size))
    assert _matrix(a, size, height) * _matrix(b, height, size) == _unit(size)


def test_inverses_are_built_only_where_nothing_else_ties_them_down() -> None:
    A, B = tensor("A", n, n), tensor("B", n, n)
    product = sp.Eq(total(A[p, k] * B[k, q], (k, n)), delta(p, q), evaluate=False)
    symmetric = sp.Eq(A[p, q], A[q, p], evaluate=False)
    for given, count in (((product,), 1), ((product, symmetric), 0)):
        stated = problem(total(A[i, i], (i, n)), total(B[i, i], (i, n)), Relation.EQ, given)
        assert len(recipes.recipes(stated, stated.hypotheses, set())) == count
    found = falsify_statement(total(A[i, i], (i, n)), total(B[i, i], (i, n)), hypotheses=(product, symmetric))
    assert found.counterexample is not None


def test_a_sum_that_is_no_product_of_matrices_is_no_recipe() -> None:
    n = dim("n")
    k, p, q = index("k p q")
    A = tensor("A", n, n)
    strange = sp.Eq(total(A[p, k], (k, n)), delta(p, q), evaluate=False)
    assert not falsify_statement(A[i, j], A[j, i], hypotheses=(strange,)).reason.startswith("ValueError")


def test_intertwined_matrices_are_not_all_zero() -> None:
    """X P = P Z has more solutions than P = 0, and wrong statements fail at them."""
    n, m = dim("n"), dim("m")
    a, b, i, j, k = index("a b i j k")
    X, P, Z = tensor("X", n, n), tensor("P", n, m), tensor("Z", m, m)
    given = sp.Eq(total(X[a, k] * P[k, b], (k, n)), total(P[a, k] * Z[k, b], (k, m)), evaluate=False)
    found = falsify_statement(P[i, j], sp.S.Zero, hypotheses=(given,))
    assert found.counterexample is not None
    twice = total(X[i, k] * P[k, j], (k, n))
    assert (
        falsify_statement(twice, total(P[i, k] * Z[k, j], (k, m)), hypotheses=(given,)).counterexample is None
    )
