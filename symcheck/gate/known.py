"""Statements next to the name of a standard quantity, compared with the forms in which it is right."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from symcheck.gate.choices import Said, chosen, estimate_for_truth
from symcheck.gate.documents import Passage
from symcheck.gate.near import Slip, State, compare, explanations
from symcheck.gate.qualified import LEADING, gives_another, speaks_of_losses, unsigned
from symcheck.gate.shape import Shape, shape_of
from symcheck.gate.slips import (
    EVERYWHERE,
    Form,
    all_customary,
    anchors_of,
    customary,
    fixed,
    is_error,
    letters_of,
    parts_of,
    without,
)
from symcheck.gate.standard_names import known_forms, name_like, named, names_beside, own_names, squashed
from symcheck.gate.standards import Standard
from symcheck.gate.values import same_value
from symcheck.latex import Statement, parse

UNMISTAKABLE = 6


@dataclass(frozen=True)
class Near:
    """What a statement is, or nearly is; ``slip`` is ``None`` if it is right, and then ``exact`` if every
    letter of the form stands for a letter."""

    form: Form
    name: str
    slip: Slip | None
    exact: bool = False


@cache
def forms_of(standard: Standard) -> tuple[Form, ...]:
    found: list[Form] = []
    for latex in standard.forms:
        for statement in parse(latex).statements:
            sides = [shape_of(side) for side in statement.sides]
            if len(sides) == 1:
                found.append(Form(standard, latex, None, "", sides[0]))
            if statement.operators == ("=",) and sides[0].kind in ("add", "mul") and not name_like(sides[0]):
                found.append(Form(standard, latex, None, "=", equation(*sides)))
                continue
            for operator, right in zip(statement.operators, sides[1:], strict=False):
                found.append(Form(standard, latex, sides[0], _operator(operator), right))
    return tuple(found)


def equation(left: Shape, right: Shape) -> Shape:
    """Two sides as one, where the left one is no name of the other; brought to one side if that is all."""
    return Shape("equation", "", (left, right), span=left.span | right.span)


def _operator(sign: str) -> str:
    return "=" if sign in ("=", ":=", "equiv", "<-", "<=>") else sign


def nearest(passage: Passage, statement: Statement) -> Near | None:
    """What the standards say of a statement: right, or one slip away from what it is said to be."""
    sides = [shape_of(side) for side in statement.sides]
    if not sides or max(s.size for s in sides) > 160:
        return None
    slipped: list[Near] = []
    alone = len(sides) == 1
    minimised = speaks_of_losses(passage) and not alone
    owned, others = own_names(passage, sides), names_beside(passage, sides)
    beside = len(parse(passage.latex).statements) > 1
    near = passage.before[-LEADING:] + passage.after[:LEADING] + passage.following[:LEADING]
    about = [(s, name, forms_of(s)) for s, name in named(passage, statement)]
    named_ones = {id(s) for s, _, _ in about}
    if passage.fragment.display:
        about += _unnamed(sides, named_ones)
    for standard, name, forms in about:
        here: list[Near] = []
        for form in forms:
            unnamed = id(standard) not in named_ones
            most = 2 if not unnamed and _long(form) else 1
            ways = _closest(form, sides, statement.operators, most)
            if not ways:
                continue
            found = ways[0]
            if not found.slips:
                if unnamed and not _unmistakable(form, found):
                    continue
                if found.compound and form.right.size < 8:
                    continue  # letters that stand for formulas make a short form everything
                if (turned := estimate_for_truth(forms, sides)) is not None:
                    return Near(turned[0], name, turned[1])
                return Near(form, name, None, exact=not found.compound)
            if unnamed and (found.compound or not _unmistakable(form, found)):
                continue  # nobody says that it is this, nor that a letter of this stands for a formula
            if alone and not passage.fragment.display and not passage.fills_cell:
                continue  # an expression in running text is mentioned for many reasons
            whole = [equation(*sides)] if form.right.kind == "equation" else sides
            spelled = {squashed(name) for name in standard.names}
            own = not owned.isdisjoint(spelled)
            if not own and not others.isdisjoint(spelled):
                continue  # AIC, beside which it says what BIC is
            # a way to see it as a convention is enough: nobody knows which letter stands for which
            plain = [way for way in ways if way is found or _as_plain(way, found)]
            said = Said(own, unnamed, minimised, beside, near)
            errors = all(
                is_error(form, way, whole, minimised, own) and not chosen(form, way, whole, said)
                for way in plain
            )
            excused = unsigned(passage, found.slips) or gives_another(passage, statement, form, name)
            if errors and not excused:
                if unnamed and _met(standard, sides, statement.operators):
                    continue  # what is near is another form of the same thing
                right = found.slips[0].span.start >= sides[-1].span.start
                if right and same_value(form.right, sides[-1], found):
                    return Near(form, name, None)
                here.append(Near(form, name, found.slips[0]))
        another = here and here[0].slip is not None and here[0].slip.kind == "extra function"
        if another and any(_by_another_index(form, sides, statement.operators) for form in forms):
            continue
        slipped += here[:1]
    return slipped[0] if slipped else None


def _met(standard: Standard, sides: list[Shape], operators: tuple[str, ...]) -> bool:
    """Whether a statement is one of the forms of a standard, to the letter."""
    ways = (_closest(form, sides, operators, 0) for form in forms_of(standard))
    return any(found and not found[0].slips for found in ways)


def _as_plain(way: State, best: State) -> bool:
    """Whether a further way to read letters is as plausible as the best: their images are no larger."""
    kinds = {slip.kind for slip in way.slips}
    if any({f"missing {part}", f"extra {part}"} <= kinds for part in ("factor", "term")):
        return False  # one thing lost and another put in its place: so anything can be read
    return way.rank == best.rank and _breadth(way) <= _breadth(best)


def _breadth(way: State) -> int:
    return sum(image.size for _, image in way.names)


def _long(form: Form) -> bool:
    """Whether a form consists of so much that two slips are still slips."""
    return form.right.size >= 20 and form.fixed > UNMISTAKABLE


Anchors = frozenset[tuple[str, int]]
"""What a shape consists of besides letters, and how often each."""


@cache
def forms_by_make() -> dict[Anchors, tuple[tuple[int, Form, frozenset[str]], ...]]:
    """The forms with their place and their letters, by what they consist of besides letters."""
    found: dict[Anchors, list[tuple[int, Form, frozenset[str]]]] = {}
    places = itertools.count()
    for standard in known_forms():
        for form in forms_of(standard):
            letters = frozenset(map(_plain_name, form.letters))
            entry = (next(places), form, letters)
            found.setdefault(frozenset(form.anchors.items()), []).append(entry)
    return {anchors: tuple(entries) for anchors, entries in found.items()}


@lru_cache(maxsize=4096)
def _like(anchors: Anchors) -> tuple[tuple[Form, frozenset[str], int], ...]:
    """The forms that consist of nearly the same things besides letters, with their letters and how many
    things these are; those of the fewest things first."""
    here = dict(anchors)
    size = sum(here.values())
    found = []
    for known, entries in forms_by_make().items():
        near = sum(times for _, times in known)
        if abs(near - size) > 2:
            continue
        shared = sum(min(times, here.get(name, 0)) for name, times in known)
        if near + size - 2 * shared <= 3:
            found += [(near, place, form, letters) for place, form, letters in entries]
    found.sort(key=lambda entry: entry[:2])
    return tuple((form, letters, near) for near, _, form, letters in found)


def _plain_name(letter: str) -> str:
    return letter.split("_")[0]


def _unnamed(sides: list[Shape], known: set[int]) -> Iterator[tuple[Standard, str, tuple[Form, ...]]]:
    """The forms that consist of nearly the same things as a statement that no words name."""
    side = sides[-1] if len(sides) < 3 else sides[1]
    if side.size < 5:
        return
    letters = frozenset(map(_plain_name, letters_of(side)))
    for form, theirs, things in _like(frozenset(anchors_of(side).items())):
        if id(form.standard) in known:
            continue
        if things < UNMISTAKABLE and len(theirs - letters) > 1 + len(theirs) // 6:
            continue
        yield form.standard, form.standard.names[0], (form,)


def _by_another_index(form: Form, sides: list[Shape], operators: tuple[str, ...]) -> bool:
    """Whether a statement is a form but for the indices of its letter: D_{n,m} for D_n."""
    if form.left is None or len(sides) != 2 or _letter(sides[0]) != _letter(form.left):
        return False
    ways = _closest(replace(form, left=sides[0]), sides, operators, 1)
    return bool(ways) and not ways[0].slips and not ways[0].compound


def _letter(shape: Shape) -> str:
    while shape.kind in ("at", "pow") and shape.parts:
        shape = shape.parts[0]
    return shape.name


def _unmistakable(form: Form, found: State) -> bool:
    """Whether coming so close to a form is no accident, with or without words that name it: it consists of
    very much, or of enough in its customary letters."""
    kept = form.right  # what stands on the page says what it is, and not what is missing
    for slip in found.slips:
        if slip.kind == "missing factor":
            kept = without(kept, slip.wanted, False)
    if anchors_of(kept).total() >= UNMISTAKABLE and fixed(kept) > UNMISTAKABLE:
        return True
    letters = form.letters | set(letters_of(form.left) if form.left is not None else ())
    same = customary(found)
    told = {name for name in same if name not in EVERYWHERE}
    alike = len(same) + 1 + len(letters) // 6 >= len(letters)
    by_letters = len(told) > 1 and len(same) + form.fixed >= UNMISTAKABLE + 2
    if alike and (by_letters or len(same) + fixed(kept) >= 2 * UNMISTAKABLE):
        return True
    plain = not found.slips or found.slips[0].kind in ("sign", "bracket", "operation", "missing term")
    return plain and all_customary(form, found)


def _closest(form: Form, sides: list[Shape], operators: tuple[str, ...], most: int = 1) -> list[State]:
    """The ways in which a statement is a form with the fewest slips, the best first."""
    if form.right.kind == "equation":
        if len(sides) != 2 or operators != ("=",):
            return []
        return explanations(form.right, equation(*sides), most=most, once=form.once)
    best: list[State] = []
    for left, operator, right in _readings(sides, operators):
        if operator != (form.operator if form.left is not None else "=") and left is not None:
            continue
        if left is not None and not name_like(left) and not _the_same(form.left, left):
            continue
        identity = form.left is not None and not name_like(form.left)
        if identity and (left is None or not _the_same(form.left, left)):
            continue  # it is about its left side
        if left is not None and form.left is not None and _relates(left) != _relates(form.left):
            continue  # of the probability of an event, a form for other things says nothing
        for start in _starts(form, left):
            found = explanations(form.right, right, start, most, form.once)
            if found and (not best or len(found[0].slips) < len(best[0].slips)):
                best = found
        if left is not None and form.left is not None and form.standard.exact_left:
            by_right = _by_right(form, left, right)
            if by_right is not None and (not best or (best[0].slips == () != by_right.slips)):
                best = [by_right]
    return best


def _relates(shape: Shape) -> bool:
    return any(p.kind == "other" and p.name.startswith("Relation") for p in parts_of(shape))


def _by_right(form: Form, left: Shape, right: Shape) -> State | None:
    """A right side without a slip, and a left side of the same make with one."""
    if form.left is None or form.left.kind != left.kind or form.left.parts[:1] != left.parts[:1]:
        return None
    settled = compare(form.right, right, once=form.once, most=0)
    if settled is None:
        return None
    found = compare(form.left, left, settled)
    return found if found is not None and found.slips else None


def _the_same(known: Shape | None, left: Shape) -> bool:
    """Whether a left side that is no name is what an identity speaks of: ``(f g)'``."""
    return known is not None and known.size > 2 and compare(known, left, most=0) is not None


