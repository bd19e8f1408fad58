"""Random data in the range of a symbol's assumptions, simple and awkward numbers by design."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from typing import Any, Final

import sympy as sp
from flint import fmpq

SIMPLE = tuple(
    fmpq(p, q)
    for p, q in ((1, 1), (-1, 1), (2, 1), (0, 1), (1, 2), (-1, 2), (-2, 1), (3, 1), (1, 3), (-3, 1), (3, 2))
)
COMMON = tuple(sorted({fmpq(p, q) for q in (1, 2, 3, 4, 5, 7) for p in range(-9, 10)}))
WIDE = tuple(
    fmpq(s * p, q)
    for p, q in ((10, 1), (12, 1), (25, 2), (20, 1), (30, 1), (40, 1), (1, 20), (1, 100), (0, 1))
    for s in (1, -1)
)


class Mood(Enum):
    """How the entries of one sample are drawn."""

    NOUGHT = "zeros, and ones where zeros are not allowed"
    SIMPLE = "small simple numbers"
    COMMON = "small rationals"
    WIDE = "large and tiny numbers"
    EQUAL = "all entries of a tensor alike, for most tensors, often 0, 1 or -1"
    TIES = "two values only"
    ZEROS = "mostly zeros, where allowed"
    TWINS = "tensors of one shape alike, and scalars alike"
    FINE = "rationals of which there are many, for when the others were all seen"


MOODS = (
    Mood.NOUGHT, Mood.SIMPLE, Mood.COMMON, Mood.COMMON, Mood.EQUAL, Mood.TIES, Mood.ZEROS, Mood.COMMON,
    Mood.WIDE, Mood.EQUAL, Mood.TWINS, Mood.COMMON, Mood.EQUAL, Mood.COMMON,
)  # fmt: skip
"""Simple numbers first: a counterexample among them needs no shrinking."""


def admits(symbol: sp.Symbol, value: Any) -> bool:
    """Whether the assumptions of ``symbol`` (a scalar, or a tensor's label) allow ``value``."""
    if symbol.is_integer and value.q != 1:
        return False
    s = (value.p > 0) - (value.p < 0)
    if s > 0:
        return not (symbol.is_nonpositive or symbol.is_zero)
    if s < 0:
        return not (symbol.is_nonnegative or symbol.is_zero)
    return not (symbol.is_positive or symbol.is_negative or symbol.is_nonzero)


_POOLS: Final = {Mood.SIMPLE: SIMPLE, Mood.COMMON: COMMON, Mood.WIDE: WIDE}


@cache
def _admitted(symbol: sp.Symbol, pool: Mood) -> tuple[Any, ...]:
    # keyed by the pool's name: hashing its numbers at each draw would cost a millisecond
    fitting = tuple(value for value in _POOLS[pool] if admits(symbol, value))
    if not fitting and pool is not Mood.COMMON:
        return _admitted(symbol, Mood.COMMON)
    return fitting


def simple(symbol: sp.Symbol) -> tuple[Any, ...]:
    """The simple numbers that the assumptions of ``symbol`` allow, the simplest first."""
    return _admitted(symbol, Mood.SIMPLE)


def number(rng: random.Random, symbol: sp.Symbol, mood: Mood) -> Any:
    """A number for ``symbol``."""
    if mood is Mood.NOUGHT:
        return next((v for v in (fmpq(0), fmpq(1)) if admits(symbol, v)), simple(symbol)[0])
    if mood is Mood.WIDE:
        return rng.choice(_admitted(symbol, rng.choice((Mood.WIDE, Mood.COMMON))))
    if mood is Mood.FINE:
        drawn = fmpq(rng.randint(-900, 900), 1 if symbol.is_integer else rng.randint(50, 300))
        return next(
            (x for x in (drawn, -drawn) if admits(symbol, x)), rng.choice(_admitted(symbol, Mood.COMMON))
        )
    if mood in (Mood.COMMON, Mood.EQUAL):
        return rng.choice(_admitted(symbol, Mood.COMMON))
    if mood is Mood.ZEROS and rng.random() < 0.6 and admits(symbol, fmpq(0)):
        return fmpq(0)
    return rng.choice(_admitted(symbol, Mood.SIMPLE))


LARGEST_COUNTER: Final = 12
"""No end of a range and no step of a sequence is drawn larger."""


def counter(rng: random.Random, symbol: sp.Symbol) -> Any:
    """A small whole number for ``symbol``, which ends a range or names a step."""
    fitting = [k for k in range(-LARGEST_COUNTER, LARGEST_COUNTER + 1) if admits(symbol, fmpq(k))]
    return fmpq(rng.choice(fitting))


def tensor(
    rng: random.Random, label: sp.Symbol, shape: Sequence[int], mood: Mood
) -> dict[tuple[int, ...], Any]:
    """Entries for a tensor of concrete ``shape``, by one-based indices."""
    places = list(cells(shape))
    if mood is Mood.EQUAL and rng.random() < 0.8:
        value = rng.choice(simple(label)[:4]) if rng.random() < 0.7 else number(rng, label, mood)
        return dict.fromkeys(places, value)
    if mood is Mood.TIES:
        pair = [number(rng, label, Mood.SIMPLE), number(rng, label, Mood.COMMON)]
        return {at: rng.choice(pair) for at in places}
    return {at: number(rng, label, mood) for at in places}


def cells(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All one-based indices into ``shape``."""
    return itertools.product(*(range(1, size + 1) for size in shape))
