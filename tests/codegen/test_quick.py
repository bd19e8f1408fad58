"""Quick bodies: NumPy raises the flags that they rely on, and no wrong number appears without one."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import generated.numpy_kernels as shipped
from formulas.kernels import every_kernel
from generated.numpy_kernels import _bodies, _functions, _state
from generated.numpy_kernels._driver import Kernel

MODULES = (
    "activations",
    "alignment",
    "generative",
    "information",
    "llm",
    "losses",
    "normalisation",
    "models",
)
KERNELS = {
    k.name: k
    for m in MODULES
    for k in vars(importlib.import_module(f"generated.numpy_kernels.{m}")).values()
    if isinstance(k, Kernel) and k.quick
}
BIG = {"float32": 1e38, "float64": 1e308}
SPECIAL = {
    "float32": [0.0, -0.0, 1e-45, -1e-30, 1.0, -1.5, 20.0, -20.0, -44.5, 88.0, -88.0, 89.5, -90.0, 104.0,
                -1e4, 1e38, -1e38, np.inf, -np.inf, np.nan],
    "float64": [0.0, -0.0, 5e-324, -1e-300, 1.0, -1.5, 40.0, -40.0, -355.0, 709.0, -709.0, 710.0, -744.0,
                760.0, -1e4, 1e308, -1e308, np.inf, -np.inf, np.nan],
}  # fmt: skip


SHARES = {i.name for k in every_kernel() for i in k.inputs if i.weight} | {"q"}
"""Arguments that hold shares, which are not negative."""


def raises(call: Callable[[], Any]) -> bool:
    token = _state.enter(_state.WATCHED[0])
    try:
        call()
    except FloatingPointError:
        return True
    finally:
        _state.leave(token)
    return False


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 7, 64, 5000])
def test_this_numpy_raises_the_flags(dtype: str, size: int) -> None:
    big = np.ones(size, dtype)
    big[size // 2] = BIG[dtype]
    zero, infinity = np.zeros(size, dtype), np.full(size, np.inf, dtype)
    calls: dict[str, Callable[[], Any]] = {
        "exp": lambda: np.exp(big),
        "expm1": lambda: np.expm1(big),
        "square": lambda: np.square(big),
        "product": lambda: np.multiply(big, big),
        "log 0": lambda: np.log(zero),
        "log of a negative number": lambda: np.log(-big),
        "1 / 0": lambda: np.divide(big, zero),
        "0 / 0": lambda: np.divide(zero, zero),
        "inf - inf": lambda: np.subtract(infinity, infinity),
        "0 inf": lambda: np.multiply(zero, infinity),
    }
    assert [name for name, call in calls.items() if not raises(call)] == []
    quiet = [np.full(size, v, dtype) for v in (np.nan, -np.inf, 1e-30, 3.0)]
    assert not any(raises(lambda x=x: np.exp(x)) for x in quiet)  # type: ignore[misc]


def arguments(kernel: Kernel, dtype: str) -> list[list[Any]]:
    """The special values in every argument, in all combinations of a row or of a few entries."""
    special = SPECIAL[dtype]
    rng = np.random.default_rng(0)
    found: list[list[Any]] = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        few = rng.choice(special, 4) if seed else np.asarray(special)
        rows = np.array(list(itertools.product(few[:6], repeat=3)), dtype)
        if not kernel.rows:
            rows = rows.reshape(-1)
        given: list[Any] = []
        for a in kernel.arguments:
            if a.kind == "scalar":
                given.append(0.7)
            elif a.kind == "integer":
                given.append(rng.integers(0, 3, rows.shape[0])[:, None])
            elif a.kind == "shared":
                given.append(rng.choice(special, 3).astype(dtype)[None])
            elif kernel.rows and not a.row:
                given.append(rng.choice(special, rows.shape[0]).astype(dtype)[:, None])
            else:
                given.append(np.abs(rng.permutation(rows)) if a.name in SHARES else rng.permutation(rows))
        found.append(given)
    return found


def run(kernel: Kernel, given: list[Any], at: int, dtype: str, body: Any) -> list[Any]:
    """The results for row or entry ``at`` alone, by one of the bodies."""
    part = slice(at, at + 1)
    inputs = [x if a.kind == "shared" else x[part] for a, x in zip(kernel.arguments, given, strict=True)
              if a.kind != "scalar"]  # fmt: skip
    scalars = [x for a, x in zip(kernel.arguments, given, strict=True) if a.kind == "scalar"]
    shapes = [(3,) if r.kind == "shared" else (1, 3 if r.row else 1) if kernel.rows else (1,)
              for r in kernel.results]  # fmt: skip
    views = [np.zeros(s, "float64" if r.kind == "shared" else dtype)
             for s, r in zip(shapes, kernel.results, strict=True)]  # fmt: skip
    shape = (1, 3) if kernel.rows else (1,)
    scratch = [np.empty(shape, dtype) for _ in range(_bodies.scratch_count(kernel))]
    numbers = body.numbers_of(scalars, np.dtype(dtype))
    token = _state.enter((_state.QUIET if body is kernel.body else _state.WATCHED)[0])
    try:
        constants = body.constants_of(np.dtype(dtype))
        body.run(constants, *inputs, *numbers, *views, *scratch[: body.scratch])
    finally:
        _state.leave(token)
    return views


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "which"), [(n, i) for n in sorted(KERNELS) for i in range(len(KERNELS[n].quick))]
)
def test_no_wrong_number_without_a_flag(name: str, which: int, dtype: str) -> None:
    kernel = KERNELS[name]
    seen = raised = 0
    tiny, eps = float(np.finfo(dtype).tiny), float(np.finfo(dtype).eps)
    for given in arguments(kernel, dtype):
        count = next(len(x) for a, x in zip(kernel.arguments, given, strict=True) if a.kind == "array")
        for at in range(0, count, 7):
            seen += 1
            try:
                quick = run(kernel, given, at, dtype, kernel.quick[which])
            except FloatingPointError:
                raised += 1
                continue
            careful = run(kernel, given, at, dtype, kernel.body)
            cotangents = [x for a, x in zip(kernel.arguments, given, strict=True) if a.kind == "cotangent"]
            largest = max((np.abs(x[at]).max() for x in cotangents), default=0.0)
            for a, b in zip(quick, careful, strict=True):
                where = f"{name} of {[np.asarray(x)[at : at + 1] if np.ndim(x) else x for x in given]}"
                if np.isinf(largest):  # inf * 0 where a share underflows in the careful form alone
                    a = np.where(np.isnan(b), b, a)
                # what underflows in one of them may be multiplied by a large cotangent
                small = tiny * max(1.0, largest) if np.isfinite(largest) else tiny
                np.testing.assert_array_equal(np.isnan(a), np.isnan(b), where)
                # an exponent of up to 745 is a rounded product with a rounded constant in either form
                np.testing.assert_allclose(a, b, rtol=1500 * eps, atol=small, err_msg=where)
    assert 0 < raised < seen


def test_a_flag_starts_the_careful_body() -> None:
    x = np.array([-90, 0, 3], np.float32)
    alone = np.empty_like(x)
    kernel = KERNELS["sigmoid"]
    with np.errstate(all="ignore"):
        (quick,) = kernel.quick
        quick.run(quick.constants_of(x.dtype), x, alone)
    assert alone[0] == 0
    for given in (x, x[:, None], np.tile(x, 400_000), np.tile(x, 2)[::2]):
        assert shipped.sigmoid(given).ravel()[0] == pytest.approx(8.194e-40, rel=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_small_divergence_keeps_its_digits(dtype: str) -> None:
    """An error of ulps of the terms p log (p / q); by the logarithm of p / q it would be of ulps of p."""
    rng = np.random.default_rng(0)
    q = rng.dirichlet(np.ones(200), 70).astype(dtype)
    p = (q * (1 + 1e-4 * rng.standard_normal(q.shape))).astype(dtype)
    p[:, 0] += q.sum(-1) - p.sum(-1)
    u, v = p.astype(np.longdouble), q.astype(np.longdouble)
    terms = u * np.log1p((u - v) / v)
    allowed = 4 * np.finfo(dtype).eps * np.abs(terms).sum(-1)
    for rows in (slice(None), slice(3, 4)):
        error = np.abs(shipped.kl_divergence(p[rows], q[rows]) - terms.sum(-1)[rows])
        assert (error <= allowed[rows]).all()
    assert (np.abs((p * np.log(p / q)).sum(-1) - terms.sum(-1)) > 10 * allowed).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_small_sum_of_gaps_keeps_its_digits(dtype: str) -> None:
    """exp(x) - 1 - x by the difference would lack them where all x of a row are small."""
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((12, 300)) * 10.0 ** -np.arange(12)[:, None]).astype(dtype)
    loc = (0.1 * x).astype(dtype)
    with mpmath.workdps(60):
        exact = [
            float(
                mpmath.fsum(
                    mpmath.expm1(a) - mpmath.mpf(a) + mpmath.mpf(b) ** 2 for a, b in zip(*row, strict=True)
                )
                / 2
            )
            for row in zip(x.tolist(), loc.tolist(), strict=True)
        ]
    eps = np.finfo(dtype).eps
    for rows in (slice(None), *(slice(i, i + 1) for i in range(12))):
        np.testing.assert_allclose(shipped.gaussian_kl(loc[rows], x[rows]), exact[rows], rtol=4 * eps)
    naive = ((np.expm1(x) - x + loc * loc) / 2).sum(-1)
    assert (np.abs(naive / exact - 1) > 100 * eps).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gaps_of_all_sizes(dtype: str) -> None:
    rng = np.random.default_rng(1)
    sizes = 10.0 ** rng.uniform(-15, 1.6, 4000)
    x = (sizes * rng.choice([-1, 1], 4000)).astype(dtype)
    with mpmath.workdps(60):
        exact = [float(mpmath.expm1(a) - mpmath.mpf(a)) for a in x.tolist()]
    out, a, b = (np.empty_like(x) for _ in range(3))
    _functions.exp_gap(x, out, a, b)
    np.testing.assert_allclose(out, exact, rtol=4 * np.finfo(dtype).eps)


def test_the_floating_point_state_is_put_back() -> None:
    before = np.geterr(), np.getbufsize()
    shipped.sigmoid(np.array([-90, 0], np.float32))
    shipped.softmax(np.full((3, 1200), -np.inf))
    with pytest.raises(ValueError, match="holds 9"):
        shipped.cross_entropy(np.ones((2, 3)), np.array([0, 9]))
    assert (np.geterr(), np.getbufsize()) == before


def test_the_state_by_context_managers_is_the_same() -> None:
    before = np.geterr(), np.getbufsize()
    for flags in _state._FLAGS.values():
        token = _state._Managers.enter(_state._Managers(flags, 512))
        inside = np.geterr(), np.getbufsize()
        _state._Managers.leave(token)
        token = _state.enter(_state._make(flags, 512))
        assert (np.geterr(), np.getbufsize()) == inside
        _state.leave(token)
    assert (np.geterr(), np.getbufsize()) == before
