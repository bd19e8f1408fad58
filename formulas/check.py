"""Scope, type and shape check of what entries say: expressions, hypotheses, laws.

``index_ranges`` is the heart: it walks an expression, requires every index to stand only in axes of
one size, every ``Sum`` to run over a whole axis, a part of it or integers, and returns the range of each
free index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from formulas.chance import (
    Bernoulli,
    Covariance,
    Cumulants,
    Expectation,
    Gaussian,
    Law,
    Moments,
    OneHot,
    RandomSymbol,
    Variance,
    label_of,
)
from formulas.language import At, Everywhere, Expr
from formulas.matrices import Det

Ranges = dict[sp.Symbol, Expr]
REMEMBERED = 4096
"""Expressions of which it is kept what they consist of."""


class ShapeError(ValueError):
    """An expression whose indices, axes or sums do not fit together."""


def index_ranges(*exprs: sp.Basic) -> Ranges:
    """The size over which each free index of ``exprs`` ranges.

    An index may also stand as a number, from 1 to its size.  Raises ``ShapeError`` for a wrong number of
    indices, an index used in axes of different size, a sum over part of an axis whose ends are not
    indices of it, or an index that is rebound.
    """
    return dict(_index_ranges(*exprs))


@lru_cache(maxsize=REMEMBERED)
def _index_ranges(*exprs: sp.Basic) -> Ranges:
    free: Ranges = {}
    for expr in exprs:
        _walk(expr, {}, free)
    for expr in exprs:
        bound = {limits[0] for part in parts(expr, sp.Sum, sp.Product) for limits in part.limits}
        for symbol in sorted(bound & (set(free) | _numbers(expr)), key=str) if bound else ():
            raise ShapeError(f"{expr}: index {symbol} is bound here and free elsewhere")
    return free


@lru_cache(maxsize=REMEMBERED)
def parts(e: sp.Basic, *kinds: type[sp.Basic]) -> tuple[Any, ...]:
    """The different subexpressions of these kinds, ``e`` itself among them: ``atoms``, where the same
    expressions are asked about many times."""
    return tuple([p for p in _parts(e) if isinstance(p, kinds)])


@lru_cache(maxsize=REMEMBERED)
def _parts(e: sp.Basic) -> tuple[sp.Basic, ...]:
    found = dict.fromkeys([e])
    todo = [e]
    while todo:
        for a in todo.pop().args:
            if a not in found:
                found[a] = None
                todo.append(a)
    return tuple(found)


def _assumed(**assumptions: bool) -> dict[str, bool]:
    found: dict[str, bool] = sp.Symbol("s", **assumptions).assumptions0
    return found


_INDICES = (_assumed(integer=True), _assumed())
_COUNTERS = (*_INDICES, _assumed(integer=True, nonnegative=True), _assumed(integer=True, positive=True))
_SCALARS = (
    _assumed(), _assumed(real=True), _assumed(positive=True), _assumed(nonnegative=True),
    _assumed(negative=True),
)  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def _is_one_of(symbol: sp.Basic, kinds: str) -> bool:
    allowed = {"indices": _INDICES, "counters": _COUNTERS, "scalars": _SCALARS}[kinds]
    return isinstance(symbol, sp.Symbol) and symbol.assumptions0 in allowed


def require_steps(symbols: Iterable[sp.Basic], where: sp.Basic) -> None:
    """Raise ``ShapeError`` unless these symbols of a hypothesis, which it quantifies, are integers, natural
    numbers or positive integers: what else is assumed of one (that it is even, say) would be lost, and the
    hypothesis be read as a stronger one."""
    for s in symbols:
        if not _is_one_of(s, "counters"):
            raise ShapeError(f"{where}: {s} is neither an index nor a natural number")


def require_scalar(x: sp.Basic, where: str) -> None:
    """Raise ``ShapeError`` unless x is a number of which a sign is assumed at most: ``real``, ``positive``,
    ``nonnegative`` or ``negative``."""
    if not _is_one_of(x, "scalars"):
        raise ShapeError(f"{where}: {x} is not a real, positive, nonnegative or negative number")


def require_apart(hypotheses: Iterable[sp.Basic], *sides: sp.Basic) -> None:
    """Raise ``ShapeError`` if a symbol stands for all values in one hypothesis and for one in another, as in
    ``x[k] = 0, k > 1``: each hypothesis quantifies by itself, and the first would be read as of every k."""
    given = [h for h in hypotheses if not isinstance(h, Law)]
    told = [h.relation if isinstance(h, Everywhere) else h for h in given]
    single = [_numbers(r.lhs) | _numbers(r.rhs) for r in told if isinstance(r, Relational)]
    if len(given) != len(single) or len(list(hypotheses)) < 2:
        return
    own = index_ranges(*sides)
    named = set().union(*(e.free_symbols for e in sides)) if any(map(steps, told)) else set()
    every: list[set[sp.Basic]] = []
    for h, r in zip(given, told, strict=True):
        found = (set(index_ranges(r.lhs, r.rhs)) - set(own)) | (steps(r) - named)
        every.append(found | {h.variable} if isinstance(h, Everywhere) else found)
    laws = [h for h in hypotheses if isinstance(h, Law)]
    of_laws = {i for law in laws for i in law.free_symbols if i.is_integer and i.is_nonnegative is None}
    all_values = (of_laws - set(own)).union(*every)
    for h, mine, numbers in zip(given, every, single, strict=True):
        for i in sorted(numbers & (all_values - mine), key=str):
            raise ShapeError(f"hypothesis {h} is about one {i}, and another one about all values of {i}")


def steps(expr: sp.Basic) -> set[sp.Symbol]:
    """The free integer symbols that say at which step of a sequence it is read: ``v[s + 1]`` has s."""
    inside = {s for a in parts(expr, sp.Indexed) for i in _endless(a) for s in i.free_symbols}
    return inside & expr.free_symbols if inside else inside


def _endless(e: sp.Indexed) -> list[Expr]:
    return [i for i, size in zip(e.indices, e.base.shape or (), strict=False) if size is sp.oo]


def axis_of(i: sp.Symbol, *exprs: sp.Basic) -> Expr | None:
    """The size of the axis with an end in which ``i`` stands, if it stands in one."""
    for expr in exprs:
        for a in parts(expr, sp.Indexed):
            for at, size in zip(a.indices, a.base.shape or (), strict=False):
                if at == i and size is not sp.oo:
                    return size
    return None


def is_size(size: Expr) -> bool:
    """A size is a positive integer symbol or a numeral: anything else could be 0, and sums empty."""
    if size.is_Symbol:
        return bool(size.is_integer and size.is_positive) and not isinstance(size, RandomSymbol)
    return bool(size.is_Integer and int(size) >= 1)


def _use(i: Expr, size: Expr, where: sp.Basic, bound: Ranges, free: Ranges) -> None:
    if size is sp.oo:
        if not i.is_integer:
            raise ShapeError(f"{where}: {i} is not an integer")
        _walk(i, bound, free)
        return
    if i.is_Integer:
        # a symbolic size may be 1, so only the index 1 is safe there
        largest = int(size) if size.is_Integer else 1
        if not 1 <= int(i) <= largest:
            raise ShapeError(f"{where}: index {i} lies outside 1..{size}")
        return
    if not _is_one_of(i, "indices"):
        raise ShapeError(f"{where}: {i} is not an index variable")
    known = bound.get(i, free.get(i))
    if known is None:
        free[i] = size
    elif known is sp.oo:
        raise ShapeError(f"{where}: {i} is a number, not an index of that axis of size {size}")
    elif known != size:
        raise ShapeError(f"{where}: index {i} ranges over {known}, but that axis has size {size}")


def _walk(e: sp.Basic, bound: Ranges, free: Ranges) -> None:
    if isinstance(e, sp.Indexed):
        shape = e.base.shape
        if shape is None:
            raise ShapeError(f"{e.base} has no shape: declare it with tensor(name, *shape)")
        if len(shape) != len(e.indices):
            raise ShapeError(f"{e} has {len(e.indices)} indices, {e.base} has {len(shape)} axes")
        for i, size in zip(e.indices, shape, strict=True):
            _use(i, size, e, bound, free)
    elif isinstance(e, sp.Sum | sp.Product):
        inner = dict(bound)
        for limits in reversed(e.limits):
            _bind(e, limits, inner, free)
        _walk(e.function, inner, free)
    elif isinstance(e, Det):
        base = e.args[0]
        shape = base.shape if isinstance(base, sp.IndexedBase) else None
        if shape is None or len(shape) != 2 or shape[0] != shape[1]:
            raise ShapeError(f"{e}: {base} is not a tensor with two axes of one size")
    elif isinstance(e, At):
        _, k, size, body, component, by = e.args
        if k in bound or k in free:
            raise ShapeError(f"{e}: index {k} is bound again or free elsewhere")
        for i, axis in (component,) if component else ():
            _use(i, axis, e, bound, free)
        for j in by:
            _use(j, size, e, bound, free)
        _walk(body, {**bound, k: size}, free)
    elif isinstance(e, sp.KroneckerDelta):
        i, j = e.args[:2]
        sizes = [bound.get(k, free.get(k)) for k in (i, j)]
        size = sizes[0] if sizes[0] is not None else sizes[1]
        if not (i.is_integer and j.is_integer):
            raise ShapeError(f"{e}: not of integers")
        if size is not None and size is not sp.oo:
            _use(i, size, e, bound, free)
            _use(j, size, e, bound, free)
    else:
        # deltas last: the other factors say over what their indices range
        for a in sorted(e.args, key=_has_delta) if _has_delta(e) else e.args:
            _walk(a, bound, free)


@lru_cache(maxsize=REMEMBERED)
def _has_delta(e: sp.Basic) -> bool:
    return isinstance(e, sp.KroneckerDelta) or any(map(_has_delta, e.args))


def _bind(e: sp.Sum | sp.Product, limits: tuple[Expr, ...], inner: Ranges, free: Ranges) -> None:
    """Note over what the index of a sum ranges: a whole axis, a part of one, or integers (``oo``)."""
    i, low, high = limits
    if i in inner or i in free:
        raise ShapeError(f"{e}: index {i} is bound again or free elsewhere")
    axis = axis_of(i, e.function)
    if low == 1 and is_size(high):
        inner[i] = high
        return
    if not (low.is_integer and high.is_integer):
        what = "sums run over integers"
        raise ShapeError(f"{e}: {what}, and {low}..{high} is no range of them; declare a size with dim(name)")
    for end in (low, high):
        _walk(end, inner, free)
    if axis is None:
        inner[i] = sp.oo
        return
    if (
        isinstance(e, sp.Product)
        or (low.is_Integer and low != 1)
        or high.is_Integer
        or not (low == 1 or high == axis)
    ):
        raise ShapeError(f"{e}: over an axis a sum has to run from 1 to {axis}, or from or to an index of it")
    _use(low if high == axis else high, axis, e, inner, free)
    inner[i] = axis


def _numbers(e: sp.Basic) -> set[sp.Symbol]:
    """Free symbols that stand as numbers, not as an index of an axis, a tensor's name or a size."""
    if isinstance(e, sp.Symbol):
        return {e}
    if isinstance(e, sp.Sum | sp.Product):
        out = _numbers(e.function)
        for i, *ends in e.limits:
            out = (out - {i}).union(*[_numbers(end) for end in ends])
        return out
    if isinstance(e, sp.KroneckerDelta | Det):
        return set()
    if isinstance(e, At):
        return _numbers(e.args[3]) - {e.args[1]}
    parts = _endless(e) if isinstance(e, sp.Indexed) else e.args
    return set().union(*[_numbers(a) for a in parts])


