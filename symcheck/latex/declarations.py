"""Statements that say what something is: ``x \\in \\mathbb{R}^n``."""

from __future__ import annotations

from symcheck.latex import tree
from symcheck.latex.context import Declaration, Kind
from symcheck.latex.names import plain_name
from symcheck.latex.reading import Role, Sentence, Side
from symcheck.latex.tree import Node, Statement


def declaration(statement: Statement) -> Sentence:
    """``x \\in \\mathbb{R}^n``: nothing to check, but something to know."""
    sides = tuple(Side(n.span) for n in statement.sides)
    return Sentence(statement.span, Role.DECLARATION, sides, statement.operators)


def declared_shapes(statements: tuple[Statement, ...]) -> dict[str, Declaration]:
    """The shapes that ``\\in \\mathbb{R}^{m \\times n}`` declares."""
    out: dict[str, Declaration] = {}
    for s in statements:
        if s.operators[:1] != ("in",):
            continue
        subjects = s.sides[0].items if isinstance(s.sides[0], tree.Sequence) else (s.sides[0],)
        declared = _space(s.sides[1])
        for subject in subjects:
            name = plain_name(subject)
            if name is not None and declared is not None:
                out[name] = declared
    return out


def _space(node: Node) -> Declaration | None:
    match node:
        case tree.Symbol(style="blackboard", name="R"):
            return Declaration.scalar()
        case tree.Symbol(style="blackboard", name="N" | "Z"):
            return Declaration(kind=Kind.NATURAL)
        case tree.Power(base=tree.Symbol(style="blackboard", name="R"), exponent=exponent):
            factors = exponent.factors if isinstance(exponent, tree.Product) else (exponent,)
            if isinstance(exponent, tree.Product) and set(exponent.operators) != {"times"}:
                return None
            shape: list[str | int | None] = []
            for f in factors:
                name = plain_name(f)
                shape.append(int(f.text) if isinstance(f, tree.Number) and f.text.isdigit() else name)
            return Declaration.tensor(*shape)
        case tree.Delimited(opening="(" | "[", items=(low, high)):
            if isinstance(low, tree.Number) and low.text == "0":
                return Declaration.scalar("positive" if node.opening == "(" else "nonnegative")
            return Declaration.scalar() if isinstance(high, tree.Number) else None
    return None
