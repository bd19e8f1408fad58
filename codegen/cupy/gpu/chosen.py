"""What was measured of the schedules that the launch code takes now.

All that a row fits are timed side by side (``codegen.cupy.gpu.schedules``); the choice among them is made by
numbers (``tiers.py``), which may have changed since.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import ModuleType
from typing import Any

from codegen.cupy.gpu.cases import CASES
from codegen.cupy.occupancy import launched

__all__ = ["Chosen", "chosen", "taken"]


@dataclass(frozen=True)
class Chosen:
    """Shares of the copy bandwidth: ``then`` of the schedule that was taken when all were timed, ``now`` of
    that which is taken now, ``None`` if it was not among them; ``best`` of all of them."""

    function: str
    dtype: str
    shape: tuple[int, int]
    kernel: str
    then: float
    now: float | None
    best: float


def taken(package: ModuleType, function: str, dtype: str, n: int) -> tuple[str, int]:
    """The kernels that are launched for rows of ``n`` places, and the threads of a block of the first."""
    found = launched(package, next(c for c in CASES if c.function == function), dtype, n)
    return " ".join(one.expression for one in found), found[0].threads


def chosen(rows: Sequence[Mapping[str, Any]]) -> list[Chosen]:
    """For each row of a run of ``schedules`` what is taken now."""
    package = importlib.import_module("generated.cupy_kernels")
    return [_chosen(row, *taken(package, row["function"], row["dtype"], row["shape"][1])) for row in rows]


def _chosen(row: Mapping[str, Any], kernel: str, threads: int) -> Chosen:
    """What was launched alike under several names was timed as often: the median counts."""
    alike: dict[tuple[str, int], list[float]] = {}
    for name, share in row["share_of_copy"].items():
        if "packs" not in name and "guarded" not in name:  # with the text that is there
            alike.setdefault((row["kernel"][name], row["threads"][name]), []).append(share)
    shares = {launched: median(found) for launched, found in alike.items()}
    return Chosen(
        row["function"],
        row["dtype"],
        (row["shape"][0], row["shape"][1]),
        kernel.partition(">")[0] + ">",
        then=shares[row["kernel"]["usual"], row["threads"]["usual"]],
        now=shares.get((kernel, threads)),
        best=max(shares.values()),
    )
