"""Induction over a natural number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Induction(Derivation):
    """The statement at ``on`` = 0, and at ``on`` + 1 when it holds at ``on``."""

    on: str
    base: Derivation
    step: Derivation

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"{self.on} = 0:"
        yield self.base
        yield f"from {self.on} to {self.on} + 1:"
        yield self.step


def at(goal: Statement, name: str, value: Term) -> Statement:
    """``goal`` with a value for one of its numbers, which its facts do not mention."""
    x = tm.var(name)

    def put(t: Term) -> Term:
        return tm.replace_var(t, x, value)

    own = put(goal.certificate) if isinstance(goal.certificate, Term) else goal.certificate
    return replace(goal, lhs=put(goal.lhs), rhs=put(goal.rhs), certificate=own)


def hypothesis(goal: Statement) -> Fact:
    """``goal`` as it may be assumed in the step: for all values of the indices of which no fact speaks."""
    told = {i for f in goal.facts for i in (f.left.free | f.right.free) - set(f.pattern)}
    pattern = tuple(sorted((goal.lhs.free | goal.rhs.free) - told))
    if goal.relation is Relation.EQ:
        return Fact("equal", goal.lhs, goal.rhs, pattern)
    strict = goal.relation in (Relation.LT, Relation.GT)
    return Fact("positive" if strict else "nonnegative", goal.difference, tm.ZERO, pattern)


def possible(goal: Statement, name: str) -> str | None:
    """Why there is no induction over ``name``, or ``None``."""
    if goal.relation is Relation.TENDS:
        return "a limit is not shown by induction"
    if name in goal.laws.random:
        return f"{name} is random"
    if name not in goal.integers or goal.signs.get(name) != frozenset({0, 1}):
        return f"{name} is not declared to be a natural number"
    if any(name in tm.names(t) for f in goal.facts for t in (f.left, f.right)):
        return f"{name} stands in a hypothesis"
    if name in goal.laws.names:
        return f"{name} stands in the law of a random quantity"
    if goal.certificate is not None and not isinstance(goal.certificate, Term):
        return "the certificate is not one for induction"
    for side in (goal.lhs, goal.rhs):
        for s in tm.subterms(side):
            if s.op == "d" and s.args[1].args[0] == name:
                return f"there is a derivative by {name}"
    return None


def check(goal: Statement, d: Induction, checker: Checker) -> None:
    """The base, and the step under the induction hypothesis."""
    why = possible(goal, d.on)
    if why is not None:
        raise CheckError(f"no induction: {why}")
    n = tm.var(d.on)
    base, step = at(goal, d.on, tm.ZERO), at(goal, d.on, tm.add(n, tm.ONE))
    checker.report.steps += 1
    checker.show(base, d.base)
    checker.show(step.given(hypothesis(goal)), d.step)
