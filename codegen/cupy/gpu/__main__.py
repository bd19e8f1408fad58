"""``python -m codegen.cupy.gpu [--quick]``: checks and timings on a GPU.

Exit code 1 where a test fails, a tool of compute-sanitizer finds something or an error is above what is
allowed, 3 and one line where there is no GPU (``make gpu`` turns that into its own 2).  Results go to
``benchmarks/results/gpu.json``, after each row, and to the ledger.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codegen.cupy.gpu import (
    NO_GPU,
    POOLED,
    RESULTS,
    WORKERS,
    compile_in_processes,
    device,
    left_out,
    save,
    unavailable,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests" / "gpu"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tests marked ``gpu``, the tools of compute-sanitizer, then the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cupy.gpu", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two sizes and fewer rounds")
    parser.add_argument("--sizes", type=lambda text: text.split(","), help="ROWSxCOLUMNS, with commas")
    parser.add_argument("--no-tests", action="store_true", help="measurements and their errors only")
    parser.add_argument("--no-bench", action="store_true", help="tests only")
    parser.add_argument("--no-sanitizer", action="store_true", help="without the tools of compute-sanitizer")
    parser.add_argument("--results", type=Path, default=RESULTS / "gpu.json", help="where they go")
    options = parser.parse_args(arguments)
    reason = unavailable()
    if reason:
        print(reason)
        return NO_GPU
    left_out()
    failed = False
    if not options.no_tests:
        command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-rs", str(TESTS)]
        if importlib.util.find_spec("xdist"):
            command += ["-n", str(WORKERS), "--dist", "worksteal"]
        failed = bool(subprocess.run(command, check=False, cwd=ROOT).returncode)
        if not options.no_sanitizer:
            sanitizer = importlib.import_module("codegen.cupy.gpu.sanitizer")
            failed = bool(sanitizer.run(list(sanitizer.FOUND))) or failed
    if not options.no_bench:
        bench = importlib.import_module("codegen.cupy.gpu.bench")
        jobs = bench.jobs(options.sizes or (bench.QUICK if options.quick else bench.SIZES))
        compile_ahead(jobs)
        cupy, rounds = importlib.import_module("cupy"), 5 if options.quick else 15
        content = run_benchmarks(cupy, jobs, rounds=rounds, place=options.results)
        wrong = too_large(content)
        for text in wrong:
            print(text)
        failed = failed or bool(wrong)
    return int(failed)


def too_large(content: Mapping[str, Any]) -> list[str]:
    """A line for each error above what is allowed; one where nothing was measured."""
    if not content["errors"]:
        return ["no error was measured"]
    return [
        f"{e['function']} {e['dtype']}{e['where'] and ', ' + e['where']}: {e['worst']:.3g} ulp, "
        f"at most {e['allowed']:.3g} allowed"
        for e in content["errors"]
        if not e["worst"] <= e["allowed"]
    ]


def compile_ahead(jobs: Sequence[Any]) -> None:
    """Has all compilers compile in several processes what the benchmarks will call in one."""
    bench = importlib.import_module("codegen.cupy.gpu.bench")
    for failed in compile_in_processes(bench.compiled_ahead, jobs):
        for text in failed:
            print(text)


def run_benchmarks(cupy: Any, jobs: Sequence[Any], *, rounds: int, place: Path) -> dict[str, Any]:
    """Measures times and errors on the device of ``cupy``, and writes the results and the ledger.

    After a run of the tests the errors take seconds; else every kernel is compiled first, one by one."""
    bench = importlib.import_module("codegen.cupy.gpu.bench")
    checks = importlib.import_module("codegen.cupy.gpu.checks")
    ledger = importlib.import_module("codegen.cupy.gpu.ledger")
    vectors = importlib.import_module("codegen.cupy.gpu.vectors")
    package = importlib.import_module("generated.cupy_kernels")
    content: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "device": device(cupy),
        "results": POOLED,
        "rows": [],
        "means": [],
        "errors": [],
    }
    print(", ".join(f"{k} {v}" for k, v in content["device"].items()))
    for row in bench.measure(package, cupy, jobs, rounds=rounds):
        content["rows"].append(row)
        print(bench.line(row), flush=True)
        content["means"] = bench.means(content["rows"])
        save(content, place)
    for mean in content["means"]:
        print(bench.mean_line(mean))
    found = [m for v in vectors.read() for m in checks.measured(package, cupy, v)]
    content["errors"] = [asdict(m) for m in (*found, *checks.procedures(package, cupy))]
    save(content, place)
    ledger.add(content, place.parent / ledger.NAME)
    return content


if __name__ == "__main__":
    raise SystemExit(main())
