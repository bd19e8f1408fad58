"""How rewrites and rules are written down: inert SymPy heads for the IR's operations, and terms as text.

``op.log1p(x)`` is an uninterpreted SymPy function that stands for the scalar operation ``log1p``;
``fold("max", z[k], (k, n))`` stands for a reduction.  ``meaning`` unfolds both into plain SymPy.
``read_term`` reads ``(add a (neg b))``, the form in which the ring rules are listed.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from codegen.operations import MONOIDS, SCALAR_OPS


class _Inert(sp.Function):
    @classmethod
    def eval(cls, *args: Any) -> None:
        return None

    def _eval_is_real(self) -> bool:
        return True


class _Operations:
    """``op.NAME`` is the inert head of the scalar operation NAME."""

    def __init__(self) -> None:
        self._heads = {
            name: type(f"op_{name}", (_Inert,), {"nargs": o.arity}) for name, o in SCALAR_OPS.items()
        }

    def __getattr__(self, name: str) -> Any:
        try:
            return self._heads[name]
        except KeyError:
            raise AttributeError(f"no scalar operation {name!r}") from None

    def name_of(self, head: type) -> str | None:
        """The operation for which ``head`` stands, if any."""
        return next((n for n, h in self._heads.items() if h is head), None)


op = _Operations()


class Fold(_Inert):
    """``Fold(monoid, component, body, index, size)``: made by ``fold``."""

    nargs = 5


def fold(monoid: str, body: sp.Expr, limits: tuple[sp.Symbol, sp.Expr], component: int = 0) -> sp.Expr:
    """Component ``component`` of ``body`` folded over the whole axis of ``limits = (index, size)``."""
    return Fold(sp.Symbol(MONOIDS[monoid].name), sp.Integer(component), body, *limits)


def held_top(body: sp.Expr, limits: tuple[sp.Symbol, sp.Expr], *, finite: bool) -> sp.Expr:
    """The maximum over an axis as a free choice: its derivative counts as 0; ``finite`` guards it."""
    top = fold("max", body, limits)
    return op.hold(op.finite_or_zero(top) if finite else top)


def meaning(expr: sp.Basic) -> sp.Basic:
    """``expr`` with each ``op`` head replaced by its SymPy meaning and ``max_rest`` by its sum."""
    if not expr.args:
        return expr
    args = [meaning(a) for a in expr.args]
    if isinstance(expr, Fold) and str(args[0]) == "max_rest" and args[1] == 1:
        body, *limits = args[2:]
        return sp.Sum(sp.exp(body - fold("max", body, tuple(limits))), (limits[0], 1, limits[1])) - 1
    name = op.name_of(type(expr))
    if name is not None:
        return SCALAR_OPS[name].meaning(*args)
    return expr.func(*args)


Term = str | float | tuple[Any, ...]


def read_term(text: str) -> Term:
    """``"(add a (neg 1))"`` as nested tuples; ``ValueError`` if the brackets do not match."""
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()
    stack: list[list[Term]] = [[]]
    for token in tokens:
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise ValueError(f"one bracket too many in {text!r}")
            done = tuple(stack.pop())
            stack[-1].append(done)
        else:
            stack[-1].append(token if token[0].isalpha() else float(token))
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError(f"not one term: {text!r}")
    return stack[0][0]


def expression(term: Term) -> sp.Expr:
    """A term as an expression of the heads of ``op``; its names are real symbols."""
    if isinstance(term, str):
        return sp.Symbol(term, real=True)
    if isinstance(term, float):
        return sp.nsimplify(term, rational=True)
    name, *args = term
    return getattr(op, name)(*[expression(a) for a in args])
