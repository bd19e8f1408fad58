"""Products and sums of probabilities, by the variables that their arguments name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from symcheck.gate.binders import same
from symcheck.latex import Presentation, Span, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_LAWS = frozenset({"p", "q", "P", "Pr", "pi"})


def _law(node: Node) -> tree.Call | None:
    """``p(x | z)`` with any law ``p``."""
    if isinstance(node, tree.Call) and (plain_name(node.function) or "").split("_")[0] in _LAWS:
        return node
    return None


def _split(call: tree.Call) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Outcomes and conditions."""
    items, separators = call.arguments.items, call.arguments.separators
    at = separators.index("|") + 1 if "|" in separators else len(items)
    return items[:at], items[at:]


def unbound_outcome(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``R(s, a) = \\sum_{s'} P(s', r | s, a)``: all conditions are arguments of the left side, one outcome is
    summed over, and another one is nowhere explained."""
    for statement in presentation.statements:
        head = statement.sides[0] if statement.sides else None
        if not isinstance(head, tree.Call) or statement.operators[:1] not in (("=",), (":=",)):
            continue
        arguments = head.arguments.items
        for side in statement.sides[1:]:
            bound = list(_bound(side))
            for node in tree.walk(side):
                call = _law(node)
                if call is None:
                    continue
                outcomes, given = _split(call)
                if not given or len(given) != len(arguments) or not all(map(same, given, arguments)):
                    continue
                free = [o for o in outcomes if not any(same(o, b) for b in (*bound, *arguments))]
                if len(free) < len(outcomes) and len(free) == 1 and isinstance(free[0], tree.Symbol):
                    yield free[0].span, free[0].name


def _bound(side: Node) -> Iterator[Node]:
    for node in tree.walk(side):
        if isinstance(node, tree.BigOperator) and node.lower is not None:
            yield from tree.walk(node.lower)
        elif isinstance(node, tree.Integral):
            yield from node.variables
        elif isinstance(node, tree.Call) and isinstance(node.function, tree.Subscript):
            for item in node.function.items:  # an expectation over what stands below it
                yield from tree.walk(item)


def broken_chain(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``p(x | z_1) p(z_2 | z_3) \\cdots p(z_m)``: what one factor is conditioned on is not the outcome of the
    next, as it is in the rest of the chain."""
    for statement in presentation.statements:
        for side in statement.sides:
            for node in tree.walk(side):
                if isinstance(node, tree.Product) and any(isinstance(f, tree.Dots) for f in node.factors):
                    yield from _breaks(node, presentation.text)


def _breaks(product: tree.Product, text: str) -> Iterator[tuple[Span, str]]:
    joined = 0
    broken: list[tuple[Span, str]] = []
    for one, other in pairwise(product.factors):
        first, second = _law(one), _law(other)
        if first is None or second is None:
            continue
        (given, outcomes) = _split(first)[1], _split(second)[0]
        if len(given) != 1 or len(outcomes) != 1:
            return
        if same(given[0], outcomes[0]):
            joined += 1
        else:
            broken.append((given[0].span, text[given[0].span.start : given[0].span.end]))
    if joined and len(broken) == 1:
        yield broken[0]


def lost_condition(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\log P(y_1, \\ldots, y_L) = \\sum_t \\log P(y_t | y_1, \\ldots, c)``: what every factor is
    conditioned on is no condition on the left side."""
    for statement in presentation.statements:
        if len(statement.sides) < 2 or statement.operators[0] not in ("=", ":="):
            continue
        left = [c for n in tree.walk(statement.sides[0]) if (c := _law(n)) is not None]
        right = [
            (c, n) for n in tree.walk(statement.sides[1]) if isinstance(n, tree.BigOperator)
            for m in tree.walk(n.body) if (c := _law(m)) is not None
        ]  # fmt: skip
        if len(left) != 1 or len(right) != 1 or "|" in left[0].arguments.separators:
            continue
        outcomes, given = _split(right[0][0])
        joint = left[0].arguments.items
        if len(joint) < 3 or len(given) < 2 or len(outcomes) != 1 or not isinstance(given[-1], tree.Symbol):
            continue
        bound = any(same(given[-1], n) for n in tree.walk(right[0][1].lower or given[0]))
        known = any(same(given[-1], n) for item in joint for n in tree.walk(item))
        if not bound and not known and any(isinstance(i, tree.Dots) for i in joint):
            yield left[0].span, given[-1].name


def lost_family(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``p(y_{1,1}, \\ldots, y_{2,1}, \\ldots) = \\prod p(y_{1,n}) \\prod p(y_{1,n})``: of two families of
    outcomes on the left side only one occurs on the right."""
    for statement in presentation.statements:
        sides = statement.sides
        if len(sides) < 2 or _law(sides[0]) is None:
            continue
        call = sides[0]
        assert isinstance(call, tree.Call)
        if not any(isinstance(i, tree.Dots) for i in call.arguments.items):
            continue
        left = _families(call.arguments)
        right = _families(*sides[1:])
        for name, numbers in left.items():
            lost = numbers - right.get(name, set())
            if len(numbers) > 1 and right.get(name) and right[name] < numbers and len(lost) == 1:
                yield sides[1].span, f"{name}_{lost.pop()}"


def foreign_total(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``P(A | B) = \\frac{\\ldots}{\\sum_b \\ldots}``: the total below the line runs over what is
    given, B, so that nothing is left of that; shares of A come from a sum over A."""
    for left, operator, right in presentation.relations():
        call = _law(left)
        if operator not in ("=", ":=", "propto") or call is None or not isinstance(right, tree.Fraction):
            continue
        outcomes, given = _split(call)
        if len(outcomes) != 1 or len(given) != 1 or not isinstance(right.denominator, tree.BigOperator):
            continue
        outcome, condition = plain_name(outcomes[0]), plain_name(given[0])
        bound = {b.name for b in _bound(right.denominator) if isinstance(b, tree.Symbol)}
        if not outcome or not condition or right.denominator.operator not in ("sum", "int"):
            continue
        names = {b.casefold() for b in bound}
        if condition.casefold() in names and outcome.casefold() not in names and len(bound) == 1:
            yield right.denominator.span, condition, outcome


def _families(*nodes: Node) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in nodes:
        for n in tree.walk(node):
            match n:
                case tree.Subscript(base=tree.Symbol(name=name), items=(tree.Number(text=first), _)):
                    found.setdefault(name, set()).add(first)
    return found


__all__ = ["broken_chain", "foreign_total", "lost_condition", "lost_family", "unbound_outcome"]
