"""How long a kernel takes beside its peers, and what its CUDA text did on a GPU, from the committed runs of
``make bench`` and ``make gpu``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from codegen.cupy.gpu import ledger

RESULTS = Path(__file__).parents[2] / "benchmarks" / "cpu.json"
OURS = "symcheck"
SIZES = ("64x128", "1024x1024", "4096x4096")


@dataclass(frozen=True)
class Bar:
    """One peer: its time, and its share of the longest time in per cent."""

    peer: str
    microseconds: float
    width: float
    ours: bool


@dataclass(frozen=True)
class Bars:
    """All that were timed in one size, the quickest first."""

    size: str
    bars: tuple[Bar, ...]


def bars(kernel: str) -> list[Bars]:
    """The times of ``kernel`` in float32; none where it was not timed or the results are not at hand (they
    are part of the repository, not of the package)."""
    found = {r["size"]: r["seconds"] for r in _rows() if r["kernel"] == kernel and r["dtype"] == "float32"}
    return [Bars(size, _bars(found[size])) for size in SIZES if size in found]


def _bars(seconds: dict[str, float | None]) -> tuple[Bar, ...]:
    timed = {peer: s for peer, s in seconds.items() if s}
    longest = max(timed.values())
    order = sorted(timed, key=timed.__getitem__)
    return tuple(Bar(p, timed[p] * 1e6, 100 * timed[p] / longest, p.startswith(OURS)) for p in order)


@cache
def _rows() -> list[dict[str, Any]]:
    if not RESULTS.is_file():
        return []
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]
    return rows


@dataclass(frozen=True)
class Timed:
    """One size on a GPU; ``share`` is of the bandwidth that a copy of as many bytes reaches."""

    size: str
    dtype: str
    microseconds: float
    share: float


@dataclass(frozen=True)
class OnGpu:
    """A run of a kernel's very text; ``ulp`` is the worst error for each dtype."""

    gpu: str
    date: str
    ulp: tuple[tuple[str, float], ...]
    times: tuple[Timed, ...]


def on_gpu(kernel: str) -> OnGpu | None:
    """What the ledger says of the CUDA text that ``kernel`` has now; ``None`` if it has not run."""
    entry = ledger.read().get(ledger.hash_of(kernel)) if kernel in ledger.kernels() else None
    if entry is None:
        return None
    last = max([*entry["errors"], *entry["times"]], key=lambda e: str(e["date"]))
    errors, times = ([e for e in entry[k] if e["gpu"] == last["gpu"]] for k in ("errors", "times"))
    worst = {
        d: max(e["ulp"] for e in errors if e["dtype"] == d) for d in dict.fromkeys(e["dtype"] for e in errors)
    }
    timed = (Timed(t["size"], t["dtype"], t["seconds"] * 1e6, t["share_of_copy"]) for t in times)
    return OnGpu(last["gpu"], last["date"], tuple(worst.items()), tuple(timed))


def recorded() -> bool:
    """Whether runs on GPUs are at hand: they too are part of the repository, not of the package."""
    return ledger.PLACE.is_file()
