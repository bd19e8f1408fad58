"""What becomes of a claim's mutants: they score how much the checks of that claim can see.

A wrong mutant has to be refuted.  An edit may also be true: then it is shown so by a proof, or because it
is an instance of the claim, or it is a survivor.  An edit of an inequality that only widens its gap
(x <= 2 for x <= 1) is true whatever the checks see, and so says nothing; it is *turned over*: what it
would add to the gap is taken off instead (x <= 0), and that is what has to be refuted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import sympy as sp

from formulas.chance import Law
from formulas.check import ShapeError, index_ranges
from formulas.language import Expr, Partial
from formulas.schema import Claim, Relation
from symcheck.refute.falsify import EQUALITIES, falsify
from symcheck.refute.mutate import Mutant, exchanged, sample, well_formed

POINTS: Final = 24
"""Effective points at which a mutant is tried before it is taken for not refuted."""
POINTS_OF_INEQUALITIES: Final = 240
"""The same for inequalities, which may fail in a small region only."""
FIRST_POINTS: Final = 6
"""Points of the first look, which refutes nearly all."""
SECONDS: Final = 1.5
"""Seconds of processor time of one search: what a mutant contradicts is nearly always seen in a tenth of it,
and a claim may have twenty that nothing contradicts."""

Sides = tuple[Expr, Expr]
Shown = Callable[[Claim, Expr, Expr], bool]


@dataclass(frozen=True)
class MutantReport:
    """``tried`` mutants are ``refuted`` by a counterexample, shown to be true as well (``equivalent``), or
    ``survived`` (their descriptions).  ``turned`` of them were turned over before they were tried."""

    tried: int
    refuted: int
    equivalent: int
    survived: tuple[str, ...]
    turned: int = 0


def judge_mutants(claim: Claim, is_shown: Shown, limit: int) -> MutantReport:
    """Try up to ``limit`` mutants, of every kind and from all over the claim (``mutate.sample``).

    ``is_shown(claim, lhs, rhs)``: whether there is a proof that the mutant is true; it is asked only about
    mutants that no point refutes: a proof that does not exist takes the longest to look for."""
    refuted = equivalent = turned = 0
    most = POINTS if claim.relation in EQUALITIES else POINTS_OF_INEQUALITIES
    survived: list[str] = []
    chosen = sample(claim, limit)
    instances = set(_instances(claim))
    itself = _where_values_are_given(claim, (claim.lhs, claim.rhs))
    for mutant in chosen:
        sides, description = (mutant.lhs, mutant.rhs), mutant.description
        if _refuted(claim, sides, FIRST_POINTS):
            refuted += 1
            continue
        if sides in instances or _where_values_are_given(claim, sides) == itself:
            equivalent += 1
            continue
        tried = [sides]
        other = _turned_over(claim, mutant)
        if other is not None:
            turned += 1
            tried.append(other)
            description += ", turned over"
        last = tried[-1]
        if _refuted(claim, last, most):
            refuted += 1
        elif (
            last in instances
            or any(is_shown(claim, *s) for s in tried)
            or _by_an_instance(claim, instances, last, is_shown)
        ):
            equivalent += 1
        else:
            survived.append(description)
    return MutantReport(len(chosen), refuted, equivalent, tuple(survived), turned)


def _where_values_are_given(claim: Claim, sides: Sides) -> Sides:
    """The sides with each symbol replaced for which a hypothesis gives a value."""
    given = (*claim.hypotheses, *claim.conditions)
    equations = [h for h in given if isinstance(h, sp.Eq) and h.lhs.is_Symbol]
    values = {h.lhs: h.rhs for h in equations if h.lhs not in h.rhs.free_symbols}
    if not values or any(v in _varied(claim) for v in values):
        return sides
    lhs, rhs = (side.xreplace(values) for side in sides)
    return lhs, rhs


def _by_an_instance(claim: Claim, instances: set[Sides], sides: Sides, is_shown: Shown) -> bool:
    """Whether an inequality follows from what the claim says of other values of its symbols."""
    if claim.relation in EQUALITIES:
        return False
    ordered = sorted(instances, key=str)
    return any(is_shown(replace(claim, lhs=lhs, rhs=rhs), *sides) for lhs, rhs in ordered)


def _refuted(claim: Claim, sides: Sides, points: int) -> bool:
    thorough = points > FIRST_POINTS
    found = falsify(claim, sides=sides, points=points, seconds=SECONDS, thorough=thorough)
    return found.counterexample is not None


def _turned_over(claim: Claim, mutant: Mutant) -> Sides | None:
    """The sides with the edit's effect reversed, if the edit widens the gap wherever this was compared."""
    if claim.relation in EQUALITIES:
        return None
    upwards = claim.relation in (Relation.LE, Relation.LT)
    relation = Relation.LE if upwards else Relation.GE
    on_the_right = mutant.lhs == claim.lhs
    gap = (claim.rhs, mutant.rhs) if on_the_right else (mutant.lhs, claim.lhs)
    found = falsify(
        replace(claim, relation=relation), sides=gap, points=POINTS, seconds=SECONDS, thorough=False
    )
    if found.counterexample is not None or (found.points < FIRST_POINTS and not found.exhausted):
        return None
    sides = (
        (claim.lhs, 2 * claim.rhs - mutant.rhs) if on_the_right else (2 * claim.lhs - mutant.lhs, claim.rhs)
    )
    return sides if well_formed(claim, *sides) else None


