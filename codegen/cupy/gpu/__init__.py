"""What needs a GPU: the same kernels through CuPy, checked and timed (``python -m codegen.cupy.gpu``).

Nothing here has to be installed to import it.  All of it takes the CuPy module as an argument, so that a test
can run it against a stand-in on a machine without a GPU.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from codegen.cupy.ulps import NO_BFLOAT16, available
from symcheck.files import write_whole

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results"
POOLED = "pooled"
"""What a run says of where results go: new arrays, which a pool puts where those of the call before were."""
NO_GPU = 3
"""The exit code of a command that finds none."""


def left_out() -> None:
    """Says what cannot be done on this machine although it has a GPU."""
    if not available(["bfloat16"]):
        print(NO_BFLOAT16)


def unavailable() -> str | None:
    """Why no kernel can run on a GPU here, or None when one can."""
    try:
        import cupy
    except ImportError:
        return "no GPU run: CuPy is not installed (pip install cupy-cuda13x or cupy-cuda12x)"
    if not cupy.cuda.is_available():
        driver = cupy.cuda.runtime.driverGetVersion()
        found = f"driver {driver}" if driver else "no driver"
        return f"no GPU run: CuPy {cupy.__version__} finds no usable GPU ({found})"
    return None


def device(cupy: Any) -> dict[str, Any]:
    """The machine, as results name it."""
    number = cupy.cuda.Device().id
    properties = cupy.cuda.runtime.getDeviceProperties(number)
    name = properties["name"]
    return {
        "gpu": name.decode() if isinstance(name, bytes) else str(name),
        "compute_capability": f"{properties['major']}.{properties['minor']}",
        "multiprocessors": int(properties["multiProcessorCount"]),
        "l2_bytes": int(properties["l2CacheSize"]),
        "driver": int(cupy.cuda.runtime.driverGetVersion()),
        "runtime": int(cupy.cuda.runtime.runtimeGetVersion()),
        "cupy": str(cupy.__version__),
    }


def save(content: dict[str, Any], place: Path) -> None:
    """Results as they are committed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, json.dumps(content, indent=1) + "\n")


WORKERS = min(12, os.cpu_count() or 1)  # each holds a context on the GPU


def compile_in_processes(function: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
    """The results of ``function``, which has a kernel compiled for each job and CuPy keep it on disk."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=spawn) as pool:
        return list(pool.map(function, jobs))


def measured(
    measure: Callable[[ModuleType, Any], Iterable[dict[str, Any]]],
    show: Callable[[dict[str, Any]], None],
    name: str,
) -> int:
    """What a command does that measures rows: shows each, saves all after each, says so without a GPU."""
    reason = unavailable()
    if reason:
        print(reason)
        return NO_GPU
    left_out()
    cupy = importlib.import_module("cupy")
    rows = []
    for row in measure(importlib.import_module("generated.cupy_kernels"), cupy):
        show(row)
        rows.append(row)
        save({"device": device(cupy), "rows": rows}, RESULTS / name)
    return 0
