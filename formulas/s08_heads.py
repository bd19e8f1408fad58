"""Section 8 of the sheet, continued: heads side by side, and masks."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp

from formulas.language import Expr, Partial, dim, index, positive, real, tensor, total
from formulas.s08_attention import VASWANI
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source

n, d, h, v, q = dim("n"), dim("d_model"), dim("h"), dim("d_v"), dim("P")
i, j, k, l, a, b, c, r, s, t = index("i j k l a b c r s t")  # noqa: E741

ZERO, ONE = sp.S.Zero, sp.S.One

heads, place = tensor("H", h, n, v), tensor("place", h, v, q)
WO, G = tensor("W_O", q, d), tensor("G", n, d)


def concatenated(row: Expr, at: Expr) -> Expr:
    """Entry of the heads side by side: ``place`` says where the entries of each head go."""
    return total(heads[a, row, b] * place[a, b, at], (a, h), (b, v))


def block(head: Expr, entry: Expr, column: Expr) -> Expr:
    """Entry of those rows of W_O that meet one head."""
    return total(place[head, entry, t] * WO[t, column], (t, q))


_output = total(concatenated(i, j) * WO[j, k], (j, q))
_head_loss = total(G[i, k] * _output, (i, n), (k, d))

MULTIHEAD = Formula(
    id="attn.multihead",
    title="Multi-head attention",
    section=8,
    names=(
        "Multi-Head Attention",
        "multi-head attention",
        "multihead attention",
        r"\text{MultiHead}(Q, K, V)",
        r"\operatorname{MultiHead}",
        r"\text{Concat}",
    ),
    definition=Definition(latex=r"\text{MultiHead}(Q, K, V)_{ik}", expr=_output, indices=(i, k)),
    symbols={
        "H": "outputs of the heads",
        "place": "1 where an entry of a head stands in the concatenation, else 0",
        "W_O": "output weights",
        "G": "cotangent of the output",
    },
    source=Source(
        section=8,
        lines=(302, 303, 305),
        printed=(
            r"\text{MultiHead}(Q, K, V) = \text{Concat}(\text{head}_1, \ldots, \text{head}_h)W^O",
            r"\text{head}_i = \text{Attention}(QW_i^Q, KW_i^K, VW_i^V)",
            r"d_k = d_{model}/h",
        ),
    ),
    references=(VASWANI,),
    tags=("attention", "contraction"),
    used_in=("transformers",),
    see_also=("attn.sdpa", "attn.projections"),
    claims=(
        Claim(
            name="sum_over_heads",
            lhs=_output,
            rhs=total(total(heads[a, i, b] * block(a, b, k), (b, v)), (a, h)),
            note="Each head times its own rows of the output weights, added up.",
        ),
        Claim(
            name="cotangent_of_a_head",
            lhs=Partial(_head_loss, heads[l, r, s]),
            rhs=total(G[r, k] * block(l, s, k), (k, d)),
        ),
        Claim(
            name="cotangent_of_output_weights",
            lhs=Partial(_head_loss, WO[r, s]),
            rhs=total(concatenated(i, r) * G[i, s], (i, n)),
        ),
        Claim(
            name="parameters",
            lhs=total(3 * total(ONE, (i, d), (j, v)), (a, h)) + total(ONE, (a, h), (b, v), (k, d)),
            rhs=4 * d * (h * v),
            note="With heads of size d_model / h as many as four square matrices, however many heads.",
        ),
        Claim(
            name="cost_does_not_grow_with_heads",
            lhs=total(total(ONE, (i, n), (j, n), (b, v)), (a, h)),
            rhs=n**2 * (h * v),
            note="Multiplications for the scores of all heads: only the width of all together counts.",
        ),
    ),
)

score, value = tensor("score", n, n), tensor("V", n, v)
mask = tensor("mask", n, n)


def causal_mean(row: Expr, column: Expr) -> Expr:
    """Mean of the values up to the row's own, under the weights of its scores."""
    return sp.Sum(exp(score[row, j]) * value[j, column], (j, 1, row)) / sp.Sum(
        exp(score[row, k]), (k, 1, row)
    )


def masked_mean(row: Expr, column: Expr, dummy: sp.Symbol = j) -> Expr:
    """Mean of the values that a mask of zeros and ones lets through."""
    return total(mask[row, dummy] * exp(score[row, dummy]) * value[dummy, column], (dummy, n)) / total(
        mask[row, k] * exp(score[row, k]), (k, n)
    )


