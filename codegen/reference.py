"""The symbolic form of a kernel, evaluated in balls: its value and its true partial derivatives.

Independent of the IR and of everything that rewrites it: ``Kernel.output`` is walked as it stands in the
catalog, with forward-mode derivatives, in Arb arithmetic whose precision is raised until the result is
known to 170 bits, more than 50 digits.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import flint
import numpy as np
import numpy.typing as npt
import sympy as sp
from flint import arb

from formulas import language as lang
from formulas.check_entries import axis_sizes
from formulas.schema import Kernel

PRECISIONS = (320, 1024, 4096, 20000, 80000)
WANTED_BITS = 170  # 51 digits
TINY = arb(2) ** -1200
TINY_PRECISION = 4096


class NotEvaluated(ValueError):
    """An expression that cannot be evaluated here, or not to the wanted precision."""


@dataclass
class Dual:
    """A value and its slopes by the variables that are differentiated; ``slopes`` may be empty."""

    value: arb
    slopes: list[arb]

    def chain(self, value: arb, slope: arb) -> Dual:
        return Dual(value, [s * slope for s in self.slopes])


def _join(a: Dual, b: Dual, value: arb, by_a: arb, by_b: arb) -> Dual:
    slopes = [s * by_a + t * by_b for s, t in itertools.zip_longest(a.slopes, b.slopes, fillvalue=arb(0))]
    return Dual(value, slopes)


def _sigmoid(x: arb) -> arb:
    return 1 / (1 + (-x).exp())


def _phi(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def _density(x: arb) -> arb:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _nearest(x: arb) -> arb:
    floor = (x + arb(1) / 2).floor()
    tie = x + arb(1) / 2 == floor
    return floor - 1 if tie and (floor / 2).floor() * 2 != floor else floor


_UNARY: Mapping[type, tuple[Callable[[arb], arb], Callable[[arb], arb]]] = {
    sp.exp: (lambda x: x.exp(), lambda x: x.exp()),
    sp.log: (lambda x: x.log(), lambda x: 1 / x),
    sp.tanh: (lambda x: x.tanh(), lambda x: 1 / x.cosh() ** 2),
    sp.sin: (lambda x: x.sin(), lambda x: x.cos()),
    sp.cos: (lambda x: x.cos(), lambda x: -x.sin()),
    lang.sigmoid: (_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    lang.softplus: (lambda x: x.exp().log1p(), _sigmoid),
    lang.Phi: (_phi, _density),
    lang.normal_density: (_density, lambda x: -x * _density(x)),
    lang.nearest: (_nearest, lambda x: arb(0)),
    lang.ExpGap: (lambda x: x.expm1() - x, lambda x: x.expm1()),
}


class Evaluation:
    """One row of arguments: ``values[name]`` is a number or an array of exact numbers, ``wrt`` the entries
    (name, index) whose slopes are carried."""

    def __init__(
        self, kernel: Kernel, values: Mapping[str, Any], wrt: Sequence[tuple[str, tuple[int, ...]]] = ()
    ) -> None:
        self.kernel = kernel
        self.names = {i.symbol: i.name for i in kernel.inputs}
        self.values = values
        self.wrt = {key: at for at, key in enumerate(wrt)}
        self.sizes: dict[str, int] = {}
        for given in kernel.inputs:
            if isinstance(given.symbol, sp.IndexedBase):
                for dim, size in zip(given.symbol.shape, np.shape(values[given.name]), strict=True):
                    self.sizes[str(dim)] = size
        self.lengths: dict[sp.Basic, int] = {}
        self.memory: dict[Any, Dual] = {}

    def output(self, at: tuple[int, ...]) -> Dual:
        """The output at a place of the kernel's axes, counted from 0."""
        places = {a: i + 1 for a, i in zip(self.kernel.axes, at, strict=True)}
        return self.expr(self.kernel.output, places)

    def shape(self) -> tuple[int, ...]:
        ranges = axis_sizes(self.kernel.output, self.kernel.axes)
        return tuple(int(self.size(ranges[a])) for a in self.kernel.axes)

    def size(self, dim: sp.Basic) -> int:
        if dim not in self.lengths:
            self.lengths[dim] = int(dim.subs({s: self.sizes[str(s)] for s in dim.free_symbols}))
        return self.lengths[dim]

    def expr(self, e: sp.Basic, places: Mapping[sp.Symbol, int]) -> Dual:
        key = (e, tuple(map(places.get, _free(e))))
        if key not in self.memory:
            self.memory[key] = self._expr(e, places)
        return self.memory[key]

    def _expr(self, e: sp.Basic, places: Mapping[sp.Symbol, int]) -> Dual:
        if type(e) in _UNARY:
            x = self.expr(e.args[0], places)
            if type(e) is sp.log and x.value == 0:
                return Dual(arb.neg_inf(), _no_slopes(x))
            f, slope = _UNARY[type(e)]
            return x.chain(f(x.value), slope(x.value))
        match e:
            case sp.Integer():
                return Dual(arb(int(e)), [])
            case sp.Rational():
                return Dual(arb(int(e.p)) / int(e.q), [])
            case sp.Symbol():
                return self._symbol(e, places)
            case sp.Indexed():
                at = tuple(self._place(i, places) - 1 for i in e.indices)
                return self._entry(self.names[e.base], at)
            case sp.Add():
                return self._fold(e.args, places, lambda a, b: _join(a, b, a.value + b.value, arb(1), arb(1)))
            case sp.Mul():
                return self._product(e, places)
            case sp.Pow():
                return self._power(e, places)
            case sp.Sum():
                return self._sum(e, places)
            case sp.Abs():
                x = self.expr(e.args[0], places)
                return x.chain(abs(x.value), _sign(x.value))
            case sp.Max() | sp.Min():
                larger = isinstance(e, sp.Max)
                return self._fold(e.args, places, lambda a, b: a if (a.value >= b.value) == larger else b)
            case sp.Piecewise():
                for value, condition in e.args:
                    if condition == sp.true or self._holds(condition, places):
                        return self.expr(value, places)
            case sp.KroneckerDelta():
                i, j = (self._place(a, places) for a in e.args[:2])
                return Dual(arb(int(i == j)), [])
            case lang.causal_mask():
                key, query = (places[a] for a in e.args)
                return Dual(arb(0) if key <= query else arb.neg_inf(), [])
        if e is sp.pi:
            return Dual(arb.pi(), [])
        raise NotEvaluated(f"no value for {type(e).__name__}: {e}")

    def _symbol(self, e: sp.Symbol, places: Mapping[sp.Symbol, int]) -> Dual:
        if e in self.names:
            return self._entry(self.names[e], ())
        if e.is_integer and e.is_positive:
            return Dual(arb(self.sizes[str(e)]), [])
        raise NotEvaluated(f"{e} has no value")

    def _place(self, i: sp.Basic, places: Mapping[sp.Symbol, int]) -> int:
        if i.is_Integer:
            return int(i)
        if i.is_Add:
            return sum(self._place(part, places) for part in i.args)
        return places[i] if i in places else int(self.values[self.names[i]]) + 1

    def _entry(self, name: str, at: tuple[int, ...]) -> Dual:
        value = self.values[name]
        exact = value if not at and not isinstance(value, np.ndarray) else value[at]
        slopes = []
        if (name, at) in self.wrt:
            slopes = [arb(int(i == self.wrt[name, at])) for i in range(len(self.wrt))]
        return Dual(_exact(exact), slopes)

    def _fold(
        self, args: Sequence[sp.Basic], places: Mapping[sp.Symbol, int], join: Callable[[Dual, Dual], Dual]
    ) -> Dual:
        found, *rest = [self.expr(a, places) for a in args]
        for other in rest:
            found = join(found, other)
        return found

    def _product(self, e: sp.Mul, places: Mapping[sp.Symbol, int]) -> Dual:
        found, *rest = factors = [self.expr(a, places) for a in e.args]
        if any(
            isinstance(a, sp.Pow) and not x.value.is_finite() for a, x in zip(e.args, factors, strict=True)
        ):
            return Dual(arb.nan(), [arb.nan()] * max(len(x.slopes) for x in factors))  # by 0
        for other in rest:
            if (found.value == 0 and not found.slopes) or (other.value == 0 and not other.slopes):
                found = Dual(arb(0), [])  # wherever the other factor goes
            elif _zero_by_convention(found, other):
                found = Dual(arb(0), _no_slopes(_join(found, other, arb(0), arb(1), arb(1))))
            else:
                found = _join(found, other, found.value * other.value, other.value, found.value)
        return found

    def _power(self, e: sp.Pow, places: Mapping[sp.Symbol, int]) -> Dual:
        x, power = self.expr(e.args[0], places), e.args[1]
        if power.is_Integer:
            k = int(power)
            return x.chain(x.value**k, k * x.value ** (k - 1))
        if abs(power) == sp.Rational(1, 2):
            root = x.value.sqrt()
            if power > 0:
                return x.chain(root, 1 / (2 * root))
            return x.chain(1 / root, -1 / (2 * root * x.value))
        y = self.expr(power, places)
        if x.value == 0 and y.value > 1:
            return _join(x, y, arb(0), arb(0), arb(0))
        if not x.value > 0:
            raise NotEvaluated(f"no value for the power {e} of {x.value}")
        value = x.value**y.value
        return _join(x, y, value, y.value * value / x.value, value * x.value.log())

    def _sum(self, e: sp.Sum, places: Mapping[sp.Symbol, int]) -> Dual:
        found = Dual(arb(0), [])
        ranges = [range(1, self.size(high) + 1) for _, _, high in e.limits]
        for at in itertools.product(*ranges):
            inner = {**places, **{i: p for (i, _, _), p in zip(e.limits, at, strict=True)}}
            term = self.expr(e.function, inner)
            found = _join(found, term, found.value + term.value, arb(1), arb(1))
        return found

    def _holds(self, condition: sp.Basic, places: Mapping[sp.Symbol, int]) -> bool:
        a, b = (self.expr(s, places).value for s in condition.args)
        match condition:
            case sp.StrictLessThan():
                return bool(a < b)
            case sp.LessThan():
                return bool(a <= b)
            case sp.StrictGreaterThan():
                return bool(a > b)
            case sp.GreaterThan():
                return bool(a >= b)
            case sp.Equality():
                return bool(a == b)
        raise NotEvaluated(f"cannot decide {condition}")


