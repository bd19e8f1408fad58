"""Index letters in scope: bound by a sum, free in a sentence, or waited for by a sum without an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sympy as sp

from symcheck.latex.report import Problem, ProblemKind, Span
from symcheck.latex.values import Axis, Sizes


@dataclass
class Frame:
    """Letters that one operator binds.  ``implicit``: a sum without limits, which takes what it finds."""

    axes: dict[str, Axis] = field(default_factory=dict)
    implicit: bool = False
    size: sp.Expr | None = None
    chance: bool = False
    used: set[str] = field(default_factory=set)


class Scope:
    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.frames: list[Frame] = []
        self.free: dict[str, Axis] = {}
        self.closed: dict[str, Span] = {}
        self.problems: list[Problem] = []

    def start(self) -> None:
        """A new sentence."""
        self.frames, self.free, self.closed = [], {}, {}

    def new_axis(self, letter: str, size: sp.Expr | None = None) -> Axis:
        return Axis(sp.Dummy(letter, integer=True), self.sizes.fresh() if size is None else size)

    def find(self, letter: str) -> Axis | None:
        """The axis of a letter that is bound here."""
        for frame in reversed(self.frames):
            if letter in frame.axes:
                frame.used.add(letter)
                return frame.axes[letter]
        return None

    def is_chance(self, letter: str) -> bool:
        return any(letter in f.axes and f.chance for f in self.frames)

    def index(self, letter: str, span: Span) -> Axis:
        """The axis over which ``letter`` runs; an unknown letter is taken by the innermost sum that waits
        for one, or is free in the sentence."""
        known = self.find(letter)
        if known is not None:
            return known
        if letter in self.free:
            return self.free[letter]
        for frame in reversed(self.frames):
            if frame.implicit:
                frame.axes[letter] = self.new_axis(letter, frame.size)
                frame.used.add(letter)
                return frame.axes[letter]
        if letter in self.closed:
            self.problems.append(
                Problem(
                    ProblemKind.ESCAPED_INDEX,
                    span,
                    f"the index {letter} is bound by a sum and used outside of it",
                    sure=False,
                )
            )
        self.free[letter] = self.new_axis(letter)
        return self.free[letter]

    @contextmanager
    def binding(self, frame: Frame, span: Span) -> Iterator[Frame]:
        for letter in frame.axes:
            if not frame.chance and any(letter in f.axes for f in self.frames):
                message = f"the index {letter} is bound again inside its own sum"
                self.problems.append(Problem(ProblemKind.REBOUND_INDEX, span, message))
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()
            for letter in frame.axes:
                self.closed[letter] = span
