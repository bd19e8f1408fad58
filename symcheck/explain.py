"""Derivations as a person reads them: one chain of equalities, and lemmas beside it.

A derivation is a list of numbered equations, most of which say how a subterm changes.  Told line by line it
cannot be followed.  So equations that put others in a row are told as one chain; what a step of the chain
needs is named in it if it is short, and is a lemma with a chain of its own if it is not.  Nothing is
left out: a step both sides of which look the same is told with its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symcheck.prover.derivation import Derivation, Equation, Line
from symcheck.prover.listing import conditions
from symcheck.prover.rules import RULES
from symcheck.terms.printing import latex, plain
from symcheck.terms.statement import Statement
from symcheck.terms.term import Term

RING = "ring laws"
NAMED_IN_A_STEP = 2
"""So many rules are named in a step; what needs more becomes a lemma."""
_BACKWARDS = " backwards"


@dataclass(frozen=True)
class Step:
    """``... = formula``, by rules, hypotheses and lemmas."""

    formula: Term
    by: tuple[str, ...]


@dataclass(frozen=True)
class Chain:
    """``start = step = step ...``; the ``lemma`` with this number, or the main chain.  ``given``: what the
    hypotheses that it names say, where they are put to use."""

    start: Term
    steps: tuple[Step, ...]
    lemma: int | None = None
    given: tuple[tuple[str, Term, Term], ...] = ()


@dataclass(frozen=True)
class Passage:
    """A sentence or a chain, ``depth`` levels inside other derivations."""

    depth: int
    content: str | Chain


def explain(d: Derivation, goal: Statement | None = None) -> list[Passage]:
    """The derivation told in order.  ``goal``: what it shows, if its first and last formula are to be
    those of the statement (which the derivation need match only up to ring laws)."""
    return list(_told(d, goal, 0, _Numbers()))


class _Numbers:
    """Lemmas are numbered through all parts of a derivation."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def _told(d: Derivation, goal: Statement | None, depth: int, numbers: _Numbers) -> Iterator[Passage]:
    if isinstance(d, Equation):
        if not d.lines:
            yield Passage(depth, "both sides are the same by the laws of a commutative ring")
            return
        for chain in _Telling(d.lines, numbers).chains(goal):
            yield Passage(depth + (chain.lemma is not None), chain)
        return
    for part in d.narrate():
        if isinstance(part, str):
            yield Passage(depth, part)
        else:
            yield from _told(part, None, depth + 1, numbers)


@dataclass(frozen=True)
class _Link:
    lhs: Term
    rhs: Term
    by: tuple[str, ...]

    @property
    def reversed(self) -> _Link:
        return _Link(self.rhs, self.lhs, tuple(map(_backwards, self.by)))


def _backwards(by: str) -> str:
    if by == RING:
        return by
    return by.removesuffix(_BACKWARDS) if by.endswith(_BACKWARDS) else by + _BACKWARDS


