"""How long a kernel takes beside its peers, from the committed run of ``make bench``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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
