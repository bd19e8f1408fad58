"""Kernels at the ends of what they may be given: ``python -m codegen.extremes`` writes the table.

For finite extremes the figure is the worst error in ulp over the condition number, against the reference of
``codegen.accuracy``; infinite where a result is not finite though the true value is, within the range of the
dtype.  For infinities and NaN it is what comes out.  Single precision; kernels on entries or along one axis.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from codegen.accuracy import Array, Region, has_one_axis, measure_kernel, rows
from formulas.kernels import every_kernel
from formulas.schema import Kernel

TABLE = Path(__file__).parent / "extremes_table.json"
DTYPE = "float32"


def _of_size(size: float) -> Region:
    def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1, shape) * size

    return Region(f"{size:g}", signed, lambda rng, shape: rng.uniform(0.5, 1, shape) * size)


def _constant(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.full(shape, 0.7)


FINITE: Mapping[str, Region] = {
    "1e4": _of_size(1e4),
    "1e-30": _of_size(1e-30),
    "subnormal": _of_size(1e-40),
    "all equal": Region("all equal", _constant, _constant),
    "one entry": Region(
        "one entry", lambda rng, s: rng.standard_normal(s), lambda rng, s: rng.uniform(0.1, 1, s), 1
    ),
}
UNDEFINED = frozenset({("correlation", "one entry")})  # 0 / 0
SPECIAL: Mapping[str, float] = {"inf": math.inf, "-inf": -math.inf, "NaN": math.nan}


def measured(kernel: Kernel, package: Any) -> dict[str, dict[str, float | str]]:
    """Function -> extreme -> error (finite extremes) or what comes out of one such entry among others."""
    found: dict[str, dict[str, float | str]] = {}
    for name, region in FINITE.items():
        for m in measure_kernel(kernel, DTYPE, 1, package, [region]):
            error = "undefined" if (m.function, name) in UNDEFINED else round(float(m.scaled), 1)
            found.setdefault(m.function, {})[name] = error
    plain = Region("plain", lambda rng, s: rng.standard_normal(s), lambda rng, s: rng.uniform(0.1, 1, s))
    (row,) = rows(kernel, plain, DTYPE, 1)
    first = next((i.name for i in kernel.inputs if i.role not in ("scalar", "integer")), "")
    for name, value in SPECIAL.items():
        changed = {**row, first: np.array(row[first])}
        changed[first].flat[0] = value
        given = [changed[i.name] for i in kernel.inputs]
        for function in found:
            back = function != kernel.name
            result = getattr(package, kernel.name)(*given)
            if back:
                g = np.ones_like(result[0] if isinstance(result, tuple) else result)
                result = getattr(package, function)(g, *given)
            found[function][name] = _described(result)
    return found


def _described(result: Any) -> str:
    """What the results hold: "finite", "0", "inf", "-inf" and "NaN", those that occur."""
    every = np.concatenate([np.ravel(r) for r in (result if isinstance(result, tuple) else (result,))])
    kinds = {
        "NaN": np.isnan(every), "inf": every == np.inf, "-inf": every == -np.inf, "0": every == 0,
        "finite": np.isfinite(every) & (every != 0),
    }  # fmt: skip
    return ", ".join(k for k, where in kinds.items() if where.any())


def chosen() -> list[Kernel]:
    """The kernels of the table."""
    return [k for k in every_kernel() if has_one_axis(k)]


@cache
def extremes() -> dict[str, dict[str, float | str]]:
    """The committed table: function -> extreme -> figure."""
    found: dict[str, dict[str, float | str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return found


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names``, without names all, and writes the table."""
    package = importlib.import_module("generated.numpy_kernels")
    found = dict(extremes()) if names else {}
    for kernel in chosen():
        if not names or kernel.name in names:
            found.update(measured(kernel, package))
    lines = ",\n".join(f"  {json.dumps(f)}: {json.dumps(found[f])}" for f in sorted(found))
    TABLE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
