"""At which steps a statement about every step of a sequence speaks of a given term.

``v[s + 1] = 2 v[s]`` for all s speaks of ``v[t]`` at s = t - 1.  These are proposals: whoever uses one has
to see that it is an integer from 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from symcheck.prover.canonical import Canonical, Poly, as_constant, plus
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

MAX_PROPOSALS = 64
Values = Mapping[Index, Index | Term]


def proposals(same: Canonical, pattern: Sequence[Index], left: Term, t: Term) -> Iterator[Values]:
    """Values for the indices of ``pattern`` with which ``left`` may be about ``t``."""
    free = sorted(t.free)
    choices: list[list[Index | Term]] = []
    for p in pattern:
        if p.size == tm.ENDLESS:
            choices.append(list(dict.fromkeys(_steps(same, p, left, t))))
        else:
            choices.append([i for i in free if i.size == p.size])
    for values in itertools.islice(itertools.product(*choices), MAX_PROPOSALS):
        yield dict(zip(pattern, values, strict=True))


def put(t: Term, values: Values) -> Term:
    """``t`` with the indices replaced."""
    names = {p: v if isinstance(v, Index) else tm.fresh_index(p.size) for p, v in values.items()}
    return tm.place(tm.rename(t, names), {names[p]: v for p, v in values.items() if isinstance(v, Term)})


def _steps(same: Canonical, p: Index, left: Term, t: Term) -> Iterator[Term]:
    """Solutions of "an entry in ``left`` is that entry of the same tensor in ``t``", and free indices."""
    reads = [s for s in tm.subterms(t) if s.op == "var"]
    for mine in tm.subterms(left):
        if mine.op != "var" or p not in mine.free:
            continue
        for theirs in reads:
            if theirs.args[0] != mine.args[0]:
                continue
            for a, b in zip(mine.args[1:], theirs.args[1:], strict=True):
                if isinstance(a, Term) and p in a.free and isinstance(b, Term):
                    found = solved(same, p, a, b)
                    if found is not None:
                        yield found
    for i in sorted(t.free):
        if i.size == tm.ENDLESS:
            yield tm.value_of(i)


def solved(same: Canonical, p: Index, at: Term, wanted: Term) -> Term | None:
    """The p at which ``at``, linear in p, is ``wanted``."""
    start, one = (same(tm.place(at, {p: tm.num(k)})) for k in (0, 1))
    slope = as_constant(plus(one, _scaled(start, -1)))
    if not slope:
        return None
    return linear(_scaled(plus(same(wanted), _scaled(start, -1)), 1 / slope))


def _scaled(p: Poly, c: Fraction | int) -> Poly:
    return frozenset((m, c * d) for m, d in p)


def linear(p: Poly) -> Term | None:
    """A polynomial of degree 1 in sizes, indices and scalars as a term."""
    parts = []
    for m, c in sorted(p, key=str):
        if not m:
            parts.append(tm.num(c))
            continue
        if len(m) > 1:
            return None
        ((atom, e),) = m
        if e != 1 or atom[0] not in ("dim", "ord", "var") or (atom[0] == "var" and len(atom) > 2):
            return None
        inner = Term(*atom)
        parts.append(inner if c == 1 else tm.mul(tm.num(c), inner))
    return tm.add(*parts)
