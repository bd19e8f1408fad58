"""Random terms and hypotheses for the signs that the checker reads, and points at which they have a value.

The vocabulary is small on purpose: like factors, powers of numbers and roots of one symbol meet each other,
and parts of a hypothesis stand in the term.  The evaluator is that of ``index_expressions``."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from flint import fmpq
from index_expressions import FREE, Point, Unsettled

from symcheck.prover.canonical import Canonical, TooLarge
from symcheck.prover.sign_tables import ANY, OF_FACT
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import ENDLESS, Index, Term

DECLARED = {
    "p": frozenset({1}),
    "r": frozenset({1}),
    "q": frozenset({0, 1}),
    "N": frozenset({0, 1}),
}
WHOLE = frozenset({"N"})
SCALARS = ("s", "u", "z", "r", "q", "N")
EVERY = Index("every", "n")
SHAPES = ({"n": 1, "m": 1}, {"n": 2, "m": 1}, {"n": 3, "m": 2}, {"n": 1, "m": 3})
POINTS = 40
ENDS = (
    tm.dim("n"), tm.dim("m") - 1, tm.num(-1), tm.num(2), tm.var("N"), tm.var("N") + 1,
    tm.value_of(FREE[0]) - 1,
)  # fmt: skip
KINDS = (
    *3 * ("add", "mul"), *2 * ("sub",), "power", "root", "over", "one", "beside", *2 * ("alike",),
    "sum", "fold", "head",
    "branch", "log",
)  # fmt: skip


class Signed:
    """Draws terms whose sign often shows."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def atom(self, scope: tuple[Index, ...]) -> Term:
        rng = self.rng
        match rng.choice(
            ("scalar", "scalar", "scalar", "entry", "power", "number", "size", "place", "delta")
        ):
            case "scalar":
                return tm.var(rng.choice(SCALARS))
            case "entry":
                return tm.var(rng.choice(("p", "x")), rng.choice([i for i in scope if i.size == "n"]))
            case "power":
                base = tm.var("r") if rng.random() < 0.5 else tm.num(rng.choice((-2, -1, 2)))
                root = base.op == "var"
                exponents = (Fraction(1, 2), Fraction(-1, 2), -1, 2) if root else (2, 3)
                return tm.power(base, rng.choice(exponents))
            case "number":
                return tm.num(Fraction(rng.randint(-3, 3), rng.choice((1, 1, 2))))
            case "size":
                return tm.dim(rng.choice(("n", "m")))
            case "place":
                return tm.value_of(rng.choice(scope))
        i = rng.choice([i for i in scope if i.size == "n"])
        return tm.delta(i, rng.choice([j for j in scope if j.size == "n"]))

    def term(self, scope: tuple[Index, ...] = FREE, depth: int = 3) -> Term:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.1:
            return self.atom(scope)

        def part(less: int = 1) -> Term:
            return self.term(scope, depth - less)

        match rng.choice(KINDS):
            case "add" | "mul" as op:
                return Term(op, *(part() for _ in range(rng.choice((2, 2, 3)))))
            case "sub":
                return tm.sub(part(), part())
            case "power":
                return tm.power(part(), rng.choice((0, 1, 2, 3, -1, -2)))
            case "root":
                return tm.power(part(), rng.choice((Fraction(1, 2), Fraction(-1, 2), Fraction(2, 3))))
            case "over":
                under = tm.power(part(), -1)
                return tm.add(tm.mul(part(), under), tm.mul(part(), under))
            case "alike":
                common = self.atom(scope)
                return tm.add(*(tm.mul(common, self.atom(scope), self.atom(scope)) for _ in range(2)))
            case "one":
                return tm.sub(tm.ONE, part())
            case "beside":
                return tm.sub(tm.ONE, tm.power(part(2), rng.choice((1, 2, 3))))
            case "sum":
                i = Index(rng.choice("vw"), rng.choice(("n", "m")))
                return tm.sum_over(i, self.term((*(j for j in scope if j.name != i.name), i), depth - 1))
            case "fold":
                i = Index(rng.choice("vw"), ENDLESS)
                inner = (*(j for j in scope if j.name != i.name), i)
                return tm.fold(
                    rng.choice(("sum", "prod")), i, rng.choice(ENDS), self.term(inner, min(depth, 2) - 1)
                )
            case "head":
                name = rng.choice(("exp", "sigmoid", "tanh", "abs", "sign", "max", "min", "cos", "sin"))
                return tm.fn(name, *(part() for _ in range(2 if name in ("max", "min") else 1)))
            case "branch":
                name = rng.choice(("if_positive", "if_nonnegative", "if_nonzero"))
                return tm.fn(name, part(), part(), part())
        return tm.sub(tm.fn("log", part()), tm.fn("log", part()))

    def fact(self) -> Fact:
        rng = self.rng
        left = tm.mul(self.atom(FREE), self.atom(FREE)) if rng.random() < 0.3 else self.term(depth=2)
        kind = rng.choice(("positive", "positive", "nonnegative", "nonzero"))
        if rng.random() < 0.4 and FREE[0] in left.free:
            return Fact(kind, tm.rename(left, {FREE[0]: EVERY}), tm.ZERO, (EVERY,))
        return Fact(kind, left)

    def about(self, fact: Fact) -> Term:
        """An expression in which what a hypothesis speaks of stands."""
        told = tm.rename(fact.left, {EVERY: self.rng.choice(FREE[:2])})
        other = self.term(depth=1)
        t = self.rng.choice((told + other, other - told, told * other, tm.mul(other, told, self.atom(FREE))))
        return t + self.term(depth=1) if self.rng.random() < 0.3 else t


