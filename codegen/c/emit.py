"""Write a plan as C: this module fills in statements, the Jinja templates hold the loops."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import factorial, log, prod
from pathlib import Path

import jinja2

from codegen.c.approximations import SERIES, TANH
from codegen.c.forms import suited
from codegen.c.spelling import DEAR, OPERATIONS, identifier
from codegen.c.statements import Writer
from codegen.cupy.schedule import ElementwisePlan, Fold, Pick, Plan, RowPlan, Step, flat_component, plan
from codegen.ir import BATCH, Argument, Const, Kind, Load, Map, OneHot, Output, Program, Reduce, Ref, operands
from codegen.numpy.runtime.functions import MILLS_DOUBLE, MILLS_SINGLE
from codegen.targets import UnsupportedError
from codegen.templates import environment

__all__ = ["functions_text", "kernel_plan", "kernel_text"]

WIDTH = 108
TEMPLATES = Path(__file__).parent / "templates"
LOG_2_HIGH = 6.93147180369123816490e-01  # the first 33 bits: a product with a small integer is exact


@functools.cache
def templates() -> jinja2.Environment:
    """The templates with what they call."""
    found = environment(TEMPLATES)
    found.filters["polynomial"] = polynomial
    found.filters["horner"] = horner
    return found


def polynomial(coefficients: Sequence[float], fma: str, suffix: str) -> str:
    """The polynomial of x, the constant first, by Estrin's scheme: as many products as by Horner's, but of
    each only a few wait for another, and a processor looks ahead over a limited number that wait."""
    terms, power = [f"{c!r}{suffix}" for c in coefficients], "x"
    while len(terms) > 3:
        pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
        terms = [f"{fma}({p[1]}, {power}, {p[0]})" if len(p) == 2 else p[0] for p in pairs]
        power = f"({power} * {power})"
    return horner(terms, fma, "", power)


def horner(coefficients: Sequence[float | str], fma: str, suffix: str, variable: str = "x") -> str:
    """The same with the least rounding where the terms are of one size."""
    terms = [f"{c}{suffix}" for c in coefficients]
    text = terms[-1]
    for term in reversed(terms[:-1]):
        text = f"{fma}({text}, {variable}, {term})"
    return text


@functools.cache
def functions_text() -> str:
    """What all kernels share: elementary functions and constants."""
    return broken(
        templates()
        .get_template("functions.c.j2")
        .render(
            series=SERIES,
            tanh=TANH,
            log_2=repr(log(2)),
            log_2_high=repr(LOG_2_HIGH),
            log_2_low=repr(1.9082149292705877e-10),
            largest={"f": "3.4028234663852886e38f", "d": "1.7976931348623157e308"},
            mills=MILLS_DOUBLE,
            mills_near=MILLS_SINGLE,
            expgap=tuple(1 / factorial(k) for k in range(2, 22)),
        )
    )


@functools.cache
def kernel_plan(program: Program) -> Plan:
    """How ``program`` is computed, or ``UnsupportedError``."""
    found = plan(suited(program), OPERATIONS)
    if isinstance(found, ElementwisePlan) and any(o.literal for o in program.outputs):
        raise UnsupportedError(f"{program.name}: an elementwise result with axes of fixed size")
    return found


def kernel_text(where: Plan, *, watched: str) -> str:
    """The C of one kernel, to stand after ``functions_text``; ``watched``: the flags that it tells of."""
    k = _Elementwise(where) if isinstance(where, ElementwisePlan) else _Row(where)
    name = "elementwise.c.j2" if isinstance(where, ElementwisePlan) else "row.c.j2"
    return indented(templates().get_template(name).render(k=k, watched=watched))


def indented(text: str) -> str:
    """``text`` with two spaces for each open brace, pragmas at the margin."""
    lines, depth = [], 0
    for line in filter(None, map(str.strip, text.splitlines())):
        here = 0 if line.startswith("#") else depth - line.startswith("}")
        lines.append("  " * here + line)
        depth += line.count("{") - line.count("}")
    return broken("\n".join(lines) + "\n")


def broken(text: str) -> str:
    """``text`` with lines of at most ``WIDTH`` columns; those of the preprocessor are left alone."""
    lines = []
    for line in text.splitlines():
        deeper = line[: len(line) - len(line.lstrip())] + "    "
        fits = len(line) <= WIDTH or line.startswith("#")
        lines += (
            [line]
            if fits
            else textwrap.wrap(
                line, WIDTH, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Array:
    """An array of the kernel; ``role``: element, row (one number for each row) or shared (by all rows)."""

    name: str
    type: str
    role: str = "element"
    count: int = 1

    @property
    def size(self) -> str:
        """The number of bytes."""
        entries = {"element": "rows * n", "row": "rows", "shared": "n", "flat": "size"}[self.role]
        return f"{entries} * {self.count} * (int64_t)sizeof({self.type})"

    @property
    def at(self) -> str:
        """Where the entries of the row that is looked at begin."""
        if self.role == "shared":
            return self.name
        times = f" * {self.count}" if self.count > 1 else ""
        return f"{self.name} + row * n{times}"


def _array(argument: Argument, axis: str = "") -> Array:
    role = "row" if axis not in argument.axes else "element" if BATCH in argument.axes else "shared"
    role = role if axis else "flat"
    kind = "int64_t" if argument.kind is Kind.INTEGER else "real"
    return Array(identifier(argument.name), kind, role, prod(argument.literal))


def _result(program: Program, output: Output, axis: str = "") -> Array:
    taken = {a.name for a in program.arguments}
    name = f"{output.name}_out" if output.name in taken else identifier(output.name)
    role = "row" if axis not in output.axes else "element" if BATCH in output.axes else "shared"
    return Array(name, "real", role if axis else "flat", prod(output.literal))


def _loads(program: Program, arguments: Iterable[Argument], place: str = "i") -> dict[Ref, str]:
    """How the entries of arrays at a place are spelled, by value."""
    names = {a.name: a for a in arguments}
    found = {}
    for ref, value in enumerate(program.values):
        if isinstance(value.node, Load) and value.node.argument in names:
            argument = names[value.node.argument]
            component = flat_component(argument, value.node.component) if argument.literal else 0
            count = prod(argument.literal)
            where = place if count == 1 else f"{place} * {count} + {component}"
            found[ref] = f"{identifier(argument.name)}_at[{where}]"
    return found


@dataclass(frozen=True)
class Store:
    target: str
    value: str
    sign: str = "="


def _moved(arrays: Iterable[Array]) -> str:
    """The number of bytes of ``arrays``."""
    return " + ".join(a.size for a in arrays)


class _Elementwise:
    def __init__(self, where: ElementwisePlan) -> None:
        program = where.program
        self.name = program.name
        self.inputs = [_array(a) for a in where.arrays]
        self.outputs = [_result(program, o) for o in program.outputs]
        self.moved = _moved([*self.inputs, *self.outputs])
        self.numbers = [identifier(name) for name in where.numbers.results]
        loads = _loads(program, where.arrays)
        given = {ref: f"e{ref}" for ref in loads}
        given |= {ref: identifier(name) for ref, name in where.numbers.names.items()}
        writer = Writer(program, given, "real")
        targets = [o.values[0] for o in program.outputs]
        self.lines = [_declared(program, ref, text) for ref, text in loads.items()] + writer.lines(targets)
        self.stores = [
            Store(f"{o.name}_at[i]", writer.spell(t)) for o, t in zip(self.outputs, targets, strict=True)
        ]
        self.usual = [(given[r], value) for r, value in _usual_exponents(program).items() if r in given]


def _usual_exponents(program: Program) -> dict[Ref, float]:
    """The exponents that scalar arguments give, and their values at the defaults, which get a loop."""
    powers = [v.node for v in program.values if isinstance(v.node, Map) and v.node.op == "pow"]
    found = {node.args[1]: _at_defaults(program, node.args[1]) for node in powers}
    return {ref: value for ref, value in found.items() if value is not None}


def _at_defaults(program: Program, ref: Ref) -> float | None:
    """The number that ``ref`` is where the scalar arguments are their defaults, if it is one."""
    match program.values[ref].node:
        case Const(value=value):
            return value
        case Load(argument=name):
            return program.argument(name).default
        case Map(op="add" | "sub" as op, args=args):
            one, other = (_at_defaults(program, r) for r in args)
            return None if one is None or other is None else one + other if op == "add" else one - other
    return None


def _declared(program: Program, ref: Ref, text: str) -> str:
    kind = "int64_t" if program.values[ref].kind is Kind.INTEGER else "real"
    return f"const {kind} e{ref} = {text};"


@dataclass(frozen=True)
class Summand:
    """A fold in a loop: the name of its result, its monoid, what one place adds."""

    ref: Ref
    monoid: str
    value: str


@dataclass(frozen=True)
class Pass:
    """One loop over a row.  ``places``: indices to which a place is compared.  ``kept``: the values that it
    writes down for a later loop or finds."""

    lines: list[str]
    folds: list[Summand]
    stores: list[Store]
    arrays: list[Array]
    places: list[str]
    kept: list[Ref]

    @property
    def clauses(self) -> str:
        """What the loop carries from place to place, for the compiler to split over lanes."""
        found = []
        for fold in self.folds:
            if fold.monoid == "sum":
                found.append(f"reduction(+ : s{fold.ref})")
            else:
                found.append(f"reduction(max : m{fold.ref}) reduction(max : top{fold.ref})")
        return " ".join(found)


@dataclass(frozen=True)
class Picked:
    """A value at one place: ``lines`` compute it at the place ``index``."""

    ref: Ref
    index: str
    lines: list[str]
    value: str
    arrays: list[Array]


@dataclass(frozen=True)
class Finish:
    """What is known of a row after a pass: statements in double, and copies in ``real`` for the places."""

    lines: list[str]
    copies: list[str]


@dataclass(frozen=True)
class Stage:
    loop: Pass | None
    picks: list[Picked]
    finish: Finish


class _Row:
    """What ``row.c.j2`` says about one kernel."""

    def __init__(self, where: RowPlan) -> None:
        self.plan = where
        self.program = program = where.program
        self.name = program.name
        self.elements = [_array(a, where.axis) for a in where.elements]
        self.uniform = [_array(a, where.axis) for a in where.uniform]
        self.inputs = [
            _array(a, where.axis) for a in program.arguments if a in (*where.elements, *where.uniform)
        ]
        self.numbers = [identifier(name) for name in where.numbers.results]
        self.loads = _loads(program, where.elements)
        self._uniform = {ref: text.replace("_at[row]", "_row") for ref, text in
                         _loads(program, where.uniform, "row").items()}  # fmt: skip
        self._numbers = {ref: identifier(name) for ref, name in where.numbers.names.items()}
        self.indexed = [identifier(a.name) for a in where.uniform if a.kind is Kind.INTEGER]
        self._column_sums = {
            r: n for r, v in enumerate(program.values) if isinstance(n := v.node, Reduce) and n.axis == BATCH
        }
        self.columns = list(self._column_sums)
        kept = self.plan.kept(self._phases(), {*self._wide(), *self.loads}, DEAR)
        self.kept = {r: made for r, (made, _) in kept.items()}
        self.outputs = [_result(program, o, where.axis) for o in program.outputs]
        self.element_outputs = [_result(program, o) for o in where.element_outputs]
        self.moved = _moved([*self.inputs, *self.outputs])
        self.first = self._finish(where.steps[0])
        self.stages = [self._stage(s) for s in where.steps[1:]]
        self.last = self._last()
        loops = [p for p in (*(s.loop for s in self.stages), self.last) if p]
        self.second = loops[1] if len(loops) > 1 else None
        """Where the next row is asked for: the first pass waits for memory, the second one computes."""
        self.moving = [a for a in self.elements if a.role == "element"]
        writer = Writer(program, self._wide(), "double")
        self.row_stores = [
            Store(f"{_result(program, o).name}[row]", writer.spell(o.values[0])) for o in where.row_outputs
        ]
        self.column_outputs = [_result(program, o) for o in where.column_outputs]
        after = Writer(program, {r: f"total{r}[i]" for r in self.columns}, "double")
        targets = [o.values[0] for o in where.column_outputs]
        self.column_lines = after.lines(targets)
        self.column_stores = [
            Store(f"{o.name}[i]", after.spell(t)) for o, t in zip(self.column_outputs, targets, strict=True)
        ]

    def _wide(self) -> dict[Ref, str]:
        """How statements for a whole row spell what is known of it."""
        members = {r: f"v{r}" for r in self._row_values()}
        return {**members, **self._uniform, **self._numbers}

    def _row_values(self) -> list[Ref]:
        """The values of a row that some step computes."""
        return [
            r
            for step in self.plan.steps
            for r in (
                *step.finish,
                *(r for f in step.folds for _, r in f.results),
                *(p.ref for p in step.picks),
            )
        ]

    def _narrow(self) -> dict[Ref, str]:
        """How statements for a place spell what is known of its row."""
        wide = self._wide()
        return {r: text if self._is_index(r) else f"u{r}" for r, text in wide.items()}

    def _is_index(self, ref: Ref) -> bool:
        return self.program.values[ref].kind is Kind.INTEGER

    def _stored(self) -> list[Ref]:
        return [r for o in self.plan.element_outputs for r in o.values]

    def _phases(self) -> list[list[Ref]]:
        """What each pass needs of a place: the folded values, and at the end what is stored or summed."""
        columns = [n.arg for n in self._column_sums.values()]
        return [[f.arg for f in s.folds] for s in self.plan.steps[1:]] + [[*self._stored(), *columns]]

    def _read(self, text: str) -> tuple[list[str], list[Array]]:
        """Declarations of the loads that ``text`` names, and the arrays that they are from."""
        used = {
            r: node.argument
            for r in self.loads
            if isinstance(node := self.program.values[r].node, Load) and _names(f"e{r}", text)
        }
        arrays = [_array(a, self.plan.axis) for a in self.plan.elements if a.name in used.values()]
        return [_declared(self.program, r, self.loads[r]) for r in used], arrays

    def _pass(self, phase: int, folds: Sequence[Fold], stored: Sequence[tuple[str, str, Ref]]) -> Pass:
        targets = [f.arg for f in folds] + [r for *_, r in stored]
        found = {r: f"k{r}" for r, made in self.kept.items() if made < phase}
        new = [r for r, made in self.kept.items() if made == phase]
        given = {**{r: f"e{r}" for r in self.loads}, **self._narrow(), **found}
        writer = Writer(self.program, given, "real")
        lines = writer.lines([*targets, *new])
        text = "\n".join([*lines, *(writer.spell(t) for t in targets)])
        declared, read = self._read(text)
        lines = [
            *declared,
            *(f"const real k{r} = kept{r}_at[i];" for r in found if _names(f"k{r}", text)),
            *lines,
        ]
        here = [v.node for v in self.program.values if isinstance(v.node, OneHot)]
        places = dict.fromkeys(writer.spell(n.index) for n in here)
        return Pass(
            lines,
            [Summand(f.ref, f.monoid, writer.spell(f.arg)) for f in folds],
            [Store(target, writer.spell(r), sign) for target, sign, r in stored]
            + [Store(f"kept{r}_at[i]", writer.spell(r)) for r in new],
            read,
            [p for p in places if f"at_{p}" in "\n".join(lines)],
            [*(r for r in found if _names(f"k{r}", text)), *new],
        )

    def _last(self) -> Pass | None:
        """The pass that stores results and adds to the sums over all rows."""
        stored = []
        for output in self.plan.element_outputs:
            array = _result(self.program, output)
            for component, ref in enumerate(output.values):
                at = "i" if array.count == 1 else f"i * {array.count} + {component}"
                stored.append((f"{array.name}_at[{at}]", "=", ref))
        columns = [(f"part{r}_at[i]", "+=", n.arg) for r, n in self._column_sums.items()]
        if not stored and not columns:
            return None
        return self._pass(len(self.plan.steps) - 1, [], [*stored, *columns])

    def _finish(self, step: Step) -> Finish:
        results = {ref: f"f{fold.ref}" for fold in step.folds for _, ref in fold.results}
        here = {*results, *step.finish, *(p.ref for p in step.picks)}
        known = {r: text for r, text in self._wide().items() if r not in step.finish}
        lines = [f"const double v{r} = {text};" for r, text in results.items()]
        lines += Writer(self.program, known, "double").lines(step.finish)
        ready = [r for r in here if not self._is_index(r)]
        if step.number == 0:
            ready += [r for r in self._uniform if not self._is_index(r)]
        wide = self._wide()
        kinds = {Kind.BOOLEAN: "bool", Kind.REAL: "real"}
        copies = [
            f"const {kinds[self.program.values[r].kind]} u{r} = "
            f"{'' if self.program.values[r].kind is Kind.BOOLEAN else '(real)'}{wide[r]};"
            for r in sorted(ready)
            if self._is_read_by_places(r)
        ]
        return Finish(lines, copies)

    def _is_read_by_places(self, ref: Ref) -> bool:
        """Whether a value of a row enters into one of its places."""
        return any(
            ref in operands(v.node) and self.plan.is_element(r) for r, v in enumerate(self.program.values)
        ) or ref in {r for phase in self._phases() for r in phase}

    @property
    def number_copies(self) -> list[str]:
        """The numbers in ``real``, for the places."""
        return [
            f"const real u{r} = (real){text};"
            for r, text in self._numbers.items()
            if self._is_read_by_places(r)
        ]

    def _stage(self, step: Step) -> Stage:
        loop = self._pass(step.number - 1, step.folds, []) if step.folds else None
        return Stage(loop, [self._pick(p) for p in step.picks], self._finish(step))

    def _pick(self, pick: Pick) -> Picked:
        given = {**{r: f"e{r}" for r in self.loads}, **self._narrow()}
        writer = Writer(self.program, given, "real")
        lines = writer.lines([pick.arg])
        declared, read = self._read("\n".join([*lines, writer.spell(pick.arg)]))
        return Picked(
            pick.ref,
            self._wide()[pick.index],
            [*declared, *lines],
            writer.spell(pick.arg),
            read,
        )


def _names(word: str, text: str) -> bool:
    """Whether ``text`` has ``word`` as a whole word."""
    padded = "".join(c if c.isalnum() or c == "_" else " " for c in text)
    return word in padded.split()
