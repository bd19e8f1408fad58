"""Errors of the compiled kernels against the same references as those of the NumPy kernels.

``python -m codegen.c.accuracy [NAME ...]`` measures the kernels (all of them without names) as this machine's
compiler builds them and writes ``accuracy_table.json``, from which docstrings are made.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from codegen import accuracy
from codegen.accuracy import Measured, as_bounds, measure_kernel, of_something, write_table
from codegen.dense import with_dense
from codegen.regions import ELEMENTWISE, ROWS, along_an_axis
from codegen.tables import table
from formulas.kernels import every_kernel

__all__ = ["DTYPES", "EXCEPTIONS", "compiled_functions", "measure"]

DTYPES = ("float32", "float64")
_NUMPY = accuracy.EXCEPTIONS
_WITHIN = {(name, dtype) for name in ("gelu", "silu_vjp") for dtype in DTYPES}
_BOUNDS = {
    ("focal_loss_with_logits", "float32"): 5.5,
    ("focal_loss_with_logits_vjp", "float32"): 6.0,
    ("focal_loss_with_logits_vjp", "float64"): 4.5,
    ("gelu_vjp", "float32"): 6.0,
    ("gelu_tanh_vjp", "float32"): 8.5,
    ("gelu_tanh_vjp", "float64"): 7.5,
}
_ROUNDED = "the exponential's argument u is rounded before it counts |u| times"
EXCEPTIONS = {
    **{key: bound for key, bound in _NUMPY.items() if key not in _WITHIN},
    **{key: (bound, _NUMPY[key][1]) for key, bound in _BOUNDS.items()},
    ("gelu_sigmoid", "float32"): (4.5, _ROUNDED),
    ("gelu_tanh", "float32"): (4.5, _ROUNDED),
}
"""As those of the NumPy kernels, and what SIMD exponentials add to."""

CALLS = 5  # in each region of arguments, as for NumPy


def compiled_functions() -> list[str]:
    """The functions of ``generated.c_kernels`` that are C."""
    package = importlib.import_module("generated.c_kernels")
    names = [n for k in every_kernel() for n in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))]
    return [n for n in names if n not in package.NOT_YET]


def measure(names: Sequence[str], count: int = CALLS, regions: int | None = None) -> list[Measured]:
    """The errors of the kernels ``names`` and their backward passes, where they are C; in the first
    ``regions`` families of arguments, or in all."""
    package = importlib.import_module("generated.c_kernels")
    compiled = set(compiled_functions())
    chosen = [k for k in every_kernel() if k.name in names and compiled & {k.name, f"{k.name}_vjp"}]
    found = []
    for kernel in chosen:
        families = (ROWS if along_an_axis(kernel) else ELEMENTWISE)[:regions]
        for dtype in DTYPES:
            found += measure_kernel(kernel, dtype, count, package, families)
    return [m for m in found if m.function in compiled]


def main(names: Sequence[str]) -> None:
    """Measures and writes the table."""
    package = importlib.import_module("generated.c_kernels")
    kept = list(table("c")) if names else []
    for name in names or [k.name for k in every_kernel()]:
        found = as_bounds(of_something(with_dense(measure([name]), package)), "c", EXCEPTIONS)
        kept = [b for b in kept if b.function not in {f.function for f in found}] + found
        write_table(kept, "c")


if __name__ == "__main__":
    main(sys.argv[1:])
