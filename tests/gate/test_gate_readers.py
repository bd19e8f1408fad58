"""LaTeX files, reStructuredText, notebooks, docstrings: what is a formula, where, what is around."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.gate.documents import READERS, Document, DocumentError, Passage, read_text

LATEX = st.sampled_from(
    [
        "x",
        "a_i = b_{ij}",
        "\\frac{1}{2}",
        "\\{x\\}",
        "e^{-x}",
        "𝒳 \\to y",
        "\\nabla \\text{if } f",
        "\\alpha\\beta",
    ]
)
WORDS = st.sampled_from(["word", "ünï", "and", "(see", "below)", "a,"])


def assert_places(document: Document, text: str) -> int:
    """Every character of every formula stands in the file where the fragment says, or its escape does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = 0
    for passage in document.passages:
        for offset, character in enumerate(passage.latex):
            line, column = passage.fragment.position(offset)
            row = lines[line - 1] + "\n"
            found = row[column - 1 : column + 1]
            escape = found[:1] == "\\" and (character in '\\"\n' or found[1:] == "u" or found[1:] == "N")
            assert found[:1] == character or escape or (found[:1], character) == ("\t", " "), (
                passage.fragment, offset, found,
            )  # fmt: skip
            seen += 1
        assert passage.fragment.start == passage.fragment.position(0) or "|" in passage.latex
    return seen


def read(text: str, file: str) -> list[Passage]:
    document = read_text(text, file)
    assert_places(document, text)
    return list(document.passages)


def latex(text: str, file: str) -> list[str]:
    return [p.latex for p in read(text, file)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a $x$ b \\(y\\) c \\[z\\] d $$w$$", ["x", "y", "z", "w"]),
        ("costs \\$5 and $x\\$y$", ["x\\$y"]),
        ("% $a$\n$b$ % $c$", ["b"]),
        ("\\verb|$a$| \\lstinline!$b$! $c$", ["c"]),
        ("\\begin{verbatim}\n$a$\n\\end{verbatim}\n\\begin{lstlisting}$b$\\end{lstlisting}$c$", ["c"]),
        ("\\iffalse $a$ \\fi $b$", ["b"]),
        ("\\begin{equation}\na = b \\label{q}\n\\end{equation}", ["a = b \\label{q}"]),
        (
            "\\begin{align*}\na &= b \\\\ c &= d\n\\end{align*}",
            ["\\begin{align*}\na &= b \\\\ c &= d\n\\end{align*}"],
        ),
        ("$a \\text{ if $b$ or } c$", ["a \\text{ if $b$ or } c"]),
        ("$\\frac{a}{b$ c", ["\\frac{a}{b"]),
        ("$a\n\nb$ c $d$", ["c"]),
        ("\\begin{document}$a$\\end{document}$b$", ["a"]),
        ("{\\emph{$a$} \\footnote{$b$}}", ["a", "b"]),
        ("\\section{The $a$} $b$", ["b"]),
        ("}}} $a$ \\begin{ $b$", ["a", "b"]),
        ("\\input{other} $a$", ["a"]),
    ],
)
def test_formulas_of_a_latex_file(text: str, formulas: list[str]) -> None:
    assert latex(text, "t.tex") == formulas


def test_what_stands_around_in_latex() -> None:
    text = (
        "\\section{Losses}\n\\textbf{Cross-Entropy} (for $y$):\n\\[ H = c \\]\nwhere $c$ is.\n\n"
        "\\begin{theorem}[Bayes] $p$ \\end{theorem}\n"
        "\\begin{tabular}{l|l}\nFunction & Derivative \\\\ \\hline\nTanh & $1 - t^2$ \\\\\n\\end{tabular}\n"
        "% symcheck: ignore=SC201\n\\begin{equation}\nq\n\\end{equation}\n$r$ % symcheck: assume r > 0\n"
        "\\begin{equation} % symcheck: ignore\ns % symcheck: assume s > 0\n\\end{equation}\n"
    )
    found = {p.latex: p for p in read(text, "t.tex")}
    assert (found["H = c"].label, found["H = c"].labelled) == ("Cross-Entropy", True)
    assert found["H = c"].headings == ("Losses",) and "where" in found["H = c"].following
    assert found["p"].label == "Bayes" and found["p"].labelled
    assert (found["1 - t^2"].column, found["1 - t^2"].row_label) == ("Derivative", "Tanh")
    assert found["q"].directives.ignore == {"SC201"} and found["r"].directives.ignore is None
    assert found["r"].directives.assume == ("r > 0",)
    (inside,) = (p for p in found.values() if p.latex.endswith("s > 0"))
    assert inside.directives.ignore == frozenset() and inside.directives.assume == ("s > 0",)


