"""Results as Markdown with LaTeX, which is what Jupyter shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symcheck.explain import Chain, Passage, explain
from symcheck.gate.model import Finding, Report, Severity
from symcheck.judge import Judgement, conditions_latex, facts_latex, statement_latex
from symcheck.terms.printing import latex

_MARK = {"proved": "✓", "conditional": "✓ under conditions", "refuted": "✗"}


def judgement_markdown(j: Judgement) -> str:
    """One claim: statement, verdict, conditions, counterexample, and the derivation folded away."""
    return "\n\n".join(_judgement(j))


def judgements_markdown(judgements: Iterable[Judgement]) -> str:
    """A table of claims, or the claim itself if there is one."""
    found = list(judgements)
    if len(found) == 1:
        return judgement_markdown(found[0])
    rows = [f"| `{j.id}` | {j.verdict.value} | {_inline(statement_latex(j.claim))} |" for j in found]
    return "\n".join(["| claim | verdict | statement |", "|---|---|---|", *rows])


def report_markdown(report: Report) -> str:
    """What the gate found, and how many formulas have which status."""
    counts = ", ".join(f"{n} {status.value}" for status, n in report.counts.items() if n)
    many = "formula" if len(report.formulas) == 1 else "formulas"
    head = f"{len(report.formulas)} {many}: {counts or 'none'}"
    return "\n\n".join([head, *map(_finding, report.findings)])


def _judgement(j: Judgement) -> Iterator[str]:
    mark = _MARK.get(j.verdict.value, "?")
    yield f"**`{j.id}`** {mark} {j.verdict.value}"
    yield f"$$\n{statement_latex(j.claim)}\n$$"
    given = [*facts_latex(j.claim), *conditions_latex(j.claim)]
    if given:
        yield "where " + ", ".join(map(_inline, dict.fromkeys(given)))
    if j.counterexample:
        label = "without the conditions" if j.verdict.value == "conditional" else "counterexample"
        yield f"{label}: `{j.counterexample}`"
    if j.reason:
        yield j.reason
    if j.proof is not None:
        told = explain(j.proof.derivation, j.proof.statement)
        summary = f"{j.proof.steps} steps, each checked again; rests on: {j.proof.trust}"
        yield f"<details><summary>{summary}</summary>"
        yield from map(_passage, told)
        yield "</details>"


def _passage(passage: Passage) -> str:
    if isinstance(passage.content, str):
        return passage.content
    chain: Chain = passage.content
    title = "" if chain.lemma is None else f"Lemma {chain.lemma}: "
    rows = [rf"& {latex(chain.start)} \\"]
    rows += [rf"=\;& {latex(s.formula)} && \text{{{', '.join(s.by)}}} \\" for s in chain.steps]
    body = "\n".join(rows)
    return f"{title}\n\n$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def _finding(f: Finding) -> str:
    kind = "error" if f.severity is Severity.ERROR else "warning"
    lines = [f"**{f.line}:{f.column} {kind} {f.rule}** {f.message}", f"`{f.latex.strip()}`"]
    if f.expected:
        lines.append(f"expected: {_inline(f.expected)}")
    if f.counterexample:
        lines.append(f"counterexample: `{f.counterexample}`")
    if f.formula:
        lines.append(f"catalog: `{f.formula}`")
    return "  \n".join(lines)


def _inline(formula: str) -> str:
    """LaTeX inside a line or a cell of a table: no bar may stand there."""
    return f"${formula.replace('|', chr(92) + 'vert ')}$"
