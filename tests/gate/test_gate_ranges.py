"""The Range column of a table: values outside of the interval, and intervals that are too wide."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Status
from symcheck.gate.run import check_text

TABLE = "| Function | Formula | Range |\n|---|---|---|\n| {} | ${}$ | ${}$ |\n"
SIGMOID = ("Sigmoid", r"\frac{1}{1+e^{-x}}")
TANH = ("Tanh", r"\frac{e^x - e^{-x}}{e^x + e^{-x}}")
RELU = ("ReLU", r"\max(0, x)")
COSINE = ("Cosine Similarity", r"\frac{\mathbf{a} \cdot \mathbf{b}}{\|\mathbf{a}\| \|\mathbf{b}\|}")
SOFTMAX = ("Softmax", r"\frac{e^{z_i}}{\sum_j e^{z_j}}")


@pytest.mark.parametrize(
    ("function", "interval"),
    [
        (SIGMOID, "(-1, 1)"),
        (SIGMOID, r"(0, \infty)"),
        (TANH, "(0, 1)"),
        (RELU, "[0, 1]"),
        (RELU, r"(0, \infty)"),
        (RELU, r"(-\infty, \infty)"),
        (COSINE, "[0, 1]"),
        (SOFTMAX, "[-1, 1]"),
        (("Dot Product", r"\mathbf{a} \cdot \mathbf{b}"), r"[0, \infty)"),
    ],
)
def test_a_wrong_range_is_found(function: tuple[str, str], interval: str) -> None:
    findings = check_text(TABLE.format(*function, interval)).findings
    assert [f.rule for f in findings] == ["SC209"]
    assert findings[0].counterexample


@pytest.mark.parametrize(
    ("function", "interval", "status"),
    [
        (SIGMOID, "(0, 1)", Status.MATCHED),
        (TANH, "(-1, 1)", Status.MATCHED),
        (RELU, r"[0, \infty)", Status.MATCHED),
        (RELU, r"\left[0, +\infty\right)", Status.MATCHED),
        (("SiLU", r"x \cdot \sigma(x)"), r"[-0.28, \infty)", Status.UNCHECKED),
        (SOFTMAX, "(0, 1)", Status.UNCHECKED),  # of one class it is 1
        (COSINE, "[-1, 1]", Status.UNCHECKED),
        (COSINE, r"[-1.0, 1.0]", Status.UNCHECKED),
        (SIGMOID, r"(\text{low}, \text{high})", Status.UNCHECKED),
    ],
)
def test_a_right_range_is_not_flagged(function: tuple[str, str], interval: str, status: Status) -> None:
    report = check_text(TABLE.format(*function, interval))
    assert not report.findings
    assert report.formulas[-1].judgement.status is status
