"""The textbook form of a kernel, written from its formula: one NumPy expression for each operation.

What a reader of the formula would type: the catalog's expression lowered as it stands, no stabilising
rewrite, a common subexpression computed once, sums of products as products of matrices.  A backward form is
the reverse mode of that.  The text takes its module as the argument ``np``, so ``jax.numpy`` will do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from codegen.ir import (
    BATCH,
    Builder,
    Const,
    Contract,
    Gather,
    Kind,
    Load,
    Map,
    Node,
    OneHot,
    Output,
    Place,
    Program,
    Reduce,
    Ref,
    Size,
    Value,
    rebuild,
)
from codegen.lower import lower
from codegen.match import replay
from codegen.passes.contract import contractions
from codegen.passes.differentiate import differentiate
from codegen.passes.simplify import RULES, fold
from formulas.kernels import every_kernel
from formulas.schema import Kernel

__all__ = ["NotWritten", "text_of", "written"]

Function = Callable[..., Any]

OPERATIONS: Mapping[str, str] = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "neg": "-{}",
    "abs": "np.abs({})",
    "max": "np.maximum({}, {})",
    "min": "np.minimum({}, {})",
    "square": "{} ** 2",
    "sqrt": "np.sqrt({})",
    "pow": "{} ** {}",
    "exp": "np.exp({})",
    "expm1": "np.expm1({})",
    "expgap": "np.expm1({0}) - {0}",
    "log": "np.log({})",
    "log1p": "np.log1p({})",
    "tanh": "np.tanh({})",
    "sin": "np.sin({})",
    "cos": "np.cos({})",
    "rint": "np.round({})",
    "lt": "{} < {}",
    "le": "{} <= {}",
    "eq": "{} == {}",
    "select": "np.where({}, {}, {})",
    "sigmoid": "1 / (1 + np.exp(-{}))",
    "softplus": "np.log1p(np.exp({}))",
    "Phi": "0.5 * (1 + erf({} / 2 ** 0.5))",
    "normal_density": "np.exp(-({}) ** 2 / 2) / (2 * np.pi) ** 0.5",
}
OF_NUMBERS: Mapping[str, str] = {"sqrt": "{} ** 0.5", "select": "np.where({}, {}, {}).astype(DTYPE)"}
"""Where operands are Python's numbers: NumPy's function would give a double, and with it a double array."""


class NotWritten(ValueError):
    """A formula with an operation that has no textbook expression here."""


class _Text:
    """The text for a program, value by value; ``order`` is how the axes of each array lie.

    A value that is used once stands where it is used, so that NumPy can take its array for the result."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.texts: list[str] = []
        self.order: list[tuple[str, ...]] = []
        real = next(a for a in program.arguments if a.kind is Kind.REAL and not a.is_scalar)
        self.dtype = f"{real.name}.dtype"

    def write(self) -> str:
        given = self.program.arguments
        arguments = ", ".join(a.name if a.default is None else f"{a.name}={a.default!r}" for a in given)
        uses = [sum(2 if self._twice(u) else 1 for u in used) for used in self.program.uses()]
        for o in self.program.outputs:
            for ref in o.values:
                uses[ref] += 1
        for ref, value in enumerate(self.program.values):
            text, order = self._of(value)
            self.order.append(order)
            if isinstance(value.node, Const | Size | Load) or uses[ref] == 1:
                self.texts.append(text if text.isidentifier() else f"({text})")
            else:
                self.lines.append(f"v{ref} = {text}")
                self.texts.append(f"v{ref}")
        results = [self._result(o) for o in self.program.outputs]
        body = "\n    ".join([*self.lines, f"return {', '.join(results)}"])
        return f"def textbook(np, {arguments}):\n    {body}\n"

    def _twice(self, ref: Ref) -> bool:
        node = self.program.values[ref].node
        return isinstance(node, Map) and "{0}" in OPERATIONS.get(node.op, "")

    def _result(self, output: Output) -> str:
        parts = [self._along(v, output.axes) for v in output.values]
        if len(parts) > 1:
            return f"np.stack([{', '.join(parts)}], -1)"
        if len(self.order[output.values[0]]) < len(output.axes):  # the same along an axis
            own = next(a.name for a in self.program.arguments if a.axes == output.axes)
            return f"np.broadcast_to({parts[0]}, {own}.shape).copy()"
        if isinstance(self.program.values[output.values[0]].node, Load):  # a result is an array of its own
            return f"{parts[0]}.copy()"
        return parts[0]

    def _along(self, ref: Ref, axes: Sequence[str]) -> str:
        """The array so that it broadcasts to ``axes``: transposed, with new axes of length 1."""
        own, text = self.order[ref], self.texts[ref]
        if self.program.values[ref].kind is Kind.INTEGER:  # beside it single precision would become double
            text += f".astype({self.dtype})"
        wanted = [a for a in axes if a in own]
        if wanted != list(own):
            text += ".T" if len(own) == 2 else f".transpose({', '.join(str(own.index(a)) for a in wanted)})"
        while axes and axes[0] not in own:
            axes = axes[1:]
        if wanted and len(axes) > len(wanted):
            text += f"[{', '.join(':' if a in own else 'None' for a in axes)}]"
        return text

    def _of(self, value: Value) -> tuple[str, tuple[str, ...]]:
        match value.node:
            case Const(number):
                return ("-np.inf" if number == -math.inf else repr(number)), ()
            case Size(axis):
                return self._length(axis), ()
            case Load(argument, component, axes):
                return self._load(argument, component, axes)
            case Place(axis):
                return f"np.arange({self._length(axis)})", (axis,)
            case Map(op, args):
                return self._map(op, args, value.axes), value.axes
            case Reduce("sum", axis, arg):
                own = self.order[arg]
                return f"{self.texts[arg]}.sum({own.index(axis)})", tuple(a for a in own if a != axis)
            case Contract((left, right), axes):
                return self._contract(left, right, axes, value.axes)
            case Gather(arg, index, axis) if self.order[arg] == (*self.order[index], axis):
                x, at = self.texts[arg], self.texts[index]
                return f"np.take_along_axis({x}, {at}[..., None], -1)[..., 0]", self.order[index]
            case OneHot(index, axis):
                places = f"np.arange({self._length(axis)})"
                return f"{self.texts[index]}[..., None] == {places}", (*self.order[index], axis)
        raise NotWritten(f"{self.program.name}: {value.node}")

    def _length(self, axis: str) -> str:
        for a in self.program.arguments:
            for name in a.axes:
                if name == axis.rstrip("'"):
                    return f"{a.name}.shape[{a.axes.index(name) - len(a.axes) - len(a.literal)}]"
        raise NotWritten(f"{self.program.name}: the length of {axis}")

    def _load(
        self, argument: str, component: tuple[int, ...], axes: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]]:
        given = axes or self.program.argument(argument).axes
        if len(set(given)) < len(given):  # the same axis twice: a diagonal
            return f"np.diagonal({argument}, 0, -2, -1)", given[:-1]
        return argument + (f"[..., {', '.join(map(str, component))}]" if component else ""), given

    def _map(self, op: str, args: Sequence[Ref], axes: tuple[str, ...]) -> str:
        if op not in OPERATIONS:
            raise NotWritten(f"{self.program.name}: {op}")
        operands = [self._along(a, axes) for a in args]
        if op == "sub" and (x := self._sign_of(*args)) is not None:
            return f"np.sign({self._along(x, axes)})"
        if op in ("add", "sub"):  # of two truths these are no sums
            truths = [self.program.values[a].kind is Kind.BOOLEAN for a in args]
            operands = [f"{o}.astype({self.dtype})" if all(truths) else o for o in operands]
        plain = all(not self._is_array(a) for a in (args[1:] if op == "select" else args))
        form = OF_NUMBERS.get(op, OPERATIONS[op]) if plain else OPERATIONS[op]
        if plain and "np." in form and op != "select":
            raise NotWritten(f"{self.program.name}: {op} of numbers")
        return form.replace("DTYPE", self.dtype).format(*operands)

    def _sign_of(self, left: Ref, right: Ref) -> Ref | None:
        """x in [0 < x] - [x < 0]."""
        one, other = self.program.values[left].node, self.program.values[right].node
        match one, other:
            case Map("lt", (a, x)), Map("lt", (y, b)) if a == b and x == y:
                return x if self.program.values[a].node == Const(0.0) else None
        return None

    def _is_array(self, ref: Ref) -> bool:
        """Whether a value is or comes from an array, and is no number of Python."""
        value = self.program.values[ref]
        if value.axes or isinstance(value.node, Reduce | Contract | Gather):
            return True
        return isinstance(value.node, Map) and any(self._is_array(a) for a in value.node.args)

    def _contract(
        self, left: Ref, right: Ref, axes: Sequence[str], wanted: Sequence[str]
    ) -> tuple[str, tuple[str, ...]]:
        """A product of matrices where it is one; the operand whose axis comes first stands left."""
        rests = [
            [x for x in self.order[r] if x not in self.order[o]] for r, o in ((left, right), (right, left))
        ]
        if rests[0] and rests[1] and wanted.index(rests[1][0]) < wanted.index(rests[0][0]):
            return self._contract(right, left, axes, [*rests[1], *(x for x in wanted if x not in rests[1])])
        a, b = self.order[left], self.order[right]
        both = [x for x in a if x in b and x not in axes]
        found = (*both, *rests[0], *rests[1])
        if len(axes) == 1 and len(rests[1]) == 1 and (len(rests[0]) == 1 or (rests[0] and not both)):
            one = self._along(left, (*both, *rests[0], *axes))
            return f"{one} @ {self._along(right, (*both, *axes, *rests[1]))}", found
        letters = {x: chr(ord("a") + i) for i, x in enumerate(dict.fromkeys((*a, *b)))}
        spec = ",".join("".join(letters[x] for x in own) for own in (a, b))
        result = "".join(letters[x] for x in found)
        operands = f"{self.texts[left]}, {self.texts[right]}"
        return f"np.einsum('{spec}->{result}', {operands}, optimize=True)", found