def free_symbols(*exprs: sp.Basic) -> set[sp.Symbol | sp.IndexedBase]:
    """Scalars and tensors of ``exprs``, without indices and sizes."""
    found: set[sp.Symbol | sp.IndexedBase] = set()
    tensors = set().union(*[parts(expr, sp.Indexed) for expr in exprs])
    indices = {i for a in tensors for i in a.indices if i.is_Symbol} - {
        i for a in tensors for i in _endless(a)
    }
    for expr in exprs:
        found.update(parts(expr, sp.IndexedBase))
        found |= {s for s in _numbers(expr) - indices if not (s.is_integer and s.is_positive)}
    return found


def require_names(exprs: Iterable[sp.Basic]) -> None:
    """One name, one meaning: no two symbols that print alike but differ in assumptions or shape, and none
    that begins like the names that the prover makes.  Raises ``ShapeError``."""
    seen: dict[str, sp.Basic] = {}
    for expr in exprs:
        for name, atom in _named(expr):
            if not name[:1].isalpha() and not name.startswith(("_", "\\")):
                raise ShapeError(f"{name!r} is not a name")
            other = seen.setdefault(name, atom)
            if other is not atom and other != atom:
                raise ShapeError(f"two different symbols are called {atom}")


@lru_cache(maxsize=REMEMBERED)
def _named(e: sp.Basic) -> tuple[tuple[str, sp.Basic], ...]:
    """The scalars, sizes, indices and tensors of an expression by their names."""
    found = _parts(e)
    tensors = [p for p in found if isinstance(p, sp.IndexedBase)]
    labels = {t.label for t in tensors}
    scalars = [p for p in found if isinstance(p, sp.Symbol) and p not in labels]
    return tuple([(p.name, p) for p in (*scalars, *tensors)])


