"""Quotients over a common denominator: p = q because p u = q u for a u that is not 0."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.polynomial import Factor, Poly
from symcheck.prover.products import normal_product, plain
from symcheck.terms import term as tm
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser
    from symcheck.prover.recorder import Ref


def cleared(n: Normaliser, p: Poly, q: Poly) -> Ref:
    """The line ``p = q``, if both agree once multiplied by their denominators; else None."""
    found = _denominators(n, p, q)
    if not found:
        return None
    left, shown_left = _multiplied(n, p, found)
    right, shown_right = _multiplied(n, q, found)
    if left != right:
        return None
    u = po.product_term(found)
    up, down = _over(n, p, u, left, shown_left), _over(n, q, u, right, shown_right)
    return n.recorder.chain(p.term, q.term, [up, n.recorder.sym(down)])


def _denominators(n: Normaliser, *ps: Poly) -> list[Factor]:
    """Polynomials that stand with a negative exponent, each to the power that clears it."""
    powers: dict[Term, Fraction] = {}
    for p in ps:
        for m, _ in p.terms:
            for a, e in m:
                # an inverse of a symbol can hide what a hypothesis says of the symbol
                looked = a.op == "add" or (a.op == "var" and n.rewrites)
                if looked and e < 0 and n.shows("nonzero", a):
                    powers[a] = max(powers.get(a, Fraction(0)), Fraction(ceil(-e)))
    return sorted(powers.items(), key=lambda f: po.key(f[0]))


def _multiplied(n: Normaliser, p: Poly, by: list[Factor]) -> Normal:
    """``p * by`` with the factors of ``by`` meeting each term of p unexpanded."""
    u = po.product_term(by)
    pieces = [(c, m, *normal_product(n, [*m, *by])) for m, c in p.terms]
    total = po.plus((c, q) for c, _, q, _ in pieces)
    split = tm.Term("add", *[tm.mul(tm.num(c), tm.mul(po.product_term(m), u)) for c, m, _, _ in pieces])
    line = n.recorder.within(split, total.term, [((k, 1), ref) for k, (_, _, _, ref) in enumerate(pieces)])
    return total, n.recorder.chain(p.term * u, total.term, [line])


def _over(n: Normaliser, p: Poly, u: Term, product: Poly, shown: Ref) -> Ref:
    """The line ``p = (p u) u^-1`` with p u in normal form."""
    _, inverse = n.instance("pow.add_int", plain(u=u, r=tm.ONE, s=tm.num(-1)))
    again = tm.mul(p.term, u * tm.power(u, -1))
    apart = n.recorder.sym(n.recorder.within(again, p.term, [((1,), inverse)]))
    over, result = (tm.mul(t, tm.power(u, -1)) for t in (p.term * u, product.term))
    return n.recorder.chain(p.term, result, [apart, n.recorder.within(over, result, [((0,), shown)])])
