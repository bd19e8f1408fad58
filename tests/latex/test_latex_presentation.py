"""What a formula looks like: trees in a short notation, statements, spans."""

from __future__ import annotations

from itertools import pairwise

import pytest
from readings import short, statement

from symcheck.latex import Reason, parse, tree
from symcheck.latex.tree import walk


def shown(latex: str) -> list[str]:
    return [statement(s).split("  ")[0] for s in parse(latex).statements]


TREES = [
    # application or product
    (r"f(x)", "f@(x)"),
    (r"s_i(\delta_{ij} - s_j)", "[s_i ~ ((+delta_i,j -s_j))]"),
    (r"p(1-p)", "[p ~ ((+1 -p))]"),
    (r"\lambda(1-x)", "[lambda ~ ((+1 -x))]"),
    (r"\sigma(x)(1-\sigma(x))", "[sigma@(x) ~ ((+1 -sigma@(x)))]"),
    (r"\text{softmax}(z)_i", "softmax@(z)_i"),
    (r"P(X=1)", "P@(X = 1)"),
    (r"p(x \mid y)", "p@(x| y)"),
    (r"\theta^T x", "[theta.T ~ x]"),
    (r"\gamma^T V(s_T)", "[gamma**T ~ V@(s_T)]"),
    (r"\delta^L_j", "delta_j#L"),
    (r"p^L", "p**L"),
    (r"D_{KL}(p \| q)", "D_KL@(p|| q)"),
    (r"E_{x \sim p}[f(x)]", "E_x ~ p@[f@(x)]"),
    (r"E[x, :]", "entry(E, x, :)"),
    (r"\log p(x)", "log@{p@(x)}"),
    (r"\cos m\theta", "cos@{[m ~ theta]}"),
    (r"\tanh^2(x)", "tanh**2@(x)"),
    (r"g{\left(x \right)} \sin{\left(x \right)}", "[g@(x) ~ sin@(x)]"),
    (r"\exp -\frac{x}{2}", "exp@{(-x/2)}"),
    (r"(f \circ g)'(x)", "([f circ g])'@(x)"),
    # superscripts
    (r"\mathbf{a}^T b", "[a.T ~ b]"),
    (r"A B^{\prime \top} c", "[A ~ B'.T ~ c]"),
    (r"e_{ij}^{l} + e^{l}", "(+e_i,j#l +e**l)"),
    (r"\cos 60^\circ", "cos@{60#circ}"),
    (r"x^{(i)}", "x#(i)"),
    (r"5^{(2)}", "5**(2)"),
    (r"W^{l+1}", "W#(+l +1)"),
    (r"\beta_1^t", "beta_1**t"),
    (r"\theta^*", "theta#*"),
    (r"A^{-1}", "A**(-1)"),
    (r"\frac{\partial L}{\partial W^1} W^l", "[d(L)/d(W#1) ~ W#l]"),
    (r"x_t^i + x_t^2", "(+x_t#i +x_t**2)"),
    (r"\ell^p", "ell#p"),
    (r"F^{-1}(u)", "F**(-1)@(u)"),
    (r"\mathbf{PQ}^\top", "[P ~ Q.T]"),
    (r"p_i(\delta_{ij} - p_j)", "[p_i ~ ((+delta_i,j -p_j))]"),
    (r"\pi(t - w) + \pi(a|s)", "(+[pi ~ ((+t -w))] +pi@(a| s))"),
    (r"c_n(x - a)^n + f(x - a)^n", "(+[c_n ~ ((+x -a))**n] +f@((+x -a))**n)"),
    (r"\lambda_{\max}(A^\top A)", "lambda_max@([A.T ~ A])"),
    (r"(f + g)(t) = f(t) + g(t)", "((+f +g))@(t) = (+f@(t) +g@(t))"),
    (r"\mathbf{1}[x > 0]", "1@[x > 0]"),
    (r"\nabla f(x)^\top d", "[nabla(f@(x)).T ~ d]"),
    (r"\{x_i\}_{i=1}^n", r"family<i = 1;n>\{x_i\}"),
    (r"\partial^2 f / \partial x \partial y", "d**2(f)/d(x,y)"),
    (r"u \mathrel{+}= v", "u += v"),
    (r"\{1,234\}", r"\{1, 234\}"),
    (r"a_{1n} + a_{mn}", "(+a_1,n +a_m,n)"),
    (r"\boxed{a = b}", "a = b"),
    (r"\MW x = \E[X]", "[MW ~ x] = E@[X]"),
    (r"\textrm{log-sum-exp}_{m=1}^M \mu_m + 1", "(+log-sum-exp<m = 1;M>mu_m +1)"),
    (r"f(1,\,234)", "f@(1, 234)"),
    (r"a = b \quad \Rightarrow \quad c = d", "=>(a = b, c = d)"),
    # subscripts
    (r"\hat{y}_i", "y^hat_i"),
    (r"\eta_{min}", "eta_min"),
    (r"A_{ij}", "A_i,j"),
    (r"W_{12}", "W_1,2"),
    (r"x_{10}", "x_10"),
    (r"x_{<t}", "x_? < t"),
    (r"{W_1}_{ij}", "W_1_i,j"),
    # bars
    (r"|a||b|", "[|a| ~ |b|]"),
    (r"\|x\|_2^2", "||x||_2**2"),
    (r"\sum_i |a_i|", "sum<i;>|a_i|"),
    (r"p(a|b, c)", "p@(a| b, c)"),
    # big operators and fractions
    (r"\sum_{i=1}^n x_i + 1", "(+sum<i = 1;n>x_i +1)"),
    (r"\sum_i a_i / \sum_i b_i", "sum<i;>a_i/sum<i;>b_i"),
    (r"\arg\max_\theta p(x)", "argmax<theta;>p@(x)"),
    (r"\underset{x}{\operatorname{argmin}} f(x)", "argmin<x;>f@(x)"),
    (r"1/2 x", "[1/2 ~ x]"),
    (r"x/2\sigma^2", "x/[2 ~ sigma**2]"),
    (r"\frac{\partial^2 f}{\partial x_i \partial x_j}", "d**2(f)/d(x_i,x_j)"),
    (r"\frac{d}{dx} x^n", "d(x**n)/d(x)"),
    (r"\partial f / \partial x", "d(f)/d(x)"),
    (r"dx/dt", "d(x)/d(t)"),
    (r"\int_0^1 x^2 \, dx", "integral(0, 1, x**2, x)"),
    # environments
    (r"\begin{cases}1 & x > 0 \\ 0 & \text{otherwise}\end{cases}", "{1 if x > 0 | 0 if 'otherwise'}"),
    (r"\begin{cases} a, \text{ if } x > 0 \\ b, \text{ else}\end{cases}", "{a if x > 0 | b if 'otherwise'}"),
    (r"\begin{pmatrix}a & b \\ c & d\end{pmatrix}", "mat(a b; c d)"),
    # chains
    (r"a = b \approx c \leq d", "a = b ~~ c <= d"),
    (r"a := b", "a := b"),
    (r"x \in \mathbb{R}^n", "x in R**n"),
    (r"a \stackrel{\text{def}}{=} b", "a := b"),
    (r"a \neq b \not= c", "a != b != c"),
]


