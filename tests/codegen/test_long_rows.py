"""Errors on long rows: the reference in extended precision, the tables, and what they see."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.conditioning import cotangent_of, single_results
from codegen.ir import BATCH
from codegen.long_rows import BITS as LONGER
from codegen.long_rows import EXCEPTIONS, TABLES, above, cases, chosen, long_table, measured
from codegen.lower import lower
from codegen.passes.differentiate import COTANGENT, differentiate
from codegen.passes.simplify import RULES
from codegen.reference import forward
from codegen.regions import ROWS, drawn, has_one_axis, lengths
from codegen.wide import Evaluation, Wide, is_wide
from formulas.schema import Kernel

KERNELS: dict[str, Kernel] = {k.name: k for k in chosen()}
SHORT = sorted(n for n, k in KERNELS.items() if has_one_axis(k) or n in ("linear", "convolve", "rnn_cell"))
LAST = 2.0**-54  # of a result: the constants of a program, such as log(2 pi), are float64

pytestmark = pytest.mark.skipif(not is_wide(), reason="long double has no more bits than float64 here")


def short(kernel: Kernel) -> dict[str, np.ndarray]:
    """Arguments of one row."""
    rng = np.random.default_rng(3)
    return drawn(kernel, ROWS[0], "float64", rng, {BATCH: 1, **lengths(kernel)})


def row_of(given: dict[str, np.ndarray], kernel: Kernel) -> dict[str, object]:
    """The same without the leading axis."""
    shared = {i.name for i in kernel.inputs if i.shared or i.role == "scalar"}
    batched = {a.name for a in lower(kernel).arguments if BATCH in a.axes}
    return {n: x[0] if n in batched and n not in shared else x for n, x in given.items()}


@pytest.mark.parametrize("name", SHORT)
def test_the_reference_is_that_of_balls(name: str) -> None:
    kernel = KERNELS[name]
    given = short(kernel)
    row = row_of(given, kernel)
    found, rounded = (Evaluation(lower(kernel), given, 1, kind).outputs() for kind in (Wide, np.float64))
    for one, wide, less in zip(single_results(kernel), found, rounded, strict=True):
        agrees(wide, less, forward(one, row))


@pytest.mark.parametrize("name", [n for n in SHORT if KERNELS[n].wrt])
def test_the_slopes_are_those_of_balls(name: str) -> None:
    kernel = KERNELS[name]
    given = short(kernel)
    row = row_of(given, kernel)
    shape = forward(single_results(kernel)[0], row).shape
    g = np.random.default_rng(5).standard_normal((1, *shape))
    backward = differentiate(lower(kernel), kernel.wrt, RULES)
    full = {COTANGENT: g, **given}
    found, rounded = (Evaluation(backward, full, 1, kind).outputs() for kind in (Wide, np.float64))
    for wrt, wide, less in zip(kernel.wrt, found, rounded, strict=True):
        agrees(wide, less, cotangent_of(kernel, wrt)({**row, COTANGENT: g[0]}))


def agrees(wide: np.ndarray, rounded: np.ndarray, balls: np.ndarray) -> None:
    """To what float64 in place of the wider type says of rounding, and a little more."""
    for x, y, ball in zip(wide.ravel(), rounded.ravel(), balls.ravel(), strict=True):
        high = float(ball.mid())
        low = float((ball - high).mid())
        error = abs((x - Wide(high)) - Wide(low))
        assert error <= 2.0**-LONGER * abs(x - y) * 8 + LAST * abs(high)


@pytest.mark.parametrize("target", TABLES)
def test_the_table_has_every_function(target: str) -> None:
    functions = {f for k in chosen(target) for f in (k.name, *([f"{k.name}_vjp"] if k.wrt else []))}
    assert set(long_table(target)) <= functions
    forwards = {k.name for k in chosen(target)}
    cancel = {"correlation", "covariance", "kl_divergence"}  # nothing of them is well conditioned
    assert forwards - set(long_table(target)) == cancel


@pytest.mark.parametrize("target", TABLES)
def test_errors_are_within_the_target_but_for_the_listed_exceptions(target: str) -> None:
    assert above(target) == {key for key in EXCEPTIONS if key[0] == target}


@pytest.mark.parametrize(("target", "name"), [("numpy", "dot"), ("numpy", "softmax"), ("c", "l2_norm")])
def test_the_table_is_what_is_measured(target: str, name: str) -> None:
    package = importlib.import_module(f"generated.{target}_kernels")
    for function, found in measured(KERNELS[name], package, "float32").items():
        assert found.worst <= 1.25 * long_table(target)[function]["float32"].worst + 0.4


def test_a_sum_one_after_another_is_seen() -> None:
    def one_by_one(x: np.ndarray) -> np.ndarray:
        return np.abs(x).cumsum(-1, dtype=x.dtype)[..., -1]

    package = SimpleNamespace(l1_norm=one_by_one, l1_norm_vjp=shipped.l1_norm_vjp)
    assert measured(KERNELS["l1_norm"], package, "float32")["l1_norm"].worst > 20


def test_each_axis_is_long_once_and_rows_are_many_where_they_are_summed() -> None:
    assert [c["n"] for c in cases(KERNELS["softmax"])] == [1024, 50257]
    assert {max(c.values()) for c in cases(KERNELS["linear"])} == {1024, 65536}
    assert max(c[BATCH] for c in cases(KERNELS["layer_norm"])) == 65536
    assert any(c["n"] == c["m"] == 1024 for c in cases(KERNELS["convolve"]))


@pytest.mark.parametrize(("n", "m"), [(4096, 4096), (4096, 64), (64, 4096), (1000, 7), (31, 513), (513, 512)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolutions_of_many_taps(n: int, m: int, dtype: str) -> None:
    """Each result beside the sum in extended precision, forward and backward."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 2, (2, n)).astype(dtype), rng.uniform(0.5, 2, m).astype(dtype)
    found = shipped.convolve(a, b)
    wanted = np.stack([np.convolve(row.astype(Wide), b.astype(Wide)) for row in a])
    assert within(found, wanted)
    g = rng.uniform(0.5, 2, found.shape).astype(dtype)
    da, db = shipped.convolve_vjp(g, a, b)
    wide = g.astype(Wide)
    assert within(da, np.stack([np.correlate(row, b.astype(Wide), "valid") for row in wide]))
    assert within(db, sum(np.correlate(row, x.astype(Wide), "valid") for row, x in zip(wide, a, strict=True)))


def within(found: np.ndarray, wanted: np.ndarray, units: float = 4) -> bool:
    unit = np.spacing(np.abs(wanted.astype(found.dtype))).astype(Wide)
    return bool((np.abs(found - wanted) <= units * unit).all())
