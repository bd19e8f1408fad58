"""Section 12 of the sheet: the adversarial game, on a finite space."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Ne, Rational, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k = index("i j k")
data = tensor("data", n, positive=True)
model = tensor("model", n, positive=True)
judged = tensor("judged", n, positive=True)
p, q, d = positive("p"), positive("q"), positive("d")


def pointwise(real_weight: Expr, model_weight: Expr, verdict: Expr) -> Expr:
    """What one point adds to the value of the game."""
    return real_weight * log(verdict) + model_weight * log(1 - verdict)


def best(at: sp.Symbol) -> Expr:
    """The optimal discriminator."""
    return data[at] / (data[at] + model[at])


def value(of: Expr) -> Expr:
    """The value of the game for the discriminator whose entry i is ``of``."""
    return total(pointwise(data[i], model[i], of), (i, n))


def _mean(at: sp.Symbol) -> Expr:
    return (data[at] + model[at]) / 2


def jensen_shannon(dummy: sp.Symbol = k) -> Expr:
    """Jensen-Shannon divergence of data and model."""
    left = total(data[dummy] * log(data[dummy] / _mean(dummy)), (dummy, n))
    right = total(model[dummy] * log(model[dummy] / _mean(dummy)), (dummy, n))
    return (left + right) / 2


def _gap(real_weight: Expr, model_weight: Expr, verdict: Expr) -> Expr:
    """What a verdict other than the best one costs at a point."""
    whole = real_weight + model_weight
    return real_weight * ExpGap(log(verdict) + log(whole) - log(real_weight)) + model_weight * ExpGap(
        log(1 - verdict) + log(whole) - log(model_weight)
    )


def _divergence_gap(at: sp.Symbol) -> Expr:
    mean = log(_mean(at))
    return data[at] * ExpGap(mean - log(data[at])) + model[at] * ExpGap(mean - log(model[at]))


def _adds_to_one(of: sp.IndexedBase) -> sp.Eq:
    return Eq(total(of[i], (i, n)), 1, evaluate=False)


_BOTH = (_adds_to_one(data), _adds_to_one(model))

GAN = Formula(
    id="gen.gan",
    title="Generative adversarial networks",
    section=12,
    names=(
        "GAN",
        "generative adversarial network",
        "Generative Adversarial Network",
        "optimal discriminator",
    ),
    definition=Definition(latex=r"V(D, G)", expr=value(judged[i])),
    symbols={
        "data": "distribution of the data",
        "model": "distribution of the generator's samples",
        "judged": "probability of being data that the discriminator gives to each point",
        "p": "probability of one point under the data",
        "q": "probability of one point under the generator",
        "d": "verdict on one point",
    },
    source=Source(
        section=12,
        lines=(483, 485, 486),
        printed=(
            r"\min_G \max_D \; E_{x \sim p_{data}}[\log D(x)] + E_{z \sim p_z}[\log(1 - D(G(z)))]",
            r"Optimal discriminator: $D^*(x) = \frac{p_{data}(x)}{p_{data}(x) + p_g(x)}$",
            r"At equilibrium: generator distribution = data distribution",
        ),
    ),
    references=(
        "I. Goodfellow and others, Generative adversarial nets, 2014, arXiv:1406.2661, section 4",
        "J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory "
        "37, 1991",
    ),
    tags=("generative", "game", "information", "reduction"),
    used_in=("image synthesis", "domain adaptation"),
    see_also=("info.kl", "act.sigmoid"),
    claims=(
        Claim(
            name="stationary_at_optimum",
            lhs=Partial(pointwise(p, q, d), d),
            rhs=sp.S.Zero,
            hypotheses=(d < 1, Eq(d, p / (p + q), evaluate=False)),
        ),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(pointwise(p, q, d), d), d),
            rhs=-p / d**2 - q / (1 - d) ** 2,
            hypotheses=(d < 1,),
        ),
        Claim(
            name="strictly_concave",
            lhs=Partial(Partial(pointwise(p, q, d), d), d),
            rhs=sp.S.Zero,
            relation=Relation.LT,
            hypotheses=(d < 1,),
            certificate=p / d**2 + q / (1 - d) ** 2,
        ),
        Claim(
            name="optimal_at_a_point",
            lhs=pointwise(p, q, d),
            rhs=pointwise(p, q, p / (p + q)),
            relation=Relation.LE,
            hypotheses=(d < 1,),
            certificate=_gap(p, q, d),
        ),
        Claim(
            name="optimal_discriminator",
            lhs=value(judged[i]),
            rhs=value(best(i)),
            relation=Relation.LE,
            hypotheses=(judged[j] < 1,),
            certificate=total(_gap(data[i], model[i], judged[i]), (i, n)),
            printed=True,
            note="No discriminator does better against a fixed generator.",
        ),
        Claim(
            name="optimal_discriminator_is_a_probability",
            lhs=best(j),
            rhs=sp.S.One,
            relation=Relation.LT,
            certificate=model[j] / (data[j] + model[j]),
        ),
        Claim(
            name="value_at_optimal_discriminator",
            lhs=value(best(i)),
            rhs=2 * jensen_shannon() - log(4),
            hypotheses=_BOTH,
            note="The generator then minimises the Jensen-Shannon divergence.",
        ),
        Claim(
            name="least_value",
            lhs=value(best(i)),
            rhs=-log(4),
            relation=Relation.GE,
            hypotheses=_BOTH,
            certificate=total(_divergence_gap(i), (i, n)),
        ),
        Claim(
            name="value_at_equilibrium",
            lhs=value(best(i)),
            rhs=-log(4),
            hypotheses=(*_BOTH, Eq(model[j], data[j], evaluate=False)),
            printed=True,
            note="Where generator and data agree the least value is attained.",
        ),
        Claim(
            name="equilibrium_only_there",
            lhs=value(best(i)),
            rhs=-log(4) + _divergence_gap(k) / 2,
            relation=Relation.GT,
            hypotheses=(*_BOTH, Ne(model[k], data[k])),
            certificate=_divergence_gap(k) / 2 + total((1 - delta(i, k)) * _divergence_gap(i), (i, n)),
            note="A generator that differs from the data anywhere has a higher value.",
        ),
        Claim(
            name="verdict_at_equilibrium",
            lhs=best(j),
            rhs=Rational(1, 2),
            hypotheses=(Eq(model[j], data[j], evaluate=False),),
        ),
        Claim(
            name="divergence_without_the_factor",
            lhs=value(best(i)),
            rhs=jensen_shannon() - log(4),
            hypotheses=_BOTH,
            expected=Verdict.REFUTED,
            corrected_by="value_at_optimal_discriminator",
        ),
        Claim(
            name="discriminator_of_the_generator",
            lhs=value(judged[i]),
            rhs=value(model[i] / (data[i] + model[i])),
            relation=Relation.LE,
            hypotheses=(judged[j] < 1,),
            expected=Verdict.REFUTED,
            corrected_by="optimal_discriminator",
        ),
    ),
)

FORMULAS = (GAN,)
