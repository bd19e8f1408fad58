"""Text of the NumPy target: one module for each section of the catalog, through one Jinja template."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codegen.documentation import docstring, places_of
from codegen.ir import BATCH, Argument, Gather, Kind, Load, OneHot, Output, Program, overlapping
from codegen.numpy.forms import cost, suited
from codegen.numpy.runtime import contractions, functions, procedures
from codegen.numpy.schedule import Body, needs_care, schedule
from codegen.numpy.tensor import TensorBodies, TensorBody, TileBodies, identifier, schedule_tensor
from codegen.numpy.tiles import LAWS
from codegen.numpy.unshift import by_largest, unshifted
from codegen.passes.contract import is_tensor
from codegen.passes.differentiate import COTANGENT
from codegen.passes.homogeneity import Law, laws
from codegen.pipeline import KernelPrograms
from codegen.sections import MODULES, TITLES
from codegen.templates import environment
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
    used,
)

HERE = Path(__file__).parent
FOLDER = "numpy_kernels"
RUNTIME = (
    "state", "checks", "scratch", "spec", "bodies", "blocks", "plans", "columns", "driver", "turns",
    "functions", "contractions", "tiles", "tensors",
)  # fmt: skip


@dataclass(frozen=True)
class NumpyTarget:
    """The target ``numpy``: imports NumPy only."""

    name: str = "numpy"
    folder: str = FOLDER
    standalone: bool = True

    def emit(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Path below ``generated/`` -> text, for the package of all ``kernels``."""
        files = {f"{FOLDER}/_{part}.py": runtime_text(part) for part in RUNTIME}
        names: dict[str, list[str]] = {}
        for section in sorted({k.section for k in kernels}):
            module = MODULES[section]
            found = [f for k in kernels if k.section == section for f in _functions(k)]
            files[f"{FOLDER}/{module}.py"] = _module(TITLES[section], found)
            names[module] = [f["name"] for f in found]
        files[f"{FOLDER}/procedures.py"] = runtime_text("procedures")
        names["procedures"] = list(procedures.__all__)
        files[f"{FOLDER}/__init__.py"] = _package(names)
        return files

    def not_yet(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Nothing: NumPy has every kernel."""
        return {}

    @property
    def without(self) -> Mapping[str, str]:
        """Nothing: NumPy has every procedure."""
        return {}

    def single_file(self, kernels: Sequence[KernelPrograms], procedures: Sequence[str] = ()) -> str:
        """One module that needs nothing but NumPy."""
        found = [f for k in kernels for f in _functions(k)]
        texts = [needed(runtime_text("procedures"), procedures)] if procedures else []
        if found:
            texts = [*map(runtime_text, RUNTIME), _namespaces(), *texts, _module("", found)]
        else:
            texts.insert(0, needed(runtime_text("checks"), used(ast.parse(texts[0]))))
        imports: list[ast.stmt] = []
        bodies = [body_of(text, imports, drop_all=True) for text in texts]
        bodies.append(all_of([*(f["name"] for f in found), *procedures]))
        header = HEADER_EXPORTED if found else HEADER_BY_HAND
        head = [f'"""{TITLE_SINGLE}\n\n{header}\n"""', "", "from __future__ import annotations", ""]
        return "\n".join([*head, *import_lines(imports), "", ""]) + "\n\n\n".join(filter(None, bodies)) + "\n"


TITLE_SINGLE = "Kernels exported by symcheck: needs NumPy only."


def _namespaces() -> str:
    """The modules of the runtime that kernels name, in a file that holds what is in them."""
    lines = ["from types import SimpleNamespace"]
    for short, part in (("rt", functions), ("tn", contractions)):
        names = list(part.__all__)
        lines.append(f"{short} = SimpleNamespace(**{{name: globals()[name] for name in {names}}})")
    return "\n".join(lines)


def runtime_text(part: str) -> str:
    """A module of ``codegen/numpy/runtime`` with the header of generated files."""
    text = (HERE / "runtime" / f"{part}.py").read_text(encoding="utf-8")
    text = re.sub(r"^from \.(\w+) import", r"from ._\1 import", text, flags=re.M)
    return "# Copied by `symcheck generate` from the generator's sources. Do not edit.\n" + text


def _module(title: str, functions: Sequence[Mapping[str, Any]]) -> str:
    names = sorted(f["name"] for f in functions)
    bodies = [b for f in functions for b in f["bodies"]]
    lines = [line for b in bodies for line in (*b["lines"], *b["numbers"])]
    lines += [line for f in functions for line in f["tables"]]
    text = (
        environment(HERE / "templates")
        .get_template("module.py.j2")
        .render(
            title=title,
            header=HEADER,
            functions=functions,
            imports=sorted({i for f in functions for i in f["imports"]}),
            exported=", ".join(f'"{n}"' for n in names),
            tables=any(f["tables"] for f in functions),
            shadows=any(p.startswith("input:") for f in functions for p in f["parameters"].split(", ")),
            numpy=any("np." in line for line in lines),
            numbers=any(b["numbers"] for b in bodies),
            laws=any("Law(" in part for f in functions for part in f["spec"]),
            classes=sorted({f["class"] for f in functions}),
            tensors=any("tn." in line for line in lines),
            tiles=any("Tiles(" in part for f in functions for part in f["spec"]),
            runtime=any("rt." in line for line in lines),
            short=any(f["short"] for f in functions),
        )
    )
    return formatted(text)


def _package(names: Mapping[str, list[str]]) -> str:
    lines = ['"""NumPy kernels of the catalog, section by section.\n', f'{HEADER}\n"""\n']
    for module, found in sorted(names.items()):
        line = f"from .{module} import {', '.join(sorted(found))}"
        lines.append(line if len(line) <= WIDTH else line.replace("import ", "import (") + ")")
    every = ", ".join(f'"{n}"' for n in sorted(x for n in names.values() for x in n))
    return formatted("\n".join([*lines, "", f"__all__ = [{every}]", ""]))


def _functions(kernel: KernelPrograms) -> list[dict[str, Any]]:
    found = [_function(kernel, kernel.forward, kernel.quick_forward, backward=False)]
    if kernel.backward is not None:
        found.append(_function(kernel, kernel.backward, kernel.quick_backward, backward=True))
    return found


def _quick(program: Program, others: Sequence[Program]) -> list[Body]:
    """The bodies that are run first: those that make fewer passes over memory than what comes after them."""
    found: list[Body] = []
    least = cost(suited(program))
    for other in reversed(others):
        other = unshifted(by_largest(other))
        passes = cost(suited(other))
        if passes < least:
            least = passes
            found.insert(0, schedule(other, watched=True))
    return found or ([schedule(program, watched=True)] if needs_care(program) else [])


def _body_text(name: str, body: Body, program: Program) -> dict[str, Any]:
    """What the template needs for one body."""
    arrays = (*body.inputs, *body.given, *body.results, *body.scratch)
    parts = [name]
    if body.constants:
        parts.append(f"constants={_tuple(_number(v) for _, v in body.constants)}")
    if body.scratch:
        parts.append(f"scratch={len(body.scratch)}")
    if body.numbers:
        parts.append(f"numbers={name}_numbers")
    return {
        "name": name,
        "parameters": [f"{n}: Array" for n in arrays],
        "numbers": body.numbers,
        "number_parameters": [f"{a.name}: Number" for a in program.arguments if a.is_scalar],
        "given": body.given,
        "constants": [n for n, _ in body.constants],
        "lines": body.lines,
        "spec": f"Body({', '.join(parts)})",
    }


def short_way(program: Program, axis: bool, single: bool) -> dict[str, str]:
    """The look-up of the plan for the layout of the arguments, as the templates of modules write it."""
    arrays = [a.name for a in program.arguments if not a.is_scalar]
    types = [f"type({a}) is ndarray" for a in arrays]
    key = ", ".join(f"{a}.dtype, {a}.shape" for a in arrays)
    tests = [*types, *(["axis == -1"] if axis else [])]
    condition = f"if {' and '.join(tests)}:"
    if len(condition) > WIDTH - 4:
        listed = [f"        {'and ' if i else ''}{test}" for i, test in enumerate(tests)]
        condition = "\n".join(["if (", *listed, "    ):"])
    name, kernel = "layout" if "key" in arrays else "key", f"_{program.name.upper()}"
    found, made = f"{kernel}.plans.get({name})", f"{kernel}.plan({name}, {', '.join(arrays)})"
    look_up = f"plan = {found} or {made}"
    if len(look_up) > WIDTH - 8:
        look_up = f"plan = {found}\n        if plan is None:\n            plan = {made}"
    return {
        "condition": condition,
        "name": name,
        "look_up": look_up,
        "key": key if len(key) < WIDTH - 14 else f"({key})",
        "arrays": ", ".join(arrays),
        "scalars": _tuple(a.name for a in program.arguments if a.is_scalar),
        "call": "one" if single else "several",
    }


def _tensor_function(kernel: KernelPrograms, program: Program, *, backward: bool) -> dict[str, Any]:
    bodies = schedule_tensor(program)
    tiles, body = bodies.tiles, bodies.body
    single = len(program.outputs) == 1
    keywords = ["*", "out: Array | None = None" if single else "out: Sequence[Array] | None = None"]
    call = ", ".join([*(a.name for a in program.arguments), "out=out"])
    texts = [_tensor_body(f"_{program.name}", body, program)]
    if tiles is not None:
        program = replace(program, licences=(*program.licences, *LAWS))
        texts += [
            _tensor_body(f"_{program.name}_{word}", part, program) for word, part in tiles.bodies.items()
        ]
    return {
        "name": program.name,
        "kernel_name": f"_{program.name.upper()}",
        "class": "TensorKernel",
        "bodies": texts,
        "tables": [],
        "table_parameters": [],
        "spec": _tensor_spec(program, bodies, backward),
        "parameters": ", ".join([*(_parameter(a) for a in program.arguments), *keywords]),
        "returns": "Array" if single else "tuple[Array, ...]",
        "call": f"{'one' if single else 'several'}({call})",
        "short": None if any(a.is_scalar for a in program.arguments) else short_way(program, False, single),
        "imports": [] if single else ["from collections.abc import Sequence"],
        "doc": docstring(kernel, program, axis=False, backward=backward),
    }


def _tensor_body(name: str, body: TensorBody, program: Program) -> dict[str, Any]:
    names = [*body.inputs, *(f"at_{identifier(p)}" for p in body.places), *body.given, *body.results]
    names += body.rooms
    return {
        "name": name,
        "parameters": [f"{n}: Array" for n in names],
        "numbers": body.numbers,
        "number_parameters": [f"{a.name}: Number" for a in program.arguments if a.is_scalar],
        "given": body.given,
        "constants": [n for n, _ in body.constants],
        "lines": [*body.lines, *([f"return {', '.join(body.returned)}"] if body.returned else [])],
        "returns": "tuple[Array, ...]" if body.returned else "None",
    }


def _tensor_spec(program: Program, bodies: TensorBodies, backward: bool) -> list[str]:
    """The arguments of ``TensorKernel(...)``."""
    body, blocks = bodies.body, bodies.blocks
    arguments = [_tensor(program, a, backward) for a in program.arguments]
    results = [f'Tensor("{o.name}", {_names(o.axes)})' for o in program.outputs]
    parts = [
        f'"{program.name}"',
        f"_{program.name}",
        f"arguments={_tuple(arguments)}",
        f"results={_tuple(results)}",
        *_tensor_inputs(body),
    ]
    parts += [f"numbers=_{program.name}_numbers"] if body.numbers else []
    parts += [f'block="{blocks.axis}"'] if blocks.axis else []
    parts += [f'limit="{blocks.limit}"'] if blocks.limit else []
    parts += [f"sums={_names(blocks.sums)}"] if blocks.sums else []
    derived = [f'("{a}", {_names(overlapping(a))})' for a in program.row_axes if overlapping(a)]
    parts += [f"derived={_tuple(derived)}"] if derived else []
    parts += [f"cotangents={_names(tuple(o.name for o in program.outputs))}"] if backward else []
    parts += [f"tiles={_tiles(program, bodies.tiles)}"] if bodies.tiles else []
    multiplies = bodies.tiles or any("tn.contract(" in line for line in body.lines)
    return [*parts, *([] if multiplies else ["products=False"])]


def _tensor_inputs(body: TensorBody) -> list[str]:
    inputs = [f'("{name}", {_names(axes)})' for name, axes in body.inputs.values()]
    parts = [f"inputs={_tuple(inputs)}"]
    parts += [f"constants={_tuple(_number(v) for _, v in body.constants)}"] if body.constants else []
    parts += [f"rooms={len(body.rooms)}"] if body.rooms else []
    return [*parts, *([f"places={_names(tuple(body.places))}"] if body.places else [])]


def _tiles(program: Program, tiles: TileBodies) -> str:
    """``Tiles(...)``."""
    parts = [f'"{tiles.axis}"', f"state={_names(tiles.state)}"]
    for word, body in tiles.bodies.items():
        given = [f"_{program.name}_{word}", *_tensor_inputs(body)]
        given += [f"results={_names(tuple(body.outputs))}"] if body.outputs else []
        parts += [f"{word}=TileBody({', '.join(given)})"]
    named = (("relative", tiles.relative), ("sums", tiles.sums), ("beside", tiles.beside))
    return f"Tiles({', '.join([*parts, *(f'{word}={_names(found)}' for word, found in named if found)])})"


def _names(names: tuple[str, ...]) -> str:
    return _tuple(repr_(n) for n in names)


def _tensor(program: Program, argument: Argument, backward: bool) -> str:
    if argument.is_scalar:
        return f'Tensor("{argument.name}", kind="scalar")'
    parts = [f'"{argument.name}"', _names(argument.axes)]
    if argument.kind is Kind.INTEGER:
        parts.append('kind="integer"')
        places = [
            v.node.axis
            for v in program.values
            if isinstance(v.node, Gather | OneHot)
            and program.values[v.node.index].node == Load(argument.name)
        ]
        parts += [f'place="{places[0]}"'] if places else []
    elif backward and argument.name == COTANGENT:
        parts.append('kind="cotangent"')
    return f"Tensor({', '.join(parts)})"


def _function(
    kernel: KernelPrograms, program: Program, others: Sequence[Program], *, backward: bool
) -> dict[str, Any]:
    if is_tensor(program):
        return _tensor_function(kernel, program, backward=backward)
    body = schedule(program)
    quick = _quick(program, others)
    rows = bool(program.row_axes)
    axis = rows and not any(a.literal for a in program.arguments)
    single = len(program.outputs) == 1
    keywords = ["*", *([f"axis: int = {kernel.kernel.axis}"] if axis else [])]
    keywords.append("out: Array | None = None" if single else "out: Sequence[Array] | None = None")
    call = ", ".join([*(a.name for a in program.arguments), *(["axis=axis"] if axis else []), "out=out"])
    name = f"_{program.name}"
    bodies = [_body_text(name, body, program)]
    for word, found in zip(("quickest", "quick")[2 - len(quick) :], quick, strict=True):
        bodies.append(_body_text(f"{name}_{word}", found, program))
    literal = any(a.literal for a in program.arguments)
    return {
        "name": program.name,
        "kernel_name": name.upper(),
        "class": "Kernel",
        "bodies": bodies,
        "tables_name": f"{name}_tables",
        "tables": body.tables,
        "table_parameters": [f"{n}: Array" for n in body.table_of],
        "spec": _spec(program, body, bodies, rows=rows, backward=backward),
        "parameters": ", ".join([*(_parameter(a) for a in program.arguments), *keywords]),
        "returns": "Array" if single else "tuple[Array, ...]",
        "call": f"{'one' if single else 'several'}({call})",
        "short": None if body.tables or literal else short_way(program, axis, single),
        "imports": [
            *([] if single else ["from collections.abc import Sequence"]),
            *(["from typing import Any"] if body.tables else []),
        ],
        "doc": docstring(kernel, program, axis=axis, backward=backward),
    }


def _spec(
    program: Program, body: Body, bodies: list[dict[str, Any]], *, rows: bool, backward: bool
) -> list[str]:
    """The arguments of ``Kernel(...)``."""
    places = places_of(program)
    parts = [
        f'"{program.name}"',
        bodies[0]["spec"],
        f"arguments={_tuple(_argument(a, a.name in places, backward) for a in program.arguments)}",
        f"results={_tuple(_result(o) for o in program.outputs)}",
    ]
    if len(bodies) > 1:
        parts.append(f"quick={_tuple(b['spec'] for b in bodies[1:])}")
    if rows:
        parts.append("rows=True")
    if body.tables:
        parts += [f"tables=_{program.name}_tables", f"table_of={_tuple(repr_(n) for n in body.table_of)}"]
    found = laws(program, frozenset({COTANGENT} if backward else ())) if rows and not body.tables else ()
    if found:
        parts.append(f"laws={_tuple(_law(law) for law in found)}")
    if backward:
        parts.append(f"cotangents={_tuple(repr_(o.name) for o in program.outputs)}")
    if rows and _by_columns(program, body, bodies):
        parts.append("columns=True")
    return parts


ANY_STRIDES = frozenset(
    {"clip", "finite_or_zero", "length", "one_plus_exp", "row_dot", "row_max", "row_sum", "watch"}
)
"""The functions of the runtime that take rows however they lie, and change nothing but what they are given
for their result."""


def _by_columns(program: Program, body: Body, bodies: list[dict[str, Any]]) -> bool:
    """Whether the bodies are right for rows that stand side by side in memory."""
    called = set(re.findall(r"\brt\.(\w+)", "\n".join(line for b in bodies for line in b["lines"])))
    given = [a for a in program.arguments if not a.is_scalar]
    axes = [*(a.axes for a in given), *(o.axes for o in program.outputs)]
    literal = any(a.literal for a in given) or any(o.literal for o in program.outputs)
    return not body.tables and not literal and all(BATCH in x for x in axes) and called <= ANY_STRIDES


def _law(law: Law) -> str:
    given = _tuple(f'("{n}", {d})' for n, d in law.arguments)
    results = _tuple(f'("{n}", {d})' for n, d in law.results)
    return f"Law({given}, {results})"


def repr_(name: str) -> str:
    return f'"{name}"'


def _tuple(parts: Iterable[str]) -> str:
    listed = list(parts)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def _number(value: float) -> str:
    if math.isinf(value):
        return 'float("inf")' if value > 0 else 'float("-inf")'
    return repr(value)


def _parameter(argument: Argument) -> str:
    if argument.is_scalar:
        default = "" if argument.default is None else f" = {argument.default!r}"
        return f"{argument.name}: float{default}"
    return f"{argument.name}: ArrayLike"


def _argument(argument: Argument, place: bool, backward: bool) -> str:
    if argument.is_scalar:
        return f'Argument("{argument.name}", "scalar")'
    kind = "integer" if argument.kind is Kind.INTEGER else "array" if BATCH in argument.axes else "shared"
    if backward and argument.name == COTANGENT:
        kind = "cotangent"
    return _spelled(argument.name, kind, any(a != BATCH for a in argument.axes), argument.literal, place)


def _result(output: Output) -> str:
    kind = "array" if BATCH in output.axes else "shared"
    return _spelled(output.name, kind, any(a != BATCH for a in output.axes), output.literal)


def _spelled(name: str, kind: str, row: bool, literal: tuple[int, ...], place: bool = False) -> str:
    parts = [f'"{name}"']
    if kind != "array":
        parts.append(f'"{kind}"')
    if row:
        parts.append("row=True")
    if literal:
        parts.append(f"literal={literal}")
    if place:
        parts.append("place=True")
    return f"Argument({', '.join(parts)})"
