# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""One block through the bodies of a kernel: the quick one, the one for every input, and scaled rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._checks import DOUBLE, SINGLE
from ._spec import Law, Spec
from ._state import BOUNDED, LAWFUL, QUIET, STRICT, WATCHED, buffer_for, enter, leave

__all__ = ["run_block", "scratch_count"]

Scratch = Any  # list of arrays of the shape of the block


def scratch_count(spec: Spec) -> int:
    """How many scratch arrays a block needs, whichever body runs."""
    return max(body.scratch for body in (spec.body, *spec.quick))


def run_block(
    spec: Spec,
    inputs: list[Any],
    scalars: Sequence[Any],
    dtype: np.dtype[Any],
    views: list[Any],
    scratch: Scratch,
    n: int,
    *,
    first: int = 0,
) -> None:
    """Writes the results of one block to ``views``, by ``body`` or a quick one from number ``first`` on.

    Where an intermediate value overflows or underflows, and the kernel has a scaling law, the rows are scaled
    by powers of two and computed again.  Without a law single precision is computed again in double precision
    where it overflows."""
    buffer = buffer_for(n)
    if not (spec.quick or spec.laws or dtype == SINGLE):
        _run(spec, spec.body, QUIET[buffer], inputs, scalars, dtype, views, scratch)
        return
    before = [v.copy() if r.kind == "shared" else v for r, v in zip(spec.results, views, strict=True)]
    for body in spec.quick[first:]:
        try:
            state = (STRICT if spec.laws else WATCHED)[buffer]
            _run(spec, body, state, inputs, scalars, dtype, views, scratch)
            return
        except FloatingPointError:
            _restore(views, before)
    if spec.quick and not spec.rows and dtype == SINGLE:
        _run_in_double(spec, inputs, scalars, views, scratch)
        return
    try:
        state = LAWFUL if spec.laws else BOUNDED if dtype == SINGLE else QUIET
        _run(spec, spec.body, state[buffer], inputs, scalars, dtype, views, scratch)
    except FloatingPointError:
        _restore(views, before)
        if spec.laws:
            _run_scaled(spec, inputs, scalars, dtype, views, scratch)
        else:
            _run_in_double(spec, inputs, scalars, views, scratch)


def _run(
    spec: Spec,
    body: Any,
    state: Any,
    inputs: list[Any],
    scalars: Sequence[Any],
    dtype: np.dtype[Any],
    views: list[Any],
    scratch: Scratch,
) -> None:
    token = enter(state)
    try:
        numbers = body.numbers_of(scalars, dtype) if scalars else ()
        body.run(body.constants_of(dtype), *inputs, *numbers, *views, *scratch[: body.scratch])
    finally:
        leave(token)


def _run_in_double(
    spec: Spec, inputs: list[Any], scalars: Sequence[Any], views: list[Any], scratch: Scratch
) -> None:
    """The careful body for arguments of single precision: products and sums that overflow there are within
    the range, and no operation that makes up for overflow rounds once more.  Needed so rarely that the time
    does not count."""
    token = enter(QUIET[0])
    try:
        arrays = [np.asarray(x, DOUBLE) if x.dtype == SINGLE else x for x in inputs]
        wide = [np.array(v, DOUBLE) for v in views]  # results over all rows are added to
        spare = [np.empty(s.shape, DOUBLE) for s in scratch[: spec.body.scratch]]
        _run(spec, spec.body, QUIET[0], arrays, scalars, DOUBLE, wide, spare)
        for view, found in zip(views, wide, strict=True):
            np.copyto(view, found, "same_kind")
    finally:
        leave(token)


def _restore(views: list[Any], before: list[Any]) -> None:
    for view, saved in zip(views, before, strict=True):
        if view is not saved:
            view[...] = saved


def _run_scaled(
    spec: Spec,
    inputs: list[Any],
    scalars: Sequence[Any],
    dtype: np.dtype[Any],
    views: list[Any],
    scratch: Scratch,
) -> None:
    token = enter(QUIET[0])
    try:
        values = dict(zip((a.name for a in spec.arguments if a.kind != "scalar"), inputs, strict=True))
        values |= zip((a.name for a in spec.arguments if a.kind == "scalar"), scalars, strict=True)
        scales = [(law, _scale(law, values, dtype)) for law in spec.laws]
        for law, exponent in scales:
            for name, degree in law.arguments:
                values[name] = np.ldexp(values[name], degree * exponent)
        arrays = [values[a.name] for a in spec.arguments if a.kind != "scalar"]
        numbers = [values[a.name] for a in spec.arguments if a.kind == "scalar"]
        _run(spec, spec.body, QUIET[0], arrays, numbers, dtype, views, scratch)
        for law, exponent in scales:
            degrees = dict(law.results)
            for result, view in zip(spec.results, views, strict=True):
                if result.name in degrees:
                    np.ldexp(view, -degrees[result.name] * exponent, view)
    finally:
        leave(token)


def _scale(law: Law, values: dict[str, Any], dtype: np.dtype[Any]) -> Any:
    """For each row the exponent of the power of two that brings the largest of its arguments to about 1."""
    largest: Any = 0.0
    for name, degree in law.arguments:
        x = np.abs(np.asarray(values[name], dtype))
        top = np.max(x, -1, keepdims=True, initial=0) if x.ndim else x
        largest = np.maximum(largest, top if degree == 1 else top ** dtype.type(1 / degree))
    usable = np.isfinite(largest) & (largest > 0)
    limit = np.finfo(dtype).maxexp - 2
    exponent = -np.frexp(np.where(usable, largest, 1))[1]
    return np.clip(exponent, -limit, limit)
