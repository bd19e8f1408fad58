"""Standard definitions: known in any letters, and one slip away is one slip away."""

from __future__ import annotations

import pytest

from formulas.catalog import catalog
from symcheck.gate.known import forms_of
from symcheck.gate.model import Severity, Status
from symcheck.gate.near import compare
from symcheck.gate.run import check_text
from symcheck.gate.shape import Shape, shape_of
from symcheck.gate.standards import Standard, standards
from symcheck.latex import parse


def shape(latex: str) -> Shape:
    return shape_of(parse(latex).statements[0].sides[-1])


def renamed(part: Shape) -> Shape:
    """The same formula in other letters."""
    name = f"{part.name}_new" if part.kind == "sym" and part.name != "I" else part.name
    return Shape(part.kind, name, tuple(map(renamed, part.parts)), part.signs, part.span)


@pytest.mark.parametrize("standard", standards(), ids=lambda s: s.names[0])
def test_every_form_is_read_and_known_in_other_letters(standard: Standard) -> None:
    assert standard.source and len(forms_of(standard)) == len(standard.forms) > 0
    for form in forms_of(standard):
        found = compare(form.right, renamed(form.right), once=form.once)
        assert found is not None and found.slips == (), form.latex


def test_further_forms_belong_to_entries_that_there_are() -> None:
    assert {s.formula for s in standards() if s.formula is not None} <= set(catalog())


def test_no_name_is_borne_in_two_places_of_one_module() -> None:
    for standard in standards():
        assert len(set(standard.names)) == len(standard.names)


SAME = [
    (r"\frac{1}{n} \sum_{i=1}^n (y_i - \hat{y}_i)^2", r"\frac1N \sum_j (t_j - y_j)^2"),
    (r"\frac{1}{n} \sum_{i=1}^n (y_i - \hat{y}_i)^2", r"\left(\sum_{k=1}^N (y^{(k)} - f^{(k)})^2\right) / N"),
    (r"\frac{\exp(z_i)}{\sum_j \exp(z_j)}", r"e^{a_k} / \sum_l e^{a_l}"),
    (r"\exp\left(-\frac{\|x - y\|^2}{2 \sigma^2}\right)", r"e^{-\frac{1}{2 \sigma^2} \|k - q\|^2}"),
    (r"-\sum_i p_i \log q_i", r"-\sum_x p(x) \ln q(x)"),
    (r"\sqrt{\frac{6}{n + m}}", r"\frac{\sqrt{6}}{\sqrt{a + b}}"),
    (r"\max(0, 1 - y f)", r"\max(1 - t_i g_i, 0)"),
    (r"(x - \mu)^2", r"(m - x)^2"),
]


@pytest.mark.parametrize(("known", "page"), SAME)
def test_another_way_to_write_it(known: str, page: str) -> None:
    found = compare(shape(known), shape(page))
    assert found is not None and found.slips == ()


SLIPS = [
    (r"\frac{\exp(z_i)}{\sum_j \exp(z_j)}", r"\frac{e^{x_k}}{\sum_l e^{-x_l}}", "sign"),
    (r"\frac{\exp(z_i)}{\sum_j \exp(z_j)}", r"\frac{e^{x_k}}{\sum_l e^{x_k}}", "other"),
    (r"-\sum_i p_i \log q_i", r"\sum_x p(x) \log q(x)", "sign"),
    (r"\frac{1}{n} \sum_i (y_i - f_i)^2", r"\frac{1}{n} \sum_i (y_i - f_i)", "missing function"),
    (r"\frac{|A \cap B|}{|A \cup B|}", r"\frac{|A \cup B|}{|A \cup B|}", "function"),
    (r"m_t = \beta m_{t-1} + (1 - \beta) g_t", r"m_t = \beta m_{t-1} + \beta g_t", "missing term"),
    # a bracket or an exponent in the wrong place
    (r"\log(x + 1)", r"\log(z) + 1", "bracket"),
    (r"-\alpha (g + n)", r"-\alpha g + n", "bracket"),
    (r"\frac{s^2}{1 - \rho^2}", r"\frac{s^2}{(1 - \rho)^2}", "bracket"),
    (r"\exp(-2 (\sin(x) / l)^2)", r"\exp(-2 \sin(x) / l)^2", "bracket"),
    (r"\int p \log \frac{p}{q} dx", r"\int p \log \frac{q}{p} dx", "inverted"),
    (r"p x + (1 - p) (1 - x)", r"p x (1 - p) (1 - x)", "operation"),
    (r"\frac{a + b}{2}", r"\frac{a + (1 - b)}{2}", "extra term"),
    # the same replacement of a number throughout is one slip
    (r"f(0) + f'(0) x", r"f(a) + f'(a) x", "other"),
]


@pytest.mark.parametrize(("known", "page", "kind"), SLIPS)
def test_one_slip(known: str, page: str, kind: str) -> None:
    found = compare(shape(known), shape(page))
    assert found is not None and [s.kind for s in found.slips] in ([kind], ["other"])


def test_two_slips_are_another_formula() -> None:
    assert compare(shape(r"\frac{\exp(z_i)}{\sum_j \exp(z_j)}"), shape(r"\frac{-z_i}{\sum_j z_j^2}")) is None


