"""The kinds of derivation are broken in one place at a time; each time the attack made for it gets through.

So the attacks of ``kind_attacks``, which healthy code stops, are not stopped by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kind_attacks import ATTACKS, RING

from formulas.schema import Relation
from symcheck.prover import checker
from symcheck.prover.checker import Checker
from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds import KINDS, absurd, induction, limiting, summed, taylor
from symcheck.prover.limits import Limit
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement

Patch = Callable[[pytest.MonkeyPatch], None]


def _set(owner: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


def _kind(kind: type[Derivation], check: Callable[..., Any]) -> Patch:
    return lambda patch: patch.setitem(KINDS, kind, check)


def _always(result: object) -> Callable[..., Any]:
    return lambda *_, **__: result


def _no_base(goal: Statement, d: induction.Induction, by: Checker) -> None:
    step = induction.at(goal, d.on, tm.var(d.on) + 1)
    by.show(step.given(induction.hypothesis(goal)), d.step)


def _no_step(goal: Statement, d: induction.Induction, by: Checker) -> None:
    by.show(induction.at(goal, d.on, tm.ZERO), d.base)


def _whole(goal: Statement, d: summed.Summed) -> Statement:
    return goal.equation(tm.sub(goal.lhs, goal.rhs), tm.sum_over(d.index, d.summand))


def _any_index(goal: Statement, d: summed.Summed, by: Checker) -> None:
    by.show(_whole(goal, d), d.outside)
    by.show(goal.equation(d.summand, tm.ZERO), d.inside)


def _outside_only(goal: Statement, d: summed.Summed, by: Checker) -> None:
    by.show(_whole(goal, d), d.outside)


def _inside_only(goal: Statement, d: summed.Summed, by: Checker) -> None:
    by.show(goal.equation(d.summand, tm.ZERO), d.inside)


def _signs_not_compared(goal: Statement, d: absurd.Absurd, by: Checker) -> None:
    by.show(goal.equation(d.left, d.right), d.equation)


def _equation_not_shown(goal: Statement, d: absurd.Absurd, by: Checker) -> None:
    signs = by.signs(goal)
    if signs.sign(d.left) & signs.sign(d.right):
        raise CheckError("may have one sign")


def _skipping(skip: Callable[[Statement, Derivation], bool]) -> Patch:
    """Some goals are taken for shown."""
    show = checker.Checker.show

    def lenient(self: Checker, goal: Statement, d: Derivation) -> None:
        if not skip(goal, d):
            show(self, goal, d)

    return _set(checker.Checker, "show", lenient)


def _order_not_asked() -> Patch:
    require = checker.Checker.require_sign
    order = tm.var("b") - tm.var("a")

    def lenient(self: Checker, goal: Statement, t: tm.Term, wanted: Any) -> None:
        if t is not order:
            require(self, goal, t, wanted)

    return _set(checker.Checker, "require_sign", lenient)


def _gap_signs_not_asked() -> Patch:
    require = checker.Checker.require_sign

    def lenient(self: Checker, goal: Statement, t: tm.Term, wanted: Any) -> None:
        if goal.relation is not Relation.TENDS:
            require(self, goal, t, wanted)

    return _set(checker.Checker, "require_sign", lenient)


def _both(*faults: Patch) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        for fault in faults:
            fault(monkeypatch)

    return patch


FAULTS: dict[str, tuple[Patch, str]] = {
    "induction runs over anything": (
        _set(induction, "possible", _always(None)), "induction over a real number",
    ),
    "induction runs over what is assumed": (
        _set(induction, "possible", _always(None)), "induction over a number that is assumed",
    ),
    "induction needs no base": (_kind(induction.Induction, _no_base), "induction without a base"),
    "induction needs no step": (_kind(induction.Induction, _no_step), "induction without a step"),
    # that nothing binds an index of the claim would stop it as well
    "a sum may run over any index": (
        _both(_kind(summed.Summed, _any_index), _set(Checker, "_require_apart", _always(None))),
        "a sum over an index of the claim",
    ),
    "summands are not looked at": (_kind(summed.Summed, _outside_only), "summands that are not 0"),
    "sums are not compared": (_kind(summed.Summed, _inside_only), "a sum of something else"),
    "signs are not compared": (_kind(absurd.Absurd, _signs_not_compared), "a contradiction that is none"),
    "contradictions need no proof": (
        _kind(absurd.Absurd, _equation_not_shown), "a contradiction that is not shown",
    ),
    "the variable may be any": (
        _set(taylor, "_require_variable", _always(None)), "a slope with the sign of another point",
    ),
    "derivatives are believed": (
        _skipping(lambda goal, d: goal.lhs.op == "d"), "a slope that is not the derivative",
    ),
    "gains are believed": (
        _skipping(lambda goal, d: d is RING and goal.lhs.op == "add"), "a gain of something else",
    ),
    "ends need no order": (_order_not_asked(), "a segment whose ends are not ordered"),
    "forms are believed": (_set(limiting, "_near", _always(None)), "a limit of something else"),
    "infinity is a number": (_set(limiting, "_read", _always(Limit(tm.ZERO))), "a limit that is infinite"),
    "limits are believed": (
        _skipping(lambda goal, d: d is RING and goal.rhs is tm.ONE), "another limit",
    ),
    "everything is indeterminate": (
        _skipping(lambda goal, d: d is RING and goal.rhs is tm.ZERO),
        "l'Hopital where nothing is indeterminate",
    ),
    "what lies between needs no order": (_gap_signs_not_asked(), "a squeeze of what is not between"),
    "gaps of a squeeze are believed": (
        _skipping(lambda goal, d: d is RING and goal.rhs is tm.ONE), "a squeeze of something else",
    ),
    "the ends of a squeeze are believed": (
        _skipping(lambda goal, d: goal.relation is Relation.TENDS and goal.lhs is tm.ZERO),
        "a squeeze between different limits",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_healthy_code_stops_it(name: str) -> None:
    assert not ATTACKS[name]()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_broken_kind_lets_its_attack_through(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patch, attack = FAULTS[fault]
    patch(monkeypatch)
    assert ATTACKS[attack]()


def test_every_attack_has_its_fault() -> None:
    assert {attack for _, attack in FAULTS.values()} == set(ATTACKS)
