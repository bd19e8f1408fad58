"""Statements that are a line of the catalog but for one place, where the words name that line's entry.

A line has one form of several in which a quantity is written, so a difference from it convicts only if
everything else of the line is there, its left side too, and if the difference is none that authors choose:
another letter throughout, a factor before a loss, a parameter left out, a small number added for safety.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sympy as sp

from formulas.catalog import catalog
from formulas.schema import Formula
from symcheck.gate.documents import Passage
from symcheck.gate.identify import Strength, candidates, widely
from symcheck.gate.near import ELEMENTARY, Slip, State, compare
from symcheck.gate.page import judged_lines
from symcheck.gate.shape import NONE, ONE, Shape, factors, shape_of, terms
from symcheck.gate.slips import SMALL, base_of, itself, letters_of, letters_once, parts_of, value_of
from symcheck.latex import Presentation, Span, Statement, parse

MOST = 160  # things of which a statement may consist
ENOUGH = 10  # things of which an expression consists that needs no label
_PLAIN = frozenset({"sym", "word", "at", "const", "prime"})
_ACTIVATIONS = frozenset({
    "relu", "gelu", "silu", "swish", "sigmoid", "sigma", "tanh", "elu", "selu", "softplus", "softmax", "mish",
})  # fmt: skip
_SYMMETRIC = frozenset({"sim", "cos", "cov", "dist", "d", "k", "K", "corr", "delta", "langle"})
_LOSSES = frozenset({"L", "J", "loss", "ell", "C", "E", "mathcal"})
_ACCENTS = ("_hat", "_bar", "_tilde")


@dataclass(frozen=True)
class _Line:
    """One statement of a printed line; ``alone`` if the line has no other.  ``matrices`` are the names of
    what does not commute in it."""

    formula: Formula
    latex: str
    shape: Shape
    alone: bool
    matrices: frozenset[str]


@dataclass(frozen=True)
class Slipped:
    """The line that was meant, and the one place where the statement differs from it.

    ``wording``: the difference is in what letters stand where, which algebra in other letters may not see;
    ``renamed``: there are other letters than those of the line, besides.
    """

    formula: Formula
    latex: str
    slip: Slip
    wording: bool
    renamed: bool


def slipped_line(passage: Passage, presentation: Presentation, at: int) -> Slipped | None:
    """The one place in which a statement differs from a line of an entry that the words name.

    ``None`` if it is such a line, or no such line is near."""
    statement = presentation.statements[at]
    page = whole(statement)
    if page.size > MOST or page.size < 3:
        return None
    labels = _labels(page)
    found: Slipped | None = None
    for line, firm in _meant(page, passage):
        theirs = _labels(line.shape)
        apart = (theirs - labels).total() + (labels - theirs).total()
        if apart > _APART + _renamed(theirs, labels):
            continue
        state = _compared(line, page)
        if state is None:
            continue
        if not state.slips:
            mixed = _accent(state, page) or _settled_otherwise(line, state, passage, presentation, at)
            if mixed is None:
                return None
            state = state.slipped(mixed)
        if found is None and _convicts(line, state, page, firm):
            slip = state.slips[0]
            renamed = bool(_others(state))
            found = Slipped(line.formula, line.latex, slip, _wording(slip, statement), renamed)
    return found


_APART = 12


def _compared(line: _Line, page: Shape) -> State | None:
    state = compare(line.shape, page)
    if state is None or state.slips:
        return state
    if set(letters_of(page)) != set(letters_of(line.shape)):
        return state
    turned = _order(line.shape, page, line.matrices)
    return state if turned is None else State(slips=(turned,))


def _order(known: Shape, page: Shape, matrices: frozenset[str]) -> Slip | None:
    """Two matrices whose product stands the other way round, everything else being in its place."""
    if known.kind == page.kind == "mul" and len(known.parts) == len(page.parts):
        ours = [p for p in page.parts if _matrix(p, matrices)]
        wanted = [p for p in known.parts if _matrix(p, matrices)]
        if len(wanted) > 1 and ours != wanted and Counter(ours) == Counter(wanted):
            return Slip("order", page.span, page, known)
    if known.kind != page.kind or len(known.parts) != len(page.parts):
        return None
    for mine, theirs in zip(known.parts, page.parts, strict=True):
        if (slip := _order(mine, theirs, matrices)) is not None:
            return slip
    return None


def _matrix(shape: Shape, matrices: frozenset[str]) -> bool:
    base = base_of(shape)
    while base.kind in ("pow", "at", "T") and base.parts:
        base = base_of(base.parts[0])
    return base.kind == "sym" and base.name[:1].isupper() and base.name[:1] in matrices


def _accent(state: State, page: Shape) -> Slip | None:
    """A letter that has lost its mark where others keep theirs."""
    lost = [
        (name, image)
        for name, image in state.names
        for accent in _ACCENTS
        if name.endswith(accent) and image.kind == "sym" and image.name == name.removesuffix(accent)
    ]
    kept = any(name.endswith(_ACCENTS) and image.name == name for name, image in state.names)
    if len(lost) != 1 or not kept:
        return None
    name, image = lost[0]
    return Slip("accent", image.span, image, Shape("sym", name))


def _settled_otherwise(
    line: _Line, state: State, passage: Passage, presentation: Presentation, at: int
) -> Slip | None:
    """A letter that stands for something else in another line of the entry, beside this one or before."""
    beside = [s for k, s in enumerate(presentation.statements) if k != at]
    before = [s for latex in passage.earlier[-2:] for s in parse(latex).statements]
    changed = [(n, image) for n, image in state.names if image != Shape("sym", n) and image.kind == "sym"]
    if not changed:
        return None
    for statement in (*beside, *before):
        other = whole(statement)
        if not 3 < other.size <= MOST:
            continue
        for kin in _lines_of(line.formula.id):
            if kin is line or kin.shape.size != other.size:
                continue
            there = compare(kin.shape, other, most=0)
            if there is None:
                continue
            for name, image in changed:
                settled = there.of(name)
                if settled is not None and settled != image and settled == Shape("sym", name):
                    return Slip("letter", image.span, image, settled)
    return None


def _renamed(known: Counter[str], page: Counter[str]) -> int:
    return 2 * sum(n for name, n in (known - page).items() if name.startswith("sym "))


def whole(statement: Statement) -> Shape:
    """A statement with all of its sides as one shape."""
    sides = tuple(map(shape_of, statement.sides))
    if not sides:
        return NONE
    if len(sides) == 1:
        return sides[0]
    span = Span(sides[0].span.start, sides[-1].span.end)
    return Shape("other", " ".join(("Relation", *statement.operators)), sides, span=span)


def _labels(shape: Shape) -> Counter[str]:
    return Counter(f"{p.kind} {p.name}" for p in parts_of(shape))


@cache
def _lines_of(formula_id: str) -> tuple[_Line, ...]:
    formula = catalog()[formula_id]
    expressions = [formula.definition.expr, *(side for c in formula.claims for side in (c.lhs, c.rhs))]
    tensors = {t for e in expressions if isinstance(e, sp.Basic) for t in e.atoms(sp.IndexedBase)}
    matrices = frozenset(str(t)[0] for t in tensors if len(t.shape or ()) > 1)
    found = []
    for printed, claims in judged_lines(formula):
        if any(c.expected.name == "REFUTED" for c in claims):
            continue
        inside = re.findall(r"\$([^$]+)\$", printed)
        for latex in inside or [printed]:
            page = parse(latex)
            for statement in page.statements:
                shape = whole(statement)
                if shape.size > (6 if inside else 2):
                    found.append(_Line(formula, latex, shape, len(page.statements) == 1, matrices))
    return tuple(found)


@cache
def lines_by_left() -> dict[Shape, tuple[_Line, ...]]:
    """The lines by their left sides, where these say enough."""
    found: dict[Shape, list[_Line]] = {}
    for formula_id in catalog():
        for line in _lines_of(formula_id):
            if _left(line.shape) is not None and line.shape.parts[0].size > 1:
                found.setdefault(line.shape.parts[0], []).append(line)
    return {left: tuple(lines) for left, lines in found.items()}


def _left(shape: Shape) -> Shape | None:
    related = shape.kind == "other" and shape.name.startswith("Relation")
    return shape.parts[0] if related else None


def _meant(page: Shape, passage: Passage) -> Iterator[tuple[_Line, bool]]:
    """The lines that a statement may be meant to be, and whether words leave no doubt of it."""
    seen: set[int] = set()
    for candidate in widely(passage, candidates(passage)):
        for line in _lines_of(candidate.formula.id):
            if id(line) not in seen:
                seen.add(id(line))
                yield line, candidate.strength >= Strength.FIRM
    left = _left(page)
    for line in lines_by_left().get(left, ()) if left is not None else ():
        if id(line) not in seen:
            yield line, False


def _convicts(line: _Line, state: State, page: Shape, firm: bool) -> bool:
    (slip,) = state.slips
    others = _others(state)
    if any(image.kind not in _PLAIN for image in others) or state.compound:
        return False
    if len(others) > (2 if firm else slip.kind in ("accent", "letter")):
        return False
    if _left(line.shape) is None and not firm and line.shape.size < ENOUGH:
        return False
    once = letters_once(line.shape)
    left = _left(page)
    if left is not None and left == line.shape.parts[0] and any(p.kind == "word" for p in parts_of(left)):
        firm = True  # it says by itself what it is
    alone = slip.kind == "other" and slip.wanted.name in once
    if alone and (others or slip.found.kind == "num" or not _settled(slip.found, line)):
        return False  # a letter that stands alone may be any, and have a value
    return not _chosen(line, slip, page, once, firm)


def _others(state: State) -> list[Shape]:
    """What stands for a letter of the line, and is another."""
    return [image for name, image in state.names if image != Shape("sym", name)]


def _wording(slip: Slip, statement: Statement) -> bool:
    """Whether a slip is one of letters: on the left side, or of an index."""
    if len(statement.sides) > 1 and slip.span.end <= statement.sides[0].span.end:
        return True
    letters = {p.name for p in (slip.found, slip.wanted)}
    return slip.kind in ("accent", "letter", "order") or (slip.kind == "other" and letters <= _INDICES)


_INDICES = frozenset("ijklmnt")


def _chosen(line: _Line, slip: Slip, page: Shape, once: frozenset[str], firm: bool) -> bool:
    """Whether a difference is one that authors choose."""
    found, wanted = slip.found, slip.wanted
    small = any(set(letters_of(x)) & SMALL for x in (found, wanted) if x.size <= 2)
    if (small and slip.kind != "sign") or (slip.kind == "bracket" and set(letters_of(wanted)) & SMALL):
        return True
    right = line.shape.parts[-1] if _left(line.shape) is not None else line.shape
    ours = page.parts[-1] if _left(page) is not None else page
    top = {p.span for p, _ in factors(_positive(right))} | {p.span for p, _ in factors(_positive(ours))}
    loss = _is_loss(line.shape)
    left = _left(page)
    on_left = left is not None and slip.span.end <= left.span.end
    match slip.kind:
        case "sign":
            return not line.alone and (wanted == right or found.span in {p.span for p, _ in terms(ours)})
        case "function":
            names = {found.name, wanted.name}
            if found.kind == "other":
                return not firm or not _turned(found.name, wanted.name)
            return on_left or names <= _ACTIVATIONS or names <= {"abs", "norm", ""}
        case "swapped":
            return _called(wanted) in _SYMMETRIC
        case "missing function" | "extra function":
            around = wanted if slip.kind == "missing function" else found
            if around.kind in ("norm", "abs", "call") and on_left:
                return True
            if around.kind in ("norm", "abs"):
                return loss or _squared(around, line.shape) or _squared(around, page)
            if itself(found, wanted):
                return True
            bare = around.kind == "call" and (found.kind == "word" or around.name not in ELEMENTARY)
            return bare or (around.kind == "T" and around == right)
        case "missing denominator":
            return not firm and wanted.span in top
        case "missing factor":
            if loss and wanted.span in top and wanted.kind in _SCALES:
                return True
            if wanted.kind == "num":
                return False
            bare = set(letters_of(wanted)) <= once or 2 * wanted.size > right.size
            return bare and not (firm and wanted.size > 1)
        case "extra factor":
            return (loss and found.span in top and found.kind in _SCALES) or not _settled(found, line)
        case "missing index":
            return on_left or not any(p.kind == "at" and p.parts[0] == found for p in parts_of(page))
        case "missing term":
            if wanted == ONE:
                return False
            letters = set(letters_of(wanted))
            kin = {base_of(Shape("sym", x)) for x in letters_of(page)}
            offset = wanted.size < 3 and letters <= once
            akin = any(base_of(Shape("sym", x)) in kin for x in letters)
            return (offset and not akin) or (left is None and 2 * wanted.size > right.size)
        case "extra term":
            return found.kind != "num"
        case "other":
            if value_of(found, wanted):
                return True
            if found.kind == "num" and wanted.kind == "num":
                return loss and any(p.span == found.span for p, _ in factors(_positive(ours)))
            plain = found.kind in _PLAIN or found.kind == "num" or found.size <= 3
            return not plain or _labelled(found, wanted)
    return False


def _squared(part: Shape, whole: Shape) -> bool:
    """Whether a part stands under an even power, so that its bars may be left out."""
    even = [p.parts[0] for p in parts_of(whole) if p.kind == "pow" and p.parts[1] == Shape("num", "2")]
    return part in even or part.parts[0] in even


_SCALES = ("num", "sym", "big")
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "succ": "prec", "prec": "succ"}


def _turned(one: str, other: str) -> bool:
    """Whether a relation is another one the other way round; a limit that is reached or not is a choice."""
    here, there = one.split(), other.split()
    if len(here) != len(there):
        return False
    pairs = [(a, b) for a, b in zip(here, there, strict=True) if a != b]
    return all(_TURNED.get(a, "") == b for a, b in pairs)


def _settled(found: Shape, line: _Line) -> bool:
    """Whether something consists of what the line speaks of."""
    return set(letters_of(found)) <= set(letters_of(line.shape))


def _called(shape: Shape) -> str:
    return shape.name if shape.kind == "call" else shape.parts[0].name if shape.parts else ""


def _is_loss(shape: Shape) -> bool:
    left = _left(shape)
    return left is not None and base_of(left).name.split("_")[0] in _LOSSES


def _labelled(one: Shape, other: Shape) -> bool:
    """Whether one is the other with an index more, or with a capital for a small letter."""
    if one.name == other.name and {one.kind, other.kind} <= {"sym", "num", "word", "const"}:
        return True  # a bold 0
    if one.kind == other.kind == "sym":
        short, long = sorted((one.name.casefold(), other.name.casefold()), key=len)
        label = long.removeprefix(short)
        return short == long or (label[:1] == "_" and label != long and not long.endswith(_ACCENTS))
    if one.kind == other.kind == "at" and len(one.parts) == len(other.parts):
        return one.parts[1:] == other.parts[1:] and _labelled(one.parts[0], other.parts[0])
    return any(p.kind == "at" and p.parts[0] == q for p, q in ((one, other), (other, one)))


def _positive(shape: Shape) -> Shape:
    return shape.parts[0] if shape.kind == "add" and len(shape.parts) == 1 else shape
