"""The kernels of the catalog and the committed package, for all tests of the CuPy target."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from codegen.generate import kernel_programs
from codegen.licences import Licensing, catalog_claim
from codegen.pipeline import KernelPrograms
from formulas.schema import Verdict


@pytest.fixture(scope="session")
def kernels() -> list[KernelPrograms]:
    """Every kernel; that the claims behind them are proved is another test's business."""
    found = kernel_programs(None, Licensing(catalog_claim, lambda _: Verdict.PROVED))
    assert found
    return found


@pytest.fixture
def package() -> Iterator[ModuleType]:
    """``generated.cupy_kernels``, with no driver set before and after."""
    import generated.cupy_kernels as package

    package.set_driver(None)
    yield package
    package.set_driver(None)
