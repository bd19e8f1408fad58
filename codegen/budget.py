"""Where the error of the kernels above the target comes from: measured with one operation made exact.

Single precision, on the arguments of ``codegen.dense``.  The operation is computed in double precision and
rounded once; what the worst error falls by is its share.  ``python -m codegen.budget`` writes
``accuracy_budget.json``, from which the page of the accuracy shows it.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from codegen.accuracy import EXCEPTIONS
from codegen.dense import dense
from formulas.kernels import every_kernel

PLACE = Path(__file__).parent / "accuracy_budget.json"
PARTS: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "exponentials": ("exp", "expm1"),
    "logarithms": ("log", "log1p"),
    "powers": ("power",),
    "functions, all of them": ("exp", "expm1", "log", "log1p", "power"),
}
"""What is made exact: names of NumPy's functions."""


def functions() -> list[str]:
    """The functions whose worst error in single precision is above the target."""
    return [name for name, dtype in EXCEPTIONS if dtype == "float32"]


def _rounded_once(ufunc: np.ufunc) -> Callable[..., Any]:
    def call(*given: Any, out: Any = None, **options: Any) -> Any:
        inputs = [np.asarray(x) for x in given[: ufunc.nin]]
        target = given[ufunc.nin] if len(given) > ufunc.nin else out
        if inputs[0].dtype != np.float32:
            return ufunc(*inputs, out=target, **options)
        found = ufunc(*(x.astype(np.float64) for x in inputs)).astype(np.float32)
        if target is None:
            return found
        target[...] = found
        return target

    return call


@contextmanager
def exact(names: tuple[str, ...]) -> Iterator[None]:
    """NumPy's functions ``names`` with one rounding in single precision, for the kernels of the package."""
    package = "generated.numpy_kernels"
    modules = [importlib.import_module(f"{package}.{m}") for m in ("activations", "losses", "_functions")]
    proxy = SimpleNamespace(**{n: getattr(np, n) for n in dir(np) if not n.startswith("__")})
    for name in names:
        setattr(proxy, name, _rounded_once(getattr(np, name)))
    for module in modules:
        vars(module)["np"] = proxy
    try:
        yield
    finally:
        for module in modules:
            vars(module)["np"] = np


def measure(parts: Iterable[str] = PARTS) -> dict[str, dict[str, float]]:
    """For each function the worst error on well-conditioned results, by what is exact."""
    package = importlib.import_module("generated.numpy_kernels")
    wanted = functions()
    found: dict[str, dict[str, float]] = {name: {} for name in wanted}
    for kernel in every_kernel():
        if {kernel.name, f"{kernel.name}_vjp"} & set(wanted):
            for part in parts:
                with exact(PARTS[part]):
                    for m in dense(kernel, "float32", package):
                        if m.function in found:
                            found[m.function][part] = round(m.worst, 1)
    return found


def budget() -> dict[str, dict[str, float]]:
    """The committed measurement."""
    found: dict[str, dict[str, float]] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    PLACE.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
