"""Faults planted in the documentation of installed libraries: ``python tests/support/library_docs.py``.

The docstrings of these libraries are right but for a few places, so an error that the gate reports there is
an erratum or a false alarm, and a fault that is planted in a formula where it stands is to be found.  What is
planted has the kinds of published errata (``formula_mutants``); a share of it is right or a matter of
convention, so no gate finds all.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from formula_mutants import judged, passages, variants, with_formula

from symcheck.gate.documents import Passage
from symcheck.gate.model import Severity, Status
from symcheck.workers import DOCUMENTS, Failure, Workers

LIBRARIES = {
    "torch": ("nn", "optim", "distributions", "linalg", "special", "signal", "fft", "functional.py",
              "_lowrank.py", "_torch_docs.py", "_tensor_docs.py"),
    "scipy": ("stats", "special", "optimize", "signal", "linalg", "spatial", "integrate", "interpolate",
              "fft", "cluster"),
    "jax": ("_src",),
    "numpy": ("lib", "_core", "fft", "linalg", "polynomial", "random"),
    "networkx": ("algorithms", "linalg"),
}  # fmt: skip
_MARKS = re.compile(r":math:|\.\. math::")


def files(library: str) -> list[Path]:
    """The modules of an installed library whose docstrings have formulas."""
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{library} is not installed; pip install -r requirements-dev.lock")
    root = Path(spec.origin).parent
    found = [p for part in LIBRARIES[library] for p in sorted([root / part, *(root / part).rglob("*.py")])]
    return [
        p for p in found if p.is_file() and "tests" not in p.parts and _MARKS.search(p.read_text("utf-8"))
    ]


def states_something(passage: Passage) -> bool:
    """Whether a formula is more than a letter or a size: a display, or a relation of some length."""
    latex = passage.latex
    return len(latex) < 600 and (passage.fragment.display or (len(latex) > 24 and "=" in latex))


@dataclass
class Measure:
    """What the gate says of the formulas of one library, and of the faults planted in them."""

    formulas: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    approved: Counter[str] = field(default_factory=Counter)
    in_decided: Counter[bool] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def add(self, other: Measure) -> None:
        self.formulas += other.formulas
        for name in ("statuses", "reasons", "planted", "found", "approved", "in_decided"):
            getattr(self, name).update(getattr(other, name))
        self.errors += other.errors
        self.lines += other.lines
        self.given_up += other.given_up


def of_passage(passage: Passage, most: int) -> Measure:
    """The measure of one formula; nothing is planted in one that is flagged as it is."""
    measure = Measure(formulas=1)
    said = judged(passage)
    place = "/".join(Path(passage.file).parts[-3:]) + f":{passage.fragment.start[0]}"
    measure.statuses[said.status.value] += 1
    if said.reason is not None:
        measure.reasons[f"{said.reason.value}: {said.detail[:48]}"] += 1
    wrong = [f for f in said.findings if f.severity is Severity.ERROR]
    if wrong:
        flat = " ".join(passage.latex.split())
        measure.errors.append(f"{place} {wrong[0].rule} {wrong[0].message} | {flat}")
        return measure
    decided = said.status is not Status.UNCHECKED
    measure.lines.append(
        f"{said.status.value:10} {place} {passage.latex!r} [{said.detail or said.formula or ''}]"
    )
    made = list({v.latex: v for v in variants(passage.latex)}.values())
    random.Random(passage.latex).shuffle(made)
    for variant in made[:most]:
        found = judged(with_formula(passage, variant.latex))
        hit = any(f.severity is Severity.ERROR for f in found.findings)
        approved = found.status in (Status.VERIFIED, Status.MATCHED)
        measure.planted[variant.kind] += 1
        measure.found[variant.kind] += hit
        measure.approved[variant.kind] += approved
        measure.planted[f"decided={decided}"] += 1
        measure.found[f"decided={decided}"] += hit
        mark = "HIT" if hit else "YES" if approved else "   "
        measure.lines.append(f"  {mark} {variant.kind:14} {variant.latex!r}")
    return measure


def chosen(library: str, part: int) -> list[Passage]:
    """Each formula that states something once."""
    found: dict[tuple[str, str], Passage] = {}
    for path in files(library):
        for passage in passages(path):
            if states_something(passage):
                found.setdefault((path.name, passage.latex), passage)
    return list(found.values())[::part]


def measured(library: str, most: int, part: int = 1) -> Measure:
    """The measure of a library: ``most`` faults in every ``part``-th formula."""
    total = Measure()
    with Workers(2, time_limit=60, preload=DOCUMENTS) as workers:
        for one in workers.each(partial(of_passage, most=most), chosen(library, part), batch=4):
            if isinstance(one, Failure):  # as the gate, which then calls a formula unchecked
                total.given_up.append(one.why)
            else:
                total.add(one)
    return total


def table(part: int = 6, most: int = 2) -> list[str]:
    """The rows of ``docs/comparison.md``: by library and by kind of fault."""
    total = Measure()
    rows = ["| library | formulas | with an error | faults found | of |", "|---|---|---|---|---|"]
    for library in LIBRARIES:
        one = measured(library, most, part)
        total.add(one)
        kinds = [k for k in one.planted if "=" not in k]
        found, planted = sum(one.found[k] for k in kinds), sum(one.planted[k] for k in kinds)
        rows.append(f"| {library} | {one.formulas} | {len(one.errors)} | {found} | {planted} |")
    rows += ["", "| fault | found | of |", "|---|---|---|"]
    names = {"decided=True": "all, in a formula that is decided", "decided=False": "all, in one that is not"}
    rows += [f"| {names.get(k, k)} | {total.found[k]} | {total.planted[k]} |" for k in sorted(total.planted)]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("libraries", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--most", type=int, default=3, help="faults in one formula")
    parser.add_argument("--part", type=int, default=1, help="take every PART-th formula")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    total = Measure()
    for library in options.libraries:
        one = measured(library, options.most, options.part)
        total.add(one)
        decided = one.formulas - one.statuses["unchecked"]
        kinds = [k for k in one.planted if "=" not in k]
        found, planted = sum(one.found[k] for k in kinds), sum(one.planted[k] for k in kinds)
        print(
            f"{library:10} {one.formulas:5} formulas, {decided} decided, {len(one.errors)} with errors, "
            f"{found} of {planted} faults found"
        )
    if options.verbose:
        print(*total.lines, sep="\n")
    print(*total.errors, *total.given_up, sep="\n")
    for kind in sorted(total.planted):
        print(f"{kind:16} {total.found[kind]:5} {total.approved[kind]:5} {total.planted[kind]:5}")
    if not total.formulas:
        sys.exit("no formula was read")


if __name__ == "__main__":
    main()
