"""What the documentation of array libraries says, and what is planted in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from symcheck.gate.documents import read_text
from symcheck.gate.model import Severity, Status
from symcheck.gate.near import compare
from symcheck.gate.run import check_text
from symcheck.gate.shape import Shape, shape_of
from symcheck.latex import parse

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))


def errors(text: str, name: str = "page.md") -> list[str]:
    return [f.rule for f in check_text(text, file=name).findings if f.severity is Severity.ERROR]


def shape(latex: str) -> Shape:
    return shape_of(parse(latex).statements[0].sides[-1])


MASSES = [
    (r"f(k) = \binom{n}{k} p^k (1-p)^{n-k}", r"f(k) = \binom{n}{k} p^k (1+p)^{n-k}"),
    (r"f(k) = (1-p)^{k-1} p", r"f(k) = (1-p)^{k-1}"),
    (r"f(k) = (1-\exp(-a)) \exp(-a k)", r"f(k) = (1-\exp(-a)) \exp(a k)"),
    (r"f(k) = \tanh(a/2) \exp(-a |k|)", r"f(k) = \tanh(a/2) \exp(-2 a |k|)"),
    (
        r"f(k; a, b, n) = \binom{n}{k} \frac{B(k + a, n - k + b)}{B(a, b)}",
        r"f(k; a, b, n) = \binom{n}{k} \frac{B(k + a, n - k + b)}{B(b, b)}",
    ),
]


@pytest.mark.parametrize(("right", "wrong"), MASSES)
def test_a_mass_function_adds_to_one(right: str, wrong: str) -> None:
    said = "The probability mass function of this model is:\n\n$${}$$\n"
    assert errors(said.format(right)) == []
    assert errors(said.format(wrong)) == ["SC503"]


@pytest.mark.parametrize(
    "density",
    [
        r"f(x) = \exp(-(x + \exp(-x))/2) / \sqrt{2\pi}",
        r"f(x) = \frac{e^{-x}}{(1 + e^{-x})^2}",
        r"f(x) = \frac{1}{2\pi} (1 + \cos(x))",
        r"f(x, c) = (1 + c x)^{-1 - 1/c}",
        r"f(x, c) = \frac{(1-x^2)^{c/2-1}}{B(1/2, c/2)}",
        r"f(x, k) = \frac{\exp(k \cos(x))}{2 \pi I_0(k)}",
        # a letter that is no parameter, a case of several
        r"f(x, a) = \frac{b}{a} e^{-x}",
        r"\begin{aligned} f(x, k) &= \frac{1}{k+k^{-1}} e^{-x k}, x \ge 0 \\ &= 3 e^{x}, x < 0 \end{aligned}",
    ],
)
def test_densities_of_libraries_are_left_alone(density: str) -> None:
    assert errors(f"The probability density function is:\n\n$${density}$$\n\nfor real x.\n") == []


def test_a_density_that_is_hard_to_integrate_ends_no_process() -> None:
    hard = r"f(x, a, b) = \frac{\Gamma(a+b) x^{a-1} (1-x)^{b+1}}{\Gamma(a) \Gamma(b)}"
    errors(f"The probability density function is:\n\n$${hard}$$\n")


def test_a_density_that_is_none_is_found() -> None:
    wrong = r"f(x, c) = c (1 + c x)^{-1 - 1/c}"
    assert errors(f"The probability density function is:\n\n$${wrong}$$\n") == ["SC502"]


ATTACHED = '''
entr = _add_docstr(_special.entr, r"""The entropy.

.. math:: y_i = e^{x_i} - 1
""")
add_newdoc("logit", """.. math:: p_i""" + r""" :math:`\\alpha`""")
Adam.__doc__ = r"""See :math:`\\beta`, {x}""".format(x=1)
print(":math:`no`")
'''


def test_documentation_that_is_attached_is_read() -> None:
    found = read_text(ATTACHED, "special.py").passages
    assert [(p.latex, p.fragment.within) for p in found] == [
        ("y_i = e^{x_i} - 1", "docstring of entr"),
        ("p_i", "docstring of logit"),
        (r"\alpha", "docstring of logit"),
        (r"\beta", "docstring of Adam"),
    ]
    assert all(ATTACHED.splitlines()[p.fragment.start[0] - 1].find(p.latex) >= 0 for p in found)


def test_a_docstring_is_about_its_function() -> None:
    text = '''
def hard_tanh(x):
    r"""Element-wise:

    .. math::
        y = \\begin{cases} -1, & x < -1 \\\\ x, & -1 \\le x \\le 1 \\\\ %s, & 1 < x \\end{cases}
    """
'''
    (right,) = check_text(text % "1", file="m.py").formulas
    assert right.judgement.status is Status.MATCHED
    assert errors(text % "2", "m.py") == ["SC204"]


SAME = [
    (r"\frac{1}{n} \sum_{i=1}^n x_i", r"\frac{1}{m} \sum_{j=0}^{m-1} y_j"),
    (
        r"\begin{cases} 1 & x > 1 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{cases} 0 & x \le 1 \\ 1 & x > 1 \end{cases}",
    ),
    (
        r"\left\lfloor \frac{H + 2 p}{s} \right\rfloor",
        r"\left\lfloor \frac{H_{in} + 2 \text{padding}[0]}{\text{stride}[0]} \right\rfloor",
    ),
]


@pytest.mark.parametrize(("known", "page"), SAME)
def test_another_way_to_write_it(known: str, page: str) -> None:
    found = compare(shape(known), shape(page))
    assert found is not None and found.slips == ()


@pytest.mark.parametrize(
    ("known", "page"),
    [
        (r"\frac{1}{2 \pi} \int_0^a f(x) dx", r"\int_0^a f(x) dx"),
        (r"a (x - y)^{n} b", r"a x - y^{n} b"),
    ],
)
def test_one_slip(known: str, page: str) -> None:
    found = compare(shape(known), shape(page))
    assert found is not None and len(found.slips) == 1


def test_an_equation_is_known_as_a_whole() -> None:
    equation = "x \\frac{d^2}{dx^2} L_n + (1 %s x) \\frac{d}{dx} L_n + n L_n = 0"
    text = f"The Laguerre polynomial solves\n\n$${equation}$$\n"
    assert errors(text % "-") == []
    assert errors(text % "+") == ["SC204"]


def test_the_measure_finds_what_is_planted() -> None:
    """On one module of one library: nothing else shows that the table of the page is no empty run."""
    from formula_mutants import passages
    from library_docs import files, of_passage, states_something

    (path,) = [p for p in files("torch") if p.parts[-3:] == ("nn", "modules", "activation.py")]
    found = [p for p in passages(path) if states_something(p)]
    measures = [of_passage(p, 2) for p in found[:12]]
    assert sum(m.planted.total() for m in measures) > 20
    assert sum(m.found.total() for m in measures) > 5
    assert [e for m in measures for e in m.errors] == []
