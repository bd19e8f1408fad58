"""What a tactic hands over and the checker replays: numbered lines, each an equation with its reason.

Every line ``lhs = rhs`` holds for all values of its free indices, under the facts of the statement.
Reasons (after egglog's proof format: rule, transitivity, symmetry, congruence):

``rule``    an instance of a rule of ``rules.py``: the line's sides are the rule's sides under ``subst``
``fact``    a hypothesis, its pattern indices replaced by ``subst``
``within``  both sides agree, up to ring laws, once the subterms of ``lhs`` at the given positions
            are replaced by the right sides of earlier lines; without ``uses`` it is ring laws alone
``chain``   earlier lines in a row: a = b, b = c, ... give a = c
``sym``     an earlier line, read from right to left
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from symcheck.terms.term import Index, Path, Term

Reason = Literal["rule", "fact", "within", "chain", "sym"]


@dataclass(frozen=True)
class Substitution:
    """Values of a rule's metavariables: ``terms`` as functions of their parameters, indices, sizes, and
    names of undefined functions."""

    terms: Mapping[str, tuple[tuple[Index, ...], Term]] = field(default_factory=dict)
    indices: Mapping[str, Index] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    lhs: Term
    rhs: Term
    reason: Reason
    name: str = ""
    subst: Substitution = Substitution()
    uses: tuple[tuple[Path, int], ...] = ()
    shown: tuple[int, ...] = ()
    """Earlier lines whose left sides show the signs that the rule's conditions need of their right sides."""


@dataclass(frozen=True)
class Equation:
    """The last line shows the goal; no lines at all where both sides agree by ring laws."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Cases:
    """A proof for each sign that ``on`` can have."""

    on: Term
    branches: Mapping[int, Derivation]


@dataclass(frozen=True)
class Signed:
    """An inequality: ``larger - smaller = certificate`` by ``equation``, and the certificate's
    visible sign."""

    certificate: Term
    equation: Derivation


@dataclass(frozen=True)
class Bounded:
    """``|f| <= bound`` on the line: f is even, boxes cover ``[0, until]``, a falling majorant the rest."""

    even: Derivation
    boxes: tuple[tuple[str, str], ...]
    below: Derivation
    above: Derivation
    fall: Derivation


Derivation = Equation | Cases | Signed | Bounded


def lines_of(d: Derivation) -> int:
    """Number of steps, over all parts."""
    match d:
        case Equation():
            return len(d.lines)
        case Cases():
            return sum(map(lines_of, d.branches.values()))
        case Signed():
            return 1 + lines_of(d.equation)
        case Bounded():
            return len(d.boxes) + sum(map(lines_of, (d.even, d.below, d.above, d.fall)))


def term_json(t: Term) -> list[Any]:
    """A term as nested lists, the form in which derivations are published."""
    out: list[Any] = [t.op]
    for a in t.args:
        if isinstance(a, Term):
            out.append(term_json(a))
        elif isinstance(a, Index):
            out.append({"index": a.name, "size": a.size})
        else:
            out.append(str(a))
    return out


def derivation_json(d: Derivation) -> dict[str, Any]:
    match d:
        case Equation():
            return {"kind": "equation", "lines": [_line_json(x) for x in d.lines]}
        case Cases():
            branches = {str(s): derivation_json(b) for s, b in sorted(d.branches.items())}
            return {"kind": "cases", "on": term_json(d.on), "branches": branches}
        case Signed():
            certificate = term_json(d.certificate)
            return {"kind": "signed", "certificate": certificate, "equation": derivation_json(d.equation)}
        case Bounded():
            parts = {k: derivation_json(getattr(d, k)) for k in ("even", "below", "above", "fall")}
            return {"kind": "bounded", "boxes": [list(b) for b in d.boxes], **parts}


def _line_json(line: Line) -> dict[str, Any]:
    s = line.subst
    return {
        "lhs": term_json(line.lhs),
        "rhs": term_json(line.rhs),
        "reason": line.reason,
        "name": line.name,
        "uses": [{"position": list(p), "line": k} for p, k in line.uses],
        "shown": list(line.shown),
        "substitution": {
            "terms": {
                n: {"parameters": [i.name for i in ps], "term": term_json(t)}
                for n, (ps, t) in s.terms.items()
            },
            "indices": {n: i.name for n, i in s.indices.items()},
            "sizes": dict(s.sizes),
            "functions": dict(s.functions),
        },
    }
