"""The comparison of schedules, against the stand-in for CuPy."""

from __future__ import annotations

import importlib
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from codegen.cupy import gpu, harness
from codegen.cupy.emit import device_text
from codegen.cupy.gpu import attention, schedules

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


def test_each_schedule_is_timed_and_the_usual_choice_comes_back(cupy: Any, package: ModuleType) -> None:
    runtime = importlib.import_module("generated.cupy_kernels._runtime")
    usual = {n: getattr(runtime, n) for n in ("_HELD_LANES", "_STAGED_BYTES", "_BLOCK_THREADS", "_source")}
    chosen = {
        n: schedules.SCHEDULES[n] for n in ("held", "staged", "block, packs 2", "flat, 1024 threads on an SM")
    }
    (row, _) = schedules.measure(package, cupy, ("softmax",), ((2, 2048),), 1, chosen)
    assert set(row["seconds"]) == {"usual", "held", "staged", "block, packs 2"}
    for name in row["seconds"]:
        assert name == "usual" or f"softmax_{chosen[name].tier}<" in row["kernel"][name]
    (row, _) = schedules.measure(package, cupy, ("silu",), ((2, 2048),), 1, chosen)
    assert set(row["seconds"]) == {"usual", "flat, 1024 threads on an SM"}
    assert {n: getattr(runtime, n) for n in usual} == usual


def test_a_candidate_that_cannot_run_is_said_and_the_others_are_timed(
    cupy: Any, package: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = schedules.Schedule("held", {}, ("FULL || i < n", "nothing_of_that_name"))
    chosen = {"broken": broken, "staged": schedules.SCHEDULES["staged"]}
    (row, *_) = schedules.measure(package, cupy, ("softmax",), ((2, 2048),), 1, chosen)
    assert set(row["seconds"]) == {"usual", "staged"}
    assert "nothing_of_that_name" in row["failed"]["broken"] or "HostError" in row["failed"]["broken"]
    schedules.show(row)
    assert "broken failed: HostError" in capsys.readouterr().out


def test_what_is_quicker_than_the_usual_schedule_is_told() -> None:
    row = {"function": "softmax", "dtype": "float32", "shape": [8, 64], "kernel": {"usual": "a", "held": "b"}}
    slow = row | {"seconds": {"usual": 1.1, "held": 1.0}, "share_of_copy": {"usual": 0.8, "held": 0.88}}
    near = row | {"seconds": {"usual": 1.02, "held": 1.0}, "share_of_copy": {"usual": 0.86, "held": 0.88}}
    assert schedules.quicker([near]) == []
    assert schedules.quicker([near, slow]) == [
        "softmax float32 8x64: held 0.88 of copy, usual 0.80; b instead of a"
    ]


def test_the_pieces_of_text_that_are_exchanged_are_there() -> None:
    text = device_text()
    assert text.count(schedules.PACKS) == text.count(schedules.FLAT_BLOCKS) == 1
    names = " ".join(schedules.SCHEDULES)
    assert all(part in names for part in ("packs 1", "packs 2", "packs 4", "256 threads", "held", "flat"))
    changed = schedules._changed(lambda real, kernel: real + kernel, "b", "c")
    assert changed("a", "b") == "ac"
    with pytest.raises(ValueError, match="no longer has 'b'"):
        changed("a", "a")


def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    if gpu.unavailable() is None:
        pytest.skip("this machine has a GPU")
    assert schedules.main([]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_attention_is_held_against_what_a_fused_kernel_could_do(cupy: Any, package: ModuleType) -> None:
    (row,) = attention.measure(package, cupy, ((2, 8, 4),), ("float32",), rounds=1)
    assert row["seconds"]["symcheck"] > row["fused_bound"] > 0
    assert row["may_pay"]
    assert row["ulp"]["symcheck"] < 4
    assert attention.too_large([row]) == []
    if gpu.unavailable() is not None:
        assert attention.main([]) == 3


@pytest.mark.parametrize("head", [0, 1, -1])
def test_a_wrong_value_of_the_attention_that_is_timed_is_seen(
    head: int, cupy: Any, package: ModuleType
) -> None:
    def off(*given: Any, out: Any = None) -> Any:
        found = package.scaled_dot_product_attention(*given, out=out)
        found[head, 5, 2] += 2.0**-6
        return found

    wrong = SimpleNamespace(scaled_dot_product_attention=off)
    (row,) = attention.measure(wrong, cupy, ((3, 8, 4),), ("float32",), rounds=1)
    assert len(attention.too_large([row])) == 1
    row["ulp"]["symcheck"] = float("nan")
    assert len(attention.too_large([row])) == 1
