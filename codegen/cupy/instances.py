"""``python -m codegen.cupy.instances``: every instance that the launch code can ask for, through NVRTC.

A schedule depends on the type, the length, how rows lie in memory, how many there are, and the shared memory
that a block may have: the launch code itself is asked at each length where its choice can change. All
instances (some fifteen thousand, those of the rows within functions over several axes among them) are
compiled for sm_90, and ``instances.json`` holds for each kernel what was found wrong, with a hash of its text
and one of its instances: what has changed is compiled anew. `symcheck verify` sees that no text has, the
tests that nothing has, and both compile a choice of instances for each architecture
(``report.compile_everything``).
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from codegen.cupy.compiled import compiled_text
from codegen.cupy.gpu.checks import fused_kernels, kernel_of, row_kernels
from codegen.cupy.nvrtc import compile_text
from codegen.cupy.report import Checked, complaints
from codegen.cupy.tiers import TIERS
from codegen.cupy.ulps import dtype_of
from symcheck.files import write_whole

__all__ = [
    "TYPES",
    "asked",
    "complaints_of",
    "everything",
    "lengths",
    "of_function",
    "packs",
    "recorded",
    "source",
    "stale",
    "wide_arrays",
]

ARCH = 90
RECORD = Path(__file__).parent / "instances.json"
LONGEST = 70_000
SHARED = (64 * 1024, 99 * 1024, 163 * 1024, 227 * 1024)
"""Bytes of shared memory that a block may have: 7.5, 8.6, 8.0, 9.0."""
ROWS = (1, 10_000)
TYPES = ("float32", "bfloat16", "float64")
"""float16 has the instances of bfloat16, with the same arithmetic."""
Instances = Mapping[str, Sequence[str]]


@functools.cache
def lengths(v: int) -> tuple[int, ...]:
    """Multiples of ``v`` where a choice changes: what fills packs of threads, or a share of shared memory."""
    filled = {v * t * s for t in (*TIERS.held_lanes, *TIERS.staged_lanes) for s in (1, 2, 4, 8, 16)}
    filled |= {1024 * k for k in range(1, LONGEST // 1024 + 1)}
    return tuple(sorted(n for f in filled for n in (f - v, f, f + v) if 0 < n <= LONGEST))


@dataclass
class _Sized:
    """An array of which only the size is asked."""

    nbytes: int = 0


@dataclass
class _Driver:
    limit: int

    def shared_limit(self) -> int:
        return self.limit


@dataclass
class Asked:
    """Stands for ``Call``: a type, packs of ``v`` places; notes the instances that would be launched."""

    dtype: np.dtype[Any]
    storage: str
    real: str
    v: int
    driver: _Driver
    found: set[str] = field(default_factory=set)
    recording: None = None

    @functools.cached_property
    def real_dtype(self) -> np.dtype[Any]:
        return np.dtype("f8" if self.real == "double" else "f4")

    def places(self, arrays: Sequence[Any], row: int, numbers: int) -> int:
        return self.v

    def empty(self, shape: Any, dtype: Any) -> _Sized:
        return _Sized()

    def launch(self, text: str, name: str, *rest: Any) -> None:
        self.found.add(name)


def asked(package: ModuleType, name: str, dtype: str, v: int, rows: int, n: int, limit: int) -> set[str]:
    """The instances that are launched for ``rows`` rows of ``n`` places, ``v`` of which are one access."""
    call = Asked(dtype_of(dtype), *_types(package)[dtype], v, _Driver(limit))
    kernel = fused_kernels(package)[name]
    sizes = {"row": rows, "shared": n, "element": rows * n}
    wide = wide_arrays(package)[name]

    def number(array: Any) -> int:
        return 8 if array.integer else (call.real_dtype if array.name in wide else call.dtype).itemsize

    given = [_Sized(sizes[a.role] * prod(a.literal) * number(a)) for a in kernel.arrays if a.used]
    numbers = dict.fromkeys(kernel.numbers.given, 0.0)
    kernel.launch(call, given, numbers, [_Sized()] * len(kernel.outputs), rows, n)
    return call.found


def of_function(package: ModuleType, name: str) -> Instances:
    """By head of the text (``emit.HEADS``): every instance that the launch code can ask for."""
    found: dict[str, set[str]] = {}
    for dtype in TYPES:
        names = found.setdefault(_types(package)[dtype][1], set())
        for v in packs(package, name, dtype):
            for n in lengths(v):
                first = asked(package, name, dtype, v, ROWS[-1], n, SHARED[-1])
                names |= first
                # what is in registers is so however many rows there are and however little memory
                others = [] if all("_held" in e for e in first) else itertools.product(ROWS, SHARED)
                for rows, limit in others:
                    names |= asked(package, name, dtype, v, rows, n, limit)
    return {real: sorted(names) for real, names in found.items()}


@functools.cache
def wide_arrays(package: ModuleType) -> Mapping[str, frozenset[str]]:
    """By kernel: the arguments that an earlier step has left in the type of sums."""
    found = dict.fromkeys(row_kernels(package), frozenset[str]())
    for name in package.__all__:
        kept: set[str] = set()
        for step in getattr(kernel_of(package, name), "steps", ()):
            kept |= {step.result} if getattr(step, "wide", False) else set()
            kernel = getattr(step, "kernel", None)
            if kernel is not None:
                reads = zip(kernel.arrays, step.reads, strict=True)
                wide = {a.name for a, read in reads if read.name in kept or read.name.startswith("@")}
                kept |= {w.name for w, out in zip(step.writes, kernel.outputs, strict=True) if out.wide}
                found[kernel.name] = frozenset(wide)
    return found


def everything(package: ModuleType) -> dict[str, Instances]:
    """``of_function`` for every kernel along rows, once for those that the launch code cannot tell apart."""
    alike: dict[Any, tuple[str, Instances]] = {}
    found: dict[str, Instances] = {}
    for name in row_kernels(package):
        seen = _seen(package, name)
        if seen not in alike:
            alike[seen] = name, of_function(package, name)
        first, instances = alike[seen]
        found[name] = {
            real: sorted(f"{name}{e.removeprefix(first)}" for e in asked_for)
            for real, asked_for in instances.items()
        }
    return found


def _seen(package: ModuleType, name: str) -> tuple[Any, ...]:
    """What the launch code sees of a kernel, its name apart where that is nothing special."""
    kernel, wide = fused_kernels(package)[name], wide_arrays(package)[name]
    place = {a.name: k for k, a in enumerate(kernel.arrays)}
    arrays = tuple((a.role, a.literal, a.integer, a.used, a.name in wide) for a in kernel.arrays)
    outputs = tuple((o.role, o.literal, o.wide) for o in kernel.outputs)
    facts = (
        kernel.held,
        kernel.folded,
        kernel.passes,
        kernel.saved,
        kernel.sums,
        kernel.guarded,
        kernel.roomy,
    )
    columns = tuple(place.get(c, -1) for c in kernel.columns)
    own = name if name in TIERS.guarded_on_a_warp else ""
    return arrays, outputs, facts, tuple(place[s] for s in kernel.staged), columns, own


def packs(package: ModuleType, name: str, dtype: str) -> Iterator[int]:
    """How many places an access can hold."""
    kernel = fused_kernels(package)[name]
    numbers = max(prod(spec.literal) for spec in (*kernel.arrays, *kernel.outputs))
    places = TIERS.pack_bytes // (dtype_of(dtype).itemsize * numbers)
    while places:
        yield places
        places //= 2


@functools.cache
def _types(package: ModuleType) -> Mapping[str, tuple[str, str]]:
    found: Mapping[str, tuple[str, str]] = importlib.import_module(f"{package.__name__}._runtime")._TYPES
    return found


def source(package: ModuleType, name: str, real: str) -> str:
    """The text that CuPy would compile."""
    found: str = importlib.import_module(f"{package.__name__}._runtime")._source(
        real, fused_kernels(package)[name].text
    )
    return found


def digest(parts: Iterable[str]) -> str:
    """Names a text, or a set of instances."""
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()[:16]


Record = dict[str, Any]


def described(package: ModuleType, name: str, instances: Instances) -> Record:
    """What the record says of a function besides the complaints."""
    return {
        "text": digest(compiled_text(source(package, name, real)) for real in instances),
        "instances": digest(itertools.chain(*instances.values())),
        "count": sum(map(len, instances.values())),
    }


def complaints_of(name: str, instances: Instances) -> dict[str, list[str]]:
    """What NVRTC says of instances of a function, where it is not what may ship."""
    package = importlib.import_module("generated.cupy_kernels")
    found = {}
    for real, names in instances.items():
        for report in compile_text(source(package, name, real), arch=ARCH, expressions=names).kernels:
            own_sine = real == "double" and "op_sin" in fused_kernels(package)[name].text
            wrong = complaints(Checked(ARCH, real, report), loads=False, may_use_local=own_sine)
            if wrong:
                found[report.expression] = wrong
    return found


def compiled(name: str) -> tuple[str, Record]:
    """The row of a function in the record."""
    package = importlib.import_module("generated.cupy_kernels")
    instances = of_function(package, name)
    return name, described(package, name, instances) | {"complaints": complaints_of(name, instances)}


def recorded() -> dict[str, Record]:
    """The record by function."""
    found: dict[str, Record] = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    return found


def stale(
    package: ModuleType, every: Mapping[str, Instances], record: Mapping[str, Record], what: Sequence[str]
) -> list[str]:
    """The functions of which something of ``what`` ("text", "instances") is not that of the record."""
    found = []
    for name, instances in every.items():
        now, then = described(package, name, instances), record.get(name, {})
        if any(now[part] != then.get(part) for part in what):
            found.append(name)
    return found


def main(names: Sequence[str]) -> int:
    """Compiles what has changed, or the functions given, and writes the record; 1 if there are complaints."""
    package = importlib.import_module("generated.cupy_kernels")
    every = everything(package)
    record = {name: row for name, row in recorded().items() if name in every}
    todo = names or stale(package, every, record, ("text", "instances"))
    with ProcessPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(compiled, name) for name in todo]):
            name, row = done.result()
            record[name] = row
            print(f"{name:<32}{row['count']:>6} instances", flush=True)
            for instance, wrong in row["complaints"].items():
                print(f"    {instance}: {'; '.join(wrong)}", flush=True)
            write_whole(RECORD, json.dumps(dict(sorted(record.items())), indent=1) + "\n")
    return 1 if any(row["complaints"] for row in record.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
