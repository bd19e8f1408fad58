"""Products: expansion, collection of powers, deltas, hypotheses, and reduction of quotients."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import determinants, folds
from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.polynomial import Factor, Poly
from symcheck.prover.steps import Values, proposals, put
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser
    from symcheck.prover.recorder import Ref

ONE = Fraction(1)
MAX_PERMUTED = 4
Step = tuple[list[Factor], Term, "Ref"]
"""The factors that a step consumes, what replaces their product, and the line that says so."""


@dataclass(frozen=True)
class Rewrite:
    """A hypothesis ``left = right``, as the number of the equality fact and the fact.

    ``permutes``: the right side is the left one with its indices exchanged (a symmetric matrix); such a
    hypothesis is used only where it makes the product smaller."""

    number: int
    fact: Fact
    permutes: bool = False


def prepare(n: Normaliser) -> None:
    equalities = [f for f in n.statement.facts if f.kind == "equal"]
    with n.without_hypotheses():
        permutes = [_permutes(n, f) for f in equalities]
    n.rewrites = [Rewrite(k, f, p) for k, (f, p) in enumerate(zip(equalities, permutes, strict=True))]


def _permutes(n: Normaliser, fact: Fact) -> bool:
    if len(fact.pattern) > MAX_PERMUTED or fact.left is fact.right:
        return False
    (p, _), (q, _) = n.norm(fact.left), n.norm(fact.right)
    if len(p.terms) != 1 or len(q.terms) != 1:
        return False
    for order in itertools.permutations(fact.pattern):
        to = dict(zip(fact.pattern, order, strict=True))
        if all(i.size == j.size for i, j in to.items()) and n.norm(tm.rename(fact.left, to))[0] == q:
            return True
    return False


def normal_entry(n: Normaliser, t: Term) -> Normal:
    """An entry of a tensor; the step of a sequence is brought to normal form."""
    parts = [(k, n.norm(a)) for k, a in enumerate(t.args) if isinstance(a, Term)]
    new = tm.rebuild(t, [p.term for _, (p, _) in parts])
    line = n.recorder.within(t, new, [((k,), ref) for k, (_, ref) in parts])
    result, rest = n.closed(new)
    return result, n.recorder.chain(t, result.term, [line, rest])


def normal_mul(n: Normaliser, t: Term) -> Normal:
    parts = [n.norm(a) for a in t.args]
    uses = [((k,), ref) for k, (_, ref) in enumerate(parts)]
    pieces, results = [], []
    for choice in itertools.product(*[p.terms for p, _ in parts]):
        c = ONE
        factors: list[Factor] = []
        for m, d in choice:
            c *= d
            factors += m
        p, ref = normal_product(n, factors)
        pieces.append((po.scaled(c, tm.mul(po.product_term(factors))), c, ref, po.product_term(factors)))
        results.append((c, p))
    total = po.plus(results)
    return total, _combine(n, t, uses, pieces, total)


def _combine(
    n: Normaliser,
    t: Term,
    uses: Sequence[tuple[tuple[int, ...], Ref]],
    pieces: Sequence[tuple[Term, Fraction, Ref, Term]],
    total: Poly,
) -> Ref:
    """``t`` = sum of c * product = sum of c * normal form, as one or two lines."""
    expanded = tm.Term("add", *[tm.mul(tm.num(c), product) for _, c, _, product in pieces])
    first = n.recorder.within(t, expanded, uses)
    second = n.recorder.within(
        expanded, total.term, [((k, 1), ref) for k, (_, _, ref, _) in enumerate(pieces)]
    )
    return n.recorder.chain(t, total.term, [first, second])


def normal_product(n: Normaliser, factors: Sequence[Factor]) -> Normal:
    """The normal form of a product of powers of atoms."""
    lhs = po.product_term(factors)
    entries = _single_deltas(factors)
    for find in STEPS:
        step = find(n, entries)
        if step is not None:
            used, new, ref = step
            rest = [po.factor_term(f) for f in po.remaining(entries, used)]
            if not rest:
                return n.then(lhs, ref, new)
            grouped, replaced = tm.mul(po.product_term(used), *rest), tm.mul(new, *rest)
            return n.then(lhs, n.recorder.within(grouped, replaced, [((0,), ref)]), replaced)
    return Poly.of({po.monomial(_gathered(entries)): ONE}), None


def _gathered(factors: Sequence[Factor]) -> Iterator[Factor]:
    """Each atom once.  Powers that no law puts together (u and 1/u, where u may be 0) stand as they are:
    all but the natural ones become atoms of their own."""
    exponents: dict[Term, list[Fraction]] = {}
    for a, e in factors:
        exponents.setdefault(a, []).append(e)
    for a, found in exponents.items():
        if len(found) == 1 or all(map(po.natural, found)):
            yield a, sum(found, Fraction(0))
            continue
        yield a, sum((e for e in found if po.natural(e)), Fraction(0))
        for e, count in Counter(e for e in found if not po.natural(e)).items():
            yield tm.power(a, e), Fraction(count)


def _single_deltas(factors: Sequence[Factor]) -> list[Factor]:
    return [f for a, e in factors for f in ([(a, ONE)] * int(e) if a.op == "delta" else [(a, e)])]


def _same_base(n: Normaliser, factors: list[Factor]) -> Step | None:
    """u^r u^s = u^(r+s) where the exponents are not both natural."""
    for (a, r), (b, s) in itertools.combinations(factors, 2):
        if a is not b or (po.natural(r) and po.natural(s)):
            continue
        name = None
        if n.shows("positive", a):
            name = "pow.add"
        elif r > 0 and s > 0 and n.shows("nonnegative", a):
            name = "pow.add_nonnegative"
        elif r.denominator == s.denominator == 1 and n.shows("nonzero", a):
            name = "pow.add_int"
        if name is not None:
            _, ref = n.instance(name, plain(u=a, r=tm.num(r), s=tm.num(s)))
            total = r + s
            return [(a, r), (b, s)], tm.ONE if total == 0 else po.factor_term((a, total)), ref
    return None


def _multiplied_out(_: Normaliser, factors: list[Factor]) -> Step | None:
    """A natural power of a polynomial is expanded, which needs no line."""
    for a, e in factors:
        if a.op == "add" and po.natural(e):
            return [(a, e)], tm.Term("mul", *[a] * int(e)), None
    return None


def _rank(i: Index) -> tuple[int, str]:
    return (0 if i.constant else 2 if i.name.startswith("~") else 1, po.index_key(i))


def _delta(n: Normaliser, factors: list[Factor]) -> Step | None:
    """delta(i, i) = 1, and delta(i, j) f(i) = delta(i, j) f(j)."""
    for d, e in factors:
        if d.op != "delta":
            continue
        i, j = d.args
        if i == j:
            _, ref = n.instance("delta.same", Substitution(indices={"?i": i}))
            return [(d, e)], tm.ONE, ref
        if i.constant and j.constant:
            _, ref = n.instance("delta.distinct", Substitution(indices={"?i": i, "?j": j}))
            return [(d, e)], tm.ZERO, ref
        if n.shows("nonzero", tm.sub(tm.value_of(i), tm.value_of(j))):
            _, ref = n.instance("delta.apart", Substitution(indices={"?i": i, "?j": j}))
            return [(d, e)], tm.ZERO, ref
        keep, drop = sorted((i, j), key=_rank)
        body = po.product_term(po.remaining(factors, [(d, e)]))
        if drop in body.free:
            subst = Substitution({"f": ((drop,), body)}, {"?i": drop, "?j": keep})
            new, ref = n.instance("delta.substitute", subst)
            return factors, new, ref
    return None


def _squares(n: Normaliser, factors: list[Factor]) -> Step | None:
    """sin(a)^2 = 1 - cos(a)^2, |a|^2 = a^2 and, off 0, sign(a)^2 = 1."""
    for a, e in po.gathered(factors).items():
        rule = SQUARES.get(a.args[0]) if a.op == "fn" else None
        if rule == "sign.square" and not n.shows("nonzero", a.args[1]):
            continue
        if rule is not None and po.natural(e) and e >= 2:
            new, ref = n.instance(rule, plain(a=a.args[1]))
            left = tm.power(a, e - 2)
            line = n.recorder.within(tm.mul(tm.power(a, 2), left), tm.mul(new, left), [((0,), ref)])
            return [f for f in factors if f[0] is a], tm.mul(new, left), line
    return None


SQUARES = {"sin": "sin.square", "abs": "abs.square", "sign": "sign.square"}


def _splits(have: dict[Term, Fraction], part: Sequence[Factor]) -> bool:
    """Whether taking ``part`` out of ``have`` needs no law of powers."""
    return po.divides(part, have) and all(
        have[a] == e or (po.natural(have[a]) and po.natural(e)) for a, e in part
    )


def _beside(n: Normaliser, used: Term, new: Term, ref: Ref, rest: list[Factor]) -> tuple[Term, Ref]:
    """``used * rest`` rewritten to ``new * rest`` by ``ref``."""
    if not rest:
        return new, ref
    others = po.product_term(rest)
    replaced = tm.mul(new, others)
    return replaced, n.recorder.within(tm.mul(used, others), replaced, [((0,), ref)])


def _hypothesis(n: Normaliser, factors: list[Factor]) -> Step | None:
    """Rewrite by an equality among the facts, from its leading term to the rest."""
    have = po.gathered(factors)
    for rewrite in n.rewrites:
        fact = rewrite.fact
        if n.frozen & (tm.names(fact.left) | tm.names(fact.right)):
            continue
        for to in _instances(n, fact, factors):
            found = _apply(n, rewrite, to, have)
            if found is not None:
                return (factors, *found)
    return None


def _instances(n: Normaliser, fact: Fact, factors: list[Factor]) -> Iterator[Values]:
    if not fact.pattern:
        yield {}
        return
    for values in proposals(n.canonical, fact.pattern, fact.left, po.product_term(factors)):
        steps = [v for v in values.values() if isinstance(v, Term)]
        if all(n.shows("integer", v) and n.shows("positive", v) for v in steps):
            yield values


def _solvable(p: Poly) -> tuple[po.Monomial, Fraction] | None:
    """The term by which an equation p = const is used: the leading one, unless it stands inside another."""
    if len(p.terms) == 1:
        return p.terms[0]
    lead = po.leading(p)
    if lead is None or not _inside_others(p, lead[0]):
        return lead
    return next((t for t in p.terms if t[0] and not _inside_others(p, t[0])), lead)


def _inside_others(p: Poly, m: po.Monomial) -> bool:
    atoms = {a for a, _ in m}
    return any(s in atoms for other, _ in p.terms if other != m for a, _ in other for s in tm.subterms(a))


def _apply(
    n: Normaliser, rewrite: Rewrite, to: Values, have: dict[Term, Fraction]
) -> tuple[Term, Ref] | None:
    left, right = (put(s, to) for s in (rewrite.fact.left, rewrite.fact.right))
    with n.without_hypotheses():
        p, shown = n.norm(left)
        q = n.norm(right)[0] if rewrite.permutes else None
        # without inverses: u^-1 S - S = R for a sum S over a range is of use where S stands with u
        ranged = any(a.op == "fold" for m, _ in p.terms for a, _ in m)
        inverses = [(a, -e) for a, e in po.content(p).items() if ranged and e < 0 and e.denominator == 1]
        by = po.product_term(inverses)
        if inverses:
            p, shown = n.norm(by * left)
    lead = _solvable(p)
    if lead is None or not lead[0]:
        return None
    m, c = lead
    if q is not None and po.mono_key(q.terms[0][0]) >= po.mono_key(m):
        return None
    single = m[0][0] if len(m) == 1 and m[0][1] == 1 else None
    if not _splits(have, m) and single not in have:
        return None
    others = po.plus([(ONE, p), (-ONE, Poly(((m, c),)))]).term
    given: Ref = n.recorder.fact(rewrite.number, rewrite.fact, to)
    if inverses:
        given, right = n.recorder.within(by * left, by * right, [((1,), given)]), by * right
    ref = n.recorder.chain(p.term, right, [n.recorder.sym(shown), given])
    solved = [tm.add(tm.mul(tm.num(1 / c), side), tm.mul(tm.num(-1 / c), others)) for side in (p.term, right)]
    line = n.recorder.within(solved[0], solved[1], [((0, 1), ref)])
    if _splits(have, m):
        return _beside(n, po.product_term(m), solved[1], line, po.without(have.items(), m))
    # a negative or fractional power of what the hypothesis determines
    assert single is not None
    old, new = (tm.power(t, have[single]) for t in (single, solved[1]))
    inside = n.recorder.within(old, new, [((0,), line)])
    return _beside(n, old, new, inside, [f for f in have.items() if f[0] is not single])


def _quotient(n: Normaliser, factors: list[Factor]) -> Step | None:
    """Partial fractions: L (L + R)^e = (L + R)^(e+1) - R (L + R)^e for e < 0.

    L is the leading term of the base where that divides the other factors, or the number among its
    terms where an atom of all other terms stands with a negative exponent beside it."""
    have = po.gathered(factors)
    for base, e in have.items():
        if base.op != "add" or e >= 0:
            continue
        p, _ = n.norm(base)
        others = {a: x for a, x in have.items() if a is not base}
        chosen = po.leading(p)
        if chosen is None or not _splits(others, chosen[0]):
            chosen = _number_term(p, others)
        if chosen is None:
            continue
        positive = n.shows("positive", base)
        if not positive and not (e.denominator == 1 and n.shows("nonzero", base)):
            continue
        m, c = chosen
        left = po.scaled(c, po.product_term(m))
        right = po.plus([(ONE, p), (-ONE, Poly(((m, c),)))])
        name = "pow.reduce" if positive else "pow.reduce_int"
        new, ref = n.instance(name, plain(a=left, b=right.term, r=tm.num(e)))
        old, new = (tm.mul(tm.num(1 / c), side) for side in (left * tm.power(base, e), new))
        line = n.recorder.within(old, new, [((1,), ref)])
        rest = [po.factor_term(f) for f in po.without(others.items(), m)]
        _, shown = _beside(n, old, new, line, po.without(others.items(), m))
        # multiplied out here, so that the rest meets the new factors before these are put together again
        pieces = [tm.mul(tm.num(1 / c), tm.power(base, e + 1), *rest)]
        for m2, c2 in right.terms:
            factors2 = [po.factor_term(f) for f in m2]
            pieces.append(tm.mul(tm.num(-c2 / c), *factors2, tm.power(base, e), *rest))
        return factors, tm.add(*pieces), shown
    return None


def _number_term(p: Poly, others: dict[Term, Fraction]) -> tuple[po.Monomial, Fraction] | None:
    number = next(((m, c) for m, c in p.terms if not m), None)
    rest = [dict(m) for m, _ in p.terms if m]
    shared = [a for a in rest[0] if all(d.get(a, 0) > 0 for d in rest)] if rest else []
    return number if any(others.get(a, ONE) < 0 for a in shared) else None


def plain(**terms: Term) -> Substitution:
    """A substitution of metavariables without indices."""
    return Substitution(terms={name: ((), t) for name, t in terms.items()})


STEPS: tuple[Callable[[Normaliser, list[Factor]], Step | None], ...] = (
    _same_base,
    folds.same_power,
    _multiplied_out,
    _delta,
    _squares,
    determinants.inverse_pair,
    determinants.orthogonal,
    _hypothesis,
    _quotient,
)
