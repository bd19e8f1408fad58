"""Statements of textbooks, each once wrong and once right: no right reading is flagged, and of the wrong ones
most are found."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import statements

from symcheck import check_text


@cache
def score() -> statements.Score:
    return statements.measured()


def test_no_right_statement_is_flagged() -> None:
    assert len(score().tried) > 20 and sum(score().tried.values()) > 180
    assert not score().alarms


LEAST = 0.6  # of the wrong statements, in either half


def test_most_wrong_statements_are_found() -> None:
    for half in statements.HALVES:
        found, tried = score().share(half)
        assert tried > 80 and found / tried >= LEAST


# members of the classes other than those of the list
TURNED = (
    r"|x^\top y| \geq \|x\|_2 \|y\|_2", r"\|u + w\|_2 \geq \|u\|_2 + \|w\|_2",
    r"P(A \cup B) \geq P(A) + P(B)", r"\|AB\|_F \geq \|A\|_F \|B\|_F", r"D(q \| p) \leq 0",
    r"\min_x \max_y g(x, y) \leq \max_y \min_x g(x, y)",
)  # fmt: skip
OTHER_SLIPS = (
    r"\mathbb{E}[X - Y] = \mathbb{E}[X] + \mathbb{E}[Y]",
    r"\operatorname{Cov}(aX, bY) = a \operatorname{Cov}(X, Y)",
    r"\operatorname{tr}(PQR) = \operatorname{tr}(QPR)", r"(ABC)^\top = A^\top B^\top C^\top",
    r"\|v\|_\infty = \sum_i |v_i|", r"\|M\|_F^2 = \operatorname{tr}(M M)",
    r"u \cdot w = \|u\| \|w\| \sin\theta",
    r"I(U; V) = H(U) + H(U \mid V)", r"\nabla_w w^\top B w = (B - B^\top) w",
    r"\sum_{i=1}^m i^2 = \frac{m(m-1)(2m+1)}{6}",
    r"\Gamma(z + 1) = \frac{\Gamma(z)}{z}",
    r"\log \prod_{j=1}^m q_j = \prod_{j=1}^m \log q_j",
)  # fmt: skip
RIGHT = (
    r"\|x + y\| \geq \|x\| - \|y\|", r"P(A \cup B) \geq P(A) + P(B) - 1",
    r"\langle u, v \rangle = \|u\| \|v\|",
    r"\|v - w\|^2 = \|v\|^2 - \|w\|^2", r"(cf)' = c f'", r"p_\theta(x, z) = p_\theta(x \mid z) p(z)",
    r"\det(I + K) = \prod_i (1 + \lambda_i)", r"\operatorname{tr}(\log A) = \sum_i \log \lambda_i",
    r"H(P, Q) \geq H(P)", r"\|f\|_\infty = \sup_x |f(x)|",
    r"\operatorname{Cov}(AX, BY) = A \operatorname{Cov}(X, Y) B^\top",
    r"\|\mathbf{x}\|_2^2 = \sum_{i=1}^d X_i^2", r"\|X\|_F = \sqrt{\sum_{i,j} x_{ij}^2}",
    r"E[(y - f)^2] = \sigma^2 + b^2 + v", r"\operatorname{matexp}(A) = \sum_{k=0}^\infty \frac{A^k}{k!}",
    r"f_X(x) = \int f(x, y) \, dy", r"P(A \mid B) = \frac{P(B, A)}{P(B)}", r"\|x\| < \|y\|",
)  # fmt: skip


@pytest.mark.parametrize("formula", TURNED)
def test_a_turned_inequality_is_found(formula: str) -> None:
    (found,) = check_text(f"$${formula}$$\n").findings
    assert found.rule == "SC204" and found.message.endswith("the inequality is turned")


@pytest.mark.parametrize("formula", OTHER_SLIPS)
def test_a_slip_beside_a_telling_side_is_found(formula: str) -> None:
    assert check_text(f"$${formula}$$\n").findings


@pytest.mark.parametrize("formula", RIGHT)
def test_what_only_looks_like_a_rule_is_left_alone(formula: str) -> None:
    assert not check_text(f"$${formula}$$\n").findings


def test_what_is_asked_is_not_claimed() -> None:
    assert not check_text(
        "Is $\\mathrm{tr}(ABC) = \\mathrm{tr}(BAC)$ in general? Prove it or not.\n"
    ).findings
    assert check_text("We have $\\mathrm{tr}(ABC) = \\mathrm{tr}(BAC)$ in general.\n").findings
