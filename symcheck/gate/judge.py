"""One formula: from the rules about its form, over its reading, to what it claims and whether that holds.

Cheapest first, and never a guess: what is not understood is ``unchecked`` with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from formulas.catalog import catalog
from formulas.language import Partial
from symcheck.gate.claims import judge_link
from symcheck.gate.context import (
    assumptions,
    context_of,
    disclaimed,
    distribution_names,
    distributions,
    particular,
)
from symcheck.gate.decide import Verdict, proved
from symcheck.gate.densities import not_normalised
from symcheck.gate.derivative import (
    derivative_claims,
    expected_derivative,
    row_function,
    worked_derivative,
)
from symcheck.gate.documents import Passage
from symcheck.gate.earlier import Before
from symcheck.gate.forms import (
    CHANCE,
    EXACT,
    called_names,
    definitions,
    difference,
    head_owners,
    nearest_line,
    page_tokens,
    plain,
    printed,
    same_page,
    telling,
)
from symcheck.gate.identify import (
    Candidate,
    Column,
    Strength,
    candidates,
    column_role,
    named_by,
)
from symcheck.gate.identities import known_identity
from symcheck.gate.implications import followed
from symcheck.gate.integrals import worked
from symcheck.gate.known import nearest
from symcheck.gate.match import SLIPS, Definition, Match, Mismatch, expected, match
from symcheck.gate.model import Finding, Judgement, Severity, Status, unchecked
from symcheck.gate.moments import Moment, moment_of
from symcheck.gate.page import Line, conditions, line_of, refutation, states_conditions
from symcheck.gate.rules import rule, rules
from symcheck.gate.slips import said
from symcheck.gate.standards.identities import Identity
from symcheck.gate.steps import false_step
from symcheck.latex import (
    Context,
    Head,
    Link,
    Presentation,
    ProblemKind,
    Reading,
    Reason,
    Role,
    Sentence,
    Side,
    interpret,
    parse,
    to_latex,
)
from symcheck.latex.tree import Number, Symbol

MAX_CHARACTERS = 6_000
NOTHING = "states nothing by itself"

_SCOPE_RULES = {
    ProblemKind.FREE_INDEX: "SC301",
    ProblemKind.REBOUND_INDEX: "SC302",
}


@dataclass(frozen=True)
class _Outcome:
    """What became of one statement of a formula."""

    status: Status
    formula: str | None = None
    reason: Reason | None = None
    detail: str = ""
    findings: tuple[Finding, ...] = field(default=())


def judge(passage: Passage) -> Judgement:
    """Status and findings of one formula."""
    rendering = _rendering(passage)
    if rendering is not None:
        return rendering
    stated = passage.directives.formula
    if stated is not None and stated not in catalog():
        problem = f"'formula={stated}' names no entry of the catalog"
        finding = rule("SC190").finding(passage.file, passage.fragment, values={"problem": problem})
        return replace(unchecked(Reason.SYMBOL, problem), findings=(finding,))
    if len(passage.latex) > MAX_CHARACTERS:
        return unchecked(Reason.TIME, f"longer than {MAX_CHARACTERS} characters")
    presentation = parse(passage.latex)
    if not presentation.statements:
        return unchecked(*_why(presentation.not_read))
    if _names_something(passage, presentation):
        return unchecked(Reason.PROSE, NOTHING)
    return _Judge(passage, presentation).judgement()


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
    for entry in rules().values():
        for hit in entry.hits(passage):
            finding = entry.finding(
                passage.file, passage.fragment, start=hit.start, end=hit.end, values=hit.values
            )
            return Judgement(status=Status.ERRATA, findings=(finding,))
    return None


def _why(not_read: object) -> tuple[Reason, str]:
    reason = getattr(not_read, "reason", Reason.NOTATION)
    return reason, str(getattr(not_read, "detail", ""))


class _Judge:
    """The judgement of one passage whose formula was parsed."""

    def __init__(self, passage: Passage, presentation: Presentation) -> None:
        self.passage = passage
        self.presentation = presentation
        self.context: Context = context_of(passage)
        self.reading: Reading = worked(interpret(presentation, self.context))
        self.candidates: list[Candidate] = candidates(passage)
        self.column = column_role(passage.column)
        self._before = Before(passage, presentation, self.context)
        self.given = (*assumptions(passage, self.reading), *distributions(self.reading))

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
        lines = [line_of(s, self.passage, self.candidates) for s in self.presentation.statements]
        if any(line is not None and (line.wrong or line.incomplete) for line in lines):
            wrong_beside = [
                outcome
                for at, sentence in enumerate(self.reading.sentences)
                if at < len(lines)
                and lines[at] is None
                and (outcome := self._sentence(at, sentence)) is not None
                and outcome.status is Status.ERRATA
            ]
            return _together([*(self._line(line) for line in lines if line is not None), *wrong_beside])
        found = self._read()
        if found.status is Status.UNCHECKED and (step := false_step(self.presentation)) is not None:
            repair = f"; they agree with {step.repair}" if step.repair else ""
            wrong = self._finding("SC207", step.span.start, step.span.end, {"repair": repair})
            return Judgement(status=Status.ERRATA, findings=(wrong,))
        known = [line for line in lines if line is not None]
        if not known or len(known) < len(lines):
            return found
        if found.status is Status.UNCHECKED:
            return _together([self._line(line) for line in known])
        return replace(found, formula=found.formula or known[0].formula.id)

    def _read(self) -> Judgement:
        """What becomes of the formula by its meaning."""
        if not self.reading.sentences:
            return unchecked(*_why(self.reading.not_read or self.presentation.not_read))
        outcomes = [self._sentence(at, s) for at, s in enumerate(self.reading.sentences)]
        return _together([o for o in outcomes if o is not None])

    def _scope(self) -> tuple[Finding, ...]:
        """What is wrong with the way the formula is put together, whatever it claims."""
        found = [
            self._finding(_SCOPE_RULES[p.kind], p.span.start, p.span.end, {"problem": p.message})
            for p in self.reading.problems
            if p.sure and p.kind in _SCOPE_RULES
        ]
        for entry in rules().values():
            for hit in entry.hits(self.passage, self.presentation):
                found.append(self._finding(entry.code, hit.start, hit.end, hit.values))
                break
        return tuple(found)

    def _finding(self, code: str, start: int, end: int, values: Mapping[str, str]) -> Finding:
        return rule(code).finding(
            self.passage.file, self.passage.fragment, start=start, end=end, values=values
        )

    def _sentence(self, at: int, sentence: Sentence) -> _Outcome | None:
        """``None`` for a statement that claims nothing beside others that do."""
        outcome = self._meaning(at, sentence)
        if outcome is not None and outcome.status not in (Status.UNCHECKED, Status.ERRATA):
            return outcome
        if outcome is not None and outcome.status is Status.UNCHECKED and self._before.shows(at):
            return _Outcome(Status.VERIFIED, detail="with what is defined before it")
        known = self._standard(at)
        if known is None or known.status is Status.ERRATA:
            known = self._density(at) or known
        if known is None or outcome is None or outcome.status is Status.UNCHECKED:
            return known or outcome
        # of two findings, the one with a counterexample; none against a further right form of the same entry
        return (
            known
            if known.status is Status.MATCHED and known.formula == outcome.formula is not None
            else outcome
        )

    def _density(self, at: int) -> _Outcome | None:
        """What is called a density and is none."""
        if at >= len(self.presentation.statements):
            return None
        found = not_normalised(self.passage, self.presentation.statements[at])
        if found is None:
            return None
        finding = rule("SC502").finding(
            self.passage.file,
            self.passage.fragment,
            start=found.span.start,
            end=found.span.end,
            counterexample=f"{found.at}: {found.value:.6g} ≠ 1" if found.at else None,
            values={"mass": f"{found.value:.4g}"},
        )
        return _Outcome(Status.ERRATA, findings=(finding,))

    def _standard(self, at: int) -> _Outcome | None:
        """What the standard definitions say of a statement, whether or not its meaning is read."""
        if at >= len(self.presentation.statements):
            return None
        near = nearest(self.passage, self.presentation.statements[at])
        if near is None:
            return None
        formula = near.form.standard.formula
        if near.slip is None:
            exact = formula if near.exact else None
            return _Outcome(Status.MATCHED, exact, detail=f"the standard definition of {near.name}")
        start, end = near.slip.span
        finding = rule("SC204").finding(
            self.passage.file,
            self.passage.fragment,
            start=start,
            end=end or None,
            expected=near.form.latex,
            formula=formula,
            values={"name": near.name, "slip": said(near.slip)},
        )
        return _Outcome(Status.ERRATA, formula, findings=(finding,))

    def _meaning(self, at: int, sentence: Sentence) -> _Outcome | None:
        if sentence.role is Role.DECLARATION:
            return None
        follows = followed(self.presentation, at, self.context)
        if follows is not None:
            shown = _Outcome(Status.VERIFIED, detail="each step follows from the one before")
            return shown if follows else _unchecked(Reason.THEORY, "an implication that was not shown")
        if self.column is Column.DERIVATIVE and sentence.role is Role.EXPRESSION:
            outcome = self._derivative(sentence)
            if outcome is not None:
                return outcome
        elif self._same_page(at):
            return self._same_page(at)
        if sentence.role is Role.EXPRESSION:
            return self._expression(at, sentence.sides[0])
        return self._relations(at, sentence)

    # what stands on the page as it stands in the catalog

    def _same_page(self, at: int) -> _Outcome | None:
        if at >= len(self.presentation.statements):
            return None
        statement = self.presentation.statements[at]
        for candidate in self.candidates:
            for _, presentation in printed(candidate.formula.id):
                if any(s.sides and same_page(statement, s) for s in presentation.statements):
                    return _Outcome(Status.MATCHED, candidate.formula.id)
        return None

    def _line(self, line: Line) -> _Outcome:
        """What the catalog found of a line that stands here as it is printed there."""
        formula = line.formula
        wrong, unsaid = line.wrong, line.incomplete
        if wrong is not None:
            counterexample = refutation(formula.id, wrong.name)
            if counterexample is not None:
                note = f": {wrong.note}" if wrong.note else ""
                finding = rule("SC205").finding(
                    self.passage.file,
                    self.passage.fragment,
                    counterexample=counterexample,
                    formula=formula.id,
                    values={"name": formula.title, "note": note, "id": formula.id},
                )
                return _Outcome(Status.ERRATA, formula.id, findings=(finding,))
        if unsaid is not None and not states_conditions(unsaid, self.passage):
            return self._conditional(conditions(unsaid), formula.id)
        return _Outcome(Status.MATCHED, formula.id)

    # a lone expression

    def _expression(self, place: int, side: Side) -> _Outcome:
        expr = side.expr
        if expr is None:
            return _unchecked(*_why(side.not_read))
        moment = moment_of(self.passage, None) if self.passage.fills_cell else None
        if moment is not None and moment.is_value(expr):
            return _Outcome(Status.MATCHED, detail=moment.name)
        if moment is not None and (wrong := self._wrong(moment, side)) is not None:
            return wrong
        firm = [c for c in self.candidates if c.strength >= Strength.FIRM]
        tokens = self._tokens(place)
        if firm and len(tokens) > 1 and not isinstance(expr, sp.Indexed):
            displayed = self.passage.fragment.display and self.passage.labelled
            convict = displayed or (self.column is Column.DEFINITION and self.passage.fills_cell)
            return self._definition(Definition(expr, None, tokens), firm, convict)
        return _unchecked(Reason.PROSE, NOTHING)

    def _tokens(self, place: int) -> tuple[str, ...]:
        """The statement as it stands on the page."""
        if place >= len(self.presentation.statements):
            return ()
        return page_tokens(self.passage.latex, self.presentation.statements[place])

    def _definition(self, given: Definition, named: Sequence[Candidate], convict: bool) -> _Outcome:
        found = match(given, named)
        if isinstance(found, Match):
            return _Outcome(Status.MATCHED, found.form.formula.id)
        if isinstance(found, Mismatch) and convict and not self.reading.problems:
            return self._differs(given, found)
        return _unchecked(Reason.THEORY, "a definition that the catalog does not hold")

    def _differs(self, given: Definition, found: Mismatch) -> _Outcome:
        formula = found.form.formula
        finding = rule("SC202").finding(
            self.passage.file,
            self.passage.fragment,
            expected=expected(given, found),
            counterexample=found.counterexample,
            formula=formula.id,
            values={"title": formula.title},
        )
        return _Outcome(Status.ERRATA, formula.id, findings=(finding,))

    # relations

    def _relations(self, place: int, sentence: Sentence) -> _Outcome:
        outcomes: list[_Outcome] = []
        blamed: Link | None = None
        moment = self._moment(place)
        for at, link in enumerate(sentence.links()):
            decided = judge_link(
                link,
                self.passage.latex,
                defines=at == 0 and self._defines(place, sentence),
                given=self.given,
                candidates=self.candidates,
                distributions=distribution_names(self.reading),
            )
            verdict = decided.decision.verdict if decided is not None else Verdict.OPEN
            if decided is not None and verdict is Verdict.PROVED:
                outcomes.append(self._proved(sentence if at == 0 else None))
            elif decided is not None and verdict is Verdict.CONDITIONAL:
                outcomes.append(self._conditional(_in_dollars(decided.decision.conditions), None))
            elif decided is not None and verdict is Verdict.REFUTED and decided.identity:
                if blamed is None or not self._one_slip(blamed, link):
                    outcomes.append(self._sides_differ(place, link, decided.decision.counterexample))
                    blamed = link
            elif (identity := self._identity(place, at)) is not None:
                outcomes.append(_Outcome(Status.MATCHED, detail=f"the identity {identity.latex}"))
            elif moment is not None and link.right.expr is not None and moment.is_value(link.right.expr):
                outcomes.append(_Outcome(Status.MATCHED, detail=moment.name))
            elif at == 0 and moment is not None and (wrong := self._wrong(moment, link.right)) is not None:
                outcomes.append(wrong)
            elif at == 0:
                outcomes.append(self._first_link(place, sentence))
            else:
                outcomes.append(_unchecked(*self._open(link.left, link.right)))
        if len(outcomes) > 1 and outcomes[0].status is Status.UNCHECKED and self._names(place, sentence):
            outcomes = outcomes[1:]
        return _combine(outcomes)

    def _identity(self, place: int, at: int) -> Identity | None:
        """The identity of textbooks that a relation of a statement is."""
        statements = self.presentation.statements
        if place >= len(statements) or at + 1 >= len(statements[place].sides):
            return None
        if statements[place].operators[at] not in EXACT:
            return None
        return known_identity(self.passage, *statements[place].sides[at : at + 2])

    def _moment(self, place: int) -> Moment | None:
        """What the left side asks of a law that is named nearby."""
        statements = self.presentation.statements
        if place >= len(statements) or not set(statements[place].operators) <= EXACT:
            return None
        return moment_of(self.passage, statements[place].sides[0])

    def _wrong(self, moment: Moment, side: Side) -> _Outcome | None:
        """What is not the moment that it is said to be."""
        counterexample = moment.contradicts(side.expr) if side.expr is not None else None
        if counterexample is None:
            return None
        finding = rule("SC206").finding(
            self.passage.file,
            self.passage.fragment,
            start=side.span.start,
            end=side.span.end,
            expected=to_latex(moment.values[0]),
            counterexample=counterexample,
            values={"moment": moment.name},
        )
        return _Outcome(Status.ERRATA, findings=(finding,))

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

    def _sides_differ(self, place: int, link: Link, counterexample: str | None) -> _Outcome:
        text = self.passage.latex
        shown = text[link.span.start : link.span.end]
        expected = nearest_line(self._tokens(place), SLIPS)
        if expected is None and isinstance(link.left.expr, Partial):
            worked = worked_derivative(*link.left.expr.args)
            if worked is not None:
                left = text[link.left.span.start : link.left.span.end]
                expected = f"{left} = {to_latex(worked)}"
        finding = rule("SC201").finding(
            self.passage.file,
            self.passage.fragment,
            start=link.span.start,
            end=link.span.end,
            expected=expected,
            counterexample=counterexample,
            values={"relation": shown if len(shown) < 80 else "this relation"},
        )
        return _Outcome(Status.ERRATA, findings=(finding,))

    def _defines(self, place: int, sentence: Sentence) -> bool:
        """Whether the first relation may define the name on its left: unless the right side speaks of
        other quantities by name, as ``H(p) + D_KL(p || q)`` does."""
        side = sentence.sides[0]
        head = side.head
        if head is None or not plain(head) or (side.expr is not None and side.expr.has(Partial)):
            return False
        statement = self.presentation.statements[place] if place < len(self.presentation.statements) else None
        if statement is None or len(statement.sides) < 2:
            return True
        called = called_names(self.passage.latex, statement.sides[1])
        speaking = (name for name in called if len(name) > 1 or name.isupper())  # unlike p(x) and f(x)
        known = [name for name in speaking if name in head_owners() and name != head.name]
        return not (known and any(map(telling, (head.name, *known))))

    def _proved(self, sentence: Sentence | None) -> _Outcome:
        """``verified``, or ``matched`` if what was proved is the catalog's definition itself."""
        for head, expr in definitions(sentence) if sentence is not None else ():
            found = match(Definition(expr, head), self._named(head))
            if isinstance(found, Match):
                definition = difference(found.form.expr, expr) == 0
                return _Outcome(Status.MATCHED if definition else Status.VERIFIED, found.form.formula.id)
        return _Outcome(Status.VERIFIED)

    def _first_link(self, place: int, sentence: Sentence) -> _Outcome:
        """``name = expression``, or an approximation of what the words name."""
        link = next(sentence.links())
        for head, expr in definitions(sentence):
            named = self._named(head)
            if named:
                given = Definition(expr, head, self._tokens(place))
                # beside the formula of a cell, letters are explained
                aside = bool(self.passage.row) and not self.passage.fills_cell and not telling(head.name)
                # of independent variables, of disjoint events other rules hold
                other = head.name in CHANCE and particular(self.passage)
                outcome = self._definition(given, named, convict=not (aside or other))
                if outcome.status is not Status.UNCHECKED:
                    return outcome
        if link.operator in ("~~", "approx") and link.left.expr is not None and link.right.expr is not None:
            firm = [c for c in self.candidates if c.strength >= Strength.FIRM]
            given = Definition(link.left.expr, None, self._tokens(place))
            exact = match(given, firm)
            if isinstance(exact, Match):
                variants = [
                    Candidate(f, Strength.LOOSE, "")
                    for f in catalog().values()
                    if f.id.startswith(exact.form.formula.id + "_")
                ]
                if isinstance(match(Definition(link.right.expr), variants), Match):
                    return _Outcome(Status.MATCHED, exact.form.formula.id)
            elif isinstance(exact, Mismatch) and self.column is Column.DEFINITION:
                return self._differs(given, exact)
        return _unchecked(*self._open(link.left, link.right))

    def _named(self, head: Head) -> list[Candidate]:
        """Which entries ``head = ...`` can define: the name on the left and the words have to agree."""
        sure = telling(head.name)
        owners = head_owners().get(head.name, ())
        if sure and not owners:
            owners = tuple(f.id for f in named_by(head.name))
        strength = Strength.FIRM if sure else Strength.LOOSE
        meant = (c for c in self.candidates if c.formula.id in owners)
        agreeing = [replace(c, strength=max(c.strength, strength)) for c in meant]
        others = [Candidate(catalog()[o], strength, head.name) for o in owners]
        if agreeing or not owners:
            return agreeing or self.candidates
        # a letter is used for many things, a telling name for one
        return others if sure else [*self.candidates, *others]

    def _open(self, *sides: Side) -> tuple[Reason, str]:
        for side in sides:
            if side.not_read is not None:
                return _why(side.not_read)
        return Reason.THEORY, "neither proved nor refuted"

    # derivatives

    def _derivative(self, sentence: Sentence) -> _Outcome | None:
        value = sentence.sides[0].expr
        if value is None:
            return _unchecked(*_why(sentence.sides[0].not_read))
        if not self.passage.fills_cell:
            return _unchecked(Reason.PROSE, "a part of what the cell says")
        function = row_function(self.passage, self.context, self.candidates)
        if function is None:
            return None
        claims = list(derivative_claims(function, value))
        decisions = [claim.decide(self.given) for claim in claims]
        formula = function.formula.id if function.formula is not None else None
        for decision in decisions:
            if decision.verdict is Verdict.PROVED:
                return _Outcome(Status.VERIFIED, formula)
        for decision in decisions:
            if decision.verdict is Verdict.CONDITIONAL:
                return self._conditional(_in_dollars(decision.conditions), formula)
        if claims and all(d.verdict is Verdict.REFUTED for d in decisions):
            finding = rule("SC203").finding(
                self.passage.file,
                self.passage.fragment,
                expected=expected_derivative(claims[0], function, self.context),
                counterexample=decisions[0].counterexample,
                formula=formula,
                values={"function": self.passage.row_label or "the function of this row"},
            )
            return _Outcome(Status.ERRATA, formula, findings=(finding,))
        return _unchecked(Reason.THEORY, "neither proved nor refuted as the derivative")

    def _conditional(self, words: str, formula: str | None) -> _Outcome:
        """True under conditions, given in words, which the document does not state."""
        finding = rule("SC401").finding(
            self.passage.file, self.passage.fragment, formula=formula, values={"conditions": words}
        )
        return _Outcome(Status.CONDITIONAL, formula, findings=(finding,))


