"""False statements are refuted, true ones are not, and nothing empty counts as a success."""

from __future__ import annotations

import dataclasses
import time

import pytest
import sympy as sp

import formulas
from formulas.language import (
    Partial,
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
from formulas.schema import Claim, Relation
from symcheck.refute.falsify import falsify, falsify_statement

x, y = real("x"), real("y")
s, t = positive("s"), positive("t")
n, m = dim("n"), dim("m")
i, j, k, a, b = index("i j k a b")
z, w = tensor("z", n), tensor("w", n)
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
A, B = tensor("A", n, n), tensor("B", n, n)
EQ, LE, LT, GE, GT, _ = Relation
NORMALISED = sp.Eq(total(p[i], (i, n)), 1)


def soft(at: sp.Symbol) -> sp.Expr:
    return sp.exp(z[at]) / total(sp.exp(z[k]), (k, n))


FALSE = {
    "log of a product of reals": (sp.log(x * y), EQ, sp.log(x) + sp.log(y), ()),
    "root of a square": (sp.sqrt(x**2), EQ, x, ()),
    "square of a sum": (total(z[i], (i, n)) ** 2, EQ, total(z[i] ** 2, (i, n)), ()),
    "sum of products": (total(z[i] * w[i], (i, n)), EQ, total(z[i], (i, n)) * total(w[i], (i, n)), ()),
    "trace of a square, true for n = 1": (
        total(A[i, j] * A[j, i], (i, n), (j, n)), EQ, total(A[i, j] ** 2, (i, n), (j, n)), (),
    ),
    "commuting matrices": (total(A[i, j] * B[j, k], (j, n)), EQ, total(B[i, j] * A[j, k], (j, n)), ()),
    "transposed matrix": (A[i, j], EQ, A[j, i], ()),
    "softmax jacobian without delta": (Partial(soft(i), z[j]), EQ, -soft(i) * soft(j), ()),
    "softmax jacobian, diagonal everywhere": (Partial(soft(i), z[j]), EQ, soft(i) * (1 - soft(i)), ()),
    "softmax jacobian, wrong sign": (Partial(soft(i), z[j]), EQ, soft(i) * (soft(j) - delta(i, j)), ()),
    "sigmoid's derivative": (Partial(sigmoid(x), x), EQ, sigmoid(x) * (1 + sigmoid(x)), ()),
    "tanh's derivative": (Partial(sp.tanh(x), x), EQ, 1 - sp.tanh(x), ()),
    "softplus is not relu": (softplus(x), EQ, sp.Max(0, x), ()),
    "relu's derivative at zero": (Partial(sp.Max(0, x), x), EQ, sp.Piecewise((1, x > 0), (0, True)), ()),
    "abs's derivative at zero": (Partial(sp.Abs(x), x), EQ, sp.sign(x), ()),
    "quotient of a number by itself": (x / x**2, EQ, x ** -sp.Integer(1) + 1, ()),
    "exponential of a sum": (sp.exp(x + y), EQ, sp.exp(x) + sp.exp(y), ()),
    "entropy beyond log n": (-total(p[i] * sp.log(p[i]), (i, n)), GE, sp.log(n), (NORMALISED,)),
    "entropy is positive, strictly": (-total(p[i] * sp.log(p[i]), (i, n)), GT, sp.Integer(0), (NORMALISED,)),
    "divergence without normalisation": (total(p[i] * sp.log(p[i] / q[i]), (i, n)), GE, sp.Integer(0), ()),
    "strict inequality with a tie": (x**2, GT, sp.Integer(0), ()),
    "inequality of real and square": (x, LE, x**2, ()),
    "tight bound missed": (Partial(sigmoid(x), x), LT, sp.Rational(1, 4), ()),
    "bound missed narrowly": (x * (1 - x), LE, sp.Rational(2499, 10000), ()),
    "narrow peak": (1 / (1 + 400 * (x - sp.Rational(1234, 1000)) ** 2), LE, sp.Rational(99, 100), ()),
    "cauchy-schwarz reversed": (
        total(z[i] * w[i], (i, n)) ** 2, GE, total(z[i] ** 2, (i, n)) * total(w[i] ** 2, (i, n)), (),
    ),
    "hypothesis on a sum that does not help": (total(p[i] ** 2, (i, n)), EQ, sp.Integer(1), (NORMALISED,)),
    "variance without the mean": (
        total((z[i] - total(z[j], (j, n)) / n) ** 2, (i, n)), EQ, total(z[i] ** 2, (i, n)), (),
    ),
    "gaussian's derivative": (Partial(normal_density(x), x), EQ, x * normal_density(x), ()),
    "second derivative": (Partial(Partial(x**3 * y, x), y), EQ, 3 * x**2 * y, ()),
    "relation of constants": (sp.Rational(22, 7), EQ, sp.pi, ()),
    "constants, strictly": (sp.Rational(1, 3), LT, sp.Rational(1, 3), ()),
}  # fmt: skip

TRUE = {
    "log of a product of positives": (sp.log(s * t), EQ, sp.log(s) + sp.log(t), ()),
    "root of a square": (sp.sqrt(x**2), EQ, x, (x >= 0,)),
    "square of a sum": (total(z[i], (i, n)) ** 2, EQ, total(z[i] * z[j], (i, n), (j, n)), ()),
    "softmax jacobian": (Partial(soft(i), z[j]), EQ, soft(i) * (delta(i, j) - soft(j)), ()),
    "symmetric matrix": (
        total(A[i, j] * z[j], (j, n)), EQ, total(A[j, i] * z[j], (j, n)), (sp.Eq(A[a, b], A[b, a]),),
    ),
    "unit vector": (total(3 * z[i] ** 2, (i, n)), EQ, sp.Integer(3), (sp.Eq(total(z[i] ** 2, (i, n)), 1),)),
    "mean zero": (
        total((z[i] - total(z[j], (j, n)) / n) ** 2, (i, n)), EQ, total(z[i] ** 2, (i, n)),
        (sp.Eq(total(z[i], (i, n)), 0),),
    ),
    "entropy": (-total(p[i] * sp.log(p[i]), (i, n)), LE, sp.log(n), (NORMALISED,)),
    "gibbs": (
        total(p[i] * sp.log(p[i] / q[i]), (i, n)), GE, sp.Integer(0),
        (NORMALISED, sp.Eq(total(q[i], (i, n)), 1)),
    ),
    "relu off zero": (Partial(sp.Max(0, x), x), EQ, sp.Piecewise((1, x > 0), (0, True)), (sp.Ne(x, 0),)),
    "x |x|": (Partial(x * sp.Abs(x), x), EQ, 2 * sp.Abs(x), ()),
    "ordered numbers": (x * s, LE, y * s, (x <= y,)),
    "a hypothesis at the index of the statement only": (z[i] / z[i] ** 2, EQ, 1 / z[i], (sp.Ne(z[i], 0),)),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_statements_are_refuted(name: str) -> None:
    lhs, relation, rhs, hypotheses = FALSE[name]
    found = falsify_statement(lhs, rhs, relation, hypotheses)
    assert found.counterexample is not None, (name, found)
    assert found.counterexample.text and not found.vacuous


@pytest.mark.parametrize("name", TRUE)
def test_true_statements_are_seen_to_hold(name: str) -> None:
    lhs, relation, rhs, hypotheses = TRUE[name]
    found = falsify_statement(lhs, rhs, relation, hypotheses)
    assert found.counterexample is None, (name, found.counterexample)
    assert found.points >= 20 and not found.vacuous


def test_the_square_of_a_sum_fails_at_two() -> None:
    lhs, relation, rhs, _ = FALSE["square of a sum"]
    found = falsify_statement(lhs, rhs, relation).counterexample
    assert found is not None and found.kind == "value" and found.sizes == {"n": 2}


def test_what_holds_up_to_size_two_fails_at_three() -> None:
    """tr((AB - BA)**3) = 0 holds for n <= 2, where the square of a commutator is a multiple of the unit."""
    c, d, e, f, g, h = index("c d e f g h")

    def commutator(row: sp.Symbol, column: sp.Symbol, bound: sp.Symbol) -> sp.Expr:
        return total(A[row, bound] * B[bound, column] - B[row, bound] * A[bound, column], (bound, n))

    cube = commutator(c, d, f) * commutator(d, e, g) * commutator(e, c, h)
    found = falsify_statement(total(cube, (c, n), (d, n), (e, n)), sp.Integer(0), points=30, seconds=20)
    assert found.counterexample is not None and found.counterexample.sizes["n"] == 3
    assert set(found.shapes) == {(1,), (2,)}


def test_a_missing_value_is_a_counterexample_of_its_own_kind() -> None:
    found = falsify_statement(sp.log(x**2), 2 * sp.log(x)).counterexample
    assert found is not None and found.kind == "domain" and "undefined" in found.text


def test_unsatisfiable_hypotheses_are_vacuous() -> None:
    for hypotheses in (
        (sp.Gt(x, 1), sp.Lt(x, 0)),
        (sp.Eq(total(p[i], (i, n)), -1),),
        (sp.Eq(x**2, -1),),
        (sp.false,),
    ):
        found = falsify_statement(x, x + 1, EQ, hypotheses)
        assert found.vacuous and found.counterexample is None and found.points == 0 and found.reason


def test_no_effective_point_is_told() -> None:
    found = falsify_statement(sp.log(-s), sp.log(-s) + 1)
    assert found.points == 0 and found.counterexample is None and "undefined" in found.reason
    found = falsify_statement(sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1), LT)
    assert found.counterexample is None or "x = 0" in found.counterexample.text
    unknown = falsify_statement(sp.gamma(s), sp.gamma(s) + 1)
    assert unknown.points == 0 and unknown.reason


def test_hostile_statements_end() -> None:
    start = time.perf_counter()
    tower = x
    for _ in range(400):
        tower = sp.sin(tower, evaluate=False)
    falsify_statement(tower, x, seconds=0.5)
    for e in (
        x ** (10**9),
        sp.Sum(i, (i, 1, 10**9)),
        sp.exp(sp.exp(sp.exp(sp.exp(sp.exp(x))))),
        total(z[1] * z[i] * z[j] * z[k] * z[a] * z[b], (i, n), (j, n), (k, n), (a, n), (b, n)),
        sp.Symbol("e", integer=True) ** sp.Symbol("e", integer=True),
        z[i] + z[j + 1],
    ):
        falsify_statement(e, e + sp.Function("unknown")(x), seconds=0.5)
        falsify_statement(e, e, seconds=0.5)
    assert time.perf_counter() - start < 12


def test_the_text_can_be_checked_by_hand() -> None:
    found = falsify_statement(z[i] + z[j], 2 * z[i]).counterexample
    assert found is not None
    assert found.text.startswith("n = 2, z = (") and ", i = " in found.text and " ≠ " in found.text
    assert set(found.indices) == {"i", "j"} and found.indices["i"] != found.indices["j"]


def test_same_name_same_points() -> None:
    claim = Claim(name="wrong", lhs=total(z[i], (i, n)), rhs=n * z[1])
    assert falsify(claim) == falsify(claim)
    assert falsify(claim, seed=1) == falsify(claim, seed=1)


def test_conditions_and_other_sides() -> None:
    claim = Claim(
        name="root", lhs=sp.sqrt(x**2), rhs=x, conditions=(x >= 0,), expected=formulas.Verdict.CONDITIONAL
    )
    assert falsify(claim).counterexample is None and falsify(claim).points >= 20
    assert falsify(claim, with_conditions=False).counterexample is not None
    assert falsify(claim, sides=(sp.sqrt(x**2), x + 1)).counterexample is not None


def test_a_witness_meets_a_transcendental_hypothesis() -> None:
    v = positive("v")
    claim = Claim(
        name="omega", lhs=sp.log(v) + x, rhs=x - v, hypotheses=(sp.Eq(v * sp.exp(v), 1),),
        witness={v: sp.LambertW(1)},
    )  # fmt: skip
    assert falsify(claim).counterexample is None and falsify(claim).points >= 20
    assert falsify(claim, sides=(sp.log(v) + x, x + v)).counterexample is not None
    assert falsify(dataclasses.replace(claim, witness={})).vacuous


@pytest.mark.parametrize("name", ["logistic_error_sharper", "tanh_error_sharper"])
def test_a_bound_on_the_line_is_refuted_without_a_hint(name: str) -> None:
    claim = dataclasses.replace(formulas.get("act.gelu").claim(name), witness={})
    found = falsify(claim).counterexample
    assert found is not None and " > " in found.text


def test_boundaries_of_hypotheses_are_visited() -> None:
    bounded = nonnegative("c")
    assert falsify_statement(bounded, sp.Integer(1), LT, (bounded <= 1,)).counterexample is not None


def test_a_strict_inequality_is_tried_at_the_origin() -> None:
    """Equality at one point only, where a random draw hardly falls."""
    from formulas.language import dim, index, tensor, total

    size, (k,) = dim("size"), index("k")
    v = tensor("v", size)
    found = falsify_statement(total(v[k] ** 2, (k, size)), sp.S.Zero, Relation.GT)
    assert found.counterexample is not None
    assert found.counterexample.lhs == "0"
