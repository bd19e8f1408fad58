"""The table of extremes is what the kernels do; a kernel that fails at one is seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.accuracy import Result
from codegen.cupy import harness
from codegen.extremes import (
    EXCEPTIONS,
    FINITE,
    MISSED,
    NO_VALUE,
    TABLES,
    UNCOUNTED,
    UNDEFINED,
    Figures,
    chosen,
    extremes,
    figure,
    measured,
    misses,
    package_of,
    special,
    stale,
    worse,
)
from codegen.tables import NOT_COUNTED
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
    wanted = {
        f: {*FINITE, *(name for _, name, _ in special(k))}
        for k in chosen(target)
        for f in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))
    }
    assert {f: set(found) for f, found in extremes(target).items()} == wanted


@pytest.mark.parametrize("target", TABLES)
def test_every_result_is_right_but_for_the_listed_exceptions(target: str) -> None:
    """Also that no exception is stale."""
    assert misses(extremes(target)) == {(f, e) for t, f, e in EXCEPTIONS if t == target}


@pytest.mark.parametrize(("word", "listed"), [(NO_VALUE, UNDEFINED), (NOT_COUNTED, UNCOUNTED)])
def test_where_no_figure_is_given(word: str, listed: frozenset[tuple[str, str]]) -> None:
    found = {(f, e) for t in TABLES for f, row in extremes(t).items() for e, v in row.items() if v == word}
    assert found == listed


def test_a_word_stands_where_there_is_no_figure() -> None:
    nothing = Result(3.0, math.inf, "zero")
    assert figure([Result(math.inf, math.nan, "zero", defined=False)]) == NO_VALUE
    assert figure([nothing, Result(0.0, 1.0, "zero", defined=False)]) == NOT_COUNTED
    assert figure([nothing, Result(0.0, math.inf, "zero")]) == 0.0
    assert figure([nothing, Result(math.inf, math.inf, "zero")]) == math.inf
    assert figure([nothing, Result(3.0, 2.0, "zero")]) == 1.5


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_norms_have_no_slope_at_0_and_say_so(dtype: str) -> None:
    zero = np.zeros(3, dtype)
    assert np.isnan(shipped.l2_norm_vjp(np.ones((), dtype), zero)).all()
    assert all(np.isnan(x).all() for x in shipped.euclidean_distance_vjp(np.ones((), dtype), zero, zero))
    for function in (shipped.l2_norm_vjp, shipped.euclidean_distance_vjp):
        assert "is NaN" in " ".join(str(function.__doc__).split())


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


SEVERAL = (
    "linear", "dense_sigmoid", "lora_linear", "embedding", "convolve", "swiglu", "rnn_cell", "lstm_hidden",
    "scaled_dot_product_attention", "causal_attention", "multihead_attention",
)  # fmt: skip
WEIGHED = ("binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy_soft", "dropout")
SAMPLED = (
    "sigmoid", "silu", "gelu", "softmax", "cosine_similarity", "kl_divergence", "adam_step", "clip_by_norm",
    "l2_norm", "euclidean_distance", *WEIGHED, *SEVERAL,
)  # fmt: skip
IN_C = (*WEIGHED, "silu", "clip_by_norm", "triplet_loss", "dot", "cosine_similarity")
IN_CUDA = (*WEIGHED, "silu", "gelu", "gelu_sigmoid", "gelu_tanh", "softmax", "clip_by_norm")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        *(("numpy", n) for n in SAMPLED),
        *(("c", n) for n in IN_C),
        *(("cupy", n) for n in IN_CUDA),
    ],
)
def test_the_table_is_what_is_measured(target: str, name: str, package: Any) -> None:
    assert stale(target, [name], package) == []


def test_a_stale_cell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = extremes("numpy")["silu"]
    for extreme, value in {"one entry": 0.0, "zero": NO_VALUE, "inf in input": "finite"}.items():
        monkeypatch.setitem(extremes("numpy"), "silu", {**row, extreme: value})
        (found,) = stale("numpy", ["silu"])
        assert found.startswith(f"numpy silu, {extreme}:") and found.endswith(f"the table says {value}")


def test_a_figure_is_the_worst_of_all_processors() -> None:
    one: Figures = {"f": {"zero": 0.5, "inf in x": "inf", "one entry": NOT_COUNTED}}
    other: Figures = {"f": {"zero": 0.9, "inf in x": "NaN", "one entry": 0.1}}
    assert worse(one, other) == {"f": {"zero": 0.9, "inf in x": "NaN, inf", "one entry": 0.1}}


def test_a_product_of_0_and_infinity_is_seen() -> None:
    def naive(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            result: np.ndarray = x / (1 + np.exp(-x))
            return result

    found = measured(KERNELS["silu"], SimpleNamespace(silu=naive, silu_vjp=shipped.silu_vjp))
    assert found["silu"]["-inf in input"] == MISSED
    assert ("silu", "-inf in input") in misses(found)


def test_a_weight_of_0_times_infinity_is_seen() -> None:
    """Of certain predictions, and of infinite logits beside labels that are 0 or 1."""

    def certain(p: np.ndarray, y: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(-y * np.log(p) - (1 - y) * np.log1p(-p))

    def of_logits(z: np.ndarray, y: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray((1 - y) * np.logaddexp(0, z) + y * np.logaddexp(0, -z))

    naive = SimpleNamespace(
        binary_cross_entropy=certain,
        binary_cross_entropy_vjp=shipped.binary_cross_entropy_vjp,
        binary_cross_entropy_with_logits=of_logits,
        binary_cross_entropy_with_logits_vjp=shipped.binary_cross_entropy_with_logits_vjp,
    )
    found = measured(KERNELS["binary_cross_entropy"], naive)
    assert ("binary_cross_entropy", "0 and 1") in misses(found)
    found = measured(KERNELS["binary_cross_entropy_with_logits"], naive)
    for extreme in ("inf in input", "-inf in input"):
        assert ("binary_cross_entropy_with_logits", extreme) in misses(found)


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
