"""Section 1, beyond the sheet: inverses after a change of low rank, Kronecker products, forms."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Ne

from formulas.language import Expr, Partial, delta, dim, index, tensor, total
from formulas.s01_matrices import PETERSEN
from formulas.schema import Claim, Definition, Formula, Relation

n, r, p, q = dim("n"), dim("r"), dim("p"), dim("q")
i, j, k, l, a, b, c, e, s, t = index("i j k l a b c e s t")  # noqa: E741
A, Ainv = tensor("A", n, n), tensor("Ainv", n, n)
u, v, x = tensor("u", n), tensor("v", n), tensor("x", n)
U, C, Cinv, V = tensor("U", n, r), tensor("C", r, r), tensor("Cinv", r, r), tensor("V", r, n)
M, Minv = tensor("M", r, r), tensor("Minv", r, r)
F, G, H, K = tensor("F", n, r), tensor("G", p, q), tensor("H", r, n), tensor("K", q, p)
S = tensor("S", n, n)

_GOLUB = "G. H. Golub, C. F. Van Loan, Matrix Computations, Johns Hopkins University Press 2013"


def _is(left: Expr, right: Expr) -> sp.Eq:
    return Eq(left, right, evaluate=False)


def _inverse(of: sp.IndexedBase, inverse: sp.IndexedBase) -> sp.Eq:
    size = of.shape[0]
    return _is(total(of[s, k] * inverse[k, t], (k, size)), delta(s, t))


_denominator = 1 + total(v[a] * Ainv[a, b] * u[b], (a, n), (b, n))


def _rank_one(row: Expr, col: Expr) -> Expr:
    top = total(Ainv[row, k] * u[k], (k, n)) * total(v[l] * Ainv[l, col], (l, n))
    return Ainv[row, col] - top / _denominator


def _rank_r(row: Expr, col: Expr) -> Expr:
    inner = U[k, a] * Minv[a, b] * V[b, l]
    return Ainv[row, col] - total(Ainv[row, k] * inner * Ainv[l, col], (k, n), (l, n), (a, r), (b, r))


SHERMAN_MORRISON = Formula(
    id="linalg.sherman_morrison",
    title="Sherman-Morrison formula",
    section=1,
    names=("Sherman-Morrison formula", "Sherman-Morrison", "rank-one update of an inverse"),
    definition=Definition(latex=r"\left((A + u v^T)^{-1}\right)_{ij}", expr=_rank_one(i, j), indices=(i, j)),
    symbols={"A": "invertible matrix", "Ainv": "its inverse", "u": "left vector", "v": "right vector"},
    references=(PETERSEN, _GOLUB),
    tags=("matrix", "inverse"),
    used_in=("quasi-Newton methods", "Bayesian linear regression"),
    see_also=("linalg.inverse", "linalg.woodbury"),
    claims=(
        Claim(
            name="is_the_inverse",
            lhs=total((A[i, c] + u[i] * v[c]) * _rank_one(c, j), (c, n)),
            rhs=delta(i, j),
            hypotheses=(_inverse(A, Ainv), Ne(_denominator, 0)),
        ),
        Claim(
            name="solution",
            lhs=total(_rank_one(i, c) * u[c], (c, n)),
            rhs=total(Ainv[i, c] * u[c], (c, n)) / _denominator,
            hypotheses=(Ne(_denominator, 0),),
            note="The updated system with right side u costs one solve with A.",
        ),
    ),
)

WOODBURY = Formula(
    id="linalg.woodbury",
    title="Woodbury identity",
    section=1,
    names=("Woodbury identity", "Woodbury matrix identity", "matrix inversion lemma"),
    definition=Definition(latex=r"\left((A + U C V)^{-1}\right)_{ij}", expr=_rank_r(i, j), indices=(i, j)),
    symbols={
        "A": "invertible matrix",
        "Ainv": "inverse of A",
        "U": "left factor of the change",
        "C": "invertible middle of the change",
        "Cinv": "inverse of C",
        "V": "right factor of the change",
        "M": "small matrix inv(C) + V inv(A) U",
        "Minv": "inverse of M",
    },
    references=(PETERSEN, _GOLUB),
    tags=("matrix", "inverse"),
    used_in=("Gaussian processes", "Kalman filter", "natural gradient"),
    see_also=("linalg.inverse", "linalg.sherman_morrison", "linalg.low_rank"),
    claims=(
        Claim(
            name="is_the_inverse",
            lhs=total((A[i, c] + total(U[i, e] * C[e, l] * V[l, c], (e, r), (l, r))) * _rank_r(c, j), (c, n)),
            rhs=delta(i, j),
            hypotheses=(
                _inverse(A, Ainv),
                _is(total(V[s, k] * Ainv[k, l] * U[l, t], (k, n), (l, n)), M[s, t] - Cinv[s, t]),
                _inverse(M, Minv),
                _inverse(C, Cinv),
            ),
        ),
    ),
)

KRONECKER = Formula(
    id="linalg.kronecker",
    title="Kronecker product",
    section=1,
    names=("Kronecker product", "tensor product of matrices"),
    definition=Definition(latex=r"(F \otimes G)_{(i,a),(j,b)}", expr=F[i, j] * G[a, b], indices=(i, a, j, b)),
    symbols={
        "F": "first matrix",
        "G": "second matrix",
        "H": "what the first one is multiplied by",
        "K": "what the second one is multiplied by",
        "A": "square matrix",
        "M": "another square matrix",
    },
    references=(PETERSEN, _GOLUB),
    tags=("matrix",),
    used_in=("K-FAC", "separable convolutions"),
    see_also=("linalg.matmul", "linalg.trace"),
    claims=(
        Claim(
            name="mixed_product",
            lhs=total(F[i, k] * G[a, l] * H[k, j] * K[l, b], (k, r), (l, q)),
            rhs=total(F[i, k] * H[k, j], (k, r)) * total(G[a, l] * K[l, b], (l, q)),
            note="(A kron B)(C kron D) = AC kron BD, with rows and columns named by pairs.",
        ),
        Claim(
            name="trace",
            lhs=total(A[k, k] * M[l, l], (k, n), (l, r)),
            rhs=total(A[k, k], (k, n)) * total(M[l, l], (l, r)),
        ),
        Claim(
            name="square_norm",
            lhs=total((F[i, j] * G[a, b]) ** 2, (i, n), (j, r), (a, p), (b, q)),
            rhs=total(F[i, j] ** 2, (i, n), (j, r)) * total(G[a, b] ** 2, (a, p), (b, q)),
        ),
    ),
)

_form = total(x[k] * S[k, l] * x[l], (k, n), (l, n))
_length = total(x[k] ** 2, (k, n))
_symmetric = _is(S[s, t], S[t, s])

RAYLEIGH = Formula(
    id="linalg.rayleigh",
    title="Rayleigh quotient",
    section=1,
    names=("Rayleigh quotient",),
    definition=Definition(latex=r"\rho(x)", expr=_form / _length),
    symbols={"S": "symmetric matrix", "x": "vector that is not 0", "lam": "eigenvalue", "c": "scale"},
    references=(_GOLUB,),
    tags=("matrix", "eigenvalue"),
    used_in=("power iteration", "sharpness of a minimum"),
    see_also=("linalg.eigen", "linalg.positive_definite"),
    claims=(
        Claim(
            name="gradient",
            lhs=Partial(_form / _length, x[j]),
            rhs=2 * (total(S[j, k] * x[k], (k, n)) - _form / _length * x[j]) / _length,
            hypotheses=(_symmetric, _length > 0),
            note="It vanishes exactly at eigenvectors.",
        ),
        Claim(
            name="at_an_eigenvector",
            lhs=_form / _length,
            rhs=sp.Symbol("lam", real=True),
            hypotheses=(
                _is(total(S[s, k] * x[k], (k, n)), sp.Symbol("lam", real=True) * x[s]),
                _length > 0,
            ),
        ),
    ),
)


def _centring(row: Expr, col: Expr) -> Expr:
    return delta(row, col) - sp.S.One / n


CENTRING = Formula(
    id="linalg.centring",
    title="Centring matrix",
    section=1,
    names=("centring matrix", "centering matrix", "double centring"),
    definition=Definition(latex=r"H_{ij}", expr=_centring(i, j), indices=(i, j)),
    symbols={"x": "vector", "S": "kernel matrix"},
    references=("T. F. Cox, M. A. A. Cox, Multidimensional Scaling, Chapman and Hall 2000",),
    tags=("matrix", "projection"),
    used_in=("kernel PCA", "multidimensional scaling"),
    see_also=("linalg.pca", "linalg.projection", "norm.layer"),
    claims=(
        Claim(
            name="idempotent",
            lhs=total(_centring(i, k) * _centring(k, j), (k, n)),
            rhs=_centring(i, j),
        ),
        Claim(
            name="takes_the_mean_off",
            lhs=total(_centring(i, k) * x[k], (k, n)),
            rhs=x[i] - total(x[k], (k, n)) / n,
        ),
        Claim(name="kills_constants", lhs=total(_centring(i, k), (k, n)), rhs=sp.S.Zero),
        Claim(
            name="from_both_sides",
            lhs=total(total(_centring(i, k) * S[k, l], (k, n)) * _centring(l, j), (l, n)),
            rhs=S[i, j]
            - total(S[k, j], (k, n)) / n
            - total(S[i, k], (k, n)) / n
            + total(S[k, l], (k, n), (l, n)) / n**2,
        ),
        Claim(
            name="nonnegative_form",
            lhs=total(x[k] * _centring(k, l) * x[l], (k, n), (l, n)),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=total((x[k] - total(x[l], (l, n)) / n) ** 2, (k, n)),
        ),
    ),
)

FORMULAS = (SHERMAN_MORRISON, WOODBURY, KRONECKER, RAYLEIGH, CENTRING)
