"""A folder whose tests take more CPU time than they may fails the run, in one process and in several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cpu_budget
import pytest

SUPPORT = Path(__file__).parents[1] / "support"
CONFTEST = """
from cpu_budget import CpuBudget

def pytest_configure(config):
    config.pluginmanager.register(CpuBudget({{"dear": {most}}}), "cpu-budget")
"""
TEST = """
import subprocess, sys, time
BURN = "import time; end = time.process_time() + 2.0\\nwhile time.process_time() < end: pass"


def test_by_itself():
    exec(BURN)

def test_by_a_child():
    subprocess.run([sys.executable, "-c", BURN], check=True)

def test_that_waits():
    time.sleep(0.1)
"""


def test_a_core_that_does_half_as_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = min(cpu_budget.slowness() for _ in range(5))
    monkeypatch.setattr(cpu_budget, "WORK", 8 * cpu_budget.WORK)
    assert min(cpu_budget.slowness() for _ in range(5)) > 3 * alone / 1.5


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
@pytest.mark.parametrize(("most", "code"), [(100.0, 0), (1.0, 1)])
def test_cpu_seconds_of_tests_and_their_children_are_held(
    most: float, code: int, workers: tuple[str, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "dear"
    folder.mkdir()
    (tmp_path / "conftest.py").write_text(CONFTEST.format(most=most))
    (folder / "test_dear.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", *workers]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert ("at most 1 (" in done.stdout) == bool(code)
    assert not code or "test_by_a_child" in done.stdout
