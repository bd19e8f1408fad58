"""Kernels of section 7: LayerNorm and BatchNorm."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import sqrt

from formulas.language import Expr, dim, index, nonnegative, real, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
i, k, m = index("i k m")
x, gamma, beta = tensor("x", n), tensor("gamma", n), tensor("beta", n)
gain, shift = real("gain"), real("shift")
epsilon = nonnegative("epsilon")

_mean = total(x[m], (m, n)) / n
_variance = total((x[k] - _mean) ** 2, (k, n)) / n
_eps = Input(symbol=epsilon, name="eps", role="scalar", default=1e-5, meaning="added to the variance")


def normalised() -> Expr:
    """Deviation from the mean over the root of the variance."""
    return (x[i] - _mean) / sqrt(_variance + epsilon)


KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "norm.layer": (
        Kernel(
            name="layer_norm",
            output=normalised() * gamma[i] + beta[i],
            axes=(i,),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=gamma, name="weight", meaning="gain of each feature", shared=True),
                Input(symbol=beta, name="bias", meaning="shift of each feature", shared=True),
                _eps,
            ),
            wrt=("input", "weight", "bias"),
            peer="torch.nn.functional.layer_norm over one axis",
            domain="every input; for eps = 0 every row that is not constant",
        ),
    ),
    "norm.batch": (
        Kernel(
            name="batch_norm",
            output=normalised() * gain + shift,
            axes=(i,),
            axis=0,
            inputs=(
                Input(symbol=x, name="input", meaning="the axis is that of the examples"),
                Input(symbol=gain, name="weight", meaning="gain of each feature"),
                Input(symbol=shift, name="bias", meaning="shift of each feature"),
                _eps,
            ),
            wrt=("input", "weight", "bias"),
            peer="torch.nn.functional.batch_norm(training=True) of a matrix",
            domain="every input; for eps = 0 every feature that is not constant",
        ),
    ),
}
