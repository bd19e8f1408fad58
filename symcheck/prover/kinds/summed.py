"""An equation between sums, shown summand by summand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Summed(Derivation):
    """``lhs - rhs`` is a sum over ``index`` of ``summand`` by ``outside``, and the summand is 0 for every
    value of the index by ``inside``, which may distinguish cases by it."""

    index: Index
    summand: Term
    outside: Derivation
    inside: Derivation

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"the difference of the sides is a sum over {self.index.name} of {plain(self.summand)}:"
        yield self.outside
        yield "and each summand is 0:"
        yield self.inside


def check(goal: Statement, d: Summed, checker: Checker) -> None:
    """The index is new to the goal, so that what is shown of one summand holds for all."""
    if goal.relation is not Relation.EQ:
        raise CheckError("an inequality is not shown by equal sums")
    whole = goal.equation(tm.sub(goal.lhs, goal.rhs), tm.sum_over(d.index, d.summand))
    checker.require_form(whole, whole.rhs)
    # names with ! are those that instances of rules bind
    if d.index in goal.free or d.index.constant or d.index.name.startswith("!"):
        raise CheckError(f"{d.index} is not a new index")
    if whole.free - goal.free:
        raise CheckError("a summand with indices that the goal does not have")
    checker.require_defined(whole)
    checker.show(whole, d.outside)
    checker.show(goal.equation(d.summand, tm.ZERO), d.inside)
