"""A call made again by a plan does what it did in full, and no plan is used where it does not hold."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from cpu_budget import slowness

from codegen.cupy import harness
from codegen.cupy.forced import forced
from codegen.cupy.harness import HostDriver
from codegen.cupy.recording import Recorder
from codegen.cupy.samples import arguments, functions, samples
from codegen.pipeline import KernelPrograms

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


@pytest.fixture
def package(package: ModuleType) -> Iterator[ModuleType]:
    package.set_driver(HostDriver())
    yield package


def plans() -> dict[Any, Any]:
    found: dict[Any, Any] = importlib.import_module("generated.cupy_kernels._driver").get_plans()
    return found


def draw(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def in_full(function: Any, *given: Any, **options: Any) -> Any:
    plans().clear()
    found = function(*given, **options)
    plans().clear()
    return found


CASES = {
    "silu": ((5, 33),),
    "softmax": ((5, 33),),
    "softmax_vjp": ((3, 2052), (3, 2052)),
    "layer_norm_vjp": ((6, 70), (6, 70), (70,), (70,)),
    "rms_norm_vjp": ((20, 2048), (20, 2048), (2048,)),
    "logsumexp": ((2, 70004),),
    "linear": ((5, 12), (7, 12), (7,)),
    "causal_attention": ((2, 9, 8), (2, 9, 8), (2, 9, 8)),
    "causal_attention_vjp": ((2, 9, 8), (2, 9, 8), (2, 9, 8), (2, 9, 8)),
    "scaled_dot_product_attention_vjp": ((9, 8), (9, 8), (9, 8), (9, 8)),
}


WITHOUT = {"embedding_vjp", "gcn_layer_vjp", "multihead_attention", "multihead_attention_vjp"}


@pytest.mark.parametrize("name", CASES)
def test_again_with_other_arrays(package: ModuleType, name: str) -> None:
    function = getattr(package, name)
    given = [[draw(*shape, seed=s + 7 * i) for i, shape in enumerate(CASES[name])] for s in (0, 100)]
    wanted = [in_full(function, *arrays) for arrays in given]
    for arrays, results in zip(given, wanted, strict=True):
        for out in (None, tuple(np.empty_like(r) for r in several(results))):
            found = function(*arrays, out=out[0] if out and len(out) == 1 else out)
            assert [r.tobytes() for r in several(found)] == [r.tobytes() for r in several(results)]
            if out:
                assert all(f is o for f, o in zip(several(found), out, strict=True))
    assert len(plans()) == 2, "one for new results, one for out="


def test_every_function_has_a_plan_in_every_schedule(
    kernels: list[KernelPrograms], package: ModuleType
) -> None:
    """But for one that sorts, and for products whose factors ``reshape`` copies."""
    package.set_driver(Recorder())
    without = set()
    for kernel, program in functions(kernels):
        for sample in samples(program):
            if not sample.offset:
                with forced(package, sample.tier):
                    plans().clear()
                    getattr(package, program.name)(**arguments(kernel, program, sample))
                    if not plans():
                        without.add(program.name)
    assert without == WITHOUT


def several(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def test_a_plan_is_used(package: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = draw(4, 60), draw(4, 60, seed=1)
    wanted = in_full(package.softmax, y)
    package.softmax(x)
    monkeypatch.setattr("generated.cupy_kernels._runtime.Call", None)  # what a call in full needs
    assert package.softmax(y).tobytes() == wanted.tobytes()
    with pytest.raises(TypeError):
        package.softmax(draw(4, 61))


def test_numbers_are_those_of_this_call(package: ModuleType) -> None:
    arrays = [draw(64, seed=s) for s in range(3)]
    arrays.append(np.abs(draw(64, seed=3)))
    for step in (1.0, 2.0, 2.0, np.float64(3.0), 4):
        wanted = in_full(package.adamw_step, *arrays, step, 1e-3)
        package.adamw_step(*arrays, 1.0, 1e-2)
        found = package.adamw_step(*arrays, step, 1e-3)
        assert [r.tobytes() for r in found] == [r.tobytes() for r in wanted]


def test_a_number_that_is_none_is_told_again(package: ModuleType) -> None:
    arrays = [np.abs(draw(64, seed=s)) for s in range(4)]
    for _ in range(2):
        package.adamw_step(*arrays, 1.0, 1e-3)
        with pytest.raises(TypeError, match="step is str, expected one real number"):
            package.adamw_step(*arrays, "x", 1e-3)
        with pytest.raises(TypeError, match="step is NoneType, expected one real number"):
            package.adamw_step(*arrays, None, 1e-3)


def test_what_lies_differently_is_another_plan(package: ModuleType) -> None:
    """Misaligned, strided, reversed, of another type, over another argument, over the result."""
    memory = draw(4 * 64 + 1)
    plain = memory[:-1].reshape(4, 64)
    views = [plain, memory[1:].reshape(4, 64), draw(64, 4).T, plain[:, ::-1], plain.astype("f8"), plain[:1]]
    for view in [*views, *reversed(views)]:
        wanted = in_full(package.silu, view.copy())
        assert package.silu(view).tobytes() == wanted.tobytes()
    for x, g in ((plain, plain), (plain, plain.copy()), (plain.copy(), plain)):
        wanted = in_full(package.silu_vjp, g.copy(), x.copy())
        assert package.silu_vjp(g, x).tobytes() == wanted.tobytes()
    for begin in (0, 1, 32, 0):
        x = memory[:64].copy()
        long = np.concatenate([x, x])
        wanted = in_full(package.silu, x)
        assert package.silu(long[:64], out=long[begin : begin + 64]).tobytes() == wanted.tobytes()
        assert long[begin : begin + 64].tobytes() == wanted.tobytes()


def test_errors_stay_errors(package: ModuleType) -> None:
    x = draw(4, 60)
    for _ in range(2):
        package.softmax(x)
        with pytest.raises(TypeError):
            package.softmax([1.0, 2.0])
        with pytest.raises(ValueError, match="shape"):
            package.softmax(x, out=np.empty((4, 61), "f4"))
        with pytest.raises(TypeError, match="dtype"):
            package.softmax(x, out=np.empty((4, 60), "f8"))
        with pytest.raises(TypeError, match="input has dtype >f4, expected the byte order"):
            package.softmax(x.astype(">f4"))
        with pytest.raises(ValueError, match="axis"):
            package.softmax(x, axis=2)


def test_plans_are_bounded(package: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generated.cupy_kernels._runtime._MOST_PLANS", 3)
    for n in range(1, 9):
        package.silu(draw(n))
        assert 1 <= len(plans()) <= 3


MOST = 15e-6
"""Seconds of CPU time for a call, which is all that a launch costs where the driver costs nothing."""


def _seconds(call: Callable[[], Any], count: int = 100) -> float:
    """CPU time of a call on a quiet core, the least of many short rounds: others there do not count."""
    call()
    rounds = []
    for _ in range(20):
        slow = slowness()
        begin = time.process_time()
        for _ in range(count):
            call()
        rounds.append((time.process_time() - begin) / count / ((slow + slowness()) / 2))
    return min(rounds)


class Elsewhere(Recorder):
    """Arrays have addresses that cost nothing, as those of CuPy: NumPy makes an object to tell one."""

    def address(self, array: Any) -> int:
        return id(array) << 12


@pytest.mark.parametrize("name", ["silu", "softmax", "layer_norm", "layer_norm_vjp", "adamw_step"])
def test_a_call_costs_the_cpu_less_than_15_us(name: str, package: ModuleType) -> None:
    """All of it but the driver: arguments are looked at, a plan is found, kernels get their arguments."""
    package.set_driver(Elsewhere())
    x, w = draw(4, 32), draw(32)
    given = {
        "silu": (x,), "softmax": (x,), "layer_norm": (x, w, w), "layer_norm_vjp": (x, x, w, w),
        "adamw_step": (x, x, x, x, 1.0, 0.1),
    }[name]  # fmt: skip
    function = getattr(package, name)
    again = _seconds(lambda: function(*given))
    assert again < MOST

    def in_full_each_time() -> None:
        plans().clear()
        function(*given)

    assert _seconds(in_full_each_time, 40) > 2 * again  # the measure sees what a plan saves
