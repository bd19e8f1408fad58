"""The documentation page of a run on a GPU: what was aimed at, what came out, how far off the numbers were.

``python -m codegen.cupy.gpu.page`` writes it from the committed results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from codegen.cupy.gpu import POOLED, RESULTS, ledger
from codegen.cupy.gpu.checks import PROCEDURES
from codegen.cupy.gpu.chosen import Chosen, chosen
from codegen.cupy.tables import table
from symcheck.files import write_whole

RUN = RESULTS / "gpu.json"
SWEEP = RESULTS / "gpu-schedules.json"
PAGE = RESULTS.parents[1] / "docs" / "gpu.md"
COMPILED, WANTED_MEAN = "torch.compile", 1.3
LAUNCH = 15.0  # microseconds
ALLOWED = "twice the bound and 8 ulp"  # ``checks.measured``

HEAD = """# The CUDA kernels on a GPU

Written by `python -m codegen.cupy.gpu.page` from `benchmarks/results/gpu.json`, which
`python -m codegen.cupy.gpu` writes; a test compares. *Share* is the time of a copy of as many bytes as the
function has to read and write, divided by our time, in the same run; the other columns are a peer's time
divided by ours: above 1 we are faster. Data is not in L2, and the GPU is kept busy while calls are enqueued.

