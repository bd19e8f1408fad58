"""No instance that the launch code can ask for was left out when all of them were compiled."""

from __future__ import annotations

import importlib
import random
from collections.abc import Mapping
from math import gcd, prod
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codegen.cupy import inside, instances, nvrtc
from codegen.cupy.compiled import compiled_text
from codegen.cupy.gpu.checks import kernel_of, row_kernels
from codegen.cupy.instances import (
    TYPES,
    Instances,
    asked,
    complaints_of,
    described,
    lengths,
    of_function,
    packs,
    recorded,
    source,
    stale,
)
from codegen.cupy.recording import Recorder
from codegen.cupy.ulps import dtype_of
from codegen.ir import length_of

PACKAGE: ModuleType = importlib.import_module("generated.cupy_kernels")
FUNCTIONS = [*row_kernels(PACKAGE)]
Every = Mapping[str, Instances]
HELD_OF_OLD = "batch_norm_held<float, 1, 32, 32, true>"  # spilled when no sample had it


@pytest.fixture(scope="module")
def every() -> Every:
    return instances.everything(PACKAGE)


@settings(max_examples=1000, deadline=None)
@given(data=st.data())
def test_no_call_asks_for_an_instance_that_is_not_listed(every: Every, data: st.DataObject) -> None:
    name, dtype = data.draw(st.sampled_from(FUNCTIONS)), data.draw(st.sampled_from(TYPES))
    v = data.draw(st.sampled_from([*packs(PACKAGE, name, dtype)]))
    n = v * data.draw(st.integers(1, instances.LONGEST // v))
    rows, limit = data.draw(st.integers(1, 10**6)), 1024 * data.draw(st.integers(64, 227))
    found = asked(PACKAGE, name, dtype, v, rows, n, limit)
    assert found, (name, dtype, v, n)
    missing = found - {e for names in every[name].values() for e in names}
    assert not missing, (missing, rows, n, limit)


def test_a_length_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {e for names in of_function(PACKAGE, "softmax").values() for e in names}
    monkeypatch.setattr(instances, "lengths", lambda v: [n for n in lengths(v) if n < 16_000])
    short = {e for names in of_function(PACKAGE, "softmax").values() for e in names}
    assert whole - short
    assert asked(PACKAGE, "softmax", "float32", 4, 100, 65_536, 227 * 1024) <= whole - short


def test_what_the_compiler_says_of_all_instances(every: Every) -> None:
    """``python -m codegen.cupy.instances`` compiles them; what it has not seen as it is now fails."""
    record = recorded()
    assert set(record) == set(FUNCTIONS)
    assert not {name: row["complaints"] for name, row in record.items() if row["complaints"]}
    changed = stale(PACKAGE, every, record, ["instances", "text"])
    assert not changed, "not compiled as they are now: python -m codegen.cupy.instances"


@pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
def test_the_record_is_what_the_compiler_says_here(every: Every) -> None:
    """Of a few instances, drawn anew with each text."""
    record = recorded()
    draw = random.Random("".join(row["text"] for row in record.values()))
    for name in draw.sample(FUNCTIONS, 4):
        real = draw.choice([*every[name]])
        assert not complaints_of(name, {real: draw.sample(every[name][real], 3)})


def test_a_change_is_noticed(every: Every, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = every["softmax"]
    row = described(PACKAGE, "softmax", listed)
    less = described(PACKAGE, "softmax", {**listed, "double": listed["double"][1:]})
    assert row["instances"] != less["instances"]
    assert row["text"] == less["text"]
    runtime: Any = importlib.import_module("generated.cupy_kernels._runtime")
    monkeypatch.setattr(runtime, "_source", lambda real, text: text + " ")
    assert described(PACKAGE, "softmax", listed)["text"] != row["text"]


def test_a_text_is_what_the_compiler_sees_of_it() -> None:
    """The record outlives a change of comments, and of what else a function does not use."""
    whole = source(PACKAGE, "softmax", "float")
    seen = compiled_text(whole)
    assert "op_sincosprod(" in whole
    assert "op_sincosprod" not in seen
    assert "op_exp_of_gap(before, m)" in seen
    assert "struct MaxRest" in whole
    assert "struct MaxSumExp" in seen
    assert "MaxRest" not in seen
    assert "MaxRest" in compiled_text(source(PACKAGE, "logsumexp", "float"))
    assert compiled_text(whole.replace("0.16666666666666667", "0.125").replace("// ", "// now ")) == seen
    assert compiled_text(whole.replace("{ return exp(a); }", "{ return exp(a) + a; }")) != seen
    rope = source(PACKAGE, "rope", "float")
    assert compiled_text(rope) != compiled_text(rope.replace("0.16666666666666667", "0.125"))


@pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
def test_an_instance_that_spills_is_named() -> None:
    assert complaints_of("batch_norm", {"float": [HELD_OF_OLD]}).keys() == {HELD_OF_OLD}
    mended = "l1_norm_vjp_held<float, 4, 8, 32, false>"
    assert mended in of_function(PACKAGE, "l1_norm_vjp")["float"]
    assert not complaints_of("l1_norm_vjp", {"float": [mended]})


INSIDE = {
    step.kernel.name: (function, step)
    for function in PACKAGE.__all__
    for step in getattr(kernel_of(PACKAGE, function), "steps", ())
    if getattr(step, "kernel", None) is not None and step.kernel.name in FUNCTIONS
}


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from([*INSIDE]), dtype=st.sampled_from(TYPES), n=st.integers(1, 70_000))
@example(name="scaled_dot_product_attention_1", dtype="bfloat16", n=60_000)  # scores in the type of sums
def test_the_calls_of_a_function_over_several_axes_ask_for_what_its_rows_are_listed_with(
    name: str, dtype: str, n: int
) -> None:
    _asks_as_listed(name, dtype, n)


def _asks_as_listed(name: str, dtype: str, n: int) -> None:
    function, step = INSIDE[name]
    kernel, row = kernel_of(PACKAGE, function), length_of(step.row)
    axes = {t.name: [length_of(a) for a in t.axes] for t in kernel.arguments}
    if row in map(length_of, step.batch) or any(a.count(row) > 1 for a in axes.values()):
        n = min(n, 1200)  # there are as many rows as they are long
    sizes = inside.axis_lengths([step], (a for t in axes.values() for a in t if a != "*"), n)
    sizes["*"] = 3
    n = sizes[row]
    recorder = Recorder()
    PACKAGE.set_driver(recorder)
    try:
        shapes = {argument: [sizes[a] for a in own] for argument, own in axes.items()}
        getattr(PACKAGE, function)(**{a: np.empty(s, dtype_of(dtype)) for a, s in shapes.items()})
    finally:
        PACKAGE.set_driver(None)
    (found,) = [
        {e for e in expressions if e.startswith(f"{name}_")}
        for source_, expressions in recorder.requests.items()
        if step.kernel.text in source_
    ]
    rows = prod(sizes[length_of(a)] for a in step.batch)
    v = gcd(n, 16 // dtype_of(dtype).itemsize)
    assert found == asked(PACKAGE, name, dtype, v, rows, n, recorder.shared_limit())


def test_a_wide_array_taken_for_a_narrow_one_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "wide_arrays", lambda package: dict.fromkeys(FUNCTIONS, frozenset()))
    with pytest.raises(AssertionError):
        _asks_as_listed("scaled_dot_product_attention_1", "bfloat16", 60_000)


INSIDE_FOUND = {
    "causal_attention_1_held<float, 4, 8, 32, true>": ("float", "spills"),
    "lstm_cell_state_vjp_1_columns_partial<__nv_bfloat16, 8>": ("narrow", "registers"),
}
"""What no sample had: instances of rows within functions over several axes that are no longer asked for."""


@pytest.mark.parametrize("instance", INSIDE_FOUND)
@pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
def test_an_instance_within_a_function_that_may_not_ship_is_named(instance: str, every: Every) -> None:
    real, why = INSIDE_FOUND[instance]
    name = max((n for n in FUNCTIONS if instance.startswith(f"{n}_")), key=len)
    assert why in "; ".join(complaints_of(name, {real: [instance]})[instance])
    assert instance not in every[name][real]


SPILLED = (
    "layer_norm_vjp_staged<float, 2, 1024, 1>",
    "rms_norm_vjp_staged_columns<float, 4, 16, 512, 2>",
)


@pytest.mark.parametrize("instance", SPILLED)
@pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
def test_what_would_spill_is_not_asked_for(instance: str) -> None:
    function = instance.split("_vjp")[0] + "_vjp"
    assert complaints_of(function, {"float": [instance]})
    assert instance not in of_function(PACKAGE, function)["float"]
