"""The table of extremes is what the kernels do; a kernel that fails at one is seen."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.extremes import FINITE, SPECIAL, chosen, extremes, measured
from formulas.schema import Kernel

KERNELS: dict[str, Kernel] = {k.name: k for k in chosen()}


def test_the_table_has_every_function_and_every_extreme() -> None:
    functions = {f for k in KERNELS.values() for f in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))}
    assert set(extremes()) == functions
    assert all(set(found) == {*FINITE, *SPECIAL} for found in extremes().values())


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "cosine_similarity", "kl_divergence", "adam_step"])
def test_the_table_is_what_is_measured(name: str) -> None:
    for function, found in measured(KERNELS[name], shipped).items():
        stated = extremes()[function]
        for extreme in FINITE:  # the last tenths depend on the build of NumPy
            assert float(found[extreme]) <= max(1.0, 1.5 * float(stated[extreme])), (function, extreme)
        assert {e: found[e] for e in SPECIAL} == {e: stated[e] for e in SPECIAL}, function


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
    assert float(found["1e-30"]) < 4
