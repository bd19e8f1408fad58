"""Comparison of a document's definition with the catalog's, up to renaming and conventions of scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.catalog import catalog
from formulas.check import ShapeError
from formulas.language import Expr
from formulas.schema import Formula
from symcheck.gate.decide import confirmed, distributions, proved, refuted
from symcheck.gate.forms import (
    CHANCE,
    Form,
    asked,
    difference,
    entries,
    forms,
    headed,
    of_event,
    readings,
    slips,
    telling,
    words,
)
from symcheck.gate.identify import Candidate, Strength
from symcheck.gate.renaming import Names, Signature, bindings, merged, renamed, tidy
from symcheck.latex import Head, Role, to_latex

NEAR = 8  # nodes: an erratum is a slip, and what differs by more is another formula
SLIPS = 2  # tokens


@dataclass(frozen=True)
class Definition:
    """``head = expr`` as a document has it; ``tokens`` are those of the statement as it stands there."""

    expr: Expr
    head: Head | None = None
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """The document's expression equals ``form`` under ``names`` (document to catalog)."""

    form: Form
    names: Names

    @property
    def how(self) -> str:
        """In which respect a document with the catalog's letters may still not say what the entry says."""
        if self.form.special:
            return SPECIAL
        changed = any(str(a) != str(b) for a, b in self.names.items() if not _size(b))
        return RENAMED if changed else ""


SPECIAL = "a special case"
RENAMED = "in other letters"


def _size(symbol: sp.Basic) -> bool:
    return isinstance(symbol, sp.Symbol) and bool(symbol.is_integer)


@dataclass(frozen=True)
class Mismatch:
    """The document's expression differs from every form of a formula that it is meant to be.

    ``sure``: the words, or the page, leave no doubt that this formula is meant.
    """

    form: Form
    names: Names
    counterexample: str
    sure: bool


def match(given: Definition, candidates: Sequence[Candidate]) -> Match | Mismatch | None:
    """What the catalog says of a definition, given what the words around it name.

    ``None`` if nothing can be said: no candidate with the same kinds of symbols, or neither equal nor
    rigorously different.
    """
    for candidate in candidates:
        if _other_arity(given, candidate.formula):
            continue
        for form in forms(candidate.formula.id):
            found = _equal(given, form)
            if found is not None:
                return found
    differing: list[Mismatch] = []
    for candidate in candidates:
        outcome = _mismatch(given, candidate)
        if outcome is not None and outcome.sure:
            differing.append(outcome)
        elif outcome is None and _alike(given, candidate.formula):
            return None  # it may still be meant: then the others cannot convict
    return min(differing, key=lambda m: difference(given.expr, m.form.expr), default=None)


def _alike(given: Definition, formula: Formula) -> bool:
    """Whether some form of ``formula`` has symbols of the same kinds."""
    return any(next(_bindings(given, form), None) is not None for form in forms(formula.id))


def _bindings(given: Definition, form: Form) -> Iterator[Names]:
    signatures = _signatures(given, form)
    if signatures is None:
        return
    fixed = _by_arguments(given.head, form, *signatures)
    if fixed is not None:
        yield from bindings(*signatures, fixed)


def _signatures(given: Definition, form: Form) -> tuple[Signature, Signature] | None:
    if _shape(given.expr) != _shape(form.expr):
        return None
    try:
        return Signature.of(*entries(given.expr)), Signature.of(*entries(form.expr))
    except ShapeError:
        return None


def _shape(expr: Expr) -> tuple[int, ...]:
    return tuple(expr.shape) if isinstance(expr, sp.MatrixBase) else ()


def _by_arguments(head: Head | None, form: Form, source: Signature, target: Signature) -> Names | None:
    """What the arguments of equal heads settle: in ``D_KL(p || q)`` the first is the first.

    ``None`` if the definition does not speak of an argument of which the form does: it is about a special
    case then (two normal laws, say).
    """
    if head is None or form.head is None or head.name != form.head.name:
        return {}
    here, there = source.by_name(), target.by_name()
    pairs = [*zip(head.arguments, form.head.arguments, strict=False)]
    pairs += [*zip(head.indices, form.head.indices, strict=False)]
    names = [(str(ours), str(theirs)) for ours, theirs in pairs if str(theirs) in there]
    if any(ours not in here for ours, _ in names):
        return None
    return {here[ours]: there[theirs] for ours, theirs in names}


