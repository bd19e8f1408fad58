"""Whether the probabilities of all values add to one, where the text says which values there are."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from symcheck.gate.binders import same
from symcheck.gate.densities import NoNumber, value
from symcheck.gate.documents import Passage
from symcheck.latex import Span, Statement, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_BINARY = (
    (re.compile(r"\\?\{\s*0\s*,\s*1\s*\\?\}|\b0 or 1\b|\bzero or one\b"), (0, 1)),
    (
        re.compile(r"\\?\{\s*\+?(?:1\s*,\s*-\s*1|-\s*1\s*,\s*\+?\s*1)\s*\\?\}|\\pm\s*1|-1 or \+?1\b"),
        (-1, 1),
    ),
)
_PARAMETERS = (0.3, 0.62, 0.45)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Total:
    """What the probabilities add to at some values of the parameters."""

    span: Span
    value: float
    at: str


def not_one(passage: Passage, statement: Statement) -> Total | None:
    """The sum of the probabilities of the two values that a variable has by the text, if it is not 1."""
    near = passage.before[-400:] + passage.after[:300] + passage.following[:300]
    domains = [values for pattern, values in _BINARY if pattern.search(near)]
    if len(domains) != 1:
        return None
    for variable, body in _masses(statement):
        body = _Opaque().of(body)
        names = sorted({n for n in _names(body) if n != plain_name(variable)})
        if not 0 < len(names) < 4:
            continue
        try:
            found = [_total(variable, body, domains[0], names, shift) for shift in range(3)]
        except (NoNumber, ValueError, OverflowError, ZeroDivisionError):
            continue
        if all(abs(t.value - 1) > TOLERANCE for t in found):
            return found[0]
    return None


def _total(variable: Node, body: Node, domain: tuple[int, ...], names: list[str], shift: int) -> Total:
    numbers = itertools.islice(itertools.cycle(_PARAMETERS), shift, None)
    known = dict(zip(names, numbers, strict=False))
    name = plain_name(variable) or ""
    total = sum(value(body, {**known, name: float(x)}) for x in domain)
    if not math.isfinite(total):
        raise NoNumber
    shown = ", ".join(f"{_shown(n)} = {v:g}" for n, v in known.items())
    return Total(body.span, total, shown)


def _shown(name: str) -> str:
    return name.removeprefix("opaque ")


def _masses(statement: Statement) -> Iterator[tuple[Node, Node]]:
    """The value and the expression of ``P(Y = y | f) = ...`` or ``P(x_i | y) = ...``."""
    if len(statement.sides) != 2 or statement.operators not in (("=",), (":=",)):
        return
    match statement.sides[0]:
        case (
            tree.Call(
                function=tree.Symbol(name="P" | "p" | "Pr"), arguments=tree.Delimited(items=(first, *_))
            ) as head
        ) if set(head.arguments.separators) <= {"|"}:
            variable = first.sides[1] if isinstance(first, tree.Relation) else first
            inside = any(same(variable, n) for n in tree.walk(statement.sides[1]))
            if isinstance(variable, tree.Symbol | tree.Subscript) and inside:
                yield variable, statement.sides[1]


class _Opaque:
    """Probabilities on the right side are parameters: equal calls get the same name."""

    def __init__(self) -> None:
        self.known: list[Node] = []

    def of(self, node: Node) -> Node:
        if isinstance(node, tree.Call) and plain_name(node.function) in ("P", "p", "Pr"):
            at = next((k for k, n in enumerate(self.known) if same(n, node)), None)
            if at is None:
                at = len(self.known)
                self.known.append(node)
            return tree.Symbol(node.span, f"opaque p{at + 1}")
        return tree.with_children(node, self.of)


def _names(body: Node) -> Iterator[str]:
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Subscript | tree.Symbol):
            name = plain_name(node)
            if name is not None and name not in ("e", "pi"):
                yield name
            continue
        if isinstance(node, tree.Call):
            stack.append(node.arguments)
            continue
        stack.extend(tree.children(node))
