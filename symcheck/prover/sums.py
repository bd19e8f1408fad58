"""Sums: linearity, deltas contracted, nested sums flattened and their order made canonical."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.extract import Regrouping, factors_of, regroup
from symcheck.prover.polynomial import Factor
from symcheck.terms import term as tm
from symcheck.terms.lower import height
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser
    from symcheck.prover.recorder import Ref

ONE = Fraction(1)
MAX_ORDERS = 720
MAX_ROUNDS = 6


def normal_sum(n: Normaliser, t: Term) -> Normal:
    with n.opened(*t.args) as (v, body):
        p, ref = n.norm(body)
        pieces = [(c, *_close(n, v, list(m)), tm.sum_over(v, po.product_term(m))) for m, c in p.terms]
        total = po.plus((c, q) for c, q, _, _ in pieces)
        first = n.recorder.within(tm.sum_over(v, body), tm.sum_over(v, p.term), [((1,), ref)])
        split = tm.Term("add", *[tm.mul(tm.num(c), s) for c, _, _, s in pieces])
        second = n.recorder.within(split, total.term, [((k, 1), r) for k, (_, _, r, _) in enumerate(pieces)])
        return total, n.recorder.chain(t, total.term, [first, second])


def _close(n: Normaliser, v: Index, factors: list[Factor]) -> Normal:
    """The sum over v of one monomial in normal form."""
    lhs = tm.sum_over(v, po.product_term(factors))
    inside = [f for f in factors if v in f[0].free]
    outside = [f for f in factors if v not in f[0].free]
    inner, ref = _connected(n, v, inside)
    if not outside:
        return inner, ref
    rest = po.product_term(outside)
    grouped = tm.mul(tm.sum_over(v, po.product_term(inside)), rest)
    replaced = tm.mul(inner.term, rest)
    line = n.recorder.within(grouped, replaced, [((0,), ref)])
    result, more = n.norm(replaced)
    return result, n.recorder.chain(lhs, result.term, [line, more])


def _connected(n: Normaliser, v: Index, factors: list[Factor]) -> Normal:
    """The sum over v of factors that all contain v."""
    lhs = tm.sum_over(v, po.product_term(factors))
    if not factors:
        _, ref = n.instance("sum.one", Substitution(sizes={"?n": v.size}))
        return n.norm(tm.dim(v.size))[0], ref
    for f in factors:
        if f[0].op == "delta":
            other = next(i for i in f[0].args if i != v)
            body = po.product_term(po.remaining(factors, [f]))
            subst = Substitution({"f": ((v,), body)}, {"?j": other}, {"?n": v.size})
            return n.rule(lhs, "sum.delta", subst)
    return _flattened(n, v, factors)


def _flattened(n: Normaliser, v: Index, factors: list[Factor]) -> Normal:
    binders: list[Index] = [v]
    body: list[Factor] = []
    for a, e in factors:
        if a.op == "sum" and po.natural(e):
            for _ in range(int(e)):
                inner = a
                while inner.op == "sum":
                    i, inside = inner.args
                    w = Index(f"~{n.deeper(len(binders))}", i.size)
                    binders.append(w)
                    inner = tm.rename(inside, {i: w})
                body += factors_of(inner)
        else:
            body.append((a, e))
    if len(binders) == 1:
        return n.closed(canonical_sum(binders, body))
    return _settled(n, tm.sum_over(v, po.product_term(factors)), binders, body)


def _settled(n: Normaliser, lhs: Term, binders: list[Index], body: list[Factor]) -> Normal:
    """A flattened sum, its body in normal form and its indices in an order of their own.

    The normal form of an inner sum can depend on which of two outer indices has the smaller name, and the
    order of the outer ones on the form of the inner sum: names are given by the order found until
    nothing changes, and of a cycle the smallest form is taken."""
    refs: list[Ref] = []
    seen: dict[Term, tuple[list[Index], list[Factor], int]] = {}
    for _ in range(MAX_ROUNDS):
        with n.deepened(len(binders)):
            p, ref = n.norm(po.product_term(body))
        before = nested(binders, po.product_term(body))
        refs.append(n.recorder.within(before, nested(binders, p.term), [((1,) * len(binders), ref)]))
        if _reduced(p, binders):
            result, rest = n.norm(nested(binders, p.term))
            return result, n.recorder.chain(lhs, result.term, [*refs, rest])
        body = list(p.terms[0][0])
        ordered = best_order(binders, body)
        total = canonical_sum(ordered, body)
        if total not in n.regrouped:
            n.regrouped.add(total)
            grouping = regroup(n, binders, body)
            if grouping is not None:
                start = nested(binders, po.product_term(body))
                result, rest = _regrouped(n, start, binders, body, grouping)
                return result, n.recorder.chain(lhs, result.term, [*refs, rest])
        refs.append(_reorder(n, nested(binders, po.product_term(body)), binders, ordered, body, total))
        if total in seen:
            break
        # the same sum, its indices named in their new order
        names = dict(zip(ordered, binders, strict=True))
        body = [(tm.rename(a, {v: Index(w.name, v.size) for v, w in names.items()}), e) for a, e in body]
        binders = [Index(w.name, v.size) for v, w in names.items()]
        seen[total] = (binders, body, len(refs))
    smallest = min(seen, key=po.key)
    q, ref = n.closed(smallest)
    return q, n.recorder.chain(lhs, q.term, [*refs[: seen[smallest][2]], ref])


def _reduced(p: po.Poly, binders: Sequence[Index]) -> bool:
    """Whether a flattened body became something else than a product over the same indices."""
    if len(p.terms) != 1 or p.terms[0][1] != 1:
        return True
    m = p.terms[0][0]
    if any(a.op == "delta" or (a.op == "sum" and po.natural(e)) for a, e in m):
        return True
    return any(all(v not in a.free for a, _ in m) for v in binders)


def _regrouped(
    n: Normaliser, lhs: Term, binders: Sequence[Index], body: Sequence[Factor], g: Regrouping
) -> Normal:
    """Private sums moved innermost, then the known sum stands by itself (which needs no line)."""
    order = [*g.outer, *g.private]
    moved = _reorder(n, lhs, binders, order, body, nested(order, po.product_term(body)))
    apart = nested(
        g.outer, tm.mul(nested(g.private, po.product_term(g.matched)), *map(po.factor_term, g.rest))
    )
    with n.deepened(len(binders)):
        result, rest = n.norm(apart)
    return result, n.recorder.chain(lhs, result.term, [moved, rest])


def nested(binders: Sequence[Index], body: Term) -> Term:
    """Sums over ``binders``, the first outermost."""
    for v in reversed(binders):
        body = tm.sum_over(v, body)
    return body


def canonical_sum(binders: Sequence[Index], body: Sequence[Factor]) -> Term:
    """The nested sum with its indices named by height."""
    inner = max((height(a) for a, _ in body), default=0)
    names = {v: Index(f"%{inner + len(binders) - k}", v.size) for k, v in enumerate(binders)}
    renamed = [(tm.rename(a, names), e) for a, e in body]
    return nested([names[v] for v in binders], po.product_term(po.monomial(po.gathered(renamed).items())))


def best_order(binders: Sequence[Index], body: Sequence[Factor]) -> list[Index]:
    """An order of the binders that does not depend on their names: by colour, ties by trying all."""
    colour = {v: v.size for v in binders}
    for _ in binders:
        refined = {v: f"{colour[v]}|{_signature(v, body, colour)}" for v in binders}
        ranks = {c: str(k) for k, c in enumerate(sorted(set(refined.values())))}
        colour = {v: ranks[refined[v]] for v in binders}
    groups = [
        list(g)
        for _, g in itertools.groupby(sorted(binders, key=lambda v: colour[v]), key=lambda v: colour[v])
    ]
    orders = itertools.product(*[itertools.permutations(g) for g in groups])
    candidates = ([v for part in order for v in part] for order in itertools.islice(orders, MAX_ORDERS))
    return min(candidates, key=lambda order: po.key(canonical_sum(order, body)))


def _signature(v: Index, body: Sequence[Factor], colour: dict[Index, str]) -> str:
    masks = {w: Index("@self" if w == v else f"@{colour[w]}", w.size) for w in colour}
    return "&".join(sorted(f"{po.key(tm.rename(a, masks))}^{e}" for a, e in body if v in a.free))


def _reorder(
    n: Normaliser,
    lhs: Term,
    binders: Sequence[Index],
    wanted: Sequence[Index],
    body: Sequence[Factor],
    result: Term,
) -> Ref:
    """Neighbouring sums swapped until their order is the wanted one."""
    inner = po.product_term(body)
    order = list(binders)
    refs: list[Ref] = []
    place = {v: k for k, v in enumerate(wanted)}
    swapped = True
    while swapped:
        swapped = False
        for k in range(len(order) - 1):
            if place[order[k]] > place[order[k + 1]]:
                before = nested(order, inner)
                a, b = order[k], order[k + 1]
                subst = Substitution(
                    {"f": ((a, b), nested(order[k + 2 :], inner))}, {}, {"?n": a.size, "?m": b.size}
                )
                _, ref = n.instance("sum.swap", subst)
                order[k], order[k + 1] = b, a
                refs.append(n.recorder.within(before, nested(order, inner), [((1,) * k, ref)]))
                swapped = True
    return n.recorder.chain(lhs, result, refs)
