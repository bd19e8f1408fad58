"""Section 3 of the sheet: expectation, variance, covariance and correlation."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, sqrt

from formulas.chance import Covariance, E, Independent, Moments, OneHot, Symmetric, Variance, random
from formulas.language import dim, index, negative, nonnegative, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

CASELLA = "Casella and Berger, Statistical Inference, 2nd ed., chapters 2 and 4"
PEARSON = "Pearson, Notes on Regression and Inheritance in the Case of Two Parents, 1895"

n, K = dim("n"), dim("K")
a, b, i, j, k, l = index("a b i j k l")  # noqa: E741
X, Y, Z = random("X"), random("Y"), random("Z")
gain = random("gain", nonnegative=True)
v = random("v", n)
z = random("z", K)
c, d, s = real("c"), real("d"), real("s")
spread = nonnegative("spread")
up, down = positive("up"), negative("down")
prob = tensor("prob", K, nonnegative=True)
x, w = tensor("x", K), tensor("w", n)

_one = Eq(total(prob[k], (k, K)), 1, evaluate=False)
_draw = (OneHot(z[a], prob[a], z[b]), _one)
_value = total(x[k] * z[k], (k, K))
_mean = total(x[k] * prob[k], (k, K))

EXPECTATION = Formula(
    id="prob.expectation",
    title="Expectation",
    section=3,
    names=("expectation", "mean", "expected value"),
    definition=Definition(latex="E[X]", expr=_mean),
    symbols={
        "X": "a random quantity",
        "Y": "another one",
        "gain": "what is added to a quantity at each outcome",
        "z": "one-hot vector of the outcome",
        "x": "value of the quantity at each outcome",
        "prob": "probabilities of the outcomes",
        "c": "a constant",
        "d": "a constant",
    },
    source=Source(section=3, lines=(135,), printed=(r"E[X] = \sum_x x \cdot P(x)",)),
    references=(CASELLA,),
    tags=("probability", "reduction"),
    used_in=("losses over data", "policy gradients"),
    see_also=("prob.variance",),
    claims=(
        Claim(
            name="sum_over_values",
            lhs=E(_value),
            rhs=_mean,
            hypotheses=_draw,
            printed=True,
            note="X takes the value x[k] with probability prob[k].",
        ),
        Claim(name="linear", lhs=E(c * X + d * Y), rhs=c * E(X) + d * E(Y)),
        Claim(name="affine", lhs=E(c * X + d), rhs=c * E(X) + d),
        Claim(name="of_a_constant", lhs=E(c), rhs=c),
        Claim(name="of_an_expectation", lhs=E(X - E(X)), rhs=sp.S.Zero),
        Claim(
            name="product",
            lhs=E(X * Y),
            rhs=E(X) * E(Y),
            expected=Verdict.REFUTED,
            corrected_by="product_of_independent_quantities",
        ),
        Claim(
            name="product_of_independent_quantities",
            lhs=E(X * Y),
            rhs=E(X) * E(Y),
            hypotheses=(Independent(X, Y),),
        ),
        Claim(
            name="monotone",
            lhs=E(X),
            rhs=E(X + gain),
            relation=Relation.LE,
            certificate=E(gain),
        ),
        Claim(
            name="square",
            lhs=E(X) ** 2,
            rhs=E(X**2),
            relation=Relation.LE,
            certificate=E((X - E(X)) ** 2),
            note="Jensen's inequality for the square.",
        ),
        Claim(
            name="best_constant",
            lhs=E((X - c) ** 2),
            rhs=E((X - E(X)) ** 2) + (c - E(X)) ** 2,
            note="The mean is the constant with the least mean squared error.",
        ),
    ),
)

_second = E(X**2) - E(X) ** 2

VARIANCE = Formula(
    id="prob.variance",
    title="Variance",
    section=3,
    names=("variance", "Var", "second central moment"),
    definition=Definition(latex=r"\operatorname{Var}(X)", expr=Variance(X)),
    symbols={
        "X": "a random quantity",
        "Y": "another one",
        "v": "a random vector",
        "w": "weights",
        "z": "one-hot vector of the outcome",
        "x": "value of the quantity at each outcome",
        "prob": "probabilities of the outcomes",
        "c": "a constant",
        "d": "a constant",
        "spread": "common variance of two independent quantities",
    },
    source=Source(section=3, lines=(135,), printed=(r"\text{Var}(X) = E[X^2] - (E[X])^2",)),
    references=(CASELLA,),
    tags=("probability", "reduction"),
    used_in=("normalisation layers", "weight initialisation"),
    see_also=("prob.expectation", "prob.covariance"),
    claims=(
        Claim(
            name="second_moment",
            lhs=Variance(X),
            rhs=_second,
            printed=True,
            note="From the definition E((X - E X)^2).",
        ),
        Claim(
            name="finite_space",
            lhs=total(prob[k] * (x[k] - total(x[l] * prob[l], (l, K))) ** 2, (k, K)),
            rhs=total(prob[k] * x[k] ** 2, (k, K)) - total(x[k] * prob[k], (k, K)) ** 2,
            hypotheses=(_one,),
        ),
        Claim(
            name="without_probabilities_that_sum_to_one",
            lhs=total(prob[k] * (x[k] - total(x[l] * prob[l], (l, K))) ** 2, (k, K)),
            rhs=total(prob[k] * x[k] ** 2, (k, K)) - total(x[k] * prob[k], (k, K)) ** 2,
            expected=Verdict.REFUTED,
            corrected_by="finite_space",
        ),
        Claim(
            name="not_negative",
            lhs=Variance(X),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=E((X - E(X)) ** 2),
        ),
        Claim(name="affine", lhs=Variance(c * X + d), rhs=c**2 * Variance(X)),
        Claim(
            name="scaled_linearly",
            lhs=Variance(c * X),
            rhs=c * Variance(X),
            expected=Verdict.REFUTED,
            corrected_by="affine",
        ),
        Claim(
            name="sum",
            lhs=Variance(X + Y),
            rhs=Variance(X) + Variance(Y) + 2 * Covariance(X, Y),
        ),
        Claim(
            name="sum_of_independent_quantities",
            lhs=Variance(X + Y),
            rhs=Variance(X) + Variance(Y),
            hypotheses=(Independent(X, Y),),
        ),
        Claim(
            name="sum_in_general",
            lhs=Variance(X + Y),
            rhs=Variance(X) + Variance(Y),
            expected=Verdict.REFUTED,
            corrected_by="sum",
        ),
        Claim(
            name="weighted_sum",
            lhs=Variance(total(w[i] * v[i], (i, n))),
            rhs=total(w[i] * w[j] * Covariance(v[i], v[j]), (i, n), (j, n)),
        ),
        Claim(
            name="product_of_independent_quantities",
            lhs=Variance(X * Y),
            rhs=Variance(X) * Variance(Y) + E(X) ** 2 * Variance(Y) + E(Y) ** 2 * Variance(X),
            hypotheses=(Independent(X, Y),),
        ),
        Claim(
            name="half_of_squared_differences",
            lhs=Variance(X),
            rhs=E((X - Y) ** 2) / 2,
            hypotheses=(
                Independent(X, Y),
                Moments(X, c, X, spread),
                Moments(Y, c, Y, spread),
            ),
        ),
    ),
)

_COVARIANCE_SYMBOLS = {
    "X": "a random quantity",
    "Y": "another one",
    "Z": "a third one",
    "c": "a constant",
    "d": "a constant",
    "s": "a constant",
}

COVARIANCE = Formula(
    id="prob.covariance",
    title="Covariance",
    section=3,
    names=("covariance", "Cov"),
    definition=Definition(latex=r"\operatorname{Cov}(X,Y)", expr=Covariance(X, Y)),
    symbols=_COVARIANCE_SYMBOLS,
    source=Source(section=3, lines=(139,), printed=(r"\text{Cov}(X,Y) = E[(X - \mu_X)(Y - \mu_Y)]",)),
    references=(CASELLA,),
    tags=("probability", "reduction"),
    used_in=("PCA", "Gaussian processes"),
    see_also=("prob.variance", "prob.correlation"),
    claims=(
        Claim(
            name="centred",
            lhs=Covariance(X, Y),
            rhs=E((X - E(X)) * (Y - E(Y))),
            printed=True,
        ),
        Claim(name="product_of_means", lhs=Covariance(X, Y), rhs=E(X * Y) - E(X) * E(Y)),
        Claim(
            name="bilinear",
            lhs=Covariance(c * X + d * Y, Z),
            rhs=c * Covariance(X, Z) + d * Covariance(Y, Z),
        ),
        Claim(name="symmetric", lhs=Covariance(X, Y), rhs=Covariance(Y, X)),
        Claim(name="shift", lhs=Covariance(c * X + d, Y + s), rhs=c * Covariance(X, Y)),
        Claim(name="variance", lhs=Covariance(X, X), rhs=Variance(X)),
        Claim(
            name="independent_quantities",
            lhs=Covariance(X, Y),
            rhs=sp.S.Zero,
            hypotheses=(Independent(X, Y),),
        ),
        Claim(
            name="dependent_and_uncorrelated",
            lhs=Covariance(X, X**2),
            rhs=sp.S.Zero,
            hypotheses=(Symmetric(X),),
            note="Uncorrelated quantities need not be independent: X^2 is a function of X.",
        ),
        Claim(
            name="cauchy_schwarz",
            lhs=Covariance(X, Y) ** 2,
            rhs=Variance(X) * Variance(Y),
            relation=Relation.LE,
            hypotheses=(Variance(Y) > 0,),
            certificate=E((Variance(Y) * (X - E(X)) - Covariance(X, Y) * (Y - E(Y))) ** 2) / Variance(Y),
        ),
    ),
)

_sigma_x, _sigma_y = sqrt(Variance(X)), sqrt(Variance(Y))
_rho = Covariance(X, Y) / (_sigma_x * _sigma_y)
_spread = (Variance(X) > 0, Variance(Y) > 0)
_unit_x, _unit_y = (X - E(X)) / _sigma_x, (Y - E(Y)) / _sigma_y


def _with(other: sp.Expr) -> sp.Expr:
    return Covariance(X, other) / (_sigma_x * sqrt(Variance(other)))


CORRELATION = Formula(
    id="prob.correlation",
    title="Correlation",
    section=3,
    names=("correlation", "Pearson correlation", "correlation coefficient"),
    definition=Definition(latex=r"\rho", expr=_rho),
    symbols={**_COVARIANCE_SYMBOLS, "up": "a positive slope", "down": "a negative slope"},
    source=Source(section=3, lines=(139,), printed=(r"\rho = \frac{\text{Cov}(X,Y)}{\sigma_X \sigma_Y}",)),
    references=(PEARSON, CASELLA),
    tags=("probability", "reduction"),
    used_in=("feature selection", "evaluation of metrics"),
    see_also=("prob.covariance",),
    claims=(
        Claim(
            name="of_standardised_quantities",
            lhs=_rho,
            rhs=E(_unit_x * _unit_y),
            hypotheses=_spread,
        ),
        Claim(
            name="at_most_one",
            lhs=_rho,
            rhs=sp.S.One,
            relation=Relation.LE,
            hypotheses=_spread,
            certificate=E((_unit_x - _unit_y) ** 2) / 2,
        ),
        Claim(
            name="at_least_minus_one",
            lhs=_rho,
            rhs=sp.S.NegativeOne,
            relation=Relation.GE,
            hypotheses=_spread,
            certificate=E((_unit_x + _unit_y) ** 2) / 2,
        ),
        Claim(
            name="rising_line",
            lhs=_with(up * X + d),
            rhs=sp.S.One,
            hypotheses=(_spread[0], Variance(up * X + d) > 0),
        ),
        Claim(
            name="falling_line",
            lhs=_with(down * X + d),
            rhs=sp.S.NegativeOne,
            hypotheses=(_spread[0], Variance(down * X + d) > 0),
        ),
        Claim(
            name="distance_from_the_line",
            lhs=E((_unit_y - _rho * _unit_x) ** 2),
            rhs=1 - _rho**2,
            hypotheses=_spread,
            note="If the correlation is 1 or -1, Y is an affine function of X at every outcome.",
        ),
        Claim(
            name="change_of_units",
            lhs=Covariance(up * X + d, Y) / (sqrt(Variance(up * X + d)) * _sigma_y),
            rhs=_rho,
            hypotheses=(*_spread, Variance(up * X + d) > 0),
        ),
        Claim(
            name="independent_quantities",
            lhs=_rho,
            rhs=sp.S.Zero,
            hypotheses=(*_spread, Independent(X, Y)),
        ),
        Claim(
            name="is_the_covariance",
            lhs=_rho,
            rhs=Covariance(X, Y),
            hypotheses=_spread,
            expected=Verdict.REFUTED,
            corrected_by="of_standardised_quantities",
        ),
    ),
)

FORMULAS = (EXPECTATION, VARIANCE, COVARIANCE, CORRELATION)