def _point(rng: random.Random) -> Point:
    point = Point(rng, rng.choice(SHAPES))
    for name in ("u", "z"):
        point.data[name, ()] = fmpq(rng.randint(-4, 4), rng.choice((1, 1, 2, 3)))
    point.data["q", ()] = fmpq(rng.randint(0, 4), rng.choice((1, 1, 2)))
    point.data["N", ()] = fmpq(rng.randint(0, 3))
    return point


def _sign(x: Any) -> int:
    if x > 0 or x < 0 or (type(x) is fmpq and x == 0):
        return int(x > 0) - int(x < 0)
    raise Unsettled


def _meets(fact: Fact, point: Point) -> bool:
    every = range(1, point.sizes["n"] + 1) if fact.pattern else (1,)
    values = [point._value(fact.left, {**point.at, EVERY: k}, ()) for k in every]
    return all(_sign(v) in OF_FACT[fact.kind] for v in values)


def signs_at_points(t: Term, facts: tuple[Fact, ...], rng: random.Random) -> Iterator[int]:
    """The sign of ``t`` at random points that meet the facts and where it has one."""
    for _ in range(POINTS):
        point = _point(rng)
        try:
            if all(_meets(f, point) for f in facts):
                yield _sign(point.value(t))
        except (Unsettled, ZeroDivisionError):
            continue


def wrong_signs(seed: int, tried: int, counts: Counter[str]) -> list[str]:
    """Terms of which a sign is read that a point contradicts."""
    rng = random.Random(seed)
    drawn = Signed(rng)
    out = []
    for _ in range(tried):
        facts = tuple(drawn.fact() for _ in range(rng.choice((0, 1, 1, 2))))
        t = drawn.about(facts[0]) if facts and rng.random() < 0.6 else drawn.term(depth=rng.choice((2, 3, 3)))
        goal = Statement(t, t, facts=facts, signs=DECLARED, integers=WHOLE)
        try:
            read = Signs(Canonical(), goal).sign(t)
        except (TooLarge, ZeroDivisionError):
            continue
        if read == ANY:
            continue
        counts["read"] += 1
        for k, found in enumerate(signs_at_points(t, facts, rng)):
            counts["points"] += 1
            counts["with a point"] += not k
            if found not in read:
                told = [f"{f.left} {f.kind}" for f in facts]
                out.append(f"{t}: {sorted(read)} is read, and {found} found, where {told}")
                break
    return out
