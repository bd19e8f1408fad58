"""Hypotheses that define a tensor or scalar by the others (``m[i] = ...``) are definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import sympy as sp

from formulas.chance import RandomSymbol
from formulas.chance import label_of as label
from symcheck.refute.problem import Hypothesis, Problem
from symcheck.refute.program import index_symbols
from symcheck.refute.sequences import endless

Unknown: TypeAlias = sp.Symbol | sp.IndexedBase


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
            d for d in found.values() if d.of not in done and not (unknowns_of(d.expr) & set(found)) - done
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
            # what is said of an index of the claim is said of one entry, and of what another index stands
            # beside, of each of its values
            every = set(left.indices) == set(h.indices) and not set(h.indices) & set(problem.indices)
            if distinct and every:
                yield Definition(left.base, tuple(left.indices), right)
        elif left in problem.scalars and left not in problem.witness and not h.indices:
            yield Definition(left, (), right)


def _circular(new: Definition, found: dict[Unknown, Definition]) -> bool:
    needed: set[Unknown] = set()
    queue = [new]
    while queue:
        for u in unknowns_of(queue.pop().expr) - needed:
            needed.add(u)
            if u in found:
                queue.append(found[u])
    return new.of in found or new.of in needed


def unknowns_of(expr: sp.Basic) -> set[Unknown]:
    tensors = {a.base for a in expr.atoms(sp.Indexed)}
    labels = {t.label for t in tensors}
    return tensors | (expr.atoms(sp.Symbol) - labels - index_symbols(expr))
