"""Kernels of section 14: variances of initial weights."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.language import dim, index, positive, sigmoid, tensor, total
from formulas.schema import Input, Kernel

fan_in, fan_out = positive("n_in"), positive("n_out")

n, m = dim("n"), dim("m")
i, j = index("i j")
a, W, b = tensor("a", m), tensor("W", n, m), tensor("b", n)
_z = total(W[i, j] * a[j], (j, m)) + b[i]
_layer = (
    Input(symbol=a, name="input", meaning="activations of the layer below"),
    Input(symbol=W, name="weight", shared=True),
    Input(symbol=b, name="bias", shared=True),
)

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "bp.weights": (
        Kernel(
            name="linear",
            output=_z,
            axes=(i,),
            inputs=_layer,
            wrt=("input", "weight", "bias"),
            peer="torch.nn.functional.linear",
        ),
    ),
    "bp.delta": (
        Kernel(
            name="dense_sigmoid",
            output=sigmoid(_z),
            axes=(i,),
            inputs=_layer,
            wrt=("input", "weight", "bias"),
        ),
    ),
    "bp.xavier": (
        Kernel(
            name="xavier_variance",
            output=2 / (fan_in + fan_out),
            axes=(),
            inputs=(Input(symbol=fan_in, name="fan_in"), Input(symbol=fan_out, name="fan_out")),
            peer="torch.nn.init.xavier_normal_, its variance",
        ),
    ),
    "bp.he": (
        Kernel(
            name="he_variance",
            output=2 / fan_in,
            axes=(),
            inputs=(Input(symbol=fan_in, name="fan_in"),),
            peer="torch.nn.init.kaiming_normal_, its variance",
        ),
    ),
}
