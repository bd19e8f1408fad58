"""Lowering from index notation: axes, literal axes, integers, and what is refused."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import exp

from codegen.ir import BATCH, Gather, Kind, OneHot, Size
from codegen.lower import LoweringError, lower
from formulas.language import delta, dim, index, natural, real, tensor, total
from formulas.schema import Input, Kernel

n, h = dim("n"), dim("h")
i, j, k, t = index("i j k t")
x, A = tensor("x", n), tensor("A", n, n)


def kernel(output: sp.Expr, *inputs: Input, axes: tuple[sp.Symbol, ...] = ()) -> Kernel:
    return Kernel(name="f", output=output, axes=axes, inputs=inputs)


X = Input(symbol=x, name="x")


def test_dummies_over_one_size_share_an_axis() -> None:
    program = lower(kernel(exp(x[i]) / total(exp(x[k]), (k, n)), X, axes=(i,)))
    assert program.row_axes == ("n",)
    assert len([v for v in program.values if "exp" in str(v.node)]) == 1


def test_two_indices_over_one_size_are_two_axes() -> None:
    program = lower(kernel(total(x[i] * x[j] ** 2 * exp(x[i] * x[j]), (j, n)), X, axes=(i,)))
    assert {a for v in program.values for a in v.axes} == {BATCH, "n", "n'"}
    assert program.outputs[0].axes == (BATCH, "n")


def test_a_class_label_is_gathered() -> None:
    program = lower(kernel(x[t], X, Input(symbol=t, name="t", role="integer")))
    assert isinstance(program.values[-1].node, Gather)
    assert program.argument("t").kind is Kind.INTEGER
    assert program.values[-1].axes == (BATCH,)


def test_a_delta_with_a_label_is_a_onehot() -> None:
    program = lower(kernel(x[i] * delta(i, t), X, Input(symbol=t, name="t", role="integer"), axes=(i,)))
    assert any(isinstance(v.node, OneHot) for v in program.values)


def test_literal_axes_are_unrolled() -> None:
    p, c = tensor("p", h, 2), index("c")[0]
    swapped = p[i, c] + delta(c, 1) * p[i, 2] + delta(c, 2) * p[i, 1]
    program = lower(kernel(swapped, Input(symbol=p, name="p"), axes=(i, c)))
    assert program.outputs[0].literal == (2,)
    assert len(program.outputs[0].values) == 2
    assert program.argument("p").literal == (2,)


def test_a_sum_without_its_index_counts_the_axis() -> None:
    s = real("s")
    summed = sp.Sum(s + 0 * x[k], (k, 1, n))
    program = lower(kernel(summed + total(x[k], (k, n)), X, Input(symbol=s, name="s", role="scalar")))
    assert any(isinstance(v.node, Size) for v in program.values)


def test_a_weight_has_no_batch_axis() -> None:
    program = lower(kernel(x[i], Input(symbol=x, name="weight", shared=True), axes=(i,)))
    assert program.argument("weight").axes == ("n",)


def test_an_axis_of_unknown_size_is_refused() -> None:
    p, c = tensor("p", h, 2), index("c")[0]
    with pytest.raises(LoweringError, match="over what axis c runs"):
        lower(kernel(p[i, 2], Input(symbol=p, name="p"), axes=(i, c)))
    known = lower(kernel(delta(c, 1) * p[i, 2], Input(symbol=p, name="p"), axes=(i, c)))
    assert known.outputs[0].literal == (1,)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (sp.besselj(0, real("x")), "no lowering for besselj"),
        (sp.Piecewise((real("x"), real("x") > 0)), "not defined everywhere"),
    ],
)
def test_what_has_no_place_is_named(output: sp.Expr, message: str) -> None:
    with pytest.raises(LoweringError, match=message):
        lower(kernel(output, Input(symbol=real("x"), name="x")))


def test_powers_are_products() -> None:
    u = real("u")
    text = str(
        lower(
            kernel(
                u**3 + 1 / u**2 + natural("m"),
                Input(symbol=u, name="u"),
                Input(symbol=natural("m"), name="m", role="integer"),
            )
        )
    )
    assert "pow" not in text
    assert "square" in text
