"""The limit of an expression at a sample point, enclosed by its germ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from formulas.language import DEFINITIONS, Expr
from formulas.schema import Approach
from symcheck.refute import germs
from symcheck.refute.evaluate import Evaluator
from symcheck.refute.functions import is_smooth, polynomial
from symcheck.refute.germs import Germ
from symcheck.refute.values import Plain, Undefined, Unsupported

Indices = Mapping[sp.Symbol, int]


def limit_at(ev: Evaluator, expr: Expr, approach: Approach, indices: Indices) -> Plain | int:
    """The limit of ``expr``, as a number or as 1 or -1 for an infinity.

    Raises ``Undecided`` where the germ does not tell, ``Undefined`` where there is no value near the point
    or the limits from both sides surely differ."""
    precision, ctx.prec = ctx.prec, germs.BITS
    try:
        found = [_one_sided(ev, expr, approach, way, indices) for way in _ways(approach)]
    finally:
        ctx.prec = precision
    if len(found) == 2 and _differ(found[0], found[1]):
        raise Undefined("the limits from both sides differ")
    return found[0]


def _ways(approach: Approach) -> list[int]:
    if approach.to.is_infinite:
        return [1 if approach.to > 0 else -1]
    return {"+": [1], "-": [-1], "": [1, -1]}[approach.side]


def _differ(a: Plain | int, b: Plain | int) -> bool:
    if isinstance(a, int) or isinstance(b, int):
        return type(a) is not type(b) or a != b
    return not arb(a - b).contains(0)


def _one_sided(ev: Evaluator, expr: Expr, approach: Approach, way: int, indices: Indices) -> Plain | int:
    if approach.to.is_infinite:
        at = germs.variable(-1, way)
    else:
        at = germs.plus(germs.constant(ev.number(approach.to, indices)), germs.variable(1, way))
    return germs.limit(_Reader(ev, {approach.x: at}).of(expr, dict(indices)))


class _Reader:
    """Reads an expression as a germ; ``given`` are the germs of symbols."""

    def __init__(self, ev: Evaluator, given: Mapping[sp.Symbol, Germ]) -> None:
        self.ev = ev
        self.given = given

    def of(self, e: sp.Basic, at: dict[sp.Symbol, int]) -> Germ:
        self.ev.spend(1)
        if not e.free_symbols & self.given.keys() and not e.has(sp.exp):
            return germs.constant(self.ev.number(e, at))
        if isinstance(e, sp.Symbol):
            return self.given[e]
        if isinstance(e, sp.Add | sp.Mul):
            join = germs.plus if isinstance(e, sp.Add) else germs.times
            out, *rest = (self.of(a, at) for a in e.args)
            for g in rest:
                out = join(out, g)
            return out
        if isinstance(e, sp.exp):
            return germs.exponential(self.of(e.args[0], at))
        if isinstance(e, sp.Pow):
            return self._power(e, at)
        if isinstance(e, sp.Sum):
            return self._sum(e, at)
        if isinstance(e, sp.Piecewise):
            return self._piecewise(e, at)
        if isinstance(e, sp.Max | sp.Min):
            pick = germs.larger if isinstance(e, sp.Max) else germs.smaller
            out, *rest = (self.of(a, at) for a in e.args)
            for g in rest:
                out = pick(out, g)
            return out
        return self._function(e, at)

    def _power(self, e: sp.Pow, at: dict[sp.Symbol, int]) -> Germ:
        base = self.of(e.base, at)
        if not e.exp.free_symbols & self.given.keys():
            exponent = self.ev.number(e.exp, at)
            if type(exponent) is fmpq:
                return germs.powered(base, exponent)
        return germs.exponential(germs.times(self.of(e.exp, at), germs.logarithm(base)))

    def _sum(self, e: sp.Sum, at: dict[sp.Symbol, int]) -> Germ:
        i, low, high = e.limits[-1]
        inner = e.function if len(e.limits) == 1 else sp.Sum(e.function, *e.limits[:-1])
        out = germs.constant(fmpq(0))
        for k in range(self._whole(low, at), self._whole(high, at) + 1):
            out = germs.plus(out, self.of(inner, {**at, i: k}))
        return out

    def _whole(self, e: sp.Basic, at: dict[sp.Symbol, int]) -> int:
        found = self.ev.number(e, at)
        if type(found) is not fmpq or found.q != 1:
            raise Unsupported(f"{e} stands where a whole number is needed")
        return int(found.p)

    def _piecewise(self, e: sp.Piecewise, at: dict[sp.Symbol, int]) -> Germ:
        for value, condition in e.args:
            if self._holds(condition, at):
                return self.of(value, at)
        raise Undefined("no case applies")

    def _holds(self, condition: sp.Basic, at: dict[sp.Symbol, int]) -> bool:
        if condition in (sp.true, sp.false):
            return condition is sp.true
        if not condition.free_symbols & self.given.keys():
            return self.ev.holds(condition, at)
        left, right = (self.of(a, at) for a in condition.args)
        s = germs.plus(left, germs.negative(right)).sign()
        tests: dict[type[sp.Basic], bool] = {
            sp.Eq: s == 0, sp.Ne: s != 0, sp.Gt: s > 0, sp.Ge: s >= 0, sp.Lt: s < 0, sp.Le: s <= 0,
        }  # fmt: skip
        if type(condition) not in tests:
            raise Unsupported(f"the condition {condition} near a point")
        return tests[type(condition)]

    def _function(self, e: sp.Basic, at: dict[sp.Symbol, int]) -> Germ:
        head: Any = type(e)
        if head in germs.FUNCTIONS:
            return germs.FUNCTIONS[head](self.of(e.args[0], at))
        if not e.free_symbols & self.given.keys():
            return germs.constant(self.ev.number(e, at))
        meaning = DEFINITIONS.get(head) or _HYPERBOLIC.get(head)
        if meaning is not None:
            inner = {meaning.variables[0]: self.of(e.args[0], at)}
            return _Reader(self.ev, {**self.given, **inner}).of(meaning.expr, at)
        if is_smooth(e):
            u = sp.Dummy("u", real=True)
            return _Reader(self.ev, {**self.given, u: self.of(e.args[0], at)}).of(polynomial(e, u), at)
        raise Unsupported(f"{head.__name__} near a point is not known to the evaluator")


_u = sp.Symbol("u", real=True)
_HYPERBOLIC = {
    sp.tanh: sp.Lambda(_u, (sp.exp(_u) - sp.exp(-_u)) / (sp.exp(_u) + sp.exp(-_u))),
    sp.sinh: sp.Lambda(_u, (sp.exp(_u) - sp.exp(-_u)) / 2),
    sp.cosh: sp.Lambda(_u, (sp.exp(_u) + sp.exp(-_u)) / 2),
}
