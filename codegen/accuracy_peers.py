"""Errors by region of the arguments: ours, beside the textbook form in NumPy and PyTorch as called.

All are measured like our kernels (``codegen.accuracy``) and at the same arguments: worst and mean error in
ulp over the condition number, which shows where a form loses digits that the problem does not cost.
``python -m codegen.accuracy_peers`` writes ``accuracy_peers.json``, from which the page makes a table.  The
forms are those of the benchmark (``codegen.bench``), so speed and error are of the same thing.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import math
import sys
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from codegen.accuracy import DTYPES, Result, results
from codegen.bench.cases import textbook
from codegen.bench.pytorch import pytorch_call
from codegen.bench.textbook import NotWritten
from codegen.ir import BATCH
from codegen.lower import argument
from codegen.regions import Region, along_an_axis, rows
from codegen.tables import NOT_COUNTED, PEER_CAP, PEERS, peer_errors
from formulas.kernels import every_kernel
from formulas.schema import Kernel

COUNT = 1  # calls in each region, of ``PER_ROW`` numbers where a kernel works on single ones
OURS = "ours"
SAME = 1e-3  # where results differ by more from the true ones in a moderate region, another thing is computed

Function = Callable[..., Any]
Figures = list[float] | str


def _within(low: float, high: float) -> Callable[..., Any]:
    return lambda rng, shape: rng.uniform(low, high, shape)


REGIONS = (
    Region("moderate", _within(-1, 1), _within(0.1, 1)),
    Region("wide", _within(-30, 30), _within(0.01, 30)),
    Region("large", _within(-1e4, 1e4), _within(1, 1e4)),
    Region("tiny", _within(-1e-30, 1e-30), _within(1e-31, 1e-30)),
)
"""Arguments that are probabilities, or between other bounds, are drawn between these in every region."""


def peers(kernel: Kernel) -> dict[str, dict[str, Function]]:
    """Who -> function -> form, for ``kernel`` and its backward pass, of forms that compute the same."""
    names = [kernel.name, *([f"{kernel.name}_vjp"] if kernel.wrt else [])]
    found: dict[str, dict[str, Function]] = {"textbook": {}, "PyTorch": {}}
    for name in names:
        with contextlib.suppress(NotWritten):
            found["textbook"][name] = _on_rows(kernel, name, functools.partial(textbook(name), np))
        call = pytorch_call(name)
        if call is not None:
            found["PyTorch"][name] = _on_rows(kernel, name, _on_tensors(call))
    return {
        who: {name: f for name, f in functions.items() if _same(kernel, name, f)}
        for who, functions in found.items()
    }


def _same(kernel: Kernel, name: str, function: Function) -> bool:
    """Whether a form computes what ours does: a form of the benchmark may have other numbers for scalar
    arguments than ``codegen.accuracy`` takes, or moments of its own."""
    ours = getattr(importlib.import_module("generated.numpy_kernels"), name)
    (row,) = rows(kernel, REGIONS[0], "float64", 1)
    given = [row[i.name] for i in kernel.inputs]
    if name != kernel.name:
        result = getattr(importlib.import_module("generated.numpy_kernels"), kernel.name)(*given)
        first = np.asarray(result[0] if isinstance(result, tuple) else result)
        given = [np.cos(np.arange(first.size)).reshape(first.shape), *given]
    wanted, found = ours(*given), function(*given)
    pairs = zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=False)
    return all(
        np.size(x) == np.size(y) and np.allclose(np.reshape(x, np.shape(y)), y, SAME, SAME * np.abs(y).max())
        for x, y in pairs
    )


def _on_tensors(call: Function) -> Function:
    torch: Any = importlib.import_module("torch")

    def run(*given: Any) -> Any:
        # copies: the stateful forms know an array by its place
        return call(*(torch.tensor(x) if isinstance(x, np.ndarray | np.generic) else x for x in given))

    return run


def _on_rows(kernel: Kernel, name: str, function: Function) -> Function:
    """``function`` of arrays of rows, for one row; a cotangent may come before the arguments.  NaN is what it
    refuses."""
    ours = getattr(importlib.import_module("generated.numpy_kernels"), name)
    specs = [argument(i) for i in kernel.inputs]
    batched = [along_an_axis(kernel) and s.axes[:1] == (BATCH,) for s in specs]
    place = -1 if kernel.axis == 0 else 0

    def run(*given: Any) -> Any:
        every = [along_an_axis(kernel)] * (len(given) - len(batched)) + batched
        args = [np.expand_dims(x, place) if b else x for x, b in zip(given, every, strict=True)]
        try:
            return _called(function, args)
        except (ValueError, RuntimeError, IndexError, TypeError):
            found = ours(*given)
            return tuple(np.full_like(x, np.nan) for x in (found if isinstance(found, tuple) else (found,)))

    return run


def _called(function: Function, given: Sequence[Any]) -> tuple[Any, ...]:
    """The results; scalars at the end that a peer fixes are left out."""
    error: Exception = TypeError(function)
    for length in range(len(given), 0, -1):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = function(*given[:length])
        except TypeError as reason:
            error = reason
            continue
        return tuple(_plain(x) for x in (found if isinstance(found, tuple) else (found,)))
    raise error


def _plain(x: Any) -> Any:
    return x.detach().numpy() if hasattr(x, "detach") else np.asarray(x)


def measure(kernel: Kernel, dtype: str) -> dict[str, dict[str, dict[str, Figures]]]:
    """Function -> region -> who -> figures for ``kernel`` and its backward pass."""
    packages: dict[str, Any] = {OURS: importlib.import_module("generated.numpy_kernels")}
    packages |= {who: SimpleNamespace(**functions) for who, functions in peers(kernel).items()}
    found: dict[str, dict[str, dict[str, Figures]]] = {}
    for (who, function), listed in results(kernel, dtype, COUNT, packages, REGIONS).items():
        for region in REGIONS:
            here = [r for r in listed if r.region == region.name]
            found.setdefault(function, {}).setdefault(region.name, {})[who] = figures(here)
    return found


def figures(listed: Sequence[Result]) -> Figures:
    """Worst and mean of the errors over the condition number, or that none counts."""
    counted = [min(r.scaled, PEER_CAP) for r in listed if r.defined and not math.isnan(r.scaled)]
    if not counted:
        return NOT_COUNTED
    both = max(counted), sum(counted) / len(counted)
    return [float(f"{x:.2g}") if x >= 1 else round(x, 2) for x in both]


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names``, without names all, and writes the table."""
    found = dict(peer_errors()) if names else {}
    for kernel in every_kernel():
        if names and kernel.name not in names:
            continue
        measured = {dtype: measure(kernel, dtype) for dtype in DTYPES}
        for function in measured[DTYPES[0]]:
            found[function] = {dtype: of[function] for dtype, of in measured.items()}
    lines = ",\n".join(f"  {json.dumps(f)}: {json.dumps(found[f])}" for f in sorted(found))
    PEERS.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
