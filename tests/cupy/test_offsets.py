"""Offsets beyond 2^31 numbers, in the kernels' own arithmetic and without the memory for that: the blocks far
behind in a large array run, with pointers to where it would begin."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from codegen.cupy import harness
from codegen.cupy.forced import forced
from codegen.cupy.harness import HostDriver, HostError, HostModule, Mode

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

ROWS, N = 3, 1028


class _Far(HostModule):
    """Arrays begin ``before`` bytes earlier than what there is of them."""

    before: Sequence[int] = ()

    def _call(self, name: str, grid: Any, block: Any, shared: int, pointers: Any, options: Any) -> bool:
        for cell, before in zip(pointers, self.before, strict=False):
            if before:
                ctypes.c_void_p.from_address(cell).value -= before
        return super()._call(name, grid, block, shared, pointers, options)


class FarDriver(HostDriver):
    """Every launch is that of the last blocks of one that has ``far`` blocks more: rows or packs before those
    given.  ``old`` is replaced by ``new`` in the text."""

    def __init__(self, far: int, old: str = "", new: str = "") -> None:
        super().__init__(Mode.CHECK)
        self.far, self.old, self.new = far, old, new

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        assert self.old in source
        text = source.replace(self.old, self.new) if self.old else source
        module = _Far(text.replace("blockIdx.x", f"(blockIdx.x + {self.far}u)"), (expression,), self.mode)

        def launch(
            grid: Sequence[int], block: Sequence[int], args: Sequence[Any], *, shared_mem: int = 0
        ) -> None:
            places = self.far * block[0] * int(expression.rstrip(">").split(", ")[1])
            flat = "_flat<" in expression
            module.before = [
                0
                if not isinstance(a, np.ndarray)
                else a.itemsize * places
                if flat
                else self.far * a.nbytes // ROWS
                for a in args
            ]
            args = [
                np.int64(a + (places if flat else self.far)) if isinstance(a, np.int64) else a for a in args
            ]
            assert max(module.before) > 2**31 * 4
            module.launch(expression, grid, block, args, shared_mem=shared_mem, order=self.order)

        return launch


X = np.linspace(-3, 3, ROWS * N, dtype=np.float32).reshape(ROWS, N)


@pytest.mark.parametrize("far", [2**31 // N + 1, 2**33 // N])
@pytest.mark.parametrize(("function", "tier"), [("softmax", ""), ("softmax", "staged"), ("softmax", "block"),
                                                ("softmax_vjp", "staged_in_part"), ("silu", "")])  # fmt: skip
def test_rows_far_behind(function: str, tier: str, far: int, package: ModuleType) -> None:
    given = (X, X[::-1].copy()) if function.endswith("_vjp") else (X,)
    package.set_driver(HostDriver())
    with forced(package, tier):
        wanted = getattr(package, function)(*given)
        package.set_driver(FarDriver(far if function != "silu" else far * 4))
        np.testing.assert_array_equal(getattr(package, function)(*given), wanted)


OVERFLOWS = {
    "softmax": ("base = row * n;", "base = (long long)(int(row) * n);"),
    "silu": ("const long long i = pack * V;", "const long long i = int(pack) * V;"),
}


@pytest.mark.parametrize("function", OVERFLOWS)
def test_an_offset_of_32_bits_is_seen(function: str, package: ModuleType) -> None:
    package.set_driver(FarDriver(2**33 // N * (4 if function == "silu" else 1), *OVERFLOWS[function]))
    with pytest.raises(HostError, match="out of bounds"):
        getattr(package, function)(X)
