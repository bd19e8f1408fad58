"""Products in which 0 wins over infinity."""

from __future__ import annotations

import pytest

from codegen.ir import BATCH, Argument, Builder, Map, Output, Program, Ref
from codegen.passes.vanishing import zero_wins

FLAT, ROW = (BATCH,), (BATCH, "n")


def choices(program: Program) -> list[Map]:
    nodes = [v.node for v in zero_wins(program).values]
    return [n for n in nodes if isinstance(n, Map) and n.op == "select"]


def made(build: str, *, positive: bool = False) -> Program:
    """The product that ``build`` names, of numbers x and g."""
    b = Builder("f", [Argument(name="x", axes=FLAT, positive=positive), Argument(name="g", axes=FLAT)])
    x, g = b.load("x"), b.load("g")
    decayed = b.map("exp", b.map("neg", b.map("abs", x)))
    holds = b.map("lt", b.const(0.0), x)
    forms: dict[str, Ref] = {
        "x decayed": b.map("mul", x, decayed),
        "g decayed": b.map("mul", g, decayed),
        "bounded decayed": b.map("mul", b.map("tanh", x), decayed),
        "case over x": b.map("div", b.map("mul", g, holds), x),
        "case over 1 + decayed": b.map("div", b.map("mul", g, holds), b.map("add", b.const(1.0), decayed)),
        "case": b.map("mul", g, holds),
    }
    return b.finish([Output("output", FLAT, (forms[build],))])


@pytest.mark.parametrize("build", ["x decayed", "case over x"])
def test_0_wins_where_the_other_factor_may_be_infinite(build: str) -> None:
    assert len(choices(made(build))) == 1


@pytest.mark.parametrize("build", ["g decayed", "bounded decayed", "case over 1 + decayed", "case"])
def test_other_products_stay(build: str) -> None:
    assert zero_wins(made(build)) == made(build)


def test_a_divisor_declared_positive_is_never_0() -> None:
    assert zero_wins(made("case over x", positive=True)) == made("case over x", positive=True)


def test_the_divisor_may_be_hidden_in_a_sum() -> None:
    b = Builder("f", [Argument(name="x", axes=ROW), Argument(name="bound")])
    size = b.map("sqrt", b.reduce("sum", "n", b.map("square", b.load("x"))))
    case = b.map("select", b.map("le", size, b.load("bound")), b.const(0.0), b.const(1.0))
    slope = b.map("sub", b.load("x"), b.map("div", b.load("x"), size))
    program = b.finish([Output("output", ROW, (b.map("mul", case, slope),))])
    assert len(choices(program)) == 2  # one of them was there


def weighted(build: str) -> Program:
    """The product that ``build`` names, of a weight w and a number x."""
    b = Builder(
        "f", [Argument(name="w", axes=FLAT, weight=True), Argument(name="x", axes=FLAT, positive=True)]
    )
    w, x, one = b.load("w"), b.load("x"), b.const(1.0)
    rest = b.map("sub", one, w)
    forms: dict[str, Ref] = {
        "x": b.map("mul", w, x),
        "pole": b.map("mul", rest, b.map("log", b.map("tanh", x))),
        "divisor": b.map("div", w, x),
        "case less the weight": b.map("mul", b.map("sub", b.map("lt", one, x), w), x),
        "bounded": b.map("mul", w, b.map("tanh", x)),
        "decayed": b.map("mul", rest, b.map("log1p", b.map("exp", b.map("neg", b.map("abs", x))))),
        "itself": b.map("mul", w, w),
        "2 less the weight": b.map("mul", b.map("sub", b.const(2.0), w), x),
    }
    return b.finish([Output("output", FLAT, (forms[build],))])


@pytest.mark.parametrize("build", ["x", "pole", "divisor", "case less the weight"])
def test_a_weight_of_0_wins_over_what_may_be_infinite(build: str) -> None:
    assert len(choices(weighted(build))) == 1


@pytest.mark.parametrize("build", ["bounded", "decayed", "itself", "2 less the weight"])
def test_a_weight_of_0_is_not_looked_for_where_nothing_is_infinite(build: str) -> None:
    assert zero_wins(weighted(build)) == weighted(build)


def test_what_is_no_weight_is_multiplied_as_it_is() -> None:
    b = Builder("f", [Argument(name="w", axes=FLAT), Argument(name="x", axes=FLAT)])
    program = b.finish([Output("output", FLAT, (b.map("mul", b.load("w"), b.load("x")),))])
    assert zero_wins(program) == program
