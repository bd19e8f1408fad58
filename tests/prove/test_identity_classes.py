"""Classes B to F and H of ``research/proof-engine.md``: claims are proved, wrong variants refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from identities import chances, indexed, networks, tensors

from formulas.schema import Claim, Relation
from symcheck.prover import Open, Proof, prove, prove_equivalent
from symcheck.refute.falsify import falsify
from symcheck.refute.weigh import judge_mutants

CLAIMS = {c.name: c for module in (indexed, tensors, networks, chances) for c in module.CLAIMS}
NARROW = {"push_through"}
"""Of X P = P Z the falsifier draws P = 0 only, where wrong variants hold too."""
HEAVY = {name for name in CLAIMS if name.startswith("masked_heads")}


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_it_is_proved_for_symbolic_sizes_and_survives(name: str) -> None:
    claim = CLAIMS[name]
    found = prove(claim)
    assert isinstance(found, Proof), found
    assert found.trust in ("kernel", "lemma")
    assert found.trust == "kernel" or claim.relation is not Relation.EQ
    sample = falsify(claim)
    assert sample.counterexample is None, sample.counterexample
    assert not sample.vacuous
    assert sample.points >= 10, sample.reason


@pytest.mark.parametrize("name", sorted(set(CLAIMS) - HEAVY - NARROW))
def test_wrong_variants_are_refuted(name: str) -> None:
    claim = CLAIMS[name]
    report = judge_mutants(claim, prove_equivalent, 5)
    assert report.refuted >= 3, report
    assert not report.survived, report.survived


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_wrong_factor_is_refuted(name: str) -> None:
    claim: Claim = replace(CLAIMS[name], rhs=2 * CLAIMS[name].rhs)
    assert isinstance(prove(claim), Open)
    assert falsify(claim).counterexample is not None


@pytest.mark.parametrize("claim", chances.WRONG, ids=lambda c: c.name)
def test_a_wrong_statement_is_refuted_and_not_proved(claim: Claim) -> None:
    assert isinstance(prove(claim), Open)
    assert falsify(claim).counterexample is not None
