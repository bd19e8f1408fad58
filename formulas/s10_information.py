"""Section 10 of the sheet: information theory.

Logarithms are natural, and distributions have positive entries; a vanishing entry of p is reached as
the limit in which 0 log 0 is 0, which is what the kernels compute there.
"""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Max, Min, Ne, Rational, log, sqrt

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, tensor, total
from formulas.s04_softmax import log_softmax, logsumexp, softmax
from formulas.schema import Claim, Definition, Formula, Input, Relation, Source, Verdict

n, M = dim("n"), dim("M")
a, i, j, k, m = index("a i j k m")
p = tensor("p", n, positive=True)
q = tensor("q", n, positive=True)
u = tensor("u", M, positive=True)
v = tensor("v", M, positive=True)
z = tensor("z", n)
t, above, below = positive("t"), positive("above"), positive("below")

SHANNON = "C. E. Shannon, A mathematical theory of communication, Bell System Technical Journal 27, 1948"
COVER_THOMAS = "T. M. Cover, J. A. Thomas, Elements of Information Theory, 2nd edition, Wiley 2006, chapter 2"


def entropy(of: sp.IndexedBase, dummy: sp.Symbol = i) -> Expr:
    """Entropy of the distribution ``of``."""
    return -total(of[dummy] * log(of[dummy]), (dummy, of.shape[0]))


def cross_entropy(of: sp.IndexedBase, model: sp.IndexedBase, dummy: sp.Symbol = i) -> Expr:
    """Cross-entropy of ``model`` under ``of``."""
    return -total(of[dummy] * log(model[dummy]), (dummy, of.shape[0]))


def divergence(of: sp.IndexedBase, model: sp.IndexedBase, dummy: sp.Symbol = i) -> Expr:
    """Kullback-Leibler divergence of ``of`` from ``model``."""
    return total(of[dummy] * log(of[dummy] / model[dummy]), (dummy, of.shape[0]))


def adds_to_one(of: sp.IndexedBase) -> sp.Eq:
    """The hypothesis that the entries of the vector ``of`` sum to 1."""
    return Eq(total(of[i], (i, of.shape[0])), 1, evaluate=False)


def gap(at: sp.Symbol) -> Expr:
    """What entry ``at`` contributes to the divergence of p from q, as a visibly nonnegative term."""
    return p[at] * ExpGap(log(q[at]) - log(p[at]))


def uniform_gap(at: sp.Symbol) -> Expr:
    """The same for the divergence of p from the uniform distribution."""
    return p[at] * ExpGap(log(1 / n) - log(p[at]))


def _but(at: sp.Symbol, summand: Expr) -> Expr:
    """The sum of ``summand`` over all m except ``at``."""
    return total((1 - delta(m, at)) * summand, (m, n))


_P = adds_to_one(p)
_Q = adds_to_one(q)
DISTRIBUTION = Input(symbol=p, name="p", meaning="probabilities", weight=True)
PAIR = (DISTRIBUTION, Input(symbol=q, name="q", meaning="probabilities of the model"))
_mean = t * p[i] + (1 - t) * q[i]

ENTROPY = Formula(
    id="info.entropy",
    title="Entropy",
    section=10,
    names=("Entropy", "Shannon entropy", "H(X)", "H(p)"),
    definition=Definition(latex="H(X)", expr=entropy(p)),
    symbols={
        "p": "distribution",
        "q": "other distribution",
        "u": "distribution of an independent variable",
        "z": "logits",
        "t": "weight in (0, 1)",
    },
    source=Source(section=10, lines=(428,), printed=(r"H(X) = -\sum p(x) \log p(x)",)),
    references=(SHANNON, COVER_THOMAS),
    tags=("information", "reduction", "concave"),
    used_in=("decision trees", "exploration bonuses"),
    see_also=("info.cross_entropy", "info.kl", "info.perplexity", "info.mutual_information"),
    claims=(
        Claim(
            name="nonnegative",
            lhs=entropy(p),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_P,),
            certificate=total(p[i] * (ExpGap(log(p[i])) + _but(i, p[m])), (i, n)),
        ),
        Claim(
            name="at_most_log_n",
            lhs=entropy(p),
            rhs=log(n),
            relation=Relation.LE,
            hypotheses=(_P,),
            certificate=total(uniform_gap(i), (i, n)),
        ),
        Claim(name="log_n_at_uniform", lhs=-total(log(1 / n) / n, (i, n)), rhs=log(n)),
        Claim(
            name="log_n_only_at_uniform",
            lhs=entropy(p) + uniform_gap(k) / 2,
            rhs=log(n),
            relation=Relation.LT,
            hypotheses=(_P, Ne(p[k], 1 / n)),
            certificate=uniform_gap(k) / 2 + _but(k, uniform_gap(m)),
            note="An entry other than 1/n costs a positive amount.",
        ),
        Claim(
            name="deficit_is_divergence_from_uniform",
            lhs=log(n) - entropy(p),
            rhs=total(p[i] * log(p[i] / (1 / n)), (i, n)),
            hypotheses=(_P,),
        ),
        Claim(
            name="concave",
            lhs=-total(_mean * log(_mean), (i, n)),
            rhs=t * entropy(p) + (1 - t) * entropy(q),
            relation=Relation.GE,
            hypotheses=(t < 1,),
            certificate=t * total(p[i] * ExpGap(log(_mean) - log(p[i])), (i, n))
            + (1 - t) * total(q[i] * ExpGap(log(_mean) - log(q[i])), (i, n)),
            note="The gap is the Jensen-Shannon divergence with weights t and 1 - t.",
        ),
        Claim(name="gradient", lhs=Partial(entropy(p), p[j]), rhs=-log(p[j]) - 1),
        Claim(
            name="hessian",
            lhs=Partial(Partial(entropy(p), p[j]), p[k]),
            rhs=-delta(j, k) / p[j],
            note="Negative on the diagonal and 0 elsewhere: strictly concave.",
        ),
        Claim(
            name="adds_over_independent_variables",
            lhs=-total(p[i] * u[a] * log(p[i] * u[a]), (i, n), (a, M)),
            rhs=entropy(p) + entropy(u, a),
            hypotheses=(_P, adds_to_one(u)),
        ),
        Claim(
            name="of_softmax",
            lhs=-total(softmax(z, i) * log(softmax(z, i)), (i, n)),
            rhs=logsumexp(z) - total(softmax(z, i) * z[i], (i, n)),
        ),
    ),
)

