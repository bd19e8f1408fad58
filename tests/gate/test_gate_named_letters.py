"""``Let sigma be the softplus``: what words make of a letter goes before convention."""

from __future__ import annotations

import pytest

from symcheck import check_text
from symcheck.gate.context import named_functions
from symcheck.gate.model import Status


@pytest.mark.parametrize(
    ("text", "definition"),
    [
        (r"Let $\sigma$ be the softplus.", r"\sigma(x) = \log(1 + e^{x})"),
        (r"where $\phi$ is the hyperbolic tangent", r"\phi(x) = \tanh(x)"),
        (r"and $g(z)$ denotes the sigmoid function", r"g(x) = \frac{1}{1 + e^{-x}}"),
    ],
)
def test_a_function_that_is_called_by_its_name_is_defined(text: str, definition: str) -> None:
    assert named_functions(text) == (definition,)


@pytest.mark.parametrize("text", [r"$\sigma$ is the standard deviation", r"$x$ is the input", "the sigmoid"])
def test_other_words_define_nothing(text: str) -> None:
    assert named_functions(text) == ()


@pytest.mark.parametrize(
    "introduction",
    [r"Let $\sigma$ be the softplus", r"Let $\sigma(x) = \log(1 + e^x)$", r"Let $\sigma$ be tanh"],
)
def test_what_holds_of_the_logistic_function_is_not_said_of_another(introduction: str) -> None:
    report = check_text(f"{introduction}. Then $\\sigma'(x) = \\sigma(x) (1 - \\sigma(x))$.\n")
    assert report.formulas[-1].judgement.status is Status.UNCHECKED


def test_what_holds_of_the_normal_density_is_not_asked_of_another() -> None:
    text = r"where $\phi$ is the hyperbolic tangent, so that $\phi'(z) = 1 - \phi(z)^2$."
    assert not check_text(text + "\n").findings


@pytest.mark.parametrize("introduction", [r"Let $\sigma$ be the sigmoid", r"We write $\sigma$ for it"])
def test_the_logistic_function_keeps_its_letter(introduction: str) -> None:
    said = f"{introduction}. Then $\\sigma'(x) = \\sigma(x) (1 %s \\sigma(x))$.\n"
    assert check_text(said % "-").formulas[-1].judgement.status in (Status.VERIFIED, Status.MATCHED)
    assert [f.rule for f in check_text(said % "+").findings] == ["SC201"]


@pytest.mark.parametrize(
    ("law", "wrong", "counterexample"),
    [
        ("Bernoulli(p)", "p (p - 1)", "p = 1/2: -1/4 ≠ 1/4"),
        (r"Student's t($\nu$)", r"\frac{\nu}{\nu - 1}", "nu = 5/2: 5/3 ≠ 5"),
    ],
)
def test_parameters_of_a_counterexample_are_those_that_the_law_can_have(
    law: str, wrong: str, counterexample: str
) -> None:
    (found,) = check_text(f"| Distribution | Variance |\n|---|---|\n| {law} | ${wrong}$ |\n").findings
    assert (found.rule, found.counterexample) == ("SC206", counterexample)
