"""Kernels: section 9 of the sheet: what is particular to language models."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s09_llm import _x, a, c, m, rotated, theta, x
from formulas.schema import Input, Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "llm.rope": (
        Kernel(
            name="rope",
            output=rotated(_x, m)(c, a),
            axes=(c, a),
            inputs=(
                Input(symbol=x, name="input", meaning="pairs of features, shape (..., h, 2)"),
                Input(symbol=m, name="positions", role="integer", meaning="position of each row"),
                Input(
                    symbol=theta,
                    name="frequencies",
                    meaning="angle per position of each pair, shape (h,)",
                    shared=True,
                    constant="fixed by the encoding",
                ),
            ),
            wrt=("input",),
        ),
    ),
}
