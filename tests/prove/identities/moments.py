"""Class D, continued: higher moments, where the entries have given cumulants or are Gaussian."""

from __future__ import annotations

import sympy as sp
from sympy import Max

from formulas.chance import Cumulants, E, Gaussian, Moments, Variance, random
from formulas.language import Expr, delta, dim, index, natural, positive, real, sequence, tensor, total
from formulas.schema import Claim

n = dim("n")
i, j, k, l, a, b = index("i j k l a b")  # noqa: E741
x, A = random("x", n), tensor("A", n, n)
c1, c2, c3, c4 = real("c1"), positive("c2"), real("c3"), real("c4")
y = real("y")
cumulants = Cumulants(x[a], c1, c2, c3, c4)
standard = Gaussian(x[a], 0, x[b], delta(a, b))
form = total(x[i] * A[i, j] * x[j], (i, n), (j, n))


def all_equal(*places: sp.Symbol) -> Expr:
    return sp.Mul(*(delta(places[0], other) for other in places[1:]))


_pairs = delta(i, j) * delta(k, l) + delta(i, k) * delta(j, l) + delta(i, l) * delta(j, k)
_all_pairs = delta(i, j) + delta(i, k) + delta(i, l) + delta(j, k) + delta(j, l) + delta(k, l)
_triples = all_equal(i, j, k) + all_equal(i, j, l) + all_equal(i, k, l) + all_equal(j, k, l)
_deviation = x[i] - total(x[k], (k, n)) / n

r, V, T, gamma = sequence("r"), sequence("V"), natural("T"), real("gamma")

CLAIMS = (
    Claim(
        name="cumulants_of_four_entries",
        lhs=E(x[i] * x[j] * x[k] * x[l]),
        rhs=c1**4
        + c1**2 * c2 * _all_pairs
        + c2**2 * _pairs
        + c1 * c3 * _triples
        + c4 * all_equal(i, j, k, l),
        hypotheses=(cumulants,),
    ),
    Claim(
        name="third_cumulant_of_a_sum",
        lhs=E((total(x[i], (i, n)) - n * c1) ** 3),
        rhs=n * c3,
        hypotheses=(cumulants,),
    ),
    Claim(
        name="fourth_moment_of_a_sum",
        lhs=E((total(x[i], (i, n)) - n * c1) ** 4),
        rhs=n * c4 + 3 * n**2 * c2**2,
        hypotheses=(cumulants,),
    ),
    Claim(
        name="variance_of_a_sum_of_squares",
        lhs=Variance(total(x[i] ** 2, (i, n))),
        rhs=n * (c4 + 2 * c2**2 + 4 * c1 * c3 + 4 * c1**2 * c2),
        hypotheses=(cumulants,),
    ),
    Claim(
        name="variance_of_chi_square",
        lhs=Variance(total(x[i] ** 2, (i, n))),
        rhs=2 * n,
        hypotheses=(standard,),
    ),
    Claim(
        name="variance_of_a_gaussian_quadratic_form",
        lhs=Variance(form),
        rhs=total(A[i, j] * A[i, j], (i, n), (j, n)) + total(A[i, j] * A[j, i], (i, n), (j, n)),
        hypotheses=(standard,),
    ),
    Claim(
        name="unbiased_variance",
        lhs=E(total(_deviation**2, (i, n)) / (n - 1)),
        rhs=c2,
        hypotheses=(Moments(x[a], c1, x[b], c2 * delta(a, b)), n > 1),
    ),
    Claim(name="square_of_both_parts", lhs=Max(0, y) ** 2 + Max(0, -y) ** 2, rhs=y**2),
    Claim(
        name="temporal_differences_telescope",
        lhs=total(gamma ** (k - 1) * (r[k] + gamma * V[k + 1] - V[k]), (k, T)),
        rhs=total(gamma ** (k - 1) * r[k], (k, T)) + gamma**T * V[T + 1] - V[1],
    ),
)
