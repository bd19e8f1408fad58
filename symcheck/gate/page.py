"""What stands on the page as it stands in the catalog, letter by letter, and what the catalog says of it.

The catalog keeps lines as they were printed, with claims of them that were judged.  A statement of a document
that is such a line, token for token but for spacing, gets what was found of the line: it is ``matched``, true
under conditions, or wrong with a counterexample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

from formulas.catalog import catalog
from formulas.schema import Claim, Formula, Verdict
from symcheck.gate.identify import Candidate
from symcheck.judge import judge
from symcheck.latex import parse
from symcheck.latex.tree import Node, Number, Statement, Symbol, children, walk

_MATH = re.compile(r"\$([^$]+)\$")
TELLING = 6
"""Nodes from which on a statement speaks for itself; a shorter one needs words that name the entry."""


@dataclass(frozen=True)
class Line:
    """A printed line of an entry, and the claims that were made of it."""

    formula: Formula
    claims: tuple[Claim, ...]
    size: int

    @property
    def wrong(self) -> Claim | None:
        """A claim of the line that is refuted."""
        return next((c for c in self.claims if c.expected is Verdict.REFUTED), None)

    @property
    def incomplete(self) -> Claim | None:
        """A claim of the line that holds under conditions only."""
        return next((c for c in self.claims if c.expected is Verdict.CONDITIONAL), None)


def line_of(statement: Statement, candidates: Sequence[Candidate]) -> Line | None:
    """The catalog's line that ``statement`` is."""
    named = {c.formula.id for c in candidates}
    for line in _lines().get(text_of_statement(statement), ()):
        if line.size >= TELLING or line.formula.id in named:
            return line
    return None


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
        for statement, claims in _printed(formula):
            if statement.sides:
                size = sum(1 for side in statement.sides for _ in walk(side))
                found.setdefault(text_of_statement(statement), []).append(Line(formula, claims, size))
    return {key: tuple(lines) for key, lines in found.items()}


def _printed(formula: Formula) -> Iterator[tuple[Statement, tuple[Claim, ...]]]:
    """The statements that are printed of an entry, each with the claims made of its line."""
    if formula.source is None:
        return
    alone = len(formula.source.printed) == 1
    judged = [c for c in formula.claims if c.printed and c.expected is not Verdict.PROVED]
    if not alone and any(not c.says for c in judged):
        return  # which of the lines is meant is not said
    for printed in formula.source.printed:
        claims = (c for c in formula.claims if c.printed and (c.says == printed or (alone and not c.says)))
        about = tuple(claims)
        for latex in _MATH.findall(printed) or [printed]:
            for statement in parse(latex).statements:
                yield statement, about


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