def test_tables_of_latex() -> None:
    text = (
        "\\chapter*{Notation}\n{\\bf Arrays}\n"
        "\\begin{tabular}{cp{3in}}\n% a note\n$a$ & A scalar $s$\\\\ [2ex]\n"
        "$b$ & \\multicolumn{2}{c}{A vector}\\\\\n\\end{tabular}\n"
        "\\begin{tabular*}{3in}{ll}\n"
        "\\toprule $f$ & $f'$ \\\\ \\midrule\n$x^2$ & $2x$ \\\\\n\\end{tabular*}\n"
    )
    found = {p.latex: p for p in read(text, "t.tex")}
    assert found["a"].headings == ("Notation",) and found["a"].column == ""
    assert [c.text for c in found["b"].row] == ["", "A vector"]
    assert found["2x"].column is not None and [c.latex for c in found["2x"].row] == [("x^2",), ("2x",)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a :math:`x` b", ["x"]),
        ("a :math:`x \\in\nY` b", ["x \\in\nY"]),
        ("x `y`:math: z", ["y"]),
        (".. math:: a = b\n", ["a = b"]),
        (".. math::\n   :label: q\n   :nowrap:\n\n   a\n   = b\n\n   c\n", ["a\n= b", "c"]),
        ("::\n\n  :math:`a`\n\n:math:`b`", ["b"]),
        ("``:math:`a```, :math:`b`", ["b"]),
        (".. code:: python\n\n   :math:`a`\n\n.. note::\n\n   :math:`b`\n", ["b"]),
        (".. thm:: Name :math:`a`\n   :x: y\n\n   * :math:`b`\n", ["b"]),
        (".. include:: /etc/passwd\n\n:math:`b`", ["b"]),
        ("> * :math:`a`\n\n   :math:`b`\n", ["a", "b"]),
        (".. default-role:: math\n\n`x`", ["x"]),
        ("=== ======\na   b\n=== ======\nx   :math:`y`\nx   :math:`y`\n=== ======\n", ["y", "y"]),
        (":func:`f` and :math:`x`", ["x"]),
        (":math:`x` and :math:`y`::\n\n  :math:`z`\n", ["x", "y"]),
        (
            ".. math::\n\n  \\begin{array}{l}\n  a\n\n  b\n  \\end{array}\n\n  c\n",
            ["\\begin{array}{l}\na\n\nb\n\\end{array}", "c"],
        ),
        ("\ta\n\n1. b\n\n\tc :math:`x`", ["x"]),
    ],
)
def test_formulas_of_a_rest_file(text: str, formulas: list[str]) -> None:
    assert latex(text, "t.rst") == formulas


def test_places_in_a_simple_table_with_equal_cells() -> None:
    rows = (
        "a   :math:`u`  :math:`0,1`  :math:`v`",
        "b   :math:`u`  :math:`0,1`  :math:`u`",
        "c   :math:`w`  1  :math:`u`",
    )
    rule = "=== ========== ============ =========="
    lines = [rule, *(f"{a:<4}{b:<11}{c:<13}{d}" for a, b, c, d in map(str.split, rows)), rule]
    document = read_text("\n".join(lines), "t.rst")
    assert [p.fragment.start[0] for p in document.passages] == [2, 2, 2, 3, 3, 3, 4, 4]
    for passage in document.passages:
        row, column = passage.fragment.start
        assert lines[row - 1][column - 1 :].startswith(passage.latex)


