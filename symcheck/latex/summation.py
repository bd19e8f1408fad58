"""Sums and products over an index, and what their limits bind."""

from __future__ import annotations

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.arithmetic import Arithmetic
from symcheck.latex.evaluator import dimension
from symcheck.latex.letters import bound_letters
from symcheck.latex.names import plain_name
from symcheck.latex.report import Problem, ProblemKind, Reason, Span
from symcheck.latex.scope import Frame
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Axis,
    Meaning,
    Value,
    at_position,
    refuse,
)


class Summation(Arithmetic):
    """Operators that bind an index."""

    def big(self, node: tree.BigOperator) -> Meaning:
        if node.operator not in ("sum", "prod"):
            raise refuse(node.span, f"\\{node.operator}")
        counted = self.counted(node)
        if counted is not None:
            return counted
        frame, lower, excluded = self.limits(node)
        with self.scope.binding(frame, node.span):
            body = self.value(node.body)
            axes = list(frame.axes.items())
            if not axes:
                raise refuse(node.span, "a sum without an index")
            if frame.implicit and len(axes) > 1:
                raise refuse(node.span, "a sum that does not say over which index", Reason.SYMBOL)
            weight = sp.Integer(1)
            for letter, item in excluded:
                other = self.index_of(item)
                axis = frame.axes[letter]
                if isinstance(other, Axis):
                    self.sizes.unify(other.size, axis.size)
                weight *= 1 - sp.KroneckerDelta(axis.index, at_position(other))
            self.unused(frame, body, node)
        expr = body.expr
        for letter, axis in axes:
            if lower.get(letter, 1) == 0:
                expr = _shift(expr, axis.index, node.span)
        if node.operator == "prod":
            return Value(self.finite_product(expr, weight, axes, node), body.axes, body.row)
        expr = expr * weight
        for _, axis in reversed(axes):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return Value(expr, body.axes, body.row)

    def counted(self, node: tree.BigOperator) -> Value | None:
        """A sum of numbers, ``\\sum_{k=0}^n 2^k``: over whole numbers and not along an axis, so that it may
        begin and end anywhere."""
        match node.lower:
            case tree.Relation(sides=(tree.Symbol() as symbol, first), operators=("=",)):
                letter = plain_name(symbol) or ""
            case _:
                return None
        if node.operator != "sum" or node.upper is None or self.labels(node.body, letter):
            return None
        if not any(isinstance(n, tree.Symbol) and n.name == letter for n in tree.walk(node.body)):
            return None
        low, high = self.number(first), self.number(node.upper)
        if (
            not (low.is_Integer and abs(int(low)) < 100)
            or not high.is_integer
            or high.has(sp.Sum, sp.Indexed)
        ):
            return None
        if high.is_number and not 0 < int(high) - int(low) < 10**6:
            return None
        axis = self.scope.new_axis(letter)
        with self.scope.binding(Frame({letter: axis}), node.span):
            body = self.value(node.body)
        if body.rank or body.expr.has(sp.Sum, sp.KroneckerDelta):
            return None
        shifted = body.expr.xreplace({axis.index: axis.index + low - 1})
        return Value(sp.Sum(shifted, (axis.index, 1, high - low + 1)))

    @staticmethod
    def labels(body: Node, letter: str) -> bool:
        """The letter stands as an index, or as the argument of a function."""
        parts: list[Node] = []
        for n in tree.walk(body):
            if isinstance(n, tree.Subscript):
                parts += n.items
            elif isinstance(n, tree.Mark):
                parts.append(n.mark)
            elif isinstance(n, tree.Call):
                parts += n.arguments.items
        return any(isinstance(n, tree.Symbol) and n.name == letter for p in parts for n in tree.walk(p))

    @staticmethod
    def finite_product(
        expr: sp.Expr, weight: sp.Expr, axes: list[tuple[str, Axis]], node: tree.BigOperator
    ) -> sp.Expr:
        """A product of positive numbers, as the exponential of a sum of logarithms."""
        if not expr.is_positive or weight != 1:
            raise refuse(node.span, "a product whose factors may be zero or negative")
        expr = sp.log(expr)
        for _, axis in reversed(axes):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return sp.exp(expr)

    def limits(self, node: tree.BigOperator) -> tuple[Frame, dict[str, int], list[tuple[str, Node]]]:
        """The letters that a sum binds, where they start, and what they leave out."""
        frame = Frame()
        start: dict[str, int] = {}
        excluded: list[tuple[str, Node]] = []
        upper = None if node.upper is None else self.size_of(node.upper)
        if node.lower is None:
            frame.implicit = True
            if upper is not None:
                raise refuse(node.span, "a sum with an upper limit and no index", Reason.SYMBOL)
            implied = self.facts.implied_sizes.get(node.span)
            frame.size = dimension(implied) if implied else None
            return frame, start, excluded
        letters = bound_letters(node.lower)
        if not letters or len(letters) > 4:
            raise refuse(node.lower.span, "the range of a sum")
        if upper is None and len(letters) == 1:
            implied = self.facts.implied_sizes.get(node.span)
            upper = dimension(implied) if implied else None
        match node.lower:
            case tree.Symbol() | tree.Subscript() | tree.Sequence() | tree.Product() | tree.Delimited():
                if any(isinstance(n, tree.Relation) for n in tree.walk(node.lower)):
                    raise refuse(node.lower.span, "the range of a sum")
            case tree.Relation(sides=(_, first), operators=("=",)) if upper is not None and len(letters) == 1:
                begin = self.number(first)
                if begin not in (0, 1):
                    raise refuse(node.lower.span, "a sum over part of an axis")
                start[letters[0]] = int(begin)
                if begin == 0:
                    upper = self.zero_based(upper, node)
                elif _is_difference(upper):
                    raise refuse(node.span, "a sum over part of an axis")
            case tree.Relation(sides=(_, other), operators=("!=",)) if upper is None and len(letters) == 1:
                excluded.append((letters[0], other))
            case tree.Relation(sides=(_, over), operators=("in",)) if upper is None:
                self.alphabet(over, letters)
            case _:
                raise refuse(node.lower.span, "the range of a sum")
        for letter in letters:
            if upper is not None and len(letters) > 1:
                raise refuse(node.lower.span, "the range of a sum")
            frame.axes[letter] = self.scope.new_axis(letter, upper)
        return frame, start, excluded

    def alphabet(self, over: Node, letters: list[str]) -> None:
        """``x \\in \\mathcal{X}`` runs over all values; ``i \\in S`` over a part of an axis."""
        whole = isinstance(over, tree.Symbol) and over.style == "calligraphic" and len(letters) == 1
        if whole and letters[0] not in "ijklmnt":
            return
        raise refuse(over.span, "a sum over part of an axis")

    def zero_based(self, upper: sp.Expr, node: tree.BigOperator) -> sp.Expr:
        size = upper + 1
        if not (size.is_Symbol or size.is_Integer):
            raise refuse(node.span, "a sum over part of an axis")
        return size

    def unused(self, frame: Frame, body: Value, node: tree.BigOperator) -> None:
        for letter, axis in frame.axes.items():
            if frame.implicit or letter in frame.used or body.expr.has(axis.index):
                continue
            if any(isinstance(n, tree.Symbol) and letter in n.name for n in tree.walk(node.body)):
                continue
            indices = {
                a.index
                for a in (*self.scope.free.values(), *[x for f in self.scope.frames for x in f.axes.values()])
            }
            others = bool(indices & body.expr.free_symbols)
            message = f"the sum runs over {letter}, which does not occur in it"
            self.scope.problems.append(Problem(ProblemKind.UNUSED_INDEX, node.span, message, sure=others))

    def size_of(self, node: Node) -> sp.Expr:
        """The upper end of a range."""
        found = self.number(node)
        if found.free_symbols and not all(s.is_integer for s in found.free_symbols):
            raise refuse(node.span, "the end of a range")
        if found.is_number and not (found.is_Integer and 0 < int(found) < 10**6):
            raise refuse(node.span, "the end of a range")
        return found


def _is_difference(size: sp.Expr) -> bool:
    return isinstance(size, sp.Add)


def _shift(expr: sp.Expr, index: sp.Symbol, span: Span) -> sp.Expr:
    """A sum from 0 as one from 1: a subscript only names the entry, as a number the index is one less."""
    inside = any(index in a.free_symbols for a in expr.atoms(sp.Indexed))
    if not inside:
        return expr.xreplace({index: index - 1})
    placeholders = {a: sp.Dummy() for a in expr.atoms(sp.Indexed, sp.KroneckerDelta)}
    bare = expr.xreplace(placeholders).xreplace({index: index - 1})
    return bare.xreplace({v: k for k, v in placeholders.items()})
