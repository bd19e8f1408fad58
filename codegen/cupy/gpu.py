"""``python -m codegen.cupy.gpu``: GPU tests; exit code 3 and one line where there is no GPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests" / "cupy"
NO_GPU = 3


def unavailable() -> str | None:
    """Why no kernel can run on a GPU here, or None when one can."""
    try:
        import cupy
    except ImportError:
        return "no GPU run: CuPy is not installed (pip install cupy-cuda13x or cupy-cuda12x)"
    if not cupy.cuda.is_available():
        driver = cupy.cuda.runtime.driverGetVersion()
        found = f"driver {driver}" if driver else "no driver"
        return f"no GPU run: CuPy {cupy.__version__} finds no usable GPU ({found})"
    return None


def main() -> int:
    """Runs the tests marked ``gpu``; 0 or 1 as they pass, 3 without a GPU."""
    reason = unavailable()
    if reason:
        print(reason)
        return NO_GPU
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", str(TESTS)]
    return 1 if subprocess.run(command, check=False).returncode else 0


if __name__ == "__main__":
    raise SystemExit(main())
