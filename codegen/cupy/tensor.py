"""Programs over several axes: products of matrices by cuBLAS, what lies between them in fused kernels.

A contraction is a step of its own, everything else is collected into as few kernels as possible.  A kernel
works in a *space*: rows (some axes, flattened) along one axis.  A fold decides the space in which it is
computed; a map is computed wherever it is needed, again if need be, and so is never written to memory unless
it is a result or a factor of a contraction.  Steps are numbered: a kernel of stage s reads what contractions
and folds of earlier stages made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from codegen.cupy.schedule import plan
from codegen.cupy.tensor_steps import Axes, Fused, Lags, Pick, Product, Read, Scatter, Slide, Step, TensorPlan
from codegen.ir import (
    BATCH,
    Argument,
    Builder,
    Const,
    Contract,
    Convolve,
    Correlate,
    Gather,
    IRError,
    Load,
    Map,
    Node,
    OneHot,
    Output,
    Place,
    Program,
    Reduce,
    Ref,
    Rename,
    length_of,
    operands,
    with_operands,
)  # fmt: skip
from codegen.passes.contract import contractions
from codegen.passes.convolutions import convolutions
from codegen.passes.numbers import numbers
from codegen.targets import UnsupportedError

__all__ = ["tensor_plan"]


def tensor_plan(program: Program) -> TensorPlan:
    """The plan for a realised program, or ``UnsupportedError`` saying what stands in the way."""
    return _Planner(contractions(convolutions(program))).run()


@dataclass(frozen=True)
class _Space:
    batch: frozenset[str]
    row: str

    @property
    def axes(self) -> frozenset[str]:
        return self.batch | {self.row}


@dataclass
class _Kernel:
    stage: int
    space: _Space
    targets: dict[Ref, None] = field(default_factory=dict)


class _Planner:
    def __init__(self, program: Program) -> None:
        self.p = program
        self.values = program.values
        self.numbers = numbers(program)
        self.uses = program.uses()
        self.outputs = {o.values[0]: o for o in program.outputs}
        self.scaled = self._scaled()
        self.lagged = self._lagged()
        self.ready: dict[Ref, int] = {}
        self.pending: dict[Ref, _Space | None] = {}
        self.stage: dict[Ref, int] = {}  # of contractions and folds
        self.below: dict[Ref, int] = {}  # sums over all rows and what is computed from them
        self.kernels: list[_Kernel] = []
        order = dict.fromkeys([BATCH, *(a for o in program.outputs for a in o.axes), *program.row_axes])
        near = dict.fromkeys(length_of(a) for a in order)  # an axis stands next to those of equal length
        self.rank = {a: i for i, a in enumerate(b for n in near for b in order if length_of(b) == n)}

    # what a value is

    def _is_free(self, ref: Ref) -> bool:
        """Known before anything runs."""
        node = self.values[ref].node
        return ref in self.numbers.inside or isinstance(node, Const | Load | Place)

    def _is_made(self, ref: Ref) -> bool:
        """Made by a step that is no kernel."""
        node = self.values[ref].node
        steps = isinstance(node, Contract | Convolve | Correlate)
        return steps or ref in self.scaled or ref in self.lagged or self._is_pick(ref)

    def _is_pick(self, ref: Ref) -> bool:
        node = self.values[ref].node
        return isinstance(node, Gather) and BATCH not in self.values[node.arg].axes

    def _scaled(self) -> dict[Ref, tuple[Ref, tuple[tuple[str, str | float], ...]]]:
        """Contractions times numbers: the product -> the contraction and its numbers."""
        found: dict[Ref, tuple[Ref, tuple[tuple[str, str | float], ...]]] = {}
        for ref, value in enumerate(self.values):
            match value.node:
                case Map(op="mul" | "div" as op, args=(a, b)):
                    for x, by in ((a, b), (b, a))[: 2 if op == "mul" else 1]:
                        once = self.uses[x] == (ref,) and x not in self.outputs
                        if once and (isinstance(self.values[x].node, Contract) or x in found):
                            factor = self._factor(by)
                            if factor is not None:
                                base, before = found.get(x, (x, ()))
                                found[ref] = (base, (*before, (op, factor)))
                                break
        return found

    def _lagged(self) -> dict[Ref, Ref]:
        """Sums over all rows of a correlation that nothing else needs: the sum -> the correlation."""
        return {
            ref: node.arg
            for ref, value in enumerate(self.values)
            if isinstance(node := value.node, Reduce)
            and (node.monoid, node.axis) == ("sum", BATCH)
            and isinstance(self.values[node.arg].node, Correlate)
            and self.uses[node.arg] == (ref,)
            and node.arg not in self.outputs
        }

    def _base(self, ref: Ref) -> Ref:
        """The value inside of a step that makes ``ref`` of it as well."""
        return self.scaled[ref][0] if ref in self.scaled else self.lagged.get(ref, ref)

    def _factor(self, ref: Ref) -> str | float | None:
        node = self.values[ref].node
        if isinstance(node, Const):
            return node.value
        return self.numbers.names.get(ref)

    # stages

    def run(self) -> TensorPlan:
        for value in self.values:
            if isinstance(value.node, Rename):
                raise UnsupportedError(f"{self.p.name}: no step renames an axis")
        for ref in range(len(self.values)):
            self._place(ref)
        for ref in self._wanted():
            self._want(ref)
        fused: dict[int, list[Fused]] = {}
        for stage in sorted({k.stage for k in self.kernels}, reverse=True):
            done: set[int] = set()
            while todo := [k for k in self.kernels if k.stage == stage and id(k) not in done]:
                done.update(map(id, todo))
                for kernel in todo:  # may want more from earlier stages
                    self._reads(kernel)
        for kernel in sorted(self.kernels, key=lambda k: k.stage):
            fused.setdefault(kernel.stage, []).append(self._fused(kernel))
        return self._ordered(fused)

    def _place(self, ref: Ref) -> None:
        node = self.values[ref].node
        if self._is_free(ref) or isinstance(node, OneHot):
            self.ready[ref], self.pending[ref] = 0, None
        elif self._is_made(ref):
            used = operands(self.values[self._base(ref)].node)
            self.stage[ref] = max(self._slot(r) for r in used)
            self.ready[ref], self.pending[ref] = self.stage[ref] + 1, None
        elif isinstance(node, Reduce) and node.axis == BATCH:
            axes = [a for a in self.values[node.arg].axes if a != BATCH]
            if node.monoid != "sum" or len(axes) != 1:
                raise UnsupportedError(f"{self.p.name}: {node} over all rows")
            self._fold(ref, node.arg, _Space(frozenset([BATCH]), axes[0]))
            self.below[ref] = self.stage[ref]
            self.ready[ref], self.pending[ref] = self.stage[ref] + 1, None
        elif isinstance(node, Reduce):
            axes = [a for a in self.values[node.arg].axes if a != node.axis]
            self._fold(ref, node.arg, _Space(frozenset(axes), node.axis))
        elif isinstance(node, Map):
            self._map(ref, node)
        else:
            raise UnsupportedError(f"{self.p.name}: no step for {type(node).__name__}")

    def _slot(self, ref: Ref) -> int:
        """The stage after whose kernels the value lies in memory."""
        if isinstance(self.values[ref].node, OneHot) or self._is_free(ref) or self._is_made(ref):
            return self.ready[ref] - 1
        space = self.pending[ref]
        return self.ready[ref] + (space is not None and not self._fits(ref, space))

    def _fits(self, ref: Ref, space: _Space) -> bool:
        return frozenset(self.values[ref].axes) in (space.axes, space.batch)

    def _fold(self, ref: Ref, arg: Ref, space: _Space) -> None:
        apart = self.pending[arg] is not None and self.pending[arg] != space
        self.stage[ref] = self.ready[arg] + apart
        self.ready[ref], self.pending[ref] = self.stage[ref], space

    def _map(self, ref: Ref, node: Map) -> None:
        known = [a for a in node.args if not isinstance(self.values[a].node, Const)]
        if any(a in self.below for a in known):
            if not all(a in self.below for a in known):
                raise UnsupportedError(f"{self.p.name}: a sum over all rows meets more than constants")
            self.below[ref] = max(self.below[a] for a in known)
            self.ready[ref], self.pending[ref] = self.below[ref] + 1, None
            return
        ready = max((self.ready[a] for a in node.args), default=0)
        spaces = {s for a in node.args if self.ready[a] == ready and (s := self.pending[a]) is not None}
        space = next(iter(spaces), None)
        if len(spaces) > 1 or (space and not frozenset(self.values[ref].axes) <= space.axes):
            ready, space = ready + 1, None
        self.ready[ref], self.pending[ref] = ready, space

    # kernels

    def _wanted(self) -> Iterable[Ref]:
        """What must lie in memory: results, and factors of contractions."""
        found = dict.fromkeys(r for r in self.outputs if not self._is_made(r) and not self._is_free(r))
        for ref in range(len(self.values)):
            if self._is_made(ref):
                for used in operands(self.values[self._base(ref)].node):
                    if not (self._is_free(used) or self._is_made(used) or self._is_onehot(used)):
                        found[used] = None
        return found

    def _is_onehot(self, ref: Ref) -> bool:
        return isinstance(self.values[ref].node, OneHot)

    def _want(self, ref: Ref) -> None:
        """Lets a kernel write the value."""
        axes = frozenset(self.values[ref].axes)
        if ref in self.below:
            space: _Space | None = _Space(frozenset([BATCH]), self.values[ref].axes[0])
            stage = self.below[ref]
        else:
            space, stage = self.pending[ref], self._slot(ref)
            if space is not None and stage != self.ready[ref]:
                space = None
        same = [k for k in self.kernels if k.stage == stage]
        if space is None:
            fitting = [k for k in same if self._fits(ref, k.space)]
            if not fitting and not axes:
                raise UnsupportedError(f"{self.p.name}: v{ref} is one number made of arrays")
            last = self._layout(ref)[-1]
            space = fitting[0].space if fitting else _Space(axes - {last}, last)
        kernel = next((k for k in same if k.space == space), None)
        if kernel is None:
            kernel = _Kernel(stage, space)
            self.kernels.append(kernel)
        kernel.targets[ref] = None

    def _layout(self, ref: Ref) -> Axes:
        output = self.outputs.get(ref)
        return output.axes if output else tuple(sorted(self.values[ref].axes, key=self._order))

    def _order(self, axis: str) -> int:
        return self.rank[axis]

    def _inside(self, kernel: _Kernel) -> tuple[list[Ref], list[Ref]]:
        """What the kernel computes, and what it reads, in order."""
        inside: set[Ref] = set()
        read: set[Ref] = set()
        stack = list(kernel.targets)
        while stack:
            ref = stack.pop()
            if ref in inside or ref in read:
                continue
            if ref in self.numbers.inside or isinstance(self.values[ref].node, Const):
                inside.add(ref)
            elif self._lies_ready(ref, kernel):
                read.add(ref)
            else:
                inside.add(ref)
                stack.extend(operands(self.values[ref].node))
        return sorted(inside), sorted(read)

    def _lies_ready(self, ref: Ref, kernel: _Kernel) -> bool:
        node = self.values[ref].node
        if isinstance(node, Load) or self._is_made(ref) or self._is_onehot(ref):
            return True
        if isinstance(node, Place):
            return node.axis != kernel.space.row
        if isinstance(node, Reduce) and node.axis != BATCH:
            return self.stage[ref] != kernel.stage or self._space_of(ref) != kernel.space
        return any(ref in k.targets and k.stage < kernel.stage for k in self.kernels)

    def _space_of(self, ref: Ref) -> _Space:
        node = self.values[ref].node
        assert isinstance(node, Reduce)
        return _Space(frozenset(self.values[node.arg].axes) - {node.axis}, node.axis)

    def _reads(self, kernel: _Kernel) -> None:
        """Folds of earlier kernels that this one reads have to be written by them."""
        for ref in self._inside(kernel)[1]:
            node = self.values[ref].node
            if isinstance(node, Reduce) and node.axis != BATCH and not self._is_made(ref):
                space, stage = self._space_of(ref), self.stage[ref]
                assert stage < kernel.stage, f"{self.p.name}: v{ref} is read before it is there"
                owner = next((k for k in self.kernels if (k.stage, k.space) == (stage, space)), None)
                if owner is None:
                    owner = _Kernel(stage, space)
                    self.kernels.append(owner)
                owner.targets[ref] = None

    def _fused(self, kernel: _Kernel) -> Fused:
        space = kernel.space
        batch = tuple(sorted(space.batch, key=self._order))
        inside, read = self._inside(kernel)
        flat = self._is_flat(kernel, inside, read)
        names: dict[Ref, str] = {}
        arguments: list[Argument] = []
        reads: list[Read] = []
        wide: set[str] = set()
        for ref in read:
            where, kind = self._read(ref), self.values[ref].kind
            name = where.name.replace("'", "_").lstrip("@")
            while name in {a.name for a in arguments}:
                name += "_"
            own = self.values[ref].axes
            axes: Axes = (BATCH,) if flat or space.row not in own else (BATCH, space.row)
            axes = (space.row,) if own == (space.row,) and not flat and batch else axes
            arguments.append(Argument(name=name, kind=kind, axes=axes))
            names[ref] = name
            reads.append(where)
            wide |= {name} if self._is_wide(ref) else set()
        arguments += [Argument(name=n) for n in dict.fromkeys(self.numbers.names[r] for r in inside
                                                              if r in self.numbers.names)]  # fmt: skip
        b = Builder(f"{self.p.name}_{self.kernels_in_order().index(kernel) + 1}", arguments)
        new: dict[Ref, Ref] = {r: b.load(n) for r, n in names.items()}
        for ref in inside:
            if ref in self.numbers.names:
                new[ref] = b.load(self.numbers.names[ref])
            elif ref not in self.numbers.inside:
                new[ref] = b.add(_rebuilt(self.values[ref].node, new))
        outputs, writes = [], []
        for ref in kernel.targets:
            layout = self._written(ref, batch, space.row)
            name = self._name(ref)
            axes = tuple(dict.fromkeys(a if a == space.row and not flat else BATCH for a in layout)) or (
                BATCH,
            )
            axes = (space.row,) if ref in self.below else axes
            outputs.append(Output(name, axes, (new[ref],)))
            writes.append(Read(name, layout))
            wide |= {name} if self._is_wide(ref) else set()
        try:
            made = plan(b.finish(outputs))
        except IRError as error:
            raise UnsupportedError(f"{self.p.name}: {error}") from None
        kept = {a.name for a in made.program.arguments}
        assert kept == {a.name for a in arguments}
        return Fused(replace(made, wide=frozenset(wide)), batch, space.row, tuple(reads), tuple(writes))

    def kernels_in_order(self) -> list[_Kernel]:
        return sorted(self.kernels, key=lambda k: k.stage)

    def _is_flat(self, kernel: _Kernel, inside: list[Ref], read: list[Ref]) -> bool:
        """Whether every value varies over the whole space: the kernel is a function of one place."""
        full = kernel.space.axes
        plain = all(not isinstance(self.values[r].node, Reduce | Place | OneHot) for r in inside)
        return plain and all(frozenset(self.values[r].axes) == full for r in (*read, *kernel.targets))

    def _written(self, ref: Ref, batch: Axes, row: str) -> Axes:
        if ref in self.below:
            return (row,)
        return (*batch, row) if row in self.values[ref].axes else batch

    def _read(self, ref: Ref) -> Read:
        node = self.values[ref].node
        if isinstance(node, Load):
            return Read(node.argument, node.axes or self.p.argument(node.argument).axes)
        if isinstance(node, Place):
            return Read(f"@{node.axis}", (node.axis,))
        return Read(self._name(ref), self._memory(ref))

    def _memory(self, ref: Ref) -> Axes:
        """The axes of a value in memory, in their order there."""
        if self._is_made(ref):
            return self._made_layout(ref)
        kernel = next(k for k in self.kernels if ref in k.targets)
        batch = tuple(sorted(kernel.space.batch, key=self._order))
        return self._written(ref, batch, kernel.space.row)

    def _name(self, ref: Ref) -> str:
        return f"t{ref}"

    def _is_wide(self, ref: Ref) -> bool:
        """Whether a value in memory is kept in the type of sums: nothing but kernels reads it."""
        node = self.values[ref].node
        if isinstance(node, Load | Place) or ref in self.outputs or ref in self.lagged:
            return isinstance(node, Place)
        steps = Contract | Gather | Convolve | Correlate
        return not isinstance(node, Convolve | Correlate) and not any(
            isinstance(self.values[u].node, steps) for u in self.uses[ref]
        )

    # steps

    def _made_layout(self, ref: Ref) -> Axes:
        step = self._step(ref)
        return step.axes

    def _step(self, ref: Ref) -> Product | Pick | Scatter | Slide | Lags:
        scale = self.scaled[ref][1] if ref in self.scaled else ()
        node = self.values[self._base(ref)].node
        if isinstance(node, Convolve | Correlate):
            return self._sliding(ref, node)
        if isinstance(node, Gather):
            if not isinstance(self.values[node.arg].node, Load):
                raise UnsupportedError(f"{self.p.name}: rows are picked from a computed table")
            table = self._read(node.arg)
            rest = tuple(a for a in table.axes if a != node.axis)
            if table.axes[0] != node.axis or len(rest) != 1 or self.values[node.index].axes != (BATCH,):
                raise UnsupportedError(f"{self.p.name}: no step for {node}")
            return Pick(self._name(ref), (BATCH, *rest), table, self._read(node.index))
        assert isinstance(node, Contract)
        for place, value in (node.args, node.args[::-1]):
            onehot = self.values[place].node
            if isinstance(onehot, OneHot):
                rest = tuple(a for a in self.values[value].axes if a != BATCH)
                if node.axes != (BATCH,) or len(rest) != 1 or scale:
                    raise UnsupportedError(f"{self.p.name}: no step for {node}")
                index = self._read(onehot.index)
                return Scatter(self._name(ref), (onehot.axis, *rest), index, self._read(value))
        left, right = (self._read(a) for a in node.args)
        one, other = (self.values[a].axes for a in node.args)
        kept = [a for a in one if a in other and a not in node.axes]
        away = {*kept, *node.axes}
        own = [sorted((a for a in axes if a not in away), key=self._order) for axes in (one, other)]
        last = self._last(ref)
        first = [min(map(self._order, axes), default=0) for axes in own]
        if last in own[0] or (last not in own[1] and first[1] < first[0]):
            left, right, own = right, left, own[::-1]
        axes = (*sorted(kept, key=self._order), *own[0], *own[1])
        return Product(self._name(ref), axes, left, right, node.axes, scale, self._is_wide(ref))

    def _sliding(self, ref: Ref, node: Convolve | Correlate) -> Slide | Lags:
        place = node.axis if isinstance(node, Convolve) else node.axes[0]
        axes = self.values[ref].axes
        if not set(axes) <= {BATCH, place}:
            raise UnsupportedError(f"{self.p.name}: no step for {node}")
        values, taps = (self._read(r) for r in node.args)
        if ref in self.lagged:
            return Lags(self._name(ref), axes, values, taps)
        return Slide(self._name(ref), axes, values, taps, turned=isinstance(node, Convolve))

    def _last(self, ref: Ref) -> str:
        """The axis along which the value is read: it should lie closest together."""
        if ref in self.outputs:
            return self.outputs[ref].axes[-1]
        for kernel in self.kernels_in_order():
            if ref in self._inside(kernel)[1] and kernel.space.row in self.values[ref].axes:
                return kernel.space.row
        return ""

    def _ordered(self, fused: Mapping[int, list[Fused]]) -> TensorPlan:
        steps: list[Step] = []
        made = [r for r in range(len(self.values)) if self._is_made(r) and self._is_needed(r)]
        for stage in range(-1, max([*fused, *self.stage.values(), 0]) + 1):
            steps += fused.get(stage, [])
            steps += [self._step(r) for r in made if self.stage[r] == stage]
        results = tuple(
            self._read(o.values[0]) if not self._is_free(o.values[0]) else self._refuse(o)
            for o in self.p.outputs
        )
        return TensorPlan(self.p, self.numbers, tuple(steps), results)

    def _is_needed(self, ref: Ref) -> bool:
        """Not what is inside of another step."""
        return ref not in self.lagged.values() and not any(
            ref == base
            or (ref in self.scaled and u in self.scaled and self.scaled[u][0] == self.scaled[ref][0])
            for u in self.uses[ref]
            for base in ([self.scaled[u][0]] if u in self.scaled else [])
        )

    def _refuse(self, output: Output) -> Read:
        raise UnsupportedError(f"{self.p.name}: {output.name} is computed by nothing")


def _rebuilt(node: Node, new: Mapping[Ref, Ref]) -> Node:
    return with_operands(node, tuple(new[r] for r in operands(node)))
