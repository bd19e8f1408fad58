"""``pytest --symcheck docs/``: each formula of a document is a test.

It fails where the gate has a finding, passes where the formula was checked, and is skipped, with the
reason, where it was not understood.  Without ``--symcheck`` nothing is imported and nothing is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from symcheck.gate.config import Config
    from symcheck.gate.model import Checked, Finding


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("symcheck")
    group.addoption("--symcheck", action="store_true", help="Check the formulas of documents for errata.")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--symcheck"):
        _config(session.config)  # what is wrong with it is said once, and first


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not parent.config.getoption("--symcheck"):
        return None
    from symcheck.gate.documents import reader_of

    if reader_of(str(file_path)) is None or not _config(parent.config).takes(str(file_path)):
        return None
    collector: pytest.Collector = DocumentFile.from_parent(parent, path=file_path)
    return collector


def _config(config: pytest.Config) -> Config:
    """The configuration of the gate for this run, found from the folder above all arguments."""
    from symcheck.gate.config import ConfigError, find

    if _CONFIG not in config.stash:
        named = [Path(a.split("::")[0]) for a in config.args]
        try:
            config.stash[_CONFIG] = find([p for p in named if p.exists()] or [config.rootpath])
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_CONFIG]


@dataclass
class _Results:
    """What the gate said of each place of each file."""

    formulas: dict[tuple[str, int, int], Checked] = field(default_factory=dict)
    findings: dict[tuple[str, int, int], list[Finding]] = field(default_factory=dict)


_CONFIG = pytest.StashKey["Config"]()
_RESULTS = pytest.StashKey[_Results]()


def _results(session: pytest.Session) -> _Results:
    """All documents of the session, checked together when the first result is asked for."""
    if _RESULTS in session.stash:
        return session.stash[_RESULTS]
    from symcheck.cache.store import Store
    from symcheck.gate.run import check_paths

    files = dict.fromkeys(str(i.path) for i in session.items if isinstance(i, FormulaItem))
    report = check_paths(list(files), config=_config(session.config), store=Store())
    found = _Results()
    for checked in report.formulas:
        found.formulas[checked.file, checked.line, checked.column] = checked
        for finding in checked.judgement.findings:
            if finding in report.findings:  # and not in the baseline
                found.findings.setdefault((checked.file, checked.line, checked.column), []).append(finding)
    shown = {id(f) for fs in found.findings.values() for f in fs}
    for finding in report.findings:
        if id(finding) not in shown and not any(finding in fs for fs in found.findings.values()):
            found.findings.setdefault((finding.file, finding.line, finding.column), []).append(finding)
    session.stash[_RESULTS] = found
    return found


class FindingError(Exception):
    """The gate found something."""


class DocumentFile(pytest.File):
    """A document; its formulas are its tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from symcheck.gate import macro_files
        from symcheck.gate.config import ConfigError
        from symcheck.gate.documents import DocumentError, read_document

        config = _config(self.config)
        try:
            macros = macro_files.read(config.path(name) for name in config.macros)
            document = read_document(str(self.path), macros)
        except (DocumentError, ConfigError) as error:
            raise self.CollectError(str(error)) from None
        ignored = (p for p in document.passages if p.directives.ignore != frozenset())
        places = {p.fragment.start for p in ignored} | {f.fragment.start for f in document.flaws}
        for line, column in sorted(places):
            item: pytest.Item = FormulaItem.from_parent(self, name=f"{line}:{column}", place=(line, column))
            yield item


class FormulaItem(pytest.Item):
    """A formula, or a place at which the document itself is wrong."""

    def __init__(self, *, place: tuple[int, int], **rest: Any) -> None:
        super().__init__(**rest)
        self.place = place
        self.add_marker("symcheck")

    def runtest(self) -> None:
        results = _results(self.session)
        place = (str(self.path), *self.place)
        from symcheck.gate.model import Severity, Status
        from symcheck.gate.outputs.text_report import finding_text

        failing = {Severity.ERROR, _config(self.config).fail_on}
        findings = results.findings.get(place, [])
        if any(f.severity in failing for f in findings):
            raise FindingError("\n".join(finding_text(f) for f in findings))
        for finding in findings:
            self.add_report_section("call", "symcheck", finding_text(finding))
        checked = results.formulas.get(place)
        if checked is not None and checked.judgement.status is Status.UNCHECKED:
            judgement = checked.judgement
            pytest.skip(f"{judgement.reason.value if judgement.reason else 'unchecked'}: {judgement.detail}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, FindingError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.place[0] - 1, f"{self.path.name}:{self.place[0]}:{self.place[1]}"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "symcheck: a formula of a document")
