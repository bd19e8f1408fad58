"""The documentation page of a benchmark run: what was aimed at, and what came out."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen.bench.cases import COMPARED
from codegen.bench.compiled import COMPILED_TARGET, WANTED, at_the_floor
from codegen.bench.slower import slower

ROOT = Path(__file__).parents[2]
RUN = ROOT / "benchmarks" / "cpu.json"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Goal:
    """The geometric mean of peer time over our time that was aimed at."""

    peer: str
    size: str
    wanted: float


GOALS = (
    Goal("textbook NumPy", "64x128", 2.2),
    Goal("textbook NumPy", "1024x1024", 3.0),
    Goal("textbook NumPy", "4096x4096", 7.0),
    Goal("lambdify(cse)", "1024x1024", 3.5),
    Goal("SciPy", "1024x1024", 5.0),
    Goal("PyTorch", "1024x1024", 1.3),
    Goal("PyTorch", "4096x4096", 4.0),
    Goal("JAX", "1024x1024", 1.3),
)

HEAD = """# Speed of the NumPy kernels

Written by `make bench` from `benchmarks/cpu.json`; a test compares. Each figure is the time of a peer divided
by ours, in float32 with one thread unless said otherwise: above 1 we are faster.

"""


COMPARED_TITLE, EVERY_TITLE = "Geometric means", "All functions"
COMPARED_SET = f"""Over the {len(COMPARED)} kernels of the tables by size below, those of every run so far:
the goals are about them, and figures of other runs are comparable with these only."""
EVERY_SET = """The same means over every function of the package, backward passes, attention, layers and
procedures among them, each beside the peers that have it. Textbook NumPy is what a reader types: the formula
of the catalog as it stands, a sum of products as a product of matrices (`codegen/bench/textbook.py` writes
it), by hand where NumPy has a function or an assignment for it. A backward pass in PyTorch is autograd's,
forward and backward; in JAX `vjp`, compiled."""
FLOOR = """The *floor of NumPy* is the mean that our kernels would have if nothing cost time but their passes:
the same ufuncs and reductions, in the same run, on one block that stays in the cache, without checks,
look-ups and allocations (`codegen.bench.floor`), or the time of reading the arguments and writing the results
once, if that is longer. A goal that even the floor does not meet is *beyond the floor*: no schedule of these
passes reaches it in NumPy. In the tables below *floors* is the time of our kernel over its floor."""
SUM = """
The floor is a bound and no forecast: it lets the passes run while memory is read. A pass of NumPy ends before
the next begins, so only the first pass over a block waits for memory, and computes next to nothing meanwhile;
and only the last one writes. What a call takes is therefore nearer to the *sum* of both times than to the
larger; of that sum our kernels take, in geometric mean: {shares}."""
SMALL = """Operations of two or three passes over 32 KiB take little more than what every call needs beside
them: the checks of arguments and of `out=`, what was prepared for these shapes, the floating-point
state in which an overflow warns nobody."""
MORE_WORK = {"gelu": "takes Mills' ratio, which keeps the digits that 1 + erf loses for negative numbers"}
BEYOND = "not reached, beyond the floor"


def page(content: dict[str, Any]) -> str:
    """The page for a run."""
    compared = content | {"rows": [r for r in content["rows"] if r["kernel"] in COMPARED]}
    parts = [HEAD, _machine(content["machine"]), _goals(compared), _below(compared)]
    parts += [_means(content["geometric_means"], COMPARED_TITLE, COMPARED_SET)]
    parts += [_compiled(compared)] if content.get("compiled") else []
    if content.get("geometric_means_of_all"):
        parts += [_means(content["geometric_means_of_all"], EVERY_TITLE, EVERY_SET)]
        parts += [slower([r for r in content["rows"] if r["kernel"] not in COMPARED])]
    for size in dict.fromkeys(r["size"] for r in content["rows"]):
        parts.append(_rows(content["rows"], size, others=False))
    for size in dict.fromkeys(r["size"] for r in content["rows"] if r["kernel"] not in COMPARED):
        parts.append(_rows(content["rows"], size, others=True))
    return "\n".join(parts).rstrip("\n") + "\n"


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{n} {v}" for n, v in machine["versions"].items())
    arrays = f" {machine['arrays']}" if "arrays" in machine else ""
    before, after = (", ".join(f"{x:.1f}" for x in machine[k]) for k in ("load_before", "load_after"))
    return (
        f"Machine: {machine['processor']}; Python {machine['python']}; {versions}. Allocator: "
        f"{machine['allocator']}. Load averages before and after the run: {before}; {after}. Times are the "
        "least CPU times over interleaved rounds. Our kernels write into `out=`; "
        f"*symcheck, new result* is the same call without it.{arrays}\n"
    )


def _mean(content: dict[str, Any], peer: str, size: str) -> dict[str, Any] | None:
    for m in content["geometric_means"]:
        if (m["peer"], m["size"], m["dtype"]) == (peer, size, "float32"):
            found: dict[str, Any] = m
            return found
    return None


def _goals(content: dict[str, Any]) -> str:
    lines = [
        "## Goals and results\n",
        "| peer | size | aimed at | geometric mean | kernels | | floor of NumPy | with the kernels in C |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for goal in GOALS:
        m = _mean(content, goal.peer, goal.size)
        if m is not None:
            floor = _at_the_floor(content, goal)
            verdict = "reached" if m["geometric_mean"] >= goal.wanted else "not reached"
            if verdict == "not reached" and floor is not None and floor < goal.wanted:
                verdict = BEYOND
            lines.append(
                f"| {goal.peer} | {goal.size} | {goal.wanted} | {m['geometric_mean']:.2f} | {m['kernels']} "
                f"| {verdict} | {'' if floor is None else f'{floor:.2f}'} | {_in_c(content, goal)} |"
            )
    return "\n".join([*lines, "", FLOOR, *_sums(content)]) + "\n"


def _sums(content: dict[str, Any]) -> list[str]:
    """How our times compare with those of the passes and of the memory together."""
    found: dict[str, list[float]] = {}
    for r in content["rows"]:
        if r["dtype"] == "float32" and r.get("passes"):
            found.setdefault(r["size"], []).append(r["seconds"]["symcheck"] / (r["passes"] + r["memory"]))
    shares = ", ".join(f"{statistics.geometric_mean(x):.2f} at {size}" for size, x in found.items())
    return [SUM.format(shares=shares)] if shares else []


def _at_the_floor(content: dict[str, Any], goal: Goal) -> float | None:
    """The mean that kernels without any cost but their passes would have."""
    ratios = [
        r["seconds"][goal.peer] / r["floor"]
        for r in content["rows"]
        if (r["size"], r["dtype"]) == (goal.size, "float32") and goal.peer in r["seconds"] and r.get("floor")
    ]
    return statistics.geometric_mean(ratios) if ratios else None


def _in_c(content: dict[str, Any], goal: Goal) -> str:
    """The same mean for the compiled target, over the same kernels."""
    ratios = [
        r["ratio"][goal.peer] / r["ratio"]["symcheck C"]
        for r in content["rows"]
        if (r["size"], r["dtype"]) == (goal.size, "float32")
        and {goal.peer, "symcheck C"} <= r["ratio"].keys()
    ]
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else ""


def _below(content: dict[str, Any]) -> str:
    """Where textbook NumPy is faster."""
    slow = [
        (f"{r['size']} in {r['dtype']}", r["kernel"], r["ratio"]["textbook NumPy"], _textbook_at_the_floor(r))
        for r in content["rows"]
        if r["ratio"]["textbook NumPy"] < 1
    ]
    if not slow:
        return "No operation is slower than textbook NumPy.\n"
    listed = "; ".join(f"{kernel} at {size} ({ratio:.3f}{floor})" for size, kernel, ratio, floor in slow)
    work = "".join(f" `{n}` {reason}." for n, reason in MORE_WORK.items() if n in {k for _, k, _, _ in slow})
    return f"Slower than textbook NumPy: {listed}. {SMALL}{work}\n"


def _textbook_at_the_floor(row: dict[str, Any]) -> str:
    ratio = row["seconds"]["textbook NumPy"] / row["floor"] if row.get("floor") else None
    return "" if ratio is None else f", at the floor {ratio:.2f}"


def _means(means: list[dict[str, Any]], title: str, what: str) -> str:
    lines = [
        f"## {title}\n",
        f"{what}\n",
        "| size | dtype | peer | geometric mean | least | kernel | kernels |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {m['size']} | {m['dtype']} | {m['peer']} | {m['geometric_mean']:.2f} | {m['least']:.2f} "
        f"| {m['least_kernel']} | {m['kernels']} |"
        for m in means
    ]
    return "\n".join(lines) + "\n"


FLOOR_OF_C = """The *floor of C* is the mean if nothing in C cost time but its bytes: a copy of as many as a
kernel reads and writes, the fastest of that size in the same run."""


def _compiled(content: dict[str, Any]) -> str:
    """How much faster the kernels in C are; in the tables below their time stands beside ours as a peer's."""
    runs = content["compiled"]
    floors = any("floor" in s for s in runs)
    lines = [
        "## The kernels in C\n",
        f"`generated.c_kernels`: the time of our NumPy kernel divided by that in C, aimed at {WANTED:g}. In "
        f"the tables below *{COMPILED_TARGET}* is a peer like the others: its time over that of NumPy.\n",
        *([f"{FLOOR_OF_C}{_bound_by_memory(content['rows'])}\n"] if floors else []),
        "| size | dtype | geometric mean | least | kernel | kernels | |" + " floor of C |" * floors,
        "|---|---|---|---|---|---|---|" + "---|" * floors,
    ]
    for s in runs:
        verdict = "reached" if s["geometric_mean"] >= WANTED else "not reached"
        if verdict == "not reached" and s.get("floor", WANTED) < WANTED:
            verdict = BEYOND
        lines.append(
            f"| {s['size']} | {s['dtype']} | {s['geometric_mean']:.2f} | {s['least']:.2f} "
            f"| {s['least_kernel']} | {s['kernels']} | {verdict} |"
            + (f" {s['floor']:.2f} |" if floors else "")
        )
    return "\n".join(lines) + "\n"


