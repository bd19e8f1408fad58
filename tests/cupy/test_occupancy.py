"""What is predicted of an SM: blocks from registers, threads and shared memory, bytes from the schedule."""

from __future__ import annotations

from types import ModuleType

import pytest

from codegen.cupy import nvrtc
from codegen.cupy.gpu.cases import CASES
from codegen.cupy.occupancy import Launched, blocks_on_sm, in_flight, predicted

CASE = {case.function: case for case in CASES}


@pytest.mark.parametrize(
    ("registers", "threads", "shared", "blocks"),
    [
        (32, 256, 0, 8),
        (33, 256, 0, 6),
        (43, 256, 0, 5),
        (64, 256, 0, 4),
        (65, 512, 0, 1),
        (255, 64, 0, 4),
        (32, 32, 0, 32),
        (32, 512, 100 * 1024, 2),
        (32, 512, 220 * 1024, 1),
    ],
)
def test_blocks(registers: int, threads: int, shared: int, blocks: int) -> None:
    assert blocks_on_sm(registers, threads, shared) == blocks


def test_bytes_of_a_block() -> None:
    assert in_flight(Launched("", "f_flat<float, 4>", 256, 0), 2, 4) == 256 * 4 * 4 * 2
    assert in_flight(Launched("", "f_held<__half, 8, 4, 128>", 128, 0), 1, 2) == 128 * 8 * 4 * 2
    assert in_flight(Launched("", "f_block<float, 4>", 512, 0), 1, 4) == 4 * 512 * 16
    assert in_flight(Launched("", "f_staged<float, 4>", 512, 2048 + 65536), 1, 4) == 65536
    assert in_flight(Launched("", "f_columns_total<float>", 512, 0), 1, 4) == 0


@pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_function_of_one_place_fills_an_sm(dtype: str, package: ModuleType) -> None:
    """With fewer bytes on their way the texts that ran on an H200 were far from the copy bandwidth."""
    for name in ("silu", "gelu", "silu_vjp", "gelu_vjp"):
        found = predicted(package, CASE[name], dtype, 8192)
        assert found is not None
        assert found.flight >= 32 * 1024, found
