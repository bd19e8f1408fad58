"""The rules: documented, and each example does what it is an example of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.gate.rules import rule, rules
from symcheck.gate.run import check_text
from symcheck.gate.tex_groups import Fault, group_fault


@pytest.mark.parametrize("code", list(rules()))
def test_examples(code: str) -> None:
    entry = rule(code)
    wrong = check_text(entry.wrong, file=entry.file)
    assert [f.rule for f in wrong.findings] == [code]
    assert wrong.findings[0].severity is entry.severity
    right = check_text(entry.right, file=entry.file)
    assert right.findings == ()
    assert len(entry.explanation) > 80 and entry.title


def test_codes_are_known_and_an_unknown_one_is_named() -> None:
    assert len(rules()) >= 10
    with pytest.raises(KeyError, match="SC101"):
        rule("SC000")


GROUP = st.recursive(
    st.sampled_from(["x", "\\{", "\\}", "\\alpha", "%{\n", "\\%", "(", "]", "\\\\"]),
    lambda inner: (
        st.builds("{{{}}}".format, inner)
        | st.builds("\\left({}\\right.".format, inner.map(lambda t: t.replace("\\\\", "")))
        | st.builds("\\begin{{cases}}{}\\end{{cases}}".format, inner)
        | st.builds("{} {}".format, inner, inner)
    ),
    max_leaves=12,
)


@given(text=GROUP)
@settings(max_examples=200, deadline=None)
def test_nested_groups_have_no_fault(text: str) -> None:
    assert group_fault(text) is None


@given(text=GROUP, data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_lost_token_is_found(text: str, data: st.DataObject) -> None:
    cuts = [
        (at, mark)
        for mark in ("\\left(", "\\right.", "\\begin{cases}", "\\end{cases}")
        for at in range(len(text))
        if text.startswith(mark, at)
    ]
    if cuts:
        at, mark = data.draw(st.sampled_from(cuts))
        assert group_fault(text[:at] + text[at + len(mark) :]) is not None


@pytest.mark.parametrize(
    ("latex", "kind", "at"),
    [
        ("\\frac{a}{b", Fault.BRACE, 8),
        ("a}", Fault.BRACE, 1),
        ("\\left( a", Fault.FENCE, 0),
        ("a \\right)", Fault.FENCE, 2),
        ("{\\left( a} \\right)", Fault.FENCE, 1),
        ("\\begin{matrix} \\left( a \\\\ b \\right) \\end{matrix}", Fault.FENCE, 15),
        ("\\begin{a}\\end{b}", Fault.ENVIRONMENT, 9),
        ("\\end{a}", Fault.ENVIRONMENT, 0),
        ("\\begin{a} x", Fault.ENVIRONMENT, 0),
    ],
)
def test_where_groups_break(latex: str, kind: Fault, at: int) -> None:
    fault = group_fault(latex)
    assert fault is not None and (fault.kind, fault.start) == (kind, at)


STRUCTURE = [
    # (rule, wrong, right): what is slipped, and what looks like it and is right
    ("SC314", "$$W^\\top X^\\top X^\\top X W$$\n", "$$W^\\top X^\\top X X^\\top W$$\n"),
    ("SC314", "$$Q = K_{fu} K_{ff}^{-1} K_{uf}$$\n", "$$Q = K_{fu} K_{uu}^{-1} K_{uf}$$\n"),
    (
        "SC314",
        "The score $\\mathbf{w}^\\top \\mathbf{x}_i$ is positive, so $s = \\mathbf{w} \\mathbf{x}_i$.\n",
        "The matrix $\\mathbf{w} \\mathbf{x}_i$ is what it is, so $s = \\mathbf{w} \\mathbf{x}_i$.\n",
    ),
    (
        "SC314",
        "Let $\\mathbf{v} = [x, y]^\\top$. Then we find $\\mathbf{v}A = [2x, -y]^\\top$.\n",
        "Let $\\mathbf{v} = [x, y]$. Then we find $\\mathbf{v}A = [2x, -y]$.\n",
    ),
    (
        "SC314",
        "Here $U$ is an $m \\times m$ matrix with $U^\\top U = I_{p \\times p}$.\n",
        "Here $U$ is an $m \\times p$ matrix with $U^\\top U = I_{p \\times p}$.\n",
    ),
    (
        "SC312",
        "$$\\mathcal{L}(\\theta) = -\\mathbb{E}[A_t \\nabla_\\theta \\log \\pi_\\theta(a_t \\mid s_t)]$$\n",
        "$$\\mathcal{L}(\\theta) = -\\mathbb{E}[A_t \\log \\pi_\\theta(a_t \\mid s_t)]$$\n",
    ),
    (
        "SC312",
        "$$\\frac{1}{B} \\sum_{i \\in B} x_i$$\n",
        "$$\\frac{1}{B} \\sum_{i \\in \\mathcal{B}} x_i$$\n",
    ),
    (
        "SC313",
        "$$R(s, a) = \\sum_{s' \\in S} P(s', r \\mid s, a)$$\n",
        "$$P(s', r) = \\sum_{s \\in S} P(s', r \\mid s, a) P(s)$$\n",
    ),
    (
        "SC313",
        "$$p(y_{1,1}, \\ldots, y_{2,1}, \\ldots) = \\prod_n p(y_{1,n}) \\prod_m p(y_{1,m})$$\n",
        "$$p(y_{1,1}, \\ldots, y_{2,1}, \\ldots) = \\prod_n p(y_{1,n}) \\prod_n p(y_{2,n})$$\n",
    ),
    (
        "SC313",
        "$$\\log P(y_1, \\ldots, y_L) = \\sum_{t=1}^L \\log P(y_t \\mid y_1, \\ldots, y_{t-1}, c)$$\n",
        "$$\\log P(y_1, \\ldots, y_L \\mid c) = \\sum_t \\log P(y_t \\mid y_1, \\ldots, y_{t-1}, c)$$\n",
    ),
    (
        "SC204",
        "$$\\frac{\\partial \\mathbf{x}^\\top \\mathbf{A} \\mathbf{x}}{\\partial \\mathbf{x}} "
        "= 3 \\mathbf{A} \\mathbf{x}$$\n",
        "$$\\frac{\\partial \\mathbf{x}^\\top \\mathbf{A} \\mathbf{x}}{\\partial \\mathbf{x}} "
        "= 2 \\mathbf{A} \\mathbf{x}$$\n",
    ),
    (
        "SC207",
        "$$E[X^2] = (a-2)^2 p + a^2 (1-2p) + (a+2) p = a^2 + 8p$$\n",
        "$$E[X^2] = (a-2)^2 p + a^2 (1-2p) + (a+2)^2 p = a^2 + 8p$$\n",
    ),
    (
        "SC601",
        "$$L = 1.50 + \\frac{8}{4 \\cdot 10}$$\n\n$$= 1.50 + 0.30 = 1.80$$\n",
        "$$L = 1.50 + \\frac{8}{4 \\cdot 10}$$\n\n$$= 1.50 + 0.20 = 1.70$$\n",
    ),
    ("SC110", "$$\\ln{(x) + 1}$$\n", "$$\\ln{(x + 1)}$$\n"),
    (
        "SC303",
        "$$\\frac{1}{n} \\sum_{i=1}^n 1(\\hat{y} = y)$$\n",
        "$$\\frac{1}{n} \\sum_{i=1}^n 1(\\hat{y}_i = y_i)$$\n",
    ),
    (
        "SC503",
        "With $x \\in \\{0, 1\\}$:\n\n$$P(x \\mid y) = P(i \\mid y) x \\times (1 - P(i \\mid y))(1 - x)$$\n",
        "With $x \\in \\{0, 1\\}$:\n\n$$P(x \\mid y) = P(i \\mid y) x + (1 - P(i \\mid y))(1 - x)$$\n",
    ),
]


@pytest.mark.parametrize(("code", "wrong", "right"), STRUCTURE)
def test_structure(code: str, wrong: str, right: str) -> None:
    assert [f.rule for f in check_text(wrong).findings] == [code]
    assert [f.rule for f in check_text(right).findings if f.rule == code] == []
