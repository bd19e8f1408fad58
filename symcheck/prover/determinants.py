"""Determinants: what a matrix is by the hypotheses decides which rule applies."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.polynomial import Factor, Poly
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser
    from symcheck.prover.products import Step

ONE = Fraction(1)
Terms = dict[str, tuple[tuple[Index, ...], Term]]


def _usable(n: Normaliser) -> Iterator[tuple[int, Fact]]:
    for rewrite in n.rewrites:
        if not n.frozen & (tm.names(rewrite.fact.left) | tm.names(rewrite.fact.right)):
            yield rewrite.number, rewrite.fact


def normal_det(n: Normaliser, t: Term) -> Normal:
    """The determinant of a matrix that a hypothesis says to be a product, the identity, ..."""
    name, size = t.args[1].args
    for number, fact in _usable(n):
        left = fact.left
        if left.op != "var" or left.args[0] != name or set(left.args[1:]) != set(fact.pattern):
            continue
        if len(fact.pattern) != 2:
            continue
        # the row is named before the column, so that a delta keeps the row
        fresh = sorted((tm.fresh_index(size), tm.fresh_index(size)), key=lambda i: i.name)
        to = dict(zip(left.args[1:], fresh, strict=True))
        left = tm.rename(left, to)
        line = n.recorder.fact(number, fact, to)
        with n.without_hypotheses():
            form, shown = n.norm(tm.rename(fact.right, to))
        evidence = n.recorder.chain(left, form.term, [line, shown])
        assert evidence is not None
        found = _by_form(n, t, left, form, size, evidence)
        if found is not None:
            return found
    return _inverse(n, t) or _kernel(n, t) or n.closed(t)


def _by_form(n: Normaliser, t: Term, left: Term, form: Poly, size: str, evidence: int) -> Normal | None:
    name, p, q = left.args
    indices, sizes = {"?i": p, "?j": q}, {"?n": size}
    whole: Terms = {"?C": ((), tm.array(name, size))}
    if len(form.terms) == 2:
        return _rank_one(n, t, form, indices, sizes, whole, evidence)
    if len(form.terms) != 1:
        return None
    ((m, c),) = form.terms
    if m == ((tm.delta(*sorted((p, q))), ONE),) and c == 1:
        subst = Substitution({"?A": ((), tm.array(name, size))}, indices, sizes)
        return n.rule(t, "det.identity", subst, [evidence])
    if len(m) != 1 or c != 1 or m[0][1] != 1:
        return _scaled(n, t, list(m), c, indices, sizes, whole, evidence)
    ((atom, _),) = m
    if atom.op == "var" and atom.args[1:] == (q, p) and atom.args[0] != name:
        other = {"?B": ((), tm.array(name, size)), "?A": ((), tm.array(atom.args[0], size))}
        return n.rule(t, "det.transpose", Substitution(other, indices, sizes), [evidence])
    pair = _product(atom, p, q)
    if pair is not None:
        rule, one, other_name = pair
        named = {"?A": ((), tm.array(one, size)), "?B": ((), tm.array(other_name, size))}
        return n.rule(t, rule, Substitution({**whole, **named}, indices, sizes), [evidence])
    return None


def _scaled(
    n: Normaliser,
    t: Term,
    m: list[Factor],
    c: Fraction,
    indices: dict[str, Index],
    sizes: dict[str, str],
    whole: Terms,
    evidence: int,
) -> Normal | None:
    """det(δ[i,j] f(i)) = Π f, and det(A[i,j] f(j)) = det A Π f."""
    p, q = indices["?i"], indices["?j"]
    for atom, e in m:
        rest = po.scaled(c, po.product_term(po.remaining(m, [(atom, e)])))
        if e == 1 and atom is tm.delta(*sorted((p, q))) and q not in rest.free:
            terms: Terms = {**whole, "f": ((p,), rest)}
            return n.rule(t, "det.diagonal", Substitution(terms, indices, sizes), [evidence])
        if e == 1 and atom.op == "var" and atom.args[1:] == (p, q) and p not in rest.free:
            terms = {**whole, "?A": ((), tm.array(atom.args[0], sizes["?n"])), "f": ((q,), rest)}
            return n.rule(t, "det.scaled_columns", Substitution(terms, indices, sizes), [evidence])
    return None


def _matrices(body: Term) -> list[tuple[Term, Term]]:
    """Two entries of matrices whose product ``body`` is, in either order."""
    if body.op != "mul" or len(body.args) != 2 or any(f.op != "var" or len(f.args) != 3 for f in body.args):
        return []
    one, other = body.args
    return [(one, other), (other, one)]


def _product(atom: Term, p: Index, q: Index) -> tuple[str, str, str] | None:
    """A rule and the names of A and B for an atom ``Σ_l A[p,l] B[l,q]`` or ``Σ_l A[p,l] B[q,l]``."""
    if atom.op != "sum" or atom.args[0].size != p.size:
        return None
    i, body = atom.args
    for one, other in _matrices(body):
        if one.args[1:] == (p, i) and other.args[1:] == (i, q):
            return "det.product", one.args[0], other.args[0]
        if one.args[1:] == (p, i) and other.args[1:] == (q, i):
            return "det.product_with_transpose", one.args[0], other.args[0]
    return None


def _rank_one(
    n: Normaliser,
    t: Term,
    form: Poly,
    indices: dict[str, Index],
    sizes: dict[str, str],
    whole: Terms,
    evidence: int,
) -> Normal | None:
    """det(I + u v^T) = 1 + v^T u."""
    p, q = indices["?i"], indices["?j"]
    identity = ((tm.delta(*sorted((p, q))), ONE),)
    rest = [(m, c) for m, c in form.terms if m != identity]
    if len(rest) != 1 or (identity, ONE) not in form.terms:
        return None
    ((m, c),) = rest
    row = [f for f in m if p in f[0].free]
    column = [f for f in m if p not in f[0].free]
    if any(q in f[0].free for f in row):
        return None
    functions = {"f": ((p,), po.product_term(row)), "g": ((q,), po.scaled(c, po.product_term(column)))}
    return n.rule(t, "det.rank_one", Substitution({**whole, **functions}, indices, sizes), [evidence])


def _pairs(
    n: Normaliser, transposed: tuple[bool, bool] = (False, False)
) -> Iterator[tuple[str, str, int, Fact]]:
    """Names A, B and the hypothesis ``Σ_l A[p,l] B[l,q] = δ[p,q]``; with A, or B, transposed."""
    for number, fact in _usable(n):
        if fact.right.op != "delta" or set(fact.right.args) != set(fact.pattern) or fact.left.op != "sum":
            continue
        inner, body = fact.left.args
        p, q = fact.pattern
        for first, second in ((p, q), (q, p)):
            for one, other in _matrices(body):
                left = (inner, first) if transposed[0] else (first, inner)
                right = (second, inner) if transposed[1] else (inner, second)
                if one.args[1:] == left and other.args[1:] == right:
                    yield one.args[0], other.args[0], number, _in_order(fact, first, second)


def _in_order(fact: Fact, first: Index, second: Index) -> Fact:
    """The same fact with its indices in the order in which they are rows and columns."""
    return Fact(fact.kind, fact.left, fact.right, (first, second))


def _evidence(n: Normaliser, number: int, fact: Fact) -> tuple[dict[str, Index], int]:
    p, q = fact.pattern
    return {"?i": p, "?j": q}, n.recorder.fact(number, fact, {})


def _inverse(n: Normaliser, t: Term) -> Normal | None:
    """det of the later named of two inverse matrices by that of the other, which is known not to be 0."""
    name, size = t.args[1].args
    for a, b, number, fact in _pairs(n):
        other = tm.array(a, size)
        if b == name and a < b and n.shows("nonzero", tm.fn("det", other)):
            indices, line = _evidence(n, number, fact)
            named = {"?A": ((), other), "?B": ((), t.args[1])}
            return n.rule(t, "det.of_inverse", Substitution(named, indices, {"?n": size}), [line])
    return None


def _kernel(n: Normaliser, t: Term) -> Normal | None:
    """det A = 0 for a matrix with A v = 0 for one of the vectors v of the hypotheses."""
    name, size = t.args[1].args
    vectors = {
        s.args[0]
        for f in n.statement.facts
        for side in (f.left, f.right)
        for s in tm.subterms(side)
        if s.op == "var" and len(s.args) == 2 and isinstance(s.args[1], Index) and s.args[1].size == size
    }
    for v in sorted(vectors):
        row, inner = tm.fresh_index(size), tm.fresh_index(size)
        if not n.shows("positive", n.norm(tm.sum_over(inner, tm.var(v, inner) ** 2))[0].term):
            continue
        applied = tm.sum_over(inner, tm.var(name, row, inner) * tm.var(v, inner))
        p, ref = n.norm(applied)
        if not p.terms:
            line = n.recorder.ring(applied, tm.ZERO) if ref is None else ref
            at = Index("p", size)
            subst = Substitution(
                {"?A": ((), t.args[1]), "f": ((at,), tm.var(v, at))}, {"?i": row}, {"?n": size}
            )
            return n.rule(t, "det.kernel", subst, [line])
    return None


def inverse_pair(n: Normaliser, factors: list[Factor]) -> Step | None:
    """det A det B = 1 for two matrices that are inverse to each other."""
    dets = {a.args[1].args[0]: (a, e) for a, e in factors if a.op == "fn" and a.args[0] == "det"}
    if len(dets) < 2:
        return None
    for a, b, number, fact in _pairs(n):
        if a in dets and b in dets and a != b and dets[a][1] == dets[b][1] == 1:
            indices, line = _evidence(n, number, fact)
            size = fact.pattern[0].size
            named = {"?A": ((), tm.array(a, size)), "?B": ((), tm.array(b, size))}
            new, ref = n.instance("det.inverse", Substitution(named, indices, {"?n": size}), [line])
            return [dets[a], dets[b]], new, ref
    return None


def orthogonal(n: Normaliser, factors: list[Factor]) -> Step | None:
    """det(A)^2 = 1 for orthonormal columns or rows."""
    powers = po.gathered(factors)
    for rule, transposed in (("det.columns", (True, False)), ("det.rows", (False, True))):
        for a, b, number, fact in _pairs(n, transposed):
            size = fact.pattern[0].size
            det = tm.fn("det", tm.array(a, size))
            e = powers.get(det, Fraction(0))
            if a != b or e < 2 or not po.natural(e):
                continue
            indices, line = _evidence(n, number, fact)
            subst = Substitution({"?A": ((), tm.array(a, size))}, indices, {"?n": size})
            new, ref = n.instance(rule, subst, [line])
            left = tm.power(det, e - 2)
            shown = n.recorder.within(tm.mul(tm.power(det, 2), left), tm.mul(new, left), [((0,), ref)])
            return [f for f in factors if f[0] is det], tm.mul(new, left), shown
    return None


def normal_slope(n: Normaliser, t: Term) -> Normal | None:
    """Jacobi's formula, with the inverse that a hypothesis names."""
    det, x = t.args
    name, size = det.args[1].args
    for a, b, number, fact in _pairs(n):
        if a == name:
            indices, line = _evidence(n, number, fact)
            row, column = Index("p", size), Index("q", size)
            terms = {"?A": ((), det.args[1]), "x": ((), x), "g": ((row, column), tm.var(b, row, column))}
            return n.rule(t, "diff.det", Substitution(terms, indices, {"?n": size}), [line])
    return None
