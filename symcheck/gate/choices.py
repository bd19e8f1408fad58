"""What of a difference from a standard definition is the author's to choose.

The names of letters and in what order their indices stand; whether a letter stands for a square or is scaled;
of which of a quantity and its reciprocal or its negative one speaks, if nothing says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symcheck.gate.near import ELEMENTARY, Slip, State, compare
from symcheck.gate.shape import Shape
from symcheck.gate.slips import Form, all_customary, base_of, customary, letters_of, parts_of
from symcheck.gate.standard_names import name_like, squashed
from symcheck.latex.notation import GREEK

_ADJOINT = ("_star", "_dagger", "_H", "_ast")
_TELLING = 20  # things of which a form consists that tell what is meant
_SYMMETRIC = frozenset({"H", "S", "I", "h", "MI", "NMI", "Cov", "cov"})
_LOSSES = frozenset({"L", "J", "l", "ell", "E", "loss", "cost"})


@dataclass(frozen=True)
class Said:
    """What the words say of a statement: that its name is the standard's (``own``), that it has none
    (``unnamed``), that it is to be made small (``minimised``), and whether others stand beside it;
    ``near`` is what is written around it."""

    own: bool
    unnamed: bool
    minimised: bool
    beside: bool
    near: str


def chosen(form: Form, state: State, sides: list[Shape], said: Said) -> bool:
    """Whether the slips are such choices."""
    if _of_another_name(form, sides, said):
        return True
    if said.unnamed and form.right.size < _TELLING and 2 * len(customary(state)) <= len(state.names):
        return True  # in letters of its own, and nobody says that it is this
    if len(state.slips) > 1 and _turned_throughout(state, sides):
        return True
    return any(_chosen(form, state, slip, sides, said) for slip in state.slips)


def _of_another_name(form: Form, sides: list[Shape], said: Said) -> bool:
    """Whether a word on the left side names something else: Kurt(X), where the text names the variance."""
    if said.own or len(sides) < 2:
        return False
    left = _head(sides[0])
    if left.kind == "mul" and name_like(left):  # DTW(X, Y), typed as letters
        word = "".join(_head(part).name for part in left.parts)
    elif left.kind in ("word", "call") and left.name not in ELEMENTARY:
        word = left.name.split("_")[0]
    else:
        return False
    if form.left is not None and any(p.name == left.name for p in parts_of(form.left)):
        return False
    word = squashed(word)
    return len(word) > 2 and not any(_abbreviates(word, name) for name in form.standard.names)


def _abbreviates(word: str, name: str) -> bool:
    """Whether a word is a name, a part of it or its initials: NRMSE for a root mean squared error."""
    plain = squashed(name)
    initials = "".join(part[0] for part in name.casefold().replace("-", " ").split() if part)
    return word in plain or plain in word or (len(initials) > 1 and (initials in word or word in initials))


def _turned_throughout(state: State, sides: list[Shape]) -> bool:
    """Whether the indices of one letter stand the other way round wherever it occurs."""
    heads = {slip.found.parts[0] for slip in state.slips if slip.found.kind == "at"}
    if len(heads) != 1 or {slip.kind for slip in state.slips} != {"swapped"}:
        return False
    (head,) = heads
    entries = [p for side in sides for p in parts_of(side) if p.kind == "at" and p.parts[0] == head]
    return len(head.name) == 1 and len(entries) == len(state.slips)


def _chosen(form: Form, state: State, slip: Slip, sides: list[Shape], said: Said) -> bool:
    found, wanted = slip.found, slip.wanted
    match slip.kind:
        case "other":
            if found.kind == wanted.kind == "num":
                return any(_renamed(name, state) for name in _beside_once(form, wanted))
            if found.kind == "sym" and found.name in GREEK and rf"\{found.name}" in said.near:
                return True  # another letter, of which the text speaks
            if found.kind == "at" and len(found.parts) == 2:
                head, index = found.parts
                if head.name.casefold() == index.name.casefold():
                    return True  # r_r, the vector of r
                return _counted_otherwise(found, wanted, sides)
        case "swapped":
            return found.kind == "at" and found.parts[0].name in _SYMMETRIC  # H(X, Y) and H(Y, X)
        case "missing function":
            if wanted.kind == "T" and found.kind == "sym" and found.name.endswith(_ADJOINT):
                return True
            inner = wanted.parts[0] if wanted.kind == "pow" else wanted
            return inner.kind == "sym" and inner.name in form.once and _renamed(inner.name, state)
        case "extra factor":
            return any(_scales(found, image, sides) for n, image in state.names if n in form.once)
        case "sign" | "inverted":
            if wanted.span != form.right.span and found.span != sides[-1].span:
                return False
            return not (_same_head(form, sides) or said.own or (said.minimised and _a_loss(sides)))
        case "function":
            if found.kind == wanted.kind == "big":
                return not (said.own or _same_head(form, sides) or all_customary(form, state))
        case "missing term":
            one = wanted.kind == "num"
            return not one and (said.beside or not (said.own or all_customary(form, state)))
    return False


def estimate_for_truth(forms: Iterable[Form], sides: list[Shape]) -> tuple[Form, Slip] | None:
    """A form of a standard in which y and its estimate stand in each other's place, if none has them right:
    ``-\\sum \\hat{y} \\log y``."""
    right = sides[-1]
    letters = set(letters_of(right))
    pairs = [name for name in letters if f"{name}_hat" in letters]
    if len(pairs) != 1:
        return None
    plain, estimate = Shape("sym", pairs[0]), Shape("sym", f"{pairs[0]}_hat")
    turned: Form | None = None
    for form in forms:
        for name in form.letters:
            if f"{name}_hat" not in form.letters:
                continue
            as_it_is = State(((name, plain), (f"{name}_hat", estimate)))
            if compare(form.right, right, as_it_is, most=0) is not None:
                return None
            exchanged = State(((name, estimate), (f"{name}_hat", plain)))
            if compare(form.right, right, exchanged, most=0) is not None:
                turned = form
    return (turned, Slip("swapped", right.span, right, turned.right)) if turned is not None else None


def _beside_once(form: Form, number: Shape) -> Iterator[str]:
    """The letters that a number stands beside in a product, of those that occur once."""
    for part in parts_of(form.right):
        if part.kind == "mul" and any(_is(number, f) for f in _factors_in(part)):
            yield from (f.name for f in _factors_in(part) if f.kind == "sym" and f.name in form.once)


def _factors_in(shape: Shape) -> Iterator[Shape]:
    """The factors of a product, also of those under roots and powers in it."""
    if shape.kind == "mul":
        for part in shape.parts:
            yield from _factors_in(part)
    elif shape.kind == "pow":
        yield from _factors_in(shape.parts[0])
    else:
        yield shape


def _is(number: Shape, factor: Shape) -> bool:
    return factor == number and factor.span == number.span


def _renamed(name: str, state: State) -> bool:
    """Whether the page has another letter for one of the form, which may stand for more or less than it."""
    image = state.of(name)
    return image is not None and base_of(image).name.split("_")[0].casefold() != name.split("_")[0].casefold()


def _scales(factor: Shape, image: Shape, sides: list[Shape]) -> bool:
    """Whether a factor stands in one product with what a letter stands for that occurs once."""
    return any(
        part.kind == "mul" and factor in part.parts and _entry_of(image, part)
        for side in sides
        for part in parts_of(side)
    )


def _entry_of(image: Shape, product: Shape) -> bool:
    return any(p == image or (p.kind == "at" and p.parts[0] == image) for p in product.parts)


def _counted_otherwise(found: Shape, wanted: Shape, sides: list[Shape]) -> bool:
    """Whether one letter has another index than elsewhere, over which a sum of its own runs: x_j and x_i for
    the totals of columns and rows."""
    head, index = found.parts
    if index.kind != "sym" or wanted.kind != "at":
        return False
    entries = {p for side in sides for p in parts_of(side) if p.kind == "at" and p.parts[0] == head}
    own = [p for side in sides for p in parts_of(side) if p.kind == "big" and p.parts[0] == index]
    return len(own) == 1 and all(index.name not in letters_of(e) for e in entries - {found})


def _same_head(form: Form, sides: list[Shape]) -> bool:
    """Whether the left side has the letter that the form has there."""
    if form.left is None or len(sides) < 2:
        return False
    return _head(form.left).name.split("_")[0] == _head(sides[0]).name.split("_")[0] != ""


def _a_loss(sides: list[Shape]) -> bool:
    name = _head(sides[0]).name
    return len(sides) > 1 and (name.split("_")[0] in _LOSSES or "loss" in name.casefold())


def _head(shape: Shape) -> Shape:
    """What a name is without its arguments, indices and powers."""
    while shape.kind in ("at", "pow", "prime", "T") and shape.parts:
        shape = shape.parts[0]
    return shape
