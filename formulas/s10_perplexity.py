"""Section 10 of the sheet, continued: perplexity."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import ExpGap, Partial, dim, index, tensor, total
from formulas.s10_information import adds_to_one, cross_entropy, divergence, entropy, gap, uniform_gap
from formulas.schema import Claim, Definition, Formula, Relation, Source

n, T = dim("n"), dim("T")
e, i, s = index("e i s")
p = tensor("p", n, positive=True)
q = tensor("q", n, positive=True)
P = tensor("P", T, positive=True)
hot = tensor("hot", T, n)
frequency = tensor("frequency", n)
nll = tensor("nll", T)

_tokens = exp(-total(log(P[s]), (s, T)) / T)
_nats = total(nll[s], (s, T)) / T

PERPLEXITY = Formula(
    id="info.perplexity",
    title="Perplexity",
    section=10,
    names=("Perplexity", "perplexity", "PPL", r"\text{PPL}", r"\operatorname{PPL}"),
    definition=Definition(latex=r"\text{PPL}", expr=_tokens),
    symbols={
        "P": "probability that the model gives to each token",
        "nll": "negative log-likelihood of each token",
        "hot": "one-hot rows that say which symbol each token is",
        "frequency": "share of each symbol in the text",
        "q": "model over the symbols",
        "p": "distribution over the symbols",
    },
    source=Source(
        section=10,
        lines=(431,),
        printed=(r"\text{PPL} = \exp\left(-\frac{1}{T}\sum \log P(x_t \mid x_{<t})\right)",),
    ),
    references=(
        "F. Jelinek, R. L. Mercer, L. R. Bahl, J. K. Baker, Perplexity: a measure of the difficulty of "
        "speech recognition tasks, Journal of the Acoustical Society of America 62, 1977",
        "D. Jurafsky, J. H. Martin, Speech and Language Processing, chapter on n-gram language models",
    ),
    tags=("information", "reduction", "evaluation"),
    used_in=("language model evaluation",),
    see_also=("info.cross_entropy", "info.entropy"),
    claims=(
        Claim(
            name="uniform_model_gives_n",
            lhs=exp(-total(log(1 / n), (s, T)) / T),
            rhs=n,
            note="Every token has probability 1/n, whatever the text.",
        ),
        Claim(
            name="exponential_of_cross_entropy",
            lhs=exp(-total(hot[s, i] * log(q[i]), (s, T), (i, n)) / T),
            rhs=exp(cross_entropy(frequency, q)),
            hypotheses=(Eq(frequency[i], total(hot[s, i], (s, T)) / T, evaluate=False),),
            note="Cross-entropy of the model under the frequencies of the symbols in the text.",
        ),
        Claim(
            name="exponential_of_mean_loss",
            lhs=_tokens,
            rhs=exp(_nats),
            hypotheses=(Eq(nll[s], -log(P[s]), evaluate=False),),
        ),
        Claim(
            name="at_least_one",
            lhs=_tokens,
            rhs=sp.S.One,
            relation=Relation.GE,
            hypotheses=(P[s] <= 1,),
            certificate=ExpGap(-total(log(P[s]), (s, T)) / T)
            + total(ExpGap(log(P[s])) + (1 - P[s]), (s, T)) / T,
        ),
        Claim(
            name="at_most_n_at_best_model",
            lhs=exp(entropy(p)),
            rhs=n,
            relation=Relation.LE,
            hypotheses=(adds_to_one(p),),
            certificate=exp(entropy(p)) * (ExpGap(log(n) - entropy(p)) + total(uniform_gap(i), (i, n))),
        ),
        Claim(
            name="least_at_true_distribution",
            lhs=exp(cross_entropy(p, q)),
            rhs=exp(entropy(p)),
            relation=Relation.GE,
            hypotheses=(adds_to_one(p), adds_to_one(q)),
            certificate=exp(entropy(p)) * (ExpGap(divergence(p, q)) + total(gap(i), (i, n))),
        ),
        Claim(name="gradient", lhs=Partial(exp(_nats), nll[e]), rhs=exp(_nats) / T),
    ),
)

FORMULAS = (PERPLEXITY,)
