"""The harness finds what it is there to find: each kind of fault is planted, and seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fuzzing.preload  # noqa: F401  # an import while an input is processed would count as a finding
import planted
import pytest
from click.testing import CliRunner
from fuzzing import campaign, forgeries
from fuzzing.campaign import Chunk, Outcome, chunks, page, row, run, total, work
from fuzzing.targets import TARGETS, Broken

from symcheck.prover.canonical import Canonical
from symcheck.prover.kinds.signed import Signed
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str]], None]:
    return lambda process: monkeypatch.setitem(TARGETS, "planted", planted.target(process))


@pytest.mark.parametrize("fault", sorted(planted.FAULTS))
def test_a_planted_fault_is_found(fault: str, plant: Callable[[Callable[[str], str]], None]) -> None:
    process, what = planted.FAULTS[fault]
    plant(process)
    found = work(Chunk("planted", 0, 2))
    assert found.ends == {"finding": 2} and [seed for seed, _ in found.findings] == [0, 1]
    assert what in found.findings[0][1]


def test_what_is_fine_is_no_finding(plant: Callable[[Callable[[str], str]], None]) -> None:
    plant(planted.is_fine)
    assert work(Chunk("planted", 0, 50)).ends == {"fine": 50}


@pytest.mark.parametrize("fault", sorted(planted.FATAL))
def test_what_takes_the_worker_with_it_is_found_and_named(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, what = planted.FATAL[fault]
    monkeypatch.setattr(campaign, "PRELOAD", ("fuzzing.campaign",))
    monkeypatch.setattr(campaign, "work", planted.Work(process))
    monkeypatch.setattr(campaign, "CHUNK_SECONDS", 8.0)
    monkeypatch.setattr(campaign, "SINGLE_SECONDS", 8.0)
    found = list(run([Chunk("planted", 7, 2)], 1))
    seeds = [seed for o in found for seed, _ in o.findings]
    assert seeds == [7, 8] and all(what in told for o in found for _, told in o.findings)


GOAL = forgeries.proof("act.softmax/jacobian").statement


def _every_equation_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Canonical, "same", lambda self, a, b: True)


def test_a_checker_that_believes_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not work(Chunk("checker", 0, 150)).findings
    _every_equation_holds(monkeypatch)
    assert any("FalseProof" in what for _, what in work(Chunk("checker", 0, 150)).findings)


def test_the_oracle_tells_true_from_false() -> None:
    x, y = tm.var("x"), tm.var("y")
    assert forgeries.holds(Statement(x + y, y + x)) is True
    assert forgeries.holds(Statement(x + y, y + x + 1)) is False
    assert forgeries.holds(replace(GOAL, rhs=tm.neg(GOAL.rhs))) is False
    assert forgeries.holds(GOAL) is True
    signed = forgeries.proof("info.kl/nonnegative")
    assert isinstance(signed.derivation, Signed) or signed.statement.facts
    wrong = forgeries.Forgery(
        GOAL, forgeries.proof("act.softmax/jacobian").derivation, True, "said to be false"
    )
    with pytest.raises(forgeries.FalseProof):
        forgeries.tried(wrong)


def test_every_subject_is_still_proved() -> None:
    for name in forgeries.SUBJECTS:
        found = forgeries.proof(name)
        for false in {forgeries._false(found.statement, campaign.source("x", k)).rhs for k in range(3)}:
            goal = replace(found.statement, rhs=false)
            if goal != found.statement:
                assert forgeries.tried(forgeries.Forgery(goal, found.derivation, True, name)) == "refused"


def test_an_error_without_place_and_a_place_outside_are_broken_promises() -> None:
    from fuzzing import targets

    with pytest.raises(Broken):
        targets._require(False, "planted")
    with pytest.raises(AttributeError):
        targets._within("nothing with a span", "x")  # type: ignore[arg-type]


def test_an_input_is_the_same_for_its_seed_everywhere() -> None:
    for name, target in TARGETS.items():
        if name != "checker":  # what it makes holds names given anew in each process
            assert target.make(campaign.source(name, 5)) == target.make(campaign.source(name, 5))


def test_chunks_cover_what_was_asked_for() -> None:
    whole = list(chunks(10_000))
    assert sum(c.count for c in whole) >= 10_000
    for name in TARGETS:
        seeds = [s for c in whole if c.target == name for s in range(c.first, c.first + c.count)]
        assert seeds == list(range(len(seeds))) and seeds


def test_a_stopped_campaign_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "STATE", tmp_path)
    monkeypatch.setattr(campaign, "REPORT", tmp_path / "soak.json")
    monkeypatch.setattr(campaign, "PAGE", tmp_path / "soak.md")
    did: list[Chunk] = []

    def some(todo: list[Chunk], jobs: int):  # type: ignore[no-untyped-def]
        for chunk in todo[: 4 if not did else None]:
            did.append(chunk)
            yield work(chunk)

    monkeypatch.setattr(campaign, "run", some)
    order = ["--inputs", "1200", "--jobs", "1", "--target", "tokens"]
    monkeypatch.setattr(campaign, "chunks", lambda inputs: chunks(inputs, 50))
    assert CliRunner().invoke(campaign.main, order).exit_code == 0
    assert CliRunner().invoke(campaign.main, order).exit_code == 0
    assert len(did) == len(set(did)), "nothing is done twice"
    report = json.loads((tmp_path / "soak.json").read_text())
    assert total(report) == sum(c.count for c in chunks(1200) if c.target == "tokens")
    assert page(report) == (tmp_path / "soak.md").read_text()


def test_findings_are_on_the_page() -> None:
    bad = Outcome("tokens", 3, 1, {"finding": 1}, [[3, "ZeroDivisionError: a"]])
    now = {"commit": "c", "sources": "f", "date": "d"}
    report = {"machine": campaign.machine(), "targets": {"tokens": row("tokens", [bad], 10) | now}}
    assert "* `tokens` seed 3: ZeroDivisionError: a" in page(report) and "1 findings" in page(report)
