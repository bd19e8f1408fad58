"""The comparison of schedules, against the stand-in for CuPy."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from codegen.cupy import gpu, harness
from codegen.cupy.gpu import attention, schedules

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


def test_each_schedule_is_timed_and_the_usual_choice_comes_back(cupy: Any, package: ModuleType) -> None:
    runtime = importlib.import_module("generated.cupy_kernels._runtime")
    usual = {n: getattr(runtime, n) for n in ("_HELD_LANES", "_STAGED_BYTES")}
    (row, _) = schedules.measure(package, cupy, ("softmax",), ((2, 2048),), rounds=1)
    assert set(row["seconds"]) == {"usual", "held", "staged", "block"}
    for name in schedules.SCHEDULES:
        assert f"softmax_{name}<" in row["kernel"][name]
    assert {n: getattr(runtime, n) for n in usual} == usual


def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    if gpu.unavailable() is None:
        pytest.skip("this machine has a GPU")
    assert schedules.main([]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_attention_is_held_against_what_a_fused_kernel_could_do(cupy: Any, package: ModuleType) -> None:
    (row,) = attention.measure(package, cupy, ((2, 8, 4),), ("float32",), rounds=1)
    assert row["seconds"]["symcheck"] > row["fused_bound"] > 0
    assert row["may_pay"]
    if gpu.unavailable() is not None:
        assert attention.main() == 3
