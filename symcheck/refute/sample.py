"""Admissible sample points of a statement: sizes, data that meet the hypotheses, values of the indices."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sympy as sp
from flint import arb, fmpq

from formulas.chance import Law, label_of
from symcheck.refute import draw
from symcheck.refute.definitions import definitions
from symcheck.refute.draft import Datum, Draft, admissible, extent, met
from symcheck.refute.evaluate import Budget, Evaluator
from symcheck.refute.laws import Atoms, Impossible, Maker, Quantity, averages, quantities
from symcheck.refute.problem import Hypothesis, Problem
from symcheck.refute.program import Program
from symcheck.refute.recipes import recipes
from symcheck.refute.sequences import Drawn, endless
from symcheck.refute.settle import settle
from symcheck.refute.values import Undecided, Undefined, Unsupported

LARGEST: Final = 6
"""No symbolic size is drawn larger, except where a statement has no data but sizes."""
MOST_ENTRIES: Final = 4096
ATTEMPTS: Final = 12
"""Drafts per point before another shape is tried."""
BARREN: Final = 24
"""So many points in a row without a new one end the search."""


@dataclass(frozen=True)
class Point:
    """Sizes and data that meet the hypotheses, and the index values to look at there."""

    draft: Draft
    assignments: tuple[dict[sp.Symbol, int], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.draft.sizes.values())

    def evaluator(self, bits: int) -> Evaluator:
        """An evaluator at these data."""
        return self.draft.evaluator(bits)


class Sampler:
    """A deterministic stream of distinct admissible points.

    ``exhausted`` tells afterwards that nothing else could be drawn: the statement has so little freedom
    that all of it was seen.  ``rejected`` counts drafts that did not meet the hypotheses.
    """

    def __init__(self, problem: Problem, program: Program, seed: int, budget: Budget | None = None) -> None:
        self.problem = problem
        self.program = program
        self.rng = random.Random(seed)
        self.budget = budget or Budget()
        self.exhausted = False
        self.rejected = 0
        self._defined, given = definitions(problem)
        # what is said of means or outcomes is met by the law or not at all
        self.given = tuple(h for h in given if not averages(h.relation))
        self._names = {d.of for d in self._defined}
        self._seen: set[object] = set()
        self.random = quantities(problem.tensors, problem.scalars)
        self._recipes = recipes(problem, self.given, self._names)
        self._maker = Maker.for_statement(problem.laws, self.random, (problem.lhs, problem.rhs))
        program.declare(s for h in problem.hypotheses for s in h.steps)
        for expr in (problem.lhs, problem.rhs, *(h.relation for h in problem.hypotheses)):
            program.node(expr)

    def points(self, count: int) -> Iterator[Point]:
        """At most ``count`` points, the simplest first.

        Raises ``Unsupported`` if tensors are too large to fill."""
        if self.problem.impossible:
            return
        shapes = self._shapes()
        found = barren = duplicates = 0
        for turn in itertools.count():
            if found >= count or barren >= BARREN:
                break
            point, duplicate = self._point(next(shapes), turn)
            if point is None:
                barren += 1
                duplicates += duplicate
            else:
                found, barren, duplicates = found + 1, 0, 0
                yield point
        self.exhausted = barren >= BARREN and duplicates == barren

    def _point(self, sizes: dict[sp.Symbol, int], turn: int) -> tuple[Point | None, bool]:
        """A new point of these sizes, and whether only known ones turned up."""
        duplicate = False
        for attempt in range(ATTEMPTS):
            self.budget.spend(1)
            mood = draw.Mood.FINE if duplicate else draw.MOODS[(turn + attempt) % len(draw.MOODS)]
            try:
                draft = self.draft(sizes, turn, mood)
            except Impossible:
                break
            if self.given:
                settle(draft, self.given, self.rng)
            if self.random and not self._with_law(draft, mood):
                self.rejected += 1
                continue
            key = _key(draft)
            if key in self._seen:
                duplicate = True
                continue
            if (self.problem.hypotheses or self._defined) and not admissible(draft, self.problem.hypotheses):
                self.rejected += 1
                continue
            assignments = self._assignments(draft)
            if not assignments:
                self.rejected += 1
                continue
            self._seen.add(key)
            return Point(draft, assignments), False
        return None, duplicate

    def _with_law(self, draft: Draft, mood: draw.Mood) -> bool:
        """Give the random quantities a joint law, and the values that they have at one of its outcomes."""
        draft.outcomes = []
        try:
            own = self._maker.marginals(draft.evaluator(), draft.shape, self.rng, mood)
            if not all(self._as_stated(draft, law, own) for law in self.problem.implied):
                return False
            outcomes = self._maker.joint(own)
        except (Impossible, Undefined, Undecided):
            return False
        _, values = self.rng.choice(outcomes)
        for quantity, found in values.items():
            if isinstance(quantity, sp.Symbol):
                draft.scalars[quantity] = found[()]
            else:
                draft.tensors[quantity] = found
        draft.outcomes = outcomes
        return True

    def _as_stated(
        self, draft: Draft, law: tuple[Law, tuple[Hypothesis, ...]], own: dict[Quantity, Atoms]
    ) -> bool:
        """Whether the law of one quantity has the moments, or the outcomes, that were asked for."""
        about, equations = law
        quantity = next(q for q in own if label_of(q) == about.subject)
        alone = replace(draft, outcomes=[(w, {quantity: values}) for w, values in own[quantity]])
        ev = alone.evaluator()
        return all(met(alone, h, at, ev) for h in equations for at in alone.instances(h))

    def draft(self, sizes: dict[sp.Symbol, int], turn: int, mood: draw.Mood) -> Draft:
        """Random data that need not meet the hypotheses.

        Raises ``Impossible`` if none of these sizes meet one (more orthonormal columns than rows)."""
        rng, problem = self.rng, self.problem
        built: dict[sp.IndexedBase, dict[tuple[int, ...], Datum]] = {}
        for recipe in self._recipes:
            shapes = [tuple(extent(size, sizes) for size in t.shape) for t in recipe.tensors]
            built.update(zip(recipe.tensors, recipe.build(shapes, rng), strict=True))
        tensors: dict[sp.IndexedBase, dict[tuple[int, ...], Datum]] = {}
        by_shape: dict[tuple[int, ...], dict[tuple[int, ...], Datum]] = {}
        for tensor in problem.tensors:
            if endless(tensor):
                tensors[tensor] = Drawn(tensor, mood, rng.getrandbits(32))
                continue
            shape = tuple(extent(size, sizes) for size in tensor.shape)
            cells = 1
            for size in shape:
                cells *= size
            if cells > MOST_ENTRIES:
                raise Unsupported(f"{tensor} has {cells} entries, too many to fill")
            if tensor in self._names:
                continue
            if tensor in built:
                tensors[tensor] = built[tensor]
                continue
            entries = draw.tensor(rng, tensor.label, shape, mood)
            if mood is draw.Mood.TWINS:
                twin = by_shape.setdefault(shape, entries)
                if all(draw.admits(tensor.label, value) for value in twin.values()):
                    entries = dict(twin)
            tensors[tensor] = entries
        scalars: dict[sp.Symbol, Datum] = {}
        special = self._special(turn, mood)
        for scalar in problem.scalars:
            if scalar in self._names:
                continue
            if scalar in problem.witness and (scalar in problem.pinned or turn < 2):
                scalars[scalar] = _datum(problem.witness[scalar])
            elif scalar in special:
                scalars[scalar] = special[scalar]
            elif scalar in problem.counters:
                scalars[scalar] = draw.counter(rng, scalar)
            else:
                scalars[scalar] = draw.number(rng, scalar, mood)
        if mood is draw.Mood.TWINS and len(scalars) > 1:
            first = next(iter(scalars.values()))
            for scalar in scalars:
                if (
                    scalar not in problem.witness
                    and scalar not in problem.counters
                    and type(first) is fmpq
                    and draw.admits(scalar, first)
                ):
                    scalars[scalar] = first
        return Draft(
            problem,
            self.program,
            dict(sizes),
            tensors,
            scalars,
            self._defined,
            self.budget,
            built=frozenset(built),
        )

    def _special(self, turn: int, mood: draw.Mood) -> dict[sp.Symbol, Datum]:
        """The simple numbers one after the other for one scalar, every other time pairs of them for two:
        poles and kinks lie there, and chance may miss them."""
        free = [s for s in self.problem.scalars if s not in self._names and s not in self.problem.pinned]
        if self.problem.tensors or mood is draw.Mood.FINE or not 1 <= len(free) <= 2:
            return {}
        if len(free) == 2:
            turn, other = divmod(turn, 2)
            if other:
                return {}
        pools = [draw.simple(s)[: len(draw.SIMPLE) if len(free) == 1 else 4] for s in free]
        values = list(itertools.islice(itertools.product(*pools), turn, turn + 1))
        return dict(zip(free, values[0], strict=True)) if values else {}

    @property
    def least(self) -> int:
        """So many points are needed to have seen each size up to where false polynomial statements fail."""
        return 1 + max((self._enough(size) for size in self.problem.sizes), default=-1)

    def _enough(self, size: sp.Symbol) -> int:
        return max(3, min(LARGEST, self.problem.enough(size)))

    def _shapes(self) -> Iterator[dict[sp.Symbol, int]]:
        """Sizes, small ones first, up to where every false polynomial statement has failed."""
        sizes = self.problem.sizes
        if not sizes:
            yield from itertools.repeat({})
        if not self.problem.tensors and not self.problem.scalars and len(sizes) == 1:
            yield from ({sizes[0]: k} for k in itertools.count(1))
        if not self.problem.tensors and not self.problem.scalars:
            # nothing else varies: all small sizes in turn
            tuples = itertools.product(range(1, LARGEST + 1), repeat=len(sizes))
            yield from (dict(zip(sizes, t, strict=True)) for t in sorted(tuples, key=sum))
        enough = [self._enough(size) for size in sizes]
        for k in (1, 2, *range(2, max(enough) + 1)):  # twice 2: what fails there is checked by hand
            yield {size: min(k, top) for size, top in zip(sizes, enough, strict=True)}
        while True:
            yield {size: self.rng.randint(1, top) for size, top in zip(sizes, enough, strict=True)}

    def _assignments(self, draft: Draft) -> tuple[dict[sp.Symbol, int], ...]:
        """Values of the free indices, each pattern of equal ones among them, where hypotheses allow."""
        problem = self.problem
        ranges = [extent(size, draft.sizes) for size in problem.indices.values()]
        chosen = _spread(ranges, self.rng)
        out = [dict(zip(problem.indices, values, strict=True)) for values in chosen]
        return self.allowed(draft, out)

    def allowed(
        self, draft: Draft, assignments: Iterable[dict[sp.Symbol, int]]
    ) -> tuple[dict[sp.Symbol, int], ...]:
        """Those of the index values at which the draft meets the hypotheses that speak of them."""
        local = [h for h in self.problem.hypotheses if not h.everywhere]
        if not local:
            return tuple(assignments)
        try:
            ev = draft.evaluator()
        except (Undefined, Undecided):
            return ()
        return tuple(
            given
            for given in assignments
            if all(
                met(draft, h, {**at, **given}, ev)
                for h in local
                for at in draft.instances(h)
                if all(at[i] == given[i] for i in at if i in given)
            )
        )


def _spread(ranges: Sequence[int], rng: random.Random, most: int = 5) -> list[tuple[int, ...]]:
    """Some index tuples, one of each pattern of coincidences first."""
    total = 1
    for size in ranges:
        total *= size
    if total <= most:
        return list(itertools.product(*(range(1, size + 1) for size in ranges)))
    if total <= 256:
        every = list(itertools.product(*(range(1, size + 1) for size in ranges)))
        rng.shuffle(every)
    else:
        every = [tuple(rng.randint(1, size) for size in ranges) for _ in range(64)]
        every += [tuple(min(k, size) for size in ranges) for k in range(1, max(ranges) + 1)]
    fresh: list[tuple[int, ...]] = []
    others: list[tuple[int, ...]] = []
    patterns: set[tuple[int, ...]] = set()
    for values in every:
        pattern = tuple(values.index(k) for k in values)
        (others if pattern in patterns else fresh).append(values)
        patterns.add(pattern)
    return (fresh + others)[: max(most, min(len(fresh), 2 * most))]


def _datum(value: sp.Basic) -> Datum:
    return fmpq(int(value.p), int(value.q)) if value.is_Rational else value


def _key(draft: Draft) -> object:
    tensors = tuple(
        found.seed if isinstance(found, Drawn) else tuple(map(_hashable, found.values()))
        for found in draft.tensors.values()
    )
    law = tuple(
        (_hashable(w), *(tuple(map(str, x.values())) for x in values.values()))
        for w, values in draft.outcomes
    )
    return tuple(draft.sizes.values()), tensors, tuple(map(_hashable, draft.scalars.values())), law


def _hashable(x: Datum) -> object:
    return str(x) if type(x) is arb else x
