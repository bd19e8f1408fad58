"""Sums of products, written with few operations: like terms joined, common factors taken out.

Used for cotangents, whose contributions share most of their factors.  It never touches the sums of the
forward program, whose order was chosen for stability.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from codegen.ir import BATCH, Builder, Const, Map, OneHot, Ref


@dataclass
class Monomial:
    """``coefficient * product(above) / product(below)``."""

    coefficient: float = 1.0
    above: Counter[Ref] = field(default_factory=Counter)
    below: Counter[Ref] = field(default_factory=Counter)

    def without(self, common: Monomial) -> Monomial:
        above, below = self.above - common.above, self.below - common.below
        return Monomial(self.coefficient * common.coefficient, above, below)

    def split(self, inside: Callable[[Ref], bool]) -> Monomial:
        """Moves the factors for which ``inside`` holds to a monomial of their own."""
        above = Counter({r: n for r, n in self.above.items() if inside(r)})
        below = Counter({r: n for r, n in self.below.items() if inside(r)})
        self.above -= above
        self.below -= below
        return Monomial(1.0, above, below)

    @property
    def key(self) -> tuple[tuple[tuple[Ref, int], ...], tuple[tuple[Ref, int], ...]]:
        return tuple(sorted(self.above.items())), tuple(sorted(self.below.items()))


def monomial(b: Builder, ref: Ref) -> Monomial:
    """A value taken apart through products, quotients, squares and signs."""
    found = Monomial()
    _take(b, ref, found, found.above, found.below)
    shared = found.above & found.below
    found.above -= shared
    found.below -= shared
    return found


def _take(b: Builder, ref: Ref, into: Monomial, above: Counter[Ref], below: Counter[Ref]) -> None:
    node = b.node(ref)
    if isinstance(node, Const) and node.value != 0:
        into.coefficient = (
            into.coefficient * node.value if above is into.above else into.coefficient / node.value
        )
    elif isinstance(node, Map) and node.op == "neg":
        into.coefficient = -into.coefficient
        _take(b, node.args[0], into, above, below)
    elif isinstance(node, Map) and node.op == "mul":
        for arg in node.args:
            _take(b, arg, into, above, below)
    elif isinstance(node, Map) and node.op == "square":
        for _ in range(2):
            _take(b, node.args[0], into, above, below)
    elif isinstance(node, Map) and node.op == "div":
        _take(b, node.args[0], into, above, below)
        _take(b, node.args[1], into, below, above)
    else:
        above[ref] += 1


def collect(b: Builder, terms: Sequence[Ref]) -> Ref:
    """The sum of ``terms``."""
    if len(terms) == 1:
        return product(b, monomial(b, terms[0]))
    joined: dict[object, Monomial] = {}
    for term in terms:
        m = monomial(b, term)
        if m.key in joined:
            joined[m.key].coefficient += m.coefficient
        else:
            joined[m.key] = m
    kept = [m for m in joined.values() if m.coefficient != 0]
    places = [m for m in kept if any(isinstance(b.node(r), OneHot) for r in m.above)]
    if places and len(places) < len(kept):
        # a target adds these at one place of a row: joining them with the rest would cost a pass
        rest = [m for m in kept if not any(m is p for p in places)]
        return _plain(b, [monomial(b, _sum(b, rest)), *places])
    return _sum(b, kept)


def _sum(b: Builder, terms: list[Monomial]) -> Ref:
    if not terms:
        return b.const(0)
    if len(terms) == 1:
        return product(b, terms[0])
    common = _common(terms)
    if all(t.coefficient < 0 for t in terms):
        common.coefficient = -1.0
    if common.above or common.below:
        inner = _sum(b, [t.without(common) for t in terms])
        common.above[inner] += 1
        return product(b, common)
    group = _largest_group(terms)
    if group is not None and len(group) < len(terms):
        rest = [t for t in terms if not any(t is g for g in group)]
        together = monomial(b, _sum(b, group))
        return _plain(b, [*rest, together])
    return _plain(b, terms)


def _common(terms: Sequence[Monomial]) -> Monomial:
    above, below = terms[0].above.copy(), terms[0].below.copy()
    for t in terms[1:]:
        above &= t.above
        below &= t.below
    return Monomial(1.0, above, below)


def _largest_group(terms: list[Monomial]) -> list[Monomial] | None:
    """The terms that share the factor which most of them share, if two or more do."""
    count: Counter[Ref] = Counter(f for t in terms for f in t.above)
    if not count:
        return None
    factor, times = min(count.items(), key=lambda item: (-item[1], item[0]))
    return [t for t in terms if factor in t.above] if times >= 2 else None


def _plain(b: Builder, terms: list[Monomial]) -> Ref:
    plus = [t for t in terms if t.coefficient > 0]
    minus = [Monomial(-t.coefficient, t.above, t.below) for t in terms if t.coefficient < 0]
    if not plus:
        return b.map("neg", _plain(b, minus))
    ref = product(b, plus[0])
    for t in plus[1:]:
        ref = b.map("add", ref, product(b, t))
    for t in minus:
        ref = b.map("sub", ref, product(b, t))
    return ref


def product(b: Builder, m: Monomial) -> Ref:
    """The value of a monomial.  Factors of a row are joined before they meet the factors of a point, so a
    point costs one multiplication; quotients that exist already are reused."""
    above, below = m.above.copy(), m.below.copy()
    factors: list[Ref] = []
    for under in list(below.elements()):
        for over in above:
            known = b.find(Map("div", (over, under)))
            if known is not None:
                factors.append(known)
                above -= Counter({over: 1})
                below -= Counter({under: 1})
                break
    for one, other in itertools.combinations(sorted(above), 2):
        known = b.find(Map("mul", (one, other))) or b.find(Map("mul", (other, one)))
        if known is not None and above[one] and above[other]:
            factors.append(known)
            above -= Counter({one: 1, other: 1})
    for ref, times in above.items():
        factors += [b.map("square", ref)] * (times // 2) + [ref] * (times % 2)
    levels = sorted({_level(b, r) for r in (*factors, *below)})
    top = _const(b, m.coefficient)
    bottom: Ref | None = None
    for level in levels:
        for factor in sorted(f for f in factors if _level(b, f) == level):
            top, bottom = _times(b, top, bottom, factor), None
        for divisor in sorted(d for d in below.elements() if _level(b, d) == level):
            bottom = divisor if bottom is None else b.map("mul", bottom, divisor)
    if top is None:
        top = b.const(1)
    return top if bottom is None else b.map("div", top, bottom)


def _const(b: Builder, value: float) -> Ref | None:
    return None if value == 1.0 else b.const(value)


def _times(b: Builder, over: Ref | None, under: Ref | None, factor: Ref) -> Ref:
    """``factor * over / under``, dividing first where that is cheaper."""
    if under is None:
        return factor if over is None else b.map("mul", over, factor)
    if over is None:
        return b.map("div", factor, under)
    return b.map("mul", b.map("div", over, under), factor)


def _level(b: Builder, ref: Ref) -> int:
    """0 for a number, 1 for a value of a row, 2 for a vector shared by all rows, 3 for a point."""
    axes = b.axes(ref)
    inner = any(a != BATCH for a in axes)
    return 2 * inner + (BATCH in axes)
