"""The visible sign of a term: which of -1, 0, 1 it can have, read off its structure and the facts.

``known`` may hold, for canonical polynomials, terms that have been shown equal to them: expansion hides
signs, and an equation with a form in which the sign shows is as good.

No search and no algebra beyond the sign rules: a term whose sign does not show has all three.  What is seen
of a sum as a whole is in ``sign_of_sums``, what facts and shown lines say in ``sign_by_facts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symcheck.prover import sign_by_facts, sign_of_sums
from symcheck.prover.canonical import Canonical, Poly, as_constant
from symcheck.prover.sign_tables import (
    ANY,
    FIRST,
    HEADS,
    KINKS,
    LEMMAS,
    NONNEGATIVE,
    NONZERO,
    POSITIVE,
    Sign,
    kink,
    of_product,
    of_sum,
    opposite,
)
from symcheck.terms import term as tm
from symcheck.terms.statement import STAIRS, Fact, Statement
from symcheck.terms.term import Term

Seen = dict[Term, tuple[Sign, set[Fact], set[str], set[str], set[str]]]
"""Signs that were found before, without shown lines, and on what each leaned."""


class Signs:
    """Signs under the facts of a statement.

    What queries leaned on is collected: facts in ``used``, declared signs in ``leaned``, symbols taken
    as integers in ``integral``, inequalities of analysis in ``lemmas``.  ``seen`` is shared by all who ask
    about the same statement."""

    def __init__(self, canonical: Canonical, goal: Statement, seen: Seen | None = None) -> None:
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
        self._seen = {} if seen is None else seen

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
        if self.known:
            return self._sign(t)
        found = self._seen.get(t)
        if found is None:
            before = self.used, self.leaned, self.integral, self.lemmas
            self.used, self.leaned, self.integral, self.lemmas = set(), set(), set(), set()
            try:
                sign = self._sign(t)
                found = self._seen[t] = sign, self.used, self.leaned, self.integral, self.lemmas
            finally:
                self.used, self.leaned, self.integral, self.lemmas = before
        sign, used, leaned, integral, lemmas = found
        self.used |= used
        self.leaned |= leaned
        self.integral |= integral
        self.lemmas |= lemmas
        return sign

    def _sign(self, t: Term) -> Sign:
        if t.op in ("add", "mul"):
            value = as_constant(self.canonical(t))
            if value is not None:
                return frozenset({(value > 0) - (value < 0)})
        out = self._structure(t)
        if len(out) > 1:
            out = sign_of_sums.content(self, t, out)
        if len(out) > 1:
            out = out & sign_by_facts.stated(self, t)
        if len(out) > 1 and t.op == "add":
            out = out & sign_of_sums.over(self, t)
        if len(out) > 1 and (t.op == "add" or (self.facts and t.op in ("var", "mul", "sum"))):
            out = out & sign_by_facts.collected(self, t)
        if len(out) > 1 and self.known:
            out = out & sign_by_facts.cited(self, t)
        return out

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
                    out = of_product(out, self.sign(a))
                return sign_by_facts.factored(self, t, self._even(t, out))
            case "sum":
                # summands that are not 0 may cancel
                each = self.sign(t.args[1])
                if each == NONNEGATIVE and self._some_summand(t):
                    return POSITIVE
                return of_sum(each, each)
            case "mean":
                # not 0 at each outcome: perhaps of either sign
                each = self.sign(t.args[0])
                return of_sum(each, each)
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
            return POSITIVE if sign <= POSITIVE else of_product(sign | {1}, sign | {1})
        if sign in (POSITIVE, opposite(POSITIVE)) and self.positive(high):
            return sign
        return sign | {0} if not {-1, 1} <= sign else ANY

    def _some_summand(self, t: Term) -> bool:
        """Whether one summand of a sum of nonnegative ones, that of an index at hand, is positive."""
        i, body = t.args
        at_hand = sorted(j for j in t.free if j.size == i.size)
        return any(
            self.sign(tm.rename(body, {i: j})) <= POSITIVE for j in at_hand[: sign_by_facts.MAX_PATTERN]
        )

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
            test, where = self.sign(args[0]), FIRST[name]
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
        special = sign_of_sums.beside_one(self, t) or sign_of_sums.log_difference(self, t)
        if special is not None:
            return special
        out = frozenset({0})
        for a in t.args:
            out = of_sum(out, self.sign(a))
            if out == ANY:
                out = sign_by_facts.grouped(self, t)
                break
        return out & sign_of_sums.whole(self, t) if len(out) > 1 else out

    def ratio(self, p: Poly, q: Poly) -> Fraction | None:
        """The rational c with p = c m q for a product m of visibly positive atoms, if there is one."""
        return sign_by_facts.ratio(self, p, q)