CROSS_ENTROPY = Formula(
    id="info.cross_entropy",
    title="Cross-entropy",
    section=10,
    names=("Cross-Entropy", "cross-entropy", "cross entropy", "H(p, q)"),
    definition=Definition(latex="H(p, q)", expr=cross_entropy(p, q)),
    symbols={"p": "distribution", "q": "model", "z": "logits of the model"},
    source=Source(
        section=10,
        lines=(429, 434),
        printed=(r"H(p, q) = -\sum p(x) \log q(x)", r"H(p, q) = H(p) + D_{KL}(p \| q)"),
    ),
    references=(COVER_THOMAS,),
    tags=("information", "reduction", "loss"),
    used_in=("classification", "language model training"),
    see_also=("info.entropy", "info.kl", "loss.cross_entropy"),
    claims=(
        Claim(
            name="entropy_plus_divergence",
            lhs=cross_entropy(p, q),
            rhs=entropy(p) + divergence(p, q),
            printed=True,
        ),
        Claim(
            name="at_least_entropy",
            lhs=cross_entropy(p, q),
            rhs=entropy(p),
            relation=Relation.GE,
            hypotheses=(_P, _Q),
            certificate=total(gap(i), (i, n)),
        ),
        Claim(
            name="nonnegative",
            lhs=cross_entropy(p, q),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_Q,),
            certificate=total(p[i] * (ExpGap(log(q[i])) + _but(i, q[m])), (i, n)),
        ),
        Claim(
            name="same_gradient_as_divergence",
            lhs=Partial(cross_entropy(p, q), q[j]),
            rhs=Partial(divergence(p, q), q[j]),
            note="So the same model minimises both.",
        ),
        Claim(name="gradient_model", lhs=Partial(cross_entropy(p, q), q[j]), rhs=-p[j] / q[j]),
        Claim(name="gradient_target", lhs=Partial(cross_entropy(p, q), p[j]), rhs=-log(q[j])),
        Claim(
            name="gradient_logits",
            lhs=Partial(-total(p[i] * log(softmax(z, i)), (i, n)), z[j]),
            rhs=softmax(z, j) - p[j],
            hypotheses=(_P,),
        ),
        Claim(
            name="uniform_model",
            lhs=-total(p[i] * log(1 / n), (i, n)),
            rhs=log(n),
            hypotheses=(_P,),
        ),
        Claim(
            name="symmetric",
            lhs=cross_entropy(p, q),
            rhs=cross_entropy(q, p),
            hypotheses=(_P, _Q),
            expected=Verdict.REFUTED,
            corrected_by="entropy_plus_divergence",
        ),
    ),
)