def _pairs(given: Definition, form: Form, names: Names) -> list[tuple[Expr, Expr]]:
    """Both expressions, number by number, in common symbols."""
    ours, theirs = merged(names)
    mine = [renamed(e, ours) for e in entries(given.expr)]
    right = [renamed(e, theirs) for e in entries(form.expr)]
    return list(zip(mine, right, strict=True))


def _equal(given: Definition, form: Form) -> Match | None:
    for names in _bindings(given, form):
        if all(confirmed(a, b) for a, b in _pairs(given, form, names)):
            return Match(form, names)
    return None


def _mismatch(given: Definition, candidate: Candidate) -> Mismatch | None:
    """``None`` if it cannot be told."""
    formula = candidate.formula
    if _value(given) or given.expr.has(AppliedUndef):
        return None  # a value of the quantity, or something said with a function that is explained elsewhere
    if any(_equal(given, form) for form in _variants(formula)) or _other_arity(given, formula):
        return None
    slipped = min((slips(given.tokens, page) for _, page in words()[formula.id]), default=SLIPS + 1) <= SLIPS
    nearest: Mismatch | None = None
    distance = 0
    for form in forms(formula.id):
        found = list(_bindings(given, form)) or (_fewer(given, form) if slipped else [])
        same_head = given.head is not None and form.head is not None and given.head.name == form.head.name
        for names in found:
            counterexample = _refute(given, form, names)
            if counterexample is None:
                return None
            away = difference(given.expr, form.expr)
            firm = candidate.strength >= Strength.FIRM
            sure = (away <= NEAR or slipped) if firm else (slipped and same_head)
            sure = sure and form.measures and _same_quantity(given, form, firm)
            if nearest is None or (sure, -away) > (nearest.sure, -distance):
                nearest, distance = Mismatch(form, names, counterexample, sure), away
    return nearest


def _value(given: Definition) -> bool:
    """Whether a definition gives a number by numbers: in ``(e^x + e^{-x}) / (e^x + e^{-x})`` are letters."""
    said = given.tokens[given.tokens.index("=") + 1 :] if "=" in given.tokens else given.tokens
    letters = {t for t in said if len(t) == 1 and t.isalpha()} - {"e", "i"}
    return not given.expr.free_symbols and not letters


def _same_quantity(given: Definition, form: Form, firm: bool) -> bool:
    """Whether the head of a definition does not say that another quantity is meant than that of ``form``.

    Words name a law or a method, and with it several quantities: of ``P(X = 0)`` and ``P(X > k)`` the form of
    ``P(X = k)`` says nothing, nor that of the first moment of Adam of its estimates without bias.  A
    probability of an event is in many texts that speak of no rule in particular.
    """
    head = given.head
    if head is None:
        return True
    if head.name in CHANCE:
        if form.head is None or form.head.name != head.name or (of_event(head) and not firm):
            return False
        return asked(given.tokens) in {asked(page) for _, page in words()[form.formula.id]}
    known = headed(form.formula.id)
    if head.name in known:
        return form.head is not None and form.head.name == head.name
    return len(known) < 2 or telling(head.name)


def _refute(given: Definition, form: Form, names: Names) -> str | None:
    """A counterexample to equality that no convention of scale or of rows and columns explains away."""
    pairs = _pairs(given, form, names)
    if isinstance(given.expr, sp.MatrixBase):
        turned = Definition(given.expr.T)
        if _shape(turned.expr) == _shape(form.expr):
            flipped = _pairs(turned, form, names)
            if not any(refuted(a, b) for a, b in flipped):
                return None
    for at, (mine, right) in enumerate(pairs):
        bare = _without_offsets(right, mine)
        if bare is not None and proved(mine, bare):
            return None
        found = refuted(mine, right, given=distributions(mine, right))
        if found is not None and not _up_to_scale(mine, right):
            if len(pairs) == 1:
                return found
            row, column = divmod(at, given.expr.shape[1])
            return f"entry ({row + 1}, {column + 1}) at {found}"
    return None


