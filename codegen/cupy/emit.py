"""Write a plan as CUDA C: this module fills the functors, the Jinja templates hold the schedules."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import jinja2

from codegen.cupy.schedule import (
    C_TYPES,
    ElementwisePlan,
    Fold,
    Pick,
    Plan,
    RowPlan,
    Step,
    Writer,
    closure,
    element_names,
)  # fmt: skip
from codegen.cupy.spelling import identifier
from codegen.cupy.tiers import TIERS
from codegen.ir import BATCH, Argument, Kind, Load, Output, Program, Reduce, Ref

TEMPLATES = Path(__file__).parent / "templates"

# The line before each text says what real is; one text serves both accumulation types.
HEADS = {
    "float": (
        "using real = float;\n"
        "#define R(literal) literal##f\n"
        "__device__ __forceinline__ real infinity() { return __int_as_float(0x7f800000); }\n"
        "__device__ __forceinline__ real not_a_number() { return __int_as_float(-1); }\n"
    ),
    "double": (
        "using real = double;\n"
        "#define R(literal) literal\n"
        "__device__ __forceinline__ real infinity() { return __longlong_as_double(0x7ff0000000000000); }\n"
        "__device__ __forceinline__ real not_a_number() { return __longlong_as_double(-1); }\n"
    ),
}


WIDTH = 108


@functools.cache
def templates() -> jinja2.Environment:
    """The template environment: an undefined name is an error, never an empty string."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals["tiers"] = TIERS
    environment.filters["fill"] = fill
    environment.filters["shift"] = shift
    return environment


