"""The reader of reStructuredText: docutils parses, and formulas keep their places.

docutils knows the line of each text it hands to its inline parser.  Here that parser also notes where in
the text a ``:math:`` role stood, and the column follows since a line of a block is a part of its line in
the file.  Files are never included, raw text is never passed through.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser, directives, states
from docutils.parsers.rst.directives.body import MathBlock
from docutils.utils import new_document

from symcheck.gate.directives import merge
from symcheck.gate.documents.document import Directives, DocumentError
from symcheck.gate.documents.located import Located, Source, join
from symcheck.gate.documents.page import Block, Page, header_words, introduces
from symcheck.gate.documents.reader import Reader
from symcheck.gate.documents.unclosed import until_blank

MAX_LINE = 20_000  # characters; docutils takes time that grows with the square of it
TAB = 8
MAX_SEARCH = 100  # lines, for a text that does not stand where docutils says
_QUIET = 5  # above the gravest of docutils' own complaints
_LITERAL = frozenset({  # directives of others whose body is no reStructuredText
    "code-block", "sourcecode", "literalinclude", "plot", "jupyter-execute", "ipython", "doctest", "testcode",
    "testoutput", "testsetup", "prompt", "tikz", "graphviz", "digraph", "mermaid", "program-output",
    "toctree", "highlight", "automodule", "autoclass", "autofunction", "autosummary", "command-output",
})  # fmt: skip
_SKIPPED = (nodes.literal_block, nodes.doctest_block, nodes.raw, nodes.system_message, nodes.Invisible)


def read(source: Source, page: Page) -> None:
    """Raises ``DocumentError`` for lines that are too long."""
    for number, line in enumerate(source.text.split("\n")):
        if len(line) > MAX_LINE:
            row, column = source.position(source.rows.starts[number])
            problem = f"a line has {len(line):,} characters, the limit is {MAX_LINE:,}; break it"
            raise DocumentError(page.file, problem, line=row, column=column)
    document = new_document(page.file, copy.copy(_settings()))
    document.reporter.stream = False
    parser = Parser(inliner=_Inliner(_Places(source)))
    parser.state_classes = _state_classes()
    try:
        parser.parse(source.text, document)
    except _PlaceError as error:
        place, column = source.position(source.rows.starts[error.args[0]])
        problem = "the place of a formula cannot be told; please report it"
        raise DocumentError(page.file, problem, line=place, column=column) from None
    _Walk(source, page).children(document, Directives())


READER = Reader(name="reStructuredText", endings=(".rst", ".rest"), read=read)


@cache
def _settings() -> Any:
    settings = get_default_settings(Parser)
    settings.report_level = settings.halt_level = _QUIET
    settings.warning_stream = False
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.syntax_highlight = "none"
    settings.line_length_limit = 2 * MAX_LINE
    settings.tab_width = TAB
    return settings


class _PlaceError(Exception):
    """A text that docutils hands out is not found near the line (from 0) that it names."""


class _Places:
    """Where the lines that docutils hands out stand in the source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rows = source.text.split("\n")
        self.done: dict[int, int] = {}  # in each row of a table, the column behind the last cell

    def line(self, row: int, text: str) -> Located:
        """``text`` as a part of the line ``row`` (from 0)."""
        for near in sorted(range(len(self.rows)), key=lambda k: abs(k - row))[:MAX_SEARCH]:
            found = self._in(near, text)
            if found is not None:
                return found
        raise _PlaceError(row)

    def _in(self, row: int, text: str) -> Located | None:
        whole = self.rows[row]
        start = self.source.rows.starts[row]
        shown = re.sub("[\v\f]", " ", whole.expandtabs(TAB)).rstrip()
        text = text.rstrip()
        if shown.endswith(text):
            at = len(shown) - len(text)
        else:
            at = shown.find(text, self.done.get(row, 0))
            if at < 0:
                return None
            self.done[row] = at + len(text)
        if "\t" not in whole:
            return Located(text, ((0, start + at),))
        columns = [len(whole[:k].expandtabs(TAB)) for k in range(len(whole) + 1)]
        pieces = []
        for k in range(len(text)):
            raw = max(j for j, column in enumerate(columns) if column <= at + k)
            pieces.append((k, start + raw))
        return Located(text, tuple(pieces) or ((0, start),))


def joined(texts: Sequence[str], places: Iterable[Located]) -> Located:
    """Lines put together, with the spaces at their ends that their places lack."""
    parts: list[Located] = []
    for text, part in zip(texts, places, strict=True):
        tail = text[len(part.text) :] + "\n"
        parts += [part, Located(tail, ((0, part.offset(len(part.text))),))]
    whole = join(parts)
    return whole.slice(0, len(whole.text) - 1)


