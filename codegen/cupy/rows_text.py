"""Small parts of the tables of generated kernels: tuples, arrays, results, numbers."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.cupy.schedule import Plan, RowPlan
from codegen.ir import BATCH, Argument, Kind, Output
from codegen.passes.numbers import Numbers


def numbers_text(name: str, numbers: Numbers) -> dict[str, str]:
    """The text of the function that computes the numbers and of its entry in the kernel's table."""
    spec = [f"given={names(numbers.results)}"]
    if not numbers.are_arguments:
        spec += [f"sizes={names(numbers.sizes)}"] if numbers.sizes else []
        spec.append(f"compute=_{name}_numbers")
    return {
        "numbers_parameters": ", ".join(
            f"{p}: Any" for p in (*numbers.scalars, *(f"size_{a}" for a in numbers.sizes))
        ),
        "numbers_results": f"({items(numbers.results)})",
        "numbers_spec": f"Numbers({', '.join(spec)})",
    }


def names(listed: Iterable[str]) -> str:
    """A tuple of names."""
    return f"({items(quoted(n) for n in listed)})"


def quoted(name: str) -> str:
    """A name as a literal."""
    return f'"{name}"'


def items(parts: Iterable[str]) -> str:
    """The inside of a tuple."""
    listed = list(parts)
    return ", ".join(listed) + ("," if len(listed) == 1 else "")


def array_row(argument: Argument, where: Plan) -> str:
    """``Array(...)`` for an argument that is an array."""
    parts = [f'"{argument.name}"']
    if isinstance(where, RowPlan) and argument.axes[0] != BATCH:
        parts.append('"shared"')
    elif isinstance(where, RowPlan) and where.axis not in argument.axes:
        parts.append('"row"')
    parts += [f"literal={argument.literal}"] if argument.literal else []
    parts += ["integer=True"] if argument.kind is Kind.INTEGER else []
    used = (*where.elements, *where.uniform) if isinstance(where, RowPlan) else where.arrays
    parts += [] if argument in used else ["used=False"]
    return f"Array({', '.join(parts)})"


def output_row(output: Output, where: Plan) -> str:
    """``Out(...)`` for a result."""
    parts = [f'"{output.name}"']
    if isinstance(where, RowPlan):
        roles = {"row": where.row_outputs, "column": where.column_outputs}
        parts += [f'"{role}"' for role, there in roles.items() if output.name in {o.name for o in there}]
    parts += [f"literal={output.literal}"] if output.literal else []
    parts += ["wide=True"] if output.name in where.wide else []
    return f"Out({', '.join(parts)})"
