"""Statements that relate sides: each relation proved, refuted, recognised, or left open.

The first relation of a chain may define the name on its left; then it is compared with what the catalog
holds under that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from formulas.catalog import catalog
from formulas.language import Partial
from symcheck.gate.case import Case, in_dollars
from symcheck.gate.claims import judge_link
from symcheck.gate.context import distribution_names, particular
from symcheck.gate.decide import Verdict, proved
from symcheck.gate.derivative import worked_derivative
from symcheck.gate.forms import (
    CHANCE,
    EXACT,
    called_names,
    definitions,
    difference,
    head_owners,
    nearest_line,
    plain,
    telling,
)
from symcheck.gate.identify import Candidate, Column, Strength, named_by
from symcheck.gate.identities import known_identity, slipped_identity
from symcheck.gate.match import SLIPS, Definition, Match, Mismatch, match
from symcheck.gate.model import Status
from symcheck.gate.moments import Moment, moment_of
from symcheck.gate.posed import posed, stated_for_all
from symcheck.gate.standards.identity import Identity
from symcheck.gate.statement import Outcome, combine, left_open, why
from symcheck.latex import Head, Link, Reason, Sentence, Side, to_latex

_LOST_BREAK = re.compile(
    r"(?<![-+*/=({\[,&])(?<!\\cdot)(?<!\\times)(?<!\\left)[ \t]*\n"
    r"\s*(?![-+*/=)}\],&\s]|\\(?:cdot|times|right)\b)"
)
"""The end of a line at which nothing goes on: no sign before it or after it."""


@dataclass(frozen=True)
class Relations:
    """The relations of one formula."""

    case: Case

    def judged(self, place: int, sentence: Sentence) -> Outcome:
        """What becomes of a statement that relates sides."""
        outcomes: list[Outcome] = []
        blamed: Link | None = None
        moment = self._moment(place)
        is_posed, is_for_all = posed(self.case.passage), stated_for_all(self.case.passage)
        for at, link in enumerate(sentence.links()):
            decided = judge_link(
                link,
                self.case.passage.latex,
                defines=at == 0 and self._defines(place, sentence),
                posed=is_posed,
                for_all=is_for_all,
                given=self.case.given,
                candidates=self.case.candidates,
                distributions=distribution_names(self.case.reading),
            )
            verdict = decided.decision.verdict if decided is not None else Verdict.OPEN
            if decided is not None and verdict is Verdict.PROVED:
                outcomes.append(self._proved(sentence if at == 0 else None))
            elif decided is not None and verdict is Verdict.CONDITIONAL:
                outcomes.append(self.case.conditional(in_dollars(decided.decision.conditions), None))
            elif decided is not None and verdict is Verdict.REFUTED and decided.identity:
                if self._run_together(sentence):
                    outcomes.append(left_open(Reason.PROSE, "lines that run together"))
                elif blamed is None or not self._one_slip(blamed, link):
                    outcomes.append(self._sides_differ(place, link, decided.decision.counterexample))
                    blamed = link
            elif (identity := self._identity(place, at)) is not None:
                outcomes.append(Outcome(Status.MATCHED, detail=f"the identity {identity.latex}"))
            elif (wrong_identity := self._slipped_identity(place, at, is_posed)) is not None:
                first = self._first_link(place, sentence) if at == 0 else wrong_identity
                # the catalog shows numbers for it
                outcomes.append(first if first.status is Status.ERRATA else wrong_identity)
            elif moment is not None and link.right.expr is not None and moment.is_value(link.right.expr):
                outcomes.append(Outcome(Status.MATCHED, detail=moment.name))
            elif at == 0 and (wrong := self.case.wrong_moment(moment, link.right)) is not None:
                outcomes.append(wrong)
            elif at == 0:
                outcomes.append(self._first_link(place, sentence))
            else:
                outcomes.append(left_open(*self._open(link.left, link.right)))
        if len(outcomes) > 1 and outcomes[0].status is Status.UNCHECKED and self._names(place, sentence):
            outcomes = outcomes[1:]
        return combine(outcomes)

    def _run_together(self, sentence: Sentence) -> bool:
        """Whether two lines of the source, each with a relation of its own, stand in one for want of a
        ``\\\\`` between them."""
        between = (self.case.passage.latex[s.span.start : s.span.end] for s in sentence.sides[1:-1])
        return any(_LOST_BREAK.search(text.strip()) for text in between)

    def _identity(self, place: int, at: int) -> Identity | None:
        """The identity of textbooks that a relation of a statement is."""
        statement = self.case.statement(place)
        if statement is None or at + 1 >= len(statement.sides):
            return None
        left, right = statement.sides[at : at + 2]
        return known_identity(self.case.passage, left, statement.operators[at], right)

    def _slipped_identity(self, place: int, at: int, is_posed: bool) -> Outcome | None:
        statement = self.case.statement(place)
        if statement is None or at + 1 >= len(statement.sides):
            return None
        if statement.operators[at] == "=" and is_posed:
            return None
        left, right = statement.sides[at : at + 2]
        found = slipped_identity(self.case.passage, left, statement.operators[at], right)
        if found is None:
            return None
        identity, slip = found
        return self.case.slipped(slip, identity.latex.partition(" = ")[0], identity.latex)

    def _moment(self, place: int) -> Moment | None:
        """What the left side asks of a law that is named nearby."""
        statement = self.case.statement(place)
        if statement is None or not set(statement.operators) <= EXACT:
            return None
        return moment_of(self.case.passage, statement.sides[0])

    def _names(self, place: int, sentence: Sentence) -> bool:
        """Whether the first relation of a chain only gives a name to what the others work out."""
        first = next(sentence.links())
        head = first.left.head
        if head is None or first.operator not in EXACT or first.right.expr is None:
            return False
        known = telling(head.name) or head.name in CHANCE
        return not known and self._defines(place, sentence)

    @staticmethod
    def _one_slip(before: Link, after: Link) -> bool:
        """Whether two false relations of a chain come from one wrong side between two that are equal."""
        first, last = before.left.expr, after.right.expr
        adjacent = before.right == after.left
        return adjacent and first is not None and last is not None and proved(first, last)

    def _sides_differ(self, place: int, link: Link, counterexample: str | None) -> Outcome:
        text = self.case.passage.latex
        shown = text[link.span.start : link.span.end]
        expected = nearest_line(self.case.tokens(place), SLIPS)
        if expected is None and isinstance(link.left.expr, Partial):
            worked = worked_derivative(*link.left.expr.args)
            if worked is not None:
                left = text[link.left.span.start : link.left.span.end]
                expected = f"{left} = {to_latex(worked)}"
        finding = self.case.finding(
            "SC201",
            start=link.span.start,
            end=link.span.end,
            expected=expected,
            counterexample=counterexample,
            values={"relation": shown if len(shown) < 80 else "this relation"},
        )
        return Outcome(Status.ERRATA, findings=(finding,))

    def _defines(self, place: int, sentence: Sentence) -> bool:
        """Whether the first relation may define the name on its left: unless the right side speaks of
        other quantities by name, as ``H(p) + D_KL(p || q)`` does."""
        side = sentence.sides[0]
        head = side.head
        if head is None or not plain(head) or (side.expr is not None and side.expr.has(Partial)):
            return False
        statement = self.case.statement(place)
        if statement is None or len(statement.sides) < 2:
            return True
        called = called_names(self.case.passage.latex, statement.sides[1])
        speaking = (name for name in called if len(name) > 1 or name.isupper())  # unlike p(x) and f(x)
        known = [name for name in speaking if name in head_owners() and name != head.name]
        return not (known and any(map(telling, (head.name, *known))))

    def _proved(self, sentence: Sentence | None) -> Outcome:
        """``verified``, or ``matched`` if what was proved is the catalog's definition itself."""
        for head, expr in definitions(sentence) if sentence is not None else ():
            found = match(Definition(expr, head), self._named(head))
            if isinstance(found, Match):
                definition = difference(found.form.expr, expr) == 0
                return Outcome(Status.MATCHED if definition else Status.VERIFIED, found.form.formula.id)
        return Outcome(Status.VERIFIED)

    def _first_link(self, place: int, sentence: Sentence) -> Outcome:
        """``name = expression``, or an approximation of what the words name."""
        passage = self.case.passage
        link = next(sentence.links())
        for head, expr in definitions(sentence):
            named = self._named(head)
            if named:
                given = Definition(expr, head, self.case.tokens(place))
                # beside the formula of a cell, letters are explained
                aside = bool(passage.row) and not passage.fills_cell and not telling(head.name)
                # of independent variables, of disjoint events other rules hold
                other = head.name in CHANCE and particular(passage)
                outcome = self.case.definition(given, named, convict=not (aside or other))
                if outcome.status is not Status.UNCHECKED:
                    return outcome
        if link.operator in ("~~", "approx") and link.left.expr is not None and link.right.expr is not None:
            firm = [c for c in self.case.candidates if c.strength >= Strength.FIRM]
            given = Definition(link.left.expr, None, self.case.tokens(place))
            exact = match(given, firm)
            if isinstance(exact, Match):
                variants = [
                    Candidate(f, Strength.LOOSE, "")
                    for f in catalog().values()
                    if f.id.startswith(exact.form.formula.id + "_")
                ]
                if isinstance(match(Definition(link.right.expr), variants), Match):
                    return Outcome(Status.MATCHED, exact.form.formula.id)
            elif isinstance(exact, Mismatch) and self.case.column is Column.DEFINITION:
                return self.case.differs(given, exact)
        return left_open(*self._open(link.left, link.right))

    def _named(self, head: Head) -> list[Candidate]:
        """Which entries ``head = ...`` can define: the name on the left and the words have to agree."""
        sure = telling(head.name)
        owners = head_owners().get(head.name, ())
        if sure and not owners:
            owners = tuple(f.id for f in named_by(head.name))
        strength = Strength.FIRM if sure else Strength.LOOSE
        meant = (c for c in self.case.candidates if c.formula.id in owners)
        agreeing = [replace(c, strength=max(c.strength, strength)) for c in meant]
        others = [Candidate(catalog()[o], strength, head.name) for o in owners]
        if agreeing or not owners:
            return agreeing or self.case.candidates
        # a letter is used for many things, a telling name for one
        return others if sure else [*self.case.candidates, *others]

    def _open(self, *sides: Side) -> tuple[Reason, str]:
        for side in sides:
            if side.not_read is not None:
                return why(side.not_read)
        return Reason.THEORY, "neither proved nor refuted"
