"""An equation that the words pose, to be solved or supposed, is no wrong identity; one that they state is."""

from __future__ import annotations

import pytest

from symcheck.gate.run import check_text

WRONG = r"$\sin(2x) = 2 \sin(x) \sin(x)$"
POSED = [
    "We solve the equation {} numerically.",
    "The curves meet where {} holds.",
    "Find the solution of {} in the interval.",
    "The fixed point satisfies {}.",
    "At the optimum we need {}.",
    "Taking logarithms reduces the equation to {}.",
    "A critical point is where {}.",
    "When does {} hold?",
    "Suppose for contradiction that {} for all $x$.",
    "If {}, then the series ends.",
    "Here {} only if $x$ is a multiple of $\\pi$.",
    "The equation {} has two solutions.",
    "Setting the slope to zero gives {}.",
]
STATED = [
    "We use {}.",
    "By the double-angle formula, {} and the claim follows.",
    "It is given by the following equation: {}.",
    "The square root is taken last. Then {}.",
    "Solving for $y$ is easy. Now {}.",
]


@pytest.mark.parametrize("words", POSED)
def test_posed(words: str) -> None:
    assert check_text(words.format(WRONG)).findings == ()


@pytest.mark.parametrize("words", STATED)
def test_stated(words: str) -> None:
    assert [f.rule for f in check_text(words.format(WRONG)).findings] == ["SC201"]


def test_an_equation_in_one_unknown_with_constant_logarithms_is_there_to_be_solved() -> None:
    assert check_text(r"This gives $2 x \log(3) = (x + 3) \log(2)$.").findings == ()


@pytest.mark.parametrize("body", [r"\kappa (x - m)^2", r"\kappa e^{-x^4}", r"\frac{e^{-x^4}}{\kappa}"])
def test_a_letter_that_only_scales_may_normalise(body: str) -> None:
    assert check_text(f"The density is $f(x) = {body}$.").findings == ()


def test_a_letter_that_does_more_does_not() -> None:
    text = r"The density is $f(x) = \lambda^2 e^{-\lambda x}$."
    assert [f.rule for f in check_text(text).findings] == ["SC502"]


def test_a_density_with_brackets_in_braces() -> None:
    text = r"The density of this law is given by $f(k) = \frac{1}{k^s \zeta{\left(s \right)}}$."
    assert check_text(text).findings == ()


@pytest.mark.parametrize("kernel", ["r", "k"])
def test_both_conventions_of_the_hankel_transform(kernel: str) -> None:
    text = rf"**Hankel transform**: $F(k) = \int_0^\infty f(r) J_\nu(k r) {kernel} \, dr$"
    assert check_text(text).findings == ()


def test_what_is_chosen_from_is_a_whole_number() -> None:
    body = r"\frac{\binom{k}{x} \binom{N - k}{n - x}}{\binom{N}{n}}"
    text = f"The probability mass function is $f(x \\mid N, n, k) = {body}$."
    assert check_text(text).findings == ()
    wrong = text.replace(r"\binom{N}{n}", r"\binom{N + 1}{n}")
    assert [f.rule for f in check_text(wrong).findings] == ["SC503"]


@pytest.mark.parametrize(
    "text",
    [
        "Let $Y = X - \\mu$. Then\n\n$$\\text{Var}(X) = \\mathbb{E}[Y^2]$$\n",
        "An interval is $X \\in [0;+\\infty[$.",
        "The L1 norm is $\\|x\\|_1 = \\sum_i abs(x_i)$.",
        "For $p < 1$ the p-norm is $\\|x\\|_p = (\\sum_i x_i^p)^{1/p}$ with domain $x \\in \\mathbf{R}^n_+$.",
        "The RBF kernel is $k(x, y) = \\exp(\\frac{-1}{h} \\|x - y\\|^2)$.",
    ],
)
def test_another_spelling_is_no_slip(text: str) -> None:
    assert [f for f in check_text(text).findings if f.rule != "SC401"] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("For $p \\geq 1$ the p-norm is $\\|x\\|_p = (\\sum_i x_i^p)^{1/p}$.", "SC204"),
        ("$\\sin(2x) = 2 \\sin(x) \\sin(x)$, where $x$ is the input.", "SC201"),
    ],
)
def test_what_is_no_excuse(text: str, rule: str) -> None:
    assert [f.rule for f in check_text(text).findings] == [rule]


@pytest.mark.parametrize("latex", ["(x+1)^2 = x^2 + x + 1", "(a + b)^4 = a^4 + b^4"])
def test_words_may_state_it_for_all_values(latex: str) -> None:
    for words in (
        "For all $x$ we have ${}$.",
        "By the identity ${}$ it follows.",
        "For any real numbers, ${}$.",
    ):
        assert [f.rule for f in check_text(words.replace("{}", latex)).findings] == ["SC201"]
    for words in ("For all $x$ that satisfy ${}$.", "If for all $x$ ${}$, we stop."):
        assert check_text(words.replace("{}", latex)).findings == ()


@pytest.mark.parametrize(
    "latex", [r"\sin^2 x + \cos^2 x = 2", "(x+1)^2 = x^2 + 2x + 3", "(a + b)^2 - (a - b)^2 = 4ab + 1"]
)
def test_what_no_value_solves_is_wrong(latex: str) -> None:
    assert [f.rule for f in check_text(f"So ${latex}$.").findings] == ["SC201"]
    assert check_text(f"Suppose that ${latex}$.").findings == ()


@pytest.mark.parametrize(
    "latex", ["n = n + 1", "x + 1 = 2 x", "2x + 1 = 3", r"x_{t} + 1 = x_{t+1} + 2", "i + 1 = i"]
)
def test_what_some_value_solves_or_a_program_does_is_not(latex: str) -> None:
    assert check_text(f"So ${latex}$.").findings == ()
