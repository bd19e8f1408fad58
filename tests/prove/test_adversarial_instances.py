"""Instances of rules as somebody would write them who wants to fool the checker.

Names of parameters hide free indices, indices coincide, bodies have kinks and poles, conditions are met or
not.  What the checker accepts is evaluated; both sides have to be the same wherever both have a value."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
from index_expressions import FREE, SIGNS, Drawn, Point, Unsettled, agree

from symcheck.prover.canonical import TooLarge
from symcheck.prover.checker import check
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.form import IllFormed
from symcheck.prover.instantiate import instantiate
from symcheck.prover.replay import Replay
from symcheck.prover.report import CheckError, Refused
from symcheck.prover.rule import Rule
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

TRIED = 9_000
SHAPES = ({"n": 2, "m": 1}, {"n": 3, "m": 2}, {"n": 1, "m": 2})
BEYOND = (
    "mean.", "det.", "diff.det", "diff.field", "field.", "diff.function", "diff.step", "erf.", "diff.erf",
    "def.",
)  # fmt: skip
"""Rules about what the evaluator of random expressions does not know."""
NAMES = [name for name in RULES if not name.startswith(BEYOND)]
POOL = (*FREE, Index("u", "n"), Index("v", "n"), Index("w", "m"), Index("#1", "n"), Index("#2", "n"))


def patterns(rule: Rule) -> list[Term]:
    return [rule.lhs, rule.rhs, *(t for c in rule.conditions for t in c.of if isinstance(t, Term))]


def substitution(rule: Rule, rng: random.Random) -> Substitution:
    sizes = {"?n": rng.choice(("n", "n", "m")), "?m": rng.choice(("m", "n", "n"))}
    parts = [s for t in patterns(rule) for s in tm.subterms(t)]
    asked = [a for s in parts for a in s.args if isinstance(a, Index)]
    asked += [a for c in rule.conditions for a in c.of if isinstance(a, Index)]
    indices = {}
    for a in asked:
        size = sizes.get(a.size, a.size)
        indices[a.name] = rng.choice([i for i in POOL if i.size == size] or [Index("s", size)])
    terms = {s.args[0]: _value(s.args[0], s.args[1:], sizes, rng) for s in parts if s.op == "meta"}
    return Substitution(terms, indices, sizes)


def _value(
    name: str, at: tuple[Index | Term, ...], sizes: dict[str, str], rng: random.Random
) -> tuple[tuple[Index, ...], Term]:
    if name == "x":
        return (), rng.choice((tm.var("x", FREE[0]), tm.var("x", FREE[1]), tm.var("s"), tm.var("p", FREE[0])))
    names = rng.sample(("g", "h", "i", "j", "u"), len(at))
    ends = [sizes.get(a.size, a.size) if isinstance(a, Index) else tm.ENDLESS for a in at]
    parameters = tuple(Index(own, size) for own, size in zip(names, ends, strict=True))
    # one free index of each size stays in sight
    scope = (*[v for v in FREE if v.name not in names], *parameters, Index("l", "n"))
    drawn = Drawn(rng)
    number = tm.num(Fraction(rng.randint(-2, 3), rng.choice((1, 1, 2))))
    whole = rng.choice((tm.dim("n"), tm.dim("m") - 1, tm.dim("n") - tm.value_of(FREE[0])))
    kind = rng.random()
    if kind < 0.35:
        return parameters, drawn.positive(scope, 2)
    if kind < 0.7:
        return parameters, rng.choice((number, whole, tm.neg(drawn.positive(scope, 1))))
    return parameters, drawn.term(scope, rng.choice((1, 2, 3)))


def accepted(rule: Rule, rng: random.Random) -> tuple[Term, Term] | None:
    """Both sides of an instance that the checker takes for an equation."""
    try:
        subst = substitution(rule, rng)
        left, right = instantiate(rule.lhs, subst), instantiate(rule.rhs, subst)
        line = Line(left, right, "rule", rule.name, subst)
        check(Statement(left, right, signs=SIGNS), Equation((line,)))
    except (CheckError, Refused, IllFormed, TooLarge):
        return None
    return left, right


def false_instances(seed: int, tried: int, counts: Counter[str]) -> list[str]:
    rng = random.Random(seed)
    out = []
    for _ in range(tried):
        rule = RULES[rng.choice(NAMES)]
        sides = accepted(rule, rng)
        if sides is None:
            continue
        for sizes in SHAPES:
            point = Point(rng, sizes)
            point.at |= {
                i: rng.randint(1, sizes.get(i.size, 4)) for t in sides for i in t.free - set(point.at)
            }
            try:
                same = agree(*(point.value(t) for t in sides))
            except (Unsettled, KeyError):
                continue
            counts[rule.name] += 1
            if not same:
                out.append(
                    f"{rule.name}: {sides[0]} is not {sides[1]} for {point.sizes}, {point.at}, {point.data}"
                )
                break
    return out


@pytest.mark.slow
def test_no_instance_that_is_accepted_is_false() -> None:
    counts: Counter[str] = Counter()
    assert false_instances(1, TRIED, counts) == []
    assert counts.total() > 5_000
    assert len(counts) > 0.7 * len(NAMES), sorted(set(NAMES) - set(counts))


def test_conditions_that_are_not_looked_at_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replay, "_condition", lambda *_: None)
    assert false_instances(2, 600, Counter())
