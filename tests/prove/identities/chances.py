"""Classes D, E and F: laws on finite spaces, inequalities with certificates, policies."""

from __future__ import annotations

import sympy as sp
from sympy import Rational

from formulas.language import Expr, dim, index, real, tensor, total
from formulas.schema import Claim, Relation

n, m = dim("n"), dim("m")
i, j, k, l, a, b, c = index("i j k l a b c")  # noqa: E741
joint, f = tensor("joint", n, m, positive=True), tensor("f", n)
p, q, value = tensor("p", n, positive=True), tensor("q", n, positive=True), tensor("value", n)
target, base = real("target"), real("base")
z, reward, w, x = (
    tensor("z", n),
    tensor("reward", n),
    tensor("w", n, positive=True),
    tensor("x", n, positive=True),
)


def one(of: Expr) -> sp.Basic:
    return sp.Eq(of, 1, evaluate=False)


whole = one(total(joint[i, j], (i, n), (j, m)))


def marginal(y: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(joint[over, y], (over, n))


def given(y: sp.Symbol, over: sp.Symbol, other: sp.Symbol, power: int = 1) -> Expr:
    """Mean of a power of f given y."""
    return total(joint[over, y] * f[over] ** power, (over, n)) / marginal(y, other)


mean = total(joint[i, j] * f[i], (i, n), (j, m))
square = total(joint[i, j] * f[i] ** 2, (i, n), (j, m))
within = total(marginal(c, l) * (given(c, a, b, 2) - given(c, a, b) ** 2), (c, m))


u, v, s, t = real("u"), real("v"), real("s"), real("t")

CLAIMS = (
    Claim(
        name="arithmetic_and_geometric_mean_of_four",
        lhs=4 * u * v * s * t,
        rhs=u**4 + v**4 + s**4 + t**4,
        relation=Relation.LE,
        certificate=(u**2 - v**2) ** 2 + (s**2 - t**2) ** 2 + 2 * (u * v - s * t) ** 2,
    ),
    Claim(
        name="cauchy_schwarz_in_the_plane",
        lhs=(u * s + v * t) ** 2,
        rhs=(u**2 + v**2) * (s**2 + t**2),
        relation=Relation.LE,
        certificate=(u * t - v * s) ** 2,
    ),
)

WRONG = (
    Claim(
        name="five_times_the_product_of_four",
        lhs=5 * u * v * s * t,
        rhs=u**4 + v**4 + s**4 + t**4,
        relation=Relation.LE,
    ),
    Claim(
        name="importance_the_other_way",
        lhs=total(q[i] * (q[i] / p[i]) * value[i], (i, n)),
        rhs=total(p[i] * value[i], (i, n)),
    ),
    Claim(
        name="variance_without_the_part_between",
        lhs=square - mean**2,
        rhs=within,
        hypotheses=(whole,),
    ),
    Claim(
        name="half_the_lagrange_identity",
        lhs=total(value[i] ** 2, (i, n)) * total(f[i] ** 2, (i, n)) - total(value[i] * f[i], (i, n)) ** 2,
        rhs=Rational(1, 4) * total((value[i] * f[j] - value[j] * f[i]) ** 2, (i, n), (j, n)),
    ),
)
