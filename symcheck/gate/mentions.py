"""Symbols, values, shapes and parts of formulas that the text names around a formula.

``where $\\tau$ = temperature``, ``$\\beta_1 = 0.9$``, ``$U$ ($m \\times m$)``, ``scaling by $\\sqrt{d_k}$``
and the function that the row of a table is about state nothing by themselves.  They belong to a formula of
the same section, or row, of the document that was itself recognised and in which they stand; then they are
``matched`` with that formula's entry.  A shape must be the one that the catalog has for what is named before
it.  Where no such formula stands nearby a mention stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

import sympy as sp

from formulas.catalog import catalog
from symcheck.gate.documents import Cell, Passage
from symcheck.gate.identify import Column, Strength, candidates, column_role
from symcheck.gate.model import Judgement, Status
from symcheck.gate.page import name_of, parts, text_of
from symcheck.latex import Presentation, parse
from symcheck.latex.tree import (
    BigOperator,
    Call,
    Derivative,
    Integral,
    Logic,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Subscript,
    Symbol,
    children,
    walk,
)

_RECOGNISED = frozenset({Status.MATCHED, Status.VERIFIED, Status.CONDITIONAL, Status.ERRATA})
_STATES_SOMETHING = (BigOperator, Integral, Derivative, Call)
_DECLARES = frozenset({"in", "->"})
_ATOMS = (Symbol, Subscript, Number)
MAX_LENGTH = 120
"""Characters: what is longer says more than a name."""
MAX_ANCHORS = 200
"""Recognised formulas of a section that a mention is compared with."""
Headings = tuple[str, ...]


@dataclass(frozen=True)
class Anchor:
    """A recognised formula: its entry, the names and the parts that stand in it, and the shapes of what the
    entry speaks of."""

    formula: str
    names: frozenset[str]
    parts: frozenset[str]
    shapes: Mapping[str, tuple[tuple[str, ...], ...]] = field(compare=False)


@dataclass(frozen=True)
class Told:
    """What a formula tells of itself to those around it.

    ``anchor``    if it was recognised;
    ``mentioned`` the names in it, if it only mentions something;
    ``whole``     the text of what it mentions, where that is more than a name;
    ``sizes``     those of a shape;
    ``labelled``  the entry that the label of its row names, if it is a part of what is printed of it.
    """

    anchor: Anchor | None = None
    mentioned: tuple[str, ...] = ()
    whole: str | None = None
    sizes: tuple[str, ...] = ()
    labelled: str | None = None


def told(passage: Passage, judgement: Judgement | None) -> Told:
    """What the formula of ``passage`` tells; this is worked out where it was judged, in a worker."""
    anchor = None
    if judgement is not None and judgement.status in _RECOGNISED and judgement.formula is not None:
        anchor = _anchor(judgement.formula, parse(passage.latex))
    if len(passage.latex) > MAX_LENGTH:
        return Told(anchor)
    presentation = parse(passage.latex)
    names = tuple(mentioned(presentation))
    sides = presentation.statements[0].sides if names else ()
    lone = len(sides) == 1 and not _atomic(sides[0]) and _mapping(sides[0]) is None
    whole = text_of(sides[0]) if lone else None
    unchecked = judgement is not None and judgement.status is Status.UNCHECKED
    labelled = _labelled(passage) if unchecked else None
    return Told(anchor, names, whole, _sizes(presentation), labelled)


def settled(
    passages: Sequence[Passage], judgements: Sequence[Judgement | None], tales: Sequence[Told | None]
) -> list[Judgement | None]:
    """The judgements of a document's formulas, those of mere mentions settled by the formulas around them.

    ``tales`` is what each formula tells, where that is known.  In time linear in the document: this is done
    for documents of strangers, and not in a worker.
    """
    out = list(judgements)
    known = [t or told(p, j) for p, j, t in zip(passages, judgements, tales, strict=True)]
    sections, rows = _Sections(), dict[tuple[Cell, ...], Judgement]()
    for passage, judgement, tale in zip(passages, judgements, known, strict=True):
        if judgement is None or judgement.status not in _RECOGNISED:
            continue
        if tale.anchor is not None:
            sections.add(passage.headings, tale.anchor)
        if passage.row and column_role(passage.column) is Column.DERIVATIVE:
            rows.setdefault(passage.row, judgement)
    for at, (passage, judgement, tale) in enumerate(zip(passages, judgements, known, strict=True)):
        if judgement is None or judgement.status is not Status.UNCHECKED or len(passage.latex) > MAX_LENGTH:
            continue
        row = rows.get(passage.row) if _is_function(passage) else None
        if row is not None:
            # what is wrong in the row is said where it stands
            status = Status.MATCHED if row.status is Status.ERRATA else row.status
            out[at] = Judgement(status=status, formula=row.formula, detail="the function of its row")
            continue
        near, beside = sections.around(passage.headings)
        line = passage.fragment.start[0]
        before = known[at - 1] if at and passages[at - 1].fragment.start[0] == line else None
        found = _shape(before, tale, near) or _of(tale, near) or _of(tale, beside) or tale.labelled
        if found is not None:
            detail = "names what stands in a formula of this section"
            out[at] = Judgement(status=Status.MATCHED, formula=found, detail=detail)
    return out


class _Sections:
    """The recognised formulas by their headings: at most ``MAX_ANCHORS`` different ones in each section."""

    def __init__(self) -> None:
        self._own: dict[Headings, dict[Anchor, None]] = {}
        self._below: dict[Headings, list[Headings]] = {}
        self._around: dict[Headings, tuple[list[Anchor], list[Anchor]]] = {}

    def add(self, headings: Headings, anchor: Anchor) -> None:
        if len(anchor.names) < 2:
            return
        if headings not in self._own:
            self._own[headings] = {}
            self._below.setdefault(headings[:-1], []).append(headings)
        if len(self._own[headings]) < MAX_ANCHORS:
            self._own[headings].setdefault(anchor)

    def around(self, headings: Headings) -> tuple[list[Anchor], list[Anchor]]:
        """The formulas of a section, and those of its neighbours: what stands under the same heading, or one
        above it, other than the document's title."""
        if headings not in self._around:
            parents = (headings[:k] for k in range(2, len(headings) + 1))
            beside = (a for parent in parents for own in self._below.get(parent, ()) for a in self._own[own])
            self._around[headings] = (
                list(self._own.get(headings, ())), list(islice(beside, MAX_ANCHORS)),
            )  # fmt: skip
        return self._around[headings]


