"""Steps of a calculation: two sides that are meant to be one value, and differ in every model.

An equation may define, or be there to be solved.  A step is one that works a derivative out, or, between
sides that are made of the same letters, one that a single slip makes false: there is one change of one side
with which both are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

from symcheck.gate.models import ELEMENTARY, agree
from symcheck.latex import Presentation, Span, Statement, tree
from symcheck.latex.tree import Node

MAX_NODES = 140
MAX_REPAIRS = 250
SECONDS = 2.0
ENOUGH = 7  # nodes of each side


@dataclass(frozen=True)
class FalseStep:
    """A step between sides that differ; ``repair`` says with which change they agree."""

    span: Span
    repair: str = ""


def false_step(presentation: Presentation) -> FalseStep | None:
    for statement in presentation.statements:
        found = _in_statement(statement, presentation.text)
        if found is not None:
            return found
    return None


def _in_statement(statement: Statement, text: str) -> FalseStep | None:
    sides = statement.sides
    for at, (left, operator, right) in enumerate(zip(sides, statement.operators, sides[1:], strict=False)):
        if operator != "=" or _size(left) + _size(right) > MAX_NODES:
            continue
        works_out = _explicit(left) and _letters(right) <= _letters(left)
        step = (at > 0 or not _name(left)) and _letters(left) == _letters(right)
        step = step and not any(
            isinstance(n, tree.Transpose) for side in (left, right) for n in tree.walk(side)
        )
        step = step and min(_size(left), _size(right)) >= ENOUGH and len(_letters(left)) > 1
        if not (works_out or step) or not _letters(right) or agree(left, right) is not False:
            continue
        repair = _repair(left, right, text)
        if works_out or repair is not None:
            return FalseStep(left.span | right.span, repair or "")
    return None


def _size(node: Node) -> int:
    return sum(1 for _ in tree.walk(node))


def _letters(node: Node) -> set[str]:
    """The letters of a formula, those of matrices like those of their entries."""
    names = {n.name for n in tree.walk(node) if isinstance(n, tree.Symbol) and n.style != "roman"}
    return {n.upper() if len(n) == 1 else n for n in names - _NO_LETTERS}


_NO_LETTERS = {"e", "pi", "I", "i", "j", "k", "l", "F", "T"}


def _name(node: Node) -> bool:
    """Whether a side is a name, with arguments perhaps, that the equation may define."""
    while isinstance(node, tree.Subscript | tree.Mark | tree.Prime):
        node = node.base
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Symbol):
        return node.function.name not in ELEMENTARY
    return isinstance(node, tree.Symbol | tree.Call | tree.Missing)


def _explicit(node: Node) -> bool:
    """The derivative of something that is written out."""
    match node:
        case tree.Derivative(body=body, order=None):
            return not isinstance(body, tree.Missing) and _size(body) >= 4 and not _name(body)
        case tree.Nabla(operator="nabla", variable=tree.Symbol(), order=None, body=body):
            return _size(body) >= 4 and not _name(body)
        case tree.Sum(terms=(inner,)):
            return _explicit(inner)
    return False


def _repair(left: Node, right: Node, text: str) -> str | None:
    """The one change with which both sides agree, in words."""
    until = process_time() + SECONDS
    for count, (changed, said) in enumerate(_changes(right, text)):
        if count > MAX_REPAIRS or process_time() > until:
            break
        if agree(left, changed, range(1)) and agree(left, changed):
            return said
    for count, (changed, said) in enumerate(_changes(left, text)):
        if count > MAX_REPAIRS or process_time() > until:
            break
        if agree(changed, right, range(1)) and agree(changed, right):
            return said
    return None


def _changes(node: Node, text: str) -> Iterator[tuple[Node, str]]:
    """Every way to change one thing in a formula."""
    yield tree.Sum(node.span, (node,), ("-",)), "the sign of one side turned"
    yield from _inside(node, text)


def _inside(node: Node, text: str) -> Iterator[tuple[Node, str]]:
    yield from _here(node, text)
    for name in _PARTS.get(type(node), ()):
        part = getattr(node, name)
        if isinstance(part, Node):
            for changed, said in _items(part, text) if name == "arguments" else _inside(part, text):
                yield _with(node, name, changed), said
        else:
            for changed, said in _items(node, text, name):
                yield changed, said


def _items(node: Node, text: str, name: str = "items") -> Iterator[tuple[Node, str]]:
    """Changes of one item of several."""
    items = getattr(node, name)
    for k, item in enumerate(items):
        for changed, said in _inside(item, text):
            yield _with(node, name, (*items[:k], changed, *items[k + 1 :])), said


def _with(node: Node, name: str, part: Any) -> Node:
    return replace(node, **{name: part})


# where a change leaves a formula a formula: not what a sum binds, nor an index
_PARTS: dict[type[Node], tuple[str, ...]] = {
    tree.Sum: ("terms",), tree.Product: ("factors",), tree.Fraction: ("numerator", "denominator"),
    tree.Power: ("base", "exponent"), tree.Delimited: ("items",), tree.Call: ("arguments",),
    tree.BigOperator: ("body",), tree.Derivative: ("body",), tree.Nabla: ("body",), tree.Root: ("radicand",),
    tree.Transpose: ("base",), tree.Subscript: (),
}  # fmt: skip


def _here(node: Node, text: str) -> Iterator[tuple[Node, str]]:
    shown = text[node.span.start : node.span.end]
    two = tree.Number(node.span, "2")
    match node:
        case tree.Sum(terms=terms, signs=signs):
            for k, sign in enumerate(signs):
                turned = (*signs[:k], "+" if sign == "-" else "-", *signs[k + 1 :])
                term = text[terms[k].span.start : terms[k].span.end]
                yield replace(node, signs=turned), f"the sign of {term} turned"
            for k, term_node in enumerate(terms):
                for changed, said in _relabelled(term_node, node):
                    yield replace(node, terms=(*terms[:k], changed, *terms[k + 1 :])), said
        case tree.Power(base=base, exponent=tree.Number(text=number)):
            yield base, f"{shown} without its exponent"
            for other in {"2", "3"} - {number}:
                power = replace(node, exponent=tree.Number(node.exponent.span, other))
                yield power, f"the exponent {other} in {shown}"
        case tree.Number(text=number) if number.isdigit():
            for value in {int(number) * 2, int(number) // 2, int(number) + 1, int(number) - 1} - {0}:
                yield tree.Number(node.span, str(value)), f"{value} in the place of {number}"
        case tree.Delimited(opening="(" | "[", items=(_,)) | tree.Symbol() | tree.Subscript():
            if not (isinstance(node, tree.Symbol) and node.style == "bold"):
                yield tree.Power(node.span, node, two), f"{shown} squared"
        case tree.Transpose(base=base):
            yield base, f"{shown} not transposed"


def _relabelled(term: Node, whole: Node) -> Iterator[tuple[Node, str]]:
    """A term with one label in the place of another one, throughout."""
    labels = {i.text for n in tree.walk(whole) if isinstance(n, tree.Subscript) for i in n.items
              if isinstance(i, tree.Number)}  # fmt: skip
    own = {i.text for n in tree.walk(term) if isinstance(n, tree.Subscript) for i in n.items
           if isinstance(i, tree.Number)}  # fmt: skip
    for old in sorted(own):
        for new in sorted(labels - own):
            yield _with_label(term, old, new), f"the index {new} in the place of {old}"


def _with_label(node: Node, old: str, new: str) -> Node:
    if isinstance(node, tree.Subscript):
        items = tuple(
            replace(i, text=new) if isinstance(i, tree.Number) and i.text == old else i for i in node.items
        )
        return replace(node, items=items)
    return tree.with_children(node, lambda part: _with_label(part, old, new))


__all__ = ["FalseStep", "false_step"]
