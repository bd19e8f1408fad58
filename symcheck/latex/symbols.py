"""Names and their subscripts: numbers, tensors, entries, and what a definition stands for."""

from __future__ import annotations

import re

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.context import Declaration, Definition, Kind
from symcheck.latex.evaluator import Evaluator, dimension
from symcheck.latex.names import plain_name
from symcheck.latex.report import Reason, Span
from symcheck.latex.survey import index_items
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Axis,
    Grid,
    Meaning,
    Sizes,
    Value,
    at_position,
    refuse,
)

_NAME = re.compile(r"[^\W\d_](?:[\w\-+,.()<>=]*[\w)])?")
"""Letters with labels as ``plain_name`` makes them; anything else (a bracket, a sign) is no name."""


class Symbols(Evaluator):
    """Names, their scripts, and definitions."""

    def symbol(self, node: tree.Symbol) -> Meaning:
        name = plain_name(node) or ""
        bound = self.scope.find(name)
        if bound is not None:
            return self.index_as_number(name, bound)
        declared = name in self.context.symbols or name in self.definitions
        if name.isdigit() and node.style == "bold":
            if name != "0":
                raise refuse(node.span, f"a bold {name}", Reason.SYMBOL)
            return Value(sp.Integer(0))
        if node.style == "macro" and not declared:
            raise refuse(node.span, f"the command \\{name} is not defined here", Reason.SYMBOL)
        if not declared:
            if name == "pi":
                return Value(sp.pi)
            if name in ("infty", "emptyset", "cdot", ":", "*", "%", "square", "top", "bot", "ast"):
                raise refuse(node.span, f"the sign {name}")
            if name == "e":
                raise refuse(node.span, "e could be a number or a name", Reason.SYMBOL)
            if name == "I" and (self.facts.matrices or self.facts.bold or self.facts.transposed):
                size = self.sizes.fresh()
                i, j = self.scope.new_axis("i", size), self.scope.new_axis("j", size)
                return Value(sp.KroneckerDelta(i.index, j.index), (i, j))
            if node.style in ("blackboard", "fraktur"):
                raise refuse(node.span, f"the sign {node.name}", Reason.SYMBOL)
        return self.named(node)

    def index_as_number(self, name: str, axis: Axis) -> Value:
        return Value(axis.index)

    def named(self, node: Node) -> Meaning:
        """A name without indices: a number, or a tensor as a whole."""
        name = plain_name(node)
        if name is None:
            raise refuse(node.span, "a name with unusual scripts", Reason.NOTATION)
        if isinstance(node, tree.Mark | tree.Subscript) and (letter := self.index_in_label(node)):
            return self.sample(node, letter)
        if name in self.grids:
            return self.grids[name]
        if name in self.facts.functions_of_x and name in self.facts.primed | self.facts.functions_of_x:
            return Value(sp.Function(name, real=True)(sp.Symbol("x", real=True)))
        if name in self.definitions and name != self.defining:
            return self.unfold(self.definitions[name], [], node.span)
        return self.whole(name, node.span)

    def index_in_label(self, node: Node) -> str | None:
        """An index that is bound here and stands inside a label, as in ``x^{(i)}``."""
        labels = (
            [node.mark]
            if isinstance(node, tree.Mark)
            else list(node.items)
            if isinstance(node, tree.Subscript)
            else []
        )
        for label in labels:
            for n in tree.walk(label):
                if isinstance(n, tree.Symbol) and self.scope.find(n.name) is not None:
                    return n.name
        if isinstance(node, tree.Mark | tree.Subscript):
            return self.index_in_label(node.base)
        return None

    def sample(self, node: Node, letter: str) -> Value:
        """``x^{(i)}`` with an index i: the i-th of several numbers or vectors x."""
        match node:
            case tree.Mark(
                base=tree.Symbol() as base, mark=tree.Delimited(opening="(", items=(tree.Symbol(name=name),))
            ):
                if name == letter:
                    stem = plain_name(base) or ""
                    if not self.facts.subscripts.get(stem):
                        rank = 2 if base.style == "bold" and not base.name.isupper() else 1
                        tensor = self.tensor(f"{stem}_sample", rank, node.span)
                        axes = tuple(self.scope.new_axis("", size) for size in tensor.shape)
                        whole = Value(tensor[tuple(a.index for a in axes)], axes)
                        return self.fix(whole, [self.scope.index(letter, node.span)], node.span)
        raise refuse(node.span, f"the index {letter} inside a label")

    def whole(self, name: str, span: Span) -> Value:
        declared = self.context.symbols.get(name)
        if not _NAME.fullmatch(name):
            raise refuse(span, "an unusual name", Reason.NOTATION)
        if name == "i" and declared is None and name not in self.facts.below:
            raise refuse(span, "i could be the imaginary unit", Reason.SYMBOL)
        if declared is not None and declared.kind is Kind.FUNCTION:
            raise refuse(span, f"the function {name} without an argument", Reason.SYMBOL)
        if name in self.facts.sizes or (declared is not None and declared.kind is Kind.SIZE):
            self.symbols[name] = Declaration(kind=Kind.SIZE)
            return Value(sp.Symbol(name, integer=True, positive=True))
        if declared is not None and declared.kind is Kind.NATURAL:
            return Value(sp.Symbol(name, integer=True, nonnegative=True))
        rank = self.facts.rank(name, 0)
        if rank is None:
            raise refuse(span, f"{name}: a number or a matrix?", Reason.SYMBOL)
        if rank == 0:
            return Value(self.scalar(name))
        base = self.tensor(name, rank, span)
        axes = tuple(self.scope.new_axis("", size) for size in base.shape)
        return Value(base[tuple(a.index for a in axes)], axes)

    def scalar(self, name: str) -> sp.Symbol:
        declared = self.context.symbols.get(name)
        sign = declared.sign if declared is not None else ""
        self.symbols.setdefault(name, Declaration(kind=Kind.SCALAR, sign=sign))
        return sp.Symbol(name, **({sign: True} if sign else {"real": True}))

    def tensor(self, name: str, rank: int, span: Span, positive: bool = False) -> sp.IndexedBase:
        base = self.tensors.get(name)
        if not _NAME.fullmatch(name):
            raise refuse(span, "an unusual name", Reason.NOTATION)
        if base is None:
            declared = self.context.symbols.get(name)
            sign = "positive" if positive else "real"
            shape: list[sp.Expr] = [self.sizes.fresh() for _ in range(rank)]
            if declared is not None and declared.kind in (Kind.TENSOR, Kind.DISTRIBUTION):
                if declared.kind is Kind.DISTRIBUTION or declared.sign == "positive":
                    sign = "positive"
                elif declared.sign and not positive:
                    sign = declared.sign
                if declared.shape and len(declared.shape) == rank:
                    for k, size in enumerate(declared.shape):
                        if size is not None:
                            shape[k] = dimension(size)
            base = sp.IndexedBase(sp.Symbol(name, **{sign: True}), shape=tuple(shape))
            self.tensors[name] = base
        if len(base.shape) != rank:
            raise refuse(span, f"{name} has {len(base.shape)} axes in one place and {rank} in another")
        return base

    def subscript(self, node: tree.Subscript) -> Meaning:
        if self.is_kronecker(node):
            i, j = (self.index_of(item) for item in node.items)
            if isinstance(i, Axis) and isinstance(j, Axis):
                self.sizes.unify(i.size, j.size)
            return Value(sp.KroneckerDelta(at_position(i), at_position(j)))
        base = plain_name(node.base)
        if base is None:
            return self.entry_of(node)
        labelled = plain_name(node)
        if labelled is not None and (labelled in self.definitions or labelled in self.grids):
            return self.named(node)
        if base == "I" and (self.facts.matrices or self.facts.bold or self.facts.transposed):
            return self.identity(node)
        if base not in self.definitions and (moment := self.moment(base, node)) is not None:
            return moment
        letters = index_items(node.items, base, self.facts)
        if letters is None:
            if labelled is None:
                raise refuse(node.span, "a subscript that is neither an index nor a label", Reason.NOTATION)
            shifted = self.shifted(node)
            if shifted is not None:
                raise refuse(node.span, f"a shifted index {shifted}")
            return self.named(node)
        positions = [self.index_of(item, node.span) for item in node.items]
        if base in self.definitions and base != self.defining:
            found = self.unfold(self.definitions[base], [], node.span)
            return self.fix(found, positions, node.span)
        rank = max(self.facts.rank(base, len(positions)) or 0, len(positions))
        tensor = self.tensor(base, rank, node.span)
        axes = tuple(self.scope.new_axis("", size) for size in tensor.shape)
        return self.fix(Value(tensor[tuple(a.index for a in axes)], axes), positions, node.span)

    def is_kronecker(self, node: tree.Subscript) -> bool:
        base = node.base
        if not isinstance(base, tree.Symbol) or base.name != "delta" or base.accents:
            return False
        return len(node.items) == 2 and "delta" not in self.definitions

    def shifted(self, node: tree.Subscript) -> str | None:
        """``x_{i+1}`` with an index that a sum binds."""
        for item in node.items:
            for n in tree.walk(item):
                if isinstance(n, tree.Symbol) and self.scope.find(n.name) is not None:
                    return n.name
        return None

    def identity(self, node: tree.Subscript) -> Value:
        if len(node.items) == 2 and index_items(node.items, "I", self.facts):
            i, j = (self.index_of(item) for item in node.items)
            if isinstance(i, Axis) and isinstance(j, Axis):
                self.sizes.unify(i.size, j.size)
            return Value(sp.KroneckerDelta(at_position(i), at_position(j)))
        if len(node.items) != 1:
            raise refuse(node.span, "subscripts of I")
        size = self.size_of(node.items[0])
        i, j = self.scope.new_axis("i", size), self.scope.new_axis("j", size)
        return Value(sp.KroneckerDelta(i.index, j.index), (i, j))

    def moment(self, base: str, node: tree.Subscript) -> Value | None:
        """``\\mu_X`` and ``\\sigma_X`` of a random variable; see ``chance``."""
        return None

    def entry_of(self, node: tree.Subscript) -> Meaning:
        """Indices on what is no name: ``(AB)_{ij}``, ``\\operatorname{softmax}(z)_i``, ``\\|x\\|_1``."""
        inner = node.base
        if isinstance(inner, tree.Delimited) and inner.opening in ("|", "||"):
            return Value(self.norm(inner, node.items))
        letters = index_items(node.items, "", self.facts)
        if letters is None:
            raise refuse(node.span, "a subscript of an expression", Reason.NOTATION)
        found = self.value(inner)
        return self.fix(found, [self.index_of(item) for item in node.items], node.span)

    def fix(self, found: Meaning, positions: list[Axis | int], span: Span) -> Value:
        """``found`` at the given indices, axis by axis."""
        if isinstance(found, Grid) or len(positions) > found.rank:
            raise refuse(span, "more indices than axes")
        replaced: dict[sp.Symbol, sp.Expr] = {}
        for axis, position in zip(found.axes, positions, strict=False):
            if isinstance(position, Axis):
                self.sizes.unify(axis.size, position.size)
            replaced[axis.index] = at_position(position)
        rest = found.axes[len(positions) :]
        return Value(found.expr.xreplace(replaced), rest)

    def index_of(self, item: Node, where: Span | None = None) -> Axis | int:
        match item:
            case tree.Number() if item.text.isdigit() and 0 < int(item.text) < 1000:
                return int(item.text)
            case tree.Symbol() | tree.Subscript():
                return self.scope.index(plain_name(item) or "", where or item.span)
        raise refuse(item.span, "an index that is an expression")

    def unfold(self, definition: Definition, arguments: list[Value], span: Span) -> Value:
        """What ``definition`` stands for, with fresh indices; its own indices are open axes."""
        if len(arguments) != len(definition.parameters):
            raise refuse(span, f"{definition.name} with {len(arguments)} arguments", Reason.SYMBOL)
        self.adopt(definition)
        expr = freshen(definition.expr)
        axes = []
        for i in definition.indices:
            axis = self.scope.new_axis(i.name, _axis_size(definition.expr, i, self.sizes))
            axes.append(axis)
            expr = expr.xreplace({i: axis.index})
        outer: Value | None = None
        for parameter, argument in zip(definition.parameters, arguments, strict=True):
            if isinstance(parameter, sp.IndexedBase):
                expr, axes = self.put_tensor(expr, axes, parameter, argument, span)
            elif argument.rank:
                if outer is not None or axes:
                    raise refuse(span, f"{definition.name} of a tensor")
                outer = argument
                expr = expr.xreplace({parameter: argument.expr})
            else:
                expr = expr.xreplace({parameter: argument.expr})
        if outer is not None:
            return Value(expr, outer.axes, outer.row)
        return Value(expr, tuple(axes))

    def put_tensor(
        self, expr: sp.Expr, axes: list[Axis], parameter: sp.IndexedBase, argument: Value, span: Span
    ) -> tuple[sp.Expr, list[Axis]]:
        if argument.rank != len(parameter.shape):
            raise refuse(span, "an argument with another number of axes than the definition has")
        for occurrence in expr.atoms(sp.Indexed):
            if occurrence.base == parameter:
                at = {a.index: i for a, i in zip(argument.axes, occurrence.indices, strict=True)}
                expr = expr.xreplace({occurrence: argument.expr.xreplace(at)})
        renamed = {
            size: axis.size
            for size, axis in zip(parameter.shape, argument.axes, strict=True)
            if size.is_Symbol
        }
        return expr.xreplace(renamed), [Axis(a.index, renamed.get(a.size, a.size)) for a in axes]

    def adopt(self, definition: Definition) -> None:
        """Tensors that a definition speaks of are the tensors of this formula."""
        for occurrence in definition.expr.atoms(sp.Indexed):
            base = occurrence.base
            if base in definition.parameters:
                continue
            name = str(base.label)
            mine = self.tensors.get(name)
            if mine is None:
                self.tensors[name] = base
            elif len(mine.shape) == len(base.shape):
                for a, b in zip(mine.shape, base.shape, strict=True):
                    self.sizes.unify(a, b)


def freshen(expr: sp.Expr) -> sp.Expr:
    """``expr`` with new names for all the indices that it binds."""
    renamed = {
        limit[0]: sp.Dummy(limit[0].name, integer=True) for s in expr.atoms(sp.Sum) for limit in s.limits
    }
    return expr.xreplace(renamed) if renamed else expr


def _axis_size(expr: sp.Expr, index: sp.Symbol, sizes: Sizes) -> sp.Expr:
    for occurrence in expr.atoms(sp.Indexed):
        for i, size in zip(occurrence.indices, occurrence.base.shape, strict=True):
            if i == index:
                return size
    return sizes.fresh()
