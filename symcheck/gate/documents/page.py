"""A document while it is read: blocks of text with formulas, comments to the gate; then passages.

Readers of all formats fill a ``Page``.  What the words around a formula tell (its heading, the bold words
before it, the row of its table, the paragraph that leads up to a display) is worked out here, in one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

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
from symcheck.gate.documents.located import Located, Source
from symcheck.gate.documents.macros import EndlessMacro, Macros

CONTEXT = 600  # characters of surrounding text that a passage keeps, and of a heading, a cell, a label
MAX_CELLS = 64  # of a row that its passages keep (of a wider one the first and their own); formulas of a cell
CELL_LATEX = 6_000  # characters of the formulas of a cell that are kept
MAX_NESTED = 8  # documents within documents
MAX_FORMULAS = 50_000  # of a document: several books
MAX_NOTES = 32  # comments that speak of one line
_EVIDENT = re.compile(r"[\\^_{]|^(?!.*[A-Za-z]{4})[\w\s+\-*/=<>()\[\],.'|!]{1,16}$")
_TEX_COMMENT = re.compile(r"(?<!\\)%(?P<text>[^\n]*)")
_INTRODUCES = re.compile(r"\s*(?:\([^()$]*\))?\s*(?:[:=–—-]|is|is defined as|is given by)?\s*:?\s*")


def introduces(between: str) -> bool:
    """Whether words in bold, with ``between`` after them, introduce the formula that follows."""
    return _INTRODUCES.fullmatch(between) is not None


@dataclass
class Formula:
    """A formula of a block: ``content`` lies in the source, ``latex`` (macros expanded) in ``content``;
    ``start`` and ``stop`` are its place in the block's ``context``."""

    content: Located
    latex: Located
    display: bool = False
    label: str | None = None
    labelled: bool = False
    start: int = 0
    stop: int = 0
    directives: Directives = field(default_factory=Directives)


@dataclass
class Block:
    """A leaf of the document: a paragraph, a heading, a cell or a displayed formula.

    ``kind`` is ``text``, ``heading``, ``header``, ``cell`` or ``display``.  ``context`` is the text with its
    formulas between dollars (or as the format writes them), ``text`` has the words alone.
    """

    kind: str
    source: Source
    headings: tuple[str, ...]
    context: str = ""
    text: str = ""
    strong: str | None = None  # the last words in bold
    opening: str | None = None  # those with which the block begins
    formulas: list[Formula] = field(default_factory=list)
    column: str | None = None
    row: list[Block] = field(default_factory=list)
    directives: Directives = field(default_factory=Directives)


def header_words(block: Block) -> str:
    """What the head of a column says: its words, or else its formula (``f'(x)``)."""
    return (block.text or " ".join(f.latex.text for f in block.formulas))[:CONTEXT]


@dataclass
class _Note:
    """A comment and the lines of its source (first and last) of which it speaks."""

    source: Source
    directives: Directives
    first: int
    last: int


