"""The Python modules of ``generated/c_kernels``: C texts, and functions that call them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen.c.capability import not_yet, obstacle, programs_of
from codegen.c.emit import functions_text, kernel_plan, kernel_text, templates
from codegen.cupy.schedule import RowPlan
from codegen.documentation import docstring
from codegen.ir import Program
from codegen.numpy.emit import NumpyTarget, short_way
from codegen.numpy.runtime import procedures
from codegen.passes.differentiate import COTANGENT
from codegen.passes.homogeneity import laws
from codegen.passes.numbers import Numbers
from codegen.pipeline import KernelPrograms
from codegen.sections import MODULES, TITLES
from codegen.targets import UnsupportedError
from codegen.textual import HEADER, HEADER_EXPORTED, WIDTH, all_of, body_of, formatted, import_lines

__all__ = ["CTarget"]

HERE = Path(__file__).parent
FOLDER = "c_kernels"
RUNTIME = ("build", "driver")


SINGLE = """Kernels exported by symcheck: loops in C over NumPy arrays.

Import it like any module: it needs NumPy, and a C compiler ($CC, cc, gcc or clang) when a kernel is first
called. What is built is kept in $SYMCHECK_C_CACHE, else below the user's cache directory.  Without a
compiler the same functions run in NumPy, after one warning.  $CC=false makes it so.  The C texts stand in
this file."""


@dataclass(frozen=True)
class CTarget:
    """The target ``c``: imports NumPy and the package ``numpy_kernels``, and runs a C compiler."""

    name: str = "c"
    folder: str = FOLDER
    standalone: bool = True

    def emit(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Path below ``generated/`` -> text, for the package of all ``kernels``."""
        files = {f"{FOLDER}/_{part}.py": _runtime(part) for part in RUNTIME}
        files[f"{FOLDER}/_functions.py"] = _render("functions.py.j2", functions=functions_text())
        compiled: dict[str, list[str]] = {}
        others: dict[str, list[str]] = {"procedures": list(procedures.__all__)}
        for section in sorted({k.section for k in kernels}):
            here = [k for k in kernels if k.section == section]
            module = MODULES[section]
            if found := [f for k in here for f in _functions(k)]:
                files[f"{FOLDER}/{module}.py"] = _module(TITLES[section], module, found)
                compiled[module] = sorted(f["name"] for f in found)
            if rest := sorted(not_yet(here)):
                others[module] = rest
        files[f"{FOLDER}/__init__.py"] = _package(compiled, others, not_yet(kernels))
        return files

    def not_yet(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Each function without a form in C, which runs in NumPy, and why."""
        return not_yet(kernels)

    @property
    def without(self) -> Mapping[str, str]:
        """All procedures: NumPy's own sorts and counts are loops in C."""
        return dict.fromkeys(procedures.__all__, "it sorts or counts, which NumPy does in C already")

    def single_file(self, kernels: Sequence[KernelPrograms], procedures: Sequence[str] = ()) -> str:
        """One module: the NumPy kernels, and over them those in C."""
        functions = [f for k in kernels for f in _functions(k)]
        if not functions:
            raise UnsupportedError("; ".join(f"{name}: {why}" for name, why in not_yet(kernels).items()))
        imports: list[ast.stmt] = []
        below = [p.name for k in kernels for p, _ in programs_of(k)]
        below = [*below, *(f"_{name.upper()}" for name in below)]
        parts = [
            body_of(NumpyTarget().single_file(kernels), imports, drop_all=True),
            *(body_of(_runtime(part), imports, drop_all=True) for part in RUNTIME),
            f'FUNCTIONS = r"""{functions_text()}"""',
            f"numpy_kernels = SimpleNamespace(**{{name: globals()[name] for name in {below}}})",
            body_of(_module("", "exported", functions), imports, drop_all=True),
            all_of(n for n in below if not n.startswith("_")),
        ]
        head = f'"""{SINGLE}\n\n{HEADER_EXPORTED}\n"""\n\n# ruff: noqa: A002, E501, F811\n'
        lines = ["from __future__ import annotations", "", *import_lines(imports), "", ""]
        return "\n".join([head, *lines]) + "\n\n\n".join(parts) + "\n"


def _render(template: str, **values: Any) -> str:
    return formatted(templates().get_template(template).render(header=HEADER, **values))


def _runtime(part: str) -> str:
    """A module of ``codegen/c/runtime`` with the header of generated files."""
    text = (HERE / "runtime" / f"{part}.py").read_text(encoding="utf-8")
    text = re.sub(r"^from \.(\w+) import", r"from ._\1 import", text, flags=re.M)
    text = re.sub(
        r"^from codegen\.numpy\.runtime\.(\w+) import", r"from ..numpy_kernels._\1 import", text, flags=re.M
    )
    text = re.sub(r"(^from \.\.numpy_kernels.*\n)\n(?=from \._)", r"\1", text, flags=re.M)
    return "# Copied by `symcheck generate` from the generator's sources. Do not edit.\n" + text


def _module(title: str, module: str, functions: Sequence[Mapping[str, Any]]) -> str:
    return _render(
        "module.py.j2",
        title=title,
        module=module,
        functions=functions,
        exported=", ".join(f'"{name}"' for name in sorted(f["name"] for f in functions)),
        numbers=any(f["numbers"] for f in functions),
        computes=any(f["numbers_lines"] for f in functions),
        numpy=any("np." in line for f in functions for line in f["numbers_lines"]),
        several=any(f["several"] for f in functions),
        shadows=any(p.startswith("input:") for f in functions for p in f["parameters"].split(", ")),
    )


def _package(
    compiled: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]], missing: Mapping[str, str]
) -> str:
    lines = [f"from ..numpy_kernels.{m} import {', '.join(names)}" for m, names in sorted(others.items())]
    lines += [f"from .{m} import {', '.join(names)}" for m, names in sorted(compiled.items())]
    brief = [line if len(line) <= WIDTH else line.replace("import ", "import (") + ")" for line in lines]
    every = sorted(n for found in (compiled, others) for names in found.values() for n in names)
    exported = ", ".join(f'"{n}"' for n in ("NOT_YET", *every))
    return _render("package.py.j2", imports=brief, exported=exported, missing=missing)


