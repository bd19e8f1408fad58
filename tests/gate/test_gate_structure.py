"""Rules that read how a formula is put together: what is right, though it looks alike, stays silent."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Severity
from symcheck.gate.run import check_text

SILENT = [
    r"x \in [0, 1)",
    r"]a, b[",
    r"x, y \in [0, 1[",
    r"t \in ]0, 1]",
    r"|J| = \prod_k L_k \cdot 2^n \cdot \prod_k L_k^{n-k}",
    r"S = \sum_i a_i \cdot \sum_i b_i",
    r"\hat{w} = (2 p_1 - 1)^2 p_2 (1 - p_2) + (2 p_2 - 1)^2 p_1 (1 - p_1)",
    r"T_k(x_i) = p_{mk}",
    r"p(y, f) = \text{NegativeBinomial}(k, p)",
    r"\left. \frac{df}{dx} \right|_{x=0}",
    r"(a) \quad x = 1",
    r"\sum_{i=1}^n c = n c",
    r"\sum_{i=1}^n x^{(i)}",
    r"y_k = \sum_{i=1}^n a_k",
    r"\sum_{n=0}^{N} a_n",
    r"\{w_s\}_{s=0}^t",
    r"\int_0^1 2 x \, dx = [x^2]_0^1 = 1",
    r"\int_0^x f(t) \, dt = F(x)",
    r"w_i = \frac{a(k_i, q)}{\sum_j a(k_j, q)}",
    r"w_i = \frac{a(q, k_i)}{\sum_{j=1}^n a(q, k_j)}",
    r"p(x_t \mid x_{t-1}) = \mathcal{N}(x_t; \sqrt{1 - \beta_t} x_{t-1}, \beta_t I)",
    r"f(x, y) = g(x) + g(y)",
    r"L(w, b) = \frac{1}{2} \|r\|^2",
    r"V(s) = E[G_t \mid S_t = s]",
    r"P(X=x, Y=x) = P(X=x) P(Y=x)",
    r"\alpha_t x + (1 - \alpha_t) y",
    r"\alpha_1 x + (1 - \beta_1) y",
    r"\lim_{n \to \infty} \hat{p} = p",
    r"\lim_{h \to 0} 0 = 0",
    r"\frac{\partial f}{\partial u}, \frac{\partial f}{\partial v}, \frac{\partial f}{\partial w}",
    r"\min_{\mu_j \in C} \|x_i - \mu_j\|^2",
    r"\pi_{t+1} = \frac{\pi_t l(w_t)}{\pi_t l(w_t) + 1 - \pi_t}",
]


@pytest.mark.parametrize("latex", SILENT)
def test_what_looks_alike_is_left_alone(latex: str) -> None:
    findings = check_text(f"Here\n\n$$\n{latex}\n$$\n").findings
    assert [f for f in findings if f.severity is Severity.ERROR] == []


FOUND = [
    (r"f(x) = \exp(-(x - \mu)^2", "SC107"),
    (r"x, y \in [0, 1[ + 2", "SC107"),
    (r"S = \sum_i a_i \sum_i b_i", "SC302"),
    (r"p(x, h) = p(h_1) \prod_{i=2}^T p(h_t \mid h_{t-1})", "SC303"),
    (r"\min_{\mu_j \in C} \|x_j - \mu_i\|^2", "SC303"),
    (r"\lim_{a \to 0} (A + \alpha I)^{-1}", "SC303"),
    (r"P_N(x) = \sum_{n=0}^{n} a_n x^n", "SC304"),
    (r"1 - \Phi(y) = \int_u^{\infty} f(y) \, dy", "SC306"),
    (r"\mathrm{lbeta}(\alpha, \beta) = \log\Gamma(a) + \log\Gamma(b) - \log\Gamma(a + b)", "SC307"),
    (r"Q(s) = E[G_t \mid S_t = s, A_t = a]", "SC307"),
]


@pytest.mark.parametrize(("latex", "code"), FOUND)
def test_what_is_wrong_is_found(latex: str, code: str) -> None:
    assert [f.rule for f in check_text(f"Here\n\n$$\n{latex}\n$$\n").findings] == [code]


def test_a_tuple_set_as_two_formulas_has_its_bracket() -> None:
    text = "The padding is $(a, b,$ $c, d)$ in this order. The set is $(a, b$ only.\n"
    assert [f.column for f in check_text(text).findings] == [60]
