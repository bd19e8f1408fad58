"""Section 4 of the sheet, continued: softmax, its logarithm and its normaliser."""

from __future__ import annotations

import sympy as sp
from sympy import Rational, exp, log

from formulas.language import (
    ExpGap,
    Expr,
    Partial,
    delta,
    dim,
    index,
    nonnegative,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)
from formulas.schema import Claim, Definition, Formula, Input, Relation, Source

n = dim("n")
i, j, k, m = index("i j k m")
z = tensor("z", n)
w = tensor("w", n)
v = tensor("v", n)
g = tensor("g", n)
e = tensor("e", n, positive=True)
a, b, c, top = real("a"), real("b"), real("c"), real("top")
t = nonnegative("t")


def logsumexp(of: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    """Logarithm of the sum of the exponentials of the vector ``of``."""
    return log(total(exp(of[dummy]), (dummy, of.shape[0])))


def softmax(of: sp.IndexedBase, at: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry ``at`` of the softmax of the vector ``of``."""
    return exp(of[at]) / total(exp(of[dummy]), (dummy, of.shape[0]))


def log_softmax(of: sp.IndexedBase, at: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry ``at`` of log softmax, without the quotient."""
    return of[at] - logsumexp(of, dummy)


def others(at: sp.Symbol, dummy: sp.Symbol = m) -> Expr:
    """Sum of all entries of softmax but one: what is left of 1 beside entry ``at``."""
    return total((1 - delta(dummy, at)) * softmax(z, dummy), (dummy, n))


LOGITS = (Input(symbol=z, name="input", meaning="logits"),)
_jacobian = softmax(z, i) * (delta(i, j) - softmax(z, j))
_curvature = total(v[i] * Partial(softmax(z, i), z[j]) * v[j], (i, n), (j, n))

SOFTMAX = Formula(
    id="act.softmax",
    title="Softmax",
    section=4,
    names=("Softmax", "softmax", "normalised exponential", r"\operatorname{softmax}", r"\text{softmax}"),
    definition=Definition(latex=r"\operatorname{softmax}(z)_i", expr=softmax(z, i), indices=(i,)),
    symbols={
        "e": "positive weights, such as the exponentials of the logits",
        "z": "logits",
        "v": "direction in the space of logits",
        "g": "cotangent of the output",
        "a": "first of two logits",
        "b": "second of two logits",
        "c": "shift of all logits",
    },
    source=Source(
        section=4,
        lines=(153,),
        printed=(r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"s_i(\delta_{ij} - s_j)"),
    ),
    references=(
        "J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, "
        "Neurocomputing, Springer 1990",
        "B. Gao, L. Pavel, On the properties of the softmax function with application in game theory "
        "and reinforcement learning, 2017, arXiv:1704.00805",
        "P. Blanchard, D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and softmax "
        "functions, IMA Journal of Numerical Analysis 41, 2021",
    ),
    tags=("activation", "reduction", "probability", "smooth"),
    used_in=("classification output", "attention", "language model sampling"),
    see_also=("act.log_softmax", "act.logsumexp", "act.sigmoid", "loss.cross_entropy"),
    claims=(
        Claim(name="jacobian", lhs=Partial(softmax(z, i), z[j]), rhs=_jacobian, printed=True),
        Claim(name="sums_to_one", lhs=total(softmax(z, i), (i, n)), rhs=sp.S.One),
        Claim(
            name="above_zero",
            lhs=softmax(z, i),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=softmax(z, i),
        ),
        Claim(
            name="at_most_one",
            lhs=softmax(z, j),
            rhs=sp.S.One,
            relation=Relation.LE,
            certificate=others(j),
            note="Equality only for n = 1, see below_one.",
        ),
        Claim(
            name="below_one",
            lhs=softmax(z, j) + (1 - delta(i, j)) * softmax(z, i),
            rhs=sp.S.One,
            relation=Relation.LE,
            certificate=total((1 - delta(m, j)) * (1 - delta(m, i)) * softmax(z, m), (m, n)),
            note="Any other entry, itself positive, still fits below 1: strictly below 1 for n >= 2.",
        ),
        Claim(
            name="shift_invariance",
            lhs=exp(z[i] + c) / total(exp(z[k] + c), (k, n)),
            rhs=softmax(z, i),
            note="With the maximum as shift no exponential overflows.",
        ),
        Claim(
            name="cotangent_shift",
            lhs=g[i] - total(e[k] * g[k], (k, n)) / total(e[k], (k, n)),
            rhs=g[i] - c - total(e[k] * (g[k] - c), (k, n)) / total(e[k], (k, n)),
            note="Gaps to the mean do not depend on the origin c, for any positive weights e: so the "
            "cotangent of a softmax may be taken from any origin.",
        ),
        Claim(
            name="weighted_mean_shift",
            lhs=total(exp(z[i]) * v[i], (i, n)) / total(exp(z[k]), (k, n)),
            rhs=total(exp(z[i] + c) * v[i], (i, n)) / total(exp(z[k] + c), (k, n)),
            note="Attention: a mean with the weights of softmax, which no shift of the scores changes.",
        ),
        Claim(
            name="jacobian_rows_sum_to_zero",
            lhs=total(Partial(softmax(z, i), z[j]), (j, n)),
            rhs=sp.S.Zero,
        ),
        Claim(
            name="jacobian_columns_sum_to_zero",
            lhs=total(Partial(softmax(z, i), z[j]), (i, n)),
            rhs=sp.S.Zero,
        ),
        Claim(
            name="jacobian_symmetric",
            lhs=Partial(softmax(z, i), z[j]),
            rhs=Partial(softmax(z, j), z[i]),
        ),
        Claim(
            name="jacobian_positive_semidefinite",
            lhs=_curvature,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=total(softmax(z, i) * (v[i] - total(softmax(z, m) * v[m], (m, n))) ** 2, (i, n)),
            note="The quadratic form is the variance of v under the softmax.",
        ),
        Claim(
            name="jacobian_at_most_half",
            lhs=_curvature,
            rhs=total(v[i] ** 2, (i, n)) / 2,
            relation=Relation.LE,
            certificate=total(
                (1 - delta(i, j)) * softmax(z, i) * softmax(z, j) * (v[i] + v[j]) ** 2, (i, n), (j, n)
            )
            / 2
            + 2 * total((softmax(z, i) - Rational(1, 2)) ** 2 * v[i] ** 2, (i, n)),
            note="So softmax is Lipschitz with constant 1/2 in the Euclidean norm.",
        ),
        Claim(
            name="vjp",
            lhs=Partial(total(g[i] * softmax(z, i), (i, n)), z[j]),
            rhs=softmax(z, j) * (g[j] - total(softmax(z, m) * g[m], (m, n))),
        ),
        Claim(name="two_classes", lhs=exp(a) / (exp(a) + exp(b)), rhs=sigmoid(a - b)),
        Claim(name="log_odds", lhs=log(softmax(z, i) / softmax(z, j)), rhs=z[i] - z[j]),
    ),
)

_mixture = t * z[i] + (1 - t) * w[i]
_lse_mixture = log(total(exp(t * z[k] + (1 - t) * w[k]), (k, n)))

LOGSUMEXP = Formula(
    id="act.logsumexp",
    title="Log-sum-exp",
    section=4,
    names=("logsumexp", "log-sum-exp", "LSE", r"\operatorname{LSE}", r"\operatorname{logsumexp}"),
    definition=Definition(latex=r"\operatorname{LSE}(z)", expr=logsumexp(z)),
    symbols={
        "z": "logits",
        "w": "other logits",
        "a": "first of two logits",
        "b": "second of two logits",
        "c": "shift of all logits",
        "t": "weight in [0, 1]",
        "top": "upper bound of the logits",
    },
    references=(
        "P. Blanchard, D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and softmax "
        "functions, IMA Journal of Numerical Analysis 41, 2021",
        "S. Boyd, L. Vandenberghe, Convex Optimization, Cambridge University Press 2004, section 3.1.5",
    ),
    tags=("activation", "reduction", "convex", "smooth"),
    used_in=("cross-entropy", "online softmax"),
    see_also=("act.softmax", "act.log_softmax", "act.softplus"),
    claims=(
        Claim(name="gradient", lhs=Partial(logsumexp(z), z[j]), rhs=softmax(z, j)),
        Claim(name="hessian", lhs=Partial(Partial(logsumexp(z), z[i]), z[j]), rhs=_jacobian),
        Claim(
            name="shift",
            lhs=c + log(total(exp(z[k] - c), (k, n))),
            rhs=logsumexp(z),
            note="Holds for every shift; with the maximum no exponential overflows.",
        ),
        Claim(
            name="at_least_each_entry",
            lhs=logsumexp(z),
            rhs=z[j],
            relation=Relation.GE,
            certificate=ExpGap(log_softmax(z, j)) + others(j),
        ),
        Claim(
            name="at_most_bound_plus_log_n",
            lhs=logsumexp(z),
            rhs=top + log(n),
            relation=Relation.LE,
            hypotheses=(z[i] <= top,),
            certificate=ExpGap(logsumexp(z) - top - log(n))
            + total(exp(z[m] - top) * (ExpGap(top - z[m]) + (top - z[m])), (m, n)) / n,
        ),
        Claim(
            name="above_its_tangents",
            lhs=logsumexp(z),
            rhs=logsumexp(w) + total(softmax(w, i) * (z[i] - w[i]), (i, n)),
            relation=Relation.GE,
            certificate=total(softmax(w, i) * ExpGap(log_softmax(z, i) - log_softmax(w, i)), (i, n)),
            note="The gap is the divergence of the softmax of z from that of w.",
        ),
        Claim(
            name="convex",
            lhs=_lse_mixture,
            rhs=t * logsumexp(z) + (1 - t) * logsumexp(w),
            relation=Relation.LE,
            hypotheses=(t <= 1,),
            certificate=total(
                exp(_mixture - _lse_mixture)
                * (
                    t * ExpGap(log_softmax(z, i) - _mixture + _lse_mixture)
                    + (1 - t) * ExpGap(log_softmax(w, i) - _mixture + _lse_mixture)
                ),
                (i, n),
            ),
        ),
        Claim(name="two_terms", lhs=log(exp(a) + exp(b)), rhs=a + softplus(b - a)),
        Claim(name="constant_input", lhs=log(total(exp(c), (k, n))), rhs=c + log(n)),
    ),
)

LOG_SOFTMAX = Formula(
    id="act.log_softmax",
    title="Log-softmax",
    section=4,
    names=("log-softmax", "log softmax", "LogSoftmax", r"\log\operatorname{softmax}"),
    definition=Definition(latex=r"\log \operatorname{softmax}(z)_i", expr=log(softmax(z, i)), indices=(i,)),
    symbols={"z": "logits", "g": "cotangent of the output", "c": "shift of all logits"},
    references=(
        "P. Blanchard, D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and softmax "
        "functions, IMA Journal of Numerical Analysis 41, 2021",
    ),
    tags=("activation", "reduction", "smooth"),
    used_in=("cross-entropy", "language model scoring"),
    see_also=("act.softmax", "act.logsumexp", "act.log_sigmoid", "loss.cross_entropy"),
    claims=(
        Claim(name="stable_form", lhs=log(softmax(z, i)), rhs=log_softmax(z, i)),
        Claim(name="jacobian", lhs=Partial(log(softmax(z, i)), z[j]), rhs=delta(i, j) - softmax(z, j)),
        Claim(
            name="vjp",
            lhs=Partial(total(g[i] * log_softmax(z, i), (i, n)), z[j]),
            rhs=g[j] - softmax(z, j) * total(g[m], (m, n)),
        ),
        Claim(name="exponentials_sum_to_one", lhs=total(exp(log_softmax(z, i)), (i, n)), rhs=sp.S.One),
        Claim(
            name="at_most_zero",
            lhs=log_softmax(z, j),
            rhs=sp.S.Zero,
            relation=Relation.LE,
            certificate=ExpGap(log_softmax(z, j)) + others(j),
        ),
        Claim(
            name="shift_invariance",
            lhs=(z[i] + c) - log(total(exp(z[k] + c), (k, n))),
            rhs=log_softmax(z, i),
        ),
    ),
)

FORMULAS = (SOFTMAX, LOGSUMEXP, LOG_SOFTMAX)
