"""Section 1 of the sheet, continued: orthogonal and symmetric matrices."""

from __future__ import annotations

import sympy as sp
from sympy import cos, sin, sqrt

from formulas.language import Expr, Partial, delta, dim, index, real, tensor, total
from formulas.s01_matrices import PETERSEN, is_inverse, product, same
from formulas.s01_vectors import STRANG, dot
from formulas.schema import Claim, Definition, Formula, Source, Verdict

n = dim("n")
i, j, k, l, r, s, u, v = index("i j k l r s u v")  # noqa: E741
A, Q, P, W = (tensor(name, n, n) for name in "AQPW")
x, y = tensor("x", n), tensor("y", n)
theta, first, second = real("theta"), real("first"), real("second")

ZERO, ONE = sp.S.Zero, sp.S.One


def is_orthogonal(of: sp.IndexedBase) -> sp.Eq:
    """The transpose of ``of`` times ``of`` is the identity."""
    return same(total(of[s, u] * of[s, v], (s, n)), delta(u, v))


def image(of: sp.IndexedBase, vector: sp.IndexedBase, row: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry of a matrix times a vector."""
    return total(of[row, dummy] * vector[dummy], (dummy, n))


_turned = (cos(theta) * first - sin(theta) * second, sin(theta) * first + cos(theta) * second)
_orthogonal = is_orthogonal(Q)

ORTHOGONAL = Formula(
    id="linalg.orthogonal",
    title="Orthogonal matrix",
    section=1,
    names=("Orthogonal", "orthogonal matrix", "orthonormal columns", "A^T A = I"),
    definition=Definition(latex="(Q^T Q)_{ij}", expr=total(Q[k, i] * Q[k, j], (k, n)), indices=(i, j)),
    symbols={
        "Q": "orthogonal matrix",
        "P": "other orthogonal matrix",
        "W": "inverse of Q",
        "x": "vector",
        "y": "other vector",
        "theta": "angle of a rotation of the plane",
        "first": "first coordinate of a point of the plane",
        "second": "second coordinate",
    },
    source=Source(section=1, lines=(52,), printed=("A^T A = I",)),
    references=(f"{STRANG}, section 4.4",),
    tags=("matrix", "property"),
    used_in=("rotations", "singular value decomposition", "initialisation"),
    see_also=("linalg.symmetric", "linalg.projection", "llm.rope"),
    claims=(
        Claim(
            name="keeps_inner_products",
            lhs=total(image(Q, x, i) * image(Q, y, i, l), (i, n)),
            rhs=dot(x, y),
            hypotheses=(_orthogonal,),
        ),
        Claim(
            name="keeps_norms",
            lhs=sqrt(total(image(Q, x, i) ** 2, (i, n))),
            rhs=sqrt(total(x[i] ** 2, (i, n))),
            hypotheses=(_orthogonal,),
        ),
        Claim(
            name="keeps_distances",
            lhs=total((image(Q, x, i) - image(Q, y, i, l)) ** 2, (i, n)),
            rhs=total((x[i] - y[i]) ** 2, (i, n)),
            hypotheses=(_orthogonal,),
        ),
        Claim(
            name="product_of_two",
            lhs=total(product(Q, P, k, i, l) * product(Q, P, k, j, r), (k, n)),
            rhs=delta(i, j),
            hypotheses=(_orthogonal, is_orthogonal(P)),
        ),
        Claim(
            name="inverse_is_the_transpose",
            lhs=W[i, j],
            rhs=Q[j, i],
            hypotheses=(_orthogonal, is_inverse(Q, W), is_inverse(W, Q)),
        ),
        Claim(
            name="rows_are_orthonormal",
            lhs=total(Q[i, k] * Q[j, k], (k, n)),
            rhs=delta(i, j),
            hypotheses=(_orthogonal, is_inverse(Q, W)),
            note="Of a square matrix; one with more rows than columns may have orthonormal columns alone.",
        ),
        Claim(
            name="rotation_of_the_plane",
            lhs=_turned[0] ** 2 + _turned[1] ** 2,
            rhs=first**2 + second**2,
            note="The rotation matrix keeps norms.",
        ),
        Claim(name="columns_of_the_rotation_have_norm_one", lhs=cos(theta) ** 2 + sin(theta) ** 2, rhs=ONE),
        Claim(
            name="gradient_of_squared_norm",
            lhs=Partial(total(image(Q, x, i) ** 2, (i, n)), x[j]),
            rhs=2 * x[j],
            hypotheses=(_orthogonal,),
        ),
    ),
)

_form = total(x[i] * A[i, j] * x[j], (i, n), (j, n))
_symmetric = same(A[u, v], A[v, u])

SYMMETRIC = Formula(
    id="linalg.symmetric",
    title="Symmetric matrix",
    section=1,
    names=("Symmetric", "symmetric matrix", "A = A^T", "quadratic form"),
    definition=Definition(latex="(A^T)_{ij}", expr=A[j, i], indices=(i, j)),
    symbols={
        "A": "matrix",
        "x": "vector",
        "y": "other vector",
        "Q": "any matrix",
    },
    source=Source(section=1, lines=(53,), printed=("A = A^T",)),
    references=(f"{STRANG}, section 6.4", f"{PETERSEN}, section 2.4"),
    tags=("matrix", "property"),
    used_in=("covariances", "Hessians", "kernels"),
    see_also=("linalg.transpose", "linalg.orthogonal"),
    claims=(
        Claim(
            name="gradient_of_quadratic_form",
            lhs=Partial(_form, x[k]),
            rhs=total((A[k, i] + A[i, k]) * x[i], (i, n)),
            note="For every square matrix.",
        ),
        Claim(
            name="gradient_of_symmetric_quadratic_form",
            lhs=Partial(_form, x[k]),
            rhs=2 * image(A, x, k, l),
            hypotheses=(_symmetric,),
        ),
        Claim(
            name="gradient_as_often_quoted",
            lhs=Partial(_form, x[k]),
            rhs=2 * image(A, x, k, l),
            conditions=(_symmetric,),
            expected=Verdict.CONDITIONAL,
            corrected_by="gradient_of_quadratic_form",
            note="2Ax needs a symmetric matrix.",
        ),
        Claim(
            name="hessian_of_quadratic_form",
            lhs=Partial(Partial(_form, x[k]), x[l]),
            rhs=A[k, l] + A[l, k],
        ),
        Claim(
            name="only_the_symmetric_part_counts",
            lhs=_form,
            rhs=total(x[i] * (A[i, j] + A[j, i]) / 2 * x[j], (i, n), (j, n)),
        ),
        Claim(
            name="self_adjoint",
            lhs=total(x[i] * image(A, y, i), (i, n)),
            rhs=total(image(A, x, i) * y[i], (i, n)),
            hypotheses=(_symmetric,),
        ),
        Claim(
            name="self_adjoint_for_every_matrix",
            lhs=total(x[i] * image(A, y, i), (i, n)),
            rhs=total(image(A, x, i) * y[i], (i, n)),
            conditions=(_symmetric,),
            expected=Verdict.CONDITIONAL,
            corrected_by="self_adjoint",
        ),
        Claim(
            name="gram_matrix",
            lhs=total(Q[k, i] * Q[k, j], (k, n)),
            rhs=total(Q[r, j] * Q[r, i], (r, n)),
            note="The transpose of a matrix times the matrix is symmetric.",
        ),
        Claim(
            name="antisymmetric_part_does_no_work",
            lhs=total(x[i] * (A[i, j] - A[j, i]) * x[j], (i, n), (j, n)),
            rhs=ZERO,
        ),
    ),
)

FORMULAS = (ORTHOGONAL, SYMMETRIC)
