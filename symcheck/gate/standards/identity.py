"""What an identity of textbooks is: a relation that holds for whatever its letters stand for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A relation ``left = right`` (or ``\\leq``, ``\\geq``) in LaTeX.

    ``fixed`` letters stand for themselves, ``whole`` ones for anything, the others for names.
    ``ordered``: it matters in which order the letters stand (products of matrices).
    ``words``: it only holds of things one of which has to be named nearby.
    ``unless``: words near it that make it another matter.
    ``telling``: nobody writes the left side down but for this relation, so that a right side with one slip in
    it is wrong; ``only``: if it is of these kinds, where the others are conventions.
    """

    latex: str
    ordered: bool = False
    words: str = ""
    unless: str = ""
    fixed: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    telling: bool = False
    only: frozenset[str] = frozenset()


def rules(
    *relations: str,
    fixed: str = "",
    whole: str = "",
    ordered: bool = False,
    words: str = "",
    unless: str = "",
    only: str = "",
) -> tuple[Identity, ...]:
    """Relations that one of their sides gives away."""
    return tuple(
        Identity(
            relation,
            ordered=ordered,
            words=words,
            unless=unless,
            fixed=frozenset(fixed.split()),
            whole=frozenset(whole.split()),
            telling=True,
            only=frozenset(filter(None, only.split(";"))),
        )
        for relation in relations
    )


def particular(*relations: str, fixed: str = "") -> tuple[Identity, ...]:
    """What is right of things of a kind (independent, orthogonal), and no measure of others."""
    return tuple(Identity(relation, fixed=frozenset(fixed.split())) for relation in relations)
