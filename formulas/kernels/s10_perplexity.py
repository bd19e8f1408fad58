"""Kernels: section 10 of the sheet, continued: perplexity."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import exp

from formulas.s10_perplexity import _nats, nll
from formulas.schema import Input, Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "info.perplexity": (
        Kernel(
            name="perplexity",
            output=exp(_nats),
            axes=(),
            inputs=(Input(symbol=nll, name="nll", meaning="negative log-likelihood of each token"),),
            wrt=("nll",),
        ),
    ),
}