def _functions(kernel: KernelPrograms) -> list[dict[str, Any]]:
    return [
        _function(kernel, program, backward)
        for program, backward in programs_of(kernel)
        if obstacle(program) is None
    ]


def _function(kernel: KernelPrograms, program: Program, backward: bool) -> dict[str, Any]:
    where = kernel_plan(program)
    several = len(program.outputs) > 1
    literal = any(a.literal for a in program.arguments)
    axis = isinstance(where, RowPlan) and not literal
    keywords = ["*", *([f"axis: int = {kernel.kernel.axis}"] if axis else [])]
    keywords.append("out: Sequence[Array] | None = None" if several else "out: Array | None = None")
    given = ", ".join([*(a.name for a in program.arguments), *(["axis=axis"] if axis else []), "out=out"])
    read = {
        a.name for a in ((*where.elements, *where.uniform) if isinstance(where, RowPlan) else where.arrays)
    }
    numbers = where.numbers
    return {
        "name": program.name,
        "constant": f"_{program.name.upper()}_C",
        "spec": f"_{program.name.upper()}",
        "parameters": ", ".join([*(_parameter(a) for a in program.arguments), *keywords]),
        "returns": "tuple[Array, ...]" if several else "Array",
        "several": several,
        "call": f"{'several' if several else 'one'}({given})",
        "reads": _tuple(f'"{a.name}"' for a in program.arguments if a.name in read),
        "text": kernel_text(where, watched=_watched(program, backward)),
        "numbers": _numbers(program.name, numbers),
        "numbers_lines": numbers.lines,
        "numbers_parameters": [*numbers.scalars, *(f"size_{a}" for a in numbers.sizes)],
        "numbers_results": _tuple(numbers.results),
        "short": None if literal else short_way(program, axis, not several),
        "doc": docstring(kernel, program, axis=axis, backward=backward, target="c"),
    }


def _watched(program: Program, backward: bool) -> str:
    """The flags at which the NumPy kernel takes over; none where results are often written over arguments,
    which would be lost then."""
    if not program.row_axes:
        return ""
    if laws(program, frozenset({COTANGENT} if backward else ())):
        return "FE_OVERFLOW | FE_UNDERFLOW"
    whole = any(set(program.row_axes) & set(o.axes) for o in program.outputs)
    may_overflow = backward or not whole or any(a.is_scalar for a in program.arguments)
    return "FE_OVERFLOW" if may_overflow else ""


def _numbers(name: str, numbers: Numbers) -> str:
    if not numbers.results:
        return ""
    parts = [_tuple(f'"{s}"' for s in numbers.scalars)]
    parts += ["sized=True"] if numbers.sizes else []
    parts += [f"compute=_{name}_numbers"] if numbers.lines else []
    return f"Numbers({', '.join(parts)})"


def _parameter(argument: Any) -> str:
    if not argument.is_scalar:
        return f"{argument.name}: ArrayLike"
    return f"{argument.name}: float" + ("" if argument.default is None else f" = {argument.default!r}")


def _tuple(parts: Any) -> str:
    listed = list(parts)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
