"""Section 13 of the sheet: the clipped objective of PPO."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Max, Min, exp, log

from formulas.language import Expr, Partial, positive, real
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

ratio = positive("ratio")
new, old = positive("new"), positive("old")
log_new, log_old = real("log_new"), real("log_old")
advantage = real("advantage")
eps = positive("eps")


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

FORMULAS = (PPO,)
