"""Reading Markdown: which texts are formulas, where exactly they stand, and what stands around them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.gate.documents import DocumentError, decode, find_documents, read_document, read_text
from symcheck.gate.documents.document import Document

SHEET = Path(__file__).parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def assert_places(document: Document, text: str) -> int:
    """Every character of every formula stands in the text where the fragment says; returns their number."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = 0
    for passage in document.passages:
        fragment = passage.fragment
        for offset, character in enumerate(fragment.latex):
            line, column = fragment.position(offset)
            row = lines[line - 1] + "\n"
            found = row[column - 1] if column <= len(row) else "missing"
            assert found == character or (found == "\t" and character == " "), (fragment, offset, found)
            seen += 1
        line, column = fragment.position(len(fragment.latex) - 1)
        assert fragment.end == (line, column + 1)
        start_line, start_column = fragment.start
        if "\n" not in fragment.source:
            assert lines[start_line - 1][start_column - 1 :].startswith(fragment.source)
    return seen


def latex(text: str) -> list[str]:
    document = read_text(text, "t.md")
    assert_places(document, text)
    return [p.latex for p in document.passages]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x$ has 3", ["x"]),
        ("top-$k$ of 2$\\times$ 3", ["k", "\\times"]),
        ("costs $5 and $6", []),
        ("from $5 to $6 or $ x $", []),
        ("escaped \\$x$ and $y$", ["y"]),
        ("a $x\\$y$ b", ["x\\$y"]),
        ("`$x$` and ``a $y$ b`` and $z$", ["z"]),
        ("```\n$x$\n```\n\n    $y$\n\n$z$", ["z"]),
        ("```math\na = b\n```\n\n```{math}\nc = d\n```", ["a = b", "c = d"]),
        ("$$x$$", ["x"]),
        ("text\n$$\nx = y\n- z\n$$\nmore", ["x = y\n- z"]),
        ("in $$x$$ line", ["x"]),
        ("> $$\n> a = b\n> + c\n> $$", ["a = b\n+ c"]),
        ("- item $a$\n  $$\n  b\n  $$\n", ["a", "b"]),
        ("\\(a\\) and \\[b = c\\] and \\[1\\]", ["a", "b = c"]),
        ("\\begin{align}\na &= b\n\\end{align}", ["\\begin{align}\na &= b\n\\end{align}"]),
        ("$`a`$ and {math}`b`", ["a", "b"]),
        ("---\ntitle: $x$\n---\n\n$y$", ["y"]),
        ("<!-- $x$ -->\n\n$y$", ["y"]),
        ("# Title $x$\n\n## `$y$`", ["x"]),
        ("[see $x$](http://a/$b$)", ["x"]),
        ("**bold $x$** *it $y$*", ["x", "y"]),
        ("| a | b |\n|---|---|\n| $p \\| q$ | $r$ |", ["p | q", "r"]),
        ("| a |\n|---|\n| $x$ | $y$ |", ["x"]),
        ("unclosed $$x\n\n$y$", ["y"]),
        ("naïve 𝒳 $x$\r\n\r\nà $y$", ["x", "y"]),
        ("\ta\n\n1. b\n\n\t$$\n\tx\n\t$$", ["x"]),
        ("```{python}\n$x$\n```\n\n```{note}\n:class: tip\n\n$y$\n```", ["y"]),
        (":::{math}\n:label: q\nx\n:::\n\n:::{note}\n$y$\n:::", ["x", "y"]),
        ("```{math}\n---\nlabel: q\n---\nx\n```\n\n$$\ny\n$$ (eq:y)\n", ["x", "y"]),
        ("$\\newcommand{\\R}{\\mathbb{R}}$ and $x$", ["x"]),
        ("", []),
    ],
)
def test_what_is_a_formula(text: str, formulas: list[str]) -> None:
    assert latex(text) == formulas


