"""Finite laws under which the rules of expectation are evaluated, and terms for their metavariables."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

from exact_terms import Law

from symcheck.prover.derivation import Substitution
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

U, W = tm.var("U"), tm.var("W")
NORMAL = ((Fraction(7, 18), 0), (Fraction(1, 4), 1), (Fraction(1, 4), -1), (Fraction(1, 20), 2),
          (Fraction(1, 20), -2), (Fraction(1, 180), 3), (Fraction(1, 180), -3))  # fmt: skip
"""Points with the moments of the standard normal law up to the seventh."""
FACTOR = {(): ((2,),), (1,): ((1, 0),), (2,): ((3, 2),)}
"""Gaussian entries are ``1 + FACTOR s`` for independent standard normal s."""


def _scalars(u: int, w: int) -> dict[str, dict[tuple[int, ...], Fraction]]:
    return {"U": {(): Fraction(u)}, "W": {(): Fraction(w, 3)}}


FREE: Law = [
    (Fraction(1, 2), _scalars(1, 2)), (Fraction(1, 3), _scalars(-2, 2)), (Fraction(1, 6), _scalars(3, -1)),
]  # fmt: skip
_INDEPENDENT: Law = [
    (p * q, _scalars(u, w))
    for (p, u), (q, w) in itertools.product(
        ((Fraction(1, 3), 2), (Fraction(2, 3), -1)), ((Fraction(1, 4), 5), (Fraction(3, 4), 1))
    )
]
_SYMMETRIC: Law = [
    (p * q / 2, _scalars(sign * u, w))
    for sign in (1, -1)
    for (p, u), (q, w) in itertools.product(
        ((Fraction(1, 3), 2), (Fraction(2, 3), 1)), ((Fraction(1, 4), 5), (Fraction(3, 4), 1))
    )
]


def _cells(rank: int) -> list[tuple[int, ...]]:
    return list(itertools.product((1, 2), repeat=rank))


def _gaussian(rank: int) -> Law:
    """Entries ``1 + (row of cell) s`` with two standard normal s (one for a scalar)."""
    out = []
    for chosen in itertools.product(NORMAL, repeat=min(rank, 1) + 1):
        weight = Fraction(1)
        for p, _ in chosen:
            weight *= p
        s = [x for _, x in chosen]
        out.append(
            (weight, {"T": {at: 1 + sum(_row(at, k) * x for k, x in enumerate(s)) for at in _cells(rank)}})
        )
    return out


def _row(at: tuple[int, ...], k: int) -> Fraction:
    return Fraction(2 if not at else 1 + at[0] * (k + 1) - (at[1] * k if len(at) > 1 else 0))


def covariance(at: tuple[int, ...], other: tuple[int, ...]) -> Fraction:
    """Of two entries of the Gaussian law."""
    return sum((_row(at, k) * _row(other, k) for k in range(2 if at else 1)), Fraction(0))


LAWS: dict[str, Law] = {
    "mean.independent": _INDEPENDENT,
    "mean.reflect": _SYMMETRIC,
    **{f"mean.gaussian{rank}": _gaussian(rank) for rank in range(3)},
}


def averaged(name: str, rng: random.Random) -> Substitution:
    """Terms for the metavariables of a rule about expectations, such that its conditions are met."""

    def number() -> Term:
        return tm.num(Fraction(rng.randint(-9, 9), rng.randint(1, 4)))

    i = Index("p", "n")
    if name.startswith("mean.gaussian"):
        return _by_parts(int(name[-1]), number)
    a: Term
    b: Term
    match name:
        case "mean.constant":
            a, b = number() * tm.var("x"), U
        case "mean.factor":
            a, b = number() + tm.var("x"), number() * U * W + U
        case "mean.independent":
            a, b = number() * U + U * U, number() + W * W
        case "mean.reflect":
            odd, even = number(), number()
            a, b = odd * U * W + even * U * U, -odd * U * W + even * U * U
        case _:
            a, b = number() * U + W, U * U + number() * W
    summand = tm.var("y", i) * U * U + W * number()
    terms = {"a": ((), a), "b": ((), b), "x": ((), U), "f": ((i,), summand)}
    return Substitution(terms, {"?i": Index("i", "n")}, {"?n": "n"})


def _by_parts(rank: int, number: object) -> Substitution:
    at = tuple(Index(f"i{q}", f"n{q}") for q in range(rank))
    other = tuple(Index(f"j{q}", f"n{q}") for q in range(rank))
    entry = tm.var("T", *at)
    first = tm.var("T", *[Index("#1", i.size) for i in at])
    values: Term = tm.ZERO
    for here in _cells(rank):
        for there in _cells(rank):
            deltas = [
                tm.delta(v, Index(f"#{k}", v.size))
                for v, k in zip((*at, *other), (*here, *there), strict=True)
            ]
            values = values + tm.mul(tm.num(covariance(here, there)), *deltas)
    polynomial = number() * first * entry + number() * first + number()  # type: ignore[operator]
    return Substitution(
        {"a": ((), polynomial), "?x": ((), entry), "m": ((), tm.ONE), "c": (other, values)},
        {f"?i{q}": i for q, i in enumerate(at)} | {f"?j{q}": j for q, j in enumerate(other)},
        {f"?n{q}": f"n{q}" for q in range(rank)},
    )
