"""Kernel in, realised programs out: stabilise, differentiate the stable form, stabilise again, realise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from codegen.ir import Map, Node, Program, heads, rebuild
from codegen.lower import lower
from codegen.match import Rule, replay
from codegen.passes.differentiate import differentiate
from codegen.passes.simplify import COMMON_DENOMINATOR, RULES, fold
from codegen.rewrites import Stage
from formulas.schema import Kernel

Rules = Mapping[Stage, tuple[Rule, ...]]
"""What ``rewrites.license_rewrites`` returns."""


@dataclass(frozen=True)
class KernelPrograms:
    """A kernel ready for a target; ``backward`` is ``None`` where the catalog asks for no cotangent."""

    kernel: Kernel
    formula: str
    section: int
    title: str
    forward: Program
    backward: Program | None


class NotRealised(ValueError):
    """A program that still holds an operation for which no licensed realisation is known."""


def programs(
    kernel: Kernel, rules: Rules, *, formula: str = "", section: int = 0, title: str = ""
) -> KernelPrograms:
    """The realised forward and backward programs of ``kernel``."""
    stable = stabilise(lower(kernel), rules)
    backward = None
    if kernel.wrt:
        stabilising = (*RULES, *rules[Stage.STABILISE])
        backward = realise(differentiate(stable, kernel.wrt, stabilising), rules)
    return KernelPrograms(kernel, formula, section, title, realise(stable, rules), backward)


def stabilise(program: Program, rules: Rules) -> Program:
    """``program`` in the forms that neither overflow nor cancel."""
    return replay(program, (*RULES, *rules[Stage.STABILISE]), fold)


def _is_hold(node: Node) -> TypeGuard[Map]:
    return isinstance(node, Map) and node.op == "hold"


def realise(program: Program, rules: Rules) -> Program:
    """``program`` with every head replaced; ``NotRealised`` names what is left over."""
    for stage in (Stage.PRODUCTS, Stage.REALISE):
        program = replay(program, (*RULES, *rules[stage]), fold)
    program = replay(program, COMMON_DENOMINATOR, fold)
    program = rebuild(program, lambda _, node: node.args[0] if _is_hold(node) else None)
    program = replace(program, licences=tuple(dict.fromkeys(program.licences)))
    if heads(program):
        raise NotRealised(f"{program.name}: no realisation for {', '.join(heads(program))}")
    return program
