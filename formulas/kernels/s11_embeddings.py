"""Kernels of section 11: similarity."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import sqrt

from formulas.language import dim, index, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
k, t, c = index("k t c")
E = tensor("E", dim("v"), dim("d"))
a, b = tensor("a", n), tensor("b", n)

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "embed.lookup": (
        Kernel(
            name="embedding",
            output=E[t, c],
            axes=(c,),
            inputs=(
                Input(symbol=t, name="input", role="integer", meaning="index of a row"),
                Input(symbol=E, name="weight", meaning="one row for each symbol", shared=True),
            ),
            wrt=("weight",),
            peer="torch.nn.functional.embedding",
        ),
    ),
    "embed.metrics": (
        Kernel(
            name="euclidean_distance",
            output=sqrt(total((a[k] - b[k]) ** 2, (k, n))),
            axes=(),
            inputs=(Input(symbol=a, name="x1"), Input(symbol=b, name="x2")),
            wrt=("x1", "x2"),
            peer="torch.nn.functional.pairwise_distance without its eps",
            domain="all vectors; the cotangent of two equal ones is NaN (there is no slope; PyTorch takes 0)",
        ),
    ),
}
