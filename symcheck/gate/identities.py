"""Equations of a document that are identities of textbooks, up to the letters used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from symcheck.gate.documents import Passage
from symcheck.gate.near import Slip, State, compare
from symcheck.gate.shape import Shape, shape_of
from symcheck.gate.standards.identities import IDENTITIES, Identity
from symcheck.latex import parse
from symcheck.latex.tree import Node

NEAR = 400  # characters of text in which the words have to stand
MAX_SIZE = 80


@dataclass(frozen=True)
class _Form:
    identity: Identity
    left: Shape
    right: Shape
    needs: frozenset[str]
    of_left: frozenset[str]


def known_identity(passage: Passage, left: Node, right: Node) -> Identity | None:
    """The identity that ``left = right`` is."""
    one, two = shape_of(left), shape_of(right)
    if one.size + two.size > MAX_SIZE:
        return None
    there = frozenset(_marks(one)) | frozenset(_marks(two))
    for form in identity_forms():
        if form.needs <= there and _named(form.identity, passage):
            for a, b in ((one, two), (two, one)):
                if _is(form, a, b):
                    return form.identity
    return None


def slipped_identity(left: Node, right: Node) -> tuple[Identity, Slip] | None:
    """The identity that ``left = right`` is but for one slip in its right side, where its left side tells.

    Another letter in the place of one is a matter of sizes (``det(c A)`` of a 2 by 2 matrix), no slip."""
    one, two = shape_of(left), shape_of(right)
    if one.size + two.size > MAX_SIZE:
        return None
    there = frozenset(_marks(one))
    for form in identity_forms():
        if not form.identity.telling or not form.of_left <= there:
            continue
        start = compare(form.left, one, most=0)
        if start is None or not _keeps_fixed(form, start):
            continue
        images = [image.name for _, image in start.names]
        if "I" in images or (form.identity.ordered and not all(name.isupper() for name in images)):
            continue  # a number times a matrix
        if form.identity.ordered and not _in_order(form.left, one, start):
            continue
        found = compare(form.right, two, start)
        if found is None:
            continue
        if found.slips:
            slip = found.slips[0]
            numbers = slip.found.kind == slip.wanted.kind == "num"
            return (form.identity, slip) if numbers or slip.kind not in ("other", "letter") else None
        if form.identity.ordered and not _in_order(form.right, two, found):
            return form.identity, Slip("order", two.span, two, form.right)
    return None


@cache
def identity_forms() -> tuple[_Form, ...]:
    found = []
    for identity in IDENTITIES:
        (statement,) = parse(identity.latex).statements
        left, right = map(shape_of, statement.sides)
        of_left = frozenset(_marks(left))
        found.append(_Form(identity, left, right, of_left | frozenset(_marks(right)), of_left))
    return tuple(found)


def _marks(shape: Shape) -> Iterator[str]:
    """What is not up to the author: functions, operators, derivatives."""
    if shape.kind in ("call", "big", "int", "diff", "prime", "T", "other", "const"):
        yield f"{shape.kind} {shape.name}"
    for part in shape.parts:
        yield from _marks(part)


def _named(identity: Identity, passage: Passage) -> bool:
    if not identity.words:
        return True
    near = [passage.before[-NEAR:], passage.after[:NEAR], *passage.headings[-1:]]
    near += [passage.row_label or "", passage.label or ""]
    text = " ".join(near)
    return any(re.search(re.escape(word), text, re.IGNORECASE) for word in identity.words.split())


def _is(form: _Form, left: Shape, right: Shape) -> bool:
    start = compare(form.left, left, most=0)
    if start is None:
        return False
    found = compare(form.right, right, start, most=0)
    if found is None or found.slips:
        return False
    if not _keeps_fixed(form, found):
        return False
    return not form.identity.ordered or all(
        _in_order(known, page, found) for known, page in ((form.left, left), (form.right, right))
    )


def _keeps_fixed(form: _Form, state: State) -> bool:
    """Whether the letters that stand for themselves do."""
    return all(image.name == name for name, image in state.names if name in form.identity.fixed)


def _in_order(known: Shape, page: Shape, state: State) -> bool:
    """Whether what the letters stand for comes in their order."""
    images = dict(state.names)
    wanted = [images[s.name] for s in _letters(known) if s.name in images]
    return wanted == _occurrences(page, set(wanted))


def _letters(shape: Shape) -> list[Shape]:
    found = [shape] if shape.kind == "sym" else [s for part in shape.parts for s in _letters(part)]
    return sorted(found, key=lambda s: s.span)


def _occurrences(shape: Shape, wanted: set[Shape]) -> list[Shape]:
    if shape in wanted:
        return [shape]
    return sorted((s for part in shape.parts for s in _occurrences(part, wanted)), key=lambda s: s.span)
