"""Section 8 of the sheet, continued: heads, masks, feed-forward layers and residuals."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp

from formulas.language import (
    Expr,
    Partial,
    Phi,
    delta,
    dim,
    index,
    normal_density,
    positive,
    real,
    sigmoid,
    smooth,
    tensor,
    total,
)
from formulas.s08_attention import VASWANI
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source, Verdict
from formulas.shapes import elementwise, inner_sizes, matrix

n, d, f, h, v, q = dim("n"), dim("d_model"), dim("d_ff"), dim("h"), dim("d_v"), dim("P")
i, j, k, l, a, b, c, r, s, t, u = index("i j k l a b c r s t u")  # noqa: E741

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

x, W1, b1, W2, b2 = (
    tensor("x", d),
    tensor("W_1", f, d),
    tensor("b_1", f),
    tensor("W_2", d, f),
    tensor("b_2", d),
)
g = tensor("g", d)


def _gelu(at: Expr) -> Expr:
    return at * Phi(at)


def _gelu_slope(at: Expr) -> Expr:
    return Phi(at) + at * normal_density(at)


def _linear(of: sp.IndexedBase, unit: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry of a weight matrix times the input."""
    return total(of[unit, dummy] * x[dummy], (dummy, d))


def hidden(unit: Expr, dummy: sp.Symbol = k) -> Expr:
    """Input of a hidden unit."""
    return _linear(W1, unit, dummy) + b1[unit]


def feed_forward(row: Expr) -> Expr:
    """Entry of the output of the two-layer network."""
    return total(W2[row, a] * _gelu(hidden(a)), (a, f)) + b2[row]


_ffn_loss = total(g[i] * feed_forward(i), (i, d))


def _backward(unit: Expr) -> Expr:
    """Cotangent that reaches a hidden unit from the output."""
    return total(g[j] * W2[j, unit], (j, d))


FFN = Formula(
    id="attn.ffn",
    title="Feed-forward network",
    section=8,
    names=(
        "Feed-Forward Network (FFN)",
        "feed-forward network",
        "feed-forward layer",
        "position-wise feed-forward",
        "FFN",
        r"\text{FFN}(x)",
        r"\operatorname{FFN}",
        r"\mathrm{FFN}",
    ),
    definition=Definition(latex=r"\text{FFN}(x)_i", expr=feed_forward(i), indices=(i,)),
    symbols={
        "x": "input",
        "W_1": "weights of the first layer, d_ff rows",
        "b_1": "bias of the first layer",
        "W_2": "weights of the second layer, d_model rows",
        "b_2": "bias of the second layer",
        "g": "cotangent of the output",
    },
    source=Source(
        section=8,
        lines=(329, 331, 332),
        printed=(
            r"\text{FFN}(x) = W_2 \cdot \text{GELU}(W_1 x + b_1) + b_2",
            r"d_{model} \to d_{ff}",
            r"d_{ff} = 4 \times d_{model}",
            r"d_{ff} \to d_{model}",
        ),
    ),
    references=(VASWANI, "D. Hendrycks, K. Gimpel, Gaussian error linear units, 2016, arXiv:1606.08415"),
    tags=("network", "contraction"),
    used_in=("transformers",),
    see_also=("act.gelu", "attn.swiglu"),
    claims=(
        Claim(
            name="cotangent_of_first_weights",
            lhs=Partial(_ffn_loss, W1[r, s]),
            rhs=_backward(r) * _gelu_slope(hidden(r)) * x[s],
        ),
        Claim(
            name="cotangent_of_first_bias",
            lhs=Partial(_ffn_loss, b1[r]),
            rhs=_backward(r) * _gelu_slope(hidden(r)),
        ),
        Claim(
            name="cotangent_of_second_weights",
            lhs=Partial(_ffn_loss, W2[r, s]),
            rhs=g[r] * _gelu(hidden(s)),
        ),
        Claim(name="cotangent_of_second_bias", lhs=Partial(_ffn_loss, b2[r]), rhs=g[r]),
        Claim(
            name="input_cotangent",
            lhs=Partial(_ffn_loss, x[r]),
            rhs=total(_backward(a) * _gelu_slope(hidden(a)) * W1[a, r], (a, f)),
        ),
        Claim(
            name="parameters",
            lhs=total(ONE, (a, f), (k, d))
            + total(ONE, (i, d), (b, f))
            + total(ONE, (c, f))
            + total(ONE, (l, d)),
            rhs=2 * d * f + f + d,
            note="Of order 8 d squared at four times the width.",
        ),
    ),
)

