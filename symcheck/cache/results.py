"""Prover and falsifier that look up first what was found for the same question.

Nothing that is looked up is believed.  A proof is kept as its derivation and replayed by the checker against
the statement at hand; one that it refuses is dropped, counted, and searched for again.  A counterexample
is not kept: the search that found it is deterministic and ends where it did, so finding it again is to
evaluate it.  What is kept of a falsifier that found nothing is how much it saw; on that alone no verdict
can rest, and a forged one can at most leave a claim open that should be refuted, never make it proved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from formulas.schema import Claim, Verdict
from symcheck.cache.fingerprint import engine
from symcheck.cache.questions import Question
from symcheck.cache.store import Store
from symcheck.prover import BUDGET, Open, Proof, prove, prove_lowered
from symcheck.prover.checker import check
from symcheck.prover.codec import Unreadable, decode, encode
from symcheck.prover.report import CheckError
from symcheck.prover.tactics import TACTICS
from symcheck.refute.falsify import Falsification, falsify
from symcheck.terms.statement import Statement


class NotKept(LookupError):
    """Nothing of use lies in the store."""


@dataclass
class Recall:
    """``prove`` and ``falsify`` of one process, for ``judge``.

    ``only_kept``  whether to raise ``NotKept`` rather than to search; a counterexample that is expected is
                   found again all the same;
    ``asked``    a claim and its question, if that is known already;
    ``fresh``    what was found now and is to be kept, by key;
    ``looked_up``  answers that were found in the store and stood;
    ``refused``  keys of entries that were not what they had to be: damaged, forged, of another claim.
    """

    store: Store
    only_kept: bool = False
    asked: tuple[Claim, Question] | None = None
    fresh: dict[str, bytes] = field(default_factory=dict)
    looked_up: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What became of looking up: ``no`` entry was of use, all of them stood (``replayed``), or one
        was ``refused``."""
        return "refused" if self.refused else "no" if self.fresh or not self.looked_up else "replayed"

    def prove(self, claim: Claim) -> Proof | Open:
        """``prove.prove``, from the store where the checker accepts what lies there."""
        question = self._question(claim)
        goal = question.goal
        if goal is None:
            return prove(claim)
        key = _key("proof", question.says)
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
        key = _key("falsifier", [self._question(claim).says, with_conditions])
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

    def _question(self, claim: Claim) -> Question:
        """A claim is asked about several times in a row."""
        if self.asked is None or self.asked[0] is not claim:
            self.asked = claim, Question.of(claim)
        return self.asked[1]

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


def _key(kind: str, question: Any) -> str:
    text = _bytes([kind, engine(), question])
    return f"{kind} {hashlib.blake2b(text, digest_size=24).hexdigest()}"


def _bytes(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True).encode()
