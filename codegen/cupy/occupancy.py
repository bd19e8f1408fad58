"""``python -m codegen.cupy.occupancy [FUNCTION ...]``: what an SM of an H200 has on its way, predicted.

NVRTC says how many registers a kernel takes, the launch code how many threads and how much shared memory.
From that follow the blocks that an SM holds at once, and the bytes that their threads load before they use
the first. By Little's law 4.8 TB/s for 0.4 to 0.7 us are 15 to 26 KB for each of 132 SMs. Of functions of
one place the texts that ran on an H200 came to 0.77 to 0.86 of the copy bandwidth with 20 to 24 KB and to
0.92 or more with 32. Rows came to 0.34 to 0.89 with 16 warps on an SM; in registers and with 24 to 36 warps
to 0.92 or more, if a place takes fewer than 7 instructions for each byte that it moves (132 SMs begin so
many while 4.2 TB/s are copied; logsumexp in float32 with 39 for 4 bytes came to 0.70), and if weights are
few enough for L1 (layer_norm in float32 has 7 TB/s from L2 at 0.83). Predictions, no measurements: those
are in docs/gpu.md.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from codegen.cupy.gpu.cases import CASES, Case, arguments
from codegen.cupy.gpu.checks import kernel_of
from codegen.cupy.nvrtc import compile_text
from codegen.cupy.recording import Recorder
from codegen.cupy.tiers import TIERS
from codegen.cupy.ulps import dtype_of

__all__ = ["Launched", "Predicted", "blocks_on_sm", "launched", "predicted"]

ARCH = 90
REGISTERS, THREADS, BLOCKS, SHARED = 65536, 2048, 32, 228 * 1024
OF_THE_SYSTEM = 1024  # bytes of shared memory that each block takes besides its own
ROWS = 256
LENGTHS = (2048, 8192, 16384, 32768)


@dataclass(frozen=True)
class Launched:
    """A launch that was asked for."""

    source: str
    expression: str
    threads: int
    shared: int


class Launches(Recorder):
    """Notes the launches of kernels, of which none is run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Launched] = []

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        def launch(grid: Sequence[int], block: Sequence[int], args: Any, *, shared_mem: int = 0) -> None:
            self.found.append(Launched(source, expression, int(np.prod(block)), shared_mem))

        return launch


@dataclass(frozen=True)
class Predicted:
    """The kernel that moves a row's arrays: ``flight`` in bytes on an SM."""

    function: str
    dtype: str
    n: int
    expression: str
    registers: int
    threads: int
    blocks: int
    flight: int


def blocks_on_sm(registers: int, threads: int, shared: int) -> int:
    """How many blocks an SM of compute capability 9.0 holds; registers are given to warps by 256."""
    of_warp = -(-registers * 32 // 256) * 256
    warps = -(-threads // 32)
    return min(REGISTERS // (of_warp * warps), THREADS // threads, BLOCKS, SHARED // (shared + OF_THE_SYSTEM))


def in_flight(launched: Launched, arrays: int, itemsize: int) -> int:
    """The bytes that a block loads before it uses the first of them, of ``arrays`` numbers for each place; in
    shared memory those of the next row."""
    name, _, given = launched.expression.rstrip(">").partition("<")
    sizes = [int(s) for s in given.split(", ")[1:] if s.isdigit()]
    tier = re.search(r"_(flat|held|block|staged|split|held_columns|fetched_columns|staged_columns)$", name)
    if tier is None:
        return 0
    pack = sizes[0] * itemsize * arrays * launched.threads
    match tier[1]:
        case "held" | "held_columns":
            return pack * sizes[1]
        case "staged" | "fetched_columns" | "staged_columns":
            return launched.shared - TIERS.scratch_bytes
        case "block" | "split":
            numbers = sizes[0] * arrays
            return pack * (1 if itemsize != 4 or numbers > 12 else 2 if numbers > 4 else 4)
    return pack


def launched(package: ModuleType, case: Case, dtype: str, n: int) -> list[Launched]:
    """What a case asks for with rows of ``n`` places, of which there are more than are split."""
    launches = Launches()
    package.set_driver(launches)
    try:
        getattr(package, case.function)(*arguments(case, (ROWS, n), dtype_of(dtype), np, seed=0))
    finally:
        package.set_driver(None)
    return launches.found


def predicted(package: ModuleType, case: Case, dtype: str, n: int) -> Predicted | None:
    """What is predicted of a case for rows of ``n`` places; None for a step of another function."""
    if case.step is not None:
        return None
    found = launched(package, case, dtype, n)
    table = kernel_of(package, case.function)
    arrays = getattr(table, "held", None) or len(table.arrays)
    itemsize = dtype_of(dtype).itemsize
    best = max(found, key=lambda one: in_flight(one, arrays, itemsize))
    (report,) = compile_text(best.source, arch=ARCH, expressions=[best.expression]).kernels
    blocks = blocks_on_sm(report.registers, best.threads, best.shared)
    flight = blocks * in_flight(best, arrays, itemsize)
    return Predicted(case.function, dtype, n, best.expression, report.registers, best.threads, blocks, flight)


def main(names: Sequence[str]) -> None:
    """Prints a line for each function, type and length."""
    package = importlib.import_module("generated.cupy_kernels")
    print("predicted for an H200; nothing was run")
    heads = ("function", "type", "n", "registers", "warps", "blocks", "KB on their way")
    print(_LINE.format(*heads, "kernel"))
    for case in CASES:
        for dtype in ("float32", "bfloat16"):
            for n in LENGTHS:
                p = predicted(package, case, dtype, n) if not names or case.function in names else None
                if p is not None:
                    kilobytes = round(p.flight / 1024)
                    cells = (
                        p.function,
                        p.dtype,
                        p.n,
                        p.registers,
                        p.blocks * p.threads // 32,
                        p.blocks,
                        kilobytes,
                    )
                    print(_LINE.format(*cells, p.expression), flush=True)


_LINE = "{:<20}{:<10}{:>6}{:>11}{:>9}{:>8}{:>17}  {}"


if __name__ == "__main__":
    main(sys.argv[1:])
