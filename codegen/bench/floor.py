"""The floor of a kernel: how fast its passes over memory are in NumPy when nothing else costs anything.

The statements that a kernel's body makes are run on one block that stays in the cache, on scratch arrays that
are there already, with no checks, no look-up and no allocation; once for each block that the arrays of a call
have.  Nor can a call take less than reading its arguments and writing its results at the speed of a copy,
so the floor is the larger of the two.  Where a goal lies below the floor, no schedule of these passes reaches
it: only fewer passes would, or a compiled loop.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen.numpy.runtime.state import enter, leave

__all__ = ["floor_thunks", "pass_seconds"]

BLOCKS = (64, 128, 256, 512)  # KiB of each array; the least counts
NAME = "floor"


def floor_thunks(function: Callable[..., Any], args: Sequence[Any]) -> dict[str, Callable[[], Any]]:
    """For each size of block a call that runs the passes of ``function(*args)``, whose plan is known after
    a call; none where it takes the general way."""
    kernel = vars(sys.modules[function.__module__])[f"_{function.__name__.upper()}"]
    arrays = [x for x in args if isinstance(x, np.ndarray)]
    plan = kernel.plans.get(tuple(part for x in arrays for part in (x.dtype, x.shape)))
    if plan is None:
        return {}
    width = max(1, plan.n)
    scalars = _scalars(function, kernel, args)
    found: dict[str, Callable[[], Any]] = {}
    for size in BLOCKS:
        count = min(plan.count, max(1, size * 1024 // plan.dtype.itemsize // width))
        found.setdefault(f"{NAME} {count}", _passes(plan, arrays, scalars, count))
    return found


def pass_seconds(times: dict[str, float], entries: int, width: int) -> float | None:
    """Takes what ``floor_thunks`` timed out of ``times`` and gives the time of the passes of a call on
    ``entries`` in rows of ``width`` (1 for kernels without rows)."""
    names = [n for n in times if n.startswith(NAME)]
    found = []
    for name in names:
        count = int(name.split()[1])
        rows = entries // width
        loops = max(1, rows // count)
        found.append(times.pop(name) * rows / (count * loops))
    return min(found) if found else None


def _scalars(function: Callable[..., Any], kernel: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    """The scalar arguments; those that are not given have the defaults of the function."""
    given = inspect.signature(function).bind(*args)
    given.apply_defaults()
    return tuple(given.arguments[a.name] for a in kernel.arguments if a.kind == "scalar")


def _passes(plan: Any, arrays: Sequence[Any], scalars: tuple[Any, ...], count: int) -> Callable[[], Any]:
    inner = (plan.n,) if plan.spec.rows else ()
    given = []
    for (_, how), x in zip(plan.inputs, arrays, strict=True):
        if how == "shared":
            given.append(x)
        elif how == "row":
            given.append(x.reshape(-1)[:count, None])
        else:
            given.append(x.reshape(-1, *inner)[:count].copy())
    shapes = {"whole": (count, *inner), "row": (count, 1), "shared": inner}
    results = [np.zeros(shapes[k], np.float64 if k == "shared" else plan.dtype) for k in plan.kinds]
    scratch = [np.empty((count, *inner), plan.dtype) for _ in range(plan.body.scratch)]
    numbers = plan.numbers(scalars) if scalars else ()
    loops = max(1, plan.count // count)
    run, constants, state = plan.body.run, plan.constants, plan.state

    def passes() -> None:
        token = enter(state)
        try:
            for _ in range(loops):
                run(constants, *given, *numbers, *results, *scratch)
        finally:
            leave(token)

    return passes
