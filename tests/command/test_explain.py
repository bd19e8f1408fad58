"""Derivations told for people say all that they rest on, and only that."""

from __future__ import annotations

import re

import pytest

from formulas import claims, get
from symcheck.explain import Chain, Passage, as_json, explain, lines
from symcheck.prover import Proof, prove
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation


def proof(name: str) -> Proof:
    formula, claim = name.split("/")
    found = prove(get(formula).claim(claim))
    assert isinstance(found, Proof)
    return found


def told(name: str) -> list[Passage]:
    found = proof(name)
    return explain(found.derivation, found.statement)


def chains(passages: list[Passage]) -> list[Chain]:
    return [p.content for p in passages if isinstance(p.content, Chain)]


def test_softmax_is_told_as_one_chain_with_lemmas() -> None:
    main, *lemmas = chains(told("act.softmax/jacobian"))
    assert main.lemma is None and [c.lemma for c in lemmas] == list(range(1, len(lemmas) + 1))
    assert 3 <= len(main.steps) <= 6 and len(lemmas) <= 4
    assert main.steps[0].by == ("diff.mul",)
    text = "\n".join(lines(told("act.softmax/jacobian")))
    assert "Lemma 1." in text and "diff.mul: ∂(a·b)/∂x = ∂(a)/∂x·b + a·∂(b)/∂x" in text


SUBJECTS = [
    "act.softmax/jacobian", "norm.rms/input_cotangent", "act.relu/derivative", "act.relu/from_abs",
    "info.kl/nonnegative", "act.gelu/tanh_error", "llm.rope/relative_position",
]  # fmt: skip


def known() -> list[str]:
    every = {f"{f.id}/{c.name}" for f, c in claims()}
    return [s for s in SUBJECTS if s in every]


@pytest.mark.parametrize("name", known())
def test_every_lemma_that_is_named_is_told_once(name: str) -> None:
    passages = told(name)
    numbers = [c.lemma for c in chains(passages) if c.lemma is not None]
    named = {
        int(n)
        for c in chains(passages)
        for s in c.steps
        for by in s.by
        for n in re.findall(r"lemma (\d+)", by)
    }
    assert named == set(numbers) and len(numbers) == len(set(numbers))


@pytest.mark.parametrize("name", known())
def test_a_chain_begins_and_ends_with_the_statement(name: str) -> None:
    found = proof(name)
    if not isinstance(found.derivation, Equation):
        return
    main = chains(explain(found.derivation, found.statement))[0]
    same = Canonical().same
    assert same(main.start, found.statement.lhs)
    assert same(main.steps[-1].formula, found.statement.rhs)


def test_the_json_form_has_every_passage() -> None:
    passages = told("act.gelu/tanh_error")
    data = as_json(passages)
    assert len(data) == len(passages)
    assert any("falls" in row.get("text", "") for row in data)
    assert any(row.get("steps") for row in data)


def test_hypotheses_and_what_rules_ask_for_are_told() -> None:
    text = list(lines(told("act.sigmoid/stable_form")))
    assert "      hypothesis 1: x = 0" in text
    assert any(line.endswith("abs.nonpositive: |a| = -a   if -a ≥ 0") for line in text)