def check_law(law: Law, *sides: sp.Basic) -> Ranges:
    """The ranges of the indices of a law.  Raises ``ShapeError`` if it is not about random quantities, if
    its moments differ from outcome to outcome (it would be a law under a condition), or if it is stated
    for an index of the statement only, whose ``sides`` are given."""
    if not law.args or any(not isinstance(label_of(a), RandomSymbol) for a in _subjects(law)):
        raise ShapeError(f"{law} is not about random quantities")
    for moment in _moments(law):
        for name in sorted(_at_an_outcome(moment), key=str):
            raise ShapeError(f"{law}: {name} is random, and moments are the same at all outcomes")
    for subject in _subjects(law):
        indices = subject.indices if isinstance(subject, sp.Indexed) else ()
        if len(set(indices)) < len(indices) or any(not i.is_Symbol for i in indices):
            raise ShapeError(f"{law} is not stated for all entries of {subject.base}")
    ranges: Ranges = {}
    for equation in law.equations():
        ranges |= index_ranges(equation.lhs, equation.rhs)
    taken = set(ranges) & set(index_ranges(*sides))
    if taken:
        raise ShapeError(f"{law} holds for all values of its indices: {taken.pop()} is one of the statement")
    return ranges


def _moments(law: Law) -> tuple[sp.Basic, ...]:
    """The numbers among the parts of a law that is well formed."""
    if isinstance(law, Cumulants):
        return law.args[1:]
    _, places = _PARTS.get(type(law), (0, range(len(law.args))))
    return tuple(a for k, a in enumerate(law.args) if k not in places)


