"""Data for hypotheses that are met by construction only: orthonormal columns or rows, covariances.

Each recipe recognises a hypothesis and builds the entries of the tensor that it is about.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import fmpq, fmpq_mat

from formulas import chance
from symcheck.refute.laws import Impossible
from symcheck.refute.problem import Hypothesis, Problem

Unknown: TypeAlias = sp.Symbol | sp.IndexedBase
Entries: TypeAlias = dict[tuple[int, ...], Any]
_STEPS: Final = tuple(
    fmpq(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2), (2, 1), (1, 3), (-3, 2))
)
TRIES: Final = 8
_ENTRIES: Final = (*_STEPS, fmpq(3), fmpq(-2), fmpq(2, 3), fmpq(5, 2), fmpq(-4))


Build: TypeAlias = Callable[[Sequence[tuple[int, ...]], random.Random], tuple[Entries, ...]]


@dataclass(frozen=True)
class Recipe:
    """``build`` makes the entries of ``tensors`` for concrete shapes; ``Impossible`` if there are none."""

    tensors: tuple[sp.IndexedBase, ...]
    build: Build


def recipes(problem: Problem, others: Sequence[Hypothesis], defined: Set[Unknown]) -> tuple[Recipe, ...]:
    """One for each tensor of which the hypotheses say such a thing; the first that is found.

    ``others`` are the hypotheses that define nothing, ``defined`` what the rest define."""
    found: list[Recipe] = []
    for recipe in (
        *_orthonormal(problem), *_covariances(problem), *_intertwined(others), *_inverses(others),
    ):  # fmt: skip
        taken = {t for r in found for t in r.tensors} | set(defined)
        if not taken & set(recipe.tensors):
            found.append(recipe)
    return tuple(found)


def _one(build: Callable[[tuple[int, ...], random.Random], Entries]) -> Build:
    return lambda shapes, rng: (build(shapes[0], rng),)


def _inverses(others: Sequence[Hypothesis]) -> Iterator[Recipe]:
    """Two matrices with product I, if no other hypothesis ties them down."""
    pairs = [_inverse_pair(h.relation) for h in others]
    for pair in [p for p in pairs if p is not None]:
        one, other = pair
        rest = [h for h, p in zip(others, pairs, strict=True) if p is None or set(p) != {one, other}]
        tied = {t for h in rest if isinstance(h.relation, sp.Eq) for t in h.relation.atoms(sp.IndexedBase)}
        signed = any(t.label.is_nonnegative or t.label.is_nonpositive for t in (one, other))
        if not tied & {one, other} and not signed:
            yield Recipe((one, other), inverses)


def _intertwined(others: Sequence[Hypothesis]) -> Iterator[Recipe]:
    """X, Z and P with X P = P Z, and the inverses of X and Z if they have a name."""
    pairs = [_inverse_pair(h.relation) for h in others]
    for h in others:
        if not isinstance(h.relation, sp.Eq):
            continue
        left, right = map(_product_of_two, h.relation.args)
        if left is None or right is None or left[2] != right[2]:
            continue
        for (x, p, _), (q, z, _) in ((left, right), (right, left)):
            if p != q or len({x, p, z}) < 3:
                continue
            named = {a: b for pair in pairs if pair is not None for a, b in (pair, pair[::-1])}
            partners = [named[t] for t in (x, z) if t in named]
            inverted = tuple(t in named for t in (x, z))
            yield Recipe((x, p, z, *partners), _intertwining(inverted))


def _product_of_two(e: sp.Basic) -> tuple[sp.IndexedBase, sp.IndexedBase, tuple[sp.Basic, sp.Basic]] | None:
    """(A, B, (p, q)) for ``Sum(A[p, k] * B[k, q], k)``."""
    if isinstance(e, sp.Sum) and len(e.limits) == 1:
        k = e.limits[0][0]
        for first, second in itertools.permutations(_two_entries(e.function), 2):
            if first.indices[1] == k == second.indices[0]:
                return first.base, second.base, (first.indices[0], second.indices[1])
    return None


def _inverse_pair(relation: sp.Basic) -> tuple[sp.IndexedBase, sp.IndexedBase] | None:
    """(A, B) for ``Sum(A[p, k] * B[k, q], k) = delta(p, q)``."""
    for left, right in (relation.args, relation.args[::-1]) if isinstance(relation, sp.Eq) else ():
        if not (isinstance(left, sp.Sum) and len(left.limits) == 1 and isinstance(right, sp.KroneckerDelta)):
            continue
        for first, second in itertools.permutations(_two_entries(left.function), 2):
            outer = first.indices[0], second.indices[1]
            inner = first.indices[1], second.indices[0]
            fits = set(inner) == {left.limits[0][0]} and set(outer) == set(right.args[:2])
            if fits and first.base != second.base and len(set(outer)) == 2:
                return first.base, second.base
    return None


def _two_entries(e: sp.Basic) -> tuple[sp.Indexed, ...]:
    factors = e.args if isinstance(e, sp.Mul) else ()
    entries = len(factors) == 2 and all(isinstance(f, sp.Indexed) and len(f.indices) == 2 for f in factors)
    return tuple(factors) if entries else ()


def _orthonormal(problem: Problem) -> Iterator[Recipe]:
    for h in problem.hypotheses:
        if not isinstance(h.relation, sp.Eq):
            continue
        for left, right in (h.relation.args, h.relation.args[::-1]):
            if isinstance(left, sp.Sum) and len(left.limits) == 1 and isinstance(right, sp.KroneckerDelta):
                axis = _summed_axis(left, right)
                if axis is not None:
                    base = next(iter(left.function.atoms(sp.Indexed))).base
                    yield Recipe((base,), _one(columns if axis == 0 else rows))


def _summed_axis(left: sp.Sum, right: sp.KroneckerDelta) -> int | None:
    """The axis over which two columns (0) or rows (1) of one matrix are multiplied."""
    factors = _two_entries(left.function)
    if not factors:
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
                    build = correlations if _unit_diagonal(problem, entry.base) else gram
                    yield Recipe((entry.base,), _one(build))


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


def inverses(shapes: Sequence[tuple[int, ...]], rng: random.Random) -> tuple[Entries, ...]:
    """A and B with A B = I: any B of full column rank, and a left inverse of it (the one if it is square)."""
    (rows_of_a, columns_of_a), (rows_of_b, columns_of_b) = shapes
    if (rows_of_a, columns_of_a) != (columns_of_b, rows_of_b) or columns_of_b > rows_of_b:
        raise Impossible
    for _ in range(TRIES):
        b = fmpq_mat(rows_of_b, columns_of_b, [rng.choice(_ENTRIES) for _ in range(rows_of_b * columns_of_b)])
        grams = b.transpose() * b
        if grams.det() != 0:
            break
    else:
        raise Impossible
    a = grams.inv() * b.transpose()
    if rows_of_b > columns_of_b:
        free = fmpq_mat(
            rows_of_a, columns_of_a, [rng.choice(_STEPS) for _ in range(rows_of_a * columns_of_a)]
        )
        a = a + free - free * b * a
    return _entries(a), _entries(b)


def _intertwining(inverted: tuple[bool, ...]) -> Build:
    """X = c I + P M, P, and Z = c I + M P for any P and M: X P = c P + P M P = P Z."""

    def build(shapes: Sequence[tuple[int, ...]], rng: random.Random) -> tuple[Entries, ...]:
        (n, _), (rows_of_p, m), (other, _), *_ = shapes
        if rows_of_p != n or other != m:
            raise Impossible
        for _ in range(TRIES):
            p = fmpq_mat(n, m, [rng.choice(_STEPS) for _ in range(n * m)])
            through = fmpq_mat(m, n, [rng.choice(_STEPS) for _ in range(n * m)])
            c = rng.choice(_ENTRIES)
            x, z = p * through + c * _identity(n), through * p + c * _identity(m)
            if x.det() != 0 and z.det() != 0:
                found = [t.inv() for t, wanted in zip((x, z), inverted, strict=True) if wanted]
                return tuple(map(_entries, (x, p, z, *found)))
        raise Impossible

    return build


def _identity(n: int) -> fmpq_mat:
    return fmpq_mat(n, n, [int(r == c) for r in range(n) for c in range(n)])


def _entries(matrix: fmpq_mat) -> Entries:
    return {(r + 1, c + 1): matrix[r, c] for r in range(matrix.nrows()) for c in range(matrix.ncols())}
