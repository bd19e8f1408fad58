"""Undefined smooth functions at a sample point: polynomials whose coefficients are drawn like other data.

``f'`` and ``f''`` are the derivatives of the polynomial drawn for ``f``, so that what is said of a
function and its derivatives is tried on functions and their derivatives.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.check import parts
from formulas.language import At

DEGREE: Final = 4
_MARK: Final = "·"
"""Stands in the names of coefficients and in no name of the catalog."""


def coefficients(name: str) -> tuple[sp.Symbol, ...]:
    """The coefficients of the polynomial that stands for ``name``, from degree 0."""
    return tuple(sp.Symbol(f"{name}{_MARK}{k}", real=True) for k in range(DEGREE + 1))


def is_smooth(e: object) -> bool:
    """Whether ``e`` applies an undefined function that is declared smooth (``language.smooth``)."""
    return isinstance(e, AppliedUndef) and bool(e.is_real) and len(e.args) == 1


def coefficients_of(e: AppliedUndef) -> tuple[sp.Symbol, ...]:
    """The coefficients on which the value of an applied function, or of its derivative, depends."""
    return coefficients(e.func.__name__.rstrip("'"))


def function_of(coefficient: object) -> str | None:
    """The name of the function to which a coefficient belongs; ``None`` for other symbols."""
    name, mark, _ = str(coefficient).partition(_MARK)
    return name if mark else None


def order_of(coefficient: object) -> int | None:
    """The degree to which a coefficient belongs; ``None`` for other symbols."""
    _, mark, order = str(coefficient).partition(_MARK)
    return int(order) if mark else None


def polynomial(e: AppliedUndef, at: sp.Expr) -> sp.Expr:
    """The value at ``at`` of the polynomial, or of the derivative, that ``e`` applies."""
    order = e.func.__name__.count("'")
    found = sp.S.Zero
    for k, c in enumerate(coefficients_of(e)):
        if k >= order:
            found += sp.ff(k, order) * c * at ** (k - order)
    return found


def unfolded(e: sp.Basic) -> sp.Basic:
    """``e`` with each function of a vector (``language.Field``) written as the polynomial that stands for it:
    of degree 2 in all entries together and 3 in each, with tensors of coefficients."""
    if isinstance(e, At):
        name, k, n, entry, component, by = e.args
        return _of_vector(name, k, n, unfolded(entry), component, by)
    if not parts(e, At):
        return e
    return e.func(*map(unfolded, e.args))


def _of_vector(
    name: sp.Symbol, k: sp.Symbol, n: sp.Expr, entry: sp.Expr, component: sp.Tuple, by: sp.Tuple
) -> sp.Expr:
    outs, axes = (component[:1], component[1:]) if component else ((), ())

    def coefficient(order: int, *at: sp.Expr) -> sp.Expr:
        shape = (*axes, *[n] * len(at))
        symbol = sp.Symbol(f"{name}{_MARK}{order}", real=True)
        return sp.IndexedBase(symbol, shape=shape)[(*outs, *at)] if shape else symbol

    def index() -> sp.Symbol:
        return sp.Symbol(f"{name}_{next(_numbers)}", integer=True)

    def at(i: sp.Expr) -> sp.Expr:
        return entry.xreplace({k: i})

    def total(body: sp.Expr, *over: sp.Symbol) -> sp.Expr:
        return sp.Sum(body, *[(i, 1, n) for i in over])

    i, j = index(), index()
    if not by:
        linear = total(coefficient(1, i) * at(i) + coefficient(3, i) * at(i) ** 3, i)
        return coefficient(0) + linear + total(coefficient(2, i, j) * at(i) * at(j), i, j)
    first, *others = by
    if not others:
        mixed = total((coefficient(2, first, j) + coefficient(2, j, first)) * at(j), j)
        return coefficient(1, first) + mixed + 3 * coefficient(3, first) * at(first) ** 2
    second, *more = others
    same = sp.KroneckerDelta(first, second)
    if not more:
        mixed = coefficient(2, first, second) + coefficient(2, second, first)
        return mixed + 6 * same * coefficient(3, first) * at(first)
    return (
        6 * same * sp.KroneckerDelta(first, more[0]) * coefficient(3, first) if len(more) == 1 else sp.S.Zero
    )


_numbers = itertools.count(1)


def shown(values: Mapping[str, str]) -> dict[str, str]:
    """Data for people: the coefficients of each function put together, other entries as they are."""
    out: dict[str, str] = {}
    functions: dict[str, dict[int, str]] = {}
    for key, value in values.items():
        name, mark, k = key.partition(_MARK)
        if mark:
            functions.setdefault(name, {})[int(k)] = value
        else:
            out[key] = value
    for name, found in functions.items():
        u = sp.Symbol("u")
        terms = (sp.Rational(value) * u**k for k, value in found.items() if _plain(value))
        out[f"{name}(u)"] = str(sp.Add(*terms)) if all(map(_plain, found.values())) else str(found)
    return out


def _plain(value: str) -> bool:
    return value.lstrip("-").replace("/", "").isdigit()
