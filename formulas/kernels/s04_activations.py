"""Kernels: section 4 of the sheet: the rectifiers and SiLU."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s04_activations import INPUT, _leaky_cases, alpha, relu, silu, x
from formulas.schema import Input, Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "act.relu": (
        Kernel(
            name="relu",
            output=relu(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.relu",
            domain="all reals; the cotangent at 0 is 0",
        ),
    ),
    "act.leaky_relu": (
        Kernel(
            name="leaky_relu",
            output=_leaky_cases,
            axes=(),
            inputs=(
                Input(symbol=x, name="input"),
                Input(
                    symbol=alpha,
                    name="negative_slope",
                    role="scalar",
                    default=0.01,
                    meaning="factor for negative input",
                ),
            ),
            wrt=("input",),
            peer="torch.nn.functional.leaky_relu",
            domain="all reals and every slope; the cotangent at 0 takes the slope for negative input",
        ),
    ),
    "act.silu": (
        Kernel(
            name="silu",
            output=silu(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.silu",
        ),
    ),
}
