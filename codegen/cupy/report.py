"""What NVRTC makes of every kernel text: one report for each instance and architecture."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from types import ModuleType

from codegen.cupy import nvrtc
from codegen.cupy.emit import HEADS, device_text
from codegen.cupy.gpu.checks import fused_kernels, row_kernels
from codegen.cupy.harness import HostDriver
from codegen.cupy.harness.build import cache_folder
from codegen.cupy.nvrtc import KernelReport, compile_text
from codegen.cupy.recording import Recorder
from codegen.cupy.samples import (
    Sample,
    arguments,
    call,
    few_samples,
    functions,
    samples,
    widest_samples,
)
from codegen.cupy.schedule import walks_a_table
from codegen.ir import Program
from codegen.pipeline import KernelPrograms
from symcheck.files import write_whole

__all__ = [
    "Checked", "build_all", "compile_all", "compile_everything", "complaints", "merged", "packed", "requests",
    "summary", "unrecorded",
]  # fmt: skip

FULL = 90
LARGEST_REGISTERS = {"float": 128, "narrow": 128, "double": 232}


@dataclass(frozen=True)
class Checked:
    """One instance on one architecture; ``real`` is the head of its text (``emit.HEADS``)."""

    arch: int
    real: str
    report: KernelReport


Choice = Callable[[Program], Iterable[Sample]]


def requests(
    package: ModuleType, kernels: Sequence[KernelPrograms], choice: Choice, *more: Choice
) -> dict[str, list[str]]:
    """The texts and instances for which the launch code of ``package`` asks on the samples chosen."""
    recorder = Recorder()
    package.set_driver(recorder)
    try:
        for kernel, program in functions(kernels):
            for sample in itertools.chain(*(choose(program) for choose in (choice, *more))):
                call(package, program, arguments(kernel, program, sample), sample)
    finally:
        package.set_driver(None)
    return recorder.requests


@dataclass(frozen=True)
class Merged:
    """Several texts as one, which is possible because they begin alike; ``real`` as in ``Checked``."""

    real: str
    sources: tuple[str, ...]
    text: str
    expressions: tuple[str, ...]


def merged(asked: Mapping[str, Sequence[str]], size: int) -> list[Merged]:
    """The texts of ``asked``, at most ``size`` of one accumulation type together."""
    found = []
    for real, head in HEADS.items():
        shared = head + device_text()
        sources = [s for s in asked if s.startswith(shared)]
        for part in (tuple(sources[i : i + size]) for i in range(0, len(sources), size)):
            text = shared + "".join(s[len(shared) :] for s in part)
            found.append(Merged(real, part, text, tuple(e for s in part for e in asked[s])))
    assert sum(len(m.sources) for m in found) == len(asked), "a text begins unlike the others"
    return found


def compile_all(
    asked: Mapping[str, Sequence[str]], architectures: Iterable[int], workers: int = 2
) -> list[Checked]:
    """Compiles every instance of ``asked`` for every architecture."""
    jobs = [(arch, part) for arch in architectures for part in merged(asked, 24)]

    def run(job: tuple[int, Merged]) -> list[Checked]:
        arch, part = job
        return [Checked(arch, part.real, report) for report in _reports(arch, part)]

    with ThreadPoolExecutor(workers) as pool:
        return [checked for found in pool.map(run, jobs) for checked in found]


def _reports(arch: int, part: Merged) -> list[KernelReport]:
    """The compiler's reports on a text; kept in the cache under the text, the flags and the version."""
    key = repr((nvrtc.version(), arch, nvrtc.CUPY_FLAGS, part.text, part.expressions, KernelReport.__doc__))
    place = cache_folder("nvrtc") / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    if place.exists():
        return [KernelReport(**row) for row in json.loads(place.read_text(encoding="utf-8"))]
    reports = compile_text(part.text, arch=arch, expressions=part.expressions).kernels
    write_whole(place, json.dumps([asdict(r) for r in reports]))
    return list(reports)


def build_all(driver: HostDriver, asked: Mapping[str, Sequence[str]]) -> HostDriver:
    """``driver`` with every instance of ``asked`` built ahead, several texts to a library."""
    driver.build([(m.sources, m.text, m.expressions) for m in merged(asked, 16)])
    return driver


def complaints(
    checked: Checked, *, may_use_local: bool = False, loads: bool = True, stores: bool = False
) -> list[str]:
    """What is wrong with a compiled kernel; empty for one that may ship.  ``loads`` and ``stores``: it has
    arguments and results of many places (``packed``)."""
    r = checked.report
    found = []
    if r.spills:
        found.append(f"spills {r.spills} bytes")
    if (r.stack or r.local_instructions) and not may_use_local:
        found.append(f"uses {r.stack} bytes of local memory")
    if checked.real != "double" and r.double_instructions:
        found.append(f"{r.double_instructions} instructions in double precision")
    if r.atomics:
        found.append(f"{r.atomics} atomics, so its sums have no fixed order")
    if r.registers > LARGEST_REGISTERS[checked.real]:
        found.append(f"{r.registers} registers")
    if wide_access(r.expression) and loads and not r.vector_loads:
        found.append("no vector loads")
    if wide_access(r.expression) and stores and not r.vector_stores:
        found.append("no vector stores")
    return found


