"""``docs/cheatsheet.md``: our own sheet, from the catalog alone: definitions, and what is true of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

from formulas.catalog import catalog
from formulas.schema import Claim, Formula, Verdict
from symcheck.judge import conditions_latex, facts_latex, statement_latex
from symcheck.pages.errata import QUIET
from symcheck.terms.lower import Lowering, NotInTheory
from symcheck.terms.printing import latex, letters

INTRODUCTION = """\
# Mathematics of machine learning

This sheet is written by `symcheck docs` from the catalog; a test compares them. Every statement on it is
proved for symbolic sizes, with what it needs said beside it. `symcheck show ID` prints the proof.

To read it: $\\delta_{ij}$ is 1 for equal indices and 0 otherwise; $\\sigma$ of a number is the logistic
function, $\\varphi$ and $\\Phi$ are density and distribution function of the standard normal law, $\\log$ is
the natural logarithm; a sum without bounds is over the whole axis, and $\\partial_k f$ is the derivative by
entry k. An index that stands in a condition alone takes all its values there, unless "for one" is said.
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
LONGEST, LONGEST_PRINTED = 180, 400
"""Statements whose LaTeX is longer are left to ``symcheck show``; more is given to those of other sheets."""
PROPER = {
    "cauchy": "Cauchy", "schwarz": "Schwarz", "euclidean": "Euclidean", "gram": "Gram",
    "jacobian": "Jacobian", "hessian": "Hessian", "gaussian": "Gaussian", "lagrange": "Lagrange",
    "hellinger": "Hellinger",
    "laplace": "Laplace", "laplacian": "Laplacian",
    "xavier": "Xavier", "adam": "Adam", "relu": "ReLU",
    "relus": "ReLUs", "silu": "SiLU", "gelu": "GELU", "mse": "MSE", "mle": "MLE", "clip": "CLIP",
    "int8": "INT8", "int4": "INT4",
}  # fmt: skip
"""Words of the names of claims that are not written small."""


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
    fits = [c for c in first if len(statement_latex(c)) <= LONGEST_PRINTED]
    fits += [c for c in rest if len(statement_latex(c)) <= LONGEST]
    return fits[:MOST_CLAIMS]


def _says_nothing(claim: Claim) -> bool:
    """Whether both sides are written alike, as those of a law of commutation are, or what is claimed is also
    what is given, as the mean of a law that is defined by it."""
    told = statement_latex(claim)
    left, _, right = told.partition(" = ")
    bare = re.sub(r"_(\w|{\w})(?!\w)", "_", told)
    return left == right or bare in {re.sub(r"_(\w|{\w})(?!\w)", "_", f) for f in facts_latex(claim)}


def _definition(formula: Formula) -> str:
    d = formula.definition
    try:
        name = d.latex
        if d.indices and not any(str(i) in name for i in d.indices):
            whole = name if name.isalpha() and len(name) == 1 else rf"\left({name}\right)"
            name = f"{whole}_{{{''.join(map(str, d.indices))}}}"
        value = Lowering.of(d.expr)(d.expr)
        return f"{name} = {latex(value, letters(value) | _letters_of(name))}"
    except NotInTheory:
        return d.latex


def _letters_of(name: str) -> frozenset[str]:
    """The single letters in LaTeX, which a sum beside it should not run over."""
    words = re.sub(r"\\(text|operatorname|mathrm){[^{}]*}|\\[A-Za-z]+", " ", name)
    return frozenset(re.findall("[A-Za-z]", words))


def _words(claim: Claim) -> str:
    first, *others = (PROPER.get(w, w) for w in claim.name.split("_"))
    return " ".join((first[0].upper() + first[1:], *others)).replace("Cauchy Schwarz", "Cauchy-Schwarz") + ":"


def _where(claim: Claim) -> str:
    given = [*facts_latex(claim), *conditions_latex(claim)]
    if not given:
        return ""
    return ", where " + ", ".join(f"{QUIET} ${g}$" for g in dict.fromkeys(given))
