"""Section 3 of the sheet, continued: maximum likelihood and maximum a posteriori."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, exp, log, pi

from formulas.language import ExpGap, Expr, Partial, dim, index, positive, real, tensor, total
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source, Verdict

n, K, d = dim("n"), dim("K"), dim("d")
i, j, k, l, m = index("i j k l m")  # noqa: E741
x = tensor("x", n)
likelihood = tensor("likelihood", n, positive=True)
count = tensor("count", K, positive=True)
share = tensor("share", K, positive=True)
theta, mean = positive("theta"), positive("mean")
mu, average = real("mu"), real("average")
v, spread, ratio = positive("v"), positive("spread"), positive("ratio")

FISHER = (
    "R. A. Fisher, On the mathematical foundations of theoretical statistics, Philosophical Transactions of "
    "the Royal Society A 222, 1922"
)
BISHOP = "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006"


def bernoulli(p: Expr) -> Expr:
    """Log-likelihood of the data under a Bernoulli law."""
    return total(x[i] * log(p) + (1 - x[i]) * log(1 - p), (i, n))


def gaussian(centre: Expr, variance: Expr) -> Expr:
    """Log-likelihood of the data under a Gaussian law."""
    return -n * log(2 * pi * variance) / 2 - total((x[i] - centre) ** 2, (i, n)) / (2 * variance)


def categorical(of: sp.IndexedBase) -> Expr:
    """Log-likelihood of counts under a categorical law."""
    return total(count[k] * log(of[k]), (k, K))


_all = total(count[m], (m, K))
_MEAN_OF_BITS = Eq(total(x[j], (j, n)), n * mean, evaluate=False)
_MEAN = Eq(average, total(x[j], (j, n)) / n, evaluate=False)
_SPREAD = Eq(total((x[j] - average) ** 2, (j, n)), n * spread, evaluate=False)
_SPREAD_IS = Eq(spread, total((x[j] - average) ** 2, (j, n)) / n, evaluate=False)
_SHARES = Eq(total(share[k], (k, K)), 1, evaluate=False)
_variance_gap = n * ExpGap(log(spread) - log(v)) / 2

MLE = Formula(
    id="prob.mle",
    title="Maximum likelihood",
    section=3,
    names=("MLE", "maximum likelihood", "maximum likelihood estimation", r"\hat{\theta}_{MLE}"),
    definition=Definition(latex=r"\log L(\theta)", expr=total(log(likelihood[i]), (i, n))),
    symbols={
        "x": "data",
        "likelihood": "probability of each observation given the parameter",
        "theta": "probability of a one",
        "mean": "share of ones in the data",
        "count": "how often each category was seen",
        "share": "probability of each category",
        "mu": "mean of a Gaussian",
        "average": "mean of the data",
        "v": "variance of a Gaussian",
        "spread": "mean squared deviation of the data from their mean",
        "ratio": "Lagrange multiplier",
    },
    source=Source(
        section=3,
        lines=(125,),
        printed=(r"\hat{\theta}_{MLE} = \arg\max_\theta \sum_{i=1}^n \log p(x_i \mid \theta)",),
    ),
    references=(FISHER, f"{BISHOP}, sections 1.2.4 and 2.2"),
    tags=("statistics", "estimation", "optimisation"),
    used_in=("classification losses", "regression losses", "language models"),
    see_also=("info.kl", "prob.map"),
    claims=(
        Claim(
            name="bernoulli",
            lhs=bernoulli(theta),
            rhs=bernoulli(mean),
            relation=Relation.LE,
            hypotheses=(theta < 1, mean < 1, _MEAN_OF_BITS),
            certificate=n
            * (mean * ExpGap(log(theta) - log(mean)) + (1 - mean) * ExpGap(log(1 - theta) - log(1 - mean))),
            note="The sample mean maximises the likelihood.",
        ),
        Claim(
            name="bernoulli_stationary",
            lhs=Partial(bernoulli(theta), theta),
            rhs=n * (mean - theta) / (theta * (1 - theta)),
            hypotheses=(theta < 1, _MEAN_OF_BITS),
            note="Zero at the sample mean only.",
        ),
        Claim(
            name="categorical",
            lhs=categorical(share),
            rhs=total(count[k] * log(count[k] / _all), (k, K)),
            relation=Relation.LE,
            hypotheses=(_SHARES,),
            certificate=total(count[k] * ExpGap(log(share[k]) - log(count[k]) + log(_all)), (k, K)),
            note="Relative frequencies maximise the likelihood (Gibbs).",
        ),
        Claim(
            name="categorical_lagrange_condition",
            lhs=Partial(categorical(share) - ratio * (total(share[m], (m, K)) - 1), share[l]),
            rhs=sp.S.Zero,
            hypotheses=(
                Eq(ratio, _all, evaluate=False),
                Eq(share[l], count[l] / _all, evaluate=False),
            ),
            note="With the total count as multiplier.",
        ),
        Claim(
            name="gaussian_mean",
            lhs=gaussian(mu, v),
            rhs=gaussian(average, v),
            relation=Relation.LE,
            hypotheses=(_MEAN,),
            certificate=n * (mu - average) ** 2 / (2 * v),
            note="Whatever the variance.",
        ),
        Claim(
            name="gaussian_variance",
            lhs=gaussian(average, v),
            rhs=gaussian(average, spread),
            relation=Relation.LE,
            hypotheses=(_MEAN, _SPREAD),
            certificate=_variance_gap,
            note="The mean squared deviation, with divisor n.",
        ),
        Claim(
            name="gaussian",
            lhs=gaussian(mu, v),
            rhs=gaussian(average, spread),
            relation=Relation.LE,
            hypotheses=(_MEAN, _SPREAD),
            certificate=_variance_gap + n * (mu - average) ** 2 / (2 * v),
            note="Both parameters at once.",
        ),
        Claim(
            name="gaussian_stationary_in_mean",
            lhs=Partial(gaussian(mu, v), mu),
            rhs=n * (average - mu) / v,
            hypotheses=(_MEAN,),
        ),
        Claim(
            name="gaussian_stationary_in_variance",
            lhs=Partial(gaussian(average, v), v),
            rhs=n * (spread - v) / (2 * v**2),
            hypotheses=(_MEAN, _SPREAD_IS),
        ),
        Claim(
            name="least_squares",
            lhs=-2 * v * gaussian(mu, v),
            rhs=total((x[i] - mu) ** 2, (i, n)) + n * v * log(2 * pi * v),
            note="Gaussian noise of fixed variance: likelihood is largest where squared error is least.",
        ),
        Claim(
            name="divisor_less_one",
            lhs=gaussian(average, v),
            rhs=gaussian(average, spread),
            relation=Relation.LE,
            hypotheses=(
                _MEAN,
                Eq(total((x[j] - average) ** 2, (j, n)), (n - 1) * spread, evaluate=False),
            ),
            expected=Verdict.REFUTED,
            corrected_by="gaussian_variance",
            note="The unbiased variance is not the most likely one.",
        ),
    ),
)

y = tensor("y", n)
design = tensor("design", n, d)
weight = tensor("weight", d)
other = tensor("other", d)
centre = tensor("centre", d)
noise, width, scale, penalty = positive("noise"), positive("width"), positive("scale"), positive("penalty")
known = positive("known")


def _errors(of: sp.IndexedBase) -> Expr:
    return total((y[i] - total(design[i, j] * of[j], (j, d))) ** 2, (i, n))


def _log_likelihood(of: sp.IndexedBase) -> Expr:
    return -n * log(2 * pi * noise) / 2 - _errors(of) / (2 * noise)


def _gaussian_prior(of: sp.IndexedBase) -> Expr:
    density = exp(-(of[k] ** 2) / (2 * width)) / sp.sqrt(2 * pi * width)
    return total(log(density), (k, d))


def _prior_around(centre: sp.IndexedBase, of: sp.IndexedBase) -> Expr:
    density = exp(-((of[k] - centre[k]) ** 2) / (2 * width)) / sp.sqrt(2 * pi * width)
    return total(log(density), (k, d))


def _laplace_prior(of: sp.IndexedBase) -> Expr:
    return total(log(exp(-Abs(of[k]) / scale) / (2 * scale)), (k, d))


_squares = total(weight[l] ** 2, (l, d))
_moduli = total(Abs(weight[l]), (l, d))


def _posterior(centre: Expr) -> Expr:
    """Log posterior of the mean of Gaussian data under a Gaussian prior, up to a constant."""
    return -total((x[i] - centre) ** 2, (i, n)) / (2 * noise) - centre**2 / (2 * width)


_shrunk = width * total(x[m], (m, n)) / (n * width + noise)

MAP = Formula(
    id="prob.map",
    title="Maximum a posteriori",
    section=3,
    names=("MAP", "maximum a posteriori", "MAP estimation", r"\hat{\theta}_{MAP}"),
    definition=Definition(
        latex=r"\log p(\theta \mid x)", expr=total(log(likelihood[i]), (i, n)) + log(known)
    ),
    symbols={
        "likelihood": "probability of each observation given the parameter",
        "known": "prior density at the parameter",
        "x": "data",
        "y": "targets of a regression",
        "design": "features of each example",
        "weight": "parameters",
        "other": "other parameters",
        "centre": "means of a Gaussian prior",
        "noise": "variance of the noise",
        "width": "variance of the Gaussian prior",
        "scale": "scale of the Laplace prior",
        "penalty": "weight of the penalty",
        "mu": "mean of the data's law",
    },
    source=Source(
        section=3,
        lines=(129, 131),
        printed=(
            r"\hat{\theta}_{MAP} = \arg\max_\theta \left[\sum_{i=1}^n \log p(x_i \mid \theta) + "
            r"\log p(\theta)\right]",
            r"Gaussian prior on $\theta$ → L2 regularization. Laplace prior → L1 regularization.",
        ),
    ),
    references=(
        f"{BISHOP}, section 3.3.1",
        "R. Tibshirani, Regression shrinkage and selection via the lasso, Journal of the Royal Statistical "
        "Society B 58, 1996",
    ),
    tags=("statistics", "estimation", "regularisation"),
    used_in=("ridge regression", "weight decay", "lasso"),
    see_also=("prob.mle",),
    claims=(
        Claim(
            name="gaussian_prior_is_l2_penalty",
            lhs=-_gaussian_prior(weight),
            rhs=_squares / (2 * width) + d * log(2 * pi * width) / 2,
            printed=True,
            says=r"Gaussian prior on $\theta$ → L2 regularization. Laplace prior → L1 regularization.",
            note="Weight 1 / (2 times the prior's variance), and a constant.",
        ),
        Claim(
            name="gaussian_prior_around_any_mean_is_l2_penalty",
            lhs=-_prior_around(centre, weight),
            rhs=_squares / (2 * width) + d * log(2 * pi * width) / 2,
            conditions=(Eq(centre[m], 0, evaluate=False),),
            needs="the prior has mean 0 and gives every parameter the same variance",
            stated_by=("mean 0", "zero mean", "zero-mean", "mean zero", r"\mathcal{N}(0", "N(0"),
            printed=True,
            says=r"Gaussian prior on $\theta$ → L2 regularization. Laplace prior → L1 regularization.",
            expected=Verdict.CONDITIONAL,
            corrected_by="gaussian_prior_is_l2_penalty",
            note="A prior around another point draws the parameters there and not to 0.",
        ),
        Claim(
            name="laplace_prior_is_l1_penalty",
            lhs=-_laplace_prior(weight),
            rhs=_moduli / scale + d * log(2 * scale),
            printed=True,
            says=r"Gaussian prior on $\theta$ → L2 regularization. Laplace prior → L1 regularization.",
            note="Weight 1 / scale, and a constant.",
        ),
        Claim(
            name="ridge_regression",
            lhs=-2 * noise * (_log_likelihood(weight) + _gaussian_prior(weight)),
            rhs=_errors(weight)
            + noise / width * _squares
            + noise * (n * log(2 * pi * noise) + d * log(2 * pi * width)),
            note="The penalty's weight is the ratio of the variances of noise and prior.",
        ),
        Claim(
            name="lasso",
            lhs=-2 * noise * (_log_likelihood(weight) + _laplace_prior(weight)),
            rhs=_errors(weight)
            + 2 * noise / scale * _moduli
            + noise * (n * log(2 * pi * noise) + 2 * d * log(2 * scale)),
        ),
        Claim(
            name="penalised_gradient",
            lhs=Partial(-_gaussian_prior(weight), weight[m]),
            rhs=weight[m] / width,
            note="Weight decay.",
        ),
        Claim(
            name="shrunken_mean",
            lhs=_posterior(mu),
            rhs=_posterior(_shrunk),
            relation=Relation.LE,
            certificate=(n / (2 * noise) + 1 / (2 * width)) * (mu - _shrunk) ** 2,
            note="Gaussian data, Gaussian prior around 0: the maximiser is the mean drawn towards 0.",
        ),
        Claim(
            name="flat_prior_gives_mle",
            lhs=_shrunk,
            rhs=total(x[m], (m, n)) / n,
            relation=Relation.TENDS,
            approach=Approach(x=width, to=sp.oo),
            certificate=total(x[m], (m, n)) / (n + noise / width),
        ),
        Claim(
            name="l2_weight_without_the_half",
            lhs=-_gaussian_prior(weight),
            rhs=_squares / width + d * log(2 * pi * width) / 2,
            expected=Verdict.REFUTED,
            corrected_by="gaussian_prior_is_l2_penalty",
        ),
        Claim(
            name="l1_from_gaussian_prior",
            lhs=-_gaussian_prior(weight),
            rhs=_moduli / width + d * log(2 * pi * width) / 2,
            expected=Verdict.REFUTED,
            corrected_by="laplace_prior_is_l1_penalty",
        ),
    ),
)

FORMULAS = (MLE, MAP)
