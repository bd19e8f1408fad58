"""Derivatives at ties of piecewise functions, against difference quotients from either side.

Functions are built from Abs, Max, Min, sign and cases, and looked at where their branches meet: the
place where an evaluator that follows one branch goes wrong.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from formulas.language import Partial, real
from symcheck.refute.evaluate import Evaluator, Undecided, Undefined

x = real("x")
H = Fraction(1, 10**40)
NEAR = Fraction(1, 10**20)

LINES = st.sampled_from([x, -x, 2 * x, x + 1, 1 - x, sp.Integer(0), sp.Integer(1), sp.Rational(-1, 2)])


def _grown(parts: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.map(lambda p: sp.Max(*p)),
        pairs.map(lambda p: sp.Min(*p)),
        parts.map(sp.Abs),
        parts.map(lambda p: p**2),
        st.tuples(parts, parts, parts).map(lambda p: sp.Piecewise((p[0], p[2] > 0), (p[1], True))),
        st.tuples(parts, parts, parts).map(lambda p: sp.Piecewise((p[0], p[2] >= p[1]), (p[1], True))),
        parts.map(sp.sign),
    )


FUNCTIONS = st.recursive(LINES, _grown, max_leaves=7)


def value(e: sp.Expr, at: Fraction) -> Fraction:
    found = Evaluator({}, {}, {x: at}, 1024).number(e)
    if type(found) is fmpq:
        return Fraction(int(found.p), int(found.q))
    mantissa, exponent = found.mid().man_exp()  # a rational too long to be kept exactly
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


@settings(max_examples=300, deadline=None)
@given(e=FUNCTIONS, at=st.sampled_from([Fraction(v, 2) for v in (0, 1, -1, 2, -2, 3)]))
def test_a_slope_is_that_of_both_sides_or_there_is_none(e: sp.Expr, at: Fraction) -> None:
    here = value(e, at)
    right = (value(e, at + H) - here) / H
    left = (here - value(e, at - H)) / H
    smooth = abs(right - left) < NEAR and abs(right) < 1 / NEAR
    try:
        found = Evaluator({}, {}, {x: at}).number(Partial(e, x))
    except Undefined:
        assert not smooth, (e, at, right, left)
    except Undecided:
        pass
    else:
        slope = Fraction(int(found.p), int(found.q))
        assert smooth and abs(slope - right) < NEAR, (e, at, slope, right, left)


def test_most_ties_are_decided() -> None:
    """Undecided is no way out: of plain ties none is left open."""
    plain = [sp.Abs(x), sp.Max(x, 0), sp.Min(2 * x, x), x * sp.Abs(x), sp.Max(x, 0) ** 2, sp.sign(x)]
    plain += [sp.Piecewise((f, x > 0), (g, True)) for f in (x, x**2, 1 + x) for g in (2 * x, -(x**2), x)]
    for e in plain:
        try:
            Evaluator({}, {}, {x: 0}).number(Partial(e, x))
        except Undefined:
            continue


@settings(max_examples=120, deadline=None)
@given(e=FUNCTIONS, at=st.sampled_from([Fraction(v, 2) for v in (0, 1, -1, 2)]))
def test_second_slopes_are_slopes_of_slopes(e: sp.Expr, at: Fraction) -> None:
    try:
        found = Evaluator({}, {}, {x: at}).number(Partial(Partial(e, x), x))
        here = value(Partial(e, x), at)
        right = (value(Partial(e, x), at + H) - here) / H
        left = (here - value(Partial(e, x), at - H)) / H
    except (Undefined, Undecided):
        return
    second = Fraction(int(found.p), int(found.q))
    assert abs(second - right) < NEAR and abs(second - left) < NEAR, (e, at, second, right, left)
