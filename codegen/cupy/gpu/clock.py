"""Times on a GPU: CUDA events around many calls, with data that is not in L2, variants in turn.

The GPU is kept busy while the CPU enqueues them, so that no time between two kernels is the CPU's; what a
call costs the CPU is measured by itself (``launch_overhead``).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Thunk = Callable[[], Any]


@dataclass(frozen=True)
class Time:
    """Seconds for one call: the median over rounds, and the 20th and 80th percentile."""

    median: float
    p20: float
    p80: float


def times(cupy: Any, variants: Mapping[str, Sequence[Thunk]], rounds: int, calls: int) -> dict[str, Time]:
    """The time of each variant.  Its thunks do the same on different data, together several times as much as
    L2 holds, and are called one after another."""
    for thunks in variants.values():
        for thunk in thunks:
            thunk()
    cupy.cuda.Device().synchronize()
    wait = cupy.RawKernel(_WAIT, "wait")
    found: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, thunks in variants.items():
            begin, end = cupy.cuda.Event(), cupy.cuda.Event()
            wait((1,), (1,), (_CYCLES,))
            for (
                thunk
            ) in thunks:  # or the first calls of a variant look up the pages of memory that is its own
                thunk()
            begin.record()
            for call in range(calls):
                thunks[call % len(thunks)]()
            end.record()
            end.synchronize()
            found[name].append(cupy.cuda.get_elapsed_time(begin, end) / 1e3 / calls)
    return {name: _summary(samples) for name, samples in found.items()}


_WAIT = """
extern "C" __global__ void wait(long long cycles) {
  const long long begin = clock64();
  while (clock64() - begin < cycles) {}
}
"""
_CYCLES = 4_000_000  # 2 ms and more


def _summary(samples: list[float]) -> Time:
    ordered = sorted(samples)
    last = len(ordered) - 1
    return Time(statistics.median(ordered), ordered[round(0.2 * last)], ordered[round(0.8 * last)])


def launch_overhead(cupy: Any, thunk: Thunk, calls: int = 2000) -> float:
    """Seconds of CPU time for one call whose kernel takes next to none."""
    import time

    thunk()
    cupy.cuda.Device().synchronize()
    begin = time.perf_counter()
    for _ in range(calls):
        thunk()
    spent = time.perf_counter() - begin
    cupy.cuda.Device().synchronize()
    return spent / calls
