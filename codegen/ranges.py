"""What is known of the sign and size of values, so that shorter functions can be called for them.

A fact holds for every value that is no NaN.  ``exp`` of what is never positive cannot overflow, and
``log1p`` of what lies between 0 and 1 needs no exponent.
"""

from __future__ import annotations

from functools import cached_property

from codegen.ir import Const, Map, Program, Reduce, Ref

__all__ = ["Ranges"]

_NEVER_NEGATIVE = frozenset({"abs", "exp", "square", "sqrt", "gauss", "tail"})
_KEEPING = frozenset({"add", "mul", "div", "max", "min"})


class Ranges:
    """Facts about the values of ``program``."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def never_negative(self) -> frozenset[Ref]:
        """The values that are >= 0."""
        found: set[Ref] = set()
        for ref, value in enumerate(self.program.values):
            match value.node:
                case Const(value=number) if number >= 0:
                    found.add(ref)
                case Map(op=op) if op in _NEVER_NEGATIVE:
                    found.add(ref)
                case Map(op=op, args=args) if op in _KEEPING and found.issuperset(args):
                    found.add(ref)
                case Map(op="select", args=(_, *cases)) if found.issuperset(cases):
                    found.add(ref)
        return frozenset(found)

    @cached_property
    def never_positive(self) -> frozenset[Ref]:
        """The values that are <= 0: negated ones, and what is taken less the maximum of its row."""
        found: set[Ref] = set()
        for ref, value in enumerate(self.program.values):
            match value.node:
                case Map(op="neg", args=(inner,)) if inner in self.never_negative:
                    found.add(ref)
                case Map(op="mul", args=args) if any(
                    self._is_negative(a) and b in self.never_negative for a, b in (args, args[::-1])
                ):
                    found.add(ref)
                case Map(op="sub", args=(x, top)) if self._is_maximum(top, x):
                    found.add(ref)
        return frozenset(found)

    @cached_property
    def below_one(self) -> frozenset[Ref]:
        """The values between 0 and 1: exponentials of what is never positive."""
        return frozenset(
            ref
            for ref, v in enumerate(self.program.values)
            if isinstance(v.node, Map) and v.node.op == "exp" and v.node.args[0] in self.never_positive
        )

    @cached_property
    def moderate(self) -> frozenset[Ref]:
        """The values of 1 to 2^24: 1 and what lies between 0 and 1, and products of few of these."""
        most: dict[Ref, float] = {}
        for ref, value in enumerate(self.program.values):
            match value.node:
                case Const(value=number) if number >= 1:
                    most[ref] = number
                case Map(op="add", args=args) if most.keys() & set(args) and all(
                    a in most or a in self.below_one for a in args
                ):
                    most[ref] = sum(most.get(a, 1.0) for a in args)
                case Map(op="mul" | "square", args=args) if most.keys() >= set(args):
                    most[ref] = most[args[0]] * most[args[-1]]
        return frozenset(ref for ref, bound in most.items() if bound <= 2.0**24)

    @cached_property
    def invertible(self) -> frozenset[Ref]:
        """The values that are 0, infinite, or so far from both ends that their inverse is a normal number:
        square roots, and sums over a row of exponentials less its maximum, whose own is 1 unless all are 0.
        """
        found = set(self.moderate)
        for ref, value in enumerate(self.program.values):
            match value.node:
                case Map(op="sqrt"):
                    found.add(ref)
                case Reduce(monoid="sum", axis=axis, arg=arg) if self._has_its_maximum(arg, axis):
                    found.add(ref)
                case Reduce(monoid="max_sumexp", component=1):
                    found.add(ref)
        return frozenset(found)

    def word(self, op: str, args: tuple[Ref, ...]) -> str:
        """The function for ``op`` of these operands."""
        if op == "exp" and args[0] in self.never_positive:
            return "exp_below"
        if op == "log1p" and args[0] in self.below_one:
            return "log1p_unit"
        return op

    def _is_negative(self, ref: Ref) -> bool:
        node = self.program.values[ref].node
        return isinstance(node, Const) and node.value <= 0

    def _has_its_maximum(self, ref: Ref, axis: str) -> bool:
        """Whether ``ref`` is exp(x - top), ``top`` the maximum of ``x`` along ``axis``."""
        match self.program.values[ref].node:
            case Map(op="exp", args=(gap,)):
                match self.program.values[gap].node:
                    case Map(op="sub", args=(x, top)):
                        return self._is_maximum(top, x, axis)
        return False

    def _is_maximum(self, ref: Ref, x: Ref, axis: str | None = None) -> bool:
        """Whether ``ref`` is the maximum of ``x`` over its row (along ``axis``), moved into the finite range.

        An entry that is infinite is above that: ``exp_below`` has its value."""
        node = self.program.values[ref].node
        if not (isinstance(node, Map) and node.op == "finite_or_zero"):
            return False
        top = self.program.values[node.args[0]].node
        return isinstance(top, Reduce) and top.monoid == "max" and top.arg == x and axis in (None, top.axis)