WORDS = st.sampled_from(["word", "ünï", "and", "(see", "below)", "a,", "**b**", "`code $z$`", "5 \\$"])
LATEX = st.sampled_from(
    ["x", "a_i = b_{ij}", "\\frac{1}{2}", "\\{x\\}", "e^{-x}", "𝒳 \\to y", "x \\in A", "f(x) = x^2"]
)
INLINE = st.builds("${}$".format, LATEX) | st.builds("\\({}\\)".format, LATEX)
SENTENCE = st.lists(WORDS | INLINE, min_size=1, max_size=6).map(" ".join)
DISPLAY = st.lists(LATEX, min_size=1, max_size=3).map(
    lambda parts: "$$\n" + "\n".join(parts) + "\n$$"
) | st.builds("$${}$$".format, LATEX)
CELL = st.lists(WORDS | INLINE | st.just("$p(x \\| y)$"), max_size=3).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> str:
    width = draw(st.integers(1, 4))
    pad = draw(st.sampled_from(["", " ", "  "]))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=4))
    head, *body = [f"|{pad}" + f"{pad}|{pad}".join(c or "-" for c in row) + f"{pad}|" for row in rows]
    return "\n".join([head, "|" + "---|" * width, *body])


def _quoted(block: str, prefix: str) -> str:
    return "\n".join(prefix + line for line in block.split("\n"))


def _item(block: str, marker: str) -> str:
    first, *rest = block.split("\n")
    return "\n".join([marker + first, *(" " * len(marker) + line for line in rest)])


BLOCK = st.recursive(
    SENTENCE | DISPLAY | tables() | SENTENCE.map("## {}".format),
    lambda inner: (
        st.builds(_quoted, inner, st.sampled_from(["> ", ">", ">  "]))
        | st.builds(_item, inner, st.sampled_from(["- ", "1. ", "*   "]))
    ),
    max_leaves=4,
)


@given(blocks=st.lists(BLOCK, min_size=1, max_size=5), end=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=150, deadline=None)
def test_places_are_exact(blocks: list[str], end: str) -> None:
    text = end.join("\n\n".join(blocks).split("\n"))
    assert_places(read_text(text, "t.md"), text)


