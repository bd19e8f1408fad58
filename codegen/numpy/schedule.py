"""From a realised program to ufunc statements: branch-free forms, tables, buffers, order.

The result is a ``Body``: lines of code, the names it needs, and how much scratch it takes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from codegen.ir import (
    BATCH,
    Const,
    Gather,
    Load,
    Map,
    Output,
    Program,
    Reduce,
    Ref,
    Size,
    operands,
)
from codegen.numpy.forms import number_values, suited, sums_first
from codegen.numpy.fusions import Fusion, dependencies, fusions
from codegen.numpy.spelling import COMPARISONS, NUMBER_CALLS, SPECIAL, TABLES, UFUNCS, WORDS
from codegen.numpy.unshift import by_largest
from codegen.passes.vanishing import zero_wins
from codegen.targets import UnsupportedError


@dataclass
class Body:
    """Statements of one block.  ``tables`` and ``numbers`` are statements run once, before the blocks:
    ``numbers`` compute the scalars ``given`` to the body from the scalar arguments, in double precision."""

    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    table_of: tuple[str, ...] = ()
    inputs: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    scratch: list[str] = field(default_factory=list)
    constants: list[tuple[str, float]] = field(default_factory=list)


def schedule(program: Program, *, watched: bool = False) -> Body:
    """The statements of ``program``; ``watched`` ones run where a floating-point flag starts another body,
    the others hold for every input."""
    found = suited(by_largest(program))
    return _Scheduler(found if watched else sums_first(zero_wins(found)), watched).run()


def needs_care(program: Program) -> bool:
    """Whether statements that hold for every input cost more than watched ones."""
    found = suited(by_largest(program))
    rest = any(isinstance(v.node, Reduce) and v.node.monoid == "max_rest" for v in program.values)
    return rest or zero_wins(found).values != found.values


class _Scheduler:
    def __init__(self, program: Program, watched: bool) -> None:
        self.p = program
        self.watched = watched
        self.rows = bool(program.row_axes)
        self.body = Body()
        self.names: dict[Ref, str] = {}
        self.fused = fusions(program)
        self.absorbed = {a for f in self.fused.values() for a in f.absorbed}
        self.needs = dependencies(program, self.fused)
        self.uses: list[list[Ref]] = [[] for _ in program.values]
        for r, needed in enumerate(self.needs):
            for operand in needed:
                self.uses[operand].append(r)
        self.last = {r: max(u, default=r) for r, u in enumerate(self.uses)}
        for output in program.outputs:
            for r in output.values:
                self.last[r] = len(program.values)
        self.buffers: list[Ref] = []  # buffer -> the value that it holds last
        self.home: dict[Ref, int] = {}
        self.free: list[int] = []
        self.code: list[tuple[str, tuple[int, ...]]] = []
        self.numbers = number_values(program)
        self.done: set[Ref] = set()
        self.direct: dict[Ref, str] = {}
        for output in program.outputs:
            for at, r in enumerate(output.values):
                narrow = len(program.values[r].axes) < len(output.axes)  # computed once, then spread
                if output.literal or (self.level(r) == "row" and not narrow):
                    self.direct[r] = self._result(output) + (f"[..., {at}]" if output.literal else "")

    # what a value is

    def level(self, ref: Ref) -> str:
        """``number``, ``vector`` (shared by all rows), ``row`` or ``point``."""
        axes = self.p.values[ref].axes
        if BATCH not in axes:
            return "vector" if axes else "number"
        return "point" if not self.rows or len(axes) > 1 else "row"

    def _result(self, output: Output) -> str:
        shared = BATCH not in output.axes
        return f"{output.name}_result" if len(self.p.outputs) > 1 or shared else "out"

    def _is_table(self, ref: Ref) -> bool:
        node = self.p.values[ref].node
        return isinstance(node, Map) and node.op in TABLES

    # statements

    def run(self) -> Body:
        body = self.body
        tables = [r for r in range(len(self.p.values)) if self._is_table(r)]
        inside = {a for r in tables for a in operands(self.p.values[r].node)}
        only_tables = {r for r in inside if all(u in tables for u in self.uses[r])}
        body.table_of = tuple(
            n.argument for r in sorted(only_tables) if isinstance(n := self.p.values[r].node, Load)
        )
        body.inputs = [a.name for a in self.p.arguments if a.name not in body.table_of and not a.is_scalar]
        self._tables(tables)
        self._given()
        for r in range(len(self.p.values)):
            if r in only_tables or r in tables or r in self.absorbed or r in self.done:
                continue
            if r in self.fused:
                self._fusion(self.fused[r])
            elif self.uses[r] or self.last[r] == len(self.p.values):
                self._statement(r)
        self._outputs()
        return body

    def _tables(self, tables: list[Ref]) -> None:
        """Values of an angle, computed once before the blocks: cosine and sine together where both occur."""
        pairs: dict[tuple[Ref, ...], dict[str, Ref]] = {}
        for r in tables:
            node = self.p.values[r].node
            assert isinstance(node, Map)
            pairs.setdefault(node.args, {})[node.op] = r
        for args, found in pairs.items():
            loads = [self.p.values[a].node for a in args]
            given = ", ".join(n.argument for n in loads if isinstance(n, Load))
            for op, (word, helper) in TABLES.items():
                if op in found:
                    self.names[found[op]] = word
                    self.body.inputs.append(word)
                    if len(found) == 1:
                        self.body.tables.append(f"(rt.{helper}({given}, work),)")
            if len(found) == 2:
                self.body.tables.append(f"rt.turn({given}, work)")

    def _given(self) -> None:
        """The scalars that the body gets: arguments, and what is computed of nothing but them."""
        for r in sorted(self.numbers):
            node = self.p.values[r].node
            if isinstance(node, Load):
                self.names[r] = node.argument
            elif isinstance(node, Map):
                self._assign(r, "k", "")
                args = [
                    repr(inner.value) if isinstance(inner := self.p.values[a].node, Const) else self.names[a]
                    for a in node.args
                ]
                call = NUMBER_CALLS.get(node.op) or f"np.{UFUNCS[node.op]}({{}})"
                self.body.numbers.append(f"{self.names[r]} = {call.format(', '.join(args))}")
        results = {r for o in self.p.outputs for r in o.values}
        inside = self.numbers
        needed = [r for r in sorted(inside) if r in results or any(u not in inside for u in self.uses[r])]
        self.body.given = (
            list(dict.fromkeys(self.names[r] for r in needed))
            if self.body.numbers
            else [a.name for a in self.p.arguments if a.is_scalar]
        )
        self.code.clear()

    def _statement(self, ref: Ref) -> None:
        if ref in self.numbers:
            return
        value = self.p.values[ref]
        match value.node:
            case Const():
                self.names[ref] = self._constant(value.node.value)
            case Load():
                component = "".join(f", {c}" for c in value.node.component)
                self.names[ref] = value.node.argument + (f"[...{component}]" if component else "")
            case Size():
                self._assign(ref, "n", f"rt.length({self._any_row()})")
            case Gather():
                at = self.names[value.node.index]
                self._assign(ref, "picked", f"rt.pick({self.names[value.node.arg]}, {at})")
            case Reduce():
                self._reduce(ref, value.node)
            case Map():
                self._map(ref, value.node)
            case _:
                raise UnsupportedError(f"{self.p.name}: no NumPy statement for {value.node}")

    def _any_row(self) -> str:
        return next(a.name for a in self.p.arguments if len(a.axes) == 2 and not a.literal)

    def _constant(self, number: float) -> str:
        for name, known in self.body.constants:
            if known == number and math.copysign(1, known) == math.copysign(1, number):
                return name
        words = {**WORDS, math.inf: "infinity", -math.inf: "minus_infinity"}
        name = words.get(number) or f"c{len(self.body.constants)}"
        self.body.constants.append((name, number))
        return name

    def _assign(self, ref: Ref, word: str, code: str) -> None:
        """A value that is not worth a buffer: a number, or one entry per row."""
        name = word
        taken = {*self.names.values(), *(a.name for a in self.p.arguments)}
        count = 1
        while name in taken:
            count += 1
            name = f"{word}{count}"
        self.names[ref] = name
        self._emit(f"{name} = {code}")

    def _emit(self, line: str, *buffers: int) -> None:
        self.code.append((line, buffers))

    def _reduce(self, ref: Ref, node: Reduce) -> None:
        arg = self.names[node.arg]
        if node.axis == BATCH:
            result = next(o.name for o in self.p.outputs if ref in o.values)
            self._emit(f"rt.column_sum({arg}, {result}_result)")
            self.names[ref] = f"{result}_result"
            self._release(node.arg, ref)
            return
        match node.monoid, node.component:
            case "sum", _:
                self._assign(ref, "total", f"rt.row_sum({arg})")
            case "max", _:
                pair = self._other(node, "max_rest", 1)
                if pair is not None:
                    self._pair(ref, pair, node.arg)
                else:
                    self._assign(ref, "top", f"rt.row_max({arg})")
            case "max_rest", 1:
                top = self._other(node, "max", 0)
                if ref not in self.names:
                    assert top is None or top in self.names or top > ref
                    self._pair(top, ref, node.arg)
            case _:
                raise UnsupportedError(f"{self.p.name}: no NumPy statement for {node}")
        self._release(node.arg, ref)

    def _other(self, node: Reduce, monoid: str, component: int) -> Ref | None:
        wanted = Reduce(monoid, node.axis, node.arg, component)
        return next((r for r, v in enumerate(self.p.values) if v.node == wanted), None)

    def _pair(self, top: Ref | None, rest: Ref, arg: Ref) -> None:
        self.names[rest] = "rest"
        left = "_, rest"
        if top is not None:
            self.names[top] = "top"
            left = "top, rest"
        shifted = self._used(Map("sub", (arg, top))) if self.watched and top is not None else None
        if shifted is not None and self.uses[top if top is not None else rest] == [shifted]:
            left = "_, rest"
        if shifted is not None:
            dst = self._take(shifted, reuse=())
            spare = self._take(rest, reuse=())
            self._emit(f"{left} = rt.shifted_and_rest({self.names[arg]}, {{0}}, {{1}})", dst, spare)
            self._finish(shifted, dst)
            self.done.add(shifted)
        else:
            spare = self._take(rest, reuse=())
            call = "top_and_rest" if self.watched else "max_and_rest"
            self._emit(f"{left} = rt.{call}({self.names[arg]}, {{0}})", spare)
        self.free.append(self.home.pop(rest))

    def _used(self, node: Map) -> Ref | None:
        return next((r for r, v in enumerate(self.p.values) if v.node == node and self.uses[r]), None)

    def _map(self, ref: Ref, node: Map) -> None:
        level = self.level(ref)
        if level != "point":
            self._small(ref, node)
            return
        args = [self.names[a] for a in node.args]
        if node.op in SPECIAL:
            self._special(ref, node, args)
            return
        if node.op == "from_largest":
            dst = self._take(ref, reuse=())
            self._emit(f"moved = rt.from_largest({', '.join(args)}, {{0}})", dst)
            self._finish(ref, dst)
            self.names[ref] = "moved"
            return
        if node.op == "select":
            self._where(ref, node, args)
            return
        if ref in self.direct and node.op in UFUNCS:
            self._direct(ref, node, args)
            return
        dst = self._take(ref, reuse=node.args)
        if node.op in COMPARISONS:
            self._emit(f'np.{COMPARISONS[node.op]}({args[0]}, {args[1]}, {{0}}, casting="unsafe")', dst)
        elif node.op == "saturated":
            self._emit(f"rt.clip({args[0]}, {self._constant(-32.0)}, {self._constant(32.0)}, {{0}})", dst)
        elif node.op in ("max", "min") and self._clipped(node) is not None:
            low, high = self._clipped(node) or ("", "")
            x = next(n for n, a in zip(args, node.args, strict=True) if self.level(a) != "number")
            self._emit(f"rt.clip({x}, {low}, {high}, {{0}})", dst)
        else:
            # NumPy 2.4 deprecates a third positional argument of these two
            where = "out={0}" if node.op in ("max", "min") else "{0}"
            self._emit(f"np.{UFUNCS[node.op]}({', '.join(args)}, {where})", dst)
        self._finish(ref, dst)

    def _special(self, ref: Ref, node: Map, args: list[str]) -> None:
        call, count = SPECIAL[node.op]
        dst = self._take(ref, reuse=node.args if count == 0 and node.op != "leaky" else ())
        extra = [-1 - (count * ref + i) for i in range(count)]
        spare = [self._take(r, reuse=()) for r in extra]
        places = ", ".join(f"{{{i}}}" for i in range(1 + count))
        self._emit(f"rt.{call}({', '.join(args)}, {places})", dst, *spare)
        self.free += [self.home.pop(r) for r in extra]
        self._finish(ref, dst)

    def _direct(self, ref: Ref, node: Map, args: list[str]) -> None:
        """The last operation of a result that has no buffer writes the result."""
        target = self.direct[ref]
        where = "out=" if node.op in ("max", "min") else ""  # positional is deprecated for these two
        self._emit(f"np.{UFUNCS[node.op]}({', '.join(args)}, {where}{target})")
        self.names[ref] = target
        for operand in operands(node):
            self._release(operand, ref)

    def _clipped(self, node: Map) -> tuple[str, str] | None:
        """Bounds, if one operand is a number: ``clip`` is three times as fast as ``maximum`` then."""
        numbers = [a for a in node.args if self.level(a) == "number"]
        if len(numbers) != 1:
            return None
        bound = self.names[numbers[0]]
        return (bound, self._constant(math.inf)) if node.op == "max" else (self._constant(-math.inf), bound)

    def _where(self, ref: Ref, node: Map, args: list[str]) -> None:
        dst = self._take(ref, reuse=())
        self._emit(f"np.copyto({{0}}, {args[2]})", dst)
        zero = self._constant(0.0)
        self._emit(f"np.copyto({{0}}, {args[1]}, where=np.not_equal({args[0]}, {zero}))", dst)
        self._finish(ref, dst)

    def _fusion(self, fusion: Fusion) -> None:
        ref = fusion.root
        array, other, *rest = fusion.operands
        if fusion.kind == "row_dot":
            self._assign(ref, "total", f"rt.row_dot({self.names[array]}, {self.names[other]})")
            for operand in dict.fromkeys(fusion.operands):
                self._release(operand, ref)
            return
        before = self.home.get(array)
        dst = self._take(ref, reuse=(array,))
        if before != dst:
            self._emit(f"np.copyto({{0}}, {self.names[array]})", dst)
        if fusion.kind == "clear_at":
            self._emit(f"rt.clear_at({{0}}, {self.names[other]})", dst)
        else:
            amount = self.names[rest[0]] if rest else "1"
            sign = "-" if fusion.negative else ""
            self._emit(f"rt.add_at({{0}}, {self.names[other]}, {sign}{amount})", dst)
        self._finish(ref, dst)

    def _small(self, ref: Ref, node: Map) -> None:
        args = [self.names[a] for a in node.args]
        if ref in self.direct and node.op in UFUNCS:
            self._direct(ref, node, args)
        elif node.op == "finite_or_zero":
            self._assign(ref, "shift", f"rt.finite_or_zero({args[0]})")
        elif node.op == "watch":
            self._emit(f"rt.watch({args[1]})")
            self.names[ref] = args[0]
        elif node.op == "select":
            self._assign(ref, "chosen", f"np.where({', '.join(args)})")
        elif node.op in COMPARISONS:
            self._assign(ref, "holds", f"np.{COMPARISONS[node.op]}({', '.join(args)})")
        else:
            self._assign(
                ref,
                f"{'w' if self.level(ref) == 'vector' else 'r'}",
                f"np.{UFUNCS[node.op]}({', '.join(args)})",
            )

    # buffers

    def _take(self, ref: Ref, reuse: tuple[Ref, ...]) -> int:
        """A buffer for ``ref``: that of an operand which dies here, a free one, or a new one."""
        for operand in reuse:
            if operand in self.home and self.last[operand] == ref:
                self.home[ref] = self.home.pop(operand)
                return self.home[ref]
        if self.free:
            self.home[ref] = self.free.pop()
        else:
            self.home[ref] = len(self.buffers)
            self.buffers.append(ref)
        return self.home[ref]

    def _finish(self, ref: Ref, dst: int) -> None:
        self.names[ref] = f"{{b{dst}}}"
        for operand in self.needs[ref]:
            self._release(operand, ref)

    def _release(self, operand: Ref, user: Ref) -> None:
        if operand in self.home and self.last[operand] == user:
            self.free.append(self.home.pop(operand))

    def _outputs(self) -> None:
        body = self.body
        place: dict[int, str] = {}
        stores: list[str] = []
        for output in self.p.outputs:
            name = self._result(output)
            body.results.append(name)
            for at, r in enumerate(output.values):
                target = f"{name}[..., {at}]" if output.literal else name
                if self.names[r] == target:
                    continue
                if r in self.home and self.home[r] not in place and not output.literal:
                    place[self.home[r]] = name
                else:
                    stores.append(f"np.copyto({target}, {self.names[r]})")
        spare = iter("abcdefgh")
        words = {i: place.get(i) or next(spare) for i in range(len(self.buffers))}
        body.scratch = [w for i, w in words.items() if i not in place]
        names = {f"b{i}": w for i, w in words.items()}
        for line, buffers in self.code:
            body.lines.append(line.format(*[words[i] for i in buffers], **names))
        body.lines += [s.format(**names) for s in stores]
        text = "\n".join(body.lines)
        body.constants = [(n, v) for n, v in body.constants if re.search(rf"\b{n}\b", text)]
