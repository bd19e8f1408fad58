"""Along which axis a program over several axes may be done in blocks, and what of another a block needs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from codegen.ir import (
    BATCH,
    Const,
    Contract,
    Load,
    Map,
    Place,
    Program,
    Reduce,
    Ref,
    Rename,
    Size,
    length_of,
    operands,
)


@dataclass(frozen=True)
class Blocks:
    """``axis`` of the blocks ("" for none), ``sums``: the results that are summed over the blocks, ``limit``:
    an axis of which a block needs the entries up to its own end only (a causal mask)."""

    axis: str = ""
    sums: tuple[str, ...] = ()
    limit: str = ""


def blocks(program: Program) -> Blocks:
    """The blocks in which a matrix that is neither given nor asked for need not be held whole."""
    given = {r for r, v in enumerate(program.values) if isinstance(v.node, Load | Const | Size | Place)}
    results = {o.values[0] for o in program.outputs}
    inner = [
        set(v.axes) - {BATCH}
        for r, v in enumerate(program.values)
        if r not in given and r not in results and len(set(v.axes) - {BATCH}) > 1
    ]
    held = [_lengths(o.axes) for o in program.outputs] + [_lengths(a.axes) for a in program.arguments]
    wide = [axes for axes in inner if not any(_lengths(axes) <= x for x in held)]
    if any(isinstance(v.node, Rename) for v in program.values):
        return Blocks()
    axes_ = dict.fromkeys(a for o in program.outputs for a in o.axes if a != BATCH)
    for axis in sorted(axes_, key=lambda x: sum(x in a.axes for a in program.arguments)):
        if any(axis in axes for axes in wide) and sums_only(program, axis) and sums_only(program, BATCH):
            sums = tuple(o.name for o in program.outputs if axis not in o.axes or BATCH not in o.axes)
            return Blocks(axis, sums, _limit(program, axis, sums))
    return Blocks()


def _lengths(axes: Iterable[str]) -> Counter[str]:
    return Counter(length_of(a) for a in axes)


def sums_only(program: Program, axis: str) -> bool:
    """Whether what is folded along ``axis`` is summed, and goes to results by linear steps alone."""
    additive: set[Ref] = set()
    for r, value in enumerate(program.values):
        node = value.node
        inside = [a for a in operands(node) if a in additive]
        folds = (isinstance(node, Reduce) and node.axis == axis) or (
            isinstance(node, Contract) and axis in node.axes
        )
        if folds:
            if inside or (isinstance(node, Reduce) and node.monoid != "sum"):
                return False
            additive.add(r)
        elif inside:
            linear = isinstance(node, Rename | Reduce) or (
                isinstance(node, Map)
                and (
                    node.op == "neg"
                    or (node.op in ("add", "sub") and len(inside) == len(node.args))
                    or (node.op == "mul" and len(inside) == 1)
                    or (node.op == "div" and inside == [node.args[0]])
                )
                and not any(axis in program.values[a].axes for a in node.args if a not in inside)
            )
            if not linear or (isinstance(node, Reduce) and node.monoid != "sum"):
                return False
            additive.add(r)
    return all(o.values[0] in additive for o in program.outputs if axis not in o.axes)


def _limit(program: Program, block: str, sums: tuple[str, ...]) -> str:
    """The axis of which places beyond the block's own contribute nothing, by a mask of -inf."""
    for axis in program.row_axes:
        if length_of(axis) != length_of(block) or axis == block:
            continue
        kind: dict[Ref, str] = {}
        for r, value in enumerate(program.values):
            kind[r] = _masked_kind(program, r, axis, block, kind)
            node = value.node
            along = (isinstance(node, Reduce) and node.axis == axis) or (
                isinstance(node, Contract) and axis in node.axes
            )
            if along:
                least = isinstance(node, Reduce) and node.monoid == "max"
                wanted = "-inf" if least else "zero"
                if not any(kind[a] == wanted for a in operands(node)):
                    break
        else:
            outputs = [o for o in program.outputs if axis in o.axes]
            if "-inf" in kind.values() and all(o.name in sums for o in outputs):
                return axis
    return ""


def _masked_kind(program: Program, ref: Ref, axis: str, block: str, kind: dict[Ref, str]) -> str:
    """ "-inf" or "zero" if the value is that at every masked place."""
    node = program.values[ref].node
    if not isinstance(node, Map):
        return ""
    if node.op == "select" and kind.get(node.args[0], "") == "zero":
        other = program.values[node.args[2]].node
        if isinstance(other, Const):
            return "-inf" if other.value == -math.inf else "zero" if other.value == 0 else ""
    first = kind.get(node.args[0], "")
    if node.op == "eq" and first == "zero":
        other = program.values[node.args[1]].node
        return "zero" if isinstance(other, Const) and other.value != 0 else ""
    if node.op == "add" and "-inf" in [kind.get(a, "") for a in node.args]:
        return "-inf"
    if node.op == "sub" and first == "-inf" and axis not in program.values[node.args[1]].axes:
        return "-inf"
    if node.op == "exp" and first == "-inf":
        return "zero"
    if node.op == "mul" and "zero" in [kind.get(a, "") for a in node.args]:
        return "zero"
    if node.op in ("div", "neg") and first == "zero":
        return "zero"
    if node.op in ("add", "sub") and all(kind.get(a, "") == "zero" for a in node.args):
        return "zero"
    if _is_causal(program, ref, axis, block):
        return "zero"
    return ""


def _is_causal(program: Program, ref: Ref, axis: str, block: str) -> bool:
    node = program.values[ref].node
    if not (isinstance(node, Map) and node.op == "le"):
        return False
    return [program.values[a].node for a in node.args] == [Place(axis), Place(block)]


__all__ = ["Blocks", "blocks", "sums_only"]
