"""Named laws of random variables with their moments, as data.

A law is written ``X \\sim name(parameters)`` or named in words; then its letters are the usual ones.  Where
two parametrisations are in use there is an entry for each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamedLaw:
    """``parameters`` are letters, ``mean`` and ``variance`` LaTeX in them; a second parameter written as a
    square (``\\sigma^2``) is one that texts give squared.  All are positive; ``where`` says
    more of one (that it is a probability, or such that there is a variance)."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    mean: str
    variance: str
    where: str


def _law(names: str, parameters: str, mean: str, variance: str, where: str = "") -> NamedLaw:
    letters = tuple(p.strip() for p in parameters.split(","))
    return NamedLaw(tuple(n.strip() for n in names.split(";")), letters, mean, variance, where)


LAWS = (
    _law("Bernoulli; Bern; Ber", "p", "p", "p (1 - p)", "p < 1"),
    _law("binomial; Bin; Binom; B", "n, p", "n p", "n p (1 - p)", "p < 1"),
    _law("Poisson; Pois; Poi", r"\lambda", r"\lambda", r"\lambda"),
    _law("geometric; Geom; Geo", "p", r"\frac{1}{p}", r"\frac{1 - p}{p^2}", "p < 1"),
    _law("geometric; Geom; Geo", "p", r"\frac{1 - p}{p}", r"\frac{1 - p}{p^2}", "p < 1"),
    _law("negative binomial; NB; NegBin", "r, p", r"\frac{r}{p}", r"\frac{r (1 - p)}{p^2}", "p < 1"),
    _law("negative binomial; NB; NegBin", "r, p", r"\frac{r (1 - p)}{p}", r"\frac{r (1 - p)}{p^2}", "p < 1"),
    _law("negative binomial; NB; NegBin", "r, p", r"\frac{r p}{1 - p}", r"\frac{r p}{(1 - p)^2}", "p < 1"),
    _law("discrete uniform; uniform; U; Unif", "n", r"\frac{n + 1}{2}", r"\frac{n^2 - 1}{12}"),
    _law("uniform; Unif; U", "a, b", r"\frac{a + b}{2}", r"\frac{(b - a)^2}{12}"),
    _law("exponential; Exp; Expo", r"\lambda", r"\frac{1}{\lambda}", r"\frac{1}{\lambda^2}"),
    _law("exponential; Exp; Expo", r"\theta", r"\theta", r"\theta^2"),
    _law("uniform; Unif; U", "a, b", r"\frac{a + b}{2}", r"\frac{(b - a + 1)^2 - 1}{12}"),
    _law("normal; Gaussian; N; Normal", r"\mu, \sigma^2", r"\mu", r"\sigma^2"),
    _law("normal; Gaussian; N; Normal", r"\mu, \sigma", r"\mu", r"\sigma^2"),
    _law(
        "log-normal; lognormal; LogNormal; Log-Normal",
        r"\mu, \sigma^2",
        r"\exp(\mu + \sigma^2 / 2)",
        r"(\exp(\sigma^2) - 1) \exp(2 \mu + \sigma^2)",
    ),
    _law("gamma; Gamma; Ga", r"\alpha, \beta", r"\frac{\alpha}{\beta}", r"\frac{\alpha}{\beta^2}"),
    _law("gamma; Gamma; Ga", r"k, \theta", r"k \theta", r"k \theta^2"),
    _law(
        "beta; Beta",
        r"\alpha, \beta",
        r"\frac{\alpha}{\alpha + \beta}",
        r"\frac{\alpha \beta}{(\alpha + \beta)^2 (\alpha + \beta + 1)}",
    ),
    _law("chi-squared; chi-square; chi squared", "k", "k", "2 k"),
    _law("Student; Student's t; t", r"\nu", "0", r"\frac{\nu}{\nu - 2}", r"\nu > 2"),
    _law("Laplace", r"\mu, b", r"\mu", "2 b^2"),
    _law("logistic; Logistic", r"\mu, s", r"\mu", r"\frac{s^2 \pi^2}{3}"),
    _law("Rayleigh", r"\sigma", r"\sigma \sqrt{\frac{\pi}{2}}", r"\frac{4 - \pi}{2} \sigma^2"),
    _law("Gumbel", r"\mu, \beta", r"\mu + \gamma \beta", r"\frac{\pi^2}{6} \beta^2"),
    _law(
        "Pareto",
        r"x_m, \alpha",
        r"\frac{\alpha x_m}{\alpha - 1}",
        r"\frac{\alpha x_m^2}{(\alpha - 1)^2 (\alpha - 2)}",
        r"\alpha > 2",
    ),
)
