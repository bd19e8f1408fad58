"""Many inputs in processes with limits; every input is named by its target and its seed.

``python -m fuzzing`` (``make soak``) does it, goes on where it was stopped, and writes ``docs/soak.json`` and
``docs/soak.md``; ``--target NAME --seed N`` shows one input and what becomes of it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import click
from rich.progress import Progress

from fuzzing.targets import TARGETS, Target
from fuzzing.watch import TooSlow, processor_time, watching
from symcheck.cache.fingerprint import fingerprint
from symcheck.workers import Failure, Workers

ROOT = Path(__file__).parents[3]
SOURCES = ("formulas", "symcheck", "tests/support/fuzzing")
CHUNK = 250
MEMORY = 2 << 30  # bytes of address space of a worker, half of what the gate gives to one
PRELOAD = ("fuzzing.preload",)
STATE = ROOT / ".cache" / "soak"
REPORT = ROOT / "docs" / "soak.json"
PAGE = ROOT / "docs" / "soak.md"
CHUNK_SECONDS, SINGLE_SECONDS = 900.0, 60.0  # on the clock, for what no signal stops
KEPT = 40  # findings of a chunk that are written down


@dataclass(frozen=True)
class Chunk:
    """The inputs ``first`` to ``first + count - 1`` of a target."""

    target: str
    first: int
    count: int


@dataclass
class Outcome:
    """What became of a chunk.  ``findings`` are ``[seed, what]``; ``slowest`` is ``[seconds, seed]``."""

    target: str
    first: int
    count: int
    ends: dict[str, int] = field(default_factory=dict)
    findings: list[list[Any]] = field(default_factory=list)
    seconds: float = 0.0
    slowest: list[Any] = field(default_factory=lambda: [0.0, 0])
    characters: int = 0
    peak_bytes: int = 0


def source(target: str, seed: int) -> Random:
    """The chance from which the input ``seed`` of a target is made: the same everywhere."""
    return Random(f"{target} {seed}")


def one(target: Target, made: Any) -> str:
    """Process one input under watch.  Raises what is wrong."""
    try:
        with watching(target.seconds, target.allowed):
            return target.process(made)
    except TooSlow:
        if target.stops:
            return "stopped at the limit"
        raise


def work(chunk: Chunk) -> Outcome:
    """What a worker does."""
    target = TARGETS[chunk.target]
    out = Outcome(chunk.target, chunk.first, chunk.count)
    ends: Counter[str] = Counter()
    for seed in range(chunk.first, chunk.first + chunk.count):
        made = target.make(source(target.name, seed))
        out.characters += len(made) if isinstance(made, str) else 0
        began = processor_time()
        try:
            ends[one(target, made)] += 1
        except (Exception, TooSlow) as error:
            ends["finding"] += 1
            if len(out.findings) < KEPT:
                out.findings.append([seed, _told(error)])
        took = processor_time() - began
        out.seconds += took
        out.slowest = max(out.slowest, [round(took, 3), seed])
    out.ends = dict(sorted(ends.items()))
    out.peak_bytes = _peak()
    return out


def _told(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:300]} ({Path(where.filename).name}:{where.lineno})"


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def chunks(inputs: int, size: int = CHUNK) -> Iterator[Chunk]:
    """``inputs`` of them over all targets by their shares, mixed."""
    whole = sum(t.share for t in TARGETS.values())
    todo = {name: -(-int(inputs * t.share) // 1) for name, t in TARGETS.items()}
    rest = inputs * whole - sum(todo.values())
    todo[next(iter(todo))] += max(0, round(rest))
    done = dict.fromkeys(todo, 0)
    while any(done[name] < todo[name] for name in todo):
        name = min((n for n in todo if done[n] < todo[n]), key=lambda n: done[n] / todo[n])
        count = min(size, todo[name] - done[name])
        yield Chunk(name, done[name], count)
        done[name] += count


def run(todo: list[Chunk], jobs: int) -> Iterator[Outcome]:
    """The outcomes in order.  A chunk whose worker died is done input by input, to name the one to blame."""
    with Workers(jobs, time_limit=CHUNK_SECONDS, memory=MEMORY, preload=PRELOAD) as workers:
        for at in range(0, len(todo), 64):
            part = todo[at : at + 64]
            for chunk, answer in zip(part, workers.each(work, part, batch=1), strict=True):
                if not isinstance(answer, Failure):
                    yield answer
                    continue
                singles = [Chunk(chunk.target, chunk.first + k, 1) for k in range(chunk.count)]
                for single, found in zip(
                    singles, workers.each(work, singles, batch=1, seconds=SINGLE_SECONDS), strict=True
                ):
                    if isinstance(found, Failure):
                        found = Outcome(
                            single.target, single.first, 1, {"finding": 1}, [[single.first, found.why]]
                        )
                    yield found


# the report


def row(target: str, outcomes: list[Outcome], inputs: int) -> dict[str, Any]:
    """The report on one target: of ``outcomes``, those of the first ``inputs`` seeds."""
    own = [o for o in outcomes if o.target == target and o.first < inputs]
    ends: Counter[str] = Counter()
    for o in own:
        ends.update(o.ends)
    seconds, seed = max(o.slowest for o in own)
    return {
        "inputs": sum(o.count for o in own),
        "first_seed": min(o.first for o in own),
        "last_seed": max(o.first + o.count - 1 for o in own),
        "characters": sum(o.characters for o in own),
        "ends": dict(sorted(ends.items())),
        "findings": [f for o in own for f in o.findings],
        "processor_seconds": round(sum(o.seconds for o in own), 1),
        "slowest_seconds": seconds,
        "slowest_seed": seed,
        "limit_seconds": TARGETS[target].seconds,
        "peak_bytes": max(o.peak_bytes for o in own),
    }


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [
            x.split(":", 1)[1].strip()
            for x in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in x
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip() or "unknown"


def page(report: dict[str, Any]) -> str:
    """The report for people."""
    m, rows = report["machine"], report["targets"]
    findings = [(name, *f) for name, r in rows.items() for f in r["findings"]]
    runs = {(r["commit"], r["sources"], r["date"]): None for r in rows.values()}
    lines = [
        "# Soak",
        "",
        f"{total(report):,} hostile inputs, {len(findings)} findings. Written by `make soak` together with",
        "[soak.json](soak.json), never by hand; the runs are named below the table.",
        "",
        f"Machine: {m['cpu']}, {m['cores']} cores, {m['system']}, Python {m['python']}.",
        "",
        "| target | inputs | seeds | characters | ends | time | slowest (seed) | limit | peak memory | run |",
        "|---|--:|---|--:|---|--:|---|--:|--:|--:|",
    ]
    for name, r in rows.items():
        ends = ", ".join(f"{k} {v:,}" for k, v in r["ends"].items())
        run = list(runs).index((r["commit"], r["sources"], r["date"])) + 1
        lines.append(
            f"| {name} | {r['inputs']:,} | {r['first_seed']}–{r['last_seed']} | {r['characters']:,} | {ends} "
            f"| {r['processor_seconds']:,.0f} s | {r['slowest_seconds']:.2f} s ({r['slowest_seed']}) "
            f"| {r['limit_seconds']:g} s | {r['peak_bytes'] / 2**20:,.0f} MiB | {run} |"
        )
    lines.append("")
    for number, (commit, sources, date) in enumerate(runs, 1):
        lines.append(f"Run {number}: commit {commit}, sources `{sources}`, ended {date}.")
    if any("dirty" in commit for commit, _, _ in runs):
        lines.append("A commit that is dirty is that commit with changes that were not committed.")
    lines += ["", _EXPLAINED.strip()]
    if findings:
        lines += ["", "## Findings", ""]
        lines += [f"* `{name}` seed {seed}: {what}" for name, seed, what in findings]
    return "\n".join(lines) + "\n"


def total(report: dict[str, Any]) -> int:
    """Inputs, over all targets."""
    return sum(r["inputs"] for r in report["targets"].values())


_EXPLAINED = """
An input is named by its target and its seed: `PYTHONPATH=tests/support python -m fuzzing
--target parser --seed 17` makes and processes it again. Inputs are grown by a grammar of the notation, taken
from the formulas that the gate knows or from the [corpus](../tests/fuzz/corpus), and damaged. A finding is

