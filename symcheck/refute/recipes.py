"""Data for hypotheses that are met by construction only: orthonormal columns or rows, covariances.

Each recipe recognises a hypothesis and builds the entries of the tensor that it is about.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import fmpq, fmpq_mat

from formulas import chance
from symcheck.refute.laws import Impossible
from symcheck.refute.problem import Problem

Entries: TypeAlias = dict[tuple[int, ...], Any]
_STEPS: Final = tuple(
    fmpq(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2), (2, 1), (1, 3), (-3, 2))
)


@dataclass(frozen=True)
class Recipe:
    """``build`` makes the entries of ``tensor`` for a concrete shape; ``Impossible`` if there are none."""

    tensor: sp.IndexedBase
    build: Callable[[tuple[int, ...], random.Random], Entries]


def recipes(problem: Problem) -> tuple[Recipe, ...]:
    """One for each tensor of which the hypotheses say such a thing; the first that is found."""
    found: dict[sp.IndexedBase, Recipe] = {}
    for recipe in (*_orthonormal(problem), *_covariances(problem)):
        found.setdefault(recipe.tensor, recipe)
    return tuple(found.values())


def _orthonormal(problem: Problem) -> Iterator[Recipe]:
    for h in problem.hypotheses:
        if not isinstance(h.relation, sp.Eq):
            continue
        for left, right in (h.relation.args, h.relation.args[::-1]):
            if isinstance(left, sp.Sum) and len(left.limits) == 1 and isinstance(right, sp.KroneckerDelta):
                axis = _summed_axis(left, right)
                if axis is not None:
                    base = next(iter(left.function.atoms(sp.Indexed))).base
                    yield Recipe(base, columns if axis == 0 else rows)


def _summed_axis(left: sp.Sum, right: sp.KroneckerDelta) -> int | None:
    """The axis over which two columns (0) or rows (1) of one matrix are multiplied."""
    factors: tuple[sp.Basic, ...] = left.function.args if isinstance(left.function, sp.Mul) else ()
    if len(factors) != 2 or not all(isinstance(f, sp.Indexed) and len(f.indices) == 2 for f in factors):
        return None
    one, other = factors
    k = left.limits[0][0]
    for axis in (0, 1):
        rest = {one.indices[1 - axis], other.indices[1 - axis]}
        if (
            one.base == other.base
            and one.indices[axis] == other.indices[axis] == k
            and rest == set(right.args[:2])
        ):
            return axis
    return None


def _covariances(problem: Problem) -> Iterator[Recipe]:
    for law in problem.laws:
        if isinstance(law, chance.Moments):
            one, _, other, covariance = law.args
            if not isinstance(one, sp.Indexed):
                continue
            for entry in sorted(covariance.atoms(sp.Indexed), key=str):
                if set(entry.indices) == {*one.indices, *other.indices}:
                    yield Recipe(entry.base, correlations if _unit_diagonal(problem, entry.base) else gram)


def _unit_diagonal(problem: Problem, tensor: sp.IndexedBase) -> bool:
    return any(
        isinstance(h.relation, sp.Eq)
        and isinstance(h.relation.lhs, sp.Indexed)
        and h.relation.lhs.base == tensor
        and len(set(h.relation.lhs.indices)) == 1
        and h.relation.rhs == 1
        for h in problem.hypotheses
    )


def columns(shape: tuple[int, ...], rng: random.Random) -> Entries:
    """A matrix with orthonormal columns: those of ``(I - S) (I + S)^-1`` for a skew S, some negated."""
    height, width = shape
    if width > height:
        raise Impossible
    skew = fmpq_mat(height, height)
    for r in range(height):
        for c in range(r):
            skew[r, c] = rng.choice(_STEPS)
            skew[c, r] = -skew[r, c]
    one = fmpq_mat(height, height, [int(r == c) for r in range(height) for c in range(height)])
    q = (one - skew) * (one + skew).inv()
    signs = [rng.choice((1, -1)) for _ in range(width)]
    order = rng.sample(range(height), width)
    return {(r + 1, c + 1): q[r, order[c]] * signs[c] for r in range(height) for c in range(width)}


def rows(shape: tuple[int, ...], rng: random.Random) -> Entries:
    """A matrix with orthonormal rows."""
    return {(c, r): x for (r, c), x in columns((shape[1], shape[0]), rng).items()}


def correlations(shape: tuple[int, ...], rng: random.Random) -> Entries:
    """A positive semidefinite matrix with ones on its diagonal: products of rational unit vectors."""
    n, other = shape
    if n != other:
        raise Impossible
    units = []
    for _ in range(n):
        found = columns((n, 1), rng)
        units.append([found[r, 1] for r in range(1, n + 1)])
    return {
        (r + 1, c + 1): sum((x * y for x, y in zip(units[r], units[c], strict=True)), fmpq(0))
        for r in range(n)
        for c in range(n)
    }


def gram(shape: tuple[int, ...], rng: random.Random) -> Entries:
    """A symmetric positive definite matrix ``B B^T`` (with axes in halves for more than two)."""
    half = shape[: len(shape) // 2]
    if (*half, *half) != shape:
        raise Impossible
    cells: list[tuple[int, ...]] = [()]
    for size in half:
        cells = [(*at, k) for at in cells for k in range(1, size + 1)]
    n = len(cells)
    lower = fmpq_mat(n, n)
    for r in range(n):
        lower[r, r] = rng.choice((fmpq(1), fmpq(2), fmpq(1, 2), fmpq(3)))
        for c in range(r):
            lower[r, c] = rng.choice(_STEPS)
    product = lower * lower.transpose()
    return {(*cells[r], *cells[c]): product[r, c] for r in range(n) for c in range(n)}
