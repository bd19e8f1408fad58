"""Section 1 of the sheet: singular values, low-rank approximation, principal components."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.language import Expr, delta, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula, Source, Verdict

GOLUB = "Golub and Van Loan, Matrix Computations, 4th ed., section 2.4"
ECKART = "Eckart and Young, The Approximation of One Matrix by Another of Lower Rank, Psychometrika 1936"
JOLLIFFE = "Jolliffe, Principal Component Analysis, 2nd ed., chapter 3"

m, n, r = dim("m"), dim("n"), dim("r")
a, b, c, d, e, f, i, j, k, l, p, q, s, t, u, v = index("a b c d e f i j k l p q s t u v")  # noqa: E741
U, S, V = tensor("U", m, m), tensor("S", m, n), tensor("V", n, n)
A, A_k = tensor("A", m, n), tensor("A_k", m, n)
P, W = tensor("P", m, r), tensor("W", n, r)
sigma = tensor("sigma", r, nonnegative=True)
keep = tensor("keep", r)


def _eq(left: Expr, right: Expr) -> sp.Basic:
    return Eq(left, right, evaluate=False)


def _orthonormal_columns(of: sp.IndexedBase, height: sp.Symbol) -> sp.Basic:
    return _eq(total(of[s, p] * of[s, q], (s, height)), delta(p, q))


_full = (
    _eq(A[a, b], total(U[a, c] * S[c, d] * V[b, d], (c, m), (d, n))),
    _orthonormal_columns(U, m),
    _orthonormal_columns(V, n),
)
_thin = (
    _eq(A[a, b], total(P[a, c] * sigma[c] * W[b, c], (c, r))),
    _orthonormal_columns(P, m),
    _orthonormal_columns(W, n),
)
_SYMBOLS = {
    "A": "a matrix with m rows and n columns",
    "U": "left singular vectors in its columns, m by m",
    "S": "the printed capital sigma: singular values on its diagonal, m by n",
    "V": "right singular vectors in its columns, n by n",
    "P": "left singular vectors that belong to the r singular values",
    "W": "right singular vectors that belong to them",
    "sigma": "singular values",
}

SVD = Formula(
    id="linalg.svd",
    title="Singular value decomposition",
    section=1,
    names=("SVD", "singular value decomposition"),
    definition=Definition(latex="A", expr=total(U[i, c] * S[c, d] * V[j, d], (c, m), (d, n)), indices=(i, j)),
    symbols=_SYMBOLS,
    source=Source(
        section=1,
        lines=(38, 40, 41, 42),
        printed=(
            r"A = U\Sigma V^T",
            r"$U$ ($m \times m$)",
            r"$\Sigma$ ($m \times n$)",
            r"$V^T$ ($n \times n$)",
        ),
    ),
    references=(GOLUB,),
    tags=("matrix", "decomposition"),
    used_in=("PCA", "LoRA", "matrix compression", "recommender systems"),
    see_also=("linalg.low_rank", "linalg.pca"),
    claims=(
        Claim(
            name="gram_matrix",
            lhs=total(A[k, i] * A[k, j], (k, m)),
            rhs=total(V[i, a] * S[c, a] * S[c, b] * V[j, b], (a, n), (b, n), (c, m)),
            hypotheses=_full,
            note="A^T A = V S^T S V^T: the columns of V are its eigenvectors. All shapes fit.",
        ),
        Claim(
            name="outer_gram_matrix",
            lhs=total(A[i, k] * A[j, k], (k, n)),
            rhs=total(U[i, a] * S[a, c] * S[b, c] * U[j, b], (a, m), (b, m), (c, n)),
            hypotheses=_full,
        ),
        Claim(
            name="frobenius_norm",
            lhs=total(A[i, j] ** 2, (i, m), (j, n)),
            rhs=total(S[i, j] ** 2, (i, m), (j, n)),
            hypotheses=_full,
            note="Off its diagonal S is 0, so this is the sum of the squared singular values.",
        ),
        Claim(
            name="sum_of_squared_singular_values",
            lhs=total(A[i, j] ** 2, (i, m), (j, n)),
            rhs=total(sigma[k] ** 2, (k, r)),
            hypotheses=_thin,
        ),
        Claim(
            name="sum_of_singular_values",
            lhs=total(A[i, j] ** 2, (i, m), (j, n)),
            rhs=total(sigma[k], (k, r)),
            hypotheses=_thin,
            expected=Verdict.REFUTED,
            corrected_by="sum_of_squared_singular_values",
        ),
        Claim(
            name="right_singular_vectors",
            lhs=total(A[i, j] * W[j, k], (j, n)),
            rhs=sigma[k] * P[i, k],
            hypotheses=_thin,
            note="A v = sigma u.",
        ),
        Claim(
            name="left_singular_vectors",
            lhs=total(A[i, j] * P[i, k], (i, m)),
            rhs=sigma[k] * W[j, k],
            hypotheses=_thin,
        ),
        Claim(
            name="eigenvectors_of_the_gram_matrix",
            lhs=total(A[k, i] * A[k, j] * W[j, l], (k, m), (j, n)),
            rhs=sigma[l] ** 2 * W[i, l],
            hypotheses=_thin,
        ),
    ),
)

_zero_one = _eq(keep[u] ** 2, keep[u])
_kept = total(P[i, k] * keep[k] * sigma[k] * W[j, k], (k, r))

LOW_RANK = Formula(
    id="linalg.low_rank",
    title="Low-rank approximation",
    section=1,
    names=("low-rank approximation", "Low-rank", "truncated SVD"),
    definition=Definition(latex="A_k", expr=_kept, indices=(i, j)),
    symbols={**_SYMBOLS, "keep": "1 for the singular values that are kept, else 0"},
    source=Source(section=1, lines=(43,), printed=(r"A_k = U_k \Sigma_k V_k^T",)),
    references=(ECKART, GOLUB),
    tags=("matrix", "decomposition"),
    used_in=("LoRA", "matrix compression"),
    see_also=("linalg.svd",),
    claims=(
        Claim(
            name="error",
            lhs=total((A[i, j] - _kept) ** 2, (i, m), (j, n)),
            rhs=total((1 - keep[k]) * sigma[k] ** 2, (k, r)),
            hypotheses=(*_thin, _zero_one),
            note="The sum of the squares of the singular values that are left out, whichever these are.",
        ),
        Claim(
            name="error_is_not_their_sum",
            lhs=total((A[i, j] - _kept) ** 2, (i, m), (j, n)),
            rhs=total((1 - keep[k]) * sigma[k], (k, r)),
            hypotheses=(*_thin, _zero_one),
            expected=Verdict.REFUTED,
            corrected_by="error",
        ),
        Claim(
            name="size_of_what_is_kept",
            lhs=total(_kept**2, (i, m), (j, n)),
            rhs=total(keep[k] * sigma[k] ** 2, (k, r)),
            hypotheses=(*_thin, _zero_one),
        ),
        Claim(
            name="orthogonal_to_the_error",
            lhs=total(
                total(P[i, k] * keep[k] * sigma[k] * W[j, k], (k, r))
                * (A[i, j] - total(P[i, l] * keep[l] * sigma[l] * W[j, l], (l, r))),
                (i, m),
                (j, n),
            ),
            rhs=sp.S.Zero,
            hypotheses=(*_thin, _zero_one),
        ),
    ),
)

_centred = _eq(total(A[s, b], (s, m)), 0)
_score = total(A[i, j] * W[j, k], (j, n))

PCA = Formula(
    id="linalg.pca",
    title="Principal component analysis",
    section=1,
    names=("PCA", "PCA via SVD", "principal components"),
    definition=Definition(latex="Z", expr=_score, indices=(i, k)),
    symbols={**_SYMBOLS, "A": "data, one observation per row, each column with mean 0", "X": "data"},
    source=Source(
        section=1,
        lines=(45,),
        printed=(r"Center data $X$, compute SVD, project onto top-$k$ columns of $V$.",),
    ),
    references=(JOLLIFFE,),
    tags=("matrix", "decomposition", "statistics"),
    used_in=("dimensionality reduction", "visualisation"),
    see_also=("linalg.svd",),
    claims=(
        Claim(
            name="covariance",
            lhs=total(A[k, i] * A[k, j], (k, m)) / (m - 1),
            rhs=total(V[i, a] * S[c, a] * S[c, b] * V[j, b], (a, n), (b, n), (c, m)) / (m - 1),
            hypotheses=(*_full, m - 1 > 0),
            note="Of centred data; V S^T S V^T / (m - 1).",
        ),
        Claim(
            name="variance_of_a_score",
            lhs=total(_score**2, (i, m)) / (m - 1),
            rhs=sigma[k] ** 2 / (m - 1),
            hypotheses=(*_thin, m - 1 > 0),
        ),
        Claim(
            name="scores_are_uncorrelated",
            lhs=total(_score * total(A[i, j] * W[j, l], (j, n)), (i, m)) / (m - 1),
            rhs=delta(k, l) * sigma[k] ** 2 / (m - 1),
            hypotheses=(*_thin, m - 1 > 0),
        ),
        Claim(
            name="mean_of_a_score",
            lhs=total(_score, (i, m)) / m,
            rhs=sp.S.Zero,
            hypotheses=(_centred,),
            note="Needs the centring.",
        ),
        Claim(
            name="mean_of_a_score_without_centring",
            lhs=total(_score, (i, m)) / m,
            rhs=sp.S.Zero,
            expected=Verdict.REFUTED,
            corrected_by="mean_of_a_score",
        ),
        Claim(
            name="scores_by_left_vectors",
            lhs=_score,
            rhs=P[i, k] * sigma[k],
            hypotheses=_thin,
        ),
        Claim(
            name="total_variance",
            lhs=total(A[i, j] ** 2, (i, m), (j, n)) / (m - 1),
            rhs=total(sigma[k] ** 2, (k, r)) / (m - 1),
            hypotheses=(*_thin, m - 1 > 0),
        ),
    ),
)

FORMULAS = (SVD, LOW_RANK, PCA)