def _in_dollars(conditions: Sequence[sp.Basic]) -> str:
    return " and ".join(f"${to_latex(c)}$" for c in conditions)


def _unchecked(reason: Reason, detail: str = "") -> _Outcome:
    return _Outcome(Status.UNCHECKED, None, reason, detail)


def _combine(outcomes: Sequence[_Outcome]) -> _Outcome:
    """One outcome for several: the worst, with all findings; a match outranks a proof beside it."""
    order = [Status.ERRATA, Status.UNCHECKED, Status.CONDITIONAL, Status.MATCHED, Status.VERIFIED]
    worst = min(outcomes, key=lambda o: order.index(o.status))
    formula = worst.formula or next((o.formula for o in outcomes if o.formula is not None), None)
    findings = tuple(dict.fromkeys(f for o in outcomes for f in o.findings))
    return replace(worst, formula=formula, findings=findings)


def _together(outcomes: Sequence[_Outcome]) -> Judgement:
    if not outcomes:
        return unchecked(Reason.PROSE, "declares symbols")
    whole = _combine(outcomes)
    if whole.status is Status.UNCHECKED:
        return Judgement(
            status=Status.UNCHECKED,
            reason=whole.reason,
            detail=whole.detail,
            formula=None,
            findings=whole.findings,
        )
    return Judgement(status=whole.status, formula=whole.formula, findings=whole.findings)


__all__ = ["judge"]
