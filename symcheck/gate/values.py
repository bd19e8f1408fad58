"""Whether two shapes have the same value: ``sqrt(2 / (pi s^2))`` and ``sqrt(2) / (s sqrt(pi))``.

What looks like a slip is none if the formula comes to the same.  Both are evaluated at a few points; what
is no elementary expression is one unknown, the same thing the same unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

from symcheck.gate.near import State
from symcheck.gate.shape import Shape

POINTS = 4
MAX_SIZE = 120
_CLOSE = 1e-9
_CONSTANTS = {"pi": math.pi, "e": math.e}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "arctan": math.atan, "erf": math.erf,
    "erfc": math.erfc, "sqrt": math.sqrt, "Gamma": math.gamma,
}  # fmt: skip


def same_value(known: Shape, page: Shape, state: State) -> bool:
    """Whether the known shape, in the letters of the page, has the value of the shape on the page.

    ``False`` also where that cannot be told: outside of where both are real."""
    if max(known.size, page.size) > MAX_SIZE:
        return False
    images = dict(state.names)
    theirs = _renamed(known, images)
    agreed = 0
    for point in range(2 * POINTS):
        try:
            one, other = _value(theirs, point), _value(page, point)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        if isinstance(one, complex) or isinstance(other, complex):
            continue
        if not math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE):
            return False
        agreed += 1
    return agreed >= POINTS


def _renamed(shape: Shape, images: dict[str, Shape]) -> Shape:
    if shape.kind == "sym":
        return images.get(shape.name, shape)
    return replace(shape, parts=tuple(_renamed(p, images) for p in shape.parts)) if shape.parts else shape


def _value(shape: Shape, point: int) -> float:
    match shape.kind:
        case "num":
            return float(shape.name)
        case "const" | "sym" if shape.name in _CONSTANTS:
            return _CONSTANTS[shape.name]
        case "add":
            values = zip(shape.parts, shape.signs, strict=True)
            return math.fsum(sign * _value(part, point) for part, sign in values)
        case "mul":
            out = 1.0
            for part, sign in zip(shape.parts, shape.signs, strict=True):
                out = out * _value(part, point) if sign > 0 else out / _value(part, point)
            return out
        case "pow":
            return math.pow(_value(shape.parts[0], point), _value(shape.parts[1], point))
        case "abs":
            return abs(_value(shape.parts[0], point))
        case "call" if len(shape.parts) == 1 and shape.name in _FUNCTIONS:
            return _FUNCTIONS[shape.name](_value(shape.parts[0], point))
        case "at" if len(shape.parts) == 2 and shape.parts[0].name in _FUNCTIONS:
            return _FUNCTIONS[shape.parts[0].name](_value(shape.parts[1], point))
    return _unknown(shape, point)


def _unknown(shape: Shape, point: int) -> float:
    """A number between 0.3 and 2.3 for a thing that is not looked into, the same for the same thing."""
    digest = blake2b(f"{point} {_told(shape)}".encode(), digest_size=6).digest()
    return 0.3 + 2.0 * int.from_bytes(digest, "big") / 2**48


def _told(shape: Shape) -> str:
    inner = " ".join(map(_told, shape.parts))
    return f"({shape.kind} {shape.name} {shape.signs} {inner})"
