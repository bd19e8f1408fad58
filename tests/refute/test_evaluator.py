"""The evaluator against mpmath, exact ties, and derivatives against difference quotients."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from formulas.language import (
    ExpGap,
    MillsGap,
    Partial,
    Phi,
    delta,
    dim,
    index,
    nonnegative,
    normal_density,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)
from symcheck.refute.evaluate import Evaluator, Undecided, Undefined, Unsupported, entries

x, y = real("x"), real("y")
n, m = dim("n"), dim("m")
i, j, k = index("i j k")
z, w, a = tensor("z", n), tensor("w", n), tensor("a", n, m)

POINTS = st.fractions(min_value=-3, max_value=3, max_denominator=12)

LEAVES = st.one_of(
    st.sampled_from([x, y]),
    st.integers(-3, 3).map(sp.Integer),
    st.sampled_from([sp.Rational(1, 2), sp.Rational(-3, 4), sp.pi, sp.E]),
)
SMOOTH = (sp.exp, sp.sin, sp.cos, sp.tanh, sp.erf, sp.sinh, sp.cosh)
HEADS = (sigmoid, softplus, Phi, normal_density, ExpGap)


def _grown(parts: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda p: sp.Add(*p)),
        pairs.map(lambda p: sp.Mul(*p)),
        pairs.map(lambda p: p[0] / (1 + p[1] ** 2)),
        parts.map(lambda p: sp.log(1 + p**2)),
        parts.map(lambda p: sp.sqrt(2 + p**2)),
        st.tuples(st.sampled_from(SMOOTH + HEADS), parts).map(lambda p: p[0](sp.tanh(p[1]))),
    )


SMOOTH_EXPRESSIONS = st.recursive(LEAVES, _grown, max_leaves=6)
KINKED = (
    sp.Abs,
    sp.sign,
    lambda e: sp.Max(e, 1),
    lambda e: sp.Min(e, x),
    lambda e: sp.Piecewise((e, e > y), (y, True)),
)
COMPARABLE = SMOOTH_EXPRESSIONS.filter(lambda e: e.free_symbols or not e.has(*HEADS))
"""SymPy's Max refuses constants that it cannot evaluate, such as softplus(0)."""
EXPRESSIONS = st.one_of(SMOOTH_EXPRESSIONS, st.builds(lambda f, e: f(e), st.sampled_from(KINKED), COMPARABLE))

MEANING = {
    "sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)),
    "softplus": lambda t: mpmath.log1p(mpmath.exp(t)),
    "Phi": mpmath.ncdf,
    "normal_density": mpmath.npdf,
    "ExpGap": lambda t: mpmath.expm1(t) - t,
    "MillsGap": lambda t: mpmath.npdf(t) - t * mpmath.ncdf(-t),
}


def _mpmath(e: sp.Expr, at: dict[sp.Symbol, Fraction]) -> mpmath.mpf:
    values = [mpmath.mpf(at[s].numerator) / at[s].denominator for s in (x, y)]
    return sp.lambdify((x, y), e, modules=[MEANING, "mpmath"])(*values)


def _float(value: arb | fmpq) -> mpmath.mpf:
    return mpmath.mpf(arb(value).mid().str(60, radius=False))


@settings(max_examples=200, deadline=None)
@given(e=EXPRESSIONS, p=POINTS, q=POINTS)
def test_values_agree_with_mpmath(e: sp.Expr, p: Fraction, q: Fraction) -> None:
    ev = Evaluator({}, {}, {x: p, y: q})
    with mpmath.workdps(60):
        expected = _mpmath(e, {x: p, y: q})
        assert abs(_float(ev.value(e)) - expected) <= mpmath.mpf(10) ** -40 * (1 + abs(expected))


@settings(max_examples=80, deadline=None)
@given(e=SMOOTH_EXPRESSIONS, p=POINTS, q=POINTS)
def test_duals_agree_with_difference_quotients(e: sp.Expr, p: Fraction, q: Fraction) -> None:
    h = Fraction(1, 10**24)

    def at(t: Fraction) -> mpmath.mpf:
        return _float(Evaluator({}, {}, {x: t, y: q}, 512).value(e))

    with mpmath.workdps(100):
        quotient = (at(p + h) - at(p - h)) / (2 * mpmath.mpf(h.numerator) / h.denominator)
        found = _float(Evaluator({}, {}, {x: p, y: q}).value(Partial(e, x)))
        assert abs(found - quotient) <= mpmath.mpf(10) ** -25 * (1 + abs(quotient))


@settings(max_examples=40, deadline=None)
@given(e=SMOOTH_EXPRESSIONS, p=POINTS, q=POINTS)
def test_nested_derivatives_commute(e: sp.Expr, p: Fraction, q: Fraction) -> None:
    ev = Evaluator({}, {}, {x: p, y: q})
    assert ev.value(Partial(Partial(e, x), y)).overlaps(ev.value(Partial(Partial(e, y), x)))


