"""Fractions, and those of them that are derivatives."""

from __future__ import annotations

from symcheck.latex import tree
from symcheck.latex.atoms import Atoms, is_d
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node


class Derivatives(Atoms):
    """``\\frac``."""

    def fraction(self) -> Node:
        start = self.i - 1
        top = self.argument_tokens()
        here = self.i
        self.skip_argument()
        bottom = self.argument_tokens()
        self.i = here
        if self.is_derivative(top, bottom):
            return self.derivative(start, top, bottom)
        numerator = self.argument()
        denominator = self.argument()
        return tree.Fraction(self.since(start), numerator, denominator)

    @staticmethod
    def is_derivative(top: list[Token], bottom: list[Token]) -> bool:
        def operator(t: Token) -> bool:
            return is_d(t) or (t.kind == "command" and t.text == "partial")

        if not top or len(bottom) < 2 or not operator(top[0]) or not operator(bottom[0]):
            return False
        return len({t.text for t in (top[0], bottom[0]) if t.kind == "command"}) < 2

    def derivative(self, start: int, top: list[Token], bottom: list[Token]) -> Node:
        letter = "partial" if top[0].text == "partial" else "d"
        self.skip_argument()
        self.skip_argument()
        order, body_tokens = None, top[1:]
        if body_tokens and body_tokens[0].text == "^":
            part = self.part(body_tokens[1:])
            order = part.argument()
            body_tokens = part.tokens[part.i : -1]
        variables = self.differentials(bottom, letter, order)
        body: Node
        if body_tokens:
            body = self.part(body_tokens).whole()
        elif self.ends_operand() or self.at("+", "-", "/"):
            body = tree.Missing(self.since(start)._replace(start=self.since(start).end))
        else:
            body = self.operand()
        return tree.Derivative(self.since(start), letter, order, body, variables)

    def part(self, tokens: list[Token]) -> Derivatives:
        """A reader of some of the tokens."""
        end = tokens[-1].span.end if tokens else self.peek().span.start
        part = type(self)(
            [*tokens, Token("stop", "", self.peek().span._replace(start=end, end=end))], self.functions
        )
        part.depth = self.depth + 1
        part.statement = self.statement
        part.notes = self.notes
        part.nested = 1
        if part.depth > 40:
            self.fail("nesting too deep")
        return part

    def whole(self) -> Node:
        node = self.expr(0)
        if self.peek().kind != "stop":
            self.fail(f"unexpected {self.peek().text}")
        return node

    def differentials(self, tokens: list[Token], letter: str, order: Node | None) -> tuple[Node, ...]:
        """The variables of ``\\partial x \\partial y``."""
        groups: list[list[Token]] = []
        depth = 0
        for t in tokens:
            if t.kind == "symbol":
                depth += (t.text in "{([") - (t.text in "})]")
            marks = (t.kind == "command" and t.text == "partial") if letter == "partial" else is_d(t)
            previous = groups[-1][-1] if groups and groups[-1] else None
            if depth == 0 and marks and not (previous is not None and previous.text in ("_", "^")):
                groups.append([])
            elif groups:
                groups[-1].append(t)
        if not groups or not all(groups):
            self.fail("derivative without a variable", tokens[0].span)
        variables = [self.part(g).whole() for g in groups]
        if len(variables) == 1 and isinstance(variables[0], tree.Power) and order is not None:
            variables = [variables[0].base]
        return tuple(variables)
