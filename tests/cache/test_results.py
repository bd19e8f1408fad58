"""What lies in the cache is never believed: forged, stale, damaged and misplaced entries."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from formulas import get
from formulas.language import positive, real
from formulas.schema import Claim, Formula, Verdict
from symcheck.cache import fingerprint, results
from symcheck.cache.questions import Question
from symcheck.cache.results import Recall
from symcheck.cache.store import Store
from symcheck.judge import Judgement, judge
from symcheck.prover import Open, Proof

ROOT = Path(__file__).parents[2]
SOFTMAX = get("act.softmax")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def judged(store: Store, formula: Formula, claim: Claim) -> tuple[Judgement, Recall]:
    recall = Recall(store)
    judgement = judge(formula, claim, prover=recall.prove, falsifier=recall.falsify)
    for key, value in recall.fresh.items():
        assert store.put(key, value)
    return judgement, recall


def entry(store: Store, formula: Formula, claim: Claim, kind: str) -> str:
    """The key under which this is kept."""
    recall = Recall(Store(store.path.parent / "empty"))
    judge(formula, claim, prover=recall.prove, falsifier=recall.falsify)
    (key,) = (k for k in recall.fresh if k.startswith(kind))
    return key


def same(a: Judgement, b: Judgement) -> bool:
    return replace(a, seconds=0) == replace(b, seconds=0) and a.json(derivation=True)["steps"] > 0


def test_the_second_time_the_answers_are_looked_up_and_equal(store: Store) -> None:
    for claim in SOFTMAX.claims:
        first, cold = judged(store, SOFTMAX, claim)
        second, warm = judged(store, SOFTMAX, claim)
        assert cold.fresh and not cold.looked_up
        assert warm.looked_up and not warm.refused
        assert (first.verdict, first.falsification, first.counterexample, first.reason) == (
            second.verdict, second.falsification, second.counterexample, second.reason,
        )  # fmt: skip
        if first.proof is not None and second.proof is not None:
            assert first.proof.report == second.proof.report
            assert first.proof.method == second.proof.method
            assert first.proof.steps == second.proof.steps


def test_a_cached_proof_is_replayed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = SOFTMAX.claim("jacobian")
    judged(store, SOFTMAX, claim)
    replayed: list[object] = []

    def counting(*args: Any) -> Any:
        replayed.append(args)
        return check(*args)

    check = results.check
    monkeypatch.setattr(results, "check", counting)
    monkeypatch.setattr(results, "prove_lowered", lambda *_: pytest.fail("it was searched for again"))
    judgement, _ = judged(store, SOFTMAX, claim)
    assert judgement.verdict is Verdict.PROVED and len(replayed) == 1


def _other_claim(data: Any, store: Store) -> Any:
    key = entry(store, SOFTMAX, SOFTMAX.claim("sums_to_one"), "proof")
    judged(store, SOFTMAX, SOFTMAX.claim("sums_to_one"))
    found = store.get(key)
    assert found is not None
    return json.loads(found)


def _wrong_step(data: Any, store: Store) -> Any:
    lines = data["derivation"]["lines"]
    lines[len(lines) // 2]["rhs"] = lines[0]["lhs"]
    return data


def _no_lines(data: Any, store: Store) -> Any:
    data["derivation"]["lines"] = []
    return data


def _unknown_rule(data: Any, store: Store) -> Any:
    data["derivation"]["lines"][0].update(reason="rule", name="anything.goes")
    return data


FORGERIES: dict[str, Callable[[Any, Store], Any]] = {
    "the proof of another claim": _other_claim,
    "a wrong step": _wrong_step,
    "no steps": _no_lines,
    "a rule that does not exist": _unknown_rule,
    "a verdict": lambda data, store: {"verdict": "proved", "trust": "kernel", "steps": 40},
    "a tactic that does not exist": lambda data, store: {**data, "tactic": "oracle"},
    "a number": lambda data, store: 7,
    "a list": lambda data, store: [data],
    "an open end that is no text": lambda data, store: {"open": {}},
}


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
def test_a_forged_proof_is_refused_and_found_again(store: Store, forgery: str) -> None:
    claim = SOFTMAX.claim("jacobian")
    first, _ = judged(store, SOFTMAX, claim)
    key = entry(store, SOFTMAX, claim, "proof")
    kept = store.get(key)
    assert kept is not None
    store.put(key, json.dumps(FORGERIES[forgery](json.loads(kept), store)).encode())

    judgement, recall = judged(store, SOFTMAX, claim)
    assert judgement.verdict is first.verdict is Verdict.PROVED
    assert recall.refused == [key] and key in recall.fresh
    again, after = judged(store, SOFTMAX, claim)
    assert again.verdict is Verdict.PROVED and not after.refused, "the forged entry was replaced"


def test_bytes_that_are_no_json_are_refused(store: Store) -> None:
    claim = SOFTMAX.claim("jacobian")
    for bad in (b"", b"\xff\xfe", b"{", b"null", b"[" * 100_000):
        judged(store, SOFTMAX, claim)
        key = entry(store, SOFTMAX, claim, "proof")
        store.put(key, bad)
        judgement, recall = judged(store, SOFTMAX, claim)
        assert judgement.verdict is Verdict.PROVED and recall.refused == [key]


WRONG = Claim(name="wrong", lhs=real("x") ** 2, rhs=real("x"), expected=Verdict.REFUTED)


def test_a_proof_cannot_be_forged_for_a_false_claim(store: Store) -> None:
    recall = Recall(store)
    assert isinstance(recall.prove(WRONG), Open)
    (key,) = recall.fresh
    true = Claim(name="right", lhs=real("x") ** 2, rhs=real("x") * real("x"))
    other = Recall(store)
    assert isinstance(other.prove(true), Proof)
    (value,) = other.fresh.values()
    store.put(key, value)
    judgement, recall = judged(store, SOFTMAX, WRONG)
    assert judgement.verdict is Verdict.REFUTED and recall.refused == [key]


def test_a_forged_search_that_saw_nothing_proves_nothing(store: Store) -> None:
    """Everything about the falsifier forged: the false claim is not refuted, but never proved."""
    assert entry(store, SOFTMAX, WRONG, "proof")
    recall = Recall(store)
    recall.falsify(replace(WRONG, lhs=WRONG.rhs))
    (value,) = recall.fresh.values()
    question = Question.of(WRONG).says
    store.put(results._key("falsifier", [question, True]), value)
    judgement, _ = judged(store, SOFTMAX, WRONG)
    assert judgement.verdict is Verdict.SUPPORTED and not judgement.holds


def test_counterexamples_are_not_kept_but_found_again(store: Store) -> None:
    first, cold = judged(store, SOFTMAX, WRONG)
    assert [k.split()[0] for k in cold.fresh] == ["proof"]
    second, _ = judged(store, SOFTMAX, WRONG)
    assert first.counterexample == second.counterexample is not None


def test_a_damaged_entry_is_found_again(store: Store) -> None:
    claim = SOFTMAX.claim("jacobian")
    judged(store, SOFTMAX, claim)
    db = sqlite3.connect(store.path)
    for key, value in db.execute("select key, value from entries").fetchall():
        bad = value[:20] + bytes([value[20] ^ 4]) + value[21:]
        db.execute("update entries set value = ? where key = ?", (bad, key))
    db.commit()
    judgement, recall = judged(store, SOFTMAX, claim)
    assert judgement.verdict is Verdict.PROVED
    assert not recall.looked_up and len(recall.fresh) == 2


def test_what_other_sources_found_is_not_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = SOFTMAX.claim("jacobian")
    judged(store, SOFTMAX, claim)
    monkeypatch.setattr(results, "engine", lambda: "another version")
    _, recall = judged(store, SOFTMAX, claim)
    assert not recall.looked_up and not recall.refused and len(recall.fresh) == 2


def test_every_source_that_counts_is_in_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any byte changed in any of these files gives another fingerprint, and so do versions."""
    import shutil

    for name in ("formulas", "symcheck"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    fingerprint.fingerprint.cache_clear()
    before = fingerprint.engine()
    needed = (
        "symcheck/prover/rules.py", "symcheck/prover/kinds/signed.py", "symcheck/prover/canonical.py",
        "symcheck/refute/falsify.py", "symcheck/terms/lower.py", "formulas/language.py",
    )  # fmt: skip
    for name in needed:
        file = tmp_path / name
        old = file.read_text()
        file.write_text(old + "#")
        fingerprint.fingerprint.cache_clear()
        assert fingerprint.engine() != before, name
        file.write_text(old)
    (tmp_path / "symcheck/prover/new.py").write_text("")
    fingerprint.fingerprint.cache_clear()
    assert fingerprint.engine() != before
    (tmp_path / "symcheck/prover/new.py").unlink()
    fingerprint.fingerprint.cache_clear()
    assert fingerprint.engine() == before
    monkeypatch.setattr(fingerprint, "version", lambda name: "0")
    fingerprint.fingerprint.cache_clear()
    assert fingerprint.engine() != before
    fingerprint.fingerprint.cache_clear()
    with pytest.raises(FileNotFoundError):
        fingerprint.fingerprint("symcheck/nowhere")


def test_everything_that_a_claim_says_is_in_the_question() -> None:
    x, p = real("x"), positive("x")
    base = Claim(name="c", lhs=x, rhs=x)
    others = [
        replace(base, name="d"), replace(base, lhs=p), replace(base, rhs=x + 0 * x + 1),
        replace(base, hypotheses=(sp.Gt(x, 0),)), replace(base, conditions=(sp.Gt(x, 0),)),
        replace(base, witness={x: sp.Integer(1)}), replace(base, certificate=x),
        replace(base, relation=SOFTMAX.claims[0].relation.LE),
    ]  # fmt: skip
    questions = {Question.of(c).says for c in (base, *others)}
    assert len(questions) == len(others) + 1
    assert Question.of(base).says == Question.of(replace(base, note="words", printed=True)).says


def test_keys_are_the_same_in_every_process(store: Store) -> None:
    code = (
        "from formulas import get; from symcheck.cache.results import Recall\n"
        "from symcheck.cache.store import Store; import sys\n"
        "f = get('act.softmax'); r = Recall(Store(sys.argv[1]))\n"
        "for c in f.claims: r.prove(c); r.falsify(c)\n"
        "print(*sorted(r.fresh), sep='\\n')"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(store.path.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1 and len(found.pop().splitlines()) > 10
