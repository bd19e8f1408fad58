"""The vocabulary in which formulas are written: SymPy expressions in index notation.

A tensor is an ``IndexedBase`` with a symbolic shape, a reduction is a ``Sum`` over the full range
``1..n`` of a dimension (or over a range of integers, which may be empty), and everything that SymPy would
evaluate on its own (and at times evaluate wrongly) is an *inert head* of this module: a ``Function`` that
SymPy never rewrites.

Nothing here computes.  What a head means is stated once, in ``DEFINITIONS``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sympy as sp

__all__ = [
    "At", "Everywhere", "ExpGap", "Field", "Frac", "MillsGap", "Partial", "Phi", "delta", "dim", "index",
    "natural", "negative", "nonnegative", "normal_density", "positive", "real", "sequence", "sigmoid",
    "smooth", "softplus", "tensor", "total",
    "causal_mask", "nearest",
]  # fmt: skip

Expr: TypeAlias = sp.Expr


def dim(name: str) -> sp.Symbol:
    """A symbolic size: a positive integer that stays symbolic in every proof."""
    return sp.Symbol(name, integer=True, positive=True)


def index(names: str) -> tuple[sp.Symbol, ...]:
    """Index variables.  Their range comes from the axes in which they stand."""
    return tuple(sp.Symbol(n, integer=True) for n in names.split())


def real(name: str) -> sp.Symbol:
    """A real scalar."""
    return sp.Symbol(name, real=True)


def positive(name: str) -> sp.Symbol:
    """A real scalar > 0."""
    return sp.Symbol(name, positive=True)


def negative(name: str) -> sp.Symbol:
    """A real scalar < 0."""
    return sp.Symbol(name, negative=True)


def nonnegative(name: str) -> sp.Symbol:
    """A real scalar >= 0."""
    return sp.Symbol(name, nonnegative=True)


def natural(name: str) -> sp.Symbol:
    """An integer >= 0 that is a number and not the size of an axis (a position, a step)."""
    return sp.Symbol(name, integer=True, nonnegative=True)


def tensor(
    name: str, *shape: sp.Expr | int, positive: bool = False, nonnegative: bool = False
) -> sp.IndexedBase:
    """A real tensor with a symbolic shape; indices run from 1.

    ``positive``: every entry is > 0; ``nonnegative``: every entry is >= 0."""
    assumptions = {"positive": True} if positive else {"nonnegative": True} if nonnegative else {"real": True}
    return sp.IndexedBase(sp.Symbol(name, **assumptions), shape=shape)


def sequence(name: str, *shape: sp.Expr | int, positive: bool = False) -> sp.IndexedBase:
    """A tensor with a first axis without end: ``g[t]`` for every integer t, ``W[t, i, j]`` for matrices.

    In a hypothesis, an integer symbol in that place that the claim does not have is universally
    quantified: ``Eq(v[s + 1], gamma * v[s])`` with ``s = natural("s")`` says it of every s >= 0."""
    return tensor(name, sp.oo, *shape, positive=positive)


def total(body: Expr, *ranges: tuple[sp.Symbol, sp.Expr | int]) -> sp.Sum:
    """``total(f, (i, n), (j, m))`` is the sum of f over 1 <= i <= n, 1 <= j <= m."""
    return sp.Sum(body, *[(i, 1, n) for i, n in ranges])


def smooth(name: str) -> type[sp.Function]:
    """An undefined smooth function of one real variable; ``smooth("f'")`` is the derivative of ``f``."""
    return sp.Function(name, real=True)


class Everywhere(sp.Basic):
    """A hypothesis: ``relation`` holds for all values of ``variable`` that its assumptions allow."""

    def __new__(cls, variable: sp.Symbol, relation: sp.Basic) -> Everywhere:
        return sp.Basic.__new__(cls, variable, relation)

    @property
    def variable(self) -> sp.Symbol:
        return self.args[0]

    @property
    def relation(self) -> sp.Basic:
        return self.args[1]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return self.relation.free_symbols - {self.variable}


class Field:
    """An undefined smooth function of a vector with n entries; ``size`` is the number of its components,
    if it has several.

    ``f(lambda k: x[k])`` is its value at x, ``f(..., out=i)`` component i, ``f(..., by=(j,))`` the
    partial derivative by the coordinate j of its argument, ``by=(j, l)`` the second one."""

    def __init__(self, name: str, n: sp.Expr, size: sp.Expr | None = None) -> None:
        self.name, self.n, self.size = name, n, size

    def __call__(
        self, at: Callable[[sp.Symbol], Expr], out: Expr | None = None, by: tuple[Expr, ...] = ()
    ) -> Expr:
        if (out is None) != (self.size is None):
            raise ValueError(f"{self.name}: which component?")
        k = sp.Symbol(f"{self.name}_at", integer=True)
        component = sp.Tuple() if out is None else sp.Tuple(out, self.size)
        return At(sp.Symbol(self.name), k, self.n, at(k), component, sp.Tuple(*by))


class At(sp.Expr):
    """A ``Field`` at a vector: name, index of the entries, their number, an entry, the component with the
    number of components, and the coordinates by which it is differentiated.  Inert."""

    is_commutative = True

    def _eval_is_real(self) -> bool:
        return True

    @property
    def free_symbols(self) -> set[sp.Basic]:
        _, k, n, body, component, by = self.args
        return (body.free_symbols - {k}).union(*(a.free_symbols for a in (n, component, by)))


def delta(i: Expr, j: Expr) -> Expr:
    """Kronecker's delta."""
    return sp.KroneckerDelta(i, j)


