"""``symcheck list``, ``show`` and ``prove`` as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from formulas import get
from formulas.language import real
from formulas.schema import Claim
from symcheck.cli import main
from symcheck.commands import summary_line
from symcheck.judge import judge

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def valid(name: str, text: str) -> dict[str, object]:
    data = json.loads(text)
    jsonschema.validate(data, json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
    assert isinstance(data, dict)
    return data


def test_prove_shows_a_derivation_whose_steps_were_replayed() -> None:
    result = call("prove", "act.softmax/jacobian")
    assert result.exit_code == 0, result.output
    for word in ("proved", "sum.delta", "diff.exp", "steps replayed", "points"):
        assert word in result.output


def test_prove_json_is_the_published_form_and_carries_the_derivation() -> None:
    result = call("prove", "act.softmax/jacobian", "--json")
    data = valid("prove", result.output)
    (claim,) = data["claims"]  # type: ignore[misc]
    assert claim["verdict"] == "proved"
    assert claim["steps"] == len(claim["derivation"]["derivation"]["lines"]) > 5
    assert claim["falsifier"]["points"] >= 10


def test_derivations_of_many_claims_are_published_on_demand() -> None:
    data = valid("prove", call("prove", "act.softmax", "--json", "--derivations").output)
    entries: list[dict[str, Any]] = data["claims"]  # type: ignore[assignment]
    assert all(e["derivation"]["explanation"] for e in entries if e["verdict"] == "proved")
    without = valid("prove", call("prove", "act.softmax", "--json").output)
    assert not any("derivation" in e for e in without["claims"])  # type: ignore[attr-defined]


def test_trivial_claims_are_shown_as_such() -> None:
    trivial = Claim(name="same", lhs=real("x") * 2, rhs=real("x") + real("x"))
    formula = get("act.softmax")
    found = [judge(formula, c) for c in (trivial, formula.claim("jacobian"))]
    assert [j.json()["trivial"] for j in found] == [True, False]
    assert "1 trivial (the same by ring laws): act.softmax/same" in summary_line(found)


def test_prove_of_one_formula_in_several_processes() -> None:
    result = call("prove", "act.softmax", "--json", "--jobs", "2")
    assert result.exit_code == 0, result.output
    valid("prove", result.output)


def test_list_json_is_the_published_form() -> None:
    data = valid("list", call("list", "--json").output)
    assert len(data["formulas"]) >= 15  # type: ignore[arg-type]


def test_show_prints_statement_claims_and_references() -> None:
    result = call("show", "act.silu")
    assert result.exit_code == 0, result.output
    assert "act.silu/derivative" in result.output
    assert "reference:" in result.output


@pytest.mark.parametrize("command", ["show", "prove"])
def test_an_unknown_id_names_the_nearest(command: str) -> None:
    result = call(command, "act.sofmax")
    assert result.exit_code == 2
    assert "act.softmax" in result.output


def test_an_unknown_claim_names_those_there_are() -> None:
    result = call("prove", "act.softmax/jacobi")
    assert result.exit_code == 2
    assert "jacobian" in result.output


OWN = """
from sympy import exp
from formulas.language import Partial, real
from formulas.schema import Claim, Definition, Formula

x = real("x")
FORMULAS = (Formula(
    id="own.bump", title="Bump", section=0, names=("bump",), symbols={"x": "any number"},
    definition=Definition(latex="b(x)", expr=exp(-x**2)),
    claims=(Claim(name="slope", lhs=Partial(exp(-x**2), x), rhs=SIGN*2*x*exp(-x**2)),),
),)
"""


@pytest.mark.parametrize(("sign", "status", "verdict"), [("-1", 0, "proved"), ("1", 1, "refuted")])
def test_claims_of_a_catalog_of_ones_own(tmp_path: Path, sign: str, status: int, verdict: str) -> None:
    """In a process of its own: a catalog that was taken in stays."""
    (tmp_path / "own.py").write_text(OWN.replace("SIGN", sign))
    order = [sys.executable, "-c", "from symcheck.cli import main; main()", "prove", "--catalog", "own.py"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for ids in ([], ["own.bump/slope"]):
        done = subprocess.run(
            [*order, *ids], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        assert f"own.bump/slope  {verdict}" in done.stdout and "1 claim" in done.stdout
    (tmp_path / "own.py").write_text("raise ValueError('no')")
    done = subprocess.run(order, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "own.py:1: cannot be loaded: ValueError: no" in done.stderr


def test_mutants_are_scored_by_claim() -> None:
    shown = call("prove", "act.tanh/increasing", "--mutants").output
    assert "mutants: 5 tried, 4 refuted, 0 shown true, 1 survived" in shown
    assert "mutant that survived: left side: tanh replaced by sigmoid" in shown


def test_the_package_is_the_command_too() -> None:
    order = [sys.executable, "-m", "symcheck", "prove", "no.such"]
    done = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("error: no formula 'no.such'")


def test_the_list_keeps_a_formula_on_a_line() -> None:
    rows = [line.split() for line in call("list").output.splitlines()[1:-1]]
    assert len(rows) > 150 and all("." in row[0] for row in rows)
