"""What is asked of the claims of a module: the same from compiled form as worked out now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from formulas.catalog import entries, modules
from formulas.compiled import Shelf
from symcheck.cache import questions as q
from symcheck.cache.questions import QUESTIONS, Question, questions


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Shelf, "place", lambda _, module: tmp_path / f"{module}.questions")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


@pytest.mark.parametrize("module", modules())
def test_what_is_read_back_is_what_is_asked(module: str, place: Path) -> None:
    first = questions(module)
    assert (place / f"{module}.questions").exists()
    again = QUESTIONS.load(module)
    assert again == first
    assert again == {(f.id, c.name): Question.of(c) for f in entries(module) for c in f.claims}


def test_the_second_time_nothing_is_worked_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = questions("s04_softmax")
    monkeypatch.setattr(q, "of_claim", lambda claim: pytest.fail(f"{claim.name} is read into terms again"))
    assert questions("s04_softmax") == first


def test_sources_of_terms_count(place: Path, tmp_path: Path) -> None:
    terms = tmp_path / "terms"
    terms.mkdir()
    (terms / "lower.py").write_text("one = 1\n")
    shelf = Shelf("questions", terms)
    before = shelf.sources()
    assert before != Shelf("questions").sources()
    (terms / "lower.py").write_text("one = 2\n")
    assert shelf.sources() != before
    assert {folder.name for folder in QUESTIONS.folders} == {"formulas", "cache", "terms"}
