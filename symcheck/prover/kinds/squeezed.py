"""Limits of what lies between two terms of one limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds.limiting import require_approach
from symcheck.prover.sign_tables import NONNEGATIVE
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Squeezed(Derivation):
    """Near the point ``above - lhs`` and ``lhs - below`` are ``gaps``, whose signs show, and ``below`` and
    ``above`` both tend to the right side."""

    below: Term
    above: Term
    gaps: tuple[Term, Term]
    equations: tuple[Derivation, Derivation]
    ends: tuple[Derivation, Derivation]

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"near the point {plain(self.above)} exceeds the left side by {plain(self.gaps[0])} >= 0:"
        yield self.equations[0]
        yield f"and the left side exceeds {plain(self.below)} by {plain(self.gaps[1])} >= 0:"
        yield self.equations[1]
        yield "and what is above tends to the right side:"
        yield self.ends[1]
        yield "as what is below does:"
        yield self.ends[0]


def check(goal: Statement, d: Squeezed, checker: Checker) -> None:
    """The left side lies between two terms near the point, and both have the limit that is claimed."""
    require_approach(goal, checker)
    near = goal.nearby
    checker.require_form(goal, d.below, d.above, *d.gaps)
    differences = tm.sub(d.above, goal.lhs), tm.sub(goal.lhs, d.below)
    for difference, gap, proof in zip(differences, d.gaps, d.equations, strict=True):
        checker.require_defined(near.equation(difference, gap))
        checker.show(near.equation(difference, gap), proof)
        checker.require_sign(near, gap, NONNEGATIVE)
    for end, proof in zip((d.below, d.above), d.ends, strict=True):
        checker.show(replace(goal, lhs=end, certificate=None), proof)
