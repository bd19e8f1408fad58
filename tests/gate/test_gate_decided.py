"""What is decided of statements in the texts of courses and books, and that faults in them are not passed."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Status
from symcheck.gate.run import check_text

RIGHT = [
    # calculations
    r"2\cdot(-2 ) - 4\cdot(-1) = 0",
    r"\frac{1}{1 - 0.9} = 10",
    # derivatives
    r"(e^{x^2})' = 2x\,e^{x^2}",
    r"((1+x^2)^{10})' = 10(1+x^2)^9\cdot 2x = 20x(1+x^2)^9",
    r"\frac{d}{dx}[F(g(x))] = F'(g(x))\cdot g'(x)",
    r"\frac{d}{dx} c = 0",
    r"\frac{d}{dx_1} \left(\sum_i x_i \right)^{2}= 2\left(\sum_i x_i \right)",
    r"\nabla \lVert A\mathbf{x} - \mathbf{b} \rVert^2 = 2A^\top(A\mathbf{x} - \mathbf{b})",
    r"\boxed{\nabla_A \text{tr}(AB) = B^\top}",
    # integrals
    r"\int_0^1 (-1) \, dx = -1",
    r"\int_0^\infty x^2 e^{-x} \, dx = 2",
    r"\int_{-\infty}^\infty e^{-x^2/2} \, dx = \sqrt{2\pi}",
    r"\int_1^2 \frac{1}{x} dx = \ln 2",
    r"\frac{d}{dx} \int_0^x f(y) \, dy = f(x)",
    # sums of numbers
    r"\sum_{i=0}^{n} 2^i = 2^{n+1} - 1",
    r"\sum_{k=1}^{n} k^2 = \frac{n(n+1)(2n+1)}{6}",
    r"\sum_{i=0}^{n-1} r^i = \frac{1-r^n}{1-r}",
    # moments
    r"\mu_{X+Y} = \mu_X + \mu_Y",
    r"\mu_{aX+b} = a\mu_X + b",
    r"\textrm{Var}_{x \sim P}[f(x)] = E_{x \sim P}[f^2(x)] - E_{x \sim P}[f(x)]^2",
    # steps
    r"y = 1/(1 + e^{-x}) \implies e^{-x} = 1/y - 1 = (1-y)/y \implies x = \log(y/(1-y))",
    r"2x + 4 = 10 \quad \Rightarrow \quad x = 3",
    # matrices written out, and what stands behind a proof
    r"\begin{bmatrix}1&2\\3&4\end{bmatrix}\begin{bmatrix}1\\1\end{bmatrix}=\begin{bmatrix}3\\7\end{bmatrix}",
    r"\sec^2 y = 1 + \tan^2 y \quad \square",
    # a name for what is worked out
    r"g(x) = (x+1)^2 = x^2 + 2x + 1",
]
WRONG = [
    r"2\cdot(-2 ) - 4\cdot(-1) = 1",
    r"(e^{x^2})' = x\,e^{x^2}",
    r"\frac{d}{dx}[F(g(x))] = F'(x)\cdot g'(x)",
    r"\frac{d}{dx} c = 1",
    r"\frac{d}{dx_1} \left(\sum_i x_i \right)^{2}= \left(\sum_i x_i \right)",
    r"\nabla \lVert A\mathbf{x} - \mathbf{b} \rVert^2 = 2A(A\mathbf{x} - \mathbf{b})",
    r"\int_0^\infty x^2 e^{-x} \, dx = 1",
    r"\int_{-1}^1 \frac{1}{x^2} dx = -2",
    r"\int_{-1}^1 \frac{1}{x} dx = 0",
    r"\frac{d}{dx} \int_0^x f(y) \, dy = f(y)",
    r"\sum_{i=0}^{n} 2^i = 2^n - 1",
    r"\sum_{i=1}^{n-1} r^i = \frac{1-r^n}{1-r}",
    r"\mu_{X+Y} = \mu_X - \mu_Y",
    r"\mu_{aX+b} = a\mu_X",
    r"\begin{bmatrix}1&2\\3&4\end{bmatrix}\begin{bmatrix}1\\1\end{bmatrix}=\begin{bmatrix}3\\8\end{bmatrix}",
    r"\sec^2 y = 1 - \tan^2 y \quad \square",
    r"2x + 4 = 10 \quad \Rightarrow \quad x = 4",
    r"x^2 = 4 \implies x = 2",
    r"g(x) = (x+1)^2 = x^2 + x + 1",
]


def status(latex: str) -> Status:
    (checked,) = check_text(f"Here it is.\n\n$$\n{latex}\n$$\n").formulas
    return checked.judgement.status


@pytest.mark.parametrize("latex", RIGHT)
def test_what_is_right_is_verified(latex: str) -> None:
    assert status(latex) in (Status.VERIFIED, Status.MATCHED)


@pytest.mark.parametrize("latex", WRONG)
def test_what_is_wrong_is_not(latex: str) -> None:
    assert status(latex) in (Status.ERRATA, Status.UNCHECKED)


LAWS = """
If $X \\sim \\mathrm{{Binomial}}(n, p)$, then:

