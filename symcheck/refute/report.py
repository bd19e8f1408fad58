"""A counterexample in words that a person can check by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import sympy as sp
from flint import arb, fmpq

from formulas.chance import Gaussian
from formulas.chance import label_of as label
from symcheck.refute.definitions import Unknown
from symcheck.refute.draft import Draft
from symcheck.refute.evaluate import Evaluator
from symcheck.refute.functions import shown
from symcheck.refute.sequences import Drawn, endless
from symcheck.refute.values import Plain

MOST_SHOWN: Final = 8
"""So many entries of a sequence are written out: those that were drawn, the rest follows from them."""
Kind = Literal["value", "domain"]


@dataclass(frozen=True)
class Counterexample:
    """A point that meets the hypotheses and contradicts the statement.

    ``kind`` is ``value`` (both sides have one) or ``domain`` (exactly one has); ``text`` says it all:
    ``n = 2, z = (1, -1/2), i = 1, j = 2: -0.149 ≠ 0.149``.
    """

    sizes: Mapping[str, int]
    indices: Mapping[str, int]
    values: Mapping[str, str]
    lhs: str
    rhs: str
    kind: Kind
    text: str


def counterexample(
    draft: Draft, at: Mapping[sp.Symbol, int], left: Plain | str, right: Plain | str, sign: str
) -> Counterexample:
    """The data of ``draft``, the index values ``at`` and both sides there, a side without a value being
    given as a word.  ``sign`` stands between the values, and is empty if one is missing."""
    sizes = {str(s): n for s, n in draft.sizes.items()}
    indices = {str(i): k for i, k in at.items()}
    values = shown({name: value for of, found in _data(draft).items() for name, value in _shown(of, found)})
    lhs, rhs = written(left), written(right)
    if lhs == rhs and sign != "=":
        lhs, rhs = written(left, 30), written(right, 30)
    data: dict[str, object] = {**sizes, **values, **indices}
    where = ", ".join([f"{name} = {value}" for name, value in data.items()] + _law(draft))
    what = f"{lhs} {sign} {rhs}" if sign else f"the left side is {lhs}, the right side {rhs}"
    text = f"{where}: {what}" if where else what
    return Counterexample(sizes, indices, values, lhs, rhs, "value" if sign else "domain", text)


MOST_OUTCOMES = 8
"""So many outcomes of a law are written down."""


def _shown(of: Unknown, found: Mapping[tuple[int, ...], Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(of, sp.IndexedBase) or not endless(of):
        yield str(of), _entries(found)
        return
    for cell in sorted(found)[:MOST_SHOWN]:
        yield f"{of}[{', '.join(map(str, cell))}]", written(found[cell])


def _data(draft: Draft) -> dict[Unknown, dict[tuple[int, ...], Any]]:
    """All data, the defined ones included."""
    ev = draft.evaluator()
    found = {of: _read(draft, ev, of) for of in (*draft.tensors, *draft.scalars)}
    found |= {d.of: dict(ev.data[draft.program.source(d.of)]) for d in draft.defined}
    averaged = _averaged(draft)
    return {of: found[of] for of in sorted(found, key=str) if of not in averaged}


def _averaged(draft: Draft) -> set[Unknown]:
    """The random quantities, unless the statement is about one of their outcomes too."""
    stated = draft.problem
    if any(draft.program.node(side).chancy for side in (stated.lhs, stated.rhs)):
        return set()
    return {of for _, values in draft.outcomes[:1] for of in values}


def _law(draft: Draft) -> list[str]:
    """``q = (1, 0) with probability 1/2, (0, 1) with 1/2``, quantities that are random together in one."""
    if not draft.outcomes:
        return []
    gaussian = {law.subject for law in draft.problem.laws if isinstance(law, Gaussian)}
    names = sorted((of for of in draft.outcomes[0][1] if label(of) not in gaussian), key=str)
    if not names:
        return [f"{', '.join(sorted(map(str, gaussian)))} Gaussian"]
    weights: dict[str, Plain] = {}
    for w, values in draft.outcomes:
        there = _together([values[of] for of in names])
        weights[there] = weights.get(there, fmpq(0)) + w
    shown = [f"{there} with {written(w)}" for there, w in itertools.islice(weights.items(), MOST_OUTCOMES)]
    more = len(weights) - MOST_OUTCOMES
    subject = str(names[0]) if len(names) == 1 else f"({', '.join(map(str, names))})"
    listed = ", ".join(shown).replace(" with ", " with probability ", 1)
    return [f"{subject} = {listed}" + (f" and {more} further outcomes" if more > 0 else "")]


def _together(parts: list[Mapping[tuple[int, ...], Plain]]) -> str:
    return _entries(parts[0]) if len(parts) == 1 else f"({', '.join(map(_entries, parts))})"


def _read(draft: Draft, ev: Evaluator, of: Unknown) -> dict[tuple[int, ...], Any]:
    drawn = draft.tensors.get(of)
    return dict(drawn if isinstance(drawn, Drawn) else ev.data[draft.program.source(of)])


def _entries(found: Mapping[tuple[int, ...], Plain], at: tuple[int, ...] = ()) -> str:
    if at in found:
        return written(found[at])
    last = max(cell[len(at)] for cell in found if cell[: len(at)] == at)
    return "(" + ", ".join(_entries(found, (*at, k)) for k in range(1, last + 1)) + ")"


def written(value: Plain | str, digits: int = 6) -> str:
    """A number in a few digits, a short rational exactly."""
    if isinstance(value, str):
        return value
    if isinstance(value, fmpq):
        exact = str(value)
        if len(exact) <= digits + 6:
            return exact
    ball = arb(value)
    if ball.contains(0):
        return "0"
    shown = str(ball.str(digits, radius=False))
    mantissa, e, exponent = shown.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent
