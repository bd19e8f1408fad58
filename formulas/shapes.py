"""Whether a product of matrices is defined, as a statement about sizes.

A document may print a product that its own shapes do not allow.  Such a line cannot be written in index
notation at all, so what is claimed of it is that the two sizes which have to agree do: an equation of sizes
like any other, to be proved or to be refuted with a counterexample.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy as sp

from formulas.language import Expr

Matrix: TypeAlias = sp.MatrixExpr


def matrix(name: str, rows: Expr | int, columns: Expr | int = 1) -> Matrix:
    """A matrix of which only the shape matters; a column by default."""
    return sp.MatrixSymbol(name, rows, columns)


def elementwise(of: Matrix) -> Matrix:
    """Something of the same shape: a function applied entry by entry."""
    return sp.MatrixSymbol(f"f({of})", *of.shape)


def inner_sizes(left: Matrix, right: Matrix) -> tuple[Expr, Expr]:
    """Columns of the left factor and rows of the right one, which have to agree for their product."""
    return left.shape[1], right.shape[0]
