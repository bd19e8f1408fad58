# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Kernels as the generated modules call them: the short way where it is open, else the general one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._blocks import in_general
from ._checks import Array
from ._columns import column_plan
from ._plans import Plan, plan_for
from ._spec import REMEMBERED, Argument, Body, Constants, Law, Number, Spec

__all__ = ["Argument", "Array", "Body", "Constants", "Kernel", "Law", "Number", "ndarray"]

ndarray = np.ndarray
_UNKNOWN = object()


@dataclass(frozen=True)
class Kernel(Spec):
    """A ``Spec`` that can be called.  ``plans`` knows the layouts seen: for each the dtype and shape
    of every array, one after the other, and ``None`` where they take the general way."""

    plans: dict[tuple[Any, ...], Plan | None] = field(default_factory=dict, init=False, compare=False)

    def plan(self, key: tuple[Any, ...], *arrays: Array) -> Plan | None:
        """The plan for a layout not in ``plans`` yet."""
        found: Any = self.plans.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            if len(self.plans) >= REMEMBERED:
                self.plans.clear()
            found = self.plans[key] = plan_for(self, arrays)
        plan: Plan | None = found
        return plan

    def one(self, *given: Any, axis: int = -1, out: Array | None = None) -> Array:
        """Runs a kernel with one result, the general way."""
        results = None if out is None else (out,)
        found = self._along_first(given, results) if self.columns and axis == 0 else None
        return (found or in_general(self, given, axis, results))[0]

    def several(self, *given: Any, axis: int = -1, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results, the general way."""
        found = self._along_first(given, out) if self.columns and axis == 0 else None
        return found or tuple(in_general(self, given, axis, out))

    def _along_first(self, given: tuple[Any, ...], out: Sequence[Array] | None) -> tuple[Array, ...] | None:
        """The results by the plan for the first axis of matrices; ``None`` where there is none."""
        arrays: list[Array] = []
        scalars: list[Any] = []
        key: tuple[Any, ...] = (0,)
        for argument, x in zip(self.arguments, given, strict=True):
            if argument.kind == "scalar":
                scalars.append(x)
            elif type(x) is ndarray:
                arrays.append(x)
                key += (x.dtype, x.shape)
            else:
                return None
        plan: Any = self.plans.get(key, _UNKNOWN)
        if plan is _UNKNOWN:
            if len(self.plans) >= REMEMBERED:
                self.plans.clear()
            plan = self.plans[key] = column_plan(self, arrays)
        found: tuple[Array, ...] | None = plan and plan.several(out, tuple(scalars), *arrays)
        return found
