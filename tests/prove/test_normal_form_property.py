"""Random terms: canonical form and normal form keep the value, evaluated exactly at several sizes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from exact_terms import evaluate
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.prover.canonical import Canonical, TooLarge
from symcheck.prover.checker import check
from symcheck.prover.normalise import Normaliser, OutOfBudget
from symcheck.prover.recorder import Recorder
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

SIZES = ("n", "m")
FREE = (Index("i", "n"), Index("j", "n"), Index("k", "m"))
TENSORS = {"x": ("n",), "A": ("n", "n"), "B": ("n", "m"), "s": ()}


@st.composite
def terms(draw: st.DrawFn, scope: tuple[Index, ...] = FREE, depth: int = 4) -> Term:
    """A random rational term; binders may shadow each other's names on purpose."""
    leaf = depth == 0 or draw(st.integers(0, 5)) == 0
    if leaf:
        kind = draw(st.sampled_from(["num", "var", "var", "var", "delta", "dim", "ord", "step"]))
        if kind in ("ord", "step"):
            value = tm.value_of(draw(st.sampled_from(scope)))
            shifted = value + draw(st.integers(-2, 2))
            return value if kind == "ord" else tm.var("g", draw(st.sampled_from([shifted, 3 - value])))
        if kind == "num":
            return tm.num(Fraction(draw(st.integers(-3, 3)), draw(st.sampled_from([1, 2]))))
        if kind == "dim":
            return tm.dim(draw(st.sampled_from(SIZES)))
        if kind == "delta":
            size = draw(st.sampled_from(SIZES))
            choices = [v for v in scope if v.size == size]
            return tm.delta(draw(st.sampled_from(choices)), draw(st.sampled_from(choices)))
        name = draw(st.sampled_from(sorted(TENSORS)))
        axes = [draw(st.sampled_from([v for v in scope if v.size == size])) for size in TENSORS[name]]
        return tm.var(name, *axes)
    op = draw(st.sampled_from(["add", "mul", "mul", "pow", "sum", "sum", "d", "fold", "fold"]))
    if op == "fold":
        s = Index(draw(st.sampled_from(["u", "v", "s"])), tm.ENDLESS)
        inner = (*[v for v in scope if v.name != s.name], s)
        ends = [tm.dim("n"), tm.dim("m") - 1, tm.num(draw(st.integers(-1, 3))), 2 * tm.dim("n")]
        ends += [tm.value_of(v) for v in scope] + [tm.dim("n") + 1 - tm.value_of(scope[0])]
        join = draw(st.sampled_from(["sum", "sum", "prod"]))
        return tm.fold(join, s, draw(st.sampled_from(ends)), draw(terms(scope=inner, depth=depth - 1)))
    if op == "sum":
        binder = Index(draw(st.sampled_from(["u", "v", "w"])), draw(st.sampled_from(SIZES)))
        inner = (*[s for s in scope if s.name != binder.name], binder)
        return tm.sum_over(binder, draw(terms(scope=inner, depth=depth - 1)))
    if op == "pow":
        return tm.power(draw(terms(scope=scope, depth=depth - 1)), draw(st.integers(0, 2)))
    if op == "d":
        name = draw(st.sampled_from(["x", "s", "A"]))
        axes = [draw(st.sampled_from([v for v in scope if v.size == size])) for size in TENSORS[name]]
        return tm.partial(draw(terms(scope=scope, depth=depth - 1)), tm.var(name, *axes))
    parts = [draw(terms(scope=scope, depth=depth - 1)) for _ in range(2)]
    return tm.add(*parts) if op == "add" else tm.mul(*parts)


