"""From a realised program to the functors and the order of passes that the templates need.

A value is *uniform* along a row (no row axis among its axes) or an *element* (it varies along the row).
Uniform values are kept in a struct ``Row``, what is loaded at one place of the row in a struct
``Element``.  Folds force passes: step k holds every fold and pick whose operands need k - 1 earlier
steps, followed by the uniform values that become known with it.  Values summed over all rows (a
weight's cotangent) are left to kernels of their own, which work down the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from codegen.cupy.spelling import (
    HOLDS_MAXIMUM,
    MONOID_STRUCTS,
    OPERATIONS,
    WALKS_A_TABLE,
    identifier,
    literal,
)
from codegen.cupy.streamed import streamed
from codegen.ir import (
    BATCH,
    Argument,
    Const,
    Gather,
    Kind,
    Load,
    Map,
    OneHot,
    Output,
    Place,
    Program,
    Reduce,
    Ref,
    Size,
    heads,
    operands,
)  # fmt: skip
from codegen.passes.numbers import Numbers, numbers
from codegen.ranges import Ranges
from codegen.targets import UnsupportedError

C_TYPES = {Kind.REAL: "real", Kind.INTEGER: "long long", Kind.BOOLEAN: "bool"}


@dataclass(frozen=True)
class Fold:
    """One monoid folded over one element value; ``results`` are (member of the struct, value)."""

    ref: Ref
    monoid: str
    arg: Ref
    results: tuple[tuple[str, Ref], ...]

    @property
    def struct(self) -> str:
        return MONOID_STRUCTS[self.monoid][0]

    @property
    def reals(self) -> int:
        return len(MONOID_STRUCTS[self.monoid][1])


@dataclass(frozen=True)
class Pick:
    """An element value at a place that the data names; NaN where that place is outside the row."""

    ref: Ref
    arg: Ref
    index: Ref


@dataclass(frozen=True)
class Step:
    """One pass over the row, and the uniform values known after it.  Step 0 has no pass."""

    number: int
    folds: tuple[Fold, ...]
    picks: tuple[Pick, ...]
    finish: tuple[Ref, ...]


@dataclass(frozen=True)
class ElementwisePlan:
    """A scalar function of the arguments that it reads.  ``wide``: arguments and results in the type of sums
    whatever the type of the others."""

    program: Program
    arrays: tuple[Argument, ...]
    numbers: Numbers
    wide: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RowPlan:
    """A kernel that works along one axis; only arguments that it reads are listed.

    ``saved``: uniform values that the columns' kernels read back.  ``members``: uniform values that
    more than one functor needs.  ``wide``: as in ``ElementwisePlan``.  ``again``: the plan
    for schedules that read a row again in each pass, if that is another (``streamed``).
    """

    program: Program
    axis: str
    elements: tuple[Argument, ...]
    uniform: tuple[Argument, ...]
    numbers: Numbers
    steps: tuple[Step, ...]
    element_outputs: tuple[Output, ...]
    row_outputs: tuple[Output, ...]
    column_outputs: tuple[Output, ...]
    members: tuple[Ref, ...]
    saved: tuple[Ref, ...]
    wide: frozenset[str] = frozenset()
    again: RowPlan | None = None

    def loads(self, targets: Iterable[Ref]) -> tuple[Argument, ...]:
        """The arguments that must be read at a place to know the element values ``targets`` there."""
        names = {
            node.argument
            for ref in closure(self.program, targets, self.is_element)
            if isinstance(node := self.program.values[ref].node, Load) and self.is_element(ref)
        }
        return tuple(a for a in self.elements if a.name in names)

    def is_element(self, ref: Ref) -> bool:
        return self.axis in self.program.values[ref].axes

    def kept(
        self, phases: Iterable[Iterable[Ref]], known: Container[Ref], dear: Container[str]
    ) -> dict[Ref, tuple[int, int]]:
        """Values of a place, made by an operation of ``dear``, that one phase computes and a later one needs:
        by (phase, last phase).  ``phases``: what each needs of a place; ``known``: what none computes."""
        first: dict[Ref, int] = {}
        kept: dict[Ref, tuple[int, int]] = {}
        for number, targets in enumerate(phases):
            stack, seen = list(targets), set()
            while stack:
                ref = stack.pop()
                node = self.program.values[ref].node
                if ref in seen or ref in known or not self.is_element(ref):
                    continue
                seen.add(ref)
                if first.get(ref, number) < number and isinstance(node, Map) and node.op in dear:
                    kept[ref] = (first[ref], number)
                else:
                    stack.extend(operands(node))
            for ref in seen:
                first.setdefault(ref, number)
        return kept


Plan = ElementwisePlan | RowPlan


def plan(program: Program, spelled: Container[str] = OPERATIONS) -> Plan:
    """The plan for a realised program, or ``UnsupportedError``; ``spelled`` are the target's operations."""
    _check(program, spelled)
    if program.is_elementwise:
        used = used_arguments(program)
        return ElementwisePlan(
            program,
            arrays=tuple(a for a in used if not a.is_scalar),
            numbers=numbers(program),
        )
    if len(program.row_axes) != 1:
        raise UnsupportedError(
            f"{program.name}: works along {', '.join(program.row_axes)}; one axis is supported"
        )
    axis = program.row_axes[0]
    made = _row_plan(program, axis, numbers(program))
    return replace(made, again=_again(made))


