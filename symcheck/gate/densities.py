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
from itertools import pairwise
from time import process_time

from symcheck.gate.binders import same
from symcheck.gate.documents import Passage
from symcheck.latex import Span, Statement, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_WORDS = re.compile(r"\b(?:density|densities|pdf)\b", re.IGNORECASE)
_DISCRETE = re.compile(
    r"\b(?:mass function|pmf|discrete|unnormali[sz]ed|proportional|kernel density|truncated|restricted)\b"
)
_SUPPORTS = (
    (-math.inf, math.inf),
    (0.0, math.inf),
    (0.0, 1.0),
    (-1.0, 1.0),
    (1.0, math.inf),
    (-math.inf, 0.0),
    (-math.pi, math.pi),
)
_POINTS = ((0.7, 1.4, 2.3, 1.1), (1.6, 0.8, 1.2, 2.1), (2.4, 1.9, 0.6, 1.3), (5.2, 4.6, 2.8, 3.7))
CONSTANTS = frozenset({"Z", "C", "c", "N", "k", "h", "A", "K"})  # may be chosen so as to normalise
_VARIABLES = frozenset("tuvwxyz")
_COUNTS = frozenset("ijkmn")  # what a text calls a density of these is a mass function
TOLERANCE = 1e-3
LIMIT = 49  # with more, SciPy 1.17 writes behind the table from which it extrapolates, and the process dies
SECONDS = 1.5
TAIL = 50.0  # beyond it, what floats cannot hold counts as nothing
UNSURE = 0.2  # an integral that does not settle this near to one convicts nobody


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
    if "trunc" in passage.fragment.within.casefold():
        return None  # its support is what the parameters say
    near = passage.before[-220:] + passage.after[:60]
    if not _WORDS.search(near) or _DISCRETE.search(near) or statement.conditions:
        return None
    for variable, body, listed in _densities(
        statement, bool(re.search(r"densit(?:y|ies)\W*$", passage.before[-40:]))
    ):
        found = _mass(variable, body, listed, _positive(passage, variable))
        if found is not None:
            return found
    return None


def _densities(statement: Statement, introduced: bool) -> Iterator[tuple[Node, Node, set[str | None]]]:
    """Variable, expression and parameters of ``f(x; a) = ...``, or of what is called a density."""
    sides = statement.sides
    if len(sides) == 2 and statement.operators in (("=",), (":=",)):
        match sides[0]:
            case tree.Call(function=function, arguments=tree.Delimited(items=(variable, *others))):
                joint = "," in sides[0].arguments.separators and any(map(_latin, others))
                name = plain_name(function) or ""
                conditional = "|" in sides[0].arguments.separators
                lower = re.match(r"[fpqg](?:_\w+)?$", name) or (conditional and name == "P")
                mentioned = any(same(variable, n) for n in tree.walk(sides[1]))
                parameters = {plain_name(n) for n in others}
                others_in = letters(sides[1]) - {plain_name(variable)}
                told = not parameters or (None not in parameters and others_in <= parameters)
                counts = plain_name(variable) in _COUNTS
                if lower and mentioned and told and not (joint or counts):
                    yield variable, sides[1], parameters
    elif len(sides) == 1 and introduced:
        found = [n for n in tree.walk(sides[0]) if isinstance(n, tree.Symbol) and n.name in ("x", "y", "t")]
        if found and all(same(found[0], other) for other in found):
            yield found[0], sides[0], set()


def _latin(node: Node) -> bool:
    """A second variable rather than a parameter."""
    return isinstance(node, tree.Symbol) and node.name in _VARIABLES


def _positive(passage: Passage, variable: Node) -> bool:
    """Whether the formula or the words behind it say that the variable is positive."""
    name = re.escape(plain_name(variable) or "")
    said = passage.latex + " " + passage.after[:60]
    return bool(re.search(rf"(?<![\w\\]){name}\s*(?:>|≥|\\geq?(?:slant)?)\s*0(?![.\d])", said))


def _mass(variable: Node, body: Node, listed: set[str | None], positive: bool = False) -> Mass | None:
    parameters = sorted({name for name in letters(body) if name != plain_name(variable)})
    if len(parameters) > 3 or {p.split("_")[0] for p in parameters if p not in listed} & CONSTANTS:
        return None
    if not _scales(body).isdisjoint(set(parameters) - listed):
        return None
    until = process_time() + SECONDS
    nearest: Mass | None = None
    failed = 0  # values of the parameters for which it is no density
    for values in _POINTS:
        known = dict(zip(parameters, values, strict=False))
        try:
            supports = [s for s in _SUPPORTS if not positive or s[0] >= 0]
            masses = [_integral(body, variable, known, support) for support in supports]
        except NoNumber:
            return None
        if any(map(_is_one, masses)):
            return None
        if any(_is_one(_integral(body, variable, known, support)) for support in _bounded(known)):
            return None
        found = [mass for mass in masses if mass is not None]
        if positive and _grows(body, variable, known):
            found = [math.inf]
        if not found or any(math.isnan(mass) for mass in found):
            continue  # values that the parameters do not have, perhaps
        failed += 1
        mass = min(found, key=lambda m: abs(m - 1))
        if nearest is None or abs(mass - 1) < abs(nearest.value - 1):
            nearest = Mass(body.span, mass, ", ".join(f"{name} = {v:g}" for name, v in known.items()))
        if process_time() > until or not parameters:
            break
    return nearest if failed > 1 or not parameters else None


