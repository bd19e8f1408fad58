"""Matrices for the rules of determinants: for each rule, data that meet its condition."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from symcheck.prover.derivation import Substitution
from symcheck.terms import term as tm
from symcheck.terms.term import Index

N = 3
CELLS = [(r, c) for r in range(1, N + 1) for c in range(1, N + 1)]
Matrix = dict[tuple[int, ...], Fraction]
ROTATION = {(1, 1): Fraction(2, 3), (1, 2): Fraction(-1, 3), (1, 3): Fraction(2, 3),
            (2, 1): Fraction(2, 3), (2, 2): Fraction(2, 3), (2, 3): Fraction(-1, 3),
            (3, 1): Fraction(-1, 3), (3, 2): Fraction(2, 3), (3, 3): Fraction(2, 3)}  # fmt: skip


def determinant(entries: dict[tuple[int, ...], Any]) -> Any:
    """By expansion along the first row."""
    size = round(len(entries) ** 0.5)
    return _expanded([[entries[r, c] for c in range(1, size + 1)] for r in range(1, size + 1)])


def _expanded(rows: list[list[Any]]) -> Any:
    if not rows:
        return 1
    total = 0
    for c, x in enumerate(rows[0]):
        total += (-1) ** c * x * _expanded([row[:c] + row[c + 1 :] for row in rows[1:]])
    return total


def _product(a: Matrix, b: Matrix) -> Matrix:
    return {(r, c): sum((a[r, k] * b[k, c] for k in range(1, N + 1)), Fraction(0)) for r, c in CELLS}


def _inverse(a: Matrix) -> Matrix:
    det = determinant(a)
    out = {}
    for r, c in CELLS:
        minor = [[a[i, j] for j in range(1, N + 1) if j != r] for i in range(1, N + 1) if i != c]
        out[r, c] = (-1) ** (r + c) * _expanded(minor) / det
    return out


def matrix_case(name: str, rng: random.Random) -> tuple[Substitution, dict[str, Any]]:
    """A substitution for a rule about determinants, and the values of the tensors in it."""

    def number() -> Fraction:
        return Fraction(rng.randint(-5, 5), rng.randint(1, 3))

    a: Matrix = {at: number() for at in CELLS}
    while determinant(a) == 0:
        a = {at: number() for at in CELLS}
    b: Matrix = {at: number() for at in CELLS}
    u, v = ({(k,): number() for k in range(1, N + 1)} for _ in range(2))
    c = _product(a, b)
    p, q = Index("p", "n"), Index("q", "n")
    match name:
        case "det.identity":
            a = {(r, k): Fraction(r == k) for r, k in CELLS}
        case "det.transpose":
            b = {(r, k): a[k, r] for r, k in CELLS}
        case "det.product_with_transpose":
            c = _product(a, {(r, k): b[k, r] for r, k in CELLS})
        case "det.diagonal":
            c = {(r, k): Fraction(r == k) * u[r,] for r, k in CELLS}
        case "det.scaled_columns":
            c = {(r, k): a[r, k] * u[k,] for r, k in CELLS}
        case "det.rank_one":
            c = {(r, k): Fraction(r == k) + u[r,] * v[k,] for r, k in CELLS}
        case "det.inverse" | "det.of_inverse" | "diff.det":
            b = _inverse(a)
        case "det.columns" | "det.rows":
            flip = {k: rng.choice((1, -1)) for k in range(1, N + 1)}
            a = {(r, k): x * flip[r] * flip[N + 1 - k] for (r, k), x in ROTATION.items()}
        case "det.kernel":
            u[1,] = Fraction(1)
            for r in range(1, N + 1):
                a[r, 1] = -sum((a[r, k] * u[k,] for k in range(2, N + 1)), Fraction(0))
    terms = {
        "?A": ((), tm.array("A", "n")),
        "?B": ((), tm.array("B", "n")),
        "?C": ((), tm.array("C", "n")),
        "f": ((p,), tm.var("u", p)),
        "g": ((p, q), tm.var("B", p, q)) if name == "diff.det" else ((p,), tm.var("v", p)),
        "x": ((), tm.var("A", Index("#1", "n"), Index("k", "n"))),
    }
    indices = {f"?{s}": Index(s, "n") for s in "ijk"}
    return Substitution(terms, indices, {"?n": "n"}), {"A": a, "B": b, "C": c, "u": u, "v": v}