def test_what_stands_around_in_rest() -> None:
    text = (
        "Losses\n======\n\n**Cross-Entropy** (for :math:`y`):\n\n.. math:: H = c\n\nwhere :math:`c` is.\n\n"
        "Tanh\n  .. math:: t\n\n"
        ".. symcheck: ignore\n\n* :math:`d`\n\n:math:`e`\n\n.. symcheck: ignroe\n\n"
        "+----------+------------+\n| Function | Derivative |\n+==========+============+\n"
        "| Tanh     | :math:`u`  |\n+----------+------------+\n"
    )
    document = read_text(text, "t.rst")
    found = {p.latex: p for p in document.passages}
    assert (found["H = c"].label, found["H = c"].labelled) == ("Cross-Entropy", True)
    assert found["H = c"].headings == ("Losses",) and "where $c$" in found["H = c"].following
    assert found["t"].label == "Tanh" and found["t"].labelled
    assert (found["u"].column, found["u"].row_label) == ("Derivative", "Tanh")
    assert found["d"].directives.ignore == frozenset() and found["e"].directives.ignore is None
    assert [(f.rule, f.fragment.start) for f in document.flaws] == [("SC190", (19, 1))]


def notebook(*cells: str, **options: object) -> str:
    found = [{"cell_type": "markdown", "metadata": {}, "source": c.splitlines(keepends=True)} for c in cells]
    code = {"cell_type": "code", "outputs": [], "source": ["# $no$"]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [*found, code]}, **options)  # type: ignore[arg-type]