* $\\mu_X = np$,
* $\\sigma_X^2 = {variance}$.

| Distribution | Mean | Variance |
|---|---|---|
| Poisson | $\\lambda$ | $\\lambda$ |
| Gamma | $k \\theta$ | $k \\theta^2$ |
| Normal | $\\mu$ | ${normal}$ |
"""


@pytest.mark.parametrize(
    ("variance", "normal", "wrong"),
    [("np(1-p)", r"\sigma^2", 0), ("np(1+p)", r"\sigma^2", 1), ("np(1-p)", r"2\sigma^2", 1)],
)
def test_moments_of_named_laws(variance: str, normal: str, wrong: int) -> None:
    report = check_text(LAWS.format(variance=variance, normal=normal))
    assert [f.rule for f in report.findings] == ["SC206"] * wrong
    assert report.counts[Status.MATCHED] == 8 - wrong


def test_a_law_with_other_parameters_is_not_contradicted() -> None:
    for law in (r"\mathcal{N}(\mu, \sigma)", r"\mathcal{N}(\mu, \sigma^2)"):
        text = f"Let $X \\sim {law}$.\n\n$$\\mathrm{{Var}}(X) = \\sigma^2$$\n"
        assert not check_text(text).findings


SOFTMAX = r"""
The softmax maps $\mathbf{z}$ to probabilities:

$$\text{softmax}(\mathbf{z})_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}} = p_i$$

Its derivatives are

$$\frac{\partial p_i}{\partial z_j} = DERIVATIVE$$
"""


@pytest.mark.parametrize(
    ("derivative", "expected"),
    [
        (r"p_i (\delta_{ij} - p_j)", Status.VERIFIED),
        (r"\begin{cases} p_i(1-p_i) & i = j \\ -p_ip_j & i \neq j \end{cases}", Status.VERIFIED),
        (r"p_i (\delta_{ij} + p_j)", Status.ERRATA),
        (r"\begin{cases} p_i(1-p_i) & i = j \\ p_ip_j & i \neq j \end{cases}", Status.ERRATA),
    ],
)
def test_what_is_defined_before_is_used(derivative: str, expected: Status) -> None:
    report = check_text(SOFTMAX.replace("DERIVATIVE", derivative))
    assert report.formulas[-1].judgement.status is expected
    assert [f.rule for f in report.findings] == (["SC201"] if expected is Status.ERRATA else [])


@pytest.mark.parametrize(
    ("cases", "rules"),
    [
        (r"-1 & x < -1 \\ x & 0 \le x \le 1 \\ 1 & x > 1", ["SC208"]),
        (r"-1 & x < -1 \\ x & -1 \le x \le 1 \\ 1 & x > 1", []),
        (r"1 & 0 \le x \le 1 \\ 2 & 2 \le x \le 3", []),  # a support of two parts
        (r"x^2 & x < 1 \\ 2x & x \ge 1", ["SC402"]),
        (r"x^2 & x < 1 \\ 2x - 1 & x \ge 1", []),
        (r"0 & x < 0 \\ 1 & x \ge 0", []),  # a step
    ],
)
def test_gaps_and_jumps(cases: str, rules: list[str]) -> None:
    text = rf"$$f(x) = \begin{{cases}} {cases} \end{{cases}}$$"
    assert [f.rule for f in check_text(text).findings] == rules
