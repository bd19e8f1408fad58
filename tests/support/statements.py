"""How many statements with a slip the gate finds: ``python tests/support/statements.py [--verbose]``.

``tests/gate/data/statements.md`` has one document a paragraph, wrong in one reading and right in the other.
A statement counts as found if the gate reports an error in the wrong reading and none in the right one.
The halves are made by a hash: of one the misses are looked at, of the other only these numbers.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from symcheck.gate.model import Finding, Report, Severity
from symcheck.gate.run import check_text

DATA = Path(__file__).parents[1] / "gate" / "data" / "statements.md"
PAGE = Path(__file__).parents[2] / "docs" / "statements.md"
HALVES = ("seen", "held back")
_CHOICE = re.compile(r"\{\{\{(.*?) \|\|\| (.*?)\}\}\}(?!\})", re.S)


@dataclass(frozen=True)
class Statement:
    """A document in its two readings."""

    kind: str
    wrong: str
    right: str

    @property
    def half(self) -> str:
        return HALVES[sha256(self.wrong.encode()).digest()[0] % 2]


def load() -> tuple[Statement, ...]:
    """All statements, in the order of the file."""
    _, *sections = re.split(r"^## (.+)\n", DATA.read_text(encoding="utf-8"), flags=re.M)
    return tuple(
        Statement(kind, _CHOICE.sub(r"\1", text), _CHOICE.sub(r"\2", text))
        for kind, body in zip(sections[::2], sections[1::2], strict=True)
        for text in _documents(body)
    )


def _documents(body: str) -> list[str]:
    """Paragraphs put together until one has a choice and the next begins with something new."""
    documents: list[str] = []
    for block in re.split(r"\n\n+", body.strip()):
        follows = documents and (
            "{{{" not in documents[-1] or block.startswith(("$$", "which ", "where ", "with "))
        )
        if follows:
            documents[-1] += f"\n\n{block}"
        else:
            documents.append(block)
    return documents


def _errors(report: Report) -> tuple[Finding, ...]:
    return tuple(f for f in report.findings if f.severity is Severity.ERROR)


@dataclass
class Score:
    """What was found of which kind, and the right readings that were flagged."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    alarms: list[tuple[Statement, Finding]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, statement: Statement) -> None:
        report = check_text(statement.wrong)
        wrong, right = _errors(report), _errors(check_text(statement.right))
        key = (statement.kind, statement.half)
        self.tried[key] += 1
        hit = bool(wrong) and not right
        self.found[key] += hit
        self.alarms += [(statement, f) for f in right]
        said = [f"{f.rule} {f.message}" for f in wrong] or [
            f"{c.judgement.status.value} {c.judgement.formula or ''} {c.judgement.reason or ''} "
            f"{c.judgement.detail[:60]}"
            for c in report.formulas
        ]
        mark = "HIT " if hit else "    "
        self.lines.append((statement.half, f"{mark}[{statement.kind}] {statement.wrong!r}\n        {said}"))

    def share(self, half: str) -> tuple[int, int]:
        found, tried = (
            sum(n for (_, h), n in counts.items() if h == half) for counts in (self.found, self.tried)
        )
        return found, tried


def measured() -> Score:
    score = Score()
    for statement in load():
        score.add(statement)
    return score


def page(score: Score) -> str:
    """``docs/statements.md``."""
    kinds = list(dict.fromkeys(kind for kind, _ in score.tried))
    rows = [
        f"| {kind} | " + " | ".join(f"{score.found[kind, h]} | {score.tried[kind, h]}" for h in HALVES) + " |"
        for kind in kinds
    ]
    total = " | ".join(f"{f} | {t}" for f, t in map(score.share, HALVES))
    return "\n".join(
        [
            "# Statements of textbooks with a slip",
            "",
            "Written by `python tests/support/statements.py --write`; nothing on this page is typed by hand.",
            "",
            "`tests/gate/data/statements.md` states what every text on machine learning states, each once "
            "wrong and once right, in sentences, displays and tables. All were written before the gate was "
            "run on any. They are in two halves by a hash: of one the misses were looked at afterwards, of "
            "the other only these numbers and the right readings that were flagged. A statement counts as "
            "found if there is an error in the wrong reading and none in the right one; no right reading "
            "may have one.",
            "",
            f"| statements | {' | '.join(f'{h} | of' for h in HALVES)} |",
            "|---|---|---|---|---|",
            *rows,
            f"| all | {total} |",
            "",
            f"Right readings with an error: {len(score.alarms)} of {sum(score.tried.values())}.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true", help="what is said of those that are looked at")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    score = measured()
    if options.verbose:
        print(*(line for half, line in score.lines if half == HALVES[0]), sep="\n")
    for statement, finding in score.alarms:
        print("ALARM", statement.half, repr(statement.right), finding.rule, finding.message)
    for half in HALVES:
        found, tried = score.share(half)
        print(f"{half}: {found} of {tried} ({found / tried:.1%})")
    if options.write:
        PAGE.write_text(page(score), encoding="utf-8")


if __name__ == "__main__":
    main()
