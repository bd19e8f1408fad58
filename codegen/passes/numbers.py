"""What depends on scalar arguments and sizes alone: computed once on the host, in double precision.

``1 - beta`` in float32 has lost the digits that ``beta`` had in double precision; passed as a number it is
rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from codegen.ir import Const, Load, Map, Program, Ref, Size, length_of, operands

__all__ = ["CALLS", "Numbers", "numbers"]

CALLS: Mapping[str, str] = {
    "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "neg": "-{0}", "square": "{0} * {0}",
    "div": "np.divide({0}, {1})", "abs": "np.abs({0})", "sqrt": "np.sqrt({0})", "pow": "np.power({0}, {1})",
    "exp": "np.exp({0})", "expm1": "np.expm1({0})", "log": "np.log({0})", "log1p": "np.log1p({0})",
    "tanh": "np.tanh({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "max": "np.maximum({0}, {1})",
    "min": "np.minimum({0}, {1})", "rint": "np.rint({0})", "lt": "{0} < {1}", "le": "{0} <= {1}",
    "eq": "{0} == {1}", "select": "np.where({0}, {1}, {2})", "saturated": "np.clip({0}, -32.0, 32.0)",
}  # fmt: skip
"""Operations on numbers as NumPy spells them.  What is not here stays with the arrays."""


@dataclass(frozen=True)
class Numbers:
    """``names``: the numbers that arrays meet, and what each is called.  ``lines`` compute those among them
    that are no arguments from ``scalars`` (arguments) and ``sizes`` (axes, called ``size_AXIS``).
    ``inside``: all values that are numbers, constants apart."""

    inside: frozenset[Ref]
    names: Mapping[Ref, str]
    scalars: tuple[str, ...]
    sizes: tuple[str, ...]
    lines: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def are_arguments(self) -> bool:
        """Whether nothing has to be computed: the numbers are the scalars as they are given."""
        return self.results == self.scalars


def numbers(program: Program) -> Numbers:
    """The numbers of ``program``, constants apart (those stand in the text)."""
    inside = _inside(program)
    uses = program.uses()
    outputs = {r for o in program.outputs for r in o.values}
    wanted = [r for r in inside if r in outputs or any(u not in inside for u in uses[r])]
    needed = set(wanted)
    for ref in reversed(range(len(program.values))):
        if ref in needed:
            needed.update(a for a in operands(program.values[ref].node) if a in inside)
    names: dict[Ref, str] = {}
    lines: list[str] = []
    scalars: dict[str, None] = {}
    sizes: dict[str, None] = {}
    for ref in sorted(needed):
        match program.values[ref].node:
            case Load(argument=argument):
                names[ref] = argument
                scalars[argument] = None
            case Size(axis=axis):
                names[ref] = f"size_{length_of(axis)}"
                sizes[length_of(axis)] = None
            case Map(op=op, args=args):
                names[ref] = f"k{ref}"
                given = [_operand(program, a, names) for a in args]
                lines.append(f"k{ref} = {CALLS[op].format(*given)}")
    ordered = [a.name for a in program.arguments if a.name in scalars]
    results = [n for n in ordered if any(names[r] == n for r in wanted)]
    results += [n for n in dict.fromkeys(names[r] for r in wanted) if n not in results]
    return Numbers(
        frozenset(inside),
        {r: names[r] for r in wanted},
        tuple(ordered),
        tuple(sizes),
        tuple(lines),
        tuple(results),
    )


def _operand(program: Program, ref: Ref, names: Mapping[Ref, str]) -> str:
    node = program.values[ref].node
    if not isinstance(node, Const):
        return names[ref]
    text = "np.inf" if math.isinf(node.value) else repr(abs(node.value))
    return f"(-{text})" if node.value < 0 else text


def _inside(program: Program) -> dict[Ref, None]:
    found: dict[Ref, None] = {}
    for ref, value in enumerate(program.values):
        match value.node:
            case Load(argument=argument) if program.argument(argument).is_scalar:
                found[ref] = None
            case Size():
                found[ref] = None
            case Map(op=op, args=args) if op in CALLS:
                consts = [a for a in args if isinstance(program.values[a].node, Const)]
                if len(consts) < len(args) and all(a in found or a in consts for a in args):
                    found[ref] = None
    return found
