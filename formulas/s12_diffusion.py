"""Section 12 of the sheet: diffusion models.

All laws here are Gaussian with independent coordinates, so each coordinate is followed by itself: a law is
its mean and its variance, and a step that multiplies by a and adds noise of variance b takes (mean, variance)
to (a mean, a^2 variance + b).
"""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Partial, dim, index, natural, positive, real, sequence, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

HO = "J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, 2020, arXiv:2006.11239"

beta, mu, var = sequence("beta"), sequence("mu"), sequence("v")
t, s = natural("t"), natural("s")
start = real("x_0")
(k,) = index("k")

_range = (beta[s + 1] > 0, beta[s + 1] < 1)
_mean_step = sp.Eq(mu[s + 1], sp.sqrt(1 - beta[s + 1]) * mu[s])
_variance_step = sp.Eq(var[s + 1], (1 - beta[s + 1]) * var[s] + beta[s + 1])


def kept(last: Expr) -> Expr:
    """The product of 1 - beta_s up to ``last``: what is left of the signal's variance."""
    return sp.Product(1 - beta[k], (k, 1, last))


FORWARD = Formula(
    id="gen.ddpm_forward",
    title="Forward process of a diffusion model",
    section=12,
    names=("Forward process", "DDPM forward process", "forward diffusion"),
    definition=Definition(latex=r"\mathrm{Var}(x_t)", expr=(1 - beta[t]) * var[t - 1] + beta[t]),
    symbols={
        "beta": "variance of the noise that each step adds",
        "mu": "mean of a coordinate at each step",
        "v": "variance of a coordinate at each step",
        "x_0": "a coordinate of the datum",
        "t": "number of steps",
        "s": "any step",
        "k": "a step",
    },
    source=Source(
        section=12,
        lines=(490, 492),
        printed=(
            r"add Gaussian noise over $T$ steps",
            r"q(x_t | x_{t-1}) = \mathcal{N}(x_t; \sqrt{1-\beta_t} \, x_{t-1}, \beta_t I)",
        ),
    ),
    references=(HO,),
    tags=("diffusion", "recurrence", "Gaussian"),
    used_in=("diffusion models",),
    see_also=("gen.ddpm_jump",),
    claims=(
        Claim(
            name="unit_variance_is_kept",
            lhs=var[t],
            rhs=sp.S.One,
            hypotheses=(sp.Eq(var[0], 1), _variance_step),
            note="Data of variance 1 keep it at every step: by induction.",
        ),
        Claim(
            name="distance_to_unit_variance",
            lhs=1 - var[t],
            rhs=(1 - var[0]) * kept(t),
            hypotheses=(_variance_step,),
            note="Any other variance approaches 1.",
        ),
        Claim(
            name="variance_without_shrinking",
            lhs=var[t],
            rhs=sp.S.One,
            hypotheses=(sp.Eq(var[0], 1), sp.Eq(var[s + 1], var[s] + beta[s + 1])),
            expected=Verdict.REFUTED,
            corrected_by="unit_variance_is_kept",
            note="Adding noise alone makes the variance grow: the square root of 1 - beta is there for that.",
        ),
    ),
)

_from_datum = (sp.Eq(mu[0], start), sp.Eq(var[0], 0))

