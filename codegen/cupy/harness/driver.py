"""The harness with the face of CuPy: what ``generated.cupy_kernels`` launches through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.cupy.harness.build import Mode
from codegen.cupy.harness.module import HostModule, Order

Text = tuple[Sequence[str], str, Sequence[str]]
"""Sources, a text that holds them all, and its name expressions."""


class HostDriver:
    """Stands in for CuPy: arrays are NumPy's, kernels are built with g++.

    ``mode``, ``order`` and ``seed`` hold for every launch; ``launches`` lists the kernels launched,
    ``last`` is the module of the last of them.
    """

    def __init__(self, mode: Mode | str = Mode.FAST, order: Order = Order.ASCENDING, seed: int = 0) -> None:
        self.xp: Any = np
        self.mode = Mode(mode)
        self.order = order
        self.seed = seed
        self.launches: list[str] = []
        self._built: dict[str, HostModule] = {}
        self.last: HostModule | None = None

    def build(self, texts: Iterable[Text], workers: int = 2) -> None:
        """Builds kernels ahead.  A text stands for all the ``sources`` in it: these are what ``kernel`` is
        asked for later."""

        def one(job: Text) -> None:
            sources, text, expressions = job
            module = HostModule(text, sorted(expressions), self.mode)
            self._built.update(dict.fromkeys(sources, module))

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, texts))

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        """The kernel that ``expression`` instantiates, called as CuPy's ``RawKernel`` is."""
        module = self._built.get(source)
        if module is None or expression not in module.expressions:
            module = _module(source, expression, self.mode)
        return _HostKernel(self, module, expression)

    def matmul(self, left: Any, right: Any, out: Any, scale: float) -> None:
        """NumPy in place of cuBLAS, in the type in which that adds up."""
        real = np.float64 if out.dtype == np.float64 else np.float32
        out[...] = real(scale) * np.matmul(left.astype(real), right.astype(real))

    def shared_limit(self) -> int:
        """What sm_90 has."""
        return 227 * 1024

    def address(self, array: Any) -> int:
        """Where the array lies; the harness' copies keep its alignment."""
        return int(array.ctypes.data)

    def device(self) -> int:
        """There is one."""
        return 0


@functools.cache
def _module(source: str, expression: str, mode: Mode) -> HostModule:
    return HostModule(source, (expression,), mode)


@dataclass(frozen=True)
class _HostKernel:
    driver: HostDriver
    module: HostModule
    expression: str

    def __call__(
        self, grid: Sequence[int], block: Sequence[int], args: Sequence[Any], *, shared_mem: int = 0
    ) -> None:
        self.driver.launches.append(self.expression)
        self.driver.last = self.module
        self.module.launch(
            self.expression, grid, block, args,
            shared_mem=shared_mem, order=self.driver.order, seed=self.driver.seed,
        )  # fmt: skip
