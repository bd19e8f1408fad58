"""Tokens and their offsets."""

from __future__ import annotations

import pytest

from symcheck.latex import LatexError, Limits, tokenize


def texts(latex: str) -> list[str]:
    return [t.value or t.text for t in tokenize(latex)][:-1]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\dfrac{a}{b}", ["frac", "{", "a", "}", "{", "b", "}"]),
        (r"a\,b~c", ["a", "b", "c"]),
        (r"\text{for all } x", ["for all ", "x"]),
        (r"\mathrm{KL}", ["KL"]),
        (r"\mathbf{x}", ["mathbf", "{", "x", "}"]),
        (r"\operatorname*{arg\,max}", ["arg max"]),
        (r"12{,}288", ["12288"]),
        (r"3\text{e-}4", ["3e-4"]),
        (r"softmax(x)", ["softmax", "(", "x", ")"]),
        (r"vec(AB) + coef", ["vec", "(", "A", "B", ")", "+", "coef"]),
        (r"x_{src} sigma", ["x", "_", "{", "src", "}", "sigma"]),
        (r"bscale", ["bscale"]),
        (r"bmax x\_t", ["b", "m", "a", "x", "x", "_", "t"]),
        (r"y\_true frequency abcde dxdydz", ["y_true", "frequency", *"abcde", *"dxdydz"]),
        ("x ≤ α", ["x", "leq", "alpha"]),
        (r"x % a remark", ["x"]),
        (r"\begin{array}{cc}1\end{array}", ["array", "1", "array"]),
        (r"\textcolor{red}{x}", ["{", "x", "}"]),
        (r"\ldots...", ["...", "..."]),
    ],
)
def test_tokens(latex: str, expected: list[str]) -> None:
    assert texts(latex) == expected


@pytest.mark.parametrize(
    "latex",
    [r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"\left\|\mathbf{x}\right\|_2^2 \quad \text{if } x > 0", "α + β ≤ γ"],
)
def test_spans_lie_in_the_text_and_rise(latex: str) -> None:
    tokens = tokenize(latex)
    at = 0
    for t in tokens:
        assert at <= t.span.start <= t.span.end <= len(latex)
        at = t.span.end
    assert tokens[-1].span == (len(latex), len(latex))


def test_a_token_covers_its_own_text() -> None:
    latex = r"x + \alpha^2 - 1.702"
    spans = [latex[t.span.start : t.span.end] for t in tokenize(latex)[:-1]]
    assert spans == ["x", "+", r"\alpha", "^", "2", "-", "1.702"]


def test_delimiters_know_their_side() -> None:
    bars = [t.value for t in tokenize(r"\left|x\right| \lVert y \rVert p(a \mid b)") if t.text in ("|", "||")]
    assert bars == ["open", "close", "open", "close", "separator"]


@pytest.mark.parametrize(
    ("latex", "offset"),
    [("a" * 101, 100), ("{" * 20, 10), (r"x\text{a", 6), ("x\\", 1), ("1" * 30, 0)],
)
def test_limits(latex: str, offset: int) -> None:
    with pytest.raises(LatexError) as caught:
        tokenize(latex, Limits(characters=100, tokens=50, depth=10, digits=20))
    assert caught.value.offset == offset
