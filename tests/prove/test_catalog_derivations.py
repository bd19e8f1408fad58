"""Every derivation of the catalog: it survives the way to JSON, and is told without keeping a rule silent.

One test, since proving the whole catalog takes its time."""

from __future__ import annotations

import json
import re

import pytest

from formulas import claims
from symcheck.explain import RING, Chain, explain, rules_named
from symcheck.prover import Proof, check, prove
from symcheck.prover.codec import decode, encode
from symcheck.prover.derivation import Derivation, Equation
from symcheck.prover.kinds import KINDS
from symcheck.prover.rules import RULES


def kinds(d: Derivation) -> set[type]:
    return {type(d)}.union(*map(kinds, d.parts()))


def rules_used(d: Derivation) -> set[str]:
    """The rules of the lines on which the last one rests."""
    own = set()
    if isinstance(d, Equation):
        todo = [len(d.lines) - 1] if d.lines else []
        seen = set()
        while todo:
            k = todo.pop()
            if k not in seen:
                seen.add(k)
                todo += [n for _, n in d.lines[k].uses] + list(d.lines[k].shown)
        own = {d.lines[k].name for k in seen if d.lines[k].reason == "rule"}
    return own.union(*map(rules_used, d.parts()))


def told(found: Proof) -> tuple[set[str], set[str]]:
    """The rules that are named when it is told, and what else is named as a reason."""
    passages = explain(found.derivation, found.statement)
    reasons = {
        by.removesuffix(" backwards")
        for p in passages
        if isinstance(p.content, Chain)
        for step in p.content.steps
        for by in step.by
    }
    return set(rules_named(passages)), reasons - set(RULES)


@pytest.mark.slow
def test_every_derivation_survives_and_is_told() -> None:
    seen: set[type] = set()
    count = 0
    for formula, claim in claims():
        found = prove(claim)
        if not isinstance(found, Proof):
            continue
        count += 1
        name = f"{formula.id}/{claim.name}"
        again = decode(json.loads(json.dumps(encode(found.derivation))))
        assert check(found.statement, again) == found.report, name
        seen |= kinds(again)
        named, others = told(found)
        assert named == rules_used(found.derivation), name
        assert all(o == RING or re.fullmatch(r"(lemma|hypothesis) \d+|[a-z]+", o) for o in others), (
            name,
            others,
        )
    assert count > 150
    assert seen == set(KINDS), "a kind of derivation that no claim of the catalog uses"
