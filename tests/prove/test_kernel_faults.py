"""The kernel is broken in one place at a time; each time something must notice.

What may notice: an attack of ``attacks`` that gets through, or a rule that fails at random points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from attacks import ATTACKS
from test_rules import effective_points

from symcheck.prover import canonical, chance, checker, rules, sign_by_facts, sign_of_sums, sign_tables, signs
from symcheck.prover.canonical import Canonical
from symcheck.prover.kinds import KINDS, cases
from symcheck.prover.replay import Replay
from symcheck.prover.rules import RULES
from symcheck.prover.sign_tables import ANY, NONNEGATIVE, POSITIVE
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.laws import Laws
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

Patch = Callable[[pytest.MonkeyPatch], None]


def noticed() -> Iterator[str]:
    """The attacks that get through now."""
    for name, attack in ATTACKS.items():
        try:
            if attack():
                yield name
        except (ArithmeticError, AssertionError, KeyError, TypeError, ValueError):
            yield f"{name} (crash)"


def test_no_attack_gets_through_healthy_code() -> None:
    assert list(noticed()) == []


def _set(owner: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


def _always(result: object) -> Callable[..., Any]:
    return lambda *_, **__: result


def _rule_without_conditions(name: str) -> Patch:
    return lambda patch: patch.setitem(RULES, name, replace(RULES[name], conditions=()))


def _unlinked_sum(self: Canonical, i: Any, body: Any) -> Any:
    """Every factor is moved out of a sum, whether it has the index or not."""
    unit = frozenset({(canonical.UNIT, Fraction(1))})
    summed = frozenset({(("sum", i, unit), 1)})
    return frozenset((m | summed, c) for m, c in body)


def _forgetful_rename(self: Canonical, p: Any, to: Any) -> Any:
    return p


def _careless_plus(*ps: Any) -> Any:
    acc: dict[Any, Fraction] = {}
    for p in ps:
        for m, c in p:
            acc[m] = c
    return frozenset((m, c) for m, c in acc.items() if c)


def _no_coefficients(self: Canonical, t: Term) -> Any:
    p = self._compute(t)
    return frozenset((m, Fraction(1)) for m, _ in p)


def _blind_free(self: Canonical, atom: Any) -> Any:
    return frozenset()


def _power_drops_exponent(p: Any, n: int) -> Any:
    return p


def _some_cases(goal: Statement, d: cases.Cases, by: checker.Checker) -> None:
    for sign, branch in d.branches.items():
        by.show(goal.given(cases.case_fact(d.on, sign)), branch)


def _plain_coefficient(t: Term) -> Fraction:
    """The numbers among the factors, without those in powers."""
    values = [tm.number(f) for f in sign_of_sums.flat(t)]
    return math.prod((v for v in values if v is not None), start=Fraction(1))


def _once(s: Signs, p: Any, factor: Any, by: Fraction = Fraction(1)) -> Any:
    return {(sign_by_facts._times(s, m, factor), c * by) for m, c in p}


FAULTS: dict[str, Patch] = {
    **{
        f"{name} loses its conditions": _rule_without_conditions(name)
        for name in (
            "pow.mul",
            "log.mul",
            "max.left",
            "max.right",
            "abs.nonnegative",
            "abs.nonpositive",
            "if.positive",
            "if.not_positive",
            "diff.constant",
            "delta.distinct",
            "sum.empty",
            "sum.split",
            "sum.count",
            "pow.add_natural",
        )
    },
    **{
        f"{name} loses its conditions": _rule_without_conditions(name)
        for name in ("mean.constant", "mean.factor", "mean.independent", "mean.reflect", "mean.gaussian0")
    },
    **{
        f"{name} loses its conditions": _rule_without_conditions(name)
        for name in ("det.product", "det.identity", "det.columns", "det.kernel", "det.inverse")
    },
    "evidence may be about one entry": _set(Replay, "_general", _always(True)),
    "everything is independent": _set(Laws, "are_independent", _always(True)),
    "everything is a polynomial": _set(chance, "polynomial", _always(True)),
    "nothing is random": _set(tm, "varying", _always(frozenset())),
    "cases may be about outcomes": _set(checker.Checker, "_require_certain", _always(None)),
    "moments hold at all parameters": _set(chance, "closed", _always(frozenset())),
    "conditions are never looked at": _set(Replay, "_condition", _always(None)),
    "every line is verified": _set(Replay, "_line", _always(frozenset())),
    "names in facts are forgotten": _set(Replay, "_fact", _always(frozenset())),
    "derivatives on the way are not seen": _set(Replay, "_differentiated", _always(set())),
    "binders are not looked at": _set(Replay, "_binders", _always(None)),
    "certificates may bind indices of the claim": _set(checker.Checker, "_require_apart", _always(None)),
    "indices of a condition may stand elsewhere": _set(Replay, "_require_own", _always(None)),
    "roots are smooth": _set(Replay, "_near_edge", _always(False)),
    "laws are about nothing": _set(Laws, "names", frozenset()),
    "names yet to be given are let in": _set(tm, "is_to_come", _always(False)),
    "sides of a line are not compared": _set(Replay, "_agree", _always(None)),
    "chains are not followed": _set(Replay, "_chain", _always(frozenset())),
    "the sign of a certificate is not asked for": _set(checker.Checker, "require_sign", _always(None)),
    "definedness is not asked for": _set(checker, "undefined", _always([])),
    "cases need not be complete": lambda patch: patch.setitem(KINDS, cases.Cases, _some_cases),
    "everything is the same": _set(Canonical, "same", _always(True)),
    "coefficients do not count": _set(Canonical, "__call__", _no_coefficients),
    "like terms replace each other": _set(canonical, "plus", _careless_plus),
    "powers are dropped": _set(canonical, "natural_power", _power_drops_exponent),
    "bound factors leave their sum": _set(Canonical, "_sum", _unlinked_sum),
    "free indices are not seen": _set(Canonical, "free", _blind_free),
    "indices are not renamed": _set(Canonical, "_rename_poly", _forgetful_rename),
    "all terms are nonnegative": _set(Signs, "_structure", _always(NONNEGATIVE)),
    "nonnegative is positive": _set(Signs, "nonnegative", lambda self, t: True),
    "sums have the sign of their first term": _set(Signs, "_add", lambda self, t: self.sign(t.args[0])),
    "products have the sign of their last factor": _set(signs, "of_product", lambda a, b: b),
    "every product is a square": _set(Signs, "_even", lambda self, t, out: out & NONNEGATIVE or out),
    "odd powers are squares": _set(
        Signs, "_power", lambda self, b, e: POSITIVE if self.sign(b) <= POSITIVE else NONNEGATIVE
    ),
    "gaps never vanish": _set(Signs, "_head", lambda self, t: POSITIVE if t.args[0] != "log" else ANY),
    "logarithms are positive": _set(Signs, "_head", _always(POSITIVE)),
    "facts hold of everything": _set(Signs, "ratio", _always(Fraction(1))),
    "facts hold with any sign": _set(
        Signs, "ratio", lambda self, p, q: Fraction(1) if {m for m, _ in p} == {m for m, _ in q} else None
    ),
    "powers of numbers are no factors": _set(sign_of_sums, "_coefficient", _plain_coefficient),
    "like terms of a fact count once": _set(sign_by_facts, "_merged", _once),
    "weak facts are strict": lambda patch: patch.setitem(sign_tables.OF_FACT, "nonnegative", POSITIVE),
    "nonzero facts are positive": lambda patch: patch.setitem(sign_tables.OF_FACT, "nonzero", POSITIVE),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_broken_kernel_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)
    assert next(noticed(), None), f"nothing notices that {fault}"


def _swap(t: Term) -> Term:
    """A wrong right side: the first number, sign or argument changed."""
    if t.op == "num":
        return tm.num(t.args[0] + 1)
    if t.op in ("add", "mul") and len(t.args) > 1:
        return Term(t.op, *t.args[:-1], _swap(t.args[-1]))
    return t + 1


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_wrong_rule_is_noticed_at_random_points(name: str) -> None:
    wrong = replace(rules.RULES[name], rhs=_swap(rules.RULES[name].rhs))
    with pytest.raises(AssertionError):
        effective_points(wrong)
