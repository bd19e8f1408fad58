"""Kernel in, realised programs out: stabilise, differentiate the stable form, stabilise again, realise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from codegen.ir import Map, Node, Program, heads, rebuild
from codegen.lower import lower
from codegen.match import Rule, replay
from codegen.passes.differentiate import differentiate
from codegen.passes.exchange import exchanged
from codegen.passes.simplify import COMMON_DENOMINATOR, RULES, fold
from codegen.quick import PRODUCTS
from codegen.rewrites import Stage
from formulas.schema import Kernel

Rules = Mapping[Stage, tuple[Rule, ...]]
"""What ``rewrites.license_rewrites`` returns."""


@dataclass(frozen=True)
class KernelPrograms:
    """A kernel ready for a target; ``backward`` is ``None`` where the catalog asks for no cotangent.

    The quick programs, the quickest first, are right unless they raise a floating-point flag; none where they
    are the same.
    """

    kernel: Kernel
    formula: str
    section: int
    title: str
    forward: Program
    backward: Program | None
    quick_forward: tuple[Program, ...] = ()
    quick_backward: tuple[Program, ...] = ()


class NotRealised(ValueError):
    """A program that still holds an operation for which no licensed realisation is known."""


def programs(
    kernel: Kernel, rules: Rules, *, formula: str = "", section: int = 0, title: str = ""
) -> KernelPrograms:
    """The realised forward and backward programs of ``kernel``."""
    stable = stabilise(lower(kernel), rules)
    backward: Program | None = None
    quick_backward: tuple[Program, ...] = ()
    if kernel.wrt:
        stabilising = (*RULES, *rules[Stage.STABILISE])
        slopes = differentiate(stable, kernel.wrt, stabilising)
        if (saved := exchanged(slopes)).values != slopes.values:
            slopes = stabilise(saved, rules)
        backward, quick_backward = _both(slopes, rules)
    forward, quick_forward = _both(stable, rules)
    return KernelPrograms(kernel, formula, section, title, forward, backward, quick_forward, quick_backward)


def _both(program: Program, rules: Rules) -> tuple[Program, tuple[Program, ...]]:
    """The program for every input, and the quick ones that are others."""
    found = [realise(program, rules)]
    for stages in ((Stage.QUICK,), (Stage.QUICKEST, Stage.QUICK)):
        quick = realise(program, rules, stages)
        if quick.values != found[0].values:
            found.insert(0, quick)
    return found[-1], tuple(found[:-1])


def stabilise(program: Program, rules: Rules) -> Program:
    """``program`` in the forms that neither overflow nor cancel."""
    return replay(program, (*RULES, *rules[Stage.STABILISE]), fold)


def _is_hold(node: Node) -> TypeGuard[Map]:
    return isinstance(node, Map) and node.op == "hold"


def realise(program: Program, rules: Rules, quick: tuple[Stage, ...] = ()) -> Program:
    """``program`` with every head replaced, by the rules of the stages ``quick`` first; ``NotRealised`` names
    what is left over."""
    if quick:
        chosen = [rule for stage in quick for rule in rules[stage]]
        program = replay(program, (*RULES, *PRODUCTS, *chosen), fold)
    for stage in (Stage.PRODUCTS, Stage.REALISE):
        program = replay(program, (*RULES, *rules[stage]), fold)
    program = replay(program, COMMON_DENOMINATOR, fold)
    if quick:
        program = replay(program, RULES, fold)  # factors that have become 1
    program = rebuild(program, lambda _, node: node.args[0] if _is_hold(node) else None)
    program = replace(program, licences=tuple(dict.fromkeys(program.licences)))
    if heads(program):
        raise NotRealised(f"{program.name}: no realisation for {', '.join(heads(program))}")
    return program
