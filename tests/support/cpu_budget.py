"""How much CPU time the tests of a folder may take together, compilers that they start included.

CPU seconds of a process and of the children that it waited for are the same alone and in several workers;
seconds of a clock are not.  But a core that another virtual machine shares does less in a CPU second: NVRTC
took 155 of them for the same texts alone and 301 in a run of CI.  So a fixed piece of work is timed before
and after each test, and what it took longer than on a quiet core is taken off.  What is imported before the
first test is not counted: all folders share it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

import pytest

PROPERTY = "cpu_seconds"
SHOWN = 5  # of the dearest tests, where a budget is exceeded


def spent() -> float:
    """CPU seconds of this process and of those that it started and waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


WORK, QUIET = 20_000, 1.45e-3
"""Turns of a loop, and the CPU seconds that they take on a quiet core (Intel Xeon, CPython 3.11, 2026)."""


def slowness() -> float:
    """How many times the CPU seconds of a quiet core a piece of work takes now; 1 on faster ones."""

    def piece() -> float:
        begin, total = time.process_time(), 0
        for i in range(WORK):
            total += i * i % 7
        return time.process_time() - begin

    return max(1.0, median(piece() for _ in range(3)) / QUIET)


class CpuBudget:
    """A plugin for pytest: ``budgets`` are CPU seconds of a quiet core by folder."""

    def __init__(self, budgets: Mapping[str, float]) -> None:
        self.budgets = budgets
        self.took: dict[str, float] = {}
        self._before = 0.0
        self._slow = 1.0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        if self._has_budget(item.nodeid):
            self._slow = slowness()
        self._before = spent()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        finally:
            took = spent() - self._before
            if self._has_budget(item.nodeid):
                took /= (self._slow + slowness()) / 2
            item.user_properties.append((PROPERTY, took))

    def _has_budget(self, name: str) -> bool:
        return any(name.startswith(f"{folder}/") for folder in self.budgets)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In the process that tells of the run, where the figures of all workers come together."""
        if report.when == "teardown":
            self.took[report.nodeid] = sum(v for n, v in report.user_properties if n == PROPERTY)

    def over(self) -> dict[str, str]:
        """A line for each folder that took more than it may."""
        found = {}
        for folder, most in self.budgets.items():
            here = {name: took for name, took in self.took.items() if name.startswith(f"{folder}/")}
            if sum(here.values()) > most:
                dearest = sorted(here, key=lambda name: -here[name])[:SHOWN]
                shown = ", ".join(f"{name.removeprefix(folder + '/')} {here[name]:.0f}" for name in dearest)
                total = sum(here.values())
                found[folder] = (
                    f"{folder}: {total:.0f} CPU seconds of a quiet core, at most {most:.0f} ({shown})"
                )
        return found

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.over() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for folder in self.budgets:
            took = sum(t for name, t in self.took.items() if name.startswith(f"{folder}/"))
            if took:
                terminalreporter.write_line(f"{folder}: {took:.0f} CPU seconds of a quiet core")
        for line in self.over().values():
            terminalreporter.write_line(line, red=True)
