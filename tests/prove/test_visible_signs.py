"""Signs that show: over a denominator, beside facts, in products with facts, of whole numbers."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
import sympy as sp
from signed_terms import wrong_signs

from formulas.language import dim, natural, positive, real
from formulas.schema import Relation
from symcheck.prover import sign_by_facts, sign_of_sums
from symcheck.prover.canonical import Canonical
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import statement

p, q, c = positive("p"), positive("q"), positive("c")
x, y, w = real("x"), real("y"), real("w")
n, m = dim("n"), natural("m")
FACTS = (x >= y, w * (x - y) >= 0, y > c)


def seen(e: sp.Expr, *facts: sp.Basic) -> frozenset[int]:
    goal = statement(e, e, Relation.EQ, facts)
    return Signs(Canonical(), goal).sign(goal.lhs)


SHOWN = [
    (1 - p / (p + q), (), {1}),
    (p / (p + q) - 1, (), {-1}),
    (1 / p - 1 / (p + q), (), {1}),
    (n - 1, (), {0, 1}),
    (m + 1, (), {1}),
    (1 - m, (), {-1, 0, 1}),
    (n - 2, (), {-1, 0, 1}),
    (x - y + p, (x >= y,), {1}),
    (x - c, FACTS, {1}),
    (w * p * (x - y), FACTS, {0, 1}),
    (w * x * (x - y), FACTS, {0, 1}),
    (w * w * (x - y), FACTS, {0, 1}),
    (y - x - p, (x >= y,), {-1}),
    (x, (x > 1,), {1}),
]


@pytest.mark.parametrize("case", SHOWN, ids=lambda c: str(c[0]))
def test_signs_that_show(case: tuple[sp.Expr, tuple[sp.Basic, ...], set[int]]) -> None:
    e, facts, expected = case
    assert seen(e, *facts) == frozenset(expected)


EXPRESSIONS = [
    1 - p / (p + q), 1 - q / p, p - q, x - p, w * (y - x) * p, x - y - p, y - x + c, x * w, n - m, 2 - n,
    w * (x - y) * y, w * (x - y) * (y - x), x / (p + q) - 1, w / p + x / q, (x - y) / p - w, x - 2 * c,
]  # fmt: skip


@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
def test_no_sign_is_claimed_that_a_point_contradicts(e: sp.Expr) -> None:
    """Every value at a point that meets the facts has one of the signs that were read."""
    signs = seen(e, *FACTS)
    symbols = sorted((e.free_symbols | {x, y, w, c}), key=str)
    checked = 0
    for values in itertools.product([-1, 0, 1, 2, sp.Rational(1, 2)], repeat=len(symbols)):
        at = dict(zip(symbols, values, strict=True))
        fits = all(v > 0 for s, v in at.items() if s.is_positive) and all(
            v.is_integer if isinstance(v, sp.Rational) else True for s, v in at.items() if s.is_integer
        )
        if not fits or any(v < 0 for s, v in at.items() if s.is_nonnegative):
            continue
        if not all(f.subs(at) == sp.true for f in FACTS):
            continue
        checked += 1
        assert int(sp.sign(e.subs(at))) in signs, at
    assert checked > 3


@pytest.mark.slow
def test_random_terms_have_no_other_sign_than_is_read() -> None:
    counts: Counter[str] = Counter()
    assert wrong_signs(1, 12_000, counts) == []
    assert counts["with a point"] > 2_500 and counts["points"] > 50_000


@pytest.mark.parametrize("fault", ["coefficient", "ratio", "even", "add"])
def test_wrong_signs_are_seen_at_random_points(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signs are broken in one place, and random terms show it."""

    def plain_numbers(t: tm.Term) -> Any:
        values = [tm.number(f) for f in sign_of_sums.flat(t)]
        return next((v for v in values if v is not None), 1)

    match fault:
        case "coefficient":
            monkeypatch.setattr(sign_of_sums, "_coefficient", plain_numbers)
        case "ratio":
            monkeypatch.setattr(Signs, "ratio", lambda self, p, q: -(sign_by_facts.ratio(self, p, q) or 0))
        case "even":
            monkeypatch.setattr(Signs, "_even", lambda self, t, out: out - {-1} or out)
        case "add":
            monkeypatch.setattr(Signs, "_add", lambda self, t: self.sign(t.args[0]))
    assert wrong_signs(0, 3_000, Counter())
