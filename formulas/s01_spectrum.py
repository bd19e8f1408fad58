"""Section 1 of the sheet: eigendecomposition, positive definite matrices, rank."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.language import Expr, Partial, delta, dim, index, natural, real, sequence, tensor, total
from formulas.matrices import Det
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

HORN = "Horn and Johnson, Matrix Analysis, 2nd ed., chapters 0, 1 and 7"
STRANG = "Strang, Introduction to Linear Algebra, 5th ed., chapters 3 and 6"

m, n, r = dim("m"), dim("n"), dim("r")
a, b, c, d, i, j, k, l, p, q = index("a b c d i j k l p q")  # noqa: E741
A, P, Pinv, M, N, Q = (tensor(name, n, n) for name in ("A", "P", "Pinv", "M", "N", "Q"))
lam, v, x = tensor("lam", n), tensor("v", n), tensor("x", n)
spectrum = tensor("spectrum", n, positive=True)
rate = real("rate")
power, s = sequence("power", n, n), natural("s")
t = natural("t")


def _eq(left: Expr, right: Expr) -> sp.Basic:
    return Eq(left, right, evaluate=False)


def _times(left: sp.IndexedBase, right: sp.IndexedBase) -> Expr:
    return total(left[a, k] * right[k, b], (k, n))


_inverse = (_eq(_times(P, Pinv), delta(a, b)), _eq(_times(Pinv, P), delta(a, b)))
_diagonalised = (_eq(A[a, b], total(P[a, k] * lam[k] * Pinv[k, b], (k, n))), *_inverse)
_columns_are_eigenvectors = _eq(total(A[a, k] * P[k, b], (k, n)), P[a, b] * lam[b])
_by_steps = (_eq(M[a, b], P[a, b] * lam[b]), _eq(A[a, b], _times(M, Pinv)), _inverse[0])
_eigenvector = _eq(total(A[a, k] * v[k], (k, n)), rate * v[a])
_not_zero = total(v[k] ** 2, (k, n)) > 0

EIGEN = Formula(
    id="linalg.eigen",
    title="Eigendecomposition",
    section=1,
    names=("Eigendecomposition", "eigenvalues", "diagonalisation"),
    definition=Definition(latex="A", expr=total(P[i, k] * lam[k] * Pinv[k, j], (k, n)), indices=(i, j)),
    symbols={
        "A": "a square matrix that can be diagonalised",
        "P": "eigenvectors in its columns",
        "Pinv": "the inverse of P",
        "lam": "eigenvalues, the diagonal of the printed D",
        "M": "P times the diagonal matrix of eigenvalues",
        "N": "A minus an eigenvalue times the identity",
        "v": "an eigenvector",
        "rate": "its eigenvalue",
        "power": "powers of A",
        "t": "an exponent",
        "s": "an exponent",
    },
    source=Source(section=1, lines=(34,), printed=(r"A\mathbf{v} = \lambda\mathbf{v}", "A = PDP^{-1}")),
    references=(HORN, STRANG),
    tags=("matrix", "decomposition"),
    used_in=("PCA", "spectral clustering", "graph analysis"),
    see_also=("linalg.svd", "linalg.positive_definite"),
    claims=(
        Claim(
            name="columns_are_eigenvectors",
            lhs=total(A[i, j] * P[j, k], (j, n)),
            rhs=lam[k] * P[i, k],
            hypotheses=_diagonalised,
            printed=True,
        ),
        Claim(
            name="from_its_eigenvectors",
            lhs=A[i, j],
            rhs=total(P[i, k] * lam[k] * Pinv[k, j], (k, n)),
            hypotheses=(_columns_are_eigenvectors, *_inverse),
        ),
        Claim(
            name="every_matrix_from_its_eigenvectors",
            lhs=A[i, j],
            rhs=total(P[i, k] * lam[k] * Pinv[k, j], (k, n)),
            hypotheses=(_columns_are_eigenvectors,),
            conditions=_inverse,
            needs="the matrix has as many linearly independent eigenvectors as columns",
            stated_by=("diagonali", "linearly independent eigenvectors", "symmetric", "eigenbasis"),
            printed=True,
            says="A = PDP^{-1}",
            expected=Verdict.CONDITIONAL,
            corrected_by="from_its_eigenvectors",
            note="Only a matrix that can be diagonalised has an invertible P: the eigenvectors of "
            "((0, 1), (0, 0)) are the multiples of (1, 0), so that its P has no inverse. The numbers "
            "have a Pinv which is not an inverse of P.",
        ),
        Claim(
            name="power",
            lhs=power[t, i, j],
            rhs=total(P[i, k] * lam[k] ** t * Pinv[k, j], (k, n)),
            hypotheses=(
                _eq(power[0, a, b], delta(a, b)),
                _eq(power[s + 1, a, b], total(power[s, a, k] * A[k, b], (k, n))),
                *_diagonalised,
            ),
            note="For every exponent, by induction.",
        ),
        Claim(
            name="trace",
            lhs=total(A[i, i], (i, n)),
            rhs=total(lam[k], (k, n)),
            hypotheses=_diagonalised,
        ),
        Claim(
            name="determinant",
            lhs=Det(A),
            rhs=sp.Product(lam[k], (k, 1, n)),
            hypotheses=_by_steps,
        ),
        Claim(
            name="determinant_as_a_sum",
            lhs=Det(A),
            rhs=total(lam[k], (k, n)),
            hypotheses=_by_steps,
            expected=Verdict.REFUTED,
            corrected_by="determinant",
        ),
        Claim(
            name="trace_of_the_square",
            lhs=total(A[i, j] * A[j, i], (i, n), (j, n)),
            rhs=total(lam[k] ** 2, (k, n)),
            hypotheses=_diagonalised,
            note="A nilpotent matrix other than 0 has no such decomposition: all its eigenvalues are 0.",
        ),
        Claim(
            name="inverse",
            lhs=total(A[i, k] * total(P[k, l] / lam[l] * Pinv[l, j], (l, n)), (k, n)),
            rhs=delta(i, j),
            hypotheses=(*_diagonalised, sp.Ne(lam[a], 0)),
        ),
        Claim(
            name="square_of_the_matrix",
            lhs=total(A[i, j] * total(A[j, k] * v[k], (k, n)), (j, n)),
            rhs=rate**2 * v[i],
            hypotheses=(_eigenvector,),
        ),
        Claim(
            name="characteristic_equation",
            lhs=Det(N),
            rhs=sp.S.Zero,
            hypotheses=(_eigenvector, _eq(N[a, b], A[a, b] - rate * delta(a, b)), _not_zero),
        ),
        Claim(
            name="characteristic_equation_of_the_zero_vector",
            lhs=Det(N),
            rhs=sp.S.Zero,
            hypotheses=(_eigenvector, _eq(N[a, b], A[a, b] - rate * delta(a, b))),
            expected=Verdict.REFUTED,
            corrected_by="characteristic_equation",
            note="An eigenvector is not 0.",
        ),
    ),
)

B, L = tensor("B", m, n), tensor("L", n, m)
positive_entries = tensor("positive_entries", n, n, positive=True)


def _form(matrix: sp.IndexedBase) -> Expr:
    return total(x[i] * matrix[i, j] * x[j], (i, n), (j, n))


def _image(row: Expr, over: sp.Symbol) -> Expr:
    return total(B[row, over] * x[over], (over, n))


_gram = total(x[i] * total(B[k, i] * B[k, j], (k, m)) * x[j], (i, n), (j, n))
_left_inverse = _eq(total(L[a, k] * B[k, b], (k, m)), delta(a, b))
_x_not_zero = total(x[k] ** 2, (k, n)) > 0
_size_of_inverse = total(L[i, k] ** 2, (i, n), (k, m))
_lagrange = total((L[i, k] * _image(l, p) - L[i, l] * _image(k, q)) ** 2, (i, n), (k, m), (l, m)) / 2
_orthonormal = _eq(total(Q[k, a] * Q[k, b], (k, n)), delta(a, b))
_spectral = (
    _eq(M[a, b], Q[a, b] * spectrum[b]),
    _eq(A[a, b], total(M[a, k] * Q[b, k], (k, n))),
    _orthonormal,
)

POSITIVE_DEFINITE = Formula(
    id="linalg.positive_definite",
    title="Positive definite matrices",
    section=1,
    names=("Positive Definite", "positive definite", "positive semidefinite"),
    definition=Definition(latex=r"x^T A x", expr=_form(A)),
    symbols={
        "A": "a square matrix",
        "B": "a matrix with m rows and n columns",
        "L": "a left inverse of B",
        "Q": "an orthogonal matrix",
        "M": "Q times the diagonal matrix of eigenvalues",
        "spectrum": "positive eigenvalues",
        "positive_entries": "a matrix whose entries are all positive",
        "x": "a vector",
    },
    source=Source(
        section=1,
        lines=(51,),
        printed=(r"\mathbf{x}^T A \mathbf{x} > 0, \forall \mathbf{x} \neq 0",),
    ),
    references=(HORN,),
    tags=("matrix",),
    used_in=("covariance matrices", "convex losses"),
    see_also=("linalg.symmetric", "linalg.eigen"),
    claims=(
        Claim(
            name="gram_matrix",
            lhs=_gram,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=total(_image(k, i) ** 2, (k, m)),
            note="B^T B is positive semidefinite, whatever B is.",
        ),
        Claim(
            name="gram_matrix_of_full_column_rank",
            lhs=_gram,
            rhs=sp.S.Zero,
            relation=Relation.GT,
            hypotheses=(_left_inverse, _x_not_zero, _size_of_inverse > 0),
            certificate=(total(x[k] ** 2, (k, n)) + _lagrange) / _size_of_inverse,
            note="Independent columns are those with a left inverse: then B x = 0 only for x = 0.",
        ),
        Claim(
            name="gram_matrix_of_dependent_columns",
            lhs=_gram,
            rhs=sp.S.Zero,
            hypotheses=(_eq(total(B[c, k] * x[k], (k, n)), 0),),
            note="If B x = 0 for an x other than 0, B^T B is not positive definite.",
        ),
        Claim(
            name="gram_matrix_in_general",
            lhs=_gram,
            rhs=sp.S.Zero,
            relation=Relation.GT,
            hypotheses=(_x_not_zero,),
            expected=Verdict.REFUTED,
            corrected_by="gram_matrix_of_full_column_rank",
        ),
        Claim(
            name="zero_only_if_the_image_is_zero",
            lhs=_image(d, l) ** 2,
            rhs=_gram,
            relation=Relation.LE,
            certificate=total((1 - delta(k, d)) * _image(k, i) ** 2, (k, m)),
            note="x^T B^T B x = 0 forces each entry of B x to be 0.",
        ),
        Claim(
            name="by_eigenvalues",
            lhs=_form(A),
            rhs=total(spectrum[k] * total(Q[i, k] * x[i], (i, n)) ** 2, (k, n)),
            hypotheses=_spectral,
        ),
        Claim(
            name="determinant",
            lhs=Det(A),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            hypotheses=_spectral,
            certificate=sp.Product(spectrum[k], (k, 1, n)),
        ),
        Claim(
            name="gradient",
            lhs=Partial(_form(A), x[l]),
            rhs=total((A[l, k] + A[k, l]) * x[k], (k, n)),
        ),
        Claim(
            name="positive_entries",
            lhs=_form(positive_entries),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="gram_matrix",
            note="Positive entries do not make a matrix positive definite.",
        ),
    ),
)

G, H = tensor("G", n, r), tensor("H", r, n)
_product = _eq(A[a, b], total(G[a, k] * H[k, b], (k, r)))
_kernel = _eq(total(H[c, k] * v[k], (k, n)), 0)

RANK = Formula(
    id="linalg.rank",
    title="Rank",
    section=1,
    names=("Rank", "rank", "matrix rank"),
    definition=Definition(latex="(GH)_{ij}", expr=total(G[i, k] * H[k, j], (k, r)), indices=(i, j)),
    symbols={
        "A": "a square block of a product, n rows and columns of it",
        "G": "n rows of the first factor, which has r columns",
        "H": "n columns of the second factor, which has r rows",
        "Pinv": "an inverse of A",
        "v": "a vector",
        "x": "a vector",
    },
    source=Source(section=1, lines=(54,), printed=(r"\text{rank}(A) = ",)),
    references=(HORN, STRANG),
    tags=("matrix",),
    used_in=("LoRA",),
    see_also=("linalg.low_rank",),
    claims=(
        Claim(
            name="minors_of_a_product_vanish",
            lhs=Det(A),
            rhs=sp.S.Zero,
            hypotheses=(_product, _kernel, _not_zero),
            note="rank(BA) <= r: a block with n > r rows and columns has determinant 0, since r equations "
            "in n unknowns have a solution v other than 0.",
        ),
        Claim(
            name="kernel_of_a_product",
            lhs=total(A[i, k] * v[k], (k, n)),
            rhs=sp.S.Zero,
            hypotheses=(_product, _kernel),
        ),
        Claim(
            name="columns_are_combinations",
            lhs=total(A[i, k] * x[k], (k, n)),
            rhs=total(G[i, l] * total(H[l, k] * x[k], (k, n)), (l, r)),
            hypotheses=(_product,),
            note="Every combination of the columns of BA is one of the r columns of B.",
        ),
        Claim(
            name="minors_of_any_product",
            lhs=Det(A),
            rhs=sp.S.Zero,
            hypotheses=(_product,),
            expected=Verdict.REFUTED,
            corrected_by="minors_of_a_product_vanish",
            note="With r >= n the product may be invertible.",
        ),
        Claim(
            name="independent_columns",
            lhs=v[i],
            rhs=sp.S.Zero,
            hypotheses=(
                _eq(total(A[a, k] * v[k], (k, n)), 0),
                _eq(_times(Pinv, A), delta(a, b)),
            ),
            note="Columns of an invertible matrix are linearly independent.",
        ),
    ),
)

FORMULAS = (EIGEN, POSITIVE_DEFINITE, RANK)
