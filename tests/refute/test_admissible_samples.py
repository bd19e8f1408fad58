"""Samples meet what they must, reach the edges, and tell when there are none."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Eq, Ge, Gt, Le, Lt, Ne, exp

from formulas.language import delta, dim, index, natural, nonnegative, positive, real, tensor, total
from formulas.schema import Claim, Relation, Verdict
from symcheck.refute.falsify import falsify, falsify_statement
from symcheck.refute.problem import problem
from symcheck.refute.program import Program
from symcheck.refute.sample import Point, Sampler

n, h = dim("n"), dim("h")
i, j, k = index("i j k")
x, y, u = real("x"), real("y"), real("u")
a, t, c = positive("a"), nonnegative("t"), natural("c")
z, w = tensor("z", n), tensor("w", n)
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
r, P = tensor("r", n, h, positive=True), tensor("P", n, n, positive=True)
A, B = tensor("A", n, n), tensor("B", n, n)
one = sp.S.One


def eq(lhs: Any, rhs: Any) -> sp.Basic:
    return Eq(lhs, rhs, evaluate=False)


ONE_HYPOTHESIS: dict[str, tuple[sp.Basic, ...]] = {
    "distribution": (eq(total(p[i], (i, n)), 1),),
    "weights of any sign": (eq(total(z[i], (i, n)), 1),),
    "two distributions": (eq(total(p[i], (i, n)), 1), eq(total(q[i], (i, n)), 1)),
    "joint distribution": (eq(total(r[i, j], (i, n), (j, h)), 1),),
    "stochastic matrix": (eq(total(P[i, j], (j, n)), 1),),
    "centred": (eq(total(z[i], (i, n)), 0),),
    "centred and not zero": (eq(total(z[i], (i, n)), 0), Gt(total(z[i] ** 2, (i, n)), 0)),
    "unit vector": (eq(total(z[i] ** 2, (i, n)), 1),),
    "equal tensors": (eq(q[i], p[i]),),
    "equal distributions": (eq(q[i], p[i]), eq(total(q[i], (i, n)), 1)),
    "product": (eq(r[i, j], p[i] * tensor("s", h, positive=True)[j]),),
    "symmetric": (eq(A[i, j], A[j, i]),),
    "antisymmetric": (eq(A[i, j], -A[j, i]),),
    "orthogonal to a vector": (eq(total(z[i] * w[i], (i, n)), 0), Ne(w[i], 0)),
    "inverse": (eq(total(A[i, k] * B[k, j], (k, n)), delta(i, j)),),
    "defined by a logarithm": (eq(z[i], -sp.log(p[i])),),
    "at most one": (Le(t, 1),),
    "strictly between": (Gt(x, 0), Lt(x, 1)),
    "ordered": (Le(x, y), Le(y, u)),
    "bounded entries": (Le(p[i], 1),),
    "bounded by a scalar": (Le(z[i], x),),
    "different": (Ne(x, y),),
    "above a quadratic": (Ge(x, y**2),),
    "a scalar by others": (eq(x, y**2 + 1),),
    "linear equation": (eq(2 * x + 3 * y, 1),),
}


def sampled(hypotheses: tuple[sp.Basic, ...], count: int = 12) -> list[Point]:
    return list(Sampler(problem(one, one, Relation.EQ, hypotheses), Program(), 7).points(count))


@pytest.mark.parametrize("name", ONE_HYPOTHESIS)
def test_samples_meet_their_hypotheses(name: str) -> None:
    hypotheses = ONE_HYPOTHESIS[name]
    points = sampled(hypotheses)
    assert len(points) >= 8, f"only {len(points)} samples"
    if points[0].draft.sizes:
        assert max(max(point.shape) for point in points) >= 2
    for point in points:
        ev = point.evaluator(256)
        for relation in hypotheses:
            given = problem(one, one, Relation.EQ, (relation,)).hypotheses[0]
            for at in point.draft.instances(given):
                gap = ev.value(relation.lhs, at) - ev.value(relation.rhs, at)
                if isinstance(relation, Eq):
                    assert gap.contains(0) and gap.rad() < 1e-12
                elif gap != 0 or isinstance(relation, Gt | Lt | Ne):
                    assert ev.holds(relation, at)
        for tensor_, found in point.draft.tensors.items():
            if tensor_.label.is_positive:
                assert all(value > 0 for value in found.values())


IMPOSSIBLE: dict[str, tuple[sp.Basic, ...]] = {
    "contradiction": (Gt(x, 1), Lt(x, 0)),
    "squares": (Lt(x**2, 0),),
    "positive and not": (Le(a, 0),),
    "weights": (eq(total(p[i], (i, n)), -1),),
    "false": (sp.false,),
    "equal and different": (eq(x, y), Ne(x, y)),
    "whole and half": (eq(2 * c, 1),),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_unsatisfiable_hypotheses_are_vacuous(name: str) -> None:
    given = IMPOSSIBLE[name]
    for lhs, rhs in ((x + y + a + c, x + y + a + c), (x, x + 1)):
        found = falsify_statement(lhs, rhs, Relation.EQ, given, seconds=20)
        assert found.vacuous and found.points == 0 and found.counterexample is None, found
        assert found.reason
    claim = Claim(name="empty", lhs=x, rhs=x + 1, hypotheses=given)
    assert falsify(claim, points=1).vacuous
    assert not falsify(Claim(name="full", lhs=x, rhs=x + 1), points=1).vacuous


def test_conditions_can_be_the_impossible_part() -> None:
    claim = Claim(name="conditions", lhs=x, rhs=x, conditions=(Lt(x**2, 0),), expected=Verdict.CONDITIONAL)
    assert falsify(claim, points=1).vacuous
    assert not falsify(claim, with_conditions=False).vacuous


def test_no_value_anywhere_is_not_success() -> None:
    nowhere = sp.log(-1 - x**2)
    found = falsify_statement(nowhere, nowhere + 1)
    assert found.points == 0 and found.counterexample is None and not found.vacuous and found.reason
    found = falsify_statement(sp.zoo + 0 * x, sp.zoo)
    assert found.points == 0


def test_edges_are_reached() -> None:
    """Ties, zeros and equality in hypotheses: each of these holds but for an edge."""
    strict = falsify_statement(t, one, Relation.LT, (Le(t, 1),))
    assert strict.counterexample is not None and strict.counterexample.values["t"] == "1"


def test_edges_of_ties() -> None:
    tie = falsify_statement(sp.Abs(x - y), sp.S.Zero, Relation.GT)
    assert tie.counterexample is not None
    both = falsify_statement(sp.Max(x, y) - sp.Min(x, y), sp.S.Zero, Relation.GT)
    assert both.counterexample is not None
    spread = falsify_statement(total((z[i] - z[j]) ** 2, (i, n), (j, n)), sp.S.Zero, Relation.GT, (Ge(n, 2),))
    assert spread.counterexample is not None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_samples_are_distinct_and_follow_from_the_seed(seed: int) -> None:
    given = problem(total(p[i] * z[i], (i, n)), exp(x), Relation.EQ, (eq(total(p[i], (i, n)), 1),))

    def draw() -> list[str]:
        return [
            repr((pt.draft.sizes, pt.draft.tensors, pt.draft.scalars))
            for pt in Sampler(given, Program(), seed).points(15)
        ]

    first = draw()
    assert len(set(first)) == len(first) == 15
    assert first == draw()


def test_claims_without_free_data_are_exhausted() -> None:
    found = falsify(Claim(name="constant", lhs=exp(0) + 1, rhs=sp.Integer(2)))
    assert found.points == 1 and found.exhausted
    assert not falsify(Claim(name="free", lhs=x, rhs=x)).exhausted
    sizes = falsify(Claim(name="sizes", lhs=total(one / n, (i, n)), rhs=one))
    assert sizes.points >= 10


def test_each_size_up_to_the_bound_is_seen() -> None:
    """tr(A)^4 has four bound indices: sizes up to 4 belong to the points, however few are asked for."""
    b = index("b1 b2 b3 b4")
    fourth = sp.Mul(*[total(A[s, s], (s, n)) for s in b])
    found = falsify_statement(fourth, total(A[i, i], (i, n)) ** 4, points=2)
    assert {(size,) for size in (1, 2, 3, 4)} <= set(found.shapes)


def test_poles_of_one_and_two_scalars_are_seen() -> None:
    assert falsify_statement((x**2 - 4) / (x - 2), x + 2).counterexample is not None
    assert falsify_statement((x**2 - y**2) / (x - y), x + y).counterexample is not None
    assert falsify_statement(1 / (1 / x), x).counterexample is None  # SymPy cancels it before we see it