class Partial(sp.Function):
    """``Partial(f, x[i])`` is the partial derivative of f with respect to the entry x[i].

    Inert: SymPy's own ``diff`` captures bound indices (``Sum(x[i]**2, i)`` by ``x[i]``)."""

    nargs = 2

    @classmethod
    def eval(cls, *args: Any) -> None:
        return None

    def _latex(self, printer: Any, **_: Any) -> str:
        f, x = (printer.doprint(part) for part in self.args)
        return rf"\frac{{\partial}}{{\partial {x}}}\left({f}\right)"


class _Head(sp.Function):
    nargs = 1

    @classmethod
    def eval(cls, *args: Any) -> None:
        return None

    def _eval_is_real(self) -> bool:
        return True


class sigmoid(_Head):
    """1 / (1 + exp(-x))."""


class softplus(_Head):
    """log(1 + exp(x))."""


class Phi(_Head):
    """Distribution function of the standard normal law, (1 + erf(x / sqrt 2)) / 2."""


class normal_density(_Head):
    """Density of the standard normal law, exp(-x**2 / 2) / sqrt(2 pi)."""


class ExpGap(_Head):
    """exp(t) - 1 - t, which is >= 0 and is 0 only at t = 0."""


class MillsGap(_Head):
    """normal_density(x) - x (1 - Phi(x)), which is > 0 for every real x."""


class Frac(_Head):
    """x - floor(x), the fractional part: 0 <= Frac(x) < 1."""


class causal_mask(_Head):
    """``causal_mask(j, i)``: 0 where j <= i, else minus infinity.  For kernels: SymPy moves cases out of a
    sum."""

    nargs = 2


class nearest(_Head):
    """The nearest integer, of two the even one.  For kernels; claims state rounding by its error bound."""


_x = sp.Symbol("x", real=True)
DEFINITIONS: dict[type[sp.Function], sp.Lambda] = {
    sigmoid: sp.Lambda(_x, 1 / (1 + sp.exp(-_x))),
    softplus: sp.Lambda(_x, sp.log(1 + sp.exp(_x))),
    Phi: sp.Lambda(_x, (1 + sp.erf(_x / sp.sqrt(2))) / 2),
    normal_density: sp.Lambda(_x, sp.exp(-(_x**2) / 2) / sp.sqrt(2 * sp.pi)),
    Frac: sp.Lambda(_x, _x - sp.floor(_x)),
    ExpGap: sp.Lambda(_x, sp.exp(_x) - 1 - _x),
    MillsGap: sp.Lambda(
        _x,
        sp.exp(-(_x**2) / 2) / sp.sqrt(2 * sp.pi) - _x * (1 - (1 + sp.erf(_x / sp.sqrt(2))) / 2),
    ),
}
