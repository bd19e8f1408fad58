"""The shapes in which a catalog entry is written down: what a document's formula is compared with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.catalog import catalog
from formulas.language import Expr
from formulas.schema import Formula, Relation, Verdict
from symcheck.latex import (
    Context,
    Head,
    LatexError,
    Presentation,
    Reading,
    Role,
    Sentence,
    interpret,
    name_of,
    parse,
    tokenize,
)
from symcheck.latex.tree import Call, Node, Statement, Symbol, children, walk

EXACT = frozenset({"=", ":=", "equiv", "\\equiv"})


@dataclass(frozen=True)
class Form:
    """``head = expr`` as the catalog has it; ``latex`` is the whole statement if it is printed somewhere.

    ``head`` is ``None`` where the entry gives the quantity no name that could be compared.  ``special``: it
    is what the definition becomes in a special case (an exponent of 0, say).
    """

    formula: Formula
    expr: Expr
    head: Head | None = None
    latex: str | None = None
    special: bool = False

    @property
    def measures(self) -> bool:
        """Whether what differs from the form can be wrong for it.

        Not where the form is a special case, a value of the quantity (``p``, an entry of a tensor), or said
        with functions that may be any; nor where it states a property of what is on its left (``A = A^T``).
        """
        if self.special or self.expr.is_Atom or isinstance(self.expr, sp.Indexed):
            return False
        if any(e.has(AppliedUndef) for e in entries(self.expr)):
            return False
        named = {str(s) for e in entries(self.expr) for s in e.free_symbols}
        return self.head is None or bool(self.head.arguments) or self.head.name not in named


def trusted(formula: Formula) -> bool:
    """Whether the printed lines of an entry are right, so that a document may be measured by them."""
    return all(c.expected is not Verdict.REFUTED for c in formula.claims if c.printed)


@cache
def printed(formula_id: str) -> tuple[tuple[str, Presentation], ...]:
    """The trusted printed lines of an entry, parsed."""
    formula = catalog()[formula_id]
    if formula.source is None or not trusted(formula):
        return ()
    return tuple((text, parse(text)) for text in formula.source.printed)


def usual(formula: Formula, conditions: Sequence[sp.Basic]) -> bool:
    """Whether ``conditions`` do not contradict what the printed lines of an entry silently assume.

    An entry may have claims for the opposite case (a slope above 1 of Leaky ReLU); no document means that.
    """
    assumed = {c for claim in formula.claims if claim.printed for c in claim.conditions}
    return not any(sp.Not(c) in assumed for c in conditions if isinstance(c, sp.core.relational.Relational))


@cache
def forms(formula_id: str) -> tuple[Form, ...]:
    """Every form of an entry: its definition, and each printed statement ``head = expression``."""
    formula = catalog()[formula_id]
    found = [Form(formula, formula.definition.expr, _head_of(formula.definition.latex))]
    for text, reading in readings(formula_id):
        for sentence in reading.sentences:
            for head, expr in definitions(sentence):
                found.append(Form(formula, expr, head, text))
    for claim in formula.claims:
        # under its conditions, another expression for the same quantity
        right = claim.expected in (Verdict.PROVED, Verdict.CONDITIONAL) and claim.relation is Relation.EQ
        conditions = (*claim.hypotheses, *claim.conditions)
        if right and claim.lhs == formula.definition.expr and conditions and usual(formula, conditions):
            fewer = len(claim.rhs.free_symbols) < len(claim.lhs.free_symbols)
            found.append(Form(formula, claim.rhs, found[0].head, special=fewer))
    return tuple(found)


@cache
def headed(formula_id: str) -> frozenset[str]:
    """The names of the quantities that an entry explains (of Adam: both moments and the parameters)."""
    return frozenset(form.head.name for form in forms(formula_id) if form.head is not None)


@cache
def readings(formula_id: str) -> tuple[tuple[str, Reading], ...]:
    """The trusted printed lines of an entry with their meaning; names that one defines hold in the others."""
    title = catalog()[formula_id].title
    alone = [(text, interpret(p, Context(title=title))) for text, p in printed(formula_id)]
    found: list[tuple[str, Reading]] = []
    for at, (text, presentation) in enumerate(printed(formula_id)):
        context = Context(title=title)
        for other, (_, reading) in enumerate(alone):
            for definition in reading.definitions.values() if other != at else ():
                context = context.define(definition)
        found.append((text, interpret(presentation, context)))
    return tuple(found)


@cache
def words() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """The printed statements of each entry as sequences of TeX tokens, with the line they stand in."""
    return {
        formula_id: tuple(
            (text, page_tokens(text, statement))
            for text, presentation in printed(formula_id)
            for statement in presentation.statements
        )
        for formula_id in catalog()
    }


def page_tokens(text: str, statement: Statement) -> tuple[str, ...]:
    """A statement as its TeX tokens, without spaces."""
    part = text[statement.span.start : statement.span.end]
    try:
        return tuple(t.text for t in tokenize(part) if t.kind not in ("space", "stop"))
    except LatexError:
        return (part,)


def slips(one: Sequence[str], other: Sequence[str], most: int = 4) -> int:
    """How many tokens to insert, delete or change to turn one sequence into the other, up to ``most``."""
    if abs(len(one) - len(other)) >= most:
        return most
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return min(row[-1], most)


CHANCE = frozenset({"P", "Pr", "E"})
_MARKS = {"[": "(", "]": ")", "Pr": "P"}
_STYLES = frozenset({"mathbb", "mathrm", "operatorname", "left", "right", "{", "}"})


def asked(tokens: Sequence[str]) -> tuple[str, ...]:
    """What stands on the left of a statement, letters aside: ``P(X = 0)`` and ``P(X = k)`` ask for different
    things, ``P(A \\cap B)`` and ``\\Pr(C \\cap D)`` for the same."""
    found: list[str] = []
    depth = 0
    for token in (_MARKS.get(t, t) for t in tokens if t not in _STYLES):
        depth += (token == "(") - (token == ")")
        if token == "=" and not depth:
            break
        inside = depth and len(token) == 1 and token.isalpha()
        found.append("x" if inside else token)
    return tuple(found)


def of_event(head: Head) -> bool:
    """Whether a head is the probability of an event, ``P(A \\cap B)``, and not of a named outcome."""
    return head.name in CHANCE and any(str(a) == "?" for a in head.arguments)


def _head_of(latex: str) -> Head | None:
    reading = interpret(parse(latex), Context())
    for sentence in reading.sentences:
        if sentence.role is Role.EXPRESSION and len(sentence.sides) == 1:
            return sentence.sides[0].head
    return None


def definitions(sentence: Sentence) -> Iterator[tuple[Head, Expr]]:
    """``(head, expression)`` for the first relation of a chain if it explains a name by an expression.

    ``f(-x) = ...`` or ``f(0) = ...`` explain nothing: the arguments have to be letters of their own.
    """
    for link in sentence.links():
        head = link.left.head
        if link.operator in EXACT and head is not None and link.right.expr is not None and plain(head):
            yield head, link.right.expr
        return


def plain(head: Head) -> bool:
    """Whether the arguments of a head are different letters (``x``, ``z_i``, ``p``), none a particular one of
    several (``k_1``)."""
    letters = all(
        isinstance(a, sp.Symbol | sp.IndexedBase | sp.Indexed) and not str(a)[-1].isdigit()
        for a in head.arguments
    )
    return letters and len({str(a) for a in head.arguments}) == len(head.arguments)


# comparison of what stands on the page


def same_page(a: Statement, b: Statement) -> bool:
    """Whether two statements look the same up to a one-to-one change of letters."""
    there: dict[tuple[object, ...], tuple[object, ...]] = {}
    back: dict[tuple[object, ...], tuple[object, ...]] = {}
    if a.operators != b.operators or len(a.sides) != len(b.sides):
        return False
    stack: list[tuple[Node, Node]] = list(zip(a.sides, b.sides, strict=True))
    while stack:
        left, right = stack.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, Symbol) and isinstance(right, Symbol):
            one, two = (left.name, left.style, left.accents), (right.name, right.style, right.accents)
            if left.accents != right.accents:
                return False
            if one != two and (_constant(left) or _constant(right)):
                return False
            if there.setdefault(one, two) != two or back.setdefault(two, one) != one:
                return False
            continue
        if _plain_fields(left) != _plain_fields(right):
            return False
        inner = list(children(left)), list(children(right))
        if len(inner[0]) != len(inner[1]):
            return False
        stack += zip(*inner, strict=True)
    return True


def _constant(symbol: Symbol) -> bool:
    """Names that mean one thing everywhere: ``\\log``, ``KL``, e, pi."""
    return symbol.style == "roman" or symbol.name in ("e", "pi")


def _plain_fields(node: Node) -> tuple[object, ...]:
    """What a node says besides its parts and its place: operators, texts, orders."""
    values = (getattr(node, name) for name in type(node).__slots__ if name != "span")
    return tuple(v for v in values if isinstance(v, str | int) or (isinstance(v, tuple) and _words(v)))


def _words(value: tuple[object, ...]) -> bool:
    return all(isinstance(v, str) for v in value)


# how far two expressions are from each other


def entries(expr: Expr) -> tuple[Expr, ...]:
    """The numbers of which an expression consists: the entries of a matrix written out, else itself."""
    return tuple(expr) if isinstance(expr, sp.MatrixBase) else (expr,)


def difference(a: Expr, b: Expr) -> int:
    """The number of nodes that one expression has and the other has not, names and places aside."""
    one, two = (sum((_nodes(e) for e in entries(side)), Counter()) for side in (a, b))
    return sum(((one - two) + (two - one)).values())


def _nodes(e: Expr) -> Counter[str]:
    count: Counter[str] = Counter()
    for node in sp.preorder_traversal(e):
        if node.args and not isinstance(node, sp.Tuple):
            count[type(node).__name__] += 1
        elif isinstance(node, sp.Number | sp.NumberSymbol):
            count[str(node)] += 1
    return count


@cache
def head_owners() -> dict[str, tuple[str, ...]]:
    """Ids of the entries that define a name, by that name (``D_KL``, ``softmax``, ``H``)."""
    owners: dict[str, dict[str, None]] = {}
    for formula_id in catalog():
        for form in forms(formula_id):
            if form.head is not None and plain(form.head) and form.head.name not in ELEMENTARY:
                owners.setdefault(form.head.name, {})[formula_id] = None
    return {name: tuple(ids) for name, ids in owners.items()}


ELEMENTARY = frozenset({"exp", "log", "ln", "sin", "cos", "tan", "max", "min", "sqrt", "det"})
_TELLING = re.compile(r"[A-Za-z]{2,}(?:_\w+)?|[A-Z]_[A-Z]{2,}")
_LETTER = re.compile(
    "(?i:alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|iota|kappa|lambda|mu|nu|xi|pi|rho|"
    "sigma|tau|upsilon|(?:var)?phi|chi|psi|omega)"
)


def telling(name: str) -> bool:
    """Whether a name says by itself what it is (``softmax``, ``RMS``, ``D_KL``), unlike a letter."""
    base = name.split("_")[0]
    if name in ELEMENTARY:
        return False  # of these every text speaks, and none defines them
    return _TELLING.fullmatch(name) is not None and _LETTER.fullmatch(base) is None and "hat" not in name


def called_names(text: str, node: Node) -> set[str]:
    """The names of functions that a side of a statement calls."""
    found: set[str] = set()
    for call in (n for n in walk(node) if isinstance(n, Call)):
        try:
            found.add(name_of(text[call.function.span.start : call.function.span.end]))
        except ValueError:  # no single name
            continue
    return found


def nearest_line(tokens: Sequence[str], most: int) -> str | None:
    """The printed line of the catalog that a statement is at most ``most`` tokens away from."""
    best = min(
        ((slips(tokens, page, most + 1), text) for pages in words().values() for text, page in pages),
        default=(most + 1, ""),
    )
    return best[1] if best[0] <= most else None
