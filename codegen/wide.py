"""Programs evaluated in extended precision: the reference for rows that are too long for ``reference``.

What is evaluated is the catalog's form as it was lowered, with none of the rewrites that make the kernels
stable, and its derivatives by the plain chain rule.  64 bits of mantissa and 15 of exponent leave eleven
bits below a float64, and exponentials of 1e4 are within the range.  Constants such as log(2 pi) are those
of the program, in float64.  On short rows the results are those of ``reference``, in balls
(``tests/codegen/test_long_rows.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.ir import (
    BATCH,
    Const,
    Contract,
    Convolve,
    Correlate,
    Gather,
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
    Size,
    Value,
    length_of,
    overlapping,
)
from codegen.passes.contract import contractions
from codegen.passes.convolutions import convolutions
from codegen.passes.differentiate import COTANGENT, differentiate
from codegen.passes.simplify import RULES
from codegen.targets import UnsupportedError

__all__ = ["Evaluation", "is_wide", "slopes_of"]

Array = npt.NDArray[Any]
Wide = np.longdouble
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def is_wide() -> bool:
    """Whether this machine has a type with the bits that are needed."""
    return np.finfo(Wide).nmant >= 63


_OPS: Mapping[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "abs": np.abs, "square": np.square, "sqrt": np.sqrt, "pow": np.power, "exp": np.exp, "log": np.log,
    "log1p": np.log1p, "expm1": np.expm1, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "rint": np.rint,
    "max": np.maximum, "min": np.minimum, "hold": np.array,
    "lt": lambda a, b: (a < b).astype(a.dtype),
    "le": lambda a, b: (a <= b).astype(a.dtype),
    "eq": lambda a, b: (a == b).astype(a.dtype),
    "select": lambda c, a, b: np.where(c != 0, a, b),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sigmoid_slope": lambda x: 1 / ((1 + np.exp(-x)) * (1 + np.exp(x))),
    "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "expgap": lambda x: np.expm1(x) - x,
}  # fmt: skip


class Evaluation:
    """The values of a program; ``given``: argument -> array, leading axes first where the argument has such.

    Every value has all axes of the program, of length 1 where it does not vary.  In another ``kind`` of
    numbers the difference tells what rounding amounts to."""

    def __init__(
        self, program: Program, given: Mapping[str, Any], rows: int, kind: type[np.floating[Any]] = Wide
    ) -> None:
        self.kind = kind
        self.p = contractions(convolutions(program))
        self.given = given
        self.axes = (BATCH, *self.p.row_axes)
        self.sizes = {BATCH: rows}
        for argument in self.p.arguments:
            own = [a for a in argument.axes if a != BATCH]
            shape = np.shape(given[argument.name])
            self.sizes |= dict(zip(own, shape[len(argument.axes) - len(own) :], strict=False))
        self.found: list[Array] = []
        with np.errstate(all="ignore"):
            for ref in range(len(self.p.values)):
                self.found.append(self._value(ref))

    def outputs(self) -> list[Array]:
        """The results, with their own axes only."""
        return [self._of(o) for o in self.p.outputs]

    def _of(self, output: Output) -> Array:
        parts = [self._spread(self.found[r], output.axes) for r in output.values]
        if not output.literal:
            return parts[0]
        return np.stack(parts, -1).reshape(*parts[0].shape, *output.literal)

    def _spread(self, x: Array, axes: Sequence[str]) -> Array:
        whole = np.broadcast_to(x, [self._size(a) if a in axes else 1 for a in self.axes])
        kept = [a for a in self.axes if a in axes]
        flat = whole.reshape([self._size(a) for a in kept])
        return flat.transpose([kept.index(a) for a in axes])

    def _size(self, axis: str) -> int:
        if axis in self.sizes:
            return self.sizes[axis]
        parts = overlapping(axis)
        if parts:
            return sum(self._size(p) for p in parts) - len(parts) + 1
        return self.sizes[length_of(axis)]

    def _placed(self, x: Array, axes: Sequence[str]) -> Array:
        """``x`` with the axes named, as a value: all axes, in order."""
        order = sorted(range(len(axes)), key=lambda k: self.axes.index(axes[k]))
        here = iter(x.transpose(order).shape)
        return x.transpose(order).reshape([next(here) if a in axes else 1 for a in self.axes])

    def _value(self, ref: Ref) -> Array:
        node: Node = self.p.values[ref].node
        match node:
            case Const(value=value):
                return self._placed(np.asarray(value, self.kind), ())
            case Size(axis=axis):
                return self._placed(np.asarray(self._size(axis), self.kind), ())
            case Place(axis=axis):
                return self._placed(np.arange(self._size(axis)).astype(self.kind), (axis,))
            case Load():
                return self._load(node)
            case Rename(arg=arg, names=names):
                own = [a for a in self.axes if a in self.p.values[arg].axes]
                x = self._spread(self.found[arg], own)
                return self._placed(x, [dict(names).get(a, a) for a in own])
            case Map(op=op, args=args):
                return np.asarray(_OPS[op](*(self.found[a] for a in args)))
            case Reduce(monoid="sum", axis=axis, arg=arg):
                x = self.found[arg]
                return np.add.reduce(x, axis=self.axes.index(axis), keepdims=True)
            case Contract(args=args, axes=axes):
                return self._contract(args, axes)
            case Convolve(args=(a, b), axes=(i, j), axis=t):
                return self._along(a, b, (i, j, t), np.convolve)
            case Correlate(args=(g, b), axes=(i, j), axis=t):
                return self._along(g, b, (t, j, i), lambda x, y: np.correlate(x, y, "valid"))
            case Gather(arg=arg, index=index, axis=axis):
                at, where = self.axes.index(axis), self.found[index].astype(np.intp)
                x = self.found[arg]
                shape = np.broadcast_shapes(*(s[:at] + s[at + 1 :] for s in (x.shape, where.shape)))
                shape = (*shape[:at], 1, *shape[at:])
                x = np.broadcast_to(x, (*shape[:at], x.shape[at], *shape[at + 1 :]))
                return np.take_along_axis(x, np.broadcast_to(where, shape), at)
            case OneHot(index=index, axis=axis):
                places = self._placed(np.arange(self._size(axis)), (axis,))
                return (places == self.found[index]).astype(self.kind)
        raise UnsupportedError(f"{self.p.name}: {node} has no form in extended precision")

    def _load(self, node: Load) -> Array:
        argument = self.p.argument(node.argument)
        x = np.asarray(self.given[node.argument])
        for component in reversed(node.component):
            x = np.asarray(x[..., component])
        x = x if x.dtype.kind in "iu" else x.astype(self.kind)
        axes = list(node.axes or argument.axes)
        while len(set(axes)) < len(axes):  # a diagonal
            again = next(a for a in axes if axes.count(a) > 1)
            first, second = (k for k, a in enumerate(axes) if a == again)
            x = np.diagonal(x, axis1=first, axis2=second)
            axes = [a for k, a in enumerate(axes) if k not in (first, second)] + [again]
        return self._placed(x, axes)

    def _contract(self, args: Sequence[Ref], axes: Sequence[str]) -> Array:
        letters = dict(zip(self.axes, LETTERS, strict=False))
        own = [[a for a in self.axes if a in self.p.values[r].axes] for r in args]
        result = [a for a in self.axes if any(a in o for o in own) and a not in axes]
        spec = ",".join("".join(letters[a] for a in o) for o in own)
        spec += "->" + "".join(letters[a] for a in result)
        operands = [self._spread(self.found[r], o) for r, o in zip(args, own, strict=True)]
        return self._placed(np.einsum(spec, *operands), result)

    def _along(self, one: Ref, other: Ref, axes: tuple[str, str, str], call: Callable[..., Array]) -> Array:
        """``call`` of the rows of two values, along the first two of ``axes``, to the third."""
        rows = []
        lead = [a for a in self.axes if a == BATCH]
        x = self._spread(self.found[one], (*lead, axes[0]))
        y = self._spread(self.found[other], (*lead, axes[1]))
        for row in range(len(x)):
            rows.append(call(x[row], y[row]))
        return self._placed(np.stack(rows), (*lead, axes[2]))


def slopes_of(program: Program, output: int, wrt: Sequence[str]) -> Program:
    """The slopes of one result of ``program`` by its arguments ``wrt``, times a cotangent.

    By the rules of arithmetic alone; the cotangent of a backward pass, which is an argument there, is
    called ``g_`` first.
    """
    one = replace(program, outputs=(program.outputs[output],))
    return differentiate(_renamed(one), [f"{COTANGENT}_" if w == COTANGENT else w for w in wrt], RULES)


def _renamed(program: Program) -> Program:
    def name(given: str) -> str:
        return f"{COTANGENT}_" if given == COTANGENT else given

    def called(value: Value) -> Value:
        node = value.node
        return (
            replace(value, node=replace(node, argument=name(node.argument)))
            if isinstance(node, Load)
            else value
        )

    arguments = tuple(replace(a, name=name(a.name)) for a in program.arguments)
    return replace(program, arguments=arguments, values=tuple(map(called, program.values)))
