"""Case distinction on the sign of a term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Cases(Derivation):
    """A proof for each sign that ``on`` can have."""

    on: Term
    branches: Mapping[int, Derivation]

    def narrate(self) -> Iterator[str | Derivation]:
        for sign, branch in sorted(self.branches.items()):
            yield f"case {plain(self.on)} {'<=>'[sign + 1]} 0:"
            yield branch


def case_fact(on: Term, sign: int) -> Fact:
    """What may be assumed in the branch where ``on`` has this sign."""
    if sign == 0:
        return Fact("equal", on, tm.ZERO)
    return Fact("positive", on if sign > 0 else tm.neg(on))


def check(goal: Statement, d: Cases, checker: Checker) -> None:
    """Every sign that ``on`` may have is treated."""
    checker.require_form(goal, d.on)
    if d.on.free - goal.free:
        raise CheckError(f"cases on {d.on}, whose indices the goal does not have")
    signs = checker.signs(goal)
    possible = signs.sign(d.on)
    checker.report.facts |= signs.used
    for sign in possible:
        if sign not in d.branches:
            raise CheckError(f"the case that {d.on} has sign {sign:+d} is missing")
        checker.show(goal.given(case_fact(d.on, sign)), d.branches[sign])
