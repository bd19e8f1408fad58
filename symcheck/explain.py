"""Derivations as text that a person can follow."""

from __future__ import annotations

from collections.abc import Iterator

from symcheck.prove.derivation import Bounded, Cases, Derivation, Equation, Line, Signed
from symcheck.terms.printing import plain
from symcheck.terms.statement import Statement

_REASONS = {"within": "by", "chain": "from", "sym": "read backwards,"}


def reason(line: Line) -> str:
    """Why a line holds: the name of its rule, or the earlier lines."""
    if line.reason == "rule":
        return line.name
    if line.reason == "fact":
        return f"hypothesis {int(line.name) + 1}"
    return f"{_REASONS[line.reason]} {', '.join(f'({n + 1})' for _, n in line.uses)}"


def derivation_lines(goal: Statement, d: Derivation, indent: str = "") -> Iterator[str]:
    """The derivation, one step a line."""
    match d:
        case Equation():
            if not d.lines:
                yield f"{indent}both sides are the same by the laws of a commutative ring"
            for k, line in enumerate(d.lines):
                yield f"{indent}({k + 1}) {plain(line.lhs)} = {plain(line.rhs)}   [{reason(line)}]"
        case Cases():
            for sign, branch in sorted(d.branches.items()):
                yield f"{indent}case {plain(d.on)} {'<=>'[sign + 1]} 0:"
                yield from derivation_lines(goal, branch, indent + "  ")
        case Signed():
            yield f"{indent}larger side - smaller side = {plain(d.certificate)}, whose sign shows:"
            yield from derivation_lines(goal, d.equation, indent + "  ")
        case Bounded():
            yield f"{indent}the function is even:"
            yield from derivation_lines(goal, d.even, indent + "  ")
            yield f"{indent}balls enclose it on each of {len(d.boxes)} intervals from 0 to {d.boxes[-1][1]}"
            for title, part in (("below", d.below), ("above", d.above)):
                yield f"{indent}beyond, the majorant bounds it from {title}:"
                yield from derivation_lines(goal, part, indent + "  ")
            yield f"{indent}the majorant falls:"
            yield from derivation_lines(goal, d.fall, indent + "  ")
