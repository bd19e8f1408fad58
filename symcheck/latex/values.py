"""Values with open axes: a vector is its entry at an index that is not bound yet.

``Value(x[i], axes=(i,))`` is the vector x.  Sums contract axes, element-wise operations line them up,
a transposition turns them round; at the end the open axes of the sides of an equation are given common
names.  Every index in here is a ``Dummy``, so nothing can be captured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symcheck.latex.report import NotReadError, Reason, Span

MAX_EXPONENT_BITS = 512
MAX_NUMBER_HEIGHT = 7


class SizeConflict(Exception):
    """Two different sizes for one axis."""

    def __init__(self, a: sp.Expr, b: sp.Expr) -> None:
        super().__init__(f"{a} and {b}")
        self.a, self.b = a, b


@dataclass
class Sizes:
    """Sizes of axes that are still being found out: a union-find over placeholders.

    ``names``: what an open size was called in an earlier sentence of the formula."""

    parent: dict[sp.Symbol, sp.Symbol] = field(default_factory=dict)
    fixed: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    names: dict[sp.Symbol, sp.Symbol] = field(default_factory=dict)

    def fresh(self) -> sp.Symbol:
        size = sp.Dummy("n", integer=True, positive=True)
        self.parent[size] = size
        return size

    def root(self, size: sp.Expr) -> sp.Expr:
        while size in self.parent and self.parent[size] != size:
            size = self.parent[size]
        return size

    def known(self, size: sp.Expr) -> sp.Expr | None:
        """The size if it is settled."""
        size = self.root(size)
        return self.fixed.get(size) if size in self.parent else size

    def unify(self, a: sp.Expr, b: sp.Expr) -> None:
        """One size for both; raises ``SizeConflict`` if they are settled and different."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        known_a, known_b = self.known(a), self.known(b)
        if known_a is not None and known_b is not None:
            if known_a != known_b:
                raise SizeConflict(known_a, known_b)
            return
        if a not in self.parent:
            a, b = b, a
        if b not in self.parent:
            self.fixed[a] = b
            return
        if known_a is not None:
            a, b = b, a
        self.parent[a] = b
        if a in self.names:
            self.names.setdefault(b, self.names[a])


@dataclass(frozen=True)
class Axis:
    index: sp.Symbol
    size: sp.Expr


@dataclass(frozen=True)
class Value:
    """``expr`` with open ``axes``; ``row`` marks a transposed vector."""

    expr: sp.Expr
    axes: tuple[Axis, ...] = ()
    row: bool = False

    @property
    def rank(self) -> int:
        return len(self.axes)


@dataclass(frozen=True)
class Grid:
    """A matrix or a column written out entry by entry."""

    entries: sp.ImmutableDenseMatrix


Meaning = Value | Grid


def refuse(span: Span, detail: str, reason: Reason = Reason.THEORY) -> NotReadError:
    return NotReadError(reason, span, detail)


class Misfit(NotReadError):
    """Shapes that cannot be multiplied; the message is one for the author."""

    def __init__(self, span: Span, message: str) -> None:
        super().__init__(Reason.THEORY, span, message)


