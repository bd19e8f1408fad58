"""The reader of Jupyter notebooks: their Markdown cells, with places in the ``.ipynb`` file.

The standard library's JSON decoder does the parsing; it is told to remember where each string stands,
which nbformat has no means for.  Of the format only ``cells``, ``cell_type`` and ``source`` are used
(https://nbformat.readthedocs.io/en/latest/format_description.html).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import decoder, scanner
from typing import Any

from symcheck.gate.documents import markdown
from symcheck.gate.documents.document import DocumentError
from symcheck.gate.documents.literals import json_string
from symcheck.gate.documents.located import Located, Source, join
from symcheck.gate.documents.page import Page
from symcheck.gate.documents.reader import Reader


class _Placed(str):
    """A string of a JSON text, with the offsets of what stands between its quotes."""

    __slots__ = ("start", "stop")
    start: int
    stop: int


class _Decoder(json.JSONDecoder):
    def __init__(self) -> None:
        super().__init__(parse_int=str)  # numbers are of no use here, and long ones take long
        self.parse_string = self._string
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    @staticmethod
    def _string(text: str, start: int, strict: bool = True) -> tuple[_Placed, int]:
        value, stop = decoder.scanstring(text, start, strict)  # type: ignore[attr-defined]
        placed = _Placed(value)
        placed.start, placed.stop = start, stop - 1
        return placed, stop


def read(source: Source, page: Page) -> None:
    """Raises ``DocumentError`` if the file is no notebook."""
    try:
        data = _Decoder().decode(source.text)
    except json.JSONDecodeError as error:
        raise DocumentError(
            page.file, f"is not JSON: {error.msg}", line=error.lineno, column=error.colno
        ) from None
    for number, cell in _cells(data, page.file):
        if cell.get("cell_type") == "markdown":
            text = _text(source, cell.get("source"), page.file, number)
            markdown.read(source.part(text, f"cell {number}"), page)


def _cells(data: Any, file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The cells with their numbers, from 1.  Before version 4 they stood in worksheets."""
    sheets = data.get("worksheets", [data]) if isinstance(data, dict) else None
    if not isinstance(sheets, list) or not all(isinstance(s, dict) and "cells" in s for s in sheets):
        raise DocumentError(file, "is no notebook: it has no list 'cells'")
    lists = [sheet["cells"] if isinstance(sheet["cells"], list) else [None] for sheet in sheets]
    cells = [cell for cells in lists for cell in cells]
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise DocumentError(file, f"is no notebook: cell {number} is no JSON object")
        yield number, cell


def _text(source: Source, value: Any, file: str, number: int) -> Located:
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, _Placed) for line in lines):
        raise DocumentError(
            file, f"is no notebook: the source of cell {number} is neither a string nor a list of strings"
        )
    return join([json_string(source.text, line.start, line.stop) for line in lines])


READER = Reader(name="notebook", endings=(".ipynb",), read=read)