JUMP = Formula(
    id="gen.ddpm_jump",
    title="Direct jump to a step of the forward process",
    section=12,
    names=("Direct jump", "closed form of the forward process"),
    definition=Definition(latex=r"\bar{\alpha}_t", expr=kept(t)),
    symbols={
        "beta": "variance of the noise that each step adds",
        "mu": "mean of a coordinate at each step, given the datum",
        "v": "variance of a coordinate at each step, given the datum",
        "x_0": "a coordinate of the datum",
        "t": "number of steps",
        "s": "any step",
        "k": "a step",
    },
    source=Source(
        section=12,
        lines=(496,),
        printed=(
            r"q(x_t | x_0) = \mathcal{N}(x_t; \sqrt{\bar{\alpha}_t} \, x_0, (1 - \bar{\alpha}_t) I)",
            r"\bar{\alpha}_t = \prod_{s=1}^t (1 - \beta_s)",
        ),
    ),
    references=(HO,),
    tags=("diffusion", "recurrence", "Gaussian"),
    used_in=("diffusion models",),
    see_also=("gen.ddpm_forward", "gen.ddpm_posterior"),
    claims=(
        Claim(
            name="mean",
            lhs=mu[t],
            rhs=sp.sqrt(kept(t)) * start,
            hypotheses=(_from_datum[0], _mean_step, *_range),
            note="By induction over t.",
        ),
        Claim(
            name="variance",
            lhs=var[t],
            rhs=1 - kept(t),
            hypotheses=(_from_datum[1], _variance_step),
            note="By induction over t; with mean, this is the printed law, for every t.",
        ),
        Claim(
            name="mean_without_root",
            lhs=mu[t],
            rhs=kept(t) * start,
            hypotheses=(_from_datum[0], _mean_step, *_range),
            expected=Verdict.REFUTED,
            corrected_by="mean",
        ),
        Claim(
            name="variance_is_sum_of_betas",
            lhs=var[t],
            rhs=sp.Sum(beta[k], (k, 1, t)),
            hypotheses=(_from_datum[1], _variance_step),
            expected=Verdict.REFUTED,
            corrected_by="variance",
        ),
        Claim(
            name="one_more_step",
            lhs=kept(t + 1),
            rhs=kept(t) * (1 - beta[t + 1]),
        ),
        Claim(
            name="kept_is_positive",
            lhs=kept(t),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            hypotheses=_range,
            certificate=kept(t),
        ),
        Claim(
            name="kept_is_at_most_one",
            lhs=kept(t),
            rhs=sp.S.One,
            relation=Relation.LE,
            hypotheses=_range,
            certificate=1 - kept(t),
        ),
    ),
)

# one step: p^2 = 1 - beta_t, q^2 = alpha bar of the step before, r^2 = 1 - alpha bar of this one
p, q, r, u = positive("p"), positive("q"), positive("r"), positive("u")
x, x0, y, eps = (real(name) for name in ("x_t", "x_0", "y", "epsilon"))
_unit = (p < 1, q < 1, p**2 * q**2 < 1)
# the roots of alpha bar and of 1 - alpha bar lie on the unit circle, of which u gives each point
_root = (sp.Eq(r, 2 * u / (1 + u**2)), sp.Eq(q, (1 - u**2) / (1 + u**2) / p))
_noise = 1 - p**2 * q**2


def _mean(noise: Expr) -> Expr:
    """Mean of the posterior, with 1 - alpha bar of the step."""
    return q * (1 - p**2) / noise * x0 + p * (1 - q**2) / noise * x


_centre = _mean(_noise)
_spread = (1 - q**2) * (1 - p**2) / _noise
_sample = sp.Eq(x, p * q * x0 + r * eps)


def _log_posterior(at: Expr) -> Expr:
    """log q(x_t | x_{t-1}) + log q(x_{t-1} | x_0), as a function of x_{t-1}, up to a constant."""
    return -((x - p * at) ** 2) / (1 - p**2) / 2 - (at - q * x0) ** 2 / (1 - q**2) / 2


_coordinates = {
    "p": "square root of 1 - beta of the step",
    "q": "square root of alpha bar of the step before",
    "r": "square root of 1 - alpha bar of the step",
    "u": "parameter of the circle with r and the square root of alpha bar as coordinates",
    "x_t": "a coordinate at step t",
    "y": "the same one step before",
    "x_0": "the same of the datum",
    "epsilon": "noise with which x_t was made from x_0",
}

POSTERIOR = Formula(
    id="gen.ddpm_posterior",
    title="Posterior of the step before, given the datum",
    section=12,
    names=("DDPM posterior", "forward process posterior"),
    definition=Definition(latex=r"\tilde{\mu}_t", expr=_centre),
    symbols=_coordinates,
    references=(HO,),
    tags=("diffusion", "Gaussian", "Bayes"),
    used_in=("diffusion models",),
    see_also=("gen.ddpm_jump", "gen.ddpm_reverse"),
    claims=(
        Claim(
            name="mean_is_the_mode",
            lhs=Partial(_log_posterior(y), y),
            rhs=-(y - _centre) / _spread,
            hypotheses=_unit,
            note="The log of the posterior is quadratic in y: this is its mean, and its variance.",
        ),
        Claim(
            name="precision",
            lhs=1 / _spread,
            rhs=p**2 / (1 - p**2) + 1 / (1 - q**2),
            hypotheses=_unit,
            note="The precisions of the two factors add up.",
        ),
        Claim(
            name="variance_below_beta",
            lhs=_spread,
            rhs=1 - p**2,
            relation=Relation.LT,
            hypotheses=_unit,
            certificate=q**2 * (1 - p**2) ** 2 / _noise,
        ),
        Claim(
            name="mean_from_the_noise",
            lhs=_mean(r**2),
            rhs=(x - (1 - p**2) / r * eps) / p,
            hypotheses=(_sample, *_root),
            note="Why a network may predict the noise.",
        ),
        Claim(
            name="mean_from_the_noise_with_beta_outside",
            lhs=_mean(r**2),
            rhs=(x - (1 - p**2) * eps) / p,
            hypotheses=(_sample, *_root),
            expected=Verdict.REFUTED,
            corrected_by="mean_from_the_noise",
        ),
    ),
)

