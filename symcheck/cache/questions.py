"""What is asked of a claim: its statement in terms, and all else on which the searches for it depend.

The questions of a module of the catalog are kept in compiled form beside its bytecode, like its entries: they
follow from sources alone, and to read a claim into terms takes longer than to replay most proofs.  They are
no part of the cache: against these statements the derivations from the cache are checked.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sympy as sp

from formulas.catalog import entries
from formulas.check import ShapeError
from formulas.compiled import Shelf
from formulas.schema import Claim
from symcheck.terms.lower import NotInTheory
from symcheck.terms.statement import Statement, of_claim

_BESIDES = frozenset({"note", "printed", "expected", "corrected_by", "needs", "stated_by"})
"""Fields of a claim on which neither search depends."""
QUESTIONS = Shelf("questions", Path(__file__).parent, Path(__file__).parents[1] / "terms")


@dataclass(frozen=True)
class Question:
    """``goal``  the claim in terms; ``None`` if it is outside the engine's theory;
    ``says``  all that its fields say, by which answers are kept."""

    goal: Statement | None
    says: tuple[str, ...]

    @classmethod
    def of(cls, claim: Claim) -> Question:
        """Worked out now."""
        fields = [f.name for f in dataclasses.fields(claim) if f.name not in _BESIDES]
        says = tuple([f"{name}: {_text(getattr(claim, name))}" for name in fields])
        try:
            return cls(of_claim(claim), says)
        except (NotInTheory, ShapeError):
            return cls(None, says)


def questions(module: str) -> Mapping[tuple[str, str], Question]:
    """Those of all claims of a module, by formula and claim."""
    found: dict[tuple[str, str], Question] | None = QUESTIONS.load(module)
    if found is None:
        found = {(f.id, c.name): Question.of(c) for f in entries(module) for c in f.claims}
        QUESTIONS.keep(module, found)
    return found


def _text(value: Any) -> str:
    """All that a field of a claim says, the assumptions of its symbols included."""
    if isinstance(value, sp.Basic):
        return _digest(value).hex()
    if isinstance(value, Mapping):
        return "; ".join(sorted(f"{_text(k)} = {_text(v)}" for k, v in value.items()))
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))})"
    if dataclasses.is_dataclass(value):
        return f"({', '.join(_text(getattr(value, f.name)) for f in dataclasses.fields(value))})"
    return repr(value)


@lru_cache(maxsize=1 << 16)
def _digest(e: sp.Basic) -> bytes:
    """A hash of an expression from those of its parts: claims share most of theirs."""
    kind = f"{type(e).__module__}.{type(e).__name__} "
    below = b"".join(map(_digest, e.args)) if e.args else str(sp.srepr(e)).encode()
    return hashlib.blake2b(kind.encode() + below, digest_size=16).digest()
