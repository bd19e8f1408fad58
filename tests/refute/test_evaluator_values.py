"""The evaluator against mpmath, against finite differences, and at the edges of domains."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from formulas.language import (
    DEFINITIONS,
    ExpGap,
    Frac,
    MillsGap,
    Partial,
    Phi,
    delta,
    dim,
    index,
    nonnegative,
    normal_density,
    positive,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)
from symcheck.refute.evaluate import Evaluator, Undefined, Unsupported, entries

n = dim("n")
i, j, k, m = index("i j k m")
x, y, t, s = real("x"), real("y"), nonnegative("t"), positive("s")
z, w, A = tensor("z", n), tensor("w", n), tensor("A", n, n)
small = st.fractions(min_value=-3, max_value=3, max_denominator=7)

# Frac jumps at the integers, where it has no slope
SMOOTH_DEFINITIONS = [head for head, means in DEFINITIONS.items() if not means.expr.has(sp.floor)]
SMOOTH = (sp.exp, sp.tanh, sp.sin, sp.cos, sp.erf, sp.erfc, sp.atan, sp.sinh, sp.cosh, *SMOOTH_DEFINITIONS)


def softmax(at: sp.Symbol) -> sp.Expr:
    return sp.exp(z[at]) / total(sp.exp(z[k]), (k, n))


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> sp.Expr:
    """Expressions in x and y that are smooth everywhere."""
    if depth == 0:
        return draw(st.sampled_from([x, y, sp.Integer(2), sp.Rational(1, 3), x - y]))
    part = expressions(depth=depth - 1)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return draw(part) + draw(part)
    if kind == 1:
        return draw(part) * draw(part)
    if kind == 2:
        return draw(part) / (1 + draw(part) ** 2)
    if kind == 3:
        return sp.sqrt(1 + draw(part) ** 2) - sp.log(2 + draw(part) ** 2)
    # bounded arguments: towers of exponentials say nothing about the evaluator
    return draw(st.sampled_from(SMOOTH))(sp.sin(draw(part)) if depth > 1 else draw(part))


def by_mpmath(e: sp.Basic, at: dict[sp.Symbol, Any]) -> Any:
    """A second evaluator, written on its own."""
    if e in at:
        return at[e]
    if isinstance(e, sp.Rational):
        return mpmath.mpf(int(e.p)) / int(e.q)
    if e is sp.pi:
        return +mpmath.pi
    if type(e) in DEFINITIONS:
        (argument,) = (by_mpmath(a, at) for a in e.args)
        (name,) = DEFINITIONS[type(e)].variables
        return by_mpmath(DEFINITIONS[type(e)].expr, {name: argument})
    args = [by_mpmath(a, at) for a in e.args]
    if isinstance(e, sp.Add):
        return mpmath.fsum(args)
    if isinstance(e, sp.Mul):
        return mpmath.fprod(args)
    if isinstance(e, sp.Pow):
        return mpmath.power(*args)
    return getattr(mpmath, type(e).__name__)(*args)


def close(ball: arb, value: Any, digits: int) -> bool:
    found = mpmath.mpf(ball.mid().str(80, radius=False))
    return bool(abs(found - value) <= mpmath.mpf(10) ** -digits * (1 + abs(value)))


@settings(max_examples=60, deadline=None)
@given(e=expressions(), at=st.tuples(small, small))
def test_values_agree_with_mpmath_to_fifty_digits(e: sp.Expr, at: tuple[Fraction, Fraction]) -> None:
    ball = Evaluator({}, {}, {x: at[0], y: at[1]}).value(e)
    with mpmath.workdps(90):
        numbers = {v: mpmath.mpf(q.numerator) / q.denominator for v, q in zip((x, y), at, strict=True)}
        assert close(ball, by_mpmath(e, numbers), 50)


@settings(max_examples=40, deadline=None)
@given(e=expressions(), at=st.tuples(small, small), mixed=st.booleans())
def test_slopes_agree_with_finite_differences(e: sp.Expr, at: tuple[Fraction, Fraction], mixed: bool) -> None:
    ev = Evaluator({}, {}, {x: at[0], y: at[1]})
    with mpmath.workdps(120):
        p, q = (mpmath.mpf(v.numerator) / v.denominator for v in at)
        h = mpmath.mpf(10) ** -30

        def f(dp: int, dq: int) -> Any:
            return by_mpmath(e, {x: p + dp * h, y: q + dq * h})

        if mixed:
            ball = ev.value(Partial(Partial(e, x), y))
            slope = (f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1)) / (4 * h * h)
        else:
            ball = ev.value(Partial(e, x))
            slope = (f(1, 0) - f(-1, 0)) / (2 * h)
        assert close(ball, slope, 35)


@given(at=small)
def test_the_fractional_part_has_slope_one_between_its_jumps_and_none_at_them(at: Fraction) -> None:
    ev = Evaluator({}, {}, {x: at})
    part = at - math.floor(at)
    with mpmath.workdps(90):
        assert close(ev.value(Frac(x)), mpmath.mpf(part.numerator) / part.denominator, 50)
    if part:
        assert ev.value(Partial(Frac(x), x)) == 1
    else:
        with pytest.raises(Undefined, match="jump"):
            ev.value(Partial(Frac(x), x))


@settings(max_examples=30, deadline=None)
@given(data=st.lists(small, min_size=2, max_size=4), second=st.booleans())
def test_slopes_of_sums_agree_with_finite_differences(data: list[Fraction], second: bool) -> None:
    f = sp.log(total(sp.exp(z[i]) * (1 + total(z[i] * z[k], (k, n)) ** 2), (i, n))) + z[1] * softmax(m)
    h = Fraction(1, 10**30)

    def at(*steps: tuple[int, int]) -> Any:
        moved = list(data)
        for place, sign in steps:
            moved[place - 1] += sign * h
        return Evaluator({n: len(data)}, {z: entries(moved)}, {}, 512).value(f, {m: 2})

    ev = Evaluator({n: len(data)}, {z: entries(data)}, {})
    step = fmpq(h.numerator, h.denominator)
    with ctx.workprec(512), mpmath.workdps(80):
        if second:
            found = ev.value(Partial(Partial(f, z[i]), z[j]), {m: 2, i: 1, j: 2})
            corners = [at((1, a), (2, b)) * (a * b) for a in (1, -1) for b in (1, -1)]
            slope = sum(corners[1:], corners[0]) / (4 * step * step)
        else:
            found = ev.value(Partial(f, z[i]), {m: 2, i: 1})
            slope = (at((1, 1)) - at((1, -1))) / (2 * step)
        assert close(found, mpmath.mpf(slope.mid().str(60, radius=False)), 28)


def number(e: sp.Expr, **data: Any) -> Any:
    scalars = {real("x"): data.get("x", 0), real("y"): data.get("y", 0)}
    return Evaluator({}, {}, {**scalars, t: data.get("t", 0), s: data.get("s", 1)}).number(e)


def test_rational_expressions_are_exact() -> None:
    e = (x**3 - 1) / (x - sp.Rational(1, 7)) + sp.Max(x, 2) * sp.Abs(-x) + sp.sqrt(x * x)
    found = number(e, x=Fraction(2, 3))
    assert type(found) is fmpq
    q = Fraction(2, 3)
    expected = (q**3 - 1) / (q - Fraction(1, 7)) + 2 * q + q
    assert found == fmpq(expected.numerator, expected.denominator)
    assert number(Partial(x**5 / (1 + x), x), x=1) == fmpq(5, 2) - fmpq(1, 4)


def test_floats_count_as_the_fractions_they_are() -> None:
    assert number(x * 10, x=0.1) == fmpq(*(0.1).as_integer_ratio()) * 10
    with pytest.raises(ValueError):
        number(x, x=float("nan"))


@pytest.mark.parametrize(
    ("expr", "at", "expected"),
    [
        (Partial(sp.Max(0, x), x), 2, 1),
        (Partial(sp.Max(0, x), x), -2, 0),
        (Partial(x * sp.Abs(x), x), 0, 0),
        (Partial(sp.Max(0, x) - sp.Max(0, -x), x), 0, 1),
        (Partial(sp.Max(x, 2 * x) + sp.Min(x, 2 * x), x), 0, 3),
        (Partial(sp.Max(x, y), y), 1, 0),
        (Partial(sp.Abs(x**3), x), 0, 0),
        (Partial(sp.Piecewise((x**2 / 2, x < 1), (x - sp.Rational(1, 2), True)), x), 1, 1),
        (Partial(sp.Piecewise((0, x < 0), (x**2, True)), x), 0, 0),
        (Partial(Partial(x**2 * sp.Max(0, x), x), x), 0, 0),
        (Partial(sp.floor(x) * 0 + x, x), 3, 1),
    ],
)
def test_slopes_at_ties_that_leave_no_kink(expr: sp.Expr, at: int, expected: int) -> None:
    assert number(expr, x=at) == expected


@pytest.mark.parametrize(
    ("expr", "at"),
    [
        (Partial(sp.Max(0, x), x), 0),
        (Partial(sp.Abs(x), x), 0),
        (Partial(sp.Min(x, -x), x), 0),
        (Partial(Partial(x * sp.Abs(x), x), x), 0),
        (Partial(sp.Piecewise((1, x > 0), (0, True)), x), 0),
        (Partial(sp.sign(x), x), 0),
        (Partial(sp.floor(x), x), 2),
        (Partial(sp.sqrt(x), x), 0),
        (Partial(sp.exp(sp.Abs(x)), x), 0),
        (sp.log(x), 0),
        (sp.log(x), -1),
        (1 / x, 0),
        (sp.sqrt(x), -1),
        (x ** sp.Rational(1, 3), -8),
        (sp.Pow(x, y), -1),
        (sp.asin(x), 2),
        (sp.LambertW(x), -1),
        (Partial(sp.log(x), x), -1),
        (x + 0 * sp.log(y) + sp.log(y), 1),
        (sp.Piecewise((1, x > 0)), -1),
    ],
)
def test_what_has_no_value_is_undefined(expr: sp.Expr, at: int) -> None:
    with pytest.raises(Undefined):
        number(expr, x=at, y=Fraction(-1, 2))


def test_the_end_of_a_range_decides_nothing() -> None:
    from symcheck.refute import values

    with pytest.raises((values.Undecided, Undefined)) as found:
        number(Partial(t * sp.sqrt(t), t), t=0)
    assert not isinstance(found.value, Undefined)


def test_unknown_heads_are_named_not_guessed() -> None:
    with pytest.raises(Unsupported, match="mystery"):
        number(sp.Function("mystery")(x))
    with pytest.raises(Unsupported):
        number(sp.Sum(x**k, (k, 0, sp.oo)))
    with pytest.raises(KeyError):
        Evaluator({}, {}, {}).value(x)


def test_every_inert_head_has_its_meaning() -> None:
    for head in (sigmoid, softplus, Phi, normal_density, ExpGap, MillsGap):
        e = head(x)
        with mpmath.workdps(80):
            assert close(arb(number(e, x=Fraction(5, 7))), by_mpmath(e, {x: mpmath.mpf(5) / 7}), 60)


def test_a_derivative_by_a_bound_entry_is_not_captured() -> None:
    """sum_j d/dx_j (x_j sum_j' x_j') and d/dx_i sum_i' x_i'^2, written with clashing names."""
    ev = Evaluator({n: 3}, {z: entries([1, 2, 5])}, {})
    assert ev.number(Partial(total(z[i] ** 2, (i, n)), z[j]), {j: 2}) == 4
    assert ev.number(total(Partial(total(z[k] ** 2, (k, n)), z[j]), (j, n))) == 16
    inner = total(z[k], (k, n))
    assert ev.number(total(Partial(z[j] * inner, z[j]), (j, n))) == 3 * 8 + 8
    assert ev.number(total(z[i] * delta(i, j), (i, n)), {j: 3}) == 5
    e = Partial(total(A[i, k] * z[k], (i, n), (k, n)), A[j, m])
    ev = Evaluator({n: 2}, {z: entries([3, 7]), A: entries([[1, 2], [3, 4]])}, {})
    assert ev.number(e, {j: 1, m: 2}) == 7


def test_one_point_answers_many_questions_independently() -> None:
    ev = Evaluator({n: 4}, {z: entries([1, -1, 2, 0])}, {})
    jacobian = Partial(softmax(i), z[j])
    for a in range(1, 5):
        for b in range(1, 5):
            fresh = Evaluator({n: 4}, {z: entries([1, -1, 2, 0])}, {})
            mine, other = ev.value(jacobian, {i: a, j: b}), fresh.value(jacobian, {i: a, j: b})
            assert mine.overlaps(other)
    for a in range(1, 5):
        row = [ev.value(jacobian, {i: a, j: b}) for b in range(1, 5)]
        with ctx.workprec(256):
            total_of_row = sum(row, arb(0))
        assert total_of_row.contains(0) and total_of_row.rad() < 1e-60


def test_wide_balls_are_narrowed_by_more_bits() -> None:
    e = sp.exp(x) - sp.exp(x) * (1 + sp.exp(-x)) + 1  # 0, by way of large numbers
    assert Evaluator({}, {}, {x: 90}, 256).value(e).rad() < 1e-30
    assert Evaluator({}, {}, {x: 1}, 2048).value(sp.exp(x)).rel_accuracy_bits() > 2000


def test_rows_of_a_few_hundred_entries_are_fast() -> None:
    size = 200
    data = [((7919 * q) % 101 - 50) / 16 for q in range(size)]
    ev = Evaluator({n: size}, {z: entries(data), w: entries(data[::-1])}, {})
    start = time.perf_counter()
    for at in range(1, size + 1):
        ev.value(softmax(i), {i: at})
        ev.value(Partial(total(w[i] * softmax(i), (i, n)), z[j]), {j: at})
    assert time.perf_counter() - start < 10
