"""The reader of Python files: the docstrings of modules, classes and functions.

Documentation that is attached in another way is read as well: what is assigned to ``__doc__``, and the
strings that are passed to a function whose name says so (``add_docstr``, ``add_newdoc``).  What has
``:math:`` or ``.. math::`` is read as reStructuredText (numpydoc and Google style are that with headings),
what has dollars as Markdown.  Others hold no formulas.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator

from symcheck.gate.documents import markdown, rest
from symcheck.gate.documents.document import TOO_DEEP, DocumentError
from symcheck.gate.documents.literals import LiteralError, eaten_commands, python_string
from symcheck.gate.documents.located import Located, Source, join
from symcheck.gate.documents.page import Page
from symcheck.gate.documents.reader import Reader

_REST = re.compile(r":math:`|^[ \t]*\.\. +math::", re.MULTILINE)
_DOLLARS = re.compile(r"\$\$|\$[^\s$]")
_ATTACHES = re.compile(r"_?add_?(?:new)?docs?(?:tr)?$")  # add_docstr, add_newdoc
_Owner = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def read(source: Source, page: Page) -> None:
    """Raises ``DocumentError`` if the file is not Python."""
    if not (_REST.search(source.text) or _DOLLARS.search(source.text)):
        return  # most files; no need to parse them
    try:
        with warnings.catch_warnings():  # of escapes that mean nothing: in a docstring they are TeX
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text, filename="")  # Python opens the file of this name for its message
    except SyntaxError as error:
        raise DocumentError(
            page.file, f"is not Python that this version reads: {error.msg}",
            line=error.lineno or 1, column=error.offset or 1,
        ) from None  # fmt: skip
    except MemoryError:  # what the parser says of nesting beyond its means
        raise DocumentError(page.file, TOO_DEEP) from None
    except ValueError as error:
        raise DocumentError(page.file, f"is not Python that this version reads: {error}") from None
    for owner, name in _owners(tree):
        literal = _docstring(owner)
        if literal is not None and isinstance(literal.value, str):
            _one(source, literal, f"docstring of {name}" if name else "docstring of the module", page)
    for literal, name in _attached(tree):
        _one(source, literal, f"docstring of {name}", page)


def _owners(tree: ast.Module) -> Iterator[tuple[_Owner, str]]:
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, name = todo.pop()
        if isinstance(node, _Owner):
            yield node, name
        for child in reversed(list(ast.iter_child_nodes(node))):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                todo.append((child, f"{name}.{child.name}".lstrip(".")))
            else:
                todo.append((child, name))


def _attached(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    """The strings that become the documentation of something else, with its name."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.expr() as of, *texts]):
                if _ATTACHES.match(name):
                    for text in texts:
                        yield from ((part, _name(of)) for part in _strings(text))
            case ast.Assign(targets=[ast.Attribute(value=of, attr="__doc__")], value=text):
                yield from ((part, _name(of)) for part in _strings(text))


def _name(owner: ast.expr) -> str:
    if isinstance(owner, ast.Constant):
        return str(owner.value)
    return owner.attr if isinstance(owner, ast.Attribute) else ast.unparse(owner)[:80]


def _strings(text: ast.expr) -> Iterator[ast.Constant]:
    """A string, those that are put together, or the template of one."""
    match text:
        case ast.Constant(value=str()):
            yield text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _strings(left)
            yield from _strings(right)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            yield from _strings(template)


def _docstring(owner: _Owner) -> ast.Constant | None:
    first = owner.body[0] if owner.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.value
    return None


def _one(source: Source, literal: ast.Constant, within: str, page: Page) -> None:
    value = str(literal.value)
    rest_marks = _REST.search(value)
    if not rest_marks and not _DOLLARS.search(value):
        return
    try:
        located = _value(source, literal)
    except (LiteralError, tokenize.TokenError) as error:
        raise DocumentError(page.file, f"cannot be read: {error}", line=literal.lineno) from None
    for start, stop, escape in _eaten(source, literal):
        values = {"escape": escape, "command": source.text[start:stop]}
        page.flaw(source.named(within), source.whole_text.slice(start, stop), rule="SC105", values=values)
    page.start()
    page.evident = not rest_marks
    (rest if rest_marks else markdown).read(source.part(_dedented(located), within), page)


def _offset(source: Source, line: int, byte: int) -> int:
    """Offset in the text of a place as ``ast`` gives it: the line from 1, bytes of UTF-8 before it."""
    start = source.rows.starts[line - 1]
    row = source.text[start : start + byte]
    return start + (byte if row.isascii() else len(row.encode()[:byte].decode(errors="ignore")))


def _literals(source: Source, literal: ast.Constant) -> Iterator[tuple[int, int]]:
    """The literals that stand next to each other and are one string."""
    start = _offset(source, literal.lineno, literal.col_offset)
    stop = _offset(source, literal.end_lineno or literal.lineno, literal.end_col_offset or 0)
    text = source.text[start:stop]
    lines = Source.of(text).rows.starts
    for token in tokenize.generate_tokens(io.StringIO(f"({text})").readline):
        if token.type == tokenize.STRING:
            # the bracket put before the first line is not in the text
            begin, end = (lines[line - 1] + column - (line == 1) for line, column in (token.start, token.end))
            yield start + begin, start + end


def _eaten(source: Source, literal: ast.Constant) -> Iterator[tuple[int, int, str]]:
    for start, stop in _literals(source, literal):
        yield from eaten_commands(source.text, start, stop)


def _value(source: Source, literal: ast.Constant) -> Located:
    """The docstring with places."""
    located = join([python_string(source.text, *span) for span in _literals(source, literal)])
    expected = re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", str(literal.value).replace("\r", ""))
    if located.text != expected:
        raise LiteralError("the places inside a docstring cannot be told")
    return located


def _dedented(located: Located) -> Located:
    """As ``inspect.cleandoc``: the margin common to all lines but the first goes away."""
    lines = located.text.split("\n")
    margins = [len(line) - len(line.lstrip(" \t")) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    drops: list[Located] = []
    at = 0
    for number, line in enumerate(lines):
        cut = len(line) - len(line.lstrip()) if number == 0 else min(margin, len(line))
        drops.append(located.slice(at + cut, at + len(line) + 1))
        at += len(line) + 1
    return join(drops)


READER = Reader(name="docstrings", endings=(".py", ".pyi"), read=read)
