"""Kernels of section 8: attention and feed-forward layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp
from sympy import Max, exp, sqrt

from formulas.language import Expr, causal_mask, dim, index, real, sigmoid, tensor, total
from formulas.schema import Input, Kernel

n, m, d, e, h, k = dim("n"), dim("m"), dim("d"), dim("e"), dim("h"), dim("k")
i, j, c, r, s, t, u = index("i j c r s t u")
Q, K, V = tensor("Q", n, d), tensor("K", m, d), tensor("V", m, e)
# self-attention: queries and keys at the same places
K1, V1 = tensor("K", n, d), tensor("V", n, e)
QH, KH, VH, WO = tensor("Q", h, n, d), tensor("K", h, m, d), tensor("V", h, m, e), tensor("W_O", h, e, k)
x, y = tensor("x", d), tensor("y", d)
W1, W2, W3 = tensor("W_1", d, h), tensor("W_2", h, d), tensor("W_3", d, h)
b1, b2 = tensor("b_1", h), tensor("b_2", d)
left, right = real("left"), real("right")


def score(at: sp.Symbol, to: sp.Symbol) -> Expr:
    """Scaled inner product of a query and a key."""
    return total(Q[at, c] * K[to, c], (c, d)) / sqrt(d)


def causal_score(at: sp.Symbol, to: sp.Symbol) -> Expr:
    """The same, minus infinity for a key that comes later than the query."""
    return total(Q[at, c] * K1[to, c], (c, d)) / sqrt(d) + causal_mask(to, at)


_gate = total(x[c] * W1[c, s], (c, d))


def head_score(at: sp.Symbol, to: sp.Symbol) -> Expr:
    """The score in head ``s``."""
    return total(QH[s, at, c] * KH[s, to, c], (c, d)) / sqrt(d)


_qkv = (Input(symbol=Q, name="query"), Input(symbol=K, name="key"), Input(symbol=V, name="value"))
_all = ("query", "key", "value")


def _weights_mean(
    weight: Callable[[sp.Symbol], Expr], value: Callable[[sp.Symbol], Expr], size: sp.Symbol
) -> Expr:
    """The mean of the values with the weights of softmax."""
    return total(exp(weight(j)) / total(exp(weight(t)), (t, size)) * value(j), (j, size))


KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "attn.sdpa": (
        Kernel(
            name="scaled_dot_product_attention",
            output=_weights_mean(lambda at: score(i, at), lambda at: V[at, r], m),
            axes=(i, r),
            inputs=_qkv,
            wrt=_all,
            peer="torch.nn.functional.scaled_dot_product_attention",
        ),
    ),
    "attn.causal": (
        Kernel(
            name="causal_attention",
            output=_weights_mean(lambda at: causal_score(i, at), lambda at: V1[at, r], n),
            axes=(i, r),
            inputs=(
                Input(symbol=Q, name="query"),
                Input(symbol=K1, name="key"),
                Input(symbol=V1, name="value"),
            ),
            wrt=_all,
            peer="torch.nn.functional.scaled_dot_product_attention(is_causal=True)",
        ),
    ),
    "attn.multihead": (
        Kernel(
            name="multihead_attention",
            output=total(
                _weights_mean(lambda at: head_score(i, at), lambda at: VH[s, at, r], m) * WO[s, r, u],
                (s, h),
                (r, e),
            ),
            axes=(i, u),
            inputs=(
                Input(symbol=QH, name="query", meaning="projected queries, head by head"),
                Input(symbol=KH, name="key", meaning="projected keys"),
                Input(symbol=VH, name="value", meaning="projected values"),
                Input(
                    symbol=WO,
                    name="out_weight",
                    meaning="output projection, its rows by head: the heads side by side times W_O",
                    shared=True,
                ),
            ),
            wrt=(*_all, "out_weight"),
            peer="torch.nn.MultiheadAttention after its input projections",
        ),
    ),
    "attn.ffn": (
        Kernel(
            name="feed_forward",
            output=total(Max(0, total(x[c] * W1[c, s], (c, d)) + b1[s]) * W2[s, r], (s, h)) + b2[r],
            axes=(r,),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=W1, name="weight1", shared=True),
                Input(symbol=b1, name="bias1", shared=True),
                Input(symbol=W2, name="weight2", shared=True),
                Input(symbol=b2, name="bias2", shared=True),
            ),
            wrt=("input", "weight1", "bias1", "weight2", "bias2"),
            domain="all reals; the cotangent at 0 before ReLU is 0",
        ),
    ),
    "attn.swiglu": (
        Kernel(
            name="swiglu",
            output=total(_gate * sigmoid(_gate) * total(x[t] * W3[t, s], (t, d)) * W2[s, r], (s, h)),
            axes=(r,),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=W1, name="gate_weight", shared=True),
                Input(symbol=W3, name="up_weight", shared=True),
                Input(symbol=W2, name="down_weight", shared=True),
            ),
            wrt=("input", "gate_weight", "up_weight", "down_weight"),
        ),
    ),
    "attn.residual": (
        Kernel(
            name="residual",
            output=left + right,
            axes=(),
            inputs=(
                Input(symbol=left, name="input"),
                Input(symbol=right, name="branch", meaning="Sublayer(input)"),
            ),
            wrt=("input", "branch"),
        ),
    ),
}
