"""No result is missed that is within the range, but for those that are listed."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.cupy import harness
from codegen.extremes import package_of
from codegen.overflows import EXCEPTIONS, SUBNORMAL, misses, reason_for
from formulas.schema import Kernel


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_missed_is_listed(dtype: str, kernels: dict[str, Kernel]) -> None:
    targets = ["numpy"]
    if dtype == "float32":
        targets += ["c", *(["cupy"] if harness.missing() is None else [])]
    packages = {t: package_of(t) for t in targets}
    assert len(kernels) > 80
    every = [m for k in kernels.values() for m in misses(k, packages, dtype)]
    assert all("1e-38" in m.scaled for m in every if reason_for(m, dtype) == SUBNORMAL)
    found = {(m.target, dtype, m.function) for m in every}
    assert found == {key for key in EXCEPTIONS if key[0] in targets and key[1] == dtype}


LARGE = ((1e19,) * 4, (1e19,) * 4)
CALLS = (
    ("scaled_dot_product_attention", (LARGE, LARGE, ((1.0,) * 4, (1.0,) * 4)), 1.0),
    ("adam_step", ((1.0,), (1e20,), (0.0,), (0.0,), 1, 0.1), 0.9),
    ("gcn_layer", (((3e38,) * 2,) * 2, ((1.0,) * 2,) * 2, ((1.0,) * 2,) * 2), 2.0),
    ("nll_loss", ((1e38,) * 4,), -1e38),
    ("l1_loss", ((3e38,) * 4, (0.0,) * 4), 3e38),
    ("covariance", ((1.5e19, -1.5e19), (1.5e19, -1.5e19)), 2.25e38),
    ("dot", ((3e19, 3e19), (3e19, -3e19)), 0.0),
    ("softmax_temperature", ((1e38, 1e38), 0.01), 0.5),
    ("gaussian_log_prob", ((3e38,), (-3e38,), (1e38,)), -106.418),
)


@pytest.mark.parametrize(("function", "given", "true"), CALLS, ids=[c[0] for c in CALLS])
def test_calls_that_overflow_midway(function: str, given: tuple[Any, ...], true: float) -> None:
    arguments = [np.asarray(a, np.float32) if isinstance(a, tuple) else a for a in given]
    found = getattr(shipped, function)(*arguments)
    first = np.asarray(found[0] if isinstance(found, tuple) else found)
    np.testing.assert_allclose(first, np.float32(true), rtol=1e-5)


def test_a_double_product_is_no_wider_than_its_results() -> None:
    with np.errstate(all="raise"):
        found = shipped.dot(np.full(2, 3e19, np.float32), np.full(2, 3e19, np.float32))
    assert found == np.inf


def softmax_as_printed(logits: Any) -> Any:
    e = np.exp(logits)
    return e / e.sum()


@pytest.mark.parametrize(
    ("broken", "found"),
    [(softmax_as_printed, np.isnan), (np.zeros_like, lambda x: x == 0)],
)
def test_what_is_missed_is_seen(
    broken: Callable[..., Any], found: Callable[[float], bool], kernels: dict[str, Kernel]
) -> None:
    package = SimpleNamespace(softmax=broken, softmax_vjp=shipped.softmax_vjp)
    seen = list(misses(kernels["softmax"], {"numpy": package}, "float32"))
    assert {m.function for m in seen} == {"softmax"}
    assert any(found(m.found) for m in seen)
