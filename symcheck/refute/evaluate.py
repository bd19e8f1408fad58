"""Values of formulas at concrete sizes, data and indices: exact rationals where the expression is
rational, else balls (Arb) that surely hold the true value.

Reads the formulas' SymPy trees as they stand and shares nothing with the prover's normal form.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, ctx, fmpq

from formulas.language import Expr
from symcheck.refute.functions import function_of
from symcheck.refute.nodes import Node, State
from symcheck.refute.program import Program
from symcheck.refute.values import Plain, Undecided, Undefined, Unsupported, Value

Number: TypeAlias = Any
"""``int | float | Fraction | fmpq | arb``, or a SymPy constant such as ``LambertW(exp(-1))``."""


MORE_BITS: Final = 4
"""What could not be decided is tried once more with so many times the bits."""


class OutOfBudget(Exception):
    """The steps or seconds granted to an evaluation are used up."""


class Budget:
    """Steps and seconds (of this process, so that a busy machine changes nothing) that several evaluations
    share."""

    def __init__(self, steps: int | None = None, seconds: float | None = None) -> None:
        self.steps = math.inf if steps is None else steps
        self.deadline = None if seconds is None else time.process_time() + seconds
        self._until_look = 0

    def spend(self, steps: int) -> None:
        """Raises ``OutOfBudget`` when nothing is left."""
        self.steps -= steps
        self._until_look -= steps
        if self._until_look <= 0:
            self._until_look = 256
            if self.steps < 0 or (self.deadline is not None and time.process_time() > self.deadline):
                raise OutOfBudget


class Evaluator:
    """Values of expressions at one point.

    ``sizes``    the number for each symbolic size;
    ``tensors``  the entries of each tensor by their one-based indices (see ``entries``);
    ``scalars``  the number for each scalar symbol;
    ``bits``     the precision of balls; 256 bits are 77 decimal digits;
    ``outcomes`` the weight of each outcome and the values of all random quantities there; outside of
                 expectations these have the values in ``tensors`` and ``scalars``.

    Floats count as the exact binary fraction they are.  Values of subexpressions are kept, so asking for
    all entries of a vector costs little more than asking for one.
    """

    def __init__(
        self,
        sizes: Mapping[sp.Symbol, int],
        tensors: Mapping[sp.IndexedBase, Mapping[tuple[int, ...], Number]],
        scalars: Mapping[sp.Symbol, Number],
        bits: int = 256,
        *,
        program: Program | None = None,
        budget: Budget | None = None,
        outcomes: Sequence[tuple[Plain, Mapping[Any, Mapping[tuple[int, ...], Plain]]]] = (),
    ) -> None:
        self.bits = bits
        self.program = program if program is not None else Program()
        self.env: list[int | None] = []
        self.state: State = ()
        self.memo: dict[Any, Value] = {}
        self.slopes: dict[Any, Value] = {}
        self.spend = (budget if budget is not None else Budget()).spend
        self.data: dict[int, Mapping[tuple[int, ...], Plain]] = {}
        for size, number in sizes.items():
            self.data[self.program.source(size)] = {(): fmpq(int(number))}
        for scalar, value in scalars.items():
            self.data[self.program.source(scalar)] = {(): self._plain(value)}
        for tensor, found in tensors.items():
            plain = self._plain
            if not isinstance(found, dict):
                self.data[self.program.source(tensor)] = (
                    found  # entries that are worked out when they are read
                )
                continue
            self.data[self.program.source(tensor)] = {at: plain(value) for at, value in found.items()}
        self.outcome = 0
        self.outcomes = [
            (weight, {self.program.source(of): found for of, found in data.items()})
            for weight, data in outcomes
        ]

    def number(self, expr: Expr, indices: Mapping[sp.Symbol, int] | None = None) -> Plain:
        """The value: an ``fmpq`` if it was computed exactly, else an ``arb``.

        Raises ``Undefined`` where the expression has no real value or no derivative, ``Undecided`` where
        even ``MORE_BITS`` times the bits do not tell, ``Unsupported`` for an expression outside the
        language, ``KeyError`` for a symbol without a value.
        """
        return self.of_node(self.program.node(expr), indices)

    def value(self, expr: Expr, indices: Mapping[sp.Symbol, int] | None = None) -> arb:
        """``number`` as a ball of ``bits`` bits."""
        found = self.number(expr, indices)
        with ctx.workprec(self.bits):
            return arb(found)

    def holds(self, relation: sp.Basic, indices: Mapping[sp.Symbol, int] | None = None) -> bool:
        """Whether a relation holds.  Raises like ``number``; balls never settle an equality."""
        return bool(self.of_node(self.program.node(relation), indices))

    def of_node(self, node: Node, indices: Mapping[sp.Symbol, int] | None = None) -> Plain:
        """``number`` for an expression that the program has prepared."""
        slots = self.program.slots
        env: list[int | None] = [None] * len(slots)
        for symbol, k in (indices or {}).items():
            if symbol in slots:
                env[slots[symbol]] = k
        try:
            return self._run(node, list(env), self.bits)
        except Undecided:
            kept, self.memo = self.memo, {}
            try:
                return self._run(node, env, MORE_BITS * self.bits)
            finally:
                self.memo = kept

    def inside(self, expr: sp.Basic, indices: Mapping[sp.Symbol, int]) -> Plain:
        """The value of an expression while that of another is being worked out: an entry of a sequence."""
        kept = self.env, self.state, self.slopes
        slots = self.program.slots
        node = self.program.node(expr)
        self.env, self.state, self.slopes = [None] * len(slots), (), {}
        for symbol, k in indices.items():
            self.env[slots[symbol]] = k
        try:
            return node.value(self)
        finally:
            self.env, self.state, self.slopes = kept

    def _run(self, node: Node, env: list[int | None], bits: int) -> Plain:
        self.env = env
        self.state = ()
        self.slopes.clear()
        precision = ctx.prec
        ctx.prec = bits
        try:
            found = node.value(self)
        finally:
            ctx.prec = precision
            self.slopes.clear()
        if type(found) is arb and not found.is_finite():
            raise Undecided("a value beyond the range of balls")
        return found

    def at_each_outcome(self) -> Iterator[None]:
        """The random quantities have the values of one outcome after the other; once if there is no law."""
        before = self.data, self.outcome
        try:
            for k, (_, values) in enumerate(self.outcomes):
                self.outcome, self.data = k, {**before[0], **values}
                yield
        finally:
            self.data, self.outcome = before
        if not self.outcomes:
            yield

    def difference(self, x: Plain, y: Plain) -> Plain:
        """``x - y`` at this evaluator's precision."""
        with ctx.workprec(MORE_BITS * self.bits):
            return x - y

    def define(self, tensor: sp.IndexedBase | sp.Symbol, found: Mapping[tuple[int, ...], Number]) -> None:
        """Give a further tensor (or, at ``()``, scalar) its values.  Nothing computed so far may use it."""
        self.data[self.program.source(tensor)] = {at: self._plain(value) for at, value in found.items()}

    def missing(self, source: int, entry: tuple[int, ...]) -> Exception:
        """The error for an entry that has no value."""
        name = self.program.names[source]
        if source not in self.data:
            function = function_of(name)
            if function is not None:
                return Unsupported(f"{function} is not known to the evaluator")
            return KeyError(f"no value for {name}")
        return Undecided(f"{name} has no entry {entry}")

    def _plain(self, value: Number) -> Plain:
        if type(value) is fmpq or type(value) is arb:
            return value
        if isinstance(value, sp.Basic):
            if value.is_Rational:
                return fmpq(int(value.p), int(value.q))
            return Evaluator({}, {}, {}, self.bits).number(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError(f"{value} is not a real number")
            return fmpq(*value.as_integer_ratio())
        exact = Fraction(value)
        return fmpq(exact.numerator, exact.denominator)


def entries(nested: Iterable[Any]) -> dict[tuple[int, ...], Number]:
    """The entries of nested sequences by one-based indices: ``entries([5, 7]) == {(1,): 5, (2,): 7}``."""
    return dict(_entries(nested, ()))


def _entries(nested: Any, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Number]]:
    if hasattr(nested, "__iter__"):
        for k, part in enumerate(nested, start=1):
            yield from _entries(part, (*at, k))
    else:
        yield at, nested


__all__ = [
    "Budget", "Evaluator", "Number", "OutOfBudget", "Undecided", "Undefined", "Unsupported", "entries",
]  # fmt: skip
