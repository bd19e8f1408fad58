"""How the tests of the reader compare expressions: by structure up to names of bound indices, or by value."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import sympy as sp

from formulas.language import DEFINITIONS, Partial


def canonical(expr: sp.Basic, depth: int = 0) -> sp.Basic:
    """``expr`` with bound indices called by their depth, and sums over the same ranges in one order."""
    if isinstance(expr, sp.Sum):
        body, limits = expr.function, list(expr.limits)
        while isinstance(body, sp.Sum):
            limits = [*body.limits, *limits]
            body = body.function
        limits.sort(key=lambda t: (str(t[2]), str(t[0])))
        renamed = {}
        for k, (i, _, _) in enumerate(limits):
            renamed[i] = sp.Symbol(f"_{depth + k}", integer=True)
        body = canonical(body.xreplace(renamed), depth + len(limits))
        return sp.Sum(body, *[(renamed[i], a, b) for i, a, b in limits])
    if not expr.args or isinstance(expr, sp.Indexed | sp.Symbol):
        return expr
    return expr.func(*[canonical(a, depth) for a in expr.args])


def value(expr: sp.Basic, seed: int, size: int = 2) -> float:
    """``expr`` at a random point with every symbolic size equal to ``size``."""

    def number(key: str) -> sp.Float:
        draw = random.Random(f"{seed}:{key}").uniform(0.2, 1.4)
        return sp.Float(draw, 15)

    def go(e: sp.Basic, at: dict[sp.Symbol, int]) -> sp.Basic:
        match e:
            case sp.Sum():
                ranges = list(e.limits)
                i, low, high = ranges[-1]
                body = sp.Sum(e.function, *ranges[:-1]) if len(ranges) > 1 else e.function
                steps = range(int(go(low, at)), int(go(high, at)) + 1)
                return sp.Add(*[go(body, {**at, i: k}) for k in steps])
            case sp.Indexed():
                where = [int(go(i, at)) for i in e.indices]
                return number(f"{e.base.label}{where}")
            case sp.KroneckerDelta():
                i, j = (int(go(a, at)) for a in e.args[:2])
                return sp.Integer(i == j)
            case sp.Symbol():
                if e in at:
                    return sp.Integer(at[e])
                if e.is_integer:
                    return sp.Integer(size if e.is_positive else 1)
                return number(str(e))
            case sp.Piecewise():
                for branch, condition in e.args:
                    if go(condition, at) == sp.true:
                        return go(branch, at)
                return sp.nan
            case Partial():
                raise TypeError("a derivative has no value here")
        if type(e) in DEFINITIONS:
            return go(DEFINITIONS[type(e)](go(e.args[0], at)), {})
        if not e.args:
            return e
        return e.func(*[go(a, at) for a in e.args])

    return complex(sp.N(go(expr, {}))).real


@pytest.fixture(scope="session")
def alike() -> Callable[[sp.Basic, sp.Basic], bool]:
    """Equal up to the names of bound indices."""
    return lambda a, b: canonical(a) == canonical(b)


@pytest.fixture(scope="session")
def close() -> Callable[[sp.Basic, sp.Basic], bool]:
    """Equal in value at three random points of two sizes each."""

    def compare(a: sp.Basic, b: sp.Basic) -> bool:
        for seed in range(3):
            for size in (1, 3):
                x, y = value(a, seed, size), value(b, seed, size)
                if abs(x - y) > 1e-9 * max(1.0, abs(x)):
                    return False
        return True

    return compare
