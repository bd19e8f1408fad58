"""Section 8 of the sheet, continued: feed-forward layers and residuals."""

from __future__ import annotations

import sympy as sp

from formulas.language import (
    Expr,
    Partial,
    Phi,
    delta,
    dim,
    index,
    normal_density,
    sigmoid,
    smooth,
    tensor,
    total,
)
from formulas.s08_attention import VASWANI
from formulas.schema import Claim, Definition, Formula, Source, Verdict
from formulas.shapes import elementwise, inner_sizes, matrix

d, f = dim("d_model"), dim("d_ff")
i, j, k, l, a, b, c, r, s = index("i j k l a b c r s")  # noqa: E741

ZERO, ONE = sp.S.Zero, sp.S.One

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

FORMULAS = (FFN, SWIGLU, RESIDUAL)
