"""Known overflows are still ones, in single precision alone."""

from __future__ import annotations

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.overflows import OVERFLOWS, Overflow


@pytest.mark.parametrize("known", OVERFLOWS, ids=lambda o: o.function)
def test_a_known_overflow_is_one(known: Overflow) -> None:
    assert not np.isclose(known.call(shipped), known.true, rtol=1e-3).all()


@pytest.mark.parametrize("known", OVERFLOWS, ids=lambda o: o.function)
def test_in_double_precision_the_call_is_right(known: Overflow) -> None:
    np.testing.assert_allclose(known.call(shipped, np.float64), known.true, rtol=1e-5, atol=1e-30)


def test_a_call_that_comes_out_right_is_seen() -> None:
    right = Overflow("dot", ((1.0, 2.0), (3.0, -1.0)), 1.0, "none")
    assert np.isclose(right.call(shipped), right.true)
