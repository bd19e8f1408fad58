"""The last step: sizes that stayed open get names, placeholders become the indices of the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symcheck.latex.values import Axis, Grid, Meaning, Value

if TYPE_CHECKING:
    from symcheck.latex.evaluator import Evaluator

_INDEX_NAMES = "ijklmpqrstuvwabc"
_SIZE_NAMES = ("n", "m", "d", "N", "M", "K", "T", "D")


@dataclass(frozen=True)
class Settled:
    meanings: tuple[sp.Basic | None, ...]
    ranges: Mapping[sp.Symbol, sp.Expr]
    conditions: tuple[sp.Basic, ...]
    sizes: Mapping[sp.Symbol, sp.Expr]


def settle(
    meanings: Iterable[Meaning | None],
    conditions: tuple[sp.Basic, ...],
    free: Mapping[str, Axis],
    arguments: Iterable[sp.Basic],
    reader: Evaluator,
) -> Settled:
    """The meanings of one sentence with every placeholder replaced, without capture."""
    given = tuple(meanings)
    exprs = [m.entries if isinstance(m, Grid) else m.expr if isinstance(m, Value) else None for m in given]
    everything = [e for e in (*exprs, *conditions) if e is not None]
    open_axes = [*free.values(), *[a for m in given if isinstance(m, Value) for a in m.axes]]
    shapes = [s for a in arguments if isinstance(a, sp.IndexedBase) for s in a.shape]
    sizes = _name_sizes([*everything, *shapes, *[reader.sizes.root(a.size) for a in open_axes]], reader)
    if sizes:
        exprs = [None if e is None else e.xreplace(sizes) for e in exprs]
        conditions = tuple(c.xreplace(sizes) for c in conditions)
    everything = [e for e in (*exprs, *conditions) if e is not None]
    taken = _names(everything)
    renamed: dict[sp.Symbol, sp.Symbol] = {}
    ranges: dict[sp.Symbol, sp.Expr] = {}
    present = {s for e in everything for s in e.free_symbols if isinstance(s, sp.Dummy)}
    axes = [*free.values()]
    seen = {a.index for a in axes}
    axes += [a for m in given if isinstance(m, Value) for a in m.axes if a.index not in seen]
    for axis in axes:
        if axis.index in renamed or axis.index not in present:
            continue
        name = _index_name(axis.index.name, taken)
        taken.add(name)
        renamed[axis.index] = sp.Symbol(name, integer=True)
        size = reader.sizes.known(axis.size)
        ranges[renamed[axis.index]] = sizes.get(
            reader.sizes.root(axis.size), size if size is not None else axis.size
        )

    def finished(expr: sp.Basic) -> sp.Basic:
        return _bound(expr.xreplace(renamed) if renamed else expr, set(taken))

    done = tuple(None if e is None else finished(e) for e in exprs)
    return Settled(done, ranges, tuple(map(finished, conditions)), sizes)


def _name_sizes(exprs: list[sp.Basic], reader: Evaluator) -> dict[sp.Symbol, sp.Expr]:
    placeholders = {s for e in exprs for s in _all_symbols(e) if s in reader.sizes.parent}
    taken = _names(exprs) | set(reader.facts.sizes) | set(reader.tensors)
    out: dict[sp.Symbol, sp.Expr] = {}
    first = [reader.sizes.root(e) for e in exprs if isinstance(e, sp.Symbol)]
    for s in [*[f for f in first if f in placeholders], *sorted(placeholders, key=lambda d: d.dummy_index)]:
        root = reader.sizes.root(s)
        known = reader.sizes.known(root)
        if known is None:
            if root in out:
                known = out[root]
            elif root in reader.sizes.names and reader.sizes.names[root] not in out.values():
                known = reader.sizes.names[root]
            else:
                name = next((n for n in _SIZE_NAMES if n not in taken), None) or f"n_{len(out)}"
                taken.add(name)
                known = sp.Symbol(name, integer=True, positive=True)
                reader.sizes.names[root] = known
        out[root] = known
        out[s] = known
    return out


def _all_symbols(expr: sp.Basic) -> set[sp.Symbol]:
    found: set[sp.Symbol] = set()
    stack = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, sp.Symbol):
            found.add(e)
        else:
            stack += e.args
    return found


def _names(exprs: list[sp.Basic]) -> set[str]:
    """The names in use, and the letters that occur in them as labels (``A_k``)."""
    names = {s.name for e in exprs for s in _all_symbols(e) if not isinstance(s, sp.Dummy)}
    return names | {label for n in names for label in n.split("_")[1:]}


def _index_name(wanted: str, taken: set[str]) -> str:
    if wanted and wanted not in taken:
        return wanted
    return next((c for c in _INDEX_NAMES if c not in taken), None) or _numbered(wanted or "i", taken)


def _numbered(stem: str, taken: set[str]) -> str:
    k = 1
    while f"{stem}_{k}" in taken:
        k += 1
    return f"{stem}_{k}"


def _bound(expr: sp.Basic, taken: set[str]) -> sp.Basic:
    """Names for bound indices; two sums share a letter only if neither lies in the other."""
    inside: dict[sp.Symbol, set[sp.Symbol]] = {}
    for s in expr.atoms(sp.Sum):
        for limit in s.limits:
            within = {x for x in _all_symbols(s) if isinstance(x, sp.Dummy)}
            inside.setdefault(limit[0], set()).update(within - {limit[0]})
    chosen: dict[sp.Symbol, sp.Symbol] = {}
    for d in sorted(inside, key=lambda x: x.dummy_index if isinstance(x, sp.Dummy) else 0):
        if not isinstance(d, sp.Dummy):
            continue
        clash = {chosen[o].name for o in chosen if o in inside[d] or d in inside[o]}
        chosen[d] = sp.Symbol(_index_name(d.name, taken | clash), integer=True)
    return expr.xreplace(chosen) if chosen else expr
