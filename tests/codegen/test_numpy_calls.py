"""How the kernels are called: shapes, strides, axes, out=, blocks, empty input, error messages."""

# ruff: noqa: E501

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import generated.numpy_kernels as shipped
from codegen.extremes import FINITE
from codegen.regions import rows
from formulas.kernels import every_kernel
from generated.numpy_kernels import _blocks, _plans

RNG = np.random.default_rng(7)
ROWS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "softmax": lambda x: (x,),
    "log_softmax": lambda x: (x,),
    "logsumexp": lambda x: (x,),
    "rms_norm": lambda x: (x, np.linspace(0.5, 1.5, x.shape[-1]).astype(x.dtype)),
    "entropy": lambda x: (np.abs(x) + x.dtype.type(0.1),),
    "cross_entropy_soft": lambda x: (x, np.abs(x)),
}


def along(args: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    return tuple(np.moveaxis(a, -1, axis) if a.ndim > 1 else a for a in args)


@pytest.mark.parametrize("name", sorted(ROWS))
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_any_axis_gives_the_same_bits(name: str, axis: int, dtype: str) -> None:
    args = ROWS[name](RNG.standard_normal((3, 4, 5)).astype(dtype))
    function = getattr(shipped, name)
    expected = function(*args)
    got = function(*along(args, axis), axis=axis)
    kept = expected.ndim == 3
    np.testing.assert_array_equal(np.moveaxis(got, axis, -1) if kept else got, expected)
    back = getattr(shipped, f"{name}_vjp")
    g = RNG.standard_normal(expected.shape).astype(dtype)
    plain = back(g, *args)
    moved = back(np.moveaxis(g, -1, axis) if kept else g, *along(args, axis), axis=axis)
    for a, b in zip(
        plain if isinstance(plain, tuple) else (plain,),
        moved if isinstance(moved, tuple) else (moved,),
        strict=True,
    ):
        np.testing.assert_array_equal(np.moveaxis(b, axis, -1) if b.ndim == 3 else b, a)


@pytest.mark.parametrize("name", ["sigmoid", "gelu", "silu", "tanh", "softplus", "softmax", "logsumexp"])
def test_any_strides_give_the_same_bits(name: str) -> None:
    function = getattr(shipped, name)
    base = RNG.standard_normal((6, 8, 10)).astype(np.float32)
    views = [
        base[::2, :, ::-1],
        base[:, 1::3],
        np.asfortranarray(base),
        base.transpose(1, 0, 2),
        base[:, :, 3:4],
    ]
    for view in views:
        np.testing.assert_array_equal(function(view), function(np.ascontiguousarray(view)))
    swapped = base.astype(">f4")
    np.testing.assert_array_equal(function(swapped), function(base))
    wide = np.broadcast_to(base[:, :1], base.shape)
    np.testing.assert_array_equal(function(wide), function(np.ascontiguousarray(wide)))


@pytest.mark.parametrize("name", ["sigmoid", "gelu", "leaky_relu", "softmax", "log_softmax", "rms_norm"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_out(name: str, dtype: str) -> None:
    x = RNG.standard_normal((4, 6)).astype(dtype)
    args = (x, np.ones(6, dtype)) if name == "rms_norm" else (x,)
    function = getattr(shipped, name)
    expected = function(*args)
    out = np.empty_like(x)
    assert function(*args, out=out) is out
    np.testing.assert_array_equal(out, expected)
    strided = np.empty((8, 12), dtype)[::2, ::2]
    assert function(*args, out=strided) is strided
    np.testing.assert_array_equal(strided, expected)
    copy = x.copy()
    assert function(copy, *args[1:], out=copy) is copy
    np.testing.assert_array_equal(copy, expected)
    transposed = np.empty((6, 4), dtype).T
    np.testing.assert_array_equal(function(*args, out=transposed), expected)


def test_out_may_overlap_an_argument() -> None:
    buffer = RNG.standard_normal(101).astype(np.float32)
    expected = shipped.silu_vjp(buffer[1:], buffer[:-1])
    shipped.silu_vjp(buffer[1:], buffer[:-1], out=buffer[1:])
    np.testing.assert_array_equal(buffer[1:], expected)


def test_several_results_go_to_several_arrays() -> None:
    x, w = RNG.standard_normal((4, 6)), RNG.standard_normal(6)
    g = RNG.standard_normal((4, 6))
    out = (np.empty_like(x), np.empty_like(w))
    first, second = shipped.rms_norm_vjp(g, x, w, out=out)
    assert first is out[0] and second is out[1]
    for got, expected in zip(out, shipped.rms_norm_vjp(g, x, w), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", ["gelu", "softmax", "logsumexp", "cross_entropy", "rms_norm"])
def test_blocks_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.standard_normal((50, 33)).astype(np.float32)
    args: tuple[Any, ...] = (x,)
    if name == "cross_entropy":
        args = (x, RNG.integers(0, 33, 50))
    if name == "rms_norm":
        args = (x, np.ones(33, np.float32))
    function, back = getattr(shipped, name), getattr(shipped, f"{name}_vjp")
    whole = function(*args)
    g = np.ones_like(whole)
    slopes = back(g, *args)
    for module in (_blocks, _plans):
        monkeypatch.setattr(module, "BLOCK_BYTES", 1000)
    for f in (function, back):
        kernel = vars(sys.modules[f.__module__])[f"_{f.__name__.upper()}"]
        monkeypatch.setitem(kernel.__dict__, "plans", {})
    np.testing.assert_array_equal(function(*args), whole)
    got = back(g, *args)
    if name == "rms_norm":  # the sum over rows has another order
        np.testing.assert_array_equal(got[0], slopes[0])
        size = np.abs(x * whole).sum(0)
        assert (np.abs(got[1] - slopes[1]) <= 4 * np.finfo(np.float32).eps * size).all()
    else:
        np.testing.assert_array_equal(got, slopes)


def test_large_arrays_go_through_blocks() -> None:
    x = RNG.standard_normal((2100, 600)).astype(np.float32)
    np.testing.assert_array_equal(shipped.softmax(x)[::97], shipped.softmax(x[::97]))
    np.testing.assert_array_equal(shipped.gelu(x)[::97], shipped.gelu(x[::97]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_empty_and_single(dtype: str) -> None:
    for shape in [(0,), (3, 0), (0, 3), (2, 0, 4)]:
        x = np.empty(shape, dtype)
        for name in ("relu", "gelu", "softmax", "log_softmax"):
            assert getattr(shipped, name)(x).shape == shape
            assert getattr(shipped, f"{name}_vjp")(x, x).shape == shape
    assert shipped.logsumexp(np.empty((2, 0), dtype)).tolist() == [-np.inf, -np.inf]
    assert shipped.entropy(np.empty((2, 0), dtype)).tolist() == [0, 0]
    scalar = shipped.sigmoid(np.asarray(0, dtype))
    assert scalar.shape == () and scalar.dtype == dtype and scalar == 0.5
    assert shipped.softmax(np.ones(1, dtype)).tolist() == [1]
    assert shipped.sigmoid(0.0) == 0.5
    dx, dw = shipped.rms_norm_vjp(np.empty((0, 3), dtype), np.empty((0, 3), dtype), np.ones(3, dtype))
    assert dx.shape == (0, 3) and dw.tolist() == [0, 0, 0]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    x=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=5),
        elements=st.floats(-50, 50, width=32),
    )
)
def test_softmax_rows_add_to_one(x: Any) -> None:
    p = shipped.softmax(x)
    assert p.shape == x.shape
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.exp(shipped.log_softmax(x)), p, rtol=2e-5, atol=1e-30)


def test_positions_broadcast_over_heads() -> None:
    x = RNG.standard_normal((2, 3, 5, 4, 2))
    f = 10000.0 ** (-np.arange(4) / 4)
    together = shipped.rope(x, np.arange(5), f)
    for b in range(2):
        for head in range(3):
            for at in range(5):
                np.testing.assert_array_equal(together[b, head, at], shipped.rope(x[b, head, at], at, f))
    cotangent = shipped.rope_vjp(x, x, np.arange(5), f)
    np.testing.assert_allclose(shipped.rope(cotangent, np.arange(5), f), x, rtol=1e-13, atol=1e-13)
    per_batch = np.arange(2)[:, None, None]
    np.testing.assert_array_equal(shipped.rope(x, per_batch, f)[1], shipped.rope(x[1], 1, f))


def test_leading_axes_broadcast() -> None:
    p, q = RNG.dirichlet(np.ones(4), (3, 5)), RNG.dirichlet(np.ones(4), 5)
    got = shipped.kl_divergence(p, q)
    for i in range(3):
        np.testing.assert_array_equal(got[i], shipped.kl_divergence(p[i], q))
    one = shipped.kl_divergence(p, q[2])
    np.testing.assert_array_equal(one[1, 4], shipped.kl_divergence(p[1, 4], q[2]))
    crossed = shipped.kl_divergence(p[:, :1], q[None])
    np.testing.assert_array_equal(crossed[1, 4], shipped.kl_divergence(p[1, 0], q[4]))
    square = shipped.kl_divergence(q[:, None], q[None])
    # pairs of equal rows start the block again, and the sum is rounded otherwise there
    np.testing.assert_allclose(square[1, 4], shipped.kl_divergence(q[1], q[4]), rtol=1e-15)
    labels = RNG.integers(0, 4, 5)
    loss = shipped.cross_entropy(p, labels)
    np.testing.assert_array_equal(loss[2], shipped.cross_entropy(p[2], labels))


X = np.ones((2, 3), np.float32)
G = np.ones(2, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shipped.softmax(np.ones(3, int)), TypeError, "input has dtype int64, expected float16"),
        (lambda: shipped.softmax(np.ones(3, complex)), TypeError, "input has dtype complex128"),
        (lambda: shipped.softmax(np.float32(1)), ValueError, r"input has shape \(\), expected \(\.\.\., n\)"),
        (lambda: shipped.softmax(X, axis=2), ValueError, "axis 2 is out of range for input of shape"),
        (lambda: shipped.softmax(X, axis=-3), ValueError, "axis -3 is out of range"),
        (lambda: shipped.softmax(X, out=np.empty((3, 2), np.float32)), ValueError, r"out has shape \(3, 2\), expected \(2, 3\)"),
        (lambda: shipped.softmax(X, out=np.empty((2, 3))), TypeError, "out has dtype float64, expected float32"),
        (lambda: shipped.softmax(X, out=[1.0]), TypeError, "out is list, expected an array"),
        (lambda: shipped.softmax(X, out=np.broadcast_to(X, (2, 3))), ValueError, "out is read-only"),
        (lambda: shipped.softmax_vjp(np.ones((2, 4), np.float32), X), ValueError, r"softmax_vjp: g has shape \(2, 4\), expected \(2, 3\) like the forward result"),
        (lambda: shipped.softmax_vjp(np.ones((2, 3)), X), TypeError, "input has dtype float32, expected float64 like g"),
        (lambda: shipped.softmax_vjp(np.ones((5, 3), np.float32), X), ValueError, r"softmax_vjp: g has shape \(5, 3\), expected \(2, 3\)"),
        (lambda: shipped.softmax_vjp(X, X[0]), ValueError, r"softmax_vjp: g has shape \(2, 3\), expected \(3,\)"),
        (lambda: shipped.rms_norm(X, np.ones(4, np.float32)), ValueError, "weight has 4 entries along the axis, expected 3 like input"),
        (lambda: shipped.rms_norm(X, X), ValueError, r"weight has shape \(2, 3\), expected \(n,\)"),
        (lambda: shipped.rms_norm(X, X[0], eps="small"), TypeError, "eps is str, expected one real number"),
        (lambda: shipped.leaky_relu(X, X), TypeError, "negative_slope is ndarray, expected one real number"),
        (lambda: shipped.cross_entropy(X, np.ones(2)), TypeError, "target has dtype float64, expected integers"),
        (lambda: shipped.cross_entropy(X, np.array([0, 3])), ValueError, "cross_entropy: target holds 3, expected 0 <= target < 3"),
        (lambda: shipped.cross_entropy(X, np.array([0, -1])), ValueError, "cross_entropy: target holds -1, expected 0 <= target < 3"),
        (lambda: shipped.cross_entropy_vjp(G, X, np.array([0, 3])), ValueError, "cross_entropy_vjp: target holds 3"),
        (lambda: shipped.cross_entropy_vjp(X, X, np.array([0, 1])), ValueError, r"cross_entropy_vjp: g has shape \(2, 3\), expected \(2,\)"),
        (lambda: shipped.sigmoid_vjp(X[0], X), ValueError, r"sigmoid_vjp: g has shape \(3,\), expected \(2, 3\) like the forward result"),
        (lambda: shipped.sigmoid_vjp(X, X[0]), ValueError, r"sigmoid_vjp: g has shape \(2, 3\), expected \(3,\)"),
        (lambda: shipped.softmax_vjp(X.T, X.T, axis=0, out=X.T[:2]), ValueError, "out has shape"),
        (lambda: shipped.softmax_vjp(np.ones((4, 2), np.float32), X.T, axis=0), ValueError, r"g has shape \(4, 2\), expected \(3, 2\)"),
        (lambda: shipped.kl_divergence_vjp(G, X, X[0]), ValueError, "q has shape .*a cotangent is not summed over broadcast axes"),
        (lambda: shipped.rope(np.ones((4, 3)), 0, np.ones(4)), ValueError, r"input has shape \(4, 3\), expected \(\.\.\., n, 2\)"),
        (lambda: shipped.rms_norm_vjp(X, X, X[0], out=(X,)), ValueError, "out has 1 arrays, expected 2"),
    ],
)  # fmt: skip
def test_messages_name_the_argument(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_nothing_warns() -> None:
    import warnings

    x = np.array([[-np.inf, 1e38, np.nan, 0.0], [0, 0, 0, 0]], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("softmax", "gelu", "gelu_tanh", "softplus", "entropy", "sigmoid"):
            getattr(shipped, name)(x)
        for step in (shipped.adam_step, shipped.adamw_step):  # steps count from 1: the bias at 0 is 0 / 0
            assert all(np.isnan(step(x, x, x, x, step=0, lr=0.1)[0][1]))


def _with_number(package: Any) -> list[tuple[str, str, Any]]:
    """Each function with each scalar argument, and a call that gives it a value."""
    found = []
    for kernel in every_kernel():
        row = next(iter(rows(kernel, FINITE["all equal"], "float32", 1)))
        for scalar in (i for i in kernel.inputs if i.role == "scalar"):

            def call(value: Any, kernel: Any = kernel, row: Any = row, name: str = scalar.name) -> Any:
                return getattr(package, kernel.name)(
                    *[value if i.name == name else row[i.name] for i in kernel.inputs]
                )

            found.append((kernel.name, scalar.name, call))
    return found


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_what_is_no_number_is_refused_by_name(target: str) -> None:
    """On the short way too, before and after a call that was right."""
    calls = _with_number(importlib.import_module(f"generated.{target}_kernels"))
    assert len(calls) > 20
    for function, name, call in calls:
        for _ in range(2):
            for value in (None, "0.5", b"1", 1j, [1.0]):
                with pytest.raises(
                    TypeError, match=rf"^{function}: {name} is {type(value).__name__}, expected one real"
                ):
                    call(value)
            with pytest.raises(ValueError, match=rf"^{function}: {name} is beyond the range of float64$"):
                call(10**400)
            call(0.5)


@pytest.mark.parametrize("package", ["numpy", "c"])
@pytest.mark.parametrize("overlap", ["one array", "views", "views of a part"])
@pytest.mark.parametrize("length", [6, 70_000])
def test_results_in_one_array_are_an_error(package: str, overlap: str, length: int) -> None:
    functions = importlib.import_module(f"generated.{package}_kernels")
    room = np.empty(2 * length, np.float32)
    one, other = {
        "one array": (room[:length],) * 2,
        "views": (room[:length], room[:length]),
        "views of a part": (room[:length], room[1 : length + 1]),
    }[overlap]
    x = np.ones(length, np.float32)
    for _ in range(3):  # a call like one before takes a shorter way
        functions.mse_loss_vjp(np.ones((), np.float32), x, x, out=(np.empty_like(x), np.empty_like(x)))
        with pytest.raises(ValueError, match=r"out\[0\] and out\[1\] share memory"):
            functions.mse_loss_vjp(np.ones((), np.float32), x, x, out=(one, other))
    apart = room[::2], room[1::2]
    found = functions.hadamard_vjp(x, x, 2 * x, out=apart)
    np.testing.assert_array_equal(found[0], 2 * x)
    np.testing.assert_array_equal(found[1], x)


def test_results_of_several_axes_in_one_array_are_an_error() -> None:
    x, w = np.ones((3, 3)), np.ones((3, 3))
    room = np.empty((3, 3))
    for _ in range(3):
        shipped.linear_vjp(x, x, w, np.ones(3), out=(np.empty((3, 3)), np.empty((3, 3)), np.empty(3)))
        with pytest.raises(ValueError, match=r"out\[0\] and out\[1\] share memory"):
            shipped.linear_vjp(x, x, w, np.ones(3), out=(room, room, np.empty(3)))
