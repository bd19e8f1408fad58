"""How long the prover takes over the whole catalog: ``python tests/support/prover_times.py [--mutants]``.

Prints JSON: seconds of wall time of ``symcheck prove`` with an empty cache, a full one, and with mutants.
For figures that can be compared, nothing else may run on the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from symcheck.cli import main; main()", "prove")


def seconds(folder: str, *options: str) -> float:
    """Wall time of one run that keeps its results in ``folder``.  Raises if a claim is not as expected."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SYMCHECK_CACHE_DIR": folder}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their bytecode
    start = time.perf_counter()
    subprocess.run([*COMMAND, *options], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - start, 2)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([*COMMAND[:-1], "list", "--json"], env=env, stdout=subprocess.DEVNULL, check=True)
        found: dict[str, float | int] = {"cores": os.cpu_count() or 1}
        found["cold"] = seconds(folder)
        found["warm"] = min(seconds(folder) for _ in range(3))
        if "--mutants" in sys.argv[1:]:
            found["mutants"] = seconds(folder, "--mutants")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
