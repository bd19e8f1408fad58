"""Section 13 of the sheet: preference models, the regularised objective, and training on answers."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Max, Min, Ne, exp, log

from formulas.language import (
    ExpGap,
    Expr,
    Partial,
    delta,
    dim,
    index,
    positive,
    real,
    sigmoid,
    smooth,
    softplus,
    tensor,
    total,
)  # fmt: skip
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source, Verdict

n, T, C = dim("n"), dim("T"), dim("C")
i, j, k, m, t, c, d, w, l = index("i j k m t c d w l")  # noqa: E741
won, lost, third, shift = real("won"), real("lost"), real("third"), real("shift")
beta = positive("beta")

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

ratio = positive("ratio")
new, old = positive("new"), positive("old")
log_new, log_old = real("log_new"), real("log_old")
advantage = real("advantage")
eps = positive("eps")
_NARROW = eps < 1


def clipped(of: Expr) -> Expr:
    """``of`` moved into the interval from 1 - eps to 1 + eps."""
    return Max(1 - eps, Min(of, 1 + eps))


def surrogate(of: Expr) -> Expr:
    """PPO's clipped objective of one step with probability ratio ``of``."""
    return Min(of * advantage, clipped(of) * advantage)


PPO = Formula(
    id="align.ppo",
    title="Clipped policy objective (PPO)",
    section=13,
    names=("PPO", "PPO objective", "Proximal Policy Optimization", "clipped surrogate objective", "L_{PPO}"),
    definition=Definition(latex=r"L_{PPO}", expr=surrogate(ratio)),
    symbols={
        "ratio": "probability of the action now over that when it was sampled",
        "new": "probability of the action now",
        "old": "probability of the action when it was sampled",
        "log_new": "logarithm of the probability now",
        "log_old": "logarithm of the probability when the action was sampled",
        "advantage": "advantage of the action",
        "eps": "half width of the interval of ratios",
    },
    source=Source(
        section=13,
        lines=(520, 522),
        printed=(
            r"L_{PPO} = E_t\left[\min\left(r_t(\theta) A_t, \; \text{clip}(r_t(\theta), 1-\epsilon, "
            r"1+\epsilon) A_t\right)\right]",
            r"r_t(\theta) = \frac{\pi_\theta(a_t | s_t)}{\pi_{\theta_{old}}(a_t | s_t)}",
        ),
    ),
    references=(
        "J. Schulman, F. Wolski, P. Dhariwal, A. Radford, O. Klimov, Proximal policy optimization "
        "algorithms, 2017, arXiv:1707.06347, section 3",
    ),
    tags=("alignment", "reinforcement learning", "clipping", "elementwise"),
    used_in=("RLHF",),
    see_also=("align.kl_objective",),
    claims=(
        Claim(
            name="pessimistic",
            lhs=surrogate(ratio),
            rhs=ratio * advantage,
            relation=Relation.LE,
            certificate=Max(0, (ratio - clipped(ratio)) * advantage),
            note="Never above the objective without clipping.",
        ),
        Claim(
            name="at_most_clipped",
            lhs=surrogate(ratio),
            rhs=clipped(ratio) * advantage,
            relation=Relation.LE,
            certificate=Max(0, (clipped(ratio) - ratio) * advantage),
        ),
        Claim(
            name="for_good_actions",
            lhs=surrogate(ratio),
            rhs=Min(ratio, 1 + eps) * advantage,
            hypotheses=(advantage >= 0,),
        ),
        Claim(
            name="for_bad_actions",
            lhs=surrogate(ratio),
            rhs=Max(ratio, 1 - eps) * advantage,
            hypotheses=(advantage <= 0,),
        ),
        Claim(
            name="unclipped_at_old_policy",
            lhs=surrogate(new / old),
            rhs=advantage,
            hypotheses=(Eq(new, old, evaluate=False),),
        ),
        Claim(
            name="gradient_inside",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=advantage,
            hypotheses=(ratio > 1 - eps, ratio < 1 + eps),
        ),
        Claim(
            name="no_gradient_above",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=sp.S.Zero,
            hypotheses=(ratio > 1 + eps, advantage > 0),
            note="A good action that has become likely enough is pushed no further.",
        ),
        Claim(
            name="no_gradient_below",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=sp.S.Zero,
            hypotheses=(ratio < 1 - eps, advantage < 0),
            note="A bad action that has become unlikely enough is pushed no further.",
        ),
        Claim(
            name="gradient_above_for_bad_actions",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=advantage,
            hypotheses=(ratio > 1 + eps, advantage < 0),
            note="The minimum undoes the clip where the step went the wrong way.",
        ),
        Claim(
            name="gradient_below_for_good_actions",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=advantage,
            hypotheses=(ratio < 1 - eps, advantage > 0),
        ),
        Claim(
            name="no_gradient_outside_the_interval",
            lhs=Partial(surrogate(ratio), ratio),
            rhs=sp.S.Zero,
            hypotheses=(ratio > 1 + eps,),
            expected=Verdict.REFUTED,
            corrected_by="no_gradient_above",
            note="Clipping alone does not decide it: the sign of the advantage does.",
        ),
        Claim(
            name="gradient_of_log_probability",
            lhs=Partial(surrogate(exp(log_new - log_old)), log_new),
            rhs=exp(log_new - log_old) * advantage,
            hypotheses=(exp(log_new - log_old) > 1 - eps, exp(log_new - log_old) < 1 + eps),
        ),
        Claim(
            name="ratio_from_logarithms",
            lhs=exp(log_new - log_old),
            rhs=new / old,
            hypotheses=(
                Eq(log_new, log(new), evaluate=False),
                Eq(log_old, log(old), evaluate=False),
            ),
            printed=True,
        ),
        Claim(
            name="ratio_gradient",
            lhs=Partial(new / old * advantage, new),
            rhs=new / old * advantage * Partial(log(new), new),
            note="The policy gradient with importance weights.",
        ),
    ),
)

