"""A bound on the whole line: balls on boxes, and a majorant for the tail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover.derivation import Derivation
from symcheck.prover.enclosure import Enclosure, Undefined
from symcheck.prover.report import CheckError
from symcheck.prover.sign_tables import NONNEGATIVE
from symcheck.terms import statement as st
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


@dataclass(frozen=True)
class Bounded(Derivation):
    """``|f| <= bound`` on the line: f is even, boxes cover ``[0, until]``, a falling majorant the rest."""

    even: Derivation
    boxes: tuple[tuple[str, str], ...]
    below: Derivation
    above: Derivation
    fall: Derivation

    @property
    def own_steps(self) -> int:
        return len(self.boxes)

    def narrate(self) -> Iterator[str | Derivation]:
        yield "the function is even:"
        yield self.even
        yield f"balls enclose it on each of {len(self.boxes)} intervals from 0 to {self.boxes[-1][1]}"
        for title, part in (("below", self.below), ("above", self.above)):
            yield f"beyond, the majorant bounds it from {title}:"
            yield part
        yield "the majorant falls:"
        yield self.fall


def check(goal: Statement, d: Bounded, checker: Checker) -> None:
    """Even, below the bound on boxes that leave no gap, and below a falling majorant beyond."""
    bound, line = goal.rhs, goal.certificate
    if not (goal.relation is Relation.LE and goal.lhs.op == "fn" and goal.lhs.args[0] == "abs"):
        raise CheckError("a bound on the line is about |f| <= c")
    if not isinstance(line, st.Line):
        raise CheckError("a bound on the line needs its certificate")
    f, x = goal.lhs.args[1], line.x
    if tm.names(goal.lhs) | tm.names(line.majorant) != tm.names(x) or x.op != "var" or goal.facts:
        raise CheckError(f"a bound on the line is about a function of {x} alone")
    checker.show(goal.equation(tm.replace_var(f, x, tm.neg(x)), f), d.even)
    _boxes(f, x, bound, line.until, d.boxes)
    beyond = Fact("nonnegative", tm.sub(x, line.until))
    tail = goal.equation(f, f, beyond)
    parts = (
        (tm.sub(line.majorant, f), line.gaps[0], d.below),
        (tm.add(line.majorant, f), line.gaps[1], d.above),
        (tm.neg(tm.partial(line.majorant, x)), line.fall, d.fall),
    )
    for lhs, rhs, part in parts:
        checker.show(tail.equation(lhs, rhs), part)
        checker.require_sign(tail, rhs, NONNEGATIVE)
    end = Enclosure(192).value(tm.replace_var(line.majorant, x, line.until))
    if not end <= Enclosure(192).value(bound):
        raise CheckError(f"the majorant is {end.str(5)} at {line.until}, above the bound")
    checker.report.steps += len(d.boxes) + 1
    checker.report.lemmas.add("ball arithmetic")


def _boxes(f: Term, x: Term, bound: Term, until: Term, boxes: tuple[tuple[str, str], ...]) -> None:
    enclosure = Enclosure(192)
    limit = enclosure.value(bound)
    at = tm.ZERO.args[0]
    for low, high in boxes:
        lo, hi = (Fraction(v) for v in (low, high))
        if lo != at or hi <= lo:
            raise CheckError(f"the boxes leave a gap at {at}")
        try:
            if not enclosure.over(f, x, lo, hi).__abs__() <= limit:
                raise CheckError(f"|f| <= {bound} does not show on [{low}, {high}]")
        except Undefined as error:
            raise CheckError(f"f is not enclosed on [{low}, {high}]: {error}") from None
        at = hi
    if not enclosure.value(until) <= enclosure.value(tm.num(at)):
        raise CheckError(f"the boxes end at {at}, before {until}")
