"""The table of a function over several axes: its arguments, results and steps, as Python text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from codegen.cupy.emit import kernel_text, row_facts, templates
from codegen.cupy.rows_text import array_row, items, names, numbers_text, output_row, quoted
from codegen.cupy.schedule import RowPlan
from codegen.cupy.tensor_steps import Fused, Lags, Pick, Product, Read, Scatter, Slide, Step, TensorPlan
from codegen.ir import Kind, overlapping
from codegen.passes.differentiate import COTANGENT


def tensor_table(plan: TensorPlan, *, backward: bool) -> dict[str, Any]:
    """What ``module.py.j2`` needs of a ``TensorKernel``: ``facts`` are its keyword arguments."""
    program = plan.program
    arguments = [
        f"Tensor({quoted(a.name)}, {names(a.axes)}{', integer=True' if a.kind is Kind.INTEGER else ''})"
        for a in program.arguments
        if not a.is_scalar
    ]
    results = [
        f"Tensor({quoted(o.name)}, {names(o.axes)}, value={_read(r)})"
        for o, r in zip(program.outputs, plan.results, strict=True)
    ]
    facts = [f"arguments=({items(arguments)})", f"results=({items(results)})"]
    derived = [f"({quoted(a)}, {names(overlapping(a))})" for a in program.row_axes if overlapping(a)]
    if derived:
        facts.append(f"derived=({items(derived)})")
    if backward:
        facts.append(f"cotangents=({items([quoted(COTANGENT)])})")
    return {
        "kind": "TensorKernel",
        "facts": facts,
        "steps": [_step(s, program.name, i) for i, s in enumerate(plan.steps)],
        "imports": {"TensorKernel", "Tensor", "Read", *(type(s).__name__ for s in plan.steps)},
    }


def _read(read: Read) -> str:
    return f"Read({quoted(read.name)}, {names(read.axes)})"


def _reads(reads: Iterable[Read]) -> str:
    return f"({items(_read(r) for r in reads)})"


def _step(step: Step, name: str, number: int) -> dict[str, Any]:
    match step:
        case Product():
            head = [quoted(step.result), names(step.axes), _read(step.left), _read(step.right)]
            head.append(f"over={names(step.over)}")
            if step.scale:
                scale = items(f"({quoted(op)}, {_number(by)})" for op, by in step.scale)
                head.append(f"scale=({scale})")
            head += ["wide=True"] if step.wide else []
            return {"line": f"Product({', '.join(head)})"}
        case Fused(plan=plan):
            kind = "RowKernel" if isinstance(plan, RowPlan) else "ElementwiseKernel"
            listed = [a for a in plan.program.arguments if not a.is_scalar]
            facts = row_facts(plan) if isinstance(plan, RowPlan) else []
            numbers = numbers_text(plan.program.name, plan.numbers)
            return {
                "line": "",
                "head": [f"batch={names(step.batch)}", f"row={quoted(step.row)}",
                         f"reads={_reads(step.reads)}", f"writes={_reads(step.writes)}"],
                "kind": kind,
                "name": plan.program.name,
                "arrays": items(array_row(a, plan) for a in listed),
                "outputs": items(output_row(o, plan) for o in plan.program.outputs),
                "facts": [*facts, *([f"numbers={numbers['numbers_spec']}"] if plan.numbers.results else [])],
                "text": kernel_text(plan),
            }  # fmt: skip
        case Pick():
            return _own_kernel(step, (step.table, step.index), f"{name}_{number + 1}")
        case Scatter():
            return _own_kernel(step, (step.index, step.values), f"{name}_{number + 1}")
        case Slide(turned=turned):
            return _own_kernel(step, (step.values, step.taps), f"{name}_{number + 1}", f"turned={turned}")
        case Lags():
            return _own_kernel(step, (step.sliding, step.values), f"{name}_{number + 1}")


def _own_kernel(
    step: Pick | Scatter | Slide | Lags, reads: Iterable[Read], name: str, *facts: str
) -> dict[str, Any]:
    """A step whose kernel has a template of its own, under the step's name."""
    kind = type(step).__name__
    text = templates().get_template(f"{kind.lower()}.cu.j2").render(name=name)
    head = [quoted(step.result), names(step.axes), *map(_read, reads), *facts, f"name={quoted(name)}"]
    return {"line": "", "kind": "", "call": kind, "head": head, "text": text}


def _number(value: str | float) -> str:
    if isinstance(value, str):
        return quoted(value)
    return repr(value) if math.isfinite(value) else f'float("{value}")'
