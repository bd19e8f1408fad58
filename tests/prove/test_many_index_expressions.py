"""The normal form against the value, for ten thousand random index expressions.

Sums, deltas, products, ranged sums and products, powers, quotients, functions and derivatives of them.
Rational values are compared exactly, others as balls of 192 bits; each normal form is also replayed by the
checker."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import nullcontext
from functools import partial

import pytest
from flint import fmpq
from index_expressions import FREE, SIGNS, Drawn, Point, Unsettled, agree

from symcheck.prover.canonical import TooLarge
from symcheck.prover.checker import check
from symcheck.prover.normalise import Normaliser, OutOfBudget
from symcheck.prover.recorder import Recorder
from symcheck.prover.replay import Replay
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index, Term

CASES, SHARES = 10_400, 4
UNDER_HYPOTHESES = 400
SHAPES = ({"n": 2, "m": 1}, {"n": 3, "m": 2})
BUDGET = 400


FIRST, SECOND = Index("a", "n"), Index("b", "n")
P, A, X, S = (partial(tm.var, name) for name in "pAxs")
HYPOTHESES = {
    "sums to one": (Fact("equal", tm.sum_over(FIRST, P(FIRST)), tm.ONE),),
    "symmetric": (Fact("equal", A(FIRST, SECOND), A(SECOND, FIRST), (FIRST, SECOND)),),
    "defined by others": (Fact("equal", X(FIRST), S() * P(FIRST) + 1, (FIRST,)),),
    "a number that is known": (Fact("equal", S(), tm.num(2)), Fact("positive", S() - 1, tm.ZERO)),
    "the size of entries": (Fact("nonnegative", X(FIRST), tm.ZERO, (FIRST,)), Fact("positive", S(), tm.ZERO)),
}


def met(name: str, point: Point) -> None:
    """The data changed so that the hypotheses of that name hold."""
    data, n = point.data, point.sizes["n"]
    places = range(1, n + 1)
    match name:
        case "sums to one":
            whole = sum((data["p", (k,)] for k in places), fmpq(0))
            data.update({("p", (k,)): data["p", (k,)] / whole for k in places})
        case "symmetric":
            data.update({("A", (k, q)): data["A", (q, k)] for k in places for q in places if q < k})
        case "defined by others":
            data.update({("x", (k,)): data["s", ()] * data["p", (k,)] + 1 for k in places})
        case "a number that is known":
            data["s", ()] = fmpq(2)
        case "the size of entries":
            data["s", ()] = abs(data["s", ()]) + 1
            data.update({("x", (k,)): abs(data["x", (k,)]) for k in places})


def about(fact: Fact, rng: random.Random, drawn: Drawn) -> Term:
    """An expression in which what the hypothesis speaks of stands, often under a derivative by it."""
    told = tm.rename(fact.left, {FIRST: FREE[0], SECOND: FREE[1]})
    inside = rng.choice((told, told**2, tm.fn("abs", told), tm.fn("max", told, drawn.term(depth=1))))
    t = drawn.term(depth=2) + inside * drawn.term(depth=rng.choice((0, 1, 2)))
    if rng.random() < 0.5:
        by = rng.choice([s for s in tm.subterms(told) if s.op == "var"])
        t = tm.partial(t, tm.rename(by, {i: rng.choice(FREE[:2]) for i in by.free}))
    return t * drawn.term(depth=1) if rng.random() < 0.5 else t


def normal(t: Term, peel: str, facts: tuple[Fact, ...] = ()) -> Term | None:
    """The normal form, whose derivation the checker has replayed; ``None`` if it is too large."""
    recorder = Recorder()
    try:
        p, ref = Normaliser(Statement(t, t, facts=facts, signs=SIGNS), recorder, BUDGET, peel).norm(t)
        check(Statement(t, p.term, facts=facts, signs=SIGNS), recorder.finish(ref))
    except (OutOfBudget, TooLarge):
        return None
    except CheckError as error:
        if str(error).startswith(("not defined", "not differentiable")):
            return None  # a derivative at a kink
        raise
    return p.term


def compared(t: Term, other: Term, rng: random.Random, given: str = "") -> int:
    """At how many points both have a value, which is then the same."""
    count = 0
    for sizes in SHAPES:
        point = Point(rng, sizes)
        met(given, point)
        try:
            same = agree(point.value(t), point.value(other))
        except Unsettled:
            continue
        assert same, f"{t} is not {other} for {point.sizes}, {point.data}, {point.at}"
        count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_the_normal_form_has_the_value_of_the_expression(share: int) -> None:
    rng = random.Random(share)
    drawn = Drawn(rng)
    counts: Counter[str] = Counter()
    for _ in range(4 * CASES):
        t = drawn.term(depth=rng.choice((2, 3, 3, 4)))
        found = normal(t, rng.choice(("none", "last", "first")))
        if found is None or not compared(t, found, rng):
            counts["left out"] += 1
            continue
        counts["compared"] += 1
        counts["changed"] += found is not t
        counts.update({s.op for s in tm.subterms(t)})
        if counts["compared"] * SHARES >= CASES:
            break
    assert counts["compared"] * SHARES >= CASES, counts
    assert counts["changed"] > counts["compared"] / 2, counts
    assert min(counts[op] for op in ("sum", "fold", "delta", "pow", "d", "fn", "ord")) > 200, counts


@pytest.mark.slow
@pytest.mark.parametrize("given", HYPOTHESES)
def test_the_normal_form_has_the_value_where_the_hypotheses_hold(given: str) -> None:
    """Derivatives by what a hypothesis is about are among the expressions."""
    rng = random.Random(given)
    drawn = Drawn(rng)
    used = count = 0
    for _ in range(4 * UNDER_HYPOTHESES):
        facts = HYPOTHESES[given]
        t = about(rng.choice(facts), rng, drawn)
        found = normal(t, "none", facts)
        if found is None or not compared(t, found, rng, given):
            continue
        count += 1
        used += found is not normal(t, "none")
        if count >= UNDER_HYPOTHESES:
            break
    assert count >= UNDER_HYPOTHESES
    assert used > UNDER_HYPOTHESES / 25


def test_a_hypothesis_that_is_used_under_a_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search and checker both forget that the sum of p is 1 only where it is."""
    monkeypatch.setattr(Normaliser, "freezing", lambda *_: nullcontext())
    monkeypatch.setattr(Replay, "_differentiated", lambda *_: set())
    rng = random.Random(3)
    drawn = Drawn(rng)
    (fact,) = facts = HYPOTHESES["sums to one"]
    with pytest.raises(AssertionError, match="is not"):
        for _ in range(UNDER_HYPOTHESES):
            t = about(fact, rng, drawn)
            found = normal(t, "none", facts)
            if found is not None:
                compared(t, found, rng, "sums to one")


def test_a_wrong_normal_form_is_seen() -> None:
    rng = random.Random(7)
    drawn = Drawn(rng)
    seen = tried = 0
    while tried < 60:
        t = drawn.term()
        found = normal(t, "none")
        if found is None:
            continue
        tried += 1
        try:
            compared(t, found + tm.var("r"), rng)
        except AssertionError:
            seen += 1
    assert seen > tried / 2
