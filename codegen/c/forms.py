"""Forms of a realised program that suit loops: one number folded at a time, few operations, no inf * 0."""

from __future__ import annotations

from codegen.ir import Builder, Const, Map, Node, OneHot, Program, Reduce, Ref, rebuild
from codegen.match import Rule, replay
from codegen.notation import read_term
from codegen.numpy.forms import APART, SHORTER, TAILS
from codegen.passes.simplify import fold, term_program
from codegen.passes.vanishing import zero_wins

__all__ = ["QUOTIENTS", "single_folds", "suited"]

# one logarithm, of the quotient and what its rounding lost, in place of one near 1 and one elsewhere
_TWO_LOGARITHMS = "(add (log1p (max (div (sub v j) j) -0.5)) (log (mul 2 (min (div v j) 0.5))))"
QUOTIENTS: tuple[Rule, ...] = (
    Rule(
        "logarithm of a quotient by one logarithm",
        term_program(read_term(_TWO_LOGARITHMS)),
        term_program(read_term("(log_quotient v j)")),
    ),
)


def suited(program: Program) -> Program:
    """``program`` in the forms that loops are made from."""
    program = replay(program, (*SHORTER, *APART), fold)
    for rule in (*QUOTIENTS, *TAILS):
        program = replay(program, (rule,), fold)
    return single_folds(zero_wins(rebuild(program, _place)))


def _place(b: Builder, node: Node) -> Ref | None:
    """A product with the one place of a row as a choice: elsewhere it is 0 whatever the other factor is."""
    if not (isinstance(node, Map) and node.op == "mul"):
        return None
    for one, other in (node.args, node.args[::-1]):
        inner = b.node(one)
        if isinstance(inner, OneHot):
            return b.map("select", b.map("lt", b.const(0.0), one), other, b.const(0.0))
        if isinstance(inner, Map) and inner.op == "sub" and b.node(inner.args[0]) == Const(1.0):
            place = inner.args[1]
            if isinstance(b.node(place), OneHot):
                return b.map("select", b.map("lt", b.const(0.0), place), b.const(0.0), other)
    return None


def single_folds(program: Program) -> Program:
    """``program`` with each pair that is folded together as a maximum and the sums that follow it.

    A row is read from the cache the second time, and both loops are SIMD.  The places where x = m are counted
    apart: a sum that holds them would not keep a small rest.
    """
    return rebuild(program, _single)


def _single(b: Builder, node: Node) -> Ref | None:
    if not (isinstance(node, Reduce) and node.monoid in ("max_sumexp", "max_rest")):
        return None
    x, axis = node.arg, node.axis
    top = b.reduce("max", axis, x)
    if node.component == 0:
        return top
    size = b.map("exp", b.map("sub", x, b.map("finite_or_zero", top)))
    if node.monoid == "max_sumexp":
        return b.reduce("sum", axis, size)
    largest = b.map("eq", x, top)
    zero, one = b.const(0.0), b.const(1.0)
    below = b.reduce("sum", axis, b.map("select", largest, zero, size))
    count = b.reduce("sum", axis, b.map("select", largest, one, zero))
    return b.map("add", below, b.map("sub", count, one))
