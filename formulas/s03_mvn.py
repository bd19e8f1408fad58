"""Section 3 of the sheet: the multivariate Gaussian law."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log, pi, sqrt

from formulas.chance import Covariance, E, Gaussian, Moments, random
from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, tensor, total
from formulas.matrices import Det
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

ANDERSON = "Anderson, An Introduction to Multivariate Statistical Analysis, 3rd ed., chapter 2"
KULLBACK = "Kullback, Information Theory and Statistics, 1959, chapter 9"

n = dim("n")
a, b, c, d, i, j, k, l, p, q = index("a b c d i j k l p q")  # noqa: E741
x = tensor("x", n)
X, Z = random("X", n), random("Z", n)
mu, m, y = tensor("mu", n), tensor("m", n), tensor("y", n)
Sigma, Prec = tensor("Sigma", n, n), tensor("Prec", n, n)
S, T = tensor("S", n, n), tensor("T", n, n)
Q, M, F = tensor("Q", n, n), tensor("M", n, n), tensor("F", n, n)
R, Rinv = tensor("R", n, n), tensor("Rinv", n, n)
spread = tensor("spread", n, positive=True)
bars = positive("bars")


def _eq(left: Expr, right: Expr) -> sp.Basic:
    return Eq(left, right, evaluate=False)


def _form(at: sp.IndexedBase, mean: sp.IndexedBase, precision: sp.IndexedBase) -> Expr:
    return total((at[i] - mean[i]) * precision[i, j] * (at[j] - mean[j]), (i, n), (j, n))


def log_density(
    at: sp.IndexedBase, mean: sp.IndexedBase, precision: sp.IndexedBase, covariance: sp.IndexedBase
) -> Expr:
    """Of N(mean, covariance), whose inverse is ``precision``."""
    return -n * log(2 * pi) / 2 - log(Det(covariance)) / 2 - _form(at, mean, precision) / 2


_density = exp(-_form(x, mu, Prec) / 2) / ((2 * pi) ** (n / 2) * sqrt(Det(Sigma)))
_regular = Det(Sigma) > 0
_orthonormal = _eq(total(Q[k, a] * Q[k, b], (k, n)), delta(a, b))
_diagonalised = (
    _eq(M[a, b], Q[a, b] * spread[b]),
    _eq(Sigma[a, b], total(M[a, k] * Q[b, k], (k, n))),
    _orthonormal,
)
_turned = (
    _eq(Prec[a, b], total(Q[a, k] / spread[k] * Q[b, k], (k, n))),
    _eq(x[a], mu[a] + total(Q[a, k] * y[k], (k, n))),
)
# Sigma is symmetric, as every covariance: Prec Sigma and Prec Sigma^T are the same
_law = (
    Moments(X[a], mu[a], X[b], Sigma[a, b]),
    _eq(total(Prec[a, k] * Sigma[k, b], (k, n)), delta(a, b)),
    _eq(total(Prec[a, k] * Sigma[b, k], (k, n)), delta(a, b)),
)
_component = mu[i] + total(F[i, k] * Z[k], (k, n))
_divergence = (
    total(T[i, j] * Sigma[j, i], (i, n), (j, n))
    + total((mu[i] - m[i]) * T[i, j] * (mu[j] - m[j]), (i, n), (j, n))
    - n
    + log(Det(S))
    - log(Det(Sigma))
) / 2

# coordinates in which S is the identity and Sigma diagonal: S = R R^T, Sigma = R diag(spread) R^T
_common = (
    _eq(M[a, b], R[a, b] * spread[b]),
    _eq(Sigma[a, b], total(M[a, k] * R[b, k], (k, n))),
    _eq(S[a, b], total(R[a, k] * R[b, k], (k, n))),
    _eq(T[a, b], total(Rinv[k, a] * Rinv[k, b], (k, n))),
    _eq(total(Rinv[a, k] * R[k, b], (k, n)), delta(a, b)),
    Det(R) > 0,
    Det(S) > 0,
    _regular,
)
_distance = total(total(Rinv[k, i] * (mu[i] - m[i]), (i, n)) ** 2, (k, n))

MULTIVARIATE_GAUSSIAN = Formula(
    id="prob.mvn",
    title="Multivariate Gaussian law",
    section=3,
    names=("Multivariate Gaussian", "multivariate normal", "MVN"),
    definition=Definition(latex=r"p(\mathbf{x})", expr=_density),
    symbols={
        "x": "a value",
        "X": "a random vector with this mean and covariance",
        "Z": "a standard random vector",
        "mu": "mean",
        "Sigma": "covariance matrix",
        "Prec": "inverse of the covariance matrix",
        "m": "mean of another law",
        "S": "covariance matrix of the other law",
        "T": "inverse of the other covariance matrix",
        "Q": "eigenvectors of the covariance matrix",
        "spread": "its eigenvalues",
        "R": "common coordinates of both laws, in columns",
        "Rinv": "the inverse of R",
        "M": "Q, or R, times the diagonal matrix of the eigenvalues",
        "y": "coordinates along the eigenvectors",
        "bars": "what the bars around the covariance matrix mean",
        "F": "a square factor of the covariance matrix",
    },
    source=Source(
        section=3,
        lines=(119,),
        printed=(
            r"\frac{1}{(2\pi)^{n/2}\|\Sigma\|^{1/2}} e^{-\frac{1}{2}(\mathbf{x}-\boldsymbol{\mu})^T"
            r"\Sigma^{-1}(\mathbf{x}-\boldsymbol{\mu})}",
        ),
    ),
    references=(ANDERSON, KULLBACK),
    tags=("probability", "distribution", "matrix"),
    used_in=("latent spaces", "Gaussian mixtures"),
    see_also=("prob.gaussian", "linalg.eigen"),
    claims=(
        Claim(
            name="log_density",
            lhs=log(_density),
            rhs=log_density(x, mu, Prec, Sigma),
            hypotheses=(_regular,),
        ),
        Claim(
            name="determinant_by_eigenvalues",
            lhs=Det(Sigma),
            rhs=sp.Product(spread[k], (k, 1, n)),
            hypotheses=_diagonalised,
        ),
        Claim(
            name="inverse_by_eigenvalues",
            lhs=total(Sigma[i, k] * Prec[k, j], (k, n)),
            rhs=delta(i, j),
            hypotheses=(*_diagonalised, _turned[0], _eq(total(Q[a, k] * Q[b, k], (k, n)), delta(a, b))),
        ),
        Claim(
            name="form_along_the_eigenvectors",
            lhs=_form(x, mu, Prec),
            rhs=total(y[k] ** 2 / spread[k], (k, n)),
            hypotheses=(_orthonormal, *_turned),
        ),
        Claim(
            name="volume_is_kept",
            lhs=Det(Q) ** 2,
            rhs=sp.S.One,
            hypotheses=(_orthonormal,),
            note="The change of variables x = mu + Q y has |det Q| = 1.",
        ),
        Claim(
            name="product_of_densities",
            lhs=log_density(x, mu, Prec, Sigma),
            rhs=total(-log(2 * pi) / 2 - log(spread[k]) / 2 - y[k] ** 2 / (2 * spread[k]), (k, n)),
            hypotheses=(*_diagonalised, *_turned, _regular),
            printed=True,
            note="The density is the product of n normal densities in the coordinates y, each of which "
            "integrates to 1 (prob.gaussian); with volume_is_kept and Fubini's theorem it integrates to 1.",
        ),
        Claim(
            name="bars_as_printed",
            lhs=-n * log(2 * pi) / 2 - log(bars) / 2 - _form(x, mu, Prec) / 2,
            rhs=log_density(x, mu, Prec, Sigma),
            hypotheses=(_regular,),
            conditions=(_eq(bars, Det(Sigma)),),
            needs=r"the double bars around $\Sigma$ mean its determinant (in a table they come out single, "
            r"elsewhere they are a norm; $\det\Sigma$ is clear everywhere)",
            stated_by=("determinant", r"\det"),
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="log_density",
            note="Printed with the bars of a norm.",
        ),
        Claim(
            name="norm_as_normaliser",
            lhs=sqrt(Det(Sigma)),
            rhs=sqrt(sqrt(total(Sigma[i, j] ** 2, (i, n), (j, n)))),
            hypotheses=(_regular,),
            expected=Verdict.REFUTED,
            corrected_by="determinant_by_eigenvalues",
            note="Double bars usually mean a norm; the normaliser is the determinant, with single bars.",
        ),
        Claim(
            name="mean",
            lhs=E(_component),
            rhs=mu[i],
            hypotheses=(Gaussian(Z[a], 0, Z[b], delta(a, b)),),
            note="X = mu + F Z with a standard normal Z is normal with covariance F F^T.",
        ),
        Claim(
            name="covariance",
            lhs=Covariance(_component, mu[j] + total(F[j, l] * Z[l], (l, n))),
            rhs=total(F[i, k] * F[j, k], (k, n)),
            hypotheses=(Gaussian(Z[a], 0, Z[b], delta(a, b)),),
        ),
        Claim(
            name="mean_of_the_form",
            lhs=E(_form(X, mu, Prec)),
            rhs=n,
            hypotheses=_law,
            note="The squared Mahalanobis distance from the mean.",
        ),
        Claim(
            name="entropy",
            lhs=E(-log_density(X, mu, Prec, Sigma)),
            rhs=n * (log(2 * pi) + 1) / 2 + log(Det(Sigma)) / 2,
            hypotheses=(*_law, _regular),
        ),
        Claim(
            name="divergence",
            lhs=E(log_density(X, mu, Prec, Sigma) - log_density(X, m, T, S)),
            rhs=_divergence,
            hypotheses=(*_law, _regular, Det(S) > 0),
            note="KL of N(mu, Sigma) from N(m, S), for any dimension.",
        ),
        Claim(
            name="ratio_of_determinants",
            lhs=log(Det(Sigma)) - log(Det(S)),
            rhs=total(log(spread[k]), (k, n)),
            hypotheses=_common,
            note="In coordinates in which S is the identity and Sigma diagonal, as any two positive "
            "definite matrices have.",
        ),
        Claim(
            name="divergence_in_common_coordinates",
            lhs=_divergence,
            rhs=(total(spread[k] - 1 - log(spread[k]), (k, n)) + _distance) / 2,
            hypotheses=_common,
        ),
        Claim(
            name="divergence_not_negative",
            lhs=_divergence,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=_common,
            certificate=(total(ExpGap(log(spread[k])), (k, n)) + _distance) / 2,
            note="With full covariances. log det is at most the trace less the dimension, coordinate by "
            "coordinate; 0 only where every spread is 1 and the means agree.",
        ),
        Claim(
            name="divergence_without_dimension",
            lhs=E(log_density(X, mu, Prec, Sigma) - log_density(X, m, T, S)),
            rhs=_divergence + n / 2,
            hypotheses=(*_law, _regular, Det(S) > 0),
            expected=Verdict.REFUTED,
            corrected_by="divergence",
        ),
        Claim(
            name="gradient",
            lhs=Partial(log_density(x, mu, Prec, Sigma), x[l]),
            rhs=-total(Prec[l, k] * (x[k] - mu[k]), (k, n)),
            hypotheses=(_regular, _eq(Prec[a, b], Prec[b, a])),
        ),
        Claim(
            name="fourth_moments",
            lhs=E((X[i] - mu[i]) * (X[j] - mu[j]) * (X[k] - mu[k]) * (X[l] - mu[l])),
            rhs=Sigma[i, j] * Sigma[k, l] + Sigma[i, k] * Sigma[j, l] + Sigma[i, l] * Sigma[j, k],
            hypotheses=(Gaussian(X[a], mu[a], X[b], Sigma[a, b]),),
            note="Isserlis: a sum over the three pairings.",
        ),
    ),
)

FORMULAS = (MULTIVARIATE_GAUSSIAN,)
