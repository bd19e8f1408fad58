"""The operations of the IR as data: scalar operations and reduction monoids, each with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sympy as sp

from formulas import language as lang


class Kind(StrEnum):
    REAL = "real"
    INTEGER = "integer"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class ScalarOp:
    """A scalar operation: what it means (a SymPy ``Lambda``) and how many operands it takes.

    ``head``: not for targets, a rewrite replaces it by its stable realisation.
    ``zero_at_zero``: 0 where the first operand is 0, by convention: there the meaning has no value.
    """

    name: str
    arity: int
    meaning: sp.Lambda
    head: bool = False
    result: Kind = Kind.REAL
    note: str = ""
    zero_at_zero: bool = False


_a, _b, _c = sp.symbols("a b c", real=True)


def _op(
    name: str,
    meaning: sp.Basic,
    *,
    head: bool = False,
    result: Kind = Kind.REAL,
    note: str = "",
    zero_at_zero: bool = False,
) -> ScalarOp:
    operands = [s for s in (_a, _b, _c) if meaning.has(s)]
    return ScalarOp(
        name, len(operands), sp.Lambda(tuple(operands), meaning), head, result, note, zero_at_zero
    )


SCALAR_OPS: Mapping[str, ScalarOp] = {
    op.name: op
    for op in (
        _op("add", _a + _b),
        _op("sub", _a - _b),
        _op("mul", _a * _b),
        _op("div", _a / _b),
        _op("neg", -_a),
        _op("abs", sp.Abs(_a)),
        _op("max", sp.Max(_a, _b), note="NaN if an operand is NaN"),
        _op("min", sp.Min(_a, _b), note="NaN if an operand is NaN"),
        _op("square", _a**2),
        _op("sqrt", sp.sqrt(_a)),
        _op("pow", _a**_b),
        _op("exp", sp.exp(_a)),
        _op("expm1", sp.exp(_a) - 1),
        _op("log", sp.log(_a)),
        _op("log1p", sp.log(1 + _a)),
        _op("tanh", sp.tanh(_a)),
        _op("sin", sp.sin(_a)),
        _op("cos", sp.cos(_a)),
        _op("sinprod", sp.sin(_a * _b), note="sin(a b), the product carried to twice the precision"),
        _op("cosprod", sp.cos(_a * _b), note="cos(a b), the product carried to twice the precision"),
        _op("tail", 1 - lang.Phi(_a), note="upper tail of the standard normal law, for a >= 0 only"),
        _op("mills", (1 - lang.Phi(_a)) * sp.exp(_a**2 / 2), note="tail(a) / gauss(a), for a >= 0 only"),
        _op(
            "tailmoment",
            sp.Abs(_a) * (1 - lang.Phi(sp.Abs(_a))),
            note="abs(a) tail(abs(a)); made by ``codegen.numpy.forms`` only",
        ),
        _op("gauss", sp.exp(-(_a**2) / 2), note="exp(-a a / 2), the square carried to twice the precision"),
        _op("rint", lang.nearest(_a), note="the nearest integer, of two the even one"),
        _op("expgap", lang.ExpGap(_a), note="exp(a) - 1 - a, to full precision near 0"),
        _op("leaky", sp.Max(_a, 0) + _b * sp.Min(_a, 0), note="made by ``codegen.numpy.forms`` only"),
        _op("band", sp.Max(-_b, sp.Min(_a, _b)), note="a within -b..b; made by ``codegen.numpy.forms`` only"),
        _op("log_quotient", sp.log(_a / _b), note="precise near a = b; made by ``codegen.c.forms`` only"),
        _op("one_plus_exp", 1 + sp.exp(_a), note="made by ``codegen.numpy.forms`` only"),
        _op("lt", sp.StrictLessThan(_a, _b, evaluate=False), result=Kind.BOOLEAN),
        _op("le", sp.LessThan(_a, _b, evaluate=False), result=Kind.BOOLEAN),
        _op("eq", sp.Eq(_a, _b, evaluate=False), result=Kind.BOOLEAN),
        ScalarOp(
            "select", 3, sp.Lambda((_a, _b, _c), _a * _b + (1 - _a) * _c), note="b where a holds, else c"
        ),
        ScalarOp("hold", 1, sp.Lambda(_a, _a), note="a, with derivative 0: a free choice such as a shift"),
        ScalarOp(
            "finite_or_zero",
            1,
            sp.Lambda(_a, _a),
            note="a if it is finite, else any finite number: guards a shift by an infinite maximum",
        ),
        ScalarOp(
            "saturated",
            1,
            sp.Lambda(_a, _a),
            note="a moved into [-32, 32]: only where what comes of it is constant beyond, in any dtype",
        ),
        ScalarOp(
            "from_largest",
            3,
            sp.Lambda((_a, _b, _c), _b),
            note="b less a free choice for each row: its entry where a is largest, if that is half of c or "
            "more, else 0; made by ``codegen.numpy.unshift`` only",
        ),
        ScalarOp(
            "watch",
            2,
            sp.Lambda((_a, _b), _a),
            note="a, valid where b >= 0: raises a floating-point flag elsewhere; in quick programs only",
        ),
        _op("huber", sp.Min(sp.Abs(_a), _b) * (sp.Abs(_a) - sp.Min(sp.Abs(_a), _b) / 2), head=True),
        _op("xlogx", _a * sp.log(_a), note="0 at a = 0", head=True, zero_at_zero=True),
        _op("xlogy", _a * sp.log(_b), note="0 at a = 0", head=True, zero_at_zero=True),
        _op("xlogratio", _a * sp.log(_a / _b), note="0 at a = 0", head=True, zero_at_zero=True),
        _op("logratio", sp.log(_a / _b), note="to full precision where a / b is close to 1", head=True),
        _op("sigmoid", lang.sigmoid(_a), head=True),
        _op("sigmoid_slope", lang.sigmoid(_a) * (1 - lang.sigmoid(_a)), head=True),
        _op("silu_slope", lang.sigmoid(_a) + _a * lang.sigmoid(_a) * (1 - lang.sigmoid(_a)), head=True),
        _op("softplus", lang.softplus(_a), head=True),
        _op("Phi", lang.Phi(_a), head=True),
        _op("normal_density", lang.normal_density(_a), head=True),
    )
}


@dataclass(frozen=True)
class Monoid:
    """A reduction: ``lift`` an element, ``combine`` two partial results, start from ``neutral``.

    Combining is associative and commutative, so a target may split and reorder it.  ``meaning`` says
    what each component of the result is; a target may compute it in any other order of passes.
    ``combine`` holds for finite partial results; where an operand equals ``neutral`` a target must
    return the other operand (``exp(-inf - -inf)`` would be NaN).
    """

    name: str
    components: tuple[str, ...]
    neutral: tuple[float, ...]
    lift: tuple[sp.Expr, ...]
    combine: tuple[sp.Expr, ...]
    meaning: tuple[str, ...]


_x = sp.Symbol("x", real=True)
_am, _as, _bm, _bs = sp.symbols("a_0 a_1 b_0 b_1", real=True)
_top = sp.Max(_am, _bm)
_aq, _bq = sp.symbols("a_2 b_2", real=True)

MONOIDS: Mapping[str, Monoid] = {
    m.name: m
    for m in (
        Monoid("sum", ("s",), (0.0,), (_x,), (_am + _bm,), ("sum of x",)),
        Monoid("max", ("m",), (-float("inf"),), (_x,), (_top,), ("maximum of x; NaN if one is NaN",)),
        Monoid(
            "max_sumexp",
            ("m", "s"),
            (-float("inf"), 0.0),
            (_x, sp.Integer(1)),
            (_top, _as * sp.exp(_am - _top) + _bs * sp.exp(_bm - _top)),
            ("maximum of x", "sum of exp(x - m)"),
        ),
        Monoid(
            "moments",
            ("n", "m", "q"),
            (0.0, 0.0, 0.0),
            (sp.Integer(1), _x, sp.Integer(0)),
            (
                _am + _bm,
                (_am * _as + _bm * _bs) / (_am + _bm),
                _aq + _bq + (_bs - _as) ** 2 * _am * _bm / (_am + _bm),
            ),
            ("how many x", "mean of x", "sum of (x - m) squared"),
        ),
        Monoid(
            "max_rest",
            ("m", "r"),
            (-float("inf"), -1.0),
            (_x, sp.Integer(0)),
            (_top, (1 + _as) * sp.exp(_am - _top) + (1 + _bs) * sp.exp(_bm - _top) - 1),
            (
                "maximum of x",
                "sum of exp(x - m) without one place where x = m, so that log1p(r) keeps a small r; an "
                "infinite m counts as 0 in the exponent.  (In combine the operand with the larger m enters "
                "as r itself, not as (1 + r) - 1.)",
            ),
        ),
    )
}