class _Inliner(states.Inliner):
    """docutils' inline parser, which leaves on each formula where it stood."""

    def __init__(self, places: _Places) -> None:
        super().__init__()
        self.places = places
        # the texts that are being parsed, with the lines of theirs whose places are known
        self._texts: list[tuple[str, int, dict[int, Located]]] = []

    def parse(self, text: str, lineno: int, memo: Any, parent: Any) -> Any:
        self._texts.append((text, lineno, {}))
        try:
            return super().parse(text, lineno, memo, parent)
        finally:
            self._texts.pop()

    def interpreted_or_phrase_ref(self, match: re.Match[str], lineno: int) -> Any:
        result = super().interpreted_or_phrase_ref(match, lineno)
        text, first, known = self._texts[-1]
        for node in result[1]:
            if isinstance(node, nodes.math):
                start = len(text) - len(match.string) + match.end("backquote")
                node.located = self._located(text, first, known, start, start + len(node.astext()))
            elif isinstance(node, nodes.problematic) and match.group("role") == ":math:":
                start = len(text) - len(match.string) + match.start("role")
                node.located = self._located(text, first, known, start, start + len(":math:`"))
                node.glued = "`" in text[start + len(":math:`") :]
        return result

    def _located(self, text: str, first: int, known: dict[int, Located], start: int, stop: int) -> Located:
        begin = text.count("\n", 0, start)
        end = text.count("\n", 0, stop)
        line_start = text.rfind("\n", 0, start) + 1
        lines = text.split("\n")[begin : end + 1]
        for k, line in enumerate(lines, begin):
            if k not in known:
                known[k] = self.places.line(self.reporter.get_source_and_line(first + k)[1] - 1, line)
        places = [known[k] for k in range(begin, end + 1)]
        return joined(lines, places).slice(start - line_start, stop - line_start)

    dispatch = {**states.Inliner.dispatch, "`": interpreted_or_phrase_ref}  # noqa: RUF012


for _name, _pattern in vars(states.Inliner).items():
    if isinstance(_pattern, str) and not _name.startswith("__"):
        setattr(_Inliner, _name, _pattern)  # docutils looks for its patterns in the very class


def _unfinished(texts: Sequence[str]) -> bool:
    """Whether an environment is open: then a blank line does not end the formula."""
    text = "\n".join(texts)
    return text.count("\\begin{") > text.count("\\end{")


