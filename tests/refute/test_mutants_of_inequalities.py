"""Edits of an inequality that only widen its gap say nothing; turned over, they have to be refuted."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import formulas
from formulas.language import Partial, dim, index, positive, real, sigmoid, tensor, total
from formulas.schema import Claim, Relation
from symcheck.prover import prove_equivalent
from symcheck.refute.mutate import mutants
from symcheck.refute.weigh import MutantReport, judge_mutants

x, y = real("x"), real("y")
n = dim("n")
i, j = index("i j")
z, w = tensor("z", n), tensor("w", n)


def never(*_: object) -> bool:
    return False


def counted(report: MutantReport) -> bool:
    return report.tried == report.refuted + report.equivalent + len(report.survived) > 0


def test_weaker_bounds_are_turned_over_and_refuted() -> None:
    claim = Claim(name="tight", lhs=sp.Max(x, 0), rhs=sp.Abs(x), relation=Relation.LE)
    report = judge_mutants(claim, prove_equivalent, 40)
    assert counted(report) and report.tried == len(list(mutants(claim)))
    assert report.refuted >= report.tried // 2
    assert not report.survived, "each of them is wrong, as it is or turned over, or proved"
    assert judge_mutants(claim, never, 40).turned >= 2


@pytest.mark.parametrize("relation", [Relation.LE, Relation.GE])
def test_which_side_is_weaker_depends_on_the_relation(relation: Relation) -> None:
    sides = (x**2, x**2 + 1) if relation is Relation.LE else (x**2 + 1, x**2)
    report = judge_mutants(Claim(name="gap", lhs=sides[0], rhs=sides[1], relation=relation), never, 60)
    assert counted(report) and report.turned >= 1 and report.refuted >= 3


def test_an_equation_has_no_weaker_edits() -> None:
    claim = Claim(name="shift", lhs=total(z[i], (i, n)) - total(z[j], (j, n)), rhs=sp.S.Zero)
    assert judge_mutants(claim, never, 40).turned == 0


def test_a_claim_that_is_too_weak_shows_as_survivors() -> None:
    """What nothing refutes and nothing proves is listed, not counted as caught."""
    claim = formulas.get("act.tanh").claim("below_one")
    loose = dataclasses.replace(claim, rhs=sp.Integer(5))
    report = judge_mutants(loose, never, 40)
    assert any("5" in what or "tanh" in what for what in report.survived)


def test_what_follows_from_the_claim_is_shown_by_proof() -> None:
    claim = formulas.get("act.sigmoid").claim("slope_at_most_a_quarter")
    wider = [m for m in mutants(claim) if prove_equivalent(claim, m.lhs, m.rhs)]
    assert len(wider) >= 2
    report = judge_mutants(claim, prove_equivalent, 40)
    assert counted(report) and report.turned >= len(wider), "what only widens the gap is turned over first"


def test_instances_of_the_claim_are_not_survivors() -> None:
    """The opposite, zero or the square of a number of which nothing is assumed; two of a kind exchanged."""
    slope = Claim(name="s", lhs=Partial(sigmoid(x - y), x), rhs=sp.S.Zero, relation=Relation.GT)
    report = judge_mutants(slope, never, 60)
    assert not any(
        f"{e} flipped" in what or f"{e} dropped" in what for what in report.survived for e in (y, -y)
    )
    triangle = Claim(
        name="t", lhs=total(sp.Abs(z[i] + w[i]), (i, n)), rhs=total(sp.Abs(z[i]) + sp.Abs(w[i]), (i, n)),
        relation=Relation.LE,
    )  # fmt: skip
    survived = judge_mutants(triangle, never, 60).survived
    assert not any("sign of z[i] flipped" in what or "sign of w[i] flipped" in what for what in survived)
    square = Claim(
        name="e",
        lhs=total((z[i] + w[i]) ** 2, (i, n)),
        rhs=-total(z[i] * 0 + 1, (i, n)),
        relation=Relation.GT,
    )
    assert not any("exchanged" in what for what in judge_mutants(square, never, 60).survived)


def test_what_is_assumed_makes_no_instance() -> None:
    """log(1 + p) > 0 for p > 0 says nothing of -p: that mutant is wrong and is refuted."""
    p = positive("p")
    claim = Claim(name="l", lhs=sp.log(1 + p), rhs=sp.S.Zero, relation=Relation.GT)
    report = judge_mutants(claim, never, 40)
    assert counted(report) and report.equivalent == 0
    given = Claim(
        name="h", lhs=x, rhs=sp.S.Zero, relation=Relation.GT, hypotheses=(sp.Gt(x, 0),),
    )  # fmt: skip
    assert judge_mutants(given, never, 40).equivalent == 0


def test_what_the_prover_proves_is_equivalent() -> None:
    claim = Claim(name="even", lhs=sp.cos(x), rhs=sp.cos(-x, evaluate=False))
    report = judge_mutants(claim, lambda *_: True, 40)
    assert not report.survived and report.refuted + report.equivalent == report.tried > 0
