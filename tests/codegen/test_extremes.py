"""The table of extremes is what the kernels do; a kernel that fails at one is seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.cupy import harness
from codegen.extremes import (
    EXCEPTIONS,
    FINITE,
    MISSED,
    SPECIAL,
    TABLES,
    UNDEFINED,
    chosen,
    extremes,
    measured,
    misses,
    package_of,
)
from formulas.schema import Kernel

KERNELS: dict[str, Kernel] = {k.name: k for k in chosen()}


@pytest.fixture
def package(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The package of the target that the test names."""
    target = request.getfixturevalue("target")
    why = harness.missing()
    if target == "cupy" and why is not None:  # no C++ compiler: the texts cannot be run on this machine
        pytest.skip(why)
    found = package_of(target)
    yield found
    if target == "cupy":
        found.set_driver(None)


@pytest.mark.parametrize("target", TABLES)
def test_the_table_has_every_function_and_every_extreme(target: str) -> None:
    functions = {f for k in KERNELS.values() for f in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))}
    assert set(extremes(target)) == functions
    assert all(set(found) == {*FINITE, *SPECIAL} for found in extremes(target).values())


@pytest.mark.parametrize("target", TABLES)
def test_every_result_is_right_but_for_the_listed_exceptions(target: str) -> None:
    """Also that no exception is stale."""
    assert misses(extremes(target)) == {(f, e) for t, f, e in EXCEPTIONS if t == target}


def test_what_is_undefined_is_so() -> None:
    found = {
        (f, e) for t in TABLES for f, row in extremes(t).items() for e, v in row.items() if v == "undefined"
    }
    assert found == UNDEFINED


def test_where_cuda_flushes_its_subnormals_are_zeros() -> None:
    """Nearly every function was asked, and says of subnormals what it says of zeros."""
    found = {f: row["subnormal"] for f, row in extremes("cupy").items()}
    exceptions = {f for t, f, e in EXCEPTIONS if (t, e) == ("cupy", "subnormal")}
    assert {f for f, figure in found.items() if figure != 0} == exceptions
    assert len(found) > 90


@pytest.mark.parametrize("flushes", [True, False])
def test_a_subnormal_that_is_kept_is_seen(flushes: bool) -> None:
    package = SimpleNamespace(silu=lambda x: x / 2, silu_vjp=lambda g, x: g / 2)
    found = measured(KERNELS["silu"], package, flushes=flushes)["silu"]["subnormal"]
    assert np.isinf(float(found)) == flushes


SAMPLED = (
    "sigmoid",
    "silu",
    "gelu",
    "softmax",
    "cosine_similarity",
    "kl_divergence",
    "adam_step",
    "clip_by_norm",
)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        *(("numpy", n) for n in SAMPLED),
        *(("c", n) for n in ("silu", "clip_by_norm")),
        *(("cupy", n) for n in ("silu", "gelu", "gelu_sigmoid", "gelu_tanh", "softmax", "clip_by_norm")),
    ],
)
def test_the_table_is_what_is_measured(target: str, name: str, package: Any) -> None:
    for function, found in measured(KERNELS[name], package, flushes=target == "cupy").items():
        stated = extremes(target)[function]
        for extreme in FINITE:  # the last tenths depend on the build of NumPy
            assert (found[extreme] == "undefined") == (stated[extreme] == "undefined")
            if stated[extreme] != "undefined" and math.isinf(float(stated[extreme])):
                assert math.isinf(float(found[extreme])), (function, extreme)
            elif found[extreme] != "undefined":
                assert float(found[extreme]) <= max(1.0, 1.5 * float(stated[extreme])), (function, extreme)
        assert {e: found[e] for e in SPECIAL} == {e: stated[e] for e in SPECIAL}, function


def test_a_product_of_0_and_infinity_is_seen() -> None:
    def naive(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            result: np.ndarray = x / (1 + np.exp(-x))
            return result

    found = measured(KERNELS["silu"], SimpleNamespace(silu=naive, silu_vjp=shipped.silu_vjp))
    assert found["silu"]["-inf"] == MISSED
    assert ("silu", "-inf") in misses(found)


def test_an_overflow_is_seen() -> None:
    """exp(x) / sum exp(x) as it stands overflows at 1e4, and is right for entries near 0."""

    def naive(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            e = np.exp(x)
            result: np.ndarray = e / e.sum(-1, keepdims=True)
            return result

    package = SimpleNamespace(softmax=naive, softmax_vjp=shipped.softmax_vjp)
    found = measured(KERNELS["softmax"], package)["softmax"]
    assert np.isinf(float(found["1e4"]))
    assert ("softmax", "1e4") in misses({"softmax": found})
    assert float(found["1e-30"]) < 4
