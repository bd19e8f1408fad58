"""The measured error bounds that docstrings state and ``verify`` holds the kernels to.

``accuracy_table.json`` is written by ``codegen.accuracy`` and committed; reading it needs no kernel.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "accuracy_table.json"
TABLES = {"numpy": TABLE, "c": Path(__file__).parent / "c" / "accuracy_table.json"}
PEERS = Path(__file__).parent / "accuracy_peers.json"
PEER_CAP = 1e6  # errors beyond this are all the same: no digit is right
NOT_COUNTED = "not counted"  # no result of which something is said: an infinite condition number


@dataclass(frozen=True)
class Bound:
    """Errors of one function in one dtype, as measured.

    ``worst`` and ``mean`` in ulp on well-conditioned results, ``scaled`` the worst error over all results
    in ulp times the condition number (``codegen.accuracy`` defines both); ``reason`` for an exception.
    Well-conditioned results have a condition number of at most ``within``.  ``processor``: where it was
    measured, a kind of ``codegen.processors``, where that makes a difference.
    """

    target: str
    function: str
    dtype: str
    worst: float
    mean: float
    scaled: float
    reason: str = ""
    within: float = 2.0
    processor: str = ""


@cache
def measurements(target: str = "numpy") -> tuple[Bound, ...]:
    """Every line of a target's table, one for each processor; empty before the first measurement."""
    place = TABLES[target]
    if not place.exists():
        return ()
    return tuple(Bound(**row) for row in json.loads(place.read_text(encoding="utf-8")))


@cache
def table(target: str = "numpy") -> tuple[Bound, ...]:
    """Every bound of a target: the worst that was measured on any processor."""
    found: dict[tuple[str, str], list[Bound]] = {}
    for measured in measurements(target):
        found.setdefault((measured.function, measured.dtype), []).append(measured)
    return tuple(_worst(listed) for listed in found.values())


def _worst(listed: Sequence[Bound]) -> Bound:
    return replace(
        listed[0],
        worst=max(b.worst for b in listed),
        mean=max(b.mean for b in listed),
        scaled=max(b.scaled for b in listed),
        within=max(b.within for b in listed),
        processor=", ".join(b.processor for b in listed),
    )


def bounds(function: str, target: str = "numpy") -> tuple[Bound, ...]:
    """The bounds of one function."""
    return tuple(b for b in table(target) if b.function == function)


@cache
def peer_errors() -> dict[str, dict[str, dict[str, dict[str, list[float] | str]]]]:
    """Errors by region (``codegen.accuracy_peers``): function -> dtype -> region -> "ours", "textbook" or
    "PyTorch" -> worst and mean error in ulp over the condition number, or ``NOT_COUNTED``."""
    found: dict[str, dict[str, dict[str, dict[str, list[float] | str]]]] = json.loads(
        PEERS.read_text(encoding="utf-8")
    )
    return found
