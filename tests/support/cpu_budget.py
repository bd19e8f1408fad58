"""How much CPU time the tests of a folder may take together, compilers that they start included.

CPU seconds of a process and of the children that it waited for say the same on a busy machine and on a quiet
one, alone and in several workers; seconds of a clock do not.  What is imported before the first test is not
counted: all folders share it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

PROPERTY = "cpu_seconds"
SHOWN = 5  # of the dearest tests, where a budget is exceeded


def spent() -> float:
    """CPU seconds of this process and of those that it started and waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


class CpuBudget:
    """A plugin for pytest: ``budgets`` are CPU seconds by folder."""

    def __init__(self, budgets: Mapping[str, float]) -> None:
        self.budgets = budgets
        self.took: dict[str, float] = {}
        self._before = 0.0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self._before = spent()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        finally:
            item.user_properties.append((PROPERTY, spent() - self._before))

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
                found[folder] = f"{folder}: {total:.0f} CPU seconds, at most {most:.0f} ({shown})"
        return found

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.over() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for folder in self.budgets:
            took = sum(t for name, t in self.took.items() if name.startswith(f"{folder}/"))
            if took:
                terminalreporter.write_line(f"{folder}: {took:.0f} CPU seconds")
        for line in self.over().values():
            terminalreporter.write_line(line, red=True)
