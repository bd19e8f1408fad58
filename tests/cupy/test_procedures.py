"""The filters of logits, written with CuPy's functions, against their definitions and those of the NumPy
package."""

from __future__ import annotations

import importlib
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.cupy.harness import HostDriver
from codegen.cupy.ulps import available, dtype_of
from codegen.procedures import AS_DEFINED, OTHERWISE, PROCEDURES, outcomes

DTYPES = available(("float16", "bfloat16", "float32", "float64"))
PACKAGE: ModuleType = importlib.import_module("generated.cupy_kernels")
PEER: ModuleType = importlib.import_module("generated.numpy_kernels")


@pytest.fixture
def host(package: ModuleType) -> ModuleType:
    package.set_driver(HostDriver())
    return package


def logits(dtype: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    x = np.round(rng.standard_normal((3, 4, 17)) * 2, 1).astype(dtype_of(dtype))  # with ties
    x[0, 0] = 1
    x[1, 1, 3] = np.inf
    x[2, 2, ::2] = -np.inf
    return x


def same(found: np.ndarray, wanted: np.ndarray) -> bool:
    """To the bit, NaN included; bfloat16 beside what is known of it in float32."""
    kind = "u4" if found.dtype.name == "bfloat16" else f"u{found.dtype.itemsize}"
    found = found.astype(wanted.dtype) if found.dtype.name == "bfloat16" else found
    return bool((found.view(kind) == wanted.view(kind)).all())


@pytest.mark.parametrize("dtype", DTYPES)
def test_same_as_numpy(dtype: str, host: ModuleType) -> None:
    x = logits(dtype)
    with_nan = x.copy()
    with_nan[0, 1, 5] = np.nan
    for given_ in (x, with_nan):
        peer = given_.astype("f4") if dtype == "bfloat16" else given_
        for axis in (-1, 0, 1):
            for k in (1, 3, 16, 17, 40, np.uint8(2)):
                assert same(host.top_k(given_, k, axis=axis), PEER.top_k(peer, int(k), axis=axis)), (k, axis)
            for p in (1e-9, 0.3, 0.9, 1.0):
                assert same(host.top_p(given_, p, axis=axis), PEER.top_p(peer, p, axis=axis)), (p, axis)


@settings(max_examples=200, deadline=None)
@given(
    bits=st.lists(
        st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**31 + 1]), min_size=1, max_size=9
    ),
    k=st.integers(1, 9),
    dtype=st.sampled_from(DTYPES),
)
def test_every_number_has_its_rank(bits: list[int], k: int, dtype: str) -> None:
    """Subnormals, both zeros and NaN of either sign among them; CuPy would flush subnormals to 0."""
    kind = dtype_of(dtype)
    x = np.array(bits, "u8").astype(f"u{kind.itemsize}")
    x = (x << (kind.itemsize * 8 - 32) if kind.itemsize > 4 else x).view(kind)
    PACKAGE.set_driver(HostDriver())
    try:
        assert same(PACKAGE.top_k(x, k), PEER.top_k(x.astype("f4") if dtype == "bfloat16" else x, k))
    finally:
        PACKAGE.set_driver(None)


def test_as_defined_at_extremes(host: ModuleType) -> None:
    others = dict.fromkeys(PROCEDURES.keys() - {"top_k", "top_p"}, lambda *given: np.zeros(0))
    found = outcomes(SimpleNamespace(top_k=host.top_k, top_p=host.top_p, **others))
    for name in ("top_k", "top_p"):
        assert AS_DEFINED in found[name].values()
        assert not {e: o for e, o in found[name].items() if o.startswith(OTHERWISE)}, name


@pytest.mark.parametrize("name", ["top_k", "top_p"])
def test_out_may_be_the_argument_and_strided(name: str, host: ModuleType) -> None:
    x, limit = logits("float32"), {"top_k": 3, "top_p": 0.5}[name]
    wanted = getattr(PEER, name)(x, limit, axis=1)
    strided = np.full((17, 4, 3), 7, "f4").T
    assert getattr(host, name)(x, limit, axis=1, out=strided) is strided
    assert same(np.ascontiguousarray(strided), wanted)
    assert getattr(host, name)(x, limit, axis=1, out=x) is x
    assert same(x, wanted)


WRONG: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "top_k: k is float, expected an integer": (TypeError, {"k": 2.0}),
    "top_k: k is bool, expected an integer": (TypeError, {"k": True}),
    "top_k: k is 0, expected at least 1": (ValueError, {"k": 0}),
    "top_k: input is list, expected a": (TypeError, {"input": [1.0], "k": 1}),
    "top_k: input has dtype int64, expected one of": (TypeError, {"input": np.arange(3), "k": 1}),
    "top_k: input has dtype >f4, expected the byte order": (
        TypeError,
        {"input": np.ones((3, 17), ">f4"), "k": 1},
    ),
    r"top_k: input has shape \(\), expected \(\.\.\., n\)": (ValueError, {"input": np.array(1.0), "k": 1}),
    "top_k: axis is float, expected an integer": (TypeError, {"k": 1, "axis": 1.5}),
    "top_k: axis is NoneType, expected an integer": (TypeError, {"k": 1, "axis": None}),
    "top_k: axis 3 is out of range for input of shape": (ValueError, {"k": 1, "axis": 3}),
    "top_k: out is list, expected a": (TypeError, {"k": 1, "out": []}),
    "top_k: out has dtype float64, expected float32": (TypeError, {"k": 1, "out": np.zeros((3, 4, 17))}),
    r"top_k: out has shape \(3,\), expected": (ValueError, {"k": 1, "out": np.zeros(3, "f4")}),
    "top_p: p is 0": (ValueError, {"p": 0}),
    "top_p: p is nan": (ValueError, {"p": np.nan}),
    "top_p: p is str, expected one real number": (TypeError, {"p": "half"}),
    "top_p: axis is str, expected an integer": (TypeError, {"p": 0.5, "axis": "x"}),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments(message: str, host: ModuleType) -> None:
    kind, given_ = WRONG[message]
    with pytest.raises(kind, match=message):
        getattr(host, message.partition(":")[0])(**{"input": logits("float32"), **given_})


@pytest.mark.parametrize("name", ["top_k", "top_p"])
def test_the_docstring_says_what_holds_on_a_gpu(name: str, package: ModuleType) -> None:
    text = " ".join(str(getattr(package, name).__doc__).split())
    for said in (
        "bfloat16",
        "Cannot be captured in a CUDA graph",
        "current stream",
        "Error: 0 ulp",
        "subnormals",
    ):
        assert said in text, said


def test_what_is_not_for_a_gpu_is_listed(package: ModuleType) -> None:
    assert set(PEER.__all__) - set(package.__all__) == set(package.HOST_ONLY)
