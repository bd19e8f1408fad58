"""Scaling laws found by dimensional analysis, and rows whose squares leave the range of the dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.ir import BATCH, Argument, Builder, Output, Program
from codegen.passes.homogeneity import Law, laws

ROW = (BATCH, "n")


def squares(twist: bool) -> Program:
    """sqrt(sum of squares); with ``twist`` one is added under the root, which breaks the law."""
    b = Builder("norm", [Argument(name="x", axes=ROW)])
    total = b.reduce("sum", "n", b.map("square", b.load("x")))
    root = b.map("sqrt", b.map("add", total, b.const(1)) if twist else total)
    return b.finish([Output("output", (BATCH,), (root,))])


def test_a_law_is_found_and_a_broken_one_is_not() -> None:
    assert laws(squares(False)) == (Law((("x", 1),), (("output", 1),)),)
    assert laws(squares(True)) == ()


def test_exponentials_have_no_law() -> None:
    b = Builder("f", [Argument(name="x", axes=ROW)])
    total = b.reduce("sum", "n", b.map("square", b.map("exp", b.load("x"))))
    assert laws(b.finish([Output("output", (BATCH,), (total,))])) == ()


@pytest.mark.parametrize("scale", [1e-40, 1e-30, 1e30, 1e37])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_whose_squares_leave_the_range(scale: float, dtype: str, forward_excess: Any) -> None:
    from formulas.catalog import get

    (kernel,) = get("norm.rms").kernels
    x = (np.array([1.0, -2.0, 3.0, 0.5]) * scale).astype(dtype)
    row = {"input": x, "weight": np.array([1, 2, -1, 0.5], dtype), "eps": 0.0}
    assert forward_excess(kernel, row, shipped.rms_norm) <= 1
    both = np.stack([x, x / x.dtype.type(scale)])
    together = shipped.rms_norm(both, row["weight"], 0.0)
    np.testing.assert_array_equal(together[0], shipped.rms_norm(x, row["weight"], 0.0))
    g = np.ones_like(both)
    dx, dw = shipped.rms_norm_vjp(g, both, row["weight"], 0.0)
    parts = [shipped.rms_norm_vjp(g[i], both[i], row["weight"], 0.0) for i in (0, 1)]
    np.testing.assert_array_equal(dx, np.stack([p[0] for p in parts]))
    np.testing.assert_allclose(dw, parts[0][1] + parts[1][1], rtol=1e-5)
