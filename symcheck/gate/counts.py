"""Whether what a text calls a probability mass function adds to one over the whole numbers that it may count.

Which values there are is often left to the words, so a mass function is wrong only if it adds to one over no
usual range, for several values of its parameters, and is one (not negative, with a sum) nowhere.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

from symcheck.gate.binders import same
from symcheck.gate.densities import CONSTANTS, NoNumber, letters, value
from symcheck.gate.documents import Passage
from symcheck.gate.masses import Total
from symcheck.latex import Statement, tree
from symcheck.latex.names import plain_name
from symcheck.latex.tree import Node

_WORDS = re.compile(r"\b(?:mass function|pmf|discrete (?:random variable|distribution))\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:unnormali[sz]ed|proportional|cumulative|log)\b|\\propto", re.IGNORECASE)
_VARIABLES = frozenset({"k", "x", "n", "m", "y", "i"})
_WHOLE = frozenset({"n", "N", "M", "K", "r", "m", "R", "G"})
_POINTS = (
    ((0.3, 0.62, 0.45), (3, 5, 9)),
    ((0.81, 0.15, 0.37), (4, 7, 12)),
    ((1.7, 2.6, 0.9), (9, 5, 3)),
    ((2.9, 1.2, 3.4), (12, 7, 5)),
)
TERMS = 400  # how far an endless range is followed
FAR = 100  # beyond it, what floats cannot hold counts as nothing
SLOW = 1e-2
TOLERANCE = 1e-6


def not_counted(passage: Passage, statement: Statement) -> Total | None:
    """What the masses add to where they come nearest to one, if that is not one."""
    near = passage.before[-220:] + passage.after[:60]
    if not _WORDS.search(near) or _NOT.search(near) or statement.conditions:
        return None
    for variable, body in _masses(statement):
        found = _total(variable, body)
        if found is not None:
            return found
    return None


def _masses(statement: Statement) -> Iterator[tuple[Node, Node]]:
    """The count and the expression of ``f(k; n, p) = ...`` or ``P(X = k) = ...``."""
    if len(statement.sides) != 2 or statement.operators not in (("=",), (":=",)):
        return
    match statement.sides[0]:
        case tree.Call(function=function, arguments=tree.Delimited(items=(first, *others))):
            variable = first.sides[1] if isinstance(first, tree.Relation) else first
            named = re.match(r"[fpqPg](?:_\w+)?$|Pr$", plain_name(function) or "")
            listed = {plain_name(n) for n in others}
            inside = any(same(variable, n) for n in tree.walk(statement.sides[1]))
            told = not listed or letters(statement.sides[1]) - {plain_name(variable)} <= listed
            free = letters(statement.sides[1]) - listed - {plain_name(variable)}
            chosen = {str(n).split("_")[0] for n in free} & (CONSTANTS - _WHOLE)
            if chosen:
                return
            if named and inside and told and plain_name(variable) in _VARIABLES and None not in listed:
                yield variable, statement.sides[1]


def _total(variable: Node, body: Node) -> Total | None:
    name = plain_name(variable) or ""
    parameters = sorted(letters(body) - {name})
    chosen = {n for b in tree.walk(body) if isinstance(b, tree.Binomial) for n in letters(b)}
    whole = [p for p in parameters if p in _WHOLE or p in chosen]
    real = [p for p in parameters if p not in whole]
    if len(whole) > 3 or len(real) > 3:
        return None
    nearest: Total | None = None
    tried = 0
    for reals, integers in _points(len(whole)):
        known = dict(zip(real, reals, strict=False)) | dict(zip(whole, map(float, integers), strict=False))
        try:
            sums = list(_sums(body, name, known, set(whole)))
        except NoNumber:
            return None
        if any(abs(s - 1) < TOLERANCE for s in sums):
            return None
        if sums:
            tried += 1
            shown = ", ".join(f"{n} = {v:g}" for n, v in known.items())
            best = min(sums, key=lambda s: abs(s - 1))
            if nearest is None or abs(best - 1) < abs(nearest.value - 1):
                nearest = Total(body.span, best, shown)
    return nearest if tried > 1 or (tried and not parameters) else None


def _points(whole: int) -> Iterator[tuple[tuple[float, ...], tuple[int, ...]]]:
    """Values of the parameters; three whole numbers in any order, since nothing says which is the largest."""
    for reals, integers in _POINTS:
        orders = itertools.permutations(integers) if whole > 2 else (integers,)
        yield from ((reals, order) for order in orders)


def _sums(body: Node, name: str, known: dict[str, float], whole: set[str]) -> Iterator[float]:
    """The sums over the usual ranges over which the terms are not negative and end or become small."""

    def term(k: int) -> float:
        try:
            at = value(body, {**known, name: float(k)})
        except OverflowError:
            lost.append(k)
            return 0.0 if abs(k) > FAR else math.nan
        except (ZeroDivisionError, ValueError):
            return math.nan
        return at if math.isfinite(at) else math.nan

    lost: list[int] = []
    ends = sorted({int(known[n]) for n in whole})
    terms = {k: term(k) for k in range(-TERMS // 4, TERMS)}
    ranges = [(0, TERMS - 1), (1, TERMS - 1), (-TERMS // 4, TERMS - 1), (0, 1)]
    ranges += [(first, end - less) for end in ends for first in (0, 1) for less in (0, 1)]
    ranges += [(end, TERMS - 1) for end in ends]
    ranges += [(max(0, a + b - c), min(a, b)) for a in ends for b in ends for c in ends if c >= max(a, b)]
    for first, last in dict.fromkeys(ranges):
        part = [terms[k] for k in range(first, last + 1)]
        if not part or any(math.isnan(t) or t < -TOLERANCE for t in part):
            continue
        beyond = min((k for k in lost if k > FAR), default=TERMS)
        if last >= beyond and 1e-9 < terms[beyond - 1] < SLOW:
            raise NoNumber  # what floats cannot hold is not nothing
        if last < TERMS - 1 or abs(part[-1]) < 1e-9:
            yield sum(part)
        elif part[-1] < SLOW:
            raise NoNumber  # it may go on to one


__all__ = ["not_counted"]
