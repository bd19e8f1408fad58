"""Groups of values that one NumPy statement computes: places of a row, dot products.

In the IR a place is an array of zeros with a single one (``OneHot``); writing that array would cost a
pass over memory, so the statements below touch the place alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codegen.ir import BATCH, Const, Map, OneHot, Program, Reduce, Ref, operands


@dataclass(frozen=True)
class Fusion:
    """``root`` is computed from ``operands`` by one call; ``absorbed`` are the values that vanish.

    ``kind``: ``add_at`` (operands: array, index[, amount]; ``negative`` subtracts), ``clear_at`` (array,
    index) or ``row_dot`` (two arrays).
    """

    kind: str
    root: Ref
    operands: tuple[Ref, ...]
    absorbed: tuple[Ref, ...]
    negative: bool = False


def fusions(program: Program) -> dict[Ref, Fusion]:
    """The fusions of ``program`` by root.  A value is absorbed only if nothing else uses it."""
    found: dict[Ref, Fusion] = {}
    for ref in range(len(program.values)):
        for rule in (_add_at, _clear_at, _row_dot):
            for fusion in rule(program, ref):
                found.setdefault(ref, fusion)
    uses = program.uses()
    results = {r for o in program.outputs for r in o.values}
    while True:
        inside = {r for f in found.values() for r in (f.root, *f.absorbed)}
        broken = [
            f.root
            for f in found.values()
            if any(a in results or any(u not in inside for u in uses[a]) for a in f.absorbed)
        ]
        if not broken:
            return found
        for root in broken:
            del found[root]


def _map(program: Program, ref: Ref, op: str) -> Map | None:
    node = program.values[ref].node
    return node if isinstance(node, Map) and node.op == op else None


def _onehot(program: Program, ref: Ref) -> OneHot | None:
    node = program.values[ref].node
    return node if isinstance(node, OneHot) else None


def _const(program: Program, ref: Ref, test: Callable[[float], bool]) -> bool:
    node = program.values[ref].node
    return isinstance(node, Const) and test(node.value)


def _pairs(node: Map | None) -> Iterator[tuple[Ref, Ref]]:
    if node is not None:
        yield node.args[0], node.args[1]
        yield node.args[1], node.args[0]


def _add_at(program: Program, root: Ref) -> Iterator[Fusion]:
    """array - amount * onehot, array + amount * onehot, and both without an amount."""
    sub = _map(program, root, "sub")
    sides = [(sub.args[0], sub.args[1])] if sub else list(_pairs(_map(program, root, "add")))
    for array, place in sides:
        onehot = _onehot(program, place)
        if onehot is not None:
            yield Fusion("add_at", root, (array, onehot.index), (place,), bool(sub))
        for inner, amount in _pairs(_map(program, place, "mul")):
            onehot = _onehot(program, inner)
            if onehot is not None:
                yield Fusion("add_at", root, (array, onehot.index, amount), (place, inner), bool(sub))


def _clear_at(program: Program, root: Ref) -> Iterator[Fusion]:
    """array * (1 - onehot)."""
    for array, other in _pairs(_map(program, root, "mul")):
        complement = _map(program, other, "sub")
        if complement is not None and _const(program, complement.args[0], lambda v: v == 1.0):
            onehot = _onehot(program, complement.args[1])
            if onehot is not None:
                yield Fusion("clear_at", root, (array, onehot.index), (other, complement.args[1]))


def _row_dot(program: Program, root: Ref) -> Iterator[Fusion]:
    """The sum along a row of a product or a square."""
    node = program.values[root].node
    if not (isinstance(node, Reduce) and node.monoid == "sum" and node.axis != BATCH):
        return
    inner = program.values[node.arg]
    if not isinstance(inner.node, Map) or inner.node.op not in ("mul", "square"):
        return
    first, second = inner.node.args if inner.node.op == "mul" else (inner.node.args * 2)
    if all(program.values[r].axes == inner.axes for r in (first, second)):
        yield Fusion("row_dot", root, (first, second), (node.arg,))


def dependencies(program: Program, found: dict[Ref, Fusion]) -> list[tuple[Ref, ...]]:
    """What each value needs once fused; absorbed values need nothing."""
    absorbed = {a for f in found.values() for a in f.absorbed}
    return [
        () if r in absorbed else found[r].operands if r in found else operands(v.node)
        for r, v in enumerate(program.values)
    ]
