"""The compiled kernels: errors against the symbolic forms, special values, planted faults."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import generated.c_kernels as compiled
import generated.numpy_kernels as by_numpy
from codegen.accuracy import TARGET_ULP, exceeds, measure_kernel
from codegen.c.accuracy import DTYPES, EXCEPTIONS, compiled_functions, measure
from codegen.ir import BATCH
from codegen.lower import argument
from codegen.regions import ELEMENTWISE, ROWS, along_an_axis, rows
from codegen.tables import bounds, table
from formulas.kernels import every_kernel
from formulas.schema import Kernel
from generated.c_kernels import _driver
from generated.c_kernels._driver import CompiledKernel

KERNELS = {k.name: k for k in every_kernel()}
FUNCTIONS = compiled_functions()
WORDS = {"float32": np.uint32, "float64": np.uint64}
SPECIAL = (None, np.nan, np.inf, -np.inf, 0.0, 1e-7, 6e4, 1e-30, 1e-42)


@pytest.fixture(autouse=True)
def _nothing_falls_back() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def kernel_of(function: str) -> Kernel:
    return KERNELS.get(function) or KERNELS[function.removesuffix("_vjp")]


ENTRYWISE = [f for f in FUNCTIONS if not along_an_axis(kernel_of(f))]


def object_of(function: str) -> CompiledKernel:
    """The kernel behind a function of the package."""
    module = sys.modules[getattr(compiled, function).__module__]
    found = getattr(module, f"_{function.upper()}_C")
    assert isinstance(found, CompiledKernel)
    return found


def test_most_kernels_are_compiled() -> None:
    assert len(FUNCTIONS) >= 110
    assert not set(FUNCTIONS) & set(compiled.NOT_YET)
    for function, reason in compiled.NOT_YET.items():
        assert len(reason) > 30
        assert getattr(compiled, function) is getattr(by_numpy, function)
    assert set(compiled.__all__) - {"NOT_YET"} == set(by_numpy.__all__)


@pytest.mark.parametrize("name", sorted({kernel_of(f).name for f in FUNCTIONS}))
def test_errors_stay_within_what_docstrings_state(name: str) -> None:
    """Of the compiler and machine here; another one may round other sums, so there is some room."""
    found = measure([name], count=1, regions=1)
    assert found
    for m in found:
        (bound,) = (b for b in bounds(m.function, "c") if b.dtype == m.dtype)
        assert not exceeds(m, bound, factor=1.25, more=0.5), (m, bound)


def test_the_table_holds_every_function_and_the_target() -> None:
    stated = {(b.function, b.dtype): b for b in table("c")}
    assert set(stated) == {(f, d) for f in FUNCTIONS for d in DTYPES}
    for key, bound in stated.items():
        assert bound.target == "c"
        assert bound.worst <= EXCEPTIONS.get(key, (TARGET_ULP, ""))[0], bound


def batch(kernel: Kernel, region: Any, dtype: str, count: int = 37) -> dict[str, Any]:
    """Rows stacked along a new first axis, so that loops have whole vectors and a rest."""
    drawn = list(rows(kernel, region, dtype, count))
    found: dict[str, Any] = {}
    for i in kernel.inputs:
        values = [row[i.name] for row in drawn]
        shared = i.role == "scalar" or BATCH not in argument(i).axes
        found[i.name] = values[0] if shared else np.stack(values)
    return found


def arguments(function: str, given: dict[str, Any], dtype: str) -> list[Any]:
    kernel = kernel_of(function)
    listed = [given[i.name] for i in kernel.inputs]
    if kernel.axis == 0:
        listed = [np.moveaxis(x, 0, -1) if np.ndim(x) > 1 else x for x in listed]
    if not function.endswith("_vjp"):
        return listed
    output = getattr(by_numpy, kernel.name)(*listed)
    first = output[0] if isinstance(output, tuple) else output
    return [np.random.default_rng(0).standard_normal(first.shape).astype(dtype), *listed]


def results(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_special_values_are_those_of_the_numpy_kernel(function: str, dtype: str) -> None:
    """NaN and infinities at the same places, and all else close, for whole vectors and the rest of a row."""
    kernel = kernel_of(function)
    regions = ROWS if along_an_axis(kernel) else ELEMENTWISE
    given = batch(kernel, regions[0], dtype)
    for special in SPECIAL:
        changed = dict(given)
        for i in kernel.inputs:
            if i.role == "array" and special is not None:
                changed[i.name] = np.array(given[i.name])
                changed[i.name].flat[::3] = special
        listed = arguments(function, changed, dtype)
        got, expected = getattr(compiled, function)(*listed), getattr(by_numpy, function)(*listed)
        for a, b in zip(results(got), results(expected), strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_array_equal(np.isnan(a), np.isnan(b), err_msg=f"NaN, {special}")
            np.testing.assert_array_equal(np.isinf(a), np.isinf(b), err_msg=f"infinity, {special}")
            if special in (None, 0.0, 1e-7):
                usable = np.isfinite(b)
                scale = float(np.max(np.abs(b), initial=0, where=usable))
                room = 100 * np.finfo(dtype).eps * scale
                np.testing.assert_allclose(a[usable], b[usable], rtol=0, atol=room, err_msg=f"{special}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ENTRYWISE)
def test_a_loop_and_its_rest_compute_the_same(function: str, dtype: str) -> None:
    """An entry has the same bits wherever it stands: in a vector, in the rest, alone."""
    kernel = kernel_of(function)
    listed = arguments(function, batch(kernel, ELEMENTWISE[1], dtype), dtype)
    whole = results(getattr(compiled, function)(*listed))
    for at in (0, 7, 16, 36):
        alone = [x[at] if isinstance(x, np.ndarray) and x.ndim else x for x in listed]
        for a, b in zip(whole, results(getattr(compiled, function)(*alone)), strict=True):
            np.testing.assert_array_equal(a[at], b)


@pytest.mark.parametrize("n", [1, 2, 511, 512, 513, 1500])
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_any_length(n: int, dtype: str) -> None:
    """Short of a chunk of a sum, one chunk, several; sums of many rows."""
    rng = np.random.default_rng(n)
    x, g = rng.standard_normal((70, n)).astype(dtype), rng.standard_normal((70, n)).astype(dtype)
    w = np.linspace(0.5, 1.5, n).astype(dtype)
    labels = rng.integers(0, n, 70)
    for name, args in (
        ("softmax", (x,)), ("logsumexp", (x,)), ("softmax_vjp", (g, x)), ("cross_entropy", (x, labels)),
        ("cross_entropy_vjp", (g[:, 0], x, labels)), ("layer_norm", (x, w, w)),
        ("layer_norm_vjp", (g, x, w, w)), ("rms_norm_vjp", (g, x, w)),
    ):  # fmt: skip
        wide = [a.astype("f8") if a.dtype.kind == "f" else a for a in args]
        for got, true in zip(
            results(getattr(compiled, name)(*args)), results(getattr(by_numpy, name)(*wide)), strict=True
        ):
            room = 40 * np.finfo(dtype).eps * max(1.0, float(np.max(np.abs(true))))
            np.testing.assert_allclose(got, true, rtol=0, atol=room, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_written_past_the_caches_is_the_same(
    function: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, into arrays that begin anywhere in a line, next to which nothing is touched."""
    kernel = kernel_of(function)
    region = (ROWS if along_an_axis(kernel) else ELEMENTWISE)[0]
    listed = arguments(function, batch(kernel, region, dtype, 300), dtype)
    expected = results(getattr(compiled, function)(*listed))
    monkeypatch.setattr(_driver, "CACHE", 0)
    built = replace(object_of(function))
    several = len(built.spec.results) > 1
    for offset in (0, 1, 5):
        outer = [np.full(x.size + 40, 7, dtype) for x in expected]
        inner = [o[offset : offset + x.size].reshape(x.shape) for o, x in zip(outer, expected, strict=True)]
        call = built.several if several else built.one
        where = {"axis": 0} if kernel.axis == 0 else {}
        call(*listed, **where, out=tuple(inner) if several else inner[0])
        for o, i, x in zip(outer, inner, expected, strict=True):
            np.testing.assert_array_equal(i.view(WORDS[dtype]), x.view(WORDS[dtype]))
            assert (o[:offset] == 7).all() and (o[offset + x.size :] == 7).all()


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "relu"])
def test_results_past_the_caches_may_lie_over_their_argument(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In rows of several pieces."""
    x = np.linspace(-4, 4, 7000, dtype="f4").reshape(7, 1000)
    expected = getattr(compiled, name)(x)
    monkeypatch.setattr(_driver, "CACHE", 0)
    built = replace(object_of(name))
    np.testing.assert_array_equal(built.one(x), expected)
    np.testing.assert_array_equal(built.one(x, out=x), expected)


def test_a_result_that_is_not_written_past_the_caches_to_its_end_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison above can fail: one line too few."""
    monkeypatch.setattr(_driver, "CACHE", 0)
    right = object_of("relu")
    wrong = right.functions.replace("(size - head) / 64 * 64", "(size - head) / 64 * 64 - 64")
    assert wrong != right.functions
    x = np.linspace(1, 2, 5000, dtype="f4")
    text = wrong.replace("memcpy(target + end, source + end, (size_t)(size - end));", "")
    out = np.zeros_like(x)
    replace(right, functions=text).one(x, out=out)
    assert (out == 0).any()


@pytest.mark.parametrize(
    "function", ["sigmoid", "silu_vjp", "softmax_vjp", "layer_norm", "cross_entropy_vjp"]
)
def test_a_wrong_sign_in_the_c_text_is_caught(function: str) -> None:
    """Each minus between values, and each plus, exchanged in turn: the errors leave their bounds."""
    kernel = kernel_of(function)
    right = object_of(function)
    signs = [
        at
        for at in range(len(right.text) - 2)
        if right.text[at : at + 3] in (" - ", " + ")
        and "const real v" in right.text[right.text.rfind("\n", 0, at) : at]
    ]
    assert signs
    errors = []
    for at in signs[:4]:
        other = " + " if right.text[at : at + 3] == " - " else " - "
        wrong = replace(right, text=right.text[:at] + other + right.text[at + 3 :])
        errors.append(_worst(kernel, function, wrong))
    assert sum(e > 100 for e in errors) == len(errors) >= 1, errors
    assert _worst(kernel, function, replace(right)) <= 4


def _worst(kernel: Kernel, function: str, built: CompiledKernel) -> float:
    """The error of ``function`` if ``built`` computes it, over the condition number where that is large."""
    several = len(built.spec.results) > 1
    call = built.several if several else built.one
    package = importlib.import_module("generated.c_kernels")
    other = SimpleNamespace(**{n: getattr(package, n) for n in package.__all__} | {function: call})
    found = measure_kernel(kernel, "float64", 1, other)
    return next(max(m.worst, float(m.scaled)) for m in found if m.function == function)
