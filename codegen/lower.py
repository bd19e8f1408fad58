"""From a catalog kernel (SymPy in index notation) to the IR.

The walk is structural: it never asks SymPy to simplify, expand or differentiate.  A dummy of a ``Sum``
becomes the axis named after its size; as long as no two indices over one size are alive at once, all
of them mean the same axis.  Axes of literal size are unrolled.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from codegen.ir import (
    BATCH,
    Argument,
    Builder,
    Gather,
    IRError,
    Kind,
    Load,
    OneHot,
    Output,
    Place,
    Program,
    Ref,
    Size,
    length_of,
)
from codegen.notation import Fold, op
from formulas import language as lang
from formulas.check import ShapeError
from formulas.check_entries import axis_sizes
from formulas.schema import Input, Kernel, Result

_FUNCTIONS: Mapping[type, str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.tanh: "tanh",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.Abs: "abs",
    lang.sigmoid: "sigmoid",
    lang.softplus: "softplus",
    lang.Phi: "Phi",
    lang.normal_density: "normal_density",
    lang.nearest: "rint",
    lang.ExpGap: "expgap",
}


class LoweringError(ValueError):
    """An expression that has no place in the IR; the message quotes it."""


@dataclass(frozen=True)
class _Place:
    """Where an index stands: on a symbolic axis, at one literal component, or at an integer value."""

    axis: str = ""
    component: int = 0
    gather: Ref | None = None


def lower(kernel: Kernel) -> Program:
    """The program that computes ``kernel.output`` as it is written, without any rewriting.

    Raises ``LoweringError`` naming the kernel and the part that cannot be lowered.
    """
    builder = Builder(kernel.name, [argument(i) for i in kernel.inputs])
    lowering = Lowering(builder, {i.symbol: i.name for i in kernel.inputs})
    try:
        return builder.finish([_result(lowering, kernel, result) for result in kernel.results])
    except (LoweringError, IRError) as error:
        raise LoweringError(f"{kernel.name}: {error}") from None


def _result(lowering: Lowering, kernel: Kernel, result: Result) -> Output:
    try:
        ranges = axis_sizes(result.output, result.axes)
    except ShapeError as error:
        raise LoweringError(str(error)) from None
    symbolic = [a for a in result.axes if not ranges[a].is_Integer]
    literal = [a for a in result.axes if ranges[a].is_Integer]
    if result.axes[: len(symbolic)] != tuple(symbolic):
        raise LoweringError("axes of literal size must stand last")
    values = []
    for component in itertools.product(*(range(1, int(ranges[a]) + 1) for a in literal)):
        places: dict[sp.Symbol, _Place] = {}
        for a in symbolic:
            taken = [p.axis for p in places.values()]
            places[a] = _Place(axis=str(ranges[a]) + "'" * sum(length_of(t) == str(ranges[a]) for t in taken))
        axes = (BATCH, *(places[a].axis for a in symbolic))
        places |= {a: _Place(component=c) for a, c in zip(literal, component, strict=True)}
        values.append(lowering.expr(result.output, places))
    return Output(result.name, axes, tuple(values), tuple(int(ranges[a]) for a in literal))


def argument(given: Input) -> Argument:
    """The IR's view of a catalog input."""
    if given.role == "scalar":
        positive = bool(given.symbol.is_positive)
        return Argument(name=given.name, default=given.default, meaning=given.meaning, positive=positive)
    kind = Kind.INTEGER if given.role == "integer" else Kind.REAL
    shape = given.symbol.shape if isinstance(given.symbol, sp.IndexedBase) else ()
    symbolic = tuple(str(s) for s in shape if not s.is_Integer)
    literal = tuple(int(s) for s in shape if s.is_Integer)
    batch = () if given.shared else (BATCH,)
    return Argument(
        name=given.name,
        kind=kind,
        axes=(*batch, *symbolic),
        literal=literal,
        positive=bool(label(given.symbol).is_positive),
        weight=given.weight,
        meaning=given.meaning,
    )


def label(symbol: sp.Symbol | sp.IndexedBase) -> sp.Symbol:
    """The symbol that carries the assumptions of a scalar or tensor."""
    return symbol.label if isinstance(symbol, sp.IndexedBase) else symbol