def _anchor(formula: str, presentation: Presentation) -> Anchor:
    nodes = [n for s in presentation.statements for side in s.sides for n in walk(side)]
    names = frozenset(_names(presentation))
    return Anchor(formula, names, frozenset(map(text_of, nodes)), _shapes(formula))


def _is_function(passage: Passage) -> bool:
    """Whether the formula is the first cell of a row: the function that the row is about."""
    return bool(passage.row) and passage.latex in passage.row[0].latex and passage.fills_cell


def _labelled(passage: Passage) -> str | None:
    """The entry that the label of a table's row names, if the cell is a part of what is printed of it."""
    sides = [side for s in parse(passage.latex).statements for side in s.sides]
    if not passage.row or len(sides) != 1:
        return None
    firm = (c.formula.id for c in candidates(passage) if c.strength >= Strength.FIRM)
    return next((f for f in firm if text_of(sides[0]) in parts(f)), None)


def _shape(before: Told | None, tale: Told, anchors: Sequence[Anchor]) -> str | None:
    """The entry that gives the thing named just ``before``, on the same line, this shape."""
    if before is None or len(tale.sizes) < 2 or len(before.mentioned) != 1:
        return None
    for anchor in anchors:
        if tale.sizes in anchor.shapes.get(before.mentioned[0], ()):
            return anchor.formula
    return None