* an exception that the function does not promise, or an outcome that breaks what is promised of it (places
  outside the text, an error that does not name its file, a status without reason);
* more processor time than the limit. Matching is different: the gate judges a formula in a worker that is
  killed at the limit, so *stopped at the limit* is an end like others, and counted;
* more than 2 GiB of address space in all, or the death of the process;
* anything that Python's audit hook sees while the input is processed: `exec`, `compile`, opening a file,
  importing, a process, a socket, unpickling, a foreign call (but for `ast.parse` of docstrings, which
  compiles nothing that is run, and functions that SymPy writes from the number of variables alone);
* for the checker: a derivation accepted for a statement that is false, by construction or at a point where
  both sides were evaluated. "Accepted and true" are changes that do not matter.

`tests/fuzz` plants each of these faults and sees it found.
"""


@click.command()
@click.option("--inputs", default=1_000_000, show_default=True)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True)
@click.option("--target", type=click.Choice(list(TARGETS)), help="That one only.")
@click.option("--seed", type=int, help="Show one input of the target and what becomes of it.")
@click.option("--report/--no-report", default=True, help="Write docs/soak.json and docs/soak.md.")
def main(inputs: int, jobs: int, target: str | None, seed: int | None, report: bool) -> None:
    """A soak: inputs by the million, and the report."""
    if target is not None and seed is not None:
        made = TARGETS[target].make(source(target, seed))
        click.echo(made if isinstance(made, str) else repr(made))
        click.echo(f"--> {one(TARGETS[target], made)}")
        return
    mark = fingerprint(*SOURCES)
    state = STATE / f"{mark}.jsonl"
    state.parent.mkdir(parents=True, exist_ok=True)
    done = [Outcome(**json.loads(x)) for x in state.read_text().splitlines()] if state.exists() else []
    covered = {(o.target, s) for o in done for s in range(o.first, o.first + o.count)}
    wanted = [c for c in chunks(inputs) if target in (None, c.target)]
    todo = [c for c in wanted if not all((c.target, c.first + k) in covered for k in range(c.count))]
    with state.open("a") as kept, Progress(disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("inputs", total=sum(c.count for c in todo))
        for outcome in run(todo, jobs):
            done.append(outcome)
            kept.write(json.dumps(asdict(outcome)) + "\n")
            kept.flush()
            bar.update(task, advance=outcome.count)
            for at, what in outcome.findings:
                click.echo(f"{outcome.target} {at}: {what}", err=True)
    now = {"commit": _commit(), "sources": mark, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
    counts = Counter({name: sum(c.count for c in wanted if c.target == name) for name in TARGETS})
    rows = {name: row(name, done, n) | now for name, n in counts.items() if n}
    if report:
        _write(rows)
    findings = sum(len(r["findings"]) for r in rows.values())
    click.echo(f"{sum(r['inputs'] for r in rows.values()):,} inputs, {findings} findings")
    sys.exit(1 if findings or not rows else 0)


def _write(rows: dict[str, Any]) -> None:
    """The report, with what it says of targets that were not part of this run kept."""
    before = json.loads(REPORT.read_text())["targets"] if REPORT.exists() else {}
    whole = {name: rows.get(name) or before.get(name) for name in TARGETS}
    found = {
        "machine": machine(),
        "memory_limit_bytes": MEMORY,
        "targets": {k: r for k, r in whole.items() if r},
    }
    REPORT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page(found))
