"""Drafts made to meet hypotheses, where chance would never meet them.

Equations are met by rescaling the entries that they read, or by solving them where they are linear in the
entries of one tensor; inequalities by moving one number across the boundary, at times exactly onto it.
Whatever is built is verified before it is used.
"""

from __future__ import annotations

import random
from typing import Final

import sympy as sp
from flint import fmpq, fmpq_mat

from formulas.chance import label_of as label
from symcheck.refute import draw
from symcheck.refute.definitions import Unknown
from symcheck.refute.draft import Datum, Draft, Gap, Place, copied
from symcheck.refute.functions import order_of
from symcheck.refute.problem import Hypothesis
from symcheck.refute.values import ONE, Plain, Undecided, sign

MOST_UNKNOWNS: Final = 64


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
    rows = [[gap] for gap in draft.gaps(relevant)]
    for place in places:
        before = draft.get(place)
        draft.put(place, before + 1)
        for row, gap in zip(rows, draft.gaps(relevant), strict=True):
            row.append(gap)
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
    return all(gap is not None and _certainly_zero(gap) for gap in draft.gaps(relevant))


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
