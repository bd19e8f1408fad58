"""Text that means harm: everything ends quickly, nothing is evaluated, nothing escapes as an exception."""

from __future__ import annotations

import time

import pytest

from symcheck.latex import Presentation, Reading, Reason, interpret, parse

HOSTILE = {
    "tower": "9^{9^{9^{9^{9}}}}",
    "tower of fives": "5^{5^{5^{5^{(5^{5})}}}}",
    "large power": "7^{100000000}",
    "large root": r"\sqrt[100000000]{2}",
    "negative power": "2^{-100000000}",
    "factorial": "10000000!",
    "binomial": r"\binom{1000000000}{500000000}",
    "braces": "{" * 100_000 + "x" + "}" * 100_000,
    "open braces": "{" * 40,
    "parentheses": "(" * 2_000 + "x" + ")" * 2_000,
    "bars": "|" * 3_000,
    "bars around": "|" * 60 + "x" + "|" * 60,
    "brackets": "[" * 2_000,
    "functions": "f(" * 2_000 + "x" + ")" * 2_000,
    "fractions": r"\frac{1}{" * 3_000 + "x" + "}" * 3_000,
    "roots without braces": r"\sqrt" * 3_000 + "x",
    "hats": r"\hat" * 3_000 + "x",
    "signs": "-" * 5_000 + "x",
    "sums": r"\sum_i " * 2_000 + "x_i",
    "nested sums": "".join(rf"\sum_{{i_{k}=1}}^n " for k in range(40)) + "x",
    "subscripts": "x" + "_x" * 2_000,
    "superscripts": "x" + "^x" * 2_000,
    "primes": "f" + "'" * 5_000 + "(x)",
    "slashes": "x" + "/x" * 2_000,
    "calls": "f" + "(x)" * 2_000,
    "sines": r"\sin x " * 500,
    "sines nested": r"\sin " * 2_000 + "x",
    "long sum": "x+" * 500_000 + "x",
    "long product": "x" * 5_000,
    "letters": "abc" * 333_333,
    "spaces": " " * 1_000_000 + "x",
    "long number": "1" * 5_000,
    "exponent": "1e999999999",
    "decimals": "0." + "1" * 50,
    "cases": r"\begin{cases}" * 200 + "x",
    "wide cases": r"\begin{cases}" + r"x & x > 0 \\" * 300 + r"\end{cases}",
    "matrix": r"\begin{pmatrix}" + "x & " * 1_000 + r"x \end{pmatrix}",
    "environments": r"\begin{aligned}" * 500,
    "import": r"\operatorname{__import__}(\text{'os'}).system(1)",
    "import as text": r"\text{__import__('os').system('touch /tmp/owned')}",
    "quit": r"\mathrm{quit}(1)",
    "definition": r"\def\a{\a\a}\a",
    "control characters": "".join(map(chr, range(32))) + "x",
    "lone backslash": "x = \\",
    "right to left": "\u202ex = y\u202c",
    "surrogates": "x = \ud800",
    "chained powers": "x" + "^{2})" * 500,
    "powers of sums": "(x+y)^{10000}",
    "exponentials": "e^{" * 30 + "x" + "}" * 30,
    "exponential of number": r"\exp(\exp(\exp(\exp(\exp(9)))))",
    "logarithms": r"\log " * 30 + "10^{40}",
    "maxima": r"\max(" + ",".join(f"x_{{{k}}}" for k in range(200)) + ")",
    "floor": r"\lfloor 10^{50} / 3 \rfloor",
    "zero": r"\frac{1}{0} + 0^{-1} + \log 0",
    "norms": r"\|" * 41,
    "quads": r"x \quad " * 1_500,
    "implications": r"a \implies " * 1_000 + "a",
    "relations": "x = " * 2_000 + "x",
    "deltas": r"\delta_{ij}" * 300,
    "integrals": r"\int " * 500 + "x dx",
    "derivatives": r"\frac{d}{dx}" * 500 + "x",
    "entropies": "H(X)" * 200,
    "expectations": "E[" * 40 + "X" + "]" * 40,
    "variances": r"\text{Var}(X)\text{Cov}(X,Y)" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_ends_quickly(name: str) -> None:
    start = time.perf_counter()
    presentation = parse(HOSTILE[name])
    reading = interpret(presentation)
    assert isinstance(presentation, Presentation)
    assert isinstance(reading, Reading)
    assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize(
    "name", ["braces", "open braces", "long sum", "letters", "spaces", "long number", "import"]
)
def test_says_that_it_did_not_read(name: str) -> None:
    not_read = parse(HOSTILE[name]).not_read
    assert not_read is not None
    assert not_read.reason is Reason.NOTATION
    assert 0 <= not_read.span.start <= not_read.span.end <= len(HOSTILE[name])


@pytest.mark.parametrize("name", ["tower", "large power", "large root", "negative power", "zero"])
def test_numbers_are_not_computed(name: str) -> None:
    reading = interpret(parse(HOSTILE[name]))
    assert reading.not_read is not None


def test_names_of_python_stay_names() -> None:
    reading = interpret(parse(r"\mathrm{quit}(1) = x"))
    assert reading.sentences[0].sides[0].expr is None
