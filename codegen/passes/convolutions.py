"""Sums over pairs of places that add up to a third become convolutions, and their adjoints correlations.

``Reduce(sum, j, Reduce(sum, i, a[i] b[j] [i + j = t]))`` would make all products for all t; the condition is
never written out where it is recognised here.
"""

from __future__ import annotations

from codegen.ir import BATCH, Builder, Convolve, Correlate, Map, Node, Place, Program, Reduce, Ref, rebuild


def convolutions(program: Program) -> Program:
    """``program`` with its sums over ``i + j = t`` as one operation each."""
    return rebuild(program, _change)


def _change(b: Builder, node: Node) -> Ref | None:
    if not (isinstance(node, Reduce) and node.monoid == "sum"):
        return None
    axes, factors = _sum(b, node.arg)
    axes = axes | {node.axis}
    for condition in factors:
        tied = _tied(b, condition)
        values = [f for f in factors if f != condition]
        if tied is not None and len(values) == 2:
            found = _joined(b, axes - {BATCH}, values, *tied)
            return b.reduce("sum", BATCH, found) if found is not None and BATCH in axes else found
    return None


def _sum(b: Builder, ref: Ref) -> tuple[frozenset[str], list[Ref]]:
    """The axes and factors of nested sums of products; a factor stands for itself."""
    node = b.node(ref)
    if isinstance(node, Reduce) and node.monoid == "sum":
        axes, factors = _sum(b, node.arg)
        return axes | {node.axis}, factors
    if isinstance(node, Map) and node.op == "mul":
        (left, one), (right, other) = (_sum(b, a) for a in node.args)
        # an axis that is summed in one factor and alive in the other is another axis there
        if not any(left & set(b.axes(r)) for r in other) and not any(right & set(b.axes(r)) for r in one):
            return left | right, one + other
    return frozenset(), [ref]


def _tied(b: Builder, ref: Ref) -> tuple[str, str, str] | None:
    """(i, j, t) if the value is the condition i + j = t on places."""
    node = b.node(ref)
    if not (isinstance(node, Map) and node.op == "eq"):
        return None
    total, whole = (b.node(a) for a in node.args)
    if not (isinstance(total, Map) and total.op == "add" and isinstance(whole, Place)):
        return None
    first, second = (b.node(a) for a in total.args)
    if isinstance(first, Place) and isinstance(second, Place):
        return first.axis, second.axis, whole.axis
    return None


def _joined(b: Builder, axes: frozenset[str], values: list[Ref], i: str, j: str, t: str) -> Ref | None:
    for one, other in (values, values[::-1]):
        own, its = set(b.axes(one)) - {BATCH}, set(b.axes(other)) - {BATCH}
        if axes == {i, j} and (own, its) == ({i}, {j}):
            return b.add(Convolve((one, other), (i, j), t))
        if axes == {t, j} and (own, its) == ({t}, {j}):
            return b.add(Correlate((one, other), (i, j), t))
        if axes == {t, i} and (own, its) == ({t}, {i}):
            return b.add(Correlate((one, other), (j, i), t))
    return None


__all__ = ["convolutions"]
