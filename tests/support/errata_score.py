"""The score of the gate on published errata: ``python tests/support/errata_score.py [--verbose]``.

Each erratum is one document: the text before the formula, the sentence about it, the formula, the text
after.  It counts as found if the gate reports an error on the wrong formula, and none on the corrected one.
The errata are third-party texts in ``../shared/errata`` and are not part of this repository.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from formula_mutants import HALVES, SHEET, Tally
from formula_mutants import measured as measured_variants
from library_docs import table as library_table

from symcheck.gate.model import Checked, Finding, Report, Severity, Status
from symcheck.gate.run import check_text

FOLDER = Path(__file__).parents[3] / "shared" / "errata"
BASELINE = FOLDER.parent / "research" / "peers-errata-baseline.md"
PAGE = Path(__file__).parents[2] / "docs" / "comparison.md"
VARIANTS = 99  # of one formula: all
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


@dataclass
class Score:
    """What was found of which kind, and what was flagged though right."""

    found: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    alarms: list[Outcome] = field(default_factory=list)
    clean: list[Outcome] = field(default_factory=list)
    reports: list[Outcome] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def add(self, entry: dict[str, str]) -> None:
        wrong, right = outcome(entry, entry["wrong"]), outcome(entry, entry["right"])
        hit = bool(wrong.errors) and not right.errors
        for key in (wrong.kind, wrong.kind.split("/")[0], "all"):
            self.tried[key] += 1
            self.found[key] += hit
        if hit:
            self.rules[wrong.errors[0].rule] += 1
        if right.errors:
            self.alarms.append(right)
        said = [f"{f.rule} {f.message}" for f in wrong.errors] or [f"({f.rule})" for f in wrong.warnings]
        self.lines.append(f"{'HIT ' if hit else '    '}{entry['id']} [{wrong.kind}] {said or wrong.reasons}")

    @property
    def flagged(self) -> list[Outcome]:
        return [o for o in self.clean if o.errors]


def measured(only: str = "") -> Score:
    """The score on the development set, the clean formulas and the false reports."""
    score = Score()
    for entry in load("develop.jsonl"):
        if only in entry["id"]:
            score.add(entry)
    if not only:
        score.clean = [outcome({**e, "context": ""}, e["latex"]) for e in load("clean.jsonl")]
        score.reports = [outcome(e, e["formula"]) for e in load("false_reports.jsonl")]
    return score


def _share(score: Score, key: str) -> str:
    return f"{score.found[key]} of {score.tried[key]} ({score.found[key] / score.tried[key]:.1%})"


def peers() -> list[str]:
    """The rows of the baseline that give the peers' hits on the same development set."""
    text = BASELINE.read_text(encoding="utf-8").split("## Develop set and the rest")[1]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return rows[1:]


def _goals(score: Score) -> str:
    """What was wanted, and which of it is met."""
    flagged = (len(score.alarms) + len(score.flagged)) / (score.tried["all"] + len(score.clean))
    decided = sum(o.decided for o in score.clean) / max(1, len(score.clean))
    goals = {
        "60 % of the errata that algebra decides": score.found["algebra"] / score.tried["algebra"] >= 0.6,
        "50 % of those that a definition decides": score.found["definition"] / score.tried["definition"]
        >= 0.5,
        "at most 1 % of what is right flagged": flagged <= 0.01,
        "60 % of the right formulas decided": decided >= 0.6,
    }
    said = (f"{goal} ({'met' if met else 'not met'})" for goal, met in goals.items())
    return f"The goals: {', '.join(said)}."


