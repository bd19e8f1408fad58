"""``symcheck verify``: the whole chain once, ending in one table.  It is what ``make`` runs.

Proves the catalog, emits the kernels and compares them with ``generated/``, measures the NumPy kernels
against the symbolic forms, in general and at extremes, compiles the CUDA texts where NVRTC is installed, and
runs the gate on the project's own documents.  Each part that checked nothing is a failure.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from codegen.accuracy import TargetRow, as_bounds, exceeds, measure, worst_ulp_by_target
from codegen.extremes import stale
from codegen.generate import generate, kernel_programs
from codegen.processors import here
from codegen.regions import has_one_axis
from codegen.tables import table
from formulas.kernels import every_kernel
from symcheck.clone import ROOT, required
from symcheck.files import write_whole
from symcheck.judge import Contradiction, Judgement
from symcheck.run import run
from symcheck.table import verdict_table

REPORT = ROOT / "build" / "verify.json"
DOCUMENTS = ("README.md", "docs")
EVERY = 5  # of the kernels on entries or along one axis one in so many is measured at extremes
POINTS = 2  # calls per kernel, dtype and region; the committed table is measured with more


@dataclass
class Part:
    """What one part found: a line for people, figures for the report, and what does not hold."""

    line: str
    figures: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    table: Table | None = None


def proofs(jobs: int | None) -> Part:
    """Every claim of the catalog."""
    try:
        results: list[Judgement] = run(jobs=jobs)
    except Contradiction as error:
        return Part("internal error", {}, [str(error)])
    problems = [
        f"{j.id}: {j.verdict}, expected {j.about.expected} {j.reason}" for j in results if not j.holds
    ]
    if not results:
        problems.append("there were no claims")
    figures = {"claims": len(results), "as_expected": sum(j.holds for j in results)}
    trust = {t: sum(j.proof is not None and j.proof.trust == t for j in results) for t in ("kernel", "lemma")}
    rests = ", ".join(f"{n} on {t}" for t, n in trust.items())
    line = f"{len(results)} claims, {figures['as_expected']} as expected; proofs rest: {rests}"
    return Part(line, figures | trust, problems, verdict_table(results))


def drift() -> Part:
    """The committed kernels are what the catalog gives."""
    differences = generate(check=True)
    kernels = len(kernel_programs())
    problems = [str(d) for d in differences] + ([] if kernels else ["there were no kernels"])
    return Part(f"{kernels} kernels, {len(differences)} files differ", {"kernels": kernels}, problems)


def accuracy() -> Part:
    """The NumPy kernels, measured now, stay within the bounds that their docstrings state."""
    chosen = [k.name for k in every_kernel() if has_one_axis(k)]
    left = len(every_kernel()) - len(chosen)
    measured = measure(chosen, count=POINTS)
    stated = {(b.function, b.dtype): b for b in table() if b.target == "numpy"}
    problems = []
    for m in measured:
        bound = stated.get((m.function, m.dtype))
        if bound is None:
            problems.append(f"{m.function} ({m.dtype}) has no stated bound")
        elif exceeds(m, bound):
            problems.append(
                f"{m.function} ({m.dtype}): {m.worst:.2f} ulp, {m.scaled:.2f} over the condition number; "
                f"stated {bound.worst} and {bound.scaled}, measured on {bound.processor}; here: {here().name}"
            )
    if not measured:
        problems.append("no kernel was measured")
    table_of = _ulp(worst_ulp_by_target(as_bounds(measured)))
    line = f"{len(measured)} functions and dtypes measured; {left} kernels over several axes: by the tests"
    return Part(line, {"measured": len(measured)}, problems, table_of)


def extremes() -> Part:
    """A sample of the table of extremes, measured again."""
    chosen = [k.name for k in every_kernel() if has_one_axis(k)][::EVERY]
    problems = stale("numpy", chosen) + ([] if chosen else ["no kernel was measured"])
    line = f"{len(chosen)} kernels measured again, {len(problems)} cells differ"
    return Part(line, {"kernels": len(chosen)}, problems)


def _ulp(rows: Sequence[TargetRow]) -> Table:
    out = Table("target", "dtype", "functions", "worst ulp", "in", title="kernels by target")
    for r in rows:
        out.add_row(r.target, r.dtype, str(r.functions), f"{r.worst_ulp:.1f}", r.function)
    return out


def cuda() -> Part:
    """The CUDA texts compile for each architecture and are right on the host harness."""
    from codegen.cupy.verify import verify as verify_cuda

    found = verify_cuda(importlib.import_module("generated.cupy_kernels"), kernel_programs())
    problems = list(found.problems)
    if not found.functions or not (found.compiled or found.worst or found.skipped):
        problems.append("no CUDA text was looked at")
    texts = ", ".join(f"{arch}: {figures['kernels']} instances" for arch, figures in found.compiled.items())
    skipped = f"; not done: {'; '.join(found.skipped)}" if found.skipped else ""
    out = Table("dtype", "worst error", title="CUDA texts on the host harness")
    for dtype, worst in found.worst.items():
        out.add_row(dtype, worst)
    line = f"{found.functions} functions; NVRTC {texts or 'not run'}{skipped}"
    return Part(line, {"compiled": found.compiled, "worst": found.worst}, problems, out)


def gate(jobs: int | None) -> Part:
    """The project's own documents."""
    from symcheck.gate.model import Severity
    from symcheck.gate.run import check_paths

    found = check_paths([str(ROOT / d) for d in DOCUMENTS], jobs=jobs)
    counts = {status.value: n for status, n in found.counts.items()}
    errors = [f for f in found.findings if f.severity is Severity.ERROR]
    problems = [f"{f.file}:{f.line}:{f.column}: {f.rule} {f.message}" for f in errors]
    problems += [str(e) for e in found.errors]
    if not found.files:
        problems.append("no documents were found")
    shown = ", ".join(f"{n} {s}" for s, n in counts.items() if n)
    line = f"{len(found.files)} documents, {len(found.formulas)} formulas: {shown or 'none'}"
    return Part(line, {"files": len(found.files), **counts}, problems)


@click.command()
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
def verify(jobs: int | None) -> None:
    """Prove everything, emit and check the kernels, run the gate on the own documents."""
    required("verify")
    console = Console(highlight=False)
    steps: dict[str, Callable[[], Part]] = {
        "proofs": lambda: proofs(jobs),
        "generated": drift,
        "accuracy": accuracy,
        "extremes": extremes,
        "cuda": cuda,
        "gate": lambda: gate(jobs),
    }
    summary = Table("part", "result", "seconds", "", title="symcheck verify")
    figures: dict[str, Any] = {}
    failed = False
    for name, step in steps.items():
        start = time.perf_counter()
        with console.status(f"{name} ..."):
            part = step()
        seconds = time.perf_counter() - start
        failed |= bool(part.problems)
        if part.table is not None:
            console.print(part.table)
        for problem in part.problems:
            console.print(f"  {name}: {problem}", markup=False, style="red")
        summary.add_row(name, part.line, f"{seconds:.1f}", "[red]fails[/red]" if part.problems else "holds")
        figures[name] = {**part.figures, "seconds": round(seconds, 1), "problems": part.problems}
    console.print(summary)
    write_whole(REPORT, json.dumps(figures, indent=1, ensure_ascii=False))
    console.print(f"report: {REPORT.relative_to(ROOT)}", markup=False)
    sys.exit(1 if failed else 0)
