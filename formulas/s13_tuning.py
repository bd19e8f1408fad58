"""Section 13 of the sheet: training on answers."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import Expr, Partial, dim, index, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

T, C = dim("T"), dim("C")
j, k, t, c, d = index("j k t c d")
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

FORMULAS = (SFT,)
