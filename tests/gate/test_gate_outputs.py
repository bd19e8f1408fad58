"""SARIF, JUnit XML and GitHub annotations: valid, complete, and safe with any text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from symcheck.gate.command import check
from symcheck.gate.documents import DocumentError
from symcheck.gate.model import Finding, Report, Severity
from symcheck.gate.outputs import FORMATS, render_github, render_junit, render_sarif, render_text
from symcheck.gate.outputs.printable import on_one_line, printable
from symcheck.gate.rules import rules
from symcheck.gate.run import check_text

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json").read_text())
TEXT = (
    "| Function | Formula | Derivative |\n|---|---|---|\n| Tanh | $\\tanh(x)$ | $1 + \\tanh^2(x)$ |\n\n"
    "$$\\frac{1}{2$$ and $x$ and\n\n<!-- symcheck: ignroe -->\n\n"
    "| norm | formula |\n|---|---|\n| sum | $\\sum_i |a_i|$ |\n"
)


@pytest.fixture(scope="module")
def report() -> Report:
    found = check_text(TEXT, file="docs/a b,c:d.md")
    assert len(found.findings) == 4 and {f.severity for f in found.findings} == {Severity.ERROR}
    warning = replace(found.findings[0], severity=Severity.WARNING, rule="SC401")
    return replace(
        found,
        findings=(*found.findings, warning),
        errors=(DocumentError("docs/x.md", "byte 0xff is not UTF-8", line=3, column=2),),
        defects=("a.md:1:1: proved and refuted",),
    )


def test_sarif_is_valid_and_complete(report: Report) -> None:
    data = json.loads(render_sarif(report))
    Draft4Validator.check_schema(SCHEMA)
    Draft4Validator(SCHEMA).validate(data)
    (run,) = data["runs"]
    described = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert described == list(rules())
    assert [r["ruleId"] for r in run["results"]] == [f.rule for f in report.findings]
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert described[result["ruleIndex"]] == finding.rule
        assert result["level"] == finding.severity.value
        place = result["locations"][0]["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]) == finding.file
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) == (finding.line, finding.column)
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notices) == 2 and run["invocations"][0]["executionSuccessful"] is False
    assert notices[0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 2}


def test_the_schema_refuses_what_is_wrong(report: Report) -> None:
    data = json.loads(render_sarif(report))
    data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not Draft4Validator(SCHEMA).is_valid(data)


def test_a_fingerprint_does_not_depend_on_the_line() -> None:
    def prints(text: str) -> list[str]:
        data = json.loads(render_sarif(check_text(text, file="a.md")))
        return [r["partialFingerprints"]["symcheckFinding/v1"] for r in data["runs"][0]["results"]]

    assert prints(TEXT) == prints("One more line.\n\n" + TEXT)
    assert len(set(prints(TEXT))) == 4


def test_junit_counts_and_places(report: Report) -> None:
    root = ElementTree.fromstring(render_junit(report))
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"docs/a b,c:d.md", "docs/x.md", "symcheck"}
    suite = suites["docs/a b,c:d.md"]
    failures = [case for case in suite if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failures)) == "4"
    assert int(suite.get("tests", "0")) == len(suite)
    unchecked = sum(c.judgement.reason is not None for c in report.formulas)
    assert suite.get("skipped") == str(unchecked)
    assert {f.get("type") for f in suite.iter("failure")} == {"SC101", "SC104", "SC190", "SC203"}
    assert suites["docs/x.md"].get("errors") == "1" == suites["symcheck"].get("errors")
    empty = ElementTree.fromstring(render_junit(Report(files=("a.md",), formulas=(), findings=())))
    assert [case.get("name") for case in empty.iter("testcase")] == ["no formulas"]


def test_github_annotations(report: Report) -> None:
    lines = render_github(report).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == len(report.findings) + 2 == len(lines) - 1
    first = commands[0]
    assert first.startswith("::error file=docs/a b%2Cc%3Ad.md,line=3,endLine=3,col=")
    assert "title=SC203 (symcheck)::this is not the derivative of Tanh%0A1 + " in first
    assert "%0Aexpected: " in first and commands[4].startswith("::warning ")
    assert commands[5] == "::error file=docs/x.md,line=3,col=2,title=symcheck::byte 0xff is not UTF-8"


ANY = st.text(max_size=30)


@given(file=ANY.filter(bool), message=ANY, latex=ANY, offset=st.integers(0, 40), expected=st.none() | ANY)
@settings(max_examples=100, deadline=None)
def test_any_text_stays_inside_its_place(
    file: str, message: str, latex: str, offset: int, expected: str | None
) -> None:
    finding = Finding(
        file=file, line=1, column=1, end_line=1, end_column=2, rule="SC201", severity=Severity.ERROR,
        message=message, latex=latex, offset=min(offset, len(latex)), expected=expected,
    )  # fmt: skip
    report = Report(files=(file,), formulas=(), findings=(finding,))
    data = json.loads(render_sarif(report))
    assert Draft4Validator(SCHEMA).is_valid(data)
    assert len(list(ElementTree.fromstring(render_junit(report)).iter("failure"))) == 1
    commands = [line for line in re.split(r"[\r\n]+", render_github(report)) if line.startswith("::")]
    assert len(commands) == 1
    text = render_text(report)
    assert text and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))]


@pytest.mark.parametrize(
    "latex", ["\\frac{1}{2 \x1b[2J\x07", "a = {b\n::stop-commands::x\n}{", "::add-mask::{x"]
)
def test_formulas_and_names_give_no_orders_to_terminal_or_runner(latex: str, tmp_path: Path) -> None:
    (tmp_path / "::error::x.md").write_text(f"$$\n{latex}\n$$\n")
    (tmp_path / "c\n::error file=x::hello.md").write_bytes(b"\xff")
    for form in ("text", "github"):
        done = CliRunner().invoke(check, [str(tmp_path), "--no-cache", "--format", form])
        assert done.exit_code == 2
        seen = done.stdout if form == "text" else ""
        for line in (seen + done.stderr).splitlines():
            assert not line.lstrip().startswith("::") and not re.search(r"[\x00-\x1f\x7f-\x9f]", line)


@pytest.mark.parametrize(
    "control", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800"]
)
def test_a_control_character_shows(control: str) -> None:
    """Escapes, and what turns or hides text, so that a line reads otherwise than it is."""
    assert printable(f"a{control}b\n") == on_one_line(f"a{control}b") + "\n" == "a\ufffdb\n"


def test_every_format_is_offered() -> None:
    assert list(FORMATS) == ["text", "json", "sarif", "junit", "github"]