class Page:
    """The blocks of one file in the order of reading."""

    def __init__(self, file: str, macros: Macros | None = None) -> None:
        self.file = file
        self.macros = Macros() if macros is None else macros.copy()
        self.blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._nested = 0
        self.evident = False  # whether formulas have to look like ones, since dollars mean other things too
        self._formulas = 0
        self._notes: list[_Note] = []  # of many lines
        # of few lines: by the identity of the source, with it, and by line
        self._notes_of: dict[int, tuple[Source, dict[int, list[Directives]]]] = {}
        self._flaws: list[tuple[Source, Located, Flaw]] = []
        self._rows: dict[int, tuple[Cell, ...]] = {}  # by the identity of the list in ``Block.row``

    def document(self) -> Document:
        passages = [p for at, block in enumerate(self.blocks) for p in self._passages(at, block)]
        passages.sort(key=lambda p: p.fragment.start)
        flaws = [
            replace(flaw, directives=self._directives(source, at, flaw.directives))
            for source, at, flaw in self._flaws
        ]
        return Document(file=self.file, passages=tuple(passages), flaws=tuple(flaws))

    # what readers add

    @property
    def headings(self) -> tuple[str, ...]:
        """The titles under which the next block stands, outermost first."""
        return tuple(title for _, title in self._path)

    def heading(self, level: int, title: str) -> None:
        self._path = [(n, t) for n, t in self._path if n < level] + [(level, title[:CONTEXT])]

    def start(self) -> None:
        """What follows has its own headings and has nothing to do with the blocks before it."""
        self._path = []
        self.blocks.append(Block("heading", Source.of(""), ()))

    def deeper(self) -> bool:
        """Whether one more document inside a document may be entered; if so, ``shallower`` ends it."""
        if self._nested >= MAX_NESTED:
            return False
        self._nested += 1
        return True

    def shallower(self) -> None:
        self._nested -= 1

    def block(self, source: Source, kind: str, *, context: str = "", text: str = "") -> Block:
        """A new block at the end of the page."""
        found = Block(kind, source, self.headings, context, text)
        self.blocks.append(found)
        return found

    def formula(self, source: Source, content: Located, *, display: bool = False) -> Formula | None:
        """The formula that stands at ``content``; ``None`` if it only defines macros, or nothing is left.

        Raises ``DocumentError`` if there are too many.
        """
        self._formulas += 1
        if self._formulas > MAX_FORMULAS:
            many = f"has more than {MAX_FORMULAS:,} formulas; split it or leave it out (the key 'exclude')"
            raise DocumentError(self.file, many)
        content = content.strip()
        if self.evident and not _EVIDENT.search(content.text):
            return None
        try:
            latex = self.macros.expanded(content.text)
        except EndlessMacro as error:
            values = {"name": error.name}
            at = content.slice(error.start, error.stop)
            self.flaw(source, at, rule="SC106", values=values, whole=content)
            return None
        latex = latex.strip()
        if not latex.text:
            return None
        return Formula(content, latex, display, directives=self._inside(source, content))

    def _inside(self, source: Source, content: Located) -> Directives:
        """What TeX comments inside a formula tell the gate about it."""
        if "symcheck" not in content.text:
            return Directives()
        comments = ((m, m["text"]) for m in _TEX_COMMENT.finditer(content.text))
        found = (self.comment(source, text, content.slice(*m.span())) for m, text in comments)
        return merge(d for d in found if d is not None)

    def display(self, source: Source, content: Located, directives: Directives | None = None) -> None:
        """A formula that is a block of its own."""
        formula = self.formula(source, content, display=True) if content.text.strip() else None
        if formula is not None:
            block = self.block(source, "display", context=formula.content.text)
            formula.stop = len(block.context)
            block.formulas.append(formula)
            block.directives = directives or Directives()

    def comment(self, source: Source, text: str, at: Located) -> Directives | None:
        """What a comment tells the gate, if anything; a mistyped one is a flaw of the document."""
        try:
            return parse_directive(text)
        except DirectiveError as error:
            self.flaw(source, at, rule="SC190", values={"problem": str(error)})
            return None

    def note(self, source: Source, directives: Directives | None, first: int, last: int) -> None:
        """``directives`` hold for what begins on the lines ``first`` to ``last`` of the source."""
        if directives is None:
            return
        if last - first >= 2 * MAX_NOTES:
            self._notes.append(_Note(source, directives, first, last))
            return
        _, by_line = self._notes_of.setdefault(id(source), (source, {}))
        for line in range(first, last + 1):
            said = by_line.setdefault(line, [])
            if len(said) < MAX_NOTES:
                said.append(directives)

    def flaw(
        self,
        source: Source,
        at: Located,
        *,
        rule: str,
        values: Mapping[str, str] | None = None,
        expected: str | None = None,
        is_formula: bool = False,
        whole: Located | None = None,
        formula: str | None = None,
        counterexample: str | None = None,
    ) -> None:
        """Something wrong at ``at``; ``whole`` is the formula that is shown, if it is more than that."""
        fragment = self._fragment(source, at, None)
        if whole is not None:
            shown = self._fragment(source, whole, None)
            offset = at.offset(0) - whole.offset(0)
            fragment = replace(fragment, source=shown.source, origins=((0, offset),))
        flaw = Flaw(
            rule=rule, fragment=fragment, values=values or {}, expected=expected,
            is_formula=is_formula or whole is not None, formula=formula, counterexample=counterexample,
        )  # fmt: skip
        self._flaws.append((source, at, flaw))

    def unclosed(self, source: Source, mark: Located, closing: str) -> None:
        """``mark`` opens a formula, and ``closing`` does not follow."""
        values = {"mark": mark.text, "closing": closing}
        self.flaw(source, mark, rule="SC111", values=values, is_formula=True)

    # blocks to passages

    def _directives(self, source: Source, at: Located, own: Directives) -> Directives:
        line = source.row(at.offset(0))
        notes = (n.directives for n in self._notes if n.source is source and n.first <= line <= n.last)
        _, by_line = self._notes_of.get(id(source), (source, {}))
        return merge([own, *by_line.get(line, ()), *islice(notes, MAX_NOTES)])

    def _passages(self, at: int, block: Block) -> Iterator[Passage]:
        row = self._row(block)
        for formula in block.formulas:
            before, after = block.context[: formula.start], block.context[formula.stop :]
            label, labelled, following = formula.label, formula.labelled, ""
            if formula.display:
                lead = self._lead(at, block)
                if lead is not None and not before.strip("$\\[ \n"):
                    label, labelled = lead.opening or lead.strong, lead.opening is not None
                    before = lead.context
                following = self._following(at, block)
            yield Passage(
                file=self.file,
                fragment=self._fragment(block.source, formula.content, formula),
                headings=block.headings,
                label=label[:CONTEXT] if label is not None else None,
                labelled=labelled,
                before=before[-CONTEXT:],
                after=after[:CONTEXT],
                column=block.column,
                row=row,
                following=following,
                directives=self._directives(
                    block.source, formula.content, merge([block.directives, formula.directives])
                ),
            )

    def _row(self, block: Block) -> tuple[Cell, ...]:
        """The row of a table in which the block stands: one object for all of its cells."""
        if len(block.row) > MAX_CELLS:
            first = block.row[0]
            return (_cell(first),) if first is block else (_cell(first), _cell(block))
        known = self._rows.get(id(block.row))
        if known is None:
            known = self._rows[id(block.row)] = tuple(map(_cell, block.row))
        return known

    def _lead(self, at: int, block: Block) -> Block | None:
        """The text under the same heading that leads up to a display, other displays skipped."""
        for k in range(at - 1, -1, -1):
            other = self.blocks[k]
            if other.headings != block.headings or other.kind in ("cell", "heading", "header"):
                return None
            if other.kind == "text" and not _only_display(other):
                return other
        return None

    def _following(self, at: int, block: Block) -> str:
        texts: list[str] = []
        for k in range(at + 1, len(self.blocks)):
            other = self.blocks[k]
            if other.kind != "text" or other.headings != block.headings or _only_display(other):
                break
            texts.append(other.context)
            if sum(map(len, texts)) > CONTEXT:
                break
        return "\n".join(texts)[:CONTEXT]

    def _fragment(self, source: Source, content: Located, formula: Formula | None) -> Fragment:
        content = content.strip()
        latex = Located(content.text, ((0, 0),)) if formula is None else formula.latex
        first = content.offset(0)
        shown, origins = content.text, latex
        if source.whole:
            # a bar at the start has lost its backslash, which is still the first character of the source
            first -= content.text.startswith("|") and source.text[first - 1 : first] == "\\"
            verbatim = source.text[first : content.offset(max(len(content.text) - 1, 0)) + 1]
            if "\n" not in verbatim:
                shown, origins = verbatim, latex.through(content)
                origins = Located("", tuple((at, offset - first) for at, offset in origins.pieces))
        located = latex.through(content).through(source.located)
        pieces = {(start, *source.lines.position(offset)) for start, offset in located.pieces}
        # a piece that runs over a line end goes on in the next line of the file
        at = latex.text.find("\n")
        while 0 <= at < len(latex.text) - 1:
            pieces.add((at + 1, *source.lines.position(located.offset(at + 1))))
            at = latex.text.find("\n", at + 1)
        line, column = source.position(content.offset(max(len(content.text) - 1, 0)))
        return Fragment(
            latex=latex.text,
            source=shown,
            pieces=tuple(sorted(pieces)),
            start=source.position(first),
            end=(line, column + min(len(content.text), 1)),
            display=formula is not None and formula.display,
            origins=origins.pieces,
            within=source.within,
        )


def _cell(block: Block) -> Cell:
    latex: list[str] = []
    left = CELL_LATEX
    for formula in block.formulas[:MAX_CELLS]:
        left -= len(formula.latex.text) + 1
        if left < 0:
            break
        latex.append(formula.latex.text)
    return Cell(header=block.column or "", text=block.text[:CONTEXT], latex=tuple(latex))


def _only_display(block: Block) -> bool:
    """A paragraph that is nothing but a displayed formula."""
    if len(block.formulas) != 1 or not block.formulas[0].display:
        return False
    formula = block.formulas[0]
    return not (block.context[: formula.start] + block.context[formula.stop :]).strip().strip("$\\[]").strip()
