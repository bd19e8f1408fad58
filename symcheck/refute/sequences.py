"""Sequences at sample points: entries drawn when they are read, recurrences run.

A hypothesis such as ``v[s + 1] = gamma v[s]`` for all s, or ``v[0] = 1``, is a *clause*: it says what an
entry is.  Entries of which no clause speaks are drawn, so that they meet the inequalities that speak of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp
from flint import fmpq

from symcheck.refute import draw
from symcheck.refute.values import Undecided

ATTEMPTS: Final = 40
HORIZON: Final = draw.LARGEST_COUNTER + 2
"""Up to this step hypotheses about all steps are verified."""
DEEPEST: Final = 60
Cell = tuple[int, ...]
Accept = Callable[[sp.IndexedBase, Cell], bool]


@dataclass(frozen=True)
class Place:
    """One coordinate of a clause: ``slope * of + start`` for of >= least, or the number ``start``."""

    of: sp.Symbol | None
    slope: int
    start: int
    least: int

    def solve(self, at: int) -> int | None:
        """The value of ``of`` at this coordinate (or 0 where the coordinate is a number)."""
        if self.of is None:
            return 0 if at == self.start else None
        step, rest = divmod(at - self.start, self.slope)
        return step if rest == 0 and step >= self.least else None


@dataclass(frozen=True)
class Clause:
    """``of[places] = expr`` for all values of the symbols in the places."""

    of: sp.IndexedBase
    places: tuple[Place, ...]
    expr: sp.Basic

    def at(self, cell: Cell) -> dict[sp.Symbol, int] | None:
        """The values of its symbols with which the clause is about this entry."""
        out: dict[sp.Symbol, int] = {}
        for place, k in zip(self.places, cell, strict=True):
            value = place.solve(k)
            if value is None:
                return None
            if place.of is not None:
                out[place.of] = value
        return out


def endless(tensor: sp.IndexedBase) -> bool:
    return sp.oo in (tensor.shape or ())


def clause(relation: sp.Basic, free: Iterable[sp.Symbol]) -> Clause | None:
    """The equation as a clause, if its left side is an entry of a sequence at places that can be solved."""
    if not isinstance(relation, sp.Eq) or not isinstance(relation.lhs, sp.Indexed):
        return None
    entry, known = relation.lhs, set(free)
    if not endless(entry.base):
        return None
    places = [_place(i, known) for i in entry.indices]
    symbols = [p.of for p in places if p is not None and p.of is not None]
    if None in places or len(set(symbols)) < len(symbols) or _ahead(entry, relation.rhs):
        return None
    return Clause(entry.base, tuple(p for p in places if p is not None), relation.rhs)


def _place(i: sp.Expr, free: set[sp.Symbol]) -> Place | None:
    if i.is_Integer:
        return Place(None, 0, int(i), 0)
    symbols = i.free_symbols
    if len(symbols) != 1 or not symbols <= free:
        return None
    (s,) = symbols
    start = i.xreplace({s: sp.S.Zero})
    slope = sp.expand(i - start).coeff(s)
    if not (start.is_Integer and slope.is_Integer and slope > 0 and sp.expand(i - start - slope * s) == 0):
        return None
    return Place(s, int(slope), int(start), 0 if s.is_nonnegative and not s.is_positive else 1)


def _ahead(entry: sp.Indexed, expr: sp.Basic) -> bool:
    """Whether ``expr`` reads the same sequence other than at an earlier step."""
    steps = [k for k, size in enumerate(entry.base.shape) if size is sp.oo]
    for read in expr.atoms(sp.Indexed):
        if read.base == entry.base:
            gaps = [sp.expand(entry.indices[k] - read.indices[k]) for k in steps]
            if not any(g.is_Integer and g > 0 for g in gaps):
                return True
    return False


class Drawn(dict[Cell, Any]):
    """Entries of a sequence that were read so far, each drawn from the seed and its place alone."""

    def __init__(
        self, tensor: sp.IndexedBase, mood: draw.Mood, seed: int, known: Mapping[Cell, Any] = {}
    ) -> None:
        super().__init__(known)
        self.tensor, self.mood, self.seed = tensor, mood, seed

    def copied(self) -> Drawn:
        return Drawn(self.tensor, self.mood, self.seed, self)

    def fill(self, cell: Cell, accept: Accept) -> Any:
        """The entry at ``cell``, drawn if it was not."""
        if cell not in self:
            where = "" if self.mood is draw.Mood.EQUAL else str(cell)
            rng = random.Random(f"{self.seed} {self.tensor} {where}")
            for _ in range(ATTEMPTS):
                self[cell] = draw.number(rng, self.tensor.label, self.mood)
                if accept(self.tensor, cell):
                    return self[cell]
                small = fmpq(rng.randint(1, 9), 10)
                if draw.admits(self.tensor.label, small):
                    self[cell] = small
                    if accept(self.tensor, cell):
                        return small
            del self[cell]
            raise Undecided(f"nothing was found for {self.tensor} at {cell} that meets the hypotheses")
        return self[cell]


class Entries(Mapping[Cell, Any]):
    """A sequence as an evaluator reads it: by its clauses, and by draws where none applies."""

    def __init__(
        self,
        drawn: Drawn,
        clauses: Iterable[Clause],
        run: Callable[[sp.Basic, dict[sp.Symbol, int]], Any],
        accept: Accept,
    ) -> None:
        self.drawn, self.run, self.accept = drawn, run, accept
        self.clauses = [c for c in clauses if c.of == drawn.tensor]
        self.found: dict[Cell, Any] = {}
        self._open: set[Cell] = set()

    def __getitem__(self, cell: Cell) -> Any:
        if cell in self.found:
            return self.found[cell]
        if cell in self._open or len(self._open) > DEEPEST:
            raise Undecided(f"{self.drawn.tensor} at {cell} rests on itself, or on too many steps")
        self._open.add(cell)
        try:
            for c in self.clauses:
                at = c.at(cell)
                if at is not None:
                    self.found[cell] = self.run(c.expr, at)
                    break
            else:
                self.found[cell] = self.drawn.fill(cell, self.accept)
        finally:
            self._open.discard(cell)
        return self.found[cell]

    def __contains__(self, cell: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Cell]:
        return iter(sorted(self.found))

    def __len__(self) -> int:
        return len(self.found)
