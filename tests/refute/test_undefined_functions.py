"""Undefined smooth functions are tried as polynomials, together with their derivatives."""

from __future__ import annotations

import sympy as sp

from formulas.language import Partial, real, smooth
from symcheck.refute.falsify import falsify_statement

x = real("x")
f, df, ddf, g, dg = (smooth(name) for name in ("f", "f'", "f''", "g", "g'"))


def test_the_chain_rule_survives() -> None:
    found = falsify_statement(Partial(f(g(x)), x), df(g(x)) * dg(x))
    assert found.counterexample is None
    assert found.points >= 20


def test_a_wrong_chain_rule_is_refuted_with_the_functions_written_out() -> None:
    found = falsify_statement(Partial(f(g(x)), x), df(x) * dg(x))
    assert found.counterexample is not None
    assert "f(u) = " in found.counterexample.text
    assert "g(u) = " in found.counterexample.text


def test_a_function_and_its_derivative_belong_together() -> None:
    assert falsify_statement(Partial(f(x), x), df(x)).counterexample is None
    assert falsify_statement(Partial(f(x), x), f(x)).counterexample is not None
    assert falsify_statement(Partial(df(x), x), ddf(x)).counterexample is None
    assert falsify_statement(df(x), dg(x)).counterexample is not None


def test_a_hypothesis_on_a_derivative_is_met() -> None:
    flat = sp.Eq(df(x), 0, evaluate=False)
    found = falsify_statement(Partial(f(x) ** 2, x), sp.S.Zero, hypotheses=(flat,))
    assert found.counterexample is None
    assert found.points >= 20