def _readings(sides: list[Shape], operators: tuple[str, ...]) -> Iterator[tuple[Shape | None, str, Shape]]:
    """Each side that may be the expression of a definition, with the name in front of it."""
    if len(sides) == 1:
        yield None, "", sides[0]
    for operator, side in zip(operators, sides[1:], strict=False):
        yield sides[0], _operator(operator), side


_ENTRIES = frozenset("ijklmn")


def _starts(form: Form, left: Shape | None) -> Iterator[State]:
    """What the left sides settle about letters: the arguments of functions in their order, indices."""
    if form.left is None or left is None:
        yield State()
        return
    if left.kind == "at" and form.left.kind == "at" and len(left.parts) == 2:
        index, argument = left.parts[1], form.left.parts[-1]
        if index.name in _ENTRIES and argument.kind == "sym" and argument.name not in _ENTRIES:
            yield State()  # y_i, of which the form says what y(x) is
    settled = compare(form.left, left, most=0)
    if settled is not None:
        yield settled
    elif form.left.parts[:1] == left.parts[:1] != () and (
        len(form.left.parts) != len(left.parts) or form.left.name != left.name
    ):
        return  # the same function of another number of arguments, or under no condition
    elif form.left.kind != left.kind or len(form.left.parts) != len(left.parts):
        yield State()
    elif form.left.kind in ("at", "call"):
        # another name for the function; the arguments still correspond
        first = 1 if form.left.kind == "at" else 0
        pairs = zip(form.left.parts[first:], left.parts[first:], strict=True)
        yield State(tuple((a.name, b) for a, b in pairs if a.kind == "sym" and b.kind in ("sym", "at")))
