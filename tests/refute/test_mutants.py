"""Mutants are single, well-formed edits, and the report counts every one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import sympy as sp

import formulas
from formulas.check import index_ranges
from formulas.language import Expr
from formulas.schema import Claim, Verdict
from symcheck.prover import prove_equivalent
from symcheck.refute.falsify import falsify
from symcheck.refute.mutate import mutants, sample
from symcheck.refute.weigh import judge_mutants

ROOT = Path(__file__).parents[2]


def _equations() -> list[Claim]:
    return [
        c for _, c in formulas.claims() if c.relation is formulas.Relation.EQ and c.expected is Verdict.PROVED
    ]


def test_claims_have_mutants_that_are_well_formed() -> None:
    for entry, claim in list(formulas.claims())[::4]:
        found = list(mutants(claim))
        assert len(found) >= 2, f"{entry.id}/{claim.name}"
        allowed = set(index_ranges(claim.lhs, claim.rhs))
        sides = {(m.lhs, m.rhs) for m in found}
        assert len(sides) == len(found) and (claim.lhs, claim.rhs) not in sides
        assert all(set(index_ranges(m.lhs, m.rhs)) <= allowed and m.description for m in found)
        assert all((m.lhs == claim.lhs) != (m.rhs == claim.rhs) for m in found)


def test_a_report_counts_each_mutant_once_and_asks_only_about_survivors() -> None:
    claim = formulas.get("act.softmax").claim("jacobian_rows_sum_to_zero")
    asked: list[tuple[Expr, Expr]] = []

    def never(_: Claim, lhs: Expr, rhs: Expr) -> bool:
        asked.append((lhs, rhs))
        return False

    report = judge_mutants(claim, never, 10)
    assert report.tried == 10 == report.refuted + len(report.survived)
    assert len(asked) == len(report.survived) > 0, "-(sum) = 0 is true as well"
    lenient = judge_mutants(claim, lambda *_: True, 10)
    assert lenient.equivalent == len(report.survived) and not lenient.survived


def test_nearly_all_mutants_of_equations_are_refuted() -> None:
    """What survives is true itself: such as a sign in 0 = 0, or an edit that a derivative drops."""
    tried = refuted = 0
    for claim in _equations()[::4]:
        report = judge_mutants(claim, lambda *_: False, 4)
        tried, refuted = tried + report.tried, refuted + report.refuted
    assert tried > 60
    assert refuted >= 0.9 * tried


def test_no_mutant_that_a_point_refutes_is_proved() -> None:
    asked = 0
    for _, claim in list(formulas.claims())[::60]:
        if claim.expected is Verdict.REFUTED:
            continue
        for mutant in sample(claim, 5):
            sides = (mutant.lhs, mutant.rhs)
            if falsify(claim, sides=sides, points=12, thorough=False).counterexample is not None:
                asked += 1
                assert not prove_equivalent(claim, *sides), f"{claim.name}: {mutant.description}"
    assert asked > 40


def test_indices_are_never_captured() -> None:
    claim = formulas.get("act.softmax").claim("jacobian_rows_sum_to_zero")
    for mutant in mutants(claim):
        for side in (mutant.lhs, mutant.rhs):
            bound = [limits[0] for part in side.atoms(sp.Sum) for limits in part.limits]
            assert not set(bound) & set(index_ranges(side))


def test_a_sample_has_every_kind_of_edit_of_both_sides() -> None:
    claim = formulas.get("loss.triplet").claim("gradient_anchor")
    every, few = list(mutants(claim)), sample(claim, 25)
    assert len(few) == 25 < len(every)
    assert {m.kind for m in few} == {m.kind for m in every}
    assert [m for m in every if m in few] == few, "in the order of all of them"
    assert sample(claim, len(every)) == every
    assert sample(claim, 25) == few


SAMPLES = (
    "import formulas\n"
    "from symcheck.refute.mutate import sample\n"
    "from symcheck.refute.problem import problem_of\n"
    "from symcheck.refute.program import Program\n"
    "from symcheck.refute.sample import Sampler, _key\n"
    "for name in ('act.softmax', 'prob.bayes', 'prob.correlation', 'info.kl', 'align.ppo'):\n"
    "    for c in formulas.get(name).claims:\n"
    "        print(*(m.description for m in sample(c, 5)), sep='; ')\n"
    "        for p in Sampler(problem_of(c), Program(), 1).points(3):\n"
    "            print(_key(p.draft), p.assignments)\n"
)


def test_points_and_mutants_are_the_same_in_every_process() -> None:
    """Whatever order sets have there."""
    told = {
        subprocess.run(
            [sys.executable, "-c", SAMPLES],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1 and len(told.pop().splitlines()) > 100


def test_a_value_that_a_hypothesis_gives_is_put_in() -> None:
    """With gamma = 0 no edit of what is raised to it changes anything."""
    claim = formulas.get("loss.focal").claim("cross_entropy_without_focus")
    report = judge_mutants(claim, lambda *_: False, 25)
    assert report.equivalent >= 3
    free = replace(claim, hypotheses=tuple(h for h in claim.hypotheses if not isinstance(h, sp.Eq)))
    assert judge_mutants(free, lambda *_: False, 25).equivalent < report.equivalent


def test_a_mutant_may_follow_from_the_equation_itself() -> None:
    claim = formulas.get("linalg.rank").claim("independent_columns")
    assert prove_equivalent(claim, claim.lhs**2, claim.rhs)
    assert not prove_equivalent(claim, claim.lhs + 1, claim.rhs)
