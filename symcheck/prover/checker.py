"""The independent checker: replays a derivation and believes nothing that it has not recomputed.

It does not search, does not simplify and knows nothing of how a derivation was found.  What it takes for
granted is in ``canonical`` (equality), ``rules`` (the calculus), ``signs`` (visible signs) and, for bounds
on the whole line, ball arithmetic (``enclosure``).  Each kind of derivation has its check beside it in
``kinds``; this module puts them together.
"""

from __future__ import annotations

from formulas.schema import Relation
from symcheck.prover.canonical import Canonical
from symcheck.prover.definedness import undefined
from symcheck.prover.derivation import Derivation
from symcheck.prover.form import Form, well_formed
from symcheck.prover.kinds import KINDS
from symcheck.prover.report import REFUSED, CheckError, Report
from symcheck.prover.sign_tables import Sign
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term


def check(statement: Statement, derivation: Derivation) -> Report:
    """Replay ``derivation`` as a proof of ``statement``.  Raises ``CheckError``."""
    checker = Checker(statement)
    try:
        well_formed(statement)
        checker.require_defined(statement)
        checker.show(statement, derivation)
        checker.report.trivial = statement.relation is Relation.EQ and checker.same.same(
            statement.lhs, statement.rhs
        )
    except REFUSED as error:
        raise CheckError(str(error)) from None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # a derivation is input: one that is not even well formed is refused like any other
        raise CheckError(f"malformed derivation, {type(error).__name__}: {error}") from None
    return checker.report


class Checker:
    """One check: what the kinds of derivation ask of each other, and the report that they fill."""

    def __init__(self, statement: Statement) -> None:
        self.report = Report()
        self.same = Canonical()
        self.given = frozenset(statement.facts)

    def show(self, goal: Statement, d: Derivation) -> None:
        """Raise ``CheckError`` unless ``d`` shows ``goal``."""
        self._require_certain(goal)
        self._require_apart(goal, goal.lhs, goal.rhs)
        kind = KINDS.get(type(d))
        if kind is None:
            raise CheckError(f"no derivation but {type(d).__name__}")
        kind(goal, d, self)

    def _require_certain(self, goal: Statement) -> None:
        """What was assumed on the way holds at all outcomes: an expectation is over all of them."""
        for fact in goal.facts:
            if fact not in self.given and tm.varying(fact.left - fact.right, goal.laws.random):
                raise CheckError(f"{fact.left} may be different at each outcome: no case is one for all")

    def _require_apart(self, goal: Statement, *terms: Term) -> None:
        """Facts may speak of the goal's free indices: nothing binds one of them."""
        for t in terms:
            self.require_no_capture(t, goal.free)

    def signs(self, goal: Statement) -> Signs:
        """Visible signs under the facts of ``goal``."""
        return Signs(self.same, goal)

    def require_form(self, goal: Statement, *terms: Term) -> None:
        """The terms are such as the goal could have."""
        for t in terms:
            Form.of(goal).require(t)
        self._require_apart(goal, *terms)

    def require_no_capture(self, t: Term, indices: frozenset[Index]) -> None:
        """No sum in ``t`` binds one of the indices of what is put into it."""
        for s in tm.subterms(t):
            if s.op in tm.BINDERS and s.binding[0] in indices:
                raise CheckError(f"{t} binds {s.binding[0]}, an index of what is put into it or of the claim")

    def require_defined(self, goal: Statement) -> None:
        """What the text of ``goal`` needs to be defined shows under its facts."""
        missing = undefined(goal)
        if missing:
            fact = missing[0]
            sign = {"positive": "> 0", "nonnegative": ">= 0", "nonzero": "!= 0"}[fact.kind]
            raise CheckError(f"not defined everywhere: {fact.left} {sign} must be shown or assumed")

    def require_sign(self, goal: Statement, t: Term, wanted: Sign) -> None:
        """The sign of ``t`` shows under the facts of ``goal`` and is one of ``wanted``."""
        signs = self.signs(goal)
        found = signs.sign(t)
        self.report.steps += 1
        self.report.facts |= signs.used
        self.report.lemmas |= signs.lemmas
        if not found <= wanted:
            raise CheckError(f"the sign of {t} does not show (could be {sorted(found)})")