"""


def page(content: Mapping[str, Any], found: Sequence[Chosen]) -> str:
    """The page for a run, and for what was measured of the schedules that are taken now."""
    rows = [r for r in content["rows"] if "share_of_copy" in r]
    now, ran = ledger.hashes(), ledger.read()
    same = [c for c in found if now[c.function] in ran]  # what was timed is the text that is there
    texts = {name: text for name, text in now.items() if name not in PROCEDURES}
    parts = [HEAD + _device(content), _method(content), _since(texts, ran), *_by_hand(now, ran)]
    parts += [_goals(content, rows, same), _means(content["means"], rows)]
    for size in dict.fromkeys(r["size"] for r in rows):
        parts.append(_rows([r for r in rows if r["size"] == size], size))
    parts += [_schedules(found), _errors(content["errors"]), _bounds()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = "|" + "---|" * len(heads)
    return "\n".join(["| " + " | ".join(heads) + " |", rule, *("| " + " | ".join(c) + " |" for c in lines)])


def _device(content: Mapping[str, Any]) -> str:
    device = content["device"]
    return (
        f"{device['gpu']} (compute capability {device['compute_capability']}, {device['multiprocessors']} "
        f"multiprocessors, {device['l2_bytes'] >> 20} MiB of L2), CUDA driver {device['driver']}, "
        f"CuPy {device['cupy']}; {content['date']}.\n"
    )


def _method(content: Mapping[str, Any]) -> str:
    """How results lie, where that differs between us and the peers."""
    if content.get("results") == POOLED:
        return "Results are new arrays for all, which a pool puts where those of the call before were.\n"
    return (
        "In this run our results and those of the copies went to two or more arrays in turn, those of the "
        "peers to new ones, which a pool puts where those of the call before were: on an H200 that is up to "
        "3 % in the peers' favour. Later runs call all of them alike.\n"
    )


def _since(now: Mapping[str, str], ran: Mapping[str, Any]) -> str:
    """Which texts are no longer those that ran."""
    changed = [name for name, text in now.items() if text not in ran]
    if not changed:
        return f"These are the texts of all {len(now)} functions as they are now.\n{_LAUNCHED}"
    if len(changed) == len(now):
        which = f"None of the texts of the {len(now)} functions as they are now is among those that ran"
    else:
        which = f"The texts of {len(changed)} of {len(now)} functions have changed since: "
        which += ", ".join(changed)
    return (
        f"{which}. What is said here is of those that ran; the texts as they are now have not run on a GPU "
        f"(compiled by NVRTC, run on the host harness).\n{_LAUNCHED}"
    )


_LAUNCHED = "Which schedule of a text is launched may have changed since.\n"


def _by_hand(now: Mapping[str, str], ran: Mapping[str, Any]) -> list[str]:
    """The procedures that have not run as they are now."""
    names = [name for name in PROCEDURES if now[name] not in ran]
    what = "written with CuPy's own functions: not run on a GPU as they are now"
    return [f"{' and '.join(names)}, {what}.\n"] if names else []


def _goals(content: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], found: Sequence[Chosen]) -> str:
    """The least share of each function over the sizes for which it is meant; then with what is launched now
    in place of what was, where that was timed."""
    since = {
        (c.function, c.dtype, f"{c.shape[0]}x{c.shape[1]}"): c.now
        for c in found
        if c.now is not None and c.now != c.then
    }
    lines = []
    for label, dtype in dict.fromkeys((r["label"], r["dtype"]) for r in rows):
        meant = [r for r in rows if (r["label"], r["dtype"]) == (label, dtype) and r["goal"] is not None]
        if meant:
            least = min(meant, key=lambda r: r["share_of_copy"])
            goal, share = least["goal"], least["share_of_copy"]
            now = min(since.get((label, dtype, r["size"]), r["share_of_copy"]) for r in meant)
            other = ("", "") if now == share else (f"{now:.3f}", _verdict(now, goal))
            verdict = _verdict(share, goal)
            lines.append((label, dtype, f"{goal}", f"{share:.3f}", least["size"], verdict, *other))
    heads = ("function", "dtype", "share aimed at", "least share", "at", "", "with the schedules below", "")
    text = "## Goals and results\n\n" + _table(heads, lines)
    for mean in content["means"]:
        if mean["peer"] == COMPILED:
            reached = mean["geometric_mean"] >= WANTED_MEAN and mean["least"] >= 1
            text += (
                f"\n\n{mean['dtype']} against {COMPILED}: {mean['geometric_mean']:.2f} in the geometric mean "
                f"(aimed at {WANTED_MEAN}), least {mean['least']:.2f} in {mean['least_in']} (aimed at 1): "
                f"{'reached' if reached else 'not reached'}."
            )
    for row in content["rows"]:
        if row["function"] == "launch":
            spent = row["seconds"]["symcheck"]["median"] * 1e6
            verdict = "reached" if spent < LAUNCH else "not reached"
            text += f"\n\nA call costs the CPU {spent:.1f} µs (aimed at less than {LAUNCH:.0f}): {verdict}."
    return text + (
        "\n\nThe peers' backward passes are given what their forward passes kept (the output of softmax, a "
        "norm's mean and deviation); ours start from the arguments and compute that again.\n"
    )


def _verdict(share: float, goal: float) -> str:
    return "reached" if share >= goal else "not reached"


def _means(means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        (
            m["peer"],
            m["dtype"],
            f"{m['geometric_mean']:.2f}",
            f"{m['least']:.2f}",
            m["least_in"],
            str(m["rows"]),
        )
        for m in means
    ]
    text = "## Geometric means\n\n" + _table(("peer", "dtype", "mean", "least", "in", "rows"), lines) + "\n"
    every = {r["label"] for r in rows}
    for peer in dict.fromkeys(m["peer"] for m in means):
        some = {r["label"]: None for r in rows if peer in r["ratio"]}
        if some.keys() != every:
            text += f"\n{peer}: of {', '.join(some)} only.\n"
    return text


def _rows(rows: Sequence[Mapping[str, Any]], size: str) -> str:
    peers = list(dict.fromkeys(p for r in rows for p in r["ratio"]))
    lines = [
        (
            r["label"],
            r["dtype"],
            f"{r['seconds']['symcheck']['median'] * 1e6:.0f}",
            f"{r['gigabytes_per_second']:.0f}",
            f"{r['share_of_copy']:.2f}",
            *(f"{r['ratio'][p]:.2f}" if p in r["ratio"] else "" for p in peers),
        )
        for r in rows
    ]
    heads = ("function", "dtype", "µs", "GB/s", "share", *peers)
    return f"## {size}\n\n" + _table(heads, lines) + "\n"


def _schedules(found: Sequence[Chosen]) -> str:
    """Where the launch code has another schedule now than when all of them were timed."""
    changed = [c for c in found if c.now != c.then]
    lines = [
        (
            c.function,
            c.dtype,
            f"{c.shape[0]}x{c.shape[1]}",
            f"{c.then:.2f}",
            "not timed" if c.now is None else f"{c.now:.2f}",
            f"{c.best:.2f}",
            f"`{c.kernel}`",
        )
        for c in changed
    ]
    heads = ("function", "dtype", "rows", "share then", "share", "best of all", "kernel")
    text = (
        "## Schedules\n\nAll schedules that a row fits were timed side by side "
        "(`python -m codegen.cupy.gpu.schedules`, `benchmarks/results/gpu-schedules.json`). "
    )
    if not changed:
        return text + "The launch code takes those that it took then.\n"
    text += (
        f"Of {len(found)} rows {len(changed)} are launched otherwise since, by what was found; the tables "
    )
    return text + "above are older than that choice.\n\n" + _table(heads, lines) + "\n"


def _errors(errors: Sequence[Mapping[str, Any]]) -> str:
    """The worst error of each function, over its regions."""
    types = list(dict.fromkeys(e["dtype"] for e in errors))
    worst: dict[str, dict[str, float]] = {}
    for e in errors:
        row = worst.setdefault(e["function"], {})
        row[e["dtype"]] = max(row.get(e["dtype"], 0.0), e["worst"])
    lines = [(f, *(f"{row[t]:.2g}" for t in types)) for f, row in worst.items()]
    return (
        "## Errors\n\nMeasured in that run, in ulp against 50 digits, the worst over the regions of the "
        "bounds below: of the largest number of a row for functions along one, divided by the condition "
        "number where a place stands for itself. CuPy compiles float32 with flush-to-zero: subnormals count "
        "as 0.\n\n" + _table(("function", *types), lines) + "\n"
    )


def _bounds() -> str:
    """The bounds that docstrings state, for each function, type and region."""
    types = list(dict.fromkeys(b.dtype for b in table()))
    worst: dict[tuple[str, str, str], dict[str, float]] = {}
    for b in table():
        worst.setdefault((b.function, b.where, b.unit), {})[b.dtype] = b.worst
    lines = [
        (function, where or "rows", unit, *(f"{row[t]:g}" for t in types))
        for (function, where, unit), row in worst.items()
    ]
    return (
        "## Bounds\n\nWhat the docstrings state of each function and type: the largest error measured "
        "against 50 digits with the kernels as they are now, on the host harness, whose elementary functions "
        "are glibc's. CUDA's are 1 to 5 ulp away from these, so on a GPU float32 and float64 may be off by "
        f"{ALLOWED}, and a check fails beyond that. k is the condition number of the result. float32 "
        "subnormals count as 0, as arguments, as results and on the way (CuPy compiles with flush-to-zero), "
        "so a result below 1e-38 may be 0. What is kept in 16 bits is computed in float32 and rounded once: "
        "float16 has its subnormals, those of bfloat16 are float32's and count as 0.\n\n"
        + _table(("function", "arguments", "unit", *types), lines)
        + "\n"
    )


def committed() -> str:
    """The page of the committed results."""
    run, sweep = (json.loads(place.read_text(encoding="utf-8")) for place in (RUN, SWEEP))
    return page(run, chosen(sweep["rows"]))


if __name__ == "__main__":
    write_whole(PAGE, committed())
