"""The reader of LaTeX files: structure from the tokens of pylatexenc, formulas with places.

Tokens are taken one by one, without building a tree, so depth is no matter.  ``\\input`` is not followed:
the files that are meant are named on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pylatexenc.latexwalker import LatexToken, LatexWalker, LatexWalkerEndOfStream, LatexWalkerParseError

from symcheck.gate.documents.located import Located, Source
from symcheck.gate.documents.macros import definitions
from symcheck.gate.documents.page import Block, Page, header_words, introduces
from symcheck.gate.documents.reader import Reader
from symcheck.gate.documents.unclosed import BLANK, CLOSING, ENVIRONMENTS, is_tex, until_blank

_INNER = frozenset(
    {"equation", "equation*", "displaymath", "math", "dmath", "dmath*"}
)  # shown without \begin
_MATH = _INNER | ENVIRONMENTS
_VERBATIM = frozenset({
    "verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "comment", "filecontents", "filecontents*",
    "tikzpicture", "pspicture", "luacode", "pycode", "alltt", "algorithmic", "thebibliography",
})  # fmt: skip
_TABLES = frozenset({"tabular", "tabular*", "tabularx", "tabulary", "longtable", "tabu", "longtabu"})
_LEVELS = {
    "part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5,
}  # fmt: skip
_RUN_IN = frozenset({"paragraph", "subparagraph"})
_MUTE = frozenset({  # macros whose argument is no text
    "label", "ref", "eqref", "cref", "Cref", "autoref", "pageref", "cite", "citep", "citet", "citealp",
    "bibliography", "bibliographystyle", "usepackage", "documentclass", "input", "include", "graphicspath",
    "includegraphics", "vspace", "hspace", "url", "index", "hypersetup", "setlength", "geometry", "pagestyle",
    "thispagestyle", "typeout", "newtheorem", "theoremstyle", "bibitem", "color", "definecolor", "setcounter",
})  # fmt: skip
_ROW_GAP = re.compile(r"\*?\s*\[[^\]\n]*\]")
_RULE = re.compile(r"\s*\\(?:hline|midrule|hhline|cmidrule|specialrule)\b")
_VERB = re.compile(r"\\(?:verb\*?|lstinline(?:\[[^\]]*\])?|mintinline\{[^}]*\})\s?([^A-Za-z\s*])")
_PIECE = re.compile(r"\\\(|\\\)|\\\[|\\\]|\\.|%[^\n]*|[{}]|\$\$?", re.DOTALL)


def read(source: Source, page: Page) -> None:
    """The formulas of a LaTeX file, or of a part of one, with what stands around them."""
    page.macros.define(source.text)
    _Walk(source, page).run()


READER = Reader(name="LaTeX", endings=(".tex", ".ltx", ".latex"), read=read)


@dataclass
class _Table:
    """A table that is being read."""

    header: list[str] | None = None
    row: list[Block] = field(default_factory=list)
    kind: str = "cell"


class _Walk:
    """One pass over the tokens of a file."""

    def __init__(self, source: Source, page: Page) -> None:
        self.source = source
        self.page = page
        self.text = source.text
        self.walker = LatexWalker(source.text, tolerant_parsing=True)
        self.at = 0
        self.whole = Located(source.text, ((0, 0),))
        self.block: Block | None = None
        self.words: list[str] = []  # of the paragraph, formulas left out
        self.context: list[str] = []  # the same with formulas
        self.length = 0
        self.since: list[str] | None = None  # words since the last bold ones
        self.bold: list[str] | None = None
        self.depths: list[Callable[[], None] | None] = []  # what to do where each open brace closes
        self.tables: list[_Table] = []
        self.endless: set[str] = set()  # environments that nothing ends from here on
        self.definitions = {start: stop for start, stop, _, _ in definitions(source.text)}

    def run(self) -> None:
        while (token := self._token()) is not None:
            if not self._step(token):
                break
        self._paragraph()

    def _token(self) -> LatexToken | None:
        try:
            token: LatexToken = self.walker.get_token(self.at)
        except LatexWalkerEndOfStream:
            return None
        except LatexWalkerParseError:
            # something like \begin without a name: its first character is text
            token = LatexToken(tok="char", arg=self.text[self.at], pos=self.at, len=1, pre_space="")
        self.at = token.pos + token.len
        return token

    def _step(self, token: LatexToken) -> bool:
        if token.pre_space:
            self._say("\n\n" if BLANK.search(token.pre_space) else " ")
        match token.tok:
            case "char" | "specials":
                text = token.arg if isinstance(token.arg, str) else token.arg.specials_chars
                if text == "&" and self.tables:
                    self._cell()
                elif BLANK.search(text):
                    self._say("\n\n")
                else:
                    self._say(" " if text == "~" else text)
            case "comment":
                self._comment(token)
            case "brace_open":
                self.depths.append(None)
            case "brace_close":
                if self.depths and (closing := self.depths.pop()) is not None:
                    closing()
            case "mathmode_inline" | "mathmode_display":
                self._math(token)
            case "begin_environment":
                self._begin(token)
            case "end_environment":
                if token.arg == "document":
                    return False
                self._end(token.arg)
            case "macro":
                self._macro(token)
        return True

    # words

    def _say(self, words: str) -> None:
        if words == "\n\n":
            if not self.tables:
                self._paragraph()
            return
        self.words.append(words)
        self._add(words)
        if self.bold is not None:
            self.bold.append(words)
        elif self.since is not None:
            self.since.append(words)

    def _add(self, text: str) -> None:
        self.context.append(text)
        self.length += len(text)

    def _open(self) -> Block:
        if self.block is None:
            self.block = self.page.block(self.source, self.tables[-1].kind if self.tables else "text")
        return self.block

    def _paragraph(self) -> None:
        """The words and formulas so far are a block."""
        if self.block is not None or "".join(self.words).strip():
            block = self._open()
            block.text = re.sub(r"\s+", " ", "".join(self.words)).strip()
            block.context = "".join(self.context)
        self.block, self.words, self.context, self.length = None, [], [], 0
        self.since = self.bold = None

    def _comment(self, token: LatexToken) -> None:
        at = self.whole.slice(token.pos, token.pos + len(token.arg) + 1)
        directives = self.page.comment(self.source, token.arg, at)
        line = self.source.row(token.pos)
        start = self.source.rows.starts[line - 1]
        last = line
        if not self.text[start : token.pos].strip():  # alone: it speaks of what comes next
            after = re.compile(r"(?:[^\S\n]*%[^\n]*\n|\s*\n)*").match(self.text, self.at)
            line = self.source.row(after.end() if after else self.at)
            last = self.source.row(self._end_of_block(self.source.rows.starts[line - 1]))
        self.page.note(self.source, directives, line, last)

    def _end_of_block(self, start: int) -> int:
        """Where the environment that begins at ``start`` ends, or else the paragraph."""
        begins = re.compile(r"\s*\\begin\s*\{([^}\n]*)\}").match(self.text, start)
        if begins is not None:
            end = self.text.find(f"\\end{{{begins[1]}}}", begins.end())
            return end if end >= 0 else len(self.text)
        return until_blank(self.text, start)

    # formulas

    def _math(self, token: LatexToken) -> None:
        opening = token.arg
        start = self.at
        closing = CLOSING.get(opening, opening)
        end = self._end_of_math(start, closing)
        if end is None:
            if opening != "$" or is_tex(self.text[start : until_blank(self.text, start)]):
                self.page.unclosed(self.source, self.whole.slice(token.pos, start), closing)
            self._say(opening)
            return
        self.at = end + len(closing)
        self._formula(start, end, display=token.tok == "mathmode_display")

    def _end_of_math(self, start: int, closing: str) -> int | None:
        """Where the formula that begins at ``start`` ends: in its paragraph, outside braces if possible."""
        stop = until_blank(self.text, start)
        depth, first = 0, None
        for m in _PIECE.finditer(self.text, start, stop):
            piece = m.group()
            depth += (piece == "{") - (piece == "}")
            if piece == closing or (piece == "$$" and closing == "$"):
                if depth <= 0:
                    return m.start()
                first = m.start() if first is None else first
        return first

    def _formula(self, start: int, stop: int, *, display: bool) -> None:
        content = self.whole.slice(start, stop)
        if display and not self.tables:
            self._paragraph()
            self.page.display(self.source, content)
            return
        found = self.page.formula(self.source, content, display=display) if content.text.strip() else None
        block = self._open()
        if found is not None:
            found.start = self.length + 1
            found.stop = found.start + len(content.text)
            found.label = block.strong
            found.labelled = self.since is not None and introduces("".join(self.since))
            block.formulas.append(found)
        self._add(f"${content.text}$")
        self.words.append(" ")
        if self.since is not None:
            self.since.append("$")

    # environments and macros

    def _begin(self, token: LatexToken) -> None:
        name = token.arg
        if name in _MATH:
            ends = None
            if name not in self.endless:
                ends = re.compile(r"\\end\s*\{" + re.escape(name) + r"\}").search(self.text, self.at)
            if ends is None:
                self.endless.add(name)
                mark = self.whole.slice(token.pos, self.at)
                self.page.unclosed(self.source, mark, f"\\end{{{name}}}")
                return
            stop, outer = ends.span()
            inner = name in _INNER
            start = self._after_argument() if name.startswith("alignat") and inner else self.at
            self._formula(*((start, stop) if inner else (token.pos, outer)), display=name != "math")
            self.at = outer
        elif name in _VERBATIM:
            ends = re.compile(r"\\end\s*\{" + re.escape(name) + r"\}").search(self.text, self.at)
            self.at = ends.end() if ends is not None else len(self.text)
        elif name in _TABLES:
            self._paragraph()
            for _ in range(2 if name in ("tabular*", "tabularx", "tabulary") else 1):
                self.at = self._after_argument()
            self.tables.append(_Table())
        else:
            self._paragraph()
            title = re.compile(r"\s*\[([^\]\n]*)\]").match(self.text, self.at)
            if title is not None:
                self.at = title.end()
                if name not in ("figure", "table", "figure*", "table*", "enumerate", "itemize"):
                    self._label(title[1])

    def _end(self, name: str) -> None:
        if name in _TABLES and self.tables:
            self._row()
            self.tables.pop()
        self._paragraph()

    def _label(self, words: str) -> None:
        """Words that announce what follows, as bold ones at the start of a paragraph."""
        block = self._open()
        block.strong = block.opening = re.sub(r"[\\{}$]", "", words).strip(" .:")
        self._add(words + " ")
        self.since = []

    def _macro(self, token: LatexToken) -> None:
        name = token.arg
        if token.pos in self.definitions:
            self.at = self.definitions[token.pos]
        elif name in ("verb", "lstinline", "mintinline"):
            m = _VERB.match(self.text, token.pos)
            if m is not None:
                close = {"{": "}"}.get(m[1], m[1])
                end = self.text.find(close, m.end())
                self.at = end + 1 if end >= 0 else len(self.text)
        elif name == "iffalse":
            end = self.text.find("\\fi", self.at)
            self.at = end + 3 if end >= 0 else len(self.text)
        elif name in _LEVELS or name in _RUN_IN:
            self._heading(name)
        elif name == "textbf":
            if self.text[self.at : self.at + 1] == "{":
                self.at += 1
                self.bold = []
                self.depths.append(self._bold_ends)
        elif name in ("bf", "bfseries"):
            if self.depths and self.depths[-1] is None:
                self.bold = []
                self.depths[-1] = self._bold_ends
        elif name == "multicolumn":
            self.at = self._after_argument()
            self.at = self._after_argument()
        elif name in _MUTE:
            self.at = self._after_argument()
        elif name in ("\\", "tabularnewline") and self.tables:
            extra = _ROW_GAP.match(self.text, self.at)
            self.at = extra.end() if extra is not None else self.at
            self._row()
        elif name in ("par", "item", "caption"):
            self._paragraph()
            title = re.compile(r"\s*\[([^\]\n]*)\]").match(self.text, self.at)
            if name == "item" and title is not None:
                self.at = title.end()
                self._label(title[1])
        elif len(name) == 1 and not name.isalpha():
            self._say(" " if name in "\\ ,;:" else name)

    def _bold_ends(self) -> None:
        words = re.sub(r"\s+", " ", "".join(self.bold or [])).strip()
        self.bold = None
        if words:
            block = self._open()
            block.strong, self.since = words, []
            if block.opening is None and "".join(self.words).strip() == words:
                block.opening = words

    def _after_argument(self) -> int:
        """Where the optional and the braced argument that come next end."""
        m = re.compile(r"\*?\s*(?:\[[^\]]*\]\s*)*").match(self.text, self.at)
        at = m.end() if m is not None else self.at
        if self.text[at : at + 1] != "{":
            return at
        depth = 0
        for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(self.text, at):
            depth += (brace.group() == "{") - (brace.group() == "}")
            if depth == 0:
                return brace.end()
        return len(self.text)

    def _heading(self, name: str) -> None:
        self._paragraph()
        start, end = self.at, self._after_argument()
        braced = self.text.find("{", start, end)
        title = re.sub(
            r"\\(?:label|texorpdfstring)\{[^}]*\}|\\[A-Za-z]+|[{}$]", "", self.text[braced + 1 : end]
        )
        self.at = end
        title = re.sub(r"\s+", " ", title).strip()
        if name in _RUN_IN:
            self._label(title)
        else:
            self.page.heading(_LEVELS[name], title)

    # tables

    def _cell(self) -> None:
        table = self.tables[-1]
        block = self._open()
        self._paragraph()
        at = len(table.row)
        header = table.header or []
        block.column = header[at] if at < len(header) else ""
        block.row = table.row
        table.row.append(block)

    def _row(self) -> None:
        table = self.tables[-1]
        if not table.row and self.block is None and not "".join(self.words).strip():
            return
        self._cell()
        if table.header is None:
            words_only = not any(cell.formulas for cell in table.row)
            if words_only or _RULE.match(self.text, self.at):
                table.header = [header_words(cell) for cell in table.row]
                for cell in table.row:
                    cell.kind, cell.row, cell.column = "header", [], None
            else:
                table.header = []  # the table has none
        table.row = []
