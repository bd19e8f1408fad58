"""Random quantities: expectation as an inert head, and what may be assumed of the laws.

A random scalar or tensor is declared with ``random``.  ``Expectation(f)`` averages f over all random
quantities in it; outside of any expectation a random quantity stands for its value at one outcome, and a
relation between random quantities is meant at every outcome.  All expectations that are written exist.

A *law* is a hypothesis about the distribution of a random quantity.  It is stated for all entries at once:
the indices in it are universally quantified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from formulas.language import Expr

__all__ = [
    "Bernoulli", "Covariance", "Cumulants", "E", "Expectation", "Gaussian", "Independent", "Law", "Moments",
    "OneHot", "RandomSymbol", "Symmetric", "Variance", "random",
]  # fmt: skip


class RandomSymbol(sp.Symbol):
    """The name of a random scalar, or the label of a random tensor."""

    __slots__ = ()


def random(name: str, *shape: sp.Expr | int, **assumptions: bool) -> Any:
    """A real random scalar, or a real random tensor of the given shape."""
    label = RandomSymbol(name, **(assumptions or {"real": True}))
    return sp.IndexedBase(label, shape=shape) if shape else label


def label_of(quantity: sp.Basic) -> sp.Symbol:
    """The symbol that names a scalar, a tensor or an entry of one."""
    if isinstance(quantity, sp.Indexed):
        quantity = quantity.base
    return quantity.label if isinstance(quantity, sp.IndexedBase) else quantity


class _Average(sp.Function):
    @classmethod
    def eval(cls, *args: Any) -> None:
        return None

    def _eval_is_real(self) -> bool:
        return True


class Expectation(_Average):
    """The mean of its argument over all random quantities in it.  Linear; inert for SymPy."""

    nargs = 1


E = Expectation


class Variance(_Average):
    """E((X - E X)^2)."""

    nargs = 1


class Covariance(_Average):
    """E((X - E X) (Y - E Y))."""

    nargs = 2


_x, _y = sp.Symbol("x", real=True), sp.Symbol("y", real=True)
AVERAGES: dict[type[sp.Function], sp.Lambda] = {
    Variance: sp.Lambda(_x, Expectation((_x - Expectation(_x)) ** 2)),
    Covariance: sp.Lambda((_x, _y), Expectation((_x - Expectation(_x)) * (_y - Expectation(_y)))),
}
"""What is defined by expectations."""


class Law(sp.Basic):
    """A hypothesis about the distribution of random quantities."""

    def __new__(cls, *args: Any) -> Law:
        return sp.Basic.__new__(cls, *map(sp.sympify, args))

    def equations(self) -> tuple[sp.Basic, ...]:
        """The equations that hold because of it, indices universally quantified."""
        return ()

    @property
    def subject(self) -> sp.Symbol:
        """The name of the quantity it is about."""
        return label_of(self.args[0])


class Independent(Law):
    """``Independent(q, k, ...)``: the random quantities are mutually independent, each taken as a whole."""


class Symmetric(Law):
    """``Symmetric(z)``: z and -z have one distribution."""


class Moments(Law):
    """``Moments(x[i], mean, x[j], covariance)``: first and second moments, with i and j free in them.

    ``Moments(X, mean, X, variance)`` for a scalar."""

    def equations(self) -> tuple[sp.Basic, ...]:
        one, mean, other, covariance = self.args
        here, there = _indices(one), _indices(other)
        across = dict(zip(here, there, strict=True))
        second = _eq(Expectation(one * other), covariance + mean * mean.xreplace(across))
        exchanged = covariance.xreplace(across | {j: i for i, j in across.items()})
        symmetric = () if exchanged == covariance else (_eq(covariance, exchanged),)
        return _eq(Expectation(one), mean), second, *symmetric


class Gaussian(Moments):
    """Like ``Moments``, and all entries together are jointly Gaussian."""


class Cumulants(Law):
    """``Cumulants(x[i], c1, ..., cr)``: the entries of x have the moments up to order r that independent
    entries have of which each has the cumulants c1, ..., cr (mean, variance, ...).

    The mean of a product of entries is a sum over the partitions of its factors; each block gives a
    cumulant if its entries are one and the same, and else 0.  (McCullagh, Tensor Methods in Statistics,
    1987, section 2.3)"""

    def equations(self) -> tuple[sp.Basic, ...]:
        entry, *cumulants = self.args
        entries = [entry, *(_another(entry, k) for k in range(1, len(cumulants)))]
        return tuple(
            _eq(Expectation(sp.Mul(*entries[:order])), _by_partitions(entries[:order], cumulants))
            for order in range(1, len(cumulants) + 1)
        )


def _another(entry: sp.Basic, k: int) -> sp.Basic:
    """The entry at other indices."""
    if not isinstance(entry, sp.Indexed):
        return entry
    return entry.base[tuple(sp.Symbol(f"{i}_{k}", **i.assumptions0) for i in entry.indices)]


def _by_partitions(entries: Sequence[sp.Basic], cumulants: Sequence[Expr]) -> Expr:
    return sp.Add(
        *(
            sp.Mul(*(cumulants[len(block) - 1] * _all_one(block) for block in blocks))
            for blocks in _partitions(entries)
        )
    )


def _partitions(of: Sequence[sp.Basic]) -> Iterator[list[list[sp.Basic]]]:
    if not of:
        yield []
        return
    first, *others = of
    for blocks in _partitions(others):
        yield [[first], *blocks]
        for k, block in enumerate(blocks):
            yield [*blocks[:k], [first, *block], *blocks[k + 1 :]]


def _all_one(block: Sequence[sp.Basic]) -> Expr:
    """1 if all entries are at one place, else 0."""
    here, *others = map(_indices, block)
    return sp.Mul(*(sp.KroneckerDelta(i, j) for there in others for i, j in zip(here, there, strict=True)))


class Bernoulli(Law):
    """``Bernoulli(m[i], p)``: m[i] is 1 with probability p and else 0."""

    def equations(self) -> tuple[sp.Basic, ...]:
        one, p = self.args
        return _eq(one**2, one), _eq(Expectation(one), p)


class OneHot(Law):
    """``OneHot(z[k], p[k], z[l])``: one entry of z is 1, the k-th with probability p[k]; the others are 0."""

    def equations(self) -> tuple[sp.Basic, ...]:
        one, p, other = self.args
        (k,), (l,) = _indices(one), _indices(other)  # noqa: E741
        some = sp.Sum(other, (l, 1, other.base.shape[0]))
        return _eq(one * other, one * sp.KroneckerDelta(k, l)), _eq(Expectation(one), p), _eq(some, sp.S.One)


def _indices(entry: sp.Basic) -> tuple[sp.Basic, ...]:
    return tuple(entry.indices) if isinstance(entry, sp.Indexed) else ()


def _eq(left: Expr, right: Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)
