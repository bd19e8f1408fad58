"""Equations by normal forms, by cases where a branch is open, and summand by summand where it is open
under a sum."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

from symcheck.prover import polynomial as po
from symcheck.prover.canonical import Canonical
from symcheck.prover.denominators import cleared
from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds.absurd import Absurd
from symcheck.prover.kinds.cases import Cases, case_fact
from symcheck.prover.kinds.summed import Summed
from symcheck.prover.normalise import Normaliser
from symcheck.prover.polynomial import Factor, Poly, key
from symcheck.prover.recorder import Recorder
from symcheck.prover.search import Search
from symcheck.prover.sign_tables import KINKS
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

MAX_CASE_DEPTH = 4
MAX_SUMS = 3


def by_cases(
    goal: Statement,
    search: Search,
    depth: int = 0,
    sums: int = 0,
    *,
    peel: str = "none",
    steps: bool = False,
) -> Derivation | None:
    """Both sides have the same normal form, in each branch and for each summand that has to be looked at;
    ``peel``: what is taken off a range of integers; ``steps``: kinks are written as step functions."""
    recorder = Recorder()
    normal = Normaliser(goal, recorder, search.budget, peel, steps=steps)
    (p, left), (q, right) = normal.norm(goal.lhs), normal.norm(goal.rhs)
    if p == q:
        return recorder.finish(recorder.chain(goal.lhs, goal.rhs, [left, recorder.sym(right)]))
    common = cleared(normal, p, q)
    if common is not None:
        return recorder.finish(recorder.chain(goal.lhs, goal.rhs, [left, common, recorder.sym(right)]))
    search.reason = f"normal forms differ: {p.term} and {q.term}"
    branches = open_branches(goal, normal) if depth < MAX_CASE_DEPTH else []
    for on in branches[: 1 if depth else None]:
        found = split(goal, on, search, depth, lambda case, s, k: by_cases(case, s, k, sums, peel=peel))
        if found is not None:
            return found
    if not branches and not steps and sums < MAX_SUMS and any(on.free - goal.free for on in normal.stuck):
        return _summed(goal, po.plus([(Fraction(1), p), (Fraction(-1), q)]), search, depth, sums)
    return None


def open_branches(goal: Statement, normal: Normaliser) -> list[Term]:
    """The terms on whose sign a branch hangs, the simplest first."""
    return sorted((t for t in normal.stuck if not t.free - goal.free), key=lambda t: (len(key(t)), key(t)))


def split(
    goal: Statement,
    on: Term,
    search: Search,
    depth: int,
    prove: Callable[[Statement, Search, int], Derivation | None],
) -> Derivation | None:
    """A proof for each sign that ``on`` can have, by ``prove`` or because its facts contradict each other."""
    if tm.varying(on, goal.laws.random):
        search.reason = f"{on} may have another sign at each outcome"
        return None
    branches: dict[int, Derivation] = {}
    for sign in sorted(Signs(Canonical(), goal).sign(on)):
        case = goal.given(case_fact(on, sign))
        branch = _absurd(case, search) or prove(case, search, depth + 1)
        if branch is None:
            search.reason = f"in the case that {on} has sign {sign:+d}: {search.reason}"
            return None
        branches[sign] = branch
    return Cases(on, branches)


def _absurd(goal: Statement, search: Search) -> Derivation | None:
    """Something of which the facts say one sign, and its normal form shows another."""
    known = [f for f in goal.facts if not f.pattern]
    signed = [f.left for f in known if f.kind in ("positive", "nonnegative")]
    terms = [f.left for f in known if f.kind != "equal"]
    terms += [tm.add(a, b) for a, b in itertools.combinations(signed, 2)]
    recorder = Recorder()
    normal = Normaliser(goal, recorder, search.budget)
    for what in terms:
        p, ref = normal.norm(what)
        if not _signs_meet(goal, what, p.term):
            return Absurd(what, p.term, recorder.finish(ref))
    for number, fact in enumerate(f for f in goal.facts if f.kind == "equal"):
        if fact.pattern:
            continue
        recorder = Recorder()
        normal = Normaliser(goal, recorder, search.budget)
        normal.rewrites = [r for r in normal.rewrites if r.number != number]
        what = tm.sub(fact.left, fact.right)
        p, ref = normal.norm(what)
        if not _signs_meet(goal, p.term, tm.ZERO):
            gone = recorder.within(what, tm.ZERO, [((0,), recorder.fact(number, fact, {}))])
            line = recorder.chain(p.term, tm.ZERO, [recorder.sym(ref), gone])
            return Absurd(p.term, tm.ZERO, recorder.finish(line))
    return None


def _signs_meet(goal: Statement, a: Term, b: Term) -> bool:
    signs = Signs(Canonical(), goal)
    return bool(signs.sign(a) & signs.sign(b))


def _summed(goal: Statement, d: Poly, search: Search, depth: int, sums: int) -> Derivation | None:
    """The difference as one sum; its summand is 0."""
    reason = search.reason
    for size in sorted({a.args[0].size for m, _ in d.terms for a, _ in m if a.op == "sum"}):
        v = _new_index(goal, size)
        summand = tm.add(*[po.scaled(c, _under(list(m), v)) for m, c in d.terms])
        recorder = Recorder()
        normal = Normaliser(goal, recorder, search.budget)
        difference, whole = tm.sub(goal.lhs, goal.rhs), tm.sum_over(v, summand)
        (p, left), (q, right) = normal.norm(difference), normal.norm(whole)
        if p != q:
            continue
        outside = recorder.finish(recorder.chain(difference, whole, [left, recorder.sym(right)]))
        inside = by_cases(goal.equation(summand, tm.ZERO), search, depth, sums + 1)
        if inside is not None:
            return Summed(v, summand, outside, inside)
        reason = f"for each {v}: {search.reason}"
    search.reason = reason
    return None


def _under(m: list[Factor], v: Index) -> Term:
    """A term of the difference as the summand for v: one of its sums opened, or an equal share of it."""
    sums = [f for f in m if f[0].op == "sum" and f[0].args[0].size == v.size and f[1] == 1]
    if not sums:
        return tm.mul(po.product_term(m), tm.power(_size(v), -1))
    chosen = min(sums, key=lambda f: not _has_kink(f[0]))
    i, body = chosen[0].args
    return tm.mul(tm.rename(body, {i: v}), *[po.factor_term(f) for f in m if f is not chosen])


def _size(v: Index) -> Term:
    return tm.num(int(v.size)) if v.size.isdigit() else tm.dim(v.size)


def _has_kink(t: Term) -> bool:
    return any(s.op == "fn" and s.args[0] in KINKS for s in tm.subterms(t))


def _new_index(goal: Statement, size: str) -> Index:
    """An index named unlike any of the goal."""
    taken = {
        a.name for t in (goal.lhs, goal.rhs) for s in tm.subterms(t) for a in s.args if isinstance(a, Index)
    }
    taken |= {i.name for i in goal.free} | {i.name for f in goal.facts for i in f.pattern}
    names = (f"v{k}" for k in itertools.count(1))
    return Index(next(name for name in names if name not in taken), size)
