"""Definite integrals of documents, worked out where that can be shown to be right.

An antiderivative is looked for by SymPy, believed by nobody, and used only if the prover shows that its
derivative is the integrand.  Between the bounds both must be without singularities: sums and products of
powers, exponentials, sines, cosines and error functions are everywhere, powers and logarithms of the variable
itself where it is positive.  Where a bound is infinite, or 0 for the latter, the limit has to exist.
Parameters are positive: for others such integrals seldom converge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.integrals.manualintegrate import manualintegrate

from formulas.language import Expr, Partial
from symcheck.gate.decide import proved
from symcheck.latex import NotRead, Reading, Reason, Sentence, Side

MAX_OPERATIONS = 40
MAX_PARAMETERS = 4
_ENTIRE = (sp.Add, sp.Mul, sp.exp, sp.sin, sp.cos, sp.erf, sp.erfc)


def worked(reading: Reading) -> Reading:
    """The reading with its integrals worked out; a side with one that is not has no meaning."""
    sides = [s for sentence in reading.sentences for s in sentence.sides]
    if not any(isinstance(s.expr, sp.Basic) and s.expr.has(sp.Integral) for s in sides):
        return reading
    return replace(reading, sentences=tuple(_sentence(s) for s in reading.sentences))


def _sentence(sentence: Sentence) -> Sentence:
    sides: list[Side] = []
    assumed: dict[sp.Basic, sp.Basic] = {}
    for side in sentence.sides:
        if not isinstance(side.expr, sp.Basic) or not side.expr.has(sp.Integral):
            sides.append(side)
            continue
        try:
            expr = _without(side.expr, assumed)
        except _Open:
            expr = None
        if expr is None:
            why = NotRead(Reason.THEORY, side.span, "integral")
            sides.append(replace(side, expr=None, not_read=why))
        else:
            sides.append(replace(side, expr=expr))
    if assumed:
        sides = [
            replace(s, expr=s.expr.xreplace(assumed)) if isinstance(s.expr, sp.Basic) else s for s in sides
        ]
    return replace(sentence, sides=tuple(sides))


class _Open(Exception):
    """An integral that is not worked out."""


def _without(expr: sp.Basic, assumed: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    """``expr`` with every integral replaced by its value; what is assumed positive goes to ``assumed``."""
    if isinstance(expr, sp.Integral):
        return _value(expr, assumed)
    if isinstance(expr, Partial) and isinstance(expr.args[0], sp.Integral):
        return _by_its_bound(expr)
    if not expr.args or not expr.has(sp.Integral):
        return expr
    if isinstance(expr, sp.Sum | Partial | sp.MatrixBase):
        raise _Open
    return expr.func(*[_without(a, assumed) for a in expr.args])


def _by_its_bound(expr: Partial) -> Expr:
    """The derivative of an integral by its upper bound, or by its lower one, is the integrand there."""
    integral, variable = expr.args
    body = integral.args[0]
    inner, low, high = integral.args[1]
    if variable in body.free_symbols or (low == variable) == (high == variable):
        raise _Open
    other = low if high == variable else high
    if variable in other.free_symbols:
        raise _Open
    value = body.xreplace({inner: variable})
    return value if high == variable else -value


def _value(integral: sp.Integral, assumed: dict[sp.Basic, sp.Basic]) -> Expr:
    body = integral.args[0]
    variable, low, high = integral.args[1]
    parameters = (body.free_symbols | low.free_symbols | high.free_symbols) - {variable}
    if body.has(
        sp.Indexed, sp.Sum, AppliedUndef, Partial, sp.Integral, sp.Piecewise, sp.Abs, sp.KroneckerDelta
    ):
        raise _Open
    if len(parameters) > MAX_PARAMETERS or body.count_ops() > MAX_OPERATIONS:
        raise _Open
    positive = {
        p: sp.Symbol(p.name, positive=True) for p in parameters if p.is_positive is None and not p.is_integer
    }
    x = sp.Symbol(f"{variable.name}_", real=True)
    where = {variable: x, **positive}
    low, high = low.xreplace(positive), high.xreplace(positive)
    found = _antiderivative(body.xreplace(where), x)
    if found is None:
        raise _Open
    primitive, entire = found
    if not entire and not (low.is_nonnegative and (high.is_positive or high is sp.oo)):
        raise _Open
    value = _at(primitive, x, high, entire, "-") - _at(primitive, x, low, entire, "+")
    assumed.update(positive)
    return value


@lru_cache(maxsize=256)
def _antiderivative(body: Expr, x: sp.Symbol) -> tuple[Expr, bool] | None:
    """One whose derivative the prover shows to be ``body``, and whether both are entire functions."""
    try:
        primitive = manualintegrate(sp.expand(body), x)
    except Exception:  # SymPy's heuristics fail in many ways; then there is none
        return None
    if (
        primitive.has(sp.Integral, sp.Piecewise, sp.I, sp.Heaviside)
        or primitive.count_ops() > 4 * MAX_OPERATIONS
    ):
        return None
    entire = all(_is_entire(e, x) for e in (body, primitive))
    if not entire:
        there = sp.Symbol(x.name, positive=True)
        body, primitive = body.xreplace({x: there}), primitive.xreplace({x: there})
        if not all(_on_positive(e, there) for e in (body, primitive)):
            return None
        return (primitive.xreplace({there: x}), False) if proved(Partial(primitive, there), body) else None
    return (primitive, True) if proved(Partial(primitive, x), body) else None


def _parts(expr: sp.Basic, x: sp.Symbol) -> Iterator[sp.Basic]:
    """The parts in which ``x`` occurs."""
    return (e for e in sp.preorder_traversal(expr) if e.has(x))


def _is_entire(expr: Expr, x: sp.Symbol) -> bool:
    for e in _parts(expr, x):
        if e == x or isinstance(e, _ENTIRE):
            continue
        power = isinstance(e, sp.Pow) and (
            (e.exp.is_Integer and e.exp.is_positive) or (e.base.is_positive and not e.base.has(x))
        )
        if not power:
            return False
    return True


def _on_positive(expr: Expr, x: sp.Symbol) -> bool:
    for e in _parts(expr, x):
        known = e == x or isinstance(e, _ENTIRE) or (isinstance(e, sp.log) and e.args[0] == x)
        power = isinstance(e, sp.Pow) and (
            e.base == x
            or (e.exp.is_Integer and e.exp.is_positive)
            or (e.base.is_positive and not e.base.has(x))
        )
        if not (known or power):
            return False
    return True


def _at(primitive: Expr, x: sp.Symbol, bound: Expr, entire: bool, side: str) -> Expr:
    if bound.is_infinite or (bound.is_zero and not entire):
        try:
            value = sp.limit(primitive, x, bound, side if bound.is_zero else "-")
        except Exception:  # SymPy's limits fail in many ways; then it is not known
            raise _Open from None
        if value.has(sp.Limit, sp.oo, sp.nan, sp.zoo, sp.AccumBounds, x):
            raise _Open
        return value
    return primitive.xreplace({x: bound})
