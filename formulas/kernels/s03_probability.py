"""Kernels of section 3: densities and moments."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
from sympy import log, sqrt

from formulas.language import Expr, dim, index, positive, real, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
i, j, k, m = index("i j k m")
x, mu, sigma = real("x"), real("mu"), positive("sigma")
a, b = tensor("a", n), tensor("b", n)
center, L = tensor("mu", n), tensor("L", n, n, positive=True)


def mean(u: sp.IndexedBase) -> Expr:
    """Mean of the entries."""
    return total(u[m], (m, n)) / n


def covariance(u: sp.IndexedBase, v: sp.IndexedBase) -> Expr:
    """Mean product of the deviations from the means (two passes: nothing large cancels)."""
    return total((u[k] - mean(u)) * (v[k] - mean(v)), (k, n)) / n


def variance(u: sp.IndexedBase) -> Expr:
    """Mean square of the deviation from the mean."""
    return total((u[k] - mean(u)) ** 2, (k, n)) / n


KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "prob.gaussian": (
        Kernel(
            name="gaussian_log_prob",
            output=-(((x - mu) / sigma) ** 2) / 2 - log(sigma) - log(2 * sp.pi) / 2,
            axes=(),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=mu, name="loc", meaning="mean"),
                Input(symbol=sigma, name="scale", meaning="standard deviation, > 0"),
            ),
            wrt=("input", "loc", "scale"),
            peer="torch.distributions.Normal.log_prob",
        ),
    ),
    "prob.mvn": (
        Kernel(
            name="mvn_log_prob",
            output=-total(total(L[i, j] * (a[i] - center[i]), (i, n)) ** 2, (j, n)) / 2
            + total(log(L[k, k]), (k, n))
            - n * log(2 * sp.pi) / 2,
            axes=(),
            inputs=(
                Input(symbol=a, name="input"),
                Input(symbol=center, name="loc", meaning="mean", shared=True),
                Input(
                    symbol=L,
                    name="precision_tril",
                    constant="its upper half is 0 by convention, which the formula does not know",
                    meaning="lower triangular, with L times its transpose the inverse of the covariance",
                    shared=True,
                ),
            ),
            wrt=("input", "loc"),
            peer="torch.distributions.MultivariateNormal(precision_matrix=L L^T).log_prob",
        ),
    ),
    "prob.variance": (
        Kernel(
            name="variance",
            output=variance(a),
            axes=(),
            inputs=(Input(symbol=a, name="input"),),
            peer="torch.var(correction=0)",
        ),
    ),
    "prob.covariance": (
        Kernel(
            name="covariance",
            output=covariance(a, b),
            axes=(),
            inputs=(Input(symbol=a, name="input"), Input(symbol=b, name="other")),
            peer="numpy.cov(bias=True), one pair of variables",
        ),
    ),
    "prob.correlation": (
        Kernel(
            name="correlation",
            output=total((a[k] - mean(a)) * (b[k] - mean(b)), (k, n))
            / (sqrt(total((a[k] - mean(a)) ** 2, (k, n))) * sqrt(total((b[k] - mean(b)) ** 2, (k, n)))),
            axes=(),
            inputs=(Input(symbol=a, name="input"), Input(symbol=b, name="other")),
            peer="numpy.corrcoef, one pair of variables",
            domain="variables that are not constant",
        ),
    ),
}
