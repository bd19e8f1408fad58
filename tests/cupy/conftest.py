"""The kernels of the catalog and the committed package, for all tests of the CuPy target."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

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


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> Iterator[Any]:
    """The stand-in, imported wherever ``cupy`` is."""
    spec = importlib.util.spec_from_file_location("fake_cupy", Path(__file__).with_name("fake_cupy.py"))
    assert spec is not None
    assert spec.loader is not None
    fake = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fake)
    parts = fake.modules()
    for name, part in parts.items():
        monkeypatch.setitem(sys.modules, name, part)
    monkeypatch.setattr("ctypes.CDLL", fake.load_library)
    package.set_driver(None)
    yield parts["cupy"]
    package.set_driver(None)