def _again(made: RowPlan) -> RowPlan | None:
    found = streamed(made.program)
    if found is None:
        return None
    given = made.numbers
    names = {found.where[r]: name for r, name in given.names.items() if r in found.where}
    inside = frozenset(found.where[r] for r in given.inside if r in found.where)
    again = _row_plan(found.program, made.axis, replace(given, inside=inside, names=names))
    assert again.saved == tuple(found.where[r] for r in made.saved), "what is left for the columns moved"
    return again


def used_arguments(program: Program) -> tuple[Argument, ...]:
    """The arguments that the kernel reads: a cotangent may not depend on every argument."""
    names = {v.node.argument for v in program.values if isinstance(v.node, Load)}
    return tuple(a for a in program.arguments if a.name in names)


def walks_a_table(program: Program) -> bool:
    """Whether the kernel may use local memory (``spelling.WALKS_A_TABLE``)."""
    return any(isinstance(v.node, Map) and v.node.op in WALKS_A_TABLE for v in program.values)


def closure(program: Program, targets: Iterable[Ref], inside: Callable[[Ref], bool]) -> tuple[Ref, ...]:
    """``targets`` and what they need, in program order, not going past values for which ``inside`` fails."""
    found: set[Ref] = set()
    stack = list(targets)
    while stack:
        ref = stack.pop()
        if ref not in found:
            found.add(ref)
            if inside(ref):
                stack.extend(operands(program.values[ref].node))
    return tuple(sorted(found))


def _check(program: Program, spelled: Container[str]) -> None:
    left = heads(program)
    if left:
        raise UnsupportedError(f"{program.name}: not realised, it still holds {', '.join(left)}")
    for argument in program.arguments:
        if argument.is_scalar and argument.kind is not Kind.REAL:
            raise UnsupportedError(f"{program.name}: integer scalar {argument.name}")
        if len(argument.axes) > 2 or (len(argument.axes) == 2 and argument.axes[0] != BATCH):
            raise UnsupportedError(f"{program.name}: {argument.name} is a matrix; rows are supported")
    for value in program.values:
        match value.node:
            case Map(op=op) if op not in spelled:
                raise UnsupportedError(f"{program.name}: the target has no spelling for {op}")
            case Reduce(monoid=monoid) if monoid not in MONOID_STRUCTS:
                raise UnsupportedError(f"{program.name}: no struct folds {monoid}")
            case Const() | Load() | Map() | Reduce() | Gather() | OneHot() | Size() | Place():
                pass
            case other:
                raise UnsupportedError(f"{program.name}: no skeleton for {type(other).__name__}")


