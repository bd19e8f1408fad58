"""Sums over two axes are exchanged where the other inner sum is there already, and nowhere else."""

from __future__ import annotations

from codegen.ir import BATCH, Argument, Builder, Output, Program
from codegen.passes.exchange import exchanged


def program(*, there: bool, weight: tuple[str, ...] = (BATCH, "n", "m")) -> Program:
    """sum over e of g (sum over m of a b), beside the sum over e of b g if ``there``."""
    b = Builder(
        "f",
        [
            Argument(name="a", axes=weight),
            Argument(name="b", axes=(BATCH, "m", "e")),
            Argument(name="g", axes=(BATCH, "n", "e")),
        ],
    )
    inner = b.reduce("sum", "m", b.map("mul", b.load("a"), b.load("b")))
    double = b.reduce("sum", "e", b.map("mul", inner, b.load("g")))
    outputs = [Output("double", (BATCH, "n"), (double,))]
    if there:
        other = b.reduce("sum", "e", b.map("mul", b.load("b"), b.load("g")))
        outputs.append(Output("other", (BATCH, "n", "m"), (other,)))
    return b.finish(outputs)


def test_the_sum_that_is_there_is_used() -> None:
    text = str(exchanged(program(there=True)))
    assert text.count("reduce sum over e") == 1
    assert text.count("reduce sum over m") == 1
    assert "double = v6" in text and "other = v4" in text, text


def test_nothing_is_exchanged_for_nothing() -> None:
    given = program(there=False)
    assert exchanged(given).values == given.values


def test_a_weight_along_both_axes_stays_inside() -> None:
    given = program(there=True, weight=(BATCH, "n", "m", "e"))
    assert exchanged(given).values == given.values
