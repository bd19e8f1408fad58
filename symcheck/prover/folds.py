"""Sums and products over a range of integers: linearity, ends that are known, ranges taken apart.

Of a range that ends at ``b + 1`` one member is taken off, the last or the first, or none
(``Normaliser.peel``): what meets the other side depends on the claim, so a tactic tries each.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.polynomial import Factor, Poly
from symcheck.prover.steps import linear, solved
from symcheck.terms import term as tm
from symcheck.terms.lower import height
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser
    from symcheck.prover.recorder import Ref

ONE = Fraction(1)
MAX_MEMBERS = 16
Functions = dict[str, tuple[tuple[Index, ...], Term]]


def normal_fold(n: Normaliser, t: Term) -> Normal:
    join, i, high, body = t.args
    end, ref = n.norm(high)
    with n.opened(i, body) as (v, inside):
        p, ref_body = n.norm(inside)
        inner = tm.fold(join, v, end.term, p.term)
        opened = tm.fold(join, v, high, inside)
        line = n.recorder.within(opened, inner, [((2,), ref), ((3,), ref_body)])
        found = None if i.size != tm.ENDLESS else _by_end(n, join, v, end, p)
        if found is None:
            found = _sum(n, v, end, p) if join == "sum" else _product(n, v, end, p)
    return found[0], n.recorder.chain(t, found[0].term, [line, found[1]])


def natural(n: Normaliser, t: Term) -> bool:
    return n.shows("integer", t) and n.shows("nonnegative", t)


def _by_end(n: Normaliser, join: str, v: Index, end: Poly, p: Poly) -> Normal | None:
    """What follows from the end of the range alone."""
    t = tm.fold(join, v, end.term, p.term)
    f: Functions = {"f": ((v,), p.term)}
    c = end.constant
    if c is not None and c.denominator == 1 and c <= MAX_MEMBERS:
        if c <= 0:
            return n.rule(t, f"{join}.empty", Substitution({**f, "b": ((), end.term)}))
        if c == 1:
            return n.rule(t, f"{join}.single", Substitution(f))
        return _split(n, t, f, tm.num(c - 1), tm.ONE)
    if c is not None:
        return None
    number = next((d for m, d in end.terms if not m), Fraction(0))
    rest = po.plus([(ONE, end), (-number, po.constant(1))])
    if n.peel != "none" and number.denominator == 1 and 0 < number <= MAX_MEMBERS and natural(n, rest.term):
        apart = (rest.term, tm.num(number)) if n.peel == "last" else (tm.num(number), rest.term)
        return _split(n, t, f, *apart)
    if n.shows("integer", end.term) and n.shows("nonnegative", n.norm(-end.term)[0].term):
        return n.rule(t, f"{join}.empty", Substitution({**f, "b": ((), end.term)}))
    if all(d.denominator == 1 and d % 2 == 0 for _, d in end.terms):
        half = Poly(tuple((m, d / 2) for m, d in end.terms)).term
        if natural(n, half):
            return n.rule(t, f"{join}.pairs", Substitution({**f, "b": ((), half)}))
    return None


def _split(n: Normaliser, t: Term, f: Functions, a: Term, b: Term) -> Normal:
    return n.rule(t, f"{t.args[0]}.split", Substitution({**f, "a": ((), a), "b": ((), b)}))


def _sum(n: Normaliser, v: Index, end: Poly, p: Poly) -> Normal:
    pieces = [
        (c, *_close(n, v, end, list(m)), tm.fold("sum", v, end.term, po.product_term(m))) for m, c in p.terms
    ]
    total = po.plus((c, q) for c, q, _, _ in pieces)
    split = tm.Term("add", *[tm.mul(tm.num(c), s) for c, _, _, s in pieces])
    line = n.recorder.within(split, total.term, [((k, 1), r) for k, (_, _, r, _) in enumerate(pieces)])
    return total, line


def _close(n: Normaliser, v: Index, end: Poly, factors: list[Factor]) -> Normal:
    """The sum over v of one monomial in normal form."""
    lhs = tm.fold("sum", v, end.term, po.product_term(factors))
    inside = [f for f in factors if v in f[0].free]
    outside = [f for f in factors if v not in f[0].free]
    inner, ref = _connected(n, v, end, inside)
    if not outside:
        return inner, ref
    rest = po.product_term(outside)
    grouped = tm.mul(tm.fold("sum", v, end.term, po.product_term(inside)), rest)
    replaced = tm.mul(inner.term, rest)
    line = n.recorder.within(grouped, replaced, [((0,), ref)])
    result, more = n.norm(replaced)
    return result, n.recorder.chain(lhs, result.term, [line, more])


def _connected(n: Normaliser, v: Index, end: Poly, factors: list[Factor]) -> Normal:
    """The sum over v of factors that all contain v."""
    lhs = tm.fold("sum", v, end.term, po.product_term(factors))
    if not factors:
        if natural(n, end.term):
            return n.rule(lhs, "sum.count", Substitution({"b": ((), end.term)}))
        return n.atom(canonical_fold("sum", v, end.term, tm.ONE)), None
    for f in factors:
        rest = po.product_term(po.remaining(factors, [f]))
        found = (
            _power(n, v, end, f, rest, lhs) or _inner(n, v, end, f, rest, lhs) or _at(n, v, end, f, rest, lhs)
        )
        if found is not None:
            return found
    return _reversed(n, v, end, factors) or n.closed(
        canonical_fold("sum", v, end.term, po.product_term(factors))
    )


def _reversed(n: Normaliser, v: Index, end: Poly, factors: list[Factor]) -> Normal | None:
    """Of a sum and the same read from its end, the one whose text is first."""
    if any(a.op == "pow" and v in a.args[1].free for a, _ in factors) or not n.shows("integer", end.term):
        return None
    body = po.product_term(factors)
    p, _ = n.norm(tm.place(body, {v: end.term + 1 - tm.value_of(v)}))
    if len(p.terms) != 1:
        return None
    ((m, _),) = p.terms
    here, there = (canonical_fold("sum", v, end.term, t) for t in (body, po.product_term(m)))
    if po.key(here) <= po.key(there):
        return None
    subst = Substitution({"f": ((v,), body), "b": ((), end.term)})
    return n.rule(tm.fold("sum", v, end.term, body), "sum.reverse", subst)


def _inner(n: Normaliser, v: Index, end: Poly, f: Factor, rest: Term, lhs: Term) -> Normal | None:
    """A sum inside: over an axis it is moved out, over a range that ends at v the order is exchanged."""
    atom, e = f
    if e != 1 or atom.op not in tm.BINDERS:
        return None
    i, body = atom.binding
    w = Index(f"~{n.deeper(1)}", i.size)
    inside = tm.mul(tm.rename(body, {i: w}), rest)
    if atom.op == "sum":
        subst = Substitution({"f": ((v, w), inside), "b": ((), end.term)}, sizes={"?n": w.size})
        return n.rule(lhs, "sum.across", subst)
    if atom.args[0] == "sum" and atom.args[2] is tm.value_of(v) and n.shows("integer", end.term):
        subst = Substitution({"f": ((v, w), inside), "b": ((), end.term)})
        return n.rule(lhs, "sum.triangle", subst)
    return None


def _power(n: Normaliser, v: Index, end: Poly, f: Factor, rest: Term, lhs: Term) -> Normal | None:
    """Exponents that fall with v rise once the range is reversed; u^(v + b) = u^(v - 1) u^(b + 1), of which
    the second moves out."""
    atom, e = f
    if e != 1 or atom.op != "pow" or v not in atom.args[1].free:
        return None
    u, exponent = atom.args
    slope = Fraction(0)
    for m, c in n.canonical(exponent):
        if v in n.canonical.free_poly(frozenset({(m, c)})):
            if m != frozenset({(("ord", v), 1)}):
                return None
            slope = Fraction(c)
    if slope < 0 and n.shows("integer", end.term):
        subst = Substitution({"f": ((v,), po.product_term([f]) * rest), "b": ((), end.term)})
        return n.rule(lhs, "sum.reverse", subst)
    inside = tm.mul(tm.num(slope), tm.value_of(v) - 1)
    outside = linear(n.canonical(exponent - inside))
    if outside is None or v in u.free or tm.number(outside) == 0 or not natural(n, outside):
        return None
    inside = n.norm(inside)[0].term
    if not natural(n, inside):
        return None
    _, ref = n.instance("pow.add_natural", _terms(u=u, a=inside, b=outside))
    split = tm.mul(tm.power(u, outside), tm.fold("sum", v, end.term, tm.power(u, inside) * rest))
    line = n.recorder.within(
        tm.fold("sum", v, end.term, tm.power(u, exponent) * rest), split, [((3, 0), n.recorder.sym(ref))]
    )
    return n.then(lhs, line, split)


def _at(n: Normaliser, v: Index, end: Poly, f: Factor, rest: Term, lhs: Term) -> Normal | None:
    """A bracket that is 1 at one integer of the range and 0 elsewhere."""
    atom, e = f
    if e != 1 or atom.op != "fn" or atom.args[0] != "if_nonzero" or atom.args[2:] != (tm.ZERO, tm.ONE):
        return None
    c = solved(n.canonical, v, atom.args[1], tm.ZERO)
    if c is None or v in c.free or not n.canonical.same(atom.args[1], tm.sub(tm.value_of(v), c)):
        return None
    left = linear(n.canonical(tm.sub(end.term, c)))
    if left is None or not (
        n.shows("integer", c) and n.shows("positive", c) and n.shows("nonnegative", left)
    ):
        return None
    subst = Substitution({"f": ((v,), rest), "c": ((), c), "b": ((), end.term)})
    return n.rule(lhs, "sum.at", subst)


def _product(n: Normaliser, v: Index, end: Poly, p: Poly) -> Normal:
    t = tm.fold("prod", v, end.term, p.term)
    high = {"b": ((), end.term)}
    sizes = {"?n": v.size}
    if not any(v in a.free for m, _ in p.terms for a, _ in m):
        if natural(n, end.term):
            return n.rule(t, "prod.constant", Substitution({**high, "a": ((), p.term)}, {}, sizes))
    elif len(p.terms) == 1:
        ((m, c),) = p.terms
        pieces = ([tm.num(c)] if c != 1 else []) + [po.factor_term(f) for f in m]
        if len(pieces) > 1:
            first, rest = pieces[0], tm.mul(*pieces[1:])
            functions = {"f": ((v,), first), "g": ((v,), rest)}
            return n.rule(t, "prod.mul", Substitution({**high, **functions}, {}, sizes))
        ((a, e),) = m
        if e != 1:
            whole = po.natural(e)
            if whole or n.shows("positive", a):
                subst = Substitution({**high, "f": ((v,), a), "r": ((), tm.num(e))}, {"?i": v}, sizes)
                return n.rule(t, "prod.pow_natural" if whole else "prod.pow", subst)
    return n.closed(canonical_fold("prod", v, end.term, p.term))


def canonical_fold(join: str, v: Index, high: Term, body: Term) -> Term:
    """The fold with its index named by height."""
    name = Index(f"%{height(body) + 1}", v.size)
    renamed = tm.rename(body, {v: name})
    if renamed.op == "mul":
        # names of bound indices decide the order of factors
        renamed = tm.mul(*sorted(renamed.args, key=po.key))
    return tm.fold(join, name, high, renamed)


def same_power(n: Normaliser, factors: list[Factor]) -> tuple[list[Factor], Term, Ref] | None:
    """u^r u^s = u^(r + s) for natural exponents of which one at least is symbolic."""
    for k, (a, e) in enumerate(factors):
        if a.op != "pow" or not po.natural(e) or not natural(n, a.args[1]):
            continue
        u, r = a.args
        if e > 1:
            new, ref = n.instance("pow.pow_natural", _terms(u=u, a=r, b=tm.num(e)))
            return [(a, e)], new, ref
        for q, (b, x) in enumerate(factors):
            if q == k:
                continue
            if b is u and po.natural(x):
                s = tm.num(x)
            elif b.op == "pow" and b.args[0] is u and x == 1 and natural(n, b.args[1]):
                s = b.args[1]
            else:
                continue
            new, ref = n.instance("pow.add_natural", _terms(u=u, a=r, b=s))
            return [(a, e), (b, x)], new, ref
    return None


def _terms(**values: Term) -> Substitution:
    return Substitution(terms={name: ((), t) for name, t in values.items()})
