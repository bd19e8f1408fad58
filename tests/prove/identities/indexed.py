"""Class B: reductions over one or two axes of symbolic size."""

from __future__ import annotations

import sympy as sp
from sympy import Rational, exp, log, sqrt

from formulas.language import Expr, Partial, delta, dim, index, positive, real, sigmoid, tensor, total
from formulas.schema import Claim

n, m, h = dim("n"), dim("m"), dim("h")
i, j, k, l, a, b, c, e = index("i j k l a b c e")  # noqa: E741
x, y, z, g, w = (tensor(name, n) for name in "xyzgw")
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
eps, tau = positive("eps"), positive("tau")
s, t = real("s"), real("t")
X, G, gamma = tensor("X", m, n), tensor("G", m, n), tensor("gamma", n)


def softmax(at: sp.Symbol, over: sp.Symbol = k, of: sp.IndexedBase = z) -> Expr:
    return exp(of[at]) / total(exp(of[over]), (over, n))


def tempered(at: sp.Symbol, over: sp.Symbol = k, of: sp.IndexedBase = z) -> Expr:
    return exp(of[at] / tau) / total(exp(of[over] / tau), (over, n))


def sums_to_one(of: sp.IndexedBase) -> sp.Basic:
    return sp.Eq(total(of[k], (k, n)), 1, evaluate=False)


def mean(of: sp.IndexedBase, over: sp.Symbol) -> Expr:
    return total(of[over], (over, n)) / n


