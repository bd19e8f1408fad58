"""Errors of functions of one number on very many arguments: a few hundred drawn ones miss the worst.

Single precision is judged by the kernels in double precision, whose own error is far below its last place,
on every ``STRIDE``-th number between 2^-40 and 2^8 in size (three million of both signs); double precision by
the symbolic form in balls, on ``DRAWN`` numbers.  The condition number comes from differences in double
precision.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.accuracy import WELL_CONDITIONED, Measured
from codegen.conditioning import cotangent_of, ulps
from codegen.lower import argument
from codegen.passes.differentiate import COTANGENT
from codegen.reference import NotEvaluated, forward
from codegen.regions import Array, along_an_axis, scalar
from formulas import language as lang
from formulas.kernels import every_kernel
from formulas.schema import Input, Kernel

__all__ = ["dense", "is_dense", "with_dense", "worse"]

STRIDE = 257
DRAWN = 20000
LEAST, LARGEST = 2.0**-40, 2.0**8
PART = 65536  # numbers in a call
DOMAIN = {"step": (0.0, 3.0)}  # of a schedule, whose last step is 3 here
_STEP = 1e-6


def _argument(kernel: Kernel) -> Input | None:
    """The argument, if there is one only that is no scalar."""
    found = [i for i in kernel.inputs if i.role != "scalar"]
    return found[0] if len(found) == 1 and found[0].role == "array" else None


def is_dense(kernel: Kernel) -> bool:
    """Whether ``kernel`` is a continuous function of one real number (beside scalar arguments)."""
    whole = along_an_axis(kernel) or len(kernel.results) > 1 or kernel.output.has(lang.nearest)
    return not whole and _argument(kernel) is not None


def dense(kernel: Kernel, dtype: str, package: Any, stride: int = STRIDE) -> list[Measured]:
    """The errors of ``kernel`` and its backward pass; none for what is no function of one number, and for
    half precision, whose results are rounded single ones."""
    given = _argument(kernel)
    if given is None or not is_dense(kernel) or dtype == "float16":
        return []
    exact = importlib.import_module("generated.numpy_kernels")
    x = _inside(given, _singles(stride) if dtype == "float32" else _doubles())
    found = []
    for back in (False, True) if kernel.wrt else (False,):
        name = f"{kernel.name}_vjp" if back else kernel.name
        wide = _function(exact, name, kernel, dtype)
        narrow = _function(package, name, kernel, dtype)
        mixed = np.random.default_rng(0).permutation(len(x))
        results = [narrow(x), np.empty_like(x)]
        results[1][mixed] = narrow(x[mixed])  # calls that hold what a quick body cannot do
        double = x.astype(np.float64)
        true = wide(double)
        with np.errstate(all="ignore"):
            change = np.abs(wide(double * (1 + _STEP)) - wide(double * (1 - _STEP)))
            k = change / (2 * _STEP * np.abs(true))
        if dtype == "float32":
            errors = [_single_ulps(got, true) for got in results]
        else:
            exact_results = _true(kernel, given, back, x)
            errors = [ulps(got, exact_results) for got in results]
        error = np.maximum(*errors)
        found.append(_measured(name, dtype, x, error, np.where(np.isfinite(k), k, np.inf)))
    return found


def _measured(name: str, dtype: str, x: Array, error: Array, k: Array) -> Measured:
    well = k <= WELL_CONDITIONED[0]
    at = int(np.argmax(np.where(well, error, -1)))
    scaled = np.where(np.isfinite(k), error / np.maximum(1, k), 0)
    return Measured(
        function=name,
        dtype=dtype,
        worst=float(error[at]) if well.any() else 0.0,
        mean=float(error[well].mean()) if well.any() else 0.0,
        scaled=float(scaled.max(initial=0)),
        points=len(x),
        where=f"x = {x[at]:.9g}",
        well=int(well.sum()),
    )


def with_dense(measured: Sequence[Measured], package: Any) -> list[Measured]:
    """``measured`` with what ``dense`` adds to it."""
    wanted = {(m.function, m.dtype) for m in measured}
    more = [
        m
        for k in every_kernel()
        for d in dict.fromkeys(m.dtype for m in measured)
        if wanted & {(k.name, d), (f"{k.name}_vjp", d)}
        for m in dense(k, d, package)
    ]
    return worse(measured, more)


def worse(one: Sequence[Measured], other: Sequence[Measured]) -> list[Measured]:
    """The larger of the errors that two measurements of the same functions found."""
    known = {(m.function, m.dtype): m for m in other}
    found = []
    for m in one:
        more = known.get((m.function, m.dtype))
        if more is None:
            found.append(m)
            continue
        where = more.where if more.worst > m.worst else m.where
        found.append(
            replace(
                m,
                worst=max(m.worst, more.worst),
                scaled=max(m.scaled, more.scaled),
                points=m.points + more.points,
                well=m.well + more.well,
                where=where,
            )
        )
    return found


def _singles(stride: int) -> Array:
    first, last = (int(np.float32(v).view(np.int32)) for v in (LEAST, LARGEST))
    sizes = np.arange(first, last, stride, dtype=np.int32).view(np.float32)
    return np.concatenate([-sizes[::-1], sizes])


def _doubles() -> Array:
    rng = np.random.default_rng(0)
    sizes = np.concatenate([2.0 ** rng.uniform(-40, 8, DRAWN // 2), rng.uniform(0, 8, DRAWN // 2)])
    return sizes * rng.choice([-1.0, 1.0], DRAWN)


def _inside(given: Input, x: Array) -> Array:
    within = DOMAIN.get(given.name, given.within)
    if within is not None:
        low, high = within
        return x[(x > low) & (x < high)]
    return x[x > 0] if argument(given).positive else x


def _scalars(kernel: Kernel, dtype: npt.DTypeLike) -> dict[str, float]:
    return {i.name: scalar(i, dtype) for i in kernel.inputs if i.role == "scalar"}


def _parts(x: Array) -> Iterator[Array]:
    for start in range(0, len(x), PART):
        yield x[start : start + PART]


def _function(package: Any, name: str, kernel: Kernel, dtype: str) -> Callable[[Array], Array]:
    numbers = _scalars(kernel, dtype)
    function = getattr(package, name)
    back = name != kernel.name

    def run(x: Array) -> Array:
        parts = []
        for part in _parts(x):
            args = [numbers[i.name] if i.role == "scalar" else part for i in kernel.inputs]
            parts.append(function(*([np.ones_like(part)] if back else []), *args))
        return np.concatenate(parts)

    return run


def _single_ulps(got: Array, true: Array) -> Array:
    exponent = np.maximum(np.frexp(np.where(np.isfinite(true), true, 0))[1] - 1, -126)
    error = np.abs(got.astype(np.float64) - true) / np.ldexp(1.0, exponent - 23)
    beyond = np.abs(true) > float(np.finfo(np.float32).max)
    return np.where(np.isfinite(error), error, np.where(beyond & ~np.isfinite(got), 0, np.inf))


def _true(kernel: Kernel, given: Input, back: bool, x: Array) -> Array:
    numbers = _scalars(kernel, x.dtype)
    slope = cotangent_of(kernel, given.name)
    found = np.empty(len(x), object)
    for at, value in enumerate(x):
        row: dict[str, Any] = {**numbers, given.name: np.asarray(value)}
        try:
            exact = slope({**row, COTANGENT: np.asarray(1.0)}) if back else forward(kernel, row)
        except NotEvaluated as reason:
            raise NotEvaluated(f"{kernel.name} at {value!r}: {reason}") from None
        found[at] = np.asarray(exact, object).reshape(-1)[0]
    return found
