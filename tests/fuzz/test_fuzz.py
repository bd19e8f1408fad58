"""Hostile input, the short form: 20,000 seeds over all targets; ``make soak`` is the long one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import fuzzing.preload  # noqa: F401  # an import while an input is processed would count as a finding
import pytest
from fuzzing.campaign import chunks, one, work
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
    assert seen >= INPUTS * TARGETS[name].share


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