def text_of(program: Program) -> str:
    """The text of a function ``textbook(np, ...)`` of the program's arguments."""
    return _Text(program).write()


def _program(kernel: Kernel, backward: bool) -> Program:
    program = lower(kernel)
    if backward:
        program = differentiate(program, kernel.wrt, RULES)
    program = replay(contractions(replay(program, RULES, fold)), RULES, fold)
    return rebuild(program, _by_sigmoid)


def _by_sigmoid(b: Builder, node: Node) -> Ref | None:
    """The slope of the sigmoid as s (1 - s)."""
    match node:
        case Map("sigmoid_slope", (x,)):
            s = b.map("sigmoid", x)
            return b.map("mul", s, b.map("sub", b.const(1), s))
    return None


@cache
def written(function: str) -> Function:
    """The textbook form of a kernel, or of the backward pass of one, by its name; ``NotWritten`` where its
    formula has none.  Arrays that a kernel of rows takes by columns (``batch_norm``) are transposed first."""
    kernel = next((k for k in every_kernel() if k.name == function.removesuffix("_vjp")), None)
    if kernel is None:
        raise NotWritten(f"{function}: no formula")
    program = _program(kernel, function.endswith("_vjp"))
    scope: dict[str, Any] = {}
    text = text_of(program)
    if "erf(" in text:
        from scipy.special import erf

        scope["erf"] = erf
    exec(compile(text, f"<textbook {function}>", "exec"), scope)  # our own text, from the catalog
    found: Function = scope["textbook"]
    if kernel.axis == -1:
        return found
    turned = {a.name for a in program.arguments if len(a.axes) > 1 and a.axes[0] == BATCH}

    def by_columns(np: Any, *args: Any) -> Any:
        names = [a.name for a in program.arguments]
        results = found(np, *(x.T if n in turned else x for n, x in zip(names, args, strict=False)))
        several = results if isinstance(results, tuple) else (results,)
        return tuple(r.T for r in several) if len(several) > 1 else several[0].T

    return by_columns
