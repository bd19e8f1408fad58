"""Section 15, beyond the sheet: the Laplacian of a graph."""

from __future__ import annotations

import sympy as sp
from sympy import sqrt

from formulas.language import Expr, delta, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation

n = dim("n")
i, j, k, a, b, u, v = index("i j k a b u v")
W, x = tensor("W", n, n, positive=True), tensor("x", n)
_symmetric = sp.Eq(W[u, v], W[v, u], evaluate=False)


def _degree(at: Expr, over: sp.Symbol) -> Expr:
    return total(W[at, over], (over, n))


_form = total(x[i] * (delta(i, j) * _degree(i, a) - W[i, j]) * x[j], (i, n), (j, n))
_squares = total(W[i, j] * (x[i] - x[j]) ** 2, (i, n), (j, n)) / 2


def _normalised(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return W[row, col] / sqrt(_degree(row, a) * _degree(col, b))


_smooth = total(W[i, j] * (x[i] / sqrt(_degree(i, a)) - x[j] / sqrt(_degree(j, b))) ** 2, (i, n), (j, n)) / 2

LAPLACIAN = Formula(
    id="model.laplacian",
    title="Graph Laplacian",
    section=15,
    names=("graph Laplacian", "Laplacian matrix", "normalised Laplacian"),
    definition=Definition(latex=r"L_{ij}", expr=delta(i, j) * _degree(i, a) - W[i, j], indices=(i, j)),
    symbols={"W": "weights of the edges", "x": "a value at each node"},
    references=("F. R. K. Chung, Spectral Graph Theory, AMS 1997",),
    tags=("graph", "matrix"),
    used_in=("graph networks", "spectral clustering"),
    see_also=("linalg.positive_definite",),
    claims=(
        Claim(
            name="rows_sum_to_zero", lhs=total(delta(i, j) * _degree(i, a) - W[i, j], (j, n)), rhs=sp.S.Zero
        ),
        Claim(name="quadratic_form", lhs=_form, rhs=_squares, hypotheses=(_symmetric,)),
        Claim(
            name="positive_semidefinite",
            lhs=_form,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_symmetric,),
            certificate=_squares,
        ),
        Claim(
            name="normalised_form",
            lhs=total(x[i] ** 2, (i, n)) - total(x[i] * _normalised(i, j) * x[j], (i, n), (j, n)),
            rhs=_smooth,
            hypotheses=(_symmetric,),
        ),
        Claim(
            name="eigenvector_of_the_normalised_weights",
            lhs=total(_normalised(i, j) * sqrt(_degree(j, k)), (j, n)),
            rhs=sqrt(_degree(i, k)),
        ),
    ),
)

FORMULAS = (LAPLACIAN,)
