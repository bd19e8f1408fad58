"""Groups of values over several axes that one statement computes: origins of softmax cotangents, masks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from codegen.ir import Const, Map, Place, Program, Ref, operands
from codegen.numpy.unshift import origin_at_largest


def origins(program: Program) -> dict[Ref, tuple[Ref, Ref, Ref]]:
    """(e, g, total) for each value that is the entry of g at the largest e, 0 where ``total`` is above 2."""
    found = ((r, origin_at_largest(program.values, r)) for r in range(len(program.values)))
    return {r: origin for r, origin in found if origin is not None}


def masks(program: Program) -> dict[Ref, tuple[Ref, str, str]]:
    """(x, a, b) for each value that is x, and -inf at places of axis a beyond that of axis b."""
    found = ((r, _mask(program, r)) for r in range(len(program.values)))
    return {r: mask for r, mask in found if mask is not None}


def _mask(program: Program, ref: Ref) -> tuple[Ref, str, str] | None:
    nodes = [v.node for v in program.values]
    match nodes[ref]:
        case Map(op="add", args=args):
            for x, mask in (args, args[::-1]):
                match nodes[mask]:
                    case Map(op="select", args=(within, zero, low)):
                        match nodes[within]:
                            case Map(op="le", args=(a, b)):
                                match nodes[a], nodes[b], nodes[zero], nodes[low]:
                                    case Place(one), Place(other), Const(0.0), Const(value):
                                        return (x, one, other) if value == -math.inf else None
    return None


def absorbed(program: Program, groups: Mapping[Ref, Iterable[Ref]]) -> set[Ref]:
    """The values between those that ``groups`` need and what they compute, if nothing else needs them."""
    uses = program.uses()
    found: set[Ref] = set()
    for r, given in groups.items():
        stack = list(operands(program.values[r].node))
        while stack:
            ref = stack.pop()
            if ref not in given:
                found.add(ref)
                stack += operands(program.values[ref].node)
    while True:
        kept = {a for a in found if all(u in found or u in groups for u in uses[a])}
        if kept == found:
            return found
        found = kept


__all__ = ["absorbed", "masks", "origins"]
