"""What is known of the size of values holds for all numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codegen.ir import Argument, Builder, Output
from codegen.ranges import Ranges

FLOATS = st.floats(width=32)


def divisors() -> tuple[Ranges, dict[str, int]]:
    """A program with divisors of every sort, and where they are."""
    b = Builder("divisors", (Argument(name="x", axes=("*", "n")),))
    x = b.load("x")
    top = b.map("finite_or_zero", b.reduce("max", "n", x))
    sizes = b.map("exp", b.map("sub", x, top))
    places = {
        "exponentials": b.reduce("sum", "n", sizes),
        "root": b.map("sqrt", b.reduce("sum", "n", b.map("square", x))),
        "one and more": b.map("add", b.const(1.0), sizes),
        "exponentials of negatives": b.reduce("sum", "n", b.map("exp", b.map("neg", b.map("abs", x)))),
        "argument": x,
        "sum": b.reduce("sum", "n", x),
        "exponential": b.map("exp", x),
        "exponentials of another": b.reduce("sum", "n", b.map("exp", b.map("sub", b.map("abs", x), top))),
        "product of roots": b.map("mul", b.map("sqrt", x), b.map("sqrt", x)),
    }
    outputs = [Output(f"o{k}", b.axes(v), (v,)) for k, v in enumerate(places.values())]
    return Ranges(b.finish(outputs)), places


@pytest.mark.parametrize("name", ["exponentials", "root", "one and more"])
def test_by_these_a_row_may_be_multiplied_inverted(name: str) -> None:
    ranges, places = divisors()
    assert places[name] in ranges.invertible


@pytest.mark.parametrize(
    "name",
    [
        "exponentials of negatives",
        "argument",
        "sum",
        "exponential",
        "exponentials of another",
        "product of roots",
    ],
)
def test_by_these_it_may_not(name: str) -> None:
    ranges, places = divisors()
    assert places[name] not in ranges.invertible


@given(x=st.lists(FLOATS, min_size=1, max_size=5))
@example(x=[np.inf, -np.inf])
@example(x=[-np.inf])
@example(x=[3.4028234663852886e38, -3.4028234663852886e38])
@example(x=[1e-45])
@example(x=[100.0])
def test_their_inverses_are_normal_numbers(x: list[float]) -> None:
    """Or the divisor is 0, infinite or NaN, and a quotient is what the product is."""
    ranges, places = divisors()
    by_place = dict(zip(places.values(), computed(x), strict=True))
    assert ranges.invertible & by_place.keys()
    for place in ranges.invertible & by_place.keys():
        for divisor in np.atleast_1d(by_place[place]):
            if np.isfinite(divisor) and divisor != 0:
                inverse = np.float32(1) / divisor
                assert np.finfo("f4").tiny <= inverse <= np.finfo("f4").max, (places, place, divisor)


def computed(x: list[float]) -> list[np.ndarray]:
    """What the program of ``divisors`` gives for a row in float32, result by result."""
    row = np.asarray(x, "f4")
    with np.errstate(all="ignore"):
        top = row.max() if np.isfinite(row.max()) else np.float32(0)
        sizes, root = np.exp(row - top), np.sqrt(row)
        found = [
            sizes.sum(), np.sqrt(np.square(row).sum()), 1 + sizes, np.exp(-np.abs(row)).sum(), row, row.sum(),
            np.exp(row), np.exp(np.abs(row) - top).sum(), root * root,
        ]  # fmt: skip
    return [np.asarray(value) for value in found]
