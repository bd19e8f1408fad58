"""Derivations as text that a person can follow."""

from __future__ import annotations

from collections.abc import Iterator

from symcheck.prove.derivation import Derivation, Equation, Line
from symcheck.terms.printing import plain

_REASONS = {"within": "by", "chain": "from", "sym": "read backwards,"}


def reason(line: Line) -> str:
    """Why a line holds: the name of its rule, or the earlier lines."""
    if line.reason == "rule":
        return line.name
    if line.reason == "fact":
        return f"hypothesis {int(line.name) + 1}"
    return f"{_REASONS[line.reason]} {', '.join(f'({n + 1})' for _, n in line.uses)}"


def derivation_lines(d: Derivation, indent: str = "") -> Iterator[str]:
    """The derivation, one step a line."""
    if isinstance(d, Equation):
        if not d.lines:
            yield f"{indent}both sides are the same by the laws of a commutative ring"
        for k, line in enumerate(d.lines):
            yield f"{indent}({k + 1}) {plain(line.lhs)} = {plain(line.rhs)}   [{reason(line)}]"
        return
    for part in d.narrate():
        if isinstance(part, str):
            yield indent + part
        else:
            yield from derivation_lines(part, indent + "  ")
