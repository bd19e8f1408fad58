"""Limits at sample points: right ones are seen to hold, wrong ones are refuted, rigorously."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy import Abs, Ne, Piecewise, exp, log, oo, tanh

from formulas.language import Phi, dim, index, positive, real, sigmoid, smooth, softplus, tensor, total
from formulas.schema import Approach, Claim, Relation
from symcheck.refute import germs
from symcheck.refute.falsify import Falsification, falsify
from symcheck.refute.values import Undecided, Undefined

n = dim("n")
i, j, k, t = index("i j k t")
z = tensor("z", n)
tau = positive("tau")
x, h = real("x"), real("h")
f, df, ddf = smooth("f"), smooth("f'"), smooth("f''")
SOFTMAX = exp(z[j] / tau) / total(exp(z[k] / tau), (k, n))


def tried(
    lhs: sp.Expr, rhs: sp.Expr, x: sp.Symbol, to: sp.Expr, side: str = "", *given: sp.Basic
) -> Falsification:
    at = Approach(x=x, to=sp.sympify(to), side=side)  # type: ignore[arg-type]
    claim = Claim(
        name="c", lhs=lhs, rhs=sp.sympify(rhs), relation=Relation.TENDS, approach=at, hypotheses=given
    )
    return falsify(claim)


def _tie(at: sp.Symbol) -> sp.Expr:
    return Piecewise((0, Ne(z[at] - z[t], 0)), (1, True))


HOLD = [
    (SOFTMAX, 1 / n, tau, oo, ""),
    (sigmoid(x), 1, x, oo, ""),
    (sigmoid(x), 0, x, -oo, ""),
    (tanh(x), -1, x, -oo, ""),
    (softplus(x) - x, 0, x, oo, ""),
    (x * Phi(x) - x, 0, x, oo, ""),
    ((exp(h) - 1) / h, 1, h, 0, ""),
    ((exp(h) - 1 - h) / h**2, sp.Rational(1, 2), h, 0, ""),
    ((f(x + h) - f(x)) / h, df(x), h, 0, ""),
    ((f(x + h) - f(x) - h * df(x)) / h**2, ddf(x) / 2, h, 0, ""),
    ((1 + h) ** (1 / h), sp.E, h, 0, ""),
    (exp(-(x**2)) * x**3, 0, x, oo, ""),
]
FAIL = [
    (SOFTMAX, 2 / n, tau, oo, ""),
    (sigmoid(x), 0, x, oo, ""),
    ((exp(h) - 1) / h, sp.Rational(1, 2), h, 0, ""),
    ((f(x + h) - f(x)) / h, f(x), h, 0, ""),
    ((f(x + h) - f(x) - h * df(x)) / h**2, ddf(x), h, 0, ""),
    (Abs(h) / h, 1, h, 0, ""),
    (1 / h, 0, h, 0, "+"),
    (x * Phi(x) - x, 1, x, oo, ""),
    (log(1 + exp(x)), 0, x, oo, ""),
]


@pytest.mark.parametrize("case", HOLD, ids=str)
def test_limits_that_hold(case: tuple[sp.Expr, sp.Expr, sp.Symbol, sp.Expr, str]) -> None:
    found = tried(*case)
    assert found.counterexample is None
    assert found.points, found.reason


@pytest.mark.parametrize("case", FAIL, ids=str)
def test_wrong_limits_are_refuted(case: tuple[sp.Expr, sp.Expr, sp.Symbol, sp.Expr, str]) -> None:
    assert tried(*case).counterexample is not None


def test_softmax_of_a_vanishing_temperature_is_shared_by_the_maxima() -> None:
    shared = _tie(j) / total(_tie(k), (k, n))
    largest = z[i] <= z[t]
    assert tried(SOFTMAX, shared, tau, 0, "+", largest).points >= 40
    alone = tried(SOFTMAX, _tie(j), tau, 0, "+", largest).counterexample
    assert alone is not None
    assert "z = (" in alone.text
    assert tried(SOFTMAX, shared, tau, 0, "+").counterexample is not None


ARITHMETIC: list[tuple[Callable[[germs.Germ], germs.Germ], Callable[[float], float]]] = [
    (germs.exponential, math.exp),
    (germs.sine, math.sin),
    (germs.cosine, math.cos),
    (germs.error_function, math.erf),
    (lambda g: germs.powered(germs.plus(germs.constant(fmpq(2)), g), fmpq(-3, 2)), lambda v: (2 + v) ** -1.5),
    (lambda g: germs.logarithm(germs.plus(germs.constant(fmpq(3)), g)), lambda v: math.log(3 + v)),
]


@pytest.mark.parametrize("case", range(len(ARITHMETIC)))
def test_series_enclose_the_function(case: int) -> None:
    """The coefficients are those of the Taylor polynomial: checked at a w far larger than the width."""
    of_germ, of_float = ARITHMETIC[case]
    rng = random.Random(case)
    before, ctx.prec = ctx.prec, germs.BITS
    try:
        for _ in range(20):
            a, b, c = (fmpq(rng.randint(-4, 4), 4) for _ in range(3))
            base = germs.Germ({}, fmpq(0), (a, b, c, *[fmpq(0)] * 3), arb(0))
            out = of_germ(base).settled()
            if out.power != 0:
                continue
            for w in (1e-2, 2e-2):
                value = of_float(float(a) + float(b) * w + float(c) * w * w)
                series = sum(float(arb(term).mid()) * w**k for k, term in enumerate(out.terms))
                assert abs(value - series) < 1e4 * w**6
    finally:
        ctx.prec = before


def _value(g: germs.Germ, w: arb) -> arb:
    """What a germ says of its function at one w."""
    out = g.rest
    for c in reversed(g.terms):
        out = out * w + arb(c)
    growth = sum((arb(a) / w**m for m, a in g.growth.items()), arb(0))
    return out * growth.exp() * w ** arb(g.power)


UNARY: list[tuple[Callable[[germs.Germ], germs.Germ], Callable[[arb], arb]]] = [
    (germs.negative, lambda v: -v),
    (germs.exponential, lambda v: v.exp()),
    (germs.logarithm, lambda v: v.log()),
    (germs.sine, lambda v: v.sin()),
    (germs.cosine, lambda v: v.cos()),
    (germs.absolute, abs),
    (lambda g: germs.powered(g, fmpq(1, 2)), lambda v: v.sqrt()),
    (lambda g: germs.powered(g, fmpq(-1)), lambda v: 1 / v),
]
Function = Callable[[arb], arb]


def _drawn(rng: random.Random, depth: int) -> tuple[germs.Germ, Function]:
    """A random function near 0, as a germ and as it is."""
    if depth == 0:
        if rng.random() < 0.4:
            c = fmpq(rng.randint(-3, 3), rng.choice((1, 2)))
            return germs.constant(c), lambda w: arb(c)
        power, scale = rng.choice((-1, 1, 2)), rng.choice((-2, 1, 3))
        return germs.variable(power, scale), lambda w: scale * w**power
    f, of_f = _drawn(rng, depth - 1)
    if rng.random() < 0.4:
        of_germ, of_ball = rng.choice(UNARY)
        return of_germ(f), lambda w: of_ball(of_f(w))
    g, of_g = _drawn(rng, rng.randrange(depth))
    if rng.random() < 0.6:
        return germs.plus(f, g), lambda w: of_f(w) + of_g(w)
    return germs.times(f, g), lambda w: of_f(w) * of_g(w)


def test_a_germ_encloses_its_function_near_the_point() -> None:
    """At the end of the neighbourhood and inside it, in more digits than the last of the terms has."""
    tested, before = 0, ctx.prec
    for seed in range(1500):
        rng = random.Random(seed)
        ctx.prec = germs.BITS
        try:
            g, function = _drawn(rng, rng.choice((2, 3, 4)))
        except (ArithmeticError, ValueError, Undecided, Undefined):
            continue
        finally:
            ctx.prec = before
        ctx.prec = 12 * germs.WIDTH_BITS
        try:
            for bits in (germs.WIDTH_BITS, germs.WIDTH_BITS + 7):
                w = arb(2) ** -bits
                told, true = _value(g, w), function(w)
                if true.is_finite() and told.is_finite():
                    assert told.overlaps(true), (seed, g)
                    tested += 1
        finally:
            ctx.prec = before
    assert tested > 1000