def _bound_by_memory(rows: list[dict[str, Any]]) -> str:
    """The kernels that could not reach what is aimed at for their bytes alone."""
    found: dict[str, list[str]] = {}
    for row in rows:
        floor = at_the_floor(row)
        if floor is not None and floor < WANTED and row["dtype"] == "float32":
            found.setdefault(row["size"], []).append(f"{row['kernel']} {floor:.2f}")
    listed = "; ".join(f"at {size} {', '.join(kernels)}" for size, kernels in found.items())
    return f" In float32 it is below {WANTED:g} {listed}." if listed else ""


def _rows(measured: list[dict[str, Any]], size: str, *, others: bool) -> str:
    rows = [
        r
        for r in measured
        if r["size"] == size and r["dtype"] == "float32" and others != (r["kernel"] in COMPARED)
    ]
    peers = list(dict.fromkeys(p for r in rows for p in r["ratio"] if p != "symcheck"))
    lines = [
        f"## {'Other functions, ' if others else ''}{size}, float32\n",
        f"| kernel | microseconds | copies | floors | {' | '.join(peers)} |",
        "|---|---|---|---|" + "---|" * len(peers),
    ]
    for r in rows:
        ours = r["seconds"]["symcheck"]
        cells = [f"{r['ratio'][p]:.2f}" if p in r["ratio"] else "" for p in peers]
        floors = f"{ours / r['floor']:.2f}" if r.get("floor") else ""
        copies = ours / r["copy_seconds"]
        lines.append(f"| {r['kernel']} | {ours * 1e6:.1f} | {copies:.1f} | {floors} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write(content: dict[str, Any]) -> None:
    """Writes the page of ``content``."""
    PAGE.write_text(page(content), encoding="utf-8")


if __name__ == "__main__":
    write(json.loads(RUN.read_text(encoding="utf-8")))
