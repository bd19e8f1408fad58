"""Section 13, beyond the sheet: the policy gradient."""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Partial, dim, index, real, tensor, total
from formulas.s04_softmax import log_softmax, softmax
from formulas.schema import Claim, Definition, Formula, Verdict

n = dim("n")
i, j = index("i j")
z, reward, baseline = tensor("z", n), tensor("reward", n), tensor("baseline", n)
base = real("base")


def _score(by: sp.Symbol) -> Expr:
    return Partial(log_softmax(z, i), z[by])


_value = total(softmax(z, i) * reward[i], (i, n))

POLICY_GRADIENT = Formula(
    id="align.policy_gradient",
    title="Policy gradient",
    section=13,
    names=("policy gradient", "REINFORCE", "score function estimator"),
    definition=Definition(
        latex=r"\nabla_z E[r]", expr=total(softmax(z, i) * reward[i] * _score(j), (i, n)), indices=(j,)
    ),
    symbols={
        "z": "logits of the policy",
        "reward": "reward of each action",
        "base": "baseline, the same for all actions",
        "baseline": "baseline that differs between actions",
    },
    references=(
        "R. J. Williams, Simple statistical gradient-following algorithms, Machine Learning 8, 1992",
        "R. S. Sutton, A. G. Barto, Reinforcement Learning, MIT Press 2018",
    ),
    tags=("reinforcement learning", "gradient"),
    used_in=("RLHF", "GRPO"),
    see_also=("align.ppo", "act.log_softmax"),
    claims=(
        Claim(
            name="of_the_expected_reward",
            lhs=Partial(_value, z[j]),
            rhs=total(softmax(z, i) * reward[i] * _score(j), (i, n)),
        ),
        Claim(
            name="with_a_baseline",
            lhs=Partial(_value, z[j]),
            rhs=total(softmax(z, i) * (reward[i] - base) * _score(j), (i, n)),
        ),
        Claim(
            name="closed_form",
            lhs=Partial(_value, z[j]),
            rhs=softmax(z, j) * (reward[j] - _value),
        ),
        Claim(
            name="with_a_baseline_of_the_action",
            lhs=Partial(_value, z[j]),
            rhs=total(softmax(z, i) * (reward[i] - baseline[i]) * _score(j), (i, n)),
            expected=Verdict.REFUTED,
            corrected_by="with_a_baseline",
            note="A baseline may depend on the state, not on the action.",
        ),
    ),
)

FORMULAS = (POLICY_GRADIENT,)
