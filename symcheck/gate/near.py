"""How far a formula on the page is from a known one, up to the letters used: none, one slip, or more.

The letters of the known formula stand for whatever the page has in their place, the same thing each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symcheck.gate.shape import (
    NONE,
    ONE,
    OTHERWISE,
    ZERO,
    Shape,
    factors,
    negative,
    terms,
)
from symcheck.gate.variants import bracketings, slipped_variants
from symcheck.latex import Span

MAX_WORK = 20_000
_WRAPPERS = frozenset({"call", "pow", "T", "abs", "norm", "floor", "ceil", "prime"})
_FUNCTIONS = frozenset({"sigma", "Phi", "Gamma", "E", "P", "H"})
_UNORDERED = frozenset({"max", "min", "cov", "gcd", "Sum + cap", "Sum + cup"})
_OF_BOTH = frozenset({"H", "I"})  # H(X, Y) is H(Y, X)
_NORMAL = Shape("sym", "N")  # N(x; m, S), N(x | m, S)
_EVEN = frozenset({"abs", "norm"})
_OPERATIONS = ((["Sum"], ["Sum"]), (["Relation"], ["Relation"]))
ELEMENTARY = frozenset(
    ["exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "sign", "tr", "det", "var",
     "cov", "erf", "erfc", "factorial", "relu", "softmax", "diag", "binom", "sqrt", "sigmoid"]
)  # fmt: skip
"""Functions whose names say what they are."""
_PLAIN = frozenset({"sym", "at", "word", "prime", "T", "const"})


@dataclass(frozen=True, slots=True)
class Slip:
    """One difference: its ``kind``, where it is on the page, what is there and what was to be there."""

    kind: str
    span: Span
    found: Shape = NONE
    wanted: Shape = NONE


@dataclass(frozen=True, slots=True)
class State:
    """What the letters of the known formula stand for, and the slips so far."""

    names: tuple[tuple[str, Shape], ...] = ()
    slips: tuple[Slip, ...] = ()
    compound: int = 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """The less, the better: few slips, letters for letters, and the same ones."""
        same = sum(
            image.name == name or image.parts[:1] == (Shape("sym", name),) for name, image in self.names
        )
        return len(self.slips), self.compound, -same

    def of(self, name: str) -> Shape | None:
        return next((s for n, s in self.names if n == name), None)

    def slipped(self, slip: Slip) -> State:
        """This state with one more slip; the same thing made again of a number is the same slip."""
        if slip.kind == "other" and slip.wanted.kind == "num" and any(_again(slip, s) for s in self.slips):
            return self
        return State(self.names, (*self.slips, slip), self.compound)


def _again(slip: Slip, other: Slip) -> bool:
    return (slip.kind, slip.found, slip.wanted) == (other.kind, other.found, other.wanted)


class Comparison:
    """A search with at most ``most`` slips and a bound on its work."""

    def __init__(self, most: int, once: frozenset[str] = frozenset()) -> None:
        self.most = most
        self.once = once
        self.work = 0

    def states(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        """Every way in which ``page`` is ``known``, the ways without slips not necessarily first."""
        self.work += 1
        if self.work > MAX_WORK:
            return
        if known.kind == "none" or page.kind == "none":
            yield state
            return
        if known.kind == "sym":
            yield from self._letter(known, page, state)
            return
        yield from self._whole(known, page, state)
        yield from self._alike(known, page, state)
        if len(state.slips) < self.most:
            yield from self._slipped(known, page, state)

    def _can(self, state: State) -> bool:
        return len(state.slips) < self.most

    def _other(self, state: State, page: Shape, wanted: Shape) -> Iterator[State]:
        """``page`` stands in the place of ``wanted``, as it perhaps did before."""
        found = state.slipped(Slip("other", page.span, page, wanted))
        if len(found.slips) <= self.most:
            yield found

    def _letter(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        bound = state.of(known.name)
        if bound is not None:
            if bound == page:
                yield state
                return
            yield from self._other(state, page, bound)
            if self._can(state):
                yield from self._unwrapped(known, page, state)
            return
        if known.name == "I" != page.name:  # the identity
            yield from self._other(state, page, known)
            return
        if page.kind in ("num", "list", "other") or any(s == page for _, s in state.names):
            yield from self._other(state, page, known)
            return
        if (
            known.name not in self.once
            and self._can(state)
            and page.kind == "sym"
            and page.name != known.name
        ):
            yield from self._other(state, page, known)
        compound = state.compound + (page.kind not in _PLAIN)
        if compound <= 2:
            yield State((*state.names, (known.name, page)), state.slips, compound)

    def _whole(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        """An entry ``g_t`` of something that occurs nowhere else may be anything of its own."""
        if known.kind != "at" or any(p.kind != "sym" for p in known.parts):
            return
        head = known.parts[0].name
        if head not in self.once or head in _FUNCTIONS:
            return
        if (
            page.kind == "at"
            and len(page.parts) == len(known.parts)
            and all(p.kind in ("sym", "word") for p in page.parts)
        ):
            return  # with another letter as index it is another entry
        named = page.kind == "call" and page.name not in ELEMENTARY  # acc(B_m)
        if (named or page.kind in _PLAIN | _EVEN) and not any(s == page for _, s in state.names):
            yield State((*state.names, (head, page)), state.slips, state.compound)

    def _alike(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        if known.kind == "add" or page.kind == "add":
            yield from self._items(terms(known), terms(page), state, "term")
            return
        if known.kind == "mul" or page.kind == "mul":
            yield from self._items(factors(known), factors(page), state, "factor")
            return
        if known.kind == page.kind == "big":
            page = _counted_alike(known, page)
        if known.kind == page.kind == "cases":
            yield from self._rows(known.parts, page.parts, state)
            return
        if known.kind == "pow" and page.kind == "at" and len(page.parts) == 2 and self._can(state):
            lowered = state.slipped(Slip("lowered", page.span, page, known))
            yield from self._in_order(known.parts, page.parts, lowered)
        if known.kind == "at" and page.kind == "call" and known.parts[0].kind == "sym":
            page = _as_letter(page)
        bars = known.kind in _EVEN and page.kind in _EVEN  # a norm is often written with single bars
        if known.kind != page.kind and not bars:
            if known.kind == "num" and page.size <= 4:
                yield from self._other(state, page, known)
            elif known.kind == "at" and page.kind in ("sym", "num") and self._can(state):
                wanted = _image(known, state)
                if wanted is not None and wanted.parts[0].name == page.name.split("_")[0]:
                    yield from self._other(state, page, wanted)
            return
        if known.kind in ("num", "const", "word") or not known.parts:
            if known.name == page.name:
                yield state
            else:
                yield from self._other(state, page, known)
            return
        if known.name != page.name and not (known.parts[:1] == page.parts[:1] == (_NORMAL,)):
            kinds = known.name.split()[:1], page.name.split()[:1]
            alike = known.kind != "other" or kinds in _OPERATIONS
            if not self._can(state) or not alike:
                return
            state = state.slipped(Slip("function", page.span, page, known))
        if len(known.parts) != len(page.parts):
            return
        if known.kind == "at" and known.parts[0].kind == "sym":
            head = state.of(known.parts[0].name)
            if head is not None and head != page.parts[0]:
                if self._can(state):
                    other = state.slipped(Slip("other", page.span, page, known))
                    yield from self._in_order(known.parts[1:], page.parts[1:], other)
                return
        yield from self._in_order(known.parts, page.parts, state)
        even = known.kind in _EVEN or (known.kind == "pow" and known.parts[1] == Shape("num", "2"))
        if even and known.parts[0].kind == "add":
            turned = (negative(known.parts[0]), *known.parts[1:])
            yield from self._in_order(turned, page.parts, state)
        if known.kind in ("call", "other") and known.name in _UNORDERED:
            yield from self._in_order(known.parts, page.parts[::-1], state)
        elif (
            known.kind == "at"
            and len(known.parts) == 3
            and known.parts[0].name in _OF_BOTH
            and not known.name
        ):
            yield from self._in_order(known.parts, (page.parts[0], *page.parts[:0:-1]), state)
        elif known.kind in ("call", "at") and self._can(state):
            first = 0 if known.kind == "call" else 1
            arguments = page.parts[first:]
            if len(arguments) == 2 and arguments[0] != arguments[1]:
                swapped = state.slipped(Slip("swapped", page.span, page, known))
                yield from self._in_order(known.parts, (*page.parts[:first], *arguments[::-1]), swapped)

    def _rows(self, known: tuple[Shape, ...], page: tuple[Shape, ...], state: State) -> Iterator[State]:
        """Cases in any order; what one calls "otherwise" has its condition written out in another."""
        if not known:
            yield state
            return
        if len(known) != len(page):
            return
        value, condition = known[0].parts
        both_open = any(k.parts[1] == OTHERWISE for k in known) and any(p.parts[1] == OTHERWISE for p in page)
        for k, row in enumerate(page):
            rest = (*page[:k], *page[k + 1 :])
            there = row.parts[1]
            open_ended = OTHERWISE in (condition, there)
            if both_open and open_ended and condition != there:
                continue
            for found in [state] if open_ended else self.states(condition, there, state):
                for both in self.states(value, row.parts[0], found):
                    yield from self._rows(known[1:], rest, both)

    def _in_order(self, known: tuple[Shape, ...], page: tuple[Shape, ...], state: State) -> Iterator[State]:
        if not known:
            yield state
            return
        for found in self.states(known[0], page[0], state):
            yield from self._in_order(known[1:], page[1:], found)

    def _items(
        self, known: list[tuple[Shape, int]], page: list[tuple[Shape, int]], state: State, what: str
    ) -> Iterator[State]:
        """Terms or factors in any order."""
        if self.work > MAX_WORK:
            return
        if not known:
            if len(page) + len(state.slips) <= self.most:
                for item, _ in page:
                    state = state.slipped(Slip(f"extra {what}", item.span, item))
                yield state
            return
        slack = max((len(p.parts[0].parts) - 1 for p, _ in known if _opens(p)), default=0)
        if what == "factor":
            slack = max(slack, min(2, sum(_constant(p) for p, _ in known) - 1))
        if abs(len(known) - len(page)) + len(state.slips) > self.most + slack * self._can(state):
            return
        at = max(range(len(known)), key=lambda k: (known[k][0].kind != "sym", known[k][0].size))
        wanted, sign = known[at]
        rest = known[:at] + known[at + 1 :]
        for k, (item, its) in enumerate(page):
            if its != sign and not self._can(state):
                continue
            left = page[:k] + page[k + 1 :]
            here = state
            if its != sign:
                here = here.slipped(Slip("sign" if what == "term" else "inverted", item.span, item, wanted))
            for found in self.states(wanted, item, here):
                yield from self._items(rest, left, found, what)
        if self._can(state) and what == "factor" and wanted.kind == "pow" and wanted.parts[0].kind == "mul":
            bare = state.slipped(
                Slip("missing function", page[0][0].span if page else Span(0, 0), NONE, wanted)
            )
            inner = [(part, side * sign) for part, side in factors(wanted.parts[0])]
            yield from self._items(rest + inner, page, bare, what)
        if self._can(state) and what == "term":
            yield from self._complements(wanted, sign, rest, page, state)
        two = wanted.kind == "add" and wanted.signs == (1, 1)
        if self._can(state) and what == "factor" and two and len(page) > len(known):
            multiplied = state.slipped(Slip("operation", page[0][0].span, NONE, wanted))
            parts = [(part, sign) for part in wanted.parts]
            yield from self._items(rest + parts, page, multiplied, what)
        if self._can(state):
            for inside in bracketings(wanted):
                parts = terms(inside) if what == "term" else factors(inside)
                if len(parts) < 2:
                    continue
                place = page[0][0].span if page else Span(0, 0)
                moved = state.slipped(Slip("bracket", place, NONE, wanted))
                yield from self._items(rest + [(p, s * sign) for p, s in parts], page, moved, what)
                if sign < 0 and what == "term":  # the minus in front stays with the first term
                    (first, its), *others = parts
                    yield from self._items([*rest, (first, -its), *others], page, moved, what)
        if self._can(state):
            place = page[0][0].span if page else Span(0, 0)
            missing = state.slipped(Slip(f"missing {what}", place, NONE, wanted))
            yield from self._items(rest, page, missing, what)
            others = [r for r in rest if not _constant(r[0])]
            kernel = all(r[0].kind == "call" and r[0].name == "exp" for r in others)  # without its normaliser
            if what == "factor" and _constant(wanted) and 0 < len(rest) - len(others) < 3 and not kernel:
                yield from self._items(others, page, missing, what)  # 1/(2 pi) is lost as one

    def _complements(
        self,
        wanted: Shape,
        sign: int,
        rest: list[tuple[Shape, int]],
        page: list[tuple[Shape, int]],
        state: State,
    ) -> Iterator[State]:
        """``a + 1 - b`` where ``a + b`` was to stand, or the other way round."""
        for k, (item, its) in enumerate(page):
            left = page[:k] + page[k + 1 :]
            if its == -sign and (ONE, sign) in left:
                left.remove((ONE, sign))
                extra = state.slipped(Slip("extra term", item.span, replace(ONE, span=item.span), wanted))
                for found in self.states(wanted, item, extra):
                    yield from self._items(rest, left, found, "term")
            if wanted == ONE and its == sign:
                for other in (r for r in rest if r[1] == -sign):
                    missing = state.slipped(Slip("missing term", item.span, item, ONE))
                    for found in self.states(other[0], item, missing):
                        yield from self._items([r for r in rest if r is not other], left, found, "term")

    def _slipped(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        """One thing around the other is missing or too much, or the sign of the whole is turned."""
        if known.kind in _WRAPPERS and len(known.parts) == (2 if known.kind == "pow" else 1):
            missing = state.slipped(Slip("missing function", page.span, page, known))
            yield from self.states(known.parts[0], page, missing)
        yield from self._unwrapped(known, page, state)
        for kind, variant in slipped_variants(known, page):
            slipped = state.slipped(Slip(kind, page.span, page, known))
            yield from self.states(variant, page, slipped)
        if known.kind == "add" and len(known.parts) > 1 and page.kind == "add":
            turned = state.slipped(Slip("sign", page.span, page, known))
            yield from self._items(terms(negative(known)), terms(page), turned, "term")
        for whole, part, kind in ((known, page, "missing term"), (page, known, "extra term")):
            rest = _complement(whole)
            if rest is not None and _complement(part) is None:
                turned = state.slipped(Slip(kind, page.span, page, Shape("num", "1", span=known.span)))
                pair = (rest, page) if whole is known else (known, rest)
                yield from self.states(*pair, turned)
        if known.kind == "at" and page.kind in ("sym", "word") and known.name == "":
            lost = state.slipped(Slip("missing index", page.span, page, known))
            yield from self.states(known.parts[0], page, lost)

    def _unwrapped(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        if page.kind in _WRAPPERS and len(page.parts) == (2 if page.kind == "pow" else 1):
            extra = state.slipped(Slip("extra function", page.span, page, known))
            yield from self.states(known, page.parts[0], extra)


def _counted_alike(known: Shape, page: Shape) -> Shape:
    """``sum_{i=0}^{n-1} x_i`` counted from 1 if the known one is, and the other way round."""
    start, end = page.parts[1:3]
    one_less = end.kind == "add" and end.parts[1:] == (ONE,) and end.signs == (1, -1)
    index = page.parts[0]
    bare = index.kind == "sym" and not _outside_places(index, page.parts[4])
    if not bare or known.parts[1] == start:
        return page
    if (known.parts[1], start) == (ONE, ZERO) and one_less and known.parts[2].kind == "sym":
        return replace(page, parts=(index, ONE, end.parts[0], *page.parts[3:]))
    less = known.parts[2].kind == "add" and known.parts[2].parts[1:] == (ONE,)
    if (known.parts[1], start) == (ZERO, ONE) and end.kind in ("sym", "at", "word") and less:
        last = Shape("add", "", (end, ONE), (1, -1), end.span)
        return replace(page, parts=(index, ZERO, last, *page.parts[3:]))
    return page


def _outside_places(index: Shape, body: Shape) -> bool:
    """Whether an index counts, apart from saying which entry is meant."""
    if body == index:
        return True
    places = body.parts[1:] if body.kind == "at" else ()
    return any(_outside_places(index, part) for part in body.parts if not (part == index and part in places))


def _constant(shape: Shape) -> bool:
    """A number made of numbers: 2, pi, sqrt(2 pi)."""
    return shape.kind in ("num", "const") or (
        shape.kind in ("pow", "mul", "add") and all(map(_constant, shape.parts))
    )


def _as_letter(call: Shape) -> Shape:
    """``sim(a, b)`` as what a letter for a function can stand for."""
    if call.name in ELEMENTARY:
        return call
    return Shape("at", "", (Shape("word", call.name, span=call.span), *call.parts), span=call.span)


def _image(known: Shape, state: State) -> Shape | None:
    """What stands for a part of the known formula, if all of its letters are settled."""
    if known.kind == "sym":
        return state.of(known.name)
    parts = [_image(p, state) for p in known.parts]
    settled = tuple(p for p in parts if p is not None)
    return replace(known, parts=settled) if len(settled) == len(parts) else None


def _opens(shape: Shape) -> bool:
    """Whether a bracket around several things could be lost."""
    return bool(shape.parts) and shape.kind in ("pow", "call") and shape.parts[0].kind in ("mul", "add")


def _complement(shape: Shape) -> Shape | None:
    """The x of 1 - x."""
    if shape.kind == "add" and len(shape.parts) == 2:
        for at in (0, 1):
            if (shape.parts[at], shape.signs[at], shape.signs[1 - at]) == (Shape("num", "1"), 1, -1):
                return shape.parts[1 - at]
    return None


def compare(
    known: Shape, page: Shape, start: State | None = None, most: int = 1, once: frozenset[str] = frozenset()
) -> State | None:
    """How ``page`` is ``known`` with the fewest slips, ``None`` if they are more than ``most``.

    ``once`` are the letters that the known formula uses only once."""
    return next(iter(explanations(known, page, start, most, once)), None)


def explanations(
    known: Shape, page: Shape, start: State | None = None, most: int = 1, once: frozenset[str] = frozenset()
) -> list[State]:
    """Every way in which ``page`` is ``known`` with the fewest slips, the best first; none if they are
    more than ``most``.  Of ways without slips only one is told."""
    for allowed in range(most + 1):
        search = Comparison(allowed, once)
        found: dict[tuple[Slip, ...], State] = {}
        for state in search.states(known, page, start or State()):
            same = found.get(state.slips)
            if same is None or state.rank < same.rank:
                found[state.slips] = state
            if not state.slips or search.work > MAX_WORK:
                break
        if found:
            fewest = min(len(slips) for slips in found)
            return sorted((s for s in found.values() if len(s.slips) == fewest), key=lambda s: s.rank)
    return []
