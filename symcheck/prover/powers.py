"""Powers: of monomials, of polynomials with their content taken out, of rational numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import folds
from symcheck.prover import polynomial as po
from symcheck.prover.polynomial import Poly
from symcheck.prover.products import plain
from symcheck.terms import term as tm
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser

MAX_EXPANSION = 64


def normal_pow(n: Normaliser, t: Term) -> Normal:
    base, exponent = t.args
    (p, ref), (q, ref_e) = n.norm(base), n.norm(exponent)
    inner = tm.power(p.term, q.term)
    line = n.recorder.within(t, inner, [((0,), ref), ((1,), ref_e)])
    e = q.constant
    if e is None:
        result, more = _symbolic(n, p, q, inner)
    elif e == 0:
        result, more = po.constant(1), None
    elif po.natural(e) and e <= MAX_EXPANSION:
        result, more = n.norm(tm.Term("mul", *[p.term] * int(e)))
    else:
        result, more = _rational(n, p, e)
    return result, n.recorder.chain(t, result.term, [line, more])


def _symbolic(n: Normaliser, p: Poly, q: Poly, t: Term) -> Normal:
    if n.shows("positive", p.term):
        return n.rule(t, "pow.exp", plain(u=p.term, r=q.term))
    if folds.natural(n, q.term) and len(p.terms) == 1:
        ((m, c),) = p.terms
        pieces = ([tm.num(c)] if c != 1 and m else []) + [po.factor_term(f) for f in m]
        if len(pieces) > 1:
            a, b = pieces[0], tm.mul(*pieces[1:])
            return n.rule(t, "pow.mul_natural", plain(a=a, b=b, r=q.term))
        if m and po.natural(m[0][1]) and m[0][1] != 1:
            return n.rule(t, "pow.pow_natural", plain(u=m[0][0], a=tm.num(m[0][1]), b=q.term))
    return n.closed(t)


def _rational(n: Normaliser, p: Poly, e: Fraction) -> Normal:
    """``p^e`` for e negative or fractional."""
    c = p.constant
    if c is not None:
        return _number(n, c, e)
    if len(p.terms) == 1:
        ((m, c),) = p.terms
        return _monomial(n, c, list(m), e)
    return _polynomial(n, p, e)


def _splittable(n: Normaliser, t: Term, e: Fraction) -> bool:
    """Whether t may be split off under the exponent e."""
    if n.shows("positive", t) or (e.denominator == 1 and n.shows("nonzero", t)):
        return True
    return e > 0 and n.shows("nonnegative", t)


def _split(n: Normaliser, a: Term, b: Term, e: Fraction) -> Normal:
    """(a b)^e = a^e b^e."""
    if n.shows("positive", a) and n.shows("positive", b):
        name = "pow.mul"
    else:
        name = "pow.mul_int" if e.denominator == 1 else "pow.mul_nonnegative"
    return n.rule(tm.power(tm.mul(a, b), e), name, plain(a=a, b=b, r=tm.num(e)))


def _number(n: Normaliser, c: Fraction, e: Fraction) -> Normal:
    if e.denominator == 1 and c != 0:
        return po.constant(c ** int(e)), None
    t = tm.power(tm.num(c), e)
    if c == 0 and e > 0:
        return n.rule(t, "pow.zero", plain(r=tm.num(e)))
    if c <= 0:
        return n.atom(t), None
    if c == 1:
        # 1^e = exp(e log 1) = exp(0) = 1
        return n.rule(t, "pow.exp", plain(u=tm.ONE, r=tm.num(e)))
    prime, power = prime_power(c)
    if prime**power != c:
        return _split(n, tm.num(prime**power), tm.num(c / prime**power), e)
    if power != 1:
        u = tm.num(prime)
        return n.rule(t, "pow.pow", plain(u=u, r=tm.num(power), s=tm.num(e)))
    whole = e.numerator // e.denominator
    if whole == 0:
        return n.atom_power(tm.num(c), e), None
    # p^e = p^floor(e) p^(e - floor(e))
    rest = e - whole
    _, ref = n.instance("pow.add", plain(u=tm.num(c), r=tm.num(whole), s=tm.num(rest)))
    out = po.plus([(c**whole, n.atom_power(tm.num(c), rest))])
    return out, n.recorder.chain(t, out.term, [n.recorder.sym(ref)])


def prime_power(c: Fraction) -> tuple[int, int]:
    """A prime p and its exponent k in c, smallest p first."""
    p = 2
    while True:
        top, bottom = c.numerator, c.denominator
        k = 0
        while top % p == 0:
            top, k = top // p, k + 1
        while bottom % p == 0:
            bottom, k = bottom // p, k - 1
        if k:
            return p, k
        p += 1
        if p > 10_000:
            return (c.numerator, 1) if c.numerator != 1 else (c.denominator, -1)


def _monomial(n: Normaliser, c: Fraction, m: list[po.Factor], e: Fraction) -> Normal:
    if len(m) > 1 or c != 1:
        pieces = ([tm.num(c)] if c != 1 else []) + [po.factor_term(f) for f in m]
        for k, piece in enumerate(pieces):
            rest = tm.mul(*pieces[:k], *pieces[k + 1 :])
            if _splittable(n, piece, e) and _splittable(n, rest, e):
                return _split(n, piece, rest, e)
        return n.atom_power(po.scaled(c, po.product_term(m)), e), None
    ((a, r),) = m
    if r == 1:
        return n.atom_power(a, e), None
    t = tm.power(tm.power(a, r), e)
    if n.shows("positive", a):
        return n.rule(t, "pow.pow", plain(u=a, r=tm.num(r), s=tm.num(e)))
    if r.denominator == 1 and r % 2 == 0 and n.shows("positive", tm.neg(a)):
        # (a^r)^e = ((-a)^r)^e
        return n.rule(t, "pow.pow", plain(u=tm.neg(a), r=tm.num(r), s=tm.num(e)))
    if r.denominator == e.denominator == 1 and n.shows("nonzero", a):
        return n.rule(t, "pow.pow_int", plain(u=a, r=tm.num(r), s=tm.num(e)))
    if r == 2 and e == Fraction(1, 2):
        return n.rule(t, "pow.root_of_square", plain(u=a))
    return n.atom_power(tm.power(a, r), e), None


def _polynomial(n: Normaliser, p: Poly, e: Fraction) -> Normal:
    common = [(a, r) for a, r in po.content(p).items() if _splittable(n, po.factor_term((a, r)), e)]
    lead = po.leading(p)
    c = lead[1] if lead else p.terms[0][1]
    if e.denominator != 1:
        c = abs(c)
    if not common and c == 1:
        return n.atom_power(p.term, e), None
    found = n.divided(p, c, common)
    if found is None or not all(_splittable(n, t, e) for t in found[:2]):
        return n.atom_power(p.term, e), None
    outside, inside, shown = found
    grouped = tm.power(tm.mul(outside, inside), e)
    line = n.recorder.within(tm.power(p.term, e), grouped, [((0,), n.recorder.sym(shown))])
    result, rest = _split(n, outside, inside, e)
    return result, n.recorder.chain(tm.power(p.term, e), result.term, [line, rest])
