"""Calls whose true result is a single-precision number and whose computed one is not: known, and left.

The extremes of ``codegen.extremes`` scale the arguments together or hold one infinity; these are calls beside
them.  Each is called by a test, so that an entry goes when its call comes out right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["OVERFLOWS", "Overflow"]


@dataclass(frozen=True)
class Overflow:
    """``arguments`` (tuples are arrays), the ``true`` value of each result, and why it is missed."""

    function: str
    arguments: tuple[Any, ...]
    true: float
    reason: str

    def call(self, package: Any, dtype: Any = np.float32) -> np.ndarray[Any, Any]:
        """What the function of ``package`` gives in ``dtype`` (its first result, where it has several)."""
        given = [np.asarray(a, dtype) if isinstance(a, tuple) else a for a in self.arguments]
        with np.errstate(all="ignore"):
            found = getattr(package, self.function)(*given)
        return np.asarray(found[0] if isinstance(found, tuple) else found)


_SUM = "the sum is formed before it is divided by its length"
_PRODUCT = "products of the arguments are formed as they stand"
_LARGE = ((1e19,) * 4, (1e19,) * 4)

OVERFLOWS = (
    Overflow(
        "scaled_dot_product_attention",
        (_LARGE, _LARGE, ((1.0,) * 4, (1.0,) * 4)),
        1.0,
        "the products of queries and keys are formed before they are divided by the root of their length",
    ),
    Overflow(
        "adam_step",
        ((1.0,), (1e20,), (0.0,), (0.0,), 1, 0.1),
        0.9,
        "the second moment, one of the results, is above the range itself",
    ),
    Overflow(
        "gcn_layer", (((3e38,) * 2,) * 2, ((1.0,) * 2,) * 2, ((1.0,) * 2,) * 2), 2.0, "a degree overflows"
    ),
    Overflow("nll_loss", ((1e38,) * 4,), -1e38, _SUM),
    Overflow("l1_loss", ((3e38,) * 4, (0.0,) * 4), 3e38, _SUM),
    Overflow("covariance", ((1.5e19, -1.5e19), (1.5e19, -1.5e19)), 2.25e38, _PRODUCT),
    Overflow("dot", ((3e19, 3e19), (3e19, -3e19)), 0.0, _PRODUCT),
    Overflow("softmax_temperature", ((1e38, 1e38), 0.01), 0.5, "logits are divided by the temperature first"),
    Overflow("gaussian_log_prob", ((3e38,), (-3e38,), (1e38,)), -106.418, "the difference is formed first"),
)
