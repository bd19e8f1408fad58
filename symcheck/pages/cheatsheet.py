"""``docs/cheatsheet.md``: our own sheet, from the catalog alone: definitions, and what is true of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from formulas.catalog import catalog
from formulas.schema import Claim, Formula, Verdict
from symcheck.judge import conditions_latex, facts_latex, statement_latex
from symcheck.pages.errata import QUIET
from symcheck.terms.lower import Lowering, NotInTheory
from symcheck.terms.printing import latex

INTRODUCTION = """\
# Mathematics of machine learning

This sheet is written by `symcheck docs` from the catalog; a test compares them. Every statement on it is
proved for symbolic sizes, with what it needs said beside it. `symcheck show ID` prints the proof.
"""
SECTIONS = {
    1: "Linear algebra", 2: "Calculus", 3: "Probability and statistics", 4: "Activations", 5: "Losses",
    6: "Optimisation", 7: "Normalisation", 8: "Attention", 9: "Language models", 10: "Information theory",
    11: "Embeddings and similarity", 12: "Generative models", 13: "Alignment", 14: "Backpropagation",
    15: "Particular models", 16: "PyTorch", 17: "Numbers",
}  # fmt: skip
MOST_CLAIMS = 6
STATED = "<!-- symcheck: ignore=SC401 -->"
"""The gate does not read what follows "where" as a hypothesis, and would miss it."""
LONGEST = 180
"""Statements whose LaTeX is longer are left to ``symcheck show``."""


def cheatsheet() -> str:
    """The page."""
    out = [INTRODUCTION]
    section = 0
    for formula in sorted(catalog().values(), key=_place):
        if formula.section != section:
            section = formula.section
            out.append(f"## {section} {SECTIONS[section]}\n")
        out += _entry(formula)
    return "\n".join(out).rstrip() + "\n"


def _place(formula: Formula) -> tuple[int, float]:
    """In the order of the sheet, what it does not have at the end of each section."""
    return formula.section, formula.source.lines[0] if formula.source else inf


def _entry(formula: Formula) -> Iterator[str]:
    yield f"### {formula.title}\n"
    yield f"$$\n{_definition(formula)}\n$$\n"
    chosen = shown(formula)
    for claim in chosen:
        where = _where(claim)
        quiet = f"{STATED} " if where else ""
        yield f"- {_words(claim)} {quiet}${statement_latex(claim)}${where}"
    rest = sum(c.expected is Verdict.PROVED for c in formula.claims) - len(chosen)
    if chosen:
        yield ""
    more = f"; {rest} more {'is' if rest == 1 else 'are'} proved" if rest > 0 else ""
    yield f"`{formula.id}`{more}.\n"


def shown(formula: Formula) -> list[Claim]:
    """What the sheet prints of it first: the lines that are right as printed, what takes the place of wrong
    ones, and then others that are short."""
    corrections = {c.corrected_by for c in formula.claims if c.printed}
    proved = [c for c in formula.claims if c.expected is Verdict.PROVED and not _says_nothing(c)]
    first = [c for c in proved if c.printed or c.name in corrections]
    rest = [c for c in proved if c not in first]
    fits = [c for c in (*first, *rest) if len(statement_latex(c)) <= LONGEST]
    return fits[:MOST_CLAIMS]


def _says_nothing(claim: Claim) -> bool:
    """Whether both sides are written alike, as those of a law of commutation are."""
    left, _, right = statement_latex(claim).partition(" = ")
    return left == right


def _definition(formula: Formula) -> str:
    d = formula.definition
    try:
        name = d.latex
        if d.indices and not any(str(i) in name for i in d.indices):
            whole = name if name.isalpha() and len(name) == 1 else rf"\left({name}\right)"
            name = f"{whole}_{{{''.join(map(str, d.indices))}}}"
        return f"{name} = {latex(Lowering.of(d.expr)(d.expr))}"
    except NotInTheory:
        return d.latex


def _words(claim: Claim) -> str:
    return claim.name.replace("_", " ").capitalize() + ":"


def _where(claim: Claim) -> str:
    given = [*facts_latex(claim), *conditions_latex(claim)]
    if not given:
        return ""
    return ", where " + ", ".join(f"{QUIET} ${g}$" for g in dict.fromkeys(given))
