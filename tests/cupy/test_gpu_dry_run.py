"""All that ``make gpu`` does, against a stand-in for CuPy: the first real session must not end at a slip."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from codegen.cupy import harness
from codegen.cupy.gpu import __main__ as command
from codegen.cupy.gpu import bench, checks, ledger, rows, sanitizer
from codegen.cupy.gpu.cases import CASES, SIZES, Case
from codegen.cupy.gpu.rows import Shape
from codegen.cupy.gpu.vectors import Vector, read
from codegen.cupy.recording import Recorder
from codegen.cupy.samples import functions
from codegen.pipeline import KernelPrograms

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

ROOT = Path(__file__).parents[2]
SOME = ("softmax", "silu", "adamw_step", "layer_norm_vjp", "cross_entropy", "scaled_dot_product_attention",
        "lora_linear_vjp", "embedding", "embedding_vjp")  # fmt: skip


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    return read()


def some(vectors: list[Vector]) -> list[Vector]:
    return [v for v in vectors if v.function in SOME]


def test_vectors_are_those_of_the_catalog(kernels: list[KernelPrograms], vectors: list[Vector]) -> None:
    """Every function has its vectors, and they agree with the NumPy kernels."""
    assert {v.function for v in vectors} == {p.name for _, p in functions(kernels)}
    peer = importlib.import_module("generated.numpy_kernels")
    for vector in vectors:
        found = getattr(peer, vector.function)(**vector.given)
        found = found if isinstance(found, tuple) else (found,)
        for which, (got, wanted) in enumerate(zip(found, vector.wanted, strict=True)):
            error = checks.errors("float64", np.asarray(got), wanted, by_row=vector.by_row)
            if vector.conditions:
                error = error / vector.conditions[which]
            assert error.max() <= 64, (vector.function, vector.where, error.max())


def test_values(cupy: Any, package: ModuleType, vectors: list[Vector]) -> None:
    chosen = some(vectors)
    assert checks.values(package, cupy, chosen) == len(chosen) * len(checks.dtypes())


def test_a_wrong_value_is_seen(cupy: Any, package: ModuleType, vectors: list[Vector]) -> None:
    (wrong,) = [v for v in read() if v.function == "softmax"]
    wrong.wanted[0] *= 1 + 2.0**-6
    with pytest.raises(AssertionError, match="softmax"):
        checks.values(package, cupy, [wrong])


DRY = {
    "softmax": [Shape(5, 264), *(Shape(5, 2052, tier=t) for t in ("staged", "block", "split"))],
    "layer_norm_vjp": [Shape(320, 264, kind="sums"), Shape(35, 1026, tier="fetched_columns", kind="sums")],
    "silu": [rows.FLAT[0]],
    "scaled_dot_product_attention": [rows.INSIDE[1], rows.INSIDE[3], rows.INSIDE_STAGED[0]],
    "lstm_cell_state_vjp": [rows.INSIDE[2], *rows.INSIDE_SUMS],
}


def of(vectors: list[Vector], function: str) -> list[Vector]:
    return [v for v in vectors if v.function == function]


@pytest.mark.parametrize("function", DRY)
def test_schedules(cupy: Any, package: ModuleType, vectors: list[Vector], function: str) -> None:
    shapes, known = DRY[function], rows.shapes_of(checks.kernel_of(package, function))
    assert set(shapes) <= set(known)
    assert rows.schedules(package, cupy, of(vectors, function), shapes) == len(shapes) * len(checks.dtypes())


FAULTS = {
    "held": ("softmax_held", Shape(5, 264), "base = row * n;", "base = 0;"),
    "staged": ("softmax_staged", Shape(5, 2052, tier="staged"), "base = next;", ""),
    "staged_alone": ("softmax_staged", Shape(5, 2052, tier="staged_alone"), "base = next;", ""),
    "block": ("softmax_block", Shape(5, 2052, tier="block"), "row += gridDim.x", "row += 2 * gridDim.x"),
    "split": ("softmax_split", Shape(5, 2052, tier="split"), "left, parts,", "left, 1,"),
    "held_columns": ("layer_norm_vjp_held_columns", Shape(320, 264, kind="sums"), "turn < group", "turn < 1"),
    "columns_total": (
        "layer_norm_vjp_columns_total", Shape(320, 264, kind="sums"), "group < end", "group < begin + 1",
    ),
    "fetched_columns": (
        "layer_norm_vjp_fetched_columns", Shape(35, 1026, tier="fetched_columns", kind="sums"),
        "base = next;", "",
    ),
    "staged_columns": (
        "layer_norm_vjp_staged_columns", Shape(35, 1026, tier="staged_columns", kind="sums"),
        "base = next;", "",
    ),
    "columns_in_part": (
        "layer_norm_vjp_staged_columns", Shape(35, 1024, tier="columns_in_part", kind="sums"),
        "base = next;", "",
    ),
    "columns_partial": (
        "layer_norm_vjp_columns_partial", Shape(5, 2052, tier="block"), "row < end", "row < begin + 1",
    ),
    "flat": ("silu_flat", rows.FLAT[0], "pack += threads", "pack += packs"),
}  # fmt: skip
"""Tier -> a kernel, a shape for it, and a fault that needs its loop to run."""
INSIDE_FAULTS = {
    "held": ("scaled_dot_product_attention_1_held", rows.INSIDE[0], "base = row * n;", "base = 0;"),
    "staged": ("scaled_dot_product_attention_1_staged", rows.INSIDE_STAGED[0], "base = next;", ""),
    "block": (
        "scaled_dot_product_attention_1_block", rows.INSIDE[2], "row += gridDim.x", "row += 2 * gridDim.x",
    ),
    "split": ("scaled_dot_product_attention_1_split", rows.INSIDE[1], "left, parts,", "left, 1,"),
    "held_columns": (
        "lstm_cell_state_vjp_1_held_columns", rows.INSIDE_SUMS[0], "turn < group", "turn < 1",
    ),
    "columns_total": (
        "lstm_cell_state_vjp_1_columns_total", rows.INSIDE_SUMS[0], "group < end", "group < begin + 1",
    ),
    "columns_partial": (
        "lstm_cell_state_vjp_1_columns_partial", rows.INSIDE_SUMS[1], "row < end", "row < begin + 1",
    ),
}  # fmt: skip
"""The same for rows within functions over several axes."""
BY_FAULT = {**FAULTS, **{f"{tier} inside": fault for tier, fault in INSIDE_FAULTS.items()}}


OWN_FAULTS = {
    "slide": ("convolve_1", "begin = first + q - shift", "begin = first + q + 1 - shift"),
    "lags": ("convolve_vjp_2_partial", "if (first + j < m)", "if (first + j < m - 1)"),
    "scatter": ("embedding_vjp_1", "first < rows &&", "first < rows - 1 &&"),
    "pick": ("embedding_1", "entry < entries)", "entry < entries - 1)"),
}
"""Template of a step with a kernel of its own -> such a kernel, and a fault for which short rows suffice."""


def function_of(package: ModuleType, kernel: str) -> str:
    return max((n for n in package.__all__ if kernel.startswith(f"{n}_")), key=len)


def plant(monkeypatch: pytest.MonkeyPatch, package: ModuleType, kernel: str, old: str, new: str) -> None:
    """That kernel has ``new`` in place of ``old`` from here on, in calls that are known already too."""
    source = sys.modules[f"{package.__name__}._runtime"]._source

    def faulty(real: str, text: str) -> str:
        whole = source(real, text)
        head, name, rest = whole.partition(f" {kernel}(")
        if not name:  # that of another step of the function
            return whole
        body, end, others = rest.partition("\n}\n")
        assert old in body
        return head + name + body.replace(old, new) + end + others

    monkeypatch.setattr(f"{package.__name__}._runtime._source", faulty)
    package.set_driver(None)


@pytest.mark.parametrize("tier", BY_FAULT)
def test_a_fault_in_the_loop_of_a_schedule_is_seen_in_16_bits(
    tier: str, cupy: Any, package: ModuleType, vectors: list[Vector], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel, shape, old, new = BY_FAULT[tier]
    function = function_of(package, kernel)
    plant(monkeypatch, package, kernel, old, new)
    monkeypatch.setattr(rows, "dtypes", lambda: ("float16",))
    assert shape in rows.shapes_of(checks.kernel_of(package, function))
    with pytest.raises(AssertionError, match=f"'{function}', 'float16'"):
        rows.schedules(package, cupy, of(vectors, function), [shape])


@pytest.mark.parametrize("template", OWN_FAULTS)
def test_a_fault_in_a_kernel_that_has_no_schedules_is_seen_in_16_bits(
    template: str, cupy: Any, package: ModuleType, vectors: list[Vector], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel, old, new = OWN_FAULTS[template]
    function = function_of(package, kernel)
    monkeypatch.setattr(checks, "dtypes", lambda: ("float16",))
    assert checks.values(package, cupy, of(vectors, function)) == 1
    plant(monkeypatch, package, kernel, old, new)
    with pytest.raises(AssertionError, match=f"'{function}', dtype='float16'"):
        checks.values(package, cupy, of(vectors, function))


def test_each_kernel_without_schedules_has_a_planted_fault(package: ModuleType) -> None:
    steps = {
        type(s).__name__ for n in package.__all__ for s in getattr(checks.kernel_of(package, n), "steps", ())
    }
    assert {s.lower() for s in steps - {"Fused", "Product"}} == OWN_FAULTS.keys()


def test_each_schedule_of_the_package_has_a_planted_fault(package: ModuleType) -> None:
    texts = [checks.kernel_of(package, name).text for name in ("softmax", "layer_norm_vjp", "silu")]
    kernels = {k for text in texts for k in re.findall(r"\b(?:softmax|layer_norm_vjp|silu)_(\w+)\(", text)}
    assert {"held", "staged", "block", "split", "columns_partial", "flat"} <= kernels
    assert kernels <= FAULTS.keys()
    of_rows = checks.row_kernels(package)
    inside = {
        k
        for name in ("scaled_dot_product_attention_1", "lstm_cell_state_vjp_1")
        for k in re.findall(rf"\b{name}_(\w+)\(", of_rows[name].text)
    }
    assert inside == INSIDE_FAULTS.keys()


@pytest.mark.parametrize("dtype", checks.dtypes())
def test_every_type_takes_every_schedule(dtype: str, package: ModuleType, vectors: list[Vector]) -> None:
    """By the size of its rows alone, and forced; with more rows than blocks where a block has several."""
    recorder = Recorder()
    package.set_driver(recorder)
    taken: dict[str, set[str]] = {}
    for vector in (*of(vectors, "softmax"), *of(vectors, "layer_norm_vjp")):
        for shape in rows.shapes_of(checks.kernel_of(package, vector.function)):
            recorder.requests.clear()
            rows.call(package, np, vector, shape, dtype)
            names = {e.partition("<")[0] for found in recorder.requests.values() for e in found}
            taken.setdefault(shape.tier, set()).update(n.removeprefix(vector.function) for n in names)
    assert {"_held", "_staged", "_block", "_split", "_held_columns", "_columns_partial"} <= taken.pop("")
    ends = {"staged_alone": "staged", "staged_in_part": "staged", "columns_in_part": "staged_columns"}
    assert taken
    for tier, names in taken.items():
        assert f"_{ends.get(tier, tier)}" in names, (tier, names)


def test_procedures(cupy: Any, package: ModuleType) -> None:
    found = [*checks.procedures(package, cupy)]
    assert len(found) == len(checks.PROCEDURES) * len(checks.dtypes())
    assert not [m for m in found if m.worst > m.allowed]


@pytest.mark.parametrize("name", checks.PROCEDURES)
def test_a_procedure_that_keeps_another_entry_is_seen(name: str, cupy: Any, package: ModuleType) -> None:
    def off(x: Any, limit: Any, axis: int) -> Any:
        found = getattr(package, name)(x, limit, axis=axis)
        kept = np.argwhere(np.isfinite(found.astype(float)))[-1]
        found[tuple(kept)] = -np.inf
        return found

    wrong = [*checks.procedures(SimpleNamespace(**{name: off}), cupy, [name])]
    assert all(m.worst > m.allowed for m in wrong)


def test_every_16_bit_number(cupy: Any, package: ModuleType) -> None:
    functions_ = (*checks.unary(package), *checks.slopes(package))
    assert len(checks.unary(package)) >= 10
    assert len(checks.slopes(package)) >= 10
    assert checks.every_16_bit_number(package, cupy) == 2 * len(functions_)


def test_bits_streams_and_graphs(cupy: Any, package: ModuleType, vectors: list[Vector]) -> None:
    chosen = some(vectors)
    assert checks.same_bits(package, cupy, chosen) == len(chosen)


def _counting() -> Callable[..., Any]:
    """Another result at each call."""
    calls = itertools.count()
    return lambda x: x + next(calls)


def _third() -> Callable[..., Any]:
    """Another result at the third call, which is on a stream of its own."""
    calls = itertools.count()
    return lambda x: x + (next(calls) == 2)


def _past_the_graph(stream: Any) -> Callable[..., Any]:
    """What is computed at once, whatever is being captured; something else is captured."""

    def double(x: Any, out: Any = None) -> Any:
        if stream.capturing is not None:
            stream.capturing.append(lambda: None)
        return x * 2 if out is None else np.multiply(x, 2, out)

    return double


@pytest.mark.parametrize(
    ("name", "says"),
    [("counting", "another call"), ("third", "on a side stream"), ("past_the_graph", "from a graph")],
)
def test_bits_that_are_not_repeated_are_seen(name: str, says: str, cupy: Any) -> None:
    functions_ = {
        "counting": _counting(),
        "third": _third(),
        "past_the_graph": _past_the_graph(cupy.cuda.Stream),
    }
    vector = Vector(name, "", by_row=False, given={"x": np.ones(4)}, wanted=[np.ones(4)])
    with pytest.raises(AssertionError, match=says):
        checks.same_bits(SimpleNamespace(**functions_), cupy, [vector])


def test_a_16_bit_number_that_is_off_is_seen(cupy: Any, package: ModuleType) -> None:
    def off(**given: Any) -> Any:
        found = package.silu(**given)
        found[given["input"] == 3] *= 1 + 2.0**-6
        return found

    with pytest.raises(AssertionError, match="silu"):
        checks.every_16_bit_number(SimpleNamespace(silu=off), cupy, ["silu"])


def test_a_failing_launch_is_an_error(cupy: Any, package: ModuleType) -> None:
    checks.failing_launch_is_an_error(package, cupy)


def test_a_launch_that_fails_in_silence_is_seen(cupy: Any) -> None:
    deaf = SimpleNamespace(kernel=lambda text, expression: lambda grid, block, args, *, shared_mem: None)
    with pytest.raises(AssertionError, match="16 MB"):
        checks.failing_launch_is_an_error(SimpleNamespace(get_driver=lambda: deaf), cupy)


SANITIZER = """#!/bin/sh
case "$*" in *small) echo '{says}'; exit {code};; esac
echo '{fault}'
exit 9
"""


def stand_in_for_the_tools(
    place: Path, monkeypatch: pytest.MonkeyPatch, says: str = "", code: int = 0, fault: str = ""
) -> None:
    """A compute-sanitizer that says ``fault`` of the planted faults and ``says`` of everything else."""
    program = place / "compute-sanitizer"
    program.write_text(
        SANITIZER.format(says=says, code=code, fault=fault or "===== Invalid __global__ write")
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(place), prepend=":")


@pytest.mark.parametrize(
    ("says", "code", "fault", "available", "found"),
    [
        ("ERROR SUMMARY: 0 errors", 0, "", True, ""),
        ("===== Invalid __global__ read", 9, "", True, "===== Invalid __global__ read"),
        ("", 0, "===== 0 errors", True, "does not see the fault"),
        ("", 0, "Device not supported", False, "Device not supported"),
        ("Device not supported", 1, "", False, "Device not supported"),
    ],
)
def test_what_the_sanitizer_says(
    says: str,
    code: int,
    fault: str,
    available: bool,
    found: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in_for_the_tools(tmp_path, monkeypatch, says, code, fault)
    verdict = sanitizer.checked("memcheck")
    assert verdict.available == available
    assert found in verdict.found
    assert bool(found) == bool(verdict.found)
    assert bool(sanitizer.run(["memcheck"])) == (available and bool(found))


def test_a_tool_that_is_not_through_is_ended_and_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in_for_the_tools(tmp_path, monkeypatch, "'; sleep 60; echo '")
    assert [v.tool for v in sanitizer.run(["memcheck"], seconds=1.0)] == ["memcheck"]
    assert "memcheck was not through in time" in capsys.readouterr().out


def test_without_the_sanitizer_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert sanitizer.run(["memcheck"]) == []
    assert "memcheck: not run, compute-sanitizer is not installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tests", "tools", "worst", "code"),
    [(0, "", 1.0, 0), (1, "", 1.0, 1), (0, "found", 1.0, 1), (0, "", 3.0, 1), (0, "", float("nan"), 1)],
)
def test_the_exit_code_tells_of_each_part(
    tests: int, tools: str, worst: float, code: int, cupy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that fails, a tool that finds something, an error above what is allowed."""
    error = {"function": "silu", "dtype": "float32", "where": "", "worst": worst, "allowed": 2.0}
    monkeypatch.setattr(command, "unavailable", lambda: None)
    monkeypatch.setattr(command, "compile_ahead", lambda jobs: None)
    monkeypatch.setattr(command, "run_benchmarks", lambda *a, **k: {"errors": [error]})
    monkeypatch.setattr(command.subprocess, "run", lambda *a, **k: SimpleNamespace(returncode=tests))
    monkeypatch.setattr(sanitizer, "run", lambda tools_: [tools] if tools else [])
    assert command.main([]) == code
    if not tests and not tools:
        assert command.main(["--no-tests"]) == code


