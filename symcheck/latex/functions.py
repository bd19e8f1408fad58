"""Functions with a standard meaning, as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from formulas.language import ExpGap, MillsGap, Phi, normal_density, sigmoid, softplus
from symcheck.latex.context import Context, Convention
from symcheck.latex.report import Span
from symcheck.latex.values import Axis, Value, refuse

if TYPE_CHECKING:
    from symcheck.latex.evaluator import Evaluator


@dataclass(frozen=True)
class Elementwise:
    """``convention`` must hold where the name is a letter; ``roman``: the name must be written upright."""

    build: Callable[..., sp.Expr]
    arity: tuple[int, int] = (1, 1)
    convention: Convention = Convention.STANDARD
    roman: bool = False

    def allowed(self, context: Context, roman: bool) -> bool:
        return self.convention in context.conventions and (roman or not self.roman)


def _tan(x: sp.Expr) -> sp.Expr:
    return sp.sin(x) / sp.cos(x)


def _clip(x: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    return sp.Max(low, sp.Min(x, high))


def _root(x: sp.Expr) -> sp.Expr:
    return sp.sqrt(x)


_RELU = Elementwise(lambda x: sp.Max(0, x))
_SILU = Elementwise(lambda x: x * sigmoid(x))
_GELU = Elementwise(lambda x: x * Phi(x))
_MAX, _MIN = Elementwise(sp.Max, (2, 8)), Elementwise(sp.Min, (2, 8))

ELEMENTWISE: dict[str, Elementwise] = {
    **{f.__name__: Elementwise(f) for f in (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.erf)},
    "log": Elementwise(sp.log, convention=Convention.LOG),
    "ln": Elementwise(sp.log),
    "tan": Elementwise(_tan),
    "sec": Elementwise(lambda x: 1 / sp.cos(x)),
    "csc": Elementwise(lambda x: 1 / sp.sin(x)),
    "cot": Elementwise(lambda x: sp.cos(x) / sp.sin(x)),
    "sqrt": Elementwise(_root, roman=True),
    "abs": Elementwise(sp.Abs, roman=True),
    "sign": Elementwise(sp.sign),
    "sgn": Elementwise(sp.sign),
    "max": _MAX,
    "min": _MIN,
    "clip": Elementwise(_clip, (3, 3)),
    "ReLU": _RELU,
    "relu": _RELU,
    "sigmoid": Elementwise(sigmoid),
    "logistic": Elementwise(sigmoid),
    "softplus": Elementwise(softplus),
    "Softplus": Elementwise(softplus),
    "SiLU": _SILU,
    "silu": _SILU,
    "GELU": _GELU,
    "gelu": _GELU,
    "ExpGap": Elementwise(ExpGap, roman=True),
    "MillsGap": Elementwise(MillsGap, roman=True),
    "sigma": Elementwise(sigmoid, convention=Convention.SIGMA),
    "Phi": Elementwise(Phi, convention=Convention.PHI),
    "phi": Elementwise(normal_density, convention=Convention.DENSITY),
    "varphi": Elementwise(normal_density, convention=Convention.DENSITY),
}


def _softmax(reader: Evaluator, x: Value, span: Span) -> Value:
    if x.rank not in (1, 2):
        raise refuse(span, "softmax of what is no vector")
    axis = x.axes[-1]  # of a matrix: row by row
    other = reader.scope.new_axis("j", axis.size)
    below = sp.Sum(sp.exp(x.expr.xreplace({axis.index: other.index})), (other.index, 1, axis.size))
    return Value(sp.exp(x.expr) / below, x.axes, x.row)


def _log_sum_exp(reader: Evaluator, x: Value, span: Span) -> Value:
    if x.rank != 1:
        raise refuse(span, "logsumexp of what is no vector")
    return Value(sp.log(sp.Sum(sp.exp(x.expr), (x.axes[0].index, 1, x.axes[0].size))))


def _trace(reader: Evaluator, x: Value, span: Span) -> Value:
    if x.rank != 2:
        raise refuse(span, "trace of what is no matrix")
    a, b = x.axes
    reader.sizes.unify(a.size, b.size)
    return Value(sp.Sum(x.expr.xreplace({b.index: a.index}), (a.index, 1, a.size)))


def _diagonal(reader: Evaluator, x: Value, span: Span) -> Value:
    if x.rank != 1:
        raise refuse(span, "diag of what is no vector")
    axis = x.axes[0]
    other = Axis(sp.Dummy("j", integer=True), axis.size)
    return Value(x.expr * sp.KroneckerDelta(axis.index, other.index), (axis, other))


TENSOR_FUNCTIONS: dict[str, Callable[[Evaluator, Value, Span], Value]] = {
    "softmax": _softmax,
    "Softmax": _softmax,
    "logsumexp": _log_sum_exp,
    "LSE": _log_sum_exp,
    "LogSumExp": _log_sum_exp,
    "tr": _trace,
    "Tr": _trace,
    "trace": _trace,
    "diag": _diagonal,
}
