"""Things of one sort that stand where another is needed: sets as numbers, gradients as values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symcheck.gate.binders import same
from symcheck.latex import Presentation, Span, tree
from symcheck.latex.tree import Node


def set_as_number(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\frac{1}{B} \\sum_{i \\in B}``: what a sum runs over stands for the number of its elements."""
    for statement in presentation.statements:
        for side in statement.sides:
            sets = [
                n.lower.sides[1]
                for n in tree.walk(side)
                if isinstance(n, tree.BigOperator)
                and isinstance(n.lower, tree.Relation)
                and n.lower.operators == ("in",)
                and isinstance(n.lower.sides[1], tree.Symbol)
            ]
            for n in tree.walk(side):
                if isinstance(n, tree.Fraction) and any(_one(n.denominator, s) for s in sets):
                    yield n.span, presentation.text[n.denominator.span.start : n.denominator.span.end]


def _one(a: Node, b: Node) -> bool:
    """The same letter in the same font: a number B is not the set that is written in script."""
    return isinstance(a, tree.Symbol) and isinstance(b, tree.Symbol) and a.style == b.style and same(a, b)


def gradient_as_value(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``L(\\theta) = -E[A \\nabla_\\theta \\log \\pi_\\theta(a | s)]``: an objective, which is a number, is
    said to be the gradient of a logarithm times numbers."""
    for statement in presentation.statements:
        if len(statement.sides) < 2 or statement.operators[0] not in ("=", ":="):
            continue
        head, body = statement.sides[:2]
        if _objective(head):
            for n in _factors_of_sums(body):
                if isinstance(n, tree.Nabla) and n.operator == "nabla" and n.order is None and _log(n.body):
                    yield n.span, presentation.text[n.span.start : n.span.end]
                    return


def _objective(node: Node) -> bool:
    """``L(\\theta)``, ``\\mathcal{L}_{PG}(\\theta)``, ``J(\\theta)``."""
    if not isinstance(node, tree.Call) or node.arguments.opening != "(":
        return False
    base = node.function
    while isinstance(base, tree.Subscript | tree.Mark | tree.Power):
        base = base.base
    name = base.name if isinstance(base, tree.Symbol) else ""
    return name in ("L", "J", "ell", "Loss", "loss")


def _log(node: Node) -> bool:
    return (
        isinstance(node, tree.Call)
        and isinstance(node.function, tree.Symbol)
        and node.function.name
        in (
            "log",
            "ln",
        )
    )


def _factors_of_sums(node: Node) -> Iterator[Node]:
    """The factors that a value is made of, through sums, products with numbers and expectations; products
    with vectors are left out."""
    match node:
        case tree.Sum():
            for term in node.terms:
                yield from _factors_of_sums(term)
        case tree.Product():
            if not any(isinstance(f, tree.Transpose) or _bold(f) for f in node.factors):
                for factor in node.factors:
                    yield from _factors_of_sums(factor)
        case tree.Delimited(items=(inner,), opening="(" | "[" | "{" | ""):
            yield from _factors_of_sums(inner)
        case tree.BigOperator(operator="sum"):
            yield from _factors_of_sums(node.body)
        case tree.Call(arguments=tree.Delimited(items=(inner,))) if _expectation(node.function):
            yield from _factors_of_sums(inner)
        case _:
            yield node


def _expectation(function: Node) -> bool:
    while isinstance(function, tree.Subscript | tree.Mark):
        function = function.base
    return isinstance(function, tree.Symbol) and function.name == "E"


def _bold(node: Node) -> bool:
    return any(isinstance(n, tree.Symbol) and n.style == "bold" for n in tree.walk(node))


def unindexed(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\sum_{i=1}^n 1(\\hat{y} = y)``: a sum over data whose terms all are the same, since observation and
    prediction have lost their index."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                match n:
                    case tree.BigOperator(
                        operator="sum",
                        lower=tree.Relation(sides=(tree.Symbol(name=index), _), operators=("=",)),
                        upper=Node(),
                        body=body,
                    ):
                        parts = list(tree.walk(body))
                        if any(isinstance(p, tree.Subscript | tree.Mark | tree.Power) for p in parts):
                            continue
                        symbols = [p for p in parts if isinstance(p, tree.Symbol)]
                        plain = {s.name for s in symbols if not s.accents}
                        marked = {s.name for s in symbols if s.accents}
                        rest = presentation.text[body.span.start : statement.span.end]
                        used = re.search(rf"(?<![A-Za-z\\]){re.escape(index)}(?![A-Za-z])", rest)
                        if plain & marked and not used:
                            yield n.span, index


__all__ = ["gradient_as_value", "set_as_number", "unindexed"]
