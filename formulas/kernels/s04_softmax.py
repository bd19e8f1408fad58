"""Kernels: section 4 of the sheet, continued: softmax, its logarithm and its normaliser."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s04_softmax import LOGITS, i, log_softmax, logsumexp, softmax, z
from formulas.schema import Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "act.softmax": (
        Kernel(
            name="softmax",
            output=softmax(z, i),
            axes=(i,),
            inputs=LOGITS,
            wrt=("input",),
            peer="torch.nn.functional.softmax",
        ),
    ),
    "act.logsumexp": (
        Kernel(
            name="logsumexp",
            output=logsumexp(z),
            axes=(),
            inputs=LOGITS,
            wrt=("input",),
            peer="torch.logsumexp",
        ),
    ),
    "act.log_softmax": (
        Kernel(
            name="log_softmax",
            output=log_softmax(z, i),
            axes=(i,),
            inputs=LOGITS,
            wrt=("input",),
            peer="torch.nn.functional.log_softmax",
        ),
    ),
}
