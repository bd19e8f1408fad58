"""The Python modules of ``generated/cupy_kernels``: kernel texts, argument tables and functions."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codegen.cupy.capability import HOST_ONLY, kernel_plan, not_yet, supported
from codegen.cupy.emit import HEADS, device_text, kernel_text, row_facts, templates
from codegen.cupy.rows_text import array_row, items, numbers_text, output_row
from codegen.cupy.schedule import ElementwisePlan, Plan, RowPlan
from codegen.cupy.tables import bounds
from codegen.cupy.tensor_steps import Product, Scatter, TensorPlan
from codegen.cupy.tensor_text import tensor_table
from codegen.cupy.tiers import TIERS
from codegen.documentation import approximations, formula_texts, origin, shape_text
from codegen.ir import Argument, Kind, Program
from codegen.pipeline import KernelPrograms
from codegen.sections import MODULES, TITLES
from codegen.targets import UnsupportedError
from codegen.textual import (
    HEADER,
    HEADER_BY_HAND,
    HEADER_EXPORTED,
    WIDTH,
    all_of,
    body_of,
    formatted,
    import_lines,
    needed,
)

FOLDER = "cupy_kernels"
RUNTIME = ("driver", "runtime", "tensors")


@dataclass(frozen=True)
class CupyTarget:
    """The target ``cupy``: imports NumPy, and CuPy when a kernel is first called."""

    name: str = "cupy"
    folder: str = FOLDER
    standalone: bool = True

    def emit(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Path below ``generated/`` -> text, for the package of the ``kernels`` that have a CUDA form."""
        missing = self.not_yet(kernels)
        kernels = supported(kernels)
        files = {f"{FOLDER}/_device.py": _device()}
        files |= {f"{FOLDER}/_{part}.py": _part(part) for part in RUNTIME}
        names: dict[str, list[str]] = {}
        for section in sorted({k.section for k in kernels}):
            functions = [f for k in kernels if k.section == section for f in _functions(k)]
            files[f"{FOLDER}/{MODULES[section]}.py"] = _module(TITLES[section], functions)
            names[MODULES[section]] = sorted(f["name"] for f in functions)
        files[f"{FOLDER}/procedures.py"] = _part("procedures")
        names["procedures"] = ["top_k", "top_p"]
        files[f"{FOLDER}/__init__.py"] = _package(names, {**missing, **HOST_ONLY})
        return files

    def not_yet(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Each function without a CUDA form, and what stands in the way."""
        return not_yet(kernels)

    @property
    def without(self) -> Mapping[str, str]:
        """The procedures that are not for a GPU."""
        return HOST_ONLY

    def single_file(self, kernels: Sequence[KernelPrograms], procedures: Sequence[str] = ()) -> str:
        """One module that needs nothing but NumPy and CuPy; ``UnsupportedError`` if one has no CUDA form."""
        for name, reason in self.not_yet(kernels).items():
            raise UnsupportedError(f"{name} has no CuPy form yet: {reason}")
        functions = [f for k in kernels for f in _functions(k)]
        names = [*(f["name"] for f in functions), *procedures, "get_driver", "set_driver"]
        texts = [_device(), *map(_part, RUNTIME)] if functions else [_part("driver")]
        texts += [needed(_part("procedures"), procedures)] if procedures else []
        texts += [_module("", functions)] if functions else []
        imports: list[ast.stmt] = []
        parts = [body_of(text, imports, drop_all=True) for text in texts]
        parts.append(all_of(names))
        title = "Kernels exported by symcheck: needs NumPy and CuPy only."
        header = HEADER_EXPORTED if functions else HEADER_BY_HAND
        head = f'"""{title}\n\n{header}\n"""\n\n# ruff: noqa: A002\n'
        lines = ["from __future__ import annotations", "", *import_lines(imports), "", ""]
        return "\n".join([head, *lines]) + "\n\n\n".join(parts) + "\n"


def _render(template: str, **values: Any) -> str:
    return formatted(templates().get_template(template).render(**values))


def _package(names: Mapping[str, Sequence[str]], missing: Mapping[str, str]) -> str:
    lines = [f"from .{module} import {', '.join(names[module])}" for module in sorted(names)]
    brief = [line if len(line) <= WIDTH else line.replace("import ", "import (") + ")" for line in lines]
    exported = [
        "HOST_ONLY",
        "CupyDriver",
        "Driver",
        "get_driver",
        "set_driver",
        *sorted(n for m in names.values() for n in m),
    ]
    return _render(
        "package.py.j2",
        header=HEADER,
        imports=brief,
        exported=", ".join(f'"{n}"' for n in exported),
        missing=missing,
    )


def _part(part: str) -> str:
    return templates().get_template(f"{part}.py.j2").render(header=HEADER, tiers=asdict(TIERS))


def _device() -> str:
    return _render("device.py.j2", header=HEADER, heads=HEADS, device=device_text())


def _module(title: str, functions: Sequence[Mapping[str, Any]]) -> str:
    tensors = {i for f in functions if f["kind"] == "TensorKernel" for i in f["imports"]}
    kernels = {i for f in functions if f["kind"] != "TensorKernel" for i in f["imports"]}
    kinds = {s["kind"] for f in functions for s in f["steps"] if s.get("kind")}
    kernels |= {"Array", "Out", *kinds} if kinds else set()
    kernels |= {"Numbers"} if any("Numbers(" in n for f in functions for n in _number_texts(f)) else set()
    return _render(
        "module.py.j2",
        title=title,
        header=HEADER,
        functions=functions,
        exported=", ".join(f'"{name}"' for name in sorted(f["name"] for f in functions)),
        kernels=", ".join(sorted(kernels)),
        tensors=", ".join(sorted(tensors)),
        computes=any("np." in line for f in functions for line in f["numbers"].lines),
        shadows=any("input: " in f["parameters"] for f in functions),
        sequences=any(f["several"] for f in functions),
    )


def _number_texts(function: Mapping[str, Any]) -> list[str]:
    """Where a table may name ``Numbers``."""
    own = [function["numbers_spec"]] if function["numbers"].results else []
    return [*own, *(fact for s in function["steps"] for fact in s.get("facts", ()))]


def _functions(kernel: KernelPrograms) -> list[dict[str, Any]]:
    programs = [(kernel.forward, False)] + ([(kernel.backward, True)] if kernel.backward else [])
    return [_function(kernel, program, backward) for program, backward in programs]


def _function(kernel: KernelPrograms, program: Program, backward: bool) -> dict[str, Any]:
    several = len(program.outputs) > 1
    where = kernel_plan(program)
    axis = isinstance(where, RowPlan) and not any(a.literal for a in program.arguments)
    keywords = ["*", *([f"axis: int = {kernel.kernel.axis}"] if axis else [])]
    keywords.append("out: Sequence[Any] | None = None" if several else "out: Any = None")
    common = {
        "name": program.name,
        "constant": f"_{program.name.upper()}",
        "parameters": ", ".join([*(_parameter(a) for a in program.arguments), *keywords]),
        "arrays": [a.name for a in program.arguments if not a.is_scalar],
        "scalars": where.numbers.scalars,
        "numbers": where.numbers,
        **numbers_text(program.name, where.numbers),
        "axis": axis,
        "several": several,
        "steps": [],
        "text": "",
        "doc": _docstring(kernel, program, where, axis=axis, backward=backward),
    }
    if isinstance(where, TensorPlan):
        return common | tensor_table(where, backward=backward)
    if isinstance(where, ElementwisePlan) and any(o.literal for o in program.outputs):
        raise UnsupportedError(f"{program.name}: an elementwise result with axes of fixed size")
    kind = "RowKernel" if isinstance(where, RowPlan) else "ElementwiseKernel"
    arrays = items(array_row(a, where) for a in program.arguments if not a.is_scalar)
    outputs = items(output_row(o, where) for o in program.outputs)
    facts = row_facts(where) if isinstance(where, RowPlan) else []
    return common | {
        "kind": kind,
        "facts": [f"arrays=({arrays})", f"outputs=({outputs})", *facts],
        "text": kernel_text(where),
        "imports": {"Array", "Out", kind},
    }


def _parameter(argument: Argument) -> str:
    if not argument.is_scalar:
        return f"{argument.name}: Any"
    return f"{argument.name}: float" + ("" if argument.default is None else f" = {argument.default!r}")


_WIDTH = 100


def _docstring(
    kernel: KernelPrograms, program: Program, where: Plan | TensorPlan, *, axis: bool, backward: bool
) -> str:
    name = kernel.title or kernel.kernel.name
    arguments = [_argument_line(a) for a in program.arguments]
    arguments += [f"    axis: the axis of length {program.row_axes[0]}."] if axis else []
    arguments.append("    out: where to put the result" + ("s." if len(program.outputs) > 1 else "."))
    paragraphs = [
        f"{name}: vector-Jacobian product." if backward else f"{name}.",
        _formula(kernel, backward),
        "Args:\n" + "\n".join(arguments),
        _returns(program),
        "Raises:\n    TypeError: an argument or out has another dtype than above, or is no CuPy array.\n"
        "    ValueError: shapes or axis do not fit.",
        "\n".join(
            textwrap.fill(n, _WIDTH, break_on_hyphens=False) for n in _notes(kernel, program, where, backward)
        ),
    ]
    table = bounds(program.name)
    if table:
        rows = [f"    {b.dtype}: {b.worst} {b.unit}{f' ({b.where})' if b.where else ''}" for b in table]
        meaning = ", k its condition number" if any("k)" in b.unit for b in table) else ""
        paragraphs.append(
            f"Error, at most as measured against 50 digits on the host harness{meaning}:\n" + "\n".join(rows)
        )
    lines = textwrap.indent("\n\n".join(paragraphs), "    ").strip().splitlines()
    return "\n".join([*lines, "    "])


def _formula(kernel: KernelPrograms, backward: bool) -> str:
    lines = [
        line
        for text in formula_texts(kernel.kernel)
        for line in textwrap.wrap(text, _WIDTH - 4, subsequent_indent="    ", break_long_words=False)
    ]
    if backward:
        text = f"result = d(sum of g * output) / d({', '.join(kernel.kernel.wrt)})"
        lines += textwrap.wrap(text, _WIDTH - 4, subsequent_indent="    ")
    return "\n".join("    " + line for line in lines)


def _argument_line(argument: Argument) -> str:
    kinds = {Kind.INTEGER: "integers", Kind.REAL: "float16, bfloat16, float32 or float64"}
    what = "a number" if argument.is_scalar else kinds[argument.kind]
    shape = "" if argument.is_scalar else f", shape {shape_text(argument.axes, argument.literal)}"
    meaning = f"; {argument.meaning}" if argument.meaning else ""
    return textwrap.fill(
        f"{argument.name}: {what}{shape}{meaning}.",
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="        ",
    )


def _returns(program: Program) -> str:
    shapes = [f"shape {shape_text(o.axes, o.literal)}" for o in program.outputs]
    if len(shapes) == 1:
        return f"Returns:\n    An array of {shapes[0]} and the dtype of the arguments."
    listed = ", ".join(f"that of {o.name} ({s})" for o, s in zip(program.outputs, shapes, strict=True))
    text = textwrap.fill(f"A tuple: {listed}.", _WIDTH, initial_indent="    ", subsequent_indent="        ")
    return f"Returns:\n{text}"


def _notes(kernel: KernelPrograms, program: Program, where: Plan | TensorPlan, backward: bool) -> list[str]:
    notes = [
        "Computed and summed in float32 (float64 for float64), in the same order on every device; float32 "
        "subnormals count as 0, as in every kernel that CuPy compiles. NaN and infinities go through IEEE "
        "arithmetic of the stable form: a comparison with NaN is false, so a derivative with cases takes the "
        "last one, and inf * 0 is NaN, but 0 where the 0 is an exponential that has decayed or a case that "
        "does not hold. Leading axes broadcast."
    ]
    if isinstance(where, RowPlan) and any(step.picks for step in where.steps):
        notes.append("An index outside the axis gives NaN.")
    if isinstance(where, TensorPlan) and any(isinstance(step, Product) for step in where.steps):
        notes.append(
            "Sums of products are matrix products of cuBLAS, whose order of adding is the library's; factors "
            "of 16 bits are rounded to that once more, sums are kept in float32."
        )
    if isinstance(where, TensorPlan) and any(isinstance(step, Scatter) for step in where.steps):
        notes.append(
            "Cannot be captured in a CUDA graph: what goes to one place is put side by side by CuPy's sort "
            "of the indices, which waits for the device."
        )
    if kernel.kernel.domain:
        notes.append(f"Domain: {kernel.kernel.domain}.")
    notes += approximations(program, "cupy")
    notes.append(origin(kernel))
    if program.licences:
        notes.append(f"Stable by the proved claims {', '.join(program.licences)}.")
    if backward:
        notes.append("Derived in reverse mode from the stable form of the forward pass.")
    return notes
