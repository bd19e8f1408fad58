"""SymPy expressions of the catalog -> terms.  Purely structural: nothing is simplified here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import sympy as sp
from sympy.core.relational import Relational

from formulas.chance import AVERAGES, Expectation, RandomSymbol
from formulas.check import index_ranges
from formulas.language import DEFINITIONS, Partial
from formulas.matrices import Det
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term


class NotInTheory(ValueError):
    """An expression that the term language has no words for; the message names it."""


_FUNCTIONS = {
    sp.exp: "exp", sp.log: "log", sp.erf: "erf", sp.cos: "cos", sp.sin: "sin", sp.tanh: "tanh",
    sp.cosh: "cosh", sp.sinh: "sinh", sp.Abs: "abs", sp.sign: "sign",
    **{head: head.__name__ for head in (*DEFINITIONS, *AVERAGES)},
}  # fmt: skip
BRANCHES = frozenset({"max", "min", "if_positive", "if_nonnegative", "if_nonzero", "pi", "det"})
KNOWN_FUNCTIONS = frozenset(_FUNCTIONS.values()) | BRANCHES


@dataclass
class Lowering:
    """Lowers expressions that share free indices; collects what is declared about symbols."""

    ranges: Mapping[sp.Symbol, sp.Expr]
    signs: dict[str, frozenset[int]] = field(default_factory=dict)
    integers: set[str] = field(default_factory=set)
    random: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, *exprs: sp.Basic) -> Lowering:
        """A lowering whose free indices take their ranges from ``exprs``."""
        return cls(index_ranges(*exprs))

    def index(self, i: sp.Expr, size: sp.Expr, bound: Mapping[sp.Symbol, Index]) -> Index:
        if i.is_Integer:
            return Index(f"#{i}", str(size))
        return bound.get(i) or Index(str(i), str(size))

    def __call__(self, e: sp.Basic, bound: Mapping[sp.Symbol, Index] | None = None) -> Term:
        return self._lower(e, bound or {})

    def _lower(self, e: sp.Basic, bound: Mapping[sp.Symbol, Index]) -> Term:
        def go(a: sp.Basic) -> Term:
            return self._lower(a, bound)

        match e:
            case sp.Rational():
                return tm.num(Fraction(int(e.p), int(e.q)))
            case sp.core.numbers.Exp1():
                return tm.fn("exp", tm.ONE)
            case sp.core.numbers.Pi():
                return tm.fn("pi")
            case sp.Symbol():
                return self._symbol(e)
            case sp.Add():
                return tm.add(*map(go, e.args))
            case sp.Mul():
                return tm.mul(*map(go, e.args))
            case sp.Pow():
                if e.base is sp.E:
                    return tm.fn("exp", go(e.exp))
                return tm.power(go(e.base), go(e.exp))
            case sp.Sum():
                return self._sum(e, bound)
            case sp.Indexed():
                base, shape = e.base, e.base.shape
                self._declare(base.label)
                axes = zip(e.indices, shape, strict=True)
                return tm.var(str(base), *[self.index(i, size, bound) for i, size in axes])
            case sp.KroneckerDelta():
                return self._delta(e, bound)
            case Det():
                base = e.args[0]
                self._declare(base.label)
                return tm.fn("det", tm.array(str(base), str(base.shape[0])))
            case Expectation():
                return tm.mean(go(e.args[0]))
            case Partial():
                return tm.partial(go(e.args[0]), go(e.args[1]))
            case sp.Max() | sp.Min():
                name = "max" if isinstance(e, sp.Max) else "min"
                out, *rest = (go(a) for a in sorted(e.args, key=sp.default_sort_key))
                for a in rest:
                    out = tm.fn(name, out, a)
                return out
            case sp.Piecewise():
                return self._piecewise(e, bound)
        if isinstance(e, sp.core.function.AppliedUndef):
            name = e.func.__name__
            if name.rstrip("'") in KNOWN_FUNCTIONS:
                raise NotInTheory(f"{name} is the name of a known function")
            return tm.fn(name, *map(go, e.args))
        for head, name in _FUNCTIONS.items():
            if isinstance(e, head):
                return tm.fn(name, *map(go, e.args))
        raise NotInTheory(f"no term for {type(e).__name__}: {str(e)[:80]}")

    def _declare(self, symbol: sp.Symbol) -> None:
        name = str(symbol)
        if symbol.is_positive:
            self.signs[name] = frozenset({1})
        elif symbol.is_nonnegative:
            self.signs[name] = frozenset({0, 1})
        elif symbol.is_negative:
            self.signs[name] = frozenset({-1})
        if symbol.is_integer:
            self.integers.add(name)
        if isinstance(symbol, RandomSymbol):
            self.random.add(name)

    def _symbol(self, e: sp.Symbol) -> Term:
        if e in self.ranges:
            raise NotInTheory(f"index {e} stands as a number")
        if e.is_integer and e.is_positive:
            return tm.dim(str(e))
        self._declare(e)
        return tm.var(str(e))

    def _sum(self, e: sp.Sum, bound: Mapping[sp.Symbol, Index]) -> Term:
        inner = dict(bound)
        binders = []
        for i, low, high in reversed(e.limits):
            if low != 1:
                raise NotInTheory(f"sum from {low}")
            inner[i] = tm.fresh_index(str(high))
            binders.append(inner[i])
        body = self._lower(e.function, inner)
        for b in reversed(binders):
            body = _closed(b, body)
        return body

    def _delta(self, e: sp.KroneckerDelta, bound: Mapping[sp.Symbol, Index]) -> Term:
        i, j = e.args[:2]
        known = [bound.get(k) for k in (i, j)]
        size = next((k.size for k in known if k is not None), None)
        if size is None:
            size = str(self.ranges.get(i, self.ranges.get(j)))
        return tm.delta(
            *[b or self.index(k, sp.Symbol(size), bound) for k, b in zip((i, j), known, strict=True)]
        )

    def _piecewise(self, e: sp.Piecewise, bound: Mapping[sp.Symbol, Index]) -> Term:
        *cases, (last, otherwise) = [tuple(c) for c in e.args]
        if otherwise is not sp.true:
            raise NotInTheory("a piecewise function without a last case")
        out = self._lower(last, bound)
        for value, condition in reversed(cases):
            test, quantity = sign_condition(condition)
            out = tm.fn(f"if_{test}", self._lower(quantity, bound), self._lower(value, bound), out)
        return out


_CONDITIONS = {
    ">": "positive",
    "<": "positive",
    ">=": "nonnegative",
    "<=": "nonnegative",
    "!=": "nonzero",
    "==": "zero",
}


def sign_condition(relation: sp.Basic) -> tuple[str, sp.Expr]:
    """``("positive" | "nonnegative" | "nonzero" | "zero", quantity)`` saying the same as a relation."""
    if not isinstance(relation, Relational):
        raise NotInTheory(f"condition {relation}")
    upward = relation.rel_op in (">", ">=")
    low, high = (relation.rhs, relation.lhs) if upward else (relation.lhs, relation.rhs)
    kind = _CONDITIONS[relation.rel_op]
    if low == 0:
        return kind, high
    if high == 0 and kind in ("nonzero", "zero"):
        return kind, low
    return kind, sp.Add(high, sp.Mul(-1, low, evaluate=False), evaluate=False)


def _height(t: Term) -> int:
    inner = max((_height(c) for c in t.children), default=0)
    return inner + 1 if t.op == "sum" else inner


def _closed(binder: Index, body: Term) -> Term:
    """The sum over ``binder``, named by its height so that equal sums are one term."""
    name = Index(f"%{_height(body) + 1}", binder.size)
    return tm.sum_over(name, tm.rename(body, {binder: name}))
