"""Kernels of section 15: recurrent cells and graph convolution."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import sqrt, tanh

from formulas.language import Expr, delta, dim, index, sigmoid, tensor, total
from formulas.schema import Input, Kernel

n, m, d, e, k = dim("n"), dim("m"), dim("d"), dim("e"), dim("k")
i, j, c, t, s, r = index("i j c t s r")
x, h, state, b = tensor("x", e), tensor("h", d), tensor("c", d), tensor("b", d)
U, W = tensor("U", d, e), tensor("W", d, d)
z = tensor("z", k)
WF, WI, WC, WO = (tensor(name, d, k) for name in ("W_f", "W_i", "W_c", "W_o"))
BF, BI, BC, BO = (tensor(name, d) for name in ("b_f", "b_i", "b_c", "b_o"))
A, H, G = tensor("A", n, n), tensor("H", n, m), tensor("G", m, k)


def _gate(weight: Expr, bias: Expr) -> Expr:
    return total(weight[i, j] * z[j], (j, k)) + bias[i]


def _connected(one: Expr, other: Expr) -> Expr:
    """The adjacency with a loop at each node."""
    return A[one, other] + delta(one, other)


_cell = sigmoid(_gate(WF, BF)) * state[i] + sigmoid(_gate(WI, BI)) * tanh(_gate(WC, BC))
_joined = Input(symbol=z, name="input", meaning="hidden state and input, one behind the other")
_state = Input(symbol=state, name="cell", meaning="cell state before the step")
_three = (
    Input(symbol=WF, name="forget_weight", shared=True),
    Input(symbol=BF, name="forget_bias", shared=True),
    Input(symbol=WI, name="input_weight", shared=True),
    Input(symbol=BI, name="input_bias", shared=True),
    Input(symbol=WC, name="cell_weight", shared=True),
    Input(symbol=BC, name="cell_bias", shared=True),
)
_out = (
    Input(symbol=WO, name="output_weight", shared=True),
    Input(symbol=BO, name="output_bias", shared=True),
)

signal, taps = tensor("u", n), tensor("q", m)

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "model.conv": (
        Kernel(
            name="convolve",
            output=total(signal[i] * taps[j] * delta(i + j, t + 1), (i, n), (j, m)),
            axes=(t,),
            inputs=(
                Input(symbol=signal, name="input"),
                Input(symbol=taps, name="kernel", meaning="the same for all rows", shared=True),
            ),
            wrt=("input", "kernel"),
            domain="all reals; the result has every place at which the two overlap, n + m - 1 of them",
            peer="numpy.convolve",
        ),
    ),
    "model.rnn": (
        Kernel(
            name="rnn_cell",
            output=tanh(total(U[i, c] * x[c], (c, e)) + total(W[i, j] * h[j], (j, d)) + b[i]),
            axes=(i,),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=h, name="hidden"),
                Input(symbol=U, name="input_weight", shared=True),
                Input(symbol=W, name="hidden_weight", shared=True),
                Input(symbol=b, name="bias", shared=True),
            ),
            wrt=("input", "hidden", "input_weight", "hidden_weight", "bias"),
            peer="torch.nn.RNNCell",
        ),
    ),
    "model.lstm": (
        Kernel(
            name="lstm_cell_state",
            output=_cell,
            axes=(i,),
            inputs=(_joined, _state, *_three),
            wrt=("input", "cell", *(w.name for w in _three)),
            peer="torch.nn.LSTMCell, its cell state",
        ),
        Kernel(
            name="lstm_hidden",
            output=sigmoid(_gate(WO, BO)) * tanh(state[i]),
            axes=(i,),
            inputs=(
                _joined,
                Input(symbol=state, name="cell", meaning="cell state after the step"),
                *_out,
            ),
            wrt=("input", "cell", "output_weight", "output_bias"),
            peer="torch.nn.LSTMCell, its hidden state",
        ),
    ),
    "model.gcn": (
        Kernel(
            name="gcn_layer",
            output=total(
                _connected(i, j)
                * total(H[j, c] * G[c, r], (c, m))
                / (sqrt(total(_connected(i, t), (t, n))) * sqrt(total(_connected(j, s), (s, n)))),
                (j, n),
            ),
            axes=(i, r),
            inputs=(
                Input(
                    symbol=A,
                    name="adjacency",
                    constant="the graph is given",
                    meaning="symmetric, without loops, entries >= 0",
                    within=(0.0, 1.0),
                ),
                Input(symbol=H, name="input", meaning="features of each node"),
                Input(symbol=G, name="weight", shared=True),
            ),
            wrt=("input", "weight"),
        ),
    ),
}
