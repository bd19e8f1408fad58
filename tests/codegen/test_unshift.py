"""Quick softmax without the shift by the maximum: only where the results do not need it, and watched."""

from __future__ import annotations

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.ir import BATCH, Argument, Builder, Output, Program, Reduce
from codegen.numpy.unshift import by_largest, unshifted
from generated.numpy_kernels import activations

ROW = (BATCH, "n")


def program(plus: float = 0.0, numerator: str = "share") -> Program:
    """exp(x - m) / sum exp(x - m), the sum increased by ``plus``; or ``numerator`` / sum * exp(x - m)."""
    given = [Argument(name="x", axes=ROW), Argument(name="g", axes=(BATCH,)), Argument(name="h", axes=ROW)]
    b = Builder("f", given)
    x = b.load("x")
    e = b.map("exp", b.map("sub", x, b.reduce("max", "n", x)))
    total = b.map("add", b.reduce("sum", "n", e), b.const(plus))
    result = (
        b.map("div", e, total)
        if numerator == "share"
        else b.map("mul", b.map("div", b.load(numerator), total), e)
    )
    return b.finish([Output("y", ROW, (result,))])


def has_maximum(p: Program) -> bool:
    return any(isinstance(v.node, Reduce) and v.node.monoid == "max" for v in p.values)


def test_a_share_needs_no_shift() -> None:
    changed = unshifted(program())
    assert not has_maximum(changed)
    assert "watch" in str(changed)


def test_a_number_of_each_row_may_be_divided_under_watch() -> None:
    changed = unshifted(program(numerator="g"))
    assert not has_maximum(changed)
    assert str(changed).count("watch") == 2


@pytest.mark.parametrize("needs", [program(plus=1e-3), program(numerator="h")])
def test_what_depends_on_the_scale_keeps_its_shift(needs: Program) -> None:
    assert unshifted(needs) is needs
    assert has_maximum(needs)


def test_without_a_choice_by_the_largest_nothing_changes() -> None:
    assert by_largest(program()).values == program().values


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("offset", [-2000.0, -200.0, -90.0, -60.0, 0.0, 60.0, 85.0, 200.0, 2000.0])
def test_rows_of_any_height_give_the_same(offset: float, dtype: str) -> None:
    """Where exponentials overflow or underflow the careful body takes over."""
    x = np.random.default_rng(0).integers(-800, 800, (5, 300)).astype(dtype) / 128  # x + offset is exact
    g = np.random.default_rng(1).standard_normal(x.shape).astype(dtype)
    rtol = 2e-6 if dtype == "float32" else 1e-14
    wide = shipped.softmax(x.astype(np.float64))
    np.testing.assert_allclose(shipped.softmax(x + dtype_of(x)(offset)), wide, rtol=rtol)
    back = shipped.softmax_vjp(g.astype(np.float64), x.astype(np.float64))
    found = shipped.softmax_vjp(g, x + dtype_of(x)(offset))
    np.testing.assert_allclose(found, back, atol=rtol * np.abs(back).max())


def dtype_of(x: np.ndarray) -> type:
    return x.dtype.type


def test_a_low_row_is_caught_by_the_watch() -> None:
    """The quick body alone would give 0 / 0 or shares of few digits."""
    (quick,) = activations._SOFTMAX.quick
    assert quick is not None
    low = np.full((1, 4), -100, np.float32)
    with np.errstate(all="ignore"):
        alone = np.empty_like(low)
        quick.run(quick.constants_of(low.dtype), low, alone)
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        quick.run(quick.constants_of(low.dtype), low, alone)
    np.testing.assert_array_equal(shipped.softmax(low), np.full((1, 4), 0.25, np.float32))


@pytest.mark.parametrize("margin", [0.0, 1e-4, 3.0, 40.0])
def test_confident_rows_beside_others(margin: float) -> None:
    """The cotangent of a row with one large share is taken from its entry there."""
    x = np.random.default_rng(2).standard_normal((6, 50)).astype(np.float32)
    x[::2, 7] = x[::2].max(-1) + np.float32(margin)
    g = np.random.default_rng(3).standard_normal(x.shape).astype(np.float32)
    exact = shipped.softmax_vjp(g.astype(np.float64), x.astype(np.float64))
    np.testing.assert_allclose(shipped.softmax_vjp(g, x), exact, rtol=2e-3, atol=1e-12)


def test_blocks_after_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that overflow are computed with care, wherever they lie; totals over all rows are right."""
    x = np.random.default_rng(4).standard_normal((3000, 700)).astype(np.float32)
    for row in (0, 900, 2000, 2900):
        x[row] += np.float32(300)
    np.testing.assert_allclose(shipped.softmax(x), shipped.softmax(x.astype(np.float64)), rtol=1e-5)


@pytest.mark.parametrize("g", [0.0, 1e-38, 1e-30, 1e-5, 1.0, 1e20])
@pytest.mark.parametrize("offset", [-100.0, 0.0, 80.0])
def test_small_cotangents_keep_their_digits(g: float, offset: float) -> None:
    x = np.random.default_rng(5).integers(-400, 400, (4, 60)).astype(np.float32) / 128
    given, target = np.full(4, g, np.float32), np.arange(4)
    expected = shipped.cross_entropy_vjp(given.astype(np.float64), x.astype(np.float64), target)
    found = shipped.cross_entropy_vjp(given, x + np.float32(offset), target)
    np.testing.assert_allclose(found, expected, rtol=3e-6, atol=2e-45)
