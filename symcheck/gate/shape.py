"""The shape of a formula: its tree without fonts, spacing and the many ways to write one thing.

A fraction and a power of -1 have one shape, and so have ``e^x`` and ``\\exp(x)``, or ``x_i``, ``x^{(i)}`` and
``x(i)``.  Sums and products are flat, with a sign for each part (of a product: above or below the line).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from symcheck.latex import Span, tree
from symcheck.latex.names import label_text, plain_name
from symcheck.latex.tree import Node

_CONSTANTS = frozenset({"pi", "infty", "emptyset"})
_SYNONYMS = {
    "ln": "log", "lg": "log", "Tr": "tr", "trace": "tr", "Var": "var", "Cov": "cov", "sgn": "sign",
    "Softmax": "softmax", "RELU": "relu", "ReLU": "relu",
}  # fmt: skip
_CHANCE = frozenset({"Pr", "Prob", "prob"})
_PLACES = frozenset("ijkmn")
_SET_SIGNS = frozenset({"cup", "cap", "setminus", "oplus", "ominus"})


@dataclass(frozen=True, slots=True)
class Shape:
    """``kind`` with a ``name`` and ``parts``; ``signs`` go with the parts of ``add`` and ``mul``, ``size``
    is the number of things it consists of."""

    kind: str
    name: str = ""
    parts: tuple[Shape, ...] = ()
    signs: tuple[int, ...] = ()
    span: Span = field(default=Span(0, 0), compare=False)
    size: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size = 1
        for part in self.parts:
            size += part.size
        object.__setattr__(self, "size", size)


NONE = Shape("none")
ONE = Shape("num", "1")
ZERO = Shape("num", "0")
OTHERWISE = Shape("otherwise")


def shape_of(node: Node) -> Shape:
    """The shape of a part of a formula."""
    span = node.span
    match node:
        case tree.Number():
            return Shape("num", _number(node.text), span=span)
        case tree.Symbol():
            return _symbol(node)
        case tree.Subscript():
            return _subscript(node)
        case tree.Mark():
            match node.mark:
                case tree.Delimited(items=(tree.Symbol() as index,)) | (tree.Sum() as index):
                    return _marked(shape_of(node.base), shape_of(index), span)
                case tree.Symbol(name=letter) as index if len(letter) == 1 and letter.islower():
                    return _marked(shape_of(node.base), shape_of(index), span)
            name = plain_name(node)
            return Shape("sym", name, span=span) if name else _generic(node)
        case tree.Prime():
            return Shape("prime", str(node.order), (shape_of(node.base),), span=span)
        case tree.Sum() if not set(node.signs) & _SET_SIGNS:
            return _sum(node)
        case tree.Product():
            return _product(node)
        case tree.Fraction():
            return product([(shape_of(node.numerator), 1), (shape_of(node.denominator), -1)], span)
        case tree.Power():
            return power(shape_of(node.base), shape_of(node.exponent), span)
        case tree.Root():
            degree = shape_of(node.degree) if node.degree is not None else Shape("num", "2")
            return power(shape_of(node.radicand), product([(degree, -1)], span), span)
        case tree.Transpose():
            return Shape("T", "", (shape_of(node.base),), span=span)
        case tree.Delimited():
            return _delimited(node)
        case tree.Call():
            return _call(node)
        case tree.BigOperator():
            return _big(node)
        case tree.Integral():
            variables = tuple(map(shape_of, node.variables))
            bounds = (_maybe(node.lower), _maybe(node.upper))
            return Shape("int", "", (*variables, *bounds, shape_of(node.body)), span=span)
        case tree.Derivative():
            order = ONE if node.order is None else shape_of(node.order)
            parts = (*map(shape_of, node.variables), order, shape_of(node.body))
            return Shape("diff", "", parts, span=span)
        case tree.Cases():
            rows = tuple(Shape("row", "", (shape_of(v), _condition(c)), span=v.span) for v, c in node.rows)
            return Shape("cases", "", rows, span=span)
        case tree.Entry(base=base, items=items):
            return Shape("at", "", (shape_of(base), *map(shape_of, items)), span=span)
        case tree.Factorial(base=tree.Number(text="2" | "3" | "4" as small)):
            return Shape("num", {"2": "2", "3": "6", "4": "24"}[small], span=span)
        case tree.Factorial():
            return Shape("call", "factorial", (shape_of(node.base),), span=span)
    return _generic(node)


def _marked(base: Shape, mark: Shape, span: Span) -> Shape:
    """``x^{(l)}_j``: the entry j of ``x^{(l)}``, in whatever order the two are typed."""
    if base.kind == "at" and base.name == "" and base.parts[0].kind == "sym":
        head = Shape("at", "", (base.parts[0], mark), span=span)
        return Shape("at", "", (head, *base.parts[1:]), span=span)
    return Shape("at", "", (base, mark), span=span)


_TURNED = {"<": ">", ">": "<"}


def _condition(node: Node | None) -> Shape:
    """The condition of a case, ``x > 1`` for ``1 < x``; to which case an end belongs is no matter."""
    if node is None or isinstance(node, tree.Prose):
        return OTHERWISE
    if isinstance(node, tree.Delimited) and node.opening == "(" and len(node.items) == 1:
        return _condition(node.items[0])
    if isinstance(node, tree.Relation) and all(o in ("<", ">", "<=", ">=") for o in node.operators):
        sides = [shape_of(side) for side in node.sides]
        operators = [o[0] for o in node.operators]
        if operators[0] == ">" and len(sides) > 2:  # 1 > x > -1
            sides, operators = sides[::-1], [_TURNED[o] for o in operators[::-1]]
        if len(sides) == 2 and _number_like(sides[0]) and not _number_like(sides[1]):
            sides, operators = sides[::-1], [_TURNED[o] for o in operators]
        return Shape("other", f"Relation {' '.join(operators)}", tuple(sides), span=node.span)
    return shape_of(node)


def _number_like(shape: Shape) -> bool:
    return shape.kind in ("num", "const") or (shape.kind == "add" and all(map(_number_like, shape.parts)))


def _maybe(node: Node | None) -> Shape:
    return NONE if node is None else shape_of(node)


def _number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _generic(node: Node) -> Shape:
    """Notation without a rule of its own: its class, its words and its parts."""
    words = [v for n in node.__slots__ if n != "span" and isinstance(v := getattr(node, n), str)]
    for n in node.__slots__:
        v = getattr(node, n)
        if isinstance(v, tuple) and v and all(isinstance(x, str) for x in v) and n != "separators":
            words += v
    name = " ".join([type(node).__name__, *words])
    return Shape("other", name, tuple(map(shape_of, tree.children(node))), span=node.span)


def _symbol(node: tree.Symbol) -> Shape:
    name = "_".join((_SYNONYMS.get(node.name, node.name), *node.accents))
    if node.name in _CONSTANTS:
        return Shape("const", name, span=node.span)
    if node.name in _CHANCE:
        return Shape("sym", "P", span=node.span)
    if len(node.name) > 1 and node.style in ("roman", "sans"):
        return Shape("word", name.lower().replace("-", "").replace(" ", ""), span=node.span)
    return Shape("sym", name, span=node.span)


def _subscript(node: tree.Subscript) -> Shape:
    labels = all(
        isinstance(i, tree.Prose) or (isinstance(i, tree.Symbol) and len(i.name) > 1 and i.style == "roman")
        for i in node.items
    )
    base = shape_of(node.base)
    numbered = len(node.items) == 1 and isinstance(node.items[0], tree.Number)
    if (labels or numbered) and base.kind in ("sym", "word"):
        label = "".join(label_text(i) or "" for i in node.items)
        return Shape(base.kind, f"{base.name}_{label}", span=node.span)
    if base.kind == "prime":
        entry = Shape("at", "", (base.parts[0], *map(shape_of, node.items)), span=node.span)
        return Shape("prime", base.name, (entry,), span=node.span)
    return Shape("at", "", (base, *map(shape_of, node.items)), span=node.span)


def _sum(node: tree.Sum) -> Shape:
    parts: list[tuple[Shape, int]] = []
    for term, sign in zip(node.terms, node.signs, strict=True):
        one = -1 if sign == "-" else 1
        shape = shape_of(term)
        if sign in ("+-", "-+"):
            shape = Shape("other", "+-", (shape,), span=term.span)
        parts += [(p, one * s) for p, s in terms(shape)]
    return added(parts, node.span)


def terms(shape: Shape) -> list[tuple[Shape, int]]:
    """The summands with their signs; of anything but a sum, itself."""
    return list(zip(shape.parts, shape.signs, strict=True)) if shape.kind == "add" else [(shape, 1)]


def factors(shape: Shape) -> list[tuple[Shape, int]]:
    """The factors with 1 (above the line) or -1 (below); of anything but a product, itself."""
    return list(zip(shape.parts, shape.signs, strict=True)) if shape.kind == "mul" else [(shape, 1)]


def added(parts: list[tuple[Shape, int]], span: Span) -> Shape:
    """A flat sum."""
    parts = [(p, s * inner) for part, s in parts for p, inner in terms(part)]
    if len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    return Shape("add", "", tuple(p for p, _ in parts), tuple(s for _, s in parts), span=span)


def negative(shape: Shape) -> Shape:
    return added([(p, -s) for p, s in terms(shape)], shape.span)


def product(parts: list[tuple[Shape, int]], span: Span) -> Shape:
    """A flat product; the sign of a factor goes in front, factors of 1 and fractions in fractions vanish."""
    flat: list[tuple[Shape, int]] = []
    sign = 1
    for part, side in parts:
        if part.kind == "add" and len(part.parts) == 1:
            sign *= part.signs[0]
            part = part.parts[0]
        for factor, inner in factors(part):
            if factor.kind == "add" and len(factor.parts) == 1:
                sign *= factor.signs[0]
                factor = factor.parts[0]
            if factor != ONE:
                flat.append((factor, side * inner))
    if not flat:
        out = Shape("num", "1", span=span)
    elif len(flat) == 1 and flat[0][1] == 1:
        out = flat[0][0]
    else:
        out = Shape("mul", "", tuple(p for p, _ in flat), tuple(s for _, s in flat), span=span)
    return out if sign == 1 else negative(out)


# counts and scores that are often written without \text
_SPELLED = frozenset(
    ["TP", "FP", "TN", "FN", "FAR", "FRR", "TPR", "FPR", "TNR", "FNR", "KL", "MSE", "MAE", "DCG",
     "IDCG", "MAX", "SSE", "SST", "SSR", "AP", "IoU", "NN", "MSB", "MSW"]
)  # fmt: skip


def _spelled(factors: list[Node], operators: list[str]) -> tuple[list[Node], list[str]]:
    """Letters next to each other that spell a word, as that word."""
    out, between = [factors[0]], [""]
    for operator, factor in zip(operators, factors[1:], strict=True):
        last = out[-1]
        close = operator == "" and last.span.end == factor.span.start
        if close and isinstance(last, tree.Symbol) and len(last.name) == 1 and _counts(factor):  # x1
            span = last.span | factor.span
            out[-1] = tree.Subscript(span, last, (factor,))
            continue
        if close and isinstance(last, tree.Symbol) and isinstance(factor, tree.Symbol) and not factor.style:
            word = last.name + factor.name
            if any(w.startswith(word) for w in _SPELLED):
                out[-1] = tree.Symbol(last.span | factor.span, word, "roman")
                continue
        out.append(factor)
        between.append(operator)
    if any(
        isinstance(n, tree.Symbol) and len(n.name) > 1 and n.name.isupper() and n.name not in _SPELLED
        for n in out
    ):
        return factors, operators
    return out, between[1:]


def _product(node: tree.Product) -> Shape:
    operators = list(node.operators[-len(node.factors) + 1 :])
    if len(operators) != len(node.factors) - 1:
        return _generic(node)
    spelled, operators = _spelled(list(node.factors), operators)
    parts = [(shape_of(spelled[0]), 1)]
    for operator, factor in zip(operators, spelled[1:], strict=True):
        last, side = parts[-1]
        entry = _is_list(factor) or (last.kind == "word" and _is_entry(factor))
        if operator == "" and entry and last.kind in ("sym", "word"):  # f[x, y], stride[0]
            assert isinstance(factor, tree.Delimited)
            inside = map(shape_of, factor.items)
            parts[-1] = (Shape("at", "", (last, *inside), span=last.span | factor.span), side)
        elif operator in ("", "cdot", "times", "odot", "*", "ast"):
            parts.append((shape_of(factor), 1))
        elif operator in ("div", "/"):
            parts.append((shape_of(factor), -1))
        else:
            return _generic(node)
    return product(parts, node.span)


def _is_list(node: Node) -> bool:
    return isinstance(node, tree.Delimited) and len(node.items) > 1 and node.opening in ("[", "(")


def _counts(node: Node) -> bool:
    """One digit, as in the names ``x1`` and ``x2``."""
    return isinstance(node, tree.Number) and len(node.text) == 1 and node.text.isdigit()


def _is_entry(node: Node) -> bool:
    """``[0]`` or ``[i]``."""
    if not isinstance(node, tree.Delimited) or node.opening != "[" or len(node.items) != 1:
        return False
    (item,) = node.items
    return isinstance(item, tree.Number) or (isinstance(item, tree.Symbol) and item.name in _PLACES)


def power(base: Shape, exponent: Shape, span: Span) -> Shape:
    """A power; one of a product with a number as exponent is taken apart."""
    if base == Shape("sym", "e"):
        return Shape("call", "exp", (exponent,), span=span)
    if exponent == ONE:
        return base
    if exponent.kind == "add" and len(exponent.parts) == 1 and exponent.parts[0].kind == "num":
        below = exponent.parts[0]
        inner = base if below == ONE else Shape("pow", "", (base, below), span=span)
        return product([(inner, -1)], span)
    if base.kind == "abs" and exponent == Shape("num", "2"):
        base = base.parts[0]
    if base.kind == "mul" and _fixed(exponent):
        parts = [(Shape("pow", "", (p, exponent), span=p.span), s) for p, s in factors(base)]
        return product(parts, span)
    return Shape("pow", "", (base, exponent), span=span)


def _fixed(exponent: Shape) -> bool:
    """A number, or a quotient of numbers."""
    return all(p.kind == "num" for p, _ in factors(exponent))


def _delimited(node: tree.Delimited) -> Shape:
    items = tuple(map(shape_of, node.items))
    kind = {"|": "abs", "||": "norm", "|_": "floor", "|^": "ceil", "<<": "inner"}.get(node.opening)
    if kind is not None:
        return Shape(kind, "", items, span=node.span)
    if len(items) == 1 and node.opening in ("(", "[", "", "{"):
        return items[0]
    return Shape("list", "".join(node.separators), items, span=node.span)


def _call(node: tree.Call) -> Shape:
    arguments = [shape_of(a) for a in node.arguments.items]
    bars = "".join("|" if s in ("|", "||") else "," for s in node.arguments.separators)
    function = node.function
    if isinstance(function, tree.Power):
        inner = tree.Call(node.span, function.base, node.arguments, node.guessed)
        return Shape("pow", "", (shape_of(inner), shape_of(function.exponent)), span=node.span)
    head = shape_of(function)
    if head.kind == "word" and _is_entry(node.arguments):
        return Shape("at", "", (head, *arguments), span=node.span)
    if head.kind == "word":
        if head.name == "det" and [a.kind for a in arguments] == ["abs"]:
            return arguments[0]  # det |A|, which says it twice
        if head.name == "abs" and len(arguments) == 1:
            return Shape("abs", "", tuple(arguments), span=node.span)
        if head.name.startswith("log_") and head.name[4:].isdigit():
            head = Shape("word", "log")  # the base is a unit
        return Shape("call", head.name, tuple(arguments), span=node.span)
    return Shape("at", bars.replace(",", ""), (head, *arguments), span=node.span)


def _big(node: tree.BigOperator) -> Shape:
    body = shape_of(node.body)
    if node.operator in ("min", "max") and node.lower is None:
        return Shape("call", node.operator, body.parts if body.kind == "list" else (body,), span=node.span)
    index, start, domain = NONE, NONE, NONE
    match node.lower:
        case tree.Relation(sides=(letter, first), operators=("=",)):
            index, start = shape_of(letter), shape_of(first)
        case tree.Relation(sides=(letter, values), operators=("in",)) if _depends(values):
            index, domain = shape_of(letter), shape_of(values)
        case tree.Number():
            start = shape_of(node.lower)
        case tree.Symbol() | tree.Subscript():
            index = shape_of(node.lower)
    return Shape("big", node.operator, (index, start, _maybe(node.upper), domain, body), span=node.span)


def _depends(values: Node) -> bool:
    """Whether a range is a different one for each value of a letter: ``N(i)``, ``S_k``."""
    return any(isinstance(n, tree.Call) for n in tree.walk(values))
