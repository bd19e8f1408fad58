"""Section 3 of the sheet: the Gaussian law of one variable."""

from __future__ import annotations

import sympy as sp
from sympy import exp, log, pi, sqrt

from formulas.chance import E, Gaussian, Independent, Moments, Variance, random
from formulas.language import ExpGap, Partial, Phi, normal_density, positive, real
from formulas.schema import Approach, Claim, Definition, Formula, Quotient, Relation, Source, Verdict

CASELLA = "Casella and Berger, Statistical Inference, 2nd ed., section 3.3"
KULLBACK = "Kullback, Information Theory and Statistics, 1959, chapter 9"

x, mu, m = real("x"), real("mu"), real("m")
sigma, s, T = positive("sigma"), positive("s"), positive("T")
X, Y = random("X"), random("Y")

_u = (x - mu) / sigma


def density(at: sp.Expr, mean: sp.Expr = mu, deviation: sp.Expr = sigma) -> sp.Expr:
    """Of the normal law, as printed."""
    return exp(-((at - mean) ** 2) / (2 * deviation**2)) / (deviation * sqrt(2 * pi))


def log_density(at: sp.Expr, mean: sp.Expr = mu, deviation: sp.Expr = sigma) -> sp.Expr:
    """The logarithm of ``density``, written out."""
    return -((at - mean) ** 2) / (2 * deviation**2) - log(deviation) - log(2 * pi) / 2


_law = Moments(X, mu, X, sigma**2)
_normal = Gaussian(X, mu, X, sigma**2)
_first = mu * Phi(_u) - sigma * normal_density(_u)
_second = sigma**2 * (Phi(_u) - _u * normal_density(_u))


_divergence = E(log_density(X) - log_density(X, m, s))

GAUSSIAN = Formula(
    id="prob.gaussian",
    title="Gaussian law",
    section=3,
    names=("Gaussian", "normal distribution", "Gaussian density"),
    definition=Definition(latex="p(x)", expr=density(x)),
    symbols={
        "x": "a value",
        "X": "a normal random quantity",
        "Y": "another one",
        "mu": "mean",
        "sigma": "standard deviation",
        "m": "mean of another normal law",
        "s": "standard deviation of another normal law",
        "T": "half the length of the interval of integration, in standard deviations",
    },
    source=Source(
        section=3,
        lines=(118,),
        printed=(
            r"\frac{1}{\sigma\sqrt{2\pi}}e^{-\frac{(x-\mu)^2}{2\sigma^2}}",
            r"$\mu$",
            r"$\sigma^2$",
        ),
    ),
    references=(CASELLA, KULLBACK),
    tags=("probability", "distribution"),
    used_in=("weight initialisation", "VAE", "diffusion models"),
    see_also=("prob.variance",),
    claims=(
        Claim(name="log_density", lhs=log(density(x)), rhs=log_density(x)),
        Claim(name="standardised", lhs=density(x), rhs=normal_density(_u) / sigma),
        Claim(
            name="antiderivative",
            lhs=Partial(Phi(_u), x),
            rhs=density(x),
        ),
        Claim(
            name="integrates_to_one",
            lhs=Phi(T) - Phi(-T),
            rhs=sp.S.One,
            relation=Relation.TENDS,
            approach=Approach(x=T, to=sp.oo),
            printed=True,
            note="Over mu +- sigma T, by the antiderivative; that erf tends to 1 is the Gaussian integral.",
        ),
        Claim(name="antiderivative_for_the_mean", lhs=Partial(_first, x), rhs=x * density(x)),
        Claim(
            name="antiderivative_for_the_variance",
            lhs=Partial(_second, x),
            rhs=(x - mu) ** 2 * density(x),
        ),
        Claim(
            name="mean",
            lhs=mu * (Phi(T) - Phi(-T)) - sigma * (normal_density(T) - normal_density(-T)),
            rhs=mu,
            relation=Relation.TENDS,
            approach=Approach(x=T, to=sp.oo),
            printed=True,
        ),
        Claim(
            name="variance",
            lhs=sigma**2 * (Phi(T) - Phi(-T)),
            rhs=sigma**2,
            relation=Relation.TENDS,
            approach=Approach(x=T, to=sp.oo),
            printed=True,
            note="The antiderivative has another term at the ends, which vanishes: boundary_term.",
        ),
        Claim(
            name="boundary_term",
            lhs=T * normal_density(T),
            rhs=sp.S.Zero,
            relation=Relation.TENDS,
            approach=Approach(x=T, to=sp.oo),
            certificate=Quotient(top=T, bottom=sqrt(2 * pi) * exp(T**2 / 2)),
        ),
        Claim(
            name="largest_at_the_mean",
            lhs=density(x),
            rhs=1 / (sigma * sqrt(2 * pi)),
            relation=Relation.LE,
            certificate=density(x) * (ExpGap(_u**2 / 2) + _u**2 / 2),
        ),
        Claim(
            name="entropy",
            lhs=E(-log(density(X))),
            rhs=log(2 * pi * sp.E * sigma**2) / 2,
            hypotheses=(_law,),
        ),
        Claim(
            name="entropy_without_e",
            lhs=E(-log(density(X))),
            rhs=log(2 * pi * sigma**2) / 2,
            hypotheses=(_law,),
            expected=Verdict.REFUTED,
            corrected_by="entropy",
        ),
        Claim(name="score", lhs=Partial(log_density(x), mu), rhs=(x - mu) / sigma**2),
        Claim(
            name="score_of_sigma",
            lhs=Partial(log_density(x), sigma),
            rhs=((x - mu) ** 2 / sigma**2 - 1) / sigma,
        ),
        Claim(
            name="fisher_information",
            lhs=E(((X - mu) / sigma**2) ** 2),
            rhs=1 / sigma**2,
            hypotheses=(_law,),
        ),
        Claim(name="fourth_moment", lhs=E((X - mu) ** 4), rhs=3 * sigma**4, hypotheses=(_normal,)),
        Claim(
            name="third_moment",
            lhs=E(X**3),
            rhs=mu**3 + 3 * mu * sigma**2,
            hypotheses=(_normal,),
        ),
        Claim(
            name="sum_of_independent",
            lhs=Variance(X + Y),
            rhs=sigma**2 + s**2,
            hypotheses=(_normal, Gaussian(Y, m, Y, s**2), Independent(X, Y)),
        ),
        Claim(
            name="divergence",
            lhs=_divergence,
            rhs=log(s / sigma) + (sigma**2 + (mu - m) ** 2) / (2 * s**2) - sp.Rational(1, 2),
            hypotheses=(_law,),
            note="KL of two normal laws; the first two moments are all that is used.",
        ),
        Claim(
            name="divergence_with_the_laws_exchanged",
            lhs=_divergence,
            rhs=log(sigma / s) + (s**2 + (mu - m) ** 2) / (2 * sigma**2) - sp.Rational(1, 2),
            hypotheses=(_law,),
            expected=Verdict.REFUTED,
            corrected_by="divergence",
        ),
        Claim(
            name="divergence_not_negative",
            lhs=_divergence,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_law,),
            certificate=(ExpGap(2 * log(sigma) - 2 * log(s)) + (mu - m) ** 2 / s**2) / 2,
        ),
    ),
)

FORMULAS = (GAUSSIAN,)