@given(text=st.text(alphabet="$|\\`*_-#>[](){}<!= \n\tab1é:.", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str) -> None:
    assert_places(read_text(text, "t.md"), text)


@given(header=CELL, formula=LATEX, cells=st.lists(CELL, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_cell_knows_its_row(header: str, formula: str, cells: list[str]) -> None:
    width = len(cells) + 1
    head = "| Name | " + " | ".join(f"H{k}" for k in range(1, width)) + " |"
    row = "| label | " + " | ".join([f"${formula}$", *cells[1:]]) + " |"
    text = f"{head}\n|{'---|' * width}\n{row}\n"
    first = read_text(text, "t.md").passages[0]
    assert (first.latex, first.column, first.row_label) == (formula, "H1", "label")
    assert [c.header for c in first.row] == ["Name", *(f"H{k}" for k in range(1, width))]


def test_a_column_may_be_headed_by_a_formula() -> None:
    text = "| $f(x)$ | $f'(x)$ |\n|---|---|\n| $x^2$ | $2x$ |\n"
    columns = {p.latex: p.column for p in read_text(text, "t.md").passages}
    assert (columns["x^2"], columns["2x"]) == ("f(x)", "f'(x)")


def test_what_stands_around_a_display() -> None:
    text = (
        "# Losses\n\n## Squared\n\n**Mean squared error** (regression) — see $y$:\n\n"
        "$$\nL = a\n$$\n$$\nM = b\n$$\n"
        "\n- $a$ = first\n- $b$ = second\n\nOther text.\n\n$$N = c$$\n"
    )
    passages = {p.latex: p for p in read_text(text, "t.md").passages}
    for formula in ("L = a", "M = b"):
        assert passages[formula].label == "Mean squared error"
        assert passages[formula].headings == ("Losses", "Squared")
    assert "first" in passages["M = b"].following
    assert passages["N = c"].label is None
    assert passages["N = c"].before == "Other text."


def test_directives_reach_the_formulas_they_stand_at() -> None:
    text = (
        "<!-- symcheck: ignore -->\n\n$a$ and $b$\n\n$c$\n\n"
        "<!-- symcheck: assume x>0; y>0 -->\n| f |\n|---|\n| $d$ |\n"
        "| $e$ <!-- symcheck: ignore=SC201 --> |\n\n"
        "text\n<!-- symcheck: formula=act.softmax -->\n$f$\n\n$g$\n"
    )
    found = {p.latex: p.directives for p in read_text(text, "t.md").passages}
    assert found["a"].ignore == found["b"].ignore == frozenset()
    assert found["c"].ignore is None
    assert found["d"].assume == ("x>0", "y>0") and found["d"].ignore is None
    assert found["e"].ignore == {"SC201"} and found["e"].assume
    assert found["f"].formula == "act.softmax" and found["g"].formula is None


def test_a_folder_that_may_not_be_read_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: root, as whom tests often run, may read everything."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.md").write_text("$x$")
    scan = os.scandir

    def scandir(folder: str) -> Any:
        if folder.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    files, (error,) = find_documents([tmp_path])
    assert files == [str(tmp_path / "open.md")]
    assert str(error).startswith(f"{tmp_path / 'closed'}: cannot be entered: Permission denied; ")


MISTYPED = ["ignroe", "formula=", "formula softmax", "assume", "ignore=SC2", "ignore=SC201, SC999"]


@pytest.mark.parametrize("order", MISTYPED)
def test_a_mistyped_directive_is_a_flaw(order: str) -> None:
    document = read_text(f"a\n\n<!-- symcheck: {order} -->\n\n$x$\n", "t.md")
    assert [(f.rule, f.fragment.start) for f in document.flaws] == [("SC190", (3, 1))]


@pytest.mark.parametrize(
    ("row", "cut"),
    [
        ("| one | $\\sum |a_i|$ | c |", ["\\sum |a_i|"]),
        ("| $|a|$ | $b|c$ and $d$ | c |", ["|a|", "b|c"]),
        ("| one | $\\sum \\lvert a \\rvert$ | c |", []),
        ("| one | costs $5 | or $6 | c |", []),
        ("| one | two | three | four |", []),
    ],
)
def test_a_bar_that_cuts_a_formula(row: str, cut: list[str]) -> None:
    document = read_text(f"| a | b | c |\n|---|---|---|\n{row}\n", "t.md")
    assert [f.fragment.latex for f in document.flaws] == cut


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"ok\n\nab\xe9c", "t.md:3:3"),
        (b"ok\r\n\xff\xfe", "t.md:2:1"),
        (b"a\n b\0c", "t.md:2:3"),
        ("é".encode() + b"\xff", "t.md:1:2"),
    ],
)
def test_text_that_is_not_utf8_is_placed(data: bytes, place: str) -> None:
    with pytest.raises(DocumentError) as error:
        decode(data, "t.md")
    assert str(error.value).startswith(place + ": ") and "UTF-8" in str(error.value)


def test_what_a_folder_holds(tmp_path: Path) -> None:
    (tmp_path / "a" / ".git").mkdir(parents=True)
    for name in ("b.md", "a/c.markdown", "a/.git/d.md", "e.txt", "f.md"):
        (tmp_path / name).write_text("$x$")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "g.md").symlink_to(tmp_path / "g.md")
    files, errors = find_documents([tmp_path])
    assert [Path(f).name for f in files] == ["b.md", "f.md", "g.md", "c.markdown"]
    assert not errors
    with pytest.raises(DocumentError, match=r"g\.md: cannot be read"):
        read_document(str(tmp_path / "g.md"))
    _, errors = find_documents([tmp_path / "e.txt"])
    assert "no reader" in str(errors[0])


def test_a_pipe_or_a_missing_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.md")
    for name in ("p.md", "missing.md"):
        with pytest.raises(DocumentError, match=name):
            read_document(str(tmp_path / name))


@pytest.mark.skipif(not SHEET.exists(), reason=f"{SHEET} is not here")
def test_places_on_the_sheet() -> None:
    text = SHEET.read_text(encoding="utf-8")
    document = read_text(text, "sheet.md")
    assert len(document.passages) > 200 and assert_places(document, text) > 5000
    assert [(f.rule, f.fragment.start[0]) for f in document.flaws] == [("SC104", 17), ("SC108", 54)]


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is not here")
def test_places_on_real_documents() -> None:
    files = sorted(CORPUS.rglob("*.md"))[::8]
    assert len(files) > 10
    seen = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        seen += assert_places(read_text(text, str(file)), text)
    assert seen > 20_000
