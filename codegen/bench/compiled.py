"""The kernels in C beside our NumPy kernels, which they are there to beat."""

from __future__ import annotations

import importlib
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codegen.c.runtime.build import NotBuilt, compiler

__all__ = ["COMPILED_TARGET", "WANTED", "compiled_kernel", "speed_ups"]

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
    """By size and dtype the geometric mean of the time in NumPy over the time in C, and the least one."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for row in rows:
        seconds = row["seconds"]
        if COMPILED_TARGET in seconds:
            ratio = seconds["symcheck"] / seconds[COMPILED_TARGET]
            found.setdefault((row["size"], row["dtype"]), []).append((ratio, row["kernel"]))
    return [
        {
            "size": size,
            "dtype": dtype,
            "kernels": len(ratios),
            "geometric_mean": math.exp(statistics.fmean(math.log(r) for r, _ in ratios)),
            "least": min(ratios)[0],
            "least_kernel": min(ratios)[1],
        }
        for (size, dtype), ratios in found.items()
    ]
