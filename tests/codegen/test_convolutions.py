"""The kernel of ``model.conv``: sums over i + j = t are recognised, and their adjoints derived."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generated.numpy_kernels as shipped
from codegen.ir import Convolve, Correlate
from codegen.lower import lower
from codegen.passes.contract import contractions
from codegen.passes.convolutions import convolutions
from codegen.passes.differentiate import differentiate
from codegen.passes.simplify import RULES
from formulas.kernels import every_kernel

KERNEL = next(k for k in every_kernel() if k.name == "convolve")
RNG = np.random.default_rng(3)


def test_the_condition_is_never_written_out() -> None:
    forward = lower(KERNEL)
    for program, count in ((forward, 1), (differentiate(forward, KERNEL.wrt, RULES), 2)):
        assert max(len(v.axes) for v in program.values) >= 3
        found = contractions(convolutions(program))
        assert sum(isinstance(v.node, Convolve | Correlate) for v in found.values) == count
        assert max(len(v.axes) for v in found.values) == 2


@settings(max_examples=40, deadline=None, derandomize=True)
@given(n=st.integers(1, 40), m=st.integers(1, 40), dtype=st.sampled_from(["float16", "float32", "float64"]))
def test_it_is_numpy_convolve(n: int, m: int, dtype: str) -> None:
    x, w = RNG.standard_normal((2, 3, n)).astype(dtype), RNG.standard_normal(m).astype(dtype)
    found = shipped.convolve(x, w)
    assert found.shape == (2, 3, n + m - 1) and found.dtype == dtype
    eps = np.finfo(dtype).eps
    for at in np.ndindex(2, 3):
        size = np.convolve(np.abs(x[at].astype(float)), np.abs(w.astype(float)))
        error = np.abs(found[at] - np.convolve(x[at].astype(float), w.astype(float)))
        assert (error <= 8 * eps * size + 1e-7 * (dtype == "float16")).all()
    dx, dw = shipped.convolve_vjp(found, x, w)
    assert dx.shape == x.shape and dw.shape == w.shape
    out = np.empty_like(found)
    assert shipped.convolve(x, w, out=out) is out
    np.testing.assert_array_equal(out, found)


def test_empty_signals_have_no_places() -> None:
    assert shipped.convolve(np.ones((2, 0)), np.ones(3)).shape == (2, 0)
    dx, dw = shipped.convolve_vjp(np.ones((0, 5)), np.ones((0, 3)), np.ones(3))
    assert dx.shape == (0, 3) and dw.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: shipped.convolve(x, np.ones((2, 2))), r"kernel has shape \(2, 2\), expected \(m,\)"),
        (
            lambda x: shipped.convolve_vjp(x, x, np.ones(3)),
            r"convolve_vjp: g has shape \(2, 4\), expected \(2, 6\)",
        ),
    ],
)
def test_messages_name_the_argument(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.ones((2, 4)))


@pytest.mark.parametrize(("n", "m"), [(700, 5), (5, 700), (90, 90)])
def test_more_rows_than_a_part_holds(n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((900, n)), rng.standard_normal(m)
    g = rng.standard_normal((900, n + m - 1))
    np.testing.assert_allclose(shipped.convolve(x, w), [np.convolve(row, w) for row in x], atol=1e-12)
    back = shipped.convolve_vjp(g, x, w)
    np.testing.assert_allclose(back[0], [np.correlate(row, w, "valid") for row in g], atol=1e-12)
    taps = [[row[j : j + n] @ one for j in range(m)] for row, one in zip(g, x, strict=True)]
    np.testing.assert_allclose(back[1], np.sum(taps, 0), atol=1e-9)
