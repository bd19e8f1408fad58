"""What a rule is: an equation with conditions, as data."""

from __future__ import annotations

from dataclasses import dataclass

from symcheck.terms.term import Index, Term


@dataclass(frozen=True)
class Condition:
    """``positive`` | ``nonnegative`` | ``nonzero`` | ``integer`` | ``natural`` (of a term), ``free_of`` and
    ``smooth`` (term, variable), each for all values of an index that may follow;
    ``variable`` (term), ``distinct`` (constant indices), ``undefined`` (a function that is not a known head;
    such a function is taken to be smooth).

    ``holds`` (two terms; indices for all of whose values they are equal, as an earlier line says).

    About random quantities: ``fixed`` (term: the same at all outcomes), ``independent`` (two terms),
    ``reflected`` (term, the same with the variable, whose law is symmetric, negated, variable), ``gaussian``
    (polynomial, entry, its mean, another entry of it, their covariance; its indices)."""

    kind: str
    of: tuple[Term | Index, ...]


@dataclass(frozen=True)
class Rule:
    name: str
    lhs: Term
    rhs: Term
    conditions: tuple[Condition, ...] = ()
    source: str = "axiom"


def when(kind: str, *of: Term | Index) -> Condition:
    return Condition(kind, of)
