"""Classes A to F and H of ``docs/classes.md``: every item is proved, wrong variants are refuted."""

from __future__ import annotations

import pytest
from identities import chances
from identities.items import CLASSES, OWN, TITLES, Item
from identities.table import PAGE, WANTED, row

from formulas.schema import Claim, Verdict
from symcheck.prover import Open, prove
from symcheck.refute.falsify import falsify

ITEMS = [(letter, item) for letter, items in CLASSES.items() for item in items]
COUNTS = {"A": 19, "B": 29, "C": 35, "D": 29, "E": 15, "F": 14, "H": 9}
"""Items of the report, counted by hand."""


def test_every_item_is_there() -> None:
    assert {letter: len(items) for letter, items in CLASSES.items()} == COUNTS
    assert set(TITLES) == set(CLASSES)
    titles = [item.title for _, item in ITEMS]
    assert len(set(titles)) == len(titles)
    assert all(item.claims for _, item in ITEMS)
    assert {name for _, item in ITEMS for name in item.claims} >= set(OWN)


@pytest.mark.parametrize("item", [item for _, item in ITEMS], ids=[f"{a}: {i.title}" for a, i in ITEMS])
def test_it_is_proved_for_symbolic_sizes_and_wrong_variants_are_refuted(item: Item) -> None:
    found = row(item)
    assert set(found.verdicts) <= {Verdict.PROVED, Verdict.CONDITIONAL}, found
    assert Verdict.PROVED in found.verdicts
    assert set(found.trusts) <= {"kernel", "lemma"}
    assert found.refuted >= WANTED, found
    assert not found.survived, found
    written = next(
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"| {item.title} |" in line
    )
    assert written.startswith(found.told)


@pytest.mark.parametrize("claim", chances.WRONG, ids=lambda c: c.name)
def test_a_wrong_statement_is_refuted_and_not_proved(claim: Claim) -> None:
    assert isinstance(prove(claim), Open)
    assert falsify(claim).counterexample is not None
