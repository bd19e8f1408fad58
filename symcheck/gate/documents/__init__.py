"""Documents and their formulas: one reader per format, chosen by file name.

Each format has a module with its ``READER``; ``READERS`` lists them.  A reader fills a ``Page`` with blocks
of text and formulas, and the page makes the document.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from symcheck.gate.documents import docstrings, markdown, notebook, rest, tex
from symcheck.gate.documents.document import (
    TOO_DEEP,
    Cell,
    Directives,
    Document,
    DocumentError,
    Flaw,
    Fragment,
    Passage,
    formulas_in,
)
from symcheck.gate.documents.located import Source
from symcheck.gate.documents.macros import Macros
from symcheck.gate.documents.page import Page
from symcheck.gate.documents.reader import Reader

__all__ = [
    "Cell", "Directives", "Document", "ENDINGS", "DocumentError", "Flaw", "Fragment", "Passage", "READERS",
    "Reader", "Remark", "STDIN", "Source", "decode", "find_documents", "load", "reader_of", "read_document",
    "formulas_in", "read_text",
]  # fmt: skip

MAX_BYTES = 32 * 1024 * 1024
STDIN = "-"
_SKIPPED_FOLDERS = {"node_modules", "__pycache__", "site-packages"}


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to be said of ``text[start:stop]``: the code of a rule, the values for its message, the
    entry of the catalog that it comes from."""

    start: int
    stop: int
    rule: str
    values: Mapping[str, str]
    formula: str | None = None
    counterexample: str | None = None


Remarks = Callable[[str], Iterable[Remark]]

READERS: tuple[Reader, ...] = (
    markdown.READER,
    tex.READER,
    rest.READER,
    notebook.READER,
    docstrings.READER,
)
_OR_EXCLUDE = "make it readable or leave it out (the key 'exclude')"
ENDINGS = ", ".join(ending for reader in READERS for ending in reader.endings)


def reader_of(file: str) -> Reader | None:
    if file == STDIN:
        return READERS[0]
    lower = file.lower()
    return next((r for r in READERS if lower.endswith(r.endings)), None)


def find_documents(
    paths: Iterable[str | Path],
    *,
    takes: Callable[[str], bool] = lambda _: True,
    enters: Callable[[str], bool] = lambda _: True,
    named: bool = False,
) -> tuple[list[str], list[DocumentError]]:
    """The documents meant by ``paths``, folders searched, each file once; and what is wrong with them.

    Hidden folders and links to folders are not entered, nor those that ``enters`` refuses; ``takes`` chooses
    among the files in folders, and with ``named`` among the others too.  A file named outright is read
    whatever links lead to it; one whose format no reader knows is an error.
    """
    found: dict[str, None] = {}
    errors: list[DocumentError] = []
    for given in paths:
        path = str(given)
        if path == STDIN:
            found[path] = None
        elif Path(path).is_dir():
            found.update(dict.fromkeys(f for f in _walk(path, errors, enters) if takes(f)))
        elif named and not takes(path):
            continue
        elif reader_of(path) is None:
            errors.append(DocumentError(path, f"no reader for this kind of file; known endings: {ENDINGS}"))
        else:
            found[path] = None
    return list(found), errors


def _walk(folder: str, errors: list[DocumentError], enters: Callable[[str], bool]) -> Iterator[str]:
    def failed(error: OSError) -> None:
        errors.append(
            DocumentError(error.filename or folder, f"cannot be entered: {error.strerror}; {_OR_EXCLUDE}")
        )

    for at, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".") and f not in _SKIPPED_FOLDERS and enters(str(Path(at) / f))
        )
        for name in sorted(files):
            if reader_of(name) is not None:
                yield str(Path(at) / name)


def decode(data: bytes, file: str) -> str:
    """The text of a file: UTF-8, with or without a byte order mark, without NUL bytes."""
    if len(data) > MAX_BYTES:
        raise DocumentError(
            file, f"has more than {MAX_BYTES:,} bytes; split it or leave it out (the key 'exclude')"
        )
    nul = data.find(b"\0")
    if nul >= 0:
        line, column = _byte_position(data, nul)
        raise DocumentError(
            file, "holds a NUL byte, so it is not a UTF-8 text; save it as UTF-8", line=line, column=column
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _byte_position(data, error.start)
        byte = data[error.start]
        raise DocumentError(
            file, f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8", line=line, column=column
        ) from None


def _byte_position(data: bytes, at: int) -> tuple[int, int]:
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    last = before.rfind(b"\n")
    return before.count(b"\n") + 1, len(before[last + 1 :].decode("utf-8", "replace")) + 1


def read_document(file: str, macros: Macros | None = None) -> Document:
    """Read one file (``-`` is standard input).  Raises ``DocumentError``, and nothing else, if it cannot."""
    return read_text(decode(load(file), file), file, macros)


def read_text(text: str, file: str, macros: Macros | None = None, remarks: Remarks | None = None) -> Document:
    """Read the text of a file, whose name says in which format it is.

    ``remarks`` finds what is wrong with the words of the text.
    """
    reader = reader_of(file)
    if reader is None:
        raise DocumentError(file, "no reader for this kind of file")
    page = Page(file, macros)
    source = Source.of(text)
    try:
        reader.read(source, page)
    except RecursionError:
        raise DocumentError(file, TOO_DEEP) from None
    for remark in remarks(source.text) if remarks is not None else ():
        page.flaw(
            source, source.whole_text.slice(remark.start, remark.stop), rule=remark.rule,
            values=remark.values, formula=remark.formula, counterexample=remark.counterexample,
        )  # fmt: skip
    return page.document()


def load(file: str) -> bytes:
    """The bytes of one file (``-`` is standard input), at most one more than the limit."""
    try:
        if file == STDIN:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        elif not stat.S_ISREG(Path(file).stat().st_mode):
            raise DocumentError(file, "is not a file; standard input is written -")
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(file, f"cannot be read: {error.strerror or error}") from None
    return data
