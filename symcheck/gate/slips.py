"""Slips against a right form: how much a form consists of, and whether a slip is an error.

A difference from what a text says it defines may as well be a convention, a special case or a generalisation;
only what can be none of these convicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symcheck.gate.near import ELEMENTARY, Slip, State
from symcheck.gate.shape import ONE, Shape, factors
from symcheck.gate.standards import Standard

ENOUGH = 3  # fixed things in a form, so that being one slip away from it is no accident
EVERYWHERE = frozenset({"x", "y", "n", "i", "j", "k", "a", "b", "f"})  # letters that name nothing


@dataclass(frozen=True)
class Form:
    """One right form, taken apart."""

    standard: Standard
    latex: str
    left: Shape | None
    operator: str
    right: Shape

    @cached_property
    def once(self) -> frozenset[str]:
        """The letters that occur only once."""
        return letters_once(*(side for side in (self.left, self.right) if side is not None))

    @cached_property
    def anchors(self) -> Counter[str]:
        """What its right side consists of besides letters."""
        return anchors_of(self.right)

    @cached_property
    def fixed(self) -> int:
        """How much of its right side is more than a letter."""
        return fixed(self.right)

    @cached_property
    def letters(self) -> frozenset[str]:
        """The letters of its right side."""
        return frozenset(letters_of(self.right))


def letters_of(shape: Shape) -> Iterator[str]:
    return (part.name for part in parts_of(shape) if part.kind == "sym")


def letters_once(*shapes: Shape) -> frozenset[str]:
    """The letters that occur only once in all of them."""
    count = Counter(name for shape in shapes for name in letters_of(shape))
    return frozenset(name for name, times in count.items() if times == 1)


def customary(found: State) -> list[str]:
    """The letters of a form that the page has, too, in the same places."""
    return [name for name, image in found.names if base_of(image).name.split("_")[0] == name.split("_")[0]]


def parts_of(shape: Shape) -> Iterator[Shape]:
    stack = [shape]
    while stack:
        found = stack.pop()
        yield found
        stack += found.parts[::-1]


_LETTERS_AND_JOINTS = frozenset(
    {"sym", "at", "add", "mul", "none", "other", "list", "row", "otherwise", "equation"}
)


def anchors_of(shape: Shape) -> Counter[str]:
    """What a shape consists of besides letters and what joins them: functions, numbers, sums, powers."""
    return Counter(f"{p.kind} {p.name}" for p in parts_of(shape) if p.kind not in _LETTERS_AND_JOINTS)


def fixed(shape: Shape, seen: set[str] | None = None) -> int:
    """How much of a form is more than a letter: functions, numbers, sums, letters that come again."""
    seen = set() if seen is None else seen
    if shape.kind == "sym":
        again = shape.name in seen
        seen.add(shape.name)
        return int(again)
    own = shape.kind in (
        "num",
        "call",
        "word",
        "const",
        "big",
        "int",
        "abs",
        "norm",
        "pow",
        "T",
        "diff",
        "ceil",
    )
    counted = shape.parts
    if shape.kind == "big":  # over what it runs says little, and its index has to occur in it
        seen |= set(letters_of(shape.parts[0]))
        counted = shape.parts[4:]
    return own + sum(fixed(p, seen) for p in counted)


def is_error(
    form: Form, state: State, sides: list[Shape], minimised: bool = False, own: bool = False
) -> bool:
    """Whether the slips are errors, each of them, and no convention, special case or generalisation.

    ``minimised``: the text speaks of a loss, whose sign is no matter of taste.  ``own``: the name stands in
    the formula, or the formula under the name, so that it need not consist of much to be meant."""
    kinds = {slip.kind for slip in state.slips}
    if len(state.slips) > 1 and (kinds & _AMBIGUOUS or kinds <= {"sign", "other", "inverted"}):
        return False  # two signs may cancel, and what is replaced throughout is a special case
    return all(_is_error(form, state, slip, sides, minimised, own) for slip in state.slips)


def _is_error(form: Form, state: State, slip: Slip, sides: list[Shape], minimised: bool, own: bool) -> bool:
    standard = form.standard
    found, wanted = slip.found, slip.wanted
    if standard.source == "catalog" and not _of_the_line(slip, state):
        return False
    lost = slip.kind.startswith("missing")
    kept = without(form.right, wanted, slip.kind == "missing function") if lost else form.right
    if standard.exact_left and slip.span.end <= sides[0].span.end:
        return slip.kind in ("swapped", "function")
    settled = _settled_by_left(form, state) if _plain_slip(slip) else set()
    usual = all_customary(form, state)
    own = own and slip.kind in _IN_PLACE
    told = kept.size + (form.left.size // 2 if settled and form.left is not None else 0)
    if told < (4 if usual or own else 5) or (slip.kind in _LOSSES and _mostly(wanted, kept)):
        return False
    enough = 2 if own else ENOUGH + 2 * state.compound
    if fixed(kept, set(settled)) < enough and not usual:
        return False
    if 3 * max(side.size for side in sides[-1:] if sides) < 2 * kept.size:
        return False
    top = {p.span for p, _ in factors(_positive(form.right))}
    if any(_small(x) for x in (found, wanted)):
        return False
    match slip.kind:
        case "other":
            if form.left is not None and form.left.kind == "diff" and not _plain_slip(slip):
                return False  # df for dh where h is f of g
            if _iterate(found, state) or value_of(found, wanted):
                return False
            if same_but_for_case(found, wanted):
                return False  # K for the kernel k
            if same_but_labelled(found, wanted):
                return False  # p and p_theta are told apart by some authors only
            if found.kind == "add" and wanted in found.parts:
                return False  # shifted, as a schedule that starts later
            if found.kind in ("add", "mul") and wanted.kind == "sym" and _new(found, state):
                return False  # a formula of other things, in a statement that is about these
            if base_of(found) == base_of(wanted) and "at" not in {p.kind for p in parts_of(form.right)}:
                return False  # iterates, written with an index or without
            if wanted.kind == "sym" and state.of(wanted.name) is None and found.kind == "num":
                return wanted.name in standard.essential
            if wanted.kind == "num" and found.kind != "num" and form.fixed < 8 and _new(found, state):
                return False
            if found.kind in _PLAIN and wanted.kind not in ("sym", "num", "word") and _new(found, state):
                return False  # a letter for something that is explained elsewhere
            if wanted.kind == "sym" and wanted.name in form.once and found.kind not in ("sym", "word"):
                return False  # a special case, such as the values at the start
            return not (standard.scale and found.kind == wanted.kind == "num" and wanted.span in top)
        case "bracket":
            return not _small_inside(wanted)
        case "swapped":
            return not _weight(form, wanted)
        case "sign":
            whole = standard.scale and not minimised and wanted == form.right
            return not (standard.either_sign or whole)
        case "missing denominator":
            return False  # what is not normalised has a name of its own, which is not always told
        case "missing factor":
            if wanted.kind == "big":
                return False  # what is not normalised has a name of its own, which is not always told
            if any(_of_a_layer(part, wanted) for side in sides[-1:] for part in parts_of(side)):
                return False
            return not _parameter(form, wanted) and (not standard.scale or wanted.span not in top)
        case "missing function":
            entry = wanted.kind == "T" and found.kind == "at"  # V_{jk} for V transposed
            whole = wanted.span == form.right.span
            if itself(found, wanted):
                return False
            return not whole and wanted.kind != "norm" and not entry and not state.compound
        case "extra function":
            if found.kind in ("call", "at") and found.name not in ELEMENTARY:
                return False  # something is done to an argument before, such as dropout
            return all(found.span != side.span for side in sides)
        case "missing index":
            if _whole_vectors(sides, found):
                return False
            if any(_indexes(part, found) for side in sides for part in _outside_sums(side)):
                return True  # elsewhere it has its index
            return any(_indexes(b, found) for side in sides for b in _sums(side) if _within(found, b))
        case "extra factor":
            if standard.scale:
                return _in_one_term(found, sides) and _settled(found, state)
            return found.kind in ("num", "call", "big") or any(s == found for _, s in state.names)
        case "missing term":
            if slip.span.end == 0 and not usual:
                return False  # the whole rest of a sum
            if any(p.name == "Dots" for side in sides for p in parts_of(side)):
                return False
            if wanted == ONE and found.kind != "none":
                return True  # x for 1 - x
            if _sum_by_name(form, state, wanted):
                return False
            if any(_within(wanted, p.parts[-2]) for p in parts_of(form.right) if p.kind == "diff"):
                return True  # of what order a derivative is
            return not standard.scale and wanted.kind != "num" and not _parameter(form, wanted)
        case "extra term":
            return not standard.scale and found.kind == "num" and not any(map(_has_sum, sides))
        case "function" if len(sides) == 1 and {found.name, wanted.name} in _ATTAINED:
            return False  # nothing says whether the value is meant or where it is attained
        case "function":
            if found.name in _GENERIC:
                return False  # a sum is one of the things that it may be
            if wanted.kind == "big" and form.left is not None:
                head = base_of(form.left)
                meant = base_of(state.of(head.name) or head)
                return meant.name.casefold() == head.name.casefold()  # H for P is another quantity
            return found.kind != "call" or found.name in ELEMENTARY  # another name for it
        case "inverted":
            if wanted.kind == "num":  # 2 for a half: a scale, or none
                scaled = wanted.span in top and standard.scale
                return form.fixed > 6 and not scaled and not _measured(form, wanted)
            return not _parameter(form, wanted)
    return True


_FUNCTIONS = frozenset({"f", "g", "h", "phi", "varphi", "sigma", "psi"})
"""Letters that are functions, unless they have an index."""
_LEAVES = frozenset({"sym", "num"})


def _of_the_line(slip: Slip, state: State) -> bool:
    """Whether a slip against a line of the catalog is one of its own kind: a line has one form of several."""
    match slip.kind:
        case "other":
            return {slip.found.kind, slip.wanted.kind} <= _LEAVES and not _new(slip.found, state)
        case "missing function" | "extra function" | "missing index":
            return slip.wanted.kind not in ("abs", "norm") and slip.found.kind not in ("word", "at")
        case "missing factor" | "extra factor":
            return False
        case "function":
            return slip.wanted.kind not in (
                "other",
                "at",
            )  # which case an end belongs to; p(x; t) and p(x | t)
    return True


_GENERIC = frozenset({"bigoplus", "bigotimes", "bigodot", "bigsqcup", "oplus", "square", "Box"})
"""Operators that stand for any of a kind, such as a permutation-invariant aggregation."""


def _of_a_layer(part: Shape, wanted: Shape) -> bool:
    """Whether something is ``x_j`` with one more index, as ``x^{(l)}_j`` is."""
    if not part.kind == wanted.kind == "at":
        return False
    return (part.parts[0] == wanted and len(part.parts) > 1) or (
        part.parts[0] == wanted.parts[0] and set(wanted.parts[1:]) < set(part.parts[1:])
    )


def _weight(form: Form, entry: Shape) -> bool:
    """Whether something is an entry ``c_{ij}`` of what a formula speaks of once: nothing says which index is
    which, nor that it is not symmetric."""
    head = entry.parts[0].name if entry.kind == "at" else ""
    return len(head) == 1 and head.islower() and head in form.once


def _mostly(wanted: Shape, kept: Shape) -> bool:
    """Whether a part has more to tell than the rest of a formula."""
    rest = set(letters_of(kept))
    return wanted.size > kept.size or len(set(letters_of(wanted)) - rest) > len(rest)


def _in_one_term(found: Shape, sides: list[Shape]) -> bool:
    """Whether a factor belongs to one term of a sum, so that it is no scale of the whole."""
    return any(
        _within(found, term)
        for side in sides
        for part in parts_of(side)
        if part.kind == "add" and len(part.parts) > 1
        for term in part.parts
    )


def _settled(found: Shape, state: State) -> bool:
    """Whether something consists of what the known formula speaks of, and is more than a number."""
    letters = {name for _, image in state.names for name in letters_of(image)}
    mine = set(letters_of(found))
    return bool(mine) and mine <= letters


def _iterate(found: Shape, state: State) -> bool:
    """Whether something is one of a sequence, of which the form has the limit: ``V_k`` and ``V_{k+1}``."""
    entries = [e for e in (found, *found.parts[:1]) if e.kind == "at"]
    images = [image for _, image in state.names if image.kind == "at"]
    return any(e.parts[0] == i.parts[0] for e in entries for i in images)


def _plain_slip(slip: Slip) -> bool:
    """Whether a slip is of the kinds that leave all of a formula in its place."""
    if slip.kind == "other":
        return {slip.found.name, slip.wanted.name} <= _INDICES
    turned = slip.kind == "missing function" and slip.wanted.kind == "T"
    return turned or slip.kind in ("sign", "swapped", "bracket", "inverted")


_INDICES = frozenset("ijklmnt")


def _settled_by_left(form: Form, state: State) -> set[str]:
    """The letters that the left side gives, if it is the form's own: what they stand for is no choice."""
    letters = set(letters_of(form.left)) if form.left is not None and form.left.size > 1 else set()
    return letters if letters <= {name for name, _ in state.names} else set()


