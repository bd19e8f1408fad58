"""Statements for programs over several axes: arrays with named axes, contractions, blocks of one axis.

Every value is an array of its axes in some storage order (its *layout*), the leading ("*") axes first.
Operands of a map are aligned by name, as views.  Where a program holds a matrix over two axes that is
neither given nor asked for (the weights of attention), the body works on a block of one of them at a
time: results that vary along it are written block by block, the others are summed over the blocks.  Where
the other axis is that of a softmax, two more bodies do without whole rows (``codegen.numpy.tiles``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from codegen.ir import (
    BATCH,
    Const,
    Contract,
    Convolve,
    Correlate,
    Gather,
    Load,
    Map,
    OneHot,
    Output,
    Place,
    Program,
    Reduce,
    Ref,
    Rename,
    Size,
    length_of,
)
from codegen.numpy.forms import branch_free, number_values
from codegen.numpy.groups import absorbed, masks, origins
from codegen.numpy.spelling import COMPARISONS, NUMBER_CALLS, UFUNCS
from codegen.numpy.tensor_blocks import Blocks, blocks, sums_only
from codegen.numpy.tiles import tiled
from codegen.passes.contract import contractions
from codegen.passes.convolutions import convolutions
from codegen.targets import UnsupportedError

Layout = tuple[str, ...]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class TensorBody:
    """Statements of one block.  ``inputs`` are (argument, the axes under which it is read) by parameter,
    ``results`` the axes of those that are written, ``outputs`` their names in the program,
    ``places`` the axes whose places the body gets, ``returned`` what it returns instead of results,
    ``rooms`` parameters that hold memory for values over several axes."""

    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    inputs: dict[str, tuple[str, Layout]] = field(default_factory=dict)
    results: dict[str, Layout] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    constants: list[tuple[str, float]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TileBodies:
    """The bodies for tiles of ``axis`` by name: "fold" returns the ``state``, "again" runs for each tile once
    more, "finish" once.  ``relative``: the sums that are taken from the origin; ``sums``: the results that
    bodies add to; ``beside``: axes that a tile has whole."""

    axis: str
    state: tuple[str, ...]
    bodies: Mapping[str, TensorBody]
    relative: tuple[str, ...]
    sums: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True)
class TensorBodies:
    """The body of a program over several axes, on whole rows of its blocks, and those for tiles."""

    body: TensorBody
    blocks: Blocks
    tiles: TileBodies | None = None


def schedule_tensor(program: Program) -> TensorBodies:
    """The statements of ``program``."""
    found = blocks(joined := contractions(convolutions(program)))
    body = _body(joined, found.sums, in_blocks=bool(found.axis))
    return TensorBodies(body, found, _tiles(program, found))


def _body(
    program: Program, sums: tuple[str, ...] = (), *, returns: bool = False, in_blocks: bool = True
) -> TensorBody:
    return _Tensors(branch_free(program), sums, returns, in_blocks).run()


def _tiles(program: Program, whole: Blocks) -> TileBodies | None:
    if not whole.axis or any(a.is_scalar for a in program.arguments):
        return None
    tiles = tiled(program, whole.axis)
    if tiles is None or (tiles.again is not None and not sums_only(tiles.again, tiles.axis)):
        return None
    every = tiles.again.outputs if tiles.again is not None else ()
    sums = (*whole.sums, *(o.name for o in every if tiles.axis not in o.axes and o.name not in whole.sums))
    parts = {"again": tiles.again, "finish": tiles.finish}
    top = tiles.fold.outputs[0]
    return TileBodies(
        tiles.axis,
        tuple(o.name for o in tiles.fold.outputs),
        {"fold": _body(contractions(tiles.fold), returns=True)}
        | {word: _body(contractions(p), sums) for word, p in parts.items() if p is not None},
        tiles.relative,
        sums,
        tuple(a for a in top.axes if a not in (BATCH, whole.axis)),
    )


def identifier(axis: str) -> str:
    """An axis as part of a Python name: "n'" is "n_"."""
    return axis.replace("'", "_")


class _Tensors:
    def __init__(self, program: Program, sums: tuple[str, ...], returns: bool, in_blocks: bool) -> None:
        self.p = program
        self.sums = sums
        self.returns = returns
        self.body = TensorBody()
        self.names: dict[Ref, str] = {}
        self.layout: dict[Ref, Layout] = {}
        self.uses = program.uses()
        self.owned: set[Ref] = set()  # values in arrays of our own, which may be overwritten
        self.numbers = number_values(program)
        self.results = {o.values[0]: o for o in program.outputs}
        self.origins, self.masks = origins(program), masks(program)
        self.absorbed = absorbed(program, self.origins | {r: (x,) for r, (x, _, _) in self.masks.items()})
        self.in_blocks = in_blocks
        self.room_of: dict[str, str] = {}
        axes = [BATCH, *program.row_axes]
        axes += [a for o in program.outputs for a in o.axes if a not in axes]
        letters = iter(LETTERS)
        self.letters = {a: "*" if a == BATCH else next(letters) for a in dict.fromkeys(axes)}
        self.last = {r: max(u, default=r) for r, u in enumerate(self.uses)}
        self.last |= dict.fromkeys(self.results, len(program.values))
        for r, given in self.origins.items():
            self.last |= {a: max(r, self.last[a]) for a in given}

    def run(self) -> TensorBody:
        body = self.body
        self._numbers()
        for o in () if self.returns else self.p.outputs:
            body.results[self._result(o)] = o.axes
            body.outputs.append(o.name)
        for r, value in enumerate(self.p.values):
            wanted = r not in self.numbers and r not in self.absorbed
            if wanted and (self.uses[r] or r in self.results):
                self._statement(r, value.node)
        if self.returns:
            body.returned = [self._own_copy(o) for o in self.p.outputs]
        for (name, axes), o in zip(body.results.items(), self.p.outputs, strict=False):
            ref = o.values[0]
            if o.name in self.sums:
                self._emit(f"np.add({name}, {self._as(ref, axes)}, {name})")
            elif self.names[ref] != name:
                self._emit(f"np.copyto({name}, {self._as(ref, axes)})")
        text = "\n".join(body.lines)
        body.constants = [(n, v) for n, v in body.constants if re.search(rf"\b{n}\b", text)]
        return body

    # statements

    def _numbers(self) -> None:
        for r in sorted(self.numbers):
            node = self.p.values[r].node
            if isinstance(node, Load):
                self.names[r] = node.argument
            elif isinstance(node, Map):
                self.names[r] = f"k{len(self.body.numbers)}"
                args = [
                    repr(inner.value) if isinstance(inner := self.p.values[a].node, Const) else self.names[a]
                    for a in node.args
                ]
                call = NUMBER_CALLS.get(node.op) or f"np.{UFUNCS[node.op]}({{}})"
                self.body.numbers.append(f"{self.names[r]} = {call.format(', '.join(args))}")
            self.layout[r] = ()
        if self.body.numbers:
            needed = [r for r in sorted(self.numbers) if any(u not in self.numbers for u in self.uses[r])]
            self.body.given = list(dict.fromkeys(self.names[r] for r in needed))
        else:
            self.body.given = [a.name for a in self.p.arguments if a.is_scalar]

    def _own_copy(self, output: Output) -> str:
        """What is returned, apart from memory that the next call writes to."""
        found = self._as(output.values[0], output.axes)
        return f"{found}.copy()" if self.names[output.values[0]] in self.room_of else found

    def _room(self, ref: Ref) -> str:
        """A room for the new array of ``ref``, in which nothing is that will be needed; "" if it is small."""
        if not self.in_blocks or sum(a != BATCH for a in self.layout[ref]) < 2:
            return ""
        live = {n for r, n in self.names.items() if r != ref and self.last[r] >= ref}
        taken = {room for name, room in self.room_of.items() if name in live}
        room = next(r for r in (f"room{i}" for i in range(len(taken) + 1)) if r not in taken)
        if room not in self.body.rooms:
            self.body.rooms.append(room)
        self.room_of[self.names[ref]] = room
        return room

    def _result(self, output: Output) -> str:
        return "out" if len(self.p.outputs) == 1 else f"{output.name}_result"

    def _emit(self, line: str) -> None:
        self.body.lines.append(line)

    def _new(self, ref: Ref, layout: Layout) -> str:
        """The name of a new array: the result itself where the value is one and lies as it does."""
        output = None if self.returns else self.results.get(ref)
        self.layout[ref] = layout
        if output is not None and output.name not in self.sums and layout == output.axes:
            name = self._result(output)
            if name not in self.names.values():
                self.names[ref] = name
                return name
        self.names[ref] = f"t{ref}"
        self.owned.add(ref)
        return self.names[ref]

    def _statement(self, ref: Ref, node: object) -> None:
        if ref in self.origins:
            self._origin(ref, *self.origins[ref])
            return
        if ref in self.masks:
            self._mask(ref, *self.masks[ref])
            return
        match node:
            case Const(value=value):
                self.names[ref], self.layout[ref] = self._constant(value), ()
            case Size(axis=axis):
                self.names[ref], self.layout[ref] = self._size(axis), ()
            case Load(argument=argument, axes=axes):
                own = axes or self.p.argument(argument).axes
                self._load(ref, argument, own)
            case Place(axis=axis):
                self.names[ref], self.layout[ref] = self._at(axis), (axis,)
            case Rename(arg=arg, names=names):
                new = dict(names)
                self.names[ref] = self.names[arg]
                self.layout[ref] = tuple(new.get(a, a) for a in self.layout[arg])
            case Contract():
                self._contract(ref, node)
            case Reduce():
                self._reduce(ref, node)
            case Convolve() | Correlate():
                self._convolution(ref, node)
            case Gather(arg=arg, index=index, axis=axis):
                at = -(len(self.layout[arg]) - self.layout[arg].index(axis))
                rest = tuple(a for a in self.layout[arg] if a != axis)
                if BATCH in rest or self.layout[index] != (BATCH,):
                    raise UnsupportedError(f"{self.p.name}: no NumPy statement for {node}")
                self.names[ref] = f"t{ref}"
                self.layout[ref] = (BATCH, *rest)
                self.owned.add(ref)
                name = self._new(ref, (BATCH, *rest))
                out = f', {name}, "clip"' if name.startswith("out") else ""
                left = "" if out else f"{name} = "
                self._emit(f"{left}{self.names[arg]}.take({self.names[index]}, {at}{out})")
            case OneHot(index=index):
                self.names[ref], self.layout[ref] = f"onehot of {self.names[index]}", (BATCH, node.axis)
            case Map():
                self._map(ref, node)
            case _:
                raise UnsupportedError(f"{self.p.name}: no NumPy statement for {node}")

    def _constant(self, number: float) -> str:
        for name, known in self.body.constants:
            if known == number and math.copysign(1, known) == math.copysign(1, number):
                return name
        words = {
            0.0: "zero",
            1.0: "one",
            2.0: "two",
            0.5: "half",
            math.inf: "infinity",
            -math.inf: "minus_infinity",
        }
        name = words.get(number) or f"c{len(self.body.constants)}"
        self.body.constants.append((name, number))
        return name

    def _load(self, ref: Ref, argument: str, axes: Layout) -> None:
        name = argument
        while name in self.body.inputs and self.body.inputs[name] != (argument, axes):
            name += "_"
        self.body.inputs[name] = (argument, axes)
        double = len(set(axes)) < len(axes)
        self.names[ref] = f"tn.diagonal({name})" if double else name
        self.layout[ref] = tuple(dict.fromkeys(axes))

    def _size(self, axis: str) -> str:
        for r, layout in self.layout.items():
            if axis in layout and self.names[r].isidentifier():
                at = layout.index(axis) - len(layout)
                return f"tn.size({self.names[r]}, {at})"
        for a in self.p.arguments:
            for position, name in enumerate(a.axes):
                if length_of(name) == length_of(axis):
                    if a.name not in self.body.inputs:
                        self.body.inputs[a.name] = (a.name, a.axes)
                    return f"tn.size({a.name}, {position - len(a.axes)})"
        raise UnsupportedError(f"{self.p.name}: nothing has the axis {axis}")

    def _spec(self, layout: Layout) -> str:
        return "".join(self.letters[a] for a in layout)

    def _contract(self, ref: Ref, node: Contract) -> None:
        if self._scatter(ref, node):
            return
        one, other = sorted(node.args, key=lambda r: min(map(self._rank, self._own(node, r)), default=99))
        a, b = self.layout[one], self.layout[other]
        kept = [x for x in a if x in b and x not in node.axes]
        layout = (*kept, *(x for x in a if x not in b), *(x for x in b if x not in a))
        output = self._destination(ref)
        turned = (*kept, *(x for x in b if x not in a), *(x for x in a if x not in b))
        if output is not None and output.axes == turned != layout:
            one, other, a, b, layout = other, one, b, a, turned
        layout = tuple(sorted(layout, key=lambda x: x != BATCH))
        name = self._new(ref, layout)
        out = f", {name}" if not name.startswith("t") or not name[1:].isdigit() else ""
        left = "" if out else f"{name} = "
        if not out and (room := self._room(ref)):
            out = f", room={room}"
        spec = f"{self._spec(a)},{self._spec(b)}->{self._spec(layout)}"
        self._emit(f'{left}tn.contract("{spec}", {self.names[one]}, {self.names[other]}{out})')

    def _destination(self, ref: Ref) -> Output | None:
        """The result that the value becomes entry by entry."""
        while ref not in self.results:
            (use, *others) = self.uses[ref] or (ref,)
            if others or use == ref or set(self.p.values[use].axes) != set(self.p.values[ref].axes):
                return None
            ref = use
        return self.results[ref]

    def _convolution(self, ref: Ref, node: Convolve | Correlate) -> None:
        one, other = node.args
        last = node.axis if isinstance(node, Convolve) else node.axes[0]
        leading = (BATCH,) if BATCH in (*self.layout[one], *self.layout[other]) else ()
        name = self._new(ref, (*leading, last))
        call = "convolve" if isinstance(node, Convolve) else "correlate"
        self._emit(
            f"{name} = tn.{call}({self.names[one]}, {self.names[other]})"
            if name == f"t{ref}"
            else f"np.copyto({name}, tn.{call}({self.names[one]}, {self.names[other]}))"
        )

    def _own(self, node: Contract, ref: Ref) -> list[str]:
        """The axes of an operand that the other one lacks."""
        other = next((a for a in node.args if a != ref), ref)
        return [x for x in self.layout[ref] if x not in self.layout[other]]

    def _rank(self, axis: str) -> int:
        """Rows of a product are axes that stand early in the results: what is written lies as it must."""
        order = [a for o in self.p.outputs for a in o.axes]
        return order.index(axis) if axis in order else 98

    def _scatter(self, ref: Ref, node: Contract) -> bool:
        """The sum over rows of onehot times a value: rows are added where the index says."""
        for place, value in (node.args, node.args[::-1]):
            onehot = self.p.values[place].node
            if isinstance(onehot, OneHot) and node.axes == (BATCH,):
                rest = tuple(a for a in self.layout[value] if a != BATCH)
                size = self._size(onehot.axis)
                name = self._new(ref, (onehot.axis, *rest))
                out = "" if name.startswith("t") and name[1:].isdigit() else f", {name}"
                left = "" if out else f"{name} = "
                index = self.names[onehot.index]
                self._emit(f"{left}tn.scatter({index}, {self.names[value]}, {size}{out})")
                return True
        return False

    def _reduce(self, ref: Ref, node: Reduce) -> None:
        layout = self.layout[node.arg]
        rest = tuple(a for a in layout if a != node.axis)
        arg = self.names[node.arg]
        if node.axis == BATCH:
            self.layout[ref], self.names[ref] = rest, f"t{ref}"
            self.owned.add(ref)
            self._emit(f"t{ref} = tn.sum_leading({arg}, {len(rest)})")
            return
        at = layout.index(node.axis) - len(layout)
        match node.monoid, node.component:
            case "sum", _:
                name = self._new(ref, rest)
                self._emit(
                    f"t{ref} = np.add.reduce({arg}, axis={at})"
                    if name == f"t{ref}"
                    else f"np.add.reduce({arg}, axis={at}, out={name})"
                )
            case "max", _:
                self.layout[ref], self.names[ref] = rest, f"t{ref}"
                self.owned.add(ref)
                self._emit(f"t{ref} = np.maximum.reduce({arg}, axis={at}, initial=-np.inf)")
            case _:
                raise UnsupportedError(f"{self.p.name}: no NumPy statement for {node}")

    def _as(self, ref: Ref, target: Layout) -> str:
        """The value as an operand that broadcasts with arrays of layout ``target``."""
        name, layout = self.names[ref], self.layout[ref]
        if layout == target or not layout:
            return name
        order = [a for a in target if a in layout]
        if order != list(layout):
            steps = [layout.index(a) - len(layout) for a in order if a != BATCH]
            name = f"tn.arranged({name}, {tuple(steps)})"
        inner = [a for a in target if a != BATCH]
        if all(a in layout for a in inner):
            return name
        if BATCH in layout or BATCH not in target:
            missing = [":" if a in layout else "None" for a in inner]
            return f"{name}[{', '.join(['...', *missing] if BATCH in layout else missing)}]"
        kept = inner[inner.index(order[0]) :]  # numpy adds axes on the left by itself
        missing = [":" if a in layout else "None" for a in kept]
        return f"{name}[{', '.join(missing)}]" if "None" in missing else name

    def _map(self, ref: Ref, node: Map) -> None:
        widest = max(node.args, key=lambda a: len(self.layout[a]))
        layout = list(self.layout[widest])
        for a in node.args:
            layout += [x for x in self.layout[a] if x not in layout]
        target = tuple(sorted(layout, key=lambda x: x != BATCH))
        args = [self._as(a, target) for a in node.args]
        spare = next((a for a in node.args if self._may_overwrite(a, ref, target)), None)
        if node.op in COMPARISONS:
            self.names[ref], self.layout[ref] = f"t{ref}", target
            self._emit(f"t{ref} = np.{COMPARISONS[node.op]}({', '.join(args)})")
            return
        if node.op == "select":
            self.names[ref], self.layout[ref] = f"t{ref}", target
            self.owned.add(ref)
            self._emit(f"t{ref} = np.where({', '.join(args)})")
            return
        if node.op == "finite_or_zero":
            self.names[ref], self.layout[ref] = f"t{ref}", target
            self.owned.add(ref)
            self._emit(f"t{ref} = rt.finite_or_zero({args[0]})")
            return
        if node.op not in UFUNCS:
            raise UnsupportedError(f"{self.p.name}: no NumPy statement for {node}")
        name = self._new(ref, target)
        mine = name.startswith("t") and name[1:].isdigit()
        function = f"np.{UFUNCS[node.op]}"
        if not mine:
            self._emit(f"{function}({', '.join(args)}, out={name})")
        elif spare is not None:
            self.names[ref] = self.names[spare]
            self._emit(f"{function}({', '.join(args)}, out={self.names[ref]})")
        else:
            like = next((a for a in node.args if self.layout[a] == target), None)
            room = "" if like is None else self._room(ref)
            place = f", out=tn.in_room({room}, {self.names[like]})" if room and like is not None else ""
            self._emit(f"{name} = {function}({', '.join(args)}{place})")

    def _origin(self, ref: Ref, e: Ref, g: Ref, total: Ref) -> None:
        """The entries of ``g`` at the largest ``e``, along the axis that the sum of ``e`` lacks."""
        along = [a for a in self.layout[e] if a not in self.layout[total]]
        rows = tuple(a for a in self.layout[e] if a not in along)
        if len(along) != 1 or set(self.layout[g]) != {*rows, *along}:
            raise UnsupportedError(f"{self.p.name}: no NumPy statement for {self.p.values[ref].node}")
        args = [*(self._as(x, (*rows, *along)) for x in (e, g)), self._as(total, rows)]
        self.names[ref], self.layout[ref] = f"t{ref}", rows
        self.owned.add(ref)
        self._emit(f"t{ref} = rt.at_largest({', '.join(args)})")

    def _mask(self, ref: Ref, x: Ref, columns: str, rows: str) -> None:
        """-inf at places of ``columns`` beyond those of ``rows``."""
        layout = self.layout[x]
        target = (*(a for a in layout if a not in (rows, columns)), rows, columns)
        spare = layout == target and self._may_overwrite(x, ref, target)
        self.names[ref], self.layout[ref] = self.names[x] if spare else f"t{ref}", target
        self.owned.add(ref)
        given = self.names[x] if spare else f"np.array({self._as(x, target)})"
        left = "" if spare else f"{self.names[ref]} = "
        self._emit(f"{left}tn.mask_beyond({given}, {self._at(columns)}, {self._at(rows)})")

    def _at(self, axis: str) -> str:
        """The parameter that holds the places of ``axis``."""
        if axis not in self.body.places:
            self.body.places.append(axis)
        return f"at_{identifier(axis)}"

    def _may_overwrite(self, ref: Ref, user: Ref, target: Layout) -> bool:
        """Whether ``user`` may write into the array of ``ref``, which nothing needs afterwards."""
        if not any(a != BATCH for a in target):  # perhaps a single number, which NumPy gives as no array
            return False
        mine = ref in self.owned and ref not in self.results
        return mine and self.last[ref] == user and self.layout[ref] == target
