"""Indices that sums and products bind, read off the page: that one is not used is seen without a meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from symcheck.latex import Presentation, Span, Statement, tree
from symcheck.latex.tree import Node

_BINDING = frozenset({"sum", "prod", "bigcup", "bigcap", "bigoplus", "bigotimes", "coprod", "family"})


@dataclass(frozen=True)
class Bound:
    """A sum or product with the one letter that its lower limit binds."""

    node: tree.BigOperator
    letter: str


def names_in(*nodes: Node | None) -> set[str]:
    """Every letter that occurs, alone or in the name of something."""
    found: set[str] = set()
    for node in nodes:
        for n in tree.walk(node) if node is not None else ():
            if isinstance(n, tree.Symbol):
                found.add(n.name)
                found |= set(n.name) if len(n.name) < 4 else set(re.split(r"[\W_]+", n.name))
            elif isinstance(n, tree.Prose):
                found |= set(re.findall(r"\w+", n.text))
    return found


def _bound(node: Node) -> Bound | None:
    if not isinstance(node, tree.BigOperator) or node.operator not in _BINDING:
        return None
    match node.lower:
        case tree.Relation(sides=(tree.Symbol() as index, _), operators=("=",)):
            return Bound(node, index.name)
        case tree.Symbol(name=letter) if len(letter) == 1:
            return Bound(node, letter)
    return None


def binders(presentation: Presentation) -> Iterator[tuple[Statement, Bound]]:
    for statement in presentation.statements:
        for side in statement.sides:
            for node in tree.walk(side):
                found = _bound(node)
                if found is not None:
                    yield statement, found


def self_limited(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\sum_{n=0}^{n}``, ``\\{w_s\\}_{t=0}^t``: the index is the name of its own last value."""
    for _, bound in binders(presentation):
        if isinstance(bound.node.upper, tree.Symbol) and bound.node.upper.name == bound.letter:
            yield bound.node.span, bound.letter


