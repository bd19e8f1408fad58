"""What a formula becomes by one slip in the way it is written: a bracket that ends in the wrong place, a
fraction upside down, a product for a sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symcheck.gate.shape import ONE, Shape, added, factors, negative, power, product, terms


def slipped_variants(known: Shape, page: Shape) -> Iterator[tuple[str, Shape]]:
    """What becomes of a known formula by a slip that moves things without losing any."""
    for shape in bracketings(known):
        if shape.kind == page.kind:
            yield "bracket", shape
    if known.kind == "mul" and len(set(known.signs)) == 2 and page.kind == "mul":
        yield "inverted", replace(known, signs=tuple(-s for s in known.signs))
    if known.kind == "mul" and known.signs.count(-1) > 1 and 1 in known.signs:
        above = [(p, s) for p, s in factors(known) if s > 0]
        yield "missing denominator", product(above, known.span)
    if known.kind == page.kind == "diff" and len(known.parts) == len(page.parts) == 3:
        variable, order, body = known.parts
        yield "inverted", replace(known, parts=(body, order, variable))
    if known.kind == "add" and 1 < len(known.parts) < 6:
        items = terms(known)
        if len(items) == (len(page.parts) + 1 if page.kind == "add" else 2):
            for at in range(len(items) - 1):
                (one, sign), (other, its) = items[at : at + 2]
                if its > 0 and ONE not in (one, other):
                    merged = (product([(one, 1), (other, 1)], known.span), sign)
                    yield "operation", added([*items[:at], merged, *items[at + 2 :]], known.span)


def bracketings(shape: Shape) -> Iterator[Shape]:
    """What a formula is with one bracket opened or closed in another place.

    ``log(x + 1)`` and ``log(x) + 1``, ``sqrt(2 x)`` and ``sqrt(2) x``, ``(x - y)^2`` and ``x - y^2``,
    ``exp(x^2)`` and ``exp(x)^2``, ``a (x + y)`` and ``a x + y``, in both directions.
    """
    if shape.kind in ("call", "pow", "abs", "norm") and shape.parts:
        inner, others = shape.parts[0], shape.parts[1:]
        if inner.kind in ("add", "mul") and 1 < len(inner.parts) < 7:
            items = list(zip(inner.parts, inner.signs, strict=True))
            join = added if inner.kind == "add" else product
            for at, item in enumerate(items):
                kept = replace(shape, parts=(join(items[:at] + items[at + 1 :], inner.span), *others))
                yield join([(kept, 1), item], shape.span)
    if shape.kind == "call" and len(shape.parts) == 1:
        yield from _exponent_outside(shape)
    if shape.kind == "pow" and shape.parts[0].kind == "call" and len(shape.parts[0].parts) == 1:
        call = shape.parts[0]
        yield replace(call, parts=(power(call.parts[0], shape.parts[1], shape.span),))
    if shape.kind == "add" and len(shape.parts) > 1:
        items = list(zip(shape.parts, shape.signs, strict=True))
        for at, (part, sign) in enumerate(items):
            if part.kind == "pow":
                base = added([*items[:at], (part.parts[0], sign), *items[at + 1 :]], shape.span)
                yield power(base, part.parts[1], shape.span)
            elif part.kind == "mul":
                yield from _factor_outside(shape, items, at)
    if shape.kind == "mul":
        yield from _power_in_product(shape)
        for at, part in enumerate(shape.parts):
            if part.kind == "add" and len(part.parts) == 2 and shape.signs[at] == 1:
                rest = [p for k, p in enumerate(zip(shape.parts, shape.signs, strict=True)) if k != at]
                one, other = zip(part.parts, part.signs, strict=True)
                for near, far in ((one, other), (other, one)):
                    scaled = product([*rest, (near[0], 1)], shape.span)
                    yield added([(scaled, near[1]), far], shape.span)


def _power_in_product(shape: Shape) -> Iterator[Shape]:
    """``a (x - y)^2 b`` as ``a x - y^2 b``, as one reads it without the bracket."""
    items = list(zip(shape.parts, shape.signs, strict=True))
    for at, (part, side) in enumerate(items):
        if part.kind == "pow" and part.parts[0].kind == "add" and len(part.parts[0].parts) == 2 and side == 1:
            (first, second), signs = part.parts[0].parts, part.parts[0].signs
            raised = power(second, part.parts[1], part.span)
            left = product([*items[:at], (first, 1)], shape.span)
            right = product([(raised, 1), *items[at + 1 :]], shape.span)
            yield added([(left, signs[0]), (right, signs[1])], shape.span)


def _exponent_outside(call: Shape) -> Iterator[Shape]:
    """``f(x^2)`` as ``f(x)^2``: the exponent that one or all factors of the argument have."""
    signed = call.parts[0].kind == "add" and len(call.parts[0].parts) == 1
    sign = call.parts[0].signs[0] if signed else 1
    inner = call.parts[0].parts[0] if signed else call.parts[0]
    items = factors(inner)
    for exponent in {p.parts[1] for p, _ in items if p.kind == "pow"}:
        bare = [(p.parts[0], s) if p.kind == "pow" and p.parts[1] == exponent else (p, s) for p, s in items]
        argument = product(bare, inner.span)
        argument = argument if sign == 1 else negative(argument)
        yield power(replace(call, parts=(argument,)), exponent, call.span)


def _factor_outside(shape: Shape, items: list[tuple[Shape, int]], at: int) -> Iterator[Shape]:
    """``a x + y`` as ``a (x + y)``."""
    part, sign = items[at]
    if len(items) != 2 or len(part.parts) > 4:
        return
    for k, factor in enumerate(zip(part.parts, part.signs, strict=True)):
        rest = [f for j, f in enumerate(zip(part.parts, part.signs, strict=True)) if j != k]
        inside = added([(product(rest, part.span), sign), items[1 - at]], shape.span)
        yield product([(inside, 1), factor], shape.span)
