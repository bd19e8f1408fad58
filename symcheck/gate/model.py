"""What the gate says of a document: a status for each formula, and findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from symcheck.gate.documents import DocumentError, Fragment
from symcheck.latex import Reason


class Status(StrEnum):
    """What became of a formula (``docs/json.md``)."""

    VERIFIED = "verified"
    MATCHED = "matched"
    CONDITIONAL = "conditional"
    ERRATA = "errata"
    UNCHECKED = "unchecked"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to mend.  Lines and columns count from 1, the end lies behind the last character.

    ``latex`` is the whole formula and ``offset`` the place in it where the finding begins; ``expected`` is
    LaTeX too.  ``context`` are the words over it (heading, row), by which a baseline knows it again.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    rule: str
    severity: Severity
    message: str
    latex: str
    offset: int = 0
    expected: str | None = None
    counterexample: str | None = None
    formula: str | None = None
    context: str = ""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the gate says of one formula.

    ``formula`` is the catalog entry it was compared with; ``reason`` is set if, and only if, the
    status is ``unchecked``; ``detail`` says more for people.
    """

    status: Status
    formula: str | None = None
    reason: Reason | None = None
    detail: str = ""
    findings: tuple[Finding, ...] = ()


def unchecked(reason: Reason, detail: str = "", formula: str | None = None) -> Judgement:
    return Judgement(status=Status.UNCHECKED, reason=reason, detail=detail, formula=formula)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A formula of a document, as it is written there, with its judgement.  Line and column count from 1."""

    file: str
    line: int
    column: int
    latex: str
    judgement: Judgement

    @classmethod
    def at(cls, file: str, fragment: Fragment, judgement: Judgement) -> Checked:
        line, column = fragment.start
        return cls(file=file, line=line, column=column, latex=fragment.source, judgement=judgement)


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The outcome of a run over documents.

    ``findings`` holds those of the formulas and those of the documents themselves, in reading order.
    ``errors`` are documents that could not be read; the others were checked all the same.  ``defects``
    are places where the gate itself failed (a disagreement of prover and falsifier, say).  ``known`` findings
    were in the baseline and are not among the ``findings``; ``stale`` entries of it were not found again.
    """

    files: tuple[str, ...]
    formulas: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    errors: tuple[DocumentError, ...] = ()
    defects: tuple[str, ...] = ()
    known: int = 0
    stale: int = 0
    seconds: float = 0.0
    counts: dict[Status, int] = field(init=False)

    def __post_init__(self) -> None:
        counts = dict.fromkeys(Status, 0)
        for checked in self.formulas:
            counts[checked.judgement.status] += 1
        object.__setattr__(self, "counts", counts)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {status.value}" for status, n in self.counts.items() if n)
        formulas, findings = (
            f"{len(items)} {word}{'s' * (len(items) != 1)}"
            for items, word in ((self.formulas, "formula"), (self.findings, "finding"))
        )
        return f"<Report: {formulas} ({counts or 'none'}), {findings}>"

    def _repr_markdown_(self) -> str:
        from symcheck.display import report_markdown

        return report_markdown(self)

    def exit_code(self, fail_on: Severity = Severity.ERROR) -> int:
        """0 clean, 1 findings at or above ``fail_on``, 2 if a document could not be read, none was, or
        symcheck itself failed on a formula: then no result can be called clean."""
        if self.errors or not self.files or self.defects:
            return 2
        severities = {Severity.ERROR, fail_on}
        return 1 if any(f.severity in severities for f in self.findings) else 0