_STORING = ("flat", "held", "held_columns", "fetched_columns", "staged_columns", "staged", "block")
_READING = (*_STORING, "split")


def packed(package: ModuleType, expression: str) -> tuple[bool, bool]:
    """Whether an instance reads packs of places, and whether it writes them: in the others a thread has one
    number of a row or of a part of it."""
    name, _, rest = expression.partition("<")
    kernel = fused_kernels(package).get(name.removesuffix(f"_{_schedule(name)}"))
    if kernel is None:
        return True, False
    flat = not hasattr(kernel, "passes")
    reads = flat or any(a.used and a.role == "element" for a in kernel.arrays)
    writes = flat or any(o.role == "element" for o in kernel.outputs)
    if name.endswith("_split") and not writes:  # the last of its launches has the folds of the parts alone
        reads &= int(rest.rstrip(">").rpartition(", ")[2]) <= kernel.passes
    schedule = _schedule(name)
    return reads or schedule not in _READING, writes and schedule in _STORING


def _schedule(name: str) -> str:
    return max((s for s in _READING if name.endswith(f"_{s}")), key=len, default="")


def compile_everything(package: ModuleType, kernels: Sequence[KernelPrograms]) -> list[Checked]:
    """A choice of instances for every architecture, and for ``FULL`` more of those that the samples ask for:
    what ``codegen.cupy.instances`` has recorded of all kernels along rows is not compiled once more."""
    few = requests(package, kernels, few_samples)
    found = compile_all(few, nvrtc.ARCHITECTURES)
    found += compile_all(unrecorded(package, requests(package, kernels, samples), few), [FULL])
    widest = requests(package, kernels, widest_samples)
    return found + compile_all(widest, [arch for arch in nvrtc.ARCHITECTURES if arch >= FULL])


def unrecorded(
    package: ModuleType, asked: Mapping[str, Sequence[str]], compiled: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Of ``asked``, without those of ``compiled``: all instances of a kernel that the record of instances
    leaves out; and of the others, whose access in packs the record does not speak of, one for each type: the
    shortest with the most places in a pack."""
    along_rows = tuple(kernel.text for kernel in row_kernels(package).values())
    found: dict[str, list[str]] = {}
    for source, expressions in asked.items():
        chosen = expressions
        if source.endswith(along_rows):
            by_type: dict[str, list[str]] = {}
            for expression in expressions:
                by_type.setdefault(expression.partition(",")[0], []).append(expression)
            known = {e.partition(",")[0] for e in compiled.get(source, ())}
            chosen = [min(same, key=_narrow_and_long) for t, same in by_type.items() if t not in known]
        left = [e for e in chosen if e not in compiled.get(source, ())]
        if left:
            found[source] = left
    return found


def _narrow_and_long(expression: str) -> tuple[int, ...]:
    """Least for packs of many places, and among those for few packs."""
    places, *rest = [int(n) for n in re.findall(r"\b\d+\b", expression.partition(",")[2])] or [1]
    return (-places, *rest)


_BYTES = {"float": 4, "double": 8, "__half": 2, "__nv_bfloat16": 2}


def wide_access(expression: str) -> bool:
    """Whether an instance ``NAME<T, V, ...>`` moves more than one 4-byte word at once."""
    storage, _, rest = expression.partition("<")[2].rstrip(">").partition(", ")
    places = rest.partition(",")[0]
    return places not in ("", "1") and int(places) * _BYTES[storage] > 4


def local_memory_allowed(kernels: Sequence[KernelPrograms]) -> frozenset[str]:
    """Kernels in double precision that call CUDA's own sine, by the name before ``_warp<...``."""
    return frozenset(p.name for _, p in functions(kernels) if walks_a_table(p))


def summary(checked: Sequence[Checked]) -> dict[str, dict[str, int]]:
    """For the table of ``verify``: instances, and the largest of each figure, for each architecture."""
    found: dict[str, dict[str, int]] = {}
    for arch in sorted({c.arch for c in checked}):
        reports = [c.report for c in checked if c.arch == arch]
        found[f"sm_{arch}"] = {
            "kernels": len(reports),
            "registers": max(r.registers for r in reports),
            "spills": sum(r.spills for r in reports),
            "doubles": sum(
                c.report.double_instructions for c in checked if c.arch == arch and c.real != "double"
            ),
        }
    return found
