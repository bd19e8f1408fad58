"""Kernels: section 4 of the sheet, continued: GELU and the two forms that it is computed with."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s04_gelu import INPUT, gelu, gelu_sigmoid, gelu_tanh, x
from formulas.schema import Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "act.gelu": (
        Kernel(
            name="gelu",
            output=gelu(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.gelu",
        ),
    ),
    "act.gelu_sigmoid": (
        Kernel(
            name="gelu_sigmoid",
            output=gelu_sigmoid(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
        ),
    ),
    "act.gelu_tanh": (
        Kernel(
            name="gelu_tanh",
            output=gelu_tanh(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.gelu(approximate='tanh')",
            domain="finite input; the cotangent needs a finite cube of it",
        ),
    ),
}