def page(score: Score, sheet: dict[str, Tally]) -> str:
    """``docs/comparison.md``; ``sheet`` has the variants of the cheatsheet by halves."""
    kinds_made = [
        f"| {kind} | "
        + " | ".join(f"{t.flagged[kind]} | {t.tried[kind]} | {t.shown[kind]}" for t in sheet.values())
        + " |"
        for kind in sorted(set().union(*(t.tried for t in sheet.values())))
    ]
    kinds = sorted(k for k in score.tried if "/" in k)
    rows = [f"| {k} | {score.found[k]} | {score.tried[k]} |" for k in kinds]
    rules = [f"| {code} | {n} |" for code, n in sorted(score.rules.items())]
    theirs = []
    for line in peers():
        _, peer, develop, _, alarms, *_ = (c.strip() for c in line.split("|"))
        theirs.append(f"| {peer} | {develop} | {alarms} |")
    decided = sum(o.decided for o in score.clean)
    reported = sum(bool(o.errors) for o in score.reports)
    return "\n".join(
        [
            "# Comparison on published errata",
            "",
            "Written by `python tests/support/errata_score.py --write`; nothing on this page is typed "
            "by hand.",
            "",
            "The set is `../shared/errata`: formulas that were published wrong in documentation, "
            "lecture notes and "
            "books, each with its correction. An erratum counts as found if the gate reports an error "
            "on the wrong "
            "formula in its surroundings and none on the corrected one.",
            "",
            "| set | symcheck |",
            "|---|---|",
            f"| errata that algebra decides | {_share(score, 'algebra')} |",
            f"| errata that a definition decides | {_share(score, 'definition')} |",
            f"| errata that only words decide | {_share(score, 'prose')} |",
            f"| all | {_share(score, 'all')} |",
            f"| corrected formulas flagged | {len(score.alarms)} of {score.tried['all']} |",
            f"| right formulas of the same texts flagged | {len(score.flagged)} of {len(score.clean)} |",
            f"| of these, decided (not `unchecked`) | {decided} of {len(score.clean)} |",
            f"| false reports flagged | {reported} of {len(score.reports)} |",
            "",
            _goals(score),
            "",
            "## Peers",
            "",
            "Hits on the development set without duplicates (220), and alarms on its 100 right formulas, as "
            "measured in `../shared/research/peers-errata-baseline.md`, which says how each tool was run. "
            "`U0` to `U3` are unions of peers defined there.",
            "",
            "| peer | found | alarms on right formulas |",
            "|---|---|---|",
            *theirs,
            "",
            "## By kind",
            "",
            "| decided by / cheapest check | found | of |",
            "|---|---|---|",
            *rows,
            "",
            "## By rule",
            "",
            "| rule | found first by it |",
            "|---|---|",
            *rules,
            "",
            "## Variants of the sheet",
            "",
            "`tests/support/formula_mutants.py` makes every variant of each formula of the cheatsheet by one "
            "slip, in its place. They are in two halves by a hash: of one the misses are looked at while "
            "the gate is made, of the other only these numbers. Not every variant can be flagged: some are "
            "right (an index throughout, a rule for disjoint events) or a matter of convention (a factor "
            "before a loss); those that are proved to be true are counted apart.",
            "",
            *(
                f"Flagged, {half}: {t.flagged.total()} of {t.wrong} ({t.share:.1%})."
                for half, t in sheet.items()
            ),
            "",
            f"| slip | {' | '.join(f'{half} | of | shown true' for half in sheet)} |",
            f"|---|{'---|' * 3 * len(sheet)}",
            *kinds_made,
            "",
            "## Planted faults in library documentation",
            "",
            "`tests/support/library_docs.py` reads the docstrings of installed libraries and makes two wrong "
            "variants of every sixth formula that states something, where it stands. Errors on the formulas "
            "as they are were looked at by a person: those that are right are listed in "
            "[corpus.md](corpus.md), and no other was left.",
            "",
            *library_table(),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true", help="write docs/comparison.md")
    options = parser.parse_args()
    score = measured(options.only)
    if options.verbose:
        print(*score.lines, sep="\n")
    for key in sorted(score.tried):
        print(f"{key:45} {score.found[key]:3} / {score.tried[key]:3}")
    for name, flagged in (("corrected twins", score.alarms), ("clean", score.flagged)):
        print(f"{name} flagged: {len(flagged)}")
        for o in flagged:
            print(f"  {o.id}: {o.errors[0].rule} {o.errors[0].message}")
    print(f"clean decided: {sum(o.decided for o in score.clean)} of {len(score.clean)}")
    if options.verbose:
        for o in score.clean:
            if not o.decided:
                print(f"  {o.id}: {o.reasons}")
        for o in score.reports:
            print(f"false report {o.id}: {[f.rule for f in o.errors] or o.reasons}")
    if options.write:
        sheet = {half: measured_variants([SHEET], VARIANTS, half=half) for half in HALVES}
        PAGE.write_text(page(score, sheet), encoding="utf-8")


if __name__ == "__main__":
    main()