def test_measuring_no_error_is_a_failure() -> None:
    assert command.too_large({"errors": []}) == ["no error was measured"]


SMALL = {"8x64": (8, 64)}


def test_benchmarks_write_results_and_the_ledger(
    cupy: Any, package: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codegen.cupy.gpu.vectors.read", lambda: some(read()))
    jobs = pickle.loads(pickle.dumps(bench.jobs(SMALL, SMALL)))  # as they go to other processes
    assert [bench.compiled_ahead(job) for job in jobs] == [[]] * len(jobs)
    content = command.run_benchmarks(cupy, jobs, rounds=2, place=tmp_path / "gpu.json")
    assert json.loads((tmp_path / "gpu.json").read_text())["rows"] == content["rows"]
    timed = [r for r in content["rows"] if "share_of_copy" in r]
    assert len(timed) == len(CASES) * len(bench.DTYPES) - sum(c.step is not None for c in CASES)
    assert all(r["seconds"]["symcheck"]["median"] > 0 for r in timed)
    assert not any(r["failed"] for r in timed), [r["failed"] for r in timed]
    assert "CuPy" in {n for r in timed for n in r["ratio"]}
    known = ledger.read(tmp_path / ledger.NAME)
    assert {e["function"] for e in known.values() if e["times"]} == {c.function for c in CASES}
    measured = {v.function for v in some(read())} | {*checks.PROCEDURES}
    assert {e["function"] for e in known.values() if e["errors"]} == measured


def test_a_changed_text_has_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"function": "softmax", "size": "8x64", "dtype": "float32", "share_of_copy": 0.5,
           "seconds": {"symcheck": {"median": 1e-6}}}  # fmt: skip
    error = {"function": "softmax", "dtype": "float32", "where": "usual", "worst": 2.5}
    place = tmp_path / ledger.NAME
    ledger.add({"date": "2026-11-27", "device": {"gpu": "H200"}, "rows": [row], "errors": [error]}, place)
    monkeypatch.setattr(ledger, "PLACE", place)
    monkeypatch.setattr(ledger.read, "__defaults__", (place,))
    ran, never = ledger.about("act.softmax")
    assert ran == (
        "CUDA text of softmax: ran on H200, 2026-11-27; ulp: float32 2.5, up to 0.50 of the copy bandwidth"
    )
    assert "has never run on a GPU" in never
    place.write_text(place.read_text().replace(ledger.hashes()["softmax"], "0" * 64))
    assert "has never run on a GPU" in ledger.about("act.softmax")[0]


