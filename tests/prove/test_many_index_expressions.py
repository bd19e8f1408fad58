"""The normal form against the value, for ten thousand random index expressions.

Sums, deltas, products, ranged sums and products, powers, quotients, functions and derivatives of them.
Rational values are compared exactly, others as balls of 192 bits; each normal form is also replayed by the
checker."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from index_expressions import SIGNS, Drawn, Point, Unsettled, agree

from symcheck.prover.canonical import TooLarge
from symcheck.prover.checker import check
from symcheck.prover.normalise import Normaliser, OutOfBudget
from symcheck.prover.recorder import Recorder
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

CASES, SHARES = 10_400, 4
SHAPES = ({"n": 2, "m": 1}, {"n": 3, "m": 2})
BUDGET = 400


def normal(t: Term, peel: str) -> Term | None:
    """The normal form, whose derivation the checker has replayed; ``None`` if it is too large."""
    recorder = Recorder()
    try:
        p, ref = Normaliser(Statement(t, t, signs=SIGNS), recorder, BUDGET, peel).norm(t)
        check(Statement(t, p.term, signs=SIGNS), recorder.finish(ref))
    except (OutOfBudget, TooLarge):
        return None
    except CheckError as error:
        if str(error).startswith(("not defined", "not differentiable")):
            return None  # a derivative at a kink
        raise
    return p.term


def compared(t: Term, other: Term, rng: random.Random) -> int:
    """At how many points both have a value, which is then the same."""
    count = 0
    for sizes in SHAPES:
        point = Point(rng, sizes)
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
