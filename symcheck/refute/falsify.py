"""The search for a counterexample to a statement, with balls that prove each one that is reported.

A value counterexample is a point that meets the hypotheses where the enclosures of the two sides exclude
the relation; a domain counterexample is one where exactly one side has a value.  A point counts as
effective if both sides have a value there and the relation was seen to hold.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import sympy as sp
from flint import arb, fmpq

from formulas.check import ShapeError
from formulas.language import Expr
from formulas.schema import Approach, Claim, Relation
from symcheck.refute.approach import limit_at
from symcheck.refute.dense import grid, neighbours, variety
from symcheck.refute.evaluate import Budget, Evaluator, OutOfBudget, Undecided, Undefined, Unsupported
from symcheck.refute.problem import Problem, problem, problem_of
from symcheck.refute.program import Program
from symcheck.refute.report import Counterexample, counterexample
from symcheck.refute.sample import Point, Sampler
from symcheck.refute.values import Plain, same_to

BITS: Final = 256
EQUALITIES: Final = (Relation.EQ, Relation.TENDS)
"""Relations that a difference other than 0 contradicts."""
GRID: Final = 240
"""Points on the line for an inequality about one or two scalars."""
STEPS: Final = 4_000_000
"""Operations of one search, whatever the clock says: no single sum may hold it up."""
CLIMBS: Final = 24
"""Steps of the search that lowers the margin of an inequality."""
LOOKS: Final = 300
"""Neighbours that it looks at from one start: where hypotheses tie the data together, each takes 5 ms."""
BESIDE: Final = (fmpq(1, 8), fmpq(1, 128))
"""How far from a point of equality an inequality is looked at."""


@dataclass(frozen=True)
class Falsification:
    """What a search found.

    ``points``   effective points: samples times index values where the statement was seen to hold;
    ``shapes``   the sizes that occurred among them;
    ``vacuous``  no point was found that meets the hypotheses;
    ``reason``   why there are few points, if there are;
    ``exhausted``  there are few points because the hypotheses leave nothing else free, as in a claim about
    one number: the sampler could draw no further point;
    ``cut_short``  the search ended at its limit of time or steps.
    """

    points: int
    shapes: tuple[tuple[int, ...], ...]
    counterexample: Counterexample | None
    vacuous: bool
    reason: str = ""
    exhausted: bool = False
    cut_short: bool = False


def falsify(
    claim: Claim,
    *,
    with_conditions: bool = True,
    points: int = 40,
    seed: int | None = None,
    sides: tuple[Expr, Expr] | None = None,
    seconds: float = 20.0,
    thorough: bool = True,
) -> Falsification:
    """Try ``claim``, or other ``sides`` under its relation and hypotheses, at ``points`` points.

    Without a ``seed`` the points follow from the claim's name.  ``thorough``: an inequality is also looked at
    on a grid and along the way down its margin."""
    if seed is None:
        seed = zlib.crc32(claim.name.encode())
    try:
        stated = problem_of(claim, with_conditions=with_conditions, sides=sides)
        return _search(stated, points, seed, Budget(STEPS, seconds), thorough)
    except (Unsupported, ShapeError) as error:
        return _nothing(str(error))


def falsify_statement(
    lhs: Expr,
    rhs: Expr,
    relation: Relation = Relation.EQ,
    hypotheses: Sequence[sp.Basic] = (),
    *,
    points: int = 24,
    seconds: float = 2.0,
    seed: int = 0,
    thorough: bool = True,
) -> Falsification:
    """Try a statement from a document.  Ends after about ``seconds`` and never raises for what it says:
    what cannot be evaluated gives no points and a ``reason``.  ``thorough`` as in ``falsify``; a search with
    fewer points looks at the first points of one with more.

    A point where one side alone has no value is told only if no point is found where both have one:
    documents do not state their domain."""
    try:
        stated = problem(lhs, rhs, relation, hypotheses)
        return _search(stated, points, seed, Budget(STEPS, seconds), thorough, values_first=True)
    except (Unsupported, ShapeError, KeyError, AttributeError, TypeError, ValueError, OverflowError) as error:
        return _nothing(f"{type(error).__name__}: {error}")
    except RecursionError:
        return _nothing("the statement is nested too deeply")


def _nothing(reason: str) -> Falsification:
    return Falsification(0, (), None, vacuous=False, reason=reason)


def _search(
    stated: Problem,
    points: int,
    seed: int,
    budget: Budget,
    thorough: bool = True,
    values_first: bool = False,
) -> Falsification:
    return _Search(stated, Sampler(stated, Program(), seed, budget), points, thorough, values_first).run()


class _Found(Exception):
    def __init__(self, counterexample: Counterexample) -> None:
        super().__init__(counterexample.text)
        self.counterexample = counterexample


@dataclass
class _Search:
    """One search: the statement, its points, and what was seen so far."""

    stated: Problem
    sampler: Sampler
    wanted: int
    thorough: bool = True
    values_first: bool = False
    outside: Counterexample | None = None
    effective: int = 0
    admitted: int = 0
    shapes: dict[tuple[int, ...], None] = field(default_factory=dict)
    idle: dict[str, int] = field(default_factory=dict)
    closest: list[tuple[float, int, Point]] = field(default_factory=list)

    def run(self) -> Falsification:
        found, late = None, False
        try:
            self._over(self.sampler.points(4 * self.wanted), self.wanted, self.sampler.least)
            if self.thorough and self.stated.relation not in EQUALITIES:
                self._over(grid(self.sampler, GRID), self.effective + GRID + 1)
                self._climb()
        except _Found as exception:
            found = exception.counterexample
        except OutOfBudget:
            late = True
        found = found or self.outside
        vacuous = not self.admitted and not late  # a search that was cut short says nothing
        reason = "" if found is not None else self._reason(late)
        return Falsification(
            self.effective, tuple(self.shapes), found, vacuous, reason, self.sampler.exhausted, late
        )

    def _reason(self, late: bool) -> str:
        limit = "the time or step limit was reached"
        if not self.admitted:
            return limit if late else "no sample meets the hypotheses"
        if late:
            return f"{limit} after {self.effective} points"
        if self.effective >= self.wanted:
            return ""
        seen = [f"{count} times {what}" for what, count in self.idle.items()]
        if self.sampler.exhausted:
            seen.append("all that the hypotheses leave free was seen")
        return "; ".join(seen)

    def _over(self, points: Iterable[Point], until: int, least: int = 0) -> None:
        for turn, point in enumerate(points, start=1):
            self.admitted += 1
            self._look(point)
            if self.effective >= until and turn >= least:
                return

    def _climb(self) -> None:
        """Lower the margin of an inequality from the closest points, one number at a time."""
        self._beside_equality()
        loose = sorted((entry for entry in self.closest if entry[0] > 0), key=lambda entry: entry[:2])
        for margin, _, point in loose[:2]:
            step, looks = fmpq(1, 2), 0
            for _ in range(CLIMBS):
                best: tuple[float, Point] | None = None
                for other in neighbours(self.sampler, point, step):
                    looks += 1
                    m = self._look(other)
                    if m is not None and m < (margin if best is None else best[0]):
                        best = (m, other)
                if looks > LOOKS:
                    break
                if best is not None:
                    margin, point = best
                    continue
                step /= 4
                if step < fmpq(1, 4000):
                    break

    def _beside_equality(self) -> None:
        """Look around the most varied of the points where both sides are equal: an inequality that is tight
        there fails on one side of it unless its slope is 0 in all directions."""
        tight = [(variety(point), -k, point) for margin, k, point in self.closest if margin == 0]
        if tight:
            *_, point = max(tight, key=lambda entry: entry[:2])
            for step in BESIDE:
                for other in neighbours(self.sampler, point, step):
                    self._look(other)

    def _look(self, point: Point) -> float | None:
        """Look at one point.  The smallest margin of an inequality there; raises ``_Found``."""
        ev = point.evaluator(BITS)
        smallest: float | None = None
        for at in point.assignments:
            left = _outcome(ev, self.stated.lhs, at, self.stated.approach)
            right = _outcome(ev, self.stated.rhs, at)
            if isinstance(left, str) or isinstance(right, str):
                self._without_value(point, at, left, right)
                continue
            difference = ev.difference(left, right)
            self._compare(point, at, left, right, difference)
            if self.stated.relation not in EQUALITIES:
                margin = abs(float(arb(difference).mid()))
                smallest = margin if smallest is None else min(smallest, margin)
        if smallest is not None:
            self.closest.append((smallest, len(self.closest), point))
        return smallest

    def _without_value(
        self, point: Point, at: Mapping[sp.Symbol, int], left: Plain | str, right: Plain | str
    ) -> None:
        if left != right and _UNDECIDED not in (left, right):
            found = counterexample(point.draft, at, left, right, "")
            if not self.values_first:
                raise _Found(found)
            self.outside = self.outside or found
            return
        what = "both sides were undefined" if left == right == _UNDEFINED else "a side could not be decided"
        self.idle[what] = self.idle.get(what, 0) + 1

    def _compare(
        self, point: Point, at: Mapping[sp.Symbol, int], left: Plain, right: Plain, difference: Plain
    ) -> None:
        relation = self.stated.relation
        if _violated(relation, difference):
            raise _Found(counterexample(point.draft, at, left, right, _shown(relation, difference)))
        if _seen_to_hold(relation, left, right, difference):
            self.effective += 1
            self.shapes.setdefault(point.shape)
        else:
            what = "the enclosures did not settle the relation"
            self.idle[what] = self.idle.get(what, 0) + 1


_UNDEFINED: Final = "undefined"
_UNDECIDED: Final = "undecided"


_INFINITIES: Final = {1: "∞", -1: "-∞"}


def _outcome(
    ev: Evaluator, side: Expr, at: Mapping[sp.Symbol, int], approach: Approach | None = None
) -> Plain | str:
    """The value of a side, or its limit; a word where there is none."""
    try:
        if approach is None:
            return ev.number(side, at)
        found = limit_at(ev, side, approach, at)
        return _INFINITIES[found] if isinstance(found, int) else found
    except Undefined:
        return _UNDEFINED
    except Undecided:
        return _UNDECIDED


def _violated(relation: Relation, difference: Plain) -> bool:
    """Whether ``left - right`` surely contradicts the relation."""
    d = difference
    if relation in EQUALITIES:
        return bool(d != 0) if isinstance(d, fmpq) else not d.contains(0)
    if relation in (Relation.GE, Relation.GT):
        d = -d
    return bool(d > 0) if relation in (Relation.LE, Relation.GE) else bool(d >= 0)


def _seen_to_hold(relation: Relation, left: Plain, right: Plain, difference: Plain) -> bool:
    """Whether the relation surely holds; an equality in balls, to a third of the precision."""
    if relation in (Relation.LT, Relation.LE) and difference < 0:
        return True
    if relation in (Relation.GT, Relation.GE) and difference > 0:
        return True
    return relation not in (Relation.LT, Relation.GT) and same_to(left, right, BITS // 3)


def _shown(relation: Relation, difference: Plain) -> str:
    if relation in EQUALITIES:
        return "≠"
    if isinstance(difference, fmpq) and difference == 0:
        return "="
    return ">" if relation in (Relation.LE, Relation.LT) else "<"
