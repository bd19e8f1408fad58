"""Products of matrices and vectors whose neighbours do not fit, read off the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from symcheck.gate.binders import same
from symcheck.gate.documents import Passage
from symcheck.gate.sizes import declared_in
from symcheck.latex import Presentation, Span, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_TRANSPOSED = r"\s*\}?\s*\^\s*\{?\s*(?:T|t|\\top|\\intercal|\\(?:mathsf|mathrm|text)\s*\{\s*T\s*\})\s*\}?\s*"


def _products(presentation: Presentation) -> Iterator[tree.Product]:
    for statement in presentation.statements:
        for side in statement.sides:
            for node in tree.walk(side):
                if isinstance(node, tree.Product) and set(node.operators) == {""}:
                    yield node


def blocks(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``k(X, U) k(X, X)^{-1} k(U, X)``: blocks of one matrix with an inverse among them, where the columns of
    one are not the rows of the next."""
    for product in _products(presentation):
        found = [_block(f) for f in product.factors]
        if not any(isinstance(f, tree.Power) and _block(f) is not None for f in product.factors):
            continue
        for one, other in pairwise(found):
            if one is None or other is None or not same(one[0], other[0]):
                continue
            if not _alike(one[2], other[1]):
                yield product.span, _text(presentation, one[2]), _text(presentation, other[1])
                break


def _block(node: Node) -> tuple[Node, Node | str, Node | str] | None:
    """The matrix, and what its rows and columns belong to."""
    match node:
        case tree.Power(base=base, exponent=tree.Sum(terms=(tree.Number(text="1"),), signs=("-",))):
            return _block(base)
        case tree.Call(
            function=tree.Symbol(name=name) as function,
            arguments=tree.Delimited(items=(rows, columns), separators=(",",)),
        ) if name in ("k", "K", "Sigma"):
            return function, rows, columns
        case tree.Subscript(base=tree.Symbol(name=name) as function, items=(tree.Symbol(name=label),)) if (
            name in ("K", "Sigma") and len(label) == 2
        ):
            return function, label[0], label[1]
        case tree.Subscript(
            base=tree.Symbol(name="K") as function, items=(tree.Symbol() as rows, tree.Symbol() as columns)
        ):
            return function, rows, columns
    return None


def _alike(one: Node | str, other: Node | str) -> bool:
    if isinstance(one, Node) and isinstance(other, Node):
        return same(one, other)
    return one == other


def _text(presentation: Presentation, part: Node | str) -> str:
    return part if isinstance(part, str) else presentation.text[part.span.start : part.span.end]


def transposed_twice(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``X^T X^T X``: the same transpose twice in a row, next to the matrix itself."""
    for product in _products(presentation):
        for one, other in pairwise(product.factors):
            twice = isinstance(one, tree.Transpose) and same(one, other)
            if twice and any(_transpose(one, f) for f in product.factors):
                yield other.span, presentation.text[other.span.start : other.span.end]


def bare_vectors(passage: Passage, presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``w x_i`` for two column vectors of which the text has the product ``w^T x_i``."""
    near = " ".join((passage.before, passage.after, *passage.earlier))
    for product in _products(presentation):
        for at, (one, other) in enumerate(pairwise(product.factors)):
            if not (_vector(one) and _vector(other)) or same(one, other):
                continue
            if at and isinstance(product.factors[at - 1], tree.Transpose | tree.Symbol):
                continue
            left, right = (re.escape(_text(presentation, n).strip()) for n in (one, other))
            if re.search(left + _TRANSPOSED + right, near) and not re.search(left + r"\s*" + right, near):
                yield one.span | other.span, _text(presentation, one)


def _vector(node: Node) -> bool:
    """A bold lower-case letter, perhaps with an index."""
    base = node.base if isinstance(node, tree.Subscript) else node
    return (
        isinstance(base, tree.Symbol) and base.style == "bold" and len(base.name) == 1 and base.name.islower()
    )


def column_in_front(passage: Passage, presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``v A`` for a vector ``v = [x, y]^T`` that the text has written as a column."""
    for statement in presentation.statements:
        for side in statement.sides:
            match side:
                case tree.Product(factors=(tree.Symbol() as vector, tree.Symbol(name=name)), operators=("",)):
                    if not _vector(vector) or len(name) > 1 or not name.isupper():
                        continue
                    letter = re.escape(presentation.text[vector.span.start : vector.span.end].strip())
                    column = letter + r"\s*=\s*(?:\\left)?\s*\[[^\[\]]*\](?:\\right)?" + _TRANSPOSED
                    if re.search(column, passage.before[-300:]):
                        yield side.span, vector.name


def identity_size(passage: Passage, presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``U^T U = I_{p x p}`` for a matrix whose size the text gives otherwise."""
    for left, operator, right in presentation.relations():
        match left, right:
            case (
                tree.Product(factors=(one, other), operators=("",)),
                tree.Subscript(
                    base=tree.Symbol(name="I"),
                    items=(tree.Product(factors=(tree.Symbol() as size, _), operators=("times",)),),
                ),
            ) if operator == "=":
                inner = isinstance(one, tree.Transpose)
                matrix = other if inner else one
                square = (
                    same(matrix, one.base) if isinstance(one, tree.Transpose) else _transpose(other, matrix)
                )
                if not isinstance(matrix, tree.Symbol) or not square:
                    continue
                known = declared_in(passage.before).get(plain_name(matrix) or "")
                wanted = None if known is None or known.vector else known.columns if inner else known.rows
                if wanted is not None and size.name != wanted:
                    yield right.span, size.name, str(wanted)


def _transpose(node: Node, of: Node) -> bool:
    return isinstance(node, tree.Transpose) and same(node.base, of)


__all__ = ["bare_vectors", "blocks", "column_in_front", "identity_size", "transposed_twice"]
