"""``a = b \\implies c = d``: whether each equation follows from the one before it.

The first equation is what is supposed.  From an equation with a lone name on one side the name is replaced in
the next one; where the next one is solved for a name, it is put into the equation before, which has to depend
on the name strictly monotonically, so that it has one solution.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from formulas.language import Expr, Partial
from symcheck.gate.decide import confirmed, proved
from symcheck.gate.integrals import worked
from symcheck.latex import Context, Link, Presentation, Sentence, Statement, interpret
from symcheck.latex.tree import Logic, Node, Relation

MAX_STEPS = 8


def followed(presentation: Presentation, at: int, context: Context) -> bool | None:
    """Whether the statement number ``at`` was shown step by step; ``None`` if it implies nothing."""
    if at >= len(presentation.statements):
        return None
    sides = presentation.statements[at].sides
    if len(sides) != 1 or not isinstance(sides[0], Logic) or sides[0].operator not in _ARROWS:
        return None
    steps = list(_steps(sides[0]))
    parts = [node for _, node in steps]
    if not 2 <= len(parts) <= MAX_STEPS or not all(isinstance(p, Relation) for p in parts):
        return False
    said = tuple(Statement(p.span, p.sides, p.operators) for p in parts if isinstance(p, Relation))
    reading = worked(interpret(Presentation(presentation.text, said), context))
    if len(reading.sentences) != len(parts):
        return False
    pairs = zip(reading.sentences, reading.sentences[1:], [arrow for arrow, _ in steps[1:]], strict=False)
    return all(_follows(one, two) and (arrow == "=>" or _follows(two, one)) for one, two, arrow in pairs)


_ARROWS = frozenset({"=>", "<=>"})


def _steps(node: Node) -> Iterator[tuple[str, Node]]:
    """The equations with the arrow before each."""
    if isinstance(node, Logic) and node.operator in _ARROWS and len(node.operands) == 2:
        yield from _steps(node.operands[0])
        (_, first), *rest = list(_steps(node.operands[1]))
        yield node.operator, first
        yield from rest
    else:
        yield "", node


def _follows(given: Sentence, then: Sentence) -> bool:
    known = [link for link in given.links() if _equation(link)]
    links = list(then.links())
    return bool(known) and bool(links) and all(_equation(k) and _shown(known, k) for k in links)


def _equation(link: Link) -> bool:
    return (
        link.operator == "="
        and isinstance(link.left.expr, sp.Expr)
        and isinstance(link.right.expr, sp.Expr)
        and not any(e.has(sp.MatrixBase) for e in (link.left.expr, link.right.expr))
    )


def _sides(link: Link) -> tuple[Expr, Expr]:
    left, right = link.left.expr, link.right.expr
    assert left is not None and right is not None
    return left, right


def _shown(known: list[Link], link: Link) -> bool:
    left, right = _sides(link)
    if confirmed(left, right):
        return True
    for given in known:
        for name, value in _both_ways(_sides(given)):
            if _name(name) and not value.has(name):
                replaced = left.xreplace({name: value}), right.xreplace({name: value})
                if replaced != (left, right) and confirmed(*replaced):
                    return True
        for name, value in _both_ways((left, right)):
            if _name(name) and not value.has(name) and _solved(_sides(given), name, value):
                return True
    return proved(left, right, given=[sp.Eq(*_sides(k), evaluate=False) for k in known])


def _both_ways(sides: tuple[Expr, Expr]) -> Iterator[tuple[Expr, Expr]]:
    yield sides
    yield sides[1], sides[0]


def _name(expr: Expr) -> bool:
    return isinstance(expr, sp.Symbol | sp.Indexed) and not expr.is_number


def _solved(equation: tuple[Expr, Expr], name: Expr, value: Expr) -> bool:
    """Whether ``value`` for ``name`` is the only solution of ``equation``."""
    left, right = equation
    apart = left - right
    if apart.has(sp.Sum, Partial, sp.Indexed) or not isinstance(name, sp.Symbol):
        return False
    slope = sp.diff(apart, name)
    if not (slope.is_positive or slope.is_negative or (slope.is_nonzero and not slope.has(name))):
        return False
    return confirmed(left.xreplace({name: value}), right.xreplace({name: value}))
