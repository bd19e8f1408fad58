"""Section 3 of the sheet: the Bernoulli and the categorical law."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.chance import Bernoulli, Covariance, E, Moments, OneHot, Variance, random
from formulas.language import delta, dim, index, nonnegative, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

CASELLA = "Casella and Berger, Statistical Inference, 2nd ed., chapters 3 and 4"

n, K = dim("n"), dim("K")
a, b, i, j, k, l = index("a b i j k l")  # noqa: E741
X = random("X")
trials = random("trials", n)
z = random("z", K)
p = nonnegative("p")
prob = tensor("prob", K, nonnegative=True)
x = tensor("x", K)

_coin = (Bernoulli(X, p), p <= 1)
_coins = (Bernoulli(trials[a], p), Moments(trials[a], p, trials[b], p * (1 - p) * delta(a, b)), p <= 1)

BERNOULLI = Formula(
    id="prob.bernoulli",
    title="Bernoulli law",
    section=3,
    names=("Bernoulli", "Bernoulli distribution", "coin"),
    definition=Definition(latex="P(X=1)", expr=E(X)),
    symbols={
        "X": "the outcome, 0 or 1",
        "p": "probability of 1",
        "trials": "outcomes of n uncorrelated trials",
    },
    source=Source(section=3, lines=(116,), printed=("$P(X=1) = p$", "$p$", "$p(1-p)$")),
    references=(CASELLA,),
    tags=("probability", "distribution"),
    used_in=("binary classification", "dropout"),
    see_also=("prob.categorical", "loss.bce", "prob.mle"),
    claims=(
        Claim(
            name="sums_to_one",
            lhs=E(X) + E(1 - X),
            rhs=sp.S.One,
            hypotheses=_coin,
            note="P(X = 1) = E X and P(X = 0) = E(1 - X).",
        ),
        Claim(name="mean", lhs=E(X), rhs=p, hypotheses=_coin, printed=True),
        Claim(name="variance", lhs=Variance(X), rhs=p * (1 - p), hypotheses=_coin, printed=True),
        Claim(
            name="largest_variance",
            lhs=Variance(X),
            rhs=sp.Rational(1, 4),
            relation=Relation.LE,
            hypotheses=_coin,
            certificate=(p - sp.Rational(1, 2)) ** 2,
        ),
        Claim(
            name="third_central_moment",
            lhs=E((X - p) ** 3),
            rhs=p * (1 - p) * (1 - 2 * p),
            hypotheses=_coin,
        ),
        Claim(name="power", lhs=E(X**4), rhs=p, hypotheses=_coin),
        Claim(
            name="mean_of_trials",
            lhs=E(total(trials[i], (i, n)) / n),
            rhs=p,
            hypotheses=_coins,
        ),
        Claim(
            name="variance_of_the_number_of_ones",
            lhs=Variance(total(trials[i], (i, n))),
            rhs=n * p * (1 - p),
            hypotheses=_coins,
        ),
        Claim(
            name="variance_of_the_frequency",
            lhs=Variance(total(trials[i], (i, n)) / n),
            rhs=p * (1 - p) / n,
            hypotheses=_coins,
        ),
        Claim(
            name="variance_of_dependent_trials",
            lhs=Variance(total(trials[i], (i, n))),
            rhs=n * p * (1 - p),
            hypotheses=(Bernoulli(trials[a], p), p <= 1),
            expected=Verdict.REFUTED,
            corrected_by="variance_of_the_number_of_ones",
            note="Needs trials that are uncorrelated.",
        ),
    ),
)

_one = Eq(total(prob[k], (k, K)), 1, evaluate=False)
_draw = (OneHot(z[a], prob[a], z[b]), _one)
_value = total(x[k] * z[k], (k, K))

CATEGORICAL = Formula(
    id="prob.categorical",
    title="Categorical law",
    section=3,
    names=("Categorical", "categorical distribution", "one-hot"),
    definition=Definition(latex="P(X=k)", expr=E(z[k]), indices=(k,)),
    symbols={
        "z": "one-hot vector of the outcome",
        "prob": "probabilities of the outcomes",
        "x": "a number for each outcome",
    },
    source=Source(section=3, lines=(117,), printed=("$P(X=k) = p_k$",)),
    references=(CASELLA,),
    tags=("probability", "distribution"),
    used_in=("multi-class output", "language models"),
    see_also=("prob.bernoulli",),
    claims=(
        Claim(name="probability", lhs=E(z[k]), rhs=prob[k], hypotheses=_draw, printed=True),
        Claim(name="sums_to_one", lhs=E(total(z[k], (k, K))), rhs=sp.S.One, hypotheses=_draw),
        Claim(
            name="covariance",
            lhs=Covariance(z[i], z[j]),
            rhs=prob[i] * (delta(i, j) - prob[j]),
            hypotheses=_draw,
            note="The Jacobian of softmax: one-hot vectors of different classes are negatively correlated.",
        ),
        Claim(
            name="covariance_with_the_wrong_sign",
            lhs=Covariance(z[i], z[j]),
            rhs=prob[i] * (delta(i, j) + prob[j]),
            hypotheses=_draw,
            expected=Verdict.REFUTED,
            corrected_by="covariance",
        ),
        Claim(
            name="mean_of_a_function",
            lhs=E(_value),
            rhs=total(x[k] * prob[k], (k, K)),
            hypotheses=_draw,
        ),
        Claim(
            name="variance_of_a_function",
            lhs=Variance(_value),
            rhs=total(x[k] ** 2 * prob[k], (k, K)) - total(x[k] * prob[k], (k, K)) ** 2,
            hypotheses=_draw,
        ),
        Claim(
            name="square_of_a_function",
            lhs=E(_value**2),
            rhs=total(x[k] ** 2 * prob[k], (k, K)),
            hypotheses=_draw,
        ),
        Claim(
            name="collision",
            lhs=total(E(z[k]) ** 2, (k, K)),
            rhs=total(prob[k] * prob[k], (k, K)),
            hypotheses=_draw,
        ),
    ),
)

FORMULAS = (BERNOULLI, CATEGORICAL)
