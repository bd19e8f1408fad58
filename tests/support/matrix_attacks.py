"""Attempts to have something false about determinants accepted.  Each returns True if it got through."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from formulas.language import Partial, delta, dim, index, tensor, total
from formulas.matrices import Det
from formulas.schema import Relation
from symcheck.prover import CheckError, Proof, check, prove_statement
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index, Term

n, m = dim("n"), dim("m")
i, j, k, a, b = index("i j k a b")
A, B, C, Ainv, Q = (tensor(name, n, n) for name in ("A", "B", "C", "Ainv", "Q"))
u, v = tensor("u", n), tensor("v", n)
P_, Q_, L_ = Index("p", "n"), Index("q", "n"), Index("l", "n")
TERMS = {f"?{name}": ((), tm.array(name, "n")) for name in "ABC"}


def _entry(name: str, *at: Index) -> Term:
    return tm.var(name, *at)


def _accepted(name: str, facts: tuple[Fact, ...], evidence: tuple[Line, ...], indices: tuple[Index, Index],
              goal_indices: tuple[Index, ...] = ()) -> bool:  # fmt: skip
    """Whether a rule is accepted with these lines as its evidence; the goal may have indices of its own."""
    subst = Substitution(
        {**TERMS, **{name: ((P_,), _entry("u", P_)) for name in "fg"}},
        {"?i": indices[0], "?j": indices[1]},
        {"?n": "n"},
    )
    left, right = (instantiate(side, subst) for side in (RULES[name].lhs, RULES[name].rhs))
    beside = tm.mul(*[_entry("u", at) for at in goal_indices])
    goal = Statement(left * beside, right * beside, facts=facts)
    shown = tuple(range(len(evidence)))
    rule = Line(left, right, "rule", name, subst, shown=shown)
    last = Line(goal.lhs, goal.rhs, "within", uses=(((0,), len(evidence)),))
    try:
        check(goal, Equation((*evidence, rule, last)))
    except CheckError:
        return False
    return True


IDENTITY = Fact("equal", _entry("A", P_, Q_), tm.delta(P_, Q_))


def _no_evidence() -> bool:
    return any(_accepted(name, (), (), (P_, Q_)) for name in RULES if name.startswith("det."))


def _other_evidence() -> bool:
    other = Fact("equal", _entry("B", P_, Q_), tm.delta(P_, Q_), (P_, Q_))
    line = Line(other.left, other.right, "fact", "0", Substitution(indices={"p": P_, "q": Q_}))
    return _accepted("det.identity", (other,), (line,), (P_, Q_))


def _one_entry_only() -> bool:
    """A[p, q] = δ[p, q] for one p and one q, which are indices of the claim."""
    line = Line(IDENTITY.left, IDENTITY.right, "fact", "0")
    return _accepted("det.identity", (IDENTITY,), (line,), (P_, Q_), (P_, Q_))


def _diagonal_only() -> bool:
    """A[p, p] = 1 says nothing of the other entries."""
    fact = Fact("equal", _entry("A", P_, P_), tm.delta(P_, P_), (P_,))
    line = Line(fact.left, fact.right, "fact", "0", Substitution(indices={"p": P_}))
    return _accepted("det.identity", (fact,), (line,), (P_, P_))


def _zero_vector() -> bool:
    """A u = 0 for the vector 0."""
    applied = tm.sum_over(L_, _entry("A", P_, L_) * _entry("u", L_))
    fact = Fact("equal", applied, tm.ZERO, (P_,))
    line = Line(fact.left, fact.right, "fact", "0", Substitution(indices={"p": P_}))
    return _accepted("det.kernel", (fact,), (line,), (P_, Q_))


def proved(lhs: sp.Expr, rhs: sp.Expr, *hypotheses: sp.Basic) -> bool:
    try:
        return isinstance(prove_statement(lhs, rhs, Relation.EQ, hypotheses), Proof)
    except CheckError:
        return False


def _eq(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)


def _times(x: sp.IndexedBase, y: sp.IndexedBase) -> sp.Expr:
    return total(x[a, k] * y[k, b], (k, n))


def _false_identities() -> bool:
    inverse = _eq(_times(A, Ainv), delta(a, b))
    orthogonal = _eq(total(Q[k, a] * Q[k, b], (k, n)), delta(a, b))
    wrong: list[tuple[sp.Expr, sp.Expr, tuple[sp.Basic, ...]]] = [
        (Det(C), Det(A) + Det(B), (_eq(C[a, b], A[a, b] + B[a, b]),)),
        (Det(C), Det(A) * Det(B), (_eq(C[a, b], A[a, b] * B[a, b]),)),
        (Det(C), 2 * Det(A), (_eq(C[a, b], 2 * A[a, b]),)),
        (Det(C), -Det(A), (_eq(C[a, b], -A[a, b]),)),
        (Det(C), sp.Product(u[k], (k, 1, n)), (_eq(C[a, b], delta(a, b) + u[a]),)),
        (Det(C), Det(A) * sp.Product(u[k], (k, 1, n)), (_eq(C[a, b], A[a, b] * u[a] * u[b]),)),
        (Det(Q), sp.S.One, (orthogonal,)),
        (Det(Ainv), Det(A), (inverse,)),
        (Det(C), 1 + total(u[k] * v[k], (k, n)), (_eq(C[a, b], u[a] * v[b]),)),
        (Partial(Det(A), A[i, j]), Det(A) * Ainv[i, j], (inverse,)),
        (Partial(Partial(Det(A), A[i, j]), A[a, b]), sp.S.Zero, (inverse,)),
        (Partial(Det(A), A[i, j]), sp.S.Zero, ()),
        (Det(A), sp.S.Zero, (_eq(total(A[a, k] * v[k], (k, n)), 0),)),
        (Det(A) * u[i] * v[j], u[i] * v[j], (_eq(A[i, j], delta(i, j)),)),
    ]
    return any(proved(left, right, *given) for left, right, given in wrong)


ATTACKS: dict[str, Callable[[], bool]] = {
    "a determinant without its evidence": _no_evidence,
    "evidence about another matrix": _other_evidence,
    "evidence about one entry of a matrix": _one_entry_only,
    "evidence about the diagonal of a matrix": _diagonal_only,
    "a kernel without a vector": _zero_vector,
    "false identities of determinants": _false_identities,
}
