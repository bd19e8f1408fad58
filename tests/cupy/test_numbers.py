"""Numbers made of scalar arguments and sizes are computed on the host, in double precision."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from codegen.cupy import harness
from codegen.cupy.harness import HostDriver
from codegen.ir import Argument, Builder, Output, Size
from codegen.passes.numbers import numbers


def test_what_arrays_meet_is_listed_and_the_rest_stays_inside() -> None:
    b = Builder("step", (Argument(name="x", axes=("*",)), Argument(name="beta"), Argument(name="lr")))
    rest = b.map("sub", b.const(1), b.load("beta"))
    root = b.map("sqrt", rest)
    over = b.map("div", root, b.add(Size("n")))
    y = b.map("mul", b.map("mul", b.load("x"), over), b.load("lr"))
    found = numbers(b.finish([Output("y", ("*",), (y,))]))
    assert found.scalars == ("beta", "lr")
    assert found.sizes == ("n",)
    assert found.results[0] == "lr"
    assert len(found.results) == 2
    assert not found.are_arguments
    given: dict[str, object] = {"np": np, "beta": 0.75, "size_n": 4.0}
    exec("\n".join(found.lines), given)
    assert given[found.results[1]] == 0.125


@pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))
def test_one_less_beta_keeps_its_digits(package: ModuleType) -> None:
    """In float32 1 - 0.9999 is off by 6e-5 of itself, 500 times the rounding of the result."""
    package.set_driver(HostDriver())
    g = np.linspace(0.5, 2, 40, dtype="f4")
    zero = np.zeros_like(g)
    beta = 0.9999
    param, _, second = package.adamw_step(zero, g, zero, zero, 1.0, 0.1, beta2=beta, weight_decay=0.0)
    exact = (1 - beta) * g.astype("f8") ** 2
    np.testing.assert_allclose(second, exact, rtol=3e-7)
    np.testing.assert_allclose(param, -0.1 * np.ones(40), rtol=1e-6)
    assert abs(np.float32(1) - np.float32(beta) - (1 - beta)) > 1e-5 * (1 - beta)