def same_but_for_case(one: Shape, other: Shape) -> bool:
    """Whether one is the other with capital letters for small ones."""
    if one.kind != other.kind or len(one.parts) != len(other.parts):
        return False
    alike = one.name == other.name or (one.kind == "sym" and one.name.casefold() == other.name.casefold())
    return alike and all(map(same_but_for_case, one.parts, other.parts))


def same_but_labelled(one: Shape, other: Shape) -> bool:
    """Whether one is the other with one more index on its name."""
    for plain, labelled in ((one, other), (other, one)):
        if labelled.kind == "at" and labelled.parts[0] == plain:
            return True
    if one.kind == other.kind == "at" and len(one.parts) == len(other.parts):
        return same_but_labelled(one.parts[0], other.parts[0])
    return False


def all_customary(form: Form, state: State) -> bool:
    """Whether a short form stands on the page in its customary letters, all of them."""
    letters = set(letters_of(form.right))
    return len(letters - EVERYWHERE) > 2 and letters <= set(customary(state))


_AMBIGUOUS = frozenset(
    ["missing denominator", "missing term", "extra term", "missing factor", "extra factor", "operation"]
)
"""What, twice over, makes another formula."""
_ATTAINED = ({"min", "argmin"}, {"max", "argmax"})
_IN_PLACE = frozenset(["sign", "inverted", "function", "bracket", "operation", "swapped"])
"""What leaves all of a formula where it is, or nearly."""
_LOSSES = frozenset({"missing factor", "missing term"})
_PLAIN = frozenset({"sym", "at", "num", "word", "const"})


