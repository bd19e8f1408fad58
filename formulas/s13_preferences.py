"""Section 13 of the sheet: models of preferences between two answers."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import Partial, index, positive, real, sigmoid, smooth, softplus
from formulas.s13_objective import beta, reference, reward, tilted
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

w, l = index("w l")  # noqa: E741
won, lost, third, shift = real("won"), real("lost"), real("third"), real("shift")

_preference = sigmoid(won - lost)

BRADLEY_TERRY = Formula(
    id="align.bradley_terry",
    title="Bradley-Terry preference model",
    section=13,
    names=("Bradley-Terry", "Bradley-Terry model", "preference probability", "reward model"),
    definition=Definition(latex=r"P(y_w \succ y_l)", expr=_preference),
    symbols={
        "won": "reward of the answer that was preferred",
        "lost": "reward of the other answer",
        "third": "reward of another answer",
        "shift": "number added to all rewards",
    },
    source=Source(
        section=13,
        lines=(514,),
        printed=(r"P(\text{response}_w \succ \text{response}_l) = \sigma(r_\phi(x, y_w) - r_\phi(x, y_l))",),
    ),
    references=(
        "R. A. Bradley, M. E. Terry, Rank analysis of incomplete block designs I: the method of paired "
        "comparisons, Biometrika 39, 1952",
        "L. Ouyang and others, Training language models to follow instructions with human feedback, 2022, "
        "arXiv:2203.02155, section 3.5",
    ),
    tags=("alignment", "probability", "preference", "elementwise"),
    used_in=("reward models", "direct preference optimisation", "rating of players"),
    see_also=("act.sigmoid", "act.softmax", "align.dpo"),
    claims=(
        Claim(
            name="as_two_way_softmax",
            lhs=exp(won) / (exp(won) + exp(lost)),
            rhs=_preference,
            printed=True,
            note="The softmax of two rewards is the printed sigmoid of their difference.",
        ),
        Claim(name="complement", lhs=sigmoid(lost - won), rhs=1 - _preference),
        Claim(name="log_odds", lhs=log(_preference / (1 - _preference)), rhs=won - lost),
        Claim(
            name="shift_invariance",
            lhs=exp(won + shift) / (exp(won + shift) + exp(lost + shift)),
            rhs=_preference,
            note="Only differences of rewards are determined by preferences.",
        ),
        Claim(
            name="odds_multiply",
            lhs=_preference / (1 - _preference) * sigmoid(lost - third) / (1 - sigmoid(lost - third)),
            rhs=sigmoid(won - third) / (1 - sigmoid(won - third)),
            note="Preference is transitive, with exact odds.",
        ),
        Claim(
            name="below_one",
            lhs=_preference,
            rhs=sp.S.One,
            relation=Relation.LT,
            certificate=sigmoid(lost - won),
        ),
        Claim(
            name="gradient_of_probability",
            lhs=Partial(_preference, won),
            rhs=_preference * (1 - _preference),
        ),
        Claim(
            name="increasing_in_reward",
            lhs=Partial(_preference, won),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=sigmoid(won - lost) * sigmoid(lost - won),
        ),
        Claim(name="loss_as_softplus", lhs=-log(_preference), rhs=softplus(lost - won)),
        Claim(
            name="gradient_of_loss_preferred",
            lhs=Partial(-log(_preference), won),
            rhs=-sigmoid(lost - won),
            note="Largest where the model ranks the pair wrongly.",
        ),
        Claim(
            name="gradient_of_loss_other",
            lhs=Partial(-log(_preference), lost),
            rhs=sigmoid(lost - won),
        ),
        Claim(
            name="loss_is_convex",
            lhs=Partial(Partial(-log(_preference), won), won),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=sigmoid(won - lost) * sigmoid(lost - won),
        ),
        Claim(
            name="gradient_of_reversed_pair",
            lhs=Partial(-log(_preference), won),
            rhs=-sigmoid(won - lost),
            expected=Verdict.REFUTED,
            corrected_by="gradient_of_loss_preferred",
            note="The weight is the probability of the wrong order, not of the right one.",
        ),
    ),
)

won_policy, lost_policy = positive("won_policy"), positive("lost_policy")
won_reference, lost_reference = positive("won_reference"), positive("lost_reference")
scale, normaliser = positive("scale"), positive("normaliser")
theta, won_base, lost_base = real("theta"), real("won_base"), real("lost_base")
log_won, log_lost = smooth("f"), smooth("g")
log_won_slope, log_lost_slope = smooth("f'"), smooth("g'")

_won_ratio = log(won_policy / won_reference)
_lost_ratio = log(lost_policy / lost_reference)
_margin = beta * _won_ratio - beta * _lost_ratio
_margin_of = beta * (log_won(theta) - won_base) - beta * (log_lost(theta) - lost_base)

DPO = Formula(
    id="align.dpo",
    title="Direct preference optimisation (DPO)",
    section=13,
    names=("DPO", "DPO loss", "Direct Preference Optimization", "direct preference optimisation", "L_{DPO}"),
    definition=Definition(latex="L_{DPO}", expr=-log(sigmoid(_margin))),
    symbols={
        "won": "reward of the preferred answer",
        "lost": "reward of the other answer",
        "won_policy": "probability of the preferred answer",
        "lost_policy": "probability of the other answer",
        "won_reference": "probability of the preferred answer under the reference",
        "lost_reference": "probability of the other answer under the reference",
        "policy": "probability of each answer",
        "reference": "probability of each answer under the reference",
        "reward": "reward of each answer",
        "beta": "weight of the divergence from the reference",
        "scale": "common factor of both probabilities",
        "normaliser": "what the tilted reference is divided by",
        "theta": "parameter of the policy",
        "won_base": "log probability of the preferred answer under the reference",
        "lost_base": "log probability of the other answer under the reference",
    },
    source=Source(
        section=13,
        lines=(532,),
        printed=(
            r"L_{DPO} = -E\left[\log \sigma\left(\beta \log\frac{\pi_\theta(y_w|x)}{\pi_{ref}(y_w|x)} - "
            r"\beta \log\frac{\pi_\theta(y_l|x)}{\pi_{ref}(y_l|x)}\right)\right]",
        ),
    ),
    references=(
        "R. Rafailov, A. Sharma, E. Mitchell, S. Ermon, C. D. Manning, C. Finn, Direct preference "
        "optimization: your language model is secretly a reward model, 2023, arXiv:2305.18290, section 4",
    ),
    tags=("alignment", "preference", "loss", "elementwise"),
    used_in=("preference tuning of language models",),
    see_also=("align.bradley_terry", "align.kl_objective"),
    claims=(
        Claim(
            name="from_optimal_policy",
            lhs=sigmoid(reward[w] - reward[l]),
            rhs=sigmoid(beta * log(tilted(w) / reference[w]) - beta * log(tilted(l) / reference[l])),
            printed=True,
            note="Bradley-Terry with the reward of which the policy is the optimum: the printed loss.",
        ),
        Claim(
            name="normaliser_cancels",
            lhs=sigmoid(won - lost),
            rhs=sigmoid(_margin),
            hypotheses=(
                Eq(won, beta * _won_ratio + beta * log(normaliser), evaluate=False),
                Eq(lost, beta * _lost_ratio + beta * log(normaliser), evaluate=False),
            ),
        ),
        Claim(name="as_softplus", lhs=-log(sigmoid(_margin)), rhs=softplus(-_margin)),
        Claim(
            name="probability_by_powers",
            lhs=(won_policy / won_reference) ** beta
            / ((won_policy / won_reference) ** beta + (lost_policy / lost_reference) ** beta),
            rhs=sigmoid(_margin),
        ),
        Claim(
            name="at_reference",
            lhs=-log(sigmoid(_margin)),
            rhs=log(2),
            hypotheses=(
                Eq(won_policy, won_reference, evaluate=False),
                Eq(lost_policy, lost_reference, evaluate=False),
            ),
            note="Where training starts.",
        ),
        Claim(
            name="common_factor",
            lhs=-log(
                sigmoid(
                    beta * log(scale * won_policy / won_reference)
                    - beta * log(scale * lost_policy / lost_reference)
                )
            ),
            rhs=-log(sigmoid(_margin)),
            note="The loss does not mind if both answers lose probability.",
        ),
        Claim(
            name="gradient_preferred",
            lhs=Partial(-log(sigmoid(_margin)), won_policy),
            rhs=-beta * sigmoid(-_margin) / won_policy,
        ),
        Claim(
            name="gradient_other",
            lhs=Partial(-log(sigmoid(_margin)), lost_policy),
            rhs=beta * sigmoid(-_margin) / lost_policy,
        ),
        Claim(
            name="gradient",
            lhs=Partial(-log(sigmoid(_margin_of)), theta),
            rhs=-beta * sigmoid(-_margin_of) * (log_won_slope(theta) - log_lost_slope(theta)),
            note="In a parameter of the policy: f and g are the log probabilities of the two answers.",
        ),
        Claim(
            name="without_beta",
            lhs=sigmoid(won - lost),
            rhs=sigmoid(_won_ratio - _lost_ratio),
            hypotheses=(
                Eq(won, beta * _won_ratio + beta * log(normaliser), evaluate=False),
                Eq(lost, beta * _lost_ratio + beta * log(normaliser), evaluate=False),
            ),
            expected=Verdict.REFUTED,
            corrected_by="normaliser_cancels",
        ),
        Claim(
            name="references_exchanged",
            lhs=sigmoid(won - lost),
            rhs=sigmoid(beta * log(won_policy / lost_reference) - beta * log(lost_policy / won_reference)),
            hypotheses=(
                Eq(won, beta * _won_ratio + beta * log(normaliser), evaluate=False),
                Eq(lost, beta * _lost_ratio + beta * log(normaliser), evaluate=False),
            ),
            expected=Verdict.REFUTED,
            corrected_by="normaliser_cancels",
        ),
    ),
)

FORMULAS = (BRADLEY_TERRY, DPO)
