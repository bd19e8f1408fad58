"""What a search may spend, and why it failed if it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symcheck.prover.derivation import Derivation
from symcheck.terms.statement import Statement


@dataclass
class Search:
    """Steps that are left for each normal form; ``reason`` is why the last tactic gave up."""

    budget: int = 100_000
    reason: str = ""


Tactic = Callable[[Statement, Search], Derivation | None]
