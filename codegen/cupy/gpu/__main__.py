"""``python -m codegen.cupy.gpu [--quick]``: checks and timings on a GPU.

Exit code 0 or 1 as the checks pass, 3 and one line where there is no GPU (``make gpu`` turns that into its
own 2).  Results go to ``benchmarks/results/gpu.json`` and the ledger.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codegen.cupy.gpu import device, unavailable

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests" / "gpu"
RESULTS = ROOT / "benchmarks" / "results" / "gpu.json"
NO_GPU = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tests marked ``gpu``, then the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cupy.gpu", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sizes, types and rounds")
    parser.add_argument("--no-tests", action="store_true", help="benchmarks only")
    parser.add_argument("--no-bench", action="store_true", help="tests only")
    options = parser.parse_args(arguments)
    reason = unavailable()
    if reason:
        print(reason)
        return NO_GPU
    failed = False
    if not options.no_tests:
        command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-rs", str(TESTS)]
        failed = bool(subprocess.run(command, check=False, cwd=ROOT).returncode)
    if not options.no_bench:
        run_benchmarks(importlib.import_module("cupy"), quick=options.quick, place=RESULTS)
    return int(failed)


def run_benchmarks(cupy: Any, *, quick: bool, place: Path) -> dict[str, Any]:
    """Times everything on the device of ``cupy`` and writes the results and the ledger."""
    bench = importlib.import_module("codegen.cupy.gpu.bench")
    ledger = importlib.import_module("codegen.cupy.gpu.ledger")
    package = importlib.import_module("generated.cupy_kernels")
    content = {"date": datetime.now(UTC).date().isoformat(), "device": device(cupy)}
    content["rows"] = bench.measure(package, cupy, quick=quick)
    content["means"] = bench.means(content["rows"])
    bench.show(content)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    ledger.add(content, place.parent / ledger.NAME)
    return content


if __name__ == "__main__":
    raise SystemExit(main())