def test_formulas_of_a_notebook_know_their_cell() -> None:
    text = notebook("# Head\n\n$\\frac{a}{b}$", '"é" $\\alpha$\n\n$$\nc\n$$', indent=1)
    found = read(text, "t.ipynb")
    assert [(p.latex, p.fragment.within, p.headings) for p in found] == [
        ("\\frac{a}{b}", "cell 1", ("Head",)), ("\\alpha", "cell 2", ("Head",)), ("c", "cell 2", ("Head",)),
    ]  # fmt: skip
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "markdown", "source": "$x$"}]}]}
    assert latex(json.dumps(old), "t.ipynb") == ["x"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "t.ipynb:1:2"),
        ('{"cells": [\n  oops]}', "t.ipynb:2:3"),
        ("[]", "t.ipynb: "),
        ('{"cells": 5}', "cell 1"),
        ('{"cells": [{"cell_type": "markdown", "source": {}}]}', "cell 1"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_an_error_with_a_place(text: str, place: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_text(text, "t.ipynb")
    assert str(error.value).startswith("t.ipynb") and place in str(error.value)


def test_formulas_of_docstrings() -> None:
    text = (
        '"""Module $m$."""\nx = "$no$"\nclass A:\n    \'Class \\\\\\\n $\\\\alpha$ \\x41\\u00e9 $b$\'\n'
        '    async def f(self):\n        r"""É :math:`\\frac{a}{b}`.\n\n        Notes\n        -----\n'
        '        .. math::\n\n            c\n              + d\n        """\n'
        "        def g(): 'a $p' \"q$ b\"\n"
    )
    assert [(p.latex, p.fragment.start, p.fragment.within) for p in read(text, "t.py")] == [
        ("m", (1, 12), "docstring of the module"),
        ("\\alpha", (5, 3), "docstring of A"),
        ("b", (5, 24), "docstring of A"),
        ("\\frac{a}{b}", (7, 22), "docstring of A.f"),
        ("c\n  + d", (13, 13), "docstring of A.f"),
        ("pq", (16, 22), "docstring of A.f.g"),
    ]


def test_dollars_of_other_languages_are_no_formulas() -> None:
    text = 'def f():\n    r"""Run groups(table$a, table$b): ${HOME}/x and $x$ and $a = \\pi$."""\n'
    assert latex(text, "t.py") == ["x", "a = \\pi"]


def test_an_escape_that_eats_a_command_is_a_flaw() -> None:
    text = (
        'def f():\n    """A $\\frac{a}{b}$ and\\n $\\nu$ $\\\\frac$ a\\nu."""\n'
        'def g():\n    r"""$\\frac{a}{b}$"""\n'
    )
    flaws = read_text(text, "t.py").flaws
    assert [(f.rule, f.fragment.start, f.fragment.latex) for f in flaws] == [
        ("SC105", (2, 11), "\\frac"), ("SC105", (2, 31), "\\nu"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [("def $f$(:\n", "t.py:1:5"), ("x = '$a$\n", "t.py:1"), ("(" * 5_000 + "$a$", "t.py")],
)
def test_what_is_no_python_is_an_error_with_a_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_text(text, "t.py")


SENTENCE = st.lists(WORDS | LATEX.map("${}$".format), min_size=1, max_size=6).map(" ".join)
MARKDOWN = st.lists(SENTENCE | LATEX.map("$$\n{}\n$$".format), min_size=1, max_size=4).map("\n\n".join)


@given(
    cells=st.lists(MARKDOWN, min_size=1, max_size=3), indent=st.sampled_from([None, 1]), plain=st.booleans()
)
@settings(max_examples=80, deadline=None)
def test_places_in_notebooks_are_exact(cells: list[str], indent: int | None, plain: bool) -> None:
    text = notebook(*cells, indent=indent, ensure_ascii=plain)
    alone = [p.latex for cell in cells for p in read_text(cell, "t.md").passages]
    assert latex(text, "t.ipynb") == alone


@given(
    doc=MARKDOWN,
    prefix=st.sampled_from(["", "r"]),
    quotes=st.sampled_from(['"""', "'''"]),
    deep=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_places_in_docstrings_are_exact(doc: str, prefix: str, quotes: str, deep: bool) -> None:
    margin = " " * (8 if deep else 4)
    written = doc if prefix else doc.replace("\\", "\\\\")
    body = ("\n" + margin).join(written.split("\n"))
    text = (
        "class A:\n    def f():\n" * deep
        + "def f():\n" * (not deep)
        + f"{margin}{prefix}{quotes}{body}{quotes}\n"
    )
    assert latex(text, "t.py") == [p.latex for p in read_text(doc, "t.md").passages]


ROLE = st.lists(WORDS | LATEX.map(":math:`{}`".format), min_size=1, max_size=6).map(" ".join)
REST_BLOCK = st.recursive(
    ROLE | LATEX.map(".. math::\n\n   {}".format) | LATEX.map(".. math:: {}".format),
    lambda inner: (
        inner.map(lambda b: "* " + b.replace("\n", "\n  "))
        | inner.map(lambda b: "   " + b.replace("\n", "\n   "))
        | inner.map(lambda b: ".. note::\n\n   " + b.replace("\n", "\n   "))
    ),
    max_leaves=3,
)


@given(blocks=st.lists(REST_BLOCK, min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_places_in_rest_are_exact(blocks: list[str]) -> None:
    text = "\n\nText.\n\n".join(blocks) + "\n"
    count = text.count(":math:`") + text.count(".. math::")
    assert len(latex(text, "t.rst")) == count


@pytest.mark.parametrize("ending", [e for r in READERS for e in r.endings])
@given(text=st.text(alphabet="$|\\`*_-#>[](){}<!= \n\tab1é:.%\"'&~^", max_size=120))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(ending: str, text: str) -> None:
    try:
        assert_places(read_text(text, f"t{ending}"), text)
    except DocumentError as error:
        assert error.file == f"t{ending}"


PIECES = st.sampled_from([
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "\\begin{align}", "\\end{align}", "\\begin{tabular}{l}",
    "\\end{tabular}", "&", "\\\\", "%", "\n", "\n\n", "\\textbf{", "\\section{", "\\verb|", "x", " ", "#1",
    "\\item[", "\\newcommand{\\x}[1]{", "\\x", "\\def\\x#1{", "\\begin{",
])  # fmt: skip


@given(text=st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=200, deadline=None)
def test_any_latex_file_is_read(text: str) -> None:
    read_text(text, "t.tex")


@pytest.mark.parametrize("ending", [e for r in READERS for e in (r.endings[0],)])
def test_a_formula_of_ten_megabytes(ending: str) -> None:
    body = "x + " * 2_500_000
    text = {
        ".tex": f"$y$ \n\n$${body}$$\n", ".rst": f":math:`y`\n\n.. math:: {body}\n",
        ".py": f'r"""$y$ $$ {body} $$"""',
        ".ipynb": notebook("$y$", f"$${body}$$"),
    }.get(ending, f"$y$\n\n$$\n{body}\n$$\n")  # fmt: skip
    try:
        assert read_text(text, f"t{ending}").passages[0].latex == "y"
    except DocumentError as error:
        assert str(error).startswith(f"t{ending}:3:1: a line has 10,000,0")


def test_deep_nesting_is_an_error_of_that_file() -> None:
    nested = ["a"]
    for _ in range(400):
        nested = [f"* {nested[0]}", "", *("  " + line for line in nested)][:3]
    text = "\n\n".join("  " * depth + "* a" for depth in range(400)) + "\n"
    for file in ("t.rst", "t.md", "t.tex"):
        try:
            read_text(text, file)
        except DocumentError as error:
            assert error.file == file and "nested too deeply" in str(error)


CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
