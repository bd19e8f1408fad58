"""Edits of an inequality that only widen the gap are told apart from edits that nothing catches."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import formulas
from formulas.language import dim, index, real, tensor, total
from formulas.schema import Claim, Relation
from symcheck.refute.mutate import judge_mutants, mutants

x = real("x")
n = dim("n")
i, j = index("i j")
z = tensor("z", n)


def never(*_: object) -> bool:
    return False


def test_weaker_bounds_are_set_aside() -> None:
    claim = Claim(name="tanh", lhs=sp.tanh(x), rhs=sp.S.One, relation=Relation.LT)
    report = judge_mutants(claim, never, 40)
    every = [m.description for m in mutants(claim)]
    assert report.weaker >= 1 and report.refuted >= 1
    assert report.tried + report.weaker == len(every)
    assert report.tried == report.refuted + report.equivalent + len(report.survived)
    assert not any("1 replaced by 2" in what for what in report.survived)


@pytest.mark.parametrize("relation", [Relation.LE, Relation.GE])
def test_which_side_is_weaker_depends_on_the_relation(relation: Relation) -> None:
    sides = (x**2, x**2 + 1) if relation is Relation.LE else (x**2 + 1, x**2)
    report = judge_mutants(Claim(name="gap", lhs=sides[0], rhs=sides[1], relation=relation), never, 60)
    assert report.weaker >= 1 and report.refuted >= 3
    assert not any("1 replaced by 2" in what for what in report.survived)


def test_an_equation_has_no_weaker_edits() -> None:
    claim = Claim(name="shift", lhs=total(z[i], (i, n)) - total(z[j], (j, n)), rhs=sp.S.Zero)
    assert judge_mutants(claim, never, 40).weaker == 0


def test_a_claim_that_is_too_weak_shows_as_survivors() -> None:
    """What nothing refutes and nothing proves is listed, not counted as caught."""
    claim = formulas.get("act.tanh").claim("below_one")
    loose = dataclasses.replace(claim, rhs=sp.Integer(5))
    report = judge_mutants(loose, never, 40)
    assert any("5" in what or "tanh" in what for what in report.survived)


def test_what_the_prover_proves_is_equivalent() -> None:
    claim = Claim(name="even", lhs=sp.cos(x), rhs=sp.cos(-x, evaluate=False))
    report = judge_mutants(claim, lambda *_: True, 40)
    assert not report.survived and report.refuted + report.equivalent == report.tried > 0
