"""Declared sizes carried through formulas, and gradients that are worked out (SC314, SC207)."""

from __future__ import annotations

import pytest

from symcheck import check_text

DECLARED = r"Let $A, B \in \mathbb{R}^{m \times n}$, $C \in \mathbb{R}^{n \times p}$, $x \in \mathbb{R}^n$, "
DECLARED += r"$b \in \mathbb{R}^m$, $t \in \mathbb{R}$ and $S \in \mathbb{R}^{n \times n}$. "

WRONG = {
    r"$D = A B$": "A has n columns and B has m rows",
    r"$y = A b$": "A has n columns and b has m entries",
    r"$y = x A$": "x has n entries and A has m rows",
    r"$z = x^\top A^\top C$": "x^\\top A^\\top has m entries and C has n rows",
    r"$D = A + C$": "A is m by n and C is n by p",
    r"$r = x - b$": "x has n entries and b has m",
    r"$b = A^\top x$": "A^\\top has m columns and x has n entries",
    r"$x = A^{-1} b$": "an inverse is taken of a matrix with m rows and n columns",
    r"$t = \operatorname{tr}(A)$": "a trace is taken of a matrix with m rows and n columns",
    r"$w = (A A^\top)^{-1} A^\top b$": "(A A^\\top)^{-1} has m columns and A^\\top has n rows",
    r"$h = \tanh(S b)$": "S has n columns and b has m entries",
    r"$D = A \odot C$": "A is m by n and C is n by p",
    r"$b = S x$": "b has m entries and S x has n",
}
RIGHT = (
    r"$D = A C$", r"$y = A x$", r"$y = x A^\top$", r"$z = x^\top A^\top B$", r"$D = A + B$", r"$D = A + t$",
    r"$r = A x - b$", r"$x = A^\top b$", r"$G = A^\top A$", r"$w = (A^\top A)^{-1} A^\top b$",
    r"$D = A \odot B$",
    r"$x = S^{-1} A^\top b$", r"$t = x^\top S x$", r"$O = b x^\top$", r"$H = \tanh(t A C)$",
    r"$q = 2 S x / t$", r"$Y = A C + f(b) B$", r"$D = A + x$",
)  # fmt: skip


@pytest.mark.parametrize(("formula", "problem"), WRONG.items())
def test_declared_sizes_that_contradict_a_formula_are_told(formula: str, problem: str) -> None:
    (found,) = check_text(f"{DECLARED}Then {formula}.\n").findings
    assert (found.rule, found.message) == ("SC314", problem)


@pytest.mark.parametrize("formula", RIGHT)
def test_sizes_that_fit_are_left_alone(formula: str) -> None:
    assert not check_text(f"{DECLARED}Then {formula}.\n").findings


@pytest.mark.parametrize("formula", WRONG)
def test_nothing_is_said_of_sizes_that_are_not_declared(formula: str) -> None:
    assert not [f for f in check_text(f"We set {formula}.\n").findings if f.rule == "SC314"]


@pytest.mark.parametrize(
    "text",
    [
        r"Let $A \in \mathbb{R}^{m \times n}$ with $m = n$, $x \in \mathbb{R}^m$. Then $y = A x$.",
        r"Let $A \in \mathbb{R}^{m \times n}$, $B \in \mathbb{R}^{m \times p}$. Is $AB$ defined?",
        r"Let $A \in \mathbb{R}^{m \times n}$, $A \in \mathbb{R}^{p \times m}$; $x \in \mathbb{R}^m$, $y=Ax$",
        r"Let $A \in \mathbb{R}^{n \times d}$, $x \in \mathbb{R}^{512}$. Then $y = A x$.",
        r"Let $A \in \mathbb{R}^{n \times 1}$, $B \in \mathbb{R}^{n \times d}$. Then $C = A + B$.",
    ],
)
def test_what_may_be_meant_otherwise_is_left_alone(text: str) -> None:
    assert not check_text(text + "\n").findings


def test_sizes_are_declared_after_a_formula_and_in_words_as_well() -> None:
    after = r"$h = \sigma(W_1 x)$ with $x \in \mathbb{R}^d$, $W_1 \in \mathbb{R}^{d \times k}$."
    words = r"For the $n \times d$ matrix $X$ we set $G = X X$."
    for text, problem in (
        (after, "W_1 has k columns and x has d entries"),
        (words, "X has d columns and X has n rows"),
    ):
        assert [f.message for f in check_text(text + "\n").findings] == [problem]


WRONG_GRADIENTS = (
    r"\nabla_x \|A x - b\|_2^2 = A^\top (A x - b)",
    r"\nabla_w \frac{1}{n} \|X w - y\|^2 = \frac{1}{n} X^\top (X w - y)",
    r"\nabla_w \frac{\lambda}{2} \|w\|^2 = 2 \lambda w",
    r"\nabla_x x^\top A x = A x",
)
RIGHT_GRADIENTS = (
    r"\nabla_x \|A x - b\|_2^2 = 2 A^\top (A x - b)",
    r"\nabla_x \|A x - b\|_2^2 = 2 (A x - b)^\top A",
    r"\nabla_w \frac{1}{n} \|X w - y\|^2 = \frac{2}{n} X^\top (X w - y)",
    r"\nabla_w \frac{\lambda}{2} \|w\|^2 = \lambda w",
    r"\nabla_x x^\top A x = (A + A^\top) x",
)


@pytest.mark.parametrize("formula", WRONG_GRADIENTS)
def test_a_gradient_that_is_worked_out_wrong_is_found(formula: str) -> None:
    (found,) = check_text(f"$${formula}$$\n").findings
    assert found.rule in ("SC204", "SC207")


@pytest.mark.parametrize("formula", RIGHT_GRADIENTS)
def test_right_gradients_are_verified(formula: str) -> None:
    (found,) = check_text(f"$${formula}$$\n").formulas
    assert found.judgement.status.value == "verified"
