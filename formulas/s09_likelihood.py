"""Section 9 of the sheet: the likelihood of a language model."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import Expr, Partial, dim, index, natural, sequence, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source

T, V = dim("T"), dim("V")
i, j, k, r, s, t = index("i j k r s t")
p = tensor("p", T, positive=True)
m = sequence("m", positive=True)
steps, at = natural("steps"), sp.Symbol("at", integer=True)

ZERO, ONE = sp.S.Zero, sp.S.One
_likelihood = sp.Product(p[t], (t, 1, T))
_chain = sp.Product(m[at] / m[at - 1], (at, 1, steps))
RADFORD = (
    "A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever, Language models are unsupervised "
    "multitask learners, 2019"
)
BENGIO = "Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, A neural probabilistic language model, JMLR 3, 2003"


def nll(of: sp.IndexedBase) -> Expr:
    """Mean negative log-likelihood of the tokens."""
    return -total(log(of[t]), (t, T)) / T


CHAIN_RULE = Formula(
    id="llm.chain_rule",
    title="Chain rule of a language model",
    section=9,
    names=("Language Model Probability", "language model probability", "autoregressive factorisation"),
    definition=Definition(latex=r"P(x_1, \ldots, x_T)", expr=_likelihood),
    symbols={
        "p": "probability of each token given those before it",
        "m": "probability of the first tokens, as many as the index says",
        "steps": "number of tokens",
    },
    source=Source(
        section=9,
        lines=(370,),
        printed=(r"P(x_1, \ldots, x_T) = \prod_{t=1}^T P(x_t \mid x_1, \ldots, x_{t-1})",),
    ),
    references=(BENGIO, RADFORD),
    tags=("language model", "probability", "product"),
    used_in=("autoregressive models",),
    see_also=("llm.nll", "info.perplexity"),
    claims=(
        Claim(
            name="product_of_conditionals",
            lhs=_chain,
            rhs=m[steps] / m[0],
            note="Each conditional probability is that of one token more over that of the tokens before: the "
            "product telescopes.",
        ),
        Claim(
            name="joint_probability",
            lhs=_chain,
            rhs=m[steps],
            hypotheses=(Eq(m[0], 1, evaluate=False),),
            printed=True,
            note="The probability of no token at all is 1.",
        ),
        Claim(
            name="logarithm_of_the_product",
            lhs=log(_likelihood),
            rhs=total(log(p[t]), (t, T)),
        ),
    ),
)

Z, Y = tensor("Z", T, V), tensor("Y", T, V)


def _log_softmax(row: Expr, column: Expr, dummy: sp.Symbol = k) -> Expr:
    return Z[row, column] - log(total(exp(Z[row, dummy]), (dummy, V)))


_logit_loss = -total(Y[t, j] * _log_softmax(t, j), (t, T), (j, V)) / T

NLL = Formula(
    id="llm.nll",
    title="Negative log-likelihood of a language model",
    section=9,
    names=(
        "negative log-likelihood",
        "NLL",
        "next-token loss",
        "language modelling loss",
        "Training objective (minimize negative log-likelihood)",
    ),
    definition=Definition(latex="L", expr=nll(p)),
    symbols={
        "p": "probability of each token given those before it",
        "Z": "logits for each place",
        "Y": "weights of the targets, 1 for the right token and else 0",
    },
    source=Source(
        section=9,
        lines=(374,),
        printed=(r"L = -\frac{1}{T}\sum_{t=1}^T \log P(x_t \mid x_{<t})",),
    ),
    references=(BENGIO, RADFORD),
    tags=("language model", "loss", "reduction"),
    used_in=("pre-training", "fine-tuning"),
    see_also=("llm.chain_rule", "loss.cross_entropy", "info.perplexity", "align.sft"),
    claims=(
        Claim(
            name="of_the_joint_probability",
            lhs=nll(p),
            rhs=-log(_likelihood) / T,
            note="Maximum likelihood, per token.",
        ),
        Claim(
            name="perplexity",
            lhs=exp(nll(p)),
            rhs=exp(-log(_likelihood) / T),
        ),
        Claim(
            name="nonnegative",
            lhs=nll(p),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=(p[s] <= 1,),
            certificate=total(-log(p[t]), (t, T)) / T,
        ),
        Claim(name="gradient", lhs=Partial(nll(p), p[s]), rhs=-1 / (T * p[s])),
        Claim(
            name="gradient_logits",
            lhs=Partial(_logit_loss, Z[r, s]),
            rhs=(exp(Z[r, s]) / total(exp(Z[r, k]), (k, V)) - Y[r, s]) / T,
            hypotheses=(Eq(total(Y[i, j], (j, V)), 1, evaluate=False),),
            note="Softmax less target, over the number of tokens.",
        ),
    ),
)

FORMULAS = (CHAIN_RULE, NLL)
