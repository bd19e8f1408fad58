"""The checks of ``codegen.cupy.gpu.checks`` on a real GPU (``make gpu``): NumPy, CuPy and pytest suffice."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from codegen.cupy.gpu import checks, unavailable
from codegen.cupy.gpu.vectors import Vector, read

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(unavailable() is not None, reason=str(unavailable())),
]


@pytest.fixture(scope="module")
def package() -> ModuleType:
    found = importlib.import_module("generated.cupy_kernels")
    found.set_driver(None)
    return found


@pytest.fixture(scope="module")
def cupy() -> Any:
    return importlib.import_module("cupy")


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    return read()


def test_values(package: ModuleType, cupy: Any, vectors: list[Vector]) -> None:
    assert checks.values(package, cupy, vectors) > 300


def test_schedules(package: ModuleType, cupy: Any, vectors: list[Vector]) -> None:
    assert checks.schedules(package, cupy, vectors) > 300


def test_every_16_bit_number(package: ModuleType, cupy: Any) -> None:
    assert checks.every_16_bit_number(package, cupy) >= 10


def test_bits_streams_and_graphs(package: ModuleType, cupy: Any, vectors: list[Vector]) -> None:
    assert checks.same_bits(package, cupy, vectors) > 100


def test_a_failing_launch_is_an_error(package: ModuleType, cupy: Any) -> None:
    checks.failing_launch_is_an_error(package, cupy)


def test_sanitizers() -> None:
    for tool, found in checks.sanitizers():
        if found == "not installed":
            pytest.skip(f"{tool} is not installed")
        assert found is None, f"{tool}: {found}"
