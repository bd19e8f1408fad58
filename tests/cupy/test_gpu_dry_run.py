"""All that ``make gpu`` does, against a stand-in for CuPy: the first real session must not end at a slip."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
import pickle
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
from codegen.cupy.gpu import bench, checks, ledger
from codegen.cupy.gpu.cases import CASES, SIZES, Case
from codegen.cupy.gpu.vectors import Vector, read
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


def test_schedules(cupy: Any, package: ModuleType, vectors: list[Vector]) -> None:
    chosen = [v for v in vectors if v.function in ("softmax", "layer_norm_vjp")]
    assert checks.schedules(package, cupy, chosen, (7, 60, 20004, 30004, 70004)) == 2 * 5


def test_a_schedule_that_is_off_is_seen(cupy: Any, package: ModuleType, vectors: list[Vector]) -> None:
    def off(**given: Any) -> Any:
        found = package.softmax(**given)
        return found * (1 + 2.0**-6) if given["input"].shape[-1] == 20004 else found

    (vector,) = [v for v in vectors if v.function == "softmax"]
    stub = SimpleNamespace(softmax=off, __all__=["softmax"])
    stub.softmax.__module__ = package.softmax.__module__
    with pytest.raises(AssertionError, match="20004"):
        checks.schedules(stub, cupy, [vector], (60, 20004))


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


SANITIZER = "#!/bin/sh\necho '{says}'\nexit {code}\n"


@pytest.mark.parametrize(
    ("says", "code", "available", "found"),
    [
        ("ERROR SUMMARY: 0 errors", 0, True, ""),
        ("===== Invalid __global__ read", 9, True, "===== Invalid __global__ read"),
        ("Device not supported", 1, False, "compute-sanitizer: Device not supported"),
    ],
)
def test_what_the_sanitizer_says(
    says: str, code: int, available: bool, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "compute-sanitizer"
    program.write_text(SANITIZER.format(says=says, code=code))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert checks.sanitized("memcheck") == (available, found)


def test_without_the_sanitizer_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert checks.sanitized("memcheck") == (False, "compute-sanitizer is not installed")


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
    assert {e["function"] for e in known.values() if e["errors"]} == {v.function for v in some(read())}


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
