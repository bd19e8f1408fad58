"""The kernels in C beside our NumPy kernels, which they are there to beat."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codegen.c.runtime.build import NotBuilt, compiler
from codegen.means import means

__all__ = ["COMPILED_TARGET", "WANTED", "at_the_floor", "compiled_kernel", "speed_ups"]

COMPILED_TARGET = "symcheck C"
WANTED = 2.0
"""How many times as fast as our NumPy kernels they are to be, in geometric mean."""


def compiled_kernel(kernel: str) -> Callable[..., Any] | None:
    """The function in C; ``None`` where there is none, or no compiler (the run says so)."""
    package = importlib.import_module("generated.c_kernels")
    if kernel in package.NOT_YET:
        return None
    try:
        compiler()
    except NotBuilt as reason:
        print(f"{COMPILED_TARGET} left out: {reason}")
        return None
    found: Callable[..., Any] = getattr(package, kernel)
    return found


def speed_ups(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By size and dtype the geometric mean of the time in NumPy over the time in C, and the least one; and
    ``floor``, the mean if nothing in C cost time but its bytes."""
    timed = [row for row in rows if COMPILED_TARGET in row["seconds"]]
    found = means(
        (_run(row), row["seconds"]["symcheck"] / row["seconds"][COMPILED_TARGET], row["kernel"])
        for row in timed
    )
    floors = means((_run(row), at_the_floor(row) or math.nan, row["kernel"]) for row in timed)
    return [
        {
            "size": size,
            "dtype": dtype,
            "kernels": mean.count,
            "geometric_mean": mean.geometric,
            "least": mean.least,
            "least_kernel": mean.least_in,
        }
        | ({"floor": floor} if not math.isnan(floor := floors[size, dtype].geometric) else {})
        for (size, dtype), mean in found.items()
    ]


def _run(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["size"], row["dtype"]


def at_the_floor(row: Mapping[str, Any]) -> float | None:
    """The time in NumPy over that of a copy of as many bytes as the kernel reads and writes, the fastest copy
    of that size: NumPy's, or past the caches by C; ``None`` in a run that has not measured it."""
    if "least_copy_seconds" not in row:
        return None
    least: float = row["memory"] * row["least_copy_seconds"] / row["copy_seconds"]
    return float(row["seconds"]["symcheck"] / least)
