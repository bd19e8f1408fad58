"""Points placed on purpose, for inequalities that fail only in a small region: a grid, and neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import sympy as sp
from flint import fmpq

from symcheck.refute import draft as drafts
from symcheck.refute import draw
from symcheck.refute.draft import Draft, Place, admissible
from symcheck.refute.sample import Point, Sampler
from symcheck.refute.sequences import Drawn, endless
from symcheck.refute.settle import settle

REACH: Final = 6
MOST_MOVED: Final = 12
"""Data with more numbers than this have no neighbours: climbing there takes too long."""


def grid(sampler: Sampler, count: int) -> Iterator[Point]:
    """About ``count`` admissible points that fill [-6, 6], or the admitted half of it, per scalar.

    Nothing for statements with tensors, sizes, random quantities or more than two scalars."""
    problem = sampler.problem
    names = [s for s in problem.scalars if s not in problem.pinned]
    if problem.tensors or problem.sizes or sampler.random or not 1 <= len(names) <= 2:
        return
    side = count if len(names) == 1 else round(count**0.5)
    for steps in itertools.product(range(side + 1), repeat=len(names)):
        draft = sampler.draft({}, 0, draw.Mood.SIMPLE)
        for s, step in zip(names, steps, strict=True):
            draft.scalars[s] = _placed(s, step, side)
        fits = all(draw.admits(s, draft.scalars[s]) for s in names)
        if fits and admissible(draft, problem.hypotheses):
            yield Point(draft, ({},))


def _placed(s: sp.Symbol, step: int, side: int) -> Any:
    x = fmpq(REACH * (2 * step - side), side)
    if s.is_nonnegative:
        x = (x + REACH) / 2 + (fmpq(1, 100) if s.is_positive else 0)
    elif s.is_nonpositive:
        x = (x - REACH) / 2 - (fmpq(1, 100) if s.is_negative else 0)
    return fmpq(x.floor()) if s.is_integer else x


def neighbours(sampler: Sampler, point: Point, step: Any) -> Iterator[Point]:
    """Admissible points that differ from ``point`` in one number, by ``step`` either way (and in what the
    hypotheses then force)."""
    draft, problem = point.draft, sampler.problem
    if sampler.random:
        return
    free = {t: found for t, found in draft.tensors.items() if not endless(t) and t not in draft.built}
    places: list[Place] = [(tensor, at) for tensor, found in free.items() for at in found]
    places += [(s, ()) for s in draft.scalars if s not in problem.pinned]
    if len(places) > MOST_MOVED:
        return
    for place in places:
        value = draft.get(place)
        if type(value) is not fmpq:
            continue
        for moved in (value + step, value - step):
            if not draw.admits(place[0] if isinstance(place[0], sp.Symbol) else place[0].label, moved):
                continue
            other = copied(draft)
            other.put(place, moved)
            if sampler.given:
                settle(other, sampler.given, sampler.rng)
            allowed = (
                sampler.allowed(other, point.assignments) if admissible(other, problem.hypotheses) else ()
            )
            if allowed:
                yield Point(other, allowed)


def variety(point: Point) -> int:
    """How many different numbers the data contain; 0 if there are too many to have neighbours."""
    draft = point.draft
    every = [x for found in draft.tensors.values() if not isinstance(found, Drawn) for x in found.values()]
    every += draft.scalars.values()
    return len({str(x) for x in every}) if len(every) <= MOST_MOVED else 0


def copied(draft: Draft) -> Draft:
    """A draft that can be changed without changing ``draft``."""
    tensors = {tensor: drafts.copied(found) for tensor, found in draft.tensors.items()}
    return replace(draft, tensors=tensors, scalars=dict(draft.scalars))


__all__ = ["copied", "grid", "neighbours", "variety"]
