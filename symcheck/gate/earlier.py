"""What the formulas before one in its section define, and which shapes they give to what.

``p_i = e^{z_i} / \\sum_j e^{z_j}`` lets ``\\partial p_i / \\partial z_j`` be worked out, and
``W \\in R^{m \\times n}`` says what W is.  Texts use a letter for many things, so this is believed only where
it makes a relation provable.  One thing is found wrong by it: the derivative of entries that were defined
just before, and only once; those of other names are in ``derived``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, lru_cache

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.check import ShapeError
from formulas.language import smooth
from symcheck.gate.claims import judge_link
from symcheck.gate.decide import Verdict
from symcheck.gate.documents import Passage, formulas_in
from symcheck.gate.forms import EXACT, plain
from symcheck.gate.integrals import worked
from symcheck.latex import (
    Context,
    Declaration,
    Definition,
    Kind,
    Link,
    Presentation,
    Reading,
    Side,
    interpret,
    parse,
    tree,
)
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node, walk

NEAR = 6
"""How many formulas before one are asked."""
MAX_LENGTH = 400
_RELATIONS = EXACT | {"<", "<=", ">", ">="}


class Before:
    """A formula read a second time, with what the text before it says."""

    def __init__(self, passage: Passage, presentation: Presentation, context: Context) -> None:
        self.passage, self.presentation, self.plain = passage, presentation, context

    @cached_property
    def context(self) -> Context | None:
        return context_with(self.passage, self.presentation, self.plain)

    @cached_property
    def reading(self) -> Reading | None:
        return None if self.context is None else worked(interpret(self.presentation, self.context))

    def shows(self, at: int) -> bool:
        """Whether every relation of a displayed statement is proved with the definitions before it."""
        if at >= len(self.presentation.statements) or not self.passage.fragment.display:
            return False
        operators = self.presentation.statements[at].operators
        if not operators or not set(operators) <= _RELATIONS:
            return False
        if self.reading is None or at >= len(self.reading.sentences):
            return False
        links = list(self.reading.sentences[at].links())
        return bool(links) and all(map(self._holds, links))

    def refutes(self, at: int) -> str | None:
        """A counterexample to a displayed ``\\partial s_i / \\partial z_j = ...`` where what leads up to it
        defines s, and nothing else near does."""
        if at >= len(self.presentation.statements) or not self.passage.fragment.display:
            return None
        statement = self.presentation.statements[at]
        match statement.sides:
            case (tree.Derivative(order=None, body=tree.Subscript() as body), _):
                name = plain_name(body.base)
            case _:
                return None
        if statement.operators != ("=",) or name is None or self._defined(name) != 1:
            return None
        if self.reading is None or at >= len(self.reading.sentences):
            return None
        for link in self.reading.sentences[at].links():
            try:
                found = judge_link(
                    link,
                    self.passage.latex,
                    defines=False,
                    given=(),
                    candidates=(),
                    distributions=_vectors(link),
                )
            except ShapeError:
                return None
            if found is not None and found.identity and found.decision.verdict is Verdict.REFUTED:
                return found.decision.counterexample
        return None

    def _defined(self, name: str) -> int:
        """How many different definitions of a name lead up to the formula; 0 if none is next to it."""
        close = [*self.passage.earlier[-1:], *formulas_in(self.passage.before)]
        texts = {t for t in (*self.passage.earlier, *close) if len(t) <= MAX_LENGTH}
        defining = {t for t in texts if any(d.name == name for d in said(t)[0])}
        return len({t.strip(" .,;") for t in defining}) if defining & set(close) else 0

    def _holds(self, link: Link) -> bool:
        left, right = link.left.expr, link.right.expr
        if not isinstance(left, sp.Expr) or not isinstance(right, sp.Expr):
            return False
        if left != right and self._proves(link):
            return True
        assert self.context is not None
        one, two = unfolded(left, self.context), unfolded(right, self.context)
        if (one, two) == (left, right):
            return False
        inside = replace(link, left=replace(link.left, expr=one), right=replace(link.right, expr=two))
        return (link.operator in EXACT and one == two) or self._proves(inside)

    def _proves(self, link: Link) -> bool:
        found = judge_link(link, self.passage.latex, defines=True, given=(), candidates=())
        return found is not None and found.decision.verdict is Verdict.PROVED


def _vectors(link: Link) -> frozenset[str]:
    """The vectors of a relation; matrices may be of a special kind (symmetric, orthogonal)."""
    sides = [e for e in (link.left.expr, link.right.expr) if isinstance(e, sp.Expr)]
    bases = {b for e in sides for b in e.atoms(sp.IndexedBase)}
    return frozenset(str(b) for b in bases if len(b.shape or ()) == 1)


def leading_up(passage: Passage) -> list[str]:
    """The formulas close before one, each where it stands last."""
    near = [*passage.earlier[-NEAR:], *formulas_in(passage.before)[-NEAR:]]
    last = reversed(dict.fromkeys(reversed(near)))
    return [t for t in last if len(t) <= MAX_LENGTH and t != passage.latex]


def context_with(passage: Passage, presentation: Presentation, context: Context) -> Context | None:
    """``context`` with what the text before a formula says of its names; ``None`` if it says nothing."""
    names = _names(presentation)
    found = context
    for latex in leading_up(passage):
        definitions, declarations = said(latex)
        for definition in definitions:
            if definition.name in names:
                found = found.define(definition)
        for name, declaration in declarations:
            if name in names:
                found = found.declare(name, declaration)
    return None if found is context else found


def _names(presentation: Presentation) -> frozenset[str]:
    nodes: Iterator[Node] = (n for s in presentation.statements for side in s.sides for n in walk(side))
    return frozenset(name for n in nodes if (name := plain_name(n)) is not None)


@lru_cache(maxsize=512)
def said(latex: str) -> tuple[tuple[Definition, ...], tuple[tuple[str, Declaration], ...]]:
    """What a formula defines, and the shapes that it declares."""
    reading = interpret(parse(latex), Context())
    declared = tuple((n, d) for n, d in reading.symbols.items() if d.kind is Kind.TENSOR and r"\in" in latex)
    return tuple(_definitions(reading)), declared


def _definitions(reading: Reading) -> Iterator[Definition]:
    yield from reading.definitions.values()
    for sentence in reading.sentences:
        for link in sentence.links():
            if link.operator in EXACT:
                for name, value in ((link.left, link.right), (link.right, link.left)):
                    found = _named(name, value)
                    if found is not None:
                        yield found


def _named(name: Side, value: Side) -> Definition | None:
    """``p_i`` of ``softmax(z)_i = p_i``: a name for what stands beside it."""
    if not isinstance(value.expr, sp.Expr) or value.expr.is_number or value.expr.is_Atom:
        return None
    if isinstance(value.expr, sp.Indexed | sp.MatrixBase):
        return None
    match name.expr:
        case sp.Symbol() as symbol if symbol not in value.expr.free_symbols:
            return Definition(name=symbol.name, expr=value.expr)
        case sp.Indexed() as entry if all(isinstance(i, sp.Symbol) for i in entry.indices):
            if entry.base.label in value.expr.free_symbols or (
                name.head is not None and not plain(name.head)
            ):
                return None
            indices = tuple(i for i in entry.indices if isinstance(i, sp.Symbol))
            if not set(indices) <= value.expr.free_symbols:
                return None
            return Definition(name=str(entry.base.label), expr=value.expr, indices=indices)
    return None


def _largest_first(expr: sp.Basic) -> tuple[int, str]:
    return -sum(1 for _ in sp.preorder_traversal(expr)), str(expr)


def unfolded(expr: sp.Expr, context: Context) -> sp.Expr:
    """``expr`` with functions that are defined replaced by what they are: ``f(x + h)`` by its expression,
    ``F'(u)`` by ``f(u)`` where F' was said to be f."""
    # the outer calls first, so that what stands in them is still what it was
    for call in sorted(expr.atoms(AppliedUndef), key=_largest_first):
        name = call.func.__name__
        definition = context.definitions.get(name)
        if definition is not None and len(definition.parameters) == len(call.args):
            places = dict(zip(definition.parameters, call.args, strict=True))
            if all(isinstance(p, sp.Symbol) for p in places):
                expr = expr.xreplace({call: definition.expr.xreplace(places)})
            continue
        stem = context.definitions.get(f"{name.removesuffix(chr(39))}_prime")
        if name.endswith("'") and stem is not None and isinstance(stem.expr, sp.Symbol):
            expr = expr.xreplace({call: smooth(stem.expr.name)(*call.args)})
    return expr
