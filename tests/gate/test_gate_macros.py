"""Macros: what defines one, what a call becomes, where its characters come from, and that it ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.gate.documents import read_text
from symcheck.gate.documents.macros import EndlessMacro, Macros
from symcheck.gate.run import check_text


@pytest.mark.parametrize(
    ("definitions", "call", "expected"),
    [
        ("\\newcommand{\\R}{\\mathbb{R}}", "\\R^n", "\\mathbb{R}^n"),
        ("\\newcommand\\R{\\mathbb R}", "\\R", "\\mathbb R"),
        ("\\newcommand*{\\n}[1]{\\lVert#1\\rVert}", "\\n{x}+\\n x", "\\lVert x\\rVert+\\lVert x\\rVert"),
        ("\\newcommand{\\p}[2][n]{#2^{#1}}", "\\p x \\p[m]{y}", "x^{n} y^{m}"),
        ("\\def\\d#1#2{\\frac{#1}{#2}}", "\\d{a}{b}\\d xy", "\\frac{a}{b}\\frac{x}{y}"),
        ("\\DeclareMathOperator{\\sm}{softmax}", "\\sm(z)", "\\operatorname{softmax}(z)"),
        ("\\DeclareMathOperator*{\\am}{arg\\,max}", "\\am_x", "\\operatorname*{arg\\,max}_x"),
        ("\\DeclarePairedDelimiter{\\abs}{\\lvert}{\\rvert}", "\\abs*{x}", "\\left\\lvert x \\right\\rvert"),
        ("\\let\\old\\phi\\renewcommand{\\phi}{\\old_0}", "\\phi", "\\phi_0"),
        ("\\newcommand{\\a}{\\b}\\newcommand{\\b}{c}", "\\a", "c"),
        ("\\newcommand{\\a}{1}\\providecommand{\\a}{2}", "\\a", "1"),
        ("\\newcommand{\\a}{1}\\renewcommand{\\a}{2}", "\\a", "2"),
        ("% \\newcommand{\\a}{1}", "\\a", "\\a"),
        ("\\NewDocumentCommand{\\q}{O{k} m}{#2_{#1}}", "\\q{x}", "x_{k}"),
        ("\\def\\x[#1]{#1}", "\\x[a]", "\\x[a]"),
        ("\\newcommand{\\half}{\\tfrac12}", "\\half x", "\\tfrac12 x"),
        ("\\newcommand{\\bx}{\\mathbf}", "\\bx y", "\\mathbf y"),
        ("\\newcommand{\\f}[1]{<#1>}", "\\f{\\f{a}}", "<<a>>"),
        ("\\newcommand{\\f}[1]{<#1>}", "\\f", "<>"),
        ("\\def\\1{\\bm{1}}\\def\\vx{{\\bm{x}}}", "\\1^\\top\\vx", "\\bm{1}^\\top{\\bm{x}}"),
        ("\\newcommand{\\f}[1]{%\n  #1}", "\\f{a}", "%\n  a"),
    ],
)
def test_expansion(definitions: str, call: str, expected: str) -> None:
    macros = Macros()
    macros.define(definitions)
    assert macros.expanded(call).text == expected


def test_a_macro_without_end_is_an_error_at_its_call() -> None:
    for text in ("\\def\\a{\\a}", "\\def\\a{\\b}\\def\\b{x\\a}", "\\def\\a{\\a\\a}"):
        macros = Macros()
        macros.define(text)
        with pytest.raises(EndlessMacro) as error:
            macros.expanded("1 + \\a + 2")
        assert (error.value.start, error.value.stop) == (4, 6)
    billion = "\\def\\a{xxxxxxxxxx}" + "".join(
        f"\\def\\{chr(98 + k)}{{{(chr(92) + chr(97 + k)) * 10}}}" for k in range(9)
    )
    macros = Macros()
    macros.define(billion)
    with pytest.raises(EndlessMacro):
        macros.expanded("\\j")


def test_places_lead_to_the_call() -> None:
    text = "$\\newcommand{\\n}[1]{\\lVert #1 \\rVert}$\n\nand $a = \\n{b + c} + d$.\n"
    (passage,) = read_text(text, "t.md").passages
    fragment = passage.fragment
    assert fragment.latex == "a = \\lVert b + c \\rVert + d"
    assert fragment.source == "a = \\n{b + c} + d"
    where = {
        part: fragment.position(fragment.latex.index(part)) for part in ("a", "\\lV", "b", "c", "\\rV", "d")
    }
    assert where == {"a": (3, 6), "\\lV": (3, 10), "b": (3, 13), "c": (3, 17), "\\rV": (3, 10), "d": (3, 22)}
    assert fragment.in_source(fragment.latex.index("d")) == fragment.source.index("d")


def test_a_finding_inside_a_macro_shows_the_call() -> None:
    text = "$$\\newcommand{\\s}{\\sigma(x)} \\s = \\s$$\n\n$$\\sigma'(x) = \\s (1 + \\s)$$\n"
    (finding,) = check_text(text).findings
    assert (finding.rule, finding.line, finding.latex) == ("SC201", 3, "\\sigma'(x) = \\s (1 + \\s)")
    assert (finding.column, finding.end_column) == (3, 27)


NAMES = st.sampled_from(["\\a", "\\b", "\\c"])
BODY = st.lists(st.sampled_from(["x", "{", "}", "#1", "#2", " ", "\\a", "\\b", "[", "]"]), max_size=6).map(
    "".join
)
DEFINE = st.builds("\\newcommand{{{}}}[{}]{{{}}}".format, NAMES, st.integers(0, 2), BODY) | st.builds(
    "\\def{}#1{{{}}}".format, NAMES, BODY
)


@given(definitions=st.lists(DEFINE, max_size=4), call=BODY)
@settings(max_examples=200, deadline=None)
def test_any_expansion_ends_and_keeps_its_places(definitions: list[str], call: str) -> None:
    macros = Macros()
    macros.define("".join(definitions))
    try:
        located = macros.expanded(call)
    except EndlessMacro:
        return
    assert all(0 <= located.offset(k) <= len(call) for k in range(len(located.text)))
