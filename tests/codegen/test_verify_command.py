"""``symcheck verify``: a part that fails or that checked nothing makes the whole run fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from codegen import verify
from codegen.accuracy import Measured
from codegen.verify import Part
from symcheck.cli import main
from symcheck.judge import Contradiction

PARTS = ("proofs", "drift", "accuracy", "extremes", "cuda", "gate")


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for part in PARTS:
        monkeypatch.setattr(verify, part, lambda *_, part=part: Part(f"{part} ran", {"n": 1}))
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    monkeypatch.setattr(verify, "REPORT", tmp_path / "build" / "verify.json")
    return monkeypatch


def test_all_parts_run_and_the_report_is_written(stubbed: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(main, ["verify"])
    assert result.exit_code == 0, result.output
    assert all(f"{part} ran" in result.output for part in PARTS)
    assert len(json.loads(verify.REPORT.read_text())) == len(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_one_failing_part_fails_the_run_and_the_others_still_run(
    part: str, stubbed: pytest.MonkeyPatch
) -> None:
    stubbed.setattr(verify, part, lambda *_: Part(f"{part} ran", {}, ["something does not hold"]))
    result = CliRunner().invoke(main, ["verify"])
    assert result.exit_code == 1
    assert "something does not hold" in result.output
    assert all(f"{p} ran" in result.output for p in PARTS)


def test_a_contradiction_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradict(*_: object, **__: object) -> None:
        raise Contradiction("proved and refuted")

    monkeypatch.setattr(verify, "run", contradict)
    assert verify.proofs(1).problems == ["proved and refuted"]


def test_no_claims_no_kernels_and_no_measurements_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "run", lambda *_, **__: [])
    assert verify.proofs(1).problems
    monkeypatch.setattr(verify, "generate", lambda **_: [])
    monkeypatch.setattr(verify, "kernel_programs", list)
    assert verify.drift().problems
    monkeypatch.setattr(verify, "measure", lambda *_, **__: [])
    assert verify.accuracy().problems


def test_an_error_above_the_stated_bound_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    worse = Measured("softmax", "float32", 1e6, 1.0, 1.0, 10, "planted", 10)
    monkeypatch.setattr(verify, "measure", lambda *_, **__: [worse])
    assert any("softmax (float32)" in p for p in verify.accuracy().problems)


def test_a_cell_of_the_extremes_that_is_stale_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "stale", lambda target, names: [f"{target} {next(iter(names))}, zero: 1.0"])
    assert len(verify.extremes().problems) == 1
    monkeypatch.setattr(verify, "every_kernel", list)
    monkeypatch.setattr(verify, "stale", lambda *_: [])
    assert verify.extremes().problems == ["no kernel was measured"]


def test_the_gate_without_documents_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    assert verify.gate(1).problems
