"""The page of a document that the gate has looked at: its text, with findings in place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from symcheck.gate.model import Finding, Report


@dataclass(frozen=True)
class Line:
    """A line of text in pieces, each marked or not, and the findings that begin on it."""

    number: int
    pieces: tuple[tuple[str, bool], ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class DocumentPage:
    name: str
    file: str
    lines: tuple[Line, ...]
    counts: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]


def document_pages(report: Report) -> list[DocumentPage]:
    """A page for each document of a report."""
    return [_page(str(file), report) for file in report.files if str(file) != "-"]


def _page(file: str, report: Report) -> DocumentPage:
    text = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
    findings = tuple(f for f in report.findings if f.file == file)
    statuses = Counter(c.judgement.status.value for c in report.formulas if c.file == file)
    lines = tuple(_line(k, content, findings) for k, content in enumerate(text, start=1))
    name = "-".join(Path(file).parts[-3:]).replace("/", "-").lstrip("-")
    return DocumentPage(file, f"document-{name}.html", lines, tuple(sorted(statuses.items())), findings)


def _line(number: int, text: str, findings: tuple[Finding, ...]) -> Line:
    marks = [False] * len(text)
    for f in findings:
        if f.line <= number <= f.end_line:
            first = f.column - 1 if number == f.line else 0
            last = f.end_column - 1 if number == f.end_line else len(text)
            marks[first:last] = [True] * len(marks[first:last])
    pieces: list[tuple[str, bool]] = []
    for letter, marked in zip(text, marks, strict=True):
        if pieces and pieces[-1][1] == marked:
            pieces[-1] = (pieces[-1][0] + letter, marked)
        else:
            pieces.append((letter, marked))
    return Line(number, tuple(pieces), tuple(f for f in findings if f.line == number))
