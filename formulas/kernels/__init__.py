"""Which formulas ship as code, and how they are called: one module for each module of formulas.

A ``Kernel`` states nothing; it names the expression to compute, the arguments in the order of the peer's, and
which of them get a cotangent.  ``KERNELS`` of a module maps the id of a formula to its kernels.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from formulas.check_entries import check_kernel
from formulas.schema import FormulaError, Kernel


@cache
def kernels() -> dict[str, tuple[Kernel, ...]]:
    """The kernels of each formula by its id, in the order of the sheet; ``FormulaError`` for one that is ill
    formed or whose name is taken."""
    found: dict[str, tuple[Kernel, ...]] = {}
    names: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for formula, listed in module.KERNELS.items():
            for kernel in listed:
                check_kernel(kernel, formula)
                if names.setdefault(kernel.name, formula) != formula:
                    raise FormulaError(f"{formula}: the name {kernel.name} is taken by {names[kernel.name]}")
            found[formula] = (*found.get(formula, ()), *listed)
    return found


def section_of(formula: str) -> int:
    """The section of the sheet to which the kernels of a formula belong."""
    for info in pkgutil.iter_modules(__path__):
        if formula in importlib.import_module(f"{__name__}.{info.name}").KERNELS:
            return int(info.name[1:3])
    raise KeyError(f"no kernels of {formula!r}")


def every_kernel() -> list[Kernel]:
    """All kernels, in the order of the sheet."""
    return [k for listed in kernels().values() for k in listed]
