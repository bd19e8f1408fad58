"""Tentative data for one choice of sizes, and whether they meet the hypotheses."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, fmpq

from formulas.chance import label_of as label
from symcheck.refute import draw
from symcheck.refute.definitions import Definition, Unknown, unknowns_of
from symcheck.refute.evaluate import Budget, Evaluator
from symcheck.refute.everywhere import holds as holds_everywhere
from symcheck.refute.laws import Outcome
from symcheck.refute.problem import Hypothesis, Problem
from symcheck.refute.program import Program
from symcheck.refute.sequences import HORIZON, Drawn, Entries, clause
from symcheck.refute.values import Plain, Undecided, Undefined, sign

Place: TypeAlias = tuple[Unknown, tuple[int, ...]]
"""An entry of a tensor, or a scalar (with ``()``)."""
Datum: TypeAlias = Any
"""``fmpq``, or a SymPy constant where a hypothesis has irrational solutions only."""
Gap: TypeAlias = Any
"""Left minus right side of a hypothesis: a plain value, or ``None`` where there is none."""
TIGHT_BITS: Final = 96


@dataclass
class Draft:
    """Tentative data for one choice of sizes.

    ``outcomes``: the joint law of the random quantities; ``built``: tensors made to meet a hypothesis, not to
    be changed."""

    problem: Problem
    program: Program
    sizes: dict[sp.Symbol, int]
    tensors: dict[sp.IndexedBase, dict[tuple[int, ...], Datum]]
    scalars: dict[sp.Symbol, Datum]
    defined: tuple[Definition, ...] = ()
    budget: Budget = field(default_factory=Budget)
    outcomes: list[Outcome] = field(default_factory=list)
    built: frozenset[Unknown] = frozenset()

    def evaluator(self, bits: int = 256, of: Hypothesis | None = None) -> Evaluator:
        """An evaluator at these data; with all defined ones, or (``of``) those that a hypothesis needs."""
        ev = self._plain(bits)
        needed = None if of is None else self._needed(of)
        for d in self.defined:
            if needed is not None and d.of not in needed:
                continue
            if isinstance(d.of, sp.Symbol):
                ev.define(d.of, {(): ev.number(d.expr)})
            else:
                shape = self.shape(d.of)
                values = {
                    at: ev.number(d.expr, dict(zip(d.indices, at, strict=True))) for at in draw.cells(shape)
                }
                ev.define(d.of, values)
        return ev

    def _plain(self, bits: int) -> Evaluator:
        ended = {tensor: found for tensor, found in self.tensors.items() if not isinstance(found, Drawn)}
        ev = Evaluator(
            self.sizes, ended, self.scalars, bits,
            program=self.program, budget=self.budget, outcomes=self.outcomes,
        )  # fmt: skip
        clauses = [h.clause for h in self.problem.hypotheses]
        told = [c for c in clauses if c is not None]
        for tensor, found in self.tensors.items():
            if isinstance(found, Drawn):
                ev.data[self.program.source(tensor)] = Entries(found, told, ev.inside, self._accepts)
        return ev

    def _accepts(self, tensor: sp.IndexedBase, cell: tuple[int, ...]) -> bool:
        """Whether an entry that was just drawn meets the inequalities about every step that read it."""
        for h in self.problem.hypotheses:
            if not h.steps or isinstance(h.relation, sp.Eq):
                continue
            for read in h.relation.atoms(sp.Indexed):
                told = clause(sp.Eq(read, 0, evaluate=False), (*h.steps, *h.indices))
                at = told.at(cell) if told is not None and read.base == tensor else None
                if at is None or not set(at) >= {*h.steps, *h.indices}:
                    continue
                try:
                    if not self._plain(TIGHT_BITS).holds(h.relation, at):
                        return False
                except (Undefined, Undecided, KeyError):
                    continue  # verified with the rest, where everything has its value
        return True

    def shape(self, tensor: sp.IndexedBase) -> tuple[int, ...]:
        return tuple(extent(size, self.sizes) for size in tensor.shape)

    def get(self, place: Place) -> Datum:
        of, at = place
        return self.scalars[of] if isinstance(of, sp.Symbol) else self.tensors[of][at]

    def put(self, place: Place, value: Datum) -> None:
        of, at = place
        if isinstance(of, sp.Symbol):
            self.scalars[of] = value
        else:
            self.tensors[of][at] = value

    def instances(self, h: Hypothesis) -> Iterator[dict[sp.Symbol, int]]:
        """Values of the hypothesis's indices."""
        ranges = [range(1, extent(size, self.sizes) + 1) for size in h.indices.values()]
        ranges += [range(0 if s.is_nonnegative and not s.is_positive else 1, HORIZON) for s in h.steps]
        for values in itertools.product(*ranges):
            yield dict(zip((*h.indices, *h.steps), values, strict=True))

    def gap(
        self, h: Hypothesis, at: dict[sp.Symbol, int], given: dict[sp.Symbol, Datum] | None = None
    ) -> Gap:
        """Left minus right side of the hypothesis, or ``None`` where it has no value; ``given`` are values of
        further scalars."""
        try:
            ev = self.evaluator(of=h)
            for scalar, value in (given or {}).items():
                ev.define(scalar, {(): value})
            return ev.number(h.relation.lhs, at) - ev.number(h.relation.rhs, at)
        except (Undefined, Undecided, KeyError):
            return None

    def gaps(self, instances: Iterable[tuple[Hypothesis, dict[sp.Symbol, int]]]) -> list[Gap]:
        """The gap of each instance; those of one hypothesis that come together share what they compute."""
        found: list[Gap] = []
        for h, several in itertools.groupby(instances, key=lambda instance: instance[0]):
            try:
                ev = self.evaluator(of=h)
            except (Undefined, Undecided, KeyError):
                found += [None for _ in several]
                continue
            for _, at in several:
                try:
                    found.append(ev.number(h.relation.lhs, at) - ev.number(h.relation.rhs, at))
                except (Undefined, Undecided, KeyError):
                    found.append(None)
        return found

    def places(self, h: Hypothesis, at: dict[sp.Symbol, int]) -> dict[Unknown, list[Place]]:
        """The entries and scalars that one instance of a hypothesis depends on."""
        node = self.program.node(h.relation)
        env: list[int | None] = [None] * len(self.program.slots)
        for symbol, k in at.items():
            env[self.program.slots[symbol]] = k
        out: dict[Unknown, list[Place]] = {}
        read = {self.program.names[source]: patterns for source, patterns in node.reads.items()}
        through = self._behind(set(read))
        for tensor, values in self.tensors.items():
            if tensor in through:
                out[tensor] = [(tensor, cell) for cell in values]
            elif tensor in read:
                hits = [
                    (tensor, cell)
                    for cell in values
                    if any(_matches(pattern, cell, env) for pattern in read[tensor])
                ]
                if hits:
                    out[tensor] = hits
        for scalar in self.scalars:
            if scalar in read or scalar in through:
                out[scalar] = [(scalar, ())]
        return out

    def _needed(self, h: Hypothesis) -> set[Unknown]:
        read = {self.program.names[source] for source in self.program.node(h.relation).reads}
        return read | self._behind(read)

    def _behind(self, read: set[Unknown]) -> set[Unknown]:
        """What the defined ones among ``read`` are defined by."""
        out: set[Unknown] = set()
        for d in reversed(self.defined):
            if d.of in read | out:
                out |= unknowns_of(d.expr)
        return out


