"""Statements for programs over several axes: arrays with named axes, contractions, blocks of one axis.

Every value is an array of its axes in some storage order (its *layout*), the leading ("*") axes first.
Operands of a map are aligned by name, as views.  Where a program holds a matrix over two axes that is
neither given nor asked for (the weights of attention), the body works on a block of one of them at a
time: results that vary along it are written block by block, the others are summed over the blocks.
"""

from __future__ import annotations

import math
import re
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
    Place,
    Program,
    Reduce,
    Ref,
    Rename,
    Size,
    length_of,
    operands,
)
from codegen.numpy.forms import branch_free, number_values
from codegen.numpy.spelling import COMPARISONS, NUMBER_CALLS, UFUNCS
from codegen.passes.contract import contractions
from codegen.passes.convolutions import convolutions
from codegen.targets import UnsupportedError

Layout = tuple[str, ...]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class TensorBody:
    """Statements of one block.  ``inputs`` are (argument, the axes under which it is read) by parameter,
    ``places`` the axes whose places the body gets, ``block`` the axis of the blocks, ``limit`` an axis of
    which a block needs the first entries only (a causal mask), ``sums`` the results summed over blocks."""

    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    inputs: dict[str, tuple[str, Layout]] = field(default_factory=dict)
    results: dict[str, Layout] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    constants: list[tuple[str, float]] = field(default_factory=list)
    block: str = ""
    limit: str = ""
    sums: tuple[str, ...] = ()


def schedule_tensor(program: Program) -> TensorBody:
    """The statements of ``program``."""
    return _Tensors(branch_free(contractions(convolutions(program)))).run()


def identifier(axis: str) -> str:
    """An axis as part of a Python name: "n'" is "n_"."""
    return axis.replace("'", "_")


