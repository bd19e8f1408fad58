"""Cases, matrices written out, derivatives and gradients."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.language import Partial, smooth
from symcheck.latex import tree
from symcheck.latex.evaluator import is_index_symbol
from symcheck.latex.functions import ELEMENTWISE
from symcheck.latex.names import plain_name
from symcheck.latex.report import Reason, Span
from symcheck.latex.summation import Summation
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Grid,
    Meaning,
    Value,
    refuse,
)

_ARGUMENTS = ("x", "w", "theta")
_CONSTANTS = frozenset({"c", "C"})
"""Letters that are constants where they are differentiated by something else."""
_COMPARISONS = {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}


class Calculus(Summation):
    """Cases, matrices and derivatives."""

    def cases(self, node: tree.Cases) -> Value:
        by_index = self.by_index(node)
        if by_index is not None:
            return by_index
        rows = [(self.value(v), None if c is None else self.condition(c)) for v, c in node.rows]
        if not rows or len(rows) > 12:
            raise refuse(node.span, "cases")
        pieces = []
        for k, (_, condition) in enumerate(rows):
            if condition is None and k + 1 < len(rows):
                raise refuse(node.span, "a case without a condition")
            pieces.append(sp.true if condition is None else condition)
        if len(pieces) == 2 and pieces[1] == sp.Not(pieces[0]):
            pieces[1] = sp.true
        return self.algebra.map(
            lambda *values: sp.Piecewise(*zip(values, pieces, strict=True)), [v for v, _ in rows], node.span
        )

    def by_index(self, node: tree.Cases) -> Value | None:
        """``a`` if i = j and ``b`` otherwise, for two indices: a delta decides."""
        match node.rows:
            case (
                (first, tree.Relation(sides=(tree.Symbol() as i, tree.Symbol() as j), operators=("=",))),
                (second, other),
            ):
                pass
            case _:
                return None
        if not {i.name, j.name} <= self.facts.below:
            return None
        match other:
            case None | tree.Prose(text="otherwise") | tree.Relation(operators=("!=",)):
                pass
            case _:
                return None
        pair = [self.scope.index(n.name, n.span) for n in (i, j)]
        self.sizes.unify(pair[0].size, pair[1].size)
        same = sp.KroneckerDelta(pair[0].index, pair[1].index)
        values = [self.value(first), self.value(second)]
        return self.algebra.map(lambda a, b: same * a + (1 - same) * b, values, node.span)

    def condition(self, node: Node) -> sp.Basic | None:
        """A condition as a SymPy relation; None for "otherwise"."""
        match node:
            case tree.Prose(text="otherwise"):
                return None
            case tree.Relation():
                parts = []
                for a, op, b in zip(node.sides, node.operators, node.sides[1:], strict=False):
                    if op not in _COMPARISONS:
                        raise refuse(node.span, f"a condition with {op}")
                    parts.append(_COMPARISONS[op](self.number(a), self.number(b)))
                return sp.And(*parts)
            case tree.Logic(operator="and" | "or"):
                inner = [self.condition(n) for n in node.operands]
                if any(c is None for c in inner):
                    raise refuse(node.span, "condition")
                return sp.And(*inner) if node.operator == "and" else sp.Or(*inner)
            case tree.Sequence():
                both = [self.condition(n) for n in node.items]
                if all(c is not None for c in both):
                    return sp.And(*both)
            case tree.Delimited(opening="(" | "", items=(inner_node,)):
                return self.condition(inner_node)
        raise refuse(node.span, "condition", Reason.PROSE if isinstance(node, tree.Prose) else Reason.THEORY)

    def matrix(self, node: tree.Matrix) -> Grid:
        if node.environment in ("vmatrix", "Vmatrix"):
            raise refuse(node.span, "determinant")
        rows = node.rows
        if not rows or len(rows) * len(rows[0]) > 64 or any(len(r) != len(rows[0]) for r in rows):
            raise refuse(node.span, "matrix")
        for cell in (c for r in rows for c in r):
            if self.may_be_matrix(cell):
                raise refuse(cell.span, "an entry that could be a block", Reason.SYMBOL)
        return Grid(sp.ImmutableDenseMatrix([[self.number(c) for c in r] for r in rows]))

    def prime(self, node: tree.Prime) -> Meaning:
        """``(f g)'`` is the derivative by x of functions of x; ``W'`` alone is a name."""
        names = {n.name for n in tree.walk(node.base) if isinstance(n, tree.Symbol)}
        variable = self.facts.primes.get(node.span)
        if variable is not None and node.order <= 4:
            expr = self.number(node.base)
            for _ in range(node.order):
                expr = Partial(expr, self.scalar(variable))
            return Value(expr)
        if not names & self.facts.functions_of_x:
            return self.named(node)
        if node.order > 4 or any(
            isinstance(n, tree.Product) and "circ" in n.operators for n in tree.walk(node)
        ):
            raise refuse(node.span, "derivative of a composition")
        expr = self.number(node.base)
        for _ in range(node.order):
            expr = Partial(expr, sp.Symbol("x", real=True))
        return Value(expr)

    def primed_call(self, function: tree.Prime, node: tree.Call) -> Value:
        if len(node.arguments.items) != 1 or function.order > 4:
            raise refuse(node.span, "derivative")
        at = self.value(node.arguments.items[0])
        name = plain_name(function.base) or ""
        unknown = name not in self.definitions and name not in ELEMENTWISE
        if unknown and not at.rank and not isinstance(at.expr, sp.Symbol | sp.Indexed):
            inner = self.value(tree.Call(node.span, function.base, node.arguments))
            primes = "'" * function.order
            if isinstance(
                inner.expr, AppliedUndef
            ):  # the derivative of f is a function, wherever it is taken
                return Value(smooth(f"{inner.expr.func.__name__}{primes}")(at.expr))
        inner = self.value(tree.Call(node.span, function.base, node.arguments))
        if at.rank != inner.rank or not isinstance(at.expr, sp.Symbol | sp.Indexed):
            raise refuse(node.span, "derivative at a point that is no variable")
        expr = inner.expr
        for _ in range(function.order):
            expr = Partial(expr, at.expr)
        if at.rank:
            inner, at = self.algebra.align(inner, at, node.span)
            expr = Partial(inner.expr, at.expr)
        return Value(expr, inner.axes, inner.row)

    def derivative(self, node: tree.Derivative) -> Value:
        if isinstance(node.body, tree.Missing):
            raise refuse(node.span, "a derivative of nothing")
        order = 1 if node.order is None else self.number(node.order)
        variables = (
            node.variables * int(order) if len(node.variables) == 1 and order in (1, 2, 3) else node.variables
        )
        if order != len(variables) and node.order is not None:
            raise refuse(node.span, "order of a derivative")
        out = self.value(node.body)
        for v in reversed(variables):
            out = self.differentiate(out, v, node.span)
        return out

    def differentiate(self, body: Value, variable: Node, span: Span) -> Value:
        by = self.value(variable)
        if not isinstance(by.expr, sp.Symbol | sp.Indexed) or is_index_symbol(by.expr):
            raise refuse(variable.span, "what is differentiated by is no variable")
        if by.rank and body.rank:
            raise refuse(span, "derivative of a tensor by a tensor")
        if not depends(body.expr, by.expr):
            if isinstance(body.expr, sp.Number) or str(body.expr) in _CONSTANTS:
                return Value(sp.Integer(0))
            what = "the derivative of something whose dependence on the variable is not said"
            raise refuse(span, what, Reason.SYMBOL)
        return Value(Partial(body.expr, by.expr), (*body.axes, *by.axes))

    def gradient(self, node: tree.Nabla) -> Value:
        if node.operator != "nabla" or node.order is not None:
            raise refuse(node.span, "a gradient of higher order", Reason.SYMBOL)
        if isinstance(node.body, tree.Missing):
            raise refuse(node.span, "a gradient of nothing")
        variable = node.variable if node.variable is not None else self.argument_of(node.body)
        if variable is None:
            raise refuse(node.span, "a gradient that does not say by what", Reason.SYMBOL)
        return self.differentiate(self.value(node.body), variable, node.span)

    @staticmethod
    def argument_of(body: Node) -> Node | None:
        """By what ``\\nabla`` of an expression is taken: x, w or the parameters theta, or the only vector."""
        bold = [
            n
            for n in tree.walk(body)
            if isinstance(n, tree.Symbol) and n.style == "bold" and n.name.islower() and not n.accents
        ]
        for name in _ARGUMENTS:
            found = next((n for n in bold if n.name == name), None)
            if found is not None:
                return found
        return bold[0] if len({n.name for n in bold}) == 1 else None


def depends(expr: sp.Expr, variable: sp.Expr) -> bool:
    """Does ``expr`` mention the variable, the tensor that it is an entry of, or an unknown function?"""
    if expr.atoms(AppliedUndef):
        return True
    if isinstance(variable, sp.Indexed):
        return any(a.base.label == variable.base.label for a in expr.atoms(sp.Indexed))
    return variable in expr.free_symbols
