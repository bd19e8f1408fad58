"""Relations of a document that are identities of textbooks, up to the letters used, or one slip away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from symcheck.gate.context import particular
from symcheck.gate.documents import Passage
from symcheck.gate.near import ELEMENTARY, Slip, State, compare
from symcheck.gate.qualified import unsigned
from symcheck.gate.shape import NONE, Shape, shape_of
from symcheck.gate.slips import base_of, beside, letters_of, parts_of, same_but_for_case, same_but_labelled
from symcheck.gate.standards.identities import IDENTITIES
from symcheck.gate.standards.identity import Identity
from symcheck.latex import parse
from symcheck.latex.tree import Node

NEAR = 400  # characters of text in which the words have to stand
BESIDE = 160  # ... in which they stand for a slip to be one
MAX_SIZE = 80
MIRRORED = {"=": "=", "<=": ">=", ">=": "<=", "<": ">", ">": "<"}
_EQUAL = {":=": "=", "<-": "=", "==": "=", "equiv": "="}
_STRICT = {"<": "<=", ">": ">="}


@dataclass(frozen=True)
class _Form:
    identity: Identity
    left: Shape
    operator: str
    right: Shape
    needs: frozenset[str]
    of_left: frozenset[str]


def known_identity(passage: Passage, left: Node, operator: str, right: Node) -> Identity | None:
    """The identity that ``left operator right`` is."""
    one, two = shape_of(left), shape_of(right)
    if one.size + two.size > MAX_SIZE:
        return None
    there = frozenset(_marks(one)) | frozenset(_marks(two))
    for a, sign, b in _both_ways(one, operator, two):
        for form in _forms_for(a):
            if sign != form.operator or not form.needs <= there:
                continue
            if _named(form.identity, passage) and _is(form, a, b):
                return form.identity
    return None


def slipped_identity(
    passage: Passage, left: Node, operator: str, right: Node
) -> tuple[Identity, Slip] | None:
    """The rule that ``left operator right`` is but for one slip, where one side tells that it is meant.

    Another letter in the place of one that neither side tells is a matter of sizes (``det(c A)`` of a 2 by 2
    matrix), no slip."""
    one, two = shape_of(left), shape_of(right)
    if one.size + two.size > MAX_SIZE:
        return None
    best: tuple[Identity, Slip] | None = None
    for a, sign, b in _both_ways(one, operator, two):
        there = frozenset(_marks(a))
        for form in _forms_for(a):
            if not form.identity.telling or form.left.size == 1 or not form.of_left <= there:
                continue
            start = _same_left(form, a)
            if start is None:
                continue
            slip = _slip(form, b, sign, start)
            if slip is None or (slip is not NO_SLIP and best is not None):
                continue
            if not _told(form.identity, passage) or unsigned(passage, (slip,)):
                continue
            if slip is NO_SLIP:
                return None  # a right form, whatever the others are
            if slip.kind not in _SPECIAL or not particular(passage):
                best = form.identity, slip
    return best


NO_SLIP = Slip("", NONE.span)
_SPECIAL = frozenset({"missing term", "missing factor"})


def _both_ways(one: Shape, operator: str, two: Shape) -> Iterator[tuple[Shape, str, Shape]]:
    sign = _EQUAL.get(operator, operator)
    if sign in MIRRORED:
        yield one, sign, two
        yield two, MIRRORED[sign], one


def _same_left(form: _Form, left: Shape) -> State | None:
    start = compare(form.left, left, most=0)
    if start is None or not _keeps_fixed(form, start) or not _plain(form, start):
        return None
    if form.identity.ordered:
        if not all(image.name.isupper() for _, image in start.names):
            return None  # a number times a matrix
        if not _in_order(form.left, left, start):
            return None
    return start


def _plain(form: _Form, state: State) -> bool:
    """Whether the letters stand for names: of ``I + K`` or ``A A^T`` more is known than of any matrix."""
    other = form.identity.whole | form.identity.fixed
    names = [(name, image) for name, image in state.names if name not in other]
    if any(image.kind not in _NAMES or base_of(image).name == "I" for _, image in names):
        return False
    numbers = (image for name, image in names if name in _NUMBERS)
    return not any(base_of(image).name.isupper() for image in numbers)


_NAMES = frozenset({"sym", "at", "word", "prime"})
_NUMBERS = frozenset("ac")  # what rules call so is no matrix


def _slip(form: _Form, right: Shape, operator: str, start: State) -> Slip | None:
    """What is wrong with a right side: nothing (``NO_SLIP``), one thing, or that it is something else."""
    found = compare(form.right, right, start)
    if found is None or not _keeps_fixed(form, found) or not _plain(form, found):
        return None
    ordered = not form.identity.ordered or _in_order(form.right, right, found)
    if not found.slips:
        slip = NO_SLIP if ordered else Slip("order", right.span, right, form.right)
    else:
        slip = found.slips[0]
        if not _counts(slip, start, found, form):
            return None
    wanted = _STRICT.get(form.operator, form.operator)
    said = _STRICT.get(operator, operator)
    if said == wanted:
        return slip
    if "=" in (said, wanted):
        return NO_SLIP if slip is NO_SLIP else None  # the case of equality
    return Slip("relation", right.span, right, form.right) if slip is NO_SLIP else None


def _counts(slip: Slip, start: State, whole: State, form: _Form) -> bool:
    """Whether a slip in the other side is one, and no special case and no name that this side leaves open."""
    if form.identity.only and slip.kind not in form.identity.only:
        return False
    wanted, found = slip.wanted, slip.found
    images = {base_of(image) for _, image in start.names}
    indices = {whole.of(name) for name in _bound(form.right)}
    letters = set(letters_of(wanted))
    settled = letters <= {name for name, _ in start.names} | _bound(form.right) | {i.name for i in images}
    match slip.kind:
        case "other":
            if found.kind == wanted.kind == "num":
                return True
            if same_but_for_case(found, wanted) or same_but_labelled(found, wanted):
                return False
            if found.kind == wanted.kind == "at":
                head = start.of(wanted.parts[0].name)
                if head is not None and head != found.parts[0]:
                    return False  # the same of another name: p for p_theta
            if found.kind == "sym" and found not in images | indices:
                return False  # a letter of its own, for another function say
            return settled and bool(letters) and found.kind not in ("num", "word") and _small(slip, form)
        case "letter":
            return False
        case "swapped":
            return found.name == "|" or found.kind == "call"  # what is said of two at once has no order
        case "missing term" if _stands_for_sum(wanted, start, form):
            return False
        case "missing factor" | "missing term":
            special = wanted.kind not in ("sym", "num")  # what may be 0, or 1, in a case of its own
            return settled and not special and _small(slip, form)
        case "missing function" | "extra function":
            return settled or wanted.kind == "none"
        case "extra factor" | "extra term":
            return set(letters_of(found)) <= {i.name for i in _symbols(images)} | _bound(form.right)
        case "function" if form.left.kind == "at" and found.kind == "big" and found.name in _EXTREMES:
            return False  # the largest p(x, z) is another quantity, and may have such a name
        case "function":
            other_name = found.kind == "call" and found.name not in ELEMENTARY
            return wanted.kind != "at" and not other_name and {found.name, wanted.name} not in _ALIKE
    return True


def _stands_for_sum(term: Shape, start: State, form: _Form) -> bool:
    """Whether what is left of a sum of two is a letter that the other side does not know, so that it may be
    the sum: ``Y`` in ``Var(X) = E[Y^2]``."""
    known = {name for name, _ in start.names}
    return any(rest.kind == "sym" and rest.name not in known for rest in beside(term, form.right))


_EXTREMES = frozenset({"max", "min", "sup", "inf", "argmax", "argmin"})
_ALIKE = ({"max", "sup"}, {"min", "inf"})


def _small(slip: Slip, form: _Form) -> bool:
    """Whether most of the other side is as it has to be."""
    return 2 * slip.wanted.size <= form.right.size and slip.found.size < form.right.size


def _symbols(images: set[Shape]) -> set[Shape]:
    return {part for image in images for part in parts_of(image) if part.kind == "sym"}


def _bound(shape: Shape) -> set[str]:
    """The letters that sums and integrals of a form run over."""
    binders = (part.parts[0] for part in parts_of(shape) if part.kind in ("big", "int"))
    return {index.name for index in binders if index.kind == "sym"}


@cache
def identity_forms() -> tuple[_Form, ...]:
    found = []
    for identity in IDENTITIES:
        (statement,) = parse(identity.latex).statements
        left, right = map(shape_of, statement.sides)
        (operator,) = statement.operators
        of_left = frozenset(_marks(left))
        found.append(_Form(identity, left, operator, right, of_left | frozenset(_marks(right)), of_left))
    return tuple(found)


def _forms_for(left: Shape) -> tuple[_Form, ...]:
    """The identities that can have such a left side."""
    by_kind = forms_by_left()
    return sum((by_kind.get(kind, ()) for kind in {*_kinds(left), "sym"}), ())


@cache
def forms_by_left() -> dict[str, tuple[_Form, ...]]:
    """The identities by what their left sides are."""
    found: dict[str, list[_Form]] = {}
    for form in identity_forms():
        found.setdefault(_kinds(form.left)[0], []).append(form)
    return {kind: tuple(forms) for kind, forms in found.items()}


def _kinds(shape: Shape) -> tuple[str, ...]:
    """What a side is: a norm is often written with single bars, and a function may be known by a letter."""
    if shape.kind == "call":
        return f"call {shape.name}", f"at {len(shape.parts) + 1}"
    if shape.kind == "at":
        return (f"at {len(shape.parts)}",)
    return ("abs" if shape.kind == "norm" else shape.kind,)


def _marks(shape: Shape) -> Iterator[str]:
    """What is not up to the author: functions, operators, derivatives."""
    if shape.kind in ("call", "big", "int", "diff", "prime", "T", "other", "const"):
        yield f"{shape.kind} {shape.name}"
    for part in shape.parts:
        yield from _marks(part)


def _named(identity: Identity, passage: Passage, before: int = NEAR, after: int = NEAR) -> bool:
    if not identity.words:
        return True
    return _speaks(identity.words, passage, before, after)


def _told(identity: Identity, passage: Passage) -> bool:
    """Whether the words beside a relation leave no doubt that a rule is meant."""
    if identity.unless and _speaks(identity.unless, passage, NEAR, BESIDE):
        return False
    return _named(identity, passage, 2 * BESIDE, BESIDE)


def _speaks(words: str, passage: Passage, before: int, after: int) -> bool:
    near = [passage.before[-before:], passage.after[:after], *passage.headings[-1:]]
    near += [passage.row_label or "", passage.label or ""]
    text = " ".join(near)
    return any(re.search(re.escape(word), text, re.IGNORECASE) for word in words.split())


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


_PROBABILITY = frozenset({"P", "p", "q", "f", "Pr"})


def _keeps_fixed(form: _Form, state: State) -> bool:
    """Whether the letters that stand for themselves do."""
    return all(_stands(name, image) for name, image in state.names if name in form.identity.fixed)


def _stands(name: str, image: Shape) -> bool:
    head = base_of(image).name
    match name:
        case "P":
            return head.partition("_")[0] in _PROBABILITY
        case "D":
            return head.partition("_")[0] == "D" or "kl" in head.casefold()
        case "E":
            return head == "E"
    return image.name == name


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
