"""Text that remembers where each of its characters stands in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


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
        pieces = [(0, self.offset(start))]
        pieces += [(s - start, source) for s, source in self.pieces if start < s < stop]
        return Located(self.text[start:stop], tuple(pieces))

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
