"""Section 5 of the sheet, continued: regression losses."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, Max, Min, Ne, Piecewise, Rational, log, pi, sqrt

from formulas.language import Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source

n = dim("n")
i, j, k, m = index("i j k m")
y = tensor("y", n)
yhat = tensor("yhat", n)
other = tensor("other", n)
c, centre = real("c"), real("centre")
sigma = positive("sigma")

ZERO, HALF = sp.S.Zero, Rational(1, 2)


def mse(of: sp.IndexedBase) -> Expr:
    """Mean squared error of the prediction ``of``."""
    return total((y[i] - of[i]) ** 2, (i, n)) / n


def spread(around: Expr) -> Expr:
    """Mean squared error of one number as prediction of every entry."""
    return total((y[i] - around) ** 2, (i, n)) / n


_mean = total(y[k], (k, n)) / n
_BISHOP = "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 1.2.5"

MSE = Formula(
    id="loss.mse",
    title="Mean squared error",
    section=5,
    names=(
        "MSE",
        "mean squared error",
        "Mean Squared Error",
        "squared error",
        "L2 loss",
        "MSELoss",
        r"\text{MSE}",
        r"\mathrm{MSE}",
        r"\operatorname{MSE}",
    ),
    definition=Definition(latex="L", expr=mse(yhat)),
    symbols={
        "y": "targets",
        "yhat": "predictions",
        "other": "other predictions",
        "c": "one number as prediction of every target",
        "sigma": "standard deviation of the noise",
    },
    source=Source(section=5, lines=(177,), printed=(r"L = \frac{1}{n}\sum_{i=1}^n (y_i - \hat{y}_i)^2",)),
    references=(
        _BISHOP,
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 5.5.1",
    ),
    tags=("loss", "regression", "reduction", "convex"),
    used_in=("linear regression", "diffusion models", "value functions"),
    see_also=("loss.mae", "loss.huber"),
    claims=(
        Claim(name="gradient", lhs=Partial(mse(yhat), yhat[j]), rhs=-2 * (y[j] - yhat[j]) / n),
        Claim(name="gradient_target", lhs=Partial(mse(yhat), y[j]), rhs=2 * (y[j] - yhat[j]) / n),
        Claim(name="hessian", lhs=Partial(Partial(mse(yhat), yhat[j]), yhat[k]), rhs=2 * delta(j, k) / n),
        Claim(
            name="above_its_tangents",
            lhs=mse(other),
            rhs=mse(yhat) - 2 * total((y[i] - yhat[i]) * (other[i] - yhat[i]), (i, n)) / n,
            relation=Relation.GE,
            certificate=total((other[i] - yhat[i]) ** 2, (i, n)) / n,
        ),
        Claim(
            name="positive_unless_exact",
            lhs=mse(yhat),
            rhs=ZERO,
            relation=Relation.GT,
            hypotheses=(Ne(y[k], yhat[k]),),
            certificate=(y[k] - yhat[k]) ** 2 / n
            + total((1 - delta(m, k)) * (y[m] - yhat[m]) ** 2, (m, n)) / n,
        ),
        Claim(
            name="distance_to_the_mean",
            lhs=spread(c),
            rhs=spread(_mean) + (c - _mean) ** 2,
            note="Error of one number: variance plus squared bias.",
        ),
        Claim(
            name="least_at_the_mean",
            lhs=spread(c),
            rhs=spread(_mean),
            relation=Relation.GE,
            certificate=(c - _mean) ** 2,
        ),
        Claim(
            name="least_only_at_the_mean",
            lhs=spread(c),
            rhs=spread(_mean),
            relation=Relation.GT,
            hypotheses=(Ne(c, _mean),),
            certificate=(c - _mean) ** 2,
        ),
        Claim(
            name="gaussian_likelihood",
            lhs=-total(
                log(sp.exp(-((y[i] - yhat[i]) ** 2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))), (i, n)
            ),
            rhs=n / (2 * sigma**2) * mse(yhat) + n * log(sigma) + n * log(2 * pi) / 2,
            note="The negative log-likelihood under normal noise, up to constants.",
        ),
    ),
)


def mae(of: sp.IndexedBase) -> Expr:
    """Mean absolute error of the prediction ``of``."""
    return total(Abs(y[i] - of[i]), (i, n)) / n


def deviation(around: Expr) -> Expr:
    """Mean absolute error of one number as prediction of every entry."""
    return total(Abs(y[i] - around), (i, n)) / n


def _share(condition: sp.Basic) -> Expr:
    """Twice the number of targets that meet a condition."""
    return 2 * total(Piecewise((1, condition), (0, True)), (i, n))


_above, _below = _share(y[i] > centre), _share(y[i] < centre)
_median = (_above <= n, _below <= n)
_side = sp.sign(y[i] - yhat[i])
_slack = total(Piecewise((1, y[i] > centre), (0, True)) * Max(c - y[i], 0), (i, n))
_slack += total(Piecewise((1, y[i] < centre), (0, True)) * Max(y[i] - c, 0), (i, n))

MAE = Formula(
    id="loss.mae",
    title="Mean absolute error",
    section=5,
    names=(
        "MAE",
        "MAE / L1 Loss",
        "L1 Loss",
        "L1 loss",
        "mean absolute error",
        "Mean Absolute Error",
        "absolute error",
        r"\text{MAE}",
        r"\mathrm{MAE}",
        r"\operatorname{MAE}",
    ),
    definition=Definition(latex="L", expr=mae(yhat)),
    symbols={
        "y": "targets",
        "yhat": "predictions",
        "other": "other predictions",
        "c": "one number as prediction of every target",
        "centre": "a median of the targets",
    },
    source=Source(section=5, lines=(181,), printed=(r"L = \frac{1}{n}\sum_{i=1}^n |y_i - \hat{y}_i|",)),
    references=(
        "P. J. Huber, E. M. Ronchetti, Robust Statistics, 2nd edition, Wiley 2009, chapter 1",
        "S. Boyd, L. Vandenberghe, Convex Optimization, Cambridge University Press 2004, section 6.1",
    ),
    tags=("loss", "regression", "reduction", "convex", "robust"),
    used_in=("robust regression", "image reconstruction"),
    see_also=("loss.mse", "loss.huber"),
    claims=(
        Claim(
            name="gradient",
            lhs=Partial(mae(yhat), yhat[j]),
            rhs=-sp.sign(y[j] - yhat[j]) / n,
            hypotheses=(Ne(y[k], yhat[k]),),
            note="Where no residual vanishes.",
        ),
        Claim(
            name="subgradient",
            lhs=mae(other),
            rhs=mae(yhat) - total(_side * (other[i] - yhat[i]), (i, n)) / n,
            relation=Relation.GE,
            certificate=total(
                (1 - _side) * Max(y[i] - other[i], 0) + (1 + _side) * Max(other[i] - y[i], 0), (i, n)
            )
            / n,
            note="With sign(0) = 0 the gradient formula gives a subgradient at a vanishing residual too.",
        ),
        Claim(
            name="least_at_a_median",
            lhs=deviation(c),
            rhs=deviation(centre),
            relation=Relation.GE,
            hypotheses=_median,
            certificate=Max(c - centre, 0) * (n - _above) / n
            + Max(centre - c, 0) * (n - _below) / n
            + 2 * _slack / n,
            note="A median has at most half of the targets above it and at most half below.",
        ),
        Claim(
            name="at_most_root_of_mse",
            lhs=mae(yhat) ** 2,
            rhs=mse(yhat),
            relation=Relation.LE,
            certificate=total((Abs(y[i] - yhat[i]) - Abs(y[j] - yhat[j])) ** 2, (i, n), (j, n)) / (2 * n**2),
        ),
        Claim(
            name="root_of_mse_at_most_root_n_times",
            lhs=mse(yhat),
            rhs=n * mae(yhat) ** 2,
            relation=Relation.LE,
            certificate=total((1 - delta(i, j)) * Abs(y[i] - yhat[i]) * Abs(y[j] - yhat[j]), (i, n), (j, n))
            / n,
        ),
    ),
)

target, guess, step = real("target"), real("guess"), real("step")
knee = positive("knee")
r, s = real("r"), real("s")
_residual = target - guess


def huber(residual: Expr) -> Expr:
    """Huber loss of one residual, with the two cases of the sheet."""
    outside = knee * Abs(residual) - knee**2 / 2
    return Piecewise((residual**2 / 2, Abs(residual) <= knee), (outside, True))


def clip(residual: Expr) -> Expr:
    """The residual moved into [-knee, knee]."""
    return Max(-knee, Min(residual, knee))


def _over(residual: Expr) -> Expr:
    return Max(residual - knee, 0)


_room_above = Min(2 * knee, Max(knee - s, 0))
_room_below = Min(2 * knee, Max(knee + s, 0))

HUBER = Formula(
    id="loss.huber",
    title="Huber loss",
    section=5,
    names=("Huber Loss", "Huber loss", "huber", "smooth L1", r"L_\delta", r"L_{\delta}", "HuberLoss"),
    definition=Definition(latex=r"L_\delta", expr=huber(_residual)),
    symbols={
        "target": "target",
        "guess": "prediction",
        "knee": "residual from which the loss is linear, delta of the sheet",
        "r": "residual",
        "s": "other residual",
        "step": "change of the residual",
    },
    source=Source(
        section=5,
        lines=(185,),
        printed=(
            r"L_\delta = \begin{cases}\frac{1}{2}(y - \hat{y})^2 & |y - \hat{y}| \leq \delta \\ "
            r"\delta|y - \hat{y}| - \frac{1}{2}\delta^2 & \text{otherwise}\end{cases}",
        ),
    ),
    references=(
        "P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964",
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd edition, "
        "Springer 2009, section 10.6",
    ),
    tags=("loss", "regression", "elementwise", "convex", "robust", "piecewise"),
    used_in=("robust regression", "value functions", "box regression"),
    see_also=("loss.mse", "loss.mae"),
    claims=(
        Claim(
            name="cases_meet",
            lhs=r**2 / 2,
            rhs=knee * Abs(r) - knee**2 / 2,
            hypotheses=(Eq(Abs(r), knee, evaluate=False),),
            note="Continuous at the knee.",
        ),
        Claim(
            name="slopes_meet",
            lhs=r,
            rhs=knee * sp.sign(r),
            hypotheses=(Eq(Abs(r), knee, evaluate=False),),
            note="The slopes of the two cases agree at the knee as well.",
        ),
        Claim(
            name="derivative",
            lhs=Partial(huber(r), r),
            rhs=clip(r),
            hypotheses=(Ne(Abs(r), knee),),
        ),
        Claim(
            name="gradient",
            lhs=Partial(huber(_residual), guess),
            rhs=-clip(_residual),
            hypotheses=(Ne(Abs(_residual), knee),),
            note="The residual clipped to [-knee, knee]; at the knee see the two bounds by tangents.",
        ),
        Claim(
            name="square_less_excess",
            lhs=huber(r),
            rhs=r**2 / 2 - Max(Abs(r) - knee, 0) ** 2 / 2,
        ),
        Claim(
            name="by_its_slope",
            lhs=huber(r),
            rhs=clip(r) * r - clip(r) ** 2 / 2,
            note="Free of branches: what the kernels compute.",
        ),
        Claim(
            name="above_its_tangents",
            lhs=huber(r),
            rhs=huber(s) + clip(s) * (r - s),
            relation=Relation.GE,
            certificate=(clip(r) - clip(s)) ** 2 / 2 + _room_above * _over(r) + _room_below * _over(-r),
            note="Convex.",
        ),
        Claim(
            name="below_its_parabolas",
            lhs=huber(r),
            rhs=huber(s) + clip(s) * (r - s) + (r - s) ** 2 / 2,
            relation=Relation.LE,
            certificate=(_over(r) - _over(-r) - _over(s) + _over(-s)) ** 2 / 2
            + Min(2 * knee, Max(knee - r, 0)) * _over(s)
            + Min(2 * knee, Max(knee + r, 0)) * _over(-s),
            note="With the bound by tangents: differentiable everywhere, the knee included, with the clipped "
            "residual as derivative, and that is Lipschitz with constant 1.",
        ),
        Claim(
            name="at_most_half_square",
            lhs=huber(r),
            rhs=r**2 / 2,
            relation=Relation.LE,
            certificate=Max(Abs(r) - knee, 0) ** 2 / 2,
        ),
        Claim(
            name="at_most_knee_times_modulus",
            lhs=huber(r),
            rhs=knee * Abs(r),
            relation=Relation.LE,
            certificate=Min(Abs(r), knee) ** 2 / 2 + Abs(r) * Max(knee - Abs(r), 0),
        ),
        Claim(
            name="at_least_shifted_modulus",
            lhs=huber(r),
            rhs=knee * Abs(r) - knee**2 / 2,
            relation=Relation.GE,
            certificate=Max(knee - Abs(r), 0) ** 2 / 2,
            note="Between the two regimes everywhere.",
        ),
    ),
)

FORMULAS = (MSE, MAE, HUBER)
