"""docs/trust.md says what the checker uses, no more and no less."""

from __future__ import annotations

from symcheck.prover.listing import PAGE, page
from symcheck.prover.rules import RULES


def test_the_page_is_what_the_rules_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m symcheck.prover.listing"


def test_every_rule_is_on_the_page() -> None:
    assert all(f"`{name}`" in page() for name in RULES)
