"""The commands that the docs give for a session with a GPU, each in its process, against the stand-in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.cupy import harness
from codegen.cupy.gpu import ledger, sanitizer
from codegen.cupy.harness.build import cache_folder

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("stand_in")
HOWTO = (ROOT / "docs" / "howto.md").read_text()
COMMANDS = re.findall(r"^\$ (timeout .*python -m codegen\.cupy\.gpu.*)$", HOWTO, re.MULTILINE)
COMMANDS += re.findall(r"`(python -m codegen\.cupy\.gpu\.page)`", HOWTO)
TESTS = "test_a_failing or (silu and not torch) or (test_values and rms_norm)"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is taken to the machine, where results may be written."""
    place = tmp_path_factory.mktemp("machine")
    for name in ("codegen", "generated", "symcheck", "benchmarks", "docs", "tests"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    program = place / "bin" / "compute-sanitizer"
    program.parent.mkdir()
    program.write_text(SANITIZER)
    program.chmod(0o755)
    return place


SANITIZER = f"""#!/bin/sh
shift 4
case "$*" in *small) exec "$@";; esac
echo "===== {", ".join(sanitizer.FOUND.values())}"
exit 9
"""
"""In place of the tools: runs the program, and says of a planted fault what they say."""


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{place / 'tests' / 'cupy' / 'stand_in'}{os.pathsep}{place}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SYMCHECK_CACHE": str(cache_folder("")),
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTEST_ADDOPTS": f"-k '{TESTS}' -p no:cacheprovider",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = command.replace("python ", f"{sys.executable} ", 1)
    command += " 2x8x4" if command.endswith(".attention") else ""  # shapes for a GPU take minutes here
    return subprocess.run(
        command, shell=True, cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def test_the_docs_name_every_command() -> None:
    modules = {re.search(r"-m (\S+)", c)[1] for c in COMMANDS}
    parts = ("", ".sanitizer", ".schedules", ".attention", ".page")
    assert modules == {f"codegen.cupy.gpu{part}" for part in parts}


def test_they_fit_into_the_time_for_which_a_machine_is_lent() -> None:
    """A quarter of an hour, three minutes of which starting and copying may take."""
    limits = {
        c.rpartition("-m ")[2]: int(s[1]) for c in COMMANDS if (s := re.match(r"timeout -s INT (\d+)", c))
    }
    assert len(limits) == len(COMMANDS) - 1  # the page is written at home
    assert sum(limits.values()) <= (15 - 3) * 60
    assert max(limits.values()) <= 10 * 60
    assert limits["codegen.cupy.gpu.sanitizer"] >= sanitizer.SECONDS + 15


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_docs_runs_to_its_end(command: str, checkout: Path) -> None:
    done = run(command, checkout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    if command.endswith(".sanitizer"):
        assert done.stdout.count("sees its planted fault and nothing else") == len(sanitizer.FOUND)
    else:
        assert command.endswith(".page") or "ml_dtypes is not installed" in done.stdout
    assert "Traceback" not in done.stderr


def test_they_leave_results_the_ledger_and_the_page(checkout: Path) -> None:
    """After the commands above."""
    results = checkout / "benchmarks" / "results"
    content = json.loads((results / "gpu.json").read_text())
    assert content["device"]["gpu"] == "none (host harness)"
    assert not any(row.get("failed") for row in content["rows"])
    schedules = json.loads((results / "gpu-schedules.json").read_text())
    assert len({name for row in schedules["rows"] for name in row["seconds"]}) > 8
    ran = ledger.read(results / ledger.NAME)
    assert "none (host harness)" in {e["gpu"] for entry in ran.values() for e in entry["errors"]}
    assert "none (host harness)" in (checkout / "docs" / "gpu.md").read_text()