def _instances(claim: Claim) -> Iterator[Sides]:
    """What the claim says of other values of its symbols: two of a kind exchanged, and the opposite, the
    square, zero or one in the place of a number (or of each entry) of which the hypotheses say the same."""
    given = (*claim.hypotheses, *claim.conditions)
    laws = [h for h in given if isinstance(h, Law)]
    sides = (claim.lhs, claim.rhs)
    for one, two in itertools.combinations(_tensors(claim), 2):
        if one.shape == two.shape and one.label.assumptions0 == two.label.assumptions0:
            yield from _where_the_same(given, sides, lambda e, one=one, two=two: exchanged(e, one, two))
    free, varied = _scalars(claim), _varied(claim)
    for s, t in itertools.combinations(free, 2):
        if s.assumptions0 == t.assumptions0:
            swap = {s: t, t: s}
            yield from _where_the_same(given, sides, lambda e, swap=swap: e.xreplace(swap))
    for s in free:
        if s in varied or s.is_positive is not None or s.is_integer or any(h.has(s) for h in laws):
            continue
        for value in _values(s):
            put = {s: value}
            yield from _where_the_same(given, sides, lambda e, put=put: e.xreplace(put))
    for t in _tensors(claim):
        label = t.label
        if any(t == v.base for v in varied if isinstance(v, sp.Indexed)) or label.is_positive is not None:
            continue
        if label.is_integer or any(h.has(label) for h in laws):
            continue
        for k in range(len(_values(label))):
            yield from _where_the_same(given, sides, lambda e, t=t, k=k: _entries_replaced(e, t, k))


def _values(of: Expr) -> tuple[Expr, ...]:
    return (-of, sp.S.Zero, sp.S.One, of**2)


def _entries_replaced(e: sp.Basic, t: sp.IndexedBase, k: int) -> sp.Basic:
    """``e`` with each entry of a tensor replaced by the k-th of the values that stand for it."""
    if isinstance(e, sp.Indexed):
        return _values(e)[k] if e.base == t else e
    return e.func(*[_entries_replaced(a, t, k) for a in e.args]) if e.args else e


def _where_the_same(given: tuple[sp.Basic, ...], sides: Sides, change: Callable[..., Any]) -> Iterator[Sides]:
    """The changed sides, if the change leaves what is assumed as it is."""
    try:
        if {change(h) for h in given} == set(given):
            yield change(sides[0]), change(sides[1])
    except (TypeError, ValueError, ZeroDivisionError):
        return


def _tensors(claim: Claim) -> list[sp.IndexedBase]:
    every = (claim.lhs, claim.rhs, *claim.hypotheses, *claim.conditions)
    return sorted({a.base for e in every for a in e.atoms(sp.Indexed)}, key=str)


def _scalars(claim: Claim) -> list[sp.Symbol]:
    try:
        indices = set(index_ranges(claim.lhs, claim.rhs))
    except ShapeError:
        return []
    labels = {t.label for t in _tensors(claim)}
    found = (claim.lhs.free_symbols | claim.rhs.free_symbols) - indices - labels
    return sorted((s for s in found if isinstance(s, sp.Symbol) and not s.is_integer), key=str)


def _varied(claim: Claim) -> set[sp.Basic]:
    """Variables of derivatives, for which nothing else may be put."""
    return {p.args[1] for side in (claim.lhs, claim.rhs) for p in side.atoms(Partial)}