class _Telling:
    """The lines of one equation, taken apart into the main chain and lemmas."""

    def __init__(self, lines: tuple[Line, ...], numbers: _Numbers) -> None:
        self.lines = lines
        self.numbers = numbers
        self._links: dict[int, list[_Link]] = {}
        self._lemma: dict[int, int] = {}
        self._waiting: list[int] = []

    def chains(self, goal: Statement | None) -> Iterator[Chain]:
        """The main chain, and then the lemmas in the order in which they are named."""
        last = self.lines[-1]
        start, end = (goal.lhs, goal.rhs) if goal is not None else (last.lhs, last.rhs)
        yield self._chain(start, self.links(len(self.lines) - 1), end, None)
        while self._waiting:
            k = self._waiting.pop(0)
            line = self.lines[k]
            yield self._chain(line.lhs, self.links(k), line.rhs, self._lemma[k])

    def _chain(self, start: Term, links: list[_Link], end: Term, lemma: int | None) -> Chain:
        """From ``start`` to ``end`` as they are written, which ring laws alone may part from the links."""
        first, last = _Link(start, links[0].lhs, (RING,)), _Link(links[-1].rhs, end, (RING,))
        visible = self._visible([first, *links])
        if plain(visible[-1].rhs if visible else start) != plain(end):
            if lemma is None or not visible:
                visible.append(last)
            else:  # in a lemma the way of writing needs no step of its own
                visible[-1] = _Link(visible[-1].lhs, end, visible[-1].by)
        named = {by.removesuffix(_BACKWARDS) for link in visible for by in link.by}
        given = {_hypothesis(q): (q.lhs, q.rhs) for q in reversed(self.lines) if q.reason == "fact"}
        told = tuple((name, *sides) for name, sides in sorted(given.items()) if name in named)
        return Chain(start, tuple(Step(link.rhs, link.by) for link in visible), lemma, told)

    def links(self, k: int) -> list[_Link]:
        """Line k as equalities in a row."""
        if k not in self._links:
            self._links[k] = self._computed(k)
        return self._links[k]

    def _computed(self, k: int) -> list[_Link]:
        line = self.lines[k]
        match line.reason:
            case "chain":
                return [link for _, n in line.uses for link in self.links(n)]
            case "sym":
                ((_, n),) = line.uses
                return [link.reversed for link in reversed(self.links(n))]
        return [_Link(line.lhs, line.rhs, self.by(k))]

    def by(self, k: int) -> tuple[str, ...]:
        """What line k needs, when it is put to use inside another."""
        line = self.lines[k]
        match line.reason:
            case "rule":
                return (line.name, *(name for n in line.shown for name in self.by(n)))
            case "fact":
                return (_hypothesis(line),)
            case "sym":
                ((_, n),) = line.uses
                return tuple(map(_backwards, self.by(n)))
            case "chain":
                short = _reasons(tuple(name for link in self._visible(self.links(k)) for name in link.by))
                if len(short) <= NAMED_IN_A_STEP and not any("lemma" in name for name in short):
                    return short
                return (f"lemma {self._number(k)}",)
        inside = tuple(name for _, n in line.uses for name in self.by(n))
        return _reasons(inside if line.reason == "within" else (*inside, line.reason))

    def _number(self, k: int) -> int:
        if k not in self._lemma:
            self._lemma[k] = self.numbers.next()
            self._waiting.append(k)
        return self._lemma[k]

    def _visible(self, links: list[_Link]) -> list[_Link]:
        """Steps on both sides of which the same is written are told with the next one, or the last."""
        out: list[_Link] = []
        held: tuple[str, ...] = ()
        for link in links:
            if plain(link.lhs) == plain(link.rhs):
                held += link.by
            else:
                out.append(_Link(link.lhs, link.rhs, _reasons(held + link.by)))
                held = ()
        if _reasons(held) != (RING,):
            last = out.pop() if out else _Link(links[0].lhs, links[-1].rhs, ())
            out.append(_Link(last.lhs, last.rhs, _reasons(last.by + held)))
        return out


def _hypothesis(line: Line) -> str:
    return f"hypothesis {int(line.name) + 1}"


def _reasons(by: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, ring laws only where there is nothing else."""
    return tuple(dict.fromkeys(name for name in by if name != RING)) or (RING,)


def lines(passages: list[Passage]) -> Iterator[str]:
    """As text, ending with the rules that are named.  Hypotheses are told where they are first named."""
    known: set[str] = set()
    for passage in passages:
        indent = "  " * passage.depth
        if isinstance(passage.content, str):
            yield indent + passage.content
            continue
        chain = passage.content
        title = "" if chain.lemma is None else f"Lemma {chain.lemma}.  "
        yield f"{indent}{title}{plain(chain.start)}"
        for step in chain.steps:
            yield f"{indent}    = {plain(step.formula)}   [{', '.join(step.by)}]"
        said = [f"{name}: {plain(left)} = {plain(right)}" for name, left, right in chain.given]
        yield from (f"{indent}    {text}" for text in said if text not in known)
        known.update(said)
    named = rules_named(passages)
    if named:
        yield "where"
        for name in named:
            rule = RULES[name]
            needs = conditions(rule)
            equation = f"{plain(rule.lhs)} = {plain(rule.rhs)}".replace("?", "")
            yield f"  {name}: {equation}{f'   if {needs}' if needs else ''}"


def rules_named(passages: list[Passage]) -> list[str]:
    """The rules by which steps are said to hold, in the order in which they occur."""
    found: dict[str, None] = {}
    for passage in passages:
        if isinstance(passage.content, Chain):
            for step in passage.content.steps:
                for by in step.by:
                    found.setdefault(by.removesuffix(_BACKWARDS))
    return [name for name in found if name in RULES]


def as_json(passages: list[Passage]) -> list[dict[str, Any]]:
    """As it is published; formulas in LaTeX and as text."""
    return [_passage_json(p) for p in passages]


def _passage_json(passage: Passage) -> dict[str, Any]:
    if isinstance(passage.content, str):
        return {"depth": passage.depth, "text": passage.content}
    chain = passage.content
    steps = [{**_formula(step.formula), "by": list(step.by)} for step in chain.steps]
    return {"depth": passage.depth, "lemma": chain.lemma, "start": _formula(chain.start), "steps": steps}


def _formula(t: Term) -> dict[str, str]:
    return {"plain": plain(t), "latex": latex(t)}
