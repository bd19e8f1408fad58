"""Lines of the catalog with one slip in them are found where words name them; what authors choose is not."""

from __future__ import annotations

import pytest
from formula_mutants import SHEET
from right_variants import VERSIONS, compared

from symcheck.gate.run import check_text

WRONG = [
    # an index on one side only, a shift, another number of the weights, a lost mark
    "**RNN:**\n\n$$h_j = \\tanh(W_h h_{t-1} + W_x x_t + b)$$",
    "**RNN:**\n\n$$h_t = \\tanh(W_h h_{t} + W_x x_t + b)$$",
    "**Feed-Forward Network (FFN):**\n\n$$\\text{FFN}(x) = W_1 \\cdot \\text{GELU}(W_1 x + b_1) + b_2$$",
    "### Batch Normalization\n\n"
    "$$\\hat{x}_i = \\frac{x_i - \\mu_B}{\\sqrt{\\sigma_B^2 + \\epsilon}} "
    "\\qquad y_i = \\gamma x_i + \\beta$$",
    # order of matrices, a product for a sum, a derivative upside down
    "### LoRA\n\n$$W' = W_0 + \\Delta W = W_0 + AB$$",
    "| Method | Variance |\n|---|---|\n| Xavier / Glorot | $\\frac{2}{n_{in} \\cdot n_{out}}$ |",
    "**Jacobian**:\n\n$$J_{ij} = \\frac{\\partial x_j}{\\partial f_i}$$",
    # the words right before a formula name it; a rule named behind it
    "Output size: $\\left\\lfloor\\frac{n + 2p + k}{s}\\right\\rfloor + 1$",
    "| Formula | Name |\n|---|---|\n| $P(A \\cup B) = P(A) + P(B) + P(A \\cap B)$ | Addition |",
    # a name that says by itself what is meant; a sign beside a small number
    "The scores are $\\text{Attention}(Q, K, V) = \\text{softmax}\\left(\\frac{QK}{\\sqrt{d_k}}\\right) V$",
    "### PPO Objective\n\n$$L_{PPO} = E_t\\left[\\min\\left(r_t(\\theta) A_t, "
    "\\text{clip}(r_t(\\theta), 1-\\epsilon, 1-\\epsilon) A_t\\right)\\right]$$",
    # the same letters with their roles exchanged
    "**Cosine Annealing**:\n\n"
    "$$\\eta_t = \\eta_{min} + "
    "\\frac{1}{2}(\\eta_{max} - \\eta_{min})\\left(1 - \\cos\\frac{t\\pi}{T}\\right)$$",
]
RIGHT = [
    "**RNN:**\n\n$$h_k = \\tanh(U h_{k-1} + V u_k + c)$$",
    "**RNN:**\n\n$$h_t = \\tanh(W_h h_{t-1} + W_x x_t)$$",
    "**Positive semidefinite**: $x^\\top A x \\geq 0$ for all x.",
    "### Scaled Dot-Product Attention\n\n"
    "$$\\text{Attn}(Q, K, V) = \\text{softmax}\\left(\\frac{QK^\\top}{\\sqrt{d}}\\right) V$$",
    "The trace is written $\\text{tr}(A) = \\sum_i a_{ii}$.",
    "**Eigendecomposition** of a pencil:\n\n$$A\\mathbf{v} = \\lambda B\\mathbf{v}$$",
    "**VAE**: the prior is $p(\\mathbf{z}) = \\mathcal{N}(\\mathbf{0}, I)$",
    "**SiLU** has the derivative $\\sigma(z)(1+z(1-\\sigma(z)))$",
    "### Multi-Head Attention\n\n- $h$ heads, each with $d_k = d / h$",
    "A **Bernoulli** variable with $P(X=1) = 0.7$.",
    "**MSE:**\n\n$$L = \\sum_{i=1}^n (y_i - \\hat{y}_i)^2$$",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_slip_in_a_line_is_found(text: str) -> None:
    assert {f.rule for f in check_text(text + "\n").findings} & {"SC201", "SC202", "SC204"}


@pytest.mark.parametrize("text", RIGHT)
def test_what_authors_choose_stays_unflagged(text: str) -> None:
    assert not [f for f in check_text(text + "\n").findings if f.rule != "SC401"]


def test_what_stands_beside_a_formula_may_be_without_sides() -> None:
    text = "### LSTM\n\n$$\\forall x$$\n\n"
    text += "$$c_t = u_t \\odot c_{t-1} + i_t \\odot \\tilde{c}_t \\qquad \\forall t$$"
    assert not check_text(text + "\n").findings


def test_versions_differ_from_their_document() -> None:
    text = "### A\n\n$$y = x^T + \\text{mask} = c + b = \\frac{a}{b}$$\n\n$E[z] = 1 + (1 - z)$ and $b = a$\n"
    assert all(change(text) != text for change in VERSIONS.values())


@pytest.mark.skipif(not SHEET.exists(), reason="the sheet (../shared/cheatsheet) is not here")
def test_right_versions_of_the_sheet_are_not_flagged() -> None:
    found = dict(compared(SHEET.read_text(encoding="utf-8")))
    assert {name: version.alarms for name, version in found.items()} == dict.fromkeys(VERSIONS, ())
    assert all(version.decided >= 0.95 * version.decided_before for version in found.values())
