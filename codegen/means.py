"""Many ratios of times as a few figures: the geometric mean, the least one, and where that is."""

from __future__ import annotations

import statistics
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Mean", "means"]

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Mean:
    """Of ``count`` ratios."""

    geometric: float
    least: float
    least_in: str
    count: int


def means(ratios: Iterable[tuple[Key, float, str]]) -> dict[Key, Mean]:
    """The means of ratios by key, in the order in which keys come; the text says where a ratio is from."""
    found: dict[Key, list[tuple[float, str]]] = {}
    for key, ratio, where in ratios:
        found.setdefault(key, []).append((ratio, where))
    return {
        key: Mean(statistics.geometric_mean([r for r, _ in many]), *min(many), len(many))
        for key, many in found.items()
    }