@cache
def _free(e: sp.Basic) -> tuple[sp.Symbol, ...]:
    """The symbols of ``e``, which SymPy looks for again each time."""
    return tuple(e.free_symbols)


def _exact(number: Any) -> arb:
    if isinstance(number, arb):
        return number
    return arb(int(number)) if isinstance(number, int | np.integer) else arb(float(number))


def _sign(x: arb) -> arb:
    return arb(1) if x > 0 else arb(-1) if x < 0 else arb(0)


def _zero_by_convention(a: Dual, b: Dual) -> bool:
    """0 log 0 = 0, and 0 log(0 / 0) too."""
    return (a.value == 0 and not b.value.is_finite()) or (b.value == 0 and not a.value.is_finite())


def _no_slopes(x: Dual) -> list[arb]:
    """NaN by each variable on which ``x`` depends: what is made of it has no finite slope."""
    return [arb(0) if s == 0 else arb.nan() for s in x.slopes]


Row = Mapping[str, Any]
Exact = npt.NDArray[Any]


def forward(kernel: Kernel, row: Row) -> Exact:
    """The output for one row of arguments, as an object array of balls known to ``WANTED_BITS``."""

    def once() -> list[arb]:
        evaluation = Evaluation(kernel, row)
        shape = evaluation.shape()
        return [evaluation.output(at).value for at in np.ndindex(*shape)]

    shape = Evaluation(kernel, row).shape()
    return _array(_precise(once), shape)


