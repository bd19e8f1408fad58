"""The program of a row that is read again in each pass, with fewer passes: results of two folds, of which the
second needs that of the first, come out of one whose partial results are merged by a proved law.

=========================================  ==================================================================
sum of a - u b, u from an earlier fold     the sum of a less u times the sum of b
maximum and sum of exponentials shifted    partial maxima, each with its sum (``max_sumexp``)
the same sum without one place             as before, that place at minus infinity
mean and sum of squared deviations         partial means, each with its count and its sum (``moments``)
=========================================  ==================================================================

A row that is at hand (in registers or in shared memory) keeps the passes: they are shorter, and as exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from codegen.ir import (
    Builder,
    Const,
    Map,
    Node,
    OneHot,
    Program,
    Reduce,
    Ref,
    Size,
    live_places,
    operands,
    with_operands,
)

LAWS: Mapping[str, str] = {
    "max_sumexp": "attn.sdpa/merged_mass",
    "moments": "norm.layer/merge_of_deviations",
}
"""The proved claims by which partial results are merged."""


@dataclass(frozen=True)
class Streamed:
    """``program`` computes the same; ``where`` has the value for each one of the original program."""

    program: Program
    where: Mapping[Ref, Ref]


def streamed(program: Program) -> Streamed | None:
    """``None`` where no pass can be saved."""
    b = Builder(program.name, program.arguments)
    means = _means(program)
    where: dict[Ref, Ref] = {}
    for ref, value in enumerate(program.values):
        node = with_operands(value.node, tuple(where[r] for r in operands(value.node)))
        if ref in means:
            where[ref] = b.reduce("moments", *means[ref], component=1)
            continue
        new = _deviations(b, node)
        new = _shifted_sum(b, node) if new is None else new
        new = _linear(b, node) if new is None else new
        where[ref] = b.add(node) if new is None else new
    outputs = tuple(replace(o, values=tuple(where[r] for r in o.values)) for o in program.outputs)
    found, place = live_places(replace(program, values=tuple(b.values), outputs=outputs))
    if found.values == program.values:
        return None
    return Streamed(found, {old: place[new] for old, new in where.items() if new in place})


def _means(program: Program) -> dict[Ref, tuple[str, Ref]]:
    """The means from which deviations are taken: (axis, of what), by place."""
    found = {}
    for value in program.values:
        node = value.node
        if isinstance(node, Reduce) and node.monoid == "sum":
            mean = _subtracted(program, node)
            if mean is not None and (of := _mean(program, mean, node.axis)) is not None:
                found[mean] = (node.axis, of)
    return found


def _subtracted(program: Program, total: Reduce) -> Ref | None:
    """b where the sum is that of (a - b) squared, and b the mean of a."""
    square = program.values[total.arg].node
    if not (isinstance(square, Map) and square.op == "square"):
        return None
    gap = program.values[square.args[0]].node
    if not (isinstance(gap, Map) and gap.op == "sub"):
        return None
    return gap.args[1] if _mean(program, gap.args[1], total.axis) == gap.args[0] else None


def _mean(program: Program, ref: Ref, axis: str) -> Ref | None:
    """Of what along ``axis`` the value is the mean."""
    match program.values[ref].node:
        case Map(op="div", args=(above, below)) if program.values[below].node == Size(axis):
            match program.values[above].node:
                case Reduce(monoid="sum", axis=along, arg=arg) if along == axis:
                    return arg
    return None


def _deviations(b: Builder, node: Node) -> Ref | None:
    """The sum of squared deviations from a mean that has been replaced."""
    match node:
        case Reduce(monoid="sum", axis=axis, arg=arg):
            match b.node(arg):
                case Map(op="square", args=(difference,)):
                    match b.node(difference):
                        case Map(op="sub", args=(a, mean)) if b.node(mean) == Reduce("moments", axis, a, 1):
                            return b.reduce("moments", axis, a, component=2)
    return None


def _shifted_sum(b: Builder, node: Node) -> Ref | None:
    """The sum of exp(a - max a), an infinite maximum taken as 0; also without the place of a one-hot."""
    if not (isinstance(node, Reduce) and node.monoid == "sum"):
        return None
    exponential, without = node.arg, None
    inner = b.node(node.arg)
    if isinstance(inner, Map) and inner.op == "mul":
        without, exponential = _left_out(b, inner.args[0]), inner.args[1]
        if without is None:
            return None
    found = _shifted(b, exponential, node.axis)
    if found is None:
        return None
    a, shift = found
    if without is not None:
        a = b.map("select", b.map("eq", without, b.const(1.0)), b.const(-float("inf")), a)
    top = b.reduce("max_sumexp", node.axis, a, component=0)
    total = b.reduce("max_sumexp", node.axis, a, component=1)
    return b.map("mul", total, b.map("exp", b.map("sub", top, shift)))


def _linear(b: Builder, node: Node) -> Ref | None:
    """The sum of a - u b as two sums, where u comes from a fold that a and b do not need."""
    match node:
        case Reduce(monoid="sum", axis=axis, arg=arg):
            match b.node(arg):
                case Map(op="sub", args=(a, product)):
                    match b.node(product):
                        case Map(op="mul", args=(u, c)) if axis not in b.axes(u) and axis in b.axes(a):
                            if axis in b.axes(c) and _folds(b, u, axis) > max(
                                _folds(b, x, axis) for x in (a, c)
                            ):
                                rest = b.map("mul", u, b.reduce("sum", axis, c))
                                return b.map("sub", b.reduce("sum", axis, a), rest)
    return None


def _folds(b: Builder, ref: Ref, axis: str) -> int:
    """How many folds along ``axis`` have to be done one after another before the value is known."""
    node = b.node(ref)
    before = max((_folds(b, r, axis) for r in operands(node)), default=0)
    return before + (isinstance(node, Reduce) and node.axis == axis)


def _left_out(b: Builder, ref: Ref) -> Ref | None:
    """The one-hot o where the value is 1 - o."""
    match b.node(ref):
        case Map(op="sub", args=(one, place)) if b.node(one) == Const(1.0):
            return place if isinstance(b.node(place), OneHot) else None
    return None


def _shifted(b: Builder, ref: Ref, axis: str) -> tuple[Ref, Ref] | None:
    """(a, shift) where the value is exp(a - shift) and the shift the maximum of a."""
    match b.node(ref):
        case Map(op="exp", args=(difference,)):
            match b.node(difference):
                case Map(op="sub", args=(a, shift)):
                    match b.node(shift):
                        case Map(op="finite_or_zero", args=(top,)) if b.node(top) == Reduce("max", axis, a):
                            return a, shift
    return None
