"""Kernels: section 5 of the sheet: losses."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.language import total
from formulas.s04_softmax import logsumexp
from formulas.s05_losses import _class_loss, i, n, t, y, z
from formulas.schema import Input, Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "loss.cross_entropy": (
        Kernel(
            name="cross_entropy",
            output=_class_loss(t),
            axes=(),
            inputs=(
                Input(symbol=z, name="input", meaning="logits"),
                Input(symbol=t, name="target", role="integer", meaning="index of the target class"),
            ),
            wrt=("input",),
            peer="torch.nn.functional.cross_entropy(reduction='none')",
            domain="all logits; targets from 0 to n - 1",
        ),
        Kernel(
            name="cross_entropy_soft",
            output=total(y[i] * (logsumexp(z) - z[i]), (i, n)),
            axes=(),
            inputs=(
                Input(symbol=z, name="input", meaning="logits"),
                Input(symbol=y, name="target", meaning="weights of the classes", weight=True),
            ),
            wrt=("input", "target"),
            peer="torch.nn.functional.cross_entropy(reduction='none') with class probabilities",
        ),
    ),
}
