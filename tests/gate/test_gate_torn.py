"""Jumps in functions that are named as continuous."""

from __future__ import annotations

import pytest

from symcheck import check_text


def codes(words: str, rows: str) -> list[str]:
    text = f"{words}\n\n$$\nf(x) = \\begin{{cases}} {rows} \\end{{cases}}\n$$\n"
    return [f.rule for f in check_text(text).findings if f.severity.value == "error"]


TORN = (
    ("The CELU is", r"x & x > 0 \\ \alpha e^{x/\alpha} & x \leq 0"),
    ("The Huber loss is", r"\frac{1}{2} x^2 & |x| < c \\ c |x| & \text{otherwise}"),
    ("The soft-thresholding operator is", r"x - t & x > t \\ 0 & |x| \leq t \\ x - t & x < -t"),
    ("The hard sigmoid is", r"0 & x \le -3 \\ 1 & x \ge 3 \\ x/6 & \text{otherwise}"),
    ("This function is continuous everywhere:", r"x^2 & x < 2 \\ 3x & x \ge 2"),
)
WHOLE = (
    ("The CELU is", r"x & x > 0 \\ \alpha (e^{x/\alpha} - 1) & x \leq 0"),
    ("The Huber loss is", r"\frac{1}{2} x^2 & |x| < c \\ c |x| - \frac{1}{2} c^2 & \text{otherwise}"),
    ("The soft-thresholding operator is", r"x - t & x > t \\ 0 & |x| \leq t \\ x + t & x < -t"),
    ("The derivative of the Huber loss is", r"x & |x| < c \\ c & \text{otherwise}"),
    ("The hard-thresholding operator, unlike soft thresholding, is", r"x & |x| > t \\ 0 & |x| \leq t"),
    ("A step is", r"x^2 & x < 2 \\ 3x & x \ge 2"),
)


@pytest.mark.parametrize(("words", "rows"), TORN)
def test_a_jump_in_a_continuous_function_is_an_error(words: str, rows: str) -> None:
    assert "SC403" in codes(words, rows)


@pytest.mark.parametrize(("words", "rows"), WHOLE)
def test_other_functions_may_jump(words: str, rows: str) -> None:
    assert not codes(words, rows)


SIZES = (
    r"Let $A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$ and $b \in \mathbb{R}^{SIZE}$. We minimise "
)


@pytest.mark.parametrize("norm", [r"$\|A x - b\|_2^2$.", r"$\frac{1}{2} \|b - A x\|^2 + \lambda \|x\|_1$."])
def test_sizes_have_to_fit_inside_a_norm(norm: str) -> None:
    assert [f.rule for f in check_text(SIZES.replace("SIZE", "n") + norm).findings] == ["SC314"]
    assert not check_text(SIZES.replace("SIZE", "m") + norm).findings