def deviation(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return x[at] - mean(x, over)


def spread(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return sqrt(total(deviation(at, over) ** 2, (at, n)) / n + eps)


def layer_norm(at: sp.Symbol) -> Expr:
    return deviation(at, l) / spread(a, b)


def rms(over: sp.Symbol) -> Expr:
    return sqrt(total(x[over] ** 2, (over, n)) / n + eps)


def norm(of: sp.IndexedBase, over: sp.Symbol) -> Expr:
    return sqrt(total(of[over] ** 2, (over, n)))


def column(at: sp.Symbol, over: sp.Symbol, other: sp.Symbol, again: sp.Symbol) -> Expr:
    centred = X[over, at] - total(X[other, at], (other, m)) / m
    return sqrt(total(centred**2, (over, m)) / m + eps)


def standard(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return (X[row, col] - total(X[k, col], (k, m)) / m) / column(col, l, a, b)


def weighted(of: sp.IndexedBase, over: sp.Symbol) -> Expr:
    return total(p[over] * of[over], (over, n))


def covariance(left: list[tuple[Expr, sp.IndexedBase]], right: sp.IndexedBase) -> Expr:
    centred = sum((f * (of[i] - weighted(of, k)) for f, of in left), sp.S.Zero)
    return total(p[i] * centred * (right[i] - weighted(right, l)), (i, n))


entropy = -total(softmax(i) * log(softmax(i)), (i, n))
cosine = total(x[k] * y[k], (k, n)) / (norm(x, l) * norm(y, a))
away = (total(x[i] ** 2, (i, n)) > 0, total(y[i] ** 2, (i, n)) > 0)
Y, H = tensor("Y", h, m), tensor("H", h, m)


CLAIMS = (
    Claim(
        name="softmax_jacobian", lhs=Partial(softmax(i), z[j]), rhs=softmax(i) * (delta(i, j) - softmax(j))
    ),
    Claim(name="log_softmax_gradient", lhs=Partial(log(softmax(i)), z[j]), rhs=delta(i, j) - softmax(j)),
    Claim(
        name="cross_entropy_gradient",
        lhs=Partial(-total(y[i] * log(softmax(i)), (i, n)), z[j]),
        rhs=softmax(j) - y[j],
        hypotheses=(sums_to_one(y),),
    ),
    Claim(
        name="cross_entropy_is_entropy_and_divergence",
        lhs=-total(p[i] * log(q[i]), (i, n)),
        rhs=-total(p[i] * log(p[i]), (i, n)) + total(p[i] * log(p[i] / q[i]), (i, n)),
    ),
    Claim(name="softmax_shift", lhs=exp(z[i] + s) / total(exp(z[k] + s), (k, n)), rhs=softmax(i)),
    Claim(name="softmax_sum", lhs=total(softmax(i), (i, n)), rhs=sp.S.One),
    Claim(
        name="layer_norm_backward",
        lhs=Partial(total(g[i] * layer_norm(i), (i, n)), x[j]),
        rhs=(g[j] - mean(g, c) - layer_norm(j) * total(g[e] * layer_norm(e), (e, n)) / n) / spread(a, b),
    ),
    Claim(
        name="rms_norm_backward",
        lhs=Partial(total(g[i] * w[i] * x[i] / rms(k), (i, n)), x[j]),
        rhs=(w[j] * g[j] - x[j] * total(g[i] * w[i] * x[i], (i, n)) / (n * rms(k) ** 2)) / rms(l),
    ),
    Claim(
        name="batch_norm_backward",
        lhs=Partial(total(G[i, c] * gamma[c] * standard(i, c), (i, m), (c, n)), X[e, j]),
        rhs=gamma[j]
        / (m * column(j, l, a, b))
        * (m * G[e, j] - total(G[i, j], (i, m)) - standard(e, j) * total(G[i, j] * standard(i, j), (i, m))),
    ),
    Claim(
        name="mean_square_gradient",
        lhs=Partial(total((x[i] - y[i]) ** 2, (i, n)) / n, x[j]),
        rhs=2 * (x[j] - y[j]) / n,
    ),
    Claim(name="norm_gradient", lhs=Partial(norm(x, k), x[j]), rhs=x[j] / norm(x, k), hypotheses=away[:1]),
    Claim(
        name="cosine_gradient",
        lhs=Partial(cosine, x[j]),
        rhs=(y[j] / norm(y, b) - cosine * x[j] / norm(x, c)) / norm(x, c),
        hypotheses=away,
    ),
    Claim(name="log_sum_exp_gradient", lhs=Partial(log(total(exp(z[k]), (k, n))), z[j]), rhs=softmax(j)),
    Claim(
        name="log_sum_exp_hessian",
        lhs=Partial(Partial(log(total(exp(z[k]), (k, n))), z[i]), z[j]),
        rhs=softmax(i) * delta(i, j) - softmax(i) * softmax(j),
    ),
    Claim(
        name="entropy_of_softmax",
        lhs=entropy,
        rhs=log(total(exp(z[k]), (k, n))) - total(softmax(i) * z[i], (i, n)),
    ),
    Claim(
        name="entropy_of_softmax_gradient",
        lhs=Partial(entropy, z[j]),
        rhs=-softmax(j) * (log(softmax(j)) - total(softmax(i) * log(softmax(i)), (i, n))),
    ),
    Claim(
        name="variance_is_mean_square_less_square_mean",
        lhs=total(p[i] * (x[i] - weighted(x, k)) ** 2, (i, n)),
        rhs=total(p[i] * x[i] ** 2, (i, n)) - weighted(x, k) ** 2,
        hypotheses=(sums_to_one(p),),
    ),
    Claim(
        name="covariance_bilinear",
        lhs=covariance([(s, x), (t, y)], w),
        rhs=s * covariance([(sp.S.One, x)], w) + t * covariance([(sp.S.One, y)], w),
    ),
    Claim(
        name="tempered_softmax_jacobian",
        lhs=Partial(tempered(i), z[j]),
        rhs=tempered(i) * (delta(i, j) - tempered(j)) / tau,
    ),
    Claim(
        name="binary_cross_entropy_gradient",
        lhs=Partial(-(s * log(sigmoid(t)) + (1 - s) * log(1 - sigmoid(t))), t),
        rhs=sigmoid(t) - s,
    ),
    Claim(
        name="divergence_gradient",
        lhs=Partial(total(p[i] * log(p[i] / softmax(i)), (i, n)), z[j]),
        rhs=softmax(j) - p[j],
        hypotheses=(sums_to_one(p),),
    ),
    Claim(
        name="centring_forgets_a_shift",
        lhs=x[i] + s - total(x[k] + s, (k, n)) / n,
        rhs=deviation(i, k),
    ),
    Claim(
        name="variance_forgets_a_shift",
        lhs=total((x[i] + s - total(x[k] + s, (k, n)) / n) ** 2, (i, n)),
        rhs=total(deviation(i, k) ** 2, (i, n)),
    ),
    Claim(
        name="variance_by_pairs",
        lhs=total((x[i] - x[j]) ** 2, (i, n), (j, n)) / (2 * n**2),
        rhs=total(x[i] ** 2, (i, n)) / n - mean(x, k) ** 2,
    ),
    Claim(
        name="layer_norm_jacobian",
        lhs=Partial(layer_norm(i), x[j]),
        rhs=(delta(i, j) - Rational(1) / n - layer_norm(i) * layer_norm(j) / n) / spread(a, b),
    ),
    Claim(name="layer_norm_sum", lhs=total(layer_norm(i), (i, n)), rhs=sp.S.Zero),
    Claim(
        name="layer_norm_square",
        lhs=total(layer_norm(i) ** 2, (i, n)),
        rhs=n * (1 - eps / spread(a, b) ** 2),
    ),
)
