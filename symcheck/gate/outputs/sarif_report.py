"""SARIF 2.1.0, the form in which code-scanning services take findings.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; columns count Unicode code points.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from symcheck.gate.documents import DocumentError
from symcheck.gate.model import Finding, Report
from symcheck.gate.rules import Rule, rules

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning"}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.title.replace("\\", "").split()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"{rule.explanation}\n\nWrong:\n{rule.wrong}\nRight:\n{rule.right}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
    }


def _message(finding: Finding) -> str:
    parts = [finding.message]
    if finding.expected is not None:
        parts.append(f"expected: {finding.expected}")
    if finding.counterexample is not None:
        parts.append(f"counterexample: {finding.counterexample}")
    return "\n".join(parts)


def _result(finding: Finding, order: list[str]) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "snippet": {"text": finding.latex},
    }
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": order.index(finding.rule),
        "level": _LEVELS[finding.severity.value],
        "message": {"text": _message(finding)},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}}
        ],
        # the same finding on another line is the same finding
        "partialFingerprints": {
            "symcheckFinding/v1": hashlib.sha256(
                "\0".join([finding.rule, finding.file, finding.latex, str(finding.offset)]).encode()
            ).hexdigest()
        },
    }
    if finding.formula is not None:
        result["properties"] = {"formula": finding.formula}
    return result


def _where(error: DocumentError) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(error.file)}}
    if error.line is not None:
        column = {} if error.column is None else {"startColumn": error.column}
        place["region"] = {"startLine": error.line, **column}
    return place


def as_sarif(report: Report) -> dict[str, Any]:
    """The report as a SARIF log with one run."""
    order = list(rules())
    notices = [
        {
            "level": "error",
            "message": {"text": str(error)},
            "locations": [{"physicalLocation": _where(error)}],
        }
        for error in report.errors
    ]
    notices += [{"level": "error", "message": {"text": defect}} for defect in report.defects]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "symcheck",
                        "version": version("symcheck"),
                        "rules": [_descriptor(rule) for rule in rules().values()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": not notices, "toolExecutionNotifications": notices}],
                "artifacts": [{"location": {"uri": _uri(file)}} for file in report.files if file != "-"],
                "results": [_result(finding, order) for finding in report.findings],
            }
        ],
    }


def render_sarif(report: Report) -> str:
    return json.dumps(as_sarif(report), ensure_ascii=False, indent=1) + "\n"
