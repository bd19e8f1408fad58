"""True, false or open: the prover and the falsifier asked about one relation.

A relation from a document comes without its domain.  So a counterexample counts only if the relation is
also false where authors silently mean to be: for positive numbers, and for numbers in (0, 1) and
distributions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import sympy as sp

from formulas.check import ShapeError
from formulas.language import Expr, Partial, total
from formulas.schema import Relation
from symcheck.gate.renaming import Names, Signature, renamed
from symcheck.prover import Proof, prove_statement
from symcheck.refute.falsify import Falsification, falsify_statement

PROOF_BUDGET = 20_000
SEARCH_SECONDS = 1.0
GLANCE = 6
"""Points at which a relation is looked at before a proof of it is searched for."""


class Verdict(StrEnum):
    PROVED = "proved"
    CONDITIONAL = "conditional"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True)
class Decision:
    """``conditions`` are what a conditional truth needs; ``counterexample`` is for people."""

    verdict: Verdict
    conditions: tuple[sp.Basic, ...] = ()
    counterexample: str | None = None
    reason: str = ""


OPEN = Decision(Verdict.OPEN)


class Disagreement(RuntimeError):
    """Prover and falsifier contradict each other: one of them has a defect, and nothing it says counts."""


def proved(lhs: Expr, rhs: Expr, relation: Relation = Relation.EQ, given: Sequence[sp.Basic] = ()) -> bool:
    """Whether a derivation that the checker accepts shows the relation wherever both sides have a value."""
    return _proved(lhs, rhs, relation, tuple(given))


@lru_cache(maxsize=1024)  # documents say the same thing more than once, and are compared with the same forms
def _proved(lhs: Expr, rhs: Expr, relation: Relation, given: tuple[sp.Basic, ...]) -> bool:
    if lhs != rhs and _fails(lhs, rhs, relation, given):
        return False  # most of what is asked: it takes a point to see, and a long search not to prove it
    hypotheses = [*given, *_defined(lhs, rhs)]
    names = _plain_names(lhs, rhs, *hypotheses)
    if names:
        lhs, rhs, *hypotheses = (renamed(e, names) for e in (lhs, rhs, *hypotheses))
    return isinstance(prove_statement(lhs, rhs, relation, hypotheses, budget=PROOF_BUDGET), Proof)


def _fails(lhs: Expr, rhs: Expr, relation: Relation, given: tuple[sp.Basic, ...]) -> bool:
    """Whether a relation is seen to be false at one of a few points: wherever both sides have values, and
    if they have none there, for positive numbers and those of ``_unit``."""
    seen = _glance(lhs, rhs, relation, given)
    if seen.points or value_at(seen) is not None:
        return value_at(seen) is not None
    try:
        signature = Signature.of(lhs, rhs)
    except ShapeError:
        return False
    for domain in DOMAINS:
        names, conditions = domain(signature)
        left, right, *hypotheses = (renamed(e, names) for e in (lhs, rhs, *given))
        seen = _glance(left, right, relation, (*hypotheses, *conditions))
        if seen.points or value_at(seen) is not None:
            return value_at(seen) is not None
    return False


@lru_cache(maxsize=1024)
def _glance(lhs: Expr, rhs: Expr, relation: Relation, given: tuple[sp.Basic, ...]) -> Falsification:
    return falsify_statement(lhs, rhs, relation, given, points=GLANCE, seconds=SEARCH_SECONDS, thorough=False)


def value_at(seen: Falsification) -> str | None:
    """A point, written out, where both sides have values that contradict the relation."""
    found = seen.counterexample
    return found.text if found is not None and found.kind == "value" else None


_PLAIN = re.compile(r"\w+")


def _plain_names(*exprs: sp.Basic) -> Names:
    """Names for the prover, which takes words only, in place of ``p_X,Y`` and ``theta_t+1``."""
    tensors = {t for e in exprs for t in e.atoms(sp.IndexedBase)}
    labels = {t.label for t in tensors}
    scalars = {s for e in exprs for s in e.atoms(sp.Symbol)} - labels
    symbols = sorted({*tensors, *scalars}, key=str)
    taken = {str(s) for s in symbols}
    names: Names = {}
    for symbol in symbols:
        if _PLAIN.fullmatch(str(symbol)):
            continue
        plain = re.sub(r"\W", "_", str(symbol))
        while plain in taken:
            plain += "_"
        taken.add(plain)
        if isinstance(symbol, sp.IndexedBase):
            names[symbol] = sp.IndexedBase(sp.Symbol(plain, **symbol.label.assumptions0), shape=symbol.shape)
        else:
            names[symbol] = sp.Symbol(plain, **symbol.assumptions0)
    return names


def confirmed(lhs: Expr, rhs: Expr, relation: Relation = Relation.EQ, given: Sequence[sp.Basic] = ()) -> bool:
    """``proved``, and the falsifier saw the relation hold at some point and fail at none.

    Raises ``Disagreement`` if it found a counterexample to what was proved.
    """
    if not proved(lhs, rhs, relation, given):
        return False
    if relation is Relation.EQ:
        search = _glance(lhs, rhs, relation, tuple(given))
    else:
        search = falsify_statement(lhs, rhs, relation, given, points=GLANCE, seconds=SEARCH_SECONDS)
    if (at := value_at(search)) is not None:
        raise Disagreement(f"{lhs} {relation} {rhs} was proved and fails at {at}")
    return search.points > 0 or bool(search.counterexample) or not search.vacuous


def _defined(*exprs: Expr) -> tuple[sp.Basic, ...]:
    """What the expressions need to have a value: denominators are not 0, roots in them positive."""
    found: dict[sp.Basic, None] = {}
    stack: list[tuple[sp.Basic, frozenset[sp.Basic]]] = [(e, frozenset()) for e in exprs]
    while stack:
        e, bound = stack.pop()
        if isinstance(e, sp.Sum | sp.Product):
            stack.append((e.function, bound | {limit[0] for limit in e.limits}))
            continue
        divides = isinstance(e, sp.Pow) and e.exp.is_negative and not e.base.is_positive
        if divides and e.base.free_symbols and not e.base.free_symbols & bound:
            differs = sp.Ne if e.exp.is_Integer else sp.Gt
            found[differs(e.base, 0, evaluate=False)] = None
        stack += [(a, bound) for a in e.args]
    return tuple(found)


def refuted(
    lhs: Expr, rhs: Expr, relation: Relation = Relation.EQ, given: Sequence[sp.Basic] = ()
) -> str | None:
    """A point where both sides have values that rigorous enclosures keep apart, written out, or ``None``.

    A point where only one side has a value says nothing here: documents leave domains unsaid.
    """
    seen = value_at(_glance(lhs, rhs, relation, tuple(given)))
    if seen is not None:
        return seen
    search = falsify_statement(lhs, rhs, relation, given, seconds=SEARCH_SECONDS)
    if _elsewhere(search):
        # the search met a point of this kind first: go on where roots and logarithms may have values
        signature = Signature.of(lhs, rhs)
        names, _ = _positive(signature)
        left, right, *hypotheses = (renamed(e, names) for e in (lhs, rhs, *given))
        search = falsify_statement(left, right, relation, hypotheses, seconds=SEARCH_SECONDS)
        if _elsewhere(search) and signature.scalars:
            below = [sp.Lt(s, 0, evaluate=False) for s in signature.scalars if s.is_positive is None]
            search = falsify_statement(lhs, rhs, relation, [*given, *below], seconds=SEARCH_SECONDS)
    return value_at(search)


def _elsewhere(search: Falsification) -> bool:
    """Whether a search ended at a point where only one side has a value."""
    return search.counterexample is not None and value_at(search) is None


def decide(
    lhs: Expr,
    rhs: Expr,
    relation: Relation = Relation.EQ,
    *,
    given: Sequence[sp.Basic] = (),
    readings: Iterable[tuple[sp.Basic, ...]] = (),
    domains: bool = True,
    search: bool = True,
) -> Decision:
    """Judge ``lhs relation rhs`` under ``given``.

    ``readings`` are further hypotheses, each tuple of which the author may have meant; they are not asked for
    where the relation holds without.  With ``domains`` the silent domains of this module are among them.
    ``REFUTED`` means: under each one.  Without ``search`` no counterexample is looked for.
    """
    natural = _natural(lhs, rhs)
    trap: tuple[sp.Symbol, ...] = ()
    if natural:
        trap = _one_sided(lhs, rhs)
        lhs, rhs = renamed(lhs, natural), renamed(rhs, natural)
        given = [renamed(h, natural) for h in given]
    if confirmed(lhs, rhs, relation, given):
        conditions = tuple(sp.Gt(natural.get(s, s), 0, evaluate=False) for s in trap)
        return Decision(Verdict.CONDITIONAL, conditions) if conditions else Decision(Verdict.PROVED)
    meant = (tuple(renamed(h, natural) for h in c) for c in readings) if natural else readings
    if not search:
        held = next((c for c in meant if proved(lhs, rhs, relation, (*given, *c))), None)
        return OPEN if held is None else Decision(Verdict.CONDITIONAL, held)
    meant = tuple(meant)
    everywhere = refuted(lhs, rhs, relation, given)
    # with conditions from the catalog, these say where the relation has to be judged
    seen = [everywhere] if everywhere is not None or not meant else []
    for conditions in meant:
        if confirmed(lhs, rhs, relation, (*given, *conditions)):
            return Decision(Verdict.CONDITIONAL, conditions)
        seen.append(refuted(lhs, rhs, relation, (*given, *conditions)))
    for domain in DOMAINS if domains and all(seen) else ():
        names, conditions = domain(Signature.of(lhs, rhs))
        hypotheses = (*(renamed(h, names) for h in given), *conditions)
        left, right = renamed(lhs, names), renamed(rhs, names)
        if confirmed(left, right, relation, hypotheses):
            return _conditional(names, conditions)
        seen.append(refuted(left, right, relation, hypotheses))
    shown = seen[-1] if domains and distributions(lhs, rhs) else seen[0]
    return Decision(Verdict.REFUTED, counterexample=shown) if all(seen) else OPEN


def distributions(lhs: Expr, rhs: Expr) -> tuple[sp.Basic, ...]:
    """That all vectors of a relation add to 1, where all of them are positive: they are then meant as
    distributions, and only distributions speak against the relation."""
    try:
        signature = Signature.of(lhs, rhs)
    except ShapeError:  # a series, say
        return ()
    tensors = signature.tensors
    if not tensors or not all(t.label.is_positive and len(t.shape) == 1 for t in tensors):
        return ()
    return _unit(signature)[1]


def _natural(*exprs: Expr) -> Names:
    """Symbols that have to be positive for the relation to have a meaning: what a logarithm is taken of,
    what stands under a root or has an exponent that is no number."""
    names: Names = {}
    for expr in exprs:
        for node in sp.preorder_traversal(expr):
            if isinstance(node, sp.log):
                inner = node.args[0]
            elif isinstance(node, sp.Pow) and not node.exp.is_Integer and node.base != sp.E:
                inner = node.base
            else:
                continue
            if isinstance(inner, sp.Symbol) and inner.is_positive is None and not inner.is_integer:
                names[inner] = sp.Symbol(inner.name, positive=True)
            elif isinstance(inner, sp.Indexed) and inner.base.label.is_positive is None:
                base = inner.base
                names[base] = sp.IndexedBase(sp.Symbol(str(base), positive=True), shape=base.shape)
    return names


def _one_sided(lhs: Expr, rhs: Expr) -> tuple[sp.Symbol, ...]:
    """Symbols that may be negative on one side only: ``log x**2 = 2 log x`` is true for positive x alone.
    A derivative is one where its function is defined, whatever its expression."""
    if lhs.has(Partial) or rhs.has(Partial):
        return ()
    found: list[sp.Symbol] = []
    for side, other in ((lhs, rhs), (rhs, lhs)):
        for symbol in _natural(side):
            if isinstance(symbol, sp.Symbol) and symbol not in _natural(other) and other.has(symbol):
                rest = other.free_symbols - {symbol}
                if all(isinstance(s, sp.Symbol) for s in rest):
                    at = other.xreplace(
                        {symbol: -sp.Rational(7, 10), **dict.fromkeys(rest, sp.Rational(3, 10))}
                    )
                    if at.is_number and at.n(15).is_real and at.n(15).is_finite:
                        found.append(symbol)
    return tuple(found)


Domain = Callable[[Signature], tuple[Names, tuple[sp.Basic, ...]]]


def _positive(signature: Signature) -> tuple[Names, tuple[sp.Basic, ...]]:
    """Every symbol that could be negative, as a positive one."""
    names: Names = {}
    for scalar in signature.scalars:
        if scalar.is_positive is None and not scalar.is_integer:
            names[scalar] = sp.Symbol(scalar.name, positive=True)
    for tensor in signature.tensors:
        if tensor.label.is_positive is None:
            names[tensor] = sp.IndexedBase(sp.Symbol(str(tensor), positive=True), shape=tensor.shape)
    return names, ()


def _unit(signature: Signature) -> tuple[Names, tuple[sp.Basic, ...]]:
    """Scalars in (0, 1) and vectors that are distributions."""
    names, _ = _positive(signature)
    conditions: list[sp.Basic] = []
    for scalar in signature.scalars:
        image = names.get(scalar, scalar)
        if image.is_positive and not image.is_integer:
            conditions.append(sp.Lt(image, 1))
    for tensor in signature.tensors:
        if len(tensor.shape) == 1:
            image = names.get(tensor, tensor)
            k = sp.Symbol(f"k_{tensor}", integer=True)
            conditions.append(sp.Eq(total(image[k], (k, tensor.shape[0])), 1, evaluate=False))
    return names, tuple(conditions)


DOMAINS: tuple[Domain, ...] = (_positive, _unit)


def _conditional(names: Names, conditions: tuple[sp.Basic, ...]) -> Decision:
    """True in a silent domain: conditional if the domain is a matter of a few signs that can be stated."""
    if conditions or not all(isinstance(s, sp.Symbol) for s in names):
        return OPEN
    return Decision(Verdict.CONDITIONAL, tuple(sp.Gt(s, 0, evaluate=False) for s in names))
