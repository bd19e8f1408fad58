"""Quick programs without the shift of their exponentials by the maximum of the row.

Where every result stays the same when the exponentials of a row are scaled together, as in softmax, they may
be taken of the row itself: exp(x) = exp(x - m) exp(m).  That the results do not depend on the scale is found
by dimensional analysis (``codegen.passes.homogeneity``).  Without the shift a pass over memory and a rounding
are saved.  An overflow raises a floating-point flag, and the sums by which the results are divided are
watched: from 1/2 on, an exponential that underflows belongs to a share that does so too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codegen.ir import (
    BATCH,
    Builder,
    Const,
    Map,
    Node,
    Program,
    Reduce,
    Ref,
    Value,
    operands,
    rebuild,
    with_given,
    with_operands,
)
from codegen.passes.homogeneity import degrees_in

LEAST = 0.5
LEAST_QUOTIENT = 2.0**-100  # of a number that is not 0


def by_largest(program: Program) -> Program:
    """``program`` with one operation for the origin of a softmax cotangent (``codegen.rewrites``): g less its
    entry at the largest e, where that is more than half of the sum.  In a form that knows no exp(0) = 1."""

    def change(b: Builder, node: Node) -> Ref | None:
        if not (isinstance(node, Map) and node.op == "sub"):
            return None
        found = origin_at_largest(b.values, node.args[1])
        return b.map("from_largest", *found) if found is not None and found[1] == node.args[0] else None

    return rebuild(program, change)


def origin_at_largest(values: Sequence[Value], ref: Ref) -> tuple[Ref, Ref, Ref] | None:
    """(e, g, total) where the value is the entry of g at the largest e, 0 where ``total`` is above 2."""
    chosen = values[ref].node
    if not (isinstance(chosen, Map) and chosen.op == "select" and values[chosen.args[2]].node == Const(0.0)):
        return None
    bound, largest = values[chosen.args[0]].node, values[chosen.args[1]].node
    if not (isinstance(largest, Reduce) and largest.monoid == "max" and isinstance(bound, Map)):
        return None
    entry = values[largest.arg].node
    if not (isinstance(entry, Map) and entry.op == "select"):
        return None
    e = _equal_to_one(values, values[entry.args[0]].node)
    if e is None or bound.op != "le" or values[bound.args[1]].node != Const(2.0):
        return None
    return e, entry.args[1], bound.args[0]


def _equal_to_one(values: Sequence[Value], node: Node) -> Ref | None:
    if isinstance(node, Map) and node.op == "eq":
        for one, other in (node.args, node.args[::-1]):
            if values[other].node == Const(1.0):
                return one
    return None


_SCALED = "exponentials"


def unshifted(program: Program) -> Program:
    """``program`` by exponentials of unshifted rows, or itself where its results need the shift."""
    shifted = [r for r, v in enumerate(program.values) if _row(program, v.node) is not None]
    if len(shifted) != 1:
        return program
    (e,) = shifted
    degrees = degrees_in(with_given(program, {e: _SCALED}), _SCALED)
    if degrees is None or any(degrees[r] not in (0, None) for o in program.outputs for r in o.values):
        return program
    quotients = [
        v.node.args
        for v in program.values
        if isinstance(v.node, Map) and v.node.op == "div" and degrees[v.node.args[1]] not in (0, None)
    ]
    below = {d for _, d in quotients}
    if not below or any(degrees[d] != 1 or program.values[d].axes != (BATCH,) for d in below):
        return program
    above = {n for n, _ in quotients if degrees[n] != 1}
    if any(degrees[n] not in (0, None) or program.values[n].axes != (BATCH,) for n in above):
        return program
    return _rebuilt(program, e, below, above)


def _row(program: Program, node: Node) -> Ref | None:
    """x, if ``node`` is exp(x - max x)."""
    if not (isinstance(node, Map) and node.op == "exp"):
        return None
    inner = program.values[node.args[0]].node
    if not (isinstance(inner, Map) and inner.op == "sub"):
        return None
    top = program.values[inner.args[1]].node
    if isinstance(top, Reduce) and top.monoid == "max" and top.arg == inner.args[0]:
        return inner.args[0]
    return None


def _rebuilt(program: Program, e: Ref, below: set[Ref], above: set[Ref]) -> Program:
    """The program with exp(x) for ``e`` and the sums ``below`` watched.  What is divided by them but is no
    multiple of exponentials, one number ``above`` for each row, must not underflow either."""
    row = _row(program, program.values[e].node)
    assert row is not None
    builder = Builder(program.name, program.arguments)
    new: list[Ref] = []
    for r, value in enumerate(program.values):
        node = Map("exp", (row,)) if r == e else value.node
        made = builder.add(with_operands(node, tuple(new[o] for o in operands(node))))
        if r in below:
            made = builder.map("watch", made, builder.map("sub", made, builder.const(LEAST)))
        if isinstance(node, Map) and node.op == "div" and node.args[0] in above and node.args[1] in below:
            size = builder.map("mul", builder.const(1 / LEAST_QUOTIENT), builder.map("abs", made))
            margin = builder.map("sub", size, builder.const(1.0))
            given = builder.map("abs", new[node.args[0]])
            made = builder.map("watch", made, builder.map("mul", margin, given))
        new.append(made)
    outputs = [replace(o, values=tuple(new[r] for r in o.values)) for o in program.outputs]
    return builder.finish(outputs, program.licences)


__all__ = ["by_largest", "origin_at_largest", "unshifted"]