def copied(found: dict[tuple[int, ...], Datum]) -> dict[tuple[int, ...], Datum]:
    """Entries that can be changed without changing ``found``."""
    return found.copied() if isinstance(found, Drawn) else dict(found)


def extent(size: sp.Basic, sizes: dict[sp.Symbol, int]) -> int:
    """The number that a symbolic size stands for."""
    return int(size.xreplace(sizes))


def _matches(pattern: tuple[int | None, ...], cell: tuple[int, ...], env: list[int | None]) -> bool:
    for p, k in zip(pattern, cell, strict=True):
        if p is None:
            continue
        wanted = env[p] if p >= 0 else -p
        if wanted is not None and wanted != k:
            return False
    return True


def met(draft: Draft, h: Hypothesis, at: dict[sp.Symbol, int], ev: Evaluator) -> bool:
    """Whether an instance of a hypothesis holds, an equation up to a tight ball; at every outcome."""
    if h.variable is not None:
        scalar = h.variable
        return holds_everywhere(h.relation, scalar, lambda u: draft.gap(h, at, {scalar: u}))
    if not draft.program.node(h.relation).chancy:
        return _met(h, at, ev)
    return all(_met(h, at, ev) for _ in ev.at_each_outcome())


def _met(h: Hypothesis, at: dict[sp.Symbol, int], ev: Evaluator) -> bool:
    try:
        if not isinstance(h.relation, sp.Eq):
            return ev.holds(h.relation, at)
        left, right = ev.number(h.relation.lhs, at), ev.number(h.relation.rhs, at)
    except (Undefined, Undecided):
        return False
    d = left - right
    if type(d) is fmpq:
        return d == 0
    return bool(d.contains(0)) and bool(d.rad() < arb(2) ** -TIGHT_BITS)


def admissible(draft: Draft, hypotheses: tuple[Hypothesis, ...]) -> bool:
    """Whether the draft meets the hypotheses that hold everywhere, and every symbol its assumptions."""
    try:
        ev = draft.evaluator()
    except (Undefined, Undecided):
        return False
    for d in draft.defined:
        symbol = label(d.of)
        for value in ev.data[draft.program.source(d.of)].values():
            if not _within(symbol, value):
                return False
    return all(met(draft, h, at, ev) for h in hypotheses if h.everywhere for at in draft.instances(h))


def _within(symbol: sp.Symbol, value: Plain) -> bool:
    if type(value) is fmpq:
        return draw.admits(symbol, value)
    try:
        s = sign(value)
    except Undecided:
        return symbol.is_nonnegative is None and symbol.is_nonpositive is None and symbol.is_nonzero is None
    return not symbol.is_integer and draw.admits(symbol, fmpq(s))
