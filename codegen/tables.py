"""The measured error bounds that docstrings state and ``verify`` holds the kernels to.

``accuracy_table.json`` is written by ``codegen.accuracy`` and committed; reading it needs no kernel.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "accuracy_table.json"


@dataclass(frozen=True)
class Bound:
    """Errors of one function in one dtype, as measured.

    ``worst`` and ``mean`` in ulp on well-conditioned results, ``scaled`` the worst error over all results
    in ulp times the condition number (``codegen.accuracy`` defines both); ``reason`` for an exception.
    """

    target: str
    function: str
    dtype: str
    worst: float
    mean: float
    scaled: float
    reason: str = ""


@cache
def table() -> tuple[Bound, ...]:
    """Every measured bound; empty before the first measurement."""
    if not TABLE.exists():
        return ()
    return tuple(Bound(**row) for row in json.loads(TABLE.read_text()))


def bounds(function: str, target: str = "numpy") -> tuple[Bound, ...]:
    """The bounds of one function."""
    return tuple(b for b in table() if b.function == function and b.target == target)
