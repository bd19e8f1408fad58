"""A goal under facts that nothing meets, such as one branch of a case distinction too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError
from symcheck.terms.printing import plain
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Absurd(Derivation):
    """``left = right`` by ``equation``, although no sign that shows of one is a sign of the other."""

    left: Term
    right: Term
    equation: Derivation

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"this cannot be: {plain(self.left)} and {plain(self.right)} differ in sign, but"
        yield self.equation


def check(goal: Statement, d: Absurd, checker: Checker) -> None:
    """The two terms are shown to be equal, and their signs exclude that."""
    checker.require_form(goal, d.left, d.right)
    equation = goal.equation(d.left, d.right)
    if equation.free - goal.free:
        raise CheckError("a contradiction about indices that the goal does not have")
    checker.require_defined(equation)
    checker.show(equation, d.equation)
    signs = checker.signs(goal)
    common = signs.sign(d.left) & signs.sign(d.right)
    checker.report.steps += 1
    checker.report.facts |= signs.used
    checker.report.lemmas |= signs.lemmas
    if common:
        raise CheckError(f"{d.left} and {d.right} may both have sign {min(common):+d}")
