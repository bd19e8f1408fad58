"""Sums over two axes in the order in which the inner one is there already.

``sum over e of g (sum over m of a b)``, where a does not vary along e nor g along m, is
``sum over m of a (sum over e of b g)``.  In reverse mode through a mean with weights the second inner sum is
the cotangent of the weights, which is needed anyway: the first one, a product of matrices, is saved, and
the sum stands in the form that the stabilising rewrites know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codegen.ir import Builder, Map, Node, Program, Reduce, Ref, operands, with_operands


def exchanged(program: Program) -> Program:
    """``program`` with each such sum taken over the other axis first where that saves one."""
    b = Builder(program.name, program.arguments)
    new: list[Ref] = []
    for value in program.values:
        other = _other_order(program, value.node)
        if other is None:
            new.append(b.add(with_operands(value.node, tuple(new[r] for r in operands(value.node)))))
            continue
        axis, weight, along, inner = other
        product = b.map("mul", *(new[r] for r in operands(inner)))
        new.append(b.reduce("sum", axis, b.map("mul", new[weight], b.reduce("sum", along, product))))
    outputs = [replace(o, values=tuple(new[r] for r in o.values)) for o in program.outputs]
    return b.finish(outputs, program.licences)


def _other_order(program: Program, node: Node) -> tuple[str, Ref, str, Map] | None:
    """The axis m, the weight a, the axis e and the product of b and g, which is summed over e elsewhere."""
    for double, g in _factors(program, node):
        assert isinstance(node, Reduce)
        for weight, rest in _factors(program, inner := program.values[double].node):
            assert isinstance(inner, Reduce)
            apart = node.axis not in program.values[weight].axes and inner.axis not in program.values[g].axes
            products = (Map("mul", (rest, g)), Map("mul", (g, rest)))
            there = (p for p in products if _is_summed(program, p, node.axis))
            if apart and (product := next(there, None)) is not None:
                return inner.axis, weight, node.axis, product
    return None


def _factors(program: Program, node: Node) -> Iterator[tuple[Ref, Ref]]:
    """Both factors of what ``node`` sums, in either order."""
    if isinstance(node, Reduce) and node.monoid == "sum":
        inner = program.values[node.arg].node
        if isinstance(inner, Map) and inner.op == "mul":
            yield inner.args[0], inner.args[1]
            yield inner.args[1], inner.args[0]


def _is_summed(program: Program, product: Map, axis: str) -> bool:
    return any(
        isinstance(v.node, Reduce)
        and (v.node.monoid, v.node.axis) == ("sum", axis)
        and program.values[v.node.arg].node == product
        for v in program.values
    )


__all__ = ["exchanged"]
