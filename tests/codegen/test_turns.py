"""Sines and cosines of large angles in single precision: reduced in double, by vector instructions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from codegen.numpy.runtime import turns
from codegen.numpy.runtime.turns import turn

SINGLE = np.dtype(np.float32)
ANGLES = st.one_of(
    st.floats(-1.5e6, 1.5e6),
    st.floats(-10, 10),
    st.integers(-950_000, 950_000).map(lambda k: k * np.pi / 2),
    st.sampled_from([0.0, -0.0, 1e-46, 1e9, 1e30]),
)


def errors(angle: np.ndarray) -> float:
    """The worst error in ulp against NumPy's functions of double precision."""
    worst = 0.0
    for found, function in zip(turn(angle, np.float64(1), SINGLE), (np.cos, np.sin), strict=True):
        assert found.dtype == SINGLE and found.shape == angle.shape
        true = function(angle)
        worst = max(worst, float((np.abs(found - true) / np.spacing(np.abs(true.astype("f")))).max()))
    return worst


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_side=5), elements=ANGLES))
def test_within_two_ulp(angle: np.ndarray) -> None:
    assert errors(angle) < 2


def test_more_angles_than_go_at_a_time() -> None:
    angle = np.random.default_rng(0).uniform(-1.5e6, 1.5e6, (5, turns.ANGLES))
    assert errors(angle) < 2


@pytest.mark.parametrize("part", range(3))
def test_each_part_of_the_right_angle_is_needed(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    angle = np.arange(1.0, 900_000.0) * np.pi / 2
    parts = list(turns._RIGHT_ANGLE)
    parts[part] = 0.0
    monkeypatch.setattr(turns, "_RIGHT_ANGLE", tuple(parts))
    assert errors(angle) > 2


def test_what_is_no_number_has_none() -> None:
    for found in turn(np.array([np.inf, np.nan, 1.0]), np.float64(1), SINGLE):
        assert np.isnan(found[:2]).all() and np.isfinite(found[2])
