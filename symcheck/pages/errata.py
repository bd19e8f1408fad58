"""``docs/errata.md``: what of the sheet is wrong, incomplete or does not render, from the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formulas.catalog import claims
from formulas.schema import Claim, Formula, Verdict
from formulas.sheet import SAID, Kind
from symcheck.judge import Judgement, conditions_latex, facts_latex, statement_latex

INTRODUCTION = """\
# Errata of the sheet

What is wrong, incomplete or not shown as meant in the cheatsheet from which `formulas/` was made.
`symcheck docs` writes this page from the verdicts of the catalog, and a test compares them. A counterexample
gives values, which anyone can put in by hand, and the two sides for them; what is true instead is proved, and
`symcheck show` prints the proof. What is not listed is proved as it stands or states nothing:
`formulas/sheet.py` says which, line by line.

That a divisor is not 0, or that a matrix has the inverse which is written, is taken as said by the formula;
it is listed where the other case occurs in use (an event of probability 0, an input of zeros).
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
    said = {name: s.lines for s in SAID if s.kind is Kind.CLAIM for name in s.claims}
    for formula, claim in claims():
        name = f"{formula.id}/{claim.name}"
        printed = formula.source.lines_of(claim.says) if claim.printed and formula.source else ()
        lines = said.get(name) or printed
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
    rendering = sorted((s for s in SAID if s.kind is Kind.RENDERING), key=lambda s: s.lines)
    out = [
        INTRODUCTION,
        f"{len(wrong)} wrong, {len(incomplete)} incomplete, {len(rendering)} not rendered as meant.\n",
    ]
    told: set[str] = set()
    for title, group in (("Wrong", wrong), ("Right under a condition that is not stated", incomplete)):
        out.append(f"## {title}\n")
        for e in group:
            out += _entry(e, told)
    out.append("## Not rendered as meant\n")
    out += [f"- {_where(s.lines)}: {s.why} (rule [{s.rule}](rules/{s.rule}.md))." for s in rendering]
    out.append("\n## Right, and easily misread\n")
    for s in SAID:
        if s.kind is Kind.REMARK:
            shown = f" ({', '.join(f'`{name}`' for name in s.claims)})" if s.claims else ""
            out.append(f"- {_where(s.lines)}: {s.why}{shown}.")
    out.append("\n## States nothing that could be shown\n")
    out += [f"- {_where(s.lines)}: {s.why}." for s in SAID if s.kind is Kind.USE]
    return "\n".join(out).rstrip() + "\n"


def _entry(e: Erratum, told: set[str]) -> Iterator[str]:
    """``told`` has the names of the right statements that stand further up."""
    j = e.judgement
    claim, source = j.claim, j.formula.source
    yield f"### {_where(e.lines)}: {j.formula.title}\n"
    if source is not None and set(e.lines) <= set(source.lines):
        lines = [p for p in source.printed if not claim.says or p == claim.says]
        yield f"Printed: {', '.join(map(_verbatim, lines))}. As a claim:\n"
    else:
        yield "What it says, as a claim:\n"
    yield _formula(statement_latex(claim))
    needed = conditions_latex(claim)
    if given := [f for f in facts_latex(claim) if f not in needed]:
        yield f"where, as the line says or means, {_inline(given)}.\n"
    if claim.note:
        yield f"{claim.note}\n"
    if needed:
        yield f"It needs that {claim.needs}" + ("." if claim.needs.endswith(")") else ":") + "\n"
        yield from map(_formula, needed)
        yield f"Without: `{j.counterexample}`.\n"
    else:
        yield f"Counterexample: `{j.counterexample}`.\n"
    if claim.corrected_by is not None:
        right = j.formula.claim(claim.corrected_by)
        name = f"{j.formula.id}/{right.name}"
        if statement_latex(right) == statement_latex(claim) or name in told:
            yield f"{'As above' if name in told else 'With it, it is proved'} (`{name}`).\n"
            return
        told.add(name)
        yield f"What is true (`{name}`):\n"
        yield _formula(statement_latex(right))
        if given := facts_latex(right):
            yield f"where {_inline(given)}.\n"
        if right.note:
            yield f"{right.note}\n"


def _formula(latex: str) -> str:
    return f"{QUIET}\n\n$$\n{latex}\n$$\n"


def _inline(facts: list[str]) -> str:
    return ", ".join(f"{QUIET} ${f}$" for f in dict.fromkeys(facts))


def _verbatim(printed: str) -> str:
    """What is printed, shown as it is written, dollars of a sentence included."""
    return f"`{printed}`"


def _where(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]}"
    return "Lines " + ", ".join(map(str, lines))
