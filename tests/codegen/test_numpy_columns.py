"""Kernels of rows along the first axis of a matrix, by the plan that copies nothing and as rows."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from generated.numpy_kernels._columns import ColumnPlan
from generated.numpy_kernels._driver import Kernel
from generated.numpy_kernels._functions import row_dot, row_sum

MODULES = [
    importlib.import_module(f"generated.numpy_kernels.{m.name}")
    for m in pkgutil.iter_modules(shipped.__path__)
]
KERNELS = {k.name: k for m in MODULES for k in vars(m).values() if isinstance(k, Kernel) and k.columns}
SHAPES = [(64, 128), (1, 5), (7, 1), (13, 300), (1023, 1500)]


def _arguments(kernel: Kernel, shape: tuple[int, int], dtype: type) -> list[Any]:
    rng = np.random.default_rng(7)
    found: list[Any] = []
    for a in kernel.arguments:
        if a.kind == "scalar":
            found.append(0.25)
        else:
            found.append(rng.uniform(0.1, 0.9, shape if a.row else shape[1:]).astype(dtype))
    return found


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("shape", SHAPES)
def test_along_the_first_axis_is_along_the_last_of_the_transposed(name: str, shape: tuple[int, int]) -> None:
    kernel = KERNELS[name]
    given = _arguments(kernel, shape, np.float64)
    found = kernel.several(*given, axis=0)
    turned = [np.ascontiguousarray(x.T) if np.ndim(x) == 2 else x for x in given]
    wanted = kernel.several(*turned, axis=-1)
    assert any(isinstance(p, ColumnPlan) for p in kernel.plans.values())
    for x, y in zip(found, wanted, strict=True):
        assert x.flags.c_contiguous
        np.testing.assert_allclose(x.T, y, rtol=1e-9, atol=1e-9)


def test_results_may_be_arguments() -> None:
    x, weight = np.random.default_rng(1).normal(size=(64, 128)), np.ones(128)
    wanted = shipped.batch_norm(x, weight, weight)
    assert shipped.batch_norm(x, weight, weight, out=x) is x
    np.testing.assert_allclose(x, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("shape", [(64, 128), (2048, 700)])
def test_squares_out_of_range_are_computed_again(scale: float, shape: tuple[int, int]) -> None:
    x = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    one = np.ones(shape[1], np.float32)
    wanted = shipped.batch_norm(x, one, one, 0.0)
    found = shipped.batch_norm(x * np.float32(scale), one, one, 0.0)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [1, 8, 100, 4096, 100_003])
def test_sums_across_rows_are_pairwise(count: int) -> None:
    x = np.random.default_rng(3).uniform(0.5, 1, (count, 3)).astype(np.float32)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(row_sum(x.T)[:, 0], exact.sum(0), rtol=4e-7)
    np.testing.assert_allclose(row_dot(x.T, x.T)[:, 0], (exact**2).sum(0), rtol=4e-7)


def test_an_overflow_in_a_sum_of_products_raises_its_flag() -> None:
    x = np.full((64, 128), 1e30, np.float32)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        row_dot(x.T, x.T)
