"""Whether what a text calls a density integrates to one: numerically, at several values of the parameters.

The support is often left to the words, so a density is wrong only if it integrates to one on no usual one.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import process_time

from symcheck.gate.binders import same
from symcheck.gate.documents import Passage
from symcheck.latex import Span, Statement, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_WORDS = re.compile(r"\b(?:density|densities|pdf)\b", re.IGNORECASE)
_DISCRETE = re.compile(r"\b(?:mass function|pmf|discrete|unnormali[sz]ed|proportional|kernel density)\b")
_SUPPORTS = (
    (-math.inf, math.inf),
    (0.0, math.inf),
    (0.0, 1.0),
    (-1.0, 1.0),
    (1.0, math.inf),
    (-math.inf, 0.0),
)
_POINTS = ((0.7, 1.4, 2.3, 1.1), (1.6, 0.8, 1.2, 2.1), (2.4, 1.9, 0.6, 1.3))
_CONSTANTS = frozenset({"Z", "C", "c", "N", "k", "h", "A", "K"})  # may be chosen so as to normalise
TOLERANCE = 1e-3
SECONDS = 1.5


@dataclass(frozen=True)
class Mass:
    """What a density integrates to on the support where it comes closest to one."""

    span: Span
    value: float
    at: str


class NoNumber(Exception):
    """Notation that is not computed here."""


def not_normalised(passage: Passage, statement: Statement) -> Mass | None:
    """The mass of what the words call a density, if it is not one."""
    near = passage.before[-220:] + passage.after[:60]
    if not _WORDS.search(near) or _DISCRETE.search(near):
        return None
    for variable, body in _densities(
        statement, bool(re.search(r"densit(?:y|ies)\W*$", passage.before[-40:]))
    ):
        found = _mass(variable, body)
        if found is not None:
            return found
    return None


def _densities(statement: Statement, introduced: bool) -> Iterator[tuple[Node, Node]]:
    """The variable and the expression of ``f(x; a) = ...``, or of an expression of x called a density."""
    sides = statement.sides
    if len(sides) == 2 and statement.operators in (("=",), (":=",)):
        match sides[0]:
            case tree.Call(function=function, arguments=tree.Delimited(items=(variable, *others))):
                joint = "," in sides[0].arguments.separators and any(map(_latin, others))
                name = plain_name(function) or ""
                conditional = "|" in sides[0].arguments.separators
                lower = re.match(r"[fpqg](?:_\w+)?$", name) or (conditional and name == "P")
                mentioned = any(same(variable, n) for n in tree.walk(sides[1]))
                if lower and mentioned and not joint:
                    yield variable, sides[1]
    elif len(sides) == 1 and introduced:
        letters = [n for n in tree.walk(sides[0]) if isinstance(n, tree.Symbol) and n.name in ("x", "y", "t")]
        if letters and all(same(letters[0], other) for other in letters):
            yield letters[0], sides[0]


def _latin(node: Node) -> bool:
    """A second variable rather than a parameter."""
    return isinstance(node, tree.Symbol) and len(node.name) == 1


def _mass(variable: Node, body: Node) -> Mass | None:
    parameters = sorted({name for name in _names(body) if name != plain_name(variable)})
    if len(parameters) > 3 or {p.split("_")[0] for p in parameters} & _CONSTANTS:
        return None
    until = process_time() + SECONDS
    open_supports = set(_SUPPORTS)  # on which it may still be a density
    nearest: Mass | None = None
    for values in _POINTS:
        known = dict(zip(parameters, values, strict=False))
        for support in _SUPPORTS:
            try:
                mass = _integral(body, variable, known, support)
            except NoNumber:
                return None
            if mass is not None and abs(mass - 1) < TOLERANCE:
                continue
            open_supports.discard(support)
            if mass is not None and (nearest is None or abs(mass - 1) < abs(nearest.value - 1)):
                nearest = Mass(body.span, mass, ", ".join(f"{name} = {v:g}" for name, v in known.items()))
        if not open_supports or process_time() > until:
            break
    return nearest if not open_supports else None


def _names(body: Node) -> set[str]:
    functions = {id(n.function) for n in tree.walk(body) if isinstance(n, tree.Call)}
    found: set[str] = set()
    stack = [body]
    while stack:
        node = stack.pop()
        if id(node) in functions:
            continue
        if isinstance(node, tree.Subscript | tree.Symbol):
            name = plain_name(node)
            if name is not None and name not in ("e", "pi"):
                found.add(name)
            continue
        stack.extend(tree.children(node))
    return found


def _integral(
    body: Node, variable: Node, known: dict[str, float], support: tuple[float, float]
) -> float | None:
    """The integral, or ``None`` where there is none (a pole, a negative value, slow convergence)."""
    from scipy import integrate  # the start of a run that looks up everything would pay for it

    name = plain_name(variable) or ""

    def density(x: float) -> float:
        try:
            return value(body, {**known, name: x})
        except (OverflowError, ZeroDivisionError, ValueError):
            return math.nan

    inner = [x for x in (-1.7, -0.6, 0.3, 0.8, 1.9) if support[0] < x < support[1]]
    probes = [density(x) for x in inner]
    if any(not math.isfinite(p) or p < 0 for p in probes):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            total, error = integrate.quad(density, *support, limit=80)
        except (integrate.IntegrationWarning, UserWarning, OverflowError, ZeroDivisionError):
            return None
    return total if math.isfinite(total) and error < 1e-3 else None


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp, "log": math.log, "ln": math.log, "Gamma": math.gamma, "sin": math.sin, "cos": math.cos,
    "cosh": math.cosh, "sinh": math.sinh, "tanh": math.tanh, "logit": lambda p: math.log(p / (1 - p)),
    "Phi": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "sigma": lambda x: 1 / (1 + math.exp(-x)), "erf": math.erf,
    "sech": lambda x: 1 / math.cosh(x), "arctan": math.atan,
}  # fmt: skip


def value(node: Node, known: dict[str, float]) -> float:
    """The number that a part of a formula is; raises ``NoNumber``."""
    match node:
        case tree.Number():
            return float(Fraction(node.text))
        case tree.Symbol(name="pi"):
            return math.pi
        case tree.Symbol(name="e"):
            return math.e
        case tree.Symbol() | tree.Subscript():
            name = plain_name(node)
            if name not in known:
                raise NoNumber
            return known[name]
        case tree.Delimited(items=(inner,), opening=opening) if opening in ("(", "[", "", "{", "|"):
            return abs(value(inner, known)) if opening == "|" else value(inner, known)
        case tree.Sum(terms=terms, signs=signs) if set(signs) <= {"+", "-", ""}:
            return sum(
                -value(t, known) if s == "-" else value(t, known) for t, s in zip(terms, signs, strict=True)
            )
        case tree.Product(factors=factors, operators=operators) if set(operators) <= {"", "cdot", "times"}:
            return math.prod(value(f, known) for f in factors)
        case tree.Fraction():
            return value(node.numerator, known) / value(node.denominator, known)
        case tree.Power(base=tree.Subscript() as base, exponent=exponent):
            return _real(value(base, known) ** value(exponent, known))
        case tree.Power():
            return _real(value(node.base, known) ** value(node.exponent, known))
        case tree.Root():
            degree = 2.0 if node.degree is None else value(node.degree, known)
            return _real(value(node.radicand, known) ** (1 / degree))
        case tree.Factorial():
            return math.gamma(value(node.base, known) + 1)
        case tree.Call(function=tree.Power(base=inner, exponent=exponent)):
            call = tree.Call(node.span, inner, node.arguments, node.guessed)
            return _real(value(call, known) ** value(exponent, known))
        case tree.Call(function=tree.Symbol(name="B"), arguments=tree.Delimited(items=(a, b))):
            p, q = value(a, known), value(b, known)
            return math.gamma(p) * math.gamma(q) / math.gamma(p + q)
        case tree.Call(function=tree.Symbol(name=name), arguments=tree.Delimited(items=(inner,))):
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](value(inner, known))
    raise NoNumber


def _real(number: float | complex) -> float:
    if isinstance(number, complex):
        raise ValueError("not real")
    return number
