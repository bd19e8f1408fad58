"""The scratch arrays of a thread, which calls leave to each other: fresh memory costs more than what is
computed in it."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from .checks import BLOCK_BYTES, Array

__all__ = ["STORE"]

_ALIGNMENT = 64
_KEPT_VIEWS = 256
_KEPT_BLOCKS = 8  # longer buffers are made anew


class _Store(threading.local):
    """Buffers of at least two blocks, and views of them by plan and size."""

    def __init__(self) -> None:
        self.buffers: list[Array] = []
        self.views: dict[Any, list[Array]] = {}

    def make(self, key: Any, count: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> list[Array]:
        """``count`` arrays, remembered under ``key``; new ones for more than eight blocks."""
        size = math.prod(shape) * dtype.itemsize
        views = [b[:size].view(dtype).reshape(shape) for b in self.raw(count, size)]
        if size <= _KEPT_BLOCKS * BLOCK_BYTES:
            if len(self.views) >= _KEPT_VIEWS:
                self.views.clear()
            self.views[key] = views
        return views

    def raw(self, count: int, size: int) -> list[Array]:
        """``count`` buffers of ``size`` bytes or more; new ones for more than eight blocks."""
        if size > _KEPT_BLOCKS * BLOCK_BYTES:
            return [_buffer(size) for _ in range(count)]
        for at in range(count):
            if at == len(self.buffers):
                self.buffers.append(_buffer(max(size, 2 * BLOCK_BYTES)))
            elif self.buffers[at].size < size:
                self.views.clear()  # they would keep the old buffer
                self.buffers[at] = _buffer(size)
        return self.buffers[:count]


def _buffer(size: int) -> Array:
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.__array_interface__["data"][0] % _ALIGNMENT
    return raw[start : start + size]


STORE = _Store()
