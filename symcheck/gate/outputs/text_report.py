"""The report for a terminal: each finding with its formula, a caret under the place, what is expected."""

from __future__ import annotations

import re
from collections import Counter

from symcheck.gate.model import Finding, Report, Status
from symcheck.gate.outputs.printable import on_one_line, printable

_WIDTH = 100
_MARGIN = "    "


def _excerpt(finding: Finding) -> list[str]:
    """The line of the formula on which the finding begins, cut to fit, with a caret line below it."""
    begin = finding.latex.rfind("\n", 0, finding.offset) + 1
    end = finding.latex.find("\n", finding.offset)
    line = finding.latex[begin : end if end >= 0 else None]
    at = finding.offset - begin
    one_line = finding.line == finding.end_line
    width = finding.end_column - finding.column if one_line else len(line) - at
    width = max(min(width, len(line) - at), 1)
    if len(line) > _WIDTH:
        start = max(0, min(at - _WIDTH // 4, len(line) - _WIDTH))
        head, tail = "…" * (start > 0), "…" * (start + _WIDTH < len(line))
        line = head + line[start : start + _WIDTH] + tail
        at += len(head) - start
        width = min(width, len(line) - at)
    return [_MARGIN + line, _MARGIN + " " * at + "^" * width]


def _one(finding: Finding) -> list[str]:
    place = f"{on_one_line(finding.file)}:{finding.line}:{finding.column}"
    out = [f"{place}: {finding.severity.value} {finding.rule}: {finding.message}", *_excerpt(finding)]
    if finding.expected is not None:
        out.append(f"{_MARGIN}expected: {finding.expected}")
    if finding.counterexample is not None:
        out.append(f"{_MARGIN}counterexample: {finding.counterexample}")
    if finding.formula is not None:
        out.append(f"{_MARGIN}catalog: {finding.formula}")
    return out


def finding_text(finding: Finding) -> str:
    """One finding with its formula."""
    return printable("\n".join(_one(finding)))


def render_text(report: Report) -> str:
    """Findings, then the counts; the reasons for what was not checked are counted too."""
    out: list[str] = []
    for finding in report.findings:
        out += [*_one(finding), ""]
    files, formulas = len(report.files), len(report.formulas)
    out.append(
        f"{formulas} formula{'s' * (formulas != 1)} in {files} file{'s' * (files != 1)}"
        f" ({report.seconds:.1f} s): " + ", ".join(f"{report.counts[s]} {s.value}" for s in Status)
    )
    reasons = Counter(c.judgement.reason.value for c in report.formulas if c.judgement.reason is not None)
    if reasons:
        out.append("unchecked: " + ", ".join(f"{n} {reason}" for reason, n in reasons.most_common()))
    if report.findings:
        severities = Counter(f.severity.value for f in report.findings)
        out.append(
            "findings: " + ", ".join(f"{n} {s}{'s' * (n != 1)}" for s, n in sorted(severities.items()))
        )
    return printable(re.sub(r"[^\S\n]+\n", "\n", "\n".join(out))) + "\n"
