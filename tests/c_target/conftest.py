"""What the tests of the compiled kernels share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "c"


@pytest.fixture(scope="session", autouse=True)
def _objects_of_the_tests() -> Iterator[None]:
    """What is built is kept with the working tree."""
    before = os.environ.get("SYMCHECK_C_CACHE")
    os.environ["SYMCHECK_C_CACHE"] = str(CACHE)
    yield
    if before is None:
        del os.environ["SYMCHECK_C_CACHE"]
    else:
        os.environ["SYMCHECK_C_CACHE"] = before
