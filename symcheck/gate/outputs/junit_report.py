"""JUnit XML: a test suite per document, a test case per formula that was decided.

What CI servers show as failures are the findings; a document without findings has one case that passes, a
formula that was not understood is a case that was skipped.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from symcheck.gate.model import Checked, Finding, Report, Status

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _failure(case: ElementTree.Element, finding: Finding) -> None:
    # severities below error are shown, and fail nothing
    tag = "failure" if finding.severity.value == "error" else "system-out"
    lines = [
        f"{finding.file}:{finding.line}:{finding.column}: {finding.rule}: {finding.message}",
        finding.latex,
    ]
    if finding.expected is not None:
        lines.append(f"expected: {finding.expected}")
    if finding.counterexample is not None:
        lines.append(f"counterexample: {finding.counterexample}")
    element = ElementTree.SubElement(case, tag)
    if tag == "failure":
        element.set("type", finding.rule)
        element.set("message", _clean(finding.message))
    element.text = _clean("\n".join(lines))


def _case(suite: ElementTree.Element, file: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=_clean(file), name=_clean(name), file=_clean(file)
    )


def _formula(suite: ElementTree.Element, checked: Checked) -> None:
    case = _case(suite, checked.file, f"{checked.line}:{checked.column} {checked.latex[:80]}")
    case.set("line", str(checked.line))
    if checked.judgement.status is Status.UNCHECKED and not checked.judgement.findings:
        reason = checked.judgement.reason
        ElementTree.SubElement(case, "skipped", message=reason.value if reason is not None else "")
    for finding in checked.judgement.findings:
        _failure(case, finding)


def render_junit(report: Report) -> str:
    root = ElementTree.Element("testsuites", name="symcheck", time=f"{report.seconds:.3f}")
    for file in report.files:
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(file))
        shown: set[int] = set()
        for checked in (c for c in report.formulas if c.file == file):
            _formula(suite, checked)
            shown |= {id(f) for f in checked.judgement.findings}
        for finding in report.findings:
            if finding.file == file and id(finding) not in shown:
                _failure(_case(suite, file, f"{finding.line}:{finding.column} {finding.rule}"), finding)
        if not len(suite):
            _case(suite, file, "no formulas")
    for error in report.errors:
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(error.file))
        case = _case(suite, error.file, "reading")
        ElementTree.SubElement(case, "error", message=_clean(error.message)).text = _clean(str(error))
    if report.defects:
        suite = ElementTree.SubElement(root, "testsuite", name="symcheck")
        for defect in report.defects:
            case = _case(suite, "symcheck", defect)
            ElementTree.SubElement(case, "error", message="a defect of symcheck").text = _clean(defect)
    for suite in root:
        cases = list(suite)
        for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
        suite.set("tests", str(len(cases)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
