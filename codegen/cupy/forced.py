"""What makes the launch code of the package take the schedules of long rows for short ones, and those of many
rows for few: two blocks for all of them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any
from unittest import mock

__all__ = ["FORCED", "forced"]

_NOT_HELD: dict[str, Any] = {"_HELD_LANES": ()}
_SPLIT: dict[str, Any] = _NOT_HELD | {
    "_STAGED_COLUMNS_BYTES": 0,
    "_SPLIT_PLACES": 0,
    "_SPLIT_ROWS": 2**31,
}
_STAGED: dict[str, Any] = _NOT_HELD | {"_STAGED_COLUMNS_BYTES": 0, "_STAGED_BLOCKS": 2, "_STAGED_SLOTS": 2}
FORCED: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "flat": {"_FLAT_BLOCKS": 2},
    "staged": _STAGED,
    "staged_alone": _STAGED | {"_FEW_PLACES": 0, "_STAGED_THREADS": 1024},
    "staged_in_part": _STAGED | {"_STAGED_KEPT": 1},
    "staged_columns": _NOT_HELD | {"_STAGED_COLUMNS_PLACES": 0, "_FETCHED_REALS": 0},
    "fetched_columns": _NOT_HELD | {"_STAGED_COLUMNS_PLACES": 0},
    "columns_in_part": _NOT_HELD
    | {"_STAGED_COLUMNS_PLACES": 0, "_STAGED_KEPT": 1, "_STAGED_LANES": (64,), "_FETCHED_REALS": 0},
    "block": _NOT_HELD | {"_STAGED_BYTES": 0, "_STAGED_COLUMNS_BYTES": 0, "_LARGEST_GRID": 2},
    "split": _SPLIT | {"_SPLIT_PART": 256},
    "split_short": _SPLIT | {"_SPLIT_PART": 32},
}
"""Schedule -> the numbers of the launch code under which it is taken."""


@contextlib.contextmanager
def forced(package: ModuleType, tier: str) -> Iterator[None]:
    """Rows take the schedule ``tier`` ("": that of their size).  Plans of calls, which hold a schedule, are
    not carried in or out."""
    if not tier:
        yield
        return
    runtime = sys.modules[f"{package.__name__}._runtime"]
    plans = sys.modules[f"{package.__name__}._driver"].get_plans
    with mock.patch.multiple(runtime, **FORCED[tier]):
        plans().clear()
        try:
            yield
        finally:
            plans().clear()