guess, theirs = real("epsilon_theta"), real("x_theta")
_from_noise = (x - (1 - p**2) / r * guess) / p
_from_datum_guess = q * (1 - p**2) / r**2 * theirs + p * (1 - q**2) / r**2 * x
_same_guess = sp.Eq(x, p * q * theirs + r * guess)
_guesses = {
    **_coordinates,
    "epsilon_theta": "noise that the network predicts",
    "x_theta": "datum that the network predicts",
}

REVERSE = Formula(
    id="gen.ddpm_reverse",
    title="Reverse process of a diffusion model",
    section=12,
    names=("Reverse process", "DDPM reverse process"),
    definition=Definition(latex=r"\mu_\theta", expr=_from_noise),
    symbols=_guesses,
    source=Source(
        section=12,
        lines=(500,),
        printed=(r"p_\theta(x_{t-1} | x_t) = \mathcal{N}(x_{t-1}; \mu_\theta(x_t, t), \sigma_t^2 I)",),
    ),
    references=(HO,),
    tags=("diffusion", "Gaussian"),
    used_in=("diffusion models",),
    see_also=("gen.ddpm_posterior", "gen.ddpm_loss"),
    claims=(
        Claim(
            name="noise_and_datum_give_one_mean",
            lhs=_from_noise,
            rhs=_from_datum_guess,
            hypotheses=(_same_guess, *_root),
            note="A network that predicts the noise and one that predicts the datum say the same.",
        ),
        Claim(
            name="datum_from_the_noise",
            lhs=(x - r * guess) / (p * q),
            rhs=theirs,
            hypotheses=(_same_guess,),
        ),
        Claim(
            name="error_of_the_mean",
            lhs=(_mean(r**2) - _from_noise) ** 2,
            rhs=(1 - p**2) ** 2 / (p * r) ** 2 * (eps - guess) ** 2,
            hypotheses=(_sample, *_root),
            note="Up to a weight that depends on the step alone, the error of the mean is that of the noise.",
        ),
        Claim(
            name="error_of_the_datum",
            lhs=(x0 - (x - r * guess) / (p * q)) ** 2,
            rhs=(r / (p * q)) ** 2 * (eps - guess) ** 2,
            hypotheses=(_sample,),
        ),
    ),
)

d = dim("d")
i, j = index("i j")
noise, predicted = tensor("epsilon", d), tensor("epsilon_theta", d)
_loss = total((noise[i] - predicted[i]) ** 2, (i, d))

LOSS = Formula(
    id="gen.ddpm_loss",
    title="Training loss of a diffusion model",
    section=12,
    names=("DDPM training loss", "noise prediction loss"),
    definition=Definition(latex="L", expr=_loss),
    symbols={"epsilon": "noise that was added", "epsilon_theta": "noise that the network predicts"},
    source=Source(
        section=12,
        lines=(504,),
        printed=(r"L = E_{t, x_0, \epsilon}\left[\|\epsilon - \epsilon_\theta(x_t, t)\|^2\right]",),
    ),
    references=(HO,),
    tags=("diffusion", "loss"),
    used_in=("diffusion models",),
    see_also=("gen.ddpm_reverse", "loss.mse"),
    claims=(
        Claim(
            name="gradient",
            lhs=Partial(_loss, predicted[j]),
            rhs=2 * (predicted[j] - noise[j]),
        ),
        Claim(
            name="gradient_with_the_sign_turned",
            lhs=Partial(_loss, predicted[j]),
            rhs=2 * (noise[j] - predicted[j]),
            expected=Verdict.REFUTED,
            corrected_by="gradient",
        ),
        Claim(name="nonnegative", lhs=_loss, rhs=sp.S.Zero, relation=Relation.GE, certificate=_loss),
    ),
)

FORMULAS = (FORWARD, JUMP, POSTERIOR, REVERSE, LOSS)
