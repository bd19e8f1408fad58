"""The filters of logits, written with CuPy's functions, against those of the NumPy package."""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np
import pytest

from codegen.cupy.harness import HostDriver


@pytest.fixture
def host(package: ModuleType) -> ModuleType:
    package.set_driver(HostDriver())
    return package


def logits(dtype: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    x = np.round(rng.standard_normal((3, 4, 17)) * 2, 1).astype(dtype)  # with ties
    x[0, 0] = 1
    x[1, 1, 3] = np.inf
    x[2, 2, ::2] = -np.inf
    return x


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_same_as_numpy(dtype: str, host: ModuleType) -> None:
    peer = importlib.import_module("generated.numpy_kernels")
    x = logits(dtype)
    for k in (1, 3, 16, 17, 40):
        np.testing.assert_array_equal(host.top_k(x, k), peer.top_k(x, k))
    finite = np.where(np.isinf(x) & (x > 0), x.dtype.type(9), x)
    for p in (1e-9, 0.3, 0.9, 1.0):
        found = host.top_p(finite, p)
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, peer.top_p(finite, p))
    with_nan = x.copy()
    with_nan[0, 1, 5] = np.nan
    np.testing.assert_array_equal(host.top_k(with_nan, 2), peer.top_k(with_nan, 2))


def test_wrong_arguments(host: ModuleType) -> None:
    x = logits("float32")
    with pytest.raises(TypeError, match="top_k: k is float"):
        host.top_k(x, 2.0)
    with pytest.raises(ValueError, match="top_p: p is 0"):
        host.top_p(x, 0.0)
    with pytest.raises(TypeError, match="top_k: input is list"):
        host.top_k([1.0], 1)


def test_what_is_not_for_a_gpu_is_listed(package: ModuleType) -> None:
    peer = importlib.import_module("generated.numpy_kernels")
    assert set(peer.__all__) - set(package.__all__) == set(package.HOST_ONLY)