def _row_plan(program: Program, axis: str, given: Numbers) -> RowPlan:
    values = program.values
    used = used_arguments(program)
    below = _after_column_sums(program)
    level = _levels(program, axis, below)
    uniform = [
        r for r, v in enumerate(values) if axis not in v.axes and r not in below and r not in given.inside
    ]
    steps = []
    for number in range(max(level.values(), default=0) + 1):
        at = [r for r in range(len(values)) if level.get(r) == number]
        folds: dict[tuple[str, Ref], list[tuple[str, Ref]]] = {}
        picks = []
        paired = {(n.arg, "max"): n.monoid for r in at if isinstance(n := values[r].node, Reduce)
                  and n.monoid in HOLDS_MAXIMUM}  # fmt: skip
        for ref in at:
            match values[ref].node:
                case Reduce(monoid=monoid, arg=arg, component=component):
                    member = MONOID_STRUCTS[monoid][1][component]
                    folds.setdefault((paired.get((arg, monoid), monoid), arg), []).append((member, ref))
                case Gather(arg=arg, index=index):
                    picks.append(Pick(ref, arg, index))
        finish = tuple(r for r in at if r in uniform and isinstance(values[r].node, Map))
        steps.append(
            Step(
                number,
                tuple(Fold(found[0][1], *key, results=tuple(found)) for key, found in folds.items()),
                tuple(picks),
                finish,
            )
        )
    if not any(axis in a.axes for a in program.arguments):
        raise UnsupportedError(f"{program.name}: no argument has the axis {axis}")
    kinds: dict[str, list[Output]] = {"element": [], "row": [], "column": []}
    for output in program.outputs:
        kinds[_output_kind(program, output, axis, below)].append(output)
    sums = [values[r].node for r in below if isinstance(values[r].node, Reduce)]
    columns = closure(
        program, [s.arg for s in sums if isinstance(s, Reduce)], lambda r: axis in values[r].axes
    )
    return RowPlan(
        program,
        axis,
        elements=tuple(a for a in used if axis in a.axes),
        uniform=tuple(a for a in used if a.axes == (BATCH,)),
        numbers=given,
        steps=tuple(steps),
        element_outputs=tuple(kinds["element"]),
        row_outputs=tuple(kinds["row"]),
        column_outputs=tuple(kinds["column"]),
        members=_members(program, axis, steps, below),
        saved=tuple(
            r
            for r in columns
            if axis not in values[r].axes and r not in given.inside and _is_computed(program, r)
        ),
    )


def _after_column_sums(program: Program) -> frozenset[Ref]:
    """The sums over all rows and what is computed from them."""
    below: set[Ref] = set()
    for ref, value in enumerate(program.values):
        match value.node:
            case Reduce(axis=axis, monoid=monoid) if axis == BATCH:
                if monoid != "sum":
                    raise UnsupportedError(f"{program.name}: {monoid} over all rows")
                if not value.axes:
                    raise UnsupportedError(f"{program.name}: a sum over everything")
                below.add(ref)
            case Map(args=args) if below.intersection(args):
                if BATCH in value.axes:
                    raise UnsupportedError(f"{program.name}: a sum over all rows is used again in each row")
                if any(a not in below and not isinstance(program.values[a].node, Const) for a in args):
                    raise UnsupportedError(f"{program.name}: a sum over all rows meets more than constants")
                below.add(ref)
            case node if below.intersection(operands(node)):
                raise UnsupportedError(f"{program.name}: {type(node).__name__} of a sum over all rows")
    return frozenset(below)


def _levels(program: Program, axis: str, below: frozenset[Ref]) -> Mapping[Ref, int]:
    level: dict[Ref, int] = {}
    for ref, value in enumerate(program.values):
        if ref in below:
            continue
        before = max((level[r] for r in operands(value.node)), default=0)
        match value.node:
            case Reduce():
                before += 1
            case Gather(axis=along, index=index):
                if along != axis or axis in program.values[index].axes:
                    raise UnsupportedError(f"{program.name}: a gather at each place of a row")
                before += 1
            case OneHot(axis=along) if along != axis:
                raise UnsupportedError(f"{program.name}: one-hot along {along}")
        level[ref] = before
    return level


def _output_kind(program: Program, output: Output, axis: str, below: frozenset[Ref]) -> str:
    if any(r in below for r in output.values):
        return "column"
    if axis in output.axes:
        if BATCH not in output.axes:
            raise UnsupportedError(f"{program.name}: {output.name} does not vary over the rows")
        return "element"
    return "row"


def _is_computed(program: Program, ref: Ref) -> bool:
    return isinstance(program.values[ref].node, Map | Reduce | Gather)