def fill(parts: Iterable[str], head: str, tail: str, indent: int = 0) -> str:
    """``head`` a, b, c ``tail``, broken over lines where it is too long."""
    parts = list(parts)
    one_line = " " * indent + head + ", ".join(parts) + tail
    if len(one_line) <= WIDTH:
        return one_line
    deeper = " " * (indent + 4)
    glued = ", ".join(p.replace(" ", "\0") for p in parts)
    body = textwrap.fill(
        glued,
        WIDTH - len(tail),
        initial_indent=deeper,
        subsequent_indent=deeper,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return " " * indent + head + "\n" + body.replace("\0", " ") + tail


@functools.cache
def device_text() -> str:
    """What all kernels share: operations, memory packs, monoids, the combination of threads."""
    return (TEMPLATES / "device.cu").read_text()


def kernel_text(plan: Plan) -> str:
    """The CUDA C of one kernel, to stand after a head and ``device_text``."""
    if isinstance(plan, ElementwisePlan):
        return templates().get_template("elementwise.cu.j2").render(k=_Elementwise(plan))
    return templates().get_template("row.cu.j2").render(k=_Row(plan))


def full_text(plan: Plan, real: str) -> str:
    """A text that compiles by itself; ``real`` is "float" or "double"."""
    return HEADS[real] + device_text() + kernel_text(plan)


def row_facts(plan: RowPlan) -> list[str]:
    """What the launch code has to know of a row kernel, as keyword arguments of ``RowKernel``."""
    row = _Row(plan)
    facts = {
        "held": sum(p.count for p in row.elements),
        "folded": max((sum(f.fold.reals for f in step.folds) for step in row.steps), default=0),
    }
    text = [f"{name}={value}" for name, value in facts.items()]
    if row.columns:
        text += [f"saved={len(row.saved)}", f"sums={len(row.columns.sums)}"]
        read = {p.name for p in (*row.columns.loads, *row.columns.uniform)} | set(row.columns.scalars)
        names = [a.name for a in (*plan.elements, *plan.uniform) if identifier(a.name) in read]
        names += [name for name in plan.numbers.results if identifier(name) in read]
        text.append(f"columns={tuple(names)}".replace("'", '"'))
    return text


def shift(text: str, indent: int) -> str:
    """``text`` moved to the right; pragmas stay at the margin."""
    return textwrap.indent(text, " " * indent, lambda line: line.strip() != "" and not line.startswith("#"))


@dataclass(frozen=True)
class Parameter:
    """An array or scalar of the kernel as the templates see it; ``count`` components at each place."""

    name: str
    type: str
    count: int = 1
    batch: bool = True

    @property
    def field(self) -> str:
        return f"{self.name}[{self.count}]" if self.count > 1 else self.name

    @property
    def value_type(self) -> str:
        """The type of one number once it is loaded."""
        return "real" if self.type == "T" else self.type

    @property
    def times(self) -> str:
        return f" * {self.count}" if self.count > 1 else ""

    @property
    def pointer(self) -> str:
        return f"const {self.type}* {self.name}"

    @property
    def offset(self) -> str:
        """Where the places of a row begin that a thread loads at ``i``."""
        place = "base + i" if self.batch else "i"
        return f"({place}){self.times}" if self.batch and self.times else f"{place}{self.times}"

    def loaded(self, place: str) -> str:
        """One number, loaded by itself."""
        text = f"{self.name}[{place}]"
        return f"real({text})" if self.type == "T" else text


def _parameter(argument: Argument) -> Parameter:
    return Parameter(
        identifier(argument.name),
        "T" if argument.kind is Kind.REAL else "long long",
        prod(argument.literal),
        bool(argument.axes) and argument.axes[0] == BATCH,
    )


def output_name(program: Program, output: Output) -> str:
    """The C name of an output: never that of an argument."""
    taken = {a.name for a in program.arguments}
    return f"{output.name}_out" if output.name in taken else identifier(output.name)


@dataclass(frozen=True)
class Functor:
    """Statements and what they result in, one expression for each result."""

    lines: Sequence[str]
    results: Sequence[str]


class _Elementwise:
    def __init__(self, plan: ElementwisePlan) -> None:
        program = plan.program
        self.name = program.name
        self.arrays = [_parameter(a) for a in plan.arrays]
        self.scalars = [identifier(name) for name in plan.numbers.results]
        self.outputs = [output_name(program, o) for o in program.outputs]
        given = {
            ref: identifier(v.node.argument)
            for ref, v in enumerate(program.values)
            if isinstance(v.node, Load)
        }
        given |= {ref: identifier(name) for ref, name in plan.numbers.names.items()}
        writer = Writer(program, given)
        targets = [o.values[0] for o in program.outputs]
        self.map = Functor(writer.lines(targets), [writer.spell(t) for t in targets])
        self.parameters = [f"const {p.type}* {p.name}" for p in self.arrays]
        self.parameters += [f"const real {name}" for name in self.scalars]
        self.parameters += [f"T* {name}" for name in self.outputs] + ["const long long size"]
        self.operands = [f"const {p.value_type} {p.name}" for p in self.arrays]
        self.operands += [f"real& {name}" for name in self.outputs]
        self.packed = [f"{name}_at[k]" for name in (*(p.name for p in self.arrays), *self.outputs)]
        self.single = [*(p.loaded("i") for p in self.arrays), *(f"{name}_at" for name in self.outputs)]


class _Row:
    """What ``row.cu.j2`` and ``columns.cu.j2`` say about one kernel."""

    def __init__(self, plan: RowPlan) -> None:
        self.plan = plan
        self.program = program = plan.program
        self.name = program.name
        self.elements = [_parameter(a) for a in plan.elements]
        self.uniform = [_parameter(a) for a in plan.uniform]
        self.scalars = [identifier(name) for name in plan.numbers.results]
        self.members = [(C_TYPES[self.program.values[r].kind], f"v{r}") for r in plan.members]
        self.saved = [f"v{r}" for r in plan.saved]
        self._uniform_names = {
            ref: f"r.{name}" for a in plan.uniform for ref, name in element_names(self.program, a).items()
        } | {ref: f"r.{identifier(name)}" for ref, name in plan.numbers.names.items()}
        self._element_names = {
            ref: f"e.{name}" for a in plan.elements for ref, name in element_names(self.program, a).items()
        }
        self._member_names = {r: f"r.v{r}" for r in plan.members}
        self.start = self._finish(plan.steps[0])
        self.steps = [self._step(s) for s in plan.steps[1:]]
        self.outputs = [
            Parameter(output_name(program, o), "T", prod(o.literal)) for o in plan.element_outputs
        ]
        self.store = self._element_functor([r for o in plan.element_outputs for r in o.values])
        self.stored = [f"real* {p.name}" for p in self.outputs]
        self.store_targets = [f"{p.name}[{c}]" for p in self.outputs for c in range(p.count)]
        self.store_loads = self._loads([r for o in plan.element_outputs for r in o.values])
        writer = Writer(self.program, self._known())
        self.row_outputs = [(output_name(program, o), writer.spell(o.values[0])) for o in plan.row_outputs]
        self.columns = _Columns(self) if plan.column_outputs else None
        used = [s.loads for s in self.steps if s.folds] + [p.loads for s in self.steps for p in s.picks]
        used += [self.store_loads] if self.outputs else []
        used += [self.elements]
        used += [self.columns.loads] if self.columns else []
        self.parameters = _reads(self.elements, self.uniform, self.scalars)
        self.parameters += [f"T* __restrict__ {p.name}" for p in self.outputs]
        self.parameters += [f"T* __restrict__ {name}" for name, _ in self.row_outputs]
        self.parameters += [f"real* __restrict__ {name}_rows" for name in self.saved]
        self.parameters += ["const long long rows", "const int n"]
        self.load_sets = list({tuple(p.name for p in u): u for u in used if u}.values())

    def _known(self) -> dict[Ref, str]:
        return {**self._uniform_names, **self._element_names, **self._member_names}

    def _loads(self, targets: Iterable[Ref]) -> list[Parameter]:
        return [_parameter(a) for a in self.plan.loads(targets)]

    def _element_functor(self, targets: Sequence[Ref]) -> Functor:
        writer = Writer(self.program, self._known())
        return Functor(writer.lines(targets), [writer.spell(t) for t in targets])

    def _finish(self, step: Step) -> list[str]:
        """Statements that set the uniform values of a step from its folds."""
        results = {ref: f"f.v{fold.ref}.{member}" for fold in step.folds for member, ref in fold.results}
        here = set(results) | set(step.finish)
        known = {ref: name for ref, name in self._known().items() if ref not in here}
        writer = Writer(self.program, known | results)
        needed = closure(
            self.program, [r for r in step.finish if r in self.plan.members], lambda r: r in here
        )
        lines = writer.lines([r for r in step.finish if r in needed])
        stores = [(r, writer.spell(r)) for r in (*results, *step.finish) if r in self.plan.members]
        return lines + [f"r.v{ref} = {text};" for ref, text in stores]

    def _step(self, step: Step) -> _Step:
        folds = [_Fold(f, self._element_functor([f.arg])) for f in step.folds]
        return _Step(
            number=step.number,
            folds=folds,
            lift=self._element_functor([f.arg for f in step.folds]),
            loads=self._loads([f.arg for f in step.folds]),
            picks=[self._pick(p) for p in step.picks],
            finish=self._finish(step),
        )

    def _pick(self, pick: Pick) -> _Pick:
        writer = Writer(self.program, self._known())
        return _Pick(
            f"v{pick.ref}",
            self._element_functor([pick.arg]),
            writer.spell(pick.index),
            self._loads([pick.arg]),
        )


def _reads(elements: Iterable[Parameter], uniform: Iterable[Parameter], scalars: Iterable[str]) -> list[str]:
    arrays = [f"const {p.type}* __restrict__ {p.name}" for p in (*elements, *uniform)]
    return arrays + [f"const real {name}" for name in scalars]


@dataclass(frozen=True)
class _Fold:
    fold: Fold
    functor: Functor

    @property
    def field(self) -> str:
        return f"v{self.fold.ref}"

    @property
    def struct(self) -> str:
        return self.fold.struct


@dataclass(frozen=True)
class _Pick:
    field: str
    functor: Functor
    index: str
    loads: list[Parameter]


@dataclass(frozen=True)
class _Step:
    number: int
    folds: list[_Fold]
    lift: Functor
    loads: list[Parameter]
    picks: list[_Pick]
    finish: list[str]


class _Columns:
    """The kernels that sum over the rows: one partial sum for each output, place and group of rows."""

    def __init__(self, row: _Row) -> None:
        plan, program = row.plan, row.program
        sums = {
            r: n for r, v in enumerate(program.values) if isinstance(n := v.node, Reduce) and n.axis == BATCH
        }
        self.sums = [f"v{r}" for r in sums]
        arguments = [node.arg for node in sums.values()]
        known = {**row._uniform_names, **row._element_names, **{r: f"r.v{r}" for r in plan.saved}}
        writer = Writer(program, known)
        self.lift = Functor(writer.lines(arguments), [writer.spell(a) for a in arguments])
        self.loads = row._loads(arguments)
        self.members = [(C_TYPES[program.values[r].kind], f"v{r}") for r in plan.saved]
        needed = set(closure(program, arguments, lambda r: r not in plan.saved))
        self.uniform = [p for p, a in zip(row.uniform, plan.uniform, strict=True)
                        if needed & set(element_names(program, a))]  # fmt: skip
        used = {name for ref, name in plan.numbers.names.items() if ref in needed}
        self.scalars = [identifier(name) for name in plan.numbers.results if name in used]
        targets = [o.values[0] for o in plan.column_outputs]
        after = Writer(program, {r: f"sum_v{r}" for r in sums})
        self.finish = Functor(after.lines(targets), [after.spell(t) for t in targets])
        self.outputs = [output_name(program, o) for o in plan.column_outputs]
        self.parameters = _reads(self.loads, self.uniform, self.scalars)
        self.parameters += [f"const real* __restrict__ {name}_rows" for name in row.saved]
        self.parameters += [f"real* __restrict__ {name}_partial" for name in self.sums]
        self.parameters += ["const long long rows", "const int n", "const long long group"]
        self.total_parameters = [f"const real* __restrict__ {name}_partial" for name in self.sums]
        self.total_parameters += [f"T* __restrict__ {name}" for name in self.outputs]
        self.total_parameters += ["const int groups", "const int n"]
