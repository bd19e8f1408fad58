"""Expectations: linear, constants and independent factors taken out, moments from the laws."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.chance import negated, polynomial
from symcheck.prover.derivation import Substitution
from symcheck.prover.polynomial import Factor
from symcheck.prover.products import plain
from symcheck.terms import term as tm
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser

ONE = Fraction(1)


def normal_mean(n: Normaliser, t: Term) -> Normal:
    p, ref = n.norm(t.args[0])
    line = n.recorder.within(t, tm.mean(p.term), [((0,), ref)])
    pieces = [(c, *_monomial(n, list(m)), tm.mean(po.product_term(m))) for m, c in p.terms]
    total = po.plus((c, q) for c, q, _, _ in pieces)
    split = tm.Term("add", *[tm.mul(tm.num(c), e) for c, _, _, e in pieces])
    more = n.recorder.within(split, total.term, [((k, 1), r) for k, (_, _, r, _) in enumerate(pieces)])
    return total, n.recorder.chain(t, total.term, [line, more])


def _monomial(n: Normaliser, m: list[Factor]) -> Normal:
    t = tm.mean(po.product_term(m))
    random = n.statement.laws.random
    moving = [f for f in m if tm.varying(f[0], random)]
    if not moving:
        return n.rule(t, "mean.constant", plain(a=po.product_term(m)))
    fixed = po.remaining(m, moving)
    if fixed:
        return n.rule(t, "mean.factor", plain(a=po.product_term(fixed), b=po.product_term(moving)))
    for step in (_out_of_sum, _apart, _by_parts, _by_symmetry):
        found = step(n, t, moving)
        if found is not None:
            return found
    return n.closed(t)


def _out_of_sum(n: Normaliser, t: Term, m: list[Factor]) -> Normal | None:
    """E(g Σ_i f(i)) = Σ_i E(g f(i))."""
    for a, e in m:
        if a.op == "sum" and po.natural(e):
            i, body = a.args
            rest = po.product_term(po.without(m, [(a, ONE)]))
            subst = Substitution({"f": ((i,), tm.mul(body, rest))}, sizes={"?n": i.size})
            return n.rule(t, "mean.sum", subst)
    return None


def _apart(n: Normaliser, t: Term, m: list[Factor]) -> Normal | None:
    """E(a b) = E(a) E(b) for the random quantities in a independent of those in b."""
    laws = n.statement.laws
    for family in laws.independent:
        groups: list[tuple[frozenset[str], list[Factor]]] = []
        for f in m:
            names = tm.varying(f[0], laws.random)
            meeting = [g for g in groups if g[0] & names]
            groups = [g for g in groups if g not in meeting]
            merged = names.union(*[g[0] for g in meeting])
            groups.append((merged, [*(x for g in meeting for x in g[1]), f]))
        if len(groups) > 1 and all(g[0] <= family for g in groups):
            first, *others = sorted(groups, key=lambda g: sorted(g[0]))
            rest = [f for g in others for f in g[1]]
            return n.rule(t, "mean.independent", plain(a=po.product_term(first[1]), b=po.product_term(rest)))
    return None


def _by_parts(n: Normaliser, t: Term, m: list[Factor]) -> Normal | None:
    """E(x_i f) = E(x_i) E(f) + Σ_j Cov(x_i, x_j) E(∂f/∂x_j) for a jointly Gaussian x."""
    laws = n.statement.laws
    for a, e in m:
        law = laws.normal.get(a.args[0]) if a.op == "var" else None
        if law is None or not po.natural(e):
            continue
        name = a.args[0]
        body = po.product_term(po.without(m, [(a, ONE)]))
        others = tm.varying(body, laws.random) - {name}
        leans = tm.names(law.mean) | tm.names(law.covariance) | {name}
        if not polynomial(body, name) or not laws.are_independent({name}, others) or n.frozen & leans:
            continue
        at = a.args[1:]
        there = tuple(tm.fresh_index(i.size) for i in law.other)
        to = dict(zip((*law.at, *law.other), (*at, *there), strict=True))
        subst = Substitution(
            {
                "?x": ((), a),
                "a": ((), body),
                "m": ((), tm.rename(law.mean, to)),
                "c": (there, tm.rename(law.covariance, to)),
            },
            {f"?i{q}": i for q, i in enumerate(at)} | {f"?j{q}": j for q, j in enumerate(there)},
            {f"?n{q}": i.size for q, i in enumerate(at)},
        )
        return n.rule(t, f"mean.gaussian{len(at)}", subst)
    return None


def _by_symmetry(n: Normaliser, t: Term, m: list[Factor]) -> Normal | None:
    """E(f(z)) = 0 for an odd function f and a z that is distributed like -z."""
    laws = n.statement.laws
    body = po.product_term(m)
    for name in sorted(laws.symmetric & tm.varying(body, laws.random)):
        if any(s.op in ("d", "array") for s in tm.subterms(body)):
            continue
        others = tm.varying(body, laws.random) - {name}
        opposite = negated(body, name)
        if laws.are_independent({name}, others) and not n.norm(tm.add(body, opposite))[0].terms:
            x = next(s for s in tm.subterms(body) if s.op == "var" and s.args[0] == name)
            return n.rule(t, "mean.reflect", plain(a=body, b=opposite, x=x))
    return None
