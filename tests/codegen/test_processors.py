"""Bounds are the worst over kinds of processors, each played by a process that is told to be one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen import processors
from codegen.accuracy import replaced
from codegen.processors import KINDS, X86, here, kind_of, played
from codegen.tables import TABLES, Bound, measurements, table

LINE = Bound("numpy", "f", "float32", worst=1.0, mean=0.5, scaled=1.0, processor="SSE")
ALL = ("SSE", "AVX2", "AVX-512")


def test_each_kind_up_to_this_one_runs_the_kernels() -> None:
    x = np.linspace(-3, 3, 1000, dtype=np.float32).reshape(4, 250)
    with played() as packages:
        assert list(packages) == [k.name for k in KINDS[: KINDS.index(here()) + 1]]
        for package in packages.values():
            np.testing.assert_allclose(package.softmax(x), shipped.softmax(x), rtol=1e-5)
            one, other = package.layer_norm_vjp(x, x, x[0], x[0])[:2]
            assert one.shape == x.shape and other.shape == x[0].shape
        np.testing.assert_array_equal(packages[here().name].silu(x), shipped.silu(x))
        with pytest.raises(TypeError, match="softmax"):
            packages[here().name].softmax(x.astype(int))


@pytest.mark.skipif(here() == KINDS[0], reason="this processor can play no other kind")
def test_a_process_that_is_not_of_its_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "_environment", lambda *_: {})
    with pytest.raises(RuntimeError, match=f"was to be {KINDS[0].name} is {here().name}"), played():
        pass


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ([], "SSE"),
        (["SSE41", "AVX", "F16C"], "SSE"),
        (["SSE42", "AVX", "FMA3", "AVX2"], "AVX2"),
        (["X86_V3"], "AVX2"),
        (["AVX2", "AVX512F", "AVX512CD", "AVX512_SKX"], "AVX-512"),
        (["X86_V3", "X86_V4", "AVX512_ICL"], "AVX-512"),
    ],
)
def test_kinds_by_the_names_of_old_and_new_numpy(
    found: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processors, "KINDS", X86)
    assert kind_of(found).name == name


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "table.json"
    monkeypatch.setitem(TABLES, "numpy", place)
    for read in (table, measurements):
        read.cache_clear()
    yield place
    for read in (table, measurements):
        read.cache_clear()


def test_a_bound_is_the_worst_of_all_processors(written: Path) -> None:
    lines = [LINE, replace(LINE, worst=2.5, processor="AVX2"), replace(LINE, scaled=3.0, processor="AVX-512")]
    written.write_text(json.dumps([asdict(b) for b in lines]))
    assert table() == (replace(LINE, worst=2.5, scaled=3.0, processor=", ".join(ALL)),)
    assert measurements() == tuple(lines)


def test_a_new_measurement_leaves_those_of_other_processors() -> None:
    kept = [LINE, replace(LINE, processor="AVX2"), replace(LINE, function="g", processor="AVX2")]
    found = [replace(LINE, worst=9.0, processor="AVX2")]
    assert replaced(kept, found) == [kept[0], kept[2], found[0]]


def test_each_function_was_measured_on_each_kind() -> None:
    on: dict[tuple[str, str], set[str]] = {}
    for line in measurements():
        on.setdefault((line.function, line.dtype), set()).add(line.processor)
    assert all(found >= set(ALL) for found in on.values()), "python -m codegen.accuracy, with AVX-512"
