"""Matrices, least squares and components."""

from symcheck.gate.standards.standard import define

_GVL = "G. H. Golub, C. F. Van Loan, Matrix Computations, 2013"

STANDARDS = (
    define(
        "least squares; normal equations; ordinary least squares; OLS",
        r"(X^\top X)^{-1} X^\top y",
        r"X (X^\top X)^{-1} X^\top",
        source=_GVL,
        scale=False,
    ),
    define(
        "ridge estimator; ridge regression", r"(X^\top X + \lambda I)^{-1} X^\top y", source=_GVL, scale=False
    ),
    define(
        "pseudoinverse; Moore-Penrose; pseudoinverse limit",
        r"A^+ = \lim_{\alpha \searrow 0} (A^\top A + \alpha I)^{-1} A^\top",
        r"A^+ = (A^\top A)^{-1} A^\top",
        r"A^+ = V D^+ U^\top",
        source=_GVL,
        scale=False,
    ),
    define("singular value decomposition; SVD", r"A = U \Sigma V^\top", source=_GVL, scale=False),
    define(
        "eigendecomposition; eigenvalue decomposition",
        r"A = Q \Lambda Q^{-1}",
        r"A = Q \Lambda Q^\top",
        r"A v = \lambda v",
        source=_GVL,
        scale=False,
    ),
    define(
        "Woodbury; matrix inversion lemma",
        r"(A + U C V)^{-1} = A^{-1} - A^{-1} U (C^{-1} + V A^{-1} U)^{-1} V A^{-1}",
        source=_GVL,
        scale=False,
    ),
    define(
        "Sherman-Morrison",
        r"(A + u v^\top)^{-1} = A^{-1} - \frac{A^{-1} u v^\top A^{-1}}{1 + v^\top A^{-1} u}",
        source=_GVL,
        scale=False,
    ),
    define("Rayleigh quotient", r"\frac{x^\top A x}{x^\top x}", source=_GVL, scale=False),
    define(
        "projection matrix; projection onto",
        r"X (X^\top X)^{-1} X^\top",
        r"\frac{u^\top v}{u^\top u} u",
        r"\frac{v \cdot u}{u \cdot u} u",
        source=_GVL,
        scale=False,
    ),
    define(
        "condition number",
        r"\|A\| \|A^{-1}\|",
        r"\frac{\sigma_{max}}{\sigma_{min}}",
        source=_GVL,
        scale=False,
    ),
    define(
        "graph Laplacian; normalized Laplacian",
        r"L = D - A",
        r"I - D^{-1/2} A D^{-1/2}",
        source="F. R. K. Chung, Spectral Graph Theory, 1997",
        scale=False,
    ),
    define(
        "cotangent Laplacian",
        r"-\sum_{j \in N(i)} C_{ij}",
        source="U. Pinkall, K. Polthier, 1993",
        scale=False,
    ),
    define(
        "Gaussian process posterior; posterior mean; predictive mean",
        r"K_* (K + \sigma^2 I)^{-1} y",
        r"k^\top (K + \sigma^2 I)^{-1} y",
        source="C. E. Rasmussen, C. K. I. Williams, 2006",
        scale=False,
    ),
    define(
        "covariance matrix; sample covariance",
        r"\frac{1}{n - 1} \sum_{i=1}^n (x_i - \bar{x}) (x_i - \bar{x})^\top",
        r"E[(X - \mu) (X - \mu)^\top]",
        r"\frac{1}{n} X^\top X",
        source=_GVL,
    ),
    define("Kalman gain", r"K = P H^\top (H P H^\top + R)^{-1}", source="R. E. Kalman, 1960", scale=False),
)