UNNAMED = [
    # no words name these: their customary letters do
    ("$$\\bar{R}^2 = R^2 - (1 - R^2) \\frac{n - 1}{n - p - 1}$$\n", "SC204"),
    ("$$w = w + \\eta g$$\n", "SC204"),
    ("$$x! \\approx \\sqrt{2 \\pi} x \\left(\\frac{x}{e}\\right)^x$$\n", "SC204"),
    ("$$w = w - \\eta g$$\n", None),
    ("$$w = w + \\eta x$$\n", None),
    ("$$u = v + \\alpha r$$\n", None),
    ("$$\\bar{R}^2 = R^2 - (1 - R^2) \\frac{p}{n - p - 1}$$\n", None),
]


@pytest.mark.parametrize(("text", "rule"), UNNAMED)
def test_customary_letters_name_a_formula(text: str, rule: str | None) -> None:
    found = [f.rule for f in check_text(text).findings if f.severity is Severity.ERROR]
    assert found == ([rule] if rule else [])


QUIET = [
    "**Perplexity**:\n\n$$\\text{PPL} = 2^{H(p)}$$\n",
    "**Perplexity**:\n\n$$\\text{PPL} = e^{H(p)}$$\n",
    "**Perplexity**:\n\n$$\\text{PPL}(p, q) = 2^{H(p, q)}$$\n",
    "**RMSNorm**:\n\n$$y_i = \\frac{x_i}{\\sqrt{\\frac{1}{n}\\sum_{j=1}^n x_j^2 + \\epsilon}} \\gamma_i$$\n",
    "The discounted **return** is\n\n$$G_t = \\sum_{k=0}^\\infty \\gamma^k R_{t+k+1}$$\n",
    # a special case, a weight, another quantity of the same kind, an abbreviation
    "The **Gaussian kernel** with unit width:\n\n$$k(x, y) = e^{-(x - y)^2 / 2}$$\n",
    "The weighted **hinge loss**:\n\n$$L = c \\max(0, 1 - y f)$$\n",
    "The **variance** is\n\n$$V = E[X^2] - \\mu_X^2$$\n",
    "The standard deviation, from the **variance**:\n\n$$s = \\sqrt{E[(X - E[X])^2]}$$\n",
]


@pytest.mark.parametrize("text", QUIET)
def test_legitimate_forms_are_left_alone(text: str) -> None:
    assert [f for f in check_text(text).findings if f.severity is Severity.ERROR] == []


def test_perplexity_of_a_distribution_is_known() -> None:
    (checked,) = check_text(QUIET[0]).formulas
    assert (checked.judgement.status, checked.judgement.formula) == (Status.MATCHED, "info.perplexity")


@pytest.mark.parametrize(
    "text",
    [
        "The **exponential kernel** is\n\n$$k(x, y) = \\sigma^2 \\exp\\left(\\frac{|x - y|}{l}\\right)$$\n",
        "**RMSNorm**:\n\n$$y_i = \\frac{x_i}{\\frac{1}{n}\\sum_{j=1}^n x_j^2 + \\epsilon} \\gamma_i$$\n",
        "We use the ELBO:\n\n$$-\\mathbb{E}_{z \\sim q(z|x)} p(x|z) + D_{KL}(q(z|x) \\| p(z))$$\n",
    ],
)
def test_slips_are_found(text: str) -> None:
    assert [f.rule for f in check_text(text).findings] == ["SC204"]


OWN = [
    # the name stands in the formula: it need not consist of much
    r"$$\text{MarginRankingLoss}(x1, x2, y) = \max(0, -y (x1 - x2) + m)$$",
    r"$$\text{MarginRankingLoss}(x_1, x_2, y) = \max(0, -y (x_1 - x_2) + m)$$",
]


@pytest.mark.parametrize("text", OWN)
def test_a_short_formula_under_its_own_name_is_known_and_so_is_a_turned_sign(text: str) -> None:
    (right,) = check_text(text).formulas
    assert right.judgement.status is Status.MATCHED
    wrong = check_text(text.replace("x1 - x2", "x1 + x2").replace("x_1 - x_2", "x_1 + x_2"))
    assert [f.rule for f in wrong.findings] == ["SC204"]


def test_a_number_on_the_wrong_side_inside_of_a_long_formula_is_found() -> None:
    text = (
        "The density of the multivariate normal distribution is\n\n"
        r"$$f(x) = \frac{1}{\sqrt{(2 \pi)^k \det \Sigma}} "
        r"\exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - \mu)\right)$$"
    )
    (right,) = check_text(text).formulas
    assert right.judgement.status is Status.MATCHED
    assert [f.rule for f in check_text(text.replace(r"\frac{1}{2}", "2")).findings] == ["SC204"]


def test_cases_with_exchanged_values_are_not_taken_for_the_definition() -> None:
    rows = r"%s, & \text{if } x > t \\ %s, & \text{otherwise}"
    text = rf"$$\text{{Threshold}}(x) = \begin{{cases}} {rows} \end{{cases}}$$"
    statuses = [check_text(text % tuple(values)).formulas[0].judgement.status for values in ("xv", "vx")]
    assert statuses == [Status.MATCHED, Status.UNCHECKED]