@pytest.mark.parametrize(("latex", "expected"), TREES)
def test_tree(latex: str, expected: str) -> None:
    assert shown(latex) == [expected]
    assert parse(latex).not_read is None


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"a = 1 \qquad b = 2", ["a = 1", "b = 2"]),
        (r"\begin{aligned} a &= b \\ &= c + \\ & d \end{aligned}", ["a = b = (+c +d)"]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", ["a = b", "c = d"]),
        (r"a, b \in V", ["<a b> in V"]),
        (r"i = 1, \ldots, n", ["i = <1 ... n>"]),
        (r"= x + 1", ["? = (+x +1)"]),
        (r"1,234 x", ["[1234 ~ x]"]),
        (r"m_t = g_t \qquad \text{(1st moment)}", ["m_t = g_t"]),
    ],
)
def test_statements(latex: str, expected: list[str]) -> None:
    assert shown(latex) == expected


def test_conditions_and_remarks_stand_beside_the_statement() -> None:
    (statement,) = parse(r"\log x < x \quad \text{for } x > 0, \forall x").statements
    assert [short(c) for c in statement.conditions] == ["x > 0", "forall(x)"]
    (statement,) = parse(r"m_t = g_t \qquad \text{(1st moment)}").statements
    assert statement.remark == "(1st moment)"


