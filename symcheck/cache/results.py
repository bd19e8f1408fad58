"""Prover and falsifier that look up first what was found for the same question.

Nothing that is looked up is believed.  A proof is kept as its derivation and replayed by the checker against
the statement at hand; one that it refuses is dropped, counted, and searched for again.  A counterexample
is not kept: the search that found it is deterministic and ends where it did, so finding it again is to
evaluate it.  What is kept of a falsifier that found nothing is how much it saw; on that alone no verdict
can rest, and a forged one can at most leave a claim open that should be refuted, never make it proved.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sympy as sp

from formulas.check import ShapeError
from formulas.schema import Claim, Verdict
from symcheck.cache.fingerprint import engine
from symcheck.cache.store import Store
from symcheck.prover import BUDGET, Open, Proof, prove, prove_lowered
from symcheck.prover.checker import check
from symcheck.prover.codec import Unreadable, decode, encode
from symcheck.prover.report import CheckError
from symcheck.prover.tactics import TACTICS
from symcheck.refute.falsify import Falsification, falsify
from symcheck.terms.lower import NotInTheory
from symcheck.terms.statement import Statement, of_claim

_BESIDES = frozenset({"note", "printed", "expected", "corrected_by", "needs", "stated_by"})
"""Fields of a claim on which neither search depends."""


class NotKept(LookupError):
    """Nothing of use lies in the store."""


@dataclass
class Recall:
    """``prove`` and ``falsify`` of one process, for ``judge``.

    ``only_kept``  whether to raise ``NotKept`` rather than to search; a counterexample that is expected is
                   found again all the same;
    ``fresh``    what was found now and is to be kept, by key;
    ``looked_up``  answers that were found in the store and stood;
    ``refused``  keys of entries that were not what they had to be: damaged, forged, of another claim.
    """

    store: Store
    only_kept: bool = False
    fresh: dict[str, bytes] = field(default_factory=dict)
    looked_up: int = 0
    refused: list[str] = field(default_factory=list)
    _asked: tuple[Claim | None, list[str]] = (None, [])

    @property
    def said(self) -> str:
        """What became of looking up: ``no`` entry was of use, all of them stood (``replayed``), or one
        was ``refused``."""
        return "refused" if self.refused else "no" if self.fresh or not self.looked_up else "replayed"

    def prove(self, claim: Claim) -> Proof | Open:
        """``prove.prove``, from the store where the checker accepts what lies there."""
        try:
            goal = of_claim(claim)
        except (NotInTheory, ShapeError):
            return prove(claim)
        key = _key("proof", self._question(claim))
        found = self._kept(key, lambda data: _proof(goal, data))
        if found is None:
            if self.only_kept:
                raise NotKept(key)
            found = prove_lowered(goal, BUDGET)
            self.fresh[key] = _bytes(_as_json(found))
        assert isinstance(found, Proof | Open)
        return found

    def falsify(self, claim: Claim, *, with_conditions: bool = True) -> Falsification:
        """``refute.falsify``, from the store where it found nothing."""
        key = _key("falsifier", [self._question(claim), with_conditions])
        found = self._kept(key, _falsification)
        if found is None:
            if self.only_kept and with_conditions and claim.expected is not Verdict.REFUTED:
                raise NotKept(key)
            found = falsify(claim, with_conditions=with_conditions)
            if found.counterexample is None and not found.vacuous and not found.cut_short:
                shapes = [list(s) for s in found.shapes]
                rest = {"points": found.points, "reason": found.reason, "exhausted": found.exhausted}
                self.fresh[key] = _bytes({"shapes": shapes, **rest})
        assert isinstance(found, Falsification)
        return found

    def _question(self, claim: Claim) -> list[str]:
        """All that both searches depend on; a claim is asked about several times in a row."""
        if self._asked[0] is not claim:
            self._asked = claim, _question(claim)
        return self._asked[1]

    def _kept(self, key: str, read: Any) -> Any:
        data = self.store.get(key)
        if data is None:
            return None
        try:
            found = read(data)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, CheckError):
            self.store.drop(key)
            self.refused.append(key)
            return None
        self.looked_up += 1
        return found


def _as_json(found: Proof | Open) -> dict[str, Any]:
    if isinstance(found, Open):
        return {"open": found.reason}
    return {"tactic": found.tactic, **encode(found.derivation)}


def _proof(goal: Statement, kept: bytes) -> Proof | Open:
    data = json.loads(kept)
    if set(data) == {"open"}:
        return Open(_typed(data["open"], str))
    if data["tactic"] not in TACTICS:
        raise Unreadable("no such tactic")
    derivation = decode(data)
    return Proof(goal, derivation, data["tactic"], check(goal, derivation), kept)


def _falsification(kept: bytes) -> Falsification:
    data = json.loads(kept)
    shapes = tuple(tuple(_typed(n, int) for n in shape) for shape in data["shapes"])
    points, reason = _typed(data["points"], int), _typed(data["reason"], str)
    return Falsification(points, shapes, None, False, reason, _typed(data["exhausted"], bool))


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Unreadable(f"{kind.__name__} expected")
    return value


def _question(claim: Claim) -> list[str]:
    fields = (f.name for f in dataclasses.fields(claim) if f.name not in _BESIDES)
    return [f"{name}: {_text(getattr(claim, name))}" for name in fields]


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


def _key(kind: str, question: Any) -> str:
    text = _bytes([kind, engine(), question])
    return f"{kind} {hashlib.blake2b(text, digest_size=24).hexdigest()}"


def _bytes(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True).encode()
