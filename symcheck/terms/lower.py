"""SymPy expressions of the catalog -> terms.  Purely structural: nothing is simplified here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import sympy as sp
from sympy.core.relational import Relational

from formulas.chance import AVERAGES, Expectation, RandomSymbol
from formulas.check import axis_of, index_ranges, is_size
from formulas.language import DEFINITIONS, At, Partial
from formulas.matrices import Det
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term


class NotInTheory(ValueError):
    """An expression that the term language has no words for; the message names it."""


_FUNCTIONS = {
    sp.exp: "exp", sp.log: "log", sp.erf: "erf", sp.cos: "cos", sp.sin: "sin", sp.tanh: "tanh",
    sp.cosh: "cosh", sp.sinh: "sinh", sp.Abs: "abs", sp.sign: "sign",
    sp.floor: "floor", sp.ceiling: "ceiling",
    **{head: head.__name__ for head in (*DEFINITIONS, *AVERAGES)},
}  # fmt: skip
BRANCHES = frozenset({"max", "min", "if_positive", "if_nonnegative", "if_nonzero", "pi", "det"})
KNOWN_FUNCTIONS = frozenset(_FUNCTIONS.values()) | BRANCHES


def name_of(e: sp.Basic) -> str:
    """How an index or a size is called: what ``str`` gives, without SymPy's printer for mere names."""
    return str(e.name) if e.is_Symbol else str(e)


Bound = Mapping[sp.Symbol, Index | Term]
"""What a bound symbol stands for: an index, or an integer that depends on one."""


