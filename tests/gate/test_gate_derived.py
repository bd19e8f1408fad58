"""Derivatives of what the text defines just before them."""

from __future__ import annotations

import pytest

from symcheck import check_text

WRONG = (
    "The cost is $C(w) = (wx - t)^2$, so $C'(w) = 2(wx - t)t$.\n",
    "Put $h(u) = u \\ln u$. Then\n\n$$\nh'(u) = \\ln u + u\n$$\n",
    "Let $g(x, y) = x y^2$. Hence $\\frac{\\partial g}{\\partial y} = x y$.\n",
    "Let $a = \\tanh(z)$ and $z = wx + b$. Then $\\frac{\\partial a}{\\partial w} = (1 - a^2) w$.\n",
    "With $R(m) = \\sum_{i=1}^n (x_i - m)^2$ we get $R'(m) = \\sum_{i=1}^n (x_i - m)$.\n",
)
RIGHT = (
    "The cost is $C(w) = (wx - t)^2$, so $C'(w) = 2(wx - t)x$.\n",
    "Let $a = \\tanh(z)$ and $z = wx + b$. Then $\\frac{\\partial a}{\\partial w} = (1 - a^2) x$.\n",
    # an equation that is to be solved, and one that the words pose
    "The cost is $C(w) = (w - t)^2$. At the minimum $C'(w) = 0$.\n",
    "Let $f(x) = x^2$. We look for the points where $f'(x) = x^3$.\n",
    # of two functions of one name, of one that is not there, and of what is not said
    "First $f(x) = x^2$, then $f(x) = x^3$. We have $f'(x) = x^2$.\n",
    "Let $f(x) = x^2$. We have $g'(x) = x^3$.\n",
    "Let $L(w) = (y - a)^2 + \\lambda w^2$. Then $\\frac{dL}{dw} = 2 (a - y) x + 2 \\lambda w$.\n",
    "Let $f(x) = h(x)^2$. Then $f'(x) = h(x)$.\n",
)


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_derivative_of_what_was_defined_is_found(text: str) -> None:
    (found,) = check_text(text).findings
    assert found.rule == "SC201" and found.counterexample


@pytest.mark.parametrize("text", RIGHT)
def test_nothing_else_is_said_to_be_wrong(text: str) -> None:
    assert not check_text(text).findings
