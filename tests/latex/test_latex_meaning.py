"""Readings judged by hand: LaTeX and the expression that a reader would write down for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sympy as sp
from sympy import Abs, Max, Piecewise, Rational, cos, exp, log, pi, sin, sqrt, tanh

from formulas.language import (
    Partial,
    Phi,
    delta,
    dim,
    index,
    natural,
    normal_density,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)  # fmt: skip
from symcheck.latex import Context, Convention, Declaration, Definition, Kind, Reason, Role, interpret, parse

Alike = Callable[[sp.Basic, sp.Basic], bool]
n, m, d, T, C = (dim(x) for x in ["n", "m", "d", "T", "C"])
i, j, k, t = index("i j k t")
ix, iy = index("x y")
x, y, alpha, tau, gamma = (real(v) for v in ("x", "y", "alpha", "tau", "gamma"))
y_hat, delta_, eps, eta = (real(v) for v in ["y_hat", "delta", "epsilon", "eta"])
a, b, z, xs = (tensor(v, n) for v in ["a", "b", "z", "x"])
A, B = tensor("A", n, m), tensor("B", m, d)
px, qx = tensor("p", n, positive=True), tensor("q", n, positive=True)
joint = tensor("p", n, m, positive=True)
steps = tensor("P", T, positive=True)
softmax_z = exp(z[i]) / total(exp(z[j]), (j, n))
norm_a, norm_b = (sqrt(total(v[i] ** 2, (i, n))) for v in (a, b))

EXPRESSIONS: list[tuple[str, sp.Expr]] = [
    # activations
    (r"\max(0, x)", Max(0, x)),
    (r"\begin{cases}1 & x > 0 \\ 0 & x \leq 0\end{cases}", Piecewise((1, x > 0), (0, True))),
    (r"\max(\alpha x, x)", Max(alpha * x, x)),
    (r"\begin{cases}1 & x > 0 \\ \alpha & x \leq 0\end{cases}", Piecewise((1, x > 0), (alpha, True))),
    (r"x \cdot \Phi(x)", x * Phi(x)),
    (r"x \cdot \sigma(1.702x)", x * sigmoid(Rational(1702, 1000) * x)),
    (r"\sigma(x) + x\sigma(x)(1-\sigma(x))", sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x))),
    (r"\frac{1}{1+e^{-x}}", 1 / (1 + exp(-x))),
    (r"\frac{e^x - e^{-x}}{e^x + e^{-x}}", (exp(x) - exp(-x)) / (exp(x) + exp(-x))),
    (r"1 - \tanh^2(x)", 1 - tanh(x) ** 2),
    (r"\frac{e^{z_i}}{\sum_j e^{z_j}}", softmax_z),
    (r"\operatorname{softmax}(\mathbf{z})_i", softmax_z),
    (r"\text{softmax}(z_i)", softmax_z),
    (r"s_i(\delta_{ij} - s_j)", (v := tensor("s", n))[i] * (delta(i, j) - v[j])),
    (r"\log(1 + e^x)", log(1 + exp(x))),
    (r"\text{softplus}(x)", softplus(x)),
    (r"\log \sum_{j=1}^n e^{z_j}", log(total(exp(z[j]), (j, n)))),
    (r"0.5x(1 + \tanh[\sqrt{2/\pi}(x + 0.044715x^3)])",
     x / 2 * (1 + tanh(sqrt(2 / pi) * (x + Rational(44715, 10**6) * x**3)))),
    # calculus
    (r"\ln(x)", log(x)),
    (r"nx^{n-1}", real("n") * x ** (real("n") - 1)),
    (r"\frac{d}{dx} \tanh(x)", Partial(tanh(x), x)),
    (r"\sigma'(x)", Partial(sigmoid(x), x)),
    (r"\frac{\partial}{\partial z_k} \sum_i z_i^2", Partial(total(z[i] ** 2, (i, n)), z[k])),
    # linear algebra
    (r"\sum_i |a_i|", total(Abs(a[i]), (i, n))),
    (r"\sum a_i^2", total(a[i] ** 2, (i, n))),
    (r"\mathbf{a}^\top \mathbf{b}", total(a[i] * b[i], (i, n))),
    (r"\langle \mathbf{a}, \mathbf{b} \rangle", total(a[i] * b[i], (i, n))),
    (r"\frac{\mathbf{a} \cdot \mathbf{b}}{\|\mathbf{a}\| \|\mathbf{b}\|}",
     total(a[i] * b[i], (i, n)) / (norm_a * norm_b)),
    (r"\|\mathbf{a} - \mathbf{b}\|_2", sqrt(total((a[i] - b[i]) ** 2, (i, n)))),
    (r"(AB)_{ij}", total(A[i, k] * B[k, j], (k, m))),
    # losses
    (r"-\sum_{i=1}^{C} y_i \log(\hat{y}_i)",
     -total(tensor("y", C)[i] * log(tensor("y_hat", C)[i]), (i, C))),
    (r"-[y \log(\hat{y}) + (1-y)\log(1-\hat{y})]", -(y * log(y_hat) + (1 - y) * log(1 - y_hat))),
    (r"\frac{1}{n}\sum_{i=1}^n (y_i - \hat{y}_i)^2",
     total((tensor("y", n)[i] - tensor("y_hat", n)[i]) ** 2, (i, n)) / n),
    (r"\frac{1}{n}\sum_i |y_i - \hat{y}_i|",
     total(Abs(tensor("y", n)[i] - tensor("y_hat", n)[i]), (i, n)) / n),
    (r"\begin{cases}\frac{1}{2}(y - \hat{y})^2 & |y - \hat{y}| \leq \delta \\"
     r" \delta|y - \hat{y}| - \frac{1}{2}\delta^2 & \text{otherwise}\end{cases}",
     Piecewise(((y - y_hat) ** 2 / 2, Abs(y - y_hat) <= delta_),
               (delta_ * Abs(y - y_hat) - delta_**2 / 2, True))),
    # optimisation
    (r"\eta_{min} + \frac{1}{2}(\eta_{max} - \eta_{min})\left(1 + \cos\frac{t\pi}{T}\right)",
     real("eta_min") + (real("eta_max") - real("eta_min")) * (1 + cos(real("t") * pi / real("T"))) / 2),
    (r"\beta_1 m_{t-1} + (1-\beta_1) g_t",
     real("beta_1") * real("m_t-1") + (1 - real("beta_1")) * real("g_t")),
    (r"\frac{m_t}{1-\beta_1^t}", real("m_t") / (1 - real("beta_1") ** real("t"))),
    # probability and information
    (r"-\sum p(x) \log p(x)", -total(px[ix] * log(px[ix]), (ix, n))),
    (r"-\sum_x p(x) \log q(x)", -total(px[ix] * log(qx[ix]), (ix, n))),
    (r"\sum_{x \in \mathcal{X}} p(x) \log \frac{p(x)}{q(x)}", total(px[ix] * log(px[ix] / qx[ix]), (ix, n))),
    (r"\exp\left(-\frac{1}{T}\sum \log P(x_t \mid x_{<t})\right)", exp(-total(log(steps[t]), (t, T)) / T)),
    (r"-\frac{1}{T}\sum_{t=1}^T \log P(x_t \mid x_1, \ldots, x_{t-1})", -total(log(steps[t]), (t, T)) / T),
    (r"H(p)", -total(px[ix] * log(px[ix]), (ix, n))),
    (r"D_{KL}(p \| q)", total(px[ix] * log(px[ix] / qx[ix]), (ix, n))),
    (r"\sum_{x,y} p(x,y) \log p(x)",
     total(joint[ix, iy] * log(total(joint[ix, j], (j, m))), (ix, n), (iy, m))),
    (r"\frac{\exp(z_i / \tau)}{\sum_j \exp(z_j / \tau)}", exp(z[i] / tau) / total(exp(z[j] / tau), (j, n))),
    # ranges
    (r"\sum_{i=0}^{n-1} x_i", total(xs[i], (i, n))),
    (r"\sum_{k \neq i} z_k", total(z[k] * (1 - delta(i, k)), (k, n))),
    (r"\frac{x}{2\sigma^2}", x / (2 * real("sigma") ** 2)),
    (r"1/2 x", x / 2),
    (r"10^{-8}", Rational(1, 10**8)),
]  # fmt: skip


def only(latex: str, context: Context | None = None) -> sp.Basic:
    reading = interpret(parse(latex), context)
    assert reading.not_read is None, reading.not_read
    ((side,),) = (s.sides for s in reading.sentences)
    assert side.expr is not None
    return side.expr


@pytest.mark.parametrize(("latex", "expected"), EXPRESSIONS)
def test_expression(latex: str, expected: sp.Expr, alike: Alike, close: Alike) -> None:
    found = only(latex)
    if not alike(found, expected):
        assert found.atoms(sp.Symbol) == expected.atoms(sp.Symbol) or not found.has(Partial)
        assert close(found, expected), found


SENTENCES: list[tuple[str, tuple[sp.Expr, ...]]] = [
    (r"\mathbf{a} \cdot \mathbf{b} = \sum_{i} a_i b_i", (total(a[i] * b[i], (i, n)),) * 2),
    (r"(AB)_{ij} = \sum_k A_{ik}B_{kj}",
     (total(tensor("A", n, d)[i, k] * tensor("B", d, m)[k, j], (k, d)),) * 2),
    (r"\|\mathbf{a}\| = \sqrt{\sum a_i^2}", (norm_a, norm_a)),
    (r"H(p, q) = H(p) + D_{KL}(p \| q)",
     (-total(px[ix] * log(qx[ix]), (ix, n)),
      -total(px[ix] * log(px[ix]), (ix, n)) + total(px[ix] * log(px[ix] / qx[ix]), (ix, n)))),
    (r"H(X) = -\sum p(x) \log p(x)", (-total(px[ix] * log(px[ix]), (ix, n)),) * 2),
    (r"\sigma(x) = \frac{1}{1+e^{-x}}", (sigmoid(x), 1 / (1 + exp(-x)))),
    (r"x \cdot \Phi(x) \approx x \cdot \sigma(1.702x)", (x * Phi(x), x * sigmoid(Rational(851, 500) * x))),
    (r"A = A^T", (tensor("A", n, n)[i, j], tensor("A", n, n)[j, i])),
    (r"\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}",
     (tensor("x_hat", n)[i], (xs[i] - real("mu_B")) / sqrt(real("sigma_B") ** 2 + eps))),
    (r"(fg)' = f'g + fg'",
     (Partial((f := sp.Function("f", real=True)(x)) * (g := sp.Function("g", real=True)(x)), x),
      Partial(f, x) * g + f * Partial(g, x))),
    (r"\frac{d}{dv} (x-uv)^{2}= 2(x-uv)u",
     (Partial((x - real("u") * real("v")) ** 2, real("v")), 2 * (x - real("u") * real("v")) * real("u"))),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "expected"), SENTENCES)
def test_sentence(latex: str, expected: tuple[sp.Expr, ...], alike: Alike) -> None:
    reading = interpret(parse(latex))
    (sentence,) = reading.sentences
    found = [s.expr for s in sentence.sides]
    assert len(found) == len(expected)
    for a_, b_ in zip(found, expected, strict=True):
        assert a_ is not None
        assert alike(sp.expand(a_), sp.expand(b_)), found
    assert not reading.problems


def test_a_formula_explains_its_own_names(alike: Alike) -> None:
    latex = (
        r"\hat{x}_i = \frac{x_i}{\text{RMS}(x)} \cdot \gamma \qquad "
        r"\text{RMS}(x) = \sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}"
    )
    reading = interpret(parse(latex))
    first, second = reading.sentences
    rms = sqrt(total(xs[j] ** 2, (j, n)) / n)
    assert alike(sp.powdenest(first.sides[1].expr / (xs[i] / rms * gamma), force=True), sp.Integer(1))
    assert second.role is Role.DEFINITION
    assert second.sides[0].head is not None
    assert second.sides[0].head.name == "RMS"
    assert second.sides[0].head.arguments == (xs,)
    assert reading.definitions["RMS"].parameters == (xs,)


def test_rotation() -> None:
    latex = (
        r"f(x_m, m) = R_m x_m \qquad "
        r"R_m = \begin{pmatrix}\cos m\theta & -\sin m\theta \\ \sin m\theta & \cos m\theta\end{pmatrix}"
    )
    first, second = interpret(parse(latex)).sentences
    angle = real("m") * real("theta")
    pair = tensor("x_m", 2)
    rotation = sp.ImmutableDenseMatrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    assert second.sides[1].expr == rotation
    assert first.sides[1].expr == rotation * sp.Matrix([pair[1], pair[2]])
    assert first.sides[0].head is not None
    assert first.sides[0].expr is None


def test_definitions_of_the_document(alike: Alike) -> None:
    context = Context().define(Definition(name="s", expr=softmax_z, indices=(i,)))
    other = exp(z[j]) / total(exp(z[k]), (k, n))
    found = only(r"s_i(\delta_{ij} - s_j)", context)
    assert alike(found, softmax_z * (delta(i, j) - other))
    (sentence,) = interpret(
        parse(r"\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} - s_j)"), context
    ).sentences
    assert alike(sentence.sides[0].expr, Partial(softmax_z, z[j]))


def test_a_definition_is_inlined_without_capture(alike: Alike) -> None:
    scale = Definition(name="g", expr=total(xs[j] * z[j], (j, n)), parameters=(xs,))
    declared = Context(symbols={"a": Declaration.tensor("n"), "A": Declaration.tensor("n", "n")}).define(
        scale
    )
    found = only(r"\sum_j A_{ij} g(a) a_j", declared)
    square = tensor("A", n, n)
    assert alike(found, total(square[i, j] * a[j] * total(a[k] * z[k], (k, n)), (j, n)))


def test_conventions_can_be_switched_off() -> None:
    assert only(r"\sigma(x)") == sigmoid(x)
    off = Context(conventions=frozenset(Convention) - {Convention.SIGMA})
    assert only(r"\sigma(x)", off) == sp.Function("sigma", real=True)(x)


def test_declarations_decide() -> None:
    vector = Context(symbols={"w": Declaration.tensor("d"), "x": Declaration.tensor("d")})
    w, v = tensor("w", d), tensor("x", d)
    assert only(r"w^T x", vector).doit is not None
    assert only(r"w^T x", vector) == total(w[i] * v[i], (i, d))
    assert only(r"x^k", Context(symbols={"k": Declaration(kind=Kind.NATURAL)})) == x ** natural("k")
    assert only(r"\log x", Context(symbols={"x": Declaration.scalar("positive")})).args[0].is_positive


def test_shapes_are_declared_in_formulas() -> None:
    reading = interpret(parse(r"W \in \mathbb{R}^{m \times n}"))
    assert reading.sentences[0].role is Role.DECLARATION
    assert reading.symbols["W"] == Declaration.tensor("m", "n")


def test_vector_equations_have_common_indices() -> None:
    (sentence,) = interpret(parse(r"\mathbf{z} = W\mathbf{x} + \mathbf{b}")).sentences
    left, right = (s.expr for s in sentence.sides)
    assert sentence.ranges == {i: n}
    assert left == tensor("z", n)[i]
    assert right == tensor("b", n)[i] + total(tensor("W", n, m)[i, j] * tensor("x", m)[j], (j, m))


@pytest.mark.parametrize(
    ("latex", "conditions", "unread"),
    [
        (r"\log x \leq x - 1 \quad \text{for } x > 0", 1, 0),
        (r"a = b, \forall x \neq 0", 1, 0),
        (r"a = b \quad \text{if } f \text{ is convex}", 0, 1),
        (r"x_i > 0, \quad \text{for } i = 1, \ldots, n", 0, 0),
    ],
)
def test_conditions(latex: str, conditions: int, unread: int) -> None:
    sentence = interpret(parse(latex)).sentences[0]
    assert len(sentence.conditions) == conditions
    assert len(sentence.conditions_not_read) == unread


REFUSED = [
    (r"A^{-1} B", Reason.THEORY),
    (r"\eta_t = \begin{cases} t & t < T \\ \text{cosine decay} & t \geq T\end{cases}", Reason.PROSE),
    (r"\theta - \eta \nabla L(\theta)", Reason.SYMBOL),
    (r"\text{Concat}(x, y) + 1", Reason.SYMBOL),
    (r"\frac{\partial L}{\partial w}", Reason.SYMBOL),
    (r"BA + W", Reason.SYMBOL),
    (r"\int x dx", Reason.THEORY),
    (r"O(n^2)", Reason.THEORY),
    (r"\sum_{i \in B} x_i", Reason.THEORY),
    (r"\sum_{i=2}^n x_i", Reason.THEORY),
    (r"\sum_{i=1}^n x_{i+1}", Reason.THEORY),
    (r"\prod_{i=1}^n x_i", Reason.THEORY),
    (r"\mathcal{N}(0, I)", Reason.THEORY),
    (r"x \pm y", Reason.THEORY),
    (r"\frac{1}{0}", Reason.THEORY),
    (r"E[f(y)]", Reason.SYMBOL),
    (r"x = e", Reason.SYMBOL),
    (r"y_i = A_{ij} x_j", Reason.SYMBOL),
    (r"W_f [h_{t-1}, x_t] + b_f", Reason.SYMBOL),
    (r"a_1 + \cdots + a_n", Reason.THEORY),
    (r"\log|\Sigma|", Reason.SYMBOL),
    (r"\delta_{ij} A_{jk} = A_{ik}", Reason.SYMBOL),
    (r"\begin{pmatrix} A & U \\ V & C \end{pmatrix}", Reason.SYMBOL),
    (r"d\mathbf{x}/dt = A\mathbf{x}", Reason.SYMBOL),
    (r"A^{kl}_{ij} T_{kl}", Reason.SYMBOL),
    (r"A^{-1}", Reason.SYMBOL),
    (r"e^{inx}", Reason.SYMBOL),
    (r"e^{(k+1)}", Reason.SYMBOL),
    (r"\|W^{[k]}\|_2", Reason.SYMBOL),
    (r"\mathbf{y} = g(L) \mathbf{x}", Reason.SYMBOL),
    (r"\frac{1}{n}\sum_{i=1}^n l^{(i)}(\mathbf{w}, b)", Reason.SYMBOL),
]


@pytest.mark.parametrize(("latex", "reason"), REFUSED)
def test_refused_rather_than_misread(latex: str, reason: Reason) -> None:
    not_read = interpret(parse(latex)).not_read
    assert not_read is not None
    assert not_read.reason is reason, not_read
    assert not_read.detail
    assert 0 <= not_read.span.start < not_read.span.end <= len(latex)


def test_phi_beside_its_integral_is_the_density() -> None:
    assert only(r"\Phi(x) + x\varphi(x)") == Phi(x) + x * normal_density(x)
    assert only(r"\varphi(x)") == sp.Function("varphi", real=True)(x)