def _members(program: Program, axis: str, steps: Iterable[Step], below: frozenset[Ref]) -> tuple[Ref, ...]:
    """Uniform values that some functor needs other than the one which computes them."""
    values = program.values
    home = {
        ref: step.number
        for step in steps
        for ref in (
            *step.finish,
            *(r for f in step.folds for _, r in f.results),
            *(p.ref for p in step.picks),
        )
    }
    needed: set[Ref] = {p.ref for step in steps for p in step.picks}
    needed |= {r for o in program.outputs for r in o.values if r in home}
    for ref, value in enumerate(values):
        if ref in below:
            continue
        for used in operands(value.node):
            if used in home and (
                ref not in home or home[ref] != home[used] or not isinstance(value.node, Map)
            ):
                needed.add(used)
    return tuple(sorted(needed))


class Writer:
    """Writes values as C statements; ``given`` spells those that are known already, ``divisors`` those by
    which many are divided."""

    def __init__(
        self, program: Program, given: Mapping[Ref, str], divisors: Mapping[Ref, str] | None = None
    ) -> None:
        self.program = program
        self.given = given
        self.divisors = divisors or {}
        self.ranges = Ranges(program)

    def lines(self, targets: Iterable[Ref]) -> list[str]:
        """One declaration for each value that ``targets`` need and that is neither known nor constant."""
        lines: list[str] = []
        angles: dict[str, str] = {}
        for ref in closure(self.program, targets, lambda r: r not in self.given):
            if ref in self.given or self._is_inline(ref):
                continue
            right = self.right_side(ref)
            if right.startswith("op_sincos"):  # both come out of one reduction of the angle
                both, part = right.rsplit(".", 1)
                if both not in angles:
                    angles[both] = f"a{ref}"
                    lines.append(f"const SinCos a{ref} = {both};")
                right = f"{angles[both]}.{part}"
            lines.append(f"const {C_TYPES[self.program.values[ref].kind]} v{ref} = {right};")
        return lines

    def spell(self, ref: Ref) -> str:
        """The value as an operand."""
        if ref in self.given:
            return self.given[ref]
        node = self.program.values[ref].node
        match node:
            case Const(value=value):
                return literal(value)
            case _:
                return f"v{ref}"

    def right_side(self, ref: Ref) -> str:
        """The expression that computes the value from its operands."""
        node = self.program.values[ref].node
        match node:
            case Map(op="select", args=(condition, *cases)):
                return OPERATIONS["select"].format(self.spell(condition), *[self._operand(c) for c in cases])
            case Map(op="div", args=(above, below)) if below in self.divisors:
                by = "op_times" if below in self.ranges.invertible else "op_over"
                return f"{by}({self._operand(above)}, {self.divisors[below]})"
            case Map(op="div", args=(above, below)) if below in self.ranges.moderate:
                return f"op_div_moderate({self._operand(above)}, {self._operand(below)})"
            case Map(op="sub", args=(one, place)) if (index := self._left_out(one, place)) is not None:
                return f"i == {self._place(index)} ? R(0.0) : R(1.0)"
            case Map(op=op, args=args):
                return OPERATIONS[op].format(*[self._operand(a) for a in args])
            case OneHot(index=index):
                return f"i == {self._place(index)} ? R(1.0) : R(0.0)"
            case Place():
                return "real(i)"
        raise UnsupportedError(f"{self.program.name}: {node} has no place in a functor")

    def _left_out(self, one: Ref, place: Ref) -> Ref | None:
        """The place that 1 less its one-hot leaves out: one choice rather than a choice and a difference."""
        node = self.program.values[place].node
        is_one = self.program.values[one].node == Const(1.0)
        return node.index if is_one and isinstance(node, OneHot) else None

    def _place(self, index: Ref) -> str:
        return f"op_place({self.spell(index)})"

    def _operand(self, ref: Ref) -> str:
        text = self.spell(ref)
        return text if self.program.values[ref].kind is Kind.REAL else f"real({text})"

    def _is_inline(self, ref: Ref) -> bool:
        return isinstance(self.program.values[ref].node, Const)


def element_names(program: Program, argument: Argument) -> dict[Ref, str]:
    """How functors spell the loads of an argument: ``e.input`` or ``e.input[1]``."""
    found = {}
    for ref, value in enumerate(program.values):
        if isinstance(value.node, Load) and value.node.argument == argument.name:
            place = f"[{flat_component(argument, value.node.component)}]" if argument.literal else ""
            found[ref] = f"{identifier(argument.name)}{place}"
    return found


def flat_component(argument: Argument, component: tuple[int, ...]) -> int:
    flat = 0
    for c, size in zip(component, argument.literal, strict=True):
        flat = flat * size + c
    return flat
