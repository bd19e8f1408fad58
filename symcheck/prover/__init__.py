"""Search for derivations, and the independent check of what was found.

``prove(claim)`` and ``prove_statement(lhs, rhs, ...)`` return a ``Proof`` (a derivation that the checker has
accepted) or an ``Open`` saying why none was found.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from formulas.check import ShapeError
from formulas.schema import Claim, Relation
from symcheck.prover.canonical import TooLarge
from symcheck.prover.checker import check
from symcheck.prover.codec import decode, encode
from symcheck.prover.definedness import at_defined_points
from symcheck.prover.derivation import Derivation, lines_of
from symcheck.prover.normalise import OutOfBudget
from symcheck.prover.report import CheckError, Report, Unshown
from symcheck.prover.sign_tables import LEMMAS
from symcheck.prover.tactics import TACTICS, Search, method_of
from symcheck.terms.lower import NotInTheory
from symcheck.terms.statement import Statement, of_claim, statement


@dataclass(frozen=True)
class Proof:
    """A derivation that the checker has replayed.

    ``trust``: ``kernel`` if it rests on the rules alone, ``lemma`` if also on an inequality of analysis
    or on ball arithmetic.  ``trivial``: both sides were the same expression before any step.

    It goes to another process as what is published of it, and is read there if somebody asks.
    """

    statement: Statement
    derivation: Derivation
    tactic: str
    report: Report
    encoded: bytes | None = field(default=None, repr=False, compare=False)
    """The derivation as JSON, if it was read from there."""

    @cached_property
    def method(self) -> str:
        """The published name of the way in which it was found."""
        return method_of(self.derivation, self.tactic)

    @cached_property
    def steps(self) -> int:
        """Lines and other steps, over all parts."""
        return lines_of(self.derivation)

    @property
    def trust(self) -> str:
        """``kernel`` or ``lemma``."""
        return "lemma" if self.report.lemmas & (LEMMAS | {"ball arithmetic"}) else "kernel"

    @property
    def trivial(self) -> bool:
        """Whether nothing had to be shown."""
        return self.report.trivial

    def __getstate__(self) -> dict[str, Any]:
        derivation = self.encoded or json.dumps(encode(self.derivation)).encode()
        told = {"tactic": self.tactic, "report": self.report, "method": self.method, "steps": self.steps}
        return {**told, "encoded": derivation, "_statement": pickle.dumps(self.statement)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name == "derivation" and "encoded" in self.__dict__:
                self.__dict__[name] = decode(json.loads(self.encoded))
            elif name == "statement" and "_statement" in self.__dict__:
                self.__dict__[name] = pickle.loads(self._statement)
            else:
                raise AttributeError(name)
            return self.__dict__[name]


@dataclass(frozen=True)
class Open:
    """No proof was found, which says nothing about truth."""

    reason: str


BUDGET = 100_000
"""Steps of normalisation that the search for a catalog claim may take."""


def prove(claim: Claim, budget: int = BUDGET) -> Proof | Open:
    """Search for a proof of a claim under its hypotheses and conditions, and have it checked.

    Raises ``CheckError`` if a tactic hands over a derivation that does not hold: that is a defect of
    the prover and never passes silently.
    """
    try:
        return prove_lowered(of_claim(claim), budget)
    except (NotInTheory, ShapeError) as error:
        return Open(f"outside the engine's theory: {error}")


def prove_statement(
    lhs: sp.Expr,
    rhs: sp.Expr,
    relation: Relation = Relation.EQ,
    hypotheses: Sequence[sp.Basic] = (),
    budget: int = 20_000,
    *,
    where_defined: bool = False,
) -> Proof | Open:
    """Like ``prove`` for a relation that is not in the catalog (the gate's documents).

    ``where_defined``: the relation is meant at the points where all of its text is defined, so that
    denominators are taken as non-zero, and arguments of logarithms and bases of roots as positive.
    """
    try:
        goal = statement(lhs, rhs, relation, hypotheses)
        if where_defined:
            told = at_defined_points(goal)
            if told is None:
                return Open("not defined everywhere in a branch or in the range of a sum")
            goal = told
        return prove_lowered(goal, budget)
    except (NotInTheory, ShapeError) as error:
        return Open(f"outside the engine's theory: {error}")


BUDGET_OF_MUTANT = 10_000
"""Steps for a mutant, of which most are false: a proof of one is short, or not worth looking for."""


def prove_equivalent(claim: Claim, lhs: sp.Expr, rhs: sp.Expr) -> bool:
    """Whether a mutant of ``claim`` is proved, where it is defined, under the claim's hypotheses and
    conditions: by itself or from the claim (which is proved)."""
    mutant = replace(claim, lhs=lhs, rhs=rhs)
    if _proved_where_defined(mutant):
        return True
    original = _RELATIONS.get(claim.relation)
    if original is None:
        return False
    given = original(claim.lhs, claim.rhs, evaluate=False)
    return _proved_where_defined(replace(mutant, hypotheses=(*claim.hypotheses, given), certificate=None))


def _proved_where_defined(claim: Claim) -> bool:
    """A mutant may need other signs than the claim carries."""
    try:
        goal = of_claim(claim)
        return isinstance(prove_lowered(at_defined_points(goal) or goal, BUDGET_OF_MUTANT), Proof)
    except (NotInTheory, ShapeError):
        return False


_RELATIONS = {
    Relation.EQ: sp.Eq, Relation.LE: sp.Le, Relation.LT: sp.Lt, Relation.GE: sp.Ge, Relation.GT: sp.Gt,
}  # fmt: skip


def prove_lowered(goal: Statement, budget: int) -> Proof | Open:
    """``prove`` for a statement in terms."""
    search = Search(budget)
    for name, tactic in TACTICS.items():
        try:
            derivation = tactic(goal, search)
        except OutOfBudget:
            search.reason = f"{name}: step limit of {budget} reached"
            continue
        except (TooLarge, RecursionError, ZeroDivisionError) as error:
            search.reason = f"{name}: {type(error).__name__} {error}"
            continue
        if derivation is not None:
            report = _checked(goal, derivation, search)
            if report is not None:
                return Proof(goal, derivation, name, report)
    return Open(search.reason or "no tactic applies")


def _checked(goal: Statement, derivation: Derivation, search: Search) -> Report | None:
    try:
        return check(goal, derivation)
    except CheckError as error:
        beginnings = ("not defined", "not differentiable", "the sign of", "the majorant")
        if isinstance(error, Unshown) or str(error).startswith(beginnings):
            search.reason = str(error)
            return None
        raise


__all__ = ["CheckError", "Open", "Proof", "prove", "prove_equivalent", "prove_lowered", "prove_statement"]
