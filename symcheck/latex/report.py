"""What reading a formula can say besides its meaning: places, reasons for not reading, problems found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of character offsets into the formula's text."""

    start: int
    end: int

    def __or__(self, other: object) -> Span:
        """The smallest span that holds both."""
        if not isinstance(other, Span):
            return NotImplemented
        return Span(min(self.start, other.start), max(self.end, other.end))


class LatexError(ValueError):
    """Text that is no formula within the limits; ``offset`` is where reading stopped."""

    def __init__(self, message: str, offset: int, unbalanced: bool = False) -> None:
        super().__init__(f"{message} (at offset {offset})")
        self.unbalanced = unbalanced
        self.message = message
        self.offset = offset


class Reason(StrEnum):
    """Why a formula was not checked: the closed list of the gate's interface."""

    NOTATION = "notation not read"
    PROSE = "prose"
    SYMBOL = "symbol without meaning"
    THEORY = "outside the theory"
    TIME = "time limit"


@dataclass(frozen=True, slots=True)
class NotRead:
    """A part that was not understood.  ``detail`` names what stopped the reader; ``unbalanced``: a bracket,
    brace or environment that is not closed, or closes nothing."""

    reason: Reason
    span: Span
    detail: str = ""
    unbalanced: bool = False

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}" if self.detail else self.reason.value


class NotReadError(Exception):
    """Raised inside the reader where it stops; the public functions return ``NotRead`` instead."""

    def __init__(self, reason: Reason, span: Span, detail: str = "", unbalanced: bool = False) -> None:
        super().__init__(detail)
        self.not_read = NotRead(reason, span, detail, unbalanced)


class ProblemKind(StrEnum):
    """Contradictions in a formula that were understood well enough to be named."""

    FREE_INDEX = "free index on one side only"
    REBOUND_INDEX = "bound index reused"
    SHAPE = "shape mismatch"
    UNUSED_INDEX = "bound index not used"
    ESCAPED_INDEX = "bound index used outside its sum"


@dataclass(frozen=True, slots=True)
class Problem:
    """A typed problem: ``message`` is one sentence for the author, ``span`` what it is about.

    ``sure`` is False where a convention that the reader assumed could be to blame instead."""

    kind: ProblemKind
    span: Span
    message: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """A decision of the reader that a person may want to see (``application guessed``, ``remark``)."""

    kind: str
    span: Span
    detail: str = ""
