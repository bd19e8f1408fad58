"""The visible sign of a term: which of -1, 0, 1 it can have, read off its structure and the facts.

``known`` may hold, for canonical polynomials, terms that have been shown equal to them: expansion hides
signs, and an equation with a form in which the sign shows is as good.

No search and no algebra beyond the sign rules: a term whose sign does not show has all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from symcheck.prover.canonical import ONE, Atom, Canonical, Monomial, Poly, as_constant, plus
from symcheck.prover.steps import proposals, put
from symcheck.terms import term as tm
from symcheck.terms.statement import STAIRS, Fact, Statement
from symcheck.terms.term import Term

Sign = frozenset[int]
ANY: Sign = frozenset({-1, 0, 1})
POSITIVE: Sign = frozenset({1})
NONNEGATIVE: Sign = frozenset({0, 1})
NEGATIVE: Sign = frozenset({-1})
NONPOSITIVE: Sign = frozenset({-1, 0})
NONZERO: Sign = frozenset({-1, 1})

# head: (its sign, the sign of 1 - head, of 1 + head) where these do not depend on the argument
HEADS: Mapping[str, tuple[Sign, Sign, Sign]] = {
    "exp": (POSITIVE, ANY, POSITIVE),
    "sigmoid": (POSITIVE, POSITIVE, POSITIVE),
    "Phi": (POSITIVE, POSITIVE, POSITIVE),
    "normal_density": (POSITIVE, POSITIVE, POSITIVE),
    "softplus": (POSITIVE, ANY, POSITIVE),
    "MillsGap": (POSITIVE, ANY, POSITIVE),
    "ExpGap": (NONNEGATIVE, ANY, POSITIVE),
    "Frac": (NONNEGATIVE, POSITIVE, POSITIVE),
    "abs": (NONNEGATIVE, ANY, POSITIVE),
    "pi": (POSITIVE, frozenset({-1}), POSITIVE),
    "sign": (ANY, NONNEGATIVE, NONNEGATIVE),
    "cos": (ANY, NONNEGATIVE, NONNEGATIVE),
    "sin": (ANY, NONNEGATIVE, NONNEGATIVE),
    "tanh": (ANY, POSITIVE, POSITIVE),
    "erf": (ANY, POSITIVE, POSITIVE),
}
# heads whose sign is an inequality of analysis rather than of algebra: a proof that leans on one says so
LEMMAS = frozenset({"ExpGap", "MillsGap"})
_OF_FACT = {"positive": POSITIVE, "nonnegative": NONNEGATIVE, "nonzero": NONZERO}
# functions with a kink or a jump, where they have one
KINKS = frozenset({"max", "min", "abs", "sign", "if_positive", "if_nonnegative", "if_nonzero"})
_MAX_PATTERN = 3
_MAX_COLLECTED = 12
Powers = frozenset[tuple[Atom, Fraction]]


def _product(a: Sign, b: Sign) -> Sign:
    return frozenset(x * y for x in a for y in b)


def _plus(a: Sign, b: Sign) -> Sign:
    out: set[int] = set()
    for x in a:
        for y in b:
            out |= {x} if x == y else ANY if x * y < 0 else {x or y}
    return frozenset(out)


def _negative(a: Sign) -> Sign:
    return frozenset(-x for x in a)


# signs of the test with which a function picks its first branch
_FIRST = {"if_positive": POSITIVE, "if_nonnegative": NONNEGATIVE, "if_nonzero": NONZERO}


def kink(t: Term) -> Term:
    """What is 0 where a function of ``KINKS`` has its kink or jump."""
    head, *args = t.args
    return tm.sub(args[1], args[0]) if head in ("max", "min") else args[0]


class Signs:
    """Signs under the facts of a statement.

    What queries leaned on is collected: facts in ``used``, declared signs in ``leaned``, symbols taken
    as integers in ``integral``, inequalities of analysis in ``lemmas``."""

    def __init__(self, canonical: Canonical, goal: Statement) -> None:
        self.canonical = canonical
        self.declared: Mapping[str, Sign] = goal.signs
        self.integers = goal.integers
        self.facts = [f for f in goal.facts if f.kind != "equal"]
        self.used: set[Fact] = set()
        self.leaned: set[str] = set()
        self.integral: set[str] = set()
        self.lemmas: set[str] = set()
        self.known: dict[Poly, Term] = {}
        self.cited: set[Poly] = set()
        self._open: set[Poly] = set()

    def positive(self, t: Term) -> bool:
        return self.sign(t) <= POSITIVE

    def nonnegative(self, t: Term) -> bool:
        return self.sign(t) <= NONNEGATIVE

    def nonzero(self, t: Term) -> bool:
        return self.sign(t) <= NONZERO

    def integer(self, t: Term) -> bool:
        """Whether t is visibly an integer."""
        match t.op:
            case "num":
                return bool(t.args[0].denominator == 1)
            case "dim" | "delta" | "ord":
                return True
            case "pow":
                base, e = t.args
                return self.integer(base) and self.integer(e) and self.nonnegative(e)
            case "fold":
                return self.integer(t.args[3])
            case "fn":
                if t.args[0].startswith("if_"):
                    return all(map(self.integer, t.args[2:]))
                return t.args[0] == "floor"
            case "var":
                if t.args[0] in self.integers:
                    self.integral.add(t.args[0])
                return t.args[0] in self.integers
            case "add" | "mul":
                return all(map(self.integer, t.args))
            case "sum":
                return self.integer(t.args[1])
        return False

    def smooth(self, t: Term, by: str) -> bool:
        """Whether ``t`` is visibly differentiable in the entries of the tensor ``by``: no kink or jump in
        them, no root or logarithm at its edge."""
        if by not in tm.names(t):
            return True
        if t.op == "vec":
            return False  # not a number: an undefined function asks for its entries
        if t.op == "fn" and len(t.args) > 1 and t.args[1].op == "vec":
            return self.smooth(t.args[1].args[1], by) and all(self.smooth(c, by) for c in t.args[2:])
        if t.op == "mean" or (t.op == "fn" and (t.args[0] in tm.AVERAGES or t.args[0] in STAIRS)):
            return False
        if (t.op == "var" and t.children) or (t.op == "fold" and by in tm.names(t.args[2])):
            return t.args[0] == by and not any(by in tm.names(c) for c in t.children)
        if t.op == "pow":
            base, exponent = t.args
            e = tm.number(exponent)
            inside = self.smooth(base, by) and self.smooth(exponent, by)
            if e is not None and e.denominator == 1:
                return inside and (e >= 0 or self.nonzero(base))
            natural = by not in tm.names(exponent) and self.integer(exponent) and self.nonnegative(exponent)
            return inside and (natural or self.positive(base))
        if t.op == "fn" and t.args[0] in KINKS:
            # away from the kink, or with a test that does not move, so in one branch all around
            fixed = by not in tm.names(kink(t))
            return (fixed or self.nonzero(kink(t))) and all(self.smooth(c, by) for c in t.children)
        if t.op == "fn" and t.args[0] == "log" and not self.positive(t.args[1]):
            return False
        return all(self.smooth(c, by) for c in t.children)

    def sign(self, t: Term) -> Sign:
        if t.op in ("add", "mul"):
            value = as_constant(self.canonical(t))
            if value is not None:
                return frozenset({(value > 0) - (value < 0)})
        out = self._structure(t)
        if len(out) > 1:
            out = self._content(t, out)
        if len(out) > 1:
            out = out & self._fact(t)
        if len(out) > 1 and t.op == "add":
            out = out & self._over(t)
        if len(out) > 1 and (t.op == "add" or (self.facts and t.op in ("var", "mul", "sum"))):
            out = out & self._collected(t)
        if len(out) > 1 and self.known:
            out = out & self._cited(t)
        return out

    def _cited(self, t: Term) -> Sign:
        """The sign of a term that an earlier line shows to be equal to t, or to a multiple of it."""
        where, ratio = self.canonical(t), Fraction(1)
        if where not in self.known:
            found = ((p, self.ratio(where, p)) for p in self.known)
            where, ratio = next(((p, r) for p, r in found if r), (where, Fraction(0)))
        if not ratio or where in self._open:
            return ANY
        self._open.add(where)
        sign = self.sign(self.known[where])
        self._open.discard(where)
        if sign != ANY:
            self.cited.add(where)
        return sign if ratio > 0 else _negative(sign)

    def _structure(self, t: Term) -> Sign:
        match t.op:
            case "num":
                value: Fraction = t.args[0]
                return frozenset({(value > 0) - (value < 0)})
            case "dim" | "ord":
                return POSITIVE
            case "delta":
                return POSITIVE if t.args[0] == t.args[1] else NONNEGATIVE
            case "var":
                sign = self.declared.get(t.args[0], ANY)
                if sign != ANY:
                    self.leaned.add(t.args[0])
                return sign
            case "add":
                return self._add(t)
            case "mul":
                out = POSITIVE
                for a in t.args:
                    out = _product(out, self.sign(a))
                return self._factored(t, self._even(t, out))
            case "sum":
                # summands that are not 0 may cancel
                each = self.sign(t.args[1])
                if each == NONNEGATIVE and self._some_summand(t):
                    return POSITIVE
                return _plus(each, each)
            case "mean":
                # not 0 at each outcome: perhaps of either sign
                each = self.sign(t.args[0])
                return _plus(each, each)
            case "fold":
                return self._fold(t)
            case "pow":
                return self._power(t.args[0], t.args[1])
            case "fn":
                return self._head(t)
        return ANY

    def _fold(self, t: Term) -> Sign:
        """A sum of none is 0, a product of none is 1."""
        join, _, high, body = t.args
        sign = self.sign(body)
        if join == "prod":
            return POSITIVE if sign <= POSITIVE else _product(sign | {1}, sign | {1})
        if sign in (POSITIVE, _negative(POSITIVE)) and self.positive(high):
            return sign
        return sign | {0} if not {-1, 1} <= sign else ANY

    def _some_summand(self, t: Term) -> bool:
        """Whether one summand of a sum of nonnegative ones, that of an index at hand, is positive."""
        i, body = t.args
        at_hand = sorted(j for j in t.free if j.size == i.size)
        return any(self.sign(tm.rename(body, {i: j})) <= POSITIVE for j in at_hand[:_MAX_PATTERN])

    def _even(self, t: Term, out: Sign) -> Sign:
        """A product in which every canonical factor has an even power is a square."""
        if out <= NONNEGATIVE or -1 not in out:
            return out
        p = self.canonical(t)
        if len(p) == 1:
            ((m, c),) = p
            if c > 0 and m and all(e % 2 == 0 for _, e in m):
                return out & NONNEGATIVE
        return out

    def _factored(self, t: Term, out: Sign) -> Sign:
        """A product of which some factors make up a fact: its sign times that of the others."""
        if len(out) == 1:
            return out
        factors = _flat(t)
        for fact in self.facts:
            parts = _flat(fact.left)
            if not 2 <= len(parts) < len(factors):
                continue
            for left in self._instances(fact, t):
                rest = list(factors)
                for part in map(self.canonical, _flat(left)):
                    found = next((f for f in rest if self.canonical(f) == part), None)
                    if found is None:
                        break
                    rest.remove(found)
                else:
                    narrowed = out & _product(_OF_FACT[fact.kind], self.sign(tm.mul(*rest)))
                    if narrowed != out:
                        self.used.add(fact)
                        out = narrowed
        return out

    def _power(self, base: Term, exponent: Term) -> Sign:
        e = tm.number(exponent)
        sign = self.sign(base)
        if e is None:
            natural = sign <= NONNEGATIVE and self.integer(exponent) and self.nonnegative(exponent)
            return POSITIVE if sign <= POSITIVE else NONNEGATIVE if natural else ANY
        if e.denominator != 1:
            if not sign <= NONNEGATIVE:
                return ANY
            return sign if e > 0 else sign - {0} or ANY
        if e == 0:
            return POSITIVE
        if e < 0 and 0 in sign:
            return ANY
        return frozenset(x ** (2 if e % 2 == 0 else 1) for x in sign)

    def _head(self, t: Term) -> Sign:
        name, *args = t.args
        if name == "log" and self.positive(args[0]):
            return self.sign(args[0] - 1)
        if name in ("max", "min"):
            a, b = (self.sign(x) for x in args)
            pick = max if name == "max" else min
            return frozenset(pick(x, y) for x in a for y in b)
        if name.startswith("if_"):
            test, where = self.sign(args[0]), _FIRST[name]
            branches = [a for a, s in ((args[1], where), (args[2], ANY - where)) if test & s]
            return frozenset().union(*map(self.sign, branches))
        if name in LEMMAS:
            self.lemmas.add(name)
        if name in ("ExpGap", "abs") and self.nonzero(args[0]):
            return POSITIVE
        if name == "sin":
            return self._arc(args[0])
        if name == "floor" and self.nonnegative(args[0]):
            return NONNEGATIVE
        return HEADS.get(name, (ANY, ANY, ANY))[0]

    def _arc(self, angle: Term) -> Sign:
        """The sine between 0 and pi."""
        ends = self.sign(angle), self.sign(tm.fn("pi") - angle)
        if all(end <= POSITIVE for end in ends):
            return POSITIVE
        return NONNEGATIVE if all(end <= NONNEGATIVE for end in ends) else ANY

    def _add(self, t: Term) -> Sign:
        special = self._beside_one(t) or self._log_difference(t)
        if special is not None:
            return special
        out = frozenset({0})
        for a in t.args:
            out = _plus(out, self.sign(a))
            if out == ANY:
                out = self._grouped(t)
                break
        return out & self._whole(t) if len(out) > 1 else out

    def _grouped(self, t: Term) -> Sign:
        """A sum of which some summands make up a fact: its sign plus that of the rest."""
        summands = [(a, self.canonical(a)) for a in t.args]
        for fact in self.facts:
            for left in self._instances(fact, t):
                whole = self.canonical(left)
                inside = [(a, p) for a, p in summands if p <= whole]
                rest = [a for a, p in summands if not p <= whole]
                if rest and len(whole) > 1 and plus(*[p for _, p in inside]) == whole:
                    self.used.add(fact)
                    return _plus(_OF_FACT[fact.kind], self.sign(tm.add(*rest)))
        return ANY

    def _collected(self, t: Term) -> Sign:
        """The sign of a sum whose like terms are collected, or of facts and what is left beside them."""
        mine = self.canonical(t)
        if len(mine) > _MAX_COLLECTED:
            return ANY
        out = self._beside_facts(mine, t, 2)
        if 1 in out and len(out) > 1 and self._poly(plus(mine, ONE)) <= POSITIVE and self.integer(t):
            out = out & NONNEGATIVE  # an integer above -1
        return out

    def _beside_facts(self, p: Poly, t: Term, facts: int) -> Sign:
        """The sign of a polynomial by so many facts, each of which shares a term with it, and by the rest."""
        out = self._poly(p)
        if len(out) == 1 or not facts:
            return out
        minus = frozenset((m, -c) for m, c in p)
        for fact in self.facts:
            said = _OF_FACT[fact.kind]
            if not said <= NONNEGATIVE:
                continue
            for left in self._instances(fact, t):
                known = self.canonical(left)
                for way, poly in ((1, p), (-1, minus)):
                    if not known & poly:
                        continue
                    rest = plus(poly, frozenset((m, -c) for m, c in known))
                    found = _plus(said, self._beside_facts(rest, t, facts - 1))
                    narrowed = out & frozenset(way * x for x in found)
                    if narrowed != out:
                        self.used.add(fact)
                        out = narrowed
        return out

    def _poly(self, p: Poly) -> Sign:
        """The sign of a sum of monomials, from the signs of its atoms."""
        out = frozenset({0})
        leaned, lemmas = set(self.leaned), set(self.lemmas)
        for m, c in p:
            sign = frozenset({(c > 0) - (c < 0)})
            for atom, e in m:
                sign = _product(sign, frozenset(x**e for x in self._atom(atom)))
            out = _plus(out, sign)
            if out == ANY:
                self.leaned, self.lemmas = leaned, lemmas
                break
        return out

    def _atom(self, a: Atom) -> Sign:
        match a[0]:
            case "dim":
                return POSITIVE
            case "delta":
                return NONNEGATIVE
            case "var":
                self.leaned |= {a[1]} & self.declared.keys()
                return self.declared.get(a[1], ANY)
            case "sum":
                return _plus(self._poly(a[2]), self._poly(a[2]))
            case "pow" if self._poly(a[1]) <= POSITIVE:
                return POSITIVE
            case "fn":
                self.lemmas |= {a[1]} & LEMMAS
                return HEADS.get(a[1], (ANY, ANY, ANY))[0]
        return ANY

    def _beside_one(self, t: Term) -> Sign | None:
        """1 - head, 1 + head and 1 - delta."""
        if len(t.args) != 2:
            return None
        one, rest = sorted(t.args, key=lambda a: tm.number(a) != 1)
        if tm.number(one) != 1:
            less = next((k for k, a in enumerate(t.args) if tm.number(a) == -1), None)
            opposite = None if less is None else self._beside_one(1 - t.args[1 - less])
            return None if opposite is None else _negative(opposite)
        minus = rest.op == "mul" and len(rest.args) == 2 and tm.number(rest.args[0]) == -1
        inner = rest.args[1] if minus else rest
        if inner.op == "delta":
            return NONNEGATIVE if minus else POSITIVE
        if minus and inner.op in ("pow", "fold"):
            return self._one_minus_power(inner)
        if inner.op == "fn":
            sign = HEADS.get(inner.args[0], (ANY, ANY, ANY))[1 if minus else 2]
            return sign if sign != ANY else None
        return None

    def _one_minus_power(self, t: Term) -> Sign | None:
        """1 - u^e, and one minus a product of such u, for u from 0 to 1."""
        if t.op == "pow":
            u, count = t.args
        elif t.args[0] == "prod":
            _, _, count, u = t.args
        else:
            return None
        if not self.nonnegative(u):
            return None
        rest, times = self.sign(1 - u), self.sign(count)
        if rest <= POSITIVE and times <= POSITIVE:
            return POSITIVE
        return NONNEGATIVE if rest <= NONNEGATIVE and times <= NONNEGATIVE else None

    def _whole(self, t: Term) -> Sign:
        """A sum of whole numbers from the least that each can be: sizes and indices are at least 1."""
        p = self.canonical(t)
        least, most = self._least(p), self._least(frozenset((m, -c) for m, c in p))
        if least is not None and least >= 0:
            return POSITIVE if least > 0 else NONNEGATIVE
        if most is not None and most >= 0:
            return _negative(POSITIVE if most > 0 else NONNEGATIVE)
        return ANY

    def _least(self, p: Poly) -> Fraction | None:
        """A number that a polynomial in sizes, indices and natural numbers cannot be less than."""
        parts = dict(p)
        for m, c in p:
            # an index is at most its size
            if c < 0 and len(m) == 1:
                ((atom, e),) = m
                if atom[0] == "ord" and e == 1 and atom[1].size != tm.ENDLESS:
                    del parts[m]
                    for n, d in self.canonical(tm.dim(atom[1].size)):
                        parts[n] = parts.get(n, Fraction(0)) + c * d
        out, leaned, integral = Fraction(0), set[str](), set[str]()
        for m, c in parts.items():
            least = Fraction(1)
            for atom, _ in m:
                if atom[0] in ("dim", "ord"):
                    continue
                scalar = atom[0] == "var" and len(atom) == 2
                sign = self.declared.get(atom[1], ANY) if scalar else ANY
                if not sign <= NONNEGATIVE:
                    return None
                leaned.add(atom[1])
                if sign <= POSITIVE and atom[1] in self.integers:
                    integral.add(atom[1])
                else:
                    least = Fraction(0)
            if m and c < 0:
                return None
            out += c * least
        self.leaned |= leaned
        self.integral |= integral
        return out

    def _log_difference(self, t: Term) -> Sign | None:
        """log a - log b has the sign of a - b."""
        if len(t.args) != 2:
            return None
        for plus_, minus in (t.args, t.args[::-1]):
            if (
                plus_.op == "fn"
                and plus_.args[0] == "log"
                and minus.op == "mul"
                and len(minus.args) == 2
                and tm.number(minus.args[0]) == -1
                and minus.args[1].op == "fn"
                and minus.args[1].args[0] == "log"
            ):
                a, b = plus_.args[1], minus.args[1].args[1]
                if self.positive(a) and self.positive(b):
                    return self.sign(a - b)
        return None

    def _content(self, t: Term, out: Sign) -> Sign:
        """For a sum: the common factor times the rest; for both signs of what is common."""
        if t.op != "add" or len(t.args) > 8:
            return out
        factors = [dict(_factors(a)) for a in t.args]
        common = {f: min(d.get(f, 0) for d in factors) for f in factors[0]}
        common = {f: e for f, e in common.items() if e > 0}
        if not common:
            return out
        rest = []
        for a, powers in zip(t.args, factors, strict=True):
            left = [tm.power(f, e - common.get(f, 0)) if e - common.get(f, 0) != 1 else f
                    for f, e in powers.items() if e != common.get(f, 0)]  # fmt: skip
            rest.append(tm.mul(tm.num(_coefficient(a)), *left))
        sign = self.sign(tm.add(*rest))
        for f, e in common.items():
            sign = _product(sign, self._power(f, tm.num(e)))
        return out & sign

    def _over(self, t: Term) -> Sign:
        """A sum with a positive denominator: the sign of what stands over it."""
        for a in t.args:
            for f in _flat(a):
                if f.op == "pow" and tm.number(f.args[1]) == -1 and self.positive(f.args[0]):
                    above = [
                        tm.mul(*_without(_flat(b), f)) if f in _flat(b) else tm.mul(b, f.args[0])
                        for b in t.args
                    ]
                    return self.sign(tm.add(*above))
        return ANY

    def _fact(self, t: Term) -> Sign:
        """What the facts say of t or of a positive multiple of t or -t."""
        out = ANY
        mine = self.canonical(t)
        for fact in self.facts:
            for left in self._instances(fact, t):
                ratio = self.ratio(mine, self.canonical(left))
                if ratio:
                    said = _OF_FACT[fact.kind]
                    narrowed = out & (said if ratio > 0 else _negative(said))
                    if narrowed != out:
                        self.used.add(fact)
                        out = narrowed
        return out

    def ratio(self, p: Poly, q: Poly) -> Fraction | None:
        """The rational c with p = c m q for a product m of visibly positive atoms, if there is one."""
        if len(p) != len(q) or not p:
            return None
        (m1, one), *_ = p
        c1 = Fraction(one)
        for m2, c2 in q:
            factor = self._positive_quotient(m1, m2)
            if factor is None:
                continue
            scaled = {(self._times(m, factor), c * c1 / c2) for m, c in q}
            if scaled == {(self._times(m, frozenset()), c) for m, c in p}:
                return c1 / c2
        return None

    def _positive_quotient(self, m1: Monomial, m2: Monomial) -> Powers | None:
        left = self._powers(m1)
        for a, e in self._powers(m2).items():
            left[a] = left.get(a, Fraction(0)) - e
        quotient = frozenset((a, e) for a, e in left.items() if e)
        return quotient if all(self._positive_atom(a) for a, _ in quotient) else None

    def _times(self, m: Monomial, factor: Powers) -> Powers:
        out = self._powers(m)
        for a, e in factor:
            out[a] = out.get(a, Fraction(0)) + e
        return frozenset((a, e) for a, e in out.items() if e)

    def _powers(self, m: Monomial) -> dict[Atom, Fraction]:
        """Total exponent of each base, rational powers of visibly positive atoms included: those of others
        do not add up, as (x^2)^(1/2) and x/x show."""
        out: dict[Atom, Fraction] = {}
        for atom, e in m:
            base, power = atom, Fraction(e)
            if atom[0] == "pow" and len(atom[1]) == 1:
                ((inner, c),) = atom[1]
                exponent = as_constant(atom[2])
                if exponent is not None and c == 1 and len(inner) == 1:
                    ((within, k),) = inner
                    if self._positive_atom(within):
                        base, power = within, e * k * exponent
            out[base] = out.get(base, Fraction(0)) + power
        return out

    def _positive_atom(self, a: Atom) -> bool:
        return (
            a[0] == "dim" or (a[0] == "var" and self.declared.get(a[1]) == POSITIVE) or a[:2] == ("fn", "exp")
        )

    def _instances(self, fact: Fact, t: Term) -> Iterable[Term]:
        if not fact.pattern:
            yield fact.left
        elif len(fact.pattern) <= _MAX_PATTERN:
            for values in proposals(self.canonical, fact.pattern, fact.left, t):
                steps = [v for v in values.values() if isinstance(v, Term)]
                if all(self.integer(v) and self.positive(v) for v in steps):
                    yield put(fact.left, values)


def _flat(t: Term) -> list[Term]:
    return [f for a in t.args for f in _flat(a)] if t.op == "mul" else [t]


def _without(factors: list[Term], f: Term) -> list[Term]:
    k = factors.index(f)
    return factors[:k] + factors[k + 1 :]


def _factors(t: Term) -> dict[Term, int]:
    out: dict[Term, int] = {}
    for f in _flat(t):
        e = tm.number(f.args[1]) if f.op == "pow" else None
        base, n = (f.args[0], int(e)) if e is not None and e.denominator == 1 and e > 0 else (f, 1)
        if tm.number(base) is None:
            out[base] = out.get(base, 0) + n
    return out


def _coefficient(t: Term) -> Fraction:
    out = Fraction(1)
    for f in _flat(t):
        value = tm.number(f)
        if value is not None:
            out *= value
    return out