raw, penalty, seen = real("raw"), positive("penalty"), positive("seen")
_triangular = Eq(mask[r, s], sp.Piecewise((1, s <= r), (0, True)), evaluate=False)
_later = (sp.Gt(l, i),)
keys, queries = tensor("K", n, v), tensor("Q", n, v)


def _weight_of_key(row: Expr, key: Expr, dummy: sp.Symbol) -> Expr:
    return exp(total(queries[row, dummy] * keys[key, dummy], (dummy, v)) / sp.sqrt(v))


def _causal_attention(row: Expr, column: Expr) -> Expr:
    """The same with scores from queries and keys."""
    top = sp.Sum(_weight_of_key(row, j, a) * value[j, column], (j, 1, row))
    return top / sp.Sum(_weight_of_key(row, k, b), (k, 1, row))


CAUSAL = Formula(
    id="attn.causal",
    title="Causal mask",
    section=8,
    names=(
        "Causal (Autoregressive) Masking",
        "causal mask",
        "causal masking",
        "autoregressive mask",
        r"\text{mask}_{ij}",
        r"\text{mask}",
    ),
    definition=Definition(latex=r"\text{output}_{ic}", expr=causal_mean(i, c), indices=(i, c)),
    symbols={
        "score": "scores of queries (rows) and keys (columns)",
        "V": "values",
        "mask": "1 where a query sees a key, else 0: the exponential of the printed mask",
        "Q": "queries, one per row",
        "K": "keys, one per row",
        "raw": "score of a hidden key",
        "penalty": "what the mask takes off it",
        "seen": "sum of the exponentials of the scores that the row sees",
    },
    source=Source(
        section=8,
        lines=(310, 312),
        printed=(
            r"\text{mask}_{ij} = \begin{cases}0 & i \geq j \\ -\infty & i < j\end{cases}",
            r"\text{softmax}\left(\frac{QK^T}{\sqrt{d_k}} + \text{mask}\right)V",
        ),
    ),
    references=(
        VASWANI,
        "A. Radford, K. Narasimhan, T. Salimans, I. Sutskever, Improving language understanding by "
        "generative pre-training, 2018",
    ),
    tags=("attention", "reduction"),
    used_in=("decoders", "GPT", "LLaMA"),
    see_also=("attn.sdpa",),
    claims=(
        Claim(
            name="weights_sum_to_one",
            lhs=sp.Sum(exp(score[i, j]) / sp.Sum(exp(score[i, k]), (k, 1, i)), (j, 1, i)),
            rhs=ONE,
        ),
        Claim(
            name="mask_of_zeros_and_ones",
            lhs=masked_mean(i, c),
            rhs=causal_mean(i, c),
            hypotheses=(_triangular, total(mask[i, s] * exp(score[i, s]), (s, n)) > 0),
            note="Minus infinity under the exponential is a weight of 0.",
        ),
        Claim(
            name="minus_infinity_as_a_limit",
            lhs=exp(raw - penalty) / (seen + exp(raw - penalty)),
            rhs=ZERO,
            relation=Relation.TENDS,
            approach=Approach(x=penalty, to=sp.oo),
            note="The weight of a hidden key, its score lowered by a penalty, beside what the row sees.",
        ),
        Claim(
            name="nothing_from_later_values",
            lhs=Partial(causal_mean(i, c), value[l, b]),
            rhs=ZERO,
            hypotheses=_later,
            note="Row i of the output does not depend on tokens after i.",
        ),
        Claim(
            name="nothing_from_later_keys",
            lhs=Partial(_causal_attention(i, c), keys[l, t]),
            rhs=ZERO,
            hypotheses=_later,
        ),
        Claim(
            name="nothing_from_other_queries",
            lhs=Partial(_causal_attention(i, c), queries[l, t]),
            rhs=ZERO,
            hypotheses=(sp.Ne(l, i),),
        ),
        Claim(
            name="weight_of_an_earlier_value",
            lhs=Partial(causal_mean(i, c), value[l, c]),
            rhs=exp(score[i, l]) / sp.Sum(exp(score[i, k]), (k, 1, i)),
            hypotheses=(sp.Le(l, i),),
            note="Of its own and of earlier tokens, by contrast, it depends with a positive weight.",
        ),
    ),
)

FORMULAS = (MULTIHEAD, CAUSAL)
