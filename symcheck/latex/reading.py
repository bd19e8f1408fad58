"""The meaning of a formula: SymPy expressions for its sides, in the language of ``formulas``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sympy as sp

from symcheck.latex.context import Declaration, Definition
from symcheck.latex.report import Note, NotRead, Problem, Span


class Role(StrEnum):
    """What a statement does."""

    CLAIM = "claim"  # sides joined by relations that say something about numbers
    DEFINITION = "definition"  # ``:=`` or a name (``RMS(x)``, ``s_i``, ``L``) explained by the rest
    DECLARATION = "declaration"  # ``x \in \mathbb{R}^n``, ``f: A \to B``, ``x \sim p``
    EXPRESSION = "expression"  # no relation at all (a cell of a table)
    CONTINUATION = "continuation"  # starts with a relation: its left side is in an earlier formula


@dataclass(frozen=True)
class Head:
    """A side that is a name with arguments, ``D_{KL}(p \\| q)``: name ``D_KL``, arguments p and q.

    Arguments are expressions or ``IndexedBase`` tensors (given whole); an argument that has no
    meaning of its own (a random variable) is a plain ``Symbol``.  ``given`` counts the arguments
    after a conditional bar."""

    name: str
    arguments: tuple[sp.Basic, ...] = ()
    indices: tuple[sp.Symbol, ...] = ()
    given: int = 0


@dataclass(frozen=True)
class Side:
    """One side of a relation.  ``expr`` is its meaning; it is None if only the ``head`` is known
    or if ``not_read`` says why there is none."""

    span: Span
    expr: sp.Expr | None = None
    head: Head | None = None
    not_read: NotRead | None = None


@dataclass(frozen=True)
class Link:
    """One relation between neighbouring sides."""

    left: Side
    operator: str
    right: Side
    span: Span


@dataclass(frozen=True)
class Sentence:
    """One statement with its meaning.

    ``operators`` are normal names: ``= := <= < >= > != ~~ ~ in -> propto equiv << >>``...  ``ranges`` gives
    the size over which each free index runs.  ``conditions`` are what is stated beside it (``x > 0``); with
    ``conditions_not_read`` the statement holds under more than is known here.  A vector equation written
    without indices has its sides taken at common indices.
    """

    span: Span
    role: Role
    sides: tuple[Side, ...]
    operators: tuple[str, ...]
    ranges: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    conditions: tuple[sp.Basic, ...] = ()
    conditions_not_read: tuple[NotRead, ...] = ()

    @property
    def not_read(self) -> NotRead | None:
        """The first reason why a side has no meaning."""
        return next((s.not_read for s in self.sides if s.not_read is not None), None)

    def links(self) -> Iterator[Link]:
        """The relations, pairwise along the chain."""
        for left, op, right in zip(self.sides, self.operators, self.sides[1:], strict=False):
            yield Link(left, op, right, left.span | right.span)


@dataclass(frozen=True)
class Reading:
    """The meaning of a whole formula.  ``symbols`` says what each name was taken to be, and
    ``definitions`` what the formula itself defines (to be carried to later formulas)."""

    sentences: tuple[Sentence, ...]
    problems: tuple[Problem, ...] = ()
    symbols: Mapping[str, Declaration] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    not_read: NotRead | None = None
