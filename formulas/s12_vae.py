"""Section 12 of the sheet: the evidence lower bound and reparameterisation."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, log, pi

from formulas.chance import Covariance, E, Gaussian, Moments, random
from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

KINGMA = "Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014, and appendix B"
JORDAN = "Jordan et al., An Introduction to Variational Methods for Graphical Models, 1999"

K, d = dim("K"), dim("d")
a, b, i, j, k, l, u = index("a b i j k l u")  # noqa: E741
q, prior, likelihood = (tensor(name, K, positive=True) for name in ("q", "prior", "likelihood"))
Q, P, L = (random(name, positive=True) for name in ("Q", "P", "L"))
evidence_of_any = positive("evidence")
z, eps = random("z", d), random("eps", d)
mu = tensor("mu", d)
sigma = tensor("sigma", d, positive=True)

_one = tuple(Eq(total(t[k], (k, K)), 1, evaluate=False) for t in (q, prior))
_evidence = total(prior[k] * likelihood[k], (k, K))


def _posterior(at: Expr) -> Expr:
    return prior[at] * likelihood[at] / total(prior[l] * likelihood[l], (l, K))


_divergence_from_prior = total(q[k] * log(q[k] / prior[k]), (k, K))
_bound = total(q[k] * log(likelihood[k]), (k, K)) - _divergence_from_prior
_gap = total(q[k] * log(q[k] / _posterior(k)), (k, K))
_gaussian = Moments(z[a], mu[a], z[b], sigma[a] ** 2 * delta(a, b))
_log_q = total(-((z[i] - mu[i]) ** 2) / (2 * sigma[i] ** 2) - log(sigma[i]) - log(2 * pi) / 2, (i, d))
_log_prior = total(-(z[i] ** 2) / 2 - log(2 * pi) / 2, (i, d))
_closed = total(mu[i] ** 2 + sigma[i] ** 2 - 1 - log(sigma[i] ** 2), (i, d)) / 2

ELBO = Formula(
    id="gen.elbo",
    title="Evidence lower bound",
    section=12,
    names=("ELBO", "Evidence Lower Bound", "variational lower bound"),
    definition=Definition(latex=r"\mathrm{ELBO}", expr=_bound),
    symbols={
        "q": "approximate posterior q(z|x)",
        "prior": "p(z)",
        "likelihood": "p(x|z) of the observation, for each z",
        "Q": "q(z|x) at the sampled z",
        "P": "p(z) at the sampled z",
        "L": "p(x|z) at the sampled z",
        "evidence": "p(x)",
        "z": "latent vector, distributed as q",
        "mu": "mean of q",
        "sigma": "standard deviations of q",
    },
    source=Source(
        section=12,
        lines=(472, 475),
        printed=(
            r"\log p(x) \geq E_{q(z|x)}[\log p(x|z)] - D_{KL}(q(z|x) \| p(z))",
            r"p(z) = \mathcal{N}(0, I)",
        ),
    ),
    references=(KINGMA, JORDAN),
    tags=("generative model", "inference"),
    used_in=("VAE",),
    see_also=("info.kl", "gen.reparam"),
    claims=(
        Claim(
            name="bound",
            lhs=log(_evidence),
            rhs=_bound,
            relation=Relation.GE,
            hypotheses=_one,
            certificate=total(q[k] * ExpGap(log(_posterior(k)) - log(q[k])), (k, K)),
            printed=True,
        ),
        Claim(
            name="gap",
            lhs=log(_evidence) - _bound,
            rhs=_gap,
            hypotheses=_one,
            note="The bound misses the evidence by the divergence of q from the posterior.",
        ),
        Claim(
            name="gap_to_the_prior",
            lhs=log(_evidence) - _bound,
            rhs=_divergence_from_prior,
            hypotheses=_one,
            expected=Verdict.REFUTED,
            corrected_by="gap",
        ),
        Claim(
            name="tight_at_the_posterior",
            lhs=total(_posterior(k) * (log(likelihood[k]) - log(_posterior(k) / prior[k])), (k, K)),
            rhs=log(_evidence),
            hypotheses=_one,
        ),
        Claim(
            name="gap_on_any_space",
            lhs=log(evidence_of_any) - (E(log(L)) - E(log(Q) - log(P))),
            rhs=E(log(Q) - log(L * P / evidence_of_any)),
            note="With the densities as random quantities, z distributed as q.",
        ),
        Claim(
            name="joint_form",
            lhs=_bound,
            rhs=total(q[k] * log(prior[k] * likelihood[k]), (k, K)) - total(q[k] * log(q[k]), (k, K)),
            hypotheses=_one,
            note="Expected log of the joint, plus the entropy of q.",
        ),
        Claim(
            name="gaussian_divergence",
            lhs=E(_log_q - _log_prior),
            rhs=_closed,
            hypotheses=(_gaussian,),
            note="KL of N(mu, diag sigma^2) from N(0, I), for any dimension.",
        ),
        Claim(
            name="gaussian_divergence_without_half",
            lhs=E(_log_q - _log_prior),
            rhs=2 * _closed,
            hypotheses=(_gaussian,),
            expected=Verdict.REFUTED,
            corrected_by="gaussian_divergence",
        ),
        Claim(
            name="gaussian_divergence_not_negative",
            lhs=_closed,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=total(mu[i] ** 2 + ExpGap(2 * log(sigma[i])), (i, d)) / 2,
        ),
        Claim(
            name="gradient_by_the_mean",
            lhs=Partial(_closed, mu[j]),
            rhs=mu[j],
        ),
        Claim(
            name="gradient_by_the_deviation",
            lhs=Partial(_closed, sigma[j]),
            rhs=sigma[j] - 1 / sigma[j],
        ),
    ),
)

_z = mu[i] + sigma[i] * eps[i]
_unit = Moments(eps[a], 0, eps[b], delta(a, b))
_normal = Gaussian(eps[a], 0, eps[b], delta(a, b))

REPARAMETERISATION = Formula(
    id="gen.reparam",
    title="Reparameterisation",
    section=12,
    names=("Reparameterization Trick", "reparameterization", "reparametrisation"),
    definition=Definition(latex="z", expr=_z, indices=(i,)),
    symbols={
        "eps": "standard normal noise",
        "mu": "mean",
        "sigma": "standard deviations",
    },
    source=Source(section=12, lines=(479,), printed=(r"z = \mu + \sigma \odot \epsilon",)),
    references=(KINGMA,),
    tags=("generative model", "gradient"),
    used_in=("VAE", "diffusion models"),
    see_also=("gen.elbo",),
    claims=(
        Claim(name="mean", lhs=E(_z), rhs=mu[i], hypotheses=(_unit,)),
        Claim(
            name="covariance",
            lhs=Covariance(_z, mu[j] + sigma[j] * eps[j]),
            rhs=sigma[i] ** 2 * delta(i, j),
            hypotheses=(_unit,),
        ),
        Claim(
            name="fourth_moment",
            lhs=E((_z - mu[i]) ** 4),
            rhs=3 * sigma[i] ** 4,
            hypotheses=(_normal,),
            note="As of a normal law with this variance.",
        ),
        Claim(name="gradient_by_the_mean", lhs=Partial(_z, mu[j]), rhs=delta(i, j)),
        Claim(name="gradient_by_the_deviation", lhs=Partial(_z, sigma[j]), rhs=delta(i, j) * eps[i]),
        Claim(
            name="gradient_by_the_noise",
            lhs=Partial(_z, eps[j]),
            rhs=delta(i, j) * sigma[i],
        ),
        Claim(
            name="gradient_of_a_mean_square",
            lhs=Partial(mu[i] ** 2 + sigma[i] ** 2, sigma[i]),
            rhs=E(2 * _z * eps[i]),
            hypotheses=(_unit,),
            note="E z^2 = mu^2 + sigma^2: the gradient through the sample has the right mean.",
        ),
        Claim(
            name="mean_square",
            lhs=E(total(_z**2, (i, d))),
            rhs=total(mu[i] ** 2 + sigma[i] ** 2, (i, d)),
            hypotheses=(_unit,),
        ),
        Claim(
            name="scaled_by_the_variance",
            lhs=Covariance(mu[i] + sigma[i] ** 2 * eps[i], mu[j] + sigma[j] ** 2 * eps[j]),
            rhs=sigma[i] ** 2 * delta(i, j),
            hypotheses=(_unit,),
            expected=Verdict.REFUTED,
            corrected_by="covariance",
            note="sigma is the standard deviation, not the variance.",
        ),
    ),
)

FORMULAS = (ELBO, REPARAMETERISATION)
