"""Undefined smooth functions at a sample point: polynomials whose coefficients are drawn like other data.

``f'`` and ``f''`` are the derivatives of the polynomial drawn for ``f``, so that what is said of a
function and its derivatives is tried on functions and their derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sympy as sp
from sympy.core.function import AppliedUndef

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


def polynomial(e: AppliedUndef, at: sp.Expr) -> sp.Expr:
    """The value at ``at`` of the polynomial, or of the derivative, that ``e`` applies."""
    order = e.func.__name__.count("'")
    found = sp.S.Zero
    for k, c in enumerate(coefficients_of(e)):
        if k >= order:
            found += sp.ff(k, order) * c * at ** (k - order)
    return found


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
