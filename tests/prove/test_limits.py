"""Limits: what is read off, what l'Hopital's rule gives, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from sympy import exp, log, oo

from formulas.language import Frac, Partial, dim, index, positive, real, sigmoid, smooth, tensor, total
from formulas.schema import Approach, Certificate, Claim, Quotient, Relation, Squeeze
from symcheck.prover import CheckError, Open, Proof, check, prove
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation
from symcheck.prover.kinds.limiting import Hopital, Limiting
from symcheck.prover.limits import Limits
from symcheck.prover.report import Refused
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import of_claim
from symcheck.terms.term import Index

n = dim("n")
i, j, k = index("i j k")
z = tensor("z", n)
tau, a, r = positive("tau"), positive("a"), positive("r")
x, h, y = real("x"), real("h"), real("y")
f, g, df = smooth("f"), smooth("g"), smooth("f'")
SOFTMAX = exp(z[j] / tau) / total(exp(z[k] / tau), (k, n))
IDENTITY = Equation(())


def claim(
    lhs: sp.Expr,
    rhs: sp.Expr,
    var: sp.Symbol,
    to: sp.Expr,
    side: str = "",
    certificate: Certificate | None = None,
    given: tuple[sp.Basic, ...] = (),
) -> Claim:
    at = Approach(x=var, to=sp.sympify(to), side=side)  # type: ignore[arg-type]
    return Claim(
        name="c",
        lhs=sp.sympify(lhs),
        rhs=sp.sympify(rhs),
        relation=Relation.TENDS,
        approach=at,
        certificate=certificate,
        hypotheses=given,
    )


def between(below: Any, above: Any, *gaps: Any) -> Squeeze:
    one, other = map(sp.sympify, gaps)
    return Squeeze(below=sp.sympify(below), above=sp.sympify(above), gaps=(one, other))


WAVE = sp.sin(1 / x)

SQUEEZED = [
    claim(x * WAVE, 0, x, 0, "+", between(-x, x, x * (1 - WAVE), x * (1 + WAVE))),
    claim(sp.sin(x) / x, 0, x, oo, "", between(-1 / x, 1 / x, (1 - sp.sin(x)) / x, (1 + sp.sin(x)) / x)),
    claim(sp.floor(x) / x, 1, x, oo, "", between(1 - 1 / x, 1, Frac(x) / x, (1 - Frac(x)) / x)),
]
NOT_SQUEEZED = [
    claim(WAVE, 0, x, 0, "+", between(-1, 1, 1 - WAVE, 1 + WAVE)),
    claim(x * WAVE, 1, x, 0, "+", between(-x, x, x * (1 - WAVE), x * (1 + WAVE))),
    claim(x * WAVE, 0, x, 0, "", between(-x, x, x * (1 - WAVE), x * (1 + WAVE))),
    claim(x * WAVE, 0, x, 0, "+", between(-x, x, x * (1 + WAVE), x * (1 - WAVE))),
    claim(1 / x, 0, x, 0, "+", between(0, 0, -1 / x, 1 / x)),
]


@pytest.mark.parametrize("c", SQUEEZED, ids=lambda c: str(c.lhs))
def test_what_lies_between_terms_of_one_limit_has_it(c: Claim) -> None:
    found = prove(c)
    assert isinstance(found, Proof), found


@pytest.mark.parametrize("c", NOT_SQUEEZED, ids=lambda c: f"{c.lhs} to {c.rhs}")
def test_what_is_not_squeezed_stays_open(c: Claim) -> None:
    assert isinstance(prove(c), Open)


PROVED = [
    claim(SOFTMAX, 1 / n, tau, oo),
    claim(sigmoid(x), 1, x, oo),
    claim(sigmoid(x), 0, x, -oo),
    claim(1 / x, 0, x, oo),
    claim(f(g(x)), f(g(a)), x, a),
    claim(x**2, a**2, x, a, "-"),
    claim((exp(h) - 1) / h, 1, h, 0, "", Quotient(top=exp(h) - 1, bottom=h)),
    claim((f(x + h) - f(x)) / h, df(x), h, 0, "", Quotient(top=f(x + h) - f(x), bottom=h)),
    claim((log(a + h) - log(a)) / h, 1 / a, h, 0, "+", Quotient(top=log(a + h) - log(a), bottom=h)),
    claim(x * exp(-x), 0, x, oo, "", Quotient(top=x, bottom=exp(x))),
]
WRONG = [
    claim(SOFTMAX, 2 / n, tau, oo),
    claim(SOFTMAX, 1 / n, tau, 0, "+"),
    claim(sigmoid(x), 1, x, -oo),
    claim(1 / x, 0, x, 0, "+"),
    claim(1 / x, 0, x, 0),
    claim(x / x**2, 0, x, 0, "", Quotient(top=x, bottom=x**2)),
    claim((exp(h) - 1) / h, 0, h, 0, "", Quotient(top=exp(h) - 1, bottom=h)),
    claim((2 + h) / (1 + h), 1, h, 0, "", Quotient(top=2 + h, bottom=1 + h)),
    claim((f(x + h) - f(x)) / h, f(x), h, 0, "", Quotient(top=f(x + h) - f(x), bottom=h)),
    claim(exp(x) - x, 0, x, oo),
    claim(sp.sign(x), 0, x, 0),
    claim(sp.Piecewise((1, x > 0), (0, True)), 0, x, 0),
    claim(a**x, 0, x, oo),
]


@pytest.mark.parametrize("stated", PROVED, ids=lambda c: f"{c.lhs}->{c.rhs}")
def test_limits_that_are_proved(stated: Claim) -> None:
    found = prove(stated)
    assert isinstance(found, Proof), found
    wrong = replace(found.statement, rhs=found.statement.rhs + 1)
    with pytest.raises(CheckError):
        check(wrong, found.derivation)


@pytest.mark.parametrize("stated", WRONG, ids=lambda c: f"{c.lhs}->{c.rhs}")
def test_wrong_limits_are_not_proved(stated: Claim) -> None:
    assert isinstance(prove(stated), Open)


def test_a_limit_is_not_an_equation_and_no_equation_a_limit() -> None:
    goal = of_claim(claim(sigmoid(x), 1, x, oo))
    with pytest.raises(CheckError):
        check(goal, IDENTITY)
    with pytest.raises(CheckError, match="only a limit"):
        check(replace(goal, relation=Relation.EQ, approach=None), Limiting(goal.lhs, IDENTITY, IDENTITY))


def test_a_point_outside_the_variables_range_is_refused() -> None:
    """tau > 0 never comes near -1, nor to 0 from below: anything would hold there."""
    for to, side in ((-1, ""), (0, "-"), (0, ""), (-oo, "")):
        goal = of_claim(claim(tau, to if to != -oo else 0, tau, to, side))
        with pytest.raises(CheckError):
            check(goal, Limiting(goal.lhs, IDENTITY, IDENTITY))


def test_hypotheses_on_the_variable_are_refused() -> None:
    """Under x > 1 nothing is left near 0."""
    goal = of_claim(claim(x, 0, x, 0, "", None, (x > 1,)))
    with pytest.raises(CheckError, match="must not depend"):
        check(goal, Limiting(goal.lhs, IDENTITY, IDENTITY))


def test_a_point_is_not_captured_by_a_sum() -> None:
    at = Approach(x=x, to=z[j], side="")
    stated = Claim(name="c", lhs=n * x, rhs=total(z[i], (i, n)), relation=Relation.TENDS, approach=at)
    goal = of_claim(stated)
    J = Index("j", "n")
    captured = tm.sum_over(J, tm.var("x"))
    with pytest.raises(CheckError, match="binds"):
        check(replace(goal, lhs=captured), Limiting(captured, IDENTITY, IDENTITY))


def test_hopital_needs_both_sides_to_vanish_and_its_derivatives_shown() -> None:
    found = prove(claim((exp(h) - 1) / h, 1, h, 0, "", Quotient(top=exp(h) - 1, bottom=h)))
    assert isinstance(found, Proof)
    d = found.derivation
    assert isinstance(d, Hopital)
    goal = found.statement
    slope = tm.partial(d.top, tm.var("h"))
    for bad in (
        replace(d, zeros=()),
        replace(d, top_slope=d.top_slope + 1),
        replace(d, bottom=d.bottom + 1),
        replace(d, top_slope=slope, slopes=(IDENTITY, d.slopes[1])),
        replace(d, bottom_slope=tm.ZERO),
        replace(d, near=IDENTITY, top=d.top * 2),
    ):
        with pytest.raises(CheckError):
            check(goal, bad)


@pytest.mark.parametrize("lhs", [x - x**2, (1 + 1 / x) ** x, sp.sin(x), y * x, exp(-x) * x])
def test_what_is_indeterminate_is_not_read(lhs: sp.Expr) -> None:
    goal = of_claim(claim(lhs, 0, x, oo))
    assert goal.approach is not None
    with pytest.raises(Refused):
        Limits(goal.approach, Signs(Canonical(), goal.nearby)).of(goal.lhs)


def test_derivatives_in_the_variable_are_not_read() -> None:
    assert isinstance(prove(claim(Partial(sp.Abs(x), x), 0, x, 0)), Open)
