"""SymPy trees of the catalog's language, prepared for evaluation.

A ``Program`` turns each distinct subexpression into one ``Node``; the tables say what SymPy's functions
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final

import sympy as sp
from flint import arb, fmpq
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from formulas.chance import AVERAGES, Expectation, RandomSymbol, label_of
from formulas.check import REMEMBERED, parts
from formulas.language import DEFINITIONS, Partial
from formulas.matrices import Det
from symcheck.refute import values as v
from symcheck.refute.functions import is_smooth, polynomial
from symcheck.refute.nodes import (
    Call,
    Cases,
    Computed,
    Constant,
    Delta,
    Determinant,
    Entry,
    Fold,
    IndexValue,
    Mean,
    Node,
    Slope,
    Sum,
)  # fmt: skip
from symcheck.refute.values import Plain, Undefined, Unsupported, Value


def _compare(test: Callable[[int], bool]) -> Callable[[Value, Value], bool]:
    return lambda x, y: test(v.sign(v.sub(x, y)))


_RELATIONS: Final[dict[type[sp.Basic], Callable[[Value, Value], bool]]] = {
    sp.Eq: _compare(lambda s: s == 0),
    sp.Ne: _compare(lambda s: s != 0),
    sp.Gt: _compare(lambda s: s > 0),
    sp.Ge: _compare(lambda s: s >= 0),
    sp.Lt: _compare(lambda s: s < 0),
    sp.Le: _compare(lambda s: s <= 0),
}

_FUNCTIONS: Final[dict[type[sp.Basic], Callable[..., Value]]] = {
    **{
        head: partial(v.apply, f)
        for head, f in {
            sp.exp: v.EXP, sp.erf: v.ERF, sp.erfc: v.ERFC, sp.tanh: v.TANH, sp.sin: v.SIN, sp.cos: v.COS,
            sp.sinh: v.SINH, sp.cosh: v.COSH, sp.atan: v.ATAN, sp.asin: v.ASIN, sp.acos: v.ACOS,
        }.items()
    },
    sp.tan: lambda x: v.mul(v.apply(v.SIN, x), v.inverse(v.apply(v.COS, x))),
    sp.log: lambda x, b=None: (
        v.apply(v.LOG, x) if b is None else v.mul(v.apply(v.LOG, x), v.inverse(v.apply(v.LOG, b)))
    ),
    sp.LambertW: lambda x: v.apply(v.LAMBERT, x),
    sp.Abs: v.absolute,
    sp.sign: lambda x: fmpq(v.sign(x)),
    sp.floor: lambda x: v.whole_part(x, up=False),
    sp.ceiling: lambda x: v.whole_part(x, up=True),
    sp.Pow: v.power,
    **_RELATIONS,
    sp.And: lambda *parts: all(parts),
    sp.Or: lambda *parts: any(parts),
    sp.Not: lambda part: not part,
    sp.ITE: lambda condition, yes, no: yes if condition else no,
}  # fmt: skip
_FOLDS: Final[dict[type[sp.Basic], Callable[[Value, Value], Value]]] = {
    sp.Add: v.add,
    sp.Mul: v.mul,
    sp.Max: v.maximum,
    sp.Min: v.minimum,
}
_CONSTANTS: Final[dict[sp.Basic, Callable[[], Plain]]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
}


_DEFINED: Final[dict[type[sp.Function], sp.Lambda]] = {**DEFINITIONS, **AVERAGES}


class Program:
    """The nodes of all expressions prepared so far; shared by the evaluators of one statement."""

    def __init__(self) -> None:
        self.slots: dict[sp.Symbol, int] = {}
        self.sources: dict[sp.Symbol | sp.IndexedBase, int] = {}
        self.names: list[sp.Symbol | sp.IndexedBase] = []
        self._nodes: dict[sp.Basic, Node] = {}
        self._scalars: set[sp.Symbol] = set()
        self._count = 0
        self.random: set[int] = set()

    def node(self, expr: sp.Basic) -> Node:
        """The node of ``expr``.  Raises ``Unsupported`` naming what the evaluator does not know."""
        found = self._nodes.get(expr)
        if found is None:
            self._declare(expr)
            found = self._build(expr, {})
        return found

    def source(self, of: sp.Symbol | sp.IndexedBase) -> int:
        """The number under which a scalar or tensor is looked up."""
        if of not in self.sources:
            self.sources[of] = len(self.names)
            self.names.append(of)
            if isinstance(label_of(of), RandomSymbol):
                self.random.add(self.sources[of])
        return self.sources[of]

    def _declare(self, expr: sp.Basic) -> None:
        """Give each index variable its slot, before it could be taken for a scalar."""
        self.declare(index_symbols(expr))

    def declare(self, symbols: Iterable[sp.Symbol]) -> None:
        """Take ``symbols`` for index variables from now on."""
        fresh = {s for s in symbols if s not in self.slots}
        for s in sorted(fresh, key=str):
            self.slots[s] = len(self.slots)
        if fresh & self._scalars:
            self._nodes.clear()
            self._scalars -= fresh

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _build(self, e: sp.Basic, given: dict[sp.Symbol, Node]) -> Node:
        """The node of ``e``; ``given`` are the arguments while a definition is unfolded."""
        if given:
            return self._make(e, given)
        found = self._nodes.get(e)
        if found is None:
            found = self._nodes[e] = self._make(e, given)
        return found

    def _make(self, e: sp.Basic, given: dict[sp.Symbol, Node]) -> Node:
        number = self._number()
        head = type(e)
        if isinstance(e, sp.Rational):
            return Constant(number, fmpq(int(e.p), int(e.q)))
        if isinstance(e, sp.Float):
            exact = sp.Rational(e)
            return Constant(number, fmpq(int(exact.p), int(exact.q)))
        if isinstance(e, sp.Symbol):
            return given[e] if e in given else self._symbol(e, number)
        if isinstance(e, sp.Indexed):
            return self._entry(e, number)
        if isinstance(e, BooleanTrue | BooleanFalse):
            return Constant(number, e is sp.true)
        if e in _CONSTANTS:
            return Computed(number, _CONSTANTS[e])
        if e is sp.zoo:
            return Call(number, (), _division_by_zero)
        if isinstance(e, sp.Sum | sp.Product):
            return self._reduction(e, given)
        if isinstance(e, sp.KroneckerDelta):
            left, right = (self._build(a, given) for a in e.args[:2])
            return Delta(number, left, right)
        if isinstance(e, sp.Piecewise):
            cases = tuple((self._build(c.expr, given), self._build(c.cond, given)) for c in e.args)
            return Cases(number, cases)
        if isinstance(e, Expectation):
            return Mean(number, self._build(e.args[0], given), frozenset(self.random))
        if isinstance(e, Det):
            return self._determinant(e, number)
        if isinstance(e, Partial):
            by = self._build(e.args[1], given)
            if not isinstance(by, Entry):
                raise Unsupported(f"a derivative by {e.args[1]}")
            variable = e.args[1].base.label if isinstance(e.args[1], sp.Indexed) else e.args[1]
            end = bool((variable.is_nonnegative or variable.is_nonpositive) and not variable.is_nonzero)
            return Slope(number, self._build(e.args[0], given), by, end)
        parts = tuple(self._build(a, given) for a in e.args)
        if head in _DEFINED:
            meaning = _DEFINED[head]
            return self._build(meaning.expr, dict(zip(meaning.variables, parts, strict=True)))
        if is_smooth(e):
            at = sp.Dummy("u", real=True)
            return self._build(polynomial(e, at), {at: parts[0]})
        if head in _FOLDS:
            return Fold(number, parts, _FOLDS[head])
        if head in _FUNCTIONS:
            return Call(number, parts, _FUNCTIONS[head])
        raise Unsupported(f"{head.__name__} is not known to the evaluator")

    def _symbol(self, e: sp.Symbol, number: int) -> Node:
        if e in self.slots:
            return IndexValue(number, self.slots[e], e.name)
        self._scalars.add(e)
        return Entry(number, self.source(e), (), (), isinstance(e, RandomSymbol))

    def _entry(self, e: sp.Indexed, number: int) -> Node:
        pattern: list[int | None] = []
        computed: list[Node] = []
        for i in e.indices:
            if i in self.slots:
                pattern.append(self.slots[i])
            elif i.is_Integer and int(i) > 0:
                pattern.append(-int(i))
            else:
                pattern.append(None)
                computed.append(self._build(i, {}))
        random = isinstance(e.base.label, RandomSymbol)
        return Entry(number, self.source(e.base), tuple(pattern), tuple(computed), random)

    def _determinant(self, e: sp.Basic, number: int) -> Node:
        base = e.args[0]
        size = self._build(base.shape[0], {})
        random = isinstance(base.label, RandomSymbol)
        return Determinant(number, self.source(base), size, random)

    def _reduction(self, e: sp.Basic, given: dict[sp.Symbol, Node]) -> Node:
        node = self._build(e.function, given)
        join, unit = (v.add, v.ZERO) if isinstance(e, sp.Sum) else (v.mul, v.ONE)
        for limits in e.limits:  # the first one is the innermost
            if len(limits) != 3:
                raise Unsupported(f"{e} has no bounds")
            bounds = (self._build(limits[1], given), self._build(limits[2], given))
            node = Sum(self._number(), node, self.slots[limits[0]], bounds, join, unit)
        return node


def _division_by_zero() -> Value:
    raise Undefined("division by 0")


@lru_cache(maxsize=REMEMBERED)
def index_symbols(expr: sp.Basic) -> frozenset[sp.Symbol]:
    """Symbols of ``expr`` that are bound by a sum or stand as an index of a tensor or delta, other than at
    an axis without end."""
    out: set[sp.Symbol] = set()
    for part in parts(expr, sp.Sum, sp.Product, sp.Indexed, sp.KroneckerDelta):
        if isinstance(part, sp.Sum | sp.Product):
            out |= {limits[0] for limits in part.limits}
        elif isinstance(part, sp.Indexed):
            axes = zip(part.indices, part.base.shape or [None] * len(part.indices), strict=True)
            out |= {i for i, size in axes if i.is_Symbol and size is not sp.oo}
        else:
            out |= {i for i in part.args[:2] if i.is_Symbol and not i.is_nonnegative}
    return frozenset(out)


__all__ = ["Program", "index_symbols"]
