"""Names typed as plain letters, upper indices, numbers of choices: read as what they are, or refused."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symcheck.latex import notation, parse
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Binomial, Call, Mark, Product, Subscript, Sum

WORD = st.sampled_from(["frequency", "minimum", "coverage", "similarity", "accuracy", "size", "cosine"])
LETTER = st.sampled_from(string.ascii_lowercase.replace("d", "").replace("e", ""))


def side(latex: str, at: int = 0) -> Any:
    return parse(latex).statements[0].sides[at]


@given(WORD, LETTER, LETTER)
def test_a_word_is_one_name(word: str, x: str, i: str) -> None:
    assert plain_name(side(rf"{word}_{{{i}}}")) == f"{word}_{i}"
    assert isinstance(side(f"{word}({x})"), Call)
    assert isinstance(side(rf"n\_{word} + {x}\_{i}").terms[1], Subscript)


@given(st.lists(LETTER, min_size=2, max_size=4, unique=True).map(sorted).map("".join))
def test_few_letters_are_a_product(letters: str) -> None:
    assume(not any(word in letters for word in notation.CATALOGUED_WORDS))  # cos, lnx, cost
    assert isinstance(side(letters + " + 1").terms[0], Product)


@pytest.mark.parametrize(
    "latex",
    [
        "C_n^k",
        "C^k_n x",
        "xlogx",
        "p_model(x)",
        r"x \oplus_0 y",
        r"P = n \choose k p",
        r"\\ln(x)",
        r"\\frac{1}{2}",
    ],
)
def test_what_can_be_two_things_is_refused(latex: str) -> None:
    assert parse(latex).not_read


@pytest.mark.parametrize("latex", ["C_1^2", "a^{ij}", "x_n^k", r"\omega^{jk} x_k", r"a = b \\ c = d"])
def test_powers_and_lines_are_read_as_before(latex: str) -> None:
    assert not parse(latex).not_read
    assert not isinstance(side(latex), Mark)


@pytest.mark.parametrize("latex", [r"g^{ij} g_{jk}", r"T^{\mu\nu} S_{\mu\nu}"])
def test_an_upper_index_is_no_power(latex: str) -> None:
    assert isinstance(side(latex).factors[0], Mark)


def test_the_law_of_chi_squared_is_a_name() -> None:
    call = side(r"\chi^2(\nu)")
    assert isinstance(call, Call) and isinstance(call.function, Mark)


def test_an_inverse_function_is_applied() -> None:
    assert isinstance(side(r"\pi^{-1}(\pi(j) + 1)"), Call)
    assert isinstance(side(r"A^{-1}(b + c)"), Product)


def test_capitals_above_are_a_label() -> None:
    assert isinstance(side(r"\hat{F}^{AJ}_k(t)"), Call)
    assert not isinstance(side(r"e^{AB}"), Mark) and not isinstance(side("2^{NK}"), Mark)


def test_two_transposed_residuals_are_a_product() -> None:
    assert isinstance(side("(y - X b)'(y - X b)"), Product)
    assert isinstance(side("(f + g)'(x)"), Call)


def test_all_of_a_group_is_chosen_from() -> None:
    found = side(r"{k+n-1 \choose n-1} p")
    assert isinstance(found, Product)
    (chosen,) = [f for f in found.factors if isinstance(f, Binomial)]
    assert isinstance(chosen.top, Sum) and len(chosen.top.terms) == 3
