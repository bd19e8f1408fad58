"""Errors of what others would use, beside ours: the textbook form in NumPy, and PyTorch.

Measured like our kernels (``codegen.accuracy``), at the same arguments: the worst error over all results, in
ulp times their condition number, which shows where a form loses digits that the problem does not cost.
``python -m codegen.accuracy_peers`` writes ``accuracy_peers.json``, from which the page takes two columns.
The forms are those of the benchmark (``codegen.bench.cases``), so speed and error are of the same thing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from codegen.accuracy import (
    ELEMENTWISE,
    PER_ROW,
    ROWS,
    condition,
    forward_condition,
    rows,
    single_results,
    ulps,
)
from codegen.bench.cases import TEXTBOOK
from codegen.bench.peers import torch_peers
from codegen.ir import BATCH
from codegen.lower import argument
from codegen.passes.differentiate import COTANGENT
from codegen.reference import cotangent, forward
from codegen.tables import PEER_CAP, PEERS
from formulas.kernels import every_kernel
from formulas.schema import Kernel

DTYPES = ("float32", "float64")
COUNT = 2  # calls in each region

Function = Callable[..., Any]


def peers(function: str) -> dict[str, Function]:
    """The textbook form and PyTorch's, where they exist."""
    found: dict[str, Function] = {}
    if function in TEXTBOOK:
        found["textbook"] = functools.partial(TEXTBOOK[function], np)
    called = torch_peers(function).get("PyTorch")
    return found if called is None else {**found, "PyTorch": called}


def measure(kernel: Kernel, dtype: str) -> Iterator[tuple[str, str, float]]:
    """(function, peer, worst error) for ``kernel`` and its backward pass."""
    along = any(a != BATCH for i in kernel.inputs for a in argument(i).axes)
    count = COUNT if along else COUNT * PER_ROW
    reals = [i.name for i in kernel.inputs if i.role not in ("scalar", "integer")]
    for backward in (False, True) if kernel.wrt else (False,):
        name = kernel.name + ("_vjp" if backward else "")
        worst = dict.fromkeys(peers(name), 0.0)
        for row in (
            row for region in (ROWS if along else ELEMENTWISE) for row in rows(kernel, region, dtype, count)
        ):
            if not worst:
                break
            given = [_row(row[i.name], i.role, along and not i.shared) for i in kernel.inputs]
            wanted = []
            if backward:
                true = forward(kernel, row)
                g = np.random.default_rng(1).standard_normal(np.shape(true)).astype(dtype)
                full = {**row, COTANGENT: g}
                given = [_row(g, "array", along), *given]
                for w in kernel.wrt:

                    def slope(r: Any, w: str = w) -> Any:
                        plain = {key: value for key, value in r.items() if key != COTANGENT}
                        return cotangent(kernel, plain, np.asarray(r[COTANGENT]), w)

                    wanted.append((slope(full), condition(slope, full, [*reals, COTANGENT])))
            else:
                wanted = [
                    (forward(one, row), forward_condition(one, row, reals)) for one in single_results(kernel)
                ]
            for peer, function in peers(name).items():
                for got, (exact, k) in zip(_called(function, given), wanted, strict=False):
                    error = ulps(got.reshape(np.shape(exact)), exact) / np.maximum(1, np.asarray(k))
                    found = np.where(np.isfinite(k), np.nan_to_num(error, nan=PEER_CAP), 0)
                    worst[peer] = max(worst[peer], float(np.max(found, initial=0)))
        yield from ((name, peer, min(w, PEER_CAP)) for peer, w in worst.items())


def _row(x: Any, role: str, along: bool) -> Any:
    """The argument as the first of one row; numbers stay numbers."""
    return x if role == "scalar" or not along else np.asarray(x)[None]


def _called(function: Function, given: list[Any]) -> list[Any]:
    """The results; scalars that a peer fixes at our defaults are left out."""
    inputs = given
    found: Any = None
    for length in range(len(inputs), 0, -1):
        try:
            with np.errstate(all="ignore"):
                found = function(*inputs[:length])
            break
        except TypeError:
            continue
    return [np.asarray(x) for x in (found if isinstance(found, tuple) else (found,))]


def main() -> None:
    """Measures everything and writes the table."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for kernel in every_kernel():
        for dtype in DTYPES:
            for name, peer, worst in measure(kernel, dtype):
                found.setdefault(name, {}).setdefault(peer, {})[dtype] = float(f"{worst:.2g}")
    PEERS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
