"""Products in which 0 wins: where one factor has decayed to 0, a case is not chosen or a weight is 0, the
product is 0, whatever the other factors are.

IEEE arithmetic says that 0 times infinity is NaN, and a derivative is full of such products: the cotangent
of a case that is not chosen is 0 times a slope that may divide by 0 there, and x exp(-x) has a limit at
infinity.  Here the product becomes a choice.  It is made only where another factor can be infinite when all
arguments are finite (it divides by what may be 0) or when the argument that lets a factor decay is infinite.
An argument that the catalog declares a weight (``Input.weight``), or 1 less it, wins over poles of the other
factors, at the ends of their domains too, and over all other arguments that are infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from codegen.ir import Builder, Const, Load, Map, Node, Program, Reduce, Ref, Rename, Size, operands, rebuild
from codegen.operations import Kind

__all__ = ["zero_wins"]

_BOUNDED = frozenset({
    "saturated", "band", "tanh", "sin", "cos", "sinprod", "cosprod", "exp", "one_plus_exp", "mills",
    "tailmoment",
})  # fmt: skip
_DECAYING = frozenset({"gauss", "tail"})
_NEVER_NEGATIVE = frozenset(
    {"abs", "exp", "square", "sqrt", "gauss", "tail", "mills", "one_plus_exp", "tailmoment"}
)


def zero_wins(program: Program) -> Program:
    """``program`` with a choice in place of each product that could be 0 times infinity."""
    return rebuild(program, _change)


def _change(b: Builder, node: Node) -> Ref | None:
    if not (isinstance(node, Map) and node.op in ("mul", "div")):
        return None
    above, below = _factors(b, node)
    for factor in above:
        others = [r for r in above if r != factor]
        case = _case(b, factor)
        if case is not None and (
            any(not _never_zero(b, r) for r in below) or any(_divides_by_zero(b, r) for r in others)
        ):
            condition, zero_where = case
            product, zero = b.add(node), b.const(0.0)
            chosen = (zero, product) if zero_where else (product, zero)
            return b.map("select", condition, *chosen)
        weight = _weight(b, factor)
        if weight is not None and (
            any(not _never_zero(b, r, closed=True) for r in below)
            or any(_may_be_infinite(b, r, factor, weight) for r in others)
        ):
            none = b.map("eq", factor, b.const(0.0))
            return b.map("select", none, b.const(0.0), b.add(node))
        if _decays(b, factor):
            arguments = _loads(b, factor)
            if any(_grows(b, r, arguments) for r in others):
                gone = b.map("eq", factor, b.const(0.0))
                return b.map("select", gone, b.const(0.0), b.add(node))
    return None


def _factors(b: Builder, node: Map) -> tuple[list[Ref], list[Ref]]:
    """What stands above and below the line of a product of quotients, signs left out."""
    above: list[Ref] = []
    below: list[Ref] = []
    pending = [(node.args[0], True), (node.args[1], node.op == "mul")]
    while pending:
        ref, is_above = pending.pop()
        inner = b.node(ref)
        if isinstance(inner, Map) and inner.op in ("mul", "div"):
            pending += [(inner.args[0], is_above), (inner.args[1], is_above == (inner.op == "mul"))]
        elif isinstance(inner, Map) and inner.op in ("neg", "square"):
            pending.append((inner.args[0], is_above))
        else:
            (above if is_above else below).append(ref)
    return above, below


def _case(b: Builder, ref: Ref) -> tuple[Ref, bool] | None:
    """A condition at which ``ref`` is 0 (True), or where it does not hold (False)."""
    node = b.node(ref)
    if b.values[ref].kind is Kind.BOOLEAN:
        return ref, False
    if isinstance(node, Map) and node.op == "sub" and b.values[node.args[1]].kind is Kind.BOOLEAN:
        return (node.args[1], True) if b.node(node.args[0]) == Const(1.0) else None
    if isinstance(node, Map) and node.op == "select":
        condition, first, second = node.args
        if b.node(first) == Const(0.0):
            return condition, True
        if b.node(second) == Const(0.0):
            return condition, False
    return None


def _weight(b: Builder, ref: Ref) -> str | None:
    """The argument that ``ref`` is, or that 1 or a case is less by, if it is a weight."""
    node = b.node(ref)
    if isinstance(node, Map) and node.op == "sub":
        whole, part = node.args
        if b.node(whole) == Const(1.0) or b.values[whole].kind is Kind.BOOLEAN:
            node = b.node(part)
    if isinstance(node, Load) and b.arguments[node.argument].weight:
        return node.argument
    return None


def _may_be_infinite(b: Builder, ref: Ref, factor: Ref, weight: str) -> bool:
    """Whether a value may be infinite where ``factor``, a ``weight``, is 0; not if it looks for that."""
    if any(_tests(b, node, factor) for node in _nodes(b, ref, here=True)):
        return False
    return _has_pole(b, ref) or _grows(b, ref, set(b.arguments) - {weight})


def _has_pole(b: Builder, ref: Ref) -> bool:
    """Whether a value of the same place divides by what may be 0, or takes its logarithm, at the ends of the
    domains of the arguments too."""

    def at(node: Node) -> bool:
        match node:
            case Map(op="div", args=(_, below)):
                return not _never_zero(b, below, closed=True)
            case Map(op="log", args=(of,)):
                return not _never_zero(b, of, closed=True)
            case Map(op="log1p", args=(of,)):
                return not _never_negative(b, of)
        return False

    return any(at(node) for node in _nodes(b, ref, here=True))


def _decays(b: Builder, ref: Ref) -> bool:
    """Whether a value that varies may become 0 for an infinite argument."""
    node = b.node(ref)
    if not (isinstance(node, Map) and b.axes(ref)):
        return False
    match node.op:
        case "gauss" | "tail":
            return True
        case "exp":
            inner = b.node(node.args[0])
            return isinstance(inner, Map) and inner.op in ("neg", "mul", "sub")
        case "select":
            return any(_decays(b, r) for r in node.args[1:])
        case "max":
            return any(_decays(b, r) for r in node.args) and all(_never_negative(b, r) for r in node.args)
    return False


def _nodes(b: Builder, ref: Ref, *, here: bool) -> Iterator[Node]:
    """What ``ref`` is and is computed of; with ``here`` no further than the same place."""
    seen, pending = set[Ref](), [ref]
    while pending:
        at = pending.pop()
        if at not in seen:
            seen.add(at)
            node = b.node(at)
            yield node
            if isinstance(node, Map) or not here:
                pending += operands(node)


def _loads(b: Builder, ref: Ref) -> set[str]:
    return {node.argument for node in _nodes(b, ref, here=True) if isinstance(node, Load)}


def _grows(b: Builder, ref: Ref, arguments: set[str]) -> bool:
    """Whether a value may be infinite where one of ``arguments`` is, at the same place."""
    node = b.node(ref)
    if isinstance(node, Load):
        return node.argument in arguments and bool(b.axes(ref))
    if not isinstance(node, Map) or node.op in _BOUNDED | _DECAYING or _case(b, ref) is not None:
        return False
    if node.op == "min":
        bounds = [r for r in node.args if isinstance(b.node(r), Const)]
        if bounds and any(_never_negative(b, r) for r in node.args if r not in bounds):
            return False
    if node.op == "select":
        return any(_grows(b, r, arguments) for r in node.args[1:])
    if node.op == "div":
        return _grows(b, node.args[0], arguments)
    return any(_grows(b, r, arguments) for r in node.args)


def _divides_by_zero(b: Builder, ref: Ref) -> bool:
    """Whether a quotient whose divisor may be 0 is part of what ``ref`` is computed of."""
    return any(
        isinstance(node, Map) and node.op == "div" and not _never_zero(b, node.args[1])
        for node in _nodes(b, ref, here=False)
    )


def _every(b: Builder, refs: tuple[Ref, ...], test: Callable[[Builder, Ref], bool]) -> bool:
    return all(test(b, r) for r in refs)


def _never_zero(b: Builder, ref: Ref, *, closed: bool = False) -> bool:
    """``closed``: an array declared positive may hold 0, where a kernel extends its domain."""
    nonzero = partial(_never_zero, closed=closed)
    node = b.node(ref)
    match node:
        case Const(value=value):
            return value != 0
        case Size():
            return True
        case Load(argument=name):
            return b.arguments[name].is_scalar or (b.arguments[name].positive and not closed)
        case Rename(arg=arg):
            return nonzero(b, arg)
        case Reduce(monoid="sum", arg=arg):
            return _never_negative(b, arg) and nonzero(b, arg)
        case Map(op="add", args=(x, y)) if _tests(b, b.node(y), x):
            return True
        case Map(op="add", args=args):
            return _every(b, args, _never_negative) and any(nonzero(b, r) for r in args)
        case Map(op="mul" | "div" | "sqrt" | "square" | "abs" | "neg" | "hold", args=args):
            return _every(b, args, nonzero)
        case Map(op="max", args=args):
            return any(nonzero(b, r) and _never_negative(b, r) for r in args)
        case Map(op="exp" | "one_plus_exp"):
            return True
        case Map(op="select", args=(_, *cases)):
            return _every(b, tuple(cases), nonzero)
    return not b.axes(ref)  # a number of the scalar arguments


def _tests(b: Builder, node: Node, ref: Ref) -> bool:
    """Whether ``node`` is 1 where ``ref`` is 0, else 0."""
    match node:
        case Map(op="eq", args=(of, to)):
            return of == ref and b.node(to) == Const(0.0)
    return False


def _never_negative(b: Builder, ref: Ref) -> bool:
    node = b.node(ref)
    match node:
        case Const(value=value):
            return value >= 0
        case Size():
            return True
        case Load(argument=name):
            return b.arguments[name].positive or b.arguments[name].is_scalar
        case Rename(arg=arg) | Reduce(monoid="sum" | "max", arg=arg):
            return _never_negative(b, arg)
        case Map(op=op) if op in _NEVER_NEGATIVE or b.values[ref].kind is Kind.BOOLEAN:
            return True
        case Map(op="mul" | "div" | "add" | "min" as op, args=args):
            same = op == "mul" and args[0] == args[1]
            return same or _every(b, args, _never_negative)
        case Map(op="max", args=args):
            return any(_never_negative(b, r) for r in args)
        case Map(op="select", args=(_, *cases)):
            return _every(b, tuple(cases), _never_negative)
    return False
