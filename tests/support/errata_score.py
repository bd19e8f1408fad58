"""The score of the gate on published errata: ``python tests/support/errata_score.py [--verbose]``.

Each erratum is one document: the text before the formula, the sentence about it, the formula, the text
after.  It counts as found if the gate reports an error on the wrong formula, and none on the corrected one.
The errata are third-party texts in ``../shared/errata`` and are not part of this repository.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symcheck.gate.model import Checked, Finding, Report, Severity, Status
from symcheck.gate.run import check_text

FOLDER = Path(__file__).parents[3] / "shared" / "errata"
TARGET = "$$\n{}\n$$"


@dataclass(frozen=True)
class Outcome:
    """What the gate says of one formula in its surroundings."""

    id: str
    kind: str
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    formulas: tuple[Checked, ...]

    @property
    def decided(self) -> bool:
        return bool(self.formulas) and all(c.judgement.status is not Status.UNCHECKED for c in self.formulas)

    @property
    def reasons(self) -> str:
        return "; ".join(
            f"{c.judgement.status.value} {c.judgement.formula or ''} {c.judgement.reason or ''} "
            f"{c.judgement.detail[:60]}"
            for c in self.formulas
        )


def load(name: str) -> list[dict[str, str]]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def document(entry: dict[str, str], formula: str) -> tuple[str, int, int]:
    """The text, and the first and last line of the formula in it."""
    before, after = entry.get("before") or "", entry.get("after") or ""
    told = (entry.get("context") or "") if not before and not after else ""
    head = "\n\n".join(part for part in (_whole(before, cut_front=True), told) if part.strip())
    body = TARGET.format("\n".join(line for line in formula.splitlines() if line.strip()))
    text = f"{head}\n\n{body}\n\n{_whole(after, cut_front=False)}\n"
    first = head.count("\n") + 3
    return text, first, first + body.count("\n")


def _whole(text: str, cut_front: bool) -> str:
    """The excerpt without the part of a formula at the end where it was cut off."""
    pieces = text.split("$$")
    if len(pieces) % 2 == 0:
        text = "$$".join(pieces[1:] if cut_front else pieces[:-1])
    return text.strip("\n")


def outcome(entry: dict[str, str], formula: str) -> Outcome:
    text, first, last = document(entry, formula)
    report: Report = check_text(text)
    here = [c for c in report.formulas if first <= c.line <= last]
    found = [f for f in report.findings if first <= f.line <= last]
    return Outcome(
        id=entry["id"],
        kind=f"{entry.get('decidable', '')}/{entry.get('needs', '')}",
        errors=tuple(f for f in found if f.severity is Severity.ERROR),
        warnings=tuple(f for f in found if f.severity is Severity.WARNING),
        formulas=tuple(here),
    )


def table(found: Counter[str], tried: Counter[str]) -> Iterable[str]:
    for kind in sorted(tried):
        yield f"{kind:45} {found[kind]:3} / {tried[kind]:3}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    alarms: list[Outcome] = []
    for entry in load("develop.jsonl"):
        if options.only and options.only not in entry["id"]:
            continue
        wrong, right = outcome(entry, entry["wrong"]), outcome(entry, entry["right"])
        hit = bool(wrong.errors) and not right.errors
        for key in (wrong.kind, wrong.kind.split("/")[0] + " (all)"):
            tried[key] += 1
            found[key] += hit
        if right.errors:
            alarms.append(right)
        if options.verbose:
            said = [f"{f.rule} {f.message}" for f in wrong.errors] or [f"({f.rule})" for f in wrong.warnings]
            print(f"{'HIT ' if hit else '    '}{entry['id']} [{wrong.kind}] {said or wrong.reasons}")
    print(*table(found, tried), sep="\n")
    print(
        f"corrected twins flagged: {len(alarms)}",
        *(f"  {o.id}: {o.errors[0].rule} {o.errors[0].message}" for o in alarms),
        sep="\n",
    )
    clean = [outcome({**e, "context": ""}, e["latex"]) for e in load("clean.jsonl") if not options.only]
    flagged = [o for o in clean if o.errors]
    print(f"clean: {len(flagged)} flagged, {sum(o.decided for o in clean)} decided, of {len(clean)}")
    for o in clean:
        if o.errors or (options.verbose and not o.decided):
            print(f"  {o.id}: {[f.rule + ' ' + f.message for f in o.errors] or o.reasons}")
    for entry in load("false_reports.jsonl"):
        formula = entry.get("latex") or entry.get("wrong") or entry.get("formula") or ""
        o = outcome(entry, formula)
        print(f"false report {entry['id']}: {[f.rule for f in o.errors] or o.reasons}")


if __name__ == "__main__":
    main()