class Algebra:
    """Operations on values; sizes of axes that meet are unified."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes

    def align(self, a: Value, b: Value, span: Span) -> tuple[Value, Value]:
        """The same open axes on both; a scalar fits everywhere."""
        if a.rank and b.rank:
            if a.rank != b.rank or (a.rank == 1 and a.row != b.row):
                raise refuse(span, "shapes that do not fit element by element")
            for x, y in zip(a.axes, b.axes, strict=True):
                self.sizes.unify(x.size, y.size)
            renaming = {y.index: x.index for x, y in zip(a.axes, b.axes, strict=True)}
            return a, Value(b.expr.xreplace(renaming), a.axes, a.row)
        axes, row = (a.axes, a.row) if a.rank else (b.axes, b.row)
        return replace(a, axes=axes, row=row), replace(b, axes=axes, row=row)

    def map(self, f: Callable[..., sp.Expr], values: Sequence[Value], span: Span) -> Value:
        """``f`` element by element."""
        first = values[0]
        done = [first]
        for v in values[1:]:
            first, other = self.align(first, v, span)
            done = [replace(d, axes=first.axes, row=first.row) for d in done]
            done.append(other)
        return Value(f(*[d.expr for d in done]), first.axes, first.row)

    def total(self, value: Value, axis: Axis) -> Value:
        """The sum over one open axis."""
        rest = tuple(a for a in value.axes if a is not axis)
        return Value(sp.Sum(value.expr, (axis.index, 1, axis.size)), rest, value.row and bool(rest))

    def contract(self, a: Value, x: Axis, b: Value, y: Axis, row: bool) -> Value:
        self.sizes.unify(x.size, y.size)
        body = a.expr * b.expr.xreplace({y.index: x.index})
        axes = (*[k for k in a.axes if k is not x], *[k for k in b.axes if k is not y])
        return Value(sp.Sum(body, (x.index, 1, x.size)), axes, row and len(axes) == 1)

    def product(self, a: Value, b: Value, span: Span) -> Value:
        """The product of juxtaposed factors: by numbers, of matrices, with rows and columns."""
        if not a.rank or not b.rank:
            axes, row = (a.axes, a.row) if a.rank else (b.axes, b.row)
            return Value(a.expr * b.expr, axes, row)
        match (a.rank, b.rank):
            case (1, 1):
                if a.row and not b.row:
                    return self.contract(a, a.axes[0], b, b.axes[0], False)
                if b.row and not a.row:
                    return Value(a.expr * b.expr, (*a.axes, *b.axes))
                raise refuse(span, "product of two vectors")
            case (2, 1):
                if b.row:
                    raise refuse(span, "matrix times row")
                return self.contract(a, a.axes[1], b, b.axes[0], False)
            case (1, 2):
                return self.contract(a, a.axes[0], b, b.axes[0], True)
            case (2, 2):
                return self.contract(a, a.axes[1], b, b.axes[0], False)
        raise refuse(span, "product of tensors with more than two axes")

    def dot(self, a: Value, b: Value, span: Span) -> Value:
        if a.rank != 1 or b.rank != 1:
            raise refuse(span, "inner product of what are no vectors")
        return self.contract(a, a.axes[0], b, b.axes[0], False)

    def transpose(self, a: Value, span: Span) -> Value:
        if a.rank == 0:
            return a
        if a.rank == 1:
            return replace(a, row=not a.row)
        if a.rank == 2:
            return Value(a.expr, (a.axes[1], a.axes[0]))
        raise refuse(span, "transpose of a tensor with more than two axes")

    def square_norm(self, a: Value) -> sp.Expr:
        out = a.expr**2
        for axis in a.axes:
            out = sp.Sum(out, (axis.index, 1, axis.size))
        return out


def power(base: sp.Expr, exponent: sp.Expr, span: Span) -> sp.Expr:
    """``base ** exponent`` where SymPy cannot be led into computing a huge number."""
    if base.is_number and exponent.is_number:
        if (
            not (base.is_Rational and exponent.is_Rational)
            and max(sp.count_ops(base), sp.count_ops(exponent)) > 20
        ):
            raise refuse(span, "number too large")
        if exponent.is_Rational and base.is_Rational:
            bits = max(abs(base.p).bit_length(), base.q.bit_length())
            if bits * max(abs(exponent.p), exponent.q) > MAX_EXPONENT_BITS:
                raise refuse(span, "number too large")
        elif exponent.is_Rational and abs(exponent.p) > 64:
            raise refuse(span, "number too large")
    elif exponent.is_Integer and abs(int(exponent)) > 10_000:
        raise refuse(span, "exponent too large")
    if exponent.is_negative and base.is_zero:
        raise refuse(span, "division by zero")
    return base**exponent


def guard(expr: sp.Expr, span: Span) -> None:
    """Arguments on which SymPy could compute for long."""
    if expr.is_Rational and max(abs(expr.p).bit_length(), expr.q.bit_length()) > 400:
        raise refuse(span, "number too large")
    if not expr.is_Rational and expr.is_number and _height(expr) > MAX_NUMBER_HEIGHT:
        raise refuse(span, "number built from too many functions")


def _height(expr: sp.Basic) -> int:
    """How many levels ``expr`` has, counted no further than needed."""
    level, height = [expr], 0
    while level and height <= MAX_NUMBER_HEIGHT:
        level = [a for e in level for a in e.args][:200]
        height += 1
    return height


def at_position(position: Axis | int) -> sp.Expr:
    """The index or the number that stands for a position along an axis."""
    return position.index if isinstance(position, Axis) else sp.Integer(position)
