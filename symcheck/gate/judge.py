"""One formula: from the rules about its form, over its reading, to what it claims and whether that holds.

Cheapest first, and never a guess: what is not understood is ``unchecked`` with a reason.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from formulas.catalog import catalog
from symcheck.gate.case import Case, in_dollars
from symcheck.gate.context import assumed, disclaimed, meant_otherwise, particular
from symcheck.gate.decide import Verdict
from symcheck.gate.densities import not_normalised
from symcheck.gate.derivative import derivative_claims, expected_derivative, row_function
from symcheck.gate.derived import contradicted
from symcheck.gate.documents import Directives, Passage
from symcheck.gate.earlier import Before
from symcheck.gate.forms import printed, same_page
from symcheck.gate.identify import Column, Strength
from symcheck.gate.implications import followed
from symcheck.gate.known import nearest
from symcheck.gate.lines import slipped_line
from symcheck.gate.match import RENAMED, SPECIAL, Definition
from symcheck.gate.model import Finding, Judgement, Severity, Status, unchecked
from symcheck.gate.moments import moment_of
from symcheck.gate.page import Line, conditions, line_of, refutation, states_conditions
from symcheck.gate.ranges import range_of
from symcheck.gate.relations import Relations
from symcheck.gate.rules import of_the_text, of_the_tree, rule
from symcheck.gate.statement import Outcome, left_open, together, why
from symcheck.gate.steps import false_step
from symcheck.latex import Presentation, ProblemKind, Reason, Role, Sentence, Side, parse
from symcheck.latex.tree import Derivative, Number, Symbol

MAX_CHARACTERS = 6_000
NOTHING = "states nothing by itself"

_SCOPE_RULES = {
    ProblemKind.FREE_INDEX: "SC301",
    ProblemKind.REBOUND_INDEX: "SC302",
}


def judge(passage: Passage) -> Judgement:
    """Status and findings of one formula."""
    rendering = _rendering(passage)
    if rendering is not None:
        return rendering
    misordered = _misordered(passage.directives)
    if misordered is not None:
        finding = rule("SC190").finding(passage.file, passage.fragment, values={"problem": misordered})
        return replace(unchecked(Reason.SYMBOL, misordered), findings=(finding,))
    if len(passage.latex) > MAX_CHARACTERS:
        return unchecked(Reason.TIME, f"longer than {MAX_CHARACTERS} characters")
    presentation = parse(passage.latex)
    if not presentation.statements:
        return unchecked(*why(presentation.not_read))
    if _names_something(passage, presentation):
        return unchecked(Reason.PROSE, NOTHING)
    return _Judge(passage, presentation).judgement()


def _misordered(directives: Directives) -> str | None:
    """What an order says that only the catalog, or a reader of formulas, can find wrong."""
    if directives.formula is not None and directives.formula not in catalog():
        return f"'formula={directives.formula}' names no entry of the catalog ('symcheck list' shows them)"
    for text in directives.assume:
        if not assumed(text):
            return f"'assume {text}' is no relation that is understood; write one such as x > 0 or n != m"
    return None


def _names_something(passage: Passage, presentation: Presentation) -> bool:
    """Whether a formula in running text is a letter or a number and nothing more, as half of them are."""
    if passage.row or passage.directives.formula is not None or len(presentation.statements) != 1:
        return False
    (statement,) = presentation.statements
    return (
        len(statement.sides) == 1
        and isinstance(statement.sides[0], Symbol | Number)
        and not statement.conditions
        and line_of(statement, passage, ()) is None
    )


def _rendering(passage: Passage) -> Judgement | None:
    for entry in of_the_text():
        for hit in entry.hits(passage):
            finding = entry.finding(
                passage.file, passage.fragment, start=hit.start, end=hit.end, values=hit.values
            )
            return Judgement(status=Status.ERRATA, findings=(finding,))
    return None


class _Judge:
    """The judgement of one passage whose formula was parsed."""

    def __init__(self, passage: Passage, presentation: Presentation) -> None:
        self.passage = passage
        self.case = Case(passage, presentation)
        self._before = Before(passage, presentation, self.case.context)
        self._otherwise = meant_otherwise(passage)

    def judgement(self) -> Judgement:
        found = self._judged()
        if found.status is Status.ERRATA and disclaimed(self.passage):
            return unchecked(Reason.PROSE, "shown as an example of what is wrong")
        return found

    def _judged(self) -> Judgement:
        findings = self._scope()
        if any(f.severity is Severity.ERROR for f in findings):
            return Judgement(status=Status.ERRATA, findings=findings)
        found = self._with_lines()
        return replace(found, findings=(*found.findings, *findings))

    def _with_lines(self) -> Judgement:
        """What becomes of the formula as it stands in the catalog, or by its meaning."""
        statements = self.case.presentation.statements
        lines = [
            None if self._otherwise else line_of(s, self.passage, self.case.candidates) for s in statements
        ]
        if any(line is not None and (line.wrong or line.incomplete) for line in lines):
            wrong_beside = [
                outcome
                for at, sentence in enumerate(self.case.reading.sentences)
                if at < len(lines)
                and lines[at] is None
                and (outcome := self._sentence(at, sentence)) is not None
                and outcome.status is Status.ERRATA
            ]
            return together([*(self._line(line) for line in lines if line is not None), *wrong_beside])
        found = self._read()
        if found.status is Status.UNCHECKED and (step := false_step(self.case.presentation)) is not None:
            repair = f"; they agree with {step.repair}" if step.repair else ""
            wrong = self.case.finding(
                "SC207", start=step.span.start, end=step.span.end, values={"repair": repair}
            )
            return Judgement(status=Status.ERRATA, findings=(wrong,))
        known = [line for line in lines if line is not None]
        if not known or len(known) < len(lines):
            return found
        if found.status is Status.UNCHECKED:
            return together([self._line(line) for line in known])
        return replace(found, formula=found.formula or known[0].formula.id)

    def _read(self) -> Judgement:
        """What becomes of the formula by its meaning."""
        if not self.case.reading.sentences:
            return unchecked(*why(self.case.reading.not_read or self.case.presentation.not_read))
        outcomes = [self._sentence(at, s) for at, s in enumerate(self.case.reading.sentences)]
        return together([o for o in outcomes if o is not None])

    def _scope(self) -> tuple[Finding, ...]:
        """What is wrong with the way the formula is put together, whatever it claims."""
        found = [
            self.case.finding(
                _SCOPE_RULES[p.kind], start=p.span.start, end=p.span.end, values={"problem": p.message}
            )
            for p in self.case.reading.problems
            if p.sure and p.kind in _SCOPE_RULES
        ]
        for entry in of_the_tree():
            for hit in entry.hits(self.passage, self.case.presentation):
                found.append(self.case.finding(entry.code, start=hit.start, end=hit.end, values=hit.values))
                break
        return tuple(found)

    def _sentence(self, at: int, sentence: Sentence) -> Outcome | None:
        """``None`` for a statement that claims nothing beside others that do."""
        outcome = self._by_rules(at, sentence)
        if outcome is None or outcome.status is Status.UNCHECKED or outcome.status is Status.MATCHED:
            return self._slipped(at, outcome) or outcome
        return outcome

    def _slipped(self, at: int, known: Outcome | None) -> Outcome | None:
        """A line of the catalog with a slip in it.  What is a right form of its quantity can still be
        called by a wrong name."""
        statement = self.case.statement(at)
        if statement is None or not statement.sides:
            return None
        near = slipped_line(self.passage, self.case.presentation, at)
        if near is None:
            return None
        if known is not None and known.status is Status.MATCHED and not near.wording:
            loosely = known.detail == RENAMED or (known.detail == SPECIAL and not particular(self.passage))
            if not loosely or known.formula != near.formula.id or near.renamed:
                return None
        return self.case.slipped(near.slip, near.formula.title, near.latex, near.formula.id)

    def _by_rules(self, at: int, sentence: Sentence) -> Outcome | None:
        found = range_of(self.passage, self.case.context, self.case.candidates) if at == 0 else None
        if found is not None and found.counterexample is not None:
            values = {"function": self.passage.row_label or "the function of this row"}
            finding = self.case.finding("SC209", counterexample=found.counterexample, values=values)
            return Outcome(Status.ERRATA, findings=(finding,))
        if found is not None and found.shown:
            return Outcome(Status.MATCHED, detail="all values of the function lie in it")
        outcome = self._meaning(at, sentence)
        if self._otherwise and outcome is not None and outcome.status is Status.MATCHED:
            outcome = left_open(Reason.SYMBOL, "a letter that the document defines otherwise")
        if outcome is not None and outcome.status not in (Status.UNCHECKED, Status.ERRATA):
            return outcome
        if outcome is not None and outcome.status is Status.UNCHECKED and self._before.shows(at):
            return Outcome(Status.VERIFIED, detail="with what is defined before it")
        if outcome is not None and outcome.status is Status.UNCHECKED:
            counterexample = self._before.refutes(at) or contradicted(
                self.passage, self.case.presentation, at, self.case.context
            )
            if counterexample is not None:
                relation = {"relation": "this derivative of what is defined before it"}
                finding = self.case.finding("SC201", counterexample=counterexample, values=relation)
                return Outcome(Status.ERRATA, findings=(finding,))
        known = None if self._otherwise else self._standard(at)
        if known is None or known.status is Status.ERRATA:
            known = self._density(at) or known
        if known is None or outcome is None or outcome.status is Status.UNCHECKED:
            return known or outcome
        # of two findings, the one with a counterexample; none against a further right form of the same entry
        same_entry = known.formula == outcome.formula is not None
        approximate = "pproximat" in self.passage.before + self.passage.after  # which is not equal, and known
        return known if known.status is Status.MATCHED and (same_entry or approximate) else outcome

    def _density(self, at: int) -> Outcome | None:
        """What is called a density and is none."""
        statement = self.case.statement(at)
        others = (s for s in self.case.presentation.statements if s is not statement)
        if statement is None or any("=" in s.operators or len(s.sides) == 1 for s in others):
            return None  # a further case, or the rest of it on another line
        found = not_normalised(self.passage, statement)
        if found is None:
            return None
        finding = self.case.finding(
            "SC502",
            start=found.span.start,
            end=found.span.end,
            counterexample=f"{found.at}: {found.value:.6g} ≠ 1" if found.at else None,
            values={"mass": f"{found.value:.4g}"},
        )
        return Outcome(Status.ERRATA, findings=(finding,))

    def _standard(self, at: int) -> Outcome | None:
        """What the standard definitions say of a statement, whether or not its meaning is read."""
        statement = self.case.statement(at)
        near = nearest(self.passage, statement) if statement is not None else None
        if near is None:
            return None
        formula = near.form.standard.formula
        if near.slip is None:
            exact = formula if near.exact else None
            return Outcome(Status.MATCHED, exact, detail=f"the standard definition of {near.name}")
        return self.case.slipped(near.slip, near.name, near.form.latex, formula)

    def _meaning(self, at: int, sentence: Sentence) -> Outcome | None:
        if sentence.role is Role.DECLARATION:
            return None
        follows = followed(self.case.presentation, at, self.case.context)
        if follows is not None:
            shown = Outcome(Status.VERIFIED, detail="each step follows from the one before")
            return shown if follows else left_open(Reason.THEORY, "an implication that was not shown")
        if self.case.column is Column.DERIVATIVE and sentence.role is Role.EXPRESSION:
            outcome = self._derivative(sentence)
            if outcome is not None:
                return outcome
        elif (same := self._same_page(at)) is not None:
            return same
        if sentence.role is Role.EXPRESSION:
            return self._expression(at, sentence.sides[0])
        return Relations(self.case).judged(at, sentence)

    # what stands on the page as it stands in the catalog

    def _same_page(self, at: int) -> Outcome | None:
        statement = self.case.statement(at)
        if statement is None:
            return None
        for candidate in self.case.candidates:
            for _, presentation in printed(candidate.formula.id):
                if any(s.sides and same_page(statement, s) for s in presentation.statements):
                    return Outcome(Status.MATCHED, candidate.formula.id)
        return None

    def _line(self, line: Line) -> Outcome:
        """What the catalog found of a line that stands here as it is printed there."""
        formula = line.formula
        wrong, unsaid = line.wrong, line.incomplete
        if wrong is not None:
            counterexample = refutation(formula.id, wrong.name)
            if counterexample is not None:
                note = f": {wrong.note}" if wrong.note else ""
                finding = self.case.finding(
                    "SC205",
                    counterexample=counterexample,
                    formula=formula.id,
                    values={"name": formula.title, "note": note, "id": formula.id},
                )
                return Outcome(Status.ERRATA, formula.id, findings=(finding,))
        if unsaid is not None and not states_conditions(unsaid, self.passage):
            return self.case.conditional(conditions(unsaid), formula.id)
        return Outcome(Status.MATCHED, formula.id)

    # a lone expression

    def _expression(self, place: int, side: Side) -> Outcome:
        expr = side.expr
        if expr is None:
            return left_open(*why(side.not_read))
        moment = moment_of(self.passage, None) if self.passage.fills_cell else None
        if moment is not None and moment.is_value(expr):
            return Outcome(Status.MATCHED, detail=moment.name)
        if (wrong := self.case.wrong_moment(moment, side)) is not None:
            return wrong
        firm = [c for c in self.case.candidates if c.strength >= Strength.FIRM]
        tokens = self.case.tokens(place)
        if firm and len(tokens) > 1 and not isinstance(expr, sp.Indexed):
            displayed = self.passage.fragment.display and self.passage.labelled
            convict = displayed or (self.case.column is Column.DEFINITION and self.passage.fills_cell)
            return self.case.definition(Definition(expr, None, tokens), firm, convict)
        return left_open(Reason.PROSE, NOTHING)

    # derivatives

    def _derivative(self, sentence: Sentence) -> Outcome | None:
        value = sentence.sides[0].expr
        if value is None:
            return left_open(*why(sentence.sides[0].not_read))
        if not self.passage.fills_cell:
            return left_open(Reason.PROSE, "a part of what the cell says")
        statement = self.case.statement(0)
        if statement is not None and isinstance(statement.sides[0], Derivative):
            return left_open(Reason.PROSE, "asks for a derivative")  # its value stands in another cell
        function = row_function(self.passage, self.case.context, self.case.candidates)
        if function is None:
            return None
        claims = list(derivative_claims(function, value))
        decisions = [claim.decide(self.case.given) for claim in claims]
        formula = function.formula.id if function.formula is not None else None
        for decision in decisions:
            if decision.verdict is Verdict.PROVED:
                return Outcome(Status.VERIFIED, formula)
        for decision in decisions:
            if decision.verdict is Verdict.CONDITIONAL:
                return self.case.conditional(in_dollars(decision.conditions), formula)
        if claims and all(d.verdict is Verdict.REFUTED for d in decisions):
            finding = self.case.finding(
                "SC203",
                expected=expected_derivative(claims[0], function, self.case.context),
                counterexample=decisions[0].counterexample,
                formula=formula,
                values={"function": self.passage.row_label or "the function of this row"},
            )
            return Outcome(Status.ERRATA, formula, findings=(finding,))
        return left_open(Reason.THEORY, "neither proved nor refuted as the derivative")


__all__ = ["judge"]
