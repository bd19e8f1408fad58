"""What authors may choose in a standard definition is no slip, and a slip in the same place still is one."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Severity
from symcheck.gate.run import check_text


def errors(text: str) -> list[str]:
    return [f.rule for f in check_text(text).findings if f.severity is Severity.ERROR]


FUZZY = "In fuzzy c-means:\n\n$$v_i = \\frac{{\\sum_{{j=1}}^n {}^m x_j}}{{\\sum_{{j=1}}^n {}^m}}$$\n"
ECE = "The expected calibration error (ECE) is\n\n$$\\text{{ECE}} = \\sum_{{b=1}}^B {} |a(b) - c(b)|$$\n"
MCE = "The maximum calibration error is\n\n$$\\text{{MCE}} = \\max_b {}$$\n"
PRECISION = (
    "The precision of a list $L$ for wanted items $W$ is\n\n$$\\text{{precision}} = \\frac{{|{}|}}{{|L|}}$$\n"
)
KERNEL = "The RBF kernel is\n\n$$k(x, y) = {} \\exp\\left(-\\frac{{\\|x - y\\|^2}}{{2 {}}}\\right)$$\n"


@pytest.mark.parametrize(
    "text",
    [
        FUZZY.format("u_{ij}", "u_{ij}"),
        FUZZY.format("u_{ji}", "u_{ji}"),
        ECE.format("\\frac{N_b}{N}"),
        ECE.format("\\frac{1}{N} N_b"),
        MCE.format("|\\operatorname{acc}(S_b) - \\operatorname{conf}(S_b)|"),
        PRECISION.format("L \\cap W"),
        PRECISION.format("W \\cap L"),
        KERNEL.format("\\theta_0", "\\theta_1^2"),
        "RotatE scores a triple by $$f(h, r, t) = -\\|e_h \\odot r_r - e_t\\|$$\n",
        "Like Kaiming initialization, with $$a = \\text{gain} \\sqrt{\\frac{6}{\\text{fan}}}$$\n",
        "As the SVD of the matrix is $$A = U \\Sigma V^*$$\n",
        "Computed like the standard deviation:\n\n"
        "$$\\text{Kurt}(X) = \\sqrt{\\frac{1}{T} \\sum_{t=1}^T (X_t - \\bar{X})^4}$$\n",
        "Unlike the Euclidean distance,\n\n$$DTW(X, Y) = \\sqrt{\\sum_{(i, j) \\in \\pi} (X_i - Y_j)^2}$$\n",
        "The energy, a negative log-sum-exp, is\n\n$$\\text{energy}(z) = -\\log \\sum_{i=1}^C \\exp(z_i)$$\n",
        "The top probability $$\\hat{p}_i = \\max_c \\hat{p}_{i,c}$$ of the classes\n",
        "By the variance of the inverse ranks,\n\n"
        "$$\\mathbb{V}[r^{-1}] = \\frac{1}{N} \\sum_{i=1}^N (\\frac{H(N)}{N} - \\frac{1}{i})^2$$\n",
        "For the logistic link the sigmoid is $\\phi$, and\n\n$$\\log \\phi(x) = -\\log(\\exp(-x) + 1)$$\n",
        "Its density is $$f(t) = \\lambda e^{\\lambda t}, \\quad t \\leq 0$$\n",
        "Its density is $$f(t) = \\lambda e^{-\\lambda t}, \\quad t \\geq 0$$\n",
        # of a mass function nothing says which whole number is the largest, nor that its sum ends soon
        "Its mass function is $$f(k; n, N, K) = \\frac{{K \\choose k} {N-K \\choose n-k}}"
        "{{N \\choose n}}$$\n",
        "The mass function is $$f(k; p, n) = {k+n-1 \\choose n-1} p^n (1-p)^k$$\n",
        "The mass function is $$f(x \\mid a, b, r) = \\frac{B(r + x, a + b)}{B(r, a)} "
        "\\frac{\\Gamma(x + b)}{x! \\Gamma(b)}$$\n",
        "The density, truncated, is $$f(x; b, \\beta) = \\frac{e^{-x/\\beta}}{\\beta (1 - e^{-b})}$$\n",
        "The height is $$k_z = \\sqrt{k_{\\text{all}}^2 - k_{\\text{flat}}^2}$$\n",
        "The square-root lasso is $$\\|y - X w\\|_2 + \\alpha \\|w\\|_1$$\n",
        "The conditional entropy is $$S(A|B) = S(A,B) - S(B)$$\n",
        "The likelihood is $p(y | x) = \\mathcal{N}(y; A x, \\sigma_y^2 I)$.\n",
        "The cross-entropy of the labels $y$ is $$L = -\\sum_k y_k \\log \\hat{y}_k$$\n",
        "The squared error is $$\\frac{1}{n} \\sum_{i=1}^n (\\hat{y}_i - y_i)^2$$\n",
        "Run `fit`: for (i in fit$l) { take fit$data }\n",
    ],
)  # fmt: skip
def test_what_authors_choose_is_no_slip(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        PRECISION.format("L \\cup W"),
        KERNEL.format("\\sigma^2", "l"),
        MCE.format("(\\operatorname{acc}(S_b) - \\operatorname{conf}(S_b))"),
        "Its density is $$f(t) = \\lambda e^{\\lambda t}, \\quad t \\geq 0$$\n",
        "The mass function is $$f(k; p, n) = {k+n \\choose n-1} p^n (1-p)^k$$\n",
        "The conditional entropy is $$H(A|B) = H(A,B) - H(A)$$\n",
        "The likelihood is $p(y | x) = \\mathcal{N}(y; A x, \\sigma(y)^2 I)$.\n",
        "The cross-entropy of the labels $y$ is $$L = -\\sum_k \\hat{y}_k \\log y_k$$\n",
        "The log-sum-exp is $$\\text{logsumexp}(z) = -\\log \\sum_{i=1}^C \\exp(z_i)$$\n",
        "With the density $\\phi$ of the standard normal law, $$\\phi'(x) = x \\phi(x)$$\n",
        "The sample standard deviation of $n$ values is\n\n"
        "$$s = \\sqrt{\\frac{1}{n-1} \\sum_{i=1}^n (x_i - \\bar{x})}$$\n",
    ],
)  # fmt: skip
def test_a_slip_in_the_same_place_is_found(text: str) -> None:
    assert errors(text) != []
