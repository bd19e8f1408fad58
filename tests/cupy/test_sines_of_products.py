"""sin and cos of products: the rounding error of a large angle is a large turn."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from broken_kernels import Breaking
from flint import arb, ctx

from codegen.cupy import harness
from codegen.cupy.harness import HostDriver

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

WITH_FUNCTIONS = "if (fabs(lost) > ("
FIRST_ORDER = (
    WITH_FUNCTIONS,
    f"return {{fma(lost, of.cosine, of.sine), fma(-lost, of.sine, of.cosine)}};\n  {WITH_FUNCTIONS}",
)
ONLY_POLYNOMIALS = WITH_FUNCTIONS, WITH_FUNCTIONS.replace("(fabs", "(false && fabs")
Array = npt.NDArray[np.float64]


def exact(positions: npt.NDArray[np.int64], frequencies: npt.NDArray[np.floating]) -> Array:
    """cos and sin of each product, of the numbers as they are."""
    before, ctx.prec = ctx.prec, 300
    try:
        turns = [[arb(int(p)) * arb(float(f)) for f in frequencies] for p in positions]
        return np.array([[[float(t.cos()), float(t.sin())] for t in row] for row in turns])
    finally:
        ctx.prec = before


def rotated(package: ModuleType, dtype: str, frequencies: Array, positions: npt.NDArray[np.int64]) -> float:
    """The largest error of ``rope`` of (1, 0), in units of the last place of 1."""
    given = frequencies.astype(dtype)
    pairs = np.zeros((len(positions), len(given), 2), dtype)
    pairs[..., 0] = 1
    found = package.rope(pairs, positions, given)
    return float(np.abs(found - exact(positions, given)).max() / np.finfo(dtype).eps)


POSITIONS = np.r_[[0, 1, 2**12 + 1], np.random.default_rng(4).integers(10**5, 10**6, 40), 10**6]
FREQUENCIES = np.r_[10_000 ** (-np.arange(24) / 24), 0.99999, 1.3, 7.7, 1234.5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_angle_of_a_far_position_keeps_its_digits(dtype: str, package: ModuleType) -> None:
    package.set_driver(HostDriver())
    assert rotated(package, dtype, FREQUENCIES, POSITIONS) < 1.25
    far = 10**9 if dtype == "float64" else 1
    assert rotated(package, dtype, FREQUENCIES * 1e4 * far, POSITIONS) < 1.25


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("fault", [FIRST_ORDER, ONLY_POLYNOMIALS], ids=["first order", "polynomials"])
def test_a_turn_that_is_cut_off_is_seen(fault: tuple[str, str], dtype: str, package: ModuleType) -> None:
    package.set_driver(Breaking(*fault))
    far = 10**9 if dtype == "float64" else 1
    assert rotated(package, dtype, FREQUENCIES * 1e4 * far, POSITIONS) > 100
    if (fault, dtype) == (FIRST_ORDER, "float32"):
        assert rotated(package, dtype, FREQUENCIES, POSITIONS) > 100


def test_the_encoding_of_a_far_position_keeps_its_digits(package: ModuleType) -> None:
    package.set_driver(HostDriver())
    given = FREQUENCIES[:24].astype("f4")
    found = package.sinusoidal_encoding(POSITIONS, given)
    wanted = exact(POSITIONS, given)
    pairs = np.asarray(found).reshape(wanted.shape)
    assert np.abs(pairs[..., ::-1] - wanted).max() < 1.5 * np.finfo("f4").eps
