"""Sizes that the text declares, carried through a formula: ``W x`` for W of m by n and x of m entries.

Only what cannot be meant is told.  A vector may be a column or a row, sums broadcast, and two names of sizes
may be one number where the text equates them; nothing is said of what was not declared, or declared twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from symcheck.gate.documents import Passage, formulas_in
from symcheck.latex import Declaration, Kind, Presentation, Span, parse, tree
from symcheck.latex.declarations import declared_shapes
from symcheck.latex.names import name_of, plain_name
from symcheck.latex.tree import Node, Statement

Length = str | int | None
"""What a document calls the length of an axis; ``None`` if that is no name and no number."""

MAX_LENGTH = 400
_TIMES = r"\$\s*(\w+)\s*\\times\s*(\w+)\s*\$"
_SAID = (
    re.compile(rf"\$([^$]+)\$\s+(?:is|be|has size|has shape|of size|of shape)\s+(?:an?\s+|the\s+)?{_TIMES}"),
    re.compile(rf"(?P<rows>){_TIMES}\s+(?:[\w-]+\s+){{0,2}}matrix\s+\$([^$]+)\$"),
)
_EQUATES = frozenset({"=", ":=", "equiv"})
_ENTRYWISE = frozenset({
    "sigma", "phi", "tanh", "exp", "log", "sin", "cos", "relu", "ReLU", "gelu", "GELU", "silu", "SiLU",
    "softmax", "LayerNorm", "Dropout", "dropout",
})  # fmt: skip
_OF_SQUARES = frozenset({"tr", "Tr", "trace", "det"})
_NORMS = frozenset({"|", "||"})


@dataclass(frozen=True)
class Size:
    """``rows`` and ``columns``; of a vector one of them is 1 and ``vector`` is set.  ``bare``: a declared
    name as it stands."""

    rows: Length
    columns: Length
    vector: bool = False
    bare: bool = False

    @property
    def turned(self) -> Size:
        return Size(self.columns, self.rows, self.vector)

    @property
    def entries(self) -> Length:
        """The length of a vector."""
        return self.rows if self.columns == 1 else self.columns

    @property
    def column(self) -> bool:
        return self.vector and self.columns == 1


SCALAR = Size(1, 1, vector=True)


@dataclass(frozen=True)
class Misfit:
    """``problem`` says at ``span`` which two lengths do not agree."""

    span: Span
    problem: str


def misfits(passage: Passage, presentation: Presentation) -> list[Misfit]:
    """Where the declared sizes contradict a formula."""
    claims = [
        s for s in presentation.statements if (s.operators or _measured(s)) and s.operators[:1] != ("in",)
    ]
    if not any(_composed(side) for s in claims for side in s.sides):
        return []
    texts = (f"{passage.before}{passage.latex}{passage.after}", passage.following)
    beside = [s for text in texts for f in formulas_in(text) for s in _near(f, passage)]
    above = [s for f in passage.earlier for s in _near(f, passage)]
    here = _declared((*beside, *presentation.statements), texts)
    statements = (*above, *beside, *presentation.statements)
    declared = _declared(statements, texts)
    if not declared:
        return []
    sizes = _Sizes(declared, frozenset(here), _equated(statements), presentation.text)
    for statement in claims:
        sizes.statement(statement)
    return sizes.found


def _composed(node: Node) -> bool:
    return any(isinstance(n, tree.Product | tree.Sum | tree.Power | tree.Call) for n in tree.walk(node))


def _measured(statement: Statement) -> bool:
    """Whether the length of a difference is taken.  (Of a lone product one may ask whether it is defined.)"""
    nodes = (n for side in statement.sides for n in tree.walk(side))
    return any(
        isinstance(n, tree.Delimited) and n.opening == "||" and any(isinstance(i, tree.Sum) for i in n.items)
        for n in nodes
    )


def _near(latex: str, passage: Passage) -> tuple[Statement, ...]:
    telling = len(latex) <= MAX_LENGTH and (r"\mathbb" in latex or "=" in latex)
    return _statements(latex) if telling and latex != passage.latex else ()


@lru_cache(maxsize=1024)
def _statements(latex: str) -> tuple[Statement, ...]:
    return parse(latex).statements


def declared_in(text: str) -> dict[str, Size]:
    """The sizes that a text gives to names."""
    return _declared((s for latex in formulas_in(text) for s in _statements(latex)), (text,))


def _declared(statements: Iterable[Statement], texts: Iterable[str]) -> dict[str, Size]:
    found: dict[str, Size] = {}
    twice: set[str] = set()
    for name, size in (*_members(statements), *_in_words(texts)):
        if found.setdefault(name, size) != size:
            twice.add(name)
    return {name: size for name, size in found.items() if name not in twice}


def _members(statements: Iterable[Statement]) -> Iterator[tuple[str, Size]]:
    for statement in statements:
        if statement.operators[:1] == ("in",):
            for name, declaration in declared_shapes((statement,)).items():
                size = _size(declaration)
                if size is not None:
                    yield name, size


def _size(declaration: Declaration) -> Size | None:
    match declaration.kind, declaration.shape:
        case Kind.TENSOR, (n,):
            return Size(_length(n), 1, vector=True, bare=True)
        case Kind.TENSOR, (m, n):
            return Size(_length(m), _length(n), bare=True)
        case Kind.SCALAR, ():
            return SCALAR
    return None


def _length(n: object) -> Length:
    return n if isinstance(n, str | int) else None


def _in_words(texts: Iterable[str]) -> Iterator[tuple[str, Size]]:
    """``X is an n x d matrix``, ``the m x n matrix A``."""
    for text in texts:
        for pattern in _SAID:
            for hit in pattern.finditer(text):
                if "rows" in hit.groupdict():
                    _, rows, columns, letter = hit.groups()
                else:
                    letter, rows, columns = hit.groups()
                try:
                    name = name_of(letter)
                except ValueError:
                    continue
                yield name, Size(_number(rows), _number(columns), bare=True)


def _number(text: str) -> Length:
    return int(text) if text.isdecimal() else text


def _equated(statements: Iterable[Statement]) -> list[frozenset[str]]:
    """Names that the text equates with something: ``m = n``."""
    found = []
    for statement in statements:
        if "=" in statement.operators:
            names = [n for side in statement.sides for n in map(plain_name, tree.walk(side)) if n is not None]
            if any(plain_name(side) is not None for side in statement.sides):
                found.append(frozenset(names))
    return found


class _Sizes:
    """The sizes of the parts of a formula; ``found`` is where they do not agree.  ``here`` are the names that
    are declared in the same block: that a matrix is square is left out too easily further down."""

    def __init__(
        self, declared: dict[str, Size], here: frozenset[str], equated: list[frozenset[str]], text: str
    ) -> None:
        self.declared, self.here, self.equated, self.text = declared, here, equated, text
        self.found: list[Misfit] = []

    def statement(self, statement: Statement) -> None:
        sides = [(side, self.size(side)) for side in statement.sides]
        for at, operator in enumerate(statement.operators):
            if operator in _EQUATES:
                self.alike(sides[at : at + 2])

    def size(self, node: Node) -> Size | None:
        """The size of a part; ``None`` if that is not known."""
        match node:
            case tree.Number():
                return SCALAR
            case tree.Subscript(base=tree.Delimited(opening="||") as norm):
                return self.size(norm)
            case tree.Symbol() | tree.Subscript() | tree.Mark() | tree.Prime():
                name = plain_name(node)
                return None if name is None else self.declared.get(name)
            case tree.Transpose():
                base = self.size(node.base)
                return None if base is None else base.turned
            case tree.Power():
                return self.power(node)
            case tree.Delimited(items=(item,)):
                inside = self.size(item)
                return SCALAR if node.opening in _NORMS else inside
            case tree.Fraction():
                above, below = self.size(node.numerator), self.size(node.denominator)
                return above if below == SCALAR or (below is None and above != SCALAR) else None
            case tree.Root():
                return SCALAR if self.size(node.radicand) == SCALAR else None
            case tree.Sum() if set(node.signs) <= {"+", "-"}:
                return self.sum([(t, self.size(t)) for t in node.terms])
            case tree.Product() if set(node.operators) <= {"", "cdot"}:
                return self.product(node.factors)
            case tree.Product() if set(node.operators) == {"odot"}:
                return self.alike([(f, self.size(f)) for f in node.factors])
            case tree.Call():
                return self.call(node)
        for child in tree.children(node):
            self.size(child)
        return None

    def power(self, node: tree.Power) -> Size | None:
        base = self.size(node.base)
        inverse = isinstance(node.exponent, tree.Sum) and node.exponent.signs == ("-",)
        if base is None or base == SCALAR or not inverse:
            return base if base == SCALAR else None
        self.square(node, base, "an inverse")
        return Size(base.columns, base.rows) if not base.vector else None

    def square(self, node: Node, size: Size, what: str) -> None:
        names = {plain_name(n) for n in tree.walk(node)} & set(self.declared)
        if not size.vector and names <= self.here and self.differ(size.rows, size.columns):
            self.tell(node, f"{what} is taken of a matrix with {size.rows} rows and {size.columns} columns")

    def call(self, node: tree.Call) -> Size | None:
        name = plain_name(node.function)
        items = node.arguments.items
        inside = [self.size(item) for item in items]
        if len(items) != 1 or name is None:
            return None
        if node.guessed and name in self.declared:  # W(x + b) is a product
            return self.product((node.function, items[0]))
        if name in _OF_SQUARES and inside[0] is not None:
            self.square(node, inside[0], "a trace" if name[0].lower() == "t" else "a determinant")
            return SCALAR
        return inside[0] if name in _ENTRYWISE else None

    def sum(self, terms: list[tuple[Node, Size | None]]) -> Size | None:
        """Vectors are added to each row of a matrix, and numbers to everything."""
        known = [(node, size) for node, size in terms if size is not None and size != SCALAR]
        whole = self.alike(known)
        if not known:
            return SCALAR if all(size == SCALAR for _, size in terms) else None
        unknown = any(size is None for _, size in terms)
        return whole if not unknown or not known[0][1].bare else None

    def alike(self, parts: Sequence[tuple[Node, Size | None]]) -> Size | None:
        """The size of parts that have one, told where they do not."""
        known = [(node, size) for node, size in parts if size is not None and size != SCALAR]
        for (one, a), (other, b) in combinations(known, 2):
            if a.vector and b.vector and (a.column == b.column or a.bare or b.bare):
                if self.differ(a.entries, b.entries):
                    problem = f"{self.of(one)} has {a.entries} entries and {self.of(other)} has {b.entries}"
                    self.tell(one, problem, other)
            elif (
                not a.vector
                and not b.vector
                and (self.differ(a.rows, b.rows) or self.differ(a.columns, b.columns))
            ):
                sizes = f"{a.rows} by {a.columns} and {self.of(other)} is {b.rows} by {b.columns}"
                self.tell(one, f"{self.of(one)} is {sizes}", other)
        matrices = [size for _, size in known if not size.vector]
        return next(iter((*matrices, *(size for _, size in known))), None)

    def product(self, factors: tuple[Node, ...]) -> Size | None:
        whole: Size | None = SCALAR
        sure = True
        first: Node | None = None
        last: Node | None = None
        for factor in factors:
            size = self.size(factor)
            if size == SCALAR:
                continue
            if size is None:
                whole, first, last, sure = None, None, factor, False
                continue
            if whole is None or whole == SCALAR or last is None:
                whole, first = size, factor
            else:
                named = last.span if first is None or not whole.vector else first.span | last.span
                whole = self.times(last, named, whole, factor, size)
                sure = sure and whole is not None
            last = factor
        return whole if sure else None

    def times(self, one: Node, named: Span, a: Size, other: Node, b: Size) -> Size | None:
        """The size of a product of two, the first of which stands at ``named`` and ends with ``one``.  A
        vector may stand for its own transpose."""
        if a.vector and b.vector:
            outer = a.column and not b.column and self.differ(a.rows, b.columns)
            inner = not a.column and b.column and a.columns == b.rows is not None
            return Size(a.rows, b.columns) if outer else SCALAR if inner else None
        inside = a.rows if a.vector and a.column else a.columns
        of_other = b.columns if b.vector and not b.column else b.rows
        if self.differ(inside, of_other):
            left = "entries" if a.vector else "columns"
            right = "entries" if b.vector else "rows"
            shown = self.text[named.start : named.end]
            problem = f"{shown} has {inside} {left} and {self.of(other)} has {of_other} {right}"
            self.tell(one, problem, other)
            return None
        if a.vector:
            return Size(1, b.columns, vector=True) if not a.column else Size(b.columns, 1, vector=True)
        if b.vector:
            return Size(a.rows, 1, vector=True) if b.column else None
        return Size(a.rows, b.columns)

    def differ(self, a: Length, b: Length) -> bool:
        """Whether two lengths are surely not the same; of a name and a number one never knows."""
        if a is None or b is None or 1 in (a, b) or a == b or type(a) is not type(b):
            return False
        return isinstance(a, int) or not any({a, b} <= names for names in self.equated)

    def of(self, node: Node) -> str:
        return self.text[node.span.start : node.span.end].strip()

    def tell(self, node: Node, problem: str, until: Node | None = None) -> None:
        self.found.append(Misfit(node.span if until is None else node.span | until.span, problem))


__all__ = ["Misfit", "misfits"]