def unused(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """Sums whose index stands nowhere behind the sign although what is summed has another index.

    Yields the place, the index and the index that stands in its stead."""
    text = presentation.text
    for statement, bound in binders(presentation):
        body = bound.node.body
        if bound.letter in names_in(body):
            continue
        if bound.letter.isupper() and bound.letter.lower() in names_in(body):
            continue  # over sequences S of states s_i
        rest = text[body.span.start : statement.span.end]
        if re.search(rf"(?<![A-Za-z\\]){re.escape(bound.letter)}(?![A-Za-z])", rest) or "ldots" in rest:
            continue
        free = _varying(body) - _elsewhere(statement, bound)
        if free:
            yield bound.node.span, bound.letter, min(free)


def _varying(body: Node) -> set[str]:
    """Letters that stand as an index of something in ``body``, less what is bound in it."""
    found: set[str] = set()
    inner: set[str] = set()
    for n in tree.walk(body):
        if isinstance(n, tree.Subscript | tree.Entry):
            for item in n.items:
                found |= {s.name for s in tree.walk(item) if isinstance(s, tree.Symbol) and len(s.name) == 1}
        elif isinstance(n, tree.Mark):
            found |= {s.name for s in tree.walk(n.mark) if isinstance(s, tree.Symbol) and len(s.name) == 1}
        elif isinstance(n, tree.BigOperator) and n.lower is not None:
            inner |= names_in(n.lower)
    return {f for f in found - inner if f in "abcijklmnpqrstuvwxyzKNMTL"}


def _elsewhere(statement: Statement, bound: Bound) -> set[str]:
    """Letters that have a meaning outside of the sum: on other sides, or bound around it."""
    found: set[str] = set()
    for side in statement.sides:
        if not any(n is bound.node for n in tree.walk(side)):
            bound_there = {b.letter for n in tree.walk(side) if (b := _bound(n)) is not None}
            found |= names_in(side) - bound_there
    return found


def same(a: Node, b: Node) -> bool:
    """Whether two parts look the same, wherever they stand."""
    if type(a) is not type(b):
        return False
    for name in a.__slots__:
        if name in ("span", "style"):
            continue
        one, other = getattr(a, name), getattr(b, name)
        if isinstance(one, Node) and isinstance(other, Node):
            if not same(one, other):
                return False
        elif isinstance(one, tuple) and isinstance(other, tuple) and not isinstance(one, Span):
            if len(one) != len(other):
                return False
            for x, y in zip(one, other, strict=True):
                if isinstance(x, Node) and isinstance(y, Node):
                    if not same(x, y):
                        return False
                elif x != y:
                    return False
        elif one != other:
            return False
    return True


def choice_unused(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\min_{\\mu_j \\in C} |x_j - \\mu_i|``: what the minimum is taken over does not occur in it."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                if not isinstance(n, tree.BigOperator) or n.operator not in ("min", "max", "sup", "inf"):
                    continue
                match n.lower:
                    case tree.Relation(sides=(tree.Subscript() as item, _), operators=("in",)):
                        if any(same(item, m) for m in tree.walk(n.body)):
                            continue
                        of = [
                            m
                            for m in tree.walk(n.body)
                            if isinstance(m, tree.Subscript) and same(m.base, item.base)
                        ]
                        if of:
                            yield n.span, presentation.text[item.span.start : item.span.end]


def integration_leaks(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\int_a^b f(t) dt = F(t)``: the variable of a definite integral occurs on the other side."""
    for left, operator, right in presentation.relations():
        if operator not in ("=", ":="):
            continue
        for one, other in ((left, right), (right, left)):
            match one:
                case tree.Integral(
                    lower=Node() as lower, upper=Node() as upper, variables=(tree.Symbol() as v,)
                ):
                    if v.name in names_in(lower, upper):
                        continue
                    for n in free(other):
                        if same(n, v):
                            yield n.span, v.name
                            break


def free(node: Node) -> Iterator[Node]:
    """The parts of ``node`` outside of everything that may bind a letter."""
    stack = [node]
    while stack:
        n = stack.pop()
        yield n
        if isinstance(n, tree.Integral | tree.BigOperator | tree.Evaluated | tree.Derivative):
            continue
        if isinstance(n, tree.Subscript) and isinstance(n.base, tree.Delimited):
            continue  # [F(x)]_a^b
        if isinstance(n, tree.Call) and not _plain_function(n):
            continue
        stack.extend(tree.children(n))


def _plain_function(call: tree.Call) -> bool:
    """A function of numbers, unlike an expectation, a probability or a law."""
    function = call.function
    if not isinstance(function, tree.Symbol):
        return False
    return function.name in ("exp", "log", "ln", "sqrt", "Phi", "sin", "cos", "tanh", "sigma", "Gamma")


def normalisers(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\frac{a(k_i, q)}{\\sum_j a(k, q_j)}``: above and below, the index stands on other things.

    Both are made of the same names, and each has the index once.
    """
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                match n:
                    case tree.Fraction(numerator=top, denominator=tree.BigOperator(operator="sum") as total):
                        bound = _bound(total)
                        if bound is None:
                            continue
                        one, other = _indexed(top), _indexed(total.body)
                        over = {name for name, index in other if index == bound.letter}
                        if {x for x, _ in one} != {x for x, _ in other} or not over or len(one) != len(other):
                            continue
                        moved = [x for x, index in one if index and x not in over]
                        bare = [x for x in over if (x, "") in one]
                        if moved and bare:
                            yield total.span, presentation.text[total.span.start : total.span.end]


def _indexed(node: Node) -> list[tuple[str, str]]:
    """The names in ``node`` with their one-letter index (or none), in order of the names."""
    found: list[tuple[str, str]] = []
    stack = [node]
    while stack:
        n = stack.pop()
        match n:
            case tree.Subscript(base=tree.Symbol(name=name), items=(tree.Symbol(name=index),)):
                found.append((name, index))
            case tree.Symbol(name=name):
                found.append((name, ""))
            case _:
                stack.extend(tree.children(n))
    return sorted(found)


def repeated(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\partial_u f, \\partial_u f, \\partial_v f``: the same item twice in a list of different things."""
    for statement in presentation.statements:
        if (
            len(statement.sides) != 1
            or statement.operators
            or not isinstance(statement.sides[0], tree.Sequence)
        ):
            continue
        items = statement.sides[0].items
        if len(items) < 3 or any(isinstance(i, tree.Dots | tree.Number) for i in items):
            continue
        for a, b in pairwise(items):
            if same(a, b) and not isinstance(a, tree.Symbol):
                yield b.span, presentation.text[b.span.start : b.span.end]
                break