def _grows(body: Node, variable: Node, known: dict[str, float]) -> bool:
    """Whether the values become larger and larger, so that they have no integral up to infinity."""
    try:
        far = [value(body, {**known, plain_name(variable) or "": x}) for x in (8.0, 16.0, 32.0)]
    except (OverflowError, ZeroDivisionError, ValueError, NoNumber):
        return False
    return 1 < far[0] < far[1] / 2 < far[2] / 4


def _scales(body: Node) -> set[str]:
    """Letters that only scale the whole: any of them may be what makes it a density."""
    match body:
        case tree.Product(factors=factors):
            parts: list[Node] = list(factors)
        case tree.Fraction(numerator=above, denominator=below):
            parts = [
                f
                for side in (above, below)
                for f in (side.factors if isinstance(side, tree.Product) else (side,))
            ]
        case _:
            return set()
    alone = [name for part in parts if (name := plain_name(part)) is not None]
    inside = {name for part in parts if plain_name(part) is None for name in letters(part)}
    return {name for name in alone if alone.count(name) == 1} - inside


def _is_one(mass: float | None) -> bool:
    return mass is not None and abs(mass - 1) < TOLERANCE


def _bounded(known: dict[str, float]) -> Iterator[tuple[float, float]]:
    """The supports that parameters set: up to one or its inverse, from one on, between two."""
    values = sorted(known.values())
    for v in values:
        yield from ((0.0, v), (v, math.inf), (0.0, 1 / v), (-math.inf, 1 / v), (-1 / v, math.inf), (-v, v))
    yield from ((u, v) for u in values for v in values if u < v)


def letters(body: Node) -> set[str]:
    """The names in a formula, but for those of functions."""
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
    """The integral, or ``None`` where there is none (a pole, a negative value), not a number where it may
    well be one and converges too slowly to tell."""
    name = plain_name(variable) or ""

    def density(x: float) -> float:
        try:
            at = value(body, {**known, name: x})
        except (OverflowError, ZeroDivisionError, ValueError):
            at = math.nan
        return 0.0 if abs(x) > TAIL and math.isnan(at) else at

    inner = [x for x in (-1.7, -0.6, 0.3, 0.8, 1.9) if support[0] < x < support[1]]
    probes = [density(x) for x in inner]
    if any(not math.isfinite(p) or p < 0 for p in probes):
        return None
    from scipy import integrate  # the start of a run that looks up everything would pay for it

    total, error = 0.0, 0.0
    for piece in _pieces(*support):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                part, off = integrate.quad(density, *piece, limit=LIMIT)[:2]
            except (OverflowError, ZeroDivisionError):
                return None
        total, error = total + part, error + off
    if not math.isfinite(total):
        return None
    if error < 1e-3:
        return total
    return math.nan if abs(total - 1) < UNSURE else None


def _pieces(start: float, stop: float) -> Iterator[tuple[float, float]]:
    """A support without an end that is singular on one side and endless on the other."""
    inner = [x for x in (0.0, 1.0) if start < x < stop and math.inf in (-start, stop)]
    places = [start, *inner, stop]
    yield from pairwise(places)


def _special(name: str, *arguments: float) -> float:
    from scipy import special  # loaded late, as above

    return float(getattr(special, name)(*arguments))


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp, "log": math.log, "ln": math.log, "Gamma": math.gamma, "sin": math.sin, "cos": math.cos,
    "cosh": math.cosh, "sinh": math.sinh, "tanh": math.tanh, "logit": lambda p: math.log(p / (1 - p)),
    "Phi": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "sigma": lambda x: 1 / (1 + math.exp(-x)), "erf": math.erf,
    "sech": lambda x: 1 / math.cosh(x), "arctan": math.atan, "erfc": math.erfc,
    "phi": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "zeta": lambda x: _special("zeta", x), "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
}  # fmt: skip
_UNKNOWN = frozenset({"delta", "gamma", "psi", "eta", "L", "F", "U", "H"})  # functions, before a bracket
_TIMES = frozenset({"", "cdot", "times", "*", "ast"})


def _applied(factors: tuple[Node, ...]) -> Iterator[Node]:
    """The factors, with a letter for a known function and the bracket behind it as one."""
    todo = list(factors)
    while todo:
        first = todo.pop(0)
        inside = todo[0] if todo else None
        if isinstance(first, tree.Symbol) and isinstance(inside, tree.Delimited):
            if first.name in _UNKNOWN:
                raise NoNumber
            if first.name in ("phi", "Phi", "B", "zeta"):
                todo.pop(0)
                yield tree.Call(first.span | inside.span, first, inside, True)
                continue
        yield first


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
        case tree.Product(factors=factors, operators=operators) if set(operators) <= _TIMES:
            return math.prod(value(f, known) for f in _applied(factors))
        case tree.Binomial():
            return _special("binom", value(node.top, known), value(node.bottom, known))
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
            return _special("beta", value(a, known), value(b, known))
        case tree.Call(
            function=tree.Subscript(base=tree.Symbol(name="I" | "K" | "J" as letter), items=(order,)),
            arguments=tree.Delimited(items=(inner,)),
        ):
            return _special(
                {"I": "iv", "K": "kv", "J": "jv"}[letter], value(order, known), value(inner, known)
            )
        case tree.Call(function=tree.Symbol(name=name), arguments=tree.Delimited(items=(inner,))):
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](value(inner, known))
    raise NoNumber


def _real(number: float | complex) -> float:
    if isinstance(number, complex):
        raise ValueError("not real")
    return number