KL = Formula(
    id="info.kl",
    title="Kullback-Leibler divergence",
    section=10,
    names=(
        "KL Divergence",
        "KL divergence",
        "Kullback-Leibler divergence",
        "relative entropy",
        r"D_{KL}",
        r"D_{\text{KL}}",
        r"\mathrm{KL}",
    ),
    definition=Definition(latex=r"D_{KL}(p \| q)", expr=divergence(p, q)),
    symbols={
        "above": "numerator of a ratio of probabilities",
        "below": "its denominator",
        "p": "distribution",
        "q": "model",
        "u": "distribution of an independent variable",
        "v": "model of an independent variable",
        "z": "logits of the model",
        "t": "weight in (0, 1)",
    },
    source=Source(
        section=10,
        lines=(430,),
        printed=(r"D_{KL}(p \| q) = \sum p(x) \log \frac{p(x)}{q(x)}",),
    ),
    references=(
        "S. Kullback, R. A. Leibler, On information and sufficiency, Annals of Mathematical Statistics "
        "22, 1951",
        COVER_THOMAS,
        "A. B. Tsybakov, Introduction to Nonparametric Estimation, Springer 2009, section 2.4",
    ),
    tags=("information", "reduction", "convex"),
    used_in=("variational autoencoders", "knowledge distillation", "preference tuning"),
    see_also=("info.entropy", "info.cross_entropy", "info.mutual_information"),
    claims=(
        Claim(
            name="nonnegative",
            lhs=divergence(p, q),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_P, _Q),
            certificate=total(gap(i), (i, n)),
            note="Gibbs' inequality.",
        ),
        Claim(
            name="zero_only_if_equal",
            lhs=divergence(p, q),
            rhs=gap(k) / 2,
            relation=Relation.GT,
            hypotheses=(_P, _Q, Ne(q[k], p[k])),
            certificate=gap(k) / 2 + _but(k, gap(m)),
            note="An entry in which p and q differ costs a positive amount.",
        ),
        Claim(
            name="zero_if_equal",
            lhs=total(p[i] * log(p[i] / q[i]), (i, n)),
            rhs=sp.S.Zero,
            hypotheses=(Eq(q[j], p[j], evaluate=False),),
        ),
        Claim(
            name="at_least_squared_hellinger",
            lhs=divergence(p, q),
            rhs=total((sqrt(p[i]) - sqrt(q[i])) ** 2, (i, n)),
            relation=Relation.GE,
            hypotheses=(_P, _Q),
            certificate=2 * total(p[i] * ExpGap((log(q[i]) - log(p[i])) / 2), (i, n)),
            note="A visible sum of squares below: it vanishes for equal distributions alone.",
        ),
        Claim(
            name="unnormalised",
            lhs=divergence(p, q),
            rhs=total(p[i], (i, n)) - total(q[i], (i, n)),
            relation=Relation.GE,
            certificate=total(gap(i), (i, n)),
            note="Holds without any hypothesis on the sums.",
        ),
        Claim(
            name="nonnegative_unnormalised",
            lhs=divergence(p, q),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="unnormalised",
        ),
        Claim(
            name="symmetric",
            lhs=divergence(p, q),
            rhs=divergence(q, p),
            hypotheses=(_P, _Q),
            expected=Verdict.REFUTED,
            corrected_by="difference_of_directions",
        ),
        Claim(
            name="difference_of_directions",
            lhs=divergence(p, q) - divergence(q, p),
            rhs=total((p[i] + q[i]) * (log(p[i]) - log(q[i])), (i, n)),
        ),
        Claim(
            name="sum_of_directions",
            lhs=divergence(p, q) + divergence(q, p),
            rhs=total((p[i] - q[i]) * (log(p[i]) - log(q[i])), (i, n)),
            note="Jeffreys' divergence.",
        ),
        Claim(name="gradient_model", lhs=Partial(divergence(p, q), q[j]), rhs=-p[j] / q[j]),
        Claim(name="gradient_first", lhs=Partial(divergence(p, q), p[j]), rhs=log(p[j] / q[j]) + 1),
        Claim(
            name="gradient_logits",
            lhs=Partial(total(p[i] * (log(p[i]) - log_softmax(z, i)), (i, n)), z[j]),
            rhs=softmax(z, j) - p[j],
            hypotheses=(_P,),
        ),
        Claim(
            name="convex_in_model",
            lhs=total(p[i] * (log(p[i]) - log(t * q[i] + (1 - t) * p[i])), (i, n)),
            rhs=t * divergence(p, q),
            relation=Relation.LE,
            hypotheses=(t < 1,),
            certificate=total(
                p[i]
                * (
                    t * ExpGap(log(q[i]) - log(t * q[i] + (1 - t) * p[i]))
                    + (1 - t) * ExpGap(log(p[i]) - log(t * q[i] + (1 - t) * p[i]))
                ),
                (i, n),
            ),
            note="Convexity along the segment from p, where the divergence is 0.",
        ),
        Claim(
            name="adds_over_independent_variables",
            lhs=total(p[i] * u[a] * log(p[i] * u[a] / (q[i] * v[a])), (i, n), (a, M)),
            rhs=divergence(p, q) + divergence(u, v, a),
            hypotheses=(_P, adds_to_one(u)),
        ),
        Claim(
            name="log_ratio_split",
            lhs=log(above / below),
            rhs=log(Max(Rational(1, 2), above / below)) + log(2 * Min(Rational(1, 2), above / below)),
            note="The first logarithm is taken near 1, the second is 0 unless the ratio is small.",
        ),
        Claim(
            name="ratio_less_one",
            lhs=Max(Rational(1, 2), above / below),
            rhs=1 + Max(-Rational(1, 2), (above - below) / below),
            note="Near 1 the ratio less one is formed from the exact difference.",
        ),
    ),
)

FORMULAS = (ENTROPY, CROSS_ENTROPY, KL)
