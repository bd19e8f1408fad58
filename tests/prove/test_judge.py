"""Verdicts: no single part of symcheck is believed on its own word."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from formulas import claims, get
from formulas.chance import Bernoulli, Moments, random
from formulas.language import dim, index, natural, positive, real, sequence, tensor, total
from formulas.schema import Claim, Formula, Relation, Verdict
from symcheck.judge import Contradiction, judge
from symcheck.prover import Open, Proof, prove
from symcheck.prover.rules import RULES, Rule
from symcheck.refute.falsify import Falsification

SOFTMAX = get("act.softmax")
JACOBIAN = SOFTMAX.claim("jacobian")
FINE = Falsification(points=1000, shapes=((1,),), counterexample=None, vacuous=False)


def with_claim(claim: Claim) -> tuple[Formula, Claim]:
    return replace(SOFTMAX, claims=(claim,)), claim


def test_a_right_claim_is_proved() -> None:
    verdict = judge(SOFTMAX, JACOBIAN)
    assert verdict.verdict is Verdict.PROVED
    assert verdict.holds


def test_a_changed_sign_is_refuted_with_a_counterexample() -> None:
    parts = JACOBIAN.rhs.replace(lambda e: e.is_Number and e < 0, lambda e: -e)
    assert parts != JACOBIAN.rhs
    result = judge(*with_claim(replace(JACOBIAN, rhs=parts)))
    assert result.verdict is Verdict.REFUTED
    assert result.counterexample is not None
    assert "≠" in result.counterexample
    assert not result.holds


def test_a_falsifier_that_always_says_fine_makes_wrong_claims_fail() -> None:
    formula = get("info.kl")
    claim = formula.claim("symmetric")
    assert claim.expected is Verdict.REFUTED
    blind = judge(formula, claim, falsifier=lambda *_, **__: FINE)
    assert blind.verdict is Verdict.SUPPORTED
    assert not blind.holds


def test_a_prover_that_proves_everything_contradicts_the_falsifier() -> None:
    proof = prove(JACOBIAN)
    formula = get("info.kl")
    with pytest.raises(Contradiction, match="counterexample"):
        judge(formula, formula.claim("symmetric"), prover=lambda _: proof)


def test_a_wrong_rule_in_the_registry_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """log(a b) = log a - log b: the derivations replay, and the falsifier finds the claims wrong."""
    right = RULES["log.mul"]
    assert right.rhs.op == "add"
    wrong = Rule("log.mul", right.lhs, right.rhs.args[0] - right.rhs.args[1], right.conditions)
    monkeypatch.setitem(RULES, "log.mul", wrong)
    a, b = (sp.Symbol(s, positive=True) for s in "ab")
    claim = Claim(name="wrong", lhs=sp.log(a * b), rhs=sp.log(a) - sp.log(b))
    if isinstance(prove(claim), Open):
        claim = replace(claim, rhs=sp.log(b) - sp.log(a))
    assert isinstance(prove(claim), Proof)
    with pytest.raises(Contradiction):
        judge(*with_claim(claim))


def test_hypotheses_that_nothing_meets_stop_the_run() -> None:
    x = real("x")
    impossible = sp.Lt(x**2 + 1, 0, evaluate=False)
    claim = Claim(name="vacuous", lhs=x, rhs=x, hypotheses=(impossible,))
    with pytest.raises(Contradiction, match="nothing was found"):
        judge(*with_claim(claim))


x, y = real("x"), real("y")
n = dim("n")
k = sp.Symbol("k", integer=True)
weights = tensor("weights", n)
X, variance = random("X"), positive("variance")
never = sequence("never")
t = natural("t")
CONTRADICTORY: dict[str, tuple[sp.Basic, ...]] = {
    "two signs of one number": (x > 1, x < 0),
    "an equation and an inequality": (sp.Eq(x, y, evaluate=False), x > y),
    "a square below zero": (sp.Lt(x**2 + 1, 0, evaluate=False),),
    "entries above zero that sum to zero": (
        weights[k] > 0, sp.Eq(total(weights[k], (k, n)), 0, evaluate=False),
    ),
    "a negative variance": (Moments(X, 0, X, -variance),),
    "a probability above one": (Bernoulli(X, 2),),
    "two values at one step": (sp.Eq(never[t], 0, evaluate=False), sp.Eq(never[t], 1, evaluate=False)),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_a_false_statement_under_hypotheses_that_contradict_each_other_stops_the_run(name: str) -> None:
    """It may well be proved, from a contradiction: that is found out by the falsifier."""
    uses = sp.Add(x, y, weights[k] - weights[k], never[1] - never[1], evaluate=False)
    claim = Claim(name="vacuous", lhs=uses, rhs=uses + 1, hypotheses=CONTRADICTORY[name])
    with pytest.raises(Contradiction, match="nothing was found"):
        judge(*with_claim(claim))


def test_a_blind_falsifier_is_noticed_at_every_claim_that_needs_a_counterexample() -> None:
    """What is to be refuted is not, and no condition is seen to be needed."""
    fooled = 0
    for formula, claim in claims():
        if claim.expected in (Verdict.REFUTED, Verdict.CONDITIONAL):
            proof = object.__new__(Proof) if claim.expected is Verdict.CONDITIONAL else Open("not tried")
            blind = judge(
                formula, claim, prover=lambda _, proof=proof: proof, falsifier=lambda *_, **__: FINE
            )
            assert not blind.holds, blind.id
            fooled += 1
    assert fooled > 100


def test_too_few_effective_points_are_no_proof() -> None:
    few = replace(FINE, points=3)
    assert judge(SOFTMAX, JACOBIAN, falsifier=lambda *_, **__: few).verdict is Verdict.UNDECIDED


def test_a_condition_must_be_needed() -> None:
    formula = get("act.relu")
    claim = formula.claim("derivative_as_printed")
    result = judge(formula, claim)
    assert result.verdict is Verdict.CONDITIONAL
    assert result.holds
    assert result.counterexample is not None
    x = real("x")
    idle = Claim(name="idle", lhs=2 * x, rhs=x + x, conditions=(x > 0,), expected=Verdict.CONDITIONAL)
    assert not judge(*with_claim(idle)).holds


def test_what_became_trivial_is_called_trivial() -> None:
    n = dim("n")
    i, k = index("i k")
    x = tensor("x", n)
    claim = Claim(name="same", lhs=total(x[i], (i, n)), rhs=total(x[k], (k, n)))
    result = judge(*with_claim(claim))
    assert result.proof is not None
    assert result.proof.trivial


def test_an_inequality_that_is_an_equation_of_terms_is_not_trivially_strict() -> None:
    x = real("x")
    claim = Claim(name="strict", lhs=x, rhs=x, relation=Relation.LT, certificate=sp.S.Zero)
    assert isinstance(prove(claim), Open)
