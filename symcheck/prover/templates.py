"""Certificates found by linear programming: which nonnegative combination of templates is the difference?

Templates are squares and gaps of logarithms made from the vectors in the goal.  Each is brought to normal
form, where it is a vector of coefficients; nonnegative weights that add up to the difference are found in
floating point, made rational, and the certificate is then shown like one that was given.  Nothing here
is believed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

from formulas.schema import Relation
from symcheck.prover.normalise import Normaliser
from symcheck.prover.polynomial import Poly
from symcheck.prover.recorder import Recorder
from symcheck.prover.search import Search
from symcheck.prover.sign_tables import POSITIVE
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

MOST_VECTORS = 4
LARGEST_DENOMINATOR = 64


def combination(goal: Statement, search: Search) -> Term | None:
    """A sum of templates, with positive rational weights, that should equal larger minus smaller side."""
    if goal.relation not in (Relation.LE, Relation.GE):
        return None
    normal = Normaliser(goal, Recorder(), search.budget)
    target = normal.norm(goal.difference)[0]
    pieces = [(t, normal.norm(t)[0]) for t in templates(goal)]
    weights = _weights(target, [p for _, p in pieces])
    if weights is None:
        return None
    chosen = [tm.mul(tm.num(w), t) for w, (t, _) in zip(weights, pieces, strict=True) if w]
    return tm.add(*chosen) if chosen else None


def _weights(target: Poly, pieces: list[Poly]) -> list[Fraction] | None:
    # where no inequality is searched for, nobody waits for these
    import numpy as np
    from scipy.optimize import linprog

    known = {m for p in pieces for m, _ in p.terms}
    if not target.terms or not {m for m, _ in target.terms} <= known:
        return None
    row = {m: k for k, m in enumerate(sorted(known, key=repr))}
    matrix = np.zeros((len(row), len(pieces)))
    for k, p in enumerate(pieces):
        for m, c in p.terms:
            matrix[row[m], k] = float(c)
    wanted = np.zeros(len(row))
    for m, c in target.terms:
        wanted[row[m]] = float(c)
    found = linprog(np.ones(len(pieces)), A_eq=matrix, b_eq=wanted, bounds=(0, None), method="highs")
    if not found.success:
        return None
    return [Fraction(w).limit_denominator(LARGEST_DENOMINATOR) for w in found.x]


def templates(goal: Statement) -> Iterator[Term]:
    """Squares and gaps made from the vectors that the goal is about."""
    for size, names in _vectors(goal).items():
        i, j = Index("%1", size), Index("%2", size)
        yield from _squares(names, i, j)
        positive = [name for name in names if goal.signs.get(name) == POSITIVE]
        for p in positive:
            yield from _weighted(p, [name for name in names if name != p], i, j)
            yield from _gaps(p, [name for name in positive if name != p], i)
        for z in names:
            if z not in positive:
                yield from _by_softmax(z, [name for name in names if name != z], i, j)


def _vectors(goal: Statement) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for side in (goal.lhs, goal.rhs):
        for s in tm.subterms(side):
            if s.op == "var" and len(s.args) == 2 and isinstance(s.args[1], Index):
                found.setdefault(s.args[1].size, set()).add(s.args[0])
    return {size: sorted(names) for size, names in sorted(found.items()) if len(names) <= MOST_VECTORS}


def _sum(body: Term, *over: Index) -> Term:
    for i in reversed(over):
        body = tm.sum_over(i, body)
    return body


def _squares(names: list[str], i: Index, j: Index) -> Iterator[Term]:
    for a in names:
        yield _sum(tm.var(a, i) ** 2, i)
        yield _sum((tm.var(a, i) - tm.var(a, j)) ** 2, j, i)
    for a, b in itertools.combinations(names, 2):
        yield _sum((tm.var(a, i) - tm.var(b, i)) ** 2, i)
        yield _sum((tm.var(a, i) + tm.var(b, i)) ** 2, i)
        yield _sum((tm.var(a, i) * tm.var(b, j) - tm.var(a, j) * tm.var(b, i)) ** 2, j, i)


def _weighted(p: str, others: list[str], i: Index, j: Index) -> Iterator[Term]:
    for a in others:
        yield _sum(tm.var(p, i) * tm.var(a, i) ** 2, i)
        yield _sum(tm.var(p, i) * tm.var(p, j) * (tm.var(a, i) - tm.var(a, j)) ** 2, j, i)


def _gaps(p: str, others: list[str], i: Index) -> Iterator[Term]:
    at = tm.var(p, i)
    here = tm.fn("log", at)
    for q in others:
        yield _sum(at * tm.fn("ExpGap", tm.fn("log", tm.var(q, i)) - here), i)
    uniform = tm.fn("log", tm.power(tm.dim(i.size), -1))
    yield _sum(at * tm.fn("ExpGap", uniform - here), i)


def _by_softmax(z: str, others: list[str], i: Index, j: Index) -> Iterator[Term]:
    total = _sum(tm.fn("exp", tm.var(z, Index("%1", i.size))), Index("%1", i.size))
    for a in others:
        weights = tm.fn("exp", tm.var(z, i)) * tm.fn("exp", tm.var(z, j)) * tm.power(total, -2)
        yield _sum(weights * (tm.var(a, i) - tm.var(a, j)) ** 2, j, i)
