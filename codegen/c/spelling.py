"""How C spells the IR's scalar operations and constants.

In a kernel ``real`` is float or double.  Functions that begin with ``op_`` are in
``templates/functions.c.j2``, one of float and one of double; ``CHOOSE`` takes the one for its argument.  An
operation without a spelling is an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from codegen.cupy.spelling import identifier

__all__ = ["DEAR", "OPERATIONS", "identifier", "literal"]


def _call(name: str) -> str:
    return f"CHOOSE(op_{name}, {{0}})({{0}})"


def _call_2(name: str) -> str:
    return f"CHOOSE_2(op_{name}, {{0}}, {{1}})({{0}}, {{1}})"


OPERATIONS: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "square": "{0} * {0}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "eq": "{0} == {1}",
    "select": "{0} ? {1} : {2}",
    "hold": "{0}",
    "finite_or_zero": "CHOOSE(op_finite_or_zero, (real)1)((real){0})",
    "saturated": "CHOOSE(op_max, {0})(CHOOSE(op_min, {0})({0}, 32.0f), -32.0f)",
    **{
        name: _call(name)
        for name in (
            "abs", "sqrt", "exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "rint", "expgap", "tail",
            "gauss", "mills", "exp_below", "log1p_unit",
        )
    },
    **{name: _call_2(name) for name in ("max", "min", "pow", "sinprod", "cosprod", "log_quotient")},
}  # fmt: skip

# What a pass over a row writes down for the next pass rather than have it computed again.
DEAR = frozenset({
    "div", "sqrt", "pow", "exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "sinprod", "cosprod",
    "expgap", "tail", "gauss", "mills", "log_quotient",
})  # fmt: skip


def literal(value: float, kind: str = "real") -> str:
    """A constant of type ``kind``."""
    if math.isnan(value):
        return f"({kind})NAN"
    if math.isinf(value):
        return f"({kind})INFINITY" if value > 0 else f"(-({kind})INFINITY)"
    return f"({kind}){value!r}" if math.copysign(1.0, value) > 0 else f"({kind})({value!r})"
