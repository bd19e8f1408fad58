"""The error bounds that docstrings state: ``accuracy_table.json``, written by ``codegen.cupy.accuracy``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROUNDED_ONCE = 0.51  # ulp of a 16-bit result that is computed in float32 and rounded
TABLE = Path(__file__).parent / "accuracy_table.json"


@dataclass(frozen=True)
class Bound:
    """``function`` in ``dtype`` is off by at most ``worst`` of ``unit`` on inputs of the region ``where``, as
    measured on the host harness."""

    function: str
    dtype: str
    where: str
    worst: float
    unit: str

    def allows(self, error: float) -> bool:
        """Whether another compiler, free to contract other products into fma, may measure ``error``."""
        if self.dtype in ("float16", "bfloat16"):
            if self.worst <= ROUNDED_ONCE:
                return error <= ROUNDED_ONCE
            return error <= 1.25 * self.worst + 0.25  # the factors of a product were rounded too
        return error <= 1.25 * self.worst + 1


@cache
def table() -> tuple[Bound, ...]:
    """Every measured bound; empty before the first measurement."""
    if not TABLE.exists():
        return ()
    return tuple(Bound(**row) for row in json.loads(TABLE.read_text(encoding="utf-8")))


def bounds(function: str) -> tuple[Bound, ...]:
    """The bounds of one function, one for each dtype and region."""
    return tuple(b for b in table() if b.function == function)
