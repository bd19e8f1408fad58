"""Errors in units of the last place.  Needs NumPy, and ``ml_dtypes`` for bfloat16, only."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

__all__ = ["NO_BFLOAT16", "dtype_of", "errors", "available"]

NO_BFLOAT16 = "bfloat16 is left out: ml_dtypes is not installed (pip install ml_dtypes)"

_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
_LARGEST_EXPONENT = {"float16": 15, "bfloat16": 127, "float32": 127, "float64": 1023}
# a smaller result is judged in units of this power of 2: float32 subnormals count as 0, also as factors
_FLOOR = {"float16": -14, "bfloat16": -96, "float32": -96, "float64": -1000}


def dtype_of(name: str) -> Any:
    """The NumPy dtype of that name; bfloat16 comes from ``ml_dtypes``."""
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def available(dtypes: Iterable[str]) -> tuple[str, ...]:
    """Those of ``dtypes`` that NumPy knows here."""
    return tuple(d for d in dtypes if d != "bfloat16" or importlib.util.find_spec("ml_dtypes"))


def errors(dtype: str, got: Array, wanted: Array, *, by_row: bool) -> Array:
    """The distance in units of the last place of the wanted number; ``by_row``: of the largest number of
    its row (of the vector, where it has one axis).

    A number too large for ``dtype`` rounds to infinity: that infinity, and nothing else, is exact there."""
    size = np.abs(wanted)
    if by_row and size.ndim:
        rows = size.reshape(len(size), -1) if size.ndim > 1 else size[None]
        size = np.broadcast_to(rows.max(1).reshape(-1, *[1] * (size.ndim - 1)), size.shape)
    exponent = np.floor(np.log2(np.maximum(size, 2.0 ** _FLOOR[dtype])))
    exponent = np.minimum(exponent, _LARGEST_EXPONENT[dtype])
    found = got.astype(float)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = wanted.astype(dtype_of(dtype)).astype(float)
        distance = np.abs(found - wanted) / 2.0 ** (exponent - _BITS[dtype])
    error: Array = np.where(np.isinf(rounded) & (found == rounded), 0.0, distance)
    return error
