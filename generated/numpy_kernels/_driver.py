# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Kernels as the generated modules call them: the short way where it is open, else the general one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._blocks import in_general
from ._checks import Array
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
        return in_general(self, given, axis, None if out is None else (out,))[0]

    def several(self, *given: Any, axis: int = -1, out: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """Runs a kernel with several results, the general way."""
        return tuple(in_general(self, given, axis, out))
