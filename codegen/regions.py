"""The arguments that kernels are measured with: families of numbers, and rows drawn from them.

Elementwise kernels get numbers by size and sign, others rows by scale and offset; rows are short because the
reference's time grows with a power of their length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.ir import BATCH
from codegen.lower import argument
from formulas.schema import Input, Kernel

__all__ = [
    "ELEMENTWISE", "ROWS", "SEVERAL_AXES", "Array", "Region", "along_an_axis", "drawn", "has_one_axis",
    "lengths", "rows", "scalar",
]  # fmt: skip

Array = npt.NDArray[Any]
LENGTH = 9  # entries of a row
SHORT = 5  # the same for three arrays or more: the reference's time grows with the fourth power
SEVERAL = (2, 1, 3)  # lengths where there are several axes
PAIRS = 3  # the same where each entry is a pair


def _between(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(0.002, 0.998, shape)


@dataclass(frozen=True)
class Region:
    """A family of arguments: ``draw(rng, shape)`` for plain inputs, ``positive`` for declared ones.

    ``length`` of the rows, where it is not the usual one and no input holds pairs.  ``bounded``: where
    inputs that lie within bounds lie between these, from 0 to 1."""

    name: str
    draw: Callable[[np.random.Generator, tuple[int, ...]], Array]
    positive: Callable[[np.random.Generator, tuple[int, ...]], Array]
    length: int = 0
    bounded: Callable[[np.random.Generator, tuple[int, ...]], Array] = _between


def _uniform(low: float, high: float) -> Callable[[np.random.Generator, tuple[int, ...]], Array]:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _normal(scale: float, offset: float = 0.0) -> Callable[[np.random.Generator, tuple[int, ...]], Array]:
    return lambda rng, shape: rng.standard_normal(shape) * scale + offset


def _simplex(concentration: float) -> Callable[[np.random.Generator, tuple[int, ...]], Array]:
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.dirichlet(np.full(shape[-1], concentration), shape[:-1]) + 1e-5

    return draw


_FLAT = _simplex(1.0)


ELEMENTWISE = (
    Region("|x| < 1", _uniform(-1, 1), _uniform(0.1, 1)),
    Region("-8 < x < -1", _uniform(-8, -1), _uniform(1, 8)),
    Region("1 < x < 8", _uniform(1, 8), _uniform(1, 8)),
    Region("-80 < x < -8", _uniform(-80, -8), _uniform(8, 80)),
    Region("8 < x < 80", _uniform(8, 80), _uniform(8, 80)),
    Region("|x| < 1e-3", _uniform(-1e-3, 1e-3), _uniform(1e-4, 1e-3)),
)


ROWS = (
    Region("normal", _normal(1.0), _FLAT),
    Region("normal, scale 10", _normal(10.0), _simplex(0.3)),
    Region("normal, scale 1e-3", _normal(1e-3), _FLAT),
    Region("normal + 100", _normal(1.0, 100.0), _FLAT),
)


# products of several matrices, in whose sums normal numbers nearly always cancel
SEVERAL_AXES = (*ROWS[:2], Region("1/2 < x < 2", _uniform(0.5, 2), _FLAT))


def rows(kernel: Kernel, region: Region, dtype: str, count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Arguments of ``count`` calls on one row: the same ones each time, and the first of a larger count."""
    rng = np.random.default_rng([seed, *region.name.encode(), *kernel.name.encode()])
    pairs = any(argument(i).literal for i in kernel.inputs)
    sizes = {a: n if pairs else region.length or n for a, n in lengths(kernel).items()}
    for _ in range(count):
        yield drawn(kernel, region, dtype, rng, sizes)


def drawn(
    kernel: Kernel, region: Region, dtype: str, rng: np.random.Generator, sizes: Mapping[str, int]
) -> dict[str, Any]:
    """Arguments with axes of the given ``sizes``; leading axes too where ``BATCH`` is among these."""
    found: dict[str, Any] = {}
    for given in kernel.inputs:
        spec = argument(given)
        lead = tuple(sizes[a] for a in spec.axes if a == BATCH and a in sizes)
        shape = (*lead, *(sizes[a] for a in spec.axes if a != BATCH), *spec.literal)
        if given.role == "scalar":
            found[given.name] = scalar(given, dtype)
        elif given.role == "integer":
            bound = min(n for a, n in sizes.items() if a != BATCH) if _is_place(kernel) else 5000
            found[given.name] = np.asarray(rng.integers(0, bound, lead or None))
        elif given.name == "frequencies":
            length = shape[-1] if shape else PAIRS
            found[given.name] = (10000.0 ** (-np.arange(length) / length)).astype(dtype)
        elif given.within is not None:
            low, high = given.within
            found[given.name] = np.asarray(low + (high - low) * region.bounded(rng, shape)).astype(dtype)
        else:
            draw = region.positive if spec.positive else region.draw
            found[given.name] = np.asarray(draw(rng, shape)).astype(dtype)
    return found


def scalar(given: Input, dtype: npt.DTypeLike) -> float:
    """The number that is measured with for a scalar argument, as ``dtype`` holds it: its default, or 3."""
    return float(np.asarray(3.0 if given.default is None else given.default, dtype))


def lengths(kernel: Kernel) -> dict[str, int]:
    """The length of each axis; axes of one kernel differ, so that none is taken for another."""
    specs = [argument(i) for i in kernel.inputs]
    axes = list(dict.fromkeys(a for spec in specs for a in spec.axes if a != BATCH))
    if len(axes) > 1 or any(len(spec.axes) > 2 for spec in specs):
        return {a: SEVERAL[at % len(SEVERAL)] for at, a in enumerate(axes)}
    reals = sum(i.role == "array" for i in kernel.inputs)
    length = PAIRS if any(spec.literal for spec in specs) else LENGTH if reals < 3 else SHORT
    return dict.fromkeys(axes, length)


def along_an_axis(kernel: Kernel) -> bool:
    """Whether ``kernel`` works on more than single entries."""
    return any(argument(i).axes[1:] for i in kernel.inputs)


def has_one_axis(kernel: Kernel) -> bool:
    """Whether ``kernel`` works on single entries or along one axis: measuring it takes a second or so."""
    return len(lengths(kernel)) <= 1


def _is_place(kernel: Kernel) -> bool:
    """Whether an integer argument names an entry of a row."""
    import sympy as sp

    whole = {i.symbol for i in kernel.inputs if i.role == "integer"}
    return any(i in whole for a in kernel.output.atoms(sp.Indexed) for i in a.indices)
