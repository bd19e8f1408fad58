"""A formula that comes to the same as the definition is the definition, however it is written."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Severity
from symcheck.gate.near import State
from symcheck.gate.run import check_text
from symcheck.gate.shape import Shape, shape_of
from symcheck.gate.values import same_value
from symcheck.latex import parse


def shape(latex: str) -> Shape:
    return shape_of(parse(latex).statements[0].sides[-1])


@pytest.mark.parametrize(
    ("known", "page", "same"),
    [
        (r"\frac{\sqrt{2}}{s \sqrt{\pi}} e^{-x^2}", r"\sqrt{\frac{2}{\pi s^2}} \exp(-x^2)", True),
        (r"x^{k/2 - 1} e^{-x/2}", r"x^{(k - 2)/2} e^{-x/2}", True),
        (r"\Gamma(a + 1) F(x)", r"F(x) \Gamma(1 + a)", True),
        (r"\Gamma(a + 1) F(x)", r"F(x) \Gamma(a)", False),
        (r"a + F(x)", r"a + F(y)", False),
        (r"\log(-1 - a^2)", r"\log(-1 - a^2)", False),  # nowhere defined: nothing was compared
    ],
)
def test_values_are_compared(known: str, page: str, same: bool) -> None:
    assert same_value(shape(known), shape(page), State()) is same


def test_letters_of_the_definition_stand_for_those_of_the_page() -> None:
    state = State((("k", Shape("sym", "nu")),))
    assert same_value(shape(r"x^{k/2 - 1}"), shape(r"x^{(\nu - 2)/2}"), state)
    assert not same_value(shape(r"x^{k/2 - 1}"), shape(r"x^{(\nu - 1)/2}"), state)


DENSITY = (
    "The density of the **ChiSquared** distribution:\n\n"
    "$$f(x) = \\frac{%s e^{-x/2}}{2^{n/2} \\Gamma(n/2)}$$\n"
)


@pytest.mark.parametrize(
    ("power", "wrong"),
    [("x^{(n - 2)/2}", False), ("x^{n/2 - 1}", False), ("x^{n/2 + 1}", True)],
)
def test_what_is_equal_is_not_convicted(power: str, wrong: bool) -> None:
    report = check_text(DENSITY % power)
    assert bool([f for f in report.findings if f.severity is Severity.ERROR]) is wrong


QUIET = [
    # what follows is another criterion than the one beside it
    "The AIC and others:\n\n$$\\begin{aligned} AIC &= -2 \\log L + 2 k \\\\ "
    "HQIC &= -2 \\log L + 2 k \\log \\log n \\end{aligned}$$\n",
    # the joint law in either order
    "The conditional probability is\n\n$$f(y | x) = \\frac{f(x, y)}{f(x)}$$\n",
    # no words name it, and another form of the same thing is met to the letter
    "For counts:\n\n$$\\exp(-\\lambda) \\sum_{i=0}^{y} \\frac{\\lambda^i}{i!}$$\n",
    # a width in other units
    "The **periodic kernel**:\n\n"
    "$$k(x, y) = \\exp\\left(-\\frac{\\sin^2(\\pi |x - y| / T)}{2 l^2}\\right)$$\n",
]


@pytest.mark.parametrize("text", QUIET)
def test_conventions_are_left_alone(text: str) -> None:
    assert [f for f in check_text(text).findings if f.severity is Severity.ERROR] == []