W3 = tensor("W_3", f, d)


def _silu(at: Expr) -> Expr:
    return at * sigmoid(at)


def _silu_slope(at: Expr) -> Expr:
    return sigmoid(at) + at * sigmoid(at) * (1 - sigmoid(at))


def swiglu(row: Expr) -> Expr:
    """Entry of the output of the gated network."""
    return total(W2[row, a] * _silu(_linear(W1, a)) * _linear(W3, a, l), (a, f))


_gated_loss = total(g[i] * swiglu(i), (i, d))
_column, _row = matrix("x", d), matrix("x", 1, d)
_gated_column = elementwise(matrix("W_1", f, d) * _column)
_as_columns = inner_sizes(_gated_column, matrix("W_2", d, f))
_as_columns_transposed = inner_sizes(_gated_column, matrix("W_2", f, d))
_as_rows = inner_sizes(matrix("W_1", d, f), _row)

SWIGLU = Formula(
    id="attn.swiglu",
    title="SwiGLU feed-forward network",
    section=8,
    names=("SwiGLU FFN", "SwiGLU", "gated feed-forward", r"\text{SwiGLU}(x)", r"\operatorname{SwiGLU}"),
    definition=Definition(latex=r"\text{SwiGLU}(x)_i", expr=swiglu(i), indices=(i,)),
    symbols={
        "x": "input",
        "W_1": "weights of the gate, d_ff rows",
        "W_3": "weights of the gated values, d_ff rows",
        "W_2": "weights of the output, d_model rows",
        "g": "cotangent of the output",
    },
    source=Source(
        section=8,
        lines=(336,),
        printed=(r"\text{SwiGLU}(x) = (\text{SiLU}(W_1 x) \odot W_3 x) \cdot W_2",),
    ),
    references=(
        "N. Shazeer, GLU variants improve transformer, 2020, arXiv:2002.05202",
        "H. Touvron et al., LLaMA: open and efficient foundation language models, 2023, arXiv:2302.13971",
    ),
    tags=("network", "contraction"),
    used_in=("LLaMA", "PaLM"),
    see_also=("act.silu", "attn.ffn"),
    claims=(
        Claim(
            name="printed_product_of_columns",
            lhs=_as_columns[0],
            rhs=_as_columns[1],
            printed=True,
            expected=Verdict.REFUTED,
            corrected_by="output_weights_come_first",
            note="W_1 x makes x a column, and then the bracket is one too: it has 1 column, where W_2 has "
            "d_model rows. W_2 has to stand to the left.",
        ),
        Claim(
            name="printed_product_with_transposed_weights",
            lhs=_as_columns_transposed[0],
            rhs=_as_columns_transposed[1],
            expected=Verdict.REFUTED,
            corrected_by="output_weights_come_first",
            note="With d_ff rows in W_2 it is no better.",
        ),
        Claim(
            name="printed_product_of_rows",
            lhs=_as_rows[0],
            rhs=_as_rows[1],
            expected=Verdict.REFUTED,
            corrected_by="output_weights_come_first",
            note="If x is a row, W_2 may stand to the right, but then W_1 x is not defined.",
        ),
        Claim(
            name="output_weights_come_first",
            lhs=Partial(swiglu(i), W2[r, s]),
            rhs=delta(i, r) * _silu(_linear(W1, s)) * _linear(W3, s, l),
            note="With W_2 to the left of the gated column the output is linear in W_2, row by row.",
        ),
        Claim(
            name="cotangent_of_gate_weights",
            lhs=Partial(_gated_loss, W1[r, s]),
            rhs=_backward(r) * _silu_slope(_linear(W1, r)) * _linear(W3, r, l) * x[s],
        ),
        Claim(
            name="cotangent_of_value_weights",
            lhs=Partial(_gated_loss, W3[r, s]),
            rhs=_backward(r) * _silu(_linear(W1, r)) * x[s],
        ),
        Claim(
            name="cotangent_of_output_weights",
            lhs=Partial(_gated_loss, W2[r, s]),
            rhs=g[r] * _silu(_linear(W1, s)) * _linear(W3, s, l),
        ),
        Claim(
            name="input_cotangent",
            lhs=Partial(_gated_loss, x[r]),
            rhs=total(
                _backward(a)
                * (
                    _silu_slope(_linear(W1, a)) * _linear(W3, a, l) * W1[a, r]
                    + _silu(_linear(W1, a)) * W3[a, r]
                ),
                (a, f),
            ),
        ),
        Claim(
            name="parameters",
            lhs=total(ONE, (a, f), (k, d)) + total(ONE, (b, f), (l, d)) + total(ONE, (i, d), (c, f)),
            rhs=3 * d * f,
            note="Three matrices; at 8/3 of the width as many as the two of the plain network at four times.",
        ),
    ),
)

