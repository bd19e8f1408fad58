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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

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


class Derivation:
    """Base of all kinds of derivation (``kinds``): frozen dataclasses of terms, strings, numbers and other
    derivations, or tuples and mappings of these."""

    @property
    def own_steps(self) -> int:
        """Steps besides those of the derivations inside."""
        return 0

    def parts(self) -> Iterator[Derivation]:
        """The derivations inside."""
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            inside = value.values() if isinstance(value, Mapping) else value
            for part in inside if isinstance(value, Mapping | tuple) else (value,):
                if isinstance(part, Derivation):
                    yield part

    def narrate(self) -> Iterator[str | Derivation]:
        """What a person reads, in order: sentences, and the derivations inside."""
        raise NotImplementedError


@dataclass(frozen=True)
class Equation(Derivation):
    """The last line shows the goal; no lines at all where both sides agree by ring laws."""

    lines: tuple[Line, ...]

    @property
    def own_steps(self) -> int:
        return len(self.lines)


def lines_of(d: Derivation) -> int:
    """Number of steps, over all parts."""
    return d.own_steps + sum(map(lines_of, d.parts()))
