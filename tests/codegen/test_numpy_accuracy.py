"""The yardstick itself: ulps, condition numbers, the reference, the committed table."""

from __future__ import annotations

import json
import math
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from flint import arb

import codegen.c.accuracy
import generated.numpy_kernels as shipped
from codegen.accuracy import (
    DTYPES,
    EXCEPTIONS,
    LEAST,
    TARGET_ULP,
    WELL_CONDITIONED,
    Measured,
    as_bounds,
    exceeds,
    measure,
    measure_kernel,
    of_something,
    worst_ulp_by_target,
)
from codegen.conditioning import condition, ulps
from codegen.dense import dense, is_dense
from codegen.processors import here
from codegen.reference import NotEvaluated, cotangent, forward
from codegen.regions import ROWS, rows
from codegen.tables import TABLES, Bound, measurements, table
from formulas.kernels import every_kernel
from formulas.language import Partial, dim, index, real, tensor, total
from formulas.schema import Input, Kernel

KERNELS = {k.name: k for k in every_kernel()}
x = real("x")
X = (Input(symbol=x, name="x"),)


def unary(output: sp.Expr) -> Kernel:
    return Kernel(name="f", output=output, axes=(), inputs=X, wrt=("x",))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ulps(dtype: Any) -> None:
    one = dtype(1)
    true = np.array([arb(1)], object)
    assert ulps(np.array([one]), true)[0] == 0
    assert ulps(np.array([np.nextafter(one, dtype(2))]), true)[0] == 1
    assert ulps(np.array([dtype(np.nan)]), true)[0] == math.inf
    assert ulps(np.array([dtype(np.inf)]), true)[0] == math.inf
    smallest = np.finfo(dtype).smallest_subnormal
    assert ulps(np.array([dtype(0)]), np.array([arb(float(smallest))], object))[0] == 1
    assert ulps(np.array([dtype(np.inf)]), np.array([arb(2) ** 2000], object))[0] == 0
    assert ulps(np.array([dtype(0)]), np.array([arb(0)], object))[0] == 0


def test_condition_numbers() -> None:
    cube = unary(x**3)
    (k,) = condition(lambda r: forward(cube, r).reshape(1), {"x": np.asarray(0.7)}, ["x"])
    assert k == pytest.approx(3, rel=1e-6)
    n, i = dim("n"), index("i")[0]
    v = tensor("v", n)
    kernel = Kernel(name="f", output=total(v[i], (i, n)), axes=(), inputs=(Input(symbol=v, name="v"),))
    (k,) = condition(lambda r: forward(kernel, r).reshape(1), {"v": np.array([1.0, -0.999])}, ["v"])
    assert k == pytest.approx(1999, rel=1e-3)


def test_the_reference_knows_cancelled_results() -> None:
    kernel = unary(sp.exp(x) - 1 - x)
    value = forward(kernel, {"x": np.asarray(1e-20)})[()]
    assert abs(value / (arb(1e-20) ** 2 / 2) - 1) < 1e-15


def test_the_reference_knows_50_digits() -> None:
    for value in (1e-20, 0.3, 700.0):
        assert forward(unary(sp.exp(x) - 1 - x), {"x": np.asarray(value)})[()].rel_accuracy_bits() >= 166


def test_the_reference_has_no_value_for_0_over_0_nor_a_slope_for_a_logarithm_at_0() -> None:
    zero, one, row = np.zeros(3), np.ones(()), {"p": np.array([0.0, 1.0])}
    assert np.isnan(float(forward(KERNELS["cosine_similarity"], {"x1": zero, "x2": zero})[()].mid()))
    slope = cotangent(KERNELS["entropy"], row, one, "p")
    assert not slope[0].is_finite() and slope[1] == -1
    assert forward(KERNELS["entropy"], row)[()] == 0


def test_the_reference_says_what_it_cannot_evaluate() -> None:
    with pytest.raises(NotEvaluated, match="no value for besselj"):
        forward(unary(sp.besselj(0, x)), {"x": np.asarray(1.0)})


