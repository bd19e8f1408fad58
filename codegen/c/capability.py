"""Which programs have a form in C, and for the others what stands in the way.

A kernel that C does not have runs in NumPy, under the same name: the package lists it with the reason
(``NOT_YET``), and so does ``generated/manifest.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codegen.c.emit import kernel_plan
from codegen.ir import Contract, Map, Program
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms
from codegen.targets import UnsupportedError

__all__ = ["not_yet", "obstacle", "programs_of"]

BLAS = "works over several axes: its time goes into products of matrices, which BLAS computes"
TURNS = frozenset({"sinprod", "cosprod"})


def obstacle(program: Program) -> str | None:
    """Why ``program`` has no form in C; ``None`` if it has one."""
    if is_tensor(program):
        products = any(isinstance(v.node, Contract) for v in program.values)
        return BLAS if products else "works over several axes, where the loops know rows and one axis"
    if any(isinstance(v.node, Map) and v.node.op in TURNS for v in program.values):
        return "the angles are the same for all rows: NumPy computes their sines once, a loop for each row"
    try:
        kernel_plan(program)
    except UnsupportedError as error:
        return str(error).removeprefix(f"{program.name}: ")
    return None


def programs_of(kernel: KernelPrograms) -> list[tuple[Program, bool]]:
    """The programs of ``kernel``, and whether each is the backward pass."""
    return [(kernel.forward, False), *([(kernel.backward, True)] if kernel.backward else [])]


def not_yet(kernels: Iterable[KernelPrograms]) -> Mapping[str, str]:
    """Each function without a form in C, and why."""
    found = {p.name: obstacle(p) for k in kernels for p, _ in programs_of(k)}
    return {name: reason for name, reason in sorted(found.items()) if reason is not None}
