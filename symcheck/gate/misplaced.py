"""Brackets that are where they cannot be meant, and operands that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symcheck.latex import Presentation, Span, tree

_FUNCTION = re.compile(r"\\(?:ln|log|exp|sin|cos|tan|tanh)\s*\{\s*\(")
_EMPTY = (
    (re.compile(r"\\[dt]?frac\s*\{\s*\}"), "the numerator"),
    (re.compile(r"\\[dt]?frac\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{\s*\}"), "the denominator"),
    (re.compile(r"\\sqrt\s*\{\s*\}"), "what stands under the root"),
    (re.compile(r"\\left\s*\\?\|\s*\\right\s*\\?\|"), "what stands between the bars"),
)


def hidden_braces(latex: str) -> Iterator[tuple[int, int]]:
    """``\\ln{(x) + 1}``: braces, which do not show, hold more than the brackets, which do."""
    for m in _FUNCTION.finditer(latex):
        depth, at = 1, m.end()
        while at < len(latex) and depth:
            depth += (latex[at] == "(") - (latex[at] == ")")
            at += 1
        rest = re.match(r"\s*[+-][^{}()]*\}", latex[at:])
        if not depth and rest is not None:
            yield m.start(), at + rest.end()


def empty_operands(latex: str) -> Iterator[tuple[int, int, str]]:
    """Fractions, roots and bars with nothing in them."""
    for pattern, what in _EMPTY:
        for m in pattern.finditer(latex):
            yield m.start(), m.end(), what


def lonely_choice(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``(\\max(a - b), 0)``: the largest of one thing, with the other one outside of the bracket."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                match n:
                    case tree.Delimited(
                        opening="(",
                        items=(
                            tree.Call(
                                function=tree.Symbol(name="max" | "min" as name),
                                arguments=tree.Delimited(opening="(", items=(tree.Sum(),)),
                            ),
                            tree.Number(),
                        ),
                        separators=(",",),
                    ):
                        yield n.span, name


__all__ = ["empty_operands", "hidden_braces", "lonely_choice"]
