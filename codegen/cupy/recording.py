"""What CuPy would be asked to compile: a driver that notes each kernel and runs none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Recorder"]


class Recorder:
    """``requests``: each source text that the launch code asked for, with its name expressions."""

    def __init__(self) -> None:
        self.xp: Any = np
        self.requests: dict[str, list[str]] = {}

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        expressions = self.requests.setdefault(source, [])
        if expression not in expressions:
            expressions.append(expression)
        return _nothing

    def matmul(self, left: Any, right: Any, out: Any, scale: float) -> None:
        """Leaves ``out`` as it is."""

    def shared_limit(self) -> int:
        """What sm_90 has."""
        return 227 * 1024

    def address(self, array: Any) -> int:
        return int(array.ctypes.data)

    def device(self) -> int:
        return 0


def _nothing(*arguments: Any, **options: Any) -> None:
    """Stands for a kernel that is not run: results stay uninitialised."""
