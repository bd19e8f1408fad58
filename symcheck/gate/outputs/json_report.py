"""The published JSON form of a report (``docs/schemas/check.schema.json``)."""

from __future__ import annotations

import json
from typing import Any

from symcheck.gate.model import Finding, Report


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "latex": finding.latex,
        "expected": finding.expected,
        "counterexample": finding.counterexample,
        "formula": finding.formula,
    }


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    formulas = []
    for checked in report.formulas:
        judgement = checked.judgement
        formulas.append(
            {
                "file": checked.file,
                "line": checked.line,
                "column": checked.column,
                "latex": checked.latex,
                "status": judgement.status.value,
                "formula": judgement.formula,
                "reason": judgement.reason.value if judgement.reason is not None else None,
            }
        )
    return {
        "summary": {
            "files": len(report.files),
            "formulas": len(report.formulas),
            **{status.value: count for status, count in report.counts.items()},
            "seconds": round(report.seconds, 3),
        },
        "formulas": formulas,
        "findings": [_finding(f) for f in report.findings],
    }


def render_json(report: Report) -> str:
    """The report as JSON, a formula or a finding a line."""
    members = [f" {json.dumps(name)}: {_listed(value)}" for name, value in as_data(report).items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _listed(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value) + "\n ]"