class _Tensors:
    def __init__(self, program: Program) -> None:
        self.p = program
        self.body = TensorBody()
        self.names: dict[Ref, str] = {}
        self.layout: dict[Ref, Layout] = {}
        self.uses = program.uses()
        self.owned: set[Ref] = set()  # values in arrays of our own, which may be overwritten
        self.numbers = number_values(program)
        self.results = {o.values[0]: o for o in program.outputs}
        axes = [BATCH, *program.row_axes]
        axes += [a for o in program.outputs for a in o.axes if a not in axes]
        letters = iter(LETTERS)
        self.letters = {a: "*" if a == BATCH else next(letters) for a in dict.fromkeys(axes)}
        self.last = {r: max(u, default=r) for r, u in enumerate(self.uses)}

    def run(self) -> TensorBody:
        body = self.body
        body.block, body.sums = self._block()
        if body.block:
            body.limit = self._limit()
        self._numbers()
        for o in self.p.outputs:
            single = len(self.p.outputs) == 1
            body.results["out" if single else f"{o.name}_result"] = o.axes
        for r, value in enumerate(self.p.values):
            if r not in self.numbers and (self.uses[r] or r in self.results):
                self._statement(r, value.node)
        for (name, axes), o in zip(body.results.items(), self.p.outputs, strict=True):
            ref = o.values[0]
            if o.name in body.sums:
                self._emit(f"np.add({name}, {self._as(ref, axes)}, {name})")
            elif self.names[ref] != name:
                self._emit(f"np.copyto({name}, {self._as(ref, axes)})")
        text = "\n".join(body.lines)
        body.constants = [(n, v) for n, v in body.constants if re.search(rf"\b{n}\b", text)]
        return body

    # blocks

    def _block(self) -> tuple[str, tuple[str, ...]]:
        given = {r for r, v in enumerate(self.p.values) if isinstance(v.node, Load | Const | Size | Place)}
        inner = [
            set(v.axes) - {BATCH}
            for r, v in enumerate(self.p.values)
            if r not in given and r not in self.results and len(set(v.axes) - {BATCH}) > 1
        ]
        wide = [axes for axes in inner if not any(axes <= set(o.axes) for o in self.p.outputs)]
        wide = [axes for axes in wide if not any(axes <= set(a.axes) for a in self.p.arguments)]
        if any(isinstance(v.node, Rename) for v in self.p.values):
            return "", ()
        axes_ = dict.fromkeys(a for o in self.p.outputs for a in o.axes if a != BATCH)
        for axis in sorted(axes_, key=lambda x: sum(x in a.axes for a in self.p.arguments)):
            if any(axis in axes for axes in wide) and self._sums_only(axis) and self._sums_only(BATCH):
                sums = tuple(o.name for o in self.p.outputs if axis not in o.axes or BATCH not in o.axes)
                return axis, sums
        return "", ()

    def _sums_only(self, axis: str) -> bool:
        """Whether what is folded along ``axis`` is summed, and goes to results by linear steps alone."""
        additive: set[Ref] = set()
        for r, value in enumerate(self.p.values):
            node = value.node
            inside = [a for a in operands(node) if a in additive]
            folds = (isinstance(node, Reduce) and node.axis == axis) or (
                isinstance(node, Contract) and axis in node.axes
            )
            if folds:
                if inside or (isinstance(node, Reduce) and node.monoid != "sum"):
                    return False
                additive.add(r)
            elif inside:
                linear = isinstance(node, Rename | Reduce) or (
                    isinstance(node, Map)
                    and (
                        node.op == "neg"
                        or (node.op in ("add", "sub") and len(inside) == len(node.args))
                        or (node.op == "mul" and len(inside) == 1)
                        or (node.op == "div" and inside == [node.args[0]])
                    )
                    and not any(axis in self.p.values[a].axes for a in node.args if a not in inside)
                )
                if not linear or (isinstance(node, Reduce) and node.monoid != "sum"):
                    return False
                additive.add(r)
        return all(o.values[0] in additive for o in self.p.outputs if axis not in o.axes)

    def _limit(self) -> str:
        """The axis of which places beyond the block's own contribute nothing, by a mask of -inf."""
        block = self.body.block
        for axis in self.p.row_axes:
            if length_of(axis) != length_of(block) or axis == block:
                continue
            kind: dict[Ref, str] = {}
            for r, value in enumerate(self.p.values):
                kind[r] = self._masked_kind(r, axis, block, kind)
                node = value.node
                along = (isinstance(node, Reduce) and node.axis == axis) or (
                    isinstance(node, Contract) and axis in node.axes
                )
                if along:
                    least = isinstance(node, Reduce) and node.monoid == "max"
                    wanted = "-inf" if least else "zero"
                    if not any(kind[a] == wanted for a in operands(node)):
                        break
            else:
                outputs = [o for o in self.p.outputs if axis in o.axes]
                if "-inf" in kind.values() and all(o.name in self.body.sums for o in outputs):
                    return axis
        return ""

    def _masked_kind(self, ref: Ref, axis: str, block: str, kind: dict[Ref, str]) -> str:
        """ "-inf" or "zero" if the value is that at every masked place."""
        node = self.p.values[ref].node
        if not isinstance(node, Map):
            return ""
        if node.op == "select" and self._is_causal(node.args[0], axis, block):
            other = self.p.values[node.args[2]].node
            if isinstance(other, Const):
                return "-inf" if other.value == -math.inf else "zero" if other.value == 0 else ""
        first = kind.get(node.args[0], "")
        if node.op == "add" and "-inf" in [kind.get(a, "") for a in node.args]:
            return "-inf"
        if node.op == "sub" and first == "-inf" and axis not in self.p.values[node.args[1]].axes:
            return "-inf"
        if node.op == "exp" and first == "-inf":
            return "zero"
        if node.op == "mul" and "zero" in [kind.get(a, "") for a in node.args]:
            return "zero"
        if node.op in ("div", "neg") and first == "zero":
            return "zero"
        if node.op in ("add", "sub") and all(kind.get(a, "") == "zero" for a in node.args):
            return "zero"
        if self._is_causal(ref, axis, block):
            return "zero"
        return ""

    def _is_causal(self, ref: Ref, axis: str, block: str) -> bool:
        node = self.p.values[ref].node
        if not (isinstance(node, Map) and node.op == "le"):
            return False
        return [self.p.values[a].node for a in node.args] == [Place(axis), Place(block)]

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

    def _emit(self, line: str) -> None:
        self.body.lines.append(line)

    def _new(self, ref: Ref, layout: Layout) -> str:
        """The name of a new array: the result itself where the value is one and lies as it does."""
        output = self.results.get(ref)
        self.layout[ref] = layout
        if output is not None and output.name not in self.body.sums and layout == output.axes:
            name = "out" if len(self.p.outputs) == 1 else f"{output.name}_result"
            if name not in self.names.values():
                self.names[ref] = name
                return name
        self.names[ref] = f"t{ref}"
        self.owned.add(ref)
        return self.names[ref]

    def _statement(self, ref: Ref, node: object) -> None:
        match node:
            case Const(value=value):
                self.names[ref], self.layout[ref] = self._constant(value), ()
            case Size(axis=axis):
                self.names[ref], self.layout[ref] = self._size(axis), ()
            case Load(argument=argument, axes=axes):
                own = axes or self.p.argument(argument).axes
                self._load(ref, argument, own)
            case Place(axis=axis):
                if axis not in self.body.places:
                    self.body.places.append(axis)
                self.names[ref], self.layout[ref] = f"at_{identifier(axis)}", (axis,)
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
                out = f", out={name}" if name.startswith("out") else ""
                left = "" if out else f"{name} = "
                mode = ', mode="clip"' if out else ""
                self._emit(f"{left}np.take({self.names[arg]}, {self.names[index]}, {at}{out}{mode})")
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
        output = self.results.get(ref)
        turned = (*kept, *(x for x in b if x not in a), *(x for x in a if x not in b))
        if output is not None and output.axes == turned != layout:
            one, other, a, b, layout = other, one, b, a, turned
        layout = tuple(sorted(layout, key=lambda x: x != BATCH))
        name = self._new(ref, layout)
        out = f", {name}" if not name.startswith("t") or not name[1:].isdigit() else ""
        left = "" if out else f"{name} = "
        spec = f"{self._spec(a)},{self._spec(b)}->{self._spec(layout)}"
        self._emit(f'{left}tn.contract("{spec}", {self.names[one]}, {self.names[other]}{out})')

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
        self.layout[ref] = rest
        self.names[ref] = f"t{ref}"
        self.owned.add(ref)
        if node.axis == BATCH:
            self._emit(f"t{ref} = tn.sum_leading({arg}, {len(rest)})")
            return
        at = layout.index(node.axis) - len(layout)
        match node.monoid, node.component:
            case "sum", _:
                self._emit(f"t{ref} = np.add.reduce({arg}, axis={at})")
            case "max", _:
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
            self._emit(f"{name} = {function}({', '.join(args)})")

    def _may_overwrite(self, ref: Ref, user: Ref, target: Layout) -> bool:
        """Whether ``user`` may write into the array of ``ref``, which nothing needs afterwards."""
        if not any(a != BATCH for a in target):  # perhaps a single number, which NumPy gives as no array
            return False
        mine = ref in self.owned and ref not in self.results
        return mine and self.last[ref] == user and self.layout[ref] == target