@dataclass
class Lowering:
    """Lowers expressions that share free indices; collects what is declared about symbols."""

    ranges: Mapping[sp.Symbol, sp.Expr]
    signs: dict[str, frozenset[int]] = field(default_factory=dict)
    integers: set[str] = field(default_factory=set)
    random: set[str] = field(default_factory=set)
    later: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    """Natural numbers by one that is a step further, where they say at which step a sequence is read."""

    @classmethod
    def of(cls, *exprs: sp.Basic) -> Lowering:
        """A lowering whose free indices take their ranges from ``exprs``."""
        return cls(index_ranges(*exprs))

    def index(self, i: sp.Expr, size: sp.Expr, bound: Bound) -> Index:
        if i.is_Integer:
            return Index(f"#{i}", name_of(size))
        known = bound.get(i)
        return known if isinstance(known, Index) else Index(name_of(i), name_of(size))

    def __call__(self, e: sp.Basic, bound: Bound | None = None) -> Term:
        return self._lower(e, bound or {})

    def _lower(self, e: sp.Basic, bound: Bound) -> Term:
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
                return self._symbol(e, bound)
            case sp.Add():
                return tm.add(*map(go, e.args))
            case sp.Mul():
                return tm.mul(*map(go, e.args))
            case sp.Pow():
                if e.base is sp.E:
                    return tm.fn("exp", go(e.exp))
                return tm.power(go(e.base), go(e.exp))
            case sp.Sum() | sp.Product():
                return self._reduction(e, bound)
            case sp.Indexed():
                base, shape = e.base, e.base.shape
                self._declare(base.label)
                axes = zip(e.indices, shape, strict=True)
                where = [
                    go(i.xreplace(self.later)) if size is sp.oo else self.index(i, size, bound)
                    for i, size in axes
                ]
                return tm.var(base.label.name, *where)
            case sp.KroneckerDelta():
                return self._delta(e, bound)
            case Det():
                base = e.args[0]
                self._declare(base.label)
                return tm.fn("det", tm.array(str(base), str(base.shape[0])))
            case At():
                return self._field(e, bound)
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
        known = _FUNCTIONS.get(e.func)
        if known is not None:
            return tm.fn(known, *map(go, e.args))
        raise NotInTheory(f"no term for {type(e).__name__}: {str(e)[:80]}")

    def _declare(self, symbol: sp.Symbol) -> None:
        name = symbol.name
        if symbol.is_positive:
            self.signs[name] = frozenset({1})
        elif symbol.is_nonnegative:
            self.signs[name] = frozenset({0, 1})
        elif symbol.is_negative:
            self.signs[name] = frozenset({-1})
        # a random quantity is never put for a step or an end of a range: it is bound in an expectation
        if symbol.is_integer and not isinstance(symbol, RandomSymbol):
            self.integers.add(name)
        if isinstance(symbol, RandomSymbol):
            self.random.add(name)

    def _symbol(self, e: sp.Symbol, bound: Bound) -> Term:
        known = bound.get(e)
        if known is not None:
            return tm.value_of(known) if isinstance(known, Index) else known
        if e in self.ranges:
            return tm.value_of(Index(e.name, name_of(self.ranges[e])))
        if e.is_integer and e.is_positive and not isinstance(e, RandomSymbol):
            return tm.dim(e.name)
        self._declare(e)
        return tm.var(e.name)

    def _reduction(self, e: sp.Sum | sp.Product, bound: Bound) -> Term:
        inner = dict(bound)
        layers: list[_Layer] = []
        for i, low, high in reversed(e.limits):
            axis = high if low == 1 and is_size(high) else axis_of(i, e.function)
            fresh = tm.fresh_index(tm.ENDLESS if axis is None else name_of(axis))
            first, last = self._lower(low, inner), self._lower(high, inner)
            count = last if low is sp.S.One else self._lower(high - low + 1, inner)
            if axis is not None or low is sp.S.One:
                inner[i] = fresh
            else:
                inner[i] = tm.value_of(fresh) + self._lower(low - 1, inner)
            layers.append(_Layer(fresh, first, last, count))
        body = self._lower(e.function, inner)
        for layer in reversed(layers):
            body = layer.around("sum" if isinstance(e, sp.Sum) else "prod", body)
        return body

    def _field(self, e: At, bound: Bound) -> Term:
        """An undefined function of a vector: the vector, its component, the coordinates differentiated by."""
        name, k, size, body, component, by = e.args
        if str(name) in KNOWN_FUNCTIONS or "'" in str(name):
            raise NotInTheory(f"{name} is the name of a known function or of a derivative")
        fresh = tm.fresh_index(str(size))
        inner = self._lower(body, {**bound, k: fresh})
        at = Index(f"%{height(inner) + 1}", str(size))
        axes = [(component[0], component[1])] if component else []
        where = [self.index(i, axis, bound) for i, axis in (*axes, *((j, size) for j in by))]
        vector = tm.vector(at, tm.rename(inner, {fresh: at}))
        return tm.fn(f"{name}{chr(39) * len(by)}", vector, *map(tm.value_of, where))

    def _delta(self, e: sp.KroneckerDelta, bound: Bound) -> Term:
        i, j = e.args[:2]
        sizes = [self._axis(k, bound) for k in (i, j)]
        size = sizes[0] or sizes[1]
        if size is None:
            # numbers, not indices of an axis
            gap = tm.sub(self._lower(i, bound), self._lower(j, bound))
            return tm.fn("if_nonzero", gap, tm.ZERO, tm.ONE)
        return tm.delta(*[self.index(k, sp.Symbol(size), bound) for k in (i, j)])

    def _axis(self, i: sp.Expr, bound: Bound) -> str | None:
        """The size of the axis with an end of which ``i`` is an index."""
        known = bound.get(i)
        if known is None:
            return name_of(self.ranges[i]) if i in self.ranges else None
        return known.size if isinstance(known, Index) and known.size != tm.ENDLESS else None

    def _piecewise(self, e: sp.Piecewise, bound: Bound) -> Term:
        *cases, (last, otherwise) = [tuple(c) for c in e.args]
        if otherwise is not sp.true:
            raise NotInTheory("a piecewise function without a last case")
        out = self._lower(last, bound)
        for value, condition in reversed(cases):
            test, quantity = sign_condition(condition)
            then = self._lower(value, bound)
            if test == "zero":
                test, then, out = "nonzero", out, then
            out = tm.fn(f"if_{test}", self._lower(quantity, bound), then, out)
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


@dataclass(frozen=True)
class _Layer:
    """One index of a sum or product, from ``first`` to ``last``: ``count`` values."""

    index: Index
    first: Term
    last: Term
    count: Term

    def around(self, join: str, body: Term) -> Term:
        """The body under this binder, named by its height so that equal sums are one term."""
        i = self.index
        if i.size == tm.ENDLESS:
            name = Index(f"%{height(body) + 1}", i.size)
            return tm.fold(join, name, self.count, tm.rename(body, {i: name}))
        whole, value = tm.dim(i.size), tm.value_of(i)
        if self.last is not whole:
            body = tm.fn("if_nonnegative", tm.sub(self.last, value), body, tm.ZERO)
        if self.first is not tm.ONE:
            body = tm.fn("if_nonnegative", tm.sub(value, self.first), body, tm.ZERO)
        name = Index(f"%{height(body) + 1}", i.size)
        body = tm.rename(body, {i: name})
        return tm.sum_over(name, body) if join == "sum" else tm.fold(join, name, whole, body)


def height(t: Term) -> int:
    """Number of binders nested in each other."""
    inner = max((height(c) for c in t.children), default=0)
    return inner + 1 if t.op in tm.BINDERS else inner
