"""A formula that nothing closes is found, and does not hide the formulas after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symcheck.gate.documents import read_text
from symcheck.gate.model import Status
from symcheck.gate.run import check_text

WRONG = r"\frac{d}{dx} x^2 = 3 x"
AFTER = {
    "a.md": f"\n\nThen ${WRONG}$.\n",
    "a.tex": f"\n\nThen ${WRONG}$.\n",
    "a.rst": f"\n\nThen :math:`{WRONG}`.\n",
}
OPEN = [
    ("a.md", r"We have $\frac{1}{2} and so on"),
    ("a.md", r"We have $$ \frac{1}{2} and so on"),
    ("a.md", "$$\n\\frac{1}{2}"),
    ("a.md", r"> \[ \frac{1}{2}"),
    ("a.md", "\\begin{align}\nx &= 1"),
    ("a.tex", r"We have $\frac{1}{2} and so on"),
    ("a.tex", r"\[ x"),
    ("a.tex", r"\( x"),
    ("a.tex", r"$$ x"),
    ("a.tex", "\\begin{equation} x\n"),
    ("a.rst", r"We have :math:`\frac{1}{2} and so on"),
    ("a.rst", r"The :math:`k`th row"),
]
CLOSED = [
    ("a.md", r"It costs $5, and in C:\alpha\$name more"),
    ("a.md", "Set `$$ \\frac` and $HOME first"),
    ("a.md", r"An amount of $30 and one of $40 with \$ signs"),
    ("a.md", "$$\n\\frac{1}{2}\n- x\n$$"),
    ("a.md", "1. $$\n   \\frac{1}{2}\n   $$"),
    ("a.tex", r"It costs \$5, $\frac{1}{2}$ and \verb|$| too"),
    ("a.tex", "\\begin{verbatim}\n$\\frac\n\\end{verbatim}"),
    ("a.tex", r"\begin{tabular}{>{$}c<{$}} x \end{tabular}"),
    ("a.rst", r"The :math:`k`-th row and :math:`\frac{1}{2}`"),
]


def found(text: str, name: str) -> list[str]:
    return [f.rule for f in read_text(text, name).flaws if f.rule == "SC111"]


@pytest.mark.parametrize(("name", "text"), OPEN)
def test_it_is_found_and_hides_nothing(name: str, text: str) -> None:
    whole = text + AFTER[name]
    assert found(whole, name) == ["SC111"]
    assert WRONG in [p.latex for p in read_text(whole, name).passages]


@pytest.mark.parametrize(("name", "text"), CLOSED)
def test_what_is_closed_or_no_formula_is_left_alone(name: str, text: str) -> None:
    assert found(text + AFTER[name], name) == []


def test_both_marks_around_a_blank_line_are_one_finding() -> None:
    assert found("$$\n\\alpha + 1\n\n\\beta\n$$\nwith $\\gamma$ after it\n", "a.md") == ["SC111"]


def test_it_is_counted_as_a_formula_with_an_error() -> None:
    report = check_text("We have $\\frac{1}{2} and so on.\n")
    assert [f.rule for f in report.findings] == ["SC111"]
    assert [c.judgement.status for c in report.formulas] == [Status.ERRATA]


def test_an_argument_that_goes_on_further_indented_is_closed() -> None:
    """Napoleon puts the lines of an argument together, which docutils alone would split."""
    argument = "    Args:\n        x: :math:`\\frac{1}{2}\n            + y`.\n"
    text = f'def f(x):\n    r"""A function.\n\n{argument}    """\n'
    assert found(text, "a.py") == []


@given(st.text(alphabet="$\\[]()ab \n>-`{}", max_size=60), st.sampled_from(["a.md", "a.tex", "a.rst"]))
def test_no_text_breaks_a_reader(text: str, name: str) -> None:
    assert set(found(text, name)) <= {"SC111"}
