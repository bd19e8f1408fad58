"""Reverse mode over the IR: from a forward program to the program of its vector-Jacobian products.

The cotangent of each value is the sum of what its users hand back, index by index: a map multiplies by
its partial derivative (``derivatives``), a broadcast becomes a sum, a sum a broadcast, a gather a
``OneHot``.  Nothing here knows a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codegen.derivatives import AGAINST_CONSTANT, PARTIALS, partial
from codegen.ir import (
    BATCH,
    Argument,
    Builder,
    Const,
    Contract,
    Gather,
    IRError,
    Kind,
    Load,
    Map,
    Node,
    OneHot,
    Output,
    Place,
    Program,
    Reduce,
    Ref,
    Rename,
    Size,
    operands,
    with_operands,
)
from codegen.match import Binding, Rewriter, Rule, instantiate
from codegen.passes.collect import collect, monomial, product
from codegen.passes.simplify import fold

COTANGENT = "g"


def differentiate(program: Program, wrt: Sequence[str], rules: tuple[Rule, ...]) -> Program:
    """The program that maps (g, arguments) to the cotangents of the arguments named in ``wrt``.

    ``g`` has the axes of the output.  The cotangent of a shared argument is summed over the batch.
    ``rules`` simplify what is added (the stabilising rules, so that 1 - sigmoid never stands).
    Raises ``IRError`` for a program with several outputs or a node without an adjoint.
    """
    if len(program.outputs) != 1:
        raise IRError(f"{program.name}: cannot differentiate {len(program.outputs)} outputs at once")
    output = program.outputs[0]
    cotangent = Argument(
        name=COTANGENT,
        axes=output.axes,
        literal=output.literal,
        meaning="cotangent, of the shape of the forward result",
    )
    given = Program(f"{program.name}_vjp", (cotangent, *program.arguments), (), (), program.licences)
    b = Rewriter(given, rules, fold)
    new: list[Ref] = []
    for value in program.values:
        new.append(b.add(with_operands(value.node, tuple(new[r] for r in operands(value.node)))))
    pending: dict[Ref, list[Ref]] = {}
    for component, ref in zip(_components(output.literal), output.values, strict=True):
        pending.setdefault(new[ref], []).append(b.load(COTANGENT, *component))
    found: dict[Ref, Ref] = {}
    for ref in range(max(pending), -1, -1):
        if ref in pending:
            total = collect(b, [_summed(b, t, b.axes(ref)) for t in pending[ref]])
            found[ref] = total
            for operand, part in _adjoint(b, ref, total):
                pending.setdefault(operand, []).append(part)
    return b.finish([_result(b, name, found) for name in wrt], b.licences)


def _result(b: Builder, name: str, found: dict[Ref, Ref]) -> Output:
    argument = next(a for a in b.arguments.values() if a.name == name)
    loads = {r: node for r in found if isinstance(node := b.node(r), Load) and node.argument == name}
    readings = {node.axes for node in loads.values()}
    axes = _distinct(argument.axes)
    if len(readings) == 1 and len(set(names := readings.pop() or argument.axes)) == len(names):
        axes = names  # read once: its cotangent lies along the axes under which it was read
    parts: dict[tuple[int, ...], list[Ref]] = {c: [] for c in _components(argument.literal)}
    for ref, node in loads.items():
        parts[node.component].append(_renamed(b, node.axes or argument.axes, axes, found[ref]))
    values = tuple(collect(b, refs) if refs else b.const(0) for refs in parts.values())
    return Output(name, axes, values, argument.literal)


def _distinct(axes: tuple[str, ...]) -> tuple[str, ...]:
    """The axes of an argument, the second of two over one size with a name of its own."""
    found: list[str] = []
    for axis in axes:
        while axis in found:
            axis += "'"
        found.append(axis)
    return tuple(found)


def _renamed(b: Builder, names: tuple[str, ...], wanted: tuple[str, ...], total: Ref) -> Ref:
    """The cotangent of an argument that was read as ``names``, along the axes ``wanted``."""
    if names == wanted:
        return total
    if len(set(names)) < len(names):  # a diagonal: 0 off it
        kept, other = next((a, w) for a, w in zip(names, wanted, strict=True) if a != w)
        mask = b.map("eq", b.add(Place(kept)), b.add(Place(other)))
        return b.map("mul", total, mask)
    pairs = tuple((a, c) for a, c in zip(names, wanted, strict=True) if a != c and a in b.axes(total))
    return b.add(Rename(total, pairs)) if pairs else total


def _components(literal: tuple[int, ...]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for size in literal:
        found = [(*c, i) for c in found for i in range(size)]
    return found


def _summed(b: Builder, ref: Ref, axes: tuple[str, ...]) -> Ref:
    """``ref`` summed over the axes along which its value was broadcast, the batch last."""
    for axis in sorted((a for a in b.axes(ref) if a not in axes), key=lambda a: a == BATCH):
        outside = monomial(b, ref)
        inside = outside.split(_varies(b, axis))
        outside.above[b.reduce("sum", axis, product(b, inside))] += 1
        ref = product(b, outside)
    return ref


def _varies(b: Builder, axis: str) -> Callable[[Ref], bool]:
    return lambda ref: axis in b.axes(ref)


def _adjoint(b: Builder, ref: Ref, total: Ref) -> list[tuple[Ref, Ref]]:
    """What value ``ref`` with cotangent ``total`` hands back to each operand."""
    node = b.node(ref)
    match node:
        case Const() | Size() | Load() | OneHot() | Place():
            return []
        case Rename():
            return [(node.arg, b.add(Rename(total, tuple((new, old) for old, new in node.names))))]
        case Map():
            return [
                (arg, b.map("mul", total, factor))
                for position, arg in enumerate(node.args)
                if b.values[arg].kind is Kind.REAL
                and (factor := _partial(b, node, ref, position)) is not None
            ]
        case Reduce(monoid="sum"):
            return [(node.arg, total)]
        case Reduce(monoid="max_rest", component=1):
            top = b.map("hold", b.map("finite_or_zero", b.reduce("max", node.axis, node.arg)))
            return [(node.arg, b.map("mul", total, b.map("exp", b.map("sub", node.arg, top))))]
        case Contract():
            return [(arg, _others(b, total, node, i)) for i, arg in enumerate(node.args)]
        case Gather():
            return [(node.arg, b.map("mul", total, b.add(OneHot(node.index, node.axis))))]
    raise IRError(f"no adjoint for {node}")


def _others(b: Builder, total: Ref, node: Contract, skip: int) -> Ref:
    for i, arg in enumerate(node.args):
        if i != skip:
            total = b.map("mul", total, arg)
    return total


def _partial(b: Builder, node: Map, ref: Ref, position: int) -> Ref | None:
    """The partial derivative of a map by one operand; ``None`` where it is 0."""
    if node.op not in PARTIALS:
        raise IRError(f"no derivative for {node.op}")
    constant = any(not b.axes(a) for i, a in enumerate(node.args) if i != position)
    form = partial(node.op, position, constant and node.op in AGAINST_CONSTANT)
    names = dict(zip("abc", node.args, strict=False)) | {"y": ref}
    factor = instantiate(form, b, Binding(names))
    factor_node: Node = b.node(factor)
    return None if isinstance(factor_node, Const) and factor_node.value == 0 else factor
