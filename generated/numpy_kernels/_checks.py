# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Checks of arguments that every kernel makes; each message names the function and the argument."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = [
    "BLOCK_BYTES", "DOUBLE", "HALF", "SINGLE", "Array", "are_apart", "as_arrays", "as_results",
    "real_number", "require_places",
]  # fmt: skip

Array = npt.NDArray[Any]
BLOCK_BYTES = 512 * 1024  # of each array in a block
_UNSIGNED = {t.itemsize: t for t in map(np.dtype, (np.uint8, np.uint16, np.uint32, np.uint64))}
HALF, SINGLE, DOUBLE = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)


class Named(Protocol):
    """What the checks ask of an argument; ``kind`` is integer, scalar, or one of the floating kinds."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


def as_arrays(
    function: str, arguments: Sequence[Named], given: Sequence[Any]
) -> tuple[list[Any], np.dtype[Any]]:
    """The arguments as arrays of one floating dtype in native order, scalars as floats, or ``TypeError``."""
    values: list[Any] = []
    dtype: np.dtype[Any] | None = None
    first = ""
    for argument, value in zip(arguments, given, strict=True):
        name = argument.name
        if argument.kind == "scalar":
            values.append(real_number(function, name, value))
            continue
        array = np.asarray(value)
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if argument.kind == "integer":
            if array.dtype.kind not in "iu":
                raise TypeError(f"{function}: {name} has dtype {array.dtype}, expected integers")
        elif array.dtype not in (HALF, SINGLE, DOUBLE):
            raise TypeError(
                f"{function}: {name} has dtype {array.dtype}, expected float16, float32 or float64"
            )
        elif dtype is None:
            dtype, first = array.dtype, name
        elif array.dtype != dtype:
            raise TypeError(f"{function}: {name} has dtype {array.dtype}, expected {dtype} like {first}")
        values.append(array)
    assert dtype is not None
    return values, dtype


def real_number(function: str, name: str, value: Any) -> float:
    """``value`` as a float, or ``TypeError``; ``ValueError`` for an integer that no float is near."""
    if not isinstance(value, (str, bytes)):  # of which float would make something
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{function}: {name} is beyond the range of float64") from None
        except (TypeError, ValueError):
            pass
    raise TypeError(f"{function}: {name} is {type(value).__name__}, expected one real number")


def require_places(function: str, name: str, x: Array, n: int) -> None:
    """``ValueError`` unless every number of ``x`` names one of n places, counted from 0."""
    if not x.size:
        return
    # read as unsigned, a negative number is larger than any length
    unsigned = x if x.dtype.kind == "u" else x.view(_UNSIGNED[x.itemsize])
    if np.maximum.reduce(unsigned, axis=None) < n:
        return
    low, high = int(x.min()), int(x.max())
    raise ValueError(f"{function}: {name} holds {low if low < 0 else high}, expected 0 <= {name} < {n}")


def as_results(
    function: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype[Any], out: Sequence[Array] | None
) -> list[Array]:
    """New arrays, or those of ``out`` once they are seen to fit."""
    if out is None:
        return [np.empty(shape, dtype) for shape in shapes]
    given = list(out)
    if len(given) != len(shapes):
        raise ValueError(f"{function}: out has {len(given)} arrays, expected {len(shapes)}")
    for i, (array, shape) in enumerate(zip(given, shapes, strict=True)):
        name = "out" if len(shapes) == 1 else f"out[{i}]"
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{function}: {name} is {type(array).__name__}, expected an array")
        if array.dtype != dtype:
            raise TypeError(f"{function}: {name} has dtype {array.dtype}, expected {dtype}")
        if array.shape != shape:
            raise ValueError(f"{function}: {name} has shape {array.shape}, expected {shape}")
        if not array.flags.writeable:
            raise ValueError(f"{function}: {name} is read-only, expected an array to write to")
    for (i, one), (j, other) in itertools.combinations(enumerate(given), 2):
        if np.may_share_memory(one, other) and np.shares_memory(one, other):
            raise ValueError(
                f"{function}: out[{i}] and out[{j}] share memory, expected an array for each result"
            )
    return given


def are_apart(out: Sequence[Array]) -> bool:
    """Whether no two of ``out`` may share memory; where they may, the general way says whether they do."""
    if len({*map(id, out)}) < len(out):
        return False
    return all(x.base is None for x in out) or not any(
        np.may_share_memory(x, y) for x, y in itertools.combinations(out, 2)
    )
