"""The prover's normal forms: polynomials over atoms with rational exponents.

A monomial is a sorted tuple of (atom, exponent); the atoms are terms in normal form.  Negative and
fractional exponents are collected here, which the checker would not do by itself: every such step is
recorded as a line by ``normalise``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from weakref import WeakKeyDictionary

from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

Factor = tuple[Term, Fraction]
Monomial = tuple[Factor, ...]

_keys: WeakKeyDictionary[Term, str] = WeakKeyDictionary()


def index_key(i: Index) -> str:
    """A string that orders indices: opened ones (``~9``, ``~10``) by depth."""
    name = f"~{i.name[1:]:0>4}" if i.name.startswith("~") else i.name
    return f"{name}:{i.size}"


def key(t: Term) -> str:
    """A string that orders terms independently of how they were made."""
    found = _keys.get(t)
    if found is None:
        parts = [
            key(a) if isinstance(a, Term) else index_key(a) if isinstance(a, Index) else str(a)
            for a in t.args
        ]
        found = _keys[t] = f"{t.op}({' '.join(parts)})"
    return found


def monomial(factors: Iterable[Factor]) -> Monomial:
    return tuple(sorted(((a, e) for a, e in factors if e), key=lambda f: (key(f[0]), f[1])))


def factor_term(factor: Factor) -> Term:
    atom, e = factor
    return atom if e == 1 else tm.power(atom, e)


def product_term(factors: Iterable[Factor]) -> Term:
    return tm.mul(*[factor_term(f) for f in factors])


@dataclass(frozen=True)
class Poly:
    """Terms sorted by key, so that equal polynomials are equal tuples."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    @classmethod
    def of(cls, parts: Mapping[Monomial, Fraction]) -> Poly:
        order = sorted(((m, c) for m, c in parts.items() if c), key=lambda mc: mono_key(mc[0]))
        return cls(tuple(order))

    @property
    def term(self) -> Term:
        return tm.add(*[scaled(c, product_term(m)) for m, c in self.terms])

    @property
    def constant(self) -> Fraction | None:
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None


def mono_key(m: Monomial) -> tuple[tuple[str, Fraction], ...]:
    return tuple((key(a), e) for a, e in m)


def scaled(c: Fraction, t: Term) -> Term:
    if c == 1:
        return t
    if t is tm.ONE:
        return tm.num(c)
    return tm.mul(tm.num(c), *(t.args if t.op == "mul" else (t,)))


def plus(parts: Iterable[tuple[Fraction, Poly]]) -> Poly:
    """The linear combination of polynomials."""
    acc: dict[Monomial, Fraction] = {}
    for c, p in parts:
        for m, d in p.terms:
            acc[m] = acc.get(m, Fraction(0)) + c * d
    return Poly.of(acc)


def constant(c: Fraction | int) -> Poly:
    return Poly((((), Fraction(c)),)) if c else Poly(())


def natural(e: Fraction) -> bool:
    return e.denominator == 1 and e > 0


def content(p: Poly) -> dict[Term, Fraction]:
    """The factors that every term of ``p`` has, each with its smallest exponent (missing counts as 0)."""
    atoms = {a for m, _ in p.terms for a, _ in m}
    out = {}
    for a in sorted(atoms, key=key):
        least = min(dict(m).get(a, Fraction(0)) for m, _ in p.terms)
        if least:
            out[a] = least
    return out


def leading(p: Poly) -> tuple[Monomial, Fraction] | None:
    """The term by which a power of ``p`` is reduced: of highest degree, never a number or a size."""
    best = [
        (sum(e for _, e in m), mono_key(m), m, c)
        for m, c in p.terms
        if any(a.op != "dim" and not (a.op == "fn" and a.args == ("pi",)) for a, _ in m)
    ]
    if not best:
        return None
    _, _, m, c = max(best, key=lambda b: b[:2])
    return m, c


def divides(m: Iterable[Factor], into: Mapping[Term, Fraction]) -> bool:
    """Whether each factor of m is there with at least its exponent, on the same side of zero."""
    return all((into.get(a, Fraction(0)) >= e) if e > 0 else (into.get(a, Fraction(0)) <= e) for a, e in m)


def without(m: Iterable[Factor], part: Iterable[Factor]) -> list[Factor]:
    left = dict(m)
    for a, e in part:
        left[a] = left.get(a, Fraction(0)) - e
    return [(a, e) for a, e in left.items() if e]


def remaining(factors: Iterable[Factor], used: Iterable[Factor]) -> list[Factor]:
    """The entries that are left when those used are taken out, each once."""
    taken = list(used)
    out = []
    for f in factors:
        if f in taken:
            taken.remove(f)
        else:
            out.append(f)
    return out


def gathered(factors: Iterable[Factor]) -> dict[Term, Fraction]:
    """The total exponent of each atom."""
    powers: dict[Term, Fraction] = {}
    for a, e in factors:
        powers[a] = powers.get(a, Fraction(0)) + e
    return powers