def _without_offsets(right: Expr, mine: Expr) -> Expr | None:
    """A form without the biases that a definition has left out: terms of one letter that occurs once."""
    lost = right.atoms(sp.IndexedBase, sp.Symbol) - mine.atoms(sp.IndexedBase, sp.Symbol)
    bare = {}
    for term in (t for s in right.atoms(sp.Add) for t in s.args):
        base = term.base if isinstance(term, sp.Indexed) else term
        if base in lost and right.count(base) == 1:
            bare[term] = sp.Integer(0)
    return right.xreplace(bare) if bare else None


def _fewer(given: Definition, form: Form) -> list[Names]:
    """The symbols of a definition that has lost some of those of ``form``, by their names."""
    signatures = _signatures(given, form)
    if signatures is None:
        return []
    source, target = signatures
    there = target.by_name()
    names = {s: there[name] for name, s in source.by_name().items() if name in there}
    if len(names) < len(source.by_name()) or len(names) == len(there):
        return []
    sizes: Names = {}
    for ours, theirs in names.items():
        if isinstance(ours, sp.IndexedBase):
            if not isinstance(theirs, sp.IndexedBase) or len(ours.shape) != len(theirs.shape):
                return []
            sizes.update(zip(ours.shape, theirs.shape, strict=True))
        elif isinstance(theirs, sp.IndexedBase):
            return []
    rest = {s: s for s in there.values() if s not in names.values()}
    for tensor in (t for t in rest if isinstance(t, sp.IndexedBase)):
        sizes.update({size: size for size in tensor.shape if size not in sizes.values()})
    return [{**{k: v for k, v in sizes.items() if not k.is_Integer}, **names, **rest}]


def _other_arity(given: Definition, formula: Formula) -> bool:
    """The same name with another number of arguments is another function."""
    head = given.head
    if head is None or not head.arguments:
        return False
    arities = {len(f.head.arguments) for f in forms(formula.id) if f.head and f.head.name == head.name}
    return bool(arities - {0}) and len(head.arguments) not in arities


def _variants(formula: Formula) -> Iterator[Form]:
    """Forms of entries that are variants of ``formula`` (``act.gelu_tanh`` of ``act.gelu``)."""
    for other in catalog():
        if other.startswith(formula.id + "_"):
            yield from forms(other)


def _up_to_scale(a: Expr, b: Expr) -> bool:
    """Whether two quantities differ by a customary positive factor: base of the logarithm, mean or sum,
    half a square.  Such a difference is a convention."""
    sizes = {s for limits in (s.limits for s in b.atoms(sp.Sum)) for _, _, s in limits}
    factors = [sp.Integer(2), sp.log(2), sp.log(10), *sorted(sizes, key=str)]
    return any(proved(a, f * b) or proved(f * a, b) for f in factors)


def expected(given: Definition, found: Mismatch) -> str:
    """The form in the document's letters; verbatim from the catalog's source where these are the same."""
    letters = {str(a) for a in found.names}
    if found.form.latex is not None and all(str(a) == str(b) for a, b in found.names.items()):
        return found.form.latex
    for text, reading in readings(found.form.formula.id):
        for sentence in reading.sentences:
            expr = sentence.sides[-1].expr
            if expr is None or (given.head is None) != (sentence.role is Role.EXPRESSION):
                continue
            for names in _bindings(Definition(expr), found.form):
                same = {str(a) for a in names} == letters
                if same and all(proved(a, b) for a, b in _pairs(Definition(expr), found.form, names)):
                    return text
    _, theirs = merged(found.names)
    return to_latex(tidy(renamed(found.form.expr, theirs)))
