"""When the checker takes two terms for the same: what needs no rule.

Terms are compared as polynomials with rational coefficients in *atoms*, after

* the laws of a commutative ring, with natural powers multiplied out,
* linearity of sums, derivatives and expectations over the rationals, and
  ``sum_i c f(i) = c sum_i f(i)`` for c without i,
* renaming of bound indices and symmetry of Kronecker's delta.

Sums over an integer range are linear like those over an axis; products over one are only renamed.

A polynomial is a frozenset of (monomial, coefficient), a monomial a frozenset of (atom, power > 0), so
neither order nor grouping can matter.  Nothing else is assumed: an inverse or a function of a
polynomial is an atom.  This module shares no code with the prover's normal form.

Whole coefficients are kept as ``int``, which compare and hash like the ``Fraction`` of their value and are
ten times as fast.  Whoever divides coefficients makes a ``Fraction`` of one first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from symcheck.terms.term import Index, Term

Atom = tuple[Any, ...]
Monomial = frozenset[tuple[Atom, int]]
Coefficient = int | Fraction
Poly = frozenset[tuple[Monomial, Coefficient]]

UNIT: Monomial = frozenset()
ZERO: Poly = frozenset()
ONE: Poly = frozenset({(UNIT, 1)})
MAX_TERMS = 20_000
_BINDERS = {"sum": 1, "fold": 2, "vec": 1}  # where an atom of this kind has its bound index; its body follows
BOUND = "\0"  # begins the names of canonical bound indices; no well-formed term has it


class TooLarge(Exception):
    """A polynomial that would not fit: the step is refused, not believed."""


def constant(value: Fraction) -> Poly:
    return _poly({UNIT: value})


def as_constant(p: Poly) -> Fraction | None:
    """The value of a constant polynomial, else None."""
    if not p:
        return Fraction(0)
    if len(p) == 1:
        ((m, c),) = p
        if not m:
            return Fraction(c)
    return None


def _poly(parts: Mapping[Monomial, Coefficient]) -> Poly:
    for c in parts.values():
        if type(c) is not int or not c:
            return frozenset([(m, c if c.denominator != 1 else c.numerator) for m, c in parts.items() if c])
    return frozenset(parts.items())


def plus(*ps: Poly) -> Poly:
    acc: dict[Monomial, Coefficient] = {}
    for p in ps:
        for m, c in p:
            acc[m] = acc.get(m, 0) + c
    return _poly(acc)


def times(p: Poly, q: Poly) -> Poly:
    if len(p) * len(q) > MAX_TERMS:
        raise TooLarge(f"{len(p)} x {len(q)} terms")
    if p == ONE or q == ONE:
        return q if p == ONE else p
    acc: dict[Monomial, Coefficient] = {}
    for m1, c1 in p:
        for m2, c2 in q:
            m = m1 if not m2 else m2 if not m1 else _product(m1, m2)
            acc[m] = acc.get(m, 0) + c1 * c2
    return _poly(acc)


def product(ps: Sequence[Poly]) -> Poly:
    powers: dict[Atom, int] = {}
    value: Coefficient = 1
    rest = []
    for p in ps:
        if len(p) != 1:
            rest.append(p)
            continue
        for m, c in p:
            value *= c
            for a, e in m:
                powers[a] = powers.get(a, 0) + e
    out = _poly({frozenset(powers.items()): value})
    for p in rest:
        out = times(out, p)
    return out


def _product(m1: Monomial, m2: Monomial) -> Monomial:
    powers = dict(m1)
    for a, e in m2:
        powers[a] = powers.get(a, 0) + e
    return frozenset(powers.items())


def natural_power(p: Poly, n: int) -> Poly:
    out = ONE
    for _ in range(n):
        out = times(out, p)
    return out


def atom_monomial(atom: Atom) -> Monomial:
    return frozenset({(atom, 1)})


def atom_poly(atom: Atom) -> Poly:
    return frozenset({(atom_monomial(atom), 1)})


class Canonical:
    """Canonical polynomials of terms, each worked out once."""

    def __init__(self) -> None:
        self._polys: dict[Term, Poly] = {}
        self._free: dict[Atom, frozenset[Index]] = {}
        self._height: dict[Atom, int] = {}

    def same(self, a: Term, b: Term) -> bool:
        return a is b or self(a) == self(b)

    def __call__(self, t: Term) -> Poly:
        found = self._polys.get(t)
        if found is None:
            found = self._polys[t] = self._compute(t)
        return found

    def _compute(self, t: Term) -> Poly:
        match t.op:
            case "var":
                return atom_poly(("var", *[self(a) if isinstance(a, Term) else a for a in t.args]))
            case "num":
                return constant(t.args[0])
            case "add":
                return plus(*self._each(t.args))
            case "mul":
                return product(self._each(t.args))
            case "pow":
                return self._power(self(t.args[0]), self(t.args[1]))
            case "sum":
                return self._sum(t.args[0], self(t.args[1]))
            case "fn":
                return atom_poly(("fn", t.args[0], *map(self, t.args[1:])))
            case "delta":
                return atom_poly(("delta", frozenset(t.args)))
            case "mean":
                return _poly({atom_monomial(("mean", frozenset({(m, 1)}))): c for m, c in self(t.args[0])})
            case "d":
                return self._derivative(self(t.args[0]), self(t.args[1]))
            case "fold":
                return self._fold(*t.args)
            case "vec":
                return atom_poly(self._bound(t.args[0], self(t.args[1]), ("vec",), ()))
            case "ord" if t.args[0].constant:
                return constant(Fraction(int(t.args[0].name[1:])))
            case "dim" | "meta" | "ord" | "array":
                return atom_poly((t.op, *t.args))
        raise AssertionError(t.op)

    def _each(self, terms: tuple[Term, ...]) -> list[Poly]:
        known = self._polys
        return [known.get(t) or self(t) for t in terms]

    def _power(self, base: Poly, exponent: Poly) -> Poly:
        e, b = as_constant(exponent), as_constant(base)
        if e is not None and e.denominator == 1:
            if e >= 0:
                return natural_power(base, int(e))
            if b:
                return constant(b ** int(e))
        return atom_poly(("pow", base, exponent))

    def _sum(
        self, i: Index, body: Poly, head: tuple[Any, ...] = ("sum",), high: tuple[Poly, ...] = ()
    ) -> Poly:
        acc: dict[Monomial, Coefficient] = {}
        for m, c in body:
            inside = frozenset([(a, e) for a, e in m if i in self.free(a)])
            atom = self._bound(i, frozenset({(inside, 1)}), head, high)
            outer = _product(m - inside, atom_monomial(atom)) if len(inside) < len(m) else atom_monomial(atom)
            acc[outer] = acc.get(outer, 0) + c
        return _poly(acc)

    def _bound(self, i: Index, body: Poly, head: tuple[Any, ...], high: tuple[Poly, ...]) -> Atom:
        """The atom of a binder, its index named by the height of what it binds."""
        height = 1 + max([self.height(a) for m, _ in body for a, _ in m], default=0)
        bound = Index(f"{BOUND}{height}", i.size)
        return (*head, bound, self._rename_poly(body, {i: bound}), *high)

    def _fold(self, join: str, i: Index, high: Term, body: Term) -> Poly:
        head, end, inside = ("fold", join), self(high), self(body)
        if join == "sum":
            return self._sum(i, inside, head, (end,))
        return atom_poly(self._bound(i, inside, head, (end,)))

    def _derivative(self, body: Poly, by: Poly) -> Poly:
        return _poly({frozenset({(("d", frozenset({(m, 1)}), by), 1)}): c for m, c in body})

    def free(self, atom: Atom) -> frozenset[Index]:
        """Free indices of an atom."""
        found = self._free.get(atom)
        if found is None:
            out: set[Index] = set()
            place = _BINDERS.get(atom[0])
            if place is not None:
                bound, body, *high = atom[place:]
                out = set(self.free_poly(body)) - {bound}
                for p in high:
                    out |= self.free_poly(p)
            else:
                for a in atom[1:]:
                    if isinstance(a, Index):
                        out.add(a)
                    elif isinstance(a, frozenset):
                        out |= a if atom[0] == "delta" else self.free_poly(a)
            found = self._free[atom] = frozenset(i for i in out if not i.constant)
        return found

    def free_poly(self, p: Poly) -> frozenset[Index]:
        return frozenset().union(*[self.free(a) for m, _ in p for a, _ in m])

    def height(self, atom: Atom) -> int:
        """Number of binders nested in each other within an atom."""
        found = self._height.get(atom)
        if found is None:
            inner = [
                self.height(x)
                for p in atom[1:]
                if isinstance(p, frozenset) and atom[0] != "delta"
                for m, _ in p
                for x, _ in m
            ]
            found = self._height[atom] = max(inner, default=0) + (atom[0] in _BINDERS)
        return found

    def _rename_poly(self, p: Poly, to: Mapping[Index, Index]) -> Poly:
        acc: dict[Monomial, Coefficient] = {}
        for m, c in p:
            powers: dict[Atom, int] = {}
            for a, e in m:
                new = self._rename_atom(a, to)
                powers[new] = powers.get(new, 0) + e
            key = frozenset(powers.items())
            acc[key] = acc.get(key, 0) + c
        return _poly(acc)

    def _rename_atom(self, atom: Atom, to: Mapping[Index, Index]) -> Atom:
        if self.free(atom).isdisjoint(to):
            return atom
        if atom[0] == "delta":
            return ("delta", frozenset(to.get(i, i) for i in atom[1]))
        out = [
            to.get(a, a)
            if isinstance(a, Index)
            else self._rename_poly(a, to)
            if isinstance(a, frozenset)
            else a
            for a in atom
        ]
        return tuple(out)
