"""Kernels of section 13: preference and policy objectives."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Max, Min

from formulas.language import dim, index, positive, real, sigmoid, softplus, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
(k,) = index("k")
w, ell, rw, rl = real("w"), real("l"), real("r_w"), real("r_l")
beta, clip = positive("beta"), positive("epsilon")
r, A = positive("r"), real("A")
u = tensor("u", n)
_FROZEN = "the reference is frozen"

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "align.bradley_terry": (
        Kernel(
            name="bradley_terry",
            output=sigmoid(w - ell),
            axes=(),
            inputs=(
                Input(symbol=w, name="chosen", meaning="reward of the preferred answer"),
                Input(symbol=ell, name="rejected", meaning="reward of the other"),
            ),
            wrt=("chosen", "rejected"),
        ),
    ),
    "align.ppo": (
        Kernel(
            name="ppo_objective",
            output=Min(r * A, Max(1 - clip, Min(1 + clip, r)) * A),
            axes=(),
            inputs=(
                Input(symbol=r, name="ratio", meaning="probability of the action, new over old, > 0"),
                Input(symbol=A, name="advantage", constant="an estimate that the objective takes as given"),
                Input(symbol=clip, name="clip", role="scalar", default=0.2),
            ),
            wrt=("ratio",),
        ),
    ),
    "align.dpo": (
        Kernel(
            name="dpo_loss",
            output=softplus(-beta * ((w - rw) - (ell - rl))),
            axes=(),
            inputs=(
                Input(symbol=w, name="chosen", meaning="log-probability of the preferred answer"),
                Input(symbol=ell, name="rejected", meaning="log-probability of the other"),
                Input(symbol=rw, name="chosen_ref", meaning="the same under the reference", constant=_FROZEN),
                Input(
                    symbol=rl, name="rejected_ref", meaning="the same under the reference", constant=_FROZEN
                ),
                Input(symbol=beta, name="beta", role="scalar", default=0.1),
            ),
            wrt=("chosen", "rejected"),
        ),
    ),
    "align.sft": (
        Kernel(
            name="sft_loss",
            output=-total(u[k], (k, n)),
            axes=(),
            inputs=(Input(symbol=u, name="input", meaning="log-probabilities of the tokens of the answer"),),
            wrt=("input",),
        ),
    ),
}
