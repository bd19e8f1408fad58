"""Kernels: section 7 of the sheet: normalisation."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s07_normalisation import epsilon, gamma, i, rms_norm, x
from formulas.schema import Input, Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "norm.rms": (
        Kernel(
            name="rms_norm",
            output=rms_norm(i, epsilon),
            axes=(i,),
            inputs=(
                Input(symbol=x, name="input"),
                Input(symbol=gamma, name="weight", meaning="gain of each feature", shared=True),
                Input(
                    symbol=epsilon,
                    name="eps",
                    role="scalar",
                    default=1e-6,
                    meaning="added to the mean square",
                ),
            ),
            wrt=("input", "weight"),
            peer="torch.nn.functional.rms_norm",
            domain="every input; for eps = 0 every row but the row of zeros",
        ),
    ),
}
