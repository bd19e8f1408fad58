"""How CUDA C spells the IR's scalar operations, monoids and constants.

``real`` is float or double and ``R(0.5)`` its literal (``0.5f`` or ``0.5``); the head of each text says
which, and whether results are rounded to 16 bits (``NARROW``).  Elementary functions are CUDA's overloads
for ``real``; functions that begin with ``op_`` are in ``templates/device.cu``.  There is no fallback: an
operation without a spelling is an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

OPERATIONS: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "op_div({0}, {1})",
    "neg": "-{0}",
    "abs": "fabs({0})",
    "max": "op_max({0}, {1})",
    "min": "op_min({0}, {1})",
    "square": "{0} * {0}",
    "sqrt": "sqrt({0})",
    "pow": "pow({0}, {1})",
    "exp": "op_exp({0})",
    "expm1": "expm1({0})",
    "log": "log({0})",
    "log1p": "log1p({0})",
    "tanh": "tanh({0})",
    "sin": "op_sincos({0}).sine",
    "cos": "op_sincos({0}).cosine",
    "sinprod": "op_sincosprod({0}, {1}).sine",
    "cosprod": "op_sincosprod({0}, {1}).cosine",
    "rint": "rint({0})",
    "expgap": "op_expgap({0})",
    "tail": "op_tail({0})",
    "gauss": "op_gauss({0})",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "eq": "{0} == {1}",
    "select": "{0} ? {1} : {2}",
    "hold": "{0}",
    "saturated": "op_min(op_max({0}, R(-32.0)), R(32.0))",
    "finite_or_zero": "op_finite_or_zero({0})",
}

# In double precision these are CUDA's own, which reduce a large argument with a table in local memory.
WALKS_A_TABLE = frozenset({"sin", "cos", "sinprod", "cosprod"})

# What a row in registers keeps rather than computes again: about ten instructions or more.
DEAR = frozenset({
    "div", "sqrt", "pow", "exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "sinprod", "cosprod",
    "expgap", "tail", "gauss",
})  # fmt: skip

# The struct of templates/device.cu that folds a monoid, and its members in the monoid's order.
MONOID_STRUCTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sum": ("Sum", ("s",)),
    "max": ("Max", ("m",)),
    "max_sumexp": ("MaxSumExp", ("m", "s")),
    "max_rest": ("MaxRest", ("m", "r")),
    "moments": ("Moments", ("n", "m", "q")),
}

# These folds know the maximum as well: no second fold is made for it.
HOLDS_MAXIMUM = frozenset({"max_sumexp", "max_rest"})

_RESERVED = frozenset(
    [
        "alignas",
        "alignof",
        "and",
        "asm",
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "constexpr",
        "continue",
        "decltype",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "false",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "mutable",
        "namespace",
        "new",
        "noexcept",
        "not",
        "nullptr",
        "operator",
        "or",
        "private",
        "protected",
        "public",
        "register",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "true",
        "try",
        "typedef",
        "typeid",
        "typename",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
        "xor",
        "real",
        "rows",
        "n",
        "row",
        "i",
        "e",
        "r",
        "a",
        "k",
        "exp",
        "log",
        "sin",
        "cos",
        "tanh",
        "sqrt",
        "pow",
        "expm1",
        "log1p",
        "gamma",
        "lgamma",
        "y0",
        "y1",
        "j0",
        "j1",
        "jn",
        "yn",
        "erf",
        "index",
    ]
)


def literal(value: float) -> str:
    """A constant: ``R(0.5)``, or an infinity, which NVRTC has no name for."""
    if math.isnan(value):
        return "not_a_number()"
    if math.isinf(value):
        return "infinity()" if value > 0 else "(-infinity())"
    text = repr(abs(float(value)))
    return f"(-R({text}))" if math.copysign(1.0, value) < 0 else f"R({text})"


def identifier(name: str) -> str:
    """The C name of an argument: its own name unless that means something in CUDA C."""
    return f"{name}_" if name in _RESERVED or name.startswith("op_") else name
