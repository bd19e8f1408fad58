"""Kernels: section 10 of the sheet: information theory."""

from __future__ import annotations

from collections.abc import Mapping

from formulas.s10_information import DISTRIBUTION, PAIR, cross_entropy, divergence, entropy, p, q
from formulas.schema import Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "info.entropy": (
        Kernel(
            name="entropy",
            output=entropy(p),
            axes=(),
            inputs=(DISTRIBUTION,),
            wrt=("p",),
            peer="scipy.special.entr, summed",
            domain="p >= 0, where 0 log 0 is 0",
        ),
    ),
    "info.cross_entropy": (
        Kernel(
            name="cross_entropy_probs",
            output=cross_entropy(p, q),
            axes=(),
            inputs=PAIR,
            wrt=("p", "q"),
            domain="p, q >= 0, where 0 log 0 is 0",
        ),
    ),
    "info.kl": (
        Kernel(
            name="kl_divergence",
            output=divergence(p, q),
            axes=(),
            inputs=PAIR,
            wrt=("p", "q"),
            peer="scipy.special.rel_entr, summed",
            domain="p, q >= 0, 0 log 0 is 0; infinite where q is 0 and p is not; cotangents for q > 0",
        ),
    ),
}
