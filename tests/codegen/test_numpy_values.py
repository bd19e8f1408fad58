"""The shipped NumPy kernels against their symbolic forms in balls: 4 ulp times the condition number."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generated.numpy_kernels as shipped
from codegen.conditioning import cotangent_of, single_results, ulps
from codegen.documentation import MILLS_BITS
from codegen.ir import BATCH
from codegen.lower import argument
from codegen.numpy.runtime.contractions import sum_leading
from codegen.passes.differentiate import COTANGENT
from codegen.reference import forward
from codegen.regions import ELEMENTWISE, ROWS, has_one_axis, rows
from formulas.kernels import every_kernel

KERNELS = {k.name: k for k in every_kernel()}
ELEMENTS = sorted(
    n for n, k in KERNELS.items() if not any(a != BATCH for i in k.inputs for a in argument(i).axes)
)
ALONG_ROWS = sorted(set(KERNELS) - set(ELEMENTS))
KINKED = ("relu", "leaky_relu", "ppo_objective")  # no slope where a case changes
LOGITS = ("softmax", "log_softmax", "logsumexp")
CHECK = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def real_numbers(width: int, bound: float = 1e4) -> st.SearchStrategy[float]:
    """Every magnitude from subnormal to ``bound``, and the edges by name."""
    tiny = 2.0**-140 if width == 32 else 5e-310
    edges = [0.0, -0.0, 1.0, -1.0, 1e-30, -1e-30, tiny, -tiny, bound, -bound, 20.0, -20.0, 88.0, -88.0]
    smooth = st.floats(-bound, bound, width=width)
    return st.one_of(st.sampled_from([float(np.float32(e) if width == 32 else e) for e in edges]), smooth)


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("name", ELEMENTS)
@CHECK
@given(data=st.data())
def test_elementwise_at_extremes(
    name: str, width: int, data: Any, forward_excess: Any, backward_excess: Any
) -> None:
    kernel = KERNELS[name]
    dtype = np.dtype(f"float{width}")
    row: dict[str, Any] = {}
    for given_ in kernel.inputs:
        if given_.role == "scalar":
            row[given_.name] = float(np.asarray(3.0 if given_.default is None else given_.default, dtype))
            continue
        x = data.draw(real_numbers(width))
        if given_.within is not None:
            low, high = given_.within
            x = data.draw(st.floats(low + (high - low) / 256, high - (high - low) / 256, width=width))
        elif given_.symbol.is_positive:
            x = abs(x) or 1.0
        row[given_.name] = np.asarray(x, dtype)
    assert forward_excess(kernel, row, getattr(shipped, name)) <= 1
    if kernel.wrt and (
        name not in KINKED or row["input" if "input" in row else "ratio"] not in (0, 0.8, 1.2)
    ):
        assert backward_excess(kernel, row, getattr(shipped, f"{name}_vjp")) <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOGITS)
@CHECK
@given(data=st.data())
def test_logits_at_extremes(name: str, dtype: str, data: Any, forward_excess: Any) -> None:
    """Ties, offsets of 1e4, rows of one entry, all equal, subnormals."""
    width = 32 if dtype == "float32" else 64
    base = data.draw(st.sampled_from([0.0, 1e4, -1e4]))
    entries = data.draw(st.lists(real_numbers(width, 30.0), min_size=1, max_size=6))
    repeat = data.draw(st.integers(1, 2))
    row = {"input": (np.array(entries * repeat) + base).astype(dtype)}
    assert forward_excess(KERNELS[name], row, getattr(shipped, name)) <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ALONG_ROWS)
def test_rows(name: str, dtype: str, forward_excess: Any, backward_excess: Any) -> None:
    kernel = KERNELS[name]
    axes = {a for i in kernel.inputs for a in argument(i).axes}
    for region in ROWS[:1] if name == "rope" or len(axes) > 2 else ROWS:
        for row in rows(kernel, region, dtype, 1, seed=1):
            assert forward_excess(kernel, row, getattr(shipped, name)) <= 1, (region.name, row)
            if kernel.wrt:
                back = getattr(shipped, f"{name}_vjp")
                assert backward_excess(kernel, row, back) <= 1, (region.name, row)


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_half_precision_is_rounded_once(name: str) -> None:
    """float16 is computed in float32, so a result is off by little more than its own rounding."""
    kernel = KERNELS[name]
    regions = ELEMENTWISE[:3] if name in ELEMENTS else ROWS[:1]
    for region in regions:
        for row in rows(kernel, region, "float16", 3):
            found = getattr(shipped, name)(*[row[i.name] for i in kernel.inputs])
            for one, got in zip(
                single_results(kernel), found if isinstance(found, tuple) else (found,), strict=True
            ):
                assert got.dtype == np.float16
                assert np.max(ulps(np.asarray(got), forward(one, row))) <= 0.51, row


@pytest.mark.parametrize("name", sorted(n for n, k in KERNELS.items() if k.wrt))
def test_half_precision_of_backward_passes_is_rounded_once(name: str) -> None:
    kernel = KERNELS[name]
    regions = ELEMENTWISE[:3] if name in ELEMENTS else ROWS[:1]
    for region in regions:
        for row in rows(kernel, region, "float16", 3 if has_one_axis(kernel) else 1):
            g = np.random.default_rng(3).standard_normal(forward(kernel, row).shape).astype(np.float16)
            found = getattr(shipped, f"{name}_vjp")(g, *[row[i.name] for i in kernel.inputs])
            for wrt, got in zip(kernel.wrt, found if isinstance(found, tuple) else (found,), strict=True):
                assert got.dtype == np.float16
                true = cotangent_of(kernel, wrt)({**row, COTANGENT: g})
                assert np.max(ulps(np.asarray(got), true)) <= 0.51, (wrt, row)


def test_a_cotangent_that_is_rounded_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    good = shipped.softmax_vjp
    monkeypatch.setattr(shipped, "softmax_vjp", lambda *a: good(*a) * np.float16(1 + 2.0**-10))
    with pytest.raises(AssertionError):
        test_half_precision_of_backward_passes_is_rounded_once("softmax")


@pytest.mark.parametrize("margin", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_confident_predictions_keep_their_loss(
    margin: float, dtype: str, forward_excess: Any, backward_excess: Any
) -> None:
    """Where log(sum of exp) gives 0 or noise: the loss of a label that is almost certain, and its slope."""
    kernel = KERNELS["cross_entropy"]
    row = {"input": np.array([margin, 0.0, -1.0, 0.5], dtype), "target": np.asarray(0)}
    assert float(shipped.cross_entropy(row["input"], row["target"])) > 0
    assert forward_excess(kernel, row, shipped.cross_entropy) <= 1
    assert backward_excess(kernel, row, shipped.cross_entropy_vjp) <= 1
    assert backward_excess(KERNELS["softmax"], {"input": row["input"]}, shipped.softmax_vjp) <= 1


@pytest.mark.parametrize("position", [0, 1, 4095, 131071])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_positions_turn_as_exactly_as_near_ones(position: int, dtype: str, forward_excess: Any) -> None:
    rng = np.random.default_rng(0)
    row = {
        "input": rng.standard_normal((4, 2)).astype(dtype),
        "positions": np.asarray(position),
        "frequencies": (10000.0 ** (-np.arange(4) / 4)).astype(dtype),
    }
    # measured against the length of the pair: a single component may be close to 0
    got, true = shipped.rope(**row), forward(KERNELS["rope"], row)
    error = np.vectorize(lambda a, b: float(abs(b - float(a))))(got, true)
    length = np.linalg.norm(row["input"].astype(float), axis=-1, keepdims=True)
    assert np.max(error / length) <= 2 * np.finfo(dtype).eps


ZERO = pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])


@ZERO
def test_zero_log_zero_is_zero(dtype: str) -> None:
    p, q = np.array([0.0, 1.0], dtype), np.array([0.0, 1.0], dtype)
    assert shipped.entropy(p) == 0
    assert shipped.kl_divergence(p, q) == 0
    assert shipped.cross_entropy_probs(p, q) == 0
    assert shipped.kl_divergence(np.array([0.5, 0.5], dtype), q) == np.inf
    assert shipped.kl_divergence(np.array([0.0, 1.0], dtype), np.array([0.5, 0.5], dtype)) > 0


@pytest.mark.parametrize("close", [1e-2, 1e-5])
def test_divergence_of_close_distributions(close: float, forward_excess: Any) -> None:
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(8))
    q = p * (1 + close * rng.standard_normal(8))
    row = {"p": p, "q": q}
    assert forward_excess(KERNELS["kl_divergence"], row, shipped.kl_divergence) <= 1


SPECIAL = {  # value at -inf, at +inf; slope at -inf, at +inf
    "relu": (0.0, np.inf, 0.0, 1.0),
    "leaky_relu": (-np.inf, np.inf, 0.01, 1.0),
    "sigmoid": (0.0, 1.0, 0.0, 0.0),
    "tanh": (-1.0, 1.0, 0.0, 0.0),
    "softplus": (0.0, np.inf, 0.0, 1.0),
    "log_sigmoid": (-np.inf, 0.0, 1.0, 0.0),
    "silu": (0.0, np.inf, 0.0, 1.0),
    "gelu": (0.0, np.inf, 0.0, 1.0),
    "gelu_sigmoid": (0.0, np.inf, 0.0, 1.0),
    "gelu_tanh": (0.0, np.inf, 0.0, 1.0),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", sorted(SPECIAL))
def test_infinities_and_nan(name: str, dtype: str) -> None:
    x = np.array([-np.inf, np.inf, np.nan], dtype)
    low, high, slope_low, slope_high = SPECIAL[name]
    value = getattr(shipped, name)(x)
    slope = getattr(shipped, f"{name}_vjp")(np.ones(3, dtype), x)
    np.testing.assert_array_equal(value, np.array([low, high, np.nan], dtype))
    np.testing.assert_array_equal(slope[:2], np.array([slope_low, slope_high], dtype))
    assert np.isnan(slope[2]) or name in ("relu", "leaky_relu")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_masks_and_hopeless_rows(dtype: str) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([[-inf, 0.0, 1.0], [-inf, -inf, -inf], [inf, 0.0, 1.0], [nan, 0.0, 1.0]], dtype)
    lse = shipped.logsumexp(x)
    np.testing.assert_allclose(lse[0], np.log1p(np.e), rtol=1e-6)
    np.testing.assert_array_equal(lse[1:], [-inf, inf, nan])
    p = shipped.softmax(x)
    np.testing.assert_allclose(p[0], [0, 1 / (1 + np.e), np.e / (1 + np.e)], rtol=1e-6)
    assert np.isnan(p[1]).all()
    assert np.isnan(p[2, 0])
    assert np.isnan(p[3]).all()
    logs = shipped.log_softmax(x)
    assert logs[0, 0] == -inf
    np.testing.assert_allclose(logs[0, 1:], np.log(p[0, 1:]), rtol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "gelu", "cross_entropy", "rms_norm", "kl_divergence", "sigmoid"])
def test_broken_kernels_are_seen(name: str, forward_excess: Any, backward_excess: Any) -> None:
    """The tolerance fails for zeros and for a result scaled by 1 + 2^-6."""
    kernel = KERNELS[name]
    region = ELEMENTWISE[0] if name in ELEMENTS else ROWS[0]
    (row,) = rows(kernel, region, "float32", 1)
    good, back = getattr(shipped, name), getattr(shipped, f"{name}_vjp")

    def each(result: Any, change: Any) -> Any:
        return tuple(change(r) for r in result) if isinstance(result, tuple) else change(result)

    for change in (lambda r: r * 0, lambda r: r * (1 + 2.0**-6), lambda r: np.full_like(r, np.nan)):
        assert forward_excess(kernel, row, lambda *a, c=change: each(good(*a), c)) > 1
        assert backward_excess(kernel, row, lambda *a, c=change: each(back(*a), c)) > 1


def test_the_rational_form_of_mills_ratio_is_what_its_comment_says() -> None:
    from flint import arb, ctx

    from generated.numpy_kernels import _functions

    with ctx.workprec(300):
        for dtype, end, bits in ((np.float32, 14.5, 25), (np.float64, 38.6, 53.8)):
            above, below, _ = _functions._MILLS[np.dtype(dtype)]
            for t in np.linspace(0, end, 500):
                x = arb(float(t))
                top, bottom = arb(0), arb(0)
                for c in above:
                    top = top * x + float(c)
                for c in below:
                    bottom = bottom * x + float(c)
                true = (x / arb(2).sqrt()).erfc() * (x * x / 2).exp() / 2
                assert abs(top / bottom / true - 1) < arb(2) ** -bits


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bound_of_mills_ratio_is_proved(dtype: str) -> None:
    from codegen.certificates import NotShown, show_mills
    from generated.numpy_kernels import _functions

    bits = MILLS_BITS[dtype]
    *polynomials, end = _functions._MILLS[np.dtype(dtype)]
    above, below = ([float(c) for c in poly][::-1] for poly in polynomials)
    limit = float(end)
    assert show_mills(above, below, limit, bits) > 1
    with pytest.raises(NotShown, match="exceeds the bound"):
        show_mills([above[0] * (1 + 2.0 ** (2 - bits)), *above[1:]], below, limit, bits)
    with pytest.raises(NotShown, match="not positive"):
        show_mills(above, [below[0], -below[1], *below[2:]], limit, bits)
    with pytest.raises(NotShown, match=r"at the end|exceeds"):
        show_mills(above, below, 4 * limit, bits)


def test_the_bound_of_mills_ratio_near_0_is_proved() -> None:
    from codegen.certificates import NotShown, show_mills_by_series
    from generated.numpy_kernels import _functions

    above, below = ([float(c) for c in poly][::-1] for poly in _functions._MILLS_NEAR)
    end, bits = _functions.NEAR, MILLS_BITS["float32, |x| <= 5.5"]
    assert end == 5.5
    assert show_mills_by_series(above, below, end, bits) > 1
    with pytest.raises(NotShown, match="exceeds the bound"):
        show_mills_by_series(above, below, end, bits + 0.1)
    with pytest.raises(NotShown, match="exceeds the bound"):
        show_mills_by_series([above[0] * (1 + 2.0**-22), *above[1:]], below, end, bits)
    with pytest.raises(NotShown, match="exceeds the bound"):
        show_mills_by_series(above, below, end + 1, bits)
    with pytest.raises(NotShown, match="not positive"):
        show_mills_by_series(above, [below[0], -below[1], *below[2:]], end, bits)


@pytest.mark.parametrize("target", ["numpy", "c", "cupy"])
def test_docstrings_state_the_bound_of_mills_ratio(target: str) -> None:
    package = importlib.import_module(f"generated.{target}_kernels")
    stated = {
        n for n in package.__all__ if "Mills' ratio" in (getattr(package, n).__doc__ or "").replace("\n", " ")
    }
    assert stated == {"gelu", "gelu_vjp"}
    for name in stated:
        assert f"2^-{MILLS_BITS['float32']:g}" in getattr(package, name).__doc__


@pytest.mark.parametrize("x", [5.4, 5.6, 12.0, np.inf, np.nan])
def test_gelu_is_the_same_function_on_both_sides_of_the_near_range(x: float) -> None:
    given = np.array([-1.0, x, -x], np.float32)
    wide = given.astype(np.float64)
    np.testing.assert_allclose(shipped.gelu(given), shipped.gelu(wide), rtol=2e-6)
    np.testing.assert_allclose(shipped.gelu_vjp(np.ones_like(given), given),
                               shipped.gelu_vjp(np.ones_like(wide), wide), rtol=2e-5)  # fmt: skip


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", sorted(KERNELS))
def test_nothing_fails_on_nan_infinities_and_empty_input(name: str, dtype: str) -> None:
    """Every kernel and its backward pass: special values give values, empty arrays give empty results."""
    kernel = KERNELS[name]
    region = ELEMENTWISE[0] if name in ELEMENTS else ROWS[0]
    (row,) = rows(kernel, region, dtype, 1)
    reals = [i.name for i in kernel.inputs if i.role == "array"]
    for special in (np.nan, np.inf, -np.inf, 0.0, 1e-7, 6e4):
        changed = {**row, **{n: np.full_like(row[n], special) for n in reals}}
        found = getattr(shipped, name)(*[changed[i.name] for i in kernel.inputs])
        results = found if isinstance(found, tuple) else (found,)
        assert all(r.dtype == dtype for r in results)
        if kernel.wrt:
            getattr(shipped, f"{name}_vjp")(
                np.ones_like(results[0]), *[changed[i.name] for i in kernel.inputs]
            )
    empty = dict(row)
    for i in kernel.inputs:
        if i.role != "scalar" and not i.shared:
            empty[i.name] = np.empty((0, *np.shape(row[i.name])), np.asarray(row[i.name]).dtype)
    if kernel.axis == 0:
        empty = {n: np.moveaxis(x, 0, -1) if np.ndim(x) > 1 else x for n, x in empty.items()}
    found = getattr(shipped, name)(*[empty[i.name] for i in kernel.inputs])
    assert all(0 in r.shape for r in _each(found))
    if kernel.wrt:
        cotangent = np.empty_like(_each(found)[0])
        back = getattr(shipped, f"{name}_vjp")
        given = [cotangent, *[empty[i.name] for i in kernel.inputs]]
        shapes = [r.shape for r in _each(back(*given))]
        marked = [np.full(shape, 7, dtype) for shape in shapes]
        back(*given, out=tuple(marked) if len(marked) > 1 else marked[0])
        assert not any(r.any() for r in marked)  # what is left is a sum of nothing


@pytest.mark.parametrize("package", ["numpy_kernels", "c_kernels"])
def test_without_examples_the_cotangents_of_weights_are_zero(package: str) -> None:
    """The axis that is summed over is empty, and results without it are not."""
    none, weights = np.empty((0, 3)), np.ones(3)
    marked = (np.empty((0, 3)), np.full(3, 7.0), np.full(3, 7.0))
    back = importlib.import_module(f"generated.{package}").batch_norm_vjp
    back(none, none, weights, weights, out=marked)
    assert not any(r.any() for r in marked)


@pytest.mark.parametrize("rows", [17, 4096, 70_001])
def test_a_sum_over_many_rows_keeps_its_digits(rows: int) -> None:
    x = np.random.default_rng(rows).uniform(0, 1, (rows, 5))
    true = np.array([math.fsum(column) for column in x.T])
    assert (np.abs(sum_leading(x, 1) - true) <= 4 * np.spacing(true)).all()


def _each(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)
