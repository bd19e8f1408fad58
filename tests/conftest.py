"""No test touches the cache of who runs it, and no folder takes more CPU time than it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cpu_budget import CpuBudget

BUDGETS = {"tests/cupy": 720.0}
"""CPU seconds of quiet cores: six minutes on two for all checks of the CUDA kernels that need no GPU."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CpuBudget(BUDGETS), "cpu-budget")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMCHECK_CACHE_DIR", str(folder))
        yield folder
