"""Markdown to tokens that know their places.

The grammar is markdown-it-py's (CommonMark, GFM tables, front matter, amsmath environments, ``$$``
blocks); its tokens carry line numbers only.  Here each rule that makes a leaf block is wrapped: right
after it ran, in the same parser state, the text of its tokens is cut out of the source a second time
with places, and has to be the same text.  Inline rules that matter note where they began and ended.
So a place is never searched for; it is known, or reading fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import MD_TRIM_CHARS
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar
from mdit_py_plugins.front_matter import front_matter_plugin

from symcheck.gate.documents.located import Located, join

BlockRule = Callable[[StateBlock, int, int, bool], bool]
InlineRule = Callable[[StateInline, bool], bool]


class PlaceError(Exception):
    """Text cut out with places differs from what the Markdown parser saw: a defect of this module."""


@dataclass(frozen=True)
class Delimiter:
    """How a formula is set off inside a text.  ``tight``: no space inside next to the marks, no digit
    after the closing one (else it is a price), no letters around both (else it is code).  ``evident``: the
    content has to look like TeX, since without it the marks are ordinary Markdown."""

    opening: str
    closing: str
    display: bool = False
    tight: bool = False
    evident: bool = False


DELIMITERS = (
    Delimiter("$`", "`$"),
    Delimiter("$$", "$$", display=True),
    Delimiter("$", "$", tight=True),
    Delimiter("\\\\(", "\\\\)"),
    Delimiter("\\\\[", "\\\\]", display=True, evident=True),
    Delimiter("\\(", "\\)"),
    Delimiter("\\[", "\\]", display=True, evident=True),
    Delimiter("{math}`", "`"),
)
_FIRST = frozenset(d.opening[0] for d in DELIMITERS)
_EVIDENCE = frozenset("\\^_=<>")


def escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before ``text[at]``."""
    count = 0
    while at - count > 0 and text[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def formula_at(text: str, at: int, stop: int) -> tuple[Delimiter, int, int] | None:
    """The formula whose opening mark is at ``text[at]``: its delimiter and where its content lies."""
    if text[at] not in _FIRST or (text[at] in "${" and escaped(text, at)):
        return None
    for delimiter in DELIMITERS:
        if text.startswith(delimiter.opening, at):
            inside = _content(text, at + len(delimiter.opening), stop, delimiter)
            if inside is not None:
                return delimiter, *inside
    return None


def _content(text: str, start: int, stop: int, delimiter: Delimiter) -> tuple[int, int] | None:
    closing = delimiter.closing
    end = text.find(closing, start, stop)
    while end > 0 and closing[0] == "$" and escaped(text, end):
        end = text.find(closing, end + 1, stop)
    if end < 0 or not text[start:end].strip():
        return None
    inner = text[start:end]
    if delimiter.tight:
        after = text[end + 1 : end + 2]
        glued = after.isalnum() and text[start - 2 : start - 1].isalnum()  # res$l) ... c <- res$data
        if inner[0].isspace() or inner[-1].isspace() or after.isdigit() or glued or "`" in inner:
            return None
    if delimiter.evident and not _EVIDENCE & set(inner):
        return None
    return start, end


def _inline_math(state: StateInline, silent: bool) -> bool:
    found = formula_at(state.src, state.pos, state.posMax)
    if found is None:
        return False
    delimiter, start, end = found
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = state.src[start:end]
        token.markup = delimiter.opening
        whole = (state.pos, end + len(delimiter.closing))
        token.meta = {"content": (start, end), "span": whole, "display": delimiter.display}
    state.pos = end + len(delimiter.closing)
    return True


def _spanned(rule: InlineRule) -> InlineRule:
    """``rule``, with the place where it began and ended noted on the token it makes."""

    def wrapped(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent and len(state.tokens) > known:
            state.tokens[-1].meta["span"] = (start, state.pos)
        return True

    return wrapped


def lines(state: StateBlock, begin: int, end: int, indent: int) -> Located:
    """``state.getLines(begin, end, indent, True)`` with places."""
    parts: list[Located] = []
    for line in range(begin, end):
        text = state.getLines(line, line + 1, indent, True)
        last = min(state.eMarks[line] + 1, len(state.src))
        # the tail of the line is verbatim; spaces that stand for a cut tab have no place of their own
        widened = len(text) - len(text.lstrip(" "))
        start = last - len(text)
        if start >= state.bMarks[line] and state.src[start:last] == text:
            parts.append(Located(text, ((0, start),)))
        else:
            tail = text[widened:]
            if state.src[last - len(tail) : last] != tail:
                raise PlaceError(f"line {line + 1}")
            parts.append(Located(text, ((0, last - len(tail)), (widened, last - len(tail)))))
    return join(parts) if parts else Located("", ((0, 0),))


def _settle(token: Token, located: Located | None) -> None:
    if located is None or located.text != token.content:
        raise PlaceError(f"a block at line {(token.map or [0])[0] + 1}")
    token.meta["located"] = located


Locate = Callable[[StateBlock, int, Sequence[Token]], None]


def _placed(rule: BlockRule, locate: Locate) -> BlockRule:
    def wrapped(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        known = len(state.tokens)
        if not rule(state, start, end, silent):
            return False
        if not silent:
            locate(state, start, state.tokens[known:])
        return True

    return wrapped


def _paragraph(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    for token in made:
        if token.type == "inline":
            assert token.map is not None
            begin, end = token.map
            _settle(token, lines(state, begin, end, state.blkIndent).find(token.content))


def _heading(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    line = lines(state, start, start + 1, 0)
    hashes = line.text.index("#") + len(made[0].markup)
    _settle(made[1], line.find(made[1].content, hashes))


def _math_block(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    token = made[-1]
    block = lines(state, start, state.line, 0)
    _settle(token, block.find(token.content, block.text.index("$$") + 2))


def _fence(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    token = made[-1]
    block = lines(state, start + 1, state.line, state.sCount[start])
    _settle(token, block.slice(0, len(token.content)))


def _amsmath(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    token = made[-1]
    block = lines(state, start, state.line, state.sCount[start])
    _settle(token, block.slice(0, len(token.content)))


def split_row(row: Located) -> list[Located]:
    """The cells of a table row as GFM splits it; a backslash before a bar keeps the bar and goes away."""
    text = row.text
    cells: list[Located] = []
    start, drops = 0, []
    for at, character in enumerate(text):
        if character == "|":
            if at > 0 and text[at - 1] == "\\":
                drops.append(at - 1 - start)
            else:
                cells.append(row.slice(start, at).without(drops))
                start, drops = at + 1, []
    cells.append(row.slice(start, len(text)).without(drops))
    if cells and not cells[0].text:
        cells.pop(0)
    if cells and not cells[-1].text:
        cells.pop()
    return cells


def _table(state: StateBlock, start: int, made: Sequence[Token]) -> None:
    cells: list[Located] = []
    column = 0
    width = sum(token.type == "th_open" for token in made)
    for token in made:
        if token.type == "tr_open":
            assert token.map is not None
            line = token.map[0]
            row = lines(state, line, line + 1, 0)
            row = row.slice(state.tShift[line], len(row.text)).strip(MD_TRIM_CHARS)
            cells = split_row(row)
            token.meta.update(row=row, cells=len(cells), width=width)
            column = 0
        elif token.type == "inline":
            cell = cells[column] if column < len(cells) else row.slice(len(row.text), len(row.text))
            _settle(token, cell.find(token.content))
            column += 1


def _unmarked(rule: BlockRule) -> BlockRule:
    """``rule``, leaving no tokens behind when it is only asked whether it would match."""

    def wrapped(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line, known = state.line, len(state.tokens)
        matched = rule(state, start, end, silent)
        if silent:
            del state.tokens[known:]
            state.line = line
        return matched

    return wrapped


_LEAVES: dict[str, Locate] = {
    "paragraph": _paragraph,
    "lheading": _paragraph,
    "heading": _heading,
    "math_block": _math_block,
    "fence": _fence,
    "colon_fence": _fence,
    "amsmath": _amsmath,
    "table": _table,
}


def markdown_parser() -> MarkdownIt:
    """CommonMark with tables and mathematics, whose tokens carry ``meta["located"]`` (blocks of text)
    and ``meta["content"]`` / ``meta["span"]`` (formulas, comments)."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.use(front_matter_plugin).use(amsmath_plugin).use(colon_fence_plugin)
    # the bodies of other directives between colons are Markdown, and are read as if the colons were not there
    _replace(md.block.ruler, {"colon_fence": _only_math})
    md.block.ruler.before(
        "fence",
        "math_block",
        _unmarked(math_block_dollar(allow_labels=True, allow_blank_lines=False)),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    _replace(md.block.ruler, {name: lambda rule, at=at: _placed(rule, at) for name, at in _LEAVES.items()})
    md.inline.ruler.before("escape", "math_inline", _inline_math)
    _replace(md.inline.ruler, {"html_inline": _spanned})
    return md


def _only_math(rule: BlockRule) -> BlockRule:
    def wrapped(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
        return line.strip(": \t") == "{math}" and rule(state, start, end, silent)

    return wrapped


def _replace(ruler: Any, wrappers: dict[str, Any]) -> None:
    for rule in list(ruler.__rules__):
        if rule.name in wrappers:
            ruler.at(rule.name, wrappers[rule.name](rule.fn), {"alt": rule.alt})