@pytest.mark.parametrize("name", sorted(set(KERNELS) - {"relu"}))
def test_two_evaluators_agree(name: str) -> None:
    """The reference of code generation and the falsifier's evaluator, which share no code."""
    from symcheck.refute.evaluate import Evaluator, Unsupported, entries

    kernel = KERNELS[name]
    try:
        (row,) = rows(kernel, ROWS[0], "float64", 1, seed=9)
    except IndexError:
        pytest.skip("its samples are drawn along an axis, and it works on single numbers")
    sizes, tensors, scalars, places = {}, {}, {}, {}
    for given in kernel.inputs:
        value = row[given.name]
        if isinstance(given.symbol, sp.IndexedBase):
            tensors[given.symbol] = entries(value.tolist())
            sizes |= {s: n for s, n in zip(given.symbol.shape, value.shape, strict=True) if s.is_Symbol}
        elif given.role == "integer" and any(
            given.symbol in e.indices for e in kernel.output.atoms(sp.Indexed)
        ):
            places[given.symbol] = int(value) + 1
        else:
            scalars[given.symbol] = value if isinstance(value, float) else value.item()
    for a in kernel.axes:
        places.setdefault(a, min(2, forward(kernel, row).shape[kernel.axes.index(a)]) if str(a) != "a" else 1)
    inside = {i for e in kernel.output.atoms(sp.Indexed) for i in e.indices}
    scalars |= {a: places[a] for a in kernel.axes if a not in inside}  # it stands as a number only
    evaluator = Evaluator(sizes, tensors, scalars)
    at = tuple(places[a] - 1 for a in kernel.axes)
    try:
        other = evaluator.value(kernel.output, places)
    except Unsupported as error:
        pytest.skip(f"the falsifier has no value for it: {error}")
    assert_close(forward(kernel, row)[at], other)
    for given in kernel.inputs:
        if given.name in kernel.wrt:
            symbol = given.symbol
            entry = (1,) * len(symbol.shape) if isinstance(symbol, sp.IndexedBase) else ()
            target = symbol[entry] if entry else symbol
            g = np.zeros(forward(kernel, row).shape)
            g[at] = 1
            mine = cotangent(kernel, row, g, given.name)[tuple(e - 1 for e in entry)]
            assert_close(mine, evaluator.value(Partial(kernel.output, target), places))


def assert_close(a: arb, b: arb) -> None:
    assert abs(a - b) <= 1e-60 * (1 + abs(b)) or (a - b).contains(0), (a, b)


def test_the_table_covers_every_function_and_dtype() -> None:
    stated = {(b.function, b.dtype) for b in table() if b.target == "numpy"}
    names = {n for k in KERNELS.values() for n in ([k.name, f"{k.name}_vjp"] if k.wrt else [k.name])}
    measured = {n for n, _ in stated}
    assert measured == names
    assert stated == {(n, d) for n in measured for d in DTYPES}


def test_a_measurement_of_nothing_well_conditioned_is_refused() -> None:
    with pytest.raises(ValueError, match=r"f \(float32\): 2 of 9 results are well conditioned"):
        of_something([Measured("f", "float32", 0.0, 0.0, 1.0, 9, "", LEAST - 1)])


def test_what_exceeds_a_bound() -> None:
    bound = Bound("numpy", "f", "float32", worst=2.0, mean=0.5, scaled=1.0)
    assert not exceeds(Measured("f", "float32", 2.0, 1.0, 1.0, 9, "", 9), bound)
    assert exceeds(Measured("f", "float32", 2.1, 1.0, 1.0, 9, "", 9), bound)
    assert exceeds(Measured("f", "float32", 2.0, 1.0, 1.1, 9, "", 9), bound)
    assert not exceeds(Measured("f", "float32", 3.0, 1.0, 1.0, 9, "", 9, within=4.0), bound)
    assert exceeds(Measured("f", "float32", 3.0, 1.0, 1.1, 9, "", 9, within=4.0), bound)


def test_a_function_that_always_cancels_is_judged_where_it_cancels_least() -> None:
    n = dim("n")
    k = index("k")[0]
    u, v = tensor("u", n), tensor("v", n)
    kernel = Kernel(
        name="f",
        output=total((u[k] - v[k]) ** 2, (k, n)),
        axes=(),
        inputs=(Input(symbol=u, name="u"), Input(symbol=v, name="v")),
    )

    def off(u: Any, v: Any) -> Any:
        return np.asarray(((u - v) ** 2).sum() * np.float32(1 + 1e-6))

    (found,) = measure_kernel(kernel, "float32", 5, SimpleNamespace(f=off))
    assert found.within > WELL_CONDITIONED[0] and found.well >= LEAST
    assert found.worst > TARGET_ULP


