"""The Markdown reader: from tokens with places to passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token

from symcheck.gate.directives import DirectiveError, merge, parse_directive
from symcheck.gate.documents.document import (
    Cell,
    Directives,
    Document,
    DocumentError,
    Flaw,
    Fragment,
    Passage,
)
from symcheck.gate.documents.located import Lines, Located
from symcheck.gate.documents.markdown_syntax import (
    PlaceError,
    escaped,
    formula_at,
    markdown_parser,
    split_row,
)

_CONTEXT = 600  # characters of surrounding text that a passage keeps
_COMMENT = re.compile(r"<!--(?P<text>.*?)-->", re.DOTALL)
_MATH_FENCE = re.compile(r"\s*(?:math|\{math\})\s*\Z")
_INTRODUCES = re.compile(r"\s*(?:\([^()$]*\))?\s*(?:[:=–—-]|is|is defined as|is given by)?\s*:?\s*")
_NEWLINE = re.compile(r"\r\n?")


@dataclass
class _Formula:
    content: Located
    display: bool
    label: str | None = None
    labelled: bool = False
    start: int = 0
    stop: int = 0


@dataclass
class _Block:
    """A leaf of the document: a paragraph, a heading, a cell or a displayed formula."""

    kind: str
    source: Located
    headings: tuple[str, ...]
    text: str = ""
    strong: str | None = None  # the last words in bold
    opening: str | None = None  # those with which the block begins
    formulas: list[_Formula] = field(default_factory=list)
    column: str | None = None
    row: list[_Block] = field(default_factory=list)


@dataclass
class _Note:
    """A comment and the lines (first and last) of which it speaks."""

    directives: Directives
    first: int
    last: int


def read_markdown(text: str, file: str) -> Document:
    """The formulas of a Markdown text with what stands around them.

    Raises ``DocumentError`` if the places of its formulas cannot be told.
    """
    source = _NEWLINE.sub("\n", text)
    try:
        tokens = markdown_parser().parse(source)
    except PlaceError as error:
        problem = f"the place of a formula cannot be told ({error}); please report it"
        raise DocumentError(file, problem) from None
    return _Walk(source, file).document(tokens)


class _Walk:
    """One pass over the tokens of a document."""

    def __init__(self, source: str, file: str) -> None:
        self.source = source
        self.file = file
        self.lines = Lines.of(source)
        self.blocks: list[_Block] = []
        self.notes: list[_Note] = []
        self.flaws: list[Flaw] = []

    def document(self, tokens: Sequence[Token]) -> Document:
        self._collect(tokens)
        passages: list[Passage] = []
        for at, block in enumerate(self.blocks):
            passages += self._passages(at, block)
        passages.sort(key=lambda p: p.fragment.start)
        flaws = tuple(replace(f, directives=self._directives(f.fragment)) for f in self.flaws)
        return Document(file=self.file, passages=tuple(passages), flaws=flaws)

    def _directives(self, fragment: Fragment) -> Directives:
        line = fragment.start[0]
        return merge(n.directives for n in self.notes if n.first <= line <= n.last)

    # tokens to blocks

    def _collect(self, tokens: Sequence[Token]) -> None:
        path: list[tuple[int, str]] = []
        header: list[str] = []
        row: list[_Block] = []
        kind = "text"
        for at, token in enumerate(tokens):
            headings = tuple(title for _, title in path)
            match token.type:
                case "heading_open":
                    level = int(token.tag[1:])
                    title = _plain(tokens[at + 1].children or [])
                    path = [(n, t) for n, t in path if n < level] + [(level, title)]
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
                    block = self._text(token, kind, headings)
                    if kind == "header":
                        header.append(block.text)
                    elif kind == "cell":
                        block.column = header[len(row)] if len(row) < len(header) else ""
                        block.row = row
                        row.append(block)
                case "math_block" | "math_block_label" | "amsmath":
                    self._display(token, headings)
                case "fence" if _MATH_FENCE.match(token.info):
                    self._display(token, headings)
                case "html_block":
                    self._comment_block(token, tokens[at + 1 :])

    def _text(self, token: Token, kind: str, headings: tuple[str, ...]) -> _Block:
        located: Located = token.meta["located"]
        children = token.children or []
        block = _Block(kind, located, headings, text=_plain(children))
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
                near = block.strong is not None and _INTRODUCES.fullmatch("".join(since)) is not None
                block.formulas.append(
                    _Formula(
                        located.slice(start, stop), child.meta["display"], block.strong, near, start, stop
                    )
                )
                since.append("$")
            elif child.type == "html_inline" and (m := _COMMENT.fullmatch(child.content)):
                self._comment_inline(m["text"], block, child.meta["span"])
            else:
                (since if bold is None else bold).append(child.content if child.type != "softbreak" else " ")
        self.blocks.append(block)
        return block

    def _display(self, token: Token, headings: tuple[str, ...]) -> None:
        located: Located = token.meta["located"]
        if located.text.strip():
            formula = _Formula(located, True, start=0, stop=len(located.text))
            self.blocks.append(_Block("display", located, headings, formulas=[formula]))

    # comments

    def _note(self, comment: str, at: Located, first: int, last: int) -> None:
        try:
            directives = parse_directive(comment)
        except DirectiveError as error:
            problem = f"'symcheck: {error}' is not understood"
            self.flaws.append(Flaw(rule="SC190", fragment=self._fragment(at), values={"problem": problem}))
            return
        if directives is not None:
            self.notes.append(_Note(directives, first, last))

    def _comment_inline(self, comment: str, block: _Block, span: tuple[int, int]) -> None:
        at = block.source.slice(*span)
        line, _ = self.lines.position(at.offset(0))
        if block.kind != "cell" and "\n" in block.source.text:
            begins = {self.lines.position(f.content.offset(0))[0] for f in block.formulas}
            rest = block.source.text[span[1] :]
            if line not in begins and "$" not in rest.split("\n", 1)[0]:
                line += 1
        self._note(comment, at, line, line)

    def _comment_block(self, token: Token, rest: Sequence[Token]) -> None:
        assert token.map is not None
        start = self.lines.starts[token.map[0]]
        following = next((t.map for t in rest if t.map is not None and t.type != "html_block"), None)
        first, last = (following[0] + 1, max(following[1], following[0] + 1)) if following else (0, -1)
        stop = self.lines.starts[token.map[1]] if token.map[1] < len(self.lines.starts) else len(self.source)
        for m in _COMMENT.finditer(self.source, start, stop):
            at = Located(m.group(), ((0, m.start()),))
            self._note(m["text"], at, first, last)

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
                fragment = self._fragment(whole)
                self.flaws.append(Flaw(rule="SC104", fragment=fragment, expected=mended, is_formula=True))

    # blocks to passages

    def _passages(self, at: int, block: _Block) -> Iterator[Passage]:
        row: tuple[Cell, ...] = ()
        if block.kind == "cell":
            row = tuple(
                Cell(
                    header=b.column or "",
                    text=b.text,
                    latex=tuple(f.content.strip().text for f in b.formulas),
                )
                for b in block.row
            )
        for formula in block.formulas:
            before = block.source.text[: formula.start]
            after = block.source.text[formula.stop :]
            label, labelled, following = formula.label, formula.labelled, ""
            if formula.display:
                lead = self._lead(at, block)
                if lead is not None and not before.strip("$\\[ \n"):
                    label, labelled = lead.opening or lead.strong, lead.opening is not None
                    before = lead.source.text
                following = self._following(at, block)
            fragment = self._fragment(formula.content, formula.display)
            yield Passage(
                file=self.file,
                fragment=fragment,
                headings=block.headings,
                label=label,
                labelled=labelled,
                before=before[-_CONTEXT:],
                after=after[:_CONTEXT],
                column=block.column,
                row=row,
                following=following,
                directives=self._directives(fragment),
            )

    def _lead(self, at: int, block: _Block) -> _Block | None:
        """The text under the same heading that leads up to a display, other displays skipped."""
        for other in reversed(self.blocks[:at]):
            if other.headings != block.headings or other.kind in ("cell", "heading", "header"):
                return None
            if other.kind == "text" and not _only_display(other):
                return other
        return None

    def _following(self, at: int, block: _Block) -> str:
        texts: list[str] = []
        for other in self.blocks[at + 1 :]:
            if other.kind != "text" or other.headings != block.headings or _only_display(other):
                break
            texts.append(other.source.text)
            if sum(map(len, texts)) > _CONTEXT:
                break
        return "\n".join(texts)[:_CONTEXT]

    def _fragment(self, located: Located, display: bool = False) -> Fragment:
        located = located.strip()
        pieces: list[tuple[int, int, int]] = []
        for start, source in located.pieces:
            pieces.append((start, *self.lines.position(source)))
        # a piece that runs over a line end goes on in the next line of the file
        for at in range(1, len(located.text)):
            if located.text[at - 1] == "\n":
                pieces.append((at, *self.lines.position(located.offset(at))))
        last = max(len(located.text) - 1, 0)
        line, column = self.lines.position(located.offset(last))
        # a bar at the start has lost its backslash, which is still the first character of the source
        first = located.offset(0)
        first -= located.text.startswith("|") and self.source[first - 1 : first] == "\\"
        verbatim = self.source[first : located.offset(last) + 1]
        return Fragment(
            latex=located.text,
            source=located.text if "\n" in verbatim else verbatim,
            pieces=tuple(sorted(set(pieces))),
            start=self.lines.position(first),
            end=(line, column + min(len(located.text), 1)),
            display=display,
        )


def _only_display(block: _Block) -> bool:
    """A paragraph that is nothing but a displayed formula."""
    return (
        len(block.formulas) == 1
        and block.formulas[0].display
        and not (block.source.text[: block.formulas[0].start] + block.source.text[block.formulas[0].stop :])
        .strip()
        .strip("$\\[]")
        .strip()
    )


def _plain(children: Sequence[Token]) -> str:
    """The words of an inline text: no formulas, no marks."""
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak", "math_inline"):
            parts.append(" ")
    return re.sub(r"\s+", " ", "".join(parts)).strip()
