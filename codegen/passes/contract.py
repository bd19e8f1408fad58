"""Sums of products over different axes become contractions, in pairs, on a path chosen by axes.

``Reduce(sum, k, a[i,k] * b[k,j])`` would make all products at once; a ``Contract`` of two values is a
product of matrices.  Factors that do not vary along the axis leave the sum; factors whose axes lie within
another's are multiplied into it; of more than two that remain, those with the fewest axes together are
joined first.
"""

from __future__ import annotations

import itertools

from codegen.ir import Builder, Contract, Map, Node, Program, Reduce, Ref, rebuild


def contractions(program: Program) -> Program:
    """``program`` with its sums of products as contractions of two values each."""
    return rebuild(program, _change)


def _change(b: Builder, node: Node) -> Ref | None:
    if not (isinstance(node, Reduce) and node.monoid == "sum"):
        return None
    inner = b.node(node.arg)
    if isinstance(inner, Contract):
        return b.add(Contract(inner.args, (*inner.axes, node.axis)))
    above, below, sign = _factors(b, node.arg, node.axis)
    inside = [r for r in above if node.axis in b.axes(r)]
    outside = [r for r in above if node.axis not in b.axes(r)]
    groups = _grouped(b, inside)
    if len(groups) < 2:
        return None
    within = [d for d in below if node.axis in b.axes(d)]
    below = [d for d in below if node.axis not in b.axes(d)]
    if not all(_divide(b, groups, d) for d in within):
        return None
    total = b.add(Contract((groups[0], groups[1]), (node.axis,)))
    for factor in outside:
        total = b.map("mul", total, factor)
    for divisor in below:
        total = b.map("div", total, divisor)
    return b.map("neg", total) if sign else total


def _factors(b: Builder, ref: Ref, axis: str) -> tuple[list[Ref], list[Ref], bool]:
    """Factors, divisors, and whether the sign is turned.  A divisor that varies along ``axis`` is taken out
    of a product only."""
    node = b.node(ref)
    if isinstance(node, Map) and node.op == "neg":
        above, below, sign = _factors(b, node.args[0], axis)
        return above, below, not sign
    if isinstance(node, Map) and node.op == "mul":
        left, right = (_factors(b, a, axis) for a in node.args)
        return left[0] + right[0], left[1] + right[1], left[2] != right[2]
    if isinstance(node, Map) and node.op == "div":
        above, below, sign = _factors(b, node.args[0], axis)
        if axis not in b.axes(node.args[1]):
            return above, [*below, node.args[1]], sign
        if len(above) > 1:
            return above, [*below, *_product(b, node.args[1])], sign
    return [ref], [], False


def _product(b: Builder, ref: Ref) -> list[Ref]:
    node = b.node(ref)
    if isinstance(node, Map) and node.op == "mul":
        return [r for a in node.args for r in _product(b, a)]
    return [ref]


def _divide(b: Builder, groups: list[Ref], divisor: Ref) -> bool:
    """Divides one of ``groups`` in place, of several the smallest that was computed last; False if none has
    the axes."""
    hosts = [g for g in groups if set(b.axes(divisor)) <= set(b.axes(g))]
    if not hosts:
        return False
    host = min(hosts, key=lambda g: (len(b.axes(g)), -g))
    groups[groups.index(host)] = b.map("div", host, divisor)
    return True


def _grouped(b: Builder, factors: list[Ref]) -> list[Ref]:
    """At most two values with the product of ``factors``."""
    groups = sorted(factors, key=lambda r: (-len(b.axes(r)), r))
    kept: list[Ref] = []
    for ref in groups:
        hosts = [k for k in kept if set(b.axes(ref)) <= set(b.axes(k))]
        if hosts:
            host = min(hosts, key=lambda k: (len(b.axes(k)), k))
            kept[kept.index(host)] = b.map("mul", host, ref)
        else:
            kept.append(ref)
    while len(kept) > 2:
        pairs = itertools.combinations(kept, 2)
        one, other = min(pairs, key=lambda p: len(set(b.axes(p[0])) | set(b.axes(p[1]))))
        kept = [k for k in kept if k not in (one, other)] + [b.map("mul", one, other)]
    return kept


def is_tensor(program: Program) -> bool:
    """Whether a program works on more than one axis besides the leading ones, or on matrices."""
    return len(program.row_axes) > 1 or any(len(a.axes) > 2 for a in program.arguments)


__all__ = ["contractions", "is_tensor"]
