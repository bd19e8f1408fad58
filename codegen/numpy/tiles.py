"""A softmax over a long axis tile by tile: what is kept of the tiles, how it is merged, and what follows.

Of each tile the *fold* program gives the maximum of the scores, the sum of their exponentials, and the sums
with these weights, of two of which the proved online-softmax merge makes one.  With the merged state given,
the *finish* program has the results that need nothing else of the axis; the *again* program, for the others,
makes the scores of each tile once more (the cotangents of keys and queries).

A sum of cotangents is kept relative to an origin, the cotangent at the largest weight (``codegen.rewrites``),
which moves when a later tile has a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codegen.ir import (
    Map,
    Output,
    Program,
    Reduce,
    Ref,
    live,
    operands,
    with_given,
)
from codegen.numpy.unshift import origin_at_largest

LAWS = ("attn.sdpa/merge_of_blocks", "attn.sdpa/merged_mass")
"""The proved claims by which states are merged."""
TOP, MASS, ORIGIN = "top", "mass", "origin"


@dataclass(frozen=True)
class Tiles:
    """``fold`` gives the state of a tile of ``axis``, ``again`` and ``finish`` take that of all.

    The state: the maximum, the sum of exponentials, an origin perhaps, and weighted sums, of which those in
    ``relative`` are taken from the origin."""

    axis: str
    fold: Program
    again: Program | None
    finish: Program | None
    relative: tuple[str, ...]


def tiled(program: Program, block: str) -> Tiles | None:
    """The programs for tiles; ``None`` where ``program`` has no softmax along another axis than ``block``."""
    found = [s for r in range(len(program.values)) if (s := _softmax(program, r)) is not None]
    if len(found) != 1 or found[0].axis == block:
        return None
    (softmax,) = found
    state = _state(program, softmax)
    if MASS not in state or any(a.name in state for a in program.arguments):
        return None
    rows = program.values[softmax.top].axes
    outputs = [
        Output(name, (*rows, *(a for a in program.values[ref].axes if a not in rows)), (ref,))
        for name, ref in state.items()
    ]
    fold = live(replace(program, name=f"{program.name}_fold", outputs=tuple(outputs)))
    relative = tuple(n for n, r in state.items() if _weighted(program, softmax, r) == ORIGIN)
    rest = with_given(program, {ref: name for name, ref in state.items()})
    along = [softmax.axis in _axes_within(rest, o.values[0]) for o in rest.outputs]
    parts = [
        live(replace(rest, name=f"{program.name}_{word}", outputs=chosen))
        if (chosen := tuple(o for o, a in zip(rest.outputs, along, strict=True) if a == wanted))
        else None
        for word, wanted in (("again", True), ("finish", False))
    ]
    return Tiles(softmax.axis, fold, parts[0], parts[1], relative)


def _axes_within(program: Program, ref: Ref) -> set[str]:
    """The axes of a value and of all that it is computed of."""
    found = set(program.values[ref].axes)
    return found.union(*(_axes_within(program, r) for r in operands(program.values[ref].node)))


@dataclass(frozen=True)
class _Softmax:
    """``exponential`` is exp(scores - finite_or_zero(top)), ``top`` the maximum of the scores on ``axis``."""

    axis: str
    exponential: Ref
    top: Ref


def _softmax(program: Program, ref: Ref) -> _Softmax | None:
    nodes = [v.node for v in program.values]
    match nodes[ref]:
        case Map(op="exp", args=(gap,)):
            match nodes[gap]:
                case Map(op="sub", args=(scores, shift)):
                    match nodes[shift]:
                        case Map(op="finite_or_zero", args=(top,)):
                            match nodes[top]:
                                case Reduce(monoid="max", axis=axis, arg=arg) if arg == scores:
                                    return _Softmax(axis, ref, top)
    return None


def _state(program: Program, softmax: _Softmax) -> Mapping[str, Ref]:
    """The values of the state by name."""
    found = {TOP: softmax.top}
    for ref in range(len(program.values)):
        what = _weighted(program, softmax, ref)
        if what in (MASS, ORIGIN) and what not in found:
            origin = _origin(program, softmax) if what == ORIGIN else None
            found[what] = ref if origin is None else origin
        if what and what != MASS:
            found[f"sum{ref}"] = ref
    return found


def _weighted(program: Program, softmax: _Softmax, ref: Ref) -> str:
    """ "mass" for the sum of the exponentials, "sum" for one with values that no fold is needed for, "origin"
    for one with their gaps to the origin, "" for all else."""
    node = program.values[ref].node
    if not (isinstance(node, Reduce) and (node.monoid, node.axis) == ("sum", softmax.axis)):
        return ""
    if node.arg == softmax.exponential:
        return MASS
    inner = program.values[node.arg].node
    if isinstance(inner, Map) and inner.op == "mul" and softmax.exponential in inner.args:
        (other,) = (a for a in inner.args if a != softmax.exponential)
        if not any(_folds(program, other, softmax.axis)):
            return "sum"
        gap = program.values[other].node
        if isinstance(gap, Map) and gap.op == "sub" and gap.args[1] == _origin(program, softmax):
            return "" if any(_folds(program, gap.args[0], softmax.axis)) else ORIGIN
    return ""


def _origin(program: Program, softmax: _Softmax) -> Ref | None:
    for ref in range(len(program.values)):
        found = origin_at_largest(program.values, ref)
        if found is not None and found[0] == softmax.exponential:
            return ref
    return None


def _folds(program: Program, ref: Ref, axis: str) -> Iterator[Ref]:
    """The folds along ``axis`` that the value needs."""
    node = program.values[ref].node
    if isinstance(node, Reduce) and node.axis == axis:
        yield ref
    for r in operands(node):
        yield from _folds(program, r, axis)


__all__ = ["LAWS", "Tiles", "tiled"]
