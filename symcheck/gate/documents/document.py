"""What a reader hands on: formulas with exact places, and what the text around each one says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

TOO_DEEP = "is nested too deeply to be read; leave it out (the key 'exclude')"


class DocumentError(Exception):
    """A document that cannot be read.  The message names file, place and what to do."""

    def __init__(self, file: str, message: str, *, line: int | None = None, column: int | None = None):
        place = file if line is None else f"{file}:{line}" if column is None else f"{file}:{line}:{column}"
        super().__init__(f"{place}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        return _document_error, (self.file, self.message, self.line, self.column)


def _document_error(file: str, message: str, line: int | None, column: int | None) -> DocumentError:
    return DocumentError(file, message, line=line, column=column)


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A formula as it stands in a file.

    ``latex`` is what TeX receives: container prefixes (``> ``) and the backslash that protects a bar in
    a table cell are gone, and macros of the project are expanded; ``source`` still has the bar's backslash
    and the macros.  ``pieces`` are ``(offset in latex, line, column)``: from there on the characters follow
    one another on that line; ``origins`` lead to offsets of ``source`` in the same way.  ``start`` is the
    place of the first character of ``source``, ``end`` lies behind the last one.  ``within`` names the part
    of the file if lines alone say little: a cell of a notebook, a function's docstring.
    """

    latex: str
    source: str
    pieces: tuple[tuple[int, int, int], ...]
    start: tuple[int, int]
    end: tuple[int, int]
    display: bool = False
    origins: tuple[tuple[int, int], ...] = ((0, 0),)
    within: str = ""

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of the character ``offset`` of ``latex``."""
        if offset >= len(self.latex):
            return self.end
        k = bisect_right(self.pieces, (offset, 1 << 62, 0)) - 1
        at, line, column = self.pieces[max(k, 0)]
        return line, column + offset - at

    def in_source(self, offset: int) -> int:
        """Where in ``source`` the character ``offset`` of ``latex`` comes from."""
        k = bisect_right(self.origins, (offset, 1 << 62)) - 1
        at, origin = self.origins[max(k, 0)]
        return min(origin + offset - at, len(self.source))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table row: its column's header, its words without formulas, its formulas."""

    header: str
    text: str
    latex: tuple[str, ...] = ()


_FORMULA = re.compile(r"\$+([^$]+)\$+")


def formulas_in(text: str) -> list[str]:
    """The formulas in the text around a formula, where they stand between dollars in any format."""
    return _FORMULA.findall(text)


@dataclass(frozen=True, kw_only=True)
class Directives:
    """What comments of the author say about a formula.

    ``ignore`` is ``None``, or the rule codes to be silent about (empty: all of them).
    """

    ignore: frozenset[str] | None = None
    formula: str | None = None
    assume: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A formula and what the document says about it.

    ``headings`` is the path of headings, outermost first.  ``label`` holds the words set in bold that
    stand before the formula, and ``labelled`` says that they introduce it and are not just stressed.
    ``before`` and ``after`` are the text of the same block, formulas in their source form (for a displayed
    formula also the paragraph that leads up to it); ``column`` and ``row`` are set in tables.
    ``following`` are the list items or the sentence below a display ("where ...").  ``elsewhere`` are
    formulas of the same document that define a function letter which occurs here, and ``earlier`` the last
    few formulas before this one in its section, in reading order.
    """

    file: str
    fragment: Fragment
    headings: tuple[str, ...] = ()
    label: str | None = None
    labelled: bool = False
    before: str = ""
    after: str = ""
    column: str | None = None
    row: tuple[Cell, ...] = ()
    following: str = ""
    elsewhere: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    directives: Directives = field(default_factory=Directives)

    @property
    def latex(self) -> str:
        return self.fragment.latex

    @property
    def header(self) -> str:
        """What the column is called, in small letters; "" outside of tables."""
        return (self.column or "").strip(" *$").casefold()

    @property
    def fills_cell(self) -> bool:
        """Whether the formula is all that its table cell says, remarks in brackets aside."""
        cell = next((c for c in self.row if self.latex in c.latex), None)
        return cell is not None and len(cell.latex) == 1 and not re.sub(r"\([^()]*\)|\W", "", cell.text)

    @property
    def row_label(self) -> str | None:
        """The words of the first cell of the row that has any and stands before this one."""
        for cell in self.row:
            if self.latex in cell.latex:
                return None
            if cell.text:
                return cell.text
        return None


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """Something wrong with the document itself at ``fragment``, found while reading: the code of a rule
    and the values for its message.  ``is_formula``: the fragment is a formula that no reader gets to see.
    ``formula`` is the catalog entry that it comes from, if it does."""

    rule: str
    fragment: Fragment
    values: Mapping[str, str] = field(default_factory=dict)
    formula: str | None = None
    counterexample: str | None = None
    expected: str | None = None
    is_formula: bool = False
    directives: Directives = field(default_factory=Directives)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as read: its formulas in order of appearance."""

    file: str
    passages: tuple[Passage, ...]
    flaws: tuple[Flaw, ...] = ()
