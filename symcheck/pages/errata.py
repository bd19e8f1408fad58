"""``docs/errata.md``: what of the sheet is wrong, incomplete or does not render, from the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formulas.catalog import claims
from formulas.schema import Claim, Formula, Verdict
from formulas.sheet import SAID, Kind
from symcheck.judge import Judgement, conditions_latex, statement_latex

INTRODUCTION = """\
# Errata of the sheet

This page is written by `symcheck docs` from the verdicts of the catalog; a test compares them. It lists the
lines of the cheatsheet that `formulas/` was made from which are wrong, which are right only under a
condition that they do not state, and which do not render as meant. Each has its counterexample, which
anyone can check by hand, and what is true instead, which is proved. What the catalog holds of the sheet
otherwise is proved as it stands; `formulas/sheet.py` says line by line what was made of the rest.
"""
QUIET = "<!-- symcheck: ignore -->"


@dataclass(frozen=True)
class Erratum:
    """One finding: where, of which claim, and what its judgement says."""

    lines: tuple[int, ...]
    judgement: Judgement


def subjects() -> list[tuple[tuple[int, ...], Formula, Claim]]:
    """The claims that the sheet makes and that the catalog does not expect to be proved as they stand."""
    out = []
    said = {name: s.lines for s in SAID for name in s.claims}
    for formula, claim in claims():
        name = f"{formula.id}/{claim.name}"
        lines = said.get(name) or (formula.source.lines if claim.printed and formula.source else ())
        if lines and claim.expected is not Verdict.PROVED:
            out.append((lines, formula, claim))
    return sorted(out, key=lambda row: row[0])


def errata(judged: Sequence[tuple[tuple[int, ...], Judgement]]) -> str:
    """The page.  Raises ``ValueError`` if a verdict is not the expected one: then nothing can be written."""
    for _, j in judged:
        if not j.holds:
            raise ValueError(f"{j.id} is {j.verdict.value}, expected {j.claim.expected.value}")
    found = [Erratum(lines, j) for lines, j in judged]
    wrong = [e for e in found if e.judgement.verdict is Verdict.REFUTED]
    incomplete = [e for e in found if e.judgement.verdict is Verdict.CONDITIONAL]
    rendering = [s for s in SAID if s.kind is Kind.RENDERING]
    out = [
        INTRODUCTION,
        f"{len(wrong)} wrong, {len(incomplete)} incomplete, {len(rendering)} not rendered as meant.\n",
    ]
    for title, group in (("Wrong", wrong), ("Right under a condition", incomplete)):
        out.append(f"## {title}\n")
        for e in group:
            out += _entry(e)
    out.append("## Not rendered as meant\n")
    out += [f"- {_where(s.lines)}: {s.why} (rule [{s.rule}](rules/{s.rule}.md))." for s in rendering]
    return "\n".join(out).rstrip() + "\n"


def _entry(e: Erratum) -> Iterator[str]:
    j = e.judgement
    yield f"### {_where(e.lines)}: {j.formula.title}\n"
    source = j.formula.source
    if source is not None and source.lines == e.lines:
        yield "Printed: " + ", ".join(f"`{p.strip('$')}`" for p in source.printed) + ". As a claim:\n"
    yield f"{QUIET}\n\n$$\n{statement_latex(j.claim)}\n$$\n"
    if j.claim.note:
        yield f"{j.claim.note}\n"
    needed = conditions_latex(j.claim)
    if needed:
        yield "It needs\n"
        for condition in needed:
            yield f"{QUIET}\n\n$$\n{condition}\n$$\n"
        yield f"and without: `{j.counterexample}`.\n"
    else:
        yield f"Counterexample: `{j.counterexample}`.\n"
    if j.claim.corrected_by is not None:
        right = j.formula.claim(j.claim.corrected_by)
        yield f"What is true (`{j.formula.id}/{right.name}`):\n"
        yield f"{QUIET}\n\n$$\n{statement_latex(right)}\n$$\n"
        if right.note:
            yield f"{right.note}\n"


def _where(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]}"
    return "Lines " + ", ".join(map(str, lines))
