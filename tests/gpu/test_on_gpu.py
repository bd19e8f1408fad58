"""The checks of ``codegen.cupy.gpu.checks`` on a real GPU (``make gpu``): NumPy, CuPy and pytest suffice.

One test for each function, so that several processes (``-n``) compile side by side.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from codegen.cupy import fast
from codegen.cupy.gpu import checks, rows, unavailable
from codegen.cupy.gpu.vectors import Vector, read

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(unavailable() is not None, reason=str(unavailable())),
]

PACKAGE = importlib.import_module("generated.cupy_kernels")
VECTORS = read()
FUNCTIONS = sorted({v.function for v in VECTORS})


@pytest.fixture(scope="module")
def package() -> ModuleType:
    PACKAGE.set_driver(None)
    return PACKAGE


@pytest.fixture(scope="module")
def cupy() -> Any:
    return importlib.import_module("cupy")


def of(function: str) -> list[Vector]:
    return [v for v in VECTORS if v.function == function]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_values(package: ModuleType, cupy: Any, function: str) -> None:
    assert checks.values(package, cupy, of(function)) == len(of(function)) * len(checks.dtypes())


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if rows.shapes_of(checks.kernel_of(PACKAGE, f))])
def test_schedules(package: ModuleType, cupy: Any, function: str) -> None:
    shapes = rows.shapes_of(checks.kernel_of(package, function))
    assert rows.schedules(package, cupy, of(function)) == len(shapes) * len(checks.dtypes())


@pytest.mark.parametrize("function", (*checks.unary(PACKAGE), *checks.slopes(PACKAGE)))
def test_every_16_bit_number(package: ModuleType, cupy: Any, function: str) -> None:
    types = [d for d in checks.dtypes() if d in checks.UNARY_BITS]
    assert checks.every_16_bit_number(package, cupy, [function]) == len(types)


@pytest.mark.parametrize("name", checks.PROCEDURES)
def test_procedures(package: ModuleType, cupy: Any, name: str) -> None:
    found = [*checks.procedures(package, cupy, [name])]
    assert len(found) == len(checks.dtypes())
    assert not [m for m in found if m.worst > m.allowed]


@pytest.mark.parametrize("name", fast.PRIMITIVES)
def test_every_16_bit_number_of_an_operation_with_fast_intrinsics(
    package: ModuleType, cupy: Any, name: str
) -> None:
    assert fast.every_number(package, cupy, name)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bits_streams_and_graphs(package: ModuleType, cupy: Any, function: str) -> None:
    assert checks.same_bits(package, cupy, of(function)) == len(of(function))


def test_a_failing_launch_is_an_error(package: ModuleType, cupy: Any) -> None:
    checks.failing_launch_is_an_error(package, cupy)
