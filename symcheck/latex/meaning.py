"""Presentation tree -> values: the numbers, tensors and sums that a formula speaks of.

Each ``case`` either knows what the notation means or refuses; nothing is passed over.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.calculus import Calculus
from symcheck.latex.context import Convention, Declaration, Kind
from symcheck.latex.evaluator import is_index_symbol
from symcheck.latex.functions import ELEMENTWISE, TENSOR_FUNCTIONS, Elementwise
from symcheck.latex.names import plain_name
from symcheck.latex.report import Reason
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Meaning,
    Value,
    guard,
    power,
    refuse,
)


class Reader(Calculus):
    """Every kind of node, and functions applied to arguments."""

    def _meaning(self, node: Node) -> Meaning:
        match node:
            case tree.Number():
                return Value(_exact(node))
            case tree.Symbol():
                return self.symbol(node)
            case tree.Subscript():
                return self.subscript(node)
            case tree.Mark():
                return self.named(node)
            case tree.Prime():
                return self.prime(node)
            case tree.Sum():
                return self.sum(node)
            case tree.Product():
                return self.product(node)
            case tree.Fraction():
                return self.fraction(node.numerator, node.denominator, node.span)
            case tree.Power():
                return self.power(node)
            case tree.Root():
                return self.root(node)
            case tree.Transpose():
                return self.transpose(node)
            case tree.Delimited():
                return self.delimited(node)
            case tree.Call():
                return self.call(node)
            case tree.BigOperator():
                return self.big(node)
            case tree.Cases():
                return self.cases(node)
            case tree.Matrix():
                return self.matrix(node)
            case tree.Integral():
                return self.integral(node)
            case tree.Derivative():
                return self.derivative(node)
            case tree.Nabla():
                return self.gradient(node)
            case tree.Differential(letter="Delta"):
                return self.named(node)
            case tree.Prose():
                raise refuse(node.span, node.text, Reason.PROSE)
            case tree.Missing():
                raise refuse(node.span, "something is missing here", Reason.PROSE)
            case tree.Dots():
                raise refuse(node.span, "ellipsis")
        raise refuse(node.span, type(node).__name__.lower())

    def integral(self, node: tree.Integral) -> Value:
        """A SymPy integral, not worked out, between bounds that are said."""
        if len(node.variables) != 1 or node.lower is None or node.upper is None:
            raise refuse(node.span, "an integral without bounds or over several variables")
        name = plain_name(node.variables[0])
        if name is None or name in self.tensors or self.facts.rank(name, 0):
            raise refuse(node.span, "the variable of an integral")
        body = self.number(node.body)
        variable = self.scalar(name)
        bounds = (self.bound(node.lower), self.bound(node.upper))
        mine = sp.Dummy(name, real=True)
        return Value(sp.Integral(body.xreplace({variable: mine}), (mine, *bounds)))

    def bound(self, node: Node) -> sp.Expr:
        """A bound of an integral, infinite ones included."""
        match node:
            case tree.Symbol(name="infty") | tree.Sum(terms=(tree.Symbol(name="infty"),), signs=("+",)):
                return sp.oo
            case tree.Sum(terms=(tree.Symbol(name="infty"),), signs=("-",)):
                return -sp.oo
        return self.number(node)

    def call(self, node: tree.Call) -> Meaning:
        function = node.function
        if isinstance(function, tree.Power):
            exponent = self.number(function.exponent)
            if not exponent.is_Integer or int(exponent) < 1:
                raise refuse(function.span, "a function raised to a power that is no positive whole number")
            inner = self.value(tree.Call(node.span, function.base, node.arguments, node.guessed))
            return self.algebra.map(lambda e: power(e, exponent, node.span), (inner,), node.span)
        if isinstance(function, tree.Prime):
            return self.primed_call(function, node)
        name = plain_name(function) or ""
        if name in self.definitions and name != self.defining:
            arguments = [self.value(a) for a in node.arguments.items]
            return self.unfold(self.definitions[name], arguments, node.span)
        special = self.special_call(name, node)
        if special is not None:
            return special
        return self.function(name, function, node)

    def special_call(self, name: str, node: tree.Call) -> Meaning | None:
        """Probabilities and expectations; see ``chance``."""
        return None

    def function(self, name: str, function: Node, node: tree.Call) -> Meaning:
        items = node.arguments.items
        if isinstance(function, tree.Subscript) and plain_name(function.base) == "log" and len(items) == 1:
            base = self.number(function.items[0])
            if base.is_number and (base <= 0 or base == 1):
                raise refuse(function.span, "base of a logarithm")
            return self.algebra.map(lambda e: sp.log(e) / sp.log(base), (self.value(items[0]),), node.span)
        if set(node.arguments.separators) - {","}:
            raise refuse(node.span, f"arguments of {name}", Reason.SYMBOL)
        if name in TENSOR_FUNCTIONS and Convention.STANDARD in self.context.conventions and items:
            return self.tensor_function(name, node)
        known = ELEMENTWISE.get(name)
        if known is not None and self.is_standard(known, function):
            if not known.arity[0] <= len(items) <= known.arity[1]:
                raise refuse(node.span, f"{name} with {len(items)} arguments")
            values = [self.value(a) for a in items]
            features = known.convention is Convention.DENSITY and "Phi" not in self.facts.applied
            if features and any(v.rank for v in values):  # phi of a vector is what it is mapped to
                raise refuse(node.span, f"the function {name} of a tensor", Reason.SYMBOL)
            for v in values:
                guard(v.expr, node.span)
            return self.algebra.map(known.build, values, node.span)
        return self.unknown_function(name, function, node)

    def is_standard(self, known: Elementwise, function: Node) -> bool:
        """Beside Phi, phi is its density; otherwise the conventions of the context decide."""
        if known.convention is Convention.DENSITY and "Phi" in self.facts.applied:
            return True
        return known.allowed(self.context, isinstance(function, tree.Symbol) and function.style == "roman")

    def tensor_function(self, name: str, node: tree.Call) -> Meaning:
        argument = self.value(node.arguments.items[0])
        at = None
        if argument.rank == 0 and isinstance(argument.expr, sp.Indexed) and len(argument.expr.indices) == 1:
            at = argument.expr.indices[0]  # softmax(x_i) is softmax(x) at i
            axis = self.scope.new_axis("", argument.expr.base.shape[0])
            argument = Value(argument.expr.base[axis.index], (axis,))
        if len(node.arguments.items) != 1:
            raise refuse(node.span, f"{name} with several arguments")
        out = TENSOR_FUNCTIONS[name](self, argument, node.span)
        if at is not None and out.rank == 1:
            return Value(out.expr.xreplace({out.axes[0].index: at}))
        return out

    def unknown_function(self, name: str, function: Node, node: tree.Call) -> Value:
        declared = self.context.symbols.get(name)
        letter = name.split("_")[0]
        inner = function
        while isinstance(inner, tree.Subscript | tree.Mark | tree.Prime):
            inner = inner.base
        styled = isinstance(inner, tree.Symbol) and inner.style in ("calligraphic", "blackboard", "fraktur")
        if not name or (styled and letter not in ("L", "J")):
            raise refuse(function.span, "a distribution, an operator or an unknown function")
        if letter in ("O", "o", "Theta", "Omega") and len(node.arguments.items) == 1:
            raise refuse(node.span, "an order of growth")
        if not (declared is not None and declared.kind is Kind.FUNCTION) and (
            len(letter) > 1 and letter not in ("phi", "psi", "sigma", "Phi", "Psi", "varphi", "mu", "tau")
        ):
            raise refuse(function.span, f"the function {name}", Reason.SYMBOL)
        arguments = [self.value(a) for a in node.arguments.items]
        evidence = self.facts.bold or self.facts.matrices
        if evidence and any(self.may_be_matrix(a) for a in node.arguments.items):
            raise refuse(node.span, f"the function {name} of a number or of a matrix?", Reason.SYMBOL)
        if any(a.rank for a in arguments) or not arguments:
            raise refuse(node.span, f"the function {name} of a tensor", Reason.SYMBOL)
        if any(is_index_symbol(a.expr) for a in arguments):
            if len(arguments) == 1 and all(is_index_symbol(a.expr) for a in arguments):
                item = node.arguments.items[0]
                axis = self.scope.index(plain_name(item) or "", item.span)
                tensor = self.tensor(name, 1, node.span)
                self.sizes.unify(tensor.shape[0], axis.size)
                return Value(tensor[axis.index])
            raise refuse(node.span, f"the function {name} of an index")
        if any(self.mentions_index(a.expr) for a in arguments):
            raise refuse(node.span, f"the function {name} of an index")
        self.symbols.setdefault(name, Declaration(kind=Kind.FUNCTION))
        return Value(sp.Function(name, real=True)(*[a.expr for a in arguments]))

    @staticmethod
    def mentions_index(expr: sp.Expr) -> bool:
        """An index that stands as a number in ``expr``."""
        bare = expr.xreplace({a: sp.Integer(1) for a in expr.atoms(sp.Indexed)})
        return any(isinstance(s, sp.Dummy) for s in bare.free_symbols)


def _exact(node: tree.Number) -> sp.Expr:
    mantissa, _, exponent = node.text.partition("e")
    if len(exponent) > 4 or (exponent and abs(int(exponent)) > 400):
        raise refuse(node.span, "number too large")
    value = Fraction(mantissa) * Fraction(10) ** (int(exponent) if exponent else 0)
    return sp.Rational(value.numerator, value.denominator)
