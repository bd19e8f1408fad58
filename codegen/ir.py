"""The tensor IR: a kernel as a short list of typed values, each computed once (SSA).

A ``Program`` is a straight line of values over a few *axes*.  Nothing in it has a dtype, a loop or
an address: a target chooses those.  A value is one of

==========  =========================================================================================
``Load``    an argument, or one component of it where the argument has axes of literal size
``Const``   a real number
``Size``    the length of an axis, as a number
``Map``     a scalar operation (``SCALAR_OPS``) applied at every point of the index space
``Reduce``  a monoid (``MONOIDS``) folded along one axis; ``component`` picks from a paired result
``Contract``  sum over ``axes`` of the product of the arguments
``Convolve``  sum over the pairs of places on two axes that add up to the place on ``axis``
``Correlate``  the adjoint: sum over the second axis, one argument read at the sum of both places
``Place``   the place along an axis, counted from 0, as a number
``Rename``  the same value with axes called otherwise
``Gather``  ``arg`` at the place ``index`` (an integer, counted from 0) of one axis
``OneHot``  1.0 where the place on ``axis`` equals ``index``, else 0.0 (the adjoint of ``Gather``)
==========  =========================================================================================

Axes.  ``BATCH`` ("*") stands for all leading axes together; every other axis is named after its size
symbol ("n"): the *row* axis along which a kernel works.  A value holds the axes over which it varies,
so a maximum over a row has ``("*",)``, a weight ``("n",)`` and a scalar parameter ``()``; operands of a
``Map`` broadcast by name.  Axes of literal size (the pair axis of a rotary embedding, shape ``(h, 2)``)
are unrolled: ``Load(x, component=(1,))`` is ``x[..., 1]``, and an ``Output`` lists one value for each
component, in C order.

Two indices over one size ("n") are two axes of equal length, "n" and "n'"; ``Load(x, axes=("n'", "d"))``
reads an argument under other names than its own, and the same name twice reads a diagonal.

Two levels.  A program out of ``lower`` or ``differentiate`` may hold *heads* (``sigmoid``, ``softplus``,
...: operations whose stable realisation is a rewrite).  A program out of ``pipeline`` is *realised*: it
holds only operations with ``head=False``, each of which a target must compute to a few ulp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from codegen.operations import MONOIDS, SCALAR_OPS, Kind, Monoid, ScalarOp

__all__ = [
    "BATCH", "MONOIDS", "SCALAR_OPS", "Argument", "Builder", "Const", "Contract", "Convolve", "Correlate",
    "Gather", "IRError", "Kind", "Load", "Map", "Monoid", "Node", "OneHot", "Output", "Place", "Program",
    "Reduce", "Ref", "Rename",
    "ScalarOp", "Size", "Value", "heads", "join", "length_of", "live", "operands", "overlapping", "rebuild",
    "with_operands",
]  # fmt: skip

BATCH = "*"
Ref = int  # position of a value in ``Program.values``


class IRError(ValueError):
    """A program that breaks a rule of the IR; the message names the value and the rule."""


@dataclass(frozen=True)
class Const:
    value: float


@dataclass(frozen=True)
class Size:
    axis: str


@dataclass(frozen=True)
class Load:
    argument: str
    component: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    axis: str


@dataclass(frozen=True)
class Rename:
    """``names`` are pairs (axis of ``arg``, its new name)."""

    arg: Ref
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Map:
    op: str
    args: tuple[Ref, ...]


@dataclass(frozen=True)
class Reduce:
    """Folds ``arg`` along ``axis``.  For paired monoids, two values that differ in ``component`` only
    belong to one pass.  ``axis`` may be ``BATCH`` (a weight's cotangent)."""

    monoid: str
    axis: str
    arg: Ref
    component: int = 0


@dataclass(frozen=True)
class Contract:
    args: tuple[Ref, ...]
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Convolve:
    """At place t of ``axis`` the sum of a[i] b[t - i] over the places i; the arguments a and b vary along
    ``axes[0]`` and ``axes[1]``, places are counted from 0."""

    args: tuple[Ref, Ref]
    axes: tuple[str, str]
    axis: str


@dataclass(frozen=True)
class Correlate:
    """At place i of ``axes[0]`` the sum of g[i + j] b[j] over the places j of ``axes[1]``; the argument g
    varies along ``axis``, b along ``axes[1]``."""

    args: tuple[Ref, Ref]
    axes: tuple[str, str]
    axis: str


@dataclass(frozen=True)
class Gather:
    arg: Ref
    index: Ref
    axis: str


@dataclass(frozen=True)
class OneHot:
    index: Ref
    axis: str


Node = Const | Size | Load | Place | Rename | Map | Reduce | Contract | Convolve | Correlate | Gather | OneHot


@dataclass(frozen=True)
class Value:
    """One line of a program: what is computed, its kind, and the axes over which it varies."""

    node: Node
    kind: Kind
    axes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of the kernel.

    ``axes``    symbolic axes in storage order, ``BATCH`` first where the argument has leading axes.
                Without ``BATCH`` the argument is shared by all rows (a weight); ``()`` is one number.
    ``literal`` trailing axes of literal size, for example ``(2,)``.
    ``default`` of a scalar argument; ``None`` makes it required.
    ``positive`` the catalog declares every entry > 0 (a kernel may extend its domain to 0).
    ``weight``   where it is 0, or 1 less it is, what that multiplies does not count, however large.
    """

    name: str
    kind: Kind = Kind.REAL
    axes: tuple[str, ...] = ()
    literal: tuple[int, ...] = ()
    default: float | None = None
    positive: bool = False
    weight: bool = False
    meaning: str = ""

    @property
    def is_scalar(self) -> bool:
        return not self.axes and not self.literal


@dataclass(frozen=True)
class Output:
    """A result: its axes in storage order, its trailing literal axes, one value for each component."""

    name: str
    axes: tuple[str, ...]
    values: tuple[Ref, ...]
    literal: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """A kernel.  ``values`` are in an order in which each uses only earlier ones.

    ``licences`` are the ids of the catalog claims whose rewrites were used, in order of first use.
    """

    name: str
    arguments: tuple[Argument, ...]
    values: tuple[Value, ...]
    outputs: tuple[Output, ...]
    licences: tuple[str, ...] = field(default=())

    @property
    def row_axes(self) -> tuple[str, ...]:
        """The axes other than ``BATCH`` that occur, in order of first appearance."""
        found: dict[str, None] = {}
        for axes in (*(a.axes for a in self.arguments), *(v.axes for v in self.values)):
            for axis in axes:
                if axis != BATCH:
                    found[axis] = None
        return tuple(found)

    @property
    def is_elementwise(self) -> bool:
        """No value moves along an axis: the kernel is a scalar function of its arguments."""
        return not self.row_axes and all(isinstance(v.node, Const | Load | Map) for v in self.values)

    def argument(self, name: str) -> Argument:
        return next(a for a in self.arguments if a.name == name)

    def uses(self) -> tuple[tuple[Ref, ...], ...]:
        """For each value the values that use it."""
        found: list[list[Ref]] = [[] for _ in self.values]
        for i, value in enumerate(self.values):
            for ref in operands(value.node):
                found[ref].append(i)
        return tuple(tuple(f) for f in found)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def operands(node: Node) -> tuple[Ref, ...]:
    """The values that ``node`` uses."""
    match node:
        case Map() | Contract() | Convolve() | Correlate():
            return node.args
        case Reduce() | Rename():
            return (node.arg,)
        case Gather():
            return (node.arg, node.index)
        case OneHot():
            return (node.index,)
        case _:
            return ()


def with_operands(node: Node, refs: tuple[Ref, ...]) -> Node:
    """``node`` with its operands exchanged."""
    match node:
        case Map():  # by far the most, and this is half as dear as ``replace``
            return Map(node.op, refs)
        case Contract():
            return replace(node, args=refs)
        case Convolve() | Correlate():
            return replace(node, args=(refs[0], refs[1]))
        case Reduce() | Rename():
            return replace(node, arg=refs[0])
        case Gather():
            return replace(node, arg=refs[0], index=refs[1])
        case OneHot():
            return replace(node, index=refs[0])
        case _:
            return node


def length_of(axis: str) -> str:
    """The size of which an axis has the length: that of "n'" is "n"."""
    return axis.rstrip("'")


def overlapping(axis: str) -> tuple[str, ...]:
    """The axes whose places add up to those of "m + n - 1": it is as long as their sum, less one for each but
    the first.  None for an axis that has a length of its own."""
    return tuple(re.findall(r"[A-Za-z]\w*", axis)) if " + " in axis else ()


def join(axes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The union of axes, ``BATCH`` first, the others in order of first appearance."""
    found: dict[str, None] = {}
    for group in axes:
        for axis in group:
            found[axis] = None
    return tuple(sorted(found, key=lambda a: a != BATCH))


class Builder:
    """Makes programs.  A node that was added before is not added again, so equal values are shared.

    >>> b = Builder("double", (Argument(name="x", axes=(BATCH,)),))
    >>> x = b.load("x")
    >>> print(b.finish([Output("y", (BATCH,), (b.map("add", x, x),))]))
    double(x: real[*])
      v0 : [*] = load x
      v1 : [*] = add v0 v0
      y = v1
    """

    def __init__(self, name: str, arguments: Iterable[Argument]) -> None:
        self.name = name
        self.arguments = {a.name: a for a in arguments}
        self.values: list[Value] = []
        self._known: dict[Node, Ref] = {}

    def add(self, node: Node) -> Ref:
        """The value computed by ``node``; ``IRError`` if its operands do not fit it."""
        if node in self._known:
            return self._known[node]
        self.values.append(self._typed(node))
        self._known[node] = len(self.values) - 1
        return self._known[node]

    def const(self, value: float) -> Ref:
        return self.add(Const(float(value)))

    def load(self, argument: str, *component: int) -> Ref:
        return self.add(Load(argument, component))

    def map(self, op: str, *args: Ref) -> Ref:
        return self.add(Map(op, args))

    def reduce(self, monoid: str, axis: str, arg: Ref, component: int = 0) -> Ref:
        return self.add(Reduce(monoid, axis, arg, component))

    def node(self, ref: Ref) -> Node:
        return self.values[ref].node

    def find(self, node: Node) -> Ref | None:
        """The value computed by ``node``, if it exists already."""
        return self._known.get(node)

    def axes(self, ref: Ref) -> tuple[str, ...]:
        return self.values[ref].axes

    def finish(self, outputs: Iterable[Output], licences: Iterable[str] = ()) -> Program:
        """The checked program, without values that no output needs."""
        program = Program(
            self.name,
            tuple(self.arguments.values()),
            tuple(self.values),
            tuple(outputs),
            tuple(dict.fromkeys(licences)),
        )
        return live(program)

    def _typed(self, node: Node) -> Value:
        for ref in operands(node):
            if not 0 <= ref < len(self.values):
                raise IRError(f"{node} uses v{ref}, which does not exist")
        axes = [self.values[r].axes for r in operands(node)]
        match node:
            case Const() | Size():
                return Value(node, Kind.REAL, ())
            case Load():
                if node.argument not in self.arguments:
                    raise IRError(f"no argument {node.argument!r}")
                a = self.arguments[node.argument]
                if len(node.component) != len(a.literal) or any(
                    not 0 <= c < size for c, size in zip(node.component, a.literal, strict=True)
                ):
                    raise IRError(f"{node} is not a component of {a.name} with literal axes {a.literal}")
                if node.axes and [length_of(x) for x in node.axes] != [length_of(x) for x in a.axes]:
                    raise IRError(f"{node} does not name the axes {a.axes}")
                return Value(node, a.kind, tuple(dict.fromkeys(node.axes or a.axes)))
            case Place():
                return Value(node, Kind.REAL, (node.axis,))
            case Rename():
                new = dict(node.names)
                return Value(node, self.values[node.arg].kind, tuple(new.get(x, x) for x in axes[0]))
            case Map():
                op = SCALAR_OPS.get(node.op)
                if op is None:
                    raise IRError(f"no scalar operation {node.op!r}")
                if op.arity != len(node.args):
                    raise IRError(f"{op.name} takes {op.arity} operands, not {len(node.args)}")
                return Value(node, op.result, join(axes))
            case Reduce():
                if node.monoid not in MONOIDS:
                    raise IRError(f"no monoid {node.monoid!r}")
                if node.component >= len(MONOIDS[node.monoid].components):
                    raise IRError(f"{node.monoid} has no component {node.component}")
                self._along(node, node.axis, axes[0])
                return Value(node, Kind.REAL, tuple(a for a in axes[0] if a != node.axis))
            case Contract():
                every = join(axes)
                for axis in node.axes:
                    self._along(node, axis, every)
                return Value(node, Kind.REAL, tuple(a for a in every if a not in node.axes))
            case Convolve():
                for axis, own in zip(node.axes, axes, strict=True):
                    self._along(node, axis, own)
                rest = [tuple(x for x in own if x not in node.axes) for own in axes]
                return Value(node, Kind.REAL, join([*rest, (node.axis,)]))
            case Correlate():
                self._along(node, node.axis, axes[0])
                self._along(node, node.axes[1], axes[1])
                rest = [tuple(x for x in own if x not in (node.axis, node.axes[1])) for own in axes]
                return Value(node, Kind.REAL, join([*rest, (node.axes[0],)]))
            case Gather():
                self._along(node, node.axis, axes[0])
                if self.values[node.index].kind is not Kind.INTEGER:
                    raise IRError(f"{node}: the index is not an integer")
                return Value(node, Kind.REAL, join([tuple(a for a in axes[0] if a != node.axis), axes[1]]))
            case OneHot():
                if self.values[node.index].kind is not Kind.INTEGER:
                    raise IRError(f"{node}: the index is not an integer")
                return Value(node, Kind.REAL, join([axes[0], (node.axis,)]))

    @staticmethod
    def _along(node: Node, axis: str, axes: tuple[str, ...]) -> None:
        if axis not in axes:
            raise IRError(f"{node}: the operand does not vary along {axis!r}")


def rebuild(program: Program, change: Callable[[Builder, Node], Ref | None]) -> Program:
    """A copy of ``program`` in which ``change`` may replace each node.

    ``change(builder, node)`` sees each node with its operands already rebuilt, adds what it wants to
    ``builder`` and returns the new value, or ``None`` to keep the node.
    """
    builder = Builder(program.name, program.arguments)
    new: list[Ref] = []
    for value in program.values:
        node = with_operands(value.node, tuple(new[r] for r in operands(value.node)))
        changed = change(builder, node)
        new.append(builder.add(node) if changed is None else changed)
    outputs = [replace(o, values=tuple(new[r] for r in o.values)) for o in program.outputs]
    return builder.finish(outputs, program.licences)


def with_given(program: Program, names: Mapping[Ref, str]) -> Program:
    """The program with the values that have ``names`` as further arguments, the others in their places."""
    further = [Argument(name=name, axes=program.values[ref].axes) for ref, name in names.items()]
    values = list(program.values)
    for ref, name in names.items():
        values[ref] = replace(values[ref], node=Load(name))
    return replace(program, arguments=(*program.arguments, *further), values=tuple(values))


def live(program: Program) -> Program:
    """``program`` without the values that no output needs."""
    return live_places(program)[0]


def live_places(program: Program) -> tuple[Program, dict[Ref, Ref]]:
    """``live(program)``, and where in it each value of ``program`` is that is left."""
    needed: set[Ref] = set()
    stack = [r for o in program.outputs for r in o.values]
    while stack:
        ref = stack.pop()
        if ref not in needed:
            needed.add(ref)
            stack.extend(operands(program.values[ref].node))
    if len(needed) == len(program.values):
        return program, {ref: ref for ref in sorted(needed)}
    place = {ref: i for i, ref in enumerate(sorted(needed))}
    values = tuple(
        replace(v, node=with_operands(v.node, tuple(place[r] for r in operands(v.node))))
        for i, v in enumerate(program.values)
        if i in needed
    )
    outputs = tuple(replace(o, values=tuple(place[r] for r in o.values)) for o in program.outputs)
    return replace(program, values=values, outputs=outputs), place


def heads(program: Program) -> tuple[str, ...]:
    """The operations of ``program`` that are not for targets; empty for a realised program."""
    found = {v.node.op for v in program.values if isinstance(v.node, Map) and SCALAR_OPS[v.node.op].head}
    return tuple(sorted(found))


def _lines(program: Program) -> Iterator[str]:
    arguments = ", ".join(
        f"{a.name}: {a.kind}[{','.join((*a.axes, *map(str, a.literal)))}]" for a in program.arguments
    )
    yield f"{program.name}({arguments})"
    for i, value in enumerate(program.values):
        yield f"  v{i} : [{','.join(value.axes)}] = {_text(value.node)}"
    for o in program.outputs:
        yield f"  {o.name} = {', '.join(f'v{r}' for r in o.values)}"


def _text(node: Node) -> str:
    refs = " ".join(f"v{r}" for r in operands(node))
    match node:
        case Const():
            return repr(node.value)
        case Size():
            return f"size of {node.axis}"
        case Load():
            axes = f" as [{','.join(node.axes)}]" if node.axes else ""
            return f"load {node.argument}" + "".join(f"[{c}]" for c in node.component) + axes
        case Map():
            return f"{node.op} {refs}"
        case Reduce():
            parts = MONOIDS[node.monoid].components
            part = f".{parts[node.component]}" if len(parts) > 1 else ""
            return f"reduce {node.monoid}{part} over {node.axis} of {refs}"
        case Contract():
            return f"contract over {','.join(node.axes)} of {refs}"
        case Convolve() | Correlate():
            return f"{type(node).__name__.lower()} {refs} over {','.join(node.axes)} and {node.axis}"
        case Gather():
            return f"gather {refs} along {node.axis}"
        case Place():
            return f"place along {node.axis}"
        case Rename():
            return f"{refs} with " + ", ".join(f"{a} as {b}" for a, b in node.names)
        case OneHot():
            return f"onehot {refs} along {node.axis}"
