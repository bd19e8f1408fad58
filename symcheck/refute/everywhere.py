"""Whether a relation holds for every value of a scalar in which it is polynomial: exactly, by its roots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sympy as sp
from flint import fmpq
from sympy.core.function import AppliedUndef

from symcheck.refute.functions import DEGREE

MOST: Final = 12
"""Largest degree that is looked at."""
_u: Final = sp.Symbol("u")


def holds(relation: sp.Basic, variable: sp.Symbol, gap: Callable[[Any], Any]) -> bool:
    """Whether ``relation`` holds for all values that the assumptions of ``variable`` allow; ``gap(u)`` is
    left minus right side where the variable is u.  False where this cannot be told."""
    degree = _degree(relation.lhs - relation.rhs, variable)
    if degree is None or degree > MOST:
        return False
    points = [(k, gap(fmpq(k))) for k in range(1, degree + 2)]
    if any(type(value) is not fmpq for _, value in points):
        return False
    exact = [(sp.Integer(k), sp.Rational(int(v.p), int(v.q))) for k, v in points]
    poly = sp.Poly(sp.interpolate(exact, _u), _u)
    if isinstance(relation, sp.Eq):
        return bool(poly.is_zero)
    if isinstance(relation, sp.Le | sp.Lt):
        poly = -poly
    low = 0 if variable.is_nonnegative else None
    if isinstance(relation, sp.Gt | sp.Lt | sp.Ne):
        clear = not poly.is_zero and poly.count_roots(low, None) == 0
        return bool(clear and (isinstance(relation, sp.Ne) or poly.eval(1) > 0))
    return bool(poly.is_zero or (not _crosses(poly, low) and _somewhere(poly) > 0))


def _crosses(poly: sp.Poly, low: int | None) -> bool:
    """Whether it changes its sign inside the range."""
    for factor, power in poly.sqf_list()[1]:
        inside = factor.count_roots(low, None) - (low is not None and factor.eval(0) == 0)
        if power % 2 and inside:
            return True
    return False


def _somewhere(poly: sp.Poly) -> Any:
    """A value that is not 0, at a positive number."""
    return next(v for v in (poly.eval(k) for k in range(1, poly.degree() + 3)) if v != 0)


def _degree(e: sp.Basic, x: sp.Symbol) -> int | None:
    """A bound of the degree in x, where ``e`` is a polynomial in it."""
    if not e.has(x):
        return 0
    if e == x:
        return 1
    if isinstance(e, sp.Sum):
        return _degree(e.function, x)
    if isinstance(e, sp.Pow) and e.exp.is_Integer and e.exp > 0:
        base = _degree(e.base, x)
        return None if base is None else base * int(e.exp)
    if isinstance(e, AppliedUndef):
        inner = _degree(e.args[0], x)
        return None if inner is None else DEGREE * inner
    if isinstance(e, sp.Add | sp.Mul):
        parts = [_degree(a, x) for a in e.args]
        known = [p for p in parts if p is not None]
        if len(known) < len(parts):
            return None
        return max(known) if isinstance(e, sp.Add) else sum(known)
    return None
