"""Write a plan as CUDA C: this module fills the functors, the Jinja templates hold the schedules."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
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
from codegen.cupy.spelling import DEAR, HOLDS_MAXIMUM, identifier
from codegen.cupy.tiers import TIERS
from codegen.ir import BATCH, Argument, Kind, Load, Map, Output, Program, Reduce, Ref
from codegen.templates import environment

TEMPLATES = Path(__file__).parent / "templates"

_FLOAT = (
    "using real = float;\n"
    "#define R(literal) literal##f\n"
    "__device__ __forceinline__ real infinity() { return __int_as_float(0x7f800000); }\n"
    "__device__ __forceinline__ real not_a_number() { return __int_as_float(-1); }\n"
)
# What stands before each text says what real is: one text serves both accumulation types, and float twice.
HEADS = {
    "float": _FLOAT,
    "narrow": "#define NARROW\n" + _FLOAT,
    "double": (
        "#define DOUBLE\n"
        "using real = double;\n"
        "#define R(literal) literal\n"
        "__device__ __forceinline__ real infinity() { return __longlong_as_double(0x7ff0000000000000); }\n"
        "__device__ __forceinline__ real not_a_number() { return __longlong_as_double(-1); }\n"
    ),
}


WIDTH = 108


@functools.cache
def templates() -> jinja2.Environment:
    """The templates with what they call."""
    found = environment(TEMPLATES)
    found.globals["tiers"] = TIERS
    found.filters["fill"] = fill
    found.filters["shift"] = shift
    found.filters["shared"] = _shared
    return found


def fill(parts: Iterable[str], head: str, tail: str, indent: int = 0, reserve: int = 0) -> str:
    """``head`` a, b, c ``tail``, broken over lines where too long; ``reserve`` columns are kept free."""
    parts = list(parts)
    one_line = " " * indent + head + ", ".join(parts) + tail
    if len(one_line) <= WIDTH - reserve:
        return one_line
    deeper = " " * (indent + 4)
    glued = ", ".join(p.replace(" ", "\0") for p in parts)
    body = textwrap.fill(
        glued,
        WIDTH - len(tail) - reserve,
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


def row_facts(plan: RowPlan) -> list[str]:
    """What the launch code has to know of a row kernel, as keyword arguments of ``RowKernel``."""
    row = _Row(plan)
    facts = {
        "held": sum(p.count for p in row.held),
        "folded": row.folded,
        "passes": sum(bool(step.folds) for step in row.again.steps),
    }
    text = [f"{name}={value}" for name, value in facts.items()]
    if row.name in TIERS.held_guarded:
        text.append("guarded=True")
    if row.name in TIERS.held_roomy:
        text.append("roomy=True")
    if row.staged:
        called = {identifier(a.name): a.name for a in plan.elements}
        here = tuple(called[p.name] for p in row.staged)
        text.append(f"staged={here}".replace("'", '"'))
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

    def stored(self, value: str) -> str:
        """One number as it is stored."""
        return f"T({value})" if self.type == "T" else value

    @property
    def times(self) -> str:
        return f" * {self.count}" if self.count > 1 else ""

    @property
    def pointer_type(self) -> str:
        return f"typename P_{self.name}"

    @property
    def pointer_value(self) -> str:
        return f"const P_{self.name} {self.name}"

    def handed(self, how: str) -> str:
        """The array as an argument of ``load_...``; "once": it will not be read again, "staged": it lies in
        shared memory.  Weights are the same for all rows and stay where they are."""
        if not self.batch or not how:
            return self.name
        return f"Once<{self.type}>{{{self.name}}}" if how == "once" else f"{self.name}_staged"

    @property
    def offset(self) -> str:
        """Where the places of a row begin that a thread loads at ``i``."""
        place = "base + i" if self.batch else "i"
        return f"({place}){self.times}" if self.batch and self.times else f"{place}{self.times}"

    def loaded(self, place: str) -> str:
        """One number, loaded by itself."""
        text = f"{self.name}[{place}]"
        return f"real({text})" if self.type == "T" else text


def _parameter(argument: Argument, wide: Container[str] = ()) -> Parameter:
    return Parameter(
        identifier(argument.name),
        "long long" if argument.kind is Kind.INTEGER else _type(argument.name, wide),
        prod(argument.literal),
        bool(argument.axes) and argument.axes[0] == BATCH,
    )


def _type(name: str, wide: Container[str]) -> str:
    return "real" if name in wide else "T"


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
        self.arrays = [_parameter(a, plan.wide) for a in plan.arrays]
        self.scalars = [identifier(name) for name in plan.numbers.results]
        self.outputs = [Parameter(output_name(program, o), _type(o.name, plan.wide)) for o in program.outputs]
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
        self.parameters += [f"{p.type}* {p.name}" for p in self.outputs] + ["const long long size"]
        self.operands = [f"const {p.value_type} {p.name}" for p in self.arrays]
        self.operands += [f"real& {p.name}" for p in self.outputs]
        threads = TIERS.flat_threads
        self.bounds = f"__launch_bounds__({threads}, flat_blocks({len(self.arrays)}, {threads}))"
        self.packed = [f"{p.name}_at[k]" for p in (*self.arrays, *self.outputs)]
        self.single = [*(p.loaded("i") for p in self.arrays), *(f"{p.name}_at" for p in self.outputs)]


class _Row:
    """What ``row.cu.j2`` and ``columns.cu.j2`` say about one kernel."""

    def __init__(self, plan: RowPlan, struct: str = "row") -> None:
        self.plan = plan
        self.program = program = plan.program
        self.name = program.name
        self.struct = f"{self.name}_{struct}"
        self.again = self if plan.again is None else _Row(replace(plan.again, wide=plan.wide), "again")
        self.elements = [_parameter(a, plan.wide) for a in plan.elements]
        self.held = [p for p in self.elements if p.batch]
        self.uniform = [_parameter(a, plan.wide) for a in plan.uniform]
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
        self.divisors = self._divisors()
        phases = [[f.arg for f in s.folds] for s in self.plan.steps[1:]] + [self._stored()]
        self.kept = self.plan.kept(phases, self._known(), DEAR)
        self.start = self._finish(plan.steps[0])
        self.steps = [self._step(s) for s in plan.steps[1:]]
        for phase, step in enumerate((s for s in self.steps if s.folds), 1):
            step.phase = phase
        self.folded = max((sum(f.fold.reals for f in s.folds) for s in self.steps), default=0)
        self.folded = max(self.folded, 0 if self.again is self else self.again.folded)
        self.outputs = [
            Parameter(output_name(program, o), _type(o.name, plan.wide), prod(o.literal))
            for o in plan.element_outputs
        ]
        self.store = self._element_functor(self._stored())
        self.held_store = self._held_functor(self._stored(), len(self.steps))
        self.stored = [f"real* {p.name}" for p in self.outputs]
        self.store_targets = [f"{p.name}[{c}]" for p in self.outputs for c in range(p.count)]
        self.store_loads = self._loads(self._stored())
        passes = [*(s.loads for s in self.steps if s.folds), self.store_loads]
        often = sorted(self.held, key=lambda p: -sum(p in loads for loads in passes))
        self.staged = often if self.folded else []
        writer = Writer(self.program, self._known())
        self.row_outputs = [
            (Parameter(output_name(program, o), _type(o.name, plan.wide)), writer.spell(o.values[0]))
            for o in plan.row_outputs
        ]
        self.columns = _Columns(self) if plan.column_outputs else None
        used = [s.loads for s in self.steps if s.folds] + [p.loads for s in self.steps for p in s.picks]
        used += [self.store_loads] if self.outputs else []
        used += [self.elements, self.held, _shared(self.store_loads)]
        used += [_shared(s.loads) for s in self.steps]
        used += [self.columns.loads, _shared(self.columns.loads)] if self.columns else []
        self.parameters = _reads(self.elements, self.uniform, self.scalars)
        self.parameters += [f"{p.type}* __restrict__ {p.name}" for p in self.outputs]
        self.parameters += [f"{p.type}* __restrict__ {p.name}" for p, _ in self.row_outputs]
        self.parameters += [f"real* __restrict__ {name}_rows" for name in self.saved]
        self.parameters += ["const long long rows", "const int n"]
        self.load_sets = list({tuple(p.name for p in u): u for u in used if u}.values())

    def _known(self) -> dict[Ref, str]:
        return {**self._uniform_names, **self._element_names, **self._member_names}

    def _loads(self, targets: Iterable[Ref]) -> list[Parameter]:
        return [_parameter(a, self.plan.wide) for a in self.plan.loads(targets)]

    def _element_functor(self, targets: Sequence[Ref]) -> Functor:
        writer = Writer(self.program, self._known(), self.divisors)
        return Functor(writer.lines(targets), [writer.spell(t) for t in targets])

    def _stored(self) -> list[Ref]:
        return [r for o in self.plan.element_outputs for r in o.values]

    def _divisors(self) -> dict[Ref, str]:
        """Values of a row by which its places are divided: inverted once."""
        plan, values = self.plan, self.program.values
        loaded = {r for a in plan.uniform for r in element_names(self.program, a)}
        return {
            by: f"r.d{by}"
            for ref, value in enumerate(values)
            if isinstance(n := value.node, Map) and n.op == "div" and plan.is_element(ref)
            for by in n.args[1:]
            if by in loaded or by in plan.members
        }

    def _held_functor(self, targets: Sequence[Ref], phase: int) -> Functor | None:
        """The functor of a phase for a row in registers, if it keeps or finds kept values."""
        found = {r: f"e.k{r}" for r, (made, _) in self.kept.items() if made < phase}
        new = [r for r, (made, _) in self.kept.items() if made == phase]
        writer = Writer(self.program, self._known() | found, self.divisors)
        lines = writer.lines([*targets, *new])
        lines += [f"e.k{r} = {writer.spell(r)};" for r in new]
        functor = Functor(lines, [writer.spell(t) for t in targets])
        return None if functor == self._element_functor(targets) else functor

    @property
    def kept_names(self) -> list[str]:
        """The fields of ``Element`` for the values kept."""
        return [f"k{r}" for r in self.kept]

    @property
    def phases(self) -> int:
        """How many passes fold."""
        return max((s.phase for s in self.steps), default=0)

    @property
    def divisor_names(self) -> list[str]:
        """The fields of ``Row`` for inverted values."""
        return [f"d{r}" for r in self.divisors]

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
        lines += [f"r.v{ref} = {text};" for ref, text in stores]
        ready = {r for r, _ in stores} | {p.ref for p in step.picks}
        if step.number == 0:
            ready |= {r for a in self.plan.uniform for r in element_names(self.program, a)}
        inverted = [(r, known.get(r, f"r.v{r}")) for r in self.divisors if r in ready]
        return lines + [f"r.d{ref} = divisor({text});" for ref, text in inverted]

    def _step(self, step: Step) -> _Step:
        folds = [_Fold(f, self._element_functor([f.arg])) for f in step.folds]
        return _Step(
            number=step.number,
            folds=folds,
            lift=self._element_functor([f.arg for f in step.folds]),
            held_lift=self._held_functor([f.arg for f in step.folds], step.number - 1),
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


def _shared(loads: Iterable[Parameter]) -> list[Parameter]:
    """What is the same for all rows: a row in registers loads it where it is used."""
    return [p for p in loads if not p.batch]


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

    @property
    def whole(self) -> bool:
        """Whether a thread with several packs in registers folds them at once: it rescales once then."""
        return self.fold.monoid in HOLDS_MAXIMUM


@dataclass(frozen=True)
class _Pick:
    field: str
    functor: Functor
    index: str
    loads: list[Parameter]


@dataclass
class _Step:
    number: int
    folds: list[_Fold]
    lift: Functor
    held_lift: Functor | None
    loads: list[Parameter]
    picks: list[_Pick]
    finish: list[str]
    phase: int = 0

    @property
    def lifted(self) -> list[str]:
        return [f"real& {f.field}" for f in self.folds]


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
        below = closure(program, arguments, plan.is_element)
        by = {r: name for r, name in row.divisors.items() if r in below}
        writer = Writer(program, known, by)
        self.lift = Functor(writer.lines(arguments), [writer.spell(a) for a in arguments])
        self.divisors = [(name.removeprefix("r."), known[r].removeprefix("r.")) for r, name in by.items()]
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
        self.outputs = [
            Parameter(output_name(program, o), _type(o.name, plan.wide)) for o in plan.column_outputs
        ]
        self.parameters = _reads(self.loads, self.uniform, self.scalars)
        self.parameters += [f"const real* __restrict__ {name}_rows" for name in row.saved]
        self.partial_parameters = [f"real* __restrict__ {name}_partial" for name in self.sums]
        self.parameters += self.partial_parameters
        self.parameters += ["const long long rows", "const int n", "const long long group"]
        self.total_parameters = [f"const real* __restrict__ {name}_partial" for name in self.sums]
        self.total_parameters += [f"{p.type}* __restrict__ {p.name}" for p in self.outputs]
        self.total_parameters += ["const int groups", "const int n"]