policy = tensor("policy", n, positive=True)
reference = tensor("reference", n, positive=True)
reward = tensor("reward", n)
multiplier = real("multiplier")


def adds_to_one(of: sp.IndexedBase, dummy: sp.Symbol = i) -> sp.Eq:
    """The hypothesis that the entries of the vector ``of`` sum to 1."""
    return Eq(total(of[dummy], (dummy, of.shape[0])), 1, evaluate=False)


partition = total(reference[m] * exp(reward[m] / beta), (m, n))
"""Z: what the tilted reference has to be divided by."""


def tilted(at: Expr) -> Expr:
    """The reference tilted by the reward, and normalised: the optimal policy."""
    return reference[at] * exp(reward[at] / beta) / partition


def _divergence(of: sp.IndexedBase) -> Expr:
    return total(of[k] * log(of[k] / reference[k]), (k, n))


def objective(of: sp.IndexedBase) -> Expr:
    """Expected reward less beta times the divergence from the reference."""
    return total(of[i] * reward[i], (i, n)) - beta * _divergence(of)


def _gap(at: sp.Symbol) -> Expr:
    log_tilted = log(reference[at]) + reward[at] / beta - log(partition)
    return beta * policy[at] * ExpGap(log_tilted - log(policy[at]))


_at_optimum = total(tilted(i) * reward[i], (i, n)) - beta * total(
    tilted(k) * log(tilted(k) / reference[k]), (k, n)
)

