"""Text that remembers where each of its characters stands in the file."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Lines:
    """Line and column (both from 1, columns in characters) of the offsets of a text."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Lines:
        """``text`` has its line ends already as ``\\n``."""
        starts = [0]
        at = text.find("\n")
        while at != -1:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        return cls(tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


@dataclass(frozen=True)
class Located:
    """A string put together from pieces of a source text.

    ``pieces`` are ``(start in text, offset in source)``: from each start on, the characters follow
    one another in the source too.  A character that the source does not hold (a tab widened to
    spaces) has the offset of the nearest one that it does.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]

    def offset(self, at: int) -> int:
        """Offset in the source of the character ``at``; ``at == len(text)`` is the end."""
        k = bisect_right(self.pieces, (at, 1 << 62)) - 1
        start, source = self.pieces[max(k, 0)]
        return source + (at - start)

    def slice(self, start: int, stop: int) -> Located:
        if start >= stop:
            return Located("", ((0, self.offset(start)),))
        first, last = bisect_right(self.pieces, (start, 1 << 62)), bisect_left(self.pieces, (stop,))
        pieces = [(0, self.offset(start))]
        pieces += [(s - start, source) for s, source in self.pieces[first:last]]
        return Located(self.text[start:stop], tuple(pieces))

    def through(self, outer: Located) -> Located:
        """The same text with offsets in the source of ``outer``, whose text is the source of this one."""
        pieces: list[tuple[int, int]] = []
        stops = [start for start, _ in self.pieces[1:]] + [len(self.text)]
        for (start, source), stop in zip(self.pieces, stops, strict=True):
            pieces.append((start, outer.offset(source)))
            first = bisect_right(outer.pieces, (source, 1 << 62))
            last = bisect_left(outer.pieces, (source + stop - start,))
            pieces += [(start + s - source, o) for s, o in outer.pieces[first:last]]
        return Located(self.text, tuple(pieces))

    def strip(self, characters: str | None = None) -> Located:
        inner = self.text.strip(characters)
        start = self.text.find(inner)
        return self.slice(start, start + len(inner))

    def find(self, part: str, start: int = 0) -> Located | None:
        """The first occurrence of ``part`` at or after ``start``."""
        at = self.text.find(part, start)
        return None if at < 0 else self.slice(at, at + len(part))

    def without(self, drops: Sequence[int]) -> Located:
        """The text less the characters at the offsets ``drops`` (ascending)."""
        kept: list[Located] = []
        at = 0
        for drop in drops:
            kept.append(self.slice(at, drop))
            at = drop + 1
        kept.append(self.slice(at, len(self.text)))
        return join(kept)


def join(parts: Sequence[Located]) -> Located:
    """The texts one after the other."""
    text: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = 0
    for part in parts:
        if not part.text:
            continue
        text.append(part.text)
        pieces += [(length + start, source) for start, source in part.pieces]
        length += len(part.text)
    if not pieces:
        pieces = [(0, parts[0].offset(0) if parts else 0)]
    return Located("".join(text), tuple(pieces))


@dataclass(frozen=True)
class Source:
    """A text to be read as a document, and where in its file it stands.

    For most formats it is the file itself.  The cell of a notebook and a docstring stand inside a string
    literal: ``located`` leads through its escapes, and ``within`` names the cell or the function.
    """

    located: Located
    lines: Lines  # of the file
    rows: Lines  # of the text
    within: str = ""

    @classmethod
    def of(cls, text: str) -> Source:
        """A whole file."""
        text = _LINE_END.sub("\n", text)
        lines = Lines.of(text)
        return cls(Located(text, ((0, 0),)), lines, lines)

    def part(self, located: Located, within: str) -> Source:
        """A document inside this one; ``located`` leads to offsets of this text."""
        return Source(located.through(self.located), self.lines, Lines.of(located.text), within)

    def named(self, within: str) -> Source:
        return replace(self, within=within)

    @property
    def whole_text(self) -> Located:
        """The text with its own offsets."""
        return Located(self.text, ((0, 0),))

    def row(self, offset: int) -> int:
        """The number of the line of the text, from 1."""
        return self.rows.position(offset)[0]

    @property
    def text(self) -> str:
        return self.located.text

    @property
    def whole(self) -> bool:
        """Whether the text is the file itself."""
        return self.located.pieces == ((0, 0),)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of an offset of the text."""
        return self.lines.position(self.located.offset(offset))
