"""Small edits of a claim, to see that it would not pass if it were wrong.

Every edit replaces one node of one side and rebuilds the tree above it by ``func(*args)``; nothing is
simplified, and no bound index is renamed.  What becomes of the mutants is told in ``weigh``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import sympy as sp

from formulas import language
from formulas.chance import Expectation
from formulas.check import ShapeError, index_ranges
from formulas.language import At, Expr, Partial
from formulas.schema import Claim
from symcheck.refute.problem import problem_of

_NO_REAL: Final = (sp.nan, sp.zoo, sp.oo, sp.I)

_NOT_JUST_ADDED: Final = (sp.Sum, sp.Equality, type(sp.nan))  # under a sum

Told: TypeAlias = Callable[[], str]
Edit: TypeAlias = tuple[sp.Basic, Told]


@dataclass(frozen=True)
class Mutant:
    """The sides of an edited claim, what was edited, and by which kind of edit on which side.

    Of a thousand edits few are looked at, so what was edited is put into words when somebody asks."""

    lhs: Expr
    rhs: Expr
    side: str
    kind: str
    told: Told = field(repr=False, compare=False)

    @property
    def description(self) -> str:
        return f"{self.side} side: {self.told()}"


def _words(template: str, *parts: object) -> Told:
    return partial(template.format, *parts)


def mutants(claim: Claim) -> Iterator[Mutant]:
    """All single edits of either side that are well formed and differ from the claim and each other."""
    return (m for m in _candidates(claim) if well_formed(claim, m.lhs, m.rhs))


def sample(claim: Claim, limit: int) -> list[Mutant]:
    """At most ``limit`` of the mutants, in the order of ``mutants``: the same ones in every process.

    The kinds of edit take turns, those of the right side and those of the left apart; the edits of one kind
    come from all over the side, the middle before the quarters."""
    every = list(_candidates(claim))
    by_kind: dict[tuple[str, str], list[int]] = {}
    for k, mutant in enumerate(every):
        by_kind.setdefault((mutant.side, mutant.kind), []).append(k)
    turns = itertools.zip_longest(
        *([places[k] for k in _halving(len(places))] for places in by_kind.values())
    )
    ordered = (k for turn in turns for k in turn if k is not None)
    fit = (k for k in ordered if well_formed(claim, every[k].lhs, every[k].rhs))
    return [every[k] for k in sorted(itertools.islice(fit, limit))]


def _halving(count: int) -> list[int]:
    """0 to ``count - 1``, so that however many come first are spread evenly (van der Corput's sequence)."""
    digits = max(count - 1, 1).bit_length()
    return sorted(range(count), key=lambda k: f"{k:0{digits}b}"[::-1])


def _candidates(claim: Claim) -> Iterator[Mutant]:
    seen: set[tuple[Expr, Expr]] = {(claim.lhs, claim.rhs)}
    for name, side in (("right", claim.rhs), ("left", claim.lhs)):
        for edited, what, kind in _edits(side):
            sides = (claim.lhs, edited) if name == "right" else (edited, claim.rhs)
            if sides not in seen:
                seen.add(sides)
                yield Mutant(*sides, name, kind, what)


def well_formed(claim: Claim, lhs: Expr, rhs: Expr) -> bool:
    """Whether it is about real numbers, shapes fit and no index is free that is not free in the claim."""
    if _beyond_numbers(lhs) or _beyond_numbers(rhs):
        return False
    try:
        free = set(index_ranges(lhs, rhs))
        problem_of(claim, sides=(lhs, rhs))
    except ShapeError:
        return False
    return free <= set(index_ranges(claim.lhs, claim.rhs))


def _beyond_numbers(e: Expr) -> bool:
    """Whether an infinity or the like stands in ``e``; that an axis has no end does not count."""
    seen: set[sp.Basic] = set()
    todo: list[sp.Basic] = [e]
    while todo:
        part = todo.pop()
        if part in _NO_REAL:
            return True
        if part not in seen and not isinstance(part, sp.Indexed):
            seen.add(part)
            todo += part.args
    return False


def _edits(e: sp.Basic) -> Iterator[tuple[Any, Told, str]]:
    """Every single edit of ``e`` and of its parts: what becomes of it, what was done, the kind of edit."""
    for edit in _EDITS:
        yield from ((edited, what, edit.__name__) for edited, what in edit(e))
    for k, part in enumerate(e.args):
        if not _is_open(e, k):
            continue
        for edited, what, kind in _edits(part):
            try:
                yield _put(e, k, edited), what, kind
            except (TypeError, ValueError, ZeroDivisionError):
                continue


def _put(e: sp.Basic, k: int, part: sp.Basic) -> sp.Basic:
    """``e`` with its k-th argument exchanged, as ``e.func`` makes it."""
    if isinstance(e, sp.Sum) and not isinstance(part, _NOT_JUST_ADDED) and not _has_cases(part):
        # its limits are as they were, which SymPy would find by walking through ``part`` several times
        found = sp.Expr.__new__(sp.Sum, part, *e.limits)
        found.is_commutative = part.is_commutative
        return found
    return e.func(*e.args[:k], part, *e.args[k + 1 :])


@lru_cache(maxsize=10_000)
def _has_cases(e: sp.Basic) -> bool:
    return isinstance(e, sp.Piecewise) or any(_has_cases(a) for a in e.args)


def _is_open(e: sp.Basic, k: int) -> bool:
    """Whether the k-th argument may be edited: no tensor's name, no bounds, no variable of a derivative."""
    if isinstance(e, sp.Indexed):
        return k > 0
    if isinstance(e, At):
        return k == 3
    if isinstance(e, sp.Sum | Partial):
        return k == 0
    return not isinstance(e, sp.IndexedBase | sp.KroneckerDelta)


def _signs(e: sp.Basic) -> Iterator[Edit]:
    if isinstance(e, sp.Add):
        for k, term in enumerate(e.args):
            yield sp.Add(*e.args[:k], -term, *e.args[k + 1 :]), _words("the sign of {} flipped", term)
    elif isinstance(e, sp.Sum | Partial | sp.Function) and not isinstance(e, sp.KroneckerDelta):
        yield -e, _words("the sign of {} flipped", e)


def _dropped(e: sp.Basic) -> Iterator[Edit]:
    if isinstance(e, sp.Add | sp.Mul | sp.Max | sp.Min):
        for k, part in enumerate(e.args):
            if part != -1:
                yield e.func(*e.args[:k], *e.args[k + 1 :]), _words("{} dropped", part)


def _exponents(e: sp.Basic) -> Iterator[Edit]:
    if isinstance(e, sp.Pow):
        for step in (1, -1):
            yield sp.Pow(e.base, e.exp + step), _words("exponent {} of {} changed by {}", e.exp, e.base, step)
    elif isinstance(e, sp.Indexed) or (isinstance(e, sp.Symbol) and not e.is_integer):
        yield sp.Pow(e, 2), _words("{} squared", e)


def _constants(e: sp.Basic) -> Iterator[Edit]:
    if isinstance(e, sp.Rational) and e not in (0, -1):
        yield e + 1, _words("{} replaced by {}", e, e + 1)
        yield (e / 2, _words("{} halved", e)) if e.is_Integer else (2 * e, _words("{} doubled", e))
    elif e == 0:
        yield sp.Integer(1), _words("0 replaced by 1")


def _indices(e: sp.Basic) -> Iterator[Edit]:
    """Indices exchanged within one entry; and one index put for another, which ``well_formed`` weighs."""
    if isinstance(e, sp.Indexed):
        for a, b in itertools.combinations(range(1, len(e.args)), 2):
            args = list(e.args)
            args[a], args[b] = args[b], args[a]
            yield e.func(*args), _words("indices of {} exchanged", e)
    elif isinstance(e, sp.Add | sp.Mul | sp.Sum | Partial | sp.Function):
        free = sorted(_free_indices(e), key=str)
        for i, j in itertools.permutations(free, 2):
            yield _renamed(e, {i: j}), _words("{} replaced by {} in {}", i, j, e)


def _free_indices(e: sp.Basic) -> set[sp.Symbol]:
    try:
        return set(index_ranges(e))
    except ShapeError:
        return set()


def _renamed(e: sp.Basic, names: dict[sp.Symbol, sp.Symbol]) -> sp.Basic:
    """``e`` with free indices renamed; left alone where a sum binds a name that would be captured."""
    if isinstance(e, sp.Symbol):
        return names.get(e, e)
    if isinstance(e, sp.Sum) and {limits[0] for limits in e.limits} & {*names, *names.values()}:
        return e
    if not e.args or isinstance(e, sp.IndexedBase):
        return e
    return e.func(*[_renamed(a, names) for a in e.args])


_SWAPS: Final[dict[Any, Any]] = {
    sp.sin: sp.cos,
    sp.cos: sp.sin,
    sp.tanh: language.sigmoid,
    sp.erf: sp.tanh,
    sp.Max: sp.Min,
    sp.Min: sp.Max,
    language.sigmoid: sp.tanh,
    language.softplus: language.sigmoid,
    language.Phi: language.normal_density,
    language.normal_density: language.Phi,
}


def _functions(e: sp.Basic) -> Iterator[Edit]:
    other = _SWAPS.get(e.func) if e.args else None
    if other is not None:
        yield other(*e.args), _words("{} replaced by {} in {}", e.func.__name__, other.__name__, e)
    elif isinstance(e, sp.exp | sp.log | sp.Abs | Expectation):
        yield e.args[0], _words("{} of {} dropped", e.func.__name__, e.args[0])


def _deltas(e: sp.Basic) -> Iterator[Edit]:
    if isinstance(e, sp.KroneckerDelta):
        yield sp.Integer(1), _words("{} replaced by 1", e)
        yield sp.Integer(0), _words("{} replaced by 0", e)


def _tensors(e: sp.Basic) -> Iterator[Edit]:
    """Tensors of one shape put for each other, within one product, sum or function."""
    if not isinstance(e, sp.Add | sp.Mul | sp.Sum | sp.Function):
        return
    tensors = sorted({a.base for a in e.atoms(sp.Indexed)}, key=str)
    for s, t in itertools.combinations(tensors, 2):
        if s.shape == t.shape:
            yield exchanged(e, s, t), _words("{} and {} exchanged in {}", s, t, e)


def exchanged(e: sp.Basic, s: sp.IndexedBase, t: sp.IndexedBase) -> sp.Basic:
    """``e`` with two tensors put for each other."""
    if isinstance(e, sp.Indexed):
        other = t if e.base == s else s if e.base == t else e.base
        return other[e.indices]
    return e.func(*[exchanged(a, s, t) for a in e.args]) if e.args else e


_EDITS: Final[tuple[Callable[[sp.Basic], Iterator[Edit]], ...]] = (
    _signs, _dropped, _exponents, _constants, _indices, _functions, _deltas, _tensors,
)  # fmt: skip
