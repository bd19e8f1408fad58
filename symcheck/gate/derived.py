"""The derivative of what the text defines just before it: ``L = (w x - y)^2 / 2`` and then ``dL/dw = ...``.

A definition nearby is believed only if it is the only one of its name.  Both sides are unfolded with all that
is defined there, and a derivative is wrong only if nothing is left in it that its function does not speak of.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.check import ShapeError
from formulas.language import Expr, Partial
from formulas.schema import Relation
from symcheck.gate.decide import Verdict, decide
from symcheck.gate.documents import Passage, formulas_in
from symcheck.gate.earlier import MAX_LENGTH, leading_up, said, unfolded
from symcheck.gate.posed import posed
from symcheck.latex import Context, Definition, Presentation, interpret, tree
from symcheck.latex.names import plain_name

BESIDE = 4
"""Among how many formulas before a derivative what it is of has to be defined."""


def contradicted(passage: Passage, presentation: Presentation, at: int, context: Context) -> str | None:
    """A counterexample to ``df/dx = ...`` or ``f'(x) = ...`` where the text before it says what f is."""
    if at >= len(presentation.statements):
        return None
    statement = presentation.statements[at]
    name = _function(statement.sides[0]) if statement.operators[:1] == ("=",) else None
    if name is None or not _beside(passage, name) or posed(passage):
        return None
    known = _definitions(passage)
    if name not in known:
        return None
    known = {n: replace(d, expr=_spelled(d.expr, known)) for n, d in known.items()}
    bare = isinstance(statement.sides[0], tree.Derivative)
    for definition in known.values():
        context = context.define(_whole(definition) if bare and definition.name == name else definition)
    sentences = interpret(presentation, context).sentences
    link = next(sentences[at].links(), None) if at < len(sentences) else None
    if link is None or not isinstance(link.left.expr, sp.Expr) or not isinstance(link.right.expr, sp.Expr):
        return None
    context = context.define(known[name])
    left, right = (_spelled(unfolded(e, context), known) for e in (link.left.expr, link.right.expr))
    if not _comparable(left, right):
        return None
    try:
        found = decide(left, right, Relation.EQ)
    except ShapeError:
        return None
    return found.counterexample if found.verdict is Verdict.REFUTED else None


def _function(side: tree.Node) -> str | None:
    """The name of what a side is the derivative of."""
    match side:
        case (
            tree.Derivative(order=None, body=tree.Call(function=body))
            | tree.Derivative(order=None, body=body)
        ):
            pass
        case tree.Call(function=tree.Prime(base=body)) | tree.Prime(base=body):
            pass
        case _:
            return None
    return plain_name(body) if isinstance(body, tree.Symbol) else None


def _definitions(passage: Passage) -> dict[str, Definition]:
    """What is defined once near a formula, and has no indices."""
    found: dict[str, set[Definition]] = {}
    for latex in leading_up(passage):
        for definition in said(latex)[0]:
            found.setdefault(definition.name, set()).add(definition)
    return {
        name: next(iter(entries))
        for name, entries in found.items()
        if len({e.expr for e in entries}) == 1 and not next(iter(entries)).indices
    }


def _beside(passage: Passage, name: str) -> bool:
    close = (*passage.earlier[-BESIDE:], *formulas_in(passage.before))
    return any(d.name == name for t in close if len(t) <= MAX_LENGTH for d in said(t)[0])


def _whole(definition: Definition) -> Definition:
    """``L`` for ``L(w)``."""
    return Definition(name=definition.name, expr=definition.expr)


def _spelled(expr: Expr, known: dict[str, Definition]) -> Expr:
    """``expr`` with names that were defined replaced by what they are, outside of what is derived by."""
    for _ in range(len(known)):
        named = {
            s: known[s.name].expr
            for s in expr.free_symbols
            if isinstance(s, sp.Symbol) and s.name in known and not known[s.name].parameters
        }
        by = {b for d in expr.atoms(Partial) for b in d.args[1:]}
        named = {s: e for s, e in named.items() if s not in by and s not in e.free_symbols}
        if not named:
            break
        expr = expr.xreplace(named)
    return expr


def _comparable(left: Expr, right: Expr) -> bool:
    """Whether nothing but what the function speaks of is in its derivative, and that is no equation to be
    solved (``f'(x) = 0``)."""
    unknown = (AppliedUndef, sp.MatrixExpr, sp.Piecewise)
    if right.is_number or any(e.has(*unknown) for e in (left, right)) or not left.has(Partial):
        return False
    return right.free_symbols <= left.free_symbols


__all__ = ["contradicted"]
