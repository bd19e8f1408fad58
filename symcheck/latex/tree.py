"""The presentation tree: what a formula looks like, without deciding what it means.

Every node carries the span of the text it came from.  Nothing here is a CAS object, and nothing is
evaluated, reordered or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from symcheck.latex.report import Note, NotRead, Span


@dataclass(frozen=True, slots=True)
class Node:
    span: Span


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written (``1.702``, ``10000``)."""

    text: str


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    """A letter or a word that stands for one thing: ``\\hat{\\mathbf{y}}`` has the name ``y``, the
    style ``bold`` and the accents ``("hat",)``.  ``styles``: bold, calligraphic, blackboard, roman, ..."""

    name: str
    style: str = ""
    accents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prose(Node):
    """Words in ``\\text`` that are no symbol."""

    text: str


@dataclass(frozen=True, slots=True)
class Dots(Node):
    """An ellipsis."""


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """An operand that is not there: the left side of ``= b``, the body of a lone ``\\nabla``."""


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """``items`` are separate indices (``_{ij}``, ``_{i,j}``) or one label (a roman ``Symbol``)."""

    base: Node
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Power(Node):
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Mark(Node):
    """A superscript that is part of the name: ``^*``, ``^{(i)}``, ``^{[l]}``, ``^\\dagger``, ``^l``."""

    base: Node
    mark: Node


@dataclass(frozen=True, slots=True)
class Transpose(Node):
    base: Node


@dataclass(frozen=True, slots=True)
class Prime(Node):
    base: Node
    order: int


@dataclass(frozen=True, slots=True)
class Factorial(Node):
    base: Node


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    """``\\frac{a}{b}`` or ``a / b``."""

    numerator: Node
    denominator: Node


@dataclass(frozen=True, slots=True)
class Root(Node):
    radicand: Node
    degree: Node | None


@dataclass(frozen=True, slots=True)
class Binomial(Node):
    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Terms with their signs: ``+``, ``-``, ``+-``, ``-+``, or a set operation (``cup``, ``cap``, ...)."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    """Factors and what stands between them: ``""`` (juxtaposition), ``cdot``, ``times``, ``odot``, ...."""

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delimited(Node):
    """``opening items closing`` with the separators between the items (``, ; | : ||``); ``(a)`` has one item.

    Delimiters are written ``( [ { <``, ``|_`` for floor, ``|^`` for ceiling, ``|`` and ``||`` for bars."""

    opening: str
    closing: str
    items: tuple[Node, ...]
    separators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``function`` applied to ``arguments``; ``\\log x`` has an argument without delimiters (``""``).

    ``guessed``: an application by convention only, where a product is conceivable."""

    function: Node
    arguments: Delimited
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Entry(Node):
    """``base[items]``: an entry or a slice."""

    base: Node
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class BigOperator(Node):
    """``sum``, ``prod``, ``max``, ``argmax``, ``lim``, ... with its limits as written; ``family`` for the
    ``\\{x_i\\}_{i=1}^n`` of several things."""

    operator: str
    lower: Node | None
    upper: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class Integral(Node):
    lower: Node | None
    upper: Node | None
    body: Node
    variables: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """``\\frac{\\partial^2 f}{\\partial x \\partial y}``: letter ``partial`` or ``d``, order as written."""

    letter: str
    order: Node | None
    body: Node
    variables: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Nabla(Node):
    """``\\nabla``, ``\\nabla^2``, ``\\nabla \\cdot`` (``operator`` ``nabla``, ``div`` or ``curl``)."""

    operator: str
    variable: Node | None
    order: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class Differential(Node):
    """``dx`` or ``\\partial x`` that stands alone, ``\\partial^2 f``, and ``\\Delta W``."""

    letter: str
    body: Node
    order: Node | None = None


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A chain ``sides[0] operators[0] sides[1] ...``."""

    sides: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and``, ``or``, ``not``, ``=>``, ``<=>``, ``forall``, ``exists``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """Rows (value, condition); ``Prose("otherwise")`` or None if there is no second column."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    environment: str
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Evaluated(Node):
    """``f |_{x = 0}``."""

    body: Node
    at: Node
    upper: Node | None = None


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """Several things side by side, ``a, b``."""

    items: tuple[Node, ...]


def children(node: Node) -> list[Node]:
    """The direct parts of ``node``, in reading order as far as the notation has one."""
    found: list[Node] = []
    for name in _parts(node):
        part = getattr(node, name)
        if isinstance(part, Node):
            found.append(part)
        elif type(part) is tuple:
            _collect(part, found)
    return found


def with_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """``node`` with ``change`` made of each of its direct parts."""
    changed: dict[str, Any] = {}
    for name in _parts(node):
        part = getattr(node, name)
        if isinstance(part, Node):
            changed[name] = change(part)
        elif isinstance(part, tuple) and any(isinstance(x, Node) for x in part):
            changed[name] = tuple(change(x) if isinstance(x, Node) else x for x in part)
    return replace(node, **changed) if changed else node


def _parts(node: Node) -> tuple[str, ...]:
    found = _PARTS.get(type(node))
    if found is None:
        found = _PARTS[type(node)] = tuple(f.name for f in fields(node) if f.name != "span")
    return found


_PARTS: dict[type, tuple[str, ...]] = {}  # names of the fields that may hold nodes


def _collect(parts: tuple[object, ...], found: list[Node]) -> None:
    for part in parts:
        if isinstance(part, Node):
            found.append(part)
        elif type(part) is tuple:  # unlike a place, which is one with names
            _collect(part, found)


def walk(node: Node) -> tuple[Node, ...]:
    """``node`` and everything below it; iterative, so depth costs no stack."""
    known = _WALKED.get(id(node))
    if known is not None and known[0] is node:
        return known
    found: list[Node] = []
    stack = [node]
    while stack:
        n = stack.pop()
        found.append(n)
        stack += children(n)[::-1]
    if len(_WALKED) >= _KEPT:
        _WALKED.clear()
    walked = _WALKED[id(node)] = tuple(found)
    return walked


_KEPT = 64
_WALKED: dict[int, tuple[Node, ...]] = {}  # by the identity of the root: every rule walks a formula


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: ``sides`` joined by ``operators`` (none for a lone expression).

    ``conditions`` are what stands beside it (``\\forall x``, ``\\text{if } x > 0``), ``remark`` its words
    (``(1st moment)``).  If ``not_read`` is set, ``sides`` is empty."""

    span: Span
    sides: tuple[Node, ...] = ()
    operators: tuple[str, ...] = ()
    conditions: tuple[Node, ...] = ()
    remark: str = ""
    not_read: NotRead | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """A formula as it is written.  ``not_read`` is the first statement that was not read, if any."""

    text: str
    statements: tuple[Statement, ...]
    notes: tuple[Note, ...] = ()
    not_read: NotRead | None = None

    def relations(self) -> Iterator[tuple[Node, str, Node]]:
        """(left, operator, right) for each link of each chain."""
        for s in self.statements:
            yield from zip(s.sides, s.operators, s.sides[1:], strict=False)
