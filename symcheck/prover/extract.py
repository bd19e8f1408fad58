"""Finding a known sum inside a flattened one, so that a quotient or a hypothesis can use it.

Flattening makes nested sums canonical, but it also takes apart sums that should meet: in
``sum_i sum_j w_i e^(a_ij) / (sum_l e^(a_il))`` the inner sum cancels only once it is put together again.
The indices summed by the known sum must be private: nothing else may contain them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.polynomial import Factor
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normaliser

Map = dict[Index, Index]


@dataclass(frozen=True)
class Regrouping:
    """``sum over outer of rest * (sum over private of matched)``, equal to the flattened sum."""

    outer: tuple[Index, ...]
    private: tuple[Index, ...]
    matched: tuple[Factor, ...]
    rest: tuple[Factor, ...]


def regroup(n: Normaliser, binders: Sequence[Index], body: Sequence[Factor]) -> Regrouping | None:
    """A way to bring a known sum together again, if there is one that leads on."""
    body = _one_by_one(body)
    for pattern, universal, beside in _known_sums(n, body):
        inner, factors = _opened(pattern)
        factors = _one_by_one(factors)
        for to, used in _match(factors, inner, universal, body, binders):
            private = tuple(to[i] for i in inner)
            rest = po.remaining(body, used)
            if any(i in a.free for a, _ in rest for i in private):
                continue
            if beside and not po.divides([(tm.rename(a, to), e) for a, e in beside], dict(rest)):
                continue
            outer = tuple(b for b in binders if b not in private)
            return Regrouping(outer, private, tuple(used), tuple(rest))
    return None


def _one_by_one(factors: Sequence[Factor]) -> list[Factor]:
    """Natural powers as repeated factors: ``w_ij w_ik`` may be met as ``w_ij^2``."""
    return [f for a, e in factors for f in ([(a, Fraction(1))] * int(e) if po.natural(e) else [(a, e)])]


def _known_sums(
    n: Normaliser, body: Sequence[Factor]
) -> Iterator[tuple[Term, frozenset[Index], list[Factor]]]:
    """Sums worth finding: (the sum, its universally quantified indices, what must stand beside it)."""
    for a, e in body:
        if e >= 0 and e.denominator == 1:
            continue
        if a.op == "sum" and (n.shows("positive", a) or n.shows("nonzero", a)):
            yield a, frozenset(), []
        elif a.op == "add" and (n.shows("positive", a) or n.shows("nonzero", a)):
            lead = po.leading(n.norm(a)[0])
            sums = [f for f in lead[0] if f[0].op == "sum" and f[1] == 1] if lead else []
            if lead and len(sums) == 1:
                yield sums[0][0], frozenset(), [f for f in lead[0] if f is not sums[0]]
    for rewrite in n.rewrites:
        fact = rewrite.fact
        if n.frozen & (tm.names(fact.left) | tm.names(fact.right)):
            continue
        with n.without_hypotheses():
            p, _ = n.norm(fact.left)
        lead = p.terms[0] if len(p.terms) == 1 else po.leading(p)
        if lead and len(lead[0]) == 1 and lead[0][0][0].op == "sum" and lead[0][0][1] == 1:
            yield lead[0][0][0], frozenset(fact.pattern), []


def _opened(t: Term) -> tuple[list[Index], list[Factor]]:
    binders: list[Index] = []
    while t.op == "sum":
        i, t = t.args
        fresh = tm.fresh_index(i.size)
        binders.append(fresh)
        t = tm.rename(t, {i: fresh})
    return binders, factors_of(t)


def factors_of(t: Term) -> list[Factor]:
    """The factors of a product in normal form, with their exponents."""
    out: list[Factor] = []
    for f in t.args if t.op == "mul" else (t,):
        e = tm.number(f.args[1]) if f.op == "pow" else None
        out.append((f.args[0], e) if e is not None else (f, Fraction(1)))
    return out


def _match(
    pattern: Sequence[Factor],
    private: Sequence[Index],
    universal: frozenset[Index],
    body: Sequence[Factor],
    binders: Sequence[Index],
) -> Iterator[tuple[Map, list[Factor]]]:
    """All ways to find the factors of ``pattern`` among those of ``body``, exponents alike."""

    def fits(p: Index, q: Index, to: Map) -> Map | None:
        if p in to:
            return to if to[p] == q else None
        if p in private:
            ok = q in binders and q.size == p.size and q not in to.values()
            return {**to, p: q} if ok else None
        if p in universal:
            return {**to, p: q} if q.size == p.size else None
        return to if p == q else None

    def unify(p: Term, q: Term, to: Map) -> Map | None:
        if p is q and not (p.free & (set(private) | universal)):
            return to
        if p.op != q.op or len(p.args) != len(q.args):
            return None
        if p.op == "sum":
            (i, f), (j, g) = p.args, q.args
            if i.size != j.size:
                return None
            fresh = tm.fresh_index(i.size)
            return unify(tm.rename(f, {i: fresh}), tm.rename(g, {j: fresh}), to)
        found: Map | None = to
        for x, y in zip(p.args, q.args, strict=True):
            if found is None:
                return None
            if isinstance(x, Term) and isinstance(y, Term):
                found = unify(x, y, found)
            elif isinstance(x, Index) and isinstance(y, Index):
                found = fits(x, y, found)
            elif x != y:
                return None
        return found

    def search(k: int, to: Map, used: list[Factor], left: list[Factor]) -> Iterator[tuple[Map, list[Factor]]]:
        if k == len(pattern):
            if all(i in to for i in private):
                yield to, used
            return
        a, e = pattern[k]
        for f in left:
            b, x = f
            if x != e:
                continue
            found = unify(a, b, to)
            if found is not None:
                yield from search(k + 1, found, [*used, f], po.remaining(left, [f]))

    yield from search(0, {}, [], list(body))