@pytest.mark.parametrize(
    ("latex", "at"),
    [
        (r"x + \frobnicate y", r"\frobnicate"),
        (r"a ) b", ")"),
        (r"\begin{tikzcd} a \end{tikzcd}", r"\begin{tikzcd}"),
        (r"x_a_b", "_"),
        (r"x^a^b", "^"),
        (r"\frac{a}", ""),
        (r"a +", ""),
        (r"\exp -a - b", "-"),
        (r"(a + b", ""),
    ],
)
def test_unknown_notation_is_refused_at_its_place(latex: str, at: str) -> None:
    not_read = parse(latex).not_read
    assert not_read is not None
    assert not_read.reason is Reason.NOTATION
    assert latex[not_read.span.start : not_read.span.end].startswith(at)


def test_one_unreadable_statement_leaves_the_others() -> None:
    statements = parse(r"a = b \qquad c ) = d \qquad e = f").statements
    assert [s.not_read is None for s in statements] == [True, False, True]


def test_prose_is_no_formula() -> None:
    assert parse(r"\text{where it is}").not_read is not None


@pytest.mark.parametrize("latex", [latex for latex, _ in TREES])
def test_spans(latex: str) -> None:
    """A leaf's span is its own text; a node's span holds those of its parts; no text is read twice."""
    leaves = []
    for s in parse(latex).statements:
        for side in s.sides:
            for node in walk(side):
                assert 0 <= node.span.start <= node.span.end <= len(latex)
                if isinstance(node, tree.Number):
                    assert latex[node.span.start : node.span.end] == node.text
                if isinstance(node, tree.Symbol) and len(node.name) == 1 and node.name.isalpha():
                    assert node.name in latex[node.span.start : node.span.end]
                if isinstance(node, tree.Symbol | tree.Number):
                    leaves.append(node.span)
                for child in tree.children(node):
                    assert node.span.start <= child.span.start or isinstance(node, tree.Delimited)
    leaves.sort()
    assert all(a.end <= b.start for a, b in pairwise(leaves))


@pytest.mark.parametrize(
    ("latex", "unbalanced"),
    [
        (r"\exp(\langle t, x \rangle) - F(x) + k)", True),
        (r"\exp(\frac{1}{n} \sum_j \ln(|A_j|)", True),
        (r"\frac{a}{b", True),
        (r"\begin{cases} a", True),
        (r"x + \frobnicate", False),
        (r"a +", False),
    ],
)
def test_unbalanced_text_is_told_from_unknown_notation(latex: str, unbalanced: bool) -> None:
    not_read = parse(latex).not_read
    assert not_read is not None
    assert not_read.unbalanced is unbalanced


@pytest.mark.parametrize("latex", [r"[0, \infty)", r"(a, b]", r"x \in [0, 1)"])
def test_half_open_intervals_are_balanced(latex: str) -> None:
    assert parse(latex).not_read is None


@pytest.mark.parametrize(
    ("latex", "same"),
    [
        (r"2 \mathrm{ for } x > 1", r"2 \text{ for } x > 1"),
        (
            r"\begin{cases} 1 & \mathrm{if}\ x < 0 \end{cases}",
            r"\begin{cases} 1 & \text{if } x < 0 \end{cases}",
        ),
        (r"lim_{x\to\infty} g(x)", r"\lim_{x\to\infty} g(x)"),
        (r"ln(1 + e^z)", r"\ln(1 + e^z)"),
        (r"sec^2(u)", r"\sec^2(u)"),
        (r"cosx + lnp", r"\cos x + \ln p"),
        (r"\sum_{k=1}^{k=n} a_k", r"\sum_{k=1}^{n} a_k"),
        (r"t_i \space \log s_i", r"t_i \log s_i"),
        (r"\sum\_{t=1}^n X\_t", r"\sum_{t=1}^n X_t"),
        (r"\text{hidden\_size}", r"\text{hidden_size}"),
    ],
)
def test_words_in_another_font_are_the_same_words(latex: str, same: str) -> None:
    assert [short(s.sides[0]) for s in parse(latex).statements] == [
        short(s.sides[0]) for s in parse(same).statements
    ]


def test_an_or_in_a_case_joins_conditions() -> None:
    (statement,) = parse(r"\begin{cases} 0 & \text{if } x < a \text{ or } x > b \end{cases}").statements
    assert short(statement.sides[0]) == "{0 if or(x < a, x > b)}"
