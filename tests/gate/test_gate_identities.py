"""Identities of textbooks with one slip in them, where their left side says which was meant."""

from __future__ import annotations

import pytest

from symcheck import check_text

WRONG = {
    r"(AB)^\top = A^\top B^\top": "two matrices stand in the wrong order",
    r"(XW)^{-1} = X^{-1} W^{-1}": "two matrices stand in the wrong order",
    r"(AB)^\top = B A^\top": "a function or an exponent is missing",
    r"\det(c A) = c \det(A)": "a function or an exponent is missing",
    r"\operatorname{Var}(a X) = a \operatorname{Var}(X)": "a function or an exponent is missing",
    r"\operatorname{Var}(w Y + c) = w^2 \operatorname{Var}(Y) + c": "a term is too much",
    r"\mathbb{E}[a X + b] = a \mathbb{E}[X]": "a term is missing",
    r"\sum_{k=0}^\infty \gamma^k = \frac{1}{1+\gamma}": "a sign is turned",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 0": "one thing stands in the place of another",
    r"\ln(1 + t) = t - \frac{t^2}{2} + \frac{t^3}{6} - \cdots": "one thing stands in the place of another",
    r"\sin x = x + \frac{x^3}{3!} + \frac{x^5}{5!} - \cdots": "a sign is turned",
    r"\log(1 - y) = \sum_{k=1}^\infty \frac{y^k}{k}": "a sign is turned",
    r"e^{i\theta} = \cos\theta - i \sin\theta": "a sign is turned",
    r"\frac{d}{du} \arctan u = \frac{1}{1 - u^2}": "a sign is turned",
    r"(\arcsin x)' = \frac{1}{\sqrt{1 + x^2}}": "a sign is turned",
    r"\log_b a = \frac{\log b}{\log a}": "something stands on the wrong side of a fraction line",
}
RIGHT = (
    r"(XW)^\top = W^\top X^\top", r"(A^\top A)^\top = A^\top A", r"(PQ)^{-1} = Q^\top P^\top",
    r"(AB)^\top = AB",
    r"(ab)^{-1} = a^{-1} b^{-1}", r"(A + B)^\top = A^\top + B^\top", r"(AA)^{-1} = A^{-2}", r"(AB)^\top = C",
    r"\det(c A) = c^2 \det(A)", r"\det(2A) = 8 \det(A)", r"\det(-A) = (-1)^n \det(A)",
    r"\det(A^{-1}) = \det(A)^{-1}", r"\operatorname{Var}(a X) = a^2 \sigma^2",
    r"\operatorname{Var}(2 X + 1) = 4 \operatorname{Var}(X)",
    r"\operatorname{Var}(A X) = A \operatorname{Var}(X) A^\top",
    r"\mathbb{E}[a X + b] = a \mu + b", r"\mathbb{E}[2 X + 3] = 2 \cdot 5 + 3",
    r"\mathbb{E}[a X + Y] = a \mathbb{E}[X] + \mathbb{E}[Y]", r"\sum_{n=0}^\infty (-x)^n = \frac{1}{1+x}",
    r"\sum_{n=0}^\infty (1/2)^n = 2", r"\lim_{x \to 0} \frac{\sin x}{x} = \lim_{x \to 0} \cos x",
    r"(\alpha A)^{-1} = \frac{1}{\alpha} A^{-1}", r"\det(\alpha I) = \alpha^n", r"(x A)^\top = A^\top x^\top",
    r"\nabla_\Sigma \log \det(\Sigma) = \Sigma^{-1}", r"e^{-ix} = \cos x - i \sin x",
    r"\ln(1+x) = x - \frac{x^2}{2} + \frac{x^3}{3} - \frac{x^4}{4} + \cdots",
    r"\ln(1+x) = x - \frac{x^2}{2} + O(x^3)", r"\sin x = x - \frac{x^3}{6} + \cdots", r"\sin x = 0",
    r"\log(1-x) = -\sum_{k=1}^\infty \frac{x^k}{k}", r"\log_2 n = \frac{\ln n}{\ln 2}", r"\log_b a = x",
    r"\arctan x = x - \frac{x^3}{3} + \frac{x^5}{5} - \frac{x^7}{7} + \cdots",
    r"\log(1+x) = \sum_{n=0}^\infty \frac{(-1)^n}{n+1} x^{n+1}",
)  # fmt: skip


@pytest.mark.parametrize(("formula", "slip"), WRONG.items())
def test_a_slip_is_found_without_any_words(formula: str, slip: str) -> None:
    (found,) = check_text(f"$${formula}$$\n").findings
    assert found.rule == "SC204" and found.message.endswith(slip)


@pytest.mark.parametrize("formula", RIGHT)
def test_what_may_be_right_is_left_alone(formula: str) -> None:
    assert not check_text(f"$${formula}$$\n").findings
