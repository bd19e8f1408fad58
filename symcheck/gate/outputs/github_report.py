"""Workflow commands of GitHub Actions, which become annotations at the lines of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from symcheck.gate.model import Finding, Report
from symcheck.gate.outputs.printable import plain


def _data(text: str) -> str:
    shown = plain(text.replace("\r\n", "\n").replace("\r", "\n"))
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _one(finding: Finding) -> str:
    where = {
        "file": finding.file,
        "line": str(finding.line),
        "endLine": str(finding.end_line),
        "col": str(finding.column),
        "endColumn": str(finding.end_column),
        "title": f"{finding.rule} (symcheck)",
    }
    lines = [finding.message, finding.latex]
    if finding.expected is not None:
        lines.append(f"expected: {finding.expected}")
    if finding.counterexample is not None:
        lines.append(f"counterexample: {finding.counterexample}")
    properties = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    return f"::{finding.severity.value} {properties}::{_data(chr(10).join(lines))}"


def render_github(report: Report) -> str:
    out = [_one(finding) for finding in report.findings]
    for error in report.errors:
        place = f",line={error.line}" if error.line is not None else ""
        place += f",col={error.column}" if error.column is not None else ""
        out.append(f"::error file={_property(error.file)}{place},title=symcheck::{_data(error.message)}")
    out += [f"::error title=symcheck::{_data(defect)}" for defect in report.defects]
    out.append(
        f"{len(report.formulas)} formulas in {len(report.files)} files, {len(report.findings)} findings"
    )
    return "\n".join(out) + "\n"
