"""Every rule is an equation between numbers: each is evaluated at random points of its domain."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import mpmath as mp
import pytest
from exact_terms import evaluate
from matrix_cases import matrix_case
from random_laws import FREE, LAWS, averaged

from symcheck.prover.chance import CONDITIONS
from symcheck.prover.derivation import Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.range_rules import RANGES
from symcheck.prover.rule import Rule
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

SIZES = {"n": 3, "m": 2, **{f"n{q}": 2 for q in range(5)}}
I, J, K = Index("i", "n"), Index("j", "n"), Index("k", "m")  # noqa: E741
ROUNDS = 30


def _metas(rule: Rule) -> set[str]:
    patterns = [rule.lhs, rule.rhs, *(t for c in rule.conditions for t in c.of if isinstance(t, Term))]
    return {s.args[0] for p in patterns for s in tm.subterms(p) if s.op == "meta"}


def _substitution(
    rule: Rule, rng: random.Random
) -> tuple[Substitution, dict[str, dict[tuple[int, ...], Fraction]]]:
    """Random values for the metavariables: functions of x where a rule differentiates by x."""
    if rule.name.startswith("det.") or rule.name == "diff.det":
        return matrix_case(rule.name, rng)

    def number() -> Fraction:
        return Fraction(rng.randint(-12, 12), rng.randint(1, 5))

    values = {"x": {(): number()}, "y": {(q,): number() for q in (1, 2, 3)},
              "Y": {(q, r): number() for q in (1, 2, 3) for r in (1, 2)}}  # fmt: skip
    x, y = tm.var("x"), tm.var("y", I)
    differential = any(c.kind == "variable" for c in rule.conditions)
    options = [tm.num(number()), x * x + tm.num(number()), tm.num(number()) * x, x] if differential else [
        tm.num(number()), tm.num(rng.choice([-2, -1, 1, 2])), y]  # fmt: skip
    terms: dict[str, tuple[tuple[Index, ...], Term]] = {}
    for name in sorted(_metas(rule)):
        if rule.name in RANGE_RULES:
            terms[name] = _over_range(rule, name, rng, values)
        elif name == "f":
            arity = max(len(s.args) - 1 for s in tm.subterms(rule.lhs) if s.op == "meta" and s.args[0] == "f")
            at = (Index("p", "n"), Index("q", "m"))[:arity]
            body = tm.var("Y", *at) if arity == 2 else tm.var("y", *at) * (x if differential else tm.ONE)
            terms["f"] = (at, body)
        elif name == "x":
            terms["x"] = ((), x)
        elif name in ("r", "s"):
            terms[name] = (
                (),
                tm.num(rng.choice([Fraction(k) for k in range(-3, 4)] + [Fraction(1, 2), Fraction(-3, 2)])),
            )
        else:
            terms[name] = ((), rng.choice(options))
    if rule.name.startswith(("mean.", "def.Variance", "def.Covariance")):
        return averaged(rule.name, rng), values
    if rule.name.startswith("diff.step"):
        rank = int(rule.name[-1])
        values["T"] = {(k, *key): number() for k in range(-3, 6) for key in _keys(rank)}
        terms["?x"] = ((), tm.var("T", tm.num(1), *[Index(f"j{q}", f"n{q}") for q in range(rank)]))
        indices = {f"?{a}{q}": Index(f"{a}{q}", f"n{q}") for a in "ij" for q in range(rank)}
        return Substitution(terms, indices), values
    if rule.name.startswith("diff.entry"):
        rank = int(rule.name[-1])
        values["T"] = {k: number() for k in _keys(rank)}
        terms["?x"] = ((), tm.var("T", *[Index(f"j{q}", f"n{q}") for q in range(rank)]))
        indices = {f"?{a}{q}": Index(f"{a}{q}", f"n{q}") for a in "ij" for q in range(rank)}
        return Substitution(terms, indices), values
    indices = {"?i": I, "?j": J, "?k": K}
    if rule.name in RANGE_RULES:
        return Substitution(terms, {"?i": I, "?s": Index("s", tm.ENDLESS)}, {"?n": "n"}), values
    if rule.name.startswith(("diff.field", "field.")):
        k = Index("p", "n")
        terms["u"] = ((k,), tm.var("y", k) * x**2 + tm.var("y", k) * x)
        where = {"?o0": Index("q", "m"), "?s0": I, "?s1": J}
        return Substitution(terms, where, {"?m": "n"}, {"?f": "g"}), values
    if rule.name == "diff.function":
        return Substitution(terms, functions={"?f": "sin"}), values
    if rule.name == "delta.distinct":
        indices = {"?i": Index("#1", "n"), "?j": Index("#2", "n")}
    return Substitution(terms, indices, {"?n": "n", "?m": "m"}), values


def _over_range(
    rule: Rule, name: str, rng: random.Random, values: dict[str, dict[tuple[int, ...], Fraction]]
) -> tuple[tuple[Index, ...], Term]:
    """Integers for ends of ranges and exponents, entries of a sequence for functions of an integer."""
    uses = [m for m in tm.subterms(rule.lhs) if m.op == "meta" and m.args[0] == name and len(m.args) > 1]
    if not uses:
        if name in ("u", "x"):
            return (), tm.var("x") if name == "x" else tm.num(Fraction(rng.randint(-6, 6), 2))
        return (), tm.num(rng.randint(-2, 4))
    sequence, scale = name.upper(), tm.num(Fraction(rng.randint(-4, 4), 3))
    at: list[Index] = []
    where: list[Index | Term] = []
    for k, a in enumerate(uses[0].args[1:]):
        axis = isinstance(a, Index) and a.size != tm.ENDLESS
        at.append(Index(f"q{k}", "n" if axis else tm.ENDLESS))
        where.append(at[-1] if axis else tm.value_of(at[-1]))
    low = 1 if any(c.kind == "positive" and len(c.of) > 1 for c in rule.conditions) else -9
    grid = itertools.product(range(-9, 14), repeat=len(at))
    values[sequence] = {key: Fraction(rng.randint(low, 9), 3) for key in grid}
    body = tm.var(sequence, *where)
    if any(c.kind == "variable" for c in rule.conditions):
        return tuple(at), body * tm.var("x") ** 2 + scale * tm.var("x")
    numbers = [w for w in where if isinstance(w, Term)]
    return tuple(at), body + scale * numbers[0] if numbers and low < 0 else body


RANGE_RULES = {rule.name for rule in RANGES}


def _keys(rank: int) -> list[tuple[int, ...]]:
    out: list[tuple[int, ...]] = [()]
    for _ in range(rank):
        out = [(*k, v) for k in out for v in (1, 2)]
    return out


def _admissible(rule: Rule, subst: Substitution, values: dict, at: dict[Index, int]) -> bool:
    for c in rule.conditions:
        if c.kind in ("variable", "distinct", "undefined", "smooth", *CONDITIONS):
            continue
        terms = [instantiate(t, subst) for t in c.of if isinstance(t, Term)]
        if c.kind == "holds":
            chosen = [subst.indices[i.name] for i in c.of if isinstance(i, Index)]
            for where in itertools.product((1, 2, 3), repeat=len(chosen)):
                there = {**at, **dict(zip(chosen, where, strict=True))}
                left, right = (evaluate(t, SIZES, values, there) for t in terms)
                assert abs(left - right) < mp.mpf(10) ** -40, rule.name
            continue
        if c.kind == "free_of":
            if "x" in tm.names(terms[0]):
                return False
            continue
        if any(isinstance(evaluate(t, SIZES, values, at), mp.mpc) for t in terms):
            return False
        v = evaluate(terms[0], SIZES, values, at)
        integral = v == int(v)
        ok = {"positive": v > 0, "nonnegative": v >= 0, "nonzero": v != 0, "integer": integral,
              "natural": integral and v >= 0}[c.kind]  # fmt: skip
        if not ok:
            return False
    return True


def effective_points(rule: Rule, seed: int = 0) -> int:
    """Evaluate both sides of ``rule``; returns how many points counted.  Fails on a difference."""
    rng = random.Random(seed)
    done = 0
    for _ in range(ROUNDS * 20):
        if done == ROUNDS:
            break
        subst, values = _substitution(rule, rng)
        at = {i: rng.randint(1, SIZES.get(i.size, 3)) for i in subst.indices.values() if not i.constant}
        at |= {I: rng.randint(1, 3), Index("s", tm.ENDLESS): rng.randint(1, 3)}
        try:
            if not _admissible(rule, subst, values, at):
                continue
            law = LAWS.get(rule.name, FREE)
            left, right = (
                evaluate(instantiate(s, subst), SIZES, values, at, law=law) for s in (rule.lhs, rule.rhs)
            )
        except (ZeroDivisionError, ValueError):
            continue
        if isinstance(left, mp.mpc) or isinstance(right, mp.mpc):  # outside the reals
            continue
        assert abs(left - right) <= mp.mpf(10) ** -20 * (1 + abs(left)), (rule.name, subst, left, right)
        done += 1
    return done


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_holds_at_random_points(name: str) -> None:
    assert effective_points(RULES[name]) >= 10, f"{name} was hardly tested"


def test_a_wrong_rule_is_noticed() -> None:
    a, b = tm.meta("a"), tm.meta("b")
    wrong = Rule("exp.wrong", tm.fn("exp", a + b), tm.fn("exp", a) + tm.fn("exp", b))
    with pytest.raises(AssertionError):
        effective_points(wrong)
