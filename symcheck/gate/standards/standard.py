"""What a standard definition is: names, and every form in which it is right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standard:
    """A quantity that machine-learning texts define, outside of the catalog or in further forms.

    ``forms`` are LaTeX, ``name(arguments) = expression`` or the expression alone; each of them is right.
    The letters are arbitrary.  ``scale``: a constant factor (a half, a mean for a sum) is a matter of
    convention.  ``either_sign``: some authors maximise what others minimise.  ``essential`` letters may not
    be left out, as other parameters may (a weight that is 1).  ``exact_left``: the left side has to be the
    form's too (whether ``X < x`` or ``X <= x``, which event is given), not just some name.
    """

    names: tuple[str, ...]
    forms: tuple[str, ...]
    source: str
    scale: bool = True
    either_sign: bool = False
    formula: str | None = None
    essential: tuple[str, ...] = ()
    exact_left: bool = False


def define(
    names: str,
    *forms: str,
    source: str,
    scale: bool = True,
    either_sign: bool = False,
    formula: str | None = None,
    essential: tuple[str, ...] = (),
    exact_left: bool = False,
) -> Standard:
    """A ``Standard`` with its names in one string, separated by ``;``."""
    known = tuple(name.strip() for name in names.split(";"))
    return Standard(known, forms, source, scale, either_sign, formula, essential, exact_left)
