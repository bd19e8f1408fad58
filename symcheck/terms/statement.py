"""A claim in terms: what is to be shown, under which facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import sympy as sp

from formulas.chance import Gaussian, Law
from formulas.check import (
    index_ranges,
    parts_of,
    require_apart,
    require_names,
    require_scalar,
    require_steps,
    steps,
)
from formulas.language import Everywhere
from formulas.schema import Approach as Approached
from formulas.schema import Certificate as Written
from formulas.schema import Claim, LineBound, Quotient, Relation, Segment, Squeeze
from symcheck.terms import term as tm
from symcheck.terms.laws import Laws, laws_of
from symcheck.terms.lower import Lowering, name_of, sign_condition
from symcheck.terms.term import Index, Term

Kind = Literal["equal", "positive", "nonnegative", "nonzero"]
STAIRS = frozenset({"floor", "ceiling", "Frac"})
"""Functions that jump at every integer."""
JUMPS = frozenset({"if_positive", "if_nonnegative", "if_nonzero", "sign"}) | STAIRS


@dataclass(frozen=True)
class Fact:
    """Something that may be assumed: ``left = right``, or the sign of ``left``.

    ``pattern`` lists the indices for all of whose values it holds, ``everywhere`` the scalars.  A fact is
    *open* when it holds in a neighbourhood of each point where it holds; only open facts may be used under
    a derivative by a variable that they mention.
    """

    kind: Kind
    left: Term
    right: Term = tm.ZERO
    pattern: tuple[Index, ...] = ()
    everywhere: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        return self.kind in ("positive", "nonzero") and not any(
            s.op == "fn" and s.args[0] in JUMPS for s in tm.subterms(self.left)
        )


@dataclass(frozen=True)
class Line:
    """``LineBound`` in terms."""

    x: Term
    until: Term
    majorant: Term
    gaps: tuple[Term, Term]
    fall: Term


@dataclass(frozen=True)
class Stretch:
    """``Segment`` in terms."""

    x: Term
    f: Term
    start: Term
    end: Term
    slope: Term
    curvature: Term | None


@dataclass(frozen=True)
class Ratio:
    """``Quotient`` in terms."""

    top: Term
    bottom: Term


@dataclass(frozen=True)
class Between:
    """``Squeeze`` in terms."""

    below: Term
    above: Term
    gaps: tuple[Term, Term]


@dataclass(frozen=True)
class Approach:
    """``x`` tends to ``to`` from above (``side`` 1), below (-1) or both (0); without ``to``, to plus or minus
    infinity."""

    x: Term
    to: Term | None
    side: int

    @property
    def near(self) -> tuple[Fact, ...]:
        """What may be assumed of x, for it holds all around but at the point itself."""
        if self.to is None:
            return (Fact("positive", self.x - 1 if self.side > 0 else -1 - self.x),)
        value = tm.number(self.to)
        around = (
            ()
            if not value
            else (Fact("positive", tm.num(1 if value > 0 else -1) * (self.x - tm.num(value / 2))),)
        )
        if self.side:
            return (Fact("positive", self.x - self.to if self.side > 0 else self.to - self.x), *around)
        return (Fact("nonzero", self.x - self.to), *around)


Certificate = Term | Line | Stretch | Ratio | Between


@dataclass(frozen=True)
class Statement:
    """``lhs relation rhs`` under ``facts``; ``signs`` are those declared with the symbols.  For a limit,
    ``approach`` says where it is taken."""

    lhs: Term
    rhs: Term
    relation: Relation = Relation.EQ
    facts: tuple[Fact, ...] = ()
    signs: dict[str, frozenset[int]] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()
    certificate: Certificate | None = None
    laws: Laws = field(default_factory=Laws)
    approach: Approach | None = None

    @property
    def nearby(self) -> Statement:
        """The statement with what holds near the point that is approached."""
        return self if self.approach is None else self.given(*self.approach.near)

    def given(self, *facts: Fact) -> Statement:
        return replace(self, facts=(*self.facts, *facts))

    def equation(self, lhs: Term, rhs: Term, *facts: Fact) -> Statement:
        """The goal ``lhs = rhs`` in the setting of this one."""
        facts = (*self.facts, *facts)
        return replace(
            self, lhs=lhs, rhs=rhs, relation=Relation.EQ, facts=facts, certificate=None, approach=None
        )

    @property
    def difference(self) -> Term:
        """Larger side minus smaller side of an inequality."""
        upward = self.relation in (Relation.LE, Relation.LT)
        return tm.sub(self.rhs, self.lhs) if upward else tm.sub(self.lhs, self.rhs)

    @cached_property
    def free(self) -> frozenset[Index]:
        """Its free indices."""
        found = self.lhs.free | self.rhs.free
        for fact in self.facts:
            found |= (fact.left.free | fact.right.free) - set(fact.pattern)
        return found


def _fact(
    relation: sp.Basic,
    claim_ranges: dict[sp.Symbol, sp.Expr],
    sides: Sequence[sp.Basic],
    lower: Lowering,
) -> Fact:
    """A hypothesis.  Its indices that the claim does not have are for all values, and so are its steps of a
    sequence: a natural number s is put as an index from 1, less 1."""
    if isinstance(relation, Everywhere):
        require_scalar(relation.variable, str(relation))
        fact = _fact(relation.relation, claim_ranges, sides, lower)
        return replace(fact, everywhere=frozenset({str(relation.variable)}))
    ranges = index_ranges(relation.lhs, relation.rhs)
    own = Lowering({**claim_ranges, **ranges}, lower.signs, lower.integers, lower.random)
    pattern = [Index(name_of(i), name_of(n)) for i, n in ranges.items() if i not in claim_ranges]
    every: dict[sp.Symbol, Index | Term] = {}
    every_step = steps(relation) - set(ranges)
    if every_step:
        every_step -= set().union(*[e.free_symbols for e in sides])
    require_steps(every_step, relation)
    for i in sorted(every_step, key=str):
        step = Index(str(i), tm.ENDLESS)
        pattern.append(step)
        if i.is_nonnegative and not i.is_positive:
            later = sp.Symbol(str(i), integer=True, positive=True)
            own.later[i] = later - 1
            every |= {i: tm.value_of(step) - 1, later: step}
        else:
            every[i] = step
    if isinstance(relation, sp.Eq):
        return Fact("equal", own(relation.lhs, every), own(relation.rhs, every), tuple(pattern))
    kind, quantity = sign_condition(relation)
    assert kind != "zero"
    return Fact(kind, own(quantity, every), tm.ZERO, tuple(pattern))  # type: ignore[arg-type]


def statement(
    lhs: sp.Expr,
    rhs: sp.Expr,
    relation: Relation = Relation.EQ,
    hypotheses: Sequence[sp.Basic] = (),
    certificate: Written | None = None,
    approach: Approached | None = None,
) -> Statement:
    """Lower a relation between catalog expressions.  Raises ``NotInTheory`` or ``ShapeError``."""
    extra = parts_of(certificate)
    point = [] if approach is None or approach.to.is_infinite else [approach.to]
    require_names([lhs, rhs, *extra, *point, *hypotheses])
    ranges = index_ranges(lhs, rhs, *extra, *point)
    require_apart(hypotheses, lhs, rhs, *extra)
    lower = Lowering(ranges)
    low = _certificate(certificate, lower)
    where = None
    if approach is not None:
        require_scalar(approach.x, f"limit at {approach.to}")
        side = {"+": 1, "-": -1, "": 0}[approach.side]
        to = lower(approach.to) if point else None
        where = Approach(lower(approach.x), to, side if point else 1 if approach.to > 0 else -1)
    given, laws = relations_and_laws(hypotheses)
    equations = [e for law in laws if not isinstance(law, Gaussian) for e in law.equations()]
    facts = tuple(_fact(h, ranges, (lhs, rhs, *extra), lower) for h in (*given, *equations))
    left, right = lower(lhs), lower(rhs)
    assumed = laws_of(laws, lower, lhs, rhs, *extra)
    return Statement(
        left, right, relation, facts, lower.signs, frozenset(lower.integers), low, assumed, where
    )


def relations_and_laws(hypotheses: Sequence[sp.Basic]) -> tuple[list[sp.Basic], list[Law]]:
    """Hypotheses about values, and those about distributions."""
    laws = [h for h in hypotheses if isinstance(h, Law)]
    return [h for h in hypotheses if not isinstance(h, Law)], laws


def _certificate(of: Written | None, lower: Lowering) -> Certificate | None:
    match of:
        case LineBound():
            gaps = lower(of.gaps[0]), lower(of.gaps[1])
            return Line(lower(of.x), lower(of.until), lower(of.majorant), gaps, lower(of.fall))
        case Segment():
            curvature = None if of.curvature is None else lower(of.curvature)
            return Stretch(
                lower(of.x), lower(of.f), lower(of.start), lower(of.end), lower(of.slope), curvature
            )
        case Quotient():
            return Ratio(lower(of.top), lower(of.bottom))
        case Squeeze():
            gaps = lower(of.gaps[0]), lower(of.gaps[1])
            return Between(lower(of.below), lower(of.above), gaps)
    return None if of is None else lower(of)


def of_claim(claim: Claim) -> Statement:
    """The statement of a claim, its conditions assumed beside its hypotheses."""
    given = (*claim.hypotheses, *claim.conditions)
    return statement(claim.lhs, claim.rhs, claim.relation, given, claim.certificate, claim.approach)
