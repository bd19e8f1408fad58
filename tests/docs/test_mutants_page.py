"""The page of mutants shows the run that was measured, and that run meets the goal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mutant_scores import COUNTS, DATA, PAGE, page, scores

from formulas import claims, get
from formulas.schema import Verdict
from symcheck.judge import judge
from symcheck.prover import prove_equivalent
from symcheck.refute.weigh import judge_mutants

FOUND: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
GOAL = 0.99
SOME = ("act.softmax/jacobian", "act.tanh/increasing", "prob.gaussian/boundary_term")


def test_the_page_is_written_from_the_run() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(FOUND)


def test_nearly_all_mutants_are_accounted_for() -> None:
    rows = FOUND["claims"]
    assert len(rows) > 1000
    for row in rows:
        assert row["tried"] == row["refuted"] + row["equivalent"] + row["survived"]
        assert len(row["names"]) == row["survived"]
    assert sum(r["survived"] for r in rows) <= (1 - GOAL) * sum(r["tried"] for r in rows)


@pytest.mark.parametrize("name", SOME)
def test_a_row_is_what_the_run_gives_now(name: str) -> None:
    (row,) = (r for r in FOUND["claims"] if r["id"] == name)
    formula, _, claim = name.partition("/")
    report = judge_mutants(get(formula).claim(claim), prove_equivalent, 25)
    assert [report.tried, report.refuted, report.equivalent] == [row[count] for count in COUNTS[:3]]
    assert list(report.survived) == row["names"]


def test_claims_without_mutants_have_no_row() -> None:
    formula, refuted = next((f, c) for f, c in claims() if c.expected is Verdict.REFUTED)
    assert scores({"claims": [judge(formula, refuted).json()]}) == []
