"""Hostile input, the short form: 20,000 seeds over all targets; ``make soak`` is the long one."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import fuzzing.preload  # noqa: F401  # an import while an input is processed would count as a finding
import pytest
from fuzzing.campaign import PAGE, REPORT, chunks, one, page, total, work
from fuzzing.targets import CORPUS, TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

INPUTS = 20_000
BY_ENDING = {
    ".formula": ("tokens", "parser", "typing"), ".md": ("markdown",), ".tex": ("tex",), ".rst": ("rest",),
    ".ipynb": ("notebook",), ".py": ("docstrings",),
}  # fmt: skip


def test_the_short_form_is_long_enough() -> None:
    assert sum(c.count for c in chunks(INPUTS)) >= INPUTS


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_gets_through(name: str) -> None:
    """The first seeds of the soak; which of them did what is printed if one fails."""
    seen = 0
    for chunk in chunks(INPUTS):
        if chunk.target == name:
            found = work(chunk)
            assert not found.findings, f"python -m fuzzing --target {name} --seed N: {found.findings}"
            seen += sum(found.ends.values())
    assert seen >= int(INPUTS * TARGETS[name].share)


@pytest.mark.parametrize("name", TARGETS)
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_hypothesis_finds_nothing_either(name: str, chance: Random) -> None:
    """The same generators with chance from hypothesis, which makes what it finds small."""
    target = TARGETS[name]
    one(target, target.make(chance))


@pytest.mark.parametrize("file", sorted(p.name for p in CORPUS.iterdir()))
def test_the_corpus(file: str) -> None:
    text = (CORPUS / file).read_bytes().decode("utf-8", "surrogatepass")
    for name in BY_ENDING[Path(file).suffix]:
        one(TARGETS[name], text)


def test_the_soak_report_is_of_a_million_inputs_on_one_commit_without_a_finding() -> None:
    report = json.loads(REPORT.read_text())
    assert total(report) >= 1_000_000
    assert set(report["targets"]) == set(TARGETS)
    for name, row in report["targets"].items():
        assert row["inputs"] == row["last_seed"] - row["first_seed"] + 1 == sum(row["ends"].values()), name
        assert row["findings"] == []
        assert row["slowest_seconds"] <= row["limit_seconds"] + 1
        assert row["peak_bytes"] < report["memory_limit_bytes"]
    (commit,) = {row["commit"] for row in report["targets"].values()}
    assert len({row["sources"] for row in report["targets"].values()}) == 1 and "dirty" not in commit
    assert report["targets"]["matching"]["inputs"] >= 10_000
    assert page(report) == PAGE.read_text(), "docs/soak.md is written by `make soak`"
