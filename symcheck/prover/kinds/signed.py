"""An inequality by a certificate whose sign shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.report import CheckError
from symcheck.prover.sign_tables import NONNEGATIVE, POSITIVE
from symcheck.terms.printing import plain
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Signed(Derivation):
    """An inequality: ``larger - smaller = certificate`` by ``equation``, and the certificate's
    visible sign."""

    certificate: Term
    equation: Derivation

    @property
    def own_steps(self) -> int:
        return 1

    def narrate(self) -> Iterator[str | Derivation]:
        yield f"larger side - smaller side = {plain(self.certificate)}, whose sign shows:"
        yield self.equation


def check(goal: Statement, d: Signed, checker: Checker) -> None:
    """The difference of the sides is the certificate, and the certificate has the sign."""
    if goal.relation in (Relation.EQ, Relation.TENDS):
        raise CheckError("a sign shows an inequality")
    checker.require_form(goal, d.certificate)
    checker.require_defined(goal.equation(d.certificate, d.certificate))
    checker.show(goal.equation(goal.difference, d.certificate), d.equation)
    wanted = POSITIVE if goal.relation in (Relation.LT, Relation.GT) else NONNEGATIVE
    checker.require_sign(goal, d.certificate, wanted)