phi, phi_slope = smooth("phi"), smooth("phi'")


def sublayer(row: Expr, dummy: sp.Symbol = a, inner: sp.Symbol = k) -> Expr:
    """Entry of a two-layer network with any smooth activation."""
    return total(W2[row, dummy] * phi(_linear(W1, dummy, inner)), (dummy, f))


def _sublayer_jacobian(row: Expr, column: Expr) -> Expr:
    return total(W2[row, b] * phi_slope(_linear(W1, b, l)) * W1[b, column], (b, f))


A, B = tensor("A", d, d), tensor("B", d, d)

RESIDUAL = Formula(
    id="attn.residual",
    title="Residual connection",
    section=8,
    names=(
        "Residual Connection",
        "residual connection",
        "skip connection",
        r"x + \text{Sublayer}(x)",
        r"\text{output}",
    ),
    definition=Definition(latex=r"\text{output}_i", expr=x[i] + sublayer(i), indices=(i,)),
    symbols={
        "x": "input",
        "W_1": "first weights of the sublayer",
        "W_2": "second weights of the sublayer",
        "g": "cotangent of the output",
        "A": "Jacobian of a first sublayer",
        "B": "Jacobian of a second sublayer",
    },
    source=Source(section=8, lines=(340,), printed=(r"\text{output} = x + \text{Sublayer}(x)",)),
    references=("K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition, CVPR 2016",),
    tags=("network", "linear"),
    used_in=("transformers", "residual networks"),
    see_also=("attn.ffn",),
    claims=(
        Claim(
            name="jacobian",
            lhs=Partial(x[i] + sublayer(i), x[j]),
            rhs=delta(i, j) + _sublayer_jacobian(i, j),
            note="The identity plus the Jacobian of the sublayer.",
        ),
        Claim(
            name="input_cotangent",
            lhs=Partial(total(g[i] * (x[i] + sublayer(i)), (i, d)), x[j]),
            rhs=g[j] + total(g[c] * _sublayer_jacobian(c, j), (c, d)),
            note="The cotangent passes undiminished beside what goes through the sublayer.",
        ),
        Claim(
            name="two_layers",
            lhs=total((delta(i, k) + B[i, k]) * (delta(k, j) + A[k, j]), (k, d)),
            rhs=delta(i, j) + A[i, j] + B[i, j] + total(B[i, k] * A[k, j], (k, d)),
            note="The Jacobian of two blocks: a path around both, around one, and through both.",
        ),
    ),
)

FORMULAS = (MULTIHEAD, CAUSAL, FFN, SWIGLU, RESIDUAL)
