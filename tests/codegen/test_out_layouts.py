"""Results that do not lie in C order: every function puts there what it puts into arrays of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
import generated.numpy_kernels._functions as functions
from codegen.cupy.gpu.vectors import Vector, read

VECTORS = {v.function: v for v in reversed(read())}
LAYOUTS: dict[str, Callable[[tuple[int, ...], Any], Any]] = {
    "reversed": lambda shape, dtype: np.empty(shape, dtype)[..., ::-1],
    "columns": lambda shape, dtype: np.empty((*shape[:-1], shape[-1] + 3), dtype)[..., :-3],
    "every other": lambda shape, dtype: np.empty((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2],
    "rows": lambda shape, dtype: np.empty((2 * shape[0], *shape[1:]), dtype)[::-2],
    "columns first": lambda shape, dtype: np.empty(shape, dtype, order="F"),
}


def several(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def arguments(vector: Vector, *, masked: bool) -> dict[str, Any]:
    """Those of the vector in single precision; ``masked``: the last row of the first array is -infinity."""
    given = {n: _single(a) for n, a in vector.given.items()}
    wide = (n for n, a in given.items() if getattr(a, "ndim", 0) > 1 and a.dtype == np.float32)
    first = next(wide, None)
    if masked and first is not None:
        given[first] = given[first].copy()
        given[first][-1] = -np.inf
    return given


def _single(value: Any) -> Any:
    real = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.float32) if real else value


def differ(layout: str, *, masked: bool) -> list[str]:
    """The functions whose results are others in such arrays."""
    wrong, compared = [], 0
    for name, vector in VECTORS.items():
        given, function = arguments(vector, masked=masked), getattr(shipped, name)
        with np.errstate(all="ignore"):
            expected = several(function(**given))
            if any(e.ndim == 0 for e in expected):
                continue
            out = tuple(LAYOUTS[layout](e.shape, e.dtype) for e in expected)
            function(**given, out=out if len(out) > 1 else out[0])
        compared += 1
        for got, right in zip(out, expected, strict=True):
            size = np.abs(right[np.isfinite(right)]).max(initial=0.0)
            if not np.allclose(got, right, rtol=1e-5, atol=1e-5 * size, equal_nan=True):
                wrong.append(name)
    assert compared > 100
    return wrong


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_are_the_same_in_any_array(layout: str, masked: bool) -> None:
    assert differ(layout, masked=masked) == []


def test_a_value_that_is_written_to_a_copy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def clear(x: Any, places: Any) -> None:
        x.reshape(-1)[places] = 0

    monkeypatch.setattr(functions, "_clear", clear)
    assert {"cross_entropy_soft_vjp", "log_softmax"} <= {*differ("columns", masked=True)}