def test_the_table_keeps_the_target() -> None:
    for b in table():
        bound, reason = EXCEPTIONS.get((b.function, b.dtype), (TARGET_ULP, ""))
        assert b.worst <= bound, b
        assert b.reason == reason
        assert bound <= TARGET_ULP or reason


@pytest.mark.parametrize(
    ("target", "exceptions"), [("numpy", EXCEPTIONS), ("c", codegen.c.accuracy.EXCEPTIONS)]
)
def test_no_exception_is_stale(target: str, exceptions: Any) -> None:
    worst = {(b.function, b.dtype): b.worst for b in table(target)}
    assert {key: bound for key, (bound, _) in exceptions.items()} == {
        key: found for key, found in worst.items() if found > TARGET_ULP
    }


@pytest.mark.parametrize("name", ["gelu", "silu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_many_numbers_stay_within_the_table(name: str, dtype: str) -> None:
    stated = {(b.function, b.dtype): b for b in table()}
    for m in dense(KERNELS[name], dtype, shipped, stride=2570):
        assert m.points > 10_000
        assert m.worst <= stated[m.function, m.dtype].worst, m
        assert m.scaled <= stated[m.function, m.dtype].scaled, m


def test_many_numbers_find_what_few_miss() -> None:
    """An error of eight units in a narrow interval."""

    def textbook(x: Any) -> Any:
        bent = np.abs(x - np.float32(0.75)) < 1e-3
        return np.where(bent, shipped.gelu(x) * np.float32(1 + 1e-6), shipped.gelu(x))

    package = SimpleNamespace(gelu=textbook, gelu_vjp=shipped.gelu_vjp)
    assert all(m.holds for m in measure_kernel(KERNELS["gelu"], "float32", 1, package))
    assert not next(m for m in dense(KERNELS["gelu"], "float32", package) if m.function == "gelu").holds


def test_every_function_of_one_number_is_measured_densely() -> None:
    chosen = {k.name for k in KERNELS.values() if is_dense(k)}
    assert {"silu", "gelu", "gelu_tanh", "sigmoid", "tanh", "softplus", "focal_loss_with_logits"} <= chosen
    assert "quantize" not in chosen  # it jumps


@pytest.mark.parametrize("name", ["softmax", "gelu", "cross_entropy"])
def test_a_new_measurement_stays_within_the_table(name: str) -> None:
    stated = {(b.function, b.dtype): b for b in table()}
    measured = measure([name], ("float32",), count=2)
    assert {m.function for m in measured} == {name, f"{name}_vjp"}
    for m in measured:
        assert m.points > 0
        assert m.worst <= stated[m.function, m.dtype].worst, m
        assert m.scaled <= stated[m.function, m.dtype].scaled, m


def test_summary_by_target() -> None:
    made = [
        Measured("f", "float32", 1.3, 0.2, 1.0, 10, "normal", 10),
        Measured("g", "float32", 2.6, 0.3, 1.0, 10, "normal", 10),
    ]
    (line,) = worst_ulp_by_target(as_bounds(made))
    assert (line.target, line.functions, line.dtype, line.worst_ulp, line.function) == (
        "numpy", 2, "float32", 3.0, "g"
    )  # fmt: skip
    assert worst_ulp_by_target([]) == []


def test_a_measurement_beyond_the_target_does_not_hold() -> None:
    assert Measured("f", "float32", 4.0, 1.0, 1.0, 9, "", 9).holds
    assert not Measured("f", "float32", 4.1, 1.0, 1.0, 9, "", 9).holds
    assert not Measured("f", "float32", 0.0, 0.0, 1.0, 9, "", LEAST - 1).holds
    assert isinstance(table()[0], Bound)


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_the_program_measures_and_writes_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, written = measurements(), tmp_path / "table.json"
    monkeypatch.setitem(TABLES, "numpy", written)
    monkeypatch.setattr(sys, "argv", ["codegen.accuracy", "trace"])
    runpy.run_module("codegen.accuracy", run_name="__main__")
    found = [Bound(**line) for line in json.loads(written.read_text(encoding="utf-8"))]
    assert set(found) >= set(before)
    assert any((b.function, b.processor) == ("trace", here().name) for b in found)