def test_a_procedure_that_has_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / ledger.NAME
    monkeypatch.setattr(ledger, "PLACE", place)
    monkeypatch.setattr(ledger.read, "__defaults__", (place,))
    error = {"function": "top_k", "dtype": "bfloat16", "where": "", "worst": 0.0}
    ledger.add({"date": "2026-11-27", "device": {"gpu": "H200"}, "rows": [], "errors": [error]}, place)
    (ran,), (never,) = ledger.about("llm.top_k"), ledger.about("llm.top_p")
    assert ran == "top_k with CuPy's own functions: ran on H200, 2026-11-27; ulp: bfloat16 0"
    assert never == (
        "top_p with CuPy's own functions: has never run on a GPU (run with NumPy's in their place)"
    )
    assert ledger.about("llm.bpe") == []


def test_cases_are_what_the_issue_names() -> None:
    named = {"softmax", "log_softmax", "rms_norm", "layer_norm", "adamw_step", "cross_entropy", "silu",
             "swiglu", "rope"}  # fmt: skip
    assert named <= {c.function for c in CASES}
    assert all(isinstance(c, Case) and c.moved for c in CASES)
    assert all(rows * n >= 2**23 for rows, n in SIZES.values())


def test_the_checks_need_neither_sympy_nor_flint() -> None:
    code = (
        "import sys\n"
        "for name in ('sympy', 'flint', 'jinja2', 'click', 'rich'): sys.modules[name] = None\n"
        "import codegen.cupy.gpu.__main__, codegen.cupy.gpu.checks, codegen.cupy.gpu.bench\n"
        "import codegen.cupy.gpu.ledger, codegen.cupy.gpu.small, codegen.cupy.gpu.peers\n"
        "from codegen.cupy.gpu.vectors import read\n"
        "print(len(read()), len(codegen.cupy.gpu.ledger.hashes()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(int(n) > 100 for n in done.stdout.split())