def _new(shape: Shape, state: State) -> bool:
    """Whether a name on the page stands for no letter of the form so far, with any index."""
    images = [image for _, image in state.names]
    if shape in images:
        return False
    if shape.kind in _PLAIN:
        return base_of(shape) not in {base_of(i) for i in images}
    return not any(part in images for part in parts_of(shape) if part.kind in _PLAIN)


def base_of(shape: Shape) -> Shape:
    """A name without its index."""
    while shape.kind in ("at", "prime", "T") and shape.parts:
        shape = shape.parts[0]
    name, mark, label = shape.name.rpartition("_")
    labelled = mark and (label.isdigit() or label.startswith("("))
    return Shape(shape.kind, name, shape.parts) if labelled else shape


def _has_sum(shape: Shape) -> bool:
    return _has(shape, ("big",))


def _sums(shape: Shape) -> Iterator[Shape]:
    if shape.kind == "big":
        yield shape
    for part in shape.parts:
        yield from _sums(part)


def _outside_sums(shape: Shape) -> Iterator[Shape]:
    """The entries of a formula that no sum runs over."""
    if shape.kind == "at":
        yield shape
    if shape.kind not in ("big", "int"):
        for part in shape.parts:
            yield from _outside_sums(part)


def value_of(found: Shape, wanted: Shape) -> bool:
    """Whether one is the other with the variable that has it: ``P(X = x)`` and ``P(x)``."""
    return found.kind == "other" and found.name == "Relation =" and found.parts[-1] == wanted


