"""A formula of a document as it comes to be judged: what was read, and what is known around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symcheck.gate.context import assumptions, context_of, distributions
from symcheck.gate.documents import Passage
from symcheck.gate.forms import page_tokens
from symcheck.gate.identify import Candidate, candidates, column_role
from symcheck.gate.integrals import worked
from symcheck.gate.match import Definition, Match, Mismatch, expected, match
from symcheck.gate.model import Finding, Status
from symcheck.gate.moments import Moment
from symcheck.gate.near import Slip
from symcheck.gate.qualified import announces_another
from symcheck.gate.rules import rule
from symcheck.gate.slip_words import said
from symcheck.gate.statement import Outcome, left_open
from symcheck.latex import Context, Presentation, Reading, Reason, Side, Statement, interpret, to_latex


class Case:
    """A passage whose formula was parsed, and findings in it."""

    def __init__(self, passage: Passage, presentation: Presentation) -> None:
        self.passage = passage
        self.presentation = presentation
        self.context: Context = context_of(passage)
        self.reading: Reading = worked(interpret(presentation, self.context))
        self.candidates: list[Candidate] = candidates(passage)
        self.column = column_role(passage.column)
        self.given = (*assumptions(passage, self.reading), *distributions(self.reading))

    def statement(self, at: int) -> Statement | None:
        """A statement as it is written; a sentence that was read from several has none of its own."""
        statements = self.presentation.statements
        return statements[at] if at < len(statements) else None

    def tokens(self, at: int) -> tuple[str, ...]:
        """A statement as it stands on the page."""
        statement = self.statement(at)
        return page_tokens(self.passage.latex, statement) if statement is not None else ()

    def finding(self, code: str, **said: Any) -> Finding:
        """A finding of a rule in this formula; ``said`` as ``Rule.finding`` takes it."""
        return rule(code).finding(self.passage.file, self.passage.fragment, **said)

    def conditional(self, words: str, formula: str | None) -> Outcome:
        """True under conditions, given in words, which the document does not state."""
        finding = self.finding("SC401", formula=formula, values={"conditions": words})
        return Outcome(Status.CONDITIONAL, formula, findings=(finding,))

    def definition(self, given: Definition, named: Sequence[Candidate], convict: bool) -> Outcome:
        """What a definition is beside those of the entries that it is called by."""
        found = match(given, named)
        if isinstance(found, Match):
            return Outcome(Status.MATCHED, found.form.formula.id, detail=found.how)
        if isinstance(found, Mismatch) and convict and not self.reading.problems:
            formula = found.form.formula
            if not announces_another(self.passage, (formula.title, *formula.names)):
                return self.differs(given, found)
        return left_open(Reason.THEORY, "a definition that the catalog does not hold")

    def differs(self, given: Definition, found: Mismatch) -> Outcome:
        """A definition that is not that of what it is called."""
        formula = found.form.formula
        finding = self.finding(
            "SC202",
            expected=expected(given, found),
            counterexample=found.counterexample,
            formula=formula.id,
            values={"title": formula.title},
        )
        return Outcome(Status.ERRATA, formula.id, findings=(finding,))

    def slipped(self, slip: Slip, name: str, expected: str, formula: str | None = None) -> Outcome:
        """A statement that is one slip away from what is called ``name`` and reads ``expected``."""
        start, end = slip.span
        finding = self.finding(
            "SC204",
            start=start,
            end=end or None,
            expected=expected,
            formula=formula,
            values={"name": name, "slip": said(slip)},
        )
        return Outcome(Status.ERRATA, formula, findings=(finding,))

    def wrong_moment(self, moment: Moment | None, side: Side) -> Outcome | None:
        """What is not the moment that it is said to be."""
        if moment is None or side.expr is None:
            return None
        counterexample = moment.contradicts(side.expr)
        if counterexample is None:
            return None
        finding = self.finding(
            "SC206",
            start=side.span.start,
            end=side.span.end,
            expected=to_latex(moment.values[0]),
            counterexample=counterexample,
            values={"moment": moment.name},
        )
        return Outcome(Status.ERRATA, findings=(finding,))


def in_dollars(conditions: Sequence[sp.Basic]) -> str:
    """Conditions in words."""
    return " and ".join(f"${to_latex(c)}$" for c in conditions)
