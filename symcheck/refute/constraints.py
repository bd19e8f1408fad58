"""Data that meet hypotheses, by construction where chance would never meet them.

A ``Draft`` holds tentative data.  Hypotheses that define a tensor or scalar by the others (``m[i] = ...``)
are turned into definitions; the other equations are met by rescaling the entries that they read, or by
solving them where they are linear in the entries of one tensor; inequalities by moving one number across
the boundary, at times exactly onto it.  Whatever is built is verified before it is used.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, fmpq, fmpq_mat

from formulas.chance import RandomSymbol
from formulas.chance import label_of as label
from symcheck.refute import draw
from symcheck.refute.evaluate import Budget, Evaluator
from symcheck.refute.everywhere import holds as holds_everywhere
from symcheck.refute.functions import order_of
from symcheck.refute.laws import Outcome
from symcheck.refute.problem import Hypothesis, Problem
from symcheck.refute.program import Program, index_symbols
from symcheck.refute.sequences import HORIZON, Drawn, Entries, clause, endless
from symcheck.refute.values import ONE, Plain, Undecided, Undefined, sign

Unknown: TypeAlias = sp.Symbol | sp.IndexedBase
Place: TypeAlias = tuple[Unknown, tuple[int, ...]]
"""An entry of a tensor, or a scalar (with ``()``)."""
Datum: TypeAlias = Any
"""``fmpq``, or a SymPy constant where a hypothesis has irrational solutions only."""
Gap: TypeAlias = Any
"""Left minus right side of a hypothesis: a plain value, or ``None`` where there is none."""
TIGHT_BITS: Final = 96
MOST_UNKNOWNS: Final = 64


@dataclass(frozen=True)
class Definition:
    """``of[indices] = expr`` for all indices."""

    of: Unknown
    indices: tuple[sp.Symbol, ...]
    expr: sp.Basic


def definitions(problem: Problem) -> tuple[tuple[Definition, ...], tuple[Hypothesis, ...]]:
    """The hypotheses that define something by the rest, in an order that respects this; and the others."""
    found: dict[Unknown, Definition] = {}
    rest: list[Hypothesis] = []
    for h in problem.hypotheses:
        if h.clause is not None:
            continue
        new = next((d for d in _readings(h, problem) if not _circular(d, found)), None)
        if new is None:
            rest.append(h)
        else:
            found[new.of] = new
    ordered: list[Definition] = []
    while len(ordered) < len(found):
        done = {d.of for d in ordered}
        ordered += [
            d for d in found.values() if d.of not in done and not (_unknowns(d.expr) & set(found)) - done
        ]
    return tuple(ordered), tuple(rest)


def _readings(h: Hypothesis, problem: Problem) -> Iterator[Definition]:
    if not isinstance(h.relation, sp.Eq) or h.variable is not None:
        return
    for left, right in (h.relation.args, h.relation.args[::-1]):
        if isinstance(label(left), RandomSymbol) or (isinstance(left, sp.Indexed) and endless(left.base)):
            continue
        if isinstance(left, sp.Indexed):
            distinct = len(set(left.indices)) == len(left.indices)
            if distinct and all(i in h.indices for i in left.indices):
                yield Definition(left.base, tuple(left.indices), right)
        elif left in problem.scalars and left not in problem.witness:
            yield Definition(left, (), right)


def _circular(new: Definition, found: dict[Unknown, Definition]) -> bool:
    needed: set[Unknown] = set()
    queue = [new]
    while queue:
        for u in _unknowns(queue.pop().expr) - needed:
            needed.add(u)
            if u in found:
                queue.append(found[u])
    return new.of in found or new.of in needed


def _unknowns(expr: sp.Basic) -> set[Unknown]:
    tensors = {a.base for a in expr.atoms(sp.Indexed)}
    labels = {t.label for t in tensors}
    return tensors | (expr.atoms(sp.Symbol) - labels - index_symbols(expr))


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
                out |= _unknowns(d.expr)
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


def settle(draft: Draft, hypotheses: tuple[Hypothesis, ...], rng: random.Random) -> None:
    """Change the draft so that it (probably) meets the hypotheses."""
    if any(h.variable is not None for h in hypotheses):
        _flatten_functions(draft, rng)
    hypotheses = tuple(h for h in hypotheses if not h.steps and h.variable is None)
    equations = [h for h in hypotheses if isinstance(h.relation, sp.Eq)]
    spent: set[Unknown] = {*draft.problem.pinned, *draft.built}
    for h in equations:
        _settle_equation(draft, h, equations, spent, rng)
    for _ in range(3):
        for h in hypotheses:
            if isinstance(h.relation, sp.Ge | sp.Gt | sp.Le | sp.Lt | sp.Ne):
                for at in draft.instances(h):
                    _settle_inequality(draft, h, at, spent, rng)


def _flatten_functions(draft: Draft, rng: random.Random) -> None:
    """Undefined functions of low degree: what is said of all their values is then met now and then."""
    most = rng.choice((1, 2, 2, 2, 3, 4))
    for scalar in draft.scalars:
        if (order_of(scalar) or 0) > most:
            draft.scalars[scalar] = ZERO_GAP
    for tensor, entries in draft.tensors.items():
        if (order_of(tensor) or 0) > most:
            draft.tensors[tensor] = dict.fromkeys(entries, ZERO_GAP)


Repair: TypeAlias = Callable[[Draft, Hypothesis, "list[Hypothesis]", Unknown, random.Random], bool]


def _settle_equation(
    draft: Draft, h: Hypothesis, equations: list[Hypothesis], spent: set[Unknown], rng: random.Random
) -> None:
    instances = list(draft.instances(h))
    candidates = [u for u in draft.places(h, instances[0]) if u not in spent]
    if not candidates:
        return
    gaps = [draft.gap(h, at) for at in instances]
    if all(gap is not None and _certainly_zero(gap) for gap in gaps):
        spent.update(candidates[:1])
        return
    rng.shuffle(candidates)
    signed_first = sorted(candidates, key=lambda u: not label(u).is_nonnegative)
    for repair in (_rescale, _solve_linear, _choose):
        for unknown in signed_first:
            before = draft.tensors.get(unknown), draft.scalars.get(unknown)
            if before[0] is not None:
                draft.tensors[unknown] = copied(before[0])
            if repair(draft, h, equations, unknown, rng):
                spent.add(unknown)
                return
            if before[0] is not None:
                draft.tensors[unknown] = before[0]
            elif before[1] is not None:
                draft.scalars[unknown] = before[1]


def _certainly_zero(gap: Plain) -> bool:
    return type(gap) is fmpq and gap == 0


def _rescale(draft: Draft, h: Hypothesis, _: list[Hypothesis], unknown: Unknown, rng: random.Random) -> bool:
    """Scale the entries that each instance reads by the positive factor that makes it hold."""
    for at in draft.instances(h):
        places = draft.places(h, at).get(unknown, [])
        start = {place: draft.get(place) for place in places}
        gaps = []
        for factor in (1, 2, 3):
            for place, value in start.items():
                draft.put(place, value * factor)
            gaps.append(draft.gap(h, at))
        solution = _factor(gaps)
        for place, value in start.items():
            draft.put(place, value if solution is None else _times(value, solution))
        if solution is None or not all(_fits(place, draft.get(place)) for place in places):
            return False
    return True


def _choose(draft: Draft, h: Hypothesis, _: list[Hypothesis], unknown: Unknown, rng: random.Random) -> bool:
    """Put one of the simplest numbers where each instance reads one entry only, as for x^2 = x."""
    for at in draft.instances(h):
        places = draft.places(h, at).get(unknown, [])
        if len(places) != 1:
            return False
        options = [x for x in draw.SIMPLE[:4] if draw.admits(label(unknown), x)]
        for value in rng.sample(options, len(options)):
            draft.put(places[0], value)
            if _certainly_zero(draft.gap(h, at)):
                break
        else:
            return False
    return True


def _fits(place: Place, value: Datum) -> bool:
    symbol = label(place[0])
    if type(value) is fmpq:
        return draw.admits(symbol, value)
    return not symbol.is_integer  # a positive multiple of what fitted


def _factor(gaps: list[Gap]) -> Datum | None:
    """The factor t > 0 at which a gap of the form a t + b or a t^2 + b is 0, from t = 1, 2, 3."""
    if any(type(gap) is not fmpq for gap in gaps):
        return None
    one, two, three = gaps
    if two - one == three - two != 0:
        t = 1 - one / (two - one)
        return t if t > 0 else None
    if (two - one) / 3 == (three - one) / 8 != 0:
        square = 1 - 3 * one / (two - one)
        if square > 0:
            root = sp.sqrt(sp.Rational(int(square.p), int(square.q)))
            return fmpq(int(root.p), int(root.q)) if root.is_Rational else root
    return None


def _times(value: Datum, factor: Datum) -> Datum:
    if type(value) is fmpq and type(factor) is fmpq:
        return value * factor
    return constant(value) * constant(factor)


def constant(value: Datum) -> sp.Basic:
    """A datum as a SymPy constant."""
    return sp.Rational(int(value.p), int(value.q)) if type(value) is fmpq else value


def _solve_linear(
    draft: Draft, h: Hypothesis, equations: list[Hypothesis], unknown: Unknown, rng: random.Random
) -> bool:
    """Solve all equations that read ``unknown`` for its entries, if they are linear in them."""
    relevant = [(e, at) for e in equations for at in draft.instances(e) if unknown in draft.places(e, at)]
    if isinstance(unknown, sp.Symbol):
        places: list[Place] = [(unknown, ())]
    else:
        places = [(unknown, cell) for cell in draft.tensors[unknown]]
    if len(places) > MOST_UNKNOWNS or len(relevant) > 2 * MOST_UNKNOWNS:
        return False
    if any(type(draft.get(place)) is not fmpq for place in places):
        return False
    rng.shuffle(places)
    rows = [[draft.gap(e, at)] for e, at in relevant]
    for place in places:
        before = draft.get(place)
        draft.put(place, before + 1)
        for row, (e, at) in zip(rows, relevant, strict=True):
            row.append(draft.gap(e, at))
        draft.put(place, before)
    if any(type(gap) is not fmpq for row in rows for gap in row):
        return False
    flat = [x for row in rows for x in (*(gap - row[0] for gap in row[1:]), -row[0])]
    reduced, rank = fmpq_mat(len(rows), len(places) + 1, flat).rref()
    for r in range(rank):
        pivot = next(c for c in range(len(places) + 1) if reduced[r, c] != 0)
        if pivot == len(places):
            return False
        place = places[pivot]
        draft.put(place, draft.get(place) + reduced[r, len(places)])
        if not draw.admits(label(unknown), draft.get(place)):
            return False
    gaps = [draft.gap(e, at) for e, at in relevant]
    return all(gap is not None and _certainly_zero(gap) for gap in gaps)


_WANTED: Final[dict[type[sp.Basic], tuple[int, ...]]] = {
    sp.Ge: (1, 0),
    sp.Gt: (1,),
    sp.Le: (-1, 0),
    sp.Lt: (-1,),
    sp.Ne: (1, -1),
}


def _settle_inequality(
    draft: Draft, h: Hypothesis, at: dict[sp.Symbol, int], spent: set[Unknown], rng: random.Random
) -> None:
    wanted = _WANTED[type(h.relation)]
    onto_edge = 0 in wanted and rng.random() < 0.2
    if not onto_edge and _sign_of(draft.gap(h, at)) in wanted:
        return
    places = [p for u, found in draft.places(h, at).items() if u not in spent for p in found]
    rng.shuffle(places)
    places.sort(key=lambda place: not isinstance(place[0], sp.Symbol))
    for place in places:
        start = draft.get(place)
        if type(start) is not fmpq:
            continue
        options = _across(draft, h, at, place)
        if not onto_edge:
            options = options[1:] if options else []
            rng.shuffle(options)
            options += [draw.number(rng, label(place[0]), draw.Mood.COMMON) for _ in range(4)]
        for value in options:
            if draw.admits(label(place[0]), value):
                draft.put(place, value)
                if _sign_of(draft.gap(h, at)) in wanted:
                    return
        draft.put(place, start)


def _sign_of(gap: Gap) -> int | None:
    if gap is None:
        return None
    try:
        return sign(gap)
    except Undecided:
        return None


def _across(draft: Draft, h: Hypothesis, at: dict[sp.Symbol, int], place: Place) -> list[Datum]:
    """The value of ``place`` on the boundary of an inequality, if it is linear there, and some beyond."""
    start = draft.get(place)
    gaps = []
    for value in (start, start + 1, start + 2):
        draft.put(place, value)
        gaps.append(draft.gap(h, at))
    draft.put(place, start)
    if any(type(gap) is not fmpq for gap in gaps) or not gaps[1] - gaps[0] == gaps[2] - gaps[1] != ZERO_GAP:
        return []
    edge = start - gaps[0] / (gaps[1] - gaps[0])
    steps = (ONE, ONE / 2, ONE * 3, ONE / 3)
    return [edge, *(edge + s for s in steps), *(edge - s for s in steps), edge / 2, edge / 3, edge * 2]


ZERO_GAP: Final = fmpq(0)
