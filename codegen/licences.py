"""Where code generation takes claims and verdicts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from formulas.catalog import get
from formulas.schema import Claim, Verdict


@dataclass(frozen=True)
class Licensing:
    """``claim_of`` returns the claim with an id (``KeyError`` if there is none), ``verdict_of`` the
    prover's verdict on it."""

    claim_of: Callable[[str], Claim]
    verdict_of: Callable[[str], Verdict]


def catalog_claim(claim_id: str) -> Claim:
    """The claim ``formula/claim`` of the catalog; ``KeyError`` if there is none."""
    formula, _, claim = claim_id.partition("/")
    return get(formula).claim(claim)


def catalog_licensing() -> Licensing:
    """Claims of the catalog with the verdicts of symcheck's prover."""
    from symcheck.judge import verdict_of

    return Licensing(catalog_claim, verdict_of)