class _Math(MathBlock):
    """``.. math::`` with the options of Sphinx, and places."""

    option_spec = {  # noqa: RUF012
        **(MathBlock.option_spec or {}),
        "label": directives.unchanged,
        "nowrap": directives.flag,
        "no-wrap": directives.flag,
        "number": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        inliner = self.state.memo.inliner
        block: list[int] = []
        for k in range(len(self.content) + 1):
            texts = [self.content[j] for j in block]
            last = k == len(self.content)
            if not last and (self.content[k].strip() or (block and _unfinished(texts))):
                block.append(k)
            elif block:
                places = [inliner.places.line(self.content.info(j)[1], self.content[j]) for j in block]
                node = nodes.math_block("", "\n".join(texts))
                node.located = joined(texts, places)
                found.append(node)
                block = []
        return found


class _Nesting(states.RSTState):
    """A state of docutils that hands on our states."""

    def __init__(self, state_machine: Any, debug: bool = False) -> None:
        super().__init__(state_machine, debug)
        self.nested_sm_kwargs = {"state_classes": _state_classes(), "initial_state": "Body"}


class _Body(_Nesting, states.Body):
    """What the states of docutils do otherwise: formulas with places, and the bodies of directives of other
    programs (theorems, tabs, notes with a new name) are read like text."""

    def build_table_row(self, rowdata: Any, tableline: Any) -> Any:
        return super().build_table_row(rowdata, tableline - 1)  # docutils names the line after that of a cell

    def run_directive(self, directive: Any, match: Any, type_name: str, option_presets: Any) -> Any:
        directive = _Math if directive is MathBlock else directive
        return super().run_directive(directive, match, type_name, option_presets)

    def unknown_directive(self, type_name: str) -> Any:
        if type_name in _LITERAL:
            return super().unknown_directive(type_name)
        line = self.state_machine.line
        indent = line.index("::") + 2
        indent += len(line[indent:]) - len(line[indent:].lstrip())
        block, _, offset, blank_finish = self.state_machine.get_first_known_indented(indent, strip_top=0)
        first = True  # the line of the arguments
        while len(block) and (first or not block[0].strip() or block[0].lstrip().startswith(":")):
            block.trim_start()
            offset += 1
            first = False
        node = nodes.container()
        self.nested_parse(block, offset, node)
        return [node], blank_finish or self.state_machine.is_next_line_blank()


@cache
def _state_classes() -> tuple[type, ...]:
    return tuple(
        type(c.__name__, (_Body, c) if issubclass(c, states.Body) else (_Nesting, c), {})
        for c in states.state_classes
    )


class _Walk:
    """From the document tree to the blocks of the page."""

    def __init__(self, source: Source, page: Page) -> None:
        self.source = source
        self.page = page
        self.level = 0

    def children(self, node: nodes.Element, directives: Directives) -> None:
        """A comment of ours speaks of the element after it."""
        waiting: list[Directives] = []
        for child in node.children:
            if isinstance(child, nodes.comment):
                order = self.page.comment(self.source, child.astext(), self._comment(child))
                waiting += [order] if order is not None else []
            elif isinstance(child, nodes.Element):
                self.visit(child, merge([directives, *waiting]))
                waiting = []

    def visit(self, node: nodes.Element, directives: Directives) -> None:
        match node:
            case nodes.math_block():
                self.page.display(self.source, node.located, directives)
            case nodes.section():
                self.level += 1
                self.children(node, directives)
                self.level -= 1
            case nodes.table():
                self._table(node, directives)
            case nodes.title():
                self.page.heading(max(self.level, 1), _words(node))
                self._text(node, "heading", directives)
            case nodes.TextElement() if not isinstance(node, _SKIPPED):
                self._text(node, "text", directives)
            case _ if not isinstance(node, _SKIPPED):
                self.children(node, directives)

    def _comment(self, node: nodes.comment) -> Located:
        """The place of a comment: its first line."""
        row = max((node.line or 1) - 1, 0)
        first = node.astext().split("\n", 1)[0]
        for near in (row, row - 1, *range(row - 2, max(row - 50, -1), -1)):
            if 0 <= near < len(self.source.rows.starts):
                start = self.source.rows.starts[near]
                stop = self.source.text.find("\n", start)
                line = self.source.text[start : stop if stop >= 0 else None]
                if first and line.rstrip().endswith(first):
                    return Located(line.strip(), ((0, start + len(line) - len(line.lstrip())),))
        return Located(first, ((0, self.source.rows.starts[min(row, len(self.source.rows.starts) - 1)]),))

    def _text(self, node: nodes.Element, kind: str, directives: Directives) -> Block:
        block = self.page.block(self.source, kind, text=_words(node))
        block.directives = directives
        parts: list[str] = []
        since: list[str] = []
        for child in node.children:
            words = child.astext()
            if isinstance(child, nodes.math):
                formula = self.page.formula(self.source, child.located)
                if formula is not None:
                    formula.start = sum(map(len, parts)) + 1
                    formula.stop = formula.start + len(words)
                    formula.label = block.strong
                    formula.labelled = block.strong is not None and introduces("".join(since))
                    block.formulas.append(formula)
                parts.append(f"${words}$")
                since.append("$")
                continue
            if isinstance(child, nodes.problematic) and hasattr(child, "located"):
                self._unclosed(child)
            if isinstance(child, nodes.strong):
                block.strong, since = words, []
                if not "".join(parts).strip():
                    block.opening = words
            else:
                since.append(words)
            parts.append(words)
        if isinstance(node, nodes.term):
            block.strong = block.opening = block.text
        block.context = "".join(parts)
        return block

    def _unclosed(self, node: nodes.problematic) -> None:
        """A role that docutils finds no end of.  A line that is further indented ends its text too, but not
        the text of an argument, which Napoleon puts together before docutils sees the docstring."""
        raw, start = self.source.text, node.located.offset(len(node.located.text))
        if node.glued:
            self.page.unclosed(self.source, node.located, "` between no blank and no letter")
        elif not self.source.within or "`" not in raw[start : until_blank(raw, start)]:
            self.page.unclosed(self.source, node.located, "`")

    def _table(self, node: nodes.table, directives: Directives) -> None:
        header: list[str] = []
        for row in node.findall(nodes.row):
            in_head = isinstance(row.parent, nodes.thead)
            cells: list[Block] = []
            for entry in (e for e in row.children if isinstance(e, nodes.entry)):
                before = len(self.page.blocks)
                self.children(entry, directives)
                made = self.page.blocks[before:]
                column = header[len(cells)] if len(cells) < len(header) else ""
                cell = made[0] if made else self.page.block(self.source, "cell")
                for block in made:
                    block.kind, block.column, block.row = "cell", column, cells
                cells.append(cell)
            if in_head:
                header = [header_words(cell) for cell in cells]


def _words(node: nodes.Element) -> str:
    parts = (" " if isinstance(c, nodes.math) else c.astext() for c in node.children)
    return re.sub(r"\s+", " ", "".join(parts)).strip()
