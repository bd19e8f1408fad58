"""Findings that a project knows of and does not want to hear again: ``--baseline FILE``.

A finding is recognised by its rule, its file, its formula (white space aside) and what stands around it, not
by its line.  Each entry answers for as many findings as it counts, so that a second copy is reported.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symcheck.files import write_whole
from symcheck.gate.config import ConfigError
from symcheck.gate.model import Finding

VERSION = 1


@dataclass(frozen=True)
class Entry:
    """By what a finding is recognised; ``file`` is relative to the folder of the baseline."""

    rule: str
    file: str
    formula: str
    context: str

    @property
    def without_context(self) -> tuple[str, str, str]:
        return self.rule, self.file, self.formula


def _entry(finding: Finding, folder: Path) -> Entry:
    path = os.path.relpath(Path(finding.file).absolute(), folder) if finding.file != "-" else "-"
    formula = re.sub(r"\s+", " ", finding.latex).strip()
    return Entry(finding.rule, Path(path).as_posix(), formula, finding.context)


@dataclass(frozen=True)
class Baseline:
    """The known findings and where they are written down."""

    file: Path
    known: Mapping[Entry, int]

    def new(self, findings: Sequence[Finding]) -> tuple[list[Finding], int]:
        """The findings that are not known, and how many known ones were not found again.

        First those are taken off whose surroundings are the same too, then those that only moved.
        """
        left = Counter(self.known)
        entries = [_entry(f, self.file.parent.absolute()) for f in findings]
        open_ = []
        for at, entry in enumerate(entries):
            if left[entry] > 0:
                left[entry] -= 1
            else:
                open_.append(at)
        moved: Counter[tuple[str, str, str]] = Counter()
        for entry, count in left.items():
            moved[entry.without_context] += count
        fresh = []
        for at in open_:
            if moved[entries[at].without_context] > 0:
                moved[entries[at].without_context] -= 1
            else:
                fresh.append(findings[at])
        return fresh, sum(moved.values())


def read(file: Path) -> Baseline:
    """Raises ``ConfigError`` for a file that is no baseline."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(file, "there is no such baseline; --write-baseline makes it") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(file, f"cannot be read as a baseline: {error}") from None
    if (
        not isinstance(data, dict)
        or data.get("version") != VERSION
        or not isinstance(data.get("findings"), list)
    ):
        raise ConfigError(file, f"is no baseline of version {VERSION}; --write-baseline makes one")
    known: Counter[Entry] = Counter()
    for at, row in enumerate(data["findings"]):
        known[_known(file, at, row)] += row.get("count", 1)
    return Baseline(file, known)


def _known(file: Path, at: int, row: Any) -> Entry:
    names = ("rule", "file", "formula", "context")
    right = isinstance(row, dict) and all(isinstance(row.get(name), str) for name in names)
    count = row.get("count", 1) if isinstance(row, dict) else None
    if not right or not isinstance(count, int) or count < 1:
        raise ConfigError(file, f"entry {at + 1} needs {', '.join(names)} (strings) and a positive count")
    return Entry(*(row[name] for name in names))


def write(file: Path, findings: Iterable[Finding]) -> int:
    """Write a baseline of ``findings``, whole or not at all; returns the number of entries.

    Raises ``ConfigError`` if the file cannot be written.
    """
    folder = file.parent.absolute()
    counted = Counter(_entry(f, folder) for f in findings)
    rows = [
        {"rule": e.rule, "file": e.file, "formula": e.formula, "context": e.context, "count": n}
        for e, n in sorted(counted.items(), key=lambda item: (item[0].file, item[0].rule, item[0].formula))
    ]
    text = json.dumps({"version": VERSION, "findings": rows}, ensure_ascii=False, indent=1) + "\n"
    try:
        write_whole(file, text)
    except OSError as error:
        raise ConfigError(file, f"cannot be written: {error.strerror}") from None
    return len(rows)
