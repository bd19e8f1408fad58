"""What is seen of the sign of a sum as a whole: beside 1, by a common factor or denominator, of integers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover.canonical import Poly
from symcheck.prover.sign_tables import ANY, HEADS, NONNEGATIVE, POSITIVE, Sign, of_product, opposite
from symcheck.terms import term as tm
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.signs import Signs


def beside_one(s: Signs, t: Term) -> Sign | None:
    """1 - head, 1 + head and 1 - delta."""
    if len(t.args) != 2:
        return None
    one, rest = sorted(t.args, key=lambda a: tm.number(a) != 1)
    if tm.number(one) != 1:
        less = next((k for k, a in enumerate(t.args) if tm.number(a) == -1), None)
        turned = None if less is None else beside_one(s, 1 - t.args[1 - less])
        return None if turned is None else opposite(turned)
    minus = rest.op == "mul" and len(rest.args) == 2 and tm.number(rest.args[0]) == -1
    inner = rest.args[1] if minus else rest
    if inner.op == "delta":
        return NONNEGATIVE if minus else POSITIVE
    if minus and inner.op in ("pow", "fold"):
        return _one_minus_power(s, inner)
    if inner.op == "fn":
        sign = HEADS.get(inner.args[0], (ANY, ANY, ANY))[1 if minus else 2]
        return sign if sign != ANY else None
    return None


def _one_minus_power(s: Signs, t: Term) -> Sign | None:
    """1 - u^e, and one minus a product of such u, for u from 0 to 1."""
    if t.op == "pow":
        u, count = t.args
    elif t.args[0] == "prod":
        _, _, count, u = t.args
    else:
        return None
    if not s.nonnegative(u):
        return None
    rest, times = s.sign(1 - u), s.sign(count)
    if rest <= POSITIVE and times <= POSITIVE:
        return POSITIVE
    return NONNEGATIVE if rest <= NONNEGATIVE and times <= NONNEGATIVE else None


def whole(s: Signs, t: Term) -> Sign:
    """A sum of whole numbers from the least that each can be: sizes and indices are at least 1."""
    p = s.canonical(t)
    least, most = _least(s, p), _least(s, frozenset((m, -c) for m, c in p))
    if least is not None and least >= 0:
        return POSITIVE if least > 0 else NONNEGATIVE
    if most is not None and most >= 0:
        return opposite(POSITIVE if most > 0 else NONNEGATIVE)
    return ANY


def _least(s: Signs, p: Poly) -> Fraction | None:
    """A number that a polynomial in sizes, indices and natural numbers cannot be less than."""
    parts = dict(p)
    for m, c in p:
        # an index is at most its size
        if c < 0 and len(m) == 1:
            ((atom, e),) = m
            if atom[0] == "ord" and e == 1 and atom[1].size != tm.ENDLESS:
                del parts[m]
                for n, d in s.canonical(tm.dim(atom[1].size)):
                    parts[n] = parts.get(n, Fraction(0)) + c * d
    out, leaned, integral = Fraction(0), set[str](), set[str]()
    for m, c in parts.items():
        least = Fraction(1)
        for atom, _ in m:
            if atom[0] in ("dim", "ord"):
                continue
            scalar = atom[0] == "var" and len(atom) == 2
            sign = s.declared.get(atom[1], ANY) if scalar else ANY
            if not sign <= NONNEGATIVE:
                return None
            leaned.add(atom[1])
            if sign <= POSITIVE and atom[1] in s.integers:
                integral.add(atom[1])
            else:
                least = Fraction(0)
        if m and c < 0:
            return None
        out += c * least
    s.leaned |= leaned
    s.integral |= integral
    return out


def log_difference(s: Signs, t: Term) -> Sign | None:
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
            if s.positive(a) and s.positive(b):
                return s.sign(a - b)
    return None


def content(s: Signs, t: Term, out: Sign) -> Sign:
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
    sign = s.sign(tm.add(*rest))
    for f, e in common.items():
        sign = of_product(sign, s._power(f, tm.num(e)))
    return out & sign


def over(s: Signs, t: Term) -> Sign:
    """A sum with a positive denominator: the sign of what stands over it."""
    for a in t.args:
        for f in flat(a):
            if f.op == "pow" and tm.number(f.args[1]) == -1 and s.positive(f.args[0]):
                above = [
                    tm.mul(*_without(flat(b), f)) if f in flat(b) else tm.mul(b, f.args[0]) for b in t.args
                ]
                return s.sign(tm.add(*above))
    return ANY


def flat(t: Term) -> list[Term]:
    return [f for a in t.args for f in flat(a)] if t.op == "mul" else [t]


def _without(factors: list[Term], f: Term) -> list[Term]:
    k = factors.index(f)
    return factors[:k] + factors[k + 1 :]


def _factors(t: Term) -> dict[Term, int]:
    out: dict[Term, int] = {}
    for base, n in _powers(t):
        if tm.number(base) is None:
            out[base] = out.get(base, 0) + n
    return out


def _coefficient(t: Term) -> Fraction:
    out = Fraction(1)
    for base, n in _powers(t):
        value = tm.number(base)
        if value is not None:
            out *= value**n
    return out


def _powers(t: Term) -> Iterator[tuple[Term, int]]:
    """The factors of a product, each as a base and a natural exponent."""
    for f in flat(t):
        e = tm.number(f.args[1]) if f.op == "pow" else None
        yield (f.args[0], int(e)) if e is not None and e.denominator == 1 and e > 0 else (f, 1)