KL_OBJECTIVE = Formula(
    id="align.kl_objective",
    title="Reward with a penalty for leaving the reference",
    section=13,
    names=("KL-regularised objective", "RLHF objective", r"\text{objective}", "KL penalty"),
    definition=Definition(latex=r"\text{objective}", expr=objective(policy)),
    symbols={
        "policy": "probability of each answer",
        "reference": "probability of each answer under the base model",
        "reward": "reward of each answer",
        "beta": "weight of the penalty",
        "multiplier": "Lagrange multiplier of the constraint that probabilities sum to 1",
    },
    source=Source(
        section=13,
        lines=(526,),
        printed=(r"\text{objective} = E[r(x, y)] - \beta \cdot D_{KL}(\pi_\theta \| \pi_{ref})",),
    ),
    references=(
        "N. Stiennon and others, Learning to summarize from human feedback, 2020, arXiv:2009.01325, "
        "section 3.4",
        "R. Rafailov and others, Direct preference optimization: your language model is secretly a reward "
        "model, 2023, arXiv:2305.18290, appendix A.1",
        "M. D. Donsker, S. R. S. Varadhan, Asymptotic evaluation of certain Markov process expectations "
        "for large time, Communications on Pure and Applied Mathematics 28, 1975",
    ),
    tags=("alignment", "information", "reduction", "concave"),
    used_in=("RLHF", "direct preference optimisation"),
    see_also=("info.kl", "act.logsumexp", "align.dpo"),
    claims=(
        Claim(
            name="as_distance_from_optimum",
            lhs=objective(policy),
            rhs=beta * log(partition) - beta * total(policy[k] * log(policy[k] / tilted(k)), (k, n)),
            hypotheses=(adds_to_one(policy),),
            note="A constant less beta times the divergence from the tilted reference.",
        ),
        Claim(
            name="upper_bound",
            lhs=objective(policy),
            rhs=beta * log(partition),
            relation=Relation.LE,
            hypotheses=(adds_to_one(policy),),
            certificate=total(_gap(i), (i, n)),
            note="Gibbs' variational principle.",
        ),
        Claim(
            name="optimum_is_a_distribution",
            lhs=total(tilted(i), (i, n)),
            rhs=sp.S.One,
        ),
        Claim(
            name="bound_attained",
            lhs=_at_optimum,
            rhs=beta * log(partition),
            note="By the tilted reference, for any number of answers.",
        ),
        Claim(
            name="optimum_is_maximiser",
            lhs=objective(policy),
            rhs=_at_optimum,
            relation=Relation.LE,
            hypotheses=(adds_to_one(policy),),
            certificate=total(_gap(i), (i, n)),
        ),
        Claim(
            name="optimum_is_unique",
            lhs=objective(policy) + _gap(j) / 2,
            rhs=beta * log(partition),
            relation=Relation.LT,
            hypotheses=(
                adds_to_one(policy),
                Ne(log(reference[j]) + reward[j] / beta - log(partition) - log(policy[j]), 0),
            ),
            certificate=_gap(j) / 2 + total((1 - delta(k, j)) * _gap(k), (k, n)),
            note="A policy that differs from the tilted reference anywhere is worse by a positive amount.",
        ),
        Claim(
            name="lagrange_condition",
            lhs=Partial(objective(policy) - multiplier * (total(policy[m], (m, n)) - 1), policy[j]),
            rhs=sp.S.Zero,
            hypotheses=(
                Eq(multiplier, beta * (log(partition) - 1), evaluate=False),
                Eq(log(policy[j]), log(reference[j]) + reward[j] / beta - log(partition), evaluate=False),
            ),
            note="Stationary at the tilted reference, with multiplier beta (log Z - 1).",
        ),
        Claim(
            name="gradient",
            lhs=Partial(objective(policy), policy[j]),
            rhs=reward[j] - beta * log(policy[j] / reference[j]) - beta,
        ),
        Claim(
            name="curvature",
            lhs=Partial(Partial(objective(policy), policy[j]), policy[l]),
            rhs=-beta * delta(j, l) / policy[j],
            note="Negative on the diagonal, 0 elsewhere: strictly concave.",
        ),
        Claim(
            name="reward_from_optimum",
            lhs=beta * log(tilted(j) / reference[j]) + beta * log(partition),
            rhs=reward[j],
            note="The reward can be read off the optimal policy, up to one constant.",
        ),
        Claim(
            name="heavy_penalty_keeps_the_reference",
            lhs=tilted(j),
            rhs=reference[j],
            relation=Relation.TENDS,
            approach=Approach(x=beta, to=sp.oo),
            hypotheses=(adds_to_one(reference),),
        ),
        Claim(
            name="shift_of_rewards",
            lhs=reference[j]
            * exp((reward[j] + multiplier) / beta)
            / total(reference[m] * exp((reward[m] + multiplier) / beta), (m, n)),
            rhs=tilted(j),
            note="A constant added to all rewards changes nothing.",
        ),
        Claim(
            name="optimum_without_the_reference",
            lhs=objective(policy),
            rhs=beta * log(total(exp(reward[m] / beta), (m, n))),
            hypotheses=(
                Eq(policy[j], exp(reward[j] / beta) / total(exp(reward[m] / beta), (m, n)), evaluate=False),
                adds_to_one(reference),
            ),
            expected=Verdict.REFUTED,
            corrected_by="bound_attained",
            note="The softmax of the rewards alone forgets the reference.",
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
_tilted = {at: tilted(at) for at in (w, l)}

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

mean = real("mean")
token = tensor("token", T, positive=True)
logits = tensor("logits", T, C)
target = tensor("target", T, C)


def _log_softmax(step: sp.Symbol, at: sp.Symbol, dummy: sp.Symbol) -> Expr:
    return logits[step, at] - log(total(exp(logits[step, dummy]), (dummy, C)))


_nll = -total(log(token[t]), (t, T))
_from_logits = -total(target[t, c] * _log_softmax(t, c, d), (t, T), (c, C))

SFT = Formula(
    id="align.sft",
    title="Supervised fine-tuning loss",
    section=13,
    names=("SFT", "SFT loss", "Supervised Fine-Tuning", "supervised fine-tuning", "L_{SFT}"),
    definition=Definition(latex="L_{SFT}", expr=_nll),
    symbols={
        "mean": "mean negative log-likelihood per token",
        "token": "probability of each token of the answer, given what precedes it",
        "logits": "logits at each step",
        "target": "one-hot targets at each step",
    },
    source=Source(
        section=13,
        lines=(541,),
        printed=(r"L_{SFT} = -\sum_{t=1}^T \log P_\theta(y_t \mid x, y_{<t})",),
    ),
    references=(
        "L. Ouyang and others, Training language models to follow instructions with human feedback, 2022, "
        "arXiv:2203.02155, section 3.5",
    ),
    tags=("alignment", "loss", "reduction", "likelihood"),
    used_in=("instruction tuning",),
    see_also=("info.perplexity", "loss.cross_entropy"),
    claims=(
        Claim(
            name="sum_of_mean_form",
            lhs=_nll,
            rhs=T * mean,
            hypotheses=(Eq(mean, -total(log(token[t]), (t, T)) / T, evaluate=False),),
            note="T times the mean per token of section 9: same minimiser for a given length.",
        ),
        Claim(
            name="equals_mean_form",
            lhs=_nll,
            rhs=-total(log(token[t]), (t, T)) / T,
            expected=Verdict.REFUTED,
            corrected_by="sum_of_mean_form",
            note="Long answers weigh more in the sum.",
        ),
        Claim(
            name="gradient_token",
            lhs=Partial(_nll, token[k]),
            rhs=-1 / token[k],
        ),
        Claim(
            name="nonnegative",
            lhs=_nll,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(token[k] <= 1,),
            certificate=total(-log(token[t]), (t, T)),
        ),
        Claim(
            name="gradient_logits",
            lhs=Partial(_from_logits, logits[k, j]),
            rhs=exp(logits[k, j]) / total(exp(logits[k, d]), (d, C)) - target[k, j],
            hypotheses=(Eq(total(target[k, c], (c, C)), 1, evaluate=False),),
        ),
    ),
)

FORMULAS = (BRADLEY_TERRY, PPO, KL_OBJECTIVE, DPO, SFT)
