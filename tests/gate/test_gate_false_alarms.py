"""What a reader of the findings called wrong once: each stands for a rule of the matching."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Severity, Status
from symcheck.gate.run import check_text


def row(formula: str, derivative: str, name: str = "Log-softmax") -> str:
    return f"| Function | Formula | Derivative |\n|---|---|---|\n| {name} | {formula} | {derivative} |\n"


SILENT = [
    # a function that the document explains otherwise, and a value of a quantity, are no wrong definitions
    "Let $\\Phi(x) = x^3$.\n\n**GELU**:\n\n$$\\operatorname{GELU}(z) = z \\Phi(z)$$\n",
    "**Covariance**:\n\n$$\\text{Cov}(X,Y) = 0.1 - 0.5 \\times 0.4$$\n",
    # an epsilon stands for no tensor and for no other quantity
    "**RMSNorm**:\n\n"
    "$$\\text{RMSNorm}(x)_i = \\frac{x_i}{\\sqrt{\\frac{1}{n}\\sum_{j=1}^n x_j^2 + \\epsilon}}$$\n",
    "**RMSNorm**:\n\n$$\\bar{x}_i = \\frac{x_i}{\\sqrt{\\frac{1}{n}\\sum_{j=1}^n x_j^2 + \\epsilon}}$$\n",
    # a letter that the row explains, or that may be explained elsewhere, convicts in no reading but all
    row("$z_i - \\log \\sum_k e^{z_k}$, where $p = \\text{softmax}(z)$", "$\\delta_{ij} - p_j$"),
    row("$\\log p_i$, $p_i = e^{z_i}/\\sum_k e^{z_k}$", "$\\delta_{ij} - p_j$"),
    row("$\\log p_i = z_i - \\log\\sum_k e^{z_k}$", "$\\delta_{ij} - p_j$"),
]


@pytest.mark.parametrize("text", SILENT)
def test_no_finding(text: str) -> None:
    assert check_text(text).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        row("$z_i - \\log \\sum_k e^{z_k}$, where $p = \\text{softmax}(z)$", "$\\delta_{ij} + p_j$"),
        row("$\\log p_i = z_i - \\log\\sum_k e^{z_k}$", "$\\delta_{ij} + p_j$"),
        # swapped cases hold for slopes above 1, which nobody means
        row(
            "$\\max(\\alpha x, x)$",
            "$\\begin{cases} \\alpha & x > 0 \\\\ 1 & x \\leq 0 \\end{cases}$",
            "Leaky ReLU",
        ),
        "**Leaky ReLU**:\n\n$$f(x) = \\begin{cases} \\alpha x & x > 0 \\\\ x & x \\le 0 \\end{cases}$$\n",
    ],
)
def test_the_wrong_neighbour_is_still_found(text: str) -> None:
    assert [f.severity for f in check_text(text).findings] == [Severity.ERROR]


def test_the_number_of_arguments_belongs_to_the_name() -> None:
    text = "**Entropy**:\n\n$$H({}) = -\\sum_x q(x) \\log q(x)$$\n"
    statuses = {
        args: check_text(text.replace("{}", args)).formulas[0].judgement.status for args in ("q", "p,q")
    }
    assert statuses["q"] is Status.MATCHED and statuses["p,q"] is not Status.MATCHED


@pytest.mark.parametrize(
    ("latex", "status"),
    [
        (r"\log x^2 = 2 \log x", Status.CONDITIONAL),
        (r"\log(x^2) = 2 \log(x)", Status.CONDITIONAL),
        (r"\log x^3 = 3 \log x", Status.VERIFIED),
        (r"\log(ab) = \log a + \log b", Status.VERIFIED),
    ],
)
def test_a_side_with_more_values_makes_a_relation_conditional(latex: str, status: Status) -> None:
    """If one symbol alone may change its sign on one side and not on the other."""
    (checked,) = check_text(f"${latex}$\n").formulas
    assert checked.judgement.status is status


def test_names_with_signs_in_them_are_names() -> None:
    (checked,) = check_text("$H(X, Y) = -\\sum_x \\sum_y p_{X, Y}(x, y) \\log p_{X, Y}(x, y)$\n").formulas
    assert checked.judgement.status is not Status.ERRATA


FOCAL = "| Loss | Formula |\n|---|---|\n| **Focal** | $-(1-\\hat{y})^\\gamma \\log \\hat{y}$ |\n"
SYMMETRY = "| Matrix type | Condition |\n|---|---|\n| Symmetric | $A = A^\\top$ |\n| {} | ${}$ |\n"
ADAM = "**Adam (Kingma & Ba, 2015):**\n\n$${}, \\quad \\hat{{v}}_t = v_t/(1-\\beta_2^t)$$\n"
RESIDUAL = (
    "### Residual connection\n\n$$\\text{output}_i = x_i + \\sum_k B_{i,k} \\, \\phi(\\sum_l x_l A_{k,l})$$\n"
)
MULTIPLICATION = "**{}**: {}\n\n$$P(A \\cap B) = P(A) \\cdot {}$$\n"


@pytest.mark.parametrize(
    "text",
    [
        # a special case of a definition measures nothing, and this one is none of it
        FOCAL,
        # a property explains no letter
        SYMMETRY.format("Skew-symmetric", "A = -A^\\top"),
        "## Symmetric matrices\n\nA matrix is skew-symmetric if\n\n$$A = -A^T$$\n",
        # an entry with several quantities: each is measured by its own formula
        ADAM.format("\\hat{m}_t = m_t/(1-\\beta_1^t)"),
        "**Adam**:\n\n$$u_t = m_t/(1-\\beta_1^t)$$\n",
        # an entry that speaks of any functions
        "**Derivative (product rule):**\n\n$$\\text{swish}'(x) = \\sigma(x) + x\\sigma'(x)$$\n",
        "**Derivative (product rule):**\n\n$$\\text{swish}'(x) = \\sigma(x) + x\\sigma'(x) "
        "= \\sigma(x) + x\\sigma(x)(1-\\sigma(x)) = \\sigma(x)(1 + x(1-\\sigma(x)))$$\n",
        RESIDUAL,
        # probabilities: other events, and rules under conditions that words state
        MULTIPLICATION.format("Definition 4.1 (Independence).", "Events are independent if", "P(B)"),
        MULTIPLICATION.format("Multiplication rule", "for independent events", "P(B)"),
        "## Events\n\nIn this game\n\n$$P(A \\cap B) = P(A) \\cdot P(B)$$\n",
        "**Definition 6.2 (Bernoulli distribution).** $X$ has this law if:\n"
        "$$P(X = 1) = p, \\quad P(X = 0) = 1 - p$$\n",
    ],
)
def test_the_names_of_the_catalog_convict_nothing_else(text: str) -> None:
    """A heading, a label or a letter that an entry shares is not yet its formula."""
    assert check_text(text).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        ADAM.format("\\hat{m}_t = m_t/(1+\\beta_1^t)"),
        "**Adam**:\n\n$$m_t = \\beta_1 m_{t-1} + (1+\\beta_1) g_t$$\n",
        "**Focal loss**:\n\n$$L = -\\alpha (1 + \\hat{y})^\\gamma \\log(\\hat{y})$$\n",
        MULTIPLICATION.format("Multiplication rule", "", "P(A \\mid B)"),
        "**Bayes**:\n\n$$P(A \\mid B) = \\frac{P(B \\mid A) \\, P(B)}{P(A)}$$\n",
    ],
)
def test_what_is_meant_and_wrong_is_still_found(text: str) -> None:
    assert [f.severity for f in check_text(text).findings] == [Severity.ERROR]


LIST_OF_EXAMPLES = (
    "$$\\begin{{aligned}} &f(x) = e^{{2x}} \\\\ &f'(x) = 2e^{{2x}} \\\\ "
    "&f(x) = \\cos x \\\\ &f'(x) = {} \\end{{aligned}}$$\n"
)
TABLE_OF_SLOPES = "| Name | $g(z)$ | $g'(z)$ |\n|---|---|---|\n| Hyperbolic tangent | $\\tanh z$ | ${}$ |\n"


@pytest.mark.parametrize(
    "text",
    [
        # a letter that a list of examples uses again and again
        LIST_OF_EXAMPLES.format("-\\sin x"),
        # what is called by a letter may be the function itself
        TABLE_OF_SLOPES.format("1 - g(z)^2"),
        # a case that the other author gives to the other branch, in brackets
        "## ELU (Exponential Linear Unit)\n\n"
        "$$\\begin{cases} \\alpha(e^u - 1) & (u < 0) \\\\ u & (u \\geq 0) \\end{cases}$$\n",
        # a function of a whole vector
        "## Softmax\n\n$$\\text{softmax}(\\mathbf{u}) = \\frac{\\exp(\\mathbf{u})}{\\sum_k \\exp(u_k)}$$\n",
        # a column of derivatives that are asked for, beside one of their values
        "| Rule | Derivative | Value |\n|---|---|---|\n"
        "| Chain Rule | $\\frac{d}{dx}[f(g(x))]$ | $f'(g(x))\\, g'(x)$ |\n",
        # a determinant that is marked twice
        "## Multivariate Gaussian\n\n"
        "$$p(v) = \\frac{1}{(2\\pi)^{d/2}\\sqrt{\\det|\\Sigma|}} "
        "\\exp\\left(-\\frac{1}{2}(v - \\mu)^T \\Sigma^{-1} (v - \\mu)\\right)$$\n",
        # lines that run together for want of a break
        "\\begin{align}\n\\sin(2v) = 2\\sin(v)\\cos(v)\n"
        "\\tan(v) = \\frac{\\sin(v)}{\\cos(v)}\n\\end{align}\n",
        # a formula that is another one, unnamed here, but for a part
        "The way through the city:\n\n$$d(x, y) = \\sum_{i=1}^{n} |x_i - y_i|$$\n",
        # a sum over sequences of states
        "$$P(O) = \\sum_S \\prod_{t=1}^T p(o_t | s_t) \\, p(s_t | s_{t-1}) \\, \\pi_{s_0}$$\n",
        # a letter for a sum that is explained before
        "## Kalman gain\n\n$$K_j = P_{j|j-1} H_j^T S_j^{-1}$$\n",
        # a value with the variable that has it
        "**Expectation**:\n\n$$\\mathbb{E}[V] = \\sum_{v} v P(V = v)$$\n",
        # two formulas on a line, and words with a command between them
        "Rows of ($A$) by Equation \\eqref{eq:rows} have $m$ entries.\n",
        # another quantity with a rule of the same name
        "The chain rule: $$H(Y_1, \\ldots, Y_m) = \\sum_{j=1}^m H(Y_j | Y_1, \\ldots, Y_{j-1})$$\n",
        # a geometric mean of two rates is no norm, another index on a letter, the value at one point
        "The Fowlkes-Mallows index:\n\n$$FM = \\sqrt{PPV \\times TPR}$$\n",
        "The Kolmogorov-Smirnov statistic:\n\n$$D_{n, m} = \\sup_x | F_n(x) - G_m(x) |$$\n",
        "In the discrete Fourier transform the value at the zero frequency is\n\n"
        "$$\\frac{1}{\\sqrt{n}} \\sum_k y_k$$\n",
    ],
)
def test_what_strangers_write_is_let_alone(text: str) -> None:
    assert check_text(text).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        LIST_OF_EXAMPLES.format("\\sin x"),
        TABLE_OF_SLOPES.format("1 + \\tanh^2 z"),
        "$$\\sin(2v) = 2\\sin(v)\\cos(v) +\n0\n= \\sin(v)$$\n",
        "## Kalman gain\n\n$$K_j = P_{j|j-1} H_j^T (H_j P_{j|j-1} H_j^T - R_j)^{-1}$$\n",
        "The chain rule: $$p(y_1, \\ldots, y_m) = \\sum_{j=1}^m p(y_j | y_1, \\ldots, y_{j-1})$$\n",
    ],
)
def test_and_its_wrong_neighbour_is_found(text: str) -> None:
    assert [f.severity for f in check_text(text).findings] == [Severity.ERROR]


ANOTHER_THING = [
    # functions of a law that are neither its density nor its distribution function
    "**Weibull**\n\nThe hazard rate of the lifetimes, with a shape $c$, is\n\n"
    "$$r(u) = \\frac{c}{b} \\left(\\frac{u}{b}\\right)^{c - 1}$$\n",
    "**Log-logistic**\n\nThe survival function is\n\n$$G(t) = \\frac{1}{1 + (t/a)^{b}}$$\n",
    "**Weibull** lifetimes of parts under a load $v$:\n\n"
    "$$S(t; v) = \\exp\\left(-\\left(\\frac{t}{b(v)}\\right)^{c}\\right)$$\n",
    # the inverse of the function that is named
    "**Softplus** maps to the positive numbers. The inverse is\n\n$$x = \\log(\\exp(u) - 1)$$\n",
    # a variant of what is named
    "This is a variant of SGD that looks at signs only. It takes the step\n\n"
    "$$u_t \\leftarrow -\\alpha_t \\operatorname{sign}(g_t)$$\n",
    # any aggregation, of which a sum is one
    "**Message passing** with some aggregation:\n\n"
    "$$x_i' = \\gamma_\\Theta\\left(x_i, \\bigoplus_{j \\in N(i)} "
    "\\phi_\\Theta(x_i, x_j, e_{j,i})\\right)$$\n",
    # an entry of a layer is the entry
    "**LightGCN** makes the next layer of items:\n\n"
    "$$h^{(k+1)}_i = \\sum_{j \\in N(i)} \\frac{1}{\\sqrt{\\deg(i) \\deg(j)}} h^{(k)}_j$$\n",
    "**Dunn index**\n\n"
    "$$D = \\frac{\\min_{1 \\leq a < b \\leq m} \\delta(K_a, K_b)}{\\max_{1 \\leq c \\leq m} \\Delta_c}$$\n",
    # weights between two nodes, of which nobody says that they are not symmetric
    "**GCN**\n\n$$h_i^{(l+1)} = \\sigma\\left(b^{(l)} + \\sum_{j \\in N(i)} "
    "\\frac{1}{r_{ij}} h_j^{(l)} W^{(l)}\\right)$$\n",
    # the estimator, for what is left of the target by other columns
    "With the others held this is OLS:\n\n"
    "$$\\gamma_1 = (Z_1^\\top Z_1)^{-1} Z_1^\\top (y - Z_2 \\gamma_2)$$\n",
    "**Gaussian kernel**\n\n$$k(u, v) = e^{-\\|u - v\\|^2 / s^2}$$\n",
    # degrees, and another rule for the same thing
    "$$d = \\frac{180^\\circ}{\\pi} \\sqrt{2 (1 - \\sin v)} "
    "= \\frac{360^\\circ}{\\pi} \\sin\\left(\\frac{90^\\circ - v}{2}\\right)$$\n",
    "The bin width of Scott's rule is\n\n$$w = \\frac{3.5 s}{n^{1/3}}$$\n",
    # a law that no standard knows, whose entropy looks like that of another
    "The entropy of the law of Lévy is\n\n"
    "$$H(X) = \\frac{1}{2} + \\frac{3}{2} \\gamma + \\frac{1}{2} \\ln(16 \\pi c^2)$$\n",
]


@pytest.mark.parametrize("text", ANOTHER_THING)
def test_another_thing_than_the_one_named_is_no_slip_of_it(text: str) -> None:
    assert check_text(text).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "**Softplus** is\n\n$$f(x) = \\log(\\exp(x) - 1)$$\n",
        "**Message passing**\n\n"
        "$$x_i' = \\gamma_\\Theta\\left(x_i, \\sum_{j \\in N(i)} "
        "\\phi_\\Theta(x_i, x_i, e_{j,i})\\right)$$\n",
    ],
)
def test_the_thing_named_with_a_slip_is_still_found(text: str) -> None:
    assert [f.severity for f in check_text(text).findings] == [Severity.ERROR]


@pytest.mark.parametrize(("text", "wrong"), [("$\\pi = 0.2$", False), ("$\\pi = 3.24$", True)])
def test_a_constant_with_another_value_is_a_parameter(text: str, wrong: bool) -> None:
    assert bool(check_text(f"Here {text} for each of them.\n").findings) is wrong
