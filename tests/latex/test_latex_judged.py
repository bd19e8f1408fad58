"""What is read, against lists of readings that a person judged."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from readings import reading

from symcheck.latex import parse

FOLDER = Path(__file__).with_name("judged")
LISTS = {"cheatsheet": (227, 0.97), "curriculum": (60, 0.92), "d2l": (60, 0.92)}
MISREAD = 0.03


def entries(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", LISTS)
def test_formulas_are_read_as_judged(name: str) -> None:
    changed = [
        (e["latex"], e["read"], now)
        for e in entries(name)
        if (now := reading(parse(e["latex"]))) != e["read"]
    ]
    assert not changed, "judge these readings anew"


@pytest.mark.parametrize("name", LISTS)
def test_enough_is_read_right(name: str) -> None:
    size, share = LISTS[name]
    judged = Counter(e["judged"] for e in entries(name))
    assert set(judged) <= {"right", "wrong", "refused"}
    assert judged.total() == size
    assert judged["right"] >= share * size
    assert judged["wrong"] <= MISREAD * size


@pytest.mark.parametrize("name", LISTS)
def test_what_is_judged_refused_was_refused(name: str) -> None:
    assert all(("REFUSED" in e["read"]) == (e["judged"] == "refused") for e in entries(name))
