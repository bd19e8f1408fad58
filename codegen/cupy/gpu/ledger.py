"""Which kernel texts have run on a GPU: hash of source and flags -> device, date, ulp and time.

A text that has changed since is a text that has never run. Procedures have no CUDA text: of them it is the
Python text, which calls CuPy's own functions.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from codegen.cupy.compiled import compiled_text
from codegen.cupy.gpu import RESULTS
from codegen.cupy.gpu.checks import PROCEDURES, kernel_of
from codegen.cupy.nvrtc import CUPY_FLAGS
from symcheck.files import write_whole

NAME = "gpu_ledger.json"
PLACE = RESULTS / NAME


@cache
def kernels() -> Mapping[str, Any]:
    """The kernel of each function of ``generated.cupy_kernels`` that has one."""
    package = importlib.import_module("generated.cupy_kernels")
    return {name: kernel for name in package.__all__ if (kernel := kernel_of(package, name)) is not None}


@cache
def hash_of(name: str) -> str:
    """Of all the texts of a function as the compiler sees them, and the flags: a change of a comment, or of
    an operation that its kernels do not use, leaves it what has run."""
    if name in PROCEDURES:
        text = inspect.getsource(importlib.import_module("generated.cupy_kernels.procedures"))
        return hashlib.sha256(f"{name}\0{text}".encode()).hexdigest()
    device = importlib.import_module("generated.cupy_kernels._device")
    texts = [compiled_text(device.DEVICE + text) for text in _texts(kernels()[name])]
    content = "\0".join([*device.HEADS.values(), *texts, *CUPY_FLAGS])
    return hashlib.sha256(content.encode()).hexdigest()


def hashes() -> Mapping[str, str]:
    """The hash of each function."""
    return {name: hash_of(name) for name in (*kernels(), *PROCEDURES)}


def _texts(kernel: Any) -> Iterator[str]:
    if hasattr(kernel, "text"):
        yield kernel.text
    if hasattr(kernel, "kernel"):
        yield kernel.kernel.text
    for step in getattr(kernel, "steps", ()):
        yield from _texts(step)


def read(place: Path = PLACE) -> dict[str, dict[str, Any]]:
    """The entries by hash; empty before the first run on a GPU."""
    if not place.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(place.read_text(encoding="utf-8"))
    return found


def add(content: Mapping[str, Any], place: Path = PLACE) -> None:
    """Adds what a run measured: the worst error in ulp of every function, and the times of some."""
    known = read(place)
    where = {"date": content["date"], "gpu": content["device"]["gpu"]}
    for found in content["errors"]:
        entry = known.setdefault(hash_of(found["function"]), _entry(found["function"]))
        ulp = {**where, "dtype": found["dtype"], "where": found["where"], "ulp": found["worst"]}
        _put(entry["errors"], ulp, ("gpu", "dtype", "where"))
    for row in content["rows"]:
        if row["function"] in kernels():
            entry = known.setdefault(hash_of(row["function"]), _entry(row["function"]))
            run = {
                **where,
                "size": row["size"],
                "dtype": row["dtype"],
                "seconds": row["seconds"]["symcheck"]["median"],
                "share_of_copy": row["share_of_copy"],
            }
            _put(entry["times"], run, ("gpu", "size", "dtype"))
    current = set(hashes().values())
    write_whole(place, json.dumps({h: e for h, e in known.items() if h in current}, indent=1) + "\n")


def _entry(function: str) -> dict[str, Any]:
    return {"function": function, "errors": [], "times": []}


def _put(entries: list[dict[str, Any]], new: dict[str, Any], by: tuple[str, ...]) -> None:
    """In the place of what was measured of the same before."""
    entries[:] = [e for e in entries if any(e[k] != new[k] for k in by)] + [new]


def about(formula_id: str) -> list[str]:
    """What ``symcheck show`` says of the CUDA texts of a formula."""
    made = importlib.import_module("formulas.kernels").kernels().get(formula_id, ())
    by_hand = importlib.import_module("codegen.procedures").procedures_of([formula_id])
    names = [*(n for k in made for n in (k.name, f"{k.name}_vjp")), *by_hand]
    return [_line(name) for name in names if name in hashes()]


def _line(name: str) -> str:
    entry = read().get(hash_of(name))
    what, checked = f"CUDA text of {name}", "compiled by NVRTC, run on the host harness"
    if name in PROCEDURES:
        what, checked = f"{name} with CuPy's own functions", "run with NumPy's in their place"
    if entry is None and not PLACE.exists():
        return f"{what}: runs on GPUs are recorded in the repository, which is not at hand"
    if entry is None:
        return f"{what}: has never run on a GPU ({checked})"
    last = [*entry["errors"], *entry["times"]][-1]
    ulp = ", ".join(
        f"{dtype} {max(e['ulp'] for e in entry['errors'] if e['dtype'] == dtype):.2g}"
        for dtype in dict.fromkeys(e["dtype"] for e in entry["errors"])
    )
    share = max((t["share_of_copy"] for t in entry["times"]), default=None)
    speed = "" if share is None else f", up to {share:.2f} of the copy bandwidth"
    return f"{what}: ran on {last['gpu']}, {last['date']}; ulp: {ulp or 'not measured'}{speed}"
