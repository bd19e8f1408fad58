"""Wrong variants of the sheet's formulas, made by a program, and how many of them the gate flags."""

from __future__ import annotations

import formula_mutants
import pytest
from formula_mutants import HALVES, half_of, variants

from symcheck.gate.run import check_text


def test_variants_of_every_kind_are_made() -> None:
    made = {
        v.kind
        for latex in (
            r"H(p) = -\sum_{i=1}^n p_i \log p_i + 2 c",
            r"D(p \| q) = \frac{1}{2} x^\top A x - y^2",
        )
        for v in variants(latex)
    }
    assert made == {
        "sign", "index", "function", "bound", "missing term", "missing factor", "inverted", "exponent",
        "transposed", "exchanged", "number", "operation",
    }  # fmt: skip


def test_variants_of_further_kinds_are_made() -> None:
    made = {
        v.kind
        for latex in (
            r"\hat{y} = \sqrt{\hat{x}} + a (b - c) W A + x_{t-1} + s'",
            r"L = y_1 \log(y_2) + \begin{cases} 0 & x \leq 1 \\ 1 & x > 1\end{cases}",
        )
        for v in variants(latex)
    }
    assert {"root", "accent", "bracket", "order", "shift", "prime", "name", "branch", "relation"} <= made


def test_words_in_a_formula_get_no_slip() -> None:
    assert not [
        v for v in variants(r"v_t = v \qquad \text{(2nd moment)}") if "nd" in v.latex and "2nd" not in v.latex
    ]


def test_the_halves_share_no_variant() -> None:
    made = list(variants(r"L = -[y \log(\hat{y}) + (1-y)\log(1-\hat{y})]"))
    assert {half_of(v) for v in made} == set(HALVES)


def test_a_variant_is_the_formula_but_for_one_slip() -> None:
    assert [v.latex for v in variants(r"a = b - c")] == ["a = b + c", "a = b  "]


@pytest.mark.skipif(not formula_mutants.SHEET.exists(), reason="the sheet (../shared/cheatsheet) is not here")
def test_variants_of_the_sheet_are_flagged() -> None:
    tally = formula_mutants.measured([formula_mutants.SHEET], most=2, part=7)
    assert tally.tried.total() >= 20
    assert tally.share >= 0.65


WRONG = [
    # a total over what is given; another function for a letter; a line of the catalog
    r"$$P(A \mid B) = \frac{P(B \mid A) P(A)}{\sum_b P(B=b \mid A) P(A)}$$",
    "The loss to be minimised by the discriminator is\n\n"
    r"$$L = \frac{1}{J} \sum_{j=1}^J \log[1 - \text{sig}[f[x_j, \phi]]] + \frac{1}{I} \sum_{i=1}^I "
    r"\log[\text{sig}[f[x_i, \phi]]]$$",
    # the derivative of what is defined just before
    "The softmax $s_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}$ has the derivative\n\n"
    r"$$\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} + s_j)$$",
    "Let $L = (y - a)^2$ and so\n\n"
    r"$$\frac{\partial L}{\partial a} = 2 (y - a)$$",
    "**Polygamma**:\n\n"
    r"$$\psi^{(n)}(x) = \frac{d^n}{dx^n} \log \Gamma(x)$$",
    "| Name | Formula |\n|---|---|\n"
    r"| SVD | $A = U \Sigma V$ |",
    "| Name | Formula |\n|---|---|\n"
    r"| Contrastive loss | $L = -\log \frac{\exp(\text{sim}(z_i, z_j)/\tau)}{\sum_{k \neq i} "
    r"\log(\text{sim}(z_i, z_k)/\tau)}$ |",
]
RIGHT = [
    r"$$P(A \mid B) = \frac{P(B \mid A) P(A)}{\sum_a P(A=a \mid B) P(B)}$$",
    "The loss to be minimised by the discriminator is\n\n"
    r"$$L = -\frac{1}{J} \sum_{j=1}^J \log[1 - \text{sig}[f[x_j, \phi]]] - \frac{1}{I} \sum_{i=1}^I "
    r"\log[\text{sig}[f[x_i, \phi]]]$$",
    "The log-likelihood that the discriminator maximises is\n\n"
    r"$$L = \frac{1}{J} \sum_{j=1}^J \log[1 - \text{sig}[f[x_j, \phi]]] + \frac{1}{I} \sum_{i=1}^I "
    r"\log[\text{sig}[f[x_i, \phi]]]$$",
    "**Polygamma**:\n\n"
    r"$$\psi^{(n)}(x) = \frac{d^{n+1}}{dx^{n+1}} \log \Gamma(x)$$",
    "The softmax $s_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}$ has the derivative\n\n"
    r"$$\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} - s_j)$$",
    "With $y = \\sin(u)$ and $u = x^2$ we get\n\n"
    r"$$\frac{dy}{dx} = \cos(u) \frac{du}{dx}$$",
    "Let $q = x^\\top A x$ for a symmetric $A$. Then\n\n"
    r"$$\frac{\partial q}{\partial x} = 2 A x$$",
    "Let $L = (y - a)^2$ where $a = \\tanh(z)$ and so\n\n"
    r"$$\frac{\partial L}{\partial z} = -2 (y - a) (1 - a^2)$$",
    # the SVD by its entries, Adam's step with momentum alone, the chain rule of h = f(g(x)), E over a name
    "**SVD**:\n\n"
    r"$$A_{ij} = U_{ik} \Sigma_k V_{jk}$$",
    "Unlike **Adam**, momentum does\n\n"
    r"$$v_{t+1} = \gamma v_t + \nabla f(w_t), \quad w_{t+1} = w_t - \eta v_{t+1}$$",
    "**Chain rule** for $h = f(g(x))$:\n\n"
    r"$$\frac{dh}{dx} = \frac{df}{dg} \cdot \frac{dg}{dx}$$",
    "**Law of total expectation**:\n\n"
    r"$$\mathbb{E}[X] = \mathbb{E}_Y[\mathbb{E}[X \mid Y]]$$",
]


@pytest.mark.parametrize("text", WRONG)
def test_slips_are_found(text: str) -> None:
    assert {f.rule for f in check_text(text + "\n").findings} & {"SC201", "SC202", "SC204", "SC305"}


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_stays_unflagged(text: str) -> None:
    assert check_text(text + "\n").findings == ()


def test_what_an_earlier_printing_had_wrong_disclaims_nothing() -> None:
    told = "In the first printing the sign was wrong; it was corrected later."
    wrong = "$$\\frac{d}{dx} \\sin(x) = -\\cos(x)$$\n"
    assert check_text(f"{told}\n\n{wrong}").findings
    assert not check_text(f"This is wrong:\n\n{wrong}").findings


def test_a_condition_that_does_not_hold_disclaims_nothing() -> None:
    wrong = "$\\frac{d}{dx} \\sin(x) = -\\cos(x)$.\n"
    assert check_text(f"If symmetry does not hold we still have {wrong}").findings
    assert not check_text(f"If x is an angle in degrees, this does not hold: {wrong}").findings
