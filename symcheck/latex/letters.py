"""Letters with a role in a part of a formula: bound by an operator, random, differentiated by."""

from __future__ import annotations

from symcheck.latex import tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node


def differentiated_by(whole: Node) -> str | None:
    """The variable by which ``(\\ldots)'`` is the derivative, if it stands in the bracket: x, or the only
    letter that is no function and no constant."""
    applied = {n.function for n in tree.walk(whole) if isinstance(n, tree.Call)}
    heads = {m.span for f in applied for m in tree.walk(f)}
    letters = {
        n.name
        for n in tree.walk(whole)
        if isinstance(n, tree.Symbol) and n.span not in heads and n.name not in ("e", "pi") and not n.style
    }
    if "x" in letters:
        return "x"
    return next(iter(letters)) if len(letters) == 1 and letters <= {"t", "u", "y", "z", "s"} else None


def bound_letters(lower: Node | None) -> list[str]:
    """The index letters that a lower limit binds."""
    match lower:
        case tree.Symbol(style="roman", name=word) if len(word) > 1:
            return []
        case tree.Symbol() | tree.Subscript():
            name = plain_name(lower)
            return [name] if name else []
        case tree.Relation():
            return bound_letters(lower.sides[0])
        case tree.Sequence():
            out: list[str] = []
            for item in lower.items:
                out += bound_letters(item)
            return out
        case tree.Product() if not any(lower.operators):
            out = []
            for item in lower.factors:
                out += bound_letters(item)
            return out
        case tree.Delimited(opening="(" | ""):
            return bound_letters(tree.Sequence(lower.span, lower.items))
    return []


def random_letters(node: Node) -> set[str]:
    """Capital letters without scripts: the random variables of an expectation or an entropy."""
    out: set[str] = set()
    todo = [node]
    while todo:
        n = todo.pop()
        if isinstance(n, tree.Symbol):
            if len(n.name) == 1 and n.name.isupper() and not n.accents and n.style != "bold":
                out.add(n.name)
        elif isinstance(n, tree.Call):
            todo += n.arguments.items
        elif not isinstance(n, tree.Subscript | tree.Mark | tree.Prime | tree.BigOperator):
            todo += tree.children(n)
    return out
