"""Section 10, beyond the sheet: the symmetric divergence, and the information of a softmax."""

from __future__ import annotations

import sympy as sp
from sympy import Rational, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, tensor, total
from formulas.s04_softmax import log_softmax, softmax
from formulas.schema import Claim, Definition, Formula, Relation

n = dim("n")
i, j, k, a, b = index("i j k a b")
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
z = tensor("z", n)
HALF = Rational(1, 2)


def _divergence(left: sp.IndexedBase, right: sp.IndexedBase) -> Expr:
    middle = (left[i] + right[i]) / 2
    return total(left[i] * log(left[i] / middle), (i, n))


def _law(of: sp.IndexedBase) -> sp.Eq:
    return sp.Eq(total(of[k], (k, n)), 1, evaluate=False)


_jsd = HALF * _divergence(p, q) + HALF * _divergence(q, p)
_middle = (p[i] + q[i]) / 2

JENSEN_SHANNON = Formula(
    id="info.jensen_shannon",
    title="Jensen-Shannon divergence",
    section=10,
    names=("Jensen-Shannon divergence", "JSD", "JS divergence"),
    definition=Definition(latex=r"\operatorname{JSD}(p, q)", expr=_jsd),
    symbols={"p": "first law", "q": "second law"},
    references=(
        "J. Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37, 1991",
    ),
    tags=("information", "divergence"),
    used_in=("generative adversarial networks",),
    see_also=("info.kl", "gen.gan"),
    claims=(
        Claim(
            name="symmetric",
            lhs=_jsd,
            rhs=HALF * _divergence(q, p) + HALF * total(p[j] * log(2 * p[j] / (p[j] + q[j])), (j, n)),
        ),
        Claim(
            name="entropy_of_the_mixture",
            lhs=_jsd,
            rhs=-total(_middle * log(_middle), (i, n))
            + HALF * total(p[i] * log(p[i]), (i, n))
            + HALF * total(q[i] * log(q[i]), (i, n)),
        ),
        Claim(
            name="nonnegative",
            lhs=_jsd,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_law(p), _law(q)),
            certificate=HALF * total(p[i] * ExpGap(log(_middle) - log(p[i])), (i, n))
            + HALF * total(q[i] * ExpGap(log(_middle) - log(q[i])), (i, n)),
        ),
        Claim(
            name="at_most_log_two",
            lhs=_jsd,
            rhs=log(2),
            relation=Relation.LE,
            hypotheses=(_law(p), _law(q)),
            certificate=HALF * total(p[i] * (log(p[i] + q[i]) - log(p[i])), (i, n))
            + HALF * total(q[i] * (log(p[i] + q[i]) - log(q[i])), (i, n)),
        ),
    ),
)


def _score(at: sp.Symbol, by: sp.Symbol) -> Expr:
    return Partial(log_softmax(z, at), z[by])


_fisher = total(softmax(z, i) * _score(i, a) * _score(i, b), (i, n))
_covariance = softmax(z, a) * (delta(a, b) - softmax(z, b))

FISHER = Formula(
    id="info.fisher_softmax",
    title="Fisher information of a softmax",
    section=10,
    names=("Fisher information", "Fisher information matrix"),
    definition=Definition(latex=r"F_{ab}", expr=_fisher, indices=(a, b)),
    symbols={"z": "logits"},
    references=("S. Amari, Natural gradient works efficiently in learning, Neural Computation 10, 1998",),
    tags=("information", "curvature"),
    used_in=("natural gradient", "Laplace approximation"),
    see_also=("act.softmax", "act.log_softmax"),
    claims=(
        Claim(name="covariance_of_the_score", lhs=_fisher, rhs=_covariance),
        Claim(
            name="mean_of_the_score",
            lhs=total(softmax(z, i) * _score(i, a), (i, n)),
            rhs=sp.S.Zero,
        ),
        Claim(
            name="by_the_hessian",
            lhs=-total(softmax(z, i) * Partial(_score(i, a), z[b]), (i, n)),
            rhs=_covariance,
        ),
    ),
)

FORMULAS = (JENSEN_SHANNON, FISHER)