def _at_an_outcome(e: sp.Basic) -> set[sp.Symbol]:
    """The random quantities in ``e`` that are not averaged over."""
    if isinstance(e, RandomSymbol):
        return {e}
    if isinstance(e, Expectation | Variance | Covariance):
        return set()
    return set().union(*map(_at_an_outcome, e.args))


_PARTS: dict[type[Law], tuple[int, tuple[int, ...]]] = {
    Moments: (4, (0, 2)),
    Gaussian: (4, (0, 2)),
    OneHot: (3, (0, 2)),
    Bernoulli: (2, (0,)),
}
"""How many parts a law has that is stated of entries, and which of them are these entries."""


def _subjects(law: Law) -> tuple[sp.Basic, ...]:
    if isinstance(law, Cumulants):
        if len(law.args) < 2:
            raise ShapeError(f"{law}: wrong number of parts")
        if set(law.args[0].free_symbols) & set().union(*(c.free_symbols for c in law.args[1:])):
            raise ShapeError(f"{law}: all entries of {law.args[0].base} have the same cumulants")
        return law.args[:1]
    if type(law) not in _PARTS:
        return law.args
    count, places = _PARTS[type(law)]
    if len(law.args) != count:
        raise ShapeError(f"{law}: wrong number of parts")
    subjects = tuple(law.args[k] for k in places)
    if len({label_of(s) for s in subjects}) != 1:
        raise ShapeError(f"{law} is about one random quantity")
    if isinstance(law, OneHot) and not (
        isinstance(subjects[0], sp.Indexed) and len(subjects[0].indices) == 1
    ):
        raise ShapeError(f"{law} is about a vector")
    if len(subjects) == 2 and isinstance(subjects[0], sp.Indexed):
        if set(subjects[0].indices) & set(subjects[1].indices):
            raise ShapeError(f"{law}: the two entries need indices of their own")
        if law.args[1].free_symbols & set(subjects[1].indices):
            raise ShapeError(f"{law}: the mean of {subjects[0]} depends on another entry's index")
    return subjects


def parts_of(certificate: object) -> list[Expr]:
    """The expressions of which a certificate consists."""
    if isinstance(certificate, sp.Basic):
        return [certificate]
    if is_dataclass(certificate):
        values = [getattr(certificate, f.name) for f in fields(certificate)]
        return [
            v for value in values for v in (value if isinstance(value, tuple) else (value,)) if v is not None
        ]
    return []
