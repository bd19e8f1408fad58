"""Section 3, beyond the sheet: laws of total expectation and variance, weighting, errors, stationarity."""

from __future__ import annotations

import sympy as sp
from sympy import log

from formulas.language import ExpGap, Expr, dim, index, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation

n, m = dim("n"), dim("m")
i, j, k, l, a, b, c, s, t = index("i j k l a b c s t")  # noqa: E741
joint, f = tensor("joint", n, m, positive=True), tensor("f", n)
p, q, value = tensor("p", n, positive=True), tensor("q", n, positive=True), tensor("value", n)
x = tensor("x", n, positive=True)
chain = tensor("chain", n, n, positive=True)
target = real("target")

_WASSERMAN = "L. Wasserman, All of Statistics, Springer 2004"


def _one(of: Expr) -> sp.Eq:
    return sp.Eq(of, 1, evaluate=False)


_whole = _one(total(joint[i, j], (i, n), (j, m)))


def _marginal(y: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(joint[over, y], (over, n))


def _given(y: sp.Symbol, power: int = 1) -> Expr:
    return total(joint[a, y] * f[a] ** power, (a, n)) / _marginal(y, b)


_mean = total(joint[i, j] * f[i], (i, n), (j, m))
_square = total(joint[i, j] * f[i] ** 2, (i, n), (j, m))
_within = total(_marginal(c, l) * (_given(c, 2) - _given(c) ** 2), (c, m))
_between = total(_marginal(c, l) * _given(c) ** 2, (c, m)) - _mean**2

TOTAL_EXPECTATION = Formula(
    id="prob.total_expectation",
    title="Law of total expectation",
    section=3,
    names=("law of total expectation", "tower property", "iterated expectation"),
    definition=Definition(latex=r"E[E[f(X) \mid Y]]", expr=total(_marginal(c, l) * _given(c), (c, m))),
    symbols={
        "joint": "probabilities of pairs",
        "f": "value of the first of a pair",
        "target": "a value that does not depend on the pair",
    },
    references=(_WASSERMAN,),
    tags=("probability", "expectation"),
    used_in=("Rao-Blackwell", "value functions"),
    see_also=("prob.expectation", "prob.total_variance"),
    claims=(
        Claim(name="is_the_mean", lhs=total(_marginal(c, l) * _given(c), (c, m)), rhs=_mean),
        Claim(
            name="of_a_constant",
            lhs=total(_marginal(c, l) * target, (c, m)),
            rhs=target,
            hypotheses=(_whole,),
        ),
    ),
)

TOTAL_VARIANCE = Formula(
    id="prob.total_variance",
    title="Law of total variance",
    section=3,
    names=("law of total variance", "Eve's law", "variance decomposition"),
    definition=Definition(
        latex=r"E[\text{Var}(X \mid Y)] + \text{Var}(E[X \mid Y])", expr=_within + _between
    ),
    symbols={"joint": "probabilities of pairs", "f": "value of the first of a pair"},
    references=(_WASSERMAN,),
    tags=("probability", "variance"),
    used_in=("variance reduction", "random effects"),
    see_also=("prob.variance", "prob.total_expectation"),
    claims=(
        Claim(name="is_the_variance", lhs=_within + _between, rhs=_square - _mean**2, hypotheses=(_whole,)),
    ),
)

_average = total(p[k] * value[k], (k, n))

BIAS_VARIANCE = Formula(
    id="prob.bias_variance",
    title="Bias and variance",
    section=3,
    names=("bias-variance decomposition", "bias-variance tradeoff", "bias and variance"),
    definition=Definition(
        latex=r"E[(\hat\theta - \theta)^2]", expr=total(p[i] * (value[i] - target) ** 2, (i, n))
    ),
    symbols={"p": "probabilities", "value": "estimate at each outcome", "target": "what is estimated"},
    references=(
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, Springer 2009",
    ),
    tags=("probability", "estimation"),
    used_in=("model selection",),
    see_also=("prob.variance", "loss.mse"),
    claims=(
        Claim(
            name="decomposition",
            lhs=total(p[i] * (value[i] - target) ** 2, (i, n)),
            rhs=total(p[i] * (value[i] - _average) ** 2, (i, n)) + (_average - target) ** 2,
            hypotheses=(_one(total(p[i], (i, n))),),
        ),
        Claim(
            name="at_least_the_squared_bias",
            lhs=total(p[i] * (value[i] - target) ** 2, (i, n)),
            rhs=(_average - target) ** 2,
            relation=Relation.GE,
            hypotheses=(_one(total(p[i], (i, n))),),
            certificate=total(p[i] * (value[i] - _average) ** 2, (i, n)),
        ),
    ),
)

weight = tensor("weight", n)

IMPORTANCE = Formula(
    id="prob.importance_sampling",
    title="Importance sampling",
    section=3,
    names=("importance sampling", "importance weighting"),
    definition=Definition(latex=r"E_q[w(X) f(X)]", expr=total(q[i] * weight[i] * value[i], (i, n))),
    symbols={
        "p": "target probabilities",
        "q": "proposal probabilities",
        "weight": "quotient of both",
        "value": "value at each outcome",
    },
    references=("A. B. Owen, Monte Carlo theory, methods and examples, 2013",),
    tags=("probability", "sampling"),
    used_in=("off-policy evaluation", "PPO ratio"),
    see_also=("prob.expectation", "align.ppo"),
    claims=(
        Claim(
            name="unbiased",
            lhs=total(q[i] * weight[i] * value[i], (i, n)),
            rhs=total(p[i] * value[i], (i, n)),
            hypotheses=(sp.Eq(weight[s], p[s] / q[s], evaluate=False),),
        ),
        Claim(
            name="mean_weight",
            lhs=total(q[i] * weight[i], (i, n)),
            rhs=sp.S.One,
            hypotheses=(sp.Eq(weight[s], p[s] / q[s], evaluate=False), _one(total(p[i], (i, n)))),
        ),
        Claim(
            name="second_moment_of_the_weights",
            lhs=total(q[i] * (p[i] / q[i]) ** 2, (i, n)),
            rhs=1 + total((p[i] - q[i]) ** 2 / q[i], (i, n)),
            hypotheses=(_one(total(p[i], (i, n))), _one(total(q[i], (i, n)))),
            note="One plus the chi-square divergence: the price of a far proposal.",
        ),
    ),
)

BALANCE = Formula(
    id="prob.detailed_balance",
    title="Detailed balance",
    section=3,
    names=("detailed balance", "reversible Markov chain"),
    definition=Definition(latex=r"(\pi P)_j", expr=total(p[i] * chain[i, j], (i, n)), indices=(j,)),
    symbols={"p": "law of the state", "chain": "probabilities of the transitions"},
    references=("J. R. Norris, Markov Chains, Cambridge University Press 1997",),
    tags=("probability", "Markov chain"),
    used_in=("Metropolis-Hastings", "Gibbs sampling"),
    see_also=("prob.bayes",),
    claims=(
        Claim(
            name="implies_stationarity",
            lhs=total(p[i] * chain[i, j], (i, n)),
            rhs=p[j],
            hypotheses=(
                sp.Eq(p[s] * chain[s, t], p[t] * chain[t, s], evaluate=False),
                _one(total(chain[s, k], (k, n))),
            ),
        ),
        Claim(
            name="keeps_the_total",
            lhs=total(p[i] * chain[i, j], (i, n), (j, n)),
            rhs=total(p[i], (i, n)),
            hypotheses=(_one(total(chain[s, k], (k, n))),),
        ),
    ),
)

_mean_x = total(p[l] * x[l], (l, n))

JENSEN_LOG = Formula(
    id="prob.jensen_log",
    title="Jensen's inequality for the logarithm",
    section=3,
    names=("Jensen's inequality", "arithmetic and geometric mean", "AM-GM inequality"),
    definition=Definition(latex=r"E[\log X]", expr=total(p[i] * log(x[i]), (i, n))),
    symbols={"p": "probabilities", "x": "positive values"},
    references=("S. Boyd, L. Vandenberghe, Convex Optimization, Cambridge University Press 2004",),
    tags=("probability", "inequality"),
    used_in=("evidence lower bound", "expectation maximisation"),
    see_also=("gen.elbo", "info.kl"),
    claims=(
        Claim(
            name="log_of_the_mean_is_larger",
            lhs=total(p[i] * log(x[i]), (i, n)),
            rhs=log(_mean_x),
            relation=Relation.LE,
            hypotheses=(_one(total(p[i], (i, n))),),
            certificate=total(p[i] * ExpGap(log(x[i]) - log(_mean_x)), (i, n)),
        ),
    ),
)

FORMULAS = (TOTAL_EXPECTATION, TOTAL_VARIANCE, BIAS_VARIANCE, IMPORTANCE, BALANCE, JENSEN_LOG)
