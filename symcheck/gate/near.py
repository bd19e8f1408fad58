"""How far a formula on the page is from a known one, up to the letters used: none, one slip, or more.

The letters of the known formula stand for whatever the page has in their place, the same thing each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symcheck.gate.shape import NONE, Shape, factors, negative, terms
from symcheck.latex import Span

MAX_WORK = 6_000
_WRAPPERS = frozenset({"call", "pow", "T", "abs", "norm", "floor", "ceil", "prime"})
_FUNCTIONS = frozenset({"sigma", "Phi", "Gamma", "E", "P", "H"})
_UNORDERED = frozenset({"max", "min", "cov", "gcd"})
_EVEN = frozenset({"abs", "norm"})
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

    def of(self, name: str) -> Shape | None:
        return next((s for n, s in self.names if n == name), None)

    def slipped(self, slip: Slip) -> State:
        return replace(self, slips=(*self.slips, slip))


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

    def _letter(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        bound = state.of(known.name)
        if bound is not None:
            if bound == page:
                yield state
            elif self._can(state):
                yield state.slipped(Slip("other", page.span, page, bound))
                yield from self._unwrapped(known, page, state)
            return
        if page.kind in ("num", "list", "other"):
            if self._can(state):
                yield state.slipped(Slip("other", page.span, page, known))
            return
        if any(s == page for _, s in state.names):
            if self._can(state):
                yield state.slipped(Slip("other", page.span, page, known))
            return
        compound = state.compound + (page.kind not in _PLAIN)
        if compound <= 2:
            yield replace(state, names=(*state.names, (known.name, page)), compound=compound)

    def _whole(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        """An entry ``g_t`` of something that occurs nowhere else may be anything of its own."""
        if known.kind != "at" or any(p.kind != "sym" for p in known.parts):
            return
        head = known.parts[0].name
        if head not in self.once or head in _FUNCTIONS:
            return
        if page.kind in _PLAIN | _EVEN and not any(s == page for _, s in state.names):
            yield replace(state, names=(*state.names, (head, page)))

    def _alike(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        if known.kind == "add" or page.kind == "add":
            yield from self._items(terms(known), terms(page), state, "term")
            return
        if known.kind == "mul" or page.kind == "mul":
            yield from self._items(factors(known), factors(page), state, "factor")
            return
        if known.kind == "pow" and page.kind == "at" and len(page.parts) == 2 and self._can(state):
            lowered = state.slipped(Slip("lowered", page.span, page, known))
            yield from self._in_order(known.parts, page.parts, lowered)
        bars = known.kind in _EVEN and page.kind in _EVEN  # a norm is often written with single bars
        if known.kind != page.kind and not bars:
            if known.kind == "num" and self._can(state) and page.size <= 4:
                yield state.slipped(Slip("other", page.span, page, known))
            return
        if known.kind in ("num", "const", "word") or not known.parts:
            if known.name == page.name:
                yield state
            elif self._can(state):
                yield state.slipped(Slip("other", page.span, page, known))
            return
        if known.name != page.name:
            alike = known.kind != "other" or known.name.split()[0] == page.name.split()[0] == "Sum"
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
        if known.kind == "call" and known.name in _UNORDERED:
            yield from self._in_order(known.parts, page.parts[::-1], state)
        elif known.kind in ("call", "at") and self._can(state):
            first = 0 if known.kind == "call" else 1
            arguments = page.parts[first:]
            if len(arguments) == 2 and arguments[0] != arguments[1]:
                swapped = state.slipped(Slip("swapped", page.span, page, known))
                yield from self._in_order(known.parts, (*page.parts[:first], *arguments[::-1]), swapped)

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
        if abs(len(known) - len(page)) + len(state.slips) > self.most:
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
        if self._can(state) and (page or what == "factor"):
            place = page[0][0].span if page else Span(0, 0)
            missing = state.slipped(Slip(f"missing {what}", place, NONE, wanted))
            yield from self._items(rest, page, missing, what)

    def _slipped(self, known: Shape, page: Shape, state: State) -> Iterator[State]:
        """One thing around the other is missing or too much, or the sign of the whole is turned."""
        if known.kind in _WRAPPERS and len(known.parts) == (2 if known.kind == "pow" else 1):
            missing = state.slipped(Slip("missing function", page.span, page, known))
            yield from self.states(known.parts[0], page, missing)
        yield from self._unwrapped(known, page, state)
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
    for allowed in range(most + 1):
        search = Comparison(allowed, once)
        best: State | None = None
        for state in search.states(known, page, start or State()):
            if best is None or (len(state.slips), state.compound) < (len(best.slips), best.compound):
                best = state
            if not best.slips or search.work > MAX_WORK:
                break
        if best is not None:
            return best
    return None
