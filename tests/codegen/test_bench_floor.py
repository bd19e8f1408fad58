"""The floor of a kernel is the time of its passes and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.bench.cases import CASES, COMPARED, Case, arguments
from codegen.bench.floor import floor_thunks, pass_seconds


@pytest.mark.parametrize("case", [c for c in CASES if c.kernel in COMPARED], ids=lambda c: c.kernel)
def test_every_compared_kernel_has_a_floor(case: Case) -> None:
    kernel = getattr(shipped, case.kernel)
    args = arguments(case, (64, 128), "float32")
    kernel(*args)
    thunks = floor_thunks(kernel, args)
    assert thunks
    for thunk in thunks.values():
        thunk()


def test_a_kernel_that_takes_the_general_way_has_none() -> None:
    x = np.ones((4, 5), np.float16)
    shipped.silu(x)
    assert floor_thunks(shipped.silu, [x]) == {}


def test_the_least_block_counts() -> None:
    times = {"symcheck": 9.0, "floor 256": 4.0, "floor 512": 3.0}
    assert pass_seconds(times, 1024, 1) == 3.0
    assert times == {"symcheck": 9.0}
    assert pass_seconds(times, 1024, 1) is None


def test_blocks_that_do_not_divide_the_rows_count_by_their_part() -> None:
    times = {"floor 3": 2.0}  # two runs of three rows each, of seven
    assert pass_seconds(times, 70, 10) == pytest.approx(2.0 * 7 / 6)
    assert times == {}
