"""What the rules of expectation ask of the laws of random quantities."""

from __future__ import annotations

from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.report import CheckError
from symcheck.prover.rule import Condition
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

CONDITIONS = frozenset({"fixed", "independent", "reflected", "gaussian"})


def holds(condition: Condition, subst: Substitution, goal: Statement, same: Canonical) -> bool:
    """Whether a condition about random quantities is met under the laws of ``goal``."""
    terms = [instantiate(t, subst) for t in condition.of if isinstance(t, Term)]
    random = goal.laws.random
    match condition.kind:
        case "fixed":
            return not tm.varying(terms[0], random)
        case "independent":
            some, others = (tm.varying(t, random) for t in terms)
            return goal.laws.are_independent(some, others)
        case "reflected":
            a, b, x = terms
            return _reflected(a, b, x, goal, same)
        case "gaussian":
            every = [subst.indices[i.name] for i in condition.of if isinstance(i, Index)]
            bound = not any(i in goal.free or i.constant for i in every)
            return bound and len(set(every)) == len(every) and _gaussian(terms, goal, same)
    raise AssertionError(condition.kind)


def closed(condition: Condition, subst: Substitution) -> frozenset[str]:
    """The names of which a condition says something that holds at their present values only."""
    if condition.kind != "gaussian":
        return frozenset()
    terms = [instantiate(t, subst) for t in condition.of if isinstance(t, Term)]
    return frozenset(name for t in terms[1:] for name in tm.names(t))


def _reflected(a: Term, b: Term, x: Term, goal: Statement, same: Canonical) -> bool:
    name = x.args[0]
    others = tm.varying(a, goal.laws.random) - {name}
    alone = name in goal.laws.symmetric and goal.laws.are_independent({name}, others)
    return alone and same.same(negated(a, name), b)


def negated(t: Term, name: str) -> Term:
    """``t`` with the entries of a tensor replaced by their opposites, outside of expectations."""
    if t.op == "var":
        return tm.neg(t) if t.args[0] == name else t
    if not tm.varying(t, frozenset({name})):
        return t
    if t.op in ("d", "array"):
        # a derivative depends on more than the value of x, and a whole tensor has no sign to turn here
        raise CheckError(f"{t} is not reflected")
    return tm.rebuild(t, [negated(c, name) for c in t.children])


def _gaussian(terms: list[Term], goal: Statement, same: Canonical) -> bool:
    a, entry, centre, other, covariance = terms
    name = entry.args[0]
    law = goal.laws.normal.get(name)
    if law is None or other.args[0] != name or not polynomial(a, name):
        return False
    others = tm.varying(a, goal.laws.random) - {name}
    if not goal.laws.are_independent({name}, others):
        return False
    at, there = entry.args[1:], other.args[1:]
    if len(at) != len(law.at) or len(there) != len(law.other):
        return False
    to = dict(zip((*law.at, *law.other), (*at, *there), strict=True))
    if any(p.size != q.size for p, q in to.items()):
        return False
    return same.same(tm.rename(law.mean, to), centre) and same.same(tm.rename(law.covariance, to), covariance)


def polynomial(t: Term, name: str) -> bool:
    """Whether ``t`` is visibly a polynomial in the entries of a tensor, with coefficients that are the same
    at all outcomes or those of other random quantities."""
    if not tm.varying(t, frozenset({name})):
        return True
    match t.op:
        case "var":
            return not any(tm.varying(c, frozenset({name})) for c in t.children)
        case "add" | "mul" | "sum":
            return all(polynomial(c, name) for c in t.children)
        case "pow":
            e = tm.number(t.args[1])
            return e is not None and e.denominator == 1 and e >= 0 and polynomial(t.args[0], name)
    return False
