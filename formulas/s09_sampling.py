"""Section 9 of the sheet, continued: temperature, and what is left of a distribution by top-k and top-p.

A selection of tokens is a mask with entries from 0 to 1; what is shown for such masks holds for sets of
tokens, whose masks have the entries 0 and 1.
"""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log, sign

from formulas.language import (
    ExpGap,
    Expr,
    Partial,
    delta,
    dim,
    index,
    nonnegative,
    positive,
    tensor,
    total,
)
from formulas.s04_softmax import softmax
from formulas.schema import (
    Approach,
    Claim,
    Definition,
    Formula,
    Relation,
    Segment,
    Source,
    Squeeze,
    Verdict,
)

n = dim("n")
i, j, k, l, m, t = index("i j k l m t")  # noqa: E741
z = tensor("z", n)
tau, low, high, s = positive("tau"), positive("low"), positive("high"), positive("s")

HINTON = (
    "G. Hinton, O. Vinyals, J. Dean, Distilling the knowledge in a neural network, 2015, arXiv:1503.02531"
)
HOLTZMAN = (
    "A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi, The curious case of neural text degeneration, 2019, "
    "arXiv:1904.09751"
)


def tempered(at: Expr, temperature: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry ``at`` of the softmax of ``z / temperature``."""
    return exp(z[at] / temperature) / total(exp(z[dummy] / temperature), (dummy, n))


def _entropy(temperature: Expr) -> Expr:
    """Entropy of the tempered softmax."""
    mean = total(tempered(i, temperature) * z[i], (i, n)) / temperature
    return log(total(exp(z[m] / temperature), (m, n))) - mean


def _mean(temperature: Expr) -> Expr:
    return total(tempered(m, temperature, l) * z[m], (m, n))


def _variance(temperature: Expr) -> Expr:
    return total(tempered(i, temperature) * (z[i] - _mean(temperature)) ** 2, (i, n))


def _tie(at: sp.Symbol) -> Expr:
    """1 where z[at] is as large as the largest logit z[t], else 0."""
    return 1 + sign(z[at] - z[t])


_maxima = 1 + total((1 - delta(k, t)) * _tie(k), (k, n))
_from_the_top = exp((z[j] - z[t]) / tau) / (1 + total((1 - delta(k, t)) * exp((z[k] - z[t]) / tau), (k, n)))
_scaled = log(total(exp(z[k] / tau), (k, n)))
_gap = (z[t] - z[m]) / tau
_falls = total(exp(-_gap) * (ExpGap(_gap) + _gap), (m, n))
_beside = total((1 - delta(m, t)) * tempered(m, tau), (m, n))
_LARGEST = z[i] <= z[t]
_TO_ZERO = Approach(x=tau, to=sp.S.Zero, side="+")
_RISE = Segment(x=s, f=_entropy(s), start=low, end=high, slope=_variance(s) / s**3)

TEMPERATURE = Formula(
    id="llm.temperature",
    title="Temperature",
    section=9,
    names=("Temperature", "temperature", "Temperature Scaling", "temperature scaling", "tempered softmax"),
    definition=Definition(latex="P(x_i)", expr=tempered(i, tau), indices=(i,)),
    symbols={
        "z": "logits",
        "tau": "temperature",
        "low": "lower of two temperatures",
        "high": "higher of two temperatures",
        "s": "temperature between",
    },
    source=Source(
        section=9,
        lines=(378, 380, 381, 382),
        printed=(
            r"P(x_i) = \frac{\exp(z_i / \tau)}{\sum_j \exp(z_j / \tau)}",
            r"$\tau \to 0$: greedy (picks highest logit)",
            r"$\tau = 1$: standard sampling",
            r"$\tau > 1$: more random / creative",
        ),
    ),
    references=(HINTON, "J. W. Gibbs, Elementary Principles in Statistical Mechanics, Yale 1902, chapter 4"),
    tags=("sampling", "probability", "reduction"),
    used_in=("text generation", "knowledge distillation", "contrastive losses"),
    see_also=("act.softmax", "info.entropy", "llm.top_k", "llm.top_p"),
    claims=(
        Claim(
            name="greedy_limit",
            lhs=tempered(j, tau),
            rhs=_tie(j),
            relation=Relation.TENDS,
            approach=_TO_ZERO,
            hypotheses=(
                _LARGEST,
                Eq(total((1 - delta(k, t)) * _tie(k), (k, n)), 0, evaluate=False),
            ),
            certificate=_from_the_top,
            note="With one largest logit: 1 for it, and 0 for all others.",
        ),
        Claim(
            name="greedy_limit_with_ties",
            lhs=tempered(j, tau),
            rhs=_tie(j) / _maxima,
            relation=Relation.TENDS,
            approach=_TO_ZERO,
            hypotheses=(_LARGEST,),
            certificate=_from_the_top,
            note="The largest logits share the probability evenly.",
        ),
        Claim(
            name="greedy_limit_as_printed",
            lhs=tempered(j, tau),
            rhs=_tie(j),
            relation=Relation.TENDS,
            approach=_TO_ZERO,
            conditions=(Eq(total((1 - delta(k, t)) * _tie(k), (k, n)), 0, evaluate=False),),
            needs="one logit is larger than all others (the largest share the probability otherwise)",
            stated_by=("unique maximum", "ties", "tied", "unique largest", "no two logits"),
            says=r"$\tau \to 0$: greedy (picks highest logit)",
            hypotheses=(_LARGEST,),
            certificate=_from_the_top,
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="greedy_limit_with_ties",
            note="Which logit is picked has no answer where two are largest.",
        ),
        Claim(
            name="scaled_logsumexp_tends_to_the_largest",
            lhs=tau * _scaled,
            rhs=z[t],
            relation=Relation.TENDS,
            approach=_TO_ZERO,
            hypotheses=(_LARGEST,),
            certificate=Squeeze(
                below=z[t],
                above=z[t] + tau * log(n),
                gaps=(
                    tau * (ExpGap(_scaled - z[t] / tau - log(n)) + _falls / n),
                    tau * (ExpGap(log(tempered(t, tau))) + _beside),
                ),
            ),
            note="It is at most log n temperatures above the largest logit.",
        ),
        Claim(
            name="uniform_limit",
            lhs=tempered(j, tau),
            rhs=1 / n,
            relation=Relation.TENDS,
            approach=Approach(x=tau, to=sp.oo),
        ),
        Claim(
            name="standard_at_one",
            lhs=tempered(j, tau),
            rhs=softmax(z, j),
            hypotheses=(Eq(tau, 1, evaluate=False),),
            printed=True,
        ),
        Claim(name="sums_to_one", lhs=total(tempered(i, tau), (i, n)), rhs=sp.S.One),
        Claim(
            name="ratio",
            lhs=tempered(i, tau) / tempered(j, tau),
            rhs=exp((z[i] - z[j]) / tau),
            note="A difference of logits counts 1 / tau times as much.",
        ),
        Claim(
            name="as_power_of_softmax",
            lhs=tempered(j, tau),
            rhs=softmax(z, j) ** (1 / tau) / total(softmax(z, k, l) ** (1 / tau), (k, n)),
        ),
        Claim(
            name="keeps_the_order",
            lhs=tempered(i, tau),
            rhs=tempered(j, tau),
            relation=Relation.GE,
            hypotheses=(z[i] >= z[j],),
            certificate=tempered(j, tau) * ((z[i] - z[j]) / tau + ExpGap((z[i] - z[j]) / tau)),
        ),
        Claim(
            name="derivative",
            lhs=Partial(tempered(j, tau), tau),
            rhs=-tempered(j, tau) * (z[j] - _mean(tau)) / tau**2,
        ),
        Claim(
            name="entropy",
            lhs=-total(tempered(i, tau) * log(tempered(i, tau)), (i, n)),
            rhs=_entropy(tau),
        ),
        Claim(
            name="entropy_derivative",
            lhs=Partial(_entropy(tau), tau),
            rhs=_variance(tau) / tau**3,
            note="The variance of the logits under the tempered distribution, over tau cubed.",
        ),
        Claim(
            name="entropy_non_decreasing",
            lhs=_entropy(high),
            rhs=_entropy(low),
            relation=Relation.GE,
            hypotheses=(high >= low,),
            certificate=_RISE,
        ),
        Claim(
            name="more_random_above_one",
            lhs=_entropy(tau),
            rhs=_entropy(sp.S.One),
            relation=Relation.GE,
            hypotheses=(tau > 1,),
            certificate=Segment(x=s, f=_entropy(s), start=sp.S.One, end=tau, slope=_variance(s) / s**3),
            printed=True,
            note="Never less random; equally so where all logits are equal.",
        ),
        Claim(
            name="strictly_more_random_above_one",
            lhs=_entropy(tau),
            rhs=_entropy(sp.S.One),
            relation=Relation.GT,
            hypotheses=(tau > 1, Eq(z[i], 0, evaluate=False)),
            expected=Verdict.REFUTED,
            corrected_by="more_random_above_one",
            note="Equal logits are uniform at every temperature.",
        ),
        Claim(
            name="temperature_multiplied",
            lhs=exp(z[j] * tau) / total(exp(z[k] * tau), (k, n)),
            rhs=tempered(j, tau),
            expected=Verdict.REFUTED,
            corrected_by="ratio",
        ),
    ),
)

p = tensor("p", n, positive=True)
keep = sp.IndexedBase(sp.Symbol("keep", nonnegative=True), shape=(n,))
rival = sp.IndexedBase(sp.Symbol("rival", nonnegative=True), shape=(n,))
threshold, wanted, less = nonnegative("threshold"), positive("wanted"), positive("less")

_P = Eq(total(p[i], (i, n)), 1, evaluate=False)
_AT_MOST_ONE = (keep[i] <= 1, rival[i] <= 1)
_KEPT_ARE_LARGE = keep[i] * (p[i] - threshold) >= 0
_OTHERS_ARE_SMALL = (1 - keep[i]) * (threshold - p[i]) >= 0


def mass(of: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    """Probability of the selected tokens."""
    return total(of[dummy] * p[dummy], (dummy, n))


def _count(of: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    return total(of[dummy], (dummy, n))


def filtered(at: sp.Symbol) -> Expr:
    """What is left of ``p`` after the selection, normalised."""
    return keep[at] * p[at] / mass(keep)


_MASS = mass(keep, m) > 0
_advantage = total(
    (1 - rival[i]) * (keep[i] * (p[i] - threshold)) + rival[i] * ((1 - keep[i]) * (threshold - p[i])),
    (i, n),
)
_SYMBOLS = {
    "p": "probabilities of the tokens",
    "keep": "mask of the tokens that are kept",
    "rival": "mask of another selection",
    "threshold": "probability that separates the kept from the dropped",
}

TOP_K = Formula(
    id="llm.top_k",
    title="Top-k sampling",
    section=9,
    names=("Top-k", "top-k", "top-k sampling"),
    definition=Definition(latex="q_i", expr=filtered(i), indices=(i,)),
    symbols=_SYMBOLS,
    source=Source(
        section=9, lines=(386,), printed=("**Top-k**: Sample from the $k$ highest-probability tokens only",)
    ),
    references=(
        "A. Fan, M. Lewis, Y. Dauphin, Hierarchical neural story generation, 2018, arXiv:1805.04833",
        HOLTZMAN,
    ),
    tags=("sampling", "probability", "selection"),
    used_in=("text generation",),
    see_also=("llm.temperature", "llm.top_p"),
    claims=(
        Claim(
            name="sums_to_one",
            lhs=total(filtered(i), (i, n)),
            rhs=sp.S.One,
            hypotheses=(_MASS,),
        ),
        Claim(
            name="keeps_ratios",
            lhs=filtered(i) * p[j],
            rhs=filtered(j) * p[i],
            hypotheses=(
                Eq(keep[i], 1, evaluate=False),
                Eq(keep[j], 1, evaluate=False),
                _MASS,
            ),
            note="Among the kept tokens only the common factor changes.",
        ),
        Claim(
            name="largest_mass_for_its_size",
            lhs=mass(rival),
            rhs=mass(keep),
            relation=Relation.LE,
            hypotheses=(
                *_AT_MOST_ONE,
                _KEPT_ARE_LARGE,
                _OTHERS_ARE_SMALL,
                Eq(_count(rival), _count(keep, l), evaluate=False),
            ),
            certificate=_advantage,
            printed=True,
            note="No other selection of as many tokens has more probability.",
        ),
        Claim(
            name="mass_grows_with_the_selection",
            lhs=mass(rival),
            rhs=mass(keep),
            relation=Relation.LE,
            hypotheses=(rival[i] <= keep[i],),
            certificate=total((keep[i] - rival[i]) * p[i], (i, n)),
            note="A larger k keeps more.",
        ),
        Claim(
            name="divergence",
            lhs=total(keep[i] * p[i] / mass(keep) * (log(p[i] / mass(keep)) - log(p[i])), (i, n)),
            rhs=-log(mass(keep)),
            hypotheses=(_MASS,),
            note="Divergence of the filtered distribution from the whole one.",
        ),
        Claim(
            name="without_renormalising",
            lhs=total(keep[i] * p[i], (i, n)),
            rhs=sp.S.One,
            hypotheses=(_MASS, _P, keep[i] <= 1),
            expected=Verdict.REFUTED,
            corrected_by="sums_to_one",
        ),
    ),
)

TOP_P = Formula(
    id="llm.top_p",
    title="Nucleus (top-p) sampling",
    section=9,
    names=("Top-p", "top-p", "nucleus sampling", "top-p sampling"),
    definition=Definition(latex="q_i", expr=filtered(i), indices=(i,)),
    symbols={
        **_SYMBOLS,
        "wanted": "probability that the selection must have",
        "less": "lower probability",
    },
    source=Source(
        section=9, lines=(387,), printed=(r"**Top-p**: Sample from smallest set where $\sum P(x_i) \geq p$",)
    ),
    references=(HOLTZMAN,),
    tags=("sampling", "probability", "selection"),
    used_in=("text generation",),
    see_also=("llm.temperature", "llm.top_k"),
    claims=(
        Claim(
            name="sums_to_one",
            lhs=total(filtered(i), (i, n)),
            rhs=sp.S.One,
            hypotheses=(mass(keep, m) >= wanted,),
        ),
        Claim(
            name="no_smaller_set_reaches_it",
            lhs=mass(rival),
            rhs=wanted,
            relation=Relation.LT,
            hypotheses=(
                *_AT_MOST_ONE,
                _KEPT_ARE_LARGE,
                _OTHERS_ARE_SMALL,
                mass(keep, m) < wanted,
                _count(rival, l) <= _count(keep, l),
            ),
            certificate=(wanted - mass(keep)) + _advantage + threshold * (_count(keep) - _count(rival)),
            printed=True,
            note="If the most probable tokens, one fewer, fall short, so does every set of that size.",
        ),
        Claim(
            name="monotone_in_p",
            lhs=mass(keep),
            rhs=less,
            relation=Relation.GE,
            hypotheses=(mass(keep, m) >= wanted, less <= wanted),
            certificate=(mass(keep) - wanted) + (wanted - less),
            note="What reaches p reaches every smaller p, so the smallest set grows with p.",
        ),
        Claim(
            name="all_tokens_at_one",
            lhs=mass(keep),
            rhs=1 - total((1 - keep[i]) * p[i], (i, n)),
            hypotheses=(_P,),
            note="p = 1 leaves nothing to drop where all probabilities are positive.",
        ),
        Claim(
            name="growth_of_a_kept_token",
            lhs=filtered(i),
            rhs=p[i] / wanted,
            relation=Relation.LE,
            hypotheses=(mass(keep, m) >= wanted, keep[i] <= 1),
            certificate=p[i] * (mass(keep) - wanted + wanted * (1 - keep[i])) / (wanted * mass(keep)),
            note="Renormalising makes no token more than 1 / p times as likely.",
        ),
        Claim(
            name="any_set_that_reaches_it_is_smallest",
            lhs=_count(keep),
            rhs=_count(rival),
            relation=Relation.LE,
            hypotheses=(*_AT_MOST_ONE, mass(keep, m) >= wanted, mass(rival, m) >= wanted),
            expected=Verdict.REFUTED,
            corrected_by="no_smaller_set_reaches_it",
        ),
    ),
)

FORMULAS = (TEMPERATURE, TOP_K, TOP_P)
