"""The state that the meaning of one formula is built in, and the way into it."""

from __future__ import annotations

from time import process_time

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.context import Context, Declaration, Definition
from symcheck.latex.report import Problem, ProblemKind, Reason
from symcheck.latex.scope import Scope
from symcheck.latex.survey import Facts
from symcheck.latex.tree import Node
from symcheck.latex.values import (
    Algebra,
    Grid,
    Meaning,
    Misfit,
    SizeConflict,
    Sizes,
    Value,
    refuse,
)

MAX_NODES = 20_000
SECONDS = 2.0
"""Time for the meaning of one formula; it takes a millisecond as a rule."""


class Evaluator:
    """Everything that is known while one formula is read.

    ``definitions`` come from the context and from the formula itself, ``grids`` are matrices that the formula
    writes out, ``tensors`` what was found to have axes; ``symbols`` records what each name was taken to be.
    Methods raise ``NotReadError`` where there is no meaning."""

    def __init__(self, facts: Facts, context: Context) -> None:
        self.facts, self.context = facts, context
        self.definitions: dict[str, Definition] = dict(context.definitions)
        self.grids: dict[str, Grid] = {}
        self.sizes = Sizes()
        self.algebra = Algebra(self.sizes)
        self.scope = Scope(self.sizes)
        self.tensors: dict[str, sp.IndexedBase] = {}
        self.symbols: dict[str, Declaration] = {}
        self.shape_problems: list[Problem] = []
        self.vectors_are: set[str] = set()
        self.misfits: list[Misfit] = []
        self.defining: str | None = None
        self.work = 0
        self.means = 0
        self.deadline = process_time() + SECONDS

    def meaning(self, node: Node) -> Meaning:
        self.work += 1
        if self.work > MAX_NODES or process_time() > self.deadline:
            raise refuse(node.span, "formula too large", Reason.TIME)
        try:
            return self._meaning(node)
        except Misfit as misfit:
            if misfit not in self.misfits:
                self.misfits.append(misfit)
                message = misfit.not_read.detail
                self.shape_problems.append(Problem(ProblemKind.SHAPE, node.span, message, sure=False))
            raise
        except SizeConflict as conflict:
            message = f"an axis has the size {conflict.a} in one place and {conflict.b} in another"
            self.shape_problems.append(
                Problem(ProblemKind.SHAPE, node.span, message, self.declared(conflict))
            )
            raise refuse(node.span, "shapes do not agree") from None

    def declared(self, conflict: SizeConflict) -> bool:
        """Both sizes are declared lengths of axes; otherwise one may be the end of a partial sum."""
        known = {str(s) for d in self.context.symbols.values() for s in d.shape}
        return {str(conflict.a), str(conflict.b)} <= known

    def _meaning(self, node: Node) -> Meaning:
        raise NotImplementedError

    def size_of(self, node: Node) -> sp.Expr:
        """The upper end of a range."""
        raise NotImplementedError

    def norm(self, node: tree.Delimited, order: tuple[Node, ...]) -> sp.Expr:
        raise NotImplementedError

    def value(self, node: Node) -> Value:
        found = self.meaning(node)
        if isinstance(found, Grid):
            raise refuse(node.span, "matrix written out entry by entry")
        return found

    def number(self, node: Node) -> sp.Expr:
        found = self.value(node)
        if found.rank:
            raise refuse(node.span, "a number was expected and a tensor found")
        return found.expr


def dimension(name: str | int) -> sp.Expr:
    """The size called ``name``."""
    if isinstance(name, int):
        return sp.Integer(name)
    return sp.Symbol(name, integer=True, positive=True)


def is_index_symbol(expr: sp.Expr) -> bool:
    """``expr`` is an index standing as a number."""
    return isinstance(expr, sp.Dummy)
