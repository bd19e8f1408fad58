"""What the facts of a statement, and lines that were shown, say of the sign of a term."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover.canonical import ONE, Atom, Coefficient, Monomial, Poly, as_constant, plus
from symcheck.prover.sign_of_sums import flat
from symcheck.prover.sign_tables import (
    ANY,
    HEADS,
    LEMMAS,
    NONNEGATIVE,
    OF_FACT,
    POSITIVE,
    Sign,
    of_product,
    of_sum,
    opposite,
)
from symcheck.prover.steps import proposals, put
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.signs import Signs

MAX_PATTERN = 3
MAX_COLLECTED = 12
Powers = frozenset[tuple[Atom, Coefficient]]


def cited(s: Signs, t: Term) -> Sign:
    """The sign of a term that an earlier line shows to be equal to t, or to a multiple of it."""
    where, ratio = s.canonical(t), Fraction(1)
    if where not in s.known:
        found = ((p, s.ratio(where, p)) for p in s.known)
        where, ratio = next(((p, r) for p, r in found if r), (where, Fraction(0)))
    if not ratio or where in s._open:
        return ANY
    s._open.add(where)
    sign = s.sign(s.known[where])
    s._open.discard(where)
    if sign != ANY:
        s.cited.add(where)
    return sign if ratio > 0 else opposite(sign)


def factored(s: Signs, t: Term, out: Sign) -> Sign:
    """A product of which some factors make up a fact: its sign times that of the others."""
    if len(out) == 1:
        return out
    factors = flat(t)
    for fact in s.facts:
        parts = flat(fact.left)
        if not 2 <= len(parts) < len(factors):
            continue
        for left in instances(s, fact, t):
            rest = list(factors)
            for part in map(s.canonical, flat(left)):
                found = next((f for f in rest if s.canonical(f) == part), None)
                if found is None:
                    break
                rest.remove(found)
            else:
                narrowed = out & of_product(OF_FACT[fact.kind], s.sign(tm.mul(*rest)))
                if narrowed != out:
                    s.used.add(fact)
                    out = narrowed
    return out


def grouped(s: Signs, t: Term) -> Sign:
    """A sum of which some summands make up a fact: its sign plus that of the rest."""
    summands = [(a, s.canonical(a)) for a in t.args]
    for fact in s.facts:
        for left in instances(s, fact, t):
            whole = s.canonical(left)
            inside = [(a, p) for a, p in summands if p <= whole]
            rest = [a for a, p in summands if not p <= whole]
            if rest and len(whole) > 1 and plus(*[p for _, p in inside]) == whole:
                s.used.add(fact)
                return of_sum(OF_FACT[fact.kind], s.sign(tm.add(*rest)))
    return ANY


def collected(s: Signs, t: Term) -> Sign:
    """The sign of a sum whose like terms are collected, or of facts and what is left beside them."""
    mine = s.canonical(t)
    if len(mine) > MAX_COLLECTED:
        return ANY
    out = _beside_facts(s, mine, t, 2)
    if 1 in out and len(out) > 1 and of_polynomial(s, plus(mine, ONE)) <= POSITIVE and s.integer(t):
        out = out & NONNEGATIVE  # an integer above -1
    return out


def _beside_facts(s: Signs, p: Poly, t: Term, facts: int) -> Sign:
    """The sign of a polynomial by so many facts, each of which shares a term with it, and by the rest."""
    out = of_polynomial(s, p)
    if len(out) == 1 or not facts:
        return out
    minus = frozenset((m, -c) for m, c in p)
    for fact in s.facts:
        said = OF_FACT[fact.kind]
        if not said <= NONNEGATIVE:
            continue
        for left in instances(s, fact, t):
            known = s.canonical(left)
            for way, poly in ((1, p), (-1, minus)):
                if not known & poly:
                    continue
                rest = plus(poly, frozenset((m, -c) for m, c in known))
                found = of_sum(said, _beside_facts(s, rest, t, facts - 1))
                narrowed = out & frozenset(way * x for x in found)
                if narrowed != out:
                    s.used.add(fact)
                    out = narrowed
    return out


def of_polynomial(s: Signs, p: Poly) -> Sign:
    """The sign of a sum of monomials, from the signs of its atoms."""
    out = frozenset({0})
    leaned, lemmas = set(s.leaned), set(s.lemmas)
    for m, c in p:
        sign = frozenset({(c > 0) - (c < 0)})
        for atom, e in m:
            sign = of_product(sign, frozenset(x**e for x in _of_atom(s, atom)))
        out = of_sum(out, sign)
        if out == ANY:
            s.leaned, s.lemmas = leaned, lemmas
            break
    return out


def _of_atom(s: Signs, a: Atom) -> Sign:
    match a[0]:
        case "dim":
            return POSITIVE
        case "delta":
            return NONNEGATIVE
        case "var":
            s.leaned |= {a[1]} & s.declared.keys()
            return s.declared.get(a[1], ANY)
        case "sum":
            return of_sum(of_polynomial(s, a[2]), of_polynomial(s, a[2]))
        case "pow" if of_polynomial(s, a[1]) <= POSITIVE:
            return POSITIVE
        case "fn":
            s.lemmas |= {a[1]} & LEMMAS
            return HEADS.get(a[1], (ANY, ANY, ANY))[0]
    return ANY


def stated(s: Signs, t: Term) -> Sign:
    """What the facts say of t or of a positive multiple of t or -t."""
    out = ANY
    mine = s.canonical(t)
    for fact in s.facts:
        for left in instances(s, fact, t):
            ratio = s.ratio(mine, s.canonical(left))
            if ratio:
                said = OF_FACT[fact.kind]
                narrowed = out & (said if ratio > 0 else opposite(said))
                if narrowed != out:
                    s.used.add(fact)
                    out = narrowed
    return out


def ratio(s: Signs, p: Poly, q: Poly) -> Fraction | None:
    """The rational c with p = c m q for a product m of visibly positive atoms, if there is one."""
    if len(p) != len(q) or not p:
        return None
    (m1, one), *_ = p
    c1 = Fraction(one)
    mine = _merged(s, p, frozenset())
    for m2, c2 in q:
        factor = _positive_quotient(s, m1, m2)
        if factor is not None and _merged(s, q, factor, c1 / c2) == mine:
            return c1 / c2
    return None


def _merged(s: Signs, p: Poly, factor: Powers, by: Fraction = Fraction(1)) -> dict[Powers, Fraction]:
    """The coefficients of a polynomial times a monomial, by total exponents: x and (x^2)^(1/2) are one, and
    what is so twice counts twice."""
    out: dict[Powers, Fraction] = {}
    for m, c in p:
        powers = _times(s, m, factor)
        out[powers] = out.get(powers, Fraction(0)) + c * by
    return out


def _positive_quotient(s: Signs, m1: Monomial, m2: Monomial) -> Powers | None:
    left = _powers(s, m1)
    for a, e in _powers(s, m2).items():
        left[a] = left.get(a, 0) - e
    quotient = frozenset((a, e) for a, e in left.items() if e)
    return quotient if all(_positive_atom(s, a) for a, _ in quotient) else None


def _times(s: Signs, m: Monomial, factor: Powers) -> Powers:
    out = _powers(s, m)
    for a, e in factor:
        out[a] = out.get(a, 0) + e
    return frozenset((a, e) for a, e in out.items() if e)


def _powers(s: Signs, m: Monomial) -> dict[Atom, Coefficient]:
    """Total exponent of each base, rational powers of visibly positive atoms included: those of others
    do not add up, as (x^2)^(1/2) and x/x show."""
    out: dict[Atom, Coefficient] = {}
    for atom, e in m:
        base: Atom = atom
        power: Coefficient = e
        if atom[0] == "pow" and len(atom[1]) == 1:
            ((inner, c),) = atom[1]
            exponent = as_constant(atom[2])
            if exponent is not None and c == 1 and len(inner) == 1:
                ((within, k),) = inner
                if _positive_atom(s, within):
                    base, power = within, e * k * exponent
        out[base] = out.get(base, 0) + power
    return out


def _positive_atom(s: Signs, a: Atom) -> bool:
    return a[0] == "dim" or (a[0] == "var" and s.declared.get(a[1]) == POSITIVE) or a[:2] == ("fn", "exp")


def instances(s: Signs, fact: Fact, t: Term) -> Iterator[Term]:
    if not fact.pattern:
        yield fact.left
    elif len(fact.pattern) <= MAX_PATTERN:
        for values in proposals(s.canonical, fact.pattern, fact.left, t):
            steps = [v for v in values.values() if isinstance(v, Term)]
            if all(s.integer(v) and s.positive(v) for v in steps):
                yield put(fact.left, values)
