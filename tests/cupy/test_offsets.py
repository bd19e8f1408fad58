"""Offsets beyond 2^31 numbers, in the kernels' own arithmetic and without the memory for that: the blocks far
behind in a large array run, with pointers to where it would begin."""

from __future__ import annotations

import ctypes
import importlib
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


Moved = tuple[Sequence[int], Sequence[Any]]
"""How many numbers lie in front of each argument, and the arguments of the larger launch."""


def _rows(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    """A block has a row, and what has no rows stays where it is."""
    front = [far * a.size // ROWS if np.ndim(a) and a.size % ROWS == 0 else 0 for a in args]
    return front, [a + np.int64(far) if isinstance(a, np.int64) else a for a in args]


def _packs(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    front = [places if np.ndim(a) else 0 for a in args]
    return front, [a + places if isinstance(a, np.int64) else a for a in args]


def _picked(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    """The table begins as far in front as the rows do."""
    table, index, out, rows, n, entries = args
    more = places // n
    return (places, more, places), (table, index + more, out, rows + more, n, entries + more)


def _scattered(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    """``far`` rows and the entries of ``far`` blocks in front."""
    keys, values, out, rows, n, entries = args
    more = places // n
    entry, row = np.divmod(keys, rows)
    keys = (entry + more) * (rows + far) + row + far
    return (far, far * int(n), places), (keys, values, out, rows + np.int64(far), n, entries + more)


def _lagged(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    """The first places of the rows are those of ``far`` groups in front."""
    sliding, values, partial, rows, n, m, sliding_row, values_row, groups = args
    more = places // n
    front = (more * sliding_row, more * values_row, far * int(m))
    sizes = (rows + more, n, m, sliding_row, values_row, groups + np.int32(far))
    return front, (sliding, values, partial, *sizes)


def _added_up(far: int, places: np.int64, args: Sequence[Any]) -> Moved:
    """A warp has a place."""
    partial, out, m, groups = args
    return (places // 32, places // 32), (partial, out, m + np.int32(places // 32), groups)


MOVED = {
    "silu_flat": _packs, "embedding_1": _picked, "embedding_vjp_1": _scattered,
    "convolve_vjp_2_partial": _lagged, "convolve_vjp_2_total": _added_up,
}  # fmt: skip
"""Kernels whose blocks do not have a row each, and what lies in front of ``far`` blocks then."""


class FarDriver(HostDriver):
    """Every launch is that of the last blocks of one that has ``far`` blocks more.  ``old`` is replaced by
    ``new`` in the texts that have it."""

    def __init__(self, far: int, old: str = "", new: str = "") -> None:
        super().__init__(Mode.CHECK)
        self.far, self.old, self.new = far, old, new

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        text = source.replace(self.old, self.new) if self.old else source
        text = text.replace("blockIdx.x", f"(blockIdx.x + {self.far}u)")
        # a search halves what is there, and of the rows in front nothing is
        text = text.replace("first = 0, count = rows;", f"first = {self.far}, count = rows - {self.far};")
        module = _Far(text, (expression,), self.mode)
        name, _, parameters = expression.rstrip(">").partition("<")
        v = int(parameters.split(", ")[1]) if ", " in parameters else 1

        def launch(
            grid: Sequence[int], block: Sequence[int], args: Sequence[Any], *, shared_mem: int = 0
        ) -> None:
            threads = self.far * block[0]
            front, moved = MOVED.get(name, _rows)(self.far, np.int64(threads * v), args)
            assert max(*front, threads) > 2**31
            module.before = [
                int(count) * a.itemsize if count else 0 for count, a in zip(front, args, strict=False)
            ]
            module.launch(expression, grid, block, moved, shared_mem=shared_mem, order=self.order)

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


_WHOLE = np.random.default_rng(0).integers
"""Sums of products of whole numbers are exact in any order."""
GIVEN = {
    "softmax": (X,),
    "silu": (X,),
    "convolve_vjp": tuple(_WHOLE(-4, 5, shape).astype("f4") for shape in ((ROWS, 79), (ROWS, 64), 16)),
    "embedding": (np.array([1, 4, 0]), _WHOLE(-4, 5, (5, 64)).astype("f4")),
    "embedding_vjp": (_WHOLE(-4, 5, (ROWS, 64)).astype("f4"), np.array([1, 4, 1]), np.zeros((5, 64), "f4")),
}
FAR = {"softmax": 2**33 // N, "silu": 2**33 // N * 4} | dict.fromkeys(
    ("convolve_vjp", "embedding", "embedding_vjp"), 2**27 + 2**23
)
"""How many blocks are in front.  Those of steps have 256 threads, or a row of 64 places: together they have
2^31 more than a multiple of 2^32, which 32 bits would take for none."""


@pytest.mark.parametrize("function", ["convolve_vjp", "embedding", "embedding_vjp"])
def test_steps_far_behind(function: str, package: ModuleType) -> None:
    package.set_driver(FarDriver(FAR[function]))
    got = getattr(package, function)(*GIVEN[function])
    wanted = getattr(importlib.import_module("generated.numpy_kernels"), function)(*GIVEN[function])
    for g, w in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(g, w)


OVERFLOWS = {
    "row": ("softmax", "base = row * n;", "base = (long long)(int(row) * n);"),
    "elementwise": ("silu", "const long long i = pack * V;", "const long long i = int(pack) * V;"),
    "slide": ("convolve_vjp", "values + row * values_row;", "values + (long long)(int(row) * values_row);"),
    "lags": (
        "convolve_vjp",
        "values[row * values_row + i]",
        "values[(long long)(int(row) * values_row) + i]",
    ),
    "scatter": ("embedding_vjp", "out + entry * n + i", "out + (long long)(int(entry) * n) + i"),
    "pick": ("embedding", "table + entry * n + i", "table + (long long)(int(entry) * n) + i"),
}
"""Template -> a function that has a kernel of it, and an offset that does not go beyond 2^31."""


@pytest.mark.parametrize("template", OVERFLOWS)
def test_an_offset_of_32_bits_is_seen(template: str, package: ModuleType) -> None:
    function, *fault = OVERFLOWS[template]
    package.set_driver(FarDriver(FAR[function], *fault))
    with pytest.raises(HostError, match="out of bounds"):
        getattr(package, function)(*GIVEN[function])
