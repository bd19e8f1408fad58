"""Sums, products, fractions, powers and norms of numbers, vectors and matrices."""

from __future__ import annotations

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.names import plain_name
from symcheck.latex.report import Reason, Span
from symcheck.latex.survey import INDEX_CONVENTION, index_items, is_capital
from symcheck.latex.symbols import Symbols
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Grid,
    Meaning,
    Misfit,
    Value,
    guard,
    power,
    refuse,
)

MAX_TERMS = 600


class Arithmetic(Symbols):
    """What stands between operands."""

    def sum(self, node: tree.Sum) -> Meaning:
        if len(node.terms) > MAX_TERMS:
            raise refuse(node.span, "too many terms")
        if set(node.signs) - {"+", "-"}:
            raise refuse(node.span, "plus-minus or an operation on sets")
        terms = [self.meaning(t) for t in node.terms]
        if any(isinstance(t, Grid) for t in terms):
            return self.grid_sum(terms, node)
        out: Value | None = None
        for sign, term in zip(node.signs, terms, strict=True):
            assert isinstance(term, Value)
            signed = Value(-term.expr, term.axes, term.row) if sign == "-" else term
            if out is None:
                out = signed
                continue
            self.bias(out, signed, node)
            if {out.rank, signed.rank} == {0, 2}:
                raise refuse(node.span, "a number added to a matrix")
            out = self.algebra.map(lambda a, b: a + b, (out, signed), node.span)
        assert out is not None
        return out

    def bias(self, a: Value, b: Value, node: tree.Sum) -> None:
        """A plain letter added to a vector, where vectors are not set in bold, could be either."""
        if {a.rank, b.rank} != {0, 1} or self.facts.bold:
            return
        number = a if a.rank == 0 else b
        if any(
            isinstance(s, sp.Symbol) and s.name not in self.context.symbols
            for s in [number.expr, -number.expr]
        ):
            raise refuse(node.span, "a number or a vector is added to a vector", Reason.SYMBOL)

    @staticmethod
    def grid_sum(terms: list[Meaning], node: tree.Sum) -> Grid:
        out: sp.ImmutableDenseMatrix | None = None
        for sign, term in zip(node.signs, terms, strict=True):
            if not isinstance(term, Grid):
                raise refuse(node.span, "a matrix written out added to something else")
            entries = -term.entries if sign == "-" else term.entries
            if out is not None and out.shape != entries.shape:
                raise refuse(node.span, "shapes do not agree")
            out = entries if out is None else out + entries
        return Grid(sp.ImmutableDenseMatrix(out))

    def product(self, node: tree.Product) -> Meaning:
        out = self.meaning(node.factors[0])
        for left, right in zip(node.factors, node.factors[1:], strict=False):
            self.column_for_grid(left, right)
        for operator, factor in zip(node.operators, node.factors[1:], strict=True):
            out = self.times(out, operator, self.meaning(factor), node.span)
        return out

    def column_for_grid(self, left: Node, right: Node) -> None:
        """A name right of a matrix that is written out is a column of its width."""
        name, other = plain_name(left), plain_name(right)
        grid = isinstance(left, tree.Matrix) or (name is not None and name in self.grids)
        if not grid or other is None or other in self.context.symbols or other in self.grids:
            return
        if not self.facts.rank(other, 0) and other not in self.facts.numbers:
            self.facts.vectors.add(other)

    def times(self, a: Meaning, operator: str, b: Meaning, span: Span) -> Meaning:
        if isinstance(a, Grid) or isinstance(b, Grid):
            return self.grid_product(a, b, span)
        match operator:
            case "":
                return self.matrix_product(a, b, span)
            case "cdot" | "ast":
                if a.rank == 1 and b.rank == 1 and not a.row and not b.row and operator == "cdot":
                    return self.algebra.dot(a, b, span)
                return self.matrix_product(a, b, span)
            case "times" | "div" if not a.rank and not b.rank:
                return Value(a.expr * (b.expr if operator == "times" else 1 / b.expr))
            case "times" if not a.rank or not b.rank:
                return self.algebra.product(a, b, span)
            case "odot":
                if (a.rank == 0) != (b.rank == 0):
                    raise refuse(span, "a number and a tensor multiplied entry by entry", Reason.SYMBOL)
                return self.algebra.map(lambda x, y: x * y, (a, b), span)
            case "otimes" if a.rank == b.rank == 1:
                return Value(a.expr * b.expr, (*a.axes, *b.axes))
        raise refuse(span, f"the operation {operator}")

    def matrix_product(self, a: Value, b: Value, span: Span) -> Value:
        """Vectors are columns, or rows throughout where they stand left of matrices; a formula that does
        both does not conform."""
        if (a.rank, b.rank) == (2, 1) and not b.row:
            self.vectors_are |= {"columns"}
        if (a.rank, b.rank) == (1, 2) and not a.row:
            self.vectors_are |= {"rows"}
            if "columns" not in self.vectors_are:
                a = Value(a.expr, a.axes, row=True)
                out = self.algebra.product(a, b, span)
                return Value(out.expr, out.axes)
        if self.vectors_are == {"rows", "columns"} and {a.rank, b.rank} == {1, 2} and not (a.row or b.row):
            raise Misfit(span, "a vector stands left of a matrix here and right of one elsewhere")
        return self.algebra.product(a, b, span)

    def grid_product(self, a: Meaning, b: Meaning, span: Span) -> Grid:
        if isinstance(a, Value):
            if a.rank or not isinstance(b, Grid):
                raise refuse(span, "product with a matrix written out")
            return Grid(sp.ImmutableDenseMatrix(b.entries.applyfunc(lambda e: a.expr * e)))
        if isinstance(b, Value):
            if not b.rank:
                return Grid(sp.ImmutableDenseMatrix(a.entries.applyfunc(lambda e: b.expr * e)))
            if b.rank != 1 or b.row:
                raise refuse(span, "product with a matrix written out")
            width = a.entries.shape[1]
            self.sizes.unify(b.axes[0].size, sp.Integer(width))
            column = [b.expr.xreplace({b.axes[0].index: sp.Integer(k + 1)}) for k in range(width)]
            b = Grid(sp.ImmutableDenseMatrix(width, 1, column))
        if a.entries.shape[1] != b.entries.shape[0]:
            raise refuse(span, "shapes do not agree")
        return Grid(sp.ImmutableDenseMatrix(a.entries * b.entries))

    def fraction(self, top: Node, bottom: Node, span: Span) -> Value:
        above, below = self.value(top), self.value(bottom)
        if below.rank:
            if above.rank == below.rank == 1 and above.row == below.row:
                return self.algebra.map(lambda a, b: a / b, (above, below), span)
            raise refuse(span, "division by a tensor")
        if below.expr.is_zero:
            raise refuse(span, "division by zero")
        return Value(above.expr / below.expr, above.axes, above.row)

    def power(self, node: tree.Power) -> Meaning:
        if self.is_exponential(node.base):
            if _counts(node.exponent):
                raise refuse(node.span, "a power of e or an error with a step number?", Reason.SYMBOL)
            exponent = self.value(node.exponent)
            guard(exponent.expr, node.span)
            return self.algebra.map(sp.exp, (exponent,), node.span)
        base = self.value(node.base)
        if base.rank == 2:
            return self.matrix_power(base, node)
        if (
            isinstance(node.base, tree.Subscript)
            and len(node.base.items) > 1
            and _letters_only(node.exponent)
        ):
            raise refuse(node.exponent.span, "upper indices or an exponent?", Reason.SYMBOL)
        exponent = self.number(node.exponent)
        if exponent == -1 and self.may_be_matrix(node.base):
            raise refuse(node.span, "the inverse of a number or of a matrix?", Reason.SYMBOL)
        if base.rank == 1:
            raise refuse(node.span, "power of a vector")
        return Value(power(base.expr, exponent, node.span))

    def is_exponential(self, base: Node) -> bool:
        """``e`` under an exponent is the number, unless e is the name of something with entries."""
        if not isinstance(base, tree.Symbol) or base.name != "e" or base.accents:
            return False
        return "e" not in self.context.symbols and not self.facts.subscripts.get("e")

    def matrix_power(self, base: Value, node: tree.Power) -> Value:
        exponent = self.number(node.exponent)
        if not exponent.is_Integer or not 1 <= int(exponent) <= 8:
            raise refuse(node.span, "inverse or general power of a matrix")
        out = base
        for _ in range(int(exponent) - 1):
            out = self.algebra.product(out, self.value(node.base), node.span)
        return out

    def root(self, node: tree.Root) -> Value:
        inside = self.value(node.radicand)
        if inside.rank > 1:
            raise refuse(node.span, "root of a matrix")
        degree = sp.Integer(2) if node.degree is None else self.number(node.degree)
        if degree.is_zero:
            raise refuse(node.span, "root of degree zero")
        return self.algebra.map(lambda e: power(e, 1 / degree, node.span), (inside,), node.span)

    def may_be_matrix(self, node: Node) -> bool:
        """A capital letter that nothing shows to be a number, alone or in a product."""
        match node:
            case tree.Sum(terms=(inner,)):
                return self.may_be_matrix(inner)
            case tree.Product():
                return any(self.may_be_matrix(f) for f in node.factors)
            case tree.Power():
                return self.may_be_matrix(node.base)
        name = plain_name(node)
        if name is None or name in self.context.symbols or name in self.facts.sizes:
            return False
        if isinstance(node, tree.Subscript) and index_items(
            node.items, plain_name(node.base) or "", self.facts
        ):
            return False
        return is_capital(name) and name not in self.facts.variables

    def transpose(self, node: tree.Transpose) -> Meaning:
        found = self.meaning(node.base)
        if isinstance(found, Grid):
            return Grid(sp.ImmutableDenseMatrix(found.entries.T))
        return self.algebra.transpose(found, node.span)

    def delimited(self, node: tree.Delimited) -> Meaning:
        if node.opening == "<<" and len(node.items) == 2:
            return self.algebra.dot(self.value(node.items[0]), self.value(node.items[1]), node.span)
        if len(node.items) != 1 or node.separators:
            raise refuse(node.span, "a list of several things")
        inner = node.items[0]
        match (node.opening, node.closing):
            case ("(", ")") | ("[", "]") | ("", ""):
                return self.meaning(inner)
            case ("|", "|") | ("||", "||"):
                return Value(self.norm(node, ()))
            case ("|_", "_|"):
                return Value(sp.floor(self.number(inner)))
            case ("|^", "^|"):
                return Value(sp.ceiling(self.number(inner)))
        raise refuse(node.span, f"{node.opening} {node.closing}")

    def norm(self, node: tree.Delimited, order: tuple[Node, ...]) -> sp.Expr:
        """Absolute value of a number, norm of a vector, Frobenius norm of a matrix."""
        if len(node.items) != 1:
            raise refuse(node.span, "a list between bars")
        inner = self.value(node.items[0])
        name = ""
        if order:
            first = order[0]
            name = first.text if isinstance(first, tree.Number) else plain_name(first) or "?"
        if inner.rank == 0:
            if order or node.opening == "||":
                raise refuse(node.span, "norm of what could be a number", Reason.SYMBOL)
            if self.may_be_matrix(node.items[0]):
                raise refuse(node.span, "a determinant, a size or an absolute value?", Reason.SYMBOL)
            guard(inner.expr, node.span)
            return sp.Abs(inner.expr)
        if inner.rank == 2 and (node.opening == "|" or name not in ("F", "Fro")):
            raise refuse(node.span, "determinant or operator norm")
        if name in ("", "2", "F", "Fro"):
            return sp.sqrt(self.algebra.square_norm(inner))
        if name == "1":
            return sp.Sum(sp.Abs(inner.expr), (inner.axes[0].index, 1, inner.axes[0].size))
        raise refuse(node.span, f"the norm of order {name}")


def _letters_only(node: Node) -> bool:
    """``kl`` above a symbol with lower indices."""
    return isinstance(node, tree.Product) and all(isinstance(f, tree.Symbol) for f in node.factors)


def _counts(exponent: Node) -> bool:
    """``(k)``, ``(k+1)``: what numbers the steps of an iteration."""
    if not isinstance(exponent, tree.Delimited) or exponent.opening != "(" or len(exponent.items) != 1:
        return False
    inner = exponent.items[0]
    first = inner.terms[0] if isinstance(inner, tree.Sum) else inner
    return isinstance(first, tree.Symbol) and first.name in INDEX_CONVENTION
