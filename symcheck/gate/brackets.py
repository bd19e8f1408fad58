"""Parentheses and square brackets that have no partner: the formula renders, and says something else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symcheck.latex import LatexError, Token, tokenize

_OPEN, _CLOSE = frozenset("(["), frozenset(")]")
# a fence without a visible partner, and intervals that are open at a turned bracket
_ONE_SIDED = re.compile(
    r"\\(?:left|right)\s*\.|\][^\[\]()]*[,;][^\[\]()]*\["  # ]0, 1[
    r"|\[[^\[\]()]*[,;][^\[\]()]*\[(?=\s*(?:$|[,.;\\}]))"  # [0, 1[
    r"|(?:^|\\[a-z]+|[({=,\s])\s*\][^\[\]()]*[,;][^\[\]()]*\]"  # ]0, 1]
)


@dataclass(frozen=True)
class Lone:
    """A bracket without a partner, with its offsets."""

    text: str
    start: int
    end: int


def lone_bracket(latex: str) -> Lone | None:
    """The first bracket without a partner.  A half-open interval ``[0, 1)`` counts as a pair."""
    if _ONE_SIDED.search(latex):
        return None
    try:
        tokens = tokenize(latex)
    except LatexError:
        return None
    stack: list[Token] = []
    for at, token in enumerate(tokens):
        if token.kind != "symbol":
            continue
        if token.text in _OPEN:
            stack.append(token)
        elif token.text in _CLOSE:
            if not stack:
                # "a)" and "1.)" number a list
                return None if at <= 2 else Lone(token.text, token.span.start, token.span.end)
            stack.pop()
    if not stack:
        return None
    return Lone(stack[-1].text, stack[-1].span.start, stack[-1].span.end)


_PARTNERS = {"(": ")", "[": "]", ")": "(", "]": "["}


def closed_nearby(bracket: str, before: str, after: str) -> bool:
    """Whether the partner of a lone bracket stands in the text around the formula, or in the next one: a
    tuple is sometimes set as several formulas."""
    partner = _PARTNERS[bracket]
    depth = 0
    for character in after[:200] if bracket in _OPEN else reversed(before[-200:]):
        depth += (character == bracket) - (character == partner)
        if depth < 0:
            return True
    return False
