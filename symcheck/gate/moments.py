"""Means and variances of named laws: ``\\sigma_X^2 = np(1-p)`` where the text says that X is binomial."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import sympy as sp

from formulas.language import Expr
from symcheck.gate.context import RELATIONS
from symcheck.gate.decide import proved, refuted
from symcheck.gate.documents import Passage, formulas_in
from symcheck.gate.laws import LAWS, NamedLaw
from symcheck.latex import Context, interpret, parse, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

NEAR = 400  # characters of text in which a law can be named
MAX_LAW = 120  # characters of ``X \sim ...``
_MEAN, _VARIANCE, _DEVIATION = "mean", "variance", "standard deviation"
_COLUMNS = {
    "mean": _MEAN, "expectation": _MEAN, "expected value": _MEAN, "e[x]": _MEAN, "variance": _VARIANCE,
    "var": _VARIANCE, "standard deviation": _DEVIATION,
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """What is asked of which law: ``name`` for people, ``values`` in each parametrisation.

    ``sure``: it is said which law the variable has, and with which parameters.  ``given`` is where these
    may lie."""

    name: str
    values: tuple[Expr, ...]
    sure: bool = False
    given: tuple[sp.Basic, ...] = ()

    def is_value(self, expr: Expr) -> bool:
        """Whether ``expr`` is the moment in one of the parametrisations."""
        mine = _plain(expr)
        return any(proved(mine, _plain(value)) for value in self.values)

    def contradicts(self, expr: Expr) -> str | None:
        """Parameters for which ``expr`` is not the moment, whichever way the law is parametrised."""
        mine = _plain(expr)
        letters = {s for value in self.values for s in _plain(value).free_symbols}
        if not self.sure or not mine.free_symbols or not mine.free_symbols <= letters or mine.has(sp.Indexed):
            return None
        found = [refuted(mine, _plain(value), given=self.given) for value in self.values]
        return found[0] if found and all(found) else None


def moment_of(passage: Passage, left: Node | None) -> Moment | None:
    """The moment that ``left`` asks for (or, without it, the column of a table) of a law named nearby."""
    column = _COLUMNS.get(passage.header)
    asked = (column, None) if left is None and column is not None else _asked(left)
    if asked is None:
        return None
    kind, variable = asked
    for law, arguments in _laws(passage, variable):
        found = [v for one in law if (v := _value(one, kind, arguments)) is not None]
        if found:
            told = arguments is not None or (column is not None and passage.row_label is not None)
            given = {bound: None for one in law for bound in _bounds(one, arguments)}
            return Moment(f"the {kind} of the {law[0].names[0]} law", tuple(found), told, tuple(given))
    return None


def _asked(node: Node | None) -> tuple[str, str | None] | None:
    """``E[X]``, ``\\mu_X``, ``\\mathrm{Var}(X)``, ``\\sigma_X^2``: what of which variable."""
    match node:
        case tree.Call(arguments=tree.Delimited(items=(tree.Symbol() as variable,), separators=())):
            name = plain_name(node.function)
            kind = {"E": _MEAN, "Var": _VARIANCE, "V": _VARIANCE, "var": _VARIANCE}.get(name or "")
            return (kind, variable.name) if kind is not None and variable.name.isupper() else None
        case tree.Subscript(base=tree.Symbol(name="mu"), items=(tree.Symbol(name=name),)) if name.isupper():
            return _MEAN, name
        case tree.Subscript(base=tree.Symbol(name="sigma"), items=(tree.Symbol(name=name),)) if (
            name.isupper()
        ):
            return _DEVIATION, name
        case tree.Power(
            base=tree.Subscript(base=tree.Symbol(name="sigma")) as base, exponent=tree.Number(text="2")
        ):
            inner = _asked(base)
            return (_VARIANCE, inner[1]) if inner is not None else None
    return None


def _laws(
    passage: Passage, variable: str | None
) -> Iterator[tuple[tuple[NamedLaw, ...], tuple[Expr, ...] | None]]:
    """The laws that are stated of the variable, the last one first, and then those named in words."""
    texts = [*passage.earlier[-6:], *formulas_in(passage.before[-NEAR:])]
    for latex in reversed(texts) if variable is not None else ():
        if len(latex) <= MAX_LAW and r"\sim" in latex:
            found = _stated(latex, variable)
            if found is not None:
                yield found
                return
    words = " ".join(
        [passage.row_label or "", passage.label or "", passage.after[:120], passage.before[-NEAR:]]
    )
    if variable is None:  # the row says which law
        words = passage.row_label or ""
    headings = " ".join(passage.headings[-1:])
    for text in (words, headings) if variable is not None else (words,):
        named = [
            (m.end(), name)
            for name in _by_name()
            if len(name) > 2
            for m in re.finditer(rf"(?<![A-Za-z\-]){re.escape(name)}(?![A-Za-z])", text.casefold())
        ]
        if named:
            longest = max(named, key=lambda found: (found[0], len(found[1])))
            yield _by_name()[longest[1]], None
            return


@cache
def _by_name() -> Mapping[str, tuple[NamedLaw, ...]]:
    found: dict[str, list[NamedLaw]] = {}
    for law in LAWS:
        for name in law.names:
            key = name.casefold() if len(name) > 2 else name
            if law not in found.setdefault(key, []):
                found[key].append(law)
    return {name: tuple(laws) for name, laws in found.items()}


def _stated(latex: str, variable: str | None) -> tuple[tuple[NamedLaw, ...], tuple[Expr, ...] | None] | None:
    """The law of ``X \\sim D(a, b)`` and its arguments."""
    for statement in parse(latex).statements:
        if statement.operators != ("~",) or not isinstance(statement.sides[1], tree.Call):
            continue
        subject, call = statement.sides
        assert isinstance(call, tree.Call)
        if variable is not None and plain_name(subject) != variable:
            continue
        name = plain_name(call.function) or ""
        laws = _by_name().get(name.casefold() if len(name) > 2 else name, ())
        arguments = [_expr(latex[a.span.start : a.span.end]) for a in call.arguments.items]
        fitting = tuple(law for law in laws if len(law.parameters) == len(arguments))
        if fitting and all(a is not None for a in arguments):
            return fitting, tuple(a for a in arguments if a is not None)
    return None


@lru_cache(maxsize=512)
def _expr(latex: str) -> Expr | None:
    """The meaning of an expression; a list of statements, or one of tensors, has none."""
    reading = interpret(parse(latex), Context())
    if len(reading.sentences) != 1 or len(reading.sentences[0].sides) != 1:
        return None
    expr = reading.sentences[0].sides[0].expr
    return expr if isinstance(expr, sp.Expr) and not expr.has(sp.Indexed) else None


def _value(law: NamedLaw, kind: str, arguments: tuple[Expr, ...] | None) -> Expr | None:
    """A moment of the law, in its own letters or with arguments in their place."""
    value = _expr(law.mean if kind == _MEAN else law.variance)
    if value is None:
        return None
    if kind == _DEVIATION:
        value = sp.sqrt(value)
    value = _plain(value)
    return value.xreplace(_places(law, arguments))


def _bounds(law: NamedLaw, arguments: tuple[Expr, ...] | None) -> Iterator[sp.Basic]:
    """Where the parameters of a law may lie, as far as they are letters."""
    if not law.where:
        return
    (link,) = interpret(parse(law.where), Context()).sentences[0].links()
    letter, number = link.left.expr, link.right.expr
    assert isinstance(letter, sp.Expr) and number is not None
    place = _plain(letter).xreplace(_places(law, arguments))
    if place.is_Symbol:
        yield RELATIONS[link.operator](place, number, evaluate=False)


def _places(law: NamedLaw, arguments: tuple[Expr, ...] | None) -> dict[sp.Basic, Expr]:
    """The arguments, by the parameters in whose place they stand."""
    places: dict[sp.Basic, Expr] = {}
    if arguments is None:
        return places
    for letter, argument in zip(law.parameters, arguments, strict=True):
        parameter = _expr(letter)
        assert parameter is not None
        parameter, argument = _plain(parameter), _plain(argument)
        if isinstance(parameter, sp.Pow):  # the law has sigma^2
            parameter, argument = parameter.base, sp.sqrt(argument)
        places[parameter] = argument
    return places


def _plain(expr: Expr) -> Expr:
    """With every name a positive number: parameters of laws are."""
    names = {s: sp.Symbol(s.name, positive=True) for s in expr.free_symbols if isinstance(s, sp.Symbol)}
    return expr.xreplace(names)
