"""Slips in words, for a message."""

from __future__ import annotations

from symcheck.gate.near import Slip

_SAID = {
    "sign": "a sign is turned",
    "inverted": "something stands on the wrong side of a fraction line",
    "swapped": "two arguments are exchanged",
    "function": "another function is applied",
    "missing function": "a function or an exponent is missing",
    "extra function": "a function or an exponent is too much",
    "missing index": "an index is missing",
    "missing term": "a term is missing",
    "extra term": "a term is too much",
    "missing factor": "a factor is missing",
    "missing denominator": "what it is divided by is missing",
    "order": "two matrices stand in the wrong order",
    "accent": "a mark on a letter is missing",
    "letter": "another letter stands here than in the formula beside it",
    "extra factor": "a factor is too much",
    "lowered": "an exponent stands as an index",
    "bracket": "a bracket or an exponent ends in the wrong place",
    "operation": "a product stands in the place of a sum",
    "relation": "the inequality is turned",
    "other": "one thing stands in the place of another",
}


def said(slip: Slip) -> str:
    """A slip in words."""
    return _SAID[slip.kind]
