"""What stands on the page as it stands in the catalog, letter by letter, and what the catalog says of it.

The catalog keeps lines as they were printed, with claims of them that were judged.  A statement of a document
that is such a line, token for token but for spacing, gets what was found of the line: it is ``matched``, true
under conditions, or wrong with a counterexample.  A line that is a sentence around formulas is recognised by
its words, too; one without any formula is found in the text itself (``sentences``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache

from formulas.catalog import catalog
from formulas.schema import Claim, Formula, Verdict
from symcheck.gate.documents import Passage
from symcheck.gate.identify import Candidate
from symcheck.judge import conditions_latex, judge
from symcheck.latex import parse
from symcheck.latex.tree import Node, Number, Statement, Symbol, children, walk

_FORMULA = re.compile(r"\$([^$]+)\$")
_WORD = re.compile(r"[^\W\d_]{3,}")
TELLING = 6
"""Nodes from which on a statement speaks for itself; a shorter one needs words that name the entry."""


@dataclass(frozen=True)
class Line:
    """A printed line of an entry, and the claims that were made of it.

    ``size`` counts the nodes of the statement; ``words`` stand around it.  Of the statements of one sentence
    the longest has the ``claims``, the others have none.  ``bars``: it is printed with double bars, so that
    what is said of it need not hold of single ones.
    """

    formula: Formula
    claims: tuple[Claim, ...]
    size: int
    words: frozenset[str] = frozenset()
    bars: bool = False

    @property
    def wrong(self) -> Claim | None:
        """A claim of the line that is refuted."""
        return next((c for c in self.claims if c.expected is Verdict.REFUTED), None)

    @property
    def incomplete(self) -> Claim | None:
        """A claim of the line that holds under conditions only."""
        return next((c for c in self.claims if c.expected is Verdict.CONDITIONAL), None)


def line_of(statement: Statement, passage: Passage, candidates: Sequence[Candidate]) -> Line | None:
    """The catalog's line that ``statement`` is, where it stands."""
    found = _lines().get(text_of_statement(statement), ())
    if not found:
        return None
    named = {c.formula.id for c in candidates}
    around = words_of(" ".join([passage.before, passage.after, *(cell.text for cell in passage.row)]))
    for line in found:
        if line.words <= around if line.words else line.size >= TELLING or line.formula.id in named:
            other = line.bars and "\\|" not in passage.fragment.source
            return replace(line, claims=()) if other else line
    return None


def states_conditions(claim: Claim, passage: Passage) -> bool:
    """Whether the words and formulas around a line state what ``claim`` needs beyond it."""
    near = [*passage.headings[-1:], passage.label or "", passage.before, passage.after, passage.following]
    near += [part for cell in passage.row for part in (cell.header, cell.text, *cell.latex)]
    text = _plain(" ".join(near))
    return any(_plain(words) in text for words in claim.stated_by)


def conditions(claim: Claim) -> str:
    """What a claim needs beyond its line: in words, if the catalog has them."""
    return claim.needs or " and ".join(f"${c}$" for c in conditions_latex(claim))


def _plain(words: str) -> str:
    return re.sub(r"[\s$\\{}*]|mathbf|boldsymbol", "", words.casefold())


def words_of(text: str) -> frozenset[str]:
    """The words of a text, those of its formulas and short ones aside."""
    return frozenset(_WORD.findall(_FORMULA.sub(" ", text).casefold()))


def sentence(printed: str) -> bool:
    """Whether a printed line is words alone."""
    return "$" not in printed and "\\" not in printed and len(words_of(printed)) > 2


@cache
def parts(formula_id: str) -> frozenset[str]:
    """The texts of all parts of the printed lines of an entry."""
    return frozenset(
        text_of(node)
        for statement, _ in _printed(catalog()[formula_id])
        for side in statement.sides
        for node in walk(side)
    )


@cache
def refutation(formula_id: str, name: str) -> str | None:
    """The counterexample of a refuted claim, found now; ``None`` if it is not refuted after all."""
    formula = catalog()[formula_id]
    found = judge(formula, formula.claim(name))
    return found.counterexample if found.verdict is Verdict.REFUTED else None


@cache
def _lines() -> dict[str, tuple[Line, ...]]:
    found: dict[str, list[Line]] = {}
    for formula in catalog().values():
        for statement, line in _printed(formula):
            found.setdefault(text_of_statement(statement), []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def _printed(formula: Formula) -> Iterator[tuple[Statement, Line]]:
    """The statements that are printed of an entry, each with the claims made of its line."""
    for printed, claims in judged_lines(formula):
        if sentence(printed):
            continue
        inside = _FORMULA.findall(printed)
        words = words_of(printed) if inside else frozenset()
        statements = [s for latex in inside or [printed] for s in parse(latex).statements if s.sides]
        longest = max(statements, key=lambda s: s.span.end - s.span.start) if words else None
        for statement in statements:
            size = sum(1 for side in statement.sides for _ in walk(side))
            about = claims if statement is longest or not words else ()
            yield statement, Line(formula, about, size, words, "\\|" in printed)


def judged_lines(formula: Formula) -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """What is printed of an entry, each with the claims made of it; nothing if it is not said which of the
    printed lines a claim means that does not hold as it stands."""
    if formula.source is None:
        return
    alone = len(formula.source.printed) == 1
    judged = [c for c in formula.claims if c.printed and c.expected is not Verdict.PROVED]
    if not alone and any(not c.says for c in judged):
        return
    for printed in formula.source.printed:
        claims = (c for c in formula.claims if c.printed and (c.says == printed or (alone and not c.says)))
        yield printed, tuple(claims)


def text_of_statement(statement: Statement) -> str:
    """A text by which equal statements are equal."""
    return " ".join([*map(text_of, statement.sides), *statement.operators])


def text_of(node: Node) -> str:
    """A text by which equal parts are equal."""
    if isinstance(node, Symbol):
        return name_of(node)
    if isinstance(node, Number):
        return node.text
    said = [str(v) for f in fields(node) if isinstance(v := getattr(node, f.name), str | int) and v != ""]
    parts = [text_of(c) for c in children(node)]
    joins = [o for f in fields(node) if f.name in ("operators", "signs") for o in getattr(node, f.name)]
    # in the cell of a table a double bar is written like a single one
    return f"{type(node).__name__}({','.join([*said, *parts, *joins])})".replace("||", "|")


def name_of(symbol: Symbol) -> str:
    """A letter with its accents, whatever its style."""
    return symbol.name + "".join(f"^{a}" for a in symbol.accents)
