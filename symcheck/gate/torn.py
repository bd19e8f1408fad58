"""Functions in cases that have a jump, where the words say that they have none."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sympy as sp
from sympy.core.function import AppliedUndef

from symcheck.gate.branches import cases_in
from symcheck.gate.documents import Passage
from symcheck.latex import Context, Presentation, Span, interpret, tree
from symcheck.latex.names import plain_name

NEAR = 160  # characters of text in which a function is named
STEP = sp.Rational(1, 10**6)
SEEN = 1e-3
"""How far values on both sides of a place are apart where there is a jump; elsewhere it is some ``STEP``."""
MAX_PARAMETERS = 3
# two choices of positive parameters, in either order; what is right of a function holds for both
_DRAWS = (
    (sp.Rational(7, 10), sp.Rational(13, 10), sp.Rational(3, 10)),
    (sp.Rational(17, 10), sp.Rational(9, 10), sp.Rational(2, 5)),
)
_CONTINUOUS = re.compile(
    r"\b(huber(?: loss)?|smooth[- ]?l1(?: loss)?|(?:leaky|parametric) relu|[CS]?ELU|soft[- ]?threshold\w*"
    r"|soft[- ]?shrink\w*|shrinkage operator|pinball(?: loss)?|quantile loss|hard ?tanh|hard[- ]?sigmoid"
    r"|ReLU6|epsilon-insensitive(?: loss)?|squared hinge(?: loss)?|hinge loss|smoothstep)\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"\b(?:is continuous|continuous everywhere)\b")
_OTHER = re.compile(
    r"\b(?:derivatives?|gradients?|subgradients?|subdifferential|slopes?|weights?|backward|inverse|vjp"
    r"|differentiat\w+|jacobian|modified|variant|unlike|hard[- ]threshold\w*)\b|'",
    re.IGNORECASE,
)


def torn(passage: Passage, presentation: Presentation) -> Iterator[tuple[Span, str, str, str, str]]:
    """A place where two cases meet with different values, in what is named as continuous: span, name, place
    and the two values."""
    cases = list(cases_in(presentation))
    name = _named(passage) if len(cases) == 1 else None
    if name is None:
        return
    calls = (n for s in presentation.statements for n in s.sides[:1] if isinstance(n, tree.Call))
    arguments = {plain_name(a) or "" for call in calls for a in call.arguments.items}
    sides = [s for sentence in interpret(presentation, Context()).sentences for s in sentence.sides]
    for expr in (s.expr for s in sides if isinstance(s.expr, sp.Piecewise)):
        found = [_jump(expr, arguments, draw) for draw in _DRAWS]
        if all(found) and found[0] is not None:
            yield (cases[0].span, name, *found[0])
            return


def _named(passage: Passage) -> str | None:
    """The continuous function that the words beside a formula name."""
    before = re.split(r"(?<=[.;])\s+|\n\s*\n", passage.before[-NEAR:].rstrip())[-1]
    words = " ".join((*passage.headings[-1:], passage.row_label or "", passage.label or "", before))
    if any(_OTHER.search(t) for t in (words, passage.column or "", passage.latex.split("=")[0])):
        return None
    named = list(_CONTINUOUS.finditer(words))
    if named:
        return f"the {named[-1].group()}"
    return "the function" if _SAID.search(before) else None


def _jump(
    piece: sp.Piecewise, arguments: set[str], draw: tuple[sp.Rational, ...]
) -> tuple[str, str, str] | None:
    """A place with a jump, and the values before and behind it, for some values of the parameters."""
    variable = _variable(piece, arguments)
    parameters = sorted(piece.free_symbols - {variable}, key=str)
    if variable is None or len(parameters) > MAX_PARAMETERS or piece.has(sp.Indexed, AppliedUndef, sp.Sum):
        return None
    at = dict(zip(parameters, draw, strict=False))
    here = piece.xreplace(at)
    for place in _places(here, variable):
        before, behind = (_value(here, variable, place + side) for side in (-STEP, STEP))
        if before is None or behind is None:
            return None
        if abs(before - behind) > SEEN:
            shown = ", ".join(f"{s} = {v}" for s, v in {variable: place, **at}.items())
            return shown, f"{round(before, 4):g}", f"{round(behind, 4):g}"
    return None


def _relations(piece: sp.Piecewise) -> Iterator[sp.core.relational.Relational]:
    for _, condition in piece.args:
        yield from condition.atoms(sp.Lt, sp.Le, sp.Gt, sp.Ge)


def _variable(piece: sp.Piecewise, arguments: set[str]) -> sp.Symbol | None:
    """The letter that all conditions are about."""
    shared: set[sp.Basic] | None = None
    for relation in _relations(piece):
        shared = relation.free_symbols if shared is None else shared & relation.free_symbols
    names = [s for s in shared or () if isinstance(s, sp.Symbol)]
    if len(names) > 1:  # of |x| <= delta it is x, of x <= delta what f(x) is a function of
        names = [s for s in names if any(r.has(sp.Abs(s)) for r in _relations(piece)) or s.name in arguments]
    return names[0] if len(names) == 1 else None


def _places(piece: sp.Piecewise, variable: sp.Symbol) -> list[sp.Expr]:
    found: dict[sp.Expr, None] = {}
    for relation in _relations(piece):
        for one, other in ((relation.lhs, relation.rhs), (relation.rhs, relation.lhs)):
            if other.is_number and one in (variable, -variable):
                found[other if one == variable else -other] = None
            elif other.is_number and one == sp.Abs(variable):
                found[other] = found[-other] = None
    return list(found)


def _value(piece: sp.Piecewise, variable: sp.Symbol, place: sp.Expr) -> float | None:
    value = piece.xreplace({variable: place}).doit().n(15)
    return float(value) if value.is_number and value.is_real and value.is_finite else None


__all__ = ["torn"]
