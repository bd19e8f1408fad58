"""Faults planted in right formulas are named; the right formulas are silent."""

from __future__ import annotations

import pytest

from symcheck.latex import Context, Declaration, ProblemKind, interpret, parse

RIGHT = [
    r"y_i = \sum_j A_{ij} x_j",
    r"s_i = \frac{e^{z_i}}{\sum_{j=1}^n e^{z_j}}",
    r"\hat{x}_i = \frac{x_i - \mu}{\sigma}",
    r"p_i = \frac{1}{n}",
    r"L = \sum_i \sum_j w_{ij} x_i x_j",
    r"\frac{\sum_{j=1}^k \lambda_j}{\sum_{j=1}^d \lambda_j}",
    r"J_{ij} = \delta_{ij}",
    r"\mathbf{y} = A\mathbf{x} + \mathbf{b}",
    r"\text{Var}(X) = E[X^2] - (E[X])^2",
    r"\sum_i x_i + \sum_i y_i",
]


@pytest.mark.parametrize("latex", RIGHT)
def test_silent(latex: str) -> None:
    assert not [p for p in interpret(parse(latex)).problems if p.sure]


PLANTED = [
    # (formula, kind, sure, part of the text that the span must hold)
    (r"y_i = \sum_j A_{ij} x_j + b_k", ProblemKind.FREE_INDEX, False, "b_k"),
    (r"y_i = z_j", ProblemKind.FREE_INDEX, True, "z_j"),
    (r"s_i = \frac{e^{z_k}}{\sum_{j=1}^n e^{z_j}}", ProblemKind.FREE_INDEX, True, "z_k"),
    (r"L = \sum_i \sum_i w_i", ProblemKind.REBOUND_INDEX, True, r"\sum_i w_i"),
    (r"s_i = \frac{e^{z_i}}{\sum_{j=1}^n e^{z_i}}", ProblemKind.UNUSED_INDEX, True, r"\sum_{j=1}^n e^{z_i}"),
    (r"L = \sum_{i=1}^n y_i + x_i", ProblemKind.ESCAPED_INDEX, False, "x_i"),
]


@pytest.mark.parametrize(("latex", "kind", "sure", "part"), PLANTED)
def test_planted_fault_is_named(latex: str, kind: ProblemKind, sure: bool, part: str) -> None:
    problems = [p for p in interpret(parse(latex)).problems if p.kind is kind]
    assert problems, latex
    assert problems[0].sure is sure
    assert part in latex[problems[0].span.start : problems[0].span.end]


def test_declared_shapes_that_do_not_fit() -> None:
    shapes = {"W": Declaration.tensor("m", "n"), "x": Declaration.tensor("m")}
    reading = interpret(parse(r"y = W x"), Context(symbols=shapes))
    assert [(p.kind, p.sure) for p in reading.problems] == [(ProblemKind.SHAPE, True)]
    assert reading.not_read is not None
    right = {"W": Declaration.tensor("m", "n"), "x": Declaration.tensor("n")}
    assert not interpret(parse(r"y = W x"), Context(symbols=right)).problems


def test_columns_and_rows_mixed() -> None:
    mixed = r"\text{SwiGLU}(x) = (\text{SiLU}(W_1 x) \odot W_3 x) \cdot W_2"
    problems = interpret(parse(mixed)).problems
    assert [p.kind for p in problems] == [ProblemKind.SHAPE]
    assert not interpret(parse(r"\text{FFN}(x) = W_2 \cdot \text{GELU}(W_1 x + b_1) + b_2")).problems
