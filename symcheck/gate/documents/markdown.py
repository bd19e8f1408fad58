"""The Markdown reader: from tokens with places to the blocks of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from symcheck.gate.documents.document import DocumentError
from symcheck.gate.documents.located import Located, Source
from symcheck.gate.documents.markdown_syntax import (
    PlaceError,
    escaped,
    formula_at,
    markdown_parser,
    split_row,
)
from symcheck.gate.documents.page import Block, Page, header_words, introduces
from symcheck.gate.documents.reader import Reader
from symcheck.gate.documents.unclosed import openings

_COMMENT = re.compile(r"<!--(?P<text>.*?)-->", re.DOTALL)
_NO_FORMULA = re.compile(r"(?<![\\$])\$(?!\$)([^$\n]*[\\^_][^$\n]*)(?<!\\)\$(?!\$)")
_CODE = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_DIRECTIVE = re.compile(r"\{(?P<name>[\w:+.-]+)\}.*")  # of MyST
_OPTIONS = re.compile(r"(?:[ \t]*:[\w-]+:[^\n]*\n)+|---[ \t]*\n(?:[^\n]*\n)*?---[ \t]*\n")
_LITERAL = frozenset({  # directives whose body is no Markdown
    "code", "code-block", "code-cell", "sourcecode", "literalinclude", "eval-rst", "raw", "html", "mermaid",
    "bibliography", "toctree", "include", "csv-table", "list-table", "doctest", "testcode", "testoutput",
    "plot", "graphviz", "output", "iframe", "embed", "r", "python", "julia", "ojs", "bash", "sql", "stan",
})  # fmt: skip


def read(source: Source, page: Page) -> None:
    """The formulas of a Markdown text with what stands around them.

    Raises ``DocumentError`` if the places of its formulas cannot be told.
    """
    try:
        tokens = markdown_parser().parse(source.text)
    except PlaceError as error:
        problem = f"the place of a formula cannot be told ({error}); please report it"
        raise DocumentError(page.file, problem) from None
    _Walk(source, page).collect(tokens)


READER = Reader(name="markdown", endings=(".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd"), read=read)


class _Walk:
    """One pass over the tokens of a text."""

    def __init__(self, source: Source, page: Page) -> None:
        self.source = source
        self.page = page
        self.open: str | None = None  # what would close the last formula that nothing closes

    def collect(self, tokens: Sequence[Token]) -> None:
        header: list[str] = []
        row: list[Block] = []
        kind = "text"
        for at, token in enumerate(tokens):
            match token.type:
                case "heading_open":
                    self.page.heading(int(token.tag[1:]), _plain(tokens[at + 1].children or []))
                    kind = "heading"
                case "heading_close" | "table_close":
                    kind = "text"
                case "table_open":
                    header, kind = [], "header"
                case "tbody_open":
                    kind = "cell"
                case "tr_open":
                    row = []
                    if token.meta["cells"] > token.meta["width"]:
                        self._broken_row(token)
                case "inline":
                    block = self._text(token, kind)
                    if kind == "header":
                        header.append(header_words(block))
                    elif kind == "cell":
                        block.column = header[len(row)] if len(row) < len(header) else ""
                        block.row = row
                        row.append(block)
                case "math_block" | "math_block_label" | "amsmath":
                    self.page.display(self.source, token.meta["located"])
                case "fence" | "colon_fence":
                    self._fence(token)
                case "html_block":
                    self._comment_block(token, tokens[at + 1 :])

    def _text(self, token: Token, kind: str) -> Block:
        located: Located = token.meta["located"]
        children = token.children or []
        block = self.page.block(self.source, kind, context=located.text, text=_plain(children))
        bold: list[str] | None = None
        since: list[str] = []  # words since the last bold ones
        for child in children:
            if child.type == "strong_open":
                bold = []
            elif child.type == "strong_close" and bold is not None:
                block.strong, bold, since = "".join(bold).strip(), None, []
                if located.text.startswith(("**", "__")) and block.opening is None:
                    block.opening = block.strong
            elif child.type == "math_inline":
                start, stop = child.meta["content"]
                found = self.page.formula(
                    self.source, located.slice(start, stop), display=child.meta["display"]
                )
                if found is not None:
                    found.start, found.stop = start, stop
                    found.label = block.strong
                    found.labelled = block.strong is not None and introduces("".join(since))
                    block.formulas.append(found)
                since.append("$")
            elif child.type == "html_inline" and (m := _COMMENT.fullmatch(child.content)):
                self._comment_inline(m["text"], block, located, child.meta["span"])
            else:
                (since if bold is None else bold).append(child.content if child.type != "softbreak" else " ")
        if "$" in located.text or "\\" in located.text:
            taken = [child.meta["span"] for child in children if child.type == "math_inline"]
            taken += [m.span() for m in _CODE.finditer(located.text)]
            self._blanks(located, taken)
            self._unclosed(located, taken)
        return block

    def _blanks(self, located: Located, taken: Sequence[tuple[int, int]]) -> None:
        """Formulas with a blank inside one of their two dollars, which are therefore none."""
        if self.source.within:  # a notebook shows them
            return
        for m in _NO_FORMULA.finditer(located.text):
            start, stop = m.span()
            before, after = m[1][0].isspace(), m[1][-1].isspace()
            if before != after and all(stop <= first or last <= start for first, last in taken):
                side = "after the first" if before else "before the last"
                whole = located.slice(start, stop)
                self.page.flaw(self.source, whole, rule="SC108", values={"side": side})

    def _unclosed(self, located: Located, taken: Sequence[tuple[int, int]]) -> None:
        for start, stop, closing in openings(located.text, taken, self.source.text, located.offset(0)):
            mark = located.slice(start, stop)
            if mark.text == self.open and located.text[stop:].partition("\n")[0].strip() == "":
                self.open = None  # what was opened before a blank line
                continue
            self.page.unclosed(self.source, mark, closing)
            self.open = closing

    def _fence(self, token: Token) -> None:
        """A formula in a fence, or the body of a MyST directive, which is Markdown again."""
        located: Located = token.meta["located"]
        directive = _DIRECTIVE.fullmatch(token.info.strip())
        if directive is not None:
            options = _OPTIONS.match(located.text)
            if options is not None:
                located = located.slice(options.end(), len(located.text))
        if token.info.strip() == "math" or (directive is not None and directive["name"] == "math"):
            self.page.display(self.source, located)
        elif directive is not None and directive["name"] not in _LITERAL and self.page.deeper():
            read(self.source.part(located, self.source.within), self.page)
            self.page.shallower()

    # comments

    def _comment_inline(self, comment: str, block: Block, located: Located, span: tuple[int, int]) -> None:
        at = located.slice(*span)
        line = self.source.row(at.offset(0))
        if block.kind != "cell" and "\n" in located.text:
            begins = {self.source.row(f.content.offset(0)) for f in block.formulas}
            rest = located.text[span[1] :]
            if line not in begins and "$" not in rest.split("\n", 1)[0]:
                line += 1
        self.page.note(self.source, self.page.comment(self.source, comment, at), line, line)

    def _comment_block(self, token: Token, rest: Sequence[Token]) -> None:
        assert token.map is not None
        starts = (*self.source.rows.starts, len(self.source.text))
        following = next((t.map for t in rest if t.map is not None and t.type != "html_block"), None)
        first, last = (following[0] + 1, max(following[1], following[0] + 1)) if following else (0, -1)
        begin, end = (starts[min(line, len(starts) - 1)] for line in token.map)
        for m in _COMMENT.finditer(self.source.text, begin, end):
            at = Located(m.group(), ((0, m.start()),))
            self.page.note(self.source, self.page.comment(self.source, m["text"], at), first, last)

    # a bar inside a formula that splits a table row

    def _broken_row(self, token: Token) -> None:
        """Report formulas that the splitting of a table row cuts in two.

        Only if putting them together again gives exactly the cells that the header asks for: then it
        is certain that the bar was meant as a part of the formula.
        """
        row: Located = token.meta["row"]
        text = row.text
        found: list[tuple[int, int]] = []
        at = 0
        while at < len(text):
            formula = None if escaped(text, at) else formula_at(text, at, len(text))
            if formula is None:
                at += 1
                continue
            delimiter, start, stop = formula
            found.append((start, stop))
            at = stop + len(delimiter.closing)
        bars = [
            (start, stop, [k for k in range(start, stop) if text[k] == "|" and text[k - 1] != "\\"])
            for start, stop in found
        ]
        inside = sum(len(b) for _, _, b in bars)
        if not inside or len(split_row(row)) - inside != token.meta["width"]:
            return
        for start, stop, cuts in bars:
            if cuts:
                whole = row.slice(start, stop)
                mended = "".join("\\vert " if start + k in cuts else c for k, c in enumerate(whole.text))
                self.page.flaw(self.source, whole, rule="SC104", expected=mended, is_formula=True)


def _plain(children: Sequence[Token]) -> str:
    """The words of an inline text: no formulas, no marks."""
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak", "math_inline"):
            parts.append(" ")
    return re.sub(r"\s+", " ", "".join(parts)).strip()