def _values(seed: int, sizes: dict[str, int]) -> dict[str, dict[tuple[int, ...], Fraction]]:
    out: dict[str, dict[tuple[int, ...], Fraction]] = {}
    for number, (name, axes) in enumerate(TENSORS.items()):
        keys = itertools.product(*[range(1, sizes[a] + 1) for a in axes])
        out[name] = {
            key: Fraction((seed * 37 + number * 11 + sum(q * (7 + r) for r, q in enumerate(key))) % 9 - 4)
            for key in keys
        }
    out["g"] = {(k,): Fraction((seed + 5 * k * k) % 7 - 3, 2) for k in range(-40, 60)}
    return out


def _points(seed: int) -> list[tuple[dict[str, int], Any, dict[Index, int]]]:
    out = []
    for n, m in ((1, 2), (2, 1), (3, 2)):
        sizes = {"n": n, "m": m}
        at = {FREE[0]: 1 + seed % n, FREE[1]: 1 + (seed // 2) % n, FREE[2]: 1 + (seed // 3) % m}
        out.append((sizes, _values(seed, sizes), at))
    return out


def _close(a: Any, b: Any, exact: bool) -> bool:
    return bool(a == b) if exact else bool(abs(a - b) < (1 + abs(a)) * Fraction(1, 10**9))


@settings(max_examples=500, deadline=None)
@given(terms(), st.integers(0, 1000), st.sampled_from(["none", "last", "first"]))
def test_normal_form_keeps_the_value_and_its_steps_replay(t: Term, seed: int, peel: str) -> None:
    recorder = Recorder()
    try:
        p, ref = Normaliser(Statement(t, t), recorder, 3_000, peel).norm(t)
        equation = recorder.finish(ref)
        check(Statement(t, p.term), equation)
    except (OutOfBudget, TooLarge):
        return
    nested = sum(s.op == "d" for s in tm.subterms(t))
    if nested > 3:
        return  # differences of differences lose all digits
    exact = not nested and not any(s.op == "fn" for s in tm.subterms(p.term))
    for sizes, values, at in _points(seed):
        before = evaluate(t, sizes, values, at, exact=exact)
        after = evaluate(p.term, sizes, values, at, exact=exact)
        assert _close(before, after, exact), (t, p.term)


@settings(max_examples=300, deadline=None)
@given(terms(depth=3), terms(depth=3), st.integers(0, 1000))
def test_terms_with_one_canonical_form_have_one_value(a: Term, b: Term, seed: int) -> None:
    """(a + b)^2 against its expansion, and a against b where they happen to agree."""
    same = Canonical()
    square, expanded = (a + b) ** 2, a * a + 2 * (b * a) + b * b
    try:
        assert same.same(square, expanded)
        agree = same.same(a, b)
    except TooLarge:
        return
    if agree:
        exact = not any(s.op == "d" for t in (a, b) for s in tm.subterms(t))
        for sizes, values, at in _points(seed):
            left, right = (evaluate(t, sizes, values, at, exact=exact) for t in (a, b))
            assert _close(left, right, exact), (a, b)


def test_many_random_forms_that_agree_by_chance_have_one_value() -> None:
    """All small products of two factors under two sums, compared pairwise: no two that the checker takes
    for the same differ in value."""
    same = Canonical()
    u, v = Index("u", "n"), Index("v", "n")
    leaves = [tm.var("x", q) for q in (u, v, FREE[0])]
    leaves += [tm.var("A", q, r) for q in (u, v, FREE[0]) for r in (u, v, FREE[1])]
    leaves += [tm.delta(u, v), tm.delta(u, FREE[0])]
    groups: dict[Any, list[Term]] = {}
    for f, g in itertools.product(leaves, repeat=2):
        for outer, inner in ((u, v), (v, u)):
            t = tm.sum_over(outer, tm.sum_over(inner, f * g))
            groups.setdefault(same(t), []).append(t)
    assert any(len(g) > 1 for g in groups.values())
    for members in groups.values():
        for sizes, values, at in _points(5):
            seen = {evaluate(t, sizes, values, at, exact=True) for t in members}
            assert len(seen) == 1, members
