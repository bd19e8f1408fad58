"""Derivatives across max, min, |.| and cases: taken where the function is visibly away from its kink."""

from __future__ import annotations

import pytest
import sympy as sp

from formulas.language import Expr, Partial, dim, index, real, tensor, total
from symcheck.prover import Open, Proof, prove_statement

n = dim("n")
i, j, k = index("i j k")
x, w = tensor("x", n), tensor("w", n)
t = real("t")


def step(u: Expr) -> Expr:
    return sp.Piecewise((1, u > 0), (0, True))


TRUE = {
    "rectified_sum": (
        Partial(total(w[i] * sp.Max(0, x[i]), (i, n)), x[j]),
        w[j] * step(x[j]),
        (sp.Ne(x[k], 0),),
    ),
    "absolute_sum": (
        Partial(total(sp.Abs(x[i]), (i, n)), x[j]),
        2 * step(x[j]) - 1,
        (sp.Ne(x[k], 0),),
    ),
    "minimum": (Partial(sp.Min(t, 1), t), 1 - step(t - 1), (sp.Ne(t - 1, 0),)),
    "branch": (
        Partial(sp.Piecewise((t**2, t > 0), (-t, True)), t),
        sp.Piecewise((2 * t, t > 0), (-1, True)),
        (sp.Ne(t, 0),),
    ),
    "rectifier_is_homogeneous": (
        total(x[j] * Partial(total(w[i] * sp.Max(0, x[i]), (i, n)), x[j]), (j, n)),
        total(w[i] * sp.Max(0, x[i]), (i, n)),
        (sp.Ne(x[k], 0),),
    ),
}


@pytest.mark.parametrize("name", sorted(TRUE))
def test_away_from_the_kink_it_is_proved(name: str) -> None:
    lhs, rhs, hypotheses = TRUE[name]
    found = prove_statement(lhs, rhs, hypotheses=hypotheses)
    assert isinstance(found, Proof), found


@pytest.mark.parametrize("name", sorted(TRUE))
def test_at_the_kink_it_is_not(name: str) -> None:
    lhs, rhs, _ = TRUE[name]
    assert isinstance(prove_statement(lhs, rhs), Open)


def test_one_entry_off_its_kink_does_not_speak_for_all() -> None:
    lhs, rhs, _ = TRUE["rectified_sum"]
    assert isinstance(prove_statement(lhs, rhs, hypotheses=(sp.Ne(x[j], 0),)), Open)


def test_a_symmetric_matrix_is_exchanged_in_one_order() -> None:
    a, y = tensor("a", n, n), tensor("y", n)
    symmetric = sp.Eq(a[i, j], a[j, i], evaluate=False)
    form = total(x[i] * a[i, k] * y[k], (i, n), (k, n))
    assert isinstance(
        prove_statement(form, total(y[i] * a[i, k] * x[k], (i, n), (k, n)), hypotheses=(symmetric,)), Proof
    )
    assert isinstance(prove_statement(form, total(y[i] * a[i, k] * x[k], (i, n), (k, n))), Open)
