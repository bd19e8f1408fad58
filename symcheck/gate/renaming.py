"""Formulas up to the names of their symbols: signatures, bijections, renaming without capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice, permutations

import sympy as sp

from formulas.check import free_symbols, index_ranges
from formulas.language import Expr

Names = dict[sp.Basic, sp.Basic]
MAX_BINDINGS = 200


@dataclass(frozen=True)
class Signature:
    """What an expression (or several together) speaks of."""

    tensors: tuple[sp.IndexedBase, ...]
    scalars: tuple[sp.Symbol, ...]
    indices: tuple[sp.Symbol, ...]
    ranges: Mapping[sp.Symbol, Expr]

    @classmethod
    def of(cls, *exprs: Expr) -> Signature:
        """Raises ``formulas.check.ShapeError`` for expressions that do not fit together."""
        return _signature(exprs)

    def by_name(self) -> dict[str, sp.Basic]:
        """The symbols by their names."""
        return {str(s): s for s in (*self.tensors, *self.scalars, *self.indices)}


@lru_cache(maxsize=4096)  # the forms of the catalog are asked for again and again
def _signature(exprs: tuple[Expr, ...]) -> Signature:
    ranges = index_ranges(*exprs)
    symbols = sorted(free_symbols(*exprs), key=str)
    return Signature(
        tensors=tuple(s for s in symbols if isinstance(s, sp.IndexedBase)),
        scalars=tuple(s for s in symbols if isinstance(s, sp.Symbol) and s not in ranges),
        indices=tuple(sorted(ranges, key=str)),
        ranges=ranges,
    )


def bindings(source: Signature, target: Signature, fixed: Names | None = None) -> Iterator[Names]:
    """Every bijection of the symbols of ``source`` onto those of ``target`` that keeps ranks and sizes.

    ``fixed`` is a part that is known; pairs of it that are no symbols of ``source`` are ignored.  The
    identity of names, as far as there is one, comes first.  At most ``MAX_BINDINGS`` are tried.
    """
    known = fixed or {}
    groups = [
        (source.tensors, target.tensors),
        (source.scalars, target.scalars),
        (source.indices, target.indices),
    ]
    if any(len(a) != len(b) for a, b in groups):
        return
    found = _bind(groups, known, {}, source, target)
    yield from islice((b for b in found if _hats_kept(b, source, target)), MAX_BINDINGS)


def _bind(
    groups: Sequence[tuple[Sequence[sp.Basic], Sequence[sp.Basic]]],
    known: Names,
    so_far: Names,
    source: Signature,
    target: Signature,
) -> Iterator[Names]:
    if not groups:
        yield so_far
        return
    (here, there), *rest = groups
    for image in permutations(_aligned(here, there)):
        binding: Names | None = dict(so_far)
        for a, b in zip(here, image, strict=True):
            if known.get(a, b) != b:
                binding = None
            elif binding is not None:
                binding = _extend(binding, a, b, source, target)
            if binding is None:
                break
        if binding is not None:
            yield from _bind(rest, known, binding, source, target)


def _aligned(here: Sequence[sp.Basic], there: Sequence[sp.Basic]) -> list[sp.Basic]:
    """``there``, in the order in which equal names stand opposite each other as far as there are any."""
    rest = [t for t in there if str(t) not in {str(a) for a in here}]
    by_name = {str(t): t for t in there}
    return [by_name[str(a)] if str(a) in by_name else rest.pop(0) for a in here]


def small(symbol: sp.Basic) -> bool:
    """Whether a letter is kept for a number that is added for safety: it stands for no other quantity."""
    return isinstance(symbol, sp.Symbol) and str(symbol).split("_")[0] in ("epsilon", "varepsilon", "eps")


def hatted(symbol: sp.Basic) -> bool:
    """Whether a name carries a hat, which marks an estimate: ``y_hat``, ``yhat``."""
    return str(symbol).endswith("hat")


def _hats_kept(binding: Names, source: Signature, target: Signature) -> bool:
    """Estimates go to estimates where both sides have equally many (so y and its estimate never swap)."""
    for here, there in ((source.tensors, target.tensors), (source.scalars, target.scalars)):
        if sum(map(hatted, here)) == sum(map(hatted, there)) and any(
            hatted(a) != hatted(binding[a]) for a in here
        ):
            return False
    return True


def merged(binding: Names) -> tuple[Names, Names]:
    """Common symbols for both ends of ``binding``: the names of its sources, the assumptions of its targets.

    Returns the renamings of the sources and of the targets to them.
    """
    ours: Names = {}
    theirs: Names = {}
    for a, b in binding.items():
        if isinstance(b, sp.IndexedBase):
            continue
        ours[a] = theirs[b] = sp.Symbol(str(a), **b.assumptions0) if isinstance(b, sp.Symbol) else b
    for a, b in binding.items():
        if isinstance(b, sp.IndexedBase):
            shape = tuple(theirs.get(size, size) for size in b.shape)
            ours[a] = theirs[b] = sp.IndexedBase(sp.Symbol(str(a), **b.label.assumptions0), shape=shape)
    return ours, theirs


def _extend(binding: Names, a: sp.Basic, b: sp.Basic, source: Signature, target: Signature) -> Names | None:
    """``binding`` with ``a`` to ``b`` and what that means for sizes, or ``None`` if they do not fit."""
    sizes: list[tuple[Expr, Expr]] = []
    if small(a) and not small(b):
        return None
    if isinstance(a, sp.IndexedBase):
        if len(a.shape or ()) != len(b.shape or ()):
            return None
        sizes += zip(a.shape or (), b.shape or (), strict=True)
    elif a in source.ranges:
        sizes.append((source.ranges[a], target.ranges[b]))
    out = {**binding, a: b}
    for size, other in sizes:
        if size.is_Integer or other.is_Integer:
            if size != other:
                return None
        elif out.setdefault(size, other) != other or list(out.values()).count(other) > 1:
            return None
    return out


def renamed(expr: Expr, names: Mapping[sp.Basic, sp.Basic]) -> Expr:
    """``expr`` with its free symbols replaced; bound indices are renamed first, so none captures."""
    taken = {s.name for s in expr.atoms(sp.Symbol)}
    for value in names.values():
        taken |= {s.name for s in value.atoms(sp.Symbol)}
    return _Renaming(taken).walk(expr, names)


def tidy(expr: Expr) -> Expr:
    """``expr`` for people: bound indices are plain letters that nothing else uses."""
    return _Renaming({s.name for s in expr.free_symbols}, "jklmnpqrstuvw").walk(expr, {})


class _Renaming:
    """``letters`` are tried as names of bound indices before numbered ones, which stay apart from the
    letters that people use and so from free indices with which the result is put together."""

    def __init__(self, taken: set[str], letters: str = "") -> None:
        self.taken = taken
        self.letters = letters

    def fresh(self, index: sp.Symbol) -> sp.Symbol:
        numbered = (f"{index.name}{at}" for at in count(1))
        name = next(n for n in chain(self.letters, numbered) if n not in self.taken)
        self.taken.add(name)
        return sp.Symbol(name, integer=True)

    def walk(self, e: sp.Basic, names: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
        if e in names:
            return names[e]
        if isinstance(e, sp.Sum | sp.Product):
            inner = dict(names)
            limits = []
            for index, *ends in reversed(e.limits):
                outer = [self.walk(end, inner) for end in ends]
                inner[index] = self.fresh(index)
                limits.append((inner[index], *outer))
            return e.func(self.walk(e.function, inner), *reversed(limits))
        if isinstance(e, sp.Indexed):
            return sp.Indexed(self.walk(e.base, names), *[self.walk(i, names) for i in e.indices])
        if isinstance(e, sp.IndexedBase):
            shape = tuple(self.walk(s, names) for s in e.shape or ())
            return sp.IndexedBase(e.label, shape=shape) if shape else e
        if not e.args:
            return e
        if isinstance(e, sp.core.relational.Relational):
            return e.func(*[self.walk(a, names) for a in e.args], evaluate=False)
        return e.func(*[self.walk(a, names) for a in e.args])