def _sum_by_name(form: Form, state: State, term: Shape) -> bool:
    """Whether what is left of a sum without a term is a letter that can stand for the sum: ``S`` for
    ``H P H^T + R``."""
    for rest in beside(term, form.right):
        image = state.of(rest.name) if rest.kind == "sym" else None
        if image is not None and base_of(image).name.split("_")[0] != rest.name.split("_")[0]:
            return True
    return False


def beside(term: Shape, whole: Shape) -> Iterator[Shape]:
    """What is left of each sum of two without a term."""
    for part in parts_of(whole):
        if part.kind == "add" and term in part.parts and len(part.parts) == 2:
            yield next((p for p in part.parts if p != term), term)


def itself(found: Shape, wanted: Shape) -> bool:
    """Whether what lacks a function is a function of its own, which can be the one that is meant: ``g(z)``
    in ``1 - g(z)^2``."""
    return found.kind == "at" and wanted.kind == "call" and base_of(found).name in _FUNCTIONS


def _whole_vectors(sides: list[Shape], found: Shape) -> bool:
    """Whether the left side is a function of a vector, and no entry of it: ``softmax(x) = exp(x) / ...``."""
    left = sides[0]
    return len(sides) > 1 and left.kind in ("call", "at") and found in left.parts


def _within(part: Shape, whole: Shape) -> bool:
    return whole.span.start <= part.span.start and part.span.end <= whole.span.end