class Lowering:
    """Lowers expressions into one builder; ``names`` says which argument a symbol or tensor is."""

    def __init__(self, builder: Builder, names: Mapping[sp.Basic, str]) -> None:
        self.b = builder
        self.names = names

    def free(self, e: sp.Basic, sizes: Mapping[sp.Symbol, sp.Basic]) -> Ref:
        """Lowers an expression whose free indices run over the axes of the given sizes."""
        return self.expr(e, {i: _Place(axis=str(size)) for i, size in sizes.items() if not i.is_Integer})

    def expr(self, e: sp.Basic, places: Mapping[sp.Symbol, _Place]) -> Ref:
        if e.is_number and not e.has(sp.Sum, sp.KroneckerDelta):
            return self.b.const(float(e.evalf(40)))
        name = _FUNCTIONS.get(type(e)) or op.name_of(type(e))
        if name is not None:
            return self.b.map(name, *[self.expr(a, places) for a in e.args])
        match e:
            case sp.Symbol():
                return self._symbol(e, places)
            case sp.Indexed():
                return self._indexed(e, places)
            case sp.Add():
                return self._add(e, places)
            case sp.Mul():
                return self._mul(e, places)
            case sp.Pow():
                return self._pow(e, places)
            case sp.Sum():
                return self._sum(e, places)
            case Fold():
                monoid, component, body, index, size = e.args
                axis = self._axis(index, size, body, places)
                inner = self.expr(body, {**places, index: _Place(axis=axis)})
                return self.b.reduce(str(monoid), axis, inner, int(component))
            case sp.Max() | sp.Min():
                return self._chain(type(e).__name__.lower(), _ordered(e.args), places)
            case sp.Piecewise():
                return self._piecewise(e, places)
            case sp.KroneckerDelta():
                return self._delta(e, places)
            case lang.causal_mask():
                key, query = (self.b.add(Place(places[a].axis)) for a in e.args)
                none, hidden = self.b.const(0), self.b.const(-math.inf)
                return self.b.map("select", self.b.map("le", key, query), none, hidden)
            case sp.erf():
                phi = self.b.map("Phi", self.expr(sp.sqrt(2) * e.args[0], places))
                return self.b.map("sub", self.b.map("mul", self.b.const(2), phi), self.b.const(1))
        if isinstance(e, sp.core.relational.Relational):
            return self._relation(e, places)
        raise LoweringError(f"no lowering for {type(e).__name__}: {e}")

    def _symbol(self, e: sp.Symbol, places: Mapping[sp.Symbol, _Place]) -> Ref:
        if e in places and places[e].axis:
            return self.b.map("add", self.b.add(Place(places[e].axis)), self.b.const(1))
        if e in self.names:
            return self.b.load(self.names[e])
        if e.is_integer and e.is_positive:
            return self.b.add(Size(str(e)))
        raise LoweringError(f"{e} is not an input")

    def _place(self, index: sp.Basic, places: Mapping[sp.Symbol, _Place]) -> _Place:
        if index.is_Integer:
            return _Place(component=int(index))
        if index in places:
            return places[index]
        if index in self.names:
            return _Place(gather=self.b.load(self.names[index]))
        raise LoweringError(f"index {index} has no meaning here")

    def _indexed(self, e: sp.Indexed, places: Mapping[sp.Symbol, _Place]) -> Ref:
        if e.base not in self.names:
            raise LoweringError(f"{e.base} is not an input")
        given = self.b.arguments[self.names[e.base]]
        at = [self._place(i, places) for i in e.indices]
        component = tuple(p.component - 1 for p in at if p.component)
        if len(component) != len(given.literal):
            raise LoweringError(f"{e}: an axis of literal size needs a literal index")
        own = [a for a in given.axes if a != BATCH]
        names = []
        for axis, place in zip(own, at, strict=False):
            names.append(axis if place.gather is not None else place.axis)
            if length_of(names[-1]) != axis:
                raise LoweringError(f"{e}: the index of axis {axis} runs over {place.axis or 'a component'}")
        renamed = (*(a for a in given.axes if a == BATCH), *names)
        ref = self.b.add(Load(given.name, component, renamed if names != own else ()))
        for axis, place in zip(own, at, strict=False):
            if place.gather is not None:
                ref = self.b.add(Gather(ref, place.gather, axis))
        return ref

    def _add(self, e: sp.Add, places: Mapping[sp.Symbol, _Place]) -> Ref:
        terms = _ordered(e.args)
        minus = [-t for t in terms if t.could_extract_minus_sign()]
        plus = [t for t in terms if not t.could_extract_minus_sign()]
        if not plus:
            return self.b.map("neg", self._chain("add", minus, places))
        ref = self._chain("add", plus, places)
        for term in minus:
            ref = self.b.map("sub", ref, self.expr(term, places))
        return ref

    def _mul(self, e: sp.Mul, places: Mapping[sp.Symbol, _Place]) -> Ref:
        numbers = [f for f in e.args if f.is_number]
        factors = _ordered(f for f in e.args if not f.is_number)
        over = [1 / f for f in factors if f.is_Pow and f.exp.is_number and f.exp.is_negative]
        above = [f for f in factors if not (f.is_Pow and f.exp.is_number and f.exp.is_negative)]
        coefficient = sp.Mul(*numbers)
        ref = self._chain("mul", above, places) if above else None
        if coefficient.is_Rational and abs(coefficient.p) == 1 and not _power_of_two(coefficient.q):
            over.append(sp.Integer(coefficient.q))
            coefficient = sp.Integer(coefficient.p)
        if ref is None:
            ref = self.b.const(float(coefficient.evalf(40)))
        elif coefficient == -1:
            ref = self.b.map("neg", ref)
        elif coefficient != 1:
            ref = self.b.map("mul", self.b.const(float(coefficient.evalf(40))), ref)
        return self.b.map("div", ref, self._chain("mul", over, places)) if over else ref

    def _pow(self, e: sp.Pow, places: Mapping[sp.Symbol, _Place]) -> Ref:
        base, power = e.args
        if power.is_Integer and power < 0:
            return self.b.map("div", self.b.const(1), self.expr(base**-power, places))
        if power == sp.Rational(-1, 2):
            return self.b.map("div", self.b.const(1), self.expr(sp.sqrt(base), places))
        ref = self.expr(base, places)
        if power == sp.Rational(1, 2):
            return self.b.map("sqrt", ref)
        if power.is_Integer and power <= 4:
            square = self.b.map("square", ref)
            if power == 2:
                return square
            return self.b.map("mul", ref, square) if power == 3 else self.b.map("square", square)
        return self.b.map("pow", ref, self.expr(power, places))

    def _sum(self, e: sp.Sum, places: Mapping[sp.Symbol, _Place]) -> Ref:
        (index, _, size), *rest = e.limits
        body = e.function if not rest else sp.Sum(e.function, *e.limits[:-1])
        if rest:
            index, _, size = e.limits[-1]
        if size.is_Integer:
            terms = [self.expr(body, {**places, index: _Place(component=c)}) for c in range(1, int(size) + 1)]
            return self._fold("add", terms)
        axis = self._axis(index, size, body, places)
        ref = self.expr(body, {**places, index: _Place(axis=axis)})
        if axis not in self.b.axes(ref):
            return self.b.map("mul", self.b.add(Size(axis)), ref)
        return self.b.reduce("sum", axis, ref)

    @staticmethod
    def _axis(index: sp.Symbol, size: sp.Basic, body: sp.Basic, places: Mapping[sp.Symbol, _Place]) -> str:
        """The axis over which a bound index runs: one of its own if another index over it is alive."""
        taken = {p.axis for i, p in places.items() if i != index and i in body.free_symbols}
        axis = str(size)
        while axis in taken:
            axis += "'"
        return axis

    def _piecewise(self, e: sp.Piecewise, places: Mapping[sp.Symbol, _Place]) -> Ref:
        *cases, (last, condition) = e.args
        if condition != sp.true:
            raise LoweringError(f"{e} is not defined everywhere: the last case must be unconditional")
        ref = self.expr(last, places)
        for value, when in reversed(cases):
            ref = self.b.map("select", self.expr(when, places), self.expr(value, places), ref)
        return ref

    def _relation(self, e: sp.Basic, places: Mapping[sp.Symbol, _Place]) -> Ref:
        a, b = (self.expr(s, places) for s in e.args)
        match e:
            case sp.StrictLessThan():
                return self.b.map("lt", a, b)
            case sp.StrictGreaterThan():
                return self.b.map("lt", b, a)
            case sp.LessThan():
                return self.b.map("le", a, b)
            case sp.GreaterThan():
                return self.b.map("le", b, a)
            case sp.Equality():
                return self.b.map("eq", a, b)
        raise LoweringError(f"no lowering for the relation {e}")

    def _delta(self, e: sp.KroneckerDelta, places: Mapping[sp.Symbol, _Place]) -> Ref:
        if any(a.is_Add for a in e.args[:2]):
            return self._tied(e, places)
        i, j = (self._place(a, places) for a in e.args[:2])
        if i.component and j.component:
            return self.b.const(1.0 if i.component == j.component else 0.0)
        if i.axis and j.gather is not None:
            return self.b.add(OneHot(j.gather, i.axis))
        if j.axis and i.gather is not None:
            return self.b.add(OneHot(i.gather, j.axis))
        if i.axis and j.axis:
            if i.axis == j.axis:
                return self.b.const(1)
            return self.b.map("eq", self.b.add(Place(i.axis)), self.b.add(Place(j.axis)))
        raise LoweringError(f"no lowering for {e}")

    def _tied(self, e: sp.KroneckerDelta, places: Mapping[sp.Symbol, _Place]) -> Ref:
        """1 where the places of i and j, counted from 0, add up to that of t: delta(i + j, t + 1)."""
        terms = sp.expand(e.args[0] - e.args[1]).as_coefficients_dict()
        sign = terms.pop(sp.S.One, 0)
        plus = sorted((i for i, c in terms.items() if c == -sign), key=str)
        minus = [i for i, c in terms.items() if c == sign]
        if sign not in (1, -1) or (len(plus), len(minus), len(terms)) != (2, 1, 3):
            raise LoweringError(f"no lowering for {e}")
        first, second, whole = (self.b.add(Place(places[i].axis)) for i in (*plus, *minus))
        return self.b.map("eq", self.b.map("add", first, second), whole)

    def _chain(self, name: str, parts: Sequence[sp.Basic], places: Mapping[sp.Symbol, _Place]) -> Ref:
        return self._fold(name, [self.expr(p, places) for p in parts])

    def _fold(self, name: str, refs: Sequence[Ref]) -> Ref:
        ref, *rest = refs
        for other in rest:
            ref = self.b.map(name, ref, other)
        return ref


def _ordered(parts: Iterable[sp.Basic]) -> list[sp.Basic]:
    """Operands in a fixed order, numbers last."""
    return sorted(parts, key=lambda p: (bool(p.is_number), p.sort_key()))


def _power_of_two(q: int) -> bool:
    return q & (q - 1) == 0