def _sizes(presentation: Presentation) -> tuple[str, ...]:
    """``m x n`` as the names of its sizes."""
    sides = [side for s in presentation.statements for side in s.sides]
    if len(sides) != 1 or not isinstance(sides[0], Product) or set(sides[0].operators) != {"times"}:
        return ()
    return tuple(text_of(f) for f in sides[0].factors)


@cache
def _shapes(formula_id: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The shapes of the tensors of an entry, by the names under which pages show them; and of their
    transposes."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for claim in catalog()[formula_id].claims:
        for part in (claim.lhs, claim.rhs, *claim.hypotheses):
            for entry in part.atoms(sp.Indexed):
                sizes = tuple(str(n) for n in entry.base.shape)
                for name in {str(entry.base), *_GREEK.get(str(entry.base), ())}:
                    found.setdefault(name, []).append(sizes)
    return {name: tuple(dict.fromkeys(shapes)) for name, shapes in found.items()}


_GREEK = {"S": ("Sigma",), "L": ("Lambda",)}
"""Letters by which the catalog writes what pages write in Greek."""


def _of(tale: Told, anchors: Sequence[Anchor]) -> str | None:
    """The entry of the formula to which a mention belongs: one in which it stands as a part, else the one
    that has the most of its names, if the formulas of that entry together have all."""
    if not tale.mentioned or not anchors:
        return None
    if tale.whole is not None:
        return next((a.formula for a in anchors if tale.whole in a.parts), None)
    names = frozenset(tale.mentioned)
    best = max(anchors, key=lambda a: len(names & a.names))
    together = frozenset(n for a in anchors if a.formula == best.formula for n in a.names)
    return best.formula if names <= together else None


def mentioned(presentation: Presentation) -> Iterator[str]:
    """The names in a formula that only mentions something; none if it states something."""
    if len(presentation.statements) != 1:
        return
    (statement,) = presentation.statements
    if len(statement.sides) == 1 and (function := _mapping(statement.sides[0])) is not None:
        yield name_of(function)
        return
    declares = bool(statement.operators) and set(statement.operators) <= _DECLARES
    if len(statement.sides) > 1 and not declares and not all(map(_atomic, statement.sides)):
        return
    nodes = list(statement.sides[:1] if declares else statement.sides)
    if any(isinstance(n, _STATES_SOMETHING) for side in nodes for n in walk(side)):
        return
    yield from (name for side in nodes for name in _named(side))


def _mapping(node: Node) -> Symbol | None:
    """The function that ``f: X -> Y`` declares."""
    if not isinstance(node, Logic) or node.operator != ":" or len(node.operands) != 2:
        return None
    function, sets = node.operands
    arrow = isinstance(sets, Relation) and set(sets.operators) == {"->"}
    return function if arrow and isinstance(function, Symbol) else None


def _atomic(node: Node) -> bool:
    """A name or a number: a relation between such gives a value or a case, and states no formula."""
    if isinstance(node, Power):
        return all(isinstance(n, Number) or not isinstance(n, _ATOMS) for n in walk(node))
    return isinstance(node, _ATOMS)


def _names(presentation: Presentation) -> Iterator[str]:
    """All names of a formula, those with a subscript also without it."""
    for statement in presentation.statements:
        for side in statement.sides:
            for node in walk(side):
                if isinstance(node, Subscript | Symbol):
                    yield from _named(node)
                if isinstance(node, Symbol):
                    yield name_of(node)


def _named(node: Node) -> Iterator[str]:
    """The outermost names: ``d_k`` is one, not ``d`` and ``k``."""
    if isinstance(node, Subscript) and isinstance(node.base, Symbol):
        labels = ",".join(text_of(item) for item in node.items)
        yield f"{name_of(node.base)}_{labels}"
        return
    if isinstance(node, Symbol):
        yield name_of(node)
        return
    for child in children(node):
        yield from _named(child)