def _indexes(shape: Shape, base: Shape) -> bool:
    """Whether ``base`` has an index somewhere in ``shape``."""
    if shape.kind == "at" and shape.parts[0] == base:
        return True
    return any(_indexes(p, base) for p in shape.parts)


def _parameter(form: Form, wanted: Shape) -> bool:
    """Letters that occur once: a weight that may be 1, an offset that may be 0, a scale or its inverse."""
    letters = list(letters_of(wanted.parts[0] if wanted.kind == "at" else wanted))
    if not letters or set(letters) & set(form.standard.essential):
        return False
    return set(letters) <= form.once and not _has(wanted, ("call", "big", "int", "word"))


def _measured(form: Form, number: Shape) -> bool:
    """Whether a number stands beside a letter that occurs once: in what unit that is may vary."""
    for part in parts_of(form.right):
        if part.kind == "mul" and any(p.span == number.span and p == number for p in part.parts):
            return not form.once.isdisjoint(letters_of(part))
    return False


def _has(shape: Shape, kinds: tuple[str, ...]) -> bool:
    return shape.kind in kinds or any(_has(p, kinds) for p in shape.parts)


def without(shape: Shape, part: Shape, bare: bool) -> Shape:
    """What is left of a form if a part of it is missing; ``bare``: only what stands around something is."""
    if bare and shape == part and shape.span == part.span:
        return part.parts[0]
    kept = [(p, s) for p, s in _signed(shape) if bare or p.span != part.span or p != part]
    parts = tuple(without(p, part, bare) for p, _ in kept)
    return Shape(shape.kind, shape.name, parts, tuple(s for _, s in kept), shape.span)


def _signed(shape: Shape) -> list[tuple[Shape, int]]:
    signs = shape.signs or (1,) * len(shape.parts)
    return list(zip(shape.parts, signs, strict=True))


def _positive(shape: Shape) -> Shape:
    return shape.parts[0] if shape.kind == "add" and len(shape.parts) == 1 else shape


def _small_inside(shape: Shape) -> bool:
    """Whether a number added for safety is among the parts: authors put it in or out of a root."""
    return _small(shape) or any(map(_small_inside, shape.parts))


SMALL = frozenset({"epsilon", "varepsilon", "eps"})


def _small(shape: Shape) -> bool:
    """A number added for safety."""
    return shape.kind == "sym" and shape.name in SMALL
