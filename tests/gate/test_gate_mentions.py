"""What the text names around a formula belongs to it; what says more, or stands alone, does not."""

from __future__ import annotations

import pytest

from symcheck.gate.mentions import mentioned
from symcheck.gate.model import Status
from symcheck.gate.run import check_text
from symcheck.latex import parse

SOFTMAX = """# Sampling

## Temperature Scaling

$$P(x_i) = \\frac{\\exp(z_i / \\tau)}{\\sum_j \\exp(z_j / \\tau)}$$

"""


def _statuses(text: str) -> dict[str, Status]:
    report = check_text(text)
    return {c.latex: c.judgement.status for c in report.formulas}


@pytest.mark.parametrize("mention", [r"\tau", r"\tau = 1", r"\tau > 1", r"z_j", r"z_j / \tau"])
def test_a_mention_belongs_to_the_formula_of_its_section(mention: str) -> None:
    found = _statuses(SOFTMAX + f"Here ${mention}$ is said of it.\n")
    assert found[mention] is Status.MATCHED


@pytest.mark.parametrize("other", [r"\rho", r"\tau^3 + z_j", r"2 \tau z_j"])
def test_what_does_not_stand_in_the_formula_is_left(other: str) -> None:
    assert _statuses(SOFTMAX + f"Here ${other}$ is said of it.\n")[other] is Status.UNCHECKED


def test_another_section_does_not_help() -> None:
    assert _statuses(SOFTMAX + "## Other\n\nHere $\\tau$ is said.\n")[r"\tau"] is Status.UNCHECKED


def test_a_formula_that_was_not_recognised_does_not_help() -> None:
    text = "# Notes\n\n$$Q = \\tau \\star \\star W$$\n\nwith $\\tau$.\n"
    assert _statuses(text)[r"\tau"] is Status.UNCHECKED


def test_a_shape_is_compared_with_the_catalog() -> None:
    svd = "## SVD\n\n**SVD**\n\n$$A = U\\Sigma V^T$$\n\n- $U$ (${}$): left singular vectors\n"
    right, wrong = (_statuses(svd.replace("{}", shape)) for shape in (r"m \times m", r"n \times k"))
    assert wrong[r"n \times k"] is Status.UNCHECKED
    if right["A = U\\Sigma V^T"] is Status.MATCHED:
        assert right[r"m \times m"] is Status.MATCHED


def test_only_names_are_mentions() -> None:
    assert list(mentioned(parse(r"W_0 \in \mathbb{R}^{d \times d}"))) == ["W_0"]
    assert list(mentioned(parse(r"d_k"))) == ["d_k"]
    assert list(mentioned(parse(r"\sum_i x_i"))) == []
    assert list(mentioned(parse(r"y = x + 1"))) == []


def test_a_declared_function_belongs_to_the_formula_that_uses_it() -> None:
    text = "# Calculus\n\n**Jacobian** ($\\mathbf{f}: \\mathbb{R}^n \\to \\mathbb{R}^m$):\n\n"
    display = "$$J_{ij} = \\frac{\\partial f_i}{\\partial x_j}$$\n"
    declaration = r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m"
    assert _statuses(text + display)[declaration] is Status.MATCHED
    assert _statuses(text + display.replace("f_i", "g_i"))[declaration] is Status.UNCHECKED
    assert list(mentioned(parse(r"f: \mathbb{R}^n \to \mathbb{R}"))) == ["f"]


def test_a_function_that_is_its_own_derivative() -> None:
    table = "| Function | Derivative |\n|---|---|\n| $e^x$ | $e^x$ |\n"
    report = check_text(table)
    assert [c.judgement.status for c in report.formulas] == [Status.VERIFIED, Status.VERIFIED]
    assert check_text(table.replace("$e^x$ |\n", "$xe^x$ |\n")).findings
