"""Statements next to the name of a standard quantity, compared with the forms in which it is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from symcheck.gate.documents import Passage
from symcheck.gate.near import Slip, State, compare
from symcheck.gate.shape import ONE, Shape, factors, shape_of
from symcheck.gate.standards import Standard, standards
from symcheck.latex import Statement, parse

LEADING = 300  # characters of text in front of a formula that can name what it defines
TRAILING = 120
BESIDE = 120  # the same for everyday words
UNMISTAKABLE = 6
ENOUGH = 3  # fixed things in a form, so that being one slip away from it is no accident


@dataclass(frozen=True)
class Form:
    """One right form, taken apart."""

    standard: Standard
    latex: str
    left: Shape | None
    operator: str
    right: Shape

    @property
    def once(self) -> frozenset[str]:
        """The letters that occur only once."""
        count = Counter(_letters(self.right)) + Counter(_letters(self.left) if self.left is not None else ())
        return frozenset(name for name, times in count.items() if times == 1)


def _letters(shape: Shape) -> Iterator[str]:
    if shape.kind == "sym":
        yield shape.name
    for part in shape.parts:
        yield from _letters(part)


@dataclass(frozen=True)
class Near:
    """What a statement is, or nearly is; ``slip`` is ``None`` if it is right, and then ``exact`` if every
    letter of the form stands for a letter."""

    form: Form
    name: str
    slip: Slip | None
    exact: bool = False


@cache
def forms_of(standard: Standard) -> tuple[Form, ...]:
    found: list[Form] = []
    for latex in standard.forms:
        for statement in parse(latex).statements:
            sides = [shape_of(side) for side in statement.sides]
            if len(sides) == 1:
                found.append(Form(standard, latex, None, "", sides[0]))
            elif len(sides) == 2:
                found.append(Form(standard, latex, sides[0], _operator(statement.operators[0]), sides[1]))
    return tuple(found)


def _operator(sign: str) -> str:
    return "=" if sign in ("=", ":=", "equiv", "<-", "<=>") else sign


@cache
def _names() -> tuple[re.Pattern[str], dict[str, tuple[Standard, ...]]]:
    """A pattern for all names (abbreviations as they are, words in any case), and who bears each."""
    bearers: dict[str, dict[int, Standard]] = {}
    for standard in standards():
        for name in standard.names:
            bearers.setdefault(_key(name), {})[id(standard)] = standard
    plain = sorted({n for s in standards() for n in s.names}, key=len, reverse=True)
    parts = [re.escape(n) if _short(n) else f"(?i:{re.escape(n)})" for n in plain]
    pattern = re.compile(rf"(?<![A-Za-z\\])(?:{'|'.join(parts)})(?:s|es)?(?![A-Za-z])")
    return pattern, {key: tuple(found.values()) for key, found in bearers.items()}


_EVERYDAY = frozenset(
    ["geometric", "variance", "return", "returns", "precision", "recall", "accuracy", "momentum", "distance",
     "attention", "covariance", "residual", "surrogate", "advantage", "discriminator", "homogeneity",
     "completeness", "ridge", "lasso", "binomial", "projection"]
)  # fmt: skip


def _short(name: str) -> bool:
    return len(name) <= 5 and not name.islower()


def _key(name: str) -> str:
    return re.sub(r"[-\s]+", " ", name if _short(name) else name.casefold()).strip()


def named(passage: Passage, statement: Statement) -> Iterator[tuple[Standard, str]]:
    """The standards that the words around a statement name, the nearest name first, each once."""
    words = re.findall(r"\\(?:text|mathrm|operatorname|mathsf|texttt)\w*\*?\s*\{+([^{}]*)\}", passage.latex)
    near = [*words, *re.findall(r"[A-Za-z]{3,}", passage.latex), passage.label or "", passage.row_label or ""]
    texts = [
        " ; ".join(near),
        passage.before[-LEADING:],
        passage.after[:TRAILING],
        passage.following[:TRAILING],
        passage.headings[-1] if passage.headings else "",
    ]
    seen: set[int] = set()
    pattern, bearers = _names()
    for at, text in enumerate(texts):
        text = text.replace("-\n", "-").replace("\n", " ")
        for m in reversed(list(pattern.finditer(text))):
            if at and m.group() in _EVERYDAY and len(text) - m.end() > BESIDE:
                continue
            for key in (
                _key(m.group()),
                _key(m.group().removesuffix("s")),
                _key(m.group().removesuffix("es")),
            ):
                for standard in bearers.get(key, ()):
                    if id(standard) not in seen:
                        seen.add(id(standard))
                        yield standard, m.group()


def nearest(passage: Passage, statement: Statement) -> Near | None:
    """What the standards say of a statement: right, or one slip away from what it is said to be."""
    sides = [shape_of(side) for side in statement.sides]
    if not sides or max(s.size for s in sides) > 160:
        return None
    slipped: list[Near] = []
    alone = len(sides) == 1
    about = [(s, name, forms_of(s)) for s, name in named(passage, statement)]
    if not alone and passage.fragment.display:
        about += _unmistakable(sides, {id(s) for s, _, _ in about})
    for _, name, forms in about:
        here: list[Near] = []
        for form in forms:
            found = _closest(form, sides, statement.operators)
            if found is None:
                continue
            if not found.slips:
                return Near(form, name, None, exact=not found.compound)
            if alone and not passage.fragment.display and not passage.fills_cell:
                continue  # an expression in running text is mentioned for many reasons
            if _tells(form, found, form.standard, sides):
                here.append(Near(form, name, found.slips[0]))
        slipped += here[:1]
    return slipped[0] if slipped else None


def _anchors(shape: Shape) -> Counter[str]:
    """What a form consists of besides letters."""
    own = shape.kind not in ("sym", "at", "add", "mul", "none", "other", "list")
    count = Counter([f"{shape.kind} {shape.name}"] if own else [])
    for part in shape.parts:
        count += _anchors(part)
    return count


@cache
def _distinctive() -> tuple[tuple[Counter[str], Form], ...]:
    """The forms that consist of so much that coming close to one is no accident, with or without a name."""
    found = []
    for standard in standards():
        for form in forms_of(standard):
            anchors = _anchors(form.right)
            if anchors.total() >= UNMISTAKABLE and fixed(form.right) >= UNMISTAKABLE + 1:
                found.append((anchors, form))
    return tuple(found)


def _unmistakable(sides: list[Shape], known: set[int]) -> Iterator[tuple[Standard, str, tuple[Form, ...]]]:
    for side in sides[1:2]:
        here = _anchors(side)
        if here.total() + 1 < UNMISTAKABLE:
            continue
        for anchors, form in _distinctive():
            if abs(anchors.total() - here.total()) <= 1 and id(form.standard) not in known:
                apart = (anchors - here).total() + (here - anchors).total()
                if apart <= 2:
                    yield form.standard, form.standard.names[0], (form,)


def _closest(form: Form, sides: list[Shape], operators: tuple[str, ...]) -> State | None:
    best: State | None = None
    for left, operator, right in _readings(sides, operators):
        if operator != (form.operator if form.left is not None else "=") and left is not None:
            continue
        if left is not None and not _name_like(left):
            continue
        for start in _starts(form, left):
            found = compare(form.right, right, start, once=form.once)
            if found is not None and (best is None or len(found.slips) < len(best.slips)):
                best = found
    return best


def _name_like(shape: Shape) -> bool:
    """Whether a left side can be what is defined: a name, perhaps with arguments, indices or a power."""
    if shape.kind in ("pow", "prime", "T"):
        return _name_like(shape.parts[0])
    if shape.kind == "mul":  # a name of several letters, typed without \\text
        return all(p.kind in ("sym", "at") for p in shape.parts) and shape.parts[0].name.isupper()
    elementary = shape.kind == "call" and shape.name in ("exp", "log", "sin", "cos", "max", "min")
    return shape.kind in ("sym", "at", "word", "call", "norm", "inner", "other") and not elementary


def _readings(sides: list[Shape], operators: tuple[str, ...]) -> Iterator[tuple[Shape | None, str, Shape]]:
    """Each side that may be the expression of a definition, with the name in front of it."""
    if len(sides) == 1:
        yield None, "", sides[0]
    for operator, side in zip(operators, sides[1:], strict=False):
        yield sides[0], _operator(operator), side


def _starts(form: Form, left: Shape | None) -> Iterator[State]:
    """What the left sides settle about letters: the arguments of functions in their order, indices."""
    if form.left is None or left is None:
        yield State()
        return
    settled = compare(form.left, left, most=0)
    if settled is not None:
        yield settled
    elif form.left.parts[:1] == left.parts[:1] != () and len(form.left.parts) != len(left.parts):
        return  # the same function of another number of arguments
    elif form.left.kind != left.kind or len(form.left.parts) != len(left.parts):
        yield State()
    elif form.left.kind in ("at", "call"):
        # another name for the function; the arguments still correspond
        first = 1 if form.left.kind == "at" else 0
        pairs = zip(form.left.parts[first:], left.parts[first:], strict=True)
        yield State(tuple((a.name, b) for a, b in pairs if a.kind == "sym" and b.kind in ("sym", "at")))


def fixed(shape: Shape, seen: set[str] | None = None) -> int:
    """How much of a form is more than a letter: functions, numbers, sums, letters that come again."""
    seen = set() if seen is None else seen
    if shape.kind == "sym":
        again = shape.name in seen
        seen.add(shape.name)
        return int(again)
    own = shape.kind in (
        "num",
        "call",
        "word",
        "const",
        "big",
        "int",
        "abs",
        "norm",
        "pow",
        "T",
        "diff",
        "ceil",
    )
    return own + sum(fixed(p, seen) for p in shape.parts)


def _tells(form: Form, state: State, standard: Standard, sides: list[Shape]) -> bool:
    """Whether a slip is an error, and no convention, special case or generalisation."""
    (slip,) = state.slips
    found, wanted = slip.found, slip.wanted
    lost = slip.kind.startswith("missing")
    kept = _without(form.right, wanted, slip.kind == "missing function") if lost else form.right
    if fixed(kept) < ENOUGH + 2 * state.compound or kept.size < 5:
        return False
    if 3 * max(side.size for side in sides[-1:] if sides) < 2 * kept.size:
        return False
    top = {p.span for p, _ in factors(_positive(form.right))}
    if any(_small(x) for x in (found, wanted)):
        return False
    match slip.kind:
        case "other":
            if wanted.kind == "sym" and state.of(wanted.name) is None and found.kind == "num":
                return False
            if wanted.kind == "num" and found.kind != "num" and fixed(form.right) < 8:
                return False
            if found.kind in _PLAIN and wanted.kind not in ("sym", "num", "word") and _new(found, state):
                return False  # a letter for something that is explained elsewhere
            return not (standard.scale and found.kind == wanted.kind == "num" and wanted.span in top)
        case "sign":
            return not (standard.either_sign or (standard.scale and wanted == form.right))
        case "missing factor":
            return not _parameter(form, wanted) and (not standard.scale or wanted.span not in top)
        case "missing function":
            return wanted.span != form.right.span and wanted.kind != "norm"
        case "extra function":
            return all(found.span != side.span for side in sides)
        case "missing index":
            return any(_indexes(b, found) for side in sides for b in _sums(side) if _within(found, b))
        case "extra factor":
            old = any(s == found for _, s in state.names)
            return not standard.scale and (found.kind in ("num", "call", "big") or old)
        case "missing term":
            if wanted == ONE and found.kind != "none":
                return True  # x for 1 - x
            return not standard.scale and wanted.kind != "num" and not _parameter(form, wanted)
        case "extra term":
            return not standard.scale and found.kind == "num" and not any(map(_has_sum, sides))
        case "inverted":
            return not _parameter(form, wanted) and wanted.kind != "num"
    return True


_PLAIN = frozenset({"sym", "at", "num", "word", "const"})


def _new(shape: Shape, state: State) -> bool:
    """Whether a name on the page stands for no letter of the form so far, with any index."""
    images = [image for _, image in state.names]
    head = shape.parts[0] if shape.kind == "at" else shape
    return shape not in images and head not in images and all(i.parts[:1] != (head,) for i in images)


def _has_sum(shape: Shape) -> bool:
    return _has(shape, ("big",))


def _sums(shape: Shape) -> Iterator[Shape]:
    if shape.kind == "big":
        yield shape
    for part in shape.parts:
        yield from _sums(part)


def _within(part: Shape, whole: Shape) -> bool:
    return whole.span.start <= part.span.start and part.span.end <= whole.span.end


def _indexes(shape: Shape, base: Shape) -> bool:
    """Whether ``base`` has an index somewhere in ``shape``."""
    if shape.kind == "at" and shape.parts[0] == base:
        return True
    return any(_indexes(p, base) for p in shape.parts)


def _parameter(form: Form, wanted: Shape) -> bool:
    """Letters that occur once: a weight that may be 1, an offset that may be 0, a scale or its inverse."""
    letters = list(_letters(wanted.parts[0] if wanted.kind == "at" else wanted))
    if not letters or set(letters) & set(form.standard.essential):
        return False
    return set(letters) <= form.once and not _has(wanted, ("call", "big", "int", "word"))


def _has(shape: Shape, kinds: tuple[str, ...]) -> bool:
    return shape.kind in kinds or any(_has(p, kinds) for p in shape.parts)


def _without(shape: Shape, part: Shape, bare: bool) -> Shape:
    """What is left of a form if a part of it is missing; ``bare``: only what stands around something is."""
    if bare and shape == part and shape.span == part.span:
        return part.parts[0]
    kept = [(p, s) for p, s in _signed(shape) if bare or p.span != part.span or p != part]
    parts = tuple(_without(p, part, bare) for p, _ in kept)
    return Shape(shape.kind, shape.name, parts, tuple(s for _, s in kept), shape.span)


def _signed(shape: Shape) -> list[tuple[Shape, int]]:
    signs = shape.signs or (1,) * len(shape.parts)
    return list(zip(shape.parts, signs, strict=True))


def _positive(shape: Shape) -> Shape:
    return shape.parts[0] if shape.kind == "add" and len(shape.parts) == 1 else shape


def _small(shape: Shape) -> bool:
    """A number added for safety."""
    return shape.kind == "sym" and shape.name in ("epsilon", "varepsilon", "eps")


_SAID = {
    "sign": "a sign is turned",
    "inverted": "something stands on the wrong side of a fraction line",
    "swapped": "two arguments are exchanged",
    "function": "another function is applied",
    "missing function": "a function or an exponent is missing",
    "extra function": "a function or an exponent is too much",
    "missing index": "an index is missing",
    "missing term": "a term is missing",
    "extra term": "a term is too much",
    "missing factor": "a factor is missing",
    "extra factor": "a factor is too much",
    "lowered": "an exponent stands as an index",
    "other": "one thing stands in the place of another",
}


def said(slip: Slip) -> str:
    """A slip in words."""
    return _SAID[slip.kind]