def test_a_derivative_by_an_entry_sees_every_bound_index() -> None:
    ev = Evaluator({n: 3}, {z: entries([1, 2, 5])}, {})
    squares = total(z[i] ** 2, (i, n))
    assert [ev.number(Partial(squares, z[k]), {k: t}) for t in (1, 2, 3)] == [2, 4, 10]
    both = Partial(total(z[i] * z[j], (i, n), (j, n)), z[k])
    assert ev.number(both, {k: 2}) == 16


def test_sums_deltas_and_constant_indices() -> None:
    ev = Evaluator({n: 2, m: 3}, {a: entries([[1, 2, 3], [4, 5, 6]]), z: entries([10, 20])}, {})
    assert ev.number(total(a[i, j] * z[i], (i, n), (j, m))) == 6 * 10 + 15 * 20
    assert ev.number(a[2, 3] - a[1, 1]) == 5
    assert ev.number(total(delta(i, k) * z[i], (i, n)), {k: 2}) == 20
    assert ev.number(n * total(sp.Integer(1), (j, m))) == 6


def test_rationals_stay_exact_and_decide_ties() -> None:
    ev = Evaluator({}, {}, {x: Fraction(1, 3), y: Fraction(1, 3)})
    assert ev.number(x**2 - x / 3) == 0
    assert ev.number(sp.Piecewise((1, x > y), (2, sp.Eq(x, y)), (3, True))) == 2
    assert ev.number(sp.sqrt(Fraction(4, 9) + x - y)) == fmpq(2, 3)
    assert ev.number(sp.sign(x - y)) == 0


def test_lambert_w() -> None:
    ev = Evaluator({}, {}, {x: 2})
    found = ev.value(sp.LambertW(x) * sp.exp(sp.LambertW(x)))
    assert found.overlaps(arb(2)) and found.rad() < 1e-60
    gap = Evaluator({}, {}, {x: -20}, 512).value(MillsGap(-x))
    assert gap > 0 and gap < arb("1e-88")


@pytest.mark.parametrize(
    ("e", "at"),
    [
        (sp.log(x), 0),
        (sp.log(x), -1),
        (1 / x, 0),
        (sp.sqrt(x), -1),
        (x ** sp.Rational(1, 3), -8),
        (0 * y + sp.log(x) * (x + 1), -1),
        (Partial(sp.Max(0, x), x), 0),
        (Partial(sp.Abs(x), x), 0),
        (Partial(sp.Piecewise((x, x > 0), (2 * x, True)), x), 0),
        (Partial(sp.Piecewise((1, x > 0), (0, True)), x), 0),
    ],
)
def test_undefined(e: sp.Expr, at: int) -> None:
    with pytest.raises(Undefined):
        Evaluator({}, {}, {x: at, y: 1}).value(e)


@pytest.mark.parametrize(
    ("e", "slope"),
    [
        (x * sp.Abs(x), 0),
        (sp.Max(0, x) ** 2, 0),
        (sp.Piecewise((x, x > 0), (x + x**2, True)), 1),
        (sp.Max(x, x + x**2), 1),
        (sp.Abs(x) - sp.Max(x, -x), 0),
    ],
)
def test_a_tie_that_leaves_no_kink_has_a_derivative(e: sp.Expr, slope: int) -> None:
    assert Evaluator({}, {}, {x: 0}).number(Partial(e, x)) == slope


def test_derivative_at_the_end_of_the_range_is_not_called_undefined() -> None:
    t = nonnegative("t")
    with pytest.raises(Undecided):
        Evaluator({}, {}, {t: 0}).value(Partial(sp.sqrt(t) * t ** sp.Rational(1, 4), t))


def test_more_bits_are_tried_before_giving_up() -> None:
    tiny = sp.exp(-300)
    ev = Evaluator({}, {}, {x: 1}, bits=64)
    assert ev.number(sp.sign(x + tiny - 1)) == 1
    with pytest.raises(Undecided):
        ev.number(sp.sign(sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1))


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(Unsupported, match="gamma"):
        Evaluator({}, {}, {x: 1}).value(sp.gamma(x))
    with pytest.raises(KeyError):
        Evaluator({}, {}, {}).value(x)


def test_a_planted_error_is_seen() -> None:
    """The comparison with mpmath does fail for a wrong function."""
    wrong = Evaluator({}, {}, {x: 1}).value(sp.tanh(x))
    with mpmath.workdps(60):
        assert abs(_float(wrong) - mpmath.erf(1)) > mpmath.mpf(10) ** -3


def test_rows_of_a_few_hundred_entries() -> None:
    size = 200
    row = {(t,): Fraction(t * 37 % 101 - 50, 10) for t in range(1, size + 1)}
    ev = Evaluator({n: size}, {z: row, w: row}, {})
    softmax = sp.exp(z[i]) / total(sp.exp(z[k]), (k, n))
    loss = total(w[i] * softmax, (i, n))
    with ctx.workprec(256):
        sums = sum((ev.value(softmax, {i: t}) for t in range(1, size + 1)), arb(0))
        gradient = sum((ev.value(Partial(loss, z[j]), {j: t}) for t in range(1, size + 1)), arb(0))
        assert abs(sums - 1) < arb("1e-60")
        assert abs(gradient) < arb("1e-60")