def gradients(kernel: Kernel, row: Row, name: str) -> dict[tuple[int, ...], dict[tuple[int, ...], arb]]:
    """The slopes of each entry of the output by each entry of the argument ``name``, in 256-bit balls."""
    places = [(name, at) for at in np.ndindex(*np.shape(row[name]))]
    with flint.ctx.workprec(PRECISIONS[0]):
        evaluation = Evaluation(kernel, row, places)
        return {
            at: {p: s for (_, p), s in zip(places, evaluation.output(at).slopes, strict=False)}
            for at in np.ndindex(*evaluation.shape())
        }


def cotangent(kernel: Kernel, row: Row, g: npt.NDArray[Any], name: str) -> Exact:
    """The derivative of sum(g * output) by the argument ``name``, for one row, in balls."""
    places = [(name, at) for at in np.ndindex(*np.shape(row[name]))]

    def once() -> list[arb]:
        evaluation = Evaluation(kernel, row, places)
        total = [arb(0)] * len(places)
        for at in np.ndindex(*evaluation.shape()):
            slopes = evaluation.output(at).slopes
            weight = _exact(g[at])
            total = [t + weight * s for t, s in zip(total, slopes, strict=True)] if slopes else total
        return total

    return _array(_precise(once), np.shape(row[name]))


def _precise(compute: Callable[[], list[arb]]) -> list[arb]:
    found: list[arb] = []
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            found = compute()
            if all(x == 0 or not x.is_finite() or x.rel_accuracy_bits() >= WANTED_BITS for x in found):
                return found
            if precision >= TINY_PRECISION and all(_known(x) for x in found):
                return found
    raise NotEvaluated(f"not known to {WANTED_BITS} bits at precision {PRECISIONS[-1]}: {found}")


def _known(x: arb) -> bool:
    """Known to enough bits, or known to be far below every float."""
    return bool(not x.is_finite() or x.rel_accuracy_bits() >= WANTED_BITS or abs(x) < TINY)


def _array(values: list[arb], shape: tuple[int, ...]) -> Exact:
    found = np.empty(len(values), object)
    found[:] = values
    return found.reshape(shape)


__all__ = ["Evaluation", "NotEvaluated", "cotangent", "forward", "gradients"]
