"""Section 13 of the sheet: expected reward less the divergence from a reference, and who maximises it."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Ne, exp, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k, m, l = index("i j k m l")  # noqa: E741
beta = positive("beta")
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

FORMULAS = (KL_OBJECTIVE,)
