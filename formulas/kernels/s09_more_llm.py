"""Kernels of section 9 besides rotary embeddings."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
from sympy import cos, exp, sin

from formulas.language import delta, dim, index, nearest, positive, real, tensor, total
from formulas.schema import Input, Kernel

n, h = dim("n"), dim("h")
i, k, c, a, p, t = index("i k c a p t")
d, e, r = dim("d"), dim("e"), dim("r")
v, W, A, B = tensor("v", d), tensor("W", e, d), tensor("A", r, d), tensor("B", e, r)
z, u = tensor("z", n), tensor("u", n)
tau, scale, zero = positive("tau"), positive("scale"), real("zero")
x, q = real("x"), real("q")
theta = tensor("theta", h, positive=True)
position = sp.Symbol("m", integer=True, nonnegative=True)
_angle = position * theta[c]

_scale = Input(symbol=scale, name="scale", role="scalar", default=0.1, meaning="width of a step")
_zero = Input(symbol=zero, name="zero_point", role="scalar", default=0.0)

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "llm.sinusoidal": (
        Kernel(
            name="sinusoidal_encoding",
            output=delta(a, 1) * sin(_angle) + delta(a, 2) * cos(_angle),
            axes=(c, a),
            inputs=(
                Input(symbol=position, name="positions", role="integer", meaning="position of each row"),
                Input(
                    symbol=theta,
                    name="frequencies",
                    meaning="angle per position of each pair, such as 10000 ** (-arange(h) / h)",
                    shared=True,
                ),
            ),
        ),
    ),
    "llm.nll": (
        Kernel(
            name="nll_loss",
            output=-total(u[k], (k, n)) / n,
            axes=(),
            inputs=(Input(symbol=u, name="input", meaning="log-probabilities of the tokens that came"),),
            wrt=("input",),
            peer="torch.nn.functional.nll_loss, of the chosen entries",
        ),
    ),
    "llm.temperature": (
        Kernel(
            name="softmax_temperature",
            output=exp(z[i] / tau) / total(exp(z[k] / tau), (k, n)),
            axes=(i,),
            inputs=(
                Input(symbol=z, name="input", meaning="logits"),
                Input(symbol=tau, name="temperature", role="scalar", default=1.0, meaning="> 0"),
            ),
            wrt=("input",),
            peer="torch.softmax(input / temperature)",
        ),
    ),
    "llm.lora": (
        Kernel(
            name="lora_linear",
            output=total(W[p, c] * v[c], (c, d)) + total(B[p, a] * total(A[a, t] * v[t], (t, d)), (a, r)),
            axes=(p,),
            inputs=(
                Input(symbol=v, name="input"),
                Input(
                    symbol=W,
                    name="weight",
                    meaning="frozen weight",
                    shared=True,
                    constant="frozen, which is what the method is for",
                ),
                Input(symbol=A, name="lora_a", meaning="first factor of the update", shared=True),
                Input(symbol=B, name="lora_b", meaning="second factor of the update", shared=True),
            ),
            wrt=("input", "lora_a", "lora_b"),
        ),
    ),
    "llm.quantize": (
        Kernel(
            name="quantize",
            output=nearest(x / scale) + zero,
            axes=(),
            inputs=(Input(symbol=x, name="input"), _scale, _zero),
            peer="torch.quantize_per_tensor, without the bounds of the integer type",
        ),
        Kernel(
            name="dequantize",
            output=scale * (q - zero),
            axes=(),
            inputs=(Input(symbol=q, name="input", meaning="quantised values"), _scale, _zero),
            peer="torch.dequantize",
        ),
    ),
}
