"""What ``make verify`` says of the CuPy kernels: compiled by NVRTC, run on the host harness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from codegen.cupy import harness, nvrtc
from codegen.cupy.accuracy import measure
from codegen.cupy.emit import HEADS
from codegen.cupy.gpu.checks import row_kernels
from codegen.cupy.harness import HostDriver
from codegen.cupy.instances import recorded, stale
from codegen.cupy.report import (
    build_all,
    compile_everything,
    complaints,
    local_memory_allowed,
    packed,
    requests,
    summary,
)
from codegen.cupy.samples import DTYPES, functions, measured_samples
from codegen.cupy.tables import bounds
from codegen.pipeline import KernelPrograms

__all__ = ["Summary", "verify"]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``compiled``: figures for each architecture (``report.summary``).  ``worst``: for each dtype the
    largest error, and where.  ``problems`` is empty when all holds; ``skipped`` says what was not done."""

    functions: int
    compiled: dict[str, dict[str, int]]
    worst: dict[str, str]
    problems: tuple[str, ...]
    skipped: tuple[str, ...]


def verify(package: ModuleType, kernels: Sequence[KernelPrograms]) -> Summary:
    """Compiles and runs every kernel of ``package`` (``generated.cupy_kernels``)."""
    problems: list[str] = []
    compiled: dict[str, dict[str, int]] = {}
    worst: dict[str, str] = {}
    skipped = [reason for reason in (nvrtc.missing(), harness.missing()) if reason]
    if nvrtc.missing() is None:
        compiled = _compile(package, kernels, problems)
    if harness.missing() is None:
        package.set_driver(build_all(HostDriver(), requests(package, kernels, measured_samples)))
        try:
            worst = _measure(package, kernels, problems)
        finally:
            package.set_driver(None)
    return Summary(
        functions=len(functions(kernels)),
        compiled=compiled,
        worst=worst,
        problems=tuple(problems),
        skipped=tuple(skipped),
    )


def _compile(
    package: ModuleType, kernels: Sequence[KernelPrograms], problems: list[str]
) -> dict[str, dict[str, int]]:
    own = tuple(f"{program.name}_" for _, program in functions(kernels))
    rows = {name: dict.fromkeys(HEADS, ()) for name in row_kernels(package) if f"{name}_".startswith(own)}
    for name in stale(package, rows, recorded(), ["text"]):
        problems.append(f"{name}: not compiled as it is now (python -m codegen.cupy.instances)")
    found = compile_everything(package, kernels)
    tables = local_memory_allowed(kernels)
    for checked in found:
        kernel = checked.report.expression.partition("<")[0]
        allowed = checked.real == "double" and kernel.rpartition("_")[0] in tables
        loads, stores = packed(package, checked.report.expression)
        for complaint in complaints(checked, may_use_local=allowed, loads=loads, stores=stores):
            problems.append(f"{checked.report.expression} for sm_{checked.arch}: {complaint}")
    return summary(found)


def _measure(package: ModuleType, kernels: Sequence[KernelPrograms], problems: list[str]) -> dict[str, str]:
    found = measure(package, kernels)
    for m in found:
        stated = [b for b in bounds(m.function) if (b.dtype, b.where) == (m.dtype, m.where)]
        if not any(b.allows(m.worst) for b in stated):
            table = f"the table says {stated[0].worst}" if stated else "the table has no bound"
            problems.append(f"{m.function} in {m.dtype}: {m.worst} {m.unit}, {table}")
    largest = {d: max((m for m in found if m.dtype == d), key=lambda m: m.worst) for d in DTYPES}
    return {
        d: f"{m.worst} {m.unit} ({m.function}{', ' + m.where if m.where else ''})" for d, m in largest.items()
    }
