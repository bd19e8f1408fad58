"""Values as C statements: those of one place of a row in ``real``, those of a whole row in double."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codegen.c.spelling import OPERATIONS, literal
from codegen.cupy.schedule import closure
from codegen.ir import Const, Kind, Map, OneHot, Place, Program, Ref
from codegen.ranges import Ranges
from codegen.targets import UnsupportedError

__all__ = ["Writer"]


class Writer:
    """``given`` spells the values that are known already; ``kind`` is the type of those that are not."""

    def __init__(self, program: Program, given: Mapping[Ref, str], kind: str) -> None:
        self.program = program
        self.given = given
        self.kind = kind
        self.ranges = Ranges(program)
        self.types = {Kind.REAL: kind, Kind.INTEGER: "int64_t", Kind.BOOLEAN: "bool"}

    def lines(self, targets: Iterable[Ref]) -> list[str]:
        """A declaration for each value that ``targets`` need and that is neither known nor constant."""
        values = self.program.values
        return [
            f"const {self.types[values[ref].kind]} v{ref} = {self._right_side(ref)};"
            for ref in closure(self.program, targets, lambda r: r not in self.given)
            if ref not in self.given and not isinstance(values[ref].node, Const)
        ]

    def spell(self, ref: Ref) -> str:
        """The value as an operand."""
        if ref in self.given:
            return self.given[ref]
        node = self.program.values[ref].node
        return literal(node.value, self.kind) if isinstance(node, Const) else f"v{ref}"

    def _right_side(self, ref: Ref) -> str:
        match self.program.values[ref].node:
            case Map(op="select", args=(condition, *cases)):
                return OPERATIONS["select"].format(self.spell(condition), *map(self._operand, cases))
            case Map(op=op, args=args):
                return OPERATIONS[self.ranges.word(op, args)].format(*map(self._operand, args))
            case OneHot(index=index):
                return f"(i == at_{self.spell(index)}) ? (real)1 : (real)0"
            case Place():
                return "(real)start + (real)i"
            case other:
                raise UnsupportedError(f"{self.program.name}: {other} has no place in a loop")

    def _operand(self, ref: Ref) -> str:
        text = self.spell(ref)
        match self.program.values[ref].kind:
            case Kind.BOOLEAN:  # GCC makes no SIMD of the conversion
                return f"({text} ? ({self.kind})1 : ({self.kind})0)"
            case Kind.INTEGER:
                return f"({self.kind}){text}"
            case _:
                return text
